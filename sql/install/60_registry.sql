-- Registry: approve, reject, deploy, roll back, archive, drop; views for users and BI tools.
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

CREATE FUNCTION mlops._current_deployment(model_id bigint, alias text) RETURNS mlops.deployment
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT d.* FROM mlops.deployment AS d
	WHERE d.model_id = _current_deployment.model_id AND d.alias = _current_deployment.alias AND upper_inf(d.valid)
$$;
COMMENT ON FUNCTION mlops._current_deployment(bigint, text) IS 'What an alias of a model names now; NULL if nothing';

-- Closes the current row of an alias and opens a new one.
CREATE FUNCTION mlops._switch_alias(model_id bigint, alias text, version int, previous bigint, reason text,
	cutoff float8) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	current_row mlops.deployment;
	at timestamptz := clock_timestamp();
BEGIN
	current_row := mlops._current_deployment(model_id, alias);
	IF current_row.deployment_id IS NOT NULL THEN
		at := greatest(at, lower(current_row.valid) + interval '1 microsecond');
		UPDATE mlops.deployment AS d SET valid = tstzrange(lower(d.valid), at)
			WHERE d.deployment_id = current_row.deployment_id;
	END IF;
	IF version IS NOT NULL THEN
		INSERT INTO mlops.deployment (model_id, alias, version, cutoff, previous, reason, actor, valid)
		VALUES (model_id, alias, version, cutoff, previous, reason, session_user, tstzrange(at, NULL));
	END IF;
END
$$;
COMMENT ON FUNCTION mlops._switch_alias(bigint, text, int, bigint, text, float8) IS
	'Lets an alias name another version, or the same with another cutoff, from now on; a NULL version closes the alias';

