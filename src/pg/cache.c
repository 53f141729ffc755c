/*
 * Models that are ready to predict.
 *
 * Two questions are kept apart:
 *
 *   which version does a reference name?  reference.c answers, for the snapshot of the
 *   running statement.  A call site asks once per statement
 *
 *   what are the bytes of that version?  A decoded forest is kept under its
 *   digest.  Equal digests are equal bytes, so an entry can never be wrong,
 *   not even one that was read inside a transaction that rolled back; a
 *   version whose row names another digest is another entry.
 *
 * The forest lies in memory that all backends share (shared_cache.c); without
 * preload, or without room there, in the entry.  What a backend keeps beside it, the
 * row of the version and pointers to its columns, is small.
 *
 * An entry lives in a memory context of its own under CacheMemoryContext.  A
 * call pins it through a reset callback of the call's context, so an error
 * unpins too.  When the bytes of all entries exceed mlops.model_cache_size, the
 * least recently used unpinned ones are deleted; so are, when shared forests were
 * given up, unpinned entries of those.
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/codec.h"
#include "pg/cache.h"
#include "pg/error.h"
#include "pg/fit.h"
#include "pg/hooks.h"

#define CACHE_KB_MIN	 1024
#define CACHE_KB_DEFAULT (1024 * 1024)
#define CACHE_KB_MAX	 MAX_KILOBYTES

/* Microseconds between two notes of uses of a shared forest. */
#define NOTE_US 1000

/* Hashed as bytes, so without padding. */
typedef struct EntryKey
{
	int64 model_id;
	int64 version;
	uint8 digest[MLOPS_DIGEST_BYTES];
} EntryKey;

typedef struct CacheEntry
{
	EntryKey key;
	dlist_node node; /* in entries, most recently used first */
	MemoryContext context;
	MlopsModel model;
	MlopsSharedForest shared; /* where the forest is shared */
	Size n_bytes;			  /* of the context */
	int n_pins;
	uint64 n_hits;
	uint64 n_noted; /* of these, in the shared cache */
	TimestampTz noted_at;
	TimestampTz loaded_at;
	TimestampTz last_used_at;
} CacheEntry;

/* What the index holds. */
typedef struct EntrySlot
{
	EntryKey key; /* must be first */
	CacheEntry *entry;
} EntrySlot;

static int cache_kb = CACHE_KB_DEFAULT;

static HTAB *entry_index = NULL;
static dlist_head entries = DLIST_STATIC_INIT(entries);
static Size entries_bytes = 0;
/* Shared forests that were given up when the entries were last looked through. */
static uint64 n_given_up = 0;

void
mlops_cache_init(void)
{
	DefineCustomIntVariable(
		"mlops.model_cache_size",
		"Memory for decoded models: of the server with shared_preload_libraries, "
		"else of each session that predicts.",
		NULL, &cache_kb, CACHE_KB_DEFAULT, CACHE_KB_MIN, CACHE_KB_MAX, PGC_SUSET, GUC_UNIT_KB, NULL,
		NULL, NULL);
}

static Size
cache_bytes(void)
{
	return (Size) cache_kb * 1024;
}

static EntryKey
key_of(const MlopsNamed *named)
{
	EntryKey key = { .model_id = named->resolved.model_id, .version = named->resolved.version };

	StaticAssertStmt(sizeof(EntryKey) == 2 * sizeof(int64) + MLOPS_DIGEST_BYTES, "no padding");
	memcpy(key.digest, named->digest, MLOPS_DIGEST_BYTES);
	return key;
}

Size
mlops_cache_limit(void)
{
	return (Size) cache_kb * 1024;
}

static void
delete_entry(CacheEntry *entry)
{
	(void) hash_search(entry_index, &entry->key, HASH_REMOVE, NULL);
	dlist_delete(&entry->node);
	entries_bytes -= entry->n_bytes;
	for (int i = 0; i < MLOPS_N_ENTITY_FORMS; i++)
	{
		if (entry->model.entity_plans[i] != NULL)
			SPI_freeplan(entry->model.entity_plans[i]);
	}
	MemoryContextDelete(entry->context);
}

/* Delete unpinned entries, least recently used first, until n_bytes more fit. */
static void
make_room(Size n_bytes)
{
	dlist_node *node = dlist_is_empty(&entries) ? NULL : dlist_tail_node(&entries);

	while (node != NULL && entries_bytes + n_bytes > cache_bytes())
	{
		CacheEntry *entry = dlist_container(CacheEntry, node, node);

		node = dlist_has_prev(&entries, node) ? dlist_prev_node(&entries, node) : NULL;
		if (entry->n_pins == 0)
			delete_entry(entry);
	}
}

