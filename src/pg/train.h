/*
 * Training: what its parts hand to each other.
 *
 *   train.c        SQL entry: arguments, checks, result
 *   train_sample.c rows -> training part and test part
 *   train_data.c   spool -> columns -> packed rows of both parts (train_columns.h)
 *   search_read.c  search.c: hyperparameters by cross-validation on the packed rows
 *   train_grow.c   packed rows -> trees -> chunks
 *   train_memory.c what that may take
 *   train_parallel.c   the same, in several processes
 *   train_measure.c  chunks -> decoded trees -> metrics of the test part and out of the bags
 *   train_permute.c  the same trees -> what each feature is worth on the test part
 *   train_keep.c   with keep_training_data: rows as they were read
 *   train_store.c  all of it -> a row of mlops.model_version
 */
#ifndef MLOPS_TRAIN_H
#define MLOPS_TRAIN_H

#include "fmgr.h"

#include "core/dataset.h"
#include "core/target.h"
#include "pg/catalog.h"
#include "pg/evaluation.h"
#include "pg/hyperparams.h"
#include "pg/preprocess.h"
#include "pg/reader.h"
#include "pg/spool.h"
#include "pg/train_tree.h"

/* How the test part is chosen, in the order of the words in train.c. */
typedef enum MlopsTestSampling
{
	MLOPS_SAMPLING_STRATIFIED,
	MLOPS_SAMPLING_RANDOM,
	MLOPS_SAMPLING_LAST,
	MLOPS_SAMPLING_ENTITY,
	MLOPS_SAMPLING_CUSTOM,
	MLOPS_SAMPLING_NONE,
} MlopsTestSampling;

extern const char *const mlops_sampling_names[];

/* Arguments of train_model, checked; texts may be NULL. */
typedef struct MlopsTrainArgs
{
	char *model;
	MlopsReadRequest read; /* relation or query, names of columns */
	char *task;			   /* as given */
	Jsonb *hyperparams;
	Jsonb *preprocess;
	char *positive_class;
	char *metric;
	double test_size;
	char *test_sampling; /* as given */
	char *max_time;		 /* as given */
	bool keep_rows;		 /* keep_training_data */
	char *search;		 /* "grid", "random" or NULL */
	Jsonb *search_params;
	Jsonb *search_args;
	TimestampTz deadline;
	Jsonb *tags;
	char *comment;
} MlopsTrainArgs;

/* Arguments of train_model; start_training has the same ones first. */
#define MLOPS_TRAIN_N_ARGS 26

/*
 * Read the arguments of a call.
 *
 * Errors: 22023 for what cannot be, 0A000 for an algorithm, hyperparameter or scale that is not supported.
 */
extern void mlops_train_read_arguments(FunctionCallInfo fcinfo, MlopsTrainArgs *args);

/*
 * Check all that can be without reading a row: model, relation or query, columns,
 * hyperparameters.
 *
 * Errors: those of train_model, but for what only rows can tell; a missing privilege on what
 * is read shows when it is read.
 */
extern void mlops_train_check(const MlopsTrainArgs *args);

typedef struct MlopsSearch MlopsSearch;
typedef struct MlopsTrainPermutation MlopsTrainPermutation;
typedef struct MlopsFoldCodes MlopsFoldCodes;

/* The rows of one side, in their order; arrays [n], NULL where they are not needed (any more). */
typedef struct MlopsRowPart
{
	size_t n;
	uint32 *classes;
	double *targets;
	double *weights;
	uint64 *keys; /* hash of the id, or of the row's number; for folds */
	uint64 *entities;
} MlopsRowPart;

