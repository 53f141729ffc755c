/*
 * The best rows are those that a full sort puts first: whatever the order of arrival, the division into parts, and the
 * frame that slides; and every key and value is given back once.
 */
#include <stdlib.h>
#include <string.h>

#include "core/ranked_queue.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define N_ROWS 400

/* Keys and values are blocks of one int; a rank says the key by tens, or all of it. */
static int
int_of(uint64_t word)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): a word is what the caller makes of it */
	return *(const int *) (uintptr_t) word;
}

static int
compare_ints(int a, int b)
{
	return (a > b) - (a < b);
}

static int
compare_keys(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context)
{
	(void) context;
	return 1000000 * compare_ints(int_of(a->key), int_of(b->key));
}

static int
compare_values(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context)
{
	(void) context;
	return compare_ints(int_of(a->value), int_of(b->value));
}

static MlopsRankedOrder
order_of(MlopsRankedKind kind, bool is_rank_exact)
{
	MlopsRankedOrder order;

	mlops_ranked_order_of(&order, kind);
	order.owns_keys = order.owns_values = true;
	order.compare_keys = is_rank_exact ? NULL : compare_keys;
	order.compare_values = compare_values;
	return order;
}

/* A row as numbers. */
typedef struct Plain
{
	int key;
	int tiebreak;
	int value; /* -1: none */
} Plain;

static uint64_t
block_of(int x, const MlopsAllocator *allocator)
{
	int *block = mlops_alloc(allocator, 1, sizeof(int));

	if (block != NULL)
		*block = x;
	return (uint64_t) (uintptr_t) block;
}

static MlopsRankedRow
row_of(Plain plain, const MlopsRankedOrder *order, const MlopsAllocator *allocator)
{
	MlopsRankedRow row = { .tiebreak = plain.tiebreak, .has_value = plain.value >= 0 };
	int rank = order->compare_keys == NULL ? plain.key : plain.key / 10;

	row.rank = mlops_ranked_turn(order, rank);
	row.key = block_of(plain.key, allocator);
	if (row.has_value)
		row.value = block_of(plain.value, allocator);
	return row;
}

static Plain
random_plain(MlopsRng *rng)
{
	return (Plain){ (int) mlops_rng_below(rng, 60), (int) mlops_rng_below(rng, 3) - 1,
					(int) mlops_rng_below(rng, 4) - 1 };
}

/* The order by its definition, for qsort. */
static MlopsRankedKind sorted_kind;

static int
compare_plain(const void *a, const void *b)
{
	const Plain *x = a;
	const Plain *y = b;
	int keys = compare_ints(x->key, y->key);
	int rest = compare_ints(x->tiebreak, y->tiebreak);

	if (rest == 0)
		rest = x->value < 0 || y->value < 0 ? (x->value < 0) - (y->value < 0) :
											  compare_ints(x->value, y->value);
	if (sorted_kind == MLOPS_RANKED_LAST)
		return keys != 0 ? -keys : -rest;
	if (sorted_kind == MLOPS_RANKED_MAX_BY)
		keys = -keys;
	return keys != 0 ? keys : rest;
}

static void
sort_plain(Plain *rows, int n, MlopsRankedKind kind)
{
	sorted_kind = kind;
	qsort(rows, (size_t) n, sizeof(Plain), compare_plain);
}

static bool
is_same(const MlopsRankedRow *row, const Plain *plain)
{
	return int_of(row->key) == plain->key && row->tiebreak == plain->tiebreak &&
		   (row->has_value ? int_of(row->value) : -1) == plain->value;
}

/* Rows of a heap that is sorted are the first of the plain ones. */
static bool
is_best(const MlopsBest *best, const Plain *sorted, int n)
{
	bool is_right = best->n == ((size_t) n < best->k ? (size_t) n : best->k);

	for (size_t i = 0; i < best->n && is_right; i++)
		is_right = is_same(&best->rows[best->n - 1 - i], &sorted[i]);
	return is_right;
}

