/*
 * Walking a forest with large sets of coded rows.
 *
 * 1. Blocks of rows are laid out anew: groups of sixteen, in a group lane by lane, so that a node
 *    names the place of its code and the sixteen rows of a group stand at fixed distances from it.
 * 2. Trees are copied, one large or many small ones at a time, into nodes that hold this place. Where
 *    the rows have missing codes a lane stands there twice, as it is and with 1 added, for nodes that
 *    send missing codes to the right and to the left; so a step has no test. The copy also brings
 *    the tree into the cache, in the order of its memory.
 *    A node with a subset has it as bits of the codes, in words beside the nodes.
 * 3. The groups of a block walk the copy, sixteen rows in lockstep; the number of steps between two
 *    looks at the leaves follows what the last groups took.
 *
 * Leaf values are added in the order of the trees, so all sums have the bits of predict.h. A set may
 * be cut anywhere: several processes may each take a range of its rows.
 *
 * Not copied, but walked as predict.h does: a forest of more than some 1,000 columns, a tree whose
 * subsets would take more than twice its nodes, trees so large that few rows are not worth it.
 */
#ifndef MLOPS_PREDICT_BLOCK_H
#define MLOPS_PREDICT_BLOCK_H

#include "core/forest.h"
#include "core/memory.h"
#include "core/status.h"

/*
 * Add the values of all trees, as they are, to sums of rows.
 *
 *   lanes    IN      [n_rows][n_columns + 1], as predict.h has them, each a code of its column or
 *                    MLOPS_CODE_MISSING; the more rows, the faster, up to some 250,000
 *   cancel   asked for each tree, or for small trees together, and block of rows; may be NULL
 *   sums     IN/OUT  [n_rows][n_outputs]; after an error no use
 *
 * Memory: 2 to 4 bytes for each lane of a block, at most 8 MB, and 8 bytes, with subsets 24, for each
 * node of the largest tree.
 * Errors: NOMEM, CANCELLED.  Cost: O(rows * trees * depth + rows * columns + nodes * blocks).
 */
extern MlopsStatus mlops_predict_block_add(const MlopsForest *forest, const uint16_t *lanes,
										   size_t n_rows, const MlopsAllocator *allocator,
										   const MlopsCancel *cancel, double *sums);

/*
 * Predict rows: the sums above, divided by the number of trees.
 *
 *   out      OUT  [n_rows][n_outputs]; after an error no use
 */
extern MlopsStatus mlops_predict_block(const MlopsForest *forest, const uint16_t *lanes,
									   size_t n_rows, const MlopsAllocator *allocator,
									   const MlopsCancel *cancel, double *out);

#endif
