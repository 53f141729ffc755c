/*
 * Training: spool -> columns -> packed rows.
 *
 * 1. gather: values of a sample of the training rows, counts of their levels;
 *    as many columns in a pass over the spool as fit into GATHER_BYTES.
 * 2. columns: cut points and dictionaries.  They come from the training rows
 *    alone, so nothing of the test part leaks into the model.
 * 3. pack: each block of the spool is coded column by column into a small
 *    dataset, whose rows then go to their places in those of the two parts.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/shmem.h"

#include "core/binning.h"
#include "core/hash.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/train.h"

/* Numbers that cut points are made from, at most: more add time, not quality. */
#define SAMPLE_ROWS 200000

/* Of sampled values, at most, unless those of one column need more; a pass reads its columns alone. */
#define GATHER_BYTES ((Size) 8 * 1024 * 1024)

/* What is gathered of one column: values or counts. */
typedef struct Gathered
{
	double *values; /* numeric: [n_values] of the sample, else NULL */
	size_t n_values;
	uint64 *counts; /* categorical: [n_levels] training rows of each level, else NULL */
} Gathered;

/* A pass over the spool. */
typedef struct Pass
{
	MlopsTraining *training;
	bits8 *sampled;	  /* [n_train] bits, NULL = all training rows are in the sample */
	size_t n_sampled; /* rows of the sample */
	size_t n_read;	  /* rows of the blocks before */
	/* of the block at hand; rows in it and slots without the flag */
	uint32 *chosen; /* training rows */
	uint32 *places;
	uint32 *sample; /* of these, those in the sample */
	uint32 *test;	/* test rows */
	uint32 *test_places;
	size_t n_chosen;
	size_t n_sample;
	size_t n_test;
} Pass;

/*
 * Choose the sample: selection sampling, where each row of the rest has the
 * chance that fills the sample.
 */
static void
choose_sample(Pass *pass)
{
	size_t n = pass->training->train.n;
	uint64 seed = (uint64) pass->training->params.random_state;

	pass->n_sampled = Min(n, SAMPLE_ROWS);
	if (n <= SAMPLE_ROWS)
		return;
	pass->sampled = mlops_train_alloc(pass->training, n / 8 + 1, sizeof(bits8));
	memset(pass->sampled, 0, n / 8 + 1);
	for (size_t i = 0, n_values = 0; n_values < SAMPLE_ROWS; i++)
	{
		uint64 draw = mlops_hash_int(i, seed) >> 32;

		if (draw * (n - i) < ((uint64) (SAMPLE_ROWS - n_values) << 32))
		{
			pass->sampled[i / 8] |= (bits8) (1 << (i % 8));
			n_values++;
		}
	}
}

static void
pass_init(Pass *pass, MlopsTraining *training)
{
	size_t n =
		mlops_spool_n_blocks(training->spool) == 0 ? 0 : mlops_spool_block_rows(training->spool, 0);

	memset(pass, 0, sizeof(*pass));
	pass->training = training;
	choose_sample(pass);
	pass->chosen = mlops_train_alloc(training, n, sizeof(uint32));
	pass->places = mlops_train_alloc(training, n, sizeof(uint32));
	pass->sample = mlops_train_alloc(training, n, sizeof(uint32));
	pass->test = mlops_train_alloc(training, n, sizeof(uint32));
	pass->test_places = mlops_train_alloc(training, n, sizeof(uint32));
}

static void
pass_free(Pass *pass)
{
	if (pass->sampled != NULL)
		pfree(pass->sampled);
	pfree(pass->chosen);
	pfree(pass->places);
	pfree(pass->sample);
	pfree(pass->test);
	pfree(pass->test_places);
}

/* Tell the rows of the next block apart. */
static void
pass_enter(Pass *pass, size_t block)
{
	const MlopsTraining *training = pass->training;
	size_t n = mlops_spool_block_rows(training->spool, block);

	CHECK_FOR_INTERRUPTS();
	if (block == 0)
		pass->n_read = 0;
	pass->n_chosen = pass->n_sample = pass->n_test = 0;
	for (uint32 i = 0; i < n; i++)
	{
		uint32 slot = mlops_train_slot(training, pass->n_read + i);

		if ((slot & MLOPS_SLOT_TEST) != 0)
		{
			pass->test[pass->n_test] = i;
			pass->test_places[pass->n_test++] = slot & ~MLOPS_SLOT_TEST;
			continue;
		}
		pass->chosen[pass->n_chosen] = i;
		pass->places[pass->n_chosen++] = slot;
		if (pass->sampled == NULL || (pass->sampled[slot / 8] >> (slot % 8) & 1) != 0)
			pass->sample[pass->n_sample++] = i;
	}
	pass->n_read += n;
}

