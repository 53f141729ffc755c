/*
 * Hyperparameters of a random forest: jsonb <-> checked numbers.
 */
#ifndef MLOPS_HYPERPARAMS_H
#define MLOPS_HYPERPARAMS_H

#include "utils/jsonb.h"

#include "core/forest.h"
#include "core/grow.h"

/* How a limit was given: not at all, as a count, as a share of the rows or columns. */
typedef enum MlopsAmountKind
{
	MLOPS_AMOUNT_NONE,
	MLOPS_AMOUNT_COUNT,
	MLOPS_AMOUNT_FRACTION,
	MLOPS_AMOUNT_SQRT,
	MLOPS_AMOUNT_LOG2,
} MlopsAmountKind;

typedef struct MlopsAmount
{
	MlopsAmountKind kind;
	double value;
} MlopsAmount;

typedef enum MlopsClassWeightKind
{
	MLOPS_CLASS_WEIGHT_NONE,
	MLOPS_CLASS_WEIGHT_BALANCED,
	MLOPS_CLASS_WEIGHT_BALANCED_SUBSAMPLE,
	MLOPS_CLASS_WEIGHT_MAP,
} MlopsClassWeightKind;

typedef struct MlopsHyperparams
{
	uint32 n_estimators;
	MlopsCriterion criterion;
	const char *criterion_name;
	uint32 max_depth; /* 0 = no limit */
	MlopsAmount max_features;
	MlopsAmount min_samples_split;
	MlopsAmount min_samples_leaf;
	uint32 max_leaf_nodes; /* 0 = no limit */
	bool bootstrap;
	MlopsAmount max_samples;
	MlopsClassWeightKind class_weight;
	Jsonb *class_weights; /* MAP: label -> weight */
	int64 random_state;
	bool oob_score;
	uint32 max_bins;
} MlopsHyperparams;

/*
 * Read hyperparameters; what is absent gets its default, a missing random_state
 * is drawn.
 *
 * Errors: 22023 for an unknown key, a key beside its alias, a value of the wrong
 * type or out of range; 0A000 for a key that is not supported yet.
 */
extern void mlops_hyperparams_read(Jsonb *object, MlopsTask task, MlopsHyperparams *params);

/* Name under which a key is stored, which may be an alias; NULL if it is unknown. */
extern const char *mlops_hyperparams_name(const char *key);

/* All hyperparameters as jsonb, defaults written in. */
extern Jsonb *mlops_hyperparams_jsonb(const MlopsHyperparams *params);

/*
 * Resolve shares to counts.
 *
 *   n_rows, n_columns   of the training rows
 *   grow                OUT, but for the class weights
 *
 * Errors: 22023 for more samples than rows.
 */
extern void mlops_hyperparams_resolve(const MlopsHyperparams *params, uint64 n_rows,
									  uint32 n_columns, MlopsGrowParams *grow);

/*
 * Weights of the classes.
 *
 *   labels    IN   [n_classes] NUL-terminated label texts
 *   counts    IN   [n_classes] training rows (weighted) of each class, > 0
 *   weights   OUT  [n_classes]
 *
 * Returns false if all weights are 1.  A label of the map that is no class, or a
 * weight that is not positive, is 22023.
 */
extern bool mlops_hyperparams_class_weights(const MlopsHyperparams *params,
											const char *const *labels, const double *counts,
											uint32 n_classes, double *weights);

#endif
