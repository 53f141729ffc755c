/*
 * Exact sums: adding, carrying, and rounding once.
 *
 * Rounding works on the magnitude as plain digits with one digit of fraction
 * below, so that a sum and a ratio end in the same function:
 *
 *	digit      0               1             ...
 *	weight     2^(-1074-32)    2^-1074       ...
 *
 * What is below the last digit of a ratio is a sticky bit: it only decides ties.
 */
#include <math.h>
#include <string.h>

#include "core/exact_sum.h"

#define DIGIT_BITS	  32
#define DIGIT_MASK	  UINT64_C(0xFFFFFFFF)
#define MANTISSA_BITS 53
/* Exponent of the lowest bit of limb 0, the smallest subnormal. */
#define UNIT_EXPONENT (-1074)
#define PENDING_MAX	  2047
#define DIGIT_BASE	  ((int64_t) 1 << DIGIT_BITS)
/* The limbs and a digit of fraction below them. */
#define N_DIGITS (MLOPS_EXACT_SUM_LIMBS + 1)

typedef struct Magnitude
{
	uint32_t digits[N_DIGITS];
	int n_digits;  /* highest digit that is not 0, plus 1; 0 for zero */
	bool has_more; /* something other than 0 is below digit 0 */
} Magnitude;

/* Integer mantissa and the bit that it starts at, counted from UNIT_EXPONENT. */
static uint64_t
split_double(double x, int *position)
{
	uint64_t bits;
	uint64_t fraction;
	int exponent;

	memcpy(&bits, &x, sizeof(bits));
	fraction = bits & ((UINT64_C(1) << (MANTISSA_BITS - 1)) - 1);
	exponent = (int) ((bits >> (MANTISSA_BITS - 1)) & 0x7FF);
	*position = exponent == 0 ? 0 : exponent - 1;
	return exponent == 0 ? fraction : fraction | (UINT64_C(1) << (MANTISSA_BITS - 1));
}

static void
widen_range(MlopsExactSum *sum, int32_t first, int32_t last)
{
	if (!sum->is_used)
	{
		sum->is_used = 1;
		sum->first = first;
		sum->last = last;
		return;
	}
	if (first < sum->first)
		sum->first = first;
	if (last > sum->last)
		sum->last = last;
}

static void
add_signed(MlopsExactSum *sum, double x, bool is_negative)
{
	int position;
	uint64_t mantissa = split_double(x, &position);
	int limb = position / DIGIT_BITS;
	int shift = position % DIGIT_BITS;
	int64_t low = (int64_t) ((mantissa << shift) & DIGIT_MASK);
	int64_t high = (int64_t) (mantissa >> (DIGIT_BITS - shift));

	if (mantissa == 0)
		return;
	if (sum->n_pending == PENDING_MAX)
		mlops_exact_sum_carry(sum);
	widen_range(sum, limb, limb + 1);
	sum->limbs[limb] += is_negative ? -low : low;
	sum->limbs[limb + 1] += is_negative ? -high : high;
	sum->n_pending++;
}

void
mlops_exact_sum_add(MlopsExactSum *sum, double x)
{
	add_signed(sum, x, signbit(x) != 0);
}

void
mlops_exact_sum_subtract(MlopsExactSum *sum, double x)
{
	add_signed(sum, x, signbit(x) == 0);
}

/* Drop limbs of 0 at both ends; the empty sum is all zero bytes. */
static void
trim_range(MlopsExactSum *sum)
{
	while (sum->last > sum->first && sum->limbs[sum->last] == 0)
		sum->last--;
	while (sum->first < sum->last && sum->limbs[sum->first] == 0)
		sum->first++;
	if (sum->limbs[sum->last] == 0)
		sum->first = sum->last = sum->is_used = 0;
}

/* Cut each limb to a digit of its own sign; what is above goes to the next limb. */
static void
pass_carries(MlopsExactSum *sum)
{
	for (int32_t i = sum->first; i <= sum->last; i++)
	{
		int64_t carry = sum->limbs[i] / DIGIT_BASE;

		if (carry == 0)
			continue;
		sum->limbs[i] %= DIGIT_BASE;
		sum->limbs[i + 1] += carry;
		if (i == sum->last)
			sum->last = i + 1;
	}
}

/*
 * Give all digits the sign of the highest, which is the sign of the sum, because
 * all that is below it is less than one of its units: digits of the other sign
 * borrow from the next.
 */
