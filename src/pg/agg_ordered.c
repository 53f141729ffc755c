/*
 * Extremes, values at extremes, first and last values: transitions and bytes of the state.
 *
 * A plain state keeps the best rows, whatever their order; a moving one a queue, from which the server takes rows away
 * oldest first (core/ranked_queue.h).  In the byte form a key or value stands as its wire form, in text as its text; what
 * is read goes through the type's own receive or input function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/checked.h"
#include "pg/agg_args.h"
#include "pg/agg_ordered.h"

/* ---- bytes ---- */

static void
write_rows(const MlopsOrderedState *state, MlopsStateIo *io)
{
	size_t n = state->best.n;
	MlopsRankedWire *wires = palloc0((n + 1) * sizeof(MlopsRankedWire));
	bool has_keys = mlops_ordered_has_keys(state->parameters.kind);
	MlopsImageCodec keys, values;

	if (n > 0 && has_keys)
		mlops_image_codec_write(&keys, &state->key_type, mlops_io_is_text(io));
	if (n > 0)
		mlops_image_codec_write(&values, &state->value_type, mlops_io_is_text(io));
	for (size_t i = 0; i < n; i++)
	{
		const MlopsRankedRow *row = &state->best.rows[i];
		MlopsBytes key = { "", 0 }, value = { "", 0 };

		CHECK_FOR_INTERRUPTS();
		if (has_keys)
			key = mlops_image_write(&keys, row->key);
		if (row->has_value)
			value = mlops_image_write(&values, row->value);
		wires[i] = (MlopsRankedWire){ .key = (uint8_t *) unconstify(char *, key.data),
									  .n_key_bytes = key.n_bytes,
									  .tiebreak = row->tiebreak,
									  .has_value = row->has_value,
									  .value = (uint8_t *) unconstify(char *, value.data),
									  .n_value_bytes = value.n_bytes };
	}
	mlops_io_ranked_rows(io, "rows", &state->parameters, &wires, &n);
}

/* Read a key or value of the stored form. */
static Datum
read_datum(const MlopsOrderedState *state, const MlopsImageType *type, MlopsImageCodec *codec,
		   const uint8_t *bytes, size_t n_bytes, MlopsStateIo *io)
{
	MlopsImageContext context;
	Datum datum;

	mlops_image_context_begin(&context, type, io, mlops_ordered_class.type_name);
	datum = mlops_image_read(codec, (MlopsBytes){ (const char *) bytes, (uint32) n_bytes });
	mlops_image_context_end(&context);
	if (type == &state->key_type && state->parameters.kind >= MLOPS_RANKED_FIRST &&
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(datum)))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a time is infinite");
	return datum;
}

static void
read_rows(MlopsOrderedState *state, MlopsStateIo *io)
{
	bool has_keys = mlops_ordered_has_keys(state->parameters.kind);
	MlopsRankedWire *wires;
	MlopsImageCodec keys, values;
	size_t n;

	mlops_io_ranked_rows(io, "rows", &state->parameters, &wires, &n);
	if (n > 0 && has_keys)
		mlops_image_codec_read(&keys, &state->key_type, mlops_io_is_text(io));
	if (n > 0)
		mlops_image_codec_read(&values, &state->value_type, mlops_io_is_text(io));
	for (size_t i = 0; i < n; i++)
	{
		const MlopsRankedWire *wire = &wires[i];
		MlopsRankedRow row = { .tiebreak = wire->tiebreak, .has_value = wire->has_value != 0 };

		CHECK_FOR_INTERRUPTS();
		if (has_keys)
			row.key = read_datum(state, &state->key_type, &keys, wire->key, wire->n_key_bytes, io);
		if (row.has_value)
			row.value = read_datum(state, &state->value_type, &values, wire->value,
								   wire->n_value_bytes, io);
		if (!mlops_ordered_own(&row, state, io->allocator) ||
			!mlops_best_append(&state->best, &row, io->allocator))
			mlops_io_fail(io, MLOPS_STATUS_NOMEM, "no memory for %zu rows", n);
	}
	mlops_ranked_wire_free(wires, n, io->allocator);
}

/* Whether the types are those of the kind. */
static void
check_types(const MlopsOrderedState *state, MlopsStateIo *io)
{
	int64 kind = state->parameters.kind;

	if (OidIsValid(state->value_type.type) != (kind != MLOPS_RANKED_NONE) ||
		OidIsValid(state->key_type.type) != mlops_ordered_has_keys(kind) ||
		(kind >= MLOPS_RANKED_FIRST && state->key_type.type != TIMESTAMPTZOID))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "its types are not those of its kind");
}

