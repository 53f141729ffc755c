/*
 * Models that are ready to predict, one copy per backend.
 *
 * Two questions are kept apart:
 *
 *   which version does a reference name?  Answered by index scans under the
 *   active snapshot, and remembered by the call site together with what that
 *   snapshot sees.  The answer is used again only while the snapshot sees the
 *   same.  So a deploy is visible exactly at commit, one that is rolled back
 *   never, REPEATABLE READ keeps its version, and a standby follows on replay.
 *
 *   What a snapshot sees of others follows from xmin, xmax and the transactions
 *   below xmax that were running.  The latter can only become fewer while xmax
 *   stays, so equal numbers are equal sets; on a standby all of them are counted
 *   as subtransactions.  What it sees of its own transaction follows from the
 *   transaction's id and the command counter, except that rolling back to a
 *   savepoint takes rows away and leaves both as they are: those are counted.
 *
 *   what are the bytes of that version?  A decoded forest is kept under its
 *   digest.  Equal digests are equal bytes, so an entry can never be wrong,
 *   not even one that was read inside a transaction that rolled back; a
 *   version whose row names another digest is another entry.
 *
 * An entry lives in a memory context of its own under CacheMemoryContext.  A
 * call pins it through a reset callback of the call's context, so an error
 * unpins too.  When the bytes of all entries exceed mlops.model_cache_size, the
 * least recently used unpinned ones are deleted.
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "core/codec.h"
#include "pg/cache.h"
#include "pg/error.h"
#include "pg/hooks.h"

#define CACHE_KB_MIN	 1024
#define CACHE_KB_DEFAULT (1024 * 1024)
#define CACHE_KB_MAX	 MAX_KILOBYTES

typedef struct CacheEntry
{
	dlist_node node; /* in entries, most recently used first */
	MemoryContext context;
	MlopsModel model;
	Size n_bytes;
	int n_pins;
} CacheEntry;

char *mlops_default_model = NULL;
static int cache_kb = CACHE_KB_DEFAULT;

static dlist_head entries = DLIST_STATIC_INIT(entries);
static Size entries_bytes = 0;

/* Rollbacks to savepoints so far. */
static uint64 n_rollbacks = 0;

static void
count_rollback(SubXactEvent event, SubTransactionId sub, SubTransactionId parent, void *state)
{
	n_rollbacks += event == SUBXACT_EVENT_ABORT_SUB;
}

