/*
 * What the scores of two classes are worth.
 */
#include <math.h>

#include "core/big.h"
#include "core/compensated.h"
#include "core/curve.h"
#include "core/exact_product.h"
#include "core/exact_sum.h"
#include "core/logarithm.h"
#include "core/radix.h"
#include "core/sort.h"
#include "core/special.h"

#define LOG_LOSS_CLIP 1e-15

/* Whole numbers up to here are doubles, each of them. */
#define COUNT_MAX 9007199254740992.0

/* Rows that are sorted by digits at once, some 50 ms: that asks no cancel hook. */
#define RADIX_ROWS_MAX ((size_t) 1 << 22)

__extension__ typedef unsigned __int128 Uint128;

typedef struct ScoredRow
{
	double score;
	double weight;
	uint8_t is_positive;
} ScoredRow;

/* By score, then the negatives; equal rows are alike. */
static int
compare_rows(const void *a, const void *b)
{
	const ScoredRow *x = a;
	const ScoredRow *y = b;

	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->is_positive < y->is_positive ? -1 : x->is_positive > y->is_positive;
}

MlopsStatus
mlops_curve_alloc(MlopsCurve *curve, size_t n, const MlopsAllocator *allocator)
{
	*curve = (MlopsCurve){ .scores = mlops_alloc(allocator, n, sizeof(double)),
						   .positives = mlops_alloc(allocator, n, sizeof(double)),
						   .negatives = mlops_alloc(allocator, n, sizeof(double)) };
	if (curve->scores != NULL && curve->positives != NULL && curve->negatives != NULL)
		return MLOPS_STATUS_OK;
	mlops_curve_free(curve, allocator);
	return MLOPS_STATUS_NOMEM;
}

void
mlops_curve_free(const MlopsCurve *curve, const MlopsAllocator *allocator)
{
	mlops_free(allocator, curve->scores);
	mlops_free(allocator, curve->positives);
	mlops_free(allocator, curve->negatives);
}

/*
 * Weight of the rows from here on that have the score and the class of the first; *n are they.  Most
 * sums of weights are exact as they are, which the error of each addition tells; others are begun again.
 */
static double
sum_weights(const ScoredRow *rows, size_t n_left, size_t *n)
{
	double sum = 0;
	bool is_exact = true;
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	MlopsExactSum exact;
	size_t end = 0;

	while (end < n_left && compare_rows(rows + end, rows) == 0)
	{
		double x = rows[end++].weight;
		double t = sum + x;

		is_exact = is_exact && t - sum == x && t - x == sum;
		sum = t;
	}
	*n = end;
	if (is_exact)
		return sum;
	mlops_exact_sum_place(&exact, limbs);
	for (size_t i = 0; i < end; i++)
		(void) mlops_exact_sum_add(&exact, rows[i].weight, NULL);
	return mlops_exact_sum_round(&exact, &sum) ? sum : (double) INFINITY;
}

/* Append a score to a curve. */
static size_t
add_point(MlopsCurve *curve, double score)
{
	size_t point = curve->n_points++;

	curve->scores[point] = score;
	curve->positives[point] = curve->negatives[point] = 0;
	return point;
}

static void
gather_points(const ScoredRow *rows, size_t n, MlopsCurve *curve)
{
	for (size_t i = 0, n_alike; i < n; i += n_alike)
	{
		double weight = sum_weights(rows + i, n - i, &n_alike);
		size_t last = curve->n_points - 1;

		if (curve->n_points == 0 || rows[i].score != curve->scores[last])
			last = add_point(curve, rows[i].score);
		*(rows[i].is_positive != 0 ? &curve->positives[last] : &curve->negatives[last]) = weight;
	}
}

/* Keys from *first on that are equal to key; goes past them. */
static double
count_keys(const uint64_t *keys, size_t end, uint64_t key, size_t *first)
{
	size_t begin = *first;

	while (*first < end && keys[*first] == key)
		(*first)++;
	return (double) (*first - begin);
}