/* Let go of forests that the shared cache has given up. */
static void
drop_given_up(void)
{
	uint64 now = mlops_shared_cache_n_given_up();
	dlist_mutable_iter iter;

	if (now == n_given_up)
		return;
	n_given_up = now;
	dlist_foreach_modify(iter, &entries)
	{
		CacheEntry *entry = dlist_container(CacheEntry, node, iter.cur);

		if (entry->n_pins == 0 && entry->shared.forest != NULL &&
			!mlops_shared_cache_is_held(&entry->shared))
			delete_entry(entry);
	}
}

/* Tell the shared cache of uses; not of each at once, since sessions would wait for one another's line. */
static void
note_uses(CacheEntry *entry)
{
	if (entry->shared.forest == NULL || entry->n_hits == entry->n_noted)
		return;
	mlops_shared_cache_note_uses(&entry->shared, entry->n_hits - entry->n_noted);
	entry->n_noted = entry->n_hits;
	entry->noted_at = entry->last_used_at;
}

/* The entry of a key; most statements ask for the one that was asked for last. */
static CacheEntry *
look_up_entry(const EntryKey *key)
{
	CacheEntry *first =
		dlist_is_empty(&entries) ? NULL : dlist_head_element(CacheEntry, node, &entries);
	EntrySlot *slot;

	if (first != NULL && memcmp(&first->key, key, sizeof(EntryKey)) == 0)
		return first;
	slot = entry_index == NULL ? NULL : hash_search(entry_index, key, HASH_FIND, NULL);
	return slot == NULL ? NULL : slot->entry;
}

static CacheEntry *
find_entry(const EntryKey *key)
{
	CacheEntry *entry = look_up_entry(key);

	if (entry == NULL)
		return NULL;
	dlist_move_head(&entries, &entry->node);
	entry->n_hits++;
	entry->last_used_at = GetCurrentStatementStartTimestamp();
	if (entry->last_used_at - entry->noted_at >= NOTE_US)
		note_uses(entry);
	return entry;
}

static void
add_entry(CacheEntry *entry)
{
	HASHCTL shape = { .keysize = sizeof(EntryKey),
					  .entrysize = sizeof(EntrySlot),
					  .hcxt = CacheMemoryContext };
	EntrySlot *slot;

	if (entry_index == NULL)
		entry_index =
			hash_create("mlops models", 32, &shape, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	slot = hash_search(entry_index, &entry->key, HASH_ENTER, NULL);
	slot->entry = entry;
	MemoryContextSetParent(entry->context, CacheMemoryContext);
	dlist_push_head(&entries, &entry->node);
	entries_bytes += entry->n_bytes;
}

/* Read one chunk that must be there. */
static MlopsChunk
require_chunk(const MlopsVersion *version, int32 chunk)
{
	MlopsChunk bytes;

	if (!mlops_catalog_read_chunk(version->model_id, version->version, chunk, &bytes))
		mlops_report_corrupted(version->model, version->version,
							   psprintf("chunk %d is missing", chunk));
	return bytes;
}

static void
check_decoded(const MlopsVersion *version, MlopsStatus status, const MlopsReason *reason)
{
	if (status == MLOPS_STATUS_CORRUPT)
		mlops_report_corrupted(version->model, version->version, reason->text);
	if (status == MLOPS_STATUS_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("model \"%s\" version %d does not fit into mlops.model_cache_size",
						version->model, version->version),
				 errdetail("%s.", reason->text),
				 errhint("Raise mlops.model_cache_size, or train with a limited max_depth.")));
	mlops_report_status(status, reason);
}

/* Check that a forest is the one that the version's row describes. */
static void
check_fit(const MlopsModel *model)
{
	const char *reason = mlops_fit_check(&model->version, model->forest, model->columns);

	if (reason != NULL)
		mlops_report_corrupted(model->version.model, model->version.version, reason);
}

/* Point at the columns of the forest, and find those of each feature. */
static void
point_columns(MlopsModel *model, const MlopsAllocator *allocator)
{
	const MlopsForest *forest = model->forest;

	model->columns = mlops_forest_columns(forest, allocator);
	if (model->columns == NULL)
	{
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
		return; /* not reached */
	}
	model->first_columns = palloc(sizeof(uint32) * (forest->n_features + 1));
	for (uint32 c = forest->n_columns; c-- > 0;)
		model->first_columns[model->columns[c].feature] = c;
	model->first_columns[forest->n_features] = forest->n_columns;
}

