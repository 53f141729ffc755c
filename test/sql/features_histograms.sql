-- A histogram counts each row once, in the cell that the definition names; moving, parallel and merged
-- results are the counts of one plain pass; what is no list of edges or categories is refused.
\set SHOW_CONTEXT never
\pset null NULL

-- K + 1 edges: below, K cells, at or above, NULL, NaN
CREATE TEMP TABLE v (x float8);
INSERT INTO v VALUES (-1), ('-0'), (0), (4.9e-324), (9.999), (10), (19), (20), (1e308), (NULL), ('NaN'), ('Infinity'), ('-Infinity');
SELECT mlops.histogram_agg(x, '{0, 10, 20}') FROM v;
-- open ends hold the infinities
SELECT mlops.histogram_agg(x, '{-Infinity, 10, Infinity}'), mlops.histogram_agg(x, '{0, Infinity}'), mlops.histogram_agg(x, '{-Infinity, 0}') FROM v;
SELECT x, mlops.histogram_agg(x, '{-0.0, 10}') FROM v GROUP BY x ORDER BY x;
-- no rows, and rows without a value
SELECT mlops.histogram_agg(x, '{0, 1}') FROM v WHERE false;
SELECT mlops.histogram_agg(NULL, '{0, 1}'), mlops.histogram_agg('NaN', '{0, 1}'), mlops.histogram_agg(0.5, '{0, 1}') FROM generate_series(1, 3);
SELECT mlops.histogram_agg(x, '{0, 10}') FILTER (WHERE x > 0), mlops.histogram_agg(DISTINCT x, '{0, 10}'), mlops.histogram_agg(x, '{0, 10}' ORDER BY x) FROM v;
SELECT x > 9 AS large, mlops.histogram_agg(x, '{0, 10}') FROM v GROUP BY GROUPING SETS ((), (1)) ORDER BY large;
-- edges from a column, other ones in each group
SELECT k, mlops.histogram_agg(i, ARRAY[0, k, 10]) FROM generate_series(0, 9) AS i, generate_series(2, 4) AS k GROUP BY k ORDER BY k;

-- as text: a cell per category in the order given, OTHER, NULL; an empty text is a value
CREATE TEMP TABLE w (v text);
INSERT INTO w VALUES ('paid'), ('late'), ('paid'), ('Paid'), (''), (NULL), ('paid '), (repeat('x', 5000));
SELECT mlops.category_histogram_agg(v, '{late, paid}'), mlops.category_histogram_agg(v, '{paid, "", late}'), mlops.category_histogram_agg(v, '{}') FROM w;
SELECT mlops.category_histogram_agg(v, ARRAY['paid', repeat('x', 5000), repeat('x', 5001)]) FROM w;
SELECT mlops.category_histogram_agg(v, '{late}') FROM w WHERE false;
SELECT mlops.category_histogram_agg(NULL, '{late}') FROM w;

-- histograms of one length are added; NULL is none
SELECT mlops.rollup(h), mlops.rollup(h) FILTER (WHERE h IS NULL) FROM (VALUES ('{1, 2, 3}'::bigint[]), (NULL), ('{10, 0, 9223372036854775804}')) AS t (h);
SELECT mlops.rollup(h) FROM (VALUES ('{}'::bigint[]), ('{}')) AS t (h);
SELECT mlops.rollup(h) FROM (VALUES ('{1}'::bigint[])) AS t (h) WHERE false;
SELECT i, mlops.rollup(h) OVER (ORDER BY i ROWS 1 PRECEDING), mlops.rollup(h) OVER (ORDER BY i ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)
FROM (VALUES (1, '{1, 2}'::bigint[]), (2, NULL), (3, NULL), (4, '{5, 6, 7}'), (5, NULL), (6, NULL), (7, '{9}')) AS t (i, h);

