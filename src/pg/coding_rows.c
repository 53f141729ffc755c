/*
 * From rows that are read to the codes of a model, block by block.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "storage/shmem.h"

#include "core/predict_block.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* Look up the codes of levels that were not met before. */
static void
learn_levels(MlopsCoder *coder, const MlopsLevelSet *levels)
{
	if (levels->n_levels > coder->levels_capacity)
	{
		size_t n = Max(2 * coder->levels_capacity, Max(levels->n_levels, 16));

		coder->level_codes = coder->level_codes == NULL ?
								 MemoryContextAlloc(coder->context, n * sizeof(uint16)) :
								 repalloc(coder->level_codes, n * sizeof(uint16));
		coder->levels_capacity = n;
	}
	for (; coder->n_levels < levels->n_levels; coder->n_levels++)
		coder->level_codes[coder->n_levels] =
			mlops_column_code_level(coder->column, levels->levels[coder->n_levels]);
}

/* Raise 22000 if a value is missing. */
static void
refuse_missing(const MlopsReadColumn *read, const void *values, size_t n)
{
	bool is_numeric = read->type.kind == MLOPS_COLUMN_NUMERIC;
	const double *numbers = values;
	const uint32 *level_ids = values;

	for (size_t i = 0; i < n; i++)
	{
		if (is_numeric ? isnan(numbers[i]) : level_ids[i] == MLOPS_LEVEL_NONE)
			mlops_report_missing(read->name);
	}
}

void
mlops_coder_code(MlopsCoder *coder, const MlopsReadColumn *read, const void *values, size_t n,
				 uint16 *codes, size_t stride)
{
	const uint32 *level_ids = values;

	if (coder->column->refuses_missing)
		refuse_missing(read, values, n);
	if (!mlops_column_has_levels(coder->column))
	{
		mlops_column_code_numbers(coder->column, values, n, codes, stride);
		return;
	}
	learn_levels(coder, &read->levels);
	for (size_t i = 0; i < n; i++)
		codes[i * stride] = level_ids[i] == MLOPS_LEVEL_NONE ? coder->column->missing_code :
															   coder->level_codes[level_ids[i]];
}

void
mlops_row_predictor_init(MlopsRowPredictor *predictor, const MlopsForest *forest,
						 const MlopsColumn *columns)
{
	memset(predictor, 0, sizeof(*predictor));
	predictor->context = CurrentMemoryContext;
	predictor->forest = forest;
	predictor->coders = palloc0(mul_size(sizeof(MlopsCoder), forest->n_columns));
	for (uint32 c = 0; c < forest->n_columns; c++)
	{
		predictor->coders[c].column = &columns[c];
		predictor->coders[c].context = CurrentMemoryContext;
	}
}

/* Make room for n more outputs, and for the lanes of as many rows. */
static void
reserve_outputs(MlopsRowPredictor *predictor, size_t n)
{
	Size n_lanes = mlops_forest_n_lanes(predictor->forest);
	Size row_bytes = sizeof(double) * predictor->forest->n_outputs;

	if (n > predictor->lanes_rows)
	{
		if (predictor->lanes != NULL)
			pfree(predictor->lanes);
		predictor->lanes =
			MemoryContextAllocHuge(predictor->context, mul_size(n, sizeof(uint16) * n_lanes));
		memset(predictor->lanes, 0, n * n_lanes * sizeof(uint16));
		predictor->lanes_rows = n;
	}
	if (predictor->n + n > predictor->capacity)
	{
		predictor->capacity = Max(predictor->n + n, 2 * predictor->capacity);
		predictor->outputs =
			predictor->outputs == NULL ?
				MemoryContextAllocHuge(predictor->context,
									   mul_size(predictor->capacity, row_bytes)) :
				repalloc_huge(predictor->outputs, mul_size(predictor->capacity, row_bytes));
	}
}

void
mlops_predict_lanes(const MlopsForest *forest, const uint16 *lanes, size_t n, double *outputs)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsReason reason = { "" };
	MlopsStatus status =
		mlops_predict_block(forest, lanes, n, &allocator, mlops_hooks_cancel(), outputs);

	if (status == MLOPS_STATUS_CANCELLED)
		mlops_hooks_rethrow();
	mlops_report_status(status, &reason);
}

void
mlops_row_predictor_take(void *state, const MlopsRows *rows)
{
	MlopsRowPredictor *predictor = state;
	const MlopsForest *forest = predictor->forest;
	uint32 n_lanes = mlops_forest_n_lanes(forest);

	CHECK_FOR_INTERRUPTS();
	reserve_outputs(predictor, Max(rows->n_block, 1));
	for (uint32 c = 0; c < forest->n_columns; c++)
	{
		const MlopsReadColumn *read = &rows->features[predictor->coders[c].column->feature];

		mlops_coder_code(&predictor->coders[c], read, mlops_read_values(read), rows->n_block,
						 predictor->lanes + c + 1, n_lanes);
	}
	mlops_predict_lanes(forest, predictor->lanes, rows->n_block,
						predictor->outputs + predictor->n * forest->n_outputs);
	predictor->n += rows->n_block;
}