static void
offer(MlopsBest *best, Plain plain, const MlopsRankedOrder *order)
{
	MlopsRankedRow row = row_of(plain, order, &plain_allocator);

	if (!mlops_best_wants(best, &row, order))
		mlops_ranked_forget(&row, order, &plain_allocator);
	else
		UNIT_CHECK(mlops_best_put(best, &row, order, &plain_allocator));
}

static void
free_best(MlopsBest *best, const MlopsRankedOrder *order)
{
	for (size_t i = 0; i < best->n; i++)
		mlops_ranked_forget(&best->rows[i], order, &plain_allocator);
	free(best->rows);
}

/* In any order, sorted in between, appended or offered. */
static void
the_best_come_first(void)
{
	static const size_t ks[] = { 1, 2, 7, 50, N_ROWS + 1 };

	for (int kind = MLOPS_RANKED_MIN_BY; kind <= MLOPS_RANKED_LAST; kind++)
		for (int i = 0; i < 5; i++)
		{
			MlopsRng rng = mlops_rng_stream(kind, (uint64_t) i);
			MlopsRankedOrder order = order_of((MlopsRankedKind) kind, i % 2 == 0);
			MlopsBest best = { .k = ks[i] };
			Plain rows[N_ROWS];

			for (int r = 0; r < N_ROWS; r++)
			{
				rows[r] = random_plain(&rng);
				offer(&best, rows[r], &order);
				if (r % 90 == 89)
				{
					sort_plain(rows, r + 1, (MlopsRankedKind) kind);
					mlops_best_sort(&best, &order);
					UNIT_CHECK(is_best(&best, rows, r + 1));
				}
			}
			sort_plain(rows, N_ROWS, (MlopsRankedKind) kind);
			mlops_best_sort(&best, &order);
			UNIT_CHECK(is_best(&best, rows, N_ROWS));
			free_best(&best, &order);
		}
}

static void
appended_rows_become_a_heap(void)
{
	MlopsRng rng = mlops_rng_stream(7, 7);
	MlopsRankedOrder order = order_of(MLOPS_RANKED_LAST, false);
	MlopsBest best = { .k = 30 };
	Plain rows[60];

	for (int i = 0; i < 60; i++)
	{
		rows[i] = random_plain(&rng);
		if (i < 30)
		{
			MlopsRankedRow row = row_of(rows[i], &order, &plain_allocator);

			UNIT_CHECK(mlops_best_append(&best, &row, &plain_allocator));
		}
	}
	UNIT_CHECK(best.is_unordered);
	mlops_best_heapify(&best, &order);
	for (int i = 30; i < 60; i++)
		offer(&best, rows[i], &order);
	sort_plain(rows, 60, MLOPS_RANKED_LAST);
	mlops_best_sort(&best, &order);
	UNIT_CHECK(is_best(&best, rows, 60));
	free_best(&best, &order);
}

/* How rows of a frame come. */
typedef enum Arrival
{
	RISING,
	FALLING,
	RISING_WITH_TURNS,
	RANDOM,
	N_ARRIVALS,
} Arrival;

static Plain
arriving_plain(Arrival arrival, int i, MlopsRng *rng)
{
	Plain plain = random_plain(rng);

	if (arrival == RISING || (arrival == RISING_WITH_TURNS && i % 50 != 0))
		plain.key = i / 3;
	else if (arrival == FALLING)
		plain.key = N_ROWS - i / 3;
	return plain;
}

/* Both queues over rows [first, end). */
typedef struct Queues
{
	MlopsRankedOrder order;
	MlopsRankedDeque deque;
	MlopsRankedHistory history;
} Queues;

static void
check_frame(const Queues *queues, const Plain *rows, int n, MlopsRankedKind kind)
{
	MlopsBest best = { .k = 4 };
	const MlopsRankedRow *front = mlops_ranked_deque_best(&queues->deque);
	Plain sorted[N_ROWS];

	memcpy(sorted, rows, (size_t) n * sizeof(Plain));
	sort_plain(sorted, n, kind);
	UNIT_CHECK(n == 0 ? front == NULL : is_same(front, &sorted[0]));
	UNIT_CHECK_INT(
		mlops_ranked_history_best(&queues->history, &queues->order, NULL, &plain_allocator, &best),
		MLOPS_STATUS_OK);
	UNIT_CHECK(is_best(&best, sorted, n));
	free(best.rows);
}

