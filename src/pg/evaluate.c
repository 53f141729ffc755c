/*
 * evaluate, roc_curve, confusion_matrix, feature_importance: the calls of SQL.
 *
 * Without a query they answer from the row of the version, where training left
 * what the hold-out rows gave: score -> weight of both classes (two classes),
 * weights by actual and predicted class (more), metrics, importances.  No forest is decoded.
 *
 * With a query its rows are read as the caller, predicted in blocks and measured
 * by the same code as in training (pg/evaluation).
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

#include "pg/args.h"
#include "pg/cache.h"
#include "pg/coding.h"
#include "pg/compat.h"
#include "pg/error.h"
#include "pg/evaluate.h"
#include "pg/evaluation.h"


/* Which arguments a call was given. */
typedef struct EvaluateCall
{
	const char *reference; /* or NULL */
	char *query;		   /* or NULL */
	double cutoff;
	MlopsVersion version;
} EvaluateCall;

static char *
text_argument(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
}

/* Read model and query, the arguments that all calls begin with, and the version. */
static void
begin_call(FunctionCallInfo fcinfo, bool has_query, EvaluateCall *call)
{
	MlopsResolved resolved;

	call->reference = text_argument(fcinfo, 0);
	call->query = has_query ? text_argument(fcinfo, 1) : NULL;
	call->cutoff = MLOPS_DEFAULT_CUTOFF;
	resolved = mlops_catalog_resolve(call->reference);
	if (!mlops_catalog_read_version(resolved.model_id, resolved.version, MLOPS_READ_ALL,
									&call->version))
		elog(ERROR, "version %d of model " INT64_FORMAT " vanished", resolved.version,
			 resolved.model_id);
}

/* Read the cutoff, which only two classes have. */
static void
read_cutoff(FunctionCallInfo fcinfo, int i, EvaluateCall *call)
{
	const MlopsVersion *version = &call->version;

	call->cutoff = mlops_args_cutoff(fcinfo, i);
	if (version->n_classes != 2 && call->cutoff != MLOPS_DEFAULT_CUTOFF)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 version->task == MLOPS_TASK_REGRESSION ?
					 errmsg("model \"%s\" is a regression and has no cutoff", version->model) :
					 errmsg("model \"%s\" has %d classes, so it has no cutoff", version->model,
							version->n_classes),
				 errhint("Leave the cutoff out.")));
}

static void
require_two_classes(const MlopsVersion *version, const char *hint)
{
	if (version->n_classes != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 version->task == MLOPS_TASK_REGRESSION ?
					 errmsg("model \"%s\" is a regression and has no curve", version->model) :
					 errmsg("model \"%s\" has %d classes, so it has no curve", version->model,
							version->n_classes),
				 errhint("%s", hint)));
}

/* A number of the stored metrics; NaN if it is null or absent. */
static double
stored_metric(const MlopsVersion *version, const char *name)
{
	JsonbValue *value =
		JB_ROOT_IS_OBJECT(version->metrics) ?
			getKeyJsonValueFromContainer(&version->metrics->root, name, (int) strlen(name), NULL) :
			NULL;

	if (value == NULL || value->type != jbvNumeric)
		return get_float8_nan();
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
}

/* Rows that were held out; 55000 if there are none. */
static double
require_holdout(const MlopsVersion *version)
{
	double n_rows = stored_metric(version, "n_rows");

	if (!(n_rows > 0))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("model \"%s\" version %d was trained without hold-out rows",
							   version->model, version->version),
						errhint("Give a query that yields the features and the target.")));
	return n_rows;
}

static MlopsCurve
stored_curve(const MlopsVersion *version)
{
	if (version->holdout_scores == NULL || version->holdout_positives == NULL ||
		version->holdout_negatives == NULL)
		elog(ERROR, "version %d of model \"%s\" lacks the curve of its hold-out rows",
			 version->version, version->model);
	return (MlopsCurve){ .n_points = (size_t) version->n_holdout,
						 .scores = version->holdout_scores,
						 .positives = version->holdout_positives,
						 .negatives = version->holdout_negatives };
}

