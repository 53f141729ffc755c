/*
 * Predictions: sixteen rows in lockstep, and one row through eight trees at a time, against the plain walk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/predict.h"

#include "rows.h"
#include "timing.h"

#define N_TREES 20

typedef struct Job
{
	MlopsForest *forest;
	uint16_t *lanes;
	size_t n_rows;
	double *out;
} Job;

static void
run_reference(void *state)
{
	Job *job = state;

	for (size_t i = 0; i < job->n_rows; i++)
		mlops_predict_reference(job->forest, job->lanes + i * (ROWS_FOREST_COLUMNS + 1),
								job->out + i * job->forest->n_outputs);
}

static void
run_row_by_row(void *state)
{
	Job *job = state;

	for (size_t i = 0; i < job->n_rows; i++)
		mlops_predict_row(job->forest, job->lanes + i * (ROWS_FOREST_COLUMNS + 1),
						  job->out + i * job->forest->n_outputs);
}

static void
run_rows(void *state)
{
	Job *job = state;

	mlops_predict_rows(job->forest, job->lanes, job->n_rows, job->out);
}

/* Compare one walk with the reference, then time both. */
static void
measure(Job *job, const char *walk, const char *name, TimingRun run)
{
	size_t n_bytes = job->n_rows * job->forest->n_outputs * sizeof(double);
	double *expected = random_alloc(1, n_bytes);
	char text[96];

	run_reference(job);
	memcpy(expected, job->out, n_bytes);
	run(job);
	timing_require(memcmp(expected, job->out, n_bytes) == 0, "walk");
	free(expected);
	(void) snprintf(text, sizeof(text), "%s, %s, %.0f nodes a tree", walk, name,
					(double) job->forest->n_nodes / N_TREES);
	timing_print("walk", text, "row and tree", (double) job->n_rows * N_TREES,
				 timing_least_ns(run_reference, job), timing_least_ns(run, job));
}

static void
measure_forest(const char *name, uint32_t n_classes, uint32_t max_depth, uint32_t n_categorical)
{
	RandomForest forest;
	Job job = { .n_rows = 0 };

	rows_make_forest(&forest, N_TREES, n_classes, max_depth, n_categorical);
	job.forest = random_forest_decode(&forest);
	job.n_rows = forest.data.shape.n_rows;
	job.lanes = random_alloc(job.n_rows * (ROWS_FOREST_COLUMNS + 1), sizeof(uint16_t));
	job.out = random_alloc(job.n_rows * job.forest->n_outputs, sizeof(double));
	for (size_t i = 0; i < job.n_rows; i++)
		random_forest_lanes(&forest, i, job.lanes + i * (ROWS_FOREST_COLUMNS + 1));
	measure(&job, "sixteen rows", name, run_rows);
	measure(&job, "row by row", name, run_row_by_row);
	free(job.lanes);
	free(job.out);
	plain_allocator.free(NULL, job.forest);
	random_forest_free(&forest);
}

int
main(void)
{
	measure_forest("depth 10", 2, 10, 0);
	measure_forest("depth 20", 2, 20, 0);
	measure_forest("no limit", 2, 0, 0);
	measure_forest("subsets, no limit", 2, 0, 2);
	measure_forest("3 classes, no limit", 3, 0, 0);
	measure_forest("10 classes, depth 10", 10, 10, 0);
	measure_forest("regression, depth 20", 0, 20, 0);
	return 0;
}
