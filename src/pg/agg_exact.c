/*
 * Exact aggregates: rows of SQL to rows of core/exact_state, and back.
 *
 * An aggregate is a line of a table: the class of its state, the kind, and how a
 * row and its parameters are read.  Transition and inverse are one body.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "pg/agg_args.h"
#include "pg/agg_exact.h"

/* How an aggregate reads its arguments, which begin at 1 behind the state. */
typedef struct ExactAggregate
{
	const MlopsStateClass *class;
	MlopsExactKind kind;
	int nonfinite_arg; /* position of on_nonfinite, if the call has it */
	bool is_moving;	   /* rows will be removed */

	/* Fill row; false if this row counts nowhere. */
	bool (*read_row)(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row);

	/* Fill all that the kind has; NULL for kinds without. */
	void (*read_parameters)(FunctionCallInfo fcinfo, MlopsExactParameters *parameters);
	const char *parameter_names; /* for messages */
} ExactAggregate;

static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	mlops_exact_transfer(state, (MlopsExactKind) kind, io);
}

static MlopsStatus
merge_states(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	return mlops_exact_merge(into, from, allocator, reason);
}

const MlopsStateClass mlops_exact_class = { .type_name = "_exact_state",
											.reuse = mlops_exact_clear,
											.magic = 'E',
											.version = 1,
											.state_bytes = sizeof(MlopsExactState),
											.kind = MLOPS_EXACT_NONE,
											.transfer = transfer,
											.merge = merge_states };

const MlopsStateClass mlops_stats1d_class = { .type_name = "stats1d",
											  .magic = 'S',
											  .version = 1,
											  .state_bytes = sizeof(MlopsExactState),
											  .is_kept = true,
											  .kind = MLOPS_EXACT_STATS1D,
											  .transfer = transfer,
											  .merge = merge_states };

const MlopsStateClass mlops_stats2d_class = { .type_name = "stats2d",
											  .magic = 'P',
											  .version = 1,
											  .state_bytes = sizeof(MlopsExactState),
											  .is_kept = true,
											  .kind = MLOPS_EXACT_STATS2D,
											  .transfer = transfer,
											  .merge = merge_states };

MLOPS_STATE_TYPE(exact_state, &mlops_exact_class);
MLOPS_STATE_TYPE(stats1d, &mlops_stats1d_class);
MLOPS_STATE_TYPE(stats2d, &mlops_stats2d_class);

void
mlops_exact_check_kind(const MlopsExactState *state, MlopsExactKind kind)
{
	if (unlikely(state->kind != (int64) kind))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the state is of kind %d, that of another aggregate, not of kind %d",
							   (int) state->kind, (int) kind),
						errhint("Give a state to functions of the aggregate that made it.")));
}

Datum
mlops_exact_datum(FunctionCallInfo fcinfo, MlopsAnswer answer, float8 result)
{
	switch (answer)
	{
		case MLOPS_ANSWER_NONE:
			PG_RETURN_NULL();
		case MLOPS_ANSWER_VALUE:
			break;
		case MLOPS_ANSWER_RANGE:
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("the exact result is out of range of float8")));
			break;
		case MLOPS_ANSWER_CORRUPT:
			ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
							errmsg("no values have the sums of this state"),
							errhint("A state comes from the aggregate of its type, whole and "
									"unchanged.")));
			break;
	}
	PG_RETURN_FLOAT8(result);
}

/* A value at position n. */
static bool
read_value(FunctionCallInfo fcinfo, int n, MlopsNonfinite on_nonfinite, float8 *value)
{
	if (PG_ARGISNULL(n))
		return false;
	*value = PG_GETARG_FLOAT8(n);
	mlops_agg_check_finite(*value, on_nonfinite);
	return true;
}

static bool
read_x(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	row->is_null = !read_value(fcinfo, 1, on_nonfinite, &row->x);
	return true;
}

static bool
read_y_x(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	bool has_y = read_value(fcinfo, 1, on_nonfinite, &row->y);
	bool has_x = read_value(fcinfo, 2, on_nonfinite, &row->x);

	row->is_null = !has_y || !has_x;
	return true;
}

