/*
 * The test part has the promised number of rows, of each class where that is
 * asked for; it depends on keys and seed, not on the order of the rows; an
 * entity is never on both sides.
 */
#include <math.h>
#include <string.h>

#include "core/hash.h"
#include "core/sampling.h"

#include "alloc_failing.h"
#include "unit.h"

#define N_ROWS 2000

static uint64_t keys[N_ROWS];
static uint32_t classes[N_ROWS];
static uint64_t entities[N_ROWS];
static double times[N_ROWS];
static uint8_t is_test[N_ROWS];

static MlopsSampling
sampling_of(size_t n_rows, double test_size, uint64_t seed)
{
	for (size_t i = 0; i < n_rows; i++)
		keys[i] = mlops_hash_int(i, 0);
	return (MlopsSampling){ .n_rows = n_rows, .test_size = test_size, .seed = seed, .keys = keys };
}

static size_t
count_test(size_t n_rows)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rows; i++)
		n += is_test[i];
	return n;
}

static size_t
count_test_of_class(size_t n_rows, uint32_t class)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rows; i++)
		n += classes[i] == class && is_test[i] == 1;
	return n;
}

static void
stratified_holds_out_the_share_of_each_class(void)
{
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < N_ROWS; i++)
		classes[i] = i < 96;
	for (uint64_t seed = 0; seed < 20; seed++)
	{
		MlopsSampling sampling = sampling_of(N_ROWS, 0.25, seed);

		UNIT_CHECK_INT(mlops_sample_stratified(&sampling, classes, 2, &memory.allocator, is_test),
					   MLOPS_STATUS_OK);
		UNIT_CHECK_INT(count_test_of_class(N_ROWS, 1), 24);
		UNIT_CHECK_INT(count_test_of_class(N_ROWS, 0), 476);
	}
	for (size_t i = 0; i < N_ROWS; i++)
		classes[i] = i % 100 == 0;
	for (uint64_t seed = 0; seed < 20; seed++)
	{
		MlopsSampling sampling = sampling_of(N_ROWS, 0.25, seed);

		(void) mlops_sample_stratified(&sampling, classes, 2, &memory.allocator, is_test);
		UNIT_CHECK_INT(count_test_of_class(N_ROWS, 1), 5);
	}
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
a_class_of_two_rows_is_on_both_sides(void)
{
	AllocFailing memory;
	MlopsSampling sampling;

	alloc_failing_init(&memory, 0);
	/* class 0: 1 row, class 1: 2 rows, class 2: 3 rows */
	classes[0] = 0;
	classes[1] = classes[2] = 1;
	classes[3] = classes[4] = classes[5] = 2;
	sampling = sampling_of(6, 0.01, 5);
	(void) mlops_sample_stratified(&sampling, classes, 3, &memory.allocator, is_test);
	UNIT_CHECK_INT(count_test_of_class(6, 0), 0);
	UNIT_CHECK_INT(count_test_of_class(6, 1), 1);
	UNIT_CHECK_INT(count_test_of_class(6, 2), 1);
	sampling = sampling_of(6, 0.99, 5);
	(void) mlops_sample_stratified(&sampling, classes, 3, &memory.allocator, is_test);
	UNIT_CHECK_INT(count_test_of_class(6, 0), 0);
	UNIT_CHECK_INT(count_test_of_class(6, 1), 1);
	UNIT_CHECK_INT(count_test_of_class(6, 2), 2);
}

static void
random_holds_out_the_rounded_share(void)
{
	static const struct
	{
		size_t n_rows;
		double test_size;
		size_t n_test;
	} cases[] = { { 0, .25, 0 },  { 1, .25, 0 },	  { 2, .25, 1 },
				  { 2, .99, 1 },  { 3, .001, 1 },	  { 10, .25, 3 },
				  { 10, .24, 2 }, { 2000, .25, 500 }, { 2000, .1, 200 } };
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		MlopsSampling sampling = sampling_of(cases[i].n_rows, cases[i].test_size, 9);

		UNIT_CHECK_INT(mlops_sample_random(&sampling, &memory.allocator, is_test), MLOPS_STATUS_OK);
		UNIT_CHECK_INT(count_test(cases[i].n_rows), cases[i].n_test);
	}
}

