/*
 * From values of a caller to the codes of a model.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "core/predict.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/hooks.h"

#define BLOCK_ROWS 4096

/* Setting mlops.on_missing_feature. */
enum
{
	ON_MISSING_ERROR,
	ON_MISSING_NULL
};
static const struct config_enum_entry ON_MISSING[] = { { "error", ON_MISSING_ERROR, false },
													   { "null", ON_MISSING_NULL, false },
													   { NULL, 0, false } };
static int on_missing_feature = ON_MISSING_ERROR;

void
mlops_coding_init_gucs(void)
{
	DefineCustomEnumVariable("mlops.on_missing_feature",
							 "What predict does when a record or JSON object lacks a feature.",
							 "error: refuse it. null: take it as a missing value.",
							 &on_missing_feature, ON_MISSING_ERROR, ON_MISSING, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

/* Code of every level that was read. */
static uint16 *
level_codes(const MlopsColumn *column, const MlopsReadColumn *read)
{
	uint16 *codes = palloc(sizeof(uint16) * Max(read->levels.n_levels, 1));

	for (size_t i = 0; i < read->levels.n_levels; i++)
		codes[i] = mlops_column_code_level(column, read->levels.levels[i]);
	return codes;
}

void
mlops_code_column(const MlopsColumn *column, const MlopsReadColumn *read, const uint32 *row_idx,
				  size_t n, uint16 *codes, size_t stride)
{
	uint16 *of_level;

	if (column->kind == MLOPS_COLUMN_NUMERIC)
	{
		for (size_t i = 0; i < n; i++)
			codes[i * stride] =
				mlops_column_code_number(column, read->numbers[row_idx == NULL ? i : row_idx[i]]);
		return;
	}
	of_level = level_codes(column, read);
	for (size_t i = 0; i < n; i++)
	{
		uint32 level = read->level_ids[row_idx == NULL ? i : row_idx[i]];

		codes[i * stride] = level == MLOPS_LEVEL_NONE ? MLOPS_CODE_MISSING : of_level[level];
	}
	pfree(of_level);
}

void
mlops_predict_read_rows(const MlopsForest *forest, const MlopsColumn *columns,
						const MlopsRows *rows, const uint32 *row_idx, size_t n, double *outputs)
{
	uint32 n_lanes = mlops_forest_n_lanes(forest);
	uint16 *lanes = palloc0(sizeof(uint16) * n_lanes * BLOCK_ROWS);
	uint32 *block = palloc(sizeof(uint32) * BLOCK_ROWS);

	for (size_t first = 0; first < n; first += BLOCK_ROWS)
	{
		size_t n_block = Min(n - first, BLOCK_ROWS);

		CHECK_FOR_INTERRUPTS();
		for (size_t i = 0; i < n_block; i++)
			block[i] = row_idx == NULL ? (uint32) (first + i) : row_idx[first + i];
		for (uint32 c = 0; c < forest->n_columns; c++)
			mlops_code_column(&columns[c], &rows->features[c], block, n_block, lanes + c + 1,
							  n_lanes);
		mlops_predict_rows(forest, lanes, n_block, outputs + first * forest->n_outputs);
	}
	pfree(block);
	pfree(lanes);
}

static const char *
kind_name(MlopsColumnKind kind)
{
	return kind == MLOPS_COLUMN_NUMERIC ? "numeric" : "categorical";
}

static void
report_kind(const MlopsFeature *feature, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("feature \"%s\" is %s and cannot have a value of type %s", feature->name,
					kind_name(feature->kind), format_type_be(type)),
			 OidIsValid(feature->type) ? errhint("Cast it to %s, the type it was trained with.",
												 format_type_be(feature->type)) :
										 0));
}

void
mlops_check_feature_kinds(const MlopsVersion *version, const MlopsRows *rows)
{
	for (int i = 0; i < version->n_features; i++)
	{
		if (rows->features[i].type.kind != version->features[i].kind)
			report_kind(&version->features[i], rows->features[i].type.type);
	}
}

/* Code of a value that is not NULL. */
static uint16
code_value(const MlopsModel *model, int feature, MlopsValueType *type, Datum datum)
{
	const MlopsColumn *column = &model->columns[feature];

	if (!type->is_supported || type->kind != column->kind)
		report_kind(&model->version.features[feature], type->type);
	if (column->kind == MLOPS_COLUMN_NUMERIC)
		return mlops_column_code_number(column, mlops_value_number(type, datum));
	return mlops_column_code_level(column, mlops_value_bytes(type, datum));
}

