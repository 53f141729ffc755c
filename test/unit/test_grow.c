/*
 * A grown tree is what its rows and limits say: every row of the bag reaches the leaf whose sums
 * count it, limits hold, importances add up; the same seed and number give the same tree, whoever
 * grows it; growing stops when told, and gives all memory back.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/grow.h"

#include "alloc_failing.h"
#include "random_dataset.h"
#include "unit.h"

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

/* What a tree counts in one of its nodes, from the rows themselves. */
typedef struct NodeRows
{
	double classes[10];
	double weight;
	Int128 target;
	size_t n_unique;
} NodeRows;

typedef struct Case
{
	RandomDataset data;
	MlopsGrowParams params;
	MlopsGrower *grower;
	MlopsTree tree;
	MlopsImportance importance;
} Case;

static void
case_open(Case *grown, const RandomShape *shape, MlopsGrowParams params)
{
	memset(grown, 0, sizeof(*grown));
	random_dataset_make(&grown->data, shape);
	params.n_draws = params.n_draws == 0 ? shape->n_rows : params.n_draws;
	params.max_features = params.max_features == 0 ? shape->n_columns : params.max_features;
	params.criterion = shape->n_classes == 0 ? MLOPS_CRITERION_SQUARED_ERROR : params.criterion;
	grown->params = params;
	grown->importance = (MlopsImportance){ random_alloc(shape->n_columns, sizeof(double)),
										   random_alloc(shape->n_columns, sizeof(double)),
										   random_alloc(shape->n_columns, sizeof(uint64_t)) };
	if (mlops_grower_create(grown->data.dataset, &params, &plain_allocator, NULL, &grown->grower) !=
		MLOPS_STATUS_OK)
		exit(2);
}

static void
case_close(Case *grown)
{
	mlops_tree_free(&grown->tree, &plain_allocator);
	mlops_grower_free(grown->grower);
	free(grown->importance.gain);
	free(grown->importance.cover);
	free(grown->importance.splits);
	random_dataset_free(&grown->data);
}

static void
count_row(const Case *grown, size_t row, uint8_t multiplicity, NodeRows *rows)
{
	double w = (double) multiplicity * grown->data.weights[row];

	rows->weight += w;
	rows->n_unique++;
	if (grown->data.shape.n_classes > 0)
		rows->classes[grown->data.classes[row]] += w;
	else
		rows->target += (Int128) multiplicity * grown->data.weights[row] * grown->data.targets[row];
}

/* Walk all rows of the bag down the tree and count them in every node that they pass. */
static NodeRows *
count_nodes(const Case *grown, uint32_t number, size_t *depth)
{
	const RandomShape *shape = &grown->data.shape;
	uint8_t *counts = random_alloc(shape->n_rows, sizeof(uint8_t));
	NodeRows *rows = random_alloc(grown->tree.n_nodes, sizeof(NodeRows));

	(void) mlops_bootstrap_draw(&grown->params, shape->n_rows, number, counts);
	*depth = 0;
	for (size_t i = 0; i < shape->n_rows; i++)
	{
		uint32_t id = 0;
		size_t level = 0;

		for (;;)
		{
			const MlopsTreeNode *node = &grown->tree.nodes[id];
			const uint16_t *set =
				node->is_subset ? grown->tree.set_codes + node->first_set_code : NULL;

			if (counts[i] == 0)
				break;
			count_row(grown, i, counts[i], &rows[id]);
			if (node->child == 0)
				break;
			id = node->child +
				 random_goes_right(node, set, random_dataset_code(&grown->data, node->column, i));
			level++;
		}
		*depth = level > *depth ? level : *depth;
	}
	free(counts);
	return rows;
}

/* The sums of a leaf are those of the rows that reach it. */
static void
check_entry(const Case *grown, const MlopsTreeNode *leaf, const NodeRows *rows)
{
	const uint64_t *entry = grown->tree.entries + (size_t) leaf->entry * grown->tree.entry_words;
	Uint128 sum = ((Uint128) entry[1] << 64) | entry[0];

	if (grown->data.shape.n_classes == 0)
	{
		REQUIRE((Int128) sum == rows->target);
		REQUIRE((double) entry[2] == rows->weight);
		return;
	}
	for (uint32_t c = 0; c < grown->data.shape.n_classes; c++)
		REQUIRE((double) entry[c] == rows->classes[c]);
}

