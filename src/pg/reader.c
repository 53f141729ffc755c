/*
 * A relation or query -> columns in memory.
 *
 * 1. startup: the result's columns get their roles by name.
 * 2. receive: each row is appended to the arrays of its columns, which grow
 *    together by half.  What a row needs on its way lives in a context that is
 *    reset per row.
 * 3. finish: labels are sorted by their type, rows by their key.
 *
 * The order of rows must not change from run to run, so synchronized scans are
 * off, and parallel plans too unless an id_column sorts the rows afterwards.
 */
#include "postgres.h"

#include <math.h>

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "storage/shmem.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

#include "core/forest.h"
#include "core/hash.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/reader.h"

#define FIRST_CAPACITY 1024

/* A column of the result with a role besides being a feature. */
typedef struct RoleColumn
{
	const char *name;
	int attribute; /* 0-based, -1 = there is none */
	MlopsValueType type;
} RoleColumn;

typedef struct Reader
{
	DestReceiver dest; /* must be first */
	const MlopsReadRequest *request;
	MlopsRows *rows;
	size_t capacity;
	int *attributes; /* [n_features] 0-based */
	RoleColumn target;
	RoleColumn id;
	RoleColumn entity;
	RoleColumn time;
	RoleColumn split;
	RoleColumn weight;
	MlopsLevelSet label_set;
	Datum *label_values; /* [labels_capacity] a copy of each label */
	size_t labels_capacity;
	MemoryContext row_context;
} Reader;

static int
find_attribute(TupleDesc desc, const char *name)
{
	int found = -1;

	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_COLUMN),
							errmsg("column \"%s\" occurs twice in the result", name),
							errhint("Name the columns of the query differently.")));
		found = i;
	}
	return found;
}

/* Position of a column that must exist. */
static int
require_attribute(TupleDesc desc, const char *role, const char *name)
{
	int found = find_attribute(desc, name);
	const char **names;
	const char *nearest;

	if (found >= 0)
		return found;
	names = palloc(sizeof(char *) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		names[i] = NameStr(TupleDescAttr(desc, i)->attname);
	nearest = mlops_nearest_name(name, names, desc->natts);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("%s column \"%s\" does not exist", role, name),
			 nearest != NULL ? errhint("Did you mean \"%s\"?", nearest) :
							   errhint("Columns are %s.", mlops_join_names(names, desc->natts))));
	return -1; /* not reached */
}

static void
set_role(TupleDesc desc, const char *role, const char *name, RoleColumn *column)
{
	column->name = name;
	column->attribute = -1;
	if (name == NULL)
		return;
	column->attribute = require_attribute(desc, role, name);
	mlops_value_type(TupleDescAttr(desc, column->attribute)->atttypid, &column->type);
}

