/*
 * Averages, sums and variances whose weights halve with age.
 *
 * With T = as_of and h = half_life, an event at t weighs w(t) = 2^-((T - t) / h).
 * The average and the variance are the same for weights 2^-((M - t) / h) of the
 * latest event M, of which one is 1: so they cannot underflow together.
 *
 *	ewma               sum of w v / sum of w
 *	decayed_sum        sum of w v
 *	decayed_variance   sum of w (v - ewma)^2 / sum of w, of a population:
 *	                   (sum of w * sum of w v^2 - (sum of w v)^2) / (sum of w)^2
 *
 * A weight is taken to 62 bits, from integers: the exponent is a quotient and a
 * remainder, and 2^-f of the fraction f is a series of 64-bit fixed point, the same on
 * every machine.  The sums of products are exact, and the result is rounded once.
 */
#ifndef MLOPS_DECAY_H
#define MLOPS_DECAY_H

#include "core/event_state.h"
#include "core/exact_stats.h"
#include "core/memory.h"

typedef enum MlopsDecayStatistic
{
	MLOPS_DECAY_AVERAGE,
	MLOPS_DECAY_SUM,
	MLOPS_DECAY_VARIANCE,
} MlopsDecayStatistic;

/*
 * 2^-(age / half_life) as mantissa * 2^-(63 + shift).
 *
 *   half_life  > 0
 *   shift      OUT  floor(age / half_life)
 *
 * Returns the mantissa, 2^62 .. 2^63; its relative error is below 2^-60.
 */
extern uint64_t mlops_decay_weight(uint64_t age, int64_t half_life, uint64_t *shift);

/*
 * A statistic of DECAY whose events are sorted.
 *
 *   result     OUT  only for MLOPS_ANSWER_VALUE
 *   allocator  of the sums
 *   status     OUT  NOMEM, CANCELLED, else OK
 *
 * Not defined without events.  With values that are not finite, what arithmetic says of them.
 * Cost: O(events).
 */
extern MlopsAnswer mlops_decay_statistic(const MlopsEventState *state,
										 MlopsDecayStatistic statistic,
										 const MlopsAllocator *allocator, const MlopsCancel *cancel,
										 MlopsStatus *status, double *result);

#endif
