-- Averages over time: published values, what is before and behind the range, ties, lines that cross a threshold,
-- what is not finite, any order of rows, frames, tiles.
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
\pset null NULL
CREATE FUNCTION pg_temp.weighted(s mlops.time_weighted, threshold float8, OUT average float8, OUT integral float8, OUT above float8, OUT is_partial bool) LANGUAGE sql AS
$$ SELECT mlops.time_weighted_avg(s), mlops.integral(s) / 86400, mlops.time_above(s, threshold) / 86400, mlops.is_partial(s) $$;
CREATE TEMP TABLE reading AS SELECT v::float8, '2026-01-01'::timestamptz + day * interval '1 day' AS ts, day FROM (VALUES (10, 0), (20, 5), (40, 10)) AS r (v, day);
CREATE TEMP TABLE span AS SELECT name, method, '2026-01-01'::timestamptz + a * interval '1 day' AS range_start, '2026-01-01'::timestamptz + b * interval '1 day' AS range_end
FROM (VALUES ('1 whole', 0, 10), ('2 from within', 3, 10), ('3 into the next', 0, 7), ('4 early', -10, 10), ('5 late', 12, 20), ('6 between', 1, 4), ('7 to the first', -5, 0), ('8 before', -9, -1),
	('9 within and on', 3, 20)) AS r (name, a, b), unnest('{locf,linear}'::text[]) AS method;

-- integrals and times in days
SELECT name, method, (pg_temp.weighted(s, 15)).* FROM (
	SELECT name, method, mlops.time_weight_agg(v, ts, method, range_start, range_end) AS s FROM span, reading GROUP BY name, method) AS q ORDER BY name, method;
-- a line that rises and falls, and is cut
SELECT name, x, mlops.time_above(s, x) / 86400 AS days FROM (
	SELECT name, mlops.time_weight_agg(v, ts, 'linear', range_start, '2026-01-09') AS s
	FROM (VALUES ('from day 0', '2026-01-01'::timestamptz), ('from day 3', '2026-01-04')) AS n (name, range_start), (VALUES (0::float8, '2026-01-01'::timestamptz), (8, '2026-01-05'), (0, '2026-01-09')) AS r (v, ts) GROUP BY name) AS q,
	unnest('{-1,0,2,6,7,8,9}'::float8[]) AS x ORDER BY name, x;
-- several values at one time: the largest holds, a line goes to the smallest
SELECT method, (pg_temp.weighted(mlops.time_weight_agg(v, ts, method, '2026-01-01', '2026-01-03'), 3)).*
FROM (VALUES (0::float8, '2026-01-01'::timestamptz), (6, '2026-01-02'), (2, '2026-01-02'), (4, '2026-01-02')) AS r (v, ts), unnest('{locf,linear}'::text[]) AS method GROUP BY method ORDER BY method;
-- exact: no microsecond and no digit is lost
SELECT mlops.integral(s), mlops.time_weighted_avg(s) FROM (SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', '2026-01-01 00:00:04') AS s
	FROM (VALUES (1e16::float8, '2026-01-01'::timestamptz), (1, '2026-01-01 00:00:01'), (-1e16, '2026-01-01 00:00:02'), (0.1, '2026-01-01 00:00:03')) AS r (v, ts)) AS q;
