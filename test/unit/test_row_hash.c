/*
 * The hash of a set of rows: any order and any division into parts give the same,
 * taking every row away leaves zero bytes, and each row counts as often as it is
 * there.
 */
#include <string.h>

#include "core/rng.h"
#include "core/row_hash.h"

#include "plain_alloc.h"
#include "unit.h"

#define N_ROWS 200

static uint8_t digests[N_ROWS][MLOPS_ROW_DIGEST_BYTES];

/* Digests of random bytes; one in four begins or ends with words of one bits, which carry. */
static void
make_digests(void)
{
	MlopsRng rng = mlops_rng_stream(3, 0);

	for (int row = 0; row < N_ROWS; row++)
	{
		for (int i = 0; i < MLOPS_ROW_DIGEST_BYTES; i++)
			digests[row][i] = (uint8_t) mlops_rng_below(&rng, 256);
		if (row % 4 == 1)
			memset(digests[row] + 8, 0xFF, 8);
		if (row % 8 == 2)
			memset(digests[row], 0xFF, 16);
	}
}

static bool
are_same(const MlopsRowHash *a, const MlopsRowHash *b)
{
	return memcmp(a, b, sizeof(MlopsRowHash)) == 0;
}

static MlopsRowHash
hash_rows(int first, int end)
{
	MlopsRowHash hash = { 0 };

	for (int row = first; row < end; row++)
		mlops_row_hash_add(&hash, digests[row]);
	return hash;
}

static void
order_and_parts_do_not_matter(void)
{
	MlopsRowHash all = hash_rows(0, N_ROWS);
	MlopsRowHash backwards = { 0 };

	for (int row = N_ROWS; row-- > 0;)
		mlops_row_hash_add(&backwards, digests[row]);
	UNIT_CHECK(are_same(&all, &backwards));
	for (int end = 0; end <= N_ROWS; end++)
	{
		MlopsRowHash left = hash_rows(0, end);
		MlopsRowHash right = hash_rows(end, N_ROWS);

		mlops_row_hash_merge(&right, &left);
		UNIT_CHECK(are_same(&all, &right));
	}
}

static void
rows_can_be_taken_away(void)
{
	static const MlopsRowHash empty;
	MlopsRowHash moving = { 0 };

	for (int row = 0; row < N_ROWS; row++)
	{
		MlopsRowHash frame = hash_rows(row < 7 ? 0 : row - 6, row + 1);

		mlops_row_hash_add(&moving, digests[row]);
		if (row >= 7)
			mlops_row_hash_remove(&moving, digests[row - 7]);
		UNIT_CHECK(are_same(&moving, &frame));
	}
	for (int row = N_ROWS - 7; row < N_ROWS; row++)
		mlops_row_hash_remove(&moving, digests[row]);
	UNIT_CHECK(are_same(&moving, &empty));
}

static void
duplicates_count(void)
{
	MlopsRowHash once = hash_rows(0, 1);
	MlopsRowHash three_times = hash_rows(0, 1);

	mlops_row_hash_merge(&three_times, &once);
	UNIT_CHECK(three_times.xor_high == 0 && three_times.xor_low == 0);
	mlops_row_hash_merge(&three_times, &once);
	UNIT_CHECK(three_times.xor_high == once.xor_high && three_times.xor_low == once.xor_low);
	UNIT_CHECK(three_times.sum_low != once.sum_low || three_times.sum_high != once.sum_high);
	UNIT_CHECK_INT(three_times.n_rows, 3);
}

/* Two rows, whose sum carries from the low word and out of the high one. */
static void
bytes_are_big_endian(void)
{
	static const uint8_t one[MLOPS_ROW_DIGEST_BYTES] = { [15] = 2 };
	static const uint8_t expected[MLOPS_ROW_HASH_BYTES] = {
		[7] = 2,	 [23] = 1,	  [24] = 0xFF, [25] = 0xFF, [26] = 0xFF, [27] = 0xFF,
		[28] = 0xFF, [29] = 0xFF, [30] = 0xFF, [31] = 0xFF, [32] = 0xFF, [33] = 0xFF,
		[34] = 0xFF, [35] = 0xFF, [36] = 0xFF, [37] = 0xFF, [38] = 0xFF, [39] = 0xFD
	};
	uint8_t most[MLOPS_ROW_DIGEST_BYTES];
	uint8_t bytes[MLOPS_ROW_HASH_BYTES];
	MlopsRowHash hash = { 0 };

	memset(most, 0xFF, sizeof(most));
	mlops_row_hash_add(&hash, most);
	mlops_row_hash_add(&hash, one);
	mlops_row_hash_write(&hash, bytes);
	UNIT_CHECK(memcmp(bytes, expected, sizeof(bytes)) == 0);
}

static MlopsStatus
read_state(const MlopsBuffer *buffer, bool is_text, MlopsRowHash *hash)
{
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, buffer->bytes, buffer->n_bytes, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_row_hash_transfer(hash, &io);
	return mlops_io_object_end(&io);
}

static MlopsBuffer
written(MlopsRowHash hash, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_row_hash_transfer(&hash, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

static void
states_are_read_back(void)
{
	for (int end = 0; end <= N_ROWS; end++)
	{
		MlopsRowHash hash = hash_rows(0, end);

		for (int is_text = 0; is_text < 2; is_text++)
		{
			MlopsBuffer buffer = written(hash, is_text != 0);
			MlopsRowHash again;

			UNIT_CHECK_INT(read_state(&buffer, is_text != 0, &again), MLOPS_STATUS_OK);
			UNIT_CHECK(are_same(&hash, &again));
			mlops_free(&plain_allocator, buffer.bytes);
		}
	}
}

static void
impossible_states_are_refused(void)
{
	static const MlopsRowHash impossible[] = { { .n_rows = 0, .sum_low = 2, .xor_low = 2 },
											   { .n_rows = 0, .xor_high = 1 },
											   { .n_rows = 1, .sum_low = 2, .xor_low = 4 },
											   { .n_rows = 2, .sum_low = 2, .xor_low = 1 },
											   { .n_rows = -1 } };

	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++)
	{
		MlopsBuffer buffer = written(impossible[i], false);
		MlopsRowHash again;

		UNIT_CHECK_INT(read_state(&buffer, false, &again), MLOPS_STATUS_CORRUPT);
		mlops_free(&plain_allocator, buffer.bytes);
	}
}

int
main(void)
{
	make_digests();
	UNIT_RUN(order_and_parts_do_not_matter);
	UNIT_RUN(rows_can_be_taken_away);
	UNIT_RUN(duplicates_count);
	UNIT_RUN(bytes_are_big_endian);
	UNIT_RUN(states_are_read_back);
	UNIT_RUN(impossible_states_are_refused);
	return unit_end();
}
