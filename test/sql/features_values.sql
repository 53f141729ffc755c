-- Entropy, concentration, distinct, most common and top values follow from how often each value comes: the same bits
-- for any order of rows, plain, parallel, merged and moving, and for states that were written and read again.
\pset null NULL
\set SHOW_CONTEXT never

-- counts 3, 2, 1
SELECT mlops.entropy(x), mlops.entropy(x, 2) AS bits, mlops.concentration_index(x), mlops.distinct_count(x),
	mlops.most_common(x), mlops.top_values(x, 2)
FROM unnest(array['b', 'a', 'c', 'a', NULL, 'b', 'a']) AS x;

-- no rows, and rows without values
SELECT mlops.entropy(x), mlops.entropy(x, 2) AS bits, mlops.concentration_index(x), mlops.concentration_index(x, 1) AS weighted,
	mlops.distinct_count(x), mlops.most_common(x), mlops.top_values(x, 2)
FROM unnest(array[1, NULL]) AS x WHERE false;
SELECT mlops.entropy(x), mlops.entropy(x, 2) AS bits, mlops.concentration_index(x), mlops.concentration_index(x, 1) AS weighted,
	mlops.distinct_count(x), mlops.most_common(x), mlops.top_values(x, 2)
FROM unnest(array[NULL, NULL]::int[]) AS x;

-- one value: no entropy, and not -0
SELECT float8send(mlops.entropy(x)), mlops.concentration_index(x), mlops.distinct_count(x) FROM unnest(array[5, 5, 5]) AS x;

-- FILTER, DISTINCT, ORDER BY, GROUPING SETS
SELECT mlops.entropy(x) FILTER (WHERE x < 3), mlops.entropy(DISTINCT x, 2), mlops.most_common(x ORDER BY x DESC),
	grouping(x % 2), mlops.top_values(x, 9)
FROM unnest(array[1, 1, 2, 2, 3, 4]) AS x GROUP BY GROUPING SETS ((), (x % 2)) ORDER BY 4, 1, 2;

-- ties go by value, whatever order they come in
SELECT mlops.most_common(x), mlops.top_values(x, 3) FROM unnest(array[3, -1, 2, 3, -1, 2, 7]) AS x;
SELECT mlops.most_common(x), mlops.top_values(x, 3) FROM unnest(array['b', 'Z', 'ä', 'a']) AS x;

-- equal values of several images are one: the one with the smallest bytes stands for them
SELECT mlops.distinct_count(x), mlops.most_common(x), mlops.top_values(x, 2), mlops.entropy(x, 2), mlops.concentration_index(x)
FROM unnest(array[1.0, 1.00, 2, 2.000, 1]) AS x;
SELECT mlops.distinct_count(x), mlops.most_common(x), mlops.top_values(x, 5)
FROM unnest(array['-0', 0, 'NaN', 'NaN', 'Infinity', '-Infinity', '4.94065645841247e-324']::float8[]) AS x;
SELECT mlops.distinct_count(x), mlops.top_values(x, 5) FROM unnest(array['-0', 0, 'NaN', 1.5]::float4[]) AS x;
SELECT mlops.distinct_count(x), mlops.most_common(x) FROM unnest(array['1 day', '24 hours', '1 month']::interval[]) AS x;
SELECT mlops.distinct_count(x) FROM (SELECT 'a'::char(3) UNION ALL SELECT 'a'::char(1)) AS t (x);
SELECT mlops.distinct_count(x), mlops.distinct_count(x COLLATE "C") FROM (VALUES ('a'), ('A'), ('b')) AS t (x);
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT mlops.distinct_count(x COLLATE anycase), mlops.most_common(x COLLATE anycase), mlops.top_values(x COLLATE anycase, 2)
FROM (VALUES ('b'), ('a'), ('A')) AS t (x);

