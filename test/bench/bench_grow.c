/*
 * Whole trees: CPU milliseconds of one tree, and a checksum of its bytes, by which a changed kernel shows that
 * it grows the same trees.
 *
 *   bench_grow          all variants, as rows of the kernels' table
 *   bench_grow tricks   the six that a trick is measured by: "NAME MILLISECONDS CHECKSUM"
 *
 * BENCH_TREES (default 10) trees each; least of BENCH_ROUNDS for each tree, summed up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec.h"
#include "core/crc32c.h"
#include "core/grow.h"

#include "random_dataset.h"
#include "rows.h"
#include "timing.h"

#define MAX_TREES 1000

typedef struct Variant
{
	const char *name;
	const char *rows;
	uint32_t max_bins;
	uint32_t n_classes;
	bool is_weighted;
	uint32_t max_depth; /* 0: no limit */
	uint32_t min_leaf;
	bool is_trick; /* tricks are measured by it */
} Variant;

static const Variant variants[] = {
	{ "airline d20", "airline", 255, 2, false, 20, 1, true },
	{ "airline full", "airline", 255, 2, false, 0, 1, true },
	{ "loan d10 leaf 20", "loan", 255, 2, false, 10, 20, true },
	{ "loan full", "loan", 255, 2, false, 0, 1, true },
	{ "wide d20", "wide", 255, 2, false, 20, 1, true },
	{ "airline d20", "airline", 1023, 2, false, 20, 1, false },
	{ "airline d20", "airline", 4095, 2, false, 20, 1, false },
	{ "airline d20, 3 classes", "airline", 255, 3, false, 20, 1, false },
	{ "airline d20, 10 classes", "airline", 255, 10, false, 20, 1, false },
	{ "airline d20, regression", "airline", 255, 0, false, 20, 1, false },
	{ "airline d20, weights", "airline", 255, 2, true, 20, 1, false },
	{ "wide d20", "wide", 1023, 2, false, 20, 1, false },
};

/* Milliseconds a tree, nodes a tree, and the checksum of all trees. */
typedef struct Measured
{
	double tree_ms;
	double binning_ms;
	double n_nodes;
	uint32_t checksum;
} Measured;

static uint32_t
n_trees(void)
{
	const char *given = getenv("BENCH_TREES");
	long n = given == NULL ? 10 : strtol(given, NULL, 10);

	return n < 1 ? 1 : n > MAX_TREES ? MAX_TREES : (uint32_t) n;
}

static MlopsGrowParams
params_of(const Variant *variant, const MlopsDataset *dataset)
{
	uint32_t max_features = 1;

	while ((max_features + 1) * (max_features + 1) <= dataset->n_columns)
		max_features++;
	return (MlopsGrowParams){ .criterion = variant->n_classes == 0 ? MLOPS_CRITERION_SQUARED_ERROR :
																	 MLOPS_CRITERION_GINI,
							  .max_depth = variant->max_depth,
							  .max_features = max_features,
							  .min_samples_split = 2,
							  .min_samples_leaf = variant->min_leaf,
							  .bootstrap = true,
							  .n_draws = dataset->n_rows,
							  .random_state = 1 };
}

/* Grow every tree once a round; least time of each. */
static void
time_trees(MlopsGrower *grower, uint32_t n, MlopsTree *tree, double *least)
{
	for (int round = 0; round < 3; round++)
	{
		for (uint32_t k = 0; k < n; k++)
		{
			double started = timing_cpu_ns();
			double taken;

			timing_require(mlops_grower_grow(grower, k, tree, NULL) == MLOPS_STATUS_OK, "grow");
			taken = timing_cpu_ns() - started;
			if (round == 0 || taken < least[k])
				least[k] = taken;
		}
	}
}

/* Encode every tree into one checksum. */
static void
sum_up(MlopsGrower *grower, const MlopsForestSpec *spec, MlopsTree *tree, Measured *measured)
{
	MlopsBuffer all = { .allocator = &plain_allocator };
	MlopsForestTotals totals = { 0 };

	for (uint32_t k = 0; k < spec->n_trees; k++)
	{
		timing_require(mlops_grower_grow(grower, k, tree, NULL) == MLOPS_STATUS_OK, "grow");
		timing_require(mlops_codec_encode_tree(spec, tree, &totals, &all) == MLOPS_STATUS_OK,
					   "encode");
		measured->n_nodes += (double) tree->n_nodes / spec->n_trees;
	}
	measured->checksum = mlops_crc32c(all.bytes, all.n_bytes);
	free(all.bytes);
}

static Measured
measure(const Variant *variant, const Rows *rows)
{
	static double least[MAX_TREES];
	MlopsColumn columns[ROWS_COLUMNS_MAX];
	Measured measured = { 0 };
	double cpu_ns;
	MlopsDataset *dataset = rows_pack(rows, variant->max_bins, variant->n_classes,
									  variant->is_weighted, columns, &cpu_ns);
	MlopsGrowParams params = params_of(variant, dataset);
	MlopsForestSpec spec = { .task = variant->n_classes == 0 ? MLOPS_TASK_REGRESSION :
															   MLOPS_TASK_CLASSIFICATION,
							 .n_classes = variant->n_classes,
							 .n_columns = rows->n_columns,
							 .n_trees = n_trees(),
							 .columns = columns,
							 .target_step = 1 };
	MlopsTree tree = { 0 };
	MlopsGrower *grower;

	timing_require(mlops_grower_create(dataset, &params, &plain_allocator, NULL, &grower) ==
					   MLOPS_STATUS_OK,
				   "no memory");
	sum_up(grower, &spec, &tree, &measured);
	time_trees(grower, spec.n_trees, &tree, least);
	for (uint32_t k = 0; k < spec.n_trees; k++)
		measured.tree_ms += least[k] / 1e6 / spec.n_trees;
	measured.binning_ms = cpu_ns / 1e6;
	mlops_grower_free(grower);
	mlops_tree_free(&tree, &plain_allocator);
	free(dataset);
	rows_free_columns(columns, rows->n_columns);
	return measured;
}

static void
print_measured(const Variant *variant, const Measured *measured, bool is_tricks)
{
	char text[96];

	if (is_tricks)
	{
		(void) printf("%s|%.3f|%08x\n", variant->name, measured->tree_ms, measured->checksum);
		if (strcmp(variant->name, "airline d20") == 0)
			(void) printf("binning airline|%.3f|-\n", measured->binning_ms);
		return;
	}
	(void) snprintf(text, sizeof(text), "%s, %u bins, %.0f nodes", variant->name, variant->max_bins,
					measured->n_nodes);
	timing_print("grow", text, "tree, ms", 1, TIMING_NONE, measured->tree_ms);
}

int
main(int argc, char **argv)
{
	bool is_tricks = argc > 1 && strcmp(argv[1], "tricks") == 0;
	const char *made = "";
	Rows rows = { 0 };

	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++)
	{
		const Variant *variant = &variants[v];
		Measured measured;

		if (is_tricks && !variant->is_trick)
			continue;
		if (strcmp(made, variant->rows) != 0)
		{
			rows_free(&rows);
			made = variant->rows;
			rows_make(&rows, made, strcmp(made, "wide") == 0 ? timing_rows() / 2 : timing_rows());
		}
		measured = measure(variant, &rows);
		print_measured(variant, &measured, is_tricks);
	}
	rows_free(&rows);
	return 0;
}
