-- What other extensions were seen to get wrong, as what holds here instead.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = -9;
-- a stratified test part has its share of the rare class, whatever the seed, and repeats no training row
CREATE TABLE rare AS SELECT i AS id, i AS x, i <= 96 AS y, i <= 20 AS z FROM generate_series(1, 2000) AS i;
CREATE FUNCTION positives(target text, seed int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	version int;
BEGIN
	SELECT t.version INTO version FROM mlops.train_model('rare_' || target, query => format('SELECT id, x, %I FROM rare', target), target => target, id_column => 'id',
		hyperparams => format('{"n_estimators": 1, "random_state": %s}', seed)::jsonb) AS t;
	RETURN (SELECT sum(n) FILTER (WHERE actual = 'true') || ' of ' || sum(n) FROM mlops.confusion_matrix(format('rare_%s@v%s', target, version)));
END
$$;
SELECT target, positives(target, seed) AS in_test, count(*) AS seeds FROM unnest('{y,z}'::text[]) AS target, generate_series(1, 10) AS seed GROUP BY 1, 2 ORDER BY 1;
SELECT bool_and(metrics->'duplicate_test_rows' = '0') AS none_twice FROM mlops.model_versions;
-- AUC and log loss are those of scores: 0.25, 0.5 and 1 are not rounded to 0 and 1
CREATE TABLE shares AS SELECT x, i <= n AS y FROM (VALUES (1, 1), (2, 2), (3, 4)) AS s (x, n), generate_series(1, 4) AS i;
SELECT status FROM mlops.train_model('shares', 'shares', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT roc_auc, log_loss FROM mlops.evaluate('shares@v1', 'SELECT * FROM shares WHERE x < 3');
-- by hand: of 3 * 5 pairs 2 * 3 are ranked right (0.5 above 0.25), 1 * 3 + 2 * 2 tie and count half
SELECT (2 * 3 + (1 * 3 + 2 * 2) / 2.0) / (3 * 5) AS roc_auc, (ln(4.0) + 3 * ln(4 / 3.0) + 4 * ln(2.0)) / 8 AS log_loss;
-- three classes: precision is by predicted, recall by actual class
CREATE TABLE three AS SELECT x, l FROM (VALUES (1, 'a', 5), (2, 'b', 3), (3, 'c', 2)) AS s (x, l, n), generate_series(1, s.n);
SELECT status FROM mlops.train_model('three', 'three', 'l', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
CREATE TABLE answers AS SELECT x, l FROM (VALUES (1, 'a', 4), (1, 'b', 2), (2, 'b', 1), (2, 'c', 3), (3, 'c', 5)) AS s (x, l, n), generate_series(1, s.n);
SELECT "precision", recall, accuracy, mcc FROM mlops.evaluate('three@v1', 'TABLE answers');
SELECT (4/6.0 + 1/4.0 + 5/5.0) / 3 AS "precision", (4/4.0 + 1/3.0 + 5/8.0) / 3 AS recall, 10/15.0 AS accuracy,
	(10 * 15 - (6*4 + 4*3 + 5*8)) / (sqrt(15^2 - (6^2 + 4^2 + 5^2)) * sqrt(15^2 - (4^2 + 3^2 + 8^2))) AS mcc;
-- a test part without a class is measured by what it defines
SELECT accuracy, "precision" IS NULL AS no_precision, log_loss > 0 AS log_loss FROM mlops.evaluate('three@v1', 'SELECT * FROM answers WHERE l = ''a''');
-- a search refits on all training rows, keeps the folds' scores apart, orders them as numbers
CREATE TABLE wave AS SELECT i AS id, i AS x, sin(i / 10.0) + hashint4(i) % 100 / 50.0 AS y FROM generate_series(1, 400) AS i;
SELECT status FROM mlops.train_model('wave', 'wave', 'y', id_column => 'id', search => 'grid', search_params => '{"max_depth": [1, 30]}', metric => 'r2_score',
	hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT count(*) FILTER (WHERE mean < 0) AS below_zero, max(mean) = max(mean) FILTER (WHERE is_best) AS best_is_greatest FROM mlops.trial_info('wave@v1');
SELECT status FROM mlops.train_model('wave', 'wave', 'y', id_column => 'id', hyperparams => (SELECT hyperparams FROM mlops.model_versions WHERE model = 'wave'));
SELECT count(DISTINCT digest) AS forests, count(DISTINCT metrics) AS test_metrics FROM mlops.model_versions WHERE model = 'wave';
-- numbers are float8: neighbours that float4 cannot tell apart are split
CREATE TABLE near AS SELECT 16777216 + i % 2 AS x, i % 2 = 1 AS y FROM generate_series(1, 40) AS i;
SELECT status FROM mlops.train_model('near', 'near', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT mlops.predict('near@v1', ARRAY[16777216]::float8[]) AS below, mlops.predict('near@v1', ARRAY[16777217]::float8[]) AS above;
-- training again on other rows is seen by the hash
UPDATE near SET y = NOT y WHERE ctid = (SELECT min(ctid) FROM near);
SELECT status FROM mlops.train_model('near', 'near', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT count(DISTINCT data_hash) AS data, count(DISTINCT n_rows) AS sizes FROM mlops.model_versions WHERE model = 'near';
-- last is ordered by time, whatever the order of the rows
CREATE TABLE late AS SELECT i AS id, hashint4(i) AS x, '2020-01-01'::date + i AS t, i > 150 AS y FROM generate_series(1, 200) AS i ORDER BY hashint4(i);
SELECT metrics->'n_rows' AS n_rows, metrics->'constant_accuracy' AS all_one_class FROM mlops.train_model('late', 'late', 'y', id_column => 'id', time_column => 't', test_size => 0.2,
	test_sampling => 'last', hyperparams => '{"n_estimators": 3, "random_state": 1}');
-- trees may be deep, a probability is the mean of class frequencies and not a share of votes
CREATE TABLE deep AS SELECT i AS x, i % 2 = 0 AS y FROM generate_series(1, 60) AS i;
SELECT max_depth, v.status FROM unnest('{15,59}'::int[]) AS max_depth, mlops.train_model('deep', 'deep', 'y', test_sampling => 'none',
	hyperparams => format('{"n_estimators": 1, "bootstrap": false, "max_depth": %s, "random_state": 1}', max_depth)::jsonb) AS v;
SELECT v.hyperparams->'max_depth' AS max_depth, m.accuracy FROM mlops.model_versions AS v, mlops.evaluate('deep@v' || v.version, 'TABLE deep') AS m
WHERE v.model = 'deep' ORDER BY v.version;
SELECT mlops.predict('shares@v1', ARRAY[1]::float8[]) AS share_not_vote;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP FUNCTION positives;
DROP TABLE rare, shares, three, answers, wave, near, late, deep;
