/*
 * Ratios of exact numbers and their roots, rounded once.
 */
#include <math.h>
#include <string.h>

#include "core/big.h"

#define MANTISSA_BITS 53
/* Bits of a quotient: of a ratio enough to round, of a root twice that and within 128. */
#define RATIO_BITS 64
#define ROOT_BITS  124
/* Digits that the shift of a dividend and the division itself add. */
#define EXTRA_DIGITS 8

/* floor(a / b * 2^-exponent), and whether something was cut off. */
typedef struct Quotient
{
	MlopsUint128 value;
	bool has_more;
	int exponent;
} Quotient;

static int
bit_length32(uint32_t x)
{
	return x == 0 ? 0 : MLOPS_BIG_DIGIT_BITS - __builtin_clz(x);
}

static int
bit_length(const MlopsBig *big)
{
	return (big->n_digits - 1) * MLOPS_BIG_DIGIT_BITS +
		   bit_length32(big->digits[big->n_digits - 1]);
}

static int
exponent_of(const MlopsBig *big)
{
	return MLOPS_BIG_DIGIT_BITS * big->first + MLOPS_BIG_UNIT_EXPONENT * big->degree;
}

/* Digits shifted up by n_bits >= 0; the n_shifted digits begin with what fills up and end in a carry. */
static int
shift_digits(const MlopsBig *big, int n_bits, uint32_t *shifted)
{
	int n_low = n_bits / MLOPS_BIG_DIGIT_BITS;
	int shift = n_bits % MLOPS_BIG_DIGIT_BITS;
	uint64_t carry = 0;

	memset(shifted, 0, (size_t) n_low * sizeof(uint32_t));
	for (int32_t i = 0; i < big->n_digits; i++)
	{
		carry |= (uint64_t) big->digits[i] << shift;
		shifted[n_low + i] = (uint32_t) carry;
		carry >>= MLOPS_BIG_DIGIT_BITS;
	}
	shifted[n_low + big->n_digits] = (uint32_t) carry;
	return n_low + big->n_digits + 1;
}

/* u[0 .. n] -= q v[0 .. n - 1]; returns true if that went below 0. */
static bool
subtract_multiple(uint32_t *u, const uint32_t *v, int n, uint64_t q)
{
	uint64_t carry = 0;
	uint64_t borrow = 0;

	for (int i = 0; i <= n; i++)
	{
		uint64_t product = (i < n ? q * v[i] : 0) + carry;
		uint64_t difference = (uint64_t) u[i] - (product & MLOPS_BIG_DIGIT_MASK) - borrow;

		u[i] = (uint32_t) difference;
		borrow = difference >> MLOPS_BIG_DIGIT_BITS & 1;
		carry = product >> MLOPS_BIG_DIGIT_BITS;
	}
	return borrow != 0;
}

/* One digit of the quotient u / v, which is taken off u; v[n - 1] has its highest bit set. */
static uint32_t
divide_step(uint32_t *u, const uint32_t *v, int n)
{
	uint64_t dividend = ((uint64_t) u[n] << MLOPS_BIG_DIGIT_BITS) | u[n - 1];
	uint64_t q = dividend / v[n - 1];
	uint64_t rest = dividend % v[n - 1];
	uint64_t next = n > 1 ? v[n - 2] : 0;
	uint64_t below = n > 1 ? u[n - 2] : 0;
	uint64_t carry = 0;

	while (rest <= MLOPS_BIG_DIGIT_MASK &&
		   (q > MLOPS_BIG_DIGIT_MASK || q * next > ((rest << MLOPS_BIG_DIGIT_BITS) | below)))
	{
		q--;
		rest += v[n - 1];
	}
	if (!subtract_multiple(u, v, n, q))
		return (uint32_t) q;
	/* one too many, which happens rarely: add back */
	for (int i = 0; i < n; i++)
	{
		carry += (uint64_t) u[i] + v[i];
		u[i] = (uint32_t) carry;
		carry >>= MLOPS_BIG_DIGIT_BITS;
	}
	u[n] += (uint32_t) carry;
	return (uint32_t) (q - 1);
}

