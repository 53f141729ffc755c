/*
 * Every walk of a forest, of one row, of many and of large blocks, gives the bits of the plain walk,
 * whatever the forest and the number of rows; without memory or when told to stop it gives up cleanly.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/predict.h"
#include "core/predict_block.h"
#include "core/walk.h"

#include "alloc_failing.h"
#include "random_forest.h"
#include "unit.h"

/* A decoded forest and rows of codes that training did not see. */
typedef struct Walks
{
	MlopsForest *forest;
	uint16_t *lanes; /* [n_rows][n_lanes] */
	size_t n_rows;
	double *expected; /* [n_rows][n_outputs] of the plain walk */
	double *out;	  /* the same of another */
} Walks;

static void
make_lanes(Walks *walks, const RandomForest *grown)
{
	const RandomShape *shape = &grown->data.shape;
	uint64_t state = shape->seed + 1000;
	size_t n_lanes = shape->n_columns + 1;

	walks->lanes = random_alloc(walks->n_rows, n_lanes * sizeof(uint16_t));
	for (size_t i = 0; i < walks->n_rows * n_lanes; i++)
	{
		uint32_t column = (uint32_t) (i % n_lanes) - 1;

		if (i % n_lanes == 0)
			continue;
		walks->lanes[i] = random_below(&state, 100) < shape->missing_percent ?
							  MLOPS_CODE_MISSING :
							  (uint16_t) random_below(&state, grown->data.columns[column].n_codes);
	}
}

static void
make_walks(Walks *walks, RandomShape shape, uint32_t n_trees, size_t n_rows)
{
	MlopsGrowParams params = { .min_samples_split = 2, .min_samples_leaf = 1, .bootstrap = true };
	RandomForest grown;

	random_forest_make(&grown, &shape, n_trees, params, false);
	walks->forest = random_forest_decode(&grown);
	walks->n_rows = n_rows;
	make_lanes(walks, &grown);
	random_forest_free(&grown);
	walks->expected = random_alloc(n_rows * walks->forest->n_outputs, sizeof(double));
	walks->out = random_alloc(n_rows * walks->forest->n_outputs, sizeof(double));
	for (size_t i = 0; i < n_rows; i++)
		mlops_predict_reference(walks->forest, walks->lanes + i * (shape.n_columns + 1),
								walks->expected + i * walks->forest->n_outputs);
}

static void
free_walks(Walks *walks)
{
	free(walks->forest);
	free(walks->lanes);
	free(walks->expected);
	free(walks->out);
}

/* The first n rows are those of the plain walk; they are forgotten. */
static bool
are_expected(Walks *walks, size_t n)
{
	size_t n_bytes = n * walks->forest->n_outputs * sizeof(double);
	bool are = memcmp(walks->out, walks->expected, n_bytes) == 0;

	memset(walks->out, 0x55, n_bytes);
	return are;
}

