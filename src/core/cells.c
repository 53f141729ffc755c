/*
 * Counts of cells.
 */
#include <math.h>
#include <string.h>

#include "core/cells.h"

/* Bytes of the length before a label of a block. */
#define LENGTH_BYTES sizeof(uint64_t)

/* Cells beside those between edges: below, above, NULL, NaN; and beside labels: OTHER, NULL. */
#define N_OUTSIDE 4
#define N_OTHER	  2

static bool
make_counts(MlopsCells *cells, size_t n, const MlopsAllocator *allocator)
{
	cells->counts = mlops_alloc_zero(allocator, n, sizeof(int64_t));
	if (cells->counts == NULL)
		return false;
	cells->n_cells = n;
	return true;
}

/* A copy, NULL without memory. */
static void *
copy_bytes(const MlopsAllocator *allocator, const void *bytes, size_t n)
{
	void *copy = mlops_alloc(allocator, n, 1);

	if (copy != NULL && n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

/* INVALID unless there are two edges or more and each is above the one before; NaN never is. */
static MlopsStatus
check_edges(const double *edges, size_t n, MlopsReason *reason)
{
	if (n < 2)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "edges must have at least two elements, not %zu", n);
	for (size_t i = 0; i < n; i++)
	{
		if (isnan(edges[i]))
			return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
									 "edges must be numbers, but element %zu is NaN", i + 1);
		if (i > 0 && edges[i] <= edges[i - 1])
			return mlops_status_fail(
				reason, MLOPS_STATUS_INVALID,
				"edges must increase strictly, but %.15g, element %zu, comes after %.15g", edges[i],
				i + 1, edges[i - 1]);
	}
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_cells_set_edges(MlopsCells *cells, const double *edges, size_t n,
					  const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsStatus status = check_edges(edges, n, reason);

	if (status != MLOPS_STATUS_OK)
		return status;
	cells->kind = MLOPS_CELLS_NUMBERS;
	cells->edges = mlops_alloc(allocator, n, sizeof(double));
	if (cells->edges == NULL || !make_counts(cells, n - 1 + N_OUTSIDE, allocator))
		return MLOPS_STATUS_NOMEM;
	/* 0 instead of -0: equal edges have equal bytes */
	for (size_t i = 0; i < n; i++)
		cells->edges[i] = edges[i] + 0.0;
	cells->n_edges = n;
	return MLOPS_STATUS_OK;
}

void
mlops_cells_put_label(MlopsBuffer *block, const void *bytes, size_t n)
{
	mlops_buffer_put_uint(block, n, LENGTH_BYTES);
	mlops_buffer_put(block, bytes, n);
}

bool
mlops_cells_next_label(MlopsCursor *cursor, const uint8_t *block, MlopsLabel *label)
{
	if (mlops_cursor_left(cursor) == 0)
		return false;
	label->n_bytes = (size_t) mlops_cursor_get_uint(cursor, LENGTH_BYTES);
	label->offset = (size_t) (cursor->next - block);
	return mlops_cursor_get(cursor, label->n_bytes) != NULL;
}

/* Order of byte strings: of their common part, then the shorter first. */
static int
compare_bytes(const void *a, size_t n_a, const void *b, size_t n_b)
{
	size_t n = n_a < n_b ? n_a : n_b;
	int order = n > 0 ? memcmp(a, b, n) : 0;

	if (order != 0)
		return order;
	return n_a < n_b ? -1 : n_a > n_b;
}

/* Merge two ordered runs of labels into out. */
static void
merge_runs(const uint8_t *block, const MlopsLabel *left, size_t n_left, const MlopsLabel *right,
		   size_t n_right, MlopsLabel *out)
{
	while (n_left > 0 && n_right > 0)
	{
		if (compare_bytes(block + left->offset, left->n_bytes, block + right->offset,
						  right->n_bytes) <= 0)
		{
			*out++ = *left++;
			n_left--;
		}
		else
		{
			*out++ = *right++;
			n_right--;
		}
	}
	if (n_left > 0)
		memcpy(out, left, n_left * sizeof(MlopsLabel));
	if (n_right > 0)
		memcpy(out, right, n_right * sizeof(MlopsLabel));
}

/* Sort by bytes: runs of 1, 2, 4 ..., as a comparison needs the block, which qsort would not hand on. */
static bool
sort_labels(MlopsCells *cells, const MlopsAllocator *allocator)
{
	size_t n = cells->n_labels;
	MlopsLabel *scratch = mlops_alloc(allocator, n, sizeof(MlopsLabel));

	if (scratch == NULL)
		return false;
	for (size_t width = 1; width < n; width *= 2)
	{
		MlopsLabel *sorted = scratch;

		for (size_t i = 0; i < n; i += 2 * width)
		{
			size_t n_left = n - i < width ? n - i : width;
			size_t n_right = n - i - n_left < width ? n - i - n_left : width;

			merge_runs(cells->block, cells->labels + i, n_left, cells->labels + i + n_left, n_right,
					   scratch + i);
		}
		scratch = cells->labels;
		cells->labels = sorted;
	}
	mlops_free(allocator, scratch);
	return true;
}

/* Find the labels of the block and put them in order. */
static MlopsStatus
index_labels(MlopsCells *cells, const MlopsAllocator *allocator)
{
	MlopsCursor cursor = { cells->block, cells->block + cells->block_bytes, false };
	MlopsLabel label;
	size_t n = 0;

	while (mlops_cells_next_label(&cursor, cells->block, &label))
		n++;
	cells->labels = mlops_alloc(allocator, n, sizeof(MlopsLabel));
	if (cells->labels == NULL)
		return MLOPS_STATUS_NOMEM;
	cells->n_labels = n;
	cursor = (MlopsCursor){ cells->block, cells->block + cells->block_bytes, false };
	for (size_t i = 0; i < n; i++)
	{
		(void) mlops_cells_next_label(&cursor, cells->block, &cells->labels[i]);
		cells->labels[i].cell = i;
	}
	return sort_labels(cells, allocator) ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;
}

/* INVALID if two labels, which are in order, are equal. */
static MlopsStatus
check_distinct(const MlopsCells *cells, MlopsReason *reason)
{
	for (size_t i = 1; i < cells->n_labels; i++)
	{
		const MlopsLabel *a = &cells->labels[i - 1];
		const MlopsLabel *b = &cells->labels[i];

		if (compare_bytes(cells->block + a->offset, a->n_bytes, cells->block + b->offset,
						  b->n_bytes) == 0)
			return mlops_status_fail(
				reason, MLOPS_STATUS_INVALID,
				"categories must differ, but elements %zu and %zu are both \"%.*s\"",
				(a->cell < b->cell ? a->cell : b->cell) + 1,
				(a->cell < b->cell ? b->cell : a->cell) + 1,
				(int) (a->n_bytes < 60 ? a->n_bytes : 60), (const char *) cells->block + a->offset);
	}
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_cells_set_labels(MlopsCells *cells, const uint8_t *block, size_t n_bytes,
					   const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsStatus status;

	cells->kind = MLOPS_CELLS_CATEGORIES;
	cells->block = copy_bytes(allocator, block, n_bytes);
	if (cells->block == NULL)
		return MLOPS_STATUS_NOMEM;
	cells->block_bytes = n_bytes;
	status = index_labels(cells, allocator);
	if (status == MLOPS_STATUS_OK)
		status = check_distinct(cells, reason);
	if (status == MLOPS_STATUS_OK && !make_counts(cells, cells->n_labels + N_OTHER, allocator))
		status = MLOPS_STATUS_NOMEM;
	return status;
}

bool
mlops_cells_has_edges(const MlopsCells *cells, const double *edges, size_t n)
{
	if (cells->kind != MLOPS_CELLS_NUMBERS || cells->n_edges != n)
		return false;
	if (memcmp(cells->edges, edges, n * sizeof(double)) == 0)
		return true;
	/* -0 is 0 */
	for (size_t i = 0; i < n; i++)
	{
		if (!(cells->edges[i] == edges[i]))
			return false;
	}
	return true;
}

bool
mlops_cells_has_labels(const MlopsCells *cells, const uint8_t *block, size_t n_bytes)
{
	return cells->kind == MLOPS_CELLS_CATEGORIES && cells->block_bytes == n_bytes &&
		   (n_bytes == 0 || memcmp(cells->block, block, n_bytes) == 0);
}

size_t
mlops_cells_find_number(const MlopsCells *cells, double x)
{
	size_t n_at_most = 0; /* edges that are <= x lie before this one */
	size_t n = cells->n_edges;

	if (isnan(x))
		return cells->n_cells - 1;
	while (n > 0)
	{
		size_t half = n / 2;

		if (cells->edges[n_at_most + half] <= x)
		{
			n_at_most += half + 1;
			n -= half + 1;
		}
		else
			n = half;
	}
	/* an open end holds Infinity itself */
	if (n_at_most == cells->n_edges && isinf(x) && isinf(cells->edges[cells->n_edges - 1]))
		n_at_most--;
	return n_at_most;
}

size_t
mlops_cells_find_label(const MlopsCells *cells, const void *bytes, size_t n)
{
	size_t low = 0;
	size_t high = cells->n_labels;

	while (low < high)
	{
		size_t middle = low + (high - low) / 2;
		const MlopsLabel *label = &cells->labels[middle];
		int order = compare_bytes(bytes, n, cells->block + label->offset, label->n_bytes);

		if (order == 0)
			return label->cell;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return cells->n_labels;
}

size_t
mlops_cells_null_cell(const MlopsCells *cells)
{
	return cells->n_cells - (cells->kind == MLOPS_CELLS_NUMBERS ? 2 : 1);
}

void
mlops_cells_add(MlopsCells *cells, size_t cell)
{
	cells->counts[cell]++;
	cells->n_rows++;
}

bool
mlops_cells_remove(MlopsCells *cells, size_t cell, const MlopsAllocator *allocator)
{
	if (cell >= cells->n_cells || cells->counts[cell] == 0)
		return false;
	cells->counts[cell]--;
	if (--cells->n_rows == 0)
		mlops_cells_clear(cells, allocator);
	return true;
}

/* Add counts and rows; RANGE if one does not fit. */
static MlopsStatus
add_counts(MlopsCells *cells, const int64_t *counts, int64_t n_rows, MlopsReason *reason)
{
	for (size_t i = 0; i < cells->n_cells; i++)
	{
		if (counts[i] > INT64_MAX - cells->counts[i])
			return mlops_status_fail(reason, MLOPS_STATUS_RANGE,
									 "cell %zu of the sum would be above %lld", i + 1,
									 (long long) INT64_MAX);
		cells->counts[i] += counts[i];
	}
	if (n_rows > INT64_MAX - cells->n_rows)
		return mlops_status_fail(reason, MLOPS_STATUS_RANGE, "more than %lld rows",
								 (long long) INT64_MAX);
	cells->n_rows += n_rows;
	return MLOPS_STATUS_OK;
}

static MlopsStatus
fail_length(const MlopsCells *cells, size_t n, MlopsReason *reason)
{
	return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
							 "histograms must have the same number of cells, not %zu and %zu",
							 cells->n_cells, n);
}

MlopsStatus
mlops_cells_add_histogram(MlopsCells *cells, const int64_t *counts, size_t n,
						  const MlopsAllocator *allocator, MlopsReason *reason)
{
	if (cells->kind == MLOPS_CELLS_EMPTY)
	{
		if (!make_counts(cells, n, allocator))
			return MLOPS_STATUS_NOMEM;
		cells->kind = MLOPS_CELLS_HISTOGRAMS;
	}
	if (cells->kind != MLOPS_CELLS_HISTOGRAMS || cells->n_cells != n)
		return fail_length(cells, n, reason);
	return add_counts(cells, counts, 1, reason);
}

MlopsStatus
mlops_cells_remove_histogram(MlopsCells *cells, const int64_t *counts, size_t n,
							 const MlopsAllocator *allocator, MlopsReason *reason)
{
	if (cells->kind != MLOPS_CELLS_HISTOGRAMS || cells->n_cells != n)
		return fail_length(cells, n, reason);
	for (size_t i = 0; i < n; i++)
	{
		if (counts[i] > cells->counts[i])
			return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
									 "cell %zu of the sum has no %lld to take away", i + 1,
									 (long long) counts[i]);
		cells->counts[i] -= counts[i];
	}
	if (--cells->n_rows == 0)
		mlops_cells_clear(cells, allocator);
	return MLOPS_STATUS_OK;
}

/* Give an empty state the cells of another, with no rows. */
static MlopsStatus
copy_shape(MlopsCells *into, const MlopsCells *from, const MlopsAllocator *allocator,
		   MlopsReason *reason)
{
	if (from->kind == MLOPS_CELLS_NUMBERS)
		return mlops_cells_set_edges(into, from->edges, from->n_edges, allocator, reason);
	if (from->kind == MLOPS_CELLS_CATEGORIES)
		return mlops_cells_set_labels(into, from->block, from->block_bytes, allocator, reason);
	into->kind = from->kind;
	return make_counts(into, from->n_cells, allocator) ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;
}

/* INVALID unless both have the same cells. */
static MlopsStatus
check_shape(const MlopsCells *into, const MlopsCells *from, MlopsReason *reason)
{
	if (into->kind != from->kind)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states of different aggregates cannot be merged");
	if (into->kind == MLOPS_CELLS_NUMBERS &&
		!mlops_cells_has_edges(into, from->edges, from->n_edges))
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "edges must be the same in all rows of a group");
	if (into->kind == MLOPS_CELLS_CATEGORIES &&
		!mlops_cells_has_labels(into, from->block, from->block_bytes))
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "categories must be the same in all rows of a group");
	if (into->n_cells != from->n_cells)
		return fail_length(into, from->n_cells, reason);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_cells_merge(MlopsCells *into, const MlopsCells *from, const MlopsAllocator *allocator,
				  MlopsReason *reason)
{
	MlopsStatus status;

	if (from->kind == MLOPS_CELLS_EMPTY)
		return MLOPS_STATUS_OK;
	if (into->kind == MLOPS_CELLS_EMPTY)
		status = copy_shape(into, from, allocator, reason);
	else
		status = check_shape(into, from, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	return add_counts(into, from->counts, from->n_rows, reason);
}

void
mlops_cells_clear(MlopsCells *cells, const MlopsAllocator *allocator)
{
	mlops_free(allocator, cells->counts);
	mlops_free(allocator, cells->edges);
	mlops_free(allocator, cells->block);
	mlops_free(allocator, cells->labels);
	memset(cells, 0, sizeof(*cells));
}
