/*
 * States made of events in time order: rows in and out, parts together, fields.
 */
#include <math.h>
#include <string.h>

#include "core/checked.h"
#include "core/event_state.h"

bool
mlops_event_state_is_empty(const MlopsEventState *state)
{
	return state->events.n == 0 && state->n_null == 0 && state->n_nan == 0 && state->n_plus == 0 &&
		   state->n_minus == 0;
}

/* Forget the parameters; the block of the events stays. */
static void
forget(MlopsEventState *state)
{
	*state = (MlopsEventState){ .events = state->events };
}

void
mlops_event_state_begin(MlopsEventState *state, MlopsEventKind kind, MlopsNonfinite on_nonfinite,
						const int64_t *parameters)
{
	forget(state);
	state->kind = kind;
	state->on_nonfinite = on_nonfinite;
	if (parameters != NULL)
		memcpy(state->parameters, parameters, sizeof(state->parameters));
}

bool
mlops_event_state_is_begun(const MlopsEventState *state, MlopsNonfinite on_nonfinite,
						   const int64_t *parameters)
{
	return state->on_nonfinite == (int64_t) on_nonfinite &&
		   (parameters == NULL ||
			memcmp(state->parameters, parameters, sizeof(state->parameters)) == 0);
}

/* True if a row is left out: for a NULL, or a value that is skipped. */
static bool
is_left_out(const MlopsEventState *state, const MlopsEventRow *row)
{
	if (row->is_null)
		return true;
	if (state->kind == MLOPS_EVENTS_STREAKS)
		return row->value == MLOPS_FLAG_NULL && state->parameters[0] == MLOPS_STREAK_SKIP;
	return !isfinite(row->value) && state->on_nonfinite == MLOPS_NONFINITE_SKIP;
}

/* Count a row that is no event, or with n = -1 one that leaves; false for an event. */
static bool
count_row(MlopsEventState *state, const MlopsEventRow *row, int64_t n, MlopsStatus *status)
{
	int64_t *count = &state->n_null;

	if (!is_left_out(state, row))
	{
		if (state->kind != MLOPS_EVENTS_DECAY || isfinite(row->value))
			return false;
		count = isnan(row->value) ? &state->n_nan :
				row->value > 0	  ? &state->n_plus :
									&state->n_minus;
	}
	*status = mlops_checked_count_row(count, n, MLOPS_ROWS_MAX);
	return true;
}

MlopsStatus
mlops_event_state_add(MlopsEventState *state, const MlopsEventRow *row,
					  const MlopsAllocator *allocator)
{
	MlopsStatus status;

	if (count_row(state, row, 1, &status))
		return status;
	return mlops_event_buffer_add(&state->events,
								  mlops_event_of(row->time, row->tiebreak, row->value), allocator) ?
			   MLOPS_STATUS_OK :
			   MLOPS_STATUS_NOMEM;
}

MlopsStatus
mlops_event_state_remove(MlopsEventState *state, const MlopsEventRow *row,
						 const MlopsAllocator *allocator, const MlopsCancel *cancel)
{
	MlopsStatus status;

	if (!count_row(state, row, -1, &status))
		status = mlops_event_buffer_remove(&state->events,
										   mlops_event_of(row->time, row->tiebreak, row->value),
										   allocator, cancel);
	if (mlops_event_state_is_empty(state))
		forget(state);
	return status;
}

MlopsStatus
mlops_event_state_merge(MlopsEventState *into, const MlopsEventState *from,
						const MlopsAllocator *allocator, MlopsReason *reason)
{
	if (mlops_event_state_is_empty(from))
		return MLOPS_STATUS_OK;
	if (mlops_event_state_is_empty(into))
		mlops_event_state_begin(into, (MlopsEventKind) from->kind,
								(MlopsNonfinite) from->on_nonfinite, from->parameters);
	else if (into->kind != from->kind ||
			 !mlops_event_state_is_begun(into, (MlopsNonfinite) from->on_nonfinite,
										 from->parameters))
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states of different parameters cannot be merged");
	if (!mlops_checked_add_rows(&into->n_null, from->n_null, MLOPS_ROWS_MAX) ||
		!mlops_checked_add_rows(&into->n_nan, from->n_nan, MLOPS_ROWS_MAX) ||
		!mlops_checked_add_rows(&into->n_plus, from->n_plus, MLOPS_ROWS_MAX) ||
		!mlops_checked_add_rows(&into->n_minus, from->n_minus, MLOPS_ROWS_MAX))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^60 rows");
	return mlops_event_buffer_merge(&into->events, &from->events, allocator) ? MLOPS_STATUS_OK :
																			   MLOPS_STATUS_NOMEM;
}

bool
mlops_event_is_zone(const char *name, size_t n)
{
	bool holds = n < MLOPS_DELINQUENCY_ZONE_BYTES;

	for (size_t i = 0; holds && i < n; i++)
		holds = name[i] >= ' ' && name[i] <= '~';
	return holds;
}

static void
transfer_zone(MlopsEventState *state, MlopsStateIo *io)
{
	char *zone = (char *) &state->parameters[MLOPS_DELINQUENCY_ZONE];
	uint8_t *bytes = (uint8_t *) zone;
	size_t n = mlops_io_is_reading(io) ? 0 : strlen(zone);

	mlops_io_bytes(io, "zone", &bytes, &n);
	if (!mlops_io_is_reading(io))
		return;
	if (!mlops_event_is_zone((const char *) bytes, n))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT,
					  "zone must be a name in ASCII of less than %d bytes",
					  MLOPS_DELINQUENCY_ZONE_BYTES);
	else if (n > 0)
		memcpy(zone, bytes, n);
	mlops_free(io->allocator, bytes);
}

