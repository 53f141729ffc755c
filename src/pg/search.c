/*
 * Search for hyperparameters: trials -> scores -> the best.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/predict.h"
#include "core/sampling.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/json.h"
#include "pg/progress.h"
#include "pg/search.h"

/* Fold of each training row, [n_train]. */
static uint8 *
choose_folds(MlopsTraining *training, const MlopsSearch *search)
{
	const MlopsRows *rows = training->rows;
	bool is_by_entity = training->sampling == MLOPS_SAMPLING_ENTITY;
	const uint32 *chosen = training->train_rows;
	size_t n = training->n_train;
	uint8 *folds = mlops_train_alloc(training, n, sizeof(uint8));
	uint64 *keys =
		mlops_train_choose(training, mlops_train_row_keys(training), sizeof(uint64), chosen, n);
	uint64 *entities = mlops_train_choose(training, is_by_entity ? rows->entities : NULL,
										  sizeof(uint64), chosen, n);
	uint32 *classes = mlops_train_choose(training, rows->classes, sizeof(uint32), chosen, n);
	MlopsSampling sampling = { .n_rows = n,
							   .seed = (uint64) training->params.random_state,
							   .keys = keys };
	MlopsReason reason = { "" };

	mlops_report_status(mlops_sample_folds(&sampling, classes, entities, (uint32) search->n_folds,
										   &training->allocator, folds, &reason),
						&reason);
	mlops_train_free(keys);
	mlops_train_free(entities);
	mlops_train_free(classes);
	return folds;
}

/* A training in a context of its own that is otherwise like another. */
static MlopsTraining
derive(const MlopsTraining *training)
{
	MlopsTraining derived = *training;

	derived.context =
		AllocSetContextCreate(training->context, "mlops search", ALLOCSET_DEFAULT_SIZES);
	derived.allocator = mlops_hooks_allocator(derived.context);
	return derived;
}

/*
 * Grow one trial from the fold's dataset and measure it on the fold's rows.
 *
 *   lanes   [n_test][n_columns + 1] codes of the fold's rows
 */
static double
score_trial(const MlopsTraining *fold, const uint16 *lanes, const MlopsTrial *trial)
{
	MlopsTraining run = derive(fold);
	MemoryContext before = MemoryContextSwitchTo(run.context);
	MlopsEvaluation evaluation;
	double values[MLOPS_N_METRICS];
	double *outputs;

	run.params = trial->hyperparams;
	mlops_train_weigh_classes(&run);
	mlops_train_grow(&run);
	outputs = mlops_train_alloc(&run, run.n_test, sizeof(double) * run.forest->n_outputs);
	mlops_predict_rows(run.forest, lanes, run.n_test, outputs);
	mlops_train_measure_rows(&run, run.test_rows, run.n_test, outputs, &evaluation);
	mlops_evaluation_values(&evaluation, values);
	mlops_progress_searched(run.params.n_estimators);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(run.context);
	return values[run.metric];
}

/* Codes of chosen rows of the dataset. */
static uint16 *
unpack(MlopsTraining *fold, const MlopsDataset *dataset, const uint32 *chosen, size_t n)
{
	uint16 *lanes = mlops_train_alloc(fold, n, sizeof(uint16) * (dataset->n_columns + 1));
	void *block = MemoryContextAllocHuge(fold->context, mlops_dataset_subset_bytes(dataset, n));

	mlops_dataset_unpack(mlops_dataset_subset(block, dataset, chosen, n), 0, n, lanes);
	pfree(block);
	return lanes;
}

