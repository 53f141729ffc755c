-- A query's rows at once: the bits of predict row by row, whatever the values, in the order of the query, in any
-- number of blocks and wherever the call stands.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE f (id int, age float8, job text, day date, ok bool, y bool);
INSERT INTO f SELECT i, CASE WHEN i % 5 > 0 THEN i % 40 END, CASE i % 4 WHEN 0 THEN 'clerk' WHEN 1 THEN 'Clerk' WHEN 2 THEN '' END,
	date '2020-01-01' + i, i % 3 = 0, (i % 40 > 20) <> (i % 4 = 1) FROM generate_series(1, 400) AS i;
SELECT status FROM mlops.train_model('f', 'f', 'y', exclude => '{id}', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('no', 'f', 'y', exclude => '{id}', positive_class => 'false', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('value', query => 'SELECT age, job, day, id * 0.25 AS y FROM f', target => 'y', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('made', query => 'SELECT age, job, y FROM f', target => 'y',
	preprocess => '{"age": {"impute": "mean"}, "job": {"encode": "target", "impute": "mode"}}', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('strict', query => 'SELECT coalesce(age, 1) AS age, coalesce(job, ''none'') AS job, y FROM f', target => 'y',
	preprocess => '{"age": {"impute": "error"}, "job": {"encode": "one_hot", "impute": "error"}}', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('wide', query => 'SELECT ARRAY[age, id % 7, NULL] AS x, y FROM f', target => 'y', hyperparams => '{"n_estimators": 20, "random_state": 1}');

-- rows with all that a row can have: NULL, NaN, infinities, levels that were never seen; other columns between
CREATE VIEW rows AS
	SELECT ok, id, day, 'kept ' || id AS note, job, age, nullif(id % 9, 0)::numeric(6, 2) AS n FROM f
	UNION ALL SELECT NULL, 1000, NULL, NULL, NULL, NULL, NULL
	UNION ALL SELECT true, 1001, '-infinity', repeat('long ', 1000), 'baker', 'NaN', 1.5
	UNION ALL SELECT false, 1002, 'infinity', '', 'CLERK', '-infinity', 'NaN';
SELECT count(*), count(DISTINCT t.prediction) > 10 AS varied, bool_and(t.prediction = mlops.predict('f@v1', r)) AS same,
	bool_and(t.note IS NOT DISTINCT FROM r.note AND t.n IS NOT DISTINCT FROM r.n) AS kept
FROM mlops.predict_table('f@v1', 'TABLE rows') AS t(id int, note text, n numeric, prediction float8) JOIN rows AS r USING (id);
SELECT m.model, count(*), bool_and(t.prediction = mlops.predict(m.model, r)) AS same
FROM unnest('{f@v1,no@v1,value@v1,made@v1}'::text[]) AS m (model),
	LATERAL mlops.predict_table(m.model, 'TABLE rows', '{id}') AS t(id int, prediction float8) JOIN rows AS r USING (id)
GROUP BY m.model ORDER BY m.model;
SELECT count(*), bool_and(t.prediction = mlops.predict('wide@v1', r)) AS same
FROM mlops.predict_table('wide@v1', 'SELECT id, CASE WHEN id % 11 > 0 THEN ARRAY[age, id % 7, id] END AS x FROM f') AS t(id int, prediction float8)
	JOIN (SELECT id, CASE WHEN id % 11 > 0 THEN ARRAY[age, id % 7, id] END AS x FROM f) AS r USING (id);
SELECT count(*), bool_and(t.prediction = mlops.predict('strict@v1', r)) AS same
FROM mlops.predict_table('strict@v1', 'SELECT * FROM rows WHERE age <> ''NaN'' AND job <> ''''') AS t(ok bool, id int, day date, note text, n numeric, prediction float8)
	JOIN rows AS r USING (id);
-- a missing value that is refused: a number, a level
SELECT count(*) FROM mlops.predict_table('strict@v1', 'SELECT age, ''clerk''::text AS job FROM f') AS t(prediction float8);
\echo :SQLSTATE
SELECT count(*) FROM mlops.predict_table('strict@v1', 'SELECT 1 AS age, NULL::text AS job') AS t(prediction float8);
\echo :SQLSTATE

-- levels beyond what is remembered of them, long ones, and those of several columns
CREATE TABLE levels AS SELECT i AS id, 'l' || i % 3000 AS a, repeat('x', 62) || i % 120 AS b, 'o' || i % 7 AS c, (i % 3000 > 1200) <> (i % 7 = 2 OR i % 120 = 100) AS y
	FROM generate_series(1, 6000) AS i;
SELECT status FROM mlops.train_model('levels', 'levels', 'y', exclude => '{id}', preprocess => '{"c": {"encode": "one_hot"}}', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT count(*), count(DISTINCT t.prediction) > 10 AS varied, bool_and(t.prediction = mlops.predict('levels@v1', l)) AS same
FROM mlops.predict_table('levels@v1', 'SELECT * FROM levels UNION ALL SELECT id, a, b || id % 2, c || id % 2, y FROM levels WHERE id % 2 = 0', '{id,b,c}') AS t(id int, b text, c text, prediction float8)
	JOIN (TABLE levels UNION ALL SELECT id, a, b || id % 2, c || id % 2, y FROM levels WHERE id % 2 = 0) AS l USING (id, b, c);
DROP TABLE levels;

-- no rows; one row; a block that ends with a number of rows, or of bytes; order
SELECT count(*) FROM mlops.predict_table('f@v1', 'SELECT * FROM rows WHERE id < 0', '{id}') AS t(id int, prediction float8);
SELECT count(*), min(id) FROM mlops.predict_table('f@v1', 'SELECT * FROM rows WHERE id = 7', '{id}') AS t(id int, prediction float8);
CREATE VIEW many AS SELECT i, (i % 47)::float8 AS age, CASE WHEN i % 3 > 0 THEN 'clerk' END AS job FROM generate_series(1, 270000) AS i;
SELECT count(*), bool_and(t.i = t.n) AS ordered, bool_and(t.prediction = p.prediction) AS same
FROM ROWS FROM (mlops.predict_table('made@v1', 'TABLE many') AS (i int, prediction float8)) WITH ORDINALITY AS t(i, prediction, n),
	LATERAL (SELECT t.i % 141 AS k) AS k JOIN (SELECT i % 141 AS k, mlops.predict('made@v1', m) AS prediction FROM many AS m WHERE i <= 141) AS p USING (k);
SELECT count(*), sum(length(t.text)) / 10000 AS lengths, count(DISTINCT t.prediction) > 2 AS varied
FROM mlops.predict_table('made@v1', 'SELECT age, job, repeat(''x'', 10000) AS text FROM many LIMIT 7000') AS t(text text, prediction float8);

-- where it can stand: a view, a table made from it, a read-only transaction, a cursor, a loop, another one's query
CREATE VIEW scored AS SELECT * FROM mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS t(id int, prediction float8);
CREATE TABLE made WITH (autovacuum_enabled = false) AS TABLE scored;
INSERT INTO made SELECT id + 5000, prediction FROM scored;
BEGIN READ ONLY;
DECLARE c SCROLL CURSOR FOR SELECT id, prediction BETWEEN 0 AND 1 AS ok FROM scored;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH LAST FROM c;
COMMIT;
DO $$
DECLARE
	r record;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM scored LOOP
		BEGIN
			PERFORM 1 FROM mlops.predict_table('f@v1', format('SELECT *, 1 / (id - %s) FROM f', r.id), '{}') AS t(prediction float8);
		EXCEPTION WHEN division_by_zero THEN
			n := n + 1;
		END;
	END LOOP;
	RAISE WARNING '% of % rows divide by zero', n, (SELECT count(*) FROM scored);
END
$$;
SELECT count(*), count(DISTINCT prediction) > 5 AS varied FROM mlops.predict_table('value@v1', $$SELECT f.*, s.prediction AS score
	FROM mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS s(id int, prediction float8) JOIN f USING (id)$$, '{score}') AS t(score float8, prediction float8);
-- beside a parallel plan it works alone
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET enable_hashjoin = off; SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM made AS m JOIN mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS t(id int, prediction float8) USING (id);
SELECT count(*), bool_and(m.prediction = t.prediction) AS same FROM made AS m JOIN mlops.predict_table('f@v1', 'TABLE rows', '{id}') AS t(id int, prediction float8) USING (id);
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET enable_hashjoin; RESET enable_nestloop;

SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE made;
DROP VIEW scored, many, rows;
DROP TABLE f;
