/*
 * Bytes -> forest.
 *
 * 1. begin (decode_header.c): the forest's block is made from the header.
 * 2. add_tree: leaf entries become values, nodes get their slots in preorder.
 *    A tree cannot name a node that does not exist or reach one twice, because
 *    slots are given out here and not read.
 * 3. end: all trees, slots and values are there.
 *
 * There is no recursion; pending nodes are kept on a stack of their own.
 */
#include <math.h>
#include <string.h>

#include "core/codec_internal.h"
#include "core/crc32c.h"

MlopsStatus
mlops_codec_open_chunk(MlopsCursor *cursor, const void *bytes, size_t n_bytes, uint32_t magic,
					   MlopsReason *reason)
{
	if (n_bytes < 4 + MLOPS_CRC_BYTES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "a chunk of %zu bytes is too short",
								 n_bytes);
	*cursor = (MlopsCursor){ bytes, (const uint8_t *) bytes + n_bytes - MLOPS_CRC_BYTES, false };
	if (mlops_cursor_get_uint(cursor, 4) != magic)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "a chunk has the wrong magic number");
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	{
		MlopsCursor crc = { cursor->end, cursor->end + MLOPS_CRC_BYTES, false };

		if (mlops_cursor_get_uint(&crc, MLOPS_CRC_BYTES) !=
			mlops_crc32c(bytes, n_bytes - MLOPS_CRC_BYTES))
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
									 "the checksum of a chunk does not match");
	}
#endif
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_codec_short_chunk(MlopsReason *reason)
{
	return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "a chunk ends too early");
}

MlopsStatus
mlops_codec_read_weights(MlopsCursor *cursor, uint32_t n_classes, double *out, MlopsReason *reason)
{
	for (uint32_t c = 0; c < n_classes; c++)
	{
		double weight = mlops_cursor_get_double(cursor);

		if (cursor->is_failed)
			return mlops_codec_short_chunk(reason);
		if (!isfinite(weight) || weight <= 0 || weight > 1e100)
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
									 "the weight of class %u is not a positive number", c);
		if (out != NULL)
			out[c] = weight;
	}
	return MLOPS_STATUS_OK;
}

/* A tree that is being read. */
typedef struct TreeReader
{
	MlopsDecoder *decoder;
	MlopsCursor *cursor;
	MlopsReason *reason;
	MlopsForestTree *tree;
	MlopsForestNode *nodes; /* slot 0 of the tree */
	double *values;			/* first value of the tree */
	const double *class_weights;
	uint32_t n_entries;
	uint32_t next_slot;
	size_t n_stack;
} TreeReader;

/* Value of one leaf entry, by the one expression of forest.h. */
static MlopsStatus
read_entry(TreeReader *reader, double *value)
{
	const MlopsForest *forest = reader->decoder->forest;
	MlopsCursor *cursor = reader->cursor;
	double sum = 0;

	if (forest->n_classes == 0)
	{
		__extension__ typedef unsigned __int128 Uint128;
		__extension__ typedef __int128 Int128;
		uint64_t low, high, weight;
		Uint128 zigzag;

		mlops_cursor_get_varint128(cursor, &low, &high);
		weight = mlops_cursor_get_varint(cursor);
		zigzag = ((Uint128) high << 64) | low;
		zigzag = (zigzag >> 1) ^ (0 - (zigzag & 1));
		*value = forest->target_centre +
				 forest->target_step * ((double) (Int128) zigzag / (double) weight);
		/* twice, because a mean of the largest targets may round up */
		if (cursor->is_failed || weight == 0 || !(fabs(*value) <= 2 * MLOPS_MAX_VALUE))
			return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
									 "a leaf has no value up to %g", MLOPS_MAX_VALUE);
		return MLOPS_STATUS_OK;
	}
	for (uint32_t c = 0; c < forest->n_classes; c++)
	{
		double weight = reader->class_weights == NULL ? 1.0 : reader->class_weights[c];
		double x = weight * (double) mlops_cursor_get_varint(cursor);

		sum += x;
		if (forest->n_classes > 2)
			value[c] = x;
		else if (c == 1)
			value[0] = x;
	}
	if (cursor->is_failed || !(sum > 0))
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT, "a leaf has no rows");
	for (uint32_t i = 0; i < forest->n_outputs; i++)
		value[i] /= sum;
	return MLOPS_STATUS_OK;
}

