/*
 * How good a model is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/logarithm.h"
#include "core/metrics.h"
#include "core/sort.h"

#define LOG_LOSS_CLIP 1e-15

/* Rows that are counted between two questions to the cancel hook. */
#define ROWS_PER_CHECK 4096

/* A sum with the rounding errors carried along (Neumaier 1974). */
typedef struct Sum
{
	double sum;
	double error;
} Sum;

/* A weighted value being sorted. */
typedef struct WeightedValue
{
	double value;
	double weight;
	uint8_t is_positive;
} WeightedValue;

static void
add(Sum *sum, double x)
{
	double t = sum->sum + x;

	sum->error += fabs(sum->sum) >= fabs(x) ? (sum->sum - t) + x : (x - t) + sum->sum;
	sum->sum = t;
}

static double
total(Sum sum)
{
	return sum.sum + sum.error;
}

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
	if (x->is_positive != y->is_positive)
		return x->is_positive < y->is_positive ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static void
free_curve(const MlopsCurve *curve, const MlopsAllocator *allocator)
{
	mlops_free(allocator, curve->scores);
	mlops_free(allocator, curve->positives);
	mlops_free(allocator, curve->negatives);
}

MlopsStatus
mlops_curve_build(const double *scores, const uint8_t *is_positive, const double *weights, size_t n,
				  const MlopsAllocator *allocator, const MlopsCancel *cancel, MlopsCurve *curve)
{
	WeightedValue *sorted = mlops_alloc(allocator, n, sizeof(WeightedValue));
	MlopsStatus status = MLOPS_STATUS_NOMEM;

	*curve = (MlopsCurve){ .scores = mlops_alloc(allocator, n, sizeof(double)),
						   .positives = mlops_alloc_zero(allocator, n, sizeof(double)),
						   .negatives = mlops_alloc_zero(allocator, n, sizeof(double)) };
	if (sorted != NULL && curve->scores != NULL && curve->positives != NULL &&
		curve->negatives != NULL)
	{
		for (size_t i = 0; i < n; i++)
			sorted[i] = (WeightedValue){ scores[i], weight_of(weights, i), is_positive[i] };
		status = mlops_sort(sorted, n, sizeof(WeightedValue), compare_values, cancel);
	}
	if (status != MLOPS_STATUS_OK)
	{
		mlops_free(allocator, sorted);
		free_curve(curve, allocator);
		return status;
	}
	for (size_t i = 0; i < n; i++)
	{
		if (i == 0 || sorted[i].value != curve->scores[curve->n_points - 1])
			curve->scores[curve->n_points++] = sorted[i].value;
		if (sorted[i].is_positive != 0)
			curve->positives[curve->n_points - 1] += sorted[i].weight;
		else
			curve->negatives[curve->n_points - 1] += sorted[i].weight;
	}
	mlops_free(allocator, sorted);
	return MLOPS_STATUS_OK;
}

MlopsOutcomes
mlops_curve_outcomes(const MlopsCurve *curve, double cutoff)
{
	Sum tp = { 0 }, fp = { 0 }, tn = { 0 }, fn = { 0 };

	for (size_t i = 0; i < curve->n_points; i++)
	{
		bool is_positive = curve->scores[i] >= cutoff;

		add(is_positive ? &tp : &fn, curve->positives[i]);
		add(is_positive ? &fp : &tn, curve->negatives[i]);
	}
	return (MlopsOutcomes){ total(tp), total(fp), total(tn), total(fn) };
}

double
mlops_log_loss(double p)
{
	if (p < LOG_LOSS_CLIP)
		p = LOG_LOSS_CLIP;
	else if (p > 1 - LOG_LOSS_CLIP)
		p = 1 - LOG_LOSS_CLIP;
	return -mlops_log(p);
}

/* Metrics of the order of the scores: roc_auc, gini, ks, average precision. */
static void
measure_order(const MlopsCurve *curve, double n_positive, double n_negative,
			  MlopsClassMetrics *metrics)
{
	Sum pairs = { 0 }, precision = { 0 };
	double positives = 0, negatives = 0, ks = 0;

	for (size_t i = 0; i < curve->n_points; i++)
	{
		double pos = curve->positives[i];
		double neg = curve->negatives[i];
		/* weight at this score and above */
		double pos_above = n_positive - positives;
		double all_above = pos_above + n_negative - negatives;

		add(&pairs, pos * (negatives + neg / 2));
		if (pos > 0)
			add(&precision, pos * pos_above / all_above);
		positives += pos;
		negatives += neg;
		ks = fmax(ks, fabs(positives / n_positive - negatives / n_negative));
	}
	metrics->average_precision = ratio(total(precision), n_positive);
	if (n_positive > 0 && n_negative > 0)
	{
		metrics->roc_auc = total(pairs) / n_positive / n_negative;
		metrics->gini = 2 * metrics->roc_auc - 1;
		metrics->ks_score = ks;
	}
}

