/*
 * A feature column: from raw values to codes.
 */
#include <math.h>
#include <string.h>

#include "core/column.h"
#include "core/column_guide.h"

int
mlops_bytes_compare(MlopsBytes a, MlopsBytes b)
{
	uint32_t n = a.n_bytes < b.n_bytes ? a.n_bytes : b.n_bytes;
	int order = n == 0 ? 0 : memcmp(a.data, b.data, n);

	if (order != 0)
		return order;
	return a.n_bytes < b.n_bytes ? -1 : a.n_bytes > b.n_bytes;
}

/*
 * First of n edges from first on that is >= value, or first + n.
 *
 * The steps, whose lengths do not depend on the value, are computed: compilers make a branch of a
 * choice between two places, and half of those are guessed wrong.
 */
static inline uint32_t
search_edge(const double *edges, uint32_t first, uint32_t n, double value)
{
	/* invariant: it is in first .. first + n */
	while (n > 1)
	{
		uint32_t half = n / 2;

		first += half & (0 - (uint32_t) (edges[first + half - 1] < value));
		n -= half;
	}
	return first + (edges[first] < value);
}

static inline uint16_t
code_guided(const MlopsColumn *column, const MlopsColumnGuide *guide, double value)
{
	if (isnan(value))
		return column->missing_code;
	return (uint16_t) search_edge(column->edges,
								  guide->firsts[mlops_column_guide_bucket(guide, value)],
								  guide->n_window, value);
}

uint16_t
mlops_column_code_number(const MlopsColumn *column, double value)
{
	if (column->guide != NULL)
		return code_guided(column, column->guide, value);
	if (isnan(value))
		return column->missing_code;
	if (column->n_codes == 1)
		return 0;
	return (uint16_t) search_edge(column->edges, 0, column->n_codes - 1, value);
}

/* Numbers that are searched side by side. */
#define SEARCHES 8

/*
 * First edge >= value for SEARCHES values: all searches take the steps of search_edge together.
 */
static inline void
search_edges(const double *edges, uint32_t n_edges, const double *values, uint32_t *found)
{
	uint32_t n = n_edges;

	memset(found, 0, SEARCHES * sizeof(uint32_t));
	while (n > 1)
	{
		uint32_t half = n / 2;

		for (int k = 0; k < SEARCHES; k++)
			found[k] += half & (0 - (uint32_t) (edges[found[k] + half - 1] < values[k]));
		n -= half;
	}
	for (int k = 0; k < SEARCHES; k++)
		found[k] += edges[found[k]] < values[k];
}

void
mlops_column_code_numbers(const MlopsColumn *column, const double *values, size_t n,
						  uint16_t *codes, size_t stride)
{
	uint32_t n_edges = column->n_codes - 1;
	size_t i = 0;

	if (column->guide != NULL)
	{
		for (; i < n; i++)
			codes[i * stride] = code_guided(column, column->guide, values[i]);
		return;
	}
	for (; n_edges > 0 && i + SEARCHES <= n; i += SEARCHES)
	{
		uint32_t found[SEARCHES];

		search_edges(column->edges, n_edges, values + i, found);
		for (size_t k = 0; k < SEARCHES; k++)
			codes[(i + k) * stride] =
				isnan(values[i + k]) ? column->missing_code : (uint16_t) found[k];
	}
	for (; i < n; i++)
		codes[i * stride] = mlops_column_code_number(column, values[i]);
}

uint16_t
mlops_column_code_level(const MlopsColumn *column, MlopsBytes level)
{
	uint32_t low = 0;
	uint32_t high = column->n_levels;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		int order = mlops_bytes_compare(column->levels[middle], level);

		if (order == 0)
			return column->level_codes[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return column->unseen_code;
}

static MlopsStatus
validate_edges(const MlopsColumn *column, MlopsReason *reason)
{
	for (uint32_t i = 0; i + 1 < column->n_codes; i++)
	{
		if (!isfinite(column->edges[i]))
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "cut point %u is not finite", i);
		if (i > 0 && !(column->edges[i - 1] < column->edges[i]))
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
									 "cut point %u is not above the one before", i);
	}
	return MLOPS_STATUS_OK;
}

