/*
 * Packed rows: a subset and rows placed one by one are what packing them alone gives; walking packed
 * rows, also by parts of a forest, gives the bits of walking each row down all trees.
 */
#include <stdlib.h>
#include <string.h>

#include "core/forest_part.h"
#include "core/predict.h"
#include "core/predict_packed.h"

#include "alloc_failing.h"
#include "random_forest.h"
#include "unit.h"

/* A subset of a dataset is what packing those rows alone gives. */
static void
a_subset_has_the_chosen_rows(void)
{
	RandomShape shape = { .seed = 5,
						  .n_rows = 90,
						  .n_columns = 12,
						  .n_codes = 300,
						  .n_categorical = 3,
						  .missing_percent = 15,
						  .is_weighted = true };
	uint32_t chosen[] = { 89, 0, 17, 17 };
	uint16_t all[90 * 13], few[4 * 13];
	RandomDataset data;
	MlopsDataset *subset;

	random_dataset_make(&data, &shape);
	subset = mlops_dataset_subset(random_alloc(1, mlops_dataset_subset_bytes(data.dataset, 4)),
								  data.dataset, chosen, 4);
	UNIT_CHECK_INT(subset->n_rows, 4);
	UNIT_CHECK_INT(subset->n_bytes, mlops_dataset_bytes(data.columns, 12, 4, 0, true));
	mlops_dataset_unpack(data.dataset, 0, 90, all);
	mlops_dataset_unpack(subset, 0, 4, few);
	for (size_t i = 0; i < 4; i++)
	{
		size_t words = subset->n_words;

		REQUIRE(memcmp(few + i * 13, all + (size_t) chosen[i] * 13, 26) == 0);
		REQUIRE(memcmp(mlops_dataset_rows(subset) + i * words,
					   mlops_dataset_rows(data.dataset) + chosen[i] * words, words * 8) == 0);
		for (uint32_t c = 0; c < 12; c++)
			REQUIRE(few[i * 13 + c + 1] == random_dataset_code(&data, c, chosen[i]));
	}
	free(subset);
	random_dataset_free(&data);
}

/* Rows placed block by block, in any order, are the rows of one dataset. */
static void
placed_rows_are_where_they_belong(void)
{
	RandomShape shape = { .seed = 6,
						  .n_rows = 40,
						  .n_columns = 9,
						  .n_codes = 900,
						  .n_classes = 3,
						  .missing_percent = 15 };
	uint32_t chosen[40], places[40];
	RandomDataset data;
	MlopsDataset *placed;
	size_t row_bytes;

	random_dataset_make(&data, &shape);
	row_bytes = (size_t) data.dataset->n_words * 8;
	placed =
		mlops_dataset_init(random_alloc(1, data.dataset->n_bytes), data.columns, 9, 40, 3, false);
	for (uint32_t i = 0; i < 40; i++)
	{
		chosen[i] = (i * 11 + 5) % 40;
		places[i] = (i * 7 + 3) % 40;
	}
	mlops_dataset_place(placed, places, data.dataset, chosen, 25);
	mlops_dataset_place(placed, places + 25, data.dataset, chosen + 25, 15);
	for (size_t i = 0; i < 40; i++)
		REQUIRE(memcmp((const char *) mlops_dataset_rows(placed) + places[i] * row_bytes,
					   (const char *) mlops_dataset_rows(data.dataset) + chosen[i] * row_bytes,
					   row_bytes) == 0);
	mlops_dataset_clear(placed);
	for (size_t i = 0; i < 40 * row_bytes / 8; i++)
		REQUIRE(mlops_dataset_rows(placed)[i] == 0);
	free(placed);
	random_dataset_free(&data);
}

typedef struct Walk
{
	RandomForest grown;
	uint32_t part_trees;
	double *sums;
} Walk;

static MlopsStatus
walk(const MlopsAllocator *allocator, void *argument)
{
	Walk *walked = argument;
	uint32_t n_trees = walked->grown.spec.n_trees;
	MlopsStatus status = MLOPS_STATUS_OK;

	for (uint32_t first = 0; status == MLOPS_STATUS_OK && first < n_trees;
		 first += walked->part_trees)
	{
		uint32_t left = n_trees - first;
		MlopsForest *part = random_forest_decode_part(
			&walked->grown, first, left < walked->part_trees ? left : walked->part_trees);

		status =
			mlops_packed_add_trees(part, walked->grown.data.dataset, allocator, NULL, walked->sums);
		free(part);
	}
	return status;
}

