/*
 * Target encoding: a number for each level of a categorical column, the mean of
 * the target over the rows that have the level, drawn towards the mean of all.
 *
 *   encoding(level) = (S + m w P) / (W + m w)
 *
 *   S, W   sums of weight * target and of weights over the rows with the level
 *   P      the prior: weighted mean of the target over all rows, also those
 *          without a level
 *   w      mean weight of a row, so that the unit of the weights plays no part
 *   m      MLOPS_ENCODING_SMOOTH: rows that the prior counts for
 *
 * A row that had a share in the encoding of its level would tell its own target
 * to the trees.  So the rows of a fold get encodings from the other folds, and
 * everything that was not learned from those of all rows.  These are the views:
 *
 *   view 0 .. n_folds - 1   rows of all folds but that one
 *   view n_folds            all rows
 *
 * Sums are exact and rounded once, so the order of the rows plays no part.
 *
 * Source: Micci-Barreca, "A preprocessing scheme for high-cardinality categorical
 * attributes" (2001), with the fixed smooth of scikit-learn's TargetEncoder, whose
 * encodings of unweighted rows these are.  Its "auto" gives a level that occurs
 * once the target of that row as it is, while in training such a level never
 * has more than the prior; a fixed m treats both alike.
 */
#ifndef MLOPS_TARGET_ENCODING_H
#define MLOPS_TARGET_ENCODING_H

#include <stddef.h>
#include <stdint.h>

#include "core/level_set.h"
#include "core/memory.h"
#include "core/status.h"

#define MLOPS_ENCODING_FOLDS  5
#define MLOPS_ENCODING_VIEWS  (MLOPS_ENCODING_FOLDS + 1)
#define MLOPS_ENCODING_SMOOTH 10

/* What is encoded; arrays [n_rows] of the caller. */
typedef struct MlopsEncodingRows
{
	size_t n_rows;			 /* at most 2^31 - 1 */
	const uint32_t *levels;	 /* below n_levels, or MLOPS_LEVEL_NONE */
	uint32_t n_levels;		 /* 0 .. MLOPS_MAX_LEVELS */
	const uint8_t *folds;	 /* below n_folds */
	uint32_t n_folds;		 /* 1 .. MLOPS_ENCODING_FOLDS */
	const double *targets;	 /* finite; NULL: 1 for rows of a class, 0 for others */
	const uint32_t *classes; /* if targets is NULL */
	uint32_t class_number;	 /* this one */
	const double *weights;	 /* finite and > 0, or NULL */
} MlopsEncodingRows;

/*
 * Encode the levels in all views.
 *
 *   encodings   OUT [n_folds + 1][n_levels] by view; the prior of the view for a level that has no
 *                   row in it
 *   priors      OUT [n_folds + 1]; 0 for a view without rows
 *
 * Errors: NOMEM; CANCELLED, asked every few thousand rows and for each level.
 * Cost:   O(n_rows * n_folds + n_levels), 4 bytes of scratch a row and a level.
 */
extern MlopsStatus mlops_target_encode(const MlopsEncodingRows *rows,
									   const MlopsAllocator *allocator, const MlopsCancel *cancel,
									   double *encodings, double *priors);

#endif
