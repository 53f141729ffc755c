/*
 * Products as terms of an exact sum of values that was placed: a product of two doubles is the sum of two, the rounded one and
 * its error, which a fused multiply-add gives without rounding.
 *
 * Exact as long as the product is 0 or neither above 2^1023 nor so small that its error is below the
 * least double, that is from 2^-969 in size on; nothing else is checked.
 *
 * Source: Ogita, Rump and Oishi (2005), SIAM J. Sci. Comput. 26, 1955-1988 (TwoProductFMA).
 */
#ifndef MLOPS_EXACT_PRODUCT_H
#define MLOPS_EXACT_PRODUCT_H

#include <math.h>

#include "core/exact_sum.h"

/* Add x y. */
static inline void
mlops_exact_product_add(MlopsExactSum *sum, double x, double y)
{
	double product = x * y;
	double error = fma(x, y, -product);

	(void) mlops_exact_sum_add(sum, product, NULL);
	if (error != 0)
		(void) mlops_exact_sum_add(sum, error, NULL);
}

/* Add x y^2; x y must be as above, too. */
static inline void
mlops_exact_product_add_square(MlopsExactSum *sum, double x, double y)
{
	double product = x * y;
	double error = fma(x, y, -product);

	mlops_exact_product_add(sum, product, y);
	if (error != 0)
		mlops_exact_product_add(sum, error, y);
}

#endif
