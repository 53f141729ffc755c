-- start_training refuses what train_model would before it reads a row, and leaves nothing then; it passes
-- every argument on; a token names one run; a run moves along its edges only.
\set SHOW_CONTEXT never
CREATE TABLE t AS SELECT i AS id, i % 7 AS g, i AS x, i % 3 AS z, i > 20 AS y, i * 0.5 AS v FROM generate_series(1, 60) AS i;
-- no worker takes a run as long as this stands
SELECT format('ALTER DATABASE %I SET mlops.max_workers = 0', current_database()) \gexec

-- the arguments are those of train_model, and the token
SELECT pg_get_function_arguments('mlops.start_training'::regproc) = pg_get_function_arguments('mlops.train_model'::regproc) || ', client_token text DEFAULT NULL::text' AS same_arguments;

SELECT mlops.start_training(NULL, 't', 'y');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't');
\echo :SQLSTATE
SELECT mlops.start_training('m', target => 'y');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', query => 'SELECT 1');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'yy');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', features => '{x,w}');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', id_column => 'idd');
\echo :SQLSTATE
SELECT mlops.start_training('m', query => 'SELECT x FROM tt', target => 'x');
\echo :SQLSTATE
SELECT mlops.start_training('m', query => 'DELETE FROM t RETURNING *', target => 'y');
\echo :SQLSTATE
-- the task follows from the type of the target, and with it what hyperparameters may be
SELECT mlops.start_training('m', 't', 'y', hyperparams => '{"n_estimater": 2}');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'v', hyperparams => '{"criterion": "gini"}');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'v', test_sampling => 'stratified');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', test_sampling => 'last');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', algorithm => 'xgboost');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', test_size => 1);
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', search_params => '{"max_depth": [1]}');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', max_time => '-1 s');
\echo :SQLSTATE
CREATE TEMP TABLE mine AS TABLE t;
SELECT mlops.start_training('m', 'mine', 'y');
\echo :SQLSTATE
-- also one that a query reads, for which a worker would find another table or none
CREATE TEMP VIEW hidden AS SELECT x, y FROM mine;
SELECT mlops.start_training('m', query => 'SELECT t.x, t.y FROM t WHERE t.x IN (SELECT x FROM hidden)', target => 'y');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', client_token => '');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', client_token => E'a\nb');
\echo :SQLSTATE
SELECT mlops.start_training('m', 't', 'y', client_token => repeat('x', 201));
\echo :SQLSTATE
-- what is printable does not depend on the locale
BEGIN;
SELECT mlops.start_training('m', 't', 'y', client_token => U&'a\0085') > 0 AS started;
ROLLBACK;
BEGIN READ ONLY;
SELECT mlops.start_training('m', 't', 'y');
\echo :SQLSTATE
ROLLBACK;
SELECT count(*) FROM mlops.training_runs;
-- two-phase commit would leave nobody to start the worker
BEGIN;
SELECT mlops.start_training('m', 't', 'y') > 0 AS started;
PREPARE TRANSACTION 'run';
\echo :SQLSTATE
-- an index expression in the hands of somebody else
CREATE FUNCTION away(x int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT mlops.start_training('m', 't', 'y') $$;
CREATE INDEX away ON t (away(x));
\echo :SQLSTATE
SELECT count(*) FROM mlops.training_runs;

-- one token, one run; other arguments are refused, another role has its own tokens
SELECT mlops.start_training('m', 't', 'y', client_token => 'monday') AS run \gset
SELECT mlops.start_training('m', 't', 'y', client_token => 'monday') = :run AS same, mlops.start_training('m', 't', 'y') <> :run AS another;
\set VERBOSITY sqlstate
SELECT mlops.start_training('m', 't', 'y', client_token => 'monday', comment => 'again');
SELECT mlops.start_training('m', 't', 'v', client_token => 'monday');
\set VERBOSITY default
-- a run of the database that this one was copied from has the token to itself
BEGIN;
INSERT INTO mlops.training_run (state, model, owner, trainer, arguments, settings, home, owner_id, trainer_id, login_id, client_token)
SELECT 'failed', model, owner, trainer, arguments, settings, 'elsewhere/1', owner_id, trainer_id, login_id, 'moved' FROM mlops.training_run WHERE run_id = :run;
SELECT mlops.start_training('m', 't', 'y', client_token => 'moved') > :run AS started;
ROLLBACK;
-- a lost run takes no place; which token may start it again
BEGIN;
INSERT INTO mlops.training_run (state, model, owner, trainer, arguments, settings, home, owner_id, trainer_id, login_id, client_token)
SELECT 'running', 'lost', owner, trainer, arguments, settings, home, owner_id, trainer_id, login_id, token
FROM mlops.training_run, (VALUES ('lost'), (NULL)) AS t (token) WHERE run_id = :run;
SELECT mlops._count_running();
SELECT mlops._attend_runs();
SELECT client_token, state, error_code, error_hint FROM mlops.training_run WHERE model = 'lost' ORDER BY client_token;
ROLLBACK;
SELECT state, owner = current_user AS mine, trainer = session_user AS me, version, started_at, worker_pid, error_code, notices, client_token
FROM mlops.training_runs ORDER BY run_id;

-- stop: queued at once, ended or unknown not
SELECT mlops.stop_run(:run, '');
\echo :SQLSTATE
SELECT mlops.stop_run(run_id, 'enough') AS state FROM mlops.training_runs ORDER BY run_id;
SELECT state, stopped_by = session_user AS by_me, stop_reason, ended_at >= queued_at AS ended FROM mlops.training_runs ORDER BY run_id;
\set VERBOSITY sqlstate
SELECT mlops.stop_run(:run);
\set VERBOSITY default
SELECT mlops.stop_run(9000000000);
\echo :SQLSTATE
SELECT mlops.stop_run(NULL);
\echo :SQLSTATE
CALL mlops.wait_for_run(9000000000);
\echo :SQLSTATE
CALL mlops.wait_for_run(NULL);
\echo :SQLSTATE
BEGIN;
\set VERBOSITY sqlstate
CALL mlops.wait_for_run(:run);
\set VERBOSITY default
ROLLBACK;
SELECT mlops.start_training('m', 't', 'y') AS queued \gset
\set VERBOSITY sqlstate
CALL mlops.wait_for_run(:queued, '120 ms');
\set VERBOSITY default
SELECT mlops.stop_run(:queued);

-- every edge by plain UPDATE, as the owner of the tables
CREATE FUNCTION edges() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	states constant text[] := '{queued,running,stopping,succeeded,failed,stopped}';
	a text;
	b text;
BEGIN
	FOREACH a IN ARRAY states LOOP
		FOREACH b IN ARRAY states LOOP
			CONTINUE WHEN a = b;
			BEGIN
				INSERT INTO mlops.training_run (state, model, owner, trainer, arguments, settings, home, owner_id, trainer_id, login_id)
				VALUES (a, 'edge', 'x', 'x', '{}', '{}', 'x', 1, 1, 1);
				UPDATE mlops.training_run SET state = b WHERE model = 'edge';
				RAISE EXCEPTION 'possible' USING ERRCODE = 'P0001';
			EXCEPTION
				WHEN raise_exception THEN
					RETURN NEXT a || ' > ' || b;
				WHEN object_not_in_prerequisite_state THEN
					NULL;
			END;
		END LOOP;
	END LOOP;
END
$$;
SELECT edges();
UPDATE mlops.training_run SET model = 'other';
\echo :SQLSTATE

-- now for real, with every argument other than its default, and a setting: the version is as train_model makes it
SELECT format('ALTER DATABASE %I RESET mlops.max_workers', current_database()) \gexec
SET mlops.permutation_rows = 7;
SELECT mlops.start_training('by_run', query => 'SELECT id, g, x, z, y, v + 1 AS w, id AS at, id % 4 = 0 AS s, 1 AS u FROM t', target => 'y', task => 'classification',
	hyperparams => '{"n_estimators": 5, "random_state": 3, "class_weight": {"true": 2}}', features => '{z,x}', exclude => '{u}', positive_class => 'false',
	id_column => 'id', time_column => 'at', entity_column => 'g', split_column => 's', weight_column => 'w', test_size => 0.3, test_sampling => 'custom',
	search => 'grid', search_params => '{"max_depth": [1, null]}', search_args => '{"cv": 2}', metric => 'log_loss', keep_training_data => true, tags => '{"team": null}',
	comment => 'it''s "all"', client_token => 'all') AS run \gset
CALL mlops.wait_for_run(:run);
SELECT state, version, error_code, error_message FROM mlops.training_runs WHERE run_id = :run;
SELECT status FROM mlops.train_model('by_call', query => 'SELECT id, g, x, z, y, v + 1 AS w, id AS at, id % 4 = 0 AS s, 1 AS u FROM t', target => 'y', task => 'classification',
	hyperparams => '{"n_estimators": 5, "random_state": 3, "class_weight": {"true": 2}}', features => '{z,x}', exclude => '{u}', positive_class => 'false',
	id_column => 'id', time_column => 'at', entity_column => 'g', split_column => 's', weight_column => 'w', test_size => 0.3, test_sampling => 'custom',
	search => 'grid', search_params => '{"max_depth": [1, null]}', search_args => '{"cv": 2}', metric => 'log_loss', keep_training_data => true, tags => '{"team": null}',
	comment => 'it''s "all"');
RESET mlops.permutation_rows;
SELECT count(*) AS same FROM (SELECT to_jsonb(v) - '{model_id,created_at}'::text[] FROM mlops.model_version AS v JOIN mlops.model AS m USING (model_id)
	WHERE m.name LIKE 'by\_%' GROUP BY 1) AS distinct_versions;
-- max_time, and a relation
SELECT mlops.start_training('timed', 't', 'v', id_column => 'id', max_time => '1 hour 1 second', hyperparams => '{"n_estimators": 2}') AS run \gset
CALL mlops.wait_for_run(:run);
SELECT r.state, r.arguments->>'relation' AS relation, v.arguments->>'max_time' AS max_time, v.relation FROM mlops.training_runs AS r JOIN mlops.model_versions AS v USING (model, version) WHERE run_id = :run;
SELECT sum(mlops.drop_model(model)) FROM mlops.models;
DELETE FROM mlops.training_run;
DROP VIEW hidden;
DROP TABLE t, mine;
DROP FUNCTION edges, away;
