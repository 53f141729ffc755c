/*
 * Quantiles: quantile_agg with its accessors, and in one step median, interquartile_range,
 * median_abs_deviation and exact_quantile.
 *
 * All run on core/quantiles.h.  mlops.quantile_state is the state that users keep; the aggregates that
 * answer with a number share mlops._order_state, which also holds p.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "core/quantiles.h"
#include "pg/agg_args.h"
#include "pg/agg_exact.h"
#include "pg/agg_state.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* Kinds of states: of values, and of values and p. */
enum
{
	KIND_VALUES,
	KIND_VALUES_AND_P
};

static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	mlops_quantiles_transfer(state, kind == KIND_VALUES_AND_P, io);
}

static MlopsStatus
merge(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	return mlops_quantiles_merge(into, from, allocator, mlops_hooks_cancel(), reason);
}

static const MlopsStateClass quantile_class = { .type_name = "quantile_state",
												.magic = 'Q',
												.version = 1,
												.state_bytes = sizeof(MlopsQuantiles),
												.kind = KIND_VALUES,
												.transfer = transfer,
												.merge = merge };

static const MlopsStateClass order_class = { .type_name = "_order_state",
											 .magic = 'O',
											 .version = 1,
											 .state_bytes = sizeof(MlopsQuantiles),
											 .kind = KIND_VALUES_AND_P,
											 .transfer = transfer,
											 .merge = merge };

MLOPS_STATE_TYPE(quantile_state, &quantile_class);
MLOPS_STATE_TYPE(order_state, &order_class);

/* A probability in [0, 1]; 22023 for others. */
static float8
check_probability(float8 p)
{
	if (!(p >= 0 && p <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("p must be between 0 and 1, not %s", float8out_internal(p)),
						errhint("The median is at 0.5, the 90th percentile at 0.9.")));
	return p + 0.0; /* -0 + 0 is 0 */
}

/* How an aggregate reads its arguments; the value is argument 1. */
typedef struct QuantileAggregate
{
	const MlopsStateClass *class;
	int p_arg; /* 0 if it has none */
	int nonfinite_arg;
} QuantileAggregate;

static float8
read_p(FunctionCallInfo fcinfo, const QuantileAggregate *aggregate)
{
	if (aggregate->p_arg == 0)
		return 0;
	mlops_agg_check_not_null(fcinfo, aggregate->p_arg, "p");
	return check_probability(PG_GETARG_FLOAT8(aggregate->p_arg));
}

/* Begin a state, or check that it was begun with what this call says. */
static void
prepare_state(MlopsQuantiles *state, bool is_new, MlopsNonfinite on_nonfinite, float8 p)
{
	if (is_new)
	{
		state->on_nonfinite = on_nonfinite;
		state->p = p;
	}
	else if (state->on_nonfinite != (int64) on_nonfinite)
		mlops_agg_report_changed("on_nonfinite");
	else if (state->p != p)
		mlops_agg_report_changed("p");
}

static void
change_value(MlopsQuantiles *state, float8 x, bool is_removed)
{
	const MlopsAllocator *allocator = mlops_state_allocator(state);

	mlops_agg_check_change(state,
						   is_removed ? mlops_quantiles_remove(state, x, allocator) :
										mlops_quantiles_add(state, x, allocator),
						   NULL);
}

/* Transition, or with is_removed inverse transition. */
static Datum
change_state(FunctionCallInfo fcinfo, const QuantileAggregate *aggregate, bool is_removed)
{
	bool is_new;
	MlopsQuantiles *state = mlops_state_step(fcinfo, aggregate->class, &is_new);
	MlopsNonfinite on_nonfinite = mlops_agg_nonfinite(fcinfo, aggregate->nonfinite_arg);

	prepare_state(state, is_new, on_nonfinite, read_p(fcinfo, aggregate));
	if (PG_ARGISNULL(1))
		mlops_agg_check_change(state,
							   is_removed ? mlops_quantiles_remove_null(state) :
											mlops_quantiles_add_null(state),
							   NULL);
	else
	{
		mlops_agg_check_finite(PG_GETARG_FLOAT8(1), on_nonfinite);
		change_value(state, PG_GETARG_FLOAT8(1), is_removed);
	}
	return mlops_state_datum(state);
}

