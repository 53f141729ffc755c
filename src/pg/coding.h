/*
 * From values of a caller to the codes of a model.
 */
#ifndef MLOPS_CODING_H
#define MLOPS_CODING_H

#include "funcapi.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "pg/cache.h"
#include "pg/reader.h"

/*
 * Codes of one feature for chosen rows.
 *
 *   column      as the model knows it
 *   read        as it was read; of the same kind
 *   row_idx     [n] rows, or NULL = 0 .. n - 1
 *   codes       OUT code of row i at codes[i * stride]
 *
 * Cost: O(n log codes), once O(levels) for a categorical column.
 */
extern void mlops_code_column(const MlopsColumn *column, const MlopsReadColumn *read,
							  const uint32 *row_idx, size_t n, uint16 *codes, size_t stride);

/*
 * Outputs of a forest for chosen rows.
 *
 *   columns   [n_columns] of the forest
 *   row_idx   [n], or NULL
 *   outputs   OUT [n][n_outputs]
 *
 * Errors: cancel.  Cost: blocks of rows, so memory does not grow with n.
 */
extern void mlops_predict_read_rows(const MlopsForest *forest, const MlopsColumn *columns,
									const MlopsRows *rows, const uint32 *row_idx, size_t n,
									double *outputs);

/* Raise 22023 unless rows were read with the kinds of the model's features. */
extern void mlops_check_feature_kinds(const MlopsVersion *version, const MlopsRows *rows);

/* How the columns of a record type map to a model's features; made once per type. */
typedef struct MlopsRecordMap
{
	Oid type;
	int32 typmod;
	const MlopsModel *model;
	int n_attributes;
	int *attributes;	   /* [n_features] 0-based, -1 = absent */
	MlopsValueType *types; /* [n_features] */
	Datum *values;		   /* [n_attributes] scratch */
	bool *nulls;
} MlopsRecordMap;

/*
 * Lanes of one row [n_features + 1], lane 0 included, from what a caller gave.
 *
 *   map   IN/OUT  remembers the record type; memory comes from context
 *
 * Errors: 22023 for absent names, a wrong length, a value of the wrong kind.
 */
extern void mlops_code_array(const MlopsModel *model, ArrayType *array, uint16 *lanes);
extern void mlops_code_record(const MlopsModel *model, HeapTupleHeader record, MlopsRecordMap *map,
							  MemoryContext context, uint16 *lanes);
extern void mlops_code_jsonb(const MlopsModel *model, Jsonb *object, uint16 *lanes);

/* Lanes from a tuple whose columns are the features in order, of the given types. */
extern void mlops_code_tuple(const MlopsModel *model, HeapTuple tuple, TupleDesc desc,
							 MlopsValueType *types, uint16 *lanes);

extern void mlops_coding_init_gucs(void);

#endif
