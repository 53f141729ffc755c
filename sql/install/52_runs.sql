-- Training in the background: a row per run, a worker of this database that takes the oldest.
--
-- The table is the truth: a worker claims a run, commits, trains, and ends it in the transaction that
-- stores the version.  Nobody is granted the table: mlops.training_runs shows each role its own rows (it is a
-- security_barrier view, so that a caller's function meets no others), and lost runs as what they are, which
-- the rows do not know yet; stop_run asks the same function whose they are.

CREATE TABLE mlops.training_run (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	state text NOT NULL DEFAULT 'queued'
		CHECK (state IN ('queued', 'running', 'stopping', 'succeeded', 'failed', 'stopped')),
	model text NOT NULL,
	owner text NOT NULL,
	trainer text NOT NULL,
	client_token text CHECK (octet_length(client_token) BETWEEN 1 AND 200 AND client_token COLLATE "C" !~ '[\x01-\x1f\x7f]'),
	arguments jsonb NOT NULL,
	settings jsonb NOT NULL,
	home text NOT NULL,
	owner_id oid NOT NULL,
	trainer_id oid NOT NULL,
	login_id oid NOT NULL,
	role_id oid,
	relation_id oid,
	queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	started_at timestamptz,
	ended_at timestamptz,
	worker_pid int,
	worker_board bigint,
	version int,
	stopped_by text,
	stop_reason text,
	error_code text,
	error_message text,
	error_detail text,
	error_hint text,
	error_context text,
	notices jsonb NOT NULL DEFAULT '[]',
	UNIQUE (home, owner_id, client_token)
);
CREATE INDEX training_run_open ON mlops.training_run (run_id) WHERE state IN ('queued', 'running', 'stopping');
COMMENT ON TABLE mlops.training_run IS 'One row per call of mlops.start_training: what was asked for, where it stands, how it ended';
COMMENT ON COLUMN mlops.training_run.owner IS 'Role that called (current_user), with whose rights the worker reads';
COMMENT ON COLUMN mlops.training_run.trainer IS 'The trainer (session_user), who may not approve the version';
COMMENT ON COLUMN mlops.training_run.arguments IS 'Arguments of train_model by name, without those that are NULL';
COMMENT ON COLUMN mlops.training_run.settings IS 'Settings of the caller that the worker takes over';
COMMENT ON COLUMN mlops.training_run.home IS
	'System identifier of the server and OID of the database that the run belongs to: a copy does not run it';
COMMENT ON COLUMN mlops.training_run.login_id IS 'Role that the worker connects as: the trainer, or who took on that role';
COMMENT ON COLUMN mlops.training_run.role_id IS 'Role that the caller had set by SET ROLE, as the worker does; NULL: none';
COMMENT ON COLUMN mlops.training_run.worker_board IS 'Handle of the shared memory where the worker looks whether it is to stop';
COMMENT ON COLUMN mlops.training_run.notices IS 'Array of {"level", "message", "detail", "hint"} that the training gave';
COMMENT ON INDEX mlops.training_run_open IS 'Finds the runs that have not ended';
SELECT pg_catalog.pg_extension_config_dump('mlops.training_run', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.training_run_run_id_seq', '');

-- The edges between states hold for every role, also by plain UPDATE.
CREATE FUNCTION mlops._check_run_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	edges constant text[] := ARRAY[
		'queued>running', 'queued>stopped', 'queued>failed', 'running>succeeded', 'running>failed',
		'running>stopping', 'stopping>stopped'];
BEGIN
	IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (edges) THEN
		RAISE EXCEPTION 'state of a run cannot change from "%" to "%"', OLD.state, NEW.state
			USING ERRCODE = '55000';
	END IF;
	IF (NEW.run_id, NEW.model, NEW.owner, NEW.trainer, NEW.arguments, NEW.home)
		IS DISTINCT FROM (OLD.run_id, OLD.model, OLD.owner, OLD.trainer, OLD.arguments, OLD.home) THEN
		RAISE EXCEPTION 'what a run was asked for cannot change'
			USING ERRCODE = '55000', HINT = 'Start another run.';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION mlops._check_run_change() IS
	'Trigger: refuses (55000) a state edge that the life of a run lacks, and changes of what was asked for';
CREATE TRIGGER check_run_change BEFORE UPDATE ON mlops.training_run
	FOR EACH ROW EXECUTE FUNCTION mlops._check_run_change();
COMMENT ON TRIGGER check_run_change ON mlops.training_run IS 'Guards the life of a run';

CREATE FUNCTION mlops._run_home() RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_run_home';
COMMENT ON FUNCTION mlops._run_home() IS 'System identifier of this server and OID of this database';

CREATE FUNCTION mlops._run_is_alive(run_id bigint) RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_run_is_alive';
COMMENT ON FUNCTION mlops._run_is_alive(bigint) IS
	'False if a run is running at this moment, whatever the snapshot says, and no worker holds its lock; always true on a standby, which cannot know. NULL for NULL';

CREATE FUNCTION mlops._tell_worker(run_id bigint, board bigint) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_tell_worker';
COMMENT ON FUNCTION mlops._tell_worker(bigint, bigint) IS
	'Tells the worker of a run to stop it when this transaction commits; does nothing if the worker is gone or an argument is NULL';

-- How an open run ended without saying so, if it did.
CREATE FUNCTION mlops._run_loss(run mlops.training_run) RETURNS TABLE (code text, message text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT l.code, l.message
	FROM (SELECT CASE
			WHEN run.home <> mlops._run_home() THEN 'copied'
			WHEN run.state <> 'queued' THEN CASE WHEN NOT mlops._run_is_alive(run.run_id) THEN 'died' END
			WHEN NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = run.login_id AND r.rolcanlogin
				AND has_database_privilege(r.oid, current_database(), 'CONNECT')) THEN 'locked out'
		END) AS c (cause)
		JOIN (VALUES
			('copied', '55000', 'the run belongs to another server or database, of which this one is a copy'),
			('died', '57P01', 'the worker ended before the run did'),
			('locked out', '28000', 'the role that called cannot connect any more')
		) AS l (cause, code, message) ON l.cause = c.cause
	WHERE run.state IN ('queued', 'running', 'stopping')
$$;
COMMENT ON FUNCTION mlops._run_loss(mlops.training_run) IS
	'SQLSTATE and message of an open run whose worker is gone, that another server was asked for or that nobody can run any more; no row for all others';

CREATE FUNCTION mlops._settle_runs() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	lost record;
BEGIN
	FOR lost IN
		SELECT r.run_id, l.code, l.message
		FROM mlops.training_run AS r CROSS JOIN LATERAL mlops._run_loss(r) AS l
		WHERE r.state IN ('queued', 'running', 'stopping') FOR UPDATE OF r SKIP LOCKED
	LOOP
		UPDATE mlops.training_run AS r
			SET state = CASE r.state WHEN 'stopping' THEN 'stopped' ELSE 'failed' END, ended_at = clock_timestamp(),
				error_code = lost.code, error_message = lost.message,
				error_hint = CASE WHEN r.client_token IS NULL OR r.home <> mlops._run_home() THEN 'Start it again.'
					ELSE 'Start it again, with another client_token.' END
			WHERE r.run_id = lost.run_id;
	END LOOP;
END
$$;
COMMENT ON FUNCTION mlops._settle_runs() IS
	'Ends the runs that mlops._run_loss tells of as failed, or as stopped if they were to stop; leaves those that another session is ending';

CREATE FUNCTION mlops._count_running() RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT count(*) FROM mlops.training_run AS r
	WHERE r.state IN ('running', 'stopping') AND r.home = mlops._run_home() AND mlops._run_is_alive(r.run_id)
$$;
COMMENT ON FUNCTION mlops._count_running() IS 'Number of runs that have a worker';

CREATE FUNCTION mlops._claim_run(login oid, only_own bool, board bigint, max_workers int) RETURNS mlops.training_run
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	run mlops.training_run;
BEGIN
	PERFORM mlops._settle_runs();
	IF mlops._count_running() >= max_workers THEN
		RETURN NULL;
	END IF;
	SELECT r.* INTO run FROM mlops.training_run AS r
		WHERE r.state = 'queued' AND (r.login_id = login OR NOT only_own)
		ORDER BY r.run_id LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF run.login_id = login THEN
		UPDATE mlops.training_run AS r
			SET state = 'running', started_at = clock_timestamp(), worker_pid = pg_backend_pid(), worker_board = board
			WHERE r.run_id = run.run_id RETURNING r.* INTO run;
	END IF;
	RETURN run;
END
$$;
COMMENT ON FUNCTION mlops._claim_run(oid, bool, bigint, int) IS
	'For a worker: the oldest queued run, running from now on if it is for the role that the worker connected as, else as it was; a NULL row if there is none or max_workers are at work';

CREATE FUNCTION mlops._end_run(run_id bigint, notices jsonb, code text, message text, detail text, hint text,
	context text) RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	-- one statement: a stop that commits while it waits for the row is seen
	UPDATE mlops.training_run AS r
		SET state = CASE r.state WHEN 'running' THEN 'failed' ELSE 'stopped' END, ended_at = clock_timestamp(),
			notices = _end_run.notices, error_code = CASE r.state WHEN 'running' THEN code END,
			error_message = CASE r.state WHEN 'running' THEN message END,
			error_detail = CASE r.state WHEN 'running' THEN detail END,
			error_hint = CASE r.state WHEN 'running' THEN hint END,
			error_context = CASE r.state WHEN 'running' THEN context END
		WHERE r.run_id = _end_run.run_id AND r.state IN ('running', 'stopping') AND r.worker_pid = pg_backend_pid()
$$;
COMMENT ON FUNCTION mlops._end_run(bigint, jsonb, text, text, text, text, text) IS
	'For a worker: ends its run as failed with the error, or as stopped if it was to stop; NULL texts are kept as NULL';

CREATE FUNCTION mlops._next_login(max_workers int) RETURNS oid
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT r.login_id FROM mlops.training_run AS r
	WHERE r.state = 'queued' AND (SELECT mlops._count_running()) < max_workers ORDER BY r.run_id LIMIT 1
$$;
COMMENT ON FUNCTION mlops._next_login(int) IS
	'Role that a worker for the oldest queued run connects as; NULL if nothing is queued or max_workers are at work';

CREATE FUNCTION mlops._attend_runs() RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_attend_runs';
COMMENT ON FUNCTION mlops._attend_runs() IS
	'Ends lost runs and starts a worker if a run is queued and may run; does nothing in a read-only transaction';

-- The owner's OID, which a new name of the role leaves; in a copy, where OIDs say nothing, its name.  No reference
-- to the role, because a dump without the roles must load; so it may be gone.
CREATE FUNCTION mlops._owns_run(who name, run mlops.training_run) RETURNS bool
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM pg_roles AS r
		WHERE (CASE WHEN run.home = mlops._run_home() THEN r.oid = run.owner_id ELSE r.rolname = run.owner END
				OR r.rolname = 'mlops_admin') AND pg_has_role(who, r.oid, 'USAGE')
			OR r.rolname = who AND r.rolsuper)
$$;
COMMENT ON FUNCTION mlops._owns_run(name, mlops.training_run) IS
	'True if a role has the rights of the owner of a run or of mlops_admin, or is a superuser; false for a NULL role';

CREATE FUNCTION mlops.start_training(model text, relation regclass DEFAULT NULL, target text DEFAULT NULL,
	task text DEFAULT NULL, algorithm text DEFAULT 'random_forest', hyperparams jsonb DEFAULT '{}',
	query text DEFAULT NULL, features text[] DEFAULT NULL, exclude text[] DEFAULT NULL,
	positive_class text DEFAULT NULL, id_column text DEFAULT NULL, time_column text DEFAULT NULL,
	entity_column text DEFAULT NULL, split_column text DEFAULT NULL, weight_column text DEFAULT NULL,
	test_size float8 DEFAULT 0.25, test_sampling text DEFAULT NULL, preprocess jsonb DEFAULT '{}',
	search text DEFAULT NULL, search_params jsonb DEFAULT '{}', search_args jsonb DEFAULT '{}',
	metric text DEFAULT NULL, max_time interval DEFAULT NULL, keep_training_data bool DEFAULT false,
	tags jsonb DEFAULT '{}', comment text DEFAULT NULL, client_token text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_start_training';
COMMENT ON FUNCTION mlops.start_training(text, regclass, text, text, text, jsonb, text, text[], text[], text,
	text, text, text, text, text, float8, text, jsonb, text, jsonb, jsonb, text, interval, bool, jsonb, text, text) IS
	'Queues what mlops.train_model would do and returns the id of the run; a background worker does it after commit, with the rights and settings of the caller, and mlops.training_runs keeps how it ended. If mlops.max_workers are at work or no process is free, the run waits for its turn. NULL and defaults as in mlops.train_model. The same client_token with the same arguments is the same run, with others 23505; NULL: always a new one. The errors of mlops.train_model that can be known before a row is read; 22023 for a temporary relation or an illegal token; 25006 where nothing can be written; 28000 if the caller cannot log in, so that no worker can';

CREATE FUNCTION mlops.stop_run(run_id bigint, reason text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller constant name := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END;
	run mlops.training_run;
	next_state text;
BEGIN
	IF reason = '' OR length(reason) > 2000 THEN
		RAISE EXCEPTION 'reason must have 1 to 2000 characters, not %', length(reason)
			USING ERRCODE = '22023', HINT = 'Leave it NULL for none.';
	END IF;
	PERFORM mlops._settle_runs();
	SELECT r.* INTO run FROM mlops.training_run AS r WHERE r.run_id = stop_run.run_id FOR UPDATE;
	IF run.run_id IS NULL THEN
		RAISE EXCEPTION 'run % does not exist', coalesce(run_id::text, 'NULL')
			USING ERRCODE = '42704', HINT = 'Runs are in the view mlops.training_runs.';
	ELSIF NOT mlops._owns_run(caller, run) THEN
		RAISE EXCEPTION 'run % belongs to %', run_id, run.owner
			USING ERRCODE = '42501', HINT = 'Stop it as a member of that role or of mlops_admin.';
	ELSIF run.state NOT IN ('queued', 'running', 'stopping') THEN
		RAISE EXCEPTION 'run % has ended: it is %', run_id, run.state
			USING ERRCODE = '55000';
	ELSIF run.state = 'stopping' THEN
		RETURN run.state;
	END IF;
	next_state := CASE run.state WHEN 'queued' THEN 'stopped' ELSE 'stopping' END;
	UPDATE mlops.training_run AS r
		SET state = next_state, stopped_by = session_user, stop_reason = reason,
			ended_at = CASE next_state WHEN 'stopped' THEN clock_timestamp() END
		WHERE r.run_id = run.run_id;
	IF next_state = 'stopping' THEN
		PERFORM mlops._tell_worker(run.run_id, run.worker_board);
	END IF;
	RETURN next_state;
END
$$;
COMMENT ON FUNCTION mlops.stop_run(bigint, text) IS
	'Stops a run when the transaction commits, and returns its state: stopped if it was queued, stopping if it was running and its worker is told. 55000 if it has ended, 42704 if it does not exist, also for NULL, 42501 if it belongs to a role that the caller is no member of, 22023 for a reason of 0 or more than 2000 characters';

CREATE VIEW mlops.training_runs WITH (security_barrier) AS
SELECT r.run_id, r.model,
	CASE WHEN l.code IS NULL THEN r.state WHEN r.state = 'stopping' THEN 'stopped' ELSE 'failed' END AS state,
	r.version, r.owner, r.trainer, r.queued_at, r.started_at, r.ended_at,
	CASE WHEN l.code IS NULL AND r.state IN ('running', 'stopping') THEN r.worker_pid END AS worker_pid,
	r.stopped_by, r.stop_reason, coalesce(r.error_code, l.code) AS error_code,
	coalesce(r.error_message, l.message) AS error_message, r.error_detail, r.error_hint, r.error_context,
	r.notices, r.client_token, r.arguments
FROM mlops.training_run AS r LEFT JOIN LATERAL mlops._run_loss(r) AS l ON true
WHERE mlops._owns_run(current_user, r);
COMMENT ON VIEW mlops.training_runs IS
	'One row per run of the roles that the caller is a member of, of all for mlops_admin: where it stands, the version if it succeeded, the error if it failed, the notices of the training; a run whose worker died is failed';

-- It commits, so it has no SET search_path and qualifies every name and operator.
CREATE PROCEDURE mlops.wait_for_run(run_id bigint, max_wait interval DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
	began constant pg_catalog.timestamptz := pg_catalog.clock_timestamp();
	found_state pg_catalog.text;
BEGIN
	FOR n_looks IN 1 .. 2147483647 LOOP
		COMMIT;
		SELECT r.state INTO found_state FROM mlops.training_runs AS r
			WHERE r.run_id OPERATOR(pg_catalog.=) wait_for_run.run_id;
		IF found_state IS NULL THEN
			RAISE EXCEPTION 'run % does not exist', coalesce(run_id::pg_catalog.text, 'NULL')
				USING ERRCODE = '42704', HINT = 'Runs are in the view mlops.training_runs.';
		ELSIF NOT found_state OPERATOR(pg_catalog.=) ANY (ARRAY['queued', 'running', 'stopping']) THEN
			RETURN;
		ELSIF pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began OPERATOR(pg_catalog.>=) max_wait THEN
			RAISE EXCEPTION 'run % is still % after %', run_id, found_state, max_wait
				USING ERRCODE = '57014', HINT = 'It goes on; wait longer, or call mlops.stop_run.';
		END IF;
		IF n_looks OPERATOR(pg_catalog.%) 20 OPERATOR(pg_catalog.=) 0 THEN
			PERFORM mlops._attend_runs();
			COMMIT;
		END IF;
		PERFORM pg_catalog.pg_sleep(0.05);
	END LOOP;
END
$$;
COMMENT ON PROCEDURE mlops.wait_for_run(bigint, interval) IS
	'Returns when a run has ended, whatever its end; looks with a new snapshot each time, so it cannot stand in a transaction block (2D000). NULL max_wait: for as long as it takes. 57014 if the run is still open after max_wait, 42704 if it does not exist or is not visible, also for NULL';
