/*
 * What histories say equals what plain loops over their events say: gaps in long double, streaks flag by flag,
 * weights by repeated multiplication, averages over time microsecond by microsecond.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/decay.h"
#include "core/gaps.h"
#include "core/rng.h"
#include "core/streaks.h"
#include "core/time_weight.h"

#include "plain_alloc.h"
#include "unit.h"

#define N_TRIALS 400
#define N_EVENTS 30

static MlopsEventState
random_events(MlopsRng *rng, MlopsEventKind kind, const int64_t *parameters, int64_t span)
{
	MlopsEventState state = { 0 };
	uint32_t n = mlops_rng_below(rng, N_EVENTS);

	mlops_event_state_begin(&state, kind, MLOPS_NONFINITE_ERROR, parameters);
	for (uint32_t i = 0; i < n; i++)
	{
		MlopsEventRow row = { .time = (int64_t) mlops_rng_below(rng, (uint32_t) span),
							  .value = kind == MLOPS_EVENTS_STREAKS ?
										   mlops_rng_below(rng, 3) :
										   ((double) mlops_rng_below(rng, 2000) - 900) / 8 };

		row.tiebreak = kind == MLOPS_EVENTS_STREAKS ? i : 0;
		(void) mlops_event_state_add(&state, &row, &plain_allocator);
	}
	(void) mlops_event_buffer_sort(&state.events, &plain_allocator, NULL);
	return state;
}

static void
check_gap(const MlopsEventState *state, MlopsGapStatistic statistic, long double expected)
{
	double result = 0;

	UNIT_CHECK_INT(mlops_gaps_statistic(state, statistic, &result), MLOPS_ANSWER_VALUE);
	UNIT_CHECK_NEAR(result, (double) expected, fabs((double) expected) * 2e-16 + 1e-300);
}

static void
check_gaps(const MlopsEventState *state)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	long double m = (long double) state->events.n - 1, mean = 0, squares = 0, trend = 0, sd, sigma;

	for (size_t i = 1; i < state->events.n; i++)
		mean += (long double) (events[i].time - events[i - 1].time) / m;
	for (size_t i = 1; i < state->events.n; i++)
	{
		long double gap = (long double) (events[i].time - events[i - 1].time);

		squares += (gap - mean) * (gap - mean);
		trend += gap * ((long double) i - (m + 1) / 2);
	}
	sd = sqrtl(squares / (m - 1));
	sigma = sqrtl(squares / m);
	check_gap(state, MLOPS_GAP_MEAN, mean / 1e6L);
	check_gap(state, MLOPS_GAP_STDDEV, sd / 1e6L);
	check_gap(state, MLOPS_GAP_TREND, trend * 12 / (m * (m * m - 1)) / 1e6L);
	check_gap(state, MLOPS_GAP_VARIATION, sd / mean);
	check_gap(state, MLOPS_GAP_BURSTINESS, (sigma - mean) / (sigma + mean));
	check_gap(state, MLOPS_GAP_LAST,
			  (long double) (events[state->events.n - 1].time - events[state->events.n - 2].time) /
				  1e6L);
}

static void
gaps_equal_a_loop(void)
{
	MlopsRng rng = mlops_rng_stream(1, 1);

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		MlopsEventState state =
			random_events(&rng, MLOPS_EVENTS_GAPS, NULL, trial % 2 == 0 ? 40 : 2000000000);

		if (state.events.n > 3)
			check_gaps(&state);
		free(state.events.block);
	}
}

static void
burstiness_does_not_cancel(void)
{
	/* gaps of 0 and a in turn have sigma = mean; a microsecond beside that is 39 digits down */
	static const int64_t times[] = { 0, 0, INT64_C(4000000000000000000),
									 INT64_C(4000000000000000000), INT64_C(8000000000000000001) };
	MlopsEventState state = { 0 };
	double result;

	mlops_event_state_begin(&state, MLOPS_EVENTS_GAPS, MLOPS_NONFINITE_ERROR, NULL);
	for (int i = 0; i < 4; i++)
		(void) mlops_event_state_add(&state, &(MlopsEventRow){ .time = times[i] },
									 &plain_allocator);
	(void) mlops_event_state_add(&state, &(MlopsEventRow){ .time = times[4] - 1 },
								 &plain_allocator);
	UNIT_CHECK_INT(mlops_gaps_statistic(&state, MLOPS_GAP_BURSTINESS, &result), MLOPS_ANSWER_VALUE);
	UNIT_CHECK_NEAR(result, 0, 0);
	(void) mlops_event_buffer_remove(&state.events, mlops_event_of(times[4] - 1, 0, 0),
									 &plain_allocator, NULL);
	(void) mlops_event_state_add(&state, &(MlopsEventRow){ .time = times[4] }, &plain_allocator);
	UNIT_CHECK_INT(mlops_gaps_statistic(&state, MLOPS_GAP_BURSTINESS, &result), MLOPS_ANSWER_VALUE);
	/* V - S^2 = 4 (a^2 + b^2) - 2 (a + b)^2 = 2 (a - b)^2, which is 2 with b = a + 1; over 4 S^2 */
	UNIT_CHECK_NEAR(result, 2 / (4 * 64e36), 1e-54);
	free(state.events.block);
}

