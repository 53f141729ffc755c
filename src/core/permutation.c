/*
 * Permutation importance.
 *
 *   1  trace    each row of a block walks the tree once; the first node of its path that asks for a
 *               feature is put on that feature's list
 *   2  resume   for each feature and repeat the rows of its list whose codes change walk on from that
 *               node, sixteen at a time; all others keep their leaf
 */
#include <string.h>

#include "core/permutation.h"
#include "core/rng.h"
#include "core/walk.h"

#define ROWS_AT_ONCE 16
/* The lists of a block: many rows serve a tree while it is in the cache, within a bound. */
#define BLOCK_ROWS_MAX	16384
#define BLOCK_ROWS_MIN	64
#define BLOCK_STOPS_MAX (1024 * 1024)

/* Where a row's path first asks for a feature. */
typedef struct Stop
{
	uint32_t row; /* in the block */
	uint32_t slot;
} Stop;

struct MlopsPermutation
{
	MlopsPermutationPlan plan;
	MlopsAllocator allocator;
	uint32_t n_trees; /* added so far */
	size_t block_rows;
	double *baseline;		   /* [n_rows][n_outputs] */
	double *sums;			   /* [n_features][n_repeats][n_rows][n_outputs] */
	uint32_t *sources;		   /* [n_features][n_repeats][n_rows] */
	uint32_t *first_lane;	   /* [n_features + 1] of a feature, in lanes_of */
	uint32_t *lanes_of;		   /* [n_columns] lanes in the order of their features */
	uint32_t *feature_of_lane; /* [n_columns + 1] */
	uint32_t *n_stops;		   /* [n_features] of the block */
	Stop *stops;			   /* [n_features][block_rows] */
	Stop *walks;			   /* [block_rows] stops whose codes change */
	uint32_t *seen;			   /* [n_features] last row of the block that stopped there, + 1 */
	uint16_t *lanes;		   /* [block_rows][n_columns + 1] of the block, shuffled */
	double *leaves;			   /* [block_rows][n_outputs] as they are */
	double *values;			   /* [block_rows][n_outputs] as shuffled */
};

double
mlops_permutation_row_bytes(uint32_t n_features, uint32_t n_repeats, uint32_t n_outputs)
{
	double values = n_outputs * (double) sizeof(double);

	return (double) n_features * n_repeats * (values + (double) sizeof(uint32_t)) + values;
}

/* Fisher and Yates. */
static void
shuffle(uint32_t *sources, uint32_t n, uint64_t seed, uint32_t repeat)
{
	MlopsRng rng = mlops_rng_stream((int64_t) seed, repeat);

	for (uint32_t i = 0; i < n; i++)
		sources[i] = i;
	for (uint32_t i = n - 1; i > 0; i--)
	{
		uint32_t j = mlops_rng_below(&rng, i + 1);
		uint32_t kept = sources[i];

		sources[i] = sources[j];
		sources[j] = kept;
	}
}

/* Number of a shuffle. */
static size_t
shuffle_of(const MlopsPermutation *permutation, uint32_t feature, uint32_t repeat)
{
	return (size_t) feature * permutation->plan.n_repeats + repeat;
}

/* Sort the lanes by feature. */
static void
list_lanes(MlopsPermutation *permutation)
{
	const MlopsPermutationPlan *plan = &permutation->plan;
	uint32_t n = 0;

	permutation->feature_of_lane[0] = MLOPS_PERMUTATION_NONE;
	for (uint32_t c = 0; c < plan->n_columns; c++)
	{
		uint32_t feature = plan->feature_of[c];

		permutation->feature_of_lane[c + 1] = feature;
		if (feature != MLOPS_PERMUTATION_NONE)
			permutation->first_lane[feature + 1]++;
	}
	for (uint32_t f = 0; f < plan->n_features; f++)
	{
		uint32_t n_lanes = permutation->first_lane[f + 1];

		permutation->first_lane[f + 1] = n;
		n += n_lanes;
	}
	/* first_lane[f + 1] moves from the first lane of f to its end, which is the first of f + 1 */
	for (uint32_t c = 0; c < plan->n_columns; c++)
	{
		if (plan->feature_of[c] != MLOPS_PERMUTATION_NONE)
			permutation->lanes_of[permutation->first_lane[plan->feature_of[c] + 1]++] = c + 1;
	}
}

static size_t
choose_block_rows(const MlopsPermutationPlan *plan)
{
	size_t n = BLOCK_STOPS_MAX / (plan->n_features > 0 ? plan->n_features : 1);

	n = n < BLOCK_ROWS_MIN ? BLOCK_ROWS_MIN : n > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : n;
	return n < plan->n_rows ? n : plan->n_rows;
}

