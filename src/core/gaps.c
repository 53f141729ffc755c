/*
 * Gaps between the events of a history.
 */
#include <math.h>
#include <string.h>

#include "core/gaps.h"

#define SECOND 1000000

/* Whole digits by which a root is scaled up: 2^128, from 2^256 below it. */
#define ROOT_DIGITS 4

/* What the times say; a sum of squares is below 2^127, as the sum itself is below 2^63.1. */
typedef struct GapSums
{
	int64_t m; /* gaps, > 0 */
	uint64_t sum;
	MlopsUint128 squares;
	MlopsUint128 places; /* sum of i g_i */
	uint64_t smallest;
	uint64_t largest;
	uint64_t last;
} GapSums;

/* What the first and the last two times say; the rest stays 0. */
static GapSums
look_at_ends(const MlopsEvent *events, size_t n)
{
	uint64_t latest = (uint64_t) events[n - 1].time;

	return (GapSums){ .m = (int64_t) n - 1,
					  .sum = latest - (uint64_t) events[0].time,
					  .last = latest - (uint64_t) events[n - 2].time };
}

/* What all times say. */
static GapSums
sum_gaps(const MlopsEvent *events, size_t n)
{
	GapSums sums = look_at_ends(events, n);

	sums.smallest = UINT64_MAX;
	for (size_t i = 1; i < n; i++)
	{
		uint64_t gap = (uint64_t) events[i].time - (uint64_t) events[i - 1].time;

		sums.squares += (MlopsUint128) gap * gap;
		sums.places += (MlopsUint128) gap * i;
		sums.smallest = gap < sums.smallest ? gap : sums.smallest;
		sums.largest = gap > sums.largest ? gap : sums.largest;
	}
	return sums;
}

static void
multiply_ints(int64_t a, int64_t b, MlopsBig *product)
{
	MlopsBig big;

	mlops_big_set_int(&big, a);
	mlops_big_scale(&big, b, product);
}

/* A whole number of microseconds in seconds. */
static MlopsAnswer
answer_seconds(uint64_t microseconds, int64_t divisor, double *result)
{
	MlopsBig above, below;

	mlops_big_set_wide(&above, microseconds);
	multiply_ints(divisor, SECOND, &below);
	return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
}

/* V = m * squares - sum^2, and sum^2. */
static void
get_variation(const GapSums *sums, MlopsBig *variation, MlopsBig *sum_squared)
{
	MlopsBig squares, scaled;

	mlops_big_set_wide(&squares, sums->squares);
	mlops_big_scale(&squares, sums->m, &scaled);
	mlops_big_set_wide(sum_squared, (MlopsUint128) sums->sum * sums->sum);
	mlops_big_subtract(&scaled, sum_squared, variation);
}

static MlopsAnswer
answer_stddev(const GapSums *sums, bool is_relative, double *result)
{
	MlopsBig variation, sum_squared, below, scaled, second;

	if (sums->m < 2 || (is_relative && sums->sum == 0))
		return MLOPS_ANSWER_NONE;
	get_variation(sums, &variation, &sum_squared);
	if (is_relative)
	{
		mlops_big_scale(&variation, sums->m, &scaled);
		mlops_big_scale(&sum_squared, sums->m - 1, &below);
		return mlops_answer_in_range(mlops_big_root(&scaled, &below, result));
	}
	multiply_ints(sums->m, sums->m - 1, &scaled);
	multiply_ints(SECOND, SECOND, &second);
	mlops_big_multiply(&scaled, &second, &below);
	return mlops_answer_in_range(mlops_big_root(&variation, &below, result));
}

/* A double that is a whole number. */
static void
set_whole(MlopsBig *big, double value)
{
	MlopsBig mantissa;
	int exponent;
	int64_t digits = (int64_t) ldexp(frexp(value, &exponent), 53);

	exponent -= 53;
	while (exponent < 0)
	{
		/* whole numbers below 2^53 have zeros there */
		digits /= 2;
		exponent++;
	}
	mlops_big_set_int(&mantissa, digits);
	mlops_big_scale(&mantissa, INT64_C(1) << exponent % MLOPS_BIG_DIGIT_BITS, big);
	if (big->n_digits > 0)
		big->first += exponent / MLOPS_BIG_DIGIT_BITS;
}

