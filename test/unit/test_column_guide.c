/*
 * A guide changes no code: whatever the cut points and the number, its code is the first cut point
 * that is not below, one by one and many at a time.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/column.h"
#include "core/column_guide.h"

#include "random_dataset.h"
#include "unit.h"

#define N_EDGES_MAX 65534

/* A column with a guide, and its edges. */
typedef struct Guided
{
	MlopsColumn column;
	double edges[N_EDGES_MAX];
	MlopsColumnGuide *guide;
} Guided;

/* By the definition in column.h. */
static uint32_t
naive_code(const MlopsColumn *column, double value)
{
	uint32_t low = 0;
	uint32_t high = column->n_codes - 1;

	if (isnan(value))
		return column->missing_code;
	while (low < high)
	{
		uint32_t middle = (low + high) / 2;

		if (value <= column->edges[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int
compare_doubles(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sort n edges that were filled in, drop equal ones, and make the guide. */
static void
finish_edges(Guided *guided, uint32_t n)
{
	uint32_t n_edges = 0;
	size_t n_bytes;

	qsort(guided->edges, n, sizeof(double), compare_doubles);
	for (uint32_t i = 0; i < n; i++)
	{
		if (n_edges == 0 || guided->edges[n_edges - 1] < guided->edges[i])
			guided->edges[n_edges++] = guided->edges[i];
	}
	guided->column = (MlopsColumn){ .kind = MLOPS_COLUMN_NUMERIC,
									.edges = guided->edges,
									.n_codes = n_edges + 1,
									.missing_code = MLOPS_CODE_MISSING,
									.unseen_code = MLOPS_CODE_MISSING };
	n_bytes = mlops_column_guide_bytes(n_edges);
	UNIT_CHECK(n_bytes > 0 && n_bytes % 8 == 0);
	guided->guide = random_alloc(1, n_bytes);
	mlops_column_guide_make(guided->guide, guided->edges, n_edges);
	guided->column.guide = guided->guide;
}

/* One value alone, and in the middle of others. */
static bool
is_coded(const MlopsColumn *column, double value)
{
	MlopsColumn bare = *column;
	double values[] = { 1, value, NAN, value, -1, 0, value, 2, value, value };
	uint16_t codes[10], bare_codes[10];
	uint32_t expected = naive_code(column, value);
	bool is = mlops_column_code_number(column, value) == expected;

	bare.guide = NULL;
	mlops_column_code_numbers(column, values, 10, codes, 1);
	mlops_column_code_numbers(&bare, values, 10, bare_codes, 1);
	return is && mlops_column_code_number(&bare, value) == expected && codes[1] == expected &&
		   codes[9] == expected && memcmp(codes, bare_codes, sizeof(codes)) == 0;
}

static void
check_codes(Guided *guided, uint32_t max_window)
{
	static const double SPECIAL[] = { 0.0,	   -0.0,	 INFINITY,	   -INFINITY, NAN,
									  DBL_MIN, -DBL_MIN, DBL_TRUE_MIN, DBL_MAX,	  -DBL_MAX };
	const MlopsColumn *column = &guided->column;
	uint64_t state = 1;

	UNIT_CHECK(guided->guide->n_window >= 1 && guided->guide->n_window <= max_window);
	for (size_t i = 0; i < sizeof(SPECIAL) / sizeof(SPECIAL[0]); i++)
		REQUIRE(is_coded(column, SPECIAL[i]));
	for (uint32_t i = 0; i + 1 < column->n_codes; i++)
	{
		double edge = guided->edges[i];

		REQUIRE(mlops_column_code_number(column, edge) == i);
		REQUIRE(is_coded(column, edge));
		REQUIRE(is_coded(column, nextafter(edge, INFINITY)));
		REQUIRE(is_coded(column, nextafter(edge, -INFINITY)));
		REQUIRE(is_coded(column, -edge));
	}
	for (int i = 0; i < 20000; i++)
	{
		uint64_t bits = (uint64_t) random_below(&state, UINT64_C(1) << 32) << 32 |
						random_below(&state, UINT64_C(1) << 32);
		double value;

		memcpy(&value, &bits, sizeof(value));
		REQUIRE(is_coded(column, value));
	}
	free(guided->guide);
}

static void
even_and_uneven_cut_points_are_found(void)
{
	static const uint32_t N[] = { 16, 17, 255, 1000, 4094, N_EDGES_MAX };
	static Guided guided;

	for (size_t k = 0; k < 6; k++)
	{
		uint32_t n = N[k];

		for (uint32_t i = 0; i < n; i++)
			guided.edges[i] = i * 0.1 - 7;
		finish_edges(&guided, n);
		check_codes(&guided, 2);
		/* twelve orders of magnitude, and one more */
		for (uint32_t i = 0; i < n; i++)
			guided.edges[i] = pow(10, 12.0 * i / n);
		guided.edges[0] = -1e30;
		finish_edges(&guided, n);
		check_codes(&guided, n);
		for (uint32_t i = 0; i < n; i++)
			guided.edges[i] = pow(10, 12.0 * i / n);
		finish_edges(&guided, n);
		check_codes(&guided, n < 100 ? 2 : 4);
	}
}

/* The ends of the range of doubles, where sums and quotients overflow. */
static void
extreme_cut_points_are_found(void)
{
	static Guided guided;

	for (uint32_t i = 0; i < 40; i++)
		guided.edges[i] = i % 2 == 0 ? DBL_MAX * (1 - i * 0.01) : -DBL_MAX * (1 - i * 0.01);
	finish_edges(&guided, 40);
	check_codes(&guided, 40);
	/* twenty denormals on each side of 0 */
	for (int i = 0; i < 40; i++)
		guided.edges[i] = (i - 20) * DBL_TRUE_MIN;
	finish_edges(&guided, 40);
	check_codes(&guided, 40);
	/* neighbours, whose differences vanish beside the outlier */
	guided.edges[0] = 1;
	for (uint32_t i = 1; i < 300; i++)
		guided.edges[i] = nextafter(guided.edges[i - 1], INFINITY);
	finish_edges(&guided, 300);
	check_codes(&guided, 2);
	guided.edges[299] = 1e300;
	finish_edges(&guided, 300);
	check_codes(&guided, 299);
}

/* 0 and -0 are one number, as cut point and as value, also where a bucket ends between their bits. */
static void
zeros_of_both_signs_are_one(void)
{
	static const double LOWEST[] = { -1.0, -0x1.FFFFFFFFFFFFFp0, 0.0 };
	static Guided guided;

	for (int i = 0; i < 6; i++)
	{
		for (int k = 0; k < 62; k++)
			guided.edges[k] = ldexp(1, k * 9 - 300);
		guided.edges[62] = i % 2 == 0 ? 0.0 : -0.0;
		guided.edges[63] = i / 2 == 2 ? guided.edges[62] : LOWEST[i / 2];
		finish_edges(&guided, 64);
		UNIT_CHECK(guided.guide->is_by_key);
		UNIT_CHECK_INT(mlops_column_code_number(&guided.column, 0.0), i / 2 < 2);
		UNIT_CHECK_INT(mlops_column_code_number(&guided.column, -0.0), i / 2 < 2);
		check_codes(&guided, 64);
	}
}

/* Cut points of any bits. */
static void
random_cut_points_are_found(void)
{
	static Guided guided;
	uint64_t state = 2;

	for (int round = 0; round < 30; round++)
	{
		uint32_t n = 100 + random_below(&state, 400);

		for (uint32_t i = 0; i < n; i++)
		{
			uint64_t bits = (uint64_t) random_below(&state, UINT64_C(1) << 32) << 32 |
							random_below(&state, UINT64_C(1) << 32);

			memcpy(&guided.edges[i], &bits, sizeof(double));
			if (!isfinite(guided.edges[i]))
				guided.edges[i] = round;
			if (round % 3 == 1)
				guided.edges[i] = fmod(guided.edges[i], 1000);
		}
		finish_edges(&guided, n);
		check_codes(&guided, n);
	}
}

/* An imputed number has its code with a guide too. */
static void
missing_has_its_code(void)
{
	static Guided guided;

	for (int i = 0; i < 100; i++)
		guided.edges[i] = i;
	finish_edges(&guided, 100);
	guided.column.missing_code = 42;
	UNIT_CHECK_INT(mlops_column_code_number(&guided.column, NAN), 42);
	UNIT_CHECK(is_coded(&guided.column, -NAN));
	free(guided.guide);
}

static void
few_cut_points_have_no_guide(void)
{
	UNIT_CHECK_INT(mlops_column_guide_bytes(0), 0);
	UNIT_CHECK_INT(mlops_column_guide_bytes(15), 0);
	UNIT_CHECK(mlops_column_guide_bytes(16) > 0);
}

int
main(void)
{
	UNIT_RUN(even_and_uneven_cut_points_are_found);
	UNIT_RUN(extreme_cut_points_are_found);
	UNIT_RUN(zeros_of_both_signs_are_one);
	UNIT_RUN(random_cut_points_are_found);
	UNIT_RUN(missing_has_its_code);
	UNIT_RUN(few_cut_points_have_no_guide);
	return unit_end();
}
