/*
 * The state of the aggregates that are told from how often each value comes: entropy, concentration_index,
 * distinct_count, most_common, top_values.
 *
 * A value is counted by its image (pg/image.h), for which neither order nor equality of its type is asked.  Values that
 * are equal though their images are not meet in the final function, so the state does not depend on the order of rows, and
 * taking a value away is exact.
 */
#ifndef MLOPS_AGG_COUNTED_H
#define MLOPS_AGG_COUNTED_H

#include "core/counted_set.h"
#include "pg/agg_state.h"
#include "pg/image.h"

/* Of concentration_index(x, w), in the keys before the image. */
#define MLOPS_COUNTED_WEIGHT_BYTES sizeof(float8)

/* All zero bytes are the empty state. */
typedef struct MlopsCountedState
{
	MlopsCountedSet set; /* images, with weights before them */
	MlopsCountedSet
		classes; /* rows of equal values, for types that have classes, without weights; follows from set */
	MlopsImageType type; /* of the values; not known in an empty state */
	int64 n_null;		 /* rows left out because a value or weight is NULL */
	int64 has_weights;	 /* 1 if weights are part of the keys */
	int64 k;			 /* of top_values, 0 for others */
	float8 base;		 /* of entropy, 0 for the natural logarithm */
} MlopsCountedState;

extern const MlopsStateClass mlops_counted_class;

/* Raise 42804 unless the values of a state are of a type, whose Datums somebody is going to give or take. */
extern void mlops_counted_check_type(const MlopsCountedState *state, Oid type);

#endif
