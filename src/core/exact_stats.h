/*
 * Statistics of exact sums, each rounded once.
 *
 * With S_k the exact sum of x^k over n values, all of these are integers times a
 * power of two:
 *
 *	M2 = n S_2 - S_1^2                                     n^2 times the population variance
 *	M3 = n^2 S_3 - 3 n S_2 S_1 + 2 S_1^3                   n^3 times the third central moment
 *	M4 = n^3 S_4 - 4 n^2 S_3 S_1 + 6 n S_2 S_1^2 - 3 S_1^4
 *
 * so that nothing is lost to cancellation, a variance is never negative, and it
 * is 0 only if all values are equal:
 *
 *	variance   M2 / (n (n - 1)),  population M2 / n^2
 *	skewness   population g1 = M3 / M2^(3/2),  sample G1 = g1 sqrt(n (n - 1)) / (n - 2)
 *	kurtosis   population g2 = M4 / M2^2 - 3,
 *	           sample G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3))
 *
 * Source: Joanes and Gill (1998), "Comparing measures of sample skewness and
 * kurtosis", The Statistician 47.
 */
#ifndef MLOPS_EXACT_STATS_H
#define MLOPS_EXACT_STATS_H

#include <stdbool.h>

#include "core/exact_state.h"

typedef enum MlopsAnswer
{
	MLOPS_ANSWER_NONE, /* not defined: NULL */
	MLOPS_ANSWER_VALUE,
	MLOPS_ANSWER_RANGE,	  /* the exact result is outside of double */
	MLOPS_ANSWER_CORRUPT, /* no values have such sums: a foreign state */
} MlopsAnswer;

/* The answer of a result that was rounded, or that double cannot hold. */
static inline MlopsAnswer
mlops_answer_in_range(bool is_in_range)
{
	return is_in_range ? MLOPS_ANSWER_VALUE : MLOPS_ANSWER_RANGE;
}

typedef enum MlopsStatistic
{
	MLOPS_TOTAL, /* also of SUM */
	MLOPS_MEAN,	 /* also of SUM */
	MLOPS_MINIMUM,
	MLOPS_MAXIMUM,
	MLOPS_ROOT_MEAN_SQUARE,
	MLOPS_VARIANCE,
	MLOPS_STDDEV,
	MLOPS_COEFFICIENT_OF_VARIATION, /* standard deviation / mean */
	MLOPS_SKEWNESS,
	MLOPS_KURTOSIS, /* excess */
	MLOPS_SLOPE,	/* from here on of STATS2D */
	MLOPS_INTERCEPT,
	MLOPS_CORRELATION,
	MLOPS_COVARIANCE,
	MLOPS_R_SQUARED,
	MLOPS_SLOPE_T, /* slope / its standard error */
} MlopsStatistic;

/*
 * A statistic of a SUM, STATS1D or STATS2D, or the variance or standard deviation of a VARIANCE.
 *
 *   is_sample   n - 1, G1, G2 instead of n, g1, g2, where there are both
 *   result      OUT  only for MLOPS_ANSWER_VALUE
 *
 * Not defined: with too few values (0; for what is_sample concerns 1, of skewness
 * 2, of kurtosis 3, of slope_t 2), without variance where that is divided by, at a
 * mean of 0 for the coefficient of variation, and for a slope_t without residuals.
 * r_squared is 1 if y alone has no variance, as regr_r2.  If values that are not
 * finite were counted, the result is what arithmetic of the server would say of
 * them: NaN, or an infinity for total, mean and the extremes.
 * Cost: O(square of the digits in use), some 100 ns to 1 us.
 */
extern MlopsAnswer mlops_exact_statistic(const MlopsExactState *state, MlopsStatistic statistic,
										 bool is_sample, double *result);

/* WEIGHTED: sum of w x / sum of w; not defined at a weight of 0. */
extern MlopsAnswer mlops_exact_weighted_average(const MlopsExactState *state, double *result);

/* TREND: slope of least squares per unit; not defined below two different times. */
extern MlopsAnswer mlops_exact_trend(const MlopsExactState *state, double *result);

/* RATE: (k + a) / (n + a + b); not defined at a denominator of 0. */
extern MlopsAnswer mlops_exact_rate(const MlopsExactState *state, double *result);

/* VELOCITY: (n_short / short) / (n_long / long); not defined at n_long = 0. */
extern MlopsAnswer mlops_exact_velocity(const MlopsExactState *state, double *result);

#endif
