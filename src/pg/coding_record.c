/*
 * From a record, a tuple or a row of a query to the codes of a model.
 *
 * Names and types are looked up when a row type is first seen; then each row is
 * deformed once and its columns are converted in the order of the model.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "storage/shmem.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "core/level_set.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* Where a feature comes from. */
typedef struct RecordColumn
{
	int attribute;	 /* 0-based, -1 = absent */
	int element;	 /* 1-based in an array, 0 = the column itself */
	bool is_literal; /* an untyped literal of ROW(..): a C string */
	MlopsValueType type;
} RecordColumn;

struct MlopsRecordMap
{
	MemoryContext context; /* of all below; a child of the map's own */
	const MlopsModel *model;
	uint64 row_type;	 /* of a record: what the type cache calls this form of it */
	TimestampTz made_at; /* start of the statement */
	bool has_absent;	 /* a feature is absent, which is allowed */
	int n_attributes;
	Oid *types;			   /* [n_attributes] of a tuple: it has no type of its own */
	RecordColumn *columns; /* [n_features] */
	Datum *values;		   /* [n_attributes] scratch */
	bool *nulls;
	int *arrays; /* [n_arrays] attributes whose elements are features */
	int n_arrays;
};

static int
find_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	}
	return -1;
}

/* True if the columns are named f1, f2 ... as ROW(..) names them. */
static bool
is_anonymous(TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), psprintf("f%d", i + 1)) != 0)
			return false;
	}
	return desc->tdtypeid == RECORDOID;
}

static bool
has_all_names(const MlopsVersion *version, TupleDesc desc)
{
	for (int i = 0; i < version->n_features; i++)
	{
		if (find_column(desc, version->features[i].name) < 0)
			return false;
	}
	return true;
}

static void
check_width(const MlopsVersion *version, TupleDesc desc)
{
	if (desc->natts != version->n_features)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d features, not %d", version->model,
							   version->n_features, desc->natts),
						errhint("A row without column names counts by position.")));
}

static void
note_array(MlopsRecordMap *map, int attribute)
{
	for (int i = 0; i < map->n_arrays; i++)
	{
		if (map->arrays[i] == attribute)
			return;
	}
	map->arrays[map->n_arrays++] = attribute;
}

/* Find a feature by name: a column, or an element of a float8[] column. */
static void
find_by_name(const MlopsFeature *feature, TupleDesc desc, MlopsRecordMap *map, RecordColumn *column)
{
	char *array;
	int element;

	column->attribute = find_column(desc, feature->name);
	if (column->attribute >= 0 || !mlops_split_element(feature->name, &array, &element))
		return;
	column->attribute = find_column(desc, array);
	if (column->attribute < 0 ||
		getBaseType(TupleDescAttr(desc, column->attribute)->atttypid) != FLOAT8ARRAYOID)
	{
		column->attribute = -1;
		return;
	}
	column->element = element + 1;
	note_array(map, column->attribute);
}

/* Look up how the column's values are converted. */
static void
set_type(const MlopsFeature *feature, TupleDesc desc, RecordColumn *column)
{
	Oid type = TupleDescAttr(desc, column->attribute)->atttypid;

	/* an untyped literal is read as the type that the feature was trained with */
	column->is_literal = type == UNKNOWNOID;
	if (column->is_literal)
		type = OidIsValid(feature->type) ? feature->type : TEXTOID;
	mlops_value_type(column->element > 0 ? FLOAT8OID : type, &column->type);
	column->type.column = feature->name;
	mlops_check_type(feature, &column->type);
}

/* Fill the map in its context. */
static void
map_columns(const MlopsModel *model, TupleDesc desc, bool by_position, MlopsRecordMap *map)
{
	const MlopsVersion *version = &model->version;
	int n_features = version->n_features;
	bool *is_absent = palloc0(sizeof(bool) * Max(n_features, 1));

	if (by_position)
		check_width(version, desc);
	map->n_attributes = desc->natts;
	map->types = palloc(sizeof(Oid) * Max(desc->natts, 1));
	map->columns = palloc0(sizeof(RecordColumn) * Max(n_features, 1));
	map->values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	map->nulls = palloc(sizeof(bool) * Max(desc->natts, 1));
	map->arrays = palloc(sizeof(int) * Max(desc->natts, 1));
	map->n_arrays = 0;
	map->has_absent = false;
	for (int i = 0; i < desc->natts; i++)
		map->types[i] = TupleDescAttr(desc, i)->atttypid;
	for (int i = 0; i < n_features; i++)
	{
		map->columns[i].attribute = i;
		if (!by_position)
			find_by_name(&version->features[i], desc, map, &map->columns[i]);
		is_absent[i] = map->columns[i].attribute < 0;
		map->has_absent |= is_absent[i];
		if (!is_absent[i])
			set_type(&version->features[i], desc, &map->columns[i]);
	}
	mlops_check_absent(version, is_absent);
}

