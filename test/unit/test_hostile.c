/*
 * Stored bytes that were changed on purpose are refused with a reason, or are a forest that may be
 * used: five forests of all kinds, flipped, spliced and cut at random, as they are and with their
 * checksums put right again; counts that the bytes cannot hold are refused before memory is taken.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec_internal.h"
#include "core/crc32c.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "random_forest.h"
#include "unit.h"
#include "walk_check.h"

#define N_MODELS	 5
#define N_TREES		 3
#define N_CHUNKS	 (N_TREES + 1)
#define N_CHANGES	 10000 /* with and without checksums that fit */
#define MAX_BYTES	 ((size_t) 1 << 22)
#define MAX_INSERTED 24

static const MlopsGrowParams params = { .min_samples_split = 2,
										.min_samples_leaf = 1,
										.bootstrap = true,
										.random_state = 11 };

static const uint32_t many_codes[] = { 300, 90, 4, 2 };

static const RandomShape shapes[N_MODELS] = {
	{ .seed = 21,
	  .n_rows = 60,
	  .n_columns = 3,
	  .n_codes = 6,
	  .n_classes = 2,
	  .missing_percent = 10 },
	{ .seed = 22, .n_rows = 50, .n_columns = 2, .n_codes = 9, .n_classes = 5, .is_weighted = true },
	{ .seed = 23, .n_rows = 50, .n_columns = 2, .n_codes = 20, .missing_percent = 10 },
	{ .seed = 24,
	  .n_rows = 60,
	  .n_columns = 4,
	  .codes_of = many_codes,
	  .n_categorical = 3,
	  .n_classes = 2,
	  .missing_percent = 10 },
	{ .seed = 25,
	  .n_rows = 60,
	  .n_columns = 9,
	  .n_codes = 5,
	  .n_categorical = 2,
	  .n_ordered = 4,
	  .n_classes = 3,
	  .missing_percent = 10 },
};

/* The chunks of a forest, one of which will be changed. */
typedef struct Victim
{
	MlopsChunk chunks[N_CHUNKS];
	uint8_t *changed; /* the bytes of chunk number which */
	uint32_t which;
} Victim;

/* Put a random number of bytes of another chunk, or random ones, in the place of others. */
static size_t
splice(const RandomForest *forest, uint64_t *seed, uint8_t *bytes, size_t n)
{
	const MlopsBuffer *from = &forest->chunks[mlops_splitmix64(seed) % N_CHUNKS];
	size_t at = (size_t) (mlops_splitmix64(seed) % (n + 1));
	size_t n_removed = (size_t) (mlops_splitmix64(seed) % (MAX_INSERTED + 1));
	size_t n_added = (size_t) (mlops_splitmix64(seed) % (MAX_INSERTED + 1));
	size_t source = (size_t) (mlops_splitmix64(seed) % from->n_bytes);

	if (n_removed > n - at)
		n_removed = n - at;
	if (n_added > from->n_bytes - source)
		n_added = from->n_bytes - source;
	memmove(bytes + at + n_added, bytes + at + n_removed, n - at - n_removed);
	memcpy(bytes + at, from->bytes + source, n_added);
	return n - n_removed + n_added;
}

