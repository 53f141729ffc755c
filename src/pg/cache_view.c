/*
 * mlops._model_cache: what the cache of models holds, for the view mlops.model_cache.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "pg/cache.h"
#include "pg/compat.h"

static void
put_lines(ReturnSetInfo *result, const MlopsCacheLine *lines, int n)
{
	for (int i = 0; i < n; i++)
	{
		bytea *digest = palloc(VARHDRSZ + MLOPS_DIGEST_BYTES);
		Datum values[7] = { PointerGetDatum(digest),
							BoolGetDatum(lines[i].is_shared),
							Int64GetDatum((int64) lines[i].n_bytes),
							Int64GetDatum((int64) lines[i].n_hits),
							Int64GetDatum((int64) lines[i].n_misses),
							TimestampTzGetDatum(lines[i].loaded_at),
							TimestampTzGetDatum(lines[i].last_used_at) };
		bool nulls[7] = { false };

		SET_VARSIZE(digest, VARHDRSZ + MLOPS_DIGEST_BYTES);
		memcpy(VARDATA(digest), lines[i].digest, MLOPS_DIGEST_BYTES);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

MLOPS_FUNCTION(mlops_model_cache);

Datum
mlops_model_cache(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MlopsCacheLine *lines;
	int n;

	InitMaterializedSRF(fcinfo, 0);
	mlops_cache_note_uses();
	lines = mlops_shared_cache_lines(&n);
	put_lines(result, lines, n);
	lines = mlops_cache_lines(&n);
	put_lines(result, lines, n);
	return (Datum) 0;
}