/* Both classes sorted apart by their digits, then merged. */
static void
merge_keys(const uint64_t *keys, size_t n_negative, size_t n, MlopsCurve *curve)
{
	for (size_t neg = 0, pos = n_negative; neg < n_negative || pos < n;)
	{
		bool is_negative = pos == n || (neg < n_negative && keys[neg] <= keys[pos]);
		uint64_t key = keys[is_negative ? neg : pos];
		size_t point = add_point(curve, mlops_radix_value(key));

		curve->negatives[point] = count_keys(keys, n_negative, key, &neg);
		curve->positives[point] = count_keys(keys, n, key, &pos);
	}
}

/* Rows of weight 1, so few that sorting them needs no question to the cancel hook. */
static MlopsStatus
build_counts(const double *scores, const uint8_t *is_positive, size_t n,
			 const MlopsAllocator *allocator, MlopsCurve *curve)
{
	uint64_t *keys = mlops_alloc(allocator, n, sizeof(uint64_t));
	uint64_t *scratch = mlops_alloc(allocator, n, sizeof(uint64_t));
	MlopsStatus status = keys == NULL || scratch == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;
	size_t n_negative = 0, n_positive = 0;

	for (size_t i = 0; status == MLOPS_STATUS_OK && i < n; i++)
	{
		/* -0 and 0 are one score: the sum is 0 */
		uint64_t key = mlops_radix_key(scores[i] + 0.0);

		keys[is_positive[i] != 0 ? n - ++n_positive : n_negative++] = key;
	}
	if (status == MLOPS_STATUS_OK)
	{
		mlops_radix_sort(keys, scratch, n_negative);
		mlops_radix_sort(keys + n_negative, scratch, n_positive);
	}
	mlops_free(allocator, scratch);
	if (status == MLOPS_STATUS_OK)
		status = mlops_curve_alloc(curve, n, allocator);
	if (status == MLOPS_STATUS_OK)
		merge_keys(keys, n_negative, n, curve);
	mlops_free(allocator, keys);
	return status;
}

/* Weighted rows, or very many. */
static MlopsStatus
build_weights(const double *scores, const uint8_t *is_positive, const double *weights, size_t n,
			  const MlopsAllocator *allocator, const MlopsCancel *cancel, MlopsCurve *curve)
{
	ScoredRow *rows = mlops_alloc(allocator, n, sizeof(ScoredRow));
	MlopsStatus status = rows == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;

	for (size_t i = 0; status == MLOPS_STATUS_OK && i < n; i++)
	{
		double weight = weights == NULL ? 1 : weights[i];

		rows[i] = (ScoredRow){ scores[i] + 0.0, weight, is_positive[i] };
	}
	if (status == MLOPS_STATUS_OK)
		status = mlops_sort(rows, n, sizeof(ScoredRow), compare_rows, cancel);
	if (status == MLOPS_STATUS_OK)
		status = mlops_curve_alloc(curve, n, allocator);
	if (status == MLOPS_STATUS_OK)
		gather_points(rows, n, curve);
	mlops_free(allocator, rows);
	return status;
}

MlopsStatus
mlops_curve_build(const double *scores, const uint8_t *is_positive, const double *weights, size_t n,
				  const MlopsAllocator *allocator, const MlopsCancel *cancel, MlopsCurve *curve)
{
	*curve = (MlopsCurve){ .n_points = 0 };
	if (weights == NULL && n <= RADIX_ROWS_MAX)
		return build_counts(scores, is_positive, n, allocator, curve);
	return build_weights(scores, is_positive, weights, n, allocator, cancel, curve);
}

MlopsCurveTotals
mlops_curve_totals(const MlopsCurve *curve)
{
	MlopsCompensated positives = { 0 }, negatives = { 0 };
	MlopsCurveTotals totals = { .is_counted = true };

	for (size_t i = 0; i < curve->n_points; i++)
	{
		double pos = curve->positives[i];
		double neg = curve->negatives[i];

		mlops_compensated_add(&positives, pos);
		mlops_compensated_add(&negatives, neg);
		totals.is_counted = totals.is_counted && pos <= COUNT_MAX && neg <= COUNT_MAX &&
							pos == (double) (int64_t) pos && neg == (double) (int64_t) neg;
	}
	totals.n_positive = mlops_compensated_total(positives);
	totals.n_negative = mlops_compensated_total(negatives);
	if (totals.n_positive + totals.n_negative > COUNT_MAX)
		totals.is_counted = false;
	return totals;
}

