/*
 * The argument preprocess of train_model.
 */
#include "postgres.h"

#include "pg/args.h"
#include "pg/error.h"
#include "pg/json.h"
#include "pg/preprocess.h"

enum
{
	KEY_ENCODE,
	KEY_IMPUTE,
	KEY_SCALE
};

static const MlopsOption OPTIONS[] = { { "encode", NULL, false, NULL },
									   { "impute", NULL, false, NULL },
									   { "scale", NULL, false, NULL } };

static const char *const ENCODES[] = { "native", "ordinal", "one_hot", "target" };
static const char *const IMPUTES[] = { "none", "error", "mean", "median",
									   "mode", "min",	"max",	"zero" };
static const char *const SCALES[] = { "preserve" };
/* Known elsewhere. */
static const char *const OTHER_SCALES[] = { "standard", "min_max", "max_abs", "robust" };

static void
report_unknown_feature(const char *name, const MlopsRows *rows)
{
	const char **names = palloc(sizeof(char *) * Max(rows->n_features, 1));
	const char *nearest;

	for (int i = 0; i < rows->n_features; i++)
		names[i] = rows->features[i].name;
	nearest = mlops_nearest_name(name, names, rows->n_features);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("preprocess names \"%s\", which is no feature", name),
					nearest != NULL ?
						errhint("Did you mean \"%s\"?", nearest) :
						errhint("Features are %s.", mlops_join_names(names, rows->n_features))));
}

/* Position of the feature of a name. */
static int
require_feature(const char *name, const MlopsRows *rows)
{
	for (int i = 0; i < rows->n_features; i++)
	{
		if (strcmp(name, rows->features[i].name) == 0)
			return i;
	}
	report_unknown_feature(name, rows);
	return -1; /* not reached */
}

/* Position of an option's word; 0, the default, if it is absent. */
static int
read_word(const JsonbValue *value, int key, const char *const *words, int n_words)
{
	const char *name = OPTIONS[key].name;

	return value == NULL ? 0 :
						   mlops_args_choice(name, mlops_args_text(name, value), words, n_words);
}

static void
check_scale(const JsonbValue *value)
{
	const char *word = value == NULL ? SCALES[0] : mlops_args_text("scale", value);

	for (int i = 0; i < (int) lengthof(OTHER_SCALES); i++)
	{
		if (strcmp(word, OTHER_SCALES[i]) == 0)
			ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
							errmsg("scale \"%s\" is not supported", word),
							errhint("Leave it out: the splits of a forest do not change with the "
									"scale of a feature.")));
	}
	(void) mlops_args_choice("scale", word, SCALES, lengthof(SCALES));
}

/* Levels can be encoded, and only numbers have a mean. */
static void
check_kind(const MlopsReadColumn *feature, const MlopsPreprocess *preprocess)
{
	bool is_numeric = feature->type.kind == MLOPS_COLUMN_NUMERIC;

	if (is_numeric && preprocess->encode != MLOPS_ENCODE_NATIVE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("encode \"%s\" is for categorical features, and \"%s\" is numeric",
							   ENCODES[preprocess->encode], feature->name),
						errhint("Leave it out, or cast the column to text.")));
	if (!is_numeric && preprocess->impute != MLOPS_IMPUTE_NONE &&
		preprocess->impute != MLOPS_IMPUTE_ERROR && preprocess->impute != MLOPS_IMPUTE_MODE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("impute \"%s\" is for numeric features, and \"%s\" is categorical",
							   IMPUTES[preprocess->impute], feature->name),
						errhint("Choose \"mode\" or \"error\", or leave it out: a forest takes "
								"missing values as they are.")));
}

/* What is said of the feature of a name. */
static MlopsPreprocess
read_feature(const char *name, const JsonbValue *value)
{
	JsonbValue *values[lengthof(OPTIONS)];
	MlopsPreprocess preprocess = { .is_named = true };

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("preprocess of \"%s\" must be a JSON object", name),
						errhint("Write for example '{\"%s\": {\"impute\": \"mode\"}}'.", name)));
	mlops_args_read_options("preprocess key", JsonbValueToJsonb(unconstify(JsonbValue *, value)),
							OPTIONS, lengthof(OPTIONS), values);
	preprocess.encode =
		(MlopsEncode) read_word(values[KEY_ENCODE], KEY_ENCODE, ENCODES, lengthof(ENCODES));
	preprocess.impute =
		(MlopsImpute) read_word(values[KEY_IMPUTE], KEY_IMPUTE, IMPUTES, lengthof(IMPUTES));
	check_scale(values[KEY_SCALE]);
	return preprocess;
}

MlopsPreprocess *
mlops_preprocess_read(Jsonb *object, const MlopsRows *rows)
{
	MlopsPreprocess *preprocess =
		rows == NULL ? NULL : palloc0(sizeof(MlopsPreprocess) * Max(rows->n_features, 1));
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (object == NULL)
		return preprocess;
	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("preprocess must be a JSON object of features"),
						errhint("Write for example '{\"age\": {\"impute\": \"median\"}}'.")));
	iterator = JsonbIteratorInit(&object->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		MlopsPreprocess said;
		char *name;
		int i;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		said = read_feature(name, &value);
		if (rows == NULL)
			continue;
		i = require_feature(name, rows);
		check_kind(&rows->features[i], &said);
		preprocess[i] = said;
	}
	return preprocess;
}

Jsonb *
mlops_preprocess_jsonb(const MlopsPreprocess *preprocess, const MlopsRows *rows)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < rows->n_features; i++)
	{
		if (!preprocess[i].is_named)
			continue;
		mlops_json_key(&state, rows->features[i].name);
		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		mlops_json_pair(&state, "encode", mlops_json_text(ENCODES[preprocess[i].encode]));
		mlops_json_pair(&state, "impute", mlops_json_text(IMPUTES[preprocess[i].impute]));
		mlops_json_pair(&state, "scale", mlops_json_text(SCALES[0]));
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
