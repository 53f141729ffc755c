-- Training: grow a random forest from a relation or query and store it as a new version.

CREATE FUNCTION mlops.train_model(model text, relation regclass DEFAULT NULL, target text DEFAULT NULL,
	task text DEFAULT NULL, algorithm text DEFAULT 'random_forest', hyperparams jsonb DEFAULT '{}',
	query text DEFAULT NULL, features text[] DEFAULT NULL, exclude text[] DEFAULT NULL,
	positive_class text DEFAULT NULL, id_column text DEFAULT NULL, time_column text DEFAULT NULL,
	entity_column text DEFAULT NULL, split_column text DEFAULT NULL, weight_column text DEFAULT NULL,
	test_size float8 DEFAULT 0.25, test_sampling text DEFAULT NULL, preprocess jsonb DEFAULT '{}',
	search text DEFAULT NULL, search_params jsonb DEFAULT '{}', search_args jsonb DEFAULT '{}',
	metric text DEFAULT NULL, max_time interval DEFAULT NULL, keep_training_data bool DEFAULT false,
	tags jsonb DEFAULT '{}', comment text DEFAULT NULL)
RETURNS TABLE (model text, version int, status text, task text, metrics jsonb, gates jsonb, run_id bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_train_model';
COMMENT ON FUNCTION mlops.train_model(text, regclass, text, text, text, jsonb, text, text[], text[], text,
	text, text, text, text, text, float8, text, jsonb, text, jsonb, jsonb, text, interval, bool, jsonb, text) IS
	'Trains a random forest on a relation or a query, read with the rights of the caller, and stores it as a new version that waits for approval; returns the version and its metrics on the hold-out. Rows with a NULL target are left out, NULL features are missing values. With search, hyperparams are completed by those of search_params that do best in cross-validation on the training part, see mlops.trial_info; with max_time no tree is begun after it; keep_training_data copies the rows, see mlops.training_data; preprocess says for each feature how levels are encoded and missing values imputed, and predict does the same. 22023 for an argument out of range, an unknown hyperparameter or word, or a model of another task, 42703 for an unknown column, 42809 for a relation without rows to select, 22000 for data that cannot be learned from or a missing value where impute is error, 22003 for a number that float8 cannot hold, 53400 for more memory than mlops.max_train_memory, 54000 for too many rows, columns, levels, classes or trials, 42501 for a model that belongs to a role that the caller is no member of, 25006 where nothing can be written, 0A000 for an algorithm, hyperparameter or scale that is not supported';

CREATE FUNCTION mlops.training_data(model text) RETURNS TABLE (row_no bigint, is_test bool, data jsonb)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- who asks: the role that was set, if one was
	caller constant text := coalesce(nullif(current_setting('role'), 'none'), session_user);
	v record;
BEGIN
	SELECT m.name, m.owner, r.model_id, r.version, (t.arguments->>'keep_training_data')::bool AS is_kept INTO v
	FROM mlops._resolve(training_data.model) AS r
		JOIN mlops.model AS m ON m.model_id = r.model_id
		JOIN mlops.model_version AS t ON t.model_id = r.model_id AND t.version = r.version;
	IF to_regrole(quote_ident(v.owner)) IS NULL OR NOT pg_has_role(caller, v.owner::name, 'USAGE') THEN
		RAISE EXCEPTION 'permission denied for the training data of model "%"', v.name
			USING ERRCODE = '42501', HINT = format('Members of the role %I, which owns the model, may read them.', v.owner);
	END IF;
	IF v.is_kept IS NOT TRUE THEN
		RAISE EXCEPTION 'version % of model "%" was trained without keep_training_data', v.version, v.name
			USING ERRCODE = '55000', HINT = 'Its relation or query, the number of rows and their hash are in mlops.model_versions.';
	END IF;
	RETURN QUERY SELECT t.row_no, t.is_test, t.data FROM mlops.training_row AS t
		WHERE t.model_id = v.model_id AND t.version = v.version ORDER BY t.row_no;
END
$$;
COMMENT ON FUNCTION mlops.training_data(text) IS
	'Rows that a version was trained from with keep_training_data, in the order in which they were read; is_test: the row was held out. jsonb_populate_record makes them rows again. NULL model: the default one. 42501 for who is no member of the model''s owner, 55000 if the rows were not kept or nothing is deployed, 42704 for an unknown model';

CREATE FUNCTION mlops._training_progress() RETURNS TABLE (pid int, database_id oid, phase text, rows_read bigint,
	trees_done bigint, n_trees bigint, started_at timestamptz, expected_end timestamptz, n_bytes bigint, n_workers int)
LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_training_progress';
COMMENT ON FUNCTION mlops._training_progress() IS 'Trainings that run now, of the roles that the caller is a member of; of all with pg_read_all_stats';

CREATE VIEW mlops.training_progress WITH (security_invoker) AS
SELECT p.pid, d.datname AS database, a.usename AS role, p.phase, p.rows_read, p.trees_done, p.n_trees, p.n_workers,
	p.n_bytes, p.started_at, clock_timestamp() - p.started_at AS elapsed, p.expected_end
FROM mlops._training_progress() AS p
	LEFT JOIN pg_catalog.pg_database AS d ON d.oid = p.database_id
	LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = p.pid;
COMMENT ON VIEW mlops.training_progress IS
	'One row per training that runs now, on the whole server: phase (reading rows, preparing, searching, growing trees, evaluating, storing), rows read, trees grown of all (in a search: of all its forests), workers beside its own process, estimated memory, and when the trees of the last forest will be done at this pace (NULL before its first tree and in other phases). A role sees those of the roles that it is a member of, a member of pg_read_all_stats all';
