/*
 * From values of a caller to the codes of a model: single values, arrays, and the
 * rules that every input obeys.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "pg/coding.h"
#include "pg/error.h"

/* Setting mlops.on_missing_feature. */
enum
{
	ON_MISSING_ERROR,
	ON_MISSING_NULL
};
static const struct config_enum_entry ON_MISSING[] = { { "error", ON_MISSING_ERROR, false },
													   { "null", ON_MISSING_NULL, false },
													   { NULL, 0, false } };
static int on_missing_feature = ON_MISSING_ERROR;

void
mlops_coding_init_gucs(void)
{
	DefineCustomEnumVariable("mlops.on_missing_feature",
							 "What predict does when a record or JSON object lacks a feature.",
							 "error: refuse it. null: take it as a missing value.",
							 &on_missing_feature, ON_MISSING_ERROR, ON_MISSING, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

void
mlops_report_missing(const char *feature)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("feature \"%s\" is missing", feature),
					errdetail("The model was trained with impute \"error\" for it."),
					errhint("Give a value, or train with another impute.")));
}

/* A date is days, a timestamp microseconds: one cannot stand for the other, nor for a number. */
static bool
is_time(Oid base)
{
	return base == DATEOID || base == TIMESTAMPOID || base == TIMESTAMPTZOID || base == INTERVALOID;
}

void
mlops_check_type(const MlopsFeature *feature, const MlopsValueType *type)
{
	Oid trained = OidIsValid(feature->type) ? getBaseType(feature->type) : InvalidOid;

	if (type->is_supported && type->kind == feature->kind &&
		(trained == type->base || !OidIsValid(trained) ||
		 (!is_time(trained) && !is_time(type->base))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("feature \"%s\" is %s and cannot have a value of type %s", feature->name,
					feature->kind == MLOPS_COLUMN_NUMERIC ? "numeric" : "categorical",
					format_type_be(type->type)),
			 OidIsValid(feature->type) ? errhint("Cast it to %s, the type it was trained with.",
												 format_type_be(feature->type)) :
										 0));
}

void
mlops_check_feature_types(const MlopsVersion *version, const MlopsRows *rows)
{
	for (int i = 0; i < version->n_features; i++)
		mlops_check_type(&version->features[i], &rows->features[i].type);
}

void
mlops_check_absent(const MlopsVersion *version, const bool *is_absent)
{
	const char **names = palloc(sizeof(char *) * Max(version->n_features, 1));
	int n = 0;

	for (int i = 0; i < version->n_features; i++)
	{
		if (is_absent[i])
			names[n++] = version->features[i].name;
	}
	if (n > 0 && on_missing_feature == ON_MISSING_ERROR)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("features of model \"%s\" are absent: %s", version->model,
							   mlops_join_names(names, n)),
						errhint("Give them, as NULL if unknown, or set mlops.on_missing_feature to "
								"\"null\".")));
	pfree(names);
}

int
mlops_count_elements(const MlopsVersion *version, const char *array)
{
	int n = 0;

	for (int i = 0; i < version->n_features; i++)
	{
		char *name;
		int element;

		n += mlops_split_element(version->features[i].name, &name, &element) &&
			 strcmp(name, array) == 0;
	}
	return n;
}

void
mlops_check_length(const MlopsVersion *version, const char *array, int length)
{
	int n = mlops_count_elements(version, array);

	if (length != n)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must have %d elements for model \"%s\", not %d", array, n,
							   version->model, length)));
}

static void
check_array(const MlopsVersion *version, ArrayType *array)
{
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("features must have one dimension, not %d", ARR_NDIM(array)),
						errhint("Call predict once per row.")));
	if (n != version->n_features)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d features, not %d", version->model,
							   version->n_features, n),
						errhint("Their names and order are in mlops.model_versions.features.")));
}

/* Number i of an array of float8 or bool. */
static double
array_number(ArrayType *array, int i)
{
	if (ARR_ELEMTYPE(array) == BOOLOID)
		return ((bool *) ARR_DATA_PTR(array))[i] ? 1 : 0;
	return ((float8 *) ARR_DATA_PTR(array))[i];
}

void
mlops_code_array(const MlopsModel *model, ArrayType *array, uint16 *lanes)
{
	const bits8 *nulls = ARR_NULLBITMAP(array);
	int n_present = 0;

	check_array(&model->version, array);
	lanes[0] = 0;
	for (int i = 0; i < model->version.n_features; i++)
	{
		bool is_null = nulls != NULL && (nulls[i / 8] & (1 << (i % 8))) == 0;
		double number = is_null ? 0 : array_number(array, n_present++);

		if (is_null || isnan(number))
		{
			mlops_code_missing(model, i, lanes);
			continue;
		}
		if (mlops_feature_has_levels(model, i))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("feature \"%s\" is categorical and cannot come from an array",
							model->version.features[i].name),
					 errhint("Give the features as a row or as jsonb, or NULL for this one.")));
		mlops_code_number(model, i, number, lanes);
	}
}
