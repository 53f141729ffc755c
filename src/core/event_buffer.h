/*
 * Events, sorted when somebody asks: the state core of all that a history says
 * by its order.
 *
 * Rows come in any order, from several workers and in parts that overlap.  They
 * are appended; the front that is in order is known, and what stands behind it
 * is sorted and merged into it when the order is asked for:
 *
 *	first                n_sorted           n
 *	  | t0 <= t1 <= t2 ... | in any order   |
 *
 * Rows that come in order cost nothing then, and a buffer that was sorted takes
 * more rows.  The order is total: time, then tiebreak, then value, NaN last.
 * Events that it calls equal are the same, so neither the order of arrival nor
 * the way in which parts were put together can be seen.  For the same reason an
 * event is removed by its value: at the front, where a frame over time leaves
 * it, in O(1), elsewhere by a search.
 */
#ifndef MLOPS_EVENT_BUFFER_H
#define MLOPS_EVENT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

typedef struct MlopsEvent
{
	int64_t time; /* microseconds since 2000-01-01 00:00 UTC */
	int64_t tiebreak;
	double value; /* a number, or a small integer; never -0 */
} MlopsEvent;

/* All zero bytes are the empty buffer. */
typedef struct MlopsEventBuffer
{
	MlopsEvent *block; /* [capacity], from the allocator */
	size_t capacity;
	size_t first;	 /* position of the first event in the block; those before it were removed */
	size_t n;		 /* events */
	size_t n_sorted; /* of them in order, from the first on */
} MlopsEventBuffer;

/* What an event has beside its time; the rest is 0. */
typedef enum MlopsEventFields
{
	MLOPS_EVENT_TIMES,	/* nothing */
	MLOPS_EVENT_FLAGS,	/* a tiebreak and 0, 1 or 2 */
	MLOPS_EVENT_VALUES, /* a number */
	MLOPS_EVENT_DAYS,	/* 0 .. INT32_MAX */
} MlopsEventFields;

#define MLOPS_EVENT_FLAG_MAX 2

/* The events, in order behind mlops_event_buffer_sort: [buffer->n]. */
static inline const MlopsEvent *
mlops_event_buffer_events(const MlopsEventBuffer *buffer)
{
	return buffer->block == NULL ? NULL : buffer->block + buffer->first;
}

/* Below, equal to or above 0 as a comes before, is, or comes after b. */
extern int mlops_event_compare(const MlopsEvent *a, const MlopsEvent *b);

/* An event of a value, which becomes +0 for -0 and one NaN for all. */
extern MlopsEvent mlops_event_of(int64_t time, int64_t tiebreak, double value);

/* Append.  Returns false when there is no memory.  Cost: O(1) amortised. */
extern bool mlops_event_buffer_add(MlopsEventBuffer *buffer, MlopsEvent event,
								   const MlopsAllocator *allocator);

/* Append all of another buffer, which stays.  Cost: O(events of from). */
extern bool mlops_event_buffer_merge(MlopsEventBuffer *buffer, const MlopsEventBuffer *from,
									 const MlopsAllocator *allocator);

/*
 * Put all events in order.
 *
 *   allocator  of scratch for the events behind the sorted front
 *   cancel     may be NULL
 *
 * Errors: NOMEM, CANCELLED; the events are then all there, in some order, and the
 *         buffer can be used.
 * Cost:   O(k log k + n) for k events behind the front; O(1) for none.
 */
extern MlopsStatus mlops_event_buffer_sort(MlopsEventBuffer *buffer,
										   const MlopsAllocator *allocator,
										   const MlopsCancel *cancel);

/*
 * Remove one event that equals the given one; the buffer is sorted for that.
 *
 * Errors: as mlops_event_buffer_sort; INVALID if there is none.
 * Cost:   O(1) for the first one, else O(n).
 */
extern MlopsStatus mlops_event_buffer_remove(MlopsEventBuffer *buffer, MlopsEvent event,
											 const MlopsAllocator *allocator,
											 const MlopsCancel *cancel);

/*
 * The events as a list of a state; sorted where they are written.
 *
 * Bytes: times as differences to the one before, so that a row takes a few bytes.
 * io->cancel is asked now and then: CANCELLED.
 * Reading refuses what is not in order, and numbers that are NaN or infinite unless
 * has_nonfinite.
 */
extern void mlops_io_events(MlopsStateIo *io, const char *name, MlopsEventBuffer *buffer,
							MlopsEventFields fields, bool has_nonfinite);

#endif