static bool
alloc_arrays(MlopsPermutation *permutation)
{
	const MlopsPermutationPlan *plan = &permutation->plan;
	const MlopsAllocator *allocator = &permutation->allocator;
	size_t n_features = plan->n_features;
	size_t n_shuffles = n_features * plan->n_repeats;
	size_t n_values = plan->n_rows * plan->n_outputs;
	size_t block_values = permutation->block_rows * plan->n_outputs;
	size_t n_lanes = (size_t) plan->n_columns + 1;

	permutation->baseline = mlops_alloc_zero(allocator, n_values, sizeof(double));
	permutation->sums = mlops_alloc_zero(allocator, n_values, n_shuffles * sizeof(double));
	permutation->sources = mlops_alloc(allocator, plan->n_rows, n_shuffles * sizeof(uint32_t));
	permutation->first_lane = mlops_alloc_zero(allocator, n_features + 1, sizeof(uint32_t));
	permutation->lanes_of = mlops_alloc(allocator, n_lanes, sizeof(uint32_t));
	permutation->feature_of_lane = mlops_alloc(allocator, n_lanes, sizeof(uint32_t));
	permutation->n_stops = mlops_alloc(allocator, n_features, sizeof(uint32_t));
	permutation->stops = mlops_alloc(allocator, permutation->block_rows, n_features * sizeof(Stop));
	permutation->walks = mlops_alloc(allocator, permutation->block_rows, sizeof(Stop));
	permutation->seen = mlops_alloc(allocator, n_features, sizeof(uint32_t));
	permutation->lanes =
		mlops_alloc(allocator, permutation->block_rows, n_lanes * sizeof(uint16_t));
	permutation->leaves = mlops_alloc(allocator, block_values, sizeof(double));
	permutation->values = mlops_alloc(allocator, block_values, sizeof(double));
	return permutation->baseline != NULL && permutation->sums != NULL &&
		   permutation->sources != NULL && permutation->first_lane != NULL &&
		   permutation->lanes_of != NULL && permutation->feature_of_lane != NULL &&
		   permutation->n_stops != NULL && permutation->stops != NULL &&
		   permutation->walks != NULL && permutation->seen != NULL && permutation->lanes != NULL &&
		   permutation->leaves != NULL && permutation->values != NULL;
}

MlopsStatus
mlops_permutation_create(const MlopsPermutationPlan *plan, const MlopsAllocator *allocator,
						 MlopsPermutation **permutation)
{
	MlopsPermutation *made = mlops_alloc_zero(allocator, 1, sizeof(MlopsPermutation));

	*permutation = NULL;
	if (made == NULL)
		return MLOPS_STATUS_NOMEM;
	made->plan = *plan;
	made->allocator = *allocator;
	made->block_rows = choose_block_rows(plan);
	if (!alloc_arrays(made))
	{
		mlops_permutation_free(made);
		return MLOPS_STATUS_NOMEM;
	}
	list_lanes(made);
	for (uint32_t f = 0; f < plan->n_features; f++)
	{
		for (uint32_t r = 0; r < plan->n_repeats; r++)
			shuffle(made->sources + shuffle_of(made, f, r) * plan->n_rows, (uint32_t) plan->n_rows,
					plan->seeds[f], r);
	}
	*permutation = made;
	return MLOPS_STATUS_OK;
}

void
mlops_permutation_free(MlopsPermutation *permutation)
{
	MlopsAllocator allocator;

	if (permutation == NULL)
		return;
	allocator = permutation->allocator;
	mlops_free(&allocator, permutation->baseline);
	mlops_free(&allocator, permutation->sums);
	mlops_free(&allocator, permutation->sources);
	mlops_free(&allocator, permutation->first_lane);
	mlops_free(&allocator, permutation->lanes_of);
	mlops_free(&allocator, permutation->feature_of_lane);
	mlops_free(&allocator, permutation->n_stops);
	mlops_free(&allocator, permutation->stops);
	mlops_free(&allocator, permutation->walks);
	mlops_free(&allocator, permutation->seen);
	mlops_free(&allocator, permutation->lanes);
	mlops_free(&allocator, permutation->leaves);
	mlops_free(&allocator, permutation->values);
	mlops_free(&allocator, permutation);
}

/* A tree, as the loops below take it. */
typedef struct Tree
{
	const MlopsForest *forest;
	const MlopsForestTree *tree;
	const MlopsForestNode *nodes;
} Tree;

