/*
 * Sums of a node's rows by the code of one column.
 *
 * 1. accumulate: one pass over the rows adds to the cells of one or two
 *    columns.  PACKED adds one word per row and column, looked up by the row's
 *    tag (class and multiplicity); that pass is where training spends its time,
 *    so it is compiled once per row width.  The other kinds read what a row adds
 *    once for both columns, and are compiled once per kind.
 * 2. collect: the cells that hold rows are copied out in order of code and set
 *    back to zero.  A node with fewer rows than cells has marked them in a bit
 *    map of two levels, and no other cell is looked at.
 */
#include <string.h>

#include "core/histogram.h"

#define SMALL_NODE_ROWS 256

/* Largest counters of the two packed forms. */
#define PACKED_ROWS_BITS  20
#define PACKED_COUNT_BITS 22

void
mlops_sums_init(MlopsSums *sums, const MlopsDataset *dataset, uint32_t min_samples_leaf,
				size_t n_unique, size_t n_draws)
{
	bool counts_rows = min_samples_leaf > 1;
	bool fits = counts_rows ? n_unique < ((size_t) 1 << PACKED_ROWS_BITS) &&
								  n_draws < ((size_t) 1 << PACKED_COUNT_BITS) :
							  n_draws <= UINT32_MAX;

	memset(sums, 0, sizeof(*sums));
	sums->n_classes = dataset->n_classes;
	if (dataset->n_classes == 0)
	{
		sums->kind = MLOPS_SUMS_REGRESSION;
		sums->cell_words = 4;
		return;
	}
	sums->kind = MLOPS_SUMS_CLASSES;
	sums->cell_words = dataset->n_classes + 1;
	if (dataset->n_classes != 2 || dataset->is_weighted || !fits)
		return;
	sums->kind = MLOPS_SUMS_PACKED;
	sums->cell_words = 1;
	sums->positive_shift = counts_rows ? PACKED_ROWS_BITS + PACKED_COUNT_BITS : 32;
	sums->negative_shift = counts_rows ? PACKED_ROWS_BITS : 0;
	sums->negative_mask = (UINT64_C(1) << (sums->positive_shift - sums->negative_shift)) - 1;
	sums->rows_mask = counts_rows ? (UINT64_C(1) << PACKED_ROWS_BITS) - 1 : 0;
	for (uint64_t m = 0; m <= MLOPS_MULTIPLICITY_MAX; m++)
	{
		sums->increments[m << 1] = (m << sums->negative_shift) | (counts_rows ? 1 : 0);
		sums->increments[m << 1 | 1] = (m << sums->positive_shift) | (counts_rows ? 1 : 0);
	}
}

bool
mlops_histogram_alloc(MlopsHistogram *histogram, const MlopsSums *sums, uint32_t max_codes,
					  const MlopsAllocator *allocator)
{
	uint32_t n_touched = (max_codes + 63) / 64;

	memset(histogram, 0, sizeof(*histogram));
	histogram->n_summary = (n_touched + 63) / 64;
	histogram->cells = mlops_alloc_zero(allocator, max_codes, sums->cell_words * sizeof(uint64_t));
	histogram->touched = mlops_alloc_zero(allocator, n_touched, sizeof(uint64_t));
	histogram->summary = mlops_alloc_zero(allocator, histogram->n_summary, sizeof(uint64_t));
	histogram->present.codes = mlops_alloc(allocator, max_codes, sizeof(uint16_t));
	histogram->present.cells =
		mlops_alloc(allocator, max_codes, sums->cell_words * sizeof(uint64_t));
	return histogram->cells != NULL && histogram->touched != NULL && histogram->summary != NULL &&
		   histogram->present.codes != NULL && histogram->present.cells != NULL;
}

void
mlops_histogram_free(MlopsHistogram *histogram, const MlopsAllocator *allocator)
{
	mlops_free(allocator, histogram->cells);
	mlops_free(allocator, histogram->touched);
	mlops_free(allocator, histogram->summary);
	mlops_free(allocator, histogram->present.codes);
	mlops_free(allocator, histogram->present.cells);
	memset(histogram, 0, sizeof(*histogram));
}

void
mlops_sums_add(const MlopsSums *sums, uint64_t *cell, const uint64_t *other)
{
	if (sums->kind == MLOPS_SUMS_REGRESSION)
	{
		cell[MLOPS_CELL_SUM_LOW] += other[MLOPS_CELL_SUM_LOW];
		cell[MLOPS_CELL_SUM_HIGH] +=
			other[MLOPS_CELL_SUM_HIGH] + (cell[MLOPS_CELL_SUM_LOW] < other[MLOPS_CELL_SUM_LOW]);
		cell[MLOPS_CELL_WEIGHT] += other[MLOPS_CELL_WEIGHT];
		cell[MLOPS_CELL_ROWS] += other[MLOPS_CELL_ROWS];
		return;
	}
	for (uint32_t i = 0; i < sums->cell_words; i++)
		cell[i] += other[i];
}

