/*
 * decide: a score, and the label that a cutoff makes of it.
 *
 * The inputs are those of predict.  The cutoff is the argument's, else the one
 * that follows from the costs of errors, else the deployment's, else 0.5.
 *
 * Saying yes to a negative costs c_fp, saying no to a positive c_fn.  With
 * probability p of the positive class, yes costs (1 - p) c_fp and no costs p c_fn
 * in expectation, so yes is not dearer from p = c_fp / (c_fp + c_fn) on (C. Elkan,
 * The foundations of cost-sensitive learning, 2001, section 2).
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/jsonb.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/predict_input.h"

/* Arguments that all forms have at the same place. */
#define ARG_CUTOFF 2
#define ARG_COSTS  3

/* Columns of the answer. */
enum
{
	OUT_LABEL,
	OUT_SCORE,
	OUT_CUTOFF,
	OUT_MODEL,
	OUT_VERSION,
	OUT_REASONS,
	OUT_N
};

/* What a call site keeps between rows. */
typedef struct DecideCall
{
	MlopsPredictCall predict; /* must be first */
	TupleDesc desc;
} DecideCall;

enum
{
	COST_FALSE_POSITIVE,
	COST_FALSE_NEGATIVE,
	COST_N
};
static const MlopsOption COSTS[COST_N] = { { .name = "false_positive" },
										   { .name = "false_negative" } };

static double
read_cost(int i, const JsonbValue *value)
{
	double cost;

	if (value == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("costs lack \"%s\"", COSTS[i].name),
						errhint("Give both, \"false_positive\" and \"false_negative\".")));
	cost = mlops_args_number(COSTS[i].name, value);
	if (!(cost >= 0) || isinf(cost))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a finite number from 0, not %s", COSTS[i].name,
							   float8out_internal(cost))));
	return cost;
}

/* The cutoff that makes the expected cost least. */
static double
cutoff_of_costs(Jsonb *costs)
{
	JsonbValue *values[COST_N];
	double positive, negative;

	if (!JB_ROOT_IS_OBJECT(costs))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("costs must be a JSON object"),
				 errhint("Write for example '{\"false_positive\": 1, "
						 "\"false_negative\": 5}'.")));
	mlops_args_read_options("cost", costs, COSTS, COST_N, values);
	positive = read_cost(COST_FALSE_POSITIVE, values[COST_FALSE_POSITIVE]);
	negative = read_cost(COST_FALSE_NEGATIVE, values[COST_FALSE_NEGATIVE]);
	if (positive == 0 && negative == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("false_positive and false_negative must not both be 0"),
						errhint("Only their ratio counts.")));
	if (isinf(positive + negative)) /* only their ratio counts */
	{
		positive /= 2;
		negative /= 2;
	}
	return positive / (positive + negative);
}

/* The cutoff that the arguments ask for, NaN if they leave it open. */
static double
requested_cutoff(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(ARG_COSTS))
	{
		if (!PG_ARGISNULL(ARG_CUTOFF))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("cutoff and costs cannot be given together"),
							errhint("Costs stand for the cutoff false_positive / "
									"(false_positive + false_negative).")));
		return cutoff_of_costs(PG_GETARG_JSONB_P(ARG_COSTS));
	}
	if (PG_ARGISNULL(ARG_CUTOFF))
		return NAN;
	return mlops_args_cutoff(fcinfo, ARG_CUTOFF);
}

static void
require_two_classes(const MlopsVersion *version)
{
	if (version->task == MLOPS_TASK_REGRESSION)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" is a regression and decides nothing", version->model),
						errhint("Use mlops.predict.")));
	if (version->n_classes != 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model \"%s\" has %d classes, so it has no cutoff", version->model,
							   version->n_classes),
						errhint("Use predict_label or predict_proba.")));
}

/* Description of the answer, looked up once per call site. */
static TupleDesc
answer_desc(FunctionCallInfo fcinfo, DecideCall *call)
{
	if (call->desc == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc desc;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != OUT_N)
			elog(ERROR, "mlops.decide must return rows of %d columns", OUT_N);
		call->desc = BlessTupleDesc(desc);
		MemoryContextSwitchTo(before);
	}
	return call->desc;
}

/*
 * The one row of an answer.  A function that returns a set and does not say that
 * more follows (ReturnSetInfo.isDone) has returned all of it, wherever it stands.
 */
static Datum
decide(FunctionCallInfo fcinfo, const MlopsPredictInput *input)
{
	DecideCall *call = mlops_predict_call(fcinfo, sizeof(DecideCall));
	double cutoff = requested_cutoff(fcinfo);
	const MlopsModel *model = mlops_predict_model(fcinfo, input, &call->predict);
	Datum values[OUT_N] = { 0 };
	bool nulls[OUT_N] = { [OUT_LABEL] = true, [OUT_SCORE] = true, [OUT_REASONS] = true };

	require_two_classes(&model->version);
	if (isnan(cutoff))
		cutoff = call->predict.cache.cutoff;
	if (isnan(cutoff))
		cutoff = MLOPS_DEFAULT_CUTOFF;
	if (!mlops_input_is_null(fcinfo, input))
	{
		double score = mlops_positive_score(
			model, mlops_predict_outputs(fcinfo, input, model, &call->predict));

		values[OUT_LABEL] = CStringGetTextDatum(mlops_binary_label(model, score >= cutoff));
		values[OUT_SCORE] = Float8GetDatum(score);
		nulls[OUT_LABEL] = nulls[OUT_SCORE] = false;
	}
	values[OUT_CUTOFF] = Float8GetDatum(cutoff);
	values[OUT_MODEL] = CStringGetTextDatum(model->version.model);
	values[OUT_VERSION] = Int32GetDatum(model->version.version);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(answer_desc(fcinfo, call), values, nulls)));
}

/* mlops_decide_<input> */
#define DECIDE_FUNCTION(name, input)                                                               \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return decide(fcinfo, &(input));                                                           \
	}

DECIDE_FUNCTION(mlops_decide_array, mlops_input_array)
DECIDE_FUNCTION(mlops_decide_record, mlops_input_record)
DECIDE_FUNCTION(mlops_decide_jsonb, mlops_input_jsonb)
DECIDE_FUNCTION(mlops_decide_json, mlops_input_json)
DECIDE_FUNCTION(mlops_decide_user, mlops_input_user)
