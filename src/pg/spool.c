/*
 * Rows of a training between reading and packing.
 *
 * A block in the file is the arrays of its columns, one behind the other.  A
 * layout says how wide each column is and where it begins; blocks of the same
 * layout share it.  It changes in two ways:
 *
 *   numbers   are written as 16-bit or 32-bit integers as long as all of their
 *             column are such; from the first block that has others they are wider
 *   arrays    when a float8[] column is expanded, later blocks have more columns;
 *             column_in() goes back to the column that a new one was, which had
 *             no value
 */
#include "postgres.h"

#include <math.h>

#include "storage/buffile.h"
#include "storage/shmem.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "pg/compat.h"
#include "pg/spool.h"

/* Widths that numbers are tried with; after so many layouts the widest is taken at once. */
#define LAYOUTS_MAX 16

/* How a value is written. */
typedef enum SpoolForm
{
	FORM_LEVEL, /* uint16, all ones = missing */
	FORM_INT16, /* the least one = missing */
	FORM_INT32,
	FORM_DOUBLE,
} SpoolForm;

static const Size FORM_BYTES[] = { sizeof(uint16), sizeof(int16), sizeof(int32), sizeof(double) };

typedef struct SpoolLayout
{
	int n_expansions; /* of arrays, before it */
	int n_columns;
	uint8 *forms;  /* [n_columns] SpoolForm */
	Size *offsets; /* [n_columns] bytes of a row before each column */
} SpoolLayout;

/* A block in the file. */
typedef struct SpoolBlock
{
	int64 offset; /* of its first column, in bytes */
	uint32 n_rows;
	uint32 layout;
} SpoolBlock;

struct MlopsSpool
{
	MemoryContext context;
	ResourceOwner owner;
	const MlopsRows *rows; /* of the reader: its columns, and the last block */
	BufFile *file;		   /* NULL as long as there is none but the last block */
	int64 n_bytes;		   /* of the file */
	SpoolBlock *blocks;	   /* [n_blocks] without the last one */
	size_t n_blocks;
	size_t blocks_capacity;
	SpoolLayout *layouts; /* [n_layouts] */
	uint32 n_layouts;
	void *narrow; /* one column of a block, as it is in the file */
	void *column; /* the same as it is handed out */
};

MlopsSpool *
mlops_spool_create(void)
{
	MlopsSpool *spool = palloc0(sizeof(MlopsSpool));

	spool->context = CurrentMemoryContext;
	spool->owner = CurrentResourceOwner;
	return spool;
}

/* Make the file; it must outlive the query that is being read. */
static void
open_file(MlopsSpool *spool, size_t block_rows)
{
	MemoryContext before = MemoryContextSwitchTo(spool->context);
	ResourceOwner owner = CurrentResourceOwner;

	CurrentResourceOwner = spool->owner;
	spool->file = BufFileCreateTemp(false);
	CurrentResourceOwner = owner;
	/* no block has more rows than the first */
	spool->narrow = palloc(mul_size(block_rows, sizeof(double)));
	spool->column = palloc(mul_size(block_rows, sizeof(double)));
	spool->layouts = palloc(sizeof(SpoolLayout));
	MemoryContextSwitchTo(before);
}

static SpoolBlock *
add_block(MlopsSpool *spool)
{
	Size n_bytes;

	if (spool->n_blocks >= spool->blocks_capacity)
	{
		spool->blocks_capacity = Max(64, 2 * spool->blocks_capacity);
		n_bytes = mul_size(spool->blocks_capacity, sizeof(SpoolBlock));
		spool->blocks = spool->blocks == NULL ? MemoryContextAlloc(spool->context, n_bytes) :
												repalloc_huge(spool->blocks, n_bytes);
	}
	return &spool->blocks[spool->n_blocks++];
}

/* True if a number is a whole one between -greatest and greatest, or missing. */
static inline bool
is_integer(double number, double greatest)
{
	return isnan(number) || (fabs(number) <= greatest && number == (double) (int32) number);
}

