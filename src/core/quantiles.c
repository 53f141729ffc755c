/*
 * Quantiles and what is made of them.
 */
#include <math.h>

#include "core/checked.h"
#include "core/quantiles.h"
#include "core/rounded.h"

/* Values merged between two questions whether to stop. */
#define MERGE_PER_CHECK 4096

static MlopsStatus
change(MlopsQuantiles *state, double x, bool is_removed, const MlopsAllocator *allocator)
{
	if (!isfinite(x) && state->on_nonfinite == MLOPS_NONFINITE_SKIP)
		return mlops_checked_count_row(&state->n_null, is_removed ? -1 : 1, MLOPS_ORDER_VALUES);
	if (isnan(x))
		return mlops_checked_count_row(&state->n_nan, is_removed ? -1 : 1, MLOPS_ORDER_VALUES);
	if (is_removed)
		return mlops_order_tree_remove(&state->tree, x, allocator) ? MLOPS_STATUS_OK :
																	 MLOPS_STATUS_INVALID;
	if (state->tree.n >= MLOPS_ORDER_VALUES)
		return MLOPS_STATUS_LIMIT;
	return mlops_order_tree_add(&state->tree, x, 1, allocator) ? MLOPS_STATUS_OK :
																 MLOPS_STATUS_NOMEM;
}

MlopsStatus
mlops_quantiles_add(MlopsQuantiles *state, double x, const MlopsAllocator *allocator)
{
	return change(state, x, false, allocator);
}

MlopsStatus
mlops_quantiles_remove(MlopsQuantiles *state, double x, const MlopsAllocator *allocator)
{
	return change(state, x, true, allocator);
}

MlopsStatus
mlops_quantiles_add_null(MlopsQuantiles *state)
{
	return mlops_checked_count_row(&state->n_null, 1, MLOPS_ORDER_VALUES);
}

MlopsStatus
mlops_quantiles_remove_null(MlopsQuantiles *state)
{
	return mlops_checked_count_row(&state->n_null, -1, MLOPS_ORDER_VALUES);
}

static bool
has_no_rows(const MlopsQuantiles *state)
{
	return state->tree.n == 0 && state->n_null == 0 && state->n_nan == 0;
}

/* A state without rows has no parameters of its own yet, but takes those of the other. */
static bool
fits(const MlopsQuantiles *into, const MlopsQuantiles *from)
{
	return into->on_nonfinite == from->on_nonfinite && into->p == from->p;
}

