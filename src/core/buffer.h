/*
 * Bytes written and bytes read, both with bounds.
 *
 * A buffer that ran out of memory and a cursor that ran past its end remember
 * it and do nothing more, so that callers check once at the end; a failed
 * cursor reads zeros.  Numbers are little-endian whatever the machine.
 */
#ifndef MLOPS_BUFFER_H
#define MLOPS_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"

typedef struct MlopsBuffer
{
	const MlopsAllocator *allocator;
	uint8_t *bytes; /* from the allocator */
	size_t n_bytes;
	size_t capacity;
	bool is_failed; /* no memory */
} MlopsBuffer;

typedef struct MlopsCursor
{
	const uint8_t *next;
	const uint8_t *end;
	bool is_failed; /* past the end, or a varint too long */
} MlopsCursor;

/* Make room for n more bytes; false, and for ever, when there is no memory. */
extern bool mlops_buffer_reserve(MlopsBuffer *buffer, size_t n);

/* Append.  Cost: amortised O(bytes). */
extern void mlops_buffer_put(MlopsBuffer *buffer, const void *bytes, size_t n);
extern void mlops_buffer_put_double(MlopsBuffer *buffer, double value);

/* The low n_bytes of a number.  Inline, as all that a state in a sliding frame does for each row. */
static inline void
mlops_buffer_put_uint(MlopsBuffer *buffer, uint64_t value, int n_bytes)
{
	uint8_t *bytes;

	if (buffer->capacity - buffer->n_bytes < sizeof(value) &&
		!mlops_buffer_reserve(buffer, sizeof(value)))
		return;
	bytes = buffer->bytes + buffer->n_bytes;
	/* written so, compilers make one store of it; bytes past n_bytes are overwritten by what comes next */
	bytes[0] = (uint8_t) value;
	bytes[1] = (uint8_t) (value >> 8);
	bytes[2] = (uint8_t) (value >> 16);
	bytes[3] = (uint8_t) (value >> 24);
	bytes[4] = (uint8_t) (value >> 32);
	bytes[5] = (uint8_t) (value >> 40);
	bytes[6] = (uint8_t) (value >> 48);
	bytes[7] = (uint8_t) (value >> 56);
	buffer->n_bytes += (size_t) n_bytes;
}

/* Seven bits a byte, low first, bit 7 set on all but the last; value has two halves. */
extern void mlops_buffer_put_varint128(MlopsBuffer *buffer, uint64_t low, uint64_t high);

/* Seven bits of a number below 2^56 into each byte, the highest bit of each 0: halves, then halves of these. */
static inline uint64_t
mlops_buffer_spread(uint64_t value)
{
	value = (value & 0x000000000FFFFFFF) | (value & 0x00FFFFFFF0000000) << 4;
	value = (value & 0x00003FFF00003FFF) | (value & 0x0FFFC0000FFFC000) << 2;
	return (value & 0x007F007F007F007F) | (value & 0x3F803F803F803F80) << 1;
}

static inline void
mlops_buffer_put_varint(MlopsBuffer *buffer, uint64_t value)
{
	if (value < 0x80)
		mlops_buffer_put_uint(buffer, value, 1);
	else if (value < 0x4000)
		mlops_buffer_put_uint(buffer, (value & 0x7F) | 0x80 | value >> 7 << 8, 2);
	else if (value < UINT64_C(1) << 56)
	{
		int n = (70 - __builtin_clzll(value)) / 7;

		mlops_buffer_put_uint(
			buffer,
			mlops_buffer_spread(value) | (0x0080808080808080 & (UINT64_MAX >> (72 - 8 * n))), n);
	}
	else
		mlops_buffer_put_varint128(buffer, value, 0);
}

/* Bytes that are left. */
static inline size_t
mlops_cursor_left(const MlopsCursor *cursor)
{
	return (size_t) (cursor->end - cursor->next);
}

/* n bytes in place, or NULL past the end. */
static inline const uint8_t *
mlops_cursor_get(MlopsCursor *cursor, size_t n)
{
	const uint8_t *here = cursor->next;

	if (cursor->is_failed || n > mlops_cursor_left(cursor))
	{
		cursor->is_failed = true;
		return NULL;
	}
	cursor->next += n;
	return here;
}

extern uint64_t mlops_cursor_get_uint(MlopsCursor *cursor, int n_bytes);
extern double mlops_cursor_get_double(MlopsCursor *cursor);
extern uint64_t mlops_cursor_get_long_varint(MlopsCursor *cursor);

static inline uint64_t
mlops_cursor_get_varint(MlopsCursor *cursor)
{
	/* most are of one byte */
	if (!cursor->is_failed && cursor->next < cursor->end && *cursor->next < 0x80)
		return *cursor->next++;
	return mlops_cursor_get_long_varint(cursor);
}

extern void mlops_cursor_get_varint128(MlopsCursor *cursor, uint64_t *low, uint64_t *high);

#endif
