/*
 * A forest ready to predict: one block of memory, addressed by offsets.
 *
 *   MlopsForest | class weights | column records | edges | guides to the edges |
 *   level records | bytes of names and levels | trees | nodes | leaf values
 *
 * Because nothing but offsets is stored, the block can be copied or mapped
 * anywhere.  It is made by core/codec from stored bytes and is not changed
 * afterwards.
 *
 * A node is 8 bytes.  Lane 0 of a coded row is always 0 and lane c + 1 is the
 * code of column c, so a numeric step needs no test:
 *
 *   id = child + ((uint16_t) (lane[where & LANE] + missing_left) > t)
 *
 * with t = threshold + missing_left: the missing code 65535 wraps to 0 and goes
 * left.  A leaf looks at lane 0, 0 > t is never true, and child is the leaf
 * itself, so walks in lockstep need no test for leaves either.
 *
 * A subset node keeps its codes in the slots just before its children: t holds
 * the number of codes (bit 15 clear: ascending codes, four to a slot) or the
 * number of 64-bit words of a bit set (bit 15 set).  Members go to the side
 * opposite of missing.
 *
 * A leaf's t is its entry in the values of its tree.  A tree with more entries
 * than t can count keeps its values by node instead (values_by_node).
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
/* Of a regression target, so that a sum over trees is finite. */
#define MLOPS_MAX_VALUE 1e300

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
	const MlopsColumn *columns;	 /* [n_columns] valid as a list */
	const double *class_weights; /* [n_classes], finite and > 0; NULL = all 1 */
	double target_centre;		 /* regression, finite */
	double target_step;			 /* regression, finite and > 0 */
} MlopsForestSpec;

#define MLOPS_NODE_LANE			0x3FFF
#define MLOPS_NODE_MISSING_LEFT 0x4000
#define MLOPS_NODE_SUBSET		0x8000
#define MLOPS_SET_BITS			0x8000 /* of t in a subset node */
#define MLOPS_MAX_TABLE_ENTRIES 65536  /* leaf entries that t can count */

typedef struct MlopsForestNode
{
	uint32_t child; /* slot of the left child in this tree; a leaf: its own slot */
	uint16_t where; /* lane, missing-left, subset */
	uint16_t t;
} MlopsForestNode;

typedef struct MlopsForestTree
{
	uint64_t first_node;  /* slot 0 of the tree in the forest's nodes: its root */
	uint64_t first_value; /* in the forest's values */
	uint32_t n_slots;
	uint32_t values_by_node;
} MlopsForestTree;

/* A column as the block keeps it. */
typedef struct MlopsForestColumn
{
	uint64_t name_offset;
	uint64_t edges_offset;	/* numeric: double[n_codes - 1] */
	uint64_t guide_offset;	/* numeric: MlopsColumnGuide, or 0 */
	uint64_t levels_offset; /* not numeric: MlopsForestLevel[n_levels] */
	uint32_t name_bytes;
	uint32_t feature;
	uint32_t n_codes;
	uint32_t n_levels;
	uint16_t missing_code;
	uint16_t unseen_code;
	uint16_t kind;
	bool has_rest;
	bool refuses_missing;
} MlopsForestColumn;

typedef struct MlopsForestLevel
{
	uint64_t offset;
	uint32_t n_bytes;
	uint32_t code;
} MlopsForestLevel;

typedef struct MlopsForest
{
	uint64_t n_bytes; /* of the whole block */
	uint32_t task;	  /* MlopsTask */
	uint32_t n_classes;
	uint32_t n_columns;
	uint32_t n_features; /* raw values of a row: at most n_columns */
	uint32_t n_trees;
	uint32_t n_outputs; /* of a prediction: 1 for regression and two classes, else n_classes */
	uint32_t has_subsets;
	double target_centre;
	double target_step;
	uint64_t n_nodes;			   /* slots of all trees */
	uint64_t n_values;			   /* doubles of all trees */
	uint64_t class_weights_offset; /* 0: all 1 */
	uint64_t columns_offset;
	uint64_t trees_offset;
	uint64_t nodes_offset;
	uint64_t values_offset;
} MlopsForest;

/* Address of something in the block. */
static inline const void *
mlops_forest_at(const MlopsForest *forest, uint64_t offset)
{
	return (const char *) forest + offset;
}

/* Lanes of a coded row: one per column, and lane 0. */
static inline uint32_t
mlops_forest_n_lanes(const MlopsForest *forest)
{
	return forest->n_columns + 1;
}

/*
 * The columns with pointers into the block.
 *
 * Returns [n_columns] from the allocator, in one block to be freed by the
 * caller and valid while the forest is; NULL when there is no memory.
 * Cost: O(columns + levels).
 */
extern MlopsColumn *mlops_forest_columns(const MlopsForest *forest,
										 const MlopsAllocator *allocator);

/* LIMIT with a reason if the block has more bytes than max_bytes, else OK. */
extern MlopsStatus mlops_forest_check_size(const MlopsForest *forest, size_t max_bytes,
										   MlopsReason *reason);

#endif
