/*
 * Whatever bytes or text claim to be a counted set are refused with a reason, or give a set whose entries are in order,
 * have counts that add up, and are written to bytes that read as the same set.
 *
 * The first byte says how: bit 0 text, bit 1 two counts, bit 2 keys of eight bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/counted_set.h"

#include "plain_alloc.h"
#include "require.h"

/* A key of eight bytes is an integer. */
static void
transfer_integer(MlopsStateIo *io, uint8_t **key, size_t *n_bytes)
{
	int64_t value;

	memcpy(&value, *key, *n_bytes);
	mlops_io_int(io, NULL, &value, INT64_MIN, INT64_MAX);
	if (mlops_io_is_reading(io))
		memcpy(*key, &value, *n_bytes);
}

static MlopsStatus
transfer_object(MlopsCountedSet *set, MlopsStateIo *io)
{
	mlops_io_object_begin(io);
	mlops_counted_set_transfer(set, io, "values",
							   set->key_bytes > 0 ? transfer_integer : mlops_counted_key_bytes);
	return mlops_io_object_end(io);
}

static void
write_bytes(MlopsCountedSet *set, MlopsBuffer *buffer)
{
	MlopsStateIo io;

	*buffer = (MlopsBuffer){ .allocator = &plain_allocator };
	mlops_io_begin_write(&io, false, buffer);
	require(transfer_object(set, &io) == MLOPS_STATUS_OK);
}

/* What any set holds. */
static void
check_set(const MlopsCountedSet *set)
{
	MlopsCountedEntry *entries;
	int64_t totals[2] = { 0, 0 };

	require(mlops_counted_set_export(set, NULL, NULL, &plain_allocator, &entries) ==
			MLOPS_STATUS_OK);
	for (size_t i = 0; i < set->n_entries; i++)
	{
		require(entries[i].counts[0] >= 0 && entries[i].counts[1] >= 0);
		require(entries[i].counts[0] > 0 || entries[i].counts[1] > 0);
		require(i == 0 || mlops_counted_entry_compare(&entries[i - 1], &entries[i]) < 0);
		require(mlops_counted_set_get(set, entries[i].key, entries[i].n_bytes, 0) ==
				entries[i].counts[0]);
		totals[0] += entries[i].counts[0];
		totals[1] += entries[i].counts[1];
	}
	require(totals[0] <= INT64_MAX - totals[1]);
	require(totals[0] == set->totals[0] && totals[1] == set->totals[1]);
	mlops_free(&plain_allocator, entries);
}

/* Bytes of a set read as a set of the same bytes. */
static void
check_again(MlopsCountedSet *set)
{
	MlopsCountedSet again;
	MlopsBuffer bytes, bytes_again;
	MlopsStateIo io;

	write_bytes(set, &bytes);
	mlops_counted_set_begin(&again, set->n_counts, set->key_bytes);
	mlops_io_begin_read(&io, false, bytes.bytes, bytes.n_bytes, &plain_allocator);
	require(transfer_object(&again, &io) == MLOPS_STATUS_OK);
	write_bytes(&again, &bytes_again);
	require_same(&bytes, &bytes_again);
	mlops_counted_set_free(&again, &plain_allocator);
}

/* Take every second entry out; the others are found where they are. */
static void
check_removal(MlopsCountedSet *set)
{
	MlopsCountedEntry *entries;
	size_t n = set->n_entries;
	uint8_t *copies;

	require(mlops_counted_set_export(set, NULL, NULL, &plain_allocator, &entries) ==
			MLOPS_STATUS_OK);
	for (size_t i = 0; i < n; i++)
	{
		copies = malloc((size_t) entries[i].n_bytes + 1);
		require(copies != NULL);
		memcpy(copies, entries[i].key, entries[i].n_bytes);
		entries[i].key = copies;
	}
	for (size_t i = 0; i < n; i += 2)
		for (uint32_t which = 0; which < set->n_counts; which++)
			require(mlops_counted_set_add(set, entries[i].key, entries[i].n_bytes, which,
										  -entries[i].counts[which], &plain_allocator,
										  NULL) == MLOPS_STATUS_OK);
	require(set->n_entries == n / 2);
	for (size_t i = 0; i < n; i++)
	{
		require(mlops_counted_set_get(set, entries[i].key, entries[i].n_bytes, 0) ==
				(i % 2 == 0 ? 0 : entries[i].counts[0]));
		free((void *) (uintptr_t) entries[i].key);
	}
	mlops_free(&plain_allocator, entries);
	check_set(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MlopsCountedSet set;
	MlopsStateIo io;

	if (size == 0)
		return 0;
	mlops_counted_set_begin(&set, data[0] & 2 ? 2 : 1, data[0] & 4 ? 8 : 0);
	mlops_io_begin_read(&io, data[0] & 1, data + 1, size - 1, &plain_allocator);
	if (transfer_object(&set, &io) == MLOPS_STATUS_OK)
	{
		check_set(&set);
		check_again(&set);
		check_removal(&set);
	}
	else
		require(io.reason.text[0] != '\0');
	mlops_counted_set_free(&set, &plain_allocator);
	return 0;
}