static void
slide(MlopsRankedKind kind, Arrival arrival)
{
	MlopsRng rng = mlops_rng_stream(kind, 10 + arrival);
	Queues queues = { .order = order_of(kind, true) };
	Plain rows[N_ROWS];
	int first = 0;

	for (int i = 0; i < N_ROWS; i++)
	{
		MlopsRankedRow one, two;

		rows[i] = arriving_plain(arrival, i, &rng);
		one = row_of(rows[i], &queues.order, &plain_allocator);
		two = row_of(rows[i], &queues.order, &plain_allocator);
		UNIT_CHECK(mlops_ranked_deque_add(&queues.deque, &one, &queues.order, &plain_allocator));
		UNIT_CHECK(mlops_ranked_history_add(&queues.history, &two, &plain_allocator));
		/* at times the frame jumps past all its rows */
		for (int keep = i + 1 - (int) mlops_rng_below(&rng, 40); first < keep; first++)
		{
			UNIT_CHECK(mlops_ranked_deque_remove(&queues.deque, &queues.order, &plain_allocator));
			UNIT_CHECK(
				mlops_ranked_history_remove(&queues.history, &queues.order, &plain_allocator));
		}
		check_frame(&queues, rows + first, i + 1 - first, kind);
	}
	for (; first < N_ROWS; first++)
	{
		(void) mlops_ranked_deque_remove(&queues.deque, &queues.order, &plain_allocator);
		(void) mlops_ranked_history_remove(&queues.history, &queues.order, &plain_allocator);
	}
	UNIT_CHECK(!mlops_ranked_deque_remove(&queues.deque, &queues.order, &plain_allocator));
	UNIT_CHECK(!mlops_ranked_history_remove(&queues.history, &queues.order, &plain_allocator));
	UNIT_CHECK_INT(queues.history.n_rises + queues.history.n_falls, 0);
	check_frame(&queues, rows, 0, kind);
	free(queues.deque.entries.block);
	free(queues.history.entries.block);
}

static void
moving_frames_equal_sorted_ones(void)
{
	for (int kind = MLOPS_RANKED_MIN_BY; kind <= MLOPS_RANKED_LAST; kind++)
		for (int arrival = 0; arrival < N_ARRIVALS; arrival++)
			slide((MlopsRankedKind) kind, (Arrival) arrival);
}

/* Of equal rows the newest is enough. */
static void
equal_rows_take_no_room(void)
{
	MlopsRankedOrder order = order_of(MLOPS_RANKED_MAX_BY, true);
	MlopsRankedDeque deque = { .n_added = 0 };

	for (int i = 0; i < N_ROWS; i++)
	{
		MlopsRankedRow row = row_of((Plain){ 5, 1, 7 }, &order, &plain_allocator);

		UNIT_CHECK(mlops_ranked_deque_add(&deque, &row, &order, &plain_allocator));
		UNIT_CHECK_INT(deque.entries.n, 1);
	}
	for (int i = 0; i < N_ROWS; i++)
		UNIT_CHECK(mlops_ranked_deque_remove(&deque, &order, &plain_allocator));
	UNIT_CHECK(mlops_ranked_deque_best(&deque) == NULL);
	free(deque.entries.block);
}

static MlopsStatus
build(const MlopsAllocator *allocator, void *argument)
{
	MlopsRankedOrder order = order_of(MLOPS_RANKED_FIRST, true);
	MlopsRankedDeque deque = { .n_added = 0 };
	MlopsRankedHistory history = { .n_rises = 0 };
	MlopsBest best = { .k = 100 };
	MlopsStatus status = MLOPS_STATUS_OK;

	(void) argument;
	order.owns_keys = order.owns_values = false;
	for (int i = 0; i < 40 && status == MLOPS_STATUS_OK; i++)
	{
		MlopsRankedRow row = { .rank = i * 37 % 41 };

		if (!mlops_ranked_deque_add(&deque, &row, &order, allocator) ||
			!mlops_ranked_history_add(&history, &row, allocator))
			status = MLOPS_STATUS_NOMEM;
	}
	if (status == MLOPS_STATUS_OK)
		status = mlops_ranked_history_best(&history, &order, NULL, allocator, &best);
	mlops_free(allocator, deque.entries.block);
	mlops_free(allocator, history.entries.block);
	mlops_free(allocator, best.rows);
	return status;
}

