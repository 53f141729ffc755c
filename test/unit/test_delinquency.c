/*
 * What delinquency says equals what loops over all rows and all days of a calendar say: buckets by comparison, cures
 * and rolls from every pair, months by walking from day to day, the worst row without a short cut.
 */
#include <stdlib.h>
#include <string.h>

#include "core/delinquency.h"
#include "core/rng.h"

#include "plain_alloc.h"
#include "unit.h"

#define N_TRIALS 1000
#define N_EVENTS 40
#define HOUR	 INT64_C(3600000000)
#define DAY		 (24 * HOUR)
#define N_DAYS	 4000

static int
days_of_month(int64_t month)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t year = 2000 + month / 12;
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return lengths[month % 12] + (month % 12 == 1 && is_leap ? 1 : 0);
}

/* A calendar that walks from 2000-01-01, months counted from there; a zone adds hours, fewer from a moment on. */
typedef struct Zone
{
	int64_t offset;
	int64_t turned_back; /* when an hour is taken from the offset */
} Zone;

static bool
walk(void *zone, int64_t time, MlopsLocalTime *local)
{
	const Zone *z = zone;
	int64_t wall = time + z->offset - (time >= z->turned_back ? HOUR : 0);
	int64_t day = wall / DAY;

	if (wall < 0)
		return false;
	*local = (MlopsLocalTime){ .time = wall % DAY };
	while (day >= days_of_month(local->month))
		day -= days_of_month(local->month++);
	local->day = day + 1;
	return true;
}

static int64_t
random_days(MlopsRng *rng)
{
	static const int64_t days[] = { 0, 0, 0, 1, 29, 30, 59, 60, 89, 90, 2147483647 };

	return days[mlops_rng_below(rng, 11)];
}

static MlopsEventState
random_history(MlopsRng *rng, const char *zone, int64_t as_of, int64_t step)
{
	int64_t parameters[MLOPS_EVENT_PARAMETERS] = { [MLOPS_DELINQUENCY_AS_OF] = as_of };
	uint32_t n = mlops_rng_below(rng, N_EVENTS);
	MlopsEventState state = { 0 };

	memcpy(parameters, zone, strlen(zone));
	mlops_event_state_begin(&state, MLOPS_EVENTS_DELINQUENCY, MLOPS_NONFINITE_ERROR, parameters);
	for (uint32_t i = 0; i < n; i++)
	{
		MlopsEventRow row = { .time = as_of - step * (int64_t) mlops_rng_below(rng, 60),
							  .value = (double) random_days(rng) };

		(void) mlops_event_state_add(&state, &row, &plain_allocator);
	}
	(void) mlops_event_buffer_sort(&state.events, &plain_allocator, NULL);
	return state;
}

static void
buckets_have_names(void)
{
	for (int64_t days = 0; days < 200; days++)
	{
		int bucket = (days > 0) + (days >= 30) + (days >= 60) + (days >= 90);
		bool is_name = days == 0 || days == 1 || days == 30 || days == 60 || days == 90;

		UNIT_CHECK_INT(mlops_delinquency_bucket(days), bucket);
		UNIT_CHECK_INT(mlops_delinquency_bucket_named(days), is_name ? bucket : -1);
	}
	UNIT_CHECK_INT(mlops_delinquency_bucket(INT32_MAX), 4);
	UNIT_CHECK_INT(mlops_delinquency_bucket_named(-1), -1);
}

/* Cures: rows of 0 days for which the last row before that is not in 1 .. 29 and 0 .. is one of 30 or more. */
static int64_t
count_cures(const MlopsEvent *events, size_t n)
{
	int64_t n_cures = 0;

	for (size_t i = 0; i < n; i++)
	{
		size_t k = i;

		if (events[i].value != 0)
			continue;
		while (k > 0 && events[k - 1].value > 0 && events[k - 1].value < 30)
			k--;
		n_cures += k > 0 && events[k - 1].value >= 30;
	}
	return n_cures;
}

static void
counts_equal_a_loop(void)
{
	MlopsRng rng = mlops_rng_stream(1, 1);

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		MlopsEventState state = random_history(&rng, "UTC", 100 * DAY, DAY);
		const MlopsEvent *events = mlops_event_buffer_events(&state.events);
		MlopsDelinquency counts = mlops_delinquency_count(&state);
		double most = 0;

		for (size_t i = 0; i < state.events.n; i++)
			most = events[i].value > most ? events[i].value : most;
		UNIT_CHECK_INT(counts.max_days, (int64_t) most);
		UNIT_CHECK_INT(counts.n_cures, count_cures(events, state.events.n));
		for (int from = 0; from < MLOPS_DELINQUENCY_BUCKETS; from++)
		{
			for (int to = 0; to < MLOPS_DELINQUENCY_BUCKETS; to++)
			{
				int64_t n = 0;

				for (size_t i = 1; i < state.events.n; i++)
					n += mlops_delinquency_bucket((int64_t) events[i - 1].value) == from &&
						 mlops_delinquency_bucket((int64_t) events[i].value) == to;
				UNIT_CHECK_INT(counts.n_rolls[from][to], n);
			}
		}
		free(state.events.block);
	}
}

