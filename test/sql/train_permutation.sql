-- Permutation importance: what a model needs is worth something in its own metric, noise is worth
-- nothing within its error and may be below 0, what no tree splits on is worth exactly 0; it does not
-- depend on the order of rows or columns; where nothing can be measured it is NULL.
\set SHOW_CONTEXT never
SET extra_float_digits = -9;
CREATE FUNCTION drops(reference text) RETURNS TABLE (feature text, is_worth text, has_error bool) LANGUAGE sql AS $$
	SELECT feature, CASE WHEN importance_permutation IS NULL THEN 'unknown' WHEN importance_permutation = 0 AND permutation_se = 0 THEN 'exactly 0'
		WHEN abs(importance_permutation) <= 3 * permutation_se THEN 'nothing' WHEN importance_permutation > 0 THEN 'much' ELSE 'less than nothing' END, permutation_se > 0
	FROM mlops.feature_importance(reference) ORDER BY feature $$;
-- x decides, NULL or not decides too, noise does not, and same is the same everywhere
CREATE TABLE seen AS SELECT i AS id, hashint4(i) % 50 AS x, CASE WHEN hashint4(i * 3) % 4 > 0 THEN 1 END AS known, hashint4(i * 17) % 100 AS noise, 7 AS same
	FROM generate_series(1, 3000) AS i;
CREATE VIEW two AS SELECT *, (x + CASE WHEN known IS NULL THEN 20 ELSE 0 END > 5) <> (hashint4(id * 5) % 10 = 0) AS y FROM seen;
CREATE VIEW three AS SELECT *, CASE WHEN known IS NULL THEN 'none' WHEN x > 0 THEN 'high' ELSE 'low' END AS y FROM seen;
CREATE VIEW value AS SELECT *, x + CASE WHEN known IS NULL THEN 20 ELSE 0 END::float8 AS y FROM seen;
SELECT t.task, t.version FROM unnest('{two,three,value}'::text[]) AS v, mlops.train_model(v, v::regclass, 'y', id_column => 'id', hyperparams => '{"n_estimators": 30, "random_state": 1}') AS t;
SELECT * FROM drops('two@v1');
SELECT * FROM drops('three@v1');
SELECT * FROM drops('value@v1');
SELECT model, arguments->'metric' AS metric, arguments->'permutation_rows' AS permutation_rows FROM mlops.model_versions ORDER BY model;
-- a loss that grows is a positive drop as well; other metrics
SELECT t.version, d.* FROM unnest('{log_loss,brier_score,accuracy}'::text[]) AS m,
	mlops.train_model('two', 'two', 'y', id_column => 'id', metric => m, hyperparams => '{"n_estimators": 30, "min_samples_leaf": 10, "random_state": 1}') AS t, LATERAL (SELECT m) AS d;
SELECT v, d.* FROM generate_series(2, 4) AS v, drops('two@v' || v) AS d WHERE feature IN ('known', 'x');

SELECT bool_or(importance_permutation < 0) AS below_0 FROM unnest('{two,three,value}'::text[]) AS m, mlops.feature_importance(m || '@v1') WHERE feature = 'noise';

-- the order of rows and, for one tree that sees all, of columns plays no part
SELECT t.version FROM unnest('{"SELECT * FROM two ORDER BY id DESC","SELECT same, noise, known, x, y, id FROM two"}'::text[]) AS q,
	mlops.train_model('order', query => q, target => 'y', id_column => 'id', hyperparams => '{"n_estimators": 1, "bootstrap": false, "max_features": null, "max_depth": 4, "random_state": 1}') AS t;
SELECT count(*) AS others FROM mlops.feature_importance('order@v1') AS a JOIN mlops.feature_importance('order@v2') AS b USING (feature)
WHERE a.importance_permutation <> b.importance_permutation OR a.permutation_se <> b.permutation_se;
-- nor do workers
SET max_parallel_maintenance_workers = 0;
SELECT version FROM mlops.train_model('workers', 'two', 'y', id_column => 'id', hyperparams => '{"n_estimators": 30, "random_state": 1}');
SET max_parallel_maintenance_workers = 2;
SELECT version FROM mlops.train_model('workers', 'two', 'y', id_column => 'id', hyperparams => '{"n_estimators": 30, "random_state": 1}');
SELECT count(DISTINCT to_jsonb(array[importance_permutation, permutation_se])) AS results FROM mlops.model_version AS v JOIN mlops.model AS m USING (model_id) WHERE m.name = 'workers';

-- rows: by setting, at most those of the test part; none is not measured
SET mlops.permutation_rows = 50;
SELECT version FROM mlops.train_model('rows', 'two', 'y', id_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SET mlops.permutation_rows = 100000;
SELECT version FROM mlops.train_model('rows', 'two', 'y', id_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SET mlops.permutation_rows = 0;
SELECT version FROM mlops.train_model('rows', 'two', 'y', id_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}');
RESET mlops.permutation_rows;
SELECT version FROM mlops.train_model('rows', 'two', 'y', id_column => 'id', test_sampling => 'none', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT version, arguments->'permutation_rows' AS permutation_rows, (SELECT count(importance_permutation) FROM mlops.feature_importance('rows@v' || version)) AS measured
FROM mlops.model_versions WHERE model = 'rows' ORDER BY version;
SET mlops.permutation_rows = -2;
\echo :SQLSTATE

-- two rows that differ in x: a shuffle changes both or none, so the drop is whole fifths
CREATE TABLE pair AS SELECT i AS id, i % 2 AS x, i % 2 = 1 AS y, i > 20 AS held FROM generate_series(1, 22) AS i;
SELECT version FROM mlops.train_model('pair', 'pair', 'y', id_column => 'id', split_column => 'held', test_sampling => 'custom', metric => 'accuracy', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT feature, importance_permutation IN (0.2, 0.4, 0.6, 0.8, 1) AS fifths,
	abs(permutation_se - sqrt(importance_permutation * (1 - importance_permutation) / 4)) < 1e-12 AS se FROM mlops.feature_importance('pair@v1');
-- a test part of one class does not define the metric, and a constant is not split on
SELECT version FROM mlops.train_model('one', query => 'SELECT *, held AND y AS test FROM pair', target => 'y', exclude => '{held}', id_column => 'id', split_column => 'test', test_sampling => 'custom', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT feature, importance_permutation, permutation_se FROM mlops.feature_importance('one@v1');
SELECT version FROM mlops.train_model('none', query => 'SELECT id, 7 AS same, y FROM two', target => 'y', id_column => 'id', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT feature, importance_permutation, permutation_se FROM mlops.feature_importance('none@v1');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP VIEW two, three, value;
DROP TABLE seen, pair;
DROP FUNCTION drops;
