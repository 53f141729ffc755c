/*
 * Forest -> bytes.
 *
 * A tree is written in two passes over its nodes: leaf entries are numbered in
 * preorder, then the nodes follow in preorder with the numbers of their entries.
 * A tree with too many entries has them inline.
 */
#include <string.h>

#include "core/codec_internal.h"
#include "core/crc32c.h"

#define NO_NUMBER UINT32_MAX

/* Scratch of one tree. */
typedef struct TreeEncoder
{
	const MlopsForestSpec *spec;
	const MlopsTree *tree;
	const MlopsAllocator *allocator;
	MlopsBuffer *out;
	uint32_t *stack; /* nodes still to be visited, right above left */
	size_t n_stack;
	size_t stack_capacity;
	uint32_t *numbers;	/* [n_entries] number of each entry, or NO_NUMBER */
	uint32_t *distinct; /* [n_distinct] entry that has the number */
	uint32_t n_distinct;
	uint64_t n_nodes; /* slots in memory */
} TreeEncoder;

/* Close a chunk that began at first. */
static void
put_crc(MlopsBuffer *out, size_t first)
{
	if (!out->is_failed)
		mlops_buffer_put_uint(out, mlops_crc32c(out->bytes + first, out->n_bytes - first),
							  MLOPS_CRC_BYTES);
}

static void
put_bytes(MlopsBuffer *out, MlopsBytes bytes)
{
	mlops_buffer_put_uint(out, bytes.n_bytes, 4);
	mlops_buffer_put(out, bytes.data, bytes.n_bytes);
}

/* True if column number c is all that version 1 can say. */
static bool
is_plain(const MlopsColumn *column, uint32_t c)
{
	return column->feature == c && column->kind != MLOPS_COLUMN_ORDERED &&
		   column->missing_code == MLOPS_CODE_MISSING &&
		   column->unseen_code == MLOPS_CODE_MISSING && !column->refuses_missing;
}

/* The oldest format version that can say it. */
static uint32_t
choose_format(const MlopsForestSpec *spec)
{
	for (uint32_t c = 0; c < spec->n_columns; c++)
	{
		if (!is_plain(&spec->columns[c], c))
			return MLOPS_FORMAT_PREPROCESSED;
	}
	return MLOPS_FORMAT_PLAIN;
}

static void
put_column(const MlopsColumn *column, uint32_t format, MlopsBuffer *out)
{
	mlops_buffer_put_uint(out, column->kind, 1);
	mlops_buffer_put_uint(out,
						  (column->has_rest ? MLOPS_COLUMN_HAS_REST : 0u) |
							  (column->refuses_missing ? MLOPS_COLUMN_REFUSES_MISSING : 0u),
						  1);
	if (format >= MLOPS_FORMAT_PREPROCESSED)
	{
		mlops_buffer_put_uint(out, column->feature, 2);
		mlops_buffer_put_uint(out, column->missing_code, 2);
		mlops_buffer_put_uint(out, column->unseen_code, 2);
	}
	put_bytes(out, column->name);
	mlops_buffer_put_uint(out, column->n_codes, 4);
	if (!mlops_column_has_levels(column))
	{
		for (uint32_t i = 0; i + 1 < column->n_codes; i++)
			mlops_buffer_put_double(out, column->edges[i]);
		return;
	}
	mlops_buffer_put_uint(out, column->n_levels, 4);
	for (uint32_t i = 0; i < column->n_levels; i++)
	{
		put_bytes(out, column->levels[i]);
		mlops_buffer_put_uint(out, column->level_codes[i], 2);
	}
}

void
mlops_codec_encode_header(const MlopsForestSpec *spec, const MlopsForestTotals *totals,
						  MlopsBuffer *out)
{
	size_t first = out->n_bytes;
	uint32_t format = choose_format(spec);

	mlops_buffer_put_uint(out, MLOPS_MAGIC_HEADER, 4);
	mlops_buffer_put_uint(out, format, 2);
	mlops_buffer_put_uint(out, spec->task, 1);
	mlops_buffer_put_uint(out, spec->class_weights != NULL, 1);
	mlops_buffer_put_uint(out, spec->n_classes, 4);
	mlops_buffer_put_uint(out, spec->n_columns, 4);
	mlops_buffer_put_uint(out, spec->n_trees, 4);
	mlops_buffer_put_uint(out, totals->n_nodes, 8);
	mlops_buffer_put_uint(out, totals->n_values, 8);
	mlops_buffer_put_double(out, spec->target_centre);
	mlops_buffer_put_double(out, spec->target_step);
	for (uint32_t c = 0; spec->class_weights != NULL && c < spec->n_classes; c++)
		mlops_buffer_put_double(out, spec->class_weights[c]);
	for (uint32_t c = 0; c < spec->n_columns; c++)
		put_column(&spec->columns[c], format, out);
	put_crc(out, first);
}

