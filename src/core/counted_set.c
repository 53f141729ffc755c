/*
 * How often each value was seen: a hash of byte strings to counts.
 */
#include <string.h>

#include "core/counted_set.h"
#include "core/hash.h"
#include "core/sort.h"

#define INLINE_BYTES	  16 /* of a key of its own length, in the slot */
#define FIRST_SLOTS		  ((size_t) 16)
#define CANCEL_EVERY	  4096
#define MAX_KEY_WORDS	  (MLOPS_COUNTED_SET_MAX_FIXED / 8)
#define FIRST_ARENA_BYTES 256

/* A key on its way to a slot. */
typedef struct Key
{
	const uint8_t *bytes;
	size_t n_bytes;
	uint64_t hash;
	uint64_t words
		[MAX_KEY_WORDS]; /* as a slot holds them after the counts; without the place in the arena */
} Key;

void
mlops_counted_set_begin(MlopsCountedSet *set, uint32_t n_counts, uint32_t key_bytes)
{
	*set = (MlopsCountedSet){ .n_counts = n_counts, .key_bytes = key_bytes };
}

/* Words of a slot. */
static size_t
slot_words(const MlopsCountedSet *set)
{
	return set->n_counts + (set->key_bytes > 0 ? set->key_bytes / 8 : 1 + INLINE_BYTES / 8);
}

static uint64_t *
slot_at(const MlopsCountedSet *set, size_t slot)
{
	return set->slots + slot * slot_words(set);
}

/* True if nobody has the slot. */
static bool
is_empty(const MlopsCountedSet *set, const uint64_t *slot)
{
	return slot[0] == 0 && (set->n_counts == 1 || slot[1] == 0);
}

/* Length of the key in a slot of a set whose keys have lengths of their own. */
static uint32_t
length_of(const uint64_t *key)
{
	return (uint32_t) key[0];
}

/* Bytes of the key in a slot. */
static const uint8_t *
bytes_of(const MlopsCountedSet *set, const uint64_t *slot, uint32_t *n_bytes)
{
	const uint64_t *key = slot + set->n_counts;

	if (set->key_bytes > 0)
	{
		*n_bytes = set->key_bytes;
		return (const uint8_t *) key;
	}
	*n_bytes = length_of(key);
	return *n_bytes <= INLINE_BYTES ? (const uint8_t *) (key + 1) : set->arena + key[1];
}

/* Bring a key to the form of a slot. */
static void
make_key(const MlopsCountedSet *set, const void *bytes, size_t n_bytes, Key *key)
{
	key->bytes = bytes;
	key->n_bytes = n_bytes;
	if (set->key_bytes > 0)
	{
		size_t n_words = set->key_bytes / 8;

		memcpy(key->words, bytes, set->key_bytes);
		key->hash = mlops_hash_int(key->words[0], 0);
		for (size_t i = 1; i < n_words; i++)
			key->hash = mlops_hash_int(key->words[i], key->hash);
		return;
	}
	key->hash = mlops_hash_bytes(bytes, n_bytes, 0);
	/* the high half of the hash beside the length: most other keys differ in the first word */
	key->words[0] = (key->hash & ~UINT64_C(0xFFFFFFFF)) | n_bytes;
	key->words[1] = 0;
	key->words[2] = 0;
	if (n_bytes > 0 && n_bytes <= INLINE_BYTES)
		memcpy(key->words + 1, bytes, n_bytes);
}

/* True if a slot that is not empty holds the key. */
static bool
holds_key(const MlopsCountedSet *set, const uint64_t *slot, const Key *key)
{
	const uint64_t *words = slot + set->n_counts;

	if (words[0] != key->words[0])
		return false;
	if (set->key_bytes == 0)
	{
		if (key->n_bytes > INLINE_BYTES)
			return memcmp(set->arena + words[1], key->bytes, key->n_bytes) == 0;
		return words[1] == key->words[1] && words[2] == key->words[2];
	}
	for (size_t i = 1; i < set->key_bytes / 8; i++)
		if (words[i] != key->words[i])
			return false;
	return true;
}

