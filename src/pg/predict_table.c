/*
 * predict_table: a prediction for each row of a query.
 *
 * 1. The columns of the query get their roles: features by name, columns that are kept.  The caller's
 *    list of columns is checked against what will come.
 * 2. Each row is coded into the lanes of the block, and its kept values are appended to the block as a row
 *    of the result whose prediction, the last 8 bytes, is not known yet.
 * 3. A full block is walked (predict_parallel.c), the predictions are filled in, and the rows go to the
 *    result, which the server spools above work_mem.
 *
 * So memory is that of a block, whatever the number of rows, and their order is that of the query.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/args.h"
#include "pg/coding.h"
#include "pg/compat.h"
#include "pg/predict_input.h"
#include "pg/predict_parallel.h"

/*
 * A block is as large as it may be, because each brings the whole forest through the processor's cache.
 * The bytes are those of lanes, outputs and kept values.
 */
#define BLOCK_ROWS_MAX	 ((size_t) 256 * 1024)
#define BLOCK_ROWS_MIN	 ((size_t) 1024)
#define BLOCK_BYTES		 ((Size) 64 * 1024 * 1024)
#define FIRST_ROWS_BYTES ((Size) 8 * 1024)

typedef struct PredictTable
{
	DestReceiver dest; /* must be first */
	FunctionCallInfo fcinfo;
	const MlopsModel *model;
	bool keeps_rest;	   /* keep is NULL: all columns that are no features */
	List *keep;			   /* else these names (char *) */
	MemoryContext context; /* of all below */
	MemoryContext row_context;
	MlopsSlotCoder *coder;
	int n_kept;
	int *kept;		/* [n_kept] attributes of the query, 0-based */
	TupleDesc desc; /* of the result: the kept columns, prediction */
	Datum *values;	/* [n_kept + 1] of one row */
	bool *nulls;
	MlopsWalker *walker;
	Size lanes_bytes; /* of a row, with its output */
	size_t block_rows;
	size_t n_rows;	 /* of the block */
	char *rows;		 /* their minimal tuples, one after the other, each aligned */
	Size rows_bytes; /* in use */
	Size rows_capacity;
} PredictTable;

/* Find the columns that are kept. */
static void
find_kept(PredictTable *table, TupleDesc desc)
{
	ListCell *cell;

	table->kept = palloc(sizeof(int) * (desc->natts + list_length(table->keep) + 1));
	for (int i = 0; table->keeps_rest && i < desc->natts; i++)
	{
		if (!mlops_slot_coder_reads(table->coder, i))
			table->kept[table->n_kept++] = i;
	}
	foreach (cell, table->keep)
		table->kept[table->n_kept++] = mlops_reader_require_attribute(desc, "keep", lfirst(cell));
}

/* Raise 42702 for a feature whose name two columns have. */
static void
check_unique(const PredictTable *table, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (mlops_slot_coder_reads(table->coder, i))
			(void) mlops_reader_require_attribute(desc, "feature",
												  NameStr(TupleDescAttr(desc, i)->attname));
	}
}

static TupleDesc
make_result_desc(const PredictTable *table, TupleDesc desc)
{
	TupleDesc result = CreateTemplateTupleDesc(table->n_kept + 1);

	for (int i = 0; i < table->n_kept; i++)
		TupleDescCopyEntry(result, (AttrNumber) (i + 1), desc, (AttrNumber) (table->kept[i] + 1));
	TupleDescInitEntry(result, (AttrNumber) (table->n_kept + 1), "prediction", FLOAT8OID, -1, 0);
	return result;
}

/* Name of a result's column in the list that is proposed, where names must differ. */
static const char *
proposed_name(TupleDesc desc, int i)
{
	const char *name = NameStr(TupleDescAttr(desc, i)->attname);

	for (int j = 0; j < desc->natts; j++)
	{
		if (j != i && strcmp(NameStr(TupleDescAttr(desc, j)->attname), name) == 0)
			return i == desc->natts - 1 ? name : psprintf("%s_%d", name, i + 1);
	}
	return name;
}

