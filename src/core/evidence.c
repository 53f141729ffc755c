/*
 * Weight of evidence and information value.
 */
#include <math.h>

#include "core/evidence.h"
#include "core/logarithm.h"
#include "core/special.h"

__extension__ typedef __int128 Int128;

/*
 * With bad = (bad_i + 1/2) (G + K/2) and good = (good_i + 1/2) (B + K/2), the weight is ln(bad / good), and bad - good is
 * half the integer 2 (bad_i G - good_i B) + K (bad_i - good_i) + G - B, which is below 2^126.
 */
MlopsEvidence
mlops_evidence(const MlopsEvidenceTotals *totals, int64_t n_bad, int64_t n_good)
{
	double all_bad = (double) totals->n_bad + 0.5 * (double) totals->n_bins;
	double all_good = (double) totals->n_good + 0.5 * (double) totals->n_bins;
	double bad = ((double) n_bad + 0.5) * all_good;
	double good = ((double) n_good + 0.5) * all_bad;
	Int128 twice = 2 * ((Int128) n_bad * totals->n_good - (Int128) n_good * totals->n_bad) +
				   (Int128) totals->n_bins * (n_bad - n_good) + totals->n_good - totals->n_bad;
	double difference = 0.5 * (double) twice;
	double ratio = difference / good;
	MlopsEvidence evidence = { .bad_share = ((double) n_bad + 0.5) / all_bad,
							   .good_share = ((double) n_good + 0.5) / all_good };

	evidence.weight = fabs(ratio) <= 0.5 ? mlops_log1p(ratio) : mlops_log(bad / good);
	evidence.information = difference / (all_bad * all_good) * evidence.weight;
	return evidence;
}
