/*
 * Whatever bytes claim to be an exported model are refused with a reason, or give a document and
 * chunks that lie within them; if the chunks are a forest, it may be used.
 *
 * The seal is checked by who opens a container, so there is none to get past; the checksum of chunks
 * is switched off by FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/container.h"

#include "proportion.h"
#include "walk_check.h"

#define MAX_FOREST_BYTES ((size_t) 1 << 22)

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the program unless bytes lie within the input, before its seal. */
static void
require_within(const uint8_t *data, size_t size, const uint8_t *bytes, size_t n_bytes)
{
	const uint8_t *end = data + size - MLOPS_CONTAINER_SEAL_BYTES;

	if (bytes < data || bytes > end || n_bytes > (size_t) (end - bytes))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t limit = 4 * size;
	MlopsAllocator allocator = proportion_allocator(&limit);
	MlopsContainer container;
	MlopsReason reason = { "" };
	MlopsForest *forest;

	if (mlops_container_open(&container, data, size, &allocator, &reason) != MLOPS_STATUS_OK)
	{
		if (reason.text[0] == '\0' || container.chunks != NULL)
			abort();
		return 0;
	}
	require_within(data, size, container.document, container.document_bytes);
	for (uint32_t k = 0; k < container.n_chunks; k++)
		require_within(data, size, container.chunks[k].bytes, container.chunks[k].n_bytes);
	forest = walk_check_decode(container.chunks, container.n_chunks, MAX_FOREST_BYTES, &reason);
	if (forest != NULL)
		walk_check_forest(forest, size);
	free(forest);
	free(container.chunks);
	return 0;
}
