/*
 * Two models on the same rows: the bootstrap.
 *
 * A bootstrap of sorted rows: each model's rows are sorted once; a resample is then a number of draws
 * for each row, and one pass over the sorted rows gives its curve, sorted already.  Means over the
 * rows (losses, errors) are sums of terms that are made once per row.  With many classes each has a
 * curve of its own: one class is sorted at a time, and the same draws are made again for it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/compare_internal.h"
#include "core/hash.h"
#include "core/rng.h"

#define DRAWS_AT_ONCE 65536

/* Terms of a row: of classes loss and Brier of both models, of values those of ValueTerm. */
#define N_CLASS_TERMS 4
#define N_VALUE_TERMS 8

/* A sum of squares below this share of what it is the rest of is the rounding of 0. */
#define ROUNDING_SHARE 1e-12

/* All metrics of a task, by name and as numbers. */
typedef union MetricSet
{
	MlopsClassMetrics of_classes;
	MlopsValueMetrics of_values;
	double numbers[sizeof(MlopsClassMetrics) / sizeof(double)];
} MetricSet;

#define N_CLASS_NUMBERS (sizeof(MlopsClassMetrics) / sizeof(double))
#define N_VALUE_NUMBERS (sizeof(MlopsValueMetrics) / sizeof(double))

/* One bootstrap; arrays of rows are by place. */
typedef struct Resampling
{
	const MlopsPairedRows *rows;
	const MlopsBootstrap *plan;
	const MlopsCancel *cancel;
	uint32_t n_terms;
	uint32_t *row_at;		/* [n] */
	double *weights;		/* [n] */
	double *terms;			/* [n][n_terms] */
	uint16_t *counts;		/* [n] draws of one resample; a row of 65,536 draws has a chance of 0 */
	MlopsRankedRow *ranked; /* [2][n] */
	double *confusion;		/* [n_classes][n_classes] */
	uint32_t *likely[2];	/* [n] more classes: what each model says */
	double centre[2];		/* regression: mean error */
	MlopsCurve curve;		/* capacity n */
	MetricSet *sets[2];		/* [n_resamples] */
} Resampling;

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static uint32_t
outputs_of(const MlopsPairedRows *rows)
{
	return rows->n_classes > 2 ? rows->n_classes : 1;
}

/* Hash of all that is in a row. */
static uint64_t
hash_row(const MlopsPairedRows *rows, size_t row)
{
	size_t n_bytes = outputs_of(rows) * sizeof(double);
	uint64_t hash = rows->n_classes > 0 ? rows->classes[row] : 0;

	if (rows->n_classes == 0)
		hash = mlops_hash_bytes(rows->targets + row, sizeof(double), hash);
	if (rows->weights != NULL)
		hash = mlops_hash_bytes(rows->weights + row, sizeof(double), hash);
	for (int m = 0; m < 2; m++)
		hash = mlops_hash_bytes(rows->outputs[m] + row * outputs_of(rows), n_bytes, hash);
	return hash;
}

/* Give each row its place. */
static MlopsStatus
place_rows(Resampling *run, const MlopsAllocator *allocator)
{
	const MlopsPairedRows *rows = run->rows;
	MlopsHashedRow *hashed = mlops_alloc(allocator, rows->n, sizeof(MlopsHashedRow));

	if (hashed == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < rows->n; i++)
		hashed[i] = (MlopsHashedRow){ hash_row(rows, i), (uint32_t) i };
	mlops_hash_sort(hashed, rows->n);
	for (size_t place = 0; place < rows->n; place++)
	{
		run->row_at[place] = hashed[place].row;
		run->weights[place] = rows->weights == NULL ? 1 : rows->weights[hashed[place].row];
	}
	mlops_free(allocator, hashed);
	return MLOPS_STATUS_OK;
}

