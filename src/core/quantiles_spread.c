/*
 * Median of the distances to the median, and means without the ends.
 */
#include <math.h>

#include "core/quantiles.h"
#include "core/rounded.h"

/* The two middle values, which are one if n is odd, and how many values are to the left of the middle. */
typedef struct Middle
{
	const MlopsOrderTree *tree;
	double a;
	double b;
	int64_t n_left; /* the middle one of an odd n too */
	int64_t n_right;
} Middle;

static Middle
find_middle(const MlopsOrderTree *tree)
{
	Middle middle = { .tree = tree, .n_left = tree->n - tree->n / 2, .n_right = tree->n / 2 };

	middle.a = mlops_order_tree_kth(tree, middle.n_left);
	middle.b = tree->n % 2 == 0 ? mlops_order_tree_kth(tree, middle.n_left + 1) : middle.a;
	return middle;
}

/* The i-th nearest value at the left of the middle, or at its right, from 1. */
static double
left_of(const Middle *middle, int64_t i)
{
	return mlops_order_tree_kth(middle->tree, middle->n_left - i + 1);
}

static double
right_of(const Middle *middle, int64_t i)
{
	return mlops_order_tree_kth(middle->tree, middle->n_left + i);
}

/*
 * True if a value at the left is as far from the median m = (a + b) / 2 as one at the right:
 * m - left >= right - m, that is left + right <= a + b, whose rounding errors are looked at only
 * when the rounded sums are equal.
 */
static bool
is_as_far(const Middle *middle, double left, double right)
{
	double sides, centre;
	MlopsRounded sum = { 0 };
	double difference = 0;

	if (isinf(left) || isinf(right))
		return isinf(left);
	sides = left + right;
	centre = middle->a + middle->b;
	if (sides != centre)
		return sides < centre;
	/* halves, as four values may be more than double holds; the order of both sums stays */
	mlops_rounded_add(&sum, left, 0.5);
	mlops_rounded_add(&sum, right, 0.5);
	mlops_rounded_add(&sum, middle->a, -0.5);
	mlops_rounded_add(&sum, middle->b, -0.5);
	(void) mlops_rounded_get(&sum, &difference);
	return difference <= 0;
}

/*
 * How many of the k values nearest to the middle are at its left.  Distances ascend on both sides,
 * so the answer is the least i for which the next at the left is as far as the last at the right.
 */
static int64_t
count_left(const Middle *middle, int64_t k)
{
	int64_t low = k > middle->n_right ? k - middle->n_right : 0;
	int64_t high = k < middle->n_left ? k : middle->n_left;

	while (low < high)
	{
		int64_t i = low + (high - low) / 2;

		if (is_as_far(middle, left_of(middle, i + 1), right_of(middle, k - i)))
			high = i;
		else
			low = i + 1;
	}
	return low;
}

/* Add (left or right value's distance) * weight: the sides differ in sign. */
static void
add_distance(MlopsRounded *sum, const Middle *middle, double value, bool is_left, double weight)
{
	double sign = is_left ? -1 : 1;

	mlops_rounded_add(sum, value, sign * weight);
	mlops_rounded_add(sum, middle->a, -sign * weight / 2);
	mlops_rounded_add(sum, middle->b, -sign * weight / 2);
}

/* The greatest of the k smallest distances, or with is_next the smallest of the others. */
static double
pick_distance(const Middle *middle, int64_t i, int64_t k, bool is_next, bool *is_left)
{
	bool has_left = is_next ? i < middle->n_left : i > 0;
	bool has_right = is_next ? k - i < middle->n_right : k - i > 0;
	double left = has_left ? left_of(middle, is_next ? i + 1 : i) : 0;
	double right = has_right ? right_of(middle, is_next ? k - i + 1 : k - i) : 0;

	if (has_left && has_right)
		*is_left = is_as_far(middle, left, right) != is_next;
	else
		*is_left = has_left;
	return *is_left ? left : right;
}

