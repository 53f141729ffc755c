/*
 * Bins, distances and the line of calibration equal their definitions; what a cutoff divides has no line.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/calibration.h"
#include "core/logarithm.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define N_MAX 1000

typedef struct Rows
{
	double scores[N_MAX];
	double weights[N_MAX];
	uint8_t is_positive[N_MAX];
	size_t n;
} Rows;

/* The same bits; no struct here has room between its members. */
static bool
is_same(const void *a, const void *b, size_t n_bytes)
{
	return memcmp(a, b, n_bytes) == 0;
}

static MlopsCurve
build(const Rows *rows, const double *weights)
{
	MlopsCurve curve = { 0 };

	UNIT_CHECK_INT(mlops_curve_build(rows->scores, rows->is_positive, weights, rows->n,
									 &plain_allocator, NULL, &curve),
				   MLOPS_STATUS_OK);
	return curve;
}

static void
release(MlopsCurve *curve)
{
	mlops_curve_free(curve, &plain_allocator);
}

static MlopsCalibrationLine
fit(const MlopsCurve *curve)
{
	MlopsCalibrationLine line = { 0, 0 };

	UNIT_CHECK_INT(mlops_calibration_fit(curve, &plain_allocator, NULL, &line), MLOPS_STATUS_OK);
	return line;
}

/* A thousand scores that say too much: worked out with fractions and another solver. */
static void
worked_example_holds(void)
{
	static Rows rows = { .n = 1000 };
	MlopsCurve curve;
	MlopsCalibrationErrors errors;
	MlopsGoodness goodness;
	MlopsCalibrationLine line;

	for (int i = 1; i <= 1000; i++)
	{
		rows.scores[i - 1] = (i - 0.5) / 1000;
		rows.is_positive[i - 1] = (i * 7919 % 1000) * 5 < 4 * i;
	}
	curve = build(&rows, NULL);
	errors = mlops_calibration_errors(&curve, 10);
	UNIT_CHECK_NEAR(errors.expected, 0.098, 0);
	UNIT_CHECK_NEAR(errors.maximum, 0.19, 0);
	goodness = mlops_calibration_goodness(&curve, 10);
	UNIT_CHECK_NEAR(goodness.statistic, 128.39101499807373, 1e-12);
	UNIT_CHECK_INT(goodness.df, 8);
	line = fit(&curve);
	UNIT_CHECK_NEAR(line.slope, 0.70081424, 5e-9);
	UNIT_CHECK_NEAR(line.intercept, -0.51093957, 5e-9);
	release(&curve);
}

static void
draw_rows(Rows *rows, MlopsRng *rng)
{
	rows->n = 20 + mlops_rng_next(rng) % 180;
	for (size_t i = 0; i < rows->n; i++)
	{
		rows->scores[i] = (double) (mlops_rng_next(rng) % 41) / 40;
		rows->is_positive[i] = (double) (mlops_rng_next(rng) % 1000) / 1000 < rows->scores[i];
		rows->weights[i] = (double) (1 + mlops_rng_next(rng) % 3);
	}
}

/* Weight of the rows whose score is at most a bound. */
static double
weight_up_to(const Rows *rows, double bound)
{
	double weight = 0;

	for (size_t i = 0; i < rows->n; i++)
		weight += rows->scores[i] <= bound ? rows->weights[i] : 0;
	return weight;
}

