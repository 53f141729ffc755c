/*
 * roc_auc and ks_score of counts and every brier_score are the exact ratios, rounded once; the weight of a
 * point is the exact sum of its rows', in any order; whole weights give the bits of repeated rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/curve.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

__extension__ typedef unsigned __int128 Uint128;

#define N_MAX 60

/* The same bits; no struct here has room between its members. */
static bool
is_same(const void *a, const void *b, size_t n_bytes)
{
	return memcmp(a, b, n_bytes) == 0;
}

static MlopsCurve
build(const double *scores, const uint8_t *is_positive, const double *weights, size_t n)
{
	MlopsCurve curve = { 0 };

	UNIT_CHECK_INT(
		mlops_curve_build(scores, is_positive, weights, n, &plain_allocator, NULL, &curve),
		MLOPS_STATUS_OK);
	return curve;
}

static void
release(MlopsCurve *curve)
{
	mlops_curve_free(curve, &plain_allocator);
}

/* True if x is the double nearest to a / b, half to even: b x = a within half a unit, in integers. */
static bool
is_nearest(double x, Uint128 a, Uint128 b)
{
	int exponent;
	double mantissa = frexp(x, &exponent);
	Uint128 whole = (Uint128) ldexp(mantissa, 53);
	/* a / b = whole 2^(exponent - 53); compare a 2^(53 - exponent) with b whole */
	int shift = 53 - exponent;
	Uint128 quotient = 0, remainder = a;

	if (a == 0)
		return x == 0;
	for (int i = 0; i < shift; i++)
	{
		quotient <<= 1;
		remainder <<= 1;
		if (remainder >= b)
		{
			remainder -= b;
			quotient |= 1;
		}
	}
	/* x is 1: the quotient lost its whole part */
	if (a == b)
		return x == 1;
	if (remainder * 2 > b || (remainder * 2 == b && (quotient & 1) != 0))
		quotient++;
	return quotient == whole;
}

/* Points of random counts up to 2^bits. */
static void
draw_counts(MlopsCurve *curve, MlopsRng *rng, int bits)
{
	for (size_t i = 0; i < curve->n_points; i++)
	{
		curve->scores[i] = (double) i;
		curve->positives[i] = (double) (mlops_rng_next(rng) >> (64 - bits));
		curve->negatives[i] = (double) (mlops_rng_next(rng) >> (64 - bits));
	}
	curve->positives[0]++;
	curve->negatives[0]++;
}

static void
ratios_of_counts_are_rounded_once(void)
{
	MlopsRng rng = mlops_rng_stream(3, 0);
	double arrays[3][8];

	for (int round = 0; round < 3000; round++)
	{
		MlopsCurve curve = { 1 + mlops_rng_next(&rng) % 8, arrays[0], arrays[1], arrays[2] };
		MlopsCurveTotals totals;
		MlopsCurveOrder order;
		Uint128 pairs = 0, gap = 0, n_1 = 0, n_0 = 0, f_1 = 0, f_0 = 0;

		draw_counts(&curve, &rng, 1 + round % 49);
		totals = mlops_curve_totals(&curve);
		order = mlops_curve_order(&curve, &totals);
		for (size_t i = 0; i < curve.n_points; i++)
		{
			n_1 += (Uint128) curve.positives[i];
			n_0 += (Uint128) curve.negatives[i];
			for (size_t j = 0; j <= i; j++)
				pairs +=
					(Uint128) curve.positives[i] * (Uint128) curve.negatives[j] * (j < i ? 2U : 1U);
		}
		for (size_t i = 0; i < curve.n_points; i++)
		{
			Uint128 a, b;

			f_1 += (Uint128) curve.positives[i];
			f_0 += (Uint128) curve.negatives[i];
			a = f_1 * n_0;
			b = f_0 * n_1;
			gap = (a > b ? a - b : b - a) > gap ? (a > b ? a - b : b - a) : gap;
		}
		UNIT_CHECK(totals.is_counted);
		UNIT_CHECK(is_nearest(order.roc_auc, pairs, 2 * n_1 * n_0));
		UNIT_CHECK(is_nearest(order.ks_score, gap, n_1 * n_0));
	}
}

/* Above 2^53 rows weights are no counts any more, and the answer is near. */
static void
more_rows_than_doubles_are_near(void)
{
	double scores[] = { 0, 1 }, positives[] = { 1e16, 3e16 }, negatives[] = { 3e16, 1e16 };
	MlopsCurve curve = { 2, scores, positives, negatives };
	MlopsCurveTotals totals = mlops_curve_totals(&curve);
	MlopsCurveOrder order = mlops_curve_order(&curve, &totals);

	UNIT_CHECK(!totals.is_counted);
	UNIT_CHECK_NEAR(order.roc_auc, 0.75, 1e-15);
	UNIT_CHECK_NEAR(order.ks_score, 0.5, 1e-15);
}

