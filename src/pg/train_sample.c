/*
 * Training: rows -> training part and test part.
 *
 * What the reader kept of each row (target, key, weight ...) is divided between
 * the parts, and whole arrays are given back; a row's slot says where its
 * features go when they are packed.
 */
#include "postgres.h"

#include "storage/shmem.h"

#include "core/hash.h"
#include "core/radix.h"
#include "core/sampling.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/train.h"

void *
mlops_train_alloc(MlopsTraining *training, size_t n, size_t size)
{
	return MemoryContextAllocHuge(training->context, mul_size(Max(n, 1), size));
}

/* Values of n chosen rows, in their order, in room of their own; NULL if source is. */
static void *
choose(MlopsTraining *training, const void *source, size_t size, const uint32 *chosen, size_t n)
{
	char *values;

	if (source == NULL)
		return NULL;
	values = mlops_train_alloc(training, n, size);
	for (size_t i = 0; i < n; i++)
		memcpy(values + i * size, (const char *) source + chosen[i] * size, size);
	return values;
}

static void
free_array(void *array)
{
	if (array != NULL)
		pfree(array);
}

void
mlops_part_choose(MlopsTraining *training, const MlopsRowPart *part, const uint32 *chosen, size_t n,
				  MlopsRowPart *result)
{
	*result =
		(MlopsRowPart){ .n = n,
						.classes = choose(training, part->classes, sizeof(uint32), chosen, n),
						.targets = choose(training, part->targets, sizeof(double), chosen, n),
						.weights = choose(training, part->weights, sizeof(double), chosen, n),
						.keys = choose(training, part->keys, sizeof(uint64), chosen, n),
						.entities = choose(training, part->entities, sizeof(uint64), chosen, n) };
}

void
mlops_part_free(MlopsRowPart *part)
{
	free_array(part->classes);
	free_array(part->targets);
	free_array(part->weights);
	free_array(part->keys);
	free_array(part->entities);
	*part = (MlopsRowPart){ .n = part->n };
}

/* All rows as one part, which the reader's arrays become. */
static MlopsRowPart
take_rows(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	MlopsRowPart all = { .n = rows->n_rows,
						 .classes = rows->classes,
						 .targets = rows->targets,
						 .weights = rows->weights,
						 .keys = rows->keys,
						 .entities = rows->entities };

	rows->classes = NULL;
	rows->targets = NULL;
	rows->weights = NULL;
	rows->keys = NULL;
	rows->entities = NULL;
	return all;
}

bool
mlops_train_encodes_target(const MlopsTraining *training)
{
	for (int i = 0; i < training->rows->n_features; i++)
	{
		if (training->preprocess[i].encode == MLOPS_ENCODE_TARGET)
			return true;
	}
	return false;
}

static bool
needs_folds(const MlopsTraining *training)
{
	return training->search != NULL || mlops_train_encodes_target(training);
}

/* A row without id_column is known by its number, where a hash chooses rows. */
static void
number_rows(MlopsTraining *training, MlopsRowPart *all)
{
	bool is_chosen =
		training->sampling != MLOPS_SAMPLING_CUSTOM && training->sampling != MLOPS_SAMPLING_NONE;

	if (all->keys != NULL || (!is_chosen && !needs_folds(training)))
		return;
	all->keys = mlops_train_alloc(training, all->n, sizeof(uint64));
	for (size_t i = 0; i < all->n; i++)
		all->keys[i] = mlops_hash_int(i, 0);
}

/* 1 = the row belongs to the test part. */
static uint8 *
choose_test(MlopsTraining *training, const MlopsRowPart *all)
{
	MlopsRows *rows = training->rows;
	uint8 *is_test = mlops_train_alloc(training, all->n, sizeof(uint8));
	MlopsSampling sampling = { .n_rows = all->n,
							   .test_size = training->args->test_size,
							   .seed = (uint64) training->params.random_state,
							   .keys = all->keys,
							   .cancel = mlops_hooks_cancel() };
	MlopsReason reason = { "" };
	MlopsStatus status = MLOPS_STATUS_OK;

	switch (training->sampling)
	{
		case MLOPS_SAMPLING_STRATIFIED:
			status = mlops_sample_stratified(&sampling, all->classes, rows->n_classes,
											 &training->allocator, is_test);
			break;
		case MLOPS_SAMPLING_RANDOM:
			status = mlops_sample_random(&sampling, &training->allocator, is_test);
			break;
		case MLOPS_SAMPLING_LAST:
			status = mlops_sample_last(&sampling, rows->times, &training->allocator, is_test);
			break;
		case MLOPS_SAMPLING_ENTITY:
			status = mlops_sample_entities(&sampling, all->entities, &training->allocator, is_test,
										   &reason);
			break;
		case MLOPS_SAMPLING_CUSTOM:
			memcpy(is_test, rows->split, all->n);
			break;
		case MLOPS_SAMPLING_NONE:
			memset(is_test, 0, all->n);
			break;
	}
	mlops_report_status(status, &reason);
	return is_test;
}

/* Test rows whose features also stand in a training row: both parts sorted, walked side by side. */
static size_t
count_duplicates(MlopsTraining *training)
{
	size_t n_rows = training->rows->n_rows;
	size_t n_train = 0, n_test = 0, n = 0;
	uint64 *train, *test, *scratch;

	if (training->test.n == 0)
		return 0;
	train = mlops_train_alloc(training, training->train.n, sizeof(uint64));
	test = mlops_train_alloc(training, training->test.n, sizeof(uint64));
	scratch = mlops_train_alloc(training, n_rows, sizeof(uint64));
	for (size_t i = 0; i < n_rows; i++)
	{
		if ((training->slots[i] & MLOPS_SLOT_TEST) != 0)
			test[n_test++] = training->rows->contents[i];
		else
			train[n_train++] = training->rows->contents[i];
	}
	mlops_radix_sort(train, scratch, n_train);
	mlops_radix_sort(test, scratch, n_test);
	for (size_t i = 0, j = 0; i < n_test; i++)
	{
		while (j < n_train && train[j] < test[i])
			j++;
		n += j < n_train && train[j] == test[i];
	}
	pfree(train);
	pfree(test);
	pfree(scratch);
	return n;
}

