/*
 * Memory of the core: thin, overflow-checked wrappers over the allocator.
 */
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"

void *
mlops_alloc(const MlopsAllocator *allocator, size_t n, size_t size)
{
	size_t n_bytes;

	if (!mlops_checked_mul(n, size, &n_bytes))
		return NULL;
	return allocator->alloc(allocator->state, n_bytes == 0 ? 1 : n_bytes);
}

void *
mlops_alloc_zero(const MlopsAllocator *allocator, size_t n, size_t size)
{
	void *block = mlops_alloc(allocator, n, size);

	if (block != NULL)
		memset(block, 0, n * size);
	return block;
}

void
mlops_free(const MlopsAllocator *allocator, void *block)
{
	if (block != NULL)
		allocator->free(allocator->state, block);
}

bool
mlops_array_reserve(const MlopsAllocator *allocator, void **array, size_t *capacity,
					size_t n_needed, size_t size)
{
	size_t n_new = *capacity;
	void *grown;

	if (n_needed <= *capacity)
		return true;
	while (n_new < n_needed)
		n_new = n_new < 16 ? 16 : n_new > SIZE_MAX / 2 ? n_needed : n_new + n_new / 2 + 1;
	grown = mlops_alloc(allocator, n_new, size);
	if (grown == NULL)
		return false;
	if (*capacity > 0)
		memcpy(grown, *array, *capacity * size);
	mlops_free(allocator, *array);
	*array = grown;
	*capacity = n_new;
	return true;
}
