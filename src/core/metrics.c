/*
 * How good a model is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/compensated.h"
#include "core/metrics.h"
#include "core/sort.h"

/* Rows that are counted between two questions to the cancel hook. */
#define ROWS_PER_CHECK 4096

/* A weighted value being sorted. */
typedef struct WeightedValue
{
	double value;
	double weight;
} WeightedValue;

/* a / b, not defined when b is 0. */
static double
ratio(double a, double b)
{
	return b > 0 ? a / b : (double) NAN;
}

static double
weight_of(const double *weights, size_t i)
{
	return weights == NULL ? 1.0 : weights[i];
}

static int
compare_values(const void *a, const void *b)
{
	const WeightedValue *x = a;
	const WeightedValue *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static MlopsClassMetrics
order_metrics(const MlopsCurve *curve, const MlopsCurveTotals *totals, double cutoff)
{
	MlopsOutcomes o = mlops_curve_outcomes(curve, cutoff);
	MlopsCurveOrder order = mlops_curve_order(curve, totals);
	double n_positive = totals->n_positive;
	double n_negative = totals->n_negative;
	double predicted_positive = o.true_positives + o.false_positives;
	double predicted_negative = o.true_negatives + o.false_negatives;

	return (MlopsClassMetrics){
		.precision = ratio(o.true_positives, predicted_positive),
		.recall = ratio(o.true_positives, n_positive),
		.accuracy = ratio(o.true_positives + o.true_negatives, n_positive + n_negative),
		.f1_score = ratio(2 * o.true_positives, n_positive + predicted_positive),
		.log_loss = NAN,
		.roc_auc = order.roc_auc,
		.gini = order.gini,
		.ks_score = order.ks_score,
		.brier_score = NAN,
		.average_precision = order.average_precision,
		.mcc = ratio(o.true_positives * o.true_negatives - o.false_positives * o.false_negatives,
					 sqrt(predicted_positive) * sqrt(n_positive) * sqrt(n_negative) *
						 sqrt(predicted_negative)),
	};
}

MlopsClassMetrics
mlops_curve_order_metrics(const MlopsCurve *curve, double cutoff)
{
	MlopsCurveTotals totals = mlops_curve_totals(curve);

	return order_metrics(curve, &totals, cutoff);
}

MlopsClassMetrics
mlops_curve_metrics(const MlopsCurve *curve, const MlopsCurveTotals *totals, double cutoff)
{
	MlopsClassMetrics metrics = order_metrics(curve, totals, cutoff);

	metrics.log_loss = mlops_curve_log_loss(curve, totals);
	metrics.brier_score = mlops_curve_brier_score(curve, totals);
	return metrics;
}

uint32_t
mlops_most_likely(const double *probabilities, uint32_t n_classes)
{
	uint32_t best = 0;

	for (uint32_t c = 1; c < n_classes; c++)
	{
		if (probabilities[c] > probabilities[best])
			best = c;
	}
	return best;
}

void
mlops_confusion_metrics(const double *confusion, uint32_t n_classes, MlopsClassMetrics *metrics)
{
	double n = 0, correct = 0, precision = 0, recall = 0, f1 = 0;
	double actual_squares = 0, predicted_squares = 0, products = 0;

	for (uint32_t c = 0; c < n_classes; c++)
	{
		double actual = 0, predicted = 0;
		double hit = confusion[(size_t) c * n_classes + c];

		for (uint32_t k = 0; k < n_classes; k++)
		{
			actual += confusion[(size_t) c * n_classes + k];
			predicted += confusion[(size_t) k * n_classes + c];
		}
		n += actual;
		correct += hit;
		actual_squares += actual * actual;
		predicted_squares += predicted * predicted;
		products += actual * predicted;
		/* a class that the rows lack or that is never predicted makes the macro average NaN */
		precision += ratio(hit, predicted);
		recall += ratio(hit, actual);
		f1 += ratio(2 * hit, actual + predicted);
	}
	metrics->accuracy = ratio(correct, n);
	metrics->precision = precision / n_classes;
	metrics->recall = recall / n_classes;
	metrics->f1_score = f1 / n_classes;
	metrics->mcc = ratio(correct * n - products,
						 sqrt(n * n - predicted_squares) * sqrt(n * n - actual_squares));
}

/* Mean of the one-against-the-rest areas. */
static MlopsStatus
measure_macro_auc(const MlopsClassScores *rows, const MlopsAllocator *allocator,
				  const MlopsCancel *cancel, MlopsClassMetrics *metrics)
{
	size_t n = rows->n;
	uint32_t n_classes = rows->n_classes;
	double *scores = mlops_alloc(allocator, n, sizeof(double));
	uint8_t *is_class = mlops_alloc(allocator, n, sizeof(uint8_t));
	double sum = 0;
	MlopsStatus status = scores == NULL || is_class == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;

	for (uint32_t c = 0; status == MLOPS_STATUS_OK && c < n_classes; c++)
	{
		MlopsCurve curve;
		MlopsCurveTotals totals;

		/* fewer rows than a sort asks for may be of many classes */
		if (mlops_cancelled(cancel))
		{
			status = MLOPS_STATUS_CANCELLED;
			break;
		}
		for (size_t i = 0; i < n; i++)
		{
			scores[i] = rows->probabilities[i * n_classes + c];
			is_class[i] = rows->actual[i] == c;
		}
		status = mlops_curve_build(scores, is_class, rows->weights, n, allocator, cancel, &curve);
		if (status != MLOPS_STATUS_OK)
			break;
		totals = mlops_curve_totals(&curve);
		sum += mlops_curve_order(&curve, &totals).roc_auc;
		mlops_curve_free(&curve, allocator);
	}
	metrics->roc_auc = sum / n_classes;
	metrics->gini = 2 * metrics->roc_auc - 1;
	mlops_free(allocator, scores);
	mlops_free(allocator, is_class);
	return status;
}

MlopsStatus
mlops_metrics_classes(const MlopsClassScores *rows, const MlopsAllocator *allocator,
					  const MlopsCancel *cancel, double *confusion, MlopsClassMetrics *metrics)
{
	uint32_t n_classes = rows->n_classes;
	MlopsCompensated loss = { 0 }, n_weighted = { 0 };

	*metrics = (MlopsClassMetrics){ .ks_score = NAN, .brier_score = NAN, .average_precision = NAN };
	memset(confusion, 0, (size_t) n_classes * n_classes * sizeof(double));
	for (size_t i = 0; i < rows->n; i++)
	{
		const double *p = rows->probabilities + i * n_classes;
		uint32_t actual = rows->actual[i];
		double weight = weight_of(rows->weights, i);

		if (i % ROWS_PER_CHECK == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		confusion[(size_t) actual * n_classes + mlops_most_likely(p, n_classes)] += weight;
		mlops_compensated_add(&loss, weight * mlops_log_loss(p[actual]));
		mlops_compensated_add(&n_weighted, weight);
	}
	metrics->log_loss = ratio(mlops_compensated_total(loss), mlops_compensated_total(n_weighted));
	mlops_confusion_metrics(confusion, n_classes, metrics);
	return measure_macro_auc(rows, allocator, cancel, metrics);
}

/* Weighted median: the mean of the lower and upper one. */
static double
median(WeightedValue *values, size_t n, double n_weighted)
{
	double below = 0;

	qsort(values, n, sizeof(WeightedValue), compare_values);
	for (size_t i = 0; i < n; i++)
	{
		below += values[i].weight;
		if (2 * below > n_weighted)
			return values[i].value;
		if (2 * below == n_weighted && i + 1 < n)
			return values[i].value / 2 + values[i + 1].value / 2;
	}
	return NAN;
}

MlopsStatus
mlops_metrics_values(const double *predicted, const double *actual, const double *weights, size_t n,
					 const MlopsAllocator *allocator, MlopsValueMetrics *metrics)
{
	WeightedValue *errors = mlops_alloc(allocator, n, sizeof(WeightedValue));
	MlopsCompensated n_weighted = { 0 }, absolute = { 0 }, squares = { 0 }, sum = { 0 },
					 bias = { 0 };
	MlopsCompensated spread = { 0 }, error_spread = { 0 };
	double mean, mean_error;

	if (errors == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < n; i++)
	{
		double w = weight_of(weights, i);
		double error = actual[i] - predicted[i];

		errors[i] = (WeightedValue){ fabs(error), w };
		mlops_compensated_add(&n_weighted, w);
		mlops_compensated_add(&absolute, w * fabs(error));
		mlops_compensated_add(&squares, w * error * error);
		mlops_compensated_add(&sum, w * actual[i]);
		mlops_compensated_add(&bias, w * error);
	}
	mean = ratio(mlops_compensated_total(sum), mlops_compensated_total(n_weighted));
	mean_error = ratio(mlops_compensated_total(bias), mlops_compensated_total(n_weighted));
	for (size_t i = 0; i < n; i++)
	{
		double w = weight_of(weights, i);
		double error = actual[i] - predicted[i] - mean_error;

		mlops_compensated_add(&spread, w * (actual[i] - mean) * (actual[i] - mean));
		mlops_compensated_add(&error_spread, w * error * error);
	}
	metrics->mean_absolute_error =
		ratio(mlops_compensated_total(absolute), mlops_compensated_total(n_weighted));
	metrics->mean_squared_error =
		ratio(mlops_compensated_total(squares), mlops_compensated_total(n_weighted));
	metrics->rmse = sqrt(metrics->mean_squared_error);
	metrics->median_absolute_error = median(errors, n, mlops_compensated_total(n_weighted));
	metrics->r2_score =
		1 - ratio(mlops_compensated_total(squares), mlops_compensated_total(spread));
	metrics->constant_rmse =
		sqrt(ratio(mlops_compensated_total(spread), mlops_compensated_total(n_weighted)));
	metrics->explained_variance =
		1 - ratio(mlops_compensated_total(error_spread), mlops_compensated_total(spread));
	mlops_free(allocator, errors);
	return MLOPS_STATUS_OK;
}
