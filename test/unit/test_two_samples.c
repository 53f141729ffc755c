/*
 * A buffer gives the values of a sorted array whatever their order; the test and the distance of two samples
 * give the published figures and are the same for merged parts; p-values of small samples are counted,
 * of large ones those of the series.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "core/smirnov.h"
#include "core/two_samples.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define COUNT(values) (sizeof(values) / sizeof((values)[0]))
#define N_VALUES	  60000

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

static bool
is_sorted_array(const MlopsSortedBuffer *buffer, const double *sorted, size_t n)
{
	MlopsSortedCursor cursor = mlops_sorted_cursor(buffer);
	MlopsSortedEntry entry;
	double before = -INFINITY;
	size_t i = 0;

	while (mlops_sorted_cursor_next(&cursor, &entry))
	{
		if (i > 0 && !(entry.value > before))
			return false;
		before = entry.value;
		for (; entry.count > 0; entry.count--, i++)
		{
			if (i >= n || sorted[i] != entry.value)
				return false;
		}
	}
	return i == n && buffer->n == (int64_t) n;
}

static void
buffers_are_sorted_arrays(void)
{
	static double values[N_VALUES];

	for (uint32_t range = 10; range <= 10000000; range *= 100)
	{
		MlopsRng rng = mlops_rng_stream(9, range);
		MlopsSortedBuffer buffer = { 0 }, halves[2] = { { 0 }, { 0 } };

		for (size_t i = 0; i < N_VALUES; i++)
		{
			values[i] = (double) mlops_rng_below(&rng, range) - (double) range / 2;
			UNIT_CHECK(mlops_sorted_buffer_add(&buffer, values[i], &plain_allocator));
			UNIT_CHECK(mlops_sorted_buffer_add(&halves[i % 3 == 0], values[i], &plain_allocator));
		}
		qsort(values, N_VALUES, sizeof(double), compare_doubles);
		UNIT_CHECK(mlops_sorted_buffer_settle(&buffer, &plain_allocator));
		UNIT_CHECK(is_sorted_array(&buffer, values, N_VALUES));
		UNIT_CHECK(mlops_sorted_buffer_settle(&halves[1], &plain_allocator));
		UNIT_CHECK(mlops_sorted_buffer_merge(&halves[0], &halves[1], &plain_allocator, NULL) ==
				   MLOPS_STATUS_OK);
		UNIT_CHECK(is_sorted_array(&halves[0], values, N_VALUES));
		mlops_sorted_buffer_clear(&buffer, &plain_allocator);
		mlops_sorted_buffer_clear(&halves[0], &plain_allocator);
		mlops_sorted_buffer_clear(&halves[1], &plain_allocator);
	}
}

static void
add_all(MlopsTwoSamples *state, const double *values, size_t n, bool is_reference)
{
	for (size_t i = 0; i < n; i++)
		UNIT_CHECK(mlops_two_samples_add(state, values[i], is_reference, &plain_allocator) ==
				   MLOPS_STATUS_OK);
}

static void
clear(MlopsTwoSamples *state)
{
	mlops_sorted_buffer_clear(&state->sides[0], &plain_allocator);
	mlops_sorted_buffer_clear(&state->sides[1], &plain_allocator);
}

static MlopsTestResult
test_of(MlopsTwoSamples *state, MlopsAnswer expected)
{
	MlopsTestResult result;
	MlopsAnswer answer;

	UNIT_CHECK(mlops_two_samples_ks(state, &plain_allocator, NULL, &answer, &result) ==
			   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(answer, expected);
	return result;
}

static double
distance_of(MlopsTwoSamples *state, bool is_normalised, MlopsAnswer expected)
{
	MlopsAnswer answer;
	double result;

	UNIT_CHECK(mlops_two_samples_wasserstein(state, is_normalised, &plain_allocator, NULL, &answer,
											 &result) == MLOPS_STATUS_OK);
	UNIT_CHECK_INT(answer, expected);
	return result;
}

static void
published_figures(void)
{
	const double a[] = { 1, 2, 2, 3 };
	const double b[] = { 5, 4, 3, 3, 2 };
	MlopsTwoSamples state = { 0 };
	MlopsTestResult result;

	add_all(&state, a, COUNT(a), false);
	UNIT_CHECK(isnan(test_of(&state, MLOPS_ANSWER_NONE).statistic));
	add_all(&state, b, COUNT(b), true);
	result = test_of(&state, MLOPS_ANSWER_VALUE);
	UNIT_CHECK(result.statistic == 0.55);
	UNIT_CHECK_NEAR(result.p_value, 3.0 / 7, 1e-15);
	UNIT_CHECK(distance_of(&state, false, MLOPS_ANSWER_VALUE) == 1.4);
	UNIT_CHECK_NEAR(distance_of(&state, true, MLOPS_ANSWER_VALUE), 1.4 / sqrt(1.3), 1e-15);
	UNIT_CHECK_NEAR(mlops_kolmogorov_survival(sqrt(20.0 / 9) * 0.55), 0.51214395698936, 1e-13);
	clear(&state);
}

/* Both series are the same function, to the last digits, where one takes over from the other. */
static void
series_meet(void)
{
	UNIT_CHECK_NEAR(mlops_kolmogorov_survival(nextafter(1.2, 0)), mlops_kolmogorov_survival(1.2),
					1e-15);
	UNIT_CHECK(mlops_kolmogorov_survival(0) == 1 && mlops_kolmogorov_survival(1e-3) == 1);
	UNIT_CHECK(mlops_kolmogorov_survival(5) / 3.857499695927835e-22 - 1 < 1e-13);
}

