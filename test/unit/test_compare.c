/*
 * Two models on the same rows: DeLong's variance of a difference equals its definition pair by pair;
 * a bootstrap equals the metrics of rows that are really drawn, in any order of the rows; equal models
 * differ by nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/compare.h"
#include "core/hash.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "random_dataset.h"
#include "unit.h"

#define N_MAX		200
#define N_CLASSES	3
#define N_RESAMPLES 40

typedef struct Pair
{
	double outputs[2][N_MAX * N_CLASSES];
	uint32_t classes[N_MAX];
	double targets[N_MAX];
	double weights[N_MAX];
	MlopsPairedRows rows;
} Pair;

/* Rows of few distinct scores, so that many tie; b follows a half of the time. */
static void
draw_pair(Pair *pair, uint64_t *state, size_t n, uint32_t n_classes, bool is_weighted)
{
	size_t width = n_classes > 2 ? n_classes : 1;

	pair->rows = (MlopsPairedRows){ .n = n,
									.n_classes = n_classes,
									.outputs = { pair->outputs[0], pair->outputs[1] },
									.classes = pair->classes,
									.targets = pair->targets,
									.weights = is_weighted ? pair->weights : NULL };
	for (size_t i = 0; i < n; i++)
	{
		for (size_t k = 0; k < width; k++)
		{
			double *a = &pair->outputs[0][i * width + k];
			double *b = &pair->outputs[1][i * width + k];

			*a = random_below(state, 12) / 11.0;
			*b = random_below(state, 2) == 0 ? *a : random_below(state, 12) / 11.0;
		}
		pair->classes[i] = random_below(state, n_classes > 0 ? n_classes : 1);
		pair->targets[i] = random_below(state, 30) / 7.0;
		pair->weights[i] = 0.5 + random_below(state, 4);
	}
}

/* Share of rows of the other class that a row is ranked rightly with. */
static double
placement(const Pair *pair, int m, size_t i)
{
	double in_order = 0, n = 0;

	for (size_t j = 0; j < pair->rows.n; j++)
	{
		double gap = pair->outputs[m][i] - pair->outputs[m][j];

		if (pair->classes[i] == pair->classes[j])
			continue;
		n++;
		in_order += gap == 0 ? 0.5 : (gap > 0) == (pair->classes[i] == 1);
	}
	return in_order / n;
}

/* var(a) + var(b) - 2 cov(a, b) by the definition. */
static double
naive_variance(const Pair *pair)
{
	double variance = 0;

	for (uint32_t class = 0; class < 2; class ++)
	{
		double n = 0, sums[2] = { 0 }, products[3] = { 0 };

		for (size_t i = 0; i < pair->rows.n; i++)
		{
			double a = placement(pair, 0, i);
			double b = placement(pair, 1, i);

			if (pair->classes[i] != class)
				continue;
			n++;
			sums[0] += a;
			sums[1] += b;
			products[0] += a * a;
			products[1] += b * b;
			products[2] += a * b;
		}
		variance += (products[0] - sums[0] * sums[0] / n + products[1] - sums[1] * sums[1] / n -
					 2 * (products[2] - sums[0] * sums[1] / n)) /
					(n - 1) / n;
	}
	return variance;
}

static double
variance_of(const MlopsPairedRows *rows)
{
	double variance;

	UNIT_CHECK_INT(mlops_compare_auc_variance(rows, &plain_allocator, &variance), MLOPS_STATUS_OK);
	return variance;
}

static void
auc_variance_equals_its_definition(void)
{
	uint64_t state = 1;
	Pair pair;

	for (int round = 0; round < 100; round++)
	{
		draw_pair(&pair, &state, 4 + random_below(&state, N_MAX - 4), 2, false);
		pair.classes[0] = pair.classes[1] = 0;
		pair.classes[2] = pair.classes[3] = 1;
		UNIT_CHECK_NEAR(variance_of(&pair.rows), naive_variance(&pair), 1e-14);
		/* that of one model alone, beside one that says the same of all rows */
		for (size_t i = 0; i < pair.rows.n; i++)
			pair.outputs[1][i] = 0.25;
		UNIT_CHECK_NEAR(variance_of(&pair.rows), naive_variance(&pair), 1e-14);
		pair.rows.outputs[1] = pair.rows.outputs[0];
		UNIT_CHECK_NEAR(variance_of(&pair.rows), 0, 0);
	}
	for (size_t i = 1; i < pair.rows.n; i++)
		pair.classes[i] = 1 - pair.classes[0];
	UNIT_CHECK(isnan(variance_of(&pair.rows)));
	pair.rows.n = 0;
	UNIT_CHECK(isnan(variance_of(&pair.rows)));
}

