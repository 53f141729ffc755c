/*
 * start_training and what belongs to it in the caller's session.
 *
 * A row is inserted, and before the transaction commits a background worker is
 * started, which first waits for that end: afterwards nothing could fail any
 * more, and a worker that comes too early would find no row.  If the transaction
 * rolls back, the worker finds nothing to do and exits.
 *
 * A worker is told to stop at commit, by the number of its run in a segment that
 * it looks at (run_worker.c): nobody needs a right to signal it, the number
 * cannot hit the next run, and a stop that is rolled back never happened.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "pg/compat.h"
#include "pg/json.h"
#include "pg/run.h"
#include "pg/train.h"

/* Our class of advisory locks; those that SQL can take are of classes 1 and 2. */
#define LOCK_CLASS 0x4D4C

#define MAX_WORKERS_MIN		0
#define MAX_WORKERS_DEFAULT 2
#define MAX_WORKERS_MAX		1024

#define TOKEN_BYTES_MAX 200

/*
 * Settings that change what a query says, or what a training does and may use.  Settings of applications are
 * not among them: they may hold secrets.
 */
static const char *const SETTINGS[] = {
	"search_path",
	"row_security",
	"DateStyle",
	"IntervalStyle",
	"TimeZone",
	"timezone_abbreviations",
	"extra_float_digits",
	"bytea_output",
	"lc_monetary",
	"lc_numeric",
	"lc_time",
	"standard_conforming_strings",
	"array_nulls",
	"transform_null_equals",
	"xmloption",
	"default_text_search_config",
	"work_mem",
	"maintenance_work_mem",
	"max_parallel_workers",
	"max_parallel_workers_per_gather",
	"max_parallel_maintenance_workers",
	"mlops.default_model",
	"mlops.on_missing_feature",
	"mlops.permutation_rows",
};

/* A worker to be told at commit. */
typedef struct StopRequest
{
	int64 run_id;
	SubTransactionId subtransaction;
	dsm_segment *segment;
} StopRequest;

int mlops_run_max_workers = MAX_WORKERS_DEFAULT;

/* What this transaction will do when it commits; the list lives in TopTransactionContext. */
static Oid wanted_login = InvalidOid;
static List *stop_requests = NIL;

char *
mlops_run_home_text(void)
{
	return psprintf(UINT64_FORMAT "/%u", GetSystemIdentifier(), MyDatabaseId);
}

static void
set_lock_tag(LOCKTAG *tag, int64 run_id)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) ((uint64) run_id >> 32), (uint32) run_id,
						 LOCK_CLASS);
}

void
mlops_run_lock(int64 run_id, bool is_session)
{
	LOCKTAG tag;

	set_lock_tag(&tag, run_id);
	(void) LockAcquire(&tag, ExclusiveLock, is_session, false);
}

bool
mlops_run_start_worker(Oid login, TransactionId after)
{
	MlopsRunWorkerArgs args = { .database = MyDatabaseId, .login = login, .after = after };
	BackgroundWorker worker;

	StaticAssertStmt(sizeof(args) <= BGW_EXTRALEN, "the arguments of a worker fit");
	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "$libdir/mlops", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "mlops_run_worker_main", BGW_MAXLEN);
	strlcpy(worker.bgw_name, "mlops training run", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "mlops training run", BGW_MAXLEN);
	memcpy(worker.bgw_extra, &args, sizeof(args));
	if (RegisterDynamicBackgroundWorker(&worker, NULL))
		return true;
	elog(DEBUG1, "no process is free for a training run");
	return false;
}

static void
detach_all(void)
{
	ListCell *cell;

	foreach (cell, stop_requests)
		dsm_detach(((StopRequest *) lfirst(cell))->segment);
	stop_requests = NIL;
	wanted_login = InvalidOid;
}

static void
tell_workers(void)
{
	ListCell *cell;

	foreach (cell, stop_requests)
	{
		const StopRequest *request = lfirst(cell);
		MlopsRunBoard *board = dsm_segment_address(request->segment);

		pg_atomic_write_u64(&board->stop_run_id, (uint64) request->run_id);
	}
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			if (OidIsValid(wanted_login))
				(void) mlops_run_start_worker(wanted_login, GetTopTransactionIdIfAny());
			wanted_login = InvalidOid;
			break;
		case XACT_EVENT_PRE_PREPARE:
			if (OidIsValid(wanted_login) || stop_requests != NIL)
				ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
								errmsg("a transaction that starts or stops a training run cannot "
									   "be prepared"),
								errhint("Commit it.")));
			break;
		case XACT_EVENT_COMMIT:
			tell_workers();
			detach_all();
			break;
		case XACT_EVENT_ABORT:
			detach_all();
			break;
		default:
			break;
	}
}

