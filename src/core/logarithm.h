/*
 * Natural logarithm from + - * / and exact scaling alone.
 *
 * The entropy criterion compares sums of logarithms, and libm's log differs in
 * the last bit between systems: with it a forest could differ between two
 * machines.  This one gives the same bits wherever doubles are IEEE 754.
 */
#ifndef MLOPS_LOGARITHM_H
#define MLOPS_LOGARITHM_H

/*
 * Natural logarithm of x.
 *
 *   x   finite and > 0
 *
 * Returns ln x within 2 units in the last place.
 * Source: the reduction and polynomial of FreeBSD's e_log.c, restated:
 * x = 2^k (1 + f), s = f / (2 + f), ln(1 + f) = f - s (f - R(s^2)).
 */
extern double mlops_log(double x);

/* x ln x, continued by 0 at x = 0; x finite and >= 0. */
extern double mlops_xlogx(double x);

#endif
