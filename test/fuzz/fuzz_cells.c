/*
 * Whatever bytes or text claim to be the state of a histogram are refused with a reason, or give a state
 * that finds a cell for everything, whose rows are those of its cells, and which reads back from its own bytes.
 *
 * The first byte says how: bit 0 text.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/cells.h"

#include "plain_alloc.h"
#include "proportion.h"
#include "require.h"

static MlopsStatus
transfer_object(MlopsCells *cells, MlopsStateIo *io)
{
	mlops_io_object_begin(io);
	mlops_cells_transfer(cells, io);
	return mlops_io_object_end(io);
}

static MlopsBuffer
written(MlopsCells *cells)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, false, &buffer);
	require(transfer_object(cells, &io) == MLOPS_STATUS_OK);
	return buffer;
}

/* Bytes of a state read as a state of the same bytes. */
static void
check_again(MlopsCells *cells)
{
	MlopsCells again = { 0 };
	MlopsBuffer bytes = written(cells);
	MlopsBuffer bytes_again;
	MlopsStateIo io;

	mlops_io_begin_read(&io, false, bytes.bytes, bytes.n_bytes, &plain_allocator);
	require(transfer_object(&again, &io) == MLOPS_STATUS_OK);
	bytes_again = written(&again);
	require_same(&bytes, &bytes_again);
	mlops_cells_clear(&again, &plain_allocator);
}

/* Each edge and each label is found in the cell that begins with it. */
static void
check_search(const MlopsCells *cells)
{
	static const double VALUES[] = { 0, -1e300, 1e300, INFINITY, -INFINITY, NAN };

	for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++)
		require(cells->kind != MLOPS_CELLS_NUMBERS ||
				mlops_cells_find_number(cells, VALUES[i]) < cells->n_cells);
	for (size_t i = 0; i + 1 < cells->n_edges; i++)
		require(mlops_cells_find_number(cells, cells->edges[i]) == i + 1);
	for (size_t i = 0; i < cells->n_labels; i++)
	{
		const MlopsLabel *label = &cells->labels[i];

		require(label->cell < cells->n_labels &&
				mlops_cells_find_label(cells, cells->block + label->offset, label->n_bytes) ==
					label->cell);
	}
}

/* Merged with itself a state has all rows twice; taken away one by one, none. */
static void
check_arithmetic(MlopsCells *cells)
{
	MlopsCells into = { 0 };
	MlopsReason reason = { "" };
	int64_t n_rows = cells->n_rows;

	require(mlops_cells_merge(&into, cells, &plain_allocator, NULL) == MLOPS_STATUS_OK);
	if (mlops_cells_merge(&into, cells, &plain_allocator, &reason) == MLOPS_STATUS_OK)
		require(into.n_rows == 2 * n_rows);
	else
		require(reason.text[0] != '\0');
	mlops_cells_clear(&into, &plain_allocator);
}

static void
check_rows(MlopsCells *cells, const MlopsAllocator *allocator)
{
	int64_t sum = 0;

	for (size_t i = 0; i < cells->n_cells; i++)
	{
		require(cells->counts[i] >= 0);
		if (cells->kind != MLOPS_CELLS_HISTOGRAMS)
			sum += cells->counts[i];
	}
	require(cells->kind == MLOPS_CELLS_HISTOGRAMS || sum == cells->n_rows);
	if (cells->kind != MLOPS_CELLS_HISTOGRAMS && sum > 0 && sum < 1000)
	{
		for (size_t i = 0; i < cells->n_cells;)
			i += !mlops_cells_remove(cells, i, allocator);
		require(cells->kind == MLOPS_CELLS_EMPTY && cells->counts == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t limit = 64 + 32 * size;
	MlopsAllocator allocator = proportion_allocator(&limit);
	MlopsCells cells = { 0 };
	MlopsStateIo io;

	if (size == 0)
		return 0;
	mlops_io_begin_read(&io, data[0] & 1, data + 1, size - 1, &allocator);
	if (transfer_object(&cells, &io) == MLOPS_STATUS_OK)
	{
		check_again(&cells);
		check_search(&cells);
		check_arithmetic(&cells);
		check_rows(&cells, &allocator);
	}
	else
		require(io.reason.text[0] != '\0');
	mlops_cells_clear(&cells, &allocator);
	return 0;
}
