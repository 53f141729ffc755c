/*
 * Aggregates of a history: rows of SQL to rows of core/event_state, and back.
 *
 *	gap_agg, streak_agg, ewma, decayed_sum, decayed_variance, time_weight_agg,
 *	delinquency_agg
 *
 * An aggregate is a line of a table: the class of its state, the kind, and how a row and its parameters
 * are read.  Transition and inverse are one body.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pg/agg_args.h"
#include "pg/agg_events.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* How an aggregate reads its arguments, which begin at 1 behind the state. */
typedef struct EventAggregate
{
	const MlopsStateClass *class;
	MlopsEventKind kind;
	int nonfinite_arg; /* position of on_nonfinite, 0 without one */
	void (*read_parameters)(FunctionCallInfo fcinfo, int64 parameters[]); /* NULL without */
	const char *parameter_names;										  /* for messages */
	void (*read_row)(FunctionCallInfo fcinfo, const int64 parameters[], MlopsNonfinite on_nonfinite,
					 MlopsEventRow *row);
} EventAggregate;

void
mlops_events_prepare(MlopsEventState *state)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);

	mlops_report_status(mlops_event_buffer_sort(&state->events, &allocator, mlops_hooks_cancel()),
						NULL);
}

const MlopsEventState *
mlops_events_get(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	const MlopsEventState *state = mlops_state_get(fcinfo, 0, class);

	mlops_events_prepare(unconstify(MlopsEventState *, state));
	return state;
}

/* Times of foreign bytes, which are in order, are such as the server has: last_break hands them on. */
static void
check_times(const MlopsEventState *state, MlopsStateIo *io)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	size_t n = state->events.n;

	if (n > 0 && (!IS_VALID_TIMESTAMP(events[0].time) || !IS_VALID_TIMESTAMP(events[n - 1].time)))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a time is out of range");
}

/* What is written is in order: sorted here, to hear a cancel. */
static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	if (!mlops_io_is_reading(io))
		mlops_events_prepare(state);
	mlops_event_state_transfer(state, (MlopsEventKind) kind, io);
	if (mlops_io_is_reading(io) && !mlops_io_failed(io))
		check_times(state, io);
}

static MlopsStatus
merge(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	return mlops_event_state_merge(into, from, allocator, reason);
}

const MlopsStateClass mlops_gap_stats_class = { .type_name = "gap_stats",
												.magic = 'G',
												.version = 1,
												.state_bytes = sizeof(MlopsEventState),
												.is_kept = true,
												.kind = MLOPS_EVENTS_GAPS,
												.transfer = transfer,
												.merge = merge };

const MlopsStateClass mlops_streak_stats_class = { .type_name = "streak_stats",
												   .magic = 'K',
												   .version = 1,
												   .state_bytes = sizeof(MlopsEventState),
												   .is_kept = true,
												   .kind = MLOPS_EVENTS_STREAKS,
												   .transfer = transfer,
												   .merge = merge };

const MlopsStateClass mlops_time_weighted_class = { .type_name = "time_weighted",
													.magic = 'W',
													.version = 1,
													.state_bytes = sizeof(MlopsEventState),
													.is_kept = true,
													.kind = MLOPS_EVENTS_TIME_WEIGHT,
													.transfer = transfer,
													.merge = merge };

const MlopsStateClass mlops_delinquency_class = { .type_name = "delinquency",
												  .magic = 'B',
												  .version = 1,
												  .state_bytes = sizeof(MlopsEventState),
												  .is_kept = true,
												  .kind = MLOPS_EVENTS_DELINQUENCY,
												  .transfer = transfer,
												  .merge = merge };

const MlopsStateClass mlops_decay_class = { .type_name = "_decay_state",
											.magic = 'D',
											.version = 1,
											.state_bytes = sizeof(MlopsEventState),
											.is_kept = true,
											.kind = MLOPS_EVENTS_DECAY,
											.transfer = transfer,
											.merge = merge };

MLOPS_STATE_TYPE(gap_stats, &mlops_gap_stats_class);
MLOPS_STATE_TYPE(streak_stats, &mlops_streak_stats_class);
MLOPS_STATE_TYPE(time_weighted, &mlops_time_weighted_class);
MLOPS_STATE_TYPE(delinquency, &mlops_delinquency_class);
MLOPS_STATE_TYPE(decay_state, &mlops_decay_class);

/* The time at position n; false for NULL. */
static bool
read_time(FunctionCallInfo fcinfo, int n, int64 *time)
{
	if (PG_ARGISNULL(n))
		return false;
	*time = mlops_agg_time(PG_GETARG_DATUM(n), "ts");
	return true;
}

