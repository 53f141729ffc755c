/*
 * Exact sums: adding, carrying, and their bytes.
 */
#include <math.h>
#include <string.h>

#include "core/exact_sum.h"

#define MANTISSA_BITS 53
#define PENDING_MAX	  2047
/* Digits of a product of four words, at any shift. */
#define PRODUCT_DIGITS 9
/* Limbs beside those asked for when room is made, on each side. */
#define SLACK 1

/* Integer mantissa and the bit that it starts at, counted from the smallest subnormal. */
static inline uint64_t
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

void
mlops_exact_sum_place(MlopsExactSum *sum, int64_t limbs[MLOPS_EXACT_SUM_LIMBS])
{
	memset(limbs, 0, MLOPS_EXACT_SUM_LIMBS * sizeof(int64_t));
	*sum = (MlopsExactSum){ .limbs = limbs, .n_limbs = MLOPS_EXACT_SUM_LIMBS };
}

/* Keep the digit of each limb, which is then not negative; what is above goes to the next, last to the spare. */
static void
pass_carries(MlopsExactSum *sum)
{
	for (int32_t i = 0; i + 1 < sum->n_limbs; i++)
	{
		int64_t digit = (int64_t) ((uint64_t) sum->limbs[i] & MLOPS_BIG_DIGIT_MASK);

		sum->limbs[i + 1] += (sum->limbs[i] - digit) / (INT64_C(1) << MLOPS_BIG_DIGIT_BITS);
		sum->limbs[i] = digit;
	}
	sum->n_pending = 0;
}

/* Make room for limbs at the places first .. last and a spare one above; rarely called. */
static bool
widen(MlopsExactSum *sum, int32_t first, int32_t last, const MlopsAllocator *allocator)
{
	int32_t top = sum->base + sum->n_limbs;
	int32_t new_base = first > SLACK ? first - SLACK : 0;
	int32_t new_top = last + 2 + SLACK;
	int64_t *limbs;

	if (sum->n_limbs > 0)
	{
		new_base = new_base < sum->base ? new_base : sum->base;
		new_top = new_top > top ? new_top : top;
	}
	limbs = mlops_alloc_zero(allocator, (size_t) (new_top - new_base), sizeof(int64_t));
	if (limbs == NULL)
		return false;
	if (sum->n_limbs > 0)
		memcpy(limbs + (sum->base - new_base), sum->limbs, (size_t) sum->n_limbs * sizeof(int64_t));
	mlops_free(allocator, sum->limbs);
	sum->limbs = limbs;
	sum->base = new_base;
	sum->n_limbs = new_top - new_base;
	return true;
}

/* Make the places first .. last ready for one more addition. */
static inline bool
prepare(MlopsExactSum *sum, int32_t first, int32_t last, const MlopsAllocator *allocator)
{
	if (first < sum->base || last + 1 >= sum->base + sum->n_limbs)
	{
		if (!widen(sum, first, last, allocator))
			return false;
	}
	if (sum->n_pending == PENDING_MAX)
		pass_carries(sum);
	sum->n_pending++;
	return true;
}

static inline bool
add_signed(MlopsExactSum *sum, double x, bool is_negative, const MlopsAllocator *allocator)
{
	int position;
	uint64_t mantissa = split_double(x, &position);
	int limb = position / MLOPS_BIG_DIGIT_BITS;
	int shift = position % MLOPS_BIG_DIGIT_BITS;
	int64_t low = (int64_t) ((mantissa << shift) & MLOPS_BIG_DIGIT_MASK);
	int64_t high = (int64_t) (mantissa >> (MLOPS_BIG_DIGIT_BITS - shift));
	int64_t *limbs;

	if (mantissa == 0)
		return true;
	if (!prepare(sum, limb, limb + 1, allocator))
		return false;
	limbs = sum->limbs + (limb - sum->base);
	limbs[0] += is_negative ? -low : low;
	limbs[1] += is_negative ? -high : high;
	return true;
}

