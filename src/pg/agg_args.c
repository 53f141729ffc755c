/*
 * Arguments that aggregates share.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/timestamp.h"

#include "pg/agg_args.h"
#include "pg/agg_state.h"
#include "pg/compat.h"

bool
mlops_agg_is_word(const text *value, const char *word)
{
	size_t n = strlen(word);

	return VARSIZE_ANY_EXHDR(value) == n && memcmp(VARDATA_ANY(value), word, n) == 0;
}

MlopsNonfinite
mlops_agg_nonfinite_word(const text *word)
{
	if (mlops_agg_is_word(word, "error"))
		return MLOPS_NONFINITE_ERROR;
	if (mlops_agg_is_word(word, "skip"))
		return MLOPS_NONFINITE_SKIP;
	if (mlops_agg_is_word(word, "propagate"))
		return MLOPS_NONFINITE_PROPAGATE;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("on_nonfinite must be 'error', 'skip' or 'propagate', not '%s'",
						   text_to_cstring(word))));
}

MlopsNonfinite
mlops_agg_nonfinite(FunctionCallInfo fcinfo, int n)
{
	if (PG_NARGS() <= n)
		return MLOPS_NONFINITE_ERROR;
	mlops_agg_check_not_null(fcinfo, n, "on_nonfinite");
	return mlops_agg_nonfinite_word(PG_GETARG_TEXT_PP(n));
}

void
mlops_agg_check_finite(float8 value, MlopsNonfinite on_nonfinite)
{
	if (likely(isfinite(value)) || on_nonfinite != MLOPS_NONFINITE_ERROR)
		return;
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("value must be finite, not %s",
						   isnan(value) ? "NaN" : (value > 0 ? "Infinity" : "-Infinity")),
					errhint("Make such values NULL, or give on_nonfinite as the last of all "
							"arguments: 'skip' or 'propagate'.")));
}

int64
mlops_agg_duration(Datum interval, const char *name)
{
	const Interval *value = DatumGetIntervalP(interval);
	int64 of_days;
	int64 duration;

	if (value->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must have a fixed length, not %s", name,
						DatumGetCString(DirectFunctionCall1(interval_out, interval))),
				 errhint("Write months and years as days: a month may have 28 to 31 of them.")));
	if (pg_mul_s64_overflow(value->day, USECS_PER_DAY, &of_days) ||
		pg_add_s64_overflow(of_days, value->time, &duration))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be within 106751991 days, not %s", name,
							   DatumGetCString(DirectFunctionCall1(interval_out, interval)))));
	if (duration <= 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be longer than 0, not %s", name,
							   DatumGetCString(DirectFunctionCall1(interval_out, interval)))));
	return duration;
}

int64
mlops_agg_time(Datum timestamp, const char *name)
{
	TimestampTz value = DatumGetTimestampTz(timestamp);

	if (TIMESTAMP_NOT_FINITE(value))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("%s must be finite, not %s", name,
							   TIMESTAMP_IS_NOBEGIN(value) ? "-infinity" : "infinity"),
						errhint("Leave such rows out by FILTER, or make the time NULL.")));
	return value;
}

void
mlops_agg_check_past(int64 time, int64 as_of)
{
	if (likely(time <= as_of))
		return;
	/* timestamptz_to_str has one buffer */
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("future event: ts %s is after as_of", timestamptz_to_str(time)),
					errdetail("as_of is %s.", timestamptz_to_str(as_of)),
					errhint("Leave such rows out by FILTER (WHERE ts <= as_of).")));
}

pg_tz *
mlops_agg_find_zone(const char *name)
{
	pg_tz *zone = pg_tzset(name);

	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("time zone \"%s\" is not known", name),
						errhint("The view pg_timezone_names has their names.")));
	return zone;
}

/* The last time zone that a call site saw, in fn_extra. */
typedef struct ZoneCache
{
	text *name; /* as it was given */
	const char *zone;
} ZoneCache;

const char *
mlops_agg_zone(FunctionCallInfo fcinfo, int n)
{
	ZoneCache *cache = fcinfo->flinfo->fn_extra;
	const text *name = PG_GETARG_TEXT_PP(n);
	Size n_bytes = VARSIZE_ANY_EXHDR(name);
	const char *zone;

	if (cache != NULL && VARSIZE_ANY_EXHDR(cache->name) == n_bytes &&
		memcmp(VARDATA_ANY(cache->name), VARDATA_ANY(name), n_bytes) == 0)
		return cache->zone;
	zone = pg_get_timezone_name(mlops_agg_find_zone(text_to_cstring(name)));
	if (cache == NULL)
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ZoneCache));
	else
		pfree(cache->name);
	cache->name = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, VARSIZE_ANY(name));
	memcpy(cache->name, name, VARSIZE_ANY(name));
	cache->zone = zone;
	fcinfo->flinfo->fn_extra = cache;
	return zone;
}

void
mlops_agg_report_changed(const char *names)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", names),
			 errhint("Group by what it depends on, or take it from a subquery of one row.")));
}

void
mlops_agg_check_change(void *state, MlopsStatus status, const MlopsReason *reason)
{
	if (likely(status == MLOPS_STATUS_OK))
		return;
	if (status == MLOPS_STATUS_INVALID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("a row that leaves the frame is not the one that came in"),
				 errhint("Label functions among the arguments VOLATILE unless they always give the "
						 "same result for the same row.")));
	mlops_state_check(state, status, reason);
}

void
mlops_agg_report_null(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not be NULL", name),
					errhint("Pass the same value in all rows of a group.")));
}

void
mlops_agg_check_not_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		mlops_agg_report_null(name);
}

bool
mlops_agg_is_sample(FunctionCallInfo fcinfo, int n)
{
	const text *value = PG_GETARG_TEXT_PP(n);

	if (mlops_agg_is_word(value, "sample"))
		return true;
	if (!mlops_agg_is_word(value, "population"))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("method must be 'sample' or 'population', not '%s'",
							   text_to_cstring(value))));
	return false;
}

bool
mlops_agg_is_same_array(const ArrayType *kept, const ArrayType *array)
{
	return kept != NULL && VARSIZE(kept) == VARSIZE(array) &&
		   memcmp(kept, array, VARSIZE(array)) == 0;
}

void
mlops_agg_keep_array(FunctionCallInfo fcinfo, ArrayType **kept, const ArrayType *array)
{
	ArrayType *copy = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, VARSIZE(array));

	memcpy(copy, array, VARSIZE(array));
	if (*kept != NULL)
		pfree(*kept);
	*kept = copy;
}

float8
mlops_agg_level(FunctionCallInfo fcinfo, int n)
{
	float8 level = PG_GETARG_FLOAT8(n);

	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level must be above 0 and below 1, not %s", float8out_internal(level)),
				 errhint("0.95 is the usual choice.")));
	return level;
}
