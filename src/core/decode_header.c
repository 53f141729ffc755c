/*
 * Bytes -> forest: the header.
 *
 * It is read twice, once to check every field and to add up sizes, once to copy
 * it into the one block of the forest.  Guides to the edges are not stored: they are made at the
 * end, from edges that were checked.
 */
#include <math.h>
#include <string.h>

#include "core/checked.h"
#include "core/codec_internal.h"
#include "core/column_guide.h"

/* What the header is and describes. */
typedef struct HeaderShape
{
	uint32_t format; /* version */
	bool has_weights;
	size_t n_edges;
	size_t guide_bytes;
	size_t n_levels;
	size_t text_bytes;
} HeaderShape;

/* Where the next edge, level record and text go in the block. */
typedef struct BlockPlaces
{
	uint64_t edges;
	uint64_t guides;
	uint64_t levels;
	uint64_t text;
} BlockPlaces;

/* Read the fixed part of the header into forest. */
static MlopsStatus
read_fixed(MlopsCursor *cursor, MlopsForest *forest, HeaderShape *shape, MlopsReason *reason)
{
	uint32_t has_weights;

	shape->format = (uint32_t) mlops_cursor_get_uint(cursor, 2);
	if (!cursor->is_failed && shape->format > MLOPS_FORMAT_VERSION)
		return mlops_status_fail(reason, MLOPS_STATUS_UNSUPPORTED,
								 "format version %u is newer than version %d", shape->format,
								 MLOPS_FORMAT_VERSION);
	forest->task = (uint32_t) mlops_cursor_get_uint(cursor, 1);
	has_weights = (uint32_t) mlops_cursor_get_uint(cursor, 1);
	shape->has_weights = has_weights != 0;
	forest->n_classes = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	forest->n_columns = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	forest->n_trees = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	forest->n_nodes = mlops_cursor_get_uint(cursor, 8);
	forest->n_values = mlops_cursor_get_uint(cursor, 8);
	forest->target_centre = mlops_cursor_get_double(cursor);
	forest->target_step = mlops_cursor_get_double(cursor);
	if (cursor->is_failed)
		return mlops_codec_short_chunk(reason);
	if (shape->format < MLOPS_FORMAT_PLAIN)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "format version %u does not exist",
								 shape->format);
	if (forest->task > MLOPS_TASK_REGRESSION)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "unknown task %u", forest->task);
	if (has_weights > 1)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "has class weights is %u, not 0 or 1", has_weights);
	if (forest->task == MLOPS_TASK_CLASSIFICATION ?
			forest->n_classes < 2 || forest->n_classes > MLOPS_MAX_CLASSES :
			forest->n_classes != 0 || shape->has_weights)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "%u classes do not fit the task",
								 forest->n_classes);
	if (forest->n_columns < 1 || forest->n_columns > MLOPS_MAX_COLUMNS)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "%u columns are not in 1 .. %d",
								 forest->n_columns, MLOPS_MAX_COLUMNS);
	if (forest->n_trees < 1 || forest->n_trees > MLOPS_MAX_TREES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "%u trees are not in 1 .. %d",
								 forest->n_trees, MLOPS_MAX_TREES);
	if (!isfinite(forest->target_centre) || !isfinite(forest->target_step) ||
		forest->target_step <= 0)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "the scale of the target is not finite");
	if (forest->task == MLOPS_TASK_CLASSIFICATION &&
		(forest->target_centre != 0 || forest->target_step != 1))
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "target centre %g and step %g of classes are not 0 and 1",
								 forest->target_centre, forest->target_step);
	forest->n_outputs = mlops_n_outputs(forest->n_classes);
	return MLOPS_STATUS_OK;
}

/* Read a length and as many bytes; NULL past the end. */
static const uint8_t *
read_text(MlopsCursor *cursor, uint32_t *n_bytes)
{
	*n_bytes = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	return mlops_cursor_get(cursor, *n_bytes);
}

