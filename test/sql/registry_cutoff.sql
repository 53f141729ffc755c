-- A deployment's cutoff: set_cutoff is a new deployment of the same version, seen by decide at once, kept
-- in history, restored by a rollback, not taken over by another version.
\set SHOW_CONTEXT never
CREATE TABLE t AS SELECT i AS x, i > 20 AS y, i % 3 AS z FROM generate_series(1, 40) AS i;
CREATE ROLE regress_mlops_alice;
GRANT SELECT ON t TO regress_mlops_alice;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_alice;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_alice;
SELECT coalesce(max(event_id), 0) AS first FROM mlops.model_event \gset
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT status FROM mlops.train_model('m', 't', 'y', features => '{x}', test_sampling => 'none', hyperparams => '{"n_estimators": 2, "random_state": 1}');
SELECT status FROM mlops.train_model('m', 't', 'y', features => '{x}', test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT status FROM mlops.train_model('three', 't', 'z', task => 'classification', features => '{x}', hyperparams => '{"n_estimators": 1, "random_state": 1}');
RESET SESSION AUTHORIZATION;
SELECT mlops.approve_model('m', 1), mlops.approve_model('m', 2), mlops.approve_model('three', 1), mlops.deploy_model('m', 1), mlops.deploy_model('m', 2, 'challenger');
-- one call site, which remembers what it resolved, over all of what follows
PREPARE decided AS SELECT cutoff, version FROM mlops.decide('m', ARRAY[30]);
EXECUTE decided;
SELECT mlops.set_cutoff('m', 'champion', 0.3);
EXECUTE decided;
-- the same again changes nothing; another alias has its own; a version by number has none; nor has one in the making
SELECT mlops.set_cutoff('m', 'champion', 0.3), mlops.set_cutoff(model => 'm', alias => 'challenger', cutoff => 1);
SELECT r, (mlops.decide(r, ARRAY[30])).cutoff FROM unnest('{m,m@champion,m@challenger,m@v1,NULL}'::text[]) AS r;
SET mlops.default_model = 'm@challenger';
SELECT cutoff, version FROM mlops.decide(NULL, ARRAY[30]);
RESET mlops.default_model;
-- the cutoff of a call goes before; 0 and NULL are not the same
SELECT cutoff FROM mlops.decide('m', ARRAY[30], 0.9);
SELECT cutoff FROM mlops.decide('m', ARRAY[30], costs => '{"false_positive": 1, "false_negative": 1}');
SELECT mlops.set_cutoff('m', 'champion', 0);
EXECUTE decided;
SELECT mlops.set_cutoff('m', 'champion', NULL);
EXECUTE decided;
-- within a transaction its own, rolled back no more; to a savepoint, too
BEGIN;
SELECT mlops.set_cutoff('m', 'champion', 0.1);
EXECUTE decided;
SAVEPOINT s;
SELECT mlops.set_cutoff('m', 'champion', 0.2);
EXECUTE decided;
ROLLBACK TO s;
EXECUTE decided;
ROLLBACK;
EXECUTE decided;

-- another version starts without, and the one that is replaced is told; a rollback brings it back
SELECT mlops.set_cutoff('m', 'champion', 0.3);
SELECT mlops.deploy_model('m', 2);
EXECUTE decided;
SELECT mlops.set_cutoff('m', 'champion', 0.7), mlops.set_cutoff('m', 'champion', 0.6);
SELECT mlops.rollback_model('m');
EXECUTE decided;
-- a rollback goes to versions, not to cutoffs: version 1 had none before it
SELECT mlops.rollback_model('m');
\echo :SQLSTATE
-- what falls back has its cutoff again
SELECT mlops.deploy_model('m', 2);
SELECT mlops.reject_model('m', 2, 'drifted');
EXECUTE decided;
-- history: one current row per alias, no gap, what changed and why
SELECT alias, version, cutoff, is_current, reason, replaced_at IS NOT DISTINCT FROM lead(deployed_at) OVER (PARTITION BY alias ORDER BY deployed_at) AS seamless
FROM mlops.deployments WHERE model = 'm' ORDER BY alias, deployed_at;
SELECT actor = session_user AS me, version, kind, detail FROM mlops.model_event WHERE event_id > :first AND kind = 'cutoff.changed' ORDER BY event_id;

-- refused
SELECT mlops.set_cutoff('m', 'champion', 1.5);
\echo :SQLSTATE
SELECT mlops.set_cutoff('m', 'champion', -1);
\echo :SQLSTATE
SELECT mlops.set_cutoff('m', 'champion', 'NaN');
\echo :SQLSTATE
SELECT mlops.set_cutoff('m', 'shadow', 0.5);
\echo :SQLSTATE
SELECT mlops.set_cutoff('m', 'v1', 0.5);
\echo :SQLSTATE
SELECT mlops.set_cutoff('m', NULL, 0.5);
\echo :SQLSTATE
SELECT mlops.set_cutoff('mm', 'champion', 0.5);
\echo :SQLSTATE
SELECT mlops.set_cutoff(NULL, 'champion', 0.5);
\echo :SQLSTATE
SELECT mlops.deploy_model('three');
SELECT mlops.set_cutoff('three', 'champion', 0.5);
\echo :SQLSTATE
SELECT mlops.set_cutoff('three', 'champion', NULL);
BEGIN READ ONLY;
SELECT mlops.set_cutoff('m', 'champion', 0.5);
\echo :SQLSTATE
ROLLBACK;
-- the table refuses the same
\set VERBOSITY terse
UPDATE mlops.deployment SET cutoff = 'NaN' WHERE model_id = (SELECT model_id FROM mlops.model WHERE name = 'm');
\echo :SQLSTATE
\set VERBOSITY default
-- who may: EXECUTE and nothing else
REVOKE EXECUTE ON FUNCTION mlops.set_cutoff FROM regress_mlops_alice;
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT mlops.set_cutoff('m', 'champion', 0.5);
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION mlops.set_cutoff TO regress_mlops_alice;
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT mlops.set_cutoff('m', 'champion', 0.5);
RESET SESSION AUTHORIZATION;
SELECT actor, cutoff FROM mlops.deployments WHERE model = 'm' AND is_current;

SET client_min_messages = warning;
SELECT mlops.reject_model('m', 1, 'end'), mlops.reject_model('three', 1, 'end');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE t;
DROP OWNED BY regress_mlops_alice;
DROP ROLE regress_mlops_alice;
