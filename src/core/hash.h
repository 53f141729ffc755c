/*
 * 64-bit hashes with a seed: the same value on every platform and for ever,
 * because the rows of a test part are chosen by them.
 *
 * Source: the mixing steps of splitmix64 (rng.h); bytes are taken in
 * little-endian words of eight.
 */
#ifndef MLOPS_HASH_H
#define MLOPS_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Hash of a 64-bit number. */
extern uint64_t mlops_hash_int(uint64_t value, uint64_t seed);

/* Hash of n bytes; n is part of the hash.  Cost: O(n). */
extern uint64_t mlops_hash_bytes(const void *bytes, size_t n, uint64_t seed);

/* A row that is chosen or ordered by its hash. */
typedef struct MlopsHashedRow
{
	uint64_t hash;
	uint32_t row;
} MlopsHashedRow;

/* Sort by hash, then row.  Cost: O(n log n). */
extern void mlops_hash_sort(MlopsHashedRow *rows, size_t n);

#endif
