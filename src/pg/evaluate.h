/*
 * Metrics of predictions: one definition for training and for evaluate().
 */
#ifndef MLOPS_EVALUATE_H
#define MLOPS_EVALUATE_H

#include "utils/array.h"
#include "utils/jsonb.h"

#include "core/forest.h"

/* Predictions and what really happened. */
typedef struct MlopsEvaluateInput
{
	MlopsTask task;
	uint32 n_classes; /* 0 for a regression */
	uint32 positive;  /* two classes: position of the positive class, 0 or 1 */
	size_t n_rows;
	const double *outputs; /* [n_rows][n_outputs] as from mlops_predict_rows */
	const uint32 *classes; /* classification: [n_rows] below n_classes */
	const double *targets; /* regression: [n_rows] finite */
	const double *weights; /* [n_rows] > 0, or NULL = all 1 */
	double cutoff;		   /* two classes: score >= cutoff is positive; 0.5 in training */
	const char *what;	   /* the rows in the NOTICE, such as "the hold-out rows" */
} MlopsEvaluateInput;

/* Everything palloc'd in the current memory context; the columns of mlops.model_version. */
typedef struct MlopsEvaluation
{
	Jsonb *metrics;				  /* see below */
	ArrayType *holdout_scores;	  /* two classes: distinct scores ascending, else NULL */
	ArrayType *holdout_positives; /* weight of the positive class at each score */
	ArrayType *holdout_negatives; /* weight of the negative class at each score */
	ArrayType *confusion;		  /* [n_classes * n_classes], row = actual, at the cutoff or argmax;
							 NULL for a regression */
} MlopsEvaluation;

/*
 * Compute all metrics of some rows.
 *
 * metrics has one key per column of mlops.evaluate() that the task has, and
 *   constant_log_loss, constant_accuracy, constant_brier_score (two classes)
 *   constant_rmse
 * of the best constant prediction on the same rows: their class shares, their
 * mean.  What the rows do not define (one class only, no rows) is null, with one
 * NOTICE that lists it.
 * Errors: 53200.  Cost: O(n_classes n log n).
 */
extern void mlops_evaluate_rows(const MlopsEvaluateInput *input, MlopsEvaluation *evaluation);

#endif