/* The quotient of digits u[n_u], a number below 2^128 v, by those of v[n_v]; u becomes the rest. */
static MlopsUint128
divide_digits(uint32_t *u, int n_u, const uint32_t *v, int n_v)
{
	MlopsUint128 quotient = 0;
	uint64_t rest = 0;

	if (n_v > 1)
	{
		for (int i = n_u - n_v; i >= 0; i--)
			quotient = (quotient << MLOPS_BIG_DIGIT_BITS) | divide_step(u + i, v, n_v);
		return quotient;
	}
	/* the count of rows that a moment is divided by has one digit mostly */
	for (int i = n_u - 1; i >= 0; i--)
	{
		rest = (rest << MLOPS_BIG_DIGIT_BITS) | u[i];
		quotient = (quotient << MLOPS_BIG_DIGIT_BITS) | rest / v[0];
		rest %= v[0];
		u[i] = 0;
	}
	u[0] = (uint32_t) rest;
	return quotient;
}

/* Divide to n_bits or a little more; is_even asks for an even exponent. */
static Quotient
divide(const MlopsBig *a, const MlopsBig *b, int n_bits, bool is_even)
{
	uint32_t u[MLOPS_BIG_DIGITS + EXTRA_DIGITS];
	uint32_t v[MLOPS_BIG_DIGITS + EXTRA_DIGITS];
	int shift = n_bits - (bit_length(a) - bit_length(b));
	int normalise = MLOPS_BIG_DIGIT_BITS - bit_length32(b->digits[b->n_digits - 1]);
	Quotient quotient = { .exponent = exponent_of(a) - exponent_of(b) - shift };
	int n_dropped;
	int n_u, n_v;

	if (is_even && quotient.exponent % 2 != 0)
	{
		quotient.exponent--;
		shift++;
	}
	/* digits of a that are too low for the quotient: it matters only whether they are 0 */
	n_dropped = shift + normalise < 0 ?
					(MLOPS_BIG_DIGIT_BITS - 1 - shift - normalise) / MLOPS_BIG_DIGIT_BITS :
					0;
	n_v = shift_digits(b, normalise, v) - 1;
	n_u = shift_digits(a, shift + normalise + n_dropped * MLOPS_BIG_DIGIT_BITS, u);
	u[n_u] = 0;
	quotient.value = divide_digits(u + n_dropped, n_u - n_dropped, v, n_v);
	for (int i = 0; i < n_v + n_dropped && !quotient.has_more; i++)
		quotient.has_more = u[i] != 0;
	return quotient;
}

/* x * 2^exponent, for a result that is exact or infinity: in one multiplication where the power is a normal double. */
static double
scale_double(double x, int exponent)
{
	uint64_t bits = (uint64_t) (exponent + 1023) << (MANTISSA_BITS - 1);
	double power;

	if (exponent < -1022 || exponent > 1023)
		return ldexp(x, exponent);
	memcpy(&power, &bits, sizeof(power));
	return x * power;
}

/* Round half to even at 53 bits, or at the smallest subnormal if that is higher. */
static bool
round_quotient(const Quotient *quotient, double *result)
{
	int length = mlops_bit_length128(quotient->value);
	int lowest = length - MANTISSA_BITS;
	MlopsUint128 below;
	uint64_t mantissa, half;
	double rounded;

	/* quotients and roots have more bits than a mantissa: this is for who reads the code by machine */
	if (lowest < 1)
		lowest = 1;
	if (lowest < MLOPS_BIG_UNIT_EXPONENT - quotient->exponent)
		lowest = MLOPS_BIG_UNIT_EXPONENT - quotient->exponent;
	if (lowest > length)
	{
		/* below half of the smallest subnormal */
		*result = 0;
		return true;
	}
	mantissa = lowest == 128 ? 0 : (uint64_t) (quotient->value >> lowest);
	half = (uint64_t) (quotient->value >> (lowest - 1)) & 1;
	below = quotient->value & (((MlopsUint128) 1 << (lowest - 1)) - 1);
	/* without a branch: half of all numbers are rounded up */
	mantissa += half & ((uint64_t) (below != 0) | (uint64_t) quotient->has_more | (mantissa & 1));
	/* exact, or infinity: the mantissa has at most 53 bits, or is 2^53 */
	rounded = scale_double((double) mantissa, lowest + quotient->exponent);
	if (isinf(rounded))
		return false;
	*result = rounded;
	return true;
}

