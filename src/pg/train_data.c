/*
 * Training: rows -> test part -> columns -> packed rows.
 *
 * Cut points and dictionaries come from the training rows alone, so nothing of
 * the test part leaks into the model.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/binning.h"
#include "core/hash.h"
#include "core/sampling.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/train.h"

/* Numbers that cut points are made from, at most: more add time, not quality. */
#define SAMPLE_ROWS 200000

#define PACK_ROWS 65536

void *
mlops_train_alloc(MlopsTraining *training, size_t n, size_t size)
{
	return MemoryContextAllocHuge(training->context, mul_size(Max(n, 1), size));
}

void *
mlops_train_choose(MlopsTraining *training, const void *source, size_t size, const uint32 *chosen,
				   size_t n)
{
	char *values;

	if (source == NULL)
		return NULL;
	values = mlops_train_alloc(training, n, size);
	for (size_t i = 0; i < n; i++)
		memcpy(values + i * size, (const char *) source + chosen[i] * size, size);
	return values;
}

void
mlops_train_free(void *array)
{
	if (array != NULL)
		pfree(array);
}

const uint64 *
mlops_train_row_keys(MlopsTraining *training)
{
	uint64 *keys = training->rows->keys;

	if (keys != NULL)
		return keys;
	keys = mlops_train_alloc(training, training->rows->n_rows, sizeof(uint64));
	for (size_t i = 0; i < training->rows->n_rows; i++)
		keys[i] = mlops_hash_int(i, 0);
	return keys;
}

/* 1 = the row belongs to the test part. */
static uint8 *
choose_test(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	uint8 *is_test = mlops_train_alloc(training, rows->n_rows, sizeof(uint8));
	MlopsSampling sampling = { .n_rows = rows->n_rows,
							   .test_size = training->args->test_size,
							   .seed = (uint64) training->params.random_state,
							   .keys = mlops_train_row_keys(training) };
	MlopsReason reason = { "" };
	MlopsStatus status = MLOPS_STATUS_OK;

	switch (training->sampling)
	{
		case MLOPS_SAMPLING_STRATIFIED:
			status = mlops_sample_stratified(&sampling, rows->classes, rows->n_classes,
											 &training->allocator, is_test);
			break;
		case MLOPS_SAMPLING_RANDOM:
			status = mlops_sample_random(&sampling, &training->allocator, is_test);
			break;
		case MLOPS_SAMPLING_LAST:
			status = mlops_sample_last(&sampling, rows->times, &training->allocator, is_test);
			break;
		case MLOPS_SAMPLING_ENTITY:
			status = mlops_sample_entities(&sampling, rows->entities, &training->allocator, is_test,
										   &reason);
			break;
		case MLOPS_SAMPLING_CUSTOM:
			memcpy(is_test, rows->split, rows->n_rows);
			break;
		case MLOPS_SAMPLING_NONE:
			memset(is_test, 0, rows->n_rows);
			break;
	}
	mlops_report_status(status, &reason);
	return is_test;
}

static int
compare_uint64(const void *a, const void *b)
{
	uint64 x = *(const uint64 *) a;
	uint64 y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

/* Test rows whose features also stand in a training row. */
static size_t
count_duplicates(MlopsTraining *training)
{
	uint64 *vectors;
	size_t n = 0;

	if (training->n_test == 0)
		return 0;
	vectors = mlops_train_alloc(training, training->n_train, sizeof(uint64));
	for (size_t i = 0; i < training->n_train; i++)
		vectors[i] = training->rows->contents[training->train_rows[i]];
	qsort(vectors, training->n_train, sizeof(uint64), compare_uint64);
	for (size_t i = 0; i < training->n_test; i++)
		n += bsearch(&training->rows->contents[training->test_rows[i]], vectors, training->n_train,
					 sizeof(uint64), compare_uint64) != NULL;
	pfree(vectors);
	return n;
}

/* Rows of each class among chosen rows, weighted. */
static double *
count_classes(MlopsTraining *training, const uint32 *chosen, size_t n)
{
	const MlopsRows *rows = training->rows;
	double *counts = palloc0(sizeof(double) * Max(rows->n_classes, 1));

	for (size_t i = 0; i < n; i++)
		counts[rows->classes[chosen[i]]] += rows->weights == NULL ? 1 : rows->weights[chosen[i]];
	return counts;
}

/* A training part of one class cannot be learned; a class that the test part lacks is told. */
static void
check_classes(MlopsTraining *training)
{
	const MlopsRows *rows = training->rows;
	double *in_train = count_classes(training, training->train_rows, training->n_train);
	double *in_test = count_classes(training, training->test_rows, training->n_test);
	uint32 n_present = 0;
	const char *label = "";

	for (uint32 c = 0; c < rows->n_classes; c++)
	{
		n_present += in_train[c] > 0;
		if (in_train[c] > 0)
			label = rows->labels[c];
	}
	if (n_present < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("all training rows have the class \"%s\"", label),
				 errhint("Two classes are needed; choose another test_sampling or more rows.")));
	for (uint32 c = 0; training->n_test > 0 && c < rows->n_classes; c++)
	{
		if (in_test[c] == 0)
			ereport(NOTICE, (errmsg("the test part has no row of class \"%s\"", rows->labels[c]),
							 errdetail("Metrics that need it are NULL.")));
	}
}