/* Impurity of a node times its weight: gini, or the sum of squares up to a constant. */
static double
impurity(const Case *grown, const NodeRows *rows)
{
	double squares = 0;

	if (grown->data.shape.n_classes == 0)
		return -(double) rows->target * (double) rows->target / rows->weight;
	for (uint32_t c = 0; c < grown->data.shape.n_classes; c++)
		squares += rows->classes[c] * rows->classes[c];
	return rows->weight - squares / rows->weight;
}

static double
decrease_of(const Case *grown, const NodeRows *rows, size_t i)
{
	uint32_t child = grown->tree.nodes[i].child;

	return impurity(grown, &rows[i]) - impurity(grown, &rows[child]) -
		   impurity(grown, &rows[child + 1]);
}

/*
 * Best first: children get their numbers in the order of the splits, so a split
 * is worth no less than any later one whose node was there already.
 */
static void
check_best_first(const Case *grown, const NodeRows *rows)
{
	double scale = 1e-9 * (fabs(impurity(grown, &rows[0])) + 1);

	for (size_t a = 0; a < grown->tree.n_nodes; a++)
	{
		for (size_t b = 0; b < grown->tree.n_nodes; b++)
		{
			uint32_t child_a = grown->tree.nodes[a].child;
			uint32_t child_b = grown->tree.nodes[b].child;

			if (child_a != 0 && child_b > child_a && b < child_a)
				REQUIRE(decrease_of(grown, rows, a) >= decrease_of(grown, rows, b) - scale);
		}
	}
}

/* Leaves and splits obey the limits; importances are the decreases of the splits. */
static void
check_tree(const Case *grown, uint32_t number)
{
	const MlopsGrowParams *params = &grown->params;
	size_t depth;
	NodeRows *rows = count_nodes(grown, number, &depth);
	size_t n_leaves = 0, n_splits = 0;
	double decrease = 0, gain = 0;

	for (size_t i = 0; i < grown->tree.n_nodes; i++)
	{
		const MlopsTreeNode *node = &grown->tree.nodes[i];

		UNIT_CHECK(rows[i].n_unique >= params->min_samples_leaf);
		if (node->child == 0)
		{
			n_leaves++;
			check_entry(grown, node, &rows[i]);
			continue;
		}
		n_splits++;
		UNIT_CHECK(rows[i].n_unique >= params->min_samples_split);
		decrease += decrease_of(grown, rows, i);
	}
	for (uint32_t c = 0; c < grown->data.shape.n_columns; c++)
	{
		gain += grown->importance.gain[c] * rows[0].weight;
		n_splits -= (size_t) grown->importance.splits[c];
	}
	if (params->max_leaf_nodes > 0)
		check_best_first(grown, rows);
	UNIT_CHECK_INT(n_splits, 0);
	UNIT_CHECK_INT(grown->tree.n_nodes, 2 * n_leaves - 1);
	UNIT_CHECK(params->max_depth == 0 || depth <= params->max_depth);
	UNIT_CHECK(params->max_leaf_nodes == 0 || n_leaves <= params->max_leaf_nodes);
	/* both sums are of large numbers that nearly cancel */
	UNIT_CHECK_NEAR(gain / (fabs(impurity(grown, &rows[0])) + 1),
					decrease / (fabs(impurity(grown, &rows[0])) + 1), 1e-9);
	free(rows);
}

static void
grow_and_check(const RandomShape *shape, MlopsGrowParams params)
{
	Case grown;

	case_open(&grown, shape, params);
	UNIT_CHECK_INT(mlops_grower_grow(grown.grower, 3, &grown.tree, &grown.importance),
				   MLOPS_STATUS_OK);
	check_tree(&grown, 3);
	case_close(&grown);
}

static void
trees_count_their_rows_and_obey_their_limits(void)
{
	static const uint32_t CLASSES[] = { 2, 0, 3, 10, 2 };

	for (uint32_t seed = 0; seed < 150; seed++)
	{
		RandomShape shape = { .seed = seed,
							  .n_rows = 50 + seed * 7,
							  .n_columns = 1 + seed % 6,
							  .n_codes = 2 + seed % 40,
							  .n_categorical = seed % 3,
							  .n_classes = CLASSES[seed % 5],
							  .missing_percent = seed % 4 * 8,
							  .is_weighted = seed % 7 == 3 };
		MlopsGrowParams params = { .max_depth = seed % 4 == 1 ? 1 + seed % 5 : 0,
								   .max_features = seed % 2 == 0 ? 0 : 1,
								   .min_samples_split = 2 + seed % 9,
								   .min_samples_leaf = 1 + seed % 5,
								   .max_leaf_nodes = seed % 5 == 2 ? 2 + seed % 11 : 0,
								   .bootstrap = seed % 3 != 0,
								   .n_draws = seed % 11 == 5 ? 20 : 0,
								   .random_state = (int64_t) seed - 70 };

		shape.n_categorical =
			shape.n_categorical > shape.n_columns ? shape.n_columns : shape.n_categorical;
		grow_and_check(&shape, params);
	}
}

