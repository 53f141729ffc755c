-- Extremes, values at extremes, first and last values are what max, min and ORDER BY ... LIMIT say: over every frame, for
-- values of any type, whatever the order of rows, plain, parallel and merged.
\pset null NULL
\set SHOW_CONTEXT never
CREATE SCHEMA extremes;
SET search_path = extremes, public;

SELECT mlops.moving_min(x), mlops.moving_max(x), mlops.max_by(v, x), mlops.min_by(v, x), mlops.max_by(v, x, id), mlops.min_by(v, x, id)
FROM (VALUES (1, 3, 'c'), (2, 9, 'b'), (3, 9, 'a'), (4, 1, NULL), (5, 1, 'z'), (6, NULL, 'skipped')) AS t (id, x, v);
SELECT mlops.first_values(v, ts, 2), mlops.last_values(v, ts, 2), mlops.first_values(v, ts, 9), mlops.last_values(v, ts, 9),
	mlops.first_values(v, ts, 3, id), mlops.last_values(v, ts, 3, id)
FROM (VALUES (1, date '2026-01-02', 'b'), (2, '2026-01-01', 'a'), (3, '2026-01-03', 'd'), (4, '2026-01-03', NULL), (5, '2026-01-03', 'c'), (6, NULL, 'skipped')) AS t (id, ts, v);

-- no rows, rows that do not count, a NULL that wins
SELECT mlops.moving_max(x), mlops.min_by(x, x), mlops.max_by(x, x, 1), mlops.first_values(x, ts, 1), mlops.last_values(x, ts, 1, 1)
FROM (VALUES (1, now())) AS t (x, ts) WHERE false;
SELECT mlops.moving_max(x), mlops.min_by(1, x), mlops.max_by(1, 1, x), mlops.first_values(x, ts, 1), mlops.last_values(2, now(), 1, x)
FROM (VALUES (NULL::int, NULL::timestamptz), (NULL, NULL)) AS t (x, ts);
SELECT mlops.min_by(v, x), mlops.first_values(v, now(), 2), mlops.last_values(v, now(), 2) FROM (VALUES (1, NULL::int)) AS t (x, v);
SELECT mlops.min_by(v, x), mlops.max_by(v, x) FROM (VALUES (1, NULL::int), (1, 5), (1, 7)) AS t (x, v);

-- NaN is the largest; of equal values with other bytes one is taken, in whatever order they come
SELECT mlops.moving_max(x), mlops.moving_min(x), mlops.moving_max(x::float4) FROM unnest(array['NaN', 'Infinity', '-Infinity', 1]::float8[]) AS x;
SELECT o, mlops.moving_max(x) AS "0", mlops.moving_min(x) AS "0", mlops.moving_max(x::float4) AS "0"
FROM (VALUES (1, 1, '-0'::float8), (1, 2, 0), (2, 2, '-0'), (2, 1, 0)) AS t (o, i, x) GROUP BY o ORDER BY o;
SELECT mlops.moving_max('-0'::float8), mlops.max_by('-0'::float8, 1), mlops.max_by('a'::text, '-0'::float8);
SELECT mlops.moving_max(x ORDER BY i), mlops.moving_max(x ORDER BY i DESC), mlops.max_by(x, 1 ORDER BY i), mlops.max_by(x, 1 ORDER BY i DESC)
FROM (VALUES (1, 1.50), (2, 1.5), (3, 1.500)) AS t (i, x);
SELECT mlops.max_by(v, x ORDER BY i), mlops.max_by(v, x ORDER BY i DESC) FROM (VALUES (1, 1.50, 'b'), (2, 1.5, 'a')) AS t (i, x, v);

-- FILTER, DISTINCT, GROUPING SETS
SELECT grouping(x % 2), mlops.moving_max(x) FILTER (WHERE x < 4), mlops.max_by(DISTINCT x, -x), mlops.first_values(x, now(), 2)
FROM unnest(array[1, 2, 3, 4, 1]) AS x GROUP BY GROUPING SETS ((), (x % 2)) ORDER BY 1, 2;

