/*
 * The statement that a reader runs: prepared, checked before a row is read, and run so that it cannot write.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "utils/guc.h"
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

static void
set_for_now(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

void
mlops_reader_run(const MlopsReadRequest *request, bool keeps_order, DestReceiver *dest)
{
	SPIExecuteOptions options = { .read_only = true, .dest = dest };
	int nest = NewGUCNestLevel();

	set_for_now("synchronize_seqscans", "off");
	set_for_now("transaction_read_only", "on");
	if (keeps_order)
		set_for_now("max_parallel_workers_per_gather", "0");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan_extended(mlops_reader_prepare(request), &options) < 0)
		elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(SPI_result));
	SPI_finish();
	AtEOXact_GUC(true, nest);
}
