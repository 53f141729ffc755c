/*
 * The features of an entity, as they are known now.
 */
#ifndef MLOPS_ENTITY_H
#define MLOPS_ENTITY_H

#include "pg/cache.h"

/*
 * Lanes of an entity's latest row.
 *
 *   user_id   key in the entity column
 *   lanes     OUT [n_columns + 1]
 *
 * The row is read from the relation or query that the version was trained on,
 * with the rights of the caller: the latest by time_column, ties to the larger
 * id_column.
 * Errors: P0002 if there is no such row; 21000 if there are several and the
 * model has neither time nor id column; 55000 if the model has no entity column
 * or one that no bigint can be compared with; what the read raises.
 * Cost: one run of a kept plan; an index on (entity, time, id) makes it a probe.
 */
extern void mlops_entity_lanes(const MlopsModel *model, int64 user_id, uint16 *lanes);

#endif
