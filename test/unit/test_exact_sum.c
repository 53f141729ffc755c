/*
 * An exact sum is rounded once: it equals integer arithmetic where that has enough bits, does not
 * depend on the order, and removing what was added leaves the empty sum, bit for bit.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/exact_sum.h"
#include "core/rng.h"

#include "plain_alloc.h"
#include "unit.h"

__extension__ typedef __int128 Wide;

static const MlopsExactSum empty_sum;

static MlopsExactSum
sum_of(const double *values, int n)
{
	MlopsExactSum sum = empty_sum;

	for (int i = 0; i < n; i++)
		UNIT_CHECK(mlops_exact_sum_add(&sum, values[i], &plain_allocator));
	return sum;
}

static double
rounded(const double *values, int n)
{
	MlopsExactSum sum = sum_of(values, n);
	double result = NAN;

	UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
	free(sum.limbs);
	return result;
}

static double
average(const double *values, int n)
{
	MlopsExactSum sum = sum_of(values, n);
	double result = NAN;

	UNIT_CHECK(mlops_exact_sum_divide(&sum, n, &result));
	free(sum.limbs);
	return result;
}

#define COUNT(values) ((int) (sizeof(values) / sizeof((values)[0])))

static void
cancellation_loses_nothing(void)
{
	const double huge[] = { 1e308, 1, 1e308, -1e308, -1e308 };
	const double spread[] = { 1e100, 1, -1e100, 1e-300, -1 };
	const double zero[] = { 0.1, -0.1, -0.0 };

	UNIT_CHECK_NEAR(rounded(huge, COUNT(huge)), 1, 0);
	UNIT_CHECK_NEAR(rounded(spread, COUNT(spread)), 1e-300, 0);
	UNIT_CHECK_NEAR(rounded(zero, COUNT(zero)), 0, 0);
	UNIT_CHECK(!signbit(rounded(zero, COUNT(zero))));
}

static void
ties_go_to_even_unless_a_bit_is_below(void)
{
	const double half = ldexp(1, -53);
	const double even[] = { 1, half };
	const double odd[] = { 1, 2 * half, half };
	const double above[] = { 1, half, DBL_TRUE_MIN };
	const double below[] = { 1, half, -DBL_TRUE_MIN };
	const double negative[] = { -1, -half, -DBL_TRUE_MIN };

	UNIT_CHECK_NEAR(rounded(even, COUNT(even)), 1, 0);
	UNIT_CHECK_NEAR(rounded(odd, COUNT(odd)), 1 + 4 * half, 0);
	UNIT_CHECK_NEAR(rounded(above, COUNT(above)), 1 + 2 * half, 0);
	UNIT_CHECK_NEAR(rounded(below, COUNT(below)), 1, 0);
	UNIT_CHECK_NEAR(rounded(negative, COUNT(negative)), -1 - 2 * half, 0);
}

static void
subnormals_are_exact(void)
{
	const double values[] = { DBL_TRUE_MIN, DBL_TRUE_MIN, DBL_MIN };
	const double thirds[] = { DBL_TRUE_MIN, 0, 0 };
	const double halves[] = { DBL_TRUE_MIN, 0 };
	const double three_halves[] = { 3 * DBL_TRUE_MIN, 0 };

	UNIT_CHECK_NEAR(rounded(values, COUNT(values)), DBL_MIN + 2 * DBL_TRUE_MIN, 0);
	UNIT_CHECK_NEAR(average(thirds, COUNT(thirds)), 0, 0);
	UNIT_CHECK_NEAR(average(halves, COUNT(halves)), 0, 0);
	UNIT_CHECK_NEAR(average(three_halves, COUNT(three_halves)), 2 * DBL_TRUE_MIN, 0);
}

static void
only_a_result_outside_of_double_fails(void)
{
	const double above[] = { DBL_MAX, DBL_MAX, -DBL_MAX };
	const double ulp = ldexp(1, 971);
	MlopsExactSum sum = empty_sum;
	double result = 7;

	UNIT_CHECK_NEAR(rounded(above, COUNT(above)), DBL_MAX, 0);
	UNIT_CHECK_NEAR(average(above, 2), DBL_MAX, 0);
	UNIT_CHECK(mlops_exact_sum_add(&sum, DBL_MAX, &plain_allocator));
	UNIT_CHECK(mlops_exact_sum_add(&sum, ulp / 4, &plain_allocator));
	UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK_NEAR(result, DBL_MAX, 0);
	UNIT_CHECK(mlops_exact_sum_add(&sum, ulp / 4, &plain_allocator));
	result = 7;
	UNIT_CHECK(!mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK_NEAR(result, 7, 0);
	UNIT_CHECK(mlops_exact_sum_divide(&sum, 2, &result));
	free(sum.limbs);
}

/* An average is not the rounded sum divided. */
static void
an_average_is_rounded_once(void)
{
	const double values[] = { 102.283361, 136.602049, 114.733694, 103.539050 };
	const double published[] = { 107.07612254863264, 102.58733003715705, 154.74866156248083 };

	UNIT_CHECK_NEAR(average(values, 1), 102.283361, 0);
	UNIT_CHECK_NEAR(average(published, 2), 104.83172629289484, 0);
	UNIT_CHECK_NEAR(average(published, 3), 121.47070471609017, 0);
}