/* Read what stands before the name of column number c; returns its flags. */
static uint32_t
read_coding(MlopsCursor *cursor, uint32_t format, uint32_t c, MlopsForestColumn *column)
{
	uint32_t flags;

	column->kind = (uint16_t) mlops_cursor_get_uint(cursor, 1);
	flags = (uint32_t) mlops_cursor_get_uint(cursor, 1);
	column->has_rest = (flags & MLOPS_COLUMN_HAS_REST) != 0;
	column->refuses_missing = (flags & MLOPS_COLUMN_REFUSES_MISSING) != 0;
	column->feature = c;
	column->missing_code = MLOPS_CODE_MISSING;
	column->unseen_code = MLOPS_CODE_MISSING;
	if (format >= MLOPS_FORMAT_PREPROCESSED)
	{
		column->feature = (uint32_t) mlops_cursor_get_uint(cursor, 2);
		column->missing_code = (uint16_t) mlops_cursor_get_uint(cursor, 2);
		column->unseen_code = (uint16_t) mlops_cursor_get_uint(cursor, 2);
	}
	return flags;
}

/* Walk over one column of the header and add up what it takes. */
static MlopsStatus
measure_column(MlopsCursor *cursor, HeaderShape *shape, MlopsReason *reason)
{
	bool is_plain = shape->format == MLOPS_FORMAT_PLAIN;
	MlopsForestColumn column;
	uint32_t flags = read_coding(cursor, shape->format, 0, &column);
	uint32_t n_bytes, n_codes;

	(void) read_text(cursor, &n_bytes);
	shape->text_bytes += n_bytes;
	n_codes = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	if (cursor->is_failed)
		return mlops_codec_short_chunk(reason);
	if (column.kind > (is_plain ? MLOPS_COLUMN_CATEGORICAL : MLOPS_COLUMN_ORDERED) ||
		flags > (is_plain ? MLOPS_COLUMN_HAS_REST : MLOPS_COLUMN_ALL_FLAGS) || n_codes < 1 ||
		n_codes > MLOPS_MAX_CODES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "a column has kind %d, flags %u and %u codes", column.kind, flags,
								 n_codes);
	if (column.kind == MLOPS_COLUMN_NUMERIC)
	{
		shape->n_edges += n_codes - 1;
		shape->guide_bytes += mlops_column_guide_bytes(n_codes - 1);
		(void) mlops_cursor_get(cursor, (size_t) (n_codes - 1) * 8);
	}
	else
	{
		uint32_t n_levels = (uint32_t) mlops_cursor_get_uint(cursor, 4);

		/* a level takes at least 6 bytes, so the count is bounded by what is left */
		if (n_levels > mlops_cursor_left(cursor) / 6)
			return mlops_codec_short_chunk(reason);
		shape->n_levels += n_levels;
		for (uint32_t i = 0; i < n_levels && !cursor->is_failed; i++)
		{
			(void) read_text(cursor, &n_bytes);
			shape->text_bytes += n_bytes;
			(void) mlops_cursor_get_uint(cursor, 2);
		}
	}
	return cursor->is_failed ? mlops_codec_short_chunk(reason) : MLOPS_STATUS_OK;
}

/* Reserve n elements of size bytes at the end of the block, 8-byte aligned. */
static bool
reserve(uint64_t *offset, uint64_t n, size_t size, size_t *end)
{
	size_t n_bytes;

	if (n > SIZE_MAX || !mlops_checked_mul((size_t) n, size, &n_bytes) ||
		!mlops_checked_add(n_bytes, 7, &n_bytes))
		return false;
	*offset = *end;
	return mlops_checked_add(*end, n_bytes / 8 * 8, end);
}

