/*
 * Two samples of numbers, and how far they are apart.
 */
#include <math.h>

#include "core/smirnov.h"
#include "core/two_samples.h"

/* Values between two questions whether to stop. */
#define VALUES_PER_CHECK 65536

MlopsStatus
mlops_two_samples_add(MlopsTwoSamples *state, double x, bool is_reference,
					  const MlopsAllocator *allocator)
{
	if (!isfinite(x) && state->on_nonfinite == MLOPS_NONFINITE_SKIP)
		return MLOPS_STATUS_OK;
	if (isnan(x))
		state->n_nan++;
	else if (!mlops_sorted_buffer_add(&state->sides[is_reference], x, allocator))
		return MLOPS_STATUS_NOMEM;
	return MLOPS_STATUS_OK;
}

static bool
has_no_rows(const MlopsTwoSamples *state)
{
	return state->sides[0].n == 0 && state->sides[1].n == 0 && state->n_nan == 0;
}

static bool
settle(MlopsTwoSamples *state, const MlopsAllocator *allocator)
{
	return mlops_sorted_buffer_settle(&state->sides[0], allocator) &&
		   mlops_sorted_buffer_settle(&state->sides[1], allocator);
}

MlopsStatus
mlops_two_samples_merge(MlopsTwoSamples *into, MlopsTwoSamples *from,
						const MlopsAllocator *allocator, const MlopsCancel *cancel,
						MlopsReason *reason)
{
	if (has_no_rows(from))
		return MLOPS_STATUS_OK;
	if (has_no_rows(into))
		into->on_nonfinite = from->on_nonfinite;
	else if (into->on_nonfinite != from->on_nonfinite)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states of different parameters cannot be merged");
	if (into->n_nan > MLOPS_SORTED_VALUES - from->n_nan)
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more rows than can be counted");
	if (!settle(from, allocator))
		return MLOPS_STATUS_NOMEM;
	into->n_nan += from->n_nan;
	for (int side = 0; side < 2; side++)
	{
		MlopsStatus status;

		if (into->sides[side].n > MLOPS_SORTED_VALUES - from->sides[side].n)
			return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more rows than can be counted");
		status =
			mlops_sorted_buffer_merge(&into->sides[side], &from->sides[side], allocator, cancel);
		if (status != MLOPS_STATUS_OK)
			return status;
	}
	return MLOPS_STATUS_OK;
}

void
mlops_two_samples_transfer(MlopsTwoSamples *state, MlopsStateIo *io)
{
	bool takes_infinities;

	mlops_io_int(io, "on_nonfinite", &state->on_nonfinite, 0, MLOPS_NONFINITE_PROPAGATE);
	mlops_io_int(io, "nan_count", &state->n_nan, 0, MLOPS_SORTED_VALUES);
	takes_infinities = state->on_nonfinite == MLOPS_NONFINITE_PROPAGATE;
	if (mlops_io_is_reading(io) && state->n_nan > 0 && !takes_infinities)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "there must be no NaN");
	mlops_io_sorted(io, "current", &state->sides[0], takes_infinities);
	mlops_io_sorted(io, "reference", &state->sides[1], takes_infinities);
}

/* Both sides gone through together. */
typedef struct Walk
{
	MlopsSortedCursor cursors[2];
	MlopsSortedEntry heads[2];
	bool has[2];
	int64_t n_until[2]; /* values at most x */
	int64_t n[2];
	double x;
	size_t n_steps;
} Walk;

static Walk
begin_walk(const MlopsTwoSamples *state)
{
	Walk walk = { 0 };

	for (int side = 0; side < 2; side++)
	{
		walk.cursors[side] = mlops_sorted_cursor(&state->sides[side]);
		walk.has[side] = mlops_sorted_cursor_next(&walk.cursors[side], &walk.heads[side]);
		walk.n[side] = state->sides[side].n;
	}
	return walk;
}

/* Go to the next distinct value of both. */
static bool
step(Walk *walk)
{
	if (!walk->has[0] && !walk->has[1])
		return false;
	if (walk->has[0] && (!walk->has[1] || walk->heads[0].value <= walk->heads[1].value))
		walk->x = walk->heads[0].value;
	else
		walk->x = walk->heads[1].value;
	for (int side = 0; side < 2; side++)
	{
		if (!walk->has[side] || walk->heads[side].value != walk->x)
			continue;
		walk->n_until[side] += walk->heads[side].count;
		walk->has[side] = mlops_sorted_cursor_next(&walk->cursors[side], &walk->heads[side]);
	}
	walk->n_steps++;
	return true;
}

static bool
is_stopped(const Walk *walk, const MlopsCancel *cancel)
{
	return walk->n_steps % VALUES_PER_CHECK == 0 && mlops_cancelled(cancel);
}

