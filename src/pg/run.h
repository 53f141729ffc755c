/*
 * Training in the background: what its parts hand to each other.
 *
 *   run.c         SQL entries: start, stop and look after runs; workers are started, and told to stop,
 *                 with the transaction
 *   run_store.c   the rows of mlops.training_run
 *   run_worker.c  the background worker
 */
#ifndef MLOPS_RUN_H
#define MLOPS_RUN_H

#include "port/atomics.h"
#include "utils/jsonb.h"

/*
 * What a worker shows of itself in a shared-memory segment of its own, whose handle stands in the
 * row that it claimed.  A handle may be stale and name another segment, so readers check magic.
 */
typedef struct MlopsRunBoard
{
	uint64 magic;
	pg_atomic_uint64 stop_run_id; /* the run that is to stop */
} MlopsRunBoard;

#define MLOPS_RUN_MAGIC UINT64CONST(0x6D6C6F70732D7275)

/* What a worker is handed; lies in bgw_extra. */
typedef struct MlopsRunWorkerArgs
{
	Oid database;
	Oid login;			 /* role that it connects as */
	TransactionId after; /* it waits for the end of this one, if it is valid */
} MlopsRunWorkerArgs;

/* A new row. */
typedef struct MlopsNewRun
{
	const char *model;
	const char *client_token; /* or NULL */
	Jsonb *arguments;
	Jsonb *settings;
	Oid owner;
	Oid trainer;
	Oid login;
	Oid role;	  /* of SET ROLE, or InvalidOid */
	Oid relation; /* or InvalidOid */
} MlopsNewRun;

/* A run that was claimed, or one that a worker for another role has to take. */
typedef struct MlopsClaimedRun
{
	int64 run_id;
	bool is_claimed;
	Oid owner;
	Oid trainer;
	Oid login;
	Oid role;	  /* of SET ROLE, or InvalidOid */
	Oid relation; /* or InvalidOid */
	char *model;
	Jsonb *arguments;
	Jsonb *settings;
} MlopsClaimedRun;

/* How a training failed; texts may be NULL. */
typedef struct MlopsRunError
{
	int sqlstate;
	const char *message;
	const char *detail;
	const char *hint;
	const char *context;
} MlopsRunError;

/* The setting mlops.max_workers. */
extern int mlops_run_max_workers;

extern void mlops_run_init(void);

/* System identifier of the server and OID of the database, palloc'd. */
extern char *mlops_run_home_text(void);

/*
 * Lock that a worker holds for as long as it is at a run, or, for run 0, while it claims one.
 *
 *   is_session   hold it beyond the transaction
 *
 * It is of a class of its own: SQL cannot take it, and can release only what is held beyond the
 * transaction, together with all advisory locks of the session: so the worker holds it twice.
 * Waits while somebody looks whether the run is alive, or claims.
 */
extern void mlops_run_lock(int64 run_id, bool is_session);

/*
 * Start a worker.
 *
 *   login   role that it connects as
 *   after   it first waits for this transaction, if that is valid
 *
 * Returns false if no process is free.
 */
extern bool mlops_run_start_worker(Oid login, TransactionId after);

/*
 * Insert a run, or find the one that the same role made with the same token and arguments.
 *
 * Errors: 23505 for the token with other arguments.
 */
extern int64 mlops_run_insert(const MlopsNewRun *run);

/* End lost runs, then tell the role that a worker is wanted for, or InvalidOid. */
extern Oid mlops_run_attend(void);

/* The same, without the first. */
extern Oid mlops_run_next_login(void);

/*
 * Claim the oldest queued run; the lock is held afterwards, whatever becomes of the transaction.
 *
 *   login      role that this worker connected as; a run for another one is told, not claimed
 *   only_own   do not look at those
 *   board      handle of this worker's segment
 *   run        OUT, in the current memory context
 *
 * Returns false if there is nothing to do.
 */
extern bool mlops_run_claim(Oid login, bool only_own, uint32 board, MlopsClaimedRun *run);

/* End a claimed run.  Errors: 55000 if it is no longer running, as when it is to stop. */
extern void mlops_run_succeed(int64 run_id, int32 version, Jsonb *notices);

/* End a claimed run as failed, or as stopped if it was to stop. */
extern void mlops_run_fail(int64 run_id, const MlopsRunError *error, Jsonb *notices);

#endif
