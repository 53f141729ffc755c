/*
 * Cut points by radix sort, against the C library's sort; codes by searches side by side, against one after
 * the other.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binning.h"

#include "random_dataset.h"
#include "timing.h"

typedef struct Job
{
	size_t n;
	const double *given; /* [n] */
	double *values;		 /* [n] scratch: sorting is in place */
	uint32_t max_bins;
	double *edges;
	uint32_t n_edges;
	MlopsColumn column;
	uint16_t *codes; /* [n] */
} Job;

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static void
cut_fast(void *state)
{
	Job *job = state;

	memcpy(job->values, job->given, job->n * sizeof(double));
	free(job->edges);
	timing_require(mlops_binning_edges(job->values, job->n, job->max_bins, &plain_allocator,
									   &job->edges, &job->n_edges) == MLOPS_STATUS_OK,
				   "no memory");
}

/* A cut between any two values: there are no more than max_bins. */
static void
cut_naive(void *state)
{
	Job *job = state;

	memcpy(job->values, job->given, job->n * sizeof(double));
	qsort(job->values, job->n, sizeof(double), compare_doubles);
	job->n_edges = 0;
	for (size_t i = 1; i < job->n; i++)
	{
		if (job->values[i - 1] < job->values[i])
			job->edges[job->n_edges++] = job->values[i - 1] / 2 + job->values[i] / 2;
	}
}

static void
code_fast(void *state)
{
	Job *job = state;

	mlops_column_code_numbers(&job->column, job->given, job->n, job->codes, 1);
}

static void
code_naive(void *state)
{
	Job *job = state;

	for (size_t i = 0; i < job->n; i++)
		job->codes[i] = mlops_column_code_number(&job->column, job->given[i]);
}

/* As many values as bins, so that a plain rule says where the cuts are. */
static void
measure(uint32_t n_distinct, size_t n_rows)
{
	double *given = random_alloc(n_rows, sizeof(double));
	double *edges;
	uint16_t *codes;
	uint64_t state = 1;
	Job job = { .n = n_rows, .given = given, .max_bins = n_distinct };
	uint32_t n_edges;
	double naive_ns;
	char text[96];

	for (size_t i = 0; i < n_rows; i++)
		given[i] = sqrt(1 + random_below(&state, n_distinct));
	job.values = random_alloc(n_rows, sizeof(double));
	job.codes = random_alloc(n_rows, sizeof(uint16_t));
	cut_fast(&job);
	edges = random_alloc(job.n_edges, sizeof(double));
	memcpy(edges, job.edges, job.n_edges * sizeof(double));
	n_edges = job.n_edges;
	cut_naive(&job);
	timing_require(
		n_edges == job.n_edges && memcmp(edges, job.edges, n_edges * sizeof(double)) == 0, "edges");
	(void) snprintf(text, sizeof(text), "edges, %u values", n_distinct);
	naive_ns = timing_least_ns(cut_naive, &job);
	timing_print("binning", text, "row", (double) n_rows, naive_ns,
				 timing_least_ns(cut_fast, &job));
	job.column = (MlopsColumn){ .n_codes = n_edges + 1, .edges = job.edges };
	code_fast(&job);
	codes = random_alloc(n_rows, sizeof(uint16_t));
	memcpy(codes, job.codes, n_rows * sizeof(uint16_t));
	code_naive(&job);
	timing_require(memcmp(codes, job.codes, n_rows * sizeof(uint16_t)) == 0, "codes");
	(void) snprintf(text, sizeof(text), "codes, %u edges", n_edges);
	naive_ns = timing_least_ns(code_naive, &job);
	timing_print("binning", text, "row", (double) n_rows, naive_ns,
				 timing_least_ns(code_fast, &job));
	free(codes);
	free(edges);
	free(job.edges);
	free(job.values);
	free(job.codes);
	free(given);
}

int
main(void)
{
	/* the rows of a training's sample */
	size_t n_rows = timing_rows() / 5;

	measure(255, n_rows);
	measure(1023, n_rows);
	measure(4095, n_rows);
	return 0;
}