MlopsAnswer
mlops_quantiles_deviation(const MlopsQuantiles *state, double scale, double *result)
{
	MlopsRounded sum = { 0 };
	MlopsAnswer answer;
	Middle middle;
	double distances[2];
	bool is_left[2];
	int64_t i, k;

	if (mlops_quantiles_answered(state, &answer, result))
		return answer;
	middle = find_middle(&state->tree);
	if (!isfinite(middle.a) || !isfinite(middle.b))
	{
		*result = (double) NAN;
		return MLOPS_ANSWER_VALUE;
	}
	k = middle.n_left;
	i = count_left(&middle, k);
	distances[0] = distances[1] = pick_distance(&middle, i, k, false, &is_left[0]);
	is_left[1] = is_left[0];
	if (state->tree.n % 2 == 0)
		distances[1] = pick_distance(&middle, i, k, true, &is_left[1]);
	if (isinf(distances[0]) || isinf(distances[1]))
	{
		*result = (double) INFINITY;
		return MLOPS_ANSWER_VALUE;
	}
	for (int side = 0; side < 2; side++)
		add_distance(&sum, &middle, distances[side], is_left[side], scale / 2);
	return mlops_answer_in_range(mlops_rounded_get(&sum, result));
}

/* Distinct values between two questions whether to stop. */
#define VALUES_PER_CHECK 65536

static bool
add_times(MlopsExactSum *sum, double x, int64_t count, const MlopsAllocator *allocator)
{
	MlopsProduct value = mlops_product_of(x);
	MlopsProduct times = mlops_product_of_int(count);
	MlopsProduct product = mlops_product_multiply(&value, &times);

	return mlops_exact_sum_add_product(sum, &product, false, allocator);
}

/* Sum of x_(first) .. x_(last), and of the ends once more for each value that they replace. */
static MlopsStatus
sum_between(const MlopsOrderTree *tree, int64_t first, int64_t last, int64_t n_replaced,
			MlopsExactSum *sum, const MlopsAllocator *allocator, const MlopsCancel *cancel)
{
	size_t n_steps = 0;
	MlopsOrderCursor cursor;
	int64_t count, before = 0;
	double value;

	mlops_order_cursor_begin(&cursor, tree);
	while (before < last && mlops_order_cursor_next(&cursor, &value, &count))
	{
		int64_t from = before + 1 > first ? before + 1 : first;
		int64_t to = before + count < last ? before + count : last;
		int64_t n = to - from + 1;

		if (n_steps++ % VALUES_PER_CHECK == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		before += count;
		if (n <= 0)
			continue;
		n += from == first ? n_replaced : 0;
		n += to == last ? n_replaced : 0;
		if (!add_times(sum, value, n, allocator))
			return MLOPS_STATUS_NOMEM;
	}
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_quantiles_trimmed_mean(const MlopsQuantiles *state, double p, bool is_winsorized,
							 const MlopsAllocator *allocator, const MlopsCancel *cancel,
							 MlopsAnswer *answer, double *result)
{
	int64_t n = state->tree.n;
	int64_t n_cut = (int64_t) floor(p * (double) n);
	MlopsExactSum sum = { 0 };
	double first, last;
	MlopsStatus status;

	if (mlops_quantiles_answered(state, answer, result))
		return MLOPS_STATUS_OK;
	*answer = MLOPS_ANSWER_VALUE;
	/* p below a half may come to a half of n by rounding; something stays */
	n_cut = n_cut < (n + 1) / 2 ? n_cut : (n - 1) / 2;
	first = mlops_order_tree_kth(&state->tree, n_cut + 1);
	last = mlops_order_tree_kth(&state->tree, n - n_cut);
	if (isinf(first) || isinf(last))
	{
		/* at one end an infinity; at both NaN, unless they are one and the same */
		*result = isinf(first) && isinf(last) ? first + last : (isinf(first) ? first : last);
		return MLOPS_STATUS_OK;
	}
	status = sum_between(&state->tree, n_cut + 1, n - n_cut, is_winsorized ? n_cut : 0, &sum,
						 allocator, cancel);
	if (status == MLOPS_STATUS_OK &&
		!mlops_exact_sum_divide(&sum, is_winsorized ? n : n - 2 * n_cut, result))
		*answer = MLOPS_ANSWER_RANGE;
	mlops_free(allocator, sum.limbs);
	return status;
}
