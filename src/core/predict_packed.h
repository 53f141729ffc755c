/*
 * Walking a forest with packed rows.
 */
#ifndef MLOPS_PREDICT_PACKED_H
#define MLOPS_PREDICT_PACKED_H

#include "core/dataset.h"
#include "core/forest.h"
#include "core/memory.h"

/* Many rows walk a tree while it is in the cache; of wide rows fewer, to bound the scratch. */
extern size_t mlops_packed_block_rows(const MlopsDataset *dataset);

/*
 * Add the values of all trees of a forest, as they are, to sums of all rows of a dataset.
 *
 *   forest    its columns are those of the dataset
 *   cancel    asked for each tree and block of rows; may be NULL
 *   sums      IN/OUT [n_rows][n_outputs]
 *
 * So the trees of a large forest may come in parts; adding in their order and dividing by
 * their number gives the bits of mlops_predict_rows.
 *
 * Memory: 2 bytes for each lane of a block, at most 4 MB unless one row has more, and that of
 * mlops_predict_block_add.
 * Errors: NOMEM, CANCELLED.  Cost: O(rows * trees * depth).
 */
extern MlopsStatus mlops_packed_add_trees(const MlopsForest *forest, const MlopsDataset *dataset,
										  const MlopsAllocator *allocator,
										  const MlopsCancel *cancel, double *sums);

#endif
