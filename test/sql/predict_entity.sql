-- predict(user_id) scores the latest row of an entity with the champion: by time, ties by id, read
-- with the caller's rights through an index; the entity that has none is told.
\set SHOW_CONTEXT never
CREATE TABLE loans (loan_id int, id bigint, day date, x float8, word text, y bool);
INSERT INTO loans SELECT i, i % 50, date '2020-01-01' + i / 50, i % 10, 'w' || i % 3, i % 10 > 4 FROM generate_series(1, 500) AS i;
-- entity 7: the row of the latest day is not the last of the table, and two rows share that day
INSERT INTO loans VALUES (1000, 7, '2021-01-01', 9, 'w1', true), (1002, 7, '2021-01-01', 0, 'w1', false), (1001, 7, '2021-01-01', 9, 'w1', true),
	(999, 7, NULL, 9, 'w1', true);
CREATE INDEX ON loans (id, day, loan_id);
CREATE ROLE regress_mlops_alice;
CREATE ROLE regress_mlops_app;
GRANT SELECT ON loans TO regress_mlops_alice;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_alice, regress_mlops_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_alice, regress_mlops_app;
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT status FROM mlops.train_model('score', 'loans', 'y', id_column => 'loan_id', entity_column => 'id', time_column => 'day',
	preprocess => '{"word": {"encode": "target"}}', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT status FROM mlops.train_model('keyless', 'loans', 'y', features => '{x,word}', entity_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT status FROM mlops.train_model('plain', 'loans', 'y', features => '{x}', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT status FROM mlops.train_model('asked', query => 'SELECT id::text AS key, x, y FROM loans;', target => 'y', entity_column => 'key', hyperparams => '{"n_estimators": 5, "random_state": 1}');
RESET SESSION AUTHORIZATION;
SELECT mlops.approve_model('score', 1), mlops.deploy_model('score');

-- the row that is meant is that of the greatest (day, loan_id)
SELECT mlops.predict(7) = mlops.predict('score', l) AS largest_id FROM loans AS l WHERE loan_id = 1002;
SELECT bool_and(mlops.predict(id) = mlops.predict('score', l)) AS latest FROM loans AS l WHERE day = (SELECT max(day) FROM loans AS m WHERE m.id = l.id) AND id <> 7;
SELECT mlops.predict_label(7), mlops.predict_proba(7) = ARRAY[1 - mlops.predict(7), mlops.predict(7)] AS proba, mlops.predict_label(7, 'score@v1');
-- a later row is seen by the next statement, a rolled-back one never
BEGIN;
INSERT INTO loans VALUES (2000, 7, '2021-01-02', 9, 'w1', true);
SELECT mlops.predict(7) > 0.5 AS with_it;
ROLLBACK;
SELECT mlops.predict(7) > 0.5 AS without_it;

-- nothing to score
SELECT mlops.predict(NULL) IS NULL AS null_for_null;
SELECT mlops.predict(12345);
\echo :SQLSTATE
SELECT mlops.predict(-9223372036854775808);
\echo :SQLSTATE
SELECT mlops.predict(7, 'plain@v1');
\echo :SQLSTATE
-- several rows and nothing that tells which is the latest
SELECT mlops.predict(7, 'keyless@v1');
\echo :SQLSTATE
-- a query, a key of another type
SELECT mlops.predict(12345, 'asked@v1');
\echo :SQLSTATE
SELECT mlops.predict(7, 'asked@v1');
\echo :SQLSTATE

-- the caller's rights on the source count, at each call
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT mlops.predict(7);
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT SELECT ON loans TO regress_mlops_app;
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT mlops.predict(7) IS NOT NULL AS allowed;
RESET SESSION AUTHORIZATION;
REVOKE SELECT ON loans FROM regress_mlops_app;
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT mlops.predict(7);
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
-- an operator or table of the caller's in the way changes nothing
CREATE SCHEMA trap;
CREATE FUNCTION trap.never(bigint, bigint) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR trap.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = trap.never);
CREATE TABLE trap.loans (LIKE loans);
SET search_path = trap, public, pg_catalog;
SELECT mlops.predict(9) IS NOT NULL AS unmoved;
RESET search_path;
-- the source changes: a column less is told, a column more does not matter
ALTER TABLE loans ADD COLUMN more int;
SELECT mlops.predict(7) IS NOT NULL AS unmoved;
ALTER TABLE loans RENAME COLUMN x TO xx;
SELECT mlops.predict(7);
\echo :SQLSTATE
ALTER TABLE loans RENAME COLUMN xx TO x;
SELECT mlops.predict(7) IS NOT NULL AS back;
ALTER TABLE loans ALTER COLUMN x TYPE numeric;
SELECT mlops.predict(7) IS NOT NULL AS of_another_numeric_type;
SET client_min_messages = warning;
SELECT mlops.reject_model('score', 1, 'test');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE loans;
DROP SCHEMA trap CASCADE;
DROP OWNED BY regress_mlops_alice, regress_mlops_app;
DROP ROLE regress_mlops_alice, regress_mlops_app;
