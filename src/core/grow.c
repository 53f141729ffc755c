/*
 * Growing trees.
 *
 * 1. bag: the bootstrap's multiplicities are drawn, and the rows that are in
 *    the bag are copied into buffer A with their multiplicity.
 * 2. a node is a range of rows in buffer A or B.  Its best cut is searched
 *    among randomly drawn columns; if there is one, its rows move to the same
 *    range of the other buffer, left child first.
 * 3. depth first, left first, with an explicit stack; with max_leaf_nodes the
 *    node of the greatest impurity decrease first, with a heap.
 *
 *    buffer A  [ . . node . . . . . ]         buffer B  [ . . left | right . . ]
 *
 *    The ranges of pending nodes never overlap, so a node's range in the buffer
 *    that it is not in is free.
 *
 * Columns are drawn without replacement.  A column that is constant in the node
 * counts as drawn, but drawing goes on while all drawn ones were constant, as
 * scikit-learn does.  All columns of the first max_features draws are summed in
 * pairs, one pass over the rows for two.
 *
 * Not handled: several processes on one tree.
 */
#include <string.h>

#include "core/grow_internal.h"

static void
free_buffers(MlopsGrower *grower)
{
	mlops_free(&grower->allocator, grower->buffers[0]);
	mlops_free(&grower->allocator, grower->buffers[1]);
	grower->buffers[0] = grower->buffers[1] = NULL;
	grower->buffer_rows = 0;
}

void
mlops_grower_free(MlopsGrower *grower)
{
	MlopsAllocator allocator;

	if (grower == NULL)
		return;
	allocator = grower->allocator;
	free_buffers(grower);
	mlops_split_finder_free(&grower->finder, &allocator);
	mlops_level_orders_free(&grower->orders, &allocator);
	mlops_histogram_free(&grower->histograms[0], &allocator);
	mlops_histogram_free(&grower->histograms[1], &allocator);
	mlops_free(&allocator, grower->counts);
	mlops_free(&allocator, grower->columns);
	mlops_free(&allocator, grower->sides);
	mlops_free(&allocator, grower->total);
	mlops_free(&allocator, grower->stack);
	mlops_free(&allocator, grower->stack_sums);
	mlops_free(&allocator, grower->frontier.nodes);
	mlops_free(&allocator, grower->frontier.sums);
	mlops_free(&allocator, grower->frontier.sets);
	mlops_free(&allocator, grower->frontier.heap);
	mlops_free(&allocator, grower->subsample_weights);
	mlops_free(&allocator, grower);
}

static bool
has_categories(const MlopsDataset *dataset)
{
	for (uint32_t c = 0; c < dataset->n_columns; c++)
	{
		if (mlops_dataset_fields(dataset)[c].kind == MLOPS_COLUMN_CATEGORICAL)
			return true;
	}
	return false;
}

/* Allocate all scratch but the row buffers. */
static bool
alloc_scratch(MlopsGrower *grower)
{
	const MlopsAllocator *allocator = &grower->allocator;
	const MlopsDataset *dataset = grower->dataset;

	grower->counts = mlops_alloc(allocator, dataset->n_rows, sizeof(uint8_t));
	grower->columns = mlops_alloc(allocator, dataset->n_columns, sizeof(uint32_t));
	grower->sides = mlops_alloc(allocator, (size_t) UINT16_MAX + 1, sizeof(uint8_t));
	grower->total = mlops_alloc(allocator, grower->sums.cell_words, sizeof(uint64_t));
	grower->subsample_weights = mlops_alloc(allocator, dataset->n_classes, sizeof(double));
	return grower->counts != NULL &&
		   mlops_level_orders_alloc(&grower->orders, dataset, allocator) &&
		   grower->columns != NULL && grower->sides != NULL && grower->total != NULL &&
		   grower->subsample_weights != NULL &&
		   mlops_split_finder_alloc(&grower->finder, &grower->sums, has_categories(dataset),
									allocator) &&
		   mlops_histogram_alloc(&grower->histograms[0], &grower->sums, dataset->max_codes,
								 allocator) &&
		   mlops_histogram_alloc(&grower->histograms[1], &grower->sums, dataset->max_codes,
								 allocator);
}

MlopsStatus
mlops_grower_create(const MlopsDataset *dataset, const MlopsGrowParams *params,
					const MlopsAllocator *allocator, const MlopsCancel *cancel,
					MlopsGrower **grower)
{
	MlopsGrower *made = mlops_alloc_zero(allocator, 1, sizeof(MlopsGrower));
	uint64_t n_draws = params->bootstrap ? params->n_draws : dataset->n_rows;

	*grower = NULL;
	if (made == NULL)
		return MLOPS_STATUS_NOMEM;
	made->allocator = *allocator;
	made->cancel = cancel;
	made->dataset = dataset;
	made->params = *params;
	mlops_sums_init(&made->sums, dataset, params->min_samples_leaf,
					dataset->n_rows < n_draws ? dataset->n_rows : n_draws, n_draws);
	if (!alloc_scratch(made))
	{
		mlops_grower_free(made);
		return MLOPS_STATUS_NOMEM;
	}
	made->finder.dataset = dataset;
	made->finder.orders = &made->orders;
	made->finder.criterion = params->criterion;
	made->finder.min_samples_leaf = params->min_samples_leaf;
	made->finder.class_weights = params->class_weights;
	*grower = made;
	return MLOPS_STATUS_OK;
}

