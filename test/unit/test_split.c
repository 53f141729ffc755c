/*
 * The cut that is found is the best of all cuts, by brute force over every division of the rows;
 * fast histograms and partitions equal the plain ones, bit for bit.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/level_order.h"
#include "core/partition.h"
#include "core/split.h"

#include "random_dataset.h"
#include "unit.h"

/* One node of a random dataset, and all that a search of its cuts needs. */
typedef struct Node
{
	RandomDataset data;
	RandomBag bag;
	MlopsSums sums;
	MlopsHistogram histograms[2];
	MlopsLevelOrders orders;
	MlopsSplitFinder finder;
	uint64_t *total;
} Node;

static void
node_open(Node *node, const RandomShape *shape, size_t n_rows, MlopsCriterion criterion,
		  uint32_t min_samples_leaf)
{
	memset(node, 0, sizeof(*node));
	random_dataset_make(&node->data, shape);
	random_bag_make(&node->bag, &node->data, n_rows, 15, shape->seed + 1);
	mlops_sums_init(&node->sums, node->data.dataset, min_samples_leaf, n_rows, 15 * n_rows);
	node->total = random_alloc(node->sums.cell_words, sizeof(uint64_t));
	for (size_t i = 0; i < n_rows; i++)
		mlops_sums_add_row(node->data.dataset, &node->sums,
						   node->bag.rows + i * node->data.dataset->n_words, node->total);
	if (!mlops_histogram_alloc(&node->histograms[0], &node->sums, node->data.dataset->max_codes,
							   &plain_allocator) ||
		!mlops_histogram_alloc(&node->histograms[1], &node->sums, node->data.dataset->max_codes,
							   &plain_allocator) ||
		!mlops_level_orders_alloc(&node->orders, node->data.dataset, &plain_allocator) ||
		!mlops_split_finder_alloc(&node->finder, &node->sums, shape->n_categorical > 0,
								  &plain_allocator))
		exit(2);
	node->finder.dataset = node->data.dataset;
	node->finder.orders = &node->orders;
	node->finder.criterion = criterion;
	node->finder.min_samples_leaf = min_samples_leaf;
	mlops_split_finder_reset(&node->finder);
}

static void
node_close(Node *node)
{
	mlops_split_finder_free(&node->finder, &plain_allocator);
	mlops_level_orders_free(&node->orders, &plain_allocator);
	mlops_histogram_free(&node->histograms[0], &plain_allocator);
	mlops_histogram_free(&node->histograms[1], &plain_allocator);
	free(node->total);
	random_bag_free(&node->bag);
	random_dataset_free(&node->data);
}

static const MlopsField *
field_of(const Node *node, uint32_t column)
{
	return &mlops_dataset_fields(node->data.dataset)[column];
}

static void
check_present(const Node *node, const MlopsPresent *fast, const MlopsPresent *plain)
{
	size_t n_cells = plain->n + (plain->has_missing ? 1u : 0u);

	REQUIRE(fast->n == plain->n);
	REQUIRE(fast->has_missing == plain->has_missing);
	REQUIRE(memcmp(fast->codes, plain->codes, plain->n * sizeof(uint16_t)) == 0);
	REQUIRE(memcmp(fast->cells, plain->cells, n_cells * node->sums.cell_words * sizeof(uint64_t)) ==
			0);
}

/* Both columns of a pass, and one alone, against the plain histogram. */
static void
check_histograms(Node *node)
{
	const MlopsDataset *dataset = node->data.dataset;
	MlopsHistogram plain;

	if (!mlops_histogram_alloc(&plain, &node->sums, dataset->max_codes, &plain_allocator))
		exit(2);
	for (uint32_t c = 0; c < dataset->n_columns; c++)
	{
		const MlopsField *fields[2] = { field_of(node, c),
										field_of(node, (c + 1) % dataset->n_columns) };
		int n_fields = dataset->n_columns > 1 ? 2 : 1;

		mlops_histogram_build(dataset, &node->sums, node->bag.rows, node->bag.n_rows, fields,
							  node->histograms, n_fields);
		for (int k = 0; k < n_fields; k++)
		{
			mlops_histogram_build_naive(dataset, &node->sums, node->bag.rows, node->bag.n_rows,
										fields[k], &plain);
			check_present(node, &node->histograms[k].present, &plain.present);
		}
		mlops_histogram_build(dataset, &node->sums, node->bag.rows, node->bag.n_rows, fields,
							  node->histograms, 1);
		mlops_histogram_build_naive(dataset, &node->sums, node->bag.rows, node->bag.n_rows,
									fields[0], &plain);
		check_present(node, &node->histograms[0].present, &plain.present);
	}
	mlops_histogram_free(&plain, &plain_allocator);
}