-- all kinds of types: by value and by reference, of fixed and of any length, domains, enums, arrays, composites
CREATE TYPE grade AS ENUM ('low', 'high', 'above');
CREATE DOMAIN amount AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE TYPE pair AS (a int, b text);
SELECT mlops.top_values(x, 2) FROM unnest(array['above', 'low', 'high', 'low', 'above']::grade[]) AS x;
SELECT mlops.top_values(x, 2), pg_typeof(mlops.most_common(x)) FROM unnest(array[3, 3.00, 5]::amount[]) AS x;
SELECT mlops.top_values(x, 2) FROM (VALUES ('(2,b)'::pair), ('(1,z)'), ('(2,b)')) AS t (x);
SELECT mlops.most_common(x), mlops.distinct_count(x) FROM (VALUES (array[1, 2]), (array[1]), (array[1, 2])) AS t (x);
SELECT mlops.most_common(x) FROM unnest(array[true, false, true]) AS x;
SELECT mlops.most_common(x) FROM unnest(array['2024-02-29', '2024-03-01', '2024-02-29']::date[]) AS x;
SELECT mlops.most_common(x) FROM unnest(array[md5('1'), md5('2'), md5('1')]::uuid[]) AS x;
SELECT mlops.top_values(x, 1) FROM unnest(array['{"a":1}', '{"a": 1}', '2']::jsonb[]) AS x;
SELECT mlops.most_common(x), mlops.distinct_count(x) FROM unnest(array['(1,2)', '(1,2)', '(0,1)']::point[]) AS x;
SELECT md5(mlops.most_common(x)), mlops.distinct_count(x)
FROM (SELECT repeat('long ', 100000) AS x FROM generate_series(1, 2) UNION ALL SELECT 'z') AS t;
SELECT mlops.distinct_count(t) FROM (VALUES (1, 2)) AS t (a, b);
\echo :SQLSTATE
SELECT mlops.distinct_count(x) FROM unnest(array['=r/postgres']::aclitem[]) AS x;
\echo :SQLSTATE

-- weights: shares of their exact sums; 0 counts for nothing, rows with a NULL are left out
SELECT mlops.concentration_index(x, w) FROM (VALUES ('a', 3), ('b', 2), ('c', 1)) AS t (x, w);
SELECT mlops.concentration_index(x, w) FROM (VALUES ('a', 1e16), ('a', 3), ('b', 3), ('b', 1e16), ('c', 0), ('c', '-0'),
	(NULL, 7), ('d', NULL)) AS t (x, w);
SELECT mlops.concentration_index(x, w) FROM (VALUES (1.0, 1e308), (1.00, 1e308), (2, 1e308), (2, 1e308)) AS t (x, w);
SELECT mlops.concentration_index(x, w) FROM (VALUES (1, 0), (2, 0)) AS t (x, w);
SELECT mlops.concentration_index(x, w) FROM (VALUES (1, 1), (2, -0.5)) AS t (x, w);
\echo :SQLSTATE
SELECT mlops.concentration_index(x, w) FROM (VALUES (1, 1), (2, 'NaN'::float8)) AS t (x, w);
\echo :SQLSTATE
SELECT mlops.concentration_index(x, w) FROM (VALUES (1, 1), (2, 'Infinity'::float8)) AS t (x, w);
\echo :SQLSTATE

-- parameters
SELECT mlops.entropy(x, 1) FROM unnest(array[1, 2]) AS x;
\echo :SQLSTATE
SELECT mlops.entropy(x, -2) FROM unnest(array[1, 2]) AS x;
SELECT mlops.entropy(x, 0) FROM unnest(array[1, 2]) AS x;
SELECT mlops.entropy(x, 'Infinity') FROM unnest(array[1, 2]) AS x;
SELECT mlops.entropy(x, NULL) FROM unnest(array[1, 2]) AS x;
SELECT mlops.entropy(x, x + 1) FROM unnest(array[1, 2]) AS x;
\echo :SQLSTATE
SELECT mlops.entropy(x, 0.5) FROM unnest(array[1, 2]) AS x;
SELECT mlops.top_values(x, 0) FROM unnest(array[1, 2]) AS x;
\echo :SQLSTATE
SELECT mlops.top_values(x, NULL) FROM unnest(array[1, 2]) AS x;
SELECT mlops.top_values(x, x) FROM unnest(array[1, 2]) AS x;
\echo :SQLSTATE

-- out of an aggregate
SELECT mlops._counted_step(NULL, 1);
\echo :SQLSTATE
SELECT mlops._counted_state_combine(NULL, NULL);
\echo :SQLSTATE

