/*
 * Writing the registry's tables.
 *
 * No role has DML on them.  A write switches to the owner of the tables, inside
 * a security-restricted operation with a search_path of its own, runs constant
 * statements with parameters, and switches back; an error restores the user
 * with the transaction.  Who acts is taken before.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "pg/catalog.h"

/* Name and type of each column of MlopsVersionColumn. */
static const struct
{
	const char *name;
	Oid type;
} VERSION_COLUMNS[MLOPS_VC_N] = {
	[MLOPS_VC_STATUS] = { "status", TEXTOID },
	[MLOPS_VC_ALGORITHM] = { "algorithm", TEXTOID },
	[MLOPS_VC_TASK] = { "task", TEXTOID },
	[MLOPS_VC_TARGET] = { "target", TEXTOID },
	[MLOPS_VC_RELATION] = { "relation", TEXTOID },
	[MLOPS_VC_QUERY] = { "query", TEXTOID },
	[MLOPS_VC_FEATURES] = { "features", JSONBOID },
	[MLOPS_VC_ID_COLUMN] = { "id_column", TEXTOID },
	[MLOPS_VC_TIME_COLUMN] = { "time_column", TEXTOID },
	[MLOPS_VC_ENTITY_COLUMN] = { "entity_column", TEXTOID },
	[MLOPS_VC_SPLIT_COLUMN] = { "split_column", TEXTOID },
	[MLOPS_VC_WEIGHT_COLUMN] = { "weight_column", TEXTOID },
	[MLOPS_VC_CLASSES] = { "classes", TEXTARRAYOID },
	[MLOPS_VC_CLASS_TYPE] = { "class_type", TEXTOID },
	[MLOPS_VC_POSITIVE_CLASS] = { "positive_class", TEXTOID },
	[MLOPS_VC_HYPERPARAMS] = { "hyperparams", JSONBOID },
	[MLOPS_VC_ARGUMENTS] = { "arguments", JSONBOID },
	[MLOPS_VC_SEED] = { "seed", INT8OID },
	[MLOPS_VC_N_ROWS] = { "n_rows", INT8OID },
	[MLOPS_VC_N_TRAIN_ROWS] = { "n_train_rows", INT8OID },
	[MLOPS_VC_N_TEST_ROWS] = { "n_test_rows", INT8OID },
	[MLOPS_VC_DATA_HASH] = { "data_hash", TEXTOID },
	[MLOPS_VC_METRICS] = { "metrics", JSONBOID },
	[MLOPS_VC_TRIALS] = { "trials", JSONBOID },
	[MLOPS_VC_HOLDOUT_SCORES] = { "holdout_scores", FLOAT8ARRAYOID },
	[MLOPS_VC_HOLDOUT_POSITIVES] = { "holdout_positives", FLOAT8ARRAYOID },
	[MLOPS_VC_HOLDOUT_NEGATIVES] = { "holdout_negatives", FLOAT8ARRAYOID },
	[MLOPS_VC_CONFUSION] = { "confusion", FLOAT8ARRAYOID },
	[MLOPS_VC_IMPORTANCE_WEIGHT] = { "importance_weight", FLOAT8ARRAYOID },
	[MLOPS_VC_IMPORTANCE_GAIN] = { "importance_gain", FLOAT8ARRAYOID },
	[MLOPS_VC_IMPORTANCE_COVER] = { "importance_cover", FLOAT8ARRAYOID },
	[MLOPS_VC_IMPORTANCE_PERMUTATION] = { "importance_permutation", FLOAT8ARRAYOID },
	[MLOPS_VC_PERMUTATION_SE] = { "permutation_se", FLOAT8ARRAYOID },
	[MLOPS_VC_N_BYTES] = { "n_bytes", INT8OID },
	[MLOPS_VC_N_CHUNKS] = { "n_chunks", INT4OID },
	[MLOPS_VC_DIGEST] = { "digest", BYTEAOID },
	[MLOPS_VC_EXTENSION_VERSION] = { "extension_version", TEXTOID },
	[MLOPS_VC_TAGS] = { "tags", JSONBOID },
	[MLOPS_VC_COMMENT] = { "comment", TEXTOID },
	[MLOPS_VC_CREATED_BY] = { "created_by", TEXTOID },
};

const char *
mlops_catalog_column_name(MlopsVersionColumn column)
{
	return VERSION_COLUMNS[column].name;
}

