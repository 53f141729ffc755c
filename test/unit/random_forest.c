/*
 * Grown forests for tests.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec_internal.h"

#include "core/forest_part.h"

#include "random_forest.h"

static void
require(MlopsStatus status, const char *what)
{
	if (status == MLOPS_STATUS_OK)
		return;
	(void) fprintf(stderr, "%s: status %d\n", what, (int) status);
	exit(2);
}

/* A block that random_forest_free gives back. */
static void *
own(RandomForest *forest, size_t n, size_t size)
{
	void *block = random_alloc(n, size);
	void **owned = realloc(forest->owned, (forest->n_owned + 1) * sizeof(void *));

	if (owned == NULL)
		exit(2);
	owned[forest->n_owned++] = block;
	forest->owned = owned;
	return block;
}

/* A word "name-00042". */
static MlopsBytes
make_bytes(RandomForest *forest, const char *name, uint32_t number)
{
	char *text = own(forest, 32, 1);

	(void) snprintf(text, 32, "%s-%05u", name, (unsigned) number);
	return (MlopsBytes){ text, (uint32_t) strlen(text) };
}

/* In a forest with ordered columns every way to code a missing or unseen value occurs. */
static void
preprocess_column(const RandomForest *forest, MlopsColumn *column)
{
	if (forest->data.shape.n_ordered == 0)
		return;
	column->refuses_missing = column->feature % 4 == 3;
	if (!column->refuses_missing && column->feature % 4 != 0)
		column->missing_code = (uint16_t) (column->n_codes - 1);
	if (mlops_column_has_levels(column) && column->feature % 3 != 0)
		column->unseen_code = 0;
}

/* Give a column its name and cut points or levels. */
static void
describe_column(RandomForest *forest, uint32_t number)
{
	MlopsColumn *column = &forest->data.columns[number];
	double *edges = own(forest, column->n_codes, sizeof(double));
	MlopsBytes *levels = own(forest, column->n_codes, sizeof(MlopsBytes));
	uint16_t *codes = own(forest, column->n_codes, sizeof(uint16_t));

	column->name = make_bytes(forest, "column", number);
	preprocess_column(forest, column);
	if (!mlops_column_has_levels(column))
	{
		for (uint32_t i = 0; i + 1 < column->n_codes; i++)
			edges[i] = i + 0.5;
		column->edges = edges;
		return;
	}
	for (uint32_t i = 0; i < column->n_codes; i++)
	{
		levels[i] = make_bytes(forest, "level", i);
		codes[i] = (uint16_t) i;
	}
	column->n_levels = column->n_codes;
	column->levels = levels;
	column->level_codes = codes;
}

static void
grow_and_encode(RandomForest *forest, const MlopsGrowParams *params)
{
	MlopsGrower *grower = NULL;

	require(mlops_grower_create(forest->data.dataset, params, &plain_allocator, NULL, &grower),
			"mlops_grower_create");
	for (uint32_t k = 0; k < forest->spec.n_trees; k++)
	{
		forest->chunks[k + 1].allocator = &plain_allocator;
		require(mlops_grower_grow(grower, k, &forest->trees[k], NULL), "mlops_grower_grow");
		require(mlops_codec_encode_tree(&forest->spec, &forest->trees[k], &forest->tree_totals[k],
										&forest->chunks[k + 1]),
				"mlops_codec_encode_tree");
		forest->totals.n_nodes += forest->tree_totals[k].n_nodes;
		forest->totals.n_values += forest->tree_totals[k].n_values;
	}
	mlops_grower_free(grower);
	forest->chunks[0].allocator = &plain_allocator;
	mlops_codec_encode_header(&forest->spec, &forest->totals, &forest->chunks[0]);
}

void
random_forest_make(RandomForest *forest, const RandomShape *shape, uint32_t n_trees,
				   MlopsGrowParams params, bool has_weights)
{
	memset(forest, 0, sizeof(*forest));
	random_dataset_make(&forest->data, shape);
	for (uint32_t c = 0; c < shape->n_columns; c++)
		describe_column(forest, c);
	if (has_weights)
	{
		forest->class_weights = random_alloc(shape->n_classes, sizeof(double));
		for (uint32_t c = 0; c < shape->n_classes; c++)
			forest->class_weights[c] = 0.7 + c;
	}
	forest->spec = (MlopsForestSpec){ .task = shape->n_classes == 0 ? MLOPS_TASK_REGRESSION :
																	  MLOPS_TASK_CLASSIFICATION,
									  .n_classes = shape->n_classes,
									  .n_columns = shape->n_columns,
									  .n_trees = n_trees,
									  .columns = forest->data.columns,
									  .class_weights = forest->class_weights,
									  .target_centre = shape->n_classes == 0 ? 0.25 : 0,
									  .target_step = shape->n_classes == 0 ? 0.125 : 1 };
	params.criterion = shape->n_classes == 0 ? MLOPS_CRITERION_SQUARED_ERROR : MLOPS_CRITERION_GINI;
	params.class_weights = forest->class_weights;
	if (params.n_draws == 0)
		params.n_draws = shape->n_rows;
	if (params.max_features == 0)
		params.max_features = shape->n_columns;
	forest->trees = random_alloc(n_trees, sizeof(MlopsTree));
	forest->chunks = random_alloc(n_trees + 1, sizeof(MlopsBuffer));
	forest->tree_totals = random_alloc(n_trees, sizeof(MlopsForestTotals));
	grow_and_encode(forest, &params);
}

