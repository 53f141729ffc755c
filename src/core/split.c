/*
 * The best cut of one column for one node.
 *
 * 1. the cells of a categorical column are brought into the tree's order of its
 *    levels (or several, one per class); from here on they are a list like that of
 *    a numeric one.
 * 2. cells are added up from the left; after each the cut is scored, with the
 *    missing cell left and right.  Two classes without sample weights have a
 *    loop of their own, because most of a training is spent in it.
 * 3. the best cut becomes a threshold or a set of codes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/logarithm.h"
#include "core/split.h"

/* Cells in the order in which they are cut, and the best cut found in it. */
typedef struct Scan
{
	const uint64_t *cells;	 /* [n][cell_words] */
	const uint64_t *missing; /* [cell_words] if has_missing */
	bool has_missing;		 /* the node has rows without a value */
	const uint64_t *total;	 /* [cell_words] */
	uint32_t n;
	uint32_t best_cut; /* the left side has best_cut + 1 cells */
	bool best_missing_left;
	bool is_improved;
} Scan;

bool
mlops_split_finder_alloc(MlopsSplitFinder *finder, const MlopsSums *sums, bool has_categories,
						 const MlopsAllocator *allocator)
{
	size_t n_levels = has_categories ? MLOPS_MAX_LEVEL_CODES : 1;
	size_t cell_bytes = sums->cell_words * sizeof(uint64_t);

	finder->sums = sums;
	finder->left = mlops_alloc(allocator, 1, cell_bytes);
	finder->right = mlops_alloc(allocator, 1, cell_bytes);
	finder->best.left = mlops_alloc(allocator, 1, cell_bytes);
	finder->best.set_codes = mlops_alloc(allocator, n_levels, sizeof(uint16_t));
	finder->sorted_codes = mlops_alloc(allocator, n_levels, sizeof(uint16_t));
	finder->sorted_cells = mlops_alloc(allocator, n_levels, cell_bytes);
	finder->keys = mlops_alloc(allocator, n_levels, sizeof(uint32_t));
	return finder->left != NULL && finder->right != NULL && finder->best.left != NULL &&
		   finder->best.set_codes != NULL && finder->sorted_codes != NULL &&
		   finder->sorted_cells != NULL && finder->keys != NULL;
}

void
mlops_split_finder_free(MlopsSplitFinder *finder, const MlopsAllocator *allocator)
{
	mlops_free(allocator, finder->left);
	mlops_free(allocator, finder->right);
	mlops_free(allocator, finder->best.left);
	mlops_free(allocator, finder->best.set_codes);
	mlops_free(allocator, finder->sorted_codes);
	mlops_free(allocator, finder->sorted_cells);
	mlops_free(allocator, finder->keys);
	memset(finder, 0, sizeof(*finder));
}

static inline double
class_weight(const MlopsSplitFinder *finder, uint32_t class_idx)
{
	return finder->class_weights == NULL ? 1.0 : finder->class_weights[class_idx];
}

/* Weight of class c in a cell. */
static inline double
class_sum(const MlopsSplitFinder *finder, const uint64_t *cell, uint32_t c)
{
	return class_weight(finder, c) * mlops_sums_class(finder->sums, cell, c);
}

double
mlops_split_weight(const MlopsSplitFinder *finder, const uint64_t *cell)
{
	double weight = 0;

	if (finder->sums->kind == MLOPS_SUMS_REGRESSION)
		return (double) cell[MLOPS_CELL_WEIGHT];
	for (uint32_t c = 0; c < finder->sums->n_classes; c++)
		weight += class_sum(finder, cell, c);
	return weight;
}

/* Two classes: score of a side with weight l, p of it in class 1. */
static inline double
score_two_classes(MlopsCriterion criterion, double p, double l)
{
	if (criterion == MLOPS_CRITERION_GINI)
		return p * p / l;
	return mlops_xlogx(p) + mlops_xlogx(l - p) - mlops_xlogx(l);
}

