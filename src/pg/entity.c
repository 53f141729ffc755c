/*
 * The features of an entity, as they are known now or were at a time.
 *
 * The one place that reads rows for predict(user_id) and predict_entity; a feature
 * store will answer here instead.  The statement of a form is built once per
 * backend and model version, from the columns that the relation or query has
 * then, and its plan is kept with the cached model.  It names every column, type
 * and operator in full, so that it means the same under any search_path; it runs
 * with the rights of the caller, who is checked by each run.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

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

/* Type of a column beneath its domains; InvalidOid if it is missing, which the parser reports. */
static Oid
column_type(TupleDesc desc, const char *name)
{
	int attribute = find_column(desc, name);

	return attribute < 0 ? InvalidOid : getBaseType(TupleDescAttr(desc, attribute)->atttypid);
}

static void
report_not_comparable(const MlopsVersion *version, Oid type, const char *with)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("entity column \"%s\" of type %s cannot be compared with a %s",
						   version->entity_column, format_type_be(type), with),
					errhint("Give the features instead of the entity.")));
}

/* A key of type bigint in the form that an index on the entity column can use. */
static const char *
number_key(const MlopsVersion *version, TupleDesc desc)
{
	Oid type = column_type(desc, version->entity_column);

	switch (type)
	{
		case InvalidOid:
		case INT2OID:
		case INT4OID:
		case INT8OID:
			/* one operator family compares all widths */
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
			report_not_comparable(version, type, "bigint");
			return NULL; /* not reached */
	}
}

/* An operator by schema and name, as a statement has it. */
static char *
operator_name(Oid operator_id)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator_id));
	Form_pg_operator form;
	char *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator_id);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	name = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
					NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return name;
}

/* The condition that a row is of the entity; an index on the column can serve it. */
static char *
entity_condition(const MlopsVersion *version, TupleDesc desc, MlopsEntityForm form)
{
	const char *column = quote_identifier(version->entity_column);
	Oid type = column_type(desc, version->entity_column);
	Oid equal;

	if (form == MLOPS_ENTITY_NUMBER)
		return psprintf("%s OPERATOR(pg_catalog.=) %s", column, number_key(version, desc));
	if (!OidIsValid(type))
		return psprintf("%s OPERATOR(pg_catalog.=) $1", column);
	equal = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	if (!OidIsValid(equal))
		report_not_comparable(version, type, "key");
	/* the typmod keeps bpchar from being written as character, which is one character long */
	return psprintf(
		"%s %s CAST($1 AS %s)", column, operator_name(equal),
		format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
}

/* Refuse a version whose rows have no time that as_of can be compared with. */
static void
check_time_column(const MlopsVersion *version, TupleDesc desc)
{
	Oid type;

	if (version->time_column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" version %d has no time column, so as_of has no meaning",
						version->model, version->version),
				 errhint("Leave as_of out, or train with time_column.")));
	type = column_type(desc, version->time_column);
	if (OidIsValid(type) && type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("time column \"%s\" of type %s cannot be compared with as_of",
							   version->time_column, format_type_be(type)),
						errhint("Leave as_of out, or train with a time_column of type timestamptz, "
								"timestamp or date.")));
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
entity_query(const MlopsVersion *version, MlopsEntityForm form)
{
	bool has_as_of = form == MLOPS_ENTITY_TEXT_AS_OF;
	const char *source = entity_source(version);
	TupleDesc desc = source_columns(source);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT ");
	append_features(&text, version, desc);
	appendStringInfo(&text, " FROM %s WHERE %s", source, entity_condition(version, desc, form));
	if (has_as_of)
	{
		check_time_column(version, desc);
		appendStringInfo(&text, " AND %s OPERATOR(pg_catalog.<=) $2",
						 quote_identifier(version->time_column));
	}
	/* as of a time there is no NULL, and without this word an index can be read backwards */
	if (version->time_column != NULL)
		appendStringInfo(&text, " ORDER BY %s DESC%s", quote_identifier(version->time_column),
						 has_as_of ? "" : " NULLS LAST");
	if (version->id_column != NULL)
		appendStringInfo(&text, "%s %s DESC NULLS LAST",
						 version->time_column != NULL ? "," : " ORDER BY",
						 quote_identifier(version->id_column));
	appendStringInfo(&text, " LIMIT %d", is_ordered(version) ? 1 : 2);
	return text.data;
}

/* Plan the statement of a form and keep the plan with the model. */
static SPIPlanPtr
make_plan(const MlopsModel *model, MlopsEntityForm form)
{
	/* the cache owns the model; plans and map are the parts that are filled in later */
	MlopsModel *kept = unconstify(MlopsModel *, model);
	Oid types[] = { form == MLOPS_ENTITY_NUMBER ? INT8OID : TEXTOID, TIMESTAMPTZOID };
	SPIPlanPtr plan = SPI_prepare(entity_query(&model->version, form),
								  form == MLOPS_ENTITY_TEXT_AS_OF ? 2 : 1, types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	kept->entity_plans[form] = plan;
	return plan;
}

/* The key as a message has it, and as a statement would. */
static char *
key_name(const MlopsEntity *entity)
{
	if (entity->form == MLOPS_ENTITY_NUMBER)
		return psprintf(INT64_FORMAT, DatumGetInt64(entity->key));
	return psprintf("\"%s\"", TextDatumGetCString(entity->key));
}

static char *
key_literal(const MlopsEntity *entity)
{
	if (entity->form == MLOPS_ENTITY_NUMBER)
		return key_name(entity);
	return quote_literal_cstr(TextDatumGetCString(entity->key));
}

static void
report_no_row(const MlopsVersion *version, const MlopsEntity *entity)
{
	const char *as_of = "";
	const char *until = "";

	if (entity->form == MLOPS_ENTITY_TEXT_AS_OF)
	{
		const char *time = timestamptz_to_str(entity->as_of);

		as_of = psprintf(" as of %s", time);
		until = psprintf(" and %s <= '%s'", quote_identifier(version->time_column), time);
	}
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("entity %s has no features for model \"%s\"%s", key_name(entity),
					version->model, as_of),
			 errdetail("%s has no row with %s = %s%s.",
					   version->relation != NULL ? version->relation : "The query",
					   quote_identifier(version->entity_column), key_literal(entity), until)));
}

static void
check_row(const MlopsVersion *version, const MlopsEntity *entity, uint64 n_rows)
{
	if (n_rows == 0)
		report_no_row(version, entity);
	if (n_rows > 1)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("entity %s has more than one row for model \"%s\"", key_name(entity),
						version->model),
				 errhint("Train with time_column or id_column, which tell the latest row.")));
}

void
mlops_entity_lanes(const MlopsModel *model, const MlopsEntity *entity, uint16 *lanes)
{
	const MlopsVersion *version = &model->version;
	MlopsModel *kept = unconstify(MlopsModel *, model);
	SPIPlanPtr plan = model->entity_plans[entity->form];
	Datum values[] = { entity->key, TimestampTzGetDatum(entity->as_of) };

	if (version->entity_column == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("model \"%s\" version %d has no entity column", version->model,
							   version->version),
						errhint("Give the features, or train with entity_column.")));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan(plan != NULL ? plan : make_plan(model, entity->form), values, NULL, true,
						 0) != SPI_OK_SELECT)
		elog(ERROR, "the read of an entity failed");
	check_row(version, entity, SPI_processed);
	mlops_code_tuple(model, SPI_tuptable->vals[0], SPI_tuptable->tupdesc, &kept->entity_map,
					 model->context, lanes);
	SPI_finish();
}
