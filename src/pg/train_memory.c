/*
 * Memory of a training: estimated before the first tree, and refused if it is too much.
 *
 * With n training rows of w words, u of them in a bag, P processes and c words in
 * the cell of a histogram, in bytes:
 *
 *   packed rows     8 w n, of the test part too; in a search those of n once more, in folds
 *   what is kept    4 per class, 8 per target, weight, key and entity
 *   columns         texts of levels (counted as they are read), codes and cut points
 *   while packing   2 per level and column, of target-encoded ones 2 more for each fold
 *   per process     16 w u       the rows of a tree, in two buffers
 *                   n            how often each row was drawn
 *                   32 c cells   two histograms and what is present in them
 *                   nodes (node + entry)    its tree
 *   measuring, once the trees are grown, instead of the processes
 *                   8 outputs per test row  predictions
 *                   permutations            up to an eighth of the limit (train_permute.c)
 *                   (8 outputs + 64) n      with oob_score: predictions, draws, and their sorting
 *
 * Before, while rows are read and divided, their targets, keys and the like take 45 to 102 bytes
 * a row (reader.c checks that) and their features a temporary file.
 *
 * A tree has at most min(2 u / min_samples_leaf, 2^(max_depth + 1), 2 max_leaf_nodes) nodes.
 * The forest itself is checked again when the first tree tells its size.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "utils/guc.h"

#include "pg/train.h"

#define MAX_TRAIN_MEMORY_DEFAULT_KB (4 * 1024 * 1024)

static int max_train_memory_kb = MAX_TRAIN_MEMORY_DEFAULT_KB;

void
mlops_train_init_gucs(void)
{
	DefineCustomIntVariable(
		"mlops.max_train_memory", "Memory that one training may take.",
		"A training that is estimated to need more is refused: before its first "
		"tree, or after it if the forest would be too large.",
		&max_train_memory_kb, MAX_TRAIN_MEMORY_DEFAULT_KB, 1024, MAX_KILOBYTES, PGC_SUSET,
		GUC_UNIT_KB, NULL, NULL, NULL);
}

uint64
mlops_train_memory_limit(void)
{
	return (uint64) max_train_memory_kb * 1024;
}

/* Rows that a bag is expected to hold. */
static double
rows_in_bag(double n, const MlopsGrowParams *params)
{
	return params->bootstrap ? n * -expm1(-(double) params->n_draws / n) : n;
}

static double
nodes_of_tree(double in_bag, const MlopsGrowParams *params)
{
	double nodes = 2 * in_bag / params->min_samples_leaf;

	if (params->max_depth > 0 && params->max_depth < 31)
		nodes = Min(nodes, ldexp(1, (int) params->max_depth + 1));
	if (params->max_leaf_nodes > 0)
		nodes = Min(nodes, 2.0 * params->max_leaf_nodes);
	return Max(nodes, 1);
}

static double
bytes_of_process(const MlopsTraining *training, const MlopsDataset *dataset,
				 const MlopsGrowParams *params)
{
	double n = (double) training->train.n;
	double in_bag = rows_in_bag(n, params);
	double cell_words =
		training->task == MLOPS_TASK_REGRESSION ? 4 :
		training->class_weights != NULL || dataset->is_weighted != 0 || dataset->n_classes > 2 ?
												  dataset->n_classes + 1 :
												  1;
	double entry_words = Max(dataset->n_classes, MLOPS_REGRESSION_ENTRY_WORDS);
	double nodes = nodes_of_tree(in_bag, params);

	return 16 * (double) dataset->n_words * in_bag + n + 32 * cell_words * dataset->max_codes +
		   nodes * (sizeof(MlopsTreeNode) + entry_words / 2 * sizeof(uint64));
}

/* Bytes to measure the test part, and with oob_score the training rows out of the bags. */
static double
bytes_of_measuring(const MlopsTraining *training, const MlopsDataset *layout)
{
	uint32 n_outputs = training->rows->n_classes > 2 ? training->rows->n_classes : 1;
	double oob_bytes =
		training->params.oob_score ? (8.0 * n_outputs + 64) * (double) training->train.n : 0;

	return 8.0 * n_outputs * (double) training->test.n + oob_bytes +
		   mlops_train_permute_bytes(training, layout);
}

/* Bytes of a part's arrays. */
static double
bytes_of_part(const MlopsRowPart *part)
{
	Size row_bytes = (part->classes != NULL ? sizeof(uint32) : 0) +
					 (part->targets != NULL ? sizeof(double) : 0) +
					 (part->weights != NULL ? sizeof(double) : 0) +
					 (part->keys != NULL ? sizeof(uint64) : 0) +
					 (part->entities != NULL ? sizeof(uint64) : 0);

	return (double) row_bytes * (double) part->n;
}

