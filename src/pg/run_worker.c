/*
 * The background worker that trains what mlops.start_training queued.
 *
 * 1. It connects as the role that called (or as the superuser who took on a role
 *    without LOGIN), so that no code of a caller ever meets more rights than in
 *    a session of his own, and waits for the transaction that started it.
 * 2. It claims the oldest run, commits, and starts another worker if more may
 *    work at once.  If the run is for another role, it starts a worker for that
 *    one and leaves.
 * 3. It trains in one transaction, as the current user of the call, under the
 *    role that was set and with its settings.  SetUserIdAndSecContext lasts from the first to the last moment of
 *    the transaction, so that deferred triggers are covered and SET ROLE is
 *    refused.  The version and the end of the run are committed together; an
 *    error is written by a transaction of its own.
 * 4. It discards what the run left in the session, and goes back to 2.
 *
 * Stop: a timer looks at the board every 20 ms and cancels the query, as
 * pg_cancel_backend would.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/discard.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/json.h"
#include "pg/run.h"

#define LOOK_MS 20

/* Notices that are kept of a run, and bytes of each text: a jsonb has room for all. */
#define NOTICES_MAX		 100
#define NOTICE_BYTES_MAX 2000

/* All arguments of train_model, from the jsonb of the row. */
static const char *const TRAIN =
	"SELECT t.version FROM pg_catalog.jsonb_to_record($1) AS a (model pg_catalog.text, "
	"target pg_catalog.text, task pg_catalog.text, algorithm pg_catalog.text, "
	"hyperparams pg_catalog.jsonb, query pg_catalog.text, features pg_catalog.text[], "
	"exclude pg_catalog.text[], positive_class pg_catalog.text, id_column pg_catalog.text, "
	"time_column pg_catalog.text, entity_column pg_catalog.text, split_column pg_catalog.text, "
	"weight_column pg_catalog.text, test_size pg_catalog.float8, test_sampling pg_catalog.text, "
	"preprocess pg_catalog.jsonb, search pg_catalog.text, search_params pg_catalog.jsonb, "
	"search_args pg_catalog.jsonb, metric pg_catalog.text, max_time pg_catalog.interval, "
	"keep_training_data pg_catalog.bool, tags pg_catalog.jsonb, comment pg_catalog.text), "
	"LATERAL mlops.train_model(model => a.model, relation => $2, target => a.target, "
	"task => a.task, algorithm => a.algorithm, hyperparams => a.hyperparams, query => a.query, "
	"features => a.features, exclude => a.exclude, positive_class => a.positive_class, "
	"id_column => a.id_column, time_column => a.time_column, entity_column => a.entity_column, "
	"split_column => a.split_column, weight_column => a.weight_column, test_size => a.test_size, "
	"test_sampling => a.test_sampling, preprocess => a.preprocess, search => a.search, "
	"search_params => a.search_params, search_args => a.search_args, metric => a.metric, "
	"max_time => a.max_time, keep_training_data => a.keep_training_data, tags => a.tags, "
	"comment => a.comment) AS t";

extern PGDLLEXPORT void mlops_run_worker_main(Datum argument);

static MlopsRunBoard *board;
static uint32 board_handle;
static TimeoutId look_timeout;

/* The run that trains now, for the timer; 0 if none does. */
static volatile uint64 training_run_id = 0;

/* NOTICEs of the run, in the context that lives as long as it does. */
static MemoryContext run_context;
static JsonbParseState *notices; /* NULL when none are kept */
static Jsonb *kept_notices;
static int n_notices;
static emit_log_hook_type next_log_hook;
static int log_level; /* log_min_messages, before prepare_session lowers it to NOTICE */

/*
 * Runs as a signal handler, in the place of SIGINT's; also while the process ends,
 * which by then has no board.
 */
