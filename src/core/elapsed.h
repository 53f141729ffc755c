/*
 * Time since the first and the last event of a history.
 *
 * Two times and counts are all that rows leave behind.  While rows are removed,
 * oldest first, all times that may become the first or the last stand in a queue
 * (core/extremes.h).
 */
#ifndef MLOPS_ELAPSED_H
#define MLOPS_ELAPSED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/exact_stats.h"
#include "core/extremes.h"
#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

/* All zero bytes are the empty state. */
typedef struct MlopsElapsed
{
	int64_t n; /* events */
	int64_t n_null;
	int64_t as_of;	  /* at or after all events; 0 without rows */
	int64_t earliest; /* of n > 0 events, unless queue is there */
	int64_t latest;
	MlopsExtremes *queue; /* NULL unless rows are removed */
} MlopsElapsed;

extern bool mlops_elapsed_is_empty(const MlopsElapsed *elapsed);

/* Begin an empty state; is_moving if rows will be removed.  Errors: NOMEM. */
extern MlopsStatus mlops_elapsed_begin(MlopsElapsed *elapsed, int64_t as_of, bool is_moving,
									   const MlopsAllocator *allocator);

/* Add a row; time is at most as_of.  Errors: NOMEM. */
extern MlopsStatus mlops_elapsed_add(MlopsElapsed *elapsed, bool is_null, int64_t time,
									 const MlopsAllocator *allocator);

/*
 * Remove the oldest row of a state that moves, which was NULL or not.
 *
 * Errors: INVALID if the state has no such row: nothing was removed then.
 */
extern MlopsStatus mlops_elapsed_remove(MlopsElapsed *elapsed, bool is_null);

/* Add the rows of another state to one that does not move.  Errors: INVALID for another as_of. */
extern MlopsStatus mlops_elapsed_merge(MlopsElapsed *into, const MlopsElapsed *from,
									   const MlopsAllocator *allocator, MlopsReason *reason);

/* Seconds from the latest (or earliest) event to as_of, rounded once; not defined without events. */
extern MlopsAnswer mlops_elapsed_seconds(const MlopsElapsed *elapsed, bool is_latest,
										 double *result);

extern void mlops_elapsed_transfer(MlopsElapsed *elapsed, MlopsStateIo *io);

#endif
