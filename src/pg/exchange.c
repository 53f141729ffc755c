/*
 * export_model, import_model: a version as bytes, from one server to another.
 *
 * What arrives is not trusted.  In this order: magic and export version, the
 * seal, lengths (core/container), the document field by field (exchange_read,
 * exchange_check), the digest, then the whole forest by the decoder that
 * predictions use, and whether it is the one that the document describes.  Only
 * then is a row written.  A model is data: no code, and no name of a relation
 * that would be looked up, comes with it.
 */
#include "postgres.h"

#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/container.h"
#include "pg/args.h"
#include "pg/cache.h"
#include "pg/compat.h"
#include "pg/error.h"
#include "pg/exchange.h"
#include "pg/fit.h"
#include "pg/hooks.h"

#define MAX_EXPORT_BYTES (MaxAllocSize - VARHDRSZ)

/* ---- export ---- */

/* A bytea for the whole export; refused before it is made if a value cannot hold it. */
static bytea *
make_export(const MlopsVersion *version, size_t document_bytes, int64 chunk_bytes, size_t *n_bytes)
{
	bool fits = mlops_container_size(document_bytes, (uint32) version->n_chunks,
									 (uint64) chunk_bytes, n_bytes);
	bytea *data;

	if (!fits || *n_bytes > MAX_EXPORT_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an export of model \"%s\" version %d takes %lld bytes, more than the %lld "
						"that a value can hold",
						version->model, version->version,
						fits ? (long long) *n_bytes : (long long) chunk_bytes,
						(long long) MAX_EXPORT_BYTES),
				 errhint("Train it with fewer trees or a limited max_depth, or carry the database "
						 "with pg_dump.")));
	data = palloc_extended(VARHDRSZ + *n_bytes, MCXT_ALLOC_NO_OOM);
	if (data == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("no memory for an export of %zu bytes", *n_bytes)));
	SET_VARSIZE(data, VARHDRSZ + *n_bytes);
	return data;
}

/* Append all chunks and check that they are those of the version. */
static void
put_chunks(const MlopsVersion *version, MlopsBuffer *out)
{
	MemoryContext before = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(before, "mlops export", ALLOCSET_DEFAULT_SIZES);
	MlopsChunk *chunks = palloc(sizeof(MlopsChunk) * Max(version->n_chunks, 1));
	uint8 digest[MLOPS_DIGEST_BYTES];

	for (int32 i = 0; i < version->n_chunks; i++)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(context);
		MemoryContextSwitchTo(context);
		if (!mlops_catalog_read_chunk(version->model_id, version->version, i, &chunks[i]))
			mlops_report_corrupted(version->model, version->version,
								   psprintf("chunk %d is missing", i));
		MemoryContextSwitchTo(before);
		if (chunks[i].n_bytes + MLOPS_CONTAINER_SEAL_BYTES > out->capacity - out->n_bytes)
			mlops_report_corrupted(version->model, version->version,
								   "its chunks have more bytes than its version says");
		mlops_container_put_chunk(chunks[i], out);
		/* the copy in the export outlives the one that was read */
		chunks[i].bytes = out->bytes + out->n_bytes - chunks[i].n_bytes;
	}
	MemoryContextDelete(context);
	mlops_catalog_digest(chunks, version->n_chunks, digest);
	if (memcmp(digest, version->digest, MLOPS_DIGEST_BYTES) != 0 ||
		out->n_bytes + MLOPS_CONTAINER_SEAL_BYTES != out->capacity)
		mlops_report_corrupted(version->model, version->version,
							   "its bytes do not match the digest of the version");
}

MLOPS_FUNCTION(mlops_export_model);