/* Give out n slots; false when the tree has fewer than it said. */
static bool
take_slots(TreeReader *reader, uint32_t n, uint32_t *first)
{
	if (n > reader->tree->n_slots - reader->next_slot)
		return false;
	*first = reader->next_slot;
	reader->next_slot += n;
	return true;
}

static MlopsStatus
too_few_slots(TreeReader *reader)
{
	return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
							 "a tree has more nodes than the %u it states", reader->tree->n_slots);
}

static MlopsStatus
read_leaf(TreeReader *reader, uint32_t slot)
{
	uint32_t n_outputs = reader->decoder->forest->n_outputs;
	uint64_t entry = 0;

	if (reader->tree->values_by_node != 0)
	{
		MlopsStatus status = read_entry(reader, reader->values + (size_t) slot * n_outputs);

		if (status != MLOPS_STATUS_OK)
			return status;
	}
	else
	{
		entry = mlops_cursor_get_uint(reader->cursor, reader->n_entries <= 256 ? 1 : 2);
		if (reader->cursor->is_failed || entry >= reader->n_entries)
			return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
									 "leaf entry %u of %u does not exist", (unsigned) entry,
									 reader->n_entries);
	}
	reader->nodes[slot] = (MlopsForestNode){ .child = slot, .where = 0, .t = (uint16_t) entry };
	return MLOPS_STATUS_OK;
}

/* Read the codes of a set, ascending, each below n_codes; 0 = they are not legal. */
static uint32_t
read_set_codes(MlopsCursor *cursor, uint32_t n_codes, uint16_t *codes)
{
	uint64_t n = mlops_cursor_get_varint(cursor);
	uint64_t code = 0;
	uint32_t n_set = 0;

	if (n == 0)
	{
		const uint8_t *bits = mlops_cursor_get(cursor, mlops_set_bits_bytes(n_codes));

		for (uint32_t c = 0; bits != NULL && c < n_codes; c++)
		{
			if ((bits[c / 8] >> (c % 8) & 1) != 0)
				codes[n_set++] = (uint16_t) c;
		}
		return n_set;
	}
	if (n > n_codes)
		return 0;
	for (uint64_t i = 0; i < n; i++)
	{
		uint64_t step = mlops_cursor_get_varint(cursor);

		if (cursor->is_failed || step >= n_codes || (i > 0 && step == 0) || code + step >= n_codes)
			return 0;
		code += step;
		codes[n_set++] = (uint16_t) code;
	}
	return n_set;
}

/* Write a set into its slots; returns t of the node. */
static uint16_t
store_set(MlopsForestNode *slots, uint32_t n_slots, const uint16_t *codes, uint32_t n, bool is_bits)
{
	uint64_t words[MLOPS_MAX_LEVEL_CODES / 4 + 1] = { 0 };

	if (is_bits)
	{
		for (uint32_t i = 0; i < n; i++)
			words[codes[i] / 64] |= UINT64_C(1) << (codes[i] % 64);
	}
	else
		memcpy(words, codes, n * sizeof(uint16_t));
	memcpy(slots, words, n_slots * sizeof(uint64_t));
	return is_bits ? (uint16_t) (MLOPS_SET_BITS | n_slots) : (uint16_t) n;
}

static MlopsStatus
read_subset(TreeReader *reader, const MlopsColumn *column, MlopsForestNode *node)
{
	uint16_t codes[MLOPS_MAX_LEVEL_CODES];
	uint32_t n = read_set_codes(reader->cursor, column->n_codes, codes);
	uint32_t first, n_slots;
	bool is_bits;

	if (reader->cursor->is_failed || n == 0)
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
								 "a categorical split has no legal set of codes");
	n_slots = mlops_set_slots(n, codes[n - 1], &is_bits);
	if (!take_slots(reader, n_slots, &first))
		return too_few_slots(reader);
	node->where |= MLOPS_NODE_SUBSET;
	node->t = store_set(reader->nodes + first, n_slots, codes, n, is_bits);
	reader->decoder->forest->has_subsets = 1;
	return MLOPS_STATUS_OK;
}

