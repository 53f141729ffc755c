/*
 * Sums of float8 values without rounding: the state core of the exact aggregates.
 *
 * The sum is a fixed-point number that covers all of float8: digit i, of 32
 * bits, weighs 2^(32 i - 1074).
 *
 *	limb   0          1          2             ...   66
 *	       2^-1074    2^-1042    2^-1010       ...   2^1038
 *
 * A limb is a signed 64-bit integer that holds a digit and carries not yet
 * passed on.  A value is 53 bits at some place: its low 32 bits go to one limb
 * and the at most 52 bits above to the next, so that 2,047 additions fit before
 * the carries must be passed on.  Removing x adds -x; so removing every value
 * leaves the empty sum, bit for bit, whatever the order.  The result is rounded
 * once, half to even.
 *
 * Source: the long accumulator of Kulisch, with the carry-save limbs of
 * R. Neal, "Fast exact summation using small and large superaccumulators" (2015).
 */
#ifndef MLOPS_EXACT_SUM_H
#define MLOPS_EXACT_SUM_H

#include <stdbool.h>
#include <stdint.h>

#define MLOPS_EXACT_SUM_LIMBS 67

/*
 * All zero bytes are the empty sum.  Limbs below first and above last are 0.
 * After mlops_exact_sum_carry the limbs are the digits of the absolute value,
 * all with the sign of the sum, and the first and the last are not 0.
 */
typedef struct MlopsExactSum
{
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	int32_t first;	   /* lowest limb in use, 0 when none is */
	int32_t last;	   /* highest limb in use, 0 when none is */
	int32_t n_pending; /* additions since carries were passed on */
	int32_t is_used;   /* 1 if first and last mean something */
} MlopsExactSum;

/*
 * Add a value.
 *
 *   x   finite; the caller checks
 *
 * Errors: none for up to 2^45 additions, by which the top limb cannot overflow.
 * Cost:   O(1); every 2,047th call passes the carries on.
 */
extern void mlops_exact_sum_add(MlopsExactSum *sum, double x);

/* Take a value away again: adds -x.  As mlops_exact_sum_add. */
extern void mlops_exact_sum_subtract(MlopsExactSum *sum, double x);

/* Pass carries on, so that equal sums have equal limbs.  Cost: O(limbs in use). */
extern void mlops_exact_sum_carry(MlopsExactSum *sum);

/*
 * The sum, rounded once, half to even; a zero result is +0.
 *
 *   result  OUT  untouched on failure
 *
 * Returns false if the exact sum rounds to something outside of double.
 */
extern bool mlops_exact_sum_round(const MlopsExactSum *sum, double *result);

/*
 * The exact ratio of the sum to a count, rounded once, half to even.
 *
 *   n       1 .. 2^62
 *   result  OUT  untouched on failure
 *
 * Returns false if the ratio rounds to something outside of double, which
 * cannot be when n values were added.
 * Cost: O(limbs in use).
 */
extern bool mlops_exact_sum_divide(const MlopsExactSum *sum, int64_t n, double *result);

#endif