/*
 * A day is counted when its number is met again in a later month, or when a month that has no such day is over and the
 * number was not met.
 */
static int64_t
walk_months(int64_t first, int64_t last)
{
	Zone utc = { 0, INT64_MAX };
	MlopsLocalTime begin, now;
	int64_t months = 0;

	(void) walk(&utc, first * DAY, &begin);
	for (int64_t day = first + 1; day <= last; day++)
	{
		(void) walk(&utc, day * DAY, &now);
		if (now.day == begin.day || (now.day == 1 && begin.day > days_of_month(now.month - 1) &&
									 now.month - 1 > begin.month))
			months++;
	}
	return months;
}

static void
months_equal_a_walk(void)
{
	MlopsRng rng = mlops_rng_stream(2, 2);
	Zone utc = { 0, INT64_MAX };

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		int64_t first = (int64_t) mlops_rng_below(&rng, N_DAYS);
		int64_t last = first + (int64_t) mlops_rng_below(&rng, 400);
		MlopsLocalTime from, to;

		(void) walk(&utc, first * DAY + 5, &from);
		(void) walk(&utc, last * DAY + 5, &to);
		UNIT_CHECK_INT(mlops_delinquency_months_between(&from, &to), walk_months(first, last));
		/* a microsecond earlier in the day is a day less */
		(void) walk(&utc, last * DAY + 4, &to);
		UNIT_CHECK_INT(mlops_delinquency_months_between(&from, &to),
					   last == first ? 0 : walk_months(first, last - 1));
	}
}

/* Zones far off, and one that is turned back within the history: the short cut leaves no row out. */
static void
worst_row_equals_a_loop(void)
{
	static const int64_t steps[] = { DAY, 7 * HOUR, INT64_C(20) * 60000000, 31 * DAY };
	static const int64_t offsets[] = { 0, 167 * HOUR, 26 * HOUR };
	MlopsRng rng = mlops_rng_stream(3, 3);

	for (int trial = 0; trial < N_TRIALS; trial++)
	{
		int64_t as_of = 3000 * DAY + (int64_t) mlops_rng_below(&rng, 400) * 7 * HOUR;
		MlopsEventState state = random_history(&rng, "Z", as_of, steps[trial % 4]);
		const MlopsEvent *events = mlops_event_buffer_events(&state.events);
		Zone zone = { offsets[trial % 3], as_of - 20 * HOUR };
		MlopsLocalClock clock = { walk, &zone };

		for (int64_t n_months = 1; n_months < 40; n_months += 1 + n_months / 3)
		{
			int64_t worst = -1, days, months, time;

			for (size_t i = 0; i < state.events.n; i++)
			{
				MlopsLocalTime from, to;

				(void) walk(&zone, events[i].time, &from);
				(void) walk(&zone, as_of, &to);
				months = mlops_delinquency_months_between(&from, &to);
				if (months < n_months && (int64_t) events[i].value > worst)
					worst = (int64_t) events[i].value;
				if (mlops_delinquency_last(&state, (int64_t) events[i].value, &time))
					UNIT_CHECK(time >= events[i].time);
			}
			UNIT_CHECK_INT(mlops_delinquency_worst(&state, n_months, &clock, &days),
						   MLOPS_STATUS_OK);
			UNIT_CHECK_INT(days, worst);
		}
		free(state.events.block);
	}
}

static void
times_without_a_calendar_are_refused(void)
{
	MlopsRng rng = mlops_rng_stream(4, 4);
	MlopsEventState state = random_history(&rng, "Z", 1, DAY);
	Zone utc = { 0, INT64_MAX };
	MlopsLocalClock clock = { walk, &utc };
	MlopsEventRow row = { .time = -1, .value = 5 };
	int64_t days;

	(void) mlops_event_state_add(&state, &row, &plain_allocator);
	(void) mlops_event_buffer_sort(&state.events, &plain_allocator, NULL);
	UNIT_CHECK_INT(mlops_delinquency_months_since(&state, -1, &clock, &days), MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(mlops_delinquency_worst(&state, 1, &clock, &days), MLOPS_STATUS_INVALID);
	UNIT_CHECK(!mlops_delinquency_last(&state, INT64_C(2147483648), &days));
	free(state.events.block);
}

int
main(void)
{
	UNIT_RUN(buckets_have_names);
	UNIT_RUN(counts_equal_a_loop);
	UNIT_RUN(months_equal_a_walk);
	UNIT_RUN(worst_row_equals_a_loop);
	UNIT_RUN(times_without_a_calendar_are_refused);
	return unit_end();
}
