/*
 * The document of an export: whether what it says fits together.
 *
 * Whoever reads a version later takes lengths, ranges and types for granted:
 * evaluate() walks three arrays by the length of one, views cast values of
 * JSON.  Training wrote them; here a stranger did.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "parser/parse_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/exchange.h"
#include "pg/hyperparams.h"
#include "pg/value.h"

static char *
text_of(const MlopsVersionRow *row, MlopsVersionColumn column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

static int64
integer_of(const MlopsVersionRow *row, MlopsVersionColumn column)
{
	return DatumGetInt64(row->values[column]);
}

static Jsonb *
json_of(const MlopsVersionRow *row, MlopsVersionColumn column)
{
	return DatumGetJsonbP(row->values[column]);
}

/* Numbers of a column, in place; NULL if it is NULL. */
static const double *
numbers_of(const MlopsVersionRow *row, MlopsVersionColumn column, int *n)
{
	ArrayType *array;

	*n = 0;
	if (row->nulls[column])
		return NULL;
	array = DatumGetArrayTypeP(row->values[column]);
	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return (const double *) ARR_DATA_PTR(array);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Refuse names of which two are the same. */
static void
check_distinct(const char *field, char **names, int n)
{
	char **sorted = palloc(sizeof(char *) * Max(n, 1));

	memcpy(sorted, names, sizeof(char *) * n);
	qsort(sorted, n, sizeof(char *), compare_texts);
	for (int i = 1; i < n; i++)
	{
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			mlops_exchange_refuse("field \"%s\" has \"%s\" twice", field, sorted[i]);
	}
	pfree(sorted);
}

/* A name of a column: what a reader looks for. */
static void
check_column_name(const MlopsVersionRow *row, MlopsVersionColumn column)
{
	const char *name = text_of(row, column);

	if (name != NULL && (name[0] == '\0' || strlen(name) >= NAMEDATALEN))
		mlops_exchange_refuse("field \"%s\" is no name of a column",
							  mlops_catalog_column_name(column));
}

static MlopsTask
check_task(const MlopsVersionRow *row)
{
	const char *algorithm = text_of(row, MLOPS_VC_ALGORITHM);
	const char *task = text_of(row, MLOPS_VC_TASK);

	if (strcmp(algorithm, "random_forest") != 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("algorithm \"%s\" of the export is not known here", algorithm),
						errhint("Update the extension mlops on this server.")));
	if (strcmp(task, "regression") == 0)
		return MLOPS_TASK_REGRESSION;
	if (strcmp(task, "classification") != 0)
		mlops_exchange_refuse("field \"task\" is \"%s\"", task);
	return MLOPS_TASK_CLASSIFICATION;
}

/* A string of an object. */
static char *
member_text(JsonbContainer *object, const char *field, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);

	if (value == NULL || value->type != jbvString)
		mlops_exchange_refuse("an element of field \"%s\" lacks the string \"%s\"", field, key);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* Kind and type of a feature; a type that this database lacks is allowed. */
static void
read_feature(JsonbContainer *object, MlopsFeature *feature)
{
	const char *kind = member_text(object, "features", "kind");
	int32 typmod;
	MlopsValueType type;

	feature->name = member_text(object, "features", "name");
	if (strcmp(kind, "numeric") != 0 && strcmp(kind, "categorical") != 0)
		mlops_exchange_refuse("feature \"%s\" is of kind \"%s\"", feature->name, kind);
	feature->kind = strcmp(kind, "numeric") == 0 ? MLOPS_COLUMN_NUMERIC : MLOPS_COLUMN_CATEGORICAL;
	parseTypeString(member_text(object, "features", "type"), &feature->type, &typmod, true);
	if (!OidIsValid(feature->type))
		return;
	mlops_value_type(feature->type, &type);
	if (!type.is_supported || type.kind != feature->kind)
		mlops_exchange_refuse("feature \"%s\" is %s, which its type is not", feature->name, kind);
}

