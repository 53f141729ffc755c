/*
 * Shuffled predictions are, to the bit, what the plain walk says of rows whose codes were really
 * exchanged; a shuffle follows from its seed and repeat alone; a feature that no path asks for
 * changes nothing; the work stops when told, and gives all memory back.
 */
#include <stdlib.h>
#include <string.h>

#include "core/permutation.h"
#include "core/predict.h"

#include "alloc_failing.h"
#include "random_forest.h"
#include "unit.h"

#define N_REPEATS 3

typedef struct Case
{
	RandomForest grown;
	MlopsForest *forest;
	uint16_t *lanes;
	uint32_t feature_of[RANDOM_COLUMNS_MAX];
	uint64_t seeds[RANDOM_COLUMNS_MAX];
	MlopsPermutationPlan plan;
} Case;

/* Columns 0 and 1 are one feature, the last column is none, the others are in reverse order. */
static void
case_open(Case *made, const RandomShape *shape, uint32_t n_trees, MlopsGrowParams params)
{
	uint32_t n_columns = shape->n_columns;

	params.min_samples_split = 2;
	params.min_samples_leaf = params.min_samples_leaf == 0 ? 3 : params.min_samples_leaf;
	params.random_state = 5;
	random_forest_make(&made->grown, shape, n_trees, params, false);
	made->forest = random_forest_decode(&made->grown);
	made->lanes = random_alloc(shape->n_rows * (n_columns + 1), sizeof(uint16_t));
	for (size_t i = 0; i < shape->n_rows; i++)
		random_forest_lanes(&made->grown, i, made->lanes + i * (n_columns + 1));
	for (uint32_t c = 0; c < n_columns; c++)
	{
		made->feature_of[c] = n_columns - 2 - (c == 0 ? 1 : c);
		made->seeds[c] = 1000 + c;
	}
	made->feature_of[n_columns - 1] = MLOPS_PERMUTATION_NONE;
	made->plan = (MlopsPermutationPlan){ .n_rows = shape->n_rows,
										 .lanes = made->lanes,
										 .n_columns = n_columns,
										 .n_outputs = made->forest->n_outputs,
										 .n_features = n_columns - 2,
										 .feature_of = made->feature_of,
										 .seeds = made->seeds,
										 .n_repeats = N_REPEATS };
}

static void
case_close(Case *made)
{
	free(made->lanes);
	free(made->forest);
	random_forest_free(&made->grown);
}

static MlopsStatus
run(const MlopsAllocator *allocator, void *argument)
{
	Case *made = argument;
	MlopsPermutation *permutation;
	MlopsStatus status = mlops_permutation_create(&made->plan, allocator, &permutation);

	if (status != MLOPS_STATUS_OK)
		return UNIT_CHECK(permutation == NULL) ? status : MLOPS_STATUS_INVALID;
	for (uint32_t t = 0; t < made->forest->n_trees; t++)
		(void) mlops_permutation_add_tree(permutation, made->forest, t, NULL);
	mlops_permutation_finish(permutation);
	mlops_permutation_free(permutation);
	return MLOPS_STATUS_OK;
}

/* Add all trees. */
static MlopsPermutation *
permute(const Case *made)
{
	MlopsPermutation *permutation;

	if (mlops_permutation_create(&made->plan, &plain_allocator, &permutation) != MLOPS_STATUS_OK)
		exit(2);
	for (uint32_t t = 0; t < made->forest->n_trees; t++)
		UNIT_CHECK_INT(mlops_permutation_add_tree(permutation, made->forest, t, NULL),
					   MLOPS_STATUS_OK);
	mlops_permutation_finish(permutation);
	return permutation;
}

/* The same bits. */
static bool
are_same(const double *a, const double *b, size_t n)
{
	const void *x = a;
	const void *y = b;

	return memcmp(x, y, n * sizeof(double)) == 0;
}

