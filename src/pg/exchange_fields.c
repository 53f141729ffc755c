/*
 * The document of an export: one field, in both directions.
 *
 * A document has each of these fields and no other: one that is absent or unknown
 * would mean something that this version cannot keep, and a greater export
 * version is the way to say so.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

#include "pg/exchange.h"
#include "pg/json.h"

const MlopsExchangeField mlops_exchange_fields[] = {
	{ MLOPS_VC_ALGORITHM, MLOPS_EXCHANGE_TEXT, false },
	{ MLOPS_VC_TASK, MLOPS_EXCHANGE_TEXT, false },
	{ MLOPS_VC_TARGET, MLOPS_EXCHANGE_TEXT, false },
	{ MLOPS_VC_FEATURES, MLOPS_EXCHANGE_ARRAY, false },
	{ MLOPS_VC_WEIGHT_COLUMN, MLOPS_EXCHANGE_TEXT, true },
	{ MLOPS_VC_CLASSES, MLOPS_EXCHANGE_TEXTS, true },
	{ MLOPS_VC_CLASS_TYPE, MLOPS_EXCHANGE_TEXT, true },
	{ MLOPS_VC_POSITIVE_CLASS, MLOPS_EXCHANGE_TEXT, true },
	{ MLOPS_VC_HYPERPARAMS, MLOPS_EXCHANGE_OBJECT, false },
	{ MLOPS_VC_ARGUMENTS, MLOPS_EXCHANGE_OBJECT, false },
	{ MLOPS_VC_SEED, MLOPS_EXCHANGE_INTEGER, false },
	{ MLOPS_VC_N_ROWS, MLOPS_EXCHANGE_INTEGER, false },
	{ MLOPS_VC_N_TRAIN_ROWS, MLOPS_EXCHANGE_INTEGER, false },
	{ MLOPS_VC_N_TEST_ROWS, MLOPS_EXCHANGE_INTEGER, false },
	{ MLOPS_VC_DATA_HASH, MLOPS_EXCHANGE_TEXT, false },
	{ MLOPS_VC_METRICS, MLOPS_EXCHANGE_OBJECT, false },
	{ MLOPS_VC_TRIALS, MLOPS_EXCHANGE_ARRAY, true },
	{ MLOPS_VC_HOLDOUT_SCORES, MLOPS_EXCHANGE_NUMBERS, true },
	{ MLOPS_VC_HOLDOUT_POSITIVES, MLOPS_EXCHANGE_NUMBERS, true },
	{ MLOPS_VC_HOLDOUT_NEGATIVES, MLOPS_EXCHANGE_NUMBERS, true },
	{ MLOPS_VC_CONFUSION, MLOPS_EXCHANGE_NUMBERS, true },
	{ MLOPS_VC_IMPORTANCE_WEIGHT, MLOPS_EXCHANGE_NUMBERS, false },
	{ MLOPS_VC_IMPORTANCE_GAIN, MLOPS_EXCHANGE_NUMBERS, false },
	{ MLOPS_VC_IMPORTANCE_COVER, MLOPS_EXCHANGE_NUMBERS, false },
	{ MLOPS_VC_IMPORTANCE_PERMUTATION, MLOPS_EXCHANGE_MEASURED, true },
	{ MLOPS_VC_PERMUTATION_SE, MLOPS_EXCHANGE_MEASURED, true },
	{ MLOPS_VC_DIGEST, MLOPS_EXCHANGE_HEX, false },
	{ MLOPS_VC_EXTENSION_VERSION, MLOPS_EXCHANGE_TEXT, false },
	{ MLOPS_VC_TAGS, MLOPS_EXCHANGE_OBJECT, false },
	{ MLOPS_VC_COMMENT, MLOPS_EXCHANGE_TEXT, true },
};
const int mlops_exchange_n_fields = lengthof(mlops_exchange_fields);

const char *const mlops_exchange_origin[] = { "relation",	 "query",		  "id_column",
											  "time_column", "entity_column", "split_column",
											  "trained_by",	 "trained_at" };
const int mlops_exchange_n_origin = lengthof(mlops_exchange_origin);

/* ---- SQL -> JSON ---- */

static JsonbValue
texts_to_json(ArrayType *array)
{
	JsonbParseState *state = NULL;
	Datum *texts;
	int n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts, NULL, &n);
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < n; i++)
		mlops_json_element(&state, mlops_json_text(TextDatumGetCString(texts[i])));
	return *pushJsonbValue(&state, WJB_END_ARRAY, NULL);
}

static JsonbValue
numbers_to_json(ArrayType *array)
{
	JsonbParseState *state = NULL;
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const float8 *numbers = (const float8 *) ARR_DATA_PTR(array);

	if (ARR_ELEMTYPE(array) != FLOAT8OID || ARR_HASNULL(array))
		elog(ERROR, "a column of mlops.model_version is not a plain float8[]");
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		mlops_json_element(&state, mlops_json_number(numbers[i]));
	}
	return *pushJsonbValue(&state, WJB_END_ARRAY, NULL);
}

static JsonbValue
bytes_to_json(bytea *bytes)
{
	char *hex = palloc(2 * VARSIZE_ANY_EXHDR(bytes) + 1);

	hex[hex_encode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), hex)] = '\0';
	return mlops_json_text(hex);
}

