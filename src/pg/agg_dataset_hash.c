/*
 * dataset_hash: a fingerprint of a set of rows, whatever their order.
 *
 * A row becomes bytes as COPY (FORMAT binary) writes it under client_encoding
 * UTF8: the number of columns in two bytes, then for each column the length of
 * its binary send form in four, -1 for NULL, and that form.  Lengths come first,
 * so that no value can run into the next one.  The digest of a row is the first
 * 16 bytes of the SHA-256 of these; core/row_hash adds digests up, and the answer
 * is the first 16 bytes of the SHA-256 of (n, sum, xor).
 *
 * Names and types of columns have no part in it, and neither have dropped
 * columns.  Send forms are taken as they are: numeric keeps its trailing zeros,
 * and arrays and records hold oids of their types, which differ between
 * databases for types that are not the server's own.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "core/checked.h"
#include "core/row_hash.h"
#include "pg/agg_args.h"
#include "pg/agg_state.h"
#include "pg/catalog.h"

static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	mlops_row_hash_transfer(state, io);
}

static MlopsStatus
merge(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	int64 n_rows = ((const MlopsRowHash *) into)->n_rows;

	if (!mlops_checked_add_rows(&n_rows, ((const MlopsRowHash *) from)->n_rows, PG_INT64_MAX))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^63 - 1 rows");
	mlops_row_hash_merge(into, from);
	return MLOPS_STATUS_OK;
}

static const MlopsStateClass hash_class = { .type_name = "_hash_state",
											.magic = 0xD4,
											.version = 1,
											.state_bytes = sizeof(MlopsRowHash),
											.transfer = transfer,
											.merge = merge };

/* What a call site keeps between rows. */
typedef struct RowWriter
{
	int n_columns;
	Oid *types;		 /* [n_columns] InvalidOid: not looked up yet */
	FmgrInfo *sends; /* [n_columns] */
	Datum *values;	 /* [n_columns] */
	bool *nulls;	 /* [n_columns] */
	StringInfoData bytes;
} RowWriter;

/* The writer of a call site, with room for n columns; rows of a record may differ in them. */
static RowWriter *
row_writer(FmgrInfo *flinfo, int n_columns)
{
	RowWriter *writer = flinfo->fn_extra;
	MemoryContext before;

	if (writer != NULL && writer->n_columns >= n_columns)
		return writer;
	before = MemoryContextSwitchTo(flinfo->fn_mcxt);
	if (writer == NULL)
	{
		writer = palloc0(sizeof(RowWriter));
		initStringInfo(&writer->bytes);
		flinfo->fn_extra = writer;
	}
	writer->n_columns = n_columns;
	writer->types = palloc0(sizeof(Oid) * n_columns);
	writer->sends = palloc(sizeof(FmgrInfo) * n_columns);
	writer->values = palloc(sizeof(Datum) * n_columns);
	writer->nulls = palloc(sizeof(bool) * n_columns);
	MemoryContextSwitchTo(before);
	return writer;
}

static void
append_value(RowWriter *writer, int i, Oid type, MemoryContext context)
{
	bytea *sent;

	if (writer->nulls[i])
	{
		pq_sendint32(&writer->bytes, (uint32) -1);
		return;
	}
	if (writer->types[i] != type)
	{
		Oid send;
		bool is_varlena;

		getTypeBinaryOutputInfo(type, &send, &is_varlena);
		fmgr_info_cxt(send, &writer->sends[i], context);
		writer->types[i] = type;
	}
	sent = SendFunctionCall(&writer->sends[i], writer->values[i]);
	pq_sendint32(&writer->bytes, VARSIZE(sent) - VARHDRSZ);
	appendBinaryStringInfo(&writer->bytes, VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
	pfree(sent);
}

/* Write a row to the writer of the call site. */
static void
write_row(FmgrInfo *flinfo, HeapTupleHeader row)
{
	TupleDesc desc =
		lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	RowWriter *writer = row_writer(flinfo, desc->natts);
	HeapTupleData tuple = { .t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row };
	int n_columns = 0;

	heap_deform_tuple(&tuple, desc, writer->values, writer->nulls);
	for (int i = 0; i < desc->natts; i++)
		n_columns += !TupleDescAttr(desc, i)->attisdropped;
	resetStringInfo(&writer->bytes);
	pq_sendint16(&writer->bytes, (uint16) n_columns);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (!column->attisdropped)
			append_value(writer, i, column->atttypid, flinfo->fn_mcxt);
	}
	ReleaseTupleDesc(desc);
}

