/*
 * A relation or query -> blocks of rows.
 *
 * 1. startup: the result's columns get their roles by name (reader_columns.c).
 * 2. receive: each row's features are appended to the block, the rest to arrays
 *    that grow together by half.  A full block is handed on.  What a row needs
 *    on its way lives in a context that is reset per row.
 * 3. finish: the last block is handed on, labels are sorted by their type, rows
 *    by their key (reader_sort.c).
 *
 * The order of rows must not change from run to run, so synchronized scans are
 * off, and parallel plans too unless an id_column sorts the rows afterwards.
 * The transaction is read-only meanwhile, so that no function in the caller's
 * query writes either.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "core/forest.h"
#include "core/hash.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/progress.h"
#include "pg/reader_internal.h"

#define FIRST_CAPACITY 1024
/* A block stays in the cache while it is coded; of wide rows it has fewer. */
#define BLOCK_BYTES			 ((Size) 4 * 1024 * 1024)
#define BLOCK_ROWS_MIN		 64
#define BLOCK_ROWS_MAX		 8192
#define FIRST_BLOCK_CAPACITY 64
/* Rows after which other sessions are told how far the reading is. */
#define PROGRESS_ROWS 8192
/* Bytes of a level beside its text: its block, its place in the set, its slots. */
#define LEVEL_BYTES 64

/* Grow one array to capacity elements. */
static void *
grow_array(MemoryContext context, void *array, size_t capacity, size_t size)
{
	Size n_bytes = mul_size(capacity, size);

	return array == NULL ? MemoryContextAllocHuge(context, n_bytes) : repalloc_huge(array, n_bytes);
}

static void
set_block_rows(MlopsReader *reader, int n_features)
{
	size_t n = BLOCK_BYTES / (sizeof(double) * Max(n_features, 1));

	reader->block_rows = Min(Max(n, BLOCK_ROWS_MIN), BLOCK_ROWS_MAX);
}

static void
hand_on_block(MlopsReader *reader)
{
	reader->request->take(reader->request->take_state, reader->rows);
	reader->rows->n_block = 0;
}

static void
grow_block(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;
	size_t n = Max(4 * reader->block_capacity, FIRST_BLOCK_CAPACITY);

	n = Min(n, reader->block_rows);
	for (int i = 0; i < rows->n_features; i++)
	{
		MlopsReadColumn *column = &rows->features[i];

		if (column->type.kind == MLOPS_COLUMN_NUMERIC)
			column->numbers = grow_array(rows->context, column->numbers, n, sizeof(double));
		else
			column->level_ids = grow_array(rows->context, column->level_ids, n, sizeof(uint32));
	}
	reader->block_capacity = n;
}

/* Make room for one more row in the block. */
static void
reserve_block(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;

	if (rows->n_block >= reader->block_rows)
		hand_on_block(reader);
	if (rows->n_block >= reader->block_capacity)
		grow_block(reader);
}

static void
reader_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	MlopsReader *reader = (MlopsReader *) self;
	MemoryContext before = MemoryContextSwitchTo(reader->rows->context);

	mlops_reader_set_columns(reader, desc);
	set_block_rows(reader, reader->rows->n_features);
	MemoryContextSwitchTo(before);
}

/* Bytes of one row in what is divided: target, weight and entity. */
static Size
part_bytes(const MlopsReader *reader)
{
	Size n_bytes = 0;

	if (reader->target.attribute >= 0)
		n_bytes += reader->rows->is_classification ? sizeof(uint32) : sizeof(double);
	n_bytes += reader->entity.attribute >= 0 ? sizeof(uint64) : 0;
	n_bytes += reader->weight.attribute >= 0 ? sizeof(double) : 0;
	return n_bytes;
}

/* Bytes of one row in what is kept. */
static Size
row_bytes(const MlopsReader *reader)
{
	Size n_bytes = part_bytes(reader) + sizeof(uint64); /* the hash of its features */

	n_bytes += reader->id.attribute >= 0 ? 2 * sizeof(uint64) : 0;
	n_bytes += reader->time.attribute >= 0 ? sizeof(double) : 0;
	n_bytes += reader->split.attribute >= 0 ? sizeof(uint8) : 0;
	return n_bytes;
}

