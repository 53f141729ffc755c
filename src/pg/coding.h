/*
 * From values of a caller to the codes of a model.
 *
 *   coding.c          rows that were read, arrays; the rules about types
 *   coding_record.c   records and tuples
 *   coding_json.c     JSON objects
 */
#ifndef MLOPS_CODING_H
#define MLOPS_CODING_H

#include "funcapi.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "pg/cache.h"
#include "pg/reader.h"

/* ---- rows that were read ---- */

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

/* Raise 22023 unless rows were read with types that the model's features can have. */
extern void mlops_check_feature_types(const MlopsVersion *version, const MlopsRows *rows);

/* ---- one row: lanes [n_features + 1], lane 0 included ---- */

/*
 * Lanes from an array of float8 or bool, by position; a NULL or NaN element is a
 * missing value.
 *
 * Errors: 22023 for a wrong length, or a value for a categorical feature.
 */
extern void mlops_code_array(const MlopsModel *model, ArrayType *array, uint16 *lanes);

/* How the columns of a row map to a model's features; made once per row type. */
typedef struct MlopsRecordMap MlopsRecordMap;

/*
 * Lanes from a record: by name, or by position if its columns are the f1, f2 ...
 * of ROW(..).  A column x of type float8[] has the features x[1], x[2] ...
 *
 *   map       IN/OUT  NULL before the first call
 *   context   lifetime of the map
 *
 * Errors: 22023 for absent names (unless mlops.on_missing_feature is null), a
 * wrong number of columns or elements, a value of the wrong type.
 * Cost: the row is deformed once; names and types are looked up once per row type.
 */
extern void mlops_code_record(const MlopsModel *model, HeapTupleHeader record, MlopsRecordMap **map,
							  MemoryContext context, uint16 *lanes);

/* The same from a tuple, always by name; absent names are an error. */
extern void mlops_code_tuple(const MlopsModel *model, HeapTuple tuple, TupleDesc desc,
							 MlopsRecordMap **map, MemoryContext context, uint16 *lanes);

/*
 * Lanes from a JSON object, by name.  A string is read by the type of a date or
 * time feature; numbers and booleans are categories by their text.
 *
 * Errors: 22023 for another JSON type, absent names (unless
 * mlops.on_missing_feature is null) or a value of the wrong kind; 22007 and
 * 22008 for a string that is no date.
 */
extern void mlops_code_jsonb(const MlopsModel *model, Jsonb *object, uint16 *lanes);

/* ---- shared by the inputs ---- */

/* Number of features that are elements of an array. */
extern int mlops_count_elements(const MlopsVersion *version, const char *array);

/* Raise 22023 for an array of another length than the model has elements. */
extern void mlops_check_length(const MlopsVersion *version, const char *array, int length);

/* Raise 22023 unless a value of a type can be a feature's value. */
extern void mlops_check_type(const MlopsFeature *feature, const MlopsValueType *type);

/* Raise 22023 that lists the features that were not given; returns if that is allowed. */
extern void mlops_check_absent(const MlopsVersion *version, const bool *is_absent);

extern void mlops_coding_init_gucs(void);

#endif