-- what is refused
SELECT mlops.histogram_agg(x, NULL) FROM v;
\echo :SQLSTATE
SELECT mlops.histogram_agg(x, '{}') FROM v;
\echo :SQLSTATE
SELECT mlops.histogram_agg(x, '{1}') FROM v;
SELECT mlops.histogram_agg(x, '{1, 1}') FROM v;
SELECT mlops.histogram_agg(x, '{1, 3, 2.5}') FROM v;
\echo :SQLSTATE
SELECT mlops.histogram_agg(x, '{1, NaN}') FROM v;
SELECT mlops.histogram_agg(x, '{1, NULL}') FROM v;
\echo :SQLSTATE
SELECT mlops.histogram_agg(x, '{{1, 2}, {3, 4}}') FROM v;
\echo :SQLSTATE
SELECT mlops.histogram_agg(i, ARRAY[0, i]) FROM generate_series(1, 2) AS i;
\echo :SQLSTATE
SELECT mlops.histogram_agg(i, CASE WHEN i < 3 THEN '{0, 1}'::float8[] END) FROM generate_series(1, 4) AS i;
SELECT mlops.histogram_agg(i, ARRAY[0, i]) OVER (ORDER BY i) FROM generate_series(1, 2) AS i;
SELECT mlops.category_histogram_agg(v, NULL) FROM w;
SELECT mlops.category_histogram_agg(v, '{a, NULL}') FROM w;
SELECT mlops.category_histogram_agg(v, '{{a}, {b}}') FROM w;
SELECT mlops.category_histogram_agg(v, '{a, b, a}') FROM w;
\echo :SQLSTATE
SELECT mlops.category_histogram_agg(i::text, ARRAY['a', i::text]) FROM generate_series(1, 2) AS i;
\echo :SQLSTATE
SELECT mlops.rollup(h) FROM (VALUES ('{1, 2}'::bigint[]), ('{1}')) AS t (h);
\echo :SQLSTATE
SELECT mlops.rollup(h) FROM (VALUES ('{1, -2}'::bigint[])) AS t (h);
\echo :SQLSTATE
SELECT mlops.rollup(h) FROM (VALUES ('{1, NULL}'::bigint[])) AS t (h);
SELECT mlops.rollup(h) FROM (VALUES ('{{1}, {2}}'::bigint[])) AS t (h);
SELECT mlops.rollup(h) FROM (VALUES ('{5, 9223372036854775807}'::bigint[]), ('{0, 1}')) AS t (h);
\echo :SQLSTATE
SELECT mlops._histogram_step(NULL, 1, '{0, 1}');
\echo :SQLSTATE
SELECT mlops._histogram_inverse(NULL, 1, '{0, 1}');
SELECT mlops._category_histogram_step(NULL, 'a', '{a}');
SELECT mlops._category_histogram_inverse(NULL, 'a', '{a}');
SELECT mlops._histogram_rollup_step(NULL, '{1}');
SELECT mlops._histogram_rollup_inverse(NULL, '{1}');
SELECT mlops._histogram_state_combine(NULL, NULL);
\echo :SQLSTATE

-- a state as text and as bytes; what no aggregate makes is refused
CREATE TEMP TABLE s (s mlops._histogram_state);
INSERT INTO s VALUES ('{"_histogram_state": 1, "kind": 0}'),
	('{"_histogram_state": 1, "kind": 1, "edges": ["-Infinity", 0.1, 2], "counts": [0, 2, 3, 0, 0, 9000000000]}'),
	('{"_histogram_state": 1, "kind": 2, "categories": ["a", "\"b\""], "counts": [1, 0, 0, 2]}'),
	('{"_histogram_state": 1, "kind": 3, "counts": [1, 2], "histograms": 1}');
SELECT s, mlops._histogram_state_send(s), mlops._histogram_final(s) FROM s;
SELECT '{"_histogram_state": 2, "kind": 0}'::mlops._histogram_state;
\echo :SQLSTATE
SELECT '{"_histogram_state": 1, "kind": 1, "edges": [2, 1], "counts": [1, 0, 0, 0, 0]}'::mlops._histogram_state;
\echo :SQLSTATE
SELECT '{"_histogram_state": 1, "kind": 1, "edges": [1, 2], "counts": [1, 0, 0, 0]}'::mlops._histogram_state;
SELECT '{"_histogram_state": 1, "kind": 2, "categories": ["a", "a"], "counts": [1, 0, 0, 0]}'::mlops._histogram_state;
SELECT '{"_histogram_state": 1, "kind": 3, "counts": [1, -2], "histograms": 1}'::mlops._histogram_state;
SELECT '{"_histogram_state": 1, "kind": 3, "counts": [1, 2], "histograms": 1} '::mlops._histogram_state;

-- A frame that moves has the counts of the server's own count(*), which knows nothing of cells: 120,000
-- frames, compared as bytes. Frames begin and end anywhere, some are empty, values repeat, a tenth is NULL.
CREATE TABLE walk AS
	SELECT i, i % 37 AS who, floor(mlops._uniform(i, 1, 7) * 200) AS t,
		CASE WHEN mlops._uniform(i, 2, 7) < 0.1 THEN NULL WHEN mlops._uniform(i, 2, 7) < 0.15 THEN 'NaN' WHEN mlops._uniform(i, 2, 7) < 0.17 THEN 'Infinity'
			WHEN mlops._uniform(i, 2, 7) < 0.19 THEN '-Infinity' ELSE floor(mlops._uniform(i, 3, 7) * 16) / 2 - 1 END AS x,
		(ARRAY['paid', 'late', 'lost', 'new', '', NULL])[1 + floor(mlops._uniform(i, 4, 7) * 6)::int] AS v
	FROM generate_series(1, 30000) AS i;