void
mlops_train_sample(MlopsTraining *training)
{
	size_t n_rows = training->rows->n_rows;
	uint8 *is_test = choose_test(training);

	training->train_rows = mlops_train_alloc(training, n_rows, sizeof(uint32));
	training->test_rows = mlops_train_alloc(training, n_rows, sizeof(uint32));
	for (size_t i = 0; i < n_rows; i++)
	{
		if (is_test[i] != 0)
			training->test_rows[training->n_test++] = (uint32) i;
		else
			training->train_rows[training->n_train++] = (uint32) i;
	}
	pfree(is_test);
	if (training->n_train == 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("no row is left to train on"),
						errdetail("All " UINT64_FORMAT " rows belong to the test part.",
								  (uint64) n_rows)));
	if (training->n_test == 0 && training->sampling != MLOPS_SAMPLING_NONE)
		ereport(NOTICE, (errmsg("the test part is empty, so nothing is measured"),
						 errhint("Give more rows, a greater test_size or another test_sampling.")));
	if (training->task == MLOPS_TASK_CLASSIFICATION)
		check_classes(training);
	training->n_duplicates = count_duplicates(training);
}

/* Cut points of a numeric column, from all training values or a sample that the seed picks. */
static void
cut_numbers(MlopsTraining *training, const MlopsReadColumn *read, MlopsColumn *column)
{
	size_t n = training->n_train;
	double *values = mlops_train_alloc(training, Min(n, SAMPLE_ROWS), sizeof(double));
	uint64 seed = (uint64) training->params.random_state;
	size_t n_values = 0;
	double *edges;
	uint32 n_edges;

	for (size_t i = 0; i < n && n_values < SAMPLE_ROWS; i++)
	{
		/* selection sampling: each of the rest has the chance that fills the sample */
		uint64 draw = mlops_hash_int(i, seed) >> 32;

		if (n <= SAMPLE_ROWS || draw * (n - i) < ((uint64) (SAMPLE_ROWS - n_values) << 32))
			values[n_values++] = read->numbers[training->train_rows[i]];
	}
	mlops_report_status(mlops_binning_edges(values, n_values, training->params.max_bins,
											&training->allocator, &edges, &n_edges),
						NULL);
	column->edges = edges;
	column->n_codes = n_edges + 1;
	pfree(values);
}

/* Dictionary of a categorical column. */
static void
number_levels(MlopsTraining *training, const MlopsReadColumn *read, MlopsColumn *column)
{
	size_t n_levels = read->levels.n_levels;
	uint64 *counts = mlops_train_alloc(training, n_levels, sizeof(uint64));
	MlopsLevelCodes found;
	MlopsBytes *levels;
	MlopsReason reason = { "" };

	memset(counts, 0, sizeof(uint64) * n_levels);
	for (size_t i = 0; i < training->n_train; i++)
	{
		uint32 level = read->level_ids[training->train_rows[i]];

		if (level != MLOPS_LEVEL_NONE)
			counts[level]++;
	}
	if (n_levels > MLOPS_MAX_LEVELS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("feature \"%s\" has %zu levels, more than %d", read->name, n_levels,
							   MLOPS_MAX_LEVELS),
						errhint("Is it an id? List it in exclude.")));
	mlops_report_status(mlops_binning_levels(read->levels.levels, counts, n_levels,
											 &training->allocator, &found, &reason),
						&reason);
	levels = mlops_train_alloc(training, found.n_seen, sizeof(MlopsBytes));
	for (uint32 i = 0; i < found.n_seen; i++)
		levels[i] = read->levels.levels[found.sorted[i]];
	column->levels = levels;
	column->n_levels = found.n_seen;
	column->level_codes = found.codes;
	column->n_codes = found.n_codes;
	column->has_rest = found.has_rest;
	pfree(found.sorted);
	pfree(counts);
}

