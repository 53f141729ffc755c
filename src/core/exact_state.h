/*
 * States made of counts and exact sums: one struct for all aggregates of the
 * exact family, so that adding, removing, merging and writing stand once.
 *
 *	kind        sums, with their degree                       counts and parameters
 *	SUM         x (1)
 *	WEIGHTED    w x (2), w (1)
 *	STATS1D     x (1), x^2 (2), x^3 (3), x^4 (4)              minimum, maximum
 *	STATS2D     x (1), y (1), x^2 (2), x y (2), y^2 (2)
 *	TREND       v (1), t (0), t^2 (0), t v (1)                unit
 *	RATE                                                      true ones; a, b
 *	VELOCITY                                                  in the short and the long window; as_of, windows
 *	LOOKBACK    a STATS1D for each window                     as_of, windows
 *	VARIANCE    x (1), x^2 (2)
 *
 * Everything in a state is an integer or an exact sum, and belongs to a group:
 * rows may come in any order, parts may be merged in any order, and a row that
 * is removed leaves no trace.  Minimum and maximum do not: while rows are
 * removed, oldest first, they stand in a queue (core/extremes.h).
 *
 * Values that are not finite are errors of the caller, skipped as NULL, or
 * counted ("propagate"); they are never in a sum.
 */
#ifndef MLOPS_EXACT_STATE_H
#define MLOPS_EXACT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/exact_sum.h"
#include "core/extremes.h"
#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

/* Part of the stored form: never renumber. */
typedef enum MlopsExactKind
{
	MLOPS_EXACT_NONE = 0,
	MLOPS_EXACT_SUM = 1,
	MLOPS_EXACT_WEIGHTED = 2,
	MLOPS_EXACT_STATS1D = 3,
	MLOPS_EXACT_STATS2D = 4,
	MLOPS_EXACT_TREND = 5,
	MLOPS_EXACT_RATE = 6,
	MLOPS_EXACT_VELOCITY = 7,
	MLOPS_EXACT_LOOKBACK = 8,
	MLOPS_EXACT_VARIANCE = 9,
} MlopsExactKind;

/* What becomes of NaN and infinities; part of the stored form. */
typedef enum MlopsNonfinite
{
	MLOPS_NONFINITE_ERROR = 0,
	MLOPS_NONFINITE_SKIP = 1,
	MLOPS_NONFINITE_PROPAGATE = 2,
} MlopsNonfinite;

#define MLOPS_EXACT_SUMS	5
#define MLOPS_EXACT_WINDOWS 64 /* windows of a lookback */

/* Parameters of the kinds that have any; times and lengths in microseconds. */
typedef struct MlopsExactParameters
{
	int64_t on_nonfinite; /* MlopsNonfinite */
	int64_t unit;		  /* TREND: > 0 */
	int64_t as_of;		  /* VELOCITY, LOOKBACK */
	int64_t n_windows;	  /* VELOCITY: 2 (short, long); LOOKBACK: 1 .. MLOPS_EXACT_WINDOWS */
	int64_t windows[MLOPS_EXACT_WINDOWS]; /* > 0, in the caller's order */
	double prior[2];					  /* RATE: a, b; finite, >= 0 */
} MlopsExactParameters;

/* All zero bytes are the empty state, of any kind. */
typedef struct MlopsExactState
{
	int64_t kind; /* MlopsExactKind */
	int64_t n;	  /* rows in the sums; RATE: rows that are not NULL */
	int64_t n_null;
	int64_t n_nan; /* "propagate": rows with a NaN, or whose answer can only be one */
	int64_t n_plus;
	int64_t n_minus;
	int64_t counts[2]; /* RATE: true ones; VELOCITY: rows in the short, in the long window */
	MlopsExactSum sums[MLOPS_EXACT_SUMS];
	double minimum; /* of n > 0 values, unless extremes is there */
	double maximum;
	MlopsExtremes *extremes;		  /* STATS1D that rows are removed from, else NULL */
	MlopsExactParameters *parameters; /* of the kinds that have any but on_nonfinite, else NULL */
	int64_t on_nonfinite;			  /* MlopsNonfinite */
	/*
	 * LOOKBACK: [n_windows] for each window the rows that are in it and in no
	 * shorter one, of equal windows in the first; so a row is added once.
	 */
	struct MlopsExactState *parts;
} MlopsExactState;

