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
	'Trains a random forest on a relation or a query, read with the rights of the caller, and stores it as a new version that waits for approval; returns the version and its metrics on the hold-out. Rows with a NULL target are left out, NULL features are missing values. 22023 for an argument out of range or an unknown hyperparameter, 42703 for an unknown column, 22000 for data that cannot be learned from, 0A000 for what is not supported yet';