static MlopsStatus
validate_levels(const MlopsColumn *column, MlopsReason *reason)
{
	if (column->n_levels > MLOPS_MAX_LEVELS)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "%u levels, more than %d",
								 column->n_levels, MLOPS_MAX_LEVELS);
	if (column->kind == MLOPS_COLUMN_CATEGORICAL && column->n_codes > MLOPS_MAX_LEVEL_CODES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "%u codes of a categorical column, more than %d", column->n_codes,
								 MLOPS_MAX_LEVEL_CODES);
	for (uint32_t i = 0; i < column->n_levels; i++)
	{
		if (column->level_codes[i] >= column->n_codes)
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
									 "level %u has code %u, not below %u", i,
									 column->level_codes[i], column->n_codes);
		if (i > 0 && mlops_bytes_compare(column->levels[i - 1], column->levels[i]) >= 0)
			return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
									 "level %u is not above the one before", i);
	}
	return MLOPS_STATUS_OK;
}

/* The codes of values that have none of their own, and the flags. */
static MlopsStatus
validate_others(const MlopsColumn *column, MlopsReason *reason)
{
	if (column->missing_code != MLOPS_CODE_MISSING &&
		(column->missing_code >= column->n_codes || column->refuses_missing))
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 column->refuses_missing ?
									 "missing values are refused and have code %u of %u" :
									 "missing values have code %u, not below %u",
								 column->missing_code, column->n_codes);
	if (column->unseen_code != MLOPS_CODE_MISSING &&
		(column->unseen_code >= column->n_codes || !mlops_column_has_levels(column)))
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 mlops_column_has_levels(column) ?
									 "unseen levels have code %u, not below %u" :
									 "unseen levels of a number have code %u of %u",
								 column->unseen_code, column->n_codes);
	if (column->has_rest && column->kind != MLOPS_COLUMN_CATEGORICAL)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "rare levels share a code of a column that is not categorical");
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_column_validate(const MlopsColumn *column, MlopsReason *reason)
{
	MlopsStatus status;

	if (column->n_codes < 1 || column->n_codes > MLOPS_MAX_CODES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "n_codes %u is not in 1 .. %d",
								 column->n_codes, MLOPS_MAX_CODES);
	status = validate_others(column, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	switch (column->kind)
	{
		case MLOPS_COLUMN_NUMERIC:
			return validate_edges(column, reason);
		case MLOPS_COLUMN_CATEGORICAL:
		case MLOPS_COLUMN_ORDERED:
			return validate_levels(column, reason);
	}
	return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "unknown column kind %d",
							 (int) column->kind);
}

/* A column beside the one before it, which is NULL for the first. */
static MlopsStatus
validate_place(const MlopsColumn *column, const MlopsColumn *before, MlopsReason *reason)
{
	uint32_t next = before == NULL ? 0 : before->feature + 1;

	if (column->feature == next)
		return MLOPS_STATUS_OK;
	if (before == NULL || column->feature != before->feature)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "feature %u does not follow in the order of the features",
								 column->feature);
	if (mlops_column_has_levels(column) != mlops_column_has_levels(before))
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "feature %u is a number in one column and a level in the next",
								 column->feature);
	if (column->refuses_missing != before->refuses_missing)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT,
								 "feature %u refuses missing values in only some of its columns",
								 column->feature);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_column_validate_list(const MlopsColumn *columns, uint32_t n_columns, MlopsReason *reason)
{
	for (uint32_t c = 0; c < n_columns; c++)
	{
		MlopsReason detail = { "" };
		MlopsStatus status = mlops_column_validate(&columns[c], &detail);

		if (status == MLOPS_STATUS_OK)
			status = validate_place(&columns[c], c == 0 ? NULL : &columns[c - 1], &detail);
		if (status != MLOPS_STATUS_OK)
			return mlops_status_fail(reason, status, "column %u: %.120s", c + 1, detail.text);
	}
	return MLOPS_STATUS_OK;
}
