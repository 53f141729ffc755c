-- Limits of sizes and types that are met rarely, each with its message.
\set SHOW_CONTEXT never
CREATE TABLE r AS SELECT i AS id, date '2020-01-01' + i AS day, i % 7 AS x, i % 2 = 0 AS y, i % 3 AS w FROM generate_series(1, 40) AS i;
SELECT mlops.train_model('l', 999999999::regclass, 'y');
\echo :SQLSTATE
SELECT mlops.train_model('l', query => 'SELECT y, array_fill(1, ARRAY[16383])::float8[] AS a FROM r', target => 'y');
\echo :SQLSTATE
-- rows of weight 0 are left out
SELECT status FROM mlops.train_model('l', 'r', 'y', features => '{x}', weight_column => 'w', hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT n_rows FROM mlops.model_versions WHERE model = 'l';
-- a key that no bigint can be compared with
SELECT status FROM mlops.train_model('by_day', 'r', 'y', features => '{x}', entity_column => 'day', hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT mlops.predict(7, 'by_day@v1');
\echo :SQLSTATE
-- arrays of another length than the model's, in a row and in JSON
SELECT status FROM mlops.train_model('arrays', query => 'SELECT y, ARRAY[x, -x]::float8[] AS a FROM r', target => 'y', hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT mlops.predict('arrays@v1', s) FROM (SELECT ARRAY[1, 2, 3]::float8[] AS a) AS s;
\echo :SQLSTATE
SELECT mlops.predict('arrays@v1', '{"a": [1]}'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('arrays@v1', s) = mlops.predict('arrays@v1', '{"a": [1, 2]}'::jsonb) AS same,
	mlops.predict('arrays@v1', s) = mlops.predict('arrays@v1', ARRAY[1, 2]) AS same_by_position FROM (SELECT ARRAY[1, 2]::float8[] AS a) AS s;
-- a forest that is large says so; one that the cache cannot hold is refused
CREATE TABLE noise AS SELECT hashint4(i) AS a, hashint4(-i) AS b, hashint4(i * 31) % 2 = 0 AS y FROM generate_series(1, 12000) AS i;
SELECT status FROM mlops.train_model('large', 'noise', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 250, "random_state": 1, "max_bins": 4095}');
SET mlops.model_cache_size = '1MB';
SELECT mlops.predict('large@v1', '{1,2}'::float8[]);
\echo :SQLSTATE
RESET mlops.model_cache_size;
SELECT mlops.predict('large@v1', '{1,2}'::float8[]) BETWEEN 0 AND 1 AS predicted;
-- what does not fit beside it pushes it out, and it comes back
SET client_min_messages = warning;
SELECT status FROM mlops.train_model('larger', 'noise', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 260, "random_state": 1, "max_bins": 4095}');
SET mlops.model_cache_size = '24MB';
SELECT count(DISTINCT p) FROM generate_series(1, 3), LATERAL (SELECT mlops.predict('large@v1', '{1,2}'::float8[]) - mlops.predict('larger@v1', '{1,2}'::float8[]) AS p) AS both_in_turn;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE r, noise;
