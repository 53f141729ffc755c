/*
 * Out-of-bag predictions: each training row by those trees whose bootstrap did
 * not draw it, so that the training rows measure the forest as new rows would.
 *
 *   begin, then add the trees of the forest in their order, at most
 *   MLOPS_OOB_TREES_MAX at a time, then end.
 */
#ifndef MLOPS_OOB_H
#define MLOPS_OOB_H

#include "core/dataset.h"
#include "core/forest.h"
#include "core/grow.h"

/* Trees of one call: their draws are kept as the bits of a word. */
#define MLOPS_OOB_TREES_MAX 64

typedef struct MlopsOob MlopsOob;

/* What comes out, of the caller, complete after mlops_oob_end. */
typedef struct MlopsOobResult
{
	double *outputs;   /* [n_rows][n_outputs] the mean of the trees' values in float8, added in the
						  order of the trees; 0 for a row in every bag */
	uint32_t *n_trees; /* [n_rows] how many trees that is */
} MlopsOobResult;

/*
 * Begin to predict all rows of the dataset that a forest was grown from.
 *
 *   dataset    stays with the caller
 *   params     as they were for growing; bootstrap is true; copied
 *   n_outputs  of the forest
 *   cancel     asked for each tree and each block of rows; may be NULL
 *   result     the struct is copied, its arrays are emptied
 *   oob        OUT from the allocator; free with mlops_oob_free
 *
 * Memory: 9 bytes a row, and a block of unpacked rows.  Errors: NOMEM.
 *
 * Source: Breiman, L. (1996), Out-of-bag estimation; scikit-learn's oob_decision_function_.
 */
extern MlopsStatus mlops_oob_begin(const MlopsDataset *dataset, const MlopsGrowParams *params,
								   uint32_t n_outputs, const MlopsAllocator *allocator,
								   const MlopsCancel *cancel, MlopsOobResult result,
								   MlopsOob **oob);

/*
 * Add the next trees.
 *
 *   forest   1 .. MLOPS_OOB_TREES_MAX trees, which follow those that were added
 *
 * Errors: CANCELLED.  Cost: O(trees * (draws + rows * depth)).
 */
extern MlopsStatus mlops_oob_add_trees(MlopsOob *oob, const MlopsForest *forest);

/* Make means of the sums. */
extern void mlops_oob_end(MlopsOob *oob);

/* Give the scratch back; NULL is allowed. */
extern void mlops_oob_free(MlopsOob *oob);

#endif
