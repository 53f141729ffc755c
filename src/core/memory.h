/*
 * Memory of the core: an explicit allocator and a growable array.
 *
 * The core never calls malloc itself.  It is handed an allocator whose alloc
 * returns NULL when there is no memory, and unwinds by return.  In the server
 * the allocator is a memory context (src/pg/hooks.c), in unit tests malloc or
 * one that fails on purpose.
 */
#ifndef MLOPS_MEMORY_H
#define MLOPS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Blocks are aligned for any scalar type.  free takes NULL. */
typedef struct MlopsAllocator
{
	void *(*alloc)(void *state, size_t n_bytes); /* NULL when there is no memory */
	void (*free)(void *state, void *block);
	void *state;
} MlopsAllocator;

/* Asked every few thousand rows and at least once per node; true stops the work. */
typedef struct MlopsCancel
{
	bool (*cancelled)(void *state);
	void *state;
} MlopsCancel;

/* True if the hook, which may be NULL, asks to stop. */
static inline bool
mlops_cancelled(const MlopsCancel *cancel)
{
	return cancel != NULL && cancel->cancelled != NULL && cancel->cancelled(cancel->state);
}

/*
 * Allocate n * size bytes.
 *
 * Returns NULL when there is no memory or the product overflows; a product of
 * 0 gives a block of 1 byte, so that NULL always means failure.
 */
extern void *mlops_alloc(const MlopsAllocator *allocator, size_t n, size_t size);

/* As mlops_alloc, filled with zero bytes.  Cost: O(n * size). */
extern void *mlops_alloc_zero(const MlopsAllocator *allocator, size_t n, size_t size);

/* Give a block back; NULL is allowed. */
extern void mlops_free(const MlopsAllocator *allocator, void *block);

/*
 * Make room in a growable array; the capacity grows by half each time.
 *
 *   array     IN/OUT  block of *capacity elements, or NULL with *capacity 0
 *   n_needed  IN      elements that must fit afterwards
 *
 * Returns false when there is no memory; the array is then unchanged.
 * Cost: amortised O(1) per element.
 */
extern bool mlops_array_reserve(const MlopsAllocator *allocator, void **array, size_t *capacity,
								size_t n_needed, size_t size);

#endif
