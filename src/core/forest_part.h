/*
 * Some trees of a forest, decoded as a forest of their own.
 *
 * A forest of many millions of nodes need not be in memory as a whole to be
 * measured: its trees may come in parts, in their order (predict_packed, oob).
 * What is walked was decoded and validated from the bytes that are stored.
 */
#ifndef MLOPS_FOREST_PART_H
#define MLOPS_FOREST_PART_H

#include "core/codec.h"

/*
 * Decode consecutive trees.
 *
 *   spec     of the whole forest; its n_trees plays no part
 *   chunks   IN  [n_trees] of these trees
 *   totals   IN  [n_trees] of each, as encoding told
 *   n_trees  1 .. MLOPS_MAX_TREES
 *   part     OUT from the allocator, freed by the caller; NULL on failure
 *
 * Errors: those of decoding.  Cost: O(header + bytes).
 */
extern MlopsStatus mlops_forest_part_decode(const MlopsForestSpec *spec, const MlopsChunk *chunks,
											const MlopsForestTotals *totals, uint32_t n_trees,
											const MlopsAllocator *allocator, MlopsForest **part,
											MlopsReason *reason);

/*
 * How many trees from first on make a part: as many as take up to max_bytes decoded, at
 * least 1 and at most n_max.
 *
 *   totals   [n_trees] of all trees
 */
extern uint32_t mlops_forest_part_size(const MlopsForestTotals *totals, uint32_t first,
									   uint32_t n_trees, uint32_t n_max, uint64_t max_bytes);

#endif