static Oid
table_owner(void)
{
	Oid table = get_relname_relid("model", get_namespace_oid("mlops", false));
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "table mlops.model does not exist");
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
mlops_catalog_become_owner(MlopsOwnerSwitch *before)
{
	GetUserIdAndSecContext(&before->user, &before->context);
	SetUserIdAndSecContext(table_owner(), before->context | SECURITY_LOCAL_USERID_CHANGE |
											  SECURITY_RESTRICTED_OPERATION | SECURITY_NOFORCE_RLS);
	before->nest = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

void
mlops_catalog_become_caller(const MlopsOwnerSwitch *before)
{
	SPI_finish();
	AtEOXact_GUC(false, before->nest);
	SetUserIdAndSecContext(before->user, before->context);
}

void
mlops_catalog_execute(const char *statement, int n, Oid *types, Datum *values, const char *nulls,
					  int expected)
{
	if (SPI_execute_with_args(statement, n, types, values, nulls, false, 0) != expected)
		elog(ERROR, "a statement of the registry failed: %s", statement);
}

void
mlops_catalog_check_writable(const char *command)
{
	PreventCommandIfReadOnly(command);
	PreventCommandDuringRecovery(command);
}

/* Refuse a version of another task, or by somebody who does not own the model. */
static void
check_claim(const char *model, const char *task, const char *known_task, const char *owner,
			Oid caller)
{
	Oid owner_oid = get_role_oid(owner, true);

	if (task != NULL && strcmp(known_task, task) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" is a %s, not a %s", model, known_task, task),
						errhint("Use another name.")));
	if (!OidIsValid(owner_oid) ? !superuser_arg(caller) : !has_privs_of_role(caller, owner_oid))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("model \"%s\" belongs to %s", model, owner),
						errhint("Use another name, or act as a member of that role.")));
}

void
mlops_catalog_check_model(const char *model, const char *task)
{
	char *known_task, *owner;

	if (mlops_catalog_read_model(model, &known_task, &owner))
		check_claim(model, task, known_task, owner, GetUserId());
}

/* Create the model if it is new, lock it and check that the caller may add to it. */
static int64
lock_model(const char *model, const char *task, Oid caller, const char *actor)
{
	Oid types[] = { TEXTOID, TEXTOID, TEXTOID, TEXTOID };
	Datum values[] = { CStringGetTextDatum(model), CStringGetTextDatum(task),
					   CStringGetTextDatum(GetUserNameFromId(caller, false)),
					   CStringGetTextDatum(actor) };
	bool is_null;
	int64 model_id;
	const char *known_task, *owner;

	mlops_catalog_execute(
		"INSERT INTO mlops.model (name, task, owner, created_by) VALUES ($1, $2, $3, $4) "
		"ON CONFLICT (name) DO NOTHING",
		4, types, values, NULL, SPI_OK_INSERT);
	mlops_catalog_execute(
		"SELECT model_id, task, owner FROM mlops.model WHERE name OPERATOR(pg_catalog.=) $1 "
		"FOR UPDATE",
		1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed != 1)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("model \"%s\" was dropped at the same time", model)));
	model_id =
		DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
	known_task = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
	owner = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);
	check_claim(model, task, known_task, owner, caller);
	return model_id;
}

/* Numbers of versions that were dropped are not used again: logs name them. */
static int32
next_version(int64 model_id)
{
	Oid type = INT8OID;
	Datum value = Int64GetDatum(model_id);
	bool is_null;

	mlops_catalog_execute(
		"SELECT greatest((SELECT max(v.version) FROM mlops.model_version AS v "
		"WHERE v.model_id OPERATOR(pg_catalog.=) $1), (SELECT max(e.version) "
		"FROM mlops.model_event AS e WHERE e.model_id OPERATOR(pg_catalog.=) $1), 0) "
		"OPERATOR(pg_catalog.+) 1",
		1, &type, &value, NULL, SPI_OK_SELECT);
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
}

static void
insert_version(int64 model_id, int32 version, const MlopsVersionRow *row)
{
	StringInfoData columns, parameters;
	Oid types[MLOPS_VC_N + 2] = { INT8OID, INT4OID };
	Datum values[MLOPS_VC_N + 2] = { Int64GetDatum(model_id), Int32GetDatum(version) };
	char nulls[MLOPS_VC_N + 2] = { ' ', ' ' };

	initStringInfo(&columns);
	initStringInfo(&parameters);
	for (int i = 0; i < MLOPS_VC_N; i++)
	{
		appendStringInfo(&columns, ", %s", VERSION_COLUMNS[i].name);
		appendStringInfo(&parameters, ", $%d", i + 3);
		types[i + 2] = VERSION_COLUMNS[i].type;
		values[i + 2] = row->values[i];
		nulls[i + 2] = row->nulls[i] ? 'n' : ' ';
	}
	mlops_catalog_execute(
		psprintf("INSERT INTO mlops.model_version (model_id, version%s) VALUES ($1, $2%s)",
				 columns.data, parameters.data),
		MLOPS_VC_N + 2, types, values, nulls, SPI_OK_INSERT);
}

