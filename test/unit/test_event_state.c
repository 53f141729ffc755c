/*
 * States of events say what a set of rows says: after any mixture of additions, removals, readings and merges a
 * state has the bytes of one that was given the rows in order, and what was taken away leaves nothing behind.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/elapsed.h"
#include "core/event_state.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define N_ROWS	500
#define N_LARGE 200000

static const int64_t parameters[MLOPS_EVENT_PARAMETERS] = { 0 };
static const int64_t streak_parameters[MLOPS_EVENT_PARAMETERS] = { MLOPS_STREAK_SKIP };
static const int64_t decay_parameters[MLOPS_EVENT_PARAMETERS] = { 5, 100 };
static const int64_t range_parameters[MLOPS_EVENT_PARAMETERS] = { MLOPS_TIME_WEIGHT_LINEAR, -20,
																  70 };
/* eight times Z, in whatever order */
static const int64_t zone_parameters[MLOPS_EVENT_PARAMETERS] = {
	INT64_C(0x5a5a5a5a5a5a5a5a), [MLOPS_DELINQUENCY_AS_OF] = 100
};

static const int64_t *
parameters_of(MlopsEventKind kind)
{
	return kind == MLOPS_EVENTS_STREAKS		? streak_parameters :
		   kind == MLOPS_EVENTS_DECAY		? decay_parameters :
		   kind == MLOPS_EVENTS_TIME_WEIGHT ? range_parameters :
		   kind == MLOPS_EVENTS_DELINQUENCY ? zone_parameters :
											  parameters;
}

static MlopsEventRow
random_row(MlopsEventKind kind, MlopsRng *rng)
{
	static const double values[] = { 0.0, -0.0, 1e308,		  -5e-324,			0.1,
									 7,	  -3,	(double) NAN, (double) INFINITY };
	MlopsEventRow row = { .is_null = mlops_rng_below(rng, 10) == 0,
						  .time = (int64_t) mlops_rng_below(rng, 120) - 30 };

	if (kind == MLOPS_EVENTS_STREAKS)
	{
		row.tiebreak = (int64_t) mlops_rng_below(rng, 3) - 1;
		row.value = mlops_rng_below(rng, 3);
	}
	else if (kind == MLOPS_EVENTS_DELINQUENCY)
		row.value = mlops_rng_below(rng, 100) * 100000.0;
	else if (kind != MLOPS_EVENTS_GAPS)
		row.value = values[mlops_rng_below(rng, 9)];
	return row;
}

static MlopsEventState
begun(MlopsEventKind kind)
{
	MlopsEventState state = { 0 };

	mlops_event_state_begin(&state, kind,
							kind == MLOPS_EVENTS_DECAY || kind == MLOPS_EVENTS_TIME_WEIGHT ?
								MLOPS_NONFINITE_PROPAGATE :
								MLOPS_NONFINITE_ERROR,
							parameters_of(kind));
	return state;
}

static void
add_row(MlopsEventState *state, MlopsEventKind kind, const MlopsEventRow *row)
{
	if (mlops_event_state_is_empty(state))
	{
		MlopsEventBuffer events = state->events;

		*state = begun(kind);
		state->events = events;
	}
	UNIT_CHECK_INT(mlops_event_state_add(state, row, &plain_allocator), MLOPS_STATUS_OK);
}

