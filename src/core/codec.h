/*
 * Forest <-> bytes.  The layout is written down in FORMAT.md.
 *
 * A stored forest is a list of chunks: the header, then one chunk per tree.  A
 * process that grew a tree encodes it on its own; the header comes last, when
 * the totals are known.  Equal forests give equal bytes.
 *
 * Decoding trusts nothing: every read is bounded, every count is compared with
 * the bytes that are left before memory is taken, every number is checked
 * against its range, and the chunk's CRC-32C guards against accidents.  What
 * comes out may be walked without a further test.
 */
#ifndef MLOPS_CODEC_H
#define MLOPS_CODEC_H

#include "core/buffer.h"
#include "core/forest.h"
#include "core/memory.h"
#include "core/status.h"
#include "core/tree.h"

#define MLOPS_FORMAT_VERSION 2 /* the newest that is read and written */

/* What all trees of a forest take in memory, summed up while they are encoded. */
typedef struct MlopsForestTotals
{
	uint64_t n_nodes;  /* slots */
	uint64_t n_values; /* doubles */
} MlopsForestTotals;

/* Stored bytes of one chunk; they stay with the caller. */
typedef struct MlopsChunk
{
	const uint8_t *bytes;
	size_t n_bytes;
} MlopsChunk;

/*
 * Append the header chunk, in the oldest format version that can say it: equal
 * training without preprocessing gives the bytes that it always gave.
 *
 *   out   IN/OUT  its allocator is set; check is_failed afterwards
 */
extern void mlops_codec_encode_header(const MlopsForestSpec *spec, const MlopsForestTotals *totals,
									  MlopsBuffer *out);

/*
 * Append the chunk of one tree.
 *
 *   tree    IN      as grown: valid for spec
 *   totals  IN/OUT  the tree's share is added
 *   out     IN/OUT
 *
 * Errors: NOMEM.
 * Cost:   O(nodes + set codes); 8 bytes of scratch per leaf entry.
 */
extern MlopsStatus mlops_codec_encode_tree(const MlopsForestSpec *spec, const MlopsTree *tree,
										   MlopsForestTotals *totals, MlopsBuffer *out);

/*
 * Compare what a header chunk states with the bytes of the trees, before memory is taken for it: a
 * slot, and a leaf entry, takes at least one byte of a tree.
 *
 *   n_trees      chunks that are there
 *   tree_bytes   of these together
 *
 * Errors: CORRUPT, UNSUPPORTED (newer format); each with a reason.
 * Cost:   O(n_bytes), for the checksum.
 */
extern MlopsStatus mlops_decoder_check_totals(const void *bytes, size_t n_bytes, uint32_t n_trees,
											  uint64_t tree_bytes, MlopsReason *reason);

/* A forest whose trees are being read. */
typedef struct MlopsDecoder
{
	const MlopsAllocator *allocator;	   /* scratch */
	const MlopsAllocator *block_allocator; /* the forest's block alone */
	MlopsForest *forest; /* owned by the caller, who frees it also after an error */
	MlopsColumn *columns;
	uint32_t n_read; /* trees */
	uint64_t n_nodes;
	uint64_t n_values;
	uint32_t *stack; /* slots of nodes still to be read */
	size_t stack_capacity;
} MlopsDecoder;

/*
 * Read the header chunk and allocate the forest in one block.
 *
 *   max_bytes        refuse a forest of more bytes than this
 *   allocator        IN   of scratch
 *   block_allocator  IN   asked once, for the forest's block: it has no pointers and may lie in
 *                         memory that other processes map; NULL = allocator
 *   decoder          OUT  end with mlops_decoder_end also after an error; then forest, unless it is
 *                         NULL, goes back to block_allocator
 *
 * Errors: CORRUPT, UNSUPPORTED (newer format), LIMIT (max_bytes), NOMEM; each with a reason.
 */
extern MlopsStatus mlops_decoder_begin(MlopsDecoder *decoder, const void *bytes, size_t n_bytes,
									   size_t max_bytes, const MlopsAllocator *allocator,
									   const MlopsAllocator *block_allocator, MlopsReason *reason);

/* Read the chunk of the next tree.  Errors: CORRUPT, NOMEM.  Cost: O(n_bytes). */
extern MlopsStatus mlops_decoder_add_tree(MlopsDecoder *decoder, const void *bytes, size_t n_bytes,
										  MlopsReason *reason);

/*
 * Check that all trees are there and give the scratch back.
 *
 * Returns OK, or CORRUPT if trees, slots or values are missing.
 */
extern MlopsStatus mlops_decoder_end(MlopsDecoder *decoder, MlopsReason *reason);

#endif
