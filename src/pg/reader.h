/*
 * A relation or query -> blocks of rows.
 *
 * The query runs once, read-only, as the caller and under one snapshot, into a
 * receiver of our own: no cursor, no tuple store.  What a column is for (its
 * role) is decided by name when the result's columns are known.  Features are
 * handed on block by block and not kept; targets, keys and the like stay.
 *
 * A float8[] column x counts as the numeric features x[1] .. x[n].
 */
#ifndef MLOPS_READER_H
#define MLOPS_READER_H

#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"

#include "core/level_set.h"
#include "pg/value.h"

typedef struct MlopsRows MlopsRows;

/*
 * Takes a block: rows->n_block rows, whose features are in the arrays of
 * rows->features until the call returns; those of the last block (rows->is_complete) stay there.
 */
typedef void (*MlopsTakeBlock)(void *state, const MlopsRows *rows);

/* Takes a row of the query that is not left out, before it is part of a block. */
typedef void (*MlopsTakeRow)(void *state, TupleTableSlot *slot);

/* What to read. */
typedef struct MlopsReadRequest
{
	Oid relation;		   /* or InvalidOid */
	const char *query;	   /* if there is no relation */
	List *features;		   /* names (char *) in order; NIL = all columns without another role */
	List *exclude;		   /* names that are no features */
	const char *target;	   /* name; NULL = none is read */
	int is_classification; /* of the target: 1, 0, or -1 = infer from its type */
	const char *id_column; /* the rest: names or NULL */
	const char *entity_column;
	const char *time_column;
	const char *split_column;
	const char *weight_column;
	bool is_for_other;	 /* another session will read it */
	uint64 max_bytes;	 /* of what is kept, and of dividing it as a training does; 0 = no limit */
	MlopsTakeBlock take; /* called for each block in order */
	void *take_state;
	MlopsTakeRow take_row; /* or NULL */
	void *take_row_state;
} MlopsReadRequest;

/* One feature. */
typedef struct MlopsReadColumn
{
	char *name;
	MlopsValueType type;
	double *numbers;   /* [n_block], numeric: NaN = missing */
	uint32 *level_ids; /* [n_block], categorical: MLOPS_LEVEL_NONE = missing */
	MlopsLevelSet levels;
} MlopsReadColumn;

/* Its values, double[n_block] or uint32[n_block]. */
static inline const void *
mlops_read_values(const MlopsReadColumn *column)
{
	return column->type.kind == MLOPS_COLUMN_NUMERIC ? (const void *) column->numbers :
													   (const void *) column->level_ids;
}

/*
 * A float8[] column turned out to have n_elements: the feature at place became
 * so many.  In blocks before that it was one, without a value.
 */
typedef struct MlopsExpansion
{
	int place;
	int n_elements;
} MlopsExpansion;

/* Rows that were read; arrays [n_rows]; everything lives in the context that was given. */
struct MlopsRows
{
	MemoryContext context;
	MlopsAllocator allocator; /* over context */
	size_t n_rows;
	size_t n_block;		   /* rows of the block at hand */
	bool is_complete;	   /* it is the last one */
	uint64 n_bytes;		   /* of the arrays */
	uint64 text_bytes;	   /* of levels and labels */
	size_t n_null_targets; /* rows that were dropped */
	size_t n_zero_weights; /* rows that were dropped */
	int n_features;
	MlopsReadColumn *features;
	int n_expansions;
	MlopsExpansion *expansions; /* [n_expansions] in their order */
	bool is_classification;
	MlopsValueType target_type;
	double *targets;  /* regression, finite */
	uint32 *classes;  /* classification: position in labels */
	uint32 n_classes; /* distinct labels, in the order of their type */
	char **labels;	  /* [n_classes] their texts */
	uint64 *keys;	  /* hash of id_column, or NULL */
	uint64 *entities; /* hash of entity_column, or NULL; rows without one are alike */
	double *times;	  /* NaN = unknown, or NULL */
	uint8 *split;	  /* 1 = test, or NULL */
	double *weights;  /* > 0, or NULL */
	uint64 *contents; /* hash of a row's features: equal rows have equal hashes */
	uint32 *places;	  /* of the row read i-th, in the order of all other arrays; NULL = i */
	uint64 hash_sum;  /* over whole rows: the data set, whatever its order */
	uint64 hash_xor;
};

/*
 * Read all rows.
 *
 *   context   all results live here
 *
 * Blocks come in the order of the query.  With id_column the rows are ordered by its
 * hash, then by their contents, so that their order in the table does not matter; without
 * it they stay in the order of the query.  Rows without a target are dropped and counted, as are
 * rows of weight 0.  One NOTICE names each column whose numbers lost digits.
 *
 * Errors: 42809 for a relation without rows of its own; 22023 for a query that
 * is not one SELECT that only reads, a type that cannot be what it should be, a
 * target that needs a task, a weight that is none, arrays whose length varies;
 * 42703 for a name that the result lacks, 42702 for one that occurs twice;
 * 22000 for a target beyond 1e300; 22003 for a numeric beyond float8; 54000 for
 * too many rows, columns, classes or levels; 53400 for more than max_bytes; 25006 if the query writes; and
 * what the query raises itself.
 * Cost: O(rows * columns); a block, 8 to 57 bytes a row for what is kept, and each level once.
 */
extern MlopsRows *mlops_reader_read(const MlopsReadRequest *request, MemoryContext context);

/*
 * Run the one SELECT of a request into a receiver of the caller's, read-only, as the caller and under the
 * active snapshot.
 *
 *   keeps_order   rows come as a plan without other processes gives them
 *
 * Of the request it reads relation, query, names of columns and is_for_other.
 * Errors: those of mlops_reader_read for what is no SELECT that only reads; 25006 if a function of the
 * query writes; and what query and receiver raise.
 */
extern void mlops_reader_run(const MlopsReadRequest *request, bool keeps_order, DestReceiver *dest);

/*
 * Position of a column of a result.
 *
 *   role   what the column is for, in messages
 *
 * Errors: 42703 if there is none of this name, with the nearest one; 42702 if there are two.
 */
extern int mlops_reader_require_attribute(TupleDesc desc, const char *role, const char *name);

/* Tell by NOTICEs how many rows were left out, for want of a target or weight. */
extern void mlops_reader_note_rows(const MlopsRows *rows);

/*
 * Check a request as far as that needs no rows: the query is parsed, not run, and its columns
 * get their roles.
 *
 * Returns whether the target has classes.
 * Errors: those of mlops_reader_read that rows do not tell; 22023 for a temporary relation that
 * another session would have to read.
 */
extern bool mlops_reader_check(const MlopsReadRequest *request);

/*
 * Split the name of an array's element: x[3] into x, palloc'd, and 2.
 *
 * Returns false if the name has another form.
 */
extern bool mlops_split_element(const char *name, char **array, int *element);

/* Qualified and quoted name of a relation, palloc'd. */
extern char *mlops_reader_relation_name(Oid relation);

#endif
