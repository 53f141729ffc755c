/*
 * What the states of ordered aggregates say: the value of the best row, or the values of the best k.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pg/agg_ordered.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* The state of a final function, which may sort its rows; NULL for no rows. */
static MlopsOrderedState *
get_state(FunctionCallInfo fcinfo, bool has_k)
{
	union
	{
		const void *got;
		MlopsOrderedState *state;
	} ordered = { .got =
					  PG_ARGISNULL(0) ? NULL : mlops_state_get(fcinfo, 0, &mlops_ordered_class) };
	MlopsOrderedState *state = ordered.state;
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, 1);

	if (state == NULL || state->parameters.kind == MLOPS_RANKED_NONE)
		return NULL;
	if ((state->parameters.kind >= MLOPS_RANKED_FIRST) != has_k)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the state is that of another aggregate")));
	if (state->value_type.type != type)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the state has values of type %s, not of type %s",
							   format_type_be(state->value_type.type), format_type_be(type))));
	if (state->site == NULL)
		mlops_ordered_use(state,
						  mlops_ordered_site(fcinfo, (MlopsRankedKind) state->parameters.kind,
											 state->key_type.type, state->value_type.type));
	return state;
}

MLOPS_FUNCTION(mlops_ordered_value_final);

Datum
mlops_ordered_value_final(PG_FUNCTION_ARGS)
{
	const MlopsOrderedState *state = get_state(fcinfo, false);
	const MlopsRankedRow *row;

	if (state == NULL)
		PG_RETURN_NULL();
	if (state->is_moving)
		row = mlops_ranked_deque_best(&state->deque);
	else
		row = state->best.n == 0 ? NULL : &state->best.rows[0];
	if (row == NULL || !row->has_value)
		PG_RETURN_NULL();
	return row->value;
}

/* Values of rows that are sorted, the worst first. */
static Datum
make_array(const MlopsBest *best, Oid type)
{
	int n = (int) best->n;
	int lower_bound = 1;
	Datum *values = palloc((Size) n * sizeof(Datum));
	bool *nulls = palloc((Size) n * sizeof(bool));
	int16 length;
	bool is_by_value;
	char align;

	for (int i = 0; i < n; i++)
	{
		const MlopsRankedRow *row = &best->rows[n - 1 - i];

		values[i] = row->value;
		nulls[i] = !row->has_value;
	}
	get_typlenbyvalalign(type, &length, &is_by_value, &align);
	return PointerGetDatum(
		construct_md_array(values, nulls, 1, &n, &lower_bound, type, length, is_by_value, align));
}

MLOPS_FUNCTION(mlops_ordered_values_final);

Datum
mlops_ordered_values_final(PG_FUNCTION_ARGS)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsOrderedState *state = get_state(fcinfo, true);
	MlopsBest found;
	MlopsBest *best;

	if (state == NULL)
		PG_RETURN_NULL();
	best = &state->best;
	if (state->is_moving)
	{
		found = (MlopsBest){ .k = (size_t) state->parameters.k };
		best = &found;
		mlops_report_status(mlops_ranked_history_best(&state->history, &state->site->order,
													  mlops_hooks_cancel(), &allocator, best),
							NULL);
	}
	else
		mlops_best_sort(best, &state->site->order);
	if (best->n == 0)
		PG_RETURN_NULL();
	return make_array(best, state->value_type.type);
}
