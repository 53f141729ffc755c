/*
 * States of the exact family: rows may come in any order and in parts, and a row that is removed
 * leaves no trace, by the bytes of the state; statistics equal integer arithmetic; foreign bytes are
 * refused or give a state that can be used.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/exact_state.h"
#include "core/exact_stats.h"
#include "core/rng.h"

#include "plain_alloc.h"
#include "unit.h"

#define N_KINDS 9

__extension__ typedef __int128 Wide;

static void
free_state(MlopsExactState *state)
{
	for (int i = 0; state->parts != NULL && i < state->parameters->n_windows; i++)
		free_state(&state->parts[i]);
	for (int i = 0; i < MLOPS_EXACT_SUMS; i++)
		free(state->sums[i].limbs);
	if (state->extremes != NULL)
	{
		free(state->extremes->smallest.block);
		free(state->extremes->largest.block);
	}
	free(state->extremes);
	free(state->parts);
	free(state->parameters);
}

/* Parameters that fit each kind. */
static const MlopsExactParameters *
parameters_of(MlopsExactKind kind)
{
	static const MlopsExactParameters parameters = { .unit = 7,
													 .as_of = 1000,
													 .n_windows = 2,
													 .windows = { 900, 30 },
													 .prior = { 0.5, 1.5 } };

	return kind >= MLOPS_EXACT_TREND && kind <= MLOPS_EXACT_LOOKBACK ? &parameters : NULL;
}

static MlopsExactState
begun(MlopsExactKind kind, bool is_moving)
{
	MlopsExactState state = { 0 };

	UNIT_CHECK_INT(mlops_exact_begin(&state, kind, MLOPS_NONFINITE_PROPAGATE, parameters_of(kind),
									 is_moving, &plain_allocator),
				   MLOPS_STATUS_OK);
	return state;
}

static double
random_value(MlopsRng *rng)
{
	static const double special[] = { 0.0, -0.0, 1e308, -1e308, 5e-324, -5e-324, 1e-310, 0.1 };
	uint32_t choice = mlops_rng_below(rng, 40);

	if (choice < 8)
		return special[choice];
	if (choice == 8)
		return (double) NAN;
	if (choice == 9)
		return (double) INFINITY;
	return ((double) mlops_rng_below(rng, 2000) - 1000) / (choice % 2 == 0 ? 8 : 7);
}

static MlopsExactRow
random_row(MlopsRng *rng)
{
	return (MlopsExactRow){ .x = random_value(rng),
							.y = fabs(random_value(rng)),
							.t = (int64_t) mlops_rng_below(rng, 1100),
							.flag = mlops_rng_below(rng, 2) != 0,
							.is_null = mlops_rng_below(rng, 10) == 0 };
}

