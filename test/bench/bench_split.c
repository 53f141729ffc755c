/*
 * The best cut of a numeric column: the finder, which has a loop of its own for two unweighted classes,
 * against a scan that keeps the sums of both sides as cells and scores each cut by mlops_split_score.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/split.h"

#include "random_dataset.h"
#include "timing.h"

#define MAX_CELL_WORDS 16

typedef struct Job
{
	RandomDataset data;
	MlopsSums sums;
	MlopsHistogram histogram;
	MlopsSplitFinder finder;
	uint64_t total[MAX_CELL_WORDS];
	double naive_score;
	uint32_t naive_threshold;
	bool naive_missing_left;
} Job;

typedef struct Variant
{
	const char *name;
	uint32_t n_classes;
	bool is_weighted;
	uint32_t missing_percent;
	MlopsCriterion criterion;
} Variant;

static const Variant variants[] = {
	{ "2 classes, gini", 2, false, 0, MLOPS_CRITERION_GINI },
	{ "2 classes, gini, missing", 2, false, 1, MLOPS_CRITERION_GINI },
	{ "2 classes, entropy", 2, false, 0, MLOPS_CRITERION_ENTROPY },
	{ "3 classes, gini", 3, false, 0, MLOPS_CRITERION_GINI },
	{ "10 classes, gini", 10, false, 0, MLOPS_CRITERION_GINI },
	{ "regression", 0, false, 0, MLOPS_CRITERION_SQUARED_ERROR },
	{ "2 classes, weights, gini", 2, true, 0, MLOPS_CRITERION_GINI },
};

static const uint64_t *
cell_at(const Job *job, uint32_t i)
{
	return job->histogram.present.cells + (size_t) i * job->sums.cell_words;
}

static void
find_fast(void *state)
{
	Job *job = state;

	mlops_split_finder_reset(&job->finder);
	mlops_split_find(&job->finder, 0, &mlops_dataset_fields(job->data.dataset)[0],
					 &job->histogram.present, job->total);
}

/* Score the cut after cell i, left being the sums up to it, with missing values on one side. */
static void
try_cut(Job *job, uint32_t i, const uint64_t *left, bool missing_left)
{
	const MlopsPresent *present = &job->histogram.present;
	uint64_t sides[2][MAX_CELL_WORDS];
	double score;

	memcpy(sides[0], left, job->sums.cell_words * sizeof(uint64_t));
	if (missing_left)
		mlops_sums_add(&job->sums, sides[0], cell_at(job, present->n));
	memcpy(sides[1], job->total, job->sums.cell_words * sizeof(uint64_t));
	mlops_sums_subtract(&job->sums, sides[1], sides[0]);
	score = mlops_split_score(&job->finder, sides[0], sides[1]);
	if (!(score > job->naive_score))
		return;
	job->naive_score = score;
	job->naive_missing_left = missing_left;
	job->naive_threshold = i + 1 < present->n ?
							   (present->codes[i] + present->codes[i + 1] - 1u) / 2 :
							   mlops_dataset_fields(job->data.dataset)[0].n_codes - 1;
}

static void
find_naive(void *state)
{
	Job *job = state;
	const MlopsPresent *present = &job->histogram.present;
	uint64_t left[MAX_CELL_WORDS] = { 0 };
	uint32_t n_cuts = present->has_missing ? present->n : present->n - 1;

	job->naive_score = -1.0 / 0.0;
	for (uint32_t i = 0; i < n_cuts; i++)
	{
		mlops_sums_add(&job->sums, left, cell_at(job, i));
		if (present->has_missing && i + 1 < present->n)
			try_cut(job, i, left, true);
		try_cut(job, i, left, false);
	}
}

static void
make_cells(Job *job)
{
	const MlopsField *field = &mlops_dataset_fields(job->data.dataset)[0];
	RandomBag bag;

	random_bag_make(&bag, &job->data, job->data.shape.n_rows, 3, 2);
	mlops_histogram_build(job->data.dataset, &job->sums, bag.rows, bag.n_rows, &field,
						  &job->histogram, 1);
	memset(job->total, 0, sizeof(job->total));
	for (size_t i = 0; i < bag.n_rows; i++)
		mlops_sums_add_row(job->data.dataset, &job->sums, bag.rows + i * job->data.dataset->n_words,
						   job->total);
	random_bag_free(&bag);
}

static void
measure(const Variant *variant, uint32_t n_codes)
{
	Job job = { .naive_score = 0 };
	RandomShape shape = { .seed = 1,
						  .n_rows = (size_t) n_codes * 20,
						  .n_columns = 2,
						  .n_codes = n_codes,
						  .n_classes = variant->n_classes,
						  .missing_percent = variant->missing_percent,
						  .is_weighted = variant->is_weighted };
	char text[96];

	random_dataset_make(&job.data, &shape);
	mlops_sums_init(&job.sums, job.data.dataset, 1, shape.n_rows, shape.n_rows * 3);
	timing_require(mlops_histogram_alloc(&job.histogram, &job.sums, job.data.dataset->max_codes,
										 &plain_allocator) &&
					   mlops_split_finder_alloc(&job.finder, &job.sums, false, &plain_allocator),
				   "no memory");
	job.finder.dataset = job.data.dataset;
	job.finder.criterion = variant->criterion;
	job.finder.min_samples_leaf = 1;
	make_cells(&job);
	find_fast(&job);
	find_naive(&job);
	timing_require(job.finder.best.score == job.naive_score &&
					   job.finder.best.threshold == job.naive_threshold &&
					   (!job.histogram.present.has_missing ||
						job.finder.best.missing_left == job.naive_missing_left),
				   "split");
	(void) snprintf(text, sizeof(text), "%s, %u cells", variant->name, job.histogram.present.n);
	timing_print("split", text, "cell", job.histogram.present.n, timing_least_ns(find_naive, &job),
				 timing_least_ns(find_fast, &job));
	mlops_histogram_free(&job.histogram, &plain_allocator);
	mlops_split_finder_free(&job.finder, &plain_allocator);
	random_dataset_free(&job.data);
}

int
main(void)
{
	static const uint32_t bins[] = { 255, 1023, 4095 };

	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++)
	{
		for (size_t b = 0; b < 3; b++)
			measure(&variants[v], bins[b]);
	}
	return 0;
}
