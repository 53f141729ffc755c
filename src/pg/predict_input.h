/*
 * What predict and its kin have in common: from their arguments to the outputs of the model.
 */
#ifndef MLOPS_PREDICT_INPUT_H
#define MLOPS_PREDICT_INPUT_H

#include "fmgr.h"

#include "pg/cache.h"

/* What a call site keeps between rows; begins every such struct of these functions. */
typedef struct MlopsPredictCall
{
	MlopsCallCache cache;		/* must be first */
	const MlopsModel *prepared; /* model that the arrays below are for */
	struct MlopsRecordMap *map;
	uint16 *lanes;	 /* [n_columns + 1] */
	double *outputs; /* [n_outputs] */
} MlopsPredictCall;

/* A form of the arguments. */
typedef struct MlopsPredictInput
{
	int model;	 /* position of the reference to the model */
	int subject; /* position of what is scored; NULL has no score */

	/* Code the subject, which is not NULL, into call->lanes. */
	void (*code)(FunctionCallInfo fcinfo, const MlopsModel *model, MlopsPredictCall *call);
} MlopsPredictInput;

/* (model, features ..) */
extern const MlopsPredictInput mlops_input_array;
extern const MlopsPredictInput mlops_input_record;
extern const MlopsPredictInput mlops_input_jsonb;
extern const MlopsPredictInput mlops_input_json;
/* (user_id, model ..) */
extern const MlopsPredictInput mlops_input_user;
/* (model, entity_key, as_of) */
extern const MlopsPredictInput mlops_input_entity;

/* True if the call has no subject, so that the answer is NULL. */
static inline bool
mlops_input_is_null(FunctionCallInfo fcinfo, const MlopsPredictInput *input)
{
	return PG_ARGISNULL(input->subject);
}

/*
 * What the call site keeps.
 *
 *   size   of a struct that begins with MlopsPredictCall; zeroed when it is new
 */
extern void *mlops_predict_call(FunctionCallInfo fcinfo, Size size);

/*
 * Find the model of a call and make room for a row of it.
 *
 * Errors: those of mlops_cache_get.
 */
extern const MlopsModel *mlops_predict_model(FunctionCallInfo fcinfo,
											 const MlopsPredictInput *input,
											 MlopsPredictCall *call);

/*
 * Score the subject of a call, which is not NULL.
 *
 * Returns [n_outputs] as core/predict.h describes them, valid until the next call.
 * Errors: those of coding.h and entity.h.
 */
extern const double *mlops_predict_outputs(FunctionCallInfo fcinfo, const MlopsPredictInput *input,
										   const MlopsModel *model, MlopsPredictCall *call);

/* Probability of the positive class of a two-class model. */
static inline double
mlops_positive_score(const MlopsModel *model, const double *outputs)
{
	return model->version.positive == 1 ? outputs[0] : 1 - outputs[0];
}

/* Raise 22023 for a model with more than two classes, which has no single score. */
extern void mlops_predict_check_single(const MlopsModel *model);

/* Value of a regression, or the probability above. */
static inline double
mlops_single_score(const MlopsModel *model, const double *outputs)
{
	return model->version.task == MLOPS_TASK_REGRESSION ? outputs[0] :
														  mlops_positive_score(model, outputs);
}

/* Label of a two-class model: of the positive class, or of the other one. */
static inline const char *
mlops_binary_label(const MlopsModel *model, bool is_positive)
{
	int positive = model->version.positive;

	return model->version.classes[is_positive ? positive : 1 - positive];
}

#endif
