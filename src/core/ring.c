/*
 * A ring of elements of one size.
 */
#include "core/ring.h"

#define FIRST_CAPACITY 16

/* The capacity doubles, and the oldest element moves to position 0. */
bool
mlops_ring_grow(MlopsRing *ring, size_t size, const MlopsAllocator *allocator)
{
	size_t capacity = ring->capacity == 0 ? FIRST_CAPACITY : 2 * ring->capacity;
	size_t start = ring->capacity == 0 ? 0 : ring->first & (ring->capacity - 1);
	size_t n_before_wrap = ring->capacity - start;
	char *block = mlops_alloc(allocator, capacity, size);

	if (block == NULL)
		return false;
	if (n_before_wrap > ring->n)
		n_before_wrap = ring->n;
	if (ring->n > 0)
	{
		memcpy(block, (const char *) ring->block + start * size, n_before_wrap * size);
		memcpy(block + n_before_wrap * size, ring->block, (ring->n - n_before_wrap) * size);
	}
	mlops_free(allocator, ring->block);
	ring->block = block;
	ring->capacity = capacity;
	ring->first = 0;
	return true;
}
