/*
 * Runs of true flags in a history.
 */
#include "core/streaks.h"

MlopsStreaks
mlops_streaks_count(const MlopsEventState *state)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	MlopsStreaks streaks = { 0 };

	for (size_t i = 0; i < state->events.n; i++)
	{
		if (events[i].value != MLOPS_FLAG_TRUE)
		{
			streaks.current = 0;
			streaks.has_break = true;
			streaks.last_break = events[i].time;
			continue;
		}
		streaks.n += streaks.current == 0;
		streaks.current++;
		if (streaks.current > streaks.longest)
			streaks.longest = streaks.current;
	}
	return streaks;
}
