/*
 * Time since the first and the last event of a history.
 */
#include "core/elapsed.h"
#include "core/checked.h"

#define SECOND 1000000

bool
mlops_elapsed_is_empty(const MlopsElapsed *elapsed)
{
	return elapsed->n == 0 && elapsed->n_null == 0;
}

static int64_t
earliest(const MlopsElapsed *elapsed)
{
	return elapsed->queue != NULL ? mlops_extremes_earliest(elapsed->queue) : elapsed->earliest;
}

static int64_t
latest(const MlopsElapsed *elapsed)
{
	return elapsed->queue != NULL ? mlops_extremes_latest(elapsed->queue) : elapsed->latest;
}

MlopsStatus
mlops_elapsed_begin(MlopsElapsed *elapsed, int64_t as_of, bool is_moving,
					const MlopsAllocator *allocator)
{
	elapsed->as_of = as_of;
	if (!is_moving || elapsed->queue != NULL)
		return MLOPS_STATUS_OK;
	elapsed->queue = mlops_alloc_zero(allocator, 1, sizeof(MlopsExtremes));
	return elapsed->queue == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;
}

/* Widen the span of a state without a queue. */
static void
cover(MlopsElapsed *elapsed, int64_t first, int64_t last)
{
	if (elapsed->n == 0 || first < elapsed->earliest)
		elapsed->earliest = first;
	if (elapsed->n == 0 || last > elapsed->latest)
		elapsed->latest = last;
}

MlopsStatus
mlops_elapsed_add(MlopsElapsed *elapsed, bool is_null, int64_t time,
				  const MlopsAllocator *allocator)
{
	if (is_null)
		return mlops_checked_count_row(&elapsed->n_null, 1, MLOPS_ROWS_MAX);
	if (elapsed->queue == NULL)
		cover(elapsed, time, time);
	else if (!mlops_extremes_add_time(elapsed->queue, time, allocator))
		return MLOPS_STATUS_NOMEM;
	return mlops_checked_count_row(&elapsed->n, 1, MLOPS_ROWS_MAX);
}

MlopsStatus
mlops_elapsed_remove(MlopsElapsed *elapsed, bool is_null)
{
	if (elapsed->queue == NULL ||
		!mlops_checked_add_rows(is_null ? &elapsed->n_null : &elapsed->n, -1, MLOPS_ROWS_MAX))
		return MLOPS_STATUS_INVALID;
	if (!is_null)
		mlops_extremes_remove(elapsed->queue);
	if (mlops_elapsed_is_empty(elapsed))
		elapsed->as_of = 0;
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_elapsed_merge(MlopsElapsed *into, const MlopsElapsed *from, const MlopsAllocator *allocator,
					MlopsReason *reason)
{
	(void) allocator;
	if (mlops_elapsed_is_empty(from))
		return MLOPS_STATUS_OK;
	if (mlops_elapsed_is_empty(into))
		into->as_of = from->as_of;
	else if (into->as_of != from->as_of)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states of different parameters cannot be merged");
	if (from->n > 0)
		cover(into, earliest(from), latest(from));
	if (!mlops_checked_add_rows(&into->n, from->n, MLOPS_ROWS_MAX) ||
		!mlops_checked_add_rows(&into->n_null, from->n_null, MLOPS_ROWS_MAX))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^60 rows");
	return MLOPS_STATUS_OK;
}

MlopsAnswer
mlops_elapsed_seconds(const MlopsElapsed *elapsed, bool is_latest, double *result)
{
	MlopsBig above, below;
	uint64_t age;

	if (elapsed->n == 0)
		return MLOPS_ANSWER_NONE;
	age = (uint64_t) elapsed->as_of - (uint64_t) (is_latest ? latest(elapsed) : earliest(elapsed));
	mlops_big_set_uint(&above, age);
	mlops_big_set_int(&below, SECOND);
	return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
}

void
mlops_elapsed_transfer(MlopsElapsed *elapsed, MlopsStateIo *io)
{
	bool has_events = !mlops_io_is_reading(io) && elapsed->n > 0;
	int64_t first = has_events ? earliest(elapsed) : 0;
	int64_t last = has_events ? latest(elapsed) : 0;

	mlops_io_int(io, "n", &elapsed->n, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "null_count", &elapsed->n_null, 0, MLOPS_ROWS_MAX);
	mlops_io_int(io, "as_of", &elapsed->as_of, INT64_MIN, INT64_MAX);
	mlops_io_int(io, "earliest", &first, INT64_MIN, INT64_MAX);
	mlops_io_int(io, "latest", &last, INT64_MIN, INT64_MAX);
	if (!mlops_io_is_reading(io) || mlops_io_failed(io))
		return;
	elapsed->earliest = first;
	elapsed->latest = last;
	if (mlops_elapsed_is_empty(elapsed) ? elapsed->as_of != 0 || first != 0 || last != 0 :
		elapsed->n == 0					? first != 0 || last != 0 :
										  first > last || last > elapsed->as_of)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "times and counts do not fit together");
}
