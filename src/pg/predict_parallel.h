/*
 * Walking blocks of coded rows, in several processes where that pays.
 */
#ifndef MLOPS_PREDICT_PARALLEL_H
#define MLOPS_PREDICT_PARALLEL_H

#include "pg/cache.h"

/* Walks the blocks of one statement, one after the other, and owns their lanes and outputs. */
typedef struct MlopsWalker MlopsWalker;

/*
 * Begin; what it keeps is of the current context, and a segment of the current resource owner.
 *
 *   model        pinned until the end; it has one output
 *   block_rows   most rows of a block, 1 .. UINT32_MAX
 *
 * It takes max_parallel_workers_per_gather workers at most, as the setting is now, and none within a parallel
 * operation.
 */
extern MlopsWalker *mlops_walker_create(const MlopsModel *model, size_t block_rows);

/*
 * Add a row to the block, of block_rows at most.
 *
 * Returns where its lanes belong, [n_columns + 1], until the next call.
 */
extern uint16 *mlops_walker_add(MlopsWalker *walker);

/*
 * Predict the rows of the block; the next that is added begins another one.
 *
 * Returns an output for each, valid until then.  They are the same bits in any number of processes.
 * Logs that number at DEBUG1 if others are asked for.  Without shared memory or a free process it walks alone.
 * Errors: cancel; those of workers.
 */
extern const double *mlops_walker_walk(MlopsWalker *walker);

/* Give back memory and segment. */
extern void mlops_walker_end(MlopsWalker *walker);

#endif
