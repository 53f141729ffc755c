/*
 * Events, sorted when somebody asks.
 */
#include <math.h>
#include <string.h>

#include "core/event_buffer.h"
#include "core/sort.h"

static int
compare_ints(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* NaN comes last. */
static int
compare_values(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return a < b ? -1 : a > b;
}

int
mlops_event_compare(const MlopsEvent *a, const MlopsEvent *b)
{
	int order = compare_ints(a->time, b->time);

	if (order == 0)
		order = compare_ints(a->tiebreak, b->tiebreak);
	return order != 0 ? order : compare_values(a->value, b->value);
}

static int
compare_elements(const void *a, const void *b)
{
	return mlops_event_compare(a, b);
}

MlopsEvent
mlops_event_of(int64_t time, int64_t tiebreak, double value)
{
	/* -0 + 0 is 0 */
	return (MlopsEvent){ .time = time,
						 .tiebreak = tiebreak,
						 .value = isnan(value) ? (double) NAN : value + 0.0 };
}

static MlopsEvent *
events_of(const MlopsEventBuffer *buffer)
{
	return buffer->block == NULL ? NULL : buffer->block + buffer->first;
}

/* Make room for more events behind the last; what was removed in front is given up for it. */
static bool
make_room(MlopsEventBuffer *buffer, size_t n_more, const MlopsAllocator *allocator)
{
	if (n_more <= buffer->capacity - buffer->first - buffer->n)
		return true;
	if (buffer->first >= buffer->n && n_more <= buffer->capacity - buffer->n)
	{
		memmove(buffer->block, events_of(buffer), buffer->n * sizeof(MlopsEvent));
		buffer->first = 0;
		return true;
	}
	if (n_more > SIZE_MAX / sizeof(MlopsEvent) - buffer->capacity)
		return false;
	return mlops_array_reserve(allocator, (void **) &buffer->block, &buffer->capacity,
							   buffer->first + buffer->n + n_more, sizeof(MlopsEvent));
}

/* Put an event behind the last, for which there is room. */
static void
append(MlopsEventBuffer *buffer, MlopsEvent event)
{
	MlopsEvent *events = events_of(buffer);

	if (buffer->n_sorted == buffer->n &&
		(buffer->n == 0 || mlops_event_compare(&events[buffer->n - 1], &event) <= 0))
		buffer->n_sorted++;
	events[buffer->n++] = event;
}

bool
mlops_event_buffer_add(MlopsEventBuffer *buffer, MlopsEvent event, const MlopsAllocator *allocator)
{
	if (!make_room(buffer, 1, allocator))
		return false;
	append(buffer, event);
	return true;
}

bool
mlops_event_buffer_merge(MlopsEventBuffer *buffer, const MlopsEventBuffer *from,
						 const MlopsAllocator *allocator)
{
	const MlopsEvent *events = events_of(from);

	if (from->n == 0)
		return true;
	if (!make_room(buffer, from->n, allocator))
		return false;
	for (size_t i = 0; i < from->n; i++)
		append(buffer, events[i]);
	return true;
}

/* Merge sorted events [n_front, n), of which there is a copy, into sorted ones before them, from the end on. */
static void
merge_tail(MlopsEvent *events, size_t n_front, const MlopsEvent *tail, size_t n_tail)
{
	size_t end = n_front + n_tail;

	/* invariant: [end, ..) is merged, [0, n_front) and tail[0, n_tail) are not, and end is their sum */
	while (n_tail > 0)
	{
		if (n_front > 0 && mlops_event_compare(&events[n_front - 1], &tail[n_tail - 1]) > 0)
			events[--end] = events[--n_front];
		else
			events[--end] = tail[--n_tail];
	}
}

MlopsStatus
mlops_event_buffer_sort(MlopsEventBuffer *buffer, const MlopsAllocator *allocator,
						const MlopsCancel *cancel)
{
	size_t n_front = buffer->n_sorted;
	size_t n_tail = buffer->n - n_front;
	MlopsEvent *events = events_of(buffer);
	MlopsStatus status;

	if (n_tail == 0)
		return MLOPS_STATUS_OK;
	status = mlops_sort(events + n_front, n_tail, sizeof(MlopsEvent), compare_elements, cancel);
	if (status != MLOPS_STATUS_OK)
		return status;
	if (n_front > 0 && mlops_event_compare(&events[n_front - 1], &events[n_front]) > 0)
	{
		MlopsEvent *tail = mlops_alloc(allocator, n_tail, sizeof(MlopsEvent));

		if (tail == NULL)
			return MLOPS_STATUS_NOMEM;
		memcpy(tail, events + n_front, n_tail * sizeof(MlopsEvent));
		merge_tail(events, n_front, tail, n_tail);
		mlops_free(allocator, tail);
	}
	buffer->n_sorted = buffer->n;
	return MLOPS_STATUS_OK;
}

/* The first of sorted events that does not come before the given one. */
static size_t
find_event(const MlopsEvent *events, size_t n, const MlopsEvent *wanted)
{
	size_t low = 0;
	size_t high = n;

	while (low < high)
	{
		size_t middle = low + (high - low) / 2;

		if (mlops_event_compare(&events[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

MlopsStatus
mlops_event_buffer_remove(MlopsEventBuffer *buffer, MlopsEvent event,
						  const MlopsAllocator *allocator, const MlopsCancel *cancel)
{
	MlopsStatus status = mlops_event_buffer_sort(buffer, allocator, cancel);
	MlopsEvent *events = events_of(buffer);
	size_t place;

	if (status != MLOPS_STATUS_OK)
		return status;
	place = find_event(events, buffer->n, &event);
	if (place == buffer->n || mlops_event_compare(&events[place], &event) != 0)
		return MLOPS_STATUS_INVALID;
	if (place > 0)
		memmove(&events[place], &events[place + 1], (buffer->n - place - 1) * sizeof(MlopsEvent));
	else
		buffer->first++;
	buffer->n--;
	buffer->n_sorted--;
	if (buffer->n == 0)
		buffer->first = 0;
	return MLOPS_STATUS_OK;
}

/* Events between two questions for a cancel. */
#define EVENTS_PER_CHECK 4096

/* True if the transfer has failed, or is cancelled before event i. */
static bool
has_ended(MlopsStateIo *io, size_t i)
{
	if (i % EVENTS_PER_CHECK == 0 && mlops_cancelled(io->cancel))
		mlops_io_fail(io, MLOPS_STATUS_CANCELLED, "cancelled");
	return mlops_io_failed(io);
}

/* A time, in bytes as the difference to the one before, which wraps around. */
static void
transfer_time(MlopsStateIo *io, int64_t *time, int64_t before)
{
	int64_t difference = (int64_t) ((uint64_t) *time - (uint64_t) before);

	if (mlops_io_is_text(io))
	{
		mlops_io_int(io, NULL, time, INT64_MIN, INT64_MAX);
		return;
	}
	mlops_io_int(io, NULL, &difference, INT64_MIN, INT64_MAX);
	*time = (int64_t) ((uint64_t) before + (uint64_t) difference);
}

static void
transfer_event(MlopsStateIo *io, MlopsEvent *event, int64_t before, MlopsEventFields fields)
{
	bool is_integer = fields == MLOPS_EVENT_FLAGS || fields == MLOPS_EVENT_DAYS;
	int64_t integer = is_integer ? (int64_t) event->value : 0;

	if (fields == MLOPS_EVENT_TIMES)
	{
		transfer_time(io, &event->time, before);
		return;
	}
	mlops_io_group_begin(io);
	transfer_time(io, &event->time, before);
	if (fields == MLOPS_EVENT_FLAGS)
		mlops_io_int(io, NULL, &event->tiebreak, INT64_MIN, INT64_MAX);
	if (is_integer)
	{
		mlops_io_int(io, NULL, &integer, 0,
					 fields == MLOPS_EVENT_FLAGS ? MLOPS_EVENT_FLAG_MAX : INT32_MAX);
		event->value = (double) integer;
	}
	else
		mlops_io_double(io, NULL, &event->value);
	mlops_io_group_end(io);
}

/* Check an event that was read, and append it. */
static void
take_event(MlopsStateIo *io, MlopsEventBuffer *buffer, const MlopsEvent *event, bool has_nonfinite)
{
	if (!isfinite(event->value) && !has_nonfinite)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a value must be finite, not %g", event->value);
	if (mlops_io_failed(io))
		return;
	append(buffer, mlops_event_of(event->time, event->tiebreak, event->value));
	if (buffer->n_sorted < buffer->n)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "event %zu comes before the one in front of it",
					  buffer->n);
}

static void
read_events(MlopsStateIo *io, MlopsEventBuffer *buffer, size_t n, MlopsEventFields fields,
			bool has_nonfinite)
{
	int64_t before = 0;

	*buffer = (MlopsEventBuffer){ 0 };
	if (n > 0 && !make_room(buffer, n, io->allocator))
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
	for (size_t i = 0; i < n && !has_ended(io, i); i++)
	{
		MlopsEvent event = { 0 };

		transfer_event(io, &event, before, fields);
		take_event(io, buffer, &event, has_nonfinite);
		before = event.time;
	}
}

static void
write_events(MlopsStateIo *io, MlopsEventBuffer *buffer, MlopsEventFields fields)
{
	int64_t before = 0;

	for (size_t i = 0; i < buffer->n && !has_ended(io, i); i++)
	{
		MlopsEvent event = events_of(buffer)[i];

		transfer_event(io, &event, before, fields);
		before = event.time;
	}
}

void
mlops_io_events(MlopsStateIo *io, const char *name, MlopsEventBuffer *buffer,
				MlopsEventFields fields, bool has_nonfinite)
{
	size_t n = buffer->n;

	if (!mlops_io_is_reading(io) &&
		mlops_event_buffer_sort(buffer, io->buffer->allocator, NULL) != MLOPS_STATUS_OK)
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
	mlops_io_list_begin(io, name, &n);
	if (mlops_io_is_reading(io))
		read_events(io, buffer, n, fields, has_nonfinite);
	else
		write_events(io, buffer, fields);
	mlops_io_list_end(io);
}
