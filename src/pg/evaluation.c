/*
 * What predictions are worth.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "core/logarithm.h"
#include "pg/error.h"
#include "pg/evaluation.h"
#include "pg/hooks.h"
#include "pg/json.h"

/* Of the interval of roc_auc. */
#define AUC_LEVEL 0.95

const char *const mlops_metric_names[MLOPS_N_METRICS] = {
	"precision",
	"recall",
	"accuracy",
	"f1_score",
	"log_loss",
	"roc_auc",
	"gini",
	"ks_score",
	"brier_score",
	"average_precision",
	"mcc",
	"mean_absolute_error",
	"mean_squared_error",
	"rmse",
	"median_absolute_error",
	"r2_score",
	"explained_variance",
};

static double
not_defined(void)
{
	return get_float8_nan();
}

/* Best constant answer of a classification: the shares of the classes. */
static void
measure_constant_class(const double *shares, int n_classes, MlopsEvaluation *evaluation)
{
	double loss = 0, greatest = 0;

	for (int c = 0; c < n_classes; c++)
	{
		loss -= mlops_xlogx(shares[c]);
		greatest = Max(greatest, shares[c]);
	}
	evaluation->constant_accuracy = greatest;
	evaluation->constant_log_loss = loss;
	evaluation->constant_brier_score = n_classes == 2 ? shares[0] * shares[1] : not_defined();
}

/* Begin with nothing defined. */
static void
clear(MlopsEvaluation *evaluation)
{
	double nan = not_defined();

	memset(evaluation, 0, sizeof(*evaluation));
	evaluation->class_metrics =
		(MlopsClassMetrics){ nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan };
	evaluation->value_metrics = (MlopsValueMetrics){ nan, nan, nan, nan, nan, nan, nan };
	evaluation->roc_auc_ci_low = nan;
	evaluation->roc_auc_ci_high = nan;
	evaluation->constant_accuracy = nan;
	evaluation->constant_log_loss = nan;
	evaluation->constant_brier_score = nan;
	evaluation->constant_rmse = nan;
}

static void
evaluate_curve(const MlopsCurve *curve, const MlopsCurveTotals *totals, double cutoff,
			   MlopsEvaluation *evaluation)
{
	clear(evaluation);
	evaluation->task = MLOPS_TASK_CLASSIFICATION;
	evaluation->n_classes = 2;
	evaluation->curve = *curve;
	evaluation->n_rows = totals->n_positive + totals->n_negative;
	if (evaluation->n_rows > 0)
	{
		double shares[2] = { totals->n_negative / evaluation->n_rows,
							 totals->n_positive / evaluation->n_rows };

		evaluation->class_metrics = mlops_curve_metrics(curve, totals, cutoff);
		measure_constant_class(shares, 2, evaluation);
	}
}

void
mlops_evaluate_curve(const MlopsCurve *curve, double cutoff, MlopsEvaluation *evaluation)
{
	MlopsCurveTotals totals = mlops_curve_totals(curve);

	evaluate_curve(curve, &totals, cutoff, evaluation);
}

static void
evaluate_two_classes(const MlopsPredictions *predictions, double cutoff,
					 const MlopsAllocator *allocator, MlopsEvaluation *evaluation)
{
	double *scores =
		MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * Max(predictions->n, 1));
	uint8 *is_positive = MemoryContextAllocHuge(CurrentMemoryContext, Max(predictions->n, 1));
	MlopsCurveTotals totals;
	MlopsCurve curve;

	for (size_t i = 0; i < predictions->n; i++)
	{
		scores[i] =
			predictions->positive == 1 ? predictions->outputs[i] : 1 - predictions->outputs[i];
		is_positive[i] = predictions->classes[i] == (uint32) predictions->positive;
	}
	mlops_report_status(mlops_curve_build(scores, is_positive, predictions->weights, predictions->n,
										  allocator, mlops_hooks_cancel(), &curve),
						NULL);
	totals = mlops_curve_totals(&curve);
	evaluate_curve(&curve, &totals, cutoff, evaluation);
	if (predictions->weights == NULL)
		mlops_curve_auc_interval(&curve, &totals, evaluation->class_metrics.roc_auc, AUC_LEVEL,
								 &evaluation->roc_auc_ci_low, &evaluation->roc_auc_ci_high);
	evaluation->n_rows = (double) predictions->n;
	pfree(scores);
	pfree(is_positive);
}

