/*
 * Functions of statistics from + - * / sqrt, exact scaling and mlops_log alone, so that they give
 * the same bits wherever doubles are IEEE 754; libm's do not.
 */
#ifndef MLOPS_SPECIAL_H
#define MLOPS_SPECIAL_H

#include <stdint.h>

/*
 * e to the power of x; 0 below -745.13, Infinity above 709.78.
 *
 *   x   not NaN
 *
 * Within 2 units in the last place while the result is a normal number.
 * Source: x = k ln 2 + r, abs(r) <= ln 2 / 2, and the rational form of FreeBSD's e_exp.c for r, restated.
 */
extern double mlops_exp(double x);

/*
 * ln(1 + x) without the loss of digits that adding 1 to a small x has.
 *
 *   x   finite and > -1
 *
 * Within 6 units in the last place.
 * Source: W. Kahan: u = 1 + x, then ln(u) x / (u - 1), whose rounding errors cancel.
 */
extern double mlops_log1p(double x);

/*
 * P(chi-squared with df degrees of freedom >= x), the regularised upper incomplete gamma function
 * Q(df / 2, x / 2).
 *
 *   x    a statistic, not NaN; below 0 as 0
 *   df   0 .. 2^31; 0 is the constant 0: 1 for x <= 0, else 0
 *
 * Relative error at most 1e-12 while the result is above 1e-300.
 * Cost: O(sqrt(df)) steps at worst, near x = df.
 *
 * Source: the prefix x^a e^-x / gamma(a + 1) as in C. Loader, "Fast and accurate computation of binomial
 * probabilities" (2000); then the series of P below the mean and the continued fraction of Q above,
 * as in Press et al., Numerical Recipes, 6.2.
 */
extern double mlops_chi2_survival(double x, int64_t df);

/*
 * The value that a standard normal variable stays below with probability p.
 *
 *   p   0 < p < 1; for an upper tail q take -mlops_normal_quantile(q), which is exact for small q
 *
 * Relative error about 1e-15.
 * Source: M. Wichura, algorithm AS 241, PPND16, Applied Statistics 37 (1988), 477-484.
 */
extern double mlops_normal_quantile(double p);

#endif