/* Squares of 1e-8 beside 1 are lost by any sum in double. */
static void
brier_score_is_exact(void)
{
	const double scores[] = { 1, 1e-8, 0x1p-30, 0.5 };
	const uint8_t is_positive[] = { 0, 0, 0, 1 };
	const double tenths[] = { 0.1, 0.2, 0.3 }, near_1[] = { 0x1.fffffd8b9952fp-1 },
				 thrice[] = { 3 };
	MlopsCurve curve = build(scores, is_positive, NULL, 3);
	MlopsCurveTotals totals = mlops_curve_totals(&curve);

	/* (1 + 1e-16 + 2^-60) / 3 by fractions */
	UNIT_CHECK_NEAR(mlops_curve_brier_score(&curve, &totals), 0x1.5555555555556p-2, 0);
	release(&curve);
	/* 0.1 is no tenth: the mean is that of what is stored */
	curve = build(tenths, is_positive + 1, NULL, 3);
	totals = mlops_curve_totals(&curve);
	UNIT_CHECK_NEAR(mlops_curve_brier_score(&curve, &totals), 0x1.70a3d70a3d70ap-3, 0);
	release(&curve);
	/* 3 - 6 p + 3 p^2 cancels to (1 - p)^2 */
	curve = build(near_1, is_positive + 3, thrice, 1);
	totals = mlops_curve_totals(&curve);
	UNIT_CHECK_NEAR(mlops_curve_brier_score(&curve, &totals), 0x1.81a1fa91376fbp-48, 0);
	release(&curve);
}

/* The same sum in any order, and ten weights of 0.1 are 1. */
static void
weights_of_a_point_are_summed_exactly(void)
{
	double scores[N_MAX], weights[N_MAX], expected = -1;
	uint8_t is_positive[N_MAX];
	MlopsRng rng = mlops_rng_stream(5, 0);

	for (size_t i = 0; i < N_MAX; i++)
	{
		scores[i] = 0.25;
		is_positive[i] = 1;
		weights[i] = (double) (mlops_rng_next(&rng) % 1000) * pow(10, (double) (i % 12) - 6) + 0.1;
	}
	for (int round = 0; round < 50; round++)
	{
		MlopsCurve curve = build(scores, is_positive, weights, N_MAX);

		UNIT_CHECK_INT(curve.n_points, 1);
		if (expected < 0)
			expected = curve.positives[0];
		UNIT_CHECK_NEAR(curve.positives[0], expected, 0);
		release(&curve);
		for (size_t i = N_MAX - 1; i > 0; i--)
		{
			size_t j = mlops_rng_next(&rng) % (i + 1);
			double kept = weights[i];

			weights[i] = weights[j];
			weights[j] = kept;
		}
	}
	for (size_t i = 0; i < 10; i++)
		weights[i] = 0.1;
	{
		MlopsCurve curve = build(scores, is_positive, weights, 10);

		UNIT_CHECK_NEAR(curve.positives[0], 1, 0);
		release(&curve);
	}
}

static void
zero_has_no_sign(void)
{
	const double scores[] = { -0.0, -0.0, 0.0 }, weights[] = { 1, 2, 3 };
	const uint8_t is_positive[] = { 1, 0, 0 };

	for (int is_weighted = 0; is_weighted < 2; is_weighted++)
	{
		MlopsCurve curve = build(scores, is_positive, is_weighted != 0 ? weights : NULL, 3);

		UNIT_CHECK_INT(curve.n_points, 1);
		UNIT_CHECK(!signbit(curve.scores[0]));
		release(&curve);
	}
}

/* A row of weight 3 has the bits of three rows; weights that are no counts come near their scaling. */
static void
whole_weights_are_repeated_rows(void)
{
	MlopsRng rng = mlops_rng_stream(7, 0);

	for (int round = 0; round < 200; round++)
	{
		double scores[4 * N_MAX], weights[N_MAX], repeated[4 * N_MAX];
		uint8_t is_positive[N_MAX], labels[4 * N_MAX];
		size_t n = 0;
		MlopsCurve curves[2];
		MlopsCurveOrder orders[2];
		double losses[2][3];

		for (size_t i = 0; i < N_MAX; i++)
		{
			scores[i] = (double) (mlops_rng_next(&rng) % 20) / 19;
			is_positive[i] = i < 2 ? i == 0 : mlops_rng_next(&rng) % 3 == 0;
			weights[i] = (double) (1 + mlops_rng_next(&rng) % 4);
			for (int k = 0; k < (int) weights[i]; k++)
			{
				repeated[n] = scores[i];
				labels[n++] = is_positive[i];
			}
		}
		curves[0] = build(scores, is_positive, weights, N_MAX);
		curves[1] = build(repeated, labels, NULL, n);
		for (int k = 0; k < 2; k++)
		{
			MlopsCurveTotals totals = mlops_curve_totals(&curves[k]);

			orders[k] = mlops_curve_order(&curves[k], &totals);
			losses[k][0] = mlops_curve_brier_score(&curves[k], &totals);
			losses[k][1] = mlops_curve_log_loss(&curves[k], &totals);
			losses[k][2] = mlops_curve_auc_variance(&curves[k], &totals, orders[k].roc_auc);
			release(&curves[k]);
		}
		UNIT_CHECK(is_same(&orders[0], &orders[1], sizeof(orders[0])));
		UNIT_CHECK(is_same(losses[0], losses[1], sizeof(losses[0])));
		for (size_t i = 0; i < N_MAX; i++)
			weights[i] *= 0.3;
		curves[0] = build(scores, is_positive, weights, N_MAX);
		{
			MlopsCurveTotals totals = mlops_curve_totals(&curves[0]);
			MlopsCurveOrder scaled = mlops_curve_order(&curves[0], &totals);

			UNIT_CHECK(!totals.is_counted);
			UNIT_CHECK_NEAR(scaled.roc_auc, orders[1].roc_auc, 1e-14);
			UNIT_CHECK_NEAR(scaled.ks_score, orders[1].ks_score, 1e-14);
			UNIT_CHECK_NEAR(scaled.average_precision, orders[1].average_precision, 1e-14);
			UNIT_CHECK_NEAR(mlops_curve_brier_score(&curves[0], &totals), losses[1][0], 1e-14);
		}
		release(&curves[0]);
	}
}