/* Number i of an array of float8 or bool. */
static double
array_number(ArrayType *array, int i)
{
	if (ARR_ELEMTYPE(array) == BOOLOID)
		return ((bool *) ARR_DATA_PTR(array))[i] ? 1 : 0;
	return ((float8 *) ARR_DATA_PTR(array))[i];
}

void
mlops_code_array(const MlopsModel *model, ArrayType *array, uint16 *lanes)
{
	int n_features = model->version.n_features;
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bits8 *nulls = ARR_NULLBITMAP(array);
	int n_present = 0;

	if (ARR_NDIM(array) > 1 || n != n_features)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d features, not %d", model->version.model,
							   n_features, n),
						errhint("Their names and order are in mlops.model_versions.features.")));
	lanes[0] = 0;
	for (int i = 0; i < n; i++)
	{
		const MlopsColumn *column = &model->columns[i];

		if (nulls != NULL && (nulls[i / 8] & (1 << (i % 8))) == 0)
		{
			lanes[i + 1] = MLOPS_CODE_MISSING;
			continue;
		}
		if (column->kind != MLOPS_COLUMN_NUMERIC)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("feature \"%s\" is categorical and cannot come from an array",
								   model->version.features[i].name),
							errhint("Give the features as a row or as jsonb.")));
		lanes[i + 1] = mlops_column_code_number(column, array_number(array, n_present++));
	}
}

/* Raise 22023 that lists the features that were not given. */
static void
report_absent(const MlopsModel *model, const bool *is_absent, int n_absent)
{
	const char **names = palloc(sizeof(char *) * n_absent);
	int n = 0;

	for (int i = 0; i < model->version.n_features; i++)
	{
		if (is_absent[i])
			names[n++] = model->version.features[i].name;
	}
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("features of model \"%s\" are absent: %s", model->version.model,
				mlops_join_names(names, n)),
		 errhint("Give them, as NULL if unknown, or set mlops.on_missing_feature to \"null\".")));
}

/* True if all columns are named f1, f2 ...: then a row counts by position. */
static bool
is_anonymous(TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), psprintf("f%d", i + 1)) != 0)
			return false;
	}
	return true;
}

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

/* Find the features among the columns of a record type. */
static void
map_record(const MlopsModel *model, TupleDesc desc, MlopsRecordMap *map)
{
	int n_features = model->version.n_features;
	bool by_position = is_anonymous(desc);
	bool *is_absent = palloc0(sizeof(bool) * n_features);
	int n_absent = 0;

	if (by_position && desc->natts != n_features)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d features, not %d", model->version.model,
							   n_features, desc->natts),
						errhint("A row without column names counts by position.")));
	map->n_attributes = desc->natts;
	map->attributes = palloc(sizeof(int) * n_features);
	map->types = palloc0(sizeof(MlopsValueType) * n_features);
	map->values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	map->nulls = palloc(sizeof(bool) * Max(desc->natts, 1));
	for (int i = 0; i < n_features; i++)
	{
		map->attributes[i] = by_position ? i : find_column(desc, model->version.features[i].name);
		is_absent[i] = map->attributes[i] < 0;
		n_absent += is_absent[i];
		if (!is_absent[i])
			mlops_value_type(TupleDescAttr(desc, map->attributes[i])->atttypid, &map->types[i]);
	}
	if (n_absent > 0 && on_missing_feature == ON_MISSING_ERROR)
		report_absent(model, is_absent, n_absent);
}

void
mlops_code_record(const MlopsModel *model, HeapTupleHeader record, MlopsRecordMap *map,
				  MemoryContext context, uint16 *lanes)
{
	Oid type = HeapTupleHeaderGetTypeId(record);
	int32 typmod = HeapTupleHeaderGetTypMod(record);
	TupleDesc desc = lookup_rowtype_tupdesc(type, typmod);
	HeapTupleData tuple = { .t_len = HeapTupleHeaderGetDatumLength(record), .t_data = record };

	if (map->type != type || map->typmod != typmod || map->model != model ||
		map->n_attributes != desc->natts)
	{
		MemoryContext before = MemoryContextSwitchTo(context);

		map->model = NULL;
		map_record(model, desc, map);
		map->type = type;
		map->typmod = typmod;
		map->model = model;
		MemoryContextSwitchTo(before);
	}
	heap_deform_tuple(&tuple, desc, map->values, map->nulls);
	ReleaseTupleDesc(desc);
	lanes[0] = 0;
	for (int i = 0; i < model->version.n_features; i++)
	{
		int attribute = map->attributes[i];

		lanes[i + 1] = attribute < 0 || map->nulls[attribute] ?
						   MLOPS_CODE_MISSING :
						   code_value(model, i, &map->types[i], map->values[attribute]);
	}
}

