/*
 * A value is counted in the cell that a scan of the edges or categories finds; taking everything away
 * leaves the empty state, bit for bit; merged states are those of one pass; what is read back is the same, and
 * what no transition makes is refused.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/cells.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define COUNT(values) (sizeof(values) / sizeof((values)[0]))

static const MlopsCells empty_cells;

static bool
is_empty(const MlopsCells *cells)
{
	return memcmp(cells, &empty_cells, sizeof(*cells)) == 0;
}

static MlopsCells
cells_of(const double *edges, size_t n)
{
	MlopsCells cells = empty_cells;

	UNIT_CHECK(mlops_cells_set_edges(&cells, edges, n, &plain_allocator, NULL) == MLOPS_STATUS_OK);
	return cells;
}

/* Labels of a list without spaces in them. */
static MlopsBuffer
block_of(const char *words)
{
	MlopsBuffer block = { .allocator = &plain_allocator };

	for (const char *word = words; *words != '\0'; word = words)
	{
		words = strchr(word, ' ');
		mlops_cells_put_label(&block, word, (size_t) (words - word));
		words++;
	}
	return block;
}

static MlopsStatus
set_words(MlopsCells *cells, const char *words, MlopsReason *reason)
{
	MlopsBuffer block = block_of(words);
	MlopsStatus status =
		mlops_cells_set_labels(cells, block.bytes, block.n_bytes, &plain_allocator, reason);

	free(block.bytes);
	return status;
}

static void
clear(MlopsCells *cells)
{
	mlops_cells_clear(cells, &plain_allocator);
	UNIT_CHECK(is_empty(cells));
}

static void
numbers_are_at_or_above_their_lower_edge(void)
{
	const double edges[] = { 0, 10, 20 };
	const double values[] = { -INFINITY, -DBL_TRUE_MIN, -0.0, 0, 9.999, 10, 19, 20, INFINITY, NAN };
	const int expected[] = { 0, 0, 1, 1, 1, 2, 2, 3, 3, 5 };
	MlopsCells cells = cells_of(edges, COUNT(edges));

	UNIT_CHECK_INT(cells.n_cells, 6);
	UNIT_CHECK_INT(mlops_cells_null_cell(&cells), 4);
	for (size_t i = 0; i < COUNT(values); i++)
		UNIT_CHECK_INT(mlops_cells_find_number(&cells, values[i]), expected[i]);
	clear(&cells);
}

static void
open_ends_hold_infinities(void)
{
	const double edges[] = { -INFINITY, 1, INFINITY };
	MlopsCells cells = cells_of(edges, COUNT(edges));

	UNIT_CHECK_INT(mlops_cells_find_number(&cells, -INFINITY), 1);
	UNIT_CHECK_INT(mlops_cells_find_number(&cells, DBL_MAX), 2);
	UNIT_CHECK_INT(mlops_cells_find_number(&cells, INFINITY), 2);
	clear(&cells);
}

static size_t
find_by_scan(const double *edges, size_t n, double x)
{
	size_t cell = 0;

	while (cell < n && edges[cell] <= x)
		cell++;
	return cell;
}

static void
a_search_finds_what_a_scan_finds(void)
{
	MlopsRng rng = mlops_rng_stream(11, 0);
	double edges[70];

	for (int round = 0; round < 300; round++)
	{
		size_t n = 2 + (size_t) mlops_rng_below(&rng, 68);
		MlopsCells cells;

		edges[0] = -(double) mlops_rng_below(&rng, 100);
		for (size_t i = 1; i < n; i++)
			edges[i] = edges[i - 1] + 1 + (double) mlops_rng_below(&rng, 3);
		cells = cells_of(edges, n);
		for (int k = -2; edges[0] + 0.5 * k <= edges[n - 1] + 1; k++)
		{
			double x = edges[0] + 0.5 * k;

			UNIT_CHECK_INT(mlops_cells_find_number(&cells, x), find_by_scan(edges, n, x));
		}
		clear(&cells);
	}
}