/* Worked out with fractions: five positives, six negatives, ties within and across the classes. */
static void
worked_examples_hold(void)
{
	const double scores[] = { .9, .8, .4, .4, .3, .7, .4, .3, .2, .1, .1 };
	const uint8_t is_positive[] = { 1, 1, 1, 1, 1 };
	uint8_t labels[11] = { 0 };
	MlopsCurve curve;
	MlopsCurveTotals totals;
	MlopsCurveOrder order;
	double low, high;

	memcpy(labels, is_positive, sizeof(is_positive));
	curve = build(scores, labels, NULL, 11);
	totals = mlops_curve_totals(&curve);
	order = mlops_curve_order(&curve, &totals);
	UNIT_CHECK_NEAR(order.roc_auc, 49 / 60.0, 0);
	UNIT_CHECK_NEAR(order.ks_score, 0.5, 0);
	UNIT_CHECK_NEAR(order.average_precision, 19 / 24.0, 1e-15);
	UNIT_CHECK_NEAR(mlops_curve_brier_score(&curve, &totals), 0.18727272727272727, 1e-16);
	UNIT_CHECK_NEAR(mlops_curve_log_loss(&curve, &totals), 0.5336723899733457, 1e-15);
	mlops_curve_auc_interval(&curve, &totals, order.roc_auc, 0.95, &low, &high);
	UNIT_CHECK_NEAR(low, 0.5575936611784771, 1e-15);
	UNIT_CHECK_NEAR(high, 1, 0);
	release(&curve);
}

/* No order, and no made-up number. */
static void
one_class_has_no_order(void)
{
	const double scores[] = { 0.2, 0.9 };

	for (uint8_t class = 0; class < 2; class ++)
	{
		const uint8_t is_positive[] = { class, class };
		MlopsCurve curve = build(scores, is_positive, NULL, 2);
		MlopsCurveTotals totals = mlops_curve_totals(&curve);
		MlopsCurveOrder order = mlops_curve_order(&curve, &totals);
		double low, high;

		UNIT_CHECK(isnan(order.roc_auc) && isnan(order.gini) && isnan(order.ks_score) &&
				   isnan(order.average_precision));
		UNIT_CHECK(isfinite(mlops_curve_brier_score(&curve, &totals)));
		mlops_curve_auc_interval(&curve, &totals, order.roc_auc, 0.5, &low, &high);
		UNIT_CHECK(isnan(low) && isnan(high));
		release(&curve);
	}
}

static MlopsStatus
build_any(const MlopsAllocator *allocator, void *argument)
{
	const double scores[] = { 0.2, 0.9 };
	const uint8_t is_positive[] = { 0, 1 };
	MlopsCurve curve;
	MlopsStatus status = mlops_curve_build(scores, is_positive, NULL, 2, allocator, NULL, &curve);

	(void) argument;
	if (status == MLOPS_STATUS_OK)
		mlops_curve_free(&curve, allocator);
	return status;
}

static void
every_failed_allocation_is_survived(void)
{
	UNIT_CHECK(alloc_failing_each(build_any, NULL) > 3);
}

int
main(void)
{
	UNIT_RUN(ratios_of_counts_are_rounded_once);
	UNIT_RUN(more_rows_than_doubles_are_near);
	UNIT_RUN(brier_score_is_exact);
	UNIT_RUN(weights_of_a_point_are_summed_exactly);
	UNIT_RUN(zero_has_no_sign);
	UNIT_RUN(whole_weights_are_repeated_rows);
	UNIT_RUN(worked_examples_hold);
	UNIT_RUN(one_class_has_no_order);
	UNIT_RUN(every_failed_allocation_is_survived);
	return unit_end();
}