-- memory
SET mlops.max_aggregate_memory = '1MB';
SELECT mlops.distinct_count(i) FROM generate_series(1, 10000) AS i;
SELECT mlops.distinct_count(i) FROM generate_series(1, 100000) AS i;
\echo :SQLSTATE
SELECT mlops.distinct_count('a text longer than a slot holds ' || i) FROM generate_series(1, 100000) AS i;
\echo :SQLSTATE
RESET mlops.max_aggregate_memory;

-- The state itself, for what follows: an aggregate that returns it, and one that merges states.
CREATE AGGREGATE counted(anyelement) (
	SFUNC = mlops._counted_step, STYPE = mlops._counted_state, COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._counted_step, MINVFUNC = mlops._counted_inverse, MSTYPE = mlops._counted_state);
CREATE AGGREGATE counted(anyelement, float8) (
	SFUNC = mlops._concentration_index_step, STYPE = mlops._counted_state, COMBINEFUNC = mlops._counted_state_combine,
	PARALLEL = SAFE, MSFUNC = mlops._concentration_index_step, MINVFUNC = mlops._concentration_index_inverse,
	MSTYPE = mlops._counted_state);
CREATE AGGREGATE counted_rollup(mlops._counted_state) (
	SFUNC = mlops._counted_state_combine, STYPE = mlops._counted_state, COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE);
