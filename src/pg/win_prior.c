/*
 * Window functions over the rows before: prior_count(), prior_avg(x).
 *
 * A row is before the current one if its ORDER BY value is; rows that are equal
 * in it (peers) do not count for one another and get the same answer.  So the
 * answer changes only where a group of peers begins, and there the rows read so
 * far are the ones before it:
 *
 *	row          1   2   3   4   5
 *	ORDER BY     a   b   b   c   c
 *	prior rows   0   1   1   3   3
 *
 * One pass with O(1) memory per partition; the frame clause plays no part.
 * Without ORDER BY all rows are peers and nothing is before anything.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/float.h"
#include "windowapi.h"

#include "core/exact_sum.h"
#include "pg/compat.h"

/* Lives in the memory of the partition, which the executor zeroes. */
typedef struct PriorState
{
	int64 n_read;	   /* rows with a value up to the last row read */
	int64 n_prior;	   /* of these, rows before the current group of peers */
	float8 average;	   /* of the values before the current group, if n_prior > 0 */
	MlopsExactSum sum; /* of all values read */
	int64 limbs[MLOPS_EXACT_SUM_LIMBS];
} PriorState;

/* True if the current row begins a group of peers; lets go of the rows that are not needed again. */
static bool
begins_group(WindowObject window)
{
	int64 position = WinGetCurrentPosition(window);
	bool is_first = position == 0 || !WinRowsArePeers(window, position - 1, position);

	WinSetMarkPosition(window, position);
	return is_first;
}

MLOPS_FUNCTION(mlops_prior_count);

Datum
mlops_prior_count(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	int64 *n_prior = WinGetPartitionLocalMemory(window, sizeof(int64));

	if (begins_group(window))
		*n_prior = WinGetCurrentPosition(window);
	PG_RETURN_INT64(*n_prior);
}

static void
check_finite(float8 value)
{
	if (!isfinite(value))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("prior_avg: value must be finite, not %s",
							   isnan(value) ? "NaN" : (value > 0 ? "Infinity" : "-Infinity")),
						errhint("Make such values NULL, which are left out.")));
}

/* Take the value of the current row in, for the groups after this one. */
static void
read_value(WindowObject window, PriorState *state)
{
	bool is_null;
	Datum value = WinGetFuncArgCurrent(window, 0, &is_null);

	if (is_null)
		return;
	check_finite(DatumGetFloat8(value));
	if (state->sum.limbs == NULL)
		mlops_exact_sum_place(&state->sum, state->limbs);
	(void) mlops_exact_sum_add(&state->sum, DatumGetFloat8(value), NULL);
	state->n_read++;
}

/* The average of all rows read is what the rows of a new group have before them. */
static void
begin_group(PriorState *state)
{
	if (state->n_prior == state->n_read)
		return;
	state->n_prior = state->n_read;
	if (!mlops_exact_sum_divide(&state->sum, state->n_read, &state->average))
		elog(ERROR, "the average of finite values is out of range");
}

MLOPS_FUNCTION(mlops_prior_avg);

Datum
mlops_prior_avg(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	PriorState *state = WinGetPartitionLocalMemory(window, sizeof(PriorState));

	if (begins_group(window))
		begin_group(state);
	read_value(window, state);
	if (state->n_prior == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(state->average);
}
