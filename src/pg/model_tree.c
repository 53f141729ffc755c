/*
 * tree(model, n): one tree of a version, a row per node.
 *
 * A split is told in raw values, so that nothing of codes or preprocessing is
 * needed to walk it: the number up to which rows go left, or the levels that go
 * left and those that go right, and the side of a missing value and of a level
 * that is in neither list.  A feature that is encoded one-hot or by target is
 * split by one of several columns; each level of the feature is told for all.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/tree_view.h"
#include "pg/cache.h"
#include "pg/compat.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* Columns of the answer. */
enum
{
	COLUMN_NODE,
	COLUMN_LEFT_CHILD,
	COLUMN_RIGHT_CHILD,
	COLUMN_DEPTH,
	COLUMN_FEATURE,
	COLUMN_THRESHOLD,
	COLUMN_LEFT_CATEGORIES,
	COLUMN_RIGHT_CATEGORIES,
	COLUMN_MISSING_LEFT,
	COLUMN_UNSEEN_LEFT,
	COLUMN_VALUE,
	N_COLUMNS
};

/* All levels of a feature, whichever of its columns knows them. */
typedef struct FeatureLevels
{
	MlopsBytes *levels; /* [n], ascending by bytes; NULL: not gathered yet */
	uint32 n;
} FeatureLevels;

typedef struct TreeCall
{
	const MlopsModel *model;
	MlopsTreeView view;
	FeatureLevels *levels; /* [n_features] */
	Datum values[N_COLUMNS];
	bool nulls[N_COLUMNS];
} TreeCall;

static void
set_value(TreeCall *call, int column, Datum value)
{
	call->values[column] = value;
	call->nulls[column] = false;
}

static int
compare_levels(const void *a, const void *b)
{
	return mlops_bytes_compare(*(const MlopsBytes *) a, *(const MlopsBytes *) b);
}

/* Gather the levels of a feature in the current memory context. */
static const FeatureLevels *
feature_levels(TreeCall *call, uint32 feature)
{
	const MlopsModel *model = call->model;
	FeatureLevels *gathered = &call->levels[feature];
	uint32 first = model->first_columns[feature];
	uint32 end = model->first_columns[feature + 1];
	Size n = 0;

	if (gathered->levels != NULL)
		return gathered;
	for (uint32 c = first; c < end; c++)
		n += model->columns[c].n_levels;
	gathered->levels = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(MlopsBytes) * (n + 1));
	n = 0;
	for (uint32 c = first; c < end; c++)
	{
		for (uint32 i = 0; i < model->columns[c].n_levels; i++)
			gathered->levels[n++] = model->columns[c].levels[i];
	}
	qsort(gathered->levels, n, sizeof(MlopsBytes), compare_levels);
	for (Size i = 0; i < n; i++)
	{
		if (i == 0 || compare_levels(&gathered->levels[i - 1], &gathered->levels[i]) != 0)
			gathered->levels[gathered->n++] = gathered->levels[i];
	}
	return gathered;
}

/* Tell the levels that go left and those that go right. */
static void
set_categories(TreeCall *call, const MlopsTreeViewNode *node, const MlopsColumn *column,
			   const FeatureLevels *all)
{
	Datum *sides[2] = { palloc(sizeof(Datum) * (all->n + 1)),
						palloc(sizeof(Datum) * (all->n + 1)) };
	int n[2] = { 0, 0 };

	for (uint32 i = 0; i < all->n; i++)
	{
		uint16 code = mlops_column_code_level(column, all->levels[i]);
		int side = mlops_tree_view_goes_left(&call->view, node, code) ? 0 : 1;

		sides[side][n[side]++] = PointerGetDatum(
			cstring_to_text_with_len(all->levels[i].data, (int) all->levels[i].n_bytes));
	}
	for (int side = 0; side < 2; side++)
		set_value(call, side == 0 ? COLUMN_LEFT_CATEGORIES : COLUMN_RIGHT_CATEGORIES,
				  PointerGetDatum(
					  construct_array(sides[side], n[side], TEXTOID, -1, false, TYPALIGN_INT)));
	set_value(call, COLUMN_UNSEEN_LEFT,
			  BoolGetDatum(mlops_tree_view_goes_left(&call->view, node, column->unseen_code)));
}