/* Separated samples: one path of each direction of C(n + N, n). */
static void
p_values_of_separated_samples_are_counted(void)
{
	MlopsTwoSamples state = { 0 };
	double ways = 1;

	for (int i = 0; i < 20; i++)
	{
		UNIT_CHECK(mlops_two_samples_add(&state, i, false, &plain_allocator) == MLOPS_STATUS_OK);
		UNIT_CHECK(mlops_two_samples_add(&state, 100 + i, true, &plain_allocator) ==
				   MLOPS_STATUS_OK);
		ways = ways * (21 + i) / (1 + i);
	}
	UNIT_CHECK(test_of(&state, MLOPS_ANSWER_VALUE).statistic == 1);
	UNIT_CHECK_NEAR(test_of(&state, MLOPS_ANSWER_VALUE).p_value * ways, 2, 1e-12);
	UNIT_CHECK(distance_of(&state, false, MLOPS_ANSWER_VALUE) == 100);
	clear(&state);
}

static void
extremes_are_handled(void)
{
	MlopsTwoSamples state = { .on_nonfinite = MLOPS_NONFINITE_PROPAGATE };
	const double one = 3;
	const double huge[] = { -DBL_MAX, DBL_MAX };

	add_all(&state, &one, 1, true);
	add_all(&state, &one, 1, false);
	UNIT_CHECK(distance_of(&state, false, MLOPS_ANSWER_VALUE) == 0);
	(void) distance_of(&state, true, MLOPS_ANSWER_NONE);
	add_all(&state, &one, 1, true);
	/* no spread: the floor of 0.001 */
	add_all(&state, huge, 0, true);
	UNIT_CHECK(distance_of(&state, true, MLOPS_ANSWER_VALUE) == 0);
	clear(&state);
	add_all(&state, &huge[0], 1, true);
	add_all(&state, &huge[1], 1, false);
	state.on_nonfinite = MLOPS_NONFINITE_PROPAGATE;
	(void) distance_of(&state, false, MLOPS_ANSWER_RANGE);
	clear(&state);
	state.on_nonfinite = MLOPS_NONFINITE_PROPAGATE;
	UNIT_CHECK(mlops_two_samples_add(&state, INFINITY, true, &plain_allocator) == MLOPS_STATUS_OK);
	add_all(&state, &one, 1, false);
	UNIT_CHECK(distance_of(&state, false, MLOPS_ANSWER_VALUE) == INFINITY);
	UNIT_CHECK(test_of(&state, MLOPS_ANSWER_VALUE).statistic == 1);
	UNIT_CHECK(mlops_two_samples_add(&state, NAN, true, &plain_allocator) == MLOPS_STATUS_OK);
	UNIT_CHECK(isnan(distance_of(&state, false, MLOPS_ANSWER_VALUE)));
	UNIT_CHECK(isnan(test_of(&state, MLOPS_ANSWER_VALUE).statistic));
	clear(&state);
}

static MlopsBuffer
written(MlopsTwoSamples *state, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_two_samples_transfer(state, &io);
	UNIT_CHECK(mlops_io_object_end(&io) == MLOPS_STATUS_OK);
	return buffer;
}

