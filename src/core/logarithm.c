/*
 * Natural logarithm from + - * / and exact scaling alone.
 */
#include <math.h>

#include "core/logarithm.h"

/* Coefficients of the even and odd halves of the series in s^2: 2/3, 2/5, 2/7 ... fitted. */
static const double ODD[] = { 6.666666666666735130e-01, 2.857142874366239149e-01,
							  1.818357216161805012e-01, 1.479819860511658591e-01 };
static const double EVEN[] = { 3.999999999940941908e-01, 2.222219843214978396e-01,
							   1.531383769920937332e-01 };

/* ln 2 in two parts; the first has 20 zero bits at its end, so k times it is exact. */
static const double LN2_HIGH = 6.93147180369123816490e-01;
static const double LN2_LOW = 1.90821492927058770002e-10;

double
mlops_log(double x)
{
	int exponent;
	double mantissa = frexp(x, &exponent); /* [0.5, 1) */
	double f, s, z, w, r, half_square, k;

	if (mantissa < 0.70710678118654752440)
	{
		mantissa *= 2;
		exponent--;
	}
	f = mantissa - 1.0;
	k = exponent;
	s = f / (2.0 + f);
	z = s * s;
	w = z * z;
	r = z * (ODD[0] + w * (ODD[1] + w * (ODD[2] + w * ODD[3])));
	r += w * (EVEN[0] + w * (EVEN[1] + w * EVEN[2]));
	half_square = 0.5 * f * f;
	return k * LN2_HIGH - ((half_square - (s * (half_square + r) + k * LN2_LOW)) - f);
}

double
mlops_xlogx(double x)
{
	return x > 0 ? x * mlops_log(x) : 0.0;
}
