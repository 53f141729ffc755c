/*
 * Walking a forest with large sets of coded rows.
 */
#include <string.h>

#include "core/predict.h"
#include "core/predict_block.h"
#include "core/walk.h"

#define GROUP_ROWS MLOPS_WALKS
/* Places of a group that a node's 15 bits can name. */
#define PLACES_MAX (32768 / GROUP_ROWS)
/* A block: enough rows to be worth the copy of a large tree, within a bound. */
#define BLOCK_ROWS_MAX	  262144
#define BLOCK_ENTRIES_MAX (4 * 1024 * 1024)
/* Small trees are walked together, by parts of a block that stay in the cache as they do. */
#define BATCH_SLOTS	 16384
#define PART_ENTRIES 65536
/* With fewer rows for each node of a tree than one in so many, its copy costs more than it brings. */
#define SLOTS_PER_ROW_MAX 16
/* Words of sets that any code of a node without a set finds empty. */
#define EMPTY_WORDS (65536 / 64)
/* A tree whose sets take more words than this is walked where it is. */
#define SET_WORDS_PER_SLOT 2

#define AT_HAS_SET 0x8000u
#define AT_CODE	   0x7FFFu

/*
 * A node of the copy.  One with a set has t 65535, above no code, and the slot before its children has
 * in child the place of its set in the sets: a bit for each code, 1 = right.
 */
typedef struct BlockNode
{
	uint32_t child; /* as MlopsForestNode has it */
	uint16_t at;	/* of the first row's code in a group; a leaf: 0, where codes are 0 */
	uint16_t t;
} BlockNode;

/* Where nodes that ask for a lane find its codes. */
typedef struct BlockLane
{
	uint16_t at[2];		   /* by missing-left */
	uint16_t minus[2];	   /* from t: no row misses the value, so missing-left needs no 1 in both */
	uint16_t missing_code; /* of a missing value in the table; with sets one above the last */
	uint16_t set_words;	   /* 0: no sets */
	bool has_missing;
} BlockLane;

typedef struct BlockWalk
{
	const MlopsForest *forest;
	const MlopsAllocator *allocator;
	BlockLane *lanes;	/* [n_lanes] */
	uint16_t *table;	/* [block_rows / GROUP_ROWS][n_places][GROUP_ROWS] codes */
	BlockNode *nodes;	/* [1 + n_slots] of the copied trees, behind a slot that is not used */
	uint64_t *sets;		/* [EMPTY_WORDS + n_slots * SET_WORDS_PER_SLOT], or NULL */
	uint64_t *is_set;	/* [n_slots / 64 + 1] slots of the tree at hand that hold sets, or NULL */
	size_t n_set_words; /* so far */
	size_t n_lanes;
	size_t n_places;
	size_t block_rows; /* a multiple of GROUP_ROWS */
	size_t n_slots;
} BlockWalk;

static void
free_walk(BlockWalk *walk)
{
	mlops_free(walk->allocator, walk->lanes);
	mlops_free(walk->allocator, walk->table);
	mlops_free(walk->allocator, walk->nodes);
	mlops_free(walk->allocator, walk->sets);
	mlops_free(walk->allocator, walk->is_set);
}

