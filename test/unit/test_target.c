/*
 * Regression targets and sample weights as integers: exact where they can be,
 * within half a step elsewhere, never so large that a sum of all rows overflows,
 * and refused when they are not finite numbers.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/target.h"
#include "random_dataset.h"
#include "unit.h"

#define N_MAX 5000

/* What an integer target stands for. */
static double
restore(const MlopsTargetScale *scale, int64_t y)
{
	return scale->centre + scale->step * (double) y;
}

/* Scale targets and check what holds for any of them. */
static void
check_scale(const double *values, size_t n, MlopsTargetScale *scale, int64_t *scaled,
			uint64_t *largest)
{
	MlopsReason reason;
	double magnitude = 0;
	int k = 0;
	int exponent;

	*largest = 0;
	REQUIRE(mlops_target_scale(values, n, scale, scaled, &reason) == MLOPS_STATUS_OK);
	REQUIRE(isfinite(scale->centre));
	REQUIRE(frexp(scale->step, &exponent) == 0.5);
	while ((UINT64_C(1) << k) < n)
		k++;
	for (size_t i = 0; i < n; i++)
		magnitude = fmax(magnitude, fabs(values[i]));
	for (size_t i = 0; i < n; i++)
	{
		uint64_t y = (uint64_t) (scaled[i] < 0 ? -scaled[i] : scaled[i]);

		REQUIRE(y < UINT64_C(1) << (62 - k));
		*largest = y > *largest ? y : *largest;
		/* in halves: the largest double may round to one step above */
		REQUIRE(fabs(scale->centre / 2 + scale->step / 2 * (double) scaled[i] - values[i] / 2) <=
				scale->step / 4 + magnitude * DBL_EPSILON / 2);
	}
}

/* Integers come back exactly, also far from zero, and so do multiples of 1/1024. */
static void
whole_targets_come_back_exactly(void)
{
	static const double OFFSETS[] = { 0, 1e6, -1e12, 9007199254740992.0 - N_MAX };
	double values[N_MAX];
	int64_t scaled[N_MAX];
	MlopsTargetScale scale;
	uint64_t largest;
	uint64_t state = 1;

	for (size_t o = 0; o < sizeof(OFFSETS) / sizeof(OFFSETS[0]); o++)
	{
		for (size_t i = 0; i < N_MAX; i++)
			values[i] = OFFSETS[o] + random_below(&state, N_MAX);
		check_scale(values, N_MAX, &scale, scaled, &largest);
		for (size_t i = 0; i < N_MAX; i++)
			REQUIRE(restore(&scale, scaled[i]) == values[i]);
	}
	for (size_t i = 0; i < N_MAX; i++)
		values[i] = random_below(&state, 1000000) / 1024.0 - 300;
	check_scale(values, N_MAX, &scale, scaled, &largest);
	for (size_t i = 0; i < N_MAX; i++)
		REQUIRE(restore(&scale, scaled[i]) == values[i]);
}

/* n targets between low and high stay below the bound, and use at least a quarter of it. */
static void
check_range(size_t n, double low, double high, uint64_t *state)
{
	double values[N_MAX];
	int64_t scaled[N_MAX];
	MlopsTargetScale scale;
	uint64_t largest;
	int k = 0;

	while (((size_t) 1 << k) < n)
		k++;
	values[0] = low;
	values[1] = high;
	for (size_t i = 2; i < n; i++)
	{
		double share = random_below(state, 1000) / 1000.0;

		values[i] = low * share + high * (1 - share);
	}
	check_scale(values, n, &scale, scaled, &largest);
	REQUIRE(scale.step == DBL_MIN || largest >= UINT64_C(1) << (60 - k));
}

/* The bound is 2^(62 - ceil(log2 n)); n and ranges are around powers of two. */
static void
integer_targets_stay_below_their_bound(void)
{
	static const size_t SIZES[] = { 2, 3, 4, 5, 1023, 1024, 1025, 4096, 4097 };
	static const double HIGHS[] = { 1.0,	1.0 + DBL_EPSILON, 1.0 - DBL_EPSILON / 2, 0.7,
									2.0,	DBL_MAX,		   DBL_MAX / 2,			  1e-300,
									DBL_MIN };
	static const double LOWS[] = { -1.0, 0.0, 0.25, 0.9999 };
	uint64_t state = 2;

	for (size_t s = 0; s < sizeof(SIZES) / sizeof(SIZES[0]); s++)
	{
		for (size_t h = 0; h < sizeof(HIGHS) / sizeof(HIGHS[0]); h++)
		{
			for (size_t l = 0; l < sizeof(LOWS) / sizeof(LOWS[0]); l++)
				check_range(SIZES[s], HIGHS[h] * LOWS[l], HIGHS[h], &state);
		}
	}
}

