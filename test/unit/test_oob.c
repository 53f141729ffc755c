/*
 * Out-of-bag predictions are those of the trees that did not draw a row, tree by tree as grown; a
 * row that all trees drew has none; the work stops when told, and gives all memory back.
 */
#include <stdlib.h>
#include <string.h>

#include "core/oob.h"

#include "alloc_failing.h"
#include "random_forest.h"
#include "unit.h"

#define N_OUTPUTS_MAX 12
#define N_LANES_MAX	  20

typedef struct Case
{
	RandomForest grown;
	MlopsGrowParams params;
	MlopsForest *forest;
	double *outputs;
	uint32_t *n_trees;
} Case;

static void
case_open(Case *oob, const RandomShape *shape, uint32_t n_trees, MlopsGrowParams params)
{
	params.min_samples_split = 2;
	params.min_samples_leaf = 3;
	params.bootstrap = true;
	params.n_draws = params.n_draws == 0 ? shape->n_rows : params.n_draws;
	oob->params = params;
	random_forest_make(&oob->grown, shape, n_trees, params, false);
	oob->forest = random_forest_decode(&oob->grown);
	oob->outputs = random_alloc(shape->n_rows * oob->forest->n_outputs, sizeof(double));
	oob->n_trees = random_alloc(shape->n_rows, sizeof(uint32_t));
}

static void
case_close(Case *oob)
{
	free(oob->outputs);
	free(oob->n_trees);
	free(oob->forest);
	random_forest_free(&oob->grown);
}

/* Predict from parts of up to 60 trees. */
static MlopsStatus
predict(const Case *oob, const MlopsAllocator *allocator, const MlopsCancel *cancel)
{
	uint32_t n_trees = oob->forest->n_trees;
	MlopsOob *run;
	MlopsStatus status =
		mlops_oob_begin(oob->grown.data.dataset, &oob->params, oob->forest->n_outputs, allocator,
						cancel, (MlopsOobResult){ oob->outputs, oob->n_trees }, &run);

	for (uint32_t first = 0; status == MLOPS_STATUS_OK && first < n_trees; first += 60)
	{
		uint32_t n = n_trees - first < 60 ? n_trees - first : 60;
		MlopsForest *part = random_forest_decode_part(&oob->grown, first, n);

		status = mlops_oob_add_trees(run, part);
		free(part);
	}
	if (status == MLOPS_STATUS_OK)
		mlops_oob_end(run);
	mlops_oob_free(run);
	return status;
}

static MlopsStatus
run(const MlopsAllocator *allocator, void *argument)
{
	return predict(argument, allocator, NULL);
}

/* Add what each tree as grown says of the rows that it did not draw. */
static void
predict_naively(const Case *oob, double *outputs, uint32_t *n_trees)
{
	size_t n_rows = oob->grown.data.shape.n_rows;
	uint32_t n_outputs = oob->forest->n_outputs;
	uint8_t *counts = random_alloc(n_rows, sizeof(uint8_t));

	for (uint32_t t = 0; t < oob->forest->n_trees; t++)
	{
		RandomForest one = oob->grown;

		one.trees += t;
		one.spec.n_trees = 1;
		(void) mlops_bootstrap_draw(&oob->params, n_rows, t, counts);
		for (size_t i = 0; i < n_rows; i++)
		{
			uint16_t lanes[N_LANES_MAX];
			double out[N_OUTPUTS_MAX];

			if (counts[i] != 0)
				continue;
			random_forest_lanes(&oob->grown, i, lanes);
			random_forest_predict(&one, lanes, out);
			n_trees[i]++;
			for (uint32_t k = 0; k < n_outputs; k++)
				outputs[i * n_outputs + k] += out[k];
		}
	}
	for (size_t i = 0; i < n_rows * n_outputs; i++)
		outputs[i] /= n_trees[i / n_outputs] > 0 ? n_trees[i / n_outputs] : 1;
	free(counts);
}