bool
mlops_exact_sum_add(MlopsExactSum *sum, double x, const MlopsAllocator *allocator)
{
	return add_signed(sum, x, signbit(x) != 0, allocator);
}

bool
mlops_exact_sum_subtract(MlopsExactSum *sum, double x, const MlopsAllocator *allocator)
{
	return add_signed(sum, x, signbit(x) == 0, allocator);
}

MlopsProduct
mlops_product_of(double x)
{
	MlopsProduct product = { .n_words = 1, .is_negative = signbit(x) != 0 };

	product.words[0] = split_double(x, &product.position);
	return product;
}

MlopsProduct
mlops_product_of_int(int64_t x)
{
	return (MlopsProduct){ .words = { x < 0 ? -(uint64_t) x : (uint64_t) x },
						   .n_words = 1,
						   .is_negative = x < 0 };
}

MlopsProduct
mlops_product_multiply(const MlopsProduct *a, const MlopsProduct *b)
{
	MlopsProduct product = { .n_words = a->n_words + b->n_words,
							 .position = a->position + b->position,
							 .is_negative = a->is_negative != b->is_negative };

	if (product.n_words == 2)
	{
		MlopsUint128 word = (MlopsUint128) a->words[0] * b->words[0];

		product.words[0] = (uint64_t) word;
		product.words[1] = (uint64_t) (word >> 64);
		return product;
	}
	for (int32_t i = 0; i < a->n_words; i++)
	{
		uint64_t carry = 0;

		for (int32_t k = 0; k < b->n_words; k++)
		{
			MlopsUint128 word =
				(MlopsUint128) a->words[i] * b->words[k] + product.words[i + k] + carry;

			product.words[i + k] = (uint64_t) word;
			carry = (uint64_t) (word >> 64);
		}
		product.words[i + b->n_words] = carry;
	}
	return product;
}

/* Digits of a product shifted to the limbs of a sum; returns how many, without zeros at the top. */
static int32_t
product_digits(const MlopsProduct *product, int64_t digits[PRODUCT_DIGITS])
{
	int shift = product->position % MLOPS_BIG_DIGIT_BITS;
	uint64_t carry = 0;
	int32_t n_digits = 2 * product->n_words + 1;

	for (int32_t i = 0; i + 1 < n_digits; i++)
	{
		uint64_t digit =
			product->words[i / 2] >> (i % 2 * MLOPS_BIG_DIGIT_BITS) & MLOPS_BIG_DIGIT_MASK;

		carry |= digit << shift;
		digits[i] = (int64_t) (carry & MLOPS_BIG_DIGIT_MASK);
		carry >>= MLOPS_BIG_DIGIT_BITS;
	}
	digits[n_digits - 1] = (int64_t) carry;
	while (n_digits > 0 && digits[n_digits - 1] == 0)
		n_digits--;
	return n_digits;
}

void
mlops_product_get(const MlopsProduct *product, int32_t degree, MlopsBig *big)
{
	int64_t digits[PRODUCT_DIGITS];

	big->sign = product->is_negative ? -1 : 1;
	big->degree = degree;
	big->first = product->position / MLOPS_BIG_DIGIT_BITS;
	big->n_digits = product_digits(product, digits);
	for (int32_t i = 0; i < big->n_digits; i++)
		big->digits[i] = (uint32_t) digits[i];
	mlops_big_trim(big);
}

bool
mlops_exact_sum_add_product(MlopsExactSum *sum, const MlopsProduct *product, bool is_removed,
							const MlopsAllocator *allocator)
{
	int64_t digits[PRODUCT_DIGITS];
	int32_t n_digits = product_digits(product, digits);
	int32_t first = product->position / MLOPS_BIG_DIGIT_BITS;
	int64_t *limbs;

	if (n_digits == 0)
		return true;
	if (!prepare(sum, first, first + n_digits - 1, allocator))
		return false;
	limbs = sum->limbs + (first - sum->base);
	if (product->is_negative != is_removed)
	{
		for (int32_t i = 0; i < n_digits; i++)
			limbs[i] -= digits[i];
	}
	else
	{
		for (int32_t i = 0; i < n_digits; i++)
			limbs[i] += digits[i];
	}
	return true;
}

