-- Gaps between events, and time since the last and the first one: published values, any order of rows,
-- NULL and empty input, times that are not finite, frames, tiles, days that are 24 hours.
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
\pset null NULL
CREATE FUNCTION pg_temp.gaps(g mlops.gap_stats, OUT mean float8, OUT sd float8, OUT variation float8, OUT shortest float8, OUT longest float8, OUT last float8,
	OUT burstiness float8, OUT trend float8) LANGUAGE sql AS
$$ SELECT mlops.mean_gap(g), mlops.stddev_gap(g), mlops.gap_variation(g), mlops.min_gap(g), mlops.max_gap(g), mlops.last_gap(g), mlops.burstiness(g), mlops.gap_trend(g) $$;

-- days 0, 1, 3, 7 in every order: in days 7/3, 1.5275252316519465
SELECT count(*) AS orders, count(DISTINCT mlops._gap_stats_send(g)) AS states, min(mlops.mean_gap(g) / 86400) AS mean, min(mlops.stddev_gap(g) / 86400) AS sd,
	min(mlops.gap_variation(g)) AS variation, min(mlops.burstiness(g)) AS burstiness, min(mlops.gap_trend(g) / 86400) AS trend
FROM (SELECT mlops.gap_agg('2026-01-01'::timestamptz + day * interval '24 hours' ORDER BY ordinality) AS g
	FROM (SELECT ARRAY[a, b, c, d] AS days FROM unnest('{0,1,3,7}'::int[]) AS a, unnest('{0,1,3,7}'::int[]) AS b, unnest('{0,1,3,7}'::int[]) AS c, unnest('{0,1,3,7}'::int[]) AS d
		WHERE a <> b AND a <> c AND a <> d AND b <> c AND b <> d AND c <> d) AS o, unnest(days) WITH ORDINALITY AS u (day) GROUP BY days) AS q;
-- one microsecond counts: 100,000 events of one second but for one
SELECT mlops.mean_gap(g), mlops.min_gap(g), mlops.max_gap(g), mlops.stddev_gap(g)
FROM (SELECT mlops.gap_agg('2026-01-01'::timestamptz + i * interval '1 second' + CASE i WHEN 50000 THEN interval '1 microsecond' ELSE '0' END) AS g FROM generate_series(0, 99999) AS i) AS q;
-- too few events, events at one time, a clock
SELECT name, (pg_temp.gaps(g)).* FROM (SELECT name, mlops.gap_agg(ts) AS g FROM (VALUES ('none', NULL::timestamptz), ('one', '2026-01-01'),
	('two', '2026-01-01'), ('two', '2026-01-02'), ('same', '2026-01-01'), ('same', '2026-01-01'), ('same', '2026-01-01'),
	('clock', '2026-01-01'), ('clock', '2026-01-02'), ('clock', '2026-01-03')) AS v (name, ts) GROUP BY name) AS q ORDER BY name;
SELECT mlops.value_count(g), mlops.null_count(g), mlops.mean_gap(g), g FROM (SELECT mlops.gap_agg(ts) AS g FROM unnest('{2026-01-01,NULL,2026-01-03,NULL}'::timestamptz[]) AS ts) AS q;
-- no rows: the empty state
SELECT g, mlops.value_count(g), mlops.null_count(g), mlops.mean_gap(g) IS NULL AS undefined FROM (SELECT mlops.gap_agg(ts) AS g FROM (SELECT now() AS ts WHERE false) AS r) AS q;
-- the widest span of times that the server has
SELECT (pg_temp.gaps(g)).* FROM (SELECT mlops.gap_agg(ts) AS g FROM unnest('{4713-01-01 BC,294276-12-31 23:59:59.999999,2000-01-01}'::timestamptz[]) AS ts) AS q;
SELECT mlops.gap_agg(ts) FROM unnest('{2026-01-01,infinity}'::timestamptz[]) AS ts;
\echo :SQLSTATE
SELECT mlops._gap_step(NULL, now());
\echo :SQLSTATE

-- a day is 24 hours, whatever the zone: the clocks of Berlin go forward on 29 March 2026
SET TIME ZONE 'Europe/Berlin';
SELECT mlops.mean_gap(mlops.gap_agg(ts)) / 3600 AS hours, mlops.recency(ts, '2026-03-30') / 3600 AS recency FROM unnest('{2026-03-28,2026-03-29,2026-03-30}'::timestamptz[]) AS ts;
SET TIME ZONE 'UTC';

-- in a frame, whatever its order
CREATE TEMP TABLE event AS SELECT i, i % 4 AS who, '2026-01-01'::timestamptz + (i * 7919 % 500) * interval '1 hour' AS ts FROM generate_series(1, 400) AS i;
UPDATE event SET ts = NULL WHERE i % 13 = 0;
SELECT sorting, count(*) AS frames, count(*) FILTER (WHERE moving <> (SELECT mlops._gap_stats_send(mlops.gap_agg(e.ts)) FROM event AS e WHERE e.i = ANY (frame))) AS different
FROM (SELECT 'by time' AS sorting, mlops._gap_stats_send(mlops.gap_agg(ts) OVER w) AS moving, array_agg(i) OVER w AS frame FROM event WINDOW w AS (PARTITION BY who ORDER BY ts ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING)
	UNION ALL SELECT 'backwards', mlops._gap_stats_send(mlops.gap_agg(ts) OVER w), array_agg(i) OVER w FROM event WINDOW w AS (PARTITION BY who ORDER BY ts DESC ROWS BETWEEN 9 PRECEDING AND 2 PRECEDING)
	UNION ALL SELECT 'otherwise', mlops._gap_stats_send(mlops.gap_agg(ts) OVER w), array_agg(i) OVER w FROM event WINDOW w AS (PARTITION BY who ORDER BY i ROWS BETWEEN 9 PRECEDING AND 4 PRECEDING)) AS q
