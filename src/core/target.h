/*
 * Regression targets and sample weights as integers.
 *
 * Histograms add integers, so that the order of adding, and with it the number
 * of workers, cannot change a sum.  A target y becomes
 *   y' = round((y - centre) / step),   step a power of two,
 * so fine that sums over all rows just fit: for 10^6 rows y' keeps range / 2^42,
 * and integers are exact.
 */
#ifndef MLOPS_TARGET_H
#define MLOPS_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* How targets were quantised. */
typedef struct MlopsTargetScale
{
	double centre; /* finite */
	double step;   /* a power of two */
} MlopsTargetScale;

/*
 * Choose the scale for targets and write them as integers.
 *
 *   values   IN   [n] finite targets
 *   n        IN   1 .. 2^31 - 1
 *   scale    OUT
 *   scaled   OUT  [n], abs < 2^(62 - ceil(log2 n))
 *
 * Errors: DATA if a target is NaN or infinite.
 * Cost:   O(n).
 */
extern MlopsStatus mlops_target_scale(const double *values, size_t n, MlopsTargetScale *scale,
									  int64_t *scaled, MlopsReason *reason);

/*
 * Write sample weights as integers 1 .. 2^31 - 1, largest weight nearest 2^31.
 *
 *   weights  IN   [n] finite and > 0
 *   scaled   OUT  [n]; equal weights give equal integers, a tiny weight gives 1
 *
 * Errors: DATA if a weight is not finite or not > 0.
 * Cost:   O(n).
 */
extern MlopsStatus mlops_weight_scale(const double *weights, size_t n, uint32_t *scaled,
									  MlopsReason *reason);

#endif
