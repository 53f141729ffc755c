/*
 * Word of changes to the registry, sent to every backend before they can be seen.
 *
 * What a reference names is remembered from statement to statement, so a reader
 * must learn of a deploy no later than a snapshot of his can see it.  The server's
 * own relation-cache messages come too late for that: a commit first becomes visible
 * and sends them then, and the locks that close this gap for tables would make
 * readers wait for deploys.  So a trigger sends the message by itself, while the
 * transaction that writes is still running.
 *
 * The trigger has an effect once in a transaction:
 *
 *   the transaction has an id X < next id  (the row that fired the trigger has it)
 *   a relation-cache message for mlops.deployment goes to all backends at once, and
 *   through the WAL to those of standbys, where it is replayed before the commit of X
 *
 * A reader that gets the message notes the next transaction id as its horizon:
 *
 *   1. X < horizon, since X was assigned before the message was sent.
 *   2. A snapshot that sees X, or sees it gone after a rollback, was taken after X
 *      ended; so the message lay in the queue, and taking it in after the snapshot
 *      was taken finds it.
 *   3. Two snapshots with xmin >= horizon both see the end of all transactions below
 *      the horizon, and all that changed the registry are below it.  They see the same.
 *
 * A snapshot with a smaller xmin may lie before, between or after the changes; what
 * it sees is read from the tables.  That lasts as long as the oldest transaction that
 * was running when the message came.  A backend begins with the next id of that moment
 * as its horizon, for the messages that were sent before it listened.
 *
 * A message may be one too many: a reset of the queue, or DDL on the table.  After the
 * message of DROP EXTENSION the table is looked for again by its name.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/sinval.h"
#include "storage/standby.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "pg/compat.h"
#include "pg/registry_change.h"

static bool is_listening = false;
/* A message came since the horizon was set. */
static bool is_told = false;
static TransactionId horizon = InvalidTransactionId;
/* mlops.deployment, InvalidOid while it is not known. */
static Oid told_relation = InvalidOid;

static Oid
find_relation(void)
{
	Oid schema = get_namespace_oid("mlops", true);

	return OidIsValid(schema) ? get_relname_relid("deployment", schema) : InvalidOid;
}

/* Take note of a message; InvalidOid stands for all relations. */
static void
note_message(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || relation == told_relation || !OidIsValid(told_relation))
		is_told = true;
}

bool
mlops_registry_is_unchanged(TransactionId xmin, Snapshot later)
{
	if (!is_listening)
	{
		CacheRegisterRelcacheCallback(note_message, (Datum) 0);
		is_listening = true;
		is_told = true;
	}
	AcceptInvalidationMessages();
	if (is_told)
	{
		/* first, so that a message which comes now is noted */
		is_told = false;
		told_relation = find_relation();
		horizon = XidFromFullTransactionId(ReadNextFullTransactionId());
	}
	return TransactionIdFollowsOrEquals(xmin, horizon) &&
		   TransactionIdFollowsOrEquals(later->xmin, horizon);
}

/* Send word to all backends of this server and of its standbys. */
static void
tell_all(Oid relation)
{
	SharedInvalidationMessage message = {
		.rc = { .id = SHAREDINVALRELCACHE_ID, .dbId = MyDatabaseId, .relId = relation }
	};

	if (XLogStandbyInfoActive())
		LogStandbyInvalidations(1, &message, false);
	SendSharedInvalidMessages(&message, 1);
}

MLOPS_FUNCTION(mlops_announce_change);

Datum
mlops_announce_change(PG_FUNCTION_ARGS)
{
	static FullTransactionId announced = { 0 };
	FullTransactionId current;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("mlops._announce_change can only be called by a trigger")));
	current = GetTopFullTransactionId();
	if (!FullTransactionIdEquals(current, announced))
	{
		tell_all(find_relation());
		announced = current;
	}
	return PointerGetDatum(NULL); /* what an AFTER trigger returns is ignored */
}