void
mlops_cache_init(void)
{
	RegisterSubXactCallback(count_rollback, NULL);
	DefineCustomStringVariable("mlops.default_model", "Model that predict uses when none is named.",
							   "Empty: the only model with a champion.", &mlops_default_model, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("mlops.model_cache_size",
							"Memory for decoded models, in each backend that predicts.", NULL,
							&cache_kb, CACHE_KB_DEFAULT, CACHE_KB_MIN, CACHE_KB_MAX, PGC_SUSET,
							GUC_UNIT_KB, NULL, NULL, NULL);
}

static void
delete_entry(CacheEntry *entry)
{
	dlist_delete(&entry->node);
	entries_bytes -= entry->n_bytes;
	if (entry->model.entity_plan != NULL)
		SPI_freeplan(entry->model.entity_plan);
	MemoryContextDelete(entry->context);
}

/* Delete unpinned entries, least recently used first, until n_bytes more fit. */
static void
make_room(Size n_bytes)
{
	Size limit = (Size) cache_kb * 1024;
	dlist_node *node = dlist_is_empty(&entries) ? NULL : dlist_tail_node(&entries);

	while (node != NULL && entries_bytes + n_bytes > limit)
	{
		CacheEntry *entry = dlist_container(CacheEntry, node, node);

		node = dlist_has_prev(&entries, node) ? dlist_prev_node(&entries, node) : NULL;
		if (entry->n_pins == 0)
			delete_entry(entry);
	}
}

static CacheEntry *
find_entry(const MlopsVersion *version)
{
	dlist_iter iter;

	dlist_foreach(iter, &entries)
	{
		CacheEntry *entry = dlist_container(CacheEntry, node, iter.cur);

		if (entry->model.version.model_id == version->model_id &&
			entry->model.version.version == version->version &&
			memcmp(entry->model.version.digest, version->digest, MLOPS_DIGEST_BYTES) == 0)
		{
			dlist_move_head(&entries, &entry->node);
			return entry;
		}
	}
	return NULL;
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
	const MlopsVersion *version = &model->version;
	const MlopsForest *forest = model->forest;
	bool fits = forest->task == version->task && forest->n_classes == (uint32) version->n_classes &&
				forest->n_features == (uint32) version->n_features;

	for (uint32 c = 0; fits && c < forest->n_columns; c++)
		fits = mlops_column_has_levels(&model->columns[c]) ==
			   (version->features[model->columns[c].feature].kind == MLOPS_COLUMN_CATEGORICAL);
	if (!fits)
		mlops_report_corrupted(version->model, version->version,
							   "it has another task, classes or features than its version");
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

/* Decode all chunks of a version into the current memory context. */
static const MlopsForest *
decode_forest(const MlopsVersion *version, const MlopsAllocator *allocator)
{
	MlopsDecoder decoder;
	MlopsReason reason = { "" };
	MlopsStatus status;
	MlopsChunk *chunks = palloc(sizeof(MlopsChunk) * Max(version->n_chunks, 1));
	uint8 digest[MLOPS_DIGEST_BYTES];

	if (version->n_chunks < 1)
		mlops_report_corrupted(version->model, version->version, "it has no chunks");
	for (int32 i = 0; i < version->n_chunks; i++)
	{
		chunks[i] = require_chunk(version, i);
		CHECK_FOR_INTERRUPTS();
	}
	mlops_catalog_digest(chunks, version->n_chunks, digest);
	if (memcmp(digest, version->digest, MLOPS_DIGEST_BYTES) != 0)
		mlops_report_corrupted(version->model, version->version,
							   "its bytes do not match the digest of the version");
	status = mlops_decoder_begin(&decoder, chunks[0].bytes, chunks[0].n_bytes,
								 (Size) cache_kb * 1024, allocator, NULL, &reason);
	for (int32 i = 1; status == MLOPS_STATUS_OK && i < version->n_chunks; i++)
		status = mlops_decoder_add_tree(&decoder, chunks[i].bytes, chunks[i].n_bytes, &reason);
	check_decoded(version, status, &reason);
	check_decoded(version, mlops_decoder_end(&decoder, &reason), &reason);
	return decoder.forest;
}

/* Build an entry under the caller's context and move it to the cache as the last step. */
static CacheEntry *
load_entry(int64 model_id, int32 version)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "mlops model", ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "mlops model bytes", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	CacheEntry *entry = palloc0(sizeof(CacheEntry));
	MlopsAllocator *allocator = palloc(sizeof(MlopsAllocator));

	*allocator = mlops_hooks_allocator(context);
	entry->context = context;
	entry->model.context = context;
	if (!mlops_catalog_read_version(model_id, version, false, &entry->model.version))
		elog(ERROR, "version %d of model " INT64_FORMAT " vanished", version, model_id);
	MemoryContextSetIdentifier(context, psprintf("%s v%d", entry->model.version.model, version));
	MemoryContextSwitchTo(scratch);
	entry->model.forest = decode_forest(&entry->model.version, allocator);
	MemoryContextSwitchTo(context);
	point_columns(&entry->model, allocator);
	check_fit(&entry->model);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(scratch);
	entry->n_bytes = MemoryContextMemAllocated(context, true);
	make_room(entry->n_bytes);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(&entries, &entry->node);
	entries_bytes += entry->n_bytes;
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

static MlopsView
view_of(Snapshot snapshot)
{
	return (MlopsView){ .xmin = snapshot->xmin,
						.xmax = snapshot->xmax,
						.n_running = snapshot->xcnt,
						.n_running_subs = snapshot->subxcnt,
						.own = GetTopTransactionIdIfAny(),
						.command = snapshot->curcid,
						.n_rollbacks = n_rollbacks };
}

static bool
is_same_view(const MlopsView *a, const MlopsView *b)
{
	return a->xmin == b->xmin && a->xmax == b->xmax && a->n_running == b->n_running &&
		   a->n_running_subs == b->n_running_subs && a->own == b->own && a->command == b->command &&
		   a->n_rollbacks == b->n_rollbacks;
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
	MlopsResolved resolved = mlops_catalog_resolve(reference);
	MlopsVersion row;
	CacheEntry *entry;

	if (!mlops_catalog_read_version(resolved.model_id, resolved.version, true, &row))
		elog(ERROR, "version %d of model " INT64_FORMAT " vanished", resolved.version,
			 resolved.model_id);
	entry = find_entry(&row);
	*cutoff = resolved.cutoff;
	return entry != NULL ? entry : load_entry(resolved.model_id, resolved.version);
}

const MlopsModel *
mlops_cache_get(MlopsCallCache *call, MemoryContext context, const char *reference)
{
	MlopsView view = view_of(GetActiveSnapshot());
	CacheEntry *entry;

	if (reference == NULL && mlops_default_model[0] != '\0')
		reference = mlops_default_model;
	if (call->is_resolved && is_same_view(&call->view, &view) &&
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