static void
check_first(Walks *walks, size_t n)
{
	const MlopsForest *forest = walks->forest;
	size_t n_lanes = mlops_forest_n_lanes(forest);
	size_t n_outputs = forest->n_outputs;

	for (size_t i = 0; i < n && i < 1000; i++)
		mlops_predict_row(forest, walks->lanes + i * n_lanes, walks->out + i * n_outputs);
	UNIT_CHECK(are_expected(walks, n < 1000 ? n : 1000));
	mlops_predict_rows(forest, walks->lanes, n, walks->out);
	UNIT_CHECK(are_expected(walks, n));
	UNIT_CHECK_INT(mlops_predict_block(forest, walks->lanes, n, &plain_allocator, NULL, walks->out),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(are_expected(walks, n));
	memset(walks->out, 0, n * n_outputs * sizeof(double));
	for (uint32_t t = 0; t < forest->n_trees; t++)
		mlops_predict_add_tree(forest, t, walks->lanes, n, walks->out);
	for (size_t i = 0; i < n * n_outputs; i++)
		walks->out[i] /= forest->n_trees;
	UNIT_CHECK(are_expected(walks, n));
}

static void
check_shape(RandomShape shape, uint32_t n_trees)
{
	static const size_t N_ROWS[] = { 0, 1, 15, 16, 17, 31, 33, 700 };
	Walks walks;

	make_walks(&walks, shape, n_trees, 700);
	for (size_t i = 0; i < sizeof(N_ROWS) / sizeof(N_ROWS[0]); i++)
		check_first(&walks, N_ROWS[i]);
	free_walks(&walks);
}

/* 1, 15, 16, 17 and 40 trees: the walk of one row takes sixteen at a time. */
static void
two_classes_walk_alike(void)
{
	static const uint32_t N_TREES[] = { 1, 15, 16, 17, 40 };

	for (size_t i = 0; i < 5; i++)
		check_shape((RandomShape){ .seed = 1 + i,
								   .n_rows = 300,
								   .n_columns = 5,
								   .n_codes = 20,
								   .n_classes = 2,
								   .missing_percent = i % 2 == 0 ? 10 : 0 },
					N_TREES[i]);
}

static void
classes_and_regressions_walk_alike(void)
{
	static const uint32_t N_CLASSES[] = { 0, 3, 10 };

	for (size_t i = 0; i < 3; i++)
	{
		RandomShape shape = { .seed = 20 + i,
							  .n_rows = 400,
							  .n_columns = 6,
							  .n_codes = 300,
							  .n_classes = N_CLASSES[i] };

		check_shape(shape, 7);
		shape.missing_percent = 15;
		check_shape(shape, 7);
	}
}

/* So many slots that one row walks more trees at a time: 51 and 50 of 101. */
static void
large_forests_walk_alike(void)
{
	for (uint32_t n_categorical = 0; n_categorical <= 2; n_categorical += 2)
	{
		Walks walks;

		make_walks(&walks,
				   (RandomShape){ .seed = 40 + n_categorical,
								  .n_rows = 20000,
								  .n_columns = 6,
								  .n_codes = 200,
								  .n_categorical = n_categorical,
								  .n_classes = 2,
								  .missing_percent = 5 },
				   101, 100);
		UNIT_CHECK(walks.forest->n_nodes >= MLOPS_MANY_WALKS_SLOTS);
		check_first(&walks, 100);
		free_walks(&walks);
	}
}

/* Sets as lists and as bit sets, beside thresholds. */
static void
subsets_walk_alike(void)
{
	static const uint32_t CODES[] = { 3, 70, 900, 5, 20, 2 };

	for (uint32_t n_classes = 0; n_classes <= 4; n_classes += 2)
		check_shape((RandomShape){ .seed = 30 + n_classes,
								   .n_rows = 800,
								   .n_columns = 6,
								   .codes_of = CODES,
								   .n_categorical = 4,
								   .n_classes = n_classes,
								   .missing_percent = n_classes == 2 ? 0 : 20 },
					19);
}

/* So many codes that the sets of a tree take more room than its nodes, beside few. */
static void
wide_subsets_walk_alike(void)
{
	static const uint32_t CODES[] = { 4095, 63, 4000, 128 };

	for (uint32_t percent = 0; percent <= 10; percent += 10)
		check_shape((RandomShape){ .seed = 35,
								   .n_rows = 20000,
								   .n_columns = 4,
								   .codes_of = CODES,
								   .n_categorical = 4,
								   .n_classes = 2,
								   .missing_percent = percent },
					6);
}

/* Some columns miss values in some rows, others never: the latter have one lane in a block. */
static void
a_column_that_misses_nothing_walks_alike(void)
{
	RandomShape shape = { .seed = 40,
						  .n_rows = 500,
						  .n_columns = 9,
						  .n_codes = 30,
						  .n_classes = 2,
						  .missing_percent = 20 };
	Walks walks;

	make_walks(&walks, shape, 9, 100);
	for (size_t i = 0; i < 1000; i++)
	{
		if (i % 10 % 2 == 1 && walks.lanes[i] == MLOPS_CODE_MISSING)
			walks.lanes[i] = 29;
	}
	for (size_t i = 0; i < 100; i++)
		mlops_predict_reference(walks.forest, walks.lanes + i * 10, walks.expected + i);
	check_first(&walks, 100);
	free_walks(&walks);
}

/* Columns without rows that split them, and a tree that is a leaf. */
static void
a_single_leaf_walks_alike(void)
{
	check_shape(
		(RandomShape){ .seed = 41, .n_rows = 3, .n_columns = 2, .n_codes = 1, .n_classes = 2 }, 3);
}

/* More distinct leaf values than a node can number: they are kept by node. */
static void
values_by_node_walk_alike(void)
{
	RandomShape shape = { .seed = 7,
						  .n_rows = 150000,
						  .n_columns = 2,
						  .n_codes = 65000,
						  .is_weighted = true };
	Walks walks;

	make_walks(&walks, shape, 1, 20000);
	UNIT_CHECK(mlops_forest_at(walks.forest, walks.forest->trees_offset) != NULL);
	UNIT_CHECK_INT(
		((const MlopsForestTree *) mlops_forest_at(walks.forest, walks.forest->trees_offset))
			->values_by_node,
		1);
	check_first(&walks, 20000);
	check_first(&walks, 100); /* too few to copy the tree for */
	free_walks(&walks);
}

/* More rows than a block, and small trees by more than one batch and part. */
static void
several_blocks_walk_alike(void)
{
	RandomShape shape = { .seed = 8,
						  .n_rows = 600,
						  .n_columns = 3,
						  .n_codes = 50,
						  .n_classes = 2,
						  .missing_percent = 5 };
	Walks walks;

	make_walks(&walks, shape, 2, 263000);
	check_first(&walks, 263000);
	free_walks(&walks);
	shape.n_rows = 3000;
	make_walks(&walks, shape, 40, 21000);
	check_first(&walks, 21000);
	free_walks(&walks);
}

/* As many columns as fit a block's nodes, and one more. */
static void
wide_rows_walk_alike(void)
{
	static const uint32_t N_COLUMNS[] = { 1023, 1024 };

	for (int i = 0; i < 2; i++)
	{
		RandomShape shape = { .seed = 50,
							  .n_rows = 120,
							  .n_columns = N_COLUMNS[i],
							  .n_codes = 12,
							  .n_classes = 2,
							  .missing_percent = 50 };
		Walks walks;

		make_walks(&walks, shape, 12, 1100);
		check_first(&walks, 1100);
		free_walks(&walks);
	}
}

/* Processes that share a set may cut it anywhere. */
static void
ranges_of_a_set_walk_alike(void)
{
	RandomShape shape = { .seed = 9,
						  .n_rows = 500,
						  .n_columns = 4,
						  .n_codes = 90,
						  .n_classes = 3,
						  .missing_percent = 10 };
	Walks walks;

	make_walks(&walks, shape, 11, 1000);
	for (size_t first = 0, n = 1; first < 1000; first += n, n = n * 2 + 1)
	{
		size_t left = 1000 - first;

		n = n < left ? n : left;
		UNIT_CHECK_INT(mlops_predict_block(walks.forest, walks.lanes + first * 5, n,
										   &plain_allocator, NULL, walks.out + first * 3),
					   MLOPS_STATUS_OK);
	}
	UNIT_CHECK(are_expected(&walks, 1000));
	free_walks(&walks);
}

static MlopsStatus
walk_block(const MlopsAllocator *allocator, void *argument)
{
	Walks *walks = argument;

	return mlops_predict_block(walks->forest, walks->lanes, walks->n_rows, allocator, NULL,
							   walks->out);
}

/* Stops at the call that the counter reaches 0. */
static bool
count_down(void *state)
{
	size_t *left = state;

	return (*left)-- == 0;
}

/* Cancelled at its first, second .. question a walk stops, until it is asked no more. */
static size_t
cancel_each(Walks *walks, const MlopsAllocator *allocator)
{
	for (size_t stop_at = 0;; stop_at++)
	{
		size_t left = stop_at;
		MlopsCancel cancel = { .cancelled = count_down, .state = &left };
		MlopsStatus status = mlops_predict_block(walks->forest, walks->lanes, walks->n_rows,
												 allocator, &cancel, walks->out);

		if (status == MLOPS_STATUS_OK)
			return stop_at;
		UNIT_CHECK_INT(status, MLOPS_STATUS_CANCELLED);
	}
}

static void
without_memory_or_time_a_block_gives_up(void)
{
	RandomShape shape = { .seed = 10,
						  .n_rows = 30000,
						  .n_columns = 4,
						  .n_codes = 5000,
						  .n_classes = 2,
						  .missing_percent = 10 };
	AllocFailing counting;
	Walks walks;

	make_walks(&walks, shape, 5, 3000);
	UNIT_CHECK(alloc_failing_each(walk_block, &walks) > 0);
	UNIT_CHECK(are_expected(&walks, 3000));
	alloc_failing_init(&counting, 0);
	UNIT_CHECK(cancel_each(&walks, &counting.allocator) >= 2);
	UNIT_CHECK_INT(counting.n_live, 0);
	UNIT_CHECK(are_expected(&walks, 3000));
	walks.n_rows = 10; /* the trees are not copied */
	UNIT_CHECK_INT(cancel_each(&walks, &counting.allocator), 5);
	free_walks(&walks);
}

int
main(void)
{
	UNIT_RUN(two_classes_walk_alike);
	UNIT_RUN(classes_and_regressions_walk_alike);
	UNIT_RUN(large_forests_walk_alike);
	UNIT_RUN(subsets_walk_alike);
	UNIT_RUN(wide_subsets_walk_alike);
	UNIT_RUN(a_column_that_misses_nothing_walks_alike);
	UNIT_RUN(a_single_leaf_walks_alike);
	UNIT_RUN(values_by_node_walk_alike);
	UNIT_RUN(several_blocks_walk_alike);
	UNIT_RUN(wide_rows_walk_alike);
	UNIT_RUN(ranges_of_a_set_walk_alike);
	UNIT_RUN(without_memory_or_time_a_block_gives_up);
	return unit_end();
}
