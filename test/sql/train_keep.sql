-- keep_training_data: the rows that were read, to the last bit and in their order, with the side that each
-- was on; a model trained from them again is the same; they are the owner's, and go with the version.
\set SHOW_CONTEXT never
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE source AS SELECT i AS id, 1 / i::float8 AS x, (i % 3)::numeric / 7 AS n, CASE WHEN i % 5 > 0 THEN 'a"\' || i % 4 END AS c,
	(ARRAY['sad', 'ok'])[i % 2 + 1]::mood AS m, ARRAY[i, NULL, 'NaN', 1 / i::float8]::float8[] AS arr, timestamptz '2020-01-01' + i * interval '1.5 s' AS t,
	CASE WHEN i % 50 > 0 THEN hashint4(i) % 3 = 0 END AS y, 'not read' AS other FROM generate_series(1, 3000) AS i;
INSERT INTO source VALUES (0, 'Infinity', 'NaN', '', NULL, NULL, 'infinity', true, ''), (-1, 'NaN', NULL, NULL, 'ok', ARRAY[1e-310, -0.0, 1e308, 3]::float8[], NULL, false, '');
SELECT status FROM mlops.train_model('k', 'source', 'y', exclude => '{other}', id_column => 'id', keep_training_data => true,
	hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT version, arguments->'keep_training_data' AS kept, n_rows, n_train_rows, n_test_rows FROM mlops.model_versions;
SELECT count(*), count(*) FILTER (WHERE is_test) AS test, min(row_no), max(row_no), bool_or(data ? 'other') AS more_than_read FROM mlops.training_data('k@v1');
-- they are the rows with a target, the same in every bit
CREATE VIEW kept AS SELECT d.row_no, d.is_test, r.* FROM mlops.training_data('k@v1') AS d, jsonb_populate_record(NULL::source, d.data) AS r;
SELECT count(*) AS n, bool_and(row(s.x, s.n, s.c, s.m, s.arr, s.t, s.y) IS NOT DISTINCT FROM row(k.x, k.n, k.c, k.m, k.arr, k.t, k.y)) AS equal,
	bool_and(float8send(s.x) = float8send(k.x)) AS to_the_bit FROM source AS s JOIN kept AS k USING (id) WHERE s.y IS NOT NULL;
SELECT status FROM mlops.train_model('k', query => 'SELECT id, x, n, c, m, arr, t, y FROM kept', target => 'y', id_column => 'id',
	hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT count(DISTINCT digest) AS forests, count(DISTINCT data_hash) AS data FROM mlops.model_versions WHERE model = 'k';
-- the test part is what the metrics were measured on
SELECT e.roc_auc = (v.metrics->>'roc_auc')::float8 AS same_roc_auc, e.n_rows = v.n_test_rows AS all_of_it
FROM mlops.model_versions AS v, mlops.evaluate('k@v1', 'SELECT x, n, c, m, arr, t, y FROM kept WHERE is_test') AS e WHERE v.version = 1;
-- they stay when the source changes, and go with the version
TRUNCATE source;
SELECT count(*) FROM mlops.training_data('k@v1');
SELECT mlops.drop_model('k', 1), (SELECT count(*) FROM mlops.training_row) AS before;
SELECT count(*) AS after FROM mlops.training_row;
-- what cannot be
SELECT * FROM mlops.training_data('k@v2');
\echo :SQLSTATE
SELECT * FROM mlops.training_data('nobody');
\echo :SQLSTATE
SELECT * FROM mlops.training_data(NULL);
\echo :SQLSTATE
-- whose model it is not, does not see them, also as a trainer; nor through SET ROLE
SELECT cardinality(mlops.setup_roles()) > 0 AS roles;
CREATE ROLE regress_mlops_ann IN ROLE mlops_trainer;
CREATE ROLE regress_mlops_bob IN ROLE mlops_trainer;
CREATE TABLE small AS SELECT i, i % 2 = 0 AS y FROM generate_series(1, 20) AS i;
GRANT SELECT ON small TO regress_mlops_ann;
SET ROLE regress_mlops_ann;
SELECT status FROM mlops.train_model('ann', 'small', 'y', keep_training_data => true, hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT count(*) FROM mlops.training_data('ann@v1');
SET ROLE regress_mlops_bob;
SELECT count(*) FROM mlops.training_data('ann@v1');
\echo :SQLSTATE
SELECT count(*) FROM mlops.training_row;
\echo :SQLSTATE
RESET ROLE;
GRANT regress_mlops_ann TO regress_mlops_bob;
SET ROLE regress_mlops_bob;
SELECT count(*) FROM mlops.training_data('ann@v1');
RESET ROLE;
-- a query that fails leaves nothing
SELECT mlops.train_model('k', query => 'SELECT 1 / (i - 20) AS x, y FROM small', target => 'y', keep_training_data => true);
\echo :SQLSTATE
SELECT count(*) AS rows_of_models, count(DISTINCT model_id) AS models FROM mlops.training_row;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
SELECT count(*) FROM mlops.training_row;
DROP VIEW kept;
DROP TABLE source, small;
DROP TYPE mood;
DROP ROLE regress_mlops_ann, regress_mlops_bob;
SELECT cardinality(mlops.drop_roles()) > 0 AS dropped;
