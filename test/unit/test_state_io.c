/*
 * What is written is read back the same, as bytes and as text; what is cut, extended or out of range is
 * refused and never read past its end.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "core/state_io.h"

#include "plain_alloc.h"
#include "unit.h"

#define MAX_CELLS 8

/* A state that has every kind of field. */
typedef struct Sample
{
	int64_t n;
	double x;
	uint8_t *name;
	size_t n_name;
	size_t n_cells;
	struct
	{
		int64_t count;
		double edge;
	} cells[MAX_CELLS];
	int64_t last;
} Sample;

static void
transfer_sample(Sample *sample, MlopsStateIo *io)
{
	mlops_io_object_begin(io);
	mlops_io_int(io, "n", &sample->n, INT64_MIN, INT64_MAX);
	mlops_io_double(io, "x", &sample->x);
	mlops_io_bytes(io, "name", &sample->name, &sample->n_name);
	mlops_io_list_begin(io, "cells", &sample->n_cells);
	if (sample->n_cells > MAX_CELLS)
	{
		mlops_io_fail(io, MLOPS_STATUS_LIMIT, "too many cells");
		sample->n_cells = 0;
	}
	for (size_t i = 0; i < sample->n_cells; i++)
	{
		mlops_io_group_begin(io);
		mlops_io_int(io, NULL, &sample->cells[i].count, 0, 1000);
		mlops_io_double(io, NULL, &sample->cells[i].edge);
		mlops_io_group_end(io);
	}
	mlops_io_list_end(io);
	mlops_io_int(io, "last", &sample->last, INT64_MIN, INT64_MAX);
}