/* Make the map anew; after an error it fits no row. */
static void
remake_map(const MlopsModel *model, TupleDesc desc, uint64 row_type, MlopsRecordMap **map,
		   MemoryContext context)
{
	MemoryContext before;

	if (*map == NULL)
	{
		*map = MemoryContextAllocZero(context, sizeof(MlopsRecordMap));
		(*map)->context = AllocSetContextCreate(context, "mlops record map", ALLOCSET_SMALL_SIZES);
	}
	(*map)->model = NULL;
	MemoryContextReset((*map)->context);
	before = MemoryContextSwitchTo((*map)->context);
	map_columns(model, desc, is_anonymous(desc) && !has_all_names(&model->version, desc), *map);
	MemoryContextSwitchTo(before);
	(*map)->row_type = row_type;
	(*map)->made_at = GetCurrentStatementStartTimestamp();
	(*map)->model = model;
}

static inline bool
fits(const MlopsRecordMap *map, const MlopsModel *model, uint64 row_type)
{
	return map != NULL && map->model == model && map->row_type == row_type;
}

/*
 * The map of a row: one that is kept with the model, so that a statement of one row need not make it,
 * or the call site's own.  A kept one serves every call site, so it is not made anew for another
 * row type in the statement that made it; and it has neither literals, whose reading may run a
 * user's code in the middle of a row, nor absent features, which a setting may forbid again.
 */
static MlopsRecordMap *
find_map(const MlopsModel *model, TupleDesc desc, uint64 row_type, MlopsRecordMap **own,
		 MemoryContext context)
{
	MlopsRecordMap **kept = &unconstify(MlopsModel *, model)->record_map;

	if (likely(fits(*kept, model, row_type)))
		return *kept;
	if (desc->tdtypeid != RECORDOID &&
		(*kept == NULL || (*kept)->made_at != GetCurrentStatementStartTimestamp()))
	{
		remake_map(model, desc, row_type, kept, model->context);
		if (!(*kept)->has_absent)
			return *kept;
		(*kept)->model = NULL;
	}
	if (!fits(*own, model, row_type))
		remake_map(model, desc, row_type, own, context);
	return *own;
}

/* Bring the arrays of the row into memory and check their lengths. */
static void
open_arrays(const MlopsVersion *version, TupleDesc desc, MlopsRecordMap *map)
{
	for (int i = 0; i < map->n_arrays; i++)
	{
		int attribute = map->arrays[i];
		ArrayType *array;

		if (map->nulls[attribute])
			continue;
		array = DatumGetArrayTypeP(map->values[attribute]);
		mlops_check_length(version, NameStr(TupleDescAttr(desc, attribute)->attname),
						   ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)));
		map->values[attribute] = PointerGetDatum(array);
	}
}

/* Value of an untyped literal. */
static Datum
read_literal(const MlopsValueType *type, Datum literal)
{
	Oid input, parameter;

	getTypeInputInfo(type->type, &input, &parameter);
	return OidInputFunctionCall(input, DatumGetCString(literal), parameter, -1);
}

/* The value of a feature in the row in values and nulls; false if it is missing. */
static inline bool
find_value(const MlopsRecordMap *map, RecordColumn *from, Datum *datum)
{
	bool is_null = false;

	if (from->attribute < 0 || map->nulls[from->attribute])
		return false;
	*datum = map->values[from->attribute];
	if (from->element > 0)
		*datum = array_get_element(*datum, 1, &from->element, -1, sizeof(float8), FLOAT8PASSBYVAL,
								   TYPALIGN_DOUBLE, &is_null);
	return !is_null;
}

static void
code_feature(const MlopsModel *model, MlopsRecordMap *map, int feature, uint16 *lanes)
{
	RecordColumn *from = &map->columns[feature];
	Datum datum;

	if (!find_value(map, from, &datum))
	{
		mlops_code_missing(model, feature, lanes);
		return;
	}
	if (from->is_literal)
		datum = read_literal(&from->type, datum);
	if (mlops_feature_has_levels(model, feature))
		mlops_code_level(model, feature, mlops_value_bytes(&from->type, datum), lanes);
	else
		mlops_code_number(model, feature, mlops_value_number(&from->type, datum), lanes);
}

/* Code the row in values and nulls. */
static void
code_features(const MlopsModel *model, TupleDesc desc, MlopsRecordMap *map, uint16 *lanes)
{
	open_arrays(&model->version, desc, map);
	lanes[0] = 0;
	for (int i = 0; i < model->version.n_features; i++)
		code_feature(model, map, i, lanes);
}

void
mlops_code_record(const MlopsModel *model, HeapTupleHeader record, MlopsRecordMap **map,
				  MemoryContext context, uint16 *lanes)
{
	Oid type = HeapTupleHeaderGetTypeId(record);
	int32 typmod = HeapTupleHeaderGetTypMod(record);
	TupleDesc desc = lookup_rowtype_tupdesc(type, typmod);
	/* another number when the type is altered, even within a transaction */
	uint64 row_type = assign_record_type_identifier(type, typmod);
	HeapTupleData tuple = { .t_len = HeapTupleHeaderGetDatumLength(record), .t_data = record };

	MlopsRecordMap *found = find_map(model, desc, row_type, map, context);

	heap_deform_tuple(&tuple, desc, found->values, found->nulls);
	code_features(model, desc, found, lanes);
	ReleaseTupleDesc(desc);
}

