-- Target encoding orders levels by their mean target and never tells a training row its own: an id-like
-- category teaches nothing; missing and unseen levels are the prior; the same rows give the same bytes.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = -9;
-- a tree of few leaves on all rows, or many such trees; by default of a feature l
CREATE FUNCTION encoded(query text, leaves int DEFAULT 3, preprocess jsonb DEFAULT '{"l": {"encode": "target"}}', task text DEFAULT 'classification',
	n_trees int DEFAULT 1, weight_column text DEFAULT NULL, sampling text DEFAULT 'none', id_column text DEFAULT 'id') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT t.model || '@v' || t.version FROM mlops.train_model('enc_' || task, query => query, target => 'y', task => task, test_sampling => sampling, id_column => id_column,
		entity_column => CASE sampling WHEN 'entity' THEN 'who' END, weight_column => weight_column, preprocess => preprocess,
		hyperparams => jsonb_build_object('n_estimators', n_trees, 'bootstrap', n_trees > 1, 'max_features', NULL, 'max_leaf_nodes', leaves, 'random_state', 1)) AS t);
END
$$;
CREATE FUNCTION answers(model text, levels text[]) RETURNS numeric[] LANGUAGE sql AS $$
	SELECT array_agg(round(mlops.predict(model, jsonb_build_object('l', l))::numeric, 4) ORDER BY n) FROM unnest(levels) WITH ORDINALITY AS u (l, n) $$;
CREATE FUNCTION n_forests(VARIADIC models text[]) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(DISTINCT digest) FROM mlops.model_versions WHERE model || '@v' || version = ANY (models) $$;

-- of 200 rows a level 180, 100 and 20 are positive: they are in this order, whatever their bytes; a half of all rows is
CREATE TABLE three AS SELECT 200 * n + i AS id, l, i <= p AS y FROM (VALUES (0, 'b', 180), (1, 'c', 100), (2, 'a', 20)) AS v (n, l, p), generate_series(1, 200) AS i;
SELECT encoded('TABLE three') AS model \gset
SELECT answers(:'model', '{b,c,a,NULL,new}') AS b_c_a_null_new;
-- missing training rows, 100 of them and all true: with "mode" they are a, the first of the most frequent, and make it 120 of 300
CREATE TABLE holes AS TABLE three UNION ALL SELECT 1000 + i, NULL, true FROM generate_series(1, 100) AS i;
SELECT encoded('TABLE holes', preprocess => '{"l": {"encode": "target", "impute": "mode"}}') AS model \gset
SELECT answers(:'model', '{b,c,a,NULL}') AS b_c_a_null;
-- regression: the mean; the levels are in the order of 1, 5, 9
SELECT encoded('SELECT id, l, CASE l WHEN ''b'' THEN 9 WHEN ''c'' THEN 1 ELSE 5 END + id % 2 AS y FROM three', task => 'regression') AS model \gset
SELECT answers(:'model', '{b,c,a,NULL}') AS b_c_a_null;
-- more classes: a column for each, one feature of the model; probabilities of x, y, z
SELECT encoded('SELECT id, l, CASE l WHEN ''b'' THEN ''x'' WHEN ''c'' THEN ''y'' ELSE ''z'' END AS y FROM three') AS model \gset
SELECT l, mlops.predict_proba(:'model', jsonb_build_object('l', l)) FROM unnest('{b,c,a}'::text[]) AS l;
SELECT count(*), min(feature) FROM mlops.feature_importance(:'model');
-- weights count: unweighted, both levels are at 0.5; a unit of the weights plays no part
CREATE TABLE heavy AS SELECT i AS id, CASE WHEN i % 4 < 2 THEN 'a' ELSE 'b' END AS l, i % 2 = 0 AS y, CASE WHEN i % 4 IN (0, 3) THEN 9.0 ELSE 1.0 END AS w FROM generate_series(1, 400) AS i;
SELECT encoded('TABLE heavy', 2, weight_column => 'w') AS model, encoded('SELECT id, l, y, 1024 * w AS w FROM heavy', 2, weight_column => 'w') AS scaled \gset
SELECT answers(:'model', '{a,b}') AS weighted, n_forests(:'model', :'scaled') AS forests;