/* A value goes left iff it is at most this. */
static double
threshold_of(const TreeCall *call, const MlopsTreeViewNode *node, const MlopsColumn *column)
{
	uint32 n_left = mlops_tree_view_n_left(&call->view, node, column->n_codes);

	if (n_left == 0)
		return -get_float8_infinity(); /* no stored tree has it */
	return n_left < column->n_codes ? column->edges[n_left - 1] : get_float8_infinity();
}

static void
set_split(TreeCall *call, const MlopsTreeViewNode *node, const FeatureLevels *levels)
{
	const MlopsColumn *column = &call->model->columns[mlops_tree_view_column(&call->view, node)];

	set_value(call, COLUMN_LEFT_CHILD, Int32GetDatum((int32) node->left));
	set_value(call, COLUMN_RIGHT_CHILD, Int32GetDatum((int32) node->right));
	set_value(call, COLUMN_FEATURE,
			  CStringGetTextDatum(call->model->version.features[column->feature].name));
	if (!column->refuses_missing)
		set_value(call, COLUMN_MISSING_LEFT,
				  BoolGetDatum(mlops_tree_view_goes_left(&call->view, node, column->missing_code)));
	if (mlops_column_has_levels(column))
		set_categories(call, node, column, levels);
	else
		set_value(call, COLUMN_THRESHOLD, Float8GetDatum(threshold_of(call, node, column)));
}

/* Probabilities of all classes, or the value of a regression. */
static void
set_leaf(TreeCall *call, const MlopsTreeViewNode *node)
{
	const double *values = mlops_tree_view_values(&call->view, node);
	int n = Max(call->model->version.n_classes, 1);
	Datum *elements = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		elements[i] = Float8GetDatum(n == 2 ? (i == 1 ? values[0] : 1 - values[0]) : values[i]);
	set_value(call, COLUMN_VALUE,
			  PointerGetDatum(construct_array(elements, n, FLOAT8OID, sizeof(float8),
											  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

static void
put_node(FunctionCallInfo fcinfo, TreeCall *call, uint32 number, MemoryContext scratch)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const MlopsTreeViewNode *node = &call->view.nodes[number];
	const FeatureLevels *levels = NULL;
	MemoryContext before;

	CHECK_FOR_INTERRUPTS();
	if (!mlops_tree_view_is_leaf(node))
	{
		const MlopsColumn *column =
			&call->model->columns[mlops_tree_view_column(&call->view, node)];

		levels = feature_levels(call, column->feature);
	}
	before = MemoryContextSwitchTo(scratch);
	memset(call->nulls, true, sizeof(call->nulls));
	set_value(call, COLUMN_NODE, Int32GetDatum((int32) number));
	set_value(call, COLUMN_DEPTH, Int32GetDatum((int32) node->depth));
	if (mlops_tree_view_is_leaf(node))
		set_leaf(call, node);
	else
		set_split(call, node, levels);
	tuplestore_putvalues(result->setResult, result->setDesc, call->values, call->nulls);
	MemoryContextSwitchTo(before);
	MemoryContextReset(scratch);
}

/* Number of the tree, from 0. */
static uint32
tree_argument(FunctionCallInfo fcinfo, int i, const MlopsModel *model)
{
	int32 n = PG_ARGISNULL(i) ? 0 : PG_GETARG_INT32(i);

	if (n < 1 || (uint32) n > model->forest->n_trees)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("n must be between 1 and %u, the trees of model \"%s\", not %s",
							   model->forest->n_trees, model->version.model,
							   PG_ARGISNULL(i) ? "NULL" : psprintf("%d", n))));
	return (uint32) n - 1;
}

MLOPS_FUNCTION(mlops_tree);

/* tree(model, n) */
Datum
mlops_tree(PG_FUNCTION_ARGS)
{
	const char *reference = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "mlops tree", ALLOCSET_DEFAULT_SIZES);
	MlopsCallCache cache = { 0 };
	TreeCall call = { 0 };

	InitMaterializedSRF(fcinfo, 0);
	call.model = mlops_cache_get(&cache, CurrentMemoryContext, reference);
	mlops_catalog_check_insight(call.model->version.model, "Look at it");
	call.levels = palloc0(sizeof(FeatureLevels) * call.model->version.n_features);
	mlops_report_status(mlops_tree_view_init(&call.view, call.model->forest,
											 tree_argument(fcinfo, 1, call.model), &allocator),
						NULL);
	for (uint32 i = 0; i < call.view.n_nodes; i++)
		put_node(fcinfo, &call, i, scratch);
	return (Datum) 0;
}