static bool
read_x_weight(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	bool has_x = read_value(fcinfo, 1, on_nonfinite, &row->x);
	bool has_weight = read_value(fcinfo, 2, on_nonfinite, &row->y);

	row->is_null = !has_x || !has_weight;
	if (has_weight && row->y < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must not be negative, but is %s", float8out_internal(row->y)),
				 errhint("Make weights of rows that are to be left out NULL or 0.")));
	return true;
}

static bool
read_value_time(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	bool has_value = read_value(fcinfo, 1, on_nonfinite, &row->x);

	row->is_null = !has_value || PG_ARGISNULL(2);
	if (!PG_ARGISNULL(2))
		row->t = mlops_agg_time(PG_GETARG_DATUM(2), "ts");
	return true;
}

/* A row without a time is in no window. */
static bool
read_lookback(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	return read_value_time(fcinfo, on_nonfinite, row) && !PG_ARGISNULL(2);
}

static bool
read_time(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	row->is_null = PG_ARGISNULL(1);
	if (!row->is_null)
		row->t = mlops_agg_time(PG_GETARG_DATUM(1), "ts");
	return true;
}

static bool
read_flag(FunctionCallInfo fcinfo, MlopsNonfinite on_nonfinite, MlopsExactRow *row)
{
	row->is_null = PG_ARGISNULL(1);
	row->flag = !row->is_null && PG_GETARG_BOOL(1);
	return true;
}

static void
read_unit(FunctionCallInfo fcinfo, MlopsExactParameters *parameters)
{
	parameters->unit = USECS_PER_DAY;
	if (PG_NARGS() <= 3)
		return;
	mlops_agg_check_not_null(fcinfo, 3, "unit");
	parameters->unit = mlops_agg_duration(PG_GETARG_DATUM(3), "unit");
}

static void
read_prior(FunctionCallInfo fcinfo, MlopsExactParameters *parameters)
{
	static const char *const names[] = { "a", "b" };

	for (int i = 0; PG_NARGS() > 2 && i < 2; i++)
	{
		float8 value;

		mlops_agg_check_not_null(fcinfo, 2 + i, names[i]);
		value = PG_GETARG_FLOAT8(2 + i);
		if (!(value >= 0 && isfinite(value)))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("%s must be finite and not negative, not %s", names[i],
								   float8out_internal(value)),
							errhint("a and b are numbers of rows that the rate begins with.")));
		parameters->prior[i] = value;
	}
}

static void
read_velocity_windows(FunctionCallInfo fcinfo, MlopsExactParameters *parameters)
{
	static const char *const names[] = { "short", "long" };

	mlops_agg_check_not_null(fcinfo, 2, "as_of");
	parameters->as_of = mlops_agg_time(PG_GETARG_DATUM(2), "as_of");
	parameters->n_windows = 2;
	for (int i = 0; i < 2; i++)
	{
		mlops_agg_check_not_null(fcinfo, 3 + i, names[i]);
		parameters->windows[i] = mlops_agg_duration(PG_GETARG_DATUM(3 + i), names[i]);
	}
}

/* What a call site keeps of the last array of windows: it is the same for all rows. */
typedef struct KeptWindows
{
	ArrayType *source; /* NULL before the first */
	int64 n_windows;
	int64 windows[MLOPS_EXACT_WINDOWS];
} KeptWindows;

static void
parse_windows(ArrayType *array, KeptWindows *kept)
{
	Datum *elements;
	bool *nulls;
	int n;

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] > MLOPS_EXACT_WINDOWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("windows must be an array of 1 to %d intervals, not of %d",
						MLOPS_EXACT_WINDOWS, ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)))));
	deconstruct_array(array, INTERVALOID, sizeof(Interval), false, TYPALIGN_DOUBLE, &elements,
					  &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("windows must not contain NULL")));
		kept->windows[i] = mlops_agg_duration(elements[i], "a window");
	}
	kept->n_windows = n;
}

/* The windows of this call, parsed anew only where the array is another. */
static const KeptWindows *
keep_windows(FunctionCallInfo fcinfo, ArrayType *array)
{
	KeptWindows *kept = fcinfo->flinfo->fn_extra;

	if (kept == NULL)
		kept = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeptWindows));
	if (!mlops_agg_is_same_array(kept->source, array))
	{
		parse_windows(array, kept);
		mlops_agg_keep_array(fcinfo, &kept->source, array);
	}
	return kept;
}