/* Reversed rows, and rows of another call between them, keep their sides. */
static void
the_order_of_the_rows_does_not_matter(void)
{
	AllocFailing memory;
	MlopsSampling sampling = sampling_of(N_ROWS, 0.25, 3);
	uint8_t before[N_ROWS];
	size_t n_other = 0;

	alloc_failing_init(&memory, 0);
	(void) mlops_sample_random(&sampling, &memory.allocator, is_test);
	memcpy(before, is_test, sizeof(before));
	for (size_t i = 0; i < N_ROWS; i++)
		keys[i] = mlops_hash_int(N_ROWS - 1 - i, 0);
	(void) mlops_sample_random(&sampling, &memory.allocator, is_test);
	for (size_t i = 0; i < N_ROWS; i++)
		UNIT_CHECK_INT(is_test[i], before[N_ROWS - 1 - i]);
	sampling = sampling_of(N_ROWS, 0.25, 4);
	(void) mlops_sample_random(&sampling, &memory.allocator, is_test);
	for (size_t i = 0; i < N_ROWS; i++)
		n_other += is_test[i] != before[i];
	UNIT_CHECK(n_other > 600); /* 750 are expected of another seed */
}

static void
an_entity_is_on_one_side(void)
{
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < N_ROWS; i++)
		entities[i] = mlops_hash_int(i % 300, 1);
	for (uint64_t seed = 0; seed < 20; seed++)
	{
		MlopsSampling sampling = sampling_of(N_ROWS, 0.25, seed);

		UNIT_CHECK_INT(mlops_sample_entities(&sampling, entities, &memory.allocator, is_test, NULL),
					   MLOPS_STATUS_OK);
		for (size_t i = 300; i < N_ROWS; i++)
			UNIT_CHECK_INT(is_test[i], is_test[i % 300]);
		/* entities have 6 or 7 rows: the share is missed by less than half an entity */
		UNIT_CHECK_NEAR((double) count_test(N_ROWS), 500, 3.5);
	}
	UNIT_CHECK_INT(memory.n_live, 0);
}

/* One entity has nine of ten rows: it is never the test part of a small share. */
static void
a_large_entity_does_not_burst_the_share(void)
{
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 1000; i++)
		entities[i] = i < 900 ? 77 : mlops_hash_int(i, 1);
	for (uint64_t seed = 0; seed < 20; seed++)
	{
		MlopsSampling sampling = sampling_of(1000, 0.05, seed);

		(void) mlops_sample_entities(&sampling, entities, &memory.allocator, is_test, NULL);
		UNIT_CHECK_INT(count_test(1000), 50);
		UNIT_CHECK_INT(is_test[0], 0);
	}
}

static void
entities_are_on_both_sides_or_refused(void)
{
	static const double shares[] = { .01, .25, .5, .75, .99 };
	AllocFailing memory;
	MlopsReason reason;
	MlopsSampling sampling;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 10; i++)
		entities[i] = i < 4;
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
	{
		size_t n_test;

		sampling = sampling_of(10, shares[i], 0);
		UNIT_CHECK_INT(
			mlops_sample_entities(&sampling, entities, &memory.allocator, is_test, &reason),
			MLOPS_STATUS_OK);
		n_test = count_test(10);
		UNIT_CHECK(n_test == 4 || n_test == 6);
	}
	memset(entities, 0, sizeof(entities));
	sampling = sampling_of(10, 0.25, 0);
	UNIT_CHECK_INT(mlops_sample_entities(&sampling, entities, &memory.allocator, is_test, &reason),
				   MLOPS_STATUS_DATA);
	UNIT_CHECK_TEXT(reason.text, "all rows belong to one entity, which cannot be on both sides");
	sampling = sampling_of(0, 0.25, 0);
	UNIT_CHECK_INT(mlops_sample_entities(&sampling, entities, &memory.allocator, is_test, &reason),
				   MLOPS_STATUS_DATA);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
