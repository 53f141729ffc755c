/*
 * Two models on the same rows: how far the difference of their metrics may be chance.
 *
 *   roc_auc of two classes   paired DeLong, exact and without drawing
 *   all metrics              bootstrap: rows are drawn again with replacement
 *
 * A bootstrap draws by an order of the rows that follows from what is in them, so the
 * result does not depend on the order in which they come.
 */
#ifndef MLOPS_COMPARE_H
#define MLOPS_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/metrics.h"
#include "core/status.h"

/* What two models said of the same rows, and what happened. */
typedef struct MlopsPairedRows
{
	size_t n;			/* below 2^31 */
	uint32_t n_classes; /* 0: regression */
	/* of each model: [n] probability of class 1, or value; [n][n_classes] with more classes */
	const double *outputs[2];
	const uint32_t *classes; /* [n] below n_classes; of two classes 1 is the positive one */
	const double *targets;	 /* [n] regression */
	const double *weights;	 /* [n] > 0, or NULL: all 1 */
} MlopsPairedRows;

/* How to draw. */
typedef struct MlopsBootstrap
{
	uint32_t n_resamples;	/* >= 2 */
	uint32_t n_defined_min; /* an interval needs so many resamples that define its metric */
	int64_t seed;
	double cutoff; /* two classes */
} MlopsBootstrap;

/* Intervals of the differences of all metrics; NaN = not defined. */
typedef struct MlopsMetricRange
{
	MlopsClassMetrics class_low;
	MlopsClassMetrics class_high;
	MlopsValueMetrics value_low;
	MlopsValueMetrics value_high;
} MlopsMetricRange;

/*
 * Variance of the difference of two roc_auc by DeLong: with V10 and V01 of both models as in
 * mlops_curve_auc_variance, the sample variances of V10_a - V10_b over the positives and of
 * V01_a - V01_b over the negatives, each divided by its number of rows.  That is
 * var(a) + var(b) - 2 cov(a, b) without its cancellation: 0 for equal models.
 *
 *   rows       two classes, no weights
 *   variance   OUT  NaN with fewer than two rows of a class
 *
 * Errors: NOMEM.  Cost: O(n log n), 32 bytes a row.
 *
 * Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.
 */
extern MlopsStatus mlops_compare_auc_variance(const MlopsPairedRows *rows,
											  const MlopsAllocator *allocator, double *variance);

/*
 * 95 % intervals of metric(a) - metric(b) for all metrics of the task: the 2.5 % and 97.5 % quantiles
 * (interpolated, type 7) over the resamples that define the metric for both models.  A resample draws
 * n of the n rows, each with its weight.
 *
 *   cancel   asked for each 65,536 draws and each curve; may be NULL
 *   range    OUT  NaN where fewer than n_defined_min resamples define the metric
 *
 * Errors: NOMEM, CANCELLED.
 * Cost:   O(n log n) per class, then O(n) per resample and class; up to 150 bytes a row.
 *
 * Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
 */
extern MlopsStatus mlops_compare_bootstrap(const MlopsPairedRows *rows, const MlopsBootstrap *plan,
										   const MlopsAllocator *allocator,
										   const MlopsCancel *cancel, MlopsMetricRange *range);

#endif
