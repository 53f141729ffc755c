/*
 * train_model: arguments, checks, the steps in their order, the result.
 *
 *   read -> choose the test part -> bin and pack -> grow and encode -> measure -> store
 *
 * All reading ends before the first tree and all writing comes after the last
 * one.  An error at any step leaves nothing behind but the sequence of ids.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/progress.h"
#include "pg/search.h"
#include "pg/train.h"

/* Arguments of train_model by position. */
enum
{
	ARG_MODEL,
	ARG_RELATION,
	ARG_TARGET,
	ARG_TASK,
	ARG_ALGORITHM,
	ARG_HYPERPARAMS,
	ARG_QUERY,
	ARG_FEATURES,
	ARG_EXCLUDE,
	ARG_POSITIVE_CLASS,
	ARG_ID_COLUMN,
	ARG_TIME_COLUMN,
	ARG_ENTITY_COLUMN,
	ARG_SPLIT_COLUMN,
	ARG_WEIGHT_COLUMN,
	ARG_TEST_SIZE,
	ARG_TEST_SAMPLING,
	ARG_PREPROCESS,
	ARG_SEARCH,
	ARG_SEARCH_PARAMS,
	ARG_SEARCH_ARGS,
	ARG_METRIC,
	ARG_MAX_TIME,
	ARG_KEEP_TRAINING_DATA,
	ARG_TAGS,
	ARG_COMMENT,
	N_ARGS
};

StaticAssertDecl(N_ARGS == MLOPS_TRAIN_N_ARGS, "start_training passes all arguments on");

#define TEST_SIZE_DEFAULT 0.25
#define MAX_TIME_DAYS	  365

const char *const mlops_sampling_names[] = { "stratified", "random", "last",
											 "entity",	   "custom", "none" };

static const char *const TASKS[] = { "classification", "regression" };

static char *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static Jsonb *
jsonb_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : PG_GETARG_JSONB_P(argument);
}

/* Names of a text[] argument; there must be one among the features. */
static List *
names_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	List *names;

	if (PG_ARGISNULL(argument))
		return NIL;
	names = mlops_args_names(name, PG_GETARG_ARRAYTYPE_P(argument));
	if (argument == ARG_FEATURES && names == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("features must name at least one column"),
						errhint("Leave it NULL to take all columns.")));
	return names;
}

/* The arguments of a search belong together; what they say is read when the task is known. */
static void
check_search(const MlopsTrainArgs *args)
{
	static const char *const KINDS[] = { "grid", "random" };

	if (args->search != NULL)
	{
		(void) mlops_args_choice("search", args->search, KINDS, lengthof(KINDS));
		return;
	}
	if ((args->search_params != NULL && JB_ROOT_COUNT(args->search_params) > 0) ||
		(args->search_args != NULL && JB_ROOT_COUNT(args->search_args) > 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("search_params or search_args is given, but search is not"),
						errhint("Choose search => 'grid' or 'random'.")));
}

static void
check_choices(FunctionCallInfo fcinfo, const MlopsTrainArgs *args)
{
	char *algorithm = text_argument(fcinfo, ARG_ALGORITHM);

	if (args->task != NULL)
		(void) mlops_args_choice("task", args->task, TASKS, lengthof(TASKS));
	if (args->test_sampling != NULL)
		(void) mlops_args_choice("test_sampling", args->test_sampling, mlops_sampling_names,
								 MLOPS_SAMPLING_NONE + 1);
	if (args->metric != NULL)
		(void) mlops_args_choice("metric", args->metric, mlops_metric_names, MLOPS_N_METRICS);
	if (algorithm != NULL && strcmp(algorithm, "random_forest") != 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("algorithm \"%s\" is not supported", algorithm),
						errhint("The only algorithm is \"random_forest\".")));
	if (!(args->test_size > 0 && args->test_size < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("test_size must be above 0 and below 1, not %g", args->test_size),
						errhint("For no test part choose test_sampling => 'none'.")));
	if (OidIsValid(args->read.relation) == (args->read.query != NULL))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg(args->read.query != NULL ? "relation and query are both given" :
														  "neither relation nor query is given"),
						errhint("Give exactly one of them.")));
	if (args->read.target == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("target is not given"),
						errhint("Name the column that the model learns.")));
}

