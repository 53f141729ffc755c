/*
 * Decoded forests, one copy per server.
 *
 * With shared_preload_libraries = 'mlops' a table of slots lies in shared memory.
 * A slot names a forest by the digest of its stored bytes, and the dynamic segment
 * that begins with its block.  A block has no pointers, and nobody writes to it after
 * it was decoded and validated by the process that loaded it.
 *
 *   free -> loading   by the first process that wants the digest; others wait for it
 *   loading -> ready  the segment is pinned: it lives without a process that maps it
 *   loading -> free   by an error or the end of the loading process; a waiter takes over
 *   ready -> free     when others need the room, the least recently used first: the segment is
 *                     unpinned, and its memory goes with the last process that maps it
 *
 * Equal digests are equal bytes, so a slot may serve several versions and databases.
 *
 * A process keeps what it maps until its own cache drops the entry: at its next look at a
 * model after any slot was given up (cache.c).  So an idle session may hold the memory of
 * a forest that is no longer in the table.
 *
 * If shared memory is full, or no slot free, the caller keeps a copy of its own.
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/hooks.h"
#include "pg/segment.h"
#include "pg/shared_cache.h"

/* A server has few segments, some 64 and 5 per connection, and parallel queries need them too. */
#define N_SLOTS		256
#define WAIT_MAX_MS 5000

typedef enum SlotState
{
	SLOT_FREE,
	SLOT_LOADING,
	SLOT_READY,
} SlotState;

typedef struct Slot
{
	/* guarded by the lock */
	SlotState state;
	uint8 digest[MLOPS_DIGEST_BYTES];
	dsm_handle handle; /* ready */
	Size n_bytes;	   /* ready, or loading: what is set aside */
	TimestampTz loaded_at;
	/* atomic */
	pg_atomic_uint64 generation; /* grows when the slot becomes free */
	pg_atomic_uint64 n_hits;
	pg_atomic_uint64 n_misses;
	pg_atomic_uint64 last_used_at;
} Slot;

typedef struct SharedCache
{
	ConditionVariable is_loaded; /* signalled when a load ends */
	Size n_bytes;				 /* of all slots; guarded by the lock */
	pg_atomic_uint64 n_given_up; /* atomic */
	Slot slots[N_SLOTS];
} SharedCache;

/* A segment that this process has mapped, once however many entries of its cache use it. */
typedef struct MlopsMapping
{
	dlist_node node;
	dsm_segment *segment;
	int slot;
	uint64 generation;
	int n_users;
} MlopsMapping;

static SharedCache *cache = NULL;
static LWLock *cache_lock = NULL;
static dlist_head mappings = DLIST_STATIC_INIT(mappings);

static shmem_request_hook_type next_request_hook = NULL;
static shmem_startup_hook_type next_startup_hook = NULL;

static void
request_memory(void)
{
	if (next_request_hook != NULL)
		next_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(SharedCache)));
	RequestNamedLWLockTranche("mlops", 1);
}

static void
make_slots(void)
{
	memset(cache, 0, sizeof(*cache));
	ConditionVariableInit(&cache->is_loaded);
	pg_atomic_init_u64(&cache->n_given_up, 0);
	for (int i = 0; i < N_SLOTS; i++)
	{
		pg_atomic_init_u64(&cache->slots[i].generation, 0);
		pg_atomic_init_u64(&cache->slots[i].n_hits, 0);
		pg_atomic_init_u64(&cache->slots[i].n_misses, 0);
		pg_atomic_init_u64(&cache->slots[i].last_used_at, 0);
	}
}

static void
find_memory(void)
{
	bool is_found;

	if (next_startup_hook != NULL)
		next_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	cache = ShmemInitStruct("mlops model cache", sizeof(SharedCache), &is_found);
	if (!is_found)
		make_slots();
	cache_lock = &GetNamedLWLockTranche("mlops")->lock;
	LWLockRelease(AddinShmemInitLock);
}

void
mlops_shared_cache_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = find_memory;
}

/* ---- slots: all with the lock held ---- */

static int
find_slot(const uint8 *digest)
{
	for (int i = 0; i < N_SLOTS; i++)
	{
		if (cache->slots[i].state != SLOT_FREE &&
			memcmp(cache->slots[i].digest, digest, MLOPS_DIGEST_BYTES) == 0)
			return i;
	}
	return -1;
}

static void
free_slot(Slot *slot)
{
	cache->n_bytes -= slot->n_bytes;
	slot->n_bytes = 0;
	slot->state = SLOT_FREE;
	pg_atomic_fetch_add_u64(&slot->generation, 1);
}

/* Give up the least recently used forest; false if none is ready. */
static bool
give_up_slot(void)
{
	Slot *oldest = NULL;

	for (int i = 0; i < N_SLOTS; i++)
	{
		Slot *slot = &cache->slots[i];

		if (slot->state == SLOT_READY &&
			(oldest == NULL ||
			 pg_atomic_read_u64(&slot->last_used_at) < pg_atomic_read_u64(&oldest->last_used_at)))
			oldest = slot;
	}
	if (oldest == NULL)
		return false;
	dsm_unpin_segment(oldest->handle);
	free_slot(oldest);
	pg_atomic_fetch_add_u64(&cache->n_given_up, 1);
	return true;
}

