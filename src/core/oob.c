/*
 * Out-of-bag predictions.
 *
 * Trees are taken in groups of 64: their draws are made again, as one bit of a
 * 64-bit word per row.  Then rows are unpacked block by block, once per group,
 * and each tree walks those rows of the block that it did not see.
 */
#include <string.h>

#include "core/oob.h"
#include "core/predict.h"

#define TREES_IN_GROUP 64
#define BLOCK_ROWS	   2048

/* Scratch of one call. */
typedef struct OobScratch
{
	uint8_t *counts;  /* [n_rows] draws of one tree */
	uint64_t *in_bag; /* [n_rows] bit t: tree t of the group drew the row */
	uint16_t *lanes;  /* [BLOCK_ROWS][n_lanes] of a block */
	uint16_t *chosen; /* the same, of the rows that one tree walks */
	uint32_t *places; /* [BLOCK_ROWS] where in the block they are */
	double *values;	  /* [BLOCK_ROWS][n_outputs] */
} OobScratch;

static bool
alloc_scratch(OobScratch *scratch, const MlopsDataset *dataset, const MlopsForest *forest,
			  const MlopsAllocator *allocator)
{
	size_t n_lanes = (size_t) BLOCK_ROWS * mlops_forest_n_lanes(forest);

	scratch->counts = mlops_alloc(allocator, dataset->n_rows, sizeof(uint8_t));
	scratch->in_bag = mlops_alloc(allocator, dataset->n_rows, sizeof(uint64_t));
	scratch->lanes = mlops_alloc(allocator, n_lanes, sizeof(uint16_t));
	scratch->chosen = mlops_alloc(allocator, n_lanes, sizeof(uint16_t));
	scratch->places = mlops_alloc(allocator, BLOCK_ROWS, sizeof(uint32_t));
	scratch->values =
		mlops_alloc(allocator, (size_t) BLOCK_ROWS * forest->n_outputs, sizeof(double));
	return scratch->counts != NULL && scratch->in_bag != NULL && scratch->lanes != NULL &&
		   scratch->chosen != NULL && scratch->places != NULL && scratch->values != NULL;
}

static void
free_scratch(OobScratch *scratch, const MlopsAllocator *allocator)
{
	mlops_free(allocator, scratch->counts);
	mlops_free(allocator, scratch->in_bag);
	mlops_free(allocator, scratch->lanes);
	mlops_free(allocator, scratch->chosen);
	mlops_free(allocator, scratch->places);
	mlops_free(allocator, scratch->values);
}

