/*
 * Sorting that can be stopped.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/sort.h"

/* How to sort. */
typedef struct Order
{
	size_t size;
	int (*compare)(const void *a, const void *b);
	const MlopsCancel *cancel;
} Order;

static void
swap(char *a, char *b, size_t size)
{
	char element[MLOPS_SORT_SIZE_MAX];

	memcpy(element, a, size);
	memmove(a, b, size);
	memcpy(b, element, size);
}

/*
 * Divide n > 0 elements by one of them; false when cancelled.
 *
 *   n_before   OUT elements before the pivot, at the front
 *   n_after    OUT elements after it, at the end; at least one stands between
 */
static bool
divide(const Order *order, char *elements, size_t n, size_t *n_before, size_t *n_after)
{
	size_t size = order->size;
	size_t before = 0, next = 0, after = n;
	char pivot[MLOPS_SORT_SIZE_MAX];

	memcpy(pivot, elements + mlops_hash_int(n, 0) % n * size, size);
	/* invariant: [0, before) come before the pivot, [before, next) equal it, [after, n) come after */
	while (next < after)
	{
		char *element = elements + next * size;
		int side = order->compare(element, pivot);

		if ((after - next) % MLOPS_SORT_PART == 0 && mlops_cancelled(order->cancel))
			return false;
		if (side > 0)
			swap(element, elements + --after * size, size);
		else
		{
			if (side < 0)
				swap(element, elements + before++ * size, size);
			next++;
		}
	}
	*n_before = before;
	*n_after = n - after;
	return true;
}

/* Sort; the call within is for the smaller side, so calls are nested log2(n) deep at most. */
static bool
sort_part(const Order *order, char *elements, size_t n)
{
	size_t n_before, n_after;

	while (n > MLOPS_SORT_PART)
	{
		char *end = elements + n * order->size;

		if (!divide(order, elements, n, &n_before, &n_after))
			return false;
		if (n_before < n_after)
		{
			if (!sort_part(order, elements, n_before))
				return false;
			elements = end - n_after * order->size;
			n = n_after;
		}
		else
		{
			if (!sort_part(order, end - n_after * order->size, n_after))
				return false;
			n = n_before;
		}
	}
	if (mlops_cancelled(order->cancel))
		return false;
	if (n > 1)
		qsort(elements, n, order->size, order->compare);
	return true;
}

MlopsStatus
mlops_sort(void *elements, size_t n, size_t size, int (*compare)(const void *a, const void *b),
		   const MlopsCancel *cancel)
{
	Order order = { size, compare, cancel };

	return sort_part(&order, elements, n) ? MLOPS_STATUS_OK : MLOPS_STATUS_CANCELLED;
}