static void
check_walk(RandomShape shape, uint32_t n_trees, uint32_t part_trees)
{
	MlopsGrowParams params = { .min_samples_split = 2, .min_samples_leaf = 2, .bootstrap = true };
	Walk walked = { .part_trees = part_trees };
	MlopsForest *forest;
	uint32_t n_outputs;

	random_forest_make(&walked.grown, &shape, n_trees, params, shape.n_classes > 0);
	forest = random_forest_decode(&walked.grown);
	n_outputs = forest->n_outputs;
	walked.sums = random_alloc(shape.n_rows * n_outputs, sizeof(double));
	UNIT_CHECK_INT(walk(&plain_allocator, &walked), MLOPS_STATUS_OK);
	for (size_t i = 0; i < shape.n_rows; i++)
	{
		uint16_t lanes[32];
		double out[12];

		random_forest_lanes(&walked.grown, i, lanes);
		mlops_predict_reference(forest, lanes, out);
		for (uint32_t k = 0; k < n_outputs; k++)
			REQUIRE(walked.sums[i * n_outputs + k] / n_trees == out[k]);
	}
	UNIT_CHECK(shape.n_rows > 1000 || alloc_failing_each(walk, &walked) > 0);
	free(walked.sums);
	free(forest);
	random_forest_free(&walked.grown);
}

static void
parts_of_a_forest_add_up_to_it(void)
{
	RandomShape shape = { .seed = 7,
						  .n_rows = 300,
						  .n_columns = 5,
						  .n_codes = 30,
						  .n_categorical = 2,
						  .n_classes = 2,
						  .missing_percent = 10 };

	check_walk(shape, 13, 5);
	check_walk(shape, 13, 1);
	shape.n_classes = 4;
	check_walk(shape, 7, 7);
	shape.n_classes = 0;
	check_walk(shape, 7, 3);
	shape.n_rows = 70000; /* two blocks */
	check_walk(shape, 2, 1);
}

static void
a_part_is_as_large_as_it_may_be(void)
{
	const MlopsForestTotals totals[] = { { 10, 0 }, { 0, 20 }, { 30, 10 }, { 1, 0 } };

	UNIT_CHECK_INT(mlops_forest_part_size(totals, 0, 4, 64, 79), 1);
	UNIT_CHECK_INT(mlops_forest_part_size(totals, 0, 4, 64, 239), 1);
	UNIT_CHECK_INT(mlops_forest_part_size(totals, 0, 4, 64, 240), 2);
	UNIT_CHECK_INT(mlops_forest_part_size(totals, 0, 4, 64, 10000), 4);
	UNIT_CHECK_INT(mlops_forest_part_size(totals, 0, 4, 3, 10000), 3);
	UNIT_CHECK_INT(mlops_forest_part_size(totals, 2, 4, 64, 1), 1);
	UNIT_CHECK_INT(mlops_forest_part_size(totals, 3, 4, 64, 1), 1);
}

/* Bytes that are not those of the trees are refused, and all memory is given back. */
static void
a_part_of_wrong_bytes_is_refused(void)
{
	RandomShape shape = { .seed = 8, .n_rows = 50, .n_columns = 2, .n_codes = 9, .n_classes = 2 };
	MlopsGrowParams params = { .min_samples_split = 2, .min_samples_leaf = 2 };
	RandomForest grown;
	AllocFailing counting;
	MlopsForest *part;
	MlopsReason reason = { "" };
	MlopsChunk chunk;

	random_forest_make(&grown, &shape, 1, params, false);
	chunk = (MlopsChunk){ grown.chunks[1].bytes, grown.chunks[1].n_bytes - 1 };
	alloc_failing_init(&counting, 0);
	UNIT_CHECK_INT(mlops_forest_part_decode(&grown.spec, &chunk, grown.tree_totals, 1,
											&counting.allocator, &part, &reason),
				   MLOPS_STATUS_CORRUPT);
	UNIT_CHECK(part == NULL && reason.text[0] != '\0');
	UNIT_CHECK_INT(counting.n_live, 0);
	random_forest_free(&grown);
}

int
main(void)
{
	UNIT_RUN(a_subset_has_the_chosen_rows);
	UNIT_RUN(placed_rows_are_where_they_belong);
	UNIT_RUN(parts_of_a_forest_add_up_to_it);
	UNIT_RUN(a_part_is_as_large_as_it_may_be);
	UNIT_RUN(a_part_of_wrong_bytes_is_refused);
	return unit_end();
}
