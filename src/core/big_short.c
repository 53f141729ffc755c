/*
 * Exact numbers of up to 127 bits.
 */
#include "core/big.h"

#define SHORT_BITS 127

static int
n_trailing_zeros128(MlopsUint128 x)
{
	uint64_t low = (uint64_t) x;

	return low != 0 ? __builtin_ctzll(low) : 64 + __builtin_ctzll((uint64_t) (x >> 64));
}

/* magnitude may end in zeros. */
static MlopsShort
make_short(int32_t sign, MlopsUint128 magnitude, int exponent)
{
	int n_zeros;

	if (magnitude == 0)
		return (MlopsShort){ .sign = 0 };
	n_zeros = n_trailing_zeros128(magnitude);
	return (MlopsShort){ .magnitude = magnitude >> n_zeros,
						 .sign = sign,
						 .exponent = exponent + n_zeros };
}

MlopsShort
mlops_short_of(MlopsInt128 value, int exponent)
{
	return value < 0 ? make_short(-1, -(MlopsUint128) value, exponent) :
					   make_short(1, (MlopsUint128) value, exponent);
}

bool
mlops_short_multiply(const MlopsShort *a, const MlopsShort *b, MlopsShort *product)
{
	if (mlops_bit_length128(a->magnitude) + mlops_bit_length128(b->magnitude) > SHORT_BITS)
		return false;
	/* a product of odd numbers is odd */
	*product = (MlopsShort){ .magnitude = a->magnitude * b->magnitude,
							 .sign = a->sign * b->sign,
							 .exponent = a->exponent + b->exponent };
	return true;
}

/* magnitude * 2^exponent with a lower exponent; false: above 127 bits. */
static bool
lower_exponent(const MlopsShort *a, int32_t exponent, MlopsUint128 *magnitude)
{
	int32_t shift = a->exponent - exponent;

	if (shift > SHORT_BITS - mlops_bit_length128(a->magnitude))
		return false;
	*magnitude = a->magnitude << shift;
	return true;
}

bool
mlops_short_subtract(const MlopsShort *a, const MlopsShort *b, MlopsShort *difference)
{
	int32_t exponent = a->exponent < b->exponent ? a->exponent : b->exponent;
	MlopsUint128 from, taken;

	if (a->sign < 0 || b->sign < 0 || !lower_exponent(a, exponent, &from) ||
		!lower_exponent(b, exponent, &taken) || from < taken)
		return false;
	*difference = make_short(1, from - taken, exponent);
	return true;
}
