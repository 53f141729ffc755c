/*
 * Exact numbers with many digits.
 */
#include <string.h>

#include "core/big.h"


static void
set_zero(MlopsBig *big)
{
	big->sign = 0;
	big->first = 0;
	big->n_digits = 0;
}

void
mlops_big_trim(MlopsBig *big)
{
	int32_t n_low = 0;

	while (big->n_digits > 0 && big->digits[big->n_digits - 1] == 0)
		big->n_digits--;
	if (big->n_digits == 0)
	{
		set_zero(big);
		return;
	}
	while (big->digits[n_low] == 0)
		n_low++;
	if (n_low == 0)
		return;
	big->first += n_low;
	big->n_digits -= n_low;
	memmove(big->digits, big->digits + n_low, (size_t) big->n_digits * sizeof(uint32_t));
}

void
mlops_big_set_wide(MlopsBig *big, MlopsUint128 value)
{
	big->sign = 1;
	big->first = 0;
	big->degree = 0;
	for (big->n_digits = 0; value != 0; value >>= MLOPS_BIG_DIGIT_BITS)
		big->digits[big->n_digits++] = (uint32_t) value;
	mlops_big_trim(big);
}

void
mlops_big_set_uint(MlopsBig *big, uint64_t value)
{
	mlops_big_set_wide(big, value);
}

void
mlops_big_set_int(MlopsBig *big, int64_t value)
{
	mlops_big_set_uint(big, value < 0 ? -(uint64_t) value : (uint64_t) value);
	if (value < 0)
		big->sign = -1;
}

void
mlops_big_multiply(const MlopsBig *a, const MlopsBig *b, MlopsBig *product)
{
	product->degree = a->degree + b->degree;
	if (a->sign == 0 || b->sign == 0)
	{
		set_zero(product);
		return;
	}
	product->sign = a->sign * b->sign;
	product->first = a->first + b->first;
	product->n_digits = a->n_digits + b->n_digits;
	memset(product->digits, 0, (size_t) product->n_digits * sizeof(uint32_t));
	for (int32_t i = 0; i < a->n_digits; i++)
	{
		uint64_t carry = 0;

		for (int32_t k = 0; k < b->n_digits; k++)
		{
			carry += product->digits[i + k] + (uint64_t) a->digits[i] * b->digits[k];
			product->digits[i + k] = (uint32_t) carry;
			carry >>= MLOPS_BIG_DIGIT_BITS;
		}
		product->digits[i + b->n_digits] = (uint32_t) carry;
	}
	mlops_big_trim(product);
}

/* product = a * k for an a that is not zero and a k of one digit, which most counts of rows are. */
static void
scale_short(const MlopsBig *a, uint32_t k, MlopsBig *product)
{
	uint64_t carry = 0;

	product->sign = a->sign;
	product->first = a->first;
	product->degree = a->degree;
	product->n_digits = a->n_digits + 1;
	for (int32_t i = 0; i < a->n_digits; i++)
	{
		carry += (uint64_t) a->digits[i] * k;
		product->digits[i] = (uint32_t) carry;
		carry >>= MLOPS_BIG_DIGIT_BITS;
	}
	product->digits[a->n_digits] = (uint32_t) carry;
	mlops_big_trim(product);
}

void
mlops_big_scale(const MlopsBig *a, int64_t k, MlopsBig *product)
{
	MlopsBig factor;

	if (a->sign != 0 && k > 0 && k <= (int64_t) MLOPS_BIG_DIGIT_MASK)
	{
		scale_short(a, (uint32_t) k, product);
		return;
	}
	mlops_big_set_int(&factor, k);
	mlops_big_multiply(a, &factor, product);
}

/* The digit at a place, 0 outside. */
static uint64_t
digit_at(const MlopsBig *big, int32_t place)
{
	int32_t i = place - big->first;

	return i >= 0 && i < big->n_digits ? big->digits[i] : 0;
}

/* Compare absolute values of equal degree: below, equal to or above 0. */
static int
compare_magnitudes(const MlopsBig *a, const MlopsBig *b)
{
	int32_t top = a->first + a->n_digits;
	int32_t bottom = a->first < b->first ? a->first : b->first;

	if (top != b->first + b->n_digits)
		return top < b->first + b->n_digits ? -1 : 1;
	for (int32_t place = top - 1; place >= bottom; place--)
	{
		uint64_t x = digit_at(a, place);
		uint64_t y = digit_at(b, place);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* Magnitude of a plus that of b, or minus it (then a is the greater); the sign is set by the caller. */
static void
combine_magnitudes(const MlopsBig *a, const MlopsBig *b, bool is_difference, MlopsBig *result)
{
	int32_t bottom = a->first < b->first ? a->first : b->first;
	int32_t a_top = a->first + a->n_digits;
	int32_t b_top = b->first + b->n_digits;
	int32_t top = (a_top > b_top ? a_top : b_top) + 1;
	uint64_t carry = 0;

	result->first = bottom;
	result->n_digits = top - bottom;
	for (int32_t place = bottom; place < top; place++)
	{
		uint64_t x = digit_at(a, place);
		uint64_t y = digit_at(b, place) + carry;
		uint64_t digit = is_difference ? x - y : x + y;

		result->digits[place - bottom] = (uint32_t) digit;
		carry = digit >> MLOPS_BIG_DIGIT_BITS & 1;
	}
	mlops_big_trim(result);
}

static void
copy_big(const MlopsBig *from, int32_t sign, MlopsBig *to)
{
	to->sign = sign;
	to->first = from->first;
	to->n_digits = from->n_digits;
	to->degree = from->degree;
	memcpy(to->digits, from->digits, (size_t) from->n_digits * sizeof(uint32_t));
}

/* a + b, where b has the sign that is given. */
static void
add_signed(const MlopsBig *a, const MlopsBig *b, int32_t sign_b, MlopsBig *sum)
{
	int order;

	if (a->sign == 0 || sign_b == 0)
	{
		copy_big(sign_b == 0 ? a : b, sign_b == 0 ? a->sign : sign_b, sum);
		return;
	}
	sum->degree = a->degree;
	if (a->sign == sign_b)
	{
		sum->sign = sign_b;
		combine_magnitudes(a, b, false, sum);
		return;
	}
	order = compare_magnitudes(a, b);
	sum->sign = order >= 0 ? a->sign : sign_b;
	combine_magnitudes(order >= 0 ? a : b, order >= 0 ? b : a, true, sum);
}

void
mlops_big_add(const MlopsBig *a, const MlopsBig *b, MlopsBig *sum)
{
	add_signed(a, b, b->sign, sum);
}

void
mlops_big_subtract(const MlopsBig *a, const MlopsBig *b, MlopsBig *difference)
{
	add_signed(a, b, -b->sign, difference);
}