/* More than 15 draws of one row are two rows of the tree, and still one row to the limits. */
static void
a_row_drawn_often_is_counted(void)
{
	RandomShape shape = { .seed = 4, .n_rows = 3, .n_columns = 1, .n_codes = 3, .n_classes = 2 };

	for (int64_t seed = 0; seed < 30; seed++)
		grow_and_check(&shape, (MlopsGrowParams){ .min_samples_split = 2,
												  .min_samples_leaf = 1,
												  .bootstrap = true,
												  .n_draws = 90,
												  .random_state = seed });
}

/* Without limits every leaf is pure, or its rows are all alike. */
static void
an_unlimited_tree_separates_what_differs(void)
{
	RandomShape shape = { .seed = 9, .n_rows = 500, .n_columns = 6, .n_codes = 30, .n_classes = 2 };
	Case grown;
	size_t depth;
	NodeRows *rows;

	case_open(&grown, &shape, (MlopsGrowParams){ .min_samples_split = 2, .min_samples_leaf = 1 });
	UNIT_CHECK_INT(mlops_grower_grow(grown.grower, 0, &grown.tree, NULL), MLOPS_STATUS_OK);
	rows = count_nodes(&grown, 0, &depth);
	for (size_t i = 0; i < grown.tree.n_nodes; i++)
	{
		if (grown.tree.nodes[i].child == 0)
			UNIT_CHECK(rows[i].classes[0] == 0 || rows[i].classes[1] == 0);
	}
	free(rows);
	case_close(&grown);
}

static void
check_same_tree(const MlopsTree *a, const MlopsTree *b, bool is_same)
{
	bool same =
		a->n_nodes == b->n_nodes && a->n_entries == b->n_entries &&
		memcmp(a->nodes, b->nodes, a->n_nodes * sizeof(MlopsTreeNode)) == 0 &&
		memcmp(a->entries, b->entries, a->n_entries * a->entry_words * sizeof(uint64_t)) == 0;

	UNIT_CHECK(same == is_same);
}

/* Trees grown by one grower in order, or by another one backwards, are the same; numbers and seeds differ. */
static void
a_tree_depends_on_its_number_alone(void)
{
	RandomShape shape = { .seed = 5,
						  .n_rows = 400,
						  .n_columns = 5,
						  .n_codes = 50,
						  .n_categorical = 1,
						  .n_classes = 2,
						  .missing_percent = 5 };
	MlopsGrowParams params = { .max_features = 2,
							   .min_samples_split = 2,
							   .min_samples_leaf = 1,
							   .bootstrap = true,
							   .random_state = 1 };
	Case forward, backward, other;
	MlopsTree trees[4] = { 0 };

	case_open(&forward, &shape, params);
	case_open(&backward, &shape, params);
	params.random_state = 2;
	case_open(&other, &shape, params);
	for (uint32_t k = 0; k < 4; k++)
		UNIT_CHECK_INT(mlops_grower_grow(forward.grower, k, &trees[k], NULL), MLOPS_STATUS_OK);
	for (uint32_t k = 4; k-- > 0;)
	{
		UNIT_CHECK_INT(mlops_grower_grow(backward.grower, k, &backward.tree, NULL),
					   MLOPS_STATUS_OK);
		check_same_tree(&backward.tree, &trees[k], true);
		check_same_tree(&backward.tree, &trees[(k + 1) % 4], false);
		UNIT_CHECK_INT(mlops_grower_grow(other.grower, k, &other.tree, NULL), MLOPS_STATUS_OK);
		check_same_tree(&other.tree, &trees[k], false);
	}
	for (uint32_t k = 0; k < 4; k++)
		mlops_tree_free(&trees[k], &plain_allocator);
	case_close(&forward);
	case_close(&backward);
	case_close(&other);
}

