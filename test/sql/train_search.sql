-- Search for hyperparameters: trials, folds, the winner.
\set SHOW_CONTEXT never
SET extra_float_digits = -9;
CREATE TABLE s AS
SELECT i AS id, h % 1000 AS x, CASE WHEN i % 7 > 0 THEN k % 500 END AS z, h % 1000 + k % 900 > 950 AS y,
	(h % 1000) * 2 + k % 500 AS v, 'level ' || (h % 1000) / 334 AS l, i / 4 AS e
FROM generate_series(1, 2000) AS i, LATERAL (SELECT hashint4(i) & 1048575 AS h, hashint4(i + 50000) & 1048575 AS k) AS s;
-- all of a grid, the last key fastest; the winner is refitted on all training rows
SELECT status FROM mlops.train_model('g', 's', 'y', features => '{x,z}', id_column => 'id', hyperparams => '{"n_estimators": 10, "random_state": 1}',
	search => 'grid', search_params => '{"max_depth": [2, null], "min_samples_leaf": [1, 10, 0.05]}');
SELECT trial, params, cardinality(fold_scores) AS cv, is_best FROM mlops.trial_info('g@v1');
SELECT count(*) FILTER (WHERE is_best) AS best, bool_and(mean <= (SELECT max(mean) FROM mlops.trial_info('g@v1'))) AND max(mean) FILTER (WHERE is_best) = max(mean) AS is_greatest,
	bool_and(abs(mean - (SELECT avg(f) FROM unnest(fold_scores) AS f)) < 1e-12) AS means, bool_and(abs(spread - (SELECT stddev_pop(f) FROM unnest(fold_scores) AS f)) < 1e-9) AS spreads
FROM mlops.trial_info('g@v1');
SELECT v.hyperparams @> t.params AS has_params, v.hyperparams->'n_estimators' AS n_estimators, v.n_train_rows FROM mlops.trial_info('g@v1') AS t, mlops.model_versions AS v WHERE t.is_best;
SELECT status FROM mlops.train_model('g', 's', 'y', features => '{x,z}', id_column => 'id', hyperparams => (SELECT v.hyperparams FROM mlops.model_versions AS v));
SELECT count(DISTINCT digest) AS forests, count(trials) AS searches FROM mlops.model_version;
-- the same search gives the same trials; a drawn one takes none twice and is the same for a seed
SELECT status FROM mlops.train_model('g', 's', 'y', features => '{x,z}', id_column => 'id', hyperparams => '{"n_estimators": 10, "random_state": 1}',
	search => 'grid', search_params => '{"max_depth": [2, null], "min_samples_leaf": [1, 10, 0.05]}');
SELECT count(*) FROM mlops.trial_info('g@v1') AS a JOIN mlops.trial_info('g@v3') AS b USING (trial, params, fold_scores, mean, spread, is_best);
SELECT status FROM mlops.train_model('r', 's', 'v', task => 'regression', features => '{x,z}', id_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}',
	search => 'random', search_args => '{"cv": 3, "n_iter": 7}', search_params => '{"max_depth": [1, 2, 3, 4, 5], "max_features": ["sqrt", null]}', metric => 'rmse');
SELECT count(*), count(DISTINCT params) AS distinct, min(mean) = min(mean) FILTER (WHERE is_best) AS least_is_best, max(params->>'max_depth') FILTER (WHERE is_best) AS depth FROM mlops.trial_info('r@v1');
SELECT status FROM mlops.train_model('r', 's', 'v', task => 'regression', features => '{x,z}', id_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}',
	search => 'random', search_params => '{"max_depth": [1, 2]}');
SELECT count(*), sum((params->>'max_depth')::int) FROM mlops.trial_info('r@v2');
-- many classes, class weights, whole entities in a fold
SELECT status FROM mlops.train_model('m', 's', 'l', features => '{x,z}', id_column => 'id', entity_column => 'e', test_sampling => 'entity',
	hyperparams => '{"n_estimators": 5, "random_state": 1}', search => 'grid', search_args => '{"n_folds": 2}',
	search_params => '{"class_weight": [null, "balanced", {"level 1": 5}], "num_trees": [3]}');
SELECT status FROM mlops.train_model('m', 's', 'l', features => '{x,z}', id_column => 'id', entity_column => 'e', test_sampling => 'entity',
	hyperparams => '{"random_state": 1}', search => 'grid', search_args => '{"n_folds": 2}',
	search_params => '{"class_weight": [null, "balanced", {"level 1": 5}], "num_trees": [3]}', metric => 'accuracy');
SELECT trial, params, cardinality(fold_scores) AS cv FROM mlops.trial_info('m@v1');
-- the arguments are kept with their defaults
SELECT model, version, arguments->>'search' AS search, arguments->'search_args' AS search_args, arguments->>'metric' AS metric
FROM mlops.model_versions WHERE version < 3 ORDER BY model, version;
SELECT count(*) FROM mlops.trial_info('g@v2');
-- a class of three rows: some folds have none, so no trial has a score
SELECT mlops.train_model('few', query => 'SELECT id, x, id <= 3 AS y FROM s', target => 'y', id_column => 'id', hyperparams => '{"n_estimators": 2, "random_state": 1}',
	search => 'grid', search_params => '{"max_depth": [1]}');
\echo :SQLSTATE
-- what cannot be
SELECT mlops.train_model('x', 's', 'y', search => 'bayes');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '[1]');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": 3}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": []}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depht": [3]}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": [3, 0]}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_bins": [10, 20]}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"nbins": [10, 20]}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": [3]}', search_args => '{"cv": 1}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": [3]}', search_args => '{"n_iter": 4}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": [3]}', search_args => '{"folds": 4}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => '{"max_depth": [3]}', metric => 'rmse');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', metric => 'rmse');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search_params => '{"max_depth": [3]}');
\echo :SQLSTATE
SELECT mlops.train_model('x', 's', 'y', search => 'grid', search_params => jsonb_build_object('max_depth', (SELECT jsonb_agg(i) FROM generate_series(1, 101) AS i),
	'min_samples_leaf', (SELECT jsonb_agg(i) FROM generate_series(1, 100) AS i)));
\echo :SQLSTATE
SELECT mlops.train_model('x', query => 'SELECT * FROM s WHERE id <= 4', target => 'v', task => 'regression', search => 'grid', search_params => '{"max_depth": [3]}');
\echo :SQLSTATE
SELECT mlops.trial_info('nobody');
\echo :SQLSTATE
SELECT count(*) FROM mlops.model_version WHERE model_id NOT IN (SELECT model_id FROM mlops.model WHERE name IN ('g', 'r', 'm'));
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE s;
