/*
 * Which version a reference names, remembered from statement to statement.
 *
 * The answer is read by index scans under the active snapshot.  It is used again
 * under a snapshot that sees the same of the registry: so a deploy is visible exactly
 * at commit, one that is rolled back never, REPEATABLE READ keeps its version, and a
 * standby follows on replay.  There are two ways to know that it sees the same:
 *
 *   no change of the registry lies between the two snapshots (registry_change.c);
 *   which holds all day
 *
 *   the snapshots have equal views, whatever was changed.  What a snapshot sees of
 *   others follows from xmin, xmax and the transactions below xmax that were running.
 *   The latter can only become fewer while xmax stays, so equal numbers are equal sets;
 *   on a standby all of them are counted as subtransactions.  What it sees of its own
 *   transaction follows from the transaction's id and the command counter, except that
 *   rolling back to a savepoint takes rows away and leaves both as they are: those are
 *   counted
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pg/reference.h"
#include "pg/registry_change.h"

/* A name of 63 bytes, @ and an alias of 63 bytes; what is longer is not remembered. */
#define KEY_BYTES 128
/* Bounds the memory of a session that names ever other models. */
#define MAX_REMEMBERED 1024

typedef struct Remembered
{
	char key[KEY_BYTES]; /* must be first */
	MlopsView view;		 /* of the snapshot that named was read with */
	MlopsNamed named;
} Remembered;

char *mlops_default_model = NULL;

static HTAB *remembered = NULL;
/* The one that was asked for last, which most statements ask for again. */
static Remembered *last_known = NULL;

/* Rollbacks to savepoints so far. */
static uint64 n_rollbacks = 0;

static void
count_rollback(SubXactEvent event, SubTransactionId sub, SubTransactionId parent, void *state)
{
	n_rollbacks += event == SUBXACT_EVENT_ABORT_SUB;
}

void
mlops_reference_init(void)
{
	RegisterSubXactCallback(count_rollback, NULL);
	DefineCustomStringVariable("mlops.default_model", "Model that predict uses when none is named.",
							   "Empty: the only model with a champion.", &mlops_default_model, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
}

MlopsView
mlops_view_now(void)
{
	Snapshot snapshot = GetActiveSnapshot();

	return (MlopsView){ .xmin = snapshot->xmin,
						.xmax = snapshot->xmax,
						.n_running = snapshot->xcnt,
						.n_running_subs = snapshot->subxcnt,
						.own = GetTopTransactionIdIfAny(),
						.command = snapshot->curcid,
						.n_rollbacks = n_rollbacks };
}

static MlopsNamed
read_named(const char *reference)
{
	MlopsNamed named = { .resolved = mlops_catalog_resolve(reference) };
	MlopsVersion row;

	if (!mlops_catalog_read_version(named.resolved.model_id, named.resolved.version,
									MLOPS_READ_DIGEST, &row))
		elog(ERROR, "version %d of model " INT64_FORMAT " vanished", named.resolved.version,
			 named.resolved.model_id);
	memcpy(named.digest, row.digest, MLOPS_DIGEST_BYTES);
	return named;
}

/* The memory; emptied when it is full. */
static HTAB *
open_memory(void)
{
	HASHCTL shape = { .keysize = KEY_BYTES,
					  .entrysize = sizeof(Remembered),
					  .hcxt = TopMemoryContext };

	if (remembered != NULL && hash_get_num_entries(remembered) >= MAX_REMEMBERED)
	{
		hash_destroy(remembered);
		remembered = NULL;
		last_known = NULL;
	}
	if (remembered == NULL)
		remembered =
			hash_create("mlops references", 32, &shape, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	return remembered;
}

static Remembered *
find_known(const char *key)
{
	if (last_known != NULL && strcmp(last_known->key, key) == 0)
		return last_known;
	if (remembered != NULL)
		last_known = hash_search(remembered, key, HASH_FIND, NULL);
	return last_known;
}

MlopsNamed
mlops_reference_resolve(const char *reference)
{
	MlopsView view = mlops_view_now();
	const char *named_or_default = mlops_reference_or_default(reference);
	const char *key = named_or_default != NULL ? named_or_default : "";
	/* an empty name is an error, not the only model with a champion */
	bool is_odd = strlen(key) >= KEY_BYTES || (reference != NULL && reference[0] == '\0');
	Remembered *known = is_odd ? NULL : find_known(key);
	MlopsNamed named;
	bool is_unchanged = mlops_registry_is_unchanged(
		known != NULL ? known->view.xmin : FirstNormalTransactionId, GetActiveSnapshot());

	if (known != NULL && (is_unchanged || mlops_view_is_same(&known->view, &view)))
		return known->named;
	named = read_named(reference);
	if (is_odd)
		return named;
	known = hash_search(open_memory(), key, HASH_ENTER, NULL);
	known->view = view;
	known->named = named;
	return named;
}
