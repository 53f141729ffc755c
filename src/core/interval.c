/*
 * Confidence intervals in closed form.
 */
#include <math.h>

#include "core/interval.h"
#include "core/special.h"

void
mlops_interval_wilson(int64_t k, int64_t n, double level, double *low, double *high)
{
	double z = -mlops_normal_quantile((1.0 - level) / 2.0);
	double hits = (double) k;
	double rows = (double) n;
	double spread = z * sqrt(hits * ((double) (n - k) / rows) + z * z / 4.0);

	/*
	 * The ends are the roots of a quadratic.  The larger is a sum without cancellation; the smaller
	 * follows from their product k^2 / (n (n + z^2)).
	 */
	*high = k == n ? 1.0 : fmin(1.0, (hits + z * z / 2.0 + spread) / (rows + z * z));
	*low = k == 0 ? 0.0 : hits / rows * (hits / (rows + z * z)) / *high;
}
