/*
 * From a JSON object to the codes of a model.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pg/coding.h"

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

/* The value of a feature: of the key of its name, or an element of an array; NULL if absent. */
static JsonbValue *
find_value(const MlopsVersion *version, JsonbContainer *object, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, name, (int) strlen(name), NULL);
	char *array;
	int element;

	if (value != NULL || !mlops_split_element(name, &array, &element))
		return value;
	value = getKeyJsonValueFromContainer(object, array, (int) strlen(array), NULL);
	if (value == NULL || value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return value;
	mlops_check_length(version, array, (int) JsonContainerSize(value->val.binary.data));
	return getIthJsonbValueFromContainer(value->val.binary.data, (uint32) element);
}

void
mlops_code_jsonb(const MlopsModel *model, Jsonb *object, uint16 *lanes)
{
	int n_features = model->version.n_features;
	bool *is_absent = palloc0(sizeof(bool) * Max(n_features, 1));
	bool has_all = true;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("features must be a JSON object"),
				 errhint("Write for example '{\"age\": 33}'::jsonb.")));
	lanes[0] = 0;
	for (int i = 0; i < n_features; i++)
	{
		JsonbValue *value =
			find_value(&model->version, &object->root, model->version.features[i].name);

		is_absent[i] = value == NULL;
		has_all = has_all && value != NULL;
		lanes[i + 1] = value == NULL ? MLOPS_CODE_MISSING : code_json(model, i, value);
	}
	if (!has_all)
		mlops_check_absent(&model->version, is_absent);
	pfree(is_absent);
}
