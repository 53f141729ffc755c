/*
 * Sums of a node's rows by the code of one column.
 *
 * A cell is one or more 64-bit words of integer sums, so the order of adding
 * never changes it.  Three kinds:
 *
 *   PACKED      two classes, no sample weights: one word with three counters
 *                 positives << positive_shift | negatives << negative_shift | unique rows
 *               (no unique rows when min_samples_leaf is 1: nobody asks for them)
 *   CLASSES     [n_classes] weight by class, then unique rows
 *   REGRESSION  sum of weight * target (low word, high word of an int128), weight, unique rows
 *
 * "Unique rows" counts a row once however often the bootstrap drew it.
 * A column's own missing code (all ones) is a cell like any other.
 */
#ifndef MLOPS_HISTOGRAM_H
#define MLOPS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dataset.h"
#include "core/memory.h"

typedef enum MlopsSumsKind
{
	MLOPS_SUMS_PACKED,
	MLOPS_SUMS_CLASSES,
	MLOPS_SUMS_REGRESSION,
} MlopsSumsKind;

/* Words of a REGRESSION cell. */
#define MLOPS_CELL_SUM_LOW	0
#define MLOPS_CELL_SUM_HIGH 1
#define MLOPS_CELL_WEIGHT	2
#define MLOPS_CELL_ROWS		3

/* How the cells of one tree look. */
typedef struct MlopsSums
{
	MlopsSumsKind kind;
	uint32_t cell_words; /* PACKED 1, CLASSES n_classes + 1, REGRESSION 4 */
	uint32_t n_classes;
	uint32_t positive_shift; /* PACKED */
	uint32_t negative_shift; /* PACKED */
	uint64_t negative_mask;	 /* PACKED */
	uint64_t rows_mask;		 /* PACKED: 0 = unique rows are not counted */
	uint64_t increments[2u << MLOPS_MULTIPLICITY_BITS]; /* PACKED: what a row adds, by tag */
} MlopsSums;

/*
 * Choose the form of the cells.
 *
 *   n_unique, n_draws   largest number of rows and of draws that one tree has
 *
 * Two unweighted classes are PACKED when their counters fit, else CLASSES.
 */
extern void mlops_sums_init(MlopsSums *sums, const MlopsDataset *dataset, uint32_t min_samples_leaf,
							size_t n_unique, size_t n_draws);

static inline uint64_t
mlops_sums_positives(const MlopsSums *sums, uint64_t cell)
{
	return cell >> sums->positive_shift;
}

static inline uint64_t
mlops_sums_negatives(const MlopsSums *sums, uint64_t cell)
{
	return (cell >> sums->negative_shift) & sums->negative_mask;
}

/* Rows of class c in a cell, weighted by multiplicity and sample weight. */
static inline double
mlops_sums_class(const MlopsSums *sums, const uint64_t *cell, uint32_t c)
{
	if (sums->kind != MLOPS_SUMS_PACKED)
		return (double) cell[c];
	return (double) (c == 1 ? mlops_sums_positives(sums, *cell) :
							  mlops_sums_negatives(sums, *cell));
}

/* Rows of all classes in a cell, weighted in the same way. */
static inline double
mlops_sums_weight(const MlopsSums *sums, const uint64_t *cell)
{
	double weight = 0;

	for (uint32_t c = 0; c < sums->n_classes; c++)
		weight += mlops_sums_class(sums, cell, c);
	return weight;
}

/* Sum of targets in a REGRESSION cell, in steps of the target's scale. */
static inline double
mlops_sums_target(const uint64_t *cell)
{
	__extension__ typedef unsigned __int128 Uint128;
	__extension__ typedef __int128 Int128;

	return (double) (Int128) (((Uint128) cell[MLOPS_CELL_SUM_HIGH] << 64) |
							  cell[MLOPS_CELL_SUM_LOW]);
}

/* The cells of one column that hold rows, in ascending order of code. */
typedef struct MlopsPresent
{
	uint32_t n;		  /* value codes that occur */
	bool has_missing; /* the missing code occurs */
	uint16_t *codes;  /* [n] */
	uint64_t *cells;  /* [n][cell_words], then the missing cell if has_missing */
} MlopsPresent;

/* Scratch of one column: all cells are zero between calls. */
typedef struct MlopsHistogram
{
	uint64_t *cells;   /* [max_codes][cell_words] */
	uint64_t *touched; /* bit per code, [max_codes / 64 rounded up] */
	uint64_t *summary; /* bit per word of touched */
	uint32_t n_summary;
	MlopsPresent present; /* result of the last call */
} MlopsHistogram;

/* Allocate for columns of up to max_codes cells; false when there is no memory. */
extern bool mlops_histogram_alloc(MlopsHistogram *histogram, const MlopsSums *sums,
								  uint32_t max_codes, const MlopsAllocator *allocator);
extern void mlops_histogram_free(MlopsHistogram *histogram, const MlopsAllocator *allocator);

/*
 * Sum rows by the codes of one or two columns and list the cells that hold rows.
 *
 *   rows        IN  [n_rows][n_words] packed rows with multiplicity 1 .. 15
 *   fields      IN  the columns
 *   histograms  OUT [n_fields] their results, in present
 *   n_fields    1 or 2: two columns share one pass over the rows
 *
 * Small nodes mark the cells that they touch and visit only these.
 * Cost: O(n_fields * n_rows), and O(n_codes) unless n_rows is small.
 */
extern void mlops_histogram_build(const MlopsDataset *dataset, const MlopsSums *sums,
								  const uint64_t *rows, size_t n_rows,
								  const MlopsField *const *fields, MlopsHistogram *histograms,
								  int n_fields);

/*
 * The same result for one column, the plain way: every row adds to an array of
 * all cells, which is then read from end to end.  Kept to test against.
 */
extern void mlops_histogram_build_naive(const MlopsDataset *dataset, const MlopsSums *sums,
										const uint64_t *rows, size_t n_rows,
										const MlopsField *field, MlopsHistogram *histogram);

/* Add what one packed row counts to a cell. */
extern void mlops_sums_add_row(const MlopsDataset *dataset, const MlopsSums *sums,
							   const uint64_t *row, uint64_t *cell);

/* cell += other and cell -= other, all words. */
extern void mlops_sums_add(const MlopsSums *sums, uint64_t *cell, const uint64_t *other);
extern void mlops_sums_subtract(const MlopsSums *sums, uint64_t *cell, const uint64_t *other);

#endif
