/*
 * Metrics equal their definitions, worked out pair by pair; rows may come in any order, weights count
 * as rows; what rows do not define is not a number.
 */
#include <math.h>
#include <stdlib.h>

#include "core/metrics.h"

#include "alloc_failing.h"
#include "random_dataset.h"
#include "unit.h"

#define N_MAX 200

typedef struct Scores
{
	double scores[N_MAX];
	uint8_t is_positive[N_MAX];
	double weights[N_MAX];
	size_t n;
} Scores;

/* Scores of few distinct values, so that many tie. */
static void
draw_scores(Scores *rows, uint64_t *state)
{
	rows->n = 2 + random_below(state, N_MAX - 2);
	for (size_t i = 0; i < rows->n; i++)
	{
		rows->scores[i] = random_below(state, 12) / 11.0;
		rows->is_positive[i] = random_below(state, 3) == 0;
		rows->weights[i] = 1 + random_below(state, 4);
	}
	rows->is_positive[0] = 1;
	rows->is_positive[1] = 0;
}

static MlopsClassMetrics
measure(const Scores *rows, const double *weights, double cutoff)
{
	MlopsClassMetrics metrics = { 0 };
	MlopsCurveTotals totals;
	MlopsCurve curve;

	if (!UNIT_CHECK_INT(mlops_curve_build(rows->scores, rows->is_positive, weights, rows->n,
										  &plain_allocator, NULL, &curve),
						MLOPS_STATUS_OK))
		return metrics;
	totals = mlops_curve_totals(&curve);
	metrics = mlops_curve_metrics(&curve, &totals, cutoff);
	free(curve.scores);
	free(curve.positives);
	free(curve.negatives);
	return metrics;
}

/* Weights of rows with a score from a cutoff on, by class. */
static void
count_from(const Scores *rows, double cutoff, double counts[2], double all[2])
{
	counts[0] = counts[1] = all[0] = all[1] = 0;
	for (size_t i = 0; i < rows->n; i++)
	{
		all[rows->is_positive[i]] += rows->weights[i];
		if (rows->scores[i] >= cutoff)
			counts[rows->is_positive[i]] += rows->weights[i];
	}
}

/* Share of pairs in order, ties half. */
static double
naive_auc(const Scores *rows)
{
	double in_order = 0, pairs = 0;

	for (size_t i = 0; i < rows->n; i++)
	{
		for (size_t j = 0; j < rows->n; j++)
		{
			double w = rows->weights[i] * rows->weights[j];

			if (rows->is_positive[i] == 0 || rows->is_positive[j] != 0)
				continue;
			pairs += w;
			in_order += rows->scores[i] > rows->scores[j]  ? w :
						rows->scores[i] == rows->scores[j] ? w / 2 :
															 0;
		}
	}
	return in_order / pairs;
}

static void
check_thresholds(const Scores *rows, const MlopsClassMetrics *metrics)
{
	double ks = 0, precision_sum = 0, last_recall = 0;
	double counts[2], all[2];

	for (int t = 11; t >= 0; t--)
	{
		count_from(rows, t / 11.0, counts, all);
		if (counts[0] + counts[1] == 0)
			continue;
		ks = fmax(ks, fabs(counts[1] / all[1] - counts[0] / all[0]));
		precision_sum += (counts[1] / all[1] - last_recall) * counts[1] / (counts[0] + counts[1]);
		last_recall = counts[1] / all[1];
	}
	UNIT_CHECK_NEAR(metrics->ks_score, ks, 1e-12);
	UNIT_CHECK_NEAR(metrics->average_precision, precision_sum, 1e-12);
}

static void
check_losses(const Scores *rows, const MlopsClassMetrics *metrics)
{
	double brier = 0, loss = 0, weight = 0;

	for (size_t i = 0; i < rows->n; i++)
	{
		double p = rows->scores[i];
		double clipped = fmin(fmax(rows->is_positive[i] != 0 ? p : 1 - p, 1e-15), 1 - 1e-15);

		brier += rows->weights[i] * (p - rows->is_positive[i]) * (p - rows->is_positive[i]);
		loss -= rows->weights[i] * log(clipped);
		weight += rows->weights[i];
	}
	UNIT_CHECK_NEAR(metrics->brier_score, brier / weight, 1e-12);
	UNIT_CHECK_NEAR(metrics->log_loss, loss / weight, 1e-9);
}

