-- Exact numbers to the last bit: sums, moments and lines of hard frames, each equal to the answer that
-- test/oracle/exact.py has from rational numbers, rounded once; out of range where that is.
\pset null NULL
CREATE TEMP TABLE golden_row (frame int, x float8, y float8, w float8, ts_us int8, flag bool);
\copy golden_row FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/exact_rows.csv"' WITH (FORMAT csv, HEADER)
ALTER TABLE golden_row ADD ts timestamptz;
UPDATE golden_row SET ts = timestamptz '2025-01-01 00:00+00' + make_interval(days => (ts_us / 86400000000)::int, secs => ts_us % 86400000000 / 1e6);
CREATE TEMP TABLE golden (call text, accessor text, type text, answers text[]);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/exact_answers.csv"' WITH (FORMAT csv, HEADER)
SELECT count(*) AS calls, min(cardinality(answers)) AS frames, max(cardinality(answers)) AS frames FROM golden;

-- the bytes of a call's answer on a frame: N for NULL, E for out of range
CREATE FUNCTION pg_temp.answer(g golden, frame int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT encode(%ssend(%s), ''hex'') FROM golden_row WHERE frame = $1', g.type, format(g.accessor, g.call)) INTO answer USING frame;
	RETURN coalesce(answer, 'N');
EXCEPTION
	WHEN numeric_value_out_of_range THEN
		RETURN 'E';
END
$$;
CREATE TEMP TABLE compared AS
SELECT g.call, format(g.accessor, 's') AS accessor, a.frame - 1 AS frame, a.wanted, pg_temp.answer(g, a.frame::int - 1) AS found
FROM golden AS g, unnest(g.answers) WITH ORDINALITY AS a (wanted, frame);
SELECT regexp_replace(call, 'timestamptz.*(?=\))', '..') AS call, accessor, count(*) AS frames, count(*) FILTER (WHERE found <> wanted) AS different
FROM compared GROUP BY call, accessor ORDER BY call COLLATE "C", accessor COLLATE "C";
-- the first of those that differ, if any does
SELECT c.call, c.accessor, c.frame, c.found, c.wanted, (SELECT array_agg(r.x) FROM golden_row AS r WHERE r.frame = c.frame) AS x
FROM compared AS c WHERE found <> wanted ORDER BY c.accessor, c.call, c.frame LIMIT 10;
