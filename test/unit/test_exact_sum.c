/*
 * An exact sum is rounded once: it equals integer arithmetic where that has enough bits, does not
 * depend on the order, and removing what was added leaves the empty sum, bit for bit.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/exact_sum.h"
#include "core/rng.h"

#include "unit.h"

__extension__ typedef __int128 Wide;

static const MlopsExactSum empty_sum;

static MlopsExactSum
sum_of(const double *values, int n)
{
	MlopsExactSum sum = empty_sum;

	for (int i = 0; i < n; i++)
		mlops_exact_sum_add(&sum, values[i]);
	return sum;
}

static double
rounded(const double *values, int n)
{
	MlopsExactSum sum = sum_of(values, n);
	double result = NAN;

	UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
	return result;
}

static double
average(const double *values, int n)
{
	MlopsExactSum sum = sum_of(values, n);
	double result = NAN;

	UNIT_CHECK(mlops_exact_sum_divide(&sum, n, &result));
	return result;
}

#define COUNT(values) ((int) (sizeof(values) / sizeof((values)[0])))

static void
cancellation_loses_nothing(void)
{
	const double huge[] = { 1e308, 1, 1e308, -1e308, -1e308 };
	const double spread[] = { 1e100, 1, -1e100, 1e-300, -1 };
	const double zero[] = { 0.1, -0.1, -0.0 };

	UNIT_CHECK_NEAR(rounded(huge, COUNT(huge)), 1, 0);
	UNIT_CHECK_NEAR(rounded(spread, COUNT(spread)), 1e-300, 0);
	UNIT_CHECK_NEAR(rounded(zero, COUNT(zero)), 0, 0);
	UNIT_CHECK(!signbit(rounded(zero, COUNT(zero))));
}

static void
ties_go_to_even_unless_a_bit_is_below(void)
{
	const double half = ldexp(1, -53);
	const double even[] = { 1, half };
	const double odd[] = { 1, 2 * half, half };
	const double above[] = { 1, half, DBL_TRUE_MIN };
	const double below[] = { 1, half, -DBL_TRUE_MIN };
	const double negative[] = { -1, -half, -DBL_TRUE_MIN };

	UNIT_CHECK_NEAR(rounded(even, COUNT(even)), 1, 0);
	UNIT_CHECK_NEAR(rounded(odd, COUNT(odd)), 1 + 4 * half, 0);
	UNIT_CHECK_NEAR(rounded(above, COUNT(above)), 1 + 2 * half, 0);
	UNIT_CHECK_NEAR(rounded(below, COUNT(below)), 1, 0);
	UNIT_CHECK_NEAR(rounded(negative, COUNT(negative)), -1 - 2 * half, 0);
}

static void
subnormals_are_exact(void)
{
	const double values[] = { DBL_TRUE_MIN, DBL_TRUE_MIN, DBL_MIN };
	const double thirds[] = { DBL_TRUE_MIN, 0, 0 };
	const double halves[] = { DBL_TRUE_MIN, 0 };
	const double three_halves[] = { 3 * DBL_TRUE_MIN, 0 };

	UNIT_CHECK_NEAR(rounded(values, COUNT(values)), DBL_MIN + 2 * DBL_TRUE_MIN, 0);
	UNIT_CHECK_NEAR(average(thirds, COUNT(thirds)), 0, 0);
	UNIT_CHECK_NEAR(average(halves, COUNT(halves)), 0, 0);
	UNIT_CHECK_NEAR(average(three_halves, COUNT(three_halves)), 2 * DBL_TRUE_MIN, 0);
}

static void
only_a_result_outside_of_double_fails(void)
{
	const double above[] = { DBL_MAX, DBL_MAX, -DBL_MAX };
	const double ulp = ldexp(1, 971);
	MlopsExactSum sum = empty_sum;
	double result = 7;

	UNIT_CHECK_NEAR(rounded(above, COUNT(above)), DBL_MAX, 0);
	UNIT_CHECK_NEAR(average(above, 2), DBL_MAX, 0);
	mlops_exact_sum_add(&sum, DBL_MAX);
	mlops_exact_sum_add(&sum, ulp / 4);
	UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK_NEAR(result, DBL_MAX, 0);
	mlops_exact_sum_add(&sum, ulp / 4);
	result = 7;
	UNIT_CHECK(!mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK_NEAR(result, 7, 0);
	UNIT_CHECK(mlops_exact_sum_divide(&sum, 2, &result));
}

/* An average is not the rounded sum divided. */
static void
an_average_is_rounded_once(void)
{
	const double values[] = { 102.283361, 136.602049, 114.733694, 103.539050 };
	const double published[] = { 107.07612254863264, 102.58733003715705, 154.74866156248083 };

	UNIT_CHECK_NEAR(average(values, 1), 102.283361, 0);
	UNIT_CHECK_NEAR(average(published, 2), 104.83172629289484, 0);
	UNIT_CHECK_NEAR(average(published, 3), 121.47070471609017, 0);
}

