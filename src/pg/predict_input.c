/*
 * From the arguments of predict and its kin to the outputs of the model.
 *
 * An input (array, row, jsonb, json, user or entity) says which arguments are
 * the model and the subject, and codes the subject.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "core/predict.h"
#include "pg/coding.h"
#include "pg/entity.h"
#include "pg/predict_input.h"

void *
mlops_predict_call(FunctionCallInfo fcinfo, Size size)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, size);
	return fcinfo->flinfo->fn_extra;
}

const MlopsModel *
mlops_predict_model(FunctionCallInfo fcinfo, const MlopsPredictInput *input, MlopsPredictCall *call)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	const MlopsModel *model = mlops_cache_get(
		&call->cache, context,
		PG_ARGISNULL(input->model) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(input->model)));

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

const double *
mlops_predict_outputs(FunctionCallInfo fcinfo, const MlopsPredictInput *input,
					  const MlopsModel *model, MlopsPredictCall *call)
{
	input->code(fcinfo, model, call);
	mlops_predict_row(model->forest, call->lanes, call->outputs);
	return call->outputs;
}

/*
 * The inputs.
 */
static void
code_array(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call)
{
	mlops_code_array(model, PG_GETARG_ARRAYTYPE_P(1), call->lanes);
}

static void
code_record(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call)
{
	mlops_code_record(model, PG_GETARG_HEAPTUPLEHEADER(1), &call->map, fcinfo->flinfo->fn_mcxt,
					  call->lanes);
}

static void
code_jsonb(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call)
{
	mlops_code_jsonb(model, PG_GETARG_JSONB_P(1), call->lanes);
}

static void
code_json(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call)
{
	Datum json = CStringGetDatum(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	mlops_code_jsonb(model, DatumGetJsonbP(DirectFunctionCall1(jsonb_in, json)), call->lanes);
}

static void
code_user(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call)
{
	MlopsEntity entity = { .form = MLOPS_ENTITY_NUMBER, .key = PG_GETARG_DATUM(0) };

	mlops_entity_lanes(model, &entity, call->lanes);
}

static void
code_entity(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call)
{
	MlopsEntity entity = { .form = MLOPS_ENTITY_TEXT, .key = PG_GETARG_DATUM(1) };

	if (!PG_ARGISNULL(2))
	{
		entity.form = MLOPS_ENTITY_TEXT_AS_OF;
		entity.as_of = PG_GETARG_TIMESTAMPTZ(2);
	}
	mlops_entity_lanes(model, &entity, call->lanes);
}

const MlopsPredictInput mlops_input_array = { .model = 0, .subject = 1, .code = code_array };
const MlopsPredictInput mlops_input_record = { .model = 0, .subject = 1, .code = code_record };
const MlopsPredictInput mlops_input_jsonb = { .model = 0, .subject = 1, .code = code_jsonb };
const MlopsPredictInput mlops_input_json = { .model = 0, .subject = 1, .code = code_json };
const MlopsPredictInput mlops_input_user = { .model = 1, .subject = 0, .code = code_user };
const MlopsPredictInput mlops_input_entity = { .model = 0, .subject = 1, .code = code_entity };