GROUP BY sorting ORDER BY sorting;

-- tiles that overlap, shuffled
SELECT mlops._gap_stats_send(mlops.rollup(g)) = (SELECT mlops._gap_stats_send(mlops.gap_agg(ts)) FROM event) AS same
FROM (SELECT mlops.gap_agg(ts ORDER BY i % 7, ts DESC) AS g FROM event GROUP BY who) AS tile;
SELECT mlops.rollup(g) FROM (SELECT NULL::mlops.gap_stats AS g) AS q;
-- a state as text and as bytes
SELECT g::text::mlops.gap_stats::text = g::text AS same FROM (SELECT mlops.gap_agg(ts) AS g FROM event) AS q;
SELECT '{"gap_stats": 1, "null_count": 0, "events": [5, 3]}'::mlops.gap_stats;
\echo :SQLSTATE
SELECT '{"gap_stats": 2, "null_count": 0, "events": [3]}'::mlops.gap_stats;
\echo :SQLSTATE
SELECT mlops.last_gap('{"gap_stats": 1, "null_count": 0, "events": [-5, 3, 3, 10]}') AS microseconds_7;

-- time since the last and the first event
SELECT mlops.recency(ts, '2026-02-01') AS recency, mlops.tenure(ts, '2026-02-01') AS tenure, mlops.recency(ts, '2026-02-01') FILTER (WHERE i < 0) AS of_none,
	mlops.recency(NULL, '2026-02-01') AS of_null, mlops.recency(ts, '2026-02-01 00:00:00.000001') - mlops.recency(ts, '2026-02-01') AS microsecond FROM event;
SELECT mlops.recency(ts, ts) AS now FROM event WHERE i = 1;
SELECT mlops.recency(ts, '2026-01-01 00:00') FROM event;
\echo :SQLSTATE
SELECT mlops.tenure(ts, NULL) FROM event;
\echo :SQLSTATE
SELECT mlops.tenure(ts, '2027-01-01'::timestamptz + i * interval '1 day') FROM event;
\echo :SQLSTATE
SELECT mlops.tenure(ts, 'infinity') FROM event;
\echo :SQLSTATE
SELECT mlops.recency(ts, '2026-02-01') FROM unnest('{-infinity}'::timestamptz[]) AS ts;
\echo :SQLSTATE
SELECT mlops._elapsed_step(NULL, now(), now());
\echo :SQLSTATE
-- before the microseconds of a double are whole: the year 2285
SELECT mlops.recency(ts, '9999-01-01 00:00:00.000003') OVER w AS recency, mlops.tenure(ts, '9999-01-01 00:00:00.000003') OVER w AS tenure
FROM unnest('{9999-01-01 00:00:00.000001,9999-01-01 00:00:00.000002,9999-01-01 00:00:00.000001,9999-01-01 00:00:00.000003}'::timestamptz[]) WITH ORDINALITY AS u (ts, i)
WINDOW w AS (ORDER BY i ROWS 1 PRECEDING);
SELECT count(*) AS frames, count(*) FILTER (WHERE recency IS DISTINCT FROM (SELECT extract(epoch FROM '2026-02-01' - max(e.ts))::float8 FROM event AS e WHERE e.i = ANY (frame))
	OR tenure IS DISTINCT FROM (SELECT extract(epoch FROM '2026-02-01' - min(e.ts))::float8 FROM event AS e WHERE e.i = ANY (frame))) AS different
FROM (SELECT mlops.recency(ts, '2026-02-01') OVER w AS recency, mlops.tenure(ts, '2026-02-01') OVER w AS tenure, array_agg(i) OVER w AS frame
	FROM event WINDOW w AS (PARTITION BY who ORDER BY i ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING)) AS q;

-- a function that is not as constant as it says: the rows of a frame leave it with times that came in as NULL
CREATE TEMP SEQUENCE call;
CREATE FUNCTION pg_temp.fickle(ts timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN nextval('call') > 3 THEN ts END $$;
SELECT mlops.recency(pg_temp.fickle(ts), '2026-02-01') OVER (ORDER BY i ROWS 2 PRECEDING) FROM event WHERE ts IS NOT NULL;
\echo :SQLSTATE
ALTER SEQUENCE call RESTART;
SELECT mlops.tenure(pg_temp.fickle(ts), '2026-02-01') OVER (ORDER BY i ROWS 2 PRECEDING) FROM event WHERE ts IS NOT NULL;
\echo :SQLSTATE
ALTER SEQUENCE call RESTART;
SELECT mlops.gap_agg(pg_temp.fickle(ts)) OVER (ORDER BY i ROWS 2 PRECEDING) FROM event WHERE ts IS NOT NULL;
\echo :SQLSTATE

-- a state stops at mlops.max_aggregate_memory
SET mlops.max_aggregate_memory = '64kB';
SELECT mlops.gap_agg('2026-01-01'::timestamptz + i * interval '1 second') FROM generate_series(1, 100000) AS i;
\echo :SQLSTATE
SELECT mlops.recency('2026-01-01'::timestamptz + i * interval '1 second', '2027-01-01') FROM generate_series(1, 100000) AS i;