static void
streaks_equal_a_loop(void)
{
	static const int64_t parameters[MLOPS_EVENT_PARAMETERS] = { MLOPS_STREAK_BREAK };
	MlopsRng rng = mlops_rng_stream(2, 2);

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		MlopsEventState state = random_events(&rng, MLOPS_EVENTS_STREAKS, parameters, 20);
		const MlopsEvent *events = mlops_event_buffer_events(&state.events);
		MlopsStreaks streaks = mlops_streaks_count(&state);
		int64_t longest = 0, n = 0, length = 0;

		for (size_t first = 0; first < state.events.n; first++)
		{
			for (length = 0; first + (size_t) length < state.events.n &&
							 events[first + (size_t) length].value == MLOPS_FLAG_TRUE;
				 length++)
				;
			longest = length > longest ? length : longest;
			n += length > 0 && (first == 0 || events[first - 1].value != MLOPS_FLAG_TRUE);
		}
		for (length = 0; length < (int64_t) state.events.n &&
						 events[state.events.n - 1 - (size_t) length].value == MLOPS_FLAG_TRUE;
			 length++)
			;
		UNIT_CHECK_INT(streaks.longest, longest);
		UNIT_CHECK_INT(streaks.n, n);
		UNIT_CHECK_INT(streaks.current, length);
		UNIT_CHECK_INT(streaks.has_break, length < (int64_t) state.events.n);
		free(state.events.block);
	}
}

/* 2^-(a / h) to the power of h is 2^-a, and halvings are exact. */
static void
weights_are_powers(void)
{
	uint64_t shift;

	for (int64_t half_life = 1; half_life < 60; half_life++)
	{
		for (uint64_t age = 0; age < 200; age++)
		{
			uint64_t weight = mlops_decay_weight(age, half_life, &shift);
			long double power = 1;

			UNIT_CHECK_INT(shift, (int64_t) age / half_life);
			UNIT_CHECK(weight >= UINT64_C(1) << 62 && weight <= UINT64_C(1) << 63);
			for (int64_t i = 0; i < half_life; i++)
				power *= (long double) weight / 9223372036854775808.0L;
			UNIT_CHECK_NEAR((double) ldexpl(power, (int) (age % (uint64_t) half_life)), 1,
							60 * 2e-19);
		}
	}
	UNIT_CHECK(mlops_decay_weight(UINT64_MAX, INT64_MAX, &shift) > UINT64_C(1) << 62);
	UNIT_CHECK_INT(shift, 2);
}

static void
decay_equals_a_loop(void)
{
	MlopsRng rng = mlops_rng_stream(3, 3);

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		const int64_t parameters[MLOPS_EVENT_PARAMETERS] = {
			1 + (int64_t) mlops_rng_below(&rng, 50), 120
		};
		MlopsEventState state = random_events(&rng, MLOPS_EVENTS_DECAY, parameters, 100);
		const MlopsEvent *events = mlops_event_buffer_events(&state.events);
		long double w_sum = 0, v_sum = 0, square = 0, absolute = 0;
		double average, sum, variance;
		MlopsStatus status;

		for (size_t i = 0; i < state.events.n; i++)
		{
			long double w =
				exp2l(-(long double) (120 - events[i].time) / (long double) parameters[0]);

			w_sum += w;
			v_sum += w * (long double) events[i].value;
			absolute += w * fabsl((long double) events[i].value);
		}
		for (size_t i = 0; i < state.events.n; i++)
			square += exp2l(-(long double) (120 - events[i].time) / (long double) parameters[0]) *
					  ((long double) events[i].value - v_sum / w_sum) *
					  ((long double) events[i].value - v_sum / w_sum);
		UNIT_CHECK_INT(mlops_decay_statistic(&state, MLOPS_DECAY_AVERAGE, &plain_allocator, NULL,
											 &status, &average),
					   state.events.n == 0 ? MLOPS_ANSWER_NONE : MLOPS_ANSWER_VALUE);
		if (state.events.n > 0)
		{
			(void) mlops_decay_statistic(&state, MLOPS_DECAY_SUM, &plain_allocator, NULL, &status,
										 &sum);
			(void) mlops_decay_statistic(&state, MLOPS_DECAY_VARIANCE, &plain_allocator, NULL,
										 &status, &variance);
			UNIT_CHECK_NEAR(average, (double) (v_sum / w_sum), (double) (absolute / w_sum) * 3e-16);
			UNIT_CHECK_NEAR(sum, (double) v_sum, (double) absolute * 3e-16);
			UNIT_CHECK_NEAR(variance, (double) (square / w_sum),
							(double) (square / w_sum) * 1e-15 + 1e-25);
		}
		free(state.events.block);
	}
}

