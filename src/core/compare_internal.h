/*
 * What DeLong (compare.c) and the bootstrap (bootstrap.c) share.
 */
#ifndef MLOPS_COMPARE_INTERNAL_H
#define MLOPS_COMPARE_INTERNAL_H

#include "core/compare.h"

/* A row in the order of one model's values. */
typedef struct MlopsRankedRow
{
	double value;
	uint32_t place; /* number of the row, whatever they are numbered by */
	uint32_t is_positive;
} MlopsRankedRow;

/* Sort by value, then place.  Cost: O(n log n). */
extern void mlops_ranked_sort(MlopsRankedRow *ranked, size_t n);

#endif
