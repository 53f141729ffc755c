/*
 * How often each value was seen, as a field of a state.
 */
#include <string.h>

#include "core/counted_set.h"

void
mlops_counted_key_bytes(MlopsStateIo *io, uint8_t **key, size_t *n_bytes)
{
	mlops_io_bytes(io, NULL, key, n_bytes);
}

/* The counts of an entry, when read those that it may have. */
static void
transfer_counts(const MlopsCountedSet *set, MlopsStateIo *io, MlopsCountedEntry *entry)
{
	int64_t total = 0;

	for (uint32_t which = 0; which < set->n_counts; which++)
	{
		mlops_io_int(io, NULL, &entry->counts[which], 0, INT64_MAX);
		total |= entry->counts[which];
	}
	if (mlops_io_is_reading(io) && total == 0)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a value has a count of 0");
}

static void
write_entries(const MlopsCountedSet *set, MlopsStateIo *io, MlopsCountedEntry *entries,
			  MlopsCountedKeyTransfer *transfer_key)
{
	for (size_t i = 0; i < set->n_entries; i++)
	{
		union
		{
			const uint8_t *read;
			uint8_t *transferred;
		} key = { .read = entries[i].key };
		size_t n_bytes = entries[i].n_bytes;

		mlops_io_group_begin(io);
		transfer_key(io, &key.transferred, &n_bytes);
		transfer_counts(set, io, &entries[i]);
		mlops_io_group_end(io);
	}
}

/* Put an entry that was read into the set. */
static void
add_entry(MlopsCountedSet *set, MlopsStateIo *io, const MlopsCountedEntry *entry)
{
	MlopsReason reason = { "" };
	MlopsStatus status = MLOPS_STATUS_OK;

	for (uint32_t which = 0; which < set->n_counts && status == MLOPS_STATUS_OK; which++)
		status = mlops_counted_set_add(set, entry->key, entry->n_bytes, which, entry->counts[which],
									   io->allocator, &reason);
	if (status != MLOPS_STATUS_OK)
		mlops_io_fail(io, status == MLOPS_STATUS_NOMEM ? status : MLOPS_STATUS_CORRUPT, "%s",
					  reason.text);
}

/* Read one entry behind another, which is the one before it or has no key. */
static void
read_entry(MlopsCountedSet *set, MlopsStateIo *io, const MlopsCountedEntry *previous,
		   MlopsCountedEntry *entry, uint8_t *buffer, MlopsCountedKeyTransfer *transfer_key)
{
	uint8_t *key = buffer;
	size_t n_bytes = set->key_bytes;

	mlops_io_group_begin(io);
	transfer_key(io, &key, &n_bytes);
	if (n_bytes > MLOPS_COUNTED_SET_MAX_KEY_BYTES)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a value has %zu bytes", n_bytes);
	*entry = (MlopsCountedEntry){ .key = key, .n_bytes = (uint32_t) n_bytes };
	transfer_counts(set, io, entry);
	mlops_io_group_end(io);
	if (mlops_io_failed(io))
		return;
	if (previous->key != NULL && mlops_counted_entry_compare(previous, entry) >= 0)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "its values are not in increasing order");
	else
		add_entry(set, io, entry);
}

/* Give the key of an entry back, unless it stood in a buffer of ours. */
static void
free_key(const MlopsCountedSet *set, const MlopsStateIo *io, const MlopsCountedEntry *entry)
{
	union
	{
		const uint8_t *read;
		void *owned;
	} key = { .read = entry->key };

	if (set->key_bytes == 0)
		mlops_free(io->allocator, key.owned);
}

static void
read_entries(MlopsCountedSet *set, MlopsStateIo *io, size_t n,
			 MlopsCountedKeyTransfer *transfer_key)
{
	uint64_t buffers[2][MLOPS_COUNTED_SET_MAX_FIXED / sizeof(uint64_t)] = { { 0 } };
	MlopsCountedEntry previous = { .key = NULL };

	for (size_t i = 0; i < n && !mlops_io_failed(io); i++)
	{
		MlopsCountedEntry entry;
		uint8_t *buffer = set->key_bytes > 0 ? (uint8_t *) buffers[i % 2] : NULL;

		read_entry(set, io, &previous, &entry, buffer, transfer_key);
		free_key(set, io, &previous);
		previous = entry;
	}
	free_key(set, io, &previous);
}

void
mlops_counted_set_transfer(MlopsCountedSet *set, MlopsStateIo *io, const char *name,
						   MlopsCountedKeyTransfer *transfer_key)
{
	size_t n = set->n_entries;
	MlopsCountedEntry *entries = NULL;

	mlops_io_list_begin(io, name, &n);
	if (mlops_io_is_reading(io))
		read_entries(set, io, n, transfer_key);
	else if (mlops_counted_set_export(set, NULL, NULL, io->buffer->allocator, &entries) !=
			 MLOPS_STATUS_OK)
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
	else
		write_entries(set, io, entries, transfer_key);
	mlops_io_list_end(io);
	if (!mlops_io_is_reading(io))
		mlops_free(io->buffer->allocator, entries);
}
