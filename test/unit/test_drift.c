/*
 * Distances of counts are what their formulas say, 0 for equal shares whatever the totals, the same when the
 * sides are exchanged, and undefined where a side has no rows; small cells are merged by the rule.
 */
#include <math.h>

#include "alloc_failing.h"
#include "core/drift.h"
#include "core/interval.h"
#include "core/special.h"
#include "plain_alloc.h"
#include "unit.h"

#define COUNT(values)			 (sizeof(values) / sizeof((values)[0]))
#define PAIR(current, reference) pair_of(current, reference, COUNT(current))

static MlopsCellPair
pair_of(const int64_t *current, const int64_t *reference, size_t n)
{
	MlopsCellPair pair = { .n_cells = n, .current = current, .reference = reference };

	UNIT_CHECK(mlops_drift_sum(&pair));
	return pair;
}

static MlopsTestResult
chi2(const MlopsCellPair *pair)
{
	MlopsTestResult result;

	UNIT_CHECK(mlops_drift_chi2(pair, &plain_allocator, NULL, &result) == MLOPS_STATUS_OK);
	return result;
}

static void
a_new_category_is_far(void)
{
	const int64_t current[] = { 300, 300, 400 };
	const int64_t reference[] = { 500, 500, 0 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsTestResult test = chi2(&pair);

	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 0.5), 2.874097170982875, 1e-14);
	UNIT_CHECK_NEAR(mlops_drift_js_distance(&pair), 0.48626412335275976, 1e-15);
	UNIT_CHECK_NEAR(mlops_drift_hellinger_distance(&pair), 0.4747666066168898, 1e-15);
	UNIT_CHECK_NEAR(mlops_drift_total_variation(&pair), 0.4, 0);
	UNIT_CHECK_NEAR(test.statistic, 500, 1e-12);
	UNIT_CHECK_INT(test.df, 2);
	UNIT_CHECK_NEAR(test.effect, 0.5, 1e-15);
	UNIT_CHECK(isnan(mlops_drift_psi(&pair, 0)));
	UNIT_CHECK(isnan(mlops_drift_psi_p_value(&pair, 0)));
}

static void
equal_shares_are_at_distance_0(void)
{
	const int64_t current[] = { 7, 0, 21, 14 };
	const int64_t reference[] = { 700000000000001, 0, 2100000000000003, 1400000000000002 };
	MlopsCellPair pair = PAIR(current, reference);

	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 0), 0, 0);
	UNIT_CHECK_NEAR(mlops_drift_psi_p_value(&pair, 0), 1, 0);
	UNIT_CHECK_NEAR(mlops_drift_js_distance(&pair), 0, 0);
	UNIT_CHECK_NEAR(mlops_drift_hellinger_distance(&pair), 0, 0);
	UNIT_CHECK_NEAR(mlops_drift_total_variation(&pair), 0, 0);
	UNIT_CHECK_NEAR(chi2(&pair).p_value, 1, 0);
}

static void
disjoint_sides_are_at_distance_1(void)
{
	const int64_t current[] = { 3, 0, 4 };
	const int64_t reference[] = { 0, 11, 0 };
	MlopsCellPair pair = PAIR(current, reference);

	UNIT_CHECK_NEAR(mlops_drift_js_distance(&pair), 1, 1e-15);
	UNIT_CHECK_NEAR(mlops_drift_hellinger_distance(&pair), 1, 1e-15);
	UNIT_CHECK_NEAR(mlops_drift_total_variation(&pair), 1, 0);
}

/* Nearly equal shares: 1 + x, with x so small that x^2 has no digit left beside 1. */
static void
close_shares_keep_their_digits(void)
{
	const int64_t current[] = { 1000000000000000001, 999999999999999999 };
	const int64_t reference[] = { 1000000000000000000, 1000000000000000000 };
	MlopsCellPair pair = PAIR(current, reference);

	/* with x = 1e-18: psi 2 x^2 / 2, js^2 x^2 / (8 ln 2), hellinger^2 x^2 / 8 */
	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 0) * 1e36, 1, 1e-12);
	UNIT_CHECK_NEAR(mlops_drift_js_distance(&pair) * 1e18, sqrt(1 / (8 * log(2))), 1e-12);
	UNIT_CHECK_NEAR(mlops_drift_hellinger_distance(&pair) * 1e18, sqrt(1.0 / 8), 1e-12);
	UNIT_CHECK_NEAR(mlops_drift_total_variation(&pair) * 1e18, 0.5, 1e-12);
}