static bool
is_in_list(const char *name, List *names)
{
	ListCell *cell;

	foreach (cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

static bool
has_role(const Reader *reader, int attribute)
{
	return attribute == reader->target.attribute || attribute == reader->id.attribute ||
		   attribute == reader->entity.attribute || attribute == reader->time.attribute ||
		   attribute == reader->split.attribute || attribute == reader->weight.attribute;
}

/* Names of the features: as asked for, or every column without another role. */
static List *
feature_names(const Reader *reader, TupleDesc desc)
{
	const MlopsReadRequest *request = reader->request;
	List *names = NIL;
	ListCell *cell;

	foreach (cell, request->exclude)
		(void) require_attribute(desc, "exclude", lfirst(cell));
	if (request->features != NIL)
		return request->features;
	for (int i = 0; i < desc->natts; i++)
	{
		char *name = NameStr(TupleDescAttr(desc, i)->attname);

		if (!has_role(reader, i) && !is_in_list(name, request->exclude))
			names = lappend(names, pstrdup(name));
	}
	return names;
}

static void
set_features(Reader *reader, TupleDesc desc)
{
	MlopsRows *rows = reader->rows;
	List *names = feature_names(reader, desc);
	ListCell *cell;

	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no feature column"),
				 errdetail("Every column is the target, has another role or is excluded."),
				 errhint("Name columns in features.")));
	if (list_length(names) > MLOPS_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d features are more than %d", list_length(names), MLOPS_MAX_COLUMNS)));
	rows->features = palloc0(sizeof(MlopsReadColumn) * list_length(names));
	reader->attributes = palloc(sizeof(int) * list_length(names));
	foreach (cell, names)
	{
		int i = rows->n_features++;
		MlopsReadColumn *column = &rows->features[i];

		column->name = pstrdup(lfirst(cell));
		column->levels.allocator = &rows->allocator;
		reader->attributes[i] = require_attribute(desc, "feature", column->name);
		mlops_value_type(TupleDescAttr(desc, reader->attributes[i])->atttypid, &column->type);
		if (!column->type.is_supported)
			mlops_value_report_unsupported(column->name, column->type.type);
		for (int j = 0; j < i; j++)
		{
			if (reader->attributes[j] == reader->attributes[i])
				ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
								errmsg("feature \"%s\" is named twice", column->name)));
		}
		if (reader->attributes[i] == reader->target.attribute)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("target column \"%s\" is also a feature", column->name),
							errhint("Leave it out of features.")));
	}
}

/* Types that can be a class; integers count when the task is given. */
static void
check_target(Reader *reader)
{
	MlopsRows *rows = reader->rows;
	MlopsValueType *type = &reader->target.type;
	bool is_class = type->kind == MLOPS_COLUMN_CATEGORICAL || type->base == BOOLOID;
	bool is_integer = type->base == INT2OID || type->base == INT4OID || type->base == INT8OID;
	bool is_real = type->base == FLOAT4OID || type->base == FLOAT8OID || type->base == NUMERICOID;

	if (reader->target.attribute < 0)
		return;
	if (!is_class && !is_integer && !is_real)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("target column \"%s\" of type %s cannot be learned", reader->target.name,
						format_type_be(type->type)),
				 errhint("A class is boolean, integer, text or enum, a value is a number.")));
	rows->is_classification = reader->request->is_classification == 1 ||
							  (reader->request->is_classification < 0 && !is_real);
	if (rows->is_classification && is_real)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("target column \"%s\" of type %s cannot be a class",
							   reader->target.name, format_type_be(type->type)),
						errhint("Cast it to integer or text, or choose task => 'regression'.")));
	if (!rows->is_classification && is_class && type->base != BOOLOID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("target column \"%s\" of type %s cannot be a value of a regression",
							   reader->target.name, format_type_be(type->type)),
						errhint("Choose task => 'classification'.")));
	rows->target_type = *type;
}

static void
check_role_types(const Reader *reader)
{
	if (reader->weight.attribute >= 0 &&
		(reader->weight.type.kind != MLOPS_COLUMN_NUMERIC || !reader->weight.type.is_supported))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("weight column \"%s\" must be a number, not %s", reader->weight.name,
							   format_type_be(reader->weight.type.type))));
	if (reader->time.attribute >= 0 &&
		(reader->time.type.kind != MLOPS_COLUMN_NUMERIC || !reader->time.type.is_supported))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("time column \"%s\" must be a date, a timestamp or a number, not %s",
							   reader->time.name, format_type_be(reader->time.type.type))));
	if (reader->split.attribute >= 0 && reader->split.type.base != BOOLOID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("split column \"%s\" must be boolean, not %s", reader->split.name,
							   format_type_be(reader->split.type.type)),
						errhint("true = the row belongs to the test part.")));
}

static void
reader_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	Reader *reader = (Reader *) self;
	const MlopsReadRequest *request = reader->request;
	MemoryContext before = MemoryContextSwitchTo(reader->rows->context);

	set_role(desc, "target", request->target, &reader->target);
	set_role(desc, "id", request->id_column, &reader->id);
	set_role(desc, "entity", request->entity_column, &reader->entity);
	set_role(desc, "time", request->time_column, &reader->time);
	set_role(desc, "split", request->split_column, &reader->split);
	set_role(desc, "weight", request->weight_column, &reader->weight);
	check_target(reader);
	check_role_types(reader);
	set_features(reader, desc);
	MemoryContextSwitchTo(before);
}

