/*
 * Inside of growing: what grow.c, grow_node.c and grow_order.c share.
 *
 *   grow.c        life of a grower, the bag of a tree
 *   grow_node.c   one node: search its best cut, split it, make it a leaf
 *   grow_order.c  which node comes next: depth first or best first
 */
#ifndef MLOPS_GROW_INTERNAL_H
#define MLOPS_GROW_INTERNAL_H

#include "core/grow.h"
#include "core/histogram.h"

/* A node whose rows are in place and whose fate is open. */
typedef struct MlopsPendingNode
{
	size_t begin; /* first row */
	size_t n_rows;
	uint32_t node; /* in the tree */
	uint32_t depth;
	uint32_t buffer; /* 0 or 1 */
} MlopsPendingNode;

/* Best first: a pending node and the cut that waits for it. */
typedef struct MlopsFrontierNode
{
	MlopsPendingNode pending;
	double decrease;	   /* of impurity, weighted */
	size_t first_set_code; /* in frontier_sets */
	MlopsSplit split;	   /* its set_codes and left are not valid */
} MlopsFrontierNode;

/* What waits when the best node comes next; blocks are kept from tree to tree. */
typedef struct MlopsFrontier
{
	MlopsFrontierNode *nodes;
	size_t n_nodes;
	size_t nodes_capacity;
	uint64_t *sums;		  /* [n_nodes][2][cell_words]: the node, its left child */
	size_t sums_capacity; /* in words */
	uint16_t *sets;		  /* codes of categorical cuts */
	size_t n_sets;
	size_t sets_capacity;
	uint32_t *heap; /* positions in nodes, greatest decrease on top */
	size_t n_heap;
	size_t heap_capacity;
} MlopsFrontier;

struct MlopsGrower
{
	MlopsAllocator allocator;
	const MlopsCancel *cancel;
	const MlopsDataset *dataset;
	MlopsGrowParams params;
	MlopsSums sums;
	MlopsSplitFinder finder;
	MlopsLevelOrders orders;
	MlopsHistogram histograms[2];
	uint64_t *buffers[2]; /* [buffer_rows][n_words] */
	size_t buffer_rows;
	uint8_t *counts;   /* [n_rows] multiplicities of the bag */
	uint32_t *columns; /* [n_columns] permutation that draws work on */
	uint8_t *sides;	   /* [2^16] of mlops_partition */
	uint64_t *total;   /* [cell_words] sums of the node at hand */
	MlopsPendingNode *stack;
	size_t stack_capacity;
	uint64_t *stack_sums;		/* [stack_capacity][cell_words] */
	size_t stack_sums_capacity; /* in words */
	MlopsFrontier frontier;
	double *subsample_weights; /* [n_classes], balanced_subsample */
	/* of the tree at hand */
	MlopsRng rng;
	MlopsTree *tree;
	const MlopsImportance *importance;
	double root_weight;
};


/* Rows of a pending node. */
static inline const uint64_t *
mlops_pending_rows(const MlopsGrower *grower, const MlopsPendingNode *pending)
{
	return grower->buffers[pending->buffer] + pending->begin * grower->dataset->n_words;
}

/* Append an empty node to the tree.  Errors: NOMEM, LIMIT. */
extern MlopsStatus mlops_grower_add_node(MlopsGrower *grower, uint32_t *node);

/* Make a node a leaf with the sums in grower->total.  Errors: NOMEM. */
extern MlopsStatus mlops_grower_make_leaf(MlopsGrower *grower, uint32_t node);

/*
 * Search the best cut of a node whose sums are in grower->total.
 *
 * Returns false if the node must be a leaf; else the cut is in grower->finder.best.
 * Cost: O(rows * max_features).
 */
extern bool mlops_grower_find_cut(MlopsGrower *grower, const MlopsPendingNode *pending);

/*
 * Write the cut in grower->finder.best into the tree and move the node's rows.
 *
 *   children   OUT  left and right: place, depth and node number
 *
 * The sums of the node are in grower->total; the cut is booked as importance.
 * Errors: NOMEM, LIMIT.
 */
extern MlopsStatus mlops_grower_apply_cut(MlopsGrower *grower, const MlopsPendingNode *pending,
										  MlopsPendingNode children[2]);

/* Grow from the root, whose sums are in grower->total.  Errors: NOMEM, LIMIT, CANCELLED. */
extern MlopsStatus mlops_grower_run(MlopsGrower *grower, const MlopsPendingNode *root);

#endif