-- all kinds of types, by their own order
CREATE TYPE grade AS ENUM ('low', 'high', 'above');
CREATE DOMAIN amount AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE TYPE pair AS (a int, b text);
SELECT mlops.moving_max(x), mlops.max_by(x, x), mlops.first_values(x, now(), 2) FROM unnest(array['above', 'low', 'high']::grade[]) AS x;
SELECT mlops.moving_max(x), pg_typeof(mlops.moving_max(x)), mlops.max_by(x, x), mlops.last_values(x, now(), 2), pg_typeof(mlops.last_values(x, now(), 2))
FROM unnest(array[3, 3.05, 20]::amount[]) AS x;
SELECT mlops.moving_max(x), mlops.min_by(x, x), mlops.last_values(x, now(), 2) FROM (VALUES ('(2,b)'::pair), ('(1,z)'), ('(2,a)')) AS t (x);
SELECT mlops.moving_max(x), mlops.min_by(x, x) FROM (VALUES (array[1, 2]), (array[1]), (array[1, 3])) AS t (x);
SELECT mlops.moving_max(x), mlops.min_by(x, x), mlops.last_values(x, now(), 2) FROM unnest(array['10 days', '1 month', '9 days']::interval[]) AS x;
SELECT mlops.moving_min(x), mlops.moving_max(x), mlops.last_values(x, now(), 2) FROM unnest(array[true, false]) AS x;
SELECT mlops.moving_min(x), mlops.moving_max(x) FROM unnest(array[1, -2, 3]::int2[]) AS x;
SELECT mlops.moving_max(x) FROM unnest(array['infinity', '2026-01-01']::timestamptz[]) AS x;
SELECT mlops.moving_max(x COLLATE "C"), mlops.moving_max(x COLLATE "en-x-icu"), mlops.max_by(x, x COLLATE "C") FROM unnest(array['a', 'B', 'ä']) AS x;
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT mlops.moving_max(x COLLATE anycase ORDER BY i), mlops.moving_max(x COLLATE anycase ORDER BY i DESC) FROM (VALUES (1, 'b'), (2, 'B'), (3, 'a')) AS t (i, x);
-- values without an order of their own go by their bytes
SELECT mlops.max_by(v, 1) ~= mlops.max_by(v, 1 ORDER BY i DESC) AS same, mlops.min_by(v, i), mlops.last_values(v, now(), 1) IS NOT NULL AS some
FROM (VALUES (1, point '(2,1)'), (2, point '(1,2)')) AS t (i, v);
SELECT mlops.max_by(v, i), mlops.last_values(v, ts, 1) FROM (VALUES (1, date '2026-01-01', json '{"a": 1}'), (2, '2026-01-02', '[2]')) AS t (i, ts, v);
SELECT md5(mlops.moving_max(x)), length(mlops.max_by(x, length(x))) FROM (SELECT repeat('long ' || i, 100000) AS x FROM generate_series(1, 3) AS i) AS t;

-- what cannot be ordered or kept
SELECT mlops.moving_max(point '(1,2)');
\echo :SQLSTATE
SELECT mlops.max_by(1, json '{}');
\echo :SQLSTATE
SELECT mlops.min_by(t, 1) FROM (VALUES (1, 2)) AS t (a, b);
\echo :SQLSTATE
SELECT mlops.first_values(1, now(), 0);
\echo :SQLSTATE
SELECT mlops.last_values(1, now(), 10001);
\echo :SQLSTATE
SELECT mlops.first_values(1, now(), NULL);
\echo :SQLSTATE
SELECT mlops.first_values(1, now(), x) FROM generate_series(1, 2) AS x;
\echo :SQLSTATE
SELECT mlops.last_values(1, now(), x, 1) OVER (ORDER BY x ROWS 3 PRECEDING) FROM generate_series(1, 2) AS x;
\echo :SQLSTATE
-- also of rows that do not count
SELECT mlops.first_values(1, NULL, x) FROM generate_series(1, 2) AS x;
\echo :SQLSTATE
SELECT mlops.first_values(1, 'infinity', 1);
\echo :SQLSTATE
SELECT mlops.last_values(1, '-infinity', 1, 1);
\echo :SQLSTATE

