/*
 * A ring of elements of one size: they come in at the end and leave at both.
 *
 *	block      6   7   -   -   4   5        capacity 8: a power of two
 *	                           ^ first, which is not yet wrapped
 *
 * The size is given with each call, so that it is a constant where it is inlined.
 */
#ifndef MLOPS_RING_H
#define MLOPS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/memory.h"

/* All zero bytes are the empty ring. */
typedef struct MlopsRing
{
	void *block; /* from the allocator */
	size_t capacity;
	size_t first; /* position of the oldest element, not yet wrapped */
	size_t n;
} MlopsRing;

/* Make the ring larger.  Returns false when there is no memory. */
extern bool mlops_ring_grow(MlopsRing *ring, size_t size, const MlopsAllocator *allocator);

/* Element i < n, the oldest being 0; it stays where it is until one is appended. */
static inline void *
mlops_ring_at(const MlopsRing *ring, size_t i, size_t size)
{
	return (char *) ring->block + ((ring->first + i) & (ring->capacity - 1)) * size;
}

/* Append a copy of an element.  Returns false when there is no memory.  Cost: O(1) amortised. */
static inline bool
mlops_ring_append(MlopsRing *ring, const void *element, size_t size,
				  const MlopsAllocator *allocator)
{
	if (ring->n == ring->capacity && !mlops_ring_grow(ring, size, allocator))
		return false;
	memcpy(mlops_ring_at(ring, ring->n++, size), element, size);
	return true;
}

/* Forget the oldest element; there is one. */
static inline void
mlops_ring_drop_first(MlopsRing *ring)
{
	ring->first++;
	ring->n--;
}

#endif
