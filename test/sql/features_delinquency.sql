-- Days past due: a history by hand, months as age() counts them in each zone at clock changes and month ends, random
-- histories against CASE and lag(), any order of rows, frames, tiles, wrong arguments.
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SET datestyle = 'ISO';
\pset null NULL
CREATE FUNCTION pg_temp.answers(s mlops.delinquency, OUT ever bool, OUT most int, OUT months int, OUT worst_3 int, OUT cures int8, OUT up int8, OUT n int8, OUT nulls int8) LANGUAGE sql AS
$$ SELECT mlops.ever_past_due(s, 30), mlops.max_days_past_due(s), mlops.months_since_past_due(s, 30), mlops.worst_in_months(s, 3), mlops.cure_count(s), mlops.roll_count(s, 0, 30), mlops.value_count(s), mlops.null_count(s) $$;

-- one a month from January on; the second cure comes by way of 12 days, 0 after 0 is none, 29 is not late enough
CREATE TEMP TABLE paid AS SELECT d, '2026-01-05'::timestamptz + (i - 1) * interval '1 month' AS ts, i FROM unnest('{0,35,0,0,29,0,31,95,12,0,NULL}'::int[]) WITH ORDINALITY AS u (d, i);
SELECT (pg_temp.answers(mlops.delinquency_agg(d, ts, '2026-12-31'))).* FROM paid
UNION ALL SELECT (pg_temp.answers(mlops.delinquency_agg(d, ts, '2026-12-31') FILTER (WHERE i < 5))).* FROM paid
UNION ALL SELECT (pg_temp.answers(mlops.delinquency_agg(d, ts, '2026-12-31') FILTER (WHERE d < 30))).* FROM paid;
-- all pairs of neighbours
SELECT from_bucket, to_bucket, mlops.roll_count(s, from_bucket, to_bucket) AS n FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS s FROM paid) AS q,
	unnest('{0,1,30,60,90}'::int[]) AS from_bucket, unnest('{0,1,30,60,90}'::int[]) AS to_bucket WHERE mlops.roll_count(s, from_bucket, to_bucket) > 0 ORDER BY 1, 2;
-- nothing depends on the order of arrival; rows of one time go by their days
SELECT count(DISTINCT mlops._delinquency_send(s)) AS states FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31' ORDER BY (i * k) % 13) AS s FROM paid, generate_series(1, 12) AS k GROUP BY k) AS q;
SELECT (pg_temp.answers(mlops.delinquency_agg(d, '2026-01-01', '2026-12-31'))).* FROM paid;
-- no rows, none that counts, one at as_of
SELECT (pg_temp.answers(mlops.delinquency_agg(d, ts, '2026-12-31') FILTER (WHERE i < 0))).* FROM paid
UNION ALL SELECT (pg_temp.answers(mlops.delinquency_agg(CASE WHEN i > 3 THEN d END, CASE WHEN i < 4 THEN ts END, '2026-12-31'))).* FROM paid
UNION ALL SELECT (pg_temp.answers(mlops.delinquency_agg(2147483647, '2026-12-31', '2026-12-31'))).*;
SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS empty FROM paid WHERE i < 0;
SELECT mlops.delinquency_agg(d, ts, '2026-12-31', 'europe/BERLIN') AS state FROM paid WHERE i IN (1, 8, 11);

-- months: month ends, and two clocks on the wall
SELECT late, as_of, zone, mlops.months_since_past_due(mlops.delinquency_agg(30, late, as_of, zone), 30) AS months,
	mlops.worst_in_months(mlops.delinquency_agg(30, late, as_of, zone), 1) AS worst_1