/* w at the value where a walk is. */
static MlopsUint128
weight_at(const Walk *walk)
{
	MlopsUint128 current = (MlopsUint128) walk->n_until[0] * (uint64_t) walk->n[1];
	MlopsUint128 reference = (MlopsUint128) walk->n_until[1] * (uint64_t) walk->n[0];

	return current > reference ? current - reference : reference - current;
}

static void
set_big(MlopsUint128 value, MlopsBig *big)
{
	*big = (MlopsBig){ .sign = 1, .n_digits = 4 };
	for (int i = 0; i < 4; i++)
		big->digits[i] = (uint32_t) (value >> (32 * i));
	mlops_big_trim(big);
}

/* Answers that do not look at the values. */
static bool
is_answered(const MlopsTwoSamples *state, MlopsAnswer *answer)
{
	*answer = MLOPS_ANSWER_NONE;
	if (state->n_nan > 0)
		*answer = MLOPS_ANSWER_VALUE;
	return state->n_nan > 0 || state->sides[0].n == 0 || state->sides[1].n == 0;
}

MlopsStatus
mlops_two_samples_ks(MlopsTwoSamples *state, const MlopsAllocator *allocator,
					 const MlopsCancel *cancel, MlopsAnswer *answer, MlopsTestResult *result)
{
	MlopsBig above, below;
	MlopsUint128 most = 0;
	Walk walk;

	*result = (MlopsTestResult){ .statistic = (double) NAN,
								 .p_value = (double) NAN,
								 .effect = (double) NAN };
	if (is_answered(state, answer))
		return MLOPS_STATUS_OK;
	if (!settle(state, allocator))
		return MLOPS_STATUS_NOMEM;
	walk = begin_walk(state);
	while (step(&walk))
	{
		MlopsUint128 weight = weight_at(&walk);

		most = weight > most ? weight : most;
		if (is_stopped(&walk, cancel))
			return MLOPS_STATUS_CANCELLED;
	}
	set_big(most, &above);
	set_big((MlopsUint128) walk.n[0] * (uint64_t) walk.n[1], &below);
	(void) mlops_big_ratio(&above, &below, &result->statistic);
	*answer = MLOPS_ANSWER_VALUE;
	return mlops_smirnov_p_value(walk.n, most, result->statistic, allocator, &result->p_value);
}

/* Add w x to a sum, or take it away. */
static bool
add_weighted(MlopsExactSum *sum, double x, MlopsUint128 weight, bool is_removed,
			 const MlopsAllocator *allocator)
{
	MlopsProduct value = mlops_product_of(x);
	MlopsProduct factor = { .words = { (uint64_t) weight, (uint64_t) (weight >> 64) },
							.n_words = weight >> 64 == 0 ? 1 : 2 };
	MlopsProduct product = mlops_product_multiply(&value, &factor);

	return mlops_exact_sum_add_product(sum, &product, is_removed, allocator);
}

/* Sum of w (x' - x); is_infinite if shares differ at an infinity. */
static MlopsStatus
sum_areas(const MlopsTwoSamples *state, const MlopsAllocator *allocator, const MlopsCancel *cancel,
		  MlopsExactSum *sum, bool *is_infinite)
{
	Walk walk = begin_walk(state);
	MlopsUint128 weight = 0;
	double before = 0;

	*is_infinite = false;
	while (step(&walk))
	{
		if (weight != 0 && (isinf(before) || isinf(walk.x)))
		{
			*is_infinite = true;
			return MLOPS_STATUS_OK;
		}
		if (weight != 0 && (!add_weighted(sum, walk.x, weight, false, allocator) ||
							!add_weighted(sum, before, weight, true, allocator)))
			return MLOPS_STATUS_NOMEM;
		before = walk.x;
		weight = weight_at(&walk);
		if (is_stopped(&walk, cancel))
			return MLOPS_STATUS_CANCELLED;
	}
	return MLOPS_STATUS_OK;
}