-- support functions by themselves
SELECT mlops._moving_max_step(NULL, 1);
\echo :SQLSTATE
SELECT mlops._ordered_state_combine(NULL, NULL);
\echo :SQLSTATE
SELECT mlops._ordered_value_final(NULL, 1), mlops._ordered_values_final(NULL, 1, now(), 1);

-- Every frame against the server.  Rows come in the order of i, of ts, or of neither; ts has ties.
CREATE TABLE row_of_frame AS
SELECT i, CASE WHEN i % 11 > 0 THEN (i * 7919 % 97) / 4.0::float8 - 9 END AS f, i * 271 % 50 AS n, CASE WHEN i % 7 > 0 THEN 'text ' || i * 31 % 40 END AS s,
	((i * 53 % 60) / 8.0)::numeric(9, 2) AS m, CASE WHEN i % 13 > 0 THEN timestamptz '2026-01-01 UTC' + (i / 3 + i * 17 % 5) * interval '1 hour' END AS ts,
	(ARRAY['low', 'high', 'above'])[1 + i * 5 % 3]::grade AS g, (i % 4, 'b' || i % 3)::pair AS p, array[i % 3, i % 5] AS a, (i % 6)::amount AS d, i * 37 % 301 AS shuffled
FROM generate_series(1, 300) AS i;
CREATE TABLE frame_of_row (name text, clause text);
INSERT INTO frame_of_row VALUES
	('rows', 'ORDER BY i ROWS BETWEEN 9 PRECEDING AND CURRENT ROW'), ('ahead', 'ORDER BY i ROWS BETWEEN 2 FOLLOWING AND 8 FOLLOWING'),
	('behind', 'ORDER BY i ROWS BETWEEN 20 PRECEDING AND 15 PRECEDING'), ('parts', 'PARTITION BY n % 3 ORDER BY i ROWS BETWEEN 5 PRECEDING AND 1 FOLLOWING'),
	('shuffled', 'ORDER BY shuffled ROWS BETWEEN 12 PRECEDING AND CURRENT ROW'), ('falling', 'ORDER BY ts DESC, i ROWS BETWEEN 9 PRECEDING AND CURRENT ROW'),
	('range', 'ORDER BY ts RANGE BETWEEN ''5 hours'' PRECEDING AND CURRENT ROW'), ('jumps', 'ORDER BY f RANGE BETWEEN 0.1 PRECEDING AND 0.2 FOLLOWING'),
	('groups', 'ORDER BY ts GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING'), ('whole', 'ORDER BY ts, i ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'),
	('rest', 'ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'), ('exclude', 'ORDER BY i ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING EXCLUDE CURRENT ROW'),
	('exclude ties', 'ORDER BY ts GROUPS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE TIES');
