/*
 * A level is encoded by the mean target of its rows, drawn towards the prior as the formula says;
 * in the view of a fold no target of the fold plays a part; the order of the rows plays none.
 * scikit-learn's encodings of the same rows and folds are the same (test/oracle/target_encoding.sh).
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "core/rng.h"
#include "core/sampling.h"
#include "core/target_encoding.h"

#include "alloc_failing.h"
#include "unit.h"

#define MAX_ROWS   600
#define MAX_LEVELS 40

/* Random rows; arrays that a test does not want are left out of rows. */
typedef struct Sample
{
	uint32_t levels[MAX_ROWS];
	uint8_t folds[MAX_ROWS];
	double targets[MAX_ROWS];
	uint32_t classes[MAX_ROWS];
	double weights[MAX_ROWS];
	MlopsEncodingRows rows;
} Sample;

static double encodings[MLOPS_ENCODING_VIEWS * MAX_LEVELS];
static double priors[MLOPS_ENCODING_VIEWS];

static void
sample_make(Sample *sample, size_t n_rows, uint32_t n_levels, uint64_t seed)
{
	MlopsRng rng = mlops_rng_stream((int64_t) seed, 0);

	for (size_t i = 0; i < n_rows; i++)
	{
		uint32_t level = (uint32_t) mlops_rng_below(&rng, n_levels + 1);

		sample->levels[i] = level == n_levels ? MLOPS_LEVEL_NONE : level;
		sample->folds[i] = (uint8_t) mlops_rng_below(&rng, MLOPS_ENCODING_FOLDS);
		sample->targets[i] = (double) mlops_rng_below(&rng, 2000) / 8 - 100;
		sample->classes[i] = (uint32_t) mlops_rng_below(&rng, 3);
		sample->weights[i] = (double) (1 + mlops_rng_below(&rng, 16)) / 4;
	}
	sample->rows = (MlopsEncodingRows){ .n_rows = n_rows,
										.levels = sample->levels,
										.n_levels = n_levels,
										.folds = sample->folds,
										.n_folds = MLOPS_ENCODING_FOLDS,
										.targets = sample->targets };
}

static double
weight_of(const MlopsEncodingRows *rows, size_t i)
{
	return rows->weights == NULL ? 1 : rows->weights[i];
}

static double
target_of(const MlopsEncodingRows *rows, size_t i)
{
	if (rows->targets != NULL)
		return rows->targets[i];
	return rows->classes[i] == rows->class_number ? 1 : 0;
}

/* The formula word by word; level MLOPS_LEVEL_NONE gives the prior. */
static double
encode_naively(const MlopsEncodingRows *rows, uint32_t view, uint32_t level)
{
	double all_sum = 0, all_weight = 0, n = 0, sum = 0, weight = 0, smooth;

	for (size_t i = 0; i < rows->n_rows; i++)
	{
		if (rows->folds[i] == view)
			continue;
		n++;
		all_sum += weight_of(rows, i) * target_of(rows, i);
		all_weight += weight_of(rows, i);
		if (rows->levels[i] != level)
			continue;
		sum += weight_of(rows, i) * target_of(rows, i);
		weight += weight_of(rows, i);
	}
	if (level == MLOPS_LEVEL_NONE)
		return all_sum / all_weight;
	smooth = MLOPS_ENCODING_SMOOTH * all_weight / n;
	return (sum + smooth * all_sum / all_weight) / (weight + smooth);
}

