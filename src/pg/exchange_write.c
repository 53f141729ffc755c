/*
 * The document of an export: from the row of a version.
 *
 * Names of relations, of key columns and of people mean nothing on another
 * server, and a query would be run there with the rights of whoever predicts.
 * They stand in "origin", which is kept with an imported version and never used.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "pg/exchange.h"
#include "pg/json.h"

/* A column of the row as text, NULL if it is NULL. */
static char *
column_text(const MlopsVersionRow *row, MlopsVersionColumn column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

/* A point in time whatever DateStyle and TimeZone are. */
static char *
time_text(TimestampTz at)
{
	char buffer[MAXDATELEN + 1];
	int offset = 0;

	return pstrdup(JsonEncodeDateTime(buffer, TimestampTzGetDatum(at), TIMESTAMPTZOID, &offset));
}

/* Where a version that was trained here comes from, in the order of mlops_exchange_origin. */
static Jsonb *
make_origin(const MlopsVersionRow *row, TimestampTz created_at)
{
	const char *texts[] = {
		column_text(row, MLOPS_VC_RELATION),	  column_text(row, MLOPS_VC_QUERY),
		column_text(row, MLOPS_VC_ID_COLUMN),	  column_text(row, MLOPS_VC_TIME_COLUMN),
		column_text(row, MLOPS_VC_ENTITY_COLUMN), column_text(row, MLOPS_VC_SPLIT_COLUMN),
		column_text(row, MLOPS_VC_CREATED_BY),	  time_text(created_at)
	};
	JsonbParseState *state = NULL;

	Assert((int) lengthof(texts) == mlops_exchange_n_origin);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < mlops_exchange_n_origin; i++)
		mlops_json_pair(&state, mlops_exchange_origin[i], mlops_json_text(texts[i]));
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* The origin of a version that was imported itself, NULL if it was not. */
static Jsonb *
kept_origin(Jsonb *arguments)
{
	JsonbValue *value = getKeyJsonValueFromContainer(&arguments->root, "origin", 6, NULL);

	return value == NULL ? NULL : JsonbValueToJsonb(value);
}

/* Arguments without the origin; the rows that may have been kept stay behind. */
static Jsonb *
make_arguments(Jsonb *arguments)
{
	JsonbParseState *state = NULL;
	JsonbIterator *iterator = JsonbIteratorInit(&arguments->root);
	JsonbValue key, value;

	(void) JsonbIteratorNext(&iterator, &key, true);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		char *name = pnstrdup(key.val.string.val, key.val.string.len);

		(void) JsonbIteratorNext(&iterator, &value, true);
		if (strcmp(name, "origin") == 0)
			continue;
		mlops_json_pair(&state, name,
						strcmp(name, "keep_training_data") == 0 ? mlops_json_bool(false) : value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

char *
mlops_exchange_write(const MlopsVersionRow *row, TimestampTz created_at, size_t *n_bytes)
{
	JsonbParseState *state = NULL;
	Jsonb *arguments = DatumGetJsonbP(row->values[MLOPS_VC_ARGUMENTS]);
	Jsonb *origin = kept_origin(arguments);
	Jsonb *document;
	char *text, *utf8;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < mlops_exchange_n_fields; i++)
	{
		const MlopsExchangeField *field = &mlops_exchange_fields[i];
		JsonbValue value = field->column == MLOPS_VC_ARGUMENTS ?
							   mlops_json_object(make_arguments(arguments)) :
							   mlops_exchange_to_json(field, row->values[field->column],
													  row->nulls[field->column]);

		mlops_json_key(&state, mlops_catalog_column_name(field->column));
		(void) pushJsonbValue(&state, WJB_VALUE, &value);
	}
	mlops_json_pair(&state, "encoding", mlops_json_text(GetDatabaseEncodingName()));
	mlops_json_pair(&state, "origin",
					mlops_json_object(origin != NULL ? origin : make_origin(row, created_at)));
	document = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	text = JsonbToCString(NULL, &document->root, (int) VARSIZE(document));
	utf8 = pg_server_to_any(text, (int) strlen(text), PG_UTF8);
	*n_bytes = strlen(utf8);
	return utf8;
}