/* A row: what its kind takes of it. */
typedef struct MlopsExactRow
{
	double x;	  /* value; STATS2D: x */
	double y;	  /* STATS2D: y; WEIGHTED: weight >= 0 */
	int64_t t;	  /* microseconds */
	bool flag;	  /* RATE */
	bool is_null; /* a value that is NULL: counted */
} MlopsExactRow;

/* Degrees of a kind's sums; returns how many. */
extern int mlops_exact_degrees(MlopsExactKind kind, const int32_t **degrees);

/*
 * Make a MlopsExactState the empty one but for the blocks of sums and parameters, which the next rows use again.
 *
 *   opaque   without parts or extremes
 *
 * Cost: O(limbs).
 */
extern void mlops_exact_clear(void *opaque);

/*
 * Begin a state that is empty: all zero bytes, or to be cleared.
 *
 *   parameters   copied; NULL for kinds without
 *   is_moving    rows will be removed
 *
 * Errors: NOMEM.
 */
extern MlopsStatus mlops_exact_begin(MlopsExactState *state, MlopsExactKind kind,
									 MlopsNonfinite on_nonfinite,
									 const MlopsExactParameters *parameters, bool is_moving,
									 const MlopsAllocator *allocator);

/* True if a state was begun with the same parameters. */
extern bool mlops_exact_same_parameters(const MlopsExactState *state, MlopsNonfinite on_nonfinite,
										const MlopsExactParameters *parameters);

/*
 * Add a row, or remove one that was added; of STATS1D and a moving state the oldest.
 *
 *   row   not finite only where on_nonfinite is not "error"
 *
 * Errors: NOMEM, after which the state is not to be used; INVALID for a finite row to remove from a
 *         state that has none.
 * Cost:   O(1); LOOKBACK O(windows).
 */
extern MlopsStatus mlops_exact_add(MlopsExactState *state, const MlopsExactRow *row,
								   const MlopsAllocator *allocator);
extern MlopsStatus mlops_exact_remove(MlopsExactState *state, const MlopsExactRow *row,
									  const MlopsAllocator *allocator);

/*
 * The short way of both for a row of one finite value, of VARIANCE or STATS1D; to remove one, of a
 * state that has one.
 *
 * Returns false when there is no memory, after which the state is not to be used.
 */
extern bool mlops_exact_change_value(MlopsExactState *state, double x, bool is_removed,
									 const MlopsAllocator *allocator);

/*
 * Add a state of the same kind and parameters; one without any row fits to all.
 *
 * Errors: INVALID and LIMIT (rows) with a reason, NOMEM.
 */
extern MlopsStatus mlops_exact_merge(MlopsExactState *into, const MlopsExactState *from,
									 const MlopsAllocator *allocator, MlopsReason *reason);

/* Make the parts of a lookback whose parameters are set.  Errors: NOMEM. */
extern MlopsStatus mlops_exact_begin_parts(MlopsExactState *state, const MlopsAllocator *allocator);

/* Smallest and largest value of a STATS1D with n > 0. */
extern double mlops_exact_minimum(const MlopsExactState *state);
extern double mlops_exact_maximum(const MlopsExactState *state);

/* Fields of a state: of a kind that the type implies, or of any kind with NONE. */
extern void mlops_exact_transfer(MlopsExactState *state, MlopsExactKind kind, MlopsStateIo *io);

/*
 * Window i of a lookback: its rows are merged into result, which is empty.
 *
 * Errors: NOMEM; LIMIT (rows) with a reason.
 */
extern MlopsStatus mlops_exact_window(const MlopsExactState *state, int i,
									  const MlopsAllocator *allocator, MlopsReason *reason,
									  MlopsExactState *result);

#endif
