/*
 * Functions of statistics: exponential, incomplete gamma function, normal quantile.
 *
 * Q(a, y) has two forms.  Below the mean P = 1 - Q is a sum of positive terms; above it Q is a
 * continued fraction.  Both begin with the same prefix y^a e^-y / gamma(a + 1), and in both nothing
 * cancels, so their relative error is that of the prefix.
 */
#include <math.h>
#include <stddef.h>

#include "core/logarithm.h"
#include "core/special.h"

/* ln 2 in two parts; the first has 20 zero bits at its end, so k times it is exact. */
static const double LN2_HIGH = 6.93147180369123816490e-01;
static const double LN2_LOW = 1.90821492927058770002e-10;
static const double LN2_INVERSE = 1.44269504088896338700e+00;

/* Steps of a series or fraction, which are O(sqrt(a)): some 10^5 at most. */
#define MAX_STEPS 100000000

static const double SQRT_PI = 1.77245385090551602730;
static const double TWO_PI = 6.28318530717958647693;

/* r (e^r + 1) / (e^r - 1) = 2 + EXP[0] r^2 + EXP[1] r^4 ... for abs(r) <= ln 2 / 2, fitted */
static const double EXP[] = { 1.66666666666666019037e-01, -2.77777777770155933842e-03,
							  6.61375632143793436117e-05, -1.65339022054652515390e-06,
							  4.13813679705723846039e-08 };

double
mlops_exp(double x)
{
	double k, high, low, r, t, c;

	if (x > 709.782712893384)
		return INFINITY;
	if (x < -745.2)
		return 0.0;
	k = floor(x * LN2_INVERSE + 0.5);
	high = x - k * LN2_HIGH;
	low = k * LN2_LOW;
	r = high - low;
	t = r * r;
	c = r - t * (EXP[0] + t * (EXP[1] + t * (EXP[2] + t * (EXP[3] + t * EXP[4]))));
	return ldexp(1.0 - ((low - r * c / (2.0 - c)) - high), (int) k);
}

double
mlops_log1p(double x)
{
	double u = 1.0 + x;

	if (u == 1.0)
		return x;
	return mlops_log(u) * x / (u - 1.0);
}

/* ln gamma(a + 1) - ((a + 1/2) ln a - a + ln(2 pi) / 2) for a > 20: terms of Stirling's series. */
static double
stirling_error(double a)
{
	double z = 1.0 / (a * a);

	return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188))))) /
		   a;
}

/*
 * a ln(a / y) + y - a >= 0, the deviance of y from a.  Near y = a its parts cancel; there, with
 * v = (a - y) / (a + y), it is (a - y) v + 2 a (v^3 / 3 + v^5 / 5 + ...).
 */
static double
deviance(double a, double y)
{
	double v = (a - y) / (a + y);
	double sum, power;

	if (fabs(v) > 0.35)
		return a * mlops_log(a / y) + y - a;
	sum = (a - y) * v;
	power = 2.0 * a * v;
	for (int k = 3; k < 100; k += 2)
	{
		double term;

		power *= v * v;
		term = power / k;
		if (sum + term == sum)
			break;
		sum += term;
	}
	return sum;
}

/* y^a e^-y / gamma(a + 1) of half-whole a <= 20, factor by factor; e^-y in halves, not to vanish before them. */
static double
prefix_by_factors(double a, double y)
{
	double half = mlops_exp(-0.5 * y);
	double rest = a - floor(a);
	/* gamma(3/2) = sqrt(pi) / 2 */
	double product = rest > 0 ? half * sqrt(y) / (0.5 * SQRT_PI) : half;

	for (int k = 1; k <= (int) a; k++)
		product *= y / (k + rest);
	return product * half;
}

/* y^a e^-y / gamma(a + 1), y > 0. */
static double
prefix(double a, double y)
{
	if (a <= 20)
		return prefix_by_factors(a, y);
	return mlops_exp(-stirling_error(a) - deviance(a, y)) / sqrt(TWO_PI * a);
}

/* P(a, y) / prefix = 1 + y / (a + 1) + y^2 / ((a + 1) (a + 2)) + ..., y < a + 1. */
static double
lower_series(double a, double y)
{
	double sum = 1.0;
	double term = 1.0;

	for (int k = 1; k < MAX_STEPS && sum + term != sum; k++)
	{
		term *= y / (a + k);
		sum += term;
	}
	return sum;
}

/*
 * Q(a, y) gamma(a) / (y^a e^-y) = 1 / (y + 1 - a - 1 (1 - a) / (y + 3 - a - ...)), y >= a + 1, by Lentz's method:
 * the quotients of numerators and of denominators, both of which stay positive here.
 */
static double
upper_fraction(double a, double y)
{
	double b = y + 1.0 - a;
	double c = 1e300;
	double d = 1.0 / b;
	double fraction = d;

	for (int k = 1; k < MAX_STEPS; k++)
	{
		double numerator = k * (a - k);
		double change;

		b += 2.0;
		d = 1.0 / (numerator * d + b);
		c = b + numerator / c;
		change = c * d;
		fraction *= change;
		if (fabs(change - 1.0) < 2.3e-16)
			break;
	}
	return fraction;
}

double
mlops_chi2_survival(double x, int64_t df)
{
	double a = 0.5 * (double) df;
	double y = 0.5 * x;

	if (x <= 0)
		return 1.0;
	if (df == 0 || isinf(x))
		return 0.0;
	if (y < a + 1.0)
		return fmax(0.0, 1.0 - prefix(a, y) * lower_series(a, y));
	return prefix(a, y) * a * upper_fraction(a, y);
}

/* Coefficients of numerator and denominator, from the constant on, for the centre and both parts of a tail. */
static const double CENTRE[2][8] = {
	{ 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
	  1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
	  3.3430575583588128105e+4, 2.5090809287301226727e+3 },
	{ 1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
	  2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
	  5.2264952788528545610e+3 }
};
static const double TAIL[2][8] = {
	{ 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
	  3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
	  2.27238449892691845833e-2, 7.74545014278341407640e-4 },
	{ 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
	  1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
	  1.05075007164441684324e-9 }
};
static const double FAR_TAIL[2][8] = {
	{ 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
	  2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
	  2.71155556874348757815e-5, 2.01033439929228813265e-7 },
	{ 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
	  7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
	  2.04426310338993978564e-15 }
};

static double
ratio(const double coefficients[2][8], double r)
{
	double above = 0.0;
	double below = 0.0;

	for (int i = 7; i >= 0; i--)
	{
		above = above * r + coefficients[0][i];
		below = below * r + coefficients[1][i];
	}
	return above / below;
}

double
mlops_normal_quantile(double p)
{
	double q = p - 0.5;
	double r, tail;

	if (fabs(q) <= 0.425)
		return q * ratio(CENTRE, 0.180625 - q * q);
	r = sqrt(-mlops_log(q < 0 ? p : 1.0 - p));
	tail = r <= 5.0 ? ratio(TAIL, r - 1.6) : ratio(FAR_TAIL, r - 5.0);
	return q < 0 ? -tail : tail;
}
