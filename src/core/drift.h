/*
 * How far two distributions are apart, from the counts of the same cells.
 *
 *	cell         0    1    2   ...  n_cells - 1
 *	current     A_0  A_1  A_2           sum n        shares a_i = A_i / n
 *	reference   E_0  E_1  E_2           sum N        shares e_i = E_i / N
 *
 * Cells that are empty on both sides say nothing and are left out first.  Differences of shares come
 * from the exact integers A_i N - E_i n, so shares that are equal have distance 0 and shares that are
 * nearly equal lose no digits.  Terms are added in the order of the cells.
 *
 * A side without rows has no shares: the answer is then NaN, as wherever the counts do not define it.
 */
#ifndef MLOPS_DRIFT_H
#define MLOPS_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/status.h"

/* Counts of both sides.  The caller keeps the arrays. */
typedef struct MlopsCellPair
{
	size_t n_cells;
	const int64_t *current;	  /* [n_cells] >= 0 */
	const int64_t *reference; /* [n_cells] >= 0 */
	size_t n_used;			  /* cells with a row on either side */
	int64_t current_sum;
	int64_t reference_sum;
} MlopsCellPair;

/* A test of whether two sides come from one distribution; NaN where counts do not define it. */
typedef struct MlopsTestResult
{
	double statistic;
	int64_t df;
	double p_value;
	double effect;
} MlopsTestResult;

/*
 * Sum up both sides.
 *
 *   pair   IN/OUT  n_cells and the arrays are given, the rest is set
 *
 * Returns false if the counts of a side add up to more than 2^63 - 1.
 * Cost: O(n_cells), as all below but for mlops_drift_chi2.
 */
extern bool mlops_drift_sum(MlopsCellPair *pair);

/*
 * Population stability index: sum of (a_i - e_i) ln(a_i / e_i) with smoothed shares
 * a_i = (A_i + alpha) / (n + alpha K), e_i alike, K = n_used.
 *
 *   alpha   0 .. 1e9; with 0 a cell that is empty on one side makes it undefined
 */
extern double mlops_drift_psi(const MlopsCellPair *pair, double alpha);

/*
 * Probability that the index is so large by chance alone: P(chi-squared with K - 1 degrees of freedom
 * >= psi n N / (n + N)).
 */
extern double mlops_drift_psi_p_value(const MlopsCellPair *pair, double alpha);

/* Jensen-Shannon distance, base 2: sqrt((KL(a || m) + KL(e || m)) / 2), m = (a + e) / 2; 0 .. 1. */
extern double mlops_drift_js_distance(const MlopsCellPair *pair);

/* sqrt(1 - sum sqrt(a_i e_i)), worked out as sqrt(sum (sqrt(a_i) - sqrt(e_i))^2 / 2); 0 .. 1. */
extern double mlops_drift_hellinger_distance(const MlopsCellPair *pair);

/* Half the sum of abs(a_i - e_i), from an exact sum; 0 .. 1. */
extern double mlops_drift_total_variation(const MlopsCellPair *pair);

/*
 * Pearson's test of the 2 x K table with expectations from both sides together.  While an expectation is below
 * 5 and more than two cells are left, the cell with the smallest total is merged into the next smallest; equal
 * totals go by position, and a merged cell stands where that stood which it was merged into.
 *
 *   cancel   may be NULL
 *   result   OUT  df = K - 1 after merging, effect = Cramer's V = sqrt(statistic / (n + N)); a single cell
 *                 has statistic 0, df 0, p_value 1
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(K log K), 32 bytes a cell.
 */
extern MlopsStatus mlops_drift_chi2(const MlopsCellPair *pair, const MlopsAllocator *allocator,
									const MlopsCancel *cancel, MlopsTestResult *result);

#endif