/* The same by the short way, where there are no parameters and nothing is special. */
static inline Datum
change_quickly(FunctionCallInfo fcinfo, const QuantileAggregate *aggregate, bool is_removed)
{
	MlopsQuantiles *state;

	if (PG_NARGS() != 2 || PG_ARGISNULL(1) || !isfinite(PG_GETARG_FLOAT8(1)))
		return change_state(fcinfo, aggregate, is_removed);
	state = mlops_state_running(fcinfo, aggregate->class);
	if (state == NULL || state->on_nonfinite != MLOPS_NONFINITE_ERROR)
		return change_state(fcinfo, aggregate, is_removed);
	change_value(state, PG_GETARG_FLOAT8(1), is_removed);
	return PG_GETARG_DATUM(0);
}

static const QuantileAggregate quantile_agg = { .class = &quantile_class, .nonfinite_arg = 2 };
static const QuantileAggregate order_agg = { .class = &order_class, .nonfinite_arg = 2 };
static const QuantileAggregate exact_quantile = { .class = &order_class,
												  .p_arg = 2,
												  .nonfinite_arg = 3 };

#define QUANTILE_AGGREGATE(name, aggregate)                                                        \
	MLOPS_FUNCTION(mlops_##name##_step);                                                           \
	Datum mlops_##name##_step(PG_FUNCTION_ARGS)                                                    \
	{                                                                                              \
		return change_quickly(fcinfo, &(aggregate), false);                                        \
	}                                                                                              \
	MLOPS_FUNCTION(mlops_##name##_inverse);                                                        \
	Datum mlops_##name##_inverse(PG_FUNCTION_ARGS)                                                 \
	{                                                                                              \
		return change_quickly(fcinfo, &(aggregate), true);                                         \
	}                                                                                              \
	extern Datum mlops_##name##_inverse(PG_FUNCTION_ARGS)

QUANTILE_AGGREGATE(quantile, quantile_agg);
QUANTILE_AGGREGATE(order, order_agg);
QUANTILE_AGGREGATE(exact_quantile, exact_quantile);

static MlopsAnswer
answer_median(const MlopsQuantiles *state, float8 *result)
{
	return mlops_quantiles_at(state, 0.5, MLOPS_QUANTILE_TYPE_DEFAULT, result);
}

static MlopsAnswer
answer_deviation(const MlopsQuantiles *state, float8 *result)
{
	return mlops_quantiles_deviation(state, 1, result);
}

static MlopsAnswer
answer_quantile(const MlopsQuantiles *state, float8 *result)
{
	return mlops_quantiles_at(state, state->p, MLOPS_QUANTILE_TYPE_DEFAULT, result);
}

/* A final function, or an accessor without further arguments; NULL for no rows. */
static Datum
answer_state(FunctionCallInfo fcinfo, const MlopsStateClass *class,
			 MlopsAnswer (*ask)(const MlopsQuantiles *state, float8 *result))
{
	float8 result = 0;
	MlopsAnswer answer = MLOPS_ANSWER_NONE;

	if (!PG_ARGISNULL(0))
		answer = ask(mlops_state_get(fcinfo, 0, class), &result);
	return mlops_exact_datum(fcinfo, answer, result);
}

#define QUANTILE_ANSWER(name, class, ask)                                                          \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return answer_state(fcinfo, &(class), ask);                                                \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

QUANTILE_ANSWER(mlops_median_final, order_class, answer_median);
QUANTILE_ANSWER(mlops_interquartile_range_final, order_class, mlops_quantiles_interquartile);
QUANTILE_ANSWER(mlops_median_abs_deviation_final, order_class, answer_deviation);
QUANTILE_ANSWER(mlops_exact_quantile_final, order_class, answer_quantile);
QUANTILE_ANSWER(mlops_median, quantile_class, answer_median);
QUANTILE_ANSWER(mlops_interquartile_range, quantile_class, mlops_quantiles_interquartile);
QUANTILE_ANSWER(mlops_quantile_state_minimum, quantile_class, mlops_quantiles_minimum);
QUANTILE_ANSWER(mlops_quantile_state_maximum, quantile_class, mlops_quantiles_maximum);

MLOPS_FUNCTION(mlops_quantile_state_value_count);

/* Rows with a value, finite or not. */
Datum
mlops_quantile_state_value_count(PG_FUNCTION_ARGS)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);

	PG_RETURN_INT64(state->tree.n + state->n_nan);
}

