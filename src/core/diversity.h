/*
 * How evenly rows are spread over values, from how often each value comes: entropy and concentration.
 *
 * Counts are tallied first: how many values come once, twice, ...  All sums then run over the different counts in
 * increasing order, so the results do not depend on the order of the values, and there are at most sqrt(2 n) logarithms
 * for n rows.
 */
#ifndef MLOPS_DIVERSITY_H
#define MLOPS_DIVERSITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/status.h"

/* Counts below this are tallied in place. */
#define MLOPS_TALLY_SMALL 256

/* All zero bytes are an empty tally. */
typedef struct MlopsTally
{
	int64_t n_rows;						/* sum of all counts, at most 2^63 - 1 */
	int64_t n_values;					/* counts that were added */
	int64_t n_small[MLOPS_TALLY_SMALL]; /* [c] values that come c times */
	int64_t *large;						/* [n_large] the other counts, from the allocator */
	size_t n_large;
	size_t large_capacity;
} MlopsTally;

/*
 * Add the count of one value.
 *
 *   count   > 0; the caller sees to it that the sum of all stays below 2^63
 *
 * Returns false when there is no memory.
 * Cost: amortised O(1).
 */
extern bool mlops_tally_add(MlopsTally *tally, int64_t count, const MlopsAllocator *allocator);

/* Give what it holds back. */
extern void mlops_tally_free(MlopsTally *tally, const MlopsAllocator *allocator);

/*
 * Plug-in entropy in nats: the sum of (c / n) ln(n / c) over the counts c of n rows, 0 for one value.
 *
 *   tally    IN/OUT  not empty; its large counts are sorted
 *   entropy  OUT     within a few units in the last place, also close to 0: ln(n / c) of a count above n / 2 is taken
 *                    from the rest n - c, and terms are summed exactly
 *
 * Errors: CANCELLED.
 * Cost: O(n_large log n_large).
 */
extern MlopsStatus mlops_tally_entropy(MlopsTally *tally, const MlopsCancel *cancel,
									   double *entropy);

/* Sum of (c / n)^2, the Herfindahl index, rounded once.  As mlops_tally_entropy. */
extern MlopsStatus mlops_tally_concentration(MlopsTally *tally, const MlopsCancel *cancel,
											 double *index);

/* Rows of one value that have one weight. */
typedef struct MlopsWeightedCount
{
	size_t group;  /* number of the value */
	int64_t count; /* > 0 */
	double weight; /* finite, >= 0 */
} MlopsWeightedCount;

/*
 * Sum of squared shares of weight.  The weights of a value and of all are summed exactly, a share is their ratio rounded
 * once, and the squares are summed exactly, so neither the order of values nor that of weights plays a part.
 *
 *   rows     [n], those of a value next to one another
 *   index    OUT  untouched if all weights are 0
 *   has_sum  OUT  false if all weights are 0
 *
 * Errors: NOMEM, CANCELLED.
 * Cost: O(n).
 */
extern MlopsStatus mlops_weighted_concentration(const MlopsWeightedCount *rows, size_t n,
												const MlopsCancel *cancel,
												const MlopsAllocator *allocator, double *index,
												bool *has_sum);

#endif