/*
 * Bytes of one row that dividing the rows takes beside these (train_sample.c): a key if the id is none,
 * the choice, and then its rank among the others, or two lists, its slot and a copy with the key.
 */
static Size
dividing_bytes(const MlopsReader *reader)
{
	Size key = reader->id.attribute >= 0 ? 0 : sizeof(uint64);
	Size copy = 3 * sizeof(uint32) + part_bytes(reader) + sizeof(uint64);

	return key + sizeof(uint8) + Max(3 * sizeof(uint64), copy);
}

/* Refuse what is kept above the limit of the request, or would be when the rows so far are divided. */
static void
check_memory(const MlopsReader *reader)
{
	const MlopsRows *rows = reader->rows;
	uint64 limit = reader->request->max_bytes;
	uint64 n_bytes = rows->n_bytes + rows->text_bytes + rows->n_rows * dividing_bytes(reader);

	if (limit > 0 && n_bytes > limit)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("the rows need more than " UINT64_FORMAT
						" MB of memory, mlops.max_train_memory",
						limit / 1048576),
				 errdetail("After " UINT64_FORMAT " rows of %d features; target, keys and the like "
						   "take %zu bytes a row, dividing them %zu, texts " UINT64_FORMAT " MB.",
						   (uint64) reader->n_seen, rows->n_features, row_bytes(reader),
						   dividing_bytes(reader), rows->text_bytes / 1048576),
				 errhint("Read fewer rows or shorter texts, or raise mlops.max_train_memory.")));
}

/* Count a text of which so many copies are kept. */
static void
count_text(MlopsReader *reader, MlopsBytes text, int n_copies)
{
	reader->rows->text_bytes += (uint64) text.n_bytes * n_copies + LEVEL_BYTES;
	check_memory(reader);
}

/* Make room for one more row in all arrays. */
static void
reserve_row(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;
	MemoryContext context = rows->context;
	size_t n;

	if (rows->n_rows < reader->capacity)
		return;
	if (rows->n_rows >= PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the number of rows must be at most %d", PG_INT32_MAX),
						errhint("Read a sample of the rows.")));
	n = reader->capacity == 0 ? FIRST_CAPACITY : reader->capacity + reader->capacity / 2;
	rows->n_bytes = mul_size(n, row_bytes(reader));
	check_memory(reader);
	reader->capacity = n;
	if (reader->target.attribute >= 0 && rows->is_classification)
		rows->classes = grow_array(context, rows->classes, n, sizeof(uint32));
	else if (reader->target.attribute >= 0)
		rows->targets = grow_array(context, rows->targets, n, sizeof(double));
	if (reader->id.attribute >= 0)
	{
		rows->keys = grow_array(context, rows->keys, n, sizeof(uint64));
		reader->row_hashes = grow_array(context, reader->row_hashes, n, sizeof(uint64));
	}
	if (reader->entity.attribute >= 0)
		rows->entities = grow_array(context, rows->entities, n, sizeof(uint64));
	if (reader->time.attribute >= 0)
		rows->times = grow_array(context, rows->times, n, sizeof(double));
	if (reader->split.attribute >= 0)
		rows->split = grow_array(context, rows->split, n, sizeof(uint8));
	if (reader->weight.attribute >= 0)
		rows->weights = grow_array(context, rows->weights, n, sizeof(double));
	rows->contents = grow_array(context, rows->contents, n, sizeof(uint64));
}