static void
check_confusion(const Scores *rows, const MlopsClassMetrics *metrics, double cutoff)
{
	double counts[2], all[2];
	double tp, fp, tn, fn;

	count_from(rows, cutoff, counts, all);
	tp = counts[1];
	fp = counts[0];
	tn = all[0] - fp;
	fn = all[1] - tp;
	UNIT_CHECK_NEAR(metrics->accuracy, (tp + tn) / (tp + fp + tn + fn), 1e-12);
	UNIT_CHECK_NEAR(metrics->recall, tp / (tp + fn), 1e-12);
	UNIT_CHECK_NEAR(metrics->precision, tp + fp > 0 ? tp / (tp + fp) : (double) NAN, 1e-12);
	if ((tp + fp) * (tn + fn) > 0)
		UNIT_CHECK_NEAR(metrics->mcc,
						(tp * tn - fp * fn) / sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
						1e-12);
	else
		UNIT_CHECK(isnan(metrics->mcc));
}

static void
two_classes_equal_their_definitions(void)
{
	uint64_t state = 1;

	for (int round = 0; round < 300; round++)
	{
		Scores rows;
		double cutoff = random_below(&state, 13) / 12.0;
		MlopsClassMetrics metrics;

		draw_scores(&rows, &state);
		metrics = measure(&rows, rows.weights, cutoff);
		UNIT_CHECK_NEAR(metrics.roc_auc, naive_auc(&rows), 1e-12);
		UNIT_CHECK_NEAR(metrics.gini, 2 * naive_auc(&rows) - 1, 1e-12);
		check_thresholds(&rows, &metrics);
		check_losses(&rows, &metrics);
		check_confusion(&rows, &metrics, cutoff);
	}
}

/* A row of weight 3 is three rows, and the order of rows plays no part. */
static void
weights_count_as_rows_in_any_order(void)
{
	uint64_t state = 2;

	for (int round = 0; round < 50; round++)
	{
		Scores rows, repeated = { .n = 0 };
		MlopsClassMetrics a, b;

		do
			draw_scores(&rows, &state);
		while (rows.n > 40);
		for (size_t i = rows.n; i-- > 0;)
		{
			for (int k = 0; k < (int) rows.weights[i]; k++)
			{
				repeated.scores[repeated.n] = rows.scores[i];
				repeated.is_positive[repeated.n] = rows.is_positive[i];
				repeated.weights[repeated.n++] = 1;
			}
		}
		a = measure(&rows, rows.weights, 0.5);
		b = measure(&repeated, NULL, 0.5);
		UNIT_CHECK_NEAR(a.roc_auc, b.roc_auc, 0);
		UNIT_CHECK_NEAR(a.average_precision, b.average_precision, 0);
		UNIT_CHECK_NEAR(a.ks_score, b.ks_score, 0);
		UNIT_CHECK_NEAR(a.log_loss, b.log_loss, 0);
		UNIT_CHECK_NEAR(a.brier_score, b.brier_score, 0);
		UNIT_CHECK_NEAR(a.mcc, b.mcc, 0);
	}
}

/* DeLong's variance of a roc_auc. */
static double
variance_of(const Scores *rows)
{
	MlopsCurveTotals totals;
	MlopsCurve curve;
	double variance;

	if (mlops_curve_build(rows->scores, rows->is_positive, NULL, rows->n, &plain_allocator, NULL,
						  &curve) != MLOPS_STATUS_OK)
		return -1;
	totals = mlops_curve_totals(&curve);
	variance =
		mlops_curve_auc_variance(&curve, &totals, mlops_curve_order(&curve, &totals).roc_auc);
	free(curve.scores);
	free(curve.positives);
	free(curve.negatives);
	return variance;
}

