/*
 * Two samples of numbers, current and reference, and how far they are apart:
 * the test of Kolmogorov and Smirnov and the Wasserstein distance.
 *
 * Both go through the values of both sides in ascending order (core/sorted_buffer.h).
 * With c and e how many values of the current and the reference side are at most x,
 * n and N how many there are, F = c / n and G = e / N, all that is needed is the integer
 *
 *	w = abs(e n - c N) = n N abs(G - F)
 *
 *	D = max w / (n N)     W1 = sum of w (x' - x) / (n N) over neighbours x < x'
 *
 * so that statistics are exact and rounded once.
 */
#ifndef MLOPS_TWO_SAMPLES_H
#define MLOPS_TWO_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/drift.h"
#include "core/exact_state.h"
#include "core/exact_stats.h"
#include "core/memory.h"
#include "core/sorted_buffer.h"
#include "core/state_io.h"
#include "core/status.h"

/* All zero bytes are the empty state. */
typedef struct MlopsTwoSamples
{
	MlopsSortedBuffer sides[2]; /* current, reference */
	int64_t n_nan;				/* "propagate", of both */
	int64_t on_nonfinite;		/* MlopsNonfinite */
} MlopsTwoSamples;

/*
 * Add a value.
 *
 *   x   not finite only where on_nonfinite is not "error"
 *
 * Errors: NOMEM.  Cost: as mlops_sorted_buffer_add.
 */
extern MlopsStatus mlops_two_samples_add(MlopsTwoSamples *state, double x, bool is_reference,
										 const MlopsAllocator *allocator);

/*
 * Add the values of from to into, which may be empty; no pointer into from is kept, and its order of
 * reading alone is changed.
 *
 *   cancel   asked at times, or NULL; into is of no use when it says so
 *
 * Errors: INVALID with a reason if on_nonfinite differs, LIMIT, NOMEM, CANCELLED.
 */
extern MlopsStatus mlops_two_samples_merge(MlopsTwoSamples *into, MlopsTwoSamples *from,
										   const MlopsAllocator *allocator,
										   const MlopsCancel *cancel, MlopsReason *reason);

/* All fields (core/state_io.h).  Reading fails with CORRUPT for what no transition can make. */
extern void mlops_two_samples_transfer(MlopsTwoSamples *state, MlopsStateIo *io);

/*
 * The test: statistic D and two-sided p-value; exact by the lattice paths of both samples while
 * n N <= 10^4, else Kolmogorov's series at sqrt(n N / (n + N)) D.  NaN where values or a side are missing.
 *
 *   cancel   asked at times, or NULL
 *   answer   OUT  NONE if a side is empty; with a NaN the numbers are NaN
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(distinct values + 10^4).
 * Source: J. Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för
 * Matematik 3 (1958); the series and its dual for small arguments as in Marsaglia, Tsang and Wang (2003).
 */
extern MlopsStatus mlops_two_samples_ks(MlopsTwoSamples *state, const MlopsAllocator *allocator,
										const MlopsCancel *cancel, MlopsAnswer *answer,
										MlopsTestResult *result);

/*
 * Wasserstein distance, rounded once; with is_normalised divided by the sample standard deviation of
 * the reference, but at least by 0.001, in one rounding too.
 *
 *   answer   OUT  NONE if a side is empty, or with is_normalised for a reference of one value
 *
 * Shares that differ at an infinity make it infinite; normalised it is NaN then.
 * Errors: NOMEM, CANCELLED.  Cost: O(distinct values).
 */
extern MlopsStatus mlops_two_samples_wasserstein(MlopsTwoSamples *state, bool is_normalised,
												 const MlopsAllocator *allocator,
												 const MlopsCancel *cancel, MlopsAnswer *answer,
												 double *result);

#endif