static void
unify_signs(MlopsExactSum *sum)
{
	int64_t sign = sum->limbs[sum->last] < 0 ? -1 : 1;

	for (int32_t i = sum->first; i < sum->last; i++)
	{
		if (sum->limbs[i] * sign >= 0)
			continue;
		sum->limbs[i] += sign * DIGIT_BASE;
		sum->limbs[i + 1] -= sign;
	}
}

void
mlops_exact_sum_carry(MlopsExactSum *sum)
{
	sum->n_pending = 0;
	if (!sum->is_used)
		return;
	pass_carries(sum);
	trim_range(sum);
	unify_signs(sum);
	trim_range(sum);
}

/* Digits of the absolute value; sum has its carries passed on. */
static void
read_magnitude(const MlopsExactSum *sum, Magnitude *magnitude)
{
	memset(magnitude, 0, sizeof(*magnitude));
	for (int32_t i = sum->first; i <= sum->last; i++)
		magnitude->digits[i + 1] = (uint32_t) (sum->limbs[i] < 0 ? -sum->limbs[i] : sum->limbs[i]);
	magnitude->n_digits = sum->is_used ? sum->last + 2 : 0;
}

/* Schoolbook division by a number of up to 62 bits; what is left over becomes has_more. */
static void
divide_magnitude(Magnitude *magnitude, uint64_t divisor)
{
	__extension__ unsigned __int128 remainder = 0;
	int n_digits = 0;

	for (int i = magnitude->n_digits - 1; i >= 0; i--)
	{
		remainder = (remainder << DIGIT_BITS) | magnitude->digits[i];
		magnitude->digits[i] = (uint32_t) (remainder / divisor);
		remainder %= divisor;
		if (magnitude->digits[i] != 0 && n_digits == 0)
			n_digits = i + 1;
	}
	magnitude->n_digits = n_digits;
	magnitude->has_more = remainder != 0;
}

static bool
bit_at(const Magnitude *magnitude, int position)
{
	return (magnitude->digits[position / DIGIT_BITS] >> (position % DIGIT_BITS) & 1) != 0;
}

static bool
any_bit_below(const Magnitude *magnitude, int position)
{
	if (magnitude->has_more)
		return true;
	for (int i = 0; i < position / DIGIT_BITS; i++)
	{
		if (magnitude->digits[i] != 0)
			return true;
	}
	return position % DIGIT_BITS != 0 && (magnitude->digits[position / DIGIT_BITS] &
										  ((UINT32_C(1) << (position % DIGIT_BITS)) - 1)) != 0;
}

static int
bit_length(const Magnitude *magnitude)
{
	int length = (magnitude->n_digits - 1) * DIGIT_BITS;

	if (magnitude->n_digits == 0)
		return 0;
	for (uint32_t top = magnitude->digits[magnitude->n_digits - 1]; top != 0; top >>= 1)
		length++;
	return length;
}

/* Round half to even at 53 bits, or at the smallest subnormal if that is higher. */
static double
round_magnitude(const Magnitude *magnitude)
{
	int length = bit_length(magnitude);
	int lowest = length - MANTISSA_BITS > DIGIT_BITS ? length - MANTISSA_BITS : DIGIT_BITS;
	uint64_t mantissa = 0;

	for (int i = length - 1; i >= lowest; i--)
		mantissa = mantissa << 1 | bit_at(magnitude, i);
	if (bit_at(magnitude, lowest - 1) &&
		((mantissa & 1) != 0 || any_bit_below(magnitude, lowest - 1)))
		mantissa++;
	/* exact, or infinity: the mantissa has at most 53 bits, or is 2^53 */
	return ldexp((double) mantissa, lowest - DIGIT_BITS + UNIT_EXPONENT);
}

static bool
round_ratio(const MlopsExactSum *sum, uint64_t divisor, double *result)
{
	MlopsExactSum carried = *sum;
	Magnitude magnitude;
	bool is_negative;
	double rounded;

	mlops_exact_sum_carry(&carried);
	is_negative = carried.limbs[carried.last] < 0;
	read_magnitude(&carried, &magnitude);
	if (divisor != 1)
		divide_magnitude(&magnitude, divisor);
	rounded = round_magnitude(&magnitude);
	if (isinf(rounded))
		return false;
	*result = is_negative && rounded != 0 ? -rounded : rounded;
	return true;
}

bool
mlops_exact_sum_round(const MlopsExactSum *sum, double *result)
{
	return round_ratio(sum, 1, result);
}

bool
mlops_exact_sum_divide(const MlopsExactSum *sum, int64_t n, double *result)
{
	return round_ratio(sum, (uint64_t) n, result);
}
