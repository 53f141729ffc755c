/*
 * A container gives back the document and the chunks that were put into it; cut, prolonged, or with
 * counts that its bytes cannot hold it is refused with a reason, before memory is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "core/container.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

static const MlopsChunk chunks[] = { { (const uint8_t *) "header", 6 },
									 { (const uint8_t *) "", 0 },
									 { (const uint8_t *) "tree", 4 } };
static const uint8_t seal[MLOPS_CONTAINER_SEAL_BYTES] = { 1, 2, 3 };
static const char document[] = "{\"a\": 1}";

#define DOCUMENT_BYTES (sizeof(document) - 1)
#define N_CHUNKS	   3

static MlopsBuffer
make_container(void)
{
	MlopsBuffer out = { .allocator = &plain_allocator };

	mlops_container_put_head(document, DOCUMENT_BYTES, N_CHUNKS, &out);
	for (int k = 0; k < N_CHUNKS; k++)
		mlops_container_put_chunk(chunks[k], &out);
	mlops_buffer_put(&out, seal, sizeof(seal));
	return out;
}

static void
parts_come_back(void)
{
	MlopsBuffer made = make_container();
	MlopsContainer container;
	size_t n_bytes;

	UNIT_CHECK(mlops_container_size(DOCUMENT_BYTES, N_CHUNKS, 10, &n_bytes));
	UNIT_CHECK_INT(made.n_bytes, n_bytes);
	UNIT_CHECK_INT(mlops_container_check_head(made.bytes, made.n_bytes, NULL), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(
		mlops_container_open(&container, made.bytes, made.n_bytes, &plain_allocator, NULL),
		MLOPS_STATUS_OK);
	UNIT_CHECK_INT(container.document_bytes, DOCUMENT_BYTES);
	UNIT_CHECK(memcmp(container.document, document, DOCUMENT_BYTES) == 0);
	UNIT_CHECK_INT(container.n_chunks, N_CHUNKS);
	for (int k = 0; k < N_CHUNKS; k++)
	{
		UNIT_CHECK_INT(container.chunks[k].n_bytes, chunks[k].n_bytes);
		UNIT_CHECK(memcmp(container.chunks[k].bytes, chunks[k].bytes, chunks[k].n_bytes) == 0);
	}
	free(container.chunks);
	free(made.bytes);
}

/* A writer that was given the exact size needs no more. */
static void
the_size_is_enough(void)
{
	uint8_t bytes[128];
	MlopsBuffer out = { .allocator = NULL, .bytes = bytes };

	UNIT_CHECK(mlops_container_size(DOCUMENT_BYTES, N_CHUNKS, 10, &out.capacity));
	mlops_container_put_head(document, DOCUMENT_BYTES, N_CHUNKS, &out);
	for (int k = 0; k < N_CHUNKS; k++)
		mlops_container_put_chunk(chunks[k], &out);
	mlops_buffer_put(&out, seal, sizeof(seal));
	UNIT_CHECK_INT(out.n_bytes, out.capacity);
}

static void
sizes_that_overflow_are_told(void)
{
	size_t n_bytes;

	UNIT_CHECK(!mlops_container_size((size_t) UINT32_MAX + 1, 1, 1, &n_bytes));
	UNIT_CHECK(!mlops_container_size(1, 1, UINT64_MAX, &n_bytes));
	UNIT_CHECK(!mlops_container_size(1, UINT32_MAX, UINT64_MAX - 100, &n_bytes));
}

static void
every_cut_and_every_added_byte_is_refused(void)
{
	MlopsBuffer made = make_container();

	for (size_t n = 0; n <= made.n_bytes + 1; n++)
	{
		/* a copy of its own length, so that the sanitizer sees a read behind it */
		uint8_t *copy = malloc(n == 0 ? 1 : n);
		MlopsContainer container;
		MlopsReason reason = { "" };

		memcpy(copy, made.bytes, n < made.n_bytes ? n : made.n_bytes);
		if (n > made.n_bytes)
			copy[made.n_bytes] = 0;
		if (n == made.n_bytes)
			UNIT_CHECK_INT(mlops_container_open(&container, copy, n, &plain_allocator, &reason),
						   MLOPS_STATUS_OK);
		else
		{
			UNIT_CHECK_INT(mlops_container_open(&container, copy, n, &plain_allocator, &reason),
						   MLOPS_STATUS_CORRUPT);
			UNIT_CHECK(reason.text[0] != '\0');
		}
		free(container.chunks);
		free(copy);
	}
	free(made.bytes);
}

