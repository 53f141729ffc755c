/*
 * Search for hyperparameters: arguments -> trials.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/hash.h"
#include "pg/args.h"
#include "pg/search.h"

#define MAX_TRIALS	   10000
#define MAX_GRID	   1000000
#define CV_DEFAULT	   5
#define CV_MAX		   50
#define N_ITER_DEFAULT 10

enum
{
	KEY_CV,
	KEY_N_ITER
};

static const MlopsOption OPTIONS[] = { { "cv", "n_folds", false, NULL },
									   { "n_iter", NULL, false, NULL } };

/* One searched hyperparameter and its values. */
typedef struct GridAxis
{
	JsonbValue key;
	JsonbValue *values; /* [n_values] */
	int n_values;
} GridAxis;

typedef struct Grid
{
	GridAxis *axes;
	int n_axes;
	int64 n_points;
} Grid;

/* The values of an axis, from a jsonb array. */
static void
read_axis(const char *name, const JsonbValue *list, GridAxis *axis)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (list->type != jbvBinary || !JsonContainerIsArray(list->val.binary.data) ||
		JsonContainerSize(list->val.binary.data) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("search_params \"%s\" must be an array of at least one value", name),
						errhint("For example {\"max_depth\": [4, 8, null]}.")));
	axis->values = palloc(sizeof(JsonbValue) * JsonContainerSize(list->val.binary.data));
	iterator = JsonbIteratorInit(list->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_ELEM)
			axis->values[axis->n_values++] = value;
	}
}

/* Hyperparameters that are the same for all trials, which share cut points and folds. */
static void
check_axis(const char *name)
{
	static const char *const fixed[] = { "random_state", "max_bins", "oob_score" };
	const char *own = mlops_hyperparams_name(name);

	for (int i = 0; own != NULL && i < (int) lengthof(fixed); i++)
	{
		if (strcmp(own, fixed[i]) == 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("hyperparameter \"%s\" cannot be searched", name),
							errhint("All trials have the one of hyperparams.")));
	}
}

static void
read_grid(Jsonb *object, Grid *grid)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (object == NULL || !JB_ROOT_IS_OBJECT(object) || JB_ROOT_COUNT(object) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("search_params must be an object of hyperparameters and arrays of "
							   "values"),
						errhint("For example {\"max_depth\": [4, 8, null]}.")));
	grid->axes = palloc0(sizeof(GridAxis) * JB_ROOT_COUNT(object));
	grid->n_points = 1;
	iterator = JsonbIteratorInit(&object->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		GridAxis *axis = &grid->axes[grid->n_axes];
		char *name;

		if (token != WJB_KEY)
			continue;
		axis->key = value;
		name = pnstrdup(value.val.string.val, value.val.string.len);
		check_axis(name);
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_axis(name, &value, axis);
		grid->n_axes++;
		grid->n_points *= axis->n_values;
		if (grid->n_points > MAX_GRID)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("search_params has more than %d combinations", MAX_GRID),
							errhint("Give fewer values.")));
	}
}

/* A point of the grid as an object; the last axis changes fastest. */
static Jsonb *
point_jsonb(const Grid *grid, int64 number)
{
	JsonbParseState *state = NULL;
	int *choices = palloc(sizeof(int) * grid->n_axes);

	for (int a = grid->n_axes - 1; a >= 0; a--)
	{
		choices[a] = (int) (number % grid->axes[a].n_values);
		number /= grid->axes[a].n_values;
	}
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int a = 0; a < grid->n_axes; a++)
	{
		(void) pushJsonbValue(&state, WJB_KEY, &grid->axes[a].key);
		(void) pushJsonbValue(&state, WJB_VALUE, &grid->axes[a].values[choices[a]]);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* A point of the grid and where it stands in a random order. */
typedef struct RankedPoint
{
	uint64 rank;
	int64 number;
} RankedPoint;

static int
compare_points(const void *a, const void *b)
{
	const RankedPoint *x = a;
	const RankedPoint *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The first n points in the order of the hash of their number and the seed, so none twice. */
static int64 *
draw_points(int64 n_points, int n, uint64 seed)
{
	RankedPoint *ranked = palloc_extended(sizeof(RankedPoint) * n_points, MCXT_ALLOC_HUGE);
	int64 *numbers = palloc(sizeof(int64) * n);

	for (int64 i = 0; i < n_points; i++)
		ranked[i] = (RankedPoint){ mlops_hash_int((uint64) i, seed), i };
	qsort(ranked, n_points, sizeof(RankedPoint), compare_points);
	for (int i = 0; i < n; i++)
		numbers[i] = ranked[i].number;
	pfree(ranked);
	return numbers;
}

/* Hyperparameters of a trial: the base with the searched ones laid over it. */
static void
read_trial(const MlopsTraining *training, MlopsTrial *trial)
{
	Jsonb *all = trial->params;

	if (training->args->hyperparams != NULL)
		all = DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
												 JsonbPGetDatum(training->args->hyperparams),
												 JsonbPGetDatum(trial->params)));
	mlops_hyperparams_read(all, training->task, &trial->hyperparams);
	trial->hyperparams.random_state = training->params.random_state;
}

/* Number of trials; folds and iterations into search. */
static int
count_trials(const MlopsTraining *training, const Grid *grid, MlopsSearch *search)
{
	bool is_random = strcmp(training->args->search, "random") == 0;
	JsonbValue *values[lengthof(OPTIONS)];
	int64 n_trials = grid->n_points;

	mlops_args_read_options("search argument", training->args->search_args, OPTIONS,
							lengthof(OPTIONS), values);
	search->n_folds = values[KEY_CV] == NULL ?
						  CV_DEFAULT :
						  (int) mlops_args_integer("cv", values[KEY_CV], 2, CV_MAX);
	if (values[KEY_N_ITER] != NULL && !is_random)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("n_iter has no meaning for search \"grid\", which tries all %lld "
							   "combinations",
							   (long long) grid->n_points),
						errhint("Choose search => 'random'.")));
	if (is_random)
	{
		search->n_iter = values[KEY_N_ITER] == NULL ?
							 N_ITER_DEFAULT :
							 (int) mlops_args_integer("n_iter", values[KEY_N_ITER], 1, MAX_TRIALS);
		n_trials = Min(n_trials, search->n_iter);
	}
	if (n_trials > MAX_TRIALS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("search \"grid\" would make %lld trials, more than %d",
							   (long long) n_trials, MAX_TRIALS),
						errhint("Give fewer values, or choose search => 'random'.")));
	return (int) n_trials;
}

MlopsSearch *
mlops_search_read(const MlopsTraining *training)
{
	const MlopsTrainArgs *args = training->args;
	MlopsSearch *search;
	Grid grid = { 0 };
	int64 *drawn = NULL;

	if (args->search == NULL)
		return NULL;
	search = palloc0(sizeof(MlopsSearch));
	read_grid(args->search_params, &grid);
	search->n_trials = count_trials(training, &grid, search);
	if (search->n_iter > 0)
		drawn =
			draw_points(grid.n_points, search->n_trials, (uint64) training->params.random_state);
	search->trials = palloc0(sizeof(MlopsTrial) * search->n_trials);
	for (int t = 0; t < search->n_trials; t++)
	{
		MlopsTrial *trial = &search->trials[t];

		trial->params = point_jsonb(&grid, drawn == NULL ? t : drawn[t]);
		trial->scores = palloc(sizeof(double) * search->n_folds);
		read_trial(training, trial);
	}
	return search;
}
