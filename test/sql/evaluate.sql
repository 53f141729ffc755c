-- Metrics equal tables worked out by hand; the recorded hold-out and the same rows given by a query
-- say the same; what rows do not define is NULL with a notice.
\set SHOW_CONTEXT never
-- prints fewer digits, stores all
SET extra_float_digits = -6;
-- one tree without bootstrap: a score is the share of its x: 0.25, 0.5, 1
CREATE TABLE shares AS SELECT x, i <= n AS y FROM (VALUES (1, 1), (2, 2), (3, 4)) AS s (x, n), generate_series(1, 4) AS i;
SELECT status FROM mlops.train_model('two', 'shares', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
CREATE TABLE five (x int, y bool);
INSERT INTO five VALUES (1, false), (1, true), (2, false), (2, true), (3, true);
-- by hand: tp 2, fp 1, tn 1, fn 1; 4 of 6 pairs in order; log loss -(ln 0.75 + ln 0.25 + 2 ln 0.5) / 5
\x
SELECT * FROM mlops.evaluate('two@v1', 'TABLE five');
SELECT 2/3.0 AS "precision", 3/5.0 AS accuracy, -(ln(0.75) + ln(0.25) + 2 * ln(0.5)) / 5 AS log_loss, 4/6.0 AS roc_auc,
	(0.25^2 + 0.75^2 + 0.5) / 5 AS brier_score, (1 + 2/3.0 + 3/5.0) / 3 AS average_precision, 1/3.0 AS ks_score, 1 / 6.0 AS mcc;
\x
SELECT "precision", recall, accuracy FROM mlops.evaluate('two@v1', 'TABLE five', 0.6);
SELECT "precision", recall, mcc FROM mlops.evaluate('two@v1', 'TABLE five', 0);
SELECT * FROM mlops.confusion_matrix('two@v1', 'TABLE five');
SELECT * FROM mlops.confusion_matrix('two@v1', 'TABLE five', 0.51);
SELECT * FROM mlops.roc_curve('two@v1', 'TABLE five');
SELECT * FROM mlops.roc_curve('two@v1', 'TABLE five', ARRAY[0.3, 2, -1]);
-- an impossible label costs infinitely much; of one class only, no curve
SELECT log_loss, accuracy FROM mlops.evaluate('two@v1', 'SELECT 3 AS x, false AS y');
-- rows without a label are left out
SELECT n_rows FROM mlops.evaluate('two@v1', 'TABLE five UNION ALL SELECT 1, NULL');
SELECT n_rows, accuracy FROM mlops.evaluate('two@v1', 'SELECT * FROM five WHERE false');

-- three classes: rows are what was, columns what was said; precision and recall are not swapped
CREATE TABLE rgb AS SELECT x, c FROM (VALUES (1, 'b'), (2, 'g'), (3, 'r')) AS s (x, c), generate_series(1, 3);
SELECT status FROM mlops.train_model('three', 'rgb', 'c', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
-- of what is said to be b, g, r: 4 of 6, 1 of 2, 2 of 3 are; of what is: 4 of 5, 1 of 3, 2 of 3 are said
CREATE TABLE said AS SELECT x, c FROM (VALUES (1, 'b'), (1, 'b'), (1, 'b'), (1, 'b'), (1, 'g'), (1, 'g'), (2, 'g'), (2, 'r'), (3, 'r'), (3, 'r'), (3, 'b')) AS s (x, c);
SELECT * FROM mlops.confusion_matrix('three@v1', 'TABLE said');
SELECT n_rows, accuracy, "precision", recall, f1_score, mcc, roc_auc FROM mlops.evaluate('three@v1', 'TABLE said');
SELECT 7 / 11.0 AS accuracy, (4/6.0 + 1/2.0 + 2/3.0) / 3 AS "precision", (4/5.0 + 1/3.0 + 2/3.0) / 3 AS recall;
SELECT mlops.roc_curve('three@v1', 'TABLE said');
\echo :SQLSTATE
SELECT mlops.evaluate('three@v1', 'TABLE said', 0.4);
\echo :SQLSTATE

-- a regression, by hand: predictions 1, 2, 4 for the x of 1, 2, 3
CREATE TABLE line AS SELECT x, n::float8 AS y FROM (VALUES (1, 1), (2, 2), (3, 4)) AS s (x, n);
SELECT status FROM mlops.train_model('reg', 'line', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT n_rows, mean_absolute_error, mean_squared_error, rmse, median_absolute_error, r2_score, explained_variance, roc_auc
FROM mlops.evaluate('reg@v1', 'SELECT * FROM (VALUES (1, 2::float8), (2, 2), (3, 1), (3, 5)) AS t (x, y)');
SELECT (1 + 0 + 3 + 1) / 4.0 AS mean_absolute_error, (1 + 0 + 9 + 1) / 4.0 AS mean_squared_error, 1 - 11 / 9.0 AS r2_score,
	1 - (11 - 4 * 0.25 * 0.25) / 9 AS explained_variance;
SELECT mlops.confusion_matrix('reg@v1', 'TABLE line');
\echo :SQLSTATE
SELECT mlops.roc_curve('reg@v1', 'TABLE line');
\echo :SQLSTATE

-- the hold-out: stored at training, the same by a query of the same rows
CREATE TABLE many AS SELECT i AS id, hashint4(i) % 10 AS x, hashint4(i) % 10 + hashint4(i * 7) % 10 > 0 AS y, i % 4 = 0 AS held FROM generate_series(1, 2000) AS i;
SELECT status FROM mlops.train_model('held', 'many', 'y', id_column => 'id', split_column => 'held', test_sampling => 'custom',
	hyperparams => '{"n_estimators": 10, "random_state": 1}');
SELECT to_jsonb(a) - 'log_loss' = to_jsonb(b) - 'log_loss' AS same, abs(a.log_loss - b.log_loss) < 1e-12 AS same_log_loss,
	a.roc_auc = (v.metrics->>'roc_auc')::float8 AS as_stored, a.n_rows
FROM mlops.evaluate('held@v1') AS a, mlops.evaluate('held@v1', 'SELECT * FROM many WHERE held') AS b, mlops.model_versions AS v WHERE v.model = 'held';
SELECT count(*) > 5 AS points, min(false_positive_rate) AS lowest, max(recall) AS highest FROM mlops.roc_curve('held@v1');
SELECT sum(n), sum(share) FROM mlops.confusion_matrix('held@v1');
-- weights count as rows
SELECT status FROM mlops.train_model('weighed', query => 'SELECT x, y, 3.0 AS w FROM shares', target => 'y', weight_column => 'w', test_sampling => 'none',
	hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT abs(a.roc_auc - b.roc_auc) < 1e-15 AS same_auc FROM mlops.evaluate('weighed@v1', 'SELECT x, y, 1 AS w FROM five') AS a, mlops.evaluate('two@v1', 'TABLE five') AS b;
-- rows without weight or target are told
SELECT n_rows FROM mlops.evaluate('weighed@v1', 'SELECT x, y, 1 AS w FROM five UNION ALL SELECT x, y, 0 FROM five UNION ALL SELECT 1, NULL, 1');
-- a call without exclude has another hint for levels
SELECT status FROM mlops.train_model('named', query => 'SELECT x::text AS x, y FROM shares', target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1}');
DO $$
DECLARE
	hint text;
BEGIN
	PERFORM mlops.evaluate('named@v1', 'SELECT i::text AS x, true AS y FROM generate_series(1, 65535) AS i');
EXCEPTION WHEN program_limit_exceeded THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RAISE NOTICE '%: %', SQLERRM, hint;
END
$$;
SELECT mlops.drop_model('named');
-- importances of a model that can only look at x
SELECT feature, importance_weight, importance_gain, importance_cover, importance_permutation IS NULL AS unmeasured FROM mlops.feature_importance('two@v1');

-- what cannot be
SELECT mlops.evaluate('two@v1');
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'TABLE five', 1.5);
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'TABLE five', NULL);
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'TABLE five', 'NaN');
\echo :SQLSTATE
SELECT mlops.evaluate('reg@v1', 'TABLE line', 0.4);
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'SELECT x FROM five');
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'SELECT y FROM five');
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'SELECT x::text, y FROM five');
\echo :SQLSTATE
SELECT mlops.evaluate('three@v1', 'SELECT 1 AS x, ''pink'' AS c');
\echo :SQLSTATE
SELECT mlops.evaluate('two@v1', 'DELETE FROM five RETURNING *');
\echo :SQLSTATE
SELECT mlops.evaluate('nobody', 'TABLE five');
\echo :SQLSTATE
SELECT mlops.evaluate('two', 'TABLE five');
\echo :SQLSTATE
SELECT mlops.roc_curve('two@v1', 'TABLE five', ARRAY[NULL, 0.5]);
\echo :SQLSTATE
SELECT mlops.roc_curve('two@v1', 'TABLE five', ARRAY['NaN'::float8]);
\echo :SQLSTATE
SELECT mlops.feature_importance('nobody');
\echo :SQLSTATE
SELECT count(*) FROM five;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE shares, five, rgb, said, line, many;