FROM (VALUES (timestamptz '2026-01-31', timestamptz '2026-02-28', 'UTC'), ('2026-01-31', '2026-03-01', 'UTC'), ('2024-01-30', '2024-02-29', 'UTC'), ('2024-02-29', '2025-02-28', 'UTC'), ('2024-02-29', '2025-03-01', 'UTC'),
	('2026-01-15 12:00', '2026-02-15 11:59:59.999999', 'UTC'), ('2026-01-15 12:00', '2026-02-15 12:00', 'UTC'),
	-- 23:30 on the 31st in UTC is the 1st in Berlin; summer time has the same wall clock an hour earlier
	('2026-01-31 23:30', '2026-02-28 23:45', 'UTC'), ('2026-01-31 23:30', '2026-02-28 23:45', 'Europe/Berlin'), ('2026-03-15 11:00', '2026-04-15 10:00', 'UTC'), ('2026-03-15 11:00', '2026-04-15 10:00', 'Europe/Berlin'),
	-- the hour that comes twice: as_of is later and shows an earlier time; a day that never was
	('2026-10-25 00:50', '2026-10-25 01:10', 'Europe/Berlin'), ('2026-09-25 00:50', '2026-10-25 01:10', 'Europe/Berlin'), ('2011-11-30 12:00', '2011-12-30 09:50', 'Pacific/Apia'), ('2011-11-30 12:00', '2011-12-30 10:00', 'Pacific/Apia')) AS t (late, as_of, zone)
GROUP BY late, as_of, zone ORDER BY late, as_of, zone;

