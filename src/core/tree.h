/*
 * A tree as it is grown: the scratch form between core/grow and core/codec.
 *
 * Nodes are numbered in the order in which their parents were split; the
 * children of a node are adjacent.  A leaf keeps integer sums (its "entry"),
 * never a probability, so that a stored model has exactly the numbers that
 * training counted; values are computed from them at decode, by one fixed
 * expression (core/forest).
 *
 *   nodes[0] root
 *   nodes[child], nodes[child + 1]   left and right child of a split
 *   entries[entry * entry_words ...] sums of a leaf
 *   set_codes[first_set_code ...]    codes of a categorical split
 *
 * A row goes right in a split of
 *   a numeric or ordered   if its code > threshold; if it is missing and not missing_left
 *   column
 *   a categorical column   let S = set_codes of the node: a code in S goes to the
 *                          side opposite of the missing side, every other code, unseen or
 *                          missing, to the missing side
 */
#ifndef MLOPS_TREE_H
#define MLOPS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"

/* Words of a leaf entry: one per class, or sum (low, high) and weight. */
#define MLOPS_REGRESSION_ENTRY_WORDS 3

/* 12 bytes: with unlimited depth the nodes of a tree are most of what growing takes beside the rows. */
typedef struct MlopsTreeNode
{
	uint32_t child; /* left child, right = child + 1; 0 = this is a leaf */
	union
	{
		uint32_t entry;			 /* leaf: its entry */
		uint32_t first_set_code; /* categorical split: position in set_codes */
	};
	union
	{
		uint16_t threshold;	  /* numeric split: 0 .. n_codes - 2, or n_codes - 1: only missing goes
								 right */
		uint16_t n_set_codes; /* categorical split: 1 .., ascending codes */
	};
	unsigned column : 14;	   /* split: 0 .. n_columns - 1 */
	unsigned missing_left : 1; /* split: side of missing values */
	unsigned is_subset : 1;	   /* split: categorical */
} MlopsTreeNode;

/* All blocks come from the allocator that grew the tree. */
typedef struct MlopsTree
{
	MlopsTreeNode *nodes;
	size_t n_nodes; /* 1 .. UINT32_MAX / 2 */
	size_t nodes_capacity;
	uint64_t *entries; /* [n_entries][entry_words], all different: most leaves are alike */
	size_t n_entries;
	size_t entries_capacity; /* in words */
	uint32_t *entry_slots;	 /* [n_entry_slots] hash table: entry + 1, 0 = empty */
	size_t n_entry_slots;	 /* power of two, or 0 */
	uint32_t entry_words;	 /* n_classes, or MLOPS_REGRESSION_ENTRY_WORDS */
	uint16_t *set_codes;
	size_t n_set_codes;
	size_t set_codes_capacity;
	double
		*class_weights; /* [n_classes] weights of this tree alone, or NULL: those of the forest */
} MlopsTree;

/*
 * Find or add the entry of a leaf.
 *
 *   sums    IN   [entry_words]
 *   entry   OUT  its number
 *
 * Returns false when there is no memory.  Cost: amortised O(entry_words).
 */
extern bool mlops_tree_add_entry(MlopsTree *tree, const MlopsAllocator *allocator,
								 const uint64_t *sums, uint32_t *entry);

/* Forget the nodes, keep the blocks for the next tree. */
extern void mlops_tree_reset(MlopsTree *tree);

/* Give all blocks back. */
extern void mlops_tree_free(MlopsTree *tree, const MlopsAllocator *allocator);

#endif
