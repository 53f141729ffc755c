-- Histories against other programs: gaps, streaks, weights that halve with age, averages over time and days past due of
-- made-up frames, each equal to the answer that test/oracle/history.py has from numpy, itertools, mpmath and rational numbers.
\pset null NULL
SET TIME ZONE 'UTC';
CREATE TEMP TABLE golden_row (frame int, v float8, ts_us int8, flag bool, tiebreak int8);
\copy golden_row FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/history_rows.csv"' WITH (FORMAT csv, HEADER)
ALTER TABLE golden_row ADD ts timestamptz, ADD days int;
UPDATE golden_row SET ts = timestamptz '2025-01-01 00:00+00' + make_interval(days => (ts_us / 86400000000)::int, secs => ts_us % 86400000000 / 1e6),
	days = CASE WHEN v IS NOT NULL THEN floor(least(greatest(v, 0), 400)) END;
CREATE TEMP TABLE golden (call text, accessor text, tolerance float8, answers text[]);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/history_answers.csv"' WITH (FORMAT csv, HEADER)
SELECT count(*) AS calls, min(cardinality(answers)) AS frames, max(cardinality(answers)) AS frames FROM golden;

CREATE FUNCTION pg_temp.answer(g golden, frame int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	answer float8;
BEGIN
	EXECUTE format('SELECT (%s)::float8 FROM golden_row WHERE frame = $1', format(g.accessor, g.call)) INTO answer USING frame;
	RETURN answer;
END
$$;
CREATE TEMP TABLE compared AS
SELECT g.call, g.accessor, g.tolerance, a.frame - 1 AS frame, nullif(a.wanted, 'N')::float8 AS wanted, pg_temp.answer(g, a.frame::int - 1) AS found
FROM golden AS g, unnest(g.answers) WITH ORDINALITY AS a (wanted, frame);
-- a tolerance of 0 asks for the same bits
SELECT call, accessor, tolerance, count(*) AS frames, count(wanted) AS defined,
	count(*) FILTER (WHERE found IS DISTINCT FROM wanted AND NOT coalesce(abs(found - wanted) <= tolerance * abs(wanted), false)) AS different
FROM (SELECT regexp_replace(call, ', ''202.*(?=\))', '..') AS call, substring(accessor FROM 'mlops\.(\w+)') AS accessor, tolerance, found, wanted FROM compared) AS c
GROUP BY call, accessor, tolerance ORDER BY call COLLATE "C", accessor COLLATE "C";
-- the first of those that differ, if any does
SELECT call, accessor, frame, found, wanted FROM compared
WHERE found IS DISTINCT FROM wanted AND NOT coalesce(abs(found - wanted) <= tolerance * abs(wanted), false) ORDER BY accessor, call, frame LIMIT 10;
