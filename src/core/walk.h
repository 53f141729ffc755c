/*
 * One step of a walk down a tree, for the loops of predict.c and permutation.c.
 */
#ifndef MLOPS_WALK_H
#define MLOPS_WALK_H

#include <string.h>

#include "core/forest.h"

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

/* One step down; a leaf steps to itself. */
static inline uint32_t
mlops_walk_step(const MlopsForestNode *nodes, uint32_t slot, const uint16_t *lanes,
				bool has_subsets)
{
	MlopsForestNode node = nodes[slot];
	uint32_t missing_left = (node.where & MLOPS_NODE_MISSING_LEFT) != 0;
	uint16_t code = lanes[node.where & MLOPS_NODE_LANE];

	if (has_subsets && (node.where & MLOPS_NODE_SUBSET) != 0)
		return node.child + (mlops_walk_set_has(nodes, node, code) == (missing_left != 0));
	return node.child + ((uint16_t) (code + missing_left) > node.t);
}

#endif
