/*
 * Whatever bytes or text claim to be a state of the exact family are refused with a reason, or give a
 * state that answers, takes rows, is merged with itself, and is written and read back the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/exact_state.h"
#include "core/exact_stats.h"

#define MAX_BLOCKS 1024

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks of one input, which are freed together. */
typedef struct Pool
{
	void *blocks[MAX_BLOCKS];
	size_t n_blocks;
	size_t input_bytes;
} Pool;

/* A block out of proportion to the input ends the program. */
static void *
pool_alloc(void *state, size_t n_bytes)
{
	Pool *pool = state;

	if (n_bytes > 64 * pool->input_bytes + (1 << 16))
		abort();
	if (pool->n_blocks == MAX_BLOCKS)
		return NULL;
	return pool->blocks[pool->n_blocks++] = malloc(n_bytes);
}

static void
pool_free(void *state, void *block)
{
	/* all are freed at the end */
	(void) state;
	(void) block;
}

static MlopsStatus
read_state(const uint8_t *data, size_t size, bool is_text, const MlopsAllocator *allocator,
		   MlopsExactState *state)
{
	MlopsStateIo io;

	memset(state, 0, sizeof(*state));
	mlops_io_begin_read(&io, is_text, data, size, allocator);
	mlops_io_object_begin(&io);
	mlops_exact_transfer(state, MLOPS_EXACT_NONE, &io);
	return mlops_io_object_end(&io);
}

static MlopsBuffer
write_state(MlopsExactState *state, bool is_text, const MlopsAllocator *allocator)
{
	MlopsBuffer buffer = { .allocator = allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_exact_transfer(state, MLOPS_EXACT_NONE, &io);
	if (mlops_io_object_end(&io) != MLOPS_STATUS_OK)
		abort();
	return buffer;
}

/* Read what was written: the bytes of both must be equal. */
static void
require_round_trip(MlopsExactState *state, bool is_text, const MlopsAllocator *allocator)
{
	MlopsBuffer first = write_state(state, is_text, allocator);
	MlopsExactState again;
	MlopsBuffer second;

	if (read_state(first.bytes, first.n_bytes, is_text, allocator, &again) != MLOPS_STATUS_OK)
		abort();
	second = write_state(&again, is_text, allocator);
	if (first.n_bytes != second.n_bytes || memcmp(first.bytes, second.bytes, first.n_bytes) != 0)
		abort();
}

static void
ask(const MlopsExactState *state)
{
	double result;

	switch ((MlopsExactKind) state->kind)
	{
		case MLOPS_EXACT_WEIGHTED:
			(void) mlops_exact_weighted_average(state, &result);
			return;
		case MLOPS_EXACT_TREND:
			(void) mlops_exact_trend(state, &result);
			return;
		case MLOPS_EXACT_RATE:
			(void) mlops_exact_rate(state, &result);
			return;
		case MLOPS_EXACT_VELOCITY:
			(void) mlops_exact_velocity(state, &result);
			return;
		case MLOPS_EXACT_SUM:
			(void) mlops_exact_statistic(state, MLOPS_MEAN, true, &result);
			return;
		case MLOPS_EXACT_VARIANCE:
			(void) mlops_exact_statistic(state, MLOPS_VARIANCE, true, &result);
			(void) mlops_exact_statistic(state, MLOPS_STDDEV, true, &result);
			return;
		case MLOPS_EXACT_STATS1D:
			for (int k = MLOPS_TOTAL; k <= MLOPS_KURTOSIS; k++)
				(void) mlops_exact_statistic(state, (MlopsStatistic) k, k % 2 == 0, &result);
			return;
		case MLOPS_EXACT_STATS2D:
			for (int k = MLOPS_SLOPE; k <= MLOPS_SLOPE_T; k++)
				(void) mlops_exact_statistic(state, (MlopsStatistic) k, k % 2 == 0, &result);
			return;
		case MLOPS_EXACT_NONE:
		case MLOPS_EXACT_LOOKBACK:
			return;
	}
}

static void
use_state(MlopsExactState *state, const MlopsAllocator *allocator)
{
	static const MlopsExactRow row = { .x = -0.1, .y = 3, .t = -5, .flag = true };

	ask(state);
	if (mlops_exact_add(state, &row, allocator) != MLOPS_STATUS_OK)
		abort();
	ask(state);
	if (state->kind == MLOPS_EXACT_LOOKBACK)
	{
		MlopsExactState window;

		(void) mlops_exact_window(state, 0, allocator, NULL, &window);
		ask(&window);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Pool pool = { .input_bytes = size };
	MlopsAllocator allocator = { .alloc = pool_alloc, .free = pool_free, .state = &pool };
	MlopsExactState state, merged = { 0 };
	bool is_text = size > 0 && data[0] == '{';

	if (read_state(data, size, is_text, &allocator, &state) == MLOPS_STATUS_OK)
	{
		require_round_trip(&state, false, &allocator);
		require_round_trip(&state, true, &allocator);
		if (mlops_exact_merge(&merged, &state, &allocator, NULL) == MLOPS_STATUS_OK)
			(void) mlops_exact_merge(&merged, &state, &allocator, NULL);
		use_state(&state, &allocator);
	}
	for (size_t i = 0; i < pool.n_blocks; i++)
		free(pool.blocks[i]);
	return 0;
}
