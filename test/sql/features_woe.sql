-- Weight of evidence: the golden vectors, bad over good, and states whose bytes are the same plain, parallel, merged and
-- moving; states that are none are refused.
\pset null NULL
\set SHOW_CONTEXT never

-- bad (10, 30, 0), good (90, 70, 100)
CREATE TEMP TABLE scored AS
SELECT bin, i <= n_bad AS is_bad
FROM (VALUES ('a', 10, 100), ('b', 30, 100), ('c', 0, 100)) AS t (bin, n_bad, n), generate_series(1, n) AS i;
SELECT t.* FROM (SELECT mlops.woe_agg(bin, is_bad) AS s FROM scored) AS a, mlops.woe_table(s) AS t;
SELECT mlops.information_value(mlops.woe_agg(bin, is_bad)), mlops.woe_agg(bin, is_bad) FROM scored;
-- the information value is the psi of bad against good counts, and the sum of its parts
SELECT count(*), count(*) FILTER (WHERE float8send(mlops.information_value(s)) = float8send(mlops.psi(bad, good, 0.5))) AS same,
	count(*) FILTER (WHERE abs(mlops.information_value(s) - parts) <= 1e-14 * parts) AS near
FROM (SELECT mlops.woe_agg('bin ' || i % (2 + i / 400), i * 7919 % 1000 < 300 - i % (2 + i / 400)) AS s FROM generate_series(0, 7999) AS i GROUP BY i / 400) AS a,
	LATERAL (SELECT array_agg(n_bad) AS bad, array_agg(n_good) AS good, sum(information) AS parts FROM mlops.woe_table(s)) AS t;

-- equal shares say nothing
SELECT t.* FROM (SELECT mlops.woe_agg(bin, bad) AS s FROM (VALUES ('a', true), ('a', false), ('b', true), ('b', false)) AS t (bin, bad)) AS a,
	mlops.woe_table(s) AS t;

-- NULLs are left out and counted; a missing value that is to count has a bin of its own
SELECT mlops.woe_agg(bin, bad) AS s, mlops.null_count(mlops.woe_agg(bin, bad)), mlops.woe_agg(coalesce(bin, 'missing'), bad) AS with_missing
FROM (VALUES ('a', true), (NULL, true), ('a', NULL), (NULL, NULL), ('a', false)) AS t (bin, bad);

-- no rows, one class
SELECT mlops.woe_agg(bin, is_bad) AS s, mlops.information_value(mlops.woe_agg(bin, is_bad)), mlops.null_count(mlops.woe_agg(bin, is_bad))
FROM scored WHERE false;
SELECT t.* FROM (SELECT mlops.woe_agg(bin, is_bad) AS s FROM scored WHERE false) AS a, mlops.woe_table(s) AS t;
SELECT t.*, mlops.information_value(s) FROM (SELECT mlops.woe_agg(bin, is_bad) AS s FROM scored WHERE NOT is_bad) AS a, mlops.woe_table(s) AS t;
SELECT mlops.information_value(NULL), mlops.null_count(NULL::mlops.woe_stats);
SELECT * FROM mlops.woe_table(NULL);

-- bins are in the order of their bytes
SELECT string_agg(quote_literal(t.bin), ' ') FROM (SELECT mlops.woe_agg(bin, true) AS s
	FROM unnest(array['b', 'ä', '', 'B', 'a text longer than a slot', 'a']) AS bin) AS a, mlops.woe_table(s) AS t;

-- rollup: NULL, no states, states
SELECT mlops.rollup(s) FROM (VALUES (NULL::mlops.woe_stats)) AS t (s);
SELECT mlops.rollup(s) FROM (VALUES (NULL::mlops.woe_stats)) AS t (s) WHERE false;
SELECT mlops.rollup(s) FROM (SELECT mlops.woe_agg(bin, is_bad) AS s FROM scored GROUP BY bin, is_bad) AS t;

-- Moving = computed anew for each frame, as bytes.
-- no statistics, which the background might gather in the middle: the plan shown below hangs on them
CREATE TABLE judged WITH (autovacuum_enabled = false) AS
SELECT i, mlops._uniform(i, 1, 45) AS u, (mlops._uniform(i, 2, 45) * 30)::int AS who, mlops._uniform(i, 3, 45) < 0.3 AS bad,
	CASE WHEN mlops._uniform(i, 4, 45) > 0.1 THEN 'bin number ' || (mlops._uniform(i, 5, 45) ^ 2 * 15)::int END AS bin
