/*
 * Smallest and largest value of a queue.
 */
#include <string.h>

#include "core/extremes.h"

static MlopsNumbered *
entry(const MlopsRing *deque, size_t i)
{
	return mlops_ring_at(deque, i, sizeof(MlopsNumbered));
}

/* Drop what a new value beats, and append it. */
static bool
push(MlopsRing *deque, MlopsNumbered value, bool is_largest, const MlopsAllocator *allocator)
{
	while (deque->n > 0 && (is_largest ? entry(deque, deque->n - 1)->key <= value.key :
										 entry(deque, deque->n - 1)->key >= value.key))
		deque->n--;
	return mlops_ring_append(deque, &value, sizeof(value), allocator);
}

static void
pop(MlopsRing *deque, uint64_t number)
{
	if (entry(deque, 0)->number == number)
		mlops_ring_drop_first(deque);
}

/* The bits of a value, those below the sign turned for a negative one: of the same order, and its own inverse. */
static int64_t
turn_bits(int64_t bits)
{
	return bits < 0 ? bits ^ INT64_MAX : bits;
}

static double
value_of(int64_t key)
{
	int64_t bits = turn_bits(key);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

bool
mlops_extremes_add_time(MlopsExtremes *extremes, int64_t time, const MlopsAllocator *allocator)
{
	MlopsNumbered value = { time, extremes->n_added };

	if (!push(&extremes->smallest, value, false, allocator) ||
		!push(&extremes->largest, value, true, allocator))
		return false;
	extremes->n_added++;
	return true;
}

bool
mlops_extremes_add(MlopsExtremes *extremes, double x, const MlopsAllocator *allocator)
{
	int64_t bits;

	x += 0.0; /* -0 + 0 is 0 */
	memcpy(&bits, &x, sizeof(bits));
	return mlops_extremes_add_time(extremes, turn_bits(bits), allocator);
}

void
mlops_extremes_remove(MlopsExtremes *extremes)
{
	pop(&extremes->smallest, extremes->n_removed);
	pop(&extremes->largest, extremes->n_removed);
	extremes->n_removed++;
}

int64_t
mlops_extremes_earliest(const MlopsExtremes *extremes)
{
	return entry(&extremes->smallest, 0)->key;
}

int64_t
mlops_extremes_latest(const MlopsExtremes *extremes)
{
	return entry(&extremes->largest, 0)->key;
}

double
mlops_extremes_minimum(const MlopsExtremes *extremes)
{
	return value_of(mlops_extremes_earliest(extremes));
}

double
mlops_extremes_maximum(const MlopsExtremes *extremes)
{
	return value_of(mlops_extremes_latest(extremes));
}