/* Any number of classes: score of a side. */
static double
score_classes(const MlopsSplitFinder *finder, const uint64_t *cell)
{
	double weight = 0;
	double sum = 0;

	for (uint32_t c = 0; c < finder->sums->n_classes; c++)
	{
		double x = class_sum(finder, cell, c);

		weight += x;
		sum += finder->criterion == MLOPS_CRITERION_GINI ? x * x : mlops_xlogx(x);
	}
	return finder->criterion == MLOPS_CRITERION_GINI ? sum / weight : sum - mlops_xlogx(weight);
}

static double
score_regression(const uint64_t *left, const uint64_t *right)
{
	double l = (double) left[MLOPS_CELL_WEIGHT];
	double r = (double) right[MLOPS_CELL_WEIGHT];
	double difference = mlops_sums_target(left) / l - mlops_sums_target(right) / r;

	return l * r / (l + r) * (difference * difference);
}

double
mlops_split_score(const MlopsSplitFinder *finder, const uint64_t *left, const uint64_t *right)
{
	if (finder->sums->kind == MLOPS_SUMS_REGRESSION)
		return score_regression(left, right);
	if (finder->sums->n_classes == 2)
	{
		double p_left = class_sum(finder, left, 1);
		double p_right = class_sum(finder, right, 1);

		return score_two_classes(finder->criterion, p_left, p_left + class_sum(finder, left, 0)) +
			   score_two_classes(finder->criterion, p_right, p_right + class_sum(finder, right, 0));
	}
	return score_classes(finder, left) + score_classes(finder, right);
}

double
mlops_split_decrease(const MlopsSplitFinder *finder, const uint64_t *total, const uint64_t *left)
{
	uint64_t *right = finder->right;
	double decrease;

	memcpy(right, total, finder->sums->cell_words * sizeof(uint64_t));
	mlops_sums_subtract(finder->sums, right, left);
	if (finder->sums->kind == MLOPS_SUMS_REGRESSION)
		return score_regression(left, right);
	decrease =
		score_classes(finder, left) + score_classes(finder, right) - score_classes(finder, total);
	return decrease > 0 ? decrease : 0;
}

/* Unique rows of a cell; PACKED without row counts: 1, which every limit of 1 accepts. */
static inline uint64_t
unique_rows(const MlopsSums *sums, const uint64_t *cell)
{
	if (sums->kind != MLOPS_SUMS_PACKED)
		return cell[sums->cell_words - 1];
	return sums->rows_mask == 0 ? 1 : *cell & sums->rows_mask;
}

/* Take a cut if it is legal and better. */
static inline void
consider(MlopsSplitFinder *finder, Scan *scan, const uint64_t *left, uint32_t cut,
		 bool missing_left)
{
	const MlopsSums *sums = finder->sums;
	double score;

	memcpy(finder->right, scan->total, sums->cell_words * sizeof(uint64_t));
	mlops_sums_subtract(sums, finder->right, left);
	if (unique_rows(sums, left) < finder->min_samples_leaf ||
		unique_rows(sums, finder->right) < finder->min_samples_leaf)
		return;
	score = mlops_split_score(finder, left, finder->right);
	if (!(score > finder->best.score))
		return;
	finder->best.score = score;
	memcpy(finder->best.left, left, sums->cell_words * sizeof(uint64_t));
	scan->best_cut = cut;
	scan->best_missing_left = missing_left;
	scan->is_improved = true;
}

/* Score all cuts of a scan, for any kind of cells. */
static void
scan_cells(MlopsSplitFinder *finder, Scan *scan)
{
	const MlopsSums *sums = finder->sums;
	uint32_t n_cuts = scan->has_missing ? scan->n : scan->n - 1;

	memset(finder->left, 0, sums->cell_words * sizeof(uint64_t));
	for (uint32_t cut = 0; cut < n_cuts; cut++)
	{
		mlops_sums_add(sums, finder->left, scan->cells + (size_t) cut * sums->cell_words);
		if (scan->has_missing && cut + 1 < scan->n)
		{
			mlops_sums_add(sums, finder->left, scan->missing);
			consider(finder, scan, finder->left, cut, true);
			mlops_sums_subtract(sums, finder->left, scan->missing);
		}
		consider(finder, scan, finder->left, cut, false);
	}
}

