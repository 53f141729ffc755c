-- What a call of predict_table may say: columns that are kept, the list of columns, queries, features by name; every
-- mistake is told with what to write; a role reads its own rows with no right on those of others or on the model.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE f (id int, age float8, job text, day date, ok bool, y bool);
INSERT INTO f SELECT i, CASE WHEN i % 5 > 0 THEN i % 40 END, CASE i % 4 WHEN 0 THEN 'clerk' WHEN 1 THEN 'Clerk' WHEN 2 THEN '' END,
	date '2020-01-01' + i, i % 3 = 0, (i % 40 > 20) <> (i % 4 = 1) FROM generate_series(1, 400) AS i;
SELECT status FROM mlops.train_model('f', 'f', 'y', exclude => '{id}', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('wide', query => 'SELECT ARRAY[age, id % 7, NULL] AS x, y FROM f', target => 'y', hyperparams => '{"n_estimators": 2, "random_state": 1}');
SELECT status FROM mlops.train_model('three', query => 'SELECT age, id % 3 AS y FROM f', target => 'y', task => 'classification', hyperparams => '{"n_estimators": 5}');
CREATE VIEW rows AS SELECT ok, id, day, 'kept ' || id AS note, job, age, nullif(id % 9, 0)::numeric(6, 2) AS n FROM f;

-- keep: the rest, some in an order of its own, a feature, nothing
SELECT * FROM mlops.predict_table('f@v1', 'SELECT * FROM rows WHERE id < 3 ORDER BY id DESC') AS t(id int, note text, n numeric(6, 2), prediction float8);
SELECT * FROM mlops.predict_table('f@v1', 'SELECT * FROM rows WHERE id < 3 ORDER BY id', '{job,id}') AS t(job text, id int, prediction float8);
SELECT * FROM mlops.predict_table('f@v1', 'SELECT * FROM rows WHERE id < 3 ORDER BY id', '{}') AS t(prediction float8);
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{ident}') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{nott}') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{id,NULL}') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'SELECT *, 1 AS id FROM rows', '{id}') AS t(prediction float8);
\echo :SQLSTATE

-- lists: a number of columns, a type, a typmod, names that changed places; other names are free
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS t(id bigint, prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS t(id int, prediction numeric);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{n}') AS t(n numeric(4, 1), prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{job,note}') AS t(note text, job text, prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'SELECT *, 1 AS "Sum", 2 AS prediction FROM rows', '{Sum,prediction,id,id}') AS t(prediction float8);
\echo :SQLSTATE
SELECT mlops.predict_table('f@v1', 'TABLE rows', '{id}');
\echo :SQLSTATE
SELECT max(length(b)) FROM mlops.predict_table('f@v1', 'SELECT *, note::varchar(9) AS short FROM rows', '{id,short}') AS t(a int, b text, p float8);

-- features: absent ones are all named, or missing if the setting says so; types; never by position; twice
SELECT * FROM mlops.predict_table('f@v1', 'SELECT id, age, ''clerk'' AS jobb FROM f') AS t(prediction float8);
\echo :SQLSTATE
SET mlops.on_missing_feature = 'null';
SELECT count(*), bool_and(t.prediction = mlops.predict('f@v1', ROW(f.age, NULL::text, NULL::date, NULL::bool))) AS same
FROM mlops.predict_table('f@v1', 'SELECT id, age FROM f') AS t(id int, prediction float8) JOIN f USING (id);
RESET mlops.on_missing_feature;
SELECT * FROM mlops.predict_table('f@v1', 'SELECT age::text, job, day, ok FROM f') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'SELECT age, job, day::timestamp, ok FROM f') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'SELECT age AS f1, job AS f2, day AS f3, ok AS f4 FROM f') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'SELECT *, 1 AS age FROM f') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('wide@v1', 'SELECT ARRAY[1, 2]::float8[] AS x') AS t(prediction float8);
\echo :SQLSTATE

-- other refusals
SELECT * FROM mlops.predict_table('three@v1', 'TABLE f') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', NULL) AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'DELETE FROM f RETURNING *') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE f; TABLE f') AS t(prediction float8);
\echo :SQLSTATE
CREATE FUNCTION writes() RETURNS int LANGUAGE sql VOLATILE AS 'DELETE FROM f RETURNING id';
SELECT * FROM mlops.predict_table('f@v1', 'SELECT *, writes() FROM f') AS t(id int, y bool, writes int, prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f@v1', 'TABLE nowhere') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('nobody', 'TABLE f') AS t(prediction float8);
\echo :SQLSTATE
SELECT * FROM mlops.predict_table('f', 'TABLE f') AS t(prediction float8);
\echo :SQLSTATE
SELECT count(*) FROM mlops.predict_table('f@v1', 'SELECT age, job, day, ok, 1 / (id - 390) FROM f') AS t(x int, prediction float8);
\echo :SQLSTATE

-- a role reads its own rows, not those of others; it needs no right on the training's rows or the model's bytes
CREATE ROLE regress_mlops_scorer;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_scorer;
CREATE TABLE mine AS SELECT id, age, job, day, ok FROM f WHERE id <= 10;
GRANT SELECT ON mine TO regress_mlops_scorer;
SET ROLE regress_mlops_scorer;
SELECT count(*) FROM mlops.predict_table('f@v1', 'TABLE mine') AS t(id int, prediction float8);
\echo :SQLSTATE
RESET ROLE;
GRANT EXECUTE ON FUNCTION mlops.predict_table(text, text, text[]) TO regress_mlops_scorer;
SET ROLE regress_mlops_scorer;
SELECT count(*), count(t.prediction) FROM mlops.predict_table('f@v1', 'TABLE mine') AS t(id int, prediction float8);
SELECT count(*) FROM mlops.predict_table('f@v1', 'TABLE f') AS t(id int, y bool, prediction float8);
\echo :SQLSTATE
SELECT count(*) FROM mlops.model_blob;
\echo :SQLSTATE
RESET ROLE;
ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON mine USING (id <= 3);
SET ROLE regress_mlops_scorer;
SELECT count(*) FROM mlops.predict_table('f@v1', 'TABLE mine') AS t(id int, prediction float8);
RESET ROLE;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP FUNCTION writes;
DROP TABLE mine;
DROP VIEW rows;
DROP TABLE f;
REVOKE ALL ON SCHEMA mlops FROM regress_mlops_scorer;
REVOKE ALL ON FUNCTION mlops.predict_table(text, text, text[]) FROM regress_mlops_scorer;
DROP ROLE regress_mlops_scorer;
