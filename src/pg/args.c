/*
 * Checked options.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

#include "pg/args.h"
#include "pg/error.h"

static const char *
type_name(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		default:
			return "an array or object";
	}
}

static void
report_type(const char *name, const char *wanted, const JsonbValue *value)
{
	if (value->type == jbvString)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be %s, not the string \"%.*s\"", name, wanted,
							   value->val.string.len, value->val.string.val)));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("%s must be %s, not %s", name, wanted, type_name(value))));
}

/* Add the words of a list to names, so that a slip in an alias is understood too. */
static void
add_words(const char *list, List **names)
{
	char *words = pstrdup(list);
	char *word;

	while ((word = strsep(&words, " ")) != NULL)
		*names = lappend(*names, word);
}

/* Raise the error for a key that no option has. */
static void
report_unknown(const char *what, const char *key, const MlopsOption *options, int n_options)
{
	List *names = NIL;
	const char **all;
	const char *nearest;
	int n_own, n_all = 0;
	ListCell *cell;

	for (int i = 0; i < n_options; i++)
	{
		if (!options[i].is_later && options[i].hint == NULL)
			names = lappend(names, unconstify(char *, options[i].name));
	}
	n_own = list_length(names);
	for (int i = 0; i < n_options; i++)
	{
		if (options[i].aliases != NULL)
			add_words(options[i].aliases, &names);
	}
	all = palloc(mul_size(sizeof(char *), list_length(names)));
	foreach (cell, names)
		all[n_all++] = lfirst(cell);
	nearest = mlops_nearest_name(key, all, n_all);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unrecognized %s \"%s\"", what, key),
			 nearest != NULL ? errhint("Did you mean \"%s\"?", nearest) :
							   errhint("Legal names are %s.", mlops_join_names(all, n_own))));
}

/* True if a word is in a list of words with single spaces. */
static bool
is_in_list(const char *word, const char *list)
{
	size_t n = strlen(word);

	for (; list != NULL; list = strchr(list, ' '))
	{
		list += *list == ' ';
		if (strncmp(list, word, n) == 0 && (list[n] == ' ' || list[n] == '\0'))
			return true;
	}
	return false;
}

int
mlops_args_find_option(const char *key, const MlopsOption *options, int n_options)
{
	for (int i = 0; i < n_options; i++)
	{
		if (strcmp(key, options[i].name) == 0 || is_in_list(key, options[i].aliases))
			return i;
	}
	return -1;
}

void
mlops_args_read_options(const char *what, Jsonb *object, const MlopsOption *options, int n_options,
						JsonbValue **values)
{
	const char **seen = palloc0(sizeof(char *) * n_options);
	JsonbIterator *iterator;
	JsonbValue value;
	JsonbIteratorToken token;

	memset(values, 0, sizeof(JsonbValue *) * n_options);
	if (object == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%ss must be a JSON object", what),
						errhint("Write for example '{\"n_estimators\": 100}'.")));
	iterator = JsonbIteratorInit(&object->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;
		int i;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		i = mlops_args_find_option(key, options, n_options);
		if (i < 0)
			report_unknown(what, key, options, n_options);
		if (options[i].hint != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized %s \"%s\"", what, key), errhint("%s", options[i].hint)));
		if (options[i].is_later)
			ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
							errmsg("%s \"%s\" is not supported yet", what, key),
							errhint("Leave it out.")));
		if (seen[i] != NULL)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("%s \"%s\" is given twice, as \"%s\" and \"%s\"", what,
								   options[i].name, seen[i], key),
							errhint("Keep one of them.")));
		seen[i] = key;
		if (value.type == jbvNull)
			continue;
		values[i] = palloc(sizeof(JsonbValue));
		*values[i] = value;
	}
}

double
mlops_args_number(const char *name, const JsonbValue *value)
{
	if (value->type != jbvNumeric)
		report_type(name, "a number", value);
	return DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
}

double
mlops_args_cutoff(FunctionCallInfo fcinfo, int i)
{
	double cutoff = PG_ARGISNULL(i) ? get_float8_nan() : PG_GETARG_FLOAT8(i);

	if (!(cutoff >= 0 && cutoff <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("cutoff must be between 0 and 1, not %s",
							   PG_ARGISNULL(i) ? "NULL" : float8out_internal(cutoff))));
	return cutoff;
}

/* In numeric, because a double cannot hold every bigint. */
int64
mlops_args_integer(const char *name, const JsonbValue *value, int64 least, int64 greatest)
{
	Datum number;
	char *text;

	if (value->type != jbvNumeric)
		report_type(name, "a whole number", value);
	number = NumericGetDatum(value->val.numeric);
	text = DatumGetCString(DirectFunctionCall1(numeric_out, number));
	if (DatumGetBool(DirectFunctionCall2(
			numeric_ne, number, DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0)))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a whole number, not %s", name, text)));
	if (DatumGetBool(
			DirectFunctionCall2(numeric_lt, number, NumericGetDatum(int64_to_numeric(least)))) ||
		DatumGetBool(
			DirectFunctionCall2(numeric_gt, number, NumericGetDatum(int64_to_numeric(greatest)))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between " INT64_FORMAT " and " INT64_FORMAT ", not %s",
							   name, least, greatest, text)));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
}

List *
mlops_args_names(const char *name, ArrayType *array)
{
	List *names = NIL;
	Datum *texts;
	bool *nulls;
	int n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("%s must not contain NULL", name)));
		names = lappend(names, TextDatumGetCString(texts[i]));
	}
	return names;
}

Numeric
mlops_args_numeric(double number)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];

	(void) double_to_shortest_decimal_buf(number, text);
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

bool
mlops_args_bool(const char *name, const JsonbValue *value)
{
	if (value->type != jbvBool)
		report_type(name, "true or false", value);
	return value->val.boolean;
}

char *
mlops_args_text(const char *name, const JsonbValue *value)
{
	if (value->type != jbvString)
		report_type(name, "a string", value);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

int
mlops_args_choice(const char *name, const char *word, const char *const *choices, int n_choices)
{
	const char *nearest;

	for (int i = 0; i < n_choices; i++)
	{
		if (strcmp(word, choices[i]) == 0)
			return i;
	}
	nearest = mlops_nearest_name(word, choices, n_choices);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unrecognized %s \"%s\"", name, word),
			 nearest != NULL ?
				 errhint("Did you mean \"%s\"?", nearest) :
				 errhint("Legal values are %s.", mlops_join_names(choices, n_choices))));
	return -1; /* not reached */
}

void
mlops_args_check_model_name(const char *model)
{
	bool is_legal = model != NULL && model[0] != '\0' && strlen(model) < NAMEDATALEN;

	for (const char *c = model; is_legal && *c != '\0'; c++)
		is_legal = *c != '@' && (unsigned char) *c >= ' ' && *c != 0x7F;
	if (!is_legal)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						model == NULL ?
							errmsg("model must be 1 to %d printable bytes without @, not NULL",
								   NAMEDATALEN - 1) :
							errmsg("model must be 1 to %d printable bytes without @, not \"%s\"",
								   NAMEDATALEN - 1, model)));
}
