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

/* Level of a JSON value; numbers and booleans by their text. */
static MlopsBytes
json_level(const MlopsFeature *feature, const JsonbValue *value)
{
	const char *text = "";

	if (value->type == jbvString)
		return (MlopsBytes){ value->val.string.val, (uint32) value->val.string.len };
	if (value->type == jbvNumeric)
		text =
			DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	else if (value->type == jbvBool)
		text = value->val.boolean ? "true" : "false";
	else
		report_json(feature, value);
	return (MlopsBytes){ text, (uint32) strlen(text) };
}

/* Code the value of feature i; NULL is an absent one. */
static void
code_json(const MlopsModel *model, int i, const JsonbValue *value, uint16 *lanes)
{
	const MlopsFeature *feature = &model->version.features[i];

	if (value == NULL || value->type == jbvNull)
		mlops_code_missing(model, i, lanes);
	else if (feature->kind == MLOPS_COLUMN_NUMERIC)
		mlops_code_number(model, i, json_number(feature, value), lanes);
	else
		mlops_code_level(model, i, json_level(feature, value), lanes);
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

/* The values of all features in their order, NULL for those that may be absent and are. */
static JsonbValue **
find_values(const MlopsVersion *version, JsonbContainer *object)
{
	JsonbValue **values = palloc(sizeof(JsonbValue *) * Max(version->n_features, 1));
	bool *is_absent = palloc(sizeof(bool) * Max(version->n_features, 1));
	bool has_all = true;

	for (int i = 0; i < version->n_features; i++)
	{
		values[i] = find_value(version, object, version->features[i].name);
		is_absent[i] = values[i] == NULL;
		has_all = has_all && !is_absent[i];
	}
	if (!has_all)
		mlops_check_absent(version, is_absent);
	pfree(is_absent);
	return values;
}

void
mlops_code_jsonb(const MlopsModel *model, Jsonb *object, uint16 *lanes)
{
	JsonbValue **values;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("features must be a JSON object"),
				 errhint("Write for example '{\"age\": 33}'::jsonb.")));
	values = find_values(&model->version, &object->root);
	lanes[0] = 0;
	for (int i = 0; i < model->version.n_features; i++)
		code_json(model, i, values[i], lanes);
	pfree(values);
}
