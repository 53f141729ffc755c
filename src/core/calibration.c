/*
 * Calibration of probabilities: bins, and the logit line by Newton's method.
 */
#include <math.h>

#include "core/calibration.h"
#include "core/compensated.h"
#include "core/exact_product.h"
#include "core/exact_sum.h"
#include "core/logarithm.h"
#include "core/special.h"

#define MAX_STEPS	   100
#define MAX_HALVINGS   40
#define PRECISION	   1e-14
#define POINTS_AT_ONCE 65536

/* A sum of values with room for any. */
typedef struct PlacedSum
{
	MlopsExactSum sum;
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
} PlacedSum;

/* Points [first, end) of a curve, and where the next bin begins. */
typedef struct Bin
{
	size_t first;
	size_t end;
	uint32_t n_closed; /* of the n_bins bounds, those that are reached */
	MlopsCompensated cumulative;
	double weight;
} Bin;

/* True if the cumulative weight reaches bound b of n_bins: exact for counts. */
static bool
is_reached(double cumulative, uint32_t n_bins, uint64_t b, const MlopsCurveTotals *totals)
{
	double n = totals->n_positive + totals->n_negative;

	if (totals->is_counted)
		return (uint64_t) cumulative * n_bins >= b * (uint64_t) n;
	return cumulative * n_bins >= (double) b * n;
}

/* Go on to the next bin; false if there is none. */
static bool
next_bin(const MlopsCurve *curve, const MlopsCurveTotals *totals, uint32_t n_bins, Bin *bin)
{
	MlopsCompensated weight = { 0 };
	double cumulative;

	bin->first = bin->end;
	if (bin->first == curve->n_points)
		return false;
	do
	{
		double at_score = curve->positives[bin->end] + curve->negatives[bin->end];

		mlops_compensated_add(&weight, at_score);
		mlops_compensated_add(&bin->cumulative, at_score);
		cumulative = mlops_compensated_total(bin->cumulative);
		bin->end++;
	} while (bin->end < curve->n_points &&
			 !is_reached(cumulative, n_bins, (uint64_t) bin->n_closed + 1, totals));
	while (bin->n_closed < n_bins &&
		   is_reached(cumulative, n_bins, (uint64_t) bin->n_closed + 1, totals))
		bin->n_closed++;
	bin->weight = mlops_compensated_total(weight);
	return true;
}

/* Add sign times (sum of scores - weight of the positives) of a bin. */
static void
add_gap(MlopsExactSum *sum, const MlopsCurve *curve, const Bin *bin, double sign)
{
	for (size_t i = bin->first; i < bin->end; i++)
	{
		double p = sign * curve->scores[i];

		mlops_exact_product_add(sum, curve->positives[i], p);
		mlops_exact_product_add(sum, curve->negatives[i], p);
		(void) mlops_exact_sum_add(sum, -sign * curve->positives[i], NULL);
	}
}

/* An exact sum over a weight, rounded once if it is a count. */
static double
divide_sum(const MlopsExactSum *sum, double weight, const MlopsCurveTotals *totals)
{
	double result = NAN;

	if (totals->is_counted)
		return mlops_exact_sum_divide(sum, (int64_t) weight, &result) ? result : (double) NAN;
	return mlops_exact_sum_round(sum, &result) ? result / weight : (double) NAN;
}

MlopsCalibrationErrors
mlops_calibration_errors(const MlopsCurve *curve, uint32_t n_bins)
{
	MlopsCurveTotals totals = mlops_curve_totals(curve);
	MlopsCalibrationErrors errors = { NAN, NAN };
	PlacedSum all, of_bin;
	Bin bin = { 0 };

	if (!(totals.n_positive + totals.n_negative > 0))
		return errors;
	errors.maximum = 0;
	mlops_exact_sum_place(&all.sum, all.limbs);
	while (next_bin(curve, &totals, n_bins, &bin))
	{
		double gap;

		mlops_exact_sum_place(&of_bin.sum, of_bin.limbs);
		add_gap(&of_bin.sum, curve, &bin, 1);
		gap = divide_sum(&of_bin.sum, bin.weight, &totals);
		/* once more, as its absolute value */
		add_gap(&all.sum, curve, &bin, gap < 0 ? -1 : 1);
		errors.maximum = fmax(errors.maximum, fabs(gap));
	}
	errors.expected = divide_sum(&all.sum, totals.n_positive + totals.n_negative, &totals);
	return errors;
}