/* Class of each distinct label that was read; a label that is no class is 22000. */
static uint32 *
match_labels(const MlopsVersion *version, const MlopsRows *rows)
{
	uint32 *class_of = palloc(sizeof(uint32) * Max(rows->n_classes, 1));

	for (uint32 label = 0; label < rows->n_classes; label++)
	{
		int c = 0;

		while (c < version->n_classes && strcmp(version->classes[c], rows->labels[label]) != 0)
			c++;
		if (c == version->n_classes)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("target column \"%s\" has the label \"%s\", which is no class of model "
							"\"%s\"",
							version->target, rows->labels[label], version->model),
					 errhint("Leave such rows out of the query; mlops.classes lists the labels.")));
		class_of[label] = (uint32) c;
	}
	return class_of;
}

void
mlops_evaluate_match_classes(const MlopsVersion *version, MlopsRows *rows)
{
	uint32 *class_of;

	if (version->task != MLOPS_TASK_CLASSIFICATION)
		return;
	class_of = match_labels(version, rows);
	for (size_t i = 0; i < rows->n_rows; i++)
		rows->classes[i] = class_of[rows->classes[i]];
}

static List *
feature_names(const MlopsVersion *version)
{
	List *names = NIL;

	for (int i = 0; i < version->n_features; i++)
		names = lappend(names, version->features[i].name);
	return names;
}

/* What the blocks of a query go through. */
typedef struct QueryRead
{
	MlopsRowPredictor predictor;
	const MlopsVersion *version;
	bool is_checked;
} QueryRead;

/* Predict a block, once the types of its columns are known to fit. */
static void
take_block(void *state, const MlopsRows *rows)
{
	QueryRead *read = state;

	if (!read->is_checked)
		mlops_check_feature_types(read->version, rows);
	read->is_checked = true;
	mlops_row_predictor_take(&read->predictor, rows);
}

/* Read the target from the call's query, and predict from the features. */
static MlopsRows *
read_query(const EvaluateCall *call, QueryRead *read)
{
	const MlopsVersion *version = &call->version;
	MlopsReadRequest request = { .query = call->query,
								 .features = feature_names(version),
								 .target = version->target,
								 .is_classification = version->task == MLOPS_TASK_CLASSIFICATION,
								 .weight_column = version->weight_column,
								 .take = take_block,
								 .take_state = read };
	MlopsRows *rows = mlops_reader_read(&request, CurrentMemoryContext);

	mlops_reader_note_rows(rows);
	return rows;
}

/* Measure the model on the rows of the call's query. */
static void
evaluate_query(const EvaluateCall *call, MlopsEvaluation *evaluation)
{
	const MlopsVersion *version = &call->version;
	MlopsCallCache cache = { 0 };
	const MlopsModel *model = mlops_cache_get(&cache, CurrentMemoryContext, call->reference);
	QueryRead read = { .version = version };
	MlopsPredictions predictions = { .task = version->task,
									 .n_classes = version->n_classes,
									 .positive = version->positive };
	MlopsRows *rows;

	mlops_row_predictor_init(&read.predictor, model->forest, model->columns);
	rows = read_query(call, &read);
	predictions.n = rows->n_rows;
	predictions.outputs = read.predictor.outputs;
	predictions.classes = rows->classes;
	predictions.targets = rows->targets;
	predictions.weights = rows->weights;
	mlops_evaluate_match_classes(version, rows);
	mlops_evaluate(&predictions, call->cutoff, evaluation);
}

/* n_rows and the metrics of a version's hold-out rows. */
static double
measure_holdout(const EvaluateCall *call, double values[MLOPS_N_METRICS])
{
	const MlopsVersion *version = &call->version;
	double n_rows = require_holdout(version);

	if (version->n_classes == 2)
	{
		MlopsCurve curve = stored_curve(version);
		MlopsEvaluation evaluation;

		mlops_evaluate_curve(&curve, call->cutoff, &evaluation);
		mlops_evaluation_values(&evaluation, values);
		return n_rows;
	}
	for (int i = 0; i < MLOPS_N_METRICS; i++)
		values[i] = stored_metric(version, mlops_metric_names[i]);
	return n_rows;
}

static void
put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* A number, or NULL for NaN. */
static void
set_number(Datum *values, bool *nulls, int i, double number)
{
	values[i] = Float8GetDatum(number);
	nulls[i] = isnan(number);
}

MLOPS_FUNCTION(mlops_evaluate_model);

