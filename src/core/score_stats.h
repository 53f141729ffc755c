/*
 * How often each score was seen, in rows of both classes: the state of the aggregates over scores and
 * labels.
 *
 * The state is a counted set of (score, weight) with two counts, negatives and positives, so rows that are
 * added in any order, merged or taken away again leave the same state.  A weight stands beside its score
 * and is no sum: two rows of weight 1 are another entry than one row of weight 2, and only the curve that
 * follows from the state, in which the weights of a score are summed exactly, is the same.
 *
 * -0 and 0 are one score.  What follows from the curve is in core/curve and core/calibration.
 */
#ifndef MLOPS_SCORE_STATS_H
#define MLOPS_SCORE_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/counted_set.h"
#include "core/curve.h"
#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

/*
 * Bounds of a weight other than 0, so that sums of products of weights neither overflow nor vanish.
 */
#define MLOPS_SCORE_WEIGHT_MIN 1e-100
#define MLOPS_SCORE_WEIGHT_MAX 1e100

/* What becomes of a score that is NaN or infinite; part of the stored form. */
typedef enum MlopsScorePolicy
{
	MLOPS_SCORE_POLICY_UNSET = 0,	  /* of the empty state */
	MLOPS_SCORE_POLICY_ERROR = 1,	  /* the caller refuses it */
	MLOPS_SCORE_POLICY_SKIP = 2,	  /* counted as NULL */
	MLOPS_SCORE_POLICY_PROPAGATE = 3, /* counted apart; all metrics are NaN while there is one */
} MlopsScorePolicy;

/* All zero bytes are the empty state. */
typedef struct MlopsScoreStats
{
	MlopsCountedSet rows; /* key: score and weight; counts: [0] negatives, [1] positives */
	int64_t n_null;		  /* rows of which something is NULL, or was skipped */
	int64_t n_nonfinite;  /* scores to be propagated */
	int64_t policy;		  /* MlopsScorePolicy */
} MlopsScoreStats;

/*
 * Add rows, or take them away.
 *
 *   score    finite
 *   weight   MLOPS_SCORE_WEIGHT_MIN .. MLOPS_SCORE_WEIGHT_MAX
 *   n        rows, below 0: taken away
 *
 * Errors: as mlops_counted_set_add.
 */
extern MlopsStatus mlops_score_stats_add(MlopsScoreStats *stats, double score, double weight,
										 bool is_positive, int64_t n,
										 const MlopsAllocator *allocator, MlopsReason *reason);

/* Add from to into.  Errors: INVALID if they treat scores that are not finite otherwise; NOMEM, LIMIT. */
extern MlopsStatus mlops_score_stats_merge(void *into, const void *from,
										   const MlopsAllocator *allocator, MlopsReason *reason);

/* All fields, of probabilities or, where that is 0, of any scores; what is read is checked. */
extern void mlops_score_stats_transfer(void *opaque, int64_t are_probabilities, MlopsStateIo *io);

/*
 * The curve of the rows.  The weight of a point is an exact sum, rounded once.
 *
 *   curve   OUT  arrays from the allocator
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(n log n) of the entries.
 */
extern MlopsStatus mlops_score_stats_curve(const MlopsScoreStats *stats,
										   const MlopsAllocator *allocator,
										   const MlopsCancel *cancel, MlopsCurve *curve);

/* True if the curve's metrics are to be NaN. */
extern bool mlops_score_stats_is_nan(const MlopsScoreStats *stats);

#endif
