/*
 * Averages over time of a value that is known at some times.
 *
 *	locf     a value holds until the next one
 *	linear   it goes straight to the next one
 *
 * The span is from range_start to range_end.  At range_start the value is the one
 * that the events at or before it give (with linear, on the line to the next one);
 * where there are none the span begins at the first event.  Behind the last event
 * its value holds.  Events after range_end count nowhere: no feature sees what came
 * later.  Of several events at one time the line goes to the one with the smallest
 * value, and the largest holds from there on.
 *
 * The integral is exact: pieces are products of values and whole microseconds; the
 * one piece that range_start cuts has a denominator of its own.
 */
#ifndef MLOPS_TIME_WEIGHT_H
#define MLOPS_TIME_WEIGHT_H

#include <stdbool.h>

#include "core/event_state.h"
#include "core/exact_stats.h"
#include "core/memory.h"

typedef enum MlopsTimeWeightStatistic
{
	MLOPS_TIME_WEIGHT_AVERAGE,
	MLOPS_TIME_WEIGHT_INTEGRAL, /* value times seconds */
	MLOPS_TIME_WEIGHT_ABOVE,	/* seconds of a value above the threshold */
} MlopsTimeWeightStatistic;

/*
 * A statistic of TIME_WEIGHT whose events are sorted.
 *
 *   threshold  of ABOVE, not NaN
 *   result     OUT  only for MLOPS_ANSWER_VALUE
 *   allocator  of the sums
 *   cancel     asked now and then, or NULL
 *   status     OUT  NOMEM, CANCELLED, else OK
 *
 * Not defined without an event up to range_end.  Average and integral are rounded once; so is
 * each crossing of a threshold, and their sum.  A span of length 0 has the last value as average.
 * Values that are not finite give what arithmetic says of them, where the line is unknown NaN.
 * Cost: O(events).
 */
extern MlopsAnswer mlops_time_weight_statistic(const MlopsEventState *state,
											   MlopsTimeWeightStatistic statistic, double threshold,
											   const MlopsAllocator *allocator,
											   const MlopsCancel *cancel, MlopsStatus *status,
											   double *result);

/* True if the span begins after range_start, or a single event is all that is known; n is their number. */
extern bool mlops_time_weight_is_partial(const MlopsEventState *state, size_t *n);

#endif