/* Change one chunk: flip 1 to 4 bits, splice, or cut. */
static Victim
make_victim(const RandomForest *forest, uint64_t *seed)
{
	Victim victim = { .which = (uint32_t) (mlops_splitmix64(seed) % N_CHUNKS) };
	size_t n = forest->chunks[victim.which].n_bytes;
	uint64_t way = mlops_splitmix64(seed) % 4;
	uint8_t *bytes = random_alloc(n + MAX_INSERTED + MLOPS_CRC_BYTES, 1);

	for (uint32_t k = 0; k < N_CHUNKS; k++)
		victim.chunks[k] = (MlopsChunk){ forest->chunks[k].bytes, forest->chunks[k].n_bytes };
	memcpy(bytes, forest->chunks[victim.which].bytes, n);
	if (way < 2)
	{
		for (uint64_t i = 1 + mlops_splitmix64(seed) % 4; i > 0; i--)
		{
			uint64_t bit = mlops_splitmix64(seed) % (8 * n);

			bytes[bit / 8] ^= (uint8_t) (1u << (bit % 8));
		}
	}
	else if (way == 2)
		n = splice(forest, seed, bytes, n);
	else
		n = (size_t) (mlops_splitmix64(seed) % n);
	/* a block of its own length, so that the sanitizer sees a read behind it */
	victim.changed = random_alloc(n == 0 ? 1 : n, 1);
	memcpy(victim.changed, bytes, n);
	victim.chunks[victim.which] = (MlopsChunk){ victim.changed, n };
	free(bytes);
	return victim;
}

/* Give the changed chunk the checksum of its bytes. */
static void
seal(Victim *victim)
{
	size_t n = victim->chunks[victim->which].n_bytes;

	if (n < MLOPS_CRC_BYTES)
		return;
	n -= MLOPS_CRC_BYTES;
	for (uint32_t i = 0, crc = mlops_crc32c(victim->changed, n); i < MLOPS_CRC_BYTES; i++)
		victim->changed[n + i] = (uint8_t) (crc >> (8 * i));
}

static bool
is_unchanged(const RandomForest *forest, const Victim *victim)
{
	const MlopsChunk *chunk = &victim->chunks[victim->which];
	const MlopsBuffer *before = &forest->chunks[victim->which];

	return chunk->n_bytes == before->n_bytes &&
		   memcmp(chunk->bytes, before->bytes, before->n_bytes) == 0;
}

/* Returns how many of the changed forests were accepted; unchanged ones do not count. */
static int
change_all(bool is_sealed)
{
	uint64_t seed = is_sealed ? 2 : 1;
	int n_accepted = 0;

	for (int m = 0; m < N_MODELS; m++)
	{
		RandomForest forest;

		random_forest_make(&forest, &shapes[m], N_TREES, params, m == 1);
		for (int i = 0; i < N_CHANGES / N_MODELS; i++)
		{
			Victim victim = make_victim(&forest, &seed);
			MlopsReason reason = { "" };
			MlopsForest *decoded;

			if (is_sealed)
				seal(&victim);
			decoded = walk_check_decode(victim.chunks, N_CHUNKS, MAX_BYTES, &reason);
			if (decoded != NULL)
			{
				walk_check_forest(decoded, seed);
				n_accepted += !is_unchanged(&forest, &victim);
			}
			free(decoded);
			free(victim.changed);
		}
		random_forest_free(&forest);
	}
	printf("# %d of %d accepted\n", n_accepted, N_CHANGES);
	return n_accepted;
}

static void
no_changed_byte_passes_the_checksum(void)
{
	UNIT_CHECK_INT(change_all(false), 0);
}

/* Accepted is what says something else legally: another threshold, another count. */
static void
what_passes_with_a_checksum_may_be_used(void)
{
	UNIT_CHECK(change_all(true) > 0);
}

/* A header with numbers of its own, as the codec writes one, sealed. */
static MlopsBuffer
make_header(uint32_t n_classes, uint32_t n_columns, uint32_t n_trees, uint64_t n_nodes,
			uint64_t n_values)
{
	MlopsBuffer out = { .allocator = &plain_allocator };

	mlops_buffer_put_uint(&out, MLOPS_MAGIC_HEADER, 4);
	mlops_buffer_put_uint(&out, 1, 2);
	mlops_buffer_put_uint(&out, n_classes == 0, 1);
	mlops_buffer_put_uint(&out, 0, 1);
	mlops_buffer_put_uint(&out, n_classes, 4);
	mlops_buffer_put_uint(&out, n_columns, 4);
	mlops_buffer_put_uint(&out, n_trees, 4);
	mlops_buffer_put_uint(&out, n_nodes, 8);
	mlops_buffer_put_uint(&out, n_values, 8);
	mlops_buffer_put_double(&out, 0);
	mlops_buffer_put_double(&out, 1);
	/* a numeric column "x" of one code */
	mlops_buffer_put_uint(&out, 0, 2);
	mlops_buffer_put_uint(&out, 1, 4);
	mlops_buffer_put(&out, "x", 1);
	mlops_buffer_put_uint(&out, 1, 4);
	mlops_buffer_put_uint(&out, mlops_crc32c(out.bytes, out.n_bytes), MLOPS_CRC_BYTES);
	return out;
}