last_holds_out_the_latest_rows(void)
{
	AllocFailing memory;
	MlopsSampling sampling = sampling_of(100, 0.25, 1);

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 100; i++)
		times[i] = (double) ((i * 37) % 100);
	times[0] = NAN;		  /* was 0, the oldest, and stays so */
	times[27] = INFINITY; /* was 99 */
	UNIT_CHECK_INT(mlops_sample_last(&sampling, times, &memory.allocator, is_test),
				   MLOPS_STATUS_OK);
	for (size_t i = 0; i < 100; i++)
		UNIT_CHECK_INT(is_test[i], times[i] >= 75);
	for (size_t i = 0; i < 100; i++)
		times[i] = 1;
	(void) mlops_sample_last(&sampling, times, &memory.allocator, is_test);
	UNIT_CHECK_INT(count_test(100), 25);
}

/* By the definition: rows of the same class that come before a row, later times first. */
static size_t
count_before(const MlopsSampling *sampling, const uint32_t *class_of, const double *time_of,
			 size_t row)
{
	uint64_t rank = mlops_hash_int(sampling->keys[row], sampling->seed);
	size_t n = 0;

	for (size_t i = 0; i < sampling->n_rows; i++)
	{
		uint64_t other = mlops_hash_int(sampling->keys[i], sampling->seed);
		bool is_before = other < rank || (other == rank && i < row);

		if (time_of != NULL && time_of[i] != time_of[row])
			is_before = time_of[i] > time_of[row];
		n += is_before && (class_of == NULL || class_of[i] == class_of[row]);
	}
	return n;
}

/* Whatever ties there are among keys and times, the first rows of the order are held out. */
static void
the_first_rows_of_the_order_are_held_out(void)
{
	static const double shares[] = { 0.01, 0.25, 0.5, 0.97 };
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (uint64_t k = 0; k < 48; k++)
	{
		size_t n = 1 + k * 13 % 300;
		MlopsSampling sampling = sampling_of(n, shares[k % 4], k);
		size_t n_test = (size_t) (shares[k % 4] * (double) n + 0.5);

		n_test = n < 2 ? 0 : n_test < 1 ? 1 : n_test < n ? n_test : n - 1;
		for (size_t i = 0; i < n; i++)
		{
			keys[i] = k % 3 == 0 ? i / 5 : k % 3 == 1 ? 7 : mlops_hash_int(i, 3);
			times[i] = k % 2 == 0 ? (double) (i * 7 % 10) : (double) i;
			classes[i] = i % 7 == 0;
		}
		(void) mlops_sample_random(&sampling, &memory.allocator, is_test);
		for (size_t i = 0; i < n; i++)
			UNIT_CHECK_INT(is_test[i], count_before(&sampling, NULL, NULL, i) < n_test);
		(void) mlops_sample_last(&sampling, times, &memory.allocator, is_test);
		for (size_t i = 0; i < n; i++)
			UNIT_CHECK_INT(is_test[i], count_before(&sampling, NULL, times, i) < n_test);
		(void) mlops_sample_stratified(&sampling, classes, 2, &memory.allocator, is_test);
		for (size_t i = 0; i < n; i++)
			UNIT_CHECK_INT(is_test[i], count_before(&sampling, classes, NULL, i) <
										   count_test_of_class(n, classes[i]));
	}
	UNIT_CHECK_INT(memory.n_live, 0);
}