/* Bad .9 .8 .4 .4 .3, good .7 .4 .3 .2 .1 .1 have 629/36000; negating all scores turns 49/60 to 11/60. */
static void
auc_variance_of_known_rows(void)
{
	Pair pair = { .outputs = { { .9, .8, .4, .4, .3, .7, .4, .3, .2, .1, .1 },
							   { .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5 } },
				  .classes = { 1, 1, 1, 1, 1 } };

	pair.rows = (MlopsPairedRows){ .n = 11,
								   .n_classes = 2,
								   .outputs = { pair.outputs[0], pair.outputs[1] },
								   .classes = pair.classes };
	UNIT_CHECK_NEAR(variance_of(&pair.rows), 629 / 36000.0, 1e-17);
	for (size_t i = 0; i < 11; i++)
		pair.outputs[1][i] = 1 - pair.outputs[0][i];
	UNIT_CHECK_NEAR(variance_of(&pair.rows), 4 * 629 / 36000.0, 1e-16);
}

/* Rows in the order of their hash: of class or target, weight, outputs. */
static void
sort_by_hash(const MlopsPairedRows *rows, uint32_t *order)
{
	size_t width = rows->n_classes > 2 ? rows->n_classes : 1;
	uint64_t hashes[N_MAX];

	for (uint32_t i = 0; i < rows->n; i++)
	{
		uint32_t k = i;
		uint64_t hash =
			rows->n_classes > 0 ? rows->classes[i] : mlops_hash_bytes(rows->targets + i, 8, 0);

		if (rows->weights != NULL)
			hash = mlops_hash_bytes(rows->weights + i, 8, hash);
		for (int m = 0; m < 2; m++)
			hash = mlops_hash_bytes(rows->outputs[m] + i * width, 8 * width, hash);
		for (hashes[i] = hash; k > 0 && hashes[order[k - 1]] > hash; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

/* Metrics of one model on rows that were drawn, by name as in the structs of core/metrics. */
static void
measure_drawn(const MlopsPairedRows *rows, int m, const uint32_t *drawn, double cutoff,
			  double numbers[11])
{
	size_t width = rows->n_classes > 2 ? rows->n_classes : 1;
	double outputs[N_MAX * N_CLASSES], targets[N_MAX], weights[N_MAX], confusion[9];
	uint32_t classes[N_MAX];
	uint8_t is_positive[N_MAX];
	MlopsClassScores scores = { outputs, classes, weights, rows->n, rows->n_classes };
	MlopsClassMetrics of_classes;
	MlopsValueMetrics of_values;
	MlopsCurveTotals totals;
	MlopsCurve curve;

	for (size_t i = 0; i < rows->n; i++)
	{
		memcpy(outputs + i * width, rows->outputs[m] + drawn[i] * width, width * sizeof(double));
		targets[i] = rows->targets[drawn[i]];
		classes[i] = rows->classes[drawn[i]];
		is_positive[i] = classes[i] == 1;
		weights[i] = rows->weights == NULL ? 1 : rows->weights[drawn[i]];
	}
	if (rows->n_classes == 0)
	{
		(void) mlops_metrics_values(outputs, targets, weights, rows->n, &plain_allocator,
									&of_values);
		of_values.constant_rmse = NAN;
		memcpy(numbers, &of_values, sizeof(of_values));
		return;
	}
	if (rows->n_classes == 2)
	{
		(void) mlops_curve_build(outputs, is_positive, weights, rows->n, &plain_allocator, NULL,
								 &curve);
		totals = mlops_curve_totals(&curve);
		of_classes = mlops_curve_metrics(&curve, &totals, cutoff);
		free(curve.scores);
		free(curve.positives);
		free(curve.negatives);
	}
	else
		(void) mlops_metrics_classes(&scores, &plain_allocator, NULL, confusion, &of_classes);
	memcpy(numbers, &of_classes, sizeof(of_classes));
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return x < y ? -1 : x > y;
}

/* Quantile of sorted numbers between their places, as numpy's. */
static double
naive_quantile(const double *sorted, size_t n, double p)
{
	double place = (double) (n - 1) * p;
	size_t below = (size_t) floor(place);
	size_t above = (size_t) ceil(place);

	return sorted[below] + (place - floor(place)) * (sorted[above] - sorted[below]);
}

/* low and high of all metrics, [11] each. */
static void
bootstrap_naively(const MlopsPairedRows *rows, const MlopsBootstrap *plan, double *low,
				  double *high)
{
	double numbers[2][N_RESAMPLES][11], differences[N_RESAMPLES];
	uint32_t order[N_MAX], drawn[N_MAX];

	sort_by_hash(rows, order);
	for (uint32_t r = 0; r < N_RESAMPLES; r++)
	{
		MlopsRng rng = mlops_rng_stream(plan->seed, r);

		for (size_t i = 0; i < rows->n; i++)
			drawn[i] = order[mlops_rng_below(&rng, (uint32_t) rows->n)];
		measure_drawn(rows, 0, drawn, plan->cutoff, numbers[0][r]);
		measure_drawn(rows, 1, drawn, plan->cutoff, numbers[1][r]);
	}
	for (size_t k = 0; k < (rows->n_classes == 0 ? 7 : 11); k++)
	{
		size_t n = 0;

		for (uint32_t r = 0; r < N_RESAMPLES; r++)
		{
			if (!isnan(numbers[0][r][k] - numbers[1][r][k]))
				differences[n++] = numbers[0][r][k] - numbers[1][r][k];
		}
		qsort(differences, n, sizeof(double), compare_doubles);
		low[k] = n < plan->n_defined_min ? (double) NAN : naive_quantile(differences, n, 0.025);
		high[k] = n < plan->n_defined_min ? (double) NAN : naive_quantile(differences, n, 0.975);
	}
}

static void
check_bootstrap(const MlopsPairedRows *rows, const MlopsBootstrap *plan)
{
	double low[11], high[11];
	MlopsMetricRange range;
	const double *range_low =
		rows->n_classes == 0 ? &range.value_low.mean_absolute_error : &range.class_low.precision;
	const double *range_high =
		rows->n_classes == 0 ? &range.value_high.mean_absolute_error : &range.class_high.precision;

	UNIT_CHECK_INT(mlops_compare_bootstrap(rows, plan, &plain_allocator, NULL, &range),
				   MLOPS_STATUS_OK);
	bootstrap_naively(rows, plan, low, high);
	for (size_t k = 0; k < (rows->n_classes == 0 ? 7 : 11); k++)
	{
		UNIT_CHECK_NEAR(range_low[k], low[k], 1e-9);
		UNIT_CHECK_NEAR(range_high[k], high[k], 1e-9);
	}
}

static void
bootstrap_equals_rows_that_are_drawn(void)
{
	uint64_t state = 3;
	Pair pair;

	for (int round = 0; round < 60; round++)
	{
		MlopsBootstrap plan = { .n_resamples = N_RESAMPLES,
								.n_defined_min = 10 + random_below(&state, 31),
								.seed = round - 5,
								.cutoff = 0.6 };
		uint32_t n_classes = (uint32_t[]){ 0, 2, 3 }[round % 3];

		draw_pair(&pair, &state, 3 + random_below(&state, round < 30 ? 12 : N_MAX - 3), n_classes,
				  round % 2 == 1);
		check_bootstrap(&pair.rows, &plan);
	}
}

/* The same bits. */
static bool
are_same(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(MlopsMetricRange)) == 0;
}

/* A row of weight 3 counts three times, but is drawn as one; and the rows may come in any order. */
static void
the_order_of_rows_plays_no_part(void)
{
	const MlopsBootstrap plan = { .n_resamples = N_RESAMPLES, .seed = 9, .cutoff = 0.5 };

	for (uint32_t n_classes = 0; n_classes <= 3; n_classes++)
	{
		uint64_t state = 11;
		size_t width = n_classes > 2 ? n_classes : 1;
		Pair pair, turned;
		MlopsMetricRange a, b;

		if (n_classes == 1)
			continue;
		draw_pair(&pair, &state, N_MAX, n_classes, true);
		turned = pair;
		turned.rows = pair.rows;
		turned.rows.outputs[0] = turned.outputs[0];
		turned.rows.outputs[1] = turned.outputs[1];
		turned.rows.classes = turned.classes;
		turned.rows.targets = turned.targets;
		turned.rows.weights = turned.weights;
		for (size_t i = 0; i < N_MAX; i++)
		{
			size_t j = (i * 77 + 5) % N_MAX;

			for (int m = 0; m < 2; m++)
				memcpy(turned.outputs[m] + j * width, pair.outputs[m] + i * width,
					   width * sizeof(double));
			turned.classes[j] = pair.classes[i];
			turned.targets[j] = pair.targets[i];
			turned.weights[j] = pair.weights[i];
		}
		UNIT_CHECK_INT(mlops_compare_bootstrap(&pair.rows, &plan, &plain_allocator, NULL, &a),
					   MLOPS_STATUS_OK);
		UNIT_CHECK_INT(mlops_compare_bootstrap(&turned.rows, &plan, &plain_allocator, NULL, &b),
					   MLOPS_STATUS_OK);
		UNIT_CHECK(are_same(&a, &b));
	}
}

static void
equal_models_differ_by_nothing(void)
{
	const MlopsBootstrap plan = { .n_resamples = N_RESAMPLES, .seed = 1, .cutoff = 0.5 };
	uint64_t state = 21;
	MlopsMetricRange range;
	Pair pair;

	draw_pair(&pair, &state, N_MAX, 2, false);
	pair.rows.outputs[1] = pair.rows.outputs[0];
	UNIT_CHECK_INT(mlops_compare_bootstrap(&pair.rows, &plan, &plain_allocator, NULL, &range),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(range.class_low.roc_auc == 0 && range.class_high.roc_auc == 0);
	UNIT_CHECK(range.class_low.log_loss == 0 && range.class_high.mcc == 0);
	UNIT_CHECK(isnan(range.value_low.rmse));
	/* a target that does not vary has no r2; no rows have no metric */
	pair.rows.n_classes = 0;
	for (size_t i = 0; i < N_MAX; i++)
		pair.targets[i] = 1 / 3.0;
	UNIT_CHECK_INT(mlops_compare_bootstrap(&pair.rows, &plan, &plain_allocator, NULL, &range),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(isnan(range.value_low.r2_score) && range.value_low.rmse == 0);
	pair.rows.n = 0;
	UNIT_CHECK_INT(mlops_compare_bootstrap(&pair.rows, &plan, &plain_allocator, NULL, &range),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(isnan(range.value_low.rmse) && isnan(range.class_low.accuracy));
}

static bool
is_fifth(void *state)
{
	return ++*(int *) state == 5;
}

static MlopsStatus
compare_all(const MlopsAllocator *allocator, void *argument)
{
	const MlopsBootstrap plan = { .n_resamples = 3, .seed = 1, .cutoff = 0.5 };
	Pair *pair = argument;
	MlopsMetricRange range;
	double variance;
	MlopsStatus status = mlops_compare_auc_variance(&pair->rows, allocator, &variance);

	return status != MLOPS_STATUS_OK ?
			   status :
			   mlops_compare_bootstrap(&pair->rows, &plan, allocator, NULL, &range);
}

static void
a_cancel_stops_and_memory_is_given_back(void)
{
	const MlopsBootstrap plan = { .n_resamples = 1000, .seed = 1, .cutoff = 0.5 };
	uint64_t state = 31;
	int n_asked = 0;
	MlopsCancel cancel = { is_fifth, &n_asked };
	MlopsMetricRange range;
	AllocFailing counting;
	Pair pair;

	draw_pair(&pair, &state, 30, 2, false);
	UNIT_CHECK(alloc_failing_each(compare_all, &pair) > 10);
	alloc_failing_init(&counting, 0);
	UNIT_CHECK_INT(mlops_compare_bootstrap(&pair.rows, &plan, &counting.allocator, &cancel, &range),
				   MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(n_asked, 5);
	UNIT_CHECK_INT(counting.n_live, 0);
}

int
main(void)
{
	UNIT_RUN(auc_variance_equals_its_definition);
	UNIT_RUN(auc_variance_of_known_rows);
	UNIT_RUN(bootstrap_equals_rows_that_are_drawn);
	UNIT_RUN(the_order_of_rows_plays_no_part);
	UNIT_RUN(equal_models_differ_by_nothing);
	UNIT_RUN(a_cancel_stops_and_memory_is_given_back);
	return unit_end();
}