/* Where things lie in the block; false when sizes overflow. */
static bool
lay_out(MlopsForest *forest, const HeaderShape *shape, BlockPlaces *places)
{
	size_t end = (sizeof(MlopsForest) + 7) / 8 * 8;
	bool fits =
		reserve(&forest->class_weights_offset, shape->has_weights ? forest->n_classes : 0,
				sizeof(double), &end) &&
		reserve(&forest->columns_offset, forest->n_columns, sizeof(MlopsForestColumn), &end) &&
		reserve(&places->edges, shape->n_edges, sizeof(double), &end) &&
		reserve(&places->guides, shape->guide_bytes, 1, &end) &&
		reserve(&places->levels, shape->n_levels, sizeof(MlopsForestLevel), &end) &&
		reserve(&places->text, shape->text_bytes, 1, &end) &&
		reserve(&forest->trees_offset, forest->n_trees, sizeof(MlopsForestTree), &end) &&
		reserve(&forest->nodes_offset, forest->n_nodes, sizeof(MlopsForestNode), &end) &&
		reserve(&forest->values_offset, forest->n_values, sizeof(double), &end);

	if (!shape->has_weights)
		forest->class_weights_offset = 0;
	forest->n_bytes = end;
	return fits;
}

/* Copy text into the block and advance the place of the next one. */
static uint64_t
copy_text(MlopsForest *forest, const uint8_t *bytes, uint32_t n_bytes, uint64_t *text)
{
	uint64_t here = *text;

	if (n_bytes > 0)
		memcpy(mlops_codec_block_at(forest, here), bytes, n_bytes);
	*text += n_bytes;
	return here;
}

/* Copy column number c, which measure_column has walked over, into the block. */
static void
copy_column(MlopsCursor *cursor, uint32_t format, MlopsForest *forest, uint32_t c,
			BlockPlaces *places)
{
	MlopsForestColumn *column =
		(MlopsForestColumn *) mlops_codec_block_at(forest, forest->columns_offset) + c;
	const uint8_t *bytes;

	(void) read_coding(cursor, format, c, column);
	bytes = read_text(cursor, &column->name_bytes);
	column->name_offset = copy_text(forest, bytes, column->name_bytes, &places->text);
	column->n_codes = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	column->edges_offset = places->edges;
	column->guide_offset = 0;
	column->levels_offset = places->levels;
	column->n_levels = 0;
	if (column->kind == MLOPS_COLUMN_NUMERIC)
	{
		double *target = mlops_codec_block_at(forest, places->edges);
		size_t guide_bytes = mlops_column_guide_bytes(column->n_codes - 1);

		for (uint32_t i = 0; i + 1 < column->n_codes; i++)
			target[i] = mlops_cursor_get_double(cursor);
		places->edges += (column->n_codes - 1) * sizeof(double);
		column->guide_offset = guide_bytes > 0 ? places->guides : 0;
		places->guides += guide_bytes;
		return;
	}
	column->n_levels = (uint32_t) mlops_cursor_get_uint(cursor, 4);
	for (uint32_t i = 0; i < column->n_levels; i++)
	{
		MlopsForestLevel *level = mlops_codec_block_at(forest, places->levels);

		bytes = read_text(cursor, &level->n_bytes);
		level->offset = copy_text(forest, bytes, level->n_bytes, &places->text);
		level->code = (uint32_t) mlops_cursor_get_uint(cursor, 2);
		places->levels += sizeof(MlopsForestLevel);
	}
}

/* Make the guides of all columns that have one. */
static void
make_guides(MlopsForest *forest)
{
	const MlopsForestColumn *columns = mlops_forest_at(forest, forest->columns_offset);

	for (uint32_t c = 0; c < forest->n_columns; c++)
	{
		if (columns[c].guide_offset != 0)
			mlops_column_guide_make(mlops_codec_block_at(forest, columns[c].guide_offset),
									mlops_forest_at(forest, columns[c].edges_offset),
									columns[c].n_codes - 1);
	}
}

