/*
 * One tree: grown and encoded.  What a process of a training does, alone or beside others.
 */
#ifndef MLOPS_TRAIN_TREE_H
#define MLOPS_TRAIN_TREE_H

#include "datatype/timestamp.h"

#include "core/codec.h"
#include "core/grow.h"

/* What all trees of a forest have in common; the pointers are the caller's. */
typedef struct MlopsTreeJob
{
	const MlopsDataset *dataset;
	MlopsGrowParams params;
	MlopsForestSpec spec; /* of its columns, only kind and n_codes are read */
	TimestampTz deadline; /* no tree but the first is begun from here on; DT_NOEND: none */
} MlopsTreeJob;

/* The scratch of one process. */
typedef struct MlopsTreeMaker
{
	MlopsAllocator allocator;
	const MlopsTreeJob *job;
	MlopsGrower *grower;
	MlopsTree tree;
} MlopsTreeMaker;

/* A tree that was made. */
typedef struct MlopsMadeTree
{
	MlopsBuffer bytes;			/* the chunk, from the maker's allocator */
	MlopsForestTotals totals;	/* of this tree alone */
	MlopsImportance importance; /* arrays [n_columns] of the caller, overwritten */
} MlopsMadeTree;

/* True from the deadline on. */
extern bool mlops_tree_job_is_late(const MlopsTreeJob *job);

/* Allocate in a context.  Errors: 53200. */
extern void mlops_tree_maker_init(MlopsTreeMaker *maker, const MlopsTreeJob *job,
								  MemoryContext context);
extern void mlops_tree_maker_end(MlopsTreeMaker *maker);

/*
 * Grow and encode tree number k.
 *
 *   made   IN/OUT  importance is given; bytes are new, the caller frees them
 *
 * Errors: 53200, 54000, and what a cancel raises.
 */
extern void mlops_tree_maker_make(MlopsTreeMaker *maker, uint32 number, MlopsMadeTree *made);

/* Three zeroed arrays of n columns in a context. */
extern MlopsImportance mlops_importance_alloc(MemoryContext context, uint32 n_columns);

#endif
