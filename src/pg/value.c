/*
 * How an SQL value becomes a feature value.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/hash.h"
#include "pg/value.h"

/* From here on a double skips integers. */
#define EXACT_INTEGERS 9007199254740992.0

/* Seconds of a month in an interval, as in extract(epoch): 365.25 / 12 days of 86,400. */
#define SECONDS_PER_MONTH 2629800.0

static bool
is_numeric_type(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
			return true;
		default:
			return false;
	}
}

static bool
is_text_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == NAMEOID;
}

void
mlops_value_type(Oid type, MlopsValueType *value_type)
{
	Oid output;
	bool is_varlena;

	memset(value_type, 0, sizeof(*value_type));
	value_type->type = type;
	value_type->base = getBaseType(type);
	value_type->is_enum = type_is_enum(value_type->base);
	value_type->kind = MLOPS_COLUMN_NUMERIC;
	if (is_text_type(value_type->base) || value_type->is_enum)
		value_type->kind = MLOPS_COLUMN_CATEGORICAL;
	value_type->is_supported =
		value_type->kind == MLOPS_COLUMN_CATEGORICAL || is_numeric_type(value_type->base);
	getTypeOutputInfo(value_type->base, &output, &is_varlena);
	fmgr_info(output, &value_type->output);
}

void
mlops_value_report_unsupported(const char *column, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" of type %s cannot be a feature", column, format_type_be(type)),
			 errhint("Cast it to a number, text or a date, or list it in exclude.")));
}

static double
note_digits(MlopsValueType *value_type, double number)
{
	if (fabs(number) > EXACT_INTEGERS)
		value_type->loses_digits = true;
	return number;
}

static double
timestamp_number(Timestamp timestamp)
{
	if (TIMESTAMP_NOT_FINITE(timestamp))
		return TIMESTAMP_IS_NOBEGIN(timestamp) ? -INFINITY : INFINITY;
	return (double) timestamp;
}

static double
date_number(DateADT date)
{
	if (DATE_NOT_FINITE(date))
		return DATE_IS_NOBEGIN(date) ? -INFINITY : INFINITY;
	return (double) date;
}

static double
interval_number(const Interval *interval)
{
	return (double) interval->time / USECS_PER_SEC + (double) interval->day * SECS_PER_DAY +
		   (double) interval->month * SECONDS_PER_MONTH;
}

double
mlops_value_number(MlopsValueType *value_type, Datum datum)
{
	switch (value_type->base)
	{
		case BOOLOID:
			return DatumGetBool(datum) ? 1 : 0;
		case INT2OID:
			return DatumGetInt16(datum);
		case INT4OID:
			return DatumGetInt32(datum);
		case INT8OID:
			return note_digits(value_type, (double) DatumGetInt64(datum));
		case FLOAT4OID:
			return (double) DatumGetFloat4(datum);
		case FLOAT8OID:
			return DatumGetFloat8(datum);
		case NUMERICOID:
			return note_digits(value_type,
							   DatumGetFloat8(DirectFunctionCall1(numeric_float8, datum)));
		case DATEOID:
			return date_number(DatumGetDateADT(datum));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return timestamp_number(DatumGetTimestamp(datum));
		case INTERVALOID:
			return interval_number(DatumGetIntervalP(datum));
		default:
			elog(ERROR, "type %u is not numeric", value_type->base);
	}
	return 0; /* not reached */
}

MlopsBytes
mlops_value_bytes(MlopsValueType *value_type, Datum datum)
{
	MlopsBytes bytes;

	if (value_type->base == NAMEOID || value_type->is_enum)
	{
		bytes.data = mlops_value_text(value_type, datum);
		bytes.n_bytes = (uint32) strlen(bytes.data);
	}
	else
	{
		struct varlena *text = PG_DETOAST_DATUM_PACKED(datum);

		bytes.data = VARDATA_ANY(text);
		bytes.n_bytes = (uint32) VARSIZE_ANY_EXHDR(text);
	}
	while (value_type->base == BPCHAROID && bytes.n_bytes > 0 &&
		   bytes.data[bytes.n_bytes - 1] == ' ')
		bytes.n_bytes--;
	return bytes;
}

char *
mlops_value_text(MlopsValueType *value_type, Datum datum)
{
	char *text = OutputFunctionCall(&value_type->output, datum);
	size_t n = strlen(text);

	while (value_type->base == BPCHAROID && n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
	/* the word that SQL users write */
	if (value_type->base == BOOLOID)
		return pstrdup(DatumGetBool(datum) ? "true" : "false");
	return text;
}

uint64
mlops_value_hash(MlopsValueType *value_type, Datum datum)
{
	char *text;
	uint64 hash;

	switch (value_type->base)
	{
		case INT2OID:
			return mlops_hash_int((uint64) (int64) DatumGetInt16(datum), 0);
		case INT4OID:
			return mlops_hash_int((uint64) (int64) DatumGetInt32(datum), 0);
		case INT8OID:
			return mlops_hash_int((uint64) DatumGetInt64(datum), 0);
		default:
			text = mlops_value_text(value_type, datum);
			hash = mlops_hash_bytes(text, strlen(text), 0);
			pfree(text);
			return hash;
	}
}
