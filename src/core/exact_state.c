/*
 * States made of counts and exact sums: rows in, rows out, parts together.
 */
#include <math.h>
#include <string.h>

#include "core/checked.h"
#include "core/exact_state.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

int
mlops_exact_degrees(MlopsExactKind kind, const int32_t **degrees)
{
	static const int32_t sum[] = { 1 };
	static const int32_t weighted[] = { 2, 1 };
	static const int32_t stats1d[] = { 1, 2, 3, 4 };
	static const int32_t stats2d[] = { 1, 1, 2, 2, 2 };
	static const int32_t trend[] = { 1, 0, 0, 1 };
	static const int32_t variance[] = { 1, 2 };

	switch (kind)
	{
		case MLOPS_EXACT_SUM:
			*degrees = sum;
			return COUNT(sum);
		case MLOPS_EXACT_WEIGHTED:
			*degrees = weighted;
			return COUNT(weighted);
		case MLOPS_EXACT_STATS1D:
			*degrees = stats1d;
			return COUNT(stats1d);
		case MLOPS_EXACT_STATS2D:
			*degrees = stats2d;
			return COUNT(stats2d);
		case MLOPS_EXACT_TREND:
			*degrees = trend;
			return COUNT(trend);
		case MLOPS_EXACT_VARIANCE:
			*degrees = variance;
			return COUNT(variance);
		case MLOPS_EXACT_NONE:
		case MLOPS_EXACT_RATE:
		case MLOPS_EXACT_VELOCITY:
		case MLOPS_EXACT_LOOKBACK:
			break;
	}
	*degrees = NULL;
	return 0;
}

MlopsStatus
mlops_exact_begin_parts(MlopsExactState *state, const MlopsAllocator *allocator)
{
	size_t n_parts = (size_t) state->parameters->n_windows;

	state->parts = mlops_alloc_zero(allocator, n_parts, sizeof(MlopsExactState));
	if (state->parts == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < n_parts; i++)
	{
		state->parts[i].kind = MLOPS_EXACT_STATS1D;
		state->parts[i].on_nonfinite = state->on_nonfinite;
	}
	return MLOPS_STATUS_OK;
}

void
mlops_exact_clear(void *opaque)
{
	MlopsExactState *state = opaque;
	MlopsExactState kept = *state;

	*state = (MlopsExactState){ .parameters = kept.parameters };
	for (int i = 0; i < MLOPS_EXACT_SUMS; i++)
	{
		MlopsExactSum *sum = &kept.sums[i];

		if (sum->n_limbs == 0)
			continue;
		memset(sum->limbs, 0, (size_t) sum->n_limbs * sizeof(int64_t));
		sum->n_pending = 0;
		state->sums[i] = *sum;
	}
}

MlopsStatus
mlops_exact_begin(MlopsExactState *state, MlopsExactKind kind, MlopsNonfinite on_nonfinite,
				  const MlopsExactParameters *parameters, bool is_moving,
				  const MlopsAllocator *allocator)
{
	if (state->kind != MLOPS_EXACT_NONE)
		mlops_exact_clear(state);
	state->kind = kind;
	state->on_nonfinite = on_nonfinite;
	if (is_moving && kind == MLOPS_EXACT_STATS1D)
	{
		state->extremes = mlops_alloc_zero(allocator, 1, sizeof(MlopsExtremes));
		if (state->extremes == NULL)
			return MLOPS_STATUS_NOMEM;
	}
	if (parameters == NULL)
		return MLOPS_STATUS_OK;
	if (state->parameters == NULL)
		state->parameters = mlops_alloc(allocator, 1, sizeof(MlopsExactParameters));
	if (state->parameters == NULL)
		return MLOPS_STATUS_NOMEM;
	*state->parameters = *parameters;
	return kind == MLOPS_EXACT_LOOKBACK ? mlops_exact_begin_parts(state, allocator) :
										  MLOPS_STATUS_OK;
}

bool
mlops_exact_same_parameters(const MlopsExactState *state, MlopsNonfinite on_nonfinite,
							const MlopsExactParameters *parameters)
{
	const MlopsExactParameters *own = state->parameters;

	if (state->on_nonfinite != (int64_t) on_nonfinite || (own == NULL) != (parameters == NULL))
		return false;
	if (own == NULL)
		return true;
	return own->unit == parameters->unit && own->as_of == parameters->as_of &&
		   own->n_windows == parameters->n_windows &&
		   memcmp(own->windows, parameters->windows, (size_t) own->n_windows * sizeof(int64_t)) ==
			   0 &&
		   own->prior[0] == parameters->prior[0] && own->prior[1] == parameters->prior[1];
}

