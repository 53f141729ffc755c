/*
 * Sums of float8 values and of their products without rounding: the state core
 * of the exact aggregates.
 *
 * The sum is a fixed-point number: limb i, of 32 bits, weighs 2^(32 i) units.
 * The unit of a sum of values is 2^-1074, of products of k values 2^(-1074 k),
 * of integers 1 (degree k; 0 for integers).
 *
 *	limb   0          1          2             ...   66
 *	       2^-1074    2^-1042    2^-1010       ...   2^1038      (degree 1)
 *
 * A limb is a signed 64-bit integer that holds a digit and carries not yet
 * passed on.  A value is 53 bits at some place: its low 32 bits go to one limb
 * and the at most 52 bits above to the next, so that 2,047 additions fit before
 * the carries must be passed on.  A product goes to as many limbs as it has
 * digits.  Removing x adds -x; so removing every value leaves the sum 0,
 * whatever the order.  The result is rounded once, half to even (core/big.h).
 *
 * Only the limbs around those in use are kept: values of one magnitude need
 * three or four.  Above the highest digit that is added to stands a spare limb,
 * which takes the carries of 2^42 additions.
 *
 * Source: the long accumulator of Kulisch, with the carry-save limbs of
 * R. Neal, "Fast exact summation using small and large superaccumulators" (2015).
 */
#ifndef MLOPS_EXACT_SUM_H
#define MLOPS_EXACT_SUM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/big.h"
#include "core/memory.h"
#include "core/state_io.h"

/* Limbs of a sum of values whatever their magnitudes, for who has no allocator. */
#define MLOPS_EXACT_SUM_LIMBS 68

#define MLOPS_EXACT_SUM_DEGREE_MAX 4

/* All zero bytes are the empty sum. */
typedef struct MlopsExactSum
{
	int64_t *limbs;	   /* [n_limbs], of the places from base on */
	int32_t base;	   /* place of limbs[0] */
	int32_t n_limbs;   /* 0 before the first addition */
	int32_t n_pending; /* additions since carries were passed on */
} MlopsExactSum;

/* A product of values and integers, exact. */
typedef struct MlopsProduct
{
	uint64_t words[4]; /* the magnitude, low word first */
	int32_t n_words;   /* 1 .. 4 */
	int32_t position;  /* bits from the unit of the sum up to bit 0 of words[0] */
	bool is_negative;
} MlopsProduct;

/* Give a sum of values room for any of them, so that adding needs no allocator.  It begins empty. */
extern void mlops_exact_sum_place(MlopsExactSum *sum, int64_t limbs[MLOPS_EXACT_SUM_LIMBS]);

/*
 * Add a value to a sum of degree 1.
 *
 *   x          finite; the caller checks
 *   allocator  of the limbs; NULL for a sum that was placed
 *
 * Returns false when there is no memory; the sum is then unchanged.
 * Cost: O(1); every 2,047th call passes the carries on.
 */
extern bool mlops_exact_sum_add(MlopsExactSum *sum, double x, const MlopsAllocator *allocator);

/* Take a value away again: adds -x. */
extern bool mlops_exact_sum_subtract(MlopsExactSum *sum, double x, const MlopsAllocator *allocator);

/* A factor of a product: a finite value, of degree 1, or an integer, of degree 0. */
extern MlopsProduct mlops_product_of(double x);
extern MlopsProduct mlops_product_of_int(int64_t x);

/* The product of two whose words together are at most four; degrees add up. */
extern MlopsProduct mlops_product_multiply(const MlopsProduct *a, const MlopsProduct *b);

/* A product as a number of its degree. */
extern void mlops_product_get(const MlopsProduct *product, int32_t degree, MlopsBig *big);

/* Add a product of the sum's degree, or with is_removed take it away.  As mlops_exact_sum_add. */
extern bool mlops_exact_sum_add_product(MlopsExactSum *sum, const MlopsProduct *product,
										bool is_removed, const MlopsAllocator *allocator);

/* Add a sum of the same degree.  Cost: O(limbs in use). */
extern bool mlops_exact_sum_merge(MlopsExactSum *sum, const MlopsExactSum *from,
								  const MlopsAllocator *allocator);

/* The sum as a number of its degree, carries passed on.  Cost: O(limbs in use). */
extern void mlops_exact_sum_get(const MlopsExactSum *sum, int32_t degree, MlopsBig *big);

/* The same as a short number.  False, and nothing is set: 127 bits do not hold it. */
extern bool mlops_exact_sum_get_short(const MlopsExactSum *sum, int32_t degree, MlopsShort *total);

/*
 * The sum of degree 1, rounded once, half to even; a zero result is +0.
 *
 *   result  OUT  untouched on failure
 *
 * Returns false if the exact sum rounds to something outside of double.
 */
extern bool mlops_exact_sum_round(const MlopsExactSum *sum, double *result);

/*
 * The exact ratio of the sum, of degree 1, to a count, rounded once.
 *
 *   n       1 .. 2^62
 *
 * Returns false if the ratio rounds to something outside of double, which
 * cannot be when n values were added.
 */
extern bool mlops_exact_sum_divide(const MlopsExactSum *sum, int64_t n, double *result);

/*
 * The sum as a field of a state: the digits from the lowest that is not 0 to the
 * highest, so that equal sums are equal bytes; as text an odd integer in hexadecimal
 * and a binary exponent: "-0x39p3" is -456.
 *
 * Reading refuses more digits than sums of the degree can have.
 */
extern void mlops_io_sum(MlopsStateIo *io, const char *name, MlopsExactSum *sum, int32_t degree);

#endif
