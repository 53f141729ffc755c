-- A version's life: trained by one, approved by another, deployed, replaced, rolled back, archived,
-- dropped; each step is an event, and views tell where everything stands.
\set SHOW_CONTEXT never
CREATE TABLE t AS SELECT i AS x, i > 20 AS y FROM generate_series(1, 40) AS i;
CREATE ROLE regress_mlops_alice;
GRANT SELECT ON t TO regress_mlops_alice;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_alice;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_alice;
CREATE FUNCTION train() RETURNS int LANGUAGE sql AS $$
	SELECT version FROM mlops.train_model('m', 't', 'y', hyperparams => '{"n_estimators": 2, "random_state": 1}', tags => '{"team": "risk"}', comment => 'first try')
$$;
SELECT coalesce(max(event_id), 0) AS first FROM mlops.model_event \gset
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT train(), train(), train(), train();
-- who trained cannot approve, not even as a member of every role
SELECT mlops.approve_model('m', 1);
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
-- SET ROLE does not make another person
SET ROLE regress_mlops_alice;
SELECT mlops.approve_model('m', 1, 'metrics read');
RESET ROLE;
SELECT mlops.approve_model('m', 2), mlops.approve_model('m', 3);
SELECT version, status, approved_by IS NOT NULL AS approved FROM mlops.model_versions WHERE model = 'm' ORDER BY version;

-- the newest approved one, or the one that is named; another alias beside it
SELECT mlops.deploy_model('m');
SELECT mlops.deploy_model('m', 1, comment => 'back for a test');
SELECT mlops.deploy_model('m', 2, 'challenger');
SELECT mlops.deploy_model('m', 1);
SELECT model, alias, version, is_current, replaced_at IS NULL AS open, reason FROM mlops.deployments ORDER BY deployment_id;
SELECT model, n_versions, latest_version, champion_version, owner, task FROM mlops.models;
SELECT version, aliases, tags, comment FROM mlops.model_versions ORDER BY version;
-- at most one current row per alias, without a gap in time
SELECT alias, count(*) FILTER (WHERE is_current) AS current FROM mlops.deployments GROUP BY alias ORDER BY alias;
SELECT count(*) FROM mlops.deployments AS a JOIN mlops.deployments AS b ON a.replaced_at = b.deployed_at AND a.alias = b.alias;

-- rollback goes back, and further back, never to and fro
SELECT mlops.deploy_model('m', 2);
SELECT mlops.rollback_model('m');
SELECT mlops.rollback_model('m', comment => 'still wrong');
SELECT mlops.rollback_model('m');
\echo :SQLSTATE
SELECT mlops.rollback_model('m', 2);
-- a version that is rejected leaves its aliases; they fall back, or are closed
SELECT mlops.deploy_model('m', 3);
SELECT mlops.reject_model('m', 3, 'drifted');
SELECT champion_version FROM mlops.models;
SELECT mlops.reject_model('m', 2, 'drifted');
SELECT champion_version FROM mlops.models;
-- approved again, it can serve again
SELECT mlops.approve_model('m', 3), mlops.deploy_model('m');
-- archived is for ever
SELECT mlops.archive_model('m', 4, 'never used'), mlops.archive_model('m', 4);
SELECT mlops.approve_model('m', 4);
\echo :SQLSTATE

-- all of it happened
SELECT actor = session_user AS me, version, kind, detail FROM mlops.model_event WHERE event_id > :first ORDER BY event_id;
-- and stays so
UPDATE mlops.model_event SET actor = 'nobody';
\echo :SQLSTATE
DELETE FROM mlops.model_event;
\echo :SQLSTATE
UPDATE mlops.model_version SET status = 'training' WHERE version = 4;
\echo :SQLSTATE
UPDATE mlops.model_version SET created_by = 'nobody' WHERE version = 4;
\echo :SQLSTATE

-- dropping: not what serves; a number is not given again
SELECT mlops.drop_model('m', 3);
\echo :SQLSTATE
SELECT mlops.drop_model('m');
\echo :SQLSTATE
SELECT mlops.drop_model('m', 4);
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT train();
RESET SESSION AUTHORIZATION;
SELECT mlops.reject_model('m', 3, 'end'), mlops.reject_model('m', 1, 'end');
SELECT mlops.drop_model('m');
SELECT count(*) FROM mlops.model_version;
SELECT count(*) FROM mlops.model_blob;
SELECT count(*) FROM mlops.deployment;
SELECT kind, detail FROM mlops.model_event WHERE kind = 'model.dropped' AND event_id > :first ORDER BY event_id;

-- nothing of a call that is rolled back stays
BEGIN;
SELECT train();
ROLLBACK;
SELECT count(*) FROM mlops.models;
DROP FUNCTION train;
DROP TABLE t;
DROP OWNED BY regress_mlops_alice;
DROP ROLE regress_mlops_alice;
