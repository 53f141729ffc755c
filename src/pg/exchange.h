/*
 * Models between servers: the document of an export.
 *
 *   exchange.c         the calls of SQL: container, seal, forest
 *   exchange_fields.c  one field: SQL value <-> JSON value
 *   exchange_write.c   row of a version -> document
 *   exchange_read.c    document -> row of a version
 *   exchange_check.c   whether what a document says fits together
 */
#ifndef MLOPS_EXCHANGE_H
#define MLOPS_EXCHANGE_H

#include "utils/jsonb.h"

#include "pg/catalog.h"

/* How a field of the document stands for a column. */
typedef enum MlopsExchangeKind
{
	MLOPS_EXCHANGE_TEXT,	 /* string */
	MLOPS_EXCHANGE_TEXTS,	 /* array of strings */
	MLOPS_EXCHANGE_NUMBERS,	 /* array of finite numbers */
	MLOPS_EXCHANGE_MEASURED, /* array of finite numbers, null = NaN */
	MLOPS_EXCHANGE_INTEGER,	 /* whole number of 64 bits */
	MLOPS_EXCHANGE_OBJECT,
	MLOPS_EXCHANGE_ARRAY,
	MLOPS_EXCHANGE_HEX, /* string of hexadecimal digits */
} MlopsExchangeKind;

typedef struct MlopsExchangeField
{
	MlopsVersionColumn column; /* the field has its name */
	MlopsExchangeKind kind;
	bool may_be_null;
} MlopsExchangeField;

/* The fields that are columns; beside them stand "encoding" and "origin". */
extern const MlopsExchangeField mlops_exchange_fields[];
extern const int mlops_exchange_n_fields;

/* The fields of "origin", each a string or null: where a version came from, told but not used. */
extern const char *const mlops_exchange_origin[];
extern const int mlops_exchange_n_origin;

/* JSON value of a column. */
extern JsonbValue mlops_exchange_to_json(const MlopsExchangeField *field, Datum value,
										 bool is_null);

/*
 * Value of a column; refuses what is not of the field's kind.
 *
 *   name    for the message
 *   value   NULL if the document lacks the field, which is refused, too
 */
extern Datum mlops_exchange_from_json(const MlopsExchangeField *field, const char *name,
									  JsonbValue *value, bool *is_null);

/* A number that float8 holds; refuses another value.  name is for the message. */
extern double mlops_exchange_number(const char *name, const JsonbValue *value);

/*
 * The document of a version as JSON in UTF-8.
 *
 *   n_bytes   OUT
 */
extern char *mlops_exchange_write(const MlopsVersionRow *row, TimestampTz created_at,
								  size_t *n_bytes);

/* What a document says. */
typedef struct MlopsImport
{
	MlopsVersionRow row;  /* all but status, n_bytes, n_chunks, created_by */
	MlopsVersion version; /* task, classes, features and digest */
	int encoding;		  /* of the database that it came from, -1 = unknown here */
} MlopsImport;

/*
 * Read a document and check each field and how they fit together.
 *
 * Errors: 22P03 with the reason; 0A000 for an algorithm that is unknown here.
 */
extern void mlops_exchange_read(const void *document, size_t n_bytes, MlopsImport *import);

/* Check how the fields of a document fit together, and fill version.  Errors: as above. */
extern void mlops_exchange_check(MlopsImport *import);

/* Raise 22P03 with a reason, printf style: lower case, without a period. */
extern void mlops_exchange_refuse(const char *format, ...) pg_attribute_printf(1, 2)
	pg_attribute_noreturn();

#endif