/* The number that a row which is not in the sums is counted in. */
static int64_t *
count_of_nonfinite(MlopsExactState *state, double x)
{
	if (state->on_nonfinite == MLOPS_NONFINITE_SKIP)
		return &state->n_null;
	if (isnan(x))
		return &state->n_nan;
	return x > 0 ? &state->n_plus : &state->n_minus;
}

/* What a row with a part that is not finite answers by itself: a NaN, or x. */
static double
nonfinite_value(const MlopsExactState *state, const MlopsExactRow *row)
{
	switch ((MlopsExactKind) state->kind)
	{
		case MLOPS_EXACT_WEIGHTED:
			return isinf(row->y) || isnan(row->y) || row->y == 0 ? (double) NAN : row->x;
		case MLOPS_EXACT_STATS2D:
		case MLOPS_EXACT_TREND:
			return NAN;
		default:
			return row->x;
	}
}

static bool
is_finite_row(const MlopsExactState *state, const MlopsExactRow *row)
{
	return isfinite(row->x) &&
		   ((state->kind != MLOPS_EXACT_STATS2D && state->kind != MLOPS_EXACT_WEIGHTED) ||
			isfinite(row->y));
}

/* Add a product to sum i, or take it away. */
static bool
change(MlopsExactState *state, int i, const MlopsProduct *a, const MlopsProduct *b, bool is_removed,
	   const MlopsAllocator *allocator)
{
	MlopsProduct product = mlops_product_multiply(a, b);

	return mlops_exact_sum_add_product(&state->sums[i], &product, is_removed, allocator);
}

static bool
change_value(MlopsExactState *state, int i, double x, bool is_removed,
			 const MlopsAllocator *allocator)
{
	return is_removed ? mlops_exact_sum_subtract(&state->sums[i], x, allocator) :
						mlops_exact_sum_add(&state->sums[i], x, allocator);
}

/* Minimum and maximum; those of a state that is not moving only grow. */
static bool
change_extremes(MlopsExactState *state, double x, bool is_removed, const MlopsAllocator *allocator)
{
	if (state->extremes != NULL)
	{
		if (!is_removed)
			return mlops_extremes_add(state->extremes, x, allocator);
		mlops_extremes_remove(state->extremes);
		return true;
	}
	if (state->n == 0 || x < state->minimum)
		state->minimum = x + 0.0; /* -0 + 0 is 0 */
	if (state->n == 0 || x > state->maximum)
		state->maximum = x + 0.0;
	return true;
}

static bool
change_stats1d(MlopsExactState *state, double x, bool is_removed, const MlopsAllocator *allocator)
{
	MlopsProduct one = mlops_product_of(x);
	MlopsProduct two = mlops_product_multiply(&one, &one);

	return change_extremes(state, x, is_removed, allocator) &&
		   change_value(state, 0, x, is_removed, allocator) &&
		   mlops_exact_sum_add_product(&state->sums[1], &two, is_removed, allocator) &&
		   change(state, 2, &two, &one, is_removed, allocator) &&
		   change(state, 3, &two, &two, is_removed, allocator);
}

static bool
change_stats2d(MlopsExactState *state, const MlopsExactRow *row, bool is_removed,
			   const MlopsAllocator *allocator)
{
	MlopsProduct x = mlops_product_of(row->x);
	MlopsProduct y = mlops_product_of(row->y);

	return change_value(state, 0, row->x, is_removed, allocator) &&
		   change_value(state, 1, row->y, is_removed, allocator) &&
		   change(state, 2, &x, &x, is_removed, allocator) &&
		   change(state, 3, &x, &y, is_removed, allocator) &&
		   change(state, 4, &y, &y, is_removed, allocator);
}

static bool
change_trend(MlopsExactState *state, const MlopsExactRow *row, bool is_removed,
			 const MlopsAllocator *allocator)
{
	MlopsProduct v = mlops_product_of(row->x);
	MlopsProduct t = mlops_product_of_int(row->t);

	return change_value(state, 0, row->x, is_removed, allocator) &&
		   mlops_exact_sum_add_product(&state->sums[1], &t, is_removed, allocator) &&
		   change(state, 2, &t, &t, is_removed, allocator) &&
		   change(state, 3, &t, &v, is_removed, allocator);
}

static bool
change_weighted(MlopsExactState *state, const MlopsExactRow *row, bool is_removed,
				const MlopsAllocator *allocator)
{
	MlopsProduct x = mlops_product_of(row->x);
	MlopsProduct w = mlops_product_of(row->y);

	return change(state, 0, &x, &w, is_removed, allocator) &&
		   change_value(state, 1, row->y, is_removed, allocator);
}

