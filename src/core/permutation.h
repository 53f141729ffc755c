/*
 * Permutation importance: what a forest says of rows when one feature of them is shuffled.
 *
 * For each feature and repeat the feature's codes, missing ones among them, are dealt out anew among
 * all rows, and the rows are predicted as they then are.  The forest is taken tree by tree, so
 * that no more than one tree need be in memory.
 *
 * A row is not walked again from the root: until its path asks for the feature the first time, it is
 * the path of the row as it was, and if it never asks, so is the leaf.
 */
#ifndef MLOPS_PERMUTATION_H
#define MLOPS_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

#include "core/forest.h"
#include "core/memory.h"
#include "core/status.h"

/* A column that is never shuffled. */
#define MLOPS_PERMUTATION_NONE UINT32_MAX

/* What to do; all arrays stay with the caller and must outlive the work. */
typedef struct MlopsPermutationPlan
{
	size_t n_rows;				/* 1 .. 2^31 - 1 */
	const uint16_t *lanes;		/* [n_rows][n_columns + 1] as core/predict takes them */
	uint32_t n_columns;			/* of the forest */
	uint32_t n_outputs;			/* of the forest */
	uint32_t n_features;		/* those that are shuffled, each alone */
	const uint32_t *feature_of; /* [n_columns] below n_features, or MLOPS_PERMUTATION_NONE */
	const uint64_t *seeds;		/* [n_features] of its shuffles */
	uint32_t n_repeats;
} MlopsPermutationPlan;

typedef struct MlopsPermutation MlopsPermutation;

/* Bytes for each row, beside the lanes. */
extern double mlops_permutation_row_bytes(uint32_t n_features, uint32_t n_repeats,
										  uint32_t n_outputs);

/*
 * Draw the shuffles.  That of a feature and repeat follows from its seed and the repeat alone.
 *
 *   permutation   OUT  to be freed by mlops_permutation_free; NULL on failure
 *
 * Errors: NOMEM.  Cost: O(n_features * n_repeats * n_rows).
 */
extern MlopsStatus mlops_permutation_create(const MlopsPermutationPlan *plan,
											const MlopsAllocator *allocator,
											MlopsPermutation **permutation);

/*
 * Add what a tree says of the rows as they are, and as each shuffle makes them.
 *
 *   forest   its trees may be those of one forest, or several forests of the same columns
 *   number   0 .. n_trees - 1
 *   cancel   asked for each feature of each block of rows; may be NULL
 *
 * Errors: CANCELLED.  Cost: at most O(n_features * n_repeats * n_rows * depth).
 */
extern MlopsStatus mlops_permutation_add_tree(MlopsPermutation *permutation,
											  const MlopsForest *forest, uint32_t number,
											  const MlopsCancel *cancel);

/* Divide by the number of trees that were added, at least one.  Nothing is added afterwards. */
extern void mlops_permutation_finish(MlopsPermutation *permutation);

/*
 * Predictions [n_rows][n_outputs], the same bits that core/predict gives for such rows; valid until
 * the permutation is freed.
 */
extern const double *mlops_permutation_baseline(const MlopsPermutation *permutation);
extern const double *mlops_permutation_outputs(const MlopsPermutation *permutation,
											   uint32_t feature, uint32_t repeat);

/* [n_rows] row that each row has its codes of the feature from. */
extern const uint32_t *mlops_permutation_sources(const MlopsPermutation *permutation,
												 uint32_t feature, uint32_t repeat);

/* Give the memory back; takes NULL. */
extern void mlops_permutation_free(MlopsPermutation *permutation);

#endif