/* 629/36000 by exact arithmetic; random rows pair by pair. */
static void
auc_variance_equals_its_definition(void)
{
	Scores rows = { .scores = { .9, .8, .4, .4, .3, .7, .4, .3, .2, .1, .1 },
					.is_positive = { 1, 1, 1, 1, 1 },
					.n = 11 };
	uint64_t state = 77;

	UNIT_CHECK_NEAR(variance_of(&rows), 629 / 36000.0, 1e-17);
	for (int round = 0; round < 20; round++)
	{
		double n[2] = { 0 }, sum[2] = { 0 }, squares[2] = { 0 };

		draw_scores(&rows, &state);
		for (size_t i = 0; i < rows.n; i++)
			n[rows.is_positive[i]]++;
		for (size_t i = 0; i < rows.n; i++)
		{
			int class = rows.is_positive[i];
			double v = 0;

			for (size_t j = 0; j < rows.n; j++)
			{
				double gap = rows.scores[i] - rows.scores[j];

				if (rows.is_positive[j] != class)
					v += gap == 0 ? 0.5 : (gap > 0) == (class == 1);
			}
			v /= n[1 - class];
			sum[class] += v;
			squares[class] += v * v;
		}
		if (n[0] < 2 || n[1] < 2)
			UNIT_CHECK(isnan(variance_of(&rows)));
		else
			UNIT_CHECK_NEAR(variance_of(&rows),
							(squares[0] - sum[0] * sum[0] / n[0]) / (n[0] - 1) / n[0] +
								(squares[1] - sum[1] * sum[1] / n[1]) / (n[1] - 1) / n[1],
							1e-14);
	}
	rows.n = 2;
	UNIT_CHECK(isnan(variance_of(&rows)));
}

static void
one_class_has_no_curve(void)
{
	Scores rows = { .scores = { 0.2, 0.9 }, .is_positive = { 1, 1 }, .weights = { 1, 1 }, .n = 2 };
	MlopsClassMetrics metrics = measure(&rows, NULL, 0.5);

	UNIT_CHECK(isnan(metrics.roc_auc) && isnan(metrics.gini) && isnan(metrics.ks_score) &&
			   isnan(metrics.mcc));
	UNIT_CHECK_NEAR(metrics.accuracy, 0.5, 0);
	rows.n = 0;
	metrics = measure(&rows, NULL, 0.5);
	UNIT_CHECK(isnan(metrics.accuracy) && isnan(metrics.log_loss) && isnan(metrics.brier_score));
}

