/*
 * predict, predict_label, predict_proba, classes: the calls of SQL.
 *
 * Each call has an input (array, row, jsonb, json or entity) that gives a coded
 * row, and an answer (value, label or probabilities).  The functions are the
 * product of the two, made by one macro.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "core/predict.h"
#include "pg/cache.h"
#include "pg/coding.h"
#include "pg/compat.h"
#include "pg/entity.h"

/* What a call site keeps between rows. */
typedef struct PredictCall
{
	MlopsCallCache cache;		/* must be first */
	const MlopsModel *prepared; /* model that the arrays below are for */
	MlopsRecordMap *map;
	uint16 *lanes;	 /* [n_columns + 1] */
	double *outputs; /* [n_outputs] */
} PredictCall;

static PredictCall *
call_of(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(PredictCall));
	return fcinfo->flinfo->fn_extra;
}

/* Find the model and make room for its row. */
static const MlopsModel *
prepare(FunctionCallInfo fcinfo, int model_argument)
{
	PredictCall *call = call_of(fcinfo);
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	const MlopsModel *model = mlops_cache_get(
		&call->cache, context,
		PG_ARGISNULL(model_argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(model_argument)));

	if (call->prepared != model)
	{
		call->prepared = NULL;
		/* a call that names another model in each row must not pile them up */
		if (call->lanes != NULL)
			pfree(call->lanes);
		if (call->outputs != NULL)
			pfree(call->outputs);
		call->lanes = NULL;
		call->outputs = NULL;
		call->lanes =
			MemoryContextAllocZero(context, sizeof(uint16) * mlops_forest_n_lanes(model->forest));
		call->outputs = MemoryContextAllocZero(context, sizeof(double) * model->forest->n_outputs);
		call->prepared = model;
	}
	return model;
}

/*
 * The inputs.  Each codes the row and returns the model, or NULL if the answer is NULL.
 */
static const MlopsModel *
read_array(FunctionCallInfo fcinfo)
{
	const MlopsModel *model;

	if (PG_ARGISNULL(1))
		return NULL;
	model = prepare(fcinfo, 0);
	mlops_code_array(model, PG_GETARG_ARRAYTYPE_P(1), call_of(fcinfo)->lanes);
	return model;
}

static const MlopsModel *
read_record(FunctionCallInfo fcinfo)
{
	const MlopsModel *model;

	if (PG_ARGISNULL(1))
		return NULL;
	model = prepare(fcinfo, 0);
	mlops_code_record(model, PG_GETARG_HEAPTUPLEHEADER(1), &call_of(fcinfo)->map,
					  fcinfo->flinfo->fn_mcxt, call_of(fcinfo)->lanes);
	return model;
}

static const MlopsModel *
read_jsonb(FunctionCallInfo fcinfo)
{
	const MlopsModel *model;

	if (PG_ARGISNULL(1))
		return NULL;
	model = prepare(fcinfo, 0);
	mlops_code_jsonb(model, PG_GETARG_JSONB_P(1), call_of(fcinfo)->lanes);
	return model;
}

static const MlopsModel *
read_json(FunctionCallInfo fcinfo)
{
	const MlopsModel *model;
	Datum jsonb;

	if (PG_ARGISNULL(1))
		return NULL;
	model = prepare(fcinfo, 0);
	jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(PG_GETARG_TEXT_PP(1))));
	mlops_code_jsonb(model, DatumGetJsonbP(jsonb), call_of(fcinfo)->lanes);
	return model;
}

static const MlopsModel *
read_entity(FunctionCallInfo fcinfo)
{
	const MlopsModel *model;

	if (PG_ARGISNULL(0))
		return NULL;
	model = prepare(fcinfo, 1);
	mlops_entity_lanes(model, PG_GETARG_INT64(0), call_of(fcinfo)->lanes);
	return model;
}

/* Probability of the positive class of a two-class model. */
static double
positive_score(const MlopsModel *model, const double *outputs)
{
	return model->version.positive == 1 ? outputs[0] : 1 - outputs[0];
}

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

/* The answers. */
static Datum
answer_value(FunctionCallInfo fcinfo, const MlopsModel *model, const double *outputs)
{
	if (model->version.task == MLOPS_TASK_REGRESSION)
		PG_RETURN_FLOAT8(outputs[0]);
	if (model->version.n_classes > 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d classes, so it has no single score",
							   model->version.model, model->version.n_classes),
						errhint("Use predict_label or predict_proba.")));
	PG_RETURN_FLOAT8(positive_score(model, outputs));
}

static Datum
answer_label(FunctionCallInfo fcinfo, const MlopsModel *model, const double *outputs)
{
	int best = 0;

	require_classification(model);
	if (model->version.n_classes == 2)
		best = positive_score(model, outputs) >= 0.5 ? model->version.positive :
													   1 - model->version.positive;
	else
	{
		for (int c = 1; c < model->version.n_classes; c++)
		{
			if (outputs[c] > outputs[best])
				best = c;
		}
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

typedef const MlopsModel *(*ReadInput)(FunctionCallInfo fcinfo);
typedef Datum (*GiveAnswer)(FunctionCallInfo fcinfo, const MlopsModel *model,
							const double *outputs);

static Datum
predict(FunctionCallInfo fcinfo, ReadInput read, GiveAnswer answer)
{
	const MlopsModel *model = read(fcinfo);
	PredictCall *call;

	if (model == NULL)
		PG_RETURN_NULL();
	call = fcinfo->flinfo->fn_extra;
	mlops_predict_row(model->forest, call->lanes, call->outputs);
	return answer(fcinfo, model, call->outputs);
}

/* mlops_<prefix>_<input>: one SQL-callable function per input and answer. */
#define PREDICT_FUNCTION(name, read, answer)                                                       \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return predict(fcinfo, read, answer);                                                      \
	}

PREDICT_FUNCTION(mlops_predict_array, read_array, answer_value)
PREDICT_FUNCTION(mlops_predict_record, read_record, answer_value)
PREDICT_FUNCTION(mlops_predict_jsonb, read_jsonb, answer_value)
PREDICT_FUNCTION(mlops_predict_json, read_json, answer_value)
PREDICT_FUNCTION(mlops_predict_user, read_entity, answer_value)
PREDICT_FUNCTION(mlops_predict_label_array, read_array, answer_label)
PREDICT_FUNCTION(mlops_predict_label_record, read_record, answer_label)
PREDICT_FUNCTION(mlops_predict_label_jsonb, read_jsonb, answer_label)
PREDICT_FUNCTION(mlops_predict_label_json, read_json, answer_label)
PREDICT_FUNCTION(mlops_predict_label_user, read_entity, answer_label)
PREDICT_FUNCTION(mlops_predict_proba_array, read_array, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_record, read_record, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_jsonb, read_jsonb, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_json, read_json, answer_proba)
PREDICT_FUNCTION(mlops_predict_proba_user, read_entity, answer_proba)

MLOPS_FUNCTION(mlops_classes);

Datum
mlops_classes(PG_FUNCTION_ARGS)
{
	const MlopsModel *model = prepare(fcinfo, 0);
	Datum *elements;

	require_classification(model);
	elements = palloc(sizeof(Datum) * model->version.n_classes);
	for (int c = 0; c < model->version.n_classes; c++)
		elements[c] = CStringGetTextDatum(model->version.classes[c]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, model->version.n_classes, TEXTOID, -1, false, TYPALIGN_INT));
}
