/*
 * Reading the registry's tables.
 *
 * Rows are found through their indexes with the active snapshot.  Columns are
 * found by name in the relation's descriptor, so that an update of the
 * extension may add columns.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "pg/catalog.h"
#include "pg/error.h"
#include "pg/reference.h"

/* A scan of one table by the leading columns of one index. */
typedef struct CatalogScan
{
	Relation relation;
	SysScanDesc scan;
	TupleDesc desc;
} CatalogScan;

static AttrNumber
column_number(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return (AttrNumber) (i + 1);
	}
	elog(ERROR, "a table of mlops lacks column \"%s\"", name);
	return 0; /* not reached */
}

/* What a scan compares with: the column's equality follows from its type. */
typedef struct CatalogKey
{
	const char *column;
	Oid type; /* INT4OID, INT8OID or TEXTOID */
	Datum value;
} CatalogKey;

static void
begin_scan(CatalogScan *scan, const char *table, const char *index, const CatalogKey *keys,
		   int n_keys)
{
	Oid schema = get_namespace_oid("mlops", false);
	ScanKeyData scan_keys[3];

	scan->relation = table_open(get_relname_relid(table, schema), AccessShareLock);
	scan->desc = RelationGetDescr(scan->relation);
	for (int i = 0; i < n_keys; i++)
	{
		RegProcedure equal = keys[i].type == INT4OID ? F_INT4EQ :
							 keys[i].type == INT8OID ? F_INT8EQ :
													   F_TEXTEQ;

		ScanKeyEntryInitialize(&scan_keys[i], 0, column_number(scan->desc, keys[i].column),
							   BTEqualStrategyNumber, InvalidOid, DEFAULT_COLLATION_OID, equal,
							   keys[i].value);
	}
	scan->scan = systable_beginscan(scan->relation, get_relname_relid(index, schema), true,
									GetActiveSnapshot(), n_keys, scan_keys);
}

static void
end_scan(CatalogScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, AccessShareLock);
}

static Datum
get_column(const CatalogScan *scan, HeapTuple tuple, const char *name, bool *is_null)
{
	return heap_getattr(tuple, column_number(scan->desc, name), scan->desc, is_null);
}

static char *
get_text(const CatalogScan *scan, HeapTuple tuple, const char *name)
{
	bool is_null;
	Datum datum = get_column(scan, tuple, name, &is_null);

	return is_null ? NULL : TextDatumGetCString(datum);
}

/* A float8[] column as an array of its own; NULL if it is NULL. */
static double *
get_doubles(const CatalogScan *scan, HeapTuple tuple, const char *name, int *n)
{
	bool is_null;
	Datum datum = get_column(scan, tuple, name, &is_null);
	ArrayType *array;
	double *numbers;

	*n = 0;
	if (is_null)
		return NULL;
	array = DatumGetArrayTypeP(datum);
	if (ARR_ELEMTYPE(array) != FLOAT8OID || ARR_HASNULL(array) || ARR_NDIM(array) > 1)
		elog(ERROR, "column \"%s\" of mlops.model_version is not a plain float8[]", name);
	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	numbers = palloc(sizeof(double) * Max(*n, 1));
	memcpy(numbers, ARR_DATA_PTR(array), sizeof(double) * *n);
	return numbers;
}

static void
get_classes(const CatalogScan *scan, HeapTuple tuple, MlopsVersion *row)
{
	bool is_null;
	Datum datum = get_column(scan, tuple, "classes", &is_null);
	char *positive = get_text(scan, tuple, "positive_class");
	Datum *texts;

	row->n_classes = 0;
	row->positive = 1;
	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &texts, NULL,
					  &row->n_classes);
	row->classes = palloc(sizeof(char *) * Max(row->n_classes, 1));
	for (int i = 0; i < row->n_classes; i++)
	{
		row->classes[i] = TextDatumGetCString(texts[i]);
		if (positive != NULL && strcmp(positive, row->classes[i]) == 0)
			row->positive = i;
	}
}

/* Text of a key of a jsonb object; it must be there. */
static char *
object_text(JsonbContainer *object, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);

	if (value == NULL || value->type != jbvString)
		elog(ERROR, "an element of mlops.model_version.features lacks \"%s\"", key);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static void
