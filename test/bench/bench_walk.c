/*
 * Predictions: large blocks of rows, many rows and one row, sixteen walks in lockstep each, against the
 * plain walk; and the codes of numbers, with and without a guide to the cut points.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/predict.h"
#include "core/predict_block.h"

#include "rows.h"
#include "timing.h"

#define N_TREES 20
/* Of the flights that walk. */
#define BLOCK_ROWS 262144

typedef struct Job
{
	MlopsForest *forest;
	uint32_t n_lanes;
	uint16_t *lanes;
	size_t n_rows;
	double *out;
} Job;

static void
run_reference(void *state)
{
	Job *job = state;

	for (size_t i = 0; i < job->n_rows; i++)
		mlops_predict_reference(job->forest, job->lanes + i * job->n_lanes,
								job->out + i * job->forest->n_outputs);
}

static void
run_row_by_row(void *state)
{
	Job *job = state;

	for (size_t i = 0; i < job->n_rows; i++)
		mlops_predict_row(job->forest, job->lanes + i * job->n_lanes,
						  job->out + i * job->forest->n_outputs);
}

static void
run_rows(void *state)
{
	Job *job = state;

	mlops_predict_rows(job->forest, job->lanes, job->n_rows, job->out);
}

static void
run_block(void *state)
{
	Job *job = state;

	timing_require(mlops_predict_block(job->forest, job->lanes, job->n_rows, &plain_allocator, NULL,
									   job->out) == MLOPS_STATUS_OK,
				   "no memory");
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

/* All walks of a forest; it and the lanes are freed. */
static void
measure_walks(Job *job, const char *name)
{
	job->n_lanes = mlops_forest_n_lanes(job->forest);
	job->out = random_alloc(job->n_rows * job->forest->n_outputs, sizeof(double));
	measure(job, "blocks", name, run_block);
	measure(job, "rows", name, run_rows);
	measure(job, "row by row", name, run_row_by_row);
	free(job->lanes);
	free(job->out);
	free(job->forest);
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
	for (size_t i = 0; i < job.n_rows; i++)
		random_forest_lanes(&forest, i, job.lanes + i * (ROWS_FOREST_COLUMNS + 1));
	random_forest_free(&forest);
	measure_walks(&job, name);
}

/* Trees larger than the first caches. */
static void
measure_flights(const char *name, uint32_t max_depth)
{
	Rows rows;
	Job job = { .n_rows = timing_rows() };

	rows_make(&rows, "airline", job.n_rows);
	job.forest = rows_grow_forest(&rows, 4095, N_TREES, max_depth, &job.lanes);
	job.n_rows = job.n_rows < BLOCK_ROWS ? job.n_rows : BLOCK_ROWS;
	rows_free(&rows);
	measure_walks(&job, name);
}

/* One column's cut points, and the same without its guide. */
typedef struct Codes
{
	MlopsColumn column;
	const double *values;
	size_t n;
	uint16_t *codes;
} Codes;

static void
run_codes_one_by_one(void *state)
{
	Codes *codes = state;

	for (size_t i = 0; i < codes->n; i++)
		codes->codes[i] = mlops_column_code_number(&codes->column, codes->values[i]);
}

/* Codes of the nearly continuous second column of loans. */
static void
measure_codes(uint32_t max_bins)
{
	Rows rows;
	MlopsForest *forest;
	MlopsColumn *columns;
	uint16_t *lanes, *bare_codes;
	Codes guided, bare;
	char text[96];

	rows_make(&rows, "loan", timing_rows() / 10);
	forest = rows_grow_forest(&rows, max_bins, 1, 1, &lanes);
	columns = mlops_forest_columns(forest, &plain_allocator);
	guided = (Codes){ columns[1], rows.values + rows.n_rows, rows.n_rows, lanes };
	bare_codes = random_alloc(rows.n_rows, sizeof(uint16_t));
	bare = guided;
	bare.codes = bare_codes;
	bare.column.guide = NULL;
	run_codes_one_by_one(&guided);
	run_codes_one_by_one(&bare);
	timing_require(memcmp(guided.codes, bare.codes, rows.n_rows * sizeof(uint16_t)) == 0, "codes");
	(void) snprintf(text, sizeof(text), "code of a number, %u cut points", columns[1].n_codes - 1);
	timing_print("walk", text, "value", (double) rows.n_rows,
				 timing_least_ns(run_codes_one_by_one, &bare),
				 timing_least_ns(run_codes_one_by_one, &guided));
	free(bare_codes);
	free(lanes);
	free(columns);
	free(forest);
	rows_free(&rows);
}

int
main(void)
{
	measure_flights("flights, depth 10", 10);
	measure_flights("flights, depth 20", 20);
	measure_flights("flights, no limit", 0);
	measure_forest("depth 10", 2, 10, 0);
	measure_forest("no limit", 2, 0, 0);
	measure_forest("subsets, no limit", 2, 0, 2);
	measure_forest("3 classes, no limit", 3, 0, 0);
	measure_forest("10 classes, depth 10", 10, 10, 0);
	measure_forest("regression, depth 20", 0, 20, 0);
	measure_codes(255);
	measure_codes(4095);
	return 0;
}
