/*
 * The best rows of a queue.
 */
#include "core/ranked_queue.h"

#define ROWS_PER_CHECK 4096

/* ---- the best row ---- */

typedef struct Numbered
{
	MlopsRankedRow row;
	uint64_t number; /* in the order of arrival, from 0 */
} Numbered;

static Numbered *
numbered_at(const MlopsRankedDeque *deque, size_t i)
{
	return mlops_ring_at(&deque->entries, i, sizeof(Numbered));
}

bool
mlops_ranked_deque_add(MlopsRankedDeque *deque, const MlopsRankedRow *row,
					   const MlopsRankedOrder *order, const MlopsAllocator *allocator)
{
	Numbered added = { *row, deque->n_added };
	size_t n = deque->entries.n;

	for (; n > 0; n--)
	{
		const Numbered *last = numbered_at(deque, n - 1);

		if (mlops_ranked_compare(row, &last->row, order) > 0)
			break;
		mlops_ranked_forget(&last->row, order, allocator);
	}
	deque->entries.n = n;
	if (!mlops_ring_append(&deque->entries, &added, sizeof(added), allocator))
		return false;
	deque->n_added++;
	return true;
}

bool
mlops_ranked_deque_remove(MlopsRankedDeque *deque, const MlopsRankedOrder *order,
						  const MlopsAllocator *allocator)
{
	const Numbered *first;

	if (deque->n_removed == deque->n_added)
		return false;
	first = numbered_at(deque, 0); /* the newest row is there, if no other */
	if (first->number == deque->n_removed)
	{
		mlops_ranked_forget(&first->row, order, allocator);
		mlops_ring_drop_first(&deque->entries);
	}
	deque->n_removed++;
	return true;
}

const MlopsRankedRow *
mlops_ranked_deque_best(const MlopsRankedDeque *deque)
{
	return deque->entries.n == 0 ? NULL : &numbered_at(deque, 0)->row;
}

/* ---- the first or last rows ---- */

typedef struct Kept
{
	MlopsRankedRow row;
	int turn; /* 1 or -1 if its rank is above or below that of the row before it, else 0; not counted of the oldest */
} Kept;

static Kept *
kept_at(const MlopsRankedHistory *history, size_t i)
{
	return mlops_ring_at(&history->entries, i, sizeof(Kept));
}

/* Count the turn at a row, or with by = -1 no longer. */
static void
count_turn(MlopsRankedHistory *history, int turn, size_t by)
{
	if (turn > 0)
		history->n_rises += by;
	else if (turn < 0)
		history->n_falls += by;
}

bool
mlops_ranked_history_add(MlopsRankedHistory *history, const MlopsRankedRow *row,
						 const MlopsAllocator *allocator)
{
	size_t n = history->entries.n;
	Kept added = { .row = *row };

	if (n > 0)
	{
		int64_t rank = kept_at(history, n - 1)->row.rank;

		added.turn = (row->rank > rank) - (row->rank < rank);
	}
	if (!mlops_ring_append(&history->entries, &added, sizeof(added), allocator))
		return false;
	count_turn(history, added.turn, 1);
	return true;
}

bool
mlops_ranked_history_remove(MlopsRankedHistory *history, const MlopsRankedOrder *order,
							const MlopsAllocator *allocator)
{
	if (history->entries.n == 0)
		return false;
	mlops_ranked_forget(&kept_at(history, 0)->row, order, allocator);
	mlops_ring_drop_first(&history->entries);
	/* what is the oldest now turns at nothing any more */
	if (history->entries.n > 0)
		count_turn(history, kept_at(history, 0)->turn, (size_t) -1);
	return true;
}

MlopsStatus
mlops_ranked_history_best(const MlopsRankedHistory *history, const MlopsRankedOrder *order,
						  const MlopsCancel *cancel, const MlopsAllocator *allocator,
						  MlopsBest *best)
{
	MlopsRankedOrder borrowed = *order;
	size_t n = history->entries.n;
	bool is_rising = history->n_falls == 0;
	bool is_ordered = is_rising || history->n_rises == 0;

	borrowed.owns_keys = borrowed.owns_values = false;
	for (size_t i = 0; i < n; i++)
	{
		const MlopsRankedRow *row = &kept_at(history, is_rising ? i : n - 1 - i)->row;

		if (i % ROWS_PER_CHECK == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		/* in order, all that comes after a worse key is worse */
		if (is_ordered && best->n == best->k && row->rank != best->rows[0].rank)
			break;
		if (mlops_best_wants(best, row, &borrowed) &&
			!mlops_best_put(best, row, &borrowed, allocator))
			return MLOPS_STATUS_NOMEM;
	}
	mlops_best_sort(best, &borrowed);
	return MLOPS_STATUS_OK;
}