get_features(const CatalogScan *scan, HeapTuple tuple, MlopsVersion *row)
{
	bool is_null;
	Jsonb *features = DatumGetJsonbP(get_column(scan, tuple, "features", &is_null));
	JsonbContainer *array = &features->root;

	row->n_features = JsonContainerSize(array);
	row->features = palloc0(sizeof(MlopsFeature) * Max(row->n_features, 1));
	for (int i = 0; i < row->n_features; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, i);
		JsonbContainer *object;
		int32 typmod;

		if (element == NULL || element->type != jbvBinary)
			elog(ERROR, "mlops.model_version.features is not an array of objects");
		object = element->val.binary.data;
		row->features[i].name = object_text(object, "name");
		row->features[i].kind = strcmp(object_text(object, "kind"), "categorical") == 0 ?
									MLOPS_COLUMN_CATEGORICAL :
									MLOPS_COLUMN_NUMERIC;
		parseTypeString(object_text(object, "type"), &row->features[i].type, &typmod, true);
	}
}

/* Copy the columns that a prediction needs. */
static void
get_served(const CatalogScan *scan, HeapTuple tuple, MlopsVersion *row)
{
	bool is_null;

	row->task = strcmp(get_text(scan, tuple, "task"), "regression") == 0 ?
					MLOPS_TASK_REGRESSION :
					MLOPS_TASK_CLASSIFICATION;
	row->target = get_text(scan, tuple, "target");
	row->relation = get_text(scan, tuple, "relation");
	row->query = get_text(scan, tuple, "query");
	row->id_column = get_text(scan, tuple, "id_column");
	row->time_column = get_text(scan, tuple, "time_column");
	row->entity_column = get_text(scan, tuple, "entity_column");
	row->weight_column = get_text(scan, tuple, "weight_column");
	get_classes(scan, tuple, row);
	get_features(scan, tuple, row);
	row->n_chunks = DatumGetInt32(get_column(scan, tuple, "n_chunks", &is_null));
}

/* Copy what was measured. */
static void
get_measured(const CatalogScan *scan, HeapTuple tuple, MlopsVersion *row)
{
	bool is_null;
	int n;

	row->metrics = DatumGetJsonbPCopy(get_column(scan, tuple, "metrics", &is_null));
	row->holdout_scores = get_doubles(scan, tuple, "holdout_scores", &row->n_holdout);
	row->holdout_positives = get_doubles(scan, tuple, "holdout_positives", &n);
	row->holdout_negatives = get_doubles(scan, tuple, "holdout_negatives", &n);
	row->confusion = get_doubles(scan, tuple, "confusion", &n);
	row->importance_weight = get_doubles(scan, tuple, "importance_weight", &n);
	row->importance_gain = get_doubles(scan, tuple, "importance_gain", &n);
	row->importance_cover = get_doubles(scan, tuple, "importance_cover", &n);
	row->importance_permutation = get_doubles(scan, tuple, "importance_permutation", &n);
	row->permutation_se = get_doubles(scan, tuple, "permutation_se", &n);
}

/* Name of a model by its id. */
static char *
model_name(int64 model_id)
{
	CatalogKey key = { "model_id", INT8OID, Int64GetDatum(model_id) };
	CatalogScan scan;
	HeapTuple tuple;
	char *name = NULL;

	begin_scan(&scan, "model", "model_pkey", &key, 1);
	tuple = systable_getnext(scan.scan);
	if (HeapTupleIsValid(tuple))
		name = get_text(&scan, tuple, "name");
	end_scan(&scan);
	return name;
}

bool
mlops_catalog_read_version(int64 model_id, int32 version, MlopsRead what, MlopsVersion *row)
{
	CatalogKey keys[] = { { "model_id", INT8OID, Int64GetDatum(model_id) },
						  { "version", INT4OID, Int32GetDatum(version) } };
	CatalogScan scan;
	HeapTuple tuple;
	bool is_found;

	memset(row, 0, sizeof(*row));
	row->model_id = model_id;
	row->version = version;
	begin_scan(&scan, "model_version", "model_version_pkey", keys, lengthof(keys));
	tuple = systable_getnext(scan.scan);
	is_found = HeapTupleIsValid(tuple);
	if (is_found)
	{
		bool is_null;
		bytea *digest = DatumGetByteaPP(get_column(&scan, tuple, "digest", &is_null));

		if (VARSIZE_ANY_EXHDR(digest) != MLOPS_DIGEST_BYTES)
			elog(ERROR, "mlops.model_version.digest is not %d bytes", MLOPS_DIGEST_BYTES);
		memcpy(row->digest, VARDATA_ANY(digest), MLOPS_DIGEST_BYTES);
		if (what >= MLOPS_READ_SERVED)
			get_served(&scan, tuple, row);
		if (what >= MLOPS_READ_ALL)
			get_measured(&scan, tuple, row);
	}
	end_scan(&scan);
	if (is_found && what >= MLOPS_READ_SERVED)
		row->model = model_name(model_id);
	return is_found;
}