/* A free slot, -1 if all are loading. */
static int
take_slot(void)
{
	do
	{
		for (int i = 0; i < N_SLOTS; i++)
		{
			if (cache->slots[i].state == SLOT_FREE)
				return i;
		}
	} while (give_up_slot());
	return -1;
}

/* Set bytes aside for a load; false if there is no room for them. */
static bool
reserve_bytes(Slot *slot, Size n_bytes, Size limit)
{
	while (cache->n_bytes + n_bytes > limit)
	{
		if (!give_up_slot())
			return false;
	}
	cache->n_bytes += n_bytes;
	slot->n_bytes = n_bytes;
	return true;
}

static void
stamp_use(Slot *slot)
{
	pg_atomic_write_u64(&slot->last_used_at, (uint64) GetCurrentStatementStartTimestamp());
}

/* ---- mappings of this process ---- */

static MlopsMapping *
add_mapping(int slot, dsm_segment *segment)
{
	MlopsMapping *mapping = MemoryContextAlloc(TopMemoryContext, sizeof(MlopsMapping));

	*mapping = (MlopsMapping){ .segment = segment,
							   .slot = slot,
							   .generation = pg_atomic_read_u64(&cache->slots[slot].generation) };
	dlist_push_head(&mappings, &mapping->node);
	return mapping;
}

static MlopsMapping *
find_mapping(int slot)
{
	dlist_iter iter;

	dlist_foreach(iter, &mappings)
	{
		MlopsMapping *mapping = dlist_container(MlopsMapping, node, iter.cur);

		if (mapping->slot == slot &&
			mapping->generation == pg_atomic_read_u64(&cache->slots[slot].generation))
			return mapping;
	}
	return NULL;
}

static MlopsSharedForest
use_mapping(MlopsMapping *mapping)
{
	mapping->n_users++;
	return (MlopsSharedForest){ .forest = dsm_segment_address(mapping->segment),
								.mapping = mapping };
}

/* Map the forest of a ready slot; the lock is held, so it cannot be given up meanwhile. */
static MlopsSharedForest
map_slot(int i, bool has_waited)
{
	Slot *slot = &cache->slots[i];
	MlopsMapping *mapping = find_mapping(i);
	dsm_segment *segment;

	if (mapping == NULL)
	{
		segment = dsm_attach(slot->handle);
		if (segment == NULL)
			elog(ERROR, "a segment of the model cache is gone");
		dsm_pin_mapping(segment);
		mapping = add_mapping(i, segment);
	}
	pg_atomic_fetch_add_u64(has_waited ? &slot->n_misses : &slot->n_hits, 1);
	stamp_use(slot);
	return use_mapping(mapping);
}

void
mlops_shared_cache_release(MlopsSharedForest *forest)
{
	MlopsMapping *mapping = forest->mapping;

	if (mapping == NULL)
		return;
	*forest = (MlopsSharedForest){ 0 };
	if (--mapping->n_users > 0)
		return;
	dlist_delete(&mapping->node);
	dsm_detach(mapping->segment);
	pfree(mapping);
}

bool
mlops_shared_cache_is_held(const MlopsSharedForest *forest)
{
	const MlopsMapping *mapping = forest->mapping;

	return pg_atomic_read_u64(&cache->slots[mapping->slot].generation) == mapping->generation;
}

void
mlops_shared_cache_note_uses(const MlopsSharedForest *forest, uint64 n)
{
	Slot *slot = &cache->slots[forest->mapping->slot];

	if (!mlops_shared_cache_is_held(forest))
		return;
	pg_atomic_fetch_add_u64(&slot->n_hits, (int64) n);
	stamp_use(slot);
}

uint64
mlops_shared_cache_n_given_up(void)
{
	return cache == NULL ? 0 : pg_atomic_read_u64(&cache->n_given_up);
}

dsm_handle
mlops_shared_cache_handle(const MlopsSharedForest *forest)
{
	return dsm_segment_handle(forest->mapping->segment);
}

/* ---- loading ---- */

