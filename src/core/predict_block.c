/*
 * Walking a forest with large sets of coded rows.
 */
#include <string.h>

#include "core/predict.h"
#include "core/predict_block.h"
#include "core/walk.h"

#define GROUP_ROWS MLOPS_WALKS
/* Places of a group that a node's 16 bits can name. */
#define PLACES_MAX (65536 / GROUP_ROWS)
/* A block: enough rows to be worth the copy of a large tree, within a bound. */
#define BLOCK_ROWS_MAX	  262144
#define BLOCK_ENTRIES_MAX (4 * 1024 * 1024)
/* Small trees are walked together, by parts of a block that stay in the cache as they do. */
#define BATCH_SLOTS	 16384
#define PART_ENTRIES 65536
/* With fewer rows for each node of a tree than one in so many, its copy costs more than it brings. */
#define SLOTS_PER_ROW_MAX 16

typedef struct BlockNode
{
	uint32_t child; /* as MlopsForestNode has it, in the copy of the tree */
	uint16_t at;	/* of the first row's code in a group; a leaf: 0, where codes are 0 */
	uint16_t t;
} BlockNode;

/* Where a node finds its codes. */
typedef struct LanePlace
{
	uint16_t at;
	uint16_t minus; /* from t: no row misses the value, so that missing-left needs no 1 in both */
} LanePlace;

typedef struct BlockWalk
{
	const MlopsForest *forest;
	const MlopsAllocator *allocator;
	LanePlace *places; /* [n_lanes][2] by lane and missing-left */
	uint16_t *table;   /* [block_rows / GROUP_ROWS][n_places][GROUP_ROWS] codes */
	BlockNode *nodes;  /* [n_slots] of the copied trees */
	uint32_t n_lanes;
	uint32_t n_places;
	size_t block_rows; /* a multiple of GROUP_ROWS */
	size_t n_slots;
} BlockWalk;

static void
free_walk(BlockWalk *walk)
{
	mlops_free(walk->allocator, walk->places);
	mlops_free(walk->allocator, walk->table);
	mlops_free(walk->allocator, walk->nodes);
}

/* Give each lane its place, and a second one if a code is missing in it. */
static void
place_lanes(BlockWalk *walk, const uint16_t *lanes, size_t n_rows)
{
	LanePlace *places = walk->places;
	uint32_t n_lanes = walk->n_lanes;

	for (size_t i = 0; i < n_rows; i++)
	{
		for (uint32_t lane = 0; lane < n_lanes; lane++)
			places[2 * lane].minus |= lanes[i * n_lanes + lane] == MLOPS_CODE_MISSING;
	}
	walk->n_places = n_lanes;
	for (uint32_t lane = 0; lane < n_lanes; lane++)
	{
		bool has_missing = places[2 * lane].minus != 0;
		uint32_t second = has_missing ? walk->n_places++ : lane;

		places[2 * lane] = (LanePlace){ (uint16_t) (lane * GROUP_ROWS), 0 };
		places[2 * lane + 1] = (LanePlace){ (uint16_t) (second * GROUP_ROWS), !has_missing };
	}
}

/* Slots of the largest tree, or of a batch of small ones. */
static size_t
count_slots(const MlopsForest *forest)
{
	const MlopsForestTree *trees = mlops_walk_trees(forest);
	size_t n = BATCH_SLOTS < forest->n_nodes ? BATCH_SLOTS : (size_t) forest->n_nodes;

	for (uint32_t t = 0; t < forest->n_trees; t++)
		n = trees[t].n_slots > n ? trees[t].n_slots : n;
	return n;
}

static MlopsStatus
begin_walk(BlockWalk *walk, const uint16_t *lanes, size_t n_rows)
{
	size_t n_groups = (n_rows + GROUP_ROWS - 1) / GROUP_ROWS;
	size_t n_groups_max;

	walk->places = mlops_alloc_zero(walk->allocator, walk->n_lanes, 2 * sizeof(LanePlace));
	if (walk->places == NULL)
		return MLOPS_STATUS_NOMEM;
	place_lanes(walk, lanes, n_rows);
	n_groups_max = BLOCK_ENTRIES_MAX / GROUP_ROWS / walk->n_places;
	n_groups_max = n_groups_max > 0 ? n_groups_max : 1;
	n_groups = n_groups < n_groups_max ? n_groups : n_groups_max;
	n_groups = n_groups < BLOCK_ROWS_MAX / GROUP_ROWS ? n_groups : BLOCK_ROWS_MAX / GROUP_ROWS;
	walk->block_rows = n_groups * GROUP_ROWS;
	walk->table = mlops_alloc(walk->allocator, walk->block_rows, walk->n_places * sizeof(uint16_t));
	walk->n_slots = count_slots(walk->forest);
	walk->nodes = mlops_alloc(walk->allocator, walk->n_slots, sizeof(BlockNode));
	return walk->table == NULL || walk->nodes == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;
}