static void
transfer_ordered(void *opaque, int64 kind, MlopsStateIo *io)
{
	MlopsOrderedState *state = opaque;

	mlops_io_ranked_parameters(io, &state->parameters);
	mlops_image_transfer_type(&state->value_type, io, "type_schema", "type");
	mlops_image_transfer_type(&state->key_type, io, "key_type_schema", "key_type");
	if (!mlops_io_is_reading(io))
	{
		write_rows(state, io);
		return;
	}
	if (!mlops_io_failed(io))
		check_types(state, io);
	state->best.k = (size_t) state->parameters.k;
	if (!mlops_io_failed(io))
		read_rows(state, io);
}

/* ---- merging ---- */

static MlopsStatus
report_types(const MlopsImageType *into, const MlopsImageType *from, const char *what,
			 MlopsReason *reason)
{
	return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
							 "%s of type %s and of type %s cannot be merged", what,
							 format_type_be(into->type), format_type_be(from->type));
}

static MlopsStatus
check_parameters(const MlopsOrderedState *into, const MlopsOrderedState *from, MlopsReason *reason)
{
	if (into->parameters.kind != from->parameters.kind ||
		into->parameters.k != from->parameters.k ||
		into->parameters.has_tiebreak != from->parameters.has_tiebreak)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "ordered values for different arguments cannot be merged");
	if (into->value_type.type != from->value_type.type)
		return report_types(&into->value_type, &from->value_type, "values", reason);
	if (into->key_type.type != from->key_type.type)
		return report_types(&into->key_type, &from->key_type, "keys", reason);
	return MLOPS_STATUS_OK;
}

/* Give an empty state parameters and types. */
static void
begin_state(MlopsOrderedState *state, MlopsRankedParameters parameters,
			const MlopsImageType *key_type, const MlopsImageType *value_type)
{
	state->parameters = parameters;
	state->best.k = (size_t) parameters.k;
	state->value_type = *value_type;
	if (mlops_ordered_has_keys(parameters.kind))
		state->key_type = *key_type;
}

/* Add a row whose rank is known, keeping nothing of it. */
static MlopsStatus
add_row(MlopsOrderedState *state, MlopsRankedRow row, const MlopsAllocator *allocator)
{
	const MlopsRankedOrder *order = &state->site->order;
	bool is_added;

	if (!state->is_moving && !mlops_best_wants(&state->best, &row, order))
		return MLOPS_STATUS_OK;
	if (!mlops_ordered_own(&row, state, allocator))
		return MLOPS_STATUS_NOMEM;
	if (!state->is_moving)
		is_added = mlops_best_put(&state->best, &row, order, allocator);
	else if (state->parameters.kind >= MLOPS_RANKED_FIRST)
		is_added = mlops_ranked_history_add(&state->history, &row, allocator);
	else
		is_added = mlops_ranked_deque_add(&state->deque, &row, order, allocator);
	return is_added ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;
}

/* A state without a site is one into which another is copied as it is. */
static MlopsStatus
merge_ordered(void *opaque, const void *other, const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsOrderedState *into = opaque;
	const MlopsOrderedState *from = other;
	MlopsStatus status;

	if (from->parameters.kind == MLOPS_RANKED_NONE)
		return MLOPS_STATUS_OK;
	if (into->parameters.kind == MLOPS_RANKED_NONE)
		begin_state(into, from->parameters, &from->key_type, &from->value_type);
	status = check_parameters(into, from, reason);
	for (size_t i = 0; i < from->best.n && status == MLOPS_STATUS_OK; i++)
	{
		MlopsRankedRow row = from->best.rows[i];

		if (into->site != NULL)
		{
			row.rank = mlops_ordered_rank(into->site, &row);
			status = add_row(into, row, allocator);
		}
		else if (!mlops_ordered_own(&row, into, allocator) ||
				 !mlops_best_append(&into->best, &row, allocator))
			status = MLOPS_STATUS_NOMEM;
	}
	return status;
}

const MlopsStateClass mlops_ordered_class = { .type_name = "_ordered_state",
											  .magic = 0x0B,
											  .version = 1,
											  .state_bytes = sizeof(MlopsOrderedState),
											  .transfer = transfer_ordered,
											  .merge = merge_ordered };

