/*
 * A distance in standard deviations is rounded once: it is exact where the exact one is a double,
 * does not change when all values are moved or scaled, and fails only outside of double.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/zscore.h"

#include "plain_alloc.h"
#include "unit.h"

#define COUNT(values) ((int) (sizeof(values) / sizeof((values)[0])))

/* Prepare for values, each times scale plus shift. */
static bool
prepare(MlopsZscore *zscore, const double *values, int n, double scale, double shift)
{
	MlopsExactSum sum = { 0 };
	MlopsExactSum squares = { 0 };
	bool has_spread;

	for (int i = 0; i < n; i++)
	{
		double value = values[i] * scale + shift;
		MlopsProduct factor = mlops_product_of(value);
		MlopsProduct square = mlops_product_multiply(&factor, &factor);

		UNIT_CHECK(mlops_exact_sum_add(&sum, value, &plain_allocator));
		UNIT_CHECK(mlops_exact_sum_add_product(&squares, &square, false, &plain_allocator));
	}
	has_spread = mlops_zscore_prepare(zscore, n, &sum, &squares);
	free(sum.limbs);
	free(squares.limbs);
	return has_spread;
}

static double
distance(const MlopsZscore *zscore, double x)
{
	double result = NAN;

	UNIT_CHECK(mlops_zscore_of(zscore, x, &result));
	return result;
}

/* Mean 2, standard deviation 1. */
static const double steps[] = { 1, 2, 3 };

static void
whole_distances_are_exact(void)
{
	MlopsZscore zscore;

	UNIT_CHECK(prepare(&zscore, steps, COUNT(steps), 1, 0));
	UNIT_CHECK_NEAR(distance(&zscore, 4), 2, 0);
	UNIT_CHECK_NEAR(distance(&zscore, -1), -3, 0);
	UNIT_CHECK_NEAR(distance(&zscore, 2.5), 0.5, 0);
	UNIT_CHECK_NEAR(distance(&zscore, 2), 0, 0);
	UNIT_CHECK(!signbit(distance(&zscore, 2)));
}

static void
moving_and_scaling_change_nothing(void)
{
	const double values[] = { 3, 1, 4, 1, 5, 9, 2, 6 };
	const double scales[] = { 0x1p-1000, 0x1p-30, 1, 0x1p30, 0x1p1000 };
	MlopsZscore zscore;
	double expected;

	UNIT_CHECK(prepare(&zscore, values, COUNT(values), 1, 0));
	expected = distance(&zscore, 5);
	/* (5 - 31 / 8) / sqrt(8 * 173 - 31^2) * sqrt(56) */
	UNIT_CHECK_NEAR(expected, 1.125 * sqrt(56.0 / 423), 1e-15);
	for (int i = 0; i < COUNT(scales); i++)
	{
		UNIT_CHECK(prepare(&zscore, values, COUNT(values), scales[i], 0));
		UNIT_CHECK_NEAR(distance(&zscore, 5 * scales[i]), expected, 0);
	}
	UNIT_CHECK(prepare(&zscore, values, COUNT(values), 1, 1e15));
	UNIT_CHECK_NEAR(distance(&zscore, 1e15 + 5), expected, 0);
}

static void
equal_values_have_no_distance(void)
{
	const double equal[] = { 0.1, 0.1, 0.1, 0.1 };
	const double nearly[] = { 0.1, 0.1, 0.1, 0.1 + 0x1p-56 };
	MlopsZscore zscore;

	UNIT_CHECK(!prepare(&zscore, steps, 0, 1, 0));
	UNIT_CHECK(!prepare(&zscore, steps, 1, 1, 0));
	UNIT_CHECK(!prepare(&zscore, equal, COUNT(equal), 1, 0));
	UNIT_CHECK(prepare(&zscore, nearly, COUNT(nearly), 1, 0));
	/* three quarters of a step from the mean, whose deviation is half of one */
	UNIT_CHECK_NEAR(distance(&zscore, nearly[3]), 1.5, 0);
}

static void
only_a_result_outside_of_double_fails(void)
{
	const double tiny[] = { 0, DBL_TRUE_MIN };
	const double huge[] = { DBL_MAX, -DBL_MAX };
	MlopsZscore zscore;
	double result = 7;

	UNIT_CHECK(prepare(&zscore, tiny, COUNT(tiny), 1, 0));
	UNIT_CHECK(!mlops_zscore_of(&zscore, 1, &result));
	UNIT_CHECK_NEAR(result, 7, 0);
	UNIT_CHECK(prepare(&zscore, huge, COUNT(huge), 1, 0));
	UNIT_CHECK_NEAR(distance(&zscore, DBL_MAX), sqrt(0.5), 1e-16);
	UNIT_CHECK_NEAR(distance(&zscore, -DBL_TRUE_MIN), 0, 0);
	UNIT_CHECK(!signbit(distance(&zscore, -DBL_TRUE_MIN)));
}

int
main(void)
{
	UNIT_RUN(whole_distances_are_exact);
	UNIT_RUN(moving_and_scaling_change_nothing);
	UNIT_RUN(equal_values_have_no_distance);
	UNIT_RUN(only_a_result_outside_of_double_fails);
	return unit_end();
}
