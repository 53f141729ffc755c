/*
 * How late a borrower has been.
 */
#include "core/delinquency.h"

static const int64_t first_days[MLOPS_DELINQUENCY_BUCKETS] = { 0, 1, 30, 60, 90 };

int
mlops_delinquency_bucket(int64_t days)
{
	int bucket = MLOPS_DELINQUENCY_BUCKETS - 1;

	while (bucket > 0 && days < first_days[bucket])
		bucket--;
	return bucket;
}

int
mlops_delinquency_bucket_named(int64_t name)
{
	int bucket = mlops_delinquency_bucket(name);

	return first_days[bucket] == name ? bucket : -1;
}

/* True if the time within a month comes before another one's. */
static bool
is_earlier_in_month(const MlopsLocalTime *a, const MlopsLocalTime *b)
{
	return a->day < b->day || (a->day == b->day && a->time < b->time);
}

int64_t
mlops_delinquency_months_between(const MlopsLocalTime *from, const MlopsLocalTime *to)
{
	int64_t months = to->month - from->month - (is_earlier_in_month(to, from) ? 1 : 0);

	/* a clock that was turned back shows an earlier time later */
	return months < 0 ? 0 : months;
}

MlopsDelinquency
mlops_delinquency_count(const MlopsEventState *state)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	MlopsDelinquency counts = { 0 };
	bool is_curable = false;
	int before = 0;

	for (size_t i = 0; i < state->events.n; i++)
	{
		int32_t days = (int32_t) events[i].value;
		int bucket = mlops_delinquency_bucket(days);

		if (days > counts.max_days)
			counts.max_days = days;
		if (days >= MLOPS_DELINQUENCY_CURABLE)
			is_curable = true;
		else if (days == 0 && is_curable)
		{
			counts.n_cures++;
			is_curable = false;
		}
		if (i > 0)
			counts.n_rolls[before][bucket]++;
		before = bucket;
	}
	return counts;
}

bool
mlops_delinquency_last(const MlopsEventState *state, int64_t days, int64_t *time)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);

	for (size_t i = state->events.n; i > 0; i--)
	{
		if (events[i - 1].value >= (double) days)
		{
			*time = events[i - 1].time;
			return true;
		}
	}
	return false;
}

MlopsStatus
mlops_delinquency_months_since(const MlopsEventState *state, int64_t time,
							   const MlopsLocalClock *clock, int64_t *months)
{
	MlopsLocalTime from, to;

	if (!clock->convert(clock->zone, time, &from) ||
		!clock->convert(clock->zone, mlops_delinquency_as_of(state), &to))
		return MLOPS_STATUS_INVALID;
	*months = mlops_delinquency_months_between(&from, &to);
	return MLOPS_STATUS_OK;
}

/*
 * True if an event is certainly n_months or more before as_of: a month has at most 31 days, and the
 * clocks of one zone differ by at most 14 (a POSIX zone may be 167 hours off on either side).
 */
static bool
is_long_past(const MlopsEventState *state, int64_t time, int64_t n_months)
{
	const uint64_t day = UINT64_C(86400) * 1000000;
	uint64_t age = (uint64_t) mlops_delinquency_as_of(state) - (uint64_t) time;

	return age / day >= (uint64_t) n_months * 31 + 15;
}

MlopsStatus
mlops_delinquency_worst(const MlopsEventState *state, int64_t n_months,
						const MlopsLocalClock *clock, int64_t *days)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);

	*days = -1;
	for (size_t i = state->events.n; i > 0; i--)
	{
		const MlopsEvent *event = &events[i - 1];
		int64_t months;
		MlopsStatus status;

		if (is_long_past(state, event->time, n_months))
			break;
		if (event->value <= (double) *days)
			continue;
		status = mlops_delinquency_months_since(state, event->time, clock, &months);
		if (status != MLOPS_STATUS_OK)
			return status;
		if (months < n_months)
			*days = (int64_t) event->value;
	}
	return MLOPS_STATUS_OK;
}