/* Number an entry in the order of the first leaf that has it. */
static void
number_entry(TreeEncoder *encoder, uint32_t entry)
{
	if (encoder->numbers[entry] != NO_NUMBER)
		return;
	encoder->numbers[entry] = encoder->n_distinct;
	encoder->distinct[encoder->n_distinct++] = entry;
}

static bool
push(TreeEncoder *encoder, uint32_t node)
{
	if (!mlops_array_reserve(encoder->allocator, (void **) &encoder->stack,
							 &encoder->stack_capacity, encoder->n_stack + 1, sizeof(uint32_t)))
		return false;
	encoder->stack[encoder->n_stack++] = node;
	return true;
}

typedef void (*VisitNode)(TreeEncoder *encoder, const MlopsTreeNode *node);

/* Visit all nodes in preorder, left first. */
static MlopsStatus
visit_nodes(TreeEncoder *encoder, VisitNode visit)
{
	if (!push(encoder, 0))
		return MLOPS_STATUS_NOMEM;
	while (encoder->n_stack > 0)
	{
		const MlopsTreeNode *node = &encoder->tree->nodes[encoder->stack[--encoder->n_stack]];

		visit(encoder, node);
		if (node->child != 0 && !(push(encoder, node->child + 1) && push(encoder, node->child)))
			return MLOPS_STATUS_NOMEM;
	}
	return MLOPS_STATUS_OK;
}

/* First pass: number the entries, count the slots in memory. */
static void
number_node(TreeEncoder *encoder, const MlopsTreeNode *node)
{
	if (node->child == 0)
	{
		number_entry(encoder, node->entry);
		return;
	}
	encoder->n_nodes += 2;
	if (node->is_subset)
	{
		const uint16_t *codes = encoder->tree->set_codes + node->first_set_code;
		bool is_bits;

		encoder->n_nodes +=
			mlops_set_slots(node->n_set_codes, codes[node->n_set_codes - 1], &is_bits);
	}
}

/* True if leaves carry their entries, because there are too many for a table. */
static bool
is_inline(const TreeEncoder *encoder)
{
	return encoder->n_distinct > MLOPS_MAX_TABLE_ENTRIES;
}

static void
put_entry(TreeEncoder *encoder, uint32_t entry)
{
	uint32_t words = encoder->tree->entry_words;
	const uint64_t *sums = encoder->tree->entries + (size_t) entry * words;

	if (encoder->spec->n_classes > 0)
	{
		for (uint32_t c = 0; c < words; c++)
			mlops_buffer_put_varint(encoder->out, sums[c]);
		return;
	}
	/* zigzag: the sign goes to bit 0, so that small negative sums stay short */
	if (sums[1] >> 63 != 0)
		mlops_buffer_put_varint128(encoder->out, ~(sums[0] << 1), ~(sums[1] << 1 | sums[0] >> 63));
	else
		mlops_buffer_put_varint128(encoder->out, sums[0] << 1, sums[1] << 1 | sums[0] >> 63);
	mlops_buffer_put_varint(encoder->out, sums[2]);
}

/* Bytes of a varint. */
static size_t
varint_bytes(uint64_t value)
{
	size_t n = 1;

	for (; value >= 0x80; value >>= 7)
		n++;
	return n;
}

/* A set of codes: a bit set over all codes, or the differences of ascending codes. */
static void
put_set(TreeEncoder *encoder, const MlopsTreeNode *node)
{
	const uint16_t *codes = encoder->tree->set_codes + node->first_set_code;
	size_t bits_bytes = mlops_set_bits_bytes(encoder->spec->columns[node->column].n_codes);
	uint8_t bits[MLOPS_MAX_LEVEL_CODES / 8 + 1] = { 0 };
	size_t list_bytes = 0;
	uint32_t last = 0;

	for (uint32_t i = 0; i < node->n_set_codes; i++)
	{
		list_bytes += varint_bytes(codes[i] - last);
		last = codes[i];
		bits[codes[i] / 8] |= (uint8_t) (1u << (codes[i] % 8));
	}
	if (bits_bytes <= list_bytes)
	{
		mlops_buffer_put_varint(encoder->out, 0);
		mlops_buffer_put(encoder->out, bits, bits_bytes);
		return;
	}
	mlops_buffer_put_varint(encoder->out, node->n_set_codes);
	last = 0;
	for (uint32_t i = 0; i < node->n_set_codes; i++)
	{
		mlops_buffer_put_varint(encoder->out, codes[i] - last);
		last = codes[i];
	}
}

