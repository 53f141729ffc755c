/*
 * Whatever bytes or text claim to be a state of events are refused with a reason, or give a state that is written and
 * read back the same, is merged with itself, takes rows and gives them back, and whose answers are in their ranges.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/decay.h"
#include "core/delinquency.h"
#include "core/elapsed.h"
#include "core/gaps.h"
#include "core/streaks.h"
#include "core/time_weight.h"

#include "plain_alloc.h"
#include "proportion.h"
#include "require.h"

static MlopsStatus
transfer_object(MlopsEventState *state, MlopsStateIo *io)
{
	mlops_io_object_begin(io);
	mlops_event_state_transfer(state, MLOPS_EVENTS_NONE, io);
	return mlops_io_object_end(io);
}

static MlopsBuffer
write_state(MlopsEventState *state, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	require(transfer_object(state, &io) == MLOPS_STATUS_OK);
	return buffer;
}

static void
check_round_trip(MlopsEventState *state, bool is_text)
{
	MlopsBuffer first = write_state(state, is_text), second;
	MlopsEventState again = { .kind = 0 };
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, first.bytes, first.n_bytes, &plain_allocator);
	require(transfer_object(&again, &io) == MLOPS_STATUS_OK);
	second = write_state(&again, is_text);
	require_same(&first, &second);
	free(again.events.block);
}

/* What a state promises that was read. */
static void
check_promises(const MlopsEventState *state)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	const int64_t *parameters = state->parameters;
	size_t n = state->events.n;

	require(state->events.n_sorted == n);
	for (size_t i = 0; i < n; i++)
	{
		require(i == 0 || mlops_event_compare(&events[i - 1], &events[i]) <= 0);
		require(isfinite(events[i].value) || (state->kind == MLOPS_EVENTS_TIME_WEIGHT &&
											  state->on_nonfinite == MLOPS_NONFINITE_PROPAGATE));
	}
	if (state->kind == MLOPS_EVENTS_DECAY && n > 0)
		require(parameters[MLOPS_DECAY_HALF_LIFE] > 0 &&
				events[n - 1].time <= parameters[MLOPS_DECAY_AS_OF]);
	if (state->kind == MLOPS_EVENTS_DELINQUENCY && n > 0)
	{
		size_t n_zone = strlen(mlops_delinquency_zone(state));

		require(events[n - 1].time <= mlops_delinquency_as_of(state));
		require(n_zone > 0 && n_zone < MLOPS_DELINQUENCY_ZONE_BYTES);
	}
	if (state->kind == MLOPS_EVENTS_TIME_WEIGHT && n > 0)
		require(parameters[MLOPS_TIME_WEIGHT_START] < parameters[MLOPS_TIME_WEIGHT_END]);
}

static void
check_gaps(const MlopsEventState *state)
{
	double least, mean, most, burst, sd, result;

	for (int k = MLOPS_GAP_MEAN; k <= MLOPS_GAP_TREND; k++)
		(void) mlops_gaps_statistic(state, (MlopsGapStatistic) k, &result);
	if (mlops_gaps_statistic(state, MLOPS_GAP_MEAN, &mean) != MLOPS_ANSWER_VALUE)
		return;
	require(mlops_gaps_statistic(state, MLOPS_GAP_MIN, &least) == MLOPS_ANSWER_VALUE);
	require(mlops_gaps_statistic(state, MLOPS_GAP_MAX, &most) == MLOPS_ANSWER_VALUE);
	require(0 <= least && least <= mean && mean <= most);
	if (mlops_gaps_statistic(state, MLOPS_GAP_STDDEV, &sd) == MLOPS_ANSWER_VALUE)
		require((sd == 0) == (least == most) || most - least < most * 1e-15);
	if (mlops_gaps_statistic(state, MLOPS_GAP_BURSTINESS, &burst) == MLOPS_ANSWER_VALUE)
		require(-1 <= burst && burst < 1);
}

static void
check_decay(const MlopsEventState *state)
{
	double result;

	for (int k = MLOPS_DECAY_AVERAGE; k <= MLOPS_DECAY_VARIANCE; k++)
	{
		MlopsStatus status;
		MlopsAnswer answer = mlops_decay_statistic(state, (MlopsDecayStatistic) k, &plain_allocator,
												   NULL, &status, &result);

		require(status == MLOPS_STATUS_OK);
		if (answer == MLOPS_ANSWER_VALUE && k == MLOPS_DECAY_VARIANCE)
			require(!(result < 0));
		if (answer == MLOPS_ANSWER_VALUE && k == MLOPS_DECAY_AVERAGE && isfinite(result))
			require(state->events.n > 0);
	}
}

static void
check_time_weight(const MlopsEventState *state)
{
	double whole = 0, above, result;
	MlopsStatus status;
	size_t n;
	bool is_partial = mlops_time_weight_is_partial(state, &n);

	require(!is_partial || n > 0);
	(void) mlops_time_weight_statistic(state, MLOPS_TIME_WEIGHT_AVERAGE, 0, &plain_allocator, NULL,
									   &status, &result);
	(void) mlops_time_weight_statistic(state, MLOPS_TIME_WEIGHT_INTEGRAL, 0, &plain_allocator, NULL,
									   &status, &result);
	if (mlops_time_weight_statistic(state, MLOPS_TIME_WEIGHT_ABOVE, -1e308, &plain_allocator, NULL,
									&status, &whole) != MLOPS_ANSWER_VALUE)
		return;
	require(n > 0);
	if (mlops_time_weight_statistic(state, MLOPS_TIME_WEIGHT_ABOVE, 1, &plain_allocator, NULL,
									&status, &above) == MLOPS_ANSWER_VALUE &&
		!isnan(above) && !isnan(whole))
		require(0 <= above && above <= whole * (1 + 1e-12) + 1e-5);
}