static MlopsStatus
sample_all_ways(const MlopsAllocator *allocator, void *argument)
{
	const MlopsSampling *sampling = argument;
	MlopsStatus status = mlops_sample_random(sampling, allocator, is_test);

	if (status == MLOPS_STATUS_OK)
		status = mlops_sample_stratified(sampling, classes, 2, allocator, is_test);
	if (status == MLOPS_STATUS_OK)
		status = mlops_sample_last(sampling, times, allocator, is_test);
	if (status == MLOPS_STATUS_OK)
		status = mlops_sample_entities(sampling, entities, allocator, is_test, NULL);
	return status;
}

static void
each_allocation_may_fail(void)
{
	MlopsSampling sampling = sampling_of(100, 0.25, 1);

	for (size_t i = 0; i < 100; i++)
		entities[i] = i / 10;
	UNIT_CHECK_INT(alloc_failing_each(sample_all_ways, &sampling), 8);
}

/* By the definition: the rank of a row within its class, after all rows of smaller classes. */
static size_t
place_of(const MlopsSampling *sampling, size_t row)
{
	size_t place = 0;

	for (size_t i = 0; i < sampling->n_rows; i++)
		place += classes[i] < classes[row] ||
				 (classes[i] == classes[row] && mlops_hash_int(keys[i], sampling->seed) <
													mlops_hash_int(keys[row], sampling->seed));
	return place;
}

static void
folds_follow_the_hash_within_each_class(void)
{
	static uint8_t folds[N_ROWS];
	MlopsSampling sampling = sampling_of(500, 0, 11);
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 500; i++)
		classes[i] = i % 7 == 0;
	UNIT_CHECK_INT(mlops_sample_folds(&sampling, classes, NULL, 5, &memory.allocator, folds, NULL),
				   MLOPS_STATUS_OK);
	for (size_t i = 0; i < 500; i++)
	{
		if (!UNIT_CHECK_INT(folds[i], place_of(&sampling, i) % 5))
			break;
	}
	UNIT_CHECK_INT(mlops_sample_folds(&sampling, NULL, NULL, 255, &memory.allocator, folds, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
folds_keep_an_entity_together(void)
{
	static uint8_t folds[N_ROWS];
	MlopsSampling sampling = sampling_of(1000, 0, 3);
	size_t n_in_fold[4] = { 0 };
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 1000; i++)
		entities[i] = i / 5;
	UNIT_CHECK_INT(mlops_sample_folds(&sampling, NULL, entities, 4, &memory.allocator, folds, NULL),
				   MLOPS_STATUS_OK);
	for (size_t i = 0; i < 1000; i++)
	{
		UNIT_CHECK(folds[i] == folds[i / 5 * 5]);
		n_in_fold[folds[i]]++;
	}
	for (int f = 0; f < 4; f++)
		UNIT_CHECK_INT(n_in_fold[f], 250);
}

static void
an_empty_fold_is_refused(void)
{
	static uint8_t folds[N_ROWS];
	MlopsSampling sampling = sampling_of(4, 0, 3);
	MlopsReason reason = { "" };
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 4; i++)
		entities[i] = i / 2;
	UNIT_CHECK_INT(mlops_sample_folds(&sampling, NULL, NULL, 5, &memory.allocator, folds, &reason),
				   MLOPS_STATUS_DATA);
	UNIT_CHECK_TEXT(reason.text, "there are fewer rows than folds");
	UNIT_CHECK_INT(
		mlops_sample_folds(&sampling, NULL, entities, 3, &memory.allocator, folds, &reason),
		MLOPS_STATUS_DATA);
	UNIT_CHECK_TEXT(reason.text, "there are fewer entities than folds");
	UNIT_CHECK_INT(
		mlops_sample_folds(&sampling, NULL, entities, 2, &memory.allocator, folds, &reason),
		MLOPS_STATUS_OK);
	alloc_failing_init(&memory, 1);
	UNIT_CHECK_INT(mlops_sample_folds(&sampling, NULL, NULL, 2, &memory.allocator, folds, &reason),
				   MLOPS_STATUS_NOMEM);
}