static void
read_gap(FunctionCallInfo fcinfo, const int64 parameters[], MlopsNonfinite on_nonfinite,
		 MlopsEventRow *row)
{
	row->is_null = !read_time(fcinfo, 1, &row->time);
}

/* A row without a place among the others is left out; one without a flag breaks or is left out. */
static void
read_flag(FunctionCallInfo fcinfo, const int64 parameters[], MlopsNonfinite on_nonfinite,
		  MlopsEventRow *row)
{
	row->is_null = !read_time(fcinfo, 2, &row->time) || PG_ARGISNULL(3);
	row->tiebreak = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3);
	row->value = PG_ARGISNULL(1)   ? MLOPS_FLAG_NULL :
				 PG_GETARG_BOOL(1) ? MLOPS_FLAG_TRUE :
									 MLOPS_FLAG_FALSE;
}

static void
read_value(FunctionCallInfo fcinfo, const int64 parameters[], MlopsNonfinite on_nonfinite,
		   MlopsEventRow *row)
{
	row->is_null = !read_time(fcinfo, 2, &row->time) || PG_ARGISNULL(1);
	if (PG_ARGISNULL(1))
		return;
	row->value = PG_GETARG_FLOAT8(1);
	mlops_agg_check_finite(row->value, on_nonfinite);
}

static void
read_past_value(FunctionCallInfo fcinfo, const int64 parameters[], MlopsNonfinite on_nonfinite,
				MlopsEventRow *row)
{
	read_value(fcinfo, parameters, on_nonfinite, row);
	if (!PG_ARGISNULL(2))
		mlops_agg_check_past(row->time, parameters[MLOPS_DECAY_AS_OF]);
}

static void
read_days(FunctionCallInfo fcinfo, const int64 parameters[], MlopsNonfinite on_nonfinite,
		  MlopsEventRow *row)
{
	row->is_null = !read_time(fcinfo, 2, &row->time) || PG_ARGISNULL(1);
	if (!PG_ARGISNULL(2))
		mlops_agg_check_past(row->time, parameters[MLOPS_DELINQUENCY_AS_OF]);
	if (PG_ARGISNULL(1))
		return;
	row->value = PG_GETARG_INT32(1);
	if (row->value < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("days_past_due must be between 0 and 2147483647, not %d",
							   PG_GETARG_INT32(1)),
						errhint("A payment before its due date is 0 days past due.")));
}