static const size_t NODE_ROWS[] = { 1, 2, 63, 64, 65, 255, 256, 257, 5000 };
static const uint32_t WIDTHS[] = { 2, 3, 200, 254, 255, 3000, 65535 };

static void
histograms_equal_the_plain_ones(void)
{
	static const uint32_t CLASSES[] = { 0, 2, 3, 10 };

	for (size_t c = 0; c < 4; c++)
	{
		for (size_t r = 0; r < sizeof(NODE_ROWS) / sizeof(NODE_ROWS[0]); r++)
		{
			for (uint32_t option = 0; option < 4; option++)
			{
				RandomShape shape = { .seed = c * 100 + r,
									  .n_rows = 3000,
									  .n_columns = 7,
									  .codes_of = WIDTHS,
									  .n_classes = CLASSES[c],
									  .missing_percent = option % 2 == 0 ? 0 : 15,
									  .is_weighted = option >= 2 };
				Node node;

				node_open(&node, &shape, NODE_ROWS[r],
						  CLASSES[c] == 0 ? MLOPS_CRITERION_SQUARED_ERROR : MLOPS_CRITERION_GINI,
						  1 + option);
				check_histograms(&node);
				node_close(&node);
			}
		}
	}
}

/* Weight by class, or weight and weighted sum of targets, of the rows that a mask of cells takes. */
typedef struct Side
{
	double classes[10];
	double weight;
	double target;
	double square;
	size_t n_unique;
} Side;

static void
side_add(const Node *node, size_t i, Side *side)
{
	size_t row = node->bag.row_idx[i];
	double w = (double) node->bag.multiplicities[i] * node->data.weights[row];

	if (node->finder.class_weights != NULL)
		w *= node->finder.class_weights[node->data.classes[row]];
	side->weight += w;
	side->n_unique++;
	if (node->data.shape.n_classes > 0)
		side->classes[node->data.classes[row]] += w;
	else
	{
		side->target += w * (double) node->data.targets[row];
		side->square += w * (double) node->data.targets[row] * (double) node->data.targets[row];
	}
}

/* Impurity of a side times its weight, by the textbook. */
static double
impurity(const Node *node, const Side *side)
{
	double sum = 0;

	if (node->data.shape.n_classes == 0)
		return side->square - side->target * side->target / side->weight;
	for (uint32_t c = 0; c < node->data.shape.n_classes; c++)
	{
		double p = side->classes[c] / side->weight;

		if (node->finder.criterion == MLOPS_CRITERION_ENTROPY)
			sum -= p > 0 ? p * log(p) : 0;
		else
			sum += p * (1 - p);
	}
	return sum * side->weight;
}

/* Decrease of impurity of a division, or a negative number if a side is too small. */
static double
decrease_of(const Node *node, uint32_t column, const bool *left_codes, bool missing_left)
{
	Side sides[2] = { 0 };
	Side all = { 0 };

	for (size_t i = 0; i < node->bag.n_rows; i++)
	{
		uint16_t code = random_dataset_code(&node->data, column, node->bag.row_idx[i]);
		bool is_left = code == MLOPS_CODE_MISSING ? missing_left : left_codes[code];

		side_add(node, i, &sides[is_left ? 0 : 1]);
		side_add(node, i, &all);
	}
	if (sides[0].n_unique < node->finder.min_samples_leaf ||
		sides[1].n_unique < node->finder.min_samples_leaf || sides[0].n_unique == 0 ||
		sides[1].n_unique == 0)
		return -1;
	return impurity(node, &all) - impurity(node, &sides[0]) - impurity(node, &sides[1]);
}

/* Codes that the found split sends left. */
static void
found_sides(const MlopsSplit *split, uint32_t n_codes, bool *left_codes)
{
	for (uint32_t code = 0; code < n_codes; code++)
	{
		MlopsTreeNode node = { .missing_left = split->missing_left, .is_subset = split->is_subset };

		if (split->is_subset)
			node.n_set_codes = (uint16_t) split->n_set_codes;
		else
			node.threshold = (uint16_t) split->threshold;
		left_codes[code] = !random_goes_right(&node, split->set_codes, (uint16_t) code);
	}
}

/* Best decrease over all divisions of codes: cuts of a number, subsets of levels. */
static double
best_by_force(const Node *node, uint32_t column, bool is_subset)
{
	uint32_t n_codes = field_of(node, column)->n_codes;
	uint32_t n_divisions = is_subset ? 1u << n_codes : n_codes;
	double best = -1;
	bool left_codes[64];

	for (uint32_t d = 0; d < n_divisions; d++)
	{
		for (uint32_t code = 0; code < n_codes; code++)
			left_codes[code] = is_subset ? (d >> code & 1) != 0 : code <= d;
		best = fmax(best, decrease_of(node, column, left_codes, false));
		best = fmax(best, decrease_of(node, column, left_codes, true));
	}
	return best;
}

