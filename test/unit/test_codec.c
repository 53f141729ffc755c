/*
 * A forest that was encoded and decoded predicts what its trees do, bit for bit, by every walk;
 * equal forests give equal bytes; damaged bytes are refused with a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec_internal.h"
#include "core/crc32c.h"
#include "core/predict.h"

#include "alloc_failing.h"
#include "random_forest.h"
#include "unit.h"

#define N_ROWS_MAX	  3000
#define N_LANES_MAX	  300
#define N_OUTPUTS_MAX 12

static const MlopsGrowParams defaults = { .min_samples_split = 2,
										  .min_samples_leaf = 1,
										  .bootstrap = true,
										  .random_state = 5 };

/* All walks of all rows give the bits of the trees as grown. */
static void
check_walks(const RandomForest *grown)
{
	MlopsForest *forest = random_forest_decode(grown);
	uint32_t n_lanes = mlops_forest_n_lanes(forest);
	size_t n_rows = grown->data.shape.n_rows;
	uint16_t *lanes = random_alloc(n_rows * n_lanes, sizeof(uint16_t));
	double *block = random_alloc(n_rows * forest->n_outputs, sizeof(double));
	size_t n_output_bytes = forest->n_outputs * sizeof(double);

	for (size_t i = 0; i < n_rows; i++)
		random_forest_lanes(grown, i, lanes + i * n_lanes);
	mlops_predict_rows(forest, lanes, n_rows, block);
	for (size_t i = 0; i < n_rows; i++)
	{
		double naive[N_OUTPUTS_MAX], single[N_OUTPUTS_MAX], reference[N_OUTPUTS_MAX];

		random_forest_predict(grown, lanes + i * n_lanes, naive);
		mlops_predict_row(forest, lanes + i * n_lanes, single);
		mlops_predict_reference(forest, lanes + i * n_lanes, reference);
		if (!UNIT_CHECK(memcmp(naive, reference, n_output_bytes) == 0) ||
			!UNIT_CHECK(memcmp(naive, single, n_output_bytes) == 0) ||
			!UNIT_CHECK(memcmp(naive, block + i * forest->n_outputs, n_output_bytes) == 0))
			break;
	}
	free(block);
	free(lanes);
	free(forest);
}

static void
check_shape(RandomShape shape, uint32_t n_trees, bool has_weights)
{
	RandomForest forest;

	random_forest_make(&forest, &shape, n_trees, defaults, has_weights);
	check_walks(&forest);
	random_forest_free(&forest);
}

/* 1, 7, 8, 9 and 17 trees: the walk of one row takes eight at a time. */
static void
two_classes_come_back(void)
{
	static const uint32_t N_TREES[] = { 1, 7, 8, 9, 17 };

	for (size_t i = 0; i < 5; i++)
		check_shape((RandomShape){ .seed = 1 + i,
								   .n_rows = 500 + i,
								   .n_columns = 5,
								   .n_codes = 20,
								   .n_classes = 2,
								   .missing_percent = 10 },
					N_TREES[i], i % 2 == 1);
}

static void
many_classes_come_back(void)
{
	check_shape((RandomShape){ .seed = 2,
							   .n_rows = 700,
							   .n_columns = 4,
							   .n_codes = 30,
							   .n_classes = 10,
							   .missing_percent = 5 },
				6, true);
	check_shape(
		(RandomShape){ .seed = 3, .n_rows = 300, .n_columns = 3, .n_codes = 9, .n_classes = 3 }, 3,
		false);
}

static void
regressions_come_back(void)
{
	check_shape((RandomShape){ .seed = 4,
							   .n_rows = 900,
							   .n_columns = 6,
							   .n_codes = 300,
							   .missing_percent = 10,
							   .is_weighted = true },
				5, false);
}

/* Sets as lists and as bit sets, and columns behind the 126th. */
static void
categories_and_wide_rows_come_back(void)
{
	static const uint32_t CODES[] = { 3, 70, 4095, 5, 20, 2 };
	uint32_t wide[200];

	check_shape((RandomShape){ .seed = 5,
							   .n_rows = N_ROWS_MAX,
							   .n_columns = 6,
							   .codes_of = CODES,
							   .n_categorical = 4,
							   .n_classes = 2,
							   .missing_percent = 20 },
				4, false);
	for (int i = 0; i < 200; i++)
		wide[i] = 2 + (uint32_t) i % 7;
	check_shape((RandomShape){ .seed = 6,
							   .n_rows = 400,
							   .n_columns = 200,
							   .codes_of = wide,
							   .n_categorical = 90,
							   .n_classes = 3,
							   .missing_percent = 20 },
				3, false);
}

