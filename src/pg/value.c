/*
 * How an SQL value becomes a feature value.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "core/hash.h"
#include "pg/compat.h"
#include "pg/value.h"

/* Integers up to here are exact in a double. */
#define EXACT_INTEGER_MAX INT64CONST(9007199254740992)

#define ENUM_LABEL_SLOTS 64

/* The last label seen in each slot; a slot belongs to the oids that are equal modulo its number. */
struct MlopsEnumLabels
{
	MemoryContext context;
	Oid values[ENUM_LABEL_SLOTS];
	char *labels[ENUM_LABEL_SLOTS];
};

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

/* Binary output function of a type, or InvalidOid. */
static Oid
send_function(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid send;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	send = ((Form_pg_type) GETSTRUCT(tuple))->typsend;
	ReleaseSysCache(tuple);
	return send;
}

void
mlops_value_type(Oid type, MlopsValueType *value_type)
{
	Oid output;
	Oid send;
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
	send = send_function(value_type->base);
	if (OidIsValid(send))
		fmgr_info(send, &value_type->send);
	if (value_type->is_enum)
	{
		value_type->enum_labels = palloc0(sizeof(MlopsEnumLabels));
		value_type->enum_labels->context = CurrentMemoryContext;
	}
}

void
mlops_value_report_unsupported(const char *column, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" of type %s cannot be a feature", column, format_type_be(type)),
			 errhint("Cast it to a number, text, a date or float8[], or list it in exclude.")));
}

static double
integer_number(MlopsValueType *value_type, int64 integer)
{
	if (integer > EXACT_INTEGER_MAX || integer < -EXACT_INTEGER_MAX)
		value_type->loses_digits = true;
	return (double) integer;
}

/* True if a numeric that became 0 or infinite was something else. */
static bool
is_out_of_range(Datum numeric, double number)
{
	if (isinf(number))
		return !numeric_is_inf(DatumGetNumeric(numeric));
	return number == 0 && !DatumGetBool(DirectFunctionCall2(numeric_eq, numeric,
															NumericGetDatum(int64_to_numeric(0))));
}

static double
numeric_number(MlopsValueType *value_type, Datum numeric)
{
	double number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, numeric));

	if ((isinf(number) || number == 0) && is_out_of_range(numeric, number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("column \"%s\" has a numeric value that double precision cannot hold",
						value_type->column != NULL ? value_type->column : "?column?"),
				 errhint("Scale the column, or leave such rows out with a query.")));
	if (fabs(number) >= (double) EXACT_INTEGER_MAX && isfinite(number))
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

/* As extract(epoch) does: a year has 365.25 days, a month that is left over 30. */
static double
interval_number(const Interval *interval)
{
	int32 years = interval->month / MONTHS_PER_YEAR;
	int32 months = interval->month % MONTHS_PER_YEAR;

	if (INTERVAL_IS_NOBEGIN(interval))
		return -INFINITY;
	if (INTERVAL_IS_NOEND(interval))
		return INFINITY;
	return (double) interval->time / (double) USECS_PER_SEC +
		   ((double) DAYS_PER_YEAR * SECS_PER_DAY) * years +
		   ((double) DAYS_PER_MONTH * SECS_PER_DAY) * months +
		   ((double) SECS_PER_DAY) * interval->day;
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
			return integer_number(value_type, DatumGetInt64(datum));
		case FLOAT4OID:
			return (double) DatumGetFloat4(datum);
		case FLOAT8OID:
			return DatumGetFloat8(datum);
		case NUMERICOID:
			return numeric_number(value_type, datum);
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

/* Label of an enum value, kept until another one takes its slot. */
static const char *
enum_label(MlopsValueType *value_type, Datum datum)
{
	MlopsEnumLabels *known = value_type->enum_labels;
	Oid value = DatumGetObjectId(datum);
	int slot = (int) (value % ENUM_LABEL_SLOTS);
	MemoryContext before;

	if (known->values[slot] == value)
		return known->labels[slot];
	if (known->labels[slot] != NULL)
		pfree(known->labels[slot]);
	known->values[slot] = InvalidOid;
	known->labels[slot] = NULL;
	before = MemoryContextSwitchTo(known->context);
	known->labels[slot] = OutputFunctionCall(&value_type->output, datum);
	MemoryContextSwitchTo(before);
	known->values[slot] = value;
	return known->labels[slot];
}

MlopsBytes
mlops_value_bytes(MlopsValueType *value_type, Datum datum)
{
	MlopsBytes bytes;

	if (value_type->is_enum || value_type->base == NAMEOID)
	{
		bytes.data =
			value_type->is_enum ? enum_label(value_type, datum) : NameStr(*DatumGetName(datum));
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
	/* the words that SQL users write, not t and f */
	if (value_type->base == BOOLOID)
		return pstrdup(DatumGetBool(datum) ? "true" : "false");
	if (value_type->kind == MLOPS_COLUMN_CATEGORICAL)
	{
		MlopsBytes bytes = mlops_value_bytes(value_type, datum);

		return pnstrdup(bytes.data, bytes.n_bytes);
	}
	return OutputFunctionCall(&value_type->output, datum);
}

uint64
mlops_value_hash_number(double number, uint64 seed)
{
	uint64 bits;

	number += 0.0; /* -0 is 0 */
	memcpy(&bits, &number, sizeof(bits));
	return mlops_hash_int(isnan(number) ? PG_UINT64_MAX : bits, seed);
}

/* Hash of what the type sends, or prints if it cannot send. */
static uint64
hash_sent(MlopsValueType *value_type, Datum datum)
{
	bytea *sent;
	char *text;

	if (OidIsValid(value_type->send.fn_oid))
	{
		sent = SendFunctionCall(&value_type->send, datum);
		return mlops_hash_bytes(VARDATA(sent), VARSIZE(sent) - VARHDRSZ, 0);
	}
	text = OutputFunctionCall(&value_type->output, datum);
	return mlops_hash_bytes(text, strlen(text), 0);
}

uint64
mlops_value_hash(MlopsValueType *value_type, Datum datum)
{
	MlopsBytes bytes;
	char *text;

	switch (value_type->base)
	{
		case INT2OID:
			return mlops_hash_int((uint64) (int64) DatumGetInt16(datum), 0);
		case INT4OID:
			return mlops_hash_int((uint64) (int64) DatumGetInt32(datum), 0);
		case INT8OID:
			return mlops_hash_int((uint64) DatumGetInt64(datum), 0);
		case FLOAT4OID:
		case FLOAT8OID:
			return mlops_value_hash_number(mlops_value_number(value_type, datum), 0);
		case NUMERICOID:
			text = numeric_normalize(DatumGetNumeric(datum));
			return mlops_hash_bytes(text, strlen(text), 0);
		default:
			break;
	}
	if (value_type->kind != MLOPS_COLUMN_CATEGORICAL)
		return hash_sent(value_type, datum);
	bytes = mlops_value_bytes(value_type, datum);
	return mlops_hash_bytes(bytes.data, bytes.n_bytes, 0);
}
