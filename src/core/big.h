/*
 * Exact numbers with many digits, and their ratios rounded once.
 *
 * A number is sign * (sum of digits[i] 2^(32 (first + i))) * 2^(-1074 degree):
 * an exact sum of float8 values has degree 1, of products of k values degree
 * k, and an integer has degree 0.  So a moment of a sample is a few products
 * and differences of such numbers, and one division or square root at the end
 * is the only rounding.
 *
 * Sums of a few values of about one size fit 127 bits, and there is a short
 * form of number for them, with the same answers in less time.
 *
 * Numbers are on the stack and have room for what the statistics of
 * core/exact_stats.h need, the square of a sum of degree 3.
 *
 * Source: Knuth, The Art of Computer Programming 2, 4.3.1, algorithms M and D.
 */
#ifndef MLOPS_BIG_H
#define MLOPS_BIG_H

#include <stdbool.h>
#include <stdint.h>

#define MLOPS_BIG_DIGITS 456

#define MLOPS_BIG_DIGIT_BITS 32
#define MLOPS_BIG_DIGIT_MASK UINT64_C(0xFFFFFFFF)
/* Of the smallest subnormal, the unit of degree 1. */
#define MLOPS_BIG_UNIT_EXPONENT (-1074)

__extension__ typedef __int128 MlopsInt128;
__extension__ typedef unsigned __int128 MlopsUint128;

/* Lowest and highest digit are not 0; zero has no digits, sign 0 and first 0. */
typedef struct MlopsBig
{
	int32_t sign;	  /* -1, 0, 1 */
	int32_t first;	  /* place of digits[0] */
	int32_t n_digits; /* 0 .. MLOPS_BIG_DIGITS */
	int32_t degree;	  /* 0 .. 6 */
	uint32_t digits[MLOPS_BIG_DIGITS];
} MlopsBig;

/* A number of few digits, sign * magnitude * 2^exponent: what the sums of values of about one size are. */
typedef struct MlopsShort
{
	MlopsUint128 magnitude; /* below 2^127, odd or 0 */
	int32_t sign;			/* -1, 0, 1 */
	int32_t exponent;
} MlopsShort;

/* An integer, of degree 0. */
extern void mlops_big_set_int(MlopsBig *big, int64_t value);
extern void mlops_big_set_uint(MlopsBig *big, uint64_t value);
extern void mlops_big_set_wide(MlopsBig *big, MlopsUint128 value);

/* Drop digits of 0 at both ends; sign stays unless all are 0.  For who writes digits himself. */
extern void mlops_big_trim(MlopsBig *big);

/* product = a * b, which it must not be.  Cost: O(digits of a * digits of b). */
extern void mlops_big_multiply(const MlopsBig *a, const MlopsBig *b, MlopsBig *product);

/* product = a * k, which it must not be. */
extern void mlops_big_scale(const MlopsBig *a, int64_t k, MlopsBig *product);

/* sum = a + b, difference = a - b, of equal degree (of zero any); the result may be neither. */
extern void mlops_big_add(const MlopsBig *a, const MlopsBig *b, MlopsBig *sum);
extern void mlops_big_subtract(const MlopsBig *a, const MlopsBig *b, MlopsBig *difference);

/*
 * a / b, rounded once, half to even; a zero result is +0.
 *
 *   b       not zero
 *   result  OUT  untouched on failure
 *
 * Returns false if it rounds to something outside of double.
 * Cost: O(digits of b).
 */
extern bool mlops_big_ratio(const MlopsBig *a, const MlopsBig *b, double *result);

/* The square root of a / b, likewise; a >= 0, b > 0. */
extern bool mlops_big_root(const MlopsBig *a, const MlopsBig *b, double *result);

/* Bits of a number up to its highest one; 0 for 0. */
static inline int
mlops_bit_length128(MlopsUint128 x)
{
	uint64_t high = (uint64_t) (x >> 64);
	uint64_t low = (uint64_t) x;

	if (high != 0)
		return 128 - __builtin_clzll(high);
	return low == 0 ? 0 : 64 - __builtin_clzll(low);
}

/* value * 2^exponent as a short number; value within 2^127. */
extern MlopsShort mlops_short_of(MlopsInt128 value, int exponent);

/* product = a * b.  False, and nothing is set: that may have more than 127 bits. */
extern bool mlops_short_multiply(const MlopsShort *a, const MlopsShort *b, MlopsShort *product);

/* difference = a - b, both not negative.  False, and nothing is set: above 127 bits, or the result is negative. */
extern bool mlops_short_subtract(const MlopsShort *a, const MlopsShort *b, MlopsShort *difference);

/*
 * a / divisor as mlops_big_ratio has it, in one division or two.
 *
 *   divisor  1 .. 2^63
 */
extern bool mlops_short_ratio(const MlopsShort *a, uint64_t divisor, double *result);

/* The square root of a / divisor, likewise; a >= 0. */
extern bool mlops_short_root(const MlopsShort *a, uint64_t divisor, double *result);

#endif