static void
labels_are_found_by_their_bytes(void)
{
	MlopsCells cells = empty_cells;

	UNIT_CHECK(set_words(&cells, "b  ab abc a ", NULL) == MLOPS_STATUS_OK);
	UNIT_CHECK_INT(cells.n_cells, 7);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "b", 1), 0);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "", 0), 1);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "ab", 2), 2);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "abc", 3), 3);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "a", 1), 4);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "ac", 2), 5);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "c", 1), 5);
	UNIT_CHECK_INT(mlops_cells_null_cell(&cells), 6);
	clear(&cells);
	UNIT_CHECK(set_words(&cells, "", NULL) == MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_cells_find_label(&cells, "a", 1), 0);
	UNIT_CHECK_INT(mlops_cells_null_cell(&cells), 1);
	clear(&cells);
}

static void
many_labels_are_found(void)
{
	MlopsBuffer block = { .allocator = &plain_allocator };
	MlopsCells cells = empty_cells;

	/* numbers times an odd one: in no order, all different */
	for (uint32_t i = 0; i < 1000; i++)
	{
		uint32_t label = i * 2654435761u;

		mlops_cells_put_label(&block, &label, sizeof(label));
	}
	UNIT_CHECK(mlops_cells_set_labels(&cells, block.bytes, block.n_bytes, &plain_allocator, NULL) ==
			   MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_cells_has_labels(&cells, block.bytes, block.n_bytes));
	UNIT_CHECK(!mlops_cells_has_labels(&cells, block.bytes, block.n_bytes - 12));
	for (uint32_t i = 0; i < 1000; i++)
	{
		uint32_t label = i * 2654435761u;

		UNIT_CHECK_INT(mlops_cells_find_label(&cells, &label, sizeof(label)), i);
	}
	free(block.bytes);
	clear(&cells);
}

static void
check_edges_refused(const double *edges, size_t n, const char *expected)
{
	MlopsCells cells = empty_cells;
	MlopsReason reason = { "" };

	UNIT_CHECK(mlops_cells_set_edges(&cells, edges, n, &plain_allocator, &reason) ==
			   MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, expected);
	clear(&cells);
}

static void
edges_that_are_none_are_refused(void)
{
	const double equal[] = { 1, 2, 2 };
	const double zeros[] = { -0.0, 0 };
	const double nan[] = { 1, NAN };
	const double infinite[] = { 1, INFINITY, INFINITY };

	check_edges_refused(equal, 1, "edges must have at least two elements, not 1");
	check_edges_refused(equal, 3, "edges must increase strictly, but 2, element 3, comes after 2");
	check_edges_refused(zeros, 2, "edges must increase strictly, but 0, element 2, comes after -0");
	check_edges_refused(nan, 2, "edges must be numbers, but element 2 is NaN");
	check_edges_refused(infinite, 3,
						"edges must increase strictly, but inf, element 3, comes after inf");
}

static void
equal_labels_are_refused(void)
{
	MlopsCells cells = empty_cells;
	MlopsReason reason = { "" };

	UNIT_CHECK(set_words(&cells, "x a y a ", &reason) == MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, "categories must differ, but elements 2 and 4 are both \"a\"");
	clear(&cells);
}

static void
a_zero_has_no_sign_in_edges(void)
{
	const double negative[] = { -0.0, 1 };
	const double positive[] = { 0.0, 1 };
	MlopsCells a = cells_of(negative, 2);
	MlopsCells b = cells_of(positive, 2);

	UNIT_CHECK(!signbit(a.edges[0]) && !signbit(b.edges[0]));
	UNIT_CHECK(mlops_cells_has_edges(&a, negative, 2));
	UNIT_CHECK(mlops_cells_has_edges(&a, positive, 2));
	clear(&a);
	clear(&b);
}