static void
read_on_null(FunctionCallInfo fcinfo, int64 parameters[])
{
	const text *word;

	parameters[0] = MLOPS_STREAK_BREAK;
	if (PG_NARGS() <= 4)
		return;
	mlops_agg_check_not_null(fcinfo, 4, "on_null");
	word = PG_GETARG_TEXT_PP(4);
	if (mlops_agg_is_word(word, "skip"))
		parameters[0] = MLOPS_STREAK_SKIP;
	else if (!mlops_agg_is_word(word, "break"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_null must be 'break' or 'skip', not '%s'", text_to_cstring(word))));
}

static void
read_decay(FunctionCallInfo fcinfo, int64 parameters[])
{
	mlops_agg_check_not_null(fcinfo, 3, "half_life");
	mlops_agg_check_not_null(fcinfo, 4, "as_of");
	parameters[MLOPS_DECAY_HALF_LIFE] = mlops_agg_duration(PG_GETARG_DATUM(3), "half_life");
	parameters[MLOPS_DECAY_AS_OF] = mlops_agg_time(PG_GETARG_DATUM(4), "as_of");
}

static int64
read_method(FunctionCallInfo fcinfo)
{
	const text *word;

	mlops_agg_check_not_null(fcinfo, 3, "method");
	word = PG_GETARG_TEXT_PP(3);
	if (mlops_agg_is_word(word, "locf"))
		return MLOPS_TIME_WEIGHT_LOCF;
	if (!mlops_agg_is_word(word, "linear"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method must be 'locf' or 'linear', not '%s'", text_to_cstring(word))));
	return MLOPS_TIME_WEIGHT_LINEAR;
}

static void
read_range(FunctionCallInfo fcinfo, int64 parameters[])
{
	parameters[MLOPS_TIME_WEIGHT_METHOD] = read_method(fcinfo);
	mlops_agg_check_not_null(fcinfo, 4, "range_start");
	mlops_agg_check_not_null(fcinfo, 5, "range_end");
	parameters[MLOPS_TIME_WEIGHT_START] = mlops_agg_time(PG_GETARG_DATUM(4), "range_start");
	parameters[MLOPS_TIME_WEIGHT_END] = mlops_agg_time(PG_GETARG_DATUM(5), "range_end");
	if (parameters[MLOPS_TIME_WEIGHT_START] >= parameters[MLOPS_TIME_WEIGHT_END])
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("range_start must be before range_end, not %s",
							   timestamptz_to_str(parameters[MLOPS_TIME_WEIGHT_START])),
						errdetail("range_end is %s.",
								  timestamptz_to_str(parameters[MLOPS_TIME_WEIGHT_END]))));
}

static void
read_zone(FunctionCallInfo fcinfo, int64 parameters[])
{
	const char *zone = "UTC";

	mlops_agg_check_not_null(fcinfo, 3, "as_of");
	parameters[MLOPS_DELINQUENCY_AS_OF] = mlops_agg_time(PG_GETARG_DATUM(3), "as_of");
	if (PG_NARGS() > 4)
	{
		mlops_agg_check_not_null(fcinfo, 4, "zone");
		zone = mlops_agg_zone(fcinfo, 4);
	}
	if (!mlops_event_is_zone(zone, strlen(zone)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("zone must be a name in ASCII of less than %d bytes, not \"%s\"",
							   MLOPS_DELINQUENCY_ZONE_BYTES, zone)));
	memcpy(&parameters[MLOPS_DELINQUENCY_ZONE], zone, strlen(zone));
}

static const EventAggregate gaps = { .class = &mlops_gap_stats_class,
									 .kind = MLOPS_EVENTS_GAPS,
									 .read_row = read_gap };

static const EventAggregate streaks = { .class = &mlops_streak_stats_class,
										.kind = MLOPS_EVENTS_STREAKS,
										.read_parameters = read_on_null,
										.parameter_names = "on_null",
										.read_row = read_flag };

static const EventAggregate decay = { .class = &mlops_decay_class,
									  .kind = MLOPS_EVENTS_DECAY,
									  .nonfinite_arg = 5,
									  .read_parameters = read_decay,
									  .parameter_names = "half_life, as_of and on_nonfinite",
									  .read_row = read_past_value };

static const EventAggregate time_weight = { .class = &mlops_time_weighted_class,
											.kind = MLOPS_EVENTS_TIME_WEIGHT,
											.nonfinite_arg = 6,
											.read_parameters = read_range,
											.parameter_names =
												"method, range_start, range_end and on_nonfinite",
											.read_row = read_value };

static const EventAggregate delinquency = { .class = &mlops_delinquency_class,
											.kind = MLOPS_EVENTS_DELINQUENCY,
											.read_parameters = read_zone,
											.parameter_names = "as_of and zone",
											.read_row = read_days };

/* Transition, or with is_removed inverse transition. */
static inline Datum
change_state(FunctionCallInfo fcinfo, const EventAggregate *aggregate, bool is_removed)
{
	MlopsEventState *state = mlops_state_step(fcinfo, aggregate->class, NULL);
	const MlopsAllocator *allocator = mlops_state_allocator(state);
	MlopsNonfinite on_nonfinite = aggregate->nonfinite_arg == 0 ?
									  MLOPS_NONFINITE_ERROR :
									  mlops_agg_nonfinite(fcinfo, aggregate->nonfinite_arg);
	int64_t parameters[MLOPS_EVENT_PARAMETERS] = { 0 };
	MlopsEventRow row = { 0 };
	MlopsStatus status;

	if (aggregate->read_parameters != NULL)
		aggregate->read_parameters(fcinfo, (int64 *) parameters);
	if (mlops_event_state_is_empty(state))
		mlops_event_state_begin(state, aggregate->kind, on_nonfinite, parameters);
	else if (!mlops_event_state_is_begun(state, on_nonfinite, parameters))
		mlops_agg_report_changed(aggregate->parameter_names);
	aggregate->read_row(fcinfo, (const int64 *) parameters, on_nonfinite, &row);
	status = is_removed ? mlops_event_state_remove(state, &row, allocator, mlops_hooks_cancel()) :
						  mlops_event_state_add(state, &row, allocator);
	mlops_agg_check_change(state, status, NULL);
	return mlops_state_datum(state);
}

#define EVENT_FUNCTION(name, aggregate, is_removed)                                                \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return change_state(fcinfo, &(aggregate), is_removed);                                     \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

EVENT_FUNCTION(mlops_gap_step, gaps, false);
EVENT_FUNCTION(mlops_gap_inverse, gaps, true);
EVENT_FUNCTION(mlops_streak_step, streaks, false);
EVENT_FUNCTION(mlops_streak_inverse, streaks, true);
EVENT_FUNCTION(mlops_decay_step, decay, false);
EVENT_FUNCTION(mlops_time_weight_step, time_weight, false);
EVENT_FUNCTION(mlops_time_weight_inverse, time_weight, true);
EVENT_FUNCTION(mlops_delinquency_step, delinquency, false);
EVENT_FUNCTION(mlops_delinquency_inverse, delinquency, true);
