/*
 * Bytes written and bytes read, both with bounds.
 */
#include <string.h>

#include "core/buffer.h"

__extension__ typedef unsigned __int128 Uint128;

bool
mlops_buffer_reserve(MlopsBuffer *buffer, size_t n)
{
	if (buffer->is_failed)
		return false;
	if (buffer->capacity - buffer->n_bytes < n &&
		!mlops_array_reserve(buffer->allocator, (void **) &buffer->bytes, &buffer->capacity,
							 buffer->n_bytes + n, 1))
		buffer->is_failed = true;
	return !buffer->is_failed;
}

void
mlops_buffer_put(MlopsBuffer *buffer, const void *bytes, size_t n)
{
	if (n == 0 || !mlops_buffer_reserve(buffer, n))
		return;
	memcpy(buffer->bytes + buffer->n_bytes, bytes, n);
	buffer->n_bytes += n;
}

void
mlops_buffer_put_double(MlopsBuffer *buffer, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	mlops_buffer_put_uint(buffer, bits, 8);
}

void
mlops_buffer_put_varint128(MlopsBuffer *buffer, uint64_t low, uint64_t high)
{
	Uint128 value = ((Uint128) high << 64) | low;
	uint8_t bytes[19];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t) ((uint8_t) value | 0x80);
	bytes[n++] = (uint8_t) value;
	mlops_buffer_put(buffer, bytes, n);
}

uint64_t
mlops_cursor_get_uint(MlopsCursor *cursor, int n_bytes)
{
	const uint8_t *bytes = mlops_cursor_get(cursor, (size_t) n_bytes);
	uint64_t value = 0;

	for (int i = 0; bytes != NULL && i < n_bytes; i++)
		value |= (uint64_t) bytes[i] << (8 * i);
	return value;
}

double
mlops_cursor_get_double(MlopsCursor *cursor)
{
	const uint8_t *b = mlops_cursor_get(cursor, 8);
	uint64_t bits;
	double value;

	if (b == NULL)
		return 0;
	/* written so, compilers make one load of it */
	bits = (uint64_t) b[0] | (uint64_t) b[1] << 8 | (uint64_t) b[2] << 16 | (uint64_t) b[3] << 24 |
		   (uint64_t) b[4] << 32 | (uint64_t) b[5] << 40 | (uint64_t) b[6] << 48 |
		   (uint64_t) b[7] << 56;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* A varint of at most max_bits bits whose last byte is not a needless zero. */
static Uint128
get_varint(MlopsCursor *cursor, int max_bits)
{
	Uint128 value = 0;

	for (int shift = 0;; shift += 7)
	{
		const uint8_t *byte = mlops_cursor_get(cursor, 1);

		if (byte == NULL)
			return 0;
		if (shift >= max_bits || (shift > max_bits - 7 && *byte >> (max_bits - shift) != 0) ||
			(*byte == 0 && shift > 0))
		{
			cursor->is_failed = true;
			return 0;
		}
		value |= (Uint128) (*byte & 0x7F) << shift;
		if (*byte < 0x80)
			return value;
	}
}

uint64_t
mlops_cursor_get_long_varint(MlopsCursor *cursor)
{
	return (uint64_t) get_varint(cursor, 64);
}

void
mlops_cursor_get_varint128(MlopsCursor *cursor, uint64_t *low, uint64_t *high)
{
	Uint128 value = get_varint(cursor, 128);

	*low = (uint64_t) value;
	*high = (uint64_t) (value >> 64);
}
