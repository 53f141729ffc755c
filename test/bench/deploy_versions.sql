-- Versions of a model whose predictions say which version made them: trees of one leaf, all with the same
-- share of positive labels, which the comment of the version has too.  Read by b9_deploy.sh and the test of deploys
-- under load; n_versions, and shift, 0 or 1, which keeps the scores of two databases apart, are psql variables.
--
-- Version 1 is deployed, version 2 is there to be deployed in transactions that roll back, and those from 3 on, with
-- one score if their number is odd and another if it is even, to be deployed, rolled back and archived.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS mlops;
SELECT 'CREATE ROLE bench_trainer' WHERE to_regrole('bench_trainer') IS NULL \gexec
GRANT USAGE ON SCHEMA mlops TO bench_trainer;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO bench_trainer;
SET SESSION AUTHORIZATION bench_trainer;
\o /dev/null
SELECT format('SELECT FROM mlops.train_model(''bench_deploy'', query => ''SELECT 1 AS x, i <= %s AS late FROM generate_series(1, 10) AS i'',
	target => ''late'', test_sampling => ''none'', comment => ''%s'', hyperparams => ''{"n_estimators": 7, "bootstrap": false, "random_state": 1}'')',
	tenths, tenths * 0.1)
FROM (SELECT CASE WHEN version = 1 THEN 1 + :shift WHEN version = 2 THEN 7 - :shift WHEN version % 2 = 0 THEN 5 - :shift ELSE 9 - :shift END AS tenths
	FROM generate_series(1, :n_versions) AS version ORDER BY version) AS t \gexec
RESET SESSION AUTHORIZATION;
SELECT count(mlops.approve_model('bench_deploy', version)) FROM mlops.model_versions WHERE model = 'bench_deploy' AND status = 'pending_approval';
SELECT mlops.deploy_model('bench_deploy', 1);
\o
-- Many snapshots in one call.  First the version and the scores of one statement's snapshot, then an expression, whose
-- call site lives on: its score is that of the deployment that is there before and after it, if that is the same.
CREATE OR REPLACE FUNCTION bench_rounds(n int) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	current_name constant text := 'bench_deploy';
	seen text;
	score float8;
	before mlops.deployments;
	after mlops.deployments;
BEGIN
	FOR i IN 1 .. n LOOP
		SELECT format('seen|%s|%s|%s', min(s.score), max(s.score), min(d.version)) INTO seen
		FROM (SELECT mlops.predict(current_name, ARRAY[k]) AS score FROM generate_series(1, 3) AS k) AS s, mlops.deployments AS d
		WHERE d.model = current_name AND d.alias = 'champion' AND d.is_current;
		RETURN NEXT seen;
		SELECT d.* INTO before FROM mlops.deployments AS d WHERE d.model = current_name AND d.is_current;
		score := mlops.predict(current_name, ARRAY[1.0]);
		SELECT d.* INTO after FROM mlops.deployments AS d WHERE d.model = current_name AND d.is_current;
		RETURN NEXT CASE WHEN before.deployment_id = after.deployment_id THEN format('seen|%1$s|%1$s|%2$s', score, after.version)
			ELSE format('bare|%s', score) END;
	END LOOP;
END $$;
