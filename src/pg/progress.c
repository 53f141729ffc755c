/*
 * How far trainings are: written by them, read by mlops.training_progress.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "commands/progress.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/acl.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/progress.h"

/* Number of our command: none of the server's. */
#define COMMAND ((ProgressCommandType) 0x4D4C4F50)

/* Places of the figures. */
enum
{
	SLOT_PHASE,
	SLOT_STARTED,
	SLOT_PHASE_STARTED,
	SLOT_ROWS,
	SLOT_TREES_DONE,
	SLOT_TREES,
	SLOT_WORKERS,
	SLOT_BYTES
};

static const char *const PHASES[] = { "reading rows",  "preparing",	 "searching",
									  "growing trees", "evaluating", "storing" };

/* Of a search: trees of all its forests, and of those that are grown; 0 outside. */
static uint64 search_trees;
static uint64 searched_trees;

void
mlops_progress_begin(void)
{
	mlops_progress_search(0);
	pgstat_progress_start_command(COMMAND, InvalidOid);
	pgstat_progress_update_param(SLOT_STARTED, GetCurrentTimestamp());
	mlops_progress_phase(MLOPS_PHASE_READING);
}

void
mlops_progress_end(void)
{
	pgstat_progress_end_command();
}

void
mlops_progress_phase(MlopsPhase phase)
{
	pgstat_progress_update_param(SLOT_PHASE_STARTED, GetCurrentTimestamp());
	pgstat_progress_update_param(SLOT_PHASE, phase);
}

void
mlops_progress_rows(uint64 n_rows)
{
	pgstat_progress_update_param(SLOT_ROWS, (int64) n_rows);
}

void
mlops_progress_plan(uint32 n_trees, uint64 n_bytes)
{
	pgstat_progress_update_param(SLOT_TREES, search_trees > 0 ? (int64) search_trees : n_trees);
	pgstat_progress_update_param(SLOT_BYTES, (int64) n_bytes);
}

void
mlops_progress_workers(int n_workers)
{
	pgstat_progress_update_param(SLOT_WORKERS, n_workers);
}

void
mlops_progress_trees(uint32 n_done)
{
	pgstat_progress_update_param(SLOT_TREES_DONE, (int64) searched_trees + n_done);
}

void
mlops_progress_search(uint64 n_trees)
{
	search_trees = n_trees;
	searched_trees = 0;
}

void
mlops_progress_searched(uint32 n_trees)
{
	searched_trees += n_trees;
}

/* As pg_stat_activity: one's own sessions, or all with pg_read_all_stats. */
static bool
may_see(Oid user)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		   (OidIsValid(user) && has_privs_of_role(GetUserId(), user));
}

/* When the trees will be done, if they go on as they went. */
static Datum
expected_end(const int64 *slots, bool *is_null)
{
	TimestampTz now = GetCurrentTimestamp();
	int64 done = slots[SLOT_TREES_DONE];

	*is_null = slots[SLOT_PHASE] != MLOPS_PHASE_GROWING || done == 0;
	if (*is_null)
		return (Datum) 0;
	return TimestampTzGetDatum(now +
							   (TimestampTz) ((double) (now - slots[SLOT_PHASE_STARTED]) /
											  (double) done * (double) (slots[SLOT_TREES] - done)));
}

static void
put_row(ReturnSetInfo *result, const PgBackendStatus *status)
{
	const int64 *slots = status->st_progress_param;
	int64 phase = slots[SLOT_PHASE];
	Datum values[10];
	bool nulls[10] = { false };

	if (phase < 0 || phase >= (int64) lengthof(PHASES))
		return;
	values[0] = Int32GetDatum(status->st_procpid);
	values[1] = ObjectIdGetDatum(status->st_databaseid);
	values[2] = CStringGetTextDatum(PHASES[phase]);
	values[3] = Int64GetDatum(slots[SLOT_ROWS]);
	values[4] = Int64GetDatum(slots[SLOT_TREES_DONE]);
	values[5] = Int64GetDatum(slots[SLOT_TREES]);
	nulls[5] = slots[SLOT_TREES] == 0;
	values[6] = TimestampTzGetDatum(slots[SLOT_STARTED]);
	values[7] = expected_end(slots, &nulls[7]);
	values[8] = Int64GetDatum(slots[SLOT_BYTES]);
	nulls[8] = slots[SLOT_BYTES] == 0;
	values[9] = Int32GetDatum((int32) slots[SLOT_WORKERS]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

MLOPS_FUNCTION(mlops_training_progress);

Datum
mlops_training_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int n_backends = pgstat_fetch_stat_numbackends();

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 1; i <= n_backends; i++)
	{
		LocalPgBackendStatus *local = mlops_local_backend(i);

		if (local != NULL && local->backendStatus.st_progress_command == COMMAND &&
			may_see(local->backendStatus.st_userid))
			put_row(result, &local->backendStatus);
	}
	return (Datum) 0;
}