/* The value of a linear or constant line at t, of events 0 .. n - 1 that are known; before the first one NaN. */
static double
value_at(const MlopsEvent *events, size_t n, bool is_linear, double t)
{
	size_t last = n;

	for (size_t i = 0; i < n && (double) events[i].time <= t; i++)
		last = i;
	if (last == n)
		return (double) NAN;
	if (!is_linear || last + 1 == n)
		return events[last].value;
	return events[last].value + (events[last + 1].value - events[last].value) *
									(t - (double) events[last].time) /
									(double) (events[last + 1].time - events[last].time);
}

/* Lines are straight within a microsecond: its middle is its average. */
static void
time_weights_equal_a_loop(void)
{
	MlopsRng rng = mlops_rng_stream(5, 5);

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		const int64_t parameters[MLOPS_EVENT_PARAMETERS] = {
			1 + trial % 2, (int64_t) mlops_rng_below(&rng, 40),
			60 + (int64_t) mlops_rng_below(&rng, 60)
		};
		MlopsEventState state = random_events(&rng, MLOPS_EVENTS_TIME_WEIGHT, parameters, 100);
		const MlopsEvent *events = mlops_event_buffer_events(&state.events);
		double integral = 0, above = 0, span = 0, found;
		size_t n;
		bool is_partial = mlops_time_weight_is_partial(&state, &n);
		MlopsStatus status;

		for (int64_t t = parameters[1]; t < parameters[2]; t++)
		{
			double value = value_at(events, n, trial % 2 == 1, (double) t + 0.5);

			if (isnan(value))
				continue;
			integral += value;
			span++;
			for (int k = 0; k < 1024; k++)
				above += value_at(events, n, trial % 2 == 1, (double) t + (k + 0.5) / 1024) > 3.3;
		}
		if (n > 0)
		{
			UNIT_CHECK_INT(is_partial, n == 1 || events[0].time > parameters[1]);
			(void) mlops_time_weight_statistic(&state, MLOPS_TIME_WEIGHT_INTEGRAL, 0,
											   &plain_allocator, NULL, &status, &found);
			UNIT_CHECK_NEAR(found, integral / 1e6, 1e-15 * 120 * 140);
			(void) mlops_time_weight_statistic(&state, MLOPS_TIME_WEIGHT_ABOVE, 3.3,
											   &plain_allocator, NULL, &status, &found);
			UNIT_CHECK_NEAR(found, above / 1024 / 1e6, 40 / 1024.0 / 1e6);
		}
		if (span > 0)
		{
			(void) mlops_time_weight_statistic(&state, MLOPS_TIME_WEIGHT_AVERAGE, 0,
											   &plain_allocator, NULL, &status, &found);
			UNIT_CHECK_NEAR(found, integral / span, 1e-12);
		}
		free(state.events.block);
	}
}

/* A cancel is heard while an answer walks over the events. */
static void
answers_can_be_cancelled(void)
{
	static const int64_t parameters[MLOPS_EVENT_PARAMETERS] = { MLOPS_TIME_WEIGHT_LINEAR, 0, 100 };
	static const int64_t ages[MLOPS_EVENT_PARAMETERS] = { 1, 100 };
	MlopsCancel cancel = { .cancelled = unit_always };
	MlopsEventState weights = { 0 }, decay = { 0 };
	MlopsEventRow row = { .value = 1 };
	MlopsStatus status;
	double result;

	mlops_event_state_begin(&weights, MLOPS_EVENTS_TIME_WEIGHT, MLOPS_NONFINITE_ERROR, parameters);
	(void) mlops_event_state_add(&weights, &row, &plain_allocator);
	(void) mlops_time_weight_statistic(&weights, MLOPS_TIME_WEIGHT_INTEGRAL, 0, &plain_allocator,
									   &cancel, &status, &result);
	UNIT_CHECK_INT(status, MLOPS_STATUS_CANCELLED);
	mlops_event_state_begin(&decay, MLOPS_EVENTS_DECAY, MLOPS_NONFINITE_ERROR, ages);
	(void) mlops_event_state_add(&decay, &row, &plain_allocator);
	(void) mlops_decay_statistic(&decay, MLOPS_DECAY_AVERAGE, &plain_allocator, &cancel, &status,
								 &result);
	UNIT_CHECK_INT(status, MLOPS_STATUS_CANCELLED);
	free(weights.events.block);
	free(decay.events.block);
}

int
main(void)
{
	UNIT_RUN(gaps_equal_a_loop);
	UNIT_RUN(burstiness_does_not_cancel);
	UNIT_RUN(streaks_equal_a_loop);
	UNIT_RUN(weights_are_powers);
	UNIT_RUN(decay_equals_a_loop);
	UNIT_RUN(time_weights_equal_a_loop);
	UNIT_RUN(answers_can_be_cancelled);
	return unit_end();
}