/* More distinct leaf entries than a table holds stand in the stream. */
static void
leaves_without_a_table_come_back(void)
{
	RandomForest forest;
	RandomShape shape = { .seed = 7,
						  .n_rows = 80000,
						  .n_columns = 2,
						  .n_codes = 40000,
						  .is_weighted = true };
	MlopsGrowParams params = defaults;

	params.bootstrap = false;
	random_forest_make(&forest, &shape, 1, params, false);
	UNIT_CHECK((forest.chunks[1].bytes[4] & MLOPS_TREE_INLINE_ENTRIES) != 0);
	check_walks(&forest);
	random_forest_free(&forest);
}

static void
a_single_leaf_comes_back(void)
{
	RandomForest forest;
	RandomShape shape = { .seed = 8, .n_rows = 3, .n_columns = 1, .n_codes = 1, .n_classes = 2 };

	random_forest_make(&forest, &shape, 2, defaults, false);
	UNIT_CHECK_INT(forest.trees[0].n_nodes, 1);
	check_walks(&forest);
	random_forest_free(&forest);
}

static void
equal_forests_give_equal_bytes(void)
{
	RandomShape shape = { .seed = 9,
						  .n_rows = 400,
						  .n_columns = 5,
						  .n_codes = 40,
						  .n_categorical = 2,
						  .n_classes = 2 };
	RandomForest a, b;

	random_forest_make(&a, &shape, 5, defaults, false);
	random_forest_make(&b, &shape, 5, defaults, false);
	for (uint32_t k = 0; k <= 5; k++)
	{
		UNIT_CHECK_INT(a.chunks[k].n_bytes, b.chunks[k].n_bytes);
		UNIT_CHECK(memcmp(a.chunks[k].bytes, b.chunks[k].bytes, a.chunks[k].n_bytes) == 0);
	}
	random_forest_free(&a);
	random_forest_free(&b);
}

static const RandomShape preprocessed = { .seed = 11,
										  .n_rows = 300,
										  .n_columns = 14,
										  .n_codes = 6,
										  .n_categorical = 3,
										  .n_ordered = 7,
										  .n_classes = 2,
										  .missing_percent = 20 };

/* True if names and dictionaries, and how values are coded, are the same. */
static bool
is_same_column(const MlopsColumn *a, const MlopsColumn *b)
{
	bool is_same = mlops_bytes_compare(a->name, b->name) == 0 && a->kind == b->kind &&
				   a->feature == b->feature && a->n_codes == b->n_codes &&
				   a->n_levels == b->n_levels && a->missing_code == b->missing_code &&
				   a->unseen_code == b->unseen_code && a->has_rest == b->has_rest &&
				   a->refuses_missing == b->refuses_missing;

	for (uint32_t i = 0; is_same && i < a->n_levels; i++)
		is_same = mlops_bytes_compare(a->levels[i], b->levels[i]) == 0 &&
				  a->level_codes[i] == b->level_codes[i];
	if (is_same && !mlops_column_has_levels(a))
		is_same = memcmp(a->edges, b->edges, (a->n_codes - 1) * sizeof(double)) == 0;
	return is_same;
}

/* Ordered columns, features with two columns, codes of missing and unseen values. */
static void
preprocessed_columns_come_back(void)
{
	RandomForest grown;
	MlopsForest *forest;
	MlopsColumn *columns;

	random_forest_make(&grown, &preprocessed, 4, defaults, false);
	UNIT_CHECK_INT(grown.chunks[0].bytes[4], 2);
	check_walks(&grown);
	forest = random_forest_decode(&grown);
	columns = mlops_forest_columns(forest, &plain_allocator);
	UNIT_CHECK_INT(forest->n_features, 11);
	for (uint32_t c = 0; columns != NULL && c < preprocessed.n_columns; c++)
		UNIT_CHECK(is_same_column(&columns[c], &grown.spec.columns[c]));
	free(columns);
	free(forest);
	random_forest_free(&grown);
}

