/*
 * A tree of scikit-learn grown again by our kernels.
 *
 * Reads a tree's rows, as codes, with their multiplicities in its bootstrap and
 * the state of its random numbers; grows it with histogram, split and partition
 * of src/core; and prints its nodes.  Only the draws of columns are
 * scikit-learn's (_splitter.pyx, node_split_best, and our_rand_r), so that the
 * two trees can be compared node by node.  Called by auc.py.
 *
 *   in    n_rows n_columns max_features max_depth state
 *         n_rows lines: class multiplicity code ...
 *   out   a line per node, in preorder: column (-1 = leaf), weight of class 0, of class 1
 *
 * Not handled: missing values, categories, leaves of more than one row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/partition.h"
#include "core/split.h"

#define MAX_COLUMNS 64

/* Columns that are constant in a node are first in both arrays, for it and its children. */
typedef struct Draws
{
	uint32_t state;
	uint32_t max_features;
	uint32_t columns[MAX_COLUMNS];
	uint32_t constants[MAX_COLUMNS];
} Draws;

typedef struct Replay
{
	MlopsDataset *dataset;
	uint32_t max_depth; /* 0 = no limit */
	Draws draws;
	MlopsSums sums;
	MlopsHistogram histogram;
	MlopsLevelOrders orders;
	MlopsSplitFinder finder;
	uint64_t *buffers[2];
	uint8_t sides[UINT16_MAX + 1];
} Replay;

/* A range of rows in one of the buffers. */
typedef struct Node
{
	size_t begin;
	size_t n_rows;
	uint32_t buffer;
	uint32_t depth;
	uint32_t n_constants;
	uint64_t total;
} Node;

static void *
alloc_block(void *state, size_t n_bytes)
{
	void *block = malloc(n_bytes);

	(void) state;
	if (block == NULL)
		exit(1);
	return block;
}

static void
free_block(void *state, void *block)
{
	(void) state;
	free(block);
}

static const MlopsAllocator ALLOCATOR = { alloc_block, free_block, NULL };

static long
read_number(void)
{
	long number;

	if (scanf("%ld", &number) != 1)
	{
		(void) fputs("a number is missing\n", stderr);
		exit(1);
	}
	return number;
}

/* A number in low .. high - 1. */
static uint32_t
draw(Draws *draws, uint32_t low, uint32_t high)
{
	draws->state ^= draws->state << 13;
	draws->state ^= draws->state >> 17;
	draws->state ^= draws->state << 5;
	return low + (draws->state & INT32_MAX) % (high - low);
}

static void
swap_columns(Draws *draws, uint32_t i, uint32_t j)
{
	uint32_t column = draws->columns[i];

	draws->columns[i] = draws->columns[j];
	draws->columns[j] = column;
}

/* Score the cuts of one column; false if it is constant in the node. */
static bool
search_column(Replay *replay, const Node *node, uint32_t column)
{
	const MlopsDataset *dataset = replay->dataset;
	const MlopsField *field = &mlops_dataset_fields(dataset)[column];
	const MlopsPresent *present = &replay->histogram.present;

	mlops_histogram_build(dataset, &replay->sums,
						  replay->buffers[node->buffer] + node->begin * dataset->n_words,
						  node->n_rows, &field, &replay->histogram, 1);
	if (present->n < 2)
		return false;
	mlops_split_find(&replay->finder, column, field, present, &node->total);
	return true;
}

/* Search the best cut among the columns that scikit-learn draws; false if there is none. */
static bool
search_node(Replay *replay, Node *node)
{
	Draws *draws = &replay->draws;
	uint32_t n_known = node->n_constants;
	uint32_t end = replay->dataset->n_columns;
	uint32_t n_found = 0;
	uint32_t n_drawn_constants = 0;

	mlops_split_finder_reset(&replay->finder);
	for (uint32_t n_visited = 0;
		 end > n_known + n_found &&
		 (n_visited < draws->max_features || n_visited <= n_found + n_drawn_constants);
		 n_visited++)
	{
		uint32_t j = draw(draws, n_drawn_constants, end - n_found);

		if (j < n_known)
			swap_columns(draws, n_drawn_constants++, j);
		else if (search_column(replay, node, draws->columns[j + n_found]))
			swap_columns(draws, --end, j + n_found);
		else
		{
			swap_columns(draws, n_known + n_found, j + n_found);
			n_found++;
		}
	}
	memcpy(draws->columns, draws->constants, n_known * sizeof(uint32_t));
	memcpy(draws->constants + n_known, draws->columns + n_known, n_found * sizeof(uint32_t));
	node->n_constants += n_found;
	return replay->finder.best.score > -1.0 / 0.0;
}

static bool
is_pure(const Replay *replay, const Node *node)
{
	return mlops_sums_positives(&replay->sums, node->total) == 0 ||
		   mlops_sums_negatives(&replay->sums, node->total) == 0;
}