void
mlops_code_tuple(const MlopsModel *model, HeapTuple tuple, TupleDesc desc, MlopsValueType *types,
				 uint16 *lanes)
{
	lanes[0] = 0;
	for (int i = 0; i < model->version.n_features; i++)
	{
		bool is_null;
		Datum datum = heap_getattr(tuple, i + 1, desc, &is_null);

		lanes[i + 1] = is_null ? MLOPS_CODE_MISSING : code_value(model, i, &types[i], datum);
	}
}

/* A JSON value of the wrong kind. */
static void
report_json(const MlopsFeature *feature, const JsonbValue *value)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					value->type == jbvString ?
						errmsg("feature \"%s\" must be a number, not the string \"%.*s\"",
							   feature->name, value->val.string.len, value->val.string.val) :
						errmsg("feature \"%s\" must be %s, not an array or object", feature->name,
							   feature->kind == MLOPS_COLUMN_NUMERIC ? "a number" : "a string")));
}

/* Number of a JSON value; a string is read by the type of a date or time feature. */
static double
json_number(const MlopsFeature *feature, const JsonbValue *value)
{
	MlopsValueType type;
	Oid input, parameter;

	if (value->type == jbvNumeric)
		return DatumGetFloat8(
			DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
	if (value->type == jbvBool)
		return value->val.boolean ? 1 : 0;
	if (value->type != jbvString || !OidIsValid(feature->type))
		report_json(feature, value);
	mlops_value_type(feature->type, &type);
	if (type.base != DATEOID && type.base != TIMESTAMPOID && type.base != TIMESTAMPTZOID &&
		type.base != INTERVALOID)
		report_json(feature, value);
	getTypeInputInfo(type.base, &input, &parameter);
	return mlops_value_number(
		&type, OidInputFunctionCall(input, pnstrdup(value->val.string.val, value->val.string.len),
									parameter, -1));
}

static uint16
code_json(const MlopsModel *model, int i, const JsonbValue *value)
{
	const MlopsColumn *column = &model->columns[i];
	const MlopsFeature *feature = &model->version.features[i];
	const char *text;

	if (value->type == jbvNull)
		return MLOPS_CODE_MISSING;
	if (column->kind == MLOPS_COLUMN_NUMERIC)
		return mlops_column_code_number(column, json_number(feature, value));
	if (value->type == jbvString)
		return mlops_column_code_level(
			column, (MlopsBytes){ value->val.string.val, (uint32) value->val.string.len });
	if (value->type == jbvNumeric)
		text =
			DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	else if (value->type == jbvBool)
		text = value->val.boolean ? "true" : "false";
	else
	{
		report_json(feature, value);
		return MLOPS_CODE_MISSING; /* not reached */
	}
	return mlops_column_code_level(column, (MlopsBytes){ text, (uint32) strlen(text) });
}

void
mlops_code_jsonb(const MlopsModel *model, Jsonb *object, uint16 *lanes)
{
	int n_features = model->version.n_features;
	bool *is_absent = palloc0(sizeof(bool) * n_features);
	int n_absent = 0;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("features must be a JSON object"),
				 errhint("Write for example '{\"age\": 33}'::jsonb.")));
	lanes[0] = 0;
	for (int i = 0; i < n_features; i++)
	{
		const char *name = model->version.features[i].name;
		JsonbValue scratch;
		JsonbValue *value =
			getKeyJsonValueFromContainer(&object->root, name, (int) strlen(name), &scratch);

		is_absent[i] = value == NULL;
		n_absent += is_absent[i];
		lanes[i + 1] = value == NULL ? MLOPS_CODE_MISSING : code_json(model, i, value);
	}
	if (n_absent > 0 && on_missing_feature == ON_MISSING_ERROR)
		report_absent(model, is_absent, n_absent);
	pfree(is_absent);
}