static void
cells_empty_on_both_sides_change_nothing(void)
{
	const int64_t current[] = { 12, 9, 0, 10, 0 };
	const int64_t reference[] = { 1000, 900, 0, 1100, 0 };
	const int64_t short_current[] = { 12, 9, 10 };
	const int64_t short_reference[] = { 1000, 900, 1100 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsCellPair short_pair = PAIR(short_current, short_reference);

	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 0.5), mlops_drift_psi(&short_pair, 0.5), 0);
	UNIT_CHECK_NEAR(mlops_drift_psi_p_value(&pair, 0.5), mlops_drift_psi_p_value(&short_pair, 0.5),
					0);
	UNIT_CHECK_NEAR(chi2(&pair).p_value, chi2(&short_pair).p_value, 0);
	UNIT_CHECK_INT(chi2(&pair).df, 2);
}

/* The sides may be exchanged, to the last bit. */
static void
distances_are_symmetric(void)
{
	const int64_t current[] = { 31, 15, 6, 100, 0 };
	const int64_t reference[] = { 40, 52, 11, 0, 1 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsCellPair turned = PAIR(reference, current);

	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 0.5), mlops_drift_psi(&turned, 0.5), 0);
	UNIT_CHECK_NEAR(mlops_drift_js_distance(&pair), mlops_drift_js_distance(&turned), 0);
	UNIT_CHECK_NEAR(mlops_drift_hellinger_distance(&pair), mlops_drift_hellinger_distance(&turned),
					0);
	UNIT_CHECK_NEAR(mlops_drift_total_variation(&pair), mlops_drift_total_variation(&turned), 0);
	UNIT_CHECK_NEAR(chi2(&pair).statistic, chi2(&turned).statistic, 0);
}

static void
a_side_without_rows_defines_nothing(void)
{
	const int64_t some[] = { 3, 4 };
	const int64_t none[] = { 0, 0 };
	MlopsCellPair pairs[] = { PAIR(some, none), PAIR(none, some), PAIR(none, none),
							  pair_of(none, none, 0) };

	for (size_t i = 0; i < COUNT(pairs); i++)
	{
		UNIT_CHECK(isnan(mlops_drift_psi(&pairs[i], 0.5)));
		UNIT_CHECK(isnan(mlops_drift_psi_p_value(&pairs[i], 0.5)));
		UNIT_CHECK(isnan(mlops_drift_js_distance(&pairs[i])));
		UNIT_CHECK(isnan(mlops_drift_hellinger_distance(&pairs[i])));
		UNIT_CHECK(isnan(mlops_drift_total_variation(&pairs[i])));
		UNIT_CHECK(isnan(chi2(&pairs[i]).statistic));
	}
}