/* Decode all chunks of a version; the bytes are read into the current memory context. */
static const MlopsForest *
decode_forest(const MlopsVersion *version, const MlopsAllocator *allocator,
			  const MlopsAllocator *block_allocator)
{
	MlopsDecoder decoder;
	MlopsReason reason = { "" };
	MlopsStatus status;
	MlopsChunk *chunks = palloc(sizeof(MlopsChunk) * Max(version->n_chunks, 1));
	uint8 digest[MLOPS_DIGEST_BYTES];
	uint64 tree_bytes = 0;

	if (version->n_chunks < 1)
		mlops_report_corrupted(version->model, version->version, "it has no chunks");
	for (int32 i = 0; i < version->n_chunks; i++)
	{
		chunks[i] = require_chunk(version, i);
		tree_bytes += i == 0 ? 0 : chunks[i].n_bytes;
		CHECK_FOR_INTERRUPTS();
	}
	mlops_catalog_digest(chunks, version->n_chunks, digest);
	if (memcmp(digest, version->digest, MLOPS_DIGEST_BYTES) != 0)
		mlops_report_corrupted(version->model, version->version,
							   "its bytes do not match the digest of the version");
	check_decoded(version,
				  mlops_decoder_check_totals(chunks[0].bytes, chunks[0].n_bytes,
											 (uint32) version->n_chunks - 1, tree_bytes, &reason),
				  &reason);
	status = mlops_decoder_begin(&decoder, chunks[0].bytes, chunks[0].n_bytes,
								 (Size) cache_kb * 1024, allocator, block_allocator, &reason);
	for (int32 i = 1; status == MLOPS_STATUS_OK && i < version->n_chunks; i++)
		status = mlops_decoder_add_tree(&decoder, chunks[i].bytes, chunks[i].n_bytes, &reason);
	check_decoded(version, status, &reason);
	check_decoded(version, mlops_decoder_end(&decoder, &reason), &reason);
	return decoder.forest;
}

/* Decode a forest for all backends; what fails is left to the next one that wants it. */
static void
/* NOLINTNEXTLINE(readability-function-size): the nesting is that of PG_ENSURE_ERROR_CLEANUP */
load_shared(CacheEntry *entry, const MlopsAllocator *allocator, MlopsSharedLoad *load)
{
	PG_ENSURE_ERROR_CLEANUP(mlops_shared_cache_abandon, PointerGetDatum(load));
	{
		entry->model.forest = decode_forest(&entry->model.version, allocator, &load->block);
		mlops_shared_cache_publish(load, entry->model.forest, &entry->shared);
	}
	PG_END_ENSURE_ERROR_CLEANUP(mlops_shared_cache_abandon, PointerGetDatum(load));
}

/* Refuse what this session would not have decoded, so that the answer does not depend on others. */
static void
check_size(const MlopsModel *model)
{
	MlopsReason reason = { "" };

	check_decoded(&model->version, mlops_forest_check_size(model->forest, cache_bytes(), &reason),
				  &reason);
}

/* Find or decode the forest of an entry. */
static void
get_forest(CacheEntry *entry, const MlopsAllocator *allocator)
{
	MlopsSharedLoad load;

	switch (mlops_shared_cache_find(entry->key.digest, cache_bytes(), entry->context,
									&entry->shared, &load))
	{
		case MLOPS_SHARED_FOUND:
			entry->model.forest = entry->shared.forest;
			check_size(&entry->model);
			break;
		case MLOPS_SHARED_LOAD:
			load_shared(entry, allocator, &load);
			break;
		case MLOPS_SHARED_NONE:
			entry->model.forest = decode_forest(&entry->model.version, allocator, NULL);
			break;
	}
}

/* Fill an entry in its context, which is the current one. */
static void
fill_entry(CacheEntry *entry, const EntryKey *key)
{
	MemoryContext scratch =
		AllocSetContextCreate(entry->context, "mlops model bytes", ALLOCSET_DEFAULT_SIZES);
	MlopsAllocator *allocator = palloc(sizeof(MlopsAllocator));
	MlopsModel *model = &entry->model;
	int32 version = (int32) key->version;

	*allocator = mlops_hooks_allocator(entry->context);
	model->context = entry->context;
	if (!mlops_catalog_read_version(key->model_id, version, MLOPS_READ_SERVED, &model->version))
		elog(ERROR, "version %d of model " INT64_FORMAT " vanished", version, key->model_id);
	MemoryContextSetIdentifier(entry->context, psprintf("%s v%d", model->version.model, version));
	MemoryContextSwitchTo(scratch);
	get_forest(entry, allocator);
	MemoryContextSwitchTo(entry->context);
	MemoryContextDelete(scratch);
	point_columns(model, allocator);
	check_fit(model);
	entry->n_bytes = MemoryContextMemAllocated(entry->context, true);
	entry->loaded_at = GetCurrentTimestamp();
	entry->last_used_at = entry->loaded_at;
}