/* A training on its way; everything lives in context. */
typedef struct MlopsTraining
{
	MemoryContext context;
	MlopsAllocator allocator;
	const MlopsTrainArgs *args;
	MlopsRows *rows;
	MlopsTask task;
	int positive; /* two classes */
	MlopsTestSampling sampling;
	MlopsHyperparams params; /* after a search: the best */
	int metric;				 /* that rules, in mlops_metric_names */
	MlopsSearch *search;	 /* or NULL */
	bool is_fold;			 /* of a search: only its metric is asked for */
	TimestampTz deadline;	 /* no tree but the first is begun after it */
	MlopsKeptRows *kept;	 /* with keep_training_data, or NULL */
	MlopsSpool *spool;		 /* features of all rows, until they are packed */
	uint32 *slots; /* [n_rows] place of a row in its part, see mlops_train_slot; or NULL */
	MlopsRowPart train;
	MlopsRowPart test;
	size_t n_duplicates;		 /* test rows whose features are in the training part */
	MlopsPreprocess *preprocess; /* [n_features] */
	uint32 n_columns;			 /* at least one for each feature */
	uint32 columns_capacity;
	MlopsColumn *columns; /* [n_columns] */
	/* until the rows are packed: of target-encoded columns, others NULL [n_columns] */
	MlopsFoldCodes **fold_codes;
	Size column_bytes;	   /* of the columns' codes and cut points */
	Size packing_bytes;	   /* of what codes levels; 0 once the rows are packed */
	uint8 *encoding_folds; /* [train.n], or NULL if no column is target-encoded */
	double *class_weights; /* [n_classes] or NULL */
	MlopsTargetScale scale;
	double weight_unit;			 /* rows that 1 of the packed rows' weight stands for */
	MlopsDataset *dataset;		 /* packed rows of the training part */
	MlopsDataset *test_dataset;	 /* of the test part, NULL if it is empty */
	Size held_bytes;			 /* in a search: rows beside those of the fold */
	int n_workers;				 /* processes to ask for beside this one */
	struct dsm_segment *segment; /* that the dataset lies in, or NULL */
	MlopsGrowParams grow_params;
	MlopsForestSpec spec;			/* n_trees: those that were grown */
	MlopsChunk *chunks;				/* [n_estimators + 1] */
	MlopsForestTotals *tree_totals; /* [n_estimators] */
	Size n_bytes;
	uint64 n_nodes;
	double *importance_gain; /* [n_features] sums over the columns of each */
	double *importance_cover;
	double *importance_weight;
	MlopsEvaluation evaluation; /* of the test part */
	MlopsEvaluation *oob;		/* of the training part, out of the bags; or NULL */
	Jsonb *metrics;
	MlopsTrainPermutation *permutation; /* while it runs */
	size_t n_permutation_rows;			/* 0: not measured */
	double *importance_permutation;		/* [n_features] or NULL; NaN = not defined */
	double *permutation_se;
} MlopsTraining;

/* Room for n things, also beyond 1 GB, until the training ends.  Errors: 53200. */
extern void *mlops_train_alloc(MlopsTraining *training, size_t n, size_t size);

/* Chosen rows of a part, in their order, in room of their own. */
extern void mlops_part_choose(MlopsTraining *training, const MlopsRowPart *part,
							  const uint32 *chosen, size_t n, MlopsRowPart *result);

/* Give the arrays of a part back; its number of rows stays. */
extern void mlops_part_free(MlopsRowPart *part);

/* Bit of a slot: the row is in the test part. */
#define MLOPS_SLOT_TEST UINT32_C(0x80000000)

/* Slot of the row that was read i-th: its place in its part, and the bit. */
static inline uint32
mlops_train_slot(const MlopsTraining *training, size_t i)
{
	uint32 row = training->rows->places == NULL ? (uint32) i : training->rows->places[i];

	return training->slots == NULL ? row : training->slots[row];
}

/*
 * Choose the test part, and divide what the reader kept between the parts.
 *
 * Errors: 22000 if a part would be empty or of one class.
 */
extern void mlops_train_sample(MlopsTraining *training);

/* True if a feature is encoded by the target. */
extern bool mlops_train_encodes_target(const MlopsTraining *training);

/* Give back what only folds need of the training part. */
extern void mlops_train_drop_keys(MlopsTraining *training);

/*
 * Deal the training rows, whose keys are still there, out to folds: mlops_sample_folds, with
 * test_sampling "entity" of whole entities.
 *
 * Returns [train.n].  Errors: 22000 if a fold would be empty.
 */
extern uint8 *mlops_train_deal_folds(MlopsTraining *training, int n_folds);

/* Set the weights of the classes from params and the training part. */
extern void mlops_train_weigh_classes(MlopsTraining *training);

/*
 * Find cut points and levels in the training rows, and pack the rows of both parts.
 *
 * The spool is given back.  Errors: 53400 for more memory than a training may take; 54000, 53200.
 */
