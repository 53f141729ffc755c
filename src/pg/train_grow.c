/*
 * Training: packed rows -> trees -> chunks -> decoded forest.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/dsm.h"
#include "utils/memutils.h"

#include "core/codec.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/progress.h"
#include "pg/train.h"
#include "pg/train_parallel.h"

/* From here on a forest is too large to be copied into every backend without a word. */
#define MANY_NODES 1000000

/* Sums over the trees, in their order, and over the columns of each feature. */
static void
add_importance(MlopsTraining *training, const MlopsImportance *tree)
{
	double total = 0;

	for (uint32 c = 0; c < training->n_columns; c++)
		total += tree->gain[c];
	for (uint32 c = 0; c < training->n_columns; c++)
	{
		uint32 feature = training->columns[c].feature;

		if (total > 0)
			training->importance_gain[feature] += tree->gain[c] / total;
		training->importance_cover[feature] += tree->cover[c];
		training->importance_weight[feature] += (double) tree->splits[c];
	}
}

/* Gain as a share of all gain; cover as the mean weight of a split, in rows. */
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
			training->importance_cover[i] *= training->weight_unit / training->importance_weight[i];
	}
}

/* What all trees add up to. */
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
	harvest->training->tree_totals[number] = made->totals;
	harvest->totals.n_nodes += made->totals.n_nodes;
	harvest->totals.n_values += made->totals.n_values;
}

/* Grow trees in this process; returns how many. */
static uint32
grow_alone(const MlopsTreeJob *job, Harvest *harvest)
{
	MlopsTraining *training = harvest->training;
	MlopsMadeTree made = { .importance =
							   mlops_importance_alloc(training->context, job->spec.n_columns) };
	MlopsTreeMaker maker;
	uint32 k;

	mlops_progress_workers(0);
	mlops_tree_maker_init(&maker, job, training->context);
	for (k = 0; k < job->spec.n_trees && (k == 0 || !mlops_tree_job_is_late(job)); k++)
	{
		mlops_tree_maker_make(&maker, k, &made);
		if (k == 0)
			mlops_train_check_result(job, &made);
		take_tree(harvest, k, &made);
		mlops_progress_trees(k + 1);
	}
	mlops_tree_maker_end(&maker);
	return k;
}

/* Grow trees as planned; returns how many. */
static uint32
grow_trees(MlopsTraining *training, const MlopsTreeJob *job, Harvest *harvest)
{
	uint32 n_trees = 0;

	if (training->segment != NULL)
		n_trees = mlops_train_parallel(job, dsm_segment_handle(training->segment),
									   training->context, training->n_workers, take_tree, harvest);
	return n_trees > 0 ? n_trees : grow_alone(job, harvest);
}

void
mlops_train_release_dataset(MlopsTraining *training)
{
	if (training->segment != NULL)
		dsm_detach(training->segment);
	else
		pfree(training->dataset);
	training->segment = NULL;
	training->dataset = NULL;
	if (training->test_dataset != NULL)
		pfree(training->test_dataset);
	training->test_dataset = NULL;
}

static void
note_truncation(const MlopsTraining *training)
{
	if (training->spec.n_trees == training->params.n_estimators)
		return;
	ereport(NOTICE, (errmsg("max_time was reached: the forest has %u of %u trees",
							training->spec.n_trees, training->params.n_estimators),
					 errhint("Give more max_time, or limit max_depth.")));
}

/* A very large forest costs every session that predicts with it. */
static void
note_size(const MlopsTraining *training)
{
	if (training->n_nodes < MANY_NODES)
		return;
	ereport(NOTICE, (errmsg("the forest has " UINT64_FORMAT " nodes and takes " UINT64_FORMAT
							" MB of mlops.model_cache_size",
							training->n_nodes, training->n_nodes * 8 / 1024 / 1024),
					 errhint("Set max_depth or raise min_samples_leaf for a smaller model.")));
}

void
mlops_train_note_forest(const MlopsTraining *training)
{
	note_truncation(training);
	note_size(training);
}

void
mlops_train_grow(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	Harvest harvest = { .training = training };
	MlopsBuffer header = { .allocator = &training->allocator };
	MlopsTreeJob job = { .dataset = training->dataset, .deadline = training->deadline };

	mlops_hyperparams_resolve(&training->params, training->train.n, training->n_columns,
							  &training->grow_params);
	training->grow_params.class_weights = training->class_weights;
	job.params = training->grow_params;
	training->spec = (MlopsForestSpec){ .task = training->task,
										.n_classes = rows->n_classes,
										.n_columns = training->n_columns,
										.n_trees = training->params.n_estimators,
										.columns = training->columns,
										.class_weights = training->class_weights,
										.target_centre = training->scale.centre,
										.target_step = training->scale.step };
	job.spec = training->spec;
	mlops_progress_plan(training->params.n_estimators,
						mlops_train_check_memory(training, training->dataset, &job.params));
	training->chunks = palloc0(sizeof(MlopsChunk) * (training->params.n_estimators + 1));
	training->tree_totals = palloc0(sizeof(MlopsForestTotals) * training->params.n_estimators);
	training->importance_gain = palloc0(sizeof(double) * rows->n_features);
	training->importance_cover = palloc0(sizeof(double) * rows->n_features);
	training->importance_weight = palloc0(sizeof(double) * rows->n_features);
	training->spec.n_trees = grow_trees(training, &job, &harvest);
	mlops_codec_encode_header(&training->spec, &harvest.totals, &header);
	if (header.is_failed)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	set_chunk(training, 0, &header);
	training->n_nodes = harvest.totals.n_nodes;
	finish_importance(training);
}