/* Weights of two classes, and what else the loop over PACKED cells reads. */
typedef struct PackedScan
{
	const MlopsSums *sums;
	uint64_t total;
	uint32_t min_samples_leaf;
	double weight_0;
	double weight_1;
} PackedScan;

/* Gini of a division of PACKED cells, the expression of mlops_split_score; -Infinity if it is not legal. */
static inline double
score_packed(const PackedScan *scan, uint64_t left)
{
	const MlopsSums *sums = scan->sums;
	uint64_t right = scan->total - left;
	double p_left, p_right;

	if (sums->rows_mask != 0 && ((left & sums->rows_mask) < scan->min_samples_leaf ||
								 (right & sums->rows_mask) < scan->min_samples_leaf))
		return -1.0 / 0.0;
	p_left = scan->weight_1 * (double) (int64_t) mlops_sums_positives(sums, left);
	p_right = scan->weight_1 * (double) (int64_t) mlops_sums_positives(sums, right);
	return p_left * p_left /
			   (p_left + scan->weight_0 * (double) (int64_t) mlops_sums_negatives(sums, left)) +
		   p_right * p_right /
			   (p_right + scan->weight_0 * (double) (int64_t) mlops_sums_negatives(sums, right));
}

/*
 * The loop of scan_cells for PACKED cells, gini; has_missing, and weights that are 1, are constants
 * where this is inlined.
 */
static inline void
scan_packed_gini(MlopsSplitFinder *finder, Scan *scan, bool has_missing, double weight_0,
				 double weight_1)
{
	PackedScan packed = { .sums = finder->sums,
						  .total = *scan->total,
						  .min_samples_leaf = finder->min_samples_leaf,
						  .weight_0 = weight_0,
						  .weight_1 = weight_1 };
	uint64_t missing = has_missing ? *scan->missing : 0;
	uint32_t n_cuts = has_missing ? scan->n : scan->n - 1;
	uint64_t left = 0;
	double best = finder->best.score;

	for (uint32_t cut = 0; cut < n_cuts; cut++)
	{
		double score;

		left += scan->cells[cut];
		if (has_missing && cut + 1 < scan->n)
		{
			score = score_packed(&packed, left + missing);
			if (score > best)
			{
				best = score;
				*finder->best.left = left + missing;
				scan->best_cut = cut;
				scan->best_missing_left = true;
				scan->is_improved = true;
			}
		}
		score = score_packed(&packed, left);
		if (score > best)
		{
			best = score;
			*finder->best.left = left;
			scan->best_cut = cut;
			scan->best_missing_left = false;
			scan->is_improved = true;
		}
	}
	finder->best.score = best;
}

static void
run_scan(MlopsSplitFinder *finder, Scan *scan)
{
	scan->is_improved = false;
	if (finder->sums->kind != MLOPS_SUMS_PACKED || finder->criterion != MLOPS_CRITERION_GINI)
		scan_cells(finder, scan);
	else if (scan->has_missing)
		scan_packed_gini(finder, scan, true, class_weight(finder, 0), class_weight(finder, 1));
	else if (finder->class_weights != NULL)
		scan_packed_gini(finder, scan, false, finder->class_weights[0], finder->class_weights[1]);
	else
		scan_packed_gini(finder, scan, false, 1, 1);
}

/* Side of missing values of the best cut; without missing rows the heavier child. */
static bool
side_of_missing(const MlopsSplitFinder *finder, const Scan *scan)
{
	if (scan->has_missing)
		return scan->best_missing_left;
	memcpy(finder->right, scan->total, finder->sums->cell_words * sizeof(uint64_t));
	mlops_sums_subtract(finder->sums, finder->right, finder->best.left);
	return mlops_split_weight(finder, finder->best.left) >=
		   mlops_split_weight(finder, finder->right);
}