/* Forget what a savepoint that is rolled back asked for. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *arg)
{
	ListCell *cell;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	foreach (cell, stop_requests)
	{
		StopRequest *request = lfirst(cell);

		if (request->subtransaction != own)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			request->subtransaction = parent;
		else
		{
			dsm_detach(request->segment);
			stop_requests = foreach_delete_current(stop_requests, cell);
		}
	}
}

void
mlops_run_init(void)
{
	DefineCustomIntVariable("mlops.max_workers", "Training runs of a database that work at once.",
							"Further ones wait; with 0 none is begun.", &mlops_run_max_workers,
							MAX_WORKERS_DEFAULT, MAX_WORKERS_MIN, MAX_WORKERS_MAX, PGC_SUSET, 0,
							NULL, NULL, NULL);
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

/* True if a role exists and may connect. */
static bool
can_login(Oid role)
{
	HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool can = HeapTupleIsValid(tuple) && ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return can;
}

/*
 * The role that the worker connects as: session_user; or, if a superuser took on a role that
 * cannot, that superuser, from whom the worker takes the role on again.
 */
static Oid
find_login(void)
{
	if (can_login(GetSessionUserId()))
		return GetSessionUserId();
	if (can_login(GetAuthenticatedUserId()))
		return GetAuthenticatedUserId();
	ereport(ERROR, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					errmsg("role \"%s\" is not permitted to log in, so no worker can",
						   GetUserNameFromId(GetSessionUserId(), false)),
					errhint("Call mlops.train_model, or give the role LOGIN.")));
	return InvalidOid; /* not reached */
}

/* Refuse what the worker could not do as the caller does it. */
static void
check_caller(void)
{
	/* such as an index expression in the hands of a superuser: it must not get away from there */
	if (InSecurityRestrictedOperation())
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("a training cannot be started within a security-restricted "
							   "operation")));
}

static void
check_token(const char *token)
{
	bool is_legal = token == NULL || (token[0] != '\0' && strlen(token) <= TOKEN_BYTES_MAX);

	for (const char *c = token; token != NULL && is_legal && *c != '\0'; c++)
		is_legal = (unsigned char) *c >= ' ' && *c != 0x7F;
	if (!is_legal)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("client_token must be 1 to %d printable bytes, not \"%s\"",
							   TOKEN_BYTES_MAX, token)));
}