MLOPS_STATE_FUNCTION(mlops_ordered_state_in, mlops_state_in, &mlops_ordered_class);
MLOPS_STATE_FUNCTION(mlops_ordered_state_out, mlops_state_out, &mlops_ordered_class);
MLOPS_STATE_FUNCTION(mlops_ordered_state_recv, mlops_state_recv, &mlops_ordered_class);
MLOPS_STATE_FUNCTION(mlops_ordered_state_send, mlops_state_send, &mlops_ordered_class);

MLOPS_FUNCTION(mlops_ordered_state_combine);

/* The order of rows is that of the call, which the state's own merge does not see. */
Datum
mlops_ordered_state_combine(PG_FUNCTION_ARGS)
{
	MlopsReason reason = { "" };
	MlopsOrderedState *into;
	const MlopsOrderedState *from;

	if (PG_ARGISNULL(1))
		return mlops_state_combine(fcinfo, &mlops_ordered_class);
	into = mlops_state_step(fcinfo, &mlops_ordered_class, NULL);
	from = mlops_state_get(fcinfo, 1, &mlops_ordered_class);
	if (from->parameters.kind == MLOPS_RANKED_NONE)
		return mlops_state_datum(into);
	if (into->parameters.kind == MLOPS_RANKED_NONE)
		begin_state(into, from->parameters, &from->key_type, &from->value_type);
	mlops_state_check(into, check_parameters(into, from, &reason), &reason);
	mlops_ordered_use(into, mlops_ordered_site(fcinfo, (MlopsRankedKind) into->parameters.kind,
											   into->key_type.type, into->value_type.type));
	mlops_state_check(into, merge_ordered(into, from, mlops_state_allocator(into), &reason),
					  &reason);
	return mlops_state_datum(into);
}

/* ---- transitions ---- */

/* Where a call has what; the value is always argument 1. */
typedef struct Layout
{
	int key;	  /* 0: the value is the key */
	int k;		  /* 0: there is none */
	int tiebreak; /* of calls that have one more argument */
} Layout;

static const Layout extreme_layout = { 0, 0, 2 };
static const Layout by_layout = { 2, 0, 3 };
static const Layout ends_layout = { 2, 3, 4 };

/* True if a row counts: nothing that it is ordered by is NULL. */
static inline bool
is_counted(FunctionCallInfo fcinfo, Layout layout)
{
	return !PG_ARGISNULL(layout.key > 0 ? layout.key : 1) &&
		   (PG_NARGS() <= layout.tiebreak || !PG_ARGISNULL(layout.tiebreak));
}