MlopsStatus
mlops_quantiles_merge(MlopsQuantiles *into, const MlopsQuantiles *from,
					  const MlopsAllocator *allocator, const MlopsCancel *cancel,
					  MlopsReason *reason)
{
	MlopsOrderCursor cursor;
	double value;
	int64_t count;
	size_t n_merged = 0;

	if (has_no_rows(from))
		return MLOPS_STATUS_OK;
	if (has_no_rows(into))
	{
		into->on_nonfinite = from->on_nonfinite;
		into->p = from->p;
	}
	else if (!fits(into, from))
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states of different parameters cannot be merged");
	if (into->tree.n > MLOPS_ORDER_VALUES - from->tree.n ||
		!mlops_checked_add_rows(&into->n_null, from->n_null, MLOPS_ORDER_VALUES) ||
		!mlops_checked_add_rows(&into->n_nan, from->n_nan, MLOPS_ORDER_VALUES))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more rows than can be counted");
	mlops_order_cursor_begin(&cursor, &from->tree);
	while (mlops_order_cursor_next(&cursor, &value, &count))
	{
		if (!mlops_order_tree_add(&into->tree, value, count, allocator))
			return MLOPS_STATUS_NOMEM;
		if (++n_merged % MERGE_PER_CHECK == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
	}
	return MLOPS_STATUS_OK;
}

/* Two neighbours and how far from the lower to the upper. */
typedef struct Position
{
	double lower;
	double upper;
	double share; /* 0 .. 1 */
} Position;

/* j + g of a type, from 1. */
static double
position_of(double n, double p, int type, double *share)
{
	double at, j;

	switch (type)
	{
		case 3:
			at = n * p - 0.5;
			j = floor(at);
			*share = at == j && (int64_t) j % 2 == 0 ? 0 : 1;
			return j;
		case 5:
			at = n * p + 0.5;
			break;
		case 6:
			at = (n + 1) * p;
			break;
		case 7:
			/* 1 is added after the fraction is taken, which then loses nothing */
			at = (n - 1) * p;
			*share = at - floor(at);
			return floor(at) + 1;
		case 8:
			at = ((3 * n + 1) * p + 1) / 3;
			break;
		case 9:
			at = ((8 * n + 2) * p + 3) / 8;
			break;
		default:
			at = n * p;
			break;
	}
	j = floor(at);
	*share = at - j;
	if (type == 1)
		*share = at > j ? 1 : 0;
	else if (type == 2)
		*share = at > j ? 1 : 0.5;
	return j;
}

static Position
find_position(const MlopsOrderTree *tree, double p, int type)
{
	Position position;
	double j = position_of((double) tree->n, p, type, &position.share);

	if (j < 1 || j >= (double) tree->n)
	{
		position.lower = position.upper = mlops_order_tree_kth(tree, j < 1 ? 1 : tree->n);
		position.share = 0;
		return position;
	}
	position.lower = mlops_order_tree_kth(tree, (int64_t) j);
	position.upper =
		position.share > 0 ? mlops_order_tree_kth(tree, (int64_t) j + 1) : position.lower;
	return position;
}

/* Add (lower + share (upper - lower)) * weight, a power of two, to a sum. */
static void
add_position(MlopsRounded *sum, const Position *position, double weight)
{
	mlops_rounded_add(sum, position->lower, weight);
	mlops_rounded_add(sum, position->upper, weight * position->share);
	mlops_rounded_add(sum, position->lower, -weight * position->share);
}

/* The value at a position; with infinities what arithmetic says. */
static double
value_at(const Position *position)
{
	MlopsRounded sum = { 0 };
	double result = position->lower;

	if (position->share == 0 || position->lower == position->upper)
		return position->lower;
	if (position->share == 1)
		return position->upper;
	if (isinf(position->lower) || isinf(position->upper))
		return position->lower + position->upper;
	add_position(&sum, position, 1);
	/* between two values, so never out of range */
	(void) mlops_rounded_get(&sum, &result);
	return result;
}

MlopsAnswer
mlops_quantiles_at(const MlopsQuantiles *state, double p, int type, double *result)
{
	MlopsAnswer answer;
	Position position;

	if (mlops_quantiles_answered(state, &answer, result))
		return answer;
	position = find_position(&state->tree, p, type);
	*result = value_at(&position);
	return MLOPS_ANSWER_VALUE;
}

MlopsAnswer
mlops_quantiles_interquartile(const MlopsQuantiles *state, double *result)
{
	MlopsRounded sum = { 0 };
	MlopsAnswer answer;
	Position low, high;

	if (mlops_quantiles_answered(state, &answer, result))
		return answer;
	low = find_position(&state->tree, 0.25, MLOPS_QUANTILE_TYPE_DEFAULT);
	high = find_position(&state->tree, 0.75, MLOPS_QUANTILE_TYPE_DEFAULT);
	if (!isfinite(low.lower) || !isfinite(low.upper) || !isfinite(high.lower) ||
		!isfinite(high.upper))
	{
		*result = value_at(&high) - value_at(&low);
		return MLOPS_ANSWER_VALUE;
	}
	add_position(&sum, &high, 1);
	add_position(&sum, &low, -1);
	return mlops_answer_in_range(mlops_rounded_get(&sum, result));
}

MlopsAnswer
mlops_quantiles_rank(const MlopsQuantiles *state, double x, double *result)
{
	MlopsAnswer answer;

	if (mlops_quantiles_answered(state, &answer, result))
		return answer;
	*result = (double) mlops_order_tree_rank(&state->tree, x) / (double) state->tree.n;
	return MLOPS_ANSWER_VALUE;
}

static MlopsAnswer
answer_kth(const MlopsQuantiles *state, bool is_last, double *result)
{
	MlopsAnswer answer;

	if (mlops_quantiles_answered(state, &answer, result))
		return answer;
	*result = mlops_order_tree_kth(&state->tree, is_last ? state->tree.n : 1);
	return MLOPS_ANSWER_VALUE;
}

MlopsAnswer
mlops_quantiles_minimum(const MlopsQuantiles *state, double *result)
{
	return answer_kth(state, false, result);
}

MlopsAnswer
mlops_quantiles_maximum(const MlopsQuantiles *state, double *result)
{
	return answer_kth(state, true, result);
}