static void
no_memory_is_reported(void)
{
	UNIT_CHECK(alloc_failing_each(build, NULL) > 4);
}

static void
looking_through_a_frame_can_be_cancelled(void)
{
	MlopsCancel cancel = { .cancelled = unit_always };
	MlopsRankedOrder order = order_of(MLOPS_RANKED_FIRST, true);
	MlopsRankedHistory history = { .n_rises = 0 };
	MlopsRankedRow row = { .rank = 0 };
	MlopsBest best = { .k = 1 };

	order.owns_keys = false;
	(void) mlops_ranked_history_add(&history, &row, &plain_allocator);
	UNIT_CHECK_INT(mlops_ranked_history_best(&history, &order, &cancel, &plain_allocator, &best),
				   MLOPS_STATUS_CANCELLED);
	free(history.entries.block);
}

/* ---- the stored form ---- */

static MlopsStatus
read_text(const char *text, MlopsReason *reason)
{
	MlopsRankedParameters parameters = { 0 };
	MlopsRankedWire *rows = NULL;
	MlopsStateIo io;
	MlopsStatus status;
	size_t n = 0;

	mlops_io_begin_read(&io, true, text, strlen(text), &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_io_ranked_parameters(&io, &parameters);
	mlops_io_ranked_rows(&io, "rows", &parameters, &rows, &n);
	status = mlops_io_object_end(&io);
	mlops_ranked_wire_free(rows, n, &plain_allocator);
	*reason = io.reason;
	return status;
}

static void
what_no_aggregate_writes_is_refused(void)
{
	static const struct
	{
		const char *text;
		const char *reason;
	} cases[] = {
		{ "{\"kind\": 0, \"k\": 0, \"has_tiebreak\": 0, \"rows\": []}", "" },
		{ "{\"kind\": 1, \"k\": 1, \"has_tiebreak\": 0, \"rows\": [[1, \"a\"]]}", "" },
		{ "{\"kind\": 4, \"k\": 1, \"has_tiebreak\": 1, \"rows\": [[\"b\", -9, 0]]}", "" },
		{ "{\"kind\": 6, \"k\": 2, \"has_tiebreak\": 0, \"rows\": [[\"b\", 1, \"\"], [\"b\", 0]]}",
		  "" },
		{ "{\"kind\": 1, \"k\": 2, \"has_tiebreak\": 0, \"rows\": []}", "its k is 2" },
		{ "{\"kind\": 0, \"k\": 1, \"has_tiebreak\": 0, \"rows\": []}", "its k is 1" },
		{ "{\"kind\": 5, \"k\": 0, \"has_tiebreak\": 0, \"rows\": []}", "its k is 0" },
		{ "{\"kind\": 2, \"k\": 1, \"has_tiebreak\": 1, \"rows\": []}",
		  "it has tiebreaks but no keys" },
		{ "{\"kind\": 3, \"k\": 1, \"has_tiebreak\": 0, \"rows\": [[\"\", 0], [\"\", 0]]}",
		  "it has 2 rows, its k is 1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		MlopsReason reason;
		MlopsStatus status = read_text(cases[i].text, &reason);

		UNIT_CHECK_INT(status, cases[i].reason[0] == '\0' ? MLOPS_STATUS_OK : MLOPS_STATUS_CORRUPT);
		UNIT_CHECK_TEXT(status == MLOPS_STATUS_OK ? "" : reason.text, cases[i].reason);
	}
}

int
main(void)
{
	UNIT_RUN(the_best_come_first);
	UNIT_RUN(appended_rows_become_a_heap);
	UNIT_RUN(moving_frames_equal_sorted_ones);
	UNIT_RUN(equal_rows_take_no_room);
	UNIT_RUN(no_memory_is_reported);
	UNIT_RUN(looking_through_a_frame_can_be_cancelled);
	UNIT_RUN(what_no_aggregate_writes_is_refused);
	return unit_end();
}
