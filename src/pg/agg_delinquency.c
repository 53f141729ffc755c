/*
 * What a history of days past due says: accessors of mlops.delinquency.
 *
 * The core counts; this file reads the clock on the wall of the state's time zone.
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/timestamp.h"

#include "core/delinquency.h"
#include "pg/agg_args.h"
#include "pg/agg_events.h"

static bool
convert_time(void *zone, int64 time, MlopsLocalTime *local)
{
	struct pg_tm tm;
	fsec_t microseconds;
	int offset;

	if (!IS_VALID_TIMESTAMP(time) ||
		timestamp2tm(time, &offset, &tm, &microseconds, NULL, zone) != 0)
		return false;
	local->month = (int64) tm.tm_year * MONTHS_PER_YEAR + tm.tm_mon - 1;
	local->day = tm.tm_mday;
	local->time =
		((int64) tm.tm_hour * SECS_PER_HOUR + (int64) tm.tm_min * SECS_PER_MINUTE + tm.tm_sec) *
			USECS_PER_SEC +
		microseconds;
	return true;
}

static MlopsLocalClock
clock_of(const MlopsEventState *state)
{
	return (MlopsLocalClock){ .convert = convert_time,
							  .zone = mlops_agg_find_zone(mlops_delinquency_zone(state)) };
}

/* Only a state of foreign bytes can have such times. */
static void
check_converted(MlopsStatus status)
{
	if (status != MLOPS_STATUS_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"),
				 errdetail("A time of the state is outside the calendar of its zone.")));
}

/* A count at position 1 that must be above 0. */
static int32
read_positive(FunctionCallInfo fcinfo, const char *name)
{
	int32 value = PG_GETARG_INT32(1);

	if (value < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between 1 and 2147483647, not %d", name, value)));
	return value;
}

MLOPS_FUNCTION(mlops_ever_past_due);

Datum
mlops_ever_past_due(PG_FUNCTION_ARGS)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_delinquency_class);
	int32 days = read_positive(fcinfo, "days");
	int64 time;

	if (state->events.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(mlops_delinquency_last(state, days, &time));
}

MLOPS_FUNCTION(mlops_max_days_past_due);

Datum
mlops_max_days_past_due(PG_FUNCTION_ARGS)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_delinquency_class);

	if (state->events.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(mlops_delinquency_count(state).max_days);
}

MLOPS_FUNCTION(mlops_months_since_past_due);

Datum
mlops_months_since_past_due(PG_FUNCTION_ARGS)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_delinquency_class);
	int32 days = read_positive(fcinfo, "days");
	MlopsLocalClock clock;
	int64 time;
	int64 months = 0;

	if (!mlops_delinquency_last(state, days, &time))
		PG_RETURN_NULL();
	clock = clock_of(state);
	check_converted(mlops_delinquency_months_since(state, time, &clock, &months));
	PG_RETURN_INT32((int32) months);
}

MLOPS_FUNCTION(mlops_worst_in_months);

Datum
mlops_worst_in_months(PG_FUNCTION_ARGS)
{
	const MlopsEventState *state = mlops_events_get(fcinfo, &mlops_delinquency_class);
	int32 n_months = read_positive(fcinfo, "months");
	MlopsLocalClock clock;
	int64 days = -1;

	if (state->events.n == 0)
		PG_RETURN_NULL();
	clock = clock_of(state);
	check_converted(mlops_delinquency_worst(state, n_months, &clock, &days));
	if (days < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) days);
}

MLOPS_FUNCTION(mlops_cure_count);

Datum
mlops_cure_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(
		mlops_delinquency_count(mlops_events_get(fcinfo, &mlops_delinquency_class)).n_cures);
}

static int
read_bucket(FunctionCallInfo fcinfo, int n, const char *name)
{
	int bucket = mlops_delinquency_bucket_named(PG_GETARG_INT32(n));

	if (bucket < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be 0, 1, 30, 60 or 90, not %d", name, PG_GETARG_INT32(n)),
				 errhint("The smallest number of days stands for a bucket: 0, 1-29, 30-59, 60-89, "
						 "90 and more.")));
	return bucket;
}

MLOPS_FUNCTION(mlops_roll_count);

Datum
mlops_roll_count(PG_FUNCTION_ARGS)
{
	int from = read_bucket(fcinfo, 1, "from_bucket");
	int to = read_bucket(fcinfo, 2, "to_bucket");
	MlopsDelinquency counts =
		mlops_delinquency_count(mlops_events_get(fcinfo, &mlops_delinquency_class));

	PG_RETURN_INT64(counts.n_rolls[from][to]);
}
