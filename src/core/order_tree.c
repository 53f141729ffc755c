/*
 * A sorted multiset of numbers: a B-tree with counts.
 */
#include <string.h>

#include "core/order_node.h"
#include "core/order_tree.h"

/* The way from the root to a leaf: the inner nodes and which child was taken. */
typedef struct Path
{
	MlopsOrderInner *nodes[MLOPS_ORDER_LEVELS];
	int32_t places[MLOPS_ORDER_LEVELS];
} Path;

static int32_t
capacity_of(bool is_leaf)
{
	return is_leaf ? MLOPS_ORDER_LEAF : MLOPS_ORDER_INNER;
}

/* First place of an array of numbers that is above x, or that is not below it. */
static int32_t
place_above(const double *values, int32_t n, double x)
{
	const double *first = values;

	while (n > 0)
	{
		int32_t half = n / 2;

		first += first[half] <= x ? n - half : 0;
		n = half;
	}
	return (int32_t) (first - values);
}

static int32_t
place_from(const double *values, int32_t n, double x)
{
	const double *first = values;

	while (n > 0)
	{
		int32_t half = n / 2;

		first += first[half] < x ? n - half : 0;
		n = half;
	}
	return (int32_t) (first - values);
}

/* The child that holds x if any does. */
static int32_t
find_child(const MlopsOrderInner *inner, double x)
{
	return place_above(inner->lows + 1, inner->n - 1, x);
}

/* Make room at a place: a node with one entry more, which the caller fills. */
static void
open_leaf(MlopsOrderLeaf *leaf, int32_t place)
{
	size_t n_behind = (size_t) (leaf->n - place);

	memmove(leaf->values + place + 1, leaf->values + place, n_behind * sizeof(double));
	memmove(leaf->counts + place + 1, leaf->counts + place, n_behind * sizeof(int64_t));
	leaf->n++;
}

static void
open_inner(MlopsOrderInner *inner, int32_t place)
{
	size_t n_behind = (size_t) (inner->n - place);

	memmove(inner->lows + place + 1, inner->lows + place, n_behind * sizeof(double));
	memmove(inner->counts + place + 1, inner->counts + place, n_behind * sizeof(int64_t));
	memmove(inner->children + place + 1, inner->children + place, n_behind * sizeof(void *));
	inner->n++;
}

static void
close_leaf(MlopsOrderLeaf *leaf, int32_t place)
{
	size_t n_behind = (size_t) (leaf->n - place - 1);

	memmove(leaf->values + place, leaf->values + place + 1, n_behind * sizeof(double));
	memmove(leaf->counts + place, leaf->counts + place + 1, n_behind * sizeof(int64_t));
	leaf->n--;
}

static void
close_inner(MlopsOrderInner *inner, int32_t place)
{
	size_t n_behind = (size_t) (inner->n - place - 1);

	memmove(inner->lows + place, inner->lows + place + 1, n_behind * sizeof(double));
	memmove(inner->counts + place, inner->counts + place + 1, n_behind * sizeof(int64_t));
	memmove(inner->children + place, inner->children + place + 1, n_behind * sizeof(void *));
	inner->n--;
}

/* Append the entries of a node from a place on to another; returns how many values that are. */
static int64_t
move_leaf(MlopsOrderLeaf *to, MlopsOrderLeaf *from, int32_t place)
{
	int32_t n = from->n - place;
	int64_t n_values = 0;

	memcpy(to->values + to->n, from->values + place, (size_t) n * sizeof(double));
	memcpy(to->counts + to->n, from->counts + place, (size_t) n * sizeof(int64_t));
	for (int32_t i = place; i < from->n; i++)
		n_values += from->counts[i];
	to->n += n;
	from->n = place;
	return n_values;
}

static int64_t
move_inner(MlopsOrderInner *to, MlopsOrderInner *from, int32_t place)
{
	int32_t n = from->n - place;
	int64_t n_values = 0;

	memcpy(to->lows + to->n, from->lows + place, (size_t) n * sizeof(double));
	memcpy(to->counts + to->n, from->counts + place, (size_t) n * sizeof(int64_t));
	memcpy(to->children + to->n, from->children + place, (size_t) n * sizeof(void *));
	for (int32_t i = place; i < from->n; i++)
		n_values += from->counts[i];
	to->n += n;
	from->n = place;
	return n_values;
}

static int64_t
move_entries(void *to, void *from, int32_t place, bool is_leaf)
{
	return is_leaf ? move_leaf(to, from, place) : move_inner(to, from, place);
}

