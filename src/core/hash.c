/*
 * 64-bit hashes with a seed.
 */
#include <stdlib.h>

#include "core/hash.h"
#include "core/rng.h"

uint64_t
mlops_hash_int(uint64_t value, uint64_t seed)
{
	uint64_t state = seed ^ (value * UINT64_C(0xD6E8FEB86659FD93));
	uint64_t first = mlops_splitmix64(&state);

	return first ^ mlops_splitmix64(&state);
}

uint64_t
mlops_hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
	const uint8_t *next = bytes;
	uint64_t hash = mlops_hash_int(n, seed);

	while (n > 0)
	{
		size_t n_word = n < 8 ? n : 8;
		uint64_t word = 0;

		for (size_t i = 0; i < n_word; i++)
			word |= (uint64_t) next[i] << (8 * i);
		hash = mlops_hash_int(word, hash);
		next += n_word;
		n -= n_word;
	}
	return hash;
}

static int
compare_hashed(const void *a, const void *b)
{
	const MlopsHashedRow *x = a;
	const MlopsHashedRow *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

void
mlops_hash_sort(MlopsHashedRow *rows, size_t n)
{
	if (n > 0)
		qsort(rows, n, sizeof(MlopsHashedRow), compare_hashed);
}
