/*
 * compare_models: two versions on the same rows.
 *
 *   1  both models must answer the same question: task, target, classes
 *   2  the rows are read once, with the features of both
 *   3  each model predicts them, and is measured as by evaluate()
 *   4  the intervals of the differences are those of core/compare
 *
 * The seed of the bootstrap is fixed, so that the same rows give the same intervals.
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "core/compare.h"
#include "pg/cache.h"
#include "pg/coding.h"
#include "pg/compat.h"
#include "pg/error.h"
#include "pg/evaluate.h"
#include "pg/evaluation.h"
#include "pg/hooks.h"

#define BOOTSTRAP_SEED 20240229
#define N_RESAMPLES	   1000
#define N_DEFINED_MIN  950 /* of a 95 % interval no more than what it leaves out may be missing */
#define CUTOFF		   0.5

/* One of the two. */
typedef struct Side
{
	MlopsCallCache cache;
	const MlopsModel *model;
	const MlopsVersion *version; /* of the model */
	MlopsRowPredictor predictor;
	int *places;			  /* [n_features] of its features among those of both */
	MlopsReadColumn *columns; /* [n_features] of the block at hand */
	bool is_checked;		  /* the types of the columns */
	double metrics[MLOPS_N_METRICS];
} Side;

/* Metrics in the order of mlops_metric_names. */
typedef struct IntervalSet
{
	double low[MLOPS_N_METRICS];
	double high[MLOPS_N_METRICS];
} IntervalSet;

static void
find_model(FunctionCallInfo fcinfo, int argument, Side *side)
{
	const char *reference =
		PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	side->model = mlops_cache_get(&side->cache, CurrentMemoryContext, reference);
	side->version = &side->model->version;
}

/* Refuse models of which something differs. */
static void
refuse(const char *what, const char *a, const char *b)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("models to compare must have the same %s, not %s and %s", what, a, b),
					errhint("Compare versions that were trained for the same answer.")));
}

static bool
have_same_classes(const MlopsVersion *a, const MlopsVersion *b)
{
	if (a->n_classes != b->n_classes)
		return false;
	for (int c = 0; c < a->n_classes; c++)
	{
		if (strcmp(a->classes[c], b->classes[c]) != 0)
			return false;
	}
	return true;
}

static const char *
task_name(const MlopsVersion *version)
{
	return version->task == MLOPS_TASK_REGRESSION ? "regression" : "classification";
}

static const char *
class_names(const MlopsVersion *version)
{
	return mlops_join_names((const char *const *) version->classes, version->n_classes);
}

static void
check_comparable(const MlopsVersion *a, const MlopsVersion *b)
{
	if (a->task != b->task)
		refuse("task", task_name(a), task_name(b));
	if (strcmp(a->target, b->target) != 0)
		refuse("target column", psprintf("\"%s\"", a->target), psprintf("\"%s\"", b->target));
	if (!have_same_classes(a, b))
		refuse("classes", class_names(a), class_names(b));
	if (a->n_classes == 2 && a->positive != b->positive)
		refuse("positive class", psprintf("\"%s\"", a->classes[a->positive]),
			   psprintf("\"%s\"", b->classes[b->positive]));
}

/* Position of a name in a list, -1 if it is not there. */
static int
find_name(const List *names, const char *name)
{
	for (int i = 0; i < list_length(names); i++)
	{
		if (strcmp(list_nth(names, i), name) == 0)
			return i;
	}
	return -1;
}

static List *
add_features(List *names, const MlopsVersion *version)
{
	for (int i = 0; i < version->n_features; i++)
	{
		if (find_name(names, version->features[i].name) < 0)
			names = lappend(names, version->features[i].name);
	}
	return names;
}

/* The weight column that both have; what one alone has does not weigh. */
static const char *
common_weight(const MlopsVersion *a, const MlopsVersion *b)
{
	if (a->weight_column == NULL && b->weight_column == NULL)
		return NULL;
	if (a->weight_column != NULL && b->weight_column != NULL &&
		strcmp(a->weight_column, b->weight_column) == 0)
		return a->weight_column;
	ereport(NOTICE, (errmsg("the rows are not weighted"),
					 errdetail("The two versions were not trained with the same weight column.")));
	return NULL;
}

