/*
 * How often each value was seen: a hash of byte strings to counts, the state core of what is told from counts.
 *
 * A value that was taken away as often as it was added leaves no trace, so plain, merged and moving runs over the same
 * rows hold the same entries.  They lie in no order; whoever computes something from them takes them sorted
 * (mlops_counted_set_export), so that sums of floats come in one order.
 *
 *	slot   [counts, 1 or 2] [key, fixed length: 1 to 4 words of 8 bytes]
 *	   or  [counts, 1 or 2] [length and hash] [up to 16 bytes of the key, or where it is in the arena]
 *
 * Open addressing with linear probing; a slot whose counts are all 0 is empty, and removal moves later slots back, so
 * that there are no tombstones.  Longer keys are in one arena; when it is full, the keys still in use move to a new one
 * of half again their size, which is how it grows, and how it stays small while a frame slides over ever new values.
 *
 * What is not here: NULLs (the caller counts them), equality other than that of bytes.
 */
#ifndef MLOPS_COUNTED_SET_H
#define MLOPS_COUNTED_SET_H

#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

#define MLOPS_COUNTED_SET_MAX_COUNTS 2
#define MLOPS_COUNTED_SET_MAX_FIXED	 32 /* bytes of a key of fixed length */
#define MLOPS_COUNTED_SET_MAX_KEY_BYTES                                                            \
	UINT32_C(0x3FFFFFFF) /* of one that is not: what a varlena holds */

/*
 * All zero bytes are a set that was not begun: it has no entries, can be exported, merged from and freed.  The struct
 * may be copied by assignment if only one of the copies is used afterwards.
 */
typedef struct MlopsCountedSet
{
	uint64_t
		*slots; /* [n_slots * slot_words], from the allocator; NULL while there are no entries */
	size_t n_slots; /* a power of 2, or 0 */
	size_t n_entries;
	uint8_t *arena; /* from the allocator */
	size_t arena_capacity;
	size_t arena_bytes;							  /* used, dead keys included */
	size_t arena_live_bytes;					  /* of keys that have an entry */
	int64_t totals[MLOPS_COUNTED_SET_MAX_COUNTS]; /* sum of each count over all entries */
	uint32_t n_counts;							  /* 1 or 2; 0 = not begun */
	uint32_t key_bytes;							  /* of each key, a multiple of 8; 0 = any length */
} MlopsCountedSet;

/* An entry as it is exported.  key points into the set: good until the set changes. */
typedef struct MlopsCountedEntry
{
	const uint8_t *key; /* aligned to 8 bytes if keys have a fixed length */
	uint32_t n_bytes;
	int64_t counts[MLOPS_COUNTED_SET_MAX_COUNTS]; /* those beyond n_counts are 0 */
} MlopsCountedEntry;

/*
 * Say what the entries of a set are; once, before the first add.
 *
 *   n_counts    1 .. MLOPS_COUNTED_SET_MAX_COUNTS
 *   key_bytes   8, 16, 24 or 32: all keys have this length, which is faster; 0: each its own, up to
 *               MLOPS_COUNTED_SET_MAX_KEY_BYTES
 *
 * Errors: none; nothing is allocated.
 */
extern void mlops_counted_set_begin(MlopsCountedSet *set, uint32_t n_counts, uint32_t key_bytes);

/*
 * Change a count of a key; an entry whose counts are all 0 afterwards is gone.
 *
 *   bytes     [n_bytes] the key, copied; any alignment; NULL only with 0 bytes
 *   n_bytes   key_bytes of the set, if that is not 0
 *   which     0 .. n_counts - 1
 *   delta     added, may be negative
 *
 * Errors: NOMEM, with the set as it was; INVALID when more would be taken away than is there; LIMIT when the sum of
 *         all counts is above 2^63 - 1 or the key too long.
 * Cost:   expected O(n_bytes), growth amortised.
 */
extern MlopsStatus mlops_counted_set_add(MlopsCountedSet *set, const void *bytes, size_t n_bytes,
										 uint32_t which, int64_t delta,
										 const MlopsAllocator *allocator, MlopsReason *reason);

/* A count of a key, 0 if it has no entry.  As mlops_counted_set_add. */
extern int64_t mlops_counted_set_get(const MlopsCountedSet *set, const void *bytes, size_t n_bytes,
									 uint32_t which);

/*
 * Add all counts of a set to those of another, which keeps nothing of the first.
 *
 *   into     takes over n_counts and key_bytes if it was not begun
 *   cancel   asked every 4,096 entries, or NULL
 *
 * Errors: INVALID when the sets have other n_counts or key_bytes; NOMEM, LIMIT, CANCELLED, with some entries added.
 * Cost:   expected O(entries and bytes of from).
 */
extern MlopsStatus mlops_counted_set_merge(MlopsCountedSet *into, const MlopsCountedSet *from,
										   const MlopsCancel *cancel,
										   const MlopsAllocator *allocator, MlopsReason *reason);

/*
 * All entries, sorted.
 *
 *   compare   of two MlopsCountedEntry, a total order over different keys; NULL: mlops_counted_entry_compare
 *   cancel    asked while it copies and sorts, or NULL
 *   entries   OUT [n_entries], from the allocator, the caller frees them; NULL after an error
 *
 * Errors: NOMEM, CANCELLED.
 * Cost:   O(n log n).
 */
extern MlopsStatus mlops_counted_set_export(const MlopsCountedSet *set,
											int (*compare)(const void *a, const void *b),
											const MlopsCancel *cancel,
											const MlopsAllocator *allocator,
											MlopsCountedEntry **entries);

/* Order of two MlopsCountedEntry by the bytes of their keys, a prefix first; for mlops_sort. */
extern int mlops_counted_entry_compare(const void *a, const void *b);

/*
 * Visit all entries in the order of their slots, which is not one of values: for sums of integers.
 *
 *   position   IN/OUT 0 at first
 *   entry      OUT
 *
 * Returns false when there are no more.
 * Cost: O(n_slots) for all of them.
 */
extern bool mlops_counted_set_next(const MlopsCountedSet *set, size_t *position,
								   MlopsCountedEntry *entry);

/* Give all blocks back; the set is then as after mlops_counted_set_begin. */
extern void mlops_counted_set_free(MlopsCountedSet *set, const MlopsAllocator *allocator);

/*
 * How one key is written and read; for a set of fixed key_bytes *key is a buffer of key_bytes when it is read, else
 * reading allocates it from io->allocator.
 */
typedef void MlopsCountedKeyTransfer(MlopsStateIo *io, uint8_t **key, size_t *n_bytes);

/* The plain one: length and bytes, in text a string. */
extern MlopsCountedKeyTransfer mlops_counted_key_bytes;

/*
 * A list of all entries as a field of a state, sorted by the bytes of their keys, so that equal sets have equal bytes.
 *
 *   set            reading: just begun.  Writing: its keys are read only, whatever transfer_key is handed
 *   transfer_key   mlops_counted_key_bytes for keys of any length that are text or bytes
 *
 * Reading fails with CORRUPT unless keys are strictly increasing, counts are not negative, not all of an entry are 0,
 * and all together are 2^63 - 1 at most; the set then holds some of the entries.
 * Cost: O(n log n).
 */
extern void mlops_counted_set_transfer(MlopsCountedSet *set, MlopsStateIo *io, const char *name,
									   MlopsCountedKeyTransfer *transfer_key);

#endif