/* Give each lane its place, and a second one if thresholds meet missing codes in it. */
static void
place_lanes(BlockWalk *walk, const uint16_t *codes, size_t n_rows)
{
	const MlopsForestColumn *columns = mlops_forest_at(walk->forest, walk->forest->columns_offset);
	size_t n_lanes = walk->n_lanes;

	for (size_t i = 0; i < n_rows; i++)
	{
		for (size_t k = 0; k < n_lanes; k++)
			walk->lanes[k].has_missing |= codes[i * n_lanes + k] == MLOPS_CODE_MISSING;
	}
	walk->n_places = n_lanes;
	for (size_t k = 0; k < n_lanes; k++)
	{
		BlockLane *lane = &walk->lanes[k];
		bool has_sets = k > 0 && columns[k - 1].kind == MLOPS_COLUMN_CATEGORICAL;
		size_t second = lane->has_missing && !has_sets ? walk->n_places++ : k;

		lane->at[0] = (uint16_t) (k * GROUP_ROWS);
		lane->at[1] = (uint16_t) (second * GROUP_ROWS);
		lane->minus[1] = second == k;
		lane->missing_code = has_sets ? (uint16_t) columns[k - 1].n_codes : MLOPS_CODE_MISSING;
		lane->set_words = has_sets ? (uint16_t) (columns[k - 1].n_codes / 64 + 1) : 0;
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

static bool
alloc_sets(BlockWalk *walk)
{
	if (walk->forest->has_subsets == 0)
		return true;
	walk->sets = mlops_alloc(walk->allocator, EMPTY_WORDS + walk->n_slots * SET_WORDS_PER_SLOT,
							 sizeof(uint64_t));
	walk->is_set = mlops_alloc(walk->allocator, walk->n_slots / 64 + 1, sizeof(uint64_t));
	if (walk->sets != NULL)
		memset(walk->sets, 0, EMPTY_WORDS * sizeof(uint64_t));
	return walk->sets != NULL && walk->is_set != NULL;
}

static MlopsStatus
begin_walk(BlockWalk *walk, const uint16_t *codes, size_t n_rows)
{
	size_t n_groups = (n_rows + GROUP_ROWS - 1) / GROUP_ROWS;
	size_t n_groups_max;

	walk->lanes = mlops_alloc_zero(walk->allocator, walk->n_lanes, sizeof(BlockLane));
	if (walk->lanes == NULL)
		return MLOPS_STATUS_NOMEM;
	place_lanes(walk, codes, n_rows);
	n_groups_max = BLOCK_ENTRIES_MAX / GROUP_ROWS / walk->n_places;
	n_groups = n_groups < n_groups_max ? n_groups : n_groups_max;
	n_groups = n_groups < BLOCK_ROWS_MAX / GROUP_ROWS ? n_groups : BLOCK_ROWS_MAX / GROUP_ROWS;
	walk->block_rows = n_groups * GROUP_ROWS;
	walk->n_slots = count_slots(walk->forest);
	walk->table = mlops_alloc(walk->allocator, walk->block_rows, walk->n_places * sizeof(uint16_t));
	walk->nodes = mlops_alloc(walk->allocator, 1 + walk->n_slots, sizeof(BlockNode));
	return walk->table == NULL || walk->nodes == NULL || !alloc_sets(walk) ? MLOPS_STATUS_NOMEM :
																			 MLOPS_STATUS_OK;
}

/* Codes of one group of n rows, the rest of a last one 0. */
static void
lay_out_group(const BlockWalk *walk, const uint16_t *codes, size_t n, uint16_t *group)
{
	size_t n_lanes = walk->n_lanes;

	if (n < GROUP_ROWS)
		memset(group, 0, walk->n_places * GROUP_ROWS * sizeof(uint16_t));
	for (size_t i = 0; i < n; i++)
	{
		for (size_t k = 0; k < n_lanes; k++)
			group[k * GROUP_ROWS + i] = codes[i * n_lanes + k];
	}
	for (size_t k = 0; k < n_lanes; k++)
	{
		const BlockLane *lane = &walk->lanes[k];
		uint16_t *plain = group + lane->at[0];
		uint16_t *added = group + lane->at[1];

		for (size_t i = 0; lane->has_missing && i < GROUP_ROWS; i++)
		{
			plain[i] = plain[i] == MLOPS_CODE_MISSING ? lane->missing_code : plain[i];
			if (added != plain)
				added[i] = (uint16_t) (plain[i] + 1);
		}
	}
}

static void
lay_out_block(const BlockWalk *walk, const uint16_t *codes, size_t n_rows)
{
	for (size_t first = 0; first < n_rows; first += GROUP_ROWS)
		lay_out_group(walk, codes + first * walk->n_lanes,
					  n_rows - first < GROUP_ROWS ? n_rows - first : GROUP_ROWS,
					  walk->table + first * walk->n_places);
}

static inline BlockNode
copy_node(const BlockLane *lanes, const MlopsForestNode *node)
{
	const BlockLane *lane = &lanes[node->where & MLOPS_NODE_LANE];
	uint32_t missing_left = (node->where & MLOPS_NODE_MISSING_LEFT) != 0;

	return (BlockNode){ node->child, lane->at[missing_left],
						(uint16_t) (node->t - lane->minus[missing_left]) };
}

/* Write the set of a node as bits of the codes that go right. */
static void
write_set(const MlopsForestNode *nodes, const MlopsForestNode *node, size_t n_words,
		  uint64_t *words)
{
	uint32_t n = node->t & (MLOPS_SET_BITS - 1u);
	bool has_bits = (node->t & MLOPS_SET_BITS) != 0;
	const MlopsForestNode *members = nodes + node->child - (has_bits ? n : (n + 3) / 4);

	/* members go to the side opposite of missing */
	memset(words, (node->where & MLOPS_NODE_MISSING_LEFT) != 0 ? 0 : 0xFF,
		   n_words * sizeof(uint64_t));
	for (uint32_t i = 0; i < n; i++)
	{
		uint64_t word;
		uint16_t code;

		memcpy(&word, members + (has_bits ? i : 0), sizeof(word));
		memcpy(&code, (const char *) members + (has_bits ? 0 : i * sizeof(code)), sizeof(code));
		words[has_bits ? i : code / 64u] ^= has_bits ? word : UINT64_C(1) << (code % 64);
	}
}

/* Copy a node with a set; false if there is no room for the set. */
static bool
copy_set_node(BlockWalk *walk, const MlopsForestNode *nodes, uint32_t s, BlockNode *copy)
{
	const MlopsForestNode *node = &nodes[s];
	const BlockLane *lane = &walk->lanes[node->where & MLOPS_NODE_LANE];
	uint32_t n = node->t & (MLOPS_SET_BITS - 1u);
	uint32_t n_slots = (node->t & MLOPS_SET_BITS) != 0 ? n : (n + 3) / 4;

	if (walk->n_set_words + lane->set_words > EMPTY_WORDS + walk->n_slots * SET_WORDS_PER_SLOT)
		return false;
	for (uint32_t k = node->child - n_slots; k < node->child; k++)
		walk->is_set[k / 64] |= UINT64_C(1) << (k % 64);
	write_set(nodes, node, lane->set_words, walk->sets + walk->n_set_words);
	copy[s] = (BlockNode){ node->child, (uint16_t) (AT_HAS_SET | lane->at[0]), UINT16_MAX };
	copy[node->child - 1].child = (uint32_t) walk->n_set_words;
	walk->n_set_words += lane->set_words;
	return true;
}

/* Copy a tree; false if its sets take too many words. */
static bool
copy_tree(BlockWalk *walk, const MlopsForestTree *tree, BlockNode *copy)
{
	const MlopsForestNode *nodes = mlops_walk_nodes(walk->forest, tree);

	if (walk->sets == NULL)
	{
		for (uint32_t s = 0; s < tree->n_slots; s++)
			copy[s] = copy_node(walk->lanes, &nodes[s]);
		return true;
	}
	memset(walk->is_set, 0, (tree->n_slots / 64 + 1) * sizeof(uint64_t));
	for (uint32_t s = 0; s < tree->n_slots; s++)
	{
		/* a node stands before its set and its children */
		if ((walk->is_set[s / 64] >> (s % 64) & 1) != 0)
			continue;
		if ((nodes[s].where & MLOPS_NODE_SUBSET) == 0)
			copy[s] = copy_node(walk->lanes, &nodes[s]);
		else if (!copy_set_node(walk, nodes, s, copy))
			return false;
	}
	return true;
}

/* One step of a row whose code of place p is group[p]; sets is NULL if the forest has none. */
static inline uint32_t
step(const BlockNode *nodes, uint32_t slot, const uint16_t *group, const uint64_t *sets)
{
	const BlockNode *node = nodes + slot;
	uint32_t code, set, right;

	if (sets == NULL)
		return node->child + (group[node->at] > node->t);
	/* both questions are answered, since a choice between them would be guessed wrong */
	code = group[node->at & AT_CODE];
	set = (nodes - 1)[node->child].child & (0 - node->at / AT_HAS_SET);
	right = (uint32_t) (sets[set + code / 64] >> (code % 64)) & 1;
	return node->child + (right | (code > node->t));
}

/* One step of all rows of a group. */
static inline void
step_group(const BlockNode *nodes, const uint16_t *group, const uint64_t *sets, uint32_t *slots)
{
	MLOPS_UNROLL_WALKS
	for (int i = 0; i < GROUP_ROWS; i++)
		slots[i] = step(nodes, slots[i], group + i, sets);
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
 *   steps   IN/OUT  of mlops_walk_next_steps: what one group needs the next will need
 */
static inline void
walk_group(const BlockNode *nodes, const uint16_t *group, const uint64_t *sets, uint32_t *steps,
		   uint32_t *slots)
{
	uint32_t taken[GROUP_ROWS] = { 0 };
	uint32_t n_more = 0;

	for (uint32_t k = 0; k < *steps / 16; k++)
		step_group(nodes, group, sets, taken);
	for (; !are_leaves(nodes, taken); n_more++)
		step_group(nodes, group, sets, taken);
	*steps = mlops_walk_next_steps(*steps, n_more);
	memcpy(slots, taken, sizeof(taken));
}

/* Add the values of the leaves of n rows. */
static inline void
add_leaves(const double *values, uint32_t n_outputs, bool is_by_node, const BlockNode *nodes,
		   const uint32_t *slots, size_t n, double *sums)
{
	for (size_t i = 0; i < n; i++)
	{
		const double *value =
			values + (size_t) (is_by_node ? slots[i] : nodes[slots[i]].t) * n_outputs;

		for (uint32_t k = 0; k < n_outputs; k++)
			sums[i * n_outputs + k] += value[k];
	}
}

/* Walk n rows of the table from a group on down one tree. */
static void
walk_tree(const BlockWalk *walk, const MlopsForestTree *tree, const BlockNode *nodes,
		  const uint16_t *groups, size_t n_rows, double *sums)
{
	const double *values =
		(const double *) mlops_forest_at(walk->forest, walk->forest->values_offset) +
		tree->first_value;
	const uint64_t *sets = walk->sets;
	uint32_t n_outputs = walk->forest->n_outputs;
	bool is_by_node = tree->values_by_node != 0;
	size_t group_entries = walk->n_places * GROUP_ROWS;
	uint32_t steps = 0;

	for (size_t first = 0; first < n_rows; first += GROUP_ROWS)
	{
		size_t n = n_rows - first < GROUP_ROWS ? n_rows - first : GROUP_ROWS;
		uint32_t slots[GROUP_ROWS];

		if (sets == NULL)
			walk_group(nodes, groups, NULL, &steps, slots);
		else
			walk_group(nodes, groups, sets, &steps, slots);
		if (n_outputs == 1 && !is_by_node && n == GROUP_ROWS)
			add_leaves(values, 1, false, nodes, slots, GROUP_ROWS, sums);
		else
			add_leaves(values, n_outputs, is_by_node, nodes, slots, n, sums);
		groups += group_entries;
		sums += (size_t) n_outputs * GROUP_ROWS;
	}
}

/* Copy trees from the first on while they fit; returns their number, 0 if not even one does. */
static uint32_t
copy_batch(BlockWalk *walk, uint32_t first)
{
	const MlopsForestTree *trees = mlops_walk_trees(walk->forest);
	size_t n_slots = 0;
	uint32_t t = first;

	walk->n_set_words = EMPTY_WORDS;
	for (; t < walk->forest->n_trees && n_slots + trees[t].n_slots <= walk->n_slots; t++)
	{
		if (!copy_tree(walk, &trees[t], walk->nodes + 1 + n_slots))
			break;
		n_slots += trees[t].n_slots;
	}
	return t - first;
}

/* Walk the block that is laid out down the trees of a batch, in parts if there are several. */
static void
walk_batch(const BlockWalk *walk, uint32_t first, uint32_t n, size_t n_rows, double *sums)
{
	const MlopsForestTree *trees = mlops_walk_trees(walk->forest) + first;
	size_t part = PART_ENTRIES / GROUP_ROWS / walk->n_places * GROUP_ROWS;

	part = n == 1 ? n_rows : part < GROUP_ROWS ? GROUP_ROWS : part;
	for (size_t row = 0; row < n_rows; row += part)
	{
		const BlockNode *nodes = walk->nodes + 1;

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
walk_blocks(BlockWalk *walk, const uint16_t *codes, size_t n_rows, const MlopsCancel *cancel,
			double *sums)
{
	size_t n_outputs = walk->forest->n_outputs;

	for (size_t first = 0; first < n_rows; first += walk->block_rows)
	{
		size_t n = n_rows - first < walk->block_rows ? n_rows - first : walk->block_rows;
		uint32_t n_trees;

		lay_out_block(walk, codes + first * walk->n_lanes, n);
		for (uint32_t t = 0; t < walk->forest->n_trees; t += n_trees)
		{
			if (mlops_cancelled(cancel))
				return MLOPS_STATUS_CANCELLED;
			n_trees = copy_batch(walk, t);
			walk_batch(walk, t, n_trees, n, sums + first * n_outputs);
			if (n_trees > 0)
				continue;
			n_trees = 1;
			mlops_predict_add_tree(walk->forest, t, codes + first * walk->n_lanes, n,
								   sums + first * n_outputs);
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
					   .n_lanes = (size_t) forest->n_columns + 1 };
	MlopsStatus status;

	if (2 * walk.n_lanes > PLACES_MAX ||
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