/* Codes of one group of n rows, the rest of a last one 0. */
static void
lay_out_group(const BlockWalk *walk, const uint16_t *lanes, size_t n, uint16_t *group)
{
	uint32_t n_lanes = walk->n_lanes;

	if (n < GROUP_ROWS)
		memset(group, 0, walk->n_places * GROUP_ROWS * sizeof(uint16_t));
	for (size_t i = 0; i < n; i++)
	{
		for (uint32_t lane = 0; lane < n_lanes; lane++)
			group[lane * GROUP_ROWS + i] = lanes[i * n_lanes + lane];
	}
	for (uint32_t lane = 0; walk->n_places > n_lanes && lane < n_lanes; lane++)
	{
		const uint16_t *plain = group + walk->places[2 * lane].at;
		uint16_t *added = group + walk->places[2 * lane + 1].at;

		for (size_t i = 0; added != plain && i < GROUP_ROWS; i++)
			added[i] = (uint16_t) (plain[i] + 1);
	}
}

static void
lay_out_block(const BlockWalk *walk, const uint16_t *lanes, size_t n_rows)
{
	for (size_t first = 0; first < n_rows; first += GROUP_ROWS)
		lay_out_group(walk, lanes + first * walk->n_lanes,
					  n_rows - first < GROUP_ROWS ? n_rows - first : GROUP_ROWS,
					  walk->table + first * walk->n_places);
}

static void
copy_tree(const BlockWalk *walk, const MlopsForestTree *tree, BlockNode *copy)
{
	const MlopsForestNode *nodes = mlops_walk_nodes(walk->forest, tree);

	for (uint32_t s = 0; s < tree->n_slots; s++)
	{
		uint32_t where = nodes[s].where;
		LanePlace place =
			walk->places[2 * (where & MLOPS_NODE_LANE) + ((where & MLOPS_NODE_MISSING_LEFT) != 0)];

		copy[s] = (BlockNode){ nodes[s].child, place.at, (uint16_t) (nodes[s].t - place.minus) };
	}
}

/* One step of all rows of a group. */
static inline void
step_group(const BlockNode *nodes, const uint16_t *group, uint32_t *slots)
{
	MLOPS_UNROLL_WALKS
	for (int i = 0; i < GROUP_ROWS; i++)
	{
		const BlockNode *node = nodes + slots[i];

		slots[i] = node->child + (group[node->at + i] > node->t);
	}
}

/* True if each row of a group has its leaf. */
static inline bool
are_leaves(const BlockNode *nodes, const uint32_t *slots)
{
	uint32_t any = 0;

	MLOPS_UNROLL_WALKS
	for (int i = 0; i < GROUP_ROWS; i++)
		any |= nodes[slots[i]].at;
	return any == 0;
}

/*
 * Walk a group down to its leaves.
 *
 *   n_steps   IN/OUT  steps before the first look whether leaves are reached: what one group needs the
 *                     next will need
 */
static inline void
walk_group(const BlockNode *nodes, const uint16_t *group, uint32_t *n_steps, uint32_t *slots)
{
	uint32_t taken[GROUP_ROWS] = { 0 };
	uint32_t n_more = 0;

	for (uint32_t k = 0; k < *n_steps; k++)
		step_group(nodes, group, taken);
	for (; !are_leaves(nodes, taken); n_more++)
		step_group(nodes, group, taken);
	*n_steps = mlops_walk_next_steps(*n_steps, n_more);
	memcpy(slots, taken, sizeof(taken));
}

/* Add the values of the leaves of n rows. */
static inline void
add_leaves(const MlopsForest *forest, const MlopsForestTree *tree, const BlockNode *nodes,
		   const uint32_t *slots, size_t n, double *sums)
{
	const double *values =
		(const double *) mlops_forest_at(forest, forest->values_offset) + tree->first_value;
	uint32_t n_outputs = forest->n_outputs;

	for (size_t i = 0; i < n; i++)
	{
		const double *value =
			values +
			(size_t) (tree->values_by_node != 0 ? slots[i] : nodes[slots[i]].t) * n_outputs;

		for (uint32_t k = 0; k < n_outputs; k++)
			sums[i * n_outputs + k] += value[k];
	}
}

/* Walk n rows of the table from a group on down one tree. */
static void
walk_tree(const BlockWalk *walk, const MlopsForestTree *tree, const BlockNode *nodes,
		  const uint16_t *groups, size_t n_rows, double *sums)
{
	const MlopsForest *forest = walk->forest;
	size_t group_entries = (size_t) walk->n_places * GROUP_ROWS;
	uint32_t n_steps = 0;

	for (size_t first = 0; first < n_rows; first += GROUP_ROWS)
	{
		size_t n = n_rows - first < GROUP_ROWS ? n_rows - first : GROUP_ROWS;
		uint32_t slots[GROUP_ROWS];

		walk_group(nodes, groups, &n_steps, slots);
		if (forest->n_outputs == 1 && n == GROUP_ROWS)
			add_leaves(forest, tree, nodes, slots, GROUP_ROWS, sums);
		else
			add_leaves(forest, tree, nodes, slots, n, sums);
		groups += group_entries;
		sums += GROUP_ROWS * forest->n_outputs;
	}
}

