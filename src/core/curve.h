/*
 * What the scores of two classes are worth: the one definition of roc_auc, ks_score,
 * average_precision, brier_score and log_loss.
 *
 * Evaluation of a model and the aggregate score_agg come to the same curve by their own ways, and from
 * there on share all that follows; so their numbers are the same bits.
 *
 * A score is the probability of the positive class, or anything that orders rows like it.  Rows with
 * equal scores are one point.  What the rows do not define is NaN (one class only), never a made-up
 * number.  Definitions: n_1, n_0 the weight of the positives and of the negatives, R_1 the sum of
 * mid-ranks of the positives,
 *
 *	roc_auc            (R_1 - n_1 (n_1 + 1) / 2) / (n_1 n_0), a tie counts half
 *	ks_score           max over distinct scores of abs(F_1 - F_0)
 *	average_precision  sum (R_k - R_(k-1)) P_k over distinct scores, descending
 *	brier_score        mean of (p - y)^2
 *	log_loss           mean of -ln p(actual), p clipped to [1e-15, 1 - 1e-15]
 *
 * Curves of whole weights, such as numbers of rows, up to 2^53 in all are counted: there roc_auc and
 * ks_score are ratios of integers, rounded once.  brier_score is an exact sum with any weights.  All
 * else are sums in double in the order of the scores, with compensation, so nothing depends on the
 * order of the rows.
 */
#ifndef MLOPS_CURVE_H
#define MLOPS_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/status.h"

/* Distinct scores, ascending, with the weight of both classes. */
typedef struct MlopsCurve
{
	size_t n_points;
	double *scores;	   /* [n_points] strictly increasing */
	double *positives; /* [n_points] >= 0 */
	double *negatives; /* [n_points] >= 0 */
} MlopsCurve;

/* Weight of both classes over all scores. */
typedef struct MlopsCurveTotals
{
	double n_positive;
	double n_negative;
	bool is_counted; /* all weights are whole, and their sum is at most 2^53 */
} MlopsCurveTotals;

/* What follows from the order of the scores; all NaN with one class only. */
typedef struct MlopsCurveOrder
{
	double roc_auc;
	double gini; /* 2 roc_auc - 1 */
	double ks_score;
	double average_precision;
} MlopsCurveOrder;

/* Weights of the four outcomes at a cutoff: score >= cutoff is predicted positive. */
typedef struct MlopsOutcomes
{
	double true_positives;
	double false_positives;
	double true_negatives;
	double false_negatives;
} MlopsOutcomes;

/*
 * Gather scores into a curve.  The weight of a point is the exact sum of its rows' weights, rounded once.
 *
 *   scores       IN   [n] finite
 *   is_positive  IN   [n] 0 or 1
 *   weights      IN   [n] > 0, or NULL = all 1
 *   curve        OUT  arrays from the allocator, capacity n; free with mlops_curve_free
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(n log n).
 */
extern MlopsStatus mlops_curve_build(const double *scores, const uint8_t *is_positive,
									 const double *weights, size_t n,
									 const MlopsAllocator *allocator, const MlopsCancel *cancel,
									 MlopsCurve *curve);

/* Make an empty curve with room for n points.  Errors: NOMEM. */
extern MlopsStatus mlops_curve_alloc(MlopsCurve *curve, size_t n, const MlopsAllocator *allocator);

extern void mlops_curve_free(const MlopsCurve *curve, const MlopsAllocator *allocator);

/* Cost: O(n_points), as of all that follow. */
extern MlopsCurveTotals mlops_curve_totals(const MlopsCurve *curve);

extern MlopsOutcomes mlops_curve_outcomes(const MlopsCurve *curve, double cutoff);

extern MlopsCurveOrder mlops_curve_order(const MlopsCurve *curve, const MlopsCurveTotals *totals);

/* Scores within [0, 1], as also for log_loss.  Exact but for squares of scores below 1e-140. */
extern double mlops_curve_brier_score(const MlopsCurve *curve, const MlopsCurveTotals *totals);

extern double mlops_curve_log_loss(const MlopsCurve *curve, const MlopsCurveTotals *totals);

/* p clipped to [1e-15, 1 - 1e-15]. */
extern double mlops_clip_probability(double p);

/* What a row adds to log_loss: -ln p of its class, p clipped. */
extern double mlops_log_loss(double p);

/*
 * Variance of the curve's roc_auc by DeLong: with V10 the share of negatives that a positive is
 * ranked above (a tie counts half), V01 the share of positives above a negative, and S10, S01 their
 * sample variances, S10 / n_1 + S01 / n_0.  Weights are numbers of rows.
 *
 * NaN with fewer than two rows of a class.
 *
 * Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.
 */
extern double mlops_curve_auc_variance(const MlopsCurve *curve, const MlopsCurveTotals *totals,
									   double roc_auc);

/*
 * Interval of roc_auc by the normal distribution: it minus and plus the quantile times the root of its
 * variance, within [0, 1].
 *
 *   roc_auc  of the curve
 *   level    0 < level < 1, such as 0.95
 *   low      OUT  NaN where the variance is, as high
 */
extern void mlops_curve_auc_interval(const MlopsCurve *curve, const MlopsCurveTotals *totals,
									 double roc_auc, double level, double *low, double *high);

#endif
