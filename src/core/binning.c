/*
 * From raw columns to codes: cut points of numbers, dictionaries of levels.
 *
 * Cut points, in stages:
 *   1. NaNs are dropped, -0 becomes 0, values are sorted as integers whose
 *      order is that of the doubles.
 *   2. equal neighbours are counted.
 *   3. up to max_bins distinct values: a cut between any two.  Otherwise the
 *      greedy rule of histogram learners (Ke et al., LightGBM, 2017): a value
 *      with at least the weight of an average bin stands alone, the rest is
 *      cut whenever a bin has reached the average of what is left.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/binning.h"
#include "core/radix.h"

/* One distinct value and how often it occurs. */
typedef struct ValueCount
{
	double value;
	size_t count;
} ValueCount;

/* Drop NaNs and sort values in place; returns how many are left. */
static size_t
sort_values(double *values, size_t n, uint64_t *keys, uint64_t *scratch)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (!isnan(values[i]))
			keys[n_kept++] = mlops_radix_key(values[i] + 0.0); /* -0 + 0 = 0 */
	}
	mlops_radix_sort(keys, scratch, n_kept);
	for (size_t i = 0; i < n_kept; i++)
		values[i] = mlops_radix_value(keys[i]);
	return n_kept;
}

/* Count equal neighbours of sorted values; distinct has room for n. */
static size_t
count_distinct(const double *values, size_t n, ValueCount *distinct)
{
	size_t n_distinct = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (n_distinct > 0 && distinct[n_distinct - 1].value == values[i])
			distinct[n_distinct - 1].count++;
		else
			distinct[n_distinct++] = (ValueCount){ values[i], 1 };
	}
	return n_distinct;
}

/*
 * The cut between neighbours a < b: a finite e with a <= e < b, half-way where
 * doubles allow.  -Infinity alone on the left is cut at the least double.
 */
static double
cut_between(double a, double b)
{
	double middle = a / 2 + b / 2;

	if (!(middle < b))
		middle = a;
	return middle < -DBL_MAX ? -DBL_MAX : middle;
}

/* Append the cut between two neighbours unless it repeats the one before. */
static void
add_cut(double a, double b, double *edges, uint32_t *n_edges)
{
	double cut = cut_between(a, b);

	if (cut < b && (*n_edges == 0 || edges[*n_edges - 1] < cut))
		edges[(*n_edges)++] = cut;
}

/* Cut distinct values into at most max_bins bins of similar weight. */
static void
cut_quantiles(const ValueCount *distinct, size_t n_distinct, size_t n, uint32_t max_bins,
			  double *edges, uint32_t *n_edges)
{
	double average = (double) n / max_bins;
	size_t rest = n; /* weight and bins of what is neither cut off nor big */
	size_t rest_bins = max_bins;
	size_t in_bin = 0;

	for (size_t i = 0; i < n_distinct; i++)
	{
		if ((double) distinct[i].count >= average)
		{
			rest -= distinct[i].count;
			rest_bins--;
		}
	}
	for (size_t i = 0; i + 1 < n_distinct && *n_edges < max_bins - 1; i++)
	{
		bool is_big = (double) distinct[i].count >= average;
		bool next_is_big = (double) distinct[i + 1].count >= average;
		double target = rest_bins > 0 ? (double) rest / (double) rest_bins : (double) n;

		in_bin += distinct[i].count;
		if (!is_big && (double) in_bin < target && !(next_is_big && (double) in_bin >= target / 2))
			continue;
		add_cut(distinct[i].value, distinct[i + 1].value, edges, n_edges);
		if (!is_big && rest_bins > 0)
		{
			rest -= in_bin < rest ? in_bin : rest;
			rest_bins--;
		}
		in_bin = 0;
	}
}