/* evaluate(model, query, cutoff): one row. */
Datum
mlops_evaluate_model(PG_FUNCTION_ARGS)
{
	EvaluateCall call;
	double metrics[MLOPS_N_METRICS];
	double n_rows;
	Datum values[MLOPS_N_METRICS + 1];
	bool nulls[MLOPS_N_METRICS + 1] = { false };

	InitMaterializedSRF(fcinfo, 0);
	begin_call(fcinfo, true, &call);
	read_cutoff(fcinfo, 2, &call);
	if (call.query == NULL)
		n_rows = measure_holdout(&call, metrics);
	else
	{
		MlopsEvaluation evaluation;

		evaluate_query(&call, &evaluation);
		mlops_evaluation_values(&evaluation, metrics);
		n_rows = evaluation.n_rows;
	}
	mlops_evaluation_notice(call.version.task, call.version.n_classes, metrics);
	values[0] = Int64GetDatum((int64) n_rows);
	for (int i = 0; i < MLOPS_N_METRICS; i++)
		set_number(values, nulls, i + 1, metrics[i]);
	put_row(fcinfo, values, nulls);
	return (Datum) 0;
}

/* The curve of a two-class model: of its hold-out rows or of a query. */
static MlopsCurve
curve_of(const EvaluateCall *call)
{
	MlopsEvaluation evaluation;

	if (call->query == NULL)
	{
		(void) require_holdout(&call->version);
		return stored_curve(&call->version);
	}
	evaluate_query(call, &evaluation);
	return evaluation.curve;
}

/* Numbers of a float8[] argument without NULLs. */
static double *
thresholds_argument(FunctionCallInfo fcinfo, int i, size_t *n)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(i);
	Datum *elements;
	bool *nulls;
	int n_elements;
	double *thresholds;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  &nulls, &n_elements);
	thresholds = palloc(sizeof(double) * Max(n_elements, 1));
	for (int k = 0; k < n_elements; k++)
	{
		thresholds[k] = nulls[k] ? get_float8_nan() : DatumGetFloat8(elements[k]);
		if (isnan(thresholds[k]))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("thresholds must be numbers, not %s", nulls[k] ? "NULL" : "NaN"),
							errhint("Leave thresholds out for one row per distinct score.")));
	}
	*n = (size_t) n_elements;
	return thresholds;
}

static double
share(double part, double rest)
{
	return part + rest > 0 ? part / (part + rest) : get_float8_nan();
}

/* One row of roc_curve. */
static void
put_outcomes(FunctionCallInfo fcinfo, double threshold, const MlopsOutcomes *outcomes)
{
	Datum values[7];
	bool nulls[7] = { false };

	set_number(values, nulls, 0, threshold);
	set_number(values, nulls, 1, share(outcomes->true_positives, outcomes->false_negatives));
	set_number(values, nulls, 2, share(outcomes->false_positives, outcomes->true_negatives));
	set_number(values, nulls, 3, outcomes->true_positives);
	set_number(values, nulls, 4, outcomes->false_positives);
	set_number(values, nulls, 5, outcomes->true_negatives);
	set_number(values, nulls, 6, outcomes->false_negatives);
	put_row(fcinfo, values, nulls);
}

/* One row per distinct score, ascending: all rows are positive at the first. */
static void
put_all_scores(FunctionCallInfo fcinfo, const MlopsCurve *curve)
{
	MlopsOutcomes outcomes = mlops_curve_outcomes(curve, -INFINITY);

	for (size_t i = 0; i < curve->n_points; i++)
	{
		put_outcomes(fcinfo, curve->scores[i], &outcomes);
		/* at the next score these rows are negative */
		outcomes.true_positives -= curve->positives[i];
		outcomes.false_negatives += curve->positives[i];
		outcomes.false_positives -= curve->negatives[i];
		outcomes.true_negatives += curve->negatives[i];
	}
}

MLOPS_FUNCTION(mlops_roc_curve);

/* roc_curve(model, query, thresholds) */
Datum
mlops_roc_curve(PG_FUNCTION_ARGS)
{
	EvaluateCall call;
	MlopsCurve curve;

	InitMaterializedSRF(fcinfo, 0);
	begin_call(fcinfo, true, &call);
	require_two_classes(&call.version, "A curve needs two classes; see mlops.evaluate.");
	if (PG_ARGISNULL(2))
	{
		curve = curve_of(&call);
		put_all_scores(fcinfo, &curve);
	}
	else
	{
		size_t n;
		double *thresholds = thresholds_argument(fcinfo, 2, &n);

		curve = curve_of(&call);
		for (size_t i = 0; i < n; i++)
		{
			MlopsOutcomes outcomes = mlops_curve_outcomes(&curve, thresholds[i]);

			put_outcomes(fcinfo, thresholds[i], &outcomes);
		}
	}
	return (Datum) 0;
}