FROM generate_series(1, 20000) AS i;
CREATE FUNCTION volatile_true() RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT random() >= 0';
WITH frames AS (
	SELECT mlops._woe_stats_send(mlops.woe_agg(bin, bad) OVER a) AS m1, mlops._woe_stats_send(mlops.woe_agg(bin, bad AND volatile_true()) OVER a) AS p1,
		mlops._woe_stats_send(mlops.woe_agg(bin, bad) OVER b) AS m2, mlops._woe_stats_send(mlops.woe_agg(bin, bad AND volatile_true()) OVER b) AS p2,
		float8send(mlops.information_value(mlops.woe_agg(bin, bad) OVER b)) AS m3,
		float8send(mlops.information_value(mlops.woe_agg(bin, bad AND volatile_true()) OVER b)) AS p3
	FROM judged WINDOW a AS (PARTITION BY who ORDER BY i ROWS BETWEEN 9 PRECEDING AND 1 PRECEDING),
		b AS (PARTITION BY who ORDER BY u RANGE BETWEEN 0.02 PRECEDING AND 0.01 FOLLOWING))
SELECT count(*), count(*) FILTER (WHERE m1 = p1) AS a, count(*) FILTER (WHERE m2 = p2) AS b,
	count(*) FILTER (WHERE m3 IS NOT DISTINCT FROM p3) AS c, count(DISTINCT m1) > 10000 AS differ FROM frames;

-- Plain = parallel with 2 and 4 workers = rollup of tiles.
CREATE VIEW answers AS
SELECT who, mlops._woe_stats_send(mlops.woe_agg(bin, bad)) AS bytes, float8send(mlops.information_value(mlops.woe_agg(bin, bad))) AS value
FROM judged GROUP BY who;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE plain AS SELECT * FROM answers;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 4;
ALTER TABLE judged SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT * FROM answers;
SELECT count(*), count(*) FILTER (WHERE plain.bytes = a.bytes AND plain.value = a.value) AS same FROM plain JOIN answers AS a USING (who);
ALTER TABLE judged SET (parallel_workers = 4);
SELECT count(*), count(*) FILTER (WHERE plain.bytes = a.bytes AND plain.value = a.value) AS same FROM plain JOIN answers AS a USING (who);
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT count(*), count(*) FILTER (WHERE plain.bytes = tiles.bytes) AS same FROM plain JOIN (
	SELECT who, mlops._woe_stats_send(mlops.rollup(s)) AS bytes
	FROM (SELECT who, mlops.woe_agg(bin, bad) AS s FROM (SELECT * FROM judged ORDER BY u) AS shuffled GROUP BY who, i % 5) AS tile
	GROUP BY who) AS tiles USING (who);

-- a state that is stored is the same state, as text too
CREATE TABLE stored AS SELECT who, mlops.woe_agg(bin, bad) AS s FROM judged GROUP BY who;
SELECT count(*), bool_and(mlops._woe_stats_send(s::text::mlops.woe_stats) = plain.bytes AND mlops._woe_stats_send(s) = plain.bytes)
FROM stored JOIN plain USING (who);

-- out of an aggregate; memory
SELECT mlops._woe_step(NULL, 'a', true);
\echo :SQLSTATE
SET mlops.max_aggregate_memory = '1MB';
SELECT mlops.woe_agg('bin number ' || i, true) FROM generate_series(1, 100000) AS i;
\echo :SQLSTATE
RESET mlops.max_aggregate_memory;

-- Hostile states: shortened, lengthened, with each bit flipped, of a newer version.
CREATE CAST (bytea AS mlops.woe_stats) WITHOUT FUNCTION;
CREATE FUNCTION try_state(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops.information_value(bytes::mlops.woe_stats);
	RETURN 'read';
EXCEPTION
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END
$$;
CREATE TEMP TABLE good AS SELECT mlops._woe_stats_send(mlops.woe_agg(bin, is_bad)) AS bytes FROM scored;
SELECT try_state(bytes) FROM good;
SELECT 'shortened' AS how, try_state(substr(bytes, 1, n)) AS answer, count(*) FROM good, generate_series(0, length(bytes) - 1) AS n GROUP BY 2;
SELECT 'lengthened' AS how, try_state(bytes || '\x00') AS answer FROM good;
SELECT 'flipped' AS how, try_state(set_bit(bytes, n, 1 - get_bit(bytes, n))) AS answer, count(*)
FROM good, generate_series(0, length(bytes) * 8 - 1) AS n GROUP BY 2 ORDER BY 2;
SELECT set_byte(bytes, 1, 2)::mlops.woe_stats FROM good;
\echo :SQLSTATE
SELECT '\xe701020001024103'::bytea::mlops.woe_stats;
SELECT '{"woe_stats":1,"bad_over_good":1,"null_count":0,"bins":[["b",1,0],["a",0,1]]}'::mlops.woe_stats;
SELECT '{"woe_stats":1,"bad_over_good":1,"null_count":0,"bins":[["a",0,0]]}'::mlops.woe_stats;
SELECT '{"woe_stats":1,"bad_over_good":1,"null_count":0,"bins":[["a\u0000",0,1]]}'::mlops.woe_stats;
SELECT '{"woe_stats":1,"bad_over_good":-1,"null_count":0,"bins":[]}'::mlops.woe_stats;

DROP CAST (bytea AS mlops.woe_stats);
DROP VIEW answers;
DROP TABLE stored, judged;
DROP FUNCTION try_state, volatile_true;