/* Losses of a row of two classes or more. */
static void
make_class_terms(Resampling *run, size_t place)
{
	const MlopsPairedRows *rows = run->rows;
	uint32_t row = run->row_at[place];
	uint32_t class = rows->classes[row];
	double *terms = run->terms + place * N_CLASS_TERMS;

	for (int m = 0; m < 2; m++)
	{
		const double *p = rows->outputs[m] + (size_t) row * outputs_of(rows);
		double of_class = rows->n_classes > 2 ? p[class] : class == 1 ? p[0] : 1 - p[0];

		terms[m] = mlops_log_loss(of_class);
		terms[2 + m] = (1 - of_class) * (1 - of_class);
		if (rows->n_classes > 2)
			run->likely[m][place] = mlops_most_likely(p, rows->n_classes);
	}
}

/*
 * Errors of a row of a regression: |e|, e and e^2 of both models, then y and y^2; e and y are taken
 * from their means over all rows, so that sums of squares lose nothing when a mean is subtracted.
 */
static void
make_value_terms(Resampling *run, size_t place, double mean)
{
	const MlopsPairedRows *rows = run->rows;
	uint32_t row = run->row_at[place];
	double *terms = run->terms + place * N_VALUE_TERMS;

	for (int m = 0; m < 2; m++)
	{
		double error = rows->targets[row] - rows->outputs[m][row];
		double off = error - run->centre[m];

		terms[m] = fabs(error);
		terms[2 + m] = off;
		terms[4 + m] = off * off;
	}
	terms[6] = rows->targets[row] - mean;
	terms[7] = terms[6] * terms[6];
}

static void
make_terms(Resampling *run)
{
	const MlopsPairedRows *rows = run->rows;
	double mean = 0;

	for (size_t place = 0; rows->n_classes == 0 && place < rows->n; place++)
	{
		uint32_t row = run->row_at[place];

		mean += rows->targets[row] / (double) rows->n;
		for (int m = 0; m < 2; m++)
			run->centre[m] += (rows->targets[row] - rows->outputs[m][row]) / (double) rows->n;
	}
	for (size_t place = 0; place < rows->n; place++)
	{
		if (rows->n_classes == 0)
			make_value_terms(run, place, mean);
		else
			make_class_terms(run, place);
	}
}

/* Value of a model for a row that is sorted by: score of a class, or size of the error. */
static double
ranked_value(const MlopsPairedRows *rows, int m, uint32_t row, uint32_t class)
{
	double output = rows->outputs[m][(size_t) row * outputs_of(rows) + class];

	return rows->n_classes == 0 ? fabs(rows->targets[row] - output) : output;
}

/* Sort the rows of both models; of more classes by the score of one. */
static void
rank_rows(Resampling *run, uint32_t class)
{
	const MlopsPairedRows *rows = run->rows;
	uint32_t positive = rows->n_classes == 2 ? 1 : class;

	for (int m = 0; m < 2; m++)
	{
		MlopsRankedRow *ranked = run->ranked + (size_t) m * rows->n;

		for (uint32_t place = 0; place < rows->n; place++)
		{
			uint32_t row = run->row_at[place];

			ranked[place] =
				(MlopsRankedRow){ ranked_value(rows, m, row, class), place,
								  rows->n_classes > 0 && rows->classes[row] == positive };
		}
		mlops_ranked_sort(ranked, rows->n);
	}
}

/* Draw n of n rows; resample r is always the same. */
static MlopsStatus
draw(Resampling *run, uint32_t r)
{
	MlopsRng rng = mlops_rng_stream(run->plan->seed, r);
	uint32_t n = (uint32_t) run->rows->n;

	memset(run->counts, 0, n * sizeof(uint16_t));
	for (uint32_t i = 0; i < n; i++)
	{
		if (i % DRAWS_AT_ONCE == 0 && mlops_cancelled(run->cancel))
			return MLOPS_STATUS_CANCELLED;
		run->counts[mlops_rng_below(&rng, n)]++;
	}
	return MLOPS_STATUS_OK;
}

