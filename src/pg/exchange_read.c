/*
 * The document of an export: to the row of a version.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "pg/exchange.h"
#include "pg/json.h"

void
mlops_exchange_refuse(const char *format, ...)
{
	char reason[512];
	va_list arguments;

	va_start(arguments, format);
	(void) vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	/* a name may have been cut within a character */
	reason[pg_mbcliplen(reason, (int) strlen(reason), (int) sizeof(reason) - 1)] = '\0';
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("data is not an intact export of a model"), errdetail("Reason: %s.", reason),
			 errhint("Export it again with mlops.export_model, and carry it as bytes.")));
}

/* A field that must be a string, or null. */
static char *
read_text(JsonbContainer *object, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, name, (int) strlen(name), NULL);

	if (value == NULL)
		mlops_exchange_refuse("it lacks the field \"%s\"", name);
	if (value->type == jbvNull)
		return NULL;
	if (value->type != jbvString)
		mlops_exchange_refuse("field \"%s\" is not a string", name);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* True for a name that is in a list. */
static bool
is_origin_field(const char *name)
{
	for (int i = 0; i < mlops_exchange_n_origin; i++)
	{
		if (strcmp(name, mlops_exchange_origin[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_field(const char *name)
{
	for (int i = 0; i < mlops_exchange_n_fields; i++)
	{
		if (strcmp(name, mlops_catalog_column_name(mlops_exchange_fields[i].column)) == 0)
			return true;
	}
	return strcmp(name, "encoding") == 0 || strcmp(name, "origin") == 0;
}

/* Refuse keys that are not known. */
static void
check_keys(JsonbContainer *object, bool (*is_known)(const char *))
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue key, value;

	(void) JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		char *name = pnstrdup(key.val.string.val, key.val.string.len);

		if (!is_known(name))
			mlops_exchange_refuse("it has the unknown field \"%s\"", name);
		(void) JsonbIteratorNext(&iterator, &value, true);
	}
}

/* The arguments with the origin beside them. */
static Jsonb *
add_origin(Jsonb *arguments, JsonbContainer *document)
{
	JsonbValue *origin = getKeyJsonValueFromContainer(document, "origin", 6, NULL);
	JsonbParseState *state = NULL;

	if (origin == NULL || origin->type != jbvBinary ||
		!JsonContainerIsObject(origin->val.binary.data))
		mlops_exchange_refuse("it lacks the object \"origin\"");
	check_keys(origin->val.binary.data, is_origin_field);
	for (int i = 0; i < mlops_exchange_n_origin; i++)
		(void) read_text(origin->val.binary.data, mlops_exchange_origin[i]);
	if (getKeyJsonValueFromContainer(&arguments->root, "origin", 6, NULL) != NULL)
		mlops_exchange_refuse("field \"arguments\" has an origin");
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	mlops_json_pair(&state, "origin", *origin);
	return DatumGetJsonbP(DirectFunctionCall2(
		jsonb_concat, JsonbPGetDatum(arguments),
		JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)))));
}

/* Parse, read and check; raises errors of many kinds. */
static void
read_document(const void *bytes, size_t n_bytes, MlopsImport *import)
{
	char *utf8 = pnstrdup(bytes, n_bytes);
	char *text = pg_any_to_server(utf8, (int) n_bytes, PG_UTF8);
	Jsonb *document = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	MlopsVersionRow *row = &import->row;
	char *encoding;

	if (!JB_ROOT_IS_OBJECT(document))
		mlops_exchange_refuse("its document is not an object");
	check_keys(&document->root, is_field);
	memset(row->nulls, true, sizeof(row->nulls));
	for (int i = 0; i < mlops_exchange_n_fields; i++)
	{
		const MlopsExchangeField *field = &mlops_exchange_fields[i];
		const char *name = mlops_catalog_column_name(field->column);

		row->values[field->column] = mlops_exchange_from_json(
			field, name,
			getKeyJsonValueFromContainer(&document->root, name, (int) strlen(name), NULL),
			&row->nulls[field->column]);
	}
	encoding = read_text(&document->root, "encoding");
	if (encoding == NULL)
		mlops_exchange_refuse("field \"encoding\" is null");
	import->encoding = pg_char_to_encoding(encoding);
	mlops_exchange_check(import);
	row->values[MLOPS_VC_ARGUMENTS] = JsonbPGetDatum(
		add_origin(DatumGetJsonbP(row->values[MLOPS_VC_ARGUMENTS]), &document->root));
}

/* True for an error that a document can cause and that says what is wrong with it. */
static bool
is_about_document(const ErrorData *error)
{
	int category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return error->sqlerrcode != ERRCODE_INVALID_BINARY_REPRESENTATION &&
		   (category == ERRCODE_DATA_EXCEPTION ||
			category == ERRCODE_TO_CATEGORY(ERRCODE_SYNTAX_ERROR) ||
			category == ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

void
mlops_exchange_read(const void *document, size_t n_bytes, MlopsImport *import)
{
	MemoryContext context = CurrentMemoryContext;

	if (memchr(document, '\0', n_bytes) != NULL)
		mlops_exchange_refuse("its document has a zero byte");
	PG_TRY();
	{
		read_document(document, n_bytes, import);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (!is_about_document(error))
			PG_RE_THROW();
		FlushErrorState();
		mlops_exchange_refuse("%s", error->message);
	}
	PG_END_TRY();
}
