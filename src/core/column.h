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
 *                has_rest)
 *   missing      MLOPS_CODE_MISSING: NULL, NaN, a level never seen in training
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
} MlopsColumnKind;

/* A string of bytes that somebody else owns; not NUL-terminated. */
typedef struct MlopsBytes
{
	const char *data;
	uint32_t n_bytes;
} MlopsBytes;

/* All pointers are owned by whoever built the column (binning or a forest). */
typedef struct MlopsColumn
{
	MlopsBytes name;
	MlopsColumnKind kind;
	uint32_t n_codes;		  /* 1 .. MLOPS_MAX_CODES */
	const double *edges;	  /* numeric: [n_codes - 1], finite, strictly increasing */
	uint32_t n_levels;		  /* categorical: 0 .. MLOPS_MAX_LEVELS */
	const MlopsBytes *levels; /* [n_levels], strictly increasing by bytes (memcmp, then length) */
	const uint16_t *level_codes; /* [n_levels], each < n_codes */
	bool has_rest;				 /* categorical: code n_codes - 1 is shared by the rare levels */
} MlopsColumn;

/* Order of two byte strings: memcmp of the common part, then the shorter first. */
extern int mlops_bytes_compare(MlopsBytes a, MlopsBytes b);

/*
 * Code of a number in a numeric column.
 *
 * Returns MLOPS_CODE_MISSING for NaN.  -0 equals 0, +-Infinity are values.
 * Cost: O(log n_codes), without a branch that depends on the value.
 */
extern uint16_t mlops_column_code_number(const MlopsColumn *column, double value);

/*
 * The same for many numbers, several searches side by side so that their waits overlap.
 *
 *   values   IN   [n]
 *   codes    OUT  code of value i at codes[i * stride], stride >= 1
 *
 * Cost: O(n log n_codes).
 */
extern void mlops_column_code_numbers(const MlopsColumn *column, const double *values, size_t n,
									  uint16_t *codes, size_t stride);

/*
 * Code of a level in a categorical column.
 *
 * Returns MLOPS_CODE_MISSING for bytes that the dictionary lacks.
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

#endif
