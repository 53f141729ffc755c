/*
 * Walking a forest.
 *
 * A coded row is [n_columns + 1] lanes: lane 0 is 0, lane c + 1 the code of
 * column c (mlops_column_code_number, mlops_column_code_level).  Leaf values are
 * added in float8 in the order of the trees and then divided by their number,
 * in every function of this file, so that all give the same bits.
 *
 * An output is the probability of class 1 (two classes), the probabilities of
 * all classes (more), or the value (regression).
 */
#ifndef MLOPS_PREDICT_H
#define MLOPS_PREDICT_H

#include "core/forest.h"

/*
 * Predict one row: sixteen trees are walked at a time, so that their cache misses
 * overlap.
 *
 *   lanes   IN   [n_columns + 1]
 *   out     OUT  [n_outputs]
 *
 * Cost: O(trees * depth).
 */
extern void mlops_predict_row(const MlopsForest *forest, const uint16_t *lanes, double *out);

/*
 * Predict many rows: tree by tree, so that one tree serves all rows of a block
 * from the cache, sixteen rows in lockstep.
 *
 *   lanes   IN   [n_rows][n_columns + 1]
 *   out     OUT  [n_rows][n_outputs]
 */
extern void mlops_predict_rows(const MlopsForest *forest, const uint16_t *lanes, size_t n_rows,
							   double *out);

/*
 * Add the values of one tree, as they are, to sums of many rows: sixteen rows in lockstep.
 *
 *   number  0 .. n_trees - 1
 *   lanes   IN      [n_rows][n_columns + 1]
 *   sums    IN/OUT  [n_rows][n_outputs]
 */
extern void mlops_predict_add_tree(const MlopsForest *forest, uint32_t number,
								   const uint16_t *lanes, size_t n_rows, double *sums);

/* The plain walk: one row, one tree at a time, by the definition in tree.h.  Kept to test against. */
extern void mlops_predict_reference(const MlopsForest *forest, const uint16_t *lanes, double *out);

#endif
