/*
 * Fields of an aggregate's state: bytes and text, out and in.
 *
 * Text is read by hand rather than by a JSON library, because it has one fixed
 * shape, and because numbers must not pass through a double where they are
 * integers of 64 bits.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/state_io.h"

/* Longest text of a number that is read, with its NUL. */
#define NUMBER_BYTES 40
/* Elements between two questions for a cancel. */
#define GROUPS_PER_CHECK 4096

void
mlops_io_begin_write(MlopsStateIo *io, bool is_text, MlopsBuffer *buffer)
{
	*io = (MlopsStateIo){ .mode = is_text ? MLOPS_IO_WRITE_TEXT : MLOPS_IO_WRITE_BYTES,
						  .buffer = buffer };
}

void
mlops_io_begin_read(MlopsStateIo *io, bool is_text, const void *bytes, size_t n,
					const MlopsAllocator *allocator)
{
	const uint8_t *first = bytes;

	*io = (MlopsStateIo){ .mode = is_text ? MLOPS_IO_READ_TEXT : MLOPS_IO_READ_BYTES,
						  .allocator = allocator,
						  .cursor = { .next = first, .end = first + n } };
}

void
mlops_io_fail(MlopsStateIo *io, MlopsStatus status, const char *format, ...)
{
	va_list arguments;

	if (mlops_io_failed(io))
		return;
	io->status = status;
	va_start(arguments, format);
	(void) vsnprintf(io->reason.text, sizeof(io->reason.text), format, arguments);
	va_end(arguments);
}

/* Bytes that end too early, or a varint too long. */
static void
check_cursor(MlopsStateIo *io)
{
	if (io->cursor.is_failed)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT,
					  "it ends too early or has a number of wrong length");
}

static void
put_text(MlopsStateIo *io, const char *text)
{
	mlops_buffer_put(io->buffer, text, strlen(text));
}

static bool
is_one_of(uint8_t c, const char *set)
{
	for (; *set != '\0'; set++)
	{
		if ((uint8_t) *set == c)
			return true;
	}
	return false;
}

/* The next byte that is no space, not taken; 0 at the end. */
static char
peek(MlopsStateIo *io)
{
	MlopsCursor *cursor = &io->cursor;

	while (cursor->next < cursor->end && is_one_of(*cursor->next, " \t\r\n"))
		cursor->next++;
	return cursor->next < cursor->end ? (char) *cursor->next : '\0';
}

static void
expect(MlopsStateIo *io, char wanted)
{
	char found = peek(io);

	if (mlops_io_failed(io))
		return;
	if (found != wanted)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "\"%c\" is missing before \"%.20s\"", wanted,
					  found == '\0' ? "the end" : (const char[]){ found, '\0' });
	else
		io->cursor.next++;
}

/* One punctuation mark of the text form, written or read; nothing in bytes. */
static void
punctuate(MlopsStateIo *io, char mark)
{
	if (io->mode == MLOPS_IO_READ_TEXT)
		expect(io, mark);
	else if (io->mode == MLOPS_IO_WRITE_TEXT && !mlops_io_failed(io))
		mlops_buffer_put(io->buffer, &mark, 1);
}

void
mlops_io_object_begin(MlopsStateIo *io)
{
	punctuate(io, '{');
	io->needs_comma = false;
}

MlopsStatus
mlops_io_object_end(MlopsStateIo *io)
{
	punctuate(io, '}');
	if (!mlops_io_is_reading(io))
	{
		if (io->buffer->is_failed)
			mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
		return io->status;
	}
	check_cursor(io);
	if (io->mode == MLOPS_IO_READ_TEXT)
		(void) peek(io);
	if (mlops_cursor_left(&io->cursor) > 0)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "%zu bytes are left over",
					  mlops_cursor_left(&io->cursor));
	return io->status;
}