MLOPS_FUNCTION(mlops_quantile_state_null_count);

Datum
mlops_quantile_state_null_count(PG_FUNCTION_ARGS)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);

	PG_RETURN_INT64(state->n_null);
}

/* Argument 2 of quantile, the rule of the position. */
static int
type_argument(FunctionCallInfo fcinfo)
{
	int32 type = PG_GETARG_INT32(2);

	if (type < MLOPS_QUANTILE_TYPE_MIN || type > MLOPS_QUANTILE_TYPE_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("type must be between %d and %d, not %d", MLOPS_QUANTILE_TYPE_MIN,
							   MLOPS_QUANTILE_TYPE_MAX, type),
						errhint("Types are those of Hyndman and Fan; %d is that of "
								"percentile_cont and numpy.",
								MLOPS_QUANTILE_TYPE_DEFAULT)));
	return type;
}

MLOPS_FUNCTION(mlops_quantile);

Datum
mlops_quantile(PG_FUNCTION_ARGS)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);
	float8 p = check_probability(PG_GETARG_FLOAT8(1));
	float8 result = 0;
	MlopsAnswer answer = mlops_quantiles_at(state, p, type_argument(fcinfo), &result);

	return mlops_exact_datum(fcinfo, answer, result);
}

MLOPS_FUNCTION(mlops_quantiles);

/* Quantiles for an array, in an array of the same shape; NULL in it gives NULL. */
Datum
mlops_quantiles(PG_FUNCTION_ARGS)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	int type = type_argument(fcinfo);
	Datum *values;
	bool *nulls;
	int n;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
					  &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		float8 result = 0;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		nulls[i] = mlops_quantiles_at(state, check_probability(DatumGetFloat8(values[i])), type,
									  &result) == MLOPS_ANSWER_NONE;
		values[i] = Float8GetDatum(result);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ARR_NDIM(array), ARR_DIMS(array),
											 ARR_LBOUND(array), FLOAT8OID, sizeof(float8),
											 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

MLOPS_FUNCTION(mlops_median_abs_deviation);

Datum
mlops_median_abs_deviation(PG_FUNCTION_ARGS)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);
	float8 scale = PG_GETARG_FLOAT8(1);
	float8 result = 0;
	MlopsAnswer answer;

	if (!(isfinite(scale) && scale > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale must be finite and above 0, not %s", float8out_internal(scale)),
				 errhint("1.4826 makes it comparable with a standard deviation.")));
	answer = mlops_quantiles_deviation(state, scale, &result);
	return mlops_exact_datum(fcinfo, answer, result);
}

/* trimmed_mean and winsorized_mean */
static Datum
mean_without_ends(FunctionCallInfo fcinfo, bool is_winsorized)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	float8 p = PG_GETARG_FLOAT8(1);
	float8 result = 0;
	MlopsAnswer answer;

	if (!(p >= 0 && p < 0.5))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("p must be at least 0 and below 0.5, not %s", float8out_internal(p)),
						errhint("p is the share of values at each end; 0.1 is the usual choice.")));
	mlops_report_status(mlops_quantiles_trimmed_mean(state, p, is_winsorized, &allocator,
													 mlops_hooks_cancel(), &answer, &result),
						NULL);
	return mlops_exact_datum(fcinfo, answer, result);
}

MLOPS_FUNCTION(mlops_trimmed_mean);

Datum
mlops_trimmed_mean(PG_FUNCTION_ARGS)
{
	return mean_without_ends(fcinfo, false);
}

MLOPS_FUNCTION(mlops_winsorized_mean);

Datum
mlops_winsorized_mean(PG_FUNCTION_ARGS)
{
	return mean_without_ends(fcinfo, true);
}

MLOPS_FUNCTION(mlops_rank_of);

Datum
mlops_rank_of(PG_FUNCTION_ARGS)
{
	const MlopsQuantiles *state = mlops_state_get(fcinfo, 0, &quantile_class);
	float8 x = PG_GETARG_FLOAT8(1);
	float8 result = 0;
	MlopsAnswer answer;

	if (isnan(x))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("x must not be NaN"),
						errhint("NaN has no place among numbers; make it NULL.")));
	answer = mlops_quantiles_rank(state, x, &result);
	return mlops_exact_datum(fcinfo, answer, result);
}