-- a reference has its FILTER at the @
CREATE TABLE call_of_frame (call text, filter text, reference text);
INSERT INTO call_of_frame
SELECT format('mlops.moving_%s(%s)', e, c), 'true', format(CASE WHEN c IN ('p') THEN '(array_agg(%2$s ORDER BY %2$s %3$s) @)[1]' ELSE '%1$s(%2$s) @' END, e, c, CASE e WHEN 'max' THEN 'DESC' END)
FROM unnest(array['min', 'max']) AS e, unnest(array['f', 'n', 's', 'm', 'ts', 'g', 'p', 'a', 'd', 's COLLATE "C"']) AS c
UNION ALL SELECT format('mlops.%s_by(%s, %s)', e, v, k), k || ' IS NOT NULL', format('(array_agg(%1$s ORDER BY %2$s %3$s, %1$s) @)[1]', v, k, CASE e WHEN 'max' THEN 'DESC' END)
FROM unnest(array['min', 'max']) AS e, unnest(array['s', 'n', 'p']) AS v, unnest(array['f', 'm', 's', 'g', 'a']) AS k
UNION ALL SELECT format('mlops.%s_by(%s, %s, %s)', e, v, k, t), format('%s IS NOT NULL AND %s IS NOT NULL', k, t), format('(array_agg(%1$s ORDER BY %2$s %3$s, %4$s, %1$s) @)[1]', v, k, CASE e WHEN 'max' THEN 'DESC' END, t)
FROM unnest(array['min', 'max']) AS e, unnest(array['s', 'f']) AS v, unnest(array['ts', 'g', 'n']) AS k, unnest(array['i', 'nullif(n, 7)']) AS t
UNION ALL SELECT format('mlops.%s_values(%s, ts, %s%s)', e, v, k, ', ' || t), format('ts IS NOT NULL AND %s IS NOT NULL', coalesce(t, 'i')),
	format('(array_agg(%1$s ORDER BY ts %2$s, %3$s %2$s, %1$s %2$s) @)[1:%4$s]', v, CASE e WHEN 'last' THEN 'DESC' END, coalesce(t, '1::int'), k)
FROM unnest(array['first', 'last']) AS e, unnest(array['f', 's', 'p']) AS v, unnest(array[1, 3, 40]) AS k, unnest(array[NULL, 'i', 'n', '-i', 'nullif(n, 7)']) AS t;

CREATE FUNCTION differences(c call_of_frame, f frame_of_row) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT %s OVER w AS answer, array_agg(t) OVER w AS rows FROM row_of_frame AS t WINDOW w AS (%s)) AS q
		WHERE answer::text IS DISTINCT FROM (SELECT (%s)::text FROM unnest(rows) AS r)', c.call, f.clause, replace(c.reference, '@', format('FILTER (WHERE %s)', c.filter))) INTO n;
	RETURN n;
END
$$;
-- the comparison sees a wrong one
SELECT differences(('mlops.moving_max(n)', 'true', 'min(n) @'), f) > 100 AS wrong FROM frame_of_row AS f WHERE name = 'rows';
SELECT count(DISTINCT call) AS calls, count(*) AS compared, sum(differences) AS differences
FROM (SELECT call, differences(c, f) FROM call_of_frame AS c, frame_of_row AS f) AS q;

