/*
 * One tree of a decoded forest, node by node: for those who want to see it.
 *
 * Nodes are numbered from 0 in preorder, left before right, as scikit-learn
 * numbers them.  Which way a code goes is asked of the step that predictions
 * take, so a view cannot differ from them.
 */
#ifndef MLOPS_TREE_VIEW_H
#define MLOPS_TREE_VIEW_H

#include "core/forest.h"

typedef struct MlopsTreeViewNode
{
	uint32_t slot;
	uint32_t left; /* numbers of the children; both 0: a leaf */
	uint32_t right;
	uint32_t depth; /* of the root: 0 */
} MlopsTreeViewNode;

typedef struct MlopsTreeView
{
	const MlopsForest *forest;
	const MlopsForestTree *tree;
	MlopsTreeViewNode *nodes; /* [n_nodes] */
	uint32_t n_nodes;
	uint16_t *lanes; /* scratch: a coded row */
} MlopsTreeView;

/*
 * Number the nodes of a tree.
 *
 *   number   0 .. n_trees - 1
 *   view     OUT  to be freed also after an error; valid while the forest is
 *
 * Errors: NOMEM.
 * Cost:   O(nodes + columns).
 */
extern MlopsStatus mlops_tree_view_init(MlopsTreeView *view, const MlopsForest *forest,
										uint32_t number, const MlopsAllocator *allocator);
extern void mlops_tree_view_free(MlopsTreeView *view, const MlopsAllocator *allocator);

static inline bool
mlops_tree_view_is_leaf(const MlopsTreeViewNode *node)
{
	return node->left == 0;
}

/* Column of a split, 0 .. n_columns - 1. */
extern uint32_t mlops_tree_view_column(const MlopsTreeView *view, const MlopsTreeViewNode *node);

/* True if a row with this code in the column of the split goes left. */
extern bool mlops_tree_view_goes_left(const MlopsTreeView *view, const MlopsTreeViewNode *node,
									  uint16_t code);

/*
 * How many codes go left at a split of a numeric or ordered column: 0 .. count - 1 do, all
 * others do not.
 *
 *   n_codes   of the column
 *
 * Cost: O(log n_codes).
 */
extern uint32_t mlops_tree_view_n_left(const MlopsTreeView *view, const MlopsTreeViewNode *node,
									   uint32_t n_codes);

/* Values of a leaf: [n_outputs]. */
extern const double *mlops_tree_view_values(const MlopsTreeView *view,
											const MlopsTreeViewNode *node);

#endif
