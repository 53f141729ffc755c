-- Registry: approve, reject, archive, drop; views for users and BI tools.  What serves is in 62_deployment.sql.
-- The functions are SECURITY DEFINER on our own tables; who may call is decided by EXECUTE,
-- who acts is session_user, which SET ROLE does not change.

CREATE FUNCTION mlops._model_id(model text) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_id bigint;
BEGIN
	SELECT m.model_id INTO found_id FROM mlops.model AS m WHERE m.name = model;
	IF found_id IS NULL THEN
		RAISE EXCEPTION 'model "%" does not exist', coalesce(model, 'NULL')
			USING ERRCODE = '42704',
				HINT = coalesce('Models are ' || (SELECT string_agg('"' || m.name || '"', ', ' ORDER BY m.name)
					FROM mlops.model AS m) || '.', 'Call mlops.train_model first.');
	END IF;
	RETURN found_id;
END
$$;
COMMENT ON FUNCTION mlops._model_id(text) IS
	'Id of a model by name; 42704 with the existing names if there is none, also for NULL';

-- Locks the version, so that two deciders queue.
CREATE FUNCTION mlops._lock_version(model text, version int) RETURNS mlops.model_version
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id constant bigint := mlops._model_id(model);
	found_row mlops.model_version;
BEGIN
	PERFORM 1 FROM mlops.model AS m WHERE m.model_id = id FOR UPDATE;
	SELECT v.* INTO found_row FROM mlops.model_version AS v
		WHERE v.model_id = id AND v.version = _lock_version.version FOR UPDATE;
	IF found_row.model_id IS NULL THEN
		RAISE EXCEPTION 'model "%" has no version %', model, coalesce(version::text, 'NULL')
			USING ERRCODE = '42704',
				HINT = 'Versions are ' || (SELECT coalesce(string_agg(v.version::text, ', ' ORDER BY v.version), 'none')
					FROM mlops.model_version AS v WHERE v.model_id = id) || '.';
	END IF;
	RETURN found_row;
END
$$;
COMMENT ON FUNCTION mlops._lock_version(text, int) IS
	'Row of a version, locked together with its model; 42704 if there is none';

CREATE FUNCTION mlops._add_event(model_id bigint, version int, kind text, detail jsonb) RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO mlops.model_event (actor, model_id, version, kind, detail)
	VALUES (session_user, model_id, version, kind, jsonb_strip_nulls(detail));
$$;
COMMENT ON FUNCTION mlops._add_event(bigint, int, text, jsonb) IS
	'Adds an event with session_user as actor; NULL fields of detail are left out';

-- A trained version waits for approval from its birth; one that was imported is asked for.
CREATE FUNCTION mlops.request_approval(model text, version int, comment text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- who asks: the role that was set, if one was
	caller constant text := coalesce(nullif(current_setting('role'), 'none'), session_user);
	v constant mlops.model_version := mlops._lock_version(model, version);
	owner constant text := (SELECT m.owner FROM mlops.model AS m WHERE m.model_id = v.model_id);
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname IN (owner, 'mlops_admin') AND pg_has_role(caller, r.oid, 'USAGE')) THEN
		RAISE EXCEPTION 'model "%" belongs to %', model, owner
			USING ERRCODE = '42501', HINT = 'Ask as a member of that role or of mlops_admin.';
	END IF;
	IF v.status = 'pending_approval' THEN
		RETURN v.status;
	END IF;
	IF v.status <> 'candidate' THEN
		RAISE EXCEPTION 'version % of model "%" is % and cannot be submitted for approval', version, model, v.status
			USING ERRCODE = '55000';
	END IF;
	UPDATE mlops.model_version AS t SET status = 'pending_approval'
		WHERE t.model_id = v.model_id AND t.version = v.version;
	PERFORM mlops._add_event(v.model_id, v.version, 'approval.requested', jsonb_build_object('comment', comment));
	RETURN 'pending_approval';
END
$$;
COMMENT ON FUNCTION mlops.request_approval(text, int, text) IS
	'Submits a candidate, such as an imported version, for approval and returns the new status; one that waits already stays as it is. 42501 for who is neither a member of the owner''s role nor of mlops_admin, 55000 in another status, 42704 if it does not exist; a NULL model or version does not exist';

