/*
 * A feature column: from raw values to codes.
 */
#include <math.h>
#include <string.h>

#include "core/column.h"

int
mlops_bytes_compare(MlopsBytes a, MlopsBytes b)
{
	uint32_t n = a.n_bytes < b.n_bytes ? a.n_bytes : b.n_bytes;
	int order = n == 0 ? 0 : memcmp(a.data, b.data, n);

	if (order != 0)
		return order;
	return a.n_bytes < b.n_bytes ? -1 : a.n_bytes > b.n_bytes;
}

uint16_t
mlops_column_code_number(const MlopsColumn *column, double value)
{
	const double *base = column->edges;
	uint32_t n = column->n_codes - 1;

	if (isnan(value))
		return MLOPS_CODE_MISSING;
	if (n == 0)
		return 0;
	/* invariant: the first edge >= value is in base[0 .. n] */
	while (n > 1)
	{
		uint32_t half = n / 2;

		base = base[half - 1] < value ? base + half : base;
		n -= half;
	}
	if (*base < value)
		base++;
	return (uint16_t) (base - column->edges);
}

/* Numbers that are searched side by side. */
#define SEARCHES 8

/*
 * First edge >= value for SEARCHES values: the steps of mlops_column_code_number, whose lengths do
 * not depend on the value, so all searches take the same ones.
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

	for (; n_edges > 0 && i + SEARCHES <= n; i += SEARCHES)
	{
		uint32_t found[SEARCHES];

		search_edges(column->edges, n_edges, values + i, found);
		for (size_t k = 0; k < SEARCHES; k++)
			codes[(i + k) * stride] =
				isnan(values[i + k]) ? MLOPS_CODE_MISSING : (uint16_t) found[k];
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
	return MLOPS_CODE_MISSING;
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
	if (column->n_codes > MLOPS_MAX_LEVEL_CODES)
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

MlopsStatus
mlops_column_validate(const MlopsColumn *column, MlopsReason *reason)
{
	if (column->n_codes < 1 || column->n_codes > MLOPS_MAX_CODES)
		return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "n_codes %u is not in 1 .. %d",
								 column->n_codes, MLOPS_MAX_CODES);
	switch (column->kind)
	{
		case MLOPS_COLUMN_NUMERIC:
			return validate_edges(column, reason);
		case MLOPS_COLUMN_CATEGORICAL:
			return validate_levels(column, reason);
	}
	return mlops_status_fail(reason, MLOPS_STATUS_CORRUPT, "unknown column kind %d",
							 (int) column->kind);
}
