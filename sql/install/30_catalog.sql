-- The registry is ordinary tables: dumped, replicated and rolled back like any other.
-- Nobody is granted DML on them; functions write as their owner.

CREATE TABLE mlops.model (
	model_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE
		CHECK (octet_length(name) BETWEEN 1 AND 63 AND name !~ '[[:cntrl:]@]'),
	task text NOT NULL CHECK (task IN ('classification', 'regression')),
	owner text NOT NULL,
	description text,
	tags jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by text NOT NULL
);
COMMENT ON TABLE mlops.model IS 'One row per model; its versions are in mlops.model_version';
COMMENT ON COLUMN mlops.model.name IS 'Name that references use: 1 to 63 bytes, printable, without @';
COMMENT ON COLUMN mlops.model.owner IS 'Role that trained or imported the first version; its members may add further ones';

CREATE TABLE mlops.model_version (
	model_id bigint NOT NULL REFERENCES mlops.model ON DELETE CASCADE,
	version int NOT NULL CHECK (version > 0),
	status text NOT NULL CHECK (status IN ('training', 'failed', 'candidate',
		'pending_approval', 'approved', 'rejected', 'archived')),
	algorithm text NOT NULL,
	task text NOT NULL,
	target text NOT NULL,
	relation text,
	query text,
	features jsonb NOT NULL,
	id_column text,
	time_column text,
	entity_column text,
	split_column text,
	weight_column text,
	classes text[],
	class_type text,
	positive_class text,
	hyperparams jsonb NOT NULL,
	arguments jsonb NOT NULL,
	seed bigint NOT NULL,
	n_rows bigint NOT NULL,
	n_train_rows bigint NOT NULL,
	n_test_rows bigint NOT NULL,
	data_hash text NOT NULL,
	metrics jsonb NOT NULL,
	trials jsonb,
	holdout_scores float8[],
	holdout_positives float8[],
	holdout_negatives float8[],
	confusion float8[],
	importance_weight float8[] NOT NULL,
	importance_gain float8[] NOT NULL,
	importance_cover float8[] NOT NULL,
	importance_permutation float8[],
	permutation_se float8[],
	n_bytes bigint NOT NULL,
	n_chunks int NOT NULL,
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	extension_version text NOT NULL,
	tags jsonb NOT NULL DEFAULT '{}',
	comment text,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	created_by text NOT NULL,
	approved_at timestamptz,
	approved_by text,
	PRIMARY KEY (model_id, version)
);
COMMENT ON TABLE mlops.model_version IS
	'One row per trained version: how it was made, what it is worth, where it stands';
COMMENT ON COLUMN mlops.model_version.features IS
	'Array of {"name", "type", "kind"} in the order of the model; kind is numeric or categorical';
COMMENT ON COLUMN mlops.model_version.classes IS 'Labels in the order of their type; NULL for a regression';
COMMENT ON COLUMN mlops.model_version.hyperparams IS 'All hyperparameters, defaults written in';
COMMENT ON COLUMN mlops.model_version.arguments IS
	'The other arguments of train_model, defaults written in; permutation_rows, the rows that importance was measured on, and truncated, whether max_time cut the search or the forest short; origin, of an imported version alone: where it came from, in text that nothing looks up';
COMMENT ON COLUMN mlops.model_version.data_hash IS
	'128-bit hash of the rows, whatever their order, in hexadecimal digits';
COMMENT ON COLUMN mlops.model_version.trials IS
	'Of a search: array of {"params", "fold_scores", "mean", "spread", "is_best"}; else NULL. See mlops.trial_info';
COMMENT ON COLUMN mlops.model_version.holdout_scores IS
	'Two classes: distinct scores of the test rows, ascending; else NULL';
COMMENT ON COLUMN mlops.model_version.holdout_positives IS 'Weight of the positive class at each score';
COMMENT ON COLUMN mlops.model_version.holdout_negatives IS 'Weight of the negative class at each score';
COMMENT ON COLUMN mlops.model_version.confusion IS
	'More than two classes: weight of the test rows by actual (row) and predicted class (column)';
COMMENT ON COLUMN mlops.model_version.importance_permutation IS
	'Mean drop of the metric of arguments when a feature of the test rows is shuffled, in the order of features; NaN where the metric is not defined, NULL if nothing was measured';
COMMENT ON COLUMN mlops.model_version.permutation_se IS 'Standard error of importance_permutation over the shuffles';
COMMENT ON COLUMN mlops.model_version.digest IS 'SHA-256 of the chunks of mlops.model_blob in order';
COMMENT ON COLUMN mlops.model_version.created_by IS 'Who trained or imported it (session_user) and may not approve';

CREATE TABLE mlops.model_blob (
	model_id bigint NOT NULL,
	version int NOT NULL,
	chunk int NOT NULL CHECK (chunk >= 0),
	data bytea NOT NULL,
	PRIMARY KEY (model_id, version, chunk),
	FOREIGN KEY (model_id, version) REFERENCES mlops.model_version ON DELETE CASCADE
);
COMMENT ON TABLE mlops.model_blob IS
	'The stored forest: chunk 0 is the header, chunk k + 1 is tree k, counted from 0; the format is described in src/core/FORMAT.md';

CREATE TABLE mlops.training_row (
	model_id bigint NOT NULL,
	version int NOT NULL,
	row_no bigint NOT NULL,
	is_test bool NOT NULL,
	data jsonb NOT NULL,
	PRIMARY KEY (model_id, version, row_no),
	FOREIGN KEY (model_id, version) REFERENCES mlops.model_version ON DELETE CASCADE
);
COMMENT ON TABLE mlops.training_row IS
	'Rows that a version was trained from and measured on, if keep_training_data asked for them; read them by mlops.training_data';