/* The key before a value, which must be the one that is due. */
static void
transfer_name(MlopsStateIo *io, const char *name)
{
	if (io->needs_comma)
		punctuate(io, ',');
	io->needs_comma = true;
	if (name == NULL)
		return;
	punctuate(io, '"');
	if (io->mode == MLOPS_IO_WRITE_TEXT)
		put_text(io, name);
	else
	{
		const uint8_t *found = mlops_cursor_get(&io->cursor, strlen(name));

		if (found == NULL || memcmp(found, name, strlen(name)) != 0)
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "key \"%s\" is missing", name);
	}
	punctuate(io, '"');
	punctuate(io, ':');
}

/* The characters of a number, copied so that they end. */
static void
read_number(MlopsStateIo *io, char *text)
{
	size_t n = 0;

	(void) peek(io);
	while (n + 1 < NUMBER_BYTES && n < mlops_cursor_left(&io->cursor) &&
		   is_one_of(io->cursor.next[n], "+-.0123456789eE"))
		n++;
	memcpy(text, io->cursor.next, n);
	text[n] = '\0';
	io->cursor.next += n;
}

static void
read_int_text(MlopsStateIo *io, int64_t *value)
{
	char text[NUMBER_BYTES];
	char again[NUMBER_BYTES];

	read_number(io, text);
	*value = strtoll(text, NULL, 10);
	/* written anew it must be the same, so overflow, signs and zeros in front are refused */
	(void) snprintf(again, sizeof(again), "%lld", (long long) *value);
	if (strcmp(text, again) != 0)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "\"%s\" is not an integer", text);
}

static void
read_int(MlopsStateIo *io, int64_t *value)
{
	if (io->mode == MLOPS_IO_READ_TEXT)
		read_int_text(io, value);
	else
	{
		uint64_t zigzag = mlops_cursor_get_varint(&io->cursor);

		*value = (int64_t) (zigzag >> 1) ^ -(int64_t) (zigzag & 1);
		check_cursor(io);
	}
}

static void
write_int_text(MlopsStateIo *io, int64_t value)
{
	char text[NUMBER_BYTES];

	if (mlops_io_failed(io))
		return;
	(void) snprintf(text, sizeof(text), "%lld", (long long) value);
	put_text(io, text);
}

void
mlops_io_other_int(MlopsStateIo *io, const char *name, int64_t *value, int64_t lowest,
				   int64_t highest)
{
	if (mlops_io_is_text(io))
		transfer_name(io, name);
	if (!mlops_io_is_reading(io))
	{
		write_int_text(io, *value);
		return;
	}
	if (!mlops_io_failed(io))
		read_int(io, value);
	if (!mlops_io_failed(io) && (*value < lowest || *value > highest))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "%s must be between %lld and %lld, not %lld",
					  name == NULL ? "a number" : name, (long long) lowest, (long long) highest,
					  (long long) *value);
	if (mlops_io_failed(io))
		*value = 0;
}

/* The shortest decimal that reads back as the same number. */
static void
write_double_text(MlopsStateIo *io, double value)
{
	char text[NUMBER_BYTES];

	if (isnan(value))
		put_text(io, "\"NaN\"");
	else if (isinf(value))
		put_text(io, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	else
	{
		for (int n_digits = 15; n_digits <= 17; n_digits++)
		{
			(void) snprintf(text, sizeof(text), "%.*g", n_digits, value);
			if (strtod(text, NULL) == value)
				break;
		}
		put_text(io, text);
	}
}

static double
read_double_text(MlopsStateIo *io)
{
	static const struct
	{
		char text[12]; /* no pointer: the core keeps no data that needs relocation */
		double value;
	} special[] = { { "\"NaN\"", (double) NAN },
					{ "\"Infinity\"", (double) INFINITY },
					{ "\"-Infinity\"", (double) -INFINITY } };
	char text[NUMBER_BYTES];
	char *end;
	double value;

	(void) peek(io);
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
	{
		size_t n = strlen(special[i].text);

		if (mlops_cursor_left(&io->cursor) >= n && memcmp(io->cursor.next, special[i].text, n) == 0)
		{
			io->cursor.next += n;
			return special[i].value;
		}
	}
	read_number(io, text);
	value = strtod(text, &end);
	if (end == text || *end != '\0' || isinf(value))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "\"%s\" is not a number", text);
	return value;
}

