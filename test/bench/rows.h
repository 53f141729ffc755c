/*
 * Generated training rows of bench_grow.c, the same for the same shape: "airline", "loan", "wide", as
 * gen_flights.sql, gen_loans.sql and gen_wide.sql make them.
 */
#ifndef MLOPS_BENCH_ROWS_H
#define MLOPS_BENCH_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "core/dataset.h"

#include "random_forest.h"

#define ROWS_COLUMNS_MAX 28

typedef struct Rows
{
	size_t n_rows;
	uint32_t n_columns;
	double *values; /* [n_columns][n_rows] */
	double *scores; /* [n_rows] log-odds with noise: the label is whether one is above 0 */
} Rows;

/* End the program if there is no memory, or no such name. */
extern void rows_make(Rows *rows, const char *name, size_t n_rows);
extern void rows_free(Rows *rows);

/*
 * Bin and pack; the label is a class by score, or the score itself.
 *
 *   n_classes   2 .., 0 for regression
 *   columns     OUT [n_columns], their edges are freed by rows_free_columns
 *   cpu_ns      OUT of finding edges and codes
 *
 * Returns the dataset, to be freed.
 */
extern MlopsDataset *rows_pack(const Rows *rows, uint32_t max_bins, uint32_t n_classes,
							   bool is_weighted, MlopsColumn *columns, double *cpu_ns);
extern void rows_free_columns(MlopsColumn *columns, uint32_t n_columns);

#define ROWS_FOREST_COLUMNS 8

/*
 * Grow and encode a forest on random rows, a tenth of timing_rows(), with ROWS_FOREST_COLUMNS columns of
 * 255 codes.
 *
 *   n_classes       2 .., 0 for regression
 *   max_depth       0 = no limit
 *   n_categorical   so many of the first columns are categorical
 */
extern void rows_make_forest(RandomForest *forest, uint32_t n_trees, uint32_t n_classes,
							 uint32_t max_depth, uint32_t n_categorical);

/*
 * Grow a forest on rows of two classes, √columns at a node, leaves of one row, and code its rows.
 *
 *   max_depth   0 = no limit
 *   lanes       OUT [n_rows][n_columns + 1], to be freed
 *
 * Returns the forest, to be freed.
 */
extern MlopsForest *rows_grow_forest(const Rows *rows, uint32_t max_bins, uint32_t n_trees,
									 uint32_t max_depth, uint16_t **lanes);

#endif
