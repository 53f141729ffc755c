/*
 * Hyperparameters of a random forest.
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "core/binning.h"
#include "pg/args.h"
#include "pg/error.h"
#include "pg/hyperparams.h"
#include "pg/json.h"

#define N_ESTIMATORS_DEFAULT 100
#define N_ESTIMATORS_MAX	 MLOPS_MAX_TREES

/* Keys in the order in which they are stored. */
enum
{
	KEY_N_ESTIMATORS,
	KEY_CRITERION,
	KEY_MAX_DEPTH,
	KEY_MAX_FEATURES,
	KEY_MIN_SAMPLES_SPLIT,
	KEY_MIN_SAMPLES_LEAF,
	KEY_MAX_LEAF_NODES,
	KEY_BOOTSTRAP,
	KEY_MAX_SAMPLES,
	KEY_CLASS_WEIGHT,
	KEY_RANDOM_STATE,
	KEY_OOB_SCORE,
	KEY_MAX_BINS,
	N_OWN_KEYS
};

static const MlopsOption OPTIONS[] = {
	{ "n_estimators", "num_trees ntree rfor_num_trees num_parallel_tree", false, NULL },
	{ "criterion", NULL, false, NULL },
	{ "max_depth", "max_tree_depth", false, NULL },
	{ "max_features", "num_random_features mtry rfor_mtry colsample_bynode", false, NULL },
	{ "min_samples_split", "min_split", false, NULL },
	{ "min_samples_leaf", "min_bucket", false, NULL },
	{ "max_leaf_nodes", NULL, false, NULL },
	{ "bootstrap", NULL, false, NULL },
	{ "max_samples", "sample_ratio sampling_size rfor_sampling_ratio", false, NULL },
	{ "class_weight", NULL, false, NULL },
	{ "random_state", "seed", false, NULL },
	{ "oob_score", NULL, false, NULL },
	{ "max_bins", "num_splits nbins", false, NULL },
	{ "min_impurity_decrease", NULL, true, NULL },
	{ "ccp_alpha", NULL, true, NULL },
	{ "monotonic_cst", NULL, true, NULL },
	{ "subsample", NULL, false, "subsample draws without replacement; see max_samples." },
	{ "colsample_bytree", NULL, false, "Columns are drawn at every node; see max_features." },
	{ "learning_rate", NULL, false, "A random forest has no learning rate." },
};

static void
report_range(const char *name, const char *range, const JsonbValue *value, const char *hint)
{
	char *text =
		value->type == jbvNumeric ?
			DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric))) :
			psprintf("\"%.*s\"", value->val.string.len, value->val.string.val);

	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("%s must be %s, not %s", name, range, text),
					hint != NULL ? errhint("%s", hint) : 0));
}

/* True if a number was written with a decimal point, as in 1.0. */
static bool
has_decimals(const JsonbValue *value)
{
	char *text =
		DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));

	return strchr(text, '.') != NULL;
}

/*
 * A count (a whole number from least) or a fraction (above 0, below 1).  1.0 is
 * refused, because jsonb holds 1.0 and 1 to be equal.
 */
static MlopsAmount
read_amount(int key, const JsonbValue *value, int least, const char *range, const char *hint)
{
	const char *name = OPTIONS[key].name;
	double number = mlops_args_number(name, value);

	if (number > 0 && number < 1)
		return (MlopsAmount){ MLOPS_AMOUNT_FRACTION, number };
	if (number != rint(number) || number < least || number > PG_INT32_MAX || has_decimals(value))
		report_range(name, range, value, hint);
	return (MlopsAmount){ MLOPS_AMOUNT_COUNT, number };
}

static MlopsAmount
read_max_features(const JsonbValue *value)
{
	static const char *const words[] = { "sqrt", "log2" };
	char *word;

	if (value->type == jbvNumeric)
		return read_amount(KEY_MAX_FEATURES, value, 1,
						   "\"sqrt\", \"log2\", null, a count from 1 or a fraction below 1",
						   "null means all columns, 1 means one column.");
	word = mlops_args_text("max_features", value);
	return (MlopsAmount){ mlops_args_choice("max_features", word, words, lengthof(words)) == 0 ?
							  MLOPS_AMOUNT_SQRT :
							  MLOPS_AMOUNT_LOG2,
						  0 };
}