/* Keep the value of a new label. */
static void
keep_label(MlopsReader *reader, uint32 label, Datum datum)
{
	Oid type = reader->target.type.base;
	MemoryContext before = MemoryContextSwitchTo(reader->rows->context);

	if (label >= reader->labels_capacity)
	{
		reader->labels_capacity = Max(16, 2 * reader->labels_capacity);
		reader->label_values = grow_array(reader->rows->context, reader->label_values,
										  reader->labels_capacity, sizeof(Datum));
	}
	reader->label_values[label] = datumCopy(datum, get_typbyval(type), get_typlen(type));
	MemoryContextSwitchTo(before);
}

/* Refuse more classes than a target can have. */
static void
check_class_count(const MlopsReader *reader, size_t n_classes)
{
	const MlopsValueType *type = &reader->target.type;

	if (n_classes > 2 && reader->request->is_classification < 0 &&
		type->kind == MLOPS_COLUMN_NUMERIC)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("target column \"%s\" of type %s has more than two values, so task must be "
						"given",
						type->column, format_type_be(type->type)),
				 errhint("Write task => 'classification' or task => 'regression'.")));
	if (n_classes > MLOPS_MAX_CLASSES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("target column \"%s\" has more than %d classes", type->column,
							   MLOPS_MAX_CLASSES),
						errhint("If it is a quantity, write task => 'regression'.")));
}

/* Position of a label in the order of first sight. */
static uint32
add_label(MlopsReader *reader, Datum datum)
{
	char *text = mlops_value_text(&reader->target.type, datum);
	MlopsBytes bytes = { text, (uint32) strlen(text) };
	size_t before = reader->label_set.n_levels;
	uint32 label = mlops_level_set_add(&reader->label_set, bytes);

	if (label == MLOPS_LEVEL_NONE)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	if (reader->label_set.n_levels > before)
	{
		check_class_count(reader, reader->label_set.n_levels);
		count_text(reader, bytes, 3); /* in the set, as a value, in rows->labels */
		keep_label(reader, label, datum);
	}
	return label;
}

/* NaN, infinities and numbers whose sum over trees would be infinite cannot be learned. */
static void
check_target_value(const MlopsReader *reader, double value)
{
	if (fabs(value) <= MLOPS_MAX_VALUE)
		return;
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					errmsg("target column \"%s\" has the value %s, which is not between %g and %g",
						   reader->target.type.column, float8out_internal(value), -MLOPS_MAX_VALUE,
						   MLOPS_MAX_VALUE),
					errhint("Leave such rows out with a query, or scale the target.")));
}

/* Read the target; false if the row is to be dropped. */
static bool
read_target(MlopsReader *reader, TupleTableSlot *slot, size_t row)
{
	MlopsRows *rows = reader->rows;
	int attribute = reader->target.attribute;

	if (slot->tts_isnull[attribute])
	{
		rows->n_null_targets++;
		return false;
	}
	if (rows->is_classification)
	{
		rows->classes[row] = add_label(reader, slot->tts_values[attribute]);
		return true;
	}
	rows->targets[row] = mlops_value_number(&reader->target.type, slot->tts_values[attribute]);
	check_target_value(reader, rows->targets[row]);
	return true;
}

/* Read the weight; false if the row is to be dropped. */
static bool
read_weight(MlopsReader *reader, TupleTableSlot *slot, size_t row)
{
	int attribute = reader->weight.attribute;
	bool is_null = slot->tts_isnull[attribute];
	double weight = is_null ? get_float8_nan() :
							  mlops_value_number(&reader->weight.type, slot->tts_values[attribute]);

	if (!isfinite(weight) || weight < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("weight column \"%s\" must be a finite number from 0, not %s",
							   reader->weight.type.column,
							   is_null		  ? "NULL" :
							   isnan(weight)  ? "NaN" :
							   !isinf(weight) ? psprintf("%g", weight) :
							   weight > 0	  ? "Infinity" :
												"-Infinity")));
	reader->rows->weights[row] = weight;
	reader->rows->n_zero_weights += weight == 0;
	return weight > 0;
}

/*
 * Give the elements of an array columns of their own; the rows before this one had none.
 *
 * Blocks get fewer rows by that.  One that has more of them is handed on as it is, so that the room
 * for the new columns stays that of a block.  The first block is still the one of most rows.
 */