/* The block of the forest that is being loaded: in a segment, or in private memory. */
static void *
alloc_block(void *state, size_t n_bytes)
{
	MlopsSharedLoad *load = state;
	Slot *slot = &cache->slots[load->slot];
	bool has_room;

	LWLockAcquire(cache_lock, LW_EXCLUSIVE);
	has_room = reserve_bytes(slot, n_bytes, load->limit);
	LWLockRelease(cache_lock);
	if (has_room)
		load->segment = mlops_segment_create(n_bytes);
	if (load->segment != NULL)
		return dsm_segment_address(load->segment);
	return MemoryContextAllocExtended(load->context, n_bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
}

/* What is not published goes with the load or with its context. */
static void
free_block(void *state, void *block)
{
}

static void
begin_load(int slot, const uint8 *digest, Size limit, MemoryContext context, MlopsSharedLoad *load)
{
	Slot *taken = &cache->slots[slot];

	taken->state = SLOT_LOADING;
	memcpy(taken->digest, digest, MLOPS_DIGEST_BYTES);
	pg_atomic_write_u64(&taken->n_hits, 0);
	pg_atomic_write_u64(&taken->n_misses, 1);
	*load = (MlopsSharedLoad){ .slot = slot, .limit = limit, .context = context };
	load->block = (MlopsAllocator){ .alloc = alloc_block, .free = free_block, .state = load };
}

/* One look: true if it gives the answer, false if another process is loading the forest. */
static bool
look(const uint8 *digest, Size limit, MemoryContext context, bool has_waited,
	 MlopsSharedForest *found, MlopsSharedLoad *load, MlopsSharedAnswer *answer)
{
	int slot;

	LWLockAcquire(cache_lock, LW_EXCLUSIVE);
	slot = find_slot(digest);
	*answer = MLOPS_SHARED_FOUND;
	if (slot >= 0 && cache->slots[slot].state == SLOT_READY)
		*found = map_slot(slot, has_waited);
	else if (slot < 0)
	{
		slot = take_slot();
		*answer = slot < 0 ? MLOPS_SHARED_NONE : MLOPS_SHARED_LOAD;
		if (slot >= 0)
			begin_load(slot, digest, limit, context, load);
	}
	else
		slot = N_SLOTS;
	LWLockRelease(cache_lock);
	return slot < N_SLOTS;
}

MlopsSharedAnswer
mlops_shared_cache_find(const uint8 digest[MLOPS_DIGEST_BYTES], Size limit, MemoryContext context,
						MlopsSharedForest *found, MlopsSharedLoad *load)
{
	MlopsSharedAnswer answer;
	TimestampTz start;

	if (cache == NULL)
		return MLOPS_SHARED_NONE;
	if (look(digest, limit, context, false, found, load, &answer))
		return answer;
	start = GetCurrentTimestamp();
	ConditionVariablePrepareToSleep(&cache->is_loaded);
	while (!look(digest, limit, context, true, found, load, &answer))
	{
		answer = MLOPS_SHARED_NONE;
		if (TimestampDifferenceExceeds(start, GetCurrentTimestamp(), WAIT_MAX_MS))
			break;
		(void) ConditionVariableTimedSleep(&cache->is_loaded, 1000, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	return answer;
}

void
mlops_shared_cache_publish(MlopsSharedLoad *load, const MlopsForest *forest,
						   MlopsSharedForest *mine)
{
	Slot *slot = &cache->slots[load->slot];

	*mine = (MlopsSharedForest){ 0 };
	if (load->segment == NULL || dsm_segment_address(load->segment) != forest)
	{
		mlops_shared_cache_abandon(0, PointerGetDatum(load));
		return;
	}
	*mine = use_mapping(add_mapping(load->slot, load->segment));
	LWLockAcquire(cache_lock, LW_EXCLUSIVE);
	dsm_pin_segment(load->segment);
	slot->handle = dsm_segment_handle(load->segment);
	slot->loaded_at = GetCurrentTimestamp();
	slot->state = SLOT_READY;
	stamp_use(slot);
	LWLockRelease(cache_lock);
	ConditionVariableBroadcast(&cache->is_loaded);
}

void
mlops_shared_cache_abandon(int code, Datum load_pointer)
{
	MlopsSharedLoad *load = (MlopsSharedLoad *) DatumGetPointer(load_pointer);

	/* an error may have come with the lock held */
	if (!LWLockHeldByMe(cache_lock))
		LWLockAcquire(cache_lock, LW_EXCLUSIVE);
	free_slot(&cache->slots[load->slot]);
	LWLockRelease(cache_lock);
	ConditionVariableBroadcast(&cache->is_loaded);
	if (load->segment != NULL)
		dsm_detach(load->segment);
	load->segment = NULL;
}

MlopsCacheLine *
mlops_shared_cache_lines(int *n)
{
	MlopsCacheLine *lines = palloc0(sizeof(MlopsCacheLine) * N_SLOTS);

	*n = 0;
	if (cache == NULL)
		return lines;
	LWLockAcquire(cache_lock, LW_SHARED);
	for (int i = 0; i < N_SLOTS; i++)
	{
		Slot *slot = &cache->slots[i];
		MlopsCacheLine *line = &lines[*n];

		if (slot->state != SLOT_READY)
			continue;
		memcpy(line->digest, slot->digest, MLOPS_DIGEST_BYTES);
		line->is_shared = true;
		line->n_bytes = slot->n_bytes;
		line->n_hits = pg_atomic_read_u64(&slot->n_hits);
		line->n_misses = pg_atomic_read_u64(&slot->n_misses);
		line->loaded_at = slot->loaded_at;
		line->last_used_at = (TimestampTz) pg_atomic_read_u64(&slot->last_used_at);
		(*n)++;
	}
	LWLockRelease(cache_lock);
	return lines;
}
