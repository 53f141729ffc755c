/*
 * Walking a forest.
 */
#include <string.h>

#include "core/predict.h"
#include "core/walk.h"

#define BLOCK_ROWS 4096
#define UNROLLED   8
/* Rows that visit a line or so each of a tree: fewer leave most of it alone. */
#define PREFETCH_SLOTS_PER_ROW 64

static inline void
add_value(double *out, const double *value, uint32_t n_outputs)
{
	for (uint32_t i = 0; i < n_outputs; i++)
		out[i] += value[i];
}

static inline void
divide(const MlopsForest *forest, double *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] /= forest->n_trees;
}

/* Walk one row down n trees to their leaves; n is MLOPS_WALKS, or fewer for the last trees. */
static inline void
walk_trees(const MlopsForestNode *const *nodes, const uint16_t *lanes, bool has_subsets,
		   const uint32_t n, uint32_t *steps, uint32_t *slots)
{
	uint32_t n_more = 0;
	uint32_t any;

	memset(slots, 0, n * sizeof(uint32_t));
	for (uint32_t k = 0; k < *steps / 16; k++)
	{
		MLOPS_UNROLL_WALKS
		for (uint32_t i = 0; i < n; i++)
			slots[i] = mlops_walk_step(nodes[i], slots[i], lanes, has_subsets);
	}
	for (;; n_more++)
	{
		any = 0;
		MLOPS_UNROLL_WALKS
		for (uint32_t i = 0; i < n; i++)
			any |= nodes[i][slots[i]].where;
		if (any == 0)
			break;
		MLOPS_UNROLL_WALKS
		for (uint32_t i = 0; i < n; i++)
			slots[i] = mlops_walk_step(nodes[i], slots[i], lanes, has_subsets);
	}
	*steps = mlops_walk_next_steps(*steps, n_more);
}

/* Walk one row down n trees, 1 .. MLOPS_WALKS, and add their values; steps as above. */
static void
add_trees(const MlopsForest *forest, const MlopsForestTree *trees, uint32_t n,
		  const uint16_t *lanes, uint32_t *steps, double *out)
{
	const MlopsForestNode *nodes[MLOPS_WALKS];
	uint32_t slots[MLOPS_WALKS];

	/* a loop of a fixed number of walks is so much faster that it may walk the first tree again */
	for (uint32_t i = 0; i < MLOPS_WALKS; i++)
		nodes[i] = mlops_walk_nodes(forest, &trees[i < n ? i : 0]);
	if (forest->has_subsets != 0)
		walk_trees(nodes, lanes, true, n, steps, slots);
	else if (n > MLOPS_WALKS / 2)
		walk_trees(nodes, lanes, false, MLOPS_WALKS, steps, slots);
	else if (n > MLOPS_WALKS / 4)
		walk_trees(nodes, lanes, false, MLOPS_WALKS / 2, steps, slots);
	else
		walk_trees(nodes, lanes, false, MLOPS_WALKS / 4, steps, slots);
	for (uint32_t i = 0; i < n; i++)
		add_value(out, mlops_walk_leaf(forest, &trees[i], nodes[i], slots[i]), forest->n_outputs);
}

/* One step down n trees, a multiple of UNROLLED. */
static inline void
step_many(const MlopsForestNode *const *nodes, const uint16_t *lanes, bool has_subsets, uint32_t n,
		  uint32_t *slots)
{
	for (uint32_t first = 0; first < n; first += UNROLLED)
	{
		MLOPS_UNROLL_WALKS
		for (uint32_t i = first; i < first + UNROLLED; i++)
			slots[i] = mlops_walk_step(nodes[i], slots[i], lanes, has_subsets);
	}
}

static inline bool
have_many_ended(const MlopsForestNode *const *nodes, uint32_t n, const uint32_t *slots)
{
	uint32_t any = 0;

	for (uint32_t first = 0; first < n; first += UNROLLED)
	{
		MLOPS_UNROLL_WALKS
		for (uint32_t i = first; i < first + UNROLLED; i++)
			any |= nodes[i][slots[i]].where;
	}
	return any == 0;
}

