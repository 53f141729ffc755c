/*
 * Out-of-bag predictions.
 *
 * The draws of the trees at hand are made again, as one bit of a 64-bit word per
 * row.  Then rows are unpacked block by block, and each tree walks those rows of
 * the block that it did not see.
 */
#include <string.h>

#include "core/oob.h"
#include "core/predict.h"
#include "core/predict_packed.h"

struct MlopsOob
{
	MlopsAllocator allocator;
	const MlopsDataset *dataset;
	MlopsGrowParams params;
	const MlopsCancel *cancel;
	uint32_t n_outputs;
	MlopsOobResult result;
	uint32_t n_added;		   /* trees of earlier calls */
	const MlopsForest *forest; /* of this call */
	size_t block_rows;
	uint8_t *counts;  /* [n_rows] draws of one tree */
	uint64_t *in_bag; /* [n_rows] bit t: tree t of the call drew the row */
	uint16_t *lanes;  /* [block_rows][n_lanes] of a block */
	uint16_t *chosen; /* the same, of the rows that one tree walks */
	uint32_t *places; /* [block_rows] where in the block they are */
	double *values;	  /* [block_rows][n_outputs] */
};

static bool
alloc_scratch(MlopsOob *oob)
{
	const MlopsAllocator *allocator = &oob->allocator;
	size_t n_rows = oob->dataset->n_rows;
	size_t n_lanes = oob->block_rows * (oob->dataset->n_columns + 1);

	oob->counts = mlops_alloc(allocator, n_rows, sizeof(uint8_t));
	oob->in_bag = mlops_alloc(allocator, n_rows, sizeof(uint64_t));
	oob->lanes = mlops_alloc(allocator, n_lanes, sizeof(uint16_t));
	oob->chosen = mlops_alloc(allocator, n_lanes, sizeof(uint16_t));
	oob->places = mlops_alloc(allocator, oob->block_rows, sizeof(uint32_t));
	oob->values = mlops_alloc(allocator, oob->block_rows * oob->n_outputs, sizeof(double));
	return oob->counts != NULL && oob->in_bag != NULL && oob->lanes != NULL &&
		   oob->chosen != NULL && oob->places != NULL && oob->values != NULL;
}

void
mlops_oob_free(MlopsOob *oob)
{
	MlopsAllocator allocator;

	if (oob == NULL)
		return;
	allocator = oob->allocator;
	mlops_free(&allocator, oob->counts);
	mlops_free(&allocator, oob->in_bag);
	mlops_free(&allocator, oob->lanes);
	mlops_free(&allocator, oob->chosen);
	mlops_free(&allocator, oob->places);
	mlops_free(&allocator, oob->values);
	mlops_free(&allocator, oob);
}

MlopsStatus
mlops_oob_begin(const MlopsDataset *dataset, const MlopsGrowParams *params, uint32_t n_outputs,
				const MlopsAllocator *allocator, const MlopsCancel *cancel, MlopsOobResult result,
				MlopsOob **oob)
{
	MlopsOob *made = mlops_alloc_zero(allocator, 1, sizeof(MlopsOob));

	*oob = NULL;
	if (made == NULL)
		return MLOPS_STATUS_NOMEM;
	made->allocator = *allocator;
	made->dataset = dataset;
	made->params = *params;
	made->cancel = cancel;
	made->n_outputs = n_outputs;
	made->result = result;
	made->block_rows = mlops_packed_block_rows(dataset);
	if (!alloc_scratch(made))
	{
		mlops_oob_free(made);
		return MLOPS_STATUS_NOMEM;
	}
	memset(result.outputs, 0, dataset->n_rows * n_outputs * sizeof(double));
	memset(result.n_trees, 0, dataset->n_rows * sizeof(uint32_t));
	*oob = made;
	return MLOPS_STATUS_OK;
}

/* Draw the bags of the trees at hand again. */
static MlopsStatus
redraw(MlopsOob *oob)
{
	size_t n_rows = oob->dataset->n_rows;

	memset(oob->in_bag, 0, n_rows * sizeof(uint64_t));
	for (uint32_t t = 0; t < oob->forest->n_trees; t++)
	{
		if (mlops_cancelled(oob->cancel))
			return MLOPS_STATUS_CANCELLED;
		(void) mlops_bootstrap_draw(&oob->params, n_rows, oob->n_added + t, oob->counts);
		for (size_t i = 0; i < n_rows; i++)
			oob->in_bag[i] |= (uint64_t) (oob->counts[i] != 0) << t;
	}
	return MLOPS_STATUS_OK;
}

/* Add tree t to those of the block's n rows that it did not draw. */
static void
add_tree(MlopsOob *oob, uint32_t t, size_t first_row, size_t n)
{
	const uint64_t *in_bag = oob->in_bag + first_row;
	uint32_t n_lanes = oob->dataset->n_columns + 1;
	uint32_t n_outputs = oob->n_outputs;
	size_t n_chosen = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		oob->places[n_chosen] = i;
		n_chosen += (in_bag[i] >> t & 1) == 0;
	}
	for (size_t i = 0; i < n_chosen; i++)
		memcpy(oob->chosen + i * n_lanes, oob->lanes + (size_t) oob->places[i] * n_lanes,
			   n_lanes * sizeof(uint16_t));
	memset(oob->values, 0, n_chosen * n_outputs * sizeof(double));
	mlops_predict_add_tree(oob->forest, t, oob->chosen, n_chosen, oob->values);
	for (size_t i = 0; i < n_chosen; i++)
	{
		size_t row = first_row + oob->places[i];

		oob->result.n_trees[row]++;
		for (uint32_t k = 0; k < n_outputs; k++)
			oob->result.outputs[row * n_outputs + k] += oob->values[i * n_outputs + k];
	}
}

MlopsStatus
mlops_oob_add_trees(MlopsOob *oob, const MlopsForest *forest)
{
	size_t n_rows = oob->dataset->n_rows;
	MlopsStatus status;

	oob->forest = forest;
	status = redraw(oob);
	for (size_t first = 0; status == MLOPS_STATUS_OK && first < n_rows; first += oob->block_rows)
	{
		size_t n = n_rows - first < oob->block_rows ? n_rows - first : oob->block_rows;

		if (mlops_cancelled(oob->cancel))
			return MLOPS_STATUS_CANCELLED;
		mlops_dataset_unpack(oob->dataset, first, n, oob->lanes);
		for (uint32_t t = 0; t < forest->n_trees; t++)
			add_tree(oob, t, first, n);
	}
	oob->n_added += forest->n_trees;
	return status;
}

void
mlops_oob_end(MlopsOob *oob)
{
	uint32_t n_outputs = oob->n_outputs;

	for (size_t i = 0; i < oob->dataset->n_rows; i++)
	{
		for (uint32_t k = 0; oob->result.n_trees[i] > 0 && k < n_outputs; k++)
			oob->result.outputs[i * n_outputs + k] /= oob->result.n_trees[i];
	}
}
