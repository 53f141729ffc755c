/*
 * Making jsonb: values, and their places in an object or array that is being built.
 */
#ifndef MLOPS_JSON_H
#define MLOPS_JSON_H

#include "utils/jsonb.h"

/* A copy of a text; NULL is null. */
extern JsonbValue mlops_json_text(const char *text);

/* A number with all its digits, as mlops_args_numeric; null unless it is finite. */
extern JsonbValue mlops_json_number(double number);
extern JsonbValue mlops_json_integer(int64 number);
extern JsonbValue mlops_json_bool(bool truth);

/* A whole object or array, which must outlive the building; NULL is null. */
extern JsonbValue mlops_json_object(Jsonb *object);

/* Add to the object or array that is open. */
extern void mlops_json_key(JsonbParseState **state, const char *key);
extern void mlops_json_pair(JsonbParseState **state, const char *key, JsonbValue value);
extern void mlops_json_element(JsonbParseState **state, JsonbValue value);

#endif
