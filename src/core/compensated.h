/*
 * Sums in double that carry their rounding errors along.
 *
 * Not exact, but the error of a sum of n terms is that of one addition as long as n is far below 2^53
 * and the terms do not cancel.  The result depends on the order of the terms.
 *
 * Source: Neumaier (1974), ZAMM 54, 39-51.
 */
#ifndef MLOPS_COMPENSATED_H
#define MLOPS_COMPENSATED_H

#include <math.h>

/* All zero bytes are the empty sum. */
typedef struct MlopsCompensated
{
	double sum;
	double error;
} MlopsCompensated;

static inline void
mlops_compensated_add(MlopsCompensated *sum, double x)
{
	double t = sum->sum + x;

	sum->error += fabs(sum->sum) >= fabs(x) ? (sum->sum - t) + x : (x - t) + sum->sum;
	sum->sum = t;
}

static inline double
mlops_compensated_total(MlopsCompensated sum)
{
	return sum.sum + sum.error;
}

#endif