SELECT counted(x) FROM unnest(array['b', NULL, 'a"\', 'b']) AS x;
SELECT counted(x), mlops._counted_state_send(counted(x)) FROM unnest(array[1.50, 300, 1.50]) AS x;
SELECT counted(x, w) FROM (VALUES ('a', 0.1), ('a', 0.1), ('a', 2), ('b', NULL)) AS t (x, w);
SELECT counted_rollup(s) FROM (SELECT counted(x) AS s FROM unnest(array[1, 2, 2]) AS x GROUP BY x % 2) AS t;
SELECT counted_rollup(s) FROM (VALUES (NULL::mlops._counted_state)) AS t (s);
SELECT counted_rollup(s) FROM (SELECT counted(1) AS s UNION ALL SELECT counted(1.0)) AS t;
\echo :SQLSTATE
SELECT counted_rollup(s) FROM (SELECT counted(1) AS s UNION ALL SELECT counted(1, 1)) AS t;
\echo :SQLSTATE

-- a row with values of many kinds
-- no statistics, which the background might gather in the middle: the plan shown below hangs on them
CREATE TABLE spent WITH (autovacuum_enabled = false) AS
SELECT i, mlops._uniform(i, 1, 44) AS u, (mlops._uniform(i, 2, 44) * 30)::int AS who,
	CASE WHEN mlops._uniform(i, 3, 44) > 0.1 THEN (mlops._uniform(i, 4, 44) ^ 3 * 40)::int END AS n,
	CASE WHEN mlops._uniform(i, 3, 44) > 0.1 THEN 'category number ' || (mlops._uniform(i, 5, 44) ^ 2 * 15)::int END AS t,
	round((mlops._uniform(i, 6, 44) * 5)::numeric, (mlops._uniform(i, 7, 44) * 3)::int) AS d,
	CASE WHEN mlops._uniform(i, 8, 44) > 0.1 THEN exp(mlops._uniform(i, 9, 44) * 40 - 20) END AS w
FROM generate_series(1, 20000) AS i;

-- Moving = computed anew for each frame (a volatile argument does that), 140,000 frames, as bytes.
CREATE FUNCTION volatile_zero() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT (random() * 0)::int';
CREATE FUNCTION send_all(VARIADIC s mlops._counted_state[]) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	$$ SELECT string_agg(mlops._counted_state_send(x), '') FROM unnest(s) AS x $$;
WITH frames AS (
	SELECT mlops._counted_state_send(counted(n) OVER a) AS m1, mlops._counted_state_send(counted(n + volatile_zero()) OVER a) AS p1,
		mlops._counted_state_send(counted(t) OVER b) AS m2, mlops._counted_state_send(counted(t || left(volatile_zero()::text, 0)) OVER b) AS p2,
		mlops._counted_state_send(counted(d) OVER c) AS m3, mlops._counted_state_send(counted(d + volatile_zero()) OVER c) AS p3,
		mlops._counted_state_send(counted(t, w) OVER a) AS m4, mlops._counted_state_send(counted(t || left(volatile_zero()::text, 0), w) OVER a) AS p4,
		mlops._counted_state_send(counted(n, w) OVER b) AS m5, mlops._counted_state_send(counted(n + volatile_zero(), w) OVER b) AS p5
	FROM spent WINDOW a AS (PARTITION BY who ORDER BY i ROWS BETWEEN 9 PRECEDING AND 1 PRECEDING),
		b AS (PARTITION BY who ORDER BY u RANGE BETWEEN 0.02 PRECEDING AND 0.01 FOLLOWING),
		c AS (PARTITION BY who ORDER BY n GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW))
SELECT count(*), count(*) FILTER (WHERE m1 IS NOT DISTINCT FROM p1) AS a, count(*) FILTER (WHERE m2 IS NOT DISTINCT FROM p2) AS b,
	count(*) FILTER (WHERE m3 IS NOT DISTINCT FROM p3) AS c, count(*) FILTER (WHERE m4 IS NOT DISTINCT FROM p4) AS d,
	count(*) FILTER (WHERE m5 IS NOT DISTINCT FROM p5) AS e, count(DISTINCT m1) > 10000 AS differ
FROM frames;
WITH frames AS (
	SELECT array[float8send(mlops.entropy(n) OVER a), float8send(mlops.entropy(n, 2) OVER a), float8send(mlops.concentration_index(d) OVER a),
			float8send(mlops.concentration_index(t, w) OVER a), int8send(mlops.distinct_count(d) OVER a)] AS m1,
		array[float8send(mlops.entropy(n + volatile_zero()) OVER a), float8send(mlops.entropy(n + volatile_zero(), 2) OVER a), float8send(mlops.concentration_index(d + volatile_zero()) OVER a),
			float8send(mlops.concentration_index(t || left(volatile_zero()::text, 0), w) OVER a), int8send(mlops.distinct_count(d + volatile_zero()) OVER a)] AS p1,
		row(mlops.most_common(t) OVER b, mlops.top_values(n, 3) OVER b, mlops.most_common(d) OVER b)::text AS m2,
		row(mlops.most_common(t || left(volatile_zero()::text, 0)) OVER b, mlops.top_values(n + volatile_zero(), 3) OVER b, mlops.most_common(d + volatile_zero()) OVER b)::text AS p2
	FROM spent WINDOW a AS (PARTITION BY who ORDER BY i ROWS BETWEEN 11 PRECEDING AND 2 PRECEDING),
		b AS (PARTITION BY who ORDER BY u RANGE BETWEEN 0.02 PRECEDING AND 0.01 FOLLOWING))
SELECT count(*), count(*) FILTER (WHERE m1 IS NOT DISTINCT FROM p1) AS a, count(*) FILTER (WHERE m2 IS NOT DISTINCT FROM p2) AS b FROM frames;

-- the server's own answers for what it has
SELECT count(*), bool_and(a = b), bool_and(c IS NOT DISTINCT FROM d) FROM (
	SELECT mlops.distinct_count(d) AS a, count(DISTINCT d) AS b, mlops.most_common(n) AS c, mode() WITHIN GROUP (ORDER BY n) AS d
	FROM spent GROUP BY i / 7) AS t;

-- a frame start that jumps past all of the state, and frames without rows
SELECT i, mlops.entropy(x) OVER w, mlops.distinct_count(x) OVER w, mlops.top_values(x, 2) OVER w, counted(x) OVER w AS state
FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL), (90, 'c'), (91, 'c'), (200, 'd')) AS t (i, x)
WINDOW w AS (ORDER BY i RANGE BETWEEN 5 PRECEDING AND 1 PRECEDING);

-- Plain = parallel with 2 and 4 workers = merged tiles = another order of rows, as bytes.
CREATE VIEW answers AS
SELECT who, send_all(counted(n), counted(t), counted(d), counted(t, w), counted(n, w)) AS bytes,
	float8send(mlops.entropy(t)) || float8send(mlops.concentration_index(t, w)) AS numbers,
	row(mlops.most_common(d), mlops.top_values(t, 4))::text AS texts
