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

CREATE FUNCTION mlops.predict_entity(model text, entity_key text, as_of timestamptz DEFAULT NULL) RETURNS float8
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_predict_entity';
COMMENT ON FUNCTION mlops.predict_entity(text, text, timestamptz) IS
	'What mlops.predict gives for an entity, named by the text of its key, which is read as the type of the entity column: from its latest row, or with as_of from the latest one whose time_column is not after it (a date or a timestamp without time zone counts in the time zone of the session), read with the rights of the caller. NULL entity_key gives NULL; NULL model: the default one; NULL as_of: the latest row. P0002 for an entity without such a row, 22P02 or what else the type raises for a text that is no key, 21000 for several rows if the version has neither time_column nor id_column, 55000 for a model without entity column or, with as_of, without a time_column of type date, timestamp or timestamptz, 22000 for a missing value where impute is error, 22023 for a model with more classes, 42704 for an unknown model, 55000 if nothing is deployed';

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

-- A decision: the score, and the label that a cutoff makes of it.
CREATE FUNCTION mlops.decide(user_id bigint, model text DEFAULT NULL, cutoff float8 DEFAULT NULL, costs jsonb DEFAULT NULL)
RETURNS TABLE (label text, score float8, cutoff float8, model text, version int, reasons jsonb)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1 AS 'MODULE_PATHNAME', 'mlops_decide_user';
CREATE FUNCTION mlops.decide(model text, features float8[], cutoff float8 DEFAULT NULL, costs jsonb DEFAULT NULL)
RETURNS TABLE (label text, score float8, cutoff float8, model text, version int, reasons jsonb)
LANGUAGE c STABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'mlops_decide_array';
CREATE FUNCTION mlops.decide(model text, features bool[], cutoff float8 DEFAULT NULL, costs jsonb DEFAULT NULL)
RETURNS TABLE (label text, score float8, cutoff float8, model text, version int, reasons jsonb)
LANGUAGE c STABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'mlops_decide_array';
CREATE FUNCTION mlops.decide(model text, features record, cutoff float8 DEFAULT NULL, costs jsonb DEFAULT NULL)
RETURNS TABLE (label text, score float8, cutoff float8, model text, version int, reasons jsonb)
LANGUAGE c STABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'mlops_decide_record';
CREATE FUNCTION mlops.decide(model text, features jsonb, cutoff float8 DEFAULT NULL, costs jsonb DEFAULT NULL)
RETURNS TABLE (label text, score float8, cutoff float8, model text, version int, reasons jsonb)
LANGUAGE c STABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'mlops_decide_jsonb';
CREATE FUNCTION mlops.decide(model text, features json, cutoff float8 DEFAULT NULL, costs jsonb DEFAULT NULL)
RETURNS TABLE (label text, score float8, cutoff float8, model text, version int, reasons jsonb)
LANGUAGE c STABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'mlops_decide_json';

DO $$
DECLARE
	form record;
BEGIN
	FOR form IN SELECT * FROM (VALUES
		('bigint, text', 'user_id'),
		('text, float8[]', 'features'),
		('text, bool[]', 'features'),
		('text, record', 'features'),
		('text, jsonb', 'features'),
		('text, json', 'features')
		) AS t (args, subject)
	LOOP
		EXECUTE format('COMMENT ON FUNCTION mlops.decide(%s, float8, jsonb) IS %L', form.args,
			format('One row: what mlops.predict of the same arguments gives as score, and the positive label if it is at least the cutoff, else the other one; with the model and version that decided. The cutoff is the one given, else the one where costs, such as {"false_positive": 1, "false_negative": 5}, are least, false_positive / (false_positive + false_negative), else that of the deployment (mlops.set_cutoff), else 0.5. reasons is NULL in this version. NULL %s: a row with NULL label and score; NULL model: the default one. 22023 for a cutoff outside 0 to 1, cutoff and costs together, costs that lack one of the two, have another or are not finite numbers from 0 of which one is greater, or a model that has not two classes; else the errors of mlops.predict',
				form.subject));
	END LOOP;
END
$$;