/* Where the search for the key of a slot begins. */
static size_t
home_of(const MlopsCountedSet *set, const uint64_t *slot)
{
	uint32_t n_bytes;
	const uint8_t *bytes = bytes_of(set, slot, &n_bytes);
	Key key;

	/* the high half of the hash is in the slot, and a slot number is taken from it while there are 2^32 at most */
	if (set->key_bytes == 0)
		return (size_t) (slot[set->n_counts] >> 32) & (set->n_slots - 1);
	make_key(set, bytes, n_bytes, &key);
	return (size_t) (key.hash >> 32) & (set->n_slots - 1);
}

/* Slot of a key, or the empty one where it belongs; there is one. */
static size_t
find_slot(const MlopsCountedSet *set, const Key *key)
{
	size_t slot = (size_t) (key->hash >> 32) & (set->n_slots - 1);

	for (;; slot = (slot + 1) & (set->n_slots - 1))
	{
		const uint64_t *words = slot_at(set, slot);

		if (is_empty(set, words) || holds_key(set, words, key))
			return slot;
	}
}

/* Move all entries to a table of another size; false when there is no memory. */
static bool
resize_slots(MlopsCountedSet *set, size_t n_slots, const MlopsAllocator *allocator)
{
	MlopsCountedSet old = *set;
	size_t n_words = slot_words(set);
	uint64_t *slots = mlops_alloc_zero(allocator, n_slots, n_words * sizeof(uint64_t));

	if (slots == NULL)
		return false;
	set->slots = slots;
	set->n_slots = n_slots;
	for (size_t i = 0; i < old.n_slots; i++)
	{
		const uint64_t *from = slot_at(&old, i);
		size_t slot;

		if (is_empty(&old, from))
			continue;
		for (slot = home_of(set, from); !is_empty(set, slot_at(set, slot));)
			slot = (slot + 1) & (n_slots - 1);
		memcpy(slot_at(set, slot), from, n_words * sizeof(uint64_t));
	}
	mlops_free(allocator, old.slots);
	return true;
}

/* Make room for one more entry: at most three quarters of the slots are taken. */
static bool
reserve_slot(MlopsCountedSet *set, const MlopsAllocator *allocator)
{
	if (set->n_slots == 0)
		return resize_slots(set, FIRST_SLOTS, allocator);
	if (4 * (set->n_entries + 1) <= 3 * set->n_slots)
		return true;
	return resize_slots(set, 2 * set->n_slots, allocator);
}

/*
 * Make room for a key in the arena: keys that are still in use move to a new one of half again their size.  At least a
 * third of it is free then, so that moving costs O(1) per byte that is added.
 */
static bool
reserve_arena(MlopsCountedSet *set, size_t n_bytes, const MlopsAllocator *allocator)
{
	size_t needed = set->arena_live_bytes + n_bytes;
	size_t capacity = needed + needed / 2 + FIRST_ARENA_BYTES;
	size_t used = 0;
	uint8_t *arena;

	if (n_bytes <= set->arena_capacity - set->arena_bytes)
		return true;
	arena = mlops_alloc(allocator, capacity, 1);
	if (arena == NULL)
		return false;
	for (size_t i = 0; i < set->n_slots; i++)
	{
		uint64_t *slot = slot_at(set, i);
		uint64_t *key = slot + set->n_counts;

		if (is_empty(set, slot) || length_of(key) <= INLINE_BYTES)
			continue;
		memcpy(arena + used, set->arena + key[1], length_of(key));
		key[1] = used;
		used += length_of(key);
	}
	mlops_free(allocator, set->arena);
	set->arena = arena;
	set->arena_capacity = capacity;
	set->arena_bytes = used;
	return true;
}

/* Put a key into the empty slot where it belongs; its counts are the caller's. */
static void
fill_slot(MlopsCountedSet *set, uint64_t *slot, const Key *key)
{
	memcpy(slot + set->n_counts, key->words, (slot_words(set) - set->n_counts) * sizeof(uint64_t));
	set->n_entries++;
	if (set->key_bytes > 0 || key->n_bytes <= INLINE_BYTES)
		return;
	slot[set->n_counts + 1] = set->arena_bytes;
	memcpy(set->arena + set->arena_bytes, key->bytes, key->n_bytes);
	set->arena_bytes += key->n_bytes;
	set->arena_live_bytes += key->n_bytes;
}

/*
 * Empty a slot and move those after it back, so that each entry is found again: one may move into the gap if its search
 * begins at or before it.
 *
 *	home of c = 3     3  4  5  6           3  4  5  6
 *	                  a  -  c  d     ->    a  c  -  d     (d's home is 6)
 */