bool
mlops_exact_sum_merge(MlopsExactSum *sum, const MlopsExactSum *from,
					  const MlopsAllocator *allocator)
{
	MlopsBig big;

	mlops_exact_sum_get(from, 1, &big);
	if (big.n_digits == 0)
		return true;
	if (!prepare(sum, big.first, big.first + big.n_digits - 1, allocator))
		return false;
	for (int32_t i = 0; i < big.n_digits; i++)
		sum->limbs[big.first - sum->base + i] += big.sign * (int64_t) big.digits[i];
	return true;
}

void
mlops_exact_sum_get(const MlopsExactSum *sum, int32_t degree, MlopsBig *big)
{
	int64_t carry = 0;
	uint64_t borrow = 1;

	big->degree = degree;
	big->first = sum->base;
	big->n_digits = sum->n_limbs;
	for (int32_t i = 0; i < sum->n_limbs; i++)
	{
		int64_t limb = sum->limbs[i] + carry;

		big->digits[i] = (uint32_t) ((uint64_t) limb & MLOPS_BIG_DIGIT_MASK);
		carry = (limb - (int64_t) big->digits[i]) / (INT64_C(1) << MLOPS_BIG_DIGIT_BITS);
	}
	big->sign = carry < 0 ? -1 : 1;
	/* the complement of a negative one, whose carry of at most 64 bits is the top */
	for (int32_t i = 0; carry < 0 && i < sum->n_limbs; i++)
	{
		borrow += (uint32_t) ~big->digits[i];
		big->digits[i] = (uint32_t) borrow;
		borrow >>= MLOPS_BIG_DIGIT_BITS;
	}
	if (carry < 0)
		carry = (int64_t) (~(uint64_t) carry + borrow);
	for (; carry != 0; carry = (int64_t) ((uint64_t) carry >> MLOPS_BIG_DIGIT_BITS))
		big->digits[big->n_digits++] = (uint32_t) ((uint64_t) carry & MLOPS_BIG_DIGIT_MASK);
	mlops_big_trim(big);
}

bool
mlops_exact_sum_get_short(const MlopsExactSum *sum, int32_t degree, MlopsShort *total)
{
	const MlopsInt128 room = (MlopsInt128) 1 << 94;
	MlopsInt128 value = 0;
	int32_t first = 0;

	while (first < sum->n_limbs && sum->limbs[first] == 0)
		first++;
	for (int32_t i = sum->n_limbs - 1; i >= first; i--)
	{
		if (value >= room || value <= -room)
			return false;
		value = value * (INT64_C(1) << MLOPS_BIG_DIGIT_BITS) + sum->limbs[i];
	}
	*total = mlops_short_of(value, (sum->base + first) * MLOPS_BIG_DIGIT_BITS +
									   degree * MLOPS_BIG_UNIT_EXPONENT);
	return true;
}

bool
mlops_exact_sum_divide(const MlopsExactSum *sum, int64_t n, double *result)
{
	MlopsBig big, divisor;
	MlopsShort total;

	if (mlops_exact_sum_get_short(sum, 1, &total))
		return mlops_short_ratio(&total, (uint64_t) n, result);
	mlops_exact_sum_get(sum, 1, &big);
	mlops_big_set_int(&divisor, n);
	return mlops_big_ratio(&big, &divisor, result);
}

bool
mlops_exact_sum_round(const MlopsExactSum *sum, double *result)
{
	return mlops_exact_sum_divide(sum, 1, result);
}