/* A feature's codes come from another row, the others stay. */
static void
exchange_codes(const Case *made, uint32_t feature, size_t row, size_t source, uint16_t *lanes)
{
	size_t n_lanes = made->plan.n_columns + 1;

	memcpy(lanes, made->lanes + row * n_lanes, n_lanes * sizeof(uint16_t));
	for (uint32_t c = 0; c < made->plan.n_columns; c++)
	{
		if (made->feature_of[c] == feature)
			lanes[c + 1] = made->lanes[source * n_lanes + c + 1];
	}
}

static void
check_outputs(const Case *made, const MlopsPermutation *permutation, uint32_t feature,
			  uint32_t repeat)
{
	const uint32_t *sources = mlops_permutation_sources(permutation, feature, repeat);
	const double *outputs = mlops_permutation_outputs(permutation, feature, repeat);
	uint32_t n_outputs = made->plan.n_outputs;
	uint16_t lanes[RANDOM_COLUMNS_MAX + 1];
	double out[12];

	for (size_t i = 0; i < made->plan.n_rows; i++)
	{
		exchange_codes(made, feature, i, sources[i], lanes);
		mlops_predict_reference(made->forest, lanes, out);
		REQUIRE(are_same(out, outputs + i * n_outputs, n_outputs));
	}
}

static void
check_shape(RandomShape shape, uint32_t n_trees, MlopsGrowParams params)
{
	MlopsPermutation *permutation;
	Case made;
	double *out;

	case_open(&made, &shape, n_trees, params);
	permutation = permute(&made);
	out = random_alloc(shape.n_rows * made.plan.n_outputs, sizeof(double));
	mlops_predict_rows(made.forest, made.lanes, shape.n_rows, out);
	UNIT_CHECK(
		are_same(out, mlops_permutation_baseline(permutation), shape.n_rows * made.plan.n_outputs));
	for (uint32_t f = 0; f < made.plan.n_features; f++)
	{
		for (uint32_t r = 0; r < N_REPEATS; r++)
			check_outputs(&made, permutation, f, r);
	}
	free(out);
	mlops_permutation_free(permutation);
	case_close(&made);
}

/* Bits of the plain walk; 20000 rows are two blocks, codes of 2 values often stay what they were. */
static void
shuffled_rows_are_predicted_as_such(void)
{
	const uint32_t codes_of[] = { 2, 9, 300, 2, 30, 5 };
	RandomShape shape = { .seed = 1,
						  .n_rows = 500,
						  .n_columns = 6,
						  .codes_of = codes_of,
						  .n_classes = 2,
						  .missing_percent = 10 };

	check_shape(shape, 20, (MlopsGrowParams){ .bootstrap = true });
	shape.n_categorical = 3;
	shape.n_classes = 5;
	check_shape(shape, 7, (MlopsGrowParams){ .bootstrap = true });
	shape.n_classes = 0;
	check_shape(shape, 7, (MlopsGrowParams){ .max_features = 2 });
	shape.n_rows = 20000;
	check_shape(shape, 2, (MlopsGrowParams){ .min_samples_leaf = 200 });
}

static int
compare_uint32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a;
	uint32_t y = *(const uint32_t *) b;

	return x < y ? -1 : x > y;
}

