/*
 * Fields of an aggregate's state, written and read one by one.
 *
 * A state core describes its fields once, as a list of calls; the same list
 * writes bytes, reads bytes, writes text and reads text:
 *
 *	static void
 *	transfer(void *state, MlopsStateIo *io)
 *	{
 *		Tally *tally = state;
 *
 *		mlops_io_int(io, "n", &tally->n, 0, INT64_MAX);
 *		mlops_io_list_begin(io, "cells", &tally->n_cells);
 *		if (mlops_io_is_reading(io))
 *			... make room for n_cells, fail with MLOPS_STATUS_NOMEM
 *		for (size_t i = 0; i < tally->n_cells; i++)
 *			mlops_io_int(io, NULL, &tally->cells[i], 0, INT64_MAX);
 *		mlops_io_list_end(io);
 *	}
 *
 * Bytes: numbers as varints or eight bytes, little-endian, no names.  Text: a
 * JSON object whose keys come in the order of the calls.  What is read is
 * untrusted: each count and length is compared with the bytes that are left
 * before anything is allocated.  The first failure stays and all calls after it
 * do nothing (reading gives zeros and empty lists), so that a core checks once.
 */
#ifndef MLOPS_STATE_IO_H
#define MLOPS_STATE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/memory.h"
#include "core/status.h"

typedef enum MlopsIoMode
{
	MLOPS_IO_WRITE_BYTES,
	MLOPS_IO_READ_BYTES,
	MLOPS_IO_WRITE_TEXT,
	MLOPS_IO_READ_TEXT,
} MlopsIoMode;

typedef struct MlopsStateIo
{
	MlopsIoMode mode;
	const MlopsAllocator *allocator; /* of what reading makes */
	MlopsBuffer *buffer;			 /* written to */
	MlopsCursor cursor;				 /* read from */
	bool needs_comma;				 /* text: something stands before in this object or list */
	MlopsStatus status;				 /* the first failure */
	MlopsReason reason;
	const MlopsCancel *cancel; /* asked in long lists; NULL until somebody sets it behind begin */
	uint64_t n_groups;		   /* begun */
} MlopsStateIo;

/* Begin to write to a buffer that is empty, or to read n bytes, which must stay. */
extern void mlops_io_begin_write(MlopsStateIo *io, bool is_text, MlopsBuffer *buffer);
extern void mlops_io_begin_read(MlopsStateIo *io, bool is_text, const void *bytes, size_t n,
								const MlopsAllocator *allocator);

/* Braces around the fields of a state; end also refuses what is left over.  Returns the status. */
extern void mlops_io_object_begin(MlopsStateIo *io);
extern MlopsStatus mlops_io_object_end(MlopsStateIo *io);

static inline bool
mlops_io_is_reading(const MlopsStateIo *io)
{
	return io->mode == MLOPS_IO_READ_BYTES || io->mode == MLOPS_IO_READ_TEXT;
}

static inline bool
mlops_io_is_text(const MlopsStateIo *io)
{
	return io->mode == MLOPS_IO_WRITE_TEXT || io->mode == MLOPS_IO_READ_TEXT;
}

static inline bool
mlops_io_failed(const MlopsStateIo *io)
{
	return io->status != MLOPS_STATUS_OK;
}

/* The verdict of a validator; the first one stays.  printf style. */
extern void mlops_io_fail(MlopsStateIo *io, MlopsStatus status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A field.  name is the key of the text form, NULL inside lists and groups.
 *
 *   int      a zigzag varint; lowest .. highest is checked when it is read
 *   double   eight bytes; the shortest decimal that reads back as itself, or "NaN", "Infinity"
 *   bytes    length and bytes; a JSON string.  Reading allocates, an empty one too, and
 *            puts a byte of 0 behind them
 */
extern void mlops_io_double(MlopsStateIo *io, const char *name, double *value);
extern void mlops_io_bytes(MlopsStateIo *io, const char *name, uint8_t **bytes, size_t *n_bytes);

/* mlops_io_int in the other modes, and behind a failure. */
extern void mlops_io_other_int(MlopsStateIo *io, const char *name, int64_t *value, int64_t lowest,
							   int64_t highest);

/* Inline, as a state in a sliding frame writes all its integers for each row. */
static inline void
mlops_io_int(MlopsStateIo *io, const char *name, int64_t *value, int64_t lowest, int64_t highest)
{
	if (io->mode == MLOPS_IO_WRITE_BYTES && !mlops_io_failed(io))
		mlops_buffer_put_varint(io->buffer,
								((uint64_t) *value << 1) ^ (*value < 0 ? UINT64_MAX : 0));
	else
		mlops_io_other_int(io, name, value, lowest, highest);
}

/*
 * A list: its length, then that many elements.  An element of more than one
 * field stands in a group, which is brackets in text and nothing in bytes.
 *
 *   n   reading: set, at most the number of bytes left
 *
 * Cost: O(1); reading text O(length of the list), to count.
 */
extern void mlops_io_list_begin(MlopsStateIo *io, const char *name, size_t *n);
extern void mlops_io_list_end(MlopsStateIo *io);
extern void mlops_io_group_begin(MlopsStateIo *io);
extern void mlops_io_group_end(MlopsStateIo *io);

/* The same around fields that have names: braces in text. */
extern void mlops_io_record_begin(MlopsStateIo *io);
extern void mlops_io_record_end(MlopsStateIo *io);

#endif