/* Each thing that only version 2 can say makes it a version 2; nothing else does. */
static void
a_forest_without_preprocessing_stays_in_version_1(void)
{
	RandomForest grown;
	MlopsColumn *first;
	MlopsColumn plain;
	RandomShape shape = { .seed = 12, .n_rows = 50, .n_columns = 2, .n_codes = 4, .n_classes = 2 };

	random_forest_make(&grown, &shape, 1, defaults, false);
	first = &grown.data.columns[0];
	plain = *first;
	for (int change = 0; change < 6; change++)
	{
		MlopsBuffer header = { .allocator = &plain_allocator };

		*first = plain;
		first->missing_code = change == 1 ? 0 : MLOPS_CODE_MISSING;
		first->unseen_code = change == 2 ? 0 : MLOPS_CODE_MISSING;
		first->refuses_missing = change == 3;
		first->feature = change == 4 ? 1 : 0;
		first->kind = change == 5 ? MLOPS_COLUMN_ORDERED : MLOPS_COLUMN_NUMERIC;
		mlops_codec_encode_header(&grown.spec, &grown.totals, &header);
		UNIT_CHECK_INT(header.bytes[4], change == 0 ? 1 : 2);
		free(header.bytes);
	}
	random_forest_free(&grown);
}

/* Decode with one chunk in place of another; NULL keeps it. */
static MlopsStatus
decode_with(const RandomForest *forest, uint32_t chunk, const uint8_t *bytes, size_t n_bytes,
			MlopsReason *reason)
{
	MlopsDecoder decoder;
	MlopsStatus status = MLOPS_STATUS_OK;
	MlopsStatus end;

	for (uint32_t k = 0; status == MLOPS_STATUS_OK && k <= forest->spec.n_trees; k++)
	{
		const void *from = k == chunk ? bytes : forest->chunks[k].bytes;
		size_t n = k == chunk ? n_bytes : forest->chunks[k].n_bytes;

		status = k == 0 ? mlops_decoder_begin(&decoder, from, n, 1 << 24, &plain_allocator, NULL,
											  reason) :
						  mlops_decoder_add_tree(&decoder, from, n, reason);
	}
	end = mlops_decoder_end(&decoder, status == MLOPS_STATUS_OK ? reason : NULL);
	free(decoder.forest);
	return status == MLOPS_STATUS_OK ? end : status;
}

static const RandomShape small = { .seed = 10,
								   .n_rows = 60,
								   .n_columns = 3,
								   .n_codes = 5,
								   .n_categorical = 1,
								   .n_classes = 2 };

/* Any flipped bit, in header and tree, fails the checksum; any cut is too short. */
static void
every_flipped_bit_and_every_cut_is_refused(void)
{
	RandomForest forest;
	MlopsReason reason;

	random_forest_make(&forest, &small, 2, defaults, false);
	for (uint32_t k = 0; k < 2; k++)
	{
		size_t n = forest.chunks[k].n_bytes;
		uint8_t *bytes = forest.chunks[k].bytes;

		UNIT_CHECK_INT(decode_with(&forest, k, bytes, n, &reason), MLOPS_STATUS_OK);
		for (size_t bit = 0; bit < 8 * n; bit++)
		{
			bytes[bit / 8] ^= (uint8_t) (1u << (bit % 8));
			reason.text[0] = '\0';
			UNIT_CHECK(decode_with(&forest, k, bytes, n, &reason) == MLOPS_STATUS_CORRUPT);
			UNIT_CHECK(reason.text[0] != '\0');
			bytes[bit / 8] ^= (uint8_t) (1u << (bit % 8));
		}
		for (size_t cut = 0; cut < n; cut++)
			UNIT_CHECK(decode_with(&forest, k, bytes, cut, &reason) == MLOPS_STATUS_CORRUPT);
	}
	random_forest_free(&forest);
}

/* Give a chunk the checksum of its changed bytes. */
static void
seal(uint8_t *bytes, size_t n)
{
	uint32_t crc = mlops_crc32c(bytes, n - MLOPS_CRC_BYTES);

	for (int i = 0; i < 4; i++)
		bytes[n - MLOPS_CRC_BYTES + (size_t) i] = (uint8_t) (crc >> (8 * i));
}