/* M2 = N sum x^2 - (sum x)^2 of the reference, which is finite. */
static MlopsStatus
get_variation(const MlopsSortedBuffer *side, const MlopsAllocator *allocator,
			  const MlopsCancel *cancel, MlopsBig *m2)
{
	MlopsSortedCursor cursor = mlops_sorted_cursor(side);
	MlopsExactSum sums[2] = { { 0 }, { 0 } };
	MlopsSortedEntry entry;
	MlopsBig a, b, square;
	MlopsStatus status = MLOPS_STATUS_OK;
	size_t n_steps = 0;

	while (status == MLOPS_STATUS_OK && mlops_sorted_cursor_next(&cursor, &entry))
	{
		MlopsProduct x = mlops_product_of(entry.value);
		MlopsProduct count = mlops_product_of_int(entry.count);
		MlopsProduct one = mlops_product_multiply(&x, &count);
		MlopsProduct two = mlops_product_multiply(&one, &x);

		if (!mlops_exact_sum_add_product(&sums[0], &one, false, allocator) ||
			!mlops_exact_sum_add_product(&sums[1], &two, false, allocator))
			status = MLOPS_STATUS_NOMEM;
		else if (n_steps++ % VALUES_PER_CHECK == 0 && mlops_cancelled(cancel))
			status = MLOPS_STATUS_CANCELLED;
	}
	mlops_exact_sum_get(&sums[0], 1, &a);
	mlops_big_multiply(&a, &a, &square);
	mlops_exact_sum_get(&sums[1], 2, &b);
	mlops_big_scale(&b, side->n, &a);
	mlops_big_subtract(&a, &square, m2);
	mlops_free(allocator, sums[0].limbs);
	mlops_free(allocator, sums[1].limbs);
	return status;
}

/*
 * W1 / max(sd, 0.001) with W1 = S / (n N) and sd^2 = M2 / (N (N - 1)): the square root of
 * S^2 (N - 1) / (n^2 N M2), or 1000 S / (n N).
 */
static bool
divide_by_deviation(const MlopsBig *sum, const int64_t n[2], const MlopsBig *m2, double *result)
{
	MlopsBig a, b, above, below;
	double deviation = 0;

	set_big((MlopsUint128) n[1] * (uint64_t) (n[1] - 1), &b);
	(void) mlops_big_root(m2, &b, &deviation);
	if (deviation < 0.001)
	{
		mlops_big_scale(sum, 1000, &above);
		set_big((MlopsUint128) n[0] * (uint64_t) n[1], &below);
		return mlops_big_ratio(&above, &below, result);
	}
	mlops_big_multiply(sum, sum, &a);
	mlops_big_scale(&a, n[1] - 1, &above);
	set_big((MlopsUint128) n[0] * (uint64_t) n[0], &a);
	mlops_big_scale(&a, n[1], &b);
	mlops_big_multiply(&b, m2, &below);
	return mlops_big_root(&above, &below, result);
}

static bool
has_infinity(const MlopsSortedBuffer *side)
{
	MlopsSortedCursor cursor = mlops_sorted_cursor(side);
	MlopsSortedEntry entry;

	while (mlops_sorted_cursor_next(&cursor, &entry))
	{
		if (isinf(entry.value))
			return true;
	}
	return false;
}

/* The distance from the sum of w (x' - x). */
static MlopsStatus
finish_wasserstein(const MlopsTwoSamples *state, const MlopsExactSum *sum, bool is_normalised,
				   const MlopsAllocator *allocator, const MlopsCancel *cancel, MlopsAnswer *answer,
				   double *result)
{
	int64_t n[2] = { state->sides[0].n, state->sides[1].n };
	MlopsBig big, m2;
	MlopsStatus status;
	bool is_in_range;

	mlops_exact_sum_get(sum, 1, &big);
	if (!is_normalised)
	{
		set_big((MlopsUint128) n[0] * (uint64_t) n[1], &m2);
		is_in_range = mlops_big_ratio(&big, &m2, result);
	}
	else
	{
		status = get_variation(&state->sides[1], allocator, cancel, &m2);
		if (status != MLOPS_STATUS_OK)
			return status;
		is_in_range = divide_by_deviation(&big, n, &m2, result);
	}
	*answer = mlops_answer_in_range(is_in_range);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_two_samples_wasserstein(MlopsTwoSamples *state, bool is_normalised,
							  const MlopsAllocator *allocator, const MlopsCancel *cancel,
							  MlopsAnswer *answer, double *result)
{
	MlopsExactSum sum = { 0 };
	MlopsStatus status;
	bool is_infinite;

	*result = (double) NAN;
	if (is_answered(state, answer) || (is_normalised && state->sides[1].n < 2))
		return MLOPS_STATUS_OK;
	if (!settle(state, allocator))
		return MLOPS_STATUS_NOMEM;
	status = sum_areas(state, allocator, cancel, &sum, &is_infinite);
	if (status == MLOPS_STATUS_OK)
	{
		*answer = MLOPS_ANSWER_VALUE;
		if (is_normalised && (is_infinite || has_infinity(&state->sides[1])))
			*result = (double) NAN;
		else if (is_infinite)
			*result = (double) INFINITY;
		else
			status =
				finish_wasserstein(state, &sum, is_normalised, allocator, cancel, answer, result);
	}
	mlops_free(allocator, sum.limbs);
	return status;
}
