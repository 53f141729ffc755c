/*
 * How evenly rows are spread over values.
 */
#include "core/diversity.h"
#include "core/big.h"
#include "core/exact_sum.h"
#include "core/logarithm.h"
#include "core/sort.h"
#include "core/special.h"

__extension__ typedef unsigned __int128 Uint128;

#define CANCEL_EVERY 4096

bool
mlops_tally_add(MlopsTally *tally, int64_t count, const MlopsAllocator *allocator)
{
	if (count < MLOPS_TALLY_SMALL)
		tally->n_small[count]++;
	else
	{
		if (!mlops_array_reserve(allocator, (void **) &tally->large, &tally->large_capacity,
								 tally->n_large + 1, sizeof(int64_t)))
			return false;
		tally->large[tally->n_large++] = count;
	}
	tally->n_rows += count;
	tally->n_values++;
	return true;
}

void
mlops_tally_free(MlopsTally *tally, const MlopsAllocator *allocator)
{
	mlops_free(allocator, tally->large);
	*tally = (MlopsTally){ 0 };
}

static int
compare_counts(const void *a, const void *b)
{
	int64_t x = *(const int64_t *) a;
	int64_t y = *(const int64_t *) b;

	return x < y ? -1 : x > y;
}

/* The next different count in increasing order, and how many values have it; false at the end. */
static bool
next_count(const MlopsTally *tally, size_t *position, int64_t *count, int64_t *n_values)
{
	size_t i;

	for (; *position < MLOPS_TALLY_SMALL; (*position)++)
		if (tally->n_small[*position] > 0)
		{
			*count = (int64_t) *position;
			*n_values = tally->n_small[(*position)++];
			return true;
		}
	i = *position - MLOPS_TALLY_SMALL;
	if (i >= tally->n_large)
		return false;
	*count = tally->large[i];
	for (*n_values = 0; i < tally->n_large && tally->large[i] == *count; i++)
		(*n_values)++;
	*position = MLOPS_TALLY_SMALL + i;
	return true;
}

/* ln(n / c), for a count above n / 2 from the rest, so that no digits are lost close to 0. */
static double
log_inverse_share(int64_t count, int64_t n)
{
	if (count <= n / 2)
		return mlops_log((double) n / (double) count);
	return mlops_log1p((double) (n - count) / (double) count);
}

MlopsStatus
mlops_tally_entropy(MlopsTally *tally, const MlopsCancel *cancel, double *entropy)
{
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	int64_t count, n_values;
	size_t position = 0;
	MlopsExactSum sum;

	if (mlops_sort(tally->large, tally->n_large, sizeof(int64_t), compare_counts, cancel) !=
		MLOPS_STATUS_OK)
		return MLOPS_STATUS_CANCELLED;
	mlops_exact_sum_place(&sum, limbs);
	while (next_count(tally, &position, &count, &n_values))
	{
		double share = (double) (n_values * count) / (double) tally->n_rows;

		(void) mlops_exact_sum_add(&sum, share * log_inverse_share(count, tally->n_rows), NULL);
	}
	(void) mlops_exact_sum_round(&sum, entropy);
	return MLOPS_STATUS_OK;
}

/* A number below 2^128 with many digits. */
static void
set_big(MlopsBig *big, Uint128 value)
{
	*big = (MlopsBig){ .sign = 1, .n_digits = 4 };
	for (int i = 0; i < 4; i++)
		big->digits[i] = (uint32_t) (value >> (32 * i));
	mlops_big_trim(big);
}

MlopsStatus
mlops_tally_concentration(MlopsTally *tally, const MlopsCancel *cancel, double *index)
{
	Uint128 squares = 0; /* at most n^2, below 2^126 */
	Uint128 n = (Uint128) tally->n_rows;
	MlopsBig numerator, denominator;
	int64_t count, n_values;
	size_t position = 0;

	if (mlops_sort(tally->large, tally->n_large, sizeof(int64_t), compare_counts, cancel) !=
		MLOPS_STATUS_OK)
		return MLOPS_STATUS_CANCELLED;
	while (next_count(tally, &position, &count, &n_values))
		squares += (Uint128) count * (Uint128) count * (Uint128) n_values;
	set_big(&numerator, squares);
	set_big(&denominator, n * n);
	(void) mlops_big_ratio(&numerator, &denominator, index);
	return MLOPS_STATUS_OK;
}

/* Sum of the weights of one value, from row on, or with is_all of all rows; row ends behind the last of them. */
static MlopsStatus
sum_weights(const MlopsWeightedCount *rows, size_t n, bool is_all, size_t *row,
			const MlopsCancel *cancel, const MlopsAllocator *allocator, MlopsBig *total)
{
	MlopsExactSum sum = { 0 };
	MlopsStatus status = MLOPS_STATUS_OK;
	size_t group = rows[*row].group;

	for (; *row < n && (is_all || rows[*row].group == group) && status == MLOPS_STATUS_OK; (*row)++)
	{
		MlopsProduct weight = mlops_product_of(rows[*row].weight);
		MlopsProduct count = mlops_product_of_int(rows[*row].count);
		MlopsProduct product = mlops_product_multiply(&weight, &count);

		if (*row % CANCEL_EVERY == 0 && mlops_cancelled(cancel))
			status = MLOPS_STATUS_CANCELLED;
		else if (!mlops_exact_sum_add_product(&sum, &product, false, allocator))
			status = MLOPS_STATUS_NOMEM;
	}
	mlops_exact_sum_get(&sum, 1, total);
	mlops_free(allocator, sum.limbs);
	return status;
}

MlopsStatus
mlops_weighted_concentration(const MlopsWeightedCount *rows, size_t n, const MlopsCancel *cancel,
							 const MlopsAllocator *allocator, double *index, bool *has_sum)
{
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	MlopsBig total, part;
	MlopsExactSum squares;
	MlopsStatus status;
	size_t row = 0;

	*has_sum = false;
	if (n == 0)
		return MLOPS_STATUS_OK;
	status = sum_weights(rows, n, true, &row, cancel, allocator, &total);
	if (status != MLOPS_STATUS_OK || total.sign == 0)
		return status;
	*has_sum = true;
	mlops_exact_sum_place(&squares, limbs);
	for (row = 0; row < n;)
	{
		double share = 0;

		status = sum_weights(rows, n, false, &row, cancel, allocator, &part);
		if (status != MLOPS_STATUS_OK)
			return status;
		(void) mlops_big_ratio(&part, &total, &share);
		(void) mlops_exact_sum_add(&squares, share * share, NULL);
	}
	(void) mlops_exact_sum_round(&squares, index);
	return MLOPS_STATUS_OK;
}