static void
read_criterion(const JsonbValue *value, MlopsTask task, MlopsHyperparams *params)
{
	static const char *const classification[] = { "gini", "entropy", "log_loss" };
	static const char *const regression[] = { "squared_error" };
	bool is_regression = task == MLOPS_TASK_REGRESSION;
	char *word;
	int choice;

	params->criterion = is_regression ? MLOPS_CRITERION_SQUARED_ERROR : MLOPS_CRITERION_GINI;
	params->criterion_name = is_regression ? regression[0] : classification[0];
	if (value == NULL)
		return;
	word = mlops_args_text("criterion", value);
	if (is_regression)
	{
		(void) mlops_args_choice("criterion", word, regression, lengthof(regression));
		return;
	}
	choice = mlops_args_choice("criterion", word, classification, lengthof(classification));
	params->criterion = choice == 0 ? MLOPS_CRITERION_GINI : MLOPS_CRITERION_ENTROPY;
	params->criterion_name = classification[choice];
}

static void
read_class_weight(const JsonbValue *value, MlopsTask task, MlopsHyperparams *params)
{
	static const char *const words[] = { "balanced", "balanced_subsample" };

	params->class_weight = MLOPS_CLASS_WEIGHT_NONE;
	if (value == NULL)
		return;
	if (task == MLOPS_TASK_REGRESSION)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("class_weight has no meaning for a regression"),
						errhint("Leave it out, or weigh rows by weight_column.")));
	if (value->type == jbvBinary)
	{
		params->class_weight = MLOPS_CLASS_WEIGHT_MAP;
		params->class_weights = JsonbValueToJsonb(unconstify(JsonbValue *, value));
		if (!JB_ROOT_IS_OBJECT(params->class_weights))
			ereport(
				ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg(
					 "class_weight must be \"balanced\", \"balanced_subsample\" or an object of label and weight, not an array")));
		return;
	}
	params->class_weight = mlops_args_choice("class_weight", mlops_args_text("class_weight", value),
											 words, lengthof(words)) == 0 ?
							   MLOPS_CLASS_WEIGHT_BALANCED :
							   MLOPS_CLASS_WEIGHT_BALANCED_SUBSAMPLE;
}

static int64
draw_random_state(void)
{
	uint32 drawn;

	if (!pg_strong_random(&drawn, sizeof(drawn)))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not draw a random_state"),
						errhint("Give random_state in hyperparams.")));
	return (int64) (drawn & PG_INT32_MAX);
}

static void
read_bagging(JsonbValue **values, MlopsHyperparams *params)
{
	params->bootstrap =
		values[KEY_BOOTSTRAP] == NULL || mlops_args_bool("bootstrap", values[KEY_BOOTSTRAP]);
	if (values[KEY_MAX_SAMPLES] != NULL)
	{
		params->max_samples =
			read_amount(KEY_MAX_SAMPLES, values[KEY_MAX_SAMPLES], 1,
						"null, a count from 1 or a fraction below 1", "null means all rows.");
		if (!params->bootstrap)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("max_samples needs bootstrap, which is false"),
							errhint("Leave max_samples out or set bootstrap to true.")));
	}
	params->oob_score =
		values[KEY_OOB_SCORE] != NULL && mlops_args_bool("oob_score", values[KEY_OOB_SCORE]);
	if (params->oob_score && !params->bootstrap)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("oob_score needs bootstrap, which is false"),
				 errhint("Without a bootstrap no row is out of a tree's bag: leave oob_score "
						 "out or set bootstrap to true.")));
}

const char *
mlops_hyperparams_name(const char *key)
{
	int i = mlops_args_find_option(key, OPTIONS, lengthof(OPTIONS));

	return i < 0 ? NULL : OPTIONS[i].name;
}

