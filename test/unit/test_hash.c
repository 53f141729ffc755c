/*
 * A hash is the same for ever, because the rows of a test part are chosen by it;
 * every bit of the input and of the seed changes half of its bits.
 */
#include <stdint.h>
#include <string.h>

#include "core/hash.h"

#include "unit.h"

static int
count_ones(uint64_t bits)
{
	int n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

static void
values_never_change(void)
{
	UNIT_CHECK(mlops_hash_int(0, 0) == UINT64_C(0x8C583653DAA4A85B));
	UNIT_CHECK(mlops_hash_int(1, 0) == UINT64_C(0x4AC68E34AF550D99));
	UNIT_CHECK(mlops_hash_int(1, 42) == UINT64_C(0xD3C7790506C8A4D4));
	UNIT_CHECK(mlops_hash_int(UINT64_MAX, 0) == UINT64_C(0x9B0974E3B359DC99));
	UNIT_CHECK(mlops_hash_bytes("", 0, 0) == UINT64_C(0x8C583653DAA4A85B));
	UNIT_CHECK(mlops_hash_bytes("a", 1, 0) == UINT64_C(0x64A07BEEC2EAB2B0));
	UNIT_CHECK(mlops_hash_bytes("model 42", 8, 7) == UINT64_C(0x5AEA68C254451A59));
	UNIT_CHECK(mlops_hash_bytes("nine byte", 9, 7) == UINT64_C(0x943098EFF1B39079));
}

static void
length_counts(void)
{
	static const char zeros[32];

	for (size_t a = 0; a < sizeof(zeros); a++)
		for (size_t b = 0; b < a; b++)
			UNIT_CHECK(mlops_hash_bytes(zeros, a, 0) != mlops_hash_bytes(zeros, b, 0));
}

static void
bytes_need_no_alignment(void)
{
	uint8_t text[40];

	for (size_t shift = 0; shift < 8; shift++)
	{
		memcpy(text + shift, "thirteen char", 14);
		UNIT_CHECK(mlops_hash_bytes(text + shift, 13, 3) ==
				   mlops_hash_bytes("thirteen char", 13, 3));
	}
}

/* Of 64 * 512 flips, each output bit flips in half: 16,384 with a standard deviation of 91. */
static void
every_bit_changes_half_of_the_bits(void)
{
	long by_value = 0;
	long by_seed = 0;
	long by_byte = 0;

	for (uint64_t value = 0; value < 512; value++)
	{
		uint64_t hash = mlops_hash_int(value, value);
		uint64_t bytes = mlops_hash_bytes(&value, sizeof(value), 0);

		for (int bit = 0; bit < 64; bit++)
		{
			uint64_t flipped = value ^ (UINT64_C(1) << bit);

			by_value += count_ones(hash ^ mlops_hash_int(flipped, value));
			by_seed += count_ones(hash ^ mlops_hash_int(value, flipped));
			by_byte += count_ones(bytes ^ mlops_hash_bytes(&flipped, sizeof(flipped), 0));
		}
	}
	UNIT_CHECK_NEAR((double) by_value / (512 * 64), 32, 0.2);
	UNIT_CHECK_NEAR((double) by_seed / (512 * 64), 32, 0.2);
	UNIT_CHECK_NEAR((double) by_byte / (512 * 64), 32, 0.2);
}

/* The seed alone must reorder small keys: the test part of another seed is another one. */
static void
another_seed_is_another_order(void)
{
	int n_same = 0;

	for (uint64_t value = 0; value + 1 < 2000; value++)
		n_same += (mlops_hash_int(value, 1) < mlops_hash_int(value + 1, 1)) ==
				  (mlops_hash_int(value, 2) < mlops_hash_int(value + 1, 2));
	UNIT_CHECK_NEAR(n_same, 1000, 120);
}

/* By hash, and of equal hashes by row. */
static void
rows_are_sorted_by_their_hash(void)
{
	MlopsHashedRow rows[] = { { 7, 1 }, { UINT64_MAX, 0 }, { 0, 9 }, { 7, 0 }, { 1, 5 } };
	const uint32_t sorted[] = { 9, 5, 0, 1, 0 };

	mlops_hash_sort(rows, 5);
	for (int i = 0; i < 5; i++)
		UNIT_CHECK_INT(rows[i].row, sorted[i]);
	UNIT_CHECK(rows[4].hash == UINT64_MAX);
	mlops_hash_sort(NULL, 0);
}

int
main(void)
{
	UNIT_RUN(values_never_change);
	UNIT_RUN(length_counts);
	UNIT_RUN(bytes_need_no_alignment);
	UNIT_RUN(every_bit_changes_half_of_the_bits);
	UNIT_RUN(another_seed_is_another_order);
	UNIT_RUN(rows_are_sorted_by_their_hash);
	return unit_end();
}