/*
 * The same with n trees, 1 .. MLOPS_MANY_WALKS, of a forest that is larger than the caches.  Each step then
 * waits for memory, so it pays that more waits overlap; in a small one the loops above are faster.
 */
static void
add_many_trees(const MlopsForest *forest, const MlopsForestTree *trees, uint32_t n,
			   const uint16_t *lanes, uint32_t *steps, double *out)
{
	const MlopsForestNode *nodes[MLOPS_MANY_WALKS];
	uint32_t slots[MLOPS_MANY_WALKS] = { 0 };
	uint32_t n_padded = (n + UNROLLED - 1) / UNROLLED * UNROLLED;
	bool has_subsets = forest->has_subsets != 0;
	uint32_t n_more = 0;

	for (uint32_t i = 0; i < MLOPS_MANY_WALKS; i++)
		nodes[i] = mlops_walk_nodes(forest, &trees[i < n ? i : 0]);
	for (uint32_t k = 0; k < *steps / 16; k++)
		step_many(nodes, lanes, has_subsets, n_padded, slots);
	for (; !have_many_ended(nodes, n_padded, slots); n_more++)
		step_many(nodes, lanes, has_subsets, n_padded, slots);
	*steps = mlops_walk_next_steps(*steps, n_more);
	for (uint32_t i = 0; i < n; i++)
		add_value(out, mlops_walk_leaf(forest, &trees[i], nodes[i], slots[i]), forest->n_outputs);
}

/* Add the values of all trees of a large forest, in groups of equal size. */
static void
add_large_forest(const MlopsForest *forest, const uint16_t *lanes, double *out)
{
	const MlopsForestTree *trees = mlops_walk_trees(forest);
	uint32_t n_groups = (forest->n_trees + MLOPS_MANY_WALKS - 1) / MLOPS_MANY_WALKS;
	uint32_t n_at_once = (forest->n_trees + n_groups - 1) / n_groups;
	uint32_t steps = 0;

	for (uint32_t first = 0; first < forest->n_trees; first += n_at_once)
	{
		uint32_t left = forest->n_trees - first;

		add_many_trees(forest, trees + first, left < n_at_once ? left : n_at_once, lanes, &steps,
					   out);
	}
}

static void
add_small_forest(const MlopsForest *forest, const uint16_t *lanes, double *out)
{
	const MlopsForestTree *trees = mlops_walk_trees(forest);
	uint32_t steps = 0;

	for (uint32_t first = 0; first < forest->n_trees; first += MLOPS_WALKS)
	{
		uint32_t left = forest->n_trees - first;

		add_trees(forest, trees + first, left < MLOPS_WALKS ? left : MLOPS_WALKS, lanes, &steps,
				  out);
	}
}

void
mlops_predict_row(const MlopsForest *forest, const uint16_t *lanes, double *out)
{
	memset(out, 0, forest->n_outputs * sizeof(double));
	if (forest->n_nodes >= MLOPS_MANY_WALKS_SLOTS)
		add_large_forest(forest, lanes, out);
	else
		add_small_forest(forest, lanes, out);
	divide(forest, out, forest->n_outputs);
}

/* Walk rows down one tree to their leaves. */
static inline void
walk_rows(const MlopsForestNode *nodes, const uint16_t *const *rows, bool has_subsets,
		  uint32_t *steps, uint32_t *slots)
{
	uint32_t n_more = 0;
	uint32_t any;

	memset(slots, 0, MLOPS_WALKS * sizeof(uint32_t));
	for (uint32_t k = 0; k < *steps / 16; k++)
	{
		MLOPS_UNROLL_WALKS
		for (int i = 0; i < MLOPS_WALKS; i++)
			slots[i] = mlops_walk_step(nodes, slots[i], rows[i], has_subsets);
	}
	for (;; n_more++)
	{
		any = 0;
		MLOPS_UNROLL_WALKS
		for (int i = 0; i < MLOPS_WALKS; i++)
			any |= nodes[slots[i]].where;
		if (any == 0)
			break;
		MLOPS_UNROLL_WALKS
		for (int i = 0; i < MLOPS_WALKS; i++)
			slots[i] = mlops_walk_step(nodes, slots[i], rows[i], has_subsets);
	}
	*steps = mlops_walk_next_steps(*steps, n_more);
}