/* A calendar whose months have 30 days. */
static bool
read_clock(void *zone, int64_t time, MlopsLocalTime *local)
{
	const int64_t day = INT64_C(86400000000);
	int64_t days = time / day - (time % day < 0);

	(void) zone;
	local->month = days / 30 - (days % 30 < 0);
	local->day = 1 + days - 30 * local->month;
	local->time = time - days * day;
	return true;
}

static void
check_delinquency(const MlopsEventState *state)
{
	const MlopsLocalClock clock = { .convert = read_clock };
	MlopsDelinquency counts = mlops_delinquency_count(state);
	int64_t n = (int64_t) state->events.n, n_pairs = 0, days, recent, time, months;

	for (int from = 0; from < MLOPS_DELINQUENCY_BUCKETS; from++)
	{
		for (int to = 0; to < MLOPS_DELINQUENCY_BUCKETS; to++)
			n_pairs += counts.n_rolls[from][to];
	}
	require(n_pairs == (n > 0 ? n - 1 : 0) && 2 * counts.n_cures <= n && counts.max_days >= 0);
	require(mlops_delinquency_worst(state, INT32_MAX, &clock, &days) == MLOPS_STATUS_OK);
	require(days == (n > 0 ? counts.max_days : -1));
	require(mlops_delinquency_worst(state, 1, &clock, &recent) == MLOPS_STATUS_OK);
	require(recent <= days);
	if (!mlops_delinquency_last(state, days, &time))
		return;
	require(mlops_delinquency_months_since(state, time, &clock, &months) == MLOPS_STATUS_OK);
	require(months >= 0 && (months > 0 || recent == days));
}

static void
check_answers(MlopsEventState *state)
{
	require(mlops_event_buffer_sort(&state->events, &plain_allocator, NULL) == MLOPS_STATUS_OK);
	switch ((MlopsEventKind) state->kind)
	{
		case MLOPS_EVENTS_NONE:
			return;
		case MLOPS_EVENTS_GAPS:
			check_gaps(state);
			return;
		case MLOPS_EVENTS_STREAKS:
		{
			MlopsStreaks streaks = mlops_streaks_count(state);

			require(streaks.current <= streaks.longest);
			require(streaks.n + (int64_t) streaks.has_break <= (int64_t) state->events.n);
			return;
		}
		case MLOPS_EVENTS_DECAY:
			check_decay(state);
			return;
		case MLOPS_EVENTS_TIME_WEIGHT:
			check_time_weight(state);
			return;
		case MLOPS_EVENTS_DELINQUENCY:
			check_delinquency(state);
			return;
	}
	abort();
}

/* A row that comes and goes leaves the state as it was. */
static void
check_row(MlopsEventState *state)
{
	const MlopsEventRow row = { .time = -5, .value = 1 };
	MlopsBuffer before = write_state(state, false), after;

	require(mlops_event_state_add(state, &row, &plain_allocator) == MLOPS_STATUS_OK);
	check_answers(state);
	require(mlops_event_state_remove(state, &row, &plain_allocator, NULL) == MLOPS_STATUS_OK);
	after = write_state(state, false);
	require(before.n_bytes == after.n_bytes &&
			memcmp(before.bytes, after.bytes, before.n_bytes) == 0);
	free(before.bytes);
	free(after.bytes);
}

static void
check_elapsed(const uint8_t *data, size_t size, bool is_text)
{
	MlopsElapsed elapsed = { 0 };
	MlopsStateIo io;
	double recency, tenure;

	mlops_io_begin_read(&io, is_text, data, size, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_elapsed_transfer(&elapsed, &io);
	if (mlops_io_object_end(&io) != MLOPS_STATUS_OK ||
		mlops_elapsed_seconds(&elapsed, true, &recency) != MLOPS_ANSWER_VALUE)
		return;
	require(mlops_elapsed_seconds(&elapsed, false, &tenure) == MLOPS_ANSWER_VALUE);
	require(0 <= recency && recency <= tenure && tenure < 1.9e13);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MlopsEventState state = { .kind = 0 }, twice = { .kind = 0 };
	bool is_text = size > 0 && data[0] == '{';
	size_t limit = 64 * size + 4096;
	MlopsAllocator allocator = proportion_allocator(&limit);
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, data, size, &allocator);
	if (transfer_object(&state, &io) != MLOPS_STATUS_OK)
		require(io.reason.text[0] != '\0');
	else
	{
		check_promises(&state);
		check_round_trip(&state, false);
		check_round_trip(&state, true);
		check_answers(&state);
		require(mlops_event_state_merge(&twice, &state, &plain_allocator, NULL) == MLOPS_STATUS_OK);
		require(mlops_event_state_merge(&twice, &state, &plain_allocator, NULL) == MLOPS_STATUS_OK);
		check_answers(&twice);
		if (!mlops_event_state_is_empty(&state) &&
			(state.kind != MLOPS_EVENTS_DECAY || state.parameters[MLOPS_DECAY_AS_OF] >= -5) &&
			(state.kind != MLOPS_EVENTS_DELINQUENCY || mlops_delinquency_as_of(&state) >= -5))
			check_row(&state);
	}
	check_elapsed(data, size, is_text);
	free(state.events.block);
	free(twice.events.block);
	return 0;
}
