/*
 * Growing trees: one node.
 *
 * A column that is constant in the node counts as drawn, but drawing goes on
 * while all drawn ones were constant: scikit-learn's rule.
 */
#include <string.h>

#include "core/grow_internal.h"
#include "core/partition.h"

#define MAX_TREE_NODES (UINT32_MAX / 2)

MlopsStatus
mlops_grower_add_node(MlopsGrower *grower, uint32_t *node)
{
	MlopsTree *tree = grower->tree;

	if (tree->n_nodes >= MAX_TREE_NODES)
		return MLOPS_STATUS_LIMIT;
	if (!mlops_array_reserve(&grower->allocator, (void **) &tree->nodes, &tree->nodes_capacity,
							 tree->n_nodes + 1, sizeof(MlopsTreeNode)))
		return MLOPS_STATUS_NOMEM;
	*node = (uint32_t) tree->n_nodes++;
	memset(&tree->nodes[*node], 0, sizeof(MlopsTreeNode));
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_grower_make_leaf(MlopsGrower *grower, uint32_t node)
{
	MlopsTree *tree = grower->tree;
	const MlopsSums *sums = &grower->sums;
	uint64_t packed[2];
	const uint64_t *total = grower->total;
	uint32_t entry;

	if (sums->kind == MLOPS_SUMS_PACKED)
	{
		packed[0] = mlops_sums_negatives(sums, *total);
		packed[1] = mlops_sums_positives(sums, *total);
		total = packed;
	}
	if (!mlops_tree_add_entry(tree, &grower->allocator, total, &entry))
		return MLOPS_STATUS_NOMEM;
	tree->nodes[node].entry = entry;
	return MLOPS_STATUS_OK;
}

/* True if all rows of the node have one class or one target. */
static bool
is_pure(const MlopsGrower *grower, const uint64_t *rows, size_t n_rows)
{
	const MlopsSums *sums = &grower->sums;
	uint32_t n_present = 0;
	uint32_t word = grower->dataset->target_word;

	if (sums->kind == MLOPS_SUMS_PACKED)
		return mlops_sums_positives(sums, *grower->total) == 0 ||
			   mlops_sums_negatives(sums, *grower->total) == 0;
	if (sums->kind == MLOPS_SUMS_CLASSES)
	{
		for (uint32_t c = 0; c < sums->n_classes; c++)
			n_present += grower->total[c] > 0;
		return n_present <= 1;
	}
	for (size_t i = 1; i < n_rows; i++)
	{
		if (rows[i * grower->dataset->n_words + word] != rows[word])
			return false;
	}
	return true;
}

/* Draw the next column into place i of the permutation. */
static void
draw_column(MlopsGrower *grower, uint32_t i)
{
	uint32_t *columns = grower->columns;
	uint32_t j = i + mlops_rng_below(&grower->rng, grower->dataset->n_columns - i);
	uint32_t column = columns[j];

	columns[j] = columns[i];
	columns[i] = column;
}

/* Sum the rows by n (1 or 2) drawn columns and score their cuts; false if all are constant. */
static bool
search_columns(MlopsGrower *grower, const uint64_t *rows, size_t n_rows, uint32_t first, int n)
{
	const MlopsField *all = mlops_dataset_fields(grower->dataset);
	const MlopsField *fields[2] = { NULL, NULL };
	bool found = false;

	for (int i = 0; i < n; i++)
		fields[i] = &all[grower->columns[first + (uint32_t) i]];
	mlops_histogram_build(grower->dataset, &grower->sums, rows, n_rows, fields, grower->histograms,
						  n);
	for (int i = 0; i < n; i++)
	{
		const MlopsPresent *present = &grower->histograms[i].present;

		if (present->n + present->has_missing < 2 || present->n == 0)
			continue;
		found = true;
		mlops_split_find(&grower->finder, grower->columns[first + (uint32_t) i], fields[i], present,
						 grower->total);
	}
	return found;
}

/* Search the node's best cut; false if it has none. */
static bool
search_node(MlopsGrower *grower, const uint64_t *rows, size_t n_rows)
{
	uint32_t n_columns = grower->dataset->n_columns;
	uint32_t n_drawn = grower->params.max_features;
	bool found = false;

	mlops_split_finder_reset(&grower->finder);
	for (uint32_t i = 0; i < n_drawn; i++)
		draw_column(grower, i);
	for (uint32_t i = 0; i < n_drawn; i += 2)
		found |= search_columns(grower, rows, n_rows, i, n_drawn - i >= 2 ? 2 : 1);
	for (; !found && n_drawn < n_columns; n_drawn++)
	{
		draw_column(grower, n_drawn);
		found = search_columns(grower, rows, n_rows, n_drawn, 1);
	}
	return grower->finder.best.score > -1.0 / 0.0;
}

bool
mlops_grower_find_cut(MlopsGrower *grower, const MlopsPendingNode *pending)
{
	const MlopsGrowParams *params = &grower->params;
	size_t n_rows = pending->n_rows;

	if (n_rows < params->min_samples_split || n_rows / 2 < params->min_samples_leaf ||
		(params->max_depth > 0 && pending->depth >= params->max_depth))
		return false;
	return !is_pure(grower, mlops_pending_rows(grower, pending), n_rows) &&
		   search_node(grower, mlops_pending_rows(grower, pending), n_rows);
}

/* Book what the split of a node is worth; its sums are in total. */
static void
note_importance(MlopsGrower *grower)
{
	const MlopsSplit *best = &grower->finder.best;
	const MlopsImportance *importance = grower->importance;

	if (importance == NULL)
		return;
	importance->gain[best->column] +=
		mlops_split_decrease(&grower->finder, grower->total, best->left) / grower->root_weight;
	importance->cover[best->column] += mlops_split_weight(&grower->finder, grower->total);
	importance->splits[best->column]++;
}

/* Write the best cut into a node of the tree whose children begin at child. */
static MlopsStatus
write_cut(MlopsGrower *grower, uint32_t node_number, uint32_t child)
{
	const MlopsSplit *split = &grower->finder.best;
	MlopsTree *tree = grower->tree;
	MlopsTreeNode *node = &tree->nodes[node_number];

	if (!mlops_array_reserve(&grower->allocator, (void **) &tree->set_codes,
							 &tree->set_codes_capacity, tree->n_set_codes + split->n_set_codes,
							 sizeof(uint16_t)))
		return MLOPS_STATUS_NOMEM;
	node->child = child;
	node->column = split->column & 0x3FFF; /* MLOPS_MAX_COLUMNS are fewer */
	node->missing_left = split->missing_left;
	node->is_subset = split->is_subset;
	if (!split->is_subset)
	{
		node->threshold = (uint16_t) split->threshold;
		return MLOPS_STATUS_OK;
	}
	node->first_set_code = (uint32_t) tree->n_set_codes;
	node->n_set_codes = (uint16_t) split->n_set_codes;
	memcpy(tree->set_codes + tree->n_set_codes, split->set_codes,
		   split->n_set_codes * sizeof(uint16_t));
	tree->n_set_codes += split->n_set_codes;
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_grower_apply_cut(MlopsGrower *grower, const MlopsPendingNode *pending,
					   MlopsPendingNode children[2])
{
	const MlopsSplit *split = &grower->finder.best;
	const MlopsField *field = &mlops_dataset_fields(grower->dataset)[split->column];
	uint32_t n_words = grower->dataset->n_words;
	size_t n_left;
	MlopsStatus status = mlops_grower_add_node(grower, &children[0].node);

	if (status == MLOPS_STATUS_OK)
		status = mlops_grower_add_node(grower, &children[1].node);
	if (status == MLOPS_STATUS_OK)
		status = write_cut(grower, pending->node, children[0].node);
	if (status != MLOPS_STATUS_OK)
		return status;
	note_importance(grower);
	n_left = mlops_partition(
		n_words, field, split, grower->sides, mlops_pending_rows(grower, pending),
		grower->buffers[1 - pending->buffer] + pending->begin * n_words, pending->n_rows);
	for (int i = 0; i < 2; i++)
	{
		children[i].begin = i == 0 ? pending->begin : pending->begin + n_left;
		children[i].n_rows = i == 0 ? n_left : pending->n_rows - n_left;
		children[i].depth = pending->depth + 1;
		children[i].buffer = 1 - pending->buffer;
	}
	return MLOPS_STATUS_OK;
}