static MlopsBuffer
bytes_of(MlopsExactState *state, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_exact_transfer(state, MLOPS_EXACT_NONE, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

static bool
same_bytes(MlopsExactState *a, MlopsExactState *b)
{
	MlopsBuffer x = bytes_of(a, false);
	MlopsBuffer y = bytes_of(b, false);
	bool is_same = x.n_bytes == y.n_bytes && memcmp(x.bytes, y.bytes, x.n_bytes) == 0;

	free(x.bytes);
	free(y.bytes);
	return is_same;
}

static void
add_rows(MlopsExactState *state, const MlopsExactRow *rows, int first, int end)
{
	for (int i = first; i < end; i++)
		UNIT_CHECK_INT(mlops_exact_add(state, &rows[i], &plain_allocator), MLOPS_STATUS_OK);
}

/* All kinds but LOOKBACK, from which no row is removed: a frame that moves over the rows, jumps at times and is empty at times, against a new state. */
static void
a_moving_frame_is_a_new_state(void)
{
	enum
	{
		N = 400
	};
	MlopsExactRow rows[N];
	MlopsRng rng = mlops_rng_stream(31, 0);

	for (int round = 0; round < 10 * N_KINDS; round++)
	{
		MlopsExactKind turn = (MlopsExactKind) (1 + round % (N_KINDS - 1));
		MlopsExactKind kind = turn == MLOPS_EXACT_LOOKBACK ? MLOPS_EXACT_VARIANCE : turn;
		MlopsExactState moving = begun(kind, true);
		int first = 0, end = 0;

		for (int i = 0; i < N; i++)
			rows[i] = random_row(&rng);
		while (end < N)
		{
			MlopsExactState fresh = begun(kind, false);
			int new_end = end + (int) mlops_rng_below(&rng, 5);
			int new_first = first + (int) mlops_rng_below(&rng, 6);

			new_end = new_end > N ? N : new_end;
			new_first = new_first > new_end ? new_end : new_first;
			add_rows(&moving, rows, end, new_end);
			for (; first < new_first; first++)
				UNIT_CHECK_INT(mlops_exact_remove(&moving, &rows[first], &plain_allocator),
							   MLOPS_STATUS_OK);
			end = new_end;
			add_rows(&fresh, rows, first, end);
			if (!UNIT_CHECK(same_bytes(&moving, &fresh)))
				round = 10 * N_KINDS;
			free_state(&fresh);
		}
		for (; first < end; first++)
			UNIT_CHECK_INT(mlops_exact_remove(&moving, &rows[first], &plain_allocator),
						   MLOPS_STATUS_OK);
		{
			MlopsExactState fresh = begun(kind, false);
			const MlopsExactRow absent = { .x = 1, .y = 1 };

			if (kind != MLOPS_EXACT_VELOCITY)
				UNIT_CHECK_INT(mlops_exact_remove(&moving, &absent, &plain_allocator),
							   MLOPS_STATUS_INVALID);
			UNIT_CHECK(same_bytes(&moving, &fresh));
			free_state(&fresh);
		}
		free_state(&moving);
	}
}

/* What a state was used for before cannot be seen once it was cleared. */
static void
a_cleared_state_is_a_new_one(void)
{
	enum
	{
		N = 60
	};
	static const MlopsExactKind kinds[] = { MLOPS_EXACT_SUM,	  MLOPS_EXACT_WEIGHTED,
											MLOPS_EXACT_STATS1D,  MLOPS_EXACT_STATS2D,
											MLOPS_EXACT_TREND,	  MLOPS_EXACT_RATE,
											MLOPS_EXACT_VELOCITY, MLOPS_EXACT_VARIANCE };
	MlopsExactRow rows[N];
	MlopsRng rng = mlops_rng_stream(32, 0);

	for (int i = 0; i < (int) (sizeof(kinds) / sizeof(kinds[0])); i++)
	{
		MlopsExactState used = begun(kinds[i], false);
		MlopsExactState fresh = begun(kinds[i], false);

		for (int k = 0; k < N; k++)
			rows[k] = random_row(&rng);
		add_rows(&used, rows, 0, N / 2);
		mlops_exact_clear(&used);
		UNIT_CHECK_INT(mlops_exact_begin(&used, kinds[i], MLOPS_NONFINITE_PROPAGATE,
										 parameters_of(kinds[i]), false, &plain_allocator),
					   MLOPS_STATUS_OK);
		UNIT_CHECK(same_bytes(&used, &fresh));
		add_rows(&used, rows, N / 2, N);
		add_rows(&fresh, rows, N / 2, N);
		UNIT_CHECK(same_bytes(&used, &fresh));
		free_state(&used);
		free_state(&fresh);
	}
}

/* Rows dealt out to parts, which are written, read and merged in another order. */
static void
merged_parts_are_the_whole(void)
{
	enum
	{
		N = 60,
		N_PARTS = 4
	};
	MlopsExactRow rows[N];
	MlopsRng rng = mlops_rng_stream(32, 0);

	for (int round = 0; round < 100 * N_KINDS; round++)
	{
		MlopsExactKind kind = (MlopsExactKind) (1 + round % N_KINDS);
		MlopsExactState whole = begun(kind, false);
		MlopsExactState merged = { 0 };
		MlopsExactState parts[N_PARTS];

		for (int k = 0; k < N_PARTS; k++)
			parts[k] = begun(kind, false);
		for (int i = 0; i < N; i++)
		{
			rows[i] = random_row(&rng);
			add_rows(&whole, rows, i, i + 1);
			add_rows(&parts[mlops_rng_below(&rng, N_PARTS)], rows, i, i + 1);
		}
		for (int k = N_PARTS - 1; k >= 0; k--)
			UNIT_CHECK_INT(mlops_exact_merge(&merged, &parts[k], &plain_allocator, NULL),
						   MLOPS_STATUS_OK);
		if (!UNIT_CHECK(same_bytes(&merged, &whole)))
			round = 100 * N_KINDS;
		for (int k = 0; k < N_PARTS; k++)
			free_state(&parts[k]);
		free_state(&merged);
		free_state(&whole);
	}
}

static MlopsStatus
read_state(const uint8_t *bytes, size_t n, bool is_text, MlopsExactState *state)
{
	MlopsStateIo io;

	memset(state, 0, sizeof(*state));
	mlops_io_begin_read(&io, is_text, bytes, n, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_exact_transfer(state, MLOPS_EXACT_NONE, &io);
	return mlops_io_object_end(&io);
}

static void
states_come_back_from_bytes_and_text(void)
{
	MlopsRng rng = mlops_rng_stream(33, 0);

	for (int round = 0; round < 40 * N_KINDS; round++)
	{
		MlopsExactState state = begun((MlopsExactKind) (1 + round % N_KINDS), round % 3 == 0);

		for (int i = round % 7; i > 0; i--)
		{
			MlopsExactRow row = random_row(&rng);

			add_rows(&state, &row, 0, 1);
		}
		for (int is_text = 0; is_text < 2; is_text++)
		{
			MlopsBuffer buffer = bytes_of(&state, is_text != 0);
			MlopsExactState again;

			UNIT_CHECK_INT(read_state(buffer.bytes, buffer.n_bytes, is_text != 0, &again),
						   MLOPS_STATUS_OK);
			UNIT_CHECK(same_bytes(&state, &again));
			free_state(&again);
			free(buffer.bytes);
		}
		free_state(&state);
	}
}

/* All answers of a state, whatever is in it: no call fails, and what is a value is one. */
static void
ask_everything(const MlopsExactState *state)
{
	double result;

	if (state->kind == MLOPS_EXACT_WEIGHTED)
		(void) mlops_exact_weighted_average(state, &result);
	else if (state->kind == MLOPS_EXACT_TREND)
		(void) mlops_exact_trend(state, &result);
	else if (state->kind == MLOPS_EXACT_RATE)
		(void) mlops_exact_rate(state, &result);
	else if (state->kind == MLOPS_EXACT_VELOCITY)
		(void) mlops_exact_velocity(state, &result);
	else if (state->kind == MLOPS_EXACT_VARIANCE)
		(void) mlops_exact_statistic(state, MLOPS_STDDEV, true, &result);
	else if (state->kind != MLOPS_EXACT_LOOKBACK)
	{
		int first = state->kind == MLOPS_EXACT_STATS2D ? MLOPS_SLOPE : MLOPS_TOTAL;
		int last = state->kind == MLOPS_EXACT_STATS2D ? MLOPS_SLOPE_T :
				   state->kind == MLOPS_EXACT_STATS1D ? MLOPS_KURTOSIS :
														MLOPS_MEAN;

		for (int statistic = first; statistic <= last; statistic++)
		{
			(void) mlops_exact_statistic(state, (MlopsStatistic) statistic, true, &result);
			(void) mlops_exact_statistic(state, (MlopsStatistic) statistic, false, &result);
		}
	}
}

/* Every cut is refused; flipped bits are refused or give a state that answers. */
static void
hostile_bytes_do_no_harm(void)
{
	MlopsRng rng = mlops_rng_stream(34, 0);
	int n_accepted = 0;

	for (int round = 0; round < 20 * N_KINDS; round++)
	{
		MlopsExactState state = begun((MlopsExactKind) (1 + round % N_KINDS), false);
		MlopsBuffer buffer;

		for (int i = 0; i < 5; i++)
		{
			MlopsExactRow row = random_row(&rng);

			add_rows(&state, &row, 0, 1);
		}
		buffer = bytes_of(&state, false);
		for (size_t n = 0; n < buffer.n_bytes; n++)
		{
			MlopsExactState again;

			UNIT_CHECK_INT(read_state(buffer.bytes, n, false, &again), MLOPS_STATUS_CORRUPT);
			free_state(&again);
		}
		for (int i = 0; i < 300; i++)
		{
			size_t at = mlops_rng_below(&rng, (uint32_t) buffer.n_bytes);
			uint8_t kept = buffer.bytes[at];
			MlopsExactState again;

			buffer.bytes[at] ^= (uint8_t) (1u << mlops_rng_below(&rng, 8));
			if (read_state(buffer.bytes, buffer.n_bytes, false, &again) == MLOPS_STATUS_OK)
			{
				n_accepted++;
				ask_everything(&again);
			}
			free_state(&again);
			buffer.bytes[at] = kept;
		}
		free(buffer.bytes);
		free_state(&state);
	}
	UNIT_CHECK(n_accepted > 0);
}

static double
statistic(const MlopsExactState *state, MlopsStatistic which, bool is_sample)
{
	double result = -1e300;

	UNIT_CHECK_INT(mlops_exact_statistic(state, which, is_sample, &result), MLOPS_ANSWER_VALUE);
	return result;
}

static void
published_values(void)
{
	static const double values[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	MlopsExactState state = begun(MLOPS_EXACT_STATS1D, false);
	MlopsExactState shifted = begun(MLOPS_EXACT_STATS1D, false);

	for (int i = 0; i < 8; i++)
	{
		MlopsExactRow row = { .x = values[i] };

		add_rows(&state, &row, 0, 1);
		row.x += 1e9;
		add_rows(&shifted, &row, 0, 1);
	}
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_VARIANCE, true), 4.571428571428571, 0);
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_VARIANCE, false), 4, 0);
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_STDDEV, true), 2.138089935299395, 0);
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_SKEWNESS, false), 0.65625, 0);
	/* sqrt(56) / 6 * 0.65625 = 0.81848755335679967810: the nearest double */
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_SKEWNESS, true), 0.8184875533567997, 0);
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_KURTOSIS, false), -0.21875, 0);
	UNIT_CHECK_NEAR(statistic(&state, MLOPS_KURTOSIS, true), 0.940625, 0);
	for (int which = MLOPS_VARIANCE; which <= MLOPS_KURTOSIS; which++)
	{
		if (which != MLOPS_COEFFICIENT_OF_VARIATION)
			UNIT_CHECK_NEAR(statistic(&shifted, (MlopsStatistic) which, true),
							statistic(&state, (MlopsStatistic) which, true), 0);
	}
	free_state(&state);
	free_state(&shifted);
}