FROM spent GROUP BY who;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE plain AS SELECT * FROM answers;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
ALTER TABLE spent SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT * FROM answers;
SELECT count(*), count(*) FILTER (WHERE plain.bytes = a.bytes AND plain.numbers = a.numbers AND plain.texts = a.texts) AS same
FROM plain JOIN answers AS a USING (who);
SET max_parallel_workers_per_gather = 4;
ALTER TABLE spent SET (parallel_workers = 4);
SELECT count(*), count(*) FILTER (WHERE plain.bytes = a.bytes AND plain.numbers = a.numbers AND plain.texts = a.texts) AS same
FROM plain JOIN answers AS a USING (who);
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT count(*), count(*) FILTER (WHERE plain.bytes = tiles.bytes) AS same FROM plain JOIN (
	SELECT who, send_all(counted_rollup(n), counted_rollup(t), counted_rollup(d), counted_rollup(tw), counted_rollup(nw)) AS bytes
	FROM (SELECT who, counted(n) AS n, counted(t) AS t, counted(d) AS d, counted(t, w) AS tw, counted(n, w) AS nw
		FROM (SELECT * FROM spent ORDER BY u) AS shuffled GROUP BY who, i % 5) AS tile GROUP BY who) AS tiles USING (who);

-- A state that is stored, as text and as bytes, is the same state.
CREATE TABLE stored AS SELECT who, counted(n) AS n, counted(t) AS t, counted(d) AS d, counted(t, w) AS tw FROM spent GROUP BY who;
SELECT count(*), bool_and(mlops._counted_state_send(n::text::mlops._counted_state) = mlops._counted_state_send(n)
	AND mlops._counted_state_send(t::text::mlops._counted_state) = mlops._counted_state_send(t)
	AND mlops._counted_state_send(d::text::mlops._counted_state) = mlops._counted_state_send(d)
	AND mlops._counted_state_send(tw::text::mlops._counted_state) = mlops._counted_state_send(tw)) FROM stored;

-- the settings of a session have no say in the bytes
SELECT md5(send_all(counted(x::timestamptz), counted(x::date))) AS a FROM unnest(array['2024-02-29', '2024-03-01']) AS x \gset
SET datestyle = 'German, DMY'; SET client_encoding = latin1;
SELECT md5(send_all(counted(x::timestamptz), counted(x::date))) = :'a' AS same FROM unnest(array['2024-02-29', '2024-03-01']) AS x;
SELECT mlops._counted_state_send(counted(convert_from('\xc3a4', 'UTF8')));
RESET datestyle; RESET client_encoding;