/* Each distinct score's bin by the definition, then sums over rows. */
static void
check_bins(const Rows *rows, uint32_t n_bins)
{
	double n = weight_up_to(rows, 1), expected = 0, maximum = 0, statistic = 0;
	double weights[41] = { 0 }, scores[41] = { 0 }, positives[41] = { 0 };
	int last = 0, n_formed = 0;
	MlopsCurve curve = build(rows, rows->weights);
	MlopsCalibrationErrors errors = mlops_calibration_errors(&curve, n_bins);
	MlopsGoodness goodness = mlops_calibration_goodness(&curve, n_bins);

	for (int s = 0; s <= 40; s++)
	{
		double before = weight_up_to(rows, (s - 1) / 40.0);

		/* the bounds that the scores before have reached: another number opens a bin */
		last = (int) floor(before * n_bins / n + 1e-12);
		for (size_t i = 0; i < rows->n; i++)
		{
			if (rows->scores[i] != s / 40.0)
				continue;
			weights[last > 40 ? 40 : last] += rows->weights[i];
			scores[last] += rows->weights[i] * rows->scores[i];
			positives[last] += rows->weights[i] * rows->is_positive[i];
		}
	}
	for (int b = 0; b < 41; b++)
	{
		double p = scores[b] / weights[b];
		double gap = scores[b] - positives[b];

		if (weights[b] == 0)
			continue;
		n_formed++;
		expected += fabs(gap) / n;
		maximum = fmax(maximum, fabs(gap) / weights[b]);
		statistic += fabs(gap) < 1e-9 ? 0 : gap * gap / (weights[b] * p * (1 - p));
	}
	UNIT_CHECK_NEAR(errors.expected, expected, 1e-12);
	UNIT_CHECK_NEAR(errors.maximum, maximum, 1e-12);
	UNIT_CHECK_INT(goodness.df, n_formed - 2);
	if (n_formed > 2)
		UNIT_CHECK_NEAR(goodness.statistic, statistic, 1e-9 * (1 + statistic));
	else
		UNIT_CHECK(isnan(goodness.statistic));
	release(&curve);
}

static void
bins_equal_their_definition(void)
{
	MlopsRng rng = mlops_rng_stream(21, 0);

	for (int round = 0; round < 300; round++)
	{
		static Rows rows;

		draw_rows(&rows, &rng);
		check_bins(&rows, (uint32_t) (1 + mlops_rng_next(&rng) % 20));
	}
}

/* At the greatest likelihood the residuals are orthogonal to 1 and to the logits. */
static void
check_line(const Rows *rows, const double *weights)
{
	MlopsCurve curve = build(rows, weights);
	MlopsCalibrationLine line = fit(&curve);
	double sums[2] = { 0 }, size = 0;

	for (size_t i = 0; i < rows->n; i++)
	{
		double p = mlops_clip_probability(rows->scores[i]);
		double x = log(p / (1 - p));
		double residual = rows->is_positive[i] - 1 / (1 + exp(-line.intercept - line.slope * x));

		sums[0] += weights[i] * residual;
		sums[1] += weights[i] * residual * x;
		size += weights[i] * (1 + fabs(x));
	}
	UNIT_CHECK_NEAR(sums[0] / size, 0, 1e-13);
	UNIT_CHECK_NEAR(sums[1] / size, 0, 1e-13);
	release(&curve);
}

static void
lines_are_the_likeliest(void)
{
	MlopsRng rng = mlops_rng_stream(22, 0);

	for (int round = 0; round < 200; round++)
	{
		static Rows rows;

		draw_rows(&rows, &rng);
		/* so that no cutoff divides the classes */
		rows.scores[0] = 0.1;
		rows.is_positive[0] = 1;
		rows.scores[1] = 0.9;
		rows.is_positive[1] = 0;
		for (size_t i = 0; i < rows.n; i++)
			rows.weights[i] *= round % 2 == 0 ? 1 : 0.37;
		check_line(&rows, rows.weights);
	}
}

/* Rows so far out that the first whole step makes the likelihood fall. */
static void
far_scores_have_a_line(void)
{
	static Rows rows = { .n = 3,
						 .scores = { 1e-12, 0.999999, 0.999999999999999 },
						 .is_positive = { 0, 1, 0 },
						 .weights = { 1, 1000, 1 } };

	check_line(&rows, rows.weights);
}

