/*
 * Out-of-bag predictions: each training row by those trees whose bootstrap did
 * not draw it, so that the training rows measure the forest as new rows would.
 */
#ifndef MLOPS_OOB_H
#define MLOPS_OOB_H

#include "core/dataset.h"
#include "core/forest.h"
#include "core/grow.h"

/*
 * Predict all rows of the dataset that the forest was grown from.
 *
 *   params    as they were for growing; bootstrap is true
 *   cancel    asked for each tree and each block of rows; may be NULL
 *   outputs   OUT [n_rows][n_outputs] mean of the trees' values in float8, added in the order of
 *             the trees; 0 for a row that was in every bag
 *   n_trees   OUT [n_rows] how many trees that is
 *
 * Memory: 9 bytes a row while it runs.  Errors: NOMEM, CANCELLED.
 * Cost: O(trees * (draws + rows * depth)).
 *
 * Source: Breiman, L. (1996), Out-of-bag estimation; scikit-learn's oob_decision_function_.
 */
extern MlopsStatus mlops_oob_predict(const MlopsDataset *dataset, const MlopsForest *forest,
									 const MlopsGrowParams *params, const MlopsAllocator *allocator,
									 const MlopsCancel *cancel, double *outputs, uint32_t *n_trees);

#endif