CREATE FUNCTION mlops._check_alias(alias text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF alias IS NULL OR octet_length(alias) NOT BETWEEN 1 AND 63 OR alias ~ '[[:cntrl:]@]' OR alias ~ '^v[0-9]+$' THEN
		RAISE EXCEPTION 'alias must be 1 to 63 bytes without @ and must not look like a version, not "%"', coalesce(alias, 'NULL')
			USING ERRCODE = '22023', HINT = 'Usual aliases are champion and challenger.';
	END IF;
END
$$;
COMMENT ON FUNCTION mlops._check_alias(text) IS 'Refuses (22023) what cannot be an alias, also NULL';

CREATE FUNCTION mlops.deploy_model(model text, version int DEFAULT NULL, alias text DEFAULT 'champion',
	comment text DEFAULT NULL) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id constant bigint := mlops._model_id(model);
	wanted int := version;
	v mlops.model_version;
	current_row mlops.deployment;
BEGIN
	PERFORM mlops._check_alias(alias);
	PERFORM 1 FROM mlops.model AS m WHERE m.model_id = id FOR UPDATE;
	IF wanted IS NULL THEN
		SELECT max(t.version) INTO wanted FROM mlops.model_version AS t
			WHERE t.model_id = id AND t.status = 'approved';
		IF wanted IS NULL THEN
			RAISE EXCEPTION 'model "%" has no approved version', model
				USING ERRCODE = '55000', HINT = format('Call mlops.approve_model(%L, version) as another user than its trainer.', model);
		END IF;
	END IF;
	v := mlops._lock_version(model, wanted);
	IF v.status <> 'approved' THEN
		RAISE EXCEPTION 'version % of model "%" is %, not approved', wanted, model, v.status
			USING ERRCODE = '55000', HINT = format('Call mlops.approve_model(%L, %s) as another user than its trainer.', model, wanted);
	END IF;
	current_row := mlops._current_deployment(id, alias);
	IF current_row.version IS DISTINCT FROM wanted THEN
		PERFORM mlops._switch_alias(id, alias, wanted, current_row.deployment_id, comment, NULL);
		PERFORM mlops._add_event(id, wanted, 'version.deployed',
			jsonb_build_object('alias', alias, 'replaces', current_row.version, 'comment', comment));
		IF current_row.cutoff IS NOT NULL THEN
			RAISE NOTICE 'version % has no cutoff as "%"; version % had %', wanted, alias, current_row.version, current_row.cutoff
				USING HINT = format('If it holds for version %s: SELECT mlops.set_cutoff(%L, %L, %s);', wanted, model, alias, current_row.cutoff);
		END IF;
	END IF;
	RETURN wanted;
END
$$;
COMMENT ON FUNCTION mlops.deploy_model(text, int, text, text) IS
	'Lets an alias name an approved version (NULL: the newest) from commit on and returns the version. Deploying what serves already changes nothing; a cutoff is not taken over, and a NOTICE says which one. 55000 if the version is not approved or none is, 42704 if it does not exist, 22023 for an alias that looks like a version';

-- The deployment that a rollback returns to: along previous, to a version that is still approved.
CREATE FUNCTION mlops._rollback_target(deployment_id bigint) RETURNS mlops.deployment
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	next_id bigint := (SELECT d.previous FROM mlops.deployment AS d
		WHERE d.deployment_id = _rollback_target.deployment_id);
	candidate mlops.deployment;
BEGIN
	WHILE next_id IS NOT NULL LOOP
		SELECT d.* INTO candidate FROM mlops.deployment AS d WHERE d.deployment_id = next_id;
		IF EXISTS (SELECT FROM mlops.model_version AS v WHERE v.model_id = candidate.model_id
			AND v.version = candidate.version AND v.status = 'approved') THEN
			RETURN candidate;
		END IF;
		next_id := candidate.previous;
	END LOOP;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION mlops._rollback_target(bigint) IS
	'The deployment before this one whose version is still approved; NULL if there is none';

CREATE FUNCTION mlops.rollback_model(model text, version int DEFAULT NULL, alias text DEFAULT 'champion',
	comment text DEFAULT NULL) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id constant bigint := mlops._model_id(model);
	current_row mlops.deployment;
	target mlops.deployment;
BEGIN
	PERFORM mlops._check_alias(alias);
	PERFORM 1 FROM mlops.model AS m WHERE m.model_id = id FOR UPDATE;
	IF version IS NOT NULL THEN
		RETURN mlops.deploy_model(model, version, alias, comment);
	END IF;
	current_row := mlops._current_deployment(id, alias);
	target := mlops._rollback_target(current_row.deployment_id);
	IF target.version IS NULL THEN
		RAISE EXCEPTION 'model "%" has no earlier deployment of alias "%" to return to', model, alias
			USING ERRCODE = '55000',
				HINT = 'Approved versions are ' || (SELECT coalesce(string_agg(v.version::text, ', ' ORDER BY v.version), 'none')
					FROM mlops.model_version AS v WHERE v.model_id = id AND v.status = 'approved') || '.';
	END IF;
	PERFORM mlops._switch_alias(id, alias, target.version, target.previous, comment, target.cutoff);
	PERFORM mlops._add_event(id, target.version, 'version.rolled_back',
		jsonb_build_object('alias', alias, 'replaces', current_row.version, 'comment', comment));
	RETURN target.version;
END
$$;
COMMENT ON FUNCTION mlops.rollback_model(text, int, text, text) IS
	'Lets an alias name the version served before, with its cutoff (or the given approved one, without), and returns it; a second call goes one further back, never to and fro. 55000 if there is none, 42704 if the model does not exist';

-- The row that a rollback returns to stays the same: it goes to a version, not to another cutoff.
CREATE FUNCTION mlops.set_cutoff(model text, alias text, cutoff float8) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id constant bigint := mlops._model_id(model);
	current_row mlops.deployment;
BEGIN
	PERFORM mlops._check_alias(alias);
	IF NOT cutoff BETWEEN 0 AND 1 THEN
		RAISE EXCEPTION 'cutoff must be between 0 and 1, not %', cutoff
			USING ERRCODE = '22023', HINT = 'NULL takes the cutoff away.';
	END IF;
	PERFORM 1 FROM mlops.model AS m WHERE m.model_id = id FOR UPDATE;
	current_row := mlops._current_deployment(id, alias);
	IF current_row.deployment_id IS NULL THEN
		RAISE EXCEPTION 'model "%" has no version deployed as "%"', model, alias
			USING ERRCODE = '55000', HINT = format('Call mlops.deploy_model(%L, alias => %L).', model, alias);
	END IF;
	IF cutoff IS NOT NULL AND NOT EXISTS (SELECT FROM mlops.model_version AS v
		WHERE v.model_id = id AND v.version = current_row.version AND cardinality(v.classes) = 2) THEN
		RAISE EXCEPTION 'version % of model "%" has not two classes, so it has no cutoff', current_row.version, model
			USING ERRCODE = '22023';
	END IF;
	IF cutoff IS DISTINCT FROM current_row.cutoff THEN
		PERFORM mlops._switch_alias(id, alias, current_row.version, current_row.previous, 'cutoff changed', cutoff);
		PERFORM mlops._add_event(id, current_row.version, 'cutoff.changed',
			jsonb_build_object('alias', alias, 'old', current_row.cutoff, 'new', cutoff));
	END IF;
	RETURN current_row.version;
END
$$;
COMMENT ON FUNCTION mlops.set_cutoff(text, text, float8) IS
	'Sets from commit on the score from which mlops.decide gives the positive label when an alias of a two-class model is asked (NULL: none, which means 0.5), and returns the version that the alias names. The same cutoff again changes nothing; rollback_model still goes to the version before. 22023 for a cutoff outside 0 to 1, a version that has not two classes or an alias that looks like a version, 55000 if the alias names no version, 42704 if the model does not exist';

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
