-- A run has the rights of who called: current_user reads, session_user is the trainer and cannot approve, also
-- when neither may log in; search_path and other settings are those of the call.  Others neither see nor stop it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT cardinality(mlops.setup_roles());
CREATE ROLE regress_runs_alice LOGIN IN ROLE mlops_trainer;
CREATE ROLE regress_runs_bob LOGIN IN ROLE mlops_trainer;
CREATE ROLE regress_runs_team NOLOGIN IN ROLE mlops_trainer;
CREATE ROLE regress_runs_carol LOGIN NOINHERIT IN ROLE regress_runs_team;
CREATE ROLE regress_runs_admin LOGIN IN ROLE mlops_admin;
GRANT regress_runs_team TO regress_runs_alice;
GRANT mlops_approver TO regress_runs_alice;
CREATE SCHEMA regress_runs AUTHORIZATION regress_runs_alice;
CREATE TABLE regress_runs.rows AS SELECT i AS id, i AS x, i > 20 AS y FROM generate_series(1, 60) AS i;
GRANT SELECT ON regress_runs.rows TO regress_runs_alice;
GRANT USAGE ON SCHEMA regress_runs TO regress_runs_team;
-- who is who, when the rows are read
CREATE FUNCTION regress_runs.who() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'current %, session %, role %, path %, zone %, absent feature %', current_user, session_user, current_setting('role'), current_setting('search_path'),
		current_setting('TimeZone'), current_setting('mlops.on_missing_feature');
	RETURN 1;
END
$$;

SET SESSION AUTHORIZATION regress_runs_alice;
SET search_path = regress_runs;
SET TimeZone = 'Asia/Tokyo';
SET mlops.on_missing_feature = 'null';
SELECT mlops.start_training('hers', query => 'SELECT r.* FROM rows AS r, who() AS w', target => 'y', hyperparams => '{"n_estimators": 2}') AS run \gset
RESET search_path;
RESET TimeZone;
RESET mlops.on_missing_feature;
CALL mlops.wait_for_run(:run);
SELECT state, model, version, owner, trainer, notices->0->>'message' AS notice FROM mlops.training_runs WHERE run_id = :run;
SELECT created_by FROM mlops.model_versions WHERE model = 'hers';
SELECT mlops.approve_model('hers', 1);
\echo :SQLSTATE

-- as a role that cannot log in and may not read the rows: the run fails, the reason stays
SET ROLE regress_runs_team;
SELECT mlops.start_training('team', query => 'TABLE regress_runs.rows', target => 'y', hyperparams => '{"n_estimators": 2}') AS run \gset
CALL mlops.wait_for_run(:run);
SELECT state, owner, trainer, error_code, error_message FROM mlops.training_runs WHERE run_id = :run;
RESET ROLE;
RESET SESSION AUTHORIZATION;
GRANT SELECT ON regress_runs.rows TO regress_runs_team;
SET SESSION AUTHORIZATION regress_runs_alice;
SET ROLE regress_runs_team;
SELECT mlops.start_training('team', query => 'SELECT r.* FROM regress_runs.rows AS r, regress_runs.who()', target => 'y', hyperparams => '{"n_estimators": 2}', keep_training_data => true) AS run \gset
CALL mlops.wait_for_run(:run);
SELECT state, owner, trainer, notices->0->>'message' AS notice FROM mlops.training_runs WHERE run_id = :run;
SELECT owner, created_by FROM mlops.models WHERE model = 'team';
RESET ROLE;
RESET SESSION AUTHORIZATION;

-- SET ROLE counts in the worker where the right of its role is needed, and no longer when the membership is gone
SET SESSION AUTHORIZATION regress_runs_carol;
SET ROLE regress_runs_team;
SELECT mlops.start_training('again', query => 'SELECT (data->>''x'')::int AS x, (data->>''y'')::bool AS y FROM mlops.training_data(''team@v1'')', target => 'y', hyperparams => '{"n_estimators": 2}') AS run \gset
CALL mlops.wait_for_run(:run);
SELECT state, owner, trainer, error_code, error_message FROM mlops.training_runs WHERE run_id = :run;
BEGIN;
SELECT mlops.start_training('again', 'regress_runs.rows', 'y') AS run \gset
RESET SESSION AUTHORIZATION;
REVOKE regress_runs_team FROM regress_runs_carol;
COMMIT;
CALL mlops.wait_for_run(:run);
SELECT state, owner, trainer, error_code, error_message FROM mlops.training_runs WHERE run_id = :run;

-- a session of a role that cannot log in, which a superuser took on: the worker is not that superuser
SET SESSION AUTHORIZATION regress_runs_team;
SELECT mlops.start_training('alone', query => 'SELECT r.* FROM regress_runs.rows AS r, regress_runs.who()', target => 'y', hyperparams => '{"n_estimators": 2}') AS run \gset
CALL mlops.wait_for_run(:run);
SELECT state, owner, trainer, notices->0->>'message' AS notice FROM mlops.training_runs WHERE run_id = :run;
RESET SESSION AUTHORIZATION;
CREATE FUNCTION regress_runs.climb() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	RESET SESSION AUTHORIZATION;
	RETURN 1;
END
$$;
CREATE FUNCTION regress_runs.climb_role() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	SET ROLE mlops_admin;
	RETURN 1;
