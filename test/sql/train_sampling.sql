-- The test part is what its name says: exact numbers per class, no entity on both sides, the last
-- by time, as a column says, or none; the same rows whatever their order in the table.
\set SHOW_CONTEXT never
CREATE TABLE skew AS SELECT i AS id, i / 10 AS entity, date '2020-01-01' + (i * 7919 % 2000) AS day, i % 4 = 0 AS part,
	hashint4(i) % 100 AS x, hashint4(-i) % 100 AS v, i <= 96 AS y FROM generate_series(1, 2000) AS i;
-- sizes and positives of the two parts
CREATE FUNCTION parts(sampling text, seed int DEFAULT 1, size float8 DEFAULT 0.25, relation regclass DEFAULT 'skew', target text DEFAULT 'y')
RETURNS TABLE (n_train bigint, n_test bigint, test_positives numeric) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops.train_model('s', relation, target, task => CASE target WHEN 'y' THEN 'classification' ELSE 'regression' END,
		exclude => CASE target WHEN 'y' THEN '{}' ELSE '{y}' END::text[], id_column => 'id', entity_column => 'entity',
		time_column => 'day', split_column => 'part', test_size => size, test_sampling => sampling,
		hyperparams => jsonb_build_object('n_estimators', 2, 'random_state', seed));
	RETURN QUERY SELECT v.n_train_rows, v.n_test_rows,
		(SELECT sum(p)::numeric FROM mlops.model_version AS m, unnest(m.holdout_positives) AS p
			WHERE m.model_id = t.model_id AND m.version = v.version)
	FROM mlops.model_versions AS v JOIN mlops.model AS t ON t.name = v.model WHERE v.model = 's' ORDER BY v.version DESC LIMIT 1;
	PERFORM mlops.drop_model('s');
END
$$;

-- exactly 24 of 96 positives, whatever the seed
SELECT DISTINCT p.* FROM generate_series(1, 20) AS seed, parts('stratified', seed) AS p;
-- the default for classes
SELECT * FROM parts(NULL);
-- by chance about as many, and not always the same
SELECT count(DISTINCT p.test_positives) > 1 AS varies, min(p.n_test) = max(p.n_test) AS same_size, avg(p.test_positives) BETWEEN 20 AND 28 AS about
FROM generate_series(1, 20) AS seed, parts('random', seed) AS p;
-- at least one of each class on both sides, however small
CREATE TABLE tiny AS SELECT id, entity, day, part, x, v, id <= 2 AS y FROM skew WHERE id <= 40;
SELECT DISTINCT p.test_positives FROM generate_series(1, 10) AS seed, parts('stratified', seed, 0.01, 'tiny') AS p;
SELECT DISTINCT p.test_positives FROM generate_series(1, 10) AS seed, parts('stratified', seed, 0.99, 'tiny') AS p;
-- entities stay together: 25 % of 201 entities, all but the first and last of 10 rows
SELECT DISTINCT p.n_test % 10 AS odd_rows FROM generate_series(1, 10) AS seed, parts('entity', seed) AS p ORDER BY 1;
-- the last by time, as the column says, none
SELECT * FROM parts('last', target => 'v');
SELECT * FROM parts('custom');
SELECT count(*) FROM skew WHERE part;
SELECT * FROM parts('none');
-- the last rows by time are those with the greatest days; a row without a time comes first
CREATE TABLE timed AS SELECT i AS id, i AS entity, CASE WHEN i > 2 THEN date '2020-01-01' + i END AS day, true AS part, i AS x, i AS v, i > 50 AS y
	FROM generate_series(1, 100) AS i;
SELECT n_train, n_test FROM parts('last', relation => 'timed', target => 'v');
SELECT status FROM mlops.train_model('l', 'timed', 'v', exclude => '{id,entity,part,y}', time_column => 'day', test_sampling => 'last',
	task => 'regression', hyperparams => '{"n_estimators": 2, "random_state": 1}');
SELECT e.n_rows, abs(e.rmse - h.rmse) < 1e-9 AS the_last_25_days
FROM mlops.evaluate('l@v1', 'SELECT * FROM timed ORDER BY day DESC NULLS LAST LIMIT 25') AS e, mlops.evaluate('l@v1') AS h;

-- with an id, neither order nor a parallel plan changes a byte
CREATE TABLE shuffled AS SELECT * FROM skew ORDER BY hashint4(id);
CREATE FUNCTION digest_of(relation regclass, id_column text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops.train_model('o', relation, 'y', exclude => '{day,part,entity,id}', id_column => id_column,
		hyperparams => '{"n_estimators": 5, "random_state": 1}');
	RETURN (SELECT digest FROM mlops.model_versions WHERE model = 'o' ORDER BY version DESC LIMIT 1);
END
$$;
SELECT digest_of('skew', 'id') = digest_of('shuffled', 'id') AS same_bytes_with_id,
	digest_of('skew', NULL) = digest_of('skew', NULL) AS same_bytes_in_the_same_order,
	digest_of('skew', NULL) = digest_of('shuffled', NULL) AS same_bytes_in_another_order;
-- rows of the test part that the training part has, too, are counted
SELECT metrics->'duplicate_test_rows' AS duplicates, metrics->'n_rows' AS n_test
FROM mlops.train_model('o', query => 'SELECT x % 3 AS x, y FROM skew', target => 'y', hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT metrics->'duplicate_test_rows' AS duplicates
FROM mlops.train_model('o', query => 'SELECT id AS x, y FROM skew', target => 'y', hyperparams => '{"n_estimators": 1, "random_state": 1}');

-- parts that cannot be
SELECT mlops.train_model('o', query => 'SELECT *, true AS p FROM skew', target => 'y', split_column => 'p', test_sampling => 'custom');
\echo :SQLSTATE
SELECT mlops.train_model('o', query => 'SELECT *, 1 AS e FROM skew', target => 'y', entity_column => 'e', test_sampling => 'entity');
\echo :SQLSTATE
-- parts that are empty measure nothing, and say so
SELECT metrics->'n_rows' AS n_test, metrics->'roc_auc' AS roc_auc FROM mlops.train_model('o',
	query => 'SELECT *, false AS p FROM skew', target => 'y', split_column => 'p', test_sampling => 'custom', hyperparams => '{"n_estimators": 1}');
SELECT metrics->'n_rows' AS n_test FROM mlops.train_model('o', query => 'SELECT x, y FROM skew WHERE id = 1 OR id = 100', target => 'y',
	hyperparams => '{"n_estimators": 1}');
SELECT metrics->'n_rows' AS n_test FROM mlops.train_model('l', query => 'SELECT x, v FROM skew LIMIT 1', target => 'v', task => 'regression',
	hyperparams => '{"n_estimators": 1}');
-- a model keeps its task; told before a row is read
SELECT mlops.train_model('o', query => 'SELECT 1 / 0 AS x, v FROM skew', target => 'v', task => 'regression');
\echo :SQLSTATE

SELECT sum(mlops.drop_model(model)) FROM mlops.models WHERE model IN ('l', 'o');
DROP FUNCTION parts;
DROP FUNCTION digest_of;
DROP TABLE skew, tiny, timed, shuffled;
