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

/* Append.  Cost: amortised O(bytes). */
extern void mlops_buffer_put(MlopsBuffer *buffer, const void *bytes, size_t n);
extern void mlops_buffer_put_uint(MlopsBuffer *buffer, uint64_t value, int n_bytes);
extern void mlops_buffer_put_double(MlopsBuffer *buffer, double value);

/* Seven bits a byte, low first, bit 7 set on all but the last; value has two halves. */
extern void mlops_buffer_put_varint(MlopsBuffer *buffer, uint64_t value);
extern void mlops_buffer_put_varint128(MlopsBuffer *buffer, uint64_t low, uint64_t high);

/* Bytes that are left. */
static inline size_t
mlops_cursor_left(const MlopsCursor *cursor)
{
	return (size_t) (cursor->end - cursor->next);
}

/* n bytes in place, or NULL past the end. */
extern const uint8_t *mlops_cursor_get(MlopsCursor *cursor, size_t n);
extern uint64_t mlops_cursor_get_uint(MlopsCursor *cursor, int n_bytes);
extern double mlops_cursor_get_double(MlopsCursor *cursor);
extern uint64_t mlops_cursor_get_varint(MlopsCursor *cursor);
extern void mlops_cursor_get_varint128(MlopsCursor *cursor, uint64_t *low, uint64_t *high);

#endif