static void
what_a_cutoff_divides_has_no_line(void)
{
	static const struct
	{
		double scores[4];
		uint8_t is_positive[4];
	} cases[] = {
		{ { 0.1, 0.2, 0.8, 0.9 }, { 0, 0, 1, 1 } }, { { 0.1, 0.2, 0.8, 0.9 }, { 1, 1, 0, 0 } },
		{ { 0.1, 0.5, 0.5, 0.9 }, { 0, 0, 1, 1 } }, { { 0.5, 0.5, 0.5, 0.5 }, { 0, 1, 0, 1 } },
		{ { 0.1, 0.2, 0.8, 0.9 }, { 1, 1, 1, 1 } }, { { 0, 1e-17, 0, 1e-300 }, { 0, 1, 1, 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Rows rows = { .n = 4 };
		MlopsCurve curve;
		MlopsCalibrationLine line;

		memcpy(rows.scores, cases[i].scores, sizeof(cases[i].scores));
		memcpy(rows.is_positive, cases[i].is_positive, sizeof(cases[i].is_positive));
		curve = build(&rows, NULL);
		line = fit(&curve);
		UNIT_CHECK(isnan(line.slope) && isnan(line.intercept));
		release(&curve);
	}
}

static void
whole_weights_are_repeated_rows(void)
{
	MlopsRng rng = mlops_rng_stream(23, 0);
	static Rows rows, repeated;
	MlopsCurve curves[2];
	MlopsCalibrationErrors errors[2];
	MlopsCalibrationLine lines[2];
	MlopsGoodness goodness[2];

	draw_rows(&rows, &rng);
	for (size_t i = 0; i < rows.n; i++)
	{
		for (int k = 0; k < (int) rows.weights[i]; k++)
		{
			repeated.scores[repeated.n] = rows.scores[i];
			repeated.is_positive[repeated.n++] = rows.is_positive[i];
		}
	}
	curves[0] = build(&rows, rows.weights);
	curves[1] = build(&repeated, NULL);
	for (int k = 0; k < 2; k++)
	{
		errors[k] = mlops_calibration_errors(&curves[k], 10);
		goodness[k] = mlops_calibration_goodness(&curves[k], 10);
		lines[k] = fit(&curves[k]);
		release(&curves[k]);
	}
	UNIT_CHECK(is_same(&errors[0], &errors[1], sizeof(errors[0])));
	UNIT_CHECK(is_same(&goodness[0], &goodness[1], sizeof(goodness[0])));
	UNIT_CHECK(is_same(&lines[0], &lines[1], sizeof(lines[0])));
}

/* Certain scores that are wrong: the statistic is infinite; certain and right, they add nothing. */
static void
certain_scores_divide_by_nothing(void)
{
	Rows rows = { .n = 6, .scores = { 0, 0, 0.5, 0.5, 1, 1 }, .is_positive = { 0, 0, 0, 1, 1, 1 } };
	MlopsCurve curve = build(&rows, NULL);

	UNIT_CHECK_NEAR(mlops_calibration_goodness(&curve, 3).statistic, 0, 0);
	release(&curve);
	rows.is_positive[0] = 1;
	curve = build(&rows, NULL);
	UNIT_CHECK(isinf(mlops_calibration_goodness(&curve, 3).statistic));
	release(&curve);
	rows.n = 0;
	curve = build(&rows, NULL);
	UNIT_CHECK(isnan(mlops_calibration_errors(&curve, 3).expected) &&
			   isnan(mlops_calibration_goodness(&curve, 3).statistic));
	release(&curve);
}

static bool
is_stopped(void *state)
{
	(void) state;
	return true;
}

static MlopsStatus
fit_any(const MlopsAllocator *allocator, void *argument)
{
	double scores[] = { 0.1, 0.9 }, positives[] = { 1, 2 }, negatives[] = { 2, 1 };
	MlopsCurve curve = { 2, scores, positives, negatives };
	MlopsCalibrationLine line;

	return mlops_calibration_fit(&curve, allocator, argument, &line);
}

static void
a_cancel_and_a_failed_allocation_are_survived(void)
{
	MlopsCancel cancel = { is_stopped, NULL };

	UNIT_CHECK(alloc_failing_each(fit_any, NULL) == 1);
	UNIT_CHECK_INT(fit_any(&plain_allocator, &cancel), MLOPS_STATUS_CANCELLED);
}

int
main(void)
{
	UNIT_RUN(worked_example_holds);
	UNIT_RUN(bins_equal_their_definition);
	UNIT_RUN(lines_are_the_likeliest);
	UNIT_RUN(far_scores_have_a_line);
	UNIT_RUN(what_a_cutoff_divides_has_no_line);
	UNIT_RUN(whole_weights_are_repeated_rows);
	UNIT_RUN(certain_scores_divide_by_nothing);
	UNIT_RUN(a_cancel_and_a_failed_allocation_are_survived);
	return unit_end();
}
