-- Values of features: by name whatever their order, missing ones by the learned side, unseen levels
-- as missing, wrong kinds refused by name; every way of giving them gives the same bits.
\set SHOW_CONTEXT never
CREATE TABLE f (id int, age float8, job text, day date, ok bool, y bool);
INSERT INTO f SELECT i, CASE WHEN i % 5 > 0 THEN i % 40 END, CASE i % 4 WHEN 0 THEN 'clerk' WHEN 1 THEN 'Clerk' WHEN 2 THEN '' END,
	date '2020-01-01' + i, i % 3 = 0, (i % 40 > 20) <> (i % 4 = 1) FROM generate_series(1, 400) AS i;
SELECT status FROM mlops.train_model('f', 'f', 'y', exclude => '{id}', hyperparams => '{"n_estimators": 20, "random_state": 1}');
SELECT status FROM mlops.train_model('n', 'f', 'y', features => '{age,ok}', hyperparams => '{"n_estimators": 5, "random_state": 1}');

-- row, jsonb and json agree to the last bit; so do evaluate's rows
SELECT count(*), count(DISTINCT r) > 10 AS varied, bool_and(r = j AND r = t AND r = p) AS same FROM (
	SELECT mlops.predict('f@v1', f) AS r, mlops.predict('f@v1', to_jsonb(f)) AS j, mlops.predict('f@v1', to_json(f)) AS t,
		mlops.predict('f@v1', ROW(age, job, day, ok)) AS p FROM f) AS all_ways;
SELECT bool_and(mlops.predict('n@v1', ARRAY[age, ok::int]) = mlops.predict('n@v1', f)) AS array_agrees FROM f;
-- names rule, not places; other names do not matter
SELECT mlops.predict('f@v1', s) = mlops.predict('f@v1', f) AS reordered FROM f, LATERAL (SELECT ok, day, 1 AS other, job, age) AS s WHERE id = 7;
-- NULL and NaN are missing, and so is a level that was never seen; case and blanks make another level
SELECT mlops.predict('n@v1', '{NULL,1}'::float8[]) = mlops.predict('n@v1', '{NaN,1}'::float8[]) AS nan_is_missing;
SELECT mlops.predict('f@v1', ROW(30::float8, 'baker'::text, date '2020-02-02', true)) = mlops.predict('f@v1', ROW(30::float8, NULL::text, date '2020-02-02', true)) AS unseen_is_missing,
	mlops.predict('f@v1', ROW(30::float8, 'clerk'::text, date '2020-02-02', true)) <> mlops.predict('f@v1', ROW(30::float8, 'Clerk'::text, date '2020-02-02', true)) AS case_counts,
	mlops.predict('f@v1', ROW(30::float8, 'CLERK'::text, date '2020-02-02', true)) = mlops.predict('f@v1', ROW(30::float8, 'baker'::text, date '2020-02-02', true)) AS folded_is_unseen,
	mlops.predict('f@v1', ROW(30::float8, '', date '2020-02-02', true)) = mlops.predict('f@v1', ROW(30::float8, ''::varchar, date '2020-02-02', true)) AS literal_is_text;
SELECT mlops.predict('f@v1', NULL::f) IS NULL AS null_row, mlops.predict('f@v1', NULL::jsonb) IS NULL AS null_json, mlops.predict('n@v1', NULL::bool[]) IS NULL AS null_array,
	mlops.predict('f@v1', ROW(NULL, NULL, NULL, NULL)::record) IS NOT NULL AS row_of_nulls;
-- an untyped literal is read as the type of its feature
SELECT mlops.predict('f@v1', ROW('30', 'clerk', '2020-02-02', 'yes')) = mlops.predict('f@v1', ROW(30::float8, 'clerk'::text, date '2020-02-02', true)) AS same;
SELECT mlops.predict('f@v1', ROW('old', 'clerk', '2020-02-02', 'yes'));
\echo :SQLSTATE
-- JSON null is missing; dates are strings; true is 1
SELECT mlops.predict('f@v1', '{"age": null, "job": null, "day": "2020-02-02", "ok": true}'::jsonb) = mlops.predict('f@v1', ROW(NULL::float8, NULL::text, date '2020-02-02', true)) AS same;

-- absent is not missing, unless the setting says so; all absent ones are named
SELECT mlops.predict('f@v1', '{"age": 3, "jobb": "clerk"}'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', s) FROM (SELECT age, job FROM f LIMIT 1) AS s;
\echo :SQLSTATE
SET mlops.on_missing_feature = 'null';
SELECT mlops.predict('f@v1', '{"age": 3}'::jsonb) = mlops.predict('f@v1', ROW(3::float8, NULL::text, NULL::date, NULL::bool)) AS absent_is_missing,
	(SELECT mlops.predict('f@v1', s) FROM (SELECT 3::float8 AS age) AS s) = mlops.predict('f@v1', '{"age": 3}'::jsonb) AS in_a_row_too;
SET mlops.on_missing_feature = 'maybe';
\echo :SQLSTATE
RESET mlops.on_missing_feature;

-- numbers of features
SELECT mlops.predict('n@v1', '{1}'::float8[]);
\echo :SQLSTATE
SELECT mlops.predict('n@v1', '{1,2,3}'::float8[]);
\echo :SQLSTATE
SELECT mlops.predict('n@v1', '{}'::float8[]);
\echo :SQLSTATE
SELECT mlops.predict('n@v1', '{{1,2}}'::float8[]);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', ROW(1, 2));
\echo :SQLSTATE
-- wrong kinds
SELECT mlops.predict('f@v1', '{1,2,3,4}'::float8[]);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', ROW('x'::text, 'clerk'::text, date '2020-02-02', true));
\echo :SQLSTATE
SELECT mlops.predict('f@v1', ROW(1::float8, 5, date '2020-02-02', true));
\echo :SQLSTATE
SELECT mlops.predict('f@v1', ROW(1::float8, 'clerk'::text, timestamp '2020-02-02', true));
\echo :SQLSTATE
SELECT mlops.predict('f@v1', ROW(1::float8, 'clerk'::text, 20200202, true));
\echo :SQLSTATE
SELECT mlops.predict('f@v1', '{"age": "old", "job": null, "day": null, "ok": null}'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', '{"age": [1], "job": null, "day": null, "ok": null}'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', '{"age": 1, "job": {"a": 1}, "day": null, "ok": null}'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', '{"age": 1, "job": null, "day": "someday", "ok": null}'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', '[1, 2]'::jsonb);
\echo :SQLSTATE
SELECT mlops.predict('f@v1', '{"age": 1'::json);
\echo :SQLSTATE

-- in views, in a parallel plan, in a read-only transaction
CREATE VIEW scored AS SELECT id, mlops.predict('f@v1', f) AS score FROM f;
SELECT count(*), bool_and(score BETWEEN 0 AND 1) FROM scored;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT sum(mlops.predict('f@v1', f)) FROM f;
BEGIN READ ONLY;
SELECT (SELECT count(*) FROM (SELECT id, mlops.predict('f@v1', f) AS p FROM f) AS a JOIN scored USING (id) WHERE p <> score) AS differ;
COMMIT;
DROP VIEW scored;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE f;