/* Make the block and copy the header into it; cursor stands at the class weights. */
static MlopsStatus
build_block(MlopsDecoder *decoder, const MlopsForest *fixed, const HeaderShape *shape,
			MlopsCursor cursor, size_t max_bytes, MlopsReason *reason)
{
	MlopsForest laid = *fixed;
	BlockPlaces places = { 0 };
	MlopsStatus status;

	/* nothing fits whose size overflows */
	if (!lay_out(&laid, shape, &places))
	{
		laid.n_bytes = UINT64_MAX;
		max_bytes = max_bytes < SIZE_MAX ? max_bytes : SIZE_MAX - 1;
	}
	status = mlops_forest_check_size(&laid, max_bytes, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	decoder->forest = mlops_alloc(decoder->block_allocator, 1, laid.n_bytes);
	if (decoder->forest == NULL)
		return mlops_status_fail(reason, MLOPS_STATUS_NOMEM, "no memory for a forest of %llu bytes",
								 (unsigned long long) laid.n_bytes);
	*decoder->forest = laid;
	if (shape->has_weights)
		(void) mlops_codec_read_weights(
			&cursor, laid.n_classes,
			mlops_codec_block_at(decoder->forest, laid.class_weights_offset), NULL);
	for (uint32_t c = 0; c < laid.n_columns; c++)
		copy_column(&cursor, shape->format, decoder->forest, c, &places);
	decoder->columns = mlops_forest_columns(decoder->forest, decoder->allocator);
	if (decoder->columns == NULL)
		return mlops_status_fail(reason, MLOPS_STATUS_NOMEM,
								 "no memory for the columns of a forest");
	decoder->forest->n_features = decoder->columns[laid.n_columns - 1].feature + 1;
	status = mlops_column_validate_list(decoder->columns, laid.n_columns, reason);
	if (status == MLOPS_STATUS_OK)
		make_guides(decoder->forest);
	return status;
}

/*
 * A leaf takes 2 bytes or more, a split its two children and its set: a set of n codes takes at
 * most n / 4 slots of at least n bytes, or a slot for each 64 bits of at least as many bytes / 8.
 * Leaf values stand by entry, of which each output has a byte, or by slot.
 */
MlopsStatus
mlops_decoder_check_totals(const void *bytes, size_t n_bytes, uint32_t n_trees, uint64_t tree_bytes,
						   MlopsReason *reason)
{
	MlopsForest fixed = { 0 };
	HeaderShape shape = { 0 };
	MlopsCursor cursor;
	MlopsStatus status =
		mlops_codec_open_chunk(&cursor, bytes, n_bytes, MLOPS_MAGIC_HEADER, reason);

	if (status == MLOPS_STATUS_OK)
		status = read_fixed(&cursor, &fixed, &shape, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	if (fixed.n_trees != n_trees)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "there are %u trees, and the header states %u", n_trees,
								 fixed.n_trees);
	if (fixed.n_nodes > tree_bytes ||
		fixed.n_values / mlops_n_outputs(fixed.n_classes) > tree_bytes)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "%llu nodes and %llu leaf values cannot come from %llu bytes",
								 (unsigned long long) fixed.n_nodes,
								 (unsigned long long) fixed.n_values,
								 (unsigned long long) tree_bytes);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_decoder_begin(MlopsDecoder *decoder, const void *bytes, size_t n_bytes, size_t max_bytes,
					const MlopsAllocator *allocator, const MlopsAllocator *block_allocator,
					MlopsReason *reason)
{
	MlopsForest fixed = { 0 };
	HeaderShape shape = { 0 };
	MlopsCursor cursor, weights;
	MlopsStatus status;

	*decoder =
		(MlopsDecoder){ .allocator = allocator,
						.block_allocator = block_allocator != NULL ? block_allocator : allocator };
	status = mlops_codec_open_chunk(&cursor, bytes, n_bytes, MLOPS_MAGIC_HEADER, reason);
	if (status == MLOPS_STATUS_OK)
		status = read_fixed(&cursor, &fixed, &shape, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	weights = cursor;
	if (shape.has_weights)
		status = mlops_codec_read_weights(&cursor, fixed.n_classes, NULL, reason);
	for (uint32_t c = 0; status == MLOPS_STATUS_OK && c < fixed.n_columns; c++)
		status = measure_column(&cursor, &shape, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	if (mlops_cursor_left(&cursor) != 0)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "the header has bytes behind its end");
	return build_block(decoder, &fixed, &shape, weights, max_bytes, reason);
}