static void
check_features(MlopsImport *import)
{
	JsonbContainer *array = &json_of(&import->row, MLOPS_VC_FEATURES)->root;
	MlopsVersion *version = &import->version;
	char **names;

	version->n_features = JsonContainerSize(array);
	if (version->n_features < 1 || version->n_features > MLOPS_MAX_COLUMNS)
		mlops_exchange_refuse("%d features are not in 1 .. %d", version->n_features,
							  MLOPS_MAX_COLUMNS);
	version->features = palloc0(sizeof(MlopsFeature) * version->n_features);
	names = palloc(sizeof(char *) * version->n_features);
	for (int i = 0; i < version->n_features; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, (uint32) i);

		if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data) ||
			JsonContainerSize(element->val.binary.data) != 3)
			mlops_exchange_refuse("feature %d is not an object of name, type and kind", i + 1);
		read_feature(element->val.binary.data, &version->features[i]);
		names[i] = version->features[i].name;
		if (names[i][0] == '\0')
			mlops_exchange_refuse("feature %d has no name", i + 1);
	}
	check_distinct("features", names, version->n_features);
}

static void
check_classes(MlopsImport *import)
{
	const MlopsVersionRow *row = &import->row;
	MlopsVersion *version = &import->version;
	const char *positive = text_of(row, MLOPS_VC_POSITIVE_CLASS);
	Datum *texts;
	int n_positive = 0;

	if (version->task == MLOPS_TASK_REGRESSION)
	{
		if (!row->nulls[MLOPS_VC_CLASSES] || positive != NULL)
			mlops_exchange_refuse("a regression has classes");
		return;
	}
	if (row->nulls[MLOPS_VC_CLASSES])
		mlops_exchange_refuse("a classification has no classes");
	deconstruct_array(DatumGetArrayTypeP(row->values[MLOPS_VC_CLASSES]), TEXTOID, -1, false,
					  TYPALIGN_INT, &texts, NULL, &version->n_classes);
	if (version->n_classes < 2 || version->n_classes > MLOPS_MAX_CLASSES)
		mlops_exchange_refuse("%d classes are not in 2 .. %d", version->n_classes,
							  MLOPS_MAX_CLASSES);
	version->classes = palloc(sizeof(char *) * version->n_classes);
	for (int c = 0; c < version->n_classes; c++)
	{
		version->classes[c] = TextDatumGetCString(texts[c]);
		n_positive += positive != NULL && strcmp(positive, version->classes[c]) == 0;
	}
	check_distinct("classes", version->classes, version->n_classes);
	if (version->n_classes == 2 ? n_positive != 1 : positive != NULL)
		mlops_exchange_refuse("field \"positive_class\" does not fit the classes");
}

/* Numbers and nulls of an object, and of objects in it; returns the number of a key, 0 if absent. */
static double
check_measures(JsonbContainer *object, bool may_nest, const char *key_wanted)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue key, value;
	double wanted = 0;

	(void) JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		char *name = pnstrdup(key.val.string.val, key.val.string.len);
		double number;

		(void) JsonbIteratorNext(&iterator, &value, true);
		if (value.type == jbvNull)
			continue;
		if (may_nest && value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
		{
			(void) check_measures(value.val.binary.data, false, "");
			continue;
		}
		number = mlops_exchange_number(psprintf("metrics.%s", name), &value);
		if (strcmp(name, key_wanted) == 0)
			wanted = number;
	}
	return wanted;
}

/* Refuse a column of another length, or with numbers outside of a range; NaN is in none. */
static void
check_numbers(const MlopsVersionRow *row, MlopsVersionColumn column, int n, double least,
			  double greatest)
{
	int n_given;
	const double *numbers = numbers_of(row, column, &n_given);

	if (numbers == NULL)
		return;
	if (n_given != n)
		mlops_exchange_refuse("field \"%s\" has %d numbers, not %d",
							  mlops_catalog_column_name(column), n_given, n);
	for (int i = 0; i < n_given; i++)
	{
		if (!isnan(numbers[i]) && !(numbers[i] >= least && numbers[i] <= greatest))
			mlops_exchange_refuse("number %d of field \"%s\" is out of range", i + 1,
								  mlops_catalog_column_name(column));
	}
}