bool
mlops_big_ratio(const MlopsBig *a, const MlopsBig *b, double *result)
{
	Quotient quotient;
	double rounded;

	if (a->sign == 0)
	{
		*result = 0;
		return true;
	}
	quotient = divide(a, b, RATIO_BITS, false);
	if (!round_quotient(&quotient, &rounded))
		return false;
	*result = rounded != 0 && a->sign != b->sign ? -rounded : rounded;
	return true;
}

/*
 * Where both numbers are doubles the processor divides and rounds once: a few values of few digits.  False: they are
 * not, or the quotient may not be a normal double.
 */
static bool
divide_doubles(const MlopsShort *a, uint64_t divisor, double *result)
{
	if (a->magnitude >> MANTISSA_BITS != 0 || divisor >> MANTISSA_BITS != 0 || a->exponent < -900 ||
		a->exponent > 900)
		return false;
	*result =
		scale_double((double) (int64_t) a->magnitude / (double) (int64_t) divisor, a->exponent);
	return true;
}

/*
 * Both numbers are moved to the top of their words, a to 2^126 .. 2^127 and divisor to 2^63 .. 2^64, so that the
 * quotient has the 63 or 64 bits that rounding a ratio needs.  Returns what is left.
 */
static uint64_t
divide_words(const MlopsShort *a, uint64_t *divisor, Quotient *quotient)
{
	int shift = 127 - mlops_bit_length128(a->magnitude);
	int divisor_shift = __builtin_clzll(*divisor);
	MlopsUint128 magnitude = a->magnitude << shift;

	*divisor <<= divisor_shift;
	/* a sum is divided by 1, which has become 2^63 */
	quotient->value = *divisor == UINT64_C(1) << 63 ? magnitude >> 63 : magnitude / *divisor;
	quotient->exponent = a->exponent + divisor_shift - shift;
	magnitude -= quotient->value * *divisor;
	quotient->has_more = magnitude != 0;
	return (uint64_t) magnitude;
}

bool
mlops_short_ratio(const MlopsShort *a, uint64_t divisor, double *result)
{
	Quotient quotient;
	double rounded;

	if (a->sign == 0)
	{
		*result = 0;
		return true;
	}
	if (!divide_doubles(a, divisor, &rounded))
	{
		(void) divide_words(a, &divisor, &quotient);
		if (!round_quotient(&quotient, &rounded))
			return false;
	}
	*result = rounded != 0 && a->sign < 0 ? -rounded : rounded;
	return true;
}

/* The integer square root of x < 2^127: an estimate of 53 bits, one step of Newton, and the rest. */
static uint64_t
integer_root(MlopsUint128 x)
{
	MlopsUint128 root = (MlopsUint128) sqrt((double) x);

	root = (root + x / root) / 2;
	while (root * root > x)
		root--;
	while ((root + 1) * (root + 1) <= x)
		root++;
	return (uint64_t) root;
}

/* Round the root of a quotient below 2^127 that has an even exponent. */
static bool
round_root(Quotient *quotient, double *result)
{
	uint64_t root = integer_root(quotient->value);

	quotient->has_more = quotient->has_more || (MlopsUint128) root * root != quotient->value;
	quotient->value = root;
	quotient->exponent /= 2;
	return round_quotient(quotient, result);
}

bool
mlops_big_root(const MlopsBig *a, const MlopsBig *b, double *result)
{
	Quotient quotient;

	if (a->sign == 0)
	{
		*result = 0;
		return true;
	}
	quotient = divide(a, b, ROOT_BITS, true);
	return round_root(&quotient, result);
}

/* A second division, of what the first one left, makes it 126 bits or more. */
bool
mlops_short_root(const MlopsShort *a, uint64_t divisor, double *result)
{
	Quotient quotient;
	MlopsUint128 rest;
	int n_dropped;

	if (a->sign == 0)
	{
		*result = 0;
		return true;
	}
	rest = (MlopsUint128) divide_words(a, &divisor, &quotient) << 64;
	quotient.value = quotient.value << 64 | rest / divisor;
	quotient.has_more = rest % divisor != 0;
	quotient.exponent -= 64;
	n_dropped = (int) (quotient.value >> 127);
	n_dropped += (quotient.exponent + n_dropped) & 1;
	quotient.has_more |= (quotient.value & (((MlopsUint128) 1 << n_dropped) - 1)) != 0;
	quotient.value >>= n_dropped;
	quotient.exponent += n_dropped;
	return round_root(&quotient, result);
}
