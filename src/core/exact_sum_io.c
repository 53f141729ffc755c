/*
 * Exact sums as fields of a state.
 */
#include <stdio.h>
#include <string.h>

#include "core/exact_sum.h"

/* Digits of a sum of 2^63 values of degree 1, and of 2^63 products of two integers. */
#define DIGITS_PER_DEGREE 68
#define INTEGER_DIGITS	  8
/* Hexadecimal digits of a digit. */
#define NIBBLES 8
/* "-0x", the digits, "p-4296" and a NUL. */
#define TEXT_BYTES (3 + NIBBLES * MLOPS_BIG_DIGITS + 8)

static int32_t
place_limit(int32_t degree)
{
	return degree == 0 ? INTEGER_DIGITS : degree * DIGITS_PER_DEGREE;
}

/* The digits of a number, shifted down so that the integer is odd; returns the bits of the shift. */
static int
copy_odd(const MlopsBig *big, uint32_t *digits)
{
	int shift = __builtin_ctz(big->digits[0]);

	for (int32_t i = 0; i < big->n_digits; i++)
	{
		uint64_t pair = big->digits[i];

		if (i + 1 < big->n_digits)
			pair |= (uint64_t) big->digits[i + 1] << MLOPS_BIG_DIGIT_BITS;
		digits[i] = (uint32_t) (pair >> shift);
	}
	return shift;
}

/* The number as odd hexadecimal integer and binary exponent; returns its length. */
static size_t
print_big(const MlopsBig *big, char *text)
{
	uint32_t digits[MLOPS_BIG_DIGITS];
	int32_t top = big->n_digits - 1;
	int exponent = MLOPS_BIG_DIGIT_BITS * big->first + MLOPS_BIG_UNIT_EXPONENT * big->degree;
	int n;

	if (big->n_digits < 1)
		return (size_t) snprintf(text, TEXT_BYTES, "0x0p0");
	exponent += copy_odd(big, digits);
	if (top > 0 && digits[top] == 0)
		top--;
	n = snprintf(text, TEXT_BYTES, "%s0x%x", big->sign < 0 ? "-" : "", digits[top]);
	for (int32_t i = top - 1; i >= 0; i--)
		n += snprintf(text + n, TEXT_BYTES - (size_t) n, "%08x", digits[i]);
	n += snprintf(text + n, TEXT_BYTES - (size_t) n, "p%d", exponent);
	return (size_t) n;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The digits between "0x" and "p"; false if there are none or too many. */
static bool
scan_digits(const char **text, const char *end, MlopsBig *big)
{
	const char *first = *text;
	const char *last;

	while (first < end && *first == '0')
		first++;
	for (last = first; last < end && nibble(*last) >= 0; last++)
		;
	if (last == *text || last - first > (ptrdiff_t) NIBBLES * MLOPS_BIG_DIGITS)
		return false;
	*text = last;
	big->n_digits = (int32_t) ((last - first + NIBBLES - 1) / NIBBLES);
	memset(big->digits, 0, (size_t) big->n_digits * sizeof(uint32_t));
	for (int32_t i = 0; last > first; i++)
		big->digits[i / NIBBLES] |= (uint32_t) nibble(*--last) << (i % NIBBLES * 4);
	return true;
}

/* The exponent up to the end, of at most five figures. */
static bool
scan_exponent(const char *text, const char *end, int *exponent)
{
	bool is_negative = text < end && *text == '-';

	if (is_negative)
		text++;
	if (text >= end || end - text > 5)
		return false;
	for (*exponent = 0; text < end; text++)
	{
		if (*text < '0' || *text > '9')
			return false;
		*exponent = *exponent * 10 + (*text - '0');
	}
	if (is_negative)
		*exponent = -*exponent;
	return true;
}

/* Move the digits up, by less than a digit; false if there is no room. */
static bool
shift_up(MlopsBig *big, int n_bits)
{
	uint64_t carry = 0;

	if (big->n_digits == MLOPS_BIG_DIGITS)
		return false;
	for (int32_t i = 0; i < big->n_digits; i++)
	{
		carry |= (uint64_t) big->digits[i] << n_bits;
		big->digits[i] = (uint32_t) carry;
		carry >>= MLOPS_BIG_DIGIT_BITS;
	}
	big->digits[big->n_digits++] = (uint32_t) carry;
	return true;
}

/* What print_big wrote, or the same number with another exponent. */
static bool
scan_big(const char *text, size_t n, int32_t degree, MlopsBig *big)
{
	const char *end = text + n;
	int exponent;

	big->degree = degree;
	big->sign = n > 0 && *text == '-' ? -1 : 1;
	text += big->sign < 0;
	if (end - text < 2 || memcmp(text, "0x", 2) != 0)
		return false;
	text += 2;
	if (!scan_digits(&text, end, big) || text >= end || *text != 'p' ||
		!scan_exponent(text + 1, end, &exponent))
		return false;
	exponent -= MLOPS_BIG_UNIT_EXPONENT * degree;
	if (big->n_digits > 0 && (exponent < 0 || !shift_up(big, exponent % MLOPS_BIG_DIGIT_BITS)))
		return false;
	big->first = exponent / MLOPS_BIG_DIGIT_BITS;
	mlops_big_trim(big);
	return true;
}

static void
read_text(MlopsStateIo *io, const char *name, int32_t degree, MlopsBig *big)
{
	uint8_t *bytes;
	size_t n;

	mlops_io_bytes(io, name, &bytes, &n);
	if (!mlops_io_failed(io) && !scan_big((const char *) bytes, n, degree, big))
		mlops_io_fail(
			io, MLOPS_STATUS_CORRUPT,
			"%s \"%.40s\" must be a hexadecimal integer and a binary exponent as in \"0x3p-4\", not below that of its "
			"smallest unit",
			name == NULL ? "a sum" : name, (const char *) bytes);
	mlops_free(io->allocator, bytes);
}

static void
read_bytes(MlopsStateIo *io, MlopsBig *big)
{
	int64_t n_signed = 0, first = 0;
	uint32_t lowest = 0, highest = 0;
	const uint8_t *bytes;

	mlops_io_int(io, NULL, &n_signed, -MLOPS_BIG_DIGITS, MLOPS_BIG_DIGITS);
	if (n_signed == 0)
		return;
	mlops_io_int(io, NULL, &first, 0, MLOPS_BIG_DIGITS);
	big->sign = n_signed < 0 ? -1 : 1;
	big->n_digits = (int32_t) (n_signed < 0 ? -n_signed : n_signed);
	big->first = (int32_t) first;
	bytes = mlops_io_failed(io) ? NULL : mlops_cursor_get(&io->cursor, (size_t) big->n_digits * 4);
	if (bytes == NULL)
	{
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "it ends within a sum");
		big->n_digits = 0;
		return;
	}
	for (int32_t i = 0; i < big->n_digits; i++, bytes += 4)
	{
		highest = (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 |
				  (uint32_t) bytes[3] << 24;
		big->digits[i] = highest;
		if (i == 0)
			lowest = highest;
	}
	if (lowest == 0 || highest == 0)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "the outer digits of a sum must not be 0");
}