static bool
has_types(const MlopsRecordMap *map, TupleDesc desc)
{
	if (map->n_attributes != desc->natts)
		return false;
	for (int i = 0; i < desc->natts; i++)
	{
		if (map->types[i] != TupleDescAttr(desc, i)->atttypid)
			return false;
	}
	return true;
}

void
mlops_code_tuple(const MlopsModel *model, HeapTuple tuple, TupleDesc desc, MlopsRecordMap **map,
				 MemoryContext context, uint16 *lanes)
{
	if (*map == NULL || (*map)->model != model || !has_types(*map, desc))
		remake_map(model, desc, 0, map, context);
	heap_deform_tuple(tuple, desc, (*map)->values, (*map)->nulls);
	code_features(model, desc, *map, lanes);
}

/* ---- the rows of a query ---- */

/* Levels whose codes are remembered, of a feature; longer ones, in bytes, are not. */
#define MEMO_LEVELS 1024
#define MEMO_BYTES	64

/* Codes of the levels that were met, so that each is searched for once; begun anew when it is full. */
typedef struct LevelMemo
{
	MlopsLevelSet met;
	uint16 *codes; /* [MEMO_LEVELS][columns of the feature], or NULL */
} LevelMemo;

struct MlopsSlotCoder
{
	MlopsRecordMap map;
	MlopsAllocator allocator; /* of the memos */
	LevelMemo *memos;		  /* [n_features] */
};

MlopsSlotCoder *
mlops_slot_coder_create(const MlopsModel *model, TupleDesc desc)
{
	MlopsSlotCoder *coder = palloc0(sizeof(MlopsSlotCoder));

	coder->map.context = CurrentMemoryContext;
	map_columns(model, desc, false, &coder->map);
	coder->map.model = model;
	coder->allocator = mlops_hooks_allocator(CurrentMemoryContext);
	coder->memos = palloc0(mul_size(Max(model->version.n_features, 1), sizeof(LevelMemo)));
	return coder;
}

bool
mlops_slot_coder_reads(const MlopsSlotCoder *coder, int attribute)
{
	for (int i = 0; i < coder->map.model->version.n_features; i++)
	{
		if (coder->map.columns[i].attribute == attribute)
			return true;
	}
	return false;
}

/* Code a level. */
static void
code_level(MlopsSlotCoder *coder, int feature, MlopsBytes level, uint16 *lanes)
{
	const MlopsModel *model = coder->map.model;
	uint32 c = model->first_columns[feature];
	Size codes_bytes = (model->first_columns[feature + 1] - c) * sizeof(uint16);
	LevelMemo *memo = &coder->memos[feature];
	uint32 n_met, id;
	char *codes;

	if (level.n_bytes > MEMO_BYTES)
	{
		mlops_code_level(model, feature, level, lanes);
		return;
	}
	if (memo->codes == NULL)
		memo->codes = MemoryContextAllocHuge(coder->map.context, MEMO_LEVELS * codes_bytes);
	memo->met.allocator = &coder->allocator;
	if (memo->met.n_levels == MEMO_LEVELS)
		mlops_level_set_free(&memo->met);
	n_met = (uint32) memo->met.n_levels;
	id = mlops_level_set_add(&memo->met, level);
	if (id == MLOPS_LEVEL_NONE)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
	codes = (char *) memo->codes + id * codes_bytes;
	if (id < n_met)
	{
		memcpy(lanes + c + 1, codes, codes_bytes);
		return;
	}
	mlops_code_level(model, feature, level, lanes);
	memcpy(codes, lanes + c + 1, codes_bytes);
}

void
mlops_code_slot(MlopsSlotCoder *coder, TupleTableSlot *slot, uint16 *lanes)
{
	MlopsRecordMap *map = &coder->map;
	const MlopsModel *model = map->model;

	slot_getallattrs(slot);
	memcpy(map->values, slot->tts_values, sizeof(Datum) * map->n_attributes);
	memcpy(map->nulls, slot->tts_isnull, sizeof(bool) * map->n_attributes);
	open_arrays(&model->version, slot->tts_tupleDescriptor, map);
	lanes[0] = 0;
	for (int i = 0; i < model->version.n_features; i++)
	{
		RecordColumn *from = &map->columns[i];
		Datum datum;

		if (!find_value(map, from, &datum))
			mlops_code_missing(model, i, lanes);
		else if (mlops_feature_has_levels(model, i))
			code_level(coder, i, mlops_value_bytes(&from->type, datum), lanes);
		else
			mlops_code_number(model, i, mlops_value_number(&from->type, datum), lanes);
	}
}