/* Change bytes at a place, seal, decode, and compare status and reason. */
static void
check_refused(const RandomForest *forest, uint32_t chunk, size_t at, uint64_t value, int n_value,
			  MlopsStatus status, const char *expected)
{
	size_t n = forest->chunks[chunk].n_bytes;
	uint8_t *copy = random_alloc(n, 1);
	MlopsReason reason = { "" };

	memcpy(copy, forest->chunks[chunk].bytes, n);
	for (int i = 0; i < n_value; i++)
		copy[at + (size_t) i] = (uint8_t) (value >> (8 * i));
	seal(copy, n);
	UNIT_CHECK_INT(decode_with(forest, chunk, copy, n, &reason), status);
	UNIT_CHECK_TEXT(reason.text, expected);
	free(copy);
}

/* Places in the header are those of FORMAT.md. */
static void
a_sealed_but_wrong_header_is_refused_with_a_reason(void)
{
	RandomForest forest;

	random_forest_make(&forest, &small, 2, defaults, false);
	check_refused(&forest, 0, 0, 0x464F4C4E, 4, MLOPS_STATUS_CORRUPT,
				  "a chunk has the wrong magic number");
	check_refused(&forest, 0, 4, 3, 2, MLOPS_STATUS_UNSUPPORTED,
				  "format version 3 is newer than version 2");
	check_refused(&forest, 0, 4, 0, 2, MLOPS_STATUS_CORRUPT, "format version 0 does not exist");
	check_refused(&forest, 0, 6, 2, 1, MLOPS_STATUS_CORRUPT, "unknown task 2");
	check_refused(&forest, 0, 7, 2, 1, MLOPS_STATUS_CORRUPT, "has class weights is 2, not 0 or 1");
	check_refused(&forest, 0, 7, 255, 1, MLOPS_STATUS_CORRUPT,
				  "has class weights is 255, not 0 or 1");
	check_refused(&forest, 0, 8, 1, 4, MLOPS_STATUS_CORRUPT, "1 classes do not fit the task");
	check_refused(&forest, 0, 8, 1001, 4, MLOPS_STATUS_CORRUPT, "1001 classes do not fit the task");
	check_refused(&forest, 0, 12, 0, 4, MLOPS_STATUS_CORRUPT, "0 columns are not in 1 .. 16382");
	check_refused(&forest, 0, 16, 0, 4, MLOPS_STATUS_CORRUPT, "0 trees are not in 1 .. 100000");
	check_refused(&forest, 0, 16, 3, 4, MLOPS_STATUS_CORRUPT,
				  "the forest lacks trees, nodes or values that its header states");
	check_refused(&forest, 0, 16, 1, 4, MLOPS_STATUS_CORRUPT,
				  "more trees than the 1 of the header");
	check_refused(&forest, 0, 20, UINT64_MAX, 8, MLOPS_STATUS_LIMIT,
				  "the forest has 18446744073709551615 nodes and takes more than 16777216 bytes");
	check_refused(&forest, 0, 20, 1, 8, MLOPS_STATUS_CORRUPT,
				  "a tree has more nodes than the header leaves");
	check_refused(&forest, 0, 28, 0, 8, MLOPS_STATUS_CORRUPT,
				  "a tree has more leaf values than the header leaves");
	check_refused(&forest, 0, 44, UINT64_C(0x7FF8000000000000), 8, MLOPS_STATUS_CORRUPT,
				  "the scale of the target is not finite");
	check_refused(&forest, 0, 36, UINT64_C(0x4000000000000000), 8, MLOPS_STATUS_CORRUPT,
				  "target centre 2 and step 1 of classes are not 0 and 1");
	check_refused(&forest, 0, 44, UINT64_C(0x4000000000000000), 8, MLOPS_STATUS_CORRUPT,
				  "target centre 0 and step 2 of classes are not 0 and 1");
	check_refused(&forest, 0, 12, 4, 4, MLOPS_STATUS_CORRUPT, "a chunk ends too early");
	check_refused(&forest, 0, 12, 2, 4, MLOPS_STATUS_CORRUPT,
				  "the header has bytes behind its end");
	random_forest_free(&forest);
}

/* Places of the first column in the header of two classes without weights. */
enum
{
	AT_KIND = 52,
	AT_FLAGS = 53,
	AT_FEATURE = 54,
	AT_MISSING = 56,
	AT_UNSEEN = 58
};