/* Bytes of a part's packed rows and arrays. */
static double
bytes_of_rows(const MlopsRowPart *part, const MlopsDataset *layout)
{
	return (double) mlops_dataset_subset_bytes(layout, part->n) + bytes_of_part(part);
}

/* Bytes of the columns, once the rows are packed. */
static double
bytes_of_columns(const MlopsTraining *training)
{
	return (double) training->rows->text_bytes + (double) training->column_bytes;
}

static bool
is_too_much(double n_bytes)
{
	return n_bytes > (double) mlops_train_memory_limit();
}

/* Refuse a training of n_bytes; detail and hint are sentences. */
static void
report_limit(double n_bytes, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("training needs about %.0f MB of memory, more than mlops.max_train_memory, "
					"%d MB",
					ceil(n_bytes / 1048576), max_train_memory_kb / 1024),
			 errdetail_internal("%s", detail), errhint("%s", hint)));
}

/* How much the training rows are packed into; then what else there is. */
static char *
packed_detail(const MlopsTraining *training, const MlopsDataset *layout, const char *more)
{
	double n_bytes = (double) mlops_dataset_subset_bytes(layout, training->train.n);

	return psprintf("%zu training rows of %d features are packed into %.0f MB; %s.",
					training->train.n, training->rows->n_features, ceil(n_bytes / 1048576), more);
}

uint64
mlops_train_row_bytes(const MlopsTraining *training, const MlopsDataset *layout)
{
	return (uint64) (bytes_of_rows(&training->train, layout) +
					 bytes_of_rows(&training->test, layout));
}

void
mlops_train_check_columns(const MlopsTraining *training)
{
	double n_bytes = bytes_of_part(&training->train) + bytes_of_part(&training->test) +
					 bytes_of_columns(training) + (double) training->packing_bytes;

	if (is_too_much(n_bytes))
		report_limit(n_bytes,
					 psprintf("The first %u columns of %d features have so many levels or codes.",
							  training->n_columns, training->rows->n_features),
					 "Encode fewer features by \"target\" or \"one_hot\", group their levels in a "
					 "query, or raise mlops.max_train_memory.");
}

void
mlops_train_check_search(const MlopsTraining *training, const MlopsDataset *layout)
{
	double n_bytes = (double) mlops_train_row_bytes(training, layout) +
					 bytes_of_rows(&training->train, layout) + bytes_of_columns(training);

	if (is_too_much(n_bytes))
		report_limit(
			n_bytes,
			packed_detail(training, layout, "a search holds them twice, the second time as folds"),
			"Read fewer rows, or raise mlops.max_train_memory.");
}

uint64
mlops_train_check_memory(const MlopsTraining *training, const MlopsDataset *layout,
						 const MlopsGrowParams *params)
{
	double n_processes = training->n_workers + 1;
	double process_bytes = bytes_of_process(training, layout, params);
	double passing_bytes = Max(n_processes * process_bytes, bytes_of_measuring(training, layout));
	double n_bytes = (double) mlops_train_row_bytes(training, layout) +
					 (double) training->held_bytes + bytes_of_columns(training) +
					 Max(passing_bytes, (double) training->packing_bytes);

	if (is_too_much(n_bytes))
		report_limit(n_bytes,
					 packed_detail(training, layout,
								   psprintf("each of %.0f processes needs %.0f MB for one tree",
											n_processes, ceil(process_bytes / 1048576))),
					 "Read fewer rows, limit max_depth, raise min_samples_leaf, or raise "
					 "mlops.max_train_memory.");
	return (uint64) n_bytes;
}

void
mlops_train_check_result(const MlopsTreeJob *job, const MlopsMadeTree *made)
{
	double per_tree = (double) made->bytes.n_bytes + (double) made->totals.n_nodes * 8 +
					  (double) made->totals.n_values * 8;
	double n_bytes = per_tree * job->spec.n_trees;

	if (n_bytes > (double) mlops_train_memory_limit())
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("the forest needs about %.0f MB of memory, more than "
						"mlops.max_train_memory, %d MB",
						ceil(n_bytes / 1048576), max_train_memory_kb / 1024),
				 errdetail("A tree has " UINT64_FORMAT " nodes, and there are %u trees.",
						   made->totals.n_nodes, job->spec.n_trees),
				 errhint("Limit max_depth, raise min_samples_leaf, take fewer n_estimators, or "
						 "raise mlops.max_train_memory.")));
}
