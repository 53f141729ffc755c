/*
 * How good a model is: metrics of scores, classes and values.
 *
 * What follows from the scores of two classes is in core/curve; here are the metrics at a cutoff, of more
 * classes and of values.  What the data do not define is NaN (one class only, a constant target), never a
 * made-up number.  Weighted throughout; sums run in double with compensation.
 */
#ifndef MLOPS_METRICS_H
#define MLOPS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/curve.h"
#include "core/memory.h"
#include "core/status.h"

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

/* All metrics of a two-class model.  Cost: O(n_points). */
extern MlopsClassMetrics mlops_curve_metrics(const MlopsCurve *curve,
											 const MlopsCurveTotals *totals, double cutoff);

/*
 * Those that follow from the order of the scores and from the cutoff; log_loss and brier_score,
 * means over the rows, are NaN.  Cost: O(n_points), without a logarithm.
 */
extern MlopsClassMetrics mlops_curve_order_metrics(const MlopsCurve *curve, double cutoff);

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