static void
spread_array(MlopsReader *reader, int array, int n_elements)
{
	MlopsRows *rows = reader->rows;
	MemoryContext before = MemoryContextSwitchTo(rows->context);

	set_block_rows(reader, rows->n_features - 1 + n_elements);
	if (rows->n_block > reader->block_rows)
		hand_on_block(reader);
	reader->block_capacity =
		Max(rows->n_block + 1, Min(reader->block_capacity, reader->block_rows));
	mlops_reader_expand_array(reader, array, n_elements);
	MemoryContextSwitchTo(before);
	for (int i = 0; i < rows->n_features; i++)
	{
		MlopsReadColumn *column = &rows->features[i];

		if (reader->sources[i].array != array)
			continue;
		column->numbers = grow_array(rows->context, NULL, reader->block_capacity, sizeof(double));
		for (size_t row = 0; row < rows->n_block; row++)
			column->numbers[row] = get_float8_nan();
	}
}

/* Take the elements of one array column out of a row. */
static void
read_array(MlopsReader *reader, TupleTableSlot *slot, int i)
{
	MlopsArrayColumn *column = &reader->arrays[i];
	ArrayType *array;
	int n_elements;

	column->is_null = slot->tts_isnull[column->attribute];
	if (column->is_null)
		return;
	array = DatumGetArrayTypeP(slot->tts_values[column->attribute]);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("array column \"%s\" must have one dimension, not %d", column->name,
							   ARR_NDIM(array)),
						errhint("Unnest it into columns in a query.")));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &column->values, &column->isnull, &n_elements);
	if (n_elements == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("array column \"%s\" is empty in row " UINT64_FORMAT, column->name,
							   (uint64) reader->n_seen),
						errhint("Write NULL where there are no values.")));
	if (column->n_elements < 0)
		spread_array(reader, i, n_elements);
	if (n_elements != column->n_elements)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("array column \"%s\" has %d elements in row " UINT64_FORMAT ", not %d",
						column->name, n_elements, (uint64) reader->n_seen, column->n_elements),
				 errhint("All arrays of a column must have the same length.")));
}

/* Read an element of an array and return the hash so far; an array that is NULL counts once. */
static uint64
read_element(MlopsReader *reader, int i, uint64 content)
{
	const MlopsFeatureSource *source = &reader->sources[i];
	const MlopsArrayColumn *array = &reader->arrays[source->array];
	double *number = &reader->rows->features[i].numbers[reader->rows->n_block];

	*number = get_float8_nan();
	if (array->is_null)
		return source->element > 0 ? content : mlops_value_hash_number(get_float8_nan(), content);
	if (!array->isnull[source->element])
		*number = DatumGetFloat8(array->values[source->element]);
	return mlops_value_hash_number(*number, content);
}

static uint32
add_level(MlopsReader *reader, MlopsReadColumn *column, MlopsBytes level)
{
	size_t before = column->levels.n_levels;
	uint32 level_id = mlops_level_set_add(&column->levels, level);

	if (level_id == MLOPS_LEVEL_NONE)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	if (level_id >= MLOPS_MAX_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("column \"%s\" has more than %d levels", column->name, MLOPS_MAX_LEVELS),
				 reader->request->features == NIL ?
					 errhint("If it is a key, list it in exclude; otherwise group its levels in a "
							 "query.") :
					 errhint("Read fewer rows, or group its levels in a query.")));
	if (column->levels.n_levels > before)
		count_text(reader, level, 1);
	return level_id;
}

