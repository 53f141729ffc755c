-- Out-of-bag metrics: the training rows by the trees that did not draw them.
\set SHOW_CONTEXT never
CREATE TABLE bags AS
SELECT i AS id, h % 1000 AS x, CASE WHEN i % 7 > 0 THEN k % 500 END AS z, 'c' || k % 30 AS c, h % 1000 + k % 900 > 950 AS y,
	(h % 1000) * 2 + k % 500 AS v, 'level ' || (h % 1000) / 334 AS l, 1 + i % 3 AS w
FROM generate_series(1, 4000) AS i, LATERAL (SELECT hashint4(i) & 1048575 AS h, hashint4(i + 50000) & 1048575 AS k) AS s;
-- near the metrics of the test part, and nothing else of the model changes
SELECT status FROM mlops.train_model('two', 'bags', 'y', features => '{x,z,c}', id_column => 'id', hyperparams => '{"n_estimators": 60, "random_state": 1, "oob_score": true}');
SELECT status FROM mlops.train_model('two', 'bags', 'y', features => '{x,z,c}', id_column => 'id', hyperparams => '{"n_estimators": 60, "random_state": 1}');
SELECT version, hyperparams->'oob_score' AS oob_score, metrics ? 'oob' AS has_oob, digest = lead(digest, 1, digest) OVER (ORDER BY version) AS same_model
FROM mlops.model_versions WHERE model = 'two' ORDER BY version;
SELECT (metrics->'oob'->>'n_rows')::int = n_train_rows AS all_rows, abs((metrics->'oob'->>'roc_auc')::float8 - (metrics->>'roc_auc')::float8) < 0.02 AS near,
	(metrics->'oob'->>'roc_auc')::float8 < 0.995 AS is_honest,
	ARRAY(SELECT jsonb_object_keys(metrics->'oob') EXCEPT SELECT jsonb_object_keys(metrics)) AS other_names
FROM mlops.model_versions WHERE model = 'two' AND version = 1;
-- two classes have DeLong's interval of roc_auc, which is narrower with more rows; weights and more classes have none
SELECT (metrics->>'roc_auc_ci_low')::float8 < (metrics->>'roc_auc')::float8 AND (metrics->>'roc_auc')::float8 < (metrics->>'roc_auc_ci_high')::float8 AS around,
	(metrics->'oob'->>'roc_auc_ci_high')::float8 - (metrics->'oob'->>'roc_auc_ci_low')::float8
		< (metrics->>'roc_auc_ci_high')::float8 - (metrics->>'roc_auc_ci_low')::float8 AS narrower
FROM mlops.model_versions WHERE model = 'two' AND version = 1;
SELECT metrics->'roc_auc_ci_low' AS weighted FROM mlops.train_model('w', 'bags', 'y', features => '{x,z,c}', weight_column => 'w', hyperparams => '{"n_estimators": 2, "random_state": 1}');
-- regression, many classes, weights, no test part
SELECT status FROM mlops.train_model('value', 'bags', 'v', task => 'regression', features => '{x,z}', weight_column => 'w', id_column => 'id',
	hyperparams => '{"n_estimators": 60, "random_state": 1, "oob_score": true}');
SELECT status FROM mlops.train_model('many', 'bags', 'l', features => '{x,z}', test_sampling => 'none', id_column => 'id',
	hyperparams => '{"n_estimators": 60, "random_state": 1, "oob_score": true, "class_weight": "balanced_subsample"}');
SELECT model, metrics->'n_rows' AS n_rows, (metrics->'oob'->>'n_rows')::float8 BETWEEN n_train_rows AND 2.1 * n_train_rows AS all_rows,
	(metrics->'oob'->>'r2_score')::float8 > 0.95 AS good_fit, (metrics->'oob'->>'accuracy')::float8 > 0.98 AS good_classes
FROM mlops.model_versions WHERE model IN ('value', 'many') ORDER BY model;
-- a row that all trees drew has no prediction; with one tree that is 63 %
SELECT metrics->'oob'->'n_rows' AS n_rows FROM mlops.train_model('few', 'bags', 'y', features => '{x}', test_sampling => 'none', id_column => 'id',
	hyperparams => '{"n_estimators": 1, "random_state": 1, "oob_score": true}');
SELECT metrics->'oob'->'n_rows' AS n_rows FROM mlops.train_model('few', 'bags', 'y', features => '{x}', test_sampling => 'none', id_column => 'id',
	hyperparams => '{"n_estimators": 1, "random_state": 1, "oob_score": true, "max_samples": 40}');
-- what cannot be
SELECT mlops.train_model('few', 'bags', 'y', features => '{x}', hyperparams => '{"oob_score": true, "bootstrap": false}');
\echo :SQLSTATE
SELECT mlops.train_model('few', 'bags', 'y', features => '{x}', hyperparams => '{"oob_score": 1}');
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE bags;