/* All trials on one fold. */
static void
run_fold(const MlopsTraining *training, MlopsSearch *search, const uint8 *folds, int number)
{
	MlopsTraining fold = derive(training);
	size_t n = training->n_train;
	uint32 *in_fold = mlops_train_alloc(&fold, n, sizeof(uint32));
	uint32 *others = mlops_train_alloc(&fold, n, sizeof(uint32));
	uint16 *lanes;
	void *block;

	fold.train_rows = mlops_train_alloc(&fold, n, sizeof(uint32));
	fold.test_rows = mlops_train_alloc(&fold, n, sizeof(uint32));
	fold.n_train = fold.n_test = 0;
	for (uint32 i = 0; i < n; i++)
	{
		if (folds[i] == number)
		{
			in_fold[fold.n_test] = i;
			fold.test_rows[fold.n_test++] = training->train_rows[i];
		}
		else
		{
			others[fold.n_train] = i;
			fold.train_rows[fold.n_train++] = training->train_rows[i];
		}
	}
	lanes = unpack(&fold, training->dataset, in_fold, fold.n_test);
	fold.segment = NULL;
	block = mlops_train_alloc_dataset(&fold,
									  mlops_dataset_subset_bytes(training->dataset, fold.n_train));
	fold.held_bytes = training->dataset->n_bytes +
					  fold.n_test * sizeof(uint16) * (training->dataset->n_columns + 1);
	fold.dataset = mlops_dataset_subset(block, training->dataset, others, fold.n_train);
	for (int t = 0; t < search->n_trials; t++)
	{
		CHECK_FOR_INTERRUPTS();
		search->trials[t].scores[number] = score_trial(&fold, lanes, &search->trials[t]);
	}
	mlops_train_release_dataset(&fold);
	MemoryContextDelete(fold.context);
}

/* Mean and spread of a trial's scores. */
static void
summarize(MlopsTrial *trial, int n)
{
	double sum = 0;
	double squares = 0;

	for (int f = 0; f < n; f++)
		sum += trial->scores[f];
	trial->mean = sum / n;
	for (int f = 0; f < n; f++)
		squares += (trial->scores[f] - trial->mean) * (trial->scores[f] - trial->mean);
	trial->spread = sqrt(squares / n);
}

static void
choose_best(MlopsSearch *search, int metric)
{
	double sign = mlops_metric_is_loss(metric) ? -1 : 1;

	search->best = -1;
	for (int t = 0; t < search->n_trials; t++)
	{
		const MlopsTrial *trial = &search->trials[t];

		if (!isnan(trial->mean) &&
			(search->best < 0 || sign * trial->mean > sign * search->trials[search->best].mean))
			search->best = t;
	}
	if (search->best < 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("no trial has a %s: each has a fold that does not define it",
							   mlops_metric_names[metric]),
						errhint("Give more rows, a smaller cv or another metric.")));
}

void
mlops_search_run(MlopsTraining *training, MlopsSearch *search)
{
	uint8 *folds = choose_folds(training, search);
	uint64 n_trees = 0;

	for (int t = 0; t < search->n_trials; t++)
		n_trees += (uint64) search->trials[t].hyperparams.n_estimators * search->n_folds;
	mlops_progress_search(n_trees);
	for (int f = 0; f < search->n_folds; f++)
		run_fold(training, search, folds, f);
	mlops_progress_search(0);
	pfree(folds);
	for (int t = 0; t < search->n_trials; t++)
		summarize(&search->trials[t], search->n_folds);
	choose_best(search, training->metric);
}

static void
push_trial(JsonbParseState **state, const MlopsTrial *trial, int n_folds, bool is_best)
{
	(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	mlops_json_pair(state, "params", mlops_json_object(trial->params));
	mlops_json_key(state, "fold_scores");
	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int f = 0; f < n_folds; f++)
		mlops_json_element(state, mlops_json_number(trial->scores[f]));
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
	mlops_json_pair(state, "mean", mlops_json_number(trial->mean));
	mlops_json_pair(state, "spread", mlops_json_number(trial->spread));
	mlops_json_pair(state, "is_best", mlops_json_bool(is_best));
	(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Jsonb *
mlops_search_jsonb(const MlopsSearch *search)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int t = 0; t < search->n_trials; t++)
		push_trial(&state, &search->trials[t], search->n_folds, t == search->best);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

Jsonb *
mlops_search_args_jsonb(const MlopsTraining *training)
{
	const MlopsSearch *search = training->search;
	JsonbParseState *state = NULL;

	if (search == NULL)
		return NULL;
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	mlops_json_pair(&state, "cv", mlops_json_integer(search->n_folds));
	if (search->n_iter > 0)
		mlops_json_pair(&state, "n_iter", mlops_json_integer(search->n_iter));
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
