/*
 * All that C reads from and writes to the registry's tables.
 *
 * Reads are index scans under the active snapshot, so a caller who may predict
 * needs no grant on the tables, and a statement sees one state of them.  Writes
 * run as the owner of the tables, with constant statements.
 */
#ifndef MLOPS_CATALOG_H
#define MLOPS_CATALOG_H

#include "access/tupdesc.h"
#include "datatype/timestamp.h"
#include "utils/jsonb.h"

#include "core/codec.h"
#include "core/forest.h"

#define MLOPS_DIGEST_BYTES 32

/* A feature as model_version.features has it. */
typedef struct MlopsFeature
{
	char *name;
	Oid type; /* InvalidOid if this database lacks the type */
	MlopsColumnKind kind;
} MlopsFeature;

/* A row of mlops.model_version; NULL pointers are SQL NULL. */
typedef struct MlopsVersion
{
	int64 model_id;
	int32 version;
	char *model; /* name */
	MlopsTask task;
	char *target;
	char *relation;
	char *query;
	char *id_column;
	char *time_column;
	char *entity_column;
	char *weight_column;
	int n_features;
	MlopsFeature *features;
	int n_classes;
	char **classes;
	int positive; /* two classes: position of the positive one */
	Jsonb *metrics;
	int n_holdout; /* points; two classes */
	double *holdout_scores;
	double *holdout_positives;
	double *holdout_negatives;
	double *confusion;		   /* [n_classes][n_classes], or NULL */
	double *importance_weight; /* [n_features] */
	double *importance_gain;
	double *importance_cover;
	double *importance_permutation; /* [n_features], NaN = not defined; or NULL */
	double *permutation_se;
	int32 n_chunks;
	uint8 digest[MLOPS_DIGEST_BYTES];
} MlopsVersion;

/* Columns of a new row of mlops.model_version, beside model_id and version. */
typedef enum MlopsVersionColumn
{
	MLOPS_VC_STATUS,
	MLOPS_VC_ALGORITHM,
	MLOPS_VC_TASK,
	MLOPS_VC_TARGET,
	MLOPS_VC_RELATION,
	MLOPS_VC_QUERY,
	MLOPS_VC_FEATURES,
	MLOPS_VC_ID_COLUMN,
	MLOPS_VC_TIME_COLUMN,
	MLOPS_VC_ENTITY_COLUMN,
	MLOPS_VC_SPLIT_COLUMN,
	MLOPS_VC_WEIGHT_COLUMN,
	MLOPS_VC_CLASSES,
	MLOPS_VC_CLASS_TYPE,
	MLOPS_VC_POSITIVE_CLASS,
	MLOPS_VC_HYPERPARAMS,
	MLOPS_VC_ARGUMENTS,
	MLOPS_VC_SEED,
	MLOPS_VC_N_ROWS,
	MLOPS_VC_N_TRAIN_ROWS,
	MLOPS_VC_N_TEST_ROWS,
	MLOPS_VC_DATA_HASH,
	MLOPS_VC_METRICS,
	MLOPS_VC_TRIALS,
	MLOPS_VC_HOLDOUT_SCORES,
	MLOPS_VC_HOLDOUT_POSITIVES,
	MLOPS_VC_HOLDOUT_NEGATIVES,
	MLOPS_VC_CONFUSION,
	MLOPS_VC_IMPORTANCE_WEIGHT,
	MLOPS_VC_IMPORTANCE_GAIN,
	MLOPS_VC_IMPORTANCE_COVER,
	MLOPS_VC_IMPORTANCE_PERMUTATION,
	MLOPS_VC_PERMUTATION_SE,
	MLOPS_VC_N_BYTES,
	MLOPS_VC_N_CHUNKS,
	MLOPS_VC_DIGEST,
	MLOPS_VC_EXTENSION_VERSION,
	MLOPS_VC_TAGS,
	MLOPS_VC_COMMENT,
	MLOPS_VC_CREATED_BY,
	MLOPS_VC_N
} MlopsVersionColumn;

/* A new row; all columns are NULL at first. */
typedef struct MlopsVersionRow
{
	Datum values[MLOPS_VC_N];
	bool nulls[MLOPS_VC_N];
} MlopsVersionRow;

/* What a reference names. */
typedef struct MlopsResolved
{
	int64 model_id;
	int32 version;
	double cutoff; /* 0 .. 1, of the alias's current deployment; NaN = none, as for name@v7 */
} MlopsResolved;
/* Name of a column of mlops.model_version. */
extern const char *mlops_catalog_column_name(MlopsVersionColumn column);

