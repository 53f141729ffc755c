/*
 * Sums of a few products, rounded once.
 */
#include <math.h>

#include "core/big.h"
#include "core/exact_sum.h"
#include "core/rounded.h"

/* Terms within these are summed without overflow, and no error of a product underflows. */
#define LARGEST	 0x1p1000
#define SMALLEST 0x1p-900

/* Errors of errors, relative to the sum of the magnitudes: 4 n^2 2^-106 for n terms. */
#define BOUND 0x1p-96

static bool
get_slowly(const MlopsRounded *sum, double *result)
{
	MlopsBig total, term, next, one;

	mlops_big_set_int(&total, 0);
	for (int i = 0; i < sum->n_terms; i++)
	{
		MlopsProduct a = mlops_product_of(sum->factors[i][0]);
		MlopsProduct b = mlops_product_of(sum->factors[i][1]);
		MlopsProduct product = mlops_product_multiply(&a, &b);

		mlops_product_get(&product, 2, &term);
		mlops_big_add(&total, &term, &next);
		total = next;
	}
	mlops_big_set_int(&one, 1);
	return mlops_big_ratio(&total, &one, result);
}

/* Add to a sum and return the error, which is exact. */
static inline double
two_sum(double *sum, double x)
{
	double before = *sum;
	double part;

	*sum = before + x;
	part = *sum - before;
	return (before - (*sum - part)) + (x - part);
}

bool
mlops_rounded_get(const MlopsRounded *sum, double *result)
{
	double high = 0, low = 0, magnitude = 0, bound;
	bool is_exact = true;

	for (int i = 0; i < sum->n_terms; i++)
	{
		double a = sum->factors[i][0];
		double b = sum->factors[i][1];
		double product = a * b;
		double size = fabs(product);
		double error_product, error_sum;

		if (a == 0 || b == 0)
			continue;
		if (!(size >= SMALLEST && size <= LARGEST))
			return get_slowly(sum, result);
		error_product = fma(a, b, -product);
		error_sum = two_sum(&high, product);
		is_exact = is_exact && error_product == 0 && error_sum == 0;
		low += error_product + error_sum;
		magnitude += size;
	}
	bound = BOUND * magnitude;
	/* the least double and all below are far under the bound, unless the sum is exact */
	if (is_exact || high + (low - bound) == high + (low + bound))
	{
		*result = high + low + 0.0;
		return true;
	}
	return get_slowly(sum, result);
}
