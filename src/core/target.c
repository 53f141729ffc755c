/*
 * Regression targets and sample weights as integers.
 */
#include <math.h>

#include "core/target.h"

#define TARGET_BITS 62 /* a sum of n targets stays below 2^62 */
#define WEIGHT_BITS 31

/* Smallest k with 2^k >= n. */
static int
ceil_log2(size_t n)
{
	int k = 0;

	while (k < 63 && ((size_t) 1 << k) < n)
		k++;
	return k;
}

/*
 * Power of two s with x / s < 2^bits, not smaller than double can divide by.
 * x >= 0 and finite.
 */
static double
step_for(double x, int bits)
{
	int exponent;

	if (x <= 0)
		return 1.0;
	(void) frexp(x, &exponent); /* x < 2^exponent */
	exponent -= bits;
	return ldexp(1.0, exponent < -1022 ? -1022 : exponent);
}

MlopsStatus
mlops_target_scale(const double *values, size_t n, MlopsTargetScale *scale, int64_t *scaled,
				   MlopsReason *reason)
{
	double low = INFINITY;
	double high = -INFINITY;
	double half_range;

	for (size_t i = 0; i < n; i++)
	{
		if (!isfinite(values[i]))
			return mlops_status_fail(reason, MLOPS_STATUS_DATA,
									 "target %g of row %zu is not finite", values[i], i + 1);
		low = fmin(low, values[i]);
		high = fmax(high, values[i]);
	}
	/* halves first: the range of two finite doubles may overflow */
	half_range = high / 2 - low / 2;
	scale->step = step_for(half_range, TARGET_BITS - 1 - ceil_log2(n));
	/*
	 * Above 2^53 steps the midpoint is a multiple of the step already.  A
	 * constant target has no step to be a multiple of: it is the centre.
	 */
	scale->centre = low == high ? low : low / 2 + high / 2;
	if (half_range > 0 && fabs(scale->centre / scale->step) < 9007199254740992.0)
		scale->centre = rint(scale->centre / scale->step) * scale->step;
	for (size_t i = 0; i < n; i++)
		scaled[i] = (int64_t) rint((values[i] / 2 - scale->centre / 2) / scale->step * 2);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_weight_scale(const double *weights, size_t n, uint32_t *scaled, MlopsReason *reason)
{
	double high = 0;
	double step;

	for (size_t i = 0; i < n; i++)
	{
		if (!isfinite(weights[i]) || weights[i] <= 0)
			return mlops_status_fail(reason, MLOPS_STATUS_DATA,
									 "weight %g of row %zu is not a positive finite number",
									 weights[i], i + 1);
		high = fmax(high, weights[i]);
	}
	step = step_for(high, WEIGHT_BITS);
	for (size_t i = 0; i < n; i++)
	{
		double w = rint(weights[i] / step);

		scaled[i] = w < 1 ? 1 : w >= 2147483647.0 ? 2147483647 : (uint32_t) w;
	}
	return MLOPS_STATUS_OK;
}
