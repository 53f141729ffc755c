/*
 * Writes the seeds of the corpora: forests of each kind, in the format versions that the encoder
 * writes, and each as an export with a document that is none.
 *
 *   make_corpus FOLDER FOLDER_OF_EXPORTS
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/container.h"

#include "plain_alloc.h"
#include "random_forest.h"

static const MlopsGrowParams params = { .min_samples_split = 2,
										.min_samples_leaf = 1,
										.bootstrap = true,
										.random_state = 3 };

/* A chunk behind its length, or behind one that says: all that is left. */
static void
put_chunk(FILE *file, const MlopsBuffer *chunk, bool is_open)
{
	for (int i = 0; i < 4; i++)
		(void) fputc(is_open ? 0xFF : (int) (chunk->n_bytes >> (8 * i) & 0xFF), file);
	if (fwrite(chunk->bytes, 1, chunk->n_bytes, file) != chunk->n_bytes)
		exit(2);
}

static FILE *
open_seed(const char *folder, int version, const char *name)
{
	char path[1024];
	FILE *file;

	(void) snprintf(path, sizeof(path), "%s/v%d_%s.bin", folder, version, name);
	file = fopen(path, "wb");
	if (file == NULL)
		exit(2);
	return file;
}

/* The forest as an export; its seal is zeros, which a fuzz target does not look at. */
static void
write_export(const char *folder, const char *name, const RandomForest *forest)
{
	static const uint8_t seal[MLOPS_CONTAINER_SEAL_BYTES];
	MlopsBuffer out = { .allocator = &plain_allocator };
	FILE *file = open_seed(folder, MLOPS_CONTAINER_VERSION, name);

	mlops_container_put_head("{}", 2, forest->spec.n_trees + 1, &out);
	for (uint32_t k = 0; k <= forest->spec.n_trees; k++)
		mlops_container_put_chunk(
			(MlopsChunk){ forest->chunks[k].bytes, forest->chunks[k].n_bytes }, &out);
	mlops_buffer_put(&out, seal, sizeof(seal));
	if (out.is_failed || fwrite(out.bytes, 1, out.n_bytes, file) != out.n_bytes)
		exit(2);
	(void) fclose(file);
	free(out.bytes);
}

static void
write_grown(char **folders, const char *name, RandomShape shape, uint32_t n_trees,
			MlopsGrowParams grow, bool has_weights)
{
	RandomForest forest;
	FILE *file;

	random_forest_make(&forest, &shape, n_trees, grow, has_weights);
	/* the version stands behind the magic number */
	file = open_seed(folders[0], forest.chunks[0].bytes[4], name);
	for (uint32_t k = 0; k <= forest.spec.n_trees; k++)
		put_chunk(file, &forest.chunks[k], n_trees == 1 && k == 1);
	write_export(folders[1], name, &forest);
	random_forest_free(&forest);
	(void) fclose(file);
}

static void
write_forest(char **folders, const char *name, RandomShape shape, bool has_weights)
{
	write_grown(folders, name, shape, 3, params, has_weights);
}

/* So small that few nodes too many are written behind the block; what is inserted makes it longer. */
static void
write_stump(char **folders)
{
	MlopsGrowParams grow = params;

	grow.max_depth = 1;
	write_grown(
		folders, "stump",
		(RandomShape){ .seed = 8, .n_rows = 40, .n_columns = 1, .n_codes = 2, .n_classes = 2 }, 1,
		grow, false);
}

int
main(int n_args, char **args)
{
	static const uint32_t CODES[] = { 300, 4, 90, 2 };
	uint32_t wide[130];

	if (n_args != 3)
		return 2;
	for (int i = 0; i < 130; i++)
		wide[i] = 2 + (uint32_t) i % 3;
	write_forest(args + 1, "two_classes",
				 (RandomShape){ .seed = 1,
								.n_rows = 40,
								.n_columns = 3,
								.n_codes = 6,
								.n_classes = 2,
								.missing_percent = 10 },
				 false);
	write_forest(args + 1, "weighted_classes",
				 (RandomShape){ .seed = 2,
								.n_rows = 40,
								.n_columns = 2,
								.n_codes = 9,
								.n_classes = 5,
								.is_weighted = true },
				 true);
	write_forest(args + 1, "regression",
				 (RandomShape){ .seed = 3,
								.n_rows = 40,
								.n_columns = 2,
								.n_codes = 20,
								.missing_percent = 10 },
				 false);
	write_forest(args + 1, "categories",
				 (RandomShape){ .seed = 4,
								.n_rows = 60,
								.n_columns = 4,
								.codes_of = CODES,
								.n_categorical = 3,
								.n_classes = 2,
								.missing_percent = 10 },
				 false);
	write_forest(args + 1, "wide",
				 (RandomShape){ .seed = 5,
								.n_rows = 40,
								.n_columns = 130,
								.codes_of = wide,
								.n_categorical = 20,
								.n_classes = 2 },
				 false);
	write_forest(args + 1, "preprocessed",
				 (RandomShape){ .seed = 6,
								.n_rows = 60,
								.n_columns = 9,
								.n_codes = 5,
								.n_categorical = 2,
								.n_ordered = 4,
								.n_classes = 2,
								.missing_percent = 10 },
				 false);
	write_forest(args + 1, "preprocessed_regression",
				 (RandomShape){ .seed = 7,
								.n_rows = 40,
								.n_columns = 4,
								.n_codes = 12,
								.n_ordered = 2,
								.missing_percent = 10 },
				 false);
	write_stump(args + 1);
	return 0;
}