CREATE FUNCTION pg_temp.naive(bigint[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT array_send(CASE WHEN (SELECT sum(n) FROM unnest($1) AS n) > 0 THEN $1 END) $$;
CREATE FUNCTION pg_temp.compare(frame text) RETURNS TABLE (frames bigint, empty bigint, numbers_differ bigint, open_differ bigint, categories_differ bigint)
LANGUAGE plpgsql AS $body$
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT count(*), count(*) FILTER (WHERE a IS NULL), count(*) FILTER (WHERE a IS DISTINCT FROM b),
			count(*) FILTER (WHERE c IS DISTINCT FROM d), count(*) FILTER (WHERE e IS DISTINCT FROM f)
		FROM (
			SELECT array_send(mlops.histogram_agg(x, '{0, 1, 2.5, 4}') OVER w) AS a,
				pg_temp.naive(ARRAY[count(*) FILTER (WHERE x < 0) OVER w, count(*) FILTER (WHERE x >= 0 AND x < 1) OVER w,
					count(*) FILTER (WHERE x >= 1 AND x < 2.5) OVER w, count(*) FILTER (WHERE x >= 2.5 AND x < 4) OVER w,
					count(*) FILTER (WHERE x >= 4 AND x <> 'NaN') OVER w, count(*) FILTER (WHERE x IS NULL) OVER w, count(*) FILTER (WHERE x = 'NaN') OVER w]) AS b,
				array_send(mlops.histogram_agg(x, '{-Infinity, 3, Infinity}') OVER w) AS c,
				pg_temp.naive(ARRAY[0, count(*) FILTER (WHERE x < 3) OVER w, count(*) FILTER (WHERE x >= 3 AND x <> 'NaN') OVER w, 0,
					count(*) FILTER (WHERE x IS NULL) OVER w, count(*) FILTER (WHERE x = 'NaN') OVER w]) AS d,
				array_send(mlops.category_histogram_agg(v, '{paid, late, ""}') OVER w) AS e,
				pg_temp.naive(ARRAY[count(*) FILTER (WHERE v = 'paid') OVER w, count(*) FILTER (WHERE v = 'late') OVER w, count(*) FILTER (WHERE v = '') OVER w,
					count(*) FILTER (WHERE v IN ('lost', 'new')) OVER w, count(*) FILTER (WHERE v IS NULL) OVER w]) AS f
			FROM walk WINDOW w AS (PARTITION BY who ORDER BY t, i %s)) AS frames
		$query$, frame);
END
$body$;
SELECT * FROM pg_temp.compare('ROWS BETWEEN 12 PRECEDING AND 3 PRECEDING');
SELECT * FROM pg_temp.compare('ROWS BETWEEN 2 FOLLOWING AND 9 FOLLOWING');
SELECT * FROM pg_temp.compare('ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW');
SELECT * FROM pg_temp.compare('GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING');
-- by time: frames jump ahead of all that they held
SELECT count(*), count(*) FILTER (WHERE a IS NULL) AS empty, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ, count(*) FILTER (WHERE c IS DISTINCT FROM a) AS sums_differ,
	count(*) FILTER (WHERE d IS DISTINCT FROM e) AS excluded_differ
FROM (
	SELECT array_send(mlops.histogram_agg(x, '{0, 4}') OVER w) AS a,
		pg_temp.naive(ARRAY[count(*) FILTER (WHERE x < 0) OVER w, count(*) FILTER (WHERE x >= 0 AND x < 4) OVER w,
			count(*) FILTER (WHERE x >= 4 AND x <> 'NaN') OVER w, count(*) FILTER (WHERE x IS NULL) OVER w, count(*) FILTER (WHERE x = 'NaN') OVER w]) AS b,
		array_send(mlops.rollup(h) OVER w) AS c,
		mlops.histogram_agg(x, '{0, 4}') OVER (PARTITION BY who ORDER BY t RANGE BETWEEN 5 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS d,
		mlops.rollup(h) OVER (PARTITION BY who ORDER BY t RANGE BETWEEN 5 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS e
	FROM (SELECT *, (SELECT mlops.histogram_agg(x, '{0, 4}')) AS h FROM walk GROUP BY i, who, t, x, v) AS rows
	WINDOW w AS (PARTITION BY who ORDER BY t RANGE BETWEEN 5 PRECEDING AND 1 PRECEDING)) AS frames;
-- a histogram per row can be summed only by rollup; its NULLs leave frames that hold none
SELECT count(*), count(*) FILTER (WHERE a IS NULL) AS empty, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ
FROM (
	SELECT mlops.rollup(CASE WHEN x < 2 THEN ARRAY[1, i] END::bigint[]) OVER w AS a,
		CASE WHEN count(*) FILTER (WHERE x < 2) OVER w > 0 THEN ARRAY[count(*) FILTER (WHERE x < 2) OVER w, sum(i) FILTER (WHERE x < 2) OVER w] END AS b
	FROM walk WINDOW w AS (PARTITION BY who ORDER BY t, i ROWS 3 PRECEDING)) AS frames;

-- plain = two workers = four = tiles: the same bytes
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE walk SET (parallel_workers = 4);
SET max_parallel_workers_per_gather = 4;
EXPLAIN (COSTS OFF) SELECT mlops.histogram_agg(x, '{0, 4}'), mlops.category_histogram_agg(v, '{paid}'), mlops.rollup(ARRAY[i, t]::bigint[]) FROM walk;
-- CREATE TABLE AS runs in parallel, INSERT does not
CREATE TEMP VIEW whole AS SELECT NULL::bigint AS who, mlops.histogram_agg(x, '{0, 1, 2.5, 4}') AS a, mlops.category_histogram_agg(v, '{paid, late, ""}') AS b, mlops.rollup(ARRAY[i, t]::bigint[]) AS c FROM walk;
CREATE TEMP VIEW tile AS SELECT who, mlops.histogram_agg(x, '{0, 1, 2.5, 4}') AS a, mlops.category_histogram_agg(v, '{paid, late, ""}') AS b, mlops.rollup(ARRAY[i, t]::bigint[]) AS c FROM walk GROUP BY who;
CREATE TABLE run AS SELECT 4 AS workers, * FROM whole;
CREATE TABLE run_tiles AS SELECT 4 AS workers, * FROM tile;
SET max_parallel_workers_per_gather = 2;
CREATE TABLE run_2 AS SELECT 2 AS workers, * FROM whole;
CREATE TABLE run_tiles_2 AS SELECT 2 AS workers, * FROM tile;
SET max_parallel_workers_per_gather = 0;
INSERT INTO run TABLE run_tiles UNION ALL TABLE run_2 UNION ALL TABLE run_tiles_2 UNION ALL SELECT 0, * FROM whole UNION ALL SELECT 0, * FROM tile;
-- 1 + 37 results, of 3 runs
SELECT count(*) AS results, count(DISTINCT (who, array_send(a), array_send(b), array_send(c))) AS different FROM run;
SELECT a, b, c, (SELECT array_send(mlops.rollup(t.a)) = array_send(r.a) AND array_send(mlops.rollup(t.b)) = array_send(r.b) AND array_send(mlops.rollup(t.c)) = array_send(r.c)
	FROM run AS t WHERE t.workers = 0 AND t.who IS NOT NULL) AS tiles_are_equal
FROM run AS r WHERE workers = 0 AND who IS NULL;
DROP VIEW whole, tile;
DROP TABLE walk, run, run_tiles, run_2, run_tiles_2;

-- labels of the aggregates: moving, parallel, with a state of a type of their own
SELECT aggfnoid::regprocedure, aggmtransfn <> 0 AND aggminvtransfn <> 0 AS moves, aggcombinefn <> 0 AS combines, aggserialfn <> 0 AS serialises, aggtranstype::regtype,
	aggmtranstype::regtype, aggfinalmodify, aggmfinalmodify FROM pg_aggregate WHERE aggtranstype = 'mlops._histogram_state'::regtype ORDER BY aggfnoid::regprocedure::text COLLATE "C";
-- with memory for few cells only, many are refused
SET mlops.max_aggregate_memory = '64kB';
SELECT cardinality(mlops.category_histogram_agg('a', (SELECT array_agg(i::text) FROM generate_series(1, 20000) AS i)));
\echo :SQLSTATE

-- counts of numpy.histogram and of Counter (test/oracle/histograms.py)
CREATE TEMP TABLE golden (kind text, "values" text, cells text, counts bigint[]);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/histograms.csv"' WITH (FORMAT csv, HEADER)
SELECT kind, count(*), count(*) FILTER (WHERE found = counts) AS same FROM (
	SELECT kind, counts, CASE kind WHEN 'numbers' THEN (SELECT mlops.histogram_agg(x, cells::float8[]) FROM unnest("values"::float8[]) AS x)
		ELSE (SELECT mlops.category_histogram_agg(x, cells::text[]) FROM unnest("values"::text[]) AS x) END AS found
	FROM golden) AS q GROUP BY kind ORDER BY kind;