/* Sums of the terms of the rows that were drawn; returns their weight. */
static inline double
sum_terms(const Resampling *run, uint32_t n_terms, double *sums)
{
	double total = 0;

	for (size_t place = 0; place < run->rows->n; place++)
	{
		double weight = run->counts[place] * run->weights[place];

		total += weight;
		for (uint32_t t = 0; t < n_terms; t++)
			sums[t] += weight * run->terms[place * n_terms + t];
	}
	return total;
}

/* Sum of squares about the mean of what was drawn; 0 if that is all that rounding leaves. */
static double
squares_about_mean(double squares, double sum, double total)
{
	double rest = squares - sum * sum / total;

	return rest > ROUNDING_SHARE * squares ? rest : 0;
}

static double
ratio(double a, double b)
{
	return b > 0 ? a / b : (double) NAN;
}

/* What follows from the sums of errors. */
static void
measure_values(const Resampling *run, const double *sums, double total, int m,
			   MlopsValueMetrics *metrics)
{
	double centre = run->centre[m];
	double squares = sums[4 + m] + 2 * centre * sums[2 + m] + centre * centre * total;
	double spread = squares_about_mean(sums[7], sums[6], total);

	metrics->mean_absolute_error = sums[m] / total;
	metrics->mean_squared_error = fmax(squares, 0) / total;
	metrics->rmse = sqrt(metrics->mean_squared_error);
	metrics->r2_score = 1 - ratio(fmax(squares, 0), spread);
	metrics->explained_variance =
		1 - ratio(squares_about_mean(sums[4 + m], sums[2 + m], total), spread);
	/* the best constant answer is the same for both models */
	metrics->constant_rmse = NAN;
}

/* What follows from the confusion matrix of one model. */
static void
measure_confusion(Resampling *run, int m, MlopsClassMetrics *metrics)
{
	const MlopsPairedRows *rows = run->rows;
	uint32_t n_classes = rows->n_classes;

	memset(run->confusion, 0, (size_t) n_classes * n_classes * sizeof(double));
	for (size_t place = 0; place < rows->n; place++)
	{
		uint32_t actual = rows->classes[run->row_at[place]];

		run->confusion[(size_t) actual * n_classes + run->likely[m][place]] +=
			run->counts[place] * run->weights[place];
	}
	mlops_confusion_metrics(run->confusion, n_classes, metrics);
}

/* All of a resample that needs no order. */
static void
measure_terms(Resampling *run, uint32_t r)
{
	double sums[N_VALUE_TERMS] = { 0 };
	double total = run->n_terms == N_CLASS_TERMS ? sum_terms(run, N_CLASS_TERMS, sums) :
												   sum_terms(run, N_VALUE_TERMS, sums);

	for (int m = 0; m < 2; m++)
	{
		MetricSet *set = &run->sets[m][r];

		memset(set, 0, sizeof(*set));
		if (run->rows->n_classes == 0)
		{
			measure_values(run, sums, total, m, &set->of_values);
			continue;
		}
		set->of_classes.log_loss = sums[m] / total;
		set->of_classes.brier_score = sums[2 + m] / total;
		if (run->rows->n_classes == 2)
			continue;
		measure_confusion(run, m, &set->of_classes);
		set->of_classes.brier_score = set->of_classes.ks_score = set->of_classes.average_precision =
			NAN;
	}
}

/* The curve of what was drawn, from the sorted rows of one model. */
static void
fill_curve(Resampling *run, const MlopsRankedRow *ranked)
{
	MlopsCurve *curve = &run->curve;

	curve->n_points = 0;
	for (size_t i = 0; i < run->rows->n; i++)
	{
		double weight = run->counts[ranked[i].place] * run->weights[ranked[i].place];
		size_t last = curve->n_points - 1;

		if (weight == 0)
			continue;
		if (curve->n_points == 0 || curve->scores[last] != ranked[i].value)
		{
			last = curve->n_points++;
			curve->scores[last] = ranked[i].value;
			curve->positives[last] = curve->negatives[last] = 0;
		}
		if (ranked[i].is_positive != 0)
			curve->positives[last] += weight;
		else
			curve->negatives[last] += weight;
	}
}