/* The list of columns that a caller has to write. */
static char *
column_list(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		appendStringInfo(&list, "%s%s %s", i == 0 ? "" : ", ",
						 quote_identifier(proposed_name(desc, i)),
						 column->atttypid == FLOAT8OID ?
							 "float8" :
							 format_type_with_typemod(column->atttypid, column->atttypmod));
	}
	return list.data;
}

/* True if values of a column can be read as the type that the caller wrote. */
static bool
has_listed_type(Form_pg_attribute column, Form_pg_attribute listed)
{
	return (column->atttypid == listed->atttypid ||
			IsBinaryCoercible(column->atttypid, listed->atttypid)) &&
		   column->attlen == listed->attlen && column->attalign == listed->attalign &&
		   column->attbyval == listed->attbyval &&
		   (listed->atttypmod == -1 || listed->atttypmod == column->atttypmod);
}

/* True if the caller gave column i the name of another one: two of one type would change places. */
static bool
has_other_name(TupleDesc desc, TupleDesc listed, int i)
{
	const char *name = NameStr(TupleDescAttr(listed, i)->attname);
	bool is_found = false;

	if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
		return false;
	for (int j = 0; j < desc->natts; j++)
		is_found |= strcmp(NameStr(TupleDescAttr(desc, j)->attname), name) == 0;
	return is_found;
}

static void
check_column(TupleDesc desc, TupleDesc listed, int i)
{
	Form_pg_attribute column = TupleDescAttr(desc, i);
	Form_pg_attribute other = TupleDescAttr(listed, i);

	if (has_other_name(desc, listed, i))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column %d of the list is \"%s\", but what comes there is \"%s\"",
							   i + 1, NameStr(other->attname), NameStr(column->attname)),
						errhint("Write AS t(%s).", column_list(desc))));
	if (!has_listed_type(column, other))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" of the list is %s, but what comes there is %s",
							   NameStr(other->attname),
							   format_type_with_typemod(other->atttypid, other->atttypmod),
							   format_type_with_typemod(column->atttypid, column->atttypmod)),
						errhint("Write AS t(%s).", column_list(desc))));
}

/* Raise 42804 unless the list of columns that the caller wrote is what comes. */
static void
check_list(TupleDesc desc, TupleDesc listed)
{
	if (listed == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("predict_table needs a list of its columns"),
						errhint("Call it in FROM, and write AS t(%s).", column_list(desc))));
	if (listed->natts != desc->natts)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg_plural("the list has %d column, but %d come",
									  "the list has %d columns, but %d come", listed->natts,
									  listed->natts, desc->natts),
						errhint("Write AS t(%s).", column_list(desc))));
	for (int i = 0; i < desc->natts; i++)
		check_column(desc, listed, i);
}

/* Know the columns: what is read, what is kept, what comes. */
static void
table_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	PredictTable *table = (PredictTable *) self;
	ReturnSetInfo *result = (ReturnSetInfo *) table->fcinfo->resultinfo;
	MemoryContext before = MemoryContextSwitchTo(table->context);

	table->coder = mlops_slot_coder_create(table->model, desc);
	check_unique(table, desc);
	find_kept(table, desc);
	table->desc = make_result_desc(table, desc);
	table->values = palloc0(sizeof(Datum) * (table->n_kept + 1));
	table->nulls = palloc0(sizeof(bool) * (table->n_kept + 1));
	if (result != NULL && IsA(result, ReturnSetInfo))
		check_list(table->desc, result->expectedDesc);
	InitMaterializedSRF(table->fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	MemoryContextSwitchTo(before);
}

/* Append the kept values of a row to the block. */
static void
keep_row(PredictTable *table, TupleTableSlot *slot)
{
	MinimalTuple row;
	Size n_bytes;

	for (int i = 0; i < table->n_kept; i++)
	{
		table->values[i] = slot->tts_values[table->kept[i]];
		table->nulls[i] = slot->tts_isnull[table->kept[i]];
	}
	row = heap_form_minimal_tuple(table->desc, table->values, table->nulls);
	n_bytes = MAXALIGN(row->t_len);
	if (table->rows_bytes + n_bytes > table->rows_capacity)
	{
		table->rows_capacity =
			Max(table->rows_bytes + n_bytes,
				Min(Max(2 * table->rows_capacity, FIRST_ROWS_BYTES), BLOCK_BYTES));
		table->rows = table->rows == NULL ?
						  MemoryContextAllocHuge(table->context, table->rows_capacity) :
						  repalloc_huge(table->rows, table->rows_capacity);
	}
	memcpy(table->rows + table->rows_bytes, row, row->t_len);
	table->rows_bytes += n_bytes;
}

