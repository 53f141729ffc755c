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
	'Trains a random forest on a relation or a query, read with the rights of the caller, and stores it as a new version that waits for approval; returns the version and its metrics on the hold-out. Rows with a NULL target are left out, NULL features are missing values. With search, hyperparams are completed by those of search_params that do best in cross-validation on the training part, see mlops.trial_info; with max_time no tree is begun after it. 22023 for an argument out of range or an unknown hyperparameter, 42703 for an unknown column, 22000 for data that cannot be learned from, 0A000 for what is not supported yet';

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
	'One row per training that runs now, on the whole server: phase, rows read, trees grown of all, workers beside its own process, estimated memory, and when the trees will be done at this pace (NULL before the first one). A role sees its own, a member of pg_read_all_stats all';