static void
removing_everything_leaves_the_empty_state(void)
{
	const double edges[] = { 0, 1, 2 };
	const int64_t histogram[] = { 3, 0, INT64_MAX };
	MlopsCells cells = cells_of(edges, COUNT(edges));

	mlops_cells_add(&cells, 1);
	mlops_cells_add(&cells, 4);
	UNIT_CHECK(!mlops_cells_remove(&cells, 2, &plain_allocator));
	UNIT_CHECK(!mlops_cells_remove(&cells, 6, &plain_allocator));
	UNIT_CHECK(mlops_cells_remove(&cells, 4, &plain_allocator));
	UNIT_CHECK(!is_empty(&cells));
	UNIT_CHECK(mlops_cells_remove(&cells, 1, &plain_allocator));
	UNIT_CHECK(is_empty(&cells));
	UNIT_CHECK(!mlops_cells_remove(&cells, 0, &plain_allocator));
	UNIT_CHECK(mlops_cells_add_histogram(&cells, histogram, 3, &plain_allocator, NULL) ==
			   MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_cells_remove_histogram(&cells, histogram, 3, &plain_allocator, NULL) ==
			   MLOPS_STATUS_OK);
	UNIT_CHECK(is_empty(&cells));
}

static void
histograms_are_summed_within_their_type(void)
{
	const int64_t one[] = { 1, 2 };
	const int64_t most[] = { INT64_MAX - 1, 0 };
	MlopsCells cells = empty_cells;
	MlopsReason reason = { "" };

	UNIT_CHECK(mlops_cells_add_histogram(&cells, one, 2, &plain_allocator, NULL) ==
			   MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_cells_add_histogram(&cells, one, 1, &plain_allocator, &reason) ==
			   MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, "histograms must have the same number of cells, not 2 and 1");
	UNIT_CHECK(mlops_cells_remove_histogram(&cells, most, 2, &plain_allocator, NULL) ==
			   MLOPS_STATUS_INVALID);
	UNIT_CHECK(mlops_cells_add_histogram(&cells, most, 2, &plain_allocator, NULL) ==
			   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(cells.counts[0], INT64_MAX);
	UNIT_CHECK(mlops_cells_add_histogram(&cells, one, 2, &plain_allocator, &reason) ==
			   MLOPS_STATUS_RANGE);
	UNIT_CHECK_TEXT(reason.text, "cell 1 of the sum would be above 9223372036854775807");
	clear(&cells);
}

static MlopsBuffer
written(const MlopsCells *cells, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsCells copy = *cells;
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_cells_transfer(&copy, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

static MlopsStatus
read_cells(const void *bytes, size_t n, bool is_text, const MlopsAllocator *allocator,
		   MlopsCells *cells)
{
	MlopsStateIo io;

	*cells = empty_cells;
	mlops_io_begin_read(&io, is_text, bytes, n, allocator);
	mlops_io_object_begin(&io);
	mlops_cells_transfer(cells, &io);
	return mlops_io_object_end(&io);
}

static bool
are_same(const MlopsCells *a, const MlopsCells *b)
{
	MlopsBuffer bytes_a = written(a, false);
	MlopsBuffer bytes_b = written(b, false);
	bool same = bytes_a.n_bytes == bytes_b.n_bytes &&
				memcmp(bytes_a.bytes, bytes_b.bytes, bytes_a.n_bytes) == 0;

	free(bytes_a.bytes);
	free(bytes_b.bytes);
	return same;
}

/* A state of each kind, the empty one first. */
#define N_KINDS 4

static void
make_kind(MlopsCells *cells, int kind, const MlopsAllocator *allocator)
{
	const double edges[] = { -INFINITY, 0.1, 3 };
	const int64_t histogram[] = { 5, 0, 7 };

	*cells = empty_cells;
	if (kind == MLOPS_CELLS_NUMBERS)
		(void) mlops_cells_set_edges(cells, edges, COUNT(edges), allocator, NULL);
	else if (kind == MLOPS_CELLS_CATEGORIES)
		(void) set_words(cells, "late on_time  \"quoted\" ", NULL);
	else if (kind == MLOPS_CELLS_HISTOGRAMS)
		(void) mlops_cells_add_histogram(cells, histogram, COUNT(histogram), allocator, NULL);
	if (kind == MLOPS_CELLS_NUMBERS || kind == MLOPS_CELLS_CATEGORIES)
	{
		for (size_t i = 0; i < 300; i++)
			mlops_cells_add(cells, i * i % cells->n_cells);
	}
}

static void
what_is_written_is_read_back(void)
{
	for (int kind = 0; kind < N_KINDS; kind++)
	{
		MlopsCells cells, again;

		make_kind(&cells, kind, &plain_allocator);
		for (int is_text = 0; is_text < 2; is_text++)
		{
			MlopsBuffer buffer = written(&cells, is_text);

			UNIT_CHECK_INT(
				read_cells(buffer.bytes, buffer.n_bytes, is_text, &plain_allocator, &again),
				MLOPS_STATUS_OK);
			UNIT_CHECK(are_same(&cells, &again));
			UNIT_CHECK_INT(again.n_rows, cells.n_rows);
			clear(&again);
			/* cut anywhere, or longer, it is refused */
			for (size_t n = 0; n < buffer.n_bytes; n++)
			{
				UNIT_CHECK(read_cells(buffer.bytes, n, is_text, &plain_allocator, &again) !=
						   MLOPS_STATUS_OK);
				clear(&again);
			}
			mlops_buffer_put(&buffer, "1", 1);
			UNIT_CHECK(read_cells(buffer.bytes, buffer.n_bytes, is_text, &plain_allocator,
								  &again) != MLOPS_STATUS_OK);
			clear(&again);
			free(buffer.bytes);
		}
		clear(&cells);
	}
}

static void
what_no_aggregate_makes_is_refused(void)
{
	static const char *const TEXTS[] = {
		"{\"kind\": 4}",
		"{\"kind\": 1, \"edges\": [1], \"counts\": [1, 0, 0, 0]}",
		"{\"kind\": 1, \"edges\": [2, 1], \"counts\": [1, 0, 0, 0, 0]}",
		"{\"kind\": 1, \"edges\": [1, 2], \"counts\": [1, 0, 0, 0]}",
		"{\"kind\": 1, \"edges\": [1, 2], \"counts\": [0, 0, 0, 0, 0]}",
		"{\"kind\": 1, \"edges\": [1, 2], \"counts\": [1, -1, 0, 0, 0]}",
		"{\"kind\": 1, \"edges\": [1, 2], \"counts\": [9223372036854775807, 1, 0, 0, 0]}",
		"{\"kind\": 2, \"categories\": [\"a\", \"a\"], \"counts\": [1, 0, 0, 0]}",
		"{\"kind\": 2, \"categories\": [\"a\"], \"counts\": [1, 0]}",
		"{\"kind\": 3, \"counts\": [1, 0], \"histograms\": 0}",
		"{\"kind\": 3, \"counts\": [-1], \"histograms\": 1}",
	};
	MlopsCells cells;
	const char *good = "{\"kind\": 1, \"edges\": [1, 2], \"counts\": [1, 0, 0, 0, 0]}";

	UNIT_CHECK_INT(read_cells(good, strlen(good), true, &plain_allocator, &cells), MLOPS_STATUS_OK);
	clear(&cells);
	for (size_t i = 0; i < COUNT(TEXTS); i++)
	{
		UNIT_CHECK(read_cells(TEXTS[i], strlen(TEXTS[i]), true, &plain_allocator, &cells) !=
				   MLOPS_STATUS_OK);
		clear(&cells);
	}
}

static void
merged_states_are_those_of_one_pass(void)
{
	for (int kind = 0; kind < N_KINDS; kind++)
	{
		MlopsCells once, twice, into = empty_cells;

		make_kind(&once, kind, &plain_allocator);
		make_kind(&twice, kind, &plain_allocator);
		UNIT_CHECK(mlops_cells_merge(&into, &once, &plain_allocator, NULL) == MLOPS_STATUS_OK);
		UNIT_CHECK(are_same(&into, &once));
		UNIT_CHECK(mlops_cells_merge(&into, &empty_cells, &plain_allocator, NULL) ==
				   MLOPS_STATUS_OK);
		UNIT_CHECK(are_same(&into, &once));
		UNIT_CHECK(mlops_cells_merge(&into, &once, &plain_allocator, NULL) == MLOPS_STATUS_OK);
		for (size_t i = 0; i < twice.n_cells; i++)
			twice.counts[i] *= 2;
		twice.n_rows *= 2;
		UNIT_CHECK(are_same(&into, &twice));
		clear(&once);
		clear(&twice);
		clear(&into);
	}
}

static void
check_unmerged(MlopsCells *into, const MlopsCells *from, MlopsStatus status, const char *expected)
{
	MlopsReason reason = { "" };

	UNIT_CHECK_INT(mlops_cells_merge(into, from, &plain_allocator, &reason), status);
	UNIT_CHECK_TEXT(reason.text, expected);
}

static void
states_of_other_cells_are_not_merged(void)
{
	const double edges[] = { 0, 1, 2 };
	const double others[] = { 0, 1, 3 };
	const int64_t one[] = { 1 };
	const int64_t most[] = { INT64_MAX };
	MlopsCells numbers = cells_of(edges, 3);
	MlopsCells moved = cells_of(others, 3);
	MlopsCells words = empty_cells;
	MlopsCells more_words = empty_cells;
	MlopsCells sum = empty_cells;
	MlopsCells full = empty_cells;

	(void) set_words(&words, "a b ", NULL);
	(void) set_words(&more_words, "a c ", NULL);
	(void) mlops_cells_add_histogram(&sum, one, 1, &plain_allocator, NULL);
	(void) mlops_cells_add_histogram(&full, most, 1, &plain_allocator, NULL);
	check_unmerged(&numbers, &moved, MLOPS_STATUS_INVALID,
				   "edges must be the same in all rows of a group");
	check_unmerged(&words, &more_words, MLOPS_STATUS_INVALID,
				   "categories must be the same in all rows of a group");
	check_unmerged(&words, &numbers, MLOPS_STATUS_INVALID,
				   "states of different aggregates cannot be merged");
	check_unmerged(&sum, &full, MLOPS_STATUS_RANGE,
				   "cell 1 of the sum would be above 9223372036854775807");
	clear(&numbers);
	clear(&moved);
	clear(&words);
	clear(&more_words);
	clear(&sum);
	clear(&full);
}

/* Read a state, merge it with itself into another. */
static MlopsStatus
read_and_merge(const MlopsAllocator *allocator, void *argument)
{
	const MlopsBuffer *bytes = argument;
	MlopsCells cells, into = empty_cells;
	MlopsStatus status = read_cells(bytes->bytes, bytes->n_bytes, false, allocator, &cells);

	if (status == MLOPS_STATUS_OK)
		status = mlops_cells_merge(&into, &cells, allocator, NULL);
	mlops_cells_clear(&cells, allocator);
	mlops_cells_clear(&into, allocator);
	return status;
}

static void
memory_that_is_refused_is_reported(void)
{
	for (int kind = 1; kind < N_KINDS; kind++)
	{
		MlopsCells cells;
		MlopsBuffer bytes;

		make_kind(&cells, kind, &plain_allocator);
		bytes = written(&cells, false);
		UNIT_CHECK(alloc_failing_each(read_and_merge, &bytes) >= 2);
		free(bytes.bytes);
		clear(&cells);
	}
}

int
main(void)
{
	UNIT_RUN(numbers_are_at_or_above_their_lower_edge);
	UNIT_RUN(open_ends_hold_infinities);
	UNIT_RUN(a_search_finds_what_a_scan_finds);
	UNIT_RUN(labels_are_found_by_their_bytes);
	UNIT_RUN(many_labels_are_found);
	UNIT_RUN(edges_that_are_none_are_refused);
	UNIT_RUN(equal_labels_are_refused);
	UNIT_RUN(a_zero_has_no_sign_in_edges);
	UNIT_RUN(removing_everything_leaves_the_empty_state);
	UNIT_RUN(histograms_are_summed_within_their_type);
	UNIT_RUN(what_is_written_is_read_back);
	UNIT_RUN(what_no_aggregate_makes_is_refused);
	UNIT_RUN(merged_states_are_those_of_one_pass);
	UNIT_RUN(states_of_other_cells_are_not_merged);
	UNIT_RUN(memory_that_is_refused_is_reported);
	return unit_end();
}