/* export_model(model) */
Datum
mlops_export_model(PG_FUNCTION_ARGS)
{
	const char *reference = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	MlopsResolved resolved;
	MlopsVersion version;
	MlopsVersionRow row;
	TimestampTz created_at;
	MlopsBuffer out = { 0 };
	size_t document_bytes;
	char *document;
	bytea *data;

	mlops_catalog_check_writable("export_model");
	resolved = mlops_catalog_resolve(reference);
	if (!mlops_catalog_read_version(resolved.model_id, resolved.version, MLOPS_READ_ALL,
									&version) ||
		!mlops_catalog_read_row(resolved.model_id, resolved.version, &row, &created_at))
		elog(ERROR, "version %d of model " INT64_FORMAT " vanished", resolved.version,
			 resolved.model_id);
	mlops_catalog_check_insight(version.model, "Export it");
	document = mlops_exchange_write(&row, created_at, &document_bytes);
	data = make_export(&version, document_bytes, DatumGetInt64(row.values[MLOPS_VC_N_BYTES]),
					   &out.capacity);
	/* of the exact size, so it never asks for more */
	out.bytes = (uint8 *) VARDATA(data);
	mlops_container_put_head(document, document_bytes, (uint32) version.n_chunks, &out);
	put_chunks(&version, &out);
	mlops_catalog_digest(&(MlopsChunk){ out.bytes, out.n_bytes }, 1, out.bytes + out.n_bytes);
	mlops_catalog_add_event(resolved.model_id, resolved.version, "model.exported");
	PG_RETURN_BYTEA_P(data);
}

/* ---- import ---- */

/* Raise what a status of foreign bytes means. */
static void
check_status(MlopsStatus status, const MlopsReason *reason)
{
	if (status == MLOPS_STATUS_CORRUPT)
		mlops_exchange_refuse("%s", reason->text);
	if (status == MLOPS_STATUS_LIMIT)
		ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
						errmsg("the model of the export does not fit into mlops.model_cache_size"),
						errdetail("%s.", reason->text), errhint("Raise mlops.model_cache_size.")));
	mlops_report_status(status, reason);
}

/* Check the seal and find the parts. */
static void
open_export(bytea *data, const MlopsAllocator *allocator, MlopsContainer *container)
{
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(data);
	size_t n_bytes = VARSIZE_ANY_EXHDR(data);
	MlopsReason reason = { "" };
	uint8 seal[MLOPS_DIGEST_BYTES];

	StaticAssertStmt(MLOPS_CONTAINER_SEAL_BYTES == MLOPS_DIGEST_BYTES, "a seal is SHA-256");
	check_status(mlops_container_check_head(bytes, n_bytes, &reason), &reason);
	n_bytes -= MLOPS_CONTAINER_SEAL_BYTES;
	mlops_catalog_digest(&(MlopsChunk){ bytes, n_bytes }, 1, seal);
	if (memcmp(seal, bytes + n_bytes, sizeof(seal)) != 0)
		mlops_exchange_refuse("its checksum does not match");
	check_status(mlops_container_open(container, bytes, n_bytes + MLOPS_CONTAINER_SEAL_BYTES,
									  allocator, &reason),
				 &reason);
}

/* Decode all trees; *chunk_bytes is the sum of the chunks. */
static const MlopsForest *
decode_forest(const MlopsContainer *container, const MlopsAllocator *allocator, int64 *chunk_bytes)
{
	const MlopsChunk *chunks = container->chunks;
	MlopsDecoder decoder;
	MlopsReason reason = { "" };
	MlopsStatus status;
	uint64 tree_bytes = 0;

	if (container->n_chunks < 1)
		mlops_exchange_refuse("it has no chunks");
	for (uint32 i = 1; i < container->n_chunks; i++)
		tree_bytes += chunks[i].n_bytes;
	*chunk_bytes = (int64) (tree_bytes + chunks[0].n_bytes);
	check_status(mlops_decoder_check_totals(chunks[0].bytes, chunks[0].n_bytes,
											container->n_chunks - 1, tree_bytes, &reason),
				 &reason);
	status = mlops_decoder_begin(&decoder, chunks[0].bytes, chunks[0].n_bytes, mlops_cache_limit(),
								 allocator, NULL, &reason);
	for (uint32 i = 1; status == MLOPS_STATUS_OK && i < container->n_chunks; i++)
	{
		CHECK_FOR_INTERRUPTS();
		status = mlops_decoder_add_tree(&decoder, chunks[i].bytes, chunks[i].n_bytes, &reason);
	}
	check_status(status, &reason);
	check_status(mlops_decoder_end(&decoder, &reason), &reason);
	return decoder.forest;
}

