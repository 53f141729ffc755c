/*
 * From raw columns to codes: cut points of numbers, dictionaries of levels.
 *
 * Numbers: as many cuts as distinct values allow, else cuts at quantiles of the
 * rows handed in.  A cut lies half-way between two neighbouring values of the
 * data, so a value that was seen is never on the wrong side of it.
 * Levels: the most frequent keep a code of their own, the others share one.
 */
#ifndef MLOPS_BINNING_H
#define MLOPS_BINNING_H

#include <stddef.h>
#include <stdint.h>

#include "core/column.h"
#include "core/memory.h"
#include "core/status.h"

/* Default: the least of those tried that keeps AUC within 0.002; test/bench/README.md, Accuracy. */
#define MLOPS_MAX_BINS_MIN	   2
#define MLOPS_MAX_BINS_DEFAULT 4095
#define MLOPS_MAX_BINS_MAX	   MLOPS_MAX_CODES

/*
 * Find the cut points of a numeric column.
 *
 *   values     IN/OUT  [n] the training values (or a sample); NaN is missing.
 *                      Sorted in place, with the NaNs dropped.
 *   max_bins   IN      MLOPS_MAX_BINS_MIN .. MLOPS_MAX_BINS_MAX
 *   edges      OUT     [*n_edges] strictly increasing, from the allocator; NULL if none
 *   n_edges    OUT     0 .. max_bins - 1; the column then has n_edges + 1 codes
 *
 * Distinct values up to max_bins: one cut between any two, so binning loses
 * nothing.  Else a value more frequent than an average bin gets a bin of its
 * own, and the others are cut into bins of equal weight.
 * Errors: NOMEM.
 * Cost:   O(n) (radix sort), 8 n bytes of scratch.
 */
extern MlopsStatus mlops_binning_edges(double *values, size_t n, uint32_t max_bins,
									   const MlopsAllocator *allocator, double **edges,
									   uint32_t *n_edges);

/* The levels of a categorical column that have training rows, and their codes. */
typedef struct MlopsLevelCodes
{
	uint32_t *sorted; /* [n_seen] positions of these levels, by bytes */
	uint16_t *codes;  /* [n_seen] parallel to sorted */
	uint32_t n_seen;  /* levels with training rows */
	uint32_t n_codes; /* 1 .. MLOPS_MAX_LEVEL_CODES */
	bool has_rest;	  /* the last code is shared by the rare levels */
} MlopsLevelCodes;

/*
 * Give codes to the levels of a categorical column.
 *
 *   levels  IN   [n_levels] distinct, any order, 0 .. MLOPS_MAX_LEVELS
 *   counts  IN   [n_levels] training rows of each level; 0 = not in the training rows
 *   result  OUT  its arrays are from the allocator; nothing on failure
 *
 * Ties in frequency go to the level that is smaller by bytes.
 * Errors: NOMEM; LIMIT for too many levels.
 * Cost:   O(n_levels log n_levels) comparisons.
 */
extern MlopsStatus mlops_binning_levels(const MlopsBytes *levels, const uint64_t *counts,
										size_t n_levels, const MlopsAllocator *allocator,
										MlopsLevelCodes *result, MlopsReason *reason);

#endif
