-- A model that was exported and imported predicts to the last bit as before, is measured and explained as
-- before, exports as the same bytes again, and reaches production over request, approval by another, deployment.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_mlops_ann LOGIN;
CREATE ROLE regress_mlops_bob LOGIN;
CREATE ROLE regress_mlops_cat LOGIN;
SELECT cardinality(mlops.setup_roles()) > 0 AS roles;
GRANT mlops_trainer TO regress_mlops_ann;
GRANT mlops_admin, mlops_predictor, mlops_trainer TO regress_mlops_bob;
GRANT mlops_approver TO regress_mlops_cat;
CREATE TABLE f (id int, age float8, job text, day date, ok bool, y bool, three text, money numeric, w float8, note text);
INSERT INTO f SELECT i, CASE WHEN i % 5 > 0 THEN i % 40 END, CASE i % 4 WHEN 0 THEN 'clerk' WHEN 1 THEN 'Bäcker' WHEN 2 THEN '' END,
	date '2020-01-01' + i, i % 3 = 0, (i % 40 > 20) <> (i % 4 = 1), CASE i % 7 % 3 WHEN 0 THEN 'no' WHEN 1 THEN 'may"be' ELSE 'yes' END,
	i % 11 + (i % 40) / 7.0, 1 + i % 2, 'n' || i % 6 FROM generate_series(1, 600) AS i;
GRANT SELECT ON f TO regress_mlops_ann;
CREATE FUNCTION train(model text, target text, task text DEFAULT NULL, preprocess jsonb DEFAULT '{}', weight text DEFAULT NULL, params jsonb DEFAULT '{}',
	search text DEFAULT NULL) RETURNS int LANGUAGE sql AS $$
	SELECT version FROM mlops.train_model(model, 'f', target, task => task, preprocess => preprocess, weight_column => weight,
		exclude => array_remove('{id,y,three,money,w}'::text[], target), hyperparams => '{"n_estimators": 7, "random_state": 1}'::jsonb || params,
		id_column => 'id', entity_column => 'id', search => search, search_params => CASE WHEN search IS NULL THEN '{}' ELSE '{"max_depth": [2, 4]}'::jsonb END,
		tags => '{"team": "risk", "größe": [1, null]}', comment => 'first "try"')
$$;
SET SESSION AUTHORIZATION regress_mlops_ann;
SELECT train('two', 'y', search => 'grid'), train('weighted', 'y', weight => 'w', params => '{"class_weight": "balanced_subsample", "oob_score": true}'), train('three', 'three'),
	train('number', 'money', 'regression', weight => 'w'), train('hot', 'three', preprocess => '{"job": {"encode": "one_hot", "impute": "mode"}, "note": {"encode": "target"}, "age": {"impute": "median"}}'),
	train('rank', 'money', 'regression', '{"job": {"encode": "ordinal"}, "note": {"encode": "target"}, "age": {"impute": "mean"}}');

-- the whole way, for every kind of model
RESET SESSION AUTHORIZATION;
CREATE TABLE carried (model text, data bytea);
GRANT ALL ON carried TO regress_mlops_ann, regress_mlops_bob;
SET SESSION AUTHORIZATION regress_mlops_ann;
INSERT INTO carried SELECT model, mlops.export_model(model || '@v1') FROM mlops.models;
SET SESSION AUTHORIZATION regress_mlops_bob;
SELECT model, mlops.import_model('copy of ' || model, data) FROM carried ORDER BY model;
RESET SESSION AUTHORIZATION;
SELECT count(*) AS rows, bool_and(a = b) AS same FROM f, unnest('{two,weighted,number,rank}'::text[]) AS m,
	LATERAL (SELECT mlops.predict(m || '@v1', f) AS a, mlops.predict('copy of ' || m || '@v1', f) AS b) AS p;
