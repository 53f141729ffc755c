/*
 * Numbers that are collected first and looked at in ascending order later.
 *
 *	entries   1 x3   2 x1   5 x2     distinct values ascending, each with its count
 *	tail      4  2  9  4             what came since, as keys that sort as integers
 *
 * A full tail is sorted and merged into the entries.  Reading needs no merge: a
 * cursor goes through both at once.  So adding costs a place in an array, equal
 * values take one entry, and what is read does not depend on the order in which
 * the values came.
 */
#ifndef MLOPS_SORTED_BUFFER_H
#define MLOPS_SORTED_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

/* Values of a buffer, so that those of two can be added. */
#define MLOPS_SORTED_VALUES (INT64_MAX / 4)

/* The tail is as long as the entries, within these; sorting the longest takes 20 ms. */
#define MLOPS_SORTED_TAIL_MIN 4096
#define MLOPS_SORTED_TAIL_MAX (1 << 20)

typedef struct MlopsSortedEntry
{
	double value;
	int64_t count; /* > 0 */
} MlopsSortedEntry;

/* All zero bytes are the empty buffer; blocks are from the allocator. */
typedef struct MlopsSortedBuffer
{
	MlopsSortedEntry *entries; /* [n_entries] */
	size_t n_entries;
	size_t entries_capacity;
	uint64_t *tail; /* [n_tail] */
	size_t n_tail;
	size_t tail_capacity;
	bool is_settled; /* the tail is sorted */
	int64_t n;		 /* values */
} MlopsSortedBuffer;

/*
 * Add a value.
 *
 *   x   not NaN; -0 counts as 0
 *
 * Returns false when there is no memory.
 * Cost: O(1); a full tail O(values), O(log values) amortised.
 */
extern bool mlops_sorted_buffer_add(MlopsSortedBuffer *buffer, double x,
									const MlopsAllocator *allocator);

/* Append entries that are above all others; for who reads or merges.  False when there is no memory. */
extern bool mlops_sorted_buffer_append(MlopsSortedBuffer *buffer, double value, int64_t count,
									   const MlopsAllocator *allocator);

/*
 * Sort the tail where it is, before cursors begin; the values stay as they are.
 *
 *   scratch   of n_tail numbers
 *
 * Returns false when there is no memory.
 * Cost: O(n_tail).
 */
extern bool mlops_sorted_buffer_settle(MlopsSortedBuffer *buffer, const MlopsAllocator *scratch);

/*
 * Add the values of from, which is settled.
 *
 *   cancel   asked at times, or NULL
 *
 * Errors: NOMEM, CANCELLED; into is then as it was.  Cost: O(values of both).
 */
extern MlopsStatus mlops_sorted_buffer_merge(MlopsSortedBuffer *into, const MlopsSortedBuffer *from,
											 const MlopsAllocator *allocator,
											 const MlopsCancel *cancel);

extern void mlops_sorted_buffer_clear(MlopsSortedBuffer *buffer, const MlopsAllocator *allocator);

/* A place in a settled buffer. */
typedef struct MlopsSortedCursor
{
	const MlopsSortedBuffer *buffer;
	size_t next_entry;
	size_t next_key;
} MlopsSortedCursor;

static inline MlopsSortedCursor
mlops_sorted_cursor(const MlopsSortedBuffer *buffer)
{
	return (MlopsSortedCursor){ .buffer = buffer };
}

/* The next distinct value and how often it is there; false at the end. */
extern bool mlops_sorted_cursor_next(MlopsSortedCursor *cursor, MlopsSortedEntry *entry);

/*
 * The values as a field of a state, ascending, each with its count.
 *
 *   takes_infinities   else reading refuses them
 *
 * Reading fails with CORRUPT for what is not in order.
 */
extern void mlops_io_sorted(MlopsStateIo *io, const char *name, MlopsSortedBuffer *buffer,
							bool takes_infinities);

#endif