/* Values near each other, whose moments short numbers hold, and far apart: M2 / (n (n - 1)) by numbers of any length. */
static void
deviations_equal_roots_of_long_numbers(void)
{
	MlopsRng rng = mlops_rng_stream(36, 0);

	for (int round = 0; round < 20000; round++)
	{
		MlopsExactState state = begun(MLOPS_EXACT_VARIANCE, false);
		int64_t n = 2 + (int64_t) mlops_rng_below(&rng, 12);
		uint32_t spread = 1 + mlops_rng_below(&rng, 20);
		MlopsBig sum, squares, scaled, square, moment, divisor;
		double deviation = NAN, variance = NAN;

		for (int64_t i = 0; i < n; i++)
		{
			MlopsExactRow row = { .x = ldexp((double) (mlops_rng_next(&rng) >> 11),
											 -53 + (int) mlops_rng_below(&rng, spread)) };

			add_rows(&state, &row, 0, 1);
		}
		mlops_exact_sum_get(&state.sums[0], 1, &sum);
		mlops_exact_sum_get(&state.sums[1], 2, &squares);
		mlops_big_scale(&squares, n, &scaled);
		mlops_big_multiply(&sum, &sum, &square);
		mlops_big_subtract(&scaled, &square, &moment);
		mlops_big_set_int(&divisor, n * (n - 1));
		UNIT_CHECK(mlops_big_root(&moment, &divisor, &deviation));
		UNIT_CHECK(mlops_big_ratio(&moment, &divisor, &variance));
		UNIT_CHECK_NEAR(statistic(&state, MLOPS_STDDEV, true), deviation, 0);
		UNIT_CHECK_NEAR(statistic(&state, MLOPS_VARIANCE, true), variance, 0);
		free_state(&state);
	}
}