/* Predict the rows of the block and give them out. */
static void
give_block(PredictTable *table)
{
	Tuplestorestate *result = ((ReturnSetInfo *) table->fcinfo->resultinfo)->setResult;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(table->desc, &TTSOpsMinimalTuple);
	const double *outputs = mlops_walker_walk(table->walker);
	char *place = table->rows;

	for (size_t i = 0; i < table->n_rows; i++)
	{
		MinimalTuple row = (MinimalTuple) place;
		float8 prediction = mlops_single_score(table->model, &outputs[i]);

		/* the last column, never NULL, ends the row */
		memcpy(place + row->t_len - sizeof(float8), &prediction, sizeof(float8));
		place += MAXALIGN(row->t_len);
		ExecStoreMinimalTuple(row, slot, false);
		tuplestore_puttupleslot(result, slot);
		CHECK_FOR_INTERRUPTS();
	}
	ExecDropSingleTupleTableSlot(slot);
	table->n_rows = 0;
	table->rows_bytes = 0;
}

static bool
table_receive(TupleTableSlot *slot, DestReceiver *self)
{
	PredictTable *table = (PredictTable *) self;
	MemoryContext before;

	CHECK_FOR_INTERRUPTS();
	if (table->n_rows == table->block_rows ||
		table->n_rows * table->lanes_bytes + table->rows_bytes > BLOCK_BYTES)
		give_block(table);
	before = MemoryContextSwitchTo(table->row_context);
	mlops_code_slot(table->coder, slot, mlops_walker_add(table->walker));
	keep_row(table, slot);
	table->n_rows++;
	MemoryContextSwitchTo(before);
	MemoryContextReset(table->row_context);
	return true;
}

static void
table_ignore(DestReceiver *self)
{
}

/* Check the arguments and find the model. */
static void
begin_table(FunctionCallInfo fcinfo, PredictTable *table)
{
	MlopsCallCache cache = { 0 };
	const char *reference = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));

	memset(table, 0, sizeof(*table));
	table->dest = (DestReceiver){ .receiveSlot = table_receive,
								  .rStartup = table_startup,
								  .rShutdown = table_ignore,
								  .rDestroy = table_ignore,
								  .mydest = DestNone };
	table->fcinfo = fcinfo;
	table->context = CurrentMemoryContext;
	table->row_context =
		AllocSetContextCreate(table->context, "mlops predict row", ALLOCSET_DEFAULT_SIZES);
	table->model = mlops_cache_get(&cache, table->context, reference);
	mlops_predict_check_single(table->model);
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("query must be given, not NULL"),
				 errhint("Write a SELECT that yields the features of model \"%s\".",
						 table->model->version.model)));
	table->keeps_rest = PG_ARGISNULL(2);
	if (!table->keeps_rest)
		table->keep = mlops_args_names("keep", PG_GETARG_ARRAYTYPE_P(2));
	table->lanes_bytes =
		sizeof(uint16) * mlops_forest_n_lanes(table->model->forest) + sizeof(double);
	table->block_rows = Min(Max(BLOCK_BYTES / table->lanes_bytes, BLOCK_ROWS_MIN), BLOCK_ROWS_MAX);
	table->walker = mlops_walker_create(table->model, table->block_rows);
}

MLOPS_FUNCTION(mlops_predict_table);

/* predict_table(model, query, keep) */
Datum
mlops_predict_table(PG_FUNCTION_ARGS)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "mlops predict table", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	PredictTable table;
	MlopsReadRequest request = { 0 };

	begin_table(fcinfo, &table);
	request.query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	mlops_reader_run(&request, true, &table.dest);
	give_block(&table);
	mlops_walker_end(table.walker);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	return (Datum) 0;
}
