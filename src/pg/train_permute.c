/*
 * Training: how much the metric of the version drops when one feature of the test part is shuffled.
 *
 *   begin     choose rows, code them, draw the shuffles (core/permutation)
 *   add       trees, as many as are in memory
 *   end       measure what came out, five times for each feature
 *
 * A feature that no tree splits on is not scored: it is worth exactly 0.
 *
 * Five shuffles of all features are many walks, so rows are sampled.  The sample is chosen as a
 * test part is, by a hash of the row's place in the test part, which with id_column does not
 * depend on the order that rows come in.  Growing costs about rows x trees; a walk that goes on in
 * the middle costs a fraction of what a row in a tree does.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "core/hash.h"
#include "core/permutation.h"
#include "core/sampling.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/train.h"

#define N_REPEATS 5

/*
 * Rows by rule: so many that walks are an eighth of rows x trees that were grown, which was measured
 * to take a twentieth of the time (8 features, depth 20); two million take a twentieth of a second.
 */
#define ROWS_BY_RULE (-1)
#define WALKS_SHARE	 0.125
#define WALKS_MIN	 2e6
#define WALKS_MAX	 20e6
#define ROWS_MIN	 200
/* Codes, and predictions of all shuffles, are held at once: so many bytes, or this share of what training may take. */
#define BYTES_MAX	(192.0 * 1024 * 1024)
#define BYTES_SHARE 0.125

/* Of the sample; any constant that is none of the test part's. */
#define SAMPLE_SEED UINT64_C(0x7065726D75746521)

static int permutation_rows = ROWS_BY_RULE;

/* What begin leaves for the trees and end. */
struct MlopsTrainPermutation
{
	MlopsPermutation *shuffled;
	MlopsRowPart rows;	/* of the sample */
	uint16 *lanes;		/* [n_rows][n_columns + 1] */
	uint32 *number_of;	/* [n_features] of a feature among those that are shuffled */
	uint32 *feature_of; /* [n_columns] the same of a column's feature */
	uint64 *seeds;
	uint32 n_used;
};

void
mlops_train_permute_init_gucs(void)
{
	DefineCustomIntVariable(
		"mlops.permutation_rows", "Test rows that permutation importance is measured on, at most.",
		"-1: so many that it takes a small part of the training. 0: none, it is "
		"not measured.",
		&permutation_rows, ROWS_BY_RULE, ROWS_BY_RULE, INT_MAX, PGC_USERSET, 0, NULL, NULL, NULL);
}

static uint32
count_outputs(const MlopsTraining *training)
{
	return training->rows->n_classes > 2 ? training->rows->n_classes : 1;
}

/* Bytes of a row that is taken: predictions, its codes, and its packed codes on their way to these. */
static double
row_bytes(const MlopsTraining *training, const MlopsDataset *layout, uint32 n_used)
{
	return mlops_permutation_row_bytes(n_used, N_REPEATS, count_outputs(training)) +
		   sizeof(uint16) * (layout->n_columns + 1.0) + sizeof(uint64) * (double) layout->n_words;
}

static double
bytes_max(void)
{
	return Min(BYTES_SHARE * (double) mlops_train_memory_limit(), BYTES_MAX);
}

double
mlops_train_permute_bytes(const MlopsTraining *training, const MlopsDataset *layout)
{
	double n_rows = training->is_fold ? 0 : (double) training->test.n;

	if (permutation_rows != ROWS_BY_RULE)
		n_rows = Min(permutation_rows, n_rows);
	return Min(n_rows * row_bytes(training, layout, (uint32) training->rows->n_features),
			   bytes_max());
}

/* Rows to take of the test part, at most. */
static size_t
count_rows(const MlopsTraining *training, uint32 n_used)
{
	double n_trees = training->spec.n_trees;
	double walks =
		Max(Min(WALKS_SHARE * (double) training->train.n * n_trees, WALKS_MAX), WALKS_MIN);
	double by_walks = walks / (n_trees * Max(n_used, 1) * N_REPEATS);
	double by_memory = bytes_max() / row_bytes(training, training->test_dataset, n_used);
	double n = permutation_rows == ROWS_BY_RULE ? Max(by_walks, ROWS_MIN) : permutation_rows;

	return (size_t) Min(Min(n, by_memory), (double) training->test.n);
}