static MlopsBuffer
written(Sample *sample, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	transfer_sample(sample, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

static MlopsStatus
read_sample(const void *bytes, size_t n, bool is_text, Sample *sample)
{
	MlopsStateIo io;

	memset(sample, 0, sizeof(*sample));
	mlops_io_begin_read(&io, is_text, bytes, n, &plain_allocator);
	transfer_sample(sample, &io);
	return mlops_io_object_end(&io);
}

static bool
same_bits(double a, double b)
{
	uint64_t bits_a, bits_b;

	memcpy(&bits_a, &a, sizeof(a));
	memcpy(&bits_b, &b, sizeof(b));
	return bits_a == bits_b;
}

static void
check_round_trip(Sample *sample)
{
	for (int is_text = 0; is_text < 2; is_text++)
	{
		MlopsBuffer buffer = written(sample, is_text != 0);
		Sample again;

		UNIT_CHECK_INT(read_sample(buffer.bytes, buffer.n_bytes, is_text != 0, &again),
					   MLOPS_STATUS_OK);
		UNIT_CHECK(again.n == sample->n && again.last == sample->last);
		UNIT_CHECK(same_bits(again.x, sample->x));
		UNIT_CHECK(again.n_name == sample->n_name &&
				   memcmp(again.name, sample->name, sample->n_name) == 0);
		UNIT_CHECK(again.n_cells == sample->n_cells);
		for (size_t i = 0; i < sample->n_cells && again.n_cells == sample->n_cells; i++)
			UNIT_CHECK(again.cells[i].count == sample->cells[i].count &&
					   same_bits(again.cells[i].edge, sample->cells[i].edge));
		free(again.name);
		free(buffer.bytes);
	}
}

static Sample
random_sample(MlopsRng *rng, uint8_t *name)
{
	Sample sample = { .n = (int64_t) mlops_rng_next(rng) >> (mlops_rng_next(rng) % 64),
					  .name = name,
					  .n_name = mlops_rng_next(rng) % 20,
					  .n_cells = mlops_rng_next(rng) % (MAX_CELLS + 1),
					  .last = INT64_MIN };
	uint64_t bits = mlops_rng_next(rng);

	memcpy(&sample.x, &bits, sizeof(bits));
	if (isnan(sample.x))
		sample.x = (double) NAN;
	for (size_t i = 0; i < sample.n_name; i++)
		name[i] = (uint8_t) (mlops_rng_next(rng) % 255 + 1);
	for (size_t i = 0; i < sample.n_cells; i++)
	{
		sample.cells[i].count = (int64_t) (mlops_rng_next(rng) % 1001);
		sample.cells[i].edge = (double) (mlops_rng_next(rng) % 1000) / 10;
	}
	return sample;
}

static void
random_states_come_back(void)
{
	MlopsRng rng = mlops_rng_stream(1, 0);
	uint8_t name[20];

	for (int i = 0; i < 2000; i++)
	{
		Sample sample = random_sample(&rng, name);

		check_round_trip(&sample);
	}
}

static void
special_numbers_come_back(void)
{
	const double special[] = { 0.0,			 -0.0,		   (double) INFINITY, (double) -INFINITY,
							   (double) NAN, DBL_TRUE_MIN, DBL_MAX,			  0.1 };
	uint8_t name[] = "a\"b\\c\x01";

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
	{
		Sample sample = { .n = INT64_MAX,
						  .x = special[i],
						  .name = name,
						  .n_name = sizeof(name) - 1 };

		check_round_trip(&sample);
	}
}

static void
text_is_what_a_person_reads(void)
{
	uint8_t name[] = "x\"y";
	Sample sample = { .n = 3, .x = 0.1, .name = name, .n_name = 3, .n_cells = 2, .last = -1 };
	MlopsBuffer buffer;

	sample.cells[1].count = 7;
	sample.cells[1].edge = 2.5;
	buffer = written(&sample, true);
	mlops_buffer_put(&buffer, "", 1);
	UNIT_CHECK_TEXT(
		(const char *) buffer.bytes,
		"{\"n\":3,\"x\":0.1,\"name\":\"x\\\"y\",\"cells\":[[0,0],[7,2.5]],\"last\":-1}");
	free(buffer.bytes);
}

static void
cut_and_extended_bytes_are_refused(void)
{
	uint8_t name[] = "name";
	Sample sample = { .n = 300, .x = 1, .name = name, .n_name = 4, .n_cells = 3, .last = 5 };

	for (int is_text = 0; is_text < 2; is_text++)
	{
		MlopsBuffer buffer = written(&sample, is_text != 0);
		Sample again;

		for (size_t n = 0; n < buffer.n_bytes; n++)
		{
			uint8_t *cut = malloc(n + 1);

			memcpy(cut, buffer.bytes, n);
			UNIT_CHECK_INT(read_sample(cut, n, is_text != 0, &again), MLOPS_STATUS_CORRUPT);
			free(again.name);
			free(cut);
		}
		mlops_buffer_put(&buffer, "}", 1);
		UNIT_CHECK_INT(read_sample(buffer.bytes, buffer.n_bytes, is_text != 0, &again),
					   MLOPS_STATUS_CORRUPT);
		free(again.name);
		free(buffer.bytes);
	}
}

static void
wrong_text_is_refused(void)
{
	static const char *const wrong[] = {
		"",
		"{}",
		"[]",
		"{\"n\":1.5,\"x\":0,\"name\":\"\",\"cells\":[],\"last\":0}",
		"{\"n\":99999999999999999999,\"x\":0,\"name\":\"\",\"cells\":[],\"last\":0}",
		"{\"n\":01,\"x\":0,\"name\":\"\",\"cells\":[],\"last\":0}",
		"{\"m\":1,\"x\":0,\"name\":\"\",\"cells\":[],\"last\":0}",
		"{\"n\":1,\"x\":1e999,\"name\":\"\",\"cells\":[],\"last\":0}",
		"{\"n\":1,\"x\":zero,\"name\":\"\",\"cells\":[],\"last\":0}",
		"{\"n\":1,\"x\":0,\"name\":\"\\q\",\"cells\":[],\"last\":0}",
		"{\"n\":1,\"x\":0,\"name\":\"\\u00ff\",\"cells\":[],\"last\":0}",
		"{\"n\":1,\"x\":0,\"name\":\"\",\"cells\":[[1001,0]],\"last\":0}",
		"{\"n\":1,\"x\":0,\"name\":\"\",\"cells\":[[1]],\"last\":0}",
		"{\"n\":1,\"x\":0,\"name\":\"\",\"cells\":[[1,2,3]],\"last\":0}",
	};
	static const char right[] =
		" { \"n\" : 1 , \"x\":0, \"name\" : \"\\u0041\\n\", \"cells\" : [ [ 1000 , 2e0 ] ] , \"last\" :0 } ";
	Sample sample;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		UNIT_CHECK_INT(read_sample(wrong[i], strlen(wrong[i]), true, &sample),
					   MLOPS_STATUS_CORRUPT);
		free(sample.name);
	}
	UNIT_CHECK_INT(read_sample(right, strlen(right), true, &sample), MLOPS_STATUS_OK);
	UNIT_CHECK(sample.n_name == 2 && memcmp(sample.name, "A\n", 2) == 0);
	free(sample.name);
}

static void
a_count_beyond_the_bytes_allocates_nothing(void)
{
	/* n 0, x 0, a name of 2^40 bytes */
	const uint8_t bytes[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20 };
	Sample sample;

	UNIT_CHECK_INT(read_sample(bytes, sizeof(bytes), false, &sample), MLOPS_STATUS_CORRUPT);
	UNIT_CHECK(sample.name == NULL);
}

/* A list of groups, longer than what is written between two questions. */
static void
transfer_groups(MlopsStateIo *io)
{
	size_t n = 10000;

	mlops_io_list_begin(io, NULL, &n);
	for (size_t i = 0; i < n; i++)
	{
		int64_t value = 7;

		mlops_io_group_begin(io);
		mlops_io_int(io, NULL, &value, 7, 7);
		mlops_io_group_end(io);
	}
	mlops_io_list_end(io);
}

static void
long_lists_can_be_cancelled(void)
{
	MlopsCancel cancel = { .cancelled = unit_always };

	for (int is_text = 0; is_text < 2; is_text++)
	{
		MlopsBuffer whole = { .allocator = &plain_allocator };
		MlopsBuffer part = { .allocator = &plain_allocator };
		MlopsStateIo io;

		mlops_io_begin_write(&io, is_text != 0, &whole);
		transfer_groups(&io);
		UNIT_CHECK_INT(io.status, MLOPS_STATUS_OK);
		mlops_io_begin_write(&io, is_text != 0, &part);
		io.cancel = &cancel;
		transfer_groups(&io);
		UNIT_CHECK_INT(io.status, MLOPS_STATUS_CANCELLED);
		UNIT_CHECK(part.n_bytes < whole.n_bytes / 2);
		mlops_io_begin_read(&io, is_text != 0, whole.bytes, whole.n_bytes, &plain_allocator);
		io.cancel = &cancel;
		transfer_groups(&io);
		UNIT_CHECK_INT(io.status, MLOPS_STATUS_CANCELLED);
		free(whole.bytes);
		free(part.bytes);
	}
}

/* At and beside each power of two: the short way has the bytes of the long one, and they are read back. */
static void
varints_of_all_lengths_come_back(void)
{
	for (int bit = 0; bit < 64; bit++)
	{
		for (uint64_t beside = 0; beside < 3; beside++)
		{
			uint64_t value = (UINT64_C(1) << bit) + beside - 1;
			MlopsBuffer quick = { .allocator = &plain_allocator };
			MlopsBuffer plain = { .allocator = &plain_allocator };
			MlopsCursor cursor;

			mlops_buffer_put_varint(&quick, value);
			mlops_buffer_put_varint128(&plain, value, 0);
			UNIT_CHECK_INT(quick.n_bytes, plain.n_bytes);
			UNIT_CHECK(memcmp(quick.bytes, plain.bytes, plain.n_bytes) == 0);
			cursor = (MlopsCursor){ .next = quick.bytes, .end = quick.bytes + quick.n_bytes };
			UNIT_CHECK(mlops_cursor_get_varint(&cursor) == value && !cursor.is_failed);
			free(quick.bytes);
			free(plain.bytes);
		}
	}
}

int
main(void)
{
	UNIT_RUN(random_states_come_back);
	UNIT_RUN(special_numbers_come_back);
	UNIT_RUN(varints_of_all_lengths_come_back);
	UNIT_RUN(text_is_what_a_person_reads);
	UNIT_RUN(cut_and_extended_bytes_are_refused);
	UNIT_RUN(wrong_text_is_refused);
	UNIT_RUN(a_count_beyond_the_bytes_allocates_nothing);
	UNIT_RUN(long_lists_can_be_cancelled);
	return unit_end();
}