/* Draw the bags of n trees from first again. */
static MlopsStatus
redraw(OobScratch *scratch, const MlopsDataset *dataset, const MlopsGrowParams *params,
	   uint32_t first, uint32_t n, const MlopsCancel *cancel)
{
	memset(scratch->in_bag, 0, dataset->n_rows * sizeof(uint64_t));
	for (uint32_t t = 0; t < n; t++)
	{
		if (mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		(void) mlops_bootstrap_draw(params, dataset->n_rows, first + t, scratch->counts);
		for (size_t i = 0; i < dataset->n_rows; i++)
			scratch->in_bag[i] |= (uint64_t) (scratch->counts[i] != 0) << t;
	}
	return MLOPS_STATUS_OK;
}

/* Codes of n packed rows as lanes. */
static void
unpack(const MlopsDataset *dataset, size_t first_row, size_t n, uint32_t n_lanes, uint16_t *lanes)
{
	const uint64_t *row = mlops_dataset_rows(dataset) + first_row * dataset->n_words;

	for (size_t i = 0; i < n; i++, row += dataset->n_words, lanes += n_lanes)
	{
		lanes[0] = 0;
		for (uint32_t c = 0; c < dataset->n_columns; c++)
		{
			const MlopsField *field = &mlops_dataset_fields(dataset)[c];
			uint16_t code = (uint16_t) (row[field->word] >> field->shift & field->mask);

			lanes[c + 1] = code == field->mask ? MLOPS_CODE_MISSING : code;
		}
	}
}

/* Add tree number first_tree + t to the block's rows that it did not draw. */
static void
add_tree(OobScratch *scratch, const MlopsForest *forest, uint32_t first_tree, uint32_t t,
		 size_t first_row, size_t n, double *outputs, uint32_t *n_trees)
{
	const uint64_t *in_bag = scratch->in_bag + first_row;
	uint32_t n_lanes = mlops_forest_n_lanes(forest);
	uint32_t n_outputs = forest->n_outputs;
	size_t n_chosen = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		scratch->places[n_chosen] = i;
		n_chosen += (in_bag[i] >> t & 1) == 0;
	}
	for (size_t i = 0; i < n_chosen; i++)
		memcpy(scratch->chosen + i * n_lanes,
			   scratch->lanes + (size_t) scratch->places[i] * n_lanes, n_lanes * sizeof(uint16_t));
	memset(scratch->values, 0, n_chosen * n_outputs * sizeof(double));
	mlops_predict_add_tree(forest, first_tree + t, scratch->chosen, n_chosen, scratch->values);
	for (size_t i = 0; i < n_chosen; i++)
	{
		size_t row = first_row + scratch->places[i];

		n_trees[row]++;
		for (uint32_t k = 0; k < n_outputs; k++)
			outputs[row * n_outputs + k] += scratch->values[i * n_outputs + k];
	}
}

/* Add a group of n trees to all rows. */
static MlopsStatus
add_group(OobScratch *scratch, const MlopsDataset *dataset, const MlopsForest *forest,
		  const MlopsGrowParams *params, uint32_t first_tree, uint32_t n_in_group,
		  const MlopsCancel *cancel, double *outputs, uint32_t *n_trees)
{
	MlopsStatus status = redraw(scratch, dataset, params, first_tree, n_in_group, cancel);

	for (size_t first = 0; status == MLOPS_STATUS_OK && first < dataset->n_rows;
		 first += BLOCK_ROWS)
	{
		size_t n = dataset->n_rows - first < BLOCK_ROWS ? dataset->n_rows - first : BLOCK_ROWS;

		if (mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		unpack(dataset, first, n, mlops_forest_n_lanes(forest), scratch->lanes);
		for (uint32_t t = 0; t < n_in_group; t++)
			add_tree(scratch, forest, first_tree, t, first, n, outputs, n_trees);
	}
	return status;
}

MlopsStatus
mlops_oob_predict(const MlopsDataset *dataset, const MlopsForest *forest,
				  const MlopsGrowParams *params, const MlopsAllocator *allocator,
				  const MlopsCancel *cancel, double *outputs, uint32_t *n_trees)
{
	OobScratch scratch = { 0 };
	MlopsStatus status = MLOPS_STATUS_OK;

	if (!alloc_scratch(&scratch, dataset, forest, allocator))
		status = MLOPS_STATUS_NOMEM;
	memset(outputs, 0, dataset->n_rows * forest->n_outputs * sizeof(double));
	memset(n_trees, 0, dataset->n_rows * sizeof(uint32_t));
	for (uint32_t first = 0; status == MLOPS_STATUS_OK && first < forest->n_trees;
		 first += TREES_IN_GROUP)
	{
		uint32_t left = forest->n_trees - first;

		status = add_group(&scratch, dataset, forest, params, first,
						   left < TREES_IN_GROUP ? left : TREES_IN_GROUP, cancel, outputs, n_trees);
	}
	for (size_t i = 0; status == MLOPS_STATUS_OK && i < dataset->n_rows; i++)
	{
		for (uint32_t k = 0; n_trees[i] > 0 && k < forest->n_outputs; k++)
			outputs[i * forest->n_outputs + k] /= n_trees[i];
	}
	free_scratch(&scratch, allocator);
	return status;
}
