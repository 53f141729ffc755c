/*
 * How good a model is: metrics of scores, classes and values.
 *
 * A score is the probability of the positive class.  Rows with equal scores are
 * one point.  What the data do not define is NaN (one class only, a constant
 * target), never a made-up number.  Weighted throughout; sums run in double in
 * the order of the scores, with compensation, so they do not depend on the
 * order of the rows.
 *
 * Definitions: R_1 the sum of mid-ranks of the positives,
 *   roc_auc            (R_1 - n_1 (n_1 + 1) / 2) / (n_1 n_0), a tie counts half
 *   ks_score           max over distinct scores of abs(F_1 - F_0)
 *   average_precision  sum (R_k - R_(k-1)) P_k over distinct scores, descending
 *   log_loss           mean of -ln p(actual), p clipped to [1e-15, 1 - 1e-15]
 *   brier_score        mean of (p - y)^2
 */
#ifndef MLOPS_METRICS_H
#define MLOPS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/status.h"

/* Distinct scores of a two-class model, ascending, with the weight of both classes. */
typedef struct MlopsCurve
{
	size_t n_points;
	double *scores;	   /* [n_points] strictly increasing */
	double *positives; /* [n_points] >= 0 */
	double *negatives; /* [n_points] >= 0 */
} MlopsCurve;

/* Weights of the four outcomes at a cutoff: score >= cutoff is predicted positive. */
typedef struct MlopsOutcomes
{
	double true_positives;
	double false_positives;
	double true_negatives;
	double false_negatives;
} MlopsOutcomes;

/* All metrics of a classification; NaN = not defined. */
typedef struct MlopsClassMetrics
{
	double precision;
	double recall;
	double accuracy;
	double f1_score;
	double log_loss;
	double roc_auc;
	double gini;
	double ks_score;
	double brier_score;
	double average_precision;
	double mcc;
} MlopsClassMetrics;

typedef struct MlopsValueMetrics
{
	double mean_absolute_error;
	double mean_squared_error;
	double rmse;
	double median_absolute_error;
	double r2_score;
	double explained_variance;
	double constant_rmse; /* of the mean, the best constant answer */
} MlopsValueMetrics;

/*
 * Gather scores into a curve.
 *
 *   scores       IN   [n] finite
 *   is_positive  IN   [n] 0 or 1
 *   weights      IN   [n] > 0, or NULL = all 1
 *   curve        OUT  arrays from the allocator, capacity n
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(n log n).
 */
extern MlopsStatus mlops_curve_build(const double *scores, const uint8_t *is_positive,
									 const double *weights, size_t n,
									 const MlopsAllocator *allocator, const MlopsCancel *cancel,
									 MlopsCurve *curve);

/* Outcomes at a cutoff.  Cost: O(n_points). */
extern MlopsOutcomes mlops_curve_outcomes(const MlopsCurve *curve, double cutoff);

/* All metrics of a two-class model.  Cost: O(n_points). */
extern MlopsClassMetrics mlops_curve_metrics(const MlopsCurve *curve, double cutoff);

/*
 * Those that follow from the order of the scores and from the cutoff; log_loss and brier_score,
 * means over the rows, are NaN.  Cost: O(n_points), without a logarithm.
 */
extern MlopsClassMetrics mlops_curve_order_metrics(const MlopsCurve *curve, double cutoff);

/* What a row adds to log_loss: -ln p of its class, p clipped. */
extern double mlops_log_loss(double p);

/* Class of the greatest probability, the first of equal ones. */
extern uint32_t mlops_most_likely(const double *probabilities, uint32_t n_classes);

/*
 * Metrics of a confusion matrix: accuracy, precision, recall, f1_score and mcc, macro averages.
 *
 *   confusion  IN      [n_classes][n_classes] weight by actual and predicted class
 *   metrics    IN/OUT  the others stay
 */
extern void mlops_confusion_metrics(const double *confusion, uint32_t n_classes,
									MlopsClassMetrics *metrics);

/* What a model with more than two classes said of rows, and what they were. */
typedef struct MlopsClassScores
{
	const double *probabilities; /* [n][n_classes] */
	const uint32_t *actual;		 /* [n] below n_classes */
	const double *weights;		 /* [n] or NULL: all 1 */
	size_t n;
	uint32_t n_classes;
} MlopsClassScores;

/*
 * Variance of the curve's roc_auc by DeLong: with V10 the share of negatives that a positive is
 * ranked above (a tie counts half), V01 the share of positives above a negative, and S10, S01 their
 * sample variances, S10 / n_1 + S01 / n_0.
 *
 *   curve   its weights are numbers of rows
 *
 * NaN with fewer than two rows of a class.  Cost: O(n_points).
 *
 * Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.
 */
extern double mlops_curve_auc_variance(const MlopsCurve *curve);

/*
 * All metrics of a model with more classes: macro averages over classes, one
 * against the rest for roc_auc; the other curve metrics are NaN.
 *
 *   confusion  OUT  [n_classes][n_classes] weight by actual and predicted class
 *
 * Errors: NOMEM; CANCELLED, asked for each class and while rows are sorted.
 * Cost:   O(n_classes n log n).
 */
extern MlopsStatus mlops_metrics_classes(const MlopsClassScores *rows,
										 const MlopsAllocator *allocator, const MlopsCancel *cancel,
										 double *confusion, MlopsClassMetrics *metrics);

/*
 * All metrics of a regression.
 *
 *   predicted, actual  IN [n] finite
 *   weights            IN [n] or NULL
 *
 * Errors: NOMEM.  Cost: O(n log n).
 */
extern MlopsStatus mlops_metrics_values(const double *predicted, const double *actual,
										const double *weights, size_t n,
										const MlopsAllocator *allocator,
										MlopsValueMetrics *metrics);

#endif
