/*
 * Entropy and concentration follow from counts alone, in any order, and are right in the last digits also where nearly
 * all rows are of one value.
 */
#include <math.h>

#include "core/diversity.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

/* Entropy and concentration of n counts. */
static void
measure(const int64_t *counts, size_t n, double *entropy, double *index)
{
	MlopsTally tally = { 0 };

	for (size_t i = 0; i < n; i++)
		UNIT_CHECK(mlops_tally_add(&tally, counts[i], &plain_allocator));
	UNIT_CHECK_INT(tally.n_values, n);
	UNIT_CHECK_INT(mlops_tally_entropy(&tally, NULL, entropy), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_tally_concentration(&tally, NULL, index), MLOPS_STATUS_OK);
	mlops_tally_free(&tally, &plain_allocator);
}

static void
golden_vector(void)
{
	static const int64_t counts[] = { 3, 2, 1 };
	double entropy, index;

	measure(counts, 3, &entropy, &index);
	UNIT_CHECK_NEAR(entropy, 1.0114042647073516, 0);
	UNIT_CHECK_NEAR(index, 7.0 / 18.0, 0);
}

static void
one_value_has_no_entropy(void)
{
	static const int64_t counts[] = { 7 };
	double entropy, index;

	measure(counts, 1, &entropy, &index);
	UNIT_CHECK_NEAR(entropy, 0, 0);
	UNIT_CHECK(!signbit(entropy));
	UNIT_CHECK_NEAR(index, 1, 0);
}

/* n equal counts: ln n and 1 / n. */
static void
equal_counts(void)
{
	static const int64_t sizes[] = { 1, 255, 256, 1000000, INT64_C(1) << 55 };
	int64_t counts[256];

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
		for (size_t n = 2; n <= 256; n *= 2)
		{
			double entropy, index;

			for (size_t i = 0; i < n; i++)
				counts[i] = sizes[k] < INT64_C(1) << 54 ? sizes[k] : sizes[k] / (int64_t) n;
			measure(counts, n, &entropy, &index);
			UNIT_CHECK_NEAR(entropy, log((double) n), 1e-15 * log((double) n));
			UNIT_CHECK_NEAR(index, 1.0 / (double) n, 0);
		}
}

static void
the_order_of_counts_plays_no_part(void)
{
	int64_t counts[500], reversed[500];
	double entropy, index, again, index_again;

	for (int64_t i = 0; i < 500; i++)
	{
		counts[i] = i * i % 777 + 1;
		reversed[499 - i] = counts[i];
	}
	measure(counts, 500, &entropy, &index);
	measure(reversed, 500, &again, &index_again);
	UNIT_CHECK_NEAR(entropy, again, 0);
	UNIT_CHECK_NEAR(index, index_again, 0);
}

/* One row of 10^12 + 1 is of another value; the true entropy by 50 digits. */
static void
nearly_one_value(void)
{
	static const int64_t counts[] = { INT64_C(1000000000000), 1 };
	double entropy, index;

	measure(counts, 2, &entropy, &index);
	UNIT_CHECK_NEAR(entropy / 2.8631021115900418e-11, 1, 1e-15);
	UNIT_CHECK_NEAR(index, 1 - 2e-12, 1e-16);
}

static void
large_sums_do_not_overflow(void)
{
	static const int64_t counts[] = { INT64_MAX / 2, INT64_MAX / 2, 1 };
	double entropy, index;

	measure(counts, 3, &entropy, &index);
	UNIT_CHECK_NEAR(entropy, log(2), 1e-15);
	UNIT_CHECK_NEAR(index, 0.5, 0);
}

static void
weights_are_summed_exactly(void)
{
	/* value 0 has 1e16 + 3, value 1 has 1e16 + 3 in another way; value 2 all but nothing */
	static const MlopsWeightedCount rows[] = { { 0, 1, 1e16 }, { 0, 3, 1 },	  { 1, 1, 1 },
											   { 1, 1, 1e16 }, { 1, 4, 0.5 }, { 2, 5, 4.9e-324 },
											   { 3, 1000, 0 } };
	double index;
	bool has_sum;

	UNIT_CHECK_INT(mlops_weighted_concentration(rows, 7, NULL, &plain_allocator, &index, &has_sum),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(has_sum);
	UNIT_CHECK_NEAR(index, 0.5, 0);
}

static void
weights_beyond_double_have_shares(void)
{
	static const MlopsWeightedCount rows[] = { { 0, INT64_MAX, 1.7e308 },
											   { 1, INT64_MAX, 1.7e308 } };
	double index;
	bool has_sum;

	UNIT_CHECK_INT(mlops_weighted_concentration(rows, 2, NULL, &plain_allocator, &index, &has_sum),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_NEAR(index, 0.5, 0);
}

/* Weights of 1 give what counts give. */
static void
weights_are_repeated_rows(void)
{
	static const MlopsWeightedCount rows[] = { { 0, 3, 1 }, { 1, 1, 2 }, { 2, 1, 1 } };
	double index;
	bool has_sum;

	UNIT_CHECK_INT(mlops_weighted_concentration(rows, 3, NULL, &plain_allocator, &index, &has_sum),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_NEAR(index, 7.0 / 18.0, 1e-16);
}

static void
no_weight_has_no_shares(void)
{
	static const MlopsWeightedCount rows[] = { { 0, 3, 0 }, { 1, 1, 0 } };
	double index = -1;
	bool has_sum;

	UNIT_CHECK_INT(mlops_weighted_concentration(rows, 2, NULL, &plain_allocator, &index, &has_sum),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(!has_sum);
	UNIT_CHECK_INT(mlops_weighted_concentration(NULL, 0, NULL, &plain_allocator, &index, &has_sum),
				   MLOPS_STATUS_OK);
	UNIT_CHECK(!has_sum);
	UNIT_CHECK_NEAR(index, -1, 0);
}

static MlopsStatus
allocate_all(const MlopsAllocator *allocator, void *argument)
{
	static const MlopsWeightedCount rows[] = { { 0, 3, 1 }, { 1, 1, 2e300 }, { 2, 1, 1 } };
	MlopsStatus status = MLOPS_STATUS_OK;
	MlopsTally tally = { 0 };
	double index;
	bool has_sum;

	(void) argument;
	for (int64_t i = 0; i < 40 && status == MLOPS_STATUS_OK; i++)
		status =
			mlops_tally_add(&tally, 1000 + i, allocator) ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;
	mlops_tally_free(&tally, allocator);
	if (status == MLOPS_STATUS_OK)
		status = mlops_weighted_concentration(rows, 3, NULL, allocator, &index, &has_sum);
	return status;
}

static void
each_allocation_may_fail(void)
{
	UNIT_CHECK(alloc_failing_each(allocate_all, NULL) > 5);
}

int
main(void)
{
	UNIT_RUN(golden_vector);
	UNIT_RUN(one_value_has_no_entropy);
	UNIT_RUN(equal_counts);
	UNIT_RUN(the_order_of_counts_plays_no_part);
	UNIT_RUN(nearly_one_value);
	UNIT_RUN(large_sums_do_not_overflow);
	UNIT_RUN(weights_are_summed_exactly);
	UNIT_RUN(weights_beyond_double_have_shares);
	UNIT_RUN(weights_are_repeated_rows);
	UNIT_RUN(no_weight_has_no_shares);
	UNIT_RUN(each_allocation_may_fail);
	return unit_end();
}