static void
evaluate_classes(const MlopsPredictions *predictions, const MlopsAllocator *allocator,
				 MlopsEvaluation *evaluation)
{
	int n_classes = predictions->n_classes;
	double *shares = palloc0(sizeof(double) * n_classes);
	double total = 0;
	MlopsClassScores rows = { .probabilities = predictions->outputs,
							  .actual = predictions->classes,
							  .weights = predictions->weights,
							  .n = predictions->n,
							  .n_classes = (uint32) n_classes };

	clear(evaluation);
	evaluation->n_classes = n_classes;
	evaluation->n_rows = (double) predictions->n;
	evaluation->confusion = palloc0(sizeof(double) * n_classes * n_classes);
	if (predictions->n == 0)
		return;
	mlops_report_status(mlops_metrics_classes(&rows, allocator, mlops_hooks_cancel(),
											  evaluation->confusion, &evaluation->class_metrics),
						NULL);
	for (int i = 0; i < n_classes * n_classes; i++)
	{
		shares[i / n_classes] += evaluation->confusion[i];
		total += evaluation->confusion[i];
	}
	for (int c = 0; c < n_classes; c++)
		shares[c] /= total;
	measure_constant_class(shares, n_classes, evaluation);
}

static void
evaluate_values(const MlopsPredictions *predictions, const MlopsAllocator *allocator,
				MlopsEvaluation *evaluation)
{
	clear(evaluation);
	evaluation->task = MLOPS_TASK_REGRESSION;
	evaluation->n_rows = (double) predictions->n;
	if (predictions->n == 0)
		return;
	mlops_report_status(mlops_metrics_values(predictions->outputs, predictions->targets,
											 predictions->weights, predictions->n, allocator,
											 &evaluation->value_metrics),
						NULL);
	evaluation->constant_rmse = evaluation->value_metrics.constant_rmse;
}

void
mlops_evaluate(const MlopsPredictions *predictions, double cutoff, MlopsEvaluation *evaluation)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);

	if (predictions->task == MLOPS_TASK_REGRESSION)
		evaluate_values(predictions, &allocator, evaluation);
	else if (predictions->n_classes == 2)
		evaluate_two_classes(predictions, cutoff, &allocator, evaluation);
	else
		evaluate_classes(predictions, &allocator, evaluation);
}

void
mlops_evaluation_values(const MlopsEvaluation *evaluation, double values[MLOPS_N_METRICS])
{
	const MlopsClassMetrics *c = &evaluation->class_metrics;
	const MlopsValueMetrics *v = &evaluation->value_metrics;
	const double all[MLOPS_N_METRICS] = { c->precision,
										  c->recall,
										  c->accuracy,
										  c->f1_score,
										  c->log_loss,
										  c->roc_auc,
										  c->gini,
										  c->ks_score,
										  c->brier_score,
										  c->average_precision,
										  c->mcc,
										  v->mean_absolute_error,
										  v->mean_squared_error,
										  v->rmse,
										  v->median_absolute_error,
										  v->r2_score,
										  v->explained_variance };

	memcpy(values, all, sizeof(all));
}

/* Metrics of classes stand before those of values. */
#define N_CLASS_METRICS 11

