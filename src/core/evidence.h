/*
 * Weight of evidence and information value: how bad and good rows are spread over bins.
 *
 *	share of bad   b_i = (bad_i + 1/2) / (B + K/2)        B rows are bad, G good; K bins
 *	share of good  g_i = (good_i + 1/2) / (G + K/2)
 *	weight         ln(b_i / g_i)                          above 0: the bin is worse than the whole
 *	information    (b_i - g_i) ln(b_i / g_i), its sum is the information value
 *
 * The half row keeps bins without bad or good rows finite.  b_i - g_i comes from exact integers, so bins like the whole
 * have weight 0 and those nearly like it lose no digits.  The information value is the population stability index of bad
 * against good counts with alpha 1/2.
 */
#ifndef MLOPS_EVIDENCE_H
#define MLOPS_EVIDENCE_H

#include <stdint.h>

/* Rows of all bins. */
typedef struct MlopsEvidenceTotals
{
	int64_t n_bad; /* > 0, and n_bad + n_good < 2^63 */
	int64_t n_good;
	int64_t n_bins; /* that have rows */
} MlopsEvidenceTotals;

/* What one bin says. */
typedef struct MlopsEvidence
{
	double bad_share;
	double good_share;
	double weight;
	double information; /* >= 0 */
} MlopsEvidence;

/* Evidence of a bin with n_bad and n_good rows.  Errors: none. */
extern MlopsEvidence mlops_evidence(const MlopsEvidenceTotals *totals, int64_t n_bad,
									int64_t n_good);

#endif
