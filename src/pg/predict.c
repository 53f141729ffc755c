/*
 * predict, predict_label, predict_proba, predict_entity, classes: the calls of SQL.
 *
 * Each call has an input that gives the outputs of the model (predict_input.c)
 * and an answer (value, label or probabilities).  The functions are the product
 * of the two, made by one macro.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/compat.h"
#include "pg/predict_input.h"

/* Probability of class c. */
static double
class_probability(const MlopsModel *model, const double *outputs, int c)
{
	if (model->forest->n_classes > 2)
		return outputs[c];
	return c == 1 ? outputs[0] : 1 - outputs[0];
}

static void
require_classification(const MlopsModel *model)
{
	if (model->version.task != MLOPS_TASK_CLASSIFICATION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" is a regression and has no classes", model->version.model),
				 errhint("Use mlops.predict.")));
}

void
mlops_predict_check_single(const MlopsModel *model)
{
	if (model->version.task != MLOPS_TASK_REGRESSION && model->version.n_classes > 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d classes, so it has no single score",
							   model->version.model, model->version.n_classes),
						errhint("Use predict_label or predict_proba.")));
}

/* The answers. */
static Datum
answer_value(FunctionCallInfo fcinfo, const MlopsModel *model, const double *outputs)
{
	mlops_predict_check_single(model);
	PG_RETURN_FLOAT8(mlops_single_score(model, outputs));
}

static Datum
answer_label(FunctionCallInfo fcinfo, const MlopsModel *model, const double *outputs)
{
	int best = 0;

	require_classification(model);
	if (model->version.n_classes == 2)
		PG_RETURN_TEXT_P(cstring_to_text(
			mlops_binary_label(model, mlops_positive_score(model, outputs) >= 0.5)));
	for (int c = 1; c < model->version.n_classes; c++)
	{
		if (outputs[c] > outputs[best])
			best = c;
	}
	PG_RETURN_TEXT_P(cstring_to_text(model->version.classes[best]));
}

static Datum
answer_proba(FunctionCallInfo fcinfo, const MlopsModel *model, const double *outputs)
{
	Datum *elements;

	require_classification(model);
	elements = palloc(sizeof(Datum) * model->version.n_classes);
	for (int c = 0; c < model->version.n_classes; c++)
		elements[c] = Float8GetDatum(class_probability(model, outputs, c));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, model->version.n_classes, FLOAT8OID,
										  sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

typedef Datum (*GiveAnswer)(FunctionCallInfo fcinfo, const MlopsModel *model,
							const double *outputs);

static Datum
predict(FunctionCallInfo fcinfo, const MlopsPredictInput *input, GiveAnswer answer)
{
	MlopsPredictCall *call;
	const MlopsModel *model;

	if (mlops_input_is_null(fcinfo, input))
		PG_RETURN_NULL();
	call = mlops_predict_call(fcinfo, sizeof(MlopsPredictCall));
	model = mlops_predict_model(fcinfo, input, call);
	return answer(fcinfo, model, mlops_predict_outputs(fcinfo, input, model, call));
}

/* mlops_<prefix>_<input>: one SQL-callable function per input and answer. */
#define PREDICT_FUNCTION(name, input, answer)                                                      \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return predict(fcinfo, &(input), answer);                                                  \
	}

PREDICT_FUNCTION(mlops_predict_array, mlops_input_array, answer_value)
PREDICT_FUNCTION(mlops_predict_record, mlops_input_record, answer_value)
PREDICT_FUNCTION(mlops_predict_jsonb, mlops_input_jsonb, answer_value)
PREDICT_FUNCTION(mlops_predict_json, mlops_input_json, answer_value)
PREDICT_FUNCTION(mlops_predict_user, mlops_input_user, answer_value)
PREDICT_FUNCTION(mlops_predict_entity, mlops_input_entity, answer_value)
PREDICT_FUNCTION(mlops_predict_label_array, mlops_input_array, answer_label)
PREDICT_FUNCTION(mlops_predict_label_record, mlops_input_record, answer_label)
PREDICT_FUNCTION(mlops_predict_label_jsonb, mlops_input_jsonb, answer_label)
PREDICT_FUNCTION(mlops_predict_label_json, mlops_input_json, answer_label)
PREDICT_FUNCTION(mlops_predict_label_user, mlops_input_user, answer_label)
PREDICT_FUNCTION(mlops_predict_proba_array, mlops_input_array, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_record, mlops_input_record, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_jsonb, mlops_input_jsonb, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_json, mlops_input_json, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_user, mlops_input_user, answer_proba)

MLOPS_FUNCTION(mlops_classes);

Datum
mlops_classes(PG_FUNCTION_ARGS)
{
	const MlopsModel *model = mlops_predict_model(
		fcinfo, &mlops_input_array, mlops_predict_call(fcinfo, sizeof(MlopsPredictCall)));
	Datum *elements;

	require_classification(model);
	elements = palloc(sizeof(Datum) * model->version.n_classes);
	for (int c = 0; c < model->version.n_classes; c++)
		elements[c] = CStringGetTextDatum(model->version.classes[c]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, model->version.n_classes, TEXTOID, -1, false, TYPALIGN_INT));
}