static void
merged_parts_are_written_as_the_whole(void)
{
	MlopsRng rng = mlops_rng_stream(4, 0);
	MlopsTwoSamples whole = { 0 }, parts[2], again = { 0 };
	MlopsBuffer one, two;
	MlopsStateIo io;

	parts[0] = parts[1] = again;
	for (int i = 0; i < 20000; i++)
	{
		double x = (double) mlops_rng_below(&rng, 5000);
		bool is_reference = mlops_rng_below(&rng, 3) == 0;

		add_all(&whole, &x, 1, is_reference);
		add_all(&parts[i % 2], &x, 1, is_reference);
	}
	UNIT_CHECK(mlops_two_samples_merge(&parts[0], &parts[1], &plain_allocator, NULL, NULL) ==
			   MLOPS_STATUS_OK);
	for (int is_text = 0; is_text < 2; is_text++)
	{
		one = written(&whole, is_text);
		two = written(&parts[0], is_text);
		UNIT_CHECK(one.n_bytes == two.n_bytes && memcmp(one.bytes, two.bytes, one.n_bytes) == 0);
		mlops_io_begin_read(&io, is_text, one.bytes, one.n_bytes, &plain_allocator);
		mlops_io_object_begin(&io);
		mlops_two_samples_transfer(&again, &io);
		UNIT_CHECK(mlops_io_object_end(&io) == MLOPS_STATUS_OK);
		free(two.bytes);
		two = written(&again, is_text);
		UNIT_CHECK(one.n_bytes == two.n_bytes && memcmp(one.bytes, two.bytes, one.n_bytes) == 0);
		free(one.bytes);
		free(two.bytes);
		clear(&again);
	}
	clear(&whole);
	clear(&parts[0]);
	clear(&parts[1]);
}

/* A cancel is heard while states are merged, and while the variation of the reference is summed. */
static void
long_work_can_be_cancelled(void)
{
	MlopsCancel cancel = { .cancelled = unit_always };
	MlopsTwoSamples state = { 0 }, other = { 0 };
	MlopsAnswer answer;
	double result;

	for (int i = 0; i < 3; i++)
		add_all(&state, (double[]){ i }, 1, i > 0);
	UNIT_CHECK(mlops_two_samples_wasserstein(&state, true, &plain_allocator, &cancel, &answer,
											 &result) == MLOPS_STATUS_CANCELLED);
	for (int i = 0; i < 70000; i++)
		add_all(&other, (double[]){ i }, 1, true);
	UNIT_CHECK(mlops_two_samples_merge(&state, &other, &plain_allocator, &cancel, NULL) ==
			   MLOPS_STATUS_CANCELLED);
	clear(&state);
	clear(&other);
}

static MlopsStatus
run_all(const MlopsAllocator *allocator, void *argument)
{
	MlopsTwoSamples state = { 0 };
	MlopsStatus status = MLOPS_STATUS_OK;
	MlopsTestResult test;
	MlopsAnswer answer;
	double result;

	(void) argument;
	for (int i = 0; status == MLOPS_STATUS_OK && i < 9000; i++)
		status = mlops_two_samples_add(&state, (i * 611) % 6007, i < 8900, allocator);
	if (status == MLOPS_STATUS_OK)
		status = mlops_two_samples_ks(&state, allocator, NULL, &answer, &test);
	if (status == MLOPS_STATUS_OK)
		status = mlops_two_samples_wasserstein(&state, true, allocator, NULL, &answer, &result);
	mlops_sorted_buffer_clear(&state.sides[0], allocator);
	mlops_sorted_buffer_clear(&state.sides[1], allocator);
	return status;
}

static void
failed_allocations_leave_nothing(void)
{
	UNIT_CHECK(alloc_failing_each(run_all, NULL) > 10);
}

int
main(void)
{
	UNIT_RUN(buffers_are_sorted_arrays);
	UNIT_RUN(published_figures);
	UNIT_RUN(series_meet);
	UNIT_RUN(p_values_of_separated_samples_are_counted);
	UNIT_RUN(extremes_are_handled);
	UNIT_RUN(merged_parts_are_written_as_the_whole);
	UNIT_RUN(long_work_can_be_cancelled);
	UNIT_RUN(failed_allocations_leave_nothing);
	return unit_end();
}
