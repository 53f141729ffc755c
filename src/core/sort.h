/*
 * Sorting that can be stopped: qsort of many millions of rows takes seconds and
 * asks nobody.
 *
 * Quicksort in place with three parts (before, equal to, after the pivot) down to
 * parts that qsort ends in milliseconds.  The pivot's place is a hash, so that no
 * order of the input that one would write down makes it slow.
 */
#ifndef MLOPS_SORT_H
#define MLOPS_SORT_H

#include <stddef.h>

#include "core/memory.h"
#include "core/status.h"

#define MLOPS_SORT_SIZE_MAX 32
#define MLOPS_SORT_PART		65536

/*
 * Sort ascending.
 *
 *   elements   IN/OUT [n] of size bytes each; may be NULL with n = 0
 *   size       1 .. MLOPS_SORT_SIZE_MAX
 *   compare    as for qsort; elements that it calls equal come in any order
 *   cancel     asked every MLOPS_SORT_PART elements, or NULL
 *
 * Errors: CANCELLED; the elements are then all there, in some order.
 * Cost:   O(n log n) expected, no scratch beyond that of qsort for MLOPS_SORT_PART elements.
 */
extern MlopsStatus mlops_sort(void *elements, size_t n, size_t size,
							  int (*compare)(const void *a, const void *b),
							  const MlopsCancel *cancel);

#endif