/*
 * Find what a reference names under the active snapshot.
 *
 *   reference   name, name@alias or name@v7; NULL = the setting mlops.default_model,
 *               else the only model with a champion
 *
 * Errors: 42704 if there is no such model, alias or version; 55000 if nothing is
 * deployed; 22023 for an empty name.
 */
extern MlopsResolved mlops_catalog_resolve(const char *reference);

/* Task and owner of a model by name, palloc'd; false if there is none. */
extern bool mlops_catalog_read_model(const char *name, char **task, char **owner);

/*
 * True if a run is running or stopping at this moment, whatever the transaction's snapshot says.
 */
extern bool mlops_catalog_run_has_worker(int64 run_id);

/*
 * Refuse early what mlops_catalog_store_version would: 22023 if there is a model
 * of this name with another task (NULL: not known yet), 42501 if the current user
 * does not own it.  Takes no lock, so storing checks again.
 */
extern void mlops_catalog_check_model(const char *model, const char *task);

/*
 * Raise 42501 unless the current user is a member of the role that owns a model or of mlops_admin:
 * the bytes of a model show values of the rows that it was trained from.
 *
 *   what   what was asked for, begins the hint
 */
extern void mlops_catalog_check_insight(const char *model, const char *what);

/* How much of a version is read; each takes longer than the one before. */
typedef enum MlopsRead
{
	MLOPS_READ_DIGEST, /* ids and digest */
	MLOPS_READ_SERVED, /* what a prediction needs beside: no metrics, hold-out or importances */
	MLOPS_READ_ALL,
} MlopsRead;

/* Read a version into the current memory context; false if there is none. */
extern bool mlops_catalog_read_version(int64 model_id, int32 version, MlopsRead what,
									   MlopsVersion *row);

/*
 * Read all columns of a version into the current memory context; false if there is none.
 *
 *   row          OUT  no value is compressed or stored elsewhere
 *   created_at   OUT
 */
extern bool mlops_catalog_read_row(int64 model_id, int32 version, MlopsVersionRow *row,
								   TimestampTz *created_at);

/* Read one chunk into the current memory context; false if there is none. */
extern bool mlops_catalog_read_chunk(int64 model_id, int32 version, int32 chunk, MlopsChunk *bytes);

/* SHA-256 of all chunks in order. */
extern void mlops_catalog_digest(const MlopsChunk *chunks, int n_chunks,
								 uint8 digest[MLOPS_DIGEST_BYTES]);

/*
 * Refuse (25006) what writes in a read-only transaction or on a standby.
 *
 *   command   what is called, for the message
 */
extern void mlops_catalog_check_writable(const char *command);

/* What a switch to the owner of the tables has to put back. */
typedef struct MlopsOwnerSwitch
{
	Oid user;
	int context;
	int nest;
} MlopsOwnerSwitch;

/*
 * Become the owner of the tables and connect to SPI; back again.
 *
 * In between stand constant statements only.  An error restores the user with the transaction.
 */
extern void mlops_catalog_become_owner(MlopsOwnerSwitch *before);
extern void mlops_catalog_become_caller(const MlopsOwnerSwitch *before);

/*
 * Run a constant statement.
 *
 *   types, values   [n] parameters
 *   nulls           [n] of ' ' and 'n', or NULL if none is NULL
 *   expected        SPI_OK_...; another answer is an error that cannot happen
 */
extern void mlops_catalog_execute(const char *statement, int n, Oid *types, Datum *values,
								  const char *nulls, int expected);

/* Rows that a version was trained from; see pg/train_keep. */
typedef struct MlopsKeptRows
{
	TupleDesc desc;				  /* one column, the row as json */
	struct Tuplestorestate *rows; /* in the order of the query */
	bytea *is_test;				  /* bit i, the lowest of a byte first: row i is in the test part */
} MlopsKeptRows;

/*
 * Store a new version and its chunks; the model is created with the first one.
 *
 *   event   kind of the event that tells of it
 *   kept    rows to be stored with it, or NULL
 *
 * Returns the number of the version.
 * Errors: 22023 if the model has another task or its name is not legal; 42501 if
 * the caller does not own the model.
 * Locks: the row of the model until the end of the transaction.
 */
extern int32 mlops_catalog_store_version(const char *model, const char *task,
										 const MlopsVersionRow *row, const MlopsChunk *chunks,
										 int n_chunks, const char *event,
										 const MlopsKeptRows *kept);

/* Add an event of a version, with session_user as actor. */
extern void mlops_catalog_add_event(int64 model_id, int32 version, const char *kind);

/* Version of the extension that is installed in this database, palloc'd. */
extern char *mlops_catalog_extension_version(void);

#endif
