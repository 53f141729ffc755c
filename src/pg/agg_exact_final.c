/*
 * Results of exact aggregates: final functions and the accessors of stats1d and stats2d.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "core/checked.h"
#include "pg/agg_args.h"
#include "pg/agg_exact.h"
#include "pg/error.h"
#include "pg/hooks.h"

static MlopsAnswer
answer_sum(const MlopsExactState *state, float8 *result)
{
	return mlops_exact_statistic(state, MLOPS_TOTAL, true, result);
}

static MlopsAnswer
answer_average(const MlopsExactState *state, float8 *result)
{
	return mlops_exact_statistic(state, MLOPS_MEAN, true, result);
}

static MlopsAnswer
answer_variance(const MlopsExactState *state, float8 *result)
{
	return mlops_exact_statistic(state, MLOPS_VARIANCE, true, result);
}

static MlopsAnswer
answer_stddev(const MlopsExactState *state, float8 *result)
{
	return mlops_exact_statistic(state, MLOPS_STDDEV, true, result);
}

/* A final function of states of a kind: NULL for no rows, else what a function of the core says. */
static Datum
finish(FunctionCallInfo fcinfo, MlopsExactKind kind,
	   MlopsAnswer (*ask)(const MlopsExactState *state, float8 *result))
{
	const MlopsExactState *state;
	float8 result = 0;
	MlopsAnswer answer;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = mlops_state_get(fcinfo, 0, &mlops_exact_class);
	mlops_exact_check_kind(state, kind);
	answer = ask(state, &result);
	return mlops_exact_datum(fcinfo, answer, result);
}

#define EXACT_FINAL(name, kind, ask)                                                               \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return finish(fcinfo, kind, ask);                                                          \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

EXACT_FINAL(mlops_exact_sum_final, MLOPS_EXACT_SUM, answer_sum);
EXACT_FINAL(mlops_exact_avg_final, MLOPS_EXACT_SUM, answer_average);
EXACT_FINAL(mlops_exact_variance_final, MLOPS_EXACT_VARIANCE, answer_variance);
EXACT_FINAL(mlops_exact_stddev_final, MLOPS_EXACT_VARIANCE, answer_stddev);
EXACT_FINAL(mlops_weighted_avg_final, MLOPS_EXACT_WEIGHTED, mlops_exact_weighted_average);
EXACT_FINAL(mlops_trend_final, MLOPS_EXACT_TREND, mlops_exact_trend);
EXACT_FINAL(mlops_rate_final, MLOPS_EXACT_RATE, mlops_exact_rate);
EXACT_FINAL(mlops_velocity_final, MLOPS_EXACT_VELOCITY, mlops_exact_velocity);

/* An accessor; the second argument, where there is one, is the method. */
static Datum
get_statistic(FunctionCallInfo fcinfo, const MlopsStateClass *class, MlopsStatistic statistic)
{
	const MlopsExactState *state = mlops_state_get(fcinfo, 0, class);
	bool is_sample = PG_NARGS() < 2 || mlops_agg_is_sample(fcinfo, 1);
	float8 result = 0;
	MlopsAnswer answer = mlops_exact_statistic(state, statistic, is_sample, &result);

	return mlops_exact_datum(fcinfo, answer, result);
}

#define EXACT_ACCESSOR(name, class, statistic)                                                     \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return get_statistic(fcinfo, &(class), statistic);                                         \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

