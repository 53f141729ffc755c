/*
 * An allocator for fuzz targets: a block out of proportion to the input ends the program.
 *
 *	size_t limit = 4 * size;
 *	MlopsAllocator allocator = proportion_allocator(&limit);
 */
#ifndef MLOPS_PROPORTION_H
#define MLOPS_PROPORTION_H

#include <stdlib.h>

#include "core/memory.h"

static void *
proportion_alloc(void *state, size_t n_bytes)
{
	if (n_bytes > *(const size_t *) state)
		abort();
	return malloc(n_bytes);
}

static void
proportion_free(void *state, void *block)
{
	(void) state;
	free(block);
}

/* limit: bytes of the largest block; must stay. */
static inline MlopsAllocator
proportion_allocator(size_t *limit)
{
	return (MlopsAllocator){ proportion_alloc, proportion_free, limit };
}

#endif
