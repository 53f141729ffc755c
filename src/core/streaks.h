/*
 * Runs of true flags in a history.
 */
#ifndef MLOPS_STREAKS_H
#define MLOPS_STREAKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event_state.h"

typedef struct MlopsStreaks
{
	int64_t current; /* length of the run that the last event is in, 0 if that is not true */
	int64_t longest;
	int64_t n;			/* runs */
	bool has_break;		/* an event was not true */
	int64_t last_break; /* the time of the last of those */
} MlopsStreaks;

/* What STREAKS say whose events are sorted.  Cost: O(events). */
extern MlopsStreaks mlops_streaks_count(const MlopsEventState *state);

#endif