static void
close_gap(MlopsCountedSet *set, size_t gap)
{
	size_t mask = set->n_slots - 1;
	size_t n_bytes = slot_words(set) * sizeof(uint64_t);

	for (size_t next = (gap + 1) & mask;; next = (next + 1) & mask)
	{
		uint64_t *slot = slot_at(set, next);

		if (is_empty(set, slot))
			break;
		if (((next - home_of(set, slot)) & mask) >= ((next - gap) & mask))
		{
			memcpy(slot_at(set, gap), slot, n_bytes);
			gap = next;
		}
	}
	memset(slot_at(set, gap), 0, n_bytes);
}

/* Take an entry out whose counts are all 0 now. */
static void
remove_entry(MlopsCountedSet *set, size_t slot, const Key *key, const MlopsAllocator *allocator)
{
	if (set->key_bytes == 0 && key->n_bytes > INLINE_BYTES)
		set->arena_live_bytes -= key->n_bytes;
	close_gap(set, slot);
	set->n_entries--;
	if (set->n_entries == 0)
		mlops_counted_set_free(set, allocator);
	else if (set->n_slots > 4 * FIRST_SLOTS && 8 * set->n_entries < set->n_slots)
		(void) resize_slots(set, set->n_slots / 4, allocator); /* without memory it stays large */
}

/* Check that a key may be counted. */
static MlopsStatus
check_key(const MlopsCountedSet *set, size_t n_bytes, MlopsReason *reason)
{
	if (n_bytes > MLOPS_COUNTED_SET_MAX_KEY_BYTES)
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT,
								 "a value to count has %zu bytes, at most %u are possible", n_bytes,
								 (unsigned) MLOPS_COUNTED_SET_MAX_KEY_BYTES);
	if (set->key_bytes > 0 && n_bytes != set->key_bytes)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "a value to count must have %u bytes, not %zu",
								 (unsigned) set->key_bytes, n_bytes);
	return MLOPS_STATUS_OK;
}

/* Find the slot of a key, which is put there with counts of 0 if it is new. */
static MlopsStatus
find_or_fill(MlopsCountedSet *set, const Key *key, size_t *slot, const MlopsAllocator *allocator,
			 MlopsReason *reason)
{
	bool is_long = set->key_bytes == 0 && key->n_bytes > INLINE_BYTES;

	if (set->n_slots > 0)
	{
		*slot = find_slot(set, key);
		if (!is_empty(set, slot_at(set, *slot)))
			return MLOPS_STATUS_OK;
	}
	if (!reserve_slot(set, allocator) || (is_long && !reserve_arena(set, key->n_bytes, allocator)))
		return mlops_status_fail(reason, MLOPS_STATUS_NOMEM, "no memory for counted values");
	*slot = find_slot(set, key);
	fill_slot(set, slot_at(set, *slot), key);
	return MLOPS_STATUS_OK;
}

/* Find the slot of a key that has counts to take away from. */
static MlopsStatus
find_to_take(const MlopsCountedSet *set, const Key *key, uint32_t which, int64_t delta,
			 size_t *slot, MlopsReason *reason)
{
	if (set->n_slots > 0)
	{
		*slot = find_slot(set, key);
		if ((int64_t) slot_at(set, *slot)[which] + delta >= 0)
			return MLOPS_STATUS_OK;
	}
	return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
							 "a counted value is taken away more often than it was added");
}

MlopsStatus
mlops_counted_set_add(MlopsCountedSet *set, const void *bytes, size_t n_bytes, uint32_t which,
					  int64_t delta, const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsStatus status = check_key(set, n_bytes, reason);
	size_t slot = 0;
	Key key;

	if (status != MLOPS_STATUS_OK || delta == 0)
		return status;
	if (delta > INT64_MAX - set->totals[0] - set->totals[1])
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT,
								 "the counts of values add up to more than 2^63 - 1");
	make_key(set, bytes, n_bytes, &key);
	status = delta > 0 ? find_or_fill(set, &key, &slot, allocator, reason) :
						 find_to_take(set, &key, which, delta, &slot, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	slot_at(set, slot)[which] += (uint64_t) delta;
	set->totals[which] += delta;
	if (is_empty(set, slot_at(set, slot)))
		remove_entry(set, slot, &key, allocator);
	return MLOPS_STATUS_OK;
}