/* Microseconds of an interval; as everywhere in the server a month has 30 days. */
static double
microseconds(const Interval *interval)
{
	return (double) interval->time +
		   ((double) interval->month * DAYS_PER_MONTH + interval->day) * (double) USECS_PER_DAY;
}

/* When no more trees are begun: max_time from now. */
static void
read_max_time(FunctionCallInfo fcinfo, MlopsTrainArgs *args)
{
	double time;

	args->deadline = DT_NOEND;
	if (PG_ARGISNULL(ARG_MAX_TIME))
		return;
	args->max_time =
		DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(ARG_MAX_TIME)));
	time = microseconds(PG_GETARG_INTERVAL_P(ARG_MAX_TIME));
	if (!(time > 0 && time <= MAX_TIME_DAYS * (double) USECS_PER_DAY))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("max_time must be above 0 and at most %d days, not %s",
							   MAX_TIME_DAYS, args->max_time),
						errhint("Leave it NULL for no limit.")));
	args->deadline = GetCurrentTimestamp() + (int64) time;
}

void
mlops_train_read_arguments(FunctionCallInfo fcinfo, MlopsTrainArgs *args)
{
	memset(args, 0, sizeof(*args));
	args->model = text_argument(fcinfo, ARG_MODEL);
	args->read.relation = PG_ARGISNULL(ARG_RELATION) ? InvalidOid : PG_GETARG_OID(ARG_RELATION);
	args->read.query = text_argument(fcinfo, ARG_QUERY);
	args->read.features = names_argument(fcinfo, ARG_FEATURES, "features");
	args->read.exclude = names_argument(fcinfo, ARG_EXCLUDE, "exclude");
	args->read.target = text_argument(fcinfo, ARG_TARGET);
	args->read.id_column = text_argument(fcinfo, ARG_ID_COLUMN);
	args->read.entity_column = text_argument(fcinfo, ARG_ENTITY_COLUMN);
	args->read.time_column = text_argument(fcinfo, ARG_TIME_COLUMN);
	args->read.split_column = text_argument(fcinfo, ARG_SPLIT_COLUMN);
	args->read.weight_column = text_argument(fcinfo, ARG_WEIGHT_COLUMN);
	args->read.max_bytes = mlops_train_memory_limit();
	args->task = text_argument(fcinfo, ARG_TASK);
	args->hyperparams = jsonb_argument(fcinfo, ARG_HYPERPARAMS);
	args->preprocess = jsonb_argument(fcinfo, ARG_PREPROCESS);
	args->positive_class = text_argument(fcinfo, ARG_POSITIVE_CLASS);
	args->metric = text_argument(fcinfo, ARG_METRIC);
	args->test_size =
		PG_ARGISNULL(ARG_TEST_SIZE) ? TEST_SIZE_DEFAULT : PG_GETARG_FLOAT8(ARG_TEST_SIZE);
	args->test_sampling = text_argument(fcinfo, ARG_TEST_SAMPLING);
	args->tags = PG_ARGISNULL(ARG_TAGS) ?
					 DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"))) :
					 PG_GETARG_JSONB_P(ARG_TAGS);
	args->comment = text_argument(fcinfo, ARG_COMMENT);
	args->read.is_classification = args->task == NULL						 ? -1 :
								   strcmp(args->task, "classification") == 0 ? 1 :
																			   0;
	args->keep_rows =
		!PG_ARGISNULL(ARG_KEEP_TRAINING_DATA) && PG_GETARG_BOOL(ARG_KEEP_TRAINING_DATA);
	read_max_time(fcinfo, args);
	args->search = text_argument(fcinfo, ARG_SEARCH);
	args->search_params = jsonb_argument(fcinfo, ARG_SEARCH_PARAMS);
	args->search_args = jsonb_argument(fcinfo, ARG_SEARCH_ARGS);
	mlops_args_check_model_name(args->model);
	check_choices(fcinfo, args);
	check_search(args);
	(void) mlops_preprocess_read(args->preprocess, NULL);
}

