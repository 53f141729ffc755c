/*
 * States made of counts and exact sums: their fields, and what is wrong with foreign ones.
 */
#include <math.h>

#include "core/checked.h"
#include "core/exact_state.h"

static void
transfer_counts(MlopsExactState *state, MlopsStateIo *io)
{
	mlops_io_int(io, "on_nonfinite", &state->on_nonfinite, 0, MLOPS_NONFINITE_PROPAGATE);
	mlops_io_int(io, "n", &state->n, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "null_count", &state->n_null, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "nan_count", &state->n_nan, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "plus_infinity_count", &state->n_plus, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "minus_infinity_count", &state->n_minus, 0, MLOPS_ROWS_MAX);
}

static void
transfer_extremes(MlopsExactState *state, MlopsStateIo *io)
{
	double minimum = state->n > 0 && !mlops_io_is_reading(io) ? mlops_exact_minimum(state) : 0;
	double maximum = state->n > 0 && !mlops_io_is_reading(io) ? mlops_exact_maximum(state) : 0;

	mlops_io_double(io, "min", &minimum);
	mlops_io_double(io, "max", &maximum);
	if (!mlops_io_is_reading(io))
		return;
	if (!isfinite(minimum) || !isfinite(maximum) || minimum > maximum ||
		(state->n == 0 && (minimum != 0 || maximum != 0)))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "min %g and max %g do not fit together", minimum,
					  maximum);
	state->minimum = minimum + 0.0;
	state->maximum = maximum + 0.0;
}

static void
transfer_sums(MlopsExactState *state, MlopsExactKind kind, MlopsStateIo *io)
{
	const int32_t *degrees;
	size_t n_sums = (size_t) mlops_exact_degrees(kind, &degrees);
	size_t n = n_sums;

	mlops_io_list_begin(io, "sums", &n);
	if (n != n_sums)
	{
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "there must be %zu sums, not %zu", n_sums, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
	{
		mlops_io_sum(io, NULL, &state->sums[i], degrees[i]);
		if (mlops_io_is_reading(io) && state->n == 0 && state->sums[i].n_limbs > 0)
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "the sum of no rows must be 0");
	}
	mlops_io_list_end(io);
}

/* Windows in the caller's order; not more than can be, nor shorter than a microsecond. */
static void
transfer_windows(MlopsExactParameters *parameters, MlopsExactKind kind, MlopsStateIo *io)
{
	size_t n = (size_t) parameters->n_windows;
	bool is_velocity = kind == MLOPS_EXACT_VELOCITY;

	mlops_io_int(io, "as_of", &parameters->as_of, INT64_MIN, INT64_MAX);
	mlops_io_list_begin(io, "windows", &n);
	if (n == 0 || n > MLOPS_EXACT_WINDOWS || (is_velocity && n != 2))
	{
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "there must not be %zu windows", n);
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		mlops_io_int(io, NULL, &parameters->windows[i], 1, INT64_MAX);
	mlops_io_list_end(io);
	parameters->n_windows = (int64_t) n;
}

static void
transfer_parameters(MlopsExactState *state, MlopsExactKind kind, MlopsStateIo *io)
{
	MlopsExactParameters *parameters = state->parameters;

	if (mlops_io_is_reading(io))
	{
		parameters = mlops_alloc_zero(io->allocator, 1, sizeof(MlopsExactParameters));
		if (parameters == NULL)
		{
			mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
			return;
		}
		state->parameters = parameters;
	}
	if (kind == MLOPS_EXACT_TREND)
		mlops_io_int(io, "unit", &parameters->unit, 1, INT64_MAX);
	else if (kind == MLOPS_EXACT_RATE)
	{
		mlops_io_double(io, "a", &parameters->prior[0]);
		mlops_io_double(io, "b", &parameters->prior[1]);
		for (int i = 0; i < 2; i++)
		{
			if (!isfinite(parameters->prior[i]) || parameters->prior[i] < 0)
				mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a and b must be finite and not negative");
		}
	}
	else
		transfer_windows(parameters, kind, io);
}

static void
transfer_tallies(MlopsExactState *state, MlopsStateIo *io)
{
	mlops_io_int(io, "count", &state->counts[0], 0, state->n);
	mlops_io_int(io, "count_long", &state->counts[1], 0, state->n);
}

static void
transfer_parts(MlopsExactState *state, MlopsStateIo *io)
{
	size_t n = (size_t) state->parameters->n_windows;

	if (mlops_io_is_reading(io) && !mlops_io_failed(io) &&
		mlops_exact_begin_parts(state, io->allocator) != MLOPS_STATUS_OK)
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
	mlops_io_list_begin(io, "parts", &n);
	if (mlops_io_is_reading(io) && n != (size_t) state->parameters->n_windows)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "there must be a part for each window, not %zu", n);
	for (size_t i = 0; i < n && !mlops_io_failed(io); i++)
	{
		mlops_io_record_begin(io);
		mlops_exact_transfer(&state->parts[i], MLOPS_EXACT_STATS1D, io);
		mlops_io_record_end(io);
	}
	mlops_io_list_end(io);
}

static bool
has_parameters(MlopsExactKind kind)
{
	return kind >= MLOPS_EXACT_TREND && kind <= MLOPS_EXACT_LOOKBACK;
}

void
mlops_exact_transfer(MlopsExactState *state, MlopsExactKind kind, MlopsStateIo *io)
{
	if (kind == MLOPS_EXACT_NONE)
	{
		mlops_io_int(io, "kind", &state->kind, MLOPS_EXACT_SUM, MLOPS_EXACT_VARIANCE);
		kind = (MlopsExactKind) state->kind;
	}
	if (mlops_io_is_reading(io))
		state->kind = kind;
	transfer_counts(state, io);
	if (has_parameters(kind) && !mlops_io_failed(io))
		transfer_parameters(state, kind, io);
	if (kind == MLOPS_EXACT_RATE || kind == MLOPS_EXACT_VELOCITY)
		transfer_tallies(state, io);
	if (kind == MLOPS_EXACT_STATS1D)
		transfer_extremes(state, io);
	if (mlops_io_failed(io))
		return;
	if (kind == MLOPS_EXACT_LOOKBACK)
		transfer_parts(state, io);
	else
		transfer_sums(state, kind, io);
}