int64_t
mlops_counted_set_get(const MlopsCountedSet *set, const void *bytes, size_t n_bytes, uint32_t which)
{
	Key key;

	if (set->n_slots == 0 || check_key(set, n_bytes, NULL) != MLOPS_STATUS_OK)
		return 0;
	make_key(set, bytes, n_bytes, &key);
	return (int64_t) slot_at(set, find_slot(set, &key))[which];
}

bool
mlops_counted_set_next(const MlopsCountedSet *set, size_t *position, MlopsCountedEntry *entry)
{
	while (*position < set->n_slots)
	{
		const uint64_t *slot = slot_at(set, (*position)++);

		if (is_empty(set, slot))
			continue;
		entry->key = bytes_of(set, slot, &entry->n_bytes);
		entry->counts[0] = (int64_t) slot[0];
		entry->counts[1] = set->n_counts > 1 ? (int64_t) slot[1] : 0;
		return true;
	}
	return false;
}

/*
 * Entries are taken in steps of an odd number of slots, which meets each slot once: in the order of the slots they would
 * pile up at the beginning of a smaller table, whose order is the same.
 */
MlopsStatus
mlops_counted_set_merge(MlopsCountedSet *into, const MlopsCountedSet *from,
						const MlopsCancel *cancel, const MlopsAllocator *allocator,
						MlopsReason *reason)
{
	if (from->n_counts == 0)
		return MLOPS_STATUS_OK;
	if (into->n_counts == 0)
		mlops_counted_set_begin(into, from->n_counts, from->key_bytes);
	if (into->n_counts != from->n_counts || into->key_bytes != from->key_bytes)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "counts of values of different kinds cannot be merged");
	for (size_t i = 0; i < from->n_slots; i++)
	{
		size_t position = (i * UINT64_C(0x9E3779B97F4A7C15)) & (from->n_slots - 1);
		const uint64_t *slot = slot_at(from, position);
		uint32_t n_bytes;
		const uint8_t *bytes;

		if (i % CANCEL_EVERY == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		if (is_empty(from, slot))
			continue;
		bytes = bytes_of(from, slot, &n_bytes);
		for (uint32_t which = 0; which < from->n_counts; which++)
		{
			MlopsStatus status = mlops_counted_set_add(into, bytes, n_bytes, which,
													   (int64_t) slot[which], allocator, reason);

			if (status != MLOPS_STATUS_OK)
				return status;
		}
	}
	return MLOPS_STATUS_OK;
}

int
mlops_counted_entry_compare(const void *a, const void *b)
{
	const MlopsCountedEntry *x = a;
	const MlopsCountedEntry *y = b;
	size_t n_bytes = x->n_bytes < y->n_bytes ? x->n_bytes : y->n_bytes;
	int order = n_bytes == 0 ? 0 : memcmp(x->key, y->key, n_bytes);

	if (order != 0)
		return order;
	return x->n_bytes < y->n_bytes ? -1 : x->n_bytes > y->n_bytes;
}

MlopsStatus
mlops_counted_set_export(const MlopsCountedSet *set, int (*compare)(const void *a, const void *b),
						 const MlopsCancel *cancel, const MlopsAllocator *allocator,
						 MlopsCountedEntry **entries)
{
	MlopsCountedEntry *list = mlops_alloc(allocator, set->n_entries, sizeof(MlopsCountedEntry));
	MlopsStatus status;
	size_t position = 0;

	*entries = NULL;
	if (list == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < set->n_entries; i++)
		(void) mlops_counted_set_next(set, &position, &list[i]);
	status = mlops_sort(list, set->n_entries, sizeof(MlopsCountedEntry),
						compare != NULL ? compare : mlops_counted_entry_compare, cancel);
	if (status == MLOPS_STATUS_OK)
		*entries = list;
	else
		mlops_free(allocator, list);
	return status;
}

void
mlops_counted_set_free(MlopsCountedSet *set, const MlopsAllocator *allocator)
{
	mlops_free(allocator, set->slots);
	mlops_free(allocator, set->arena);
	mlops_counted_set_begin(set, set->n_counts, set->key_bytes);
}
