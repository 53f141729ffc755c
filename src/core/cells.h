/*
 * Counts of cells: the state core of the histogram aggregates.
 *
 *	numbers      K + 1 edges e_0 < ... < e_K make K + 4 cells
 *	             0        1          2              K             K + 1      K + 2   K + 3
 *	             x < e_0  [e_0,e_1)  [e_1,e_2) ...  [e_K-1,e_K)   x >= e_K   NULL    NaN
 *	             an e_K of Infinity belongs to cell K, so nothing is in cell K + 1 then
 *	categories   n labels make n + 2 cells: one per label in the order given, OTHER, NULL
 *	histograms   cells of whole histograms, added one by one
 *
 * Cells are integers, so neither the order of values nor the way in which states were merged can be
 * seen, and taking everything away leaves the empty state, bit for bit.
 */
#ifndef MLOPS_CELLS_H
#define MLOPS_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

typedef enum MlopsCellsKind
{
	MLOPS_CELLS_EMPTY = 0, /* nothing counted, so cells are unknown */
	MLOPS_CELLS_NUMBERS,
	MLOPS_CELLS_CATEGORIES,
	MLOPS_CELLS_HISTOGRAMS,
} MlopsCellsKind;

/* A label in a block of labels. */
typedef struct MlopsLabel
{
	size_t offset; /* of its first byte in the block */
	size_t n_bytes;
	size_t cell;
} MlopsLabel;

/* All zero bytes are the empty state; blocks are from the allocator. */
typedef struct MlopsCells
{
	int64_t kind;	/* MlopsCellsKind */
	int64_t n_rows; /* values or histograms within, > 0 unless empty */
	size_t n_cells;
	int64_t *counts; /* [n_cells] >= 0 */
	size_t n_edges;
	double *edges; /* [n_edges] NUMBERS: strictly increasing, no NaN */
	size_t n_labels;
	size_t block_bytes;
	uint8_t *block;		/* [block_bytes] CATEGORIES: each label behind its length of 8 bytes */
	MlopsLabel *labels; /* [n_labels] by their bytes, to search in */
} MlopsCells;

/*
 * Make an empty state count numbers.
 *
 *   edges   [n] at least 2, strictly increasing; copied
 *
 * Errors: INVALID with a reason, NOMEM; the state may be cleared then.
 */
extern MlopsStatus mlops_cells_set_edges(MlopsCells *cells, const double *edges, size_t n,
										 const MlopsAllocator *allocator, MlopsReason *reason);

/*
 * Make an empty state count labels.
 *
 *   block   [n_bytes] labels as mlops_cells_put_label makes it; copied
 *
 * Errors: INVALID for two equal labels, NOMEM; the state may be cleared then.
 * Cost:   O(n log n) comparisons of n labels.
 */
extern MlopsStatus mlops_cells_set_labels(MlopsCells *cells, const uint8_t *block, size_t n_bytes,
										  const MlopsAllocator *allocator, MlopsReason *reason);

/* Append a label to a block. */
extern void mlops_cells_put_label(MlopsBuffer *block, const void *bytes, size_t n);

/* Read the next label of a block, all but its cell; false at the end. */
extern bool mlops_cells_next_label(MlopsCursor *cursor, const uint8_t *block, MlopsLabel *label);

/* True if the state counts numbers by these edges, or categories by these labels.  Cost: O(n). */
extern bool mlops_cells_has_edges(const MlopsCells *cells, const double *edges, size_t n);
extern bool mlops_cells_has_labels(const MlopsCells *cells, const uint8_t *block, size_t n_bytes);

/* The cell of a number, NaN too, or of a label.  Cost: O(log n). */
extern size_t mlops_cells_find_number(const MlopsCells *cells, double x);
extern size_t mlops_cells_find_label(const MlopsCells *cells, const void *bytes, size_t n);

/* The cell of NULL. */
extern size_t mlops_cells_null_cell(const MlopsCells *cells);

/* Count a row in a cell. */
extern void mlops_cells_add(MlopsCells *cells, size_t cell);

/*
 * Take a row away from a cell; the last one leaves the empty state.
 *
 * Returns false if the cell is empty.
 */
extern bool mlops_cells_remove(MlopsCells *cells, size_t cell, const MlopsAllocator *allocator);

/*
 * Add a histogram, or take it away again.
 *
 *   counts   [n] >= 0
 *
 * Errors: NOMEM; INVALID with a reason for another number of cells, or when one is taken away that was
 * not added; RANGE when a sum leaves int64.
 */
extern MlopsStatus mlops_cells_add_histogram(MlopsCells *cells, const int64_t *counts, size_t n,
											 const MlopsAllocator *allocator, MlopsReason *reason);
extern MlopsStatus mlops_cells_remove_histogram(MlopsCells *cells, const int64_t *counts, size_t n,
												const MlopsAllocator *allocator,
												MlopsReason *reason);

/*
 * Add the counts of from to into, which may be empty; no pointer into from is kept.
 *
 * Errors: NOMEM; INVALID with a reason if edges, labels or kinds differ; RANGE when a sum leaves int64.
 */
extern MlopsStatus mlops_cells_merge(MlopsCells *into, const MlopsCells *from,
									 const MlopsAllocator *allocator, MlopsReason *reason);

/* Back to the empty state; all blocks are freed. */
extern void mlops_cells_clear(MlopsCells *cells, const MlopsAllocator *allocator);

/* All fields (core/state_io.h).  Reading fails with CORRUPT for what no transition can make. */
extern void mlops_cells_transfer(MlopsCells *cells, MlopsStateIo *io);

#endif
