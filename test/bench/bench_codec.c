/*
 * Trees to bytes and back.  There is no naive codec; the checksum has one, bit by bit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crc32c.h"
#include "core/predict.h"

#include "rows.h"
#include "timing.h"

#define N_TREES 10

typedef struct Job
{
	RandomForest forest;
	double n_nodes;
	double n_bytes;
	uint8_t *bytes; /* all chunks, one after the other */
	uint32_t sum;
} Job;

static void
encode(void *state)
{
	Job *job = state;
	MlopsForestTotals totals = { 0 };

	for (uint32_t k = 0; k < N_TREES; k++)
	{
		MlopsBuffer out = { .allocator = &plain_allocator };

		timing_require(mlops_codec_encode_tree(&job->forest.spec, &job->forest.trees[k], &totals,
											   &out) == MLOPS_STATUS_OK,
					   "encode");
		free(out.bytes);
	}
}

static void
decode(void *state)
{
	Job *job = state;

	plain_allocator.free(NULL, random_forest_decode(&job->forest));
}

static void
sum_fast(void *state)
{
	Job *job = state;

	job->sum = mlops_crc32c(job->bytes, (size_t) job->n_bytes);
}

static void
sum_naive(void *state)
{
	Job *job = state;
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < (size_t) job->n_bytes; i++)
	{
		crc ^= job->bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? UINT32_C(0x82F63B78) : 0);
	}
	job->sum = ~crc;
}

/* A decoded forest predicts what the grown trees do. */
static void
compare(const Job *job)
{
	MlopsForest *decoded = random_forest_decode(&job->forest);
	uint16_t lanes[ROWS_FOREST_COLUMNS + 1];

	for (size_t row = 0; row < 500 && row < job->forest.data.shape.n_rows; row++)
	{
		double expected[MLOPS_MAX_CLASSES], actual[MLOPS_MAX_CLASSES];

		random_forest_lanes(&job->forest, row, lanes);
		random_forest_predict(&job->forest, lanes, expected);
		mlops_predict_reference(decoded, lanes, actual);
		timing_require(memcmp(expected, actual, decoded->n_outputs * sizeof(double)) == 0,
					   "decode");
	}
	plain_allocator.free(NULL, decoded);
}

/* Put the chunks together and count. */
static void
count(Job *job)
{
	for (uint32_t k = 0; k <= N_TREES; k++)
		job->n_bytes += (double) job->forest.chunks[k].n_bytes;
	for (uint32_t k = 0; k < N_TREES; k++)
		job->n_nodes += (double) job->forest.trees[k].n_nodes;
	job->bytes = random_alloc(1, (size_t) job->n_bytes);
	for (uint32_t k = 0, at = 0; k <= N_TREES; k++)
	{
		memcpy(job->bytes + at, job->forest.chunks[k].bytes, job->forest.chunks[k].n_bytes);
		at += (uint32_t) job->forest.chunks[k].n_bytes;
	}
}

static void
measure(const char *name, uint32_t n_classes, uint32_t max_depth, uint32_t n_categorical)
{
	Job job = { .n_nodes = 0 };
	char text[96];

	rows_make_forest(&job.forest, N_TREES, n_classes, max_depth, n_categorical);
	count(&job);
	compare(&job);
	(void) snprintf(text, sizeof(text), "encode, %s, %.2f bytes a node", name,
					job.n_bytes / job.n_nodes);
	timing_print("codec", text, "node", job.n_nodes, TIMING_NONE, timing_least_ns(encode, &job));
	(void) snprintf(text, sizeof(text), "decode, %s", name);
	timing_print("codec", text, "node", job.n_nodes, TIMING_NONE, timing_least_ns(decode, &job));
	if (max_depth == 20)
	{
		uint32_t sum;

		sum_fast(&job);
		sum = job.sum;
		sum_naive(&job);
		timing_require(sum == job.sum, "checksum");
		timing_print("codec", "checksum", "byte", job.n_bytes, timing_least_ns(sum_naive, &job),
					 timing_least_ns(sum_fast, &job));
	}
	free(job.bytes);
	random_forest_free(&job.forest);
}

int
main(void)
{
	measure("depth 10", 2, 10, 0);
	measure("depth 20", 2, 20, 0);
	measure("subsets, no limit", 2, 0, 2);
	measure("10 classes, no limit", 10, 0, 0);
	measure("regression, no limit", 0, 0, 0);
	return 0;
}