void
mlops_hyperparams_read(Jsonb *object, MlopsTask task, MlopsHyperparams *params)
{
	JsonbValue *values[lengthof(OPTIONS)];

#define INTEGER(key, least, greatest, otherwise)                                                   \
	(values[key] == NULL ? (otherwise) :                                                           \
						   mlops_args_integer(OPTIONS[key].name, values[key], least, greatest))
	memset(params, 0, sizeof(*params));
	mlops_args_read_options("hyperparameter", object, OPTIONS, lengthof(OPTIONS), values);
	params->n_estimators =
		(uint32) INTEGER(KEY_N_ESTIMATORS, 1, N_ESTIMATORS_MAX, N_ESTIMATORS_DEFAULT);
	read_criterion(values[KEY_CRITERION], task, params);
	params->max_depth = (uint32) INTEGER(KEY_MAX_DEPTH, 1, PG_INT32_MAX, 0);
	if (values[KEY_MAX_FEATURES] != NULL)
		params->max_features = read_max_features(values[KEY_MAX_FEATURES]);
	else if (task == MLOPS_TASK_CLASSIFICATION)
		params->max_features.kind = MLOPS_AMOUNT_SQRT;
	params->min_samples_split = (MlopsAmount){ MLOPS_AMOUNT_COUNT, 2 };
	if (values[KEY_MIN_SAMPLES_SPLIT] != NULL)
		params->min_samples_split = read_amount(
			KEY_MIN_SAMPLES_SPLIT, values[KEY_MIN_SAMPLES_SPLIT], 2,
			"a count from 2 or a fraction below 1", "A node of one row cannot be split.");
	params->min_samples_leaf = (MlopsAmount){ MLOPS_AMOUNT_COUNT, 1 };
	if (values[KEY_MIN_SAMPLES_LEAF] != NULL)
		params->min_samples_leaf =
			read_amount(KEY_MIN_SAMPLES_LEAF, values[KEY_MIN_SAMPLES_LEAF], 1,
						"a count from 1 or a fraction below 1", "1 means one row.");
	params->max_leaf_nodes = (uint32) INTEGER(KEY_MAX_LEAF_NODES, 2, PG_INT32_MAX, 0);
	read_bagging(values, params);
	read_class_weight(values[KEY_CLASS_WEIGHT], task, params);
	if (values[KEY_RANDOM_STATE] != NULL)
		params->random_state = mlops_args_integer("random_state", values[KEY_RANDOM_STATE],
												  PG_INT64_MIN, PG_INT64_MAX);
	else
		params->random_state = draw_random_state();
	params->max_bins = (uint32) INTEGER(KEY_MAX_BINS, MLOPS_MAX_BINS_MIN, MLOPS_MAX_BINS_MAX,
										MLOPS_MAX_BINS_DEFAULT);
#undef INTEGER
}

static JsonbValue
json_amount(MlopsAmount amount)
{
	JsonbValue value = { .type = jbvNull };

	switch (amount.kind)
	{
		case MLOPS_AMOUNT_NONE:
			return value;
		case MLOPS_AMOUNT_COUNT:
			return mlops_json_integer((int64) amount.value);
		case MLOPS_AMOUNT_FRACTION:
			return mlops_json_number(amount.value);
		case MLOPS_AMOUNT_SQRT:
			return mlops_json_text("sqrt");
		case MLOPS_AMOUNT_LOG2:
			return mlops_json_text("log2");
	}
	return value;
}

/* A limit of 0 is null. */
static JsonbValue
json_limit(uint32 limit)
{
	return limit == 0 ? mlops_json_text(NULL) : mlops_json_integer(limit);
}

static JsonbValue
json_class_weight(const MlopsHyperparams *params)
{
	JsonbValue value = { .type = jbvNull };

	switch (params->class_weight)
	{
		case MLOPS_CLASS_WEIGHT_NONE:
			break;
		case MLOPS_CLASS_WEIGHT_BALANCED:
			return mlops_json_text("balanced");
		case MLOPS_CLASS_WEIGHT_BALANCED_SUBSAMPLE:
			return mlops_json_text("balanced_subsample");
		case MLOPS_CLASS_WEIGHT_MAP:
			return mlops_json_object(params->class_weights);
	}
	return value;
}

Jsonb *
mlops_hyperparams_jsonb(const MlopsHyperparams *params)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	mlops_json_pair(&state, OPTIONS[KEY_N_ESTIMATORS].name,
					mlops_json_integer(params->n_estimators));
	mlops_json_pair(&state, OPTIONS[KEY_CRITERION].name, mlops_json_text(params->criterion_name));
	mlops_json_pair(&state, OPTIONS[KEY_MAX_DEPTH].name, json_limit(params->max_depth));
	mlops_json_pair(&state, OPTIONS[KEY_MAX_FEATURES].name, json_amount(params->max_features));
	mlops_json_pair(&state, OPTIONS[KEY_MIN_SAMPLES_SPLIT].name,
					json_amount(params->min_samples_split));
	mlops_json_pair(&state, OPTIONS[KEY_MIN_SAMPLES_LEAF].name,
					json_amount(params->min_samples_leaf));
	mlops_json_pair(&state, OPTIONS[KEY_MAX_LEAF_NODES].name, json_limit(params->max_leaf_nodes));
	mlops_json_pair(&state, OPTIONS[KEY_BOOTSTRAP].name, mlops_json_bool(params->bootstrap));
	mlops_json_pair(&state, OPTIONS[KEY_MAX_SAMPLES].name, json_amount(params->max_samples));
	mlops_json_pair(&state, OPTIONS[KEY_CLASS_WEIGHT].name, json_class_weight(params));
	mlops_json_pair(&state, OPTIONS[KEY_RANDOM_STATE].name,
					mlops_json_integer(params->random_state));
	mlops_json_pair(&state, OPTIONS[KEY_OOB_SCORE].name, mlops_json_bool(params->oob_score));
	mlops_json_pair(&state, OPTIONS[KEY_MAX_BINS].name, mlops_json_integer(params->max_bins));
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* ceil(fraction * n) or the count, within least .. most. */
static uint32
resolve_rows(MlopsAmount amount, uint64 n_rows, uint32 least)
{
	double n =
		amount.kind == MLOPS_AMOUNT_FRACTION ? ceil(amount.value * (double) n_rows) : amount.value;

	return (uint32) Min(Max(n, least), (double) PG_UINT32_MAX);
}