/* Walk a row of the block and list where it first asks for each feature; returns its leaf. */
static uint32_t
trace_row(MlopsPermutation *permutation, const Tree *tree, uint32_t row, const uint16_t *lanes)
{
	uint32_t slot = 0;

	for (;;)
	{
		uint32_t lane = tree->nodes[slot].where & MLOPS_NODE_LANE;
		uint32_t feature = permutation->feature_of_lane[lane];

		if (lane == 0)
			return slot;
		if (feature != MLOPS_PERMUTATION_NONE && permutation->seen[feature] != row + 1)
		{
			Stop *stops = permutation->stops + feature * permutation->block_rows;

			permutation->seen[feature] = row + 1;
			stops[permutation->n_stops[feature]++] = (Stop){ row, slot };
		}
		slot = mlops_walk_step(tree->nodes, slot, lanes, tree->forest->has_subsets != 0);
	}
}

/* Add a tree's leaves of the block to the baseline, and list its stops. */
static void
trace_block(MlopsPermutation *permutation, const Tree *tree, size_t first_row, uint32_t n)
{
	uint32_t n_outputs = permutation->plan.n_outputs;
	size_t n_lanes = (size_t) permutation->plan.n_columns + 1;
	const uint16_t *lanes = permutation->plan.lanes + first_row * n_lanes;
	double *baseline = permutation->baseline + first_row * n_outputs;

	memset(permutation->n_stops, 0, permutation->plan.n_features * sizeof(uint32_t));
	memset(permutation->seen, 0, permutation->plan.n_features * sizeof(uint32_t));
	for (uint32_t row = 0; row < n; row++)
	{
		uint32_t leaf = trace_row(permutation, tree, row, lanes + row * n_lanes);
		const double *value = mlops_walk_leaf(tree->forest, tree->tree, tree->nodes, leaf);

		memcpy(permutation->leaves + (size_t) row * n_outputs, value, n_outputs * sizeof(double));
		for (uint32_t k = 0; k < n_outputs; k++)
			baseline[(size_t) row * n_outputs + k] += value[k];
	}
}

/* Give the rows that stop at a feature their shuffled codes; returns how many of them change. */
static uint32_t
shuffle_block(MlopsPermutation *permutation, uint32_t feature, uint32_t repeat, size_t first_row)
{
	const MlopsPermutationPlan *plan = &permutation->plan;
	size_t n_lanes = (size_t) plan->n_columns + 1;
	const uint32_t *sources =
		permutation->sources + shuffle_of(permutation, feature, repeat) * plan->n_rows + first_row;
	const Stop *stops = permutation->stops + feature * permutation->block_rows;
	uint32_t n = 0;

	for (uint32_t i = 0; i < permutation->n_stops[feature]; i++)
	{
		uint32_t row = stops[i].row;
		const uint16_t *from = plan->lanes + sources[row] * n_lanes;
		const uint16_t *now = plan->lanes + (first_row + row) * n_lanes;
		uint16_t *to = permutation->lanes + row * n_lanes;
		bool is_changed = false;

		for (uint32_t k = permutation->first_lane[feature];
			 k < permutation->first_lane[feature + 1]; k++)
		{
			uint32_t lane = permutation->lanes_of[k];

			is_changed |= from[lane] != now[lane];
			to[lane] = from[lane];
		}
		permutation->walks[n] = stops[i];
		n += is_changed;
	}
	return n;
}