MlopsRng
mlops_bootstrap_draw(const MlopsGrowParams *params, uint64_t n_rows, uint32_t number,
					 uint8_t *counts)
{
	MlopsRng rng = mlops_rng_stream(params->random_state, number);

	if (!params->bootstrap)
	{
		memset(counts, 1, n_rows);
		return rng;
	}
	memset(counts, 0, n_rows);
	for (uint64_t i = 0; i < params->n_draws; i++)
	{
		uint8_t *count = &counts[mlops_rng_below(&rng, (uint32_t) n_rows)];

		*count = (uint8_t) (*count + (*count < UINT8_MAX));
	}
	return rng;
}

/* Buffer rows that the bag needs: a multiplicity above 15 takes several rows. */
static size_t
count_bag_rows(const MlopsGrower *grower)
{
	size_t n = 0;

	for (size_t i = 0; i < grower->dataset->n_rows; i++)
		n += (grower->counts[i] + MLOPS_MULTIPLICITY_MAX - 1u) / MLOPS_MULTIPLICITY_MAX;
	return n;
}

/* Make both buffers hold n_rows; earlier contents are lost. */
static MlopsStatus
reserve_buffers(MlopsGrower *grower, size_t n_rows)
{
	size_t row_bytes = grower->dataset->n_words * sizeof(uint64_t);

	if (n_rows <= grower->buffer_rows)
		return MLOPS_STATUS_OK;
	free_buffers(grower);
	n_rows += n_rows / 256; /* the next trees' bags differ a little in size */
	for (int i = 0; i < 2; i++)
	{
		grower->buffers[i] = mlops_alloc(&grower->allocator, n_rows, row_bytes);
		if (grower->buffers[i] == NULL)
		{
			free_buffers(grower);
			return MLOPS_STATUS_NOMEM;
		}
	}
	grower->buffer_rows = n_rows;
	return MLOPS_STATUS_OK;
}

/* Copy the rows of the bag into buffer 0 and sum them up in total. */
static void
fill_bag(MlopsGrower *grower)
{
	const MlopsDataset *dataset = grower->dataset;
	const uint64_t *row = mlops_dataset_rows(dataset);
	uint64_t *target = grower->buffers[0];
	uint32_t n_words = dataset->n_words;

	memset(grower->total, 0, grower->sums.cell_words * sizeof(uint64_t));
	for (size_t i = 0; i < dataset->n_rows; i++, row += n_words)
	{
		uint32_t left = grower->counts[i];

		while (left > 0)
		{
			uint32_t m = left < MLOPS_MULTIPLICITY_MAX ? left : MLOPS_MULTIPLICITY_MAX;

			memcpy(target, row, n_words * sizeof(uint64_t));
			target[0] |= (uint64_t) m << dataset->class_bits;
			mlops_sums_add_row(dataset, &grower->sums, target, grower->total);
			target += n_words;
			left -= m;
		}
	}
}

/* balanced_subsample: n / (n_classes * n_c) from this tree's own draws. */
static MlopsStatus
weigh_classes(MlopsGrower *grower)
{
	uint32_t n_classes = grower->sums.n_classes;
	double n = 0;

	if (!grower->params.balanced_subsample)
		return MLOPS_STATUS_OK;
	if (grower->tree->class_weights == NULL)
		grower->tree->class_weights = mlops_alloc(&grower->allocator, n_classes, sizeof(double));
	if (grower->tree->class_weights == NULL)
		return MLOPS_STATUS_NOMEM;
	for (uint32_t c = 0; c < n_classes; c++)
		n += mlops_sums_class(&grower->sums, grower->total, c);
	for (uint32_t c = 0; c < n_classes; c++)
	{
		double count = mlops_sums_class(&grower->sums, grower->total, c);

		/* a class that the bag lacks has no rows to weigh */
		grower->subsample_weights[c] = count > 0 ? n / (n_classes * count) : 1.0;
		grower->tree->class_weights[c] = grower->subsample_weights[c];
	}
	grower->finder.class_weights = grower->subsample_weights;
	return MLOPS_STATUS_OK;
}

/* Order the levels of all categorical columns by the rows of the bag. */
static void
order_levels(MlopsGrower *grower, size_t n_rows)
{
	for (uint32_t c = 0; c < grower->dataset->n_columns; c++)
	{
		const MlopsField *field = &mlops_dataset_fields(grower->dataset)[c];

		if (field->kind != MLOPS_COLUMN_CATEGORICAL)
			continue;
		mlops_histogram_build(grower->dataset, &grower->sums, grower->buffers[0], n_rows, &field,
							  grower->histograms, 1);
		mlops_level_orders_build(&grower->orders, grower->dataset, &grower->sums, c,
								 &grower->histograms[0].present, grower->total);
	}
}

MlopsStatus
mlops_grower_grow(MlopsGrower *grower, uint32_t number, MlopsTree *tree,
				  const MlopsImportance *importance)
{
	MlopsPendingNode root = { 0 };
	MlopsStatus status;

	mlops_tree_reset(tree);
	tree->entry_words =
		grower->sums.n_classes > 0 ? grower->sums.n_classes : MLOPS_REGRESSION_ENTRY_WORDS;
	grower->tree = tree;
	grower->importance = importance;
	grower->rng =
		mlops_bootstrap_draw(&grower->params, grower->dataset->n_rows, number, grower->counts);
	for (uint32_t c = 0; c < grower->dataset->n_columns; c++)
		grower->columns[c] = c;
	root.n_rows = count_bag_rows(grower);
	status = reserve_buffers(grower, root.n_rows);
	if (status != MLOPS_STATUS_OK)
		return status;
	fill_bag(grower);
	order_levels(grower, root.n_rows);
	status = weigh_classes(grower);
	if (status != MLOPS_STATUS_OK)
		return status;
	grower->root_weight = mlops_split_weight(&grower->finder, grower->total);
	status = mlops_grower_add_node(grower, &root.node);
	if (status != MLOPS_STATUS_OK)
		return status;
	return mlops_grower_run(grower, &root);
}