/* Value of n bits with its lowest bit at 2^exponent, and the same as an integer times 2^-60. */
static double
random_value(MlopsRng *rng, Wide *scaled)
{
	int64_t mantissa = (int64_t) (mlops_rng_next(rng) >> 11);
	int shift = (int) mlops_rng_below(rng, 40);

	if ((mlops_rng_next(rng) & 1) != 0)
		mantissa = -mantissa;
	*scaled = (Wide) mantissa * ((Wide) 1 << shift);
	return ldexp((double) mantissa, shift - 60);
}

/* Round num / den half to even at 53 bits by shifting; num below 2^110. */
static double
divide_wide(Wide num, Wide den)
{
	bool is_negative = num < 0;
	int shift = 0;
	Wide quotient;
	Wide rest;

	num = is_negative ? -num : num;
	if (num == 0)
		return 0;
	while (num / den >= (Wide) 1 << 53)
	{
		den *= 2;
		shift++;
	}
	while (num / den < (Wide) 1 << 52)
	{
		num *= 2;
		shift--;
	}
	quotient = num / den;
	rest = num % den;
	if (2 * rest > den || (2 * rest == den && (quotient & 1) != 0))
		quotient++;
	return ldexp((double) (int64_t) quotient, shift - 60) * (is_negative ? -1 : 1);
}

static void
random_sums_equal_integers(void)
{
	MlopsRng rng;

	rng = mlops_rng_stream(11, 0);
	for (int round = 0; round < 20000; round++)
	{
		MlopsExactSum sum = empty_sum;
		int n = 1 + (int) mlops_rng_below(&rng, 40);
		Wide total = 0;
		double result = NAN;

		for (int i = 0; i < n; i++)
		{
			Wide scaled;

			mlops_exact_sum_add(&sum, random_value(&rng, &scaled));
			total += scaled;
		}
		UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
		if (!UNIT_CHECK_NEAR(result, divide_wide(total, 1), 0))
			return;
		UNIT_CHECK(mlops_exact_sum_divide(&sum, n, &result));
		if (!UNIT_CHECK_NEAR(result, divide_wide(total, n), 0))
			return;
	}
}

/* Any bits of a finite double. */
static double
random_double(MlopsRng *rng)
{
	double value;

	do
	{
		uint64_t bits = mlops_rng_next(rng);

		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value));
	return value;
}

static void
shuffle(MlopsRng *rng, double *values, int n)
{
	for (int i = n - 1; i > 0; i--)
	{
		int other = (int) mlops_rng_below(rng, (uint32_t) i + 1);
		double kept = values[i];

		values[i] = values[other];
		values[other] = kept;
	}
}

/* 5,000 values pass the 2,047 additions between carries. */
static void
order_does_not_matter_and_removal_restores(void)
{
	enum
	{
		N = 5000,
		N_ROUNDS = 40
	};
	static double values[N];
	MlopsRng rng;

	rng = mlops_rng_stream(12, 0);
	for (int round = 0; round < N_ROUNDS; round++)
	{
		MlopsExactSum first;
		MlopsExactSum second;

		for (int i = 0; i < N; i++)
			values[i] = random_double(&rng) * (round % 2 == 0 ? 1 : 1e-300);
		first = sum_of(values, N);
		shuffle(&rng, values, N);
		second = sum_of(values, N);
		mlops_exact_sum_carry(&first);
		mlops_exact_sum_carry(&second);
		UNIT_CHECK(memcmp(&first, &second, sizeof(first)) == 0);
		shuffle(&rng, values, N);
		for (int i = 0; i < N; i++)
			mlops_exact_sum_subtract(&first, values[i]);
		mlops_exact_sum_carry(&first);
		UNIT_CHECK(memcmp(&first, &empty_sum, sizeof(first)) == 0);
	}
}

static void
ten_million_of_the_largest_do_not_overflow(void)
{
	MlopsExactSum sum = empty_sum;
	double result = NAN;

	for (int i = 0; i < 10000000; i++)
		mlops_exact_sum_add(&sum, -DBL_MAX);
	UNIT_CHECK(!mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK(mlops_exact_sum_divide(&sum, 10000000, &result));
	UNIT_CHECK_NEAR(result, -DBL_MAX, 0);
}

int
main(void)
{
	UNIT_RUN(cancellation_loses_nothing);
	UNIT_RUN(ties_go_to_even_unless_a_bit_is_below);
	UNIT_RUN(subnormals_are_exact);
	UNIT_RUN(only_a_result_outside_of_double_fails);
	UNIT_RUN(an_average_is_rounded_once);
	UNIT_RUN(random_sums_equal_integers);
	UNIT_RUN(order_does_not_matter_and_removal_restores);
	UNIT_RUN(ten_million_of_the_largest_do_not_overflow);
	return unit_end();
}