extern void mlops_train_prepare(MlopsTraining *training);

extern void mlops_train_init_gucs(void);

/* Bytes that a training may take, from mlops.max_train_memory. */
extern uint64 mlops_train_memory_limit(void);

/*
 * Refuse (53400) a training whose packed rows, processes and one tree of each would not fit.
 *
 *   layout   a dataset of the training's columns with any number of rows
 *   params   resolved
 *
 * Returns the estimate in bytes.
 */
extern uint64 mlops_train_check_memory(const MlopsTraining *training, const MlopsDataset *layout,
									   const MlopsGrowParams *params);

/* Bytes of the packed rows of both parts, and of what is kept of them. */
extern uint64 mlops_train_row_bytes(const MlopsTraining *training, const MlopsDataset *layout);

/* Refuse (53400) columns, all so far, whose levels and codes would not fit. */
extern void mlops_train_check_columns(const MlopsTraining *training);

/*
 * Refuse (53400) a search whose rows and their copies in the folds of a trial would not fit,
 * whatever the trials are; each fold is checked by mlops_train_check_memory.
 */
extern void mlops_train_check_search(const MlopsTraining *training, const MlopsDataset *layout);

/* Refuse (53400) a forest of trees like this one, the first, if it would not fit. */
extern void mlops_train_check_result(const MlopsTreeJob *job, const MlopsMadeTree *made);

/*
 * Choose the number of processes and make room for the dataset: shared memory if there will be
 * several, else the training's context.  The block is given back by mlops_train_release_dataset.
 */
extern void *mlops_train_alloc_dataset(MlopsTraining *training, Size n_bytes);

/* Grow and encode all trees. */
extern void mlops_train_grow(MlopsTraining *training);

/* Tell by a NOTICE if the forest has fewer trees than asked for, or is very large. */
extern void mlops_train_note_forest(const MlopsTraining *training);

/*
 * Decode the trees as a reader of the model would, a part of them at a time, and predict by them the
 * test rows and, with oob_score, each training row by the trees that did not draw it; measure both.
 *
 * Tells by a NOTICE how many rows all trees drew; they are left out.  The packed rows are still there.
 * Errors: 53200.
 */
extern void mlops_train_measure(MlopsTraining *training);

/* Measure outputs [n][n_outputs] of the rows of a part. */
extern void mlops_train_measure_part(const MlopsTraining *training, const MlopsRowPart *part,
									 const double *outputs, MlopsEvaluation *evaluation);

/*
 * Permutation importance, on a sample of the test part: begin, all trees in their order, end.  The
 * splits of the features are counted already, the packed rows are still there at the beginning.
 *
 *   part   some trees, those after the ones before
 *
 * Nothing happens without a test part, or with mlops.permutation_rows = 0.  Errors: 53200, cancel.
 * Cost: at most five walks of each tree for each row and feature that is split on.
 */
extern void mlops_train_permute_begin(MlopsTraining *training);
extern void mlops_train_permute_add_trees(MlopsTraining *training, const MlopsForest *part);
extern void mlops_train_permute_end(MlopsTraining *training);

/* Bytes that permutation importance takes at most.  layout: a dataset of the training's columns. */
extern double mlops_train_permute_bytes(const MlopsTraining *training, const MlopsDataset *layout);

extern void mlops_train_permute_init_gucs(void);

/* Make the metrics of all that was measured. */
extern void mlops_train_make_metrics(MlopsTraining *training);

/* Give the packed rows back. */
extern void mlops_train_release_dataset(MlopsTraining *training);

/* Rows to keep: none yet.  They live in a tuple store, beyond work_mem in a temporary file. */
extern MlopsKeptRows *mlops_kept_create(void);

/* Keep a row: an MlopsTakeRow whose state is an MlopsKeptRows. */
extern void mlops_kept_take(void *state, TupleTableSlot *slot);

/* Give the rows back; takes NULL. */
extern void mlops_kept_free(MlopsKeptRows *kept);

/* Note which of the kept rows are in the test part; slots and places are still there. */
extern void mlops_kept_mark_test(MlopsTraining *training);

/* Store the version; returns its number. */
extern int32 mlops_train_store(MlopsTraining *training);

#endif
