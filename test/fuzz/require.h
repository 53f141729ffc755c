/*
 * What fuzz targets ask of the core: a claim that does not hold ends the run.
 */
#ifndef MLOPS_REQUIRE_H
#define MLOPS_REQUIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

/* The target; libFuzzer or replay.c calls it. */
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Two buffers have the same bytes, which are freed. */
static inline void
require_same(MlopsBuffer *first, MlopsBuffer *second)
{
	require(first->n_bytes == second->n_bytes &&
			(first->n_bytes == 0 || memcmp(first->bytes, second->bytes, first->n_bytes) == 0));
	free(first->bytes);
	free(second->bytes);
}

#endif