/* Search one column and compare with brute force; true if the best was found. */
static bool
check_column(Node *node, uint32_t column)
{
	const MlopsField *field = field_of(node, column);
	bool is_subset = field->kind == MLOPS_COLUMN_CATEGORICAL;
	const MlopsPresent *present = &node->histograms[0].present;
	bool left_codes[64];
	double best = best_by_force(node, column, is_subset);
	double found, scale;
	Side all = { 0 };

	mlops_histogram_build(node->data.dataset, &node->sums, node->bag.rows, node->bag.n_rows, &field,
						  node->histograms, 1);
	if (present->n + (present->has_missing ? 1u : 0u) < 2)
		return true;
	if (is_subset)
		mlops_level_orders_build(&node->orders, node->data.dataset, &node->sums, column, present,
								 node->total);
	mlops_split_finder_reset(&node->finder);
	mlops_split_find(&node->finder, column, field, present, node->total);
	if (isinf(node->finder.best.score))
		return UNIT_CHECK(best < 0);
	found_sides(&node->finder.best, field->n_codes, left_codes);
	found = decrease_of(node, column, left_codes, node->finder.best.missing_left);
	for (size_t i = 0; i < node->bag.n_rows; i++)
		side_add(node, i, &all);
	scale = 1e-9 * (fabs(impurity(node, &all)) + 1);
	/* what the finder says it is worth is what the textbook says */
	UNIT_CHECK_NEAR(mlops_split_decrease(&node->finder, node->total, node->finder.best.left), found,
					scale);
	return found >= best - scale;
}

static const double CLASS_WEIGHTS[] = { 0.25, 3.5, 1, 1, 2, 1, 0.5, 1, 1, 1 };

static void
check_shape(RandomShape shape, MlopsCriterion criterion, uint32_t min_samples_leaf, size_t n_rows,
			int *n_checked, int *n_best)
{
	Node node;

	node_open(&node, &shape, n_rows, criterion, min_samples_leaf);
	if (shape.n_classes > 0 && shape.n_categorical == 0 && shape.seed % 4 >= 2)
		node.finder.class_weights = CLASS_WEIGHTS;
	for (uint32_t c = 0; c < shape.n_columns; c++)
	{
		(*n_checked)++;
		*n_best += check_column(&node, c);
	}
	node_close(&node);
}

/* Numbers: every cut, every side of missing, every criterion and kind of sums, class weights. */
static void
the_best_cut_of_numbers_is_found(void)
{
	static const size_t ROWS[] = { 2, 3, 10, 60, 300 };
	int n_checked = 0, n_best = 0;

	for (uint32_t seed = 0; seed < 200; seed++)
	{
		RandomShape shape = { .seed = seed,
							  .n_rows = 200,
							  .n_columns = 3,
							  .n_codes = 2 + seed % 9,
							  .missing_percent = seed % 3 * 15,
							  .is_weighted = seed % 2 == 1 };
		static const uint32_t CLASSES[] = { 2, 2, 3, 10, 0 };

		shape.n_classes = CLASSES[seed % 5];
		check_shape(shape,
					shape.n_classes == 0 ? MLOPS_CRITERION_SQUARED_ERROR :
					seed % 7 < 3		 ? MLOPS_CRITERION_ENTROPY :
										   MLOPS_CRITERION_GINI,
					1 + seed % 4, ROWS[seed / 5 % 5], &n_checked, &n_best);
	}
	UNIT_CHECK_INT(n_best, n_checked);
}

/* Levels, two classes and regression: all 2^k subsets.  Missing values take either side of any cut. */
static void
the_best_subset_of_levels_is_found(void)
{
	int n_checked = 0, n_best = 0;

	for (uint32_t seed = 0; seed < 120; seed++)
	{
		RandomShape shape = { .seed = seed,
							  .n_rows = 100,
							  .n_columns = 2,
							  .n_codes = 2 + seed % 7,
							  .n_categorical = 2,
							  .n_classes = seed % 2 == 0 ? 2 : 0,
							  .missing_percent = seed % 3 * 10 };

		check_shape(shape,
					shape.n_classes == 0 ? MLOPS_CRITERION_SQUARED_ERROR :
					seed % 4 == 0		 ? MLOPS_CRITERION_ENTROPY :
										   MLOPS_CRITERION_GINI,
					1, 20 + seed, &n_checked, &n_best);
	}
	UNIT_CHECK_INT(n_best, n_checked);
}

