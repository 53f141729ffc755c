/*
 * How likely a distance of two empirical distribution functions is when both
 * samples have one distribution.
 *
 * Source: J. Hodges, "The significance probability of the Smirnov two-sample
 * test", Arkiv för Matematik 3 (1958); the series and its dual for small
 * arguments as in Marsaglia, Tsang and Wang (2003).
 */
#ifndef MLOPS_SMIRNOV_H
#define MLOPS_SMIRNOV_H

#include <stdint.h>

#include "core/big.h"
#include "core/memory.h"
#include "core/status.h"

/*
 * Two-sided p-value: exact by the lattice paths of both samples while n N <= 10^4, else Kolmogorov's
 * series at sqrt(n N / (n + N)) statistic.
 *
 *   n           IN   [2] sizes of both samples, > 0
 *   w           IN   n N statistic, an integer
 *   statistic   IN   largest distance of the distribution functions, 0 .. 1
 *   p_value     OUT  0 .. 1
 *
 * Errors: NOMEM.  Cost: O(10^4).
 */
extern MlopsStatus mlops_smirnov_p_value(const int64_t n[2], MlopsUint128 w, double statistic,
										 const MlopsAllocator *allocator, double *p_value);

/* P(sqrt(n) D_n > x) for n without end: 1 for x <= 0.  Within 1e-14 of 1, relative 1e-13 in the tail. */
extern double mlops_kolmogorov_survival(double x);

#endif
