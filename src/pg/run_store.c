/*
 * The rows of mlops.training_run.
 *
 * Written as the owner of the tables, by constant statements (catalog_write.c); what takes more than
 * one of them is a function in 52_runs.sql.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "pg/catalog.h"
#include "pg/run.h"

static void
set_text(Datum *value, char *is_null, const char *text)
{
	*is_null = text == NULL ? 'n' : ' ';
	*value = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/* A column of the row that a statement gave. */
static Datum
result_column(int column, bool *is_null)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, is_null);
}

/* The run of this database, role and token; it is there, because it was in the way of another. */
static int64
find_by_token(const MlopsNewRun *run)
{
	Oid types[] = { OIDOID, TEXTOID, JSONBOID, OIDOID, TEXTOID };
	Datum values[] = { ObjectIdGetDatum(run->owner), CStringGetTextDatum(run->client_token),
					   JsonbPGetDatum(run->arguments), ObjectIdGetDatum(run->relation),
					   CStringGetTextDatum(mlops_run_home_text()) };
	bool is_null, is_same;
	int64 run_id;

	mlops_catalog_execute(
		"SELECT r.run_id, r.arguments OPERATOR(pg_catalog.=) $3 AND "
		"coalesce(r.relation_id, 0) OPERATOR(pg_catalog.=) $4 FROM mlops.training_run AS r "
		"WHERE r.home OPERATOR(pg_catalog.=) $5 AND r.owner_id OPERATOR(pg_catalog.=) $1 "
		"AND r.client_token OPERATOR(pg_catalog.=) $2",
		lengthof(types), types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed != 1)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("a run with client_token \"%s\" was made at the same time",
							   run->client_token)));
	run_id = DatumGetInt64(result_column(1, &is_null));
	is_same = DatumGetBool(result_column(2, &is_null));
	if (!is_same)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
						errmsg("client_token \"%s\" belongs to run " INT64_FORMAT
							   ", which has other arguments",
							   run->client_token, run_id),
						errhint("Choose another token, or give the same arguments.")));
	return run_id;
}

int64
mlops_run_insert(const MlopsNewRun *run)
{
	Oid types[] = { TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, JSONBOID,
					TEXTOID, OIDOID,  OIDOID,  OIDOID,	OIDOID,	  OIDOID };
	char nulls[] = "            ";
	Datum values[lengthof(types)];
	MlopsOwnerSwitch before;
	bool is_null;
	int64 run_id;

	set_text(&values[0], &nulls[0], run->model);
	set_text(&values[1], &nulls[1], GetUserNameFromId(run->owner, false));
	set_text(&values[2], &nulls[2], GetUserNameFromId(run->trainer, false));
	set_text(&values[3], &nulls[3], run->client_token);
	values[4] = JsonbPGetDatum(run->arguments);
	values[5] = JsonbPGetDatum(run->settings);
	set_text(&values[6], &nulls[6], mlops_run_home_text());
	values[7] = ObjectIdGetDatum(run->owner);
	values[8] = ObjectIdGetDatum(run->trainer);
	values[9] = ObjectIdGetDatum(run->login);
	values[10] = ObjectIdGetDatum(run->role);
	nulls[10] = OidIsValid(run->role) ? ' ' : 'n';
	values[11] = ObjectIdGetDatum(run->relation);
	nulls[11] = OidIsValid(run->relation) ? ' ' : 'n';
	mlops_catalog_become_owner(&before);
	mlops_catalog_execute("SELECT mlops._settle_runs()", 0, NULL, NULL, NULL, SPI_OK_SELECT);
	mlops_catalog_execute(
		"INSERT INTO mlops.training_run (model, owner, trainer, client_token, arguments, settings, "
		"home, owner_id, trainer_id, login_id, role_id, relation_id) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
		"ON CONFLICT (home, owner_id, client_token) DO NOTHING RETURNING run_id",
		lengthof(types), types, values, nulls, SPI_OK_INSERT_RETURNING);
	run_id = SPI_processed == 1 ? DatumGetInt64(result_column(1, &is_null)) : find_by_token(run);
	mlops_catalog_become_caller(&before);
	return run_id;
}

/* The role of the oldest queued run, if there is room for one more. */
static Oid
select_next_login(void)
{
	Oid type = INT4OID;
	Datum value = Int32GetDatum(mlops_run_max_workers);
	bool is_null;
	Datum login;

	mlops_catalog_execute("SELECT mlops._next_login($1)", 1, &type, &value, NULL, SPI_OK_SELECT);
	login = result_column(1, &is_null);
	return is_null ? InvalidOid : DatumGetObjectId(login);
}

