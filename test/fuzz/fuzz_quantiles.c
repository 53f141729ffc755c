/*
 * Whatever bytes or text claim to be a state of quantiles, or of two samples, are refused with a reason, or give a state
 * that is written and read back the same, is merged with itself, takes rows and gives them back, and whose answers are in
 * their ranges.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/quantiles.h"
#include "core/two_samples.h"

#include "plain_alloc.h"
#include "proportion.h"
#include "require.h"

static void
transfer_quantiles(void *state, MlopsStateIo *io)
{
	mlops_quantiles_transfer(state, true, io);
}

static void
transfer_samples(void *state, MlopsStateIo *io)
{
	mlops_two_samples_transfer(state, io);
}

typedef void (*Transfer)(void *state, MlopsStateIo *io);

static MlopsStatus
transfer_object(void *state, Transfer transfer, MlopsStateIo *io)
{
	mlops_io_object_begin(io);
	transfer(state, io);
	return mlops_io_object_end(io);
}

static MlopsBuffer
write_state(void *state, Transfer transfer, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	require(transfer_object(state, transfer, &io) == MLOPS_STATUS_OK);
	return buffer;
}

static void
free_samples(MlopsTwoSamples *state)
{
	mlops_sorted_buffer_clear(&state->sides[0], &plain_allocator);
	mlops_sorted_buffer_clear(&state->sides[1], &plain_allocator);
}

/* The state again from what was written of it, written once more: the same bytes. */
static void
check_round_trip(void *state, void *again, Transfer transfer, bool is_text)
{
	MlopsBuffer first = write_state(state, transfer, is_text), second;
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, first.bytes, first.n_bytes, &plain_allocator);
	require(transfer_object(again, transfer, &io) == MLOPS_STATUS_OK);
	second = write_state(again, transfer, is_text);
	require_same(&first, &second);
}

/* What a state promises that was read. */
static void
check_promises(const MlopsQuantiles *state)
{
	MlopsOrderCursor cursor;
	double value;
	int64_t count;

	require(mlops_order_tree_check(&state->tree) == NULL);
	require(state->p >= 0 && state->p <= 1);
	mlops_order_cursor_begin(&cursor, &state->tree);
	while (mlops_order_cursor_next(&cursor, &value, &count))
	{
		require(count > 0 && !isnan(value) && !(value == 0 && signbit(value)));
		require(isfinite(value) || state->on_nonfinite == MLOPS_NONFINITE_PROPAGATE);
	}
}

static void
check_means(const MlopsQuantiles *state, double least, double most)
{
	for (int is_winsorized = 0; is_winsorized < 2; is_winsorized++)
	{
		MlopsAnswer answer;
		double mean;

		require(mlops_quantiles_trimmed_mean(state, 0.2, is_winsorized != 0, &plain_allocator, NULL,
											 &answer, &mean) == MLOPS_STATUS_OK);
		require(answer == MLOPS_ANSWER_VALUE);
		require(isnan(mean) || (least <= mean && mean <= most));
	}
}

static void
check_quantiles(const MlopsQuantiles *state)
{
	double least, most, at, spread, rank;

	if (mlops_quantiles_minimum(state, &least) != MLOPS_ANSWER_VALUE || isnan(least))
		return;
	require(mlops_quantiles_maximum(state, &most) == MLOPS_ANSWER_VALUE && least <= most);
	for (int type = MLOPS_QUANTILE_TYPE_MIN; type <= MLOPS_QUANTILE_TYPE_MAX; type++)
	{
		require(mlops_quantiles_at(state, state->p, type, &at) == MLOPS_ANSWER_VALUE);
		require(isnan(at) || (least <= at && at <= most));
	}
	if (mlops_quantiles_interquartile(state, &spread) == MLOPS_ANSWER_VALUE)
		require(isnan(spread) || spread >= 0);
	if (mlops_quantiles_deviation(state, 1, &spread) == MLOPS_ANSWER_VALUE)
		require(isnan(spread) || spread >= 0);
	require(mlops_quantiles_rank(state, most, &rank) == MLOPS_ANSWER_VALUE && rank == 1);
	check_means(state, least, most);
}