/* Unmap the forest of an entry that ends; runs before its context is freed. */
static void
release_forest(void *argument)
{
	mlops_shared_cache_release(&((CacheEntry *) argument)->shared);
}

/* Build an entry under the caller's context and move it to the cache as the last step. */
static CacheEntry *
load_entry(const EntryKey *key)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "mlops model", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	CacheEntry *entry = palloc0(sizeof(CacheEntry));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	entry->key = *key;
	entry->context = context;
	callback->func = release_forest;
	callback->arg = entry;
	MemoryContextRegisterResetCallback(context, callback);
	fill_entry(entry, key);
	MemoryContextSwitchTo(before);
	make_room(entry->n_bytes);
	add_entry(entry);
	return entry;
}

/* A pin is a reset callback of the context that holds it. */
typedef struct Pin
{
	MemoryContextCallback callback;
	CacheEntry *entry;
} Pin;

static void
release_pin(void *argument)
{
	Pin *pin = argument;

	if (pin->entry != NULL)
		pin->entry->n_pins--;
	pin->entry = NULL;
}

/* Let the call site's pin hold another entry. */
static void
move_pin(MlopsCallCache *call, MemoryContext context, CacheEntry *entry)
{
	Pin *pin = call->pin;

	if (pin == NULL)
	{
		pin = MemoryContextAllocZero(context, sizeof(Pin));
		pin->callback.func = release_pin;
		pin->callback.arg = pin;
		MemoryContextRegisterResetCallback(context, &pin->callback);
		call->pin = pin;
	}
	entry->n_pins++;
	release_pin(pin);
	pin->entry = entry;
}

static bool
is_same_reference(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Find the entry that a reference names under the active snapshot; decode it if it is new. */
static CacheEntry *
resolve_entry(const char *reference, double *cutoff)
{
	MlopsNamed named = mlops_reference_resolve(reference);
	EntryKey key = key_of(&named);
	CacheEntry *entry;

	drop_given_up();
	entry = find_entry(&key);
	*cutoff = named.resolved.cutoff;
	return entry != NULL ? entry : load_entry(&key);
}

const MlopsModel *
mlops_cache_get(MlopsCallCache *call, MemoryContext context, const char *reference)
{
	MlopsView view = mlops_view_now();
	CacheEntry *entry;

	reference = mlops_reference_or_default(reference);
	if (call->is_resolved && mlops_view_is_same(&call->view, &view) &&
		is_same_reference(call->reference, reference))
		return call->model;
	call->is_resolved = false;
	entry = resolve_entry(reference, &call->cutoff);
	move_pin(call, context, entry);
	call->model = &entry->model;
	if (!is_same_reference(call->reference, reference))
	{
		char *before = call->reference;

		call->reference = reference == NULL ? NULL : MemoryContextStrdup(context, reference);
		if (before != NULL)
			pfree(before);
	}
	call->view = view;
	call->is_resolved = true;
	return call->model;
}

dsm_handle
mlops_cache_forest_handle(const MlopsModel *model)
{
	const CacheEntry *entry =
		(const CacheEntry *) ((const char *) model - offsetof(CacheEntry, model));

	return entry->shared.forest == NULL ? DSM_HANDLE_INVALID :
										  mlops_shared_cache_handle(&entry->shared);
}

void
mlops_cache_note_uses(void)
{
	dlist_iter iter;

	dlist_foreach(iter, &entries) note_uses(dlist_container(CacheEntry, node, iter.cur));
}

MlopsCacheLine *
mlops_cache_lines(int *n)
{
	Size n_entries = entry_index == NULL ? 0 : (Size) hash_get_num_entries(entry_index);
	MlopsCacheLine *lines = palloc0(mul_size(sizeof(MlopsCacheLine), Max(n_entries, 1)));
	dlist_iter iter;

	*n = 0;
	dlist_foreach(iter, &entries)
	{
		const CacheEntry *entry = dlist_container(CacheEntry, node, iter.cur);
		MlopsCacheLine *line = &lines[*n];

		if (entry->shared.forest != NULL)
			continue;
		memcpy(line->digest, entry->key.digest, MLOPS_DIGEST_BYTES);
		line->n_bytes = entry->n_bytes;
		line->n_hits = entry->n_hits;
		line->n_misses = 1;
		line->loaded_at = entry->loaded_at;
		line->last_used_at = entry->last_used_at;
		(*n)++;
	}
	return lines;
}
