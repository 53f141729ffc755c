/*
 * Target encoding: sums of each level in each view, one level after the other, so
 * that exact sums of one level are all that is held.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/exact_sum.h"
#include "core/target_encoding.h"

/* Rows that are summed between two questions to the cancel hook. */
#define ROWS_PER_CHECK 4096

/* Sums over rows of one view. */
typedef struct ViewSums
{
	MlopsExactSum products; /* weight * target */
	MlopsExactSum weights;	/* if there are any */
	size_t n;
	int64_t product_limbs[MLOPS_EXACT_SUM_LIMBS];
	int64_t weight_limbs[MLOPS_EXACT_SUM_LIMBS];
} ViewSums;

/* The same, rounded. */
typedef struct ViewTotal
{
	double product;
	double weight;
	size_t n;
} ViewTotal;

/* Powers of two that targets and weights are divided by, so that no sum is beyond double. */
typedef struct Scale
{
	int target;
	int weight;
} Scale;

/* Exponent of the largest absolute value: |x| / 2^exponent < 1. */
static int
find_exponent(const double *values, size_t n)
{
	double largest = 0;
	int exponent;

	for (size_t i = 0; values != NULL && i < n; i++)
		largest = fabs(values[i]) > largest ? fabs(values[i]) : largest;
	(void) frexp(largest, &exponent);
	return values == NULL ? 0 : exponent;
}

static double
target_of(const MlopsEncodingRows *rows, const Scale *scale, size_t row)
{
	if (rows->targets != NULL)
		return ldexp(rows->targets[row], -scale->target);
	return rows->classes[row] == rows->class_number ? 1 : 0;
}

/* Add a row to all views but that of its own fold. */
static void
add_row(const MlopsEncodingRows *rows, const Scale *scale, size_t row, ViewSums *sums)
{
	double weight = rows->weights == NULL ? 1 : ldexp(rows->weights[row], -scale->weight);
	double product = weight * target_of(rows, scale, row);

	for (uint32_t view = 0; view <= rows->n_folds; view++)
	{
		if (view == rows->folds[row])
			continue;
		sums[view].n++;
		(void) mlops_exact_sum_add(&sums[view].products, product, NULL);
		if (rows->weights != NULL)
			(void) mlops_exact_sum_add(&sums[view].weights, weight, NULL);
	}
}

/* Scaled sums are far below the largest double, so rounding does not fail. */
static ViewTotal
round_sums(const MlopsEncodingRows *rows, const ViewSums *sums)
{
	ViewTotal total = { 0, (double) sums->n, sums->n };

	(void) mlops_exact_sum_round(&sums->products, &total.product);
	if (rows->weights != NULL)
		(void) mlops_exact_sum_round(&sums->weights, &total.weight);
	return total;
}

/* Encoding of a level in a view, still scaled, from its rows and all rows of the view. */
static double
encode_level(const ViewTotal *level, const ViewTotal *all)
{
	bool is_known =
		all->weight > 0; /* there are rows, and not of weights that vanish beside others */
	double prior = is_known ? all->product / all->weight : 0;
	double smooth;

	if (level->n == 0 || !is_known)
		return prior;
	smooth = MLOPS_ENCODING_SMOOTH * (all->weight / (double) all->n);
	return (level->product + smooth * prior) / (level->weight + smooth);
}

/*
 * Sort the rows by level.
 *
 *   starts   OUT [n_levels + 1] rows of level k are order[starts[k]] .. order[starts[k + 1] - 1]
 */
static void
sort_rows(const MlopsEncodingRows *rows, uint32_t *starts, uint32_t *order)
{
	memset(starts, 0, ((size_t) rows->n_levels + 1) * sizeof(uint32_t));
	for (size_t i = 0; i < rows->n_rows; i++)
	{
		if (rows->levels[i] != MLOPS_LEVEL_NONE)
			starts[rows->levels[i]]++;
	}
	for (uint32_t k = 0, n = 0; k <= rows->n_levels; k++)
	{
		n += starts[k];
		starts[k] = n; /* the end of level k, from which its rows are filled in backwards */
	}
	for (size_t i = rows->n_rows; i-- > 0;)
	{
		if (rows->levels[i] != MLOPS_LEVEL_NONE)
			order[--starts[rows->levels[i]]] = (uint32_t) i;
	}
}

/*
 * Sums over n rows in each view; false when cancelled.
 *
 *   chosen   [n] numbers of the rows, or NULL: the first n
 */
static bool
total_views(const MlopsEncodingRows *rows, const Scale *scale, const uint32_t *chosen, size_t n,
			const MlopsCancel *cancel, ViewTotal *totals)
{
	ViewSums sums[MLOPS_ENCODING_VIEWS];

	for (uint32_t view = 0; view <= rows->n_folds; view++)
	{
		sums[view].n = 0;
		mlops_exact_sum_place(&sums[view].products, sums[view].product_limbs);
		mlops_exact_sum_place(&sums[view].weights, sums[view].weight_limbs);
	}
	for (size_t i = 0; i < n; i++)
	{
		if (i % ROWS_PER_CHECK == 0 && mlops_cancelled(cancel))
			return false;
		add_row(rows, scale, chosen == NULL ? i : chosen[i], sums);
	}
	for (uint32_t view = 0; view <= rows->n_folds; view++)
		totals[view] = round_sums(rows, &sums[view]);
	return true;
}

/* Encode the levels, whose rows sort_rows has found, in all views; false when cancelled. */
static bool
encode_levels(const MlopsEncodingRows *rows, const Scale *scale, const uint32_t *starts,
			  const uint32_t *order, const ViewTotal *totals, const MlopsCancel *cancel,
			  double *encodings)
{
	ViewTotal level[MLOPS_ENCODING_VIEWS];

	for (uint32_t k = 0; k < rows->n_levels; k++)
	{
		if (!total_views(rows, scale, order + starts[k], starts[k + 1] - starts[k], cancel, level))
			return false;
		for (uint32_t view = 0; view <= rows->n_folds; view++)
			encodings[(size_t) view * rows->n_levels + k] =
				ldexp(encode_level(&level[view], &totals[view]), scale->target);
	}
	return true;
}

MlopsStatus
mlops_target_encode(const MlopsEncodingRows *rows, const MlopsAllocator *allocator,
					const MlopsCancel *cancel, double *encodings, double *priors)
{
	Scale scale = { find_exponent(rows->targets, rows->n_rows),
					find_exponent(rows->weights, rows->n_rows) };
	uint32_t *starts = mlops_alloc(allocator, (size_t) rows->n_levels + 1, sizeof(uint32_t));
	uint32_t *order = mlops_alloc(allocator, rows->n_rows, sizeof(uint32_t));
	ViewTotal totals[MLOPS_ENCODING_VIEWS];
	MlopsStatus status = MLOPS_STATUS_CANCELLED;

	if (starts == NULL || order == NULL)
		status = MLOPS_STATUS_NOMEM;
	else if (total_views(rows, &scale, NULL, rows->n_rows, cancel, totals))
	{
		sort_rows(rows, starts, order);
		for (uint32_t view = 0; view <= rows->n_folds; view++)
			priors[view] =
				ldexp(encode_level(&(ViewTotal){ 0, 0, 0 }, &totals[view]), scale.target);
		if (encode_levels(rows, &scale, starts, order, totals, cancel, encodings))
			status = MLOPS_STATUS_OK;
	}
	mlops_free(allocator, starts);
	mlops_free(allocator, order);
	return status;
}
