/*
 * An exported model: a document and the chunks of a forest, framed.
 *
 * The layout is written down in FORMAT.md.  What the document says is the
 * caller's business, and so is the seal: SHA-256 over all bytes before it, in
 * the last MLOPS_CONTAINER_SEAL_BYTES.
 *
 * Opening trusts nothing: every length is compared with the bytes that are left
 * before memory is taken.
 */
#ifndef MLOPS_CONTAINER_H
#define MLOPS_CONTAINER_H

#include "core/buffer.h"
#include "core/codec.h"

#define MLOPS_CONTAINER_VERSION	   1 /* the newest that is read and written */
#define MLOPS_CONTAINER_SEAL_BYTES 32

typedef struct MlopsContainer
{
	const uint8_t *document; /* in the bytes that were opened */
	size_t document_bytes;
	MlopsChunk *chunks; /* [n_chunks], from the allocator; their bytes in those that were opened */
	uint32_t n_chunks;
} MlopsContainer;

/*
 * Size of a container, seal included.
 *
 *   chunk_bytes   of all chunks together
 *   n_bytes       OUT
 *
 * Returns false if it does not fit into size_t or the document not into its length.
 */
extern bool mlops_container_size(size_t document_bytes, uint32_t n_chunks, uint64_t chunk_bytes,
								 size_t *n_bytes);

/* Append all that stands before the chunks; then each chunk, in order. */
extern void mlops_container_put_head(const void *document, size_t document_bytes, uint32_t n_chunks,
									 MlopsBuffer *out);
extern void mlops_container_put_chunk(MlopsChunk chunk, MlopsBuffer *out);

/*
 * Check that bytes claim to be a container of a version that is known and are long enough to have
 * a seal, which is all that can be said before the seal is checked.
 *
 * Errors: CORRUPT, UNSUPPORTED (newer version); each with a reason.
 */
extern MlopsStatus mlops_container_check_head(const void *bytes, size_t n_bytes,
											  MlopsReason *reason);

/*
 * Find the parts of a container whose seal was checked.
 *
 *   container   OUT  chunks go back to the allocator; NULL after an error
 *
 * Errors: those of mlops_container_check_head, NOMEM.
 * Cost:   O(chunks).
 */
extern MlopsStatus mlops_container_open(MlopsContainer *container, const void *bytes,
										size_t n_bytes, const MlopsAllocator *allocator,
										MlopsReason *reason);

#endif
