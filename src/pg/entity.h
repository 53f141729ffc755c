/*
 * The features of an entity, as they are known now or were at a time.
 */
#ifndef MLOPS_ENTITY_H
#define MLOPS_ENTITY_H

#include "datatype/timestamp.h"

#include "pg/cache.h"

/* What is asked for. */
typedef struct MlopsEntity
{
	MlopsEntityForm form;
	Datum key;		   /* int8, or text as the type of the entity column reads it */
	TimestampTz as_of; /* of the form with a time */
} MlopsEntity;

/*
 * Lanes of an entity's latest row.
 *
 *   lanes   OUT [n_columns + 1]
 *
 * The row is read from the relation or query that the version was trained on,
 * with the rights of the caller: the latest by time_column, ties to the larger
 * id_column; as of a time, the latest of those whose time_column is not after it.
 * Errors: P0002 if there is no such row; 21000 if there are several and the
 * model has neither time nor id column; 55000 if the model has no entity column
 * or one that the key cannot be compared with, or no time column that as_of can
 * be compared with; 22P02 and what else the entity column's type raises for a
 * text that it cannot read; what the read raises.
 * Cost: one run of a kept plan; an index on (entity, time, id) makes it a probe.
 */
extern void mlops_entity_lanes(const MlopsModel *model, const MlopsEntity *entity, uint16 *lanes);

#endif