/*
 * 1 = the row of the test part is taken.  Of classes each has its share, and rounding that up
 * must not take more than n.
 */
static uint8 *
choose_rows(MlopsTraining *training, size_t n)
{
	const MlopsRowPart *test = &training->test;
	uint32 n_classes = training->rows->n_classes;
	bool is_stratified = n_classes > 0 && n > n_classes;
	uint64 *keys = mlops_train_alloc(training, test->n, sizeof(uint64));
	uint8 *is_chosen = mlops_train_alloc(training, test->n, sizeof(uint8));
	MlopsSampling sampling = { .n_rows = test->n,
							   .test_size =
								   (double) (is_stratified ? n - n_classes : n) / (double) test->n,
							   .seed = SAMPLE_SEED ^ (uint64) training->params.random_state,
							   .keys = keys,
							   .cancel = mlops_hooks_cancel() };

	for (size_t i = 0; i < test->n; i++)
		keys[i] = mlops_hash_int(i, 0);
	if (n == test->n)
		memset(is_chosen, 1, n);
	else if (is_stratified)
		mlops_report_status(mlops_sample_stratified(&sampling, test->classes, n_classes,
													&training->allocator, is_chosen),
							NULL);
	else
		mlops_report_status(mlops_sample_random(&sampling, &training->allocator, is_chosen), NULL);
	pfree(keys);
	return is_chosen;
}

/* List the chosen rows in their order; returns how many they are. */
static size_t
list_rows(const MlopsTraining *training, const uint8 *is_chosen, uint32 *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < training->test.n; i++)
	{
		if (is_chosen[i] != 0)
			rows[n++] = (uint32) i;
	}
	return n;
}

/* Codes of rows of the test part: the one place that reads them. */
static uint16 *
read_lanes(MlopsTraining *training, const uint32 *rows, size_t n)
{
	const MlopsDataset *test = training->test_dataset;
	void *block = mlops_train_alloc(training, 1, mlops_dataset_subset_bytes(test, n));
	uint16 *lanes = mlops_train_alloc(training, n, ((Size) test->n_columns + 1) * sizeof(uint16));

	mlops_dataset_unpack(mlops_dataset_subset(block, test, rows, n), 0, n, lanes);
	pfree(block);
	return lanes;
}

/* Take at most n rows of the test part. */
static void
take_rows(MlopsTraining *training, MlopsTrainPermutation *permutation, size_t n)
{
	uint8 *is_chosen = choose_rows(training, n);
	uint32 *rows = mlops_train_alloc(training, training->test.n, sizeof(uint32));

	n = list_rows(training, is_chosen, rows);
	mlops_part_choose(training, &training->test, rows, n, &permutation->rows);
	permutation->lanes = read_lanes(training, rows, n);
	pfree(is_chosen);
	pfree(rows);
}

/*
 * Number the features that trees split on; their seeds come from their names.  All columns of a feature
 * are shuffled together.
 */
static void
number_features(MlopsTraining *training, MlopsTrainPermutation *permutation)
{
	int n = training->rows->n_features;

	permutation->number_of = mlops_train_alloc(training, n, sizeof(uint32));
	permutation->seeds = mlops_train_alloc(training, n, sizeof(uint64));
	permutation->feature_of = mlops_train_alloc(training, training->n_columns, sizeof(uint32));
	for (int f = 0; f < n; f++)
	{
		const char *name = training->rows->features[f].name;

		permutation->number_of[f] = MLOPS_PERMUTATION_NONE;
		if (training->importance_weight[f] == 0)
			continue;
		permutation->seeds[permutation->n_used] =
			mlops_hash_bytes(name, strlen(name), (uint64) training->params.random_state);
		permutation->number_of[f] = permutation->n_used++;
	}
	for (uint32 c = 0; c < training->n_columns; c++)
		permutation->feature_of[c] = permutation->number_of[training->columns[c].feature];
}