/* Refuse a column that is there, or absent, if the hold-out rows say otherwise. */
static void
check_presence(const MlopsVersionRow *row, MlopsVersionColumn column, bool is_needed)
{
	if (row->nulls[column] != !is_needed)
		mlops_exchange_refuse("field \"%s\" is %s", mlops_catalog_column_name(column),
							  is_needed ? "null" : "there, but not its rows or classes");
}

/* What evaluate() and its kin read of the hold-out rows. */
static void
check_holdout(const MlopsImport *import, double n_rows)
{
	const MlopsVersionRow *row = &import->row;
	int n_classes = import->version.n_classes;
	bool has_curve = n_rows > 0 && n_classes == 2;
	int n;
	const double *scores = numbers_of(row, MLOPS_VC_HOLDOUT_SCORES, &n);

	check_presence(row, MLOPS_VC_HOLDOUT_SCORES, has_curve);
	check_presence(row, MLOPS_VC_HOLDOUT_POSITIVES, has_curve);
	check_presence(row, MLOPS_VC_HOLDOUT_NEGATIVES, has_curve);
	check_presence(row, MLOPS_VC_CONFUSION, n_rows > 0 && n_classes > 2);
	check_numbers(row, MLOPS_VC_HOLDOUT_SCORES, n, 0, 1);
	for (int i = 1; i < n; i++)
	{
		if (!(scores[i - 1] < scores[i]))
			mlops_exchange_refuse("score %d of the hold-out rows is not above the one before",
								  i + 1);
	}
	check_numbers(row, MLOPS_VC_HOLDOUT_POSITIVES, n, 0, MLOPS_MAX_VALUE);
	check_numbers(row, MLOPS_VC_HOLDOUT_NEGATIVES, n, 0, MLOPS_MAX_VALUE);
	check_numbers(row, MLOPS_VC_CONFUSION, n_classes * n_classes, 0, MLOPS_MAX_VALUE);
}

static void
check_importances(const MlopsImport *import)
{
	const MlopsVersionRow *row = &import->row;
	int n = import->version.n_features;

	check_numbers(row, MLOPS_VC_IMPORTANCE_WEIGHT, n, 0, MLOPS_MAX_VALUE);
	check_numbers(row, MLOPS_VC_IMPORTANCE_GAIN, n, -MLOPS_MAX_VALUE, MLOPS_MAX_VALUE);
	check_numbers(row, MLOPS_VC_IMPORTANCE_COVER, n, 0, MLOPS_MAX_VALUE);
	if (row->nulls[MLOPS_VC_IMPORTANCE_PERMUTATION] != row->nulls[MLOPS_VC_PERMUTATION_SE])
		mlops_exchange_refuse("permutation importances and their errors are not both there");
	check_numbers(row, MLOPS_VC_IMPORTANCE_PERMUTATION, n, -MLOPS_MAX_VALUE, MLOPS_MAX_VALUE);
	check_numbers(row, MLOPS_VC_PERMUTATION_SE, n, 0, MLOPS_MAX_VALUE);
}

/* Require a member of an object that is of one of two types. */
static JsonbValue *
require_member(JsonbContainer *object, const char *field, const char *key, enum jbvType type,
			   enum jbvType other)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);

	if (value == NULL || (value->type != type && value->type != other))
		mlops_exchange_refuse("\"%s\" of field \"%s\" is absent or of another type", key, field);
	return value;
}