static MlopsStatus
read_threshold(TreeReader *reader, const MlopsColumn *column, MlopsForestNode *node)
{
	uint64_t threshold = mlops_cursor_get_uint(reader->cursor, column->n_codes <= 256 ? 1 : 2);

	if (reader->cursor->is_failed || threshold >= column->n_codes)
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
								 "threshold %u of a column with %u codes", (unsigned) threshold,
								 column->n_codes);
	node->t = (uint16_t) (threshold + ((node->where & MLOPS_NODE_MISSING_LEFT) != 0));
	return MLOPS_STATUS_OK;
}

/* Read a split, give its children their slots and put them on the stack, right below left. */
static MlopsStatus
read_split(TreeReader *reader, uint32_t slot, uint32_t first_byte)
{
	MlopsDecoder *decoder = reader->decoder;
	MlopsForestNode node = { 0 };
	uint32_t column = first_byte & MLOPS_BYTE_COLUMN;
	MlopsStatus status;

	if (column == MLOPS_BYTE_WIDE_COLUMN)
		column = (uint32_t) mlops_cursor_get_uint(reader->cursor, 2);
	if (reader->cursor->is_failed || column >= decoder->forest->n_columns)
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
								 "column %u of %u does not exist", column,
								 decoder->forest->n_columns);
	node.where = (uint16_t) (column + 1);
	if ((first_byte & MLOPS_BYTE_MISSING_LEFT) != 0)
		node.where |= MLOPS_NODE_MISSING_LEFT;
	if (decoder->columns[column].kind == MLOPS_COLUMN_CATEGORICAL)
		status = read_subset(reader, &decoder->columns[column], &node);
	else
		status = read_threshold(reader, &decoder->columns[column], &node);
	if (status != MLOPS_STATUS_OK)
		return status;
	if (!take_slots(reader, 2, &node.child))
		return too_few_slots(reader);
	if (!mlops_array_reserve(decoder->allocator, (void **) &decoder->stack,
							 &decoder->stack_capacity, reader->n_stack + 2, sizeof(uint32_t)))
		return mlops_status_fail(reader->reason, MLOPS_STATUS_NOMEM, "no memory to read a tree");
	decoder->stack[reader->n_stack++] = node.child + 1;
	decoder->stack[reader->n_stack++] = node.child;
	reader->nodes[slot] = node;
	return MLOPS_STATUS_OK;
}

/* Read all nodes in preorder. */
static MlopsStatus
read_nodes(TreeReader *reader)
{
	uint32_t slot = 0;
	MlopsStatus status = MLOPS_STATUS_OK;

	reader->next_slot = 1;
	for (;;)
	{
		uint32_t first_byte = (uint32_t) mlops_cursor_get_uint(reader->cursor, 1);

		if (reader->cursor->is_failed)
			return mlops_codec_short_chunk(reader->reason);
		if (first_byte == MLOPS_BYTE_LEAF)
			status = read_leaf(reader, slot);
		else
			status = read_split(reader, slot, first_byte);
		if (status != MLOPS_STATUS_OK)
			return status;
		if (reader->n_stack == 0)
			break;
		slot = reader->decoder->stack[--reader->n_stack];
	}
	if (reader->next_slot != reader->tree->n_slots || mlops_cursor_left(reader->cursor) != 0)
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
								 "a tree has fewer nodes or more bytes than it states");
	return MLOPS_STATUS_OK;
}