/* Rows of each class of a part, weighted. */
static double *
count_classes(const MlopsTraining *training, const MlopsRowPart *part)
{
	double *counts = palloc0(sizeof(double) * Max(training->rows->n_classes, 1));

	for (size_t i = 0; i < part->n; i++)
		counts[part->classes[i]] += part->weights == NULL ? 1 : part->weights[i];
	return counts;
}

/* A training part of one class cannot be learned; a class that the test part lacks is told. */
static void
check_classes(MlopsTraining *training)
{
	const MlopsRows *rows = training->rows;
	double *in_train = count_classes(training, &training->train);
	double *in_test = count_classes(training, &training->test);
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
	for (uint32 c = 0; training->test.n > 0 && c < rows->n_classes; c++)
	{
		if (in_test[c] == 0)
			ereport(NOTICE, (errmsg("the test part has no row of class \"%s\"", rows->labels[c]),
							 errdetail("Metrics that need it are NULL.")));
	}
}

/* Give each row its slot, and list the rows of both parts. */
static void
deal_slots(MlopsTraining *training, const uint8 *is_test, uint32 *train_rows, uint32 *test_rows)
{
	size_t n_rows = training->rows->n_rows;

	training->slots = mlops_train_alloc(training, n_rows, sizeof(uint32));
	for (size_t i = 0; i < n_rows; i++)
	{
		if (is_test[i] != 0)
		{
			test_rows[training->test.n] = (uint32) i;
			training->slots[i] = (uint32) training->test.n++ | MLOPS_SLOT_TEST;
		}
		else
		{
			train_rows[training->train.n] = (uint32) i;
			training->slots[i] = (uint32) training->train.n++;
		}
	}
}

/* Divide all rows between the parts; without test rows nothing moves. */
static void
divide(MlopsTraining *training, MlopsRowPart *all, const uint8 *is_test)
{
	uint32 *train_rows, *test_rows;

	if (memchr(is_test, 1, all->n) == NULL)
	{
		training->train = *all;
		return;
	}
	train_rows = mlops_train_alloc(training, all->n, sizeof(uint32));
	test_rows = mlops_train_alloc(training, all->n, sizeof(uint32));
	deal_slots(training, is_test, train_rows, test_rows);
	mlops_part_choose(training, all, train_rows, training->train.n, &training->train);
	/* folds are of the training part alone */
	mlops_part_choose(training,
					  &(MlopsRowPart){ .classes = all->classes,
									   .targets = all->targets,
									   .weights = all->weights },
					  test_rows, training->test.n, &training->test);
	mlops_part_free(all);
	pfree(train_rows);
	pfree(test_rows);
}

void
mlops_train_drop_keys(MlopsTraining *training)
{
	free_array(training->train.keys);
	free_array(training->train.entities);
	training->train.keys = NULL;
	training->train.entities = NULL;
}

/* Give back what only the choice of the parts needed. */
static void
drop_rows(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;

	free_array(rows->times);
	free_array(rows->split);
	free_array(rows->contents);
	rows->times = NULL;
	rows->split = NULL;
	rows->contents = NULL;
	if (!needs_folds(training))
		mlops_train_drop_keys(training);
}

void
mlops_train_sample(MlopsTraining *training)
{
	MlopsRowPart all = take_rows(training);
	uint8 *is_test;

	number_rows(training, &all);
	is_test = choose_test(training, &all);
	divide(training, &all, is_test);
	pfree(is_test);
	if (training->train.n == 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("no row is left to train on"),
						errdetail("All " UINT64_FORMAT " rows belong to the test part.",
								  (uint64) training->test.n)));
	if (training->test.n == 0 && training->sampling != MLOPS_SAMPLING_NONE)
		ereport(NOTICE, (errmsg("the test part is empty, so nothing is measured"),
						 errhint("Give more rows, a greater test_size or another test_sampling.")));
	if (training->task == MLOPS_TASK_CLASSIFICATION)
		check_classes(training);
	training->n_duplicates = count_duplicates(training);
	drop_rows(training);
}

uint8 *
mlops_train_deal_folds(MlopsTraining *training, int n_folds)
{
	bool is_by_entity = training->sampling == MLOPS_SAMPLING_ENTITY;
	const MlopsRowPart *train = &training->train;
	uint8 *folds = mlops_train_alloc(training, train->n, sizeof(uint8));
	MlopsSampling sampling = { .n_rows = train->n,
							   .seed = (uint64) training->params.random_state,
							   .keys = train->keys,
							   .cancel = mlops_hooks_cancel() };
	MlopsReason reason = { "" };

	mlops_report_status(mlops_sample_folds(&sampling, train->classes,
										   is_by_entity ? train->entities : NULL, (uint32) n_folds,
										   &training->allocator, folds, &reason),
						&reason);
	return folds;
}

void
mlops_train_weigh_classes(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;
	double *weights;

	training->class_weights = NULL;
	if (training->task != MLOPS_TASK_CLASSIFICATION)
		return;
	weights = mlops_train_alloc(training, rows->n_classes, sizeof(double));
	if (mlops_hyperparams_class_weights(&training->params, (const char *const *) rows->labels,
										count_classes(training, &training->train), rows->n_classes,
										weights))
		training->class_weights = weights;
}