static void
make_columns(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;

	training->columns =
		MemoryContextAllocZero(training->context, sizeof(MlopsColumn) * rows->n_features);
	for (int i = 0; i < rows->n_features; i++)
	{
		MlopsColumn *column = &training->columns[i];

		CHECK_FOR_INTERRUPTS();
		column->name =
			(MlopsBytes){ rows->features[i].name, (uint32) strlen(rows->features[i].name) };
		column->kind = rows->features[i].type.kind;
		if (column->kind == MLOPS_COLUMN_NUMERIC)
			cut_numbers(training, &rows->features[i], column);
		else
			number_levels(training, &rows->features[i], column);
	}
}

/* Codes of all features into the packed rows. */
static void
pack_codes(MlopsTraining *training)
{
	uint16 *codes = mlops_train_alloc(training, PACK_ROWS, sizeof(uint16));

	for (int c = 0; c < training->rows->n_features; c++)
	{
		for (size_t first = 0; first < training->n_train; first += PACK_ROWS)
		{
			size_t n = Min(training->n_train - first, PACK_ROWS);

			CHECK_FOR_INTERRUPTS();
			mlops_code_column(&training->columns[c], &training->rows->features[c],
							  training->train_rows + first, n, codes, 1);
			mlops_dataset_set_codes(training->dataset, (uint32) c, first, n, codes);
		}
	}
	pfree(codes);
}

static void
pack_targets(MlopsTraining *training)
{
	size_t n = training->n_train;
	MlopsReason reason = { "" };

	if (training->task == MLOPS_TASK_CLASSIFICATION)
	{
		uint32 *classes = mlops_train_choose(training, training->rows->classes, sizeof(uint32),
											 training->train_rows, n);

		mlops_dataset_set_classes(training->dataset, classes);
		pfree(classes);
	}
	else
	{
		double *targets = mlops_train_choose(training, training->rows->targets, sizeof(double),
											 training->train_rows, n);
		int64 *scaled = mlops_train_alloc(training, n, sizeof(int64));

		mlops_report_status(mlops_target_scale(targets, n, &training->scale, scaled, &reason),
							&reason);
		mlops_dataset_set_targets(training->dataset, scaled);
		pfree(targets);
		pfree(scaled);
	}
}

static void
pack_weights(MlopsTraining *training)
{
	size_t n = training->n_train;
	double *weights;
	uint32 *scaled;
	MlopsReason reason = { "" };

	if (training->rows->weights == NULL)
		return;
	weights = mlops_train_choose(training, training->rows->weights, sizeof(double),
								 training->train_rows, n);
	scaled = mlops_train_alloc(training, n, sizeof(uint32));
	mlops_report_status(mlops_weight_scale(weights, n, scaled, &reason), &reason);
	mlops_dataset_set_weights(training->dataset, scaled);
	pfree(weights);
	pfree(scaled);
}

void
mlops_train_weigh_classes(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	double *counts;
	double *weights;

	training->class_weights = NULL;
	if (training->task != MLOPS_TASK_CLASSIFICATION)
		return;
	counts = count_classes(training, training->train_rows, training->n_train);
	weights = mlops_train_alloc(training, rows->n_classes, sizeof(double));
	if (mlops_hyperparams_class_weights(&training->params, (const char *const *) rows->labels,
										counts, rows->n_classes, weights))
		training->class_weights = weights;
}

void
mlops_train_prepare(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	bool is_weighted = rows->weights != NULL;
	size_t n_bytes;

	make_columns(training);
	training->scale = (MlopsTargetScale){ 0, 1 };
	mlops_train_weigh_classes(training);
	n_bytes = mlops_dataset_bytes(training->columns, (uint32) rows->n_features, training->n_train,
								  rows->n_classes, is_weighted);
	training->dataset = mlops_dataset_init(mlops_train_alloc_dataset(training, n_bytes),
										   training->columns, (uint32) rows->n_features,
										   training->n_train, rows->n_classes, is_weighted);
	pack_codes(training);
	pack_targets(training);
	pack_weights(training);
}
