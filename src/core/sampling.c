/*
 * Which rows are held out for the test.
 *
 * Rows of an order are held out without sorting all of them; whole groups are
 * found by sorting the rows by (group, rank).
 */
#include <math.h>
#include <string.h>

#include "core/hash.h"
#include "core/sampling.h"
#include "core/sort.h"

/* A row on its way to a side. */
typedef struct RankedRow
{
	uint64_t group;
	uint64_t rank;
	size_t row;
} RankedRow;

static int
compare_uint64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_ranked(const void *a, const void *b)
{
	const RankedRow *x = a;
	const RankedRow *y = b;

	if (x->group != y->group)
		return compare_uint64(x->group, y->group);
	if (x->rank != y->rank)
		return compare_uint64(x->rank, y->rank);
	return x->row < y->row ? -1 : 1;
}

/* Rows with their rank and group 0; NULL when there is no memory. */
static RankedRow *
rank_rows(const MlopsSampling *sampling, const MlopsAllocator *allocator)
{
	RankedRow *ranked = mlops_alloc(allocator, sampling->n_rows, sizeof(RankedRow));

	for (size_t i = 0; ranked != NULL && i < sampling->n_rows; i++)
		ranked[i] =
			(RankedRow){ .rank = mlops_hash_int(sampling->keys[i], sampling->seed), .row = i };
	return ranked;
}

/* Sort all rows; false when cancelled. */
static bool
sort_ranked(const MlopsSampling *sampling, RankedRow *ranked)
{
	return mlops_sort(ranked, sampling->n_rows, sizeof(RankedRow), compare_ranked,
					  sampling->cancel) == MLOPS_STATUS_OK;
}

/* Rows of n to hold out. */
static size_t
test_rows(const MlopsSampling *sampling, size_t n)
{
	size_t n_test = (size_t) (sampling->test_size * (double) n + 0.5);

	if (n < 2)
		return 0;
	if (n_test < 1)
		return 1;
	return n_test < n ? n_test : n - 1;
}

/* Rows of the group that begins at first. */
static size_t
group_rows(const RankedRow *ranked, size_t n, size_t first)
{
	size_t end = first;

	while (end < n && ranked[end].group == ranked[first].group)
		end++;
	return end - first;
}

/* Rows in an order of which only the first are asked for. */
typedef struct Candidates
{
	const MlopsSampling *sampling;
	const double *times; /* later first; NULL where time does not count */
	uint64_t *ranks;	 /* [n_rows] then in this order */
	uint32_t *rows;		 /* [n_rows] numbers of rows, group by group */
} Candidates;

static bool
candidates_alloc(Candidates *candidates, const MlopsAllocator *allocator)
{
	const MlopsSampling *sampling = candidates->sampling;

	candidates->ranks = mlops_alloc(allocator, sampling->n_rows, sizeof(uint64_t));
	candidates->rows = mlops_alloc(allocator, sampling->n_rows, sizeof(uint32_t));
	if (candidates->ranks == NULL || candidates->rows == NULL)
	{
		mlops_free(allocator, candidates->ranks);
		mlops_free(allocator, candidates->rows);
		return false;
	}
	for (size_t i = 0; i < sampling->n_rows; i++)
	{
		candidates->ranks[i] = mlops_hash_int(sampling->keys[i], sampling->seed);
		candidates->rows[i] = (uint32_t) i;
	}
	return true;
}

static void
candidates_free(Candidates *candidates, const MlopsAllocator *allocator)
{
	mlops_free(allocator, candidates->ranks);
	mlops_free(allocator, candidates->rows);
}

/* True if row a comes before row b. */
static inline bool
comes_first(const Candidates *candidates, uint32_t a, uint32_t b)
{
	if (candidates->times != NULL)
	{
		double x = isnan(candidates->times[a]) ? (double) -INFINITY : candidates->times[a];
		double y = isnan(candidates->times[b]) ? (double) -INFINITY : candidates->times[b];

		if (x != y)
			return x > y;
	}
	if (candidates->ranks[a] != candidates->ranks[b])
		return candidates->ranks[a] < candidates->ranks[b];
	return a < b;
}

static void
swap_rows(uint32_t *rows, size_t a, size_t b)
{
	uint32_t row = rows[a];

	rows[a] = rows[b];
	rows[b] = row;
}

