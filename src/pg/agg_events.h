/*
 * States of events as types of SQL.
 */
#ifndef MLOPS_AGG_EVENTS_H
#define MLOPS_AGG_EVENTS_H

#include "core/event_state.h"
#include "pg/agg_state.h"

/* mlops.gap_stats, mlops.streak_stats, mlops.time_weighted, mlops.delinquency; mlops._decay_state. */
extern const MlopsStateClass mlops_gap_stats_class;
extern const MlopsStateClass mlops_streak_stats_class;
extern const MlopsStateClass mlops_time_weighted_class;
extern const MlopsStateClass mlops_delinquency_class;
extern const MlopsStateClass mlops_decay_class;

/* Put the events of a state in order, which changes nothing that it says; serves interrupts. */
extern void mlops_events_prepare(MlopsEventState *state);

/* Argument 0 of an accessor or a final function, its events in order. */
extern const MlopsEventState *mlops_events_get(FunctionCallInfo fcinfo,
											   const MlopsStateClass *class);

#endif