END
$$;
SET SESSION AUTHORIZATION regress_runs_team;
SELECT mlops.start_training('climb', query => 'SELECT r.* FROM regress_runs.rows AS r, regress_runs.climb()', target => 'y') AS run \gset
SELECT mlops.start_training('climb', query => 'SELECT r.* FROM regress_runs.rows AS r, regress_runs.climb_role()', target => 'y') AS run2 \gset
CALL mlops.wait_for_run(:run);
CALL mlops.wait_for_run(:run2);
SELECT state, error_code, error_message FROM mlops.training_runs WHERE run_id IN (:run, :run2) ORDER BY run_id;
RESET SESSION AUTHORIZATION;

-- what a run leaves in the session of its worker is gone for the next one of the same role
CREATE FUNCTION regress_runs.stain() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('search_path', 'pg_temp', false), set_config('regress.stain', 'red', false), pg_advisory_unlock_all();
	RAISE NOTICE 'stain %', current_setting('regress.stain', true);
	RETURN 1;
END
$$;
CREATE FUNCTION regress_runs.stained() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'stain %', coalesce(nullif(current_setting('regress.stain', true), ''), 'none');
	RETURN 1;
END
$$;
SELECT format('ALTER DATABASE %I SET mlops.max_workers = 1', current_database()) \gexec
SET SESSION AUTHORIZATION regress_runs_alice;
BEGIN;
SELECT mlops.start_training('stain', query => 'SELECT r.* FROM regress_runs.rows AS r, regress_runs.stain()', target => 'y', hyperparams => '{"n_estimators": 2}') AS run \gset
SELECT mlops.start_training('stain', query => 'SELECT r.* FROM regress_runs.rows AS r, regress_runs.stained()', target => 'y', hyperparams => '{"n_estimators": 2}') AS run2 \gset
COMMIT;
CALL mlops.wait_for_run(:run2);
SELECT state, notices->0->>'message' AS notice FROM mlops.training_runs WHERE run_id IN (:run, :run2) ORDER BY run_id;
RESET SESSION AUTHORIZATION;

-- another trainer sees nothing, stops nothing; an administrator does both; nobody reads the table
SELECT format('ALTER DATABASE %I SET mlops.max_workers = 0', current_database()) \gexec
SET SESSION AUTHORIZATION regress_runs_alice;
SELECT mlops.start_training('hers', 'regress_runs.rows', 'y', client_token => 'x') AS run \gset
SET SESSION AUTHORIZATION regress_runs_bob;
SELECT count(*) FROM mlops.training_runs;
-- a function that tells what it is shown, cheap enough to be tried first
CREATE FUNCTION pg_temp.leak(arguments jsonb) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING '%', arguments; RETURN true; END $$;
SELECT count(*) FROM mlops.training_runs WHERE pg_temp.leak(arguments);
\set VERBOSITY sqlstate
SELECT mlops.stop_run(:run);
CALL mlops.wait_for_run(:run);
SELECT * FROM mlops.training_run;
SELECT mlops._tell_worker(:run, 1);
SELECT mlops.start_training('hers', 'regress_runs.rows', 'y', client_token => 'x');
\set VERBOSITY default
DROP FUNCTION pg_temp.leak;
SET SESSION AUTHORIZATION regress_runs_admin;
SELECT count(*) > 5 AS sees_all FROM mlops.training_runs;
SELECT mlops.stop_run(:run, 'budget');
SET SESSION AUTHORIZATION regress_runs_alice;
SELECT state, stopped_by, stop_reason FROM mlops.training_runs WHERE run_id = :run;
-- a role that is renamed keeps its runs; who bears its name then has none of them
RESET SESSION AUTHORIZATION;
ALTER ROLE regress_runs_alice RENAME TO regress_runs_alicia;
CREATE ROLE regress_runs_alice LOGIN IN ROLE mlops_trainer;
SET SESSION AUTHORIZATION regress_runs_alicia;
SELECT count(*) FROM mlops.training_runs WHERE run_id = :run;
SET SESSION AUTHORIZATION regress_runs_alice;
SELECT count(*) FROM mlops.training_runs WHERE run_id = :run;
\set VERBOSITY sqlstate
SELECT mlops.stop_run(:run);
\set VERBOSITY default
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA regress_runs TO regress_runs_alice;
GRANT SELECT ON regress_runs.rows TO regress_runs_alice;
SET SESSION AUTHORIZATION regress_runs_alice;
SELECT mlops.start_training('another', 'regress_runs.rows', 'y', client_token => 'x') AS run2 \gset
SELECT mlops.stop_run(:run2), :run2 <> :run AS another;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_runs_alice;
DROP ROLE regress_runs_alice;
ALTER ROLE regress_runs_alicia RENAME TO regress_runs_alice;
SET SESSION AUTHORIZATION regress_runs_alice;
-- the same token of another role is another run
SET ROLE regress_runs_team;
SELECT mlops.start_training('team', 'regress_runs.rows', 'y', client_token => 'x') <> :run AS another;
RESET ROLE;
RESET SESSION AUTHORIZATION;

-- who may no longer log in, or is gone: settled, not waiting for ever
ALTER ROLE regress_runs_alice NOLOGIN;
SELECT state, error_code, error_message FROM mlops.training_runs WHERE client_token = 'x' AND owner = 'regress_runs_team';
SELECT mlops._attend_runs();
SELECT state, error_code FROM mlops.training_run WHERE client_token = 'x' AND owner = 'regress_runs_team';

SELECT format('ALTER DATABASE %I RESET mlops.max_workers', current_database()) \gexec
SELECT sum(mlops.drop_model(model)) FROM mlops.models;
DELETE FROM mlops.training_run;
DROP SCHEMA regress_runs CASCADE;
DROP ROLE regress_runs_alice, regress_runs_bob, regress_runs_team, regress_runs_carol, regress_runs_admin;
SELECT mlops.drop_roles() IS NOT NULL AS dropped;