CREATE TABLE mlops.deployment (
	deployment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	model_id bigint NOT NULL,
	alias text NOT NULL
		CHECK (octet_length(alias) BETWEEN 1 AND 63 AND alias !~ '[[:cntrl:]@]' AND alias !~ '^v[0-9]+$'),
	version int NOT NULL,
	cutoff float8 CHECK (cutoff BETWEEN 0 AND 1),
	previous bigint,
	reason text,
	actor text NOT NULL,
	valid tstzrange NOT NULL,
	FOREIGN KEY (model_id, version) REFERENCES mlops.model_version
);
CREATE UNIQUE INDEX deployment_current ON mlops.deployment (model_id, alias) WHERE upper_inf(valid);
CREATE INDEX deployment_version ON mlops.deployment (model_id, version);
COMMENT ON TABLE mlops.deployment IS
	'Which version an alias named when; the row whose valid has no end is the current one';
COMMENT ON COLUMN mlops.deployment.cutoff IS 'Score from which mlops.decide gives the positive label; NULL: none, which means 0.5';
COMMENT ON COLUMN mlops.deployment.previous IS 'Deployment that a rollback of this one returns to';
COMMENT ON INDEX mlops.deployment_current IS 'At most one current row per alias of a model';
COMMENT ON INDEX mlops.deployment_version IS 'Finds what a version was deployed as';

CREATE TABLE mlops.model_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	actor text NOT NULL,
	model_id bigint,
	version int,
	kind text NOT NULL,
	detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX model_event_model ON mlops.model_event (model_id, version, at);
COMMENT ON TABLE mlops.model_event IS 'What happened to models; rows are only ever added';
COMMENT ON INDEX mlops.model_event_model IS 'Finds the events of a version';

SELECT pg_catalog.pg_extension_config_dump('mlops.model', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.model_model_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.model_version', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.model_blob', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.training_row', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.deployment', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.deployment_deployment_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.model_event', '');
SELECT pg_catalog.pg_extension_config_dump('mlops.model_event_event_id_seq', '');

-- The edges between statuses hold for every role, also by plain UPDATE.
CREATE FUNCTION mlops._check_version_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	edges constant text[] := ARRAY[
		'training>candidate', 'training>failed', 'candidate>pending_approval', 'candidate>rejected',
		'pending_approval>approved', 'pending_approval>rejected', 'rejected>approved',
		'approved>rejected', 'candidate>archived', 'pending_approval>archived', 'approved>archived',
		'rejected>archived', 'failed>archived'];
BEGIN
	IF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status) = ANY (edges) THEN
		RAISE EXCEPTION 'status of a version cannot change from "%" to "%"', OLD.status, NEW.status
			USING ERRCODE = '55000';
	END IF;
	IF (NEW.model_id, NEW.version, NEW.digest, NEW.features, NEW.hyperparams, NEW.created_by)
		IS DISTINCT FROM
		(OLD.model_id, OLD.version, OLD.digest, OLD.features, OLD.hyperparams, OLD.created_by) THEN
		RAISE EXCEPTION 'what a version was trained from cannot change'
			USING ERRCODE = '55000', HINT = 'Train a new version.';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION mlops._check_version_change() IS
	'Trigger: refuses (55000) a status edge that the life cycle lacks, and changes of what was trained';
CREATE TRIGGER check_version_change BEFORE UPDATE ON mlops.model_version
	FOR EACH ROW EXECUTE FUNCTION mlops._check_version_change();
COMMENT ON TRIGGER check_version_change ON mlops.model_version IS 'Guards the life cycle of a version';

CREATE FUNCTION mlops._refuse_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'rows of mlops.% are only ever added', TG_TABLE_NAME
		USING ERRCODE = '55000';
END
$$;
COMMENT ON FUNCTION mlops._refuse_change() IS 'Trigger: refuses (55000) to change history';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON mlops.model_event
	FOR EACH ROW EXECUTE FUNCTION mlops._refuse_change();
COMMENT ON TRIGGER refuse_change ON mlops.model_event IS 'Events are append-only';

-- A reference to a model is remembered from statement to statement; word of a change goes out at the
-- write, before anybody can see it.  For each row and ALWAYS, because on a logical subscriber
-- nothing else fires.
CREATE FUNCTION mlops._announce_change() RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_announce_change';
COMMENT ON FUNCTION mlops._announce_change() IS
	'Trigger: lets all sessions, also of standbys, look up again which versions references name; 39P01 if it is called otherwise';

DO $$
DECLARE
	changed record;
BEGIN
	FOR changed IN SELECT * FROM (VALUES
		('model', 'INSERT OR UPDATE OR DELETE'),
		('model_version', 'UPDATE OF digest OR DELETE'),
		('deployment', 'INSERT OR UPDATE OR DELETE')) AS t (name, events)
	LOOP
		EXECUTE format('CREATE TRIGGER announce_change AFTER %s ON mlops.%I
			FOR EACH ROW EXECUTE FUNCTION mlops._announce_change()', changed.events, changed.name);
		EXECUTE format('CREATE TRIGGER announce_truncate AFTER TRUNCATE ON mlops.%I
			FOR EACH STATEMENT EXECUTE FUNCTION mlops._announce_change()', changed.name);
		EXECUTE format('ALTER TABLE mlops.%I ENABLE ALWAYS TRIGGER announce_change,
			ENABLE ALWAYS TRIGGER announce_truncate', changed.name);
		EXECUTE format('COMMENT ON TRIGGER announce_change ON mlops.%I IS %L', changed.name,
			'Tells all sessions that references may name other versions');
		EXECUTE format('COMMENT ON TRIGGER announce_truncate ON mlops.%I IS %L', changed.name,
			'Tells all sessions that references name nothing any more');
	END LOOP;
END
$$;