/* The argument k of a call, 1 if it has none. */
static inline int64
get_k(FunctionCallInfo fcinfo, Layout layout)
{
	int32 k;

	if (layout.k == 0)
		return 1;
	mlops_agg_check_not_null(fcinfo, layout.k, "k");
	k = PG_GETARG_INT32(layout.k);
	if (k < 1 || k > MLOPS_RANKED_K_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k must be between 1 and %d, not %d", MLOPS_RANKED_K_MAX, k)));
	return k;
}

/* Types of a transition's values; the state of somebody else's aggregate may have others. */
static void
check_same(const MlopsOrderedState *state, const MlopsOrderedSite *site, bool has_tiebreak)
{
	if (state->parameters.kind != site->kind || state->value_type.type != site->value_type.type ||
		(mlops_ordered_has_keys(site->kind) && state->key_type.type != site->key_type.type) ||
		state->parameters.has_tiebreak != has_tiebreak)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the state is that of another aggregate or of other types")));
}

/* The state of a transition on its first row, or one that did not come from the call before. */
static MlopsOrderedState *
begin_step(FunctionCallInfo fcinfo, MlopsRankedKind kind, Layout layout, bool is_moving)
{
	MlopsOrderedState *state = mlops_state_step(fcinfo, &mlops_ordered_class, NULL);
	const MlopsOrderedSite *site = mlops_ordered_site(
		fcinfo, kind, layout.key > 0 ? get_fn_expr_argtype(fcinfo->flinfo, layout.key) : InvalidOid,
		get_fn_expr_argtype(fcinfo->flinfo, 1));
	bool has_tiebreak = PG_NARGS() > layout.tiebreak;

	if (state->parameters.kind == MLOPS_RANKED_NONE)
		begin_state(state,
					(MlopsRankedParameters){ .kind = kind,
											 .k = get_k(fcinfo, layout),
											 .has_tiebreak = has_tiebreak },
					&site->key_type, &site->value_type);
	check_same(state, site, has_tiebreak);
	state->is_moving = is_moving;
	mlops_ordered_use(state, site);
	return state;
}

/* The short way for a state that the call before has left. */
static inline MlopsOrderedState *
get_step(FunctionCallInfo fcinfo, MlopsRankedKind kind, Layout layout, bool is_moving)
{
	MlopsOrderedState *state = mlops_state_running(fcinfo, &mlops_ordered_class);

	if (unlikely(state == NULL || state->site == NULL || state->site != fcinfo->flinfo->fn_extra))
		state = begin_step(fcinfo, kind, layout, is_moving);
	if (layout.k > 0 && unlikely(state->parameters.k != get_k(fcinfo, layout)))
		mlops_agg_report_changed("k");
	return state;
}

static inline Datum
step(FunctionCallInfo fcinfo, MlopsRankedKind kind, Layout layout, bool is_moving)
{
	MlopsOrderedState *state = get_step(fcinfo, kind, layout, is_moving);
	MlopsRankedRow row = { .has_value = !PG_ARGISNULL(1) };

	if (!is_counted(fcinfo, layout))
		state->n_left_out++;
	else
	{
		row.value = row.has_value ? PG_GETARG_DATUM(1) : 0;
		if (layout.k > 0)
			(void) mlops_agg_time(PG_GETARG_DATUM(layout.key), "ts");
		if (layout.key > 0)
			row.key = PG_GETARG_DATUM(layout.key);
		if (PG_NARGS() > layout.tiebreak)
			row.tiebreak = PG_GETARG_INT64(layout.tiebreak);
		row.rank = mlops_ordered_rank(state->site, &row);
		mlops_state_check(state, add_row(state, row, mlops_state_allocator(state)), NULL);
	}
	return mlops_state_datum(state);
}

static inline Datum
take_away(FunctionCallInfo fcinfo, Layout layout)
{
	MlopsOrderedState *state = mlops_state_step(fcinfo, &mlops_ordered_class, NULL);
	const MlopsAllocator *allocator = mlops_state_allocator(state);

	if (!is_counted(fcinfo, layout))
		mlops_agg_check_change(state, mlops_checked_count_row(&state->n_left_out, -1, PG_INT64_MAX),
							   NULL);
	else if (state->site == NULL ||
			 !(state->parameters.kind >= MLOPS_RANKED_FIRST ?
				   mlops_ranked_history_remove(&state->history, &state->site->order, allocator) :
				   mlops_ranked_deque_remove(&state->deque, &state->site->order, allocator)))
		mlops_agg_check_change(state, MLOPS_STATUS_INVALID, NULL);
	return mlops_state_datum(state);
}

/* A transition, and that of moving frames. */
#define ORDERED_STEP(name, kind, layout)                                                           \
	MLOPS_FUNCTION(mlops_##name##_step);                                                           \
	Datum mlops_##name##_step(PG_FUNCTION_ARGS)                                                    \
	{                                                                                              \
		return step(fcinfo, kind, layout, false);                                                  \
	}                                                                                              \
	MLOPS_FUNCTION(mlops_##name##_moving_step);                                                    \
	Datum mlops_##name##_moving_step(PG_FUNCTION_ARGS)                                             \
	{                                                                                              \
		return step(fcinfo, kind, layout, true);                                                   \
	}                                                                                              \
	extern Datum mlops_##name##_step(PG_FUNCTION_ARGS)

ORDERED_STEP(moving_min, MLOPS_RANKED_MIN, extreme_layout);
ORDERED_STEP(moving_max, MLOPS_RANKED_MAX, extreme_layout);
ORDERED_STEP(min_by, MLOPS_RANKED_MIN_BY, by_layout);
ORDERED_STEP(max_by, MLOPS_RANKED_MAX_BY, by_layout);
ORDERED_STEP(first_values, MLOPS_RANKED_FIRST, ends_layout);
ORDERED_STEP(last_values, MLOPS_RANKED_LAST, ends_layout);

MLOPS_FUNCTION(mlops_moving_extreme_inverse);

Datum
mlops_moving_extreme_inverse(PG_FUNCTION_ARGS)
{
	return take_away(fcinfo, extreme_layout);
}

MLOPS_FUNCTION(mlops_extreme_by_inverse);

Datum
mlops_extreme_by_inverse(PG_FUNCTION_ARGS)
{
	return take_away(fcinfo, by_layout);
}

MLOPS_FUNCTION(mlops_end_values_inverse);

Datum
mlops_end_values_inverse(PG_FUNCTION_ARGS)
{
	return take_away(fcinfo, ends_layout);
}
