/*
 * Which rows are held out for the test.
 *
 * All choices sort the rows by (group, rank) and hold out the first rows of
 * each group, or whole groups.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/sampling.h"

/* A row on its way to a side. */
typedef struct RankedRow
{
	uint64_t group;
	double time; /* later first; 0 where time does not count */
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
	if (x->time != y->time)
		return x->time > y->time ? -1 : 1;
	if (x->rank != y->rank)
		return compare_uint64(x->rank, y->rank);
	return x->row < y->row ? -1 : 1;
}

/* Rows with their rank, group 0 and time 0; NULL when there is no memory. */
static RankedRow *
rank_rows(const MlopsSampling *sampling, const MlopsAllocator *allocator)
{
	RankedRow *ranked = mlops_alloc(allocator, sampling->n_rows, sizeof(RankedRow));

	for (size_t i = 0; ranked != NULL && i < sampling->n_rows; i++)
		ranked[i] =
			(RankedRow){ .rank = mlops_hash_int(sampling->keys[i], sampling->seed), .row = i };
	return ranked;
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

/* Sort and hold out the first rows of each group. */
static void
hold_out_groups(const MlopsSampling *sampling, RankedRow *ranked, uint8_t *is_test)
{
	size_t n = sampling->n_rows;

	if (n > 0)
		qsort(ranked, n, sizeof(RankedRow), compare_ranked);
	memset(is_test, 0, n);
	for (size_t first = 0; first < n;)
	{
		size_t n_rows = group_rows(ranked, n, first);
		size_t n_test = test_rows(sampling, n_rows);

		for (size_t i = 0; i < n_test; i++)
			is_test[ranked[first + i].row] = 1;
		first += n_rows;
	}
}

MlopsStatus
mlops_sample_random(const MlopsSampling *sampling, const MlopsAllocator *allocator,
					uint8_t *is_test)
{
	RankedRow *ranked = rank_rows(sampling, allocator);

	if (ranked == NULL)
		return MLOPS_STATUS_NOMEM;
	hold_out_groups(sampling, ranked, is_test);
	mlops_free(allocator, ranked);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_sample_stratified(const MlopsSampling *sampling, const uint32_t *classes, uint32_t n_classes,
						const MlopsAllocator *allocator, uint8_t *is_test)
{
	RankedRow *ranked = rank_rows(sampling, allocator);

	if (ranked == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < sampling->n_rows; i++)
		ranked[i].group = classes[i] < n_classes ? classes[i] : n_classes;
	hold_out_groups(sampling, ranked, is_test);
	mlops_free(allocator, ranked);
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_sample_last(const MlopsSampling *sampling, const double *times,
				  const MlopsAllocator *allocator, uint8_t *is_test)
{
	RankedRow *ranked = rank_rows(sampling, allocator);

	if (ranked == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < sampling->n_rows; i++)
		ranked[i].time = isnan(times[i]) ? (double) -INFINITY : times[i];
	hold_out_groups(sampling, ranked, is_test);
	mlops_free(allocator, ranked);
	return MLOPS_STATUS_OK;
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
	if (n > 0)
		qsort(ranked, n, sizeof(RankedRow), compare_ranked);
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
	if (n > 0)
		qsort(ranked, n, sizeof(RankedRow), compare_ranked);
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