/* Read one feature into the block and return the hash so far. */
static uint64
read_feature(MlopsReader *reader, TupleTableSlot *slot, int i, uint64 content)
{
	MlopsReadColumn *column = &reader->rows->features[i];
	size_t row = reader->rows->n_block;
	const MlopsFeatureSource *source = &reader->sources[i];
	Datum datum = slot->tts_values[source->attribute];
	bool is_null = slot->tts_isnull[source->attribute];
	MlopsBytes bytes;

	if (source->array >= 0)
		return read_element(reader, i, content);
	if (column->type.kind == MLOPS_COLUMN_NUMERIC)
	{
		column->numbers[row] =
			is_null ? get_float8_nan() : mlops_value_number(&column->type, datum);
		return mlops_value_hash_number(column->numbers[row], content);
	}
	column->level_ids[row] = MLOPS_LEVEL_NONE;
	if (is_null)
		return mlops_hash_int(PG_UINT64_MAX, content);
	bytes = mlops_value_bytes(&column->type, datum);
	column->level_ids[row] = add_level(reader, column, bytes);
	return mlops_hash_bytes(bytes.data, bytes.n_bytes, content);
}

/* Hash of a key; 0 if there is none. */
static uint64
read_key(MlopsRoleColumn *column, TupleTableSlot *slot)
{
	return slot->tts_isnull[column->attribute] ?
			   0 :
			   mlops_value_hash(&column->type, slot->tts_values[column->attribute]);
}

static void
read_roles(MlopsReader *reader, TupleTableSlot *slot, size_t row)
{
	MlopsRows *rows = reader->rows;
	int time = reader->time.attribute;
	int split = reader->split.attribute;

	if (rows->keys != NULL)
		rows->keys[row] = read_key(&reader->id, slot);
	if (rows->entities != NULL)
		rows->entities[row] = read_key(&reader->entity, slot);
	if (rows->times != NULL)
		rows->times[row] = slot->tts_isnull[time] ?
							   get_float8_nan() :
							   mlops_value_number(&reader->time.type, slot->tts_values[time]);
	if (rows->split != NULL)
		rows->split[row] = !slot->tts_isnull[split] && DatumGetBool(slot->tts_values[split]);
}

/* Hash of all that a row says. */
static uint64
hash_row(const MlopsReader *reader, size_t row)
{
	const MlopsRows *rows = reader->rows;
	uint64 hash = rows->contents[row];

	if (rows->classes != NULL)
	{
		MlopsBytes label = reader->label_set.levels[rows->classes[row]];

		hash = mlops_hash_bytes(label.data, label.n_bytes, hash);
	}
	if (rows->targets != NULL)
		hash = mlops_value_hash_number(rows->targets[row], hash);
	if (rows->keys != NULL)
		hash = mlops_hash_int(rows->keys[row], hash);
	if (rows->entities != NULL)
		hash = mlops_hash_int(rows->entities[row], hash);
	if (rows->times != NULL)
		hash = mlops_value_hash_number(rows->times[row], hash);
	if (rows->split != NULL)
		hash = mlops_hash_int(rows->split[row], hash);
	if (rows->weights != NULL)
		hash = mlops_value_hash_number(rows->weights[row], hash);
	return hash;
}

/* Append a row that is kept. */
static void
append_row(MlopsReader *reader, TupleTableSlot *slot, size_t row)
{
	MlopsRows *rows = reader->rows;
	uint64 content = 0;
	uint64 hash;

	for (int i = 0; i < reader->n_arrays; i++)
		read_array(reader, slot, i);
	for (int i = 0; i < rows->n_features; i++)
		content = read_feature(reader, slot, i, content);
	read_roles(reader, slot, row);
	if (reader->request->take_row != NULL)
		reader->request->take_row(reader->request->take_row_state, slot);
	rows->contents[row] = content;
	hash = hash_row(reader, row);
	if (reader->row_hashes != NULL)
		reader->row_hashes[row] = hash;
	rows->hash_sum += hash;
	rows->hash_xor ^= mlops_hash_int(hash, 1);
	rows->n_rows++;
	rows->n_block++;
}