/* Grow one array to capacity elements. */
static void *
grow_array(MemoryContext context, void *array, size_t capacity, size_t size)
{
	Size n_bytes = mul_size(capacity, size);

	return array == NULL ? MemoryContextAllocHuge(context, n_bytes) : repalloc_huge(array, n_bytes);
}

/* Make room for one more row in all arrays. */
static void
reserve_row(Reader *reader)
{
	MlopsRows *rows = reader->rows;
	MemoryContext context = rows->context;
	size_t n;

	if (rows->n_rows < reader->capacity)
		return;
	if (rows->n_rows >= PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("more than %d rows cannot be read", PG_INT32_MAX),
						errhint("Train on a sample of the rows.")));
	n = reader->capacity == 0 ? FIRST_CAPACITY : reader->capacity + reader->capacity / 2;
	reader->capacity = n;
	for (int i = 0; i < rows->n_features; i++)
	{
		MlopsReadColumn *column = &rows->features[i];

		if (column->type.kind == MLOPS_COLUMN_NUMERIC)
			column->numbers = grow_array(context, column->numbers, n, sizeof(double));
		else
			column->level_ids = grow_array(context, column->level_ids, n, sizeof(uint32));
	}
	if (reader->target.attribute >= 0 && rows->is_classification)
		rows->classes = grow_array(context, rows->classes, n, sizeof(uint32));
	else if (reader->target.attribute >= 0)
		rows->targets = grow_array(context, rows->targets, n, sizeof(double));
	if (reader->id.attribute >= 0)
		rows->keys = grow_array(context, rows->keys, n, sizeof(uint64));
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

static uint64
hash_double(double x, uint64 seed)
{
	uint64 bits;

	x += 0.0; /* -0 is 0 */
	memcpy(&bits, &x, sizeof(bits));
	return mlops_hash_int(isnan(x) ? PG_UINT64_MAX : bits, seed);
}

/* Position of a label; a new one is copied. */
static uint32
add_label(Reader *reader, Datum datum)
{
	MlopsValueType *type = &reader->target.type;
	char *text = mlops_value_text(type, datum);
	size_t before = reader->label_set.n_levels;
	uint32 label =
		mlops_level_set_add(&reader->label_set, (MlopsBytes){ text, (uint32) strlen(text) });
	MemoryContext context;

	if (label == MLOPS_LEVEL_NONE)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	if (reader->label_set.n_levels == before)
		return label;
	if (label >= MLOPS_MAX_CLASSES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("target column \"%s\" has more than %d classes", reader->target.name,
							   MLOPS_MAX_CLASSES),
						errhint("Is it a value? Then choose task => 'regression'.")));
	context = MemoryContextSwitchTo(reader->rows->context);
	if (label >= reader->labels_capacity)
	{
		reader->labels_capacity = Max(16, 2 * reader->labels_capacity);
		reader->label_values =
			reader->label_values == NULL ?
				palloc(sizeof(Datum) * reader->labels_capacity) :
				repalloc(reader->label_values, sizeof(Datum) * reader->labels_capacity);
	}
	reader->label_values[label] =
		datumCopy(datum, get_typbyval(type->base), get_typlen(type->base));
	MemoryContextSwitchTo(context);
	return label;
}