/* Value of n bits with its lowest bit at 2^exponent, and the same as an integer times 2^-60. */
static double
random_value(MlopsRng *rng, Wide *scaled)
{
	int64_t mantissa = (int64_t) (mlops_rng_next(rng) >> 11);
	int shift = (int) mlops_rng_below(rng, 40);

	if ((mlops_rng_next(rng) & 1) != 0)
		mantissa = -mantissa;
	*scaled = (Wide) mantissa * ((Wide) 1 << shift);
	return ldexp((double) mantissa, shift - 60);
}

/* Round num / den half to even at 53 bits by shifting; num below 2^110. */
static double
divide_wide(Wide num, Wide den)
{
	bool is_negative = num < 0;
	int shift = 0;
	Wide quotient;
	Wide rest;

	num = is_negative ? -num : num;
	if (num == 0)
		return 0;
	while (num / den >= (Wide) 1 << 53)
	{
		den *= 2;
		shift++;
	}
	while (num / den < (Wide) 1 << 52)
	{
		num *= 2;
		shift--;
	}
	quotient = num / den;
	rest = num % den;
	if (2 * rest > den || (2 * rest == den && (quotient & 1) != 0))
		quotient++;
	return ldexp((double) (int64_t) quotient, shift - 60) * (is_negative ? -1 : 1);
}

static void
random_sums_equal_integers(void)
{
	MlopsRng rng;

	rng = mlops_rng_stream(11, 0);
	for (int round = 0; round < 20000; round++)
	{
		MlopsExactSum sum = empty_sum;
		int n = 1 + (int) mlops_rng_below(&rng, 40);
		Wide total = 0;
		double result = NAN;

		for (int i = 0; i < n; i++)
		{
			Wide scaled;

			UNIT_CHECK(mlops_exact_sum_add(&sum, random_value(&rng, &scaled), &plain_allocator));
			total += scaled;
		}
		UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
		if (!UNIT_CHECK_NEAR(result, divide_wide(total, 1), 0))
			return;
		UNIT_CHECK(mlops_exact_sum_divide(&sum, n, &result));
		free(sum.limbs);
		if (!UNIT_CHECK_NEAR(result, divide_wide(total, n), 0))
			return;
	}
}

/* A bit far below takes the sum out of 127 bits; between ties, which are rare, it changes nothing. */
static void
long_sums_round_like_short_ones(void)
{
	int n_equal = 0;
	MlopsRng rng;

	rng = mlops_rng_stream(13, 0);
	for (int round = 0; round < 2000; round++)
	{
		MlopsExactSum sum = empty_sum;
		int64_t n = 1 + (int64_t) mlops_rng_below(&rng, 1000000);
		double result = NAN;
		double longer = NAN;
		Wide scaled;

		for (int i = 0; i < 3; i++)
			UNIT_CHECK(mlops_exact_sum_add(&sum, random_value(&rng, &scaled), &plain_allocator));
		UNIT_CHECK(mlops_exact_sum_divide(&sum, n, &result));
		UNIT_CHECK(mlops_exact_sum_add(&sum, ldexp(1, -900), &plain_allocator));
		UNIT_CHECK(mlops_exact_sum_divide(&sum, n, &longer));
		n_equal += longer == result;
		free(sum.limbs);
	}
	UNIT_CHECK(n_equal > 1980);
}

/* Any bits of a finite double. */
static double
random_double(MlopsRng *rng)
{
	double value;

	do
	{
		uint64_t bits = mlops_rng_next(rng);

		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value));
	return value;
}

