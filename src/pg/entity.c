/*
 * The features of an entity, as they are known now.
 *
 * The one place that reads rows for predict(user_id); a feature store will
 * answer here instead.  The statement is built once per backend and model
 * version, from the columns that the relation or query has then, and its plan is
 * kept with the cached model.  It names every column and operator in full, so
 * that it means the same under any search_path; it runs with the rights of the
 * caller, who is checked by each run.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "pg/coding.h"
#include "pg/entity.h"

/* What the rows are read from; a query stands in parentheses, without its semicolon. */
static char *
entity_source(const MlopsVersion *version)
{
	RawStmt *statement;
	const char *text = version->query;

	if (version->relation != NULL)
		return version->relation;
	statement = linitial_node(RawStmt, raw_parser(text, RAW_PARSE_DEFAULT));
	text += statement->stmt_location;
	return psprintf("(%s\n) AS mlops_query",
					statement->stmt_len > 0 ? pnstrdup(text, statement->stmt_len) : text);
}

/* Columns of the source. */
static TupleDesc
source_columns(const char *source)
{
	SPIPlanPtr plan = SPI_prepare(psprintf("SELECT * FROM %s", source), 0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
}

static int
find_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	}
	return -1;
}

/* The key in the form that an index on the entity column can use. */
static const char *
entity_key(const MlopsVersion *version, TupleDesc desc)
{
	int attribute = find_column(desc, version->entity_column);
	Oid type = attribute < 0 ? InvalidOid : TupleDescAttr(desc, attribute)->atttypid;

	switch (attribute < 0 ? INT8OID : getBaseType(type))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			/* one operator family compares all widths; a missing column is reported by the parser */
			return "$1";
		case NUMERICOID:
			return "CAST($1 AS pg_catalog.numeric)";
		case FLOAT4OID:
		case FLOAT8OID:
			return "CAST($1 AS pg_catalog.float8)";
		case TEXTOID:
		case VARCHAROID:
			return "CAST($1 AS pg_catalog.text)";
		case BPCHAROID:
			return "CAST(CAST($1 AS pg_catalog.text) AS pg_catalog.bpchar)";
		default:
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("entity column \"%s\" of type %s cannot be compared with a bigint",
							version->entity_column, format_type_be(type)),
					 errhint("Give the features instead of the entity.")));
			return NULL; /* not reached */
	}
}

/* Names of the columns that hold the features, each once. */
static void
append_features(StringInfo text, const MlopsVersion *version, TupleDesc desc)
{
	char *last_array = NULL;
	int n = 0;

	for (int i = 0; i < version->n_features; i++)
	{
		char *name = version->features[i].name;
		char *array;
		int element;

		if (find_column(desc, name) < 0 && mlops_split_element(name, &array, &element))
		{
			/* the elements of an array stand side by side */
			if (last_array != NULL && strcmp(last_array, array) == 0)
				continue;
			last_array = name = array;
		}
		appendStringInfo(text, "%s%s", n++ == 0 ? "" : ", ", quote_identifier(name));
	}
}

static bool
is_ordered(const MlopsVersion *version)
{
	return version->time_column != NULL || version->id_column != NULL;
}

/* The latest row of an entity; two rows if nothing tells which is the latest. */
static char *
entity_query(const MlopsVersion *version)
{
	const char *source = entity_source(version);
	TupleDesc desc = source_columns(source);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT ");
	append_features(&text, version, desc);
	appendStringInfo(&text, " FROM %s WHERE %s OPERATOR(pg_catalog.=) %s", source,
					 quote_identifier(version->entity_column), entity_key(version, desc));
	if (version->time_column != NULL)
		appendStringInfo(&text, " ORDER BY %s DESC NULLS LAST",
						 quote_identifier(version->time_column));
	if (version->id_column != NULL)
		appendStringInfo(&text, "%s %s DESC NULLS LAST",
						 version->time_column != NULL ? "," : " ORDER BY",
						 quote_identifier(version->id_column));
	appendStringInfo(&text, " LIMIT %d", is_ordered(version) ? 1 : 2);
	return text.data;
}

/* Plan the statement and keep the plan with the model. */
static SPIPlanPtr
make_plan(const MlopsModel *model)
{
	/* the cache owns the model; plan and map are the parts that are filled in later */
	MlopsModel *kept = unconstify(MlopsModel *, model);
	Oid type = INT8OID;
	SPIPlanPtr plan = SPI_prepare(entity_query(&model->version), 1, &type);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	kept->entity_plan = plan;
	return plan;
}

static void
check_row(const MlopsVersion *version, int64 user_id, uint64 n_rows)
{
	if (n_rows == 0)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("entity " INT64_FORMAT " has no features for model \"%s\"", user_id,
							   version->model),
						errdetail("%s has no row with %s = " INT64_FORMAT ".",
								  version->relation != NULL ? version->relation : "The query",
								  quote_identifier(version->entity_column), user_id)));
	if (n_rows > 1)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("entity " INT64_FORMAT " has more than one row for model \"%s\"", user_id,
						version->model),
				 errhint("Train with time_column or id_column, which tell the latest row.")));
}

void
mlops_entity_lanes(const MlopsModel *model, int64 user_id, uint16 *lanes)
{
	const MlopsVersion *version = &model->version;
	MlopsModel *kept = unconstify(MlopsModel *, model);
	Datum value = Int64GetDatum(user_id);

	if (version->entity_column == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("model \"%s\" version %d has no entity column", version->model,
							   version->version),
						errhint("Give the features, or train with entity_column.")));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan(model->entity_plan != NULL ? model->entity_plan : make_plan(model), &value,
						 NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the read of an entity failed");
	check_row(version, user_id, SPI_processed);
	mlops_code_tuple(model, SPI_tuptable->vals[0], SPI_tuptable->tupdesc, &kept->entity_map,
					 model->context, lanes);
	SPI_finish();
}
