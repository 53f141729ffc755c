/*
 * Training: packed rows -> trees -> chunks -> decoded forest -> metrics.
 *
 * The metrics are those of the decoded forest, so they are what anybody who
 * reads the stored model will see.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/dsm.h"

#include "core/codec.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/progress.h"
#include "pg/train.h"
#include "pg/train_parallel.h"

/* From here on a forest is too large to be copied into every backend without a word. */
#define MANY_NODES 1000000

/* Sums over the trees, in their order. */
static void
add_importance(MlopsTraining *training, const MlopsImportance *tree)
{
	int n = training->rows->n_features;
	double total = 0;

	for (int i = 0; i < n; i++)
		total += tree->gain[i];
	for (int i = 0; i < n; i++)
	{
		if (total > 0)
			training->importance_gain[i] += tree->gain[i] / total;
		training->importance_cover[i] += tree->cover[i];
		training->importance_weight[i] += (double) tree->splits[i];
	}
}

/* Gain as a share of all gain; cover as the mean weight of a split. */
static void
finish_importance(MlopsTraining *training)
{
	int n = training->rows->n_features;
	double total = 0;

	for (int i = 0; i < n; i++)
		total += training->importance_gain[i];
	for (int i = 0; i < n; i++)
	{
		if (total > 0)
			training->importance_gain[i] /= total;
		if (training->importance_weight[i] > 0)
			training->importance_cover[i] /= training->importance_weight[i];
	}
}

/* What all trees add to the training. */
typedef struct Harvest
{
	MlopsTraining *training;
	MlopsForestTotals totals;
} Harvest;

static void
set_chunk(MlopsTraining *training, uint32 chunk, const MlopsBuffer *buffer)
{
	training->chunks[chunk].bytes = buffer->bytes;
	training->chunks[chunk].n_bytes = buffer->n_bytes;
	training->n_bytes += buffer->n_bytes;
}

static void
take_tree(void *state, uint32 number, const MlopsMadeTree *made)
{
	Harvest *harvest = state;

	set_chunk(harvest->training, number + 1, &made->bytes);
	add_importance(harvest->training, &made->importance);
	harvest->totals.n_nodes += made->totals.n_nodes;
	harvest->totals.n_values += made->totals.n_values;
}

/* Grow all trees in this process. */
static void
grow_alone(const MlopsTreeJob *job, Harvest *harvest)
{
	MlopsTraining *training = harvest->training;
	MlopsMadeTree made = { .importance =
							   mlops_importance_alloc(training->context, job->spec.n_columns) };
	MlopsTreeMaker maker;

	mlops_tree_maker_init(&maker, job, training->context);
	for (uint32 k = 0; k < job->spec.n_trees; k++)
	{
		mlops_tree_maker_make(&maker, k, &made);
		if (k == 0)
			mlops_train_check_result(job, &made);
		take_tree(harvest, k, &made);
		mlops_progress_trees(k + 1);
	}
	mlops_tree_maker_end(&maker);
}

static void
grow_trees(MlopsTraining *training, const MlopsTreeJob *job, Harvest *harvest)
{
	if (training->segment == NULL ||
		!mlops_train_parallel(job, dsm_segment_handle(training->segment), training->context,
							  training->n_workers, take_tree, harvest))
		grow_alone(job, harvest);
	if (training->segment != NULL)
		dsm_detach(training->segment);
	else
		pfree(training->dataset);
	training->segment = NULL;
	training->dataset = NULL;
}

static void
note_size(const MlopsTraining *training)
{
	if (training->n_nodes < MANY_NODES)
		return;
	ereport(NOTICE, (errmsg("the forest has " UINT64_FORMAT " nodes and takes " UINT64_FORMAT
							" MB in each session that predicts with it",
							training->n_nodes, training->n_nodes * 8 / 1024 / 1024),
					 errhint("Set max_depth or raise min_samples_leaf for a smaller model.")));
}