static void
transfer_parameters(MlopsEventState *state, MlopsStateIo *io)
{
	int64_t *parameters = state->parameters;

	switch ((MlopsEventKind) state->kind)
	{
		case MLOPS_EVENTS_STREAKS:
			mlops_io_int(io, "on_null", &parameters[0], 0, MLOPS_STREAK_SKIP);
			break;
		case MLOPS_EVENTS_DECAY:
			mlops_io_int(io, "half_life", &parameters[MLOPS_DECAY_HALF_LIFE], 0, INT64_MAX);
			mlops_io_int(io, "as_of", &parameters[MLOPS_DECAY_AS_OF], INT64_MIN, INT64_MAX);
			break;
		case MLOPS_EVENTS_TIME_WEIGHT:
			mlops_io_int(io, "method", &parameters[MLOPS_TIME_WEIGHT_METHOD], 0,
						 MLOPS_TIME_WEIGHT_LINEAR);
			mlops_io_int(io, "range_start", &parameters[MLOPS_TIME_WEIGHT_START], INT64_MIN,
						 INT64_MAX);
			mlops_io_int(io, "range_end", &parameters[MLOPS_TIME_WEIGHT_END], INT64_MIN, INT64_MAX);
			break;
		case MLOPS_EVENTS_DELINQUENCY:
			mlops_io_int(io, "as_of", &parameters[MLOPS_DELINQUENCY_AS_OF], INT64_MIN, INT64_MAX);
			transfer_zone(state, io);
			break;
		case MLOPS_EVENTS_NONE:
		case MLOPS_EVENTS_GAPS:
			break;
	}
}

static void
transfer_counts(MlopsEventState *state, MlopsStateIo *io)
{
	if (state->kind == MLOPS_EVENTS_DECAY || state->kind == MLOPS_EVENTS_TIME_WEIGHT)
		mlops_io_int(io, "on_nonfinite", &state->on_nonfinite, 0, MLOPS_NONFINITE_PROPAGATE);
	mlops_io_int(io, "null_count", &state->n_null, 0, MLOPS_ROWS_MAX);
	if (state->kind != MLOPS_EVENTS_DECAY)
		return;
	mlops_io_int(io, "nan_count", &state->n_nan, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "plus_infinity_count", &state->n_plus, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "minus_infinity_count", &state->n_minus, 0, MLOPS_ROWS_MAX);
}

static MlopsEventFields
fields_of(MlopsEventKind kind)
{
	return kind == MLOPS_EVENTS_GAPS		? MLOPS_EVENT_TIMES :
		   kind == MLOPS_EVENTS_STREAKS		? MLOPS_EVENT_FLAGS :
		   kind == MLOPS_EVENTS_DELINQUENCY ? MLOPS_EVENT_DAYS :
											  MLOPS_EVENT_VALUES;
}

/* What the fields of a state that was read must be to one another. */
static bool
has_valid_parameters(const MlopsEventState *state)
{
	static const int64_t none[MLOPS_EVENT_PARAMETERS] = { 0 };
	const int64_t *parameters = state->parameters;

	if (mlops_event_state_is_empty(state))
		return state->on_nonfinite == 0 && memcmp(parameters, none, sizeof(none)) == 0;
	if (state->kind != MLOPS_EVENTS_GAPS && parameters[0] == 0)
		return false;
	return state->kind != MLOPS_EVENTS_TIME_WEIGHT ||
		   parameters[MLOPS_TIME_WEIGHT_START] < parameters[MLOPS_TIME_WEIGHT_END];
}

/* The parameter that no event may be after, -1 for a kind without one. */
static int
as_of_place(int64_t kind)
{
	return kind == MLOPS_EVENTS_DECAY		? MLOPS_DECAY_AS_OF :
		   kind == MLOPS_EVENTS_DELINQUENCY ? MLOPS_DELINQUENCY_AS_OF :
											  -1;
}

static bool
has_valid_events(const MlopsEventState *state)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	int as_of = as_of_place(state->kind);

	if (as_of >= 0)
		return state->events.n == 0 || events[state->events.n - 1].time <= state->parameters[as_of];
	for (size_t i = 0; state->kind == MLOPS_EVENTS_STREAKS && i < state->events.n; i++)
	{
		if (events[i].value == MLOPS_FLAG_NULL && state->parameters[0] == MLOPS_STREAK_SKIP)
			return false;
	}
	return true;
}

/* Infinite values are counted only where they are to be propagated. */
static bool
has_valid_counts(const MlopsEventState *state)
{
	return state->on_nonfinite == MLOPS_NONFINITE_PROPAGATE ||
		   (state->n_nan == 0 && state->n_plus == 0 && state->n_minus == 0);
}

void
mlops_event_state_transfer(MlopsEventState *state, MlopsEventKind kind, MlopsStateIo *io)
{
	if (kind == MLOPS_EVENTS_NONE)
	{
		mlops_io_int(io, "kind", &state->kind, MLOPS_EVENTS_NONE, MLOPS_EVENTS_DELINQUENCY);
		kind = (MlopsEventKind) state->kind;
		if (kind == MLOPS_EVENTS_NONE || mlops_io_failed(io))
			return;
	}
	state->kind = kind;
	transfer_parameters(state, io);
	transfer_counts(state, io);
	mlops_io_events(io, "events", &state->events, fields_of(kind),
					kind == MLOPS_EVENTS_TIME_WEIGHT &&
						state->on_nonfinite == MLOPS_NONFINITE_PROPAGATE);
	if (!mlops_io_is_reading(io) || mlops_io_failed(io))
		return;
	if (!has_valid_parameters(state))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "parameters and rows do not fit together");
	else if (!has_valid_counts(state))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT,
					  "values that are not finite are counted without 'propagate'");
	else if (!has_valid_events(state))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "events and parameters do not fit together");
}
