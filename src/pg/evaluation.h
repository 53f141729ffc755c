/*
 * What predictions are worth on rows whose target is known: the one definition
 * that training, evaluate() and the tests share.
 */
#ifndef MLOPS_EVALUATION_H
#define MLOPS_EVALUATION_H

#include "utils/jsonb.h"

#include "core/metrics.h"
#include "pg/catalog.h"

/* Predictions beside what happened; arrays [n]. */
typedef struct MlopsPredictions
{
	MlopsTask task;
	int n_classes;
	int positive; /* two classes */
	size_t n;
	const double *outputs; /* [n][n_outputs] as core/predict gives them */
	const uint32 *classes; /* classification, below n_classes */
	const double *targets; /* regression */
	const double *weights; /* or NULL */
} MlopsPredictions;

typedef struct MlopsEvaluation
{
	MlopsTask task;
	int n_classes;
	double n_rows;
	MlopsCurve curve;  /* two classes */
	double *confusion; /* [n_classes][n_classes], more classes */
	MlopsClassMetrics class_metrics;
	MlopsValueMetrics value_metrics;
	/* 95 % interval of roc_auc; NaN but for two classes, unweighted, two rows of each */
	double roc_auc_ci_low;
	double roc_auc_ci_high;
	/* the best constant answer on the same rows; NaN where it has no meaning */
	double constant_accuracy;
	double constant_log_loss;
	double constant_brier_score;
	double constant_rmse;
} MlopsEvaluation;

/*
 * Measure predictions.
 *
 *   cutoff   two classes: a score from here on is predicted positive
 *
 * Memory comes from the current context.  Cost: O(n log n).
 */
extern void mlops_evaluate(const MlopsPredictions *predictions, double cutoff,
						   MlopsEvaluation *evaluation);

/* The same from a stored curve (two classes). */
extern void mlops_evaluate_curve(const MlopsCurve *curve, double cutoff,
								 MlopsEvaluation *evaluation);

/* Quantile of the normal distribution for an interval of 95 %. */
#define MLOPS_NORMAL_975 1.959963984540054

/* Names of the metrics in the order of evaluate()'s columns, behind n_rows. */
#define MLOPS_N_METRICS 17
extern const char *const mlops_metric_names[MLOPS_N_METRICS];

/* Values of the metrics in that order; NaN = not defined. */
extern void mlops_evaluation_values(const MlopsEvaluation *evaluation,
									double values[MLOPS_N_METRICS]);

/*
 * Position of a metric in mlops_metric_names.
 *
 *   n_classes   0 for a regression
 *
 * Errors: 22023 if the task has no metric of this name; the hint lists those that it has.
 */
extern int mlops_metric_find(const char *name, MlopsTask task, int n_classes);

/* True if a task has the metric at all; more than two classes have no single score. */
extern bool mlops_metric_exists(int metric, MlopsTask task, int n_classes);

/* That of a task when none is named: roc_auc, with more than two classes log_loss, r2_score. */
extern int mlops_metric_default(MlopsTask task, int n_classes);

/* True if less is better. */
extern bool mlops_metric_is_loss(int metric);

/*
 * Raise one NOTICE that names the metrics of the task that are NaN, if there is any.
 *
 *   n_classes   0 for a regression
 */
extern void mlops_evaluation_notice(MlopsTask task, int n_classes,
									const double values[MLOPS_N_METRICS]);

/*
 * All metrics and those of the constant answer as jsonb; what is not defined is null.
 *
 *   oob   the same out of the bags, which becomes the object "oob"; or NULL
 */
extern Jsonb *mlops_evaluation_jsonb(const MlopsEvaluation *evaluation, size_t duplicate_rows,
									 const MlopsEvaluation *oob);

#endif
