/*
 * An allocator for tests: malloc that counts, and fails on purpose.
 */
#ifndef MLOPS_ALLOC_FAILING_H
#define MLOPS_ALLOC_FAILING_H

#include "core/memory.h"
#include "core/status.h"

typedef struct AllocFailing
{
	MlopsAllocator allocator; /* hand this to the core */
	size_t fail_at;			  /* this allocation, counted from 1, returns NULL; 0 = none */
	size_t max_bytes;		  /* a larger block returns NULL; 0 = no limit */
	size_t n_allocs;		  /* asked for so far */
	size_t n_live;			  /* blocks not yet freed */
} AllocFailing;

/* Start counting.  The state must not move while its allocator is in use. */
extern void alloc_failing_init(AllocFailing *state, size_t fail_at);

/*
 * Run a function with its 1st, 2nd, ... allocation failing, until it gets
 * through, and check each time that it answers MLOPS_STATUS_NOMEM and leaves
 * no block; the last time that it answers MLOPS_STATUS_OK and leaves none.
 *
 *   run    frees what it built before it returns; called again and again
 *
 * Returns the number of allocations of the run that got through.
 */
extern size_t alloc_failing_each(MlopsStatus (*run)(const MlopsAllocator *allocator,
													void *argument),
								 void *argument);

#endif
