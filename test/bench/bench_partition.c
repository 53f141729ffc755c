/*
 * Rows of a node moved into its children: computed sides, against a test per row by the definition.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/partition.h"

#include "random_dataset.h"
#include "timing.h"

typedef struct Job
{
	RandomDataset data;
	RandomBag bag;
	MlopsSplit split;
	uint8_t *sides;
	uint64_t *fast;
	uint64_t *naive;
	size_t n_left;
} Job;

static void
run_fast(void *state)
{
	Job *job = state;

	job->n_left =
		mlops_partition(job->data.dataset->n_words, &mlops_dataset_fields(job->data.dataset)[0],
						&job->split, job->sides, job->bag.rows, job->fast, job->bag.n_rows);
}

static void
run_naive(void *state)
{
	Job *job = state;

	job->n_left = mlops_partition_naive(job->data.dataset->n_words,
										&mlops_dataset_fields(job->data.dataset)[0], &job->split,
										job->bag.rows, job->naive, job->bag.n_rows);
}

static void
measure(const Job *given, const char *name)
{
	Job job = *given;
	size_t n_bytes = job.bag.n_rows * job.data.dataset->n_words * sizeof(uint64_t);
	size_t n_left;
	char text[96];

	run_fast(&job);
	n_left = job.n_left;
	run_naive(&job);
	timing_require(n_left == job.n_left && memcmp(job.fast, job.naive, n_bytes) == 0, "partition");
	(void) snprintf(text, sizeof(text), "%s, %u words", name, job.data.dataset->n_words);
	timing_print("partition", text, "row", (double) job.bag.n_rows,
				 timing_least_ns(run_naive, &job), timing_least_ns(run_fast, &job));
}

int
main(void)
{
	static const uint32_t n_columns[] = { 4, 8, 28 };

	for (size_t i = 0; i < 3; i++)
	{
		RandomShape shape = { .seed = 1,
							  .n_rows = timing_rows(),
							  .n_columns = n_columns[i],
							  .n_codes = 255,
							  .n_classes = 2,
							  .missing_percent = 1 };
		Job job = { .n_left = 0 };
		uint32_t n_words;

		random_dataset_make(&job.data, &shape);
		random_bag_make(&job.bag, &job.data, shape.n_rows, 3, 2);
		n_words = job.data.dataset->n_words;
		job.sides = random_alloc((size_t) UINT16_MAX + 1, 1);
		job.fast = random_alloc(shape.n_rows * n_words, sizeof(uint64_t));
		job.naive = random_alloc(shape.n_rows * n_words, sizeof(uint64_t));
		job.split.threshold = 120;
		measure(&job, "number");
		job.split.missing_left = true;
		measure(&job, "number, missing left");
		job.split.is_subset = true;
		job.split.set_codes = random_alloc(64, sizeof(uint16_t));
		for (uint16_t k = 0; k < 32; k++)
			job.split.set_codes[job.split.n_set_codes++] = (uint16_t) (2 * k);
		measure(&job, "32 levels");
		free(job.split.set_codes);
		free(job.sides);
		free(job.fast);
		free(job.naive);
		random_bag_free(&job.bag);
		random_dataset_free(&job.data);
	}
	return 0;
}