/* Values against sums in long double; the median of weighted errors by sorting repeated rows. */
static void
values_equal_their_definitions(void)
{
	const double predicted[] = { 1, 2, 4, 4, 0 };
	const double actual[] = { 2, 2, 1, 5, 0.5 };
	const double weights[] = { 1, 2, 1, 1, 2 };
	MlopsValueMetrics metrics;

	/* errors 1, 0, 0, -3, 1, 0.5, 0.5 of 7 rows; mean of actual 13/7 */
	UNIT_CHECK_INT(mlops_metrics_values(predicted, actual, weights, 5, &plain_allocator, &metrics),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_NEAR(metrics.mean_absolute_error, 6 / 7.0, 1e-15);
	UNIT_CHECK_NEAR(metrics.mean_squared_error, 11.5 / 7, 1e-15);
	UNIT_CHECK_NEAR(metrics.rmse, sqrt(11.5 / 7), 1e-15);
	UNIT_CHECK_NEAR(metrics.median_absolute_error, 0.5, 0);
	/* squares of actual: 4 + 4 + 4 + 1 + 25 + 0.25 + 0.25 */
	UNIT_CHECK_NEAR(metrics.r2_score, 1 - 11.5 / (38.5 - 13 * 13 / 7.0), 1e-14);
	UNIT_CHECK_NEAR(metrics.explained_variance, 1 - 11.5 / (38.5 - 13 * 13 / 7.0), 1e-14);
	/* with a bias, explained variance is more than r2 */
	UNIT_CHECK_INT(mlops_metrics_values(predicted, actual, NULL, 2, &plain_allocator, &metrics),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(isinf(metrics.r2_score) || isnan(metrics.r2_score));
	UNIT_CHECK_NEAR(metrics.median_absolute_error, 0.5, 0);
}

/* Three classes by hand: said a, b, b, c of a, a, b, c. */
static void
more_classes_equal_their_definitions(void)
{
	const double probabilities[] = { 0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.1, 0.8, 0.1, 0.0, 0.1, 0.9 };
	const uint32_t actual[] = { 0, 0, 1, 2 };
	const MlopsClassScores rows = { .probabilities = probabilities,
									.actual = actual,
									.n = 4,
									.n_classes = 3 };
	double confusion[9];
	MlopsClassMetrics metrics;

	UNIT_CHECK_INT(mlops_metrics_classes(&rows, &plain_allocator, NULL, confusion, &metrics),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(confusion[0] == 1 && confusion[1] == 1 && confusion[4] == 1 && confusion[8] == 1);
	UNIT_CHECK_NEAR(metrics.accuracy, 0.75, 1e-15);
	UNIT_CHECK_NEAR(metrics.precision, (1 + 0.5 + 1) / 3, 1e-15);
	UNIT_CHECK_NEAR(metrics.recall, (0.5 + 1 + 1) / 3, 1e-15);
	UNIT_CHECK_NEAR(metrics.log_loss, -(log(0.6) + log(0.2) + log(0.8) + log(0.9)) / 4, 1e-12);
	/* a: 4 of 4 pairs, b: 3 of 3, c: 3 of 3 */
	UNIT_CHECK_NEAR(metrics.roc_auc, 1, 1e-15);
	UNIT_CHECK(isnan(metrics.ks_score));
}

static MlopsStatus
measure_all(const MlopsAllocator *allocator, void *argument)
{
	const double probabilities[] = { 0.6, 0.4, 0.1, 0.9 };
	const uint32_t actual[] = { 0, 1 };
	const MlopsClassScores rows = { .probabilities = probabilities,
									.actual = actual,
									.n = 2,
									.n_classes = 2 };
	double confusion[4];
	MlopsClassMetrics metrics;
	MlopsValueMetrics values;
	MlopsStatus status = mlops_metrics_classes(&rows, allocator, NULL, confusion, &metrics);

	(void) argument;
	return status != MLOPS_STATUS_OK ?
			   status :
			   mlops_metrics_values(probabilities, probabilities, NULL, 4, allocator, &values);
}

static void
every_failed_allocation_is_survived(void)
{
	UNIT_CHECK(alloc_failing_each(measure_all, NULL) > 5);
}

static bool
is_stopped(void *state)
{
	return ++((int *) state)[0] == ((int *) state)[1];
}

/* Asked before the rows are counted and then for each class. */
static void
a_cancel_stops_and_memory_is_given_back(void)
{
	const double probabilities[] = { 0.5, 0.3, 0.2, 0.1, 0.8, 0.1 };
	const uint32_t actual[] = { 0, 1 };
	const MlopsClassScores rows = { .probabilities = probabilities,
									.actual = actual,
									.n = 2,
									.n_classes = 3 };
	double confusion[9];
	MlopsClassMetrics metrics;

	for (int stop_at = 1; stop_at <= 4; stop_at++)
	{
		int asked_and_stop[2] = { 0, stop_at };
		MlopsCancel cancel = { is_stopped, asked_and_stop };
		AllocFailing counting;

		alloc_failing_init(&counting, 0);
		UNIT_CHECK_INT(
			mlops_metrics_classes(&rows, &counting.allocator, &cancel, confusion, &metrics),
			MLOPS_STATUS_CANCELLED);
		UNIT_CHECK_INT(asked_and_stop[0], stop_at);
		UNIT_CHECK_INT(counting.n_live, 0);
	}
}

int
main(void)
{
	UNIT_RUN(two_classes_equal_their_definitions);
	UNIT_RUN(weights_count_as_rows_in_any_order);
	UNIT_RUN(auc_variance_equals_its_definition);
	UNIT_RUN(one_class_has_no_curve);
	UNIT_RUN(values_equal_their_definitions);
	UNIT_RUN(more_classes_equal_their_definitions);
	UNIT_RUN(every_failed_allocation_is_survived);
	UNIT_RUN(a_cancel_stops_and_memory_is_given_back);
	return unit_end();
}