/* How the test part is chosen, and whether that has the column it needs. */
static MlopsTestSampling
find_sampling(const MlopsTrainArgs *args, MlopsTask task)
{
	MlopsTestSampling sampling =
		args->test_sampling != NULL ?
			(MlopsTestSampling) mlops_args_choice("test_sampling", args->test_sampling,
												  mlops_sampling_names, MLOPS_SAMPLING_NONE + 1) :
		task == MLOPS_TASK_CLASSIFICATION ? MLOPS_SAMPLING_STRATIFIED :
											MLOPS_SAMPLING_RANDOM;
	const char *needed = NULL;

	if (sampling == MLOPS_SAMPLING_LAST && args->read.time_column == NULL)
		needed = "time_column";
	else if (sampling == MLOPS_SAMPLING_ENTITY && args->read.entity_column == NULL)
		needed = "entity_column";
	else if (sampling == MLOPS_SAMPLING_CUSTOM && args->read.split_column == NULL)
		needed = "split_column";
	if (needed != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("test_sampling \"%s\" needs %s", args->test_sampling, needed),
						errhint("Name that column, or choose another test_sampling.")));
	if (sampling == MLOPS_SAMPLING_STRATIFIED && task == MLOPS_TASK_REGRESSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("test_sampling \"stratified\" needs classes, and this is a regression"),
				 errhint("Choose \"random\".")));
	return sampling;
}

/* Refuse rows that nothing can be learned from. */
static void
check_rows(const MlopsTrainArgs *args, const MlopsRows *rows)
{
	if (rows->n_rows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 rows->n_null_targets > 0 ? errmsg("target column \"%s\" is NULL in all %zu rows",
												   args->read.target, rows->n_null_targets) :
											errmsg("there are no rows to train on")));
	if (!rows->is_classification)
		return;
	if (rows->n_classes < 2)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("target column \"%s\" has one class only, \"%s\"", args->read.target,
							   rows->labels[0]),
						errhint("Two classes are needed.")));
}

/* Position of the positive class: as asked for, else the greater of two. */
static int
find_positive(const MlopsTrainArgs *args, const MlopsRows *rows)
{
	if (args->positive_class == NULL)
		return 1;
	if (!rows->is_classification || rows->n_classes != 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("positive_class needs two classes"), errhint("Leave it out.")));
	for (int c = 0; c < 2; c++)
	{
		if (strcmp(rows->labels[c], args->positive_class) == 0)
			return c;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("positive_class \"%s\" is no class", args->positive_class),
			 errhint("Classes are %s.", mlops_join_names((const char *const *) rows->labels, 2))));
	return -1; /* not reached */
}

/* The metric that rules a search and, later, gates. */
static int
find_metric(const MlopsTrainArgs *args, const MlopsTraining *training)
{
	int n_classes = (int) training->rows->n_classes;

	return args->metric == NULL ? mlops_metric_default(training->task, n_classes) :
								  mlops_metric_find(args->metric, training->task, n_classes);
}

/* Replace the hyperparameters by the best that are found. */
static void
run_search(MlopsTraining *training)
{
	MlopsSearch *search = training->search;

	mlops_progress_phase(MLOPS_PHASE_SEARCHING);
	mlops_search_run(training, search);
	training->params = search->trials[search->best].hyperparams;
	mlops_train_weigh_classes(training);
}