void
mlops_sums_subtract(const MlopsSums *sums, uint64_t *cell, const uint64_t *other)
{
	if (sums->kind == MLOPS_SUMS_REGRESSION)
	{
		uint64_t borrow = cell[MLOPS_CELL_SUM_LOW] < other[MLOPS_CELL_SUM_LOW];

		cell[MLOPS_CELL_SUM_LOW] -= other[MLOPS_CELL_SUM_LOW];
		cell[MLOPS_CELL_SUM_HIGH] -= other[MLOPS_CELL_SUM_HIGH] + borrow;
		cell[MLOPS_CELL_WEIGHT] -= other[MLOPS_CELL_WEIGHT];
		cell[MLOPS_CELL_ROWS] -= other[MLOPS_CELL_ROWS];
		return;
	}
	for (uint32_t i = 0; i < sums->cell_words; i++)
		cell[i] -= other[i];
}

/* What a row weighs: its multiplicity, times its sample weight. */
static inline uint64_t
row_weight(const MlopsDataset *dataset, const uint64_t *row)
{
	uint64_t multiplicity = (row[0] >> dataset->class_bits) & MLOPS_MULTIPLICITY_MAX;

	return dataset->is_weighted ? multiplicity * row[dataset->weight_word] : multiplicity;
}

/* Add weight * target to the 128-bit sum of a REGRESSION cell. */
static inline void
add_target(uint64_t *cell, int64_t target, uint64_t weight)
{
	__extension__ typedef unsigned __int128 Uint128;
	__extension__ typedef __int128 Int128;
	Uint128 sum = ((Uint128) cell[MLOPS_CELL_SUM_HIGH] << 64) | cell[MLOPS_CELL_SUM_LOW];

	sum += (Uint128) ((Int128) target * (Int128) weight);
	cell[MLOPS_CELL_SUM_LOW] = (uint64_t) sum;
	cell[MLOPS_CELL_SUM_HIGH] = (uint64_t) (sum >> 64);
	cell[MLOPS_CELL_WEIGHT] += weight;
	cell[MLOPS_CELL_ROWS]++;
}

static inline void
add_row(const MlopsDataset *dataset, const MlopsSums *sums, const uint64_t *row, uint64_t *cell)
{
	uint64_t tag_mask = (UINT64_C(1) << (dataset->class_bits + MLOPS_MULTIPLICITY_BITS)) - 1;

	switch (sums->kind)
	{
		case MLOPS_SUMS_PACKED:
			*cell += sums->increments[row[0] & tag_mask];
			break;
		case MLOPS_SUMS_CLASSES:
			cell[row[0] & ((UINT64_C(1) << dataset->class_bits) - 1)] += row_weight(dataset, row);
			cell[sums->n_classes]++;
			break;
		case MLOPS_SUMS_REGRESSION:
			add_target(cell, (int64_t) row[dataset->target_word], row_weight(dataset, row));
			break;
	}
}

void
mlops_sums_add_row(const MlopsDataset *dataset, const MlopsSums *sums, const uint64_t *row,
				   uint64_t *cell)
{
	add_row(dataset, sums, row, cell);
}

static inline uint32_t
code_of(const uint64_t *row, const MlopsField *field)
{
	return (uint32_t) (row[field->word] >> field->shift) & field->mask;
}

static inline void
touch(MlopsHistogram *histogram, uint32_t code)
{
	histogram->touched[code / 64] |= UINT64_C(1) << (code % 64);
	histogram->summary[code / 4096] |= UINT64_C(1) << (code / 64 % 64);
}

/* PACKED, one column; n_words is a constant where this is inlined. */
static inline void
accumulate_packed_1(const MlopsSums *sums, const uint64_t *rows, size_t n_rows, size_t n_words,
					const MlopsField *field, MlopsHistogram *histogram, bool is_small)
{
	const uint64_t *end = rows + n_rows * n_words;
	MlopsField f = *field;

	for (; rows < end; rows += n_words)
	{
		uint32_t code = code_of(rows, &f);

		histogram->cells[code] += sums->increments[rows[0] & 31];
		if (is_small)
			touch(histogram, code);
	}
}