static void
a_sealed_but_wrong_column_is_refused_with_a_reason(void)
{
	RandomForest forest;
	RandomShape numeric = { .seed = 13,
							.n_rows = 20,
							.n_columns = 2,
							.n_codes = 3,
							.n_classes = 2 };

	random_forest_make(&forest, &small, 2, defaults, false);
	check_refused(&forest, 0, AT_KIND, 2, 1, MLOPS_STATUS_CORRUPT,
				  "a column has kind 2, flags 0 and 5 codes");
	check_refused(&forest, 0, AT_FLAGS, 2, 1, MLOPS_STATUS_CORRUPT,
				  "a column has kind 1, flags 2 and 5 codes");
	random_forest_free(&forest);
	random_forest_make(&forest, &numeric, 2, defaults, false);
	check_refused(&forest, 0, AT_FLAGS, 1, 1, MLOPS_STATUS_CORRUPT,
				  "column 1: rare levels share a code of a column that is not categorical");
	random_forest_free(&forest);
	random_forest_make(&forest, &preprocessed, 2, defaults, false);
	check_refused(&forest, 0, AT_KIND, 3, 1, MLOPS_STATUS_CORRUPT,
				  "a column has kind 3, flags 0 and 6 codes");
	check_refused(&forest, 0, AT_FLAGS, 4, 1, MLOPS_STATUS_CORRUPT,
				  "a column has kind 1, flags 4 and 6 codes");
	check_refused(&forest, 0, AT_FEATURE, 1, 2, MLOPS_STATUS_CORRUPT,
				  "column 1: feature 1 does not follow in the order of the features");
	check_refused(&forest, 0, AT_MISSING, 6, 2, MLOPS_STATUS_CORRUPT,
				  "column 1: missing values have code 6, not below 6");
	check_refused(&forest, 0, AT_UNSEEN, 6, 2, MLOPS_STATUS_CORRUPT,
				  "column 1: unseen levels have code 6, not below 6");
	random_forest_free(&forest);
}

static void
a_sealed_but_wrong_tree_is_refused_with_a_reason(void)
{
	RandomForest forest;
	size_t last;

	random_forest_make(&forest, &small, 2, defaults, false);
	last = forest.chunks[1].n_bytes - MLOPS_CRC_BYTES - 1;
	check_refused(&forest, 1, 4, 4, 1, MLOPS_STATUS_CORRUPT, "a tree has unknown flags 4");
	check_refused(&forest, 1, 5, 0, 1, MLOPS_STATUS_CORRUPT,
				  "a tree has more nodes than the header leaves");
	check_refused(&forest, 1, 6, 0, 1, MLOPS_STATUS_CORRUPT,
				  "a tree has more leaf values than the header leaves");
	check_refused(&forest, 1, last, 255, 1, MLOPS_STATUS_CORRUPT,
				  "leaf entry 255 of 10 does not exist");
	random_forest_free(&forest);
}

static MlopsStatus
encode_and_decode(const MlopsAllocator *allocator, void *argument)
{
	RandomForest *forest = argument;
	MlopsForestTotals totals = { 0 };
	MlopsBuffer chunks[3] = { { .allocator = allocator },
							  { .allocator = allocator },
							  { .allocator = allocator } };
	MlopsDecoder decoder = { 0 };
	MlopsStatus status = MLOPS_STATUS_OK;

	for (uint32_t k = 0; status == MLOPS_STATUS_OK && k < 2; k++)
		status = mlops_codec_encode_tree(&forest->spec, &forest->trees[k], &totals, &chunks[k + 1]);
	if (status == MLOPS_STATUS_OK)
	{
		mlops_codec_encode_header(&forest->spec, &totals, &chunks[0]);
		status = chunks[0].is_failed ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;
	}
	if (status == MLOPS_STATUS_OK)
	{
		status = mlops_decoder_begin(&decoder, chunks[0].bytes, chunks[0].n_bytes, SIZE_MAX,
									 allocator, NULL, NULL);
		for (uint32_t k = 0; status == MLOPS_STATUS_OK && k < 2; k++)
			status =
				mlops_decoder_add_tree(&decoder, chunks[k + 1].bytes, chunks[k + 1].n_bytes, NULL);
		(void) mlops_decoder_end(&decoder, NULL);
		mlops_free(allocator, decoder.forest);
	}
	for (int k = 0; k < 3; k++)
		mlops_free(allocator, chunks[k].bytes);
	return status;
}

