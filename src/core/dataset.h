/*
 * The training rows as packed codes: one block, addressed by offsets.
 *
 *   MlopsDataset | fields [n_columns] | rows [n_rows][n_words]
 *
 * A row is one or more 64-bit words:
 *
 *   word 0, low bits   class (class_bits), then multiplicity (4 bits)   "tag"
 *   then               one field per column, never across two words
 *   then, regression   a word with the integer target
 *   then, weighted     a word with the integer sample weight
 *
 * A field has room for its codes and for missing, which is all ones, also when
 * training saw no missing value.  Multiplicity is 0 in the dataset; a tree's own
 * copy of its rows carries the number of times that its bootstrap drew the row.
 *
 * The block holds no pointer, so that it can lie in shared memory.
 */
#ifndef MLOPS_DATASET_H
#define MLOPS_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/forest.h"
#include "core/memory.h"
#include "core/status.h"

#define MLOPS_MULTIPLICITY_BITS 4
#define MLOPS_MULTIPLICITY_MAX	15
#define MLOPS_MAX_ROWS			((size_t) INT32_MAX)

/* Where a column's code is in a row, and what it means. */
typedef struct MlopsField
{
	uint32_t n_codes; /* value codes: 0 .. n_codes - 1 */
	uint16_t word;
	uint16_t mask; /* 2^width - 1, and the code of a missing value */
	uint8_t shift;
	uint8_t kind; /* MlopsColumnKind */
} MlopsField;

typedef struct MlopsDataset
{
	uint64_t n_bytes; /* of the whole block */
	uint64_t n_rows;  /* 1 .. MLOPS_MAX_ROWS */
	uint64_t rows_offset;
	uint32_t n_columns;
	uint32_t n_words;
	uint32_t n_classes;	  /* 0: regression */
	uint32_t class_bits;  /* of the tag */
	uint32_t target_word; /* regression */
	uint32_t weight_word; /* if is_weighted */
	uint32_t is_weighted;
	uint32_t max_codes; /* largest mask + 1: cells of a histogram */
} MlopsDataset;

static inline const MlopsField *
mlops_dataset_fields(const MlopsDataset *dataset)
{
	return (const MlopsField *) (dataset + 1);
}

static inline const uint64_t *
mlops_dataset_rows(const MlopsDataset *dataset)
{
	return (const uint64_t *) ((const char *) dataset + dataset->rows_offset);
}

/*
 * Bytes that a dataset of these columns and rows takes, 0 if that overflows.
 *
 *   columns      [n_columns], n_columns 1 .. MLOPS_MAX_COLUMNS
 *   n_classes    2 .. MLOPS_MAX_CLASSES, 0 for regression
 *
 * Cost: O(n_columns).
 */
extern size_t mlops_dataset_bytes(const MlopsColumn *columns, uint32_t n_columns, size_t n_rows,
								  uint32_t n_classes, bool is_weighted);

/*
 * Lay out an empty dataset in a block of mlops_dataset_bytes(same arguments).
 *
 *   block   OUT  8-byte aligned; all codes 0, class 0, target 0, weight 0
 *
 * Returns the block as a dataset.  Cost: O(size of the block).
 */
extern MlopsDataset *mlops_dataset_init(void *block, const MlopsColumn *columns, uint32_t n_columns,
										size_t n_rows, uint32_t n_classes, bool is_weighted);

/*
 * Write the codes of one column for rows first_row .. first_row + n - 1, once.
 *
 *   codes   IN  [n] codes below n_codes, or MLOPS_CODE_MISSING
 */
extern void mlops_dataset_set_codes(MlopsDataset *dataset, uint32_t column, size_t first_row,
									size_t n, const uint16_t *codes);

/* Write the classes [n_rows], each below n_classes, once. */
extern void mlops_dataset_set_classes(MlopsDataset *dataset, const uint32_t *classes);

/* Write the integer targets [n_rows] of a regression. */
extern void mlops_dataset_set_targets(MlopsDataset *dataset, const int64_t *targets);

/* Write the integer sample weights [n_rows], each 1 .. 2^31 - 1. */
extern void mlops_dataset_set_weights(MlopsDataset *dataset, const uint32_t *weights);

/* Make all codes, classes, targets and weights 0 again, so that they can be written once more. */
extern void mlops_dataset_clear(MlopsDataset *dataset);

/*
 * Copy rows of a dataset to chosen places of another with the same columns.
 *
 *   chosen   IN  [n] rows of block
 *   places   IN  [n] rows of dataset, none twice
 *
 * Cost: O(n * n_words).
 */
extern void mlops_dataset_place(MlopsDataset *dataset, const uint32_t *places,
								const MlopsDataset *block, const uint32_t *chosen, size_t n);

/* Bytes of a dataset with other rows of the same columns. */
extern size_t mlops_dataset_subset_bytes(const MlopsDataset *dataset, size_t n_rows);

/*
 * Lay out an empty dataset with other rows of the same columns.
 *
 *   block   OUT  mlops_dataset_subset_bytes(dataset, n_rows), 8-byte aligned; rows are not
 *                written, each must be placed
 */
extern MlopsDataset *mlops_dataset_subset_init(void *block, const MlopsDataset *dataset,
											   size_t n_rows);

/*
 * Copy chosen rows into a dataset of their own.
 *
 *   block    OUT  mlops_dataset_subset_bytes(dataset, n), 8-byte aligned
 *   chosen   IN   [n] rows of the dataset, n >= 1
 *
 * Returns the block as a dataset.  Cost: O(n * n_words).
 */
extern MlopsDataset *mlops_dataset_subset(void *block, const MlopsDataset *dataset,
										  const uint32_t *chosen, size_t n);

/*
 * Codes of rows as core/predict takes them.
 *
 *   lanes   OUT [n][n_columns + 1]: 0, then the codes; missing is MLOPS_CODE_MISSING
 */
extern void mlops_dataset_unpack(const MlopsDataset *dataset, size_t first_row, size_t n,
								 uint16_t *lanes);

#endif
