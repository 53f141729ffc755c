/*
 * Sums of products are rounded once; quantiles and deviations are those of a sorted array by exact numbers;
 * taking everything away leaves the empty state; what is read back is the same, and what no transition
 * makes is refused.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/quantiles.h"
#include "core/rng.h"
#include "core/rounded.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define COUNT(values) (sizeof(values) / sizeof((values)[0]))

static const double GOLDEN[] = { 2, 4, 4, 4, 5, 5, 7, 9 };

static MlopsQuantiles
state_of(const double *values, size_t n)
{
	MlopsQuantiles state = { .on_nonfinite = MLOPS_NONFINITE_PROPAGATE };

	for (size_t i = 0; i < n; i++)
		UNIT_CHECK(mlops_quantiles_add(&state, values[i], &plain_allocator) == MLOPS_STATUS_OK);
	return state;
}

static void
clear(MlopsQuantiles *state)
{
	mlops_order_tree_clear(&state->tree, &plain_allocator);
}

static double
quantile_of(const MlopsQuantiles *state, double p, int type)
{
	double result = -1;

	UNIT_CHECK(mlops_quantiles_at(state, p, type, &result) == MLOPS_ANSWER_VALUE);
	return result;
}

static double
deviation_of(const MlopsQuantiles *state, double scale)
{
	double result = -1;

	UNIT_CHECK(mlops_quantiles_deviation(state, scale, &result) == MLOPS_ANSWER_VALUE);
	return result;
}

static double
rounded(const double factors[][2], int n)
{
	MlopsRounded sum = { 0 };
	double result = NAN;

	for (int i = 0; i < n; i++)
		mlops_rounded_add(&sum, factors[i][0], factors[i][1]);
	(void) mlops_rounded_get(&sum, &result);
	return result;
}

static void
sums_are_rounded_once(void)
{
	const double cancel[][2] = { { 1e300, 1 }, { 1, 1 }, { -1e300, 1 }, { 1e-300, 1 } };
	const double tie[][2] = { { 1, 1 }, { 0x1p-53, 1 } };
	const double above_tie[][2] = { { 1, 1 }, { 0x1p-53, 1 }, { 0x1p-1000, 1 } };
	const double huge[][2] = { { DBL_MAX, 2 }, { -DBL_MAX, 1 } };
	const double tiny[][2] = { { DBL_TRUE_MIN, 0.5 }, { DBL_TRUE_MIN, 0.25 } };
	const double below[][2] = { { DBL_TRUE_MIN, 0.5 } };
	const double over[][2] = { { DBL_MAX, 2 } };

	UNIT_CHECK(rounded(cancel, 4) == 1);
	UNIT_CHECK(rounded(tie, 2) == 1);
	UNIT_CHECK(rounded(above_tie, 3) == 1 + DBL_EPSILON);
	UNIT_CHECK(rounded(huge, 2) == DBL_MAX);
	UNIT_CHECK(rounded(tiny, 2) == DBL_TRUE_MIN);
	UNIT_CHECK(rounded(below, 1) == 0);
	UNIT_CHECK(isnan(rounded(over, 1)));
	UNIT_CHECK(rounded(over, 0) == 0 && !signbit(rounded(over, 0)));
}

static void
published_figures(void)
{
	static const double OF_TYPES[] = { 4, 4, 4, 4, 4, 4, 4, 4, 4 };
	MlopsQuantiles state = state_of(GOLDEN, COUNT(GOLDEN));
	MlopsAnswer answer;
	double result;

	UNIT_CHECK(quantile_of(&state, 0.5, 7) == 4.5);
	UNIT_CHECK_NEAR(quantile_of(&state, 0.1, 7), 3.4, 1e-15);
	UNIT_CHECK(quantile_of(&state, 0.25, 7) == 4);
	UNIT_CHECK_NEAR(quantile_of(&state, 0.9, 7), 7.6, 1e-15);
	for (int type = 1; type <= 9; type++)
		UNIT_CHECK(quantile_of(&state, 0.3, type) == OF_TYPES[type - 1]);
	UNIT_CHECK(mlops_quantiles_interquartile(&state, &result) == MLOPS_ANSWER_VALUE &&
			   result == 1.5);
	UNIT_CHECK(deviation_of(&state, 1) == 0.5);
	UNIT_CHECK(deviation_of(&state, 1.4826) == 0.7413);
	UNIT_CHECK(mlops_quantiles_trimmed_mean(&state, 0.2, false, &plain_allocator, NULL, &answer,
											&result) == MLOPS_STATUS_OK &&
			   result == 29.0 / 6);
	UNIT_CHECK(mlops_quantiles_trimmed_mean(&state, 0.2, true, &plain_allocator, NULL, &answer,
											&result) == MLOPS_STATUS_OK &&
			   result == 5);
	UNIT_CHECK(mlops_quantiles_rank(&state, 4, &result) == MLOPS_ANSWER_VALUE && result == 0.5);
	clear(&state);
}

static void
means_can_be_cancelled(void)
{
	MlopsCancel cancel = { .cancelled = unit_always };
	MlopsQuantiles state = state_of(GOLDEN, COUNT(GOLDEN));
	MlopsAnswer answer;
	double result;

	UNIT_CHECK(mlops_quantiles_trimmed_mean(&state, 0.2, false, &plain_allocator, &cancel, &answer,
											&result) == MLOPS_STATUS_CANCELLED);
	clear(&state);
}

/* 0.3 is less than 3 / 10, and 3 * 0.1 in double is more: positions are where one expects them. */
static void
positions_at_a_value_are_that_value(void)
{
	double values[11];
	MlopsQuantiles state;

	for (int i = 0; i < 11; i++)
		values[i] = i - 3;
	state = state_of(values, 11);
	UNIT_CHECK(quantile_of(&state, 0.3, 7) == 0);
	for (int i = 0; i <= 10; i++)
		UNIT_CHECK(quantile_of(&state, i / 10.0, 7) == i - 3);
	clear(&state);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Median of distances by sorting them; of multiples of 1 / 4 all is exact. */
static double
deviation_by_sorting(double *values, size_t n)
{
	double middle;

	qsort(values, n, sizeof(double), compare_doubles);
	middle = (values[(n - 1) / 2] + values[n / 2]) / 2;
	for (size_t i = 0; i < n; i++)
		values[i] = fabs(values[i] - middle);
	qsort(values, n, sizeof(double), compare_doubles);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static void
deviations_are_those_of_sorted_distances(void)
{
	MlopsRng rng = mlops_rng_stream(3, 0);
	double values[300];

	for (int round = 0; round < 3000; round++)
	{
		size_t n = 1 + (size_t) mlops_rng_below(&rng, round % 10 == 0 ? 300 : 12);
		uint32_t range = 1 + mlops_rng_below(&rng, 200);
		MlopsQuantiles state;
		double expected;

		for (size_t i = 0; i < n; i++)
			values[i] = (double) mlops_rng_below(&rng, range) / 4 - 10;
		state = state_of(values, n);
		expected = deviation_by_sorting(values, n);
		UNIT_CHECK(deviation_of(&state, 1) == expected);
		clear(&state);
	}
}

/* The median is between two doubles, and distances from it differ in what a double does not hold. */
static void
deviations_from_a_median_between_doubles_are_exact(void)
{
	const double values[] = { 1, 1 + DBL_EPSILON };
	const double huge[] = { -DBL_MAX, DBL_MAX };
	const double wide[] = { -DBL_MAX, -DBL_MAX, DBL_MAX, DBL_MAX };
	MlopsQuantiles state = state_of(values, 2);
	double result;

	UNIT_CHECK(deviation_of(&state, 1) == DBL_EPSILON / 2);
	clear(&state);
	state = state_of(huge, 2);
	UNIT_CHECK(quantile_of(&state, 0.5, 7) == 0);
	UNIT_CHECK(deviation_of(&state, 1) == DBL_MAX);
	UNIT_CHECK(mlops_quantiles_interquartile(&state, &result) == MLOPS_ANSWER_VALUE &&
			   result == DBL_MAX);
	clear(&state);
	state = state_of(wide, 4);
	UNIT_CHECK(mlops_quantiles_interquartile(&state, &result) == MLOPS_ANSWER_RANGE);
	clear(&state);
}

static void
infinities_are_the_ends(void)
{
	const double values[] = { -INFINITY, 1, 2, 3, INFINITY };
	MlopsQuantiles state = state_of(values, COUNT(values));
	double result;

	UNIT_CHECK(quantile_of(&state, 0.5, 7) == 2);
	UNIT_CHECK(quantile_of(&state, 0.9, 7) == INFINITY);
	UNIT_CHECK(quantile_of(&state, 0.1, 7) == -INFINITY);
	UNIT_CHECK(deviation_of(&state, 1) == 1);
	UNIT_CHECK(mlops_quantiles_add(&state, INFINITY, &plain_allocator) == MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_quantiles_add(&state, INFINITY, &plain_allocator) == MLOPS_STATUS_OK);
	UNIT_CHECK(deviation_of(&state, 1) == INFINITY);
	UNIT_CHECK(mlops_quantiles_add(&state, NAN, &plain_allocator) == MLOPS_STATUS_OK);
	UNIT_CHECK(isnan(quantile_of(&state, 0.5, 7)) && isnan(deviation_of(&state, 1)));
	UNIT_CHECK(mlops_quantiles_rank(&state, 0, &result) == MLOPS_ANSWER_VALUE && isnan(result));
	clear(&state);
}

static MlopsBuffer
written(MlopsQuantiles *state, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_quantiles_transfer(state, true, &io);
	UNIT_CHECK(mlops_io_object_end(&io) == MLOPS_STATUS_OK);
	return buffer;
}

static MlopsStatus
read_back(const void *bytes, size_t n, bool is_text, MlopsQuantiles *state, MlopsReason *reason)
{
	MlopsStateIo io;
	MlopsStatus status;

	*state = (MlopsQuantiles){ 0 };
	mlops_io_begin_read(&io, is_text, bytes, n, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_quantiles_transfer(state, true, &io);
	status = mlops_io_object_end(&io);
	*reason = io.reason;
	return status;
}

static void
states_are_written_and_read_alike(void)
{
	MlopsRng rng = mlops_rng_stream(5, 0);
	MlopsQuantiles state = { .p = 0.25 }, parts[2] = { { .p = 0.25 }, { .p = 0.25 } }, again;
	MlopsReason reason;
	MlopsBuffer one, two;

	for (int i = 0; i < 5000; i++)
	{
		double x = (double) mlops_rng_below(&rng, 3000) / 8;

		UNIT_CHECK(mlops_quantiles_add(&state, x, &plain_allocator) == MLOPS_STATUS_OK);
		UNIT_CHECK(mlops_quantiles_add(&parts[i % 2], x, &plain_allocator) == MLOPS_STATUS_OK);
	}
	UNIT_CHECK(mlops_quantiles_merge(&parts[0], &parts[1], &plain_allocator, NULL, NULL) ==
			   MLOPS_STATUS_OK);
	for (int is_text = 0; is_text < 2; is_text++)
	{
		one = written(&state, is_text);
		two = written(&parts[0], is_text);
		UNIT_CHECK(one.n_bytes == two.n_bytes && memcmp(one.bytes, two.bytes, one.n_bytes) == 0);
		free(two.bytes);
		UNIT_CHECK(read_back(one.bytes, one.n_bytes, is_text, &again, &reason) == MLOPS_STATUS_OK);
		two = written(&again, is_text);
		UNIT_CHECK(one.n_bytes == two.n_bytes && memcmp(one.bytes, two.bytes, one.n_bytes) == 0);
		free(one.bytes);
		free(two.bytes);
		clear(&again);
	}
	clear(&state);
	clear(&parts[0]);
	clear(&parts[1]);
}

static void
what_no_transition_makes_is_refused(void)
{
	static const char *const TEXTS[] = {
		"{\"on_nonfinite\":0,\"p\":1.5,\"null_count\":0,\"nan_count\":0,\"values\":[]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":1,\"values\":[]}",
		"{\"on_nonfinite\":3,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":-1,\"nan_count\":0,\"values\":[]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[[1,0]]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[[1,1],[1,1]]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[[2,1],[1,1]]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[[-0,1]]}",
		"{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[[\"Infinity\",1]]}",
		"{\"on_nonfinite\":2,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":[[\"NaN\",1]]}",
		("{\"on_nonfinite\":0,\"p\":0,\"null_count\":0,\"nan_count\":0,\"values\":"
		 "[[1,2305843009213693951],[2,2305843009213693951]]}"),
	};

	for (size_t i = 0; i < COUNT(TEXTS); i++)
	{
		MlopsQuantiles state;
		MlopsReason reason;

		UNIT_CHECK(read_back(TEXTS[i], strlen(TEXTS[i]), true, &state, &reason) != MLOPS_STATUS_OK);
		UNIT_CHECK(reason.text[0] != '\0');
		clear(&state);
	}
}

static void
states_of_other_parameters_are_not_merged(void)
{
	MlopsQuantiles a = { .p = 0.25, .n_null = 1 }, b = { .p = 0.5, .n_null = 1 }, empty = { 0 };
	MlopsReason reason = { "" };

	UNIT_CHECK(mlops_quantiles_merge(&a, &b, &plain_allocator, NULL, &reason) ==
			   MLOPS_STATUS_INVALID);
	UNIT_CHECK(reason.text[0] != '\0');
	UNIT_CHECK(mlops_quantiles_merge(&a, &empty, &plain_allocator, NULL, NULL) == MLOPS_STATUS_OK);
	UNIT_CHECK(mlops_quantiles_merge(&empty, &a, &plain_allocator, NULL, NULL) == MLOPS_STATUS_OK);
	UNIT_CHECK(empty.p == 0.25 && empty.n_null == 1);
	a.n_null = MLOPS_ORDER_VALUES;
	UNIT_CHECK(mlops_quantiles_merge(&a, &empty, &plain_allocator, NULL, NULL) ==
			   MLOPS_STATUS_LIMIT);
}

int
main(void)
{
	UNIT_RUN(sums_are_rounded_once);
	UNIT_RUN(published_figures);
	UNIT_RUN(means_can_be_cancelled);
	UNIT_RUN(positions_at_a_value_are_that_value);
	UNIT_RUN(deviations_are_those_of_sorted_distances);
	UNIT_RUN(deviations_from_a_median_between_doubles_are_exact);
	UNIT_RUN(infinities_are_the_ends);
	UNIT_RUN(states_are_written_and_read_alike);
	UNIT_RUN(what_no_transition_makes_is_refused);
	UNIT_RUN(states_of_other_parameters_are_not_merged);
	return unit_end();
}