static bool
change_variance(MlopsExactState *state, double x, bool is_removed, const MlopsAllocator *allocator)
{
	MlopsProduct factor = mlops_product_of(x);

	return change_value(state, 0, x, is_removed, allocator) &&
		   change(state, 1, &factor, &factor, is_removed, allocator);
}

/* Microseconds from t to as_of, if t is before it. */
static bool
is_before(const MlopsExactState *state, int64_t t, uint64_t *distance)
{
	if (t >= state->parameters->as_of)
		return false;
	*distance = (uint64_t) state->parameters->as_of - (uint64_t) t;
	return true;
}

static MlopsStatus
change_velocity(MlopsExactState *state, int64_t t, int64_t delta)
{
	MlopsStatus status = mlops_checked_count_row(&state->n, delta, MLOPS_ROWS_MAX);
	uint64_t distance;

	if (status != MLOPS_STATUS_OK || !is_before(state, t, &distance))
		return status;
	for (int i = 0; i < 2 && status == MLOPS_STATUS_OK; i++)
	{
		if (distance <= (uint64_t) state->parameters->windows[i])
			status = mlops_checked_count_row(&state->counts[i], delta, MLOPS_ROWS_MAX);
	}
	return status;
}

/* Sums of a row that is finite; n is still without it. */
static bool
change_sums(MlopsExactState *state, const MlopsExactRow *row, bool is_removed,
			const MlopsAllocator *allocator)
{
	switch ((MlopsExactKind) state->kind)
	{
		case MLOPS_EXACT_SUM:
			return change_value(state, 0, row->x, is_removed, allocator);
		case MLOPS_EXACT_WEIGHTED:
			return change_weighted(state, row, is_removed, allocator);
		case MLOPS_EXACT_STATS1D:
			return change_stats1d(state, row->x, is_removed, allocator);
		case MLOPS_EXACT_STATS2D:
			return change_stats2d(state, row, is_removed, allocator);
		case MLOPS_EXACT_TREND:
			return change_trend(state, row, is_removed, allocator);
		case MLOPS_EXACT_VARIANCE:
			return change_variance(state, row->x, is_removed, allocator);
		case MLOPS_EXACT_NONE:
		case MLOPS_EXACT_RATE:
		case MLOPS_EXACT_VELOCITY:
		case MLOPS_EXACT_LOOKBACK:
			break;
	}
	return true;
}

/* The shortest window of a lookback that a row is in, of equal ones the first, or NULL. */
static MlopsExactState *
find_part(MlopsExactState *state, int64_t t)
{
	const int64_t *windows = state->parameters->windows;
	uint64_t distance;
	int64_t found = -1;

	if (!is_before(state, t, &distance))
		return NULL;
	for (int64_t i = 0; i < state->parameters->n_windows; i++)
	{
		if (distance <= (uint64_t) windows[i] && (found < 0 || windows[i] < windows[found]))
			found = i;
	}
	return found < 0 ? NULL : &state->parts[found];
}