/* Weighted median of the errors that were drawn, by the rule of core/metrics. */
static double
median_error(const Resampling *run, const MlopsRankedRow *ranked)
{
	double total = 0, below = 0, lower = NAN;

	for (size_t place = 0; place < run->rows->n; place++)
		total += run->counts[place] * run->weights[place];
	for (size_t i = 0; i < run->rows->n; i++)
	{
		double weight = run->counts[ranked[i].place] * run->weights[ranked[i].place];

		if (weight == 0)
			continue;
		if (2 * below == total && below > 0)
			return lower / 2 + ranked[i].value / 2;
		below += weight;
		lower = ranked[i].value;
		if (2 * below > total)
			return lower;
	}
	return lower;
}

/* All of a resample that needs the order of one model's rows. */
static void
measure_order(Resampling *run, int m, uint32_t r)
{
	const MlopsRankedRow *ranked = run->ranked + (size_t) m * run->rows->n;
	MlopsClassMetrics *metrics = &run->sets[m][r].of_classes;
	MlopsClassMetrics found;

	if (run->rows->n_classes == 0)
	{
		run->sets[m][r].of_values.median_absolute_error = median_error(run, ranked);
		return;
	}
	fill_curve(run, ranked);
	found = mlops_curve_order_metrics(&run->curve, run->plan->cutoff);
	if (run->rows->n_classes == 2)
	{
		found.log_loss = metrics->log_loss;
		found.brier_score = metrics->brier_score;
		*metrics = found;
		return;
	}
	metrics->roc_auc += found.roc_auc / run->rows->n_classes;
	metrics->gini = 2 * metrics->roc_auc - 1;
}

static MlopsStatus
resample(Resampling *run)
{
	uint32_t n_rankings = outputs_of(run->rows);

	for (uint32_t class = 0; class < n_rankings; class ++)
	{
		rank_rows(run, class);
		for (uint32_t r = 0; r < run->plan->n_resamples; r++)
		{
			MlopsStatus status = draw(run, r);

			if (status != MLOPS_STATUS_OK)
				return status;
			if (class == 0)
				measure_terms(run, r);
			for (int m = 0; m < 2; m++)
			{
				if (mlops_cancelled(run->cancel))
					return MLOPS_STATUS_CANCELLED;
				measure_order(run, m, r);
			}
		}
	}
	return MLOPS_STATUS_OK;
}

/* Quantile of type 7: between the sorted values on both sides of (n - 1) p. */
static double
quantile(const double *sorted, size_t n, double p)
{
	double position = (double) (n - 1) * p;
	size_t below = (size_t) position;
	double share = position - (double) below;

	return below + 1 < n ? sorted[below] + share * (sorted[below + 1] - sorted[below]) :
						   sorted[n - 1];
}

/* The interval of one metric over the resamples. */
static void
find_interval(const Resampling *run, size_t metric, double *differences, double *low, double *high)
{
	size_t n = 0;

	for (uint32_t r = 0; r < run->plan->n_resamples; r++)
	{
		differences[n] = run->sets[0][r].numbers[metric] - run->sets[1][r].numbers[metric];
		if (!isnan(differences[n]))
			n++;
	}
	*low = *high = NAN;
	if (n == 0 || n < run->plan->n_defined_min)
		return;
	qsort(differences, n, sizeof(double), compare_doubles);
	*low = quantile(differences, n, 0.025);
	*high = quantile(differences, n, 0.975);
}

static MlopsStatus
find_intervals(const Resampling *run, const MlopsAllocator *allocator, MlopsMetricRange *range)
{
	double *differences = mlops_alloc(allocator, run->plan->n_resamples, sizeof(double));
	size_t n_numbers = run->rows->n_classes == 0 ? N_VALUE_NUMBERS : N_CLASS_NUMBERS;
	MetricSet low, high;

	if (differences == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < n_numbers; i++)
		find_interval(run, i, differences, &low.numbers[i], &high.numbers[i]);
	if (run->rows->n_classes == 0)
	{
		range->value_low = low.of_values;
		range->value_high = high.of_values;
	}
	else
	{
		range->class_low = low.of_classes;
		range->class_high = high.of_classes;
	}
	mlops_free(allocator, differences);
	return MLOPS_STATUS_OK;
}