bool
mlops_catalog_read_row(int64 model_id, int32 version, MlopsVersionRow *row, TimestampTz *created_at)
{
	CatalogKey keys[] = { { "model_id", INT8OID, Int64GetDatum(model_id) },
						  { "version", INT4OID, Int32GetDatum(version) } };
	CatalogScan scan;
	HeapTuple tuple;
	bool is_found, is_null;

	begin_scan(&scan, "model_version", "model_version_pkey", keys, lengthof(keys));
	tuple = systable_getnext(scan.scan);
	is_found = HeapTupleIsValid(tuple);
	for (int i = 0; is_found && i < MLOPS_VC_N; i++)
	{
		const char *name = mlops_catalog_column_name((MlopsVersionColumn) i);
		Form_pg_attribute column = TupleDescAttr(scan.desc, column_number(scan.desc, name) - 1);

		row->values[i] = get_column(&scan, tuple, name, &row->nulls[i]);
		if (!row->nulls[i] && column->attlen == -1)
			row->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(row->values[i]));
		else if (!row->nulls[i] && !column->attbyval)
			row->values[i] = datumCopy(row->values[i], false, column->attlen);
	}
	if (is_found)
		*created_at = DatumGetTimestampTz(get_column(&scan, tuple, "created_at", &is_null));
	end_scan(&scan);
	return is_found;
}

bool
mlops_catalog_read_chunk(int64 model_id, int32 version, int32 chunk, MlopsChunk *bytes)
{
	CatalogKey keys[] = { { "model_id", INT8OID, Int64GetDatum(model_id) },
						  { "version", INT4OID, Int32GetDatum(version) },
						  { "chunk", INT4OID, Int32GetDatum(chunk) } };
	CatalogScan scan;
	HeapTuple tuple;
	bool is_found;

	begin_scan(&scan, "model_blob", "model_blob_pkey", keys, lengthof(keys));
	tuple = systable_getnext(scan.scan);
	is_found = HeapTupleIsValid(tuple);
	if (is_found)
	{
		bool is_null;
		bytea *data = DatumGetByteaPCopy(get_column(&scan, tuple, "data", &is_null));

		bytes->bytes = (const uint8 *) VARDATA(data);
		bytes->n_bytes = VARSIZE(data) - VARHDRSZ;
	}
	end_scan(&scan);
	return is_found;
}

/* Features in the place of a model's name: predict(42, '{1,2}') is the form by entity. */
static void
report_features(const char *name)
{
	bool is_object = strchr(name, ':') != NULL;
	char *features = pstrdup(name);

	/* [1,2] is no array of the server's */
	if (!is_object)
	{
		features[0] = '{';
		if (features[strlen(features) - 1] == ']')
			features[strlen(features) - 1] = '}';
	}
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("model \"%s\" does not exist", name),
					errhint("For features write predict('name', %s::%s).",
							quote_literal_cstr(features), is_object ? "jsonb" : "float8[]")));
}

/* Names of all models, for hints. */
static void
report_no_model(const char *name)
{
	CatalogScan scan;
	HeapTuple tuple;
	const char **names = NULL;
	int n_names = 0;
	const char *nearest;

	if (name[0] == '{' || name[0] == '[')
		report_features(name);
	begin_scan(&scan, "model", "model_name_key", NULL, 0);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		names = names == NULL ? palloc(sizeof(char *)) :
								repalloc(names, sizeof(char *) * (n_names + 1));
		names[n_names++] = get_text(&scan, tuple, "name");
	}
	end_scan(&scan);
	nearest = mlops_nearest_name(name, names, n_names);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("model \"%s\" does not exist", name),
					nearest != NULL ? errhint("Did you mean \"%s\"?", nearest) :
					n_names > 0		? errhint("Models are %s.", mlops_join_names(names, n_names)) :
									  errhint("Call mlops.train_model first.")));
}

bool
mlops_catalog_read_model(const char *name, char **task, char **owner)
{
	CatalogKey key = { "name", TEXTOID, CStringGetTextDatum(name) };
	CatalogScan scan;
	HeapTuple tuple;
	bool is_found;

	begin_scan(&scan, "model", "model_name_key", &key, 1);
	tuple = systable_getnext(scan.scan);
	is_found = HeapTupleIsValid(tuple);
	if (is_found)
	{
		*task = get_text(&scan, tuple, "task");
		*owner = get_text(&scan, tuple, "owner");
	}
	end_scan(&scan);
	return is_found;
}

