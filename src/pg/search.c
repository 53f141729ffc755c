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

/* The training whose test part is a fold, and whose training part is the others. */
static MlopsTraining
enter_fold(const MlopsTraining *training, const uint8 *folds, int number)
{
	MlopsTraining fold = derive(training);
	size_t n = training->train.n;
	uint32 *in_fold = mlops_train_alloc(&fold, n, sizeof(uint32));
	uint32 *others = mlops_train_alloc(&fold, n, sizeof(uint32));
	size_t n_in_fold = 0, n_others = 0;
	Size n_bytes;

	for (uint32 i = 0; i < n; i++)
	{
		if (folds[i] == number)
			in_fold[n_in_fold++] = i;
		else
			others[n_others++] = i;
	}
	mlops_part_choose(&fold, &training->train, in_fold, n_in_fold, &fold.test);
	mlops_part_choose(&fold, &training->train, others, n_others, &fold.train);
	n_bytes = mlops_dataset_subset_bytes(training->dataset, n_in_fold);
	fold.test_dataset = mlops_dataset_subset(mlops_train_alloc(&fold, 1, n_bytes),
											 training->dataset, in_fold, n_in_fold);
	fold.segment = NULL;
	n_bytes = mlops_dataset_subset_bytes(training->dataset, n_others);
	fold.dataset = mlops_dataset_subset(mlops_train_alloc_dataset(&fold, n_bytes),
										training->dataset, others, n_others);
	fold.held_bytes = training->dataset->n_bytes +
					  (training->test_dataset == NULL ? 0 : training->test_dataset->n_bytes);
	pfree(in_fold);
	pfree(others);
	return fold;
}

/* Grow a trial's forest on all folds but one, and measure it on that. */
static double
score_fold(const MlopsTraining *training, const uint8 *folds, int number, const MlopsTrial *trial)
{
	MlopsTraining fold = enter_fold(training, folds, number);
	MemoryContext before = MemoryContextSwitchTo(fold.context);
	double values[MLOPS_N_METRICS];

	fold.params = trial->hyperparams;
	fold.params.oob_score = false;
	mlops_train_weigh_classes(&fold);
	mlops_train_grow(&fold);
	mlops_train_measure(&fold);
	mlops_evaluation_values(&fold.evaluation, values);
	mlops_progress_searched(fold.params.n_estimators);
	mlops_train_release_dataset(&fold);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(fold.context);
	return values[fold.metric];
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

/* All folds of one trial; returns the time of the slowest, in microseconds. */
static int64
run_trial(const MlopsTraining *training, MlopsSearch *search, const uint8 *folds, MlopsTrial *trial)
{
	int64 slowest = 0;

	for (int f = 0; f < search->n_folds; f++)
	{
		TimestampTz started = GetCurrentTimestamp();

		CHECK_FOR_INTERRUPTS();
		trial->scores[f] = score_fold(training, folds, f, trial);
		slowest = Max(slowest, GetCurrentTimestamp() - started);
	}
	summarize(trial, search->n_folds);
	return slowest;
}

/* True if the time that is left is less than a forest on all training rows takes. */
static bool
is_late(const MlopsTraining *training, const MlopsSearch *search, int64 slowest_fold)
{
	TimestampTz deadline = training->args->deadline;

	return deadline != DT_NOEND && deadline - GetCurrentTimestamp() <
									   slowest_fold * search->n_folds / Max(search->n_folds - 1, 1);
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
	int n_planned = search->n_trials;
	int64 slowest_fold = 0;
	uint64 n_trees = 0;

	for (int t = 0; t < n_planned; t++)
		n_trees += (uint64) search->trials[t].hyperparams.n_estimators * search->n_folds;
	mlops_progress_search(n_trees);
	for (int t = 0; t < n_planned; t++)
	{
		if (t > 0 && is_late(training, search, slowest_fold))
		{
			search->n_trials = t;
			break;
		}
		slowest_fold = Max(slowest_fold, run_trial(training, search, folds, &search->trials[t]));
	}
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