static void
read_lookback_windows(FunctionCallInfo fcinfo, MlopsExactParameters *parameters)
{
	const KeptWindows *kept;

	mlops_agg_check_not_null(fcinfo, 3, "as_of");
	mlops_agg_check_not_null(fcinfo, 4, "windows");
	parameters->as_of = mlops_agg_time(PG_GETARG_DATUM(3), "as_of");
	kept = keep_windows(fcinfo, PG_GETARG_ARRAYTYPE_P(4));
	parameters->n_windows = kept->n_windows;
	memcpy(parameters->windows, kept->windows, (size_t) kept->n_windows * sizeof(int64));
}

/* Begin a state, or check that it was begun with what this call says. */
static void
prepare_state(FunctionCallInfo fcinfo, const ExactAggregate *aggregate, MlopsNonfinite on_nonfinite,
			  bool is_new, MlopsExactState *state)
{
	MlopsExactParameters parameters;
	const MlopsExactParameters *given = NULL;

	if (!is_new)
		mlops_exact_check_kind(state, aggregate->kind);
	if (aggregate->read_parameters != NULL)
	{
		memset(&parameters, 0, offsetof(MlopsExactParameters, windows));
		memset(parameters.prior, 0, sizeof(parameters.prior));
		aggregate->read_parameters(fcinfo, &parameters);
		given = &parameters;
	}
	if (is_new)
		mlops_state_check(state,
						  mlops_exact_begin(state, aggregate->kind, on_nonfinite, given,
											aggregate->is_moving, mlops_state_allocator(state)),
						  NULL);
	else if (state->on_nonfinite != (int64) on_nonfinite)
		mlops_agg_report_changed("on_nonfinite");
	else if (given != NULL && !mlops_exact_same_parameters(state, on_nonfinite, given))
		mlops_agg_report_changed(aggregate->parameter_names);
}

/* Transition, or with is_removed inverse transition. */
static inline Datum
change_state(FunctionCallInfo fcinfo, const ExactAggregate *aggregate, bool is_removed)
{
	bool is_new;
	MlopsExactState *state = mlops_state_step(fcinfo, aggregate->class, &is_new);
	MlopsNonfinite on_nonfinite = mlops_agg_nonfinite(fcinfo, aggregate->nonfinite_arg);
	const MlopsAllocator *allocator = mlops_state_allocator(state);
	MlopsExactRow row = { 0 };
	MlopsStatus status;

	prepare_state(fcinfo, aggregate, on_nonfinite, is_new, state);
	if (!aggregate->read_row(fcinfo, on_nonfinite, &row))
		return mlops_state_datum(state);
	status = is_removed ? mlops_exact_remove(state, &row, allocator) :
						  mlops_exact_add(state, &row, allocator);
	mlops_agg_check_change(state, status, NULL);
	return mlops_state_datum(state);
}

static const ExactAggregate exact_sum = { .class = &mlops_exact_class,
										  .kind = MLOPS_EXACT_SUM,
										  .nonfinite_arg = 2,
										  .read_row = read_x };

static const ExactAggregate weighted_avg = { .class = &mlops_exact_class,
											 .kind = MLOPS_EXACT_WEIGHTED,
											 .nonfinite_arg = 3,
											 .read_row = read_x_weight };

static const ExactAggregate variance = { .class = &mlops_exact_class,
										 .kind = MLOPS_EXACT_VARIANCE,
										 .nonfinite_arg = 2,
										 .read_row = read_x };

static const ExactAggregate stats1d = { .class = &mlops_stats1d_class,
										.kind = MLOPS_EXACT_STATS1D,
										.nonfinite_arg = 2,
										.read_row = read_x };

static const ExactAggregate stats1d_moving = { .class = &mlops_stats1d_class,
											   .kind = MLOPS_EXACT_STATS1D,
											   .nonfinite_arg = 2,
											   .is_moving = true,
											   .read_row = read_x };

static const ExactAggregate stats2d = { .class = &mlops_stats2d_class,
										.kind = MLOPS_EXACT_STATS2D,
										.nonfinite_arg = 3,
										.read_row = read_y_x };

static const ExactAggregate trend = { .class = &mlops_exact_class,
									  .kind = MLOPS_EXACT_TREND,
									  .nonfinite_arg = 4,
									  .read_row = read_value_time,
									  .read_parameters = read_unit,
									  .parameter_names = "unit" };

