/*
 * Growing trees: from packed rows to one tree at a time.
 *
 * A grower is the scratch memory of one process.  Tree k depends on the
 * dataset, the parameters and k alone, so any number of growers may share the
 * trees of a forest in any order.
 */
#ifndef MLOPS_GROW_H
#define MLOPS_GROW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/dataset.h"
#include "core/memory.h"
#include "core/rng.h"
#include "core/split.h"
#include "core/status.h"
#include "core/tree.h"

/* Everything that rules a forest beside its data; all limits are resolved to counts. */
typedef struct MlopsGrowParams
{
	MlopsCriterion criterion;
	uint32_t max_depth;			/* 0 = no limit */
	uint32_t max_features;		/* 1 .. n_columns */
	uint32_t min_samples_split; /* >= 2, unique rows */
	uint32_t min_samples_leaf;	/* >= 1, unique rows */
	uint32_t max_leaf_nodes;	/* 0 = no limit, else >= 2: grow best-first */
	bool bootstrap;
	uint64_t n_draws; /* bootstrap: draws with replacement, 1 .. n_rows */
	int64_t random_state;
	const double *class_weights; /* [n_classes] > 0, or NULL = all 1 */
	bool balanced_subsample;	 /* class weights from each tree's own draws */
} MlopsGrowParams;

/* What one tree says about the columns; arrays [n_columns] of the caller, zeroed by him. */
typedef struct MlopsImportance
{
	double *gain;	  /* impurity decrease, divided by the weight of the root */
	double *cover;	  /* weight of the nodes that the column splits */
	uint64_t *splits; /* number of splits */
} MlopsImportance;

typedef struct MlopsGrower MlopsGrower;

/*
 * Allocate the scratch memory of one process.
 *
 *   dataset    stays with the caller and must outlive the grower
 *   params     copied; class_weights stays with the caller
 *   cancel     asked at least once per node; may be NULL
 *   grower     OUT, from the allocator; free with mlops_grower_free
 *
 * Errors: NOMEM.
 * Memory: 16 n_words bytes per in-bag row, n_rows bytes, two histograms.
 */
extern MlopsStatus mlops_grower_create(const MlopsDataset *dataset, const MlopsGrowParams *params,
									   const MlopsAllocator *allocator, const MlopsCancel *cancel,
									   MlopsGrower **grower);
extern void mlops_grower_free(MlopsGrower *grower);

/*
 * Grow one tree.
 *
 *   number      IN      0 .. number of trees - 1: its random stream
 *   tree        IN/OUT  emptied first; its blocks come from the grower's allocator
 *   importance  IN/OUT  added to; may be NULL
 *
 * Errors: NOMEM, CANCELLED; LIMIT when a tree needs 2^31 nodes.
 * Cost:   O(rows in bag * depth * max_features).
 */
extern MlopsStatus mlops_grower_grow(MlopsGrower *grower, uint32_t number, MlopsTree *tree,
									 const MlopsImportance *importance);

/*
 * Multiplicity of every row in the bootstrap of one tree.
 *
 *   counts   OUT [n_rows], 255 and above are kept at 255
 *
 * Returns the generator after the draws, which growing goes on with.
 * Cost: O(n_rows + n_draws).
 */
extern MlopsRng mlops_bootstrap_draw(const MlopsGrowParams *params, uint64_t n_rows,
									 uint32_t number, uint8_t *counts);

#endif
