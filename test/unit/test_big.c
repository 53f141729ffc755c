/*
 * Ratios and roots of exact numbers are rounded once: they equal integer arithmetic of 128 bits, and
 * what was multiplied divides back, whatever the number of digits.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/big.h"
#include "core/rng.h"

#include "unit.h"

__extension__ typedef unsigned __int128 Wide;

static MlopsBig
of_int(int64_t value)
{
	MlopsBig big;

	mlops_big_set_int(&big, value);
	return big;
}

static MlopsBig
of_wide(Wide value)
{
	MlopsBig big = { .sign = 1, .n_digits = 4 };

	for (int i = 0; i < 4; i++)
		big.digits[i] = (uint32_t) (value >> (32 * i));
	mlops_big_trim(&big);
	if (big.n_digits == 0)
		big.sign = 0;
	return big;
}

/* Round a / b half to even at 53 bits by shifting; a below 2^100, b below 2^60. */
static double
divide_wide(Wide a, Wide b)
{
	int shift = 0;
	Wide quotient, rest;

	while (a / b >= (Wide) 1 << 53)
	{
		b *= 2;
		shift++;
	}
	while (a / b < (Wide) 1 << 52)
	{
		a *= 2;
		shift--;
	}
	quotient = a / b;
	rest = a % b;
	if (2 * rest > b || (2 * rest == b && (quotient & 1) != 0))
		quotient++;
	return ldexp((double) (uint64_t) quotient, shift);
}

static Wide
random_wide(MlopsRng *rng, uint32_t max_bits)
{
	Wide value = ((Wide) mlops_rng_next(rng) << 64) | mlops_rng_next(rng);

	return (value >> (128 - 1 - mlops_rng_below(rng, max_bits))) | 1;
}

static void
ratios_equal_integers(void)
{
	MlopsRng rng = mlops_rng_stream(21, 0);

	for (int i = 0; i < 200000; i++)
	{
		Wide x = random_wide(&rng, 70);
		Wide y = random_wide(&rng, 50);
		MlopsBig a = of_wide(x);
		MlopsBig b = of_wide(y);
		double result = NAN;

		UNIT_CHECK(mlops_big_ratio(&a, &b, &result));
		if (!UNIT_CHECK_NEAR(result, divide_wide(x, y), 0))
			return;
	}
}

static MlopsBig
random_big(MlopsRng *rng, int32_t n_digits)
{
	MlopsBig big = { .sign = (mlops_rng_next(rng) & 1) != 0 ? 1 : -1,
					 .first = (int32_t) mlops_rng_below(rng, 60),
					 .n_digits = 1 + (int32_t) mlops_rng_below(rng, (uint32_t) n_digits),
					 .degree = 1 };

	/* digits of all ones and of zero are what a division trips over */
	for (int32_t i = 0; i < big.n_digits; i++)
	{
		uint64_t random = mlops_rng_next(rng);

		big.digits[i] = random % 4 == 0 ? UINT32_MAX :
						random % 4 == 1 ? 0 :
						random % 4 == 2 ? 0x80000000u :
										  (uint32_t) (random >> 32);
	}
	big.digits[big.n_digits - 1] |= 1;
	big.digits[0] |= 1;
	return big;
}

static bool
equal(const MlopsBig *a, const MlopsBig *b)
{
	return a->sign == b->sign && a->first == b->first && a->n_digits == b->n_digits &&
		   memcmp(a->digits, b->digits, (size_t) a->n_digits * sizeof(uint32_t)) == 0;
}

