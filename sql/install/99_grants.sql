-- Who may do what.  Installing grants nothing to anybody; mlops.setup_roles() makes the roles and
-- grants them the list below, and is called again after an update, whose objects may be new.
-- Bodies of functions check more: who owns a model, who trained a version.

-- Lists by name, so that all overloads of a function go together.
CREATE FUNCTION mlops._privileges() RETURNS TABLE (kind text, name text, role text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT t.kind, n.name, 'mlops_' || r.role
	FROM (VALUES
		('schema', 'mlops mlops_api',
			'anon reader predictor trainer approver admin worker'),
		-- so that dropping the roles of one database keeps it for the others
		('schema', 'mlops_api', 'authenticator'),
		-- all tables but mlops.model_blob, mlops.training_row and mlops.training_run, and the views
		('table', 'model model_version deployment model_event models model_versions deployments model_cache training_progress training_runs',
			'reader predictor trainer approver admin'),
		-- of rows or of a model, without a query argument
		('function', 'prior_count prior_sum prior_avg prior_min prior_max prior_zscore full_years classes feature_importance trial_info _resolve _model_cache _training_progress _run_home _run_is_alive _run_loss _owns_run',
			'reader predictor trainer approver admin'),
		-- aggregates, and what their states know
		('function', 'exact_sum exact_avg exact_variance exact_stddev weighted_avg stats_agg rollup trend lookback_agg velocity count_if rate value_count null_count total mean minimum maximum root_mean_square variance stddev coefficient_of_variation skewness kurtosis slope intercept correlation covariance r_squared slope_t',
			'reader predictor trainer approver admin'),
		-- histories, and what their states know
		('function', 'gap_agg mean_gap stddev_gap gap_variation min_gap max_gap last_gap burstiness gap_trend streak_agg current_streak longest_streak streak_count last_break ewma decayed_sum decayed_variance time_weight_agg time_weighted_avg integral time_above is_partial recency tenure delinquency_agg ever_past_due max_days_past_due months_since_past_due worst_in_months cure_count roll_count moving_min moving_max min_by max_by first_values last_values',
			'reader predictor trainer approver admin'),
		-- quantiles, and two samples
		('function', 'quantile_agg quantile median interquartile_range median_abs_deviation exact_quantile trimmed_mean winsorized_mean rank_of ks_test wasserstein_distance normalized_wasserstein_distance',
			'reader predictor trainer approver admin'),
		-- histograms, and functions of their counts
		('function', 'histogram_agg category_histogram_agg psi psi_p_value js_distance hellinger_distance total_variation_distance chi2_test wilson_interval',
			'reader predictor trainer approver admin'),
		('function', 'split_hash dataset_hash entropy concentration_index distinct_count most_common top_values woe_agg woe_table information_value',
			'reader predictor trainer approver admin'),
		-- scores and labels
		('function', 'score_agg calibration_agg positive_count roc_auc auc_interval gini ks_score average_precision brier_score log_loss expected_calibration_error max_calibration_error hosmer_lemeshow calibration_slope calibration_intercept',
			'reader predictor trainer approver admin'),
		('function', 'predict predict_label predict_proba predict_entity predict_table decide',
			'predictor'),
		('function', 'train_model start_training training_data evaluate roc_curve confusion_matrix compare_models pr_curve threshold_metrics lift_table calibration_table _score_bins _check_bins create_loan_features _check_loan_columns _check_choice _years_expression generate_loans generate_payments _generated_users _uniform',
			'trainer'),
		('function', 'stop_run wait_for_run _attend_runs',
			'trainer admin'),
		-- of models of one's own, which the functions check
		('function', 'export_model tree',
			'trainer admin'),
		('function', 'request_approval',
			'trainer admin'),
		('function', 'approve_model reject_model',
			'approver'),
		('function', 'deploy_model rollback_model set_cutoff archive_model',
			'approver admin'),
		('function', 'import_model drop_model',
			'admin')
		) AS t (kind, names, roles),
		string_to_table(t.names, ' ') AS n (name),
		string_to_table(t.roles, ' ') AS r (role)
$$;
COMMENT ON FUNCTION mlops._privileges() IS
	'What mlops.setup_roles() grants: USAGE on a schema, SELECT on a table or view, EXECUTE on all functions and procedures of a name';

CREATE FUNCTION mlops._roles() RETURNS TABLE (role text, attributes text, comment text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	VALUES
		('mlops_anon', 'NOLOGIN', 'mlops: anybody at the HTTP API'),
		('mlops_reader', 'NOLOGIN', 'mlops: reads models, versions, deployments and metrics'),
		('mlops_predictor', 'NOLOGIN', 'mlops: asks models for predictions'),
		('mlops_trainer', 'NOLOGIN', 'mlops: makes features, trains and evaluates models'),
		('mlops_approver', 'NOLOGIN', 'mlops: approves, rejects and deploys versions'),
		('mlops_admin', 'NOLOGIN', 'mlops: imports, deploys, archives and drops models'),
		('mlops_worker', 'LOGIN', 'mlops: background work'),
		('mlops_authenticator', 'LOGIN NOINHERIT', 'mlops: the HTTP server, which becomes one of the others')
$$;
COMMENT ON FUNCTION mlops._roles() IS 'The roles that mlops.setup_roles() makes';

CREATE FUNCTION mlops._check_role_admin() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = current_user AND (r.rolsuper OR r.rolcreaterole)) THEN
		RAISE EXCEPTION 'permission denied to manage the roles of mlops'
			USING ERRCODE = '42501', DETAIL = format('Role "%s" has no CREATEROLE.', current_user),
				HINT = 'Call it as the owner of the extension with CREATEROLE, or as a superuser.';
	END IF;
	IF NOT EXISTS (SELECT FROM pg_namespace AS n
		WHERE n.nspname = 'mlops' AND pg_has_role(current_user, n.nspowner, 'USAGE')) THEN
		RAISE EXCEPTION 'permission denied to grant on the objects of mlops'
			USING ERRCODE = '42501', DETAIL = format('Role "%s" does not own the extension.', current_user),
				HINT = 'Call it as the owner of the extension with CREATEROLE, or as a superuser.';
	END IF;
END
$$;
COMMENT ON FUNCTION mlops._check_role_admin() IS
	'Refuses (42501) a caller without CREATEROLE, or who does not own the extension';

-- Roles belong to the whole server: another database may have made them, now or at this moment.
CREATE FUNCTION mlops._create_role(role text, attributes text, comment text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role AND (r.rolsuper OR r.rolbypassrls)) THEN
		RAISE EXCEPTION 'role "%" exists and is above privileges', role
			USING ERRCODE = '42710', HINT = format('Rename it, or: ALTER ROLE %I NOSUPERUSER NOBYPASSRLS.', role);
	END IF;
	IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role) THEN
		RETURN;
	END IF;
	BEGIN
		-- attributes are constants of mlops._roles()
		EXECUTE format('CREATE ROLE %I %s', role, attributes);
		EXECUTE format('COMMENT ON ROLE %I IS %L', role, comment);
	EXCEPTION
		WHEN duplicate_object OR unique_violation THEN
			RAISE DEBUG 'role "%" was created by another session', role;
	END;
