/*
 * The features of an entity, as they are known now.
 *
 * The one place that reads rows for predict(user_id); a feature store will
 * answer here instead.  The statement is planned once per backend and model
 * version and kept with the cached model.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/coding.h"
#include "pg/entity.h"

static void
append_order(StringInfo text, const char *column)
{
	if (column != NULL)
		appendStringInfo(text, "%s%s DESC NULLS LAST",
						 strstr(text->data, " ORDER BY ") == NULL ? " ORDER BY " : ", ",
						 quote_identifier(column));
}

/* The latest row of an entity; names are quoted, the query of the version stands in parentheses. */
static char *
entity_query(const MlopsVersion *version)
{
	StringInfoData text, order;

	initStringInfo(&text);
	initStringInfo(&order);
	appendStringInfoString(&text, "SELECT ");
	for (int i = 0; i < version->n_features; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "" : ", ",
						 quote_identifier(version->features[i].name));
	if (version->relation != NULL)
		appendStringInfo(&text, " FROM %s", version->relation);
	else
		appendStringInfo(&text, " FROM (%s\n) AS mlops_query", version->query);
	appendStringInfo(&text, " WHERE %s = $1", quote_identifier(version->entity_column));
	append_order(&order, version->time_column);
	append_order(&order, version->id_column);
	appendStringInfo(&text, "%s LIMIT 1", order.data);
	return text.data;
}

/* Plan the statement and keep the plan with the model. */
static SPIPlanPtr
make_plan(const MlopsModel *model)
{
	/* the cache owns the model; the plan is the one part that is filled in later */
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

void
mlops_entity_lanes(const MlopsModel *model, int64 user_id, uint16 *lanes)
{
	const MlopsVersion *version = &model->version;
	Datum value = Int64GetDatum(user_id);
	MlopsValueType *types;

	if (version->entity_column == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("model \"%s\" version %d has no entity column", version->model,
							   version->version),
						errhint("Give the features, or train with entity_column.")));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan(model->entity_plan != NULL ? model->entity_plan : make_plan(model), &value,
						 NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "the read of an entity failed");
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("entity " INT64_FORMAT " has no features for model \"%s\"", user_id,
							   version->model),
						errdetail("%s has no row with %s = " INT64_FORMAT ".",
								  version->relation != NULL ? version->relation : "The query",
								  quote_identifier(version->entity_column), user_id)));
	types = palloc0(sizeof(MlopsValueType) * version->n_features);
	for (int i = 0; i < version->n_features; i++)
		mlops_value_type(SPI_gettypeid(SPI_tuptable->tupdesc, i + 1), &types[i]);
	mlops_code_tuple(model, SPI_tuptable->vals[0], SPI_tuptable->tupdesc, types, lanes);
	SPI_finish();
}