/* Read counts and leaf values; places in the block are checked against the header's totals. */
static MlopsStatus
read_counts(TreeReader *reader, uint32_t flags)
{
	MlopsDecoder *decoder = reader->decoder;
	MlopsForest *forest = decoder->forest;
	uint64_t n_slots = mlops_cursor_get_varint(reader->cursor);
	uint64_t n_entries = mlops_cursor_get_varint(reader->cursor);
	bool is_inline = (flags & MLOPS_TREE_INLINE_ENTRIES) != 0;
	uint64_t n_values = is_inline ? n_slots : n_entries;

	if (reader->cursor->is_failed)
		return mlops_codec_short_chunk(reader->reason);
	if (n_slots < 1 || n_slots > UINT32_MAX / 2 || n_slots > forest->n_nodes - decoder->n_nodes)
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
								 "a tree has more nodes than the header leaves");
	if ((is_inline ? n_entries != 0 : n_entries < 1) || n_entries > MLOPS_MAX_TABLE_ENTRIES ||
		n_values > (forest->n_values - decoder->n_values) / forest->n_outputs)
		return mlops_status_fail(reader->reason, MLOPS_STATUS_CORRUPT,
								 "a tree has more leaf values than the header leaves");
	*reader->tree = (MlopsForestTree){ .first_node = decoder->n_nodes,
									   .first_value = decoder->n_values,
									   .n_slots = (uint32_t) n_slots,
									   .values_by_node = is_inline };
	reader->n_entries = (uint32_t) n_entries;
	reader->nodes =
		(MlopsForestNode *) mlops_codec_block_at(forest, forest->nodes_offset) + decoder->n_nodes;
	reader->values =
		(double *) mlops_codec_block_at(forest, forest->values_offset) + decoder->n_values;
	/* slots of values by node that are no leaf stay 0 */
	if (is_inline)
		memset(reader->values, 0, n_values * forest->n_outputs * sizeof(double));
	decoder->n_nodes += n_slots;
	decoder->n_values += n_values * forest->n_outputs;
	return MLOPS_STATUS_OK;
}

/* Read the tree behind magic and flags. */
static MlopsStatus
read_tree(TreeReader *reader, uint32_t flags, double *weights)
{
	const MlopsForest *forest = reader->decoder->forest;
	MlopsStatus status = read_counts(reader, flags);

	if (status == MLOPS_STATUS_OK && weights != NULL)
	{
		status =
			mlops_codec_read_weights(reader->cursor, forest->n_classes, weights, reader->reason);
		reader->class_weights = weights;
	}
	if (status != MLOPS_STATUS_OK)
		return status;
	for (uint32_t i = 0; status == MLOPS_STATUS_OK && i < reader->n_entries; i++)
		status = read_entry(reader, reader->values + (size_t) i * forest->n_outputs);
	return status == MLOPS_STATUS_OK ? read_nodes(reader) : status;
}

MlopsStatus
mlops_decoder_add_tree(MlopsDecoder *decoder, const void *bytes, size_t n_bytes,
					   MlopsReason *reason)
{
	MlopsForest *forest = decoder->forest;
	MlopsCursor cursor;
	TreeReader reader = { .decoder = decoder, .cursor = &cursor, .reason = reason };
	double *weights = NULL;
	uint32_t flags;
	MlopsStatus status = mlops_codec_open_chunk(&cursor, bytes, n_bytes, MLOPS_MAGIC_TREE, reason);

	if (status != MLOPS_STATUS_OK)
		return status;
	if (decoder->n_read >= forest->n_trees)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "more trees than the %u of the header", forest->n_trees);
	flags = (uint32_t) mlops_cursor_get_uint(&cursor, 1);
	if (flags > (MLOPS_TREE_INLINE_ENTRIES | MLOPS_TREE_CLASS_WEIGHTS) ||
		((flags & MLOPS_TREE_CLASS_WEIGHTS) != 0 && forest->n_classes == 0))
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "a tree has unknown flags %u",
								 flags);
	if (forest->class_weights_offset != 0)
		reader.class_weights = mlops_codec_block_at(forest, forest->class_weights_offset);
	if ((flags & MLOPS_TREE_CLASS_WEIGHTS) != 0)
	{
		weights = mlops_alloc(decoder->allocator, forest->n_classes, sizeof(double));
		if (weights == NULL)
			return mlops_status_fail(reason, MLOPS_STATUS_NOMEM, "no memory to read a tree");
	}
	reader.tree =
		(MlopsForestTree *) mlops_codec_block_at(forest, forest->trees_offset) + decoder->n_read++;
	status = read_tree(&reader, flags, weights);
	mlops_free(decoder->allocator, weights);
	return status;
}

MlopsStatus
mlops_decoder_end(MlopsDecoder *decoder, MlopsReason *reason)
{
	const MlopsForest *forest = decoder->forest;

	mlops_free(decoder->allocator, decoder->columns);
	mlops_free(decoder->allocator, decoder->stack);
	decoder->columns = NULL;
	decoder->stack = NULL;
	if (forest == NULL || decoder->n_read != forest->n_trees ||
		decoder->n_nodes != forest->n_nodes || decoder->n_values != forest->n_values)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "the forest lacks trees, nodes or values that its header states");
	return MLOPS_STATUS_OK;
}