/* Read the target; false if the row is to be dropped. */
static bool
read_target(Reader *reader, TupleTableSlot *slot, size_t row, uint64 *content)
{
	MlopsRows *rows = reader->rows;
	int attribute = reader->target.attribute;
	Datum datum = slot->tts_values[attribute];

	if (slot->tts_isnull[attribute])
	{
		rows->n_null_targets++;
		return false;
	}
	if (rows->is_classification)
	{
		MlopsBytes label;

		rows->classes[row] = add_label(reader, datum);
		label = reader->label_set.levels[rows->classes[row]];
		*content = mlops_hash_bytes(label.data, label.n_bytes, *content);
		return true;
	}
	rows->targets[row] = mlops_value_number(&reader->target.type, datum);
	if (!isfinite(rows->targets[row]))
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("target column \"%s\" has the value %g, which is not finite",
							   reader->target.name, rows->targets[row]),
						errhint("Leave such rows out with a query.")));
	*content = hash_double(rows->targets[row], *content);
	return true;
}

/* Read one feature and return the hash so far. */
static uint64
read_feature(Reader *reader, TupleTableSlot *slot, int i, size_t row, uint64 content)
{
	MlopsReadColumn *column = &reader->rows->features[i];
	bool is_null = slot->tts_isnull[reader->attributes[i]];
	Datum datum = slot->tts_values[reader->attributes[i]];
	MlopsBytes bytes;

	if (column->type.kind == MLOPS_COLUMN_NUMERIC)
	{
		column->numbers[row] =
			is_null ? get_float8_nan() : mlops_value_number(&column->type, datum);
		return hash_double(column->numbers[row], content);
	}
	column->level_ids[row] = MLOPS_LEVEL_NONE;
	if (is_null)
		return mlops_hash_int(PG_UINT64_MAX, content);
	bytes = mlops_value_bytes(&column->type, datum);
	column->level_ids[row] = mlops_level_set_add(&column->levels, bytes);
	if (column->level_ids[row] == MLOPS_LEVEL_NONE)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	return mlops_hash_bytes(bytes.data, bytes.n_bytes, content);
}

/* Read the weight; false if the row is to be dropped. */
static bool
read_weight(Reader *reader, TupleTableSlot *slot, size_t row)
{
	int attribute = reader->weight.attribute;
	double weight = slot->tts_isnull[attribute] ?
						get_float8_nan() :
						mlops_value_number(&reader->weight.type, slot->tts_values[attribute]);

	if (!isfinite(weight) || weight < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("weight column \"%s\" must be a finite number from 0, not %s",
							   reader->weight.name,
							   slot->tts_isnull[attribute] ? "NULL" : psprintf("%g", weight))));
	reader->rows->weights[row] = weight;
	reader->rows->n_zero_weights += weight == 0;
	return weight > 0;
}

static void
read_roles(Reader *reader, TupleTableSlot *slot, size_t row)
{
	MlopsRows *rows = reader->rows;
	const Datum *values = slot->tts_values;
	const bool *isnull = slot->tts_isnull;

	if (rows->keys != NULL)
		rows->keys[row] = isnull[reader->id.attribute] ?
							  0 :
							  mlops_value_hash(&reader->id.type, values[reader->id.attribute]);
	if (rows->entities != NULL)
		rows->entities[row] =
			isnull[reader->entity.attribute] ?
				0 :
				mlops_value_hash(&reader->entity.type, values[reader->entity.attribute]);
	if (rows->times != NULL)
		rows->times[row] =
			isnull[reader->time.attribute] ?
				get_float8_nan() :
				mlops_value_number(&reader->time.type, values[reader->time.attribute]);
	if (rows->split != NULL)
		rows->split[row] =
			!isnull[reader->split.attribute] && DatumGetBool(values[reader->split.attribute]);
}

static bool
reader_receive(TupleTableSlot *slot, DestReceiver *self)
{
	Reader *reader = (Reader *) self;
	MlopsRows *rows = reader->rows;
	MemoryContext before;
	size_t row;
	uint64 content = 0;
	bool is_kept;

	slot_getallattrs(slot);
	reserve_row(reader);
	row = rows->n_rows;
	before = MemoryContextSwitchTo(reader->row_context);
	is_kept = (reader->target.attribute < 0 || read_target(reader, slot, row, &content)) &&
			  (reader->weight.attribute < 0 || read_weight(reader, slot, row));
	if (is_kept)
	{
		for (int i = 0; i < rows->n_features; i++)
			content = read_feature(reader, slot, i, row, content);
		read_roles(reader, slot, row);
		rows->contents[row] = content;
		rows->hash_sum += content;
		rows->hash_xor ^= mlops_hash_int(content, 1);
		rows->n_rows++;
	}
	MemoryContextSwitchTo(before);
	MemoryContextReset(reader->row_context);
	return true;
}

