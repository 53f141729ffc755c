/*
 * Training: chunks -> decoded trees -> metrics.
 *
 * What is measured was decoded from the bytes that are stored, so the metrics
 * are what anybody who reads the model will see.  A part of the trees is in
 * memory at a time; values are added in the order of the trees, so the parts do
 * not show.  With nothing to measure the trees are decoded all the same, which
 * proves that they can be.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/forest_part.h"
#include "core/oob.h"
#include "core/predict_packed.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/train.h"

/* Of decoded trees: some of them, so that unpacking rows is shared, and they stay near the cache. */
#define PART_BYTES ((uint64) 8 * 1024 * 1024)

/* Predictions on their way. */
typedef struct Measuring
{
	MlopsTraining *training;
	uint32 n_outputs;
	double *outputs; /* [n_test][n_outputs] sums over the trees */
	MlopsOob *oob;	 /* or NULL */
	MlopsOobResult oob_result;
} Measuring;

static uint32
count_outputs(const MlopsTraining *training)
{
	return training->rows->n_classes > 2 ? training->rows->n_classes : 1;
}

void
mlops_train_measure_part(const MlopsTraining *training, const MlopsRowPart *part,
						 const double *outputs, MlopsEvaluation *evaluation)
{
	MlopsPredictions predictions = { .task = training->task,
									 .n_classes = (int) training->rows->n_classes,
									 .positive = training->positive,
									 .n = part->n,
									 .outputs = outputs,
									 .classes = part->classes,
									 .targets = part->targets,
									 .weights = part->weights };

	mlops_evaluate(&predictions, 0.5, evaluation);
}

static void
begin(Measuring *measuring, MlopsTraining *training)
{
	size_t n = training->train.n;

	memset(measuring, 0, sizeof(*measuring));
	measuring->training = training;
	measuring->n_outputs = count_outputs(training);
	measuring->outputs =
		mlops_train_alloc(training, training->test.n, sizeof(double) * measuring->n_outputs);
	memset(measuring->outputs, 0, training->test.n * sizeof(double) * measuring->n_outputs);
	if (!training->params.oob_score)
		return;
	measuring->oob_result.outputs =
		mlops_train_alloc(training, n, sizeof(double) * measuring->n_outputs);
	measuring->oob_result.n_trees = mlops_train_alloc(training, n, sizeof(uint32));
	mlops_report_status(mlops_oob_begin(training->dataset, &training->grow_params,
										measuring->n_outputs, &training->allocator,
										mlops_hooks_cancel(), measuring->oob_result,
										&measuring->oob),
						NULL);
}

/* Decode n trees from first on, and add what they say. */
static void
add_trees(Measuring *measuring, uint32 first, uint32 n)
{
	MlopsTraining *training = measuring->training;
	MlopsReason reason = { "" };
	MlopsForest *part;

	mlops_report_status(mlops_forest_part_decode(&training->spec, training->chunks + first + 1,
												 training->tree_totals + first, n,
												 &training->allocator, &part, &reason),
						&reason);
	if (training->test_dataset != NULL)
		mlops_report_status(mlops_packed_add_trees(part, training->test_dataset,
												   &training->allocator, mlops_hooks_cancel(),
												   measuring->outputs),
							NULL);
	if (measuring->oob != NULL)
		mlops_report_status(mlops_oob_add_trees(measuring->oob, part), NULL);
	mlops_train_permute_add_trees(training, part);
	pfree(part);
}

/* Keep the rows that have a prediction, in their order; returns their number. */
static size_t
keep_predicted(const Measuring *measuring, uint32 *chosen)
{
	uint32 n_outputs = measuring->n_outputs;
	double *outputs = measuring->oob_result.outputs;
	size_t n = 0;

	for (size_t i = 0; i < measuring->training->train.n; i++)
	{
		if (measuring->oob_result.n_trees[i] == 0)
			continue;
		memmove(outputs + n * n_outputs, outputs + i * n_outputs, n_outputs * sizeof(double));
		chosen[n++] = (uint32) i;
	}
	return n;
}

/* Measure the training rows out of the bags. */
static void
measure_oob(Measuring *measuring)
{
	MlopsTraining *training = measuring->training;
	size_t n = training->train.n;
	uint32 *chosen = mlops_train_alloc(training, n, sizeof(uint32));
	MlopsRowPart predicted;
	size_t n_predicted;

	mlops_oob_end(measuring->oob);
	mlops_oob_free(measuring->oob);
	n_predicted = keep_predicted(measuring, chosen);
	if (n_predicted < n)
		ereport(NOTICE, (errmsg_plural("%zu row was drawn by every tree and has no out-of-bag "
									   "prediction",
									   "%zu rows were drawn by every tree and have no out-of-bag "
									   "prediction",
									   n - n_predicted, n - n_predicted),
						 errhint("Raise n_estimators or lower max_samples to measure all rows.")));
	mlops_part_choose(training, &training->train, chosen, n_predicted, &predicted);
	training->oob = MemoryContextAllocZero(training->context, sizeof(MlopsEvaluation));
	mlops_train_measure_part(training, &predicted, measuring->oob_result.outputs, training->oob);
	mlops_part_free(&predicted);
	pfree(chosen);
	pfree(measuring->oob_result.outputs);
	pfree(measuring->oob_result.n_trees);
}

/* Sums over the trees to means. */
static void
divide(Measuring *measuring)
{
	size_t n = measuring->training->test.n * measuring->n_outputs;

	for (size_t i = 0; i < n; i++)
		measuring->outputs[i] /= measuring->training->spec.n_trees;
}

void
mlops_train_measure(MlopsTraining *training)
{
	uint32 n_trees = training->spec.n_trees;
	uint32 n;
	Measuring measuring;

	begin(&measuring, training);
	mlops_train_permute_begin(training);
	for (uint32 first = 0; first < n_trees; first += n)
	{
		CHECK_FOR_INTERRUPTS();
		n = mlops_forest_part_size(training->tree_totals, first, n_trees, MLOPS_OOB_TREES_MAX,
								   PART_BYTES);
		add_trees(&measuring, first, n);
	}
	divide(&measuring);
	mlops_train_measure_part(training, &training->test, measuring.outputs, &training->evaluation);
	pfree(measuring.outputs);
	mlops_train_permute_end(training);
	if (measuring.oob != NULL)
		measure_oob(&measuring);
}

void
mlops_train_make_metrics(MlopsTraining *training)
{
	training->metrics =
		mlops_evaluation_jsonb(&training->evaluation, training->n_duplicates, training->oob);
}