/* A bag of n draws from n rows holds about 1 - 1/e of them, each as often as it was drawn. */
static void
a_bootstrap_draws_with_replacement(void)
{
	MlopsGrowParams params = { .bootstrap = true, .n_draws = 20000, .random_state = 11 };
	uint8_t *counts = random_alloc(20000, 1);
	size_t n_unique = 0, n_draws = 0;

	(void) mlops_bootstrap_draw(&params, 20000, 0, counts);
	for (size_t i = 0; i < 20000; i++)
	{
		n_unique += counts[i] > 0;
		n_draws += counts[i];
	}
	UNIT_CHECK_INT(n_draws, 20000);
	UNIT_CHECK_NEAR((double) n_unique / 20000, 1 - exp(-1), 0.01);
	params.bootstrap = false;
	(void) mlops_bootstrap_draw(&params, 20000, 0, counts);
	for (size_t i = 0; i < 20000; i++)
		UNIT_CHECK(counts[i] == 1);
	free(counts);
}

static int n_asked;

static bool
stop_at_100(void *state)
{
	(void) state;
	return ++n_asked >= 100;
}

static void
growing_stops_when_told(void)
{
	RandomShape shape = { .seed = 6,
						  .n_rows = 5000,
						  .n_columns = 4,
						  .n_codes = 200,
						  .n_classes = 2 };
	MlopsGrowParams params = { .max_features = 2,
							   .min_samples_split = 2,
							   .min_samples_leaf = 1,
							   .n_draws = 5000 };
	MlopsCancel cancel = { stop_at_100, NULL };
	RandomDataset data;
	MlopsGrower *grower;
	MlopsTree tree = { 0 };

	random_dataset_make(&data, &shape);
	UNIT_CHECK_INT(mlops_grower_create(data.dataset, &params, &plain_allocator, &cancel, &grower),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_grower_grow(grower, 0, &tree, NULL), MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(n_asked, 100);
	/* told again, it stops again; not told, it grows */
	UNIT_CHECK_INT(mlops_grower_grow(grower, 0, &tree, NULL), MLOPS_STATUS_CANCELLED);
	n_asked = -1000000;
	UNIT_CHECK_INT(mlops_grower_grow(grower, 0, &tree, NULL), MLOPS_STATUS_OK);
	mlops_tree_free(&tree, &plain_allocator);
	mlops_grower_free(grower);
	random_dataset_free(&data);
}

static MlopsStatus
grow_once(const MlopsAllocator *allocator, void *argument)
{
	const Case *grown = argument;
	MlopsGrower *grower = NULL;
	MlopsTree tree = { 0 };
	MlopsStatus status =
		mlops_grower_create(grown->data.dataset, &grown->params, allocator, NULL, &grower);

	if (status != MLOPS_STATUS_OK)
		return status;
	status = mlops_grower_grow(grower, 0, &tree, NULL);
	mlops_tree_free(&tree, allocator);
	mlops_grower_free(grower);
	return status;
}

/* Depth first and best first, with sets. */
static void
every_failed_allocation_is_survived(void)
{
	RandomShape shape = { .seed = 7,
						  .n_rows = 200,
						  .n_columns = 4,
						  .n_codes = 12,
						  .n_categorical = 2,
						  .n_classes = 2 };
	MlopsGrowParams params = { .min_samples_split = 2, .min_samples_leaf = 1, .bootstrap = true };
	Case grown;

	for (uint32_t max_leaf_nodes = 0; max_leaf_nodes <= 20; max_leaf_nodes += 20)
	{
		params.max_leaf_nodes = max_leaf_nodes;
		params.balanced_subsample = max_leaf_nodes > 0;
		case_open(&grown, &shape, params);
		UNIT_CHECK(alloc_failing_each(grow_once, &grown) > 10);
		case_close(&grown);
	}
}

int
main(void)
{
	UNIT_RUN(trees_count_their_rows_and_obey_their_limits);
	UNIT_RUN(a_row_drawn_often_is_counted);
	UNIT_RUN(an_unlimited_tree_separates_what_differs);
	UNIT_RUN(a_tree_depends_on_its_number_alone);
	UNIT_RUN(a_bootstrap_draws_with_replacement);
	UNIT_RUN(growing_stops_when_told);
	UNIT_RUN(every_failed_allocation_is_survived);
	return unit_end();
}