static void *
make_node(bool is_leaf, const MlopsAllocator *allocator)
{
	void *node =
		mlops_alloc(allocator, 1, is_leaf ? sizeof(MlopsOrderLeaf) : sizeof(MlopsOrderInner));

	if (node != NULL)
		memset(node, 0, sizeof(int32_t));
	return node;
}

/* Split the full child at a place, for an x that is to go into it; inner has room. */
static bool
split_child(MlopsOrderInner *inner, int32_t place, double x, bool is_leaf,
			const MlopsAllocator *allocator)
{
	void *child = inner->children[place];
	int32_t n = mlops_order_entries(child);
	double last = is_leaf ? ((MlopsOrderLeaf *) child)->values[n - 1] :
							((MlopsOrderInner *) child)->lows[n - 1];
	bool is_edge = place == inner->n - 1 && x > last;
	void *sibling = make_node(is_leaf, allocator);
	int64_t n_moved;

	if (sibling == NULL)
		return false;
	n_moved = move_entries(sibling, child, is_edge ? n - 1 : n / 2, is_leaf);
	open_inner(inner, place + 1);
	inner->children[place + 1] = sibling;
	inner->lows[place + 1] = mlops_order_low(sibling, is_leaf);
	inner->counts[place + 1] = n_moved;
	inner->counts[place] -= n_moved;
	return true;
}

/* Put a root with one child above a root that is full. */
static bool
raise_root(MlopsOrderTree *tree, const MlopsAllocator *allocator)
{
	MlopsOrderInner *root;

	if (tree->n_levels == MLOPS_ORDER_LEVELS)
		return false;
	root = make_node(false, allocator);
	if (root == NULL)
		return false;
	*root = (MlopsOrderInner){ .n = 1, .counts = { tree->n }, .children = { tree->root } };
	tree->root = root;
	tree->n_levels++;
	return true;
}

/* The leaf for x, which has room for an entry, and the way to it; NULL when there is no memory. */
static MlopsOrderLeaf *
descend_to_add(MlopsOrderTree *tree, double x, Path *path, const MlopsAllocator *allocator)
{
	void *node;

	if (tree->root == NULL && (tree->root = make_node(true, allocator)) == NULL)
		return NULL;
	if (mlops_order_entries(tree->root) == capacity_of(tree->n_levels == 0) &&
		!raise_root(tree, allocator))
		return NULL;
	node = tree->root;
	for (int32_t level = 0; level < tree->n_levels; level++)
	{
		bool is_leaf = level + 1 == tree->n_levels;
		MlopsOrderInner *inner = node;
		int32_t place = find_child(inner, x);

		if (mlops_order_entries(inner->children[place]) == capacity_of(is_leaf))
		{
			if (!split_child(inner, place, x, is_leaf, allocator))
				return NULL;
			place += x >= inner->lows[place + 1];
		}
		path->nodes[level] = inner;
		path->places[level] = place;
		node = inner->children[place];
	}
	return node;
}

static void
change_counts(const MlopsOrderTree *tree, const Path *path, int64_t change)
{
	for (int32_t level = 0; level < tree->n_levels; level++)
		path->nodes[level]->counts[path->places[level]] += change;
}

bool
mlops_order_tree_add(MlopsOrderTree *tree, double x, int64_t count, const MlopsAllocator *allocator)
{
	Path path = { .places = { 0 } };
	MlopsOrderLeaf *leaf = descend_to_add(tree, x, &path, allocator);
	int32_t place;

	if (leaf == NULL)
		return false;
	place = place_from(leaf->values, leaf->n, x);
	if (place == leaf->n || leaf->values[place] != x)
	{
		open_leaf(leaf, place);
		leaf->values[place] = x + 0.0; /* -0 + 0 is 0 */
		leaf->counts[place] = 0;
		tree->n_distinct++;
	}
	leaf->counts[place] += count;
	change_counts(tree, &path, count);
	tree->n += count;
	return true;
}

/* Merge the child behind a place into the one at it. */
static void
merge_children(MlopsOrderInner *inner, int32_t place, bool is_leaf, const MlopsAllocator *allocator)
{
	void *from = inner->children[place + 1];

	if (!is_leaf)
		((MlopsOrderInner *) from)->lows[0] = inner->lows[place + 1];
	inner->counts[place] += move_entries(inner->children[place], from, 0, is_leaf);
	mlops_free(allocator, from);
	close_inner(inner, place + 1);
}