MlopsOutcomes
mlops_curve_outcomes(const MlopsCurve *curve, double cutoff)
{
	MlopsCompensated tp = { 0 }, fp = { 0 }, tn = { 0 }, fn = { 0 };

	for (size_t i = 0; i < curve->n_points; i++)
	{
		bool is_positive = curve->scores[i] >= cutoff;

		mlops_compensated_add(is_positive ? &tp : &fn, curve->positives[i]);
		mlops_compensated_add(is_positive ? &fp : &tn, curve->negatives[i]);
	}
	return (MlopsOutcomes){ mlops_compensated_total(tp), mlops_compensated_total(fp),
							mlops_compensated_total(tn), mlops_compensated_total(fn) };
}

static void
set_big(MlopsBig *big, Uint128 value)
{
	*big = (MlopsBig){ .sign = value > 0, .n_digits = 4 };
	for (int i = 0; i < 4; i++)
		big->digits[i] = (uint32_t) (value >> (32 * i));
	mlops_big_trim(big);
}

/* a / b rounded once, half to even; a <= b, b > 0. */
static double
divide_counts(Uint128 a, Uint128 b)
{
	MlopsBig numerator, denominator;
	double ratio = NAN;

	if (b <= (Uint128) COUNT_MAX)
		return (double) a / (double) b;
	set_big(&numerator, a);
	set_big(&denominator, b);
	(void) mlops_big_ratio(&numerator, &denominator, &ratio);
	return ratio;
}

/* roc_auc and ks_score from integers: 2 n_1 n_0 times the area, n_1 n_0 times the gap of the shares. */
static void
measure_counts(const MlopsCurve *curve, const MlopsCurveTotals *totals, MlopsCurveOrder *order)
{
	uint64_t n_positive = (uint64_t) totals->n_positive;
	uint64_t n_negative = (uint64_t) totals->n_negative;
	Uint128 pairs = 0, greatest = 0;
	uint64_t positives = 0, negatives = 0;

	for (size_t i = 0; i < curve->n_points; i++)
	{
		uint64_t pos = (uint64_t) curve->positives[i];
		uint64_t neg = (uint64_t) curve->negatives[i];
		Uint128 share, other, gap;

		pairs += (Uint128) pos * (2 * negatives + neg);
		positives += pos;
		negatives += neg;
		share = (Uint128) positives * n_negative;
		other = (Uint128) negatives * n_positive;
		gap = share > other ? share - other : other - share;
		greatest = gap > greatest ? gap : greatest;
	}
	order->roc_auc = divide_counts(pairs, 2 * ((Uint128) n_positive * n_negative));
	order->ks_score = divide_counts(greatest, (Uint128) n_positive * n_negative);
}

/* The same from weights that are no counts. */
static void
measure_weights(const MlopsCurve *curve, const MlopsCurveTotals *totals, MlopsCurveOrder *order)
{
	MlopsCompensated pairs = { 0 }, positives = { 0 }, negatives = { 0 };
	double ks = 0;

	for (size_t i = 0; i < curve->n_points; i++)
	{
		double pos = curve->positives[i];
		double neg = curve->negatives[i];
		double share, other;

		mlops_compensated_add(&pairs, pos * (mlops_compensated_total(negatives) + neg / 2));
		mlops_compensated_add(&positives, pos);
		mlops_compensated_add(&negatives, neg);
		share = mlops_compensated_total(positives) / totals->n_positive;
		other = mlops_compensated_total(negatives) / totals->n_negative;
		ks = fmax(ks, fabs(share - other));
	}
	order->roc_auc =
		fmin(mlops_compensated_total(pairs) / totals->n_positive / totals->n_negative, 1);
	order->ks_score = fmin(ks, 1);
}

static double
average_precision(const MlopsCurve *curve, const MlopsCurveTotals *totals)
{
	MlopsCompensated positives = { 0 }, all = { 0 }, precision = { 0 };

	for (size_t i = curve->n_points; i-- > 0;)
	{
		double pos = curve->positives[i];

		mlops_compensated_add(&positives, pos);
		mlops_compensated_add(&all, pos);
		mlops_compensated_add(&all, curve->negatives[i]);
		if (pos > 0)
			mlops_compensated_add(&precision, pos * mlops_compensated_total(positives) /
												  mlops_compensated_total(all));
	}
	return mlops_compensated_total(precision) / totals->n_positive;
}

