/*
 * A counted tree answers as a sorted array does, through any order of additions and removals; taking
 * everything away leaves the empty tree; an allocation that fails changes no value.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/order_tree.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define N_MODEL	 4000
#define N_ROUNDS 100000

/* A sorted array of values, equal ones each. */
typedef struct Model
{
	double values[N_MODEL];
	int64_t n;
} Model;

static int64_t
model_rank(const Model *model, double x)
{
	int64_t low = 0, high = model->n;

	while (low < high)
	{
		int64_t middle = (low + high) / 2;

		if (model->values[middle] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
model_add(Model *model, double x)
{
	int64_t place = model_rank(model, x);

	memmove(model->values + place + 1, model->values + place,
			(size_t) (model->n - place) * sizeof(double));
	model->values[place] = x;
	model->n++;
}

static bool
model_remove(Model *model, double x)
{
	int64_t place = model_rank(model, x) - 1;

	if (place < 0 || model->values[place] != x)
		return false;
	memmove(model->values + place, model->values + place + 1,
			(size_t) (model->n - place - 1) * sizeof(double));
	model->n--;
	return true;
}

static bool
is_empty(const MlopsOrderTree *tree)
{
	return tree->root == NULL && tree->n_levels == 0 && tree->n == 0 && tree->n_distinct == 0;
}

/* All values by rank and by cursor. */
static bool
is_same(const MlopsOrderTree *tree, const Model *model)
{
	MlopsOrderCursor cursor;
	double value;
	int64_t count, k = 0;

	mlops_order_cursor_begin(&cursor, tree);
	while (mlops_order_cursor_next(&cursor, &value, &count))
	{
		for (; count > 0; count--, k++)
		{
			if (k >= model->n || model->values[k] != value ||
				mlops_order_tree_kth(tree, k + 1) != value)
				return false;
		}
	}
	return k == model->n && tree->n == model->n;
}

/* Values of a kind: few, many, ascending with the round. */
static double
draw_value(MlopsRng *rng, int kind, int round)
{
	if (kind == 0)
		return (double) mlops_rng_below(rng, 50) - 25;
	if (kind == 1)
		return (double) mlops_rng_below(rng, 1000000) / 7 - 70000;
	return round + (double) mlops_rng_below(rng, 3000);
}

static void
operate(int kind, uint32_t target)
{
	static Model model;
	MlopsRng rng = mlops_rng_stream(7, (uint64_t) kind);
	MlopsOrderTree tree = { 0 };

	model.n = 0;
	for (int round = 0; round < N_ROUNDS; round++)
	{
		/* the size goes up and down between 0 and the target */
		bool adds =
			model.n == 0 || (model.n + 1 < N_MODEL && mlops_rng_below(&rng, 2 * target) >= model.n);
		double x = draw_value(&rng, kind, round);

		if (!adds && mlops_rng_below(&rng, 4) > 0)
			x = model.values[mlops_rng_below(&rng, (uint32_t) model.n)];
		if (adds)
		{
			model_add(&model, x);
			UNIT_CHECK(mlops_order_tree_add(&tree, x, 1, &plain_allocator));
		}
		else if (!UNIT_CHECK(mlops_order_tree_remove(&tree, x, &plain_allocator) ==
							 model_remove(&model, x)))
			return;
		x = draw_value(&rng, kind, round);
		if (!UNIT_CHECK_INT(mlops_order_tree_rank(&tree, x), model_rank(&model, x)))
			return;
		if (round % 1000 == 0 && (!UNIT_CHECK(mlops_order_tree_check(&tree) == NULL) ||
								  !UNIT_CHECK(is_same(&tree, &model))))
			return;
	}
	while (model.n > 0)
	{
		double x = model.values[mlops_rng_below(&rng, (uint32_t) model.n)];

		UNIT_CHECK(model_remove(&model, x) && mlops_order_tree_remove(&tree, x, &plain_allocator));
		if (model.n % 100 == 0)
			UNIT_CHECK(mlops_order_tree_check(&tree) == NULL && is_same(&tree, &model));
	}
	UNIT_CHECK(is_empty(&tree));
}

static void
few_values_are_those_of_an_array(void)
{
	operate(0, 500);
}

static void
many_values_are_those_of_an_array(void)
{
	operate(1, 1500);
}

static void
values_that_rise_are_those_of_an_array(void)
{
	operate(2, 1500);
}

/* A window that slides over rising values leaves no thin nodes behind. */
static void
ascending_values_fill_their_nodes(void)
{
	AllocFailing state;
	MlopsOrderTree tree = { 0 };

	alloc_failing_init(&state, 0);
	for (int i = 0; i < 63 * 1000; i++)
		UNIT_CHECK(mlops_order_tree_add(&tree, i, 1, &state.allocator));
	UNIT_CHECK(state.n_live < 1100);
	for (int i = 0; i < 63 * 1000 - 50; i++)
		UNIT_CHECK(mlops_order_tree_remove(&tree, i, &state.allocator));
	UNIT_CHECK(state.n_live < 4);
	UNIT_CHECK(mlops_order_tree_check(&tree) == NULL);
	mlops_order_tree_clear(&tree, &state.allocator);
	UNIT_CHECK_INT(state.n_live, 0);
}

/* Every second node empty, then every value but one of each. */
static void
nodes_that_lost_most_are_merged(void)
{
	AllocFailing state;
	MlopsOrderTree tree = { 0 };

	alloc_failing_init(&state, 0);
	for (int i = 0; i < 100000; i++)
		UNIT_CHECK(mlops_order_tree_add(&tree, (i * 7919) % 100000, 1, &state.allocator));
	for (int i = 0; i < 100000; i++)
		UNIT_CHECK(i % 64 == 5 || mlops_order_tree_remove(&tree, i, &state.allocator));
	UNIT_CHECK_INT(tree.n, (100000 + 58) / 64);
	/* 1,563 values in nodes that hold an eighth at least */
	UNIT_CHECK(state.n_live < 1563 / 7);
	UNIT_CHECK(mlops_order_tree_check(&tree) == NULL);
	mlops_order_tree_clear(&tree, &state.allocator);
	UNIT_CHECK_INT(state.n_live, 0);
}

static void
both_zeros_and_infinities_have_their_place(void)
{
	MlopsOrderTree tree = { 0 };

	UNIT_CHECK(mlops_order_tree_add(&tree, -0.0, 2, &plain_allocator));
	UNIT_CHECK(mlops_order_tree_add(&tree, 0.0, 1, &plain_allocator));
	UNIT_CHECK(mlops_order_tree_add(&tree, INFINITY, 1, &plain_allocator));
	UNIT_CHECK(mlops_order_tree_add(&tree, -INFINITY, 1, &plain_allocator));
	UNIT_CHECK_INT(tree.n_distinct, 3);
	UNIT_CHECK(mlops_order_tree_kth(&tree, 2) == 0 && !signbit(mlops_order_tree_kth(&tree, 2)));
	UNIT_CHECK(mlops_order_tree_kth(&tree, 1) == -INFINITY);
	UNIT_CHECK(mlops_order_tree_kth(&tree, 5) == INFINITY);
	UNIT_CHECK_INT(mlops_order_tree_rank(&tree, -0.0), 4);
	UNIT_CHECK(!mlops_order_tree_remove(&tree, 1, &plain_allocator));
	UNIT_CHECK(mlops_order_tree_remove(&tree, -0.0, &plain_allocator));
	UNIT_CHECK_INT(tree.n, 4);
	mlops_order_tree_clear(&tree, &plain_allocator);
	UNIT_CHECK(is_empty(&tree));
}

static MlopsStatus
build_and_drop(const MlopsAllocator *allocator, void *argument)
{
	MlopsOrderTree tree = { 0 };
	MlopsStatus status = MLOPS_STATUS_OK;
	int n = 0;

	(void) argument;
	for (; n < 6000 && status == MLOPS_STATUS_OK; n++)
	{
		if (!mlops_order_tree_add(&tree, (n * 611) % 6007, 1, allocator))
			status = MLOPS_STATUS_NOMEM;
	}
	UNIT_CHECK_INT(tree.n, status == MLOPS_STATUS_OK ? n : n - 1);
	if (status == MLOPS_STATUS_OK)
		UNIT_CHECK(mlops_order_tree_check(&tree) == NULL);
	mlops_order_tree_clear(&tree, allocator);
	return status;
}

static void
failed_allocations_change_no_value(void)
{
	UNIT_CHECK(alloc_failing_each(build_and_drop, NULL) > 100);
}

int
main(void)
{
	UNIT_RUN(few_values_are_those_of_an_array);
	UNIT_RUN(many_values_are_those_of_an_array);
	UNIT_RUN(values_that_rise_are_those_of_an_array);
	UNIT_RUN(ascending_values_fill_their_nodes);
	UNIT_RUN(nodes_that_lost_most_are_merged);
	UNIT_RUN(both_zeros_and_infinities_have_their_place);
	UNIT_RUN(failed_allocations_change_no_value);
	return unit_end();
}
