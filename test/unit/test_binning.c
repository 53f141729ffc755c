/*
 * Cut points separate what they can: all distinct values if they are few enough, else bins of
 * similar weight; a code is the number of cut points below a value; levels get codes by frequency
 * and come back by bytes.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binning.h"

#include "alloc_failing.h"
#include "random_dataset.h"
#include "unit.h"

#define N_MAX 70000

/* A numeric column with the cut points of values, which are sorted meanwhile. */
static MlopsColumn
cut(double *values, size_t n, uint32_t max_bins)
{
	MlopsColumn column = mlops_column_make((MlopsBytes){ "x", 1 }, MLOPS_COLUMN_NUMERIC, 0);
	double *edges = NULL;
	uint32_t n_edges = 0;

	UNIT_CHECK_INT(mlops_binning_edges(values, n, max_bins, &plain_allocator, &edges, &n_edges),
				   MLOPS_STATUS_OK);
	column.edges = edges;
	column.n_codes = n_edges + 1;
	UNIT_CHECK_INT(mlops_column_validate(&column, NULL), MLOPS_STATUS_OK);
	return column;
}

static void
free_edges(const MlopsColumn *column)
{
	union
	{
		const double *kept;
		double *given;
	} edges = { .kept = column->edges };

	free(edges.given);
}

/* By the definition: the first code whose cut point is not below the value. */
static uint16_t
naive_code(const MlopsColumn *column, double value)
{
	if (isnan(value))
		return MLOPS_CODE_MISSING;
	for (uint32_t b = 0; b + 1 < column->n_codes; b++)
	{
		if (value <= column->edges[b])
			return (uint16_t) b;
	}
	return (uint16_t) (column->n_codes - 1);
}

static void
check_codes(const MlopsColumn *column, const double *values, size_t n)
{
	uint16_t *codes = random_alloc(2 * n, sizeof(uint16_t));

	mlops_column_code_numbers(column, values, n, codes, 2);
	for (size_t i = 0; i < n; i++)
	{
		REQUIRE(mlops_column_code_number(column, values[i]) == naive_code(column, values[i]));
		REQUIRE(codes[2 * i] == naive_code(column, values[i]));
	}
	free(codes);
}

/* Distinct values each get a code of their own, in their order. */
static void
few_values_are_told_apart(void)
{
	static const uint32_t SIZES[] = { 1, 2, 3, 254, 255, 4095 };
	static double values[4 * 4095];

	for (size_t s = 0; s < sizeof(SIZES) / sizeof(SIZES[0]); s++)
	{
		uint32_t n = SIZES[s];
		MlopsColumn column;

		for (size_t i = 0; i < 4 * (size_t) n; i++)
			values[i] = (double) (i * 7919 % n) * 0.1 - 3;
		column = cut(values, 4 * (size_t) n, n < 2 ? 2 : n);
		UNIT_CHECK_INT(column.n_codes, n);
		for (uint32_t k = 0; k < n; k++)
			UNIT_CHECK_INT(mlops_column_code_number(&column, (double) k * 0.1 - 3), k);
		check_codes(&column, values, 4 * (size_t) n);
		free_edges(&column);
	}
}

/* Values that doubles hardly tell apart, and ends of the number line. */
static void
neighbours_and_ends_are_told_apart(void)
{
	double values[] = { 1.0,
						1.0 + DBL_EPSILON,
						-DBL_MAX,
						DBL_MAX,
						INFINITY,
						-INFINITY,
						0.0,
						-0.0,
						DBL_TRUE_MIN,
						-DBL_TRUE_MIN,
						NAN,
						DBL_MAX,
						9007199254740992.0,
						9007199254740994.0 };
	double sorted[14];
	MlopsColumn column;
	size_t n = sizeof(values) / sizeof(values[0]);

	memcpy(sorted, values, sizeof(values));
	column = cut(sorted, n, 255);
	/* -Infinity and the least double share a code: no finite cut point is between them */
	UNIT_CHECK_INT(column.n_codes, 10);
	check_codes(&column, values, n);
	UNIT_CHECK(mlops_column_code_number(&column, 0.0) == mlops_column_code_number(&column, -0.0));
	UNIT_CHECK_INT(mlops_column_code_number(&column, NAN), MLOPS_CODE_MISSING);
	UNIT_CHECK(mlops_column_code_number(&column, 1.0) <
			   mlops_column_code_number(&column, 1.0 + DBL_EPSILON));
	UNIT_CHECK(mlops_column_code_number(&column, DBL_MAX) <
			   mlops_column_code_number(&column, INFINITY));
	free_edges(&column);
}

