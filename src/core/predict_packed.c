/*
 * Walking a forest with packed rows: unpacked block by block, once for all trees.
 */
#include "core/predict_packed.h"
#include "core/predict_block.h"

#define BLOCK_ROWS_MAX	65536
#define BLOCK_ROWS_MIN	1024
#define BLOCK_LANES_MAX (2 * 1024 * 1024)

size_t
mlops_packed_block_rows(const MlopsDataset *dataset)
{
	size_t n = BLOCK_LANES_MAX / (dataset->n_columns + 1);

	n = n < BLOCK_ROWS_MIN ? BLOCK_ROWS_MIN : n > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : n;
	return n < dataset->n_rows ? n : dataset->n_rows;
}

MlopsStatus
mlops_packed_add_trees(const MlopsForest *forest, const MlopsDataset *dataset,
					   const MlopsAllocator *allocator, const MlopsCancel *cancel, double *sums)
{
	size_t block_rows = mlops_packed_block_rows(dataset);
	size_t n_lanes = dataset->n_columns + 1;
	uint16_t *lanes = mlops_alloc(allocator, block_rows * n_lanes, sizeof(uint16_t));
	MlopsStatus status = lanes == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;

	for (size_t first = 0; status == MLOPS_STATUS_OK && first < dataset->n_rows;
		 first += block_rows)
	{
		size_t n = dataset->n_rows - first < block_rows ? dataset->n_rows - first : block_rows;

		mlops_dataset_unpack(dataset, first, n, lanes);
		status = mlops_predict_block_add(forest, lanes, n, allocator, cancel,
										 sums + first * forest->n_outputs);
	}
	mlops_free(allocator, lanes);
	return status;
}
