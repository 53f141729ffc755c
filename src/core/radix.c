/*
 * Sorting of 64-bit numbers by their digits, the least significant first.
 */
#include <string.h>

#include "core/radix.h"

#define RADIX_BITS	 11
#define RADIX_SIZE	 (1u << RADIX_BITS)
#define RADIX_PASSES 6

/* How often each digit occurs, for all passes at once. */
static void
count_digits(const uint64_t *keys, size_t n, size_t counts[RADIX_PASSES][RADIX_SIZE])
{
	memset(counts, 0, sizeof(size_t) * RADIX_PASSES * RADIX_SIZE);
	for (size_t i = 0; i < n; i++)
	{
		for (int pass = 0; pass < RADIX_PASSES; pass++)
			counts[pass][(keys[i] >> (pass * RADIX_BITS)) & (RADIX_SIZE - 1)]++;
	}
}

/* Counts become the places where the keys of each digit begin. */
static void
sum_counts(size_t counts[RADIX_SIZE])
{
	size_t sum = 0;

	for (size_t d = 0; d < RADIX_SIZE; d++)
	{
		size_t count = counts[d];

		counts[d] = sum;
		sum += count;
	}
}

void
mlops_radix_sort(uint64_t *keys, uint64_t *scratch, size_t n)
{
	size_t counts[RADIX_PASSES][RADIX_SIZE];
	uint64_t *from = keys;
	uint64_t *to = scratch;

	if (n == 0)
		return;
	count_digits(keys, n, counts);
	for (int pass = 0; pass < RADIX_PASSES; pass++)
	{
		int shift = pass * RADIX_BITS;
		size_t *places = counts[pass];
		uint64_t *swap = from;

		if (places[(from[0] >> shift) & (RADIX_SIZE - 1)] == n)
			continue;
		sum_counts(places);
		for (size_t i = 0; i < n; i++)
			to[places[(from[i] >> shift) & (RADIX_SIZE - 1)]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, n * sizeof(uint64_t));
}