static void
nothing_to_cut_is_one_code(void)
{
	double nans[] = { NAN, NAN };
	double equal[] = { 4, 4, 4, NAN };
	MlopsColumn column = cut(nans, 2, 255);

	UNIT_CHECK_INT(column.n_codes, 1);
	free_edges(&column);
	column = cut(equal, 4, 255);
	UNIT_CHECK_INT(column.n_codes, 1);
	free_edges(&column);
	column = cut(NULL, 0, 255);
	UNIT_CHECK_INT(column.n_codes, 1);
	free_edges(&column);
}

/* No bin but that of a frequent value holds more than twice its share. */
static void
many_values_make_bins_of_similar_weight(void)
{
	static double values[N_MAX];
	static double sorted[N_MAX];
	static const uint32_t BINS[] = { 2, 3, 16, 255, 1023 };
	uint64_t state = 3;

	for (size_t i = 0; i < N_MAX; i++)
		values[i] = i % 4 == 0 ? 17 : exp(random_below(&state, 1000000) / 50000.0);
	for (size_t s = 0; s < sizeof(BINS) / sizeof(BINS[0]); s++)
	{
		size_t *counts = random_alloc(BINS[s], sizeof(size_t));
		MlopsColumn column;
		size_t share = N_MAX / BINS[s];

		memcpy(sorted, values, sizeof(values));
		column = cut(sorted, N_MAX, BINS[s]);
		UNIT_CHECK(column.n_codes <= BINS[s] && column.n_codes * 4 >= BINS[s] * 3);
		for (size_t i = 0; i < N_MAX; i++)
			counts[mlops_column_code_number(&column, values[i])]++;
		for (uint32_t b = 0; b < column.n_codes; b++)
		{
			if (b != mlops_column_code_number(&column, 17))
				UNIT_CHECK(counts[b] <= 2 * share + 1);
		}
		check_codes(&column, values, 2000);
		free(counts);
		free_edges(&column);
	}
}

/* The same cut points whatever the order of the values. */
static void
order_does_not_matter(void)
{
	double a[2000], b[2000];
	MlopsColumn x, y;
	uint64_t state = 5;

	for (size_t i = 0; i < 2000; i++)
		a[i] = random_below(&state, 100000) * 0.37;
	for (size_t i = 0; i < 2000; i++)
		b[i] = a[(i * 7) % 2000 == 0 ? i : 1999 - i];
	for (size_t i = 0; i < 2000; i++)
		b[i] = a[1999 - i];
	x = cut(a, 2000, 100);
	y = cut(b, 2000, 100);
	UNIT_CHECK_INT(x.n_codes, y.n_codes);
	UNIT_CHECK(memcmp(x.edges, y.edges, (x.n_codes - 1) * sizeof(double)) == 0);
	free_edges(&x);
	free_edges(&y);
}