/* Grow a node and all below it: the left side first, as scikit-learn does. */
static void
grow(Replay *replay, Node node)
{
	uint32_t n_words = replay->dataset->n_words;
	const MlopsSplit *best = &replay->finder.best;
	bool is_leaf = is_pure(replay, &node) ||
				   (replay->max_depth > 0 && node.depth >= replay->max_depth) ||
				   !search_node(replay, &node);
	Node left = node;
	Node right = node;

	printf("%d %llu %llu\n", is_leaf ? -1 : (int) best->column,
		   (unsigned long long) mlops_sums_negatives(&replay->sums, node.total),
		   (unsigned long long) mlops_sums_positives(&replay->sums, node.total));
	if (is_leaf)
		return;
	left.n_rows =
		mlops_partition(n_words, &mlops_dataset_fields(replay->dataset)[best->column], best,
						replay->sides, replay->buffers[node.buffer] + node.begin * n_words,
						replay->buffers[1 - node.buffer] + node.begin * n_words, node.n_rows);
	left.total = *best->left;
	left.buffer = right.buffer = 1 - node.buffer;
	left.depth = right.depth = node.depth + 1;
	right.begin = node.begin + left.n_rows;
	right.n_rows = node.n_rows - left.n_rows;
	right.total = node.total - left.total;
	grow(replay, left);
	grow(replay, right);
}

/* Read the rows and pack those that the bootstrap drew into buffer 0. */
static Node
read_rows(Replay *replay, size_t n_rows, uint32_t n_columns)
{
	MlopsColumn *columns = mlops_alloc_zero(&ALLOCATOR, n_columns, sizeof(MlopsColumn));
	uint32_t *classes = mlops_alloc(&ALLOCATOR, n_rows, sizeof(uint32_t));
	uint64_t *counts = mlops_alloc(&ALLOCATOR, n_rows, sizeof(uint64_t));
	uint16_t *codes = mlops_alloc(&ALLOCATOR, n_rows * n_columns, sizeof(uint16_t));
	Node root = { 0 };
	MlopsDataset *dataset;

	for (size_t i = 0; i < n_rows; i++)
	{
		classes[i] = (uint32_t) read_number();
		counts[i] = (uint64_t) read_number();
		for (uint32_t c = 0; c < n_columns; c++)
		{
			codes[c * n_rows + i] = (uint16_t) read_number();
			if (codes[c * n_rows + i] >= columns[c].n_codes)
				columns[c].n_codes = codes[c * n_rows + i] + 1u;
		}
	}
	dataset = mlops_dataset_init(
		mlops_alloc(&ALLOCATOR, mlops_dataset_bytes(columns, n_columns, n_rows, 2, false), 1),
		columns, n_columns, n_rows, 2, false);
	mlops_dataset_set_classes(dataset, classes);
	for (uint32_t c = 0; c < n_columns; c++)
		mlops_dataset_set_codes(dataset, c, 0, n_rows, codes + c * n_rows);
	mlops_sums_init(&replay->sums, dataset, 1, n_rows, n_rows);
	for (int i = 0; i < 2; i++)
		replay->buffers[i] = mlops_alloc(&ALLOCATOR, n_rows, dataset->n_words * sizeof(uint64_t));
	for (size_t i = 0; i < n_rows; i++)
	{
		uint64_t *row = replay->buffers[0] + root.n_rows * dataset->n_words;

		if (counts[i] == 0)
			continue;
		memcpy(row, mlops_dataset_rows(dataset) + i * dataset->n_words,
			   dataset->n_words * sizeof(uint64_t));
		row[0] |= counts[i] << dataset->class_bits;
		mlops_sums_add_row(dataset, &replay->sums, row, &root.total);
		root.n_rows++;
	}
	replay->dataset = dataset;
	return root;
}

int
main(void)
{
	static Replay replay;
	size_t n_rows = (size_t) read_number();
	uint32_t n_columns = (uint32_t) read_number();
	Node root;

	replay.draws.max_features = (uint32_t) read_number();
	replay.max_depth = (uint32_t) read_number();
	replay.draws.state = (uint32_t) read_number();
	if (n_columns > MAX_COLUMNS)
		return 1;
	for (uint32_t c = 0; c < n_columns; c++)
		replay.draws.columns[c] = c;
	root = read_rows(&replay, n_rows, n_columns);
	if (!mlops_split_finder_alloc(&replay.finder, &replay.sums, false, &ALLOCATOR) ||
		!mlops_histogram_alloc(&replay.histogram, &replay.sums, replay.dataset->max_codes,
							   &ALLOCATOR))
		return 1;
	replay.finder.dataset = replay.dataset;
	replay.finder.orders = &replay.orders;
	replay.finder.criterion = MLOPS_CRITERION_GINI;
	replay.finder.min_samples_leaf = 1;
	grow(&replay, root);
	return 0;
}