static const ExactAggregate rate = { .class = &mlops_exact_class,
									 .kind = MLOPS_EXACT_RATE,
									 .nonfinite_arg = 4,
									 .read_row = read_flag,
									 .read_parameters = read_prior,
									 .parameter_names = "a and b" };

static const ExactAggregate velocity = { .class = &mlops_exact_class,
										 .kind = MLOPS_EXACT_VELOCITY,
										 .nonfinite_arg = 5,
										 .read_row = read_time,
										 .read_parameters = read_velocity_windows,
										 .parameter_names = "as_of, short and long" };

static const ExactAggregate lookback = { .class = &mlops_exact_class,
										 .kind = MLOPS_EXACT_LOOKBACK,
										 .nonfinite_arg = 5,
										 .read_row = read_lookback,
										 .read_parameters = read_lookback_windows,
										 .parameter_names = "as_of and windows" };

#define EXACT_FUNCTION(name, aggregate, is_removed)                                                \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return change_state(fcinfo, &(aggregate), is_removed);                                     \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

/* Add a finite value to a sum, or take it away; false: no memory. */
static inline bool
change_sum(MlopsExactState *state, float8 x, bool is_removed, const MlopsAllocator *allocator)
{
	state->n += is_removed ? -1 : 1;
	return is_removed ? mlops_exact_sum_subtract(&state->sums[0], x, allocator) :
						mlops_exact_sum_add(&state->sums[0], x, allocator);
}

/*
 * A finite value and a state that runs are what most calls are: on a narrow table the long way would make
 * exact_sum 1.5 times sum(float8), and this one is 1.2 times.
 */
static inline Datum
change_finite(FunctionCallInfo fcinfo, const ExactAggregate *aggregate, bool is_removed)
{
	MlopsExactState *state;
	const MlopsAllocator *allocator;
	float8 x;

	if (PG_NARGS() != 2 || PG_ARGISNULL(1) || !isfinite(PG_GETARG_FLOAT8(1)))
		return change_state(fcinfo, aggregate, is_removed);
	state = mlops_state_running(fcinfo, aggregate->class);
	if (state == NULL || state->kind != (int64) aggregate->kind ||
		state->on_nonfinite != MLOPS_NONFINITE_ERROR || (is_removed && state->n <= 0))
		return change_state(fcinfo, aggregate, is_removed);
	x = PG_GETARG_FLOAT8(1);
	allocator = mlops_state_allocator(state);
	if (!(aggregate->kind == MLOPS_EXACT_SUM ?
			  change_sum(state, x, is_removed, allocator) :
			  mlops_exact_change_value(state, x, is_removed, allocator)))
		mlops_state_check(state, MLOPS_STATUS_NOMEM, NULL);
	return PG_GETARG_DATUM(0);
}

#define FINITE_FUNCTION(name, aggregate, is_removed)                                               \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return change_finite(fcinfo, &(aggregate), is_removed);                                    \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

FINITE_FUNCTION(mlops_exact_sum_step, exact_sum, false);
FINITE_FUNCTION(mlops_exact_sum_inverse, exact_sum, true);
FINITE_FUNCTION(mlops_exact_variance_step, variance, false);
FINITE_FUNCTION(mlops_exact_variance_inverse, variance, true);
FINITE_FUNCTION(mlops_stats1d_step, stats1d, false);
FINITE_FUNCTION(mlops_stats1d_moving_step, stats1d_moving, false);
FINITE_FUNCTION(mlops_stats1d_inverse, stats1d_moving, true);
EXACT_FUNCTION(mlops_weighted_avg_step, weighted_avg, false);
EXACT_FUNCTION(mlops_weighted_avg_inverse, weighted_avg, true);
EXACT_FUNCTION(mlops_stats2d_step, stats2d, false);
EXACT_FUNCTION(mlops_stats2d_inverse, stats2d, true);
EXACT_FUNCTION(mlops_trend_step, trend, false);
EXACT_FUNCTION(mlops_trend_inverse, trend, true);
EXACT_FUNCTION(mlops_rate_step, rate, false);
EXACT_FUNCTION(mlops_rate_inverse, rate, true);
EXACT_FUNCTION(mlops_velocity_step, velocity, false);
EXACT_FUNCTION(mlops_velocity_inverse, velocity, true);
EXACT_FUNCTION(mlops_lookback_step, lookback, false);
