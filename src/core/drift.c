/*
 * How far two distributions are apart, from the counts of the same cells.
 *
 * Products of two counts have up to 126 bits and are kept whole; a cell's term is rounded when it is a
 * double, so that what cancels has cancelled before.
 */
#include <math.h>

#include "core/drift.h"
#include "core/logarithm.h"
#include "core/sort.h"
#include "core/special.h"

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 WideUnsigned;

static const double LN2 = 0.69314718055994530942;

/* Smallest expectation of a cell of Pearson's test. */
#define EXPECTED_MIN 5

/* A cell of Pearson's table. */
typedef struct TableCell
{
	uint64_t total; /* current + reference */
	int64_t current;
	int64_t reference;
	size_t position;
} TableCell;

/* Sum of counts; false if it does not fit. */
static bool
sum_counts(const int64_t *counts, size_t n, int64_t *sum)
{
	*sum = 0;
	for (size_t i = 0; i < n; i++)
	{
		if (counts[i] > INT64_MAX - *sum)
			return false;
		*sum += counts[i];
	}
	return true;
}

bool
mlops_drift_sum(MlopsCellPair *pair)
{
	pair->n_used = 0;
	for (size_t i = 0; i < pair->n_cells; i++)
		pair->n_used += (pair->current[i] | pair->reference[i]) != 0;
	return sum_counts(pair->current, pair->n_cells, &pair->current_sum) &&
		   sum_counts(pair->reference, pair->n_cells, &pair->reference_sum);
}

/* True if both sides have rows. */
static bool
has_shares(const MlopsCellPair *pair)
{
	return pair->current_sum > 0 && pair->reference_sum > 0;
}

static bool
is_used(const MlopsCellPair *pair, size_t i)
{
	return (pair->current[i] | pair->reference[i]) != 0;
}

/* a_i n N and e_i n N. */
static Wide
scaled_current(const MlopsCellPair *pair, size_t i)
{
	return (Wide) pair->current[i] * pair->reference_sum;
}

static Wide
scaled_reference(const MlopsCellPair *pair, size_t i)
{
	return (Wide) pair->reference[i] * pair->current_sum;
}

/* n N, of which the shares are parts. */
static double
scale(const MlopsCellPair *pair)
{
	return (double) pair->current_sum * (double) pair->reference_sum;
}

/* ln(large / small) of positive numbers, large - small = difference >= 0. */
static double
log_ratio(double large, double small, double difference)
{
	double ratio;

	if (difference < 0.5 * small)
		return mlops_log1p(difference / small);
	ratio = large / small;
	/* a tiny alpha makes ratios that a double does not hold */
	return ratio < 1e300 ? mlops_log(ratio) : mlops_log(large) - mlops_log(small);
}

/* (a - e) ln(a / e) of one cell with smoothed shares; the same for exchanged sides. */
static double
psi_term(const MlopsCellPair *pair, size_t i, double alpha)
{
	Wide n_used = (Wide) pair->n_used;
	double current_sum = (double) pair->current_sum + alpha * (double) pair->n_used;
	double reference_sum = (double) pair->reference_sum + alpha * (double) pair->n_used;
	/* both shares, and their difference, times current_sum reference_sum; alpha^2 K cancels in it */
	double a = ((double) pair->current[i] + alpha) * reference_sum;
	double e = ((double) pair->reference[i] + alpha) * current_sum;
	double difference =
		fabs((double) (scaled_current(pair, i) - scaled_reference(pair, i)) +
			 alpha * (double) ((Wide) pair->reference_sum - pair->current_sum +
							   n_used * pair->current[i] - n_used * pair->reference[i]));

	return difference / (current_sum * reference_sum) *
		   log_ratio(fmax(a, e), fmin(a, e), difference);
}

double
mlops_drift_psi(const MlopsCellPair *pair, double alpha)
{
	double sum = 0;

	if (!has_shares(pair))
		return NAN;
	for (size_t i = 0; i < pair->n_cells; i++)
	{
		if (!is_used(pair, i))
			continue;
		if (alpha <= 0 && (pair->current[i] == 0 || pair->reference[i] == 0))
			return NAN;
		sum += psi_term(pair, i, alpha);
	}
	return sum;
}

double
mlops_drift_psi_p_value(const MlopsCellPair *pair, double alpha)
{
	double psi = mlops_drift_psi(pair, alpha);
	double rows = (double) pair->current_sum + (double) pair->reference_sum;

	if (isnan(psi))
		return NAN;
	return mlops_chi2_survival(psi * (scale(pair) / rows), (int64_t) pair->n_used - 1);
}

/*
 * (a ln(a / m) + e ln(e / m)) / m with m = (a + e) / 2, which is (1 + u) ln(1 + u) + (1 - u) ln(1 - u), u = (a - e) / (a + e).
 * For small u the first-order parts of both cancel; there it is u ln((1 + u) / (1 - u)) + ln(1 - u^2).
 */
static double
js_term(Wide current, Wide reference)
{
	double both = (double) (current + reference);
	double u = (double) (current - reference) / both;

	if (fabs(u) < 0.5)
		return u * mlops_log1p(2.0 * u / (1.0 - u)) + mlops_log1p(-u * u);
	return mlops_xlogx(2.0 * (double) current / both) +
		   mlops_xlogx(2.0 * (double) reference / both);
}

