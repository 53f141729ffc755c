/*
 * How often each score was seen, in rows of both classes.
 */
#include <math.h>
#include <string.h>

#include "core/checked.h"
#include "core/exact_product.h"
#include "core/exact_sum.h"
#include "core/score_stats.h"
#include "core/sort.h"

#define N_CLASSES 2

/* A key of the counted set. */
typedef struct ScoreKey
{
	double score;
	double weight;
} ScoreKey;

static ScoreKey
read_key(const uint8_t *bytes)
{
	ScoreKey key;

	memcpy(&key, bytes, sizeof(key));
	return key;
}

MlopsStatus
mlops_score_stats_add(MlopsScoreStats *stats, double score, double weight, bool is_positive,
					  int64_t n, const MlopsAllocator *allocator, MlopsReason *reason)
{
	/* the sum makes -0 to 0 */
	ScoreKey key = { score + 0.0, weight };

	if (stats->rows.n_counts == 0)
		mlops_counted_set_begin(&stats->rows, N_CLASSES, sizeof(ScoreKey));
	return mlops_counted_set_add(&stats->rows, &key, sizeof(key), is_positive, n, allocator,
								 reason);
}

MlopsStatus
mlops_score_stats_merge(void *into, const void *from, const MlopsAllocator *allocator,
						MlopsReason *reason)
{
	MlopsScoreStats *a = into;
	const MlopsScoreStats *b = from;

	if (a->policy != MLOPS_SCORE_POLICY_UNSET && b->policy != MLOPS_SCORE_POLICY_UNSET &&
		a->policy != b->policy)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "states that differ in on_nonfinite cannot be merged");
	if (a->policy == MLOPS_SCORE_POLICY_UNSET)
		a->policy = b->policy;
	if (!mlops_checked_add_rows(&a->n_null, b->n_null, INT64_MAX) ||
		!mlops_checked_add_rows(&a->n_nonfinite, b->n_nonfinite, INT64_MAX))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^63 - 1 rows");
	return mlops_counted_set_merge(&a->rows, &b->rows, NULL, allocator, reason);
}

static void
transfer_key(MlopsStateIo *io, uint8_t **bytes, size_t *n_bytes)
{
	ScoreKey key = read_key(*bytes);

	(void) n_bytes;
	mlops_io_double(io, NULL, &key.score);
	mlops_io_double(io, NULL, &key.weight);
	if (!mlops_io_is_reading(io))
		return;
	if (!isfinite(key.score) || (key.score == 0 && signbit(key.score) != 0))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a score must be finite and not -0, not %g",
					  key.score);
	if (!(key.weight >= MLOPS_SCORE_WEIGHT_MIN && key.weight <= MLOPS_SCORE_WEIGHT_MAX))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a weight must be between %g and %g, not %g",
					  MLOPS_SCORE_WEIGHT_MIN, MLOPS_SCORE_WEIGHT_MAX, key.weight);
	memcpy(*bytes, &key, sizeof(key));
}

static void
transfer_probability(MlopsStateIo *io, uint8_t **bytes, size_t *n_bytes)
{
	double score;

	transfer_key(io, bytes, n_bytes);
	score = read_key(*bytes).score;
	if (!(score >= 0 && score <= 1))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a score must be between 0 and 1, not %g", score);
}

void
mlops_score_stats_transfer(void *opaque, int64_t are_probabilities, MlopsStateIo *io)
{
	MlopsScoreStats *stats = opaque;

	mlops_io_int(io, "on_nonfinite", &stats->policy, MLOPS_SCORE_POLICY_UNSET,
				 MLOPS_SCORE_POLICY_PROPAGATE);
	mlops_io_int(io, "nulls", &stats->n_null, 0, INT64_MAX);
	mlops_io_int(io, "nonfinite", &stats->n_nonfinite, 0, INT64_MAX);
	if (mlops_io_is_reading(io))
		mlops_counted_set_begin(&stats->rows, N_CLASSES, sizeof(ScoreKey));
	mlops_counted_set_transfer(&stats->rows, io, "scores",
							   are_probabilities != 0 ? transfer_probability : transfer_key);
	if (mlops_io_is_reading(io) && stats->n_nonfinite > 0 &&
		stats->policy != MLOPS_SCORE_POLICY_PROPAGATE)
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT,
					  "scores that are not finite are counted and not to be propagated");
}

/* An entry of the set, apart from it: what is compared lies together. */
typedef struct ScoreEntry
{
	ScoreKey key;
	int64_t counts[N_CLASSES];
} ScoreEntry;

/* By score, then by weight. */
static int
compare_entries(const void *a, const void *b)
{
	const ScoreKey *x = &((const ScoreEntry *) a)->key;
	const ScoreKey *y = &((const ScoreEntry *) b)->key;

	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static void
read_entries(const MlopsCountedSet *set, ScoreEntry *entries)
{
	MlopsCountedEntry entry;
	size_t position = 0;

	for (size_t i = 0; mlops_counted_set_next(set, &position, &entry); i++)
		entries[i] = (ScoreEntry){ read_key(entry.key), { entry.counts[0], entry.counts[1] } };
}

/* Add n times the weight, exactly: both halves of the count are doubles. */
static void
add_rows(MlopsExactSum *sum, int64_t n, double weight)
{
	mlops_exact_product_add(sum, (double) (n >> 32) * 4294967296.0, weight);
	mlops_exact_product_add(sum, (double) (n & 0xFFFFFFFF), weight);
}

/* Weight of a class in entries of one score. */
static double
sum_class(const ScoreEntry *entries, size_t n, int class)
{
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	MlopsExactSum sum;
	double weight = INFINITY;

	if (n == 1 && entries->key.weight == 1)
		return (double) entries->counts[class];
	mlops_exact_sum_place(&sum, limbs);
	for (size_t i = 0; i < n; i++)
		add_rows(&sum, entries[i].counts[class], entries[i].key.weight);
	(void) mlops_exact_sum_round(&sum, &weight);
	return weight;
}

/* Sorted entries to points; one of each score. */
static void
gather_points(const ScoreEntry *entries, size_t n, MlopsCurve *curve)
{
	for (size_t i = 0, end; i < n; i = end)
	{
		size_t point = curve->n_points++;

		for (end = i + 1; end < n && entries[end].key.score == entries[i].key.score; end++)
			;
		curve->scores[point] = entries[i].key.score;
		curve->negatives[point] = sum_class(entries + i, end - i, 0);
		curve->positives[point] = sum_class(entries + i, end - i, 1);
	}
}

MlopsStatus
mlops_score_stats_curve(const MlopsScoreStats *stats, const MlopsAllocator *allocator,
						const MlopsCancel *cancel, MlopsCurve *curve)
{
	size_t n = stats->rows.n_entries;
	ScoreEntry *entries = mlops_alloc(allocator, n, sizeof(ScoreEntry));
	MlopsStatus status = MLOPS_STATUS_NOMEM;

	if (entries != NULL)
	{
		read_entries(&stats->rows, entries);
		status = mlops_sort(entries, n, sizeof(ScoreEntry), compare_entries, cancel);
	}
	if (status == MLOPS_STATUS_OK)
		status = mlops_curve_alloc(curve, n, allocator);
	if (status == MLOPS_STATUS_OK)
		gather_points(entries, n, curve);
	mlops_free(allocator, entries);
	return status;
}

bool
mlops_score_stats_is_nan(const MlopsScoreStats *stats)
{
	return stats->n_nonfinite > 0;
}
