/*
 * How late a borrower has been: the days past due of a history of rows, in
 * time order, rows of one time by their days.
 *
 *	bucket    0      1      2       3       4
 *	days      0   1-29  30-59   60-89     90+
 *	name      0      1     30      60      90      the smallest day of the bucket
 *
 * Months are whole calendar months between two local times, as a calendar on the
 * wall of the time zone counts them: from day d of a month to day d of a later
 * one, at the same time of day; one less before that.  From the 31st of January
 * a month is complete on the 1st of March, because no day of February is late
 * enough.  This is what age() of PostgreSQL says of local timestamps.  Zones are
 * not known here: who calls turns an instant into a local time.
 */
#ifndef MLOPS_DELINQUENCY_H
#define MLOPS_DELINQUENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event_state.h"
#include "core/memory.h"
#include "core/status.h"

#define MLOPS_DELINQUENCY_BUCKETS 5

/* Days from which on a row counts as late enough to be cured. */
#define MLOPS_DELINQUENCY_CURABLE 30

/* A local time. */
typedef struct MlopsLocalTime
{
	int64_t month; /* 12 * year + month of the year, from 0 */
	int64_t day;   /* of the month, from 1 */
	int64_t time;  /* of the day, in microseconds */
} MlopsLocalTime;

/*
 * What turns an instant into a local time.
 *
 *   zone   of convert
 *   time   microseconds since 2000-01-01 00:00 UTC
 *   local  OUT
 *
 * convert returns false for an instant that no calendar has.
 */
typedef struct MlopsLocalClock
{
	bool (*convert)(void *zone, int64_t time, MlopsLocalTime *local);
	void *zone;
} MlopsLocalClock;

/* What the days of a history say that its times do not. */
typedef struct MlopsDelinquency
{
	int32_t max_days;
	int64_t
		n_cures; /* first rows of bucket 0 behind one of MLOPS_DELINQUENCY_CURABLE days or more */
	int64_t n_rolls[MLOPS_DELINQUENCY_BUCKETS][MLOPS_DELINQUENCY_BUCKETS]; /* [from][to], of rows
																			* that follow one
																			* another */
} MlopsDelinquency;

/* The bucket of a number of days, >= 0. */
extern int mlops_delinquency_bucket(int64_t days);

/* The bucket that a name stands for, -1 for none. */
extern int mlops_delinquency_bucket_named(int64_t name);

/* Whole months from one local time to another, 0 if the second comes first. */
extern int64_t mlops_delinquency_months_between(const MlopsLocalTime *from,
												const MlopsLocalTime *to);

/* Counts of DELINQUENCY whose events are sorted.  Cost: O(events). */
extern MlopsDelinquency mlops_delinquency_count(const MlopsEventState *state);

/*
 * The last event of at least that many days; false if there is none.
 *
 *   time  OUT
 *
 * Cost: O(events).
 */
extern bool mlops_delinquency_last(const MlopsEventState *state, int64_t days, int64_t *time);

/*
 * Whole months from an event to the as_of of its state.
 *
 * Errors: INVALID if the clock has no local time for one of them.
 */
extern MlopsStatus mlops_delinquency_months_since(const MlopsEventState *state, int64_t time,
												  const MlopsLocalClock *clock, int64_t *months);

/*
 * The most days of the events that are less than n_months whole months before as_of.
 *
 *   n_months  >= 1
 *   days      OUT  -1 if there is no such event
 *
 * Errors: as mlops_delinquency_months_since.
 * Cost:   O(events of the time looked at); a conversion for each that may raise the answer.
 */
extern MlopsStatus mlops_delinquency_worst(const MlopsEventState *state, int64_t n_months,
										   const MlopsLocalClock *clock, int64_t *days);

#endif