/* True for a forest whose levels mean the same in every encoding. */
static bool
has_ascii_levels(const MlopsForest *forest, const MlopsColumn *columns)
{
	for (uint32 c = 0; c < forest->n_columns; c++)
	{
		for (uint32 i = 0; mlops_column_has_levels(&columns[c]) && i < columns[c].n_levels; i++)
		{
			for (uint32 k = 0; k < columns[c].levels[i].n_bytes; k++)
			{
				if (IS_HIGHBIT_SET(columns[c].levels[i].data[k]))
					return false;
			}
		}
	}
	return true;
}

/* Check that the chunks are the forest that the document describes. */
static void
check_forest(const MlopsImport *import, const MlopsContainer *container,
			 const MlopsAllocator *allocator, int64 *chunk_bytes)
{
	uint8 digest[MLOPS_DIGEST_BYTES];
	const MlopsForest *forest;
	const MlopsColumn *columns;
	const char *reason;

	mlops_catalog_digest(container->chunks, (int) container->n_chunks, digest);
	if (memcmp(digest, import->version.digest, MLOPS_DIGEST_BYTES) != 0)
		mlops_exchange_refuse("its chunks do not match the digest of the document");
	forest = decode_forest(container, allocator, chunk_bytes);
	columns = mlops_forest_columns(forest, allocator);
	if (columns == NULL)
	{
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
		return; /* not reached */
	}
	if (import->encoding != GetDatabaseEncoding() && !has_ascii_levels(forest, columns))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("the export has levels in another encoding than %s, that of this "
							   "database",
							   GetDatabaseEncodingName()),
						errhint("Import it into a database of the encoding that it came from.")));
	reason = mlops_fit_check(&import->version, forest, columns);
	if (reason != NULL)
		mlops_exchange_refuse("%s", reason);
}

static void
set_text(MlopsVersionRow *row, MlopsVersionColumn column, const char *text)
{
	row->nulls[column] = false;
	row->values[column] = CStringGetTextDatum(text);
}

/* The columns that the importing server knows. */
static void
complete_row(MlopsVersionRow *row, uint32 n_chunks, int64 chunk_bytes)
{
	set_text(row, MLOPS_VC_STATUS, "candidate");
	set_text(row, MLOPS_VC_CREATED_BY, GetUserNameFromId(GetSessionUserId(), false));
	row->nulls[MLOPS_VC_N_BYTES] = row->nulls[MLOPS_VC_N_CHUNKS] = false;
	row->values[MLOPS_VC_N_BYTES] = Int64GetDatum(chunk_bytes);
	row->values[MLOPS_VC_N_CHUNKS] = Int32GetDatum((int32) n_chunks);
}

MLOPS_FUNCTION(mlops_import_model);

/* import_model(model, data, comment) */
Datum
mlops_import_model(PG_FUNCTION_ARGS)
{
	char *model = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsContainer container;
	MlopsImport import;
	const char *task;
	int64 chunk_bytes;

	mlops_catalog_check_writable("import_model");
	mlops_args_check_model_name(model);
	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("data must be what mlops.export_model returned, not NULL")));
	open_export(PG_GETARG_BYTEA_PP(1), &allocator, &container);
	mlops_exchange_read(container.document, container.document_bytes, &import);
	task = import.version.task == MLOPS_TASK_REGRESSION ? "regression" : "classification";
	mlops_catalog_check_model(model, task);
	check_forest(&import, &container, &allocator, &chunk_bytes);
	complete_row(&import.row, container.n_chunks, chunk_bytes);
	if (!PG_ARGISNULL(2))
		set_text(&import.row, MLOPS_VC_COMMENT, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_INT32(mlops_catalog_store_version(model, task, &import.row, container.chunks,
												(int) container.n_chunks, "model.imported", NULL));
}