static MlopsStatus
alloc_run(Resampling *run, const MlopsAllocator *allocator)
{
	size_t n = run->rows->n;
	size_t n_classes = run->rows->n_classes;
	bool is_multiclass = n_classes > 2;

	run->row_at = mlops_alloc(allocator, n, sizeof(uint32_t));
	run->weights = mlops_alloc(allocator, n, sizeof(double));
	run->terms = mlops_alloc(allocator, n, run->n_terms * sizeof(double));
	run->counts = mlops_alloc(allocator, n, sizeof(uint16_t));
	run->ranked = mlops_alloc(allocator, n, 2 * sizeof(MlopsRankedRow));
	run->confusion = mlops_alloc(allocator, n_classes * n_classes, sizeof(double));
	run->curve.scores = mlops_alloc(allocator, n, sizeof(double));
	run->curve.positives = mlops_alloc(allocator, n, sizeof(double));
	run->curve.negatives = mlops_alloc(allocator, n, sizeof(double));
	for (int m = 0; m < 2; m++)
	{
		run->likely[m] = mlops_alloc(allocator, is_multiclass ? n : 0, sizeof(uint32_t));
		run->sets[m] = mlops_alloc(allocator, run->plan->n_resamples, sizeof(MetricSet));
		if (run->likely[m] == NULL || run->sets[m] == NULL)
			return MLOPS_STATUS_NOMEM;
	}
	return run->row_at != NULL && run->weights != NULL && run->terms != NULL &&
				   run->counts != NULL && run->ranked != NULL && run->confusion != NULL &&
				   run->curve.scores != NULL && run->curve.positives != NULL &&
				   run->curve.negatives != NULL ?
			   MLOPS_STATUS_OK :
			   MLOPS_STATUS_NOMEM;
}

static void
free_run(const Resampling *run, const MlopsAllocator *allocator)
{
	mlops_free(allocator, run->row_at);
	mlops_free(allocator, run->weights);
	mlops_free(allocator, run->terms);
	mlops_free(allocator, run->counts);
	mlops_free(allocator, run->ranked);
	mlops_free(allocator, run->confusion);
	mlops_free(allocator, run->curve.scores);
	mlops_free(allocator, run->curve.positives);
	mlops_free(allocator, run->curve.negatives);
	for (int m = 0; m < 2; m++)
	{
		mlops_free(allocator, run->likely[m]);
		mlops_free(allocator, run->sets[m]);
	}
}

/* Nothing is defined yet. */
static void
clear(MlopsMetricRange *range)
{
	const double nan = NAN;

	range->class_low = range->class_high =
		(MlopsClassMetrics){ nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan };
	range->value_low = range->value_high = (MlopsValueMetrics){ nan, nan, nan, nan, nan, nan, nan };
}

MlopsStatus
mlops_compare_bootstrap(const MlopsPairedRows *rows, const MlopsBootstrap *plan,
						const MlopsAllocator *allocator, const MlopsCancel *cancel,
						MlopsMetricRange *range)
{
	Resampling run = { .rows = rows,
					   .plan = plan,
					   .cancel = cancel,
					   .n_terms = rows->n_classes == 0 ? N_VALUE_TERMS : N_CLASS_TERMS };
	MlopsStatus status;

	clear(range);
	if (rows->n == 0)
		return MLOPS_STATUS_OK;
	status = alloc_run(&run, allocator);
	if (status == MLOPS_STATUS_OK)
		status = place_rows(&run, allocator);
	if (status == MLOPS_STATUS_OK)
	{
		make_terms(&run);
		status = resample(&run);
	}
	if (status == MLOPS_STATUS_OK)
		status = find_intervals(&run, allocator, range);
	free_run(&run, allocator);
	return status;
}
