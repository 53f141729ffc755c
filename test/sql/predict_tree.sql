-- The rows of mlops.tree are the forest: a walk over them in SQL, summed in the order of the trees and divided by
-- their number, is what predict answers, to the last bit, for every kind of column and of preprocessing.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE t (id int, x float8, flag bool, job text, note text, z float8, two bool, three text, money float8);
INSERT INTO t SELECT i, CASE WHEN i % 7 > 0 THEN sin(i) * 40 END, i % 3 = 0, CASE i % 6 WHEN 0 THEN 'clerk' WHEN 1 THEN 'boss' WHEN 2 THEN '' WHEN 3 THEN 'smith' END,
	'n' || i % 40, i % 11, (i % 40 > 20) <> (i % 4 = 1), CASE (i + i / 9) % 5 WHEN 0 THEN 'no' WHEN 1 THEN 'perhaps' ELSE 'yes' END, i % 11 + cos(i) + (i % 6) * 3 FROM generate_series(1, 500) AS i;
-- what is asked: rows of the table, and some with what training never saw
CREATE TABLE asked AS SELECT id, x, flag, job, note, z FROM t WHERE id <= 300;
INSERT INTO asked SELECT 1000 + i, (ARRAY[NULL, 'NaN', 'Infinity', '-Infinity', -0.0, 1e308]::float8[])[1 + i % 6], CASE i % 3 WHEN 0 THEN true WHEN 1 THEN false END,
	(ARRAY['clerk', NULL, 'baker', '', 'Clerk'])[1 + i % 5], (ARRAY['n1', 'n39', NULL, 'n999'])[1 + i % 4], CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 60) AS i;
CREATE TABLE asked_values AS
	SELECT id, v.* FROM asked, LATERAL (VALUES ('x', x, NULL), ('flag', flag::int::float8, NULL), ('z', z, NULL), ('job', NULL, job), ('note', NULL, note)) AS v (feature, number, level);
CREATE TABLE cases (name text, target text, task text, preprocess jsonb, params jsonb);
INSERT INTO cases VALUES
	('plain two', 'two', 'classification', '{}', '{}'),
	('weighted two', 'two', 'classification', '{}', '{"class_weight": "balanced_subsample"}'),
	('plain three', 'three', 'classification', '{}', '{}'),
	('plain number', 'money', 'regression', '{}', '{}'),
	('many leaves', 'money', 'regression', '{}', '{"bootstrap": false, "max_features": null}'),
	('a stump', 'three', 'classification', '{}', '{"max_depth": 1}'),
	('one hot', 'three', 'classification', '{"job": {"encode": "one_hot"}, "note": {"encode": "one_hot", "impute": "mode"}}', '{}'),
	('ranks', 'money', 'regression', '{"job": {"encode": "ordinal"}, "note": {"encode": "ordinal", "impute": "mode"}, "x": {"impute": "median"}}', '{}'),
	('target of two', 'two', 'classification', '{"note": {"encode": "target"}, "job": {"encode": "target", "impute": "mode"}, "z": {"impute": "max"}}', '{}'),
	('target of three', 'three', 'classification', '{"note": {"encode": "target"}, "job": {"encode": "target"}}', '{}'),
	('target of number', 'money', 'regression', '{"note": {"encode": "target"}, "x": {"impute": "zero"}}', '{}');
SELECT c.name, m.version FROM cases AS c, LATERAL mlops.train_model(c.name, query => format('SELECT x, flag, job, note, z, %I FROM t', c.target), target => c.target, task => c.task,
	preprocess => c.preprocess, hyperparams => '{"n_estimators": 9, "random_state": 1}'::jsonb || c.params) AS m ORDER BY c.name;
CREATE TABLE nodes AS SELECT c.name, n AS tree, t.* FROM cases AS c, generate_series(1, 9) AS n, mlops.tree(c.name || '@v1', n) AS t;

CREATE UNIQUE INDEX ON nodes (name, tree, node);
CREATE UNIQUE INDEX ON asked_values (id, feature);
ANALYZE nodes, asked_values;