static void
look_at_board(void)
{
	if (proc_exit_inprogress || training_run_id == 0 ||
		pg_atomic_read_u64(&board->stop_run_id) != training_run_id)
		return;
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static void
make_board(void)
{
	dsm_segment *segment = dsm_create(sizeof(MlopsRunBoard), 0);

	dsm_pin_mapping(segment);
	board = dsm_segment_address(segment);
	pg_atomic_init_u64(&board->stop_run_id, 0);
	board->magic = MLOPS_RUN_MAGIC;
	board_handle = dsm_segment_handle(segment);
}

/* As the server decides it; a superuser's run may have set another level, which then counts. */
static bool
is_logged(int level)
{
	int least = log_min_messages == NOTICE ? log_level : log_min_messages;

	if (level == LOG || level == LOG_SERVER_ONLY)
		return least == LOG || least <= ERROR;
	return least == LOG ? level >= FATAL : level >= least;
}

/* Take the long statement that all runs share off the end of an error's context. */
static void
trim_context(ErrorData *error)
{
	char *statement = error->context == NULL ? NULL : strstr(error->context, TRAIN);
	char *start = statement;

	if (statement == NULL)
		return;
	while (start > error->context && *start != '\n')
		start--;
	*start = '\0';
	if (start == error->context)
		error->context = NULL;
}

/* A text of a notice, or its beginning, in the current context. */
static JsonbValue
notice_text(const char *text)
{
	if (text == NULL || strlen(text) <= NOTICE_BYTES_MAX)
		return mlops_json_text(text);
	return mlops_json_text(
		pnstrdup(text, pg_mbcliplen(text, (int) strlen(text), NOTICE_BYTES_MAX)));
}

/*
 * Keep NOTICEs and WARNINGs, and let those into the log that would have been there anyway.
 * Every message passes here before it is written.
 */
static void
keep_notice(ErrorData *error)
{
	MemoryContext before;

	trim_context(error);
	if (next_log_hook != NULL)
		next_log_hook(error);
	if (!is_logged(error->elevel))
		error->output_to_server = false;
	if (notices == NULL || error->elevel < INFO || error->elevel >= ERROR ||
		n_notices == NOTICES_MAX)
		return;
	n_notices++;
	before = MemoryContextSwitchTo(run_context);
	(void) pushJsonbValue(&notices, WJB_BEGIN_OBJECT, NULL);
	mlops_json_pair(&notices, "level",
					mlops_json_text(error->elevel == INFO	? "INFO" :
									error->elevel == NOTICE ? "NOTICE" :
															  "WARNING"));
	mlops_json_pair(&notices, "message", notice_text(error->message));
	mlops_json_pair(&notices, "detail", notice_text(error->detail));
	mlops_json_pair(&notices, "hint", notice_text(error->hint));
	(void) pushJsonbValue(&notices, WJB_END_OBJECT, NULL);
	MemoryContextSwitchTo(before);
}

/* From here on notices are kept, in the current context, which is the run's. */
static void
begin_notices(void)
{
	notices = NULL;
	n_notices = 0;
	(void) pushJsonbValue(&notices, WJB_BEGIN_ARRAY, NULL);
	/* what is told if end_notices fails */
	kept_notices = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("[]")));
}

/* What was kept; nothing more is.  An error after the first call asks again. */
static Jsonb *
end_notices(void)
{
	MemoryContext before = MemoryContextSwitchTo(run_context);

	if (notices != NULL)
		kept_notices = JsonbValueToJsonb(pushJsonbValue(&notices, WJB_END_ARRAY, NULL));
	notices = NULL;
	MemoryContextSwitchTo(before);
	return kept_notices;
}

static void
set_for_session(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
}

/* The session as a worker needs it, whatever the role's defaults are. */
static void
prepare_session(void)
{
	static const char *const timeouts[] = { MLOPS_TIMEOUTS };

	set_for_session("default_transaction_read_only", "off");
	set_for_session("default_transaction_isolation", "read committed");
	for (size_t i = 0; i < lengthof(timeouts); i++)
		set_for_session(timeouts[i], "0");
	log_level = log_min_messages;
	/* the hook sees what goes to the log only, and takes out again what should not */
	if (log_level > NOTICE || log_level == LOG)
		set_for_session("log_min_messages", "notice");
}

/* Forget what the code of a run may have left: settings, temporary tables, cursors, locks. */
static void
reset_session(void)
{
	DiscardStmt *discard = makeNode(DiscardStmt);

	StartTransactionCommand();
	/* DISCARD ALL leaves it */
	set_for_session("role", "none");
	discard->target = DISCARD_ALL;
	DiscardCommand(discard, true);
	CommitTransactionCommand();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	prepare_session();
}

static void
apply_settings(const Jsonb *settings)
{
	Jsonb *copy = DatumGetJsonbPCopy(JsonbPGetDatum(settings));
	JsonbIterator *iterator = JsonbIteratorInit(&copy->root);
	JsonbIteratorToken token;
	JsonbValue item;
	char *name = NULL;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE)
			(void) set_config_option(name, pnstrdup(item.val.string.val, item.val.string.len),
									 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	}
}

/*
 * session_user is who called; only a superuser comes here as another one.  SET ROLE is repeated,
 * with its check, since code of the run may ask for the role that is set.
 */
static void
assume_trainer(const MlopsClaimedRun *run)
{
	StartTransactionCommand();
	if (run->trainer != GetSessionUserId())
		set_for_session("session_authorization", GetUserNameFromId(run->trainer, false));
	if (OidIsValid(run->role))
		set_for_session("role", GetUserNameFromId(run->role, false));
	CommitTransactionCommand();
}

/* Call train_model with the arguments of the row; returns the version. */
static int32
call_train_model(const MlopsClaimedRun *run)
{
	Oid types[] = { JSONBOID, REGCLASSOID };
	Datum values[] = { JsonbPGetDatum(run->arguments), ObjectIdGetDatum(run->relation) };
	char nulls[] = { ' ', OidIsValid(run->relation) ? ' ' : 'n' };
	bool is_null;
	int32 version;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	mlops_catalog_execute(TRAIN, lengthof(types), types, values, nulls, SPI_OK_SELECT);
	if (SPI_processed != 1)
		elog(ERROR, "train_model gave " UINT64_FORMAT " rows", (uint64) SPI_processed);
	version =
		DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
	SPI_finish();
	return version;
}