Oid
mlops_run_attend(void)
{
	MlopsOwnerSwitch before;
	Oid login;

	mlops_catalog_become_owner(&before);
	mlops_catalog_execute("SELECT mlops._settle_runs()", 0, NULL, NULL, NULL, SPI_OK_SELECT);
	login = select_next_login();
	mlops_catalog_become_caller(&before);
	return login;
}

Oid
mlops_run_next_login(void)
{
	MlopsOwnerSwitch before;
	Oid login;

	mlops_catalog_become_owner(&before);
	login = select_next_login();
	mlops_catalog_become_caller(&before);
	return login;
}

/* Copy the row that mlops._claim_run gave. */
static void
get_claimed(MemoryContext context, MlopsClaimedRun *run)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	bool is_null;
	Datum role, relation;

	run->is_claimed = DatumGetBool(result_column(2, &is_null));
	run->owner = DatumGetObjectId(result_column(3, &is_null));
	run->trainer = DatumGetObjectId(result_column(4, &is_null));
	run->login = DatumGetObjectId(result_column(5, &is_null));
	role = result_column(6, &is_null);
	run->role = is_null ? InvalidOid : DatumGetObjectId(role);
	relation = result_column(7, &is_null);
	run->relation = is_null ? InvalidOid : DatumGetObjectId(relation);
	run->model = TextDatumGetCString(result_column(8, &is_null));
	run->arguments = DatumGetJsonbPCopy(result_column(9, &is_null));
	run->settings = DatumGetJsonbPCopy(result_column(10, &is_null));
	MemoryContextSwitchTo(before);
}

bool
mlops_run_claim(Oid login, bool only_own, uint32 board, MlopsClaimedRun *run)
{
	Oid types[] = { OIDOID, BOOLOID, INT8OID, INT4OID };
	Datum values[] = { ObjectIdGetDatum(login), BoolGetDatum(only_own),
					   Int64GetDatum((int64) board), Int32GetDatum(mlops_run_max_workers) };
	MemoryContext context = CurrentMemoryContext;
	MlopsOwnerSwitch before;
	bool is_null;
	Datum run_id;

	/* one at a time, so that the number of workers is exact */
	mlops_run_lock(0, false);
	mlops_catalog_become_owner(&before);
	mlops_catalog_execute(
		"SELECT c.run_id, c.state OPERATOR(pg_catalog.=) 'running', c.owner_id, c.trainer_id, "
		"c.login_id, c.role_id, c.relation_id, c.model, c.arguments, c.settings "
		"FROM mlops._claim_run($1, $2, $3, $4) AS c",
		lengthof(types), types, values, NULL, SPI_OK_SELECT);
	run_id = result_column(1, &is_null);
	if (!is_null)
	{
		run->run_id = DatumGetInt64(run_id);
		get_claimed(context, run);
	}
	mlops_catalog_become_caller(&before);
	if (is_null)
		return false;
	if (run->is_claimed)
		mlops_run_lock(run->run_id, true);
	return true;
}

void
mlops_run_succeed(int64 run_id, int32 version, Jsonb *notices)
{
	Oid types[] = { INT8OID, INT4OID, JSONBOID };
	Datum values[] = { Int64GetDatum(run_id), Int32GetDatum(version), JsonbPGetDatum(notices) };
	MlopsOwnerSwitch before;

	mlops_catalog_become_owner(&before);
	mlops_catalog_execute(
		"UPDATE mlops.training_run SET state = 'succeeded', version = $2, notices = $3, "
		"ended_at = pg_catalog.clock_timestamp() WHERE run_id OPERATOR(pg_catalog.=) $1 "
		"AND state OPERATOR(pg_catalog.=) 'running' "
		"AND worker_pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()",
		lengthof(types), types, values, NULL, SPI_OK_UPDATE);
	if (SPI_processed != 1)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("run " INT64_FORMAT " was ended before its training", run_id)));
	mlops_catalog_become_caller(&before);
}

void
mlops_run_fail(int64 run_id, const MlopsRunError *error, Jsonb *notices)
{
	Oid types[] = { INT8OID, JSONBOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID };
	char nulls[] = "       ";
	Datum values[lengthof(types)];
	MlopsOwnerSwitch before;

	values[0] = Int64GetDatum(run_id);
	values[1] = JsonbPGetDatum(notices);
	set_text(&values[2], &nulls[2], unpack_sql_state(error->sqlstate));
	set_text(&values[3], &nulls[3], error->message);
	set_text(&values[4], &nulls[4], error->detail);
	set_text(&values[5], &nulls[5], error->hint);
	set_text(&values[6], &nulls[6], error->context);
	mlops_catalog_become_owner(&before);
	mlops_catalog_execute("SELECT mlops._end_run($1, $2, $3, $4, $5, $6, $7)", lengthof(types),
						  types, values, nulls, SPI_OK_SELECT);
	mlops_catalog_become_caller(&before);
}