/* (a b) / (b c) = a / c, and sqrt((a c)^2 / (b c)^2) = abs(a / b), for numbers of up to 100 digits. */
static void
common_factors_do_not_matter(void)
{
	MlopsRng rng = mlops_rng_stream(22, 0);

	for (int i = 0; i < 20000; i++)
	{
		int32_t n_digits = i % 10 == 0 ? 100 : 8;
		MlopsBig a = random_big(&rng, n_digits);
		MlopsBig b = random_big(&rng, n_digits);
		MlopsBig c = random_big(&rng, n_digits);
		MlopsBig ab, bc, ab2, bc2;
		double plain = NAN, common = NAN, root = NAN;

		mlops_big_multiply(&a, &b, &ab);
		mlops_big_multiply(&b, &c, &bc);
		if (!mlops_big_ratio(&a, &c, &plain))
			continue;
		UNIT_CHECK(mlops_big_ratio(&ab, &bc, &common));
		if (!UNIT_CHECK_NEAR(common, plain, 0))
			return;
		mlops_big_multiply(&ab, &ab, &ab2);
		mlops_big_multiply(&bc, &bc, &bc2);
		UNIT_CHECK(mlops_big_root(&ab2, &bc2, &root));
		if (!UNIT_CHECK_NEAR(root, fabs(plain), 0))
			return;
	}
}

/* A random short number over all of double, of few bits or of many, and the same as a long one. */
static MlopsShort
random_short(MlopsRng *rng, uint32_t max_bits, bool is_positive, MlopsBig *big)
{
	Wide value = random_wide(rng, max_bits) << mlops_rng_below(rng, 127 - max_bits);
	int base = (int) mlops_rng_below(rng, 68);
	bool is_negative = (mlops_rng_next(rng) & 1) != 0 && !is_positive;

	*big = of_wide(value);
	big->sign = is_negative ? -1 : 1;
	big->first += base;
	big->degree = 1;
	return mlops_short_of(is_negative ? -(MlopsInt128) value : (MlopsInt128) value,
						  base * 32 - 1074);
}

static uint64_t
random_divisor(MlopsRng *rng)
{
	uint64_t divisor = mlops_rng_next(rng) >> (1 + mlops_rng_below(rng, 63));

	return divisor == 0 || mlops_rng_below(rng, 5) == 0 ? 1 : divisor;
}

static void
short_ratios_and_roots_equal_long_ones(void)
{
	MlopsRng rng = mlops_rng_stream(29, 0);
	int n_inside = 0;

	for (int i = 0; i < 300000; i++)
	{
		uint64_t divisor = random_divisor(&rng);
		bool is_root = i % 2 == 0;
		double shorter = NAN, longer = NAN;
		MlopsBig a, b;
		MlopsShort value = random_short(&rng, i % 3 == 0 ? 126 : 54, is_root, &a);
		bool is_inside;

		mlops_big_set_uint(&b, divisor);
		is_inside = (is_root ? mlops_big_root : mlops_big_ratio)(&a, &b, &longer);
		UNIT_CHECK_INT((is_root ? mlops_short_root : mlops_short_ratio)(&value, divisor, &shorter),
					   is_inside);
		n_inside += is_inside;
		if (is_inside && !UNIT_CHECK_NEAR(shorter, longer, 0))
			return;
	}
	UNIT_CHECK(n_inside > 250000 && n_inside < 300000);
}

/* a b - c d, or the short numbers say that it may be too long or negative. */
static void
short_products_and_differences_equal_long_ones(void)
{
	MlopsRng rng = mlops_rng_stream(30, 0);
	int n_short = 0;

	for (int i = 0; i < 100000; i++)
	{
		MlopsBig a, b, ab, aa, difference, one;
		MlopsShort x = random_short(&rng, 60, true, &a);
		MlopsShort y = x;
		MlopsShort product, square, rest;
		double shorter = NAN, longer = NAN;

		mlops_big_set_int(&b, i + 1);
		y = mlops_short_of(i + 1, 0);
		if (!mlops_short_multiply(&x, &y, &product) || !mlops_short_subtract(&product, &x, &rest))
			continue;
		UNIT_CHECK(mlops_short_multiply(&x, &x, &square));
		n_short++;
		mlops_big_multiply(&a, &b, &ab);
		mlops_big_subtract(&ab, &a, &difference);
		mlops_big_set_int(&one, 1);
		UNIT_CHECK_INT(mlops_short_ratio(&rest, 1, &shorter),
					   mlops_big_ratio(&difference, &one, &longer));
		if (!UNIT_CHECK_NEAR(shorter, longer, 0))
			return;
		mlops_big_multiply(&a, &a, &aa);
		mlops_big_set_int(&one, 1);
		if (mlops_big_root(&aa, &one, &longer))
			UNIT_CHECK(mlops_short_root(&square, 1, &shorter) && shorter == longer);
	}
	UNIT_CHECK(n_short > 50000);
}