/* Write a number into a container and open it, with an allocator that gives next to nothing. */
static void
check_refused(size_t at, uint64_t value, int n_value, MlopsStatus status, const char *expected)
{
	MlopsBuffer made = make_container();
	MlopsContainer container;
	MlopsReason reason = { "" };
	AllocFailing limited;

	alloc_failing_init(&limited, 0);
	limited.max_bytes = 64;
	for (int i = 0; i < n_value; i++)
		made.bytes[at + (size_t) i] = (uint8_t) (value >> (8 * i));
	UNIT_CHECK_INT(
		mlops_container_open(&container, made.bytes, made.n_bytes, &limited.allocator, &reason),
		status);
	UNIT_CHECK_TEXT(reason.text, expected);
	UNIT_CHECK_INT(limited.n_live, 0);
	free(made.bytes);
}

/* Places are those of FORMAT.md. */
static void
wrong_fields_are_refused_before_memory_is_taken(void)
{
	check_refused(0, 0x4D4C4F58, 4, MLOPS_STATUS_CORRUPT,
				  "it does not begin as an exported model does");
	check_refused(4, 0, 2, MLOPS_STATUS_CORRUPT, "export version 0 does not exist");
	check_refused(4, 2, 2, MLOPS_STATUS_UNSUPPORTED, "export version 2 is newer than version 1");
	check_refused(4, 0x0100, 2, MLOPS_STATUS_UNSUPPORTED,
				  "export version 256 is newer than version 1");
	check_refused(6, 1, 2, MLOPS_STATUS_CORRUPT, "its reserved bytes are not zero");
	check_refused(8, 0x80000000, 4, MLOPS_STATUS_CORRUPT,
				  "2147483648 chunks do not fit into its 22 bytes that are left");
	check_refused(8, UINT32_MAX, 4, MLOPS_STATUS_CORRUPT,
				  "4294967295 chunks do not fit into its 22 bytes that are left");
	check_refused(8, 6, 4, MLOPS_STATUS_CORRUPT,
				  "6 chunks do not fit into its 22 bytes that are left");
	check_refused(8, 2, 4, MLOPS_STATUS_CORRUPT, "it has bytes behind its end");
	check_refused(8, 4, 4, MLOPS_STATUS_CORRUPT, "chunk 3 of 4 ends too early");
	check_refused(12, UINT32_MAX, 4, MLOPS_STATUS_CORRUPT, "its document ends too early");
	check_refused(12, 0x80000000, 4, MLOPS_STATUS_CORRUPT, "its document ends too early");
	check_refused(24, UINT32_MAX, 4, MLOPS_STATUS_CORRUPT, "chunk 0 of 3 ends too early");
	check_refused(24, 0x80000000, 4, MLOPS_STATUS_CORRUPT, "chunk 0 of 3 ends too early");
}

static MlopsStatus
open_made(const MlopsAllocator *allocator, void *argument)
{
	const MlopsBuffer *made = argument;
	MlopsContainer container;
	MlopsStatus status =
		mlops_container_open(&container, made->bytes, made->n_bytes, allocator, NULL);

	mlops_free(allocator, container.chunks);
	return status;
}

static void
a_failed_allocation_is_survived(void)
{
	MlopsBuffer made = make_container();

	UNIT_CHECK_INT(alloc_failing_each(open_made, &made), 1);
	free(made.bytes);
}

int
main(void)
{
	UNIT_RUN(parts_come_back);
	UNIT_RUN(the_size_is_enough);
	UNIT_RUN(sizes_that_overflow_are_told);
	UNIT_RUN(every_cut_and_every_added_byte_is_refused);
	UNIT_RUN(wrong_fields_are_refused_before_memory_is_taken);
	UNIT_RUN(a_failed_allocation_is_survived);
	return unit_end();
}