/* An allocator that counts its blocks. */
static void *
count_alloc(void *state, size_t n_bytes)
{
	++*(int *) state;
	return malloc(n_bytes);
}

static void
count_free(void *state, void *block)
{
	--*(int *) state;
	free(block);
}

/* The block, and nothing else, comes from the allocator that is named for it. */
static void
the_block_may_lie_elsewhere(void)
{
	RandomForest forest;
	MlopsForest *plain;
	MlopsDecoder decoder;
	int n_blocks = 0;
	MlopsAllocator elsewhere = { count_alloc, count_free, &n_blocks };

	random_forest_make(&forest, &small, 2, defaults, false);
	UNIT_CHECK_INT(mlops_decoder_begin(&decoder, forest.chunks[0].bytes, forest.chunks[0].n_bytes,
									   SIZE_MAX, &plain_allocator, &elsewhere, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(n_blocks, 1);
	for (uint32_t k = 1; k <= 2; k++)
		UNIT_CHECK_INT(mlops_decoder_add_tree(&decoder, forest.chunks[k].bytes,
											  forest.chunks[k].n_bytes, NULL),
					   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_decoder_end(&decoder, NULL), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(n_blocks, 1);
	plain = random_forest_decode(&forest);
	UNIT_CHECK_INT(decoder.forest->n_bytes, plain->n_bytes);
	UNIT_CHECK(memcmp(mlops_forest_at(decoder.forest, plain->trees_offset),
					  mlops_forest_at(plain, plain->trees_offset),
					  plain->n_bytes - plain->trees_offset) == 0);
	free(plain);
	mlops_free(&elsewhere, decoder.forest);
	UNIT_CHECK_INT(n_blocks, 0);
	random_forest_free(&forest);
}

static void
every_failed_allocation_is_survived(void)
{
	RandomForest forest;

	random_forest_make(&forest, &small, 2, defaults, false);
	UNIT_CHECK(alloc_failing_each(encode_and_decode, &forest) > 8);
	random_forest_free(&forest);
}

static void
the_checksum_is_crc32c(void)
{
	UNIT_CHECK_INT(mlops_crc32c("123456789", 9), 0xE3069283);
	UNIT_CHECK_INT(mlops_crc32c("", 0), 0);
	/* many bytes are taken eight at a time, the rest one by one */
	for (size_t n = 4080; n < 4200; n++)
	{
		uint8_t bytes[4200];
		uint32_t crc = UINT32_MAX;

		for (size_t i = 0; i < n; i++)
		{
			bytes[i] = (uint8_t) (i * i + n);
			crc ^= bytes[i];
			for (int bit = 0; bit < 8; bit++)
				crc = (crc >> 1) ^ ((crc & 1) != 0 ? UINT32_C(0x82F63B78) : 0);
		}
		REQUIRE(mlops_crc32c(bytes, n) == ~crc);
	}
}

int
main(void)
{
	UNIT_RUN(two_classes_come_back);
	UNIT_RUN(many_classes_come_back);
	UNIT_RUN(regressions_come_back);
	UNIT_RUN(categories_and_wide_rows_come_back);
	UNIT_RUN(leaves_without_a_table_come_back);
	UNIT_RUN(a_single_leaf_comes_back);
	UNIT_RUN(preprocessed_columns_come_back);
	UNIT_RUN(a_forest_without_preprocessing_stays_in_version_1);
	UNIT_RUN(equal_forests_give_equal_bytes);
	UNIT_RUN(every_flipped_bit_and_every_cut_is_refused);
	UNIT_RUN(a_sealed_but_wrong_header_is_refused_with_a_reason);
	UNIT_RUN(a_sealed_but_wrong_column_is_refused_with_a_reason);
	UNIT_RUN(a_sealed_but_wrong_tree_is_refused_with_a_reason);
	UNIT_RUN(the_block_may_lie_elsewhere);
	UNIT_RUN(every_failed_allocation_is_survived);
	UNIT_RUN(the_checksum_is_crc32c);
	return unit_end();
}
