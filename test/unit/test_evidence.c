/*
 * Weights of evidence have the sign of bad over good, are 0 for a bin like the whole, finite without bad or good rows,
 * and right to the last digits also close to 0.
 */
#include <math.h>
#include <stddef.h>

#include "core/evidence.h"

#include "unit.h"

static void
golden_vector(void)
{
	static const int64_t bad[] = { 10, 30, 0 }, good[] = { 90, 70, 100 };
	static const double weights[] = { -0.3132337372740778, 1.002854830063468, -3.4625640517907508 };
	MlopsEvidenceTotals totals = { 40, 260, 3 };
	double information = 0;

	for (size_t i = 0; i < 3; i++)
	{
		MlopsEvidence bin = mlops_evidence(&totals, bad[i], good[i]);

		UNIT_CHECK_NEAR(bin.weight, weights[i], 5e-16);
		UNIT_CHECK_NEAR(bin.weight, log(bin.bad_share / bin.good_share), 1e-15);
		UNIT_CHECK_NEAR(bin.information, (bin.bad_share - bin.good_share) * bin.weight, 1e-15);
		information += bin.information;
	}
	UNIT_CHECK_NEAR(information, 1.7848410915434094, 5e-16);
}

static void
a_bin_like_the_whole_says_nothing(void)
{
	MlopsEvidenceTotals totals = { 40, 40, 4 };
	MlopsEvidence bin = mlops_evidence(&totals, 7, 7);

	UNIT_CHECK_NEAR(bin.weight, 0, 0);
	UNIT_CHECK_NEAR(bin.information, 0, 0);
	UNIT_CHECK_NEAR(bin.bad_share, 7.5 / 42.0, 0);
}

/* Of 2^40 rows in each of two bins one more is bad; the weight by 50 digits. */
static void
nearly_like_the_whole(void)
{
	int64_t half = INT64_C(1) << 40;
	MlopsEvidenceTotals totals = { 2 * half + 1, 2 * half, 2 };
	MlopsEvidence bin = mlops_evidence(&totals, half + 1, half);

	UNIT_CHECK_NEAR(bin.weight / 4.5474735088594713e-13, 1, 1e-15);
	UNIT_CHECK(bin.information > 0);
}

static void
counts_at_the_limit(void)
{
	int64_t half = INT64_MAX / 2;
	MlopsEvidenceTotals totals = { half, half, 1000 };
	MlopsEvidence bin = mlops_evidence(&totals, half - 1000, 0);

	UNIT_CHECK(isfinite(bin.weight) && bin.weight > 40);
	bin = mlops_evidence(&totals, 0, half - 1000);
	UNIT_CHECK(isfinite(bin.weight) && bin.weight < -40 && bin.information > 40);
}

int
main(void)
{
	UNIT_RUN(golden_vector);
	UNIT_RUN(a_bin_like_the_whole_says_nothing);
	UNIT_RUN(nearly_like_the_whole);
	UNIT_RUN(counts_at_the_limit);
	return unit_end();
}