-- a row never has a share in its own code.  Each row its own level: all codes are the prior, so there is nothing to split,
-- and a level that was never seen is the prior, too
CREATE TABLE ids AS SELECT i AS id, 'u' || i AS l, i % 2 = 0 AS y FROM generate_series(1, 1000) AS i;
SELECT encoded('TABLE ids', 16) AS model \gset
SELECT roc_auc FROM mlops.evaluate(:'model', 'SELECT l, y FROM ids');
SELECT answers(:'model', '{u1,u2,new,NULL}');
-- two rows a level, their targets by chance: what the tree learned of them is chance, far from what it would be with their own
-- targets, where levels of twice true, by their own targets, are 1, and of twice false 0
CREATE TABLE pairs AS SELECT i AS id, 'u' || i / 2 AS l, hashint4(i) % 2 = 0 AS y FROM generate_series(1, 2000) AS i;
SELECT encoded('TABLE pairs', 4) AS model \gset
SELECT max(p) - min(p) < 0.15 AS knows_little FROM pairs, mlops.predict(:'model', jsonb_build_object('l', l)) AS p;
-- with test_sampling "entity" an entity is in one fold: if it is also the level, there are no codes but the priors of five folds
SELECT encoded('SELECT *, l AS who FROM pairs', 16, sampling => 'entity') AS model \gset
SELECT importance_weight <= 4 AS at_most_five_codes FROM mlops.feature_importance(:'model');

-- the same bytes for rows in another order, for two workers and none, and from the version's row
CREATE TABLE mixed AS TABLE holes ORDER BY hashint4(id);
SELECT encoded('TABLE holes', 8, n_trees => 4000) AS model, encoded('TABLE mixed', 8, n_trees => 4000) AS shuffled \gset
SET max_parallel_maintenance_workers = 0;
SELECT encoded('TABLE holes', 8, n_trees => 4000) AS alone,
	encoded('TABLE holes', 8, n_trees => 4000, preprocess => (SELECT arguments->'preprocess' FROM mlops.model_versions WHERE model || '@v' || version = :'model')) AS again \gset
RESET max_parallel_maintenance_workers;
SELECT n_forests(:'model', :'shuffled', :'alone', :'again') AS forests;
-- without an id a row is known by its number
SELECT encoded('SELECT l, y FROM holes', id_column => NULL) AS one, encoded('SELECT l, y FROM holes', id_column => NULL) AS two \gset
SELECT n_forests(:'one', :'two') AS forests;
-- a search shares the encoding between its folds; what it grows in the end is what its hyperparameters grow without it
SELECT status FROM mlops.train_model('sought', 'holes', 'y', id_column => 'id', preprocess => '{"l": {"encode": "target"}}', search => 'grid', search_params => '{"max_depth": [1, 3]}',
	search_args => '{"cv": 3}', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT status FROM mlops.train_model('sought', 'holes', 'y', id_column => 'id', preprocess => '{"l": {"encode": "target"}}',
	hyperparams => (SELECT hyperparams FROM mlops.model_versions WHERE model = 'sought'));
SELECT n_forests('sought@v1', 'sought@v2') AS forests;
-- test rows have the codes that predict gives them
CREATE TABLE held AS SELECT *, id % 3 = 0 AS is_held FROM holes;
SELECT round((metrics->>'roc_auc')::numeric, 9) AS roc_auc FROM mlops.train_model('held', 'held', 'y', exclude => '{id}', split_column => 'is_held', test_sampling => 'custom',
	preprocess => '{"l": {"encode": "target"}}', hyperparams => '{"random_state": 1, "n_estimators": 5}') \gset
SELECT round(roc_auc::numeric, 9) = :roc_auc AS same FROM mlops.evaluate('held@v1', 'SELECT l, y FROM held WHERE is_held');

-- five folds need five rows, or entities
SELECT encoded('SELECT * FROM three WHERE id IN (1, 181, 201, 401)');
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model IN ('enc_classification', 'enc_regression', 'held', 'sought');
DROP TABLE three, holes, heavy, ids, pairs, mixed, held;
DROP FUNCTION answers(text, text[]), encoded, n_forests;