/* (a + b) - b = a; (a + b) c = a c + b c. */
static void
sums_obey_the_laws(void)
{
	MlopsRng rng = mlops_rng_stream(23, 0);

	for (int i = 0; i < 20000; i++)
	{
		MlopsBig a = random_big(&rng, 20);
		MlopsBig b = random_big(&rng, 20);
		MlopsBig c = random_big(&rng, 20);
		MlopsBig sum, again, left, ac, bc, right;

		mlops_big_add(&a, &b, &sum);
		mlops_big_subtract(&sum, &b, &again);
		if (!UNIT_CHECK(equal(&again, &a)))
			return;
		mlops_big_multiply(&sum, &c, &left);
		mlops_big_multiply(&a, &c, &ac);
		mlops_big_multiply(&b, &c, &bc);
		mlops_big_add(&ac, &bc, &right);
		if (!UNIT_CHECK(equal(&left, &right)))
			return;
		mlops_big_subtract(&a, &a, &sum);
		UNIT_CHECK(sum.sign == 0 && sum.n_digits == 0);
	}
}

static void
roots_are_rounded_once(void)
{
	MlopsRng rng = mlops_rng_stream(24, 0);
	MlopsBig one = of_int(1);

	for (int i = 0; i < 100000; i++)
	{
		int64_t x = (int64_t) (mlops_rng_next(&rng) >> (12 + mlops_rng_below(&rng, 40)));
		MlopsBig a = of_int(x);
		double result = NAN;

		UNIT_CHECK(mlops_big_root(&a, &one, &result));
		/* the square root of libm is correctly rounded, and x is a double */
		if (!UNIT_CHECK_NEAR(result, sqrt((double) x), 0))
			return;
	}
}

static void
results_outside_of_double_fail_and_tiny_ones_vanish(void)
{
	MlopsBig huge = of_int(1);
	MlopsBig one = of_int(1);
	MlopsBig zero = of_int(0);
	double result = 7;

	huge.first = 32;
	UNIT_CHECK(!mlops_big_ratio(&huge, &one, &result));
	UNIT_CHECK_NEAR(result, 7, 0);
	UNIT_CHECK(mlops_big_root(&huge, &one, &result));
	UNIT_CHECK_NEAR(result, ldexp(1, 512), 0);
	huge.first = 40;
	UNIT_CHECK(mlops_big_ratio(&one, &huge, &result));
	UNIT_CHECK(result == 0 && !signbit(result));
	huge.sign = -1;
	UNIT_CHECK(mlops_big_ratio(&zero, &huge, &result));
	UNIT_CHECK(result == 0 && !signbit(result));
	huge.first = 33;
	huge.digits[0] = 1u << 17;
	/* 2^-1073 */
	UNIT_CHECK(mlops_big_ratio(&one, &huge, &result));
	UNIT_CHECK_NEAR(result, -2 * DBL_TRUE_MIN, 0);
}

int
main(void)
{
	UNIT_RUN(ratios_equal_integers);
	UNIT_RUN(common_factors_do_not_matter);
	UNIT_RUN(short_ratios_and_roots_equal_long_ones);
	UNIT_RUN(short_products_and_differences_equal_long_ones);
	UNIT_RUN(sums_obey_the_laws);
	UNIT_RUN(roots_are_rounded_once);
	UNIT_RUN(results_outside_of_double_fail_and_tiny_ones_vanish);
	return unit_end();
}