-- Plain over groups, in order and shuffled, with 2 workers and 4, and from parts.
CREATE FUNCTION answers(calls text, relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT md5(string_agg(q::text, chr(10) ORDER BY q.k)) FROM (SELECT n %% 7 AS k, %s FROM %s AS t GROUP BY 1) AS q', calls, relation) INTO answer;
	RETURN answer;
END
$$;
SELECT string_agg(call, ', ') AS calls, string_agg(replace(reference, '@', format('FILTER (WHERE %s)', filter)), ', ') AS expected FROM call_of_frame WHERE call !~ 'nullif' \gset
CREATE TABLE one_answer AS SELECT answers(:'expected', 'row_of_frame') AS answer;
SELECT answers(:'calls', 'row_of_frame') = answer AS plain,
	answers(:'calls', '(SELECT * FROM row_of_frame ORDER BY i DESC)') = answer AS backwards,
	answers(:'calls', '(SELECT * FROM row_of_frame ORDER BY shuffled)') = answer AS shuffled FROM one_answer;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 4;
ALTER TABLE row_of_frame SET (parallel_workers = 4);
EXPLAIN (COSTS off) SELECT mlops.max_by(s, f) FROM row_of_frame;
SELECT answers(:'calls', 'row_of_frame') = answer AS four_workers FROM one_answer;
SET max_parallel_workers_per_gather = 2;
SELECT answers(:'calls', 'row_of_frame') = answer AS two_workers FROM one_answer;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- Parts that were written, as bytes or text, and read again; of all kinds, with NULLs, more parts than k.
CREATE AGGREGATE part_max_by(anyelement, anycompatible) (SFUNC = mlops._max_by_step, STYPE = mlops._ordered_state);
CREATE AGGREGATE part_last(anyelement, timestamptz, int, int8) (SFUNC = mlops._last_values_step, STYPE = mlops._ordered_state);
CREATE AGGREGATE part_min(anyelement) (SFUNC = mlops._moving_min_step, STYPE = mlops._ordered_state);
CREATE AGGREGATE join_parts(mlops._ordered_state) (SFUNC = mlops._ordered_state_combine, STYPE = mlops._ordered_state, COMBINEFUNC = mlops._ordered_state_combine);
CREATE TABLE part AS SELECT i % 9 AS tile, part_max_by(p, m ORDER BY i) AS by, part_last(p, ts, 4, i) AS last, part_min(a) AS least FROM row_of_frame GROUP BY 1;
SELECT mlops._ordered_value_final(join_parts(by), NULL::pair) = (SELECT mlops.max_by(p, m) FROM row_of_frame) AS by,
	mlops._ordered_values_final(join_parts(last), NULL::pair, now(), 4) = (SELECT mlops.last_values(p, ts, 4, i) FROM row_of_frame) AS last,
	mlops._ordered_value_final(join_parts(least), NULL::int[]) = (SELECT mlops.moving_min(a) FROM row_of_frame) AS least FROM part;
SELECT mlops._ordered_value_final(join_parts(by::text::mlops._ordered_state), NULL::pair) = (SELECT mlops.max_by(p, m) FROM row_of_frame) AS by,
	mlops._ordered_values_final(join_parts(last::text::mlops._ordered_state ORDER BY tile DESC), NULL::pair, now(), 4) = (SELECT mlops.last_values(p, ts, 4, i) FROM row_of_frame) AS last
FROM part;
SELECT by, least FROM part WHERE tile = 0;
SELECT mlops._ordered_values_final(last, NULL::pair, now(), 4) FROM part WHERE tile = 0;

-- states of other aggregates, types, arguments
SELECT mlops._ordered_values_final(by, NULL::pair, now(), 4) FROM part WHERE tile = 0;
\echo :SQLSTATE
SELECT mlops._ordered_value_final(last, NULL::pair) FROM part WHERE tile = 0;
\echo :SQLSTATE
SELECT mlops._ordered_value_final(by, NULL::int) FROM part WHERE tile = 0;
\echo :SQLSTATE
SELECT join_parts(s) FROM (SELECT by FROM part UNION ALL SELECT least FROM part) AS t (s);
\echo :SQLSTATE
-- the same values by other keys, and other values by the same keys
SELECT join_parts(s) FROM (SELECT part_max_by(i, i) FROM row_of_frame UNION ALL SELECT part_max_by(i, i::text) FROM row_of_frame) AS t (s);
\echo :SQLSTATE
SELECT join_parts(s) FROM (SELECT part_max_by(i, i) FROM row_of_frame UNION ALL SELECT part_max_by(i::text, i) FROM row_of_frame) AS t (s);
\echo :SQLSTATE
SELECT join_parts(s) FROM (SELECT part_last(i, ts, 4, i) FROM row_of_frame UNION ALL SELECT part_last(i, ts, 5, i) FROM row_of_frame) AS t (s);
\echo :SQLSTATE
CREATE AGGREGATE begun(anyelement) (SFUNC = mlops._moving_max_step, STYPE = mlops._ordered_state,
	INITCOND = '{"_ordered_state": 1, "kind": 2, "k": 1, "has_tiebreak": 0, "type_schema": "pg_catalog", "type": "int4", "key_type_schema": "", "key_type": "", "rows": [[1, "5"]]}');
SELECT begun(x) FROM unnest(array[3, 7]) AS x;
SELECT begun(x) FROM unnest(array[3, 7]::int8[]) AS x;
\echo :SQLSTATE

-- text that is no state
DO $$
DECLARE
	v text[];
BEGIN
	FOREACH v SLICE 1 IN ARRAY array[['0', '0', '0', 'pg_catalog', 'int4', '', '', ''], ['1', '1', '0', '', '', '', '', ''], ['1', '1', '0', 'pg_catalog', 'int4', 'pg_catalog', 'int4', ''],
		['5', '1', '0', 'pg_catalog', 'int4', 'pg_catalog', 'int8', ''], ['5', '1', '0', 'pg_catalog', 'int4', 'pg_catalog', 'timestamptz', '["infinity", 0]'],
		['3', '1', '0', 'pg_catalog', 'int4', 'nowhere', 'int4', ''], ['3', '1', '0', 'pg_catalog', 'int4', 'pg_catalog', 'int4', '["1", 1, "x"]']] LOOP
		DECLARE
			detail text;
		BEGIN
			PERFORM format('{"_ordered_state": 1, "kind": %s, "k": %s, "has_tiebreak": %s, "type_schema": "%s", "type": "%s", "key_type_schema": "%s", "key_type": "%s", "rows": [%s]}', VARIADIC v)::mlops._ordered_state;
			RAISE NOTICE 'taken: %', v;
		EXCEPTION WHEN invalid_text_representation THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			RAISE NOTICE '% %', SQLERRM, detail;
		END;
	END LOOP;
END
$$;

-- memory: a frame that needs more than it may, and one that slides over values that come and go
SET mlops.max_aggregate_memory = '256kB';
SELECT count(v) FROM (SELECT mlops.first_values(i, now(), 1) OVER (ORDER BY i ROWS 10000 PRECEDING) AS v FROM generate_series(1, 20000) AS i) AS t;
\echo :SQLSTATE
SELECT count(v) FROM (SELECT mlops.moving_max(-i) OVER (ORDER BY i ROWS 10000 PRECEDING) AS v FROM generate_series(1, 20000) AS i) AS t;
\echo :SQLSTATE
SELECT mlops.last_values(repeat('x', 1000), now(), 1000) FROM generate_series(1, 2000);
\echo :SQLSTATE
SELECT count(a), count(b), count(c) FROM (
	SELECT mlops.moving_max(repeat(chr(97 + i % 26), 1000)) OVER w AS a, mlops.max_by(repeat('x', 1000), i::numeric) OVER w AS b, mlops.last_values(repeat('x', 1000), now(), 2, i) OVER w AS c
	FROM generate_series(1, 20000) AS i WINDOW w AS (ORDER BY i ROWS 20 PRECEDING)) AS t;
SELECT length(mlops.max_by(repeat('x', 1000), i)), length((mlops.last_values(repeat('x', i % 1000), now(), 2, i))[1]) FROM generate_series(1, 20000) AS i;
RESET mlops.max_aggregate_memory;

SET client_min_messages = warning;
DROP SCHEMA extremes CASCADE;

-- a function that is not as constant as it says: a row that leaves a frame and never came in
CREATE TEMP SEQUENCE call;
CREATE FUNCTION pg_temp.fickle(x int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN nextval('call') > 3 THEN x END $$;
SELECT mlops.moving_max(pg_temp.fickle(x)) OVER (ORDER BY x ROWS 2 PRECEDING) FROM generate_series(1, 4) AS x;
\echo :SQLSTATE
ALTER SEQUENCE call RESTART;
SELECT mlops.last_values(x, '2026-01-01'::timestamptz + pg_temp.fickle(x) * interval '1 day', 2) OVER (ORDER BY x ROWS 2 PRECEDING) FROM generate_series(1, 4) AS x;
\echo :SQLSTATE
