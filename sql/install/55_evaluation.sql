-- Evaluation: what a model is worth, on the rows held out at training or on a query's rows.
-- None of these functions writes; a query runs read-only with the rights of the caller.

CREATE FUNCTION mlops.evaluate(model text, query text DEFAULT NULL, cutoff float8 DEFAULT 0.5)
RETURNS TABLE (n_rows bigint, "precision" float8, recall float8, accuracy float8, f1_score float8,
	log_loss float8, roc_auc float8, gini float8, ks_score float8, brier_score float8,
	average_precision float8, mcc float8, mean_absolute_error float8, mean_squared_error float8,
	rmse float8, median_absolute_error float8, r2_score float8, explained_variance float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_evaluate_model';
COMMENT ON FUNCTION mlops.evaluate(text, text, float8) IS
	'One row of metrics; NULL where the task has none, and with a NOTICE where the rows define none. NULL model: the default one; NULL query: the rows held out at training; a query must yield the features and the target, rows with a NULL target are left out. cutoff is for two classes: a score from there on is positive. 22023 for a cutoff outside 0 to 1, NULL, or with another task; 55000 without hold-out rows or if nothing is deployed; 42704 for an unknown model; 42703 for a column that the query lacks; 22000 for a label that the model does not know';

CREATE FUNCTION mlops.roc_curve(model text, query text DEFAULT NULL, thresholds float8[] DEFAULT NULL)
RETURNS TABLE (threshold float8, recall float8, false_positive_rate float8, true_positives float8,
	false_positives float8, true_negatives float8, false_negatives float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_roc_curve';
COMMENT ON FUNCTION mlops.roc_curve(text, text, float8[]) IS
	'Outcomes of a two-class model at thresholds: a score from the threshold on is positive. NULL thresholds: one row per distinct score, ascending; NULL model and query as in mlops.evaluate; a rate is NULL if the rows lack the class. 22023 for another number of classes or a threshold that is NULL or NaN; else the errors of mlops.evaluate';

CREATE FUNCTION mlops.confusion_matrix(model text, query text DEFAULT NULL, cutoff float8 DEFAULT 0.5)
RETURNS TABLE (actual text, predicted text, n float8, share float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_confusion_matrix';
COMMENT ON FUNCTION mlops.confusion_matrix(text, text, float8) IS
	'Weight of the rows by actual and predicted class, in the order of mlops.classes, and its share of all rows (NULL without rows). Two classes are told apart by the cutoff, more by the greatest probability. NULL model and query as in mlops.evaluate. 22023 for a regression; else the errors of mlops.evaluate';

CREATE FUNCTION mlops.feature_importance(model text)
RETURNS TABLE (feature text, importance_weight float8, importance_gain float8, importance_cover float8,
	importance_permutation float8, permutation_se float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_feature_importance';
COMMENT ON FUNCTION mlops.feature_importance(text) IS
	'One row per feature, the greatest gain first: number of splits, share of all impurity decreases, mean number of training rows at a split; the permutation columns are NULL as long as none was measured. NULL model: the default one. 42704 for an unknown model, 55000 if nothing is deployed';
