/*
 * Gaps between the events of a history.
 *
 * With the times in order, t_0 <= t_1 <= .. t_m, the gaps are g_i = t_i - t_(i-1),
 * i = 1 .. m, in microseconds; equal times make gaps of 0.  From the integers
 *
 *	S = sum of g_i = t_m - t_0        V = m (sum of g_i^2) - S^2        C = sum of i g_i
 *
 * all statistics are ratios or roots, rounded once:
 *
 *	mean          S / m
 *	stddev        sqrt(V / (m (m - 1))), of a sample
 *	variation     stddev / mean = sqrt(V m / ((m - 1) S^2))
 *	burstiness    (sigma - mean) / (sigma + mean) of the population's sigma = sqrt(V) / m,
 *	              -1 for a clock, 0 for a Poisson process, towards 1 for bursts
 *	trend         (m C - S m (m + 1) / 2) / (m^2 (m^2 - 1) / 12): the slope of least squares of
 *	              g_i over i, by how much a gap is longer than the one before
 *
 * Source: Goh and Barabasi, "Burstiness and memory in complex systems" (2008).
 */
#ifndef MLOPS_GAPS_H
#define MLOPS_GAPS_H

#include "core/event_state.h"
#include "core/exact_stats.h"

typedef enum MlopsGapStatistic
{
	MLOPS_GAP_MEAN, /* seconds, as all but variation and burstiness */
	MLOPS_GAP_STDDEV,
	MLOPS_GAP_VARIATION,
	MLOPS_GAP_MIN,
	MLOPS_GAP_MAX,
	MLOPS_GAP_LAST,
	MLOPS_GAP_BURSTINESS,
	MLOPS_GAP_TREND, /* seconds per gap */
} MlopsGapStatistic;

/*
 * A statistic of GAPS whose events are sorted.
 *
 *   result  OUT  only for MLOPS_ANSWER_VALUE
 *
 * Not defined: without a gap; stddev, variation and trend with a single one; variation and
 * burstiness if all gaps are 0.
 * Cost: O(1) for mean and last, else O(events).
 */
extern MlopsAnswer mlops_gaps_statistic(const MlopsEventState *state, MlopsGapStatistic statistic,
										double *result);

#endif
