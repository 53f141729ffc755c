/*
 * Keys come out in ascending order and none is lost, whatever digits they share.
 */
#include <stdlib.h>
#include <string.h>

#include "core/radix.h"
#include "core/rng.h"

#include "random_dataset.h"
#include "unit.h"

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *) a;
	uint64_t y = *(const uint64_t *) b;

	return x < y ? -1 : x > y;
}

/* Sort n random keys of which only the bits of mask vary. */
static void
check(size_t n, uint64_t mask, uint64_t constant)
{
	uint64_t *keys = random_alloc(n, sizeof(uint64_t));
	uint64_t *scratch = random_alloc(n, sizeof(uint64_t));
	uint64_t *expected = random_alloc(n, sizeof(uint64_t));
	MlopsRng rng = mlops_rng_stream((int64_t) n, mask);

	for (size_t i = 0; i < n; i++)
		keys[i] = (mlops_rng_next(&rng) & mask) | constant;
	if (n > 0)
	{
		memcpy(expected, keys, n * sizeof(uint64_t));
		qsort(expected, n, sizeof(uint64_t), compare);
	}
	mlops_radix_sort(keys, scratch, n);
	UNIT_CHECK(n == 0 || memcmp(keys, expected, n * sizeof(uint64_t)) == 0);
	free(keys);
	free(scratch);
	free(expected);
}

static void
keys_of_all_kinds_are_sorted(void)
{
	static const size_t SIZES[] = { 0, 1, 2, 3, 1000, 20000 };

	for (size_t s = 0; s < sizeof(SIZES) / sizeof(SIZES[0]); s++)
	{
		check(SIZES[s], UINT64_MAX, 0);
		check(SIZES[s], 0, 7);
		check(SIZES[s], 0x7FF, UINT64_C(1) << 63);
		check(SIZES[s], UINT64_C(0x7FF) << 22 | UINT64_C(3) << 62, 1);
	}
}

int
main(void)
{
	UNIT_RUN(keys_of_all_kinds_are_sorted);
	return unit_end();
}