static void
put_split(TreeEncoder *encoder, const MlopsTreeNode *node)
{
	const MlopsColumn *column = &encoder->spec->columns[node->column];
	uint32_t first = node->missing_left ? MLOPS_BYTE_MISSING_LEFT : 0;

	if (node->column < MLOPS_BYTE_WIDE_COLUMN)
		mlops_buffer_put_uint(encoder->out, first | node->column, 1);
	else
	{
		mlops_buffer_put_uint(encoder->out, first | MLOPS_BYTE_WIDE_COLUMN, 1);
		mlops_buffer_put_uint(encoder->out, node->column, 2);
	}
	if (node->is_subset)
		put_set(encoder, node);
	else
		mlops_buffer_put_uint(encoder->out, node->threshold, column->n_codes <= 256 ? 1 : 2);
}

/* Second pass: the nodes themselves. */
static void
put_node(TreeEncoder *encoder, const MlopsTreeNode *node)
{
	if (node->child != 0)
	{
		put_split(encoder, node);
		return;
	}
	mlops_buffer_put_uint(encoder->out, MLOPS_BYTE_LEAF, 1);
	if (is_inline(encoder))
		put_entry(encoder, node->entry);
	else
		mlops_buffer_put_uint(encoder->out, encoder->numbers[node->entry],
							  encoder->n_distinct <= 256 ? 1 : 2);
}

static MlopsStatus
put_tree(TreeEncoder *encoder, MlopsForestTotals *totals)
{
	const MlopsTree *tree = encoder->tree;
	MlopsBuffer *out = encoder->out;
	size_t first = out->n_bytes;
	MlopsStatus status;
	uint32_t n_outputs = mlops_n_outputs(encoder->spec->n_classes);

	encoder->n_nodes = 1;
	status = visit_nodes(encoder, number_node);
	if (status != MLOPS_STATUS_OK)
		return status;
	mlops_buffer_put_uint(out, MLOPS_MAGIC_TREE, 4);
	mlops_buffer_put_uint(out,
						  (is_inline(encoder) ? MLOPS_TREE_INLINE_ENTRIES : 0u) |
							  (tree->class_weights != NULL ? MLOPS_TREE_CLASS_WEIGHTS : 0u),
						  1);
	mlops_buffer_put_varint(out, encoder->n_nodes);
	mlops_buffer_put_varint(out, is_inline(encoder) ? 0 : encoder->n_distinct);
	for (uint32_t c = 0; tree->class_weights != NULL && c < encoder->spec->n_classes; c++)
		mlops_buffer_put_double(out, tree->class_weights[c]);
	for (uint32_t i = 0; !is_inline(encoder) && i < encoder->n_distinct; i++)
		put_entry(encoder, encoder->distinct[i]);
	status = visit_nodes(encoder, put_node);
	put_crc(out, first);
	totals->n_nodes += encoder->n_nodes;
	totals->n_values += (is_inline(encoder) ? encoder->n_nodes : encoder->n_distinct) * n_outputs;
	return status == MLOPS_STATUS_OK && out->is_failed ? MLOPS_STATUS_NOMEM : status;
}

MlopsStatus
mlops_codec_encode_tree(const MlopsForestSpec *spec, const MlopsTree *tree,
						MlopsForestTotals *totals, MlopsBuffer *out)
{
	TreeEncoder encoder = { .spec = spec, .tree = tree, .allocator = out->allocator, .out = out };
	MlopsStatus status = MLOPS_STATUS_NOMEM;

	encoder.numbers = mlops_alloc(out->allocator, tree->n_entries, sizeof(uint32_t));
	encoder.distinct = mlops_alloc(out->allocator, tree->n_entries, sizeof(uint32_t));
	if (encoder.numbers != NULL && encoder.distinct != NULL)
	{
		memset(encoder.numbers, 0xFF, tree->n_entries * sizeof(uint32_t));
		status = put_tree(&encoder, totals);
	}
	mlops_free(out->allocator, encoder.numbers);
	mlops_free(out->allocator, encoder.distinct);
	mlops_free(out->allocator, encoder.stack);
	return status;
}
