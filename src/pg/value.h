/*
 * How an SQL value becomes a feature value: the one place that knows the types.
 *
 *   numeric      bool (0, 1), int2, int4, int8, float4, float8, numeric,
 *                date (days since 2000-01-01), timestamp and timestamptz
 *                (microseconds since 2000-01-01), interval (seconds, as
 *                extract(epoch) counts them); infinite ones are +-Infinity
 *   categorical  text, varchar, char(n) without trailing blanks, name, enum labels
 *
 * A domain counts as its base type.  NaN is a missing number.
 */
#ifndef MLOPS_VALUE_H
#define MLOPS_VALUE_H

#include "fmgr.h"

#include "core/column.h"

/* Labels of an enum that were looked up, found by oid. */
typedef struct MlopsEnumLabels MlopsEnumLabels;

/* What is known about the type of one column; made once, used per row. */
typedef struct MlopsValueType
{
	const char *column; /* name for messages, or NULL; stays with the caller */
	Oid type;			/* as declared */
	Oid base;			/* without domains */
	bool is_supported;	/* as a feature */
	MlopsColumnKind kind;
	bool is_enum;
	FmgrInfo output; /* of the type, for labels */
	FmgrInfo send;	 /* of the type, for keys; fn_oid is InvalidOid if it has none */
	MlopsEnumLabels *enum_labels;
	bool loses_digits; /* a number beyond 2^53 was seen */
} MlopsValueType;

/*
 * Look a type up; is_supported says whether it can be a feature.
 *
 * What a value type keeps lives in the current memory context.
 * Cost: catalog lookups; converting a value needs none.
 */
extern void mlops_value_type(Oid type, MlopsValueType *value_type);

/* Raise 22023 for a column whose type cannot be a feature. */
extern void mlops_value_report_unsupported(const char *column, Oid type) pg_attribute_noreturn();

/*
 * A value of a numeric type as float8.
 *
 * Errors: 22003 for a numeric that float8 cannot hold.
 */
extern double mlops_value_number(MlopsValueType *value_type, Datum datum);

/*
 * A value of a categorical type as bytes: in place, palloc'd in the current
 * memory context, or kept in value_type until the next call.
 */
extern MlopsBytes mlops_value_bytes(MlopsValueType *value_type, Datum datum);

/* A value of any type as NUL-terminated text, palloc'd. */
extern char *mlops_value_text(MlopsValueType *value_type, Datum datum);

/*
 * 64-bit hash of a key of any type.
 *
 * Integers of all widths are alike, so are texts, and numbers that differ in
 * trailing zeros; no setting such as DateStyle has a say.
 */
extern uint64 mlops_value_hash(MlopsValueType *value_type, Datum datum);

/* 64-bit hash of a number: -0 is 0, all NaNs are one. */
extern uint64 mlops_value_hash_number(double number, uint64 seed);

#endif
