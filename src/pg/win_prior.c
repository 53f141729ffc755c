/*
 * Window functions over the rows before: prior_count(), prior_sum(x), prior_avg(x), prior_min(x),
 * prior_max(x), prior_zscore(x).
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
 *
 * What the functions differ in is a PriorKind: how a value is taken in, and what
 * is concluded from the values read when a group begins.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "fmgr.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "core/exact_sum.h"
#include "core/zscore.h"
#include "pg/agg_args.h"
#include "pg/compat.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/peers.h"

/* What all states begin with.  They live in the memory of the partition, which the executor zeroes. */
typedef struct PriorState
{
	int64 n_read;		   /* values up to the last row read, NULL not among them */
	int64 n_prior;		   /* of these, in rows before the current group of peers */
	float8 answer;		   /* for the current group, if n_prior > 0 */
	MlopsNonfinite policy; /* of the partition, once has_policy */
	bool has_policy;
} PriorState;

typedef struct PriorKind
{
	Size state_bytes;
	void (*add)(PriorState *state, float8 value); /* a value that counts */
	void (*conclude)(PriorState *state);		  /* set answer; n_prior > 0 values are read */
} PriorKind;

MLOPS_FUNCTION(mlops_prior_count);

Datum
mlops_prior_count(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	int64 *n_prior = WinGetPartitionLocalMemory(window, sizeof(int64));

	if (mlops_begins_peer_group(window))
		*n_prior = WinGetCurrentPosition(window);
	PG_RETURN_INT64(*n_prior);
}

/* What on_nonfinite says, which must be the same in all rows of the partition. */
static void
check_policy(FunctionCallInfo fcinfo, WindowObject window, PriorState *state)
{
	MlopsNonfinite policy;
	bool is_null;
	Datum word;

	/* prior_avg(x) of 0.1.0, until the extension is updated, has no such argument */
	if (PG_NARGS() < 2 || (state->has_policy && get_fn_expr_arg_stable(fcinfo->flinfo, 1)))
		return;
	word = WinGetFuncArgCurrent(window, 1, &is_null);
	if (is_null)
		mlops_agg_report_null("on_nonfinite");
	policy = mlops_agg_nonfinite_word(DatumGetTextPP(word));
	if (state->has_policy && policy != state->policy)
		mlops_agg_report_changed("on_nonfinite");
	state->policy = policy;
	state->has_policy = true;
}

/* Take the value of the current row in, for the groups after this one; false if it does not count. */
static bool
read_value(WindowObject window, PriorState *state, const PriorKind *kind, float8 *value)
{
	bool is_null;
	Datum datum = WinGetFuncArgCurrent(window, 0, &is_null);

	if (is_null)
		return false;
	*value = DatumGetFloat8(datum);
	mlops_agg_check_finite(*value, state->policy);
	if (state->policy == MLOPS_NONFINITE_SKIP && !isfinite(*value))
		return false;
	kind->add(state, *value);
	state->n_read++;
	return true;
}

/* Go on to the current row, and take its value in; counts tells whether it has one. */
static PriorState *
advance(FunctionCallInfo fcinfo, const PriorKind *kind, float8 *value, bool *counts)
{
	WindowObject window = PG_WINDOW_OBJECT();
	PriorState *state = WinGetPartitionLocalMemory(window, kind->state_bytes);

	if (mlops_begins_peer_group(window) && state->n_prior != state->n_read)
	{
		state->n_prior = state->n_read;
		kind->conclude(state);
	}
	check_policy(fcinfo, window, state);
	*counts = read_value(window, state, kind, value);
	return state;
}

static Datum
prior_answer(FunctionCallInfo fcinfo, const PriorKind *kind)
{
	float8 value;
	bool counts;
	PriorState *state = advance(fcinfo, kind, &value, &counts);

	if (state->n_prior == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(state->answer);
}

/*
 * Sums and averages.
 */
typedef struct PriorSum
{
	PriorState base;
	MlopsExactSum sum;		  /* of the finite values read */
	MlopsAllocator allocator; /* of its limbs, in the memory of the partition */
	float8 nonfinite;		  /* sum of the others, 0 without one */
} PriorSum;

static void
add_to_sum(PriorState *state, float8 value)
{
	PriorSum *own = (PriorSum *) state;

	if (!isfinite(value))
	{
		own->nonfinite += value;
		return;
	}
	if (own->sum.n_limbs == 0)
		own->allocator = mlops_hooks_allocator(GetMemoryChunkContext(own));
	if (!mlops_exact_sum_add(&own->sum, value, &own->allocator))
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
}

/* True if an answer follows from values that are not finite; NaN has the one form of the server. */
static bool
conclude_nonfinite(PriorSum *own)
{
	if (own->nonfinite == 0)
		return false;
	own->base.answer = isnan(own->nonfinite) ? get_float8_nan() : own->nonfinite;
	return true;
}

static void
conclude_sum(PriorState *state)
{
	PriorSum *own = (PriorSum *) state;

	if (conclude_nonfinite(own))
		return;
	if (!mlops_exact_sum_round(&own->sum, &state->answer))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the exact sum of " INT64_FORMAT " values is beyond the largest double "
						"precision number, %g",
						state->n_prior, DBL_MAX),
				 errhint("Take the average, or divide the values by a constant.")));
}