static bool
is_stopped(void *state)
{
	return ++((int *) state)[0] == ((int *) state)[1];
}

/*
 * Times that make the row in the middle of those left the last one of them: a selection that takes
 * it as its pivot would pass over the rows once for each.
 */
static void
crafted_times_cost_few_passes(void)
{
	MlopsSampling sampling = sampling_of(N_ROWS, 0.25, 1);
	int asked_and_stop[2] = { 0, 0 };
	MlopsCancel cancel = { is_stopped, asked_and_stop };
	size_t left[N_ROWS];
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	sampling.cancel = &cancel;
	for (size_t i = 0; i < N_ROWS; i++)
		left[i] = i;
	for (size_t n = N_ROWS; n > 0; n--)
	{
		times[left[n / 2]] = (double) (N_ROWS - n);
		memmove(left + n / 2, left + n / 2 + 1, (n - n / 2 - 1) * sizeof(size_t));
	}
	UNIT_CHECK_INT(mlops_sample_last(&sampling, times, &memory.allocator, is_test),
				   MLOPS_STATUS_OK);
	for (size_t i = 0; i < N_ROWS; i++)
		UNIT_CHECK_INT(is_test[i], times[i] >= 0.75 * N_ROWS);
	UNIT_CHECK(asked_and_stop[0] > 0);
	UNIT_CHECK(asked_and_stop[0] < 100);
}

static void
check_cancelled(const MlopsAllocator *allocator, MlopsSampling *sampling, int way)
{
	int asked_and_stop[2] = { 0, 1 };
	MlopsCancel cancel = { is_stopped, asked_and_stop };
	MlopsStatus status = MLOPS_STATUS_OK;

	sampling->cancel = &cancel;
	if (way == 0)
		status = mlops_sample_random(sampling, allocator, is_test);
	else if (way == 1)
		status = mlops_sample_stratified(sampling, classes, 2, allocator, is_test);
	else if (way == 2)
		status = mlops_sample_last(sampling, times, allocator, is_test);
	else if (way == 3)
		status = mlops_sample_entities(sampling, entities, allocator, is_test, NULL);
	else
		status = mlops_sample_folds(sampling, classes, NULL, 5, allocator, is_test, NULL);
	UNIT_CHECK_INT(status, MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(asked_and_stop[0], 1);
}

static void
a_cancel_stops_and_memory_is_given_back(void)
{
	MlopsSampling sampling = sampling_of(100, 0.25, 1);
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 100; i++)
	{
		classes[i] = i % 2;
		entities[i] = i / 10;
		times[i] = (double) i;
	}
	for (int way = 0; way < 5; way++)
		check_cancelled(&memory.allocator, &sampling, way);
	UNIT_CHECK_INT(memory.n_live, 0);
}

int
main(void)
{
	UNIT_RUN(stratified_holds_out_the_share_of_each_class);
	UNIT_RUN(a_class_of_two_rows_is_on_both_sides);
	UNIT_RUN(random_holds_out_the_rounded_share);
	UNIT_RUN(the_order_of_the_rows_does_not_matter);
	UNIT_RUN(an_entity_is_on_one_side);
	UNIT_RUN(a_large_entity_does_not_burst_the_share);
	UNIT_RUN(entities_are_on_both_sides_or_refused);
	UNIT_RUN(last_holds_out_the_latest_rows);
	UNIT_RUN(the_first_rows_of_the_order_are_held_out);
	UNIT_RUN(folds_follow_the_hash_within_each_class);
	UNIT_RUN(folds_keep_an_entity_together);
	UNIT_RUN(an_empty_fold_is_refused);
	UNIT_RUN(each_allocation_may_fail);
	UNIT_RUN(crafted_times_cost_few_passes);
	UNIT_RUN(a_cancel_stops_and_memory_is_given_back);
	return unit_end();
}