static MlopsBuffer
bytes_of(MlopsEventState *state, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_event_state_transfer(state, MLOPS_EVENTS_NONE, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

static bool
same_bytes(MlopsEventState *a, MlopsEventState *b)
{
	MlopsBuffer x = bytes_of(a, false);
	MlopsBuffer y = bytes_of(b, false);
	bool is_same = x.n_bytes == y.n_bytes && memcmp(x.bytes, y.bytes, x.n_bytes) == 0;

	free(x.bytes);
	free(y.bytes);
	return is_same;
}

/* The state of rows [first, end), in a stride that visits each once. */
static MlopsEventState
state_of(MlopsEventKind kind, const MlopsEventRow *rows, int first, int end, int stride)
{
	MlopsEventState state = { 0 };

	for (int i = first; i < end; i++)
		add_row(&state, kind,
				&rows[first + (int) ((int64_t) (i - first) * stride % (end - first))]);
	return state;
}

/* Frames that slide, jump and are empty at times, over rows that are in no order. */
static void
moving_frames_equal_plain_ones(void)
{
	MlopsEventRow rows[N_ROWS];

	for (int kind = MLOPS_EVENTS_GAPS; kind <= MLOPS_EVENTS_DELINQUENCY; kind++)
	{
		MlopsRng rng = mlops_rng_stream(kind, 1);
		MlopsEventState moving = { 0 };
		int first = 0, end = 0;

		for (int i = 0; i < N_ROWS; i++)
			rows[i] = random_row((MlopsEventKind) kind, &rng);
		while (end < N_ROWS)
		{
			int next = end + 1 + (int) mlops_rng_below(&rng, 3);
			int keep = next - (int) mlops_rng_below(&rng, 30);
			MlopsEventState plain;

			for (; end < next && end < N_ROWS; end++)
				add_row(&moving, (MlopsEventKind) kind, &rows[end]);
			for (; first < keep && first < end; first++)
				UNIT_CHECK_INT(
					mlops_event_state_remove(&moving, &rows[first], &plain_allocator, NULL),
					MLOPS_STATUS_OK);
			plain = state_of((MlopsEventKind) kind, rows, first, end, 1);
			UNIT_CHECK(same_bytes(&moving, &plain));
			free(plain.events.block);
		}
		for (; first < end; first++)
			(void) mlops_event_state_remove(&moving, &rows[first], &plain_allocator, NULL);
		UNIT_CHECK(same_bytes(&moving, &(MlopsEventState){ 0 }));
		free(moving.events.block);
	}
}

static void
order_and_parts_leave_no_trace(void)
{
	MlopsEventRow rows[N_ROWS];

	for (int kind = MLOPS_EVENTS_GAPS; kind <= MLOPS_EVENTS_DELINQUENCY; kind++)
	{
		MlopsRng rng = mlops_rng_stream(kind, 2);
		MlopsEventState one, parts = { 0 };

		for (int i = 0; i < N_ROWS; i++)
			rows[i] = random_row((MlopsEventKind) kind, &rng);
		one = state_of((MlopsEventKind) kind, rows, 0, N_ROWS, 1);
		for (int stride = 3; stride < 40; stride += 4)
		{
			MlopsEventState other = state_of((MlopsEventKind) kind, rows, 0, N_ROWS, stride);

			/* 5 divides the number of rows: such a stride leaves some out */
			if (stride % 5 != 0)
				UNIT_CHECK(same_bytes(&one, &other));
			free(other.events.block);
		}
		for (int first = 0; first < N_ROWS; first += 50)
		{
			MlopsEventState part = state_of((MlopsEventKind) kind, rows, first, first + 50, 7);

			if (first % 100 == 0)
				free(bytes_of(&part, false).bytes);
			UNIT_CHECK_INT(mlops_event_state_merge(&parts, &part, &plain_allocator, NULL),
						   MLOPS_STATUS_OK);
			/* sorted in between, and given more */
			if (first % 150 == 0)
				free(bytes_of(&parts, false).bytes);
			free(part.events.block);
		}
		UNIT_CHECK(same_bytes(&one, &parts));
		free(one.events.block);
		free(parts.events.block);
	}
}

static void
what_is_written_is_read(void)
{
	for (int kind = MLOPS_EVENTS_GAPS; kind <= MLOPS_EVENTS_DELINQUENCY; kind++)
	{
		MlopsRng rng = mlops_rng_stream(kind, 3);
		MlopsEventState state = { 0 };

		for (int i = 0; i < 40; i++)
		{
			MlopsEventRow row = random_row((MlopsEventKind) kind, &rng);

			add_row(&state, (MlopsEventKind) kind, &row);
		}
		for (int is_text = 0; is_text < 2; is_text++)
		{
			MlopsBuffer bytes = bytes_of(&state, is_text != 0);
			MlopsEventState again = { 0 };
			MlopsStateIo io;

			mlops_io_begin_read(&io, is_text != 0, bytes.bytes, bytes.n_bytes, &plain_allocator);
			mlops_io_object_begin(&io);
			mlops_event_state_transfer(&again, MLOPS_EVENTS_NONE, &io);
			UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
			UNIT_CHECK(same_bytes(&state, &again));
			free(bytes.bytes);
			free(again.events.block);
		}
		free(state.events.block);
	}
}

static void
other_parameters_are_refused(void)
{
	MlopsEventRow row = { .time = 1, .value = 1 };
	MlopsEventState decay = begun(MLOPS_EVENTS_DECAY), other = begun(MLOPS_EVENTS_DECAY),
					empty = { 0 };
	MlopsReason reason;

	other.parameters[MLOPS_DECAY_AS_OF]++;
	(void) mlops_event_state_add(&decay, &row, &plain_allocator);
	(void) mlops_event_state_add(&other, &row, &plain_allocator);
	UNIT_CHECK_INT(mlops_event_state_merge(&decay, &other, &plain_allocator, &reason),
				   MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, "states of different parameters cannot be merged");
	UNIT_CHECK_INT(mlops_event_state_merge(&decay, &empty, &plain_allocator, &reason),
				   MLOPS_STATUS_OK);
	row.time = 2;
	UNIT_CHECK_INT(mlops_event_state_remove(&decay, &row, &plain_allocator, NULL),
				   MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(decay.events.n, 1);
	free(decay.events.block);
	free(other.events.block);
}

static MlopsStatus
build(const MlopsAllocator *allocator, void *argument)
{
	MlopsEventBuffer buffer = { 0 };
	MlopsStatus status = MLOPS_STATUS_OK;

	(void) argument;
	for (int i = 0; i < 100 && status == MLOPS_STATUS_OK; i++)
	{
		if (!mlops_event_buffer_add(&buffer, mlops_event_of(i * 37 % 101, 0, 0), allocator))
			status = MLOPS_STATUS_NOMEM;
		else if (i % 30 == 0)
			status = mlops_event_buffer_sort(&buffer, allocator, NULL);
	}
	if (status == MLOPS_STATUS_OK)
		status = mlops_event_buffer_remove(&buffer, mlops_event_of(37, 0, 0), allocator, NULL);
	mlops_free(allocator, buffer.block);
	return status;
}

static void
no_memory_is_reported(void)
{
	UNIT_CHECK(alloc_failing_each(build, NULL) > 3);
}

/* A cancel is heard while events are sorted, and loses none. */
static void
sorting_can_be_cancelled(void)
{
	MlopsCancel cancel = { .cancelled = unit_always };
	MlopsEventBuffer buffer = { 0 };
	int64_t sum = 0;

	for (int64_t i = 0; i < N_LARGE; i++)
		(void) mlops_event_buffer_add(&buffer, mlops_event_of(i * 7919 % N_LARGE, 0, 0),
									  &plain_allocator);
	UNIT_CHECK_INT(mlops_event_buffer_sort(&buffer, &plain_allocator, &cancel),
				   MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(mlops_event_buffer_sort(&buffer, &plain_allocator, NULL), MLOPS_STATUS_OK);
	for (int64_t i = 0; i < N_LARGE; i++)
		sum += mlops_event_buffer_events(&buffer)[i].time == i;
	UNIT_CHECK_INT(sum, N_LARGE);
	free(buffer.block);
}

/* A cancel is heard while events are written and read, too. */
static void
transfers_can_be_cancelled(void)
{
	MlopsCancel cancel = { .cancelled = unit_always };
	MlopsBuffer whole = { .allocator = &plain_allocator }, part = { .allocator = &plain_allocator };
	MlopsEventState state = begun(MLOPS_EVENTS_DECAY), again = { 0 };
	MlopsEventRow row = { .value = 1 };
	MlopsStateIo io;

	add_row(&state, MLOPS_EVENTS_DECAY, &row);
	mlops_io_begin_write(&io, false, &part);
	io.cancel = &cancel;
	mlops_event_state_transfer(&state, MLOPS_EVENTS_DECAY, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_CANCELLED);
	mlops_io_begin_write(&io, false, &whole);
	mlops_event_state_transfer(&state, MLOPS_EVENTS_DECAY, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	mlops_io_begin_read(&io, false, whole.bytes, whole.n_bytes, &plain_allocator);
	io.cancel = &cancel;
	mlops_event_state_transfer(&again, MLOPS_EVENTS_DECAY, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_CANCELLED);
	free(whole.bytes);
	free(part.bytes);
	free(state.events.block);
	free(again.events.block);
}

/* The queue of times against a loop, at times that no double tells apart. */
static void
elapsed_time_equals_a_loop(void)
{
	const int64_t last = INT64_C(9000000000000000000);
	MlopsRng rng = mlops_rng_stream(4, 4);
	MlopsElapsed moving = { 0 };
	int64_t times[N_ROWS];
	int first = 0;

	(void) mlops_elapsed_begin(&moving, last, true, &plain_allocator);
	UNIT_CHECK_INT(mlops_elapsed_remove(&moving, true), MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(mlops_elapsed_remove(&moving, false), MLOPS_STATUS_INVALID);
	for (int i = 0; i < N_ROWS; i++)
	{
		int64_t earliest, latest;
		double recency, tenure;

		times[i] = last - (int64_t) mlops_rng_below(&rng, 50);
		if (mlops_elapsed_is_empty(&moving))
			(void) mlops_elapsed_begin(&moving, last, true, &plain_allocator);
		UNIT_CHECK_INT(mlops_elapsed_add(&moving, i % 9 == 0, times[i], &plain_allocator),
					   MLOPS_STATUS_OK);
		for (; first < i - (int) mlops_rng_below(&rng, 20); first++)
			UNIT_CHECK_INT(mlops_elapsed_remove(&moving, first % 9 == 0), MLOPS_STATUS_OK);
		earliest = INT64_MAX;
		latest = INT64_MIN;
		for (int k = first; k <= i; k++)
		{
			earliest = k % 9 != 0 && times[k] < earliest ? times[k] : earliest;
			latest = k % 9 != 0 && times[k] > latest ? times[k] : latest;
		}
		if (latest == INT64_MIN)
			UNIT_CHECK_INT(mlops_elapsed_seconds(&moving, true, &recency), MLOPS_ANSWER_NONE);
		else
		{
			(void) mlops_elapsed_seconds(&moving, true, &recency);
			(void) mlops_elapsed_seconds(&moving, false, &tenure);
			UNIT_CHECK_NEAR(recency, (double) (last - latest) / 1e6, 0);
			UNIT_CHECK_NEAR(tenure, (double) (last - earliest) / 1e6, 0);
		}
	}
	free(moving.queue->smallest.block);
	free(moving.queue->largest.block);
	free(moving.queue);
}

int
main(void)
{
	UNIT_RUN(moving_frames_equal_plain_ones);
	UNIT_RUN(order_and_parts_leave_no_trace);
	UNIT_RUN(what_is_written_is_read);
	UNIT_RUN(other_parameters_are_refused);
	UNIT_RUN(no_memory_is_reported);
	UNIT_RUN(sorting_can_be_cancelled);
	UNIT_RUN(transfers_can_be_cancelled);
	UNIT_RUN(elapsed_time_equals_a_loop);
	return unit_end();
}
