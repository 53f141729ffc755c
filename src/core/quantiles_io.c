/*
 * Byte and text form of a state of quantiles.
 */
#include <math.h>

#include "core/quantiles.h"

static void
transfer_entry(MlopsStateIo *io, double *value, int64_t *count)
{
	mlops_io_group_begin(io);
	mlops_io_double(io, NULL, value);
	mlops_io_int(io, NULL, count, 1, MLOPS_ORDER_VALUES);
	mlops_io_group_end(io);
}

static void
write_values(MlopsQuantiles *state, MlopsStateIo *io)
{
	MlopsOrderCursor cursor;
	double value;
	int64_t count;

	mlops_order_cursor_begin(&cursor, &state->tree);
	while (mlops_order_cursor_next(&cursor, &value, &count))
		transfer_entry(io, &value, &count);
}

/* Values ascending, each once; the counts are of rows that can be counted. */
static void
read_values(MlopsQuantiles *state, size_t n, MlopsStateIo *io)
{
	double before = 0;

	for (size_t i = 0; i < n; i++)
	{
		double value = 0;
		int64_t count = 0;

		transfer_entry(io, &value, &count);
		if (mlops_io_failed(io))
			return;
		if (isnan(value) || (isinf(value) && state->on_nonfinite != MLOPS_NONFINITE_PROPAGATE) ||
			(value == 0 && signbit(value)) || (i > 0 && !(value > before)))
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT,
						  "value %zu, %g, does not follow in ascending order", i + 1, value);
		else if (count > MLOPS_ORDER_VALUES - state->tree.n)
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "more rows than can be counted");
		else if (!mlops_order_tree_add(&state->tree, value, count, io->allocator))
			mlops_io_fail(io, MLOPS_STATUS_NOMEM, "out of memory");
		before = value;
	}
}

void
mlops_quantiles_transfer(MlopsQuantiles *state, bool has_p, MlopsStateIo *io)
{
	size_t n = (size_t) state->tree.n_distinct;

	mlops_io_int(io, "on_nonfinite", &state->on_nonfinite, 0, MLOPS_NONFINITE_PROPAGATE);
	if (has_p)
		mlops_io_double(io, "p", &state->p);
	mlops_io_int(io, "null_count", &state->n_null, 0, MLOPS_ORDER_VALUES);
	mlops_io_int(io, "nan_count", &state->n_nan, 0, MLOPS_ORDER_VALUES);
	if (mlops_io_is_reading(io))
	{
		if (!(state->p >= 0 && state->p <= 1) || (state->p == 0 && signbit(state->p)))
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "p must be between 0 and 1, not %g", state->p);
		if (state->n_nan > 0 && state->on_nonfinite != MLOPS_NONFINITE_PROPAGATE)
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "there must be no NaN");
	}
	mlops_io_list_begin(io, "values", &n);
	if (mlops_io_is_reading(io))
		read_values(state, n, io);
	else
		write_values(state, io);
	mlops_io_list_end(io);
}