static bool
reader_receive(TupleTableSlot *slot, DestReceiver *self)
{
	MlopsReader *reader = (MlopsReader *) self;
	size_t row = reader->rows->n_rows;
	MemoryContext before;

	CHECK_FOR_INTERRUPTS();
	if (reader->n_seen % PROGRESS_ROWS == 0)
		mlops_progress_rows(reader->n_seen);
	slot_getallattrs(slot);
	reserve_row(reader);
	reserve_block(reader);
	reader->n_seen++;
	before = MemoryContextSwitchTo(reader->row_context);
	if ((reader->target.attribute < 0 || read_target(reader, slot, row)) &&
		(reader->weight.attribute < 0 || read_weight(reader, slot, row)))
		append_row(reader, slot, row);
	MemoryContextSwitchTo(before);
	MemoryContextReset(reader->row_context);
	return true;
}

static void
reader_ignore(DestReceiver *self)
{
}

/* Check what only the last row can tell, and say which columns lost digits. */
static void
check_rows(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;

	for (int i = 0; i < reader->n_arrays; i++)
	{
		if (rows->n_rows > 0 && reader->arrays[i].n_elements < 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("array column \"%s\" is NULL in every row, so its length is unknown",
							reader->arrays[i].name),
					 errhint("List it in exclude.")));
	}
	for (int i = 0; i < rows->n_features + 1; i++)
	{
		const MlopsValueType *type =
			i < rows->n_features ? &rows->features[i].type : &reader->target.type;

		if (type->loses_digits)
			ereport(NOTICE, (errmsg("column \"%s\" has numbers beyond 2^53, which lose digits",
									type->column),
							 errdetail("Features and targets are read as double precision.")));
	}
}

/* A reader with nothing read; all of it lives in context, which is the current one. */
static MlopsReader *
make_reader(const MlopsReadRequest *request, MemoryContext context)
{
	MlopsRows *rows = palloc0(sizeof(MlopsRows));
	MlopsReader *reader = palloc0(sizeof(MlopsReader));

	rows->context = context;
	rows->allocator = mlops_hooks_allocator(context);
	reader->dest = (DestReceiver){ .receiveSlot = reader_receive,
								   .rStartup = reader_startup,
								   .rShutdown = reader_ignore,
								   .rDestroy = reader_ignore,
								   .mydest = DestNone };
	reader->request = request;
	reader->rows = rows;
	reader->label_set.allocator = &rows->allocator;
	reader->row_context =
		AllocSetContextCreate(context, "mlops reader row", ALLOCSET_DEFAULT_SIZES);
	return reader;
}

MlopsRows *
mlops_reader_read(const MlopsReadRequest *request, MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	MlopsReader *reader = make_reader(request, context);
	MlopsRows *rows = reader->rows;

	mlops_reader_run(request, request->id_column == NULL, &reader->dest);
	check_memory(reader);
	check_rows(reader);
	rows->is_complete = true;
	request->take(request->take_state, rows);
	if (rows->is_classification && reader->target.attribute >= 0)
		mlops_reader_sort_labels(reader);
	mlops_reader_sort_rows(reader);
	MemoryContextDelete(reader->row_context);
	MemoryContextSwitchTo(before);
	return rows;
}

void
mlops_reader_note_rows(const MlopsRows *rows)
{
	if (rows->n_null_targets > 0)
		ereport(NOTICE, (errmsg_plural("%zu row has no target and is left out",
									   "%zu rows have no target and are left out",
									   rows->n_null_targets, rows->n_null_targets)));
	if (rows->n_zero_weights > 0)
		ereport(NOTICE, (errmsg_plural("%zu row has weight 0 and is left out",
									   "%zu rows have weight 0 and are left out",
									   rows->n_zero_weights, rows->n_zero_weights)));
}

bool
mlops_reader_check(const MlopsReadRequest *request)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "mlops reader check", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	MlopsReader *reader = make_reader(request, context);
	const CachedPlanSource *source;
	bool is_classification;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	source = linitial(SPI_plan_get_plan_sources(mlops_reader_prepare(request)));
	reader_startup(&reader->dest, CMD_SELECT, source->resultDesc);
	SPI_finish();
	is_classification = reader->rows->is_classification;
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	return is_classification;
}
