/*
 * Sums of a few products, rounded once: what interpolation between values and
 * differences of them need so that no digit depends on the order of operations.
 *
 * Plain arithmetic with the errors of each step (two-sum, and fma for products)
 * gives a result and a bound of what is still missing.  If the bound cannot
 * change the rounding, that is the answer; else exact numbers work it out.
 *
 * Source: Dekker (1971), "A floating-point technique for extending the available
 * precision"; the test of the rounding after Ziv (1991).
 */
#ifndef MLOPS_ROUNDED_H
#define MLOPS_ROUNDED_H

#include <stdbool.h>

#define MLOPS_ROUNDED_TERMS 12

typedef struct MlopsRounded
{
	int n_terms;
	double factors[MLOPS_ROUNDED_TERMS][2]; /* finite */
} MlopsRounded;

/* Add a product to those that will be summed. */
static inline void
mlops_rounded_add(MlopsRounded *sum, double a, double b)
{
	sum->factors[sum->n_terms][0] = a;
	sum->factors[sum->n_terms][1] = b;
	sum->n_terms++;
}

/*
 * The sum of the products, rounded once, half to even; a zero result is +0.
 *
 *   result   OUT  untouched on failure
 *
 * Returns false if it rounds to something outside of double.
 * Cost: some 5 ns a term; where exact numbers are needed, 1 us.
 */
extern bool mlops_rounded_get(const MlopsRounded *sum, double *result);

#endif
