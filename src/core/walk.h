/*
 * One step of a walk down a tree, for the loops of predict.c and permutation.c.
 */
#ifndef MLOPS_WALK_H
#define MLOPS_WALK_H

#include <string.h>

#include "core/forest.h"

/* Walks side by side, rows of a tree or trees of a row: their waits for memory overlap. */
#define MLOPS_WALKS 16
/* Trees of a row, in a forest of so many slots that they do not stay in the caches. */
#define MLOPS_MANY_WALKS	   64
#define MLOPS_MANY_WALKS_SLOTS 524288

/*
 * Before a loop over the walks: each then keeps what it can in registers, at fixed distances.  clang
 * does so by itself, and complains where it is told to and cannot.
 */
#ifdef __clang__
#define MLOPS_UNROLL_WALKS
#else
#define MLOPS_UNROLL_WALKS _Pragma("GCC unroll 16")
#endif

/* All trees of the forest. */
static inline const MlopsForestTree *
mlops_walk_trees(const MlopsForest *forest)
{
	return mlops_forest_at(forest, forest->trees_offset);
}

/* Slots of a tree; the first one is its root. */
static inline const MlopsForestNode *
mlops_walk_nodes(const MlopsForest *forest, const MlopsForestTree *tree)
{
	return (const MlopsForestNode *) mlops_forest_at(forest, forest->nodes_offset) +
		   tree->first_node;
}

/* Value of the leaf in a slot. */
static inline const double *
mlops_walk_leaf(const MlopsForest *forest, const MlopsForestTree *tree,
				const MlopsForestNode *nodes, uint32_t slot)
{
	const double *values =
		(const double *) mlops_forest_at(forest, forest->values_offset) + tree->first_value;

	return values + (size_t) (tree->values_by_node != 0 ? slot : nodes[slot].t) * forest->n_outputs;
}

/* True if the code is in the set that lies in the slots before the children. */
static inline bool
mlops_walk_set_has(const MlopsForestNode *nodes, MlopsForestNode node, uint16_t code)
{
	uint32_t n = node.t & (MLOPS_SET_BITS - 1u);

	if ((node.t & MLOPS_SET_BITS) != 0)
	{
		uint64_t word;

		if (code / 64u >= n)
			return false;
		memcpy(&word, nodes + node.child - n + code / 64, sizeof(word));
		return (word >> (code % 64) & 1) != 0;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		uint16_t member;

		memcpy(&member, (const char *) (nodes + node.child - (n + 3) / 4) + i * sizeof(uint16_t),
			   sizeof(member));
		if (member == code)
			return true;
	}
	return false;
}

/*
 * One step down; a leaf steps to itself.  The parts of a node are read one by one, since each is used
 * as it lies in memory.
 */
static inline uint32_t
mlops_walk_step(const MlopsForestNode *nodes, uint32_t slot, const uint16_t *lanes,
				bool has_subsets)
{
	const MlopsForestNode *node = &nodes[slot];
	uint32_t where = node->where;
	uint16_t code = lanes[where & MLOPS_NODE_LANE];

	if (has_subsets && (where & MLOPS_NODE_SUBSET) != 0)
		return node->child +
			   (mlops_walk_set_has(nodes, *node, code) == ((where & MLOPS_NODE_MISSING_LEFT) != 0));
	if (has_subsets)
		where &= MLOPS_NODE_MISSING_LEFT;
	return node->child + ((uint16_t) (code + where / MLOPS_NODE_MISSING_LEFT) > node->t);
}

/*
 * Sixteenths of a step to take before the next look whether all walks have their leaves, from those of
 * the last walks and the steps that they then took with a look each: a little deeper at once, less
 * deep slowly, since a look at the leaves costs less than a step that is not needed.
 */
static inline uint32_t
mlops_walk_next_steps(uint32_t sixteenths, uint32_t n_more)
{
	return n_more > 0 ? sixteenths + 8 * (n_more + 1) : sixteenths - (sixteenths > 0);
}

/* Ask for a tree to be brought into the cache: in the order of its memory it comes many times as fast as by walks. */
static inline void
mlops_walk_prefetch(const MlopsForestNode *nodes, size_t n_slots)
{
	for (size_t s = 0; s < n_slots; s += 64 / sizeof(MlopsForestNode))
		__builtin_prefetch(nodes + s);
}

#endif