SELECT mlops.time_weighted_avg(s) AS average FROM (SELECT mlops.time_weight_agg(1e308, ts, 'linear', '2026-01-01', '2026-01-21') AS s FROM reading) AS q;
SELECT mlops.integral(s) FROM (SELECT mlops.time_weight_agg(1e308, ts, 'linear', '2026-01-01', '2026-01-21') AS s FROM reading) AS q;
\echo :SQLSTATE
-- the order of arrival does not matter
SELECT count(DISTINCT mlops._time_weighted_send(s)) AS states FROM (SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', '2026-01-11' ORDER BY day * k % 16) AS s FROM reading, generate_series(1, 5) AS k GROUP BY k) AS q;

-- NULL, no rows
SELECT s, mlops.value_count(s), mlops.null_count(s), (pg_temp.weighted(s, 0)).*
FROM (SELECT mlops.time_weight_agg(nullif(v, 20), CASE WHEN day < 10 THEN ts END, 'locf', '2026-01-01', '2026-01-11') AS s FROM reading) AS q;
SELECT s, mlops.value_count(s), (pg_temp.weighted(s, 0)).* FROM (SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', '2026-01-11') AS s FROM reading WHERE false) AS q;
SELECT mlops.time_above(s, NULL) AS of_null FROM (SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', '2026-01-11') AS s FROM reading) AS q;
-- what is not finite
SELECT mlops.time_weight_agg('Infinity', ts, 'locf', '2026-01-01', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT x, method, policy, (pg_temp.weighted(s, 15)).* FROM (SELECT x, method, policy, mlops.time_weight_agg(CASE day WHEN 5 THEN x ELSE v END, ts, method, '2026-01-01', '2026-01-11', policy) AS s
	FROM reading, unnest('{NaN,Infinity,-Infinity}'::float8[]) AS x, unnest('{locf,linear}'::text[]) AS method, unnest('{skip,propagate}'::text[]) AS policy GROUP BY x, method, policy) AS q
ORDER BY x, method, policy;

-- wrong arguments
SELECT mlops.time_weight_agg(v, ts, 'cubic', '2026-01-01', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, ts, NULL, '2026-01-01', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', NULL) FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-11', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, ts, 'locf', '-infinity', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, 'infinity', 'locf', '2026-01-01', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, ts, CASE day WHEN 0 THEN 'locf' ELSE 'linear' END, '2026-01-01', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', ts + interval '1 day') FROM reading;
\echo :SQLSTATE
SELECT mlops.rollup(s) FROM (SELECT mlops.time_weight_agg(v, ts, method, '2026-01-01', '2026-01-11') AS s FROM reading, unnest('{locf,linear}'::text[]) AS method GROUP BY method) AS q;
\echo :SQLSTATE
SELECT mlops.time_above(s, 'NaN') FROM (SELECT mlops.time_weight_agg(v, ts, 'locf', '2026-01-01', '2026-01-11') AS s FROM reading) AS q;
\echo :SQLSTATE
SELECT mlops._time_weight_step(NULL, 1, now(), 'locf', now(), now());
\echo :SQLSTATE
SELECT '{"time_weighted": 1, "method": 1, "range_start": 5, "range_end": 5, "on_nonfinite": 0, "null_count": 1, "events": []}'::mlops.time_weighted;
\echo :SQLSTATE
SELECT '{"time_weighted": 1, "method": 1, "range_start": 0, "range_end": 5, "on_nonfinite": 0, "null_count": 0, "events": [[0, "NaN"]]}'::mlops.time_weighted;
\echo :SQLSTATE

-- frames in any order, and tiles that overlap
CREATE TEMP TABLE balance AS SELECT i, i % 3 AS who, (i * 7919 % 1000) / 7.0::float8 AS v, '2026-01-01'::timestamptz + (i * 31 % 97) * interval '5 hours' AS ts FROM generate_series(1, 200) AS i;
SELECT method, count(*) AS frames, count(*) FILTER (WHERE moving <> (SELECT mlops._time_weighted_send(mlops.time_weight_agg(b.v, b.ts, method, '2026-01-05', '2026-01-15')) FROM balance AS b WHERE b.i = ANY (frame))) AS different
FROM (SELECT method, mlops._time_weighted_send(mlops.time_weight_agg(v, ts, method, '2026-01-05', '2026-01-15') OVER w) AS moving, array_agg(i) OVER w AS frame
	FROM balance, unnest('{locf,linear}'::text[]) AS method WINDOW w AS (PARTITION BY method, who ORDER BY i ROWS 6 PRECEDING)) AS q GROUP BY method ORDER BY method;
SELECT mlops._time_weighted_send(mlops.rollup(s)) = (SELECT mlops._time_weighted_send(mlops.time_weight_agg(v, ts, 'linear', '2026-01-05', '2026-01-15')) FROM balance) AS same
FROM (SELECT mlops.time_weight_agg(v, ts, 'linear', '2026-01-05', '2026-01-15') AS s FROM balance GROUP BY who) AS tile;