/* Expectations 1.5 and 1 of the sides' smallest: 2 goes into 3, that into 5; 10, 20 and 20 are left. */
static void
small_cells_are_merged_into_the_next_smallest(void)
{
	const int64_t current[] = { 10, 1, 12, 2, 0 };
	const int64_t reference[] = { 10, 1, 8, 1, 5 };
	const int64_t merged_current[] = { 10, 12, 3 };
	const int64_t merged_reference[] = { 10, 8, 7 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsCellPair merged = PAIR(merged_current, merged_reference);

	UNIT_CHECK_INT(chi2(&pair).df, 2);
	UNIT_CHECK_NEAR(chi2(&pair).statistic, chi2(&merged).statistic, 0);
}

/* Of equal totals the first goes into the second: 0 and 1 become 1, 2 and 3 become 3, and so on. */
static void
equal_totals_are_merged_by_position(void)
{
	const int64_t current[] = { 2, 0, 2, 0, 2, 2, 0, 0 };
	const int64_t reference[] = { 0, 2, 0, 2, 0, 0, 2, 2 };
	const int64_t merged_current[] = { 4, 4 };
	const int64_t merged_reference[] = { 4, 4 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsCellPair merged = PAIR(merged_current, merged_reference);

	UNIT_CHECK_INT(chi2(&pair).df, 1);
	UNIT_CHECK_NEAR(chi2(&pair).statistic, chi2(&merged).statistic, 0);
}

static void
two_cells_are_left_however_small(void)
{
	const int64_t current[] = { 1, 0, 1 };
	const int64_t reference[] = { 0, 1, 1 };
	const int64_t single[] = { 9 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsCellPair one = PAIR(single, single);

	UNIT_CHECK_INT(chi2(&pair).df, 1);
	UNIT_CHECK_INT(chi2(&one).df, 0);
	UNIT_CHECK_NEAR(chi2(&one).p_value, 1, 0);
	UNIT_CHECK_NEAR(chi2(&one).effect, 0, 0);
	UNIT_CHECK_NEAR(mlops_drift_psi_p_value(&one, 0.5), 1, 0);
}

static void
counts_up_to_the_last_are_right(void)
{
	const int64_t current[] = { INT64_MAX - 1, 1 };
	const int64_t reference[] = { 1, INT64_MAX - 1 };
	const int64_t too_many[] = { INT64_MAX, 1 };
	MlopsCellPair pair = PAIR(current, reference);
	MlopsCellPair above = { .n_cells = 2, .current = too_many, .reference = current };

	UNIT_CHECK_NEAR(mlops_drift_total_variation(&pair), 1, 1e-15);
	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 0), 2 * log(9.223372036854775807e18), 1e-12);
	UNIT_CHECK_NEAR(chi2(&pair).p_value, 0, 0);
	UNIT_CHECK(!mlops_drift_sum(&above));
}

/* A weight so small that the ratio of the shares is not a double. */
static void
any_smoothing_gives_a_number(void)
{
	const int64_t current[] = { 5, 0 };
	const int64_t reference[] = { 0, 5 };
	MlopsCellPair pair = PAIR(current, reference);

	UNIT_CHECK_NEAR(mlops_drift_psi(&pair, 5e-324), 2 * (log(5) - log(5e-324)), 1e-11);
	UNIT_CHECK(mlops_drift_psi(&pair, 1e9) < 1e-15);
}

static MlopsStatus
run_chi2(const MlopsAllocator *allocator, void *pair)
{
	MlopsTestResult result;

	return mlops_drift_chi2(pair, allocator, NULL, &result);
}

static void
memory_that_is_refused_is_reported(void)
{
	const int64_t counts[] = { 3, 4 };
	MlopsCellPair pair = PAIR(counts, counts);

	UNIT_CHECK_INT(alloc_failing_each(run_chi2, &pair), 1);
}

static void
check_wilson(int64_t k, int64_t n, double level, double low, double high)
{
	double actual_low, actual_high;

	mlops_interval_wilson(k, n, level, &actual_low, &actual_high);
	UNIT_CHECK_NEAR(actual_low, low, 1e-14 * low);
	UNIT_CHECK_NEAR(actual_high, high, 1e-14 * high);
}

static void
wilson_intervals_hold_the_rate(void)
{
	check_wilson(3, 10, 0.95, 0.10779126740630099, 0.6032218525388546);
	check_wilson(0, 10, 0.95, 0, 0.2775327998628892);
	check_wilson(10, 10, 0.95, 1 - 0.2775327998628892, 1);
	/* all but no level: the rate itself */
	check_wilson(1, 4, 1e-15, 0.25, 0.25);
	check_wilson(INT64_MAX, INT64_MAX, 0.5, 1, 1);
}

int
main(void)
{
	UNIT_RUN(a_new_category_is_far);
	UNIT_RUN(equal_shares_are_at_distance_0);
	UNIT_RUN(disjoint_sides_are_at_distance_1);
	UNIT_RUN(close_shares_keep_their_digits);
	UNIT_RUN(cells_empty_on_both_sides_change_nothing);
	UNIT_RUN(distances_are_symmetric);
	UNIT_RUN(a_side_without_rows_defines_nothing);
	UNIT_RUN(small_cells_are_merged_into_the_next_smallest);
	UNIT_RUN(equal_totals_are_merged_by_position);
	UNIT_RUN(two_cells_are_left_however_small);
	UNIT_RUN(counts_up_to_the_last_are_right);
	UNIT_RUN(any_smoothing_gives_a_number);
	UNIT_RUN(memory_that_is_refused_is_reported);
	UNIT_RUN(wilson_intervals_hold_the_rate);
	return unit_end();
}
