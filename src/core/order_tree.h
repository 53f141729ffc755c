/*
 * A sorted multiset of numbers that knows the k-th smallest: a B-tree whose
 * inner nodes hold how many values are below each child.
 *
 *	inner   lows      -      4          9          child i holds values >= lows[i],
 *	        counts    3      5          2          counts[i] of them
 *	leaf            1 2    4 5 7       9
 *	counts          1 2    2 2 1       2           equal values are one entry
 *
 * A full node is split on the way down, so that an insertion never goes back up;
 * at the right edge it is split at its end, so that ascending values fill their
 * nodes.  A node that lost most of its entries is merged with a neighbour, an
 * empty one is dropped.  What the tree answers depends on the values alone,
 * never on the order in which they came and went.
 *
 * Source: Knuth, The Art of Computer Programming 3, 6.2.4 (B-trees), 6.2.3
 * (linear lists with counts).
 */
#ifndef MLOPS_ORDER_TREE_H
#define MLOPS_ORDER_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/memory.h"

/* Entries of a node: with them both kinds fill a block of 1 kB. */
#define MLOPS_ORDER_LEAF   63
#define MLOPS_ORDER_INNER  42
#define MLOPS_ORDER_LEVELS 32

/* All zero bytes are the empty tree; nodes are from the allocator. */
typedef struct MlopsOrderTree
{
	void *root;		  /* NULL without values */
	int32_t n_levels; /* of inner nodes: 0 if the root is a leaf */
	int64_t n_distinct;
	int64_t n; /* values, equal ones counted each; at most MLOPS_ORDER_VALUES */
} MlopsOrderTree;

#define MLOPS_ORDER_VALUES (INT64_MAX / 4)

/*
 * Add a value several times.
 *
 *   x       not NaN; -0 counts as 0
 *   count   > 0, so that n stays at most MLOPS_ORDER_VALUES
 *
 * Returns false when there is no memory; the values are then as before.
 * Cost: O(log n_distinct).
 */
extern bool mlops_order_tree_add(MlopsOrderTree *tree, double x, int64_t count,
								 const MlopsAllocator *allocator);

/*
 * Take a value away once; the last one leaves the empty tree.
 *
 * Returns false if it is not there.
 * Cost: O(log n_distinct).
 */
extern bool mlops_order_tree_remove(MlopsOrderTree *tree, double x,
									const MlopsAllocator *allocator);

/* The k-th smallest value, 1 <= k <= n.  Cost: O(log n_distinct). */
extern double mlops_order_tree_kth(const MlopsOrderTree *tree, int64_t k);

/* Number of values <= x.  Cost: O(log n_distinct). */
extern int64_t mlops_order_tree_rank(const MlopsOrderTree *tree, double x);

/* Back to the empty tree; all nodes are freed. */
extern void mlops_order_tree_clear(MlopsOrderTree *tree, const MlopsAllocator *allocator);

/* A place in a tree that does not change meanwhile. */
typedef struct MlopsOrderCursor
{
	const MlopsOrderTree *tree;
	const void *nodes[MLOPS_ORDER_LEVELS + 1]; /* from the root down to a leaf */
	int32_t places[MLOPS_ORDER_LEVELS + 1];
	bool is_begun;
} MlopsOrderCursor;

/* Begin before the smallest value. */
extern void mlops_order_cursor_begin(MlopsOrderCursor *cursor, const MlopsOrderTree *tree);

/* The next distinct value and how often it is there; false at the end.  Cost: O(1) amortised. */
extern bool mlops_order_cursor_next(MlopsOrderCursor *cursor, double *value, int64_t *count);

/*
 * What is wrong with a tree, or NULL: order, counts, and how full nodes are.  For tests.
 *
 * Cost: O(n_distinct).
 */
extern const char *mlops_order_tree_check(const MlopsOrderTree *tree);

#endif
