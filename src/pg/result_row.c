/*
 * Composite results whose columns are all float8.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/memutils.h"

#include "pg/result_row.h"

#define MAX_COLUMNS 8

/* Look the row type up once per call site. */
static TupleDesc
result_desc(FunctionCallInfo fcinfo, int n)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc desc;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != n)
			elog(ERROR, "the function must return rows of %d columns", n);
		fcinfo->flinfo->fn_extra = BlessTupleDesc(desc);
		MemoryContextSwitchTo(before);
	}
	return fcinfo->flinfo->fn_extra;
}

Datum
mlops_result_row(FunctionCallInfo fcinfo, const float8 *values, int n)
{
	TupleDesc desc = result_desc(fcinfo, n);
	Datum columns[MAX_COLUMNS];
	bool nulls[MAX_COLUMNS];

	Assert(n <= MAX_COLUMNS);
	for (int i = 0; i < n; i++)
	{
		columns[i] = Float8GetDatum(values[i]);
		nulls[i] = isnan(values[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, columns, nulls));
}
