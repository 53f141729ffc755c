-- Each hyperparameter has its default, both bounds, its aliases and an error for a slip; what was
-- used is stored under its own name, whatever it was called by.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE flat AS SELECT i, i % 7 AS x, i % 3 AS u, i % 5 AS v, i % 11 AS t, (i % 7 > 3)::text AS y, i::float8 AS z
	FROM generate_series(1, 60) AS i;
-- what is stored of a call; two statements, because a version is not visible to the one that makes it
CREATE FUNCTION stored(hyperparams jsonb, target text DEFAULT 'y', start jsonb DEFAULT '{"n_estimators": 1, "random_state": 1}')
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb;
BEGIN
	PERFORM mlops.train_model('h' || target, 'flat', target, exclude => CASE target WHEN 'y' THEN '{i,z}' ELSE '{i,y}' END::text[],
		hyperparams => start || $1);
	SELECT v.hyperparams INTO result FROM mlops.model_versions AS v WHERE model = 'h' || stored.target ORDER BY version DESC LIMIT 1;
	RETURN result;
END
$$;

-- defaults, all of them in the row of the version; a random state is drawn
SELECT jsonb_pretty(h - 'random_state'), jsonb_typeof(h->'random_state') FROM stored('{}', start => '{}') AS h;
SELECT h->'criterion' AS criterion, h->'max_features' AS max_features FROM stored('{}', 'z', '{}') AS h;
SELECT stored('{}', start => '{}')->'random_state' <> stored('{}', start => '{}')->'random_state' AS drawn_anew;

-- bounds
SELECT stored('{"n_estimators": 1}')->'n_estimators';
SELECT stored('{"n_estimators": 0}');
\echo :SQLSTATE
SELECT stored('{"n_estimators": 100001}');
\echo :SQLSTATE
SELECT stored('{"n_estimators": 1.5}');
\echo :SQLSTATE
SELECT stored('{"n_estimators": "10"}');
\echo :SQLSTATE
SELECT stored('{"n_estimators": null}')->'n_estimators';
SELECT stored('{"criterion": "entropy"}')->'criterion', stored('{"criterion": "log_loss"}')->'criterion',
	stored('{"criterion": "squared_error"}', 'z')->'criterion';
SELECT stored('{"criterion": "squared_error"}');
\echo :SQLSTATE
SELECT stored('{"criterion": "gini"}', 'z');
\echo :SQLSTATE
SELECT stored('{"criterion": "ginni"}');
\echo :SQLSTATE
SELECT stored('{"criterion": 1}');
\echo :SQLSTATE
SELECT stored('{"max_depth": 1}')->'max_depth', stored('{"max_depth": null}')->'max_depth';
SELECT stored('{"max_depth": 0}');
\echo :SQLSTATE
SELECT stored('{"max_features": "sqrt"}')->'max_features', stored('{"max_features": "log2"}')->'max_features',
	stored('{"max_features": 1}')->'max_features', stored('{"max_features": 99}')->'max_features',
	stored('{"max_features": 0.5}')->'max_features', stored('{"max_features": 0.1}', 'z')->'max_features';
SELECT stored('{"max_features": 1.0}');
\echo :SQLSTATE
SELECT stored('{"max_features": 0}');
\echo :SQLSTATE
SELECT stored('{"max_features": -0.5}');
\echo :SQLSTATE
SELECT stored('{"max_features": "auto"}');
\echo :SQLSTATE
SELECT stored('{"min_samples_split": 2}')->'min_samples_split', stored('{"min_samples_split": 0.1}')->'min_samples_split';
SELECT stored('{"min_samples_split": 1}');
\echo :SQLSTATE
SELECT stored('{"min_samples_split": 1.0}');
\echo :SQLSTATE
SELECT stored('{"min_samples_leaf": 1}')->'min_samples_leaf', stored('{"min_samples_leaf": 0.49}')->'min_samples_leaf';
SELECT stored('{"min_samples_leaf": 0}');
\echo :SQLSTATE
SELECT stored('{"max_leaf_nodes": 2}')->'max_leaf_nodes';
SELECT stored('{"max_leaf_nodes": 1}');
\echo :SQLSTATE
SELECT stored('{"bootstrap": false}')->'bootstrap';
SELECT stored('{"bootstrap": 0}');
\echo :SQLSTATE
SELECT stored('{"max_samples": 10}')->'max_samples', stored('{"max_samples": 0.5}')->'max_samples';
SELECT stored('{"max_samples": 46}');
\echo :SQLSTATE
SELECT stored('{"max_samples": 1.0}');
\echo :SQLSTATE
SELECT stored('{"max_samples": 10, "bootstrap": false}');
\echo :SQLSTATE
SELECT stored('{"class_weight": "balanced"}')->'class_weight', stored('{"class_weight": "balanced_subsample"}')->'class_weight',
	stored('{"class_weight": {"true": 2}}')->'class_weight';
