/*
 * Walking a forest.
 */
#include <string.h>

#include "core/predict.h"
#include "core/walk.h"

#define TREES_AT_ONCE 8
#define ROWS_AT_ONCE  16
#define BLOCK_ROWS	  4096

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

/* Walk n trees from first, n <= TREES_AT_ONCE, and add their values in order. */
static inline void
walk_trees(const MlopsForest *forest, uint32_t first, uint32_t n, const uint16_t *lanes,
		   bool has_subsets, double *out)
{
	const MlopsForestTree *trees = mlops_walk_trees(forest) + first;
	const MlopsForestNode *nodes[TREES_AT_ONCE];
	uint32_t slots[TREES_AT_ONCE] = { 0 };
	uint32_t n_moving = n;

	for (uint32_t i = 0; i < n; i++)
		nodes[i] = mlops_walk_nodes(forest, &trees[i]);
	while (n_moving > 0)
	{
		n_moving = 0;
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t next = mlops_walk_step(nodes[i], slots[i], lanes, has_subsets);

			n_moving += next != slots[i];
			slots[i] = next;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		add_value(out, mlops_walk_leaf(forest, &trees[i], nodes[i], slots[i]), forest->n_outputs);
}

void
mlops_predict_row(const MlopsForest *forest, const uint16_t *lanes, double *out)
{
	memset(out, 0, forest->n_outputs * sizeof(double));
	for (uint32_t first = 0; first < forest->n_trees; first += TREES_AT_ONCE)
	{
		uint32_t left = forest->n_trees - first;
		uint32_t n = left < TREES_AT_ONCE ? left : TREES_AT_ONCE;

		if (forest->has_subsets != 0)
			walk_trees(forest, first, n, lanes, true, out);
		else if (n == TREES_AT_ONCE)
			walk_trees(forest, first, TREES_AT_ONCE, lanes, false, out);
		else
			walk_trees(forest, first, n, lanes, false, out);
	}
	divide(forest, out, forest->n_outputs);
}

/* Walk n rows, n <= ROWS_AT_ONCE, down one tree and add their values. */
static inline void
walk_rows(const MlopsForest *forest, const MlopsForestTree *tree, const uint16_t *lanes, size_t n,
		  bool has_subsets, double *out)
{
	const MlopsForestNode *nodes = mlops_walk_nodes(forest, tree);
	uint32_t n_lanes = mlops_forest_n_lanes(forest);
	uint32_t slots[ROWS_AT_ONCE] = { 0 };
	size_t n_moving = n;

	while (n_moving > 0)
	{
		n_moving = 0;
		for (size_t i = 0; i < n; i++)
		{
			uint32_t next = mlops_walk_step(nodes, slots[i], lanes + i * n_lanes, has_subsets);

			n_moving += next != slots[i];
			slots[i] = next;
		}
	}
	for (size_t i = 0; i < n; i++)
		add_value(out + i * forest->n_outputs, mlops_walk_leaf(forest, tree, nodes, slots[i]),
				  forest->n_outputs);
}

void
mlops_predict_add_tree(const MlopsForest *forest, uint32_t number, const uint16_t *lanes,
					   size_t n_rows, double *sums)
{
	const MlopsForestTree *tree = mlops_walk_trees(forest) + number;
	size_t n_lanes = mlops_forest_n_lanes(forest);

	for (size_t first = 0; first < n_rows; first += ROWS_AT_ONCE)
	{
		size_t n = n_rows - first < ROWS_AT_ONCE ? n_rows - first : ROWS_AT_ONCE;
		const uint16_t *rows = lanes + first * n_lanes;
		double *out = sums + first * forest->n_outputs;

		if (forest->has_subsets != 0)
			walk_rows(forest, tree, rows, n, true, out);
		else if (n == ROWS_AT_ONCE)
			walk_rows(forest, tree, rows, ROWS_AT_ONCE, false, out);
		else
			walk_rows(forest, tree, rows, n, false, out);
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
