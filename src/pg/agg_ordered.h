/*
 * The state of the aggregates that are told from the order of rows: moving_min, moving_max, min_by, max_by, first_values,
 * last_values; and how their rows are compared.
 *
 * A state holds keys and values as Datums: by value, or blocks of its own that are not compressed.  It knows types but no
 * collation, so a state that was read is in no order until a call says how rows are compared there.
 */
#ifndef MLOPS_AGG_ORDERED_H
#define MLOPS_AGG_ORDERED_H

#include "core/ranked_queue.h"
#include "pg/agg_state.h"
#include "pg/image.h"

/* Types whose values are integers of the same order. */
typedef enum MlopsRankForm
{
	MLOPS_RANK_NONE,
	MLOPS_RANK_INT16,
	MLOPS_RANK_INT32,
	MLOPS_RANK_INT64,
	MLOPS_RANK_FLOAT32,
	MLOPS_RANK_FLOAT64,
} MlopsRankForm;

/* How rows are compared where a function is called; kept by the call site, and by states that point to it, for the query. */
typedef struct MlopsOrderedSite
{
	const struct MlopsOrderedSite
		*next;				/* of the same call site, for other types; NULL at the end */
	MlopsRankedOrder order; /* its context is this */
	MlopsRankedKind kind;
	MlopsImageType key_type; /* of MIN and MAX that of the values */
	MlopsImageType value_type;
	Oid collation;
	MlopsRankForm rank_form;  /* of keys */
	FmgrInfo *compare_keys;	  /* of the type's default btree order */
	FmgrInfo *compare_values; /* NULL: the bytes say all */
} MlopsOrderedSite;

/* All zero bytes are the empty state. */
typedef struct MlopsOrderedState
{
	MlopsRankedParameters parameters;
	MlopsImageType key_type; /* not of MIN and MAX */
	MlopsImageType value_type;
	const MlopsOrderedSite *site; /* of the call that changed it; NULL of one that was read */
	bool is_moving;				  /* rows are in one of the queues, else in best */
	int64 n_left_out;			  /* of a moving one: rows that do not count */
	MlopsBest best;
	MlopsRankedDeque deque;		/* not of FIRST and LAST */
	MlopsRankedHistory history; /* of FIRST and LAST */
} MlopsOrderedState;

extern const MlopsStateClass mlops_ordered_class;

/* True for the kinds whose key is not the value. */
static inline bool
mlops_ordered_has_keys(int64 kind)
{
	return kind >= MLOPS_RANKED_MIN_BY;
}

/*
 * How rows are compared in a call; the collation is that of the call.
 *
 *   key_type   of the keys; of MIN and MAX whatever
 *
 * Errors: 42883 if keys have no btree order, those of mlops_image_type.
 * Cost: catalog lookups, the next time O(types that the call site has seen).
 */
extern const MlopsOrderedSite *mlops_ordered_site(FunctionCallInfo fcinfo, MlopsRankedKind kind,
												  Oid key_type, Oid value_type);

/* Let a state be compared so: rows that were read come in order. */
extern void mlops_ordered_use(MlopsOrderedState *state, const MlopsOrderedSite *site);

/* The rank of the row's key. */
extern int64 mlops_ordered_rank(const MlopsOrderedSite *site, const MlopsRankedRow *row);

/*
 * Make key and value of a row blocks of the allocator, in place of what they are.
 *
 * Returns false when there is no memory; the row is then as it was.
 */
extern bool mlops_ordered_own(MlopsRankedRow *row, const MlopsOrderedState *state,
							  const MlopsAllocator *allocator);

#endif
