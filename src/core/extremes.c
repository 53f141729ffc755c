/*
 * Smallest and largest value of a queue.
 */
#include <string.h>

#include "core/extremes.h"

#define FIRST_CAPACITY 16

static MlopsNumbered *
entry(const MlopsDeque *deque, size_t i)
{
	return &deque->ring[(deque->first + i) & (deque->capacity - 1)];
}

/* Double the ring, so that the front is at position 0. */
static bool
grow(MlopsDeque *deque, const MlopsAllocator *allocator)
{
	size_t capacity = deque->capacity == 0 ? FIRST_CAPACITY : 2 * deque->capacity;
	MlopsNumbered *ring = mlops_alloc(allocator, capacity, sizeof(MlopsNumbered));

	if (ring == NULL)
		return false;
	for (size_t i = 0; i < deque->n; i++)
		ring[i] = *entry(deque, i);
	mlops_free(allocator, deque->ring);
	deque->ring = ring;
	deque->capacity = capacity;
	deque->first = 0;
	return true;
}

/* Drop what a new value beats, and append it; sign -1 makes the deque one of the largest. */
static bool
push(MlopsDeque *deque, MlopsNumbered value, double sign, const MlopsAllocator *allocator)
{
	while (deque->n > 0 && sign * entry(deque, deque->n - 1)->value >= sign * value.value)
		deque->n--;
	if (deque->n == deque->capacity && !grow(deque, allocator))
		return false;
	*entry(deque, deque->n++) = value;
	return true;
}

static void
pop(MlopsDeque *deque, uint64_t number)
{
	if (entry(deque, 0)->number != number)
		return;
	deque->first++;
	deque->n--;
}

bool
mlops_extremes_add(MlopsExtremes *extremes, double x, const MlopsAllocator *allocator)
{
	/* -0 + 0 is 0 */
	MlopsNumbered value = { x + 0.0, extremes->n_added };

	if (!push(&extremes->smallest, value, 1, allocator) ||
		!push(&extremes->largest, value, -1, allocator))
		return false;
	extremes->n_added++;
	return true;
}

void
mlops_extremes_remove(MlopsExtremes *extremes)
{
	pop(&extremes->smallest, extremes->n_removed);
	pop(&extremes->largest, extremes->n_removed);
	extremes->n_removed++;
}

double
mlops_extremes_minimum(const MlopsExtremes *extremes)
{
	return entry(&extremes->smallest, 0)->value;
}

double
mlops_extremes_maximum(const MlopsExtremes *extremes)
{
	return entry(&extremes->largest, 0)->value;
}
