/*
 * Quantiles and what is made of them: a multiset of numbers in a counted B-tree
 * (core/order_tree.h), so that values may come and go in any order.
 *
 * With x_1 <= ... <= x_n a quantile is x_j + g (x_(j+1) - x_j): the position
 * j + g follows from p and n by one of nine rules, in double as numpy and
 * percentile_cont do, and everything after it is exact and rounded once
 * (core/rounded.h).
 *
 *	type  position                         type  position
 *	1     n p, g 1 above j                 5     n p + 1/2
 *	2     n p, g 1 above j, 1/2 at it      6     (n + 1) p
 *	3     n p - 1/2, nearest, even j       7     (n - 1) p + 1
 *	4     n p                              8     (n + 1/3) p + 1/3
 *	                                       9     (n + 1/4) p + 3/8
 *
 * Values that are not finite are errors of the caller, skipped as NULL, or with
 * "propagate" values: infinities stand at the ends, and a NaN makes every answer NaN.
 *
 * Source: Hyndman and Fan, "Sample quantiles in statistical packages", The
 * American Statistician 50 (1996).
 */
#ifndef MLOPS_QUANTILES_H
#define MLOPS_QUANTILES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/exact_state.h"
#include "core/exact_stats.h"
#include "core/memory.h"
#include "core/order_tree.h"
#include "core/state_io.h"
#include "core/status.h"

#define MLOPS_QUANTILE_TYPE_MIN		1
#define MLOPS_QUANTILE_TYPE_DEFAULT 7
#define MLOPS_QUANTILE_TYPE_MAX		9

/* All zero bytes are the empty state. */
typedef struct MlopsQuantiles
{
	MlopsOrderTree tree;  /* all values but NaN */
	int64_t n_null;		  /* with "skip" also those left out */
	int64_t n_nan;		  /* "propagate" */
	int64_t on_nonfinite; /* MlopsNonfinite */
	double p;			  /* parameter of the aggregate, 0 where it has none */
} MlopsQuantiles;

/* Answers that do not look at the values: none without rows, NaN with a NaN. */
static inline bool
mlops_quantiles_answered(const MlopsQuantiles *state, MlopsAnswer *answer, double *result)
{
	if (state->n_nan > 0)
	{
		*answer = MLOPS_ANSWER_VALUE;
		*result = (double) NAN;
		return true;
	}
	*answer = MLOPS_ANSWER_NONE;
	return state->tree.n == 0;
}

/*
 * Add a row, or take one away that was added.
 *
 *   x   not finite only where on_nonfinite is not "error"
 *
 * Errors: NOMEM; LIMIT beyond MLOPS_ORDER_VALUES rows; INVALID if a row to be taken away is not there.
 * Cost:   O(log of the distinct values).
 */
extern MlopsStatus mlops_quantiles_add(MlopsQuantiles *state, double x,
									   const MlopsAllocator *allocator);
extern MlopsStatus mlops_quantiles_remove(MlopsQuantiles *state, double x,
										  const MlopsAllocator *allocator);

/* The same for a row without a value, in O(1). */
extern MlopsStatus mlops_quantiles_add_null(MlopsQuantiles *state);
extern MlopsStatus mlops_quantiles_remove_null(MlopsQuantiles *state);

/*
 * Add the rows of from to into, which may be empty; no pointer into from is kept.
 *
 *   cancel   asked at times, or NULL
 *
 * Errors: INVALID with a reason if parameters differ, LIMIT, NOMEM, CANCELLED.
 * Cost:   O(distinct values of from * log).
 */
extern MlopsStatus mlops_quantiles_merge(MlopsQuantiles *into, const MlopsQuantiles *from,
										 const MlopsAllocator *allocator, const MlopsCancel *cancel,
										 MlopsReason *reason);

/*
 * All fields (core/state_io.h); the values ascending, each with its count.  Reading fails with
 * CORRUPT for what no transition can make.
 *
 *   has_p   true for a type whose aggregates have a parameter
 */
extern void mlops_quantiles_transfer(MlopsQuantiles *state, bool has_p, MlopsStateIo *io);

/*
 * A quantile.
 *
 *   p      0 .. 1
 *   type   1 .. 9
 *
 * Not defined without values.  Cost: O(log of the distinct values), as the next three.
 */
extern MlopsAnswer mlops_quantiles_at(const MlopsQuantiles *state, double p, int type,
									  double *result);

/* Quartile 3 - quartile 1, of type 7, rounded once. */
extern MlopsAnswer mlops_quantiles_interquartile(const MlopsQuantiles *state, double *result);

/*
 * Median of the distances to the median, times scale, rounded once; both medians are exact.
 *
 *   scale   finite, > 0
 *
 * NaN if the median is an infinity.  Cost: O(log n * log of the distinct values).
 */
extern MlopsAnswer mlops_quantiles_deviation(const MlopsQuantiles *state, double scale,
											 double *result);

/* Share of values <= x, not NaN. */
extern MlopsAnswer mlops_quantiles_rank(const MlopsQuantiles *state, double x, double *result);

/* Smallest and largest value. */
extern MlopsAnswer mlops_quantiles_minimum(const MlopsQuantiles *state, double *result);
extern MlopsAnswer mlops_quantiles_maximum(const MlopsQuantiles *state, double *result);

/*
 * Mean without the floor(p n) smallest and largest values, or with each of them replaced
 * by the nearest that is left; the exact sum divided once.
 *
 *   p           0 <= p < 0.5
 *   allocator   of scratch
 *   cancel      asked at times, or NULL
 *   answer      OUT
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(distinct values).
 */
extern MlopsStatus mlops_quantiles_trimmed_mean(const MlopsQuantiles *state, double p,
												bool is_winsorized, const MlopsAllocator *allocator,
												const MlopsCancel *cancel, MlopsAnswer *answer,
												double *result);

#endif