static void
check_naively(const MlopsEncodingRows *rows)
{
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	UNIT_CHECK_INT(mlops_target_encode(rows, &memory.allocator, NULL, encodings, priors),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(memory.n_live, 0);
	for (uint32_t view = 0; view <= rows->n_folds; view++)
	{
		UNIT_CHECK_NEAR(priors[view], encode_naively(rows, view, MLOPS_LEVEL_NONE), 1e-12);
		for (uint32_t k = 0; k < rows->n_levels; k++)
			UNIT_CHECK_NEAR(encodings[view * rows->n_levels + k], encode_naively(rows, view, k),
							1e-12);
	}
}

/* Two folds: (a 1, fold 0), (a 0, fold 1), (b 1, fold 1), (none 1, fold 0); m = 10. */
static void
four_rows_by_hand(void)
{
	uint32_t levels[4] = { 0, 0, 1, MLOPS_LEVEL_NONE };
	uint8_t folds[4] = { 0, 1, 1, 0 };
	uint32_t classes[4] = { 1, 0, 1, 1 };
	MlopsEncodingRows rows = { .n_rows = 4,
							   .levels = levels,
							   .n_levels = 2,
							   .folds = folds,
							   .n_folds = 2,
							   .classes = classes,
							   .class_number = 1 };
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	UNIT_CHECK_INT(mlops_target_encode(&rows, &memory.allocator, NULL, encodings, priors),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_NEAR(priors[0], 0.5, 0); /* of fold 1: 0 and 1 */
	UNIT_CHECK_NEAR(priors[1], 1, 0);	/* of fold 0: 1 and 1 */
	UNIT_CHECK_NEAR(priors[2], 0.75, 0);
	UNIT_CHECK_NEAR(encodings[0], 5.0 / 11, 0); /* a: 0 of 1 */
	UNIT_CHECK_NEAR(encodings[1], 6.0 / 11, 0); /* b: 1 of 1 */
	UNIT_CHECK_NEAR(encodings[2], 11.0 / 11, 0);
	UNIT_CHECK_NEAR(encodings[3], 1, 0);			/* b has no row in fold 0 */
	UNIT_CHECK_NEAR(encodings[4], 8.5 / 12, 1e-15); /* a: 1 of 2 */
	UNIT_CHECK_NEAR(encodings[5], 8.5 / 11, 1e-15); /* b: 1 of 1 */
}

static void
all_kinds_of_rows_equal_the_formula(void)
{
	Sample sample;

	for (uint64_t seed = 1; seed <= 20; seed++)
	{
		sample_make(&sample, seed * 30, (uint32_t) seed * 2, seed);
		for (size_t i = 0; i < MLOPS_ENCODING_FOLDS; i++)
			sample.folds[i] = (uint8_t) i; /* none is empty */
		check_naively(&sample.rows);
		sample.rows.weights = sample.weights;
		check_naively(&sample.rows);
		sample.rows.targets = NULL;
		sample.rows.classes = sample.classes;
		sample.rows.class_number = (uint32_t) seed % 3;
		check_naively(&sample.rows);
		sample.rows.weights = NULL;
		check_naively(&sample.rows);
	}
}

static void
targets_of_a_fold_are_unknown_in_its_view(void)
{
	static double before[MLOPS_ENCODING_VIEWS * MAX_LEVELS];
	Sample sample;
	AllocFailing memory;
	size_t n_cells;

	alloc_failing_init(&memory, 0);
	sample_make(&sample, MAX_ROWS, MAX_LEVELS, 7);
	n_cells = sample.rows.n_levels;
	(void) mlops_target_encode(&sample.rows, &memory.allocator, NULL, before, priors);
	for (size_t i = 0; i < MAX_ROWS; i++)
		sample.targets[i] = sample.folds[i] == 3 ? -sample.targets[i] - 1 : sample.targets[i];
	(void) mlops_target_encode(&sample.rows, &memory.allocator, NULL, encodings, priors);
	for (size_t view = 0; view < MLOPS_ENCODING_VIEWS; view++)
	{
		size_t n_equal = 0;

		for (size_t i = 0; i < n_cells; i++)
			n_equal += before[view * n_cells + i] == encodings[view * n_cells + i];
		UNIT_CHECK_INT(n_equal, view == 3 ? n_cells : 0);
	}
}

static void
order_of_rows_does_not_matter(void)
{
	static double before[MLOPS_ENCODING_VIEWS * MAX_LEVELS];
	Sample sample, turned;
	AllocFailing memory;
	size_t n = MAX_ROWS;

	alloc_failing_init(&memory, 0);
	sample_make(&sample, n, MAX_LEVELS, 9);
	sample_make(&turned, n, MAX_LEVELS, 9);
	for (size_t i = 0; i < n; i++)
	{
		/* sums whose rounding depends on the order */
		sample.targets[i] = ldexp(sample.targets[i] / 3, (int) (i % 60));
		sample.weights[i] /= 7;
		turned.targets[n - 1 - i] = sample.targets[i];
		turned.weights[n - 1 - i] = sample.weights[i];
		turned.levels[n - 1 - i] = sample.levels[i];
		turned.folds[n - 1 - i] = sample.folds[i];
	}
	sample.rows.weights = sample.weights;
	turned.rows.weights = turned.weights;
	(void) mlops_target_encode(&sample.rows, &memory.allocator, NULL, before, priors);
	(void) mlops_target_encode(&turned.rows, &memory.allocator, NULL, encodings, priors);
	for (size_t i = 0; i < (size_t) MLOPS_ENCODING_VIEWS * MAX_LEVELS; i++)
		UNIT_CHECK_NEAR(encodings[i], before[i], 0);
}

static void
largest_and_smallest_numbers_have_means(void)
{
	Sample sample;
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	sample_make(&sample, MAX_ROWS, 1, 3);
	sample.rows.weights = sample.weights;
	for (size_t i = 0; i < MAX_ROWS; i++)
	{
		sample.targets[i] = 1e300;
		sample.weights[i] = i == 0 ? 5e-324 : 1e308;
	}
	(void) mlops_target_encode(&sample.rows, &memory.allocator, NULL, encodings, priors);
	UNIT_CHECK_NEAR(encodings[0], 1e300, 1e286);
	UNIT_CHECK_NEAR(priors[MLOPS_ENCODING_FOLDS], 1e300, 1e286);
	/* all that a view has may weigh nothing beside the rest */
	memset(sample.folds, 1, sizeof(sample.folds));
	sample.folds[0] = 0;
	(void) mlops_target_encode(&sample.rows, &memory.allocator, NULL, encodings, priors);
	UNIT_CHECK_NEAR(encodings[1], 0, 0);
	UNIT_CHECK_NEAR(priors[1], 0, 0);
}

/* Rows of a task of the fixture, as its lines have them. */
typedef struct Fixture
{
	Sample sample;
	uint64_t keys[MAX_ROWS];
	double out_of_fold[MAX_ROWS];
	double of_all[MAX_ROWS];
} Fixture;

static bool
read_fixture(const char *task, Fixture *fixture)
{
	FILE *file = fopen("test/data/target_encoding.csv", "r");
	char line[256], name[16];
	uint64_t id;
	unsigned level, fold;
	double target, out_of_fold, of_all;
	size_t n = 0;

	memset(fixture, 0, sizeof(*fixture));
	if (!UNIT_CHECK(file != NULL))
		return false;
	while (n < MAX_ROWS && fgets(line, sizeof(line), file) != NULL)
	{
		if (sscanf(line, "%15[a-z],%" SCNu64 ",%u,%lf,%u,%lf,%lf", name, &id, &level, &target,
				   &fold, &out_of_fold, &of_all) != 7 ||
			strcmp(name, task) != 0)
			continue;
		fixture->sample.levels[n] = level;
		fixture->sample.targets[n] = target;
		fixture->sample.classes[n] = (uint32_t) target;
		fixture->sample.folds[n] = (uint8_t) fold;
		fixture->keys[n] = mlops_hash_int(id, 0);
		fixture->out_of_fold[n] = out_of_fold;
		fixture->of_all[n++] = of_all;
	}
	(void) fclose(file);
	fixture->sample.rows = (MlopsEncodingRows){ .n_rows = n,
												.levels = fixture->sample.levels,
												.n_levels = MAX_LEVELS,
												.folds = fixture->sample.folds,
												.n_folds = MLOPS_ENCODING_FOLDS,
												.classes = fixture->sample.classes,
												.class_number = 1 };
	if (strcmp(task, "value") == 0)
		fixture->sample.rows.targets = fixture->sample.targets;
	return UNIT_CHECK(n >= 100);
}

/* The folds are ours, rebuilt by the script from the hash that is published. */
static void
check_folds(const Fixture *fixture, const MlopsAllocator *allocator)
{
	const MlopsEncodingRows *rows = &fixture->sample.rows;
	MlopsSampling sampling = { .n_rows = rows->n_rows, .seed = 1, .keys = fixture->keys };
	uint8_t folds[MAX_ROWS];

	UNIT_CHECK_INT(mlops_sample_folds(&sampling, rows->targets == NULL ? rows->classes : NULL, NULL,
									  MLOPS_ENCODING_FOLDS, allocator, folds, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(memcmp(folds, rows->folds, rows->n_rows) == 0);
}

static void
scikit_learn_has_the_same_folds_and_encodings(void)
{
	static const char *const TASKS[] = { "two", "value", "many" };
	static Fixture fixture;
	const MlopsEncodingRows *rows = &fixture.sample.rows;
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	for (int t = 0; t < 3; t++)
	{
		if (!read_fixture(TASKS[t], &fixture))
			return;
		check_folds(&fixture, &memory.allocator);
		UNIT_CHECK_INT(mlops_target_encode(rows, &memory.allocator, NULL, encodings, priors),
					   MLOPS_STATUS_OK);
		for (size_t i = 0; i < rows->n_rows; i++)
		{
			const double *of_level = encodings + rows->levels[i];
			size_t fold = rows->folds[i], all = rows->n_folds;

			UNIT_CHECK_NEAR(of_level[fold * MAX_LEVELS], fixture.out_of_fold[i], 1e-12);
			UNIT_CHECK_NEAR(of_level[all * MAX_LEVELS], fixture.of_all[i], 1e-12);
		}
	}
}

static MlopsStatus
encode_sample(const MlopsAllocator *allocator, void *argument)
{
	return mlops_target_encode(argument, allocator, NULL, encodings, priors);
}

static void
no_memory_is_told(void)
{
	Sample sample;

	sample_make(&sample, MAX_ROWS, MAX_LEVELS, 5);
	UNIT_CHECK_INT(alloc_failing_each(encode_sample, &sample.rows), 2);
	sample.rows.n_levels = 0;
	for (size_t i = 0; i < MAX_ROWS; i++)
		sample.levels[i] = MLOPS_LEVEL_NONE;
	UNIT_CHECK_INT(alloc_failing_each(encode_sample, &sample.rows), 2);
}

static bool
is_stopped(void *state)
{
	return ++((int *) state)[0] == ((int *) state)[1];
}

/* Asked for all rows, and then for each level that has any. */
static void
a_cancel_stops_and_memory_is_given_back(void)
{
	Sample sample;

	sample_make(&sample, MAX_ROWS, MAX_LEVELS, 5);
	for (int stop_at = 1; stop_at <= 3; stop_at++)
	{
		int asked_and_stop[2] = { 0, stop_at };
		MlopsCancel cancel = { is_stopped, asked_and_stop };
		AllocFailing memory;

		alloc_failing_init(&memory, 0);
		UNIT_CHECK_INT(
			mlops_target_encode(&sample.rows, &memory.allocator, &cancel, encodings, priors),
			MLOPS_STATUS_CANCELLED);
		UNIT_CHECK_INT(asked_and_stop[0], stop_at);
		UNIT_CHECK_INT(memory.n_live, 0);
	}
}

int
main(void)
{
	UNIT_RUN(four_rows_by_hand);
	UNIT_RUN(all_kinds_of_rows_equal_the_formula);
	UNIT_RUN(targets_of_a_fold_are_unknown_in_its_view);
	UNIT_RUN(order_of_rows_does_not_matter);
	UNIT_RUN(largest_and_smallest_numbers_have_means);
	UNIT_RUN(scikit_learn_has_the_same_folds_and_encodings);
	UNIT_RUN(no_memory_is_told);
	UNIT_RUN(a_cancel_stops_and_memory_is_given_back);
	return unit_end();
}