/* sqrt(a) * 2^128 of a > 0, to some 100 bits: a root of 53 bits, and one step of Newton from there. */
static void
get_root(const MlopsBig *a, MlopsBig *root)
{
	MlopsBig scaled = *a;
	MlopsBig one, near, square, rest, twice;
	double first, step;

	scaled.first += 2 * ROOT_DIGITS;
	mlops_big_set_int(&one, 1);
	/* both are within double: a < 2^191 */
	(void) mlops_big_root(&scaled, &one, &first);
	set_whole(&near, first);
	mlops_big_multiply(&near, &near, &square);
	mlops_big_subtract(&scaled, &square, &rest);
	mlops_big_scale(&near, 2, &twice);
	(void) mlops_big_ratio(&rest, &twice, &step);
	set_whole(&rest, floor(step));
	mlops_big_add(&near, &rest, root);
}

/*
 * (sqrt(V) - S) / (sqrt(V) + S) = (V - S^2) / (sqrt(V) + S)^2, where nothing cancels but
 * integers.
 */
static MlopsAnswer
answer_burstiness(const GapSums *sums, double *result)
{
	MlopsBig variation, sum_squared, root, sum, above, below;

	if (sums->sum == 0)
		return MLOPS_ANSWER_NONE;
	get_variation(sums, &variation, &sum_squared);
	*result = -1;
	if (variation.sign == 0)
		return MLOPS_ANSWER_VALUE;
	mlops_big_subtract(&variation, &sum_squared, &above);
	get_root(&variation, &root);
	mlops_big_set_wide(&sum, sums->sum);
	sum.first += ROOT_DIGITS;
	mlops_big_add(&root, &sum, &below);
	mlops_big_multiply(&below, &below, &sum);
	if (above.n_digits > 0)
		above.first += 2 * ROOT_DIGITS;
	return mlops_answer_in_range(mlops_big_ratio(&above, &sum, result));
}

/* 12 (C - S (m + 1) / 2) / (m (m^2 - 1)) = 6 (2 C - S (m + 1)) / (m (m - 1) (m + 1)), in seconds */
static MlopsAnswer
answer_trend(const GapSums *sums, double *result)
{
	MlopsBig places, sum, twice, above, below, scaled;
	int64_t m = sums->m;

	if (m < 2)
		return MLOPS_ANSWER_NONE;
	mlops_big_set_wide(&places, sums->places);
	mlops_big_scale(&places, 2, &twice);
	mlops_big_set_wide(&sum, sums->sum);
	mlops_big_scale(&sum, m + 1, &scaled);
	mlops_big_subtract(&twice, &scaled, &above);
	mlops_big_scale(&above, 6, &scaled);
	multiply_ints(m, m - 1, &below);
	mlops_big_scale(&below, m + 1, &sum);
	mlops_big_scale(&sum, SECOND, &below);
	return mlops_answer_in_range(mlops_big_ratio(&scaled, &below, result));
}

MlopsAnswer
mlops_gaps_statistic(const MlopsEventState *state, MlopsGapStatistic statistic, double *result)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	bool is_at_ends = statistic == MLOPS_GAP_MEAN || statistic == MLOPS_GAP_LAST;
	GapSums sums;

	if (state->events.n < 2 || events == NULL)
		return MLOPS_ANSWER_NONE;
	sums = is_at_ends ? look_at_ends(events, state->events.n) : sum_gaps(events, state->events.n);
	switch (statistic)
	{
		case MLOPS_GAP_MEAN:
			return answer_seconds(sums.sum, sums.m, result);
		case MLOPS_GAP_STDDEV:
		case MLOPS_GAP_VARIATION:
			return answer_stddev(&sums, statistic == MLOPS_GAP_VARIATION, result);
		case MLOPS_GAP_MIN:
			return answer_seconds(sums.smallest, 1, result);
		case MLOPS_GAP_MAX:
			return answer_seconds(sums.largest, 1, result);
		case MLOPS_GAP_LAST:
			return answer_seconds(sums.last, 1, result);
		case MLOPS_GAP_BURSTINESS:
			return answer_burstiness(&sums, result);
		case MLOPS_GAP_TREND:
			return answer_trend(&sums, result);
	}
	return MLOPS_ANSWER_NONE;
}
