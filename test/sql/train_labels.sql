-- Labels come back as they went in: every type of label, their order, the positive class, rows
-- without a label, classes that a part lacks.
\set SHOW_CONTEXT never
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE DOMAIN short_text AS text;
CREATE TABLE labelled AS SELECT i AS x, i > 20 AS b, (i > 20)::int::int2 AS s, 7 - (i > 20)::int * 5 AS i, (i > 20)::int::int8 AS l,
	CASE WHEN i > 20 THEN 'Zulu' ELSE 'alpha' END AS t, CASE WHEN i > 20 THEN 'v' ELSE 'w' END::varchar(3) AS v,
	CASE WHEN i > 20 THEN 'c' ELSE 'd ' END::char(3) AS c, CASE WHEN i > 20 THEN 'ok' ELSE 'glad' END::mood AS e,
	CASE WHEN i > 20 THEN 'in' ELSE 'out' END::short_text AS d, i * 1.5 AS n, i::float4 AS f FROM generate_series(1, 40) AS i;
-- label, classes in the order of the type, and what a high and a low x are
CREATE FUNCTION learn(target text, positive text DEFAULT NULL)
RETURNS TABLE (classes text[], positive_class text, label_of_40 text, label_of_1 text, score_of_40 float8, proba_of_40 float8[])
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops.train_model('lab', 'labelled', target, features => '{x}', positive_class => positive, test_sampling => 'none',
		hyperparams => '{"n_estimators": 5, "random_state": 1, "bootstrap": false}');
	RETURN QUERY SELECT mlops.classes('lab@v1'), (SELECT v.positive_class FROM mlops.model_versions AS v WHERE v.model = 'lab'),
		mlops.predict_label('lab@v1', '{40}'::float8[]), mlops.predict_label('lab@v1', '{1}'::float8[]),
		mlops.predict('lab@v1', '{40}'::float8[]), mlops.predict_proba('lab@v1', '{40}'::float8[]);
	PERFORM mlops.drop_model('lab');
END
$$;
SELECT target, l.* FROM unnest('{b,s,i,l,t,v,c,e,d}'::text[]) WITH ORDINALITY AS u (target, n), learn(target) AS l ORDER BY n;
-- the other class may be the positive one
SELECT * FROM learn('b', 'false');
SELECT * FROM learn('e', 'glad');

-- many classes: probabilities add up, there is no single score
SELECT status FROM mlops.train_model('many', query => 'SELECT x, x % 5 AS y FROM labelled', target => 'y', task => 'classification',
	test_sampling => 'none', hyperparams => '{"n_estimators": 7, "random_state": 1}');
SELECT mlops.classes('many@v1'), mlops.predict_label('many@v1', '{12}'::float8[]),
	(SELECT abs(sum(p) - 1) < 1e-12 FROM unnest(mlops.predict_proba('many@v1', '{12}'::float8[])) AS p) AS adds_up;
SELECT mlops.predict('many@v1', '{12}'::float8[]);
\echo :SQLSTATE
-- a regression has no classes
SELECT status FROM mlops.train_model('value', 'labelled', 'n', features => '{x}', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT mlops.predict('value@v1', '{12}'::float8[]) BETWEEN 12 AND 24 AS near_18;
SELECT mlops.classes('value@v1');
\echo :SQLSTATE
SELECT mlops.predict_label('value@v1', '{12}'::float8[]);
\echo :SQLSTATE
SELECT mlops.predict_proba('value@v1', '{12}'::float8[]);
\echo :SQLSTATE
-- a boolean as 0 and 1
SELECT task FROM mlops.train_model('value', query => 'SELECT x, b FROM labelled', target => 'b', task => 'regression', hyperparams => '{"n_estimators": 1}');
-- what the task is when nobody says it
SELECT u.target, t.task FROM unnest('{b,t,e,s,n,f}'::text[]) AS u (target),
	LATERAL mlops.train_model('task_' || u.target, 'labelled', u.target, features => '{x}', hyperparams => '{"n_estimators": 1}') AS t ORDER BY 1;
SELECT status FROM mlops.train_model('task_x', 'labelled', 'x');
\echo :SQLSTATE
SELECT status FROM mlops.train_model('task_x', 'labelled', 'x', features => '{n}', task => 'regression', hyperparams => '{"n_estimators": 1}');

-- rows without a label are left out and counted; without any label there is nothing to learn
SELECT status FROM mlops.train_model('lab', query => 'SELECT x, CASE WHEN x > 3 THEN b END AS y FROM labelled', target => 'y',
	hyperparams => '{"n_estimators": 1}');
SELECT n_rows, n_train_rows, n_test_rows FROM mlops.model_versions WHERE model = 'lab';
SELECT status FROM mlops.train_model('lab', query => 'SELECT x, NULL::bool AS y FROM labelled', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('lab', query => 'SELECT x, true AS y FROM labelled', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('lab', query => 'SELECT x, b FROM labelled WHERE false', target => 'b');
\echo :SQLSTATE
-- one class is left for training
SELECT mlops.train_model('lab', query => 'SELECT x, b, b AS held_out FROM labelled', target => 'b', split_column => 'held_out', test_sampling => 'custom');
\echo :SQLSTATE
-- a class that the test part lacks costs its metrics, not the training
SELECT metrics->'roc_auc' AS roc_auc, (metrics->>'accuracy')::float8 IS NOT NULL AS accuracy
FROM mlops.train_model('lab', query => 'SELECT x, b, x > 35 AS held_out FROM labelled', target => 'b', split_column => 'held_out',
	test_sampling => 'custom', hyperparams => '{"n_estimators": 1}');
-- a class that the training part lacks has probability 0, also when classes are balanced
SELECT status FROM mlops.train_model('few', query => 'SELECT x, x % 3 AS y, x % 3 = 2 AS held_out FROM labelled', target => 'y', task => 'classification',
	split_column => 'held_out', test_sampling => 'custom', hyperparams => '{"n_estimators": 3, "class_weight": "balanced", "random_state": 1}');
SELECT (mlops.predict_proba('few@v1', '{12}'::float8[]))[3] AS absent, (SELECT sum(p) FROM unnest(mlops.predict_proba('few@v1', '{12}'::float8[])) AS p) AS sum;
-- too many
SELECT mlops.train_model('lab', query => 'SELECT i AS x, i AS y FROM generate_series(1, 1001) AS i', target => 'y', task => 'classification');
\echo :SQLSTATE

-- labels that are alike in a locale but not in their bytes are two
SELECT status FROM mlops.train_model('bytes', query => 'SELECT x, CASE WHEN b THEN ''Ä'' ELSE ''ä'' END AS y FROM labelled', target => 'y', hyperparams => '{"n_estimators": 1}');
SELECT mlops.classes('bytes@v1');
-- the empty text is a label, and the text NULL is one
SELECT status FROM mlops.train_model('words', query => 'SELECT x, CASE WHEN b THEN '''' ELSE ''NULL'' END AS y FROM labelled', target => 'y', hyperparams => '{"n_estimators": 1}');
SELECT mlops.classes('words@v1');

SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model IN ('lab', 'many', 'value', 'few', 'bytes', 'words') OR model LIKE 'task%';
DROP FUNCTION learn;
DROP TABLE labelled;
DROP DOMAIN short_text;
DROP TYPE mood;