SELECT count(*) AS rows, bool_and(a = b) AS same, bool_and(l = k) AS labels FROM f, unnest('{two,weighted,three,hot}'::text[]) AS m,
	LATERAL (SELECT mlops.predict_proba(m || '@v1', f) AS a, mlops.predict_proba('copy of ' || m || '@v1', f) AS b,
		mlops.predict_label(m || '@v1', f) AS l, mlops.predict_label('copy of ' || m || '@v1', f) AS k) AS p;
-- measured and explained as before: nothing of it is lost
SELECT m, a = b AS metrics, (SELECT array_agg(i) FROM mlops.feature_importance(m || '@v1') AS i) = (SELECT array_agg(i) FROM mlops.feature_importance('copy of ' || m || '@v1') AS i) AS importance
FROM unnest('{two,weighted,number,rank,three,hot}'::text[]) AS m, LATERAL (SELECT (SELECT e FROM mlops.evaluate(m || '@v1') AS e) AS a, (SELECT e FROM mlops.evaluate('copy of ' || m || '@v1') AS e) AS b) AS e;
SELECT count(*) > 10 AS points, bool_and(a = b) AS same FROM mlops.roc_curve('two@v1') AS a JOIN mlops.roc_curve('copy of two@v1') AS b USING (threshold);
SELECT count(*) AS cells, bool_and(a = b) AS same FROM mlops.confusion_matrix('three@v1') AS a JOIN mlops.confusion_matrix('copy of three@v1') AS b USING (actual, predicted);
SELECT * FROM mlops.trial_info('copy of two@v1') EXCEPT SELECT * FROM mlops.trial_info('two@v1');
SELECT (SELECT e FROM mlops.evaluate('weighted@v1', 'TABLE f') AS e) = (SELECT e FROM mlops.evaluate('copy of weighted@v1', 'TABLE f') AS e) AS same_on_a_query;
-- the same bytes again, whatever the settings are
SET extra_float_digits = -15;
SET datestyle = 'German';
SET timezone = 'Asia/Tokyo';
SELECT model, mlops.export_model('copy of ' || model || '@v1') = data AS same, mlops.export_model(model || '@v1') = data AS again FROM carried ORDER BY model;
RESET timezone;
RESET datestyle;
RESET extra_float_digits;
-- what is the same in the registry, and what is of here: who, when, its status; names that could be looked up are told, not used
SELECT count(*), bool_and((to_jsonb(a) - '{model,status,relation,arguments,created_at,created_by}'::text[]) = (to_jsonb(b) - '{model,status,relation,arguments,created_at,created_by}'::text[])) AS same
FROM mlops.model_versions AS a JOIN mlops.model_versions AS b ON b.model = 'copy of ' || a.model;
SELECT status, relation, query, created_by, comment, arguments #- '{origin,trained_at}' -> 'origin' AS origin, arguments->>'keep_training_data' AS kept
FROM mlops.model_versions WHERE model = 'copy of two';
SELECT model, owner, created_by FROM mlops.models WHERE model LIKE 'copy of t%' ORDER BY model;
SELECT mlops.predict(7, 'copy of two@v1');
\echo :SQLSTATE

-- the way to production: the importer asks, another one approves
SET SESSION AUTHORIZATION regress_mlops_cat;
SELECT mlops.approve_model('copy of two', 1);
\echo :SQLSTATE
SELECT mlops.request_approval('copy of two', 1);
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_ann;
SELECT mlops.request_approval('copy of two', 1);
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_bob;
SELECT mlops.request_approval('copy of two', 1, 'measured on the server for tests'), mlops.request_approval('copy of two', 1);
SELECT mlops.deploy_model('copy of two', 1);
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT mlops_approver TO regress_mlops_bob;
SET SESSION AUTHORIZATION regress_mlops_bob;
SELECT mlops.approve_model('copy of two', 1);
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_cat;
SELECT mlops.approve_model('copy of two', 1), mlops.deploy_model('copy of two');
RESET SESSION AUTHORIZATION;
SELECT count(DISTINCT mlops.predict('copy of two', f)) > 10 AS serves FROM f;
SELECT mlops.request_approval('copy of two', 1);
\echo :SQLSTATE
SELECT mlops.request_approval('copy of two', 9);
\echo :SQLSTATE
-- who asked cannot approve either, whoever imported; a candidate can be rejected and archived
SELECT mlops.request_approval('copy of three', 1);
SELECT mlops.approve_model('copy of three', 1);
\echo :SQLSTATE
SELECT mlops.reject_model('copy of hot', 1, 'not needed'), mlops.archive_model('copy of rank', 1);
SELECT e.actor = session_user AS me, e.actor, m.name, e.version, e.kind, e.detail FROM mlops.model_event AS e JOIN mlops.model AS m USING (model_id)
WHERE m.name IN ('two', 'copy of two', 'copy of three') AND kind <> 'model.exported' ORDER BY event_id;
SELECT m.name, count(*) FROM mlops.model_event AS e JOIN mlops.model AS m USING (model_id) WHERE kind = 'model.exported' GROUP BY m.name ORDER BY m.name;

