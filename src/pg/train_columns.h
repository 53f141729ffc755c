/*
 * Training: spool -> columns -> packed rows; what its files hand to each other.
 *
 *   train_pass.c        passes over the spool
 *   train_data.c        cut points, dictionaries, packing
 *   train_preprocess.c  what the argument preprocess makes of a feature's column
 */
#ifndef MLOPS_TRAIN_COLUMNS_H
#define MLOPS_TRAIN_COLUMNS_H

#include "core/exact_sum.h"
#include "pg/train.h"

/* A pass over the spool. */
typedef struct MlopsPass
{
	MlopsTraining *training;
	bits8 *sampled;	  /* [n_train] bits, NULL = all training rows are in the sample */
	size_t n_sampled; /* rows of the sample */
	size_t n_read;	  /* rows of the blocks before */
	/* of the block at hand; rows in it and slots without the flag */
	uint32 *chosen; /* training rows */
	uint32 *places;
	uint32 *sample; /* of these, those in the sample */
	uint32 *test;	/* test rows */
	uint32 *test_places;
	size_t n_chosen;
	size_t n_sample;
	size_t n_test;
} MlopsPass;

/* Choose the sample and make room for the lists of a block. */
extern void mlops_pass_init(MlopsPass *pass, MlopsTraining *training);

extern void mlops_pass_free(MlopsPass *pass);

/* Tell the rows of the next block apart; block 0 begins a pass. */
extern void mlops_pass_enter(MlopsPass *pass, size_t block);

/* True if a row of the training part, by its place there, is in the sample. */
static inline bool
mlops_pass_is_sampled(const MlopsPass *pass, uint32 place)
{
	return pass->sampled == NULL || (pass->sampled[place / 8] >> (place % 8) & 1) != 0;
}

/* What is gathered of one feature in a pass. */
typedef struct MlopsGathered
{
	double *values; /* numeric: [n_values] of the sample, else NULL */
	size_t n_values;
	uint64 *counts;	  /* categorical: [n_levels] training rows of each level, else NULL */
	uint32 *sorted;	  /* categorical: the reader's numbers of the column's levels, in its order */
	size_t n_missing; /* of all rows, if preprocess refuses them */
	/* if a number imputes them: over all training rows; min > max if there is no value */
	double min;
	double max;
	MlopsExactSum sum; /* of the finite ones; in limbs once there is one */
	int64 limbs[MLOPS_EXACT_SUM_LIMBS];
	size_t n_finite;
} MlopsGathered;

/* Gather what imputing needs from the block at hand of a feature. */
extern void mlops_preprocess_gather(const MlopsPass *pass, int feature, const void *values,
									MlopsGathered *gathered);

/*
 * Add the columns of a feature to those of the training.
 *
 *   native     its column without preprocessing; the name is NUL-terminated
 *   gathered   counts as they were gathered; values as mlops_binning_edges left them, n_values of them
 *
 * With encode "target" the spool is passed over once more.
 * Errors: 22000 for missing values that are refused, fewer rows or entities than folds; 54000 for
 * too many columns.
 */
extern void mlops_preprocess_add_columns(MlopsPass *pass, const MlopsColumn *native,
										 const MlopsGathered *gathered);

/* Codes of a target-encoded column for training rows: those of the other folds. */
struct MlopsFoldCodes
{
	uint16 *codes;		 /* [MLOPS_ENCODING_FOLDS][n_levels] by number of the reader's level */
	size_t n_levels;	 /* of the reader */
	uint32 impute_level; /* what stands for a missing one, or MLOPS_LEVEL_NONE */
};

/*
 * Overwrite the codes of training rows, the block's at hand, with those that their fold has.
 *
 *   level_ids   [rows of the block]
 *   codes       IN/OUT [rows of the block] as the model codes them
 */
extern void mlops_preprocess_code_folds(const MlopsPass *pass, const MlopsFoldCodes *fold_codes,
										const uint32 *level_ids, uint16 *codes);

/* Give back what only packing needed. */
extern void mlops_preprocess_free(MlopsTraining *training);

#endif
