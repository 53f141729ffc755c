/*
 * The best cut of one column for one node.
 *
 * Scores are maximised; they differ from the impurity decrease only by what is
 * the same for every cut of the node.  With L, R the weight on the left and on
 * the right, L_c that of class c, p that of class 1, S the sum of targets:
 *
 *   gini, two classes  p_L^2 / L + p_R^2 / R
 *   gini               sum L_c^2 / L + sum R_c^2 / R
 *   entropy            sum f(L_c) - f(L) + sum f(R_c) - f(R),  f(x) = x ln x
 *   squared error      L R / (L + R) (S_L / L - S_R / R)^2
 *
 * Class weights multiply the integer sums here, in double; they never enter a
 * histogram.  If the node has rows with a missing value, each cut is scored with
 * them on either side, and "all present left, missing right" is a cut too;
 * otherwise missing goes to the child of more weight (tie: left).
 *
 * Levels of a categorical column are cut like numbers along the orders that the
 * tree has made of them (core/level_order).
 */
#ifndef MLOPS_SPLIT_H
#define MLOPS_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/column.h"
#include "core/histogram.h"
#include "core/level_order.h"

typedef enum MlopsCriterion
{
	MLOPS_CRITERION_GINI = 0,
	MLOPS_CRITERION_ENTROPY = 1,
	MLOPS_CRITERION_SQUARED_ERROR = 2,
} MlopsCriterion;

/* A cut and what it is worth. */
typedef struct MlopsSplit
{
	double score; /* -Infinity: none found yet */
	uint32_t column;
	uint32_t threshold; /* numeric: codes <= threshold go left */
	bool missing_left;
	bool is_subset;
	uint32_t n_set_codes; /* subset: codes on the side opposite of missing */
	uint16_t *set_codes;  /* [MLOPS_MAX_LEVEL_CODES], ascending; owned by the finder */
	uint64_t *left;		  /* [cell_words] sums of the left child; owned by the finder */
} MlopsSplit;

/* What a search needs besides the cells; all scratch is allocated once. */
typedef struct MlopsSplitFinder
{
	const MlopsSums *sums;
	const MlopsDataset *dataset;	/* for the places of ranks */
	const MlopsLevelOrders *orders; /* of the tree at hand; categorical columns only */
	MlopsCriterion criterion;
	uint32_t min_samples_leaf;	 /* unique rows */
	const double *class_weights; /* [n_classes] or NULL = all 1 */
	MlopsSplit best;			 /* of the node so far */
	uint64_t *left;				 /* [cell_words] running sums */
	uint64_t *right;			 /* [cell_words] */
	uint64_t *sorted_cells;		 /* [MLOPS_MAX_LEVEL_CODES][cell_words] */
	uint16_t *sorted_codes;		 /* [MLOPS_MAX_LEVEL_CODES] */
	uint32_t *keys;				 /* [MLOPS_MAX_LEVEL_CODES] ranks being sorted */
} MlopsSplitFinder;

/* Allocate the scratch; false when there is no memory.  has_categories: any column is categorical. */
extern bool mlops_split_finder_alloc(MlopsSplitFinder *finder, const MlopsSums *sums,
									 bool has_categories, const MlopsAllocator *allocator);
extern void mlops_split_finder_free(MlopsSplitFinder *finder, const MlopsAllocator *allocator);

/* Forget the best cut before the first column of a node. */
static inline void
mlops_split_finder_reset(MlopsSplitFinder *finder)
{
	finder->best.score = -1.0 / 0.0;
}

/*
 * Score all cuts of one column and keep the best in finder->best.
 *
 *   present  IN  cells of the column, at least two of them (missing included)
 *   total    IN  [cell_words] sums of the node
 *
 * A cut is kept if both sides have min_samples_leaf unique rows and its score
 * is strictly greater than the best so far, so ties go to the column that came
 * first, then to the lower cut, then to missing-left.
 * Errors: none.
 * Cost:   O(cells * n_classes), O(cells log cells) for categories.
 */
extern void mlops_split_find(MlopsSplitFinder *finder, uint32_t column, const MlopsField *field,
							 const MlopsPresent *present, const uint64_t *total);

/* Score of one division of a node, from the sums of its sides.  Both have weight > 0. */
extern double mlops_split_score(const MlopsSplitFinder *finder, const uint64_t *left,
								const uint64_t *right);

/*
 * Impurity decrease of a division, weighted: W imp - L imp_L - R imp_R.
 *
 *   total, left  IN  [cell_words]
 */
extern double mlops_split_decrease(const MlopsSplitFinder *finder, const uint64_t *total,
								   const uint64_t *left);

/* Weight of a cell, with class weights. */
extern double mlops_split_weight(const MlopsSplitFinder *finder, const uint64_t *cell);

#endif
