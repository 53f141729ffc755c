/*
 * The best rows of a queue: rows come in at one end and leave at the other, in the same order (core/ranked.h says
 * which are best).
 *
 * For the best row alone a monotonic deque, as of core/extremes.h.  For the first and last k all rows are kept: while
 * they came in the order of their keys, which a frame over time does, the best are at an end, otherwise all are looked
 * through.  How often neighbours rise and fall says which; equal keys are neither.
 *
 *	ranks    3   5   5   4   8        rises 2, falls 1: not in order
 *	turns    0   1   0  -1   1
 */
#ifndef MLOPS_RANKED_QUEUE_H
#define MLOPS_RANKED_QUEUE_H

#include "core/ranked.h"
#include "core/ring.h"

/* All zero bytes are the empty queue. */
typedef struct MlopsRankedDeque
{
	MlopsRing entries; /* rows with their numbers, the best first */
	uint64_t n_added;
	uint64_t n_removed;
} MlopsRankedDeque;

/*
 * Add a row at the end; rows that it beats are forgotten.
 *
 * Returns false when there is no memory; what the row owns is then still the caller's.
 * Cost: O(1) amortised; memory O(rows in the queue) at worst.
 */
extern bool mlops_ranked_deque_add(MlopsRankedDeque *deque, const MlopsRankedRow *row,
								   const MlopsRankedOrder *order, const MlopsAllocator *allocator);

/* Remove the oldest row.  Returns false if there is none. */
extern bool mlops_ranked_deque_remove(MlopsRankedDeque *deque, const MlopsRankedOrder *order,
									  const MlopsAllocator *allocator);

/* The best row, or NULL; good until the queue changes. */
extern const MlopsRankedRow *mlops_ranked_deque_best(const MlopsRankedDeque *deque);

/* All zero bytes are the empty queue. */
typedef struct MlopsRankedHistory
{
	MlopsRing entries; /* rows with their turns, the oldest first */
	size_t n_rises;	   /* neighbours of which the newer has the larger rank */
	size_t n_falls;
} MlopsRankedHistory;

/* As mlops_ranked_deque_add; ranks must say all of a key.  Cost: O(1) amortised. */
extern bool mlops_ranked_history_add(MlopsRankedHistory *history, const MlopsRankedRow *row,
									 const MlopsAllocator *allocator);

extern bool mlops_ranked_history_remove(MlopsRankedHistory *history, const MlopsRankedOrder *order,
										const MlopsAllocator *allocator);

/*
 * Find the best rows.
 *
 *   best     IN/OUT  empty, with k set; its rows share keys and values with the queue
 *   cancel   asked every 4,096 rows, or NULL
 *
 * Errors: NOMEM, CANCELLED.
 * Cost:   O(k log k) and the rows that tie with the last one, if rows came in the order of their keys or in
 *         the opposite one; else O(n log k).
 */
extern MlopsStatus mlops_ranked_history_best(const MlopsRankedHistory *history,
											 const MlopsRankedOrder *order,
											 const MlopsCancel *cancel,
											 const MlopsAllocator *allocator, MlopsBest *best);

#endif