/* True if send functions would write text in another encoding than UTF-8, if it has one at all. */
static bool
sends_other_encoding(void)
{
	int client = pg_get_client_encoding();
	int server = GetDatabaseEncoding();

	if (client == PG_UTF8 || server == PG_SQL_ASCII)
		return false;
	return server != PG_UTF8 || client != PG_SQL_ASCII;
}

/*
 * As write_row, with client_encoding UTF8 meanwhile: send functions convert text
 * to it, those of json or arrays too, and parallel workers have another one than
 * their leader.
 */
static void
write_row_utf8(FmgrInfo *flinfo, HeapTupleHeader row)
{
	int client = pg_get_client_encoding();

	if (!sends_other_encoding())
	{
		write_row(flinfo, row);
		return;
	}
	if (PrepareClientEncoding(PG_UTF8) < 0 || SetClientEncoding(PG_UTF8) < 0)
		elog(ERROR, "text cannot be converted to UTF-8");
	PG_TRY();
	{
		write_row(flinfo, row);
	}
	PG_FINALLY();
	{
		(void) SetClientEncoding(client);
	}
	PG_END_TRY();
}

/* SHA-256, of which the first MLOPS_ROW_DIGEST_BYTES count. */
static void
digest_row(FmgrInfo *flinfo, HeapTupleHeader row, uint8 digest[MLOPS_DIGEST_BYTES])
{
	const StringInfoData *bytes;

	write_row_utf8(flinfo, row);
	bytes = &((RowWriter *) flinfo->fn_extra)->bytes;
	mlops_catalog_digest(&(MlopsChunk){ (const uint8 *) bytes->data, (size_t) bytes->len }, 1,
						 digest);
}

/* Add the row of argument 1 to the state, or take it away; NULL is no row. */
static Datum
change(FunctionCallInfo fcinfo, void (*apply)(MlopsRowHash *hash, const uint8_t *digest))
{
	MlopsRowHash *hash = mlops_state_step(fcinfo, &hash_class, NULL);
	uint8 digest[MLOPS_DIGEST_BYTES];

	if (!PG_ARGISNULL(1))
	{
		if (apply == mlops_row_hash_remove && hash->n_rows == 0)
			mlops_agg_check_change(hash, MLOPS_STATUS_INVALID, NULL);
		digest_row(fcinfo->flinfo, PG_GETARG_HEAPTUPLEHEADER(1), digest);
		apply(hash, digest);
	}
	return mlops_state_datum(hash);
}

MLOPS_FUNCTION(mlops_dataset_hash_step);

Datum
mlops_dataset_hash_step(PG_FUNCTION_ARGS)
{
	return change(fcinfo, mlops_row_hash_add);
}

MLOPS_FUNCTION(mlops_dataset_hash_inverse);

Datum
mlops_dataset_hash_inverse(PG_FUNCTION_ARGS)
{
	return change(fcinfo, mlops_row_hash_remove);
}

MLOPS_FUNCTION(mlops_dataset_hash_final);

Datum
mlops_dataset_hash_final(PG_FUNCTION_ARGS)
{
	uint8 bytes[MLOPS_ROW_HASH_BYTES];
	uint8 digest[MLOPS_DIGEST_BYTES];
	const MlopsRowHash *hash;
	pg_uuid_t *answer;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	hash = mlops_state_get(fcinfo, 0, &hash_class);
	if (hash->n_rows == 0)
		PG_RETURN_NULL();
	mlops_row_hash_write(hash, bytes);
	mlops_catalog_digest(&(MlopsChunk){ bytes, sizeof(bytes) }, 1, digest);
	answer = palloc(sizeof(pg_uuid_t));
	memcpy(answer->data, digest, UUID_LEN);
	PG_RETURN_UUID_P(answer);
}

MLOPS_STATE_TYPE(hash_state, &hash_class);