static void
find_numeric(MlopsSplitFinder *finder, uint32_t column, const MlopsField *field,
			 const MlopsPresent *present, Scan *scan)
{
	MlopsSplit *best = &finder->best;

	run_scan(finder, scan);
	if (!scan->is_improved)
		return;
	best->column = column;
	best->is_subset = false;
	best->n_set_codes = 0;
	best->missing_left = side_of_missing(finder, scan);
	/* the middle between the two codes that the node has; past the last: only missing is right */
	if (scan->best_cut + 1 < scan->n)
		best->threshold =
			((uint32_t) present->codes[scan->best_cut] + present->codes[scan->best_cut + 1] - 1) /
			2;
	else
		best->threshold = field->n_codes - 1;
}

/* Keys are rank << 16 | position: ranks of present levels differ. */
static int
compare_keys(const void *a, const void *b)
{
	return *(const uint32_t *) a < *(const uint32_t *) b ? -1 : 1;
}

static int
compare_codes(const void *a, const void *b)
{
	return *(const uint16_t *) a < *(const uint16_t *) b ? -1 : 1;
}

/* Copy the levels and their cells in the order of their ranks. */
static void
order_levels(MlopsSplitFinder *finder, const MlopsPresent *present, const uint16_t *ranks)
{
	uint32_t words = finder->sums->cell_words;
	uint32_t *keys = finder->keys;

	for (uint32_t i = 0; i < present->n; i++)
		keys[i] = (uint32_t) ranks[present->codes[i]] << 16 | i;
	qsort(keys, present->n, sizeof(uint32_t), compare_keys);
	for (uint32_t i = 0; i < present->n; i++)
	{
		uint32_t position = keys[i] & UINT16_MAX;

		finder->sorted_codes[i] = present->codes[position];
		memcpy(finder->sorted_cells + (size_t) i * words,
			   present->cells + (size_t) position * words, words * sizeof(uint64_t));
	}
}

/* Cut the levels in one order. */
static void
find_subset(MlopsSplitFinder *finder, uint32_t column, Scan *scan)
{
	MlopsSplit *best = &finder->best;
	uint32_t n_left, first, n;

	scan->cells = finder->sorted_cells;
	run_scan(finder, scan);
	if (!scan->is_improved)
		return;
	n_left = scan->best_cut + 1;
	best->column = column;
	best->is_subset = true;
	best->threshold = 0;
	best->missing_left = side_of_missing(finder, scan);
	/* the set holds the present levels of the side that missing does not take */
	first = best->missing_left ? n_left : 0;
	n = best->missing_left ? scan->n - n_left : n_left;
	best->n_set_codes = n;
	memcpy(best->set_codes, finder->sorted_codes + first, n * sizeof(uint16_t));
	qsort(best->set_codes, n, sizeof(uint16_t), compare_codes);
}

static void
find_categorical(MlopsSplitFinder *finder, uint32_t column, const MlopsPresent *present, Scan *scan)
{
	for (uint32_t k = 0; k < finder->orders->n_orders; k++)
	{
		order_levels(finder, present,
					 mlops_level_ranks(finder->orders, finder->dataset, column, k));
		find_subset(finder, column, scan);
	}
}

void
mlops_split_find(MlopsSplitFinder *finder, uint32_t column, const MlopsField *field,
				 const MlopsPresent *present, const uint64_t *total)
{
	Scan scan = { .cells = present->cells, .total = total, .n = present->n };

	scan.has_missing = present->has_missing;
	scan.missing = present->cells + (size_t) present->n * finder->sums->cell_words;
	if (field->kind == MLOPS_COLUMN_CATEGORICAL)
		find_categorical(finder, column, present, &scan);
	else
		find_numeric(finder, column, field, present, &scan);
}
