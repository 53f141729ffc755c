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

#include <math.h>

#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/float.h"

#include "core/binning.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/train_columns.h"

/* Of sampled values, at most, unless those of one column need more; a pass reads its columns alone. */
#define GATHER_BYTES ((Size) 8 * 1024 * 1024)

/* Gather from a block of one feature. */
static void
gather_block(const MlopsPass *pass, int feature, const void *values, MlopsGathered *gathered)
{
	const double *numbers = values;
	const uint32 *level_ids = values;

	mlops_preprocess_gather(pass, feature, values, gathered);
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

/* Gather n features from first on in one pass. */
static void
gather_columns(MlopsPass *pass, int first, int n, MlopsGathered *gathered)
{
	MlopsTraining *training = pass->training;

	for (int c = 0; c < n; c++)
	{
		const MlopsReadColumn *read = &training->rows->features[first + c];
		size_t n_levels = read->levels.n_levels;

		gathered[c] =
			(MlopsGathered){ .min = get_float8_infinity(), .max = -get_float8_infinity() };
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
		mlops_pass_enter(pass, block);
		for (int c = 0; c < n; c++)
			gather_block(pass, first + c, mlops_spool_read(training->spool, block, first + c),
						 &gathered[c]);
	}
}

/* Cut points of a numeric column. */
static void
cut_numbers(MlopsTraining *training, MlopsGathered *gathered, MlopsColumn *column)
{
	size_t n_present = 0;
	double *edges;
	uint32_t n_edges;

	for (size_t i = 0; i < gathered->n_values; i++)
		n_present += !isnan(gathered->values[i]);
	mlops_report_status(mlops_binning_edges(gathered->values, gathered->n_values,
											training->params.max_bins, &training->allocator, &edges,
											&n_edges),
						NULL);
	gathered->n_values = n_present;
	column->edges = edges;
	column->n_codes = n_edges + 1;
}

/* Dictionary of a categorical column. */
static void
number_levels(MlopsTraining *training, const MlopsReadColumn *read, MlopsGathered *gathered,
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
	gathered->sorted = found.sorted;
}

/* Make the columns of a feature; what was gathered is given back. */
static void
make_columns_of(MlopsPass *pass, int feature, MlopsGathered *gathered)
{
	MlopsTraining *training = pass->training;
	MlopsReadColumn *read = &training->rows->features[feature];
	MlopsColumn column = mlops_column_make((MlopsBytes){ read->name, (uint32) strlen(read->name) },
										   read->type.kind, (uint32) feature);

	CHECK_FOR_INTERRUPTS();
	if (column.kind == MLOPS_COLUMN_NUMERIC)
		cut_numbers(training, gathered, &column);
	else
		number_levels(training, read, gathered, &column);
	mlops_preprocess_add_columns(pass, &column, gathered);
	if (gathered->values != NULL)
		pfree(gathered->values);
	if (gathered->counts != NULL)
		pfree(gathered->counts);
	if (gathered->sorted != NULL)
		pfree(gathered->sorted);
}

/* Bytes of a column in the header of the forest, about. */
static double
header_bytes(const MlopsColumn *column)
{
	double n_bytes = column->name.n_bytes;

	if (!mlops_column_has_levels(column))
		return n_bytes + (double) sizeof(double) * column->n_codes;
	for (uint32 i = 0; i < column->n_levels; i++)
		n_bytes += column->levels[i].n_bytes + sizeof(uint32) + sizeof(uint16);
	return n_bytes;
}

/* Refuse columns that could not be stored, which would show when all trees are grown. */
static void
check_header(const MlopsTraining *training)
{
	double n_bytes = 0;

	for (uint32 c = 0; c < training->n_columns; c++)
		n_bytes += header_bytes(&training->columns[c]);
	if (n_bytes > (double) MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the columns take %.0f MB, more than a field can hold", n_bytes / 1048576),
				 errdetail("Their cut points and the texts of their levels are stored in one."),
				 errhint("Lower max_bins, or encode fewer features by \"target\".")));
}

static void
make_columns(MlopsPass *pass)
{
	MlopsTraining *training = pass->training;
	int n_features = training->rows->n_features;
	int at_once = (int) Min(Max(GATHER_BYTES / sizeof(double) / Max(pass->n_sampled, 1), 1),
							(size_t) n_features);
	MlopsGathered *gathered = palloc(sizeof(MlopsGathered) * at_once);

	training->columns_capacity = (uint32) n_features;
	training->columns =
		mlops_train_alloc(training, training->columns_capacity, sizeof(MlopsColumn));
	training->fold_codes =
		mlops_train_alloc(training, training->columns_capacity, sizeof(MlopsFoldCodes *));
	for (int first = 0; first < n_features; first += at_once)
	{
		int n = Min(at_once, n_features - first);

		gather_columns(pass, first, n, gathered);
		for (int c = 0; c < n; c++)
			make_columns_of(pass, first + c, &gathered[c]);
	}
	pfree(gathered);
	check_header(training);
	/* of the folds only a search needs more */
	if (training->search == NULL)
		mlops_train_drop_keys(training);
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
pack_codes(MlopsPass *pass, MlopsDataset *block_rows)
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

		mlops_pass_enter(pass, block);
		mlops_dataset_clear(block_rows);
		for (uint32 c = 0; c < training->n_columns; c++)
		{
			int feature = (int) columns[c].feature;

			/* the columns of a feature stand side by side: its values are read once */
			if (c == 0 || columns[c - 1].feature != columns[c].feature)
				values = mlops_spool_read(training->spool, block, feature);
			mlops_coder_code(&coders[c], &training->rows->features[feature], values, n, codes, 1);
			if (training->fold_codes[c] != NULL)
				mlops_preprocess_code_folds(pass, training->fold_codes[c], values, codes);
			mlops_dataset_set_codes(block_rows, c, 0, n, codes);
		}
		mlops_dataset_place(training->dataset, pass->places, block_rows, pass->chosen,
							pass->n_chosen);
		if (training->test_dataset != NULL)
			mlops_dataset_place(training->test_dataset, pass->test_places, block_rows, pass->test,
								pass->n_test);
	}
	for (uint32 c = 0; c < training->n_columns; c++)
	{
		if (coders[c].level_codes != NULL)
			pfree(coders[c].level_codes);
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
	double sum = 0;
	uint32 *scaled;
	MlopsReason reason = { "" };

	training->weight_unit = 1;
	if (training->train.weights == NULL)
		return;
	scaled = mlops_train_alloc(training, n, sizeof(uint32));
	mlops_report_status(mlops_weight_scale(training->train.weights, n, scaled, &reason), &reason);
	mlops_dataset_set_weights(training->dataset, scaled);
	for (size_t i = 0; i < n; i++)
		sum += scaled[i];
	training->weight_unit = (double) n / sum;
	pfree(scaled);
}

/* Refuse a training that would not fit, and make room for its rows. */
static void
make_datasets(MlopsTraining *training, const MlopsDataset *layout)
{
	MlopsGrowParams params;

	if (training->search != NULL)
		mlops_train_check_search(training, layout);
	else
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

	mlops_preprocess_free(training);
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
	MlopsPass pass;

	mlops_pass_init(&pass, training);
	make_columns(&pass);
	mlops_train_weigh_classes(training);
	block_rows = make_dataset(training, mlops_spool_block_rows(training->spool, 0));
	make_datasets(training, block_rows);
	pack_codes(&pass, block_rows);
	pack_targets(training);
	pack_weights(training);
	pfree(block_rows);
	mlops_pass_free(&pass);
	drop_values(training);
}
