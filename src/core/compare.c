/*
 * Two models on the same rows: DeLong.
 */
#include <math.h>
#include <stdlib.h>

#include "core/compare_internal.h"

static int
compare_ranked(const void *a, const void *b)
{
	const MlopsRankedRow *x = a;
	const MlopsRankedRow *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

void
mlops_ranked_sort(MlopsRankedRow *ranked, size_t n)
{
	if (n > 0)
		qsort(ranked, n, sizeof(MlopsRankedRow), compare_ranked);
}

/* Add what a row's rank in one model is worth: V10 of a positive, V01 of a negative, times sign. */
static void
add_placements(const MlopsRankedRow *ranked, size_t n, const double n_of[2], double sign,
			   double *placements)
{
	double below[2] = { 0, 0 };

	for (size_t first = 0, end; first < n; first = end)
	{
		double here[2] = { 0, 0 };

		for (end = first; end < n && ranked[end].value == ranked[first].value; end++)
			here[ranked[end].is_positive]++;
		for (size_t i = first; i < end; i++)
		{
			double value = ranked[i].is_positive != 0 ?
							   (below[0] + here[0] / 2) / n_of[0] :
							   (n_of[1] - below[1] - here[1] / 2) / n_of[1];

			placements[ranked[i].place] += sign * value;
		}
		below[0] += here[0];
		below[1] += here[1];
	}
}

/* Sample variance of the rows of one class. */
static double
variance_of_class(const double *placements, const uint32_t *classes, size_t n, uint32_t class,
				  double n_class)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		sum += classes[i] == class ? placements[i] : 0;
	for (size_t i = 0; i < n; i++)
	{
		double off = placements[i] - sum / n_class;

		squares += classes[i] == class ? off * off : 0;
	}
	return squares / (n_class - 1);
}

MlopsStatus
mlops_compare_auc_variance(const MlopsPairedRows *rows, const MlopsAllocator *allocator,
						   double *variance)
{
	size_t n = rows->n;
	MlopsRankedRow *ranked = mlops_alloc(allocator, n, sizeof(MlopsRankedRow));
	double *placements = mlops_alloc_zero(allocator, n, sizeof(double));
	double n_of[2] = { 0, 0 };
	MlopsStatus status =
		ranked != NULL && placements != NULL ? MLOPS_STATUS_OK : MLOPS_STATUS_NOMEM;

	*variance = NAN;
	for (size_t i = 0; i < n; i++)
		n_of[rows->classes[i]]++;
	if (status == MLOPS_STATUS_OK && n_of[0] >= 2 && n_of[1] >= 2)
	{
		for (int m = 0; m < 2; m++)
		{
			for (size_t i = 0; i < n; i++)
				ranked[i] = (MlopsRankedRow){ rows->outputs[m][i], (uint32_t) i, rows->classes[i] };
			mlops_ranked_sort(ranked, n);
			add_placements(ranked, n, n_of, m == 0 ? 1 : -1, placements);
		}
		*variance = variance_of_class(placements, rows->classes, n, 1, n_of[1]) / n_of[1] +
					variance_of_class(placements, rows->classes, n, 0, n_of[0]) / n_of[0];
	}
	mlops_free(allocator, ranked);
	mlops_free(allocator, placements);
	return status;
}
