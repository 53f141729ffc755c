/*
 * Functions of counts: distances between two histograms, tests, Wilson's interval.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "core/drift.h"
#include "core/interval.h"
#include "pg/agg_args.h"
#include "pg/compat.h"
#include "pg/counts.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/result_row.h"

/* Weight that is added to each cell; above it all shares would be equal. */
#define ALPHA_MAX 1e9

/* Arguments 0 and 1, current and reference. */
static MlopsCellPair
pair_arguments(FunctionCallInfo fcinfo)
{
	MlopsCellPair pair = { 0 };
	size_t n_reference;

	pair.current = mlops_counts_argument(fcinfo, 0, "current", &pair.n_cells);
	pair.reference = mlops_counts_argument(fcinfo, 1, "reference", &n_reference);
	if (pair.n_cells != n_reference)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("current and reference must have the same number of cells, not %zu "
							   "and %zu",
							   pair.n_cells, n_reference),
						errhint("Count both with the same edges or categories.")));
	if (!mlops_drift_sum(&pair))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the counts of one side add up to more than %lld",
							   (long long) PG_INT64_MAX),
						errhint("Counts are numbers of rows, such as histogram_agg returns.")));
	return pair;
}

/* Argument 2, the smoothing. */
static double
alpha_argument(FunctionCallInfo fcinfo)
{
	float8 alpha = PG_GETARG_FLOAT8(2);

	if (!(alpha >= 0 && alpha <= ALPHA_MAX))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("alpha must be between 0 and %.0f, not %s", ALPHA_MAX,
							   float8out_internal(alpha)),
						errhint("0.5 is the usual choice; 0 smooths nothing.")));
	return alpha;
}

/* NaN says that the counts define nothing. */
static Datum
number_or_null(FunctionCallInfo fcinfo, double number)
{
	if (isnan(number))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(number);
}

static Datum
smoothed(FunctionCallInfo fcinfo, double (*measure)(const MlopsCellPair *pair, double alpha))
{
	MlopsCellPair pair = pair_arguments(fcinfo);

	return number_or_null(fcinfo, measure(&pair, alpha_argument(fcinfo)));
}

static Datum
distance(FunctionCallInfo fcinfo, double (*measure)(const MlopsCellPair *pair))
{
	MlopsCellPair pair = pair_arguments(fcinfo);

	return number_or_null(fcinfo, measure(&pair));
}

#define PAIR_FUNCTION(name, body, measure)                                                         \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return body(fcinfo, measure);                                                              \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

PAIR_FUNCTION(mlops_psi, smoothed, mlops_drift_psi);
PAIR_FUNCTION(mlops_psi_p_value, smoothed, mlops_drift_psi_p_value);
PAIR_FUNCTION(mlops_js_distance, distance, mlops_drift_js_distance);
PAIR_FUNCTION(mlops_hellinger_distance, distance, mlops_drift_hellinger_distance);
PAIR_FUNCTION(mlops_total_variation_distance, distance, mlops_drift_total_variation);

MLOPS_FUNCTION(mlops_chi2_test);

Datum
mlops_chi2_test(PG_FUNCTION_ARGS)
{
	MlopsCellPair pair = pair_arguments(fcinfo);
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsTestResult result;

	mlops_report_status(mlops_drift_chi2(&pair, &allocator, mlops_hooks_cancel(), &result), NULL);
	if (isnan(result.statistic))
		PG_RETURN_NULL();
	return mlops_result_row(
		fcinfo, (float8[]){ result.statistic, (float8) result.df, result.p_value, result.effect },
		4);
}

MLOPS_FUNCTION(mlops_wilson_interval);

Datum
mlops_wilson_interval(PG_FUNCTION_ARGS)
{
	int64 k = PG_GETARG_INT64(0);
	int64 n = PG_GETARG_INT64(1);
	float8 level = mlops_agg_level(fcinfo, 2);
	float8 ends[2];

	if (n < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("n must be 0 or more, not %lld", (long long) n),
						errhint("n is the number of rows, k those of them that count.")));
	if (k < 0 || k > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be between 0 and n, %lld, not %lld", (long long) n, (long long) k),
				 errhint("n is the number of rows, k those of them that count.")));
	if (n == 0)
		PG_RETURN_NULL();
	mlops_interval_wilson(k, n, level, &ends[0], &ends[1]);
	return mlops_result_row(fcinfo, ends, 2);
}