/* Copy trees from the first on while they fit; returns their number, at least 1. */
static uint32_t
copy_batch(const BlockWalk *walk, uint32_t first)
{
	const MlopsForestTree *trees = mlops_walk_trees(walk->forest);
	size_t n_slots = 0;
	uint32_t t = first;

	for (; t < walk->forest->n_trees && n_slots + trees[t].n_slots <= walk->n_slots; t++)
	{
		copy_tree(walk, &trees[t], walk->nodes + n_slots);
		n_slots += trees[t].n_slots;
	}
	return t - first;
}

/* Walk the block that is laid out down the trees of a batch, in parts if there are several. */
static void
walk_batch(const BlockWalk *walk, uint32_t first, uint32_t n, size_t n_rows, double *sums)
{
	const MlopsForestTree *trees = mlops_walk_trees(walk->forest) + first;
	size_t part = PART_ENTRIES / walk->n_places / GROUP_ROWS * GROUP_ROWS;

	part = n == 1 ? n_rows : part < GROUP_ROWS ? GROUP_ROWS : part;
	for (size_t row = 0; row < n_rows; row += part)
	{
		const BlockNode *nodes = walk->nodes;

		for (uint32_t t = 0; t < n; t++)
		{
			walk_tree(walk, &trees[t], nodes, walk->table + row * walk->n_places,
					  n_rows - row < part ? n_rows - row : part,
					  sums + row * walk->forest->n_outputs);
			nodes += trees[t].n_slots;
		}
	}
}

static MlopsStatus
walk_blocks(const BlockWalk *walk, const uint16_t *lanes, size_t n_rows, const MlopsCancel *cancel,
			double *sums)
{
	for (size_t first = 0; first < n_rows; first += walk->block_rows)
	{
		size_t n = n_rows - first < walk->block_rows ? n_rows - first : walk->block_rows;
		uint32_t n_trees;

		lay_out_block(walk, lanes + first * walk->n_lanes, n);
		for (uint32_t t = 0; t < walk->forest->n_trees; t += n_trees)
		{
			if (mlops_cancelled(cancel))
				return MLOPS_STATUS_CANCELLED;
			n_trees = copy_batch(walk, t);
			walk_batch(walk, t, n_trees, n, sums + first * walk->forest->n_outputs);
		}
	}
	return MLOPS_STATUS_OK;
}

/* The walks of predict.h. */
static MlopsStatus
add_without_copies(const MlopsForest *forest, const uint16_t *lanes, size_t n_rows,
				   const MlopsCancel *cancel, double *sums)
{
	for (size_t first = 0; first < n_rows; first += BLOCK_ROWS_MAX)
	{
		size_t n = n_rows - first < BLOCK_ROWS_MAX ? n_rows - first : BLOCK_ROWS_MAX;

		for (uint32_t t = 0; t < forest->n_trees; t++)
		{
			if (mlops_cancelled(cancel))
				return MLOPS_STATUS_CANCELLED;
			mlops_predict_add_tree(forest, t, lanes + first * mlops_forest_n_lanes(forest), n,
								   sums + first * forest->n_outputs);
		}
	}
	return MLOPS_STATUS_OK;
}

MlopsStatus
mlops_predict_block_add(const MlopsForest *forest, const uint16_t *lanes, size_t n_rows,
						const MlopsAllocator *allocator, const MlopsCancel *cancel, double *sums)
{
	BlockWalk walk = { .forest = forest,
					   .allocator = allocator,
					   .n_lanes = mlops_forest_n_lanes(forest) };
	MlopsStatus status;

	if (forest->has_subsets != 0 || 2 * walk.n_lanes > PLACES_MAX ||
		n_rows < forest->n_nodes / forest->n_trees / SLOTS_PER_ROW_MAX)
		return add_without_copies(forest, lanes, n_rows, cancel, sums);
	status = begin_walk(&walk, lanes, n_rows);
	if (status == MLOPS_STATUS_OK)
		status = walk_blocks(&walk, lanes, n_rows, cancel, sums);
	free_walk(&walk);
	return status;
}

MlopsStatus
mlops_predict_block(const MlopsForest *forest, const uint16_t *lanes, size_t n_rows,
					const MlopsAllocator *allocator, const MlopsCancel *cancel, double *out)
{
	MlopsStatus status;

	memset(out, 0, n_rows * forest->n_outputs * sizeof(double));
	status = mlops_predict_block_add(forest, lanes, n_rows, allocator, cancel, out);
	for (size_t i = 0; i < n_rows * forest->n_outputs; i++)
		out[i] /= forest->n_trees;
	return status;
}