/* PACKED, two columns in one pass. */
static inline void
accumulate_packed_2(const MlopsSums *sums, const uint64_t *rows, size_t n_rows, size_t n_words,
					const MlopsField *const *fields, MlopsHistogram *histograms, bool is_small)
{
	const uint64_t *end = rows + n_rows * n_words;
	MlopsField f0 = *fields[0];
	MlopsField f1 = *fields[1];
	uint64_t *cells0 = histograms[0].cells;
	uint64_t *cells1 = histograms[1].cells;

	for (; rows < end; rows += n_words)
	{
		uint64_t increment = sums->increments[rows[0] & 31];
		uint32_t code0 = code_of(rows, &f0);
		uint32_t code1 = code_of(rows, &f1);

		cells0[code0] += increment;
		cells1[code1] += increment;
		if (is_small)
		{
			touch(&histograms[0], code0);
			touch(&histograms[1], code1);
		}
	}
}

/* Pick the kernel of one row width. */
static inline void
/* NOLINTNEXTLINE(readability-function-size): inlined where most arguments are constants */
accumulate_packed(const MlopsSums *sums, const uint64_t *rows, size_t n_rows, size_t n_words,
				  const MlopsField *const *fields, MlopsHistogram *histograms, int n_fields,
				  bool is_small)
{
	if (n_fields == 1)
		accumulate_packed_1(sums, rows, n_rows, n_words, fields[0], histograms, is_small);
	else if (is_small)
		accumulate_packed_2(sums, rows, n_rows, n_words, fields, histograms, true);
	else
		accumulate_packed_2(sums, rows, n_rows, n_words, fields, histograms, false);
}

/* What a row of CLASSES or REGRESSION adds, read once for all columns. */
typedef struct RowSums
{
	uint32_t class_idx;
	uint64_t weight;
	int64_t target;
} RowSums;

static inline RowSums
read_row(const MlopsDataset *dataset, const uint64_t *row, MlopsSumsKind kind)
{
	uint64_t class_mask = (UINT64_C(1) << dataset->class_bits) - 1;

	return (RowSums){ .class_idx = (uint32_t) (row[0] & class_mask),
					  .weight = row_weight(dataset, row),
					  .target =
						  kind == MLOPS_SUMS_REGRESSION ? (int64_t) row[dataset->target_word] : 0 };
}

static inline void
add_to_cell(MlopsSumsKind kind, uint32_t cell_words, const RowSums *row, uint64_t *cell)
{
	if (kind == MLOPS_SUMS_REGRESSION)
	{
		add_target(cell, row->target, row->weight);
		return;
	}
	cell[row->class_idx] += row->weight;
	cell[cell_words - 1]++;
}

/* CLASSES and REGRESSION; kind, n_fields and is_small are constants where this is inlined. */
static inline void
/* NOLINTNEXTLINE(readability-function-size): a struct would be in the way of the constants */
accumulate_wide(const MlopsDataset *dataset, uint32_t cell_words, const uint64_t *rows,
				size_t n_rows, const MlopsField *const *fields, MlopsHistogram *histograms,
				MlopsSumsKind kind, int n_fields, bool is_small)
{
	MlopsDataset d = *dataset; /* copies, which no store to a cell can change */
	MlopsField f0 = *fields[0];
	MlopsField f1 = *fields[n_fields - 1];
	uint64_t *cells0 = histograms[0].cells;
	uint64_t *cells1 = histograms[n_fields - 1].cells;

	for (size_t i = 0; i < n_rows; i++, rows += d.n_words)
	{
		RowSums row = read_row(&d, rows, kind);
		uint32_t code0 = code_of(rows, &f0);
		uint32_t code1 = code_of(rows, &f1);

		add_to_cell(kind, cell_words, &row, cells0 + (size_t) code0 * cell_words);
		if (n_fields == 2)
			add_to_cell(kind, cell_words, &row, cells1 + (size_t) code1 * cell_words);
		if (is_small)
			touch(&histograms[0], code0);
		if (is_small && n_fields == 2)
			touch(&histograms[1], code1);
	}
}

/* Pick the kernel of one kind of cells. */
static inline void
/* NOLINTNEXTLINE(readability-function-size): inlined where most arguments are constants */
accumulate_kind(const MlopsDataset *dataset, uint32_t cell_words, const uint64_t *rows,
				size_t n_rows, const MlopsField *const *fields, MlopsHistogram *histograms,
				MlopsSumsKind kind, int n_fields, bool is_small)
{
	if (n_fields == 1)
		accumulate_wide(dataset, cell_words, rows, n_rows, fields, histograms, kind, 1, is_small);
	else if (is_small)
		accumulate_wide(dataset, cell_words, rows, n_rows, fields, histograms, kind, 2, true);
	else
		accumulate_wide(dataset, cell_words, rows, n_rows, fields, histograms, kind, 2, false);
}

