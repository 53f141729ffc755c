/*
 * Results of aggregates of a history: final functions and accessors.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "core/decay.h"
#include "core/gaps.h"
#include "core/streaks.h"
#include "core/time_weight.h"
#include "pg/agg_events.h"
#include "pg/agg_exact.h"
#include "pg/error.h"
#include "pg/hooks.h"

static Datum
get_gap(FunctionCallInfo fcinfo, MlopsGapStatistic statistic)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_gap_stats_class);
	float8 result = 0;
	MlopsAnswer answer = mlops_gaps_statistic(state, statistic, &result);

	return mlops_exact_datum(fcinfo, answer, result);
}

/* A function of SQL: what a static one makes of its call and a constant. */
#define ACCESSOR(name, get, what)                                                                  \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return get(fcinfo, what);                                                                  \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

ACCESSOR(mlops_mean_gap, get_gap, MLOPS_GAP_MEAN);
ACCESSOR(mlops_stddev_gap, get_gap, MLOPS_GAP_STDDEV);
ACCESSOR(mlops_gap_variation, get_gap, MLOPS_GAP_VARIATION);
ACCESSOR(mlops_min_gap, get_gap, MLOPS_GAP_MIN);
ACCESSOR(mlops_max_gap, get_gap, MLOPS_GAP_MAX);
ACCESSOR(mlops_last_gap, get_gap, MLOPS_GAP_LAST);
ACCESSOR(mlops_burstiness, get_gap, MLOPS_GAP_BURSTINESS);
ACCESSOR(mlops_gap_trend, get_gap, MLOPS_GAP_TREND);

/* Offset of a count in what streaks are counted to. */
static Datum
get_streak(FunctionCallInfo fcinfo, size_t offset)
{
	MlopsStreaks streaks = mlops_streaks_count(mlops_events_get(fcinfo, &mlops_streak_stats_class));

	PG_RETURN_INT64(*(const int64_t *) ((const char *) &streaks + offset));
}

ACCESSOR(mlops_current_streak, get_streak, offsetof(MlopsStreaks, current));
ACCESSOR(mlops_longest_streak, get_streak, offsetof(MlopsStreaks, longest));
ACCESSOR(mlops_streak_count, get_streak, offsetof(MlopsStreaks, n));

MLOPS_FUNCTION(mlops_last_break);

Datum
mlops_last_break(PG_FUNCTION_ARGS)
{
	MlopsStreaks streaks = mlops_streaks_count(mlops_events_get(fcinfo, &mlops_streak_stats_class));

	if (!streaks.has_break)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(streaks.last_break);
}

/* Final functions: NULL for no rows. */
static Datum
finish_decay(FunctionCallInfo fcinfo, MlopsDecayStatistic statistic)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsStatus status;
	MlopsAnswer answer;
	float8 result = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	answer = mlops_decay_statistic(mlops_events_get(fcinfo, &mlops_decay_class), statistic,
								   &allocator, mlops_hooks_cancel(), &status, &result);
	mlops_report_status(status, NULL);
	return mlops_exact_datum(fcinfo, answer, result);
}

ACCESSOR(mlops_ewma_final, finish_decay, MLOPS_DECAY_AVERAGE);
ACCESSOR(mlops_decayed_sum_final, finish_decay, MLOPS_DECAY_SUM);
ACCESSOR(mlops_decayed_variance_final, finish_decay, MLOPS_DECAY_VARIANCE);

static Datum
get_time_weight(FunctionCallInfo fcinfo, MlopsTimeWeightStatistic statistic)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_time_weighted_class);
	float8 threshold = statistic == MLOPS_TIME_WEIGHT_ABOVE ? PG_GETARG_FLOAT8(1) : 0;
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsStatus status;
	MlopsAnswer answer;
	float8 result = 0;

	if (!isfinite(threshold))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("threshold must be finite, not %s", isnan(threshold) ? "NaN" :
																   threshold > 0	? "Infinity" :
																					  "-Infinity")));
	answer = mlops_time_weight_statistic(state, statistic, threshold, &allocator,
										 mlops_hooks_cancel(), &status, &result);
	mlops_report_status(status, NULL);
	return mlops_exact_datum(fcinfo, answer, result);
}

ACCESSOR(mlops_time_weighted_avg, get_time_weight, MLOPS_TIME_WEIGHT_AVERAGE);
ACCESSOR(mlops_integral, get_time_weight, MLOPS_TIME_WEIGHT_INTEGRAL);
ACCESSOR(mlops_time_above, get_time_weight, MLOPS_TIME_WEIGHT_ABOVE);

MLOPS_FUNCTION(mlops_is_partial);

Datum
mlops_is_partial(PG_FUNCTION_ARGS)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_time_weighted_class);
	size_t n;
	bool is_partial = mlops_time_weight_is_partial(state, &n);

	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(is_partial);
}

/* Rows of a state. */
static Datum
count_events(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	const MlopsEventState *state = mlops_state_get(fcinfo, 0, class);

	PG_RETURN_INT64((int64) state->events.n);
}

/* Rows that were left out. */
static Datum
count_nulls(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	const MlopsEventState *state = mlops_state_get(fcinfo, 0, class);

	PG_RETURN_INT64(state->n_null);
}

ACCESSOR(mlops_gap_stats_value_count, count_events, &mlops_gap_stats_class);
ACCESSOR(mlops_gap_stats_null_count, count_nulls, &mlops_gap_stats_class);
ACCESSOR(mlops_streak_stats_value_count, count_events, &mlops_streak_stats_class);
ACCESSOR(mlops_streak_stats_null_count, count_nulls, &mlops_streak_stats_class);
ACCESSOR(mlops_time_weighted_value_count, count_events, &mlops_time_weighted_class);
ACCESSOR(mlops_time_weighted_null_count, count_nulls, &mlops_time_weighted_class);
ACCESSOR(mlops_delinquency_value_count, count_events, &mlops_delinquency_class);
ACCESSOR(mlops_delinquency_null_count, count_nulls, &mlops_delinquency_class);