static void
shuffle(MlopsRng *rng, double *values, int n)
{
	for (int i = n - 1; i > 0; i--)
	{
		int other = (int) mlops_rng_below(rng, (uint32_t) i + 1);
		double kept = values[i];

		values[i] = values[other];
		values[other] = kept;
	}
}

/* The bytes that equal sums share. */
static MlopsBuffer
bytes_of(MlopsExactSum *sum)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, false, &buffer);
	mlops_io_sum(&io, "sum", sum, 1);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

/* Both sums have the same bytes. */
static bool
same_bytes(MlopsExactSum *a, MlopsExactSum *b)
{
	MlopsBuffer x = bytes_of(a);
	MlopsBuffer y = bytes_of(b);
	bool is_same = x.n_bytes == y.n_bytes && memcmp(x.bytes, y.bytes, x.n_bytes) == 0;

	free(x.bytes);
	free(y.bytes);
	return is_same;
}

/* 5,000 values pass the 2,047 additions between carries. */
static void
order_does_not_matter_and_removal_restores(void)
{
	enum
	{
		N = 5000,
		N_ROUNDS = 40
	};
	static double values[N];
	MlopsRng rng;

	rng = mlops_rng_stream(12, 0);
	for (int round = 0; round < N_ROUNDS; round++)
	{
		MlopsExactSum first;
		MlopsExactSum second;

		for (int i = 0; i < N; i++)
			values[i] = random_double(&rng) * (round % 2 == 0 ? 1 : 1e-300);
		first = sum_of(values, N);
		shuffle(&rng, values, N);
		second = sum_of(values, N);
		UNIT_CHECK(same_bytes(&first, &second));
		shuffle(&rng, values, N);
		for (int i = 0; i < N; i++)
			UNIT_CHECK(mlops_exact_sum_subtract(&first, values[i], &plain_allocator));
		second = (free(second.limbs), empty_sum);
		UNIT_CHECK(same_bytes(&first, &second));
		free(first.limbs);
	}
}