void
mlops_train_permute_begin(MlopsTraining *training)
{
	MlopsTrainPermutation *permutation;
	MlopsPermutationPlan plan;
	size_t n;

	if (permutation_rows == 0 || training->test.n == 0 || training->is_fold)
		return;
	permutation = MemoryContextAllocZero(training->context, sizeof(MlopsTrainPermutation));
	number_features(training, permutation);
	n = count_rows(training, permutation->n_used);
	if (n == 0)
		return;
	take_rows(training, permutation, n);
	plan = (MlopsPermutationPlan){ .n_rows = permutation->rows.n,
								   .lanes = permutation->lanes,
								   .n_columns = training->n_columns,
								   .n_outputs = count_outputs(training),
								   .n_features = permutation->n_used,
								   .feature_of = permutation->feature_of,
								   .seeds = permutation->seeds,
								   .n_repeats = N_REPEATS };
	mlops_report_status(
		mlops_permutation_create(&plan, &training->allocator, &permutation->shuffled), NULL);
	training->permutation = permutation;
}

void
mlops_train_permute_add_trees(MlopsTraining *training, const MlopsForest *part)
{
	if (training->permutation == NULL)
		return;
	for (uint32 t = 0; t < part->n_trees; t++)
		mlops_report_status(mlops_permutation_add_tree(training->permutation->shuffled, part, t,
													   mlops_hooks_cancel()),
							NULL);
}

/* The metric of the version on outputs of the chosen rows, so that more is better. */
static double
score_of(const MlopsTraining *training, const double *outputs)
{
	double values[MLOPS_N_METRICS];
	MlopsEvaluation evaluation;

	mlops_train_measure_part(training, &training->permutation->rows, outputs, &evaluation);
	mlops_evaluation_values(&evaluation, values);
	return mlops_metric_is_loss(training->metric) ? -values[training->metric] :
													values[training->metric];
}

/* Mean and standard error of the drops that a feature's shuffles cause. */
static void
measure_feature(const MlopsTraining *training, uint32 used, double baseline, MemoryContext scratch,
				double *importance, double *se)
{
	double drops[N_REPEATS];
	double mean = 0, squares = 0;

	for (uint32 r = 0; r < N_REPEATS; r++)
	{
		MemoryContext before = MemoryContextSwitchTo(scratch);

		drops[r] =
			baseline -
			score_of(training, mlops_permutation_outputs(training->permutation->shuffled, used, r));
		MemoryContextSwitchTo(before);
		MemoryContextReset(scratch);
		CHECK_FOR_INTERRUPTS();
		mean += drops[r] / N_REPEATS;
	}
	for (uint32 r = 0; r < N_REPEATS; r++)
		squares += (drops[r] - mean) * (drops[r] - mean);
	*importance = mean;
	*se = sqrt(squares / (N_REPEATS - 1) / N_REPEATS);
}

static void
free_permutation(MlopsTraining *training)
{
	mlops_permutation_free(training->permutation->shuffled);
	pfree(training->permutation->lanes);
	mlops_part_free(&training->permutation->rows);
	training->permutation = NULL;
}

void
mlops_train_permute_end(MlopsTraining *training)
{
	const MlopsTrainPermutation *permutation = training->permutation;
	int n = training->rows->n_features;
	MemoryContext scratch;
	double baseline;

	if (permutation == NULL)
		return;
	scratch =
		AllocSetContextCreate(CurrentMemoryContext, "mlops permutation", ALLOCSET_DEFAULT_SIZES);
	mlops_permutation_finish(permutation->shuffled);
	baseline = score_of(training, mlops_permutation_baseline(permutation->shuffled));
	if (!isnan(baseline))
	{
		training->n_permutation_rows = permutation->rows.n;
		training->importance_permutation = palloc0(sizeof(double) * Max(n, 1));
		training->permutation_se = palloc0(sizeof(double) * Max(n, 1));
		for (int f = 0; f < n; f++)
		{
			if (permutation->number_of[f] != MLOPS_PERMUTATION_NONE)
				measure_feature(training, permutation->number_of[f], baseline, scratch,
								&training->importance_permutation[f], &training->permutation_se[f]);
		}
	}
	MemoryContextDelete(scratch);
	free_permutation(training);
}