/* Frequent levels get codes of their own; the dictionary is by bytes and leaves out unseen levels. */
static void
levels_get_codes(void)
{
	static const char *const NAMES[] = { "b", "", "aa", "a", "never", "\xc3\xa4" };
	static const uint64_t COUNTS[] = { 5, 1, 2, 9, 0, 1 };
	static const char *const SORTED[] = { "", "a", "aa", "b", "\xc3\xa4" };
	MlopsBytes levels[6];
	MlopsLevelCodes found;

	for (int i = 0; i < 6; i++)
		levels[i] = (MlopsBytes){ NAMES[i], (uint32_t) strlen(NAMES[i]) };
	UNIT_CHECK_INT(mlops_binning_levels(levels, COUNTS, 6, &plain_allocator, &found, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(found.n_seen, 5);
	UNIT_CHECK_INT(found.n_codes, 5);
	UNIT_CHECK(!found.has_rest);
	for (uint32_t i = 0; i < 5; i++)
	{
		UNIT_CHECK_TEXT(NAMES[found.sorted[i]], SORTED[i]);
		UNIT_CHECK_INT(found.codes[i], i);
	}
	free(found.sorted);
	free(found.codes);
}

/* With more levels than codes, the rarest share the last code, ties by bytes. */
static void
rare_levels_share_a_code(void)
{
	enum
	{
		N = MLOPS_MAX_LEVEL_CODES + 100
	};
	static char names[N][16];
	static MlopsBytes levels[N];
	static uint64_t counts[N];
	MlopsLevelCodes found;
	uint32_t n_rest = 0;

	for (int i = 0; i < N; i++)
	{
		(void) snprintf(names[i], sizeof(names[i]), "%05d", i);
		levels[i] = (MlopsBytes){ names[i], 5 };
		counts[i] = i % 50 == 0 ? 1 : 2;
	}
	UNIT_CHECK_INT(mlops_binning_levels(levels, counts, N, &plain_allocator, &found, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(found.n_codes, MLOPS_MAX_LEVEL_CODES);
	UNIT_CHECK(found.has_rest);
	for (uint32_t i = 0; i < found.n_seen; i++)
	{
		bool is_rest = found.codes[i] == MLOPS_MAX_LEVEL_CODES - 1;

		n_rest += is_rest;
		/* 84 levels occur once; the other 17 of the rest are the last by bytes */
		if (is_rest)
			UNIT_CHECK(found.sorted[i] % 50 == 0 || found.sorted[i] > N - 40);
	}
	UNIT_CHECK_INT(n_rest, 101);
	free(found.sorted);
	free(found.codes);
}

static void
too_many_levels_are_refused(void)
{
	MlopsLevelCodes found;
	MlopsReason reason;

	UNIT_CHECK_INT(
		mlops_binning_levels(NULL, NULL, MLOPS_MAX_LEVELS + 1, &plain_allocator, &found, &reason),
		MLOPS_STATUS_LIMIT);
	UNIT_CHECK_TEXT(reason.text, "a categorical column has 65535 levels, more than 65534");
}

static MlopsStatus
bin_both(const MlopsAllocator *allocator, void *argument)
{
	double values[] = { 3, 1, 2, 4, 5 };
	MlopsBytes levels[] = { { "a", 1 }, { "b", 1 } };
	uint64_t counts[] = { 1, 2 };
	double *edges;
	uint32_t n_edges;
	MlopsLevelCodes found;
	MlopsStatus status = mlops_binning_edges(values, 5, 3, allocator, &edges, &n_edges);

	(void) argument;
	if (status != MLOPS_STATUS_OK)
		return status;
	mlops_free(allocator, edges);
	status = mlops_binning_levels(levels, counts, 2, allocator, &found, NULL);
	if (status != MLOPS_STATUS_OK)
		return status;
	mlops_free(allocator, found.sorted);
	mlops_free(allocator, found.codes);
	return MLOPS_STATUS_OK;
}

static void
every_failed_allocation_is_survived(void)
{
	UNIT_CHECK_INT(alloc_failing_each(bin_both, NULL), 6);
}

int
main(void)
{
	UNIT_RUN(few_values_are_told_apart);
	UNIT_RUN(neighbours_and_ends_are_told_apart);
	UNIT_RUN(nothing_to_cut_is_one_code);
	UNIT_RUN(many_values_make_bins_of_similar_weight);
	UNIT_RUN(order_does_not_matter);
	UNIT_RUN(levels_get_codes);
	UNIT_RUN(rare_levels_share_a_code);
	UNIT_RUN(too_many_levels_are_refused);
	UNIT_RUN(every_failed_allocation_is_survived);
	return unit_end();
}
