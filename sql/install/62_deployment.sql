-- Deployment: which version an alias names, with which cutoff; deploy and roll back.
-- Of the same kind as the functions of 60_registry.sql.

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
