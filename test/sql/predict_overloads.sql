-- Which form of predict a call means: each row of the table of overloads, and the casts that help.
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE o (id bigint, a int, b float8, c int, y bool);
INSERT INTO o SELECT i, i, i * 2, i % 3, i > 10 FROM generate_series(1, 20) AS i;
-- one trains, another one approves
CREATE ROLE regress_mlops_alice;
GRANT SELECT ON o TO regress_mlops_alice;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_alice;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_alice;
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT status FROM mlops.train_model('m', 'o', 'y', features => '{a,b,c}', id_column => 'id', entity_column => 'id',
	test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT status FROM mlops.train_model('two', query => 'SELECT a, b, y FROM o', target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
RESET SESSION AUTHORIZATION;
SELECT mlops.approve_model('m', 1), mlops.deploy_model('m'), mlops.approve_model('two', 1), mlops.deploy_model('two', alias => 'challenger');

-- entity form
SELECT mlops.predict(15), mlops.predict('15'), mlops.predict(user_id => 15), mlops.predict(15, 'm'), mlops.predict(5);
-- numbers of any width are float8[]
SELECT mlops.predict('m', ARRAY[15, 30, 0]), mlops.predict('m', ARRAY[15, 30.5, 0]), mlops.predict('m', ARRAY[15, NULL, 0]),
	mlops.predict('m', ARRAY[15, 30, 0]::real[]), mlops.predict('m', ARRAY[15, 30, 0]::int2[]), mlops.predict('m', ARRAY[15, 30, 0]::int8[]);
SELECT mlops.predict('m', ARRAY[true, false, NULL]) AS bools;
-- rows
SELECT mlops.predict('m', o), mlops.predict('m', o.*), mlops.predict('m', ROW(15, 30::float8, 0)),
	(SELECT mlops.predict('m', s) FROM (SELECT a, b, c FROM o AS i WHERE i.id = o.id) AS s) FROM o WHERE id = 15;
SELECT mlops.predict('m', jsonb_build_object('a', 15, 'b', 30, 'c', 0)), mlops.predict('m', json_build_object('c', 0, 'b', 30, 'a', 15));
-- untyped literals are ambiguous; a cast helps
SELECT mlops.predict('m', '{"a":1}');
\echo :SQLSTATE
SELECT mlops.predict('m', '{1,2}');
\echo :SQLSTATE
SELECT mlops.predict('m', NULL);
\echo :SQLSTATE
SELECT mlops.predict('m', features => '{1,2,3}');
\echo :SQLSTATE
PREPARE p AS SELECT mlops.predict($1, $2);
\echo :SQLSTATE
SELECT mlops.predict('7', 'm');
\echo :SQLSTATE
SELECT mlops.predict('m', '{15,30,0}'::float8[]), mlops.predict('m', '{"a":15,"b":30,"c":0}'::jsonb), mlops.predict('m', NULL::float8[]) IS NULL AS null_in_null_out,
	mlops.predict('7'::bigint, 'm') AS entity;
-- no such form
SELECT mlops.predict('m', ARRAY['a', 'b']);
\echo :SQLSTATE
SELECT mlops.predict('m', ARRAY[NULL, NULL]);
\echo :SQLSTATE
SELECT mlops.predict('m', 42);
\echo :SQLSTATE
SELECT mlops.predict(42.0, 'm');
\echo :SQLSTATE
SELECT mlops.predict('00000000-0000-0000-0000-000000000000'::uuid);
\echo :SQLSTATE
-- an array in the place of a model: the entity form, which knows better
\set VERBOSITY default
SELECT mlops.predict(42, '{1,2,3}');
\echo :SQLSTATE

-- references
SELECT mlops.predict('m@v1', ARRAY[15, 30, 0]), mlops.predict('m@champion', ARRAY[15, 30, 0]), mlops.predict('two@challenger', ARRAY[15, 30]);
SELECT mlops.predict('mm', ARRAY[1]);
\echo :SQLSTATE
SELECT mlops.predict('unlike all of them', ARRAY[1]);
\echo :SQLSTATE
SELECT mlops.predict('m@v2', ARRAY[1]);
\echo :SQLSTATE
SELECT mlops.predict('m@challenger', ARRAY[1]);
\echo :SQLSTATE
SELECT mlops.predict('two', ARRAY[1]);
\echo :SQLSTATE
SELECT mlops.predict('', ARRAY[1]);
\echo :SQLSTATE
-- the default model: the setting, else the only champion
SELECT mlops.predict(NULL, ARRAY[15, 30, 0]);
SET mlops.default_model = 'two@challenger';
SELECT mlops.predict(NULL, ARRAY[15, 30]);
RESET mlops.default_model;
SELECT mlops.deploy_model('two');
SELECT mlops.predict(15);
\echo :SQLSTATE
SELECT mlops.reject_model('two', 1, 'test'), mlops.reject_model('m', 1, 'test');
SELECT mlops.predict(15);
\echo :SQLSTATE
SELECT mlops.predict('m', ARRAY[15, 30, 0]);
\echo :SQLSTATE
-- prepared plans see a later deployment
SELECT mlops.approve_model('m', 1), mlops.deploy_model('m');
PREPARE typed (text, float8[]) AS SELECT mlops.predict($1, $2);
EXECUTE typed('m', '{15,30,0}');
SELECT mlops.reject_model('m', 1, 'test');
EXECUTE typed('m', '{15,30,0}');
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE o;
DROP OWNED BY regress_mlops_alice;
DROP ROLE regress_mlops_alice;
