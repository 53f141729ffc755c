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
/* Many rows walk a tree while it is in the cache; of wide rows fewer, to bound the scratch. */
#define BLOCK_ROWS_MAX	65536
#define BLOCK_ROWS_MIN	1024
#define BLOCK_LANES_MAX (2 * 1024 * 1024)

/* One call: what it was given, and its scratch. */
typedef struct OobRun
{
	const MlopsDataset *dataset;
	const MlopsForest *forest;
	const MlopsGrowParams *params;
	const MlopsCancel *cancel;
	double *outputs;
	uint32_t *n_trees;
	uint32_t first_tree; /* of the group */
	uint32_t n_in_group;
	size_t block_rows;
	uint8_t *counts;  /* [n_rows] draws of one tree */
	uint64_t *in_bag; /* [n_rows] bit t: tree t of the group drew the row */
	uint16_t *lanes;  /* [block_rows][n_lanes] of a block */
	uint16_t *chosen; /* the same, of the rows that one tree walks */
	uint32_t *places; /* [block_rows] where in the block they are */
	double *values;	  /* [block_rows][n_outputs] */
} OobRun;

/* Rows of a block. */
static size_t
choose_block_rows(const MlopsDataset *dataset, const MlopsForest *forest)
{
	size_t n = BLOCK_LANES_MAX / mlops_forest_n_lanes(forest);

	n = n < BLOCK_ROWS_MIN ? BLOCK_ROWS_MIN : n > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : n;
	return n < dataset->n_rows ? n : dataset->n_rows;
}

static bool
alloc_scratch(OobRun *run, const MlopsAllocator *allocator)
{
	size_t n_rows = run->dataset->n_rows;
	size_t n_lanes = run->block_rows * mlops_forest_n_lanes(run->forest);
	size_t n_values = run->block_rows * run->forest->n_outputs;

	run->counts = mlops_alloc(allocator, n_rows, sizeof(uint8_t));
	run->in_bag = mlops_alloc(allocator, n_rows, sizeof(uint64_t));
	run->lanes = mlops_alloc(allocator, n_lanes, sizeof(uint16_t));
	run->chosen = mlops_alloc(allocator, n_lanes, sizeof(uint16_t));
	run->places = mlops_alloc(allocator, run->block_rows, sizeof(uint32_t));
	run->values = mlops_alloc(allocator, n_values, sizeof(double));
	return run->counts != NULL && run->in_bag != NULL && run->lanes != NULL &&
		   run->chosen != NULL && run->places != NULL && run->values != NULL;
}

static void
free_scratch(OobRun *run, const MlopsAllocator *allocator)
{
	mlops_free(allocator, run->counts);
	mlops_free(allocator, run->in_bag);
	mlops_free(allocator, run->lanes);
	mlops_free(allocator, run->chosen);
	mlops_free(allocator, run->places);
	mlops_free(allocator, run->values);
}

/* Draw the bags of the group again. */
static MlopsStatus
redraw(OobRun *run)
{
	size_t n_rows = run->dataset->n_rows;

	memset(run->in_bag, 0, n_rows * sizeof(uint64_t));
	for (uint32_t t = 0; t < run->n_in_group; t++)
	{
		if (mlops_cancelled(run->cancel))
			return MLOPS_STATUS_CANCELLED;
		(void) mlops_bootstrap_draw(run->params, n_rows, run->first_tree + t, run->counts);
		for (size_t i = 0; i < n_rows; i++)
			run->in_bag[i] |= (uint64_t) (run->counts[i] != 0) << t;
	}
	return MLOPS_STATUS_OK;
}

/* Add tree t of the group to those of the block's n rows that it did not draw. */
static void
add_tree(OobRun *run, uint32_t t, size_t first_row, size_t n)
{
	const uint64_t *in_bag = run->in_bag + first_row;
	uint32_t n_lanes = mlops_forest_n_lanes(run->forest);
	uint32_t n_outputs = run->forest->n_outputs;
	size_t n_chosen = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		run->places[n_chosen] = i;
		n_chosen += (in_bag[i] >> t & 1) == 0;
	}
	for (size_t i = 0; i < n_chosen; i++)
		memcpy(run->chosen + i * n_lanes, run->lanes + (size_t) run->places[i] * n_lanes,
			   n_lanes * sizeof(uint16_t));
	memset(run->values, 0, n_chosen * n_outputs * sizeof(double));
	mlops_predict_add_tree(run->forest, run->first_tree + t, run->chosen, n_chosen, run->values);
	for (size_t i = 0; i < n_chosen; i++)
	{
		size_t row = first_row + run->places[i];

		run->n_trees[row]++;
		for (uint32_t k = 0; k < n_outputs; k++)
			run->outputs[row * n_outputs + k] += run->values[i * n_outputs + k];
	}
}

/* Add the group's trees to all rows. */
static MlopsStatus
add_group(OobRun *run)
{
	size_t n_rows = run->dataset->n_rows;
	MlopsStatus status = redraw(run);

	for (size_t first = 0; status == MLOPS_STATUS_OK && first < n_rows; first += run->block_rows)
	{
		size_t n = n_rows - first < run->block_rows ? n_rows - first : run->block_rows;

		if (mlops_cancelled(run->cancel))
			return MLOPS_STATUS_CANCELLED;
		mlops_dataset_unpack(run->dataset, first, n, run->lanes);
		for (uint32_t t = 0; t < run->n_in_group; t++)
			add_tree(run, t, first, n);
	}
	return status;
}

/* Sums to means; a row that all trees drew stays 0. */
static void
divide(OobRun *run)
{
	uint32_t n_outputs = run->forest->n_outputs;

	for (size_t i = 0; i < run->dataset->n_rows; i++)
	{
		for (uint32_t k = 0; run->n_trees[i] > 0 && k < n_outputs; k++)
			run->outputs[i * n_outputs + k] /= run->n_trees[i];
	}
}

MlopsStatus
mlops_oob_predict(const MlopsDataset *dataset, const MlopsForest *forest,
				  const MlopsGrowParams *params, const MlopsAllocator *allocator,
				  const MlopsCancel *cancel, double *outputs, uint32_t *n_trees)
{
	OobRun run = { .dataset = dataset,
				   .forest = forest,
				   .params = params,
				   .cancel = cancel,
				   .outputs = outputs,
				   .n_trees = n_trees,
				   .block_rows = choose_block_rows(dataset, forest) };
	MlopsStatus status = alloc_scratch(&run, allocator) ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;

	memset(outputs, 0, dataset->n_rows * forest->n_outputs * sizeof(double));
	memset(n_trees, 0, dataset->n_rows * sizeof(uint32_t));
	while (status == MLOPS_STATUS_OK && run.first_tree < forest->n_trees)
	{
		uint32_t left = forest->n_trees - run.first_tree;

		run.n_in_group = left < TREES_IN_GROUP ? left : TREES_IN_GROUP;
		status = add_group(&run);
		run.first_tree += run.n_in_group;
	}
	if (status == MLOPS_STATUS_OK)
		divide(&run);
	free_scratch(&run, allocator);
	return status;
}
