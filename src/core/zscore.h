/*
 * How many sample standard deviations a value is from the mean of others,
 * from exact sums and rounded once.
 *
 * With S the sum and Q the sum of squares of n values, and D = n Q - S^2,
 *
 *	mean = S / n,  variance = D / (n (n - 1)),
 *	z = (x - mean) / sqrt(variance) = +- sqrt((n x - S)^2 (n - 1) / (n D))
 *
 * with the sign of n x - S; only the root is rounded.
 */
#ifndef MLOPS_ZSCORE_H
#define MLOPS_ZSCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/big.h"
#include "core/exact_sum.h"

/* What does not depend on x. */
typedef struct MlopsZscore
{
	int64_t n;
	MlopsBig sum;		  /* S */
	MlopsBig denominator; /* n D */
} MlopsZscore;

/*
 * Prepare for n values.
 *
 *   n         0 .. 2^62
 *   sum       of the values
 *   squares   of their squares, of degree 2
 *
 * Returns false if there is no standard deviation, or it is 0.
 * Cost: O(digits^2).
 */
extern bool mlops_zscore_prepare(MlopsZscore *zscore, int64_t n, const MlopsExactSum *sum,
								 const MlopsExactSum *squares);

/*
 * The distance of a finite x; a zero result is +0.
 *
 *   result  OUT  untouched on failure
 *
 * Returns false if it rounds to something outside of double.
 */
extern bool mlops_zscore_of(const MlopsZscore *zscore, double x, double *result);

#endif