void
mlops_io_double(MlopsStateIo *io, const char *name, double *value)
{
	if (mlops_io_is_text(io))
		transfer_name(io, name);
	if (mlops_io_failed(io))
		*value = mlops_io_is_reading(io) ? 0 : *value;
	else if (io->mode == MLOPS_IO_WRITE_BYTES)
		/* one form for all that are not a number */
		mlops_buffer_put_double(io->buffer, isnan(*value) ? (double) NAN : *value);
	else if (io->mode == MLOPS_IO_WRITE_TEXT)
		write_double_text(io, *value);
	else if (io->mode == MLOPS_IO_READ_TEXT)
		*value = read_double_text(io);
	else
	{
		*value = mlops_cursor_get_double(&io->cursor);
		check_cursor(io);
	}
}

static void
write_string(MlopsStateIo *io, const uint8_t *bytes, size_t n)
{
	char escape[8];

	put_text(io, "\"");
	for (size_t i = 0; i < n; i++)
	{
		if (bytes[i] == '"' || bytes[i] == '\\')
			(void) snprintf(escape, sizeof(escape), "\\%c", bytes[i]);
		else if (bytes[i] < 0x20)
			(void) snprintf(escape, sizeof(escape), "\\u%04x", bytes[i]);
		else
		{
			mlops_buffer_put(io->buffer, bytes + i, 1);
			continue;
		}
		put_text(io, escape);
	}
	put_text(io, "\"");
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of an escape whose backslash is taken: \" \\ / b f n r t and \u0000 .. \u007f; -1 else. */
static int
read_escape(MlopsCursor *cursor)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	const uint8_t *c = mlops_cursor_get(cursor, 1);
	const char *letter = c == NULL ? NULL : memchr(letters, *c, sizeof(letters) - 1);
	int code = 0;

	if (letter != NULL)
		return (uint8_t) values[letter - letters];
	if (c == NULL || *c != 'u' || (c = mlops_cursor_get(cursor, 4)) == NULL)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		int digit = hex_digit(c[i]);

		if (digit < 0)
			return -1;
		code = code * 16 + digit;
	}
	return code < 0x80 ? code : -1;
}

/* Bytes of a JSON string up to its quote; room for all that is left would do. */
static size_t
read_string(MlopsStateIo *io, uint8_t *bytes)
{
	MlopsCursor *cursor = &io->cursor;
	size_t n = 0;

	for (;;)
	{
		const uint8_t *next = mlops_cursor_get(cursor, 1);
		int c = next == NULL ? -1 : *next;

		if (c == '"')
			return n;
		if (c == '\\')
			c = read_escape(cursor);
		if (c < 0)
		{
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a string has no end or a wrong escape");
			return 0;
		}
		bytes[n++] = (uint8_t) c;
	}
}

/* Bytes up to the quote that ends a string, escapes as they stand. */
static size_t
string_length(const MlopsCursor *cursor)
{
	const uint8_t *c = cursor->next;

	while (c < cursor->end && *c != '"')
		c += *c == '\\' ? 2 : 1;
	return (size_t) ((c < cursor->end ? c : cursor->end) - cursor->next);
}

