-- Evaluation: what a model is worth, on the rows held out at training or on a query's rows.
-- None of these functions writes; a query runs read-only with the rights of the caller.

CREATE FUNCTION mlops.evaluate(model text, query text DEFAULT NULL, cutoff float8 DEFAULT 0.5)
RETURNS TABLE (n_rows bigint, "precision" float8, recall float8, accuracy float8, f1_score float8,
	log_loss float8, roc_auc float8, gini float8, ks_score float8, brier_score float8,
	average_precision float8, mcc float8, mean_absolute_error float8, mean_squared_error float8,
	rmse float8, median_absolute_error float8, r2_score float8, explained_variance float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_evaluate_model';
COMMENT ON FUNCTION mlops.evaluate(text, text, float8) IS
	'One row of metrics; NULL where the task has none, and with a NOTICE where the rows define none. NULL model: the default one; NULL query: the rows held out at training; a query must yield the features, the target and, if the version has one, the weight column; rows with a NULL target or weight 0 are left out. cutoff is for two classes: a score from there on is positive. 22023 for a cutoff outside 0 to 1, NULL, or with another task; 55000 without hold-out rows or if nothing is deployed; 42704 for an unknown model; 42703 for a column that the query lacks; 22000 for a label that the model does not know or a missing value where impute is error';

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

CREATE FUNCTION mlops.compare_models(model_a text, model_b text, query text)
RETURNS TABLE (metric text, a float8, b float8, diff float8, ci_low float8, ci_high float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_compare_models';
COMMENT ON FUNCTION mlops.compare_models(text, text, text) IS
	'Two versions on the same rows: one row per metric that their task has, at a cutoff of 0.5, diff = a - b, and its 95 % interval. That of roc_auc and gini of two classes is DeLong''s for paired models; the others, and all with weights, are quantiles of 1000 bootstrap resamples, the same each time and in any order of the rows. Read once with the rights of the caller, rows with a NULL target are left out; weighted if both versions have the same weight column. NULL where the rows do not define a metric or 50 of the resamples do not, with a NOTICE. NULL model: the default one. 22023 for a NULL query, or if task, target, classes or positive class differ; else the errors of mlops.evaluate';

CREATE FUNCTION mlops.feature_importance(model text)
RETURNS TABLE (feature text, importance_weight float8, importance_gain float8, importance_cover float8,
	importance_permutation float8, permutation_se float8)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_feature_importance';
COMMENT ON FUNCTION mlops.feature_importance(text) IS
	'One row per feature, the greatest gain first: number of splits, share of all impurity decreases, mean number of training rows at a split, as often as the bootstrap drew them and as heavy as classes and rows weigh; importance_permutation, the mean drop of the version''s metric over five shuffles of the feature among hold-out rows, so that a worse metric is positive and less than 0 is kept, and permutation_se, its standard error; both are 0 for a feature without a split, and NULL without a hold-out, with mlops.permutation_rows 0, or where the rows do not define the metric. NULL model: the default one. 42704 for an unknown model, 55000 if nothing is deployed';

-- Tables that follow from the outcomes at thresholds.  BEGIN ATOMIC binds all names now, so that the
-- caller's search_path, which his query needs, can stay.

CREATE FUNCTION mlops.pr_curve(model text, query text DEFAULT NULL)
RETURNS TABLE (threshold float8, "precision" float8, recall float8)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT r.threshold, r.true_positives / nullif(r.true_positives + r.false_positives, 0), r.recall
	FROM mlops.roc_curve($1, $2) AS r;
END;
COMMENT ON FUNCTION mlops.pr_curve(text, text) IS
	'Precision and recall of a two-class model at each distinct score, ascending: a score from the threshold on is positive. NULL model and query as in mlops.evaluate; recall is NULL if the rows lack positives. The errors of mlops.roc_curve';

CREATE FUNCTION mlops.threshold_metrics(model text, query text DEFAULT NULL,
	thresholds float8[] DEFAULT '{0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9}')
RETURNS TABLE (threshold float8, tp float8, fp float8, fn float8, tn float8, tpr float8, tnr float8, ppv float8,
	npv float8, fpr float8, fdr float8, fnr float8, accuracy float8, f1_score float8)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT r.threshold, o.tp, o.fp, o.fn, o.tn, o.tp / nullif(o.tp + o.fn, 0), o.tn / nullif(o.tn + o.fp, 0),
		o.tp / nullif(o.tp + o.fp, 0), o.tn / nullif(o.tn + o.fn, 0), o.fp / nullif(o.fp + o.tn, 0),
		o.fp / nullif(o.fp + o.tp, 0), o.fn / nullif(o.fn + o.tp, 0),
		(o.tp + o.tn) / nullif(o.tp + o.fp + o.fn + o.tn, 0), 2 * o.tp / nullif(2 * o.tp + o.fp + o.fn, 0)
	FROM mlops.roc_curve($1, $2, $3) AS r,
		LATERAL (SELECT r.true_positives, r.false_positives, r.false_negatives, r.true_negatives) AS o (tp, fp, fn, tn);
END;
COMMENT ON FUNCTION mlops.threshold_metrics(text, text, float8[]) IS
	'Outcomes and rates of a two-class model at thresholds, in their order: a score from the threshold on is positive. NULL thresholds: one row per distinct score; NULL model and query as in mlops.evaluate; a rate without rows is NULL. The errors of mlops.roc_curve';

-- Distinct scores in bins of equal frequency, from one end: equal scores stay together, so that
-- there may be fewer bins.
CREATE FUNCTION mlops._score_bins(model text, query text, n_bins int, is_descending bool)
RETURNS TABLE (bin bigint, score float8, positives float8, n float8)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH at_score AS (
		SELECT r.threshold AS score, r.true_positives - lead(r.true_positives, 1, 0) OVER w AS positives,
			r.true_positives + r.false_positives - lead(r.true_positives + r.false_positives, 1, 0) OVER w AS n
		FROM mlops.roc_curve($1, $2) AS r WINDOW w AS (ORDER BY r.threshold)
	), placed AS (
		SELECT s.*, floor($3 * (sum(s.n) OVER (ORDER BY CASE WHEN $4 THEN -s.score ELSE s.score END) - s.n)
			/ sum(s.n) OVER ()) AS place
		FROM at_score AS s
	)
	SELECT dense_rank() OVER (ORDER BY p.place), p.score, p.positives, p.n FROM placed AS p;
END;
COMMENT ON FUNCTION mlops._score_bins(text, text, int, bool) IS
	'Bin, weight of the positives and of all rows of each distinct score; the errors of mlops.roc_curve';

CREATE FUNCTION mlops._check_bins(argument text, n_bins int) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF n_bins IS NULL OR n_bins NOT BETWEEN 1 AND 1000 THEN
		RAISE EXCEPTION '% must be between 1 and 1000, not %', argument, coalesce(n_bins::text, 'NULL')
			USING ERRCODE = '22023';
	END IF;
	RETURN n_bins;
END
$$;
COMMENT ON FUNCTION mlops._check_bins(text, int) IS 'The number of bins; 22023 if it is not 1 to 1000, also for NULL';

CREATE FUNCTION mlops.lift_table(model text, query text DEFAULT NULL, buckets int DEFAULT 10)
RETURNS TABLE (bucket bigint, n float8, positives float8, rate float8, cum_positives float8, gain float8, lift float8,
	min_score float8, max_score float8)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH b AS (
		SELECT s.bin, sum(s.n) AS n, sum(s.positives) AS positives, min(s.score) AS min_score, max(s.score) AS max_score
		FROM mlops._score_bins($1, $2, mlops._check_bins('buckets', $3), true) AS s GROUP BY s.bin
	)
	SELECT b.bin, b.n, b.positives, b.positives / b.n, sum(b.positives) OVER w,
		sum(b.positives) OVER w / nullif(sum(b.positives) OVER (), 0),
		(b.positives / b.n) / nullif(sum(b.positives) OVER () / sum(b.n) OVER (), 0), b.min_score, b.max_score
	FROM b WINDOW w AS (ORDER BY b.bin) ORDER BY b.bin;
END;
COMMENT ON FUNCTION mlops.lift_table(text, text, int) IS
	'Rows of a two-class model in buckets of equal size by score, the greatest first: rate of positives, share of all positives so far (gain), and rate divided by that of all rows (lift). Equal scores stay together, so there may be fewer buckets. NULL model and query as in mlops.evaluate; gain and lift are NULL if the rows lack positives. 22023 for buckets outside 1 to 1000; else the errors of mlops.roc_curve';

CREATE FUNCTION mlops.calibration_table(model text, query text DEFAULT NULL, bins int DEFAULT 10)
RETURNS TABLE (bin bigint, n float8, mean_score float8, positive_rate float8, ci_low float8, ci_high float8)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH b AS (
		SELECT s.bin, sum(s.n) AS n, sum(s.n * s.score) / sum(s.n) AS mean_score, sum(s.positives) / sum(s.n) AS rate
		FROM mlops._score_bins($1, $2, mlops._check_bins('bins', $3), false) AS s GROUP BY s.bin
	), z AS (
		-- the 97.5 % quantile of the normal distribution
		SELECT b.*, 1.959963984540054::float8 AS z FROM b
	)
	SELECT z.bin, z.n, z.mean_score, z.rate,
		greatest((z.rate + z.z ^ 2 / (2 * z.n) - z.z * sqrt(z.rate * (1 - z.rate) / z.n + z.z ^ 2 / (4 * z.n ^ 2))) / (1 + z.z ^ 2 / z.n), 0),
		least((z.rate + z.z ^ 2 / (2 * z.n) + z.z * sqrt(z.rate * (1 - z.rate) / z.n + z.z ^ 2 / (4 * z.n ^ 2))) / (1 + z.z ^ 2 / z.n), 1)
	FROM z ORDER BY z.bin;
END;
COMMENT ON FUNCTION mlops.calibration_table(text, text, int) IS
	'Rows of a two-class model in bins of equal size by score, the least first: what was said on average, the share of positives, and its 95 % Wilson interval. Equal scores stay together, so there may be fewer bins. NULL model and query as in mlops.evaluate. 22023 for bins outside 1 to 1000; else the errors of mlops.roc_curve';

CREATE FUNCTION mlops._resolve(model text, OUT model_id bigint, OUT version int)
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_resolve';
COMMENT ON FUNCTION mlops._resolve(text) IS
	'Model and version that a reference names; NULL: the default one. 42704 if there is none, 55000 if nothing is deployed';

CREATE FUNCTION mlops.trial_info(model text)
RETURNS TABLE (trial bigint, params jsonb, fold_scores float8[], mean float8, spread float8, is_best bool)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT t.trial, t.value->'params', ARRAY(SELECT s.score::float8
			FROM jsonb_array_elements_text(t.value->'fold_scores') WITH ORDINALITY AS s (score, fold) ORDER BY s.fold),
		(t.value->>'mean')::float8, (t.value->>'spread')::float8, (t.value->>'is_best')::bool
	FROM mlops._resolve($1) AS r
		JOIN mlops.model_version AS v ON v.model_id = r.model_id AND v.version = r.version,
		LATERAL jsonb_array_elements(v.trials) WITH ORDINALITY AS t (value, trial)
	ORDER BY t.trial;
END;
COMMENT ON FUNCTION mlops.trial_info(text) IS
	'One row per set of hyperparameters that the search of a version tried, in their order: metric on each fold (NULL where the fold does not define it), mean, and standard deviation over the folds; no row if there was no search. NULL model: the default one. 42704 for an unknown model, 55000 if nothing is deployed';
