/*
 * An allocator for tests: malloc that counts, and fails on purpose.
 */
#include <stdlib.h>

#include "alloc_failing.h"
#include "unit.h"

static void *
count_alloc(void *opaque, size_t n_bytes)
{
	AllocFailing *state = opaque;
	void *block;

	state->n_allocs++;
	if (state->n_allocs == state->fail_at || (state->max_bytes > 0 && n_bytes > state->max_bytes))
		return NULL;
	block = malloc(n_bytes);
	if (block != NULL)
		state->n_live++;
	return block;
}

/* free(NULL) is allowed, and no block was counted for it. */
static void
count_free(void *opaque, void *block)
{
	AllocFailing *state = opaque;

	if (block != NULL)
		state->n_live--;
	free(block);
}

void
alloc_failing_init(AllocFailing *state, size_t fail_at)
{
	*state = (AllocFailing){ .allocator = { count_alloc, count_free, state }, .fail_at = fail_at };
}

size_t
alloc_failing_each(MlopsStatus (*run)(const MlopsAllocator *allocator, void *argument),
				   void *argument)
{
	AllocFailing state;
	size_t fail_at = 0;
	MlopsStatus status;
	MlopsStatus expected;

	/* The first run whose fail_at lies behind its last allocation gets through. */
	do
	{
		alloc_failing_init(&state, ++fail_at);
		status = run(&state.allocator, argument);
		expected = state.n_allocs < fail_at ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;
		if (!UNIT_CHECK_INT(status, expected) || !UNIT_CHECK_INT(state.n_live, 0))
			break;
	} while (expected == MLOPS_STATUS_NOMEM);
	return state.n_allocs;
}