/* Variance of integers against 128 bits: M2 = n sum of x^2 - (sum of x)^2. */
static void
variances_equal_integers(void)
{
	MlopsRng rng = mlops_rng_stream(35, 0);

	for (int round = 0; round < 5000; round++)
	{
		MlopsExactState state = begun(MLOPS_EXACT_STATS1D, false);
		int64_t n = 2 + (int64_t) mlops_rng_below(&rng, 20);
		int64_t offset = (int64_t) mlops_rng_below(&rng, 1u << 30);
		Wide sum = 0, squares = 0;

		for (int64_t i = 0; i < n; i++)
		{
			int64_t x = offset + (int64_t) mlops_rng_below(&rng, 1000);
			MlopsExactRow row = { .x = (double) x };

			sum += x;
			squares += (Wide) x * x;
			add_rows(&state, &row, 0, 1);
		}
		/* the moment is below 2^53, so its ratio to n (n - 1) is rounded once by the division */
		UNIT_CHECK_NEAR(statistic(&state, MLOPS_VARIANCE, true),
						(double) (int64_t) (n * squares - sum * sum) / (double) (n * (n - 1)), 0);
		free_state(&state);
	}
}

static void
different_parameters_do_not_merge(void)
{
	MlopsExactState a = begun(MLOPS_EXACT_RATE, false);
	MlopsExactState b = begun(MLOPS_EXACT_RATE, false);
	MlopsExactState c = begun(MLOPS_EXACT_SUM, false);
	MlopsExactRow row = { .flag = true };

	add_rows(&a, &row, 0, 1);
	add_rows(&b, &row, 0, 1);
	add_rows(&c, &row, 0, 1);
	b.parameters->prior[0] = 2;
	UNIT_CHECK_INT(mlops_exact_merge(&a, &b, &plain_allocator, NULL), MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(mlops_exact_merge(&a, &c, &plain_allocator, NULL), MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(mlops_exact_merge(&c, &a, &plain_allocator, NULL), MLOPS_STATUS_INVALID);
	free_state(&a);
	free_state(&b);
	free_state(&c);
}

/* Foreign states may claim more rows than can be; the reader of a merged state would refuse it. */
static void
too_many_rows_do_not_merge(void)
{
	MlopsExactState a = begun(MLOPS_EXACT_SUM, false);
	MlopsExactState b = begun(MLOPS_EXACT_SUM, false);
	MlopsExactState both = { 0 };
	MlopsReason reason;

	a.n = MLOPS_ROWS_MAX - 1;
	b.n = 1;
	UNIT_CHECK_INT(mlops_exact_merge(&both, &a, &plain_allocator, &reason), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_exact_merge(&both, &b, &plain_allocator, &reason), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_exact_merge(&both, &b, &plain_allocator, &reason), MLOPS_STATUS_LIMIT);
	UNIT_CHECK(both.n == MLOPS_ROWS_MAX);
	free_state(&a);
	free_state(&b);
	free_state(&both);
}

int
main(void)
{
	UNIT_RUN(a_moving_frame_is_a_new_state);
	UNIT_RUN(a_cleared_state_is_a_new_one);
	UNIT_RUN(merged_parts_are_the_whole);
	UNIT_RUN(states_come_back_from_bytes_and_text);
	UNIT_RUN(hostile_bytes_do_no_harm);
	UNIT_RUN(published_values);
	UNIT_RUN(variances_equal_integers);
	UNIT_RUN(deviations_equal_roots_of_long_numbers);
	UNIT_RUN(different_parameters_do_not_merge);
	UNIT_RUN(too_many_rows_do_not_merge);
	return unit_end();
}