-- whose model it is: a further version of one's own, not of another's, not of another task
SET SESSION AUTHORIZATION regress_mlops_bob;
SELECT mlops.import_model('copy of two', data, 'again') FROM carried WHERE model = 'two';
SELECT version, status, comment FROM mlops.model_versions WHERE model = 'copy of two' ORDER BY version;
SELECT mlops.import_model('two', data) FROM carried WHERE model = 'two';
\echo :SQLSTATE
SELECT mlops.import_model('copy of two', data) FROM carried WHERE model = 'number';
\echo :SQLSTATE
SELECT mlops.import_model('a@b', data) FROM carried WHERE model = 'number';
\echo :SQLSTATE
SELECT mlops.import_model(NULL, data) FROM carried WHERE model = 'number';
\echo :SQLSTATE
SELECT mlops.import_model('x', NULL);
\echo :SQLSTATE
SELECT mlops.export_model('nobody');
\echo :SQLSTATE
SELECT mlops.export_model('number');
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_ann;
SELECT mlops.export_model('copy of two') IS NOT NULL;
\echo :SQLSTATE
SELECT mlops.import_model('x', data) FROM carried WHERE model = 'two';
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_cat;
SELECT mlops.export_model('copy of two') IS NOT NULL;
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
BEGIN READ ONLY;
SELECT mlops.import_model('x', data) FROM carried WHERE model = 'two';
\echo :SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT mlops.export_model('two@v1') IS NOT NULL;
\echo :SQLSTATE
ROLLBACK;
-- more than a value can hold is told before it is made; what is stored is checked
BEGIN;
UPDATE mlops.model_version SET n_bytes = 2000000000 WHERE model_id = mlops._model_id('two');
DO $$
BEGIN
	PERFORM mlops.export_model('two@v1');
EXCEPTION WHEN program_limit_exceeded THEN
	RAISE WARNING '% %', SQLSTATE, regexp_replace(SQLERRM, ' 20000\d{5} ', ' 2 * 10^9 ');
END
$$;
UPDATE mlops.model_version SET n_bytes = 1000 WHERE model_id = mlops._model_id('two');
SELECT mlops.export_model('two@v1') IS NOT NULL;
\echo :SQLSTATE
ROLLBACK;
BEGIN;
UPDATE mlops.model_blob SET data = set_byte(data, 9, 1) WHERE model_id = mlops._model_id('two') AND chunk = 1;
SELECT mlops.export_model('two@v1') IS NOT NULL;
\echo :SQLSTATE
ROLLBACK;
-- of an import that is rolled back nothing stays
BEGIN;
SELECT mlops.import_model('gone', data) FROM carried WHERE model = 'two';
ROLLBACK;
SELECT count(*) FROM mlops.models WHERE model = 'gone';

SELECT mlops.reject_model('copy of two', 1, 'end');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE f, carried;
DROP FUNCTION train;
DROP ROLE regress_mlops_ann, regress_mlops_bob, regress_mlops_cat;
SELECT mlops.drop_roles() IS NOT NULL AS dropped;
