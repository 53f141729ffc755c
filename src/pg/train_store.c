/*
 * Training: all of it -> a row of mlops.model_version.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/json.h"
#include "pg/search.h"
#include "pg/train.h"

static void
set_text(MlopsVersionRow *row, MlopsVersionColumn column, const char *text)
{
	row->nulls[column] = text == NULL;
	if (text != NULL)
		row->values[column] = CStringGetTextDatum(text);
}

static void
set_value(MlopsVersionRow *row, MlopsVersionColumn column, Datum value)
{
	row->nulls[column] = false;
	row->values[column] = value;
}

static void
set_doubles(MlopsVersionRow *row, MlopsVersionColumn column, const double *numbers, size_t n)
{
	ArrayType *array;
	Size n_bytes = ARR_OVERHEAD_NONULLS(1) + n * sizeof(float8);

	if (n == 0)
	{
		set_value(row, column, PointerGetDatum(construct_empty_array(FLOAT8OID)));
		return;
	}
	if (n_bytes > MaxAllocSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("%zu distinct scores of the test part are too many to store", n),
						errhint("Choose a smaller test_size.")));
	array = palloc0(n_bytes);
	SET_VARSIZE(array, n_bytes);
	array->ndim = 1;
	array->elemtype = FLOAT8OID;
	ARR_DIMS(array)[0] = (int) n;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), numbers, n * sizeof(float8));
	set_value(row, column, PointerGetDatum(array));
}

/* [{"name", "type", "kind"}] in the order of the model. */
static Jsonb *
features_jsonb(const MlopsTraining *training)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < training->rows->n_features; i++)
	{
		const MlopsReadColumn *column = &training->rows->features[i];

		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		mlops_json_pair(&state, "name", mlops_json_text(column->name));
		mlops_json_pair(&state, "type",
						mlops_json_text(format_type_be_qualified(column->type.type)));
		mlops_json_pair(
			&state, "kind",
			mlops_json_text(column->type.kind == MLOPS_COLUMN_NUMERIC ? "numeric" : "categorical"));
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/* The arguments that have no column of their own, defaults written in. */
static Jsonb *
arguments_jsonb(const MlopsTraining *training)
{
	const MlopsTrainArgs *args = training->args;
	JsonbParseState *state = NULL;
	ListCell *cell;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	mlops_json_pair(&state, "test_size", mlops_json_number(args->test_size));
	mlops_json_pair(&state, "test_sampling",
					mlops_json_text(mlops_sampling_names[training->sampling]));
	mlops_json_pair(&state, "metric", mlops_json_text(mlops_metric_names[training->metric]));
	mlops_json_pair(&state, "permutation_rows",
					mlops_json_integer((int64) training->n_permutation_rows));
	mlops_json_pair(
		&state, "preprocess",
		mlops_json_object(mlops_preprocess_jsonb(training->preprocess, training->rows)));
	mlops_json_pair(&state, "search", mlops_json_text(args->search));
	mlops_json_pair(&state, "search_params", mlops_json_object(args->search_params));
	mlops_json_pair(&state, "search_args", mlops_json_object(mlops_search_args_jsonb(training)));
	mlops_json_pair(&state, "max_time", mlops_json_text(args->max_time));
	mlops_json_pair(&state, "keep_training_data", mlops_json_bool(args->keep_rows));
	mlops_json_pair(&state, "truncated",
					mlops_json_bool(training->spec.n_trees < training->params.n_estimators ||
									(training->search != NULL && training->search->is_truncated)));
	mlops_json_key(&state, "exclude");
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, args->read.exclude)
		mlops_json_element(&state, mlops_json_text(lfirst(cell)));
	(void) pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static void
set_classes(MlopsVersionRow *row, const MlopsTraining *training)
{
	const MlopsRows *rows = training->rows;
	Datum *labels;

	if (training->task != MLOPS_TASK_CLASSIFICATION)
		return;
	labels = palloc(sizeof(Datum) * rows->n_classes);
	for (uint32 c = 0; c < rows->n_classes; c++)
		labels[c] = CStringGetTextDatum(rows->labels[c]);
	set_value(row, MLOPS_VC_CLASSES,
			  PointerGetDatum(construct_array(labels, (int) rows->n_classes, TEXTOID, -1, false,
											  TYPALIGN_INT)));
	if (rows->n_classes == 2)
		set_text(row, MLOPS_VC_POSITIVE_CLASS, rows->labels[training->positive]);
}

/* What evaluate() without a query needs. */
static void
set_holdout(MlopsVersionRow *row, const MlopsTraining *training)
{
	const MlopsEvaluation *evaluation = &training->evaluation;

	set_value(row, MLOPS_VC_METRICS, JsonbPGetDatum(training->metrics));
	if (evaluation->task == MLOPS_TASK_REGRESSION || training->test.n == 0)
		return;
	if (evaluation->n_classes > 2)
	{
		set_doubles(row, MLOPS_VC_CONFUSION, evaluation->confusion,
					(size_t) evaluation->n_classes * evaluation->n_classes);
		return;
	}
	set_doubles(row, MLOPS_VC_HOLDOUT_SCORES, evaluation->curve.scores, evaluation->curve.n_points);
	set_doubles(row, MLOPS_VC_HOLDOUT_POSITIVES, evaluation->curve.positives,
				evaluation->curve.n_points);
	set_doubles(row, MLOPS_VC_HOLDOUT_NEGATIVES, evaluation->curve.negatives,
				evaluation->curve.n_points);
}

static void
set_origin(MlopsVersionRow *row, const MlopsTraining *training)
{
	const MlopsReadRequest *read = &training->args->read;
	const MlopsRows *rows = training->rows;

	set_text(row, MLOPS_VC_TARGET, read->target);
	set_text(row, MLOPS_VC_RELATION,
			 OidIsValid(read->relation) ? mlops_reader_relation_name(read->relation) : NULL);
	set_text(row, MLOPS_VC_QUERY, read->query);
	set_value(row, MLOPS_VC_FEATURES, JsonbPGetDatum(features_jsonb(training)));
	set_text(row, MLOPS_VC_ID_COLUMN, read->id_column);
	set_text(row, MLOPS_VC_TIME_COLUMN, read->time_column);
	set_text(row, MLOPS_VC_ENTITY_COLUMN, read->entity_column);
	set_text(row, MLOPS_VC_SPLIT_COLUMN, read->split_column);
	set_text(row, MLOPS_VC_WEIGHT_COLUMN, read->weight_column);
	set_text(row, MLOPS_VC_CLASS_TYPE, format_type_be_qualified(rows->target_type.type));
	set_value(row, MLOPS_VC_ARGUMENTS, JsonbPGetDatum(arguments_jsonb(training)));
	set_value(row, MLOPS_VC_N_ROWS, Int64GetDatum((int64) rows->n_rows));
	set_value(row, MLOPS_VC_N_TRAIN_ROWS, Int64GetDatum((int64) training->train.n));
	set_value(row, MLOPS_VC_N_TEST_ROWS, Int64GetDatum((int64) training->test.n));
	set_text(row, MLOPS_VC_DATA_HASH,
			 psprintf("%016llx%016llx", (unsigned long long) rows->hash_sum,
					  (unsigned long long) rows->hash_xor));
}

static void
set_forest(MlopsVersionRow *row, const MlopsTraining *training, int n_chunks)
{
	int n_features = training->rows->n_features;
	bytea *digest = palloc(VARHDRSZ + MLOPS_DIGEST_BYTES);

	SET_VARSIZE(digest, VARHDRSZ + MLOPS_DIGEST_BYTES);
	mlops_catalog_digest(training->chunks, n_chunks, (uint8 *) VARDATA(digest));
	set_value(row, MLOPS_VC_DIGEST, PointerGetDatum(digest));
	set_value(row, MLOPS_VC_N_BYTES, Int64GetDatum((int64) training->n_bytes));
	set_value(row, MLOPS_VC_N_CHUNKS, Int32GetDatum(n_chunks));
	set_doubles(row, MLOPS_VC_IMPORTANCE_WEIGHT, training->importance_weight, n_features);
	set_doubles(row, MLOPS_VC_IMPORTANCE_GAIN, training->importance_gain, n_features);
	set_doubles(row, MLOPS_VC_IMPORTANCE_COVER, training->importance_cover, n_features);
	if (training->importance_permutation == NULL)
		return;
	set_doubles(row, MLOPS_VC_IMPORTANCE_PERMUTATION, training->importance_permutation, n_features);
	set_doubles(row, MLOPS_VC_PERMUTATION_SE, training->permutation_se, n_features);
}

int32
mlops_train_store(MlopsTraining *training)
{
	const MlopsTrainArgs *args = training->args;
	const char *task =
		training->task == MLOPS_TASK_CLASSIFICATION ? "classification" : "regression";
	MlopsVersionRow row;
	int n_chunks = (int) training->spec.n_trees + 1;

	memset(row.nulls, true, sizeof(row.nulls));
	set_text(&row, MLOPS_VC_STATUS, "pending_approval");
	set_text(&row, MLOPS_VC_ALGORITHM, "random_forest");
	set_text(&row, MLOPS_VC_TASK, task);
	set_origin(&row, training);
	set_classes(&row, training);
	set_holdout(&row, training);
	set_forest(&row, training, n_chunks);
	set_value(&row, MLOPS_VC_HYPERPARAMS,
			  JsonbPGetDatum(mlops_hyperparams_jsonb(&training->params)));
	if (training->search != NULL)
		set_value(&row, MLOPS_VC_TRIALS, JsonbPGetDatum(mlops_search_jsonb(training->search)));
	set_value(&row, MLOPS_VC_SEED, Int64GetDatum(training->params.random_state));
	set_text(&row, MLOPS_VC_EXTENSION_VERSION, mlops_catalog_extension_version());
	set_value(&row, MLOPS_VC_TAGS, JsonbPGetDatum(args->tags));
	set_text(&row, MLOPS_VC_COMMENT, args->comment);
	set_text(&row, MLOPS_VC_CREATED_BY, GetUserNameFromId(GetSessionUserId(), false));
	return mlops_catalog_store_version(args->model, task, &row, training->chunks, n_chunks,
									   "version.created", training->kept);
}