/* The narrowest form of n numbers, from least on. */
static SpoolForm
find_form(const double *numbers, size_t n, SpoolForm least)
{
	SpoolForm form = least;

	for (size_t i = 0; i < n && form != FORM_DOUBLE; i++)
	{
		if (form == FORM_INT16 && !is_integer(numbers[i], PG_INT16_MAX))
			form = FORM_INT32;
		if (form == FORM_INT32 && !is_integer(numbers[i], PG_INT32_MAX))
			form = FORM_DOUBLE;
	}
	return form;
}

/* A layout of the columns of rows, with the forms of the one before. */
static SpoolLayout
make_layout(const MlopsSpool *spool, const MlopsRows *rows)
{
	const SpoolLayout *last = spool->n_layouts == 0 ? NULL : &spool->layouts[spool->n_layouts - 1];
	SpoolForm least = spool->n_layouts < LAYOUTS_MAX ? FORM_INT16 : FORM_DOUBLE;
	SpoolLayout layout = { .n_expansions = rows->n_expansions, .n_columns = rows->n_features };
	bool is_same = last != NULL && last->n_expansions == rows->n_expansions;
	Size n = Max(rows->n_features, 1);
	Size offset = 0;

	layout.forms = MemoryContextAlloc(spool->context, n);
	layout.offsets = MemoryContextAlloc(spool->context, mul_size(n, sizeof(Size)));
	for (int c = 0; c < rows->n_features; c++)
	{
		const MlopsReadColumn *column = &rows->features[c];
		SpoolForm form = FORM_LEVEL;

		if (column->type.kind == MLOPS_COLUMN_NUMERIC)
			form = find_form(column->numbers, rows->n_block,
							 is_same ? Max(last->forms[c], least) : least);
		layout.forms[c] = (uint8) form;
		layout.offsets[c] = offset;
		offset += FORM_BYTES[form];
	}
	return layout;
}

/* The layout for a block: the one before, or a new one. */
static const SpoolLayout *
enter_layout(MlopsSpool *spool, const MlopsRows *rows)
{
	SpoolLayout layout = make_layout(spool, rows);
	const SpoolLayout *last = spool->n_layouts == 0 ? NULL : &spool->layouts[spool->n_layouts - 1];

	if (last != NULL && last->n_expansions == layout.n_expansions &&
		memcmp(last->forms, layout.forms, layout.n_columns) == 0)
	{
		pfree(layout.forms);
		pfree(layout.offsets);
		return last;
	}
	spool->layouts = repalloc(spool->layouts, sizeof(SpoolLayout) * (spool->n_layouts + 1));
	spool->layouts[spool->n_layouts] = layout;
	return &spool->layouts[spool->n_layouts++];
}

/* Write n numbers as integers, the least one for missing. */
#define NARROW(type, least)                                                                        \
	for (size_t i = 0; i < n; i++)                                                                 \
	((type *) narrow)[i] = isnan(numbers[i]) ? (least) : (type) numbers[i]

/* Read them again. */
#define WIDEN(type, least)                                                                         \
	for (size_t i = 0; i < n; i++)                                                                 \
	numbers[i] = ((const type *) narrow)[i] == (least) ? nan : (double) ((const type *) narrow)[i]

/* Values of a column in their form; in place if that is the reader's own. */
static const void *
narrow_values(const MlopsReadColumn *column, SpoolForm form, size_t n, void *narrow)
{
	const double *numbers = column->numbers;

	if (form == FORM_DOUBLE)
		return numbers;
	if (form == FORM_INT16)
		NARROW(int16, PG_INT16_MIN);
	else if (form == FORM_INT32)
		NARROW(int32, PG_INT32_MIN);
	else
	{
		for (size_t i = 0; i < n; i++)
			((uint16 *) narrow)[i] = (uint16) column->level_ids[i];
	}
	return narrow;
}

