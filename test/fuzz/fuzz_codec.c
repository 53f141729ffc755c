/*
 * Whatever bytes claim to be a stored forest are refused with a reason, or give a forest that codes
 * raw values legally and that every walk predicts finitely and alike.
 *
 * An input is a list of chunks, each a 32-bit little-endian length and as many bytes; the header
 * comes first.  Built with FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION, which switches the checksum
 * off: with it on, no mutation would get past the door.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/codec.h"

#include "walk_check.h"

#define MAX_FOREST_BYTES ((size_t) 1 << 22)
#define MAX_CHUNKS		 64

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next chunk in place; false when there is none. */
static bool
next_chunk(MlopsCursor *cursor, MlopsChunk *chunk)
{
	if (mlops_cursor_left(cursor) < 4)
		return false;
	chunk->n_bytes = (size_t) mlops_cursor_get_uint(cursor, 4);
	if (chunk->n_bytes > mlops_cursor_left(cursor))
		chunk->n_bytes = mlops_cursor_left(cursor);
	chunk->bytes = mlops_cursor_get(cursor, chunk->n_bytes);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MlopsCursor cursor = { data, data + size, false };
	MlopsChunk chunks[MAX_CHUNKS];
	MlopsReason reason = { "" };
	uint32_t n = 0;
	MlopsForest *forest;

	while (n < MAX_CHUNKS && next_chunk(&cursor, &chunks[n]))
		n++;
	forest = walk_check_decode(chunks, n, MAX_FOREST_BYTES, &reason);
	if (forest == NULL)
		return 0;
	walk_check_forest(forest, size);
	free(forest);
	return 0;
}