static void
insert_chunks(int64 model_id, int32 version, const MlopsChunk *chunks, int n_chunks)
{
	Oid types[] = { INT8OID, INT4OID, INT4OID, BYTEAOID };

	for (int i = 0; i < n_chunks; i++)
	{
		bytea *data =
			palloc_extended(VARHDRSZ + chunks[i].n_bytes, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
		Datum values[] = { Int64GetDatum(model_id), Int32GetDatum(version), Int32GetDatum(i),
						   PointerGetDatum(data) };

		if (data == NULL || chunks[i].n_bytes > MaxAllocSize - VARHDRSZ)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s takes %zu bytes, more than a field can hold",
							i == 0 ? "the header, which has all columns," : "a tree",
							chunks[i].n_bytes),
					 i == 0 ? errhint("Lower max_bins, or encode fewer features by \"target\".") :
							  errhint("Limit max_depth or raise min_samples_leaf.")));
		SET_VARSIZE(data, VARHDRSZ + chunks[i].n_bytes);
		memcpy(VARDATA(data), chunks[i].bytes, chunks[i].n_bytes);
		mlops_catalog_execute("INSERT INTO mlops.model_blob (model_id, version, chunk, data) "
							  "VALUES ($1, $2, $3, $4)",
							  lengthof(types), types, values, NULL, SPI_OK_INSERT);
		pfree(data);
		CHECK_FOR_INTERRUPTS();
	}
}

/* The statement sees the tuple store as a relation, as a trigger sees its transition table. */
static void
insert_rows(int64 model_id, int32 version, const MlopsKeptRows *kept)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	Oid types[] = { INT8OID, INT4OID, BYTEAOID };
	Datum values[] = { Int64GetDatum(model_id), Int32GetDatum(version),
					   PointerGetDatum(kept->is_test) };

	relation->md.name = pstrdup("kept_rows");
	relation->md.reliddesc = InvalidOid;
	relation->md.tupdesc = kept->desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = (double) tuplestore_tuple_count(kept->rows);
	relation->reldata = kept->rows;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	mlops_catalog_execute(
		"INSERT INTO mlops.training_row (model_id, version, row_no, is_test, data) "
		"SELECT $1, $2, k.row_no, pg_catalog.get_bit($3, k.row_no OPERATOR(pg_catalog.-) 1) "
		"OPERATOR(pg_catalog.=) 1, CAST(k.data AS pg_catalog.jsonb) "
		"FROM (SELECT pg_catalog.row_number() OVER () AS row_no, data FROM kept_rows) AS k",
		lengthof(types), types, values, NULL, SPI_OK_INSERT);
}

static void
insert_event(int64 model_id, int32 version, const char *kind, const char *actor)
{
	Oid types[] = { TEXTOID, INT8OID, INT4OID, TEXTOID };
	Datum values[] = { CStringGetTextDatum(actor), Int64GetDatum(model_id), Int32GetDatum(version),
					   CStringGetTextDatum(kind) };

	mlops_catalog_execute("INSERT INTO mlops.model_event (actor, model_id, version, kind) "
						  "VALUES ($1, $2, $3, $4)",
						  lengthof(types), types, values, NULL, SPI_OK_INSERT);
}

int32
mlops_catalog_store_version(const char *model, const char *task, const MlopsVersionRow *row,
							const MlopsChunk *chunks, int n_chunks, const char *event,
							const MlopsKeptRows *kept)
{
	Oid caller = GetUserId();
	char *actor = GetUserNameFromId(GetSessionUserId(), false);
	MlopsOwnerSwitch before;
	int64 model_id;
	int32 version;

	mlops_catalog_become_owner(&before);
	model_id = lock_model(model, task, caller, actor);
	version = next_version(model_id);
	insert_version(model_id, version, row);
	insert_chunks(model_id, version, chunks, n_chunks);
	if (kept != NULL)
		insert_rows(model_id, version, kept);
	insert_event(model_id, version, event, actor);
	mlops_catalog_become_caller(&before);
	return version;
}

void
mlops_catalog_add_event(int64 model_id, int32 version, const char *kind)
{
	char *actor = GetUserNameFromId(GetSessionUserId(), false);
	MlopsOwnerSwitch before;

	mlops_catalog_become_owner(&before);
	insert_event(model_id, version, kind, actor);
	mlops_catalog_become_caller(&before);
}

char *
mlops_catalog_extension_version(void)
{
	Oid type = TEXTOID;
	Datum value = CStringGetTextDatum("mlops");
	char *version;
	MemoryContext before = CurrentMemoryContext;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	mlops_catalog_execute("SELECT extversion FROM pg_catalog.pg_extension "
						  "WHERE extname OPERATOR(pg_catalog.=) $1",
						  1, &type, &value, NULL, SPI_OK_SELECT);
	version = MemoryContextStrdup(
		before, SPI_processed == 1 ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) :
									 "unknown");
	SPI_finish();
	return version;
}
