-- Curves and tables of two classes, worked out by hand; equal scores stay in one bin.
\set SHOW_CONTEXT never
SET extra_float_digits = -6;
-- one tree without bootstrap: a score is the share of its x: 0.25, 0.5, 1
CREATE TABLE shares AS SELECT x, i <= n AS y FROM (VALUES (1, 1), (2, 2), (3, 4)) AS s (x, n), generate_series(1, 4) AS i;
SELECT status FROM mlops.train_model('two', 'shares', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
CREATE TABLE ten (x int, y bool);
INSERT INTO ten VALUES (1, false), (1, false), (1, true), (2, false), (2, true), (2, false), (2, true), (3, true), (3, true), (3, false);
SELECT * FROM mlops.pr_curve('two@v1', 'TABLE ten');
SELECT 5/10.0 AS "precision", 4/7.0 AS at_half, 2/3.0 AS at_one;
\x
SELECT * FROM mlops.threshold_metrics('two@v1', 'TABLE ten', ARRAY[0.5]);
\x
SELECT threshold, accuracy FROM mlops.threshold_metrics('two@v1', 'TABLE ten');
-- three distinct scores are at most three buckets; two close at 5 of 10 rows, which is within the ties of 0.5
SELECT * FROM mlops.lift_table('two@v1', 'TABLE ten');
SELECT * FROM mlops.lift_table('two@v1', 'TABLE ten', 2);
SELECT sum(n), sum(positives), max(gain) FROM mlops.lift_table('two@v1', 'TABLE ten', 1);
SELECT * FROM mlops.calibration_table('two@v1', 'TABLE ten');
SELECT count(*) FROM mlops.calibration_table('two@v1', 'TABLE ten', 2);
-- a model of many scores; the many that are 0 or 1 stay together
CREATE TABLE many AS SELECT i AS id, i AS x, hashint4(i) % 1000 < i % 1000 AS y, i % 2 = 0 AS held FROM generate_series(1, 4000) AS i;
SELECT status FROM mlops.train_model('held', 'many', 'y', id_column => 'id', split_column => 'held', test_sampling => 'custom',
	hyperparams => '{"n_estimators": 50, "random_state": 1, "min_samples_leaf": 3}');
SELECT count(*), sum(n), max(gain) AS all_found, bool_and(lift >= 0) AS lift FROM mlops.lift_table('held@v1');
SELECT count(*), bool_and(ci_low <= positive_rate AND positive_rate <= ci_high) AS inside, bool_and(mean_score BETWEEN 0 AND 1) AS scores FROM mlops.calibration_table('held@v1', bins => 20);
SELECT count(*) = (SELECT count(*) FROM mlops.roc_curve('held@v1')) AS same_points, bool_and("precision" BETWEEN 0 AND 1) AS fit FROM mlops.pr_curve('held@v1');
-- no rows, one class
SELECT * FROM mlops.lift_table('two@v1', 'SELECT * FROM ten WHERE false');
SELECT bucket, n, rate, gain, lift FROM mlops.lift_table('two@v1', 'SELECT * FROM ten WHERE NOT y', 1);
SELECT recall, "precision" FROM mlops.pr_curve('two@v1', 'SELECT * FROM ten WHERE NOT y');
-- what cannot be
SELECT mlops.lift_table('two@v1', 'TABLE ten', 0);
\echo :SQLSTATE
SELECT mlops.calibration_table('two@v1', 'TABLE ten', NULL);
\echo :SQLSTATE
SELECT mlops.pr_curve('two@v1');
\echo :SQLSTATE
SELECT mlops.threshold_metrics('two@v1', 'TABLE ten', ARRAY['NaN'::float8]);
\echo :SQLSTATE
SELECT mlops.pr_curve('nobody');
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE shares, ten, many;