/* Means of what each row's score costs: log loss, Brier. */
static void
measure_losses(const MlopsCurve *curve, double n, MlopsClassMetrics *metrics)
{
	Sum loss = { 0 }, brier = { 0 };

	for (size_t i = 0; i < curve->n_points; i++)
	{
		double p = curve->scores[i];
		double pos = curve->positives[i];
		double neg = curve->negatives[i];

		add(&loss, pos * mlops_log_loss(p));
		add(&loss, neg * mlops_log_loss(1 - p));
		add(&brier, pos * (1 - p) * (1 - p));
		add(&brier, neg * p * p);
	}
	metrics->log_loss = ratio(total(loss), n);
	metrics->brier_score = ratio(total(brier), n);
}

double
mlops_curve_auc_variance(const MlopsCurve *curve)
{
	double n_positive = 0, n_negative = 0, positives = 0, negatives = 0;
	double auc = mlops_curve_metrics(curve, 0.5).roc_auc;
	Sum of_positives = { 0 }, of_negatives = { 0 };

	for (size_t i = 0; i < curve->n_points; i++)
	{
		n_positive += curve->positives[i];
		n_negative += curve->negatives[i];
	}
	if (n_positive < 2 || n_negative < 2)
		return NAN;
	for (size_t i = 0; i < curve->n_points; i++)
	{
		double pos = curve->positives[i];
		double neg = curve->negatives[i];
		double v10 = (negatives + neg / 2) / n_negative - auc;
		double v01 = (n_positive - positives - pos / 2) / n_positive - auc;

		add(&of_positives, pos * v10 * v10);
		add(&of_negatives, neg * v01 * v01);
		positives += pos;
		negatives += neg;
	}
	return total(of_positives) / (n_positive - 1) / n_positive +
		   total(of_negatives) / (n_negative - 1) / n_negative;
}

MlopsClassMetrics
mlops_curve_order_metrics(const MlopsCurve *curve, double cutoff)
{
	MlopsClassMetrics metrics = { .roc_auc = NAN,
								  .gini = NAN,
								  .ks_score = NAN,
								  .log_loss = NAN,
								  .brier_score = NAN };
	MlopsOutcomes o = mlops_curve_outcomes(curve, cutoff);
	double n_positive = o.true_positives + o.false_negatives;
	double n_negative = o.true_negatives + o.false_positives;
	double predicted_positive = o.true_positives + o.false_positives;
	double predicted_negative = o.true_negatives + o.false_negatives;

	measure_order(curve, n_positive, n_negative, &metrics);
	metrics.precision = ratio(o.true_positives, predicted_positive);
	metrics.recall = ratio(o.true_positives, n_positive);
	metrics.accuracy = ratio(o.true_positives + o.true_negatives, n_positive + n_negative);
	metrics.f1_score = ratio(2 * o.true_positives, n_positive + predicted_positive);
	metrics.mcc = ratio(o.true_positives * o.true_negatives - o.false_positives * o.false_negatives,
						sqrt(predicted_positive) * sqrt(n_positive) * sqrt(n_negative) *
							sqrt(predicted_negative));
	return metrics;
}

MlopsClassMetrics
mlops_curve_metrics(const MlopsCurve *curve, double cutoff)
{
	MlopsClassMetrics metrics = mlops_curve_order_metrics(curve, cutoff);
	MlopsOutcomes o = mlops_curve_outcomes(curve, cutoff);
	double n_positive = o.true_positives + o.false_negatives;
	double n_negative = o.true_negatives + o.false_positives;

	measure_losses(curve, n_positive + n_negative, &metrics);
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
		sum += mlops_curve_metrics(&curve, 0.5).roc_auc;
		free_curve(&curve, allocator);
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
	Sum loss = { 0 }, n_weighted = { 0 };

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
		add(&loss, weight * mlops_log_loss(p[actual]));
		add(&n_weighted, weight);
	}
	metrics->log_loss = ratio(total(loss), total(n_weighted));
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
	Sum n_weighted = { 0 }, absolute = { 0 }, squares = { 0 }, sum = { 0 }, bias = { 0 };
	Sum spread = { 0 }, error_spread = { 0 };
	double mean, mean_error;

	if (errors == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < n; i++)
	{
		double w = weight_of(weights, i);
		double error = actual[i] - predicted[i];

		errors[i] = (WeightedValue){ fabs(error), w, 0 };
		add(&n_weighted, w);
		add(&absolute, w * fabs(error));
		add(&squares, w * error * error);
		add(&sum, w * actual[i]);
		add(&bias, w * error);
	}
	mean = ratio(total(sum), total(n_weighted));
	mean_error = ratio(total(bias), total(n_weighted));
	for (size_t i = 0; i < n; i++)
	{
		double w = weight_of(weights, i);
		double error = actual[i] - predicted[i] - mean_error;

		add(&spread, w * (actual[i] - mean) * (actual[i] - mean));
		add(&error_spread, w * error * error);
	}
	metrics->mean_absolute_error = ratio(total(absolute), total(n_weighted));
	metrics->mean_squared_error = ratio(total(squares), total(n_weighted));
	metrics->rmse = sqrt(metrics->mean_squared_error);
	metrics->median_absolute_error = median(errors, n, total(n_weighted));
	metrics->r2_score = 1 - ratio(total(squares), total(spread));
	metrics->constant_rmse = sqrt(ratio(total(spread), total(n_weighted)));
	metrics->explained_variance = 1 - ratio(total(error_spread), total(spread));
	mlops_free(allocator, errors);
	return MLOPS_STATUS_OK;
}
