/*
 * Growing trees: which node comes next.
 *
 * Without a limit on leaves the order does not change the tree, and depth first
 * needs the least memory.  With one, the node of the greatest impurity decrease
 * is split next: its cut is searched when the node is made, and waits with its
 * sums in the frontier until the node is on top of the heap.
 */
#include <string.h>

#include "core/grow_internal.h"

/* Push a node with its sums. */
static MlopsStatus
push_node(MlopsGrower *grower, size_t *n_stack, const MlopsPendingNode *pending,
		  const uint64_t *sums)
{
	uint32_t words = grower->sums.cell_words;

	if (!mlops_array_reserve(&grower->allocator, (void **) &grower->stack, &grower->stack_capacity,
							 *n_stack + 1, sizeof(MlopsPendingNode)) ||
		!mlops_array_reserve(&grower->allocator, (void **) &grower->stack_sums,
							 &grower->stack_sums_capacity, (*n_stack + 1) * words,
							 sizeof(uint64_t)))
		return MLOPS_STATUS_NOMEM;
	grower->stack[*n_stack] = *pending;
	memcpy(grower->stack_sums + *n_stack * words, sums, words * sizeof(uint64_t));
	(*n_stack)++;
	return MLOPS_STATUS_OK;
}

/* Split one node whose cut is found and push its children, right first; sums are in total. */
static MlopsStatus
split_node(MlopsGrower *grower, const MlopsPendingNode *pending, size_t *n_stack)
{
	MlopsPendingNode children[2];
	const uint64_t *left = grower->finder.best.left;
	MlopsStatus status = mlops_grower_apply_cut(grower, pending, children);

	if (status != MLOPS_STATUS_OK)
		return status;
	mlops_sums_subtract(&grower->sums, grower->total, left);
	status = push_node(grower, n_stack, &children[1], grower->total);
	if (status == MLOPS_STATUS_OK)
		status = push_node(grower, n_stack, &children[0], left);
	return status;
}

/* Depth first, left first. */
static MlopsStatus
run_depth_first(MlopsGrower *grower, const MlopsPendingNode *root)
{
	uint32_t words = grower->sums.cell_words;
	size_t n_stack = 0;
	MlopsStatus status = push_node(grower, &n_stack, root, grower->total);

	while (status == MLOPS_STATUS_OK && n_stack > 0)
	{
		MlopsPendingNode pending = grower->stack[--n_stack];

		if (mlops_cancelled(grower->cancel))
			return MLOPS_STATUS_CANCELLED;
		memcpy(grower->total, grower->stack_sums + n_stack * words, words * sizeof(uint64_t));
		if (mlops_grower_find_cut(grower, &pending))
			status = split_node(grower, &pending, &n_stack);
		else
			status = mlops_grower_make_leaf(grower, pending.node);
	}
	return status;
}

/* True if node a of the frontier comes before node b: greater decrease, then older. */
static bool
comes_before(const MlopsFrontier *frontier, uint32_t a, uint32_t b)
{
	double decrease_a = frontier->nodes[a].decrease;
	double decrease_b = frontier->nodes[b].decrease;

	return decrease_a > decrease_b || (decrease_a == decrease_b && a < b);
}

static void
heap_push(MlopsFrontier *frontier, uint32_t idx)
{
	size_t i = frontier->n_heap++;

	for (; i > 0 && comes_before(frontier, idx, frontier->heap[(i - 1) / 2]); i = (i - 1) / 2)
		frontier->heap[i] = frontier->heap[(i - 1) / 2];
	frontier->heap[i] = idx;
}

static uint32_t
heap_pop(MlopsFrontier *frontier)
{
	uint32_t top = frontier->heap[0];
	uint32_t last = frontier->heap[--frontier->n_heap];
	size_t i = 0;

	for (;;)
	{
		size_t child = 2 * i + 1;

		if (child >= frontier->n_heap)
			break;
		if (child + 1 < frontier->n_heap &&
			comes_before(frontier, frontier->heap[child + 1], frontier->heap[child]))
			child++;
		if (!comes_before(frontier, frontier->heap[child], last))
			break;
		frontier->heap[i] = frontier->heap[child];
		i = child;
	}
	frontier->heap[i] = last;
	return top;
}

/* Make room for one more node with n_codes set codes. */
static bool
reserve_frontier(MlopsGrower *grower, uint32_t n_codes)
{
	MlopsFrontier *frontier = &grower->frontier;
	const MlopsAllocator *allocator = &grower->allocator;
	size_t n = frontier->n_nodes + 1;

	return mlops_array_reserve(allocator, (void **) &frontier->nodes, &frontier->nodes_capacity, n,
							   sizeof(MlopsFrontierNode)) &&
		   mlops_array_reserve(allocator, (void **) &frontier->sums, &frontier->sums_capacity,
							   n * 2 * grower->sums.cell_words, sizeof(uint64_t)) &&
		   mlops_array_reserve(allocator, (void **) &frontier->sets, &frontier->sets_capacity,
							   frontier->n_sets + n_codes, sizeof(uint16_t)) &&
		   mlops_array_reserve(allocator, (void **) &frontier->heap, &frontier->heap_capacity, n,
							   sizeof(uint32_t));
}