/* Walk n rows, n <= ROWS_AT_ONCE, on from where they stopped and put their values. */
static inline void
resume_rows(const MlopsPermutation *permutation, const Tree *tree, const Stop *walks, uint32_t n,
			bool has_subsets)
{
	size_t n_lanes = (size_t) permutation->plan.n_columns + 1;
	uint32_t n_outputs = permutation->plan.n_outputs;
	const uint16_t *lanes[ROWS_AT_ONCE];
	uint32_t slots[ROWS_AT_ONCE];
	uint32_t n_moving = n;

	for (uint32_t i = 0; i < n; i++)
	{
		lanes[i] = permutation->lanes + walks[i].row * n_lanes;
		slots[i] = walks[i].slot;
	}
	while (n_moving > 0)
	{
		n_moving = 0;
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t next = mlops_walk_step(tree->nodes, slots[i], lanes[i], has_subsets);

			n_moving += next != slots[i];
			slots[i] = next;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		memcpy(permutation->values + (size_t) walks[i].row * n_outputs,
			   mlops_walk_leaf(tree->forest, tree->tree, tree->nodes, slots[i]),
			   n_outputs * sizeof(double));
}

static void
resume_walks(const MlopsPermutation *permutation, const Tree *tree, uint32_t n)
{
	for (uint32_t first = 0; first < n; first += ROWS_AT_ONCE)
	{
		const Stop *walks = permutation->walks + first;
		uint32_t left = n - first < ROWS_AT_ONCE ? n - first : ROWS_AT_ONCE;

		if (tree->forest->has_subsets != 0)
			resume_rows(permutation, tree, walks, left, true);
		else if (left == ROWS_AT_ONCE)
			resume_rows(permutation, tree, walks, ROWS_AT_ONCE, false);
		else
			resume_rows(permutation, tree, walks, left, false);
	}
}

/* Let the codes of a feature be as they were. */
static void
restore_block(MlopsPermutation *permutation, uint32_t feature, size_t first_row)
{
	size_t n_lanes = (size_t) permutation->plan.n_columns + 1;
	const Stop *stops = permutation->stops + feature * permutation->block_rows;

	for (uint32_t i = 0; i < permutation->n_stops[feature]; i++)
	{
		for (uint32_t k = permutation->first_lane[feature];
			 k < permutation->first_lane[feature + 1]; k++)
		{
			size_t at = permutation->lanes_of[k];

			permutation->lanes[stops[i].row * n_lanes + at] =
				permutation->plan.lanes[(first_row + stops[i].row) * n_lanes + at];
		}
	}
}

/* Add a tree's values of the block's n rows under all shuffles of a feature. */
static void
add_feature(MlopsPermutation *permutation, const Tree *tree, uint32_t feature, size_t first_row,
			uint32_t n)
{
	const MlopsPermutationPlan *plan = &permutation->plan;
	size_t n_values = (size_t) n * plan->n_outputs;

	for (uint32_t r = 0; r < plan->n_repeats; r++)
	{
		double *sums =
			permutation->sums +
			(shuffle_of(permutation, feature, r) * plan->n_rows + first_row) * plan->n_outputs;
		const double *values = permutation->leaves;
		uint32_t n_walks = shuffle_block(permutation, feature, r, first_row);

		if (n_walks > 0)
		{
			memcpy(permutation->values, permutation->leaves, n_values * sizeof(double));
			resume_walks(permutation, tree, n_walks);
			values = permutation->values;
		}
		for (size_t i = 0; i < n_values; i++)
			sums[i] += values[i];
	}
	restore_block(permutation, feature, first_row);
}

MlopsStatus
mlops_permutation_add_tree(MlopsPermutation *permutation, const MlopsForest *forest,
						   uint32_t number, const MlopsCancel *cancel)
{
	const MlopsPermutationPlan *plan = &permutation->plan;
	size_t n_lanes = (size_t) plan->n_columns + 1;
	Tree tree = { .forest = forest, .tree = mlops_walk_trees(forest) + number };

	tree.nodes = mlops_walk_nodes(forest, tree.tree);
	for (size_t first = 0; first < plan->n_rows; first += permutation->block_rows)
	{
		size_t left = plan->n_rows - first;
		uint32_t n = (uint32_t) (left < permutation->block_rows ? left : permutation->block_rows);

		memcpy(permutation->lanes, plan->lanes + first * n_lanes, n * n_lanes * sizeof(uint16_t));
		trace_block(permutation, &tree, first, n);
		for (uint32_t f = 0; f < plan->n_features; f++)
		{
			if (mlops_cancelled(cancel))
				return MLOPS_STATUS_CANCELLED;
			add_feature(permutation, &tree, f, first, n);
		}
	}
	permutation->n_trees++;
	return MLOPS_STATUS_OK;
}

void
mlops_permutation_finish(MlopsPermutation *permutation)
{
	const MlopsPermutationPlan *plan = &permutation->plan;
	size_t n_values = plan->n_rows * plan->n_outputs;
	size_t n_shuffled = n_values * plan->n_features * plan->n_repeats;

	for (size_t i = 0; i < n_values; i++)
		permutation->baseline[i] /= permutation->n_trees;
	for (size_t i = 0; i < n_shuffled; i++)
		permutation->sums[i] /= permutation->n_trees;
}

const double *
mlops_permutation_baseline(const MlopsPermutation *permutation)
{
	return permutation->baseline;
}

const double *
mlops_permutation_outputs(const MlopsPermutation *permutation, uint32_t feature, uint32_t repeat)
{
	return permutation->sums + shuffle_of(permutation, feature, repeat) * permutation->plan.n_rows *
								   permutation->plan.n_outputs;
}

const uint32_t *
mlops_permutation_sources(const MlopsPermutation *permutation, uint32_t feature, uint32_t repeat)
{
	return permutation->sources +
		   shuffle_of(permutation, feature, repeat) * permutation->plan.n_rows;
}
