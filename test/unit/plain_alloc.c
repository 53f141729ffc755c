/*
 * malloc and free as an allocator of the core.
 */
#include <stdlib.h>

#include "plain_alloc.h"

static void *
alloc_block(void *state, size_t n_bytes)
{
	(void) state;
	return malloc(n_bytes);
}

static void
free_block(void *state, void *block)
{
	(void) state;
	free(block);
}

const MlopsAllocator plain_allocator = { alloc_block, free_block, NULL };
