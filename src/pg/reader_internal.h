/*
 * What the parts of the reader share: the statement (reader_query.c), the columns of a result and what
 * each is for (reader_columns.c), the rows (reader.c) and their order (reader_sort.c).
 */
#ifndef MLOPS_READER_INTERNAL_H
#define MLOPS_READER_INTERNAL_H

#include "access/tupdesc.h"
#include "executor/spi.h"
#include "tcop/dest.h"

#include "pg/reader.h"

/* A column of the result with a role besides being a feature. */
typedef struct MlopsRoleColumn
{
	int attribute; /* 0-based, -1 = there is none */
	MlopsValueType type;
} MlopsRoleColumn;

/* Where a feature comes from. */
typedef struct MlopsFeatureSource
{
	int attribute; /* 0-based */
	int array;	   /* position in arrays, -1 = the column itself is the feature */
	int element;   /* 0-based */
} MlopsFeatureSource;

/* A float8[] column of the result. */
typedef struct MlopsArrayColumn
{
	char *name;
	int attribute;
	int n_elements; /* -1 = no row has told yet */
	/* of the row being read */
	bool is_null;
	Datum *values;
	bool *isnull;
} MlopsArrayColumn;

typedef struct MlopsReader
{
	DestReceiver dest; /* must be first */
	const MlopsReadRequest *request;
	MlopsRows *rows;
	size_t n_seen;				 /* rows of the query so far */
	size_t capacity;			 /* of the arrays in rows */
	size_t block_rows;			 /* of a full block */
	size_t block_capacity;		 /* of the features' arrays */
	MlopsFeatureSource *sources; /* [n_features] */
	int n_arrays;
	MlopsArrayColumn *arrays;
	MlopsRoleColumn target;
	MlopsRoleColumn id;
	MlopsRoleColumn entity;
	MlopsRoleColumn time;
	MlopsRoleColumn split;
	MlopsRoleColumn weight;
	MlopsLevelSet label_set;
	Datum *label_values; /* [labels_capacity] a copy of each label */
	size_t labels_capacity;
	uint64 *row_hashes; /* [capacity] of whole rows, for their order; with an id only */
	MemoryContext row_context;
} MlopsReader;

/*
 * Give every column of the result its role, check types, list the features.
 *
 * What is kept lives in the current memory context.
 */
extern void mlops_reader_set_columns(MlopsReader *reader, TupleDesc desc);

/*
 * Replace an array's one column by its elements, once a row tells how many
 * there are; rows read before it had no array, so all are missing.
 */
extern void mlops_reader_expand_array(MlopsReader *reader, int array, int n_elements);

/*
 * The query that reads a relation: its name and columns quoted, locked against
 * changes until the end of the transaction.
 *
 * Errors: 42809 for an index, a sequence and the like; 42703 for unknown columns.
 */
extern char *mlops_reader_relation_query(const MlopsReadRequest *request);

/*
 * Prepare the one SELECT of a request, in an open SPI connection; the plan ends with that.
 *
 * Errors: 22023 for several statements, for one that writes or locks, and for temporary relations that
 * another session shall read; those of mlops_reader_relation_query and of the parser.
 */
extern SPIPlanPtr mlops_reader_prepare(const MlopsReadRequest *request);

/*
 * Sort the labels by the order of their type, text by bytes, and renumber the rows' classes.
 *
 * Sets rows->labels [n_classes], rows->n_classes. O(labels log labels + rows).
 */
extern void mlops_reader_sort_labels(MlopsReader *reader);

/*
 * Order what is kept by key, equal keys by the hash of the row: equal hashes are equal rows.
 *
 *   order     [n] the row that comes i-th        places    [n] where the row read i-th is now
 *
 * Without keys nothing is moved. Frees row_hashes; O(n log n); can be cancelled.
 */
extern void mlops_reader_sort_rows(MlopsReader *reader);

#endif
