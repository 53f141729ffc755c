/*
 * A feature column as a model knows it: how a raw value becomes a code.
 *
 * Trees never see raw values.  Binning (core/binning) gives each column its
 * codes once, from the training rows; from then on training, storage and
 * prediction all use the same codes, so that a threshold on codes is exactly a
 * threshold on float8 values:  x <= edges[t]  <=>  code(x) <= t.
 *
 *   numeric      code = first b with x <= edges[b], else n_codes - 1
 *   categorical  code of the level's bytes in the dictionary; rare levels of
 *                the training rows share the last code ("rest", only if
 *                has_rest).  Trees split its codes by sets
 *   ordered      code of the level's bytes in the dictionary.  Trees split its
 *                codes by thresholds, as if they were numbers
 *   missing      NULL and NaN have missing_code, a level that the dictionary
 *                lacks has unseen_code; both are MLOPS_CODE_MISSING, which each
 *                split sends to its missing side, unless preprocessing says
 *                otherwise
 *
 * Preprocessing is nothing but this coding, so it is stored with the column and
 * costs nothing to replay:
 *
 *   impute     missing_code is the code of the imputed value
 *   ordinal    ordered; code = rank of the level
 *   target     ordered; code = bin of the level's mean target (core/target_encoding),
 *              in a column for each of more than two classes
 *   one-hot    a column for each level: ordered, the dictionary has that level
 *              alone with code 1, and everything else has code 0
 *
 * So a raw value, the feature, may have several columns; they stand side by
 * side, in the order of the features.
 */
#ifndef MLOPS_COLUMN_H
#define MLOPS_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

#define MLOPS_CODE_MISSING	  UINT16_MAX
#define MLOPS_MAX_CODES		  65535 /* value codes of one column: 0 .. 65534 */
#define MLOPS_MAX_COLUMNS	  16382 /* lanes 1 .. 16382 of a forest node */
#define MLOPS_MAX_LEVELS	  65534 /* dictionary entries of one column */
#define MLOPS_MAX_LEVEL_CODES 4095 /* value codes of a categorical column, the rest code included */

typedef enum MlopsColumnKind
{
	MLOPS_COLUMN_NUMERIC = 0,
	MLOPS_COLUMN_CATEGORICAL = 1,
	MLOPS_COLUMN_ORDERED = 2,
} MlopsColumnKind;

/* A string of bytes that somebody else owns; not NUL-terminated. */
typedef struct MlopsBytes
{
	const char *data;
	uint32_t n_bytes;
} MlopsBytes;

struct MlopsColumnGuide;

/* All pointers are owned by whoever built the column (binning or a forest). */
typedef struct MlopsColumn
{
	MlopsBytes name;
	const double *edges;				  /* numeric: [n_codes - 1], finite, strictly increasing */
	const struct MlopsColumnGuide *guide; /* numeric: to its edges (core/column_guide), or NULL */
	const MlopsBytes *levels; /* [n_levels], strictly increasing by bytes (memcmp, then length) */
	const uint16_t *level_codes; /* [n_levels], each < n_codes */
	MlopsColumnKind kind;
	uint32_t feature;	   /* position of the raw value that it codes, 0 .. n_features - 1 */
	uint32_t n_codes;	   /* 1 .. MLOPS_MAX_CODES; categorical: 1 .. MLOPS_MAX_LEVEL_CODES */
	uint32_t n_levels;	   /* not numeric: 0 .. MLOPS_MAX_LEVELS */
	uint16_t missing_code; /* of NULL and NaN: < n_codes, or MLOPS_CODE_MISSING */
	uint16_t unseen_code;  /* of other levels: the same; numeric: MLOPS_CODE_MISSING */
	bool has_rest;		   /* categorical: code n_codes - 1 is shared by the rare levels */
	bool refuses_missing;  /* the caller reports NULL and NaN; missing_code has no use */
} MlopsColumn;

/* True for a column whose raw value is a level, not a number. */
static inline bool
mlops_column_has_levels(const MlopsColumn *column)
{
	return column->kind != MLOPS_COLUMN_NUMERIC;
}

/* A column without preprocessing; its codes are the caller's to fill in. */
static inline MlopsColumn
mlops_column_make(MlopsBytes name, MlopsColumnKind kind, uint32_t feature)
{
	return (MlopsColumn){ .name = name,
						  .kind = kind,
						  .feature = feature,
						  .missing_code = MLOPS_CODE_MISSING,
						  .unseen_code = MLOPS_CODE_MISSING };
}

/* Order of two byte strings: memcmp of the common part, then the shorter first. */
extern int mlops_bytes_compare(MlopsBytes a, MlopsBytes b);

/*
 * Code of a number in a numeric column.
 *
 * Returns missing_code for NaN.  -0 equals 0, +-Infinity are values.
 * Cost: O(log n_codes), with a guide mostly O(1), without a branch that depends on the value.
 */
extern uint16_t mlops_column_code_number(const MlopsColumn *column, double value);

/*
 * The same for many numbers: with a guide one by one, else several searches side by side so that
 * their waits overlap.
 *
 *   values   IN   [n]
 *   codes    OUT  code of value i at codes[i * stride], stride >= 1
 *
 * Cost: O(n log n_codes).
 */
extern void mlops_column_code_numbers(const MlopsColumn *column, const double *values, size_t n,
									  uint16_t *codes, size_t stride);

/*
 * Code of a level in a categorical or ordered column.
 *
 * Returns unseen_code for bytes that the dictionary lacks.
 * Cost: O(log n_levels) comparisons.
 */
extern uint16_t mlops_column_code_level(const MlopsColumn *column, MlopsBytes level);

/*
 * Check every rule written beside the fields of MlopsColumn.
 *
 * Errors: MLOPS_STATUS_CORRUPT with a reason that names the field.
 * Cost:   O(n_codes + n_levels).
 */
extern MlopsStatus mlops_column_validate(const MlopsColumn *column, MlopsReason *reason);

/*
 * Check all columns of a forest, each alone and as a list: the features are
 * 0, 1, 2 ... in this order, each with one or more columns side by side that
 * read the same kind of raw value and agree in refuses_missing.
 *
 *   columns   [n_columns], n_columns 1 .. MLOPS_MAX_COLUMNS
 *
 * Errors: MLOPS_STATUS_CORRUPT with a reason that names the column, from 1.
 * Cost:   O(codes + levels).
 */
extern MlopsStatus mlops_column_validate_list(const MlopsColumn *columns, uint32_t n_columns,
											  MlopsReason *reason);

#endif
