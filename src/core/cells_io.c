/*
 * Fields of the state of a histogram.
 *
 *	kind         0 and nothing more, or
 *	edges        list of numbers, of kind 1
 *	categories   list of texts, of kind 2
 *	counts       list of integers
 *	histograms   number of those that were added, of kind 3
 *
 * What is read goes through the same doors as what is counted, so edges increase, categories differ,
 * and there is a count for each cell; a state without a row is the empty one.
 */
#include <string.h>

#include "core/cells.h"

/* The verdict on a step of reading: what no transition makes is CORRUPT. */
static void
report_read(MlopsStateIo *io, MlopsStatus status, const MlopsReason *reason)
{
	if (status == MLOPS_STATUS_NOMEM)
		mlops_io_fail(io, status, "out of memory");
	else if (status != MLOPS_STATUS_OK)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "%s", reason->text);
}

/* Room for a list that is read; NULL with the failure noted. */
static void *
make_list(MlopsStateIo *io, size_t n, size_t size)
{
	void *list = mlops_alloc_zero(io->allocator, n, size);

	if (list == NULL)
		report_read(io, MLOPS_STATUS_NOMEM, NULL);
	return list;
}

static void
write_edges(const MlopsCells *cells, MlopsStateIo *io)
{
	size_t n = cells->n_edges;

	mlops_io_list_begin(io, "edges", &n);
	for (size_t i = 0; i < n; i++)
		mlops_io_double(io, NULL, &cells->edges[i]);
	mlops_io_list_end(io);
}

static void
read_edges(MlopsCells *cells, MlopsStateIo *io)
{
	MlopsReason reason = { "" };
	size_t n;
	double *edges;

	mlops_io_list_begin(io, "edges", &n);
	edges = make_list(io, n, sizeof(double));
	for (size_t i = 0; i < n && !mlops_io_failed(io); i++)
		mlops_io_double(io, NULL, &edges[i]);
	mlops_io_list_end(io);
	if (!mlops_io_failed(io))
		report_read(io, mlops_cells_set_edges(cells, edges, n, io->allocator, &reason), &reason);
	mlops_free(io->allocator, edges);
}

static void
write_labels(const MlopsCells *cells, MlopsStateIo *io)
{
	MlopsCursor cursor = { cells->block, cells->block + cells->block_bytes, false };
	size_t n = cells->n_labels;
	MlopsLabel label;

	mlops_io_list_begin(io, "categories", &n);
	while (mlops_cells_next_label(&cursor, cells->block, &label))
	{
		uint8_t *bytes = cells->block + label.offset;

		mlops_io_bytes(io, NULL, &bytes, &label.n_bytes);
	}
	mlops_io_list_end(io);
}

static void
read_labels(MlopsCells *cells, MlopsStateIo *io)
{
	MlopsBuffer block = { .allocator = io->allocator };
	MlopsReason reason = { "" };
	size_t n;

	mlops_io_list_begin(io, "categories", &n);
	for (size_t i = 0; i < n && !mlops_io_failed(io); i++)
	{
		uint8_t *bytes;
		size_t n_bytes;

		mlops_io_bytes(io, NULL, &bytes, &n_bytes);
		mlops_cells_put_label(&block, bytes, n_bytes);
		mlops_free(io->allocator, bytes);
	}
	mlops_io_list_end(io);
	if (block.is_failed)
		report_read(io, MLOPS_STATUS_NOMEM, NULL);
	if (!mlops_io_failed(io))
		report_read(
			io, mlops_cells_set_labels(cells, block.bytes, block.n_bytes, io->allocator, &reason),
			&reason);
	mlops_free(io->allocator, block.bytes);
}

static void
write_counts(const MlopsCells *cells, MlopsStateIo *io)
{
	size_t n = cells->n_cells;

	mlops_io_list_begin(io, "counts", &n);
	for (size_t i = 0; i < n; i++)
		mlops_io_int(io, NULL, &cells->counts[i], 0, INT64_MAX);
	mlops_io_list_end(io);
}

/* Give cells that are known their counts, whose sum is the number of rows. */
static void
take_counts(MlopsCells *cells, const int64_t *counts, size_t n, MlopsStateIo *io)
{
	int64_t sum = 0;

	if (n != cells->n_cells)
	{
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "%zu counts for %zu cells", n, cells->n_cells);
		return;
	}
	for (size_t i = 0; i < n; i++)
	{
		if (counts[i] > INT64_MAX - sum)
		{
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "more rows than can be counted");
			return;
		}
		sum += counts[i];
	}
	if (sum == 0)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "cells without rows");
	memcpy(cells->counts, counts, n * sizeof(int64_t));
	cells->n_rows = sum;
}

static void
read_counts(MlopsCells *cells, bool is_sum, MlopsStateIo *io)
{
	MlopsReason reason = { "" };
	size_t n;
	int64_t *counts;

	mlops_io_list_begin(io, "counts", &n);
	counts = make_list(io, n, sizeof(int64_t));
	for (size_t i = 0; i < n && !mlops_io_failed(io); i++)
		mlops_io_int(io, NULL, &counts[i], 0, INT64_MAX);
	mlops_io_list_end(io);
	if (!mlops_io_failed(io) && is_sum)
		report_read(io, mlops_cells_add_histogram(cells, counts, n, io->allocator, &reason),
					&reason);
	else if (!mlops_io_failed(io))
		take_counts(cells, counts, n, io);
	mlops_free(io->allocator, counts);
}

static void
read_cells(MlopsCells *cells, int64_t kind, MlopsStateIo *io)
{
	bool is_sum = kind == MLOPS_CELLS_HISTOGRAMS;

	if (kind == MLOPS_CELLS_NUMBERS)
		read_edges(cells, io);
	else if (kind == MLOPS_CELLS_CATEGORIES)
		read_labels(cells, io);
	if (!mlops_io_failed(io))
		read_counts(cells, is_sum, io);
	if (!mlops_io_failed(io) && is_sum)
		mlops_io_int(io, "histograms", &cells->n_rows, 1, INT64_MAX);
}

static void
write_cells(MlopsCells *cells, MlopsStateIo *io)
{
	if (cells->kind == MLOPS_CELLS_NUMBERS)
		write_edges(cells, io);
	else if (cells->kind == MLOPS_CELLS_CATEGORIES)
		write_labels(cells, io);
	write_counts(cells, io);
	if (cells->kind == MLOPS_CELLS_HISTOGRAMS)
		mlops_io_int(io, "histograms", &cells->n_rows, 1, INT64_MAX);
}

void
mlops_cells_transfer(MlopsCells *cells, MlopsStateIo *io)
{
	int64_t kind = cells->kind;

	mlops_io_int(io, "kind", &kind, MLOPS_CELLS_EMPTY, MLOPS_CELLS_HISTOGRAMS);
	if (mlops_io_failed(io) || kind == MLOPS_CELLS_EMPTY)
		return;
	if (mlops_io_is_reading(io))
		read_cells(cells, kind, io);
	else
		write_cells(cells, io);
}