/* The columns of one side's features among those of the block. */
static void
choose_columns(const Side *side, const MlopsRows *rows, MlopsReadColumn *columns)
{
	for (int i = 0; i < side->version->n_features; i++)
		columns[i] = rows->features[side->places[i]];
}

/* Predict a block by both models, once the types of its columns are known to fit. */
static void
take_block(void *state, const MlopsRows *rows)
{
	Side *sides = state;

	for (int m = 0; m < 2; m++)
	{
		Side *side = &sides[m];
		MlopsRows own = *rows;

		own.n_features = side->version->n_features;
		own.features = side->columns;
		choose_columns(side, rows, own.features);
		if (!side->is_checked)
			mlops_check_feature_types(side->version, &own);
		side->is_checked = true;
		mlops_row_predictor_take(&side->predictor, &own);
	}
}

/* Get ready to predict rows whose features stand in the order of the names. */
static void
begin_predicting(Side *side, const List *names)
{
	int n = side->version->n_features;

	mlops_row_predictor_init(&side->predictor, side->model->forest, side->model->columns);
	side->columns = palloc(sizeof(MlopsReadColumn) * Max(n, 1));
	side->places = palloc(sizeof(int) * Max(n, 1));
	for (int i = 0; i < n; i++)
		side->places[i] = find_name(names, side->version->features[i].name);
}

/* Read the rows that both are measured on, and predict them. */
static MlopsRows *
read_rows(Side sides[2], const char *query)
{
	const MlopsVersion *version = sides[0].version;
	List *names = add_features(add_features(NIL, version), sides[1].version);
	MlopsReadRequest request = { .query = query,
								 .features = names,
								 .target = version->target,
								 .is_classification = version->task == MLOPS_TASK_CLASSIFICATION,
								 .weight_column = common_weight(version, sides[1].version),
								 .take = take_block,
								 .take_state = sides };
	MlopsRows *rows;

	begin_predicting(&sides[0], names);
	begin_predicting(&sides[1], names);
	rows = mlops_reader_read(&request, CurrentMemoryContext);
	mlops_reader_note_rows(rows);
	mlops_evaluate_match_classes(version, rows);
	return rows;
}

static void
measure(Side *side, const MlopsRows *rows)
{
	const MlopsVersion *version = side->version;
	MlopsPredictions predictions = { .task = version->task,
									 .n_classes = version->n_classes,
									 .positive = version->positive,
									 .n = rows->n_rows,
									 .outputs = side->predictor.outputs,
									 .classes = rows->classes,
									 .targets = rows->targets,
									 .weights = rows->weights };
	MlopsEvaluation evaluation;

	mlops_evaluate(&predictions, CUTOFF, &evaluation);
	mlops_evaluation_values(&evaluation, side->metrics);
}

/* Of two classes: scores and labels of the positive one, whichever it is. */
static void
turn_to_positive(Side sides[2], MlopsRows *rows)
{
	if (sides[0].version->n_classes != 2 || sides[0].version->positive == 1)
		return;
	for (size_t i = 0; i < rows->n_rows; i++)
	{
		sides[0].predictor.outputs[i] = 1 - sides[0].predictor.outputs[i];
		sides[1].predictor.outputs[i] = 1 - sides[1].predictor.outputs[i];
		rows->classes[i] = 1 - rows->classes[i];
	}
}

/* DeLong's interval in the place of the bootstrap's. */
static void
set_auc_interval(const Side sides[2], const MlopsPairedRows *paired,
				 const MlopsAllocator *allocator, IntervalSet *interval)
{
	int auc = mlops_metric_find("roc_auc", MLOPS_TASK_CLASSIFICATION, 2);
	int gini = mlops_metric_find("gini", MLOPS_TASK_CLASSIFICATION, 2);
	double diff = sides[0].metrics[auc] - sides[1].metrics[auc];
	double variance, margin;

	mlops_report_status(mlops_compare_auc_variance(paired, allocator, &variance), NULL);
	margin = MLOPS_NORMAL_975 * sqrt(variance);
	interval->low[auc] = isnan(margin) ? margin : Max(diff - margin, -1);
	interval->high[auc] = isnan(margin) ? margin : Min(diff + margin, 1);
	interval->low[gini] = 2 * interval->low[auc];
	interval->high[gini] = 2 * interval->high[auc];
}