static uint32
resolve_columns(MlopsAmount amount, uint32 n_columns)
{
	double n = n_columns;

	switch (amount.kind)
	{
		case MLOPS_AMOUNT_NONE:
			break;
		case MLOPS_AMOUNT_COUNT:
			n = amount.value;
			break;
		case MLOPS_AMOUNT_FRACTION:
			n = floor(amount.value * n_columns);
			break;
		case MLOPS_AMOUNT_SQRT:
			n = floor(sqrt(n_columns));
			break;
		case MLOPS_AMOUNT_LOG2:
			n = pg_leftmost_one_pos32(n_columns);
			break;
	}
	return (uint32) Min(Max(n, 1), n_columns);
}

/* Draws of a bootstrap that was given as a count. */
static uint64
count_draws(const MlopsHyperparams *params, uint64 n_rows)
{
	if (params->max_samples.value > (double) n_rows)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("max_samples must be at most " UINT64_FORMAT
							   ", the number of training rows, not %.0f",
							   n_rows, params->max_samples.value),
						errhint("null means as many as there are rows.")));
	return (uint64) params->max_samples.value;
}

void
mlops_hyperparams_resolve(const MlopsHyperparams *params, uint64 n_rows, uint32 n_columns,
						  MlopsGrowParams *grow)
{
	memset(grow, 0, sizeof(*grow));
	grow->criterion = params->criterion;
	grow->max_depth = params->max_depth;
	grow->max_features = resolve_columns(params->max_features, n_columns);
	grow->min_samples_split = resolve_rows(params->min_samples_split, n_rows, 2);
	grow->min_samples_leaf = resolve_rows(params->min_samples_leaf, n_rows, 1);
	grow->max_leaf_nodes = params->max_leaf_nodes;
	grow->bootstrap = params->bootstrap;
	grow->n_draws = n_rows;
	if (params->max_samples.kind == MLOPS_AMOUNT_COUNT)
		grow->n_draws = count_draws(params, n_rows);
	else if (params->max_samples.kind == MLOPS_AMOUNT_FRACTION)
		grow->n_draws = Max((uint64) rint(params->max_samples.value * (double) n_rows), 1);
	grow->random_state = params->random_state;
	grow->balanced_subsample = params->class_weight == MLOPS_CLASS_WEIGHT_BALANCED_SUBSAMPLE;
}

/* Fill weights from the map; a class that it lacks weighs 1. */
static void
read_weight_map(const MlopsHyperparams *params, const char *const *labels, uint32 n_classes,
				double *weights)
{
	JsonbIterator *iterator = JsonbIteratorInit(&params->class_weights->root);
	JsonbIteratorToken token;
	JsonbValue value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *label;
		uint32 c = 0;
		double weight;

		if (token != WJB_KEY)
			continue;
		label = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		weight = mlops_args_number(psprintf("class_weight of \"%s\"", label), &value);
		while (c < n_classes && strcmp(labels[c], label) != 0)
			c++;
		if (c == n_classes)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("class_weight names \"%s\", which is no class", label),
							errhint("Classes are %s.", mlops_join_names(labels, (int) n_classes))));
		if (!(weight > 0 && weight <= 1e9))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("class_weight of \"%s\" must be above 0 and at most 1e9, not %g",
								   label, weight)));
		weights[c] = weight;
	}
}

bool
mlops_hyperparams_class_weights(const MlopsHyperparams *params, const char *const *labels,
								const double *counts, uint32 n_classes, double *weights)
{
	double n = 0;

	for (uint32 c = 0; c < n_classes; c++)
	{
		weights[c] = 1;
		n += counts[c];
	}
	if (params->class_weight == MLOPS_CLASS_WEIGHT_BALANCED)
	{
		for (uint32 c = 0; c < n_classes; c++)
			weights[c] = counts[c] > 0 ? n / (n_classes * counts[c]) : 1; /* none to weigh */
		return true;
	}
	if (params->class_weight != MLOPS_CLASS_WEIGHT_MAP)
		return false;
	read_weight_map(params, labels, n_classes, weights);
	return true;
}
