/*
 * Small forests that were really grown, as trees, as bytes and decoded: for tests of the codec and
 * of walks.
 */
#ifndef MLOPS_RANDOM_FOREST_H
#define MLOPS_RANDOM_FOREST_H

#include "core/codec.h"
#include "core/grow.h"

#include "random_dataset.h"

typedef struct RandomForest
{
	RandomDataset data;	  /* its columns have edges or levels: code k is the number or level k */
	MlopsForestSpec spec; /* of the trees */
	MlopsTree *trees;	  /* [n_trees] as grown */
	MlopsBuffer *chunks;  /* [n_trees + 1] encoded, the header first */
	MlopsForestTotals totals;
	MlopsForestTotals *tree_totals; /* [n_trees] */
	double *class_weights;			/* [n_classes], or NULL */
	void **owned;					/* [n_owned] blocks of names, edges and levels */
	size_t n_owned;
} RandomForest;

/*
 * Grow and encode.
 *
 *   params   class_weights are taken from has_weights; criterion and max_features are set
 */
extern void random_forest_make(RandomForest *forest, const RandomShape *shape, uint32_t n_trees,
							   MlopsGrowParams params, bool has_weights);
extern void random_forest_free(RandomForest *forest);

/* Decode the chunks; the caller frees the forest.  Ends the program if that fails. */
extern MlopsForest *random_forest_decode(const RandomForest *forest);

/* The same of trees first .. first + n - 1 alone. */
extern MlopsForest *random_forest_decode_part(const RandomForest *forest, uint32_t first,
											  uint32_t n);

/* A coded row of the data: [n_columns + 1] lanes. */
extern void random_forest_lanes(const RandomForest *forest, size_t row, uint16_t *lanes);

/* Prediction of a coded row from the trees as grown, by the definitions in tree.h and forest.h. */
extern void random_forest_predict(const RandomForest *forest, const uint16_t *lanes, double *out);

#endif
