/*
 * Decoded forests, one copy per server; with shared_preload_libraries alone.
 */
#ifndef MLOPS_SHARED_CACHE_H
#define MLOPS_SHARED_CACHE_H

#include "datatype/timestamp.h"
#include "storage/dsm.h"

#include "core/forest.h"
#include "core/memory.h"
#include "pg/catalog.h"

/* A forest that this process has mapped. */
typedef struct MlopsSharedForest
{
	const MlopsForest *forest; /* NULL: none */
	struct MlopsMapping *mapping;
} MlopsSharedForest;

/* A forest that this process is about to put into the cache. */
typedef struct MlopsSharedLoad
{
	int slot;
	Size limit;			   /* of all forests, in bytes */
	MemoryContext context; /* of the block, if shared memory has no room */
	dsm_segment *segment;
	MlopsAllocator block; /* for the forest's block alone */
} MlopsSharedLoad;

typedef enum MlopsSharedAnswer
{
	MLOPS_SHARED_FOUND, /* mapped */
	MLOPS_SHARED_LOAD,	/* decode it, then publish or abandon the load; others wait for that */
	MLOPS_SHARED_NONE,	/* keep a copy of one's own */
} MlopsSharedAnswer;

/* A line of the view mlops.model_cache. */
typedef struct MlopsCacheLine
{
	uint8 digest[MLOPS_DIGEST_BYTES];
	bool is_shared;
	Size n_bytes;
	uint64 n_hits;
	uint64 n_misses;
	TimestampTz loaded_at;
	TimestampTz last_used_at;
} MlopsCacheLine;

/* Ask for the memory; of use only while shared_preload_libraries are loaded. */
extern void mlops_shared_cache_init(void);

/*
 * Find the forest of a digest, or begin to load it.
 *
 *   digest   SHA-256 of the stored bytes
 *   limit    bytes that all shared forests may have
 *   context  lifetime of the block if there is no room in shared memory
 *   found    OUT  with FOUND; to be given back by mlops_shared_cache_release
 *   load     OUT  with LOAD
 *
 * If another process is loading it, waits for that, at most five seconds: the
 * other one may wait for a lock that this one holds.
 * Errors: cancel while waiting.
 */
extern MlopsSharedAnswer mlops_shared_cache_find(const uint8 digest[MLOPS_DIGEST_BYTES], Size limit,
												 MemoryContext context, MlopsSharedForest *found,
												 MlopsSharedLoad *load);

/*
 * End a load.  The block of the forest must have come from load->block.
 *
 *   forest   decoded and validated
 *   mine     OUT  as from find; its forest is NULL if the block did not fit into shared memory and
 *                 lies in load->context
 *
 * Errors: 53200, before anything is published; the load is to be abandoned then.
 */
extern void mlops_shared_cache_publish(MlopsSharedLoad *load, const MlopsForest *forest,
									   MlopsSharedForest *mine);

/* Give a load up; of the form that before_shmem_exit wants, with a pointer to a MlopsSharedLoad. */
extern void mlops_shared_cache_abandon(int code, Datum load_pointer);

/* Unmap, if this was the process's last use. */
extern void mlops_shared_cache_release(MlopsSharedForest *forest);

/* Count n uses, up to now.  Cost: three atomic operations. */
extern void mlops_shared_cache_note_uses(const MlopsSharedForest *forest, uint64 n);

/* True while the cache holds this forest; else the mapping alone keeps its memory. */
extern bool mlops_shared_cache_is_held(const MlopsSharedForest *forest);

/* Forests that were given up so far, by any process; 0 without preload. */
extern uint64 mlops_shared_cache_n_given_up(void);

/* What the cache holds: palloc'd, *n lines. */
extern MlopsCacheLine *mlops_shared_cache_lines(int *n);

/* Handle of the segment that a mapped forest begins: another process can attach it. */
extern dsm_handle mlops_shared_cache_handle(const MlopsSharedForest *forest);

#endif