EXACT_ACCESSOR(mlops_total, mlops_stats1d_class, MLOPS_TOTAL);
EXACT_ACCESSOR(mlops_mean, mlops_stats1d_class, MLOPS_MEAN);
EXACT_ACCESSOR(mlops_minimum, mlops_stats1d_class, MLOPS_MINIMUM);
EXACT_ACCESSOR(mlops_maximum, mlops_stats1d_class, MLOPS_MAXIMUM);
EXACT_ACCESSOR(mlops_root_mean_square, mlops_stats1d_class, MLOPS_ROOT_MEAN_SQUARE);
EXACT_ACCESSOR(mlops_variance, mlops_stats1d_class, MLOPS_VARIANCE);
EXACT_ACCESSOR(mlops_stddev, mlops_stats1d_class, MLOPS_STDDEV);
EXACT_ACCESSOR(mlops_coefficient_of_variation, mlops_stats1d_class, MLOPS_COEFFICIENT_OF_VARIATION);
EXACT_ACCESSOR(mlops_skewness, mlops_stats1d_class, MLOPS_SKEWNESS);
EXACT_ACCESSOR(mlops_kurtosis, mlops_stats1d_class, MLOPS_KURTOSIS);
EXACT_ACCESSOR(mlops_slope, mlops_stats2d_class, MLOPS_SLOPE);
EXACT_ACCESSOR(mlops_intercept, mlops_stats2d_class, MLOPS_INTERCEPT);
EXACT_ACCESSOR(mlops_correlation, mlops_stats2d_class, MLOPS_CORRELATION);
EXACT_ACCESSOR(mlops_covariance, mlops_stats2d_class, MLOPS_COVARIANCE);
EXACT_ACCESSOR(mlops_r_squared, mlops_stats2d_class, MLOPS_R_SQUARED);
EXACT_ACCESSOR(mlops_slope_t, mlops_stats2d_class, MLOPS_SLOPE_T);

/* Rows with a value, finite or not. */
static int64
count_values(const MlopsExactState *state)
{
	return state->n + state->n_nan + state->n_plus + state->n_minus;
}

static int64
count_nulls(const MlopsExactState *state)
{
	return state->n_null;
}

#define EXACT_COUNT(name, class, count)                                                            \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		PG_RETURN_INT64(count(mlops_state_get(fcinfo, 0, &(class))));                              \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

EXACT_COUNT(mlops_stats1d_value_count, mlops_stats1d_class, count_values);
EXACT_COUNT(mlops_stats1d_null_count, mlops_stats1d_class, count_nulls);
EXACT_COUNT(mlops_stats2d_value_count, mlops_stats2d_class, count_values);
EXACT_COUNT(mlops_stats2d_null_count, mlops_stats2d_class, count_nulls);

/* One window of a lookback as a flat stats1d. */
static Datum
get_window(const MlopsExactState *state, int i)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsReason reason = { "" };
	MlopsExactState window;

	mlops_report_status(mlops_exact_window(state, i, &allocator, &reason, &window), &reason);
	return mlops_state_flat(&window, &mlops_stats1d_class);
}

MLOPS_FUNCTION(mlops_lookback_final);

Datum
mlops_lookback_final(PG_FUNCTION_ARGS)
{
	Oid type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	const MlopsExactState *state;
	Datum windows[MLOPS_EXACT_WINDOWS];
	int n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!OidIsValid(type))
		elog(ERROR, "the type of the result is unknown");
	state = mlops_state_get(fcinfo, 0, &mlops_exact_class);
	mlops_exact_check_kind(state, MLOPS_EXACT_LOOKBACK);
	n = (int) state->parameters->n_windows;
	for (int i = 0; i < n; i++)
		windows[i] = get_window(state, i);
	PG_RETURN_ARRAYTYPE_P(construct_array(windows, n, type, -1, false, TYPALIGN_INT));
}

/* count_if keeps an int8, which is passed by value. */
static Datum
change_count(FunctionCallInfo fcinfo, int64 delta)
{
	int64 count = PG_GETARG_INT64(0);

	(void) mlops_state_aggregate_context(fcinfo);
	if (!PG_ARGISNULL(1) && PG_GETARG_BOOL(1))
		mlops_agg_check_change(NULL, mlops_checked_count_row(&count, delta, PG_INT64_MAX), NULL);
	PG_RETURN_INT64(count);
}

MLOPS_FUNCTION(mlops_count_if_step);

Datum
mlops_count_if_step(PG_FUNCTION_ARGS)
{
	return change_count(fcinfo, 1);
}

MLOPS_FUNCTION(mlops_count_if_inverse);

Datum
mlops_count_if_inverse(PG_FUNCTION_ARGS)
{
	return change_count(fcinfo, -1);
}
