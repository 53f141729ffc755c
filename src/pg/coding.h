/*
 * From values of a caller to the codes of a model.
 *
 *   coding.c          single values, arrays; the rules about types
 *   coding_rows.c     rows that are read
 *   coding_record.c   records, tuples, rows of a query
 *   coding_json.c     JSON objects
 */
#ifndef MLOPS_CODING_H
#define MLOPS_CODING_H

#include <math.h>

#include "executor/tuptable.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "pg/cache.h"
#include "pg/reader.h"

/* ---- rows that are read ---- */

/* Codes the values of one column, block after block; zeroed but for column and context. */
typedef struct MlopsCoder
{
	const MlopsColumn *column; /* as the model knows it */
	MemoryContext context;
	uint16 *level_codes; /* [n_levels] of the levels that were met so far */
	size_t n_levels;
	size_t levels_capacity;
} MlopsCoder;

/*
 * Codes of a feature's values in the coder's column.
 *
 *   read     what the values belong to, of the column's kind
 *   values   [n] double or level ids, as mlops_spool_read and the arrays of read have them
 *   codes    OUT code of value i at codes[i * stride]
 *
 * Errors: 22000 for a missing value, if the column refuses it.
 * Cost: O(n log codes), and once O(log levels) for each level.
 */
extern void mlops_coder_code(MlopsCoder *coder, const MlopsReadColumn *read, const void *values,
							 size_t n, uint16 *codes, size_t stride);

/* Predicts rows while they are read; memory grows with the outputs alone. */
typedef struct MlopsRowPredictor
{
	MemoryContext context;
	const MlopsForest *forest;
	MlopsCoder *coders; /* [n_columns] */
	uint16 *lanes;		/* [lanes_rows][n_lanes] */
	size_t lanes_rows;
	size_t n;		 /* rows so far */
	size_t capacity; /* of outputs, in rows */
	double *outputs; /* [n][n_outputs] */
} MlopsRowPredictor;

/*
 * Begin; all memory is from the current context.
 *
 *   columns   [n_columns] of the forest; their features are those of the rows
 */
extern void mlops_row_predictor_init(MlopsRowPredictor *predictor, const MlopsForest *forest,
									 const MlopsColumn *columns);

/*
 * Predict a block: an MlopsTakeBlock whose state is a predictor.  Errors: 22000 for a refused
 * missing value, cancel.
 */
extern void mlops_row_predictor_take(void *state, const MlopsRows *rows);

/*
 * Predict coded rows; can be cancelled.  The more rows at once, the faster (core/predict_block).
 *
 *   lanes     IN   [n][n_columns + 1]
 *   outputs   OUT  [n][n_outputs]
 */
extern void mlops_predict_lanes(const MlopsForest *forest, const uint16 *lanes, size_t n,
								double *outputs);

/* Raise 22023 unless rows were read with types that the model's features can have. */
extern void mlops_check_feature_types(const MlopsVersion *version, const MlopsRows *rows);

/* Raise 22000 for a feature that has no value and refuses that. */
extern void mlops_report_missing(const char *feature);

/* ---- the rows of a query, in slots ---- */

/* How a query's rows are coded; remembers codes of levels. */
typedef struct MlopsSlotCoder MlopsSlotCoder;

/*
 * Match the columns of a query with a model's features, always by name; lives in the current context.
 *
 * Errors: 22023 for absent names (unless mlops.on_missing_feature is null) or a type that a feature
 * cannot have.
 */
extern MlopsSlotCoder *mlops_slot_coder_create(const MlopsModel *model, TupleDesc desc);

/* True if a column (0-based) of the query is a feature, or an array of such. */
extern bool mlops_slot_coder_reads(const MlopsSlotCoder *coder, int attribute);

/*
 * Lanes [n_columns + 1] from a row of the query.  What it needs on the way is left in the current context.
 *
 * Errors: 22000 for a missing value that a feature refuses; 22023 for an array of a wrong length.
 */
extern void mlops_code_slot(MlopsSlotCoder *coder, TupleTableSlot *slot, uint16 *lanes);

/*
 * ---- one value: the lanes of its feature's columns ----
 *
 * In line, and the first column before the others, since most features have one: calls and loops for
 * each value took a twentieth of a prediction by 20 trees of depth 6.
 *
 *   feature   0 .. n_features - 1
 *   lanes     OUT of the whole row [n_columns + 1]; lane c + 1 is that of column c
 *
 * Cost: O(log codes) for each column of the feature.
 */

/* True for a feature whose values are levels, not numbers. */
static inline bool
mlops_feature_has_levels(const MlopsModel *model, int feature)
{
	return mlops_column_has_levels(&model->columns[model->first_columns[feature]]);
}

/* NULL.  Errors: 22000 if the feature refuses it. */
static inline void
mlops_code_missing(const MlopsModel *model, int feature, uint16 *lanes)
{
	uint32 c = model->first_columns[feature];
	uint32 end = model->first_columns[feature + 1];
	const MlopsColumn *column = &model->columns[c];

	if (unlikely(column->refuses_missing)) /* all columns of a feature agree in that */
		mlops_report_missing(model->version.features[feature].name);
	lanes[c + 1] = column->missing_code;
	while (unlikely(++c < end))
		lanes[c + 1] = (++column)->missing_code;
}

/* A number of a numeric feature; NaN is missing. */
static inline void
mlops_code_number(const MlopsModel *model, int feature, double number, uint16 *lanes)
{
	uint32 c = model->first_columns[feature];
	uint32 end = model->first_columns[feature + 1];
	const MlopsColumn *column = &model->columns[c];

	if (unlikely(isnan(number)))
	{
		mlops_code_missing(model, feature, lanes);
		return;
	}
	lanes[c + 1] = mlops_column_code_number(column, number);
	while (unlikely(++c < end))
		lanes[c + 1] = mlops_column_code_number(++column, number);
}

/* A level of a categorical feature. */
static inline void
mlops_code_level(const MlopsModel *model, int feature, MlopsBytes level, uint16 *lanes)
{
	uint32 c = model->first_columns[feature];
	uint32 end = model->first_columns[feature + 1];
	const MlopsColumn *column = &model->columns[c];

	lanes[c + 1] = mlops_column_code_level(column, level);
	while (unlikely(++c < end))
		lanes[c + 1] = mlops_column_code_level(++column, level);
}

/*
 * ---- one row: lanes [n_columns + 1], lane 0 included ----
 *
 * Each also raises 22000 for a missing value that a feature refuses.
 */

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
