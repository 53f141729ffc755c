/*
 * A forest ready to predict: one block of memory, addressed by offsets.
 *
 *   MlopsForest | columns | edges | levels | level codes | bytes of names and
 *   levels | trees | nodes | leaf values
 *
 * Because nothing but offsets is stored, the block can be copied or mapped
 * anywhere.  It is made by core/codec from stored bytes and is not changed
 * afterwards.
 *
 * A node is 8 bytes.  Lane 0 of a coded row is always 0 and lane c + 1 is the
 * code of column c, so a numeric step needs no test:
 *
 *   id = child + ((uint16_t) (lane[where & MASK] + missing_left) > t)
 *
 * with t = threshold + missing_left: the missing code 65535 wraps to 0 and goes
 * left.  A leaf looks at lane 0, 0 > t is never true, and child is the leaf
 * itself, so that walks in lockstep need no test for leaves either.
 *
 * A subset node keeps its codes in the nodes just before its children: t holds
 * the number of codes (bit 15 clear: ascending codes, four to a node) or the
 * number of 64-bit words of a bit set (bit 15 set).  Members go to the side
 * opposite of missing.
 */
#ifndef MLOPS_FOREST_H
#define MLOPS_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/column.h"
#include "core/memory.h"
#include "core/status.h"

#define MLOPS_MAX_CLASSES 1000
#define MLOPS_MAX_TREES	  100000

typedef enum MlopsTask
{
	MLOPS_TASK_CLASSIFICATION = 0,
	MLOPS_TASK_REGRESSION = 1,
} MlopsTask;

/*
 * What training and the stored forest agree on, beside the trees.
 *
 * Leaf values, by leaf entry k (classification) or (S, W) (regression):
 *   p_c = w_c * k_c / (sum over j in class order of w_j * k_j)
 *   y   = target_centre + target_step * ((double) S / (double) W)
 */
typedef struct MlopsForestSpec
{
	MlopsTask task;
	uint32_t n_classes;			 /* classification: 2 .. MLOPS_MAX_CLASSES; regression: 0 */
	uint32_t n_columns;			 /* 1 .. MLOPS_MAX_COLUMNS */
	uint32_t n_trees;			 /* 1 .. MLOPS_MAX_TREES */
	const MlopsColumn *columns;	 /* [n_columns] */
	const double *class_weights; /* [n_classes], finite and > 0; NULL = all 1 */
	double target_centre;		 /* regression, finite */
	double target_step;			 /* regression, finite and > 0 */
} MlopsForestSpec;

#endif