static MlopsStatus
change_row(MlopsExactState *state, const MlopsExactRow *row, bool is_removed,
		   const MlopsAllocator *allocator)
{
	int64_t delta = is_removed ? -1 : 1;

	if (state->kind == MLOPS_EXACT_LOOKBACK)
	{
		MlopsExactState *part = find_part(state, row->t);

		return part == NULL ? MLOPS_STATUS_OK : change_row(part, row, is_removed, allocator);
	}
	if (row->is_null)
		return mlops_checked_count_row(&state->n_null, delta, MLOPS_ROWS_MAX);
	if (state->kind == MLOPS_EXACT_VELOCITY)
		return change_velocity(state, row->t, delta);
	if (!is_finite_row(state, row))
		return mlops_checked_count_row(count_of_nonfinite(state, nonfinite_value(state, row)),
									   delta, MLOPS_ROWS_MAX);
	if (is_removed && state->n <= 0)
		return MLOPS_STATUS_INVALID;
	if (!change_sums(state, row, is_removed, allocator))
		return MLOPS_STATUS_NOMEM;
	state->n += delta;
	if (state->kind == MLOPS_EXACT_RATE && row->flag)
		state->counts[0] += delta;
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_exact_add(MlopsExactState *state, const MlopsExactRow *row, const MlopsAllocator *allocator)
{
	return change_row(state, row, false, allocator);
}

MlopsStatus
mlops_exact_remove(MlopsExactState *state, const MlopsExactRow *row,
				   const MlopsAllocator *allocator)
{
	return change_row(state, row, true, allocator);
}

bool
mlops_exact_change_value(MlopsExactState *state, double x, bool is_removed,
						 const MlopsAllocator *allocator)
{
	bool is_done = state->kind == MLOPS_EXACT_VARIANCE ?
					   change_variance(state, x, is_removed, allocator) :
					   change_stats1d(state, x, is_removed, allocator);

	state->n += is_removed ? -1 : 1;
	return is_done;
}

double
mlops_exact_minimum(const MlopsExactState *state)
{
	return state->extremes != NULL ? mlops_extremes_minimum(state->extremes) : state->minimum;
}

double
mlops_exact_maximum(const MlopsExactState *state)
{
	return state->extremes != NULL ? mlops_extremes_maximum(state->extremes) : state->maximum;
}

static void
merge_extremes(MlopsExactState *into, const MlopsExactState *from)
{
	if (from->kind != MLOPS_EXACT_STATS1D || from->n == 0)
		return;
	if (into->n == 0 || mlops_exact_minimum(from) < into->minimum)
		into->minimum = mlops_exact_minimum(from);
	if (into->n == 0 || mlops_exact_maximum(from) > into->maximum)
		into->maximum = mlops_exact_maximum(from);
}

/* Counts of states that fit; LIMIT for rows that no table has. */
static MlopsStatus
merge_counts(MlopsExactState *into, const MlopsExactState *from, MlopsReason *reason)
{
	if (mlops_checked_add_rows(&into->n, from->n, MLOPS_ROWS_MAX) &&
		mlops_checked_add_rows(&into->n_null, from->n_null, MLOPS_ROWS_MAX) &&
		mlops_checked_add_rows(&into->n_nan, from->n_nan, MLOPS_ROWS_MAX) &&
		mlops_checked_add_rows(&into->n_plus, from->n_plus, MLOPS_ROWS_MAX) &&
		mlops_checked_add_rows(&into->n_minus, from->n_minus, MLOPS_ROWS_MAX) &&
		mlops_checked_add_rows(&into->counts[0], from->counts[0], MLOPS_ROWS_MAX) &&
		mlops_checked_add_rows(&into->counts[1], from->counts[1], MLOPS_ROWS_MAX))
		return MLOPS_STATUS_OK;
	return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^60 rows");
}

/* Counts and sums of states that fit. */
static MlopsStatus
merge_numbers(MlopsExactState *into, const MlopsExactState *from, const MlopsAllocator *allocator,
			  MlopsReason *reason)
{
	merge_extremes(into, from);
	for (int i = 0; i < MLOPS_EXACT_SUMS; i++)
	{
		if (!mlops_exact_sum_merge(&into->sums[i], &from->sums[i], allocator))
			return MLOPS_STATUS_NOMEM;
	}
	return merge_counts(into, from, reason);
}

/* True if no row was ever added, so that parameters mean nothing yet. */
static bool
has_no_rows(const MlopsExactState *state)
{
	return state->parameters == NULL && state->n == 0 && state->n_null == 0 && state->n_nan == 0 &&
		   state->n_plus == 0 && state->n_minus == 0;
}

MlopsStatus
mlops_exact_merge(MlopsExactState *into, const MlopsExactState *from,
				  const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsStatus status = MLOPS_STATUS_OK;

	if (has_no_rows(from))
		return MLOPS_STATUS_OK;
	if (has_no_rows(into))
		status = mlops_exact_begin(into, (MlopsExactKind) from->kind,
								   (MlopsNonfinite) from->on_nonfinite, from->parameters, false,
								   allocator);
	else if (into->kind != from->kind ||
			 !mlops_exact_same_parameters(into, (MlopsNonfinite) from->on_nonfinite,
										  from->parameters))
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states of different parameters cannot be merged");
	if (status == MLOPS_STATUS_OK)
		status = merge_numbers(into, from, allocator, reason);
	for (int i = 0;
		 status == MLOPS_STATUS_OK && from->parts != NULL && i < from->parameters->n_windows; i++)
		status = merge_numbers(&into->parts[i], &from->parts[i], allocator, reason);
	return status;
}

MlopsStatus
mlops_exact_window(const MlopsExactState *state, int i, const MlopsAllocator *allocator,
				   MlopsReason *reason, MlopsExactState *result)
{
	const MlopsExactParameters *parameters = state->parameters;
	MlopsStatus status = MLOPS_STATUS_OK;

	*result = (MlopsExactState){ .kind = MLOPS_EXACT_STATS1D, .on_nonfinite = state->on_nonfinite };
	for (int k = 0; status == MLOPS_STATUS_OK && k < parameters->n_windows; k++)
	{
		/* what is in a shorter window is in this one too */
		if (parameters->windows[k] <= parameters->windows[i])
			status = merge_numbers(result, &state->parts[k], allocator, reason);
	}
	return status;
}