/* Gather from a block of one column. */
static void
gather_block(const Pass *pass, const void *values, Gathered *gathered)
{
	const double *numbers = values;
	const uint32 *level_ids = values;

	if (gathered->values != NULL)
	{
		for (size_t i = 0; i < pass->n_sample; i++)
			gathered->values[gathered->n_values++] = numbers[pass->sample[i]];
		return;
	}
	for (size_t i = 0; gathered->counts != NULL && i < pass->n_chosen; i++)
	{
		uint32 level = level_ids[pass->chosen[i]];

		if (level != MLOPS_LEVEL_NONE)
			gathered->counts[level]++;
	}
}

/* Gather n columns from first on in one pass. */
static void
gather_columns(Pass *pass, int first, int n, Gathered *gathered)
{
	MlopsTraining *training = pass->training;

	for (int c = 0; c < n; c++)
	{
		const MlopsReadColumn *read = &training->rows->features[first + c];
		size_t n_levels = read->levels.n_levels;

		gathered[c] = (Gathered){ 0 };
		if (read->type.kind == MLOPS_COLUMN_NUMERIC)
			gathered[c].values = mlops_train_alloc(training, pass->n_sampled, sizeof(double));
		else
		{
			gathered[c].counts = mlops_train_alloc(training, n_levels, sizeof(uint64));
			memset(gathered[c].counts, 0, sizeof(uint64) * n_levels);
		}
	}
	for (size_t block = 0; block < mlops_spool_n_blocks(training->spool); block++)
	{
		pass_enter(pass, block);
		for (int c = 0; c < n; c++)
			gather_block(pass, mlops_spool_read(training->spool, block, first + c), &gathered[c]);
	}
}

/* Cut points of a numeric column. */
static void
cut_numbers(MlopsTraining *training, Gathered *gathered, MlopsColumn *column)
{
	double *edges;
	uint32_t n_edges;

	mlops_report_status(mlops_binning_edges(gathered->values, gathered->n_values,
											training->params.max_bins, &training->allocator, &edges,
											&n_edges),
						NULL);
	column->edges = edges;
	column->n_codes = n_edges + 1;
	pfree(gathered->values);
}

