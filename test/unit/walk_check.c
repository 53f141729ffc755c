/*
 * Whether a decoded forest may be used: checks that end the program.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/predict.h"
#include "core/predict_block.h"
#include "core/rng.h"

#include "plain_alloc.h"
#include "walk_check.h"

#define N_ROWS ((size_t) 17)

/* End the program unless a code is one of the column's, or that of a missing value. */
static void
require_code(const MlopsColumn *column, uint16_t code)
{
	if (code != MLOPS_CODE_MISSING && code >= column->n_codes)
		abort();
}

/* End the program unless a number has a code, the same with a guide and without. */
static void
require_number_code(const MlopsColumn *column, double number)
{
	MlopsColumn bare = *column;
	uint16_t code = mlops_column_code_number(column, number);

	bare.guide = NULL;
	require_code(column, code);
	if (code != mlops_column_code_number(&bare, number))
		abort();
}

/* One raw value for each feature, coded for each of its columns. */
static void
code_values(const MlopsForest *forest, const MlopsColumn *columns, uint64_t seed)
{
	static const char *const LEVELS[] = { "", "level-00001", "none of them" };
	static const double NUMBERS[] = { 0.25, 1e300, NAN };
	size_t *drawn = malloc(forest->n_features * sizeof(size_t));

	if (drawn == NULL)
		abort();
	for (uint32_t f = 0; f < forest->n_features; f++)
		drawn[f] = (size_t) (mlops_splitmix64(&seed) % 3);
	for (uint32_t c = 0; c < forest->n_columns; c++)
	{
		const MlopsColumn *column = &columns[c];
		const char *level = LEVELS[drawn[column->feature]];

		require_code(column, column->missing_code);
		if (!mlops_column_has_levels(column))
			require_number_code(column, NUMBERS[drawn[column->feature]]);
		else
			require_code(column, mlops_column_code_level(
									 column, (MlopsBytes){ level, (uint32_t) strlen(level) }));
	}
	free(drawn);
}

/* Rows of codes that columns can have, and missing ones. */
static void
fill_lanes(const MlopsForest *forest, const MlopsColumn *columns, uint64_t seed, uint16_t *lanes)
{
	uint32_t n_lanes = mlops_forest_n_lanes(forest);

	for (size_t i = 0; i < N_ROWS; i++)
	{
		lanes[i * n_lanes] = 0;
		for (uint32_t c = 0; c < forest->n_columns; c++)
		{
			uint64_t drawn = mlops_splitmix64(&seed);

			lanes[i * n_lanes + c + 1] =
				(uint16_t) (drawn % 5 == 0 ? MLOPS_CODE_MISSING : drawn / 5 % columns[c].n_codes);
		}
	}
}

static void
walk(const MlopsForest *forest, const MlopsColumn *columns, uint64_t seed)
{
	uint32_t n_lanes = mlops_forest_n_lanes(forest);
	size_t n_bytes = forest->n_outputs * sizeof(double);
	uint16_t *lanes = malloc(N_ROWS * n_lanes * sizeof(uint16_t));
	double *block = malloc(N_ROWS * n_bytes);
	double *copied = malloc(N_ROWS * n_bytes);
	double *single = malloc(n_bytes);

	if (lanes == NULL || block == NULL || copied == NULL || single == NULL)
		abort();
	fill_lanes(forest, columns, seed, lanes);
	mlops_predict_rows(forest, lanes, N_ROWS, block);
	if (mlops_predict_block(forest, lanes, N_ROWS, &plain_allocator, NULL, copied) !=
			MLOPS_STATUS_OK ||
		memcmp(block, copied, N_ROWS * n_bytes) != 0)
		abort();
	for (size_t i = 0; i < N_ROWS; i++)
	{
		const double *out = block + i * forest->n_outputs;

		mlops_predict_row(forest, lanes + i * n_lanes, single);
		if (memcmp(single, out, n_bytes) != 0)
			abort();
		mlops_predict_reference(forest, lanes + i * n_lanes, single);
		if (memcmp(single, out, n_bytes) != 0)
			abort();
		for (uint32_t k = 0; k < forest->n_outputs; k++)
		{
			if (!isfinite(out[k]) ||
				(forest->n_classes > 0 && !(out[k] >= 0 && out[k] <= 1 + 1e-9)))
				abort();
		}
	}
	free(single);
	free(copied);
	free(block);
	free(lanes);
}

void
walk_check_forest(const MlopsForest *forest, uint64_t seed)
{
	MlopsColumn *columns = mlops_forest_columns(forest, &plain_allocator);

	if (columns == NULL)
		abort();
	code_values(forest, columns, seed);
	walk(forest, columns, seed);
	free(columns);
}

MlopsForest *
walk_check_decode(const MlopsChunk *chunks, uint32_t n_chunks, size_t max_bytes,
				  MlopsReason *reason)
{
	MlopsDecoder decoder = { 0 };
	uint64_t tree_bytes = 0;
	MlopsStatus status, end;

	for (uint32_t k = 1; k < n_chunks; k++)
		tree_bytes += chunks[k].n_bytes;
	if (n_chunks == 0)
		status = mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "no chunks");
	else
		status = mlops_decoder_check_totals(chunks[0].bytes, chunks[0].n_bytes, n_chunks - 1,
											tree_bytes, reason);
	if (status == MLOPS_STATUS_OK)
		status = mlops_decoder_begin(&decoder, chunks[0].bytes, chunks[0].n_bytes, max_bytes,
									 &plain_allocator, NULL, reason);
	for (uint32_t k = 1; status == MLOPS_STATUS_OK && k < n_chunks; k++)
		status = mlops_decoder_add_tree(&decoder, chunks[k].bytes, chunks[k].n_bytes, reason);
	if (decoder.allocator != NULL)
	{
		end = mlops_decoder_end(&decoder, status == MLOPS_STATUS_OK ? reason : NULL);
		if (status == MLOPS_STATUS_OK)
			status = end;
	}
	if (status == MLOPS_STATUS_OK)
		return decoder.forest;
	if (reason->text[0] == '\0')
		abort();
	free(decoder.forest);
	return NULL;
}
