/*
 * Histograms of two columns: one pass over the rows, against a pass per column and a scan of all cells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/histogram.h"

#include "random_dataset.h"
#include "timing.h"

#define N_COLUMNS 4 /* so that rows of two classes are one word for all numbers of bins */

/* What is measured: the rows of a bag as nodes of equal size. */
typedef struct Job
{
	RandomDataset data;
	RandomBag bag;
	MlopsSums sums;
	size_t node_rows;
	MlopsHistogram fast[2];
	MlopsHistogram naive[2];
} Job;

typedef struct Variant
{
	const char *name;
	uint32_t n_classes;
	bool is_weighted;
	uint32_t min_leaf;
} Variant;

static const Variant variants[] = {
	{ "2 classes", 2, false, 1 },  { "2 classes, leaf 20", 2, false, 20 },
	{ "3 classes", 3, false, 1 },  { "10 classes", 10, false, 1 },
	{ "regression", 0, false, 1 }, { "2 classes, weights", 2, true, 1 },
};

static const uint64_t *
node_at(const Job *job, size_t first)
{
	return job->bag.rows + first * job->data.dataset->n_words;
}

static void
build_fast(Job *job, size_t first)
{
	const MlopsField *all = mlops_dataset_fields(job->data.dataset);
	const MlopsField *fields[2] = { &all[0], &all[1] };

	mlops_histogram_build(job->data.dataset, &job->sums, node_at(job, first), job->node_rows,
						  fields, job->fast, 2);
}

static void
build_naive(Job *job, size_t first)
{
	for (int i = 0; i < 2; i++)
		mlops_histogram_build_naive(job->data.dataset, &job->sums, node_at(job, first),
									job->node_rows, &mlops_dataset_fields(job->data.dataset)[i],
									&job->naive[i]);
}

static void
run_fast(void *state)
{
	Job *job = state;

	for (size_t first = 0; first + job->node_rows <= job->bag.n_rows; first += job->node_rows)
		build_fast(job, first);
}

static void
run_naive(void *state)
{
	Job *job = state;

	for (size_t first = 0; first + job->node_rows <= job->bag.n_rows; first += job->node_rows)
		build_naive(job, first);
}

static bool
is_same(const MlopsSums *sums, const MlopsPresent *a, const MlopsPresent *b)
{
	size_t n_cells = a->n + (size_t) a->has_missing;

	return a->n == b->n && a->has_missing == b->has_missing &&
		   memcmp(a->codes, b->codes, a->n * sizeof(uint16_t)) == 0 &&
		   memcmp(a->cells, b->cells, n_cells * sums->cell_words * sizeof(uint64_t)) == 0;
}

static void
compare(Job *job)
{
	for (size_t first = 0; first + job->node_rows <= job->bag.n_rows; first += job->node_rows)
	{
		build_fast(job, first);
		build_naive(job, first);
		for (int i = 0; i < 2; i++)
			timing_require(is_same(&job->sums, &job->fast[i].present, &job->naive[i].present),
						   "histogram");
	}
}

static void
measure(const Variant *variant, uint32_t n_codes, size_t n_rows, size_t node_rows)
{
	Job job = { .node_rows = node_rows };
	RandomShape shape = { .seed = 1,
						  .n_rows = n_rows,
						  .n_columns = N_COLUMNS,
						  .n_codes = n_codes,
						  .n_classes = variant->n_classes,
						  .missing_percent = 1,
						  .is_weighted = variant->is_weighted };
	size_t n_used = n_rows / node_rows * node_rows;
	char text[96];

	random_dataset_make(&job.data, &shape);
	random_bag_make(&job.bag, &job.data, n_rows, 3, 2);
	mlops_sums_init(&job.sums, job.data.dataset, variant->min_leaf, n_rows, n_rows * 3);
	for (int i = 0; i < 2; i++)
	{
		timing_require(mlops_histogram_alloc(&job.fast[i], &job.sums, job.data.dataset->max_codes,
											 &plain_allocator) &&
						   mlops_histogram_alloc(&job.naive[i], &job.sums,
												 job.data.dataset->max_codes, &plain_allocator),
					   "no memory");
	}
	compare(&job);
	(void) snprintf(text, sizeof(text), "%s, %u bins, nodes of %zu rows", variant->name, n_codes,
					node_rows);
	timing_print("histogram", text, "row and column", 2 * (double) n_used,
				 timing_least_ns(run_naive, &job), timing_least_ns(run_fast, &job));
	for (int i = 0; i < 2; i++)
	{
		mlops_histogram_free(&job.fast[i], &plain_allocator);
		mlops_histogram_free(&job.naive[i], &plain_allocator);
	}
	random_bag_free(&job.bag);
	random_dataset_free(&job.data);
}

int
main(void)
{
	static const uint32_t bins[] = { 255, 1023, 4095 };
	size_t n_rows = timing_rows();

	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++)
	{
		for (size_t b = 0; b < 3; b++)
		{
			measure(&variants[v], bins[b], n_rows, n_rows);
			measure(&variants[v], bins[b], n_rows / 16, 64);
		}
	}
	return 0;
}
