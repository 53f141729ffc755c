/*
 * A tree as it is grown: its leaf entries, and the life of its blocks.
 */
#include <string.h>

#include "core/tree.h"

#define FIRST_ENTRY_SLOTS 64

/* Hash of a leaf entry: FNV-1a over its words, with the high bits folded in. */
static size_t
hash_entry(const uint64_t *entry, uint32_t n_words)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (uint32_t i = 0; i < n_words; i++)
	{
		hash = (hash ^ entry[i]) * UINT64_C(0x100000001B3);
		hash ^= hash >> 29;
	}
	return (size_t) hash;
}

/* Slot of an entry, or the empty slot where it belongs. */
static uint32_t *
find_slot(const MlopsTree *tree, const uint64_t *sums)
{
	size_t n_bytes = tree->entry_words * sizeof(uint64_t);
	size_t slot = hash_entry(sums, tree->entry_words);

	for (;; slot++)
	{
		uint32_t *known = &tree->entry_slots[slot & (tree->n_entry_slots - 1)];

		if (*known == 0 ||
			memcmp(tree->entries + (size_t) (*known - 1) * tree->entry_words, sums, n_bytes) == 0)
			return known;
	}
}

/* Keep the table at most half full. */
static bool
grow_slots(MlopsTree *tree, const MlopsAllocator *allocator)
{
	size_t n = tree->n_entry_slots == 0 ? FIRST_ENTRY_SLOTS : 2 * tree->n_entry_slots;
	uint32_t *slots;

	if (2 * (tree->n_entries + 1) <= tree->n_entry_slots)
		return true;
	slots = mlops_alloc_zero(allocator, n, sizeof(uint32_t));
	if (slots == NULL)
		return false;
	mlops_free(allocator, tree->entry_slots);
	tree->entry_slots = slots;
	tree->n_entry_slots = n;
	for (size_t i = 0; i < tree->n_entries; i++)
		*find_slot(tree, tree->entries + i * tree->entry_words) = (uint32_t) i + 1;
	return true;
}

bool
mlops_tree_add_entry(MlopsTree *tree, const MlopsAllocator *allocator, const uint64_t *sums,
					 uint32_t *entry)
{
	uint32_t *slot;

	if (!grow_slots(tree, allocator))
		return false;
	slot = find_slot(tree, sums);
	if (*slot == 0)
	{
		if (!mlops_array_reserve(allocator, (void **) &tree->entries, &tree->entries_capacity,
								 (tree->n_entries + 1) * tree->entry_words, sizeof(uint64_t)))
			return false;
		memcpy(tree->entries + tree->n_entries * tree->entry_words, sums,
			   tree->entry_words * sizeof(uint64_t));
		*slot = (uint32_t) ++tree->n_entries;
	}
	*entry = *slot - 1;
	return true;
}

void
mlops_tree_reset(MlopsTree *tree)
{
	tree->n_nodes = 0;
	tree->n_entries = 0;
	tree->n_set_codes = 0;
	if (tree->n_entry_slots > 0)
		memset(tree->entry_slots, 0, tree->n_entry_slots * sizeof(uint32_t));
}

void
mlops_tree_free(MlopsTree *tree, const MlopsAllocator *allocator)
{
	mlops_free(allocator, tree->nodes);
	mlops_free(allocator, tree->entries);
	mlops_free(allocator, tree->entry_slots);
	mlops_free(allocator, tree->set_codes);
	mlops_free(allocator, tree->class_weights);
	*tree = (MlopsTree){ 0 };
}