CREATE TABLE walked AS
WITH RECURSIVE walk AS (
	SELECT c.name, a.id, n AS tree, 0 AS node FROM cases AS c, asked AS a, generate_series(1, 9) AS n
	UNION ALL
	SELECT w.name, w.id, w.tree, CASE WHEN
		CASE WHEN v.number IS NULL AND v.level IS NULL OR v.number = 'NaN' THEN n.missing_goes_left
			WHEN v.number IS NOT NULL THEN v.number <= n.threshold
			WHEN v.level = ANY (n.left_categories) THEN true
			WHEN v.level = ANY (n.right_categories) THEN false
			ELSE n.unseen_goes_left END
		THEN n.left_child ELSE n.right_child END
	FROM walk AS w JOIN nodes AS n USING (name, tree, node) JOIN asked_values AS v ON v.id = w.id AND v.feature = n.feature
)
SELECT w.name, w.id, sum(n.value[1] ORDER BY tree) / 9 AS first, sum(n.value[2] ORDER BY tree) / 9 AS second, sum(n.value[3] ORDER BY tree) / 9 AS third, count(*) AS trees
FROM walk AS w JOIN nodes AS n USING (name, tree, node) WHERE n.value IS NOT NULL GROUP BY w.name, w.id;
SELECT w.name, count(*) AS rows, count(DISTINCT w.first) > 1 AS varied, bool_and(w.trees = 9) AS all_trees, bool_and(CASE c.target
		WHEN 'two' THEN w.second = mlops.predict(w.name || '@v1', a) AND ARRAY[1 - w.second, w.second] = mlops.predict_proba(w.name || '@v1', a)
		WHEN 'three' THEN ARRAY[w.first, w.second, w.third] = mlops.predict_proba(w.name || '@v1', a)
		ELSE w.first = mlops.predict(w.name || '@v1', a) END) AS same
FROM walked AS w JOIN cases AS c USING (name) JOIN asked AS a USING (id) GROUP BY w.name ORDER BY w.name;
-- what the rows look like: numbered in preorder, each child once, what does not apply is NULL
SELECT name, bool_and(left_child = node + 1) AS preorder, bool_and(right_child > left_child) AS right_behind, bool_and((left_child IS NULL) = (right_child IS NULL)) AS both,
	bool_and((value IS NOT NULL) = (left_child IS NULL)) AS leaves, bool_and((threshold IS NULL) <> (left_categories IS NULL)) FILTER (WHERE value IS NULL) AS one_kind,
	bool_and((left_categories IS NULL) = (right_categories IS NULL) AND (left_categories IS NULL) = (unseen_goes_left IS NULL)) AS lists
FROM nodes GROUP BY name ORDER BY name;
SELECT count(*) AS wrong_depths FROM nodes AS p JOIN nodes AS c ON c.name = p.name AND c.tree = p.tree AND c.node IN (p.left_child, p.right_child) WHERE c.depth <> p.depth + 1;
SELECT count(*) AS without_parent FROM nodes AS c WHERE node > 0 AND (SELECT count(*) FROM nodes AS p WHERE p.name = c.name AND p.tree = c.tree AND c.node IN (p.left_child, p.right_child)) <> 1;
SELECT bool_or(threshold = 'Infinity') AS only_missing_goes_right FROM nodes;
SELECT node, left_child, right_child, depth, feature, round(threshold::numeric, 4) AS threshold, left_categories, right_categories, missing_goes_left, unseen_goes_left, value FROM mlops.tree('a stump@v1', 4);
-- all levels of a feature are told, also at the column of one of them
SELECT name, feature, count(DISTINCT cardinality(left_categories) + cardinality(right_categories)) AS counts, max(cardinality(left_categories) + cardinality(right_categories)) AS levels
FROM nodes WHERE name IN ('one hot', 'target of three') AND left_categories IS NOT NULL GROUP BY name, feature ORDER BY name, feature;
-- where a missing value is an error, no side is told
SELECT c.version FROM mlops.train_model('strict', query => 'SELECT z, two FROM t', target => 'two', preprocess => '{"z": {"impute": "error"}}', hyperparams => '{"n_estimators": 1, "random_state": 1}') AS c;
SELECT count(*) > 1 AS nodes, count(missing_goes_left) AS told FROM mlops.tree('strict@v1', 1);

SELECT * FROM mlops.tree('strict@v1', 0);
\echo :SQLSTATE
SELECT * FROM mlops.tree('strict@v1', 2);
\echo :SQLSTATE
SELECT * FROM mlops.tree('strict@v1', NULL);
\echo :SQLSTATE
SELECT * FROM mlops.tree('nobody', 1);
\echo :SQLSTATE
SELECT * FROM mlops.tree('strict', 1);
\echo :SQLSTATE
CREATE ROLE regress_mlops_eve;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_eve;
GRANT EXECUTE ON FUNCTION mlops.tree TO regress_mlops_eve;
SET ROLE regress_mlops_eve;
SELECT * FROM mlops.tree('strict@v1', 1);
\echo :SQLSTATE
RESET ROLE;
DROP OWNED BY regress_mlops_eve;
DROP ROLE regress_mlops_eve;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE t, asked, asked_values, cases, nodes, walked;
