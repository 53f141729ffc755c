/*
 * Training: decoded forest -> metrics.
 *
 * The forest that is measured was decoded from the bytes that are stored, so
 * the metrics are what anybody who reads the model will see.
 */
#include "postgres.h"

#include "core/oob.h"
#include "pg/coding.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/train.h"

void
mlops_train_measure_rows(MlopsTraining *training, const uint32 *chosen, size_t n,
						 const double *outputs, MlopsEvaluation *evaluation)
{
	const MlopsRows *rows = training->rows;
	uint32 *classes = mlops_train_choose(training, rows->classes, sizeof(uint32), chosen, n);
	double *targets = mlops_train_choose(training, rows->targets, sizeof(double), chosen, n);
	double *weights = mlops_train_choose(training, rows->weights, sizeof(double), chosen, n);
	MlopsPredictions predictions = { .task = training->task,
									 .n_classes = (int) rows->n_classes,
									 .positive = training->positive,
									 .n = n,
									 .outputs = outputs,
									 .classes = classes,
									 .targets = targets,
									 .weights = weights };

	mlops_evaluate(&predictions, 0.5, evaluation);
	mlops_train_free(classes);
	mlops_train_free(targets);
	mlops_train_free(weights);
}

/* Keep the rows that have a prediction, in their order; returns their number. */
static size_t
keep_predicted(const MlopsTraining *training, const uint32 *n_trees, double *outputs,
			   uint32 *chosen)
{
	uint32 n_outputs = training->forest->n_outputs;
	size_t n = 0;

	for (size_t i = 0; i < training->n_train; i++)
	{
		if (n_trees[i] == 0)
			continue;
		memmove(outputs + n * n_outputs, outputs + i * n_outputs, n_outputs * sizeof(double));
		chosen[n++] = training->train_rows[i];
	}
	return n;
}

void
mlops_train_measure_oob(MlopsTraining *training)
{
	size_t n = training->n_train;
	double *outputs = mlops_train_alloc(training, n, sizeof(double) * training->forest->n_outputs);
	uint32 *n_trees = mlops_train_alloc(training, n, sizeof(uint32));
	uint32 *chosen = mlops_train_alloc(training, n, sizeof(uint32));
	size_t n_predicted;

	mlops_report_status(mlops_oob_predict(training->dataset, training->forest,
										  &training->grow_params, &training->allocator,
										  mlops_hooks_cancel(), outputs, n_trees),
						NULL);
	n_predicted = keep_predicted(training, n_trees, outputs, chosen);
	if (n_predicted < n)
		ereport(NOTICE, (errmsg_plural("%zu row was drawn by every tree and has no out-of-bag "
									   "prediction",
									   "%zu rows were drawn by every tree and have no out-of-bag "
									   "prediction",
									   n - n_predicted, n - n_predicted),
						 errhint("Raise n_estimators or lower max_samples to measure all rows.")));
	training->oob = MemoryContextAllocZero(training->context, sizeof(MlopsEvaluation));
	mlops_train_measure_rows(training, chosen, n_predicted, outputs, training->oob);
	pfree(outputs);
	pfree(n_trees);
	pfree(chosen);
}

void
mlops_train_measure(MlopsTraining *training)
{
	size_t n = training->n_test;
	double *outputs = mlops_train_alloc(training, n, sizeof(double) * training->forest->n_outputs);

	mlops_predict_read_rows(training->forest, training->columns, training->rows,
							training->test_rows, n, outputs);
	mlops_train_measure_rows(training, training->test_rows, n, outputs, &training->evaluation);
	training->metrics =
		mlops_evaluation_jsonb(&training->evaluation, training->n_duplicates, training->oob);
	pfree(outputs);
}
