/*
 * Whether scores mean what they say: calibration of probabilities.
 *
 * Bins of equal frequency: scores ascending; bin b closes at the first distinct score whose cumulative
 * weight reaches b n / n_bins, so that equal scores stay together and bins may be fewer.  The gap of a
 * bin, sum of scores minus weight of the positives, is an exact sum.
 *
 * Scores lie within [0, 1].  What is not defined is NaN.
 */
#ifndef MLOPS_CALIBRATION_H
#define MLOPS_CALIBRATION_H

#include <stdint.h>

#include "core/curve.h"
#include "core/memory.h"
#include "core/status.h"

#define MLOPS_CALIBRATION_BINS_MIN	   1
#define MLOPS_CALIBRATION_BINS_DEFAULT 10
#define MLOPS_CALIBRATION_BINS_MAX	   1000

/* Distances of mean score and rate of positives over the bins; NaN without rows. */
typedef struct MlopsCalibrationErrors
{
	double expected; /* mean over the rows */
	double maximum;
} MlopsCalibrationErrors;

/* The test of Hosmer and Lemeshow. */
typedef struct MlopsGoodness
{
	double statistic; /* Infinity if a bin of scores 0 or 1 alone is wrong; NaN with df < 1 */
	int64_t df;		  /* bins that were formed, less 2 */
} MlopsGoodness;

/* Line of the logit of the label over that of the score; both NaN if there is none. */
typedef struct MlopsCalibrationLine
{
	double slope;
	double intercept;
} MlopsCalibrationLine;

/*
 * Distances in at most n_bins bins, MLOPS_CALIBRATION_BINS_MIN .. _MAX.
 *
 * Cost: O(n_points).
 */
extern MlopsCalibrationErrors mlops_calibration_errors(const MlopsCurve *curve, uint32_t n_bins);

/*
 * Sum over bins of (O - n p)^2 / (n p (1 - p)), p the mean score; a bin without a gap adds 0.
 *
 * Source: Hosmer and Lemeshow (1980), Commun. Stat. A 9, 1043-1069.  Cost: O(n_points).
 */
extern MlopsGoodness mlops_calibration_goodness(const MlopsCurve *curve, uint32_t n_bins);

/*
 * Maximum-likelihood logit of the label on ln(p / (1 - p)), p clipped as for log_loss.  There is none, and
 * both are NaN, if one class is absent or a cutoff divides the classes, ties at the cutoff included.
 *
 *   cancel   asked every 65,536 points, or NULL
 *   line     OUT
 *
 * Newton's method from the constant model; a step that does not raise the likelihood is halved.
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(n_points) for each of about 8 steps.
 */
extern MlopsStatus mlops_calibration_fit(const MlopsCurve *curve, const MlopsAllocator *allocator,
										 const MlopsCancel *cancel, MlopsCalibrationLine *line);

#endif
