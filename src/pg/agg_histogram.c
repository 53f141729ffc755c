/*
 * Histograms: histogram_agg(x, edges), category_histogram_agg(v, categories), rollup(counts).
 *
 * All three run on one state, mlops._histogram_state (core/cells.h).  Edges or categories come with
 * every row and must be the same in a group: edges are compared where they lie, categories with the
 * array of the row before, whose labels are kept per call site.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "core/cells.h"
#include "pg/agg_args.h"
#include "pg/agg_state.h"
#include "pg/counts.h"
#include "pg/hooks.h"

static void
transfer(void *state, int64 kind, MlopsStateIo *io)
{
	mlops_cells_transfer(state, io);
}

static MlopsStatus
merge(void *into, const void *from, const MlopsAllocator *allocator, MlopsReason *reason)
{
	return mlops_cells_merge(into, from, allocator, reason);
}

static const MlopsStateClass histogram_class = { .type_name = "_histogram_state",
												 .magic = 'H',
												 .version = 1,
												 .state_bytes = sizeof(MlopsCells),
												 .transfer = transfer,
												 .merge = merge };

MLOPS_STATE_TYPE(histogram_state, &histogram_class);

/* Labels of the last array that a call site saw, in fn_extra. */
typedef struct LabelCache
{
	ArrayType *array; /* NULL before the first */
	MlopsAllocator allocator;
	MlopsBuffer block; /* its labels (core/cells.h) */
} LabelCache;

/* Argument 2 of a transition, what the histogram is counted by; 22023 unless it is a list of values. */
static ArrayType *
list_argument(FunctionCallInfo fcinfo, const char *name)
{
	ArrayType *array;

	mlops_agg_check_not_null(fcinfo, 2, name);
	array = PG_GETARG_ARRAYTYPE_P(2);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must have one dimension, not %d", name, ARR_NDIM(array)),
						errhint("Pass a plain array, such as '{1, 2, 3}'.")));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not contain NULL", name),
				 errhint("NULL values have a cell of their own.")));
	return array;
}

/* As mlops_state_check, with a hint to what the caller can mend. */
static void
check_status(MlopsCells *cells, MlopsStatus status, const MlopsReason *reason, const char *hint)
{
	if (status == MLOPS_STATUS_INVALID || status == MLOPS_STATUS_RANGE)
		ereport(ERROR, (errcode(status == MLOPS_STATUS_RANGE ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE :
															   ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s", reason->text), errhint("%s", hint)));
	mlops_state_check(cells, status, reason);
}

/* Give a new state its edges, or compare them with those it has. */
static void
take_edges(FunctionCallInfo fcinfo, MlopsCells *cells)
{
	ArrayType *array = list_argument(fcinfo, "edges");
	const double *edges = (const double *) ARR_DATA_PTR(array);
	size_t n = (size_t) ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	MlopsReason reason = { "" };

	if (cells->kind == MLOPS_CELLS_EMPTY)
		check_status(cells,
					 mlops_cells_set_edges(cells, edges, n, mlops_state_allocator(cells), &reason),
					 &reason, "Pass edges in ascending order, each once, such as '{0, 10, 20}'.");
	else if (!mlops_cells_has_edges(cells, edges, n))
		mlops_agg_report_changed("edges");
}

/* Write the labels of an array behind one another. */
static void
read_labels(const ArrayType *array, MlopsBuffer *block)
{
	Datum *labels;
	int n;

	deconstruct_array(unconstify(ArrayType *, array), TEXTOID, -1, false, TYPALIGN_INT, &labels,
					  NULL, &n);
	for (int i = 0; i < n; i++)
		mlops_cells_put_label(block, VARDATA_ANY(DatumGetPointer(labels[i])),
							  VARSIZE_ANY_EXHDR(DatumGetPointer(labels[i])));
	if (block->is_failed)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
						errhint("Pass fewer categories.")));
	pfree(labels);
}

/* Labels of argument 2; taken from the call site if the array is that of the row before. */
static const MlopsBuffer *
labels_argument(FunctionCallInfo fcinfo)
{
	ArrayType *array = list_argument(fcinfo, "categories");
	LabelCache *cache = fcinfo->flinfo->fn_extra;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LabelCache));
		cache->allocator = mlops_hooks_allocator(fcinfo->flinfo->fn_mcxt);
		cache->block.allocator = &cache->allocator;
		fcinfo->flinfo->fn_extra = cache;
	}
	if (!mlops_agg_is_same_array(cache->array, array))
	{
		cache->block.n_bytes = 0;
		read_labels(array, &cache->block);
		mlops_agg_keep_array(fcinfo, &cache->array, array);
	}
	return &cache->block;
}