/* The range of all doubles: both ends keep their place, and nothing overflows on the way. */
static void
the_widest_range_does_not_overflow(void)
{
	const double values[] = { -DBL_MAX, DBL_MAX, 0.0, 1e308, -1e-308 };
	int64_t scaled[5];
	MlopsTargetScale scale;
	uint64_t largest;

	check_scale(values, 5, &scale, scaled, &largest);
	REQUIRE(scale.centre == 0);
	REQUIRE(scaled[0] == -scaled[1] && scaled[2] == 0 && scaled[4] == 0);
	REQUIRE(fabs(restore(&scale, scaled[0]) / values[0] - 1) < 1e-15);
	REQUIRE(fabs(restore(&scale, scaled[3]) / values[3] - 1) < 1e-15);
}

/* A target that never changes comes back as it was, whatever it is. */
static void
a_constant_target_comes_back(void)
{
	static const double CONSTANTS[] = { 0.0, 0.4, -17.25, 1e-300, 1e300, DBL_MAX, -DBL_MAX, 3.0 };
	MlopsTargetScale scale;
	int64_t scaled[3];
	uint64_t largest;

	for (size_t i = 0; i < sizeof(CONSTANTS) / sizeof(CONSTANTS[0]); i++)
	{
		const double values[] = { CONSTANTS[i], CONSTANTS[i], CONSTANTS[i] };

		for (size_t n = 1; n <= 3; n++)
		{
			check_scale(values, n, &scale, scaled, &largest);
			REQUIRE(scaled[0] == scaled[n - 1]);
			REQUIRE(restore(&scale, scaled[0]) == CONSTANTS[i]);
		}
	}
}

/* NaN and the infinities are refused, and the reason names value and row. */
static void
targets_that_are_not_finite_are_refused(void)
{
	static const double BAD[] = { NAN, INFINITY, -INFINITY };
	MlopsTargetScale scale;
	MlopsReason reason;
	int64_t scaled[3];

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
	{
		const double values[] = { 1.0, BAD[i], 2.0 };

		REQUIRE(mlops_target_scale(values, 3, &scale, scaled, &reason) == MLOPS_STATUS_DATA);
		REQUIRE(strstr(reason.text, "row 2") != NULL);
		REQUIRE(mlops_target_scale(values, 3, &scale, scaled, NULL) == MLOPS_STATUS_DATA);
	}
}

/* Weights keep their ratios, equal ones stay equal, the least is 1, the greatest 2^31 - 1. */
static void
weights_keep_their_ratios(void)
{
	static const double WEIGHTS[] = { 1.0, 0.5, 1.0, 1e-12, DBL_TRUE_MIN, 0.75, 0.3, 0.3 };
	static const double FACTORS[] = { 1.0, 1e-3, 1e6, 1e300, 0.9999999999999999 };
	uint32_t scaled[8];
	double weights[8];

	for (size_t f = 0; f < sizeof(FACTORS) / sizeof(FACTORS[0]); f++)
	{
		for (int i = 0; i < 8; i++)
			weights[i] = WEIGHTS[i] * FACTORS[f] + (i == 4 ? DBL_TRUE_MIN : 0);
		REQUIRE(mlops_weight_scale(weights, 8, scaled, NULL) == MLOPS_STATUS_OK);
		REQUIRE(scaled[0] == scaled[2] && scaled[6] == scaled[7]);
		REQUIRE(scaled[3] == 1 && scaled[4] == 1);
		REQUIRE(scaled[0] >= UINT32_C(1) << 30 && scaled[0] < UINT32_C(1) << 31);
		for (int i = 0; i < 8; i++)
			REQUIRE(scaled[i] == 1 ||
					fabs(scaled[i] / (double) scaled[0] - weights[i] / weights[0]) < 1e-8);
	}
	for (int i = 0; i < 8; i++)
		weights[i] = 0x1.FFFFFFFFFFFFFp+3; /* rounds up to 2^31 */
	REQUIRE(mlops_weight_scale(weights, 8, scaled, NULL) == MLOPS_STATUS_OK);
	REQUIRE(scaled[0] == INT32_MAX && scaled[7] == INT32_MAX);
}

/* A weight that is not a positive finite number is refused, with value and row. */
static void
weights_that_are_not_positive_are_refused(void)
{
	static const double BAD[] = { 0.0, -0.0, -1.0, NAN, INFINITY, -INFINITY };
	MlopsReason reason;
	uint32_t scaled[2];

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
	{
		const double weights[] = { 1.0, BAD[i] };

		REQUIRE(mlops_weight_scale(weights, 2, scaled, &reason) == MLOPS_STATUS_DATA);
		REQUIRE(strstr(reason.text, "row 2") != NULL);
	}
}

int
main(void)
{
	UNIT_RUN(whole_targets_come_back_exactly);
	UNIT_RUN(integer_targets_stay_below_their_bound);
	UNIT_RUN(the_widest_range_does_not_overflow);
	UNIT_RUN(a_constant_target_comes_back);
	UNIT_RUN(targets_that_are_not_finite_are_refused);
	UNIT_RUN(weights_keep_their_ratios);
	UNIT_RUN(weights_that_are_not_positive_are_refused);
	return unit_end();
}
