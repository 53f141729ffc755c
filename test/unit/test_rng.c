/*
 * Random numbers: the generators give the published and the frozen numbers, so
 * that a forest can be grown again anywhere; bounded draws are in range and
 * even; streams of different trees and seeds have nothing in common.
 */
#include <stdlib.h>

#include "core/rng.h"
#include "random_dataset.h"
#include "unit.h"

/* splitmix64 gives the numbers that other implementations publish for seed 1234567. */
static void
splitmix_gives_the_published_numbers(void)
{
	static const uint64_t EXPECTED[] = {
		UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
		UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)
	};
	uint64_t state = 1234567;

	for (size_t i = 0; i < sizeof(EXPECTED) / sizeof(EXPECTED[0]); i++)
		REQUIRE(mlops_splitmix64(&state) == EXPECTED[i]);
}

/* The streams of trees give frozen numbers, for negative random states and large trees too. */
static void
streams_give_frozen_numbers(void)
{
	static const struct
	{
		int64_t random_state;
		uint64_t stream;
		uint64_t expected[4];
	} CASES[] = {
		{ 42,
		  0,
		  { UINT64_C(0xEE89D14259A9B9EC), UINT64_C(0xA5258D35B901F099),
			UINT64_C(0x5434C1D7B2A87072), UINT64_C(0x46300DD3FFCE4FEB) } },
		{ 42,
		  1,
		  { UINT64_C(0x681DE3D67C46C33E), UINT64_C(0xF2698A8AE7B1A6A4),
			UINT64_C(0xA442BB5A9727BD92), UINT64_C(0xE7A1FBB75066290F) } },
		{ -1,
		  99999,
		  { UINT64_C(0xD7B4E2DBC7F46751), UINT64_C(0xE6934EB02E4586CE),
			UINT64_C(0xC3F3D09AC8C2FC13), UINT64_C(0x001B9FC133B8BC0F) } },
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
	{
		MlopsRng rng = mlops_rng_stream(CASES[i].random_state, CASES[i].stream);

		for (int k = 0; k < 4; k++)
			REQUIRE(mlops_rng_next(&rng) == CASES[i].expected[k]);
	}
}

/* A bounded draw is below its bound, reaches both ends, and every value is about as likely. */
static void
bounded_draws_are_in_range_and_even(void)
{
	MlopsRng rng = mlops_rng_stream(1, 0);
	uint32_t counts[7] = { 0 };
	uint32_t n_high = 0;

	for (int i = 0; i < 70000; i++)
	{
		uint32_t x = mlops_rng_below(&rng, 7);

		REQUIRE(x < 7);
		counts[x]++;
	}
	/* binomial with standard deviation 93 */
	for (int i = 0; i < 7; i++)
		REQUIRE(counts[i] > 9500 && counts[i] < 10500);
	for (int i = 0; i < 10000; i++)
	{
		uint32_t x = mlops_rng_below(&rng, UINT32_MAX);

		REQUIRE(x < UINT32_MAX);
		n_high += x >> 31;
		REQUIRE(mlops_rng_below(&rng, 1) == 0);
	}
	REQUIRE(n_high > 4700 && n_high < 5300);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *) a;
	uint64_t y = *(const uint64_t *) b;

	return x < y ? -1 : x > y;
}

/* 100 seeds of 1000 trees each: no two streams begin alike, and neighbours share no bits. */
static void
streams_have_nothing_in_common(void)
{
	enum
	{
		N_SEEDS = 100,
		N_TREES = 1000
	};
	uint64_t *firsts = random_alloc((size_t) N_SEEDS * N_TREES, sizeof(uint64_t));
	uint64_t n_equal_bits = 0;

	for (uint32_t s = 0; s < N_SEEDS; s++)
	{
		for (uint32_t k = 0; k < N_TREES; k++)
		{
			MlopsRng rng = mlops_rng_stream((int64_t) s - 50, k);

			firsts[s * N_TREES + k] = mlops_rng_next(&rng);
			if (k > 0)
				n_equal_bits += (uint64_t) __builtin_popcountll(
					~(firsts[s * N_TREES + k] ^ firsts[s * N_TREES + k - 1]));
		}
	}
	/* 99,900 pairs of 64 bits: half of the bits agree, standard deviation 1264 */
	REQUIRE(n_equal_bits > 3196800 - 6500 && n_equal_bits < 3196800 + 6500);
	qsort(firsts, (size_t) N_SEEDS * N_TREES, sizeof(uint64_t), compare_numbers);
	for (uint32_t i = 1; i < N_SEEDS * N_TREES; i++)
		REQUIRE(firsts[i] != firsts[i - 1]);
	free(firsts);
}

int
main(void)
{
	UNIT_RUN(splitmix_gives_the_published_numbers);
	UNIT_RUN(streams_give_frozen_numbers);
	UNIT_RUN(bounded_draws_are_in_range_and_even);
	UNIT_RUN(streams_have_nothing_in_common);
	return unit_end();
}