END
$$;
COMMENT ON FUNCTION mlops._create_role(text, text, text) IS
	'Creates a role if there is none of this name; 42710 if there is one that is a superuser or bypasses row security';

CREATE FUNCTION mlops._revoke_privileges(role text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA mlops, mlops_api FROM %I', role);
	EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA mlops, mlops_api FROM %I', role);
	EXECUTE format('REVOKE ALL ON SCHEMA mlops, mlops_api FROM %I', role);
END
$$;
COMMENT ON FUNCTION mlops._revoke_privileges(text) IS 'Takes all privileges on objects of mlops in this database from a role';

CREATE FUNCTION mlops._grant_privileges() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT format('GRANT USAGE ON SCHEMA %I TO %I', p.name, p.role)
			FROM mlops._privileges() AS p WHERE p.kind = 'schema'
		UNION ALL
		SELECT format('GRANT SELECT ON TABLE mlops.%I TO %I', p.name, p.role)
			FROM mlops._privileges() AS p WHERE p.kind = 'table'
		UNION ALL
		SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', f.oid::regprocedure, p.role)
			FROM mlops._privileges() AS p JOIN pg_proc AS f ON f.proname = p.name
			WHERE p.kind = 'function' AND f.pronamespace = 'mlops'::regnamespace
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
COMMENT ON FUNCTION mlops._grant_privileges() IS 'Grants what mlops._privileges() lists';

CREATE FUNCTION mlops._join_authenticator(role text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT pg_has_role('mlops_authenticator', role, 'MEMBER') THEN
		EXECUTE format('GRANT %I TO mlops_authenticator', role);
	END IF;
END
$$;
COMMENT ON FUNCTION mlops._join_authenticator(text) IS 'Makes mlops_authenticator a member of a role, if it is not';

CREATE FUNCTION mlops.setup_roles() RETURNS text[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM mlops._check_role_admin();
	PERFORM mlops._create_role(r.role, r.attributes, r.comment) FROM mlops._roles() AS r;
	PERFORM mlops._revoke_privileges(r.role) FROM mlops._roles() AS r;
	PERFORM mlops._grant_privileges();
	PERFORM mlops._join_authenticator(r.role) FROM mlops._roles() AS r WHERE r.attributes = 'NOLOGIN';
	RETURN ARRAY(SELECT r.role FROM mlops._roles() AS r);
END
$$;
COMMENT ON FUNCTION mlops.setup_roles() IS
	'Makes the roles of mlops where they are missing, grants them in this database what their names say, takes back anything else, and returns their names; may be repeated, and must be after an update. 42501 without CREATEROLE or for who does not own the extension, 42710 if one of the names is a superuser''s';

-- A role that another database still uses, or that owns objects, is kept.
CREATE FUNCTION mlops._drop_role(role text) RETURNS bool
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reason text;
BEGIN
	EXECUTE format('DROP ROLE IF EXISTS %I', role);
	RETURN true;
EXCEPTION
	WHEN dependent_objects_still_exist THEN
		GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
		RAISE NOTICE 'role "%" is kept, objects depend on it', role USING DETAIL = reason;
		RETURN false;
END
$$;
COMMENT ON FUNCTION mlops._drop_role(text) IS
	'Drops a role; false, with a notice, if objects here or in another database depend on it';

CREATE FUNCTION mlops.drop_roles() RETURNS text[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ours record;
	dropped text[] := '{}';
BEGIN
	PERFORM mlops._check_role_admin();
	FOR ours IN SELECT r.role FROM mlops._roles() AS r WHERE to_regrole(r.role) IS NOT NULL LOOP
		PERFORM mlops._revoke_privileges(ours.role);
		IF mlops._drop_role(ours.role) THEN
			dropped := dropped || ours.role;
		END IF;
	END LOOP;
	RETURN dropped;
END
$$;
COMMENT ON FUNCTION mlops.drop_roles() IS
	'Takes back what mlops.setup_roles() granted in this database, drops the roles and returns the names of those dropped; roles that another database uses or that own objects are kept, with a notice. 42501 without CREATEROLE or for who does not own the extension';

-- Functions are born executable by everybody.  This stands last.
REVOKE ALL ON ALL ROUTINES IN SCHEMA mlops, mlops_api FROM PUBLIC;