MlopsCurveOrder
mlops_curve_order(const MlopsCurve *curve, const MlopsCurveTotals *totals)
{
	MlopsCurveOrder order = { NAN, NAN, NAN, NAN };

	if (!(totals->n_positive > 0 && totals->n_negative > 0))
		return order;
	if (totals->is_counted)
		measure_counts(curve, totals, &order);
	else
		measure_weights(curve, totals, &order);
	order.gini = 2 * order.roc_auc - 1;
	order.average_precision = average_precision(curve, totals);
	return order;
}

/* A positive costs (1 - p)^2 = 1 - 2p + p^2, a negative p^2. */
double
mlops_curve_brier_score(const MlopsCurve *curve, const MlopsCurveTotals *totals)
{
	double n = totals->n_positive + totals->n_negative;
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	MlopsExactSum sum;
	double mean = NAN;

	if (!(n > 0))
		return NAN;
	mlops_exact_sum_place(&sum, limbs);
	for (size_t i = 0; i < curve->n_points; i++)
	{
		double p = curve->scores[i];
		double pos = curve->positives[i];

		if (pos > 0)
		{
			(void) mlops_exact_sum_add(&sum, pos, NULL);
			mlops_exact_product_add(&sum, pos, -2 * p);
			mlops_exact_product_add_square(&sum, pos, p);
		}
		if (curve->negatives[i] > 0)
			mlops_exact_product_add_square(&sum, curve->negatives[i], p);
	}
	if (totals->is_counted)
		return mlops_exact_sum_divide(&sum, (int64_t) n, &mean) ? mean : (double) NAN;
	return mlops_exact_sum_round(&sum, &mean) ? mean / n : (double) NAN;
}

double
mlops_clip_probability(double p)
{
	return p < LOG_LOSS_CLIP ? LOG_LOSS_CLIP : p > 1 - LOG_LOSS_CLIP ? 1 - LOG_LOSS_CLIP : p;
}

double
mlops_log_loss(double p)
{
	return -mlops_log(mlops_clip_probability(p));
}

double
mlops_curve_log_loss(const MlopsCurve *curve, const MlopsCurveTotals *totals)
{
	double n = totals->n_positive + totals->n_negative;
	MlopsCompensated loss = { 0 };

	if (!(n > 0))
		return NAN;
	for (size_t i = 0; i < curve->n_points; i++)
	{
		if (curve->positives[i] > 0)
			mlops_compensated_add(&loss, curve->positives[i] * mlops_log_loss(curve->scores[i]));
		if (curve->negatives[i] > 0)
			mlops_compensated_add(&loss,
								  curve->negatives[i] * mlops_log_loss(1 - curve->scores[i]));
	}
	return mlops_compensated_total(loss) / n;
}

double
mlops_curve_auc_variance(const MlopsCurve *curve, const MlopsCurveTotals *totals, double roc_auc)
{
	double n_positive = totals->n_positive;
	double n_negative = totals->n_negative;
	MlopsCompensated of_positives = { 0 }, of_negatives = { 0 };
	double positives = 0, negatives = 0;

	if (n_positive < 2 || n_negative < 2)
		return NAN;
	for (size_t i = 0; i < curve->n_points; i++)
	{
		double pos = curve->positives[i];
		double neg = curve->negatives[i];
		double v10 = (negatives + neg / 2) / n_negative - roc_auc;
		double v01 = (n_positive - positives - pos / 2) / n_positive - roc_auc;

		mlops_compensated_add(&of_positives, pos * v10 * v10);
		mlops_compensated_add(&of_negatives, neg * v01 * v01);
		positives += pos;
		negatives += neg;
	}
	return mlops_compensated_total(of_positives) / (n_positive - 1) / n_positive +
		   mlops_compensated_total(of_negatives) / (n_negative - 1) / n_negative;
}

void
mlops_curve_auc_interval(const MlopsCurve *curve, const MlopsCurveTotals *totals, double roc_auc,
						 double level, double *low, double *high)
{
	double margin = -mlops_normal_quantile((1 - level) / 2) *
					sqrt(mlops_curve_auc_variance(curve, totals, roc_auc));

	*low = *high = NAN;
	if (isnan(margin))
		return;
	*low = fmax(roc_auc - margin, 0);
	*high = fmin(roc_auc + margin, 1);
}
