/*
 * A guide to the cut points of a numeric column: a value's bucket says where in the cut points its
 * search begins, which then has few steps where it had twelve, and few cache lines to visit.
 *
 * The bucket of a value is a function that never falls as the value grows: in the line from the first
 * cut point to the last, or of the bits of the value as a whole number, which spread evenly over
 * orders of magnitude; the one whose fullest bucket has fewer cut points is taken.  The cut points are
 * put into buckets by the same function, so one in an earlier bucket is below the value and one in a
 * later bucket above it, however the function rounds: exact comparisons are left to the search.
 *
 *   firsts[bucket]   the search is among n_window cut points from here on.  n_window is that of the
 *                    fullest bucket, so that the number of steps does not depend on the value
 *
 * It has no pointers, and lies in the block of a forest beside the cut points.
 */
#ifndef MLOPS_COLUMN_GUIDE_H
#define MLOPS_COLUMN_GUIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct MlopsColumnGuide
{
	double low;			/* first cut point */
	double scale;		/* buckets per unit, >= 0, may be infinite */
	uint64_t low_key;	/* of low */
	uint32_t shift;		/* from a difference of keys to a bucket, 0 .. 63 */
	uint32_t n_buckets; /* power of two */
	uint32_t n_window;	/* 1 .. n_edges */
	bool is_by_key;
	uint16_t firsts[]; /* [n_buckets] each <= n_edges - n_window */
} MlopsColumnGuide;

/* Bytes of a guide, a multiple of 8; 0 for a column of so few cut points that none is made. */
extern size_t mlops_column_guide_bytes(uint32_t n_edges);

/*
 * Make a guide.
 *
 *   guide   OUT  mlops_column_guide_bytes(n_edges), aligned to 8
 *   edges   IN   [n_edges] finite, strictly increasing; n_edges < 65536
 *
 * Cost: O(n_edges).
 */
extern void mlops_column_guide_make(MlopsColumnGuide *guide, const double *edges, uint32_t n_edges);

/* Order of a number, not NaN, as a whole number; -0 and 0 are one. */
static inline uint64_t
mlops_column_guide_key(double value)
{
	double unsigned_zero = value + 0.0;
	uint64_t bits;

	memcpy(&bits, &unsigned_zero, sizeof(bits));
	return bits ^ ((0 - (bits >> 63)) | (UINT64_C(1) << 63));
}

/* Bucket of a number, not NaN. */
static inline uint32_t
mlops_column_guide_bucket(const MlopsColumnGuide *guide, double value)
{
	uint32_t last = guide->n_buckets - 1;

	if (guide->is_by_key)
	{
		uint64_t key = mlops_column_guide_key(value);
		uint64_t bucket = (key > guide->low_key ? key - guide->low_key : 0) >> guide->shift;

		return bucket < last ? (uint32_t) bucket : last;
	}
	else
	{
		double bucket = (value - guide->low) * guide->scale;

		/* 0 x infinity is NaN, and goes to 0 */
		bucket = bucket > 0 ? bucket : 0;
		return bucket < last ? (uint32_t) bucket : last;
	}
}

#endif
