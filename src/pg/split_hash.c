/*
 * split_hash: a number from 0 to 1 that a key has for ever.
 *
 * It is the hash by which train_model chooses rows (README of src, "Test part and
 * folds"), as a fraction: key -> H(key, 0), then H of that with the seed, the
 * first 53 of its bits.  So the test part of sampling "random" is the rows with
 * the smallest split_hash(id, random_state).
 *
 * Only types whose bytes mean the same in every database are taken.  Others send
 * oids (arrays), text in the client's encoding (json), or different bytes for
 * equal values (interval).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/hash.h"
#include "pg/compat.h"
#include "pg/value.h"

#define FRACTION_BITS 53

static bool
has_fixed_form(const MlopsValueType *type)
{
	if (type->base == UUIDOID || type->base == BYTEAOID)
		return true;
	return type->is_supported && type->base != INTERVALOID;
}

/* The type of the key, looked up once for a call site. */
static MlopsValueType *
key_type(FunctionCallInfo fcinfo)
{
	MlopsValueType *type = fcinfo->flinfo->fn_extra;
	MemoryContext before;

	if (type != NULL)
		return type;
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	type = palloc(sizeof(MlopsValueType));
	mlops_value_type(get_fn_expr_argtype(fcinfo->flinfo, 0), type);
	MemoryContextSwitchTo(before);
	if (!has_fixed_form(type))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a key of type %s cannot be hashed", format_type_be(type->type)),
				 errdetail("Equal keys of this type may have other bytes in another database."),
				 errhint("Cast it to an integer, numeric, text, bytea, uuid, date or "
						 "timestamptz.")));
	fcinfo->flinfo->fn_extra = type;
	return type;
}

/* Hash of text as UTF-8, whatever the encoding of the database. */
static uint64
hash_text(MlopsValueType *type, Datum key)
{
	MlopsBytes bytes = mlops_value_bytes(type, key);
	char *utf8 = pg_server_to_any(bytes.data, (int) bytes.n_bytes, PG_UTF8);

	return mlops_hash_bytes(utf8, utf8 == bytes.data ? bytes.n_bytes : strlen(utf8), 0);
}

MLOPS_FUNCTION(mlops_split_hash);

Datum
mlops_split_hash(PG_FUNCTION_ARGS)
{
	MlopsValueType *type = key_type(fcinfo);
	uint64 seed = (uint64) PG_GETARG_INT64(1);
	uint64 hash;

	if (type->kind == MLOPS_COLUMN_CATEGORICAL)
		hash = hash_text(type, PG_GETARG_DATUM(0));
	else
		hash = mlops_value_hash(type, PG_GETARG_DATUM(0));
	hash = mlops_hash_int(hash, seed);
	PG_RETURN_FLOAT8((double) (hash >> (64 - FRACTION_BITS)) /
					 (double) (UINT64CONST(1) << FRACTION_BITS));
}
