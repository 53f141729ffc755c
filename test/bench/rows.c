/*
 * Generated training rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/binning.h"
#include "core/forest_part.h"
#include "core/rng.h"

#include "random_dataset.h"
#include "rows.h"
#include "timing.h"

static double
uniform(MlopsRng *rng)
{
	return (double) (mlops_rng_next(rng) >> 11) / 9007199254740992.0;
}

/* 0 .. n - 1 as a double. */
static double
pick(MlopsRng *rng, uint32_t n)
{
	return mlops_rng_below(rng, n);
}

static double
make_airline(MlopsRng *rng, double *x)
{
	static const uint32_t n_values[] = { 12, 31, 7, 1440, 22, 290, 290, 2800 };

	for (int c = 0; c < 8; c++)
		x[c] = pick(rng, n_values[c]);
	return -2.3 + 0.0012 * (x[3] - 900) + 0.9 * sin(x[4] * 1.7) + 0.8 * sin(x[5] * 0.37) +
		   0.6 * cos(x[6] * 0.23) + 0.3 * sin(x[0] * 0.52) + 0.4 * (x[2] == 4 || x[2] == 5);
}

static double
make_loan(MlopsRng *rng, double *x)
{
	double n = floor(-3 * log(1 - uniform(rng)));
	double u = uniform(rng);

	x[0] = n;
	x[1] = n > 0 ? floor((200 + 4800 * u * u) * n) * 100 / n : 0;
	x[2] = 21 + pick(rng, 47);
	x[3] = fmin(floor(-7 * log(1 - uniform(rng))), x[2] - 18);
	x[4] = floor(uniform(rng) + 0.4);
	return -4.0 - 0.05 * (x[2] - 40) - 0.3 * x[4] - 0.08 * fmin(x[3], 15) +
		   0.5 * sin(x[1] / 70000) + (x[2] < 35 ? 0.35 * fmin(n, 4) : 0);
}

static double
make_wide(MlopsRng *rng, double *x)
{
	for (int c = 0; c < 28; c++)
		x[c] = uniform(rng) + uniform(rng) - 1;
	return 2 * x[0] * x[1] + x[2] - x[3] + 1.5 * sin(4 * x[4]) + fabs(x[5]) - x[6] * x[7] - 0.3;
}

void
rows_make(Rows *rows, const char *name, size_t n_rows)
{
	bool is_airline = strcmp(name, "airline") == 0;
	bool is_loan = strcmp(name, "loan") == 0;
	MlopsRng rng = mlops_rng_stream(1, 0);

	timing_require(is_airline || is_loan || strcmp(name, "wide") == 0, "a name of rows.h");
	rows->n_rows = n_rows;
	rows->n_columns = is_airline ? 8 : is_loan ? 5 : 28;
	rows->values = random_alloc(n_rows * rows->n_columns, sizeof(double));
	rows->scores = random_alloc(n_rows, sizeof(double));
	for (size_t i = 0; i < n_rows; i++)
	{
		double x[ROWS_COLUMNS_MAX];
		double odds = is_airline ? make_airline(&rng, x) :
					  is_loan	 ? make_loan(&rng, x) :
								   make_wide(&rng, x);
		double u = uniform(&rng);

		rows->scores[i] = odds + log((u + 1e-12) / (1 - u));
		for (uint32_t c = 0; c < rows->n_columns; c++)
			rows->values[c * n_rows + i] = x[c];
	}
}

void
rows_free(Rows *rows)
{
	free(rows->values);
	free(rows->scores);
	memset(rows, 0, sizeof(*rows));
}

/* Edges of a column from its first 200,000 rows, then the codes of all. */
static void
bin_column(const double *values, size_t n_rows, uint32_t max_bins, MlopsColumn *column,
		   uint16_t *codes)
{
	size_t n_sample = n_rows < 200000 ? n_rows : 200000;
	double *sample = random_alloc(n_sample, sizeof(double));
	double *edges;
	uint32_t n_edges;

	memcpy(sample, values, n_sample * sizeof(double));
	timing_require(mlops_binning_edges(sample, n_sample, max_bins, &plain_allocator, &edges,
									   &n_edges) == MLOPS_STATUS_OK,
				   "no memory");
	free(sample);
	*column = (MlopsColumn){ .n_codes = n_edges + 1, .edges = edges };
	mlops_column_code_numbers(column, values, n_rows, codes, 1);
}

static void
set_labels(const Rows *rows, uint32_t n_classes, MlopsDataset *dataset)
{
	uint32_t *classes = random_alloc(rows->n_rows, sizeof(uint32_t));
	int64_t *targets = random_alloc(rows->n_rows, sizeof(int64_t));

	for (size_t i = 0; i < rows->n_rows; i++)
	{
		double share = 1 / (1 + exp(-rows->scores[i]));
		uint32_t class_idx = (uint32_t) (share * n_classes);

		classes[i] = n_classes == 2			? rows->scores[i] > 0 :
					 class_idx >= n_classes ? n_classes - 1 :
											  class_idx;
		targets[i] = (int64_t) (rows->scores[i] * 1048576);
	}
	if (n_classes > 0)
		mlops_dataset_set_classes(dataset, classes);
	else
		mlops_dataset_set_targets(dataset, targets);
	free(classes);
	free(targets);
}