static void
read_sum(MlopsStateIo *io, const char *name, MlopsExactSum *sum, int32_t degree)
{
	MlopsBig big; /* its digits are not cleared: this runs for each sum that is read */
	size_t n_limbs;

	*sum = (MlopsExactSum){ 0 };
	big.n_digits = 0;
	big.first = 0;
	if (io->mode == MLOPS_IO_READ_TEXT)
		read_text(io, name, degree, &big);
	else
		read_bytes(io, &big);
	if (mlops_io_failed(io) || big.n_digits == 0)
		return;
	if (big.first < 0 || big.first + big.n_digits > place_limit(degree))
	{
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a sum of degree %d is out of range", degree);
		return;
	}
	/* and a spare limb */
	n_limbs = (size_t) big.n_digits + 1;
	sum->limbs = mlops_alloc_zero(io->allocator, n_limbs, sizeof(int64_t));
	if (sum->limbs == NULL)
	{
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
		return;
	}
	sum->base = big.first;
	sum->n_limbs = (int32_t) n_limbs;
	for (int32_t i = 0; i < big.n_digits; i++)
		sum->limbs[i] = big.sign * (int64_t) big.digits[i];
}

static void
write_bytes(MlopsStateIo *io, const MlopsBig *big)
{
	int64_t n_signed = big->sign < 0 ? -big->n_digits : big->n_digits;
	int64_t first = big->first;

	mlops_io_int(io, NULL, &n_signed, n_signed, n_signed);
	if (n_signed == 0)
		return;
	mlops_io_int(io, NULL, &first, first, first);
	for (int32_t i = 0; i < big->n_digits; i++)
		mlops_buffer_put_uint(io->buffer, big->digits[i], 4);
}

static void
write_text(MlopsStateIo *io, const char *name, const MlopsBig *big)
{
	char text[TEXT_BYTES];
	uint8_t *bytes = (uint8_t *) text;
	size_t n = print_big(big, text);

	mlops_io_bytes(io, name, &bytes, &n);
}

void
mlops_io_sum(MlopsStateIo *io, const char *name, MlopsExactSum *sum, int32_t degree)
{
	MlopsBig big;

	if (mlops_io_is_reading(io))
	{
		read_sum(io, name, sum, degree);
		return;
	}
	mlops_exact_sum_get(sum, degree, &big);
	if (io->mode == MLOPS_IO_WRITE_BYTES)
		write_bytes(io, &big);
	else
		write_text(io, name, &big);
}
