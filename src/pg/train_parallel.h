/*
 * Training in several processes.
 */
#ifndef MLOPS_TRAIN_PARALLEL_H
#define MLOPS_TRAIN_PARALLEL_H

#include "pg/train_tree.h"

/* Takes the trees of a forest in the order of their numbers. */
typedef void (*MlopsTakeTree)(void *state, uint32 number, const MlopsMadeTree *made);

/*
 * Grow all trees in this process and up to n_workers others, then hand them over in order.
 *
 *   job         its dataset lies in segment
 *   segment     handle of the dataset's shared memory
 *   context     of the bytes that take is given, who owns them from then on
 *   n_workers   1 ..
 *
 * Returns the number of trees: all, or the first ones that were begun before the
 * deadline.  0, with nothing done, if there is no shared memory for it; then the
 * caller grows alone.  Logs the number of processes at DEBUG1.
 * Errors: those of mlops_tree_maker_make, also from other processes.
 */
extern uint32 mlops_train_parallel(const MlopsTreeJob *job, uint32 segment, MemoryContext context,
								   int n_workers, MlopsTakeTree take, void *state);

#endif
