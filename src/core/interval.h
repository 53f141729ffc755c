/*
 * Confidence intervals in closed form.
 */
#ifndef MLOPS_INTERVAL_H
#define MLOPS_INTERVAL_H

#include <stdint.h>

/*
 * Wilson's score interval of a rate that was seen k times in n: all p with abs(k / n - p) <= z sqrt(p (1 - p) / n).
 *
 *   k           0 .. n
 *   n           > 0
 *   level       0 < level < 1, such as 0.95
 *   low, high   OUT  0 <= low <= k / n <= high <= 1; low is 0 for k = 0, high is 1 for k = n
 *
 * Within 1e-14 of the exact ends, relative to each.
 * Source: E. Wilson (1927), JASA 22, 209-212.
 */
extern void mlops_interval_wilson(int64_t k, int64_t n, double level, double *low, double *high);

#endif
