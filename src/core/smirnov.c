/*
 * How likely a distance of two empirical distribution functions is.
 */
#include <math.h>

#include "core/smirnov.h"
#include "core/special.h"

/* Largest n N whose paths are counted. */
#define EXACT_MAX 10000

/* The dual series is the better one below; both have ten digits after three terms there. */
#define DUAL_BELOW 1.2

#define SERIES_TERMS 20

static const double PI = 3.14159265358979323846;

double
mlops_kolmogorov_survival(double x)
{
	double sum = 0;

	if (!(x > 0))
		return 1;
	for (int k = SERIES_TERMS; k >= 1; k--)
	{
		double odd = 2 * k - 1;

		if (x < DUAL_BELOW)
			sum += mlops_exp(-(odd * odd) * (PI * PI) / (8 * x * x));
		else
			sum += (k % 2 == 1 ? 2 : -2) * mlops_exp(-2 * (double) k * k * x * x);
	}
	return x < DUAL_BELOW ? 1 - sqrt(2 * PI) / x * sum : sum;
}

/*
 * Share of the paths from (0, 0) to (n, N), by steps of 1 in either direction, that come to a point
 * (i, j) with abs(i N - j n) >= w.  A path to (i, j) came from (i - 1, j) in i of i + j cases; all
 * terms are positive, so small shares keep their digits.
 */
static double
share_outside(const int64_t n[2], int64_t w, double shares[])
{
	for (int64_t i = 0; i <= n[0]; i++)
	{
		for (int64_t j = 0; j <= n[1]; j++)
		{
			int64_t distance = i * n[1] - j * n[0];
			double share = 0;

			if (distance >= w || -distance >= w)
				share = 1;
			else if (i + j > 0)
				share = ((i > 0 ? (double) i * shares[j] : 0) +
						 (j > 0 ? (double) j * shares[j - 1] : 0)) /
						(double) (i + j);
			/* shares[j] was that of (i - 1, j) */
			shares[j] = share;
		}
	}
	return shares[n[1]];
}

MlopsStatus
mlops_smirnov_p_value(const int64_t n[2], MlopsUint128 w, double statistic,
					  const MlopsAllocator *allocator, double *p_value)
{
	double *shares;

	if ((MlopsUint128) n[0] * (uint64_t) n[1] > EXACT_MAX)
	{
		double a = (double) n[0];
		double b = (double) n[1];

		*p_value = mlops_kolmogorov_survival(sqrt(a / (a + b) * b) * statistic);
		return MLOPS_STATUS_OK;
	}
	shares = mlops_alloc(allocator, (size_t) n[1] + 1, sizeof(double));
	if (shares == NULL)
		return MLOPS_STATUS_NOMEM;
	*p_value = share_outside(n, (int64_t) w, shares);
	mlops_free(allocator, shares);
	return MLOPS_STATUS_OK;
}