/* True if the current user has the rights of a role; one that was dropped has none to give. */
static bool
has_rights_of(const char *role)
{
	Oid oid = get_role_oid(role, true);

	return OidIsValid(oid) && has_privs_of_role(GetUserId(), oid);
}

void
mlops_catalog_check_insight(const char *model, const char *what)
{
	char *task, *owner;

	if (!mlops_catalog_read_model(model, &task, &owner))
		elog(ERROR, "model \"%s\" vanished", model);
	if (!superuser() && !has_rights_of(owner) && !has_rights_of("mlops_admin"))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("model \"%s\" belongs to %s", model, owner),
						errhint("%s as a member of that role or of mlops_admin.", what)));
}

bool
mlops_catalog_run_has_worker(int64 run_id)
{
	CatalogKey key = { "run_id", INT8OID, Int64GetDatum(run_id) };
	CatalogScan scan;
	HeapTuple tuple;
	bool has_worker = false;

	PushActiveSnapshot(GetLatestSnapshot());
	begin_scan(&scan, "training_run", "training_run_pkey", &key, 1);
	tuple = systable_getnext(scan.scan);
	if (HeapTupleIsValid(tuple))
	{
		const char *state = get_text(&scan, tuple, "state");

		has_worker = strcmp(state, "running") == 0 || strcmp(state, "stopping") == 0;
	}
	end_scan(&scan);
	PopActiveSnapshot();
	return has_worker;
}

static int64
find_model(const char *name)
{
	CatalogKey key = { "name", TEXTOID, CStringGetTextDatum(name) };
	CatalogScan scan;
	HeapTuple tuple;
	int64 model_id = 0;
	bool is_null;

	begin_scan(&scan, "model", "model_name_key", &key, 1);
	tuple = systable_getnext(scan.scan);
	if (HeapTupleIsValid(tuple))
		model_id = DatumGetInt64(get_column(&scan, tuple, "model_id", &is_null));
	end_scan(&scan);
	return model_id;
}

/* True for the current row of an alias; the index says so too, but indexes can be ignored. */
static bool
is_current(const CatalogScan *scan, HeapTuple tuple)
{
	bool is_null;
	RangeType *valid = DatumGetRangeTypeP(get_column(scan, tuple, "valid", &is_null));

	return (range_get_flags(valid) & RANGE_UB_INF) != 0;
}

/* What a row of mlops.deployment says. */
static MlopsResolved
get_deployment(const CatalogScan *scan, HeapTuple tuple)
{
	MlopsResolved resolved;
	bool is_null;
	Datum cutoff = get_column(scan, tuple, "cutoff", &is_null);

	resolved.cutoff = is_null ? get_float8_nan() : DatumGetFloat8(cutoff);
	resolved.model_id = DatumGetInt64(get_column(scan, tuple, "model_id", &is_null));
	resolved.version = DatumGetInt32(get_column(scan, tuple, "version", &is_null));
	return resolved;
}

/* The current deployment of an alias; version 0 if there is none. */
static MlopsResolved
find_deployed(int64 model_id, const char *alias)
{
	CatalogKey keys[] = { { "model_id", INT8OID, Int64GetDatum(model_id) },
						  { "alias", TEXTOID, CStringGetTextDatum(alias) } };
	MlopsResolved resolved = { .model_id = model_id };
	CatalogScan scan;
	HeapTuple tuple;

	begin_scan(&scan, "deployment", "deployment_current", keys, lengthof(keys));
	while (resolved.version == 0 && HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		if (is_current(&scan, tuple))
			resolved = get_deployment(&scan, tuple);
	}
	end_scan(&scan);
	return resolved;
}

/* Approved versions as "2, 3", "" if none; *newest is the last of them, *latest of all. */
static char *
approved_versions(int64 model_id, int32 *newest, int32 *latest)
{
	CatalogKey key = { "model_id", INT8OID, Int64GetDatum(model_id) };
	CatalogScan scan;
	HeapTuple tuple;
	StringInfoData list;
	bool is_null;

	initStringInfo(&list);
	*newest = *latest = 0;
	begin_scan(&scan, "model_version", "model_version_pkey", &key, 1);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		*latest = DatumGetInt32(get_column(&scan, tuple, "version", &is_null));
		if (strcmp(get_text(&scan, tuple, "status"), "approved") != 0)
			continue;
		*newest = *latest;
		appendStringInfo(&list, "%s%d", list.len == 0 ? "" : ", ", *newest);
	}
	end_scan(&scan);
	return list.data;
}