/*
 * Bring the n_first rows that come first to the front, in any order (quickselect); false when
 * cancelled.  The pivot's place is a hash, so that no crafted order of times makes it slow.
 *
 *   rows   [n], n_first <= n
 */
static bool
select_first(const Candidates *candidates, uint32_t *rows, size_t n, size_t n_first)
{
	size_t low = 0;
	size_t high = n;

	/* invariant: rows[0 .. low) are among the first ones, rows[high .. n) are not */
	while (low < n_first && n_first < high)
	{
		uint32_t pivot = rows[low + mlops_hash_int(low, high) % (high - low)];
		size_t end = low;

		if (mlops_cancelled(candidates->sampling->cancel))
			return false;
		for (size_t i = low; i < high; i++)
		{
			if (comes_first(candidates, rows[i], pivot))
				swap_rows(rows, i, end++);
		}
		if (end > n_first)
			high = end;
		else if (end > low)
			low = end;
		else
		{
			/* the pivot is the first one left */
			for (size_t i = low; rows[low] != pivot; i++)
				swap_rows(rows, low, i);
			low++;
		}
	}
	return true;
}

/* Hold out the first rows of a group. */
static MlopsStatus
hold_out_first(const Candidates *candidates, uint32_t *rows, size_t n, uint8_t *is_test)
{
	size_t n_test = test_rows(candidates->sampling, n);

	if (!select_first(candidates, rows, n, n_test))
		return MLOPS_STATUS_CANCELLED;
	for (size_t i = 0; i < n_test; i++)
		is_test[rows[i]] = 1;
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_sample_random(const MlopsSampling *sampling, const MlopsAllocator *allocator,
					uint8_t *is_test)
{
	return mlops_sample_last(sampling, NULL, allocator, is_test);
}

MlopsStatus
mlops_sample_last(const MlopsSampling *sampling, const double *times,
				  const MlopsAllocator *allocator, uint8_t *is_test)
{
	Candidates candidates = { .sampling = sampling, .times = times };
	MlopsStatus status;

	if (!candidates_alloc(&candidates, allocator))
		return MLOPS_STATUS_NOMEM;
	memset(is_test, 0, sampling->n_rows);
	status = hold_out_first(&candidates, candidates.rows, sampling->n_rows, is_test);
	candidates_free(&candidates, allocator);
	return status;
}

/* Bring the rows class by class; starts [n_classes + 1] says where each begins. */
static void
group_by_class(const MlopsSampling *sampling, const uint32_t *classes, uint32_t n_classes,
			   size_t *starts, uint32_t *rows)
{
	size_t sum = 0;

	for (size_t i = 0; i < sampling->n_rows; i++)
		starts[classes[i]]++;
	for (uint32_t c = 0; c <= n_classes; c++)
	{
		size_t count = starts[c];

		starts[c] = sum;
		sum += count;
	}
	for (size_t i = 0; i < sampling->n_rows; i++)
		rows[starts[classes[i]]++] = (uint32_t) i;
	/* each start is now the next one's */
	for (uint32_t c = n_classes; c > 0; c--)
		starts[c] = starts[c - 1];
	starts[0] = 0;
}

MlopsStatus
mlops_sample_stratified(const MlopsSampling *sampling, const uint32_t *classes, uint32_t n_classes,
						const MlopsAllocator *allocator, uint8_t *is_test)
{
	Candidates candidates = { .sampling = sampling };
	size_t *starts = mlops_alloc_zero(allocator, n_classes + 1, sizeof(size_t));
	MlopsStatus status = MLOPS_STATUS_OK;

	if (starts == NULL || !candidates_alloc(&candidates, allocator))
	{
		mlops_free(allocator, starts);
		return MLOPS_STATUS_NOMEM;
	}
	memset(is_test, 0, sampling->n_rows);
	group_by_class(sampling, classes, n_classes, starts, candidates.rows);
	for (uint32_t c = 0; status == MLOPS_STATUS_OK && c < n_classes; c++)
		status = hold_out_first(&candidates, candidates.rows + starts[c], starts[c + 1] - starts[c],
								is_test);
	candidates_free(&candidates, allocator);
	mlops_free(allocator, starts);
	return status;
}

/* First row of the smallest group; ties go to the first one. */
static size_t
smallest_group(const RankedRow *ranked, size_t n)
{
	size_t smallest = 0;

	for (size_t first = 0; first < n; first += group_rows(ranked, n, first))
	{
		if (group_rows(ranked, n, first) < group_rows(ranked, n, smallest))
			smallest = first;
	}
	return smallest;
}

static void
hold_out_group(const RankedRow *ranked, size_t n, size_t first, uint8_t *is_test)
{
	size_t n_rows = group_rows(ranked, n, first);

	for (size_t i = first; i < first + n_rows; i++)
		is_test[ranked[i].row] = 1;
}

MlopsStatus
mlops_sample_entities(const MlopsSampling *sampling, const uint64_t *entities,
					  const MlopsAllocator *allocator, uint8_t *is_test, MlopsReason *reason)
{
	RankedRow *ranked = rank_rows(sampling, allocator);
	size_t n = sampling->n_rows;
	double target = sampling->test_size * (double) n;
	size_t n_test = 0;
	bool is_one;

	if (ranked == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < n; i++)
		ranked[i].group = mlops_hash_int(entities[i], sampling->seed);
	if (!sort_ranked(sampling, ranked))
	{
		mlops_free(allocator, ranked);
		return MLOPS_STATUS_CANCELLED;
	}
	memset(is_test, 0, n);
	is_one = n == 0 || group_rows(ranked, n, 0) == n;
	/* an entity goes to the test part if that brings it nearer to its share */
	for (size_t first = 0; first < n && !is_one;)
	{
		size_t n_rows = group_rows(ranked, n, first);
		double with_it = (double) (n_test + n_rows);

		if (n_test + n_rows < n && fabs(with_it - target) < fabs((double) n_test - target))
		{
			hold_out_group(ranked, n, first, is_test);
			n_test += n_rows;
		}
		first += n_rows;
	}
	if (n_test == 0 && !is_one)
		hold_out_group(ranked, n, smallest_group(ranked, n), is_test);
	mlops_free(allocator, ranked);
	if (is_one)
		return mlops_status_fail(reason, MLOPS_STATUS_DATA,
								 "all rows belong to one entity, which cannot be on both sides");
	return MLOPS_STATUS_OK;
}

/* Deal sorted groups out, each as a whole to the fold with the fewest rows. */
static void
deal_groups(const RankedRow *ranked, size_t n, uint32_t n_folds, size_t *n_in_fold, uint8_t *folds)
{
	for (size_t first = 0; first < n;)
	{
		size_t n_rows = group_rows(ranked, n, first);
		uint32_t fold = 0;

		for (uint32_t f = 1; f < n_folds; f++)
			fold = n_in_fold[f] < n_in_fold[fold] ? f : fold;
		for (size_t i = first; i < first + n_rows; i++)
			folds[ranked[i].row] = (uint8_t) fold;
		n_in_fold[fold] += n_rows;
		first += n_rows;
	}
}

MlopsStatus
mlops_sample_folds(const MlopsSampling *sampling, const uint32_t *classes, const uint64_t *entities,
				   uint32_t n_folds, const MlopsAllocator *allocator, uint8_t *folds,
				   MlopsReason *reason)
{
	RankedRow *ranked = rank_rows(sampling, allocator);
	size_t n = sampling->n_rows;
	size_t n_in_fold[UINT8_MAX] = { 0 };

	if (ranked == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < n; i++)
		ranked[i].group = entities != NULL ? mlops_hash_int(entities[i], sampling->seed) :
						  classes != NULL  ? classes[i] :
											 0;
	if (!sort_ranked(sampling, ranked))
	{
		mlops_free(allocator, ranked);
		return MLOPS_STATUS_CANCELLED;
	}
	if (entities != NULL)
		deal_groups(ranked, n, n_folds, n_in_fold, folds);
	for (size_t i = 0; entities == NULL && i < n; i++)
	{
		folds[ranked[i].row] = (uint8_t) (i % n_folds);
		n_in_fold[i % n_folds]++;
	}
	mlops_free(allocator, ranked);
	/* the last one is filled last */
	if (n_in_fold[n_folds - 1] == 0)
		return mlops_status_fail(reason, MLOPS_STATUS_DATA,
								 entities != NULL ? "there are fewer entities than folds" :
													"there are fewer rows than folds");
	return MLOPS_STATUS_OK;
}
