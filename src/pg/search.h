/*
 * Search for hyperparameters by cross-validation.
 *
 * The training rows are dealt out to folds (core/sampling).  For each trial and
 * fold the packed rows of the others are copied to a dataset of their own (a
 * small part of the time that growing takes), the trial's forest is grown from
 * it, and measured on the fold's rows; nothing is read or binned again.  So the
 * cut points are those of all training rows, in every trial, and so is what the
 * argument preprocess learned: imputed values and the codes of encode "target",
 * which know of each row only the targets of other rows, but among those some of
 * the fold that is measured.
 *
 * With max_time the trials count that were whole before the time that the forest in
 * the end is expected to take: as long as the slowest fold took, and as many rows
 * more.  The first trial counts in any case, with the trees that it has.
 */
#ifndef MLOPS_SEARCH_H
#define MLOPS_SEARCH_H

#include "pg/train.h"

/* One set of hyperparameters. */
typedef struct MlopsTrial
{
	Jsonb *params; /* those that are searched */
	MlopsHyperparams hyperparams;
	double *scores; /* [n_folds]; NaN = the fold does not define the metric */
	double mean;	/* NaN if a score is */
	double spread;	/* standard deviation of the scores, divisor n_folds */
} MlopsTrial;

struct MlopsSearch
{
	int n_folds;
	int n_iter;			/* trials asked for; 0 for a grid */
	int n_trials;		/* that were made, once it has run */
	bool is_truncated;	/* by max_time */
	MlopsTrial *trials; /* [n_trials] in the order of the grid, or as drawn */
	int best;			/* the first of the best means */
};

/*
 * Check the arguments and list the trials, in the training's context; NULL
 * without a search.  Task and base hyperparameters are known.
 *
 * Errors: 22023 for values that are no lists, unknown keys, hyperparameters that
 * cannot be searched or are out of range; 54000 for too many trials.
 */
extern MlopsSearch *mlops_search_read(const MlopsTraining *training);

/*
 * Measure all trials and choose the best; the dataset stays.
 *
 * Errors: 22000 if a fold would be empty, or if no trial has a score; those of
 * growing.
 */
extern void mlops_search_run(MlopsTraining *training, MlopsSearch *search);

/* The trials as a jsonb array of {"params", "fold_scores", "mean", "spread", "is_best"}. */
extern Jsonb *mlops_search_jsonb(const MlopsSearch *search);

/* The arguments of the search with their defaults, {"cv", "n_iter"}; NULL without a search. */
extern Jsonb *mlops_search_args_jsonb(const MlopsTraining *training);

#endif
