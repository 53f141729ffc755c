-- Runs of true flags: published values, ties on time with and without a tiebreak, NULL flags that break or
-- are skipped, any order of rows, frames, tiles.
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
\pset null NULL
CREATE FUNCTION pg_temp.streaks(s mlops.streak_stats, OUT current int8, OUT longest int8, OUT n int8, OUT last_break timestamptz, OUT rows int8, OUT nulls int8) LANGUAGE sql AS
$$ SELECT mlops.current_streak(s), mlops.longest_streak(s), mlops.streak_count(s), mlops.last_break(s), mlops.value_count(s), mlops.null_count(s) $$;
CREATE TEMP TABLE flag AS SELECT b, '2026-01-01'::timestamptz + i * interval '1 day' AS ts, i FROM unnest('{t,t,f,t,t,t,NULL,t}'::bool[]) WITH ORDINALITY AS u (b, i);

SELECT (pg_temp.streaks(mlops.streak_agg(b, ts, i))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(b, ts, i, 'break'))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(b, ts, i, 'skip'))).* FROM flag;
-- nothing depends on the order of arrival
SELECT count(DISTINCT mlops._streak_stats_send(s)) AS states FROM (SELECT mlops.streak_agg(b, ts, i ORDER BY (i * k) % 9) AS s FROM flag, unnest('{1,2,4,5,7,8}'::int[]) AS k GROUP BY k) AS q;
-- one time for all: the tiebreak says the order; equal ones have false before true before NULL
SELECT (pg_temp.streaks(mlops.streak_agg(b, '2026-01-01', i))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(b, '2026-01-01', 0))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(b, '2026-01-01', 0, 'skip'))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(b, '2026-01-01', -i))).* FROM flag;
-- no rows, none that is true, none that is not, rows without a place
SELECT (pg_temp.streaks(mlops.streak_agg(b, ts, i) FILTER (WHERE i < 0))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(false, ts, i))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(true, ts, i))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(NULL, ts, i, 'skip'))).* FROM flag
UNION ALL SELECT (pg_temp.streaks(mlops.streak_agg(b, CASE WHEN i > 1 THEN ts END, nullif(i, 8)))).* FROM flag;
SELECT mlops.streak_agg(b, ts, i) AS state FROM flag WHERE i > 5;
SELECT mlops.streak_agg(b, ts, i) AS empty FROM flag WHERE i < 0;

-- wrong arguments
SELECT mlops.streak_agg(b, ts, i, 'ignore') FROM flag;
\echo :SQLSTATE
SELECT mlops.streak_agg(b, ts, i, NULL) FROM flag;
\echo :SQLSTATE
SELECT mlops.streak_agg(b, ts, i, CASE WHEN i = 4 THEN 'skip' ELSE 'break' END) FROM flag;
\echo :SQLSTATE
SELECT mlops.streak_agg(b, '-infinity', i) FROM flag;
\echo :SQLSTATE
SELECT mlops._streak_inverse(NULL, true, now(), 1);
\echo :SQLSTATE
SELECT mlops.rollup(s) FROM (SELECT mlops.streak_agg(b, ts, i) AS s FROM flag UNION ALL SELECT mlops.streak_agg(b, ts, i, 'skip') FROM flag) AS q;
\echo :SQLSTATE
SELECT '{"streak_stats": 1, "on_null": 2, "null_count": 0, "events": [[0, 0, 2]]}'::mlops.streak_stats;
\echo :SQLSTATE
SELECT '{"streak_stats": 1, "on_null": 0, "null_count": 0, "events": [[0, 0, 1]]}'::mlops.streak_stats;
\echo :SQLSTATE

-- frames against islands of the server's own functions, and tiles that overlap
CREATE TEMP TABLE payment AS SELECT i, i % 3 AS who, CASE WHEN i * 31 % 11 > 0 THEN i * 17 % 5 > 0 END AS paid, '2026-01-01'::timestamptz + (i / 2) * interval '1 hour' AS ts FROM generate_series(1, 300) AS i;
SELECT on_null, count(*) AS frames, count(*) FILTER (WHERE (mlops.current_streak(s), mlops.longest_streak(s), mlops.streak_count(s)) IS DISTINCT FROM wanted) AS different
FROM (SELECT on_null, s, (SELECT ROW(coalesce(max(n) FILTER (WHERE last = latest), 0), coalesce(max(n), 0), count(*)) FROM (
			SELECT count(*) AS n, max(place) AS last, max(max(latest)) OVER () AS latest FROM (
				SELECT paid, place, place - row_number() OVER (PARTITION BY paid ORDER BY place) AS island, max(place) OVER () AS latest FROM (
					SELECT paid, row_number() OVER (ORDER BY ts, i) AS place FROM payment WHERE i = ANY (frame) AND (paid IS NOT NULL OR on_null = 'break')) AS numbered) AS placed
			WHERE paid GROUP BY island) AS run) AS wanted
	FROM (SELECT on_null, array_agg(i) OVER w AS frame, mlops.streak_agg(paid, ts, i, on_null) OVER w AS s
		FROM payment, unnest('{break,skip}'::text[]) AS on_null WINDOW w AS (PARTITION BY on_null, who ORDER BY ts, i ROWS 14 PRECEDING)) AS moving) AS q
GROUP BY on_null ORDER BY on_null;
SELECT mlops._streak_stats_send(mlops.rollup(s)) = (SELECT mlops._streak_stats_send(mlops.streak_agg(paid, ts, i)) FROM payment) AS same
FROM (SELECT mlops.streak_agg(paid, ts, i ORDER BY -i) AS s FROM payment GROUP BY who) AS tile;
