/*
 * Orders of the levels of categorical columns, made once per tree.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/level_order.h"

/* A level and what it is ordered by. */
typedef struct RankedLevel
{
	double rate;
	uint16_t code;
} RankedLevel;

bool
mlops_level_orders_alloc(MlopsLevelOrders *orders, const MlopsDataset *dataset,
						 const MlopsAllocator *allocator)
{
	const MlopsField *fields = mlops_dataset_fields(dataset);
	size_t n_ranks = 0;
	uint32_t most = 0;

	memset(orders, 0, sizeof(*orders));
	orders->n_orders = dataset->n_classes <= 2					   ? 1 :
					   dataset->n_classes < MLOPS_MAX_LEVEL_ORDERS ? dataset->n_classes :
																	 MLOPS_MAX_LEVEL_ORDERS;
	orders->firsts = mlops_alloc_zero(allocator, dataset->n_columns, sizeof(size_t));
	if (orders->firsts == NULL)
		return false;
	for (uint32_t c = 0; c < dataset->n_columns; c++)
	{
		if (fields[c].kind != MLOPS_COLUMN_CATEGORICAL)
			continue;
		orders->firsts[c] = n_ranks;
		n_ranks += (size_t) orders->n_orders * fields[c].n_codes;
		most = fields[c].n_codes > most ? fields[c].n_codes : most;
	}
	orders->ranks = mlops_alloc_zero(allocator, n_ranks, sizeof(uint16_t));
	orders->scratch = mlops_alloc(allocator, most, sizeof(RankedLevel));
	return orders->ranks != NULL && orders->scratch != NULL;
}

void
mlops_level_orders_free(MlopsLevelOrders *orders, const MlopsAllocator *allocator)
{
	mlops_free(allocator, orders->firsts);
	mlops_free(allocator, orders->ranks);
	mlops_free(allocator, orders->scratch);
	memset(orders, 0, sizeof(*orders));
}

static int
compare_ranked(const void *a, const void *b)
{
	const RankedLevel *x = a;
	const RankedLevel *y = b;

	if (x->rate != y->rate)
		return x->rate < y->rate ? -1 : 1;
	return x->code < y->code ? -1 : 1;
}

/* Share of one class in a cell, or its mean target. */
static double
rate_of(const MlopsSums *sums, const uint64_t *cell, uint32_t class_idx)
{
	if (sums->kind == MLOPS_SUMS_REGRESSION)
		return mlops_sums_target(cell) / (double) cell[MLOPS_CELL_WEIGHT];
	return mlops_sums_class(sums, cell, class_idx) / mlops_sums_weight(sums, cell);
}

/* The class that comes after (count, class_idx) when the frequent ones come first. */
static uint32_t
next_class(const MlopsSums *sums, const uint64_t *total, double *count, uint32_t class_idx)
{
	double best_count = -1;
	uint32_t best = 0;

	for (uint32_t c = 0; c < sums->n_classes; c++)
	{
		double x = mlops_sums_class(sums, total, c);

		if (x > best_count && (x < *count || (x == *count && c > class_idx)))
		{
			best_count = x;
			best = c;
		}
	}
	*count = best_count;
	return best;
}

/* Rank the levels by the rate of one class. */
static void
rank_levels(const MlopsSums *sums, const MlopsPresent *present, uint32_t class_idx,
			RankedLevel *ranked, uint16_t *ranks)
{
	for (uint32_t i = 0; i < present->n; i++)
		ranked[i] =
			(RankedLevel){ rate_of(sums, present->cells + (size_t) i * sums->cell_words, class_idx),
						   present->codes[i] };
	if (present->n > 0)
		qsort(ranked, present->n, sizeof(RankedLevel), compare_ranked);
	for (uint32_t i = 0; i < present->n; i++)
		ranks[ranked[i].code] = (uint16_t) i;
}

void
mlops_level_orders_build(MlopsLevelOrders *orders, const MlopsDataset *dataset,
						 const MlopsSums *sums, uint32_t column, const MlopsPresent *present,
						 const uint64_t *total)
{
	uint32_t n_codes = mlops_dataset_fields(dataset)[column].n_codes;
	uint16_t *ranks = orders->ranks + orders->firsts[column];
	double count = INFINITY;
	uint32_t class_idx = 1;

	for (uint32_t k = 0; k < orders->n_orders; k++)
	{
		if (orders->n_orders > 1)
			class_idx = next_class(sums, total, &count, class_idx);
		rank_levels(sums, present, class_idx, orders->scratch, ranks + (size_t) k * n_codes);
	}
}