/*
 * What a bin adds to the statistic.  The scores and what they lack of 1 are summed apart, so that
 * nothing is lost where scores are near 1.
 */
static double
measure_bin(const MlopsCurve *curve, const Bin *bin)
{
	PlacedSum gaps, scores, rests;
	double gap = 0, score = 0, rest = 0;

	mlops_exact_sum_place(&gaps.sum, gaps.limbs);
	mlops_exact_sum_place(&scores.sum, scores.limbs);
	mlops_exact_sum_place(&rests.sum, rests.limbs);
	add_gap(&gaps.sum, curve, bin, 1);
	for (size_t i = bin->first; i < bin->end; i++)
	{
		const double weights[2] = { curve->negatives[i], curve->positives[i] };

		for (int class = 0; class < 2; class ++)
		{
			mlops_exact_product_add(&scores.sum, weights[class], curve->scores[i]);
			(void) mlops_exact_sum_add(&rests.sum, weights[class], NULL);
			mlops_exact_product_add(&rests.sum, weights[class], -curve->scores[i]);
		}
	}
	(void) mlops_exact_sum_round(&gaps.sum, &gap);
	(void) mlops_exact_sum_round(&scores.sum, &score);
	(void) mlops_exact_sum_round(&rests.sum, &rest);
	/* a gap where all scores are 0 or all are 1 divides by 0 */
	return gap == 0 ? 0 : gap / score * gap / rest * bin->weight;
}

MlopsGoodness
mlops_calibration_goodness(const MlopsCurve *curve, uint32_t n_bins)
{
	MlopsCurveTotals totals = mlops_curve_totals(curve);
	MlopsGoodness goodness = { .statistic = NAN, .df = -2 };
	MlopsCompensated statistic = { 0 };
	bool is_infinite = false;
	Bin bin = { 0 };

	while (next_bin(curve, &totals, n_bins, &bin))
	{
		double term = measure_bin(curve, &bin);

		is_infinite = is_infinite || isinf(term);
		mlops_compensated_add(&statistic, term);
		goodness.df++;
	}
	if (goodness.df > 0)
		goodness.statistic = is_infinite ? (double) INFINITY : mlops_compensated_total(statistic);
	return goodness;
}

/* The likelihood of a line and its derivatives; x is taken from its mean. */
typedef struct Fit
{
	const MlopsCurve *curve;
	const double *x; /* [n_points] */
	const MlopsCancel *cancel;
	double slope, constant;
	double loss;	 /* minus the logarithm of the likelihood */
	double slope_up; /* first derivatives of the likelihood */
	double constant_up;
	double curvature[3]; /* minus the second ones: constant, mixed, slope */
} Fit;

/* ln(1 + e^-z) */
static double
log_loss_at(double z)
{
	return z > 0 ? mlops_log1p(mlops_exp(-z)) : mlops_log1p(mlops_exp(z)) - z;
}

static MlopsStatus
measure_fit(Fit *fit)
{
	MlopsCompensated loss = { 0 }, first[2] = { { 0 } }, second[3] = { { 0 } };

	for (size_t i = 0; i < fit->curve->n_points; i++)
	{
		double x = fit->x[i];
		double z = fit->constant + fit->slope * x;
		double pos = fit->curve->positives[i];
		double neg = fit->curve->negatives[i];
		double p = 1 / (1 + mlops_exp(-z));
		double q = 1 / (1 + mlops_exp(z));
		double up = pos * q - neg * p;
		double spread = (pos + neg) * p * q;

		if (i % POINTS_AT_ONCE == 0 && mlops_cancelled(fit->cancel))
			return MLOPS_STATUS_CANCELLED;
		mlops_compensated_add(&loss, pos * log_loss_at(z));
		mlops_compensated_add(&loss, neg * log_loss_at(-z));
		mlops_compensated_add(&first[0], up);
		mlops_compensated_add(&first[1], up * x);
		mlops_compensated_add(&second[0], spread);
		mlops_compensated_add(&second[1], spread * x);
		mlops_compensated_add(&second[2], spread * x * x);
	}
	fit->loss = mlops_compensated_total(loss);
	fit->constant_up = mlops_compensated_total(first[0]);
	fit->slope_up = mlops_compensated_total(first[1]);
	for (int k = 0; k < 3; k++)
		fit->curvature[k] = mlops_compensated_total(second[k]);
	return MLOPS_STATUS_OK;
}