JsonbValue
mlops_exchange_to_json(const MlopsExchangeField *field, Datum value, bool is_null)
{
	if (is_null)
		return mlops_json_text(NULL);
	switch (field->kind)
	{
		case MLOPS_EXCHANGE_TEXT:
			return mlops_json_text(TextDatumGetCString(value));
		case MLOPS_EXCHANGE_TEXTS:
			return texts_to_json(DatumGetArrayTypeP(value));
		case MLOPS_EXCHANGE_NUMBERS:
		case MLOPS_EXCHANGE_MEASURED:
			return numbers_to_json(DatumGetArrayTypeP(value));
		case MLOPS_EXCHANGE_INTEGER:
			return mlops_json_integer(DatumGetInt64(value));
		case MLOPS_EXCHANGE_OBJECT:
		case MLOPS_EXCHANGE_ARRAY:
			return mlops_json_object(DatumGetJsonbP(value));
		case MLOPS_EXCHANGE_HEX:
			return bytes_to_json(DatumGetByteaPP(value));
	}
	elog(ERROR, "unknown kind %d of a field", (int) field->kind);
}

/* ---- JSON -> SQL ---- */

double
mlops_exchange_number(const char *name, const JsonbValue *value)
{
	double number = get_float8_nan();

	if (value->type == jbvNumeric && !numeric_is_nan(value->val.numeric))
		number = DatumGetFloat8(
			DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!isfinite(number))
		mlops_exchange_refuse("field \"%s\" has no number that float8 holds", name);
	return number;
}

static char *
string_of(const char *name, const JsonbValue *value)
{
	if (value->type != jbvString)
		mlops_exchange_refuse("field \"%s\" is not a string", name);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* The container of an object or array. */
static JsonbContainer *
container_of(const char *name, const JsonbValue *value, bool is_array)
{
	if (value->type != jbvBinary || (is_array ? !JsonContainerIsArray(value->val.binary.data) :
												!JsonContainerIsObject(value->val.binary.data)))
		mlops_exchange_refuse("field \"%s\" is not an %s", name, is_array ? "array" : "object");
	return value->val.binary.data;
}

/* Step to the next element of an array; false at its end. */
static bool
next_element(JsonbIterator **iterator, JsonbValue *element)
{
	JsonbIteratorToken token = JsonbIteratorNext(iterator, element, true);

	if (token == WJB_BEGIN_ARRAY)
		token = JsonbIteratorNext(iterator, element, true);
	return token == WJB_ELEM;
}

static Datum
texts_from_json(const char *name, JsonbContainer *array)
{
	int n = JsonContainerSize(array);
	Datum *texts = palloc(sizeof(Datum) * Max(n, 1));
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbValue element;

	for (int i = 0; i < n && next_element(&iterator, &element); i++)
		texts[i] = CStringGetTextDatum(string_of(name, &element));
	return PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
numbers_from_json(const char *name, JsonbContainer *array, bool may_be_nan)
{
	int n = JsonContainerSize(array);
	Datum *numbers = palloc(sizeof(Datum) * Max(n, 1));
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbValue element;

	for (int i = 0; i < n && next_element(&iterator, &element); i++)
	{
		CHECK_FOR_INTERRUPTS();
		numbers[i] = Float8GetDatum(may_be_nan && element.type == jbvNull ?
										get_float8_nan() :
										mlops_exchange_number(name, &element));
	}
	return PointerGetDatum(
		construct_array(numbers, n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
integer_from_json(const char *name, const JsonbValue *value)
{
	const char *digits = "";
	char *end;
	int64 number;

	if (value->type == jbvNumeric)
		digits =
			DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	errno = 0;
	number = strtoi64(digits, &end, 10);
	if (digits[0] == '\0' || *end != '\0' || errno != 0)
		mlops_exchange_refuse("field \"%s\" is not a whole number of 64 bits", name);
	return Int64GetDatum(number);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Datum
bytes_from_json(const char *name, const JsonbValue *value)
{
	const char *hex = string_of(name, value);
	Size n = strlen(hex) / 2;
	bytea *bytes = palloc(VARHDRSZ + n);

	for (Size i = 0; i < n; i++)
	{
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			mlops_exchange_refuse("field \"%s\" has something else than hexadecimal digits", name);
		VARDATA(bytes)[i] = (char) (high << 4 | low);
	}
	if (strlen(hex) % 2 != 0)
		mlops_exchange_refuse("field \"%s\" has half a byte", name);
	SET_VARSIZE(bytes, VARHDRSZ + n);
	return PointerGetDatum(bytes);
}

Datum
mlops_exchange_from_json(const MlopsExchangeField *field, const char *name, JsonbValue *value,
						 bool *is_null)
{
	if (value == NULL)
		mlops_exchange_refuse("it lacks the field \"%s\"", name);
	*is_null = value->type == jbvNull;
	if (*is_null && !field->may_be_null)
		mlops_exchange_refuse("field \"%s\" is null", name);
	if (*is_null)
		return (Datum) 0;
	switch (field->kind)
	{
		case MLOPS_EXCHANGE_TEXT:
			return CStringGetTextDatum(string_of(name, value));
		case MLOPS_EXCHANGE_TEXTS:
			return texts_from_json(name, container_of(name, value, true));
		case MLOPS_EXCHANGE_NUMBERS:
		case MLOPS_EXCHANGE_MEASURED:
			return numbers_from_json(name, container_of(name, value, true),
									 field->kind == MLOPS_EXCHANGE_MEASURED);
		case MLOPS_EXCHANGE_INTEGER:
			return integer_from_json(name, value);
		case MLOPS_EXCHANGE_OBJECT:
		case MLOPS_EXCHANGE_ARRAY:
			(void) container_of(name, value, field->kind == MLOPS_EXCHANGE_ARRAY);
			return JsonbPGetDatum(JsonbValueToJsonb(value));
		case MLOPS_EXCHANGE_HEX:
			return bytes_from_json(name, value);
	}
	elog(ERROR, "unknown kind %d of a field", (int) field->kind);
}
