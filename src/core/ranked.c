/*
 * The best rows of a total order.
 */
#include "core/ranked.h"

void
mlops_ranked_order_of(MlopsRankedOrder *order, MlopsRankedKind kind)
{
	*order = (MlopsRankedOrder){ .is_key_turned = kind == MLOPS_RANKED_MAX ||
												  kind == MLOPS_RANKED_MAX_BY ||
												  kind == MLOPS_RANKED_LAST,
								 .is_rest_turned = kind == MLOPS_RANKED_LAST };
}

/* What comes after the key, ascending. */
static int
compare_tail(const MlopsRankedRow *a, const MlopsRankedRow *b, const MlopsRankedOrder *order)
{
	if (a->tiebreak != b->tiebreak)
		return a->tiebreak < b->tiebreak ? -1 : 1;
	if (!a->has_value || !b->has_value)
		return (int) b->has_value - (int) a->has_value;
	return order->compare_values(a, b, order->context);
}

int
mlops_ranked_compare_rest(const MlopsRankedRow *a, const MlopsRankedRow *b,
						  const MlopsRankedOrder *order)
{
	int difference = order->compare_keys == NULL ? 0 : order->compare_keys(a, b, order->context);

	/* turned by its sign: a comparator may say INT_MIN */
	if (difference != 0)
		return (difference < 0) != order->is_key_turned ? -1 : 1;
	difference = compare_tail(a, b, order);
	if (difference == 0)
		return 0;
	return (difference < 0) != order->is_rest_turned ? -1 : 1;
}

static void
free_word(uint64_t word, const MlopsAllocator *allocator)
{
	/* as the server's Datum, a word is a number or a pointer; NOLINTNEXTLINE(performance-no-int-to-ptr) */
	mlops_free(allocator, (void *) (uintptr_t) word);
}

void
mlops_ranked_forget(const MlopsRankedRow *row, const MlopsRankedOrder *order,
					const MlopsAllocator *allocator)
{
	if (order->owns_keys)
		free_word(row->key, allocator);
	if (order->owns_values && row->has_value)
		free_word(row->value, allocator);
}

/* ---- the heap ---- */

/* Put a row where it belongs in the heap of n rows below a gap. */
static void
sift_down(MlopsRankedRow *rows, size_t n, size_t gap, MlopsRankedRow row,
		  const MlopsRankedOrder *order)
{
	for (;;)
	{
		size_t child = 2 * gap + 1;

		if (child >= n)
			break;
		if (child + 1 < n && mlops_ranked_compare(&rows[child + 1], &rows[child], order) > 0)
			child++;
		if (mlops_ranked_compare(&rows[child], &row, order) <= 0)
			break;
		rows[gap] = rows[child];
		gap = child;
	}
	rows[gap] = row;
}

/* The same above a gap. */
static void
sift_up(MlopsRankedRow *rows, size_t gap, MlopsRankedRow row, const MlopsRankedOrder *order)
{
	while (gap > 0)
	{
		size_t parent = (gap - 1) / 2;

		if (mlops_ranked_compare(&rows[parent], &row, order) >= 0)
			break;
		rows[gap] = rows[parent];
		gap = parent;
	}
	rows[gap] = row;
}

static bool
reserve_row(MlopsBest *best, const MlopsAllocator *allocator)
{
	void *rows = best->rows;

	if (!mlops_array_reserve(allocator, &rows, &best->capacity, best->n + 1,
							 sizeof(MlopsRankedRow)))
		return false;
	best->rows = rows;
	return true;
}

bool
mlops_best_put(MlopsBest *best, const MlopsRankedRow *row, const MlopsRankedOrder *order,
			   const MlopsAllocator *allocator)
{
	if (best->n < best->k)
	{
		if (!reserve_row(best, allocator))
			return false;
		sift_up(best->rows, best->n++, *row, order);
		return true;
	}
	mlops_ranked_forget(&best->rows[0], order, allocator);
	sift_down(best->rows, best->n, 0, *row, order);
	return true;
}

bool
mlops_best_append(MlopsBest *best, const MlopsRankedRow *row, const MlopsAllocator *allocator)
{
	if (!reserve_row(best, allocator))
		return false;
	best->rows[best->n++] = *row;
	best->is_unordered = true;
	return true;
}

void
mlops_best_heapify(MlopsBest *best, const MlopsRankedOrder *order)
{
	if (!best->is_unordered)
		return;
	for (size_t i = best->n / 2; i-- > 0;)
		sift_down(best->rows, best->n, i, best->rows[i], order);
	best->is_unordered = false;
}

/*
 * Heapsort, which leaves the best first, and then turned round: rows that fall from the root on are a heap.
 */
void
mlops_best_sort(MlopsBest *best, const MlopsRankedOrder *order)
{
	MlopsRankedRow *rows = best->rows;

	mlops_best_heapify(best, order);
	for (size_t n = best->n; n > 1; n--)
	{
		MlopsRankedRow last = rows[n - 1];

		rows[n - 1] = rows[0];
		sift_down(rows, n - 1, 0, last, order);
	}
	for (size_t i = 0; i < best->n / 2; i++)
	{
		MlopsRankedRow row = rows[i];

		rows[i] = rows[best->n - 1 - i];
		rows[best->n - 1 - i] = row;
	}
}