static void
train(const MlopsClaimedRun *run)
{
	int32 version;

	StartTransactionCommand();
	/* a second hold, which pg_advisory_unlock_all leaves */
	mlops_run_lock(run->run_id, false);
	SetUserIdAndSecContext(run->owner, SECURITY_LOCAL_USERID_CHANGE);
	apply_settings(run->settings);
	PushActiveSnapshot(GetTransactionSnapshot());
	version = call_train_model(run);
	PopActiveSnapshot();
	PushActiveSnapshot(GetTransactionSnapshot());
	mlops_run_succeed(run->run_id, version, end_notices());
	PopActiveSnapshot();
	CommitTransactionCommand();
	SetUserIdAndSecContext(GetOuterUserId(), 0);
}

/*
 * Put the process into order after an error, as the server's main loop does, and keep the error.
 * The run counts as lost if its lock is free, so that is kept beyond the transaction, whatever the
 * run released; it is held here, so this asks nobody.
 */
static ErrorData *
recover(int64 run_id)
{
	ErrorData *error;

	HOLD_INTERRUPTS();
	training_run_id = 0;
	disable_timeout(look_timeout, false);
	QueryCancelPending = false;
	EmitErrorReport();
	MemoryContextSwitchTo(run_context);
	error = CopyErrorData();
	mlops_run_lock(run_id, true);
	AbortCurrentTransaction();
	FlushErrorState();
	RESUME_INTERRUPTS();
	return error;
}

/* Write down how a run failed. */
static void
write_failure(int64 run_id, const ErrorData *error)
{
	MlopsRunError failure = { .sqlstate = error->sqlerrcode,
							  .message = error->message,
							  .detail = error->detail,
							  .hint = error->hint,
							  .context = error->context };

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	mlops_run_fail(run_id, &failure, end_notices());
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
begin_training(const MlopsClaimedRun *run)
{
	MemoryContext before = MemoryContextSwitchTo(run_context);

	begin_notices();
	debug_query_string =
		psprintf("mlops: training run " INT64_FORMAT ", model %s", run->run_id, run->model);
	MemoryContextSwitchTo(before);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	training_run_id = (uint64) run->run_id;
	enable_timeout_every(look_timeout, TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LOOK_MS),
						 LOOK_MS);
}

static void
end_training(void)
{
	training_run_id = 0;
	disable_timeout(look_timeout, false);
	QueryCancelPending = false;
	debug_query_string = NULL;
	pgstat_report_activity(STATE_IDLE, NULL);
}

static void
do_run(const MlopsClaimedRun *run)
{
	ErrorData *volatile error = NULL;

	begin_training(run);
	PG_TRY();
	{
		assume_trainer(run);
		train(run);
	}
	PG_CATCH();
	{
		error = recover(run->run_id);
	}
	PG_END_TRY();
	end_training();
	if (error != NULL)
		write_failure(run->run_id, error);
	/* with the rest the lock of the run is released */
	reset_session();
}

/* Claim a run in a transaction of its own; for the rest see mlops_run_claim. */
static bool
claim(Oid login, bool only_own, MlopsClaimedRun *run)
{
	MemoryContext before = MemoryContextSwitchTo(run_context);
	bool is_found;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(run_context);
	is_found = mlops_run_claim(login, only_own, board_handle, run);
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(before);
	return is_found;
}

/* Start a worker for the next run, if more may work at once. */
static void
start_next(void)
{
	Oid login;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	login = mlops_run_next_login();
	PopActiveSnapshot();
	CommitTransactionCommand();
	if (OidIsValid(login))
		(void) mlops_run_start_worker(login, InvalidTransactionId);
}

/* One run; false if there is nothing to do for this worker. */
static bool
do_next_run(Oid login)
{
	MlopsClaimedRun run;

	if (!claim(login, false, &run))
		return false;
	/* the turn is another role's: leave the place to its worker, or go on if none can start */
	if (!run.is_claimed &&
		(mlops_run_start_worker(run.login, InvalidTransactionId) || !claim(login, true, &run)))
		return false;
	start_next();
	do_run(&run);
	return true;
}

/* Wait for the end of the transaction that inserted the run. */
static void
wait_for_starter(TransactionId starter)
{
	if (!TransactionIdIsValid(starter))
		return;
	StartTransactionCommand();
	XactLockTableWait(starter, NULL, NULL, XLTW_None);
	CommitTransactionCommand();
}

void
mlops_run_worker_main(Datum argument)
{
	MlopsRunWorkerArgs args;

	memcpy(&args, MyBgworkerEntry->bgw_extra, sizeof(args));
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(args.database, args.login, 0);
	look_timeout = RegisterTimeout(USER_TIMEOUT, look_at_board);
	next_log_hook = emit_log_hook;
	emit_log_hook = keep_notice;
	prepare_session();
	make_board();
	wait_for_starter(args.after);
	run_context = AllocSetContextCreate(TopMemoryContext, "mlops run", ALLOCSET_DEFAULT_SIZES);
	while (do_next_run(args.login))
		MemoryContextReset(run_context);
}