/* What to call so that a model without a champion gets one. */
static char *
deploy_hint(int64 model_id, const char *name)
{
	int32 newest, latest;
	char *approved = approved_versions(model_id, &newest, &latest);
	char *quoted = quote_literal_cstr(name);
	char *explicitly = quote_literal_cstr(psprintf("%s@v%d", name, newest > 0 ? newest : latest));

	if (latest == 0)
		return psprintf("Train a version with mlops.train_model(%s, ...).", quoted);
	if (newest == 0)
		return psprintf("Approve a version, then call mlops.deploy_model(%s), or name one as %s.",
						quoted, explicitly);
	return psprintf("Approved: %s. Call mlops.deploy_model(%s, %d), or name a version as %s.",
					approved, quoted, newest, explicitly);
}

static void
report_not_deployed(int64 model_id, const char *name, const char *alias)
{
	if (strcmp(alias, "champion") == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("model \"%s\" has no deployed version", name),
						errhint("%s", deploy_hint(model_id, name))));
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("model \"%s\" has no alias \"%s\"", name, alias),
					errhint("Aliases are in the view mlops.deployments.")));
}

/* The only model with a champion. */
static MlopsResolved
resolve_default(void)
{
	MlopsResolved resolved = { .version = 0 };
	CatalogScan scan;
	HeapTuple tuple;
	const char **names = palloc(sizeof(char *));
	int n_names = 0;

	begin_scan(&scan, "deployment", "deployment_current", NULL, 0);
	while (HeapTupleIsValid(tuple = systable_getnext(scan.scan)))
	{
		if (strcmp(get_text(&scan, tuple, "alias"), "champion") != 0 || !is_current(&scan, tuple))
			continue;
		resolved = get_deployment(&scan, tuple);
		names = repalloc(names, sizeof(char *) * (n_names + 1));
		names[n_names++] = model_name(resolved.model_id);
	}
	end_scan(&scan);
	if (n_names == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("no model has a deployed version"),
						errhint("Train and approve one, then call mlops.deploy_model.")));
	if (n_names > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%d models are deployed, so one must be named", n_names),
						errdetail("Deployed are %s.", mlops_join_names(names, n_names)),
						errhint("Name the model, or set mlops.default_model.")));
	return resolved;
}

/* Version number of a part "v7" after the @, 0 if it is an alias. */
static int32
version_number(const char *part)
{
	char *end;
	long number;

	if (part[0] != 'v' || part[1] < '0' || part[1] > '9')
		return 0;
	errno = 0;
	number = strtol(part + 1, &end, 10);
	if (*end != '\0')
		return 0;
	return errno != 0 || number > PG_INT32_MAX ? PG_INT32_MAX : (int32) number;
}

MlopsResolved
mlops_catalog_resolve(const char *reference)
{
	char *name, *at;
	const char *part = "champion";
	MlopsResolved resolved = { .cutoff = get_float8_nan() };
	MlopsVersion row;

	reference = mlops_reference_or_default(reference);
	if (reference == NULL)
		return resolve_default();
	name = pstrdup(reference);
	at = strchr(name, '@');
	if (at != NULL)
	{
		*at = '\0';
		part = at + 1;
	}
	resolved.model_id = find_model(name);
	if (resolved.model_id == 0)
		report_no_model(name);
	resolved.version = version_number(part);
	if (resolved.version == 0)
	{
		resolved = find_deployed(resolved.model_id, part);
		if (resolved.version == 0)
			report_not_deployed(resolved.model_id, name, part);
	}
	else if (!mlops_catalog_read_version(resolved.model_id, resolved.version, MLOPS_READ_DIGEST,
										 &row))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("model \"%s\" has no version %d", name, resolved.version),
						errhint("Versions are in the view mlops.model_versions.")));
	return resolved;
}

void
mlops_catalog_digest(const MlopsChunk *chunks, int n_chunks, uint8 digest[MLOPS_DIGEST_BYTES])
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	bool is_done = context != NULL && pg_cryptohash_init(context) == 0;

	StaticAssertStmt(MLOPS_DIGEST_BYTES == PG_SHA256_DIGEST_LENGTH, "digests are SHA-256");
	for (int i = 0; is_done && i < n_chunks; i++)
		is_done = pg_cryptohash_update(context, chunks[i].bytes, chunks[i].n_bytes) == 0;
	is_done = is_done && pg_cryptohash_final(context, digest, MLOPS_DIGEST_BYTES) == 0;
	pg_cryptohash_free(context);
	if (!is_done)
		elog(ERROR, "could not compute a SHA-256 digest");
}