/* With more classes an order per class finds the best of the subsets in most nodes. */
static void
more_classes_find_most_best_subsets(void)
{
	int n_checked = 0, n_best = 0;

	for (uint32_t seed = 0; seed < 120; seed++)
		check_shape((RandomShape){ .seed = seed,
								   .n_rows = 100,
								   .n_columns = 2,
								   .n_codes = 3 + seed % 6,
								   .n_categorical = 2,
								   .n_classes = 3 + seed % 3 },
					MLOPS_CRITERION_GINI, 1, 60, &n_checked, &n_best);
	UNIT_CHECK(n_best * 10 >= n_checked * 6);
	UNIT_CHECK(n_best <= n_checked);
}

/* Codes 0 .. 3 twice each: 0 is pure, 3 is pure the other way, so cuts after 0 and after 2 tie. */
static void
check_tie(MlopsCriterion criterion)
{
	RandomShape shape = { .seed = 1, .n_rows = 8, .n_columns = 1, .n_codes = 4, .n_classes = 2 };
	Node node;
	const MlopsField *field;

	node_open(&node, &shape, 8, criterion, 1);
	for (size_t i = 0; i < 8; i++)
	{
		node.data.codes[i] = (uint16_t) (i / 2);
		node.data.classes[i] = i < 2 ? 0 : (i >= 6 ? 1 : (uint32_t) i % 2);
	}
	random_dataset_pack(&node.data);
	memset(node.total, 0, node.sums.cell_words * sizeof(uint64_t));
	for (size_t i = 0; i < 8; i++)
	{
		node.bag.rows[i] =
			mlops_dataset_rows(node.data.dataset)[i] | UINT64_C(1) << node.data.dataset->class_bits;
		mlops_sums_add_row(node.data.dataset, &node.sums, node.bag.rows + i, node.total);
	}
	field = field_of(&node, 0);
	mlops_histogram_build(node.data.dataset, &node.sums, node.bag.rows, 8, &field, node.histograms,
						  1);
	mlops_split_find(&node.finder, 0, field, &node.histograms[0].present, node.total);
	UNIT_CHECK_INT(node.finder.best.threshold, 0);
	node_close(&node);
}

static void
ties_go_to_the_lower_cut(void)
{
	check_tie(MLOPS_CRITERION_GINI);
	check_tie(MLOPS_CRITERION_ENTROPY);
}

/* The rows of a node, moved: fast and plain are the same bytes, and each side is right. */
static void
partitions_equal_the_plain_ones(void)
{
	static uint8_t sides[1 << 16];
	uint16_t set_codes[] = { 0, 2, 3 };
	uint32_t n_columns[] = { 1, 5, 9, 14, 40 };

	for (uint32_t round = 0; round < 200; round++)
	{
		RandomShape shape = { .seed = round,
							  .n_rows = 300,
							  .n_columns = n_columns[round % 5],
							  .n_codes = 5 + round % 300,
							  .n_categorical = round % 2,
							  .n_classes = round % 3 == 0 ? 0 : 2,
							  .missing_percent = 20 };
		size_t n_rows = NODE_ROWS[round % 8];
		uint32_t column = round % shape.n_columns;
		MlopsSplit split = { .threshold = round % 4,
							 .missing_left = round % 3 == 1,
							 .is_subset = column == 0 && round % 2 == 1,
							 .n_set_codes = 3,
							 .set_codes = set_codes };
		RandomDataset data;
		RandomBag bag;
		uint64_t *fast, *plain;
		uint32_t n_words;

		random_dataset_make(&data, &shape);
		random_bag_make(&bag, &data, n_rows, 15, round);
		n_words = data.dataset->n_words;
		fast = random_alloc(n_rows * n_words, sizeof(uint64_t));
		plain = random_alloc(n_rows * n_words, sizeof(uint64_t));
		UNIT_CHECK_INT(mlops_partition(n_words, &mlops_dataset_fields(data.dataset)[column], &split,
									   sides, bag.rows, fast, n_rows),
					   mlops_partition_naive(n_words, &mlops_dataset_fields(data.dataset)[column],
											 &split, bag.rows, plain, n_rows));
		UNIT_CHECK(memcmp(fast, plain, n_rows * n_words * sizeof(uint64_t)) == 0);
		free(fast);
		free(plain);
		random_bag_free(&bag);
		random_dataset_free(&data);
	}
}

int
main(void)
{
	UNIT_RUN(histograms_equal_the_plain_ones);
	UNIT_RUN(the_best_cut_of_numbers_is_found);
	UNIT_RUN(the_best_subset_of_levels_is_found);
	UNIT_RUN(more_classes_find_most_best_subsets);
	UNIT_RUN(ties_go_to_the_lower_cut);
	UNIT_RUN(partitions_equal_the_plain_ones);
	return unit_end();
}