static void
conclude_average(PriorState *state)
{
	PriorSum *own = (PriorSum *) state;

	if (conclude_nonfinite(own))
		return;
	if (!mlops_exact_sum_divide(&own->sum, state->n_prior, &state->answer))
		elog(ERROR, "the average of finite values is out of range");
}

/*
 * Distance from the mean in standard deviations.
 */
typedef struct PriorZscore
{
	PriorSum base;
	MlopsExactSum squares; /* of the finite values read */
	MlopsZscore zscore;	   /* for the current group, if has_spread and not is_nan */
	bool has_spread;	   /* of the current group: its rows have a distance */
	bool is_nan;		   /* .. which is NaN, because a value before is not finite */
} PriorZscore;

static void
add_to_squares(PriorState *state, float8 value)
{
	PriorZscore *own = (PriorZscore *) state;
	MlopsProduct factor;
	MlopsProduct square;

	add_to_sum(state, value);
	if (!isfinite(value))
		return;
	factor = mlops_product_of(value);
	square = mlops_product_multiply(&factor, &factor);
	if (!mlops_exact_sum_add_product(&own->squares, &square, false, &own->base.allocator))
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
}

static void
conclude_spread(PriorState *state)
{
	PriorZscore *own = (PriorZscore *) state;

	own->is_nan = own->base.nonfinite != 0;
	if (own->is_nan)
		own->has_spread = state->n_prior >= 2;
	else
		own->has_spread =
			mlops_zscore_prepare(&own->zscore, state->n_prior, &own->base.sum, &own->squares);
}

MLOPS_FUNCTION(mlops_prior_zscore);

Datum
mlops_prior_zscore(PG_FUNCTION_ARGS)
{
	static const PriorKind kind = { sizeof(PriorZscore), add_to_squares, conclude_spread };
	float8 value;
	bool counts;
	PriorZscore *own = (PriorZscore *) advance(fcinfo, &kind, &value, &counts);
	float8 distance;

	if (!counts || !own->has_spread)
		PG_RETURN_NULL();
	if (own->is_nan || isnan(value))
		PG_RETURN_FLOAT8(get_float8_nan());
	if (isinf(value))
		PG_RETURN_FLOAT8(value);
	if (!mlops_zscore_of(&own->zscore, value, &distance))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%g is more than %g standard deviations from the mean", value, DBL_MAX)));
	PG_RETURN_FLOAT8(distance);
}

/*
 * Extremes, in the order of the server, which has NaN last; -0 is told as 0.
 */
typedef struct PriorExtreme
{
	PriorState base;
	float8 extreme; /* of the values read, if there are any */
} PriorExtreme;

static void
keep_least(PriorState *state, float8 value)
{
	PriorExtreme *own = (PriorExtreme *) state;

	if (state->n_read == 0 || float8_lt(value, own->extreme))
		own->extreme = value + 0.0;
}

static void
keep_greatest(PriorState *state, float8 value)
{
	PriorExtreme *own = (PriorExtreme *) state;

	if (state->n_read == 0 || float8_gt(value, own->extreme))
		own->extreme = value + 0.0;
}

static void
conclude_extreme(PriorState *state)
{
	state->answer = ((PriorExtreme *) state)->extreme;
}

/* A window function of one number and on_nonfinite. */
#define PRIOR_FUNCTION(name, own_state, own_add, own_conclude)                                     \
	MLOPS_FUNCTION(mlops_##name);                                                                  \
	Datum mlops_##name(PG_FUNCTION_ARGS)                                                           \
	{                                                                                              \
		static const PriorKind kind = { sizeof(own_state), own_add, own_conclude };                \
		return prior_answer(fcinfo, &kind);                                                        \
	}

PRIOR_FUNCTION(prior_sum, PriorSum, add_to_sum, conclude_sum)
PRIOR_FUNCTION(prior_avg, PriorSum, add_to_sum, conclude_average)
PRIOR_FUNCTION(prior_min, PriorExtreme, keep_least, conclude_extreme)
PRIOR_FUNCTION(prior_max, PriorExtreme, keep_greatest, conclude_extreme)