/* Each row's codes go to one row; the same for the same seed, whatever else is shuffled. */
static void
a_shuffle_follows_from_its_seed(void)
{
	RandomShape shape = { .seed = 2, .n_rows = 400, .n_columns = 5, .n_codes = 9, .n_classes = 2 };
	MlopsPermutation *all, *one;
	uint32_t sorted[400];
	Case made;

	case_open(&made, &shape, 1, (MlopsGrowParams){ .bootstrap = true });
	all = permute(&made);
	for (uint32_t f = 0; f < made.plan.n_features; f++)
	{
		for (uint32_t r = 0; r < N_REPEATS; r++)
		{
			memcpy(sorted, mlops_permutation_sources(all, f, r), sizeof(sorted));
			qsort(sorted, 400, sizeof(uint32_t), compare_uint32);
			for (uint32_t i = 0; i < 400; i++)
				REQUIRE(sorted[i] == i);
		}
	}
	UNIT_CHECK(memcmp(mlops_permutation_sources(all, 1, 0), mlops_permutation_sources(all, 1, 1),
					  sizeof(sorted)) != 0);
	UNIT_CHECK(memcmp(mlops_permutation_sources(all, 0, 0), mlops_permutation_sources(all, 1, 0),
					  sizeof(sorted)) != 0);
	/* the last feature alone, with its seed and more repeats */
	for (uint32_t c = 0; c < 5; c++)
		made.feature_of[c] = made.feature_of[c] == 2 ? 0 : MLOPS_PERMUTATION_NONE;
	made.seeds[0] = made.seeds[2];
	made.plan.n_features = 1;
	made.plan.n_repeats = N_REPEATS + 1;
	one = permute(&made);
	for (uint32_t r = 0; r < N_REPEATS; r++)
	{
		UNIT_CHECK(memcmp(mlops_permutation_sources(one, 0, r),
						  mlops_permutation_sources(all, 2, r), sizeof(sorted)) == 0);
		UNIT_CHECK(are_same(mlops_permutation_outputs(one, 0, r),
							mlops_permutation_outputs(all, 2, r), 400));
	}
	mlops_permutation_free(one);
	mlops_permutation_free(all);
	case_close(&made);
}

/* Trees of one split leave all but one column as it is. */
static void
what_no_path_asks_for_changes_nothing(void)
{
	RandomShape shape = { .seed = 3, .n_rows = 300, .n_columns = 5, .n_codes = 9, .n_classes = 2 };
	MlopsPermutation *permutation;
	uint32_t n_changed = 0;
	Case made;

	case_open(&made, &shape, 1, (MlopsGrowParams){ .max_depth = 1 });
	permutation = permute(&made);
	for (uint32_t f = 0; f < made.plan.n_features; f++)
		n_changed += !are_same(mlops_permutation_outputs(permutation, f, 0),
							   mlops_permutation_baseline(permutation), 300);
	UNIT_CHECK_INT(n_changed, 1);
	mlops_permutation_free(permutation);
	/* no feature at all, and a single row */
	made.plan.n_features = 0;
	for (uint32_t c = 0; c < 5; c++)
		made.feature_of[c] = MLOPS_PERMUTATION_NONE;
	made.plan.n_rows = 1;
	permutation = permute(&made);
	UNIT_CHECK(*mlops_permutation_baseline(permutation) >= 0);
	mlops_permutation_free(permutation);
	UNIT_CHECK_NEAR(mlops_permutation_row_bytes(8, 5, 1), 8 * 5 * 12 + 8, 0);
	case_close(&made);
}

static bool
is_third(void *state)
{
	return ++*(int *) state == 3;
}

static void
a_cancel_stops_and_memory_is_given_back(void)
{
	RandomShape shape = { .seed = 4, .n_rows = 100, .n_columns = 4, .n_codes = 9, .n_classes = 3 };
	int n_asked = 0;
	MlopsCancel cancel = { is_third, &n_asked };
	MlopsPermutation *permutation;
	AllocFailing counting;
	Case made;

	case_open(&made, &shape, 2, (MlopsGrowParams){ .bootstrap = true });
	UNIT_CHECK(alloc_failing_each(run, &made) > 10);
	alloc_failing_init(&counting, 0);
	UNIT_CHECK_INT(mlops_permutation_create(&made.plan, &counting.allocator, &permutation),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_permutation_add_tree(permutation, made.forest, 0, &cancel),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_permutation_add_tree(permutation, made.forest, 1, &cancel),
				   MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(n_asked, 3);
	mlops_permutation_free(permutation);
	UNIT_CHECK_INT(counting.n_live, 0);
	case_close(&made);
}

int
main(void)
{
	UNIT_RUN(shuffled_rows_are_predicted_as_such);
	UNIT_RUN(a_shuffle_follows_from_its_seed);
	UNIT_RUN(what_no_path_asks_for_changes_nothing);
	UNIT_RUN(a_cancel_stops_and_memory_is_given_back);
	return unit_end();
}
