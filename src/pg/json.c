/*
 * Making jsonb.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "pg/args.h"
#include "pg/json.h"

JsonbValue
mlops_json_text(const char *text)
{
	JsonbValue value = { .type = text == NULL ? jbvNull : jbvString };

	if (text != NULL)
	{
		value.val.string.val = pstrdup(text);
		value.val.string.len = (int) strlen(text);
	}
	return value;
}

JsonbValue
mlops_json_number(double number)
{
	JsonbValue value = { .type = jbvNull };

	if (isfinite(number))
	{
		value.type = jbvNumeric;
		value.val.numeric = mlops_args_numeric(number);
	}
	return value;
}

JsonbValue
mlops_json_integer(int64 number)
{
	JsonbValue value = { .type = jbvNumeric };

	value.val.numeric = int64_to_numeric(number);
	return value;
}

JsonbValue
mlops_json_bool(bool truth)
{
	JsonbValue value = { .type = jbvBool };

	value.val.boolean = truth;
	return value;
}

JsonbValue
mlops_json_object(Jsonb *object)
{
	JsonbValue value = { .type = jbvNull };

	if (object != NULL)
		JsonbToJsonbValue(object, &value);
	return value;
}

void
mlops_json_key(JsonbParseState **state, const char *key)
{
	JsonbValue value = mlops_json_text(key);

	(void) pushJsonbValue(state, WJB_KEY, &value);
}

void
mlops_json_pair(JsonbParseState **state, const char *key, JsonbValue value)
{
	mlops_json_key(state, key);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

void
mlops_json_element(JsonbParseState **state, JsonbValue value)
{
	(void) pushJsonbValue(state, WJB_ELEM, &value);
}