static void
reader_ignore(DestReceiver *self)
{
}

/* Sort the labels by the order of their type and renumber the rows' classes. */
typedef struct SortedLabel
{
	Datum value;
	uint32 label;
} SortedLabel;

static int
compare_labels(const void *a, const void *b, void *state)
{
	return ApplySortComparator(((const SortedLabel *) a)->value, false,
							   ((const SortedLabel *) b)->value, false, (SortSupport) state);
}

static void
sort_labels(Reader *reader)
{
	MlopsRows *rows = reader->rows;
	uint32 n = (uint32) reader->label_set.n_levels;
	SortedLabel *sorted = palloc(sizeof(SortedLabel) * Max(n, 1));
	uint32 *class_of = palloc(sizeof(uint32) * Max(n, 1));
	SortSupportData sort = { .ssup_cxt = CurrentMemoryContext, .ssup_collation = C_COLLATION_OID };
	TypeCacheEntry *type = lookup_type_cache(reader->target.type.base, TYPECACHE_LT_OPR);

	for (uint32 i = 0; i < n; i++)
		sorted[i] = (SortedLabel){ reader->label_values[i], i };
	PrepareSortSupportFromOrderingOp(type->lt_opr, &sort);
	qsort_arg(sorted, n, sizeof(SortedLabel), compare_labels, &sort);
	rows->n_classes = n;
	rows->labels = MemoryContextAlloc(rows->context, sizeof(char *) * Max(n, 1));
	for (uint32 i = 0; i < n; i++)
	{
		MlopsBytes text = reader->label_set.levels[sorted[i].label];

		class_of[sorted[i].label] = i;
		rows->labels[i] = MemoryContextAllocZero(rows->context, text.n_bytes + 1);
		memcpy(rows->labels[i], text.data, text.n_bytes);
	}
	for (size_t i = 0; i < rows->n_rows; i++)
		rows->classes[i] = class_of[rows->classes[i]];
}

static int
compare_rows(const void *a, const void *b, void *state)
{
	const MlopsRows *rows = state;
	uint32 x = *(const uint32 *) a;
	uint32 y = *(const uint32 *) b;

	if (rows->keys[x] != rows->keys[y])
		return rows->keys[x] < rows->keys[y] ? -1 : 1;
	if (rows->contents[x] != rows->contents[y])
		return rows->contents[x] < rows->contents[y] ? -1 : 1;
	return 0;
}

/* Bring one array into a new order; scratch holds as many elements. */
static void
permute(void *array, const uint32 *order, size_t n, size_t size, char *scratch)
{
	if (array == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		memcpy(scratch + i * size, (char *) array + order[i] * size, size);
	memcpy(array, scratch, n * size);
}

/* Order all arrays by key, equal keys by content: equal contents are equal rows. */
static void
sort_rows(MlopsRows *rows)
{
	size_t n = rows->n_rows;
	uint32 *order;
	char *scratch;

	if (rows->keys == NULL || n == 0)
		return;
	order = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint32));
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint64));
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32) i;
	qsort_arg(order, n, sizeof(uint32), compare_rows, rows);
	for (int i = 0; i < rows->n_features; i++)
	{
		permute(rows->features[i].numbers, order, n, sizeof(double), scratch);
		permute(rows->features[i].level_ids, order, n, sizeof(uint32), scratch);
	}
	permute(rows->targets, order, n, sizeof(double), scratch);
	permute(rows->classes, order, n, sizeof(uint32), scratch);
	permute(rows->entities, order, n, sizeof(uint64), scratch);
	permute(rows->times, order, n, sizeof(double), scratch);
	permute(rows->split, order, n, sizeof(uint8), scratch);
	permute(rows->weights, order, n, sizeof(double), scratch);
	permute(rows->keys, order, n, sizeof(uint64), scratch);
	permute(rows->contents, order, n, sizeof(uint64), scratch);
	pfree(scratch);
	pfree(order);
}