double
mlops_drift_js_distance(const MlopsCellPair *pair)
{
	double sum = 0;

	if (!has_shares(pair))
		return NAN;
	for (size_t i = 0; i < pair->n_cells; i++)
	{
		Wide current = scaled_current(pair, i);
		Wide reference = scaled_reference(pair, i);

		if (is_used(pair, i))
			sum += (double) (current + reference) / scale(pair) * js_term(current, reference);
	}
	return sqrt(fmin(1.0, fmax(0.0, sum / (4.0 * LN2))));
}

double
mlops_drift_hellinger_distance(const MlopsCellPair *pair)
{
	double sum = 0;

	if (!has_shares(pair))
		return NAN;
	for (size_t i = 0; i < pair->n_cells; i++)
	{
		double current = (double) scaled_current(pair, i);
		double reference = (double) scaled_reference(pair, i);
		double difference = (double) (scaled_current(pair, i) - scaled_reference(pair, i));

		/* (sqrt(a) - sqrt(e))^2 = (a - e)^2 / (a + e + 2 sqrt(a e)) */
		if (is_used(pair, i))
			sum += difference / (current + reference + 2.0 * sqrt(current * reference)) *
				   difference / scale(pair);
	}
	return sqrt(fmin(1.0, sum / 2.0));
}

double
mlops_drift_total_variation(const MlopsCellPair *pair)
{
	Wide sum = 0;

	if (!has_shares(pair))
		return NAN;
	/* what is more on one side is less on the other, so half of the sum is that of the positive ones */
	for (size_t i = 0; i < pair->n_cells; i++)
	{
		Wide difference = scaled_current(pair, i) - scaled_reference(pair, i);

		sum += difference > 0 ? difference : 0;
	}
	return fmin(1.0, (double) sum / scale(pair));
}

/* Order by total, then by position. */
static int
compare_cells(const void *a, const void *b)
{
	const TableCell *left = a;
	const TableCell *right = b;

	if (left->total != right->total)
		return left->total < right->total ? -1 : 1;
	return left->position < right->position ? -1 : left->position > right->position;
}

/*
 * Merge cells, which are in order, until the smallest expectation is large enough.  Merged cells come out
 * in order, too, so two queues give the smallest of all; the merged ones take the places of those they
 * were made from:
 *
 *	merged (gone .. n_merged)  |  free  |  not merged (next .. n)
 *
 * Returns the number of cells, which then stand at the beginning.
 */
static size_t
merge_cells(const MlopsCellPair *pair, TableCell *cells, size_t n)
{
	WideUnsigned rows = (WideUnsigned) pair->current_sum + (WideUnsigned) pair->reference_sum;
	WideUnsigned smaller =
		(WideUnsigned) (pair->current_sum < pair->reference_sum ? pair->current_sum :
																  pair->reference_sum);
	size_t gone = 0;
	size_t n_merged = 0;
	size_t next = 0;
	size_t n_left = n;

	while (n_left > 2)
	{
		TableCell smallest[2];
		size_t old_gone = gone;
		size_t old_next = next;

		for (int k = 0; k < 2; k++)
		{
			bool from_merged =
				gone < n_merged && (next == n || compare_cells(&cells[gone], &cells[next]) < 0);

			smallest[k] = from_merged ? cells[gone++] : cells[next++];
		}
		/* expectation = total * side / rows */
		if (smaller * smallest[0].total >= EXPECTED_MIN * rows)
		{
			gone = old_gone;
			next = old_next;
			break;
		}
		smallest[1].total += smallest[0].total;
		smallest[1].current += smallest[0].current;
		smallest[1].reference += smallest[0].reference;
		cells[n_merged++] = smallest[1];
		n_left--;
	}
	n_left = 0;
	for (; gone < n_merged; gone++)
		cells[n_left++] = cells[gone];
	for (; next < n; next++)
		cells[n_left++] = cells[next];
	return n_left;
}

/* Sum of (observed - expected)^2 / expected over both rows, which is (A N - E n)^2 / (total n N) in a cell. */
static double
chi2_statistic(const MlopsCellPair *pair, const TableCell *cells, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		double difference = (double) ((Wide) cells[i].current * pair->reference_sum -
									  (Wide) cells[i].reference * pair->current_sum);

		sum += difference / scale(pair) * difference / (double) cells[i].total;
	}
	return sum;
}

MlopsStatus
mlops_drift_chi2(const MlopsCellPair *pair, const MlopsAllocator *allocator,
				 const MlopsCancel *cancel, MlopsTestResult *result)
{
	TableCell *cells;
	size_t n = 0;
	MlopsStatus status;

	*result = (MlopsTestResult){ NAN, 0, NAN, NAN };
	if (!has_shares(pair))
		return MLOPS_STATUS_OK;
	cells = mlops_alloc(allocator, pair->n_used, sizeof(TableCell));
	if (cells == NULL)
		return MLOPS_STATUS_NOMEM;
	for (size_t i = 0; i < pair->n_cells; i++)
	{
		if (is_used(pair, i))
			cells[n++] = (TableCell){ (uint64_t) pair->current[i] + (uint64_t) pair->reference[i],
									  pair->current[i], pair->reference[i], i };
	}
	status = mlops_sort(cells, n, sizeof(TableCell), compare_cells, cancel);
	if (status == MLOPS_STATUS_OK)
	{
		n = merge_cells(pair, cells, n);
		result->statistic = chi2_statistic(pair, cells, n);
		result->df = (int64_t) n - 1;
		result->p_value = mlops_chi2_survival(result->statistic, result->df);
		result->effect =
			sqrt(result->statistic / ((double) pair->current_sum + (double) pair->reference_sum));
	}
	mlops_free(allocator, cells);
	return status;
}