/* Sums of a frontier node: the node's own, then its left child's. */
static uint64_t *
frontier_sums(const MlopsGrower *grower, size_t idx)
{
	return grower->frontier.sums + idx * 2 * grower->sums.cell_words;
}

/* Search the cut of a node whose sums are in total; it waits in the frontier or is a leaf. */
static MlopsStatus
open_node(MlopsGrower *grower, const MlopsPendingNode *pending)
{
	MlopsFrontier *frontier = &grower->frontier;
	const MlopsSplit *best = &grower->finder.best;
	size_t cell_bytes = grower->sums.cell_words * sizeof(uint64_t);
	MlopsFrontierNode *node;

	if (mlops_cancelled(grower->cancel))
		return MLOPS_STATUS_CANCELLED;
	if (!mlops_grower_find_cut(grower, pending))
		return mlops_grower_make_leaf(grower, pending->node);
	if (!reserve_frontier(grower, best->n_set_codes))
		return MLOPS_STATUS_NOMEM;
	node = &frontier->nodes[frontier->n_nodes];
	node->pending = *pending;
	node->split = *best;
	node->first_set_code = frontier->n_sets;
	if (best->n_set_codes > 0)
		memcpy(frontier->sets + frontier->n_sets, best->set_codes,
			   best->n_set_codes * sizeof(uint16_t));
	frontier->n_sets += best->n_set_codes;
	memcpy(frontier_sums(grower, frontier->n_nodes), grower->total, cell_bytes);
	memcpy(frontier_sums(grower, frontier->n_nodes) + grower->sums.cell_words, best->left,
		   cell_bytes);
	node->decrease = mlops_split_decrease(&grower->finder, grower->total, best->left);
	heap_push(frontier, (uint32_t) frontier->n_nodes++);
	return MLOPS_STATUS_OK;
}

/* Bring a waiting node's sums and cut back to where they were when it was opened. */
static void
recall_node(MlopsGrower *grower, uint32_t idx)
{
	const MlopsFrontierNode *node = &grower->frontier.nodes[idx];
	MlopsSplit *best = &grower->finder.best;
	uint64_t *left = best->left;
	uint16_t *set_codes = best->set_codes;
	size_t cell_bytes = grower->sums.cell_words * sizeof(uint64_t);

	*best = node->split;
	best->left = left;
	best->set_codes = set_codes;
	memcpy(grower->total, frontier_sums(grower, idx), cell_bytes);
	memcpy(left, frontier_sums(grower, idx) + grower->sums.cell_words, cell_bytes);
	if (best->n_set_codes > 0)
		memcpy(set_codes, grower->frontier.sets + node->first_set_code,
			   best->n_set_codes * sizeof(uint16_t));
}

/* Split the node on top of the heap and open its children. */
static MlopsStatus
split_top(MlopsGrower *grower)
{
	uint32_t idx = heap_pop(&grower->frontier);
	MlopsPendingNode pending = grower->frontier.nodes[idx].pending;
	MlopsPendingNode children[2];
	uint32_t words = grower->sums.cell_words;
	MlopsStatus status;

	recall_node(grower, idx);
	status = mlops_grower_apply_cut(grower, &pending, children);
	for (int i = 0; status == MLOPS_STATUS_OK && i < 2; i++)
	{
		/* opening a child overwrites total, so both start from the frontier's copy */
		const uint64_t *sums = frontier_sums(grower, idx);

		memcpy(grower->total, i == 0 ? sums + words : sums, words * sizeof(uint64_t));
		if (i == 1)
			mlops_sums_subtract(&grower->sums, grower->total, sums + words);
		status = open_node(grower, &children[i]);
	}
	return status;
}

/* The greatest impurity decrease first, until there are max_leaf_nodes leaves. */
static MlopsStatus
run_best_first(MlopsGrower *grower, const MlopsPendingNode *root)
{
	MlopsFrontier *frontier = &grower->frontier;
	uint32_t n_leaves = 1;
	MlopsStatus status;

	frontier->n_nodes = 0;
	frontier->n_sets = 0;
	frontier->n_heap = 0;
	status = open_node(grower, root);
	while (status == MLOPS_STATUS_OK && frontier->n_heap > 0 &&
		   n_leaves < grower->params.max_leaf_nodes)
	{
		status = split_top(grower);
		n_leaves++;
	}
	while (status == MLOPS_STATUS_OK && frontier->n_heap > 0)
	{
		uint32_t idx = heap_pop(frontier);

		recall_node(grower, idx);
		status = mlops_grower_make_leaf(grower, frontier->nodes[idx].pending.node);
	}
	return status;
}

MlopsStatus
mlops_grower_run(MlopsGrower *grower, const MlopsPendingNode *root)
{
	return grower->params.max_leaf_nodes > 0 ? run_best_first(grower, root) :
											   run_depth_first(grower, root);
}
