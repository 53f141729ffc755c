/*
 * The best rows of a total order: the state core of extremes, of values at extremes, and of the first and last values.
 *
 *	kind            best is                       the order
 *	MIN, MAX        the smallest, largest value   value, then its bytes
 *	MIN_BY, MAX_BY  of the smallest, largest key  key, then tiebreak, value, bytes, each the smaller first
 *	FIRST           of the smallest keys          key, tiebreak, value, bytes
 *	LAST            of the largest keys           that of FIRST, turned round
 *
 * A missing value comes after all others, in LAST before them.  Rows that the order calls equal are the same, so
 * neither the order of arrival nor the way in which parts were put together can be seen.
 *
 * This core knows no types.  Keys and values are words of the caller, by themselves or as pointers to blocks from the
 * allocator, and compared by his functions; but first by a rank, an integer of the same order, which for numbers and
 * times says all, so that most rows are compared without a call.
 */
#ifndef MLOPS_RANKED_H
#define MLOPS_RANKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"

/* Most rows that FIRST and LAST keep. */
#define MLOPS_RANKED_K_MAX 10000

/* Part of the stored form: never renumber. */
typedef enum MlopsRankedKind
{
	MLOPS_RANKED_NONE = 0,
	MLOPS_RANKED_MIN = 1, /* the value is the key; there is no other */
	MLOPS_RANKED_MAX = 2,
	MLOPS_RANKED_MIN_BY = 3,
	MLOPS_RANKED_MAX_BY = 4,
	MLOPS_RANKED_FIRST = 5,
	MLOPS_RANKED_LAST = 6,
} MlopsRankedKind;

/* What a state was begun with; all zero bytes for one without rows. */
typedef struct MlopsRankedParameters
{
	int64_t kind;		  /* MlopsRankedKind */
	int64_t k;			  /* rows to keep; 1 but for FIRST and LAST */
	int64_t has_tiebreak; /* 0: all tiebreaks are 0 */
} MlopsRankedParameters;

typedef struct MlopsRankedRow
{
	int64_t
		rank; /* of the key: the better the smaller, equal if the key does not say; by mlops_ranked_turn */
	int64_t tiebreak;
	uint64_t key; /* not of MIN and MAX */
	uint64_t value;
	bool has_value;
} MlopsRankedRow;

/* How rows are compared. */
typedef struct MlopsRankedOrder
{
	bool is_key_turned;	 /* the larger key is the better one */
	bool is_rest_turned; /* and so of what comes after the key */
	bool
		owns_keys; /* keys and values are blocks from the allocator of whatever holds the row, NULL or not */
	bool owns_values;

	/* Of keys of equal ranks, ascending; NULL if those are equal. */
	int (*compare_keys)(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context);

	/* Of two values, ascending; 0 only for the same. */
	int (*compare_values)(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context);
	const void *context; /* of both */
} MlopsRankedOrder;

/* The order of a kind; comparators and owners are the caller's to set. */
extern void mlops_ranked_order_of(MlopsRankedOrder *order, MlopsRankedKind kind);

/* The rank of a key from an integer of its order. */
static inline int64_t
mlops_ranked_turn(const MlopsRankedOrder *order, int64_t key)
{
	return order->is_key_turned ? ~key : key;
}

/* Order of two rows of one rank. */
extern int mlops_ranked_compare_rest(const MlopsRankedRow *a, const MlopsRankedRow *b,
									 const MlopsRankedOrder *order);

/* Below, equal to or above 0 as a is better than, the same as, or worse than b. */
static inline int
mlops_ranked_compare(const MlopsRankedRow *a, const MlopsRankedRow *b,
					 const MlopsRankedOrder *order)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return mlops_ranked_compare_rest(a, b, order);
}

/* Give back what a row owns. */
extern void mlops_ranked_forget(const MlopsRankedRow *row, const MlopsRankedOrder *order,
								const MlopsAllocator *allocator);

/*
 * The best k of rows in any order: a heap with the worst at its root.  All zero bytes, with k set, are the empty one.
 */
typedef struct MlopsBest
{
	MlopsRankedRow *rows; /* [capacity], from the allocator */
	size_t n;
	size_t capacity;
	size_t k;
	bool is_unordered; /* no heap: rows were appended */
} MlopsBest;

/* True if a row would be kept.  Cost: O(1); the caller copies key and value after that. */
static inline bool
mlops_best_wants(const MlopsBest *best, const MlopsRankedRow *row, const MlopsRankedOrder *order)
{
	return best->n < best->k || mlops_ranked_compare(row, &best->rows[0], order) < 0;
}

/*
 * Keep a row that is wanted, in place of the worst if there are k.
 *
 * Returns false when there is no memory; what the row owns is then still the caller's.
 * Cost: O(log k).
 */
extern bool mlops_best_put(MlopsBest *best, const MlopsRankedRow *row,
						   const MlopsRankedOrder *order, const MlopsAllocator *allocator);

/* Append a row of at most k whose order is not known yet.  Returns false when there is no memory. */
extern bool mlops_best_append(MlopsBest *best, const MlopsRankedRow *row,
							  const MlopsAllocator *allocator);

/* Make a heap of rows that were appended.  Cost: O(n); O(1) if it is one. */
extern void mlops_best_heapify(MlopsBest *best, const MlopsRankedOrder *order);

/* Put the rows in order, the worst first; they stay a heap, which takes more.  Cost: O(n log n). */
extern void mlops_best_sort(MlopsBest *best, const MlopsRankedOrder *order);

/* A row as it is stored: key and value in the form that their types give them. */
typedef struct MlopsRankedWire
{
	uint8_t *key; /* [n_key_bytes]; none of MIN and MAX */
	size_t n_key_bytes;
	int64_t tiebreak;
	int64_t has_value; /* 0 or 1 */
	uint8_t *value;	   /* [n_value_bytes] if there is one */
	size_t n_value_bytes;
} MlopsRankedWire;

/* Fields of a state.  Reading refuses parameters that no aggregate has, and a k that is not 0 without a kind. */
extern void mlops_io_ranked_parameters(MlopsStateIo *io, MlopsRankedParameters *parameters);

/*
 * Rows as a list of a state, in any order.
 *
 *   rows   IN [*n] when writing; OUT from the allocator when reading, with their bytes; NULL after an error
 *
 * Reading refuses more than k, and tiebreaks where there are none.
 */
extern void mlops_io_ranked_rows(MlopsStateIo *io, const char *name,
								 const MlopsRankedParameters *parameters, MlopsRankedWire **rows,
								 size_t *n);

/* Give back rows that were read. */
extern void mlops_ranked_wire_free(MlopsRankedWire *rows, size_t n,
								   const MlopsAllocator *allocator);

#endif