/* One set of hyperparameters that a search tried; trial_info casts all of it. */
static void
check_trial(JsonbContainer *trial)
{
	JsonbContainer *scores;
	JsonbValue *value = require_member(trial, "trials", "params", jbvBinary, jbvBinary);

	if (!JsonContainerIsObject(value->val.binary.data))
		mlops_exchange_refuse("the parameters of a trial are not an object");
	(void) require_member(trial, "trials", "is_best", jbvBool, jbvBool);
	for (int i = 0; i < 2; i++)
	{
		const char *key = i == 0 ? "mean" : "spread";

		value = require_member(trial, "trials", key, jbvNumeric, jbvNull);
		if (value->type == jbvNumeric)
			(void) mlops_exchange_number("trials", value);
	}
	value = require_member(trial, "trials", "fold_scores", jbvBinary, jbvBinary);
	scores = value->val.binary.data;
	if (!JsonContainerIsArray(scores))
		mlops_exchange_refuse("the scores of a trial are not an array");
	for (uint32 i = 0; i < JsonContainerSize(scores); i++)
	{
		value = getIthJsonbValueFromContainer(scores, i);
		if (value->type != jbvNull)
			(void) mlops_exchange_number("trials", value);
	}
}

static void
check_trials(const MlopsVersionRow *row)
{
	JsonbContainer *array;

	if (row->nulls[MLOPS_VC_TRIALS])
		return;
	array = &json_of(row, MLOPS_VC_TRIALS)->root;
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, i);

		if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
			mlops_exchange_refuse("trial %u is not an object", i + 1);
		check_trial(element->val.binary.data);
	}
}

/* Arguments that views cast. */
static void
check_arguments(const MlopsVersionRow *row)
{
	JsonbContainer *object = &json_of(row, MLOPS_VC_ARGUMENTS)->root;

	(void) require_member(object, "arguments", "truncated", jbvBool, jbvBool);
	(void) require_member(object, "arguments", "keep_training_data", jbvBool, jbvBool);
}

static void
check_numbers_of_rows(const MlopsVersionRow *row)
{
	int64 n_rows = integer_of(row, MLOPS_VC_N_ROWS);
	int64 n_train = integer_of(row, MLOPS_VC_N_TRAIN_ROWS);
	int64 n_test = integer_of(row, MLOPS_VC_N_TEST_ROWS);
	const char *hash = text_of(row, MLOPS_VC_DATA_HASH);

	if (n_train < 0 || n_test < 0 || n_train > n_rows || n_test > n_rows - n_train)
		mlops_exchange_refuse("its numbers of rows do not fit together");
	if (strlen(hash) != 32 || strspn(hash, "0123456789abcdef") != 32)
		mlops_exchange_refuse("field \"data_hash\" is not 32 hexadecimal digits");
}

static void
check_digest(MlopsImport *import)
{
	bytea *digest = DatumGetByteaPP(import->row.values[MLOPS_VC_DIGEST]);

	if (VARSIZE_ANY_EXHDR(digest) != MLOPS_DIGEST_BYTES)
		mlops_exchange_refuse("field \"digest\" is not %d bytes", MLOPS_DIGEST_BYTES);
	memcpy(import->version.digest, VARDATA_ANY(digest), MLOPS_DIGEST_BYTES);
}

void
mlops_exchange_check(MlopsImport *import)
{
	const MlopsVersionRow *row = &import->row;
	MlopsHyperparams params;

	memset(&import->version, 0, sizeof(import->version));
	import->version.task = check_task(row);
	check_column_name(row, MLOPS_VC_TARGET);
	check_column_name(row, MLOPS_VC_WEIGHT_COLUMN);
	check_features(import);
	check_classes(import);
	mlops_hyperparams_read(json_of(row, MLOPS_VC_HYPERPARAMS), import->version.task, &params);
	check_arguments(row);
	check_numbers_of_rows(row);
	check_holdout(import, check_measures(&json_of(row, MLOPS_VC_METRICS)->root, true, "n_rows"));
	check_trials(row);
	check_importances(import);
	check_digest(import);
}
