-- Who may do what: a trainer, an approver, and a service that only asks for predictions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS mlops;
SELECT mlops.setup_roles();
DROP TABLE IF EXISTS loans CASCADE;
DO $$
BEGIN
	IF to_regrole('demo_trainer') IS NULL THEN
		-- may approve others' versions, too, but not his own
		CREATE ROLE demo_trainer LOGIN IN ROLE mlops_trainer, mlops_approver;
		CREATE ROLE demo_approver LOGIN IN ROLE mlops_approver;
		CREATE ROLE demo_service LOGIN IN ROLE mlops_predictor;
	END IF;
END
$$;