CREATE FUNCTION mlops.approve_model(model text, version int, comment text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v constant mlops.model_version := mlops._lock_version(model, version);
BEGIN
	IF v.status = 'candidate' THEN
		RAISE EXCEPTION 'version % of model "%" is a candidate that was not submitted for approval', version, model
			USING ERRCODE = '55000', HINT = format('Call mlops.request_approval(%L, %s) first.', model, version);
	END IF;
	IF v.status NOT IN ('pending_approval', 'rejected') THEN
		RAISE EXCEPTION 'version % of model "%" is % and cannot be approved', version, model, v.status
			USING ERRCODE = '55000';
	END IF;
	IF v.created_by = session_user THEN
		RAISE EXCEPTION 'version % of model "%" was % by %, who cannot approve it', version, model,
			CASE WHEN v.arguments ? 'origin' THEN 'imported' ELSE 'trained' END, session_user
			USING ERRCODE = '42501', HINT = 'Ask another member of mlops_approver.';
	END IF;
	IF session_user = (SELECT e.actor FROM mlops.model_event AS e
		WHERE e.model_id = v.model_id AND e.version = v.version AND e.kind = 'approval.requested'
		ORDER BY e.event_id DESC LIMIT 1) THEN
		RAISE EXCEPTION 'approval of version % of model "%" was requested by %, who cannot give it', version, model, session_user
			USING ERRCODE = '42501', HINT = 'Ask another member of mlops_approver.';
	END IF;
	UPDATE mlops.model_version AS t
		SET status = 'approved', approved_at = clock_timestamp(), approved_by = session_user
		WHERE t.model_id = v.model_id AND t.version = v.version;
	PERFORM mlops._add_event(v.model_id, v.version, 'version.approved', jsonb_build_object('comment', comment));
	RETURN 'approved';
END
$$;
COMMENT ON FUNCTION mlops.approve_model(text, int, text) IS
	'Approves a version that waits for it or was rejected, and returns the new status. 42501 if the caller trained or imported it or requested the approval, 55000 in another status, 42704 if it does not exist; a NULL model or version does not exist';

-- What an alias serves when its version is rejected: the version before, or nothing.
CREATE FUNCTION mlops._fall_back(v mlops.model_version) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	d mlops.deployment;
	target mlops.deployment;
BEGIN
	FOR d IN SELECT t.* FROM mlops.deployment AS t
		WHERE t.model_id = v.model_id AND t.version = v.version AND upper_inf(t.valid)
	LOOP
		target := mlops._rollback_target(d.deployment_id);
		PERFORM mlops._switch_alias(d.model_id, d.alias, target.version, target.previous, 'version rejected', target.cutoff);
		PERFORM mlops._add_event(d.model_id, coalesce(target.version, v.version), 'version.fell_back',
			jsonb_build_object('alias', d.alias, 'replaces', v.version, 'serves', target.version));
		RAISE NOTICE 'alias "%" now serves %', d.alias, coalesce('version ' || target.version, 'no version');
	END LOOP;
END
$$;
COMMENT ON FUNCTION mlops._fall_back(mlops.model_version) IS
	'Moves the aliases of a rejected version to the approved version served before, or closes them';

CREATE FUNCTION mlops.reject_model(model text, version int, comment text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v constant mlops.model_version := mlops._lock_version(model, version);
BEGIN
	IF comment IS NULL OR btrim(comment) = '' OR length(comment) > 2000 THEN
		RAISE EXCEPTION 'comment must give the reason, in 1 to 2000 characters'
			USING ERRCODE = '22023';
	END IF;
	IF v.status NOT IN ('candidate', 'pending_approval', 'approved') THEN
		RAISE EXCEPTION 'version % of model "%" is % and cannot be rejected', version, model, v.status
			USING ERRCODE = '55000';
	END IF;
	UPDATE mlops.model_version AS t SET status = 'rejected'
		WHERE t.model_id = v.model_id AND t.version = v.version;
	PERFORM mlops._add_event(v.model_id, v.version, 'version.rejected', jsonb_build_object('comment', comment));
	PERFORM mlops._fall_back(v);
	RETURN 'rejected';
END
$$;
COMMENT ON FUNCTION mlops.reject_model(text, int, text) IS
	'Rejects a version with a reason and returns the new status; an alias that served it falls back to the approved version before, or to none. 22023 for a missing reason, 55000 in another status, 42704 if it does not exist';

CREATE FUNCTION mlops.archive_model(model text, version int, comment text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v constant mlops.model_version := mlops._lock_version(model, version);
	aliases text;
BEGIN
	SELECT string_agg('"' || d.alias || '"', ', ' ORDER BY d.alias) INTO aliases FROM mlops.deployment AS d
		WHERE d.model_id = v.model_id AND d.version = v.version AND upper_inf(d.valid);
	IF aliases IS NOT NULL THEN
		RAISE EXCEPTION 'version % of model "%" is deployed as %', version, model, aliases
			USING ERRCODE = '55000', HINT = 'Deploy another version first.';
	END IF;
	IF v.status = 'archived' THEN
		RETURN v.status;
	END IF;
	UPDATE mlops.model_version AS t SET status = 'archived'
		WHERE t.model_id = v.model_id AND t.version = v.version;
	PERFORM mlops._add_event(v.model_id, v.version, 'version.archived', jsonb_build_object('comment', comment));
	RETURN 'archived';
END
$$;
COMMENT ON FUNCTION mlops.archive_model(text, int, text) IS
	'Takes a version out of use for ever and returns the new status. 55000 while it is deployed, 42704 if it does not exist';

CREATE FUNCTION mlops.drop_model(model text, version int DEFAULT NULL) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id constant bigint := mlops._model_id(model);
	deployed text;
	dropped int;
BEGIN
	PERFORM 1 FROM mlops.model AS m WHERE m.model_id = id FOR UPDATE;
	IF version IS NOT NULL THEN
		PERFORM mlops._lock_version(model, version);
	END IF;
	SELECT string_agg(format('version %s as "%s"', d.version, d.alias), ', ' ORDER BY d.alias) INTO deployed
		FROM mlops.deployment AS d
		WHERE d.model_id = id AND upper_inf(d.valid) AND d.version = coalesce(drop_model.version, d.version);
	IF deployed IS NOT NULL THEN
		RAISE EXCEPTION 'model "%" is deployed', model
			USING ERRCODE = '55000', DETAIL = 'Deployed is ' || deployed || '.',
				HINT = 'Deploy another version or reject this one first.';
	END IF;
	DELETE FROM mlops.deployment AS d
		WHERE d.model_id = id AND d.version = coalesce(drop_model.version, d.version);
	DELETE FROM mlops.model_version AS v
		WHERE v.model_id = id AND v.version = coalesce(drop_model.version, v.version);
	GET DIAGNOSTICS dropped = ROW_COUNT;
	PERFORM mlops._add_event(id, version, 'model.dropped', jsonb_build_object('model', model, 'versions', dropped));
	IF version IS NULL THEN
		DELETE FROM mlops.model AS m WHERE m.model_id = id;
	END IF;
	RETURN dropped;
END
$$;
COMMENT ON FUNCTION mlops.drop_model(text, int) IS
	'Deletes a version, or with NULL the model and all its versions, and returns how many versions are gone. 55000 while one is deployed, 42704 if it does not exist';

CREATE VIEW mlops.models WITH (security_invoker) AS
SELECT m.name AS model, m.task, m.owner, m.description, m.tags,
	(SELECT count(*) FROM mlops.model_version AS v WHERE v.model_id = m.model_id) AS n_versions,
	(SELECT max(v.version) FROM mlops.model_version AS v WHERE v.model_id = m.model_id) AS latest_version,
	(SELECT d.version FROM mlops.deployment AS d
		WHERE d.model_id = m.model_id AND d.alias = 'champion' AND upper_inf(d.valid)) AS champion_version,
	m.created_at, m.created_by
FROM mlops.model AS m;
COMMENT ON VIEW mlops.models IS 'One row per model with its newest and its champion version; NULL champion: none is deployed';

CREATE VIEW mlops.model_versions WITH (security_invoker) AS
SELECT m.name AS model, v.version, v.status, v.algorithm, v.task, v.target, v.relation, v.query,
	v.features, v.classes, v.positive_class, v.hyperparams, v.arguments, v.seed,
	v.n_rows, v.n_train_rows, v.n_test_rows, v.data_hash, v.metrics,
	ARRAY(SELECT d.alias FROM mlops.deployment AS d
		WHERE d.model_id = v.model_id AND d.version = v.version AND upper_inf(d.valid) ORDER BY d.alias) AS aliases,
	v.n_chunks - 1 AS n_trees, (v.arguments->>'truncated')::bool AS is_truncated,
	v.n_bytes, encode(v.digest, 'hex') AS digest, v.extension_version, v.tags, v.comment,
	v.created_at, v.created_by, v.approved_at, v.approved_by
FROM mlops.model_version AS v JOIN mlops.model AS m ON m.model_id = v.model_id;
COMMENT ON VIEW mlops.model_versions IS
	'One row per version: how it was trained, its metrics on the hold-out, its number of trees and whether max_time cut it short, where it stands; empty aliases: not deployed';

CREATE VIEW mlops.deployments WITH (security_invoker) AS
SELECT m.name AS model, d.alias, d.version, lower(d.valid) AS deployed_at, upper(d.valid) AS replaced_at,
	upper_inf(d.valid) AS is_current, d.cutoff, d.actor, d.reason, d.deployment_id
FROM mlops.deployment AS d JOIN mlops.model AS m ON m.model_id = d.model_id;
COMMENT ON VIEW mlops.deployments IS
	'Which version an alias named when, with which cutoff, by whom and why; NULL replaced_at: it still does; NULL cutoff: 0.5';