/* Dictionary of a categorical column. */
static void
number_levels(MlopsTraining *training, const MlopsReadColumn *read, Gathered *gathered,
			  MlopsColumn *column)
{
	MlopsLevelCodes found;
	MlopsBytes *levels;
	MlopsReason reason = { "" };

	mlops_report_status(mlops_binning_levels(read->levels.levels, gathered->counts,
											 read->levels.n_levels, &training->allocator, &found,
											 &reason),
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
	pfree(gathered->counts);
}

static void
make_column(MlopsTraining *training, int number, Gathered *gathered)
{
	MlopsReadColumn *read = &training->rows->features[number];
	MlopsColumn *column = &training->columns[number];

	CHECK_FOR_INTERRUPTS();
	*column = mlops_column_make((MlopsBytes){ read->name, (uint32) strlen(read->name) },
								read->type.kind, (uint32) number);
	if (column->kind == MLOPS_COLUMN_NUMERIC)
		cut_numbers(training, gathered, column);
	else
		number_levels(training, read, gathered, column);
}

static void
make_columns(Pass *pass)
{
	MlopsTraining *training = pass->training;
	int n_features = training->rows->n_features;
	int at_once = (int) Min(Max(GATHER_BYTES / sizeof(double) / Max(pass->n_sampled, 1), 1),
							(size_t) n_features);
	Gathered *gathered = palloc(sizeof(Gathered) * at_once);

	training->n_columns = (uint32) n_features;
	training->columns =
		MemoryContextAllocZero(training->context, sizeof(MlopsColumn) * training->n_columns);
	for (int first = 0; first < n_features; first += at_once)
	{
		int n = Min(at_once, n_features - first);

		gather_columns(pass, first, n, gathered);
		for (int c = 0; c < n; c++)
			make_column(training, first + c, &gathered[c]);
	}
	pfree(gathered);
}

/* A dataset of the training's columns in a block of its own. */
static MlopsDataset *
make_dataset(MlopsTraining *training, size_t n_rows)
{
	uint32 n_columns = training->n_columns;
	uint32 n_classes = training->rows->n_classes;
	bool is_weighted = training->train.weights != NULL;
	size_t n_bytes =
		mlops_dataset_bytes(training->columns, n_columns, n_rows, n_classes, is_weighted);

	return mlops_dataset_init(mlops_train_alloc(training, 1, n_bytes), training->columns, n_columns,
							  n_rows, n_classes, is_weighted);
}

/* Codes of all features into the packed rows of both parts. */
static void
pack_codes(Pass *pass, MlopsDataset *block_rows)
{
	MlopsTraining *training = pass->training;
	const MlopsColumn *columns = training->columns;
	uint16 *codes = mlops_train_alloc(training, block_rows->n_rows, sizeof(uint16));
	MlopsCoder *coders = palloc0(sizeof(MlopsCoder) * training->n_columns);
	const void *values = NULL;

	for (uint32 c = 0; c < training->n_columns; c++)
		coders[c] = (MlopsCoder){ .column = &columns[c], .context = CurrentMemoryContext };
	for (size_t block = 0; block < mlops_spool_n_blocks(training->spool); block++)
	{
		size_t n = mlops_spool_block_rows(training->spool, block);

		pass_enter(pass, block);
		mlops_dataset_clear(block_rows);
		for (uint32 c = 0; c < training->n_columns; c++)
		{
			int feature = (int) columns[c].feature;

			/* the columns of a feature stand side by side: its values are read once */
			if (c == 0 || columns[c - 1].feature != columns[c].feature)
				values = mlops_spool_read(training->spool, block, feature);
			mlops_coder_code(&coders[c], &training->rows->features[feature], values, n, codes, 1);
			mlops_dataset_set_codes(block_rows, c, 0, n, codes);
		}
		mlops_dataset_place(training->dataset, pass->places, block_rows, pass->chosen,
							pass->n_chosen);
		if (training->test_dataset != NULL)
			mlops_dataset_place(training->test_dataset, pass->test_places, block_rows, pass->test,
								pass->n_test);
	}
	pfree(coders);
	pfree(codes);
}

static void
pack_targets(MlopsTraining *training)
{
	size_t n = training->train.n;
	MlopsReason reason = { "" };
	int64 *scaled;

	training->scale = (MlopsTargetScale){ 0, 1 };
	if (training->task == MLOPS_TASK_CLASSIFICATION)
	{
		mlops_dataset_set_classes(training->dataset, training->train.classes);
		return;
	}
	scaled = mlops_train_alloc(training, n, sizeof(int64));
	mlops_report_status(
		mlops_target_scale(training->train.targets, n, &training->scale, scaled, &reason), &reason);
	mlops_dataset_set_targets(training->dataset, scaled);
	pfree(scaled);
}

static void
pack_weights(MlopsTraining *training)
{
	size_t n = training->train.n;
	uint32 *scaled;
	MlopsReason reason = { "" };

	if (training->train.weights == NULL)
		return;
	scaled = mlops_train_alloc(training, n, sizeof(uint32));
	mlops_report_status(mlops_weight_scale(training->train.weights, n, scaled, &reason), &reason);
	mlops_dataset_set_weights(training->dataset, scaled);
	pfree(scaled);
}

/* Refuse a training that would not fit, and make room for its rows. */
static void
make_datasets(MlopsTraining *training, const MlopsDataset *layout)
{
	MlopsGrowParams params;

	if (training->search == NULL)
	{
		mlops_hyperparams_resolve(&training->params, training->train.n, training->n_columns,
								  &params);
		(void) mlops_train_check_memory(training, layout, &params);
	}
	training->dataset = mlops_dataset_subset_init(
		mlops_train_alloc_dataset(training, mlops_dataset_subset_bytes(layout, training->train.n)),
		layout, training->train.n);
	if (training->test.n > 0)
		training->test_dataset = mlops_dataset_subset_init(
			mlops_train_alloc(training, 1, mlops_dataset_subset_bytes(layout, training->test.n)),
			layout, training->test.n);
}

/* Give back what only packing needed. */
static void
drop_values(MlopsTraining *training)
{
	MlopsRows *rows = training->rows;

	mlops_spool_free(training->spool);
	if (training->slots != NULL)
		pfree(training->slots);
	if (rows->places != NULL)
		pfree(rows->places);
	training->spool = NULL;
	training->slots = NULL;
	rows->places = NULL;
	if (training->search == NULL && !training->params.oob_score)
		mlops_part_free(&training->train);
}

void
mlops_train_prepare(MlopsTraining *training)
{
	MlopsDataset *block_rows;
	Pass pass;

	pass_init(&pass, training);
	make_columns(&pass);
	mlops_train_weigh_classes(training);
	block_rows = make_dataset(training, mlops_spool_block_rows(training->spool, 0));
	make_datasets(training, block_rows);
	pack_codes(&pass, block_rows);
	pack_targets(training);
	pack_weights(training);
	pfree(block_rows);
	pass_free(&pass);
	drop_values(training);
}
