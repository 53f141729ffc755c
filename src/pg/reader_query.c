/*
 * The statement that a reader runs: prepared, and checked before a row is read.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "pg/reader_internal.h"

/* True if a prepared statement is one SELECT that only reads. */
static bool
is_reading(const CachedPlanSource *source)
{
	const Query *query;

	if (list_length(source->query_list) != 1)
		return false;
	query = linitial_node(Query, source->query_list);
	return query->commandType == CMD_SELECT && !query->hasModifyingCTE && query->rowMarks == NIL;
}

/*
 * Refuse temporary relations that a prepared statement reads, also through views: another session
 * would find others of these names, or none.
 */
static void
check_permanent(const CachedPlanSource *source)
{
	ListCell *cell;

	foreach (cell, source->relationOids)
	{
		if (get_rel_persistence(lfirst_oid(cell)) == RELPERSISTENCE_TEMP)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("relation \"%s\" is temporary, so no other session can read it",
								   get_rel_name(lfirst_oid(cell))),
							errhint("Call mlops.train_model, or copy it into a table.")));
	}
}

SPIPlanPtr
mlops_reader_prepare(const MlopsReadRequest *request)
{
	const char *query =
		OidIsValid(request->relation) ? mlops_reader_relation_query(request) : request->query;
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);
	List *sources;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	sources = SPI_plan_get_plan_sources(plan);
	if (list_length(sources) != 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query must be one statement, not %d", list_length(sources)),
						errhint("Write one SELECT.")));
	if (!is_reading(linitial(sources)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query must be a SELECT that only reads"),
						errhint("Data that a query changes or locks cannot be read with it.")));
	if (request->is_for_other)
		check_permanent(linitial(sources));
	return plan;
}