static void
find_intervals(Side sides[2], MlopsRows *rows, IntervalSet *interval)
{
	static const MlopsBootstrap PLAN = { .n_resamples = N_RESAMPLES,
										 .n_defined_min = N_DEFINED_MIN,
										 .seed = BOOTSTRAP_SEED,
										 .cutoff = CUTOFF };
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsPairedRows paired = { .n = rows->n_rows,
							   .n_classes = (uint32) sides[0].version->n_classes,
							   .outputs = { sides[0].predictor.outputs,
											sides[1].predictor.outputs },
							   .classes = rows->classes,
							   .targets = rows->targets,
							   .weights = rows->weights };
	MlopsMetricRange range;
	MlopsEvaluation low, high;

	turn_to_positive(sides, rows);
	mlops_report_status(
		mlops_compare_bootstrap(&paired, &PLAN, &allocator, mlops_hooks_cancel(), &range), NULL);
	low = (MlopsEvaluation){ .class_metrics = range.class_low, .value_metrics = range.value_low };
	high =
		(MlopsEvaluation){ .class_metrics = range.class_high, .value_metrics = range.value_high };
	mlops_evaluation_values(&low, interval->low);
	mlops_evaluation_values(&high, interval->high);
	if (paired.n_classes == 2 && paired.weights == NULL)
		set_auc_interval(sides, &paired, &allocator, interval);
}

/* Name the metrics that have a difference, but no interval. */
static void
note_intervals(const double *diffs, const IntervalSet *interval)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < MLOPS_N_METRICS; i++)
	{
		if (!isnan(diffs[i]) && isnan(interval->low[i]))
			appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ", ", mlops_metric_names[i]);
	}
	if (names.len > 0)
		ereport(NOTICE, (errmsg("the rows do not define the interval of %s", names.data),
						 errdetail("There are too few rows of a class, or too few that a model "
								   "says to be of it.")));
	pfree(names.data);
}

static void
put_metric(FunctionCallInfo fcinfo, int metric, const Side sides[2], double diff,
		   const IntervalSet *interval)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const double numbers[] = { sides[0].metrics[metric], sides[1].metrics[metric], diff,
							   interval->low[metric], interval->high[metric] };
	Datum values[lengthof(numbers) + 1];
	bool nulls[lengthof(numbers) + 1] = { false };

	values[0] = CStringGetTextDatum(mlops_metric_names[metric]);
	for (int i = 0; i < (int) lengthof(numbers); i++)
	{
		values[i + 1] = Float8GetDatum(numbers[i]);
		nulls[i + 1] = isnan(numbers[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

MLOPS_FUNCTION(mlops_compare_models);

/* compare_models(model_a, model_b, query): one row per metric. */
Datum
mlops_compare_models(PG_FUNCTION_ARGS)
{
	Side sides[2] = { 0 };
	MlopsTask task;
	int n_classes;
	double diffs[MLOPS_N_METRICS];
	IntervalSet interval;
	MlopsRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	find_model(fcinfo, 0, &sides[0]);
	find_model(fcinfo, 1, &sides[1]);
	check_comparable(sides[0].version, sides[1].version);
	task = sides[0].version->task;
	n_classes = sides[0].version->n_classes;
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("query must be given, not NULL"),
				 errhint("What is recorded of two hold-outs cannot be paired: only rows that "
						 "are read now are the same for both models.")));
	rows = read_rows(sides, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	measure(&sides[0], rows);
	measure(&sides[1], rows);
	find_intervals(sides, rows, &interval);
	for (int i = 0; i < MLOPS_N_METRICS; i++)
		diffs[i] = sides[0].metrics[i] - sides[1].metrics[i];
	mlops_evaluation_notice(task, n_classes, diffs);
	note_intervals(diffs, &interval);
	for (int i = 0; i < MLOPS_N_METRICS; i++)
	{
		if (mlops_metric_exists(i, task, n_classes))
			put_metric(fcinfo, i, sides, diffs[i], &interval);
	}
	return (Datum) 0;
}