char *
mlops_reader_relation_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/* Refuse what is not a relation with rows. */
static void
check_relation(Oid relation)
{
	char kind = get_rel_relkind(relation);

	if (kind == RELKIND_RELATION || kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
		kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_FOREIGN_TABLE)
		return;
	ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
					errmsg("\"%s\" is not a table or view", get_rel_name(relation)),
					errhint("Name a table, view, materialized, partitioned or foreign table.")));
}

static void
append_name(StringInfo text, List **done, const char *name)
{
	if (name == NULL || is_in_list(name, *done))
		return;
	appendStringInfo(text, "%s%s", *done == NIL ? "" : ", ", quote_identifier(name));
	*done = lappend(*done, unconstify(char *, name));
}

/* Name every column of the relation that is wanted: no privilege is asked for on others. */
static char *
relation_query(const MlopsReadRequest *request)
{
	Relation relation = relation_open(request->relation, AccessShareLock);
	TupleDesc desc = RelationGetDescr(relation);
	StringInfoData text;
	List *done = NIL;
	ListCell *cell;

	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT ");
	for (int i = 0; request->features == NIL && i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (!attribute->attisdropped)
			append_name(&text, &done, NameStr(attribute->attname));
	}
	foreach (cell, request->features)
	{
		(void) require_attribute(desc, "feature", lfirst(cell));
		append_name(&text, &done, lfirst(cell));
	}
	foreach (cell, request->exclude)
		(void) require_attribute(desc, "exclude", lfirst(cell));
	if (request->target != NULL)
		(void) require_attribute(desc, "target", request->target);
	append_name(&text, &done, request->target);
	append_name(&text, &done, request->id_column);
	append_name(&text, &done, request->entity_column);
	append_name(&text, &done, request->time_column);
	append_name(&text, &done, request->split_column);
	append_name(&text, &done, request->weight_column);
	appendStringInfo(&text, " FROM %s", mlops_reader_relation_name(request->relation));
	relation_close(relation, NoLock);
	return text.data;
}

/* One statement that returns rows; the server's own read-only check does the rest. */
static void
check_query(const char *query)
{
	if (list_length(raw_parser(query, RAW_PARSE_DEFAULT)) != 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query must be one SELECT statement, not %d statements",
							   list_length(raw_parser(query, RAW_PARSE_DEFAULT)))));
}

static void
run_query(Reader *reader, const char *query)
{
	SPIExecuteOptions options = { .read_only = true,
								  .must_return_tuples = true,
								  .dest = &reader->dest };
	int nest = NewGUCNestLevel();

	(void) set_config_option("synchronize_seqscans", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (reader->request->id_column == NULL)
		(void) set_config_option("max_parallel_workers_per_gather", "0", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_extended(query, &options) < 0)
		elog(ERROR, "SPI_execute_extended failed");
	SPI_finish();
	AtEOXact_GUC(true, nest);
}

MlopsRows *
mlops_reader_read(const MlopsReadRequest *request, MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	MlopsRows *rows = palloc0(sizeof(MlopsRows));
	Reader *reader = palloc0(sizeof(Reader));
	const char *query = request->query;

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
	if (OidIsValid(request->relation))
	{
		check_relation(request->relation);
		query = relation_query(request);
	}
	else
		check_query(query);
	run_query(reader, query);
	if (rows->is_classification && reader->target.attribute >= 0)
		sort_labels(reader);
	sort_rows(rows);
	MemoryContextDelete(reader->row_context);
	MemoryContextSwitchTo(before);
	return rows;
}