/* The reverse. */
static void
widen_values(const void *narrow, SpoolForm form, size_t n, void *values)
{
	double nan = get_float8_nan();
	double *numbers = values;

	StaticAssertStmt((uint16) MLOPS_LEVEL_NONE == PG_UINT16_MAX && MLOPS_MAX_LEVELS < PG_UINT16_MAX,
					 "levels and missing are told apart by 16 bits");
	if (form == FORM_INT16)
		WIDEN(int16, PG_INT16_MIN);
	else if (form == FORM_INT32)
		WIDEN(int32, PG_INT32_MIN);
	else if (form == FORM_LEVEL)
	{
		for (size_t i = 0; i < n; i++)
		{
			uint16 level = ((const uint16 *) narrow)[i];

			((uint32 *) values)[i] = level == PG_UINT16_MAX ? MLOPS_LEVEL_NONE : level;
		}
	}
}

void
mlops_spool_take(void *state, const MlopsRows *rows)
{
	MlopsSpool *spool = state;
	const SpoolLayout *layout;

	spool->rows = rows;
	if (rows->is_complete)
		return;
	if (spool->file == NULL)
		open_file(spool, rows->n_block);
	layout = enter_layout(spool, rows);
	*add_block(spool) = (SpoolBlock){ .offset = spool->n_bytes,
									  .n_rows = (uint32) rows->n_block,
									  .layout = (uint32) (layout - spool->layouts) };
	for (int c = 0; c < rows->n_features; c++)
	{
		Size n_bytes = FORM_BYTES[layout->forms[c]] * rows->n_block;

		mlops_buffile_write(
			spool->file,
			narrow_values(&rows->features[c], layout->forms[c], rows->n_block, spool->narrow),
			n_bytes);
		spool->n_bytes += (int64) n_bytes;
	}
}

size_t
mlops_spool_n_blocks(const MlopsSpool *spool)
{
	return spool->n_blocks + (spool->rows->n_block > 0);
}

size_t
mlops_spool_block_rows(const MlopsSpool *spool, size_t block)
{
	return block < spool->n_blocks ? spool->blocks[block].n_rows : spool->rows->n_block;
}

/* The column that one was before the expansions from number n on. */
static int
column_in(const MlopsRows *rows, int n, int column)
{
	for (int i = rows->n_expansions - 1; i >= n; i--)
	{
		int place = rows->expansions[i].place;
		int n_elements = rows->expansions[i].n_elements;

		if (column >= place + n_elements)
			column -= n_elements - 1;
		else if (column > place)
			column = place;
	}
	return column;
}

const void *
mlops_spool_read(MlopsSpool *spool, size_t block, int column)
{
	const SpoolBlock *from;
	const SpoolLayout *layout;
	void *target;
	SpoolForm form;
	int64 offset;

	if (block >= spool->n_blocks)
		return mlops_read_values(&spool->rows->features[column]);
	from = &spool->blocks[block];
	layout = &spool->layouts[from->layout];
	column = column_in(spool->rows, layout->n_expansions, column);
	form = (SpoolForm) layout->forms[column];
	offset = from->offset + (int64) (layout->offsets[column] * from->n_rows);
	if (BufFileSeek(spool->file, 0, (off_t) offset, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not seek in the temporary file of a training")));
	target = form == FORM_DOUBLE ? spool->column : spool->narrow;
	mlops_buffile_read(spool->file, target, FORM_BYTES[form] * from->n_rows);
	widen_values(spool->narrow, form, from->n_rows, spool->column);
	return spool->column;
}

void
mlops_spool_free(MlopsSpool *spool)
{
	if (spool->file != NULL)
	{
		BufFileClose(spool->file);
		for (uint32 i = 0; i < spool->n_layouts; i++)
		{
			pfree(spool->layouts[i].forms);
			pfree(spool->layouts[i].offsets);
		}
		pfree(spool->layouts);
		pfree(spool->blocks);
		pfree(spool->narrow);
		pfree(spool->column);
	}
	pfree(spool);
}