SELECT stored('{"class_weight": "balance"}');
\echo :SQLSTATE
SELECT stored('{"class_weight": {"maybe": 2}}');
\echo :SQLSTATE
SELECT stored('{"class_weight": {"true": 0}}');
\echo :SQLSTATE
SELECT stored('{"class_weight": {"true": "2"}}');
\echo :SQLSTATE
SELECT stored('{"class_weight": [1, 2]}');
\echo :SQLSTATE
SELECT stored('{"class_weight": "balanced"}', 'z');
\echo :SQLSTATE
SELECT stored('{"random_state": -9223372036854775808}')->'random_state', stored('{"random_state": 9223372036854775807}')->'random_state';
SELECT stored('{"random_state": 9223372036854775808}');
\echo :SQLSTATE
SELECT stored('{"random_state": 0.5}');
\echo :SQLSTATE
SELECT stored('{"max_bins": 2}')->'max_bins', stored('{"max_bins": 65535}')->'max_bins';
SELECT stored('{"max_bins": 1}');
\echo :SQLSTATE
SELECT stored('{"max_bins": 65536}');
\echo :SQLSTATE
SELECT stored('{"oob_score": false}')->'oob_score';

-- other names with the same meaning
SELECT a.alias, stored(jsonb_build_object(a.alias, a.value), start => '{"max_depth": null}'::jsonb - a.name)->a.name AS stored
FROM (VALUES ('max_tree_depth', 'max_depth', 3), ('num_random_features', 'max_features', 2), ('mtry', 'max_features', 2),
	('rfor_mtry', 'max_features', 2), ('colsample_bynode', 'max_features', 2), ('min_split', 'min_samples_split', 4),
	('min_bucket', 'min_samples_leaf', 4), ('sample_ratio', 'max_samples', 5), ('sampling_size', 'max_samples', 5),
	('rfor_sampling_ratio', 'max_samples', 5), ('num_splits', 'max_bins', 9), ('nbins', 'max_bins', 9),
	('num_trees', 'n_estimators', 3), ('ntree', 'n_estimators', 3), ('rfor_num_trees', 'n_estimators', 3),
	('num_parallel_tree', 'n_estimators', 3), ('seed', 'random_state', 3)) AS a (alias, name, value);

-- slips
SELECT stored('{"n_estimater": 10}');
\echo :SQLSTATE
SELECT stored('{"max_dept": 10}');
\echo :SQLSTATE
SELECT stored('{"mtri": 10}');
\echo :SQLSTATE
SELECT stored('{"something_else": 10}');
\echo :SQLSTATE
SELECT stored('{"max_depth": 3, "max_tree_depth": 3}');
\echo :SQLSTATE
SELECT stored('{"subsample": 0.5}');
\echo :SQLSTATE
SELECT stored('{"learning_rate": 0.5}');
\echo :SQLSTATE
SELECT stored('{"colsample_bytree": 0.5}');
\echo :SQLSTATE
SELECT stored('{"ccp_alpha": 0.5}');
\echo :SQLSTATE
SELECT stored('{"min_impurity_decrease": 0.5}');
\echo :SQLSTATE
SELECT stored('{"monotonic_cst": [1]}');
\echo :SQLSTATE
SELECT mlops.train_model('hy', 'flat', 'y', hyperparams => '[1]');
\echo :SQLSTATE
SELECT mlops.train_model('hy', 'flat', 'y', hyperparams => '"n_estimators"');
\echo :SQLSTATE

SELECT count(*) FROM (SELECT mlops.drop_model(model) FROM mlops.models WHERE model IN ('hy', 'hz')) AS t;
DROP FUNCTION stored;
DROP TABLE flat;
