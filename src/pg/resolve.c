/*
 * mlops._resolve: what a reference to a model names, for functions in SQL.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "pg/catalog.h"
#include "pg/compat.h"

MLOPS_FUNCTION(mlops_resolve);

Datum
mlops_resolve(PG_FUNCTION_ARGS)
{
	char *reference = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	TupleDesc description;
	MlopsResolved resolved;
	Datum values[2];
	bool nulls[2] = { false, false };

	if (get_call_result_type(fcinfo, NULL, &description) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "mlops._resolve must return a row");
	resolved = mlops_catalog_resolve(reference);
	values[0] = Int64GetDatum(resolved.model_id);
	values[1] = Int32GetDatum(resolved.version);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(description), values, nulls));
}
