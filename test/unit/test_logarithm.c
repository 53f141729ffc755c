/*
 * The core's own logarithm: within 2 units in the last place of ln x for every
 * exponent that a double can have, and the same bits everywhere.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/logarithm.h"
#include "random_dataset.h"
#include "unit.h"

/* Distance of mlops_log(x) from ln x, in units in the last place of the result. */
static double
error_ulps(double x)
{
	long double exact = logl((long double) x);
	double rounded = (double) exact;
	double ulp = nextafter(fabs(rounded), INFINITY) - fabs(rounded);

	return (double) (fabsl((long double) mlops_log(x) - exact) / ulp);
}

/* Every exponent, subnormal ones too: both ends, the middle, where the reduction turns, random. */
static void
every_exponent_is_within_two_ulps(void)
{
	static const double MANTISSAS[] = {
		1.0,  1.0 + DBL_EPSILON, 1.25, 1.4142135623730949, 1.4142135623730951, 1.4142135623730954,
		1.75, 2.0 - DBL_EPSILON
	};
	uint64_t state = 7;

	for (int exponent = -1074; exponent <= 1023; exponent++)
	{
		for (size_t i = 0; i < sizeof(MANTISSAS) / sizeof(MANTISSAS[0]); i++)
			REQUIRE(error_ulps(ldexp(MANTISSAS[i], exponent)) <= 2.0);
		for (int i = 0; i < 50; i++)
		{
			double x =
				ldexp(1.0 + random_below(&state, UINT64_C(1) << 32) / 4294967296.0, exponent);

			REQUIRE(error_ulps(x) <= 2.0);
		}
	}
	REQUIRE(error_ulps(DBL_TRUE_MIN) <= 2.0);
	REQUIRE(error_ulps(DBL_MAX) <= 2.0);
}

/* Next to 1, where ln x is small and an absolute error would show. */
static void
numbers_near_one_are_within_two_ulps(void)
{
	double above = 1.0;
	double below = 1.0;

	for (int i = 0; i < 1000; i++)
	{
		above = nextafter(above, 2.0);
		below = nextafter(below, 0.0);
		REQUIRE(error_ulps(above) <= 2.0 && error_ulps(below) <= 2.0);
	}
	for (uint32_t n = 1; n <= 100000; n++)
		REQUIRE(error_ulps(n) <= 2.0);
	REQUIRE(mlops_log(1.0) == 0.0);
}

/* x ln x is 0 at 0 and at 1, negative between, and the product elsewhere. */
static void
xlogx_is_continued_by_zero(void)
{
	REQUIRE(mlops_xlogx(0.0) == 0.0);
	REQUIRE(mlops_xlogx(1.0) == 0.0);
	REQUIRE(mlops_xlogx(0.5) < 0.0);
	REQUIRE(mlops_xlogx(3.0) == 3.0 * mlops_log(3.0));
	REQUIRE(mlops_xlogx(DBL_TRUE_MIN) <= 0.0);
}

/* The same bits on every machine. */
static void
bits_are_frozen(void)
{
	static const struct
	{
		double x;
		uint64_t bits;
	} CASES[] = {
		{ 2.0, UINT64_C(0x3FE62E42FEFA39EF) },
		{ 3.0, UINT64_C(0x3FF193EA7AAD030A) }, /* ln 3 is nearer to ...0B */
		{ 10.0, UINT64_C(0x40026BB1BBB55516) },
		{ 0.1, UINT64_C(0xC0026BB1BBB55515) },
		{ 0x1.6A09E667F3BCCp-1, UINT64_C(0xBFD62E42FEFA39F1) },
		{ 0x1.6A09E667F3BCDp-1, UINT64_C(0xBFD62E42FEFA39EE) },
		{ 1.0 + DBL_EPSILON, UINT64_C(0x3CAFFFFFFFFFFFFF) },
		{ 1.0 - DBL_EPSILON / 2, UINT64_C(0xBCA0000000000000) },
		{ DBL_TRUE_MIN, UINT64_C(0xC0874385446D71C3) },
		{ DBL_MIN, UINT64_C(0xC086232BDD7ABCD2) },
		{ DBL_MAX, UINT64_C(0x40862E42FEFA39EF) },
		{ 1000000.0, UINT64_C(0x402BA18A998FFFA0) },
		{ 123456789.0, UINT64_C(0x4032A1A38BD0540A) },
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
	{
		double result = mlops_log(CASES[i].x);
		uint64_t bits;

		memcpy(&bits, &result, sizeof(bits));
		UNIT_CHECK_INT(bits, CASES[i].bits);
	}
}

int
main(void)
{
	UNIT_RUN(every_exponent_is_within_two_ulps);
	UNIT_RUN(numbers_near_one_are_within_two_ulps);
	UNIT_RUN(xlogx_is_continued_by_zero);
	UNIT_RUN(bits_are_frozen);
	return unit_end();
}
