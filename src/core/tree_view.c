/*
 * One tree of a decoded forest, node by node.
 */
#include "core/tree_view.h"
#include "core/walk.h"

/* A split that waits for its right child, and where that child stands. */
typedef struct Pending
{
	uint32_t parent;
	uint32_t slot;
} Pending;

static bool
is_split(const MlopsForestNode *node)
{
	return (node->where & MLOPS_NODE_LANE) != 0;
}

/*
 * Follow left children to a leaf, then take the last right child that waits: preorder.
 *
 *   pending   [n_slots]
 */
static void
number_nodes(MlopsTreeView *view, const MlopsForestNode *slots, Pending *pending)
{
	uint32_t n_pending = 0;
	MlopsTreeViewNode next = { 0 };

	for (;;)
	{
		uint32_t number = view->n_nodes++;
		MlopsTreeViewNode *node = &view->nodes[number];
		const MlopsForestNode *slot = &slots[next.slot];

		*node = next;
		if (is_split(slot))
		{
			node->left = number + 1;
			pending[n_pending++] = (Pending){ number, slot->child + 1 };
			next = (MlopsTreeViewNode){ .slot = slot->child, .depth = node->depth + 1 };
			continue;
		}
		if (n_pending == 0)
			return;
		n_pending--;
		node = &view->nodes[pending[n_pending].parent];
		node->right = view->n_nodes;
		next = (MlopsTreeViewNode){ .slot = pending[n_pending].slot, .depth = node->depth + 1 };
	}
}

MlopsStatus
mlops_tree_view_init(MlopsTreeView *view, const MlopsForest *forest, uint32_t number,
					 const MlopsAllocator *allocator)
{
	const MlopsForestTree *tree = mlops_walk_trees(forest) + number;
	Pending *pending = mlops_alloc(allocator, tree->n_slots, sizeof(Pending));

	*view = (MlopsTreeView){ .forest = forest, .tree = tree };
	view->nodes = mlops_alloc(allocator, tree->n_slots, sizeof(MlopsTreeViewNode));
	view->lanes = mlops_alloc_zero(allocator, mlops_forest_n_lanes(forest), sizeof(uint16_t));
	if (pending != NULL && view->nodes != NULL && view->lanes != NULL)
		number_nodes(view, mlops_walk_nodes(forest, tree), pending);
	mlops_free(allocator, pending);
	return view->n_nodes > 0 ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;
}

void
mlops_tree_view_free(MlopsTreeView *view, const MlopsAllocator *allocator)
{
	mlops_free(allocator, view->nodes);
	mlops_free(allocator, view->lanes);
}

uint32_t
mlops_tree_view_column(const MlopsTreeView *view, const MlopsTreeViewNode *node)
{
	const MlopsForestNode *slots = mlops_walk_nodes(view->forest, view->tree);

	return (slots[node->slot].where & MLOPS_NODE_LANE) - 1u;
}

bool
mlops_tree_view_goes_left(const MlopsTreeView *view, const MlopsTreeViewNode *node, uint16_t code)
{
	const MlopsForestNode *slots = mlops_walk_nodes(view->forest, view->tree);

	view->lanes[slots[node->slot].where & MLOPS_NODE_LANE] = code;
	return mlops_walk_step(slots, node->slot, view->lanes, view->forest->has_subsets != 0) ==
		   view->nodes[node->left].slot;
}

uint32_t
mlops_tree_view_n_left(const MlopsTreeView *view, const MlopsTreeViewNode *node, uint32_t n_codes)
{
	uint32_t low = 0;
	uint32_t high = n_codes;

	/* invariant: codes below low go left, those from high on do not */
	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;

		if (mlops_tree_view_goes_left(view, node, (uint16_t) middle))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const double *
mlops_tree_view_values(const MlopsTreeView *view, const MlopsTreeViewNode *node)
{
	return mlops_walk_leaf(view->forest, view->tree, mlops_walk_nodes(view->forest, view->tree),
						   node->slot);
}
