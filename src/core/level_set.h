/*
 * A set of byte strings that numbers them 0, 1, 2 ... in the order of first sight.
 */
#ifndef MLOPS_LEVEL_SET_H
#define MLOPS_LEVEL_SET_H

#include <stddef.h>
#include <stdint.h>

#include "core/column.h"
#include "core/memory.h"

#define MLOPS_LEVEL_NONE UINT32_MAX

/* All blocks come from the allocator; bytes are copied into blocks of their own. */
typedef struct MlopsLevelSet
{
	const MlopsAllocator *allocator;
	MlopsBytes *levels; /* [n_levels] */
	size_t n_levels;
	size_t levels_capacity;
	uint32_t *slots; /* [n_slots] level + 1, 0 = empty */
	size_t n_slots;
} MlopsLevelSet;

/*
 * Number of a level, which is added if it is new.
 *
 * Returns MLOPS_LEVEL_NONE when there is no memory.
 * Cost: amortised O(bytes).
 */
extern uint32_t mlops_level_set_add(MlopsLevelSet *set, MlopsBytes level);

/* Give all blocks back. */
extern void mlops_level_set_free(MlopsLevelSet *set);

#endif