void
mlops_predict_add_tree(const MlopsForest *forest, uint32_t number, const uint16_t *lanes,
					   size_t n_rows, double *sums)
{
	const MlopsForestTree *tree = mlops_walk_trees(forest) + number;
	const MlopsForestNode *nodes = mlops_walk_nodes(forest, tree);
	size_t n_lanes = mlops_forest_n_lanes(forest);
	uint32_t steps = 0;

	if (n_rows >= tree->n_slots / PREFETCH_SLOTS_PER_ROW)
		mlops_walk_prefetch(nodes, tree->n_slots);
	for (size_t first = 0; first < n_rows; first += MLOPS_WALKS)
	{
		size_t n = n_rows - first < MLOPS_WALKS ? n_rows - first : MLOPS_WALKS;
		const uint16_t *rows[MLOPS_WALKS];
		uint32_t slots[MLOPS_WALKS];

		for (size_t i = 0; i < MLOPS_WALKS; i++)
			rows[i] = lanes + (first + (i < n ? i : 0)) * n_lanes;
		if (forest->has_subsets != 0)
			walk_rows(nodes, rows, true, &steps, slots);
		else
			walk_rows(nodes, rows, false, &steps, slots);
		for (size_t i = 0; i < n; i++)
			add_value(sums + (first + i) * forest->n_outputs,
					  mlops_walk_leaf(forest, tree, nodes, slots[i]), forest->n_outputs);
	}
}

/* One block of rows down all trees. */
static void
predict_block(const MlopsForest *forest, const uint16_t *lanes, size_t n_rows, double *out)
{
	memset(out, 0, n_rows * forest->n_outputs * sizeof(double));
	for (uint32_t t = 0; t < forest->n_trees; t++)
		mlops_predict_add_tree(forest, t, lanes, n_rows, out);
	divide(forest, out, n_rows * forest->n_outputs);
}

void
mlops_predict_rows(const MlopsForest *forest, const uint16_t *lanes, size_t n_rows, double *out)
{
	for (size_t first = 0; first < n_rows; first += BLOCK_ROWS)
		predict_block(forest, lanes + first * mlops_forest_n_lanes(forest),
					  n_rows - first < BLOCK_ROWS ? n_rows - first : BLOCK_ROWS,
					  out + first * forest->n_outputs);
}

/* Side of a row at a split, by the definition in tree.h. */
static bool
goes_right(const MlopsForestNode *nodes, MlopsForestNode node, uint16_t code)
{
	bool missing_left = (node.where & MLOPS_NODE_MISSING_LEFT) != 0;

	if (code == MLOPS_CODE_MISSING)
		return !missing_left;
	if ((node.where & MLOPS_NODE_SUBSET) != 0)
		return mlops_walk_set_has(nodes, node, code) ? missing_left : !missing_left;
	return code > node.t - missing_left;
}

void
mlops_predict_reference(const MlopsForest *forest, const uint16_t *lanes, double *out)
{
	memset(out, 0, forest->n_outputs * sizeof(double));
	for (uint32_t t = 0; t < forest->n_trees; t++)
	{
		const MlopsForestTree *tree = mlops_walk_trees(forest) + t;
		const MlopsForestNode *nodes = mlops_walk_nodes(forest, tree);
		uint32_t slot = 0;

		while ((nodes[slot].where & MLOPS_NODE_LANE) != 0)
			slot = nodes[slot].child +
				   goes_right(nodes, nodes[slot], lanes[nodes[slot].where & MLOPS_NODE_LANE]);
		add_value(out, mlops_walk_leaf(forest, tree, nodes, slot), forest->n_outputs);
	}
	divide(forest, out, forest->n_outputs);
}
