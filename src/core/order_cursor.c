/*
 * Going through a B-tree with counts, and whether it is one.
 */
#include "core/order_node.h"
#include "core/order_tree.h"

void
mlops_order_cursor_begin(MlopsOrderCursor *cursor, const MlopsOrderTree *tree)
{
	*cursor = (MlopsOrderCursor){ .tree = tree };
}

/* Go down from an inner node along the first children. */
static void
go_down(MlopsOrderCursor *cursor, int32_t level)
{
	for (; level < cursor->tree->n_levels; level++)
	{
		const MlopsOrderInner *inner = cursor->nodes[level];

		cursor->nodes[level + 1] = inner->children[cursor->places[level]];
		cursor->places[level + 1] = 0;
	}
}

/* Go to the next leaf; false if this was the last. */
static bool
go_on(MlopsOrderCursor *cursor)
{
	for (int32_t level = cursor->tree->n_levels - 1; level >= 0; level--)
	{
		if (++cursor->places[level] < mlops_order_entries(cursor->nodes[level]))
		{
			go_down(cursor, level);
			return true;
		}
	}
	return false;
}

bool
mlops_order_cursor_next(MlopsOrderCursor *cursor, double *value, int64_t *count)
{
	int32_t bottom = cursor->tree->n_levels;
	const MlopsOrderLeaf *leaf;

	if (cursor->tree->root == NULL)
		return false;
	if (!cursor->is_begun)
	{
		cursor->is_begun = true;
		cursor->nodes[0] = cursor->tree->root;
		cursor->places[0] = 0;
		go_down(cursor, 0);
	}
	else if (++cursor->places[bottom] == mlops_order_entries(cursor->nodes[bottom]) &&
			 !go_on(cursor))
		return false;
	leaf = cursor->nodes[bottom];
	if (leaf == NULL)
		return false;
	*value = leaf->values[cursor->places[bottom]];
	*count = leaf->counts[cursor->places[bottom]];
	return true;
}

/* What is wrong below an inner node at a level. */
static const char *
check_inner(const MlopsOrderTree *tree, const MlopsOrderInner *inner, int32_t level)
{
	bool is_leaf = level + 1 == tree->n_levels;

	if (inner->n < 1 || inner->n > MLOPS_ORDER_INNER || (level == 0 && inner->n < 2))
		return "an inner node has a wrong number of children";
	for (int32_t i = 0; i < inner->n; i++)
	{
		const void *child = inner->children[i];
		int64_t n_values = 0;

		for (int32_t k = 0; k < mlops_order_entries(child); k++)
			n_values += is_leaf ? ((const MlopsOrderLeaf *) child)->counts[k] :
								  ((const MlopsOrderInner *) child)->counts[k];
		if (n_values != inner->counts[i])
			return "an inner node has a wrong count";
		if (i > 0 && is_leaf && mlops_order_low(child, true) < inner->lows[i])
			return "a child has a value below its lowest";
		if (i > 1 && inner->lows[i] <= inner->lows[i - 1])
			return "children are not in order";
	}
	return NULL;
}

/* What is wrong with the leaves: all values in order, counts, sums. */
static const char *
check_values(const MlopsOrderTree *tree)
{
	MlopsOrderCursor cursor;
	double value, before = 0;
	int64_t count, n = 0, n_distinct = 0;

	mlops_order_cursor_begin(&cursor, tree);
	while (mlops_order_cursor_next(&cursor, &value, &count))
	{
		if (n_distinct > 0 && !(value > before))
			return "values are not in order";
		if (count <= 0)
			return "a count is not above 0";
		before = value;
		n += count;
		n_distinct++;
	}
	return n == tree->n && n_distinct == tree->n_distinct ? NULL : "the sums are wrong";
}

const char *
mlops_order_tree_check(const MlopsOrderTree *tree)
{
	MlopsOrderCursor cursor;
	double value;
	int64_t count;

	mlops_order_cursor_begin(&cursor, tree);
	while (tree->n_levels > 0 && mlops_order_cursor_next(&cursor, &value, &count))
	{
		/* each inner node once: when the cursor has just come to its first leaf */
		for (int32_t level = tree->n_levels - 1; level >= 0; level--)
		{
			const char *fault = check_inner(tree, cursor.nodes[level], level);

			if (cursor.places[level + 1] != 0)
				break;
			if (fault != NULL)
				return fault;
		}
	}
	return check_values(tree);
}
