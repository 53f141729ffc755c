/*
 * An exported model: framing.
 */
#include "core/container.h"
#include "core/checked.h"

#define MAGIC			   0x584F4C4Du /* "MLOX" */
#define HEAD_BYTES		   16
#define CHUNK_LENGTH_BYTES 4

bool
mlops_container_size(size_t document_bytes, uint32_t n_chunks, uint64_t chunk_bytes,
					 size_t *n_bytes)
{
	size_t lengths;

	return document_bytes <= UINT32_MAX && chunk_bytes <= SIZE_MAX &&
		   mlops_checked_mul(n_chunks, CHUNK_LENGTH_BYTES, &lengths) &&
		   mlops_checked_add(document_bytes, (size_t) chunk_bytes, n_bytes) &&
		   mlops_checked_add(*n_bytes, lengths, n_bytes) &&
		   mlops_checked_add(*n_bytes, HEAD_BYTES + MLOPS_CONTAINER_SEAL_BYTES, n_bytes);
}

void
mlops_container_put_head(const void *document, size_t document_bytes, uint32_t n_chunks,
						 MlopsBuffer *out)
{
	mlops_buffer_put_uint(out, MAGIC, 4);
	mlops_buffer_put_uint(out, MLOPS_CONTAINER_VERSION, 2);
	mlops_buffer_put_uint(out, 0, 2);
	mlops_buffer_put_uint(out, n_chunks, 4);
	mlops_buffer_put_uint(out, document_bytes, 4);
	mlops_buffer_put(out, document, document_bytes);
}

void
mlops_container_put_chunk(MlopsChunk chunk, MlopsBuffer *out)
{
	mlops_buffer_put_uint(out, chunk.n_bytes, CHUNK_LENGTH_BYTES);
	mlops_buffer_put(out, chunk.bytes, chunk.n_bytes);
}

/* Check magic, version and least length; the cursor then stands behind the version. */
static MlopsStatus
read_head(MlopsCursor *cursor, const void *bytes, size_t n_bytes, MlopsReason *reason)
{
	uint32_t version;

	*cursor = (MlopsCursor){ bytes, (const uint8_t *) bytes + n_bytes, false };
	if (mlops_cursor_get_uint(cursor, 4) != MAGIC)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "it does not begin as an exported model does");
	version = (uint32_t) mlops_cursor_get_uint(cursor, 2);
	if (cursor->is_failed || n_bytes < HEAD_BYTES + MLOPS_CONTAINER_SEAL_BYTES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "%zu bytes are too short", n_bytes);
	if (version > MLOPS_CONTAINER_VERSION)
		return mlops_status_fail(reason, MLOPS_STATUS_UNSUPPORTED,
								 "export version %u is newer than version %d", version,
								 MLOPS_CONTAINER_VERSION);
	if (version < 1)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "export version %u does not exist",
								 version);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_container_check_head(const void *bytes, size_t n_bytes, MlopsReason *reason)
{
	MlopsCursor cursor;

	return read_head(&cursor, bytes, n_bytes, reason);
}

/* Read the length of a chunk and its bytes. */
static bool
read_chunk(MlopsCursor *cursor, MlopsChunk *chunk)
{
	chunk->n_bytes = (size_t) mlops_cursor_get_uint(cursor, CHUNK_LENGTH_BYTES);
	chunk->bytes = mlops_cursor_get(cursor, chunk->n_bytes);
	return !cursor->is_failed;
}

/* Read document and chunks; the cursor ends before the seal. */
static MlopsStatus
read_parts(MlopsContainer *container, MlopsCursor *cursor, const MlopsAllocator *allocator,
		   MlopsReason *reason)
{
	uint32_t n_chunks;

	if (mlops_cursor_get_uint(cursor, 2) != 0)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "its reserved bytes are not zero");
	n_chunks = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	container->document_bytes = (size_t) mlops_cursor_get_uint(cursor, 4);
	container->document = mlops_cursor_get(cursor, container->document_bytes);
	if (cursor->is_failed)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "its document ends too early");
	if (n_chunks > MLOPS_MAX_TREES + 1u ||
		n_chunks > mlops_cursor_left(cursor) / CHUNK_LENGTH_BYTES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "%u chunks do not fit into its %zu bytes that are left", n_chunks,
								 mlops_cursor_left(cursor));
	container->chunks = mlops_alloc(allocator, n_chunks, sizeof(MlopsChunk));
	if (container->chunks == NULL)
		return mlops_status_fail(reason, MLOPS_STATUS_NOMEM, "no memory for %u chunks", n_chunks);
	for (container->n_chunks = 0; container->n_chunks < n_chunks; container->n_chunks++)
	{
		if (!read_chunk(cursor, &container->chunks[container->n_chunks]))
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "chunk %u of %u ends too early",
									 container->n_chunks, n_chunks);
	}
	if (mlops_cursor_left(cursor) != 0)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "it has bytes behind its end");
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_container_open(MlopsContainer *container, const void *bytes, size_t n_bytes,
					 const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsCursor cursor;
	MlopsStatus status = read_head(&cursor, bytes, n_bytes, reason);

	*container = (MlopsContainer){ 0 };
	if (status != MLOPS_STATUS_OK)
		return status;
	cursor.end -= MLOPS_CONTAINER_SEAL_BYTES;
	status = read_parts(container, &cursor, allocator, reason);
	if (status != MLOPS_STATUS_OK)
	{
		mlops_free(allocator, container->chunks);
		*container = (MlopsContainer){ 0 };
	}
	return status;
}