static void
ten_million_of_the_largest_do_not_overflow(void)
{
	MlopsExactSum sum = empty_sum;
	double result = NAN;

	for (int i = 0; i < 10000000; i++)
		UNIT_CHECK(mlops_exact_sum_add(&sum, -DBL_MAX, &plain_allocator));
	UNIT_CHECK(!mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK(mlops_exact_sum_divide(&sum, 10000000, &result));
	UNIT_CHECK_NEAR(result, -DBL_MAX, 0);
	free(sum.limbs);
}

/* Add x^degree, or take it away. */
static void
add_power(MlopsExactSum *sum, double x, int degree, bool is_removed)
{
	MlopsProduct factor = mlops_product_of(x);
	MlopsProduct power = factor;

	for (int i = 1; i < degree; i++)
		power = mlops_product_multiply(&power, &factor);
	UNIT_CHECK(mlops_exact_sum_add_product(sum, &power, is_removed, &plain_allocator));
}

/* Sums of powers of small integers are integers. */
static void
products_equal_integers(void)
{
	MlopsRng rng = mlops_rng_stream(13, 0);

	for (int round = 0; round < 2000; round++)
	{
		int degree = 1 + round % 4;
		MlopsExactSum sum = empty_sum;
		int64_t total = 0;
		MlopsBig big, unit;
		double result = NAN;

		for (int i = 0; i < 30; i++)
		{
			int64_t x = (int64_t) mlops_rng_below(&rng, 2000) - 1000;
			int64_t power = 1;

			for (int k = 0; k < degree; k++)
				power *= x;
			total += i % 3 == 2 ? -power : power;
			add_power(&sum, (double) x, degree, i % 3 == 2);
		}
		mlops_exact_sum_get(&sum, degree, &big);
		mlops_big_set_int(&unit, 1);
		UNIT_CHECK(mlops_big_ratio(&big, &unit, &result));
		UNIT_CHECK_NEAR(result, (double) total, 0);
		free(sum.limbs);
	}
}

/* Two parts added are the whole, whatever their magnitudes. */
static void
merged_parts_are_the_whole(void)
{
	MlopsRng rng = mlops_rng_stream(14, 0);

	for (int round = 0; round < 2000; round++)
	{
		MlopsExactSum parts[2] = { empty_sum, empty_sum };
		MlopsExactSum whole = empty_sum;

		for (int i = 0; i < 20; i++)
		{
			double x = random_double(&rng);

			UNIT_CHECK(mlops_exact_sum_add(&parts[i % 2], x, &plain_allocator));
			UNIT_CHECK(mlops_exact_sum_add(&whole, x, &plain_allocator));
		}
		UNIT_CHECK(mlops_exact_sum_merge(&parts[0], &parts[1], &plain_allocator));
		UNIT_CHECK(same_bytes(&parts[0], &whole));
		free(parts[0].limbs);
		free(parts[1].limbs);
		free(whole.limbs);
	}
}

static MlopsStatus
read_back(const MlopsBuffer *buffer, bool is_text, int32_t degree, MlopsExactSum *sum)
{
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, buffer->bytes, buffer->n_bytes, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_io_sum(&io, "sum", sum, degree);
	return mlops_io_object_end(&io);
}

/* Bytes and text give the sum back, and it goes on from there. */
static void
sums_come_back(void)
{
	MlopsRng rng = mlops_rng_stream(15, 0);

	for (int round = 0; round < 4000; round++)
	{
		int degree = 1 + round % 4;
		bool is_text = round / 4 % 2 != 0;
		MlopsBuffer buffer = { .allocator = &plain_allocator };
		MlopsExactSum sum = empty_sum;
		MlopsExactSum again;
		MlopsStateIo io;

		for (int i = round % 5; i > 0; i--)
			add_power(&sum, random_double(&rng), degree, false);
		mlops_io_begin_write(&io, is_text, &buffer);
		mlops_io_object_begin(&io);
		mlops_io_sum(&io, "sum", &sum, degree);
		UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
		UNIT_CHECK_INT(read_back(&buffer, is_text, degree, &again), MLOPS_STATUS_OK);
		add_power(&sum, 3, degree, false);
		add_power(&again, 3, degree, false);
		UNIT_CHECK(same_bytes(&sum, &again));
		free(sum.limbs);
		free(again.limbs);
		free(buffer.bytes);
	}
}

static void
text_of_a_sum_is_a_hexadecimal_integer(void)
{
	static const char *const wrong[] = { "{\"sum\":\"\"}",		  "{\"sum\":\"0x\"}",
										 "{\"sum\":\"0xp0\"}",	  "{\"sum\":\"0x1p-1075\"}",
										 "{\"sum\":\"0x1\"}",	  "{\"sum\":\"0x1p-1106\"}",
										 "{\"sum\":\"1p-1074\"}", "{\"sum\":\"0x1p99999\"}",
										 "{\"sum\":1}",			  "{\"sum\":\"0x1p-1074 \"}" };
	static const char right[] = "{\"sum\":\"-0x3p-1074\"}";
	static const char other[] = "{\"sum\":\"0x0180p-7\"}";
	MlopsBuffer text = { .bytes = (uint8_t *) right, .n_bytes = sizeof(right) - 1 };
	MlopsBuffer shifted = { .bytes = (uint8_t *) other, .n_bytes = sizeof(other) - 1 };
	MlopsExactSum sum;
	double result = NAN;

	UNIT_CHECK_INT(read_back(&text, true, 1, &sum), MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK_NEAR(result, -3 * DBL_TRUE_MIN, 0);
	free(sum.limbs);
	/* any exponent will do: 0x180 * 2^-7 = 3 */
	UNIT_CHECK_INT(read_back(&shifted, true, 1, &sum), MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_exact_sum_round(&sum, &result));
	UNIT_CHECK_NEAR(result, 3, 0);
	free(sum.limbs);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		text = (MlopsBuffer){ .bytes = (uint8_t *) wrong[i], .n_bytes = strlen(wrong[i]) };
		UNIT_CHECK_INT(read_back(&text, true, 1, &sum), MLOPS_STATUS_CORRUPT);
	}
}

int
main(void)
{
	UNIT_RUN(cancellation_loses_nothing);
	UNIT_RUN(ties_go_to_even_unless_a_bit_is_below);
	UNIT_RUN(subnormals_are_exact);
	UNIT_RUN(only_a_result_outside_of_double_fails);
	UNIT_RUN(an_average_is_rounded_once);
	UNIT_RUN(random_sums_equal_integers);
	UNIT_RUN(long_sums_round_like_short_ones);
	UNIT_RUN(order_does_not_matter_and_removal_restores);
	UNIT_RUN(ten_million_of_the_largest_do_not_overflow);
	UNIT_RUN(products_equal_integers);
	UNIT_RUN(merged_parts_are_the_whole);
	UNIT_RUN(sums_come_back);
	UNIT_RUN(text_of_a_sum_is_a_hexadecimal_integer);
	return unit_end();
}