/* Drop the child at a place if it is empty; merge it with a neighbour if both have few entries. */
static void
mend_child(MlopsOrderInner *inner, int32_t place, bool is_leaf, const MlopsAllocator *allocator)
{
	int32_t n = inner == NULL ? 0 : mlops_order_entries(inner->children[place]);
	int32_t capacity = capacity_of(is_leaf);

	if (inner == NULL)
		return;
	if (n == 0)
	{
		mlops_free(allocator, inner->children[place]);
		close_inner(inner, place);
		return;
	}
	if (n >= capacity / 4)
		return;
	if (place + 1 < inner->n && n + mlops_order_entries(inner->children[place + 1]) <= capacity / 2)
		merge_children(inner, place, is_leaf, allocator);
	else if (place > 0 && n + mlops_order_entries(inner->children[place - 1]) <= capacity / 2)
		merge_children(inner, place - 1, is_leaf, allocator);
}

/* Mend what lost entries, from the leaf up. */
static void
mend_path(MlopsOrderTree *tree, const Path *path, const MlopsAllocator *allocator)
{
	for (int32_t level = tree->n_levels - 1; level >= 0; level--)
		mend_child(path->nodes[level], path->places[level], level + 1 == tree->n_levels, allocator);
	while (tree->n_levels > 0 && mlops_order_entries(tree->root) == 1)
	{
		MlopsOrderInner *root = tree->root;

		tree->root = root->children[0];
		tree->n_levels--;
		mlops_free(allocator, root);
	}
}

bool
mlops_order_tree_remove(MlopsOrderTree *tree, double x, const MlopsAllocator *allocator)
{
	void *node = tree->root;
	Path path = { .places = { 0 } };
	MlopsOrderLeaf *leaf;
	int32_t place;

	if (node == NULL)
		return false;
	for (int32_t level = 0; level < tree->n_levels; level++)
	{
		path.nodes[level] = node;
		path.places[level] = find_child(path.nodes[level], x);
		node = path.nodes[level]->children[path.places[level]];
	}
	leaf = node;
	place = place_from(leaf->values, leaf->n, x);
	if (place == leaf->n || leaf->values[place] != x)
		return false;
	if (tree->n == 1)
	{
		mlops_order_tree_clear(tree, allocator);
		return true;
	}
	change_counts(tree, &path, -1);
	tree->n--;
	if (--leaf->counts[place] > 0)
		return true;
	close_leaf(leaf, place);
	tree->n_distinct--;
	/* few removals leave a node that needs it */
	if (leaf->n < MLOPS_ORDER_LEAF / 4)
		mend_path(tree, &path, allocator);
	return true;
}

double
mlops_order_tree_kth(const MlopsOrderTree *tree, int64_t k)
{
	const void *node = tree->root;
	const MlopsOrderLeaf *leaf;
	int32_t place = 0;

	for (int32_t level = 0; level < tree->n_levels; level++)
	{
		const MlopsOrderInner *inner = node;

		for (place = 0; k > inner->counts[place]; place++)
			k -= inner->counts[place];
		node = inner->children[place];
	}
	leaf = node;
	for (place = 0; k > leaf->counts[place]; place++)
		k -= leaf->counts[place];
	return leaf->values[place];
}

int64_t
mlops_order_tree_rank(const MlopsOrderTree *tree, double x)
{
	const void *node = tree->root;
	const MlopsOrderLeaf *leaf;
	int64_t rank = 0;
	int32_t place;

	if (node == NULL)
		return 0;
	for (int32_t level = 0; level < tree->n_levels; level++)
	{
		const MlopsOrderInner *inner = node;

		place = find_child(inner, x);
		for (int32_t i = 0; i < place; i++)
			rank += inner->counts[i];
		node = inner->children[place];
	}
	leaf = node;
	place = place_above(leaf->values, leaf->n, x);
	for (int32_t i = 0; i < place; i++)
		rank += leaf->counts[i];
	return rank;
}

void
mlops_order_tree_clear(MlopsOrderTree *tree, const MlopsAllocator *allocator)
{
	void *nodes[MLOPS_ORDER_LEVELS + 1];
	int32_t level = 0;

	nodes[0] = tree->root;
	while (level >= 0 && tree->root != NULL)
	{
		MlopsOrderInner *inner = nodes[level];

		/* the last child first, each of which is then gone from its parent */
		if (level < tree->n_levels && inner->n > 0)
			nodes[++level] = inner->children[--inner->n];
		else
			mlops_free(allocator, nodes[level--]);
	}
	*tree = (MlopsOrderTree){ 0 };
}