MlopsStatus
mlops_binning_edges(double *values, size_t n, uint32_t max_bins, const MlopsAllocator *allocator,
					double **edges, uint32_t *n_edges)
{
	uint64_t *scratch = mlops_alloc(allocator, n, 2 * sizeof(uint64_t));
	ValueCount *distinct;
	size_t n_kept, n_distinct;

	*edges = NULL;
	*n_edges = 0;
	if (scratch == NULL)
		return MLOPS_STATUS_NOMEM;
	n_kept = sort_values(values, n, scratch, scratch + n);
	mlops_free(allocator, scratch);
	distinct = mlops_alloc(allocator, n_kept, sizeof(ValueCount));
	*edges = mlops_alloc(allocator, max_bins, sizeof(double));
	if (distinct == NULL || *edges == NULL)
	{
		mlops_free(allocator, distinct);
		mlops_free(allocator, *edges);
		*edges = NULL;
		return MLOPS_STATUS_NOMEM;
	}
	n_distinct = count_distinct(values, n_kept, distinct);
	if (n_distinct <= max_bins)
	{
		for (size_t i = 0; i + 1 < n_distinct; i++)
			add_cut(distinct[i].value, distinct[i + 1].value, *edges, n_edges);
	}
	else
		cut_quantiles(distinct, n_distinct, n_kept, max_bins, *edges, n_edges);
	mlops_free(allocator, distinct);
	return MLOPS_STATUS_OK;
}

/* A level on its way to a code. */
typedef struct RankedLevel
{
	MlopsBytes bytes;
	uint64_t count;
	uint32_t position; /* in the caller's array */
	bool is_kept;
} RankedLevel;

static int
compare_by_bytes(const void *a, const void *b)
{
	return mlops_bytes_compare(((const RankedLevel *) a)->bytes, ((const RankedLevel *) b)->bytes);
}

/* More frequent first, then by bytes. */
static int
compare_by_count(const void *a, const void *b)
{
	uint64_t count_a = ((const RankedLevel *) a)->count;
	uint64_t count_b = ((const RankedLevel *) b)->count;

	if (count_a != count_b)
		return count_a > count_b ? -1 : 1;
	return compare_by_bytes(a, b);
}

/* Copy the levels that occur, mark those that keep a code, sort by bytes. */
static uint32_t
rank_levels(const MlopsBytes *levels, const uint64_t *counts, size_t n_levels, RankedLevel *ranked)
{
	uint32_t n_seen = 0;
	uint32_t n_kept;

	for (size_t i = 0; i < n_levels; i++)
	{
		if (counts[i] > 0)
			ranked[n_seen++] = (RankedLevel){ levels[i], counts[i], (uint32_t) i, false };
	}
	if (n_seen > 0)
		qsort(ranked, n_seen, sizeof(RankedLevel), compare_by_count);
	n_kept = n_seen <= MLOPS_MAX_LEVEL_CODES ? n_seen : MLOPS_MAX_LEVEL_CODES - 1;
	for (uint32_t i = 0; i < n_kept; i++)
		ranked[i].is_kept = true;
	if (n_seen > 0)
		qsort(ranked, n_seen, sizeof(RankedLevel), compare_by_bytes);
	return n_seen;
}

MlopsStatus
mlops_binning_levels(const MlopsBytes *levels, const uint64_t *counts, size_t n_levels,
					 const MlopsAllocator *allocator, MlopsLevelCodes *result, MlopsReason *reason)
{
	RankedLevel *ranked;
	uint16_t next_code = 0;

	if (n_levels > MLOPS_MAX_LEVELS)
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT,
								 "a categorical column has %zu levels, more than %d", n_levels,
								 MLOPS_MAX_LEVELS);
	ranked = mlops_alloc(allocator, n_levels, sizeof(RankedLevel));
	result->sorted = mlops_alloc(allocator, n_levels, sizeof(uint32_t));
	result->codes = mlops_alloc(allocator, n_levels, sizeof(uint16_t));
	if (ranked == NULL || result->sorted == NULL || result->codes == NULL)
	{
		mlops_free(allocator, ranked);
		mlops_free(allocator, result->sorted);
		mlops_free(allocator, result->codes);
		return MLOPS_STATUS_NOMEM;
	}
	result->n_seen = rank_levels(levels, counts, n_levels, ranked);
	result->has_rest = result->n_seen > MLOPS_MAX_LEVEL_CODES;
	for (uint32_t i = 0; i < result->n_seen; i++)
	{
		result->sorted[i] = ranked[i].position;
		result->codes[i] = ranked[i].is_kept ? next_code++ : MLOPS_MAX_LEVEL_CODES - 1;
	}
	result->n_codes = result->has_rest	 ? MLOPS_MAX_LEVEL_CODES :
					  result->n_seen > 0 ? result->n_seen :
										   1;
	mlops_free(allocator, ranked);
	return MLOPS_STATUS_OK;
}