-- Random histories against the server's own functions.  Times crowd where a clock or a month turns.
CREATE TEMP TABLE person AS
SELECT who, (ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', '<+14>-14', 'EST5EDT'])[1 + who % 8] AS zone,
	timestamptz '2024-01-31 23:00' + CASE who % 3 WHEN 0 THEN (mlops._uniform(who, 1, 3) * 900)::int * interval '1 day' ELSE (mlops._uniform(who, 1, 3) * 30)::int * interval '1 month' END + ((mlops._uniform(who, 2, 3) * 60)::int - 30) * interval '30 minutes' AS as_of FROM generate_series(1, 1000) AS who;
CREATE TEMP TABLE history AS
SELECT who, zone, as_of, i, CASE WHEN u > 0.05 THEN (ARRAY[0, 0, 0, 1, 29, 30, 59, 60, 89, 90, 400])[1 + (u * 10.99)::int % 11] END AS d, least(as_of, CASE WHEN v > 0.05 THEN
		(date_trunc('month', as_of) - (v * 30)::int * interval '1 month' + CASE WHEN w < 0.6 THEN interval '0' WHEN w < 0.7 THEN interval '27 days' WHEN w < 0.8 THEN interval '24 days' ELSE as_of - date_trunc('month', as_of) END) + ((w * 1000)::int % 31 - 15) * interval '30 minutes' END) AS ts
FROM person, generate_series(1, 20) AS i, LATERAL (SELECT mlops._uniform(who * 100 + i, 3, 3) AS u, mlops._uniform(who * 100 + i, 4, 3) AS v, mlops._uniform(who * 100 + i, 5, 3) AS w) AS drawn
WHERE who % 10 > 0 OR i < 3;
CREATE FUNCTION pg_temp.months(late timestamptz, as_of timestamptz, zone text) RETURNS int LANGUAGE sql AS
$$ SELECT (extract(year FROM a) * 12 + extract(month FROM a))::int FROM age(as_of AT TIME ZONE zone, late AT TIME ZONE zone) AS a $$;
CREATE TEMP VIEW wanted AS
SELECT p.who, ever, most, months, worst, cures, rolls, n FROM person AS p CROSS JOIN LATERAL (
	SELECT bool_or(d >= 30) AS ever, max(d) AS most, pg_temp.months(max(ts) FILTER (WHERE d >= 30), p.as_of, p.zone) AS months,
		ARRAY(SELECT max(h.d) FILTER (WHERE pg_temp.months(h.ts, h.as_of, h.zone) < k) FROM history AS h, unnest('{1,2,3,6,12,24,2147483647}'::int[]) AS k WHERE h.who = p.who AND h.ts IS NOT NULL GROUP BY k ORDER BY k) AS worst,
		count(*) FILTER (WHERE d = 0 AND turns[cardinality(turns)] >= 30) AS cures, count(*) AS n FROM (
			SELECT d, ts, array_agg(d) FILTER (WHERE d = 0 OR d >= 30) OVER (ORDER BY ts, d ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turns FROM history AS h WHERE h.who = p.who AND d IS NOT NULL AND ts IS NOT NULL) AS placed) AS a
CROSS JOIN LATERAL (SELECT array_agg(n_pairs ORDER BY f, t) AS rolls FROM (
	SELECT f, t, count(b) FILTER (WHERE before = f AND b = t) AS n_pairs FROM unnest('{0,1,30,60,90}'::int[]) AS f, unnest('{0,1,30,60,90}'::int[]) AS t LEFT JOIN (
		SELECT b, lag(b) OVER (ORDER BY ts, d) AS before FROM (SELECT h.*, CASE WHEN d = 0 THEN 0 WHEN d < 30 THEN 1 WHEN d < 60 THEN 30 WHEN d < 90 THEN 60 ELSE 90 END AS b FROM history AS h WHERE h.who = p.who AND d IS NOT NULL AND ts IS NOT NULL) AS bucket) AS pair ON true GROUP BY f, t) AS r) AS b;
CREATE TEMP TABLE state AS SELECT who, mlops.delinquency_agg(d, ts, as_of, zone ORDER BY mlops._uniform(who * 100 + i, 6, 3)) AS s FROM history GROUP BY who;
SELECT count(*) AS histories, sum(n) AS rows, sum(w.cures) AS cures, count(w.months) AS late, count(*) FILTER (WHERE (mlops.ever_past_due(s, 30), mlops.max_days_past_due(s), mlops.value_count(s)) IS DISTINCT FROM (w.ever, w.most, w.n)) AS wrong_days,
	count(*) FILTER (WHERE mlops.months_since_past_due(s, 30) IS DISTINCT FROM w.months) AS wrong_months,
	count(*) FILTER (WHERE ARRAY(SELECT mlops.worst_in_months(s, k) FROM unnest('{1,2,3,6,12,24,2147483647}'::int[]) AS k ORDER BY k) IS DISTINCT FROM w.worst) AS wrong_worst,
	count(*) FILTER (WHERE mlops.cure_count(s) IS DISTINCT FROM w.cures) AS wrong_cures,
	count(*) FILTER (WHERE ARRAY(SELECT mlops.roll_count(s, f, t) FROM unnest('{0,1,30,60,90}'::int[]) AS f, unnest('{0,1,30,60,90}'::int[]) AS t ORDER BY f, t) IS DISTINCT FROM w.rolls) AS wrong_rolls
FROM state JOIN wanted AS w USING (who);
-- the zone matters: so many rows are in another month than in UTC
SELECT count(*) > 300 AS differ FROM history WHERE pg_temp.months(ts, as_of, zone) <> pg_temp.months(ts, as_of, 'UTC');
-- tiles whose times overlap, the text form, and sliding frames are the state of their rows
SELECT count(*) AS histories, count(*) FILTER (WHERE mlops._delinquency_send(tiles) <> mlops._delinquency_send(s)) AS wrong_tiles, count(*) FILTER (WHERE mlops._delinquency_send(s::text::mlops.delinquency) <> mlops._delinquency_send(s)) AS wrong_text
FROM (SELECT who, mlops.rollup(s) AS tiles FROM (SELECT who, mlops.delinquency_agg(d, ts, as_of, zone) AS s FROM history GROUP BY who, i % 3) AS tile GROUP BY who) AS q JOIN state USING (who);
SELECT count(*) AS frames, count(*) FILTER (WHERE mlops._delinquency_send(s) <> (SELECT mlops._delinquency_send(mlops.delinquency_agg(d, ts, as_of, zone)) FROM history AS h WHERE h.who = f.who AND i = ANY (frame))) AS wrong
FROM (SELECT who, array_agg(i) OVER w AS frame, mlops.delinquency_agg(d, ts, as_of, zone) OVER w AS s FROM history WHERE who < 200 WINDOW w AS (PARTITION BY who ORDER BY ts, i ROWS BETWEEN 6 PRECEDING AND 1 PRECEDING)) AS f;

-- wrong arguments
SELECT mlops.delinquency_agg(-1, ts, '2026-12-31') FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, '2026-03-01') FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(NULL, '2026-03-02', '2026-03-01');
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, NULL) FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, 'infinity') FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, '-infinity', '2026-12-31') FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, '2026-12-31', 'Moon/Tranquility') FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, '2026-12-31', NULL) FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, '2026-12-31', 'EST5EDT,M3.2.0/' || repeat('0', 60) || '2,M11.1.0') FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, '2026-12-31', CASE WHEN i = 4 THEN 'UTC' ELSE 'Asia/Tokyo' END) FROM paid;
\echo :SQLSTATE
SELECT mlops.delinquency_agg(d, ts, '2026-12-31'::timestamptz + i * interval '1 day') FROM paid;
\echo :SQLSTATE
SELECT mlops.rollup(s) FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS s FROM paid UNION ALL SELECT mlops.delinquency_agg(d, ts, '2026-12-31', 'Asia/Tokyo') FROM paid) AS q;
\echo :SQLSTATE
SELECT mlops.ever_past_due(s, 0) FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS s FROM paid) AS q;
\echo :SQLSTATE
SELECT mlops.months_since_past_due(s, -30) FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS s FROM paid) AS q;
\echo :SQLSTATE
SELECT mlops.worst_in_months(s, 0) FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS s FROM paid) AS q;
\echo :SQLSTATE
SELECT mlops.roll_count(s, 0, 31) FROM (SELECT mlops.delinquency_agg(d, ts, '2026-12-31') AS s FROM paid) AS q;
\echo :SQLSTATE
SELECT mlops._delinquency_step(NULL, 1, now(), now());
\echo :SQLSTATE
-- states of strangers: a row after as_of, rows without a zone, a zone that is none, a zone that this server has not, a time outside the calendar
SELECT '{"delinquency":1,"as_of":4,"zone":"UTC","null_count":0,"events":[[5,0]]}'::mlops.delinquency;
\echo :SQLSTATE
SELECT '{"delinquency":1,"as_of":4,"zone":"","null_count":0,"events":[[3,0]]}'::mlops.delinquency;
\echo :SQLSTATE
SELECT '{"delinquency":1,"as_of":4,"zone":"UT\u0001","null_count":0,"events":[[3,0]]}'::mlops.delinquency;
\echo :SQLSTATE
SELECT '{"delinquency":1,"as_of":4,"zone":"UTC","null_count":0,"events":[[3,-1]]}'::mlops.delinquency;
\echo :SQLSTATE
SELECT mlops.max_days_past_due(s), mlops.months_since_past_due(s, 30) FROM CAST('{"delinquency":1,"as_of":4,"zone":"Mars/Olympus","null_count":0,"events":[[3,50]]}' AS mlops.delinquency) AS s;
\echo :SQLSTATE
SELECT mlops.worst_in_months(s, 2147483647) FROM CAST('{"delinquency":1,"as_of":4,"zone":"UTC","null_count":0,"events":[[-9000000000000000000,50]]}' AS mlops.delinquency) AS s;
\echo :SQLSTATE
SELECT mlops.worst_in_months(s, 2147483647) FROM CAST('{"delinquency":1,"as_of":9223371400000000000,"zone":"UTC","null_count":0,"events":[[4,50]]}' AS mlops.delinquency) AS s;
\echo :SQLSTATE