/* Begin with a header that may be followed by 100 bytes of trees, and with 4 kB of memory. */
static void
check_refused(MlopsBuffer header, uint32_t n_trees, const char *expected)
{
	AllocFailing limited;
	MlopsDecoder decoder = { 0 };
	MlopsReason reason = { "" };
	MlopsStatus status =
		mlops_decoder_check_totals(header.bytes, header.n_bytes, n_trees, 100, &reason);

	UNIT_CHECK(header.n_bytes <= 100);
	alloc_failing_init(&limited, 0);
	limited.max_bytes = 4096;
	if (status == MLOPS_STATUS_OK)
	{
		status = mlops_decoder_begin(&decoder, header.bytes, header.n_bytes, SIZE_MAX,
									 &limited.allocator, NULL, &reason);
		(void) mlops_decoder_end(&decoder, NULL);
		mlops_free(&limited.allocator, decoder.forest);
	}
	UNIT_CHECK_INT(status, expected[0] == '\0' ? MLOPS_STATUS_OK : MLOPS_STATUS_CORRUPT);
	UNIT_CHECK_TEXT(reason.text, expected);
	free(header.bytes);
}

static void
counts_beyond_the_bytes_are_refused_before_memory_is_taken(void)
{
	uint64_t two_to_31 = UINT64_C(1) << 31;
	uint64_t two_to_32 = UINT64_C(1) << 32;

	check_refused(make_header(2, 1, 1, 100, 100), 1, "");
	check_refused(make_header(2, 1, 2, 100, 100), 1, "there are 1 trees, and the header states 2");
	check_refused(make_header(2, 1, 0x80000000, 1, 1), 1,
				  "2147483648 trees are not in 1 .. 100000");
	check_refused(make_header(2, 1, 1, 101, 100), 1,
				  "101 nodes and 100 leaf values cannot come from 100 bytes");
	check_refused(make_header(2, 1, 1, two_to_31, 1), 1,
				  "2147483648 nodes and 1 leaf values cannot come from 100 bytes");
	check_refused(make_header(2, 1, 1, 1, two_to_32), 1,
				  "1 nodes and 4294967296 leaf values cannot come from 100 bytes");
	/* a size in bytes that wraps around to a small one */
	check_refused(make_header(2, 1, 1, UINT64_MAX / 8 + 2, 1), 1,
				  "2305843009213693953 nodes and 1 leaf values cannot come from 100 bytes");
	check_refused(make_header(2, 1, 1, UINT64_MAX, UINT64_MAX), 1,
				  "18446744073709551615 nodes and 18446744073709551615 leaf values cannot come "
				  "from 100 bytes");
	check_refused(make_header(2, 0x80000000, 1, 1, 1), 1,
				  "2147483648 columns are not in 1 .. 16382");
	check_refused(make_header(2, 16382, 1, 1, 1), 1, "a chunk ends too early");
	check_refused(make_header(0x80000000, 1, 1, 1, 1), 1, "2147483648 classes do not fit the task");
}

int
main(void)
{
	UNIT_RUN(no_changed_byte_passes_the_checksum);
	UNIT_RUN(what_passes_with_a_checksum_may_be_used);
	UNIT_RUN(counts_beyond_the_bytes_are_refused_before_memory_is_taken);
	return unit_end();
}