static void
read_bytes(MlopsStateIo *io, uint8_t **bytes, size_t *n_bytes)
{
	size_t n;

	if (io->mode == MLOPS_IO_READ_TEXT)
	{
		expect(io, '"');
		n = string_length(&io->cursor);
	}
	else
	{
		n = (size_t) mlops_cursor_get_varint(&io->cursor);
		if (n > mlops_cursor_left(&io->cursor))
			io->cursor.is_failed = true;
		check_cursor(io);
	}
	if (mlops_io_failed(io))
		return;
	*bytes = mlops_alloc(io->allocator, n + 1, 1);
	if (*bytes == NULL)
	{
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
		return;
	}
	if (io->mode == MLOPS_IO_READ_TEXT)
		n = read_string(io, *bytes);
	else
		memcpy(*bytes, mlops_cursor_get(&io->cursor, n), n);
	(*bytes)[n] = '\0';
	*n_bytes = n;
}

void
mlops_io_bytes(MlopsStateIo *io, const char *name, uint8_t **bytes, size_t *n_bytes)
{
	if (mlops_io_is_text(io))
		transfer_name(io, name);
	if (io->mode == MLOPS_IO_WRITE_TEXT)
		write_string(io, *bytes, *n_bytes);
	else if (io->mode == MLOPS_IO_WRITE_BYTES)
	{
		mlops_buffer_put_varint(io->buffer, *n_bytes);
		mlops_buffer_put(io->buffer, *bytes, *n_bytes);
	}
	else
	{
		*bytes = NULL;
		*n_bytes = 0;
		if (!mlops_io_failed(io))
			read_bytes(io, bytes, n_bytes);
	}
}

/* Elements of the list whose bracket was taken: commas that are in no inner list or string, plus 1. */
static size_t
count_elements(MlopsStateIo *io)
{
	MlopsCursor ahead;
	size_t n = 1;
	int depth = 0;

	if (peek(io) == ']')
		return 0;
	for (ahead = io->cursor; ahead.next < ahead.end; ahead.next++)
	{
		if (*ahead.next == '"')
		{
			ahead.next++;
			ahead.next += string_length(&ahead);
			if (ahead.next >= ahead.end)
				break;
		}
		else if (*ahead.next == '[' || *ahead.next == '{')
			depth++;
		else if ((*ahead.next == ']' || *ahead.next == '}') && depth-- == 0)
			break;
		else if (*ahead.next == ',' && depth == 0)
			n++;
	}
	return n;
}

void
mlops_io_list_begin(MlopsStateIo *io, const char *name, size_t *n)
{
	if (mlops_io_is_text(io))
		transfer_name(io, name);
	punctuate(io, '[');
	io->needs_comma = false;
	if (io->mode == MLOPS_IO_WRITE_BYTES)
		mlops_buffer_put_varint(io->buffer, *n);
	else if (io->mode == MLOPS_IO_READ_BYTES)
	{
		*n = (size_t) mlops_cursor_get_varint(&io->cursor);
		if (*n > mlops_cursor_left(&io->cursor))
			io->cursor.is_failed = true;
		check_cursor(io);
	}
	else if (io->mode == MLOPS_IO_READ_TEXT)
		*n = count_elements(io);
	if (mlops_io_is_reading(io) && mlops_io_failed(io))
		*n = 0;
}

void
mlops_io_list_end(MlopsStateIo *io)
{
	punctuate(io, ']');
	io->needs_comma = true;
}

/* An opening bracket that is an element of a list. */
static void
open_element(MlopsStateIo *io, char bracket)
{
	if (!mlops_io_is_text(io))
		return;
	transfer_name(io, NULL);
	punctuate(io, bracket);
	io->needs_comma = false;
}

void
mlops_io_group_begin(MlopsStateIo *io)
{
	if (++io->n_groups % GROUPS_PER_CHECK == 0 && mlops_cancelled(io->cancel))
		mlops_io_fail(io, MLOPS_STATUS_CANCELLED, "cancelled");
	open_element(io, '[');
}

void
mlops_io_group_end(MlopsStateIo *io)
{
	punctuate(io, ']');
	io->needs_comma = true;
}

void
mlops_io_record_begin(MlopsStateIo *io)
{
	open_element(io, '{');
}

void
mlops_io_record_end(MlopsStateIo *io)
{
	punctuate(io, '}');
	io->needs_comma = true;
}