/* True if a cell holds rows. */
static inline bool
is_present(const MlopsSums *sums, const uint64_t *cell)
{
	return cell[sums->cell_words - 1] != 0;
}

/* Move a cell to the end of the list and clear it. */
static inline void
collect_cell(const MlopsSums *sums, MlopsHistogram *histogram, uint32_t code, uint32_t missing)
{
	MlopsPresent *present = &histogram->present;
	uint64_t *cell = histogram->cells + (size_t) code * sums->cell_words;
	uint64_t *target = present->cells + (size_t) present->n * sums->cell_words;

	/* missing is the largest code, so its cell always comes last */
	if (sums->cell_words == 1)
	{
		*target = *cell;
		*cell = 0;
	}
	else
	{
		memcpy(target, cell, sums->cell_words * sizeof(uint64_t));
		memset(cell, 0, sums->cell_words * sizeof(uint64_t));
	}
	if (code == missing)
		present->has_missing = true;
	else
		present->codes[present->n++] = (uint16_t) code;
}

/* Collect by the marks of a small node. */
static void
collect_touched(const MlopsSums *sums, MlopsHistogram *histogram, uint32_t missing)
{
	for (uint32_t s = 0; s < histogram->n_summary; s++)
	{
		for (uint64_t words = histogram->summary[s]; words != 0; words &= words - 1)
		{
			uint32_t w = s * 64 + (uint32_t) __builtin_ctzll(words);

			for (uint64_t bits = histogram->touched[w]; bits != 0; bits &= bits - 1)
				collect_cell(sums, histogram, w * 64 + (uint32_t) __builtin_ctzll(bits), missing);
			histogram->touched[w] = 0;
		}
		histogram->summary[s] = 0;
	}
}

/* Collect by looking at every cell. */
static void
collect_all(const MlopsSums *sums, MlopsHistogram *histogram, const MlopsField *field)
{
	for (uint32_t code = 0; code < field->n_codes; code++)
	{
		if (is_present(sums, histogram->cells + (size_t) code * sums->cell_words))
			collect_cell(sums, histogram, code, field->mask);
	}
	if (is_present(sums, histogram->cells + (size_t) field->mask * sums->cell_words))
		collect_cell(sums, histogram, field->mask, field->mask);
}

void
mlops_histogram_build(const MlopsDataset *dataset, const MlopsSums *sums, const uint64_t *rows,
					  size_t n_rows, const MlopsField *const *fields, MlopsHistogram *histograms,
					  int n_fields)
{
	uint32_t n_codes = fields[0]->n_codes;
	bool is_small;

	if (n_fields == 2 && fields[1]->n_codes < n_codes)
		n_codes = fields[1]->n_codes;
	is_small = n_rows <= SMALL_NODE_ROWS || n_rows <= n_codes;
	if (sums->kind == MLOPS_SUMS_CLASSES)
		accumulate_kind(dataset, sums->cell_words, rows, n_rows, fields, histograms,
						MLOPS_SUMS_CLASSES, n_fields, is_small);
	else if (sums->kind == MLOPS_SUMS_REGRESSION)
		accumulate_kind(dataset, MLOPS_CELL_ROWS + 1, rows, n_rows, fields, histograms,
						MLOPS_SUMS_REGRESSION, n_fields, is_small);
	else if (dataset->n_words == 1)
		accumulate_packed(sums, rows, n_rows, 1, fields, histograms, n_fields, is_small);
	else if (dataset->n_words == 2)
		accumulate_packed(sums, rows, n_rows, 2, fields, histograms, n_fields, is_small);
	else
		accumulate_packed(sums, rows, n_rows, dataset->n_words, fields, histograms, n_fields,
						  is_small);
	for (int i = 0; i < n_fields; i++)
	{
		histograms[i].present.n = 0;
		histograms[i].present.has_missing = false;
		if (is_small)
			collect_touched(sums, &histograms[i], fields[i]->mask);
		else
			collect_all(sums, &histograms[i], fields[i]);
	}
}

void
mlops_histogram_build_naive(const MlopsDataset *dataset, const MlopsSums *sums,
							const uint64_t *rows, size_t n_rows, const MlopsField *field,
							MlopsHistogram *histogram)
{
	for (size_t i = 0; i < n_rows; i++)
	{
		const uint64_t *row = rows + i * dataset->n_words;

		mlops_sums_add_row(dataset, sums, row,
						   histogram->cells + (size_t) code_of(row, field) * sums->cell_words);
	}
	histogram->present.n = 0;
	histogram->present.has_missing = false;
	collect_all(sums, histogram, field);
}
