-- max_time: the trees that were begun in time, the first ones without a gap.
\set SHOW_CONTEXT never
CREATE TABLE slow AS SELECT i AS id, hashint4(i) AS x, hashint4(i + 50000) % 2 = 0 AS y FROM generate_series(1, 2000) AS i;
SELECT status FROM mlops.train_model('s', 'slow', 'y', id_column => 'id', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT status FROM mlops.train_model('s', 'slow', 'y', id_column => 'id', hyperparams => '{"n_estimators": 3, "random_state": 1}', max_time => '1 microsecond');
SELECT status FROM mlops.train_model('s', 'slow', 'y', id_column => 'id', hyperparams => '{"n_estimators": 3, "random_state": 1}', max_time => '2 hours');
SELECT version, n_trees, is_truncated, hyperparams->'n_estimators' AS n_estimators, arguments->>'max_time' AS max_time FROM mlops.model_versions ORDER BY version;
-- the one tree is the first of the three, and answers for itself
SELECT v.version, b.chunk, b.data = first.data AS is_first_tree FROM mlops.model_version AS v
JOIN mlops.model_blob AS b USING (model_id, version) JOIN mlops.model_blob AS first ON first.model_id = v.model_id AND first.version = 1 AND first.chunk = 1
WHERE b.chunk = 1 ORDER BY v.version;
SELECT mlops.predict('s@v2', '{"x": 5}'::jsonb) BETWEEN 0 AND 1 AS answers, n_rows FROM mlops.evaluate('s@v2');
-- a search makes as many trials as the time allows, at least one, and leaves time for its last forest
SELECT status FROM mlops.train_model('t', 'slow', 'y', id_column => 'id', hyperparams => '{"n_estimators": 3, "random_state": 1}', max_time => '1 microsecond',
	search => 'grid', search_params => '{"max_depth": [2, 5]}', search_args => '{"cv": 2}');
SELECT status FROM mlops.train_model('t', 'slow', 'y', id_column => 'id', hyperparams => '{"n_estimators": 3, "random_state": 1}', max_time => '2 hours',
	search => 'grid', search_params => '{"max_depth": [2, 5]}', search_args => '{"cv": 2}');
SELECT version, is_truncated, n_trees, (SELECT count(*) FROM mlops.trial_info('t@v' || version)) AS trials FROM mlops.model_versions WHERE model = 't' ORDER BY version;
-- what cannot be
SELECT mlops.train_model('s', 'slow', 'y', max_time => '0');
\echo :SQLSTATE
SELECT mlops.train_model('s', 'slow', 'y', max_time => '-1 day');
\echo :SQLSTATE
SELECT mlops.train_model('s', 'slow', 'y', max_time => '300000 years');
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE slow;