static void
check_shape(RandomShape shape, uint32_t n_trees, MlopsGrowParams params)
{
	Case oob;
	double *outputs;
	uint32_t *counts;

	case_open(&oob, &shape, n_trees, params);
	outputs = random_alloc(shape.n_rows * oob.forest->n_outputs, sizeof(double));
	counts = random_alloc(shape.n_rows, sizeof(uint32_t));
	predict_naively(&oob, outputs, counts);
	UNIT_CHECK_INT(run(&plain_allocator, &oob), MLOPS_STATUS_OK);
	UNIT_CHECK(memcmp(oob.n_trees, counts, shape.n_rows * sizeof(uint32_t)) == 0);
	UNIT_CHECK(
		memcmp(oob.outputs, outputs, shape.n_rows * oob.forest->n_outputs * sizeof(double)) == 0);
	free(outputs);
	free(counts);
	case_close(&oob);
}

/* 130 trees are three parts, 70000 rows two blocks. */
static void
two_classes_are_predicted_by_other_trees(void)
{
	RandomShape shape = { .seed = 1,
						  .n_rows = 300,
						  .n_columns = 4,
						  .n_codes = 20,
						  .n_classes = 2,
						  .missing_percent = 10 };

	check_shape(shape, 130, (MlopsGrowParams){ .random_state = 5 });
	shape.n_rows = 70000;
	check_shape(shape, 2, (MlopsGrowParams){ .random_state = -6, .n_draws = 700 });
}

static void
classes_categories_and_weights_too(void)
{
	RandomShape shape = { .seed = 2,
						  .n_rows = 900,
						  .n_columns = 5,
						  .n_codes = 40,
						  .n_categorical = 2,
						  .n_classes = 5,
						  .missing_percent = 20,
						  .is_weighted = true };

	check_shape(shape, 9, (MlopsGrowParams){ .random_state = 7, .balanced_subsample = true });
	shape.n_classes = 0;
	check_shape(shape, 9, (MlopsGrowParams){ .random_state = 8 });
}

static void
a_row_in_every_bag_has_no_prediction(void)
{
	RandomShape shape = { .seed = 3, .n_rows = 200, .n_columns = 2, .n_codes = 9, .n_classes = 2 };
	uint8_t counts[200];
	Case oob;

	case_open(&oob, &shape, 1, (MlopsGrowParams){ .random_state = 9 });
	UNIT_CHECK_INT(run(&plain_allocator, &oob), MLOPS_STATUS_OK);
	(void) mlops_bootstrap_draw(&oob.params, 200, 0, counts);
	for (size_t i = 0; i < 200; i++)
	{
		REQUIRE(oob.n_trees[i] == (counts[i] == 0));
		REQUIRE(oob.n_trees[i] == 1 || oob.outputs[i] == 0);
	}
	case_close(&oob);
}

static bool
is_third(void *state)
{
	return ++*(int *) state == 3;
}

static void
a_cancel_stops_and_memory_is_given_back(void)
{
	RandomShape shape = { .seed = 4, .n_rows = 100, .n_columns = 2, .n_codes = 9, .n_classes = 3 };
	int n_asked = 0;
	MlopsCancel cancel = { is_third, &n_asked };
	AllocFailing counting;
	Case oob;

	case_open(&oob, &shape, 4, (MlopsGrowParams){ .random_state = 9 });
	UNIT_CHECK(alloc_failing_each(run, &oob) > 0);
	alloc_failing_init(&counting, 0);
	UNIT_CHECK_INT(predict(&oob, &counting.allocator, &cancel), MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(n_asked, 3);
	UNIT_CHECK_INT(counting.n_live, 0);
	case_close(&oob);
}

int
main(void)
{
	UNIT_RUN(two_classes_are_predicted_by_other_trees);
	UNIT_RUN(classes_categories_and_weights_too);
	UNIT_RUN(a_row_in_every_bag_has_no_prediction);
	UNIT_RUN(a_cancel_stops_and_memory_is_given_back);
	return unit_end();
}
