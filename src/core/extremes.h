/*
 * Smallest and largest value of a queue: rows come in at one end and leave at
 * the other, in the same order.
 *
 * Each side is a monotonic deque.  A value that a newer one is at most (for the
 * minimum) can never be the answer again and is dropped; so the front is the
 * answer, and values leave by their number:
 *
 *	queue     5   3   4   8   6        (5 is the oldest)
 *	minimum       3   4       6
 *	maximum               8   6
 *
 * Source: Lemire, "Streaming maximum-minimum filter using no more than three
 * comparisons per element" (2006).
 */
#ifndef MLOPS_EXTREMES_H
#define MLOPS_EXTREMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/ring.h"

typedef struct MlopsNumbered
{
	int64_t key;	 /* a value or time as an integer of the same order */
	uint64_t number; /* in the order of arrival, from 0 */
} MlopsNumbered;

/* All zero bytes are the empty queue. */
typedef struct MlopsExtremes
{
	MlopsRing smallest; /* of MlopsNumbered, whose front is the extreme */
	MlopsRing largest;
	uint64_t n_added;
	uint64_t n_removed;
} MlopsExtremes;

/*
 * Add a value at the end.
 *
 *   x   not NaN; -0 counts as 0
 *
 * Returns false when there is no memory.
 * Cost: O(1) amortised; memory O(values in the queue) at worst.
 */
extern bool mlops_extremes_add(MlopsExtremes *extremes, double x, const MlopsAllocator *allocator);

/* The same for a time; a queue has values or times. */
extern bool mlops_extremes_add_time(MlopsExtremes *extremes, int64_t time,
									const MlopsAllocator *allocator);

/* Remove the oldest value of a queue that is not empty. */
extern void mlops_extremes_remove(MlopsExtremes *extremes);

/* The answers of a queue that is not empty. */
extern double mlops_extremes_minimum(const MlopsExtremes *extremes);
extern double mlops_extremes_maximum(const MlopsExtremes *extremes);
extern int64_t mlops_extremes_earliest(const MlopsExtremes *extremes);
extern int64_t mlops_extremes_latest(const MlopsExtremes *extremes);

#endif
