-- Prediction: a value, a label or all probabilities, from features or by entity.
-- None of these functions writes; all see the version that is deployed for their statement.

CREATE FUNCTION mlops.predict(model text, features float8[]) RETURNS float8
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_array';
CREATE FUNCTION mlops.predict(model text, features bool[]) RETURNS float8
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_array';
CREATE FUNCTION mlops.predict(model text, features record) RETURNS float8
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_record';
CREATE FUNCTION mlops.predict(model text, features jsonb) RETURNS float8
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_jsonb';
CREATE FUNCTION mlops.predict(model text, features json) RETURNS float8
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_json';
CREATE FUNCTION mlops.predict(user_id bigint, model text DEFAULT NULL) RETURNS float8
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_predict_user';

CREATE FUNCTION mlops.predict_label(model text, features float8[]) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_label_array';
CREATE FUNCTION mlops.predict_label(model text, features bool[]) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_label_array';
CREATE FUNCTION mlops.predict_label(model text, features record) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_label_record';
CREATE FUNCTION mlops.predict_label(model text, features jsonb) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_label_jsonb';
CREATE FUNCTION mlops.predict_label(model text, features json) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_label_json';
CREATE FUNCTION mlops.predict_label(user_id bigint, model text DEFAULT NULL) RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_predict_label_user';

CREATE FUNCTION mlops.predict_proba(model text, features float8[]) RETURNS float8[]
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_proba_array';
CREATE FUNCTION mlops.predict_proba(model text, features bool[]) RETURNS float8[]
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_proba_array';
CREATE FUNCTION mlops.predict_proba(model text, features record) RETURNS float8[]
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_proba_record';
CREATE FUNCTION mlops.predict_proba(model text, features jsonb) RETURNS float8[]
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_proba_jsonb';
CREATE FUNCTION mlops.predict_proba(model text, features json) RETURNS float8[]
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_predict_proba_json';
CREATE FUNCTION mlops.predict_proba(user_id bigint, model text DEFAULT NULL) RETURNS float8[]
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_predict_proba_user';

CREATE FUNCTION mlops.classes(model text) RETURNS text[]
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_classes';
COMMENT ON FUNCTION mlops.classes(text) IS
	'Labels of a model in the order of predict_proba. NULL model: the default one. 42704 for an unknown model, 55000 if nothing is deployed, 22023 for a regression';

-- The comments of a family differ in one sentence each.
DO $$
DECLARE
	form record;
	answer record;
BEGIN
	FOR answer IN SELECT * FROM (VALUES
		('predict', 'Value of a regression, or probability of the positive class of a two-class model', '22023 for a model with more classes'),
		('predict_label', 'Most likely label as text; of two classes the positive one from a probability of 0.5', '22023 for a regression'),
		('predict_proba', 'Probabilities in the order of mlops.classes(model)', '22023 for a regression')
		) AS t (name, what, errors)
	LOOP
		FOR form IN SELECT * FROM (VALUES
			('text, float8[]', 'from features by position', 'NULL features give NULL, a NULL or NaN element is a missing value', '22023 for a wrong number of features or a categorical one, 22000 for a missing value where impute is error'),
			('text, bool[]', 'from features by position, true as 1', 'NULL features give NULL, a NULL element is a missing value', '22023 for a wrong number of features or a categorical one, 22000 for a missing value where impute is error'),
			('text, record', 'from a row, matched by name (by position if its columns are named f1, f2 ..)', 'a NULL row gives NULL, a NULL column is a missing value', '22023 for absent features or a value of the wrong kind, 22000 for a missing value where impute is error'),
			('text, jsonb', 'from a JSON object, matched by name', 'NULL features give NULL, a null value is a missing value', '22023 for absent features or a value of the wrong kind, 22000 for a missing value where impute is error'),
			('text, json', 'from a JSON object, matched by name', 'NULL features give NULL, a null value is a missing value', '22023 for absent features or a value of the wrong kind, 22000 for a missing value where impute is error'),
			('bigint, text', 'of an entity from its latest row, read with the rights of the caller', 'NULL user_id gives NULL', 'P0002 for an entity without a row, 21000 for several rows if the version has neither time_column nor id_column, 55000 for a model without entity column, 22000 for a missing value where impute is error')
			) AS t (args, how, nulls, errors)
		LOOP
			EXECUTE format('COMMENT ON FUNCTION mlops.%I(%s) IS %L', answer.name, form.args,
				format('%s, %s. %s; NULL model: the default one. %s, %s, 42704 for an unknown model, 55000 if nothing is deployed',
					answer.what, form.how, form.nulls, form.errors, answer.errors));
		END LOOP;
	END LOOP;
END
$$;

CREATE FUNCTION mlops._model_cache() RETURNS TABLE(digest bytea, is_shared bool, n_bytes bigint, hits bigint,
	misses bigint, loaded_at timestamptz, last_used_at timestamptz)
LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_model_cache';
COMMENT ON FUNCTION mlops._model_cache() IS
	'Decoded forests in memory, by the digest of their bytes: those that all sessions share, and those of this session';

CREATE VIEW mlops.model_cache AS
	SELECT (SELECT array_agg(m.name || '@v' || v.version ORDER BY m.name, v.version)
			FROM mlops.model_version AS v JOIN mlops.model AS m USING (model_id)
			WHERE v.digest = c.digest) AS models,
		c.is_shared, c.n_bytes, c.hits, c.misses, c.loaded_at, c.last_used_at
	FROM mlops._model_cache() AS c;
COMMENT ON VIEW mlops.model_cache IS
	'Decoded models in memory: the copies that all sessions share (with shared_preload_libraries), and those of this session. Equal models have one copy';
COMMENT ON COLUMN mlops.model_cache.models IS 'Versions of this database that are these bytes; NULL for a model of another database, or of none any more';
COMMENT ON COLUMN mlops.model_cache.n_bytes IS 'Memory of the copy';
COMMENT ON COLUMN mlops.model_cache.hits IS 'Statements and sessions that found it in memory since it was loaded';
COMMENT ON COLUMN mlops.model_cache.misses IS 'Statements that decoded it, or waited for another session to decode it';