/* True if some cutoff has all positives on one side and all negatives on the other, or at it. */
static bool
is_separable(const MlopsCurve *curve)
{
	double least[2] = { INFINITY, INFINITY }, greatest[2] = { -INFINITY, -INFINITY };

	for (size_t i = 0; i < curve->n_points; i++)
	{
		double p = mlops_clip_probability(curve->scores[i]);
		double weights[2] = { curve->negatives[i], curve->positives[i] };

		for (int class = 0; class < 2; class ++)
		{
			if (weights[class] == 0)
				continue;
			least[class] = fmin(least[class], p);
			greatest[class] = fmax(greatest[class], p);
		}
	}
	return greatest[0] <= least[1] || greatest[1] <= least[0];
}

/* Halve the step until the likelihood does not fall; false if no step is left. */
static MlopsStatus
take_step(Fit *fit, double slope_step, double constant_step, bool *is_taken)
{
	const Fit before = *fit;

	*is_taken = true;
	for (int halvings = 0; halvings < MAX_HALVINGS; halvings++)
	{
		MlopsStatus status;

		fit->slope = before.slope + ldexp(slope_step, -halvings);
		fit->constant = before.constant + ldexp(constant_step, -halvings);
		status = measure_fit(fit);
		if (status != MLOPS_STATUS_OK)
			return status;
		/* near the top all that differs is rounding */
		if (fit->loss <= before.loss * (1 + PRECISION))
			return MLOPS_STATUS_OK;
	}
	*fit = before;
	*is_taken = false;
	return MLOPS_STATUS_OK;
}

static MlopsStatus
climb(Fit *fit)
{
	MlopsStatus status = measure_fit(fit);
	bool is_taken = true;

	for (int step = 0; status == MLOPS_STATUS_OK && is_taken && step < MAX_STEPS; step++)
	{
		const double *h = fit->curvature;
		double determinant = h[0] * h[2] - h[1] * h[1];
		double slope_step = (h[0] * fit->slope_up - h[1] * fit->constant_up) / determinant;
		double constant_step = (h[2] * fit->constant_up - h[1] * fit->slope_up) / determinant;

		if (!isfinite(slope_step) || !isfinite(constant_step))
			break;
		status = take_step(fit, slope_step, constant_step, &is_taken);
		if (fabs(slope_step) <= PRECISION * fabs(fit->slope) &&
			fabs(constant_step) <= PRECISION * (1 + fabs(fit->constant)))
			break;
	}
	return status;
}

/* Logits of the scores from their mean, which is returned. */
static double
find_logits(const MlopsCurve *curve, double n, double *x)
{
	MlopsCompensated sum = { 0 };
	double mean;

	for (size_t i = 0; i < curve->n_points; i++)
	{
		double p = mlops_clip_probability(curve->scores[i]);

		x[i] = mlops_log(p / (1 - p));
		mlops_compensated_add(&sum, (curve->positives[i] + curve->negatives[i]) / n * x[i]);
	}
	mean = mlops_compensated_total(sum);
	for (size_t i = 0; i < curve->n_points; i++)
		x[i] -= mean;
	return mean;
}

MlopsStatus
mlops_calibration_fit(const MlopsCurve *curve, const MlopsAllocator *allocator,
					  const MlopsCancel *cancel, MlopsCalibrationLine *line)
{
	MlopsCurveTotals totals = mlops_curve_totals(curve);
	double mean;
	double *x;
	MlopsStatus status;

	*line = (MlopsCalibrationLine){ NAN, NAN };
	if (is_separable(curve))
		return MLOPS_STATUS_OK;
	x = mlops_alloc(allocator, curve->n_points, sizeof(double));
	if (x == NULL)
		return MLOPS_STATUS_NOMEM;
	mean = find_logits(curve, totals.n_positive + totals.n_negative, x);
	{
		Fit fit = { .curve = curve,
					.x = x,
					.cancel = cancel,
					.constant = mlops_log(totals.n_positive / totals.n_negative) };

		status = climb(&fit);
		if (status == MLOPS_STATUS_OK)
			*line = (MlopsCalibrationLine){ fit.slope, fit.constant - fit.slope * mean };
	}
	mlops_free(allocator, x);
	return status;
}