void
random_forest_free(RandomForest *forest)
{
	for (size_t i = 0; i < forest->n_owned; i++)
		free(forest->owned[i]);
	free((void *) forest->owned);
	for (uint32_t k = 0; k < forest->spec.n_trees; k++)
		mlops_tree_free(&forest->trees[k], &plain_allocator);
	for (uint32_t k = 0; k <= forest->spec.n_trees; k++)
		free(forest->chunks[k].bytes);
	free(forest->trees);
	free(forest->chunks);
	free(forest->tree_totals);
	free(forest->class_weights);
	random_dataset_free(&forest->data);
}

MlopsForest *
random_forest_decode(const RandomForest *forest)
{
	MlopsDecoder decoder;
	MlopsReason reason = { "" };

	require(mlops_decoder_begin(&decoder, forest->chunks[0].bytes, forest->chunks[0].n_bytes,
								SIZE_MAX, &plain_allocator, NULL, &reason),
			reason.text);
	for (uint32_t k = 0; k < forest->spec.n_trees; k++)
		require(mlops_decoder_add_tree(&decoder, forest->chunks[k + 1].bytes,
									   forest->chunks[k + 1].n_bytes, &reason),
				reason.text);
	require(mlops_decoder_end(&decoder, &reason), reason.text);
	return decoder.forest;
}

MlopsForest *
random_forest_decode_part(const RandomForest *forest, uint32_t first, uint32_t n)
{
	MlopsChunk *chunks = random_alloc(n, sizeof(MlopsChunk));
	MlopsForest *part;
	MlopsReason reason = { "" };

	for (uint32_t k = 0; k < n; k++)
		chunks[k] = (MlopsChunk){ forest->chunks[first + k + 1].bytes,
								  forest->chunks[first + k + 1].n_bytes };
	require(mlops_forest_part_decode(&forest->spec, chunks, forest->tree_totals + first, n,
									 &plain_allocator, &part, &reason),
			reason.text);
	free(chunks);
	return part;
}

void
random_forest_lanes(const RandomForest *forest, size_t row, uint16_t *lanes)
{
	lanes[0] = 0;
	for (uint32_t c = 0; c < forest->spec.n_columns; c++)
		lanes[c + 1] = random_dataset_code(&forest->data, c, row);
}

/* Add the value of a leaf entry. */
static void
add_entry(const RandomForest *forest, const MlopsTree *tree, const uint64_t *entry, double *out)
{
	uint32_t n_classes = forest->spec.n_classes;
	const double *weights =
		tree->class_weights != NULL ? tree->class_weights : forest->spec.class_weights;
	double sum = 0;

	if (n_classes == 0)
	{
		__extension__ __int128 total = (__int128) (((unsigned __int128) entry[1] << 64) | entry[0]);

		out[0] += forest->spec.target_centre +
				  forest->spec.target_step * ((double) total / (double) entry[2]);
		return;
	}
	for (uint32_t c = 0; c < n_classes; c++)
		sum += (weights == NULL ? 1 : weights[c]) * (double) entry[c];
	for (uint32_t c = n_classes == 2 ? 1 : 0; c < n_classes; c++)
		out[n_classes == 2 ? 0 : c] += (weights == NULL ? 1 : weights[c]) * (double) entry[c] / sum;
}

/* Side of a row; a numeric split has no set, and a tree without sets no block of them. */
static bool
goes_right(const MlopsTree *tree, const MlopsTreeNode *node, const uint16_t *lanes)
{
	const uint16_t *set = node->is_subset ? tree->set_codes + node->first_set_code : NULL;

	return random_goes_right(node, set, lanes[node->column + 1]);
}

void
random_forest_predict(const RandomForest *forest, const uint16_t *lanes, double *out)
{
	uint32_t n_outputs = mlops_n_outputs(forest->spec.n_classes);

	memset(out, 0, n_outputs * sizeof(double));
	for (uint32_t k = 0; k < forest->spec.n_trees; k++)
	{
		const MlopsTree *tree = &forest->trees[k];
		const MlopsTreeNode *node = tree->nodes;

		while (node->child != 0)
			node = &tree->nodes[node->child + goes_right(tree, node, lanes)];
		add_entry(forest, tree, tree->entries + (size_t) node->entry * tree->entry_words, out);
	}
	for (uint32_t i = 0; i < n_outputs; i++)
		out[i] /= forest->spec.n_trees;
}