/* Give a new state its categories, or compare them with those it has. */
static void
take_labels(FunctionCallInfo fcinfo, MlopsCells *cells)
{
	const MlopsBuffer *block = labels_argument(fcinfo);
	MlopsReason reason = { "" };

	if (cells->kind == MLOPS_CELLS_EMPTY)
		check_status(cells,
					 mlops_cells_set_labels(cells, block->bytes, block->n_bytes,
											mlops_state_allocator(cells), &reason),
					 &reason, "Pass each category once.");
	else if (!mlops_cells_has_labels(cells, block->bytes, block->n_bytes))
		mlops_agg_report_changed("categories");
}

/* The cell of argument 1. */
static size_t
number_cell(FunctionCallInfo fcinfo, const MlopsCells *cells)
{
	if (PG_ARGISNULL(1))
		return mlops_cells_null_cell(cells);
	return mlops_cells_find_number(cells, PG_GETARG_FLOAT8(1));
}

static size_t
label_cell(FunctionCallInfo fcinfo, const MlopsCells *cells)
{
	text *label;

	if (PG_ARGISNULL(1))
		return mlops_cells_null_cell(cells);
	label = PG_GETARG_TEXT_PP(1);
	return mlops_cells_find_label(cells, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}

/* Gives a state its cells, or compares them; finds the cell of a row. */
typedef void (*TakeCells)(FunctionCallInfo fcinfo, MlopsCells *cells);
typedef size_t (*FindCell)(FunctionCallInfo fcinfo, const MlopsCells *cells);

static Datum
add_row(FunctionCallInfo fcinfo, TakeCells take, FindCell find)
{
	MlopsCells *cells = mlops_state_step(fcinfo, &histogram_class, NULL);

	take(fcinfo, cells);
	mlops_cells_add(cells, find(fcinfo, cells));
	return mlops_state_datum(cells);
}

/* Take the row out again that a frame leaves behind. */
static Datum
remove_row(FunctionCallInfo fcinfo, FindCell find)
{
	MlopsCells *cells = mlops_state_step(fcinfo, &histogram_class, NULL);

	if (!mlops_cells_remove(cells, find(fcinfo, cells), mlops_state_allocator(cells)))
		mlops_agg_check_change(cells, MLOPS_STATUS_INVALID, NULL);
	return mlops_state_datum(cells);
}

#define ROW_FUNCTIONS(name, take, find)                                                            \
	MLOPS_FUNCTION(mlops_##name##_step);                                                           \
	Datum mlops_##name##_step(PG_FUNCTION_ARGS)                                                    \
	{                                                                                              \
		return add_row(fcinfo, take, find);                                                        \
	}                                                                                              \
	MLOPS_FUNCTION(mlops_##name##_inverse);                                                        \
	Datum mlops_##name##_inverse(PG_FUNCTION_ARGS)                                                 \
	{                                                                                              \
		return remove_row(fcinfo, find);                                                           \
	}                                                                                              \
	extern Datum mlops_##name##_inverse(PG_FUNCTION_ARGS)

ROW_FUNCTIONS(histogram, take_edges, number_cell);
ROW_FUNCTIONS(category_histogram, take_labels, label_cell);

/* Add the histogram of argument 1, or take it away; NULL is none. */
static Datum
change_sum(FunctionCallInfo fcinfo,
		   MlopsStatus (*change)(MlopsCells *cells, const int64_t *counts, size_t n,
								 const MlopsAllocator *allocator, MlopsReason *reason))
{
	MlopsCells *cells = mlops_state_step(fcinfo, &histogram_class, NULL);
	MlopsReason reason = { "" };
	const int64 *counts;
	size_t n;

	if (!PG_ARGISNULL(1))
	{
		counts = mlops_counts_argument(fcinfo, 1, "counts", &n);
		check_status(cells, change(cells, counts, n, mlops_state_allocator(cells), &reason),
					 &reason, "Add histograms that were counted by the same edges or categories.");
	}
	return mlops_state_datum(cells);
}

MLOPS_FUNCTION(mlops_histogram_rollup_step);

Datum
mlops_histogram_rollup_step(PG_FUNCTION_ARGS)
{
	return change_sum(fcinfo, mlops_cells_add_histogram);
}

MLOPS_FUNCTION(mlops_histogram_rollup_inverse);

Datum
mlops_histogram_rollup_inverse(PG_FUNCTION_ARGS)
{
	return change_sum(fcinfo, mlops_cells_remove_histogram);
}

MLOPS_FUNCTION(mlops_histogram_final);

/* Counts of the cells; without a row nobody knows the cells, so there is no histogram. */
Datum
mlops_histogram_final(PG_FUNCTION_ARGS)
{
	const MlopsCells *cells;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	cells = mlops_state_get(fcinfo, 0, &histogram_class);
	if (cells->kind == MLOPS_CELLS_EMPTY)
		PG_RETURN_NULL();
	return mlops_counts_datum((const int64 *) cells->counts, cells->n_cells);
}
