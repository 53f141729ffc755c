/*
 * Time since the last and the first event: recency(ts, as_of), tenure(ts, as_of).
 */
#include "postgres.h"

#include "core/elapsed.h"
#include "pg/agg_args.h"
#include "pg/agg_exact.h"
#include "pg/agg_state.h"

static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	mlops_elapsed_transfer(state, io);
}

static MlopsStatus
merge(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	return mlops_elapsed_merge(into, from, allocator, reason);
}

static const MlopsStateClass elapsed_class = { .type_name = "_elapsed_state",
											   .magic = 'L',
											   .version = 1,
											   .state_bytes = sizeof(MlopsElapsed),
											   .transfer = transfer,
											   .merge = merge };

MLOPS_STATE_TYPE(elapsed_state, &elapsed_class);

/* Begin an empty state with the as_of of this call, or check that it has the same. */
static void
take_as_of(FunctionCallInfo fcinfo, MlopsElapsed *elapsed, bool is_moving)
{
	int64 as_of;

	mlops_agg_check_not_null(fcinfo, 2, "as_of");
	as_of = mlops_agg_time(PG_GETARG_DATUM(2), "as_of");
	if (mlops_elapsed_is_empty(elapsed))
		mlops_state_check(
			elapsed, mlops_elapsed_begin(elapsed, as_of, is_moving, mlops_state_allocator(elapsed)),
			NULL);
	else if (elapsed->as_of != as_of)
		mlops_agg_report_changed("as_of");
}

static Datum
add_row(FunctionCallInfo fcinfo, bool is_moving)
{
	MlopsElapsed *elapsed = mlops_state_step(fcinfo, &elapsed_class, NULL);
	bool is_null = PG_ARGISNULL(1);
	int64 time = is_null ? 0 : mlops_agg_time(PG_GETARG_DATUM(1), "ts");

	take_as_of(fcinfo, elapsed, is_moving);
	if (!is_null)
		mlops_agg_check_past(time, elapsed->as_of);
	mlops_state_check(
		elapsed, mlops_elapsed_add(elapsed, is_null, time, mlops_state_allocator(elapsed)), NULL);
	return mlops_state_datum(elapsed);
}

MLOPS_FUNCTION(mlops_elapsed_step);

Datum
mlops_elapsed_step(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, false);
}

MLOPS_FUNCTION(mlops_elapsed_moving_step);

Datum
mlops_elapsed_moving_step(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, true);
}

MLOPS_FUNCTION(mlops_elapsed_inverse);

Datum
mlops_elapsed_inverse(PG_FUNCTION_ARGS)
{
	MlopsElapsed *elapsed = mlops_state_step(fcinfo, &elapsed_class, NULL);

	take_as_of(fcinfo, elapsed, true);
	mlops_agg_check_change(elapsed, mlops_elapsed_remove(elapsed, PG_ARGISNULL(1)), NULL);
	return mlops_state_datum(elapsed);
}

static Datum
finish(FunctionCallInfo fcinfo, bool is_latest)
{
	float8 result = 0;
	MlopsAnswer answer = MLOPS_ANSWER_NONE;

	if (!PG_ARGISNULL(0))
		answer =
			mlops_elapsed_seconds(mlops_state_get(fcinfo, 0, &elapsed_class), is_latest, &result);
	return mlops_exact_datum(fcinfo, answer, result);
}

MLOPS_FUNCTION(mlops_recency_final);

Datum
mlops_recency_final(PG_FUNCTION_ARGS)
{
	return finish(fcinfo, true);
}

MLOPS_FUNCTION(mlops_tenure_final);

Datum
mlops_tenure_final(PG_FUNCTION_ARGS)
{
	return finish(fcinfo, false);
}
