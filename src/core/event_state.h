/*
 * States made of events in time order: one struct for all aggregates of a
 * history, so that adding, removing, merging and writing stand once.
 *
 *	kind          events                          parameters               read by
 *	GAPS          times                                                    core/gaps.h
 *	STREAKS       time, tiebreak, flag            on_null                  core/streaks.h
 *	DECAY         time, value                     half_life, as_of         core/decay.h
 *	TIME_WEIGHT   time, value                     method, start, end       core/time_weight.h
 *	DELINQUENCY   time, days past due             zone, as_of              core/delinquency.h
 *
 * A state says what a set of rows says: whatever their order and their division
 * into parts, its bytes are the same.  Rows that are removed leave no trace, and
 * a state without rows is the empty one, without parameters.
 */
#ifndef MLOPS_EVENT_STATE_H
#define MLOPS_EVENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event_buffer.h"
#include "core/exact_state.h"
#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

/* Part of the stored form: never renumber. */
typedef enum MlopsEventKind
{
	MLOPS_EVENTS_NONE = 0,
	MLOPS_EVENTS_GAPS = 1,
	MLOPS_EVENTS_STREAKS = 2,
	MLOPS_EVENTS_DECAY = 3,
	MLOPS_EVENTS_TIME_WEIGHT = 4,
	MLOPS_EVENTS_DELINQUENCY = 5,
} MlopsEventKind;

#define MLOPS_EVENT_PARAMETERS 9

/* parameters[0] of STREAKS: what a NULL does; part of the stored form. */
#define MLOPS_STREAK_BREAK 1
#define MLOPS_STREAK_SKIP  2

/* A flag of STREAKS. */
#define MLOPS_FLAG_FALSE 0
#define MLOPS_FLAG_TRUE	 1
#define MLOPS_FLAG_NULL	 2

/* parameters of DECAY. */
#define MLOPS_DECAY_HALF_LIFE 0 /* microseconds, > 0 */
#define MLOPS_DECAY_AS_OF	  1 /* at or after all events */

/* parameters of TIME_WEIGHT; the first says how a value holds until the next one. */
#define MLOPS_TIME_WEIGHT_METHOD 0
#define MLOPS_TIME_WEIGHT_START	 1
#define MLOPS_TIME_WEIGHT_END	 2 /* after the start */
#define MLOPS_TIME_WEIGHT_LOCF	 1
#define MLOPS_TIME_WEIGHT_LINEAR 2

/*
 * parameters of DELINQUENCY.  The name of the time zone fills the first ones with its bytes, as
 * mlops_delinquency_zone has them: printable ASCII, at least one, with zeros up to the end.
 */
#define MLOPS_DELINQUENCY_ZONE		 0
#define MLOPS_DELINQUENCY_ZONE_BYTES 64
#define MLOPS_DELINQUENCY_AS_OF		 8 /* at or after all events */

/* All zero bytes are the empty state; the first parameter of a state with rows is not 0. */
typedef struct MlopsEventState
{
	int64_t kind; /* MlopsEventKind; NONE until a row comes */
	int64_t parameters[MLOPS_EVENT_PARAMETERS];
	int64_t on_nonfinite; /* MlopsNonfinite, of DECAY and TIME_WEIGHT */
	int64_t n_null;		  /* rows left out for a NULL, or a value that is skipped */
	int64_t n_nan;		  /* of DECAY: rows with such values, which are no events */
	int64_t n_plus;
	int64_t n_minus;
	MlopsEventBuffer events;
} MlopsEventState;

/* A row that comes or goes. */
typedef struct MlopsEventRow
{
	bool is_null; /* left out */
	int64_t time;
	int64_t tiebreak; /* of STREAKS */
	double value;	  /* a number, a MLOPS_FLAG_, or days from 0 to INT32_MAX */
} MlopsEventRow;

/* The name of the zone of DELINQUENCY; ends by a 0. */
static inline const char *
mlops_delinquency_zone(const MlopsEventState *state)
{
	return (const char *) &state->parameters[MLOPS_DELINQUENCY_ZONE];
}

static inline int64_t
mlops_delinquency_as_of(const MlopsEventState *state)
{
	return state->parameters[MLOPS_DELINQUENCY_AS_OF];
}

/* True for n bytes that a state can keep as the name of a zone. */
extern bool mlops_event_is_zone(const char *name, size_t n);

/* True if no row is in a state, whose parameters are then unknown. */
extern bool mlops_event_state_is_empty(const MlopsEventState *state);

/* Give an empty state its kind and parameters, [MLOPS_EVENT_PARAMETERS] or NULL for GAPS. */
extern void mlops_event_state_begin(MlopsEventState *state, MlopsEventKind kind,
									MlopsNonfinite on_nonfinite, const int64_t *parameters);

/* True if a state that is not empty was begun so. */
extern bool mlops_event_state_is_begun(const MlopsEventState *state, MlopsNonfinite on_nonfinite,
									   const int64_t *parameters);

/* Add a row.  Errors: NOMEM, LIMIT.  Cost: O(1) amortised. */
extern MlopsStatus mlops_event_state_add(MlopsEventState *state, const MlopsEventRow *row,
										 const MlopsAllocator *allocator);

/*
 * Remove a row that was added.
 *
 * Errors: those of mlops_event_buffer_remove.
 * Cost:   O(1) for the earliest row.
 */
extern MlopsStatus mlops_event_state_remove(MlopsEventState *state, const MlopsEventRow *row,
											const MlopsAllocator *allocator,
											const MlopsCancel *cancel);

/* Add all rows of another state.  Errors: NOMEM; INVALID for other parameters and LIMIT, with a reason. */
extern MlopsStatus mlops_event_state_merge(MlopsEventState *into, const MlopsEventState *from,
										   const MlopsAllocator *allocator, MlopsReason *reason);

/*
 * The fields of a state; when reading the kind is given, or with NONE read.
 *
 * Whoever writes sorts the events before, to hear a cancel.
 */
extern void mlops_event_state_transfer(MlopsEventState *state, MlopsEventKind kind,
									   MlopsStateIo *io);

#endif
