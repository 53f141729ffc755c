/*
 * Arrays of counts.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "storage/shmem.h"
#include "utils/array.h"

#include "pg/counts.h"

/* Raise 22023 unless counts are a list of numbers from 0 on. */
static void
check_counts(const char *name, const ArrayType *array, const int64 *counts, int n)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must have one dimension, not %d", name, ARR_NDIM(array)),
						errhint("Pass one histogram, such as histogram_agg returns.")));
	if (array_contains_nulls(unconstify(ArrayType *, array)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not contain NULL", name),
				 errhint("The count of a cell without rows is 0.")));
	for (int i = 0; i < n; i++)
	{
		if (counts[i] < 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("count %d of %s must be 0 or more, not %lld", i + 1, name,
								   (long long) counts[i]),
							errhint("Counts are numbers of rows, such as histogram_agg returns.")));
	}
}

const int64 *
mlops_counts_argument(FunctionCallInfo fcinfo, int i, const char *name, size_t *n)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(i);
	const int64 *counts = (const int64 *) ARR_DATA_PTR(array);
	int n_counts = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	check_counts(name, array, counts, n_counts);
	*n = (size_t) n_counts;
	return counts;
}

Datum
mlops_counts_datum(const int64 *counts, size_t n)
{
	Datum *elements = palloc(mul_size(sizeof(Datum), Max(n, 1)));

	for (size_t i = 0; i < n; i++)
		elements[i] = Int64GetDatum(counts[i]);
	return PointerGetDatum(construct_array(elements, (int) n, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