-- Hostile states.  A flat state is bytes, so bytes are taken for one here.
CREATE CAST (bytea AS mlops._counted_state) WITHOUT FUNCTION;
CREATE FUNCTION try_state(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops._counted_state_out(counted_rollup(bytes::mlops._counted_state));
	RETURN 'read';
EXCEPTION
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END
$$;
CREATE TEMP TABLE good AS
SELECT mlops._counted_state_send(counted(x)) AS bytes FROM unnest(array[1.5, 20, -300000]) AS x
UNION ALL SELECT mlops._counted_state_send(counted(x)) FROM unnest(array['a', 'ä', 'a text longer than a slot']) AS x
UNION ALL SELECT mlops._counted_state_send(counted(x, 2.5)) FROM (VALUES (array[1, 2]), (array[3])) AS t (x)
UNION ALL SELECT mlops._counted_state_send(counted(x)) FROM unnest(array[row(1, 'x')::pair]) AS x;
SELECT try_state(bytes), count(*) FROM good GROUP BY 1;
SELECT 'shortened' AS how, try_state(substr(bytes, 1, n)), count(*) FROM good, generate_series(0, length(bytes) - 1) AS n GROUP BY 2 ORDER BY 2;
SELECT 'lengthened' AS how, try_state(bytes || '\x00'), count(*) FROM good GROUP BY 2 ORDER BY 2;
SELECT 'flipped' AS how, try_state(set_bit(bytes, n, 1 - get_bit(bytes, n))) AS answer, count(*)
FROM good, generate_series(0, length(bytes) * 8 - 1) AS n GROUP BY 2 ORDER BY 2;
SELECT 'newer' AS how, try_state(set_byte(bytes, 1, 2)), count(*) FROM good GROUP BY 2;
\set VERBOSITY default
SELECT '\xc701'::bytea::mlops._counted_state;
SELECT '\xe701'::bytea::mlops._counted_state;
-- a type that is none, a value that its type refuses, and bytes behind a value
SELECT set_byte(bytes, 3, ascii('q'))::mlops._counted_state FROM good LIMIT 1;
SELECT '\xc7010a70675f636174616c6f670376616c000000'::bytea::mlops._counted_state;
SELECT '\xc7010a70675f636174616c6f670464617465000000000000000000000001027fff02'::bytea::mlops._counted_state;
SELECT '\xc7010a70675f636174616c6f67046461746500000000000000000000000105ffffffff0002'::bytea::mlops._counted_state;
SELECT '\xc7010a70675f636174616c6f67047465787400000000000000000000000102ffff02'::bytea::mlops._counted_state;
SELECT '\xc7010a70675f636174616c6f67067265636f7264000000000000000000000000'::bytea::mlops._counted_state;
SELECT '{"_counted_state":1,"type_schema":"pg_catalog","type":"int4","null_count":0,"has_weights":0,"k":0,"base":0,"values":[["2",1],["10",1]]}'::mlops._counted_state;
SELECT '{"_counted_state":1,"type_schema":"pg_catalog","type":"int4","null_count":0,"has_weights":0,"k":0,"base":1,"values":[]}'::mlops._counted_state;
SELECT '{"_counted_state":1,"type_schema":"pg_catalog","type":"int4","null_count":0,"has_weights":0,"k":0,"base":0,"values":[["ten",1]]}'::mlops._counted_state;
SELECT '{"_counted_state":1,"type_schema":"","type":"","null_count":0,"has_weights":0,"k":0,"base":0,"values":[["1",1]]}'::mlops._counted_state;
SELECT '{"_counted_state":1,"type_schema":"pg_catalog","type":"text","null_count":0,"has_weights":1,"k":0,"base":0,"values":[["1",-1,1]]}'::mlops._counted_state;
SELECT '{"_counted_state":1,"type_schema":"","type":"","null_count":0,"has_weights":0,"k":0,"base":0,"values":[]}'::mlops._counted_state;
-- a domain's rule holds for what is read
SELECT replace(counted(x)::text, '3.00', '-3.00')::mlops._counted_state FROM unnest(array[3]::amount[]) AS x;

-- a state of values of another type than those that it is to give, or to take
\set text_state '{"_counted_state":1,"type_schema":"pg_catalog","type":"text","null_count":0,"has_weights":0,"k":3,"base":0,"values":[["a",1]]}'
SELECT mlops._most_common_final(:'text_state', NULL::int);
\echo :SQLSTATE
SELECT mlops._top_values_final(:'text_state', NULL::int, NULL);
SELECT mlops._most_common_final(:'text_state', NULL::text), mlops._top_values_final(:'text_state', NULL::text, NULL);
CREATE AGGREGATE begun(anyelement) (SFUNC = mlops._counted_step, STYPE = mlops._counted_state, INITCOND =
	'{"_counted_state":1,"type_schema":"pg_catalog","type":"text","null_count":0,"has_weights":0,"k":0,"base":0,"values":[["a",1]]}');
CREATE AGGREGATE begun_weighted(anyelement) (SFUNC = mlops._counted_step, STYPE = mlops._counted_state, INITCOND =
	'{"_counted_state":1,"type_schema":"pg_catalog","type":"text","null_count":0,"has_weights":1,"k":0,"base":0,"values":[]}');
SELECT begun(1);
SELECT begun('b'::text);
SELECT begun_weighted('b'::text);
\echo :SQLSTATE
DROP AGGREGATE begun(anyelement), begun_weighted(anyelement);

DROP CAST (bytea AS mlops._counted_state);
DROP VIEW answers;
DROP TABLE stored, spent;
DROP FUNCTION try_state, send_all, volatile_zero;
DROP AGGREGATE counted(anyelement), counted(anyelement, float8), counted_rollup(mlops._counted_state);
DROP TYPE grade, pair;
DROP DOMAIN amount;
DROP COLLATION anycase;