/* Read the chunks back as any other session will. */
static void
decode_forest(MlopsTraining *training)
{
	MlopsDecoder decoder;
	MlopsReason reason = { "" };
	MlopsStatus status =
		mlops_decoder_begin(&decoder, training->chunks[0].bytes, training->chunks[0].n_bytes,
							MaxAllocHugeSize, &training->allocator, &reason);

	for (uint32 k = 1; status == MLOPS_STATUS_OK && k <= training->params.n_estimators; k++)
		status = mlops_decoder_add_tree(&decoder, training->chunks[k].bytes,
										training->chunks[k].n_bytes, &reason);
	mlops_report_status(status, &reason);
	mlops_report_status(mlops_decoder_end(&decoder, &reason), &reason);
	training->forest = decoder.forest;
}

void
mlops_train_grow(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	Harvest harvest = { .training = training };
	MlopsBuffer header = { .allocator = &training->allocator };
	MlopsTreeJob job = { .dataset = training->dataset };

	mlops_hyperparams_resolve(&training->params, training->n_train, (uint32) rows->n_features,
							  &job.params);
	job.params.class_weights = training->class_weights;
	training->spec = (MlopsForestSpec){ .task = training->task,
										.n_classes = rows->n_classes,
										.n_columns = (uint32) rows->n_features,
										.n_trees = training->params.n_estimators,
										.columns = training->columns,
										.class_weights = training->class_weights,
										.target_centre = training->scale.centre,
										.target_step = training->scale.step };
	job.spec = training->spec;
	mlops_progress_plan(training->params.n_estimators, training->n_workers,
						mlops_train_check_memory(training, &job.params));
	training->chunks = palloc0(sizeof(MlopsChunk) * (training->params.n_estimators + 1));
	training->importance_gain = palloc0(sizeof(double) * rows->n_features);
	training->importance_cover = palloc0(sizeof(double) * rows->n_features);
	training->importance_weight = palloc0(sizeof(double) * rows->n_features);
	grow_trees(training, &job, &harvest);
	mlops_codec_encode_header(&training->spec, &harvest.totals, &header);
	if (header.is_failed)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	set_chunk(training, 0, &header);
	training->n_nodes = harvest.totals.n_nodes;
	finish_importance(training);
	note_size(training);
	decode_forest(training);
}

/* Values of chosen rows, in their order. */
static void
choose(void *target, const void *source, size_t size, const uint32 *chosen, size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy((char *) target + i * size, (const char *) source + chosen[i] * size, size);
}

void
mlops_train_measure(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	size_t n = training->n_test;
	MemoryContext context = training->context;
	double *outputs = MemoryContextAllocHuge(
		context, mul_size(Max(n, 1), sizeof(double) * training->forest->n_outputs));
	uint32 *classes = MemoryContextAllocHuge(context, sizeof(uint32) * Max(n, 1));
	double *targets = MemoryContextAllocHuge(context, sizeof(double) * Max(n, 1));
	double *weights = MemoryContextAllocHuge(context, sizeof(double) * Max(n, 1));
	MlopsPredictions predictions = { .task = training->task,
									 .n_classes = (int) rows->n_classes,
									 .positive = training->positive,
									 .n = n,
									 .outputs = outputs,
									 .classes = classes,
									 .targets = targets };

	mlops_predict_read_rows(training->forest, training->columns, rows, training->test_rows, n,
							outputs);
	if (rows->classes != NULL)
		choose(classes, rows->classes, sizeof(uint32), training->test_rows, n);
	if (rows->targets != NULL)
		choose(targets, rows->targets, sizeof(double), training->test_rows, n);
	if (rows->weights != NULL)
	{
		choose(weights, rows->weights, sizeof(double), training->test_rows, n);
		predictions.weights = weights;
	}
	mlops_evaluate(&predictions, 0.5, &training->evaluation);
	training->metrics = mlops_evaluation_jsonb(&training->evaluation, training->n_duplicates);
	pfree(outputs);
	pfree(classes);
	pfree(targets);
	pfree(weights);
}