/* Weights by actual (row) and predicted class (column) of a two-class model at a cutoff. */
static double *
curve_confusion(const MlopsVersion *version, const MlopsCurve *curve, double cutoff)
{
	double *confusion = palloc(sizeof(double) * 4);
	MlopsOutcomes outcomes = mlops_curve_outcomes(curve, cutoff);
	int positive = version->positive;
	int negative = 1 - positive;

	confusion[positive * 2 + positive] = outcomes.true_positives;
	confusion[positive * 2 + negative] = outcomes.false_negatives;
	confusion[negative * 2 + positive] = outcomes.false_positives;
	confusion[negative * 2 + negative] = outcomes.true_negatives;
	return confusion;
}

static double *
confusion_of(const EvaluateCall *call)
{
	const MlopsVersion *version = &call->version;
	MlopsEvaluation evaluation;

	if (version->n_classes == 2)
	{
		MlopsCurve curve = curve_of(call);

		return curve_confusion(version, &curve, call->cutoff);
	}
	if (call->query == NULL)
	{
		(void) require_holdout(version);
		if (version->confusion == NULL)
			elog(ERROR, "version %d of model \"%s\" lacks its confusion matrix", version->version,
				 version->model);
		return version->confusion;
	}
	evaluate_query(call, &evaluation);
	return evaluation.confusion;
}

MLOPS_FUNCTION(mlops_confusion_matrix);

/* confusion_matrix(model, query, cutoff): one row per pair of classes. */
Datum
mlops_confusion_matrix(PG_FUNCTION_ARGS)
{
	EvaluateCall call;
	const MlopsVersion *version = &call.version;
	double *confusion;
	double total = 0;

	InitMaterializedSRF(fcinfo, 0);
	begin_call(fcinfo, true, &call);
	if (version->task == MLOPS_TASK_REGRESSION)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" is a regression and has no classes", version->model),
						errhint("Use mlops.evaluate.")));
	read_cutoff(fcinfo, 2, &call);
	confusion = confusion_of(&call);
	for (int i = 0; i < version->n_classes * version->n_classes; i++)
		total += confusion[i];
	for (int i = 0; i < version->n_classes * version->n_classes; i++)
	{
		Datum values[4];
		bool nulls[4] = { false };

		values[0] = CStringGetTextDatum(version->classes[i / version->n_classes]);
		values[1] = CStringGetTextDatum(version->classes[i % version->n_classes]);
		set_number(values, nulls, 2, confusion[i]);
		set_number(values, nulls, 3, total > 0 ? confusion[i] / total : get_float8_nan());
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* Greater gain first, then the order of the model. */
static int
compare_gain(const void *a, const void *b, void *state)
{
	const double *gain = state;
	int x = *(const int *) a;
	int y = *(const int *) b;

	if (gain[x] != gain[y])
		return gain[x] > gain[y] ? -1 : 1;
	return x - y;
}

MLOPS_FUNCTION(mlops_feature_importance);

/* feature_importance(model): one row per feature. */
Datum
mlops_feature_importance(PG_FUNCTION_ARGS)
{
	EvaluateCall call;
	const MlopsVersion *version = &call.version;
	int *order;

	InitMaterializedSRF(fcinfo, 0);
	begin_call(fcinfo, false, &call);
	order = palloc(sizeof(int) * Max(version->n_features, 1));
	for (int i = 0; i < version->n_features; i++)
		order[i] = i;
	qsort_arg(order, version->n_features, sizeof(int), compare_gain, version->importance_gain);
	for (int i = 0; i < version->n_features; i++)
	{
		int feature = order[i];
		Datum values[6] = { 0 };
		bool nulls[6] = { false };
		bool is_measured =
			version->importance_permutation != NULL && version->permutation_se != NULL;
		double nan = get_float8_nan();

		values[0] = CStringGetTextDatum(version->features[feature].name);
		set_number(values, nulls, 1, version->importance_weight[feature]);
		set_number(values, nulls, 2, version->importance_gain[feature]);
		set_number(values, nulls, 3, version->importance_cover[feature]);
		set_number(values, nulls, 4, is_measured ? version->importance_permutation[feature] : nan);
		set_number(values, nulls, 5, is_measured ? version->permutation_se[feature] : nan);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}
