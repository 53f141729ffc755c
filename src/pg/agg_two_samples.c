/*
 * Aggregates of two samples: ks_test, wasserstein_distance, normalized_wasserstein_distance.
 *
 * All have one transition (core/two_samples.h), so that a query with several of them collects and
 * sorts the values once.
 */
#include "postgres.h"

#include "utils/float.h"

#include "core/two_samples.h"
#include "pg/agg_args.h"
#include "pg/agg_exact.h"
#include "pg/agg_state.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/result_row.h"

static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	mlops_two_samples_transfer(state, io);
}

static MlopsStatus
merge(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	/* its values stay; they are brought in order */
	return mlops_two_samples_merge(into, unconstify(void *, from), allocator, mlops_hooks_cancel(),
								   reason);
}

static const MlopsStateClass two_samples_class = { .type_name = "_two_samples_state",
												   .magic = 'T',
												   .version = 1,
												   .state_bytes = sizeof(MlopsTwoSamples),
												   .transfer = transfer,
												   .merge = merge };

MLOPS_STATE_TYPE(two_samples_state, &two_samples_class);

MLOPS_FUNCTION(mlops_two_samples_step);

/* A row without a value or without a side is left out. */
Datum
mlops_two_samples_step(PG_FUNCTION_ARGS)
{
	bool is_new;
	MlopsTwoSamples *state = mlops_state_step(fcinfo, &two_samples_class, &is_new);
	MlopsNonfinite on_nonfinite = mlops_agg_nonfinite(fcinfo, 3);

	if (is_new)
		state->on_nonfinite = on_nonfinite;
	else if (state->on_nonfinite != (int64) on_nonfinite)
		mlops_agg_report_changed("on_nonfinite");
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		mlops_agg_check_finite(PG_GETARG_FLOAT8(1), on_nonfinite);
		mlops_state_check(state,
						  mlops_two_samples_add(state, PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2),
												mlops_state_allocator(state)),
						  NULL);
	}
	return mlops_state_datum(state);
}

/* The state of a final function; putting its values in order does not change what it is. */
static MlopsTwoSamples *
get_state(FunctionCallInfo fcinfo)
{
	return unconstify(void *, mlops_state_get(fcinfo, 0, &two_samples_class));
}

MLOPS_FUNCTION(mlops_ks_test_final);

Datum
mlops_ks_test_final(PG_FUNCTION_ARGS)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsTestResult result;
	MlopsAnswer answer;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mlops_report_status(
		mlops_two_samples_ks(get_state(fcinfo), &allocator, mlops_hooks_cancel(), &answer, &result),
		NULL);
	if (answer == MLOPS_ANSWER_NONE)
		PG_RETURN_NULL();
	return mlops_result_row(
		fcinfo, (float8[]){ result.statistic, get_float8_nan(), result.p_value, result.effect }, 4);
}

static Datum
finish_wasserstein(FunctionCallInfo fcinfo, bool is_normalised)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	float8 result = 0;
	MlopsAnswer answer;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mlops_report_status(mlops_two_samples_wasserstein(get_state(fcinfo), is_normalised, &allocator,
													  mlops_hooks_cancel(), &answer, &result),
						NULL);
	return mlops_exact_datum(fcinfo, answer, result);
}

MLOPS_FUNCTION(mlops_wasserstein_distance_final);

Datum
mlops_wasserstein_distance_final(PG_FUNCTION_ARGS)
{
	return finish_wasserstein(fcinfo, false);
}

MLOPS_FUNCTION(mlops_normalized_wasserstein_distance_final);

Datum
mlops_normalized_wasserstein_distance_final(PG_FUNCTION_ARGS)
{
	return finish_wasserstein(fcinfo, true);
}
