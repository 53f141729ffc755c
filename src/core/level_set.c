/*
 * A set of byte strings: open addressing, at most half full.
 */
#include <string.h>

#include "core/hash.h"
#include "core/level_set.h"

/* Slot of a level, or the empty slot where it belongs. */
static size_t
find_slot(const MlopsLevelSet *set, MlopsBytes level)
{
	size_t slot = (size_t) mlops_hash_bytes(level.data, level.n_bytes, 0);

	for (;; slot++)
	{
		uint32_t known = set->slots[slot & (set->n_slots - 1)];

		if (known == 0 || mlops_bytes_compare(set->levels[known - 1], level) == 0)
			return slot & (set->n_slots - 1);
	}
}

/* Make the table hold one more level. */
static bool
grow_slots(MlopsLevelSet *set)
{
	size_t n_slots = set->n_slots == 0 ? 16 : set->n_slots;
	uint32_t *slots;

	if (set->n_slots > 2 * (set->n_levels + 1))
		return true;
	while (n_slots <= 2 * (set->n_levels + 1))
		n_slots *= 2;
	slots = mlops_alloc_zero(set->allocator, n_slots, sizeof(uint32_t));
	if (slots == NULL)
		return false;
	mlops_free(set->allocator, set->slots);
	set->slots = slots;
	set->n_slots = n_slots;
	for (size_t i = 0; i < set->n_levels; i++)
		set->slots[find_slot(set, set->levels[i])] = (uint32_t) i + 1;
	return true;
}

uint32_t
mlops_level_set_add(MlopsLevelSet *set, MlopsBytes level)
{
	size_t slot;
	char *copy;

	if (!grow_slots(set))
		return MLOPS_LEVEL_NONE;
	slot = find_slot(set, level);
	if (set->slots[slot] != 0)
		return set->slots[slot] - 1;
	copy = mlops_alloc(set->allocator, level.n_bytes, 1);
	if (copy == NULL ||
		!mlops_array_reserve(set->allocator, (void **) &set->levels, &set->levels_capacity,
							 set->n_levels + 1, sizeof(MlopsBytes)))
	{
		mlops_free(set->allocator, copy);
		return MLOPS_LEVEL_NONE;
	}
	if (level.n_bytes > 0)
		memcpy(copy, level.data, level.n_bytes);
	set->levels[set->n_levels] = (MlopsBytes){ copy, level.n_bytes };
	set->slots[slot] = (uint32_t) ++set->n_levels;
	return (uint32_t) set->n_levels - 1;
}

void
mlops_level_set_free(MlopsLevelSet *set)
{
	for (size_t i = 0; i < set->n_levels; i++)
	{
		union
		{
			const char *read;
			void *owned;
		} bytes = { .read = set->levels[i].data };

		mlops_free(set->allocator, bytes.owned);
	}
	mlops_free(set->allocator, set->levels);
	mlops_free(set->allocator, set->slots);
	*set = (MlopsLevelSet){ .allocator = set->allocator };
}