/* A row that comes and goes leaves the state as it was. */
static void
check_row(MlopsQuantiles *state)
{
	MlopsBuffer before = write_state(state, transfer_quantiles, false), after;

	if (mlops_quantiles_add(state, 1.5, &plain_allocator) == MLOPS_STATUS_OK)
	{
		require(mlops_order_tree_check(&state->tree) == NULL);
		require(mlops_quantiles_remove(state, 1.5, &plain_allocator) == MLOPS_STATUS_OK);
	}
	require(mlops_order_tree_check(&state->tree) == NULL);
	after = write_state(state, transfer_quantiles, false);
	require(before.n_bytes == after.n_bytes &&
			memcmp(before.bytes, after.bytes, before.n_bytes) == 0);
	free(before.bytes);
	free(after.bytes);
}

static void
try_quantiles(const uint8_t *data, size_t size, bool is_text, const MlopsAllocator *allocator)
{
	MlopsQuantiles state = { .p = 0 }, again = { .p = 0 };
	MlopsReason reason;
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, data, size, allocator);
	if (transfer_object(&state, transfer_quantiles, &io) != MLOPS_STATUS_OK)
		require(io.reason.text[0] != '\0');
	else
	{
		check_promises(&state);
		check_round_trip(&state, &again, transfer_quantiles, false);
		mlops_order_tree_clear(&again.tree, &plain_allocator);
		again = (MlopsQuantiles){ .p = 0 };
		check_round_trip(&state, &again, transfer_quantiles, true);
		check_quantiles(&state);
		check_row(&state);
		if (mlops_quantiles_merge(&again, &state, &plain_allocator, NULL, &reason) ==
			MLOPS_STATUS_OK)
			require(again.tree.n == 2 * state.tree.n);
		check_promises(&again);
		check_quantiles(&again);
	}
	mlops_order_tree_clear(&state.tree, &plain_allocator);
	mlops_order_tree_clear(&again.tree, &plain_allocator);
}

static void
check_samples(MlopsTwoSamples *state)
{
	MlopsTestResult test;
	MlopsAnswer answer;
	double distance;

	require(mlops_two_samples_ks(state, &plain_allocator, NULL, &answer, &test) == MLOPS_STATUS_OK);
	if (answer == MLOPS_ANSWER_VALUE && state->n_nan == 0)
		require(0 <= test.statistic && test.statistic <= 1 && 0 <= test.p_value &&
				test.p_value <= 1 + 1e-12);
	for (int is_normalised = 0; is_normalised < 2; is_normalised++)
	{
		require(mlops_two_samples_wasserstein(state, is_normalised != 0, &plain_allocator, NULL,
											  &answer, &distance) == MLOPS_STATUS_OK);
		if (answer == MLOPS_ANSWER_VALUE)
			require(isnan(distance) || distance >= 0);
	}
}

static void
try_samples(const uint8_t *data, size_t size, bool is_text, const MlopsAllocator *allocator)
{
	MlopsTwoSamples state = { .n_nan = 0 }, again = { .n_nan = 0 };
	MlopsReason reason;
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, data, size, allocator);
	if (transfer_object(&state, transfer_samples, &io) != MLOPS_STATUS_OK)
		require(io.reason.text[0] != '\0');
	else
	{
		check_round_trip(&state, &again, transfer_samples, false);
		free_samples(&again);
		again = (MlopsTwoSamples){ .n_nan = 0 };
		check_round_trip(&state, &again, transfer_samples, true);
		check_samples(&state);
		if (mlops_two_samples_merge(&again, &state, &plain_allocator, NULL, &reason) ==
			MLOPS_STATUS_OK)
			check_samples(&again);
	}
	free_samples(&state);
	free_samples(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_text = size > 0 && data[0] == '{';
	size_t limit = 64 * size + 8192;
	MlopsAllocator allocator = proportion_allocator(&limit);

	try_quantiles(data, size, is_text, &allocator);
	limit = 64 * size + 8192;
	try_samples(data, size, is_text, &allocator);
	return 0;
}