MlopsDataset *
rows_pack(const Rows *rows, uint32_t max_bins, uint32_t n_classes, bool is_weighted,
		  MlopsColumn *columns, double *cpu_ns)
{
	size_t n_rows = rows->n_rows;
	uint16_t *codes = random_alloc(n_rows * rows->n_columns, sizeof(uint16_t));
	uint32_t *weights = random_alloc(n_rows, sizeof(uint32_t));
	uint64_t state = 1;
	MlopsDataset *dataset;
	double started = timing_cpu_ns();

	for (uint32_t c = 0; c < rows->n_columns; c++)
		bin_column(rows->values + c * n_rows, n_rows, max_bins, &columns[c], codes + c * n_rows);
	*cpu_ns = timing_cpu_ns() - started;
	dataset = random_alloc(
		1, mlops_dataset_bytes(columns, rows->n_columns, n_rows, n_classes, is_weighted));
	(void) mlops_dataset_init(dataset, columns, rows->n_columns, n_rows, n_classes, is_weighted);
	for (uint32_t c = 0; c < rows->n_columns; c++)
		mlops_dataset_set_codes(dataset, c, 0, n_rows, codes + c * n_rows);
	set_labels(rows, n_classes, dataset);
	for (size_t i = 0; i < n_rows; i++)
		weights[i] = 1 + random_below(&state, 1000);
	if (is_weighted)
		mlops_dataset_set_weights(dataset, weights);
	free(weights);
	free(codes);
	return dataset;
}

void
rows_free_columns(MlopsColumn *columns, uint32_t n_columns)
{
	for (uint32_t c = 0; c < n_columns; c++)
	{
		union
		{
			const double *given;
			double *owned;
		} edges = { columns[c].edges };

		free(edges.owned);
	}
}

void
rows_make_forest(RandomForest *forest, uint32_t n_trees, uint32_t n_classes, uint32_t max_depth,
				 uint32_t n_categorical)
{
	RandomShape shape = { .seed = 1,
						  .n_rows = timing_rows() / 10,
						  .n_columns = ROWS_FOREST_COLUMNS,
						  .n_codes = 255,
						  .n_classes = n_classes,
						  .n_categorical = n_categorical };
	MlopsGrowParams params = { .max_depth = max_depth,
							   .max_features = 2,
							   .min_samples_split = 2,
							   .min_samples_leaf = 1,
							   .bootstrap = true,
							   .random_state = 1 };

	random_forest_make(forest, &shape, n_trees, params, false);
}

/* Grow trees, encode and decode them. */
static MlopsForest *
grow_and_decode(const MlopsDataset *dataset, const MlopsForestSpec *spec,
				const MlopsGrowParams *params)
{
	MlopsForestTotals *tree_totals = random_alloc(spec->n_trees, sizeof(MlopsForestTotals));
	MlopsBuffer *buffers = random_alloc(spec->n_trees, sizeof(MlopsBuffer));
	MlopsChunk *chunks = random_alloc(spec->n_trees, sizeof(MlopsChunk));
	MlopsTree tree = { 0 };
	MlopsForest *forest = NULL;
	MlopsReason reason = { "" };
	MlopsGrower *grower;

	timing_require(mlops_grower_create(dataset, params, &plain_allocator, NULL, &grower) ==
					   MLOPS_STATUS_OK,
				   "no memory");
	for (uint32_t k = 0; k < spec->n_trees; k++)
	{
		buffers[k].allocator = &plain_allocator;
		timing_require(mlops_grower_grow(grower, k, &tree, NULL) == MLOPS_STATUS_OK, "grow");
		timing_require(mlops_codec_encode_tree(spec, &tree, &tree_totals[k], &buffers[k]) ==
						   MLOPS_STATUS_OK,
					   "encode");
		chunks[k] = (MlopsChunk){ buffers[k].bytes, buffers[k].n_bytes };
	}
	timing_require(mlops_forest_part_decode(spec, chunks, tree_totals, spec->n_trees,
											&plain_allocator, &forest, &reason) == MLOPS_STATUS_OK,
				   reason.text);
	for (uint32_t k = 0; k < spec->n_trees; k++)
		free(buffers[k].bytes);
	mlops_tree_free(&tree, &plain_allocator);
	mlops_grower_free(grower);
	free(tree_totals);
	free(buffers);
	free(chunks);
	return forest;
}

MlopsForest *
rows_grow_forest(const Rows *rows, uint32_t max_bins, uint32_t n_trees, uint32_t max_depth,
				 uint16_t **lanes)
{
	MlopsColumn columns[ROWS_COLUMNS_MAX];
	double cpu_ns;
	MlopsDataset *dataset = rows_pack(rows, max_bins, 2, false, columns, &cpu_ns);
	MlopsGrowParams params = { .max_depth = max_depth,
							   .max_features = (uint32_t) sqrt(rows->n_columns),
							   .min_samples_split = 2,
							   .min_samples_leaf = 1,
							   .bootstrap = true,
							   .n_draws = dataset->n_rows,
							   .random_state = 1 };
	MlopsForestSpec spec = { .task = MLOPS_TASK_CLASSIFICATION,
							 .n_classes = 2,
							 .n_columns = rows->n_columns,
							 .n_trees = n_trees,
							 .columns = columns,
							 .target_step = 1 };
	MlopsForest *forest;

	*lanes = random_alloc(rows->n_rows * (rows->n_columns + 1), sizeof(uint16_t));
	for (uint32_t c = 0; c < rows->n_columns; c++)
	{
		columns[c].feature = c;
		columns[c].missing_code = MLOPS_CODE_MISSING;
		columns[c].unseen_code = MLOPS_CODE_MISSING;
	}
	mlops_dataset_unpack(dataset, 0, rows->n_rows, *lanes);
	forest = grow_and_decode(dataset, &spec, &params);
	free(dataset);
	rows_free_columns(columns, rows->n_columns);
	return forest;
}
