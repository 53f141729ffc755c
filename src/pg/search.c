/*
 * Search for hyperparameters: trials -> scores -> the best.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/hooks.h"
#include "pg/json.h"
#include "pg/progress.h"
#include "pg/search.h"

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

/* Refuse a fold that would not fit beside the rows that are there; its parts are chosen. */
static void
check_fold(MlopsTraining *fold, const MlopsTraining *training)
{
	MlopsGrowParams params;

	fold->held_bytes = mlops_train_row_bytes(training, training->dataset);
	fold->n_workers = 0; /* as many as there will be are counted before the first tree */
	mlops_hyperparams_resolve(&fold->params, fold->train.n, fold->n_columns, &params);
	(void) mlops_train_check_memory(fold, training->dataset, &params);
}

/* Make the test part a fold, and the training part the others. */
static void
enter_fold(MlopsTraining *fold, const MlopsTraining *training, const uint8 *folds, int number)
{
	size_t n = training->train.n;
	uint32 *in_fold = mlops_train_alloc(fold, n, sizeof(uint32));
	uint32 *others = mlops_train_alloc(fold, n, sizeof(uint32));
	size_t n_in_fold = 0, n_others = 0;
	Size n_bytes;

	for (uint32 i = 0; i < n; i++)
	{
		if (folds[i] == number)
			in_fold[n_in_fold++] = i;
		else
			others[n_others++] = i;
	}
	mlops_part_choose(fold, &training->train, in_fold, n_in_fold, &fold->test);
	mlops_part_choose(fold, &training->train, others, n_others, &fold->train);
	mlops_train_weigh_classes(fold);
	check_fold(fold, training);
	n_bytes = mlops_dataset_subset_bytes(training->dataset, n_in_fold);
	fold->test_dataset = mlops_dataset_subset(mlops_train_alloc(fold, 1, n_bytes),
											  training->dataset, in_fold, n_in_fold);
	fold->segment = NULL;
	n_bytes = mlops_dataset_subset_bytes(training->dataset, n_others);
	fold->dataset = mlops_dataset_subset(mlops_train_alloc_dataset(fold, n_bytes),
										 training->dataset, others, n_others);
	pfree(in_fold);
	pfree(others);
}

/* A search on its way. */
typedef struct SearchRun
{
	const MlopsTraining *training;
	MlopsSearch *search;
	const uint8 *folds; /* [n_train] */
	int64 slowest_fold; /* microseconds that a forest on all folds but one took, at most */
} SearchRun;

/* Time to leave for the forest that is grown in the end, on all folds, in microseconds. */
static int64
time_to_leave(const SearchRun *run)
{
	int n_folds = run->search->n_folds;

	return run->slowest_fold * n_folds / Max(n_folds - 1, 1);
}

/* When the forests of folds must be done; DT_NOEND without max_time. */
static TimestampTz
deadline_of_folds(const SearchRun *run)
{
	TimestampTz deadline = run->training->deadline;

	return deadline == DT_NOEND ? DT_NOEND : deadline - time_to_leave(run);
}

/*
 * Grow a trial's forest on all folds but one, and measure it on that.
 *
 * Returns false if max_time cut the forest short.
 */
static bool
score_fold(SearchRun *run, int number, MlopsTrial *trial)
{
	MlopsTraining fold = derive(run->training);
	MemoryContext before = MemoryContextSwitchTo(fold.context);
	TimestampTz started = GetCurrentTimestamp();
	double values[MLOPS_N_METRICS];

	fold.is_fold = true;
	fold.deadline = deadline_of_folds(run);
	fold.params = trial->hyperparams;
	fold.params.oob_score = false;
	enter_fold(&fold, run->training, run->folds, number);
	mlops_train_grow(&fold);
	mlops_train_measure(&fold);
	mlops_evaluation_values(&fold.evaluation, values);
	trial->scores[number] = values[fold.metric];
	mlops_progress_searched(fold.params.n_estimators);
	mlops_train_release_dataset(&fold);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(fold.context);
	run->slowest_fold = Max(run->slowest_fold, GetCurrentTimestamp() - started);
	return fold.spec.n_trees == fold.params.n_estimators;
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

/*
 * All folds of one trial.
 *
 * Returns false if it does not count, because there was no time for all of it.  The first
 * one counts in any case, so that there is a best.
 */
static bool
run_trial(SearchRun *run, int t)
{
	MlopsTrial *trial = &run->search->trials[t];

	for (int f = 0; f < run->search->n_folds; f++)
	{
		bool is_whole;

		CHECK_FOR_INTERRUPTS();
		if (t > 0 && GetCurrentTimestamp() >= deadline_of_folds(run))
			return false;
		is_whole = score_fold(run, f, trial);
		if (t > 0 && !is_whole)
			return false;
	}
	summarize(trial, run->search->n_folds);
	return true;
}

static void
note_truncation(const MlopsSearch *search, int n_planned)
{
	if (search->n_trials < n_planned)
		ereport(
			NOTICE,
			(errmsg("max_time was reached: %d of %d trials were made", search->n_trials, n_planned),
			 errhint("Give more max_time, fewer values, or choose search => 'random'.")));
}

void
mlops_search_run(MlopsTraining *training, MlopsSearch *search)
{
	uint8 *folds = mlops_train_deal_folds(training, search->n_folds);
	SearchRun run = { .training = training, .search = search, .folds = folds };
	int n_planned = search->n_trials;
	uint64 n_trees = 0;
	int t = 0;

	for (int i = 0; i < n_planned; i++)
		n_trees += (uint64) search->trials[i].hyperparams.n_estimators * search->n_folds;
	mlops_progress_search(n_trees);
	while (t < n_planned && run_trial(&run, t))
		t++;
	search->n_trials = t;
	mlops_progress_search(0);
	pfree(folds);
	search->is_truncated = search->n_trials < n_planned;
	note_truncation(search, n_planned);
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