static JsonbValue
names_json(Datum array)
{
	JsonbParseState *state = NULL;
	Datum *texts;
	int n;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, NULL,
					  &n);
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < n; i++)
		mlops_json_element(&state, mlops_json_text(TextDatumGetCString(texts[i])));
	return mlops_json_object(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

/* An argument as jsonb_to_record reads it back. */
static JsonbValue
argument_json(Oid type, Datum value)
{
	switch (type)
	{
		case TEXTOID:
			return mlops_json_text(TextDatumGetCString(value));
		case JSONBOID:
			return mlops_json_object(DatumGetJsonbP(value));
		case BOOLOID:
			return mlops_json_bool(DatumGetBool(value));
		case FLOAT8OID:
			return mlops_json_number(DatumGetFloat8(value));
		case TEXTARRAYOID:
			return names_json(value);
		case REGCLASSOID:
			return mlops_json_text(mlops_reader_relation_name(DatumGetObjectId(value)));
		case INTERVALOID:
			return mlops_json_text(DatumGetCString(DirectFunctionCall1(interval_out, value)));
		default:
			elog(ERROR, "an argument of train_model has type %u", type);
			return mlops_json_text(NULL); /* not reached */
	}
}

/* The arguments of train_model by name; those that are NULL are left out. */
static Jsonb *
arguments_json(FunctionCallInfo fcinfo)
{
	JsonbParseState *state = NULL;
	HeapTuple function = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	Oid *types;
	char **names;
	char *modes;

	if (!HeapTupleIsValid(function))
		elog(ERROR, "start_training is not a function of the catalog");
	(void) get_func_arg_info(function, &types, &names, &modes);
	ReleaseSysCache(function);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < MLOPS_TRAIN_N_ARGS; i++)
	{
		if (!PG_ARGISNULL(i))
			mlops_json_pair(&state, names[i], argument_json(types[i], PG_GETARG_DATUM(i)));
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static Jsonb *
settings_json(void)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (size_t i = 0; i < lengthof(SETTINGS); i++)
		mlops_json_pair(&state, SETTINGS[i],
						mlops_json_text(GetConfigOption(SETTINGS[i], false, false)));
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

MLOPS_FUNCTION(mlops_start_training);

Datum
mlops_start_training(PG_FUNCTION_ARGS)
{
	MlopsTrainArgs args;
	MlopsNewRun run;
	int64 run_id;

	mlops_catalog_check_writable("mlops.start_training()");
	mlops_train_read_arguments(fcinfo, &args);
	run = (MlopsNewRun){ .model = args.model,
						 .client_token = PG_ARGISNULL(MLOPS_TRAIN_N_ARGS) ?
											 NULL :
											 text_to_cstring(PG_GETARG_TEXT_PP(MLOPS_TRAIN_N_ARGS)),
						 .owner = GetUserId(),
						 .trainer = GetSessionUserId(),
						 .role = GetCurrentRoleId(),
						 .relation = args.read.relation };
	check_token(run.client_token);
	check_caller();
	args.read.is_for_other = true;
	mlops_train_check(&args);
	run.login = find_login();
	run.arguments = arguments_json(fcinfo);
	run.settings = settings_json();
	run_id = mlops_run_insert(&run);
	wanted_login = run.login;
	PG_RETURN_INT64(run_id);
}

MLOPS_FUNCTION(mlops_attend_runs);

Datum
mlops_attend_runs(PG_FUNCTION_ARGS)
{
	Oid login;

	if (XactReadOnly || RecoveryInProgress())
		PG_RETURN_VOID();
	login = mlops_run_attend();
	if (OidIsValid(login))
		(void) mlops_run_start_worker(login, InvalidTransactionId);
	PG_RETURN_VOID();
}

MLOPS_FUNCTION(mlops_run_home);

Datum
mlops_run_home(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(mlops_run_home_text()));
}

MLOPS_FUNCTION(mlops_run_is_alive);

Datum
mlops_run_is_alive(PG_FUNCTION_ARGS)
{
	LOCKTAG tag;

	set_lock_tag(&tag, PG_GETARG_INT64(0));
	/* the worker itself may ask: its own lock is not in its way */
	if (RecoveryInProgress() || mlops_lock_is_held(&tag, ExclusiveLock))
		PG_RETURN_BOOL(true);
	/* shared, so that two who look do not take each other for the worker */
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		PG_RETURN_BOOL(true);
	(void) LockRelease(&tag, ShareLock, false);
	/* a run that ended since our snapshot is not lost */
	PG_RETURN_BOOL(!mlops_catalog_run_has_worker(PG_GETARG_INT64(0)));
}

MLOPS_FUNCTION(mlops_tell_worker);

Datum
mlops_tell_worker(PG_FUNCTION_ARGS)
{
	int64 handle = PG_GETARG_INT64(1);
	MemoryContext before;
	StopRequest *request;
	dsm_segment *segment;

	/* a segment can be mapped once: the worker's own is, and the end of its run tells it anyway */
	if (handle <= 0 || handle > PG_UINT32_MAX || dsm_find_mapping((dsm_handle) handle) != NULL ||
		(segment = dsm_attach((dsm_handle) handle)) == NULL)
		PG_RETURN_VOID();
	if (dsm_segment_map_length(segment) < sizeof(MlopsRunBoard) ||
		((MlopsRunBoard *) dsm_segment_address(segment))->magic != MLOPS_RUN_MAGIC)
	{
		dsm_detach(segment);
		PG_RETURN_VOID();
	}
	before = MemoryContextSwitchTo(TopTransactionContext);
	request = palloc(sizeof(StopRequest));
	*request = (StopRequest){ .run_id = PG_GETARG_INT64(0),
							  .subtransaction = GetCurrentSubTransactionId(),
							  .segment = segment };
	stop_requests = lappend(stop_requests, request);
	MemoryContextSwitchTo(before);
	/* it must last until the transaction ends, beyond this statement */
	dsm_pin_mapping(segment);
	PG_RETURN_VOID();
}