bool
mlops_metric_exists(int metric, MlopsTask task, int n_classes)
{
	const char *name = mlops_metric_names[metric];

	if (task == MLOPS_TASK_REGRESSION)
		return metric >= N_CLASS_METRICS;
	if (metric >= N_CLASS_METRICS)
		return false;
	return n_classes == 2 || (strcmp(name, "ks_score") != 0 && strcmp(name, "brier_score") != 0 &&
							  strcmp(name, "average_precision") != 0);
}

int
mlops_metric_find(const char *name, MlopsTask task, int n_classes)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < MLOPS_N_METRICS; i++)
	{
		if (!mlops_metric_exists(i, task, n_classes))
			continue;
		if (strcmp(mlops_metric_names[i], name) == 0)
			return i;
		appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ", ", mlops_metric_names[i]);
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("metric \"%s\" has no meaning for this target", name),
					errhint("Choose one of %s.", names.data)));
	return -1; /* not reached */
}

int
mlops_metric_default(MlopsTask task, int n_classes)
{
	const char *name = task == MLOPS_TASK_REGRESSION ? "r2_score" :
					   n_classes == 2				 ? "roc_auc" :
													   "log_loss";

	return mlops_metric_find(name, task, n_classes);
}

bool
mlops_metric_is_loss(int metric)
{
	static const char *const LOSSES[] = {
		"log_loss",			  "brier_score", "mean_absolute_error",
		"mean_squared_error", "rmse",		 "median_absolute_error"
	};

	for (int i = 0; i < (int) lengthof(LOSSES); i++)
	{
		if (strcmp(mlops_metric_names[metric], LOSSES[i]) == 0)
			return true;
	}
	return false;
}

void
mlops_evaluation_notice(MlopsTask task, int n_classes, const double values[MLOPS_N_METRICS])
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < MLOPS_N_METRICS; i++)
	{
		if (mlops_metric_exists(i, task, n_classes) && isnan(values[i]))
			appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ", ", mlops_metric_names[i]);
	}
	if (names.len > 0)
		ereport(NOTICE,
				(errmsg("the rows do not define %s", names.data),
				 errdetail("A class is absent from them or never predicted, or there are too few "
						   "rows.")));
	pfree(names.data);
}

/* The pairs of one evaluation. */
static void
push_metrics(JsonbParseState **state, const MlopsEvaluation *evaluation)
{
	double values[MLOPS_N_METRICS];
	bool is_regression = evaluation->task == MLOPS_TASK_REGRESSION;
	int first = is_regression ? N_CLASS_METRICS : 0;
	int end = is_regression ? MLOPS_N_METRICS : N_CLASS_METRICS;

	mlops_evaluation_values(evaluation, values);
	mlops_json_pair(state, "n_rows", mlops_json_number(evaluation->n_rows));
	for (int i = first; i < end; i++)
		mlops_json_pair(state, mlops_metric_names[i], mlops_json_number(values[i]));
	if (evaluation->n_classes == 2)
	{
		mlops_json_pair(state, "roc_auc_ci_low", mlops_json_number(evaluation->roc_auc_ci_low));
		mlops_json_pair(state, "roc_auc_ci_high", mlops_json_number(evaluation->roc_auc_ci_high));
	}
	if (is_regression)
		mlops_json_pair(state, "constant_rmse", mlops_json_number(evaluation->constant_rmse));
	else
	{
		mlops_json_pair(state, "constant_accuracy",
						mlops_json_number(evaluation->constant_accuracy));
		mlops_json_pair(state, "constant_log_loss",
						mlops_json_number(evaluation->constant_log_loss));
		mlops_json_pair(state, "constant_brier_score",
						mlops_json_number(evaluation->constant_brier_score));
	}
}

Jsonb *
mlops_evaluation_jsonb(const MlopsEvaluation *evaluation, size_t duplicate_rows,
					   const MlopsEvaluation *oob)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_metrics(&state, evaluation);
	mlops_json_pair(&state, "duplicate_test_rows", mlops_json_number((double) duplicate_rows));
	if (oob != NULL)
	{
		mlops_json_key(&state, "oob");
		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_metrics(&state, oob);
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
