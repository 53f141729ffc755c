/*
 * Numbers collected first and sorted later.
 */
#include <math.h>
#include <string.h>

#include "core/radix.h"
#include "core/sorted_buffer.h"

/* Entries merged between two questions whether to stop. */
#define ENTRIES_PER_CHECK 65536

#define SIGN_BIT (UINT64_C(1) << 63)

/* Keys are in the order of the numbers: negative ones are turned over. */
static uint64_t
key_of(double x)
{
	uint64_t bits;

	x += 0.0; /* -0 + 0 is 0 */
	memcpy(&bits, &x, sizeof(bits));
	return (bits & SIGN_BIT) != 0 ? ~bits : bits | SIGN_BIT;
}

static double
number_of(uint64_t key)
{
	uint64_t bits = (key & SIGN_BIT) != 0 ? key & ~SIGN_BIT : ~key;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

bool
mlops_sorted_buffer_settle(MlopsSortedBuffer *buffer, const MlopsAllocator *scratch)
{
	uint64_t *keys;

	if (buffer->is_settled || buffer->n_tail < 2)
	{
		buffer->is_settled = true;
		return true;
	}
	keys = mlops_alloc(scratch, buffer->n_tail, sizeof(uint64_t));
	if (keys == NULL)
		return false;
	mlops_radix_sort(buffer->tail, keys, buffer->n_tail);
	mlops_free(scratch, keys);
	buffer->is_settled = true;
	return true;
}

/*
 * Merge the keys into the entries, from the largest down to the least key, at the end of the array.
 *
 *   left   OUT  entries below the least key, which stayed where they are
 *
 * Returns the first place of what was merged.
 */
static size_t
merge_tail(MlopsSortedBuffer *buffer, size_t n_places, size_t *left)
{
	MlopsSortedEntry *entries = buffer->entries;
	size_t keys = buffer->n_tail;
	size_t place = n_places;

	*left = buffer->n_entries;
	while (keys > 0)
	{
		double value = number_of(buffer->tail[keys - 1]);

		if (place < n_places && entries[place].value == value)
		{
			entries[place].count++;
			keys--;
		}
		else if (*left > 0 && entries[*left - 1].value >= value)
			entries[--place] = entries[--*left];
		else
		{
			entries[--place] = (MlopsSortedEntry){ .value = value, .count = 1 };
			keys--;
		}
	}
	return place;
}

/* Merge the tail into the entries, in place, and close the gap that equal values leave. */
static bool
compact(MlopsSortedBuffer *buffer, const MlopsAllocator *allocator)
{
	size_t n_places = buffer->n_entries + buffer->n_tail;
	size_t place, left;

	if (!mlops_sorted_buffer_settle(buffer, allocator) ||
		!mlops_array_reserve(allocator, (void **) &buffer->entries, &buffer->entries_capacity,
							 n_places, sizeof(MlopsSortedEntry)))
		return false;
	place = merge_tail(buffer, n_places, &left);
	memmove(buffer->entries + left, buffer->entries + place,
			(n_places - place) * sizeof(MlopsSortedEntry));
	buffer->n_entries = left + (n_places - place);
	buffer->n_tail = 0;
	return true;
}

static bool
is_full(const MlopsSortedBuffer *buffer)
{
	size_t limit = buffer->n_entries;

	limit = limit > MLOPS_SORTED_TAIL_MIN ? limit : MLOPS_SORTED_TAIL_MIN;
	return buffer->n_tail >= (limit < MLOPS_SORTED_TAIL_MAX ? limit : MLOPS_SORTED_TAIL_MAX);
}

bool
mlops_sorted_buffer_add(MlopsSortedBuffer *buffer, double x, const MlopsAllocator *allocator)
{
	if (buffer->n_tail == buffer->tail_capacity)
	{
		if (is_full(buffer) && !compact(buffer, allocator))
			return false;
		if (!mlops_array_reserve(allocator, (void **) &buffer->tail, &buffer->tail_capacity,
								 buffer->n_tail + 1, sizeof(uint64_t)))
			return false;
	}
	buffer->tail[buffer->n_tail++] = key_of(x);
	buffer->is_settled = false;
	buffer->n++;
	return true;
}

bool
mlops_sorted_buffer_append(MlopsSortedBuffer *buffer, double value, int64_t count,
						   const MlopsAllocator *allocator)
{
	if (!mlops_array_reserve(allocator, (void **) &buffer->entries, &buffer->entries_capacity,
							 buffer->n_entries + 1, sizeof(MlopsSortedEntry)))
		return false;
	buffer->entries[buffer->n_entries++] =
		(MlopsSortedEntry){ .value = value + 0.0, .count = count };
	buffer->n += count;
	return true;
}

bool
mlops_sorted_cursor_next(MlopsSortedCursor *cursor, MlopsSortedEntry *entry)
{
	const MlopsSortedBuffer *buffer = cursor->buffer;
	bool has_entry = cursor->next_entry < buffer->n_entries;
	double key = 0;

	if (cursor->next_key < buffer->n_tail)
		key = number_of(buffer->tail[cursor->next_key]);
	else if (!has_entry)
		return false;
	if (has_entry &&
		(cursor->next_key == buffer->n_tail || buffer->entries[cursor->next_entry].value <= key))
		*entry = buffer->entries[cursor->next_entry++];
	else
		*entry = (MlopsSortedEntry){ .value = key };
	while (cursor->next_key < buffer->n_tail &&
		   number_of(buffer->tail[cursor->next_key]) == entry->value)
	{
		entry->count++;
		cursor->next_key++;
	}
	return true;
}

MlopsStatus
mlops_sorted_buffer_merge(MlopsSortedBuffer *into, const MlopsSortedBuffer *from,
						  const MlopsAllocator *allocator, const MlopsCancel *cancel)
{
	MlopsStatus status = MLOPS_STATUS_OK;
	MlopsSortedBuffer merged = { 0 };
	MlopsSortedEntry a, b;
	MlopsSortedCursor of_into = mlops_sorted_cursor(into);
	MlopsSortedCursor of_from = mlops_sorted_cursor(from);
	bool has_a, has_b;

	if (!mlops_sorted_buffer_settle(into, allocator))
		return MLOPS_STATUS_NOMEM;
	has_a = mlops_sorted_cursor_next(&of_into, &a);
	has_b = mlops_sorted_cursor_next(&of_from, &b);
	while (has_a || has_b)
	{
		bool takes_a = has_a && (!has_b || a.value <= b.value);
		bool takes_b = has_b && (!has_a || b.value <= a.value);
		double value = takes_a ? a.value : b.value;
		int64_t count = (takes_a ? a.count : 0) + (takes_b ? b.count : 0);

		if (!mlops_sorted_buffer_append(&merged, value, count, allocator))
			status = MLOPS_STATUS_NOMEM;
		else if (merged.n_entries % ENTRIES_PER_CHECK == 0 && mlops_cancelled(cancel))
			status = MLOPS_STATUS_CANCELLED;
		if (status != MLOPS_STATUS_OK)
		{
			mlops_sorted_buffer_clear(&merged, allocator);
			return status;
		}
		has_a = takes_a ? mlops_sorted_cursor_next(&of_into, &a) : has_a;
		has_b = takes_b ? mlops_sorted_cursor_next(&of_from, &b) : has_b;
	}
	mlops_sorted_buffer_clear(into, allocator);
	*into = merged;
	into->is_settled = true;
	return MLOPS_STATUS_OK;
}

void
mlops_sorted_buffer_clear(MlopsSortedBuffer *buffer, const MlopsAllocator *allocator)
{
	mlops_free(allocator, buffer->entries);
	mlops_free(allocator, buffer->tail);
	*buffer = (MlopsSortedBuffer){ 0 };
}

static void
transfer_entry(MlopsStateIo *io, MlopsSortedEntry *entry)
{
	mlops_io_group_begin(io);
	mlops_io_double(io, NULL, &entry->value);
	mlops_io_int(io, NULL, &entry->count, 1, MLOPS_SORTED_VALUES);
	mlops_io_group_end(io);
}

static void
write_values(MlopsStateIo *io, const char *name, MlopsSortedBuffer *buffer)
{
	MlopsSortedCursor cursor = mlops_sorted_cursor(buffer);
	MlopsSortedEntry entry;
	size_t n = 0;

	if (!mlops_sorted_buffer_settle(buffer, io->buffer->allocator))
	{
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
		return;
	}
	while (mlops_sorted_cursor_next(&cursor, &entry))
		n++;
	mlops_io_list_begin(io, name, &n);
	cursor = mlops_sorted_cursor(buffer);
	while (mlops_sorted_cursor_next(&cursor, &entry))
		transfer_entry(io, &entry);
	mlops_io_list_end(io);
}

/* What is wrong with an entry that is to come behind others. */
static void
check_entry(MlopsStateIo *io, const MlopsSortedBuffer *buffer, const MlopsSortedEntry *entry,
			bool takes_infinities)
{
	size_t n = buffer->n_entries;

	if (isnan(entry->value) || (isinf(entry->value) && !takes_infinities) ||
		(entry->value == 0 && signbit(entry->value)) ||
		(n > 0 && !(entry->value > buffer->entries[n - 1].value)))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "value %zu, %g, does not follow in ascending order",
					  n + 1, entry->value);
	else if (entry->count > MLOPS_SORTED_VALUES - buffer->n)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "more rows than can be counted");
}

void
mlops_io_sorted(MlopsStateIo *io, const char *name, MlopsSortedBuffer *buffer,
				bool takes_infinities)
{
	MlopsSortedEntry entry = { 0 };
	size_t n = 0;

	if (!mlops_io_is_reading(io))
	{
		write_values(io, name, buffer);
		return;
	}
	mlops_io_list_begin(io, name, &n);
	for (size_t i = 0; i < n; i++)
	{
		transfer_entry(io, &entry);
		if (mlops_io_failed(io))
			return;
		check_entry(io, buffer, &entry, takes_infinities);
		if (!mlops_io_failed(io) &&
			!mlops_sorted_buffer_append(buffer, entry.value, entry.count, io->allocator))
			mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
	}
	mlops_io_list_end(io);
	buffer->is_settled = true;
}