void
mlops_train_check(const MlopsTrainArgs *args)
{
	MlopsTraining training = { .args = args };
	MlopsTask task;

	mlops_catalog_check_model(args->model, args->task);
	task = mlops_reader_check(&args->read) ? MLOPS_TASK_CLASSIFICATION : MLOPS_TASK_REGRESSION;
	mlops_catalog_check_model(args->model, TASKS[task]);
	training.task = task;
	mlops_hyperparams_read(args->hyperparams, task, &training.params);
	if (args->metric != NULL)
		(void) mlops_metric_find(args->metric, task, task == MLOPS_TASK_REGRESSION ? 0 : 2);
	(void) find_sampling(args, task);
	(void) mlops_search_read(&training);
}

/* All steps; returns the number of the new version. */
static int32
run_training(const MlopsTrainArgs *args, MlopsTraining *training)
{
	MlopsReadRequest request = args->read;
	int32 version;

	training->args = args;
	training->deadline = args->deadline;
	request.take = mlops_spool_take;
	/* a typo must not cost the read */
	mlops_train_check(args);
	mlops_progress_begin();
	training->spool = mlops_spool_create();
	request.take_state = training->spool;
	if (args->keep_rows)
	{
		training->kept = mlops_kept_create();
		request.take_row = mlops_kept_take;
		request.take_row_state = training->kept;
	}
	training->rows = mlops_reader_read(&request, training->context);
	mlops_progress_rows(training->rows->n_rows);
	mlops_reader_note_rows(training->rows);
	check_rows(args, training->rows);
	training->preprocess = mlops_preprocess_read(args->preprocess, training->rows);
	training->task =
		training->rows->is_classification ? MLOPS_TASK_CLASSIFICATION : MLOPS_TASK_REGRESSION;
	mlops_hyperparams_read(args->hyperparams, training->task, &training->params);
	training->metric = find_metric(args, training);
	training->positive = find_positive(args, training->rows);
	training->sampling = find_sampling(args, training->task);
	mlops_progress_phase(MLOPS_PHASE_PREPARING);
	training->search = mlops_search_read(training);
	mlops_train_sample(training);
	if (training->kept != NULL)
		mlops_kept_mark_test(training);
	mlops_train_prepare(training);
	if (training->search != NULL)
		run_search(training);
	mlops_progress_phase(MLOPS_PHASE_GROWING);
	mlops_train_grow(training);
	mlops_train_note_forest(training);
	mlops_progress_phase(MLOPS_PHASE_EVALUATING);
	mlops_train_measure(training);
	mlops_train_release_dataset(training);
	mlops_train_make_metrics(training);
	mlops_progress_phase(MLOPS_PHASE_STORING);
	version = mlops_train_store(training);
	mlops_kept_free(training->kept);
	mlops_progress_end();
	return version;
}

MLOPS_FUNCTION(mlops_train_model);

Datum
mlops_train_model(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	MlopsTrainArgs args;
	MlopsTraining training;
	MemoryContext before;
	Datum values[7] = { 0 };
	bool nulls[7] = { false, false, false, false, false, false, true };

	mlops_catalog_check_writable("mlops.train_model()");
	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	mlops_train_read_arguments(fcinfo, &args);
	memset(&training, 0, sizeof(training));
	training.context =
		AllocSetContextCreate(CurrentMemoryContext, "mlops training", ALLOCSET_DEFAULT_SIZES);
	training.allocator = mlops_hooks_allocator(training.context);
	before = MemoryContextSwitchTo(training.context);
	values[1] = Int32GetDatum(run_training(&args, &training));
	values[0] = CStringGetTextDatum(args.model);
	values[2] = CStringGetTextDatum("pending_approval");
	values[3] = CStringGetTextDatum(TASKS[training.task]);
	values[4] = JsonbPGetDatum(training.metrics);
	values[5] = DirectFunctionCall1(jsonb_in, CStringGetDatum("[]"));
	MemoryContextSwitchTo(before);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	MemoryContextDelete(training.context);
	return (Datum) 0;
}
