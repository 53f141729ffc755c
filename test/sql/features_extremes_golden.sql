-- Extremes, first and last values of sliding frames are what Python says (test/oracle/extremes.py), in order of time, against
-- it and without.
\pset null NULL
CREATE TEMP TABLE golden_row ("group" int, pos int, value text COLLATE "C", key float8, minute int, tiebreak int8);
\copy golden_row FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/extremes_rows.csv"' WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE golden ("group" int, pos int, first int, moving_min float8, moving_max float8, min_by text, max_by text, max_by_tie text,
	first_values text[], last_values text[], last_values_tie text[]);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/extremes_answers.csv"' WITH (FORMAT csv, HEADER)
CREATE TEMP VIEW timed AS SELECT *, timestamptz '2026-01-01 UTC' + minute * interval '1 minute' AS ts FROM golden_row;

CREATE TEMP TABLE found AS
SELECT "group", pos, mlops.moving_min(key) OVER w, mlops.moving_max(key) OVER w, mlops.min_by(value, key) OVER w, mlops.max_by(value, key) OVER w,
	mlops.max_by(value, key, tiebreak) OVER w AS max_by_tie, mlops.first_values(value, ts, 3) OVER w, mlops.last_values(value, ts, 3) OVER w,
	mlops.last_values(value, ts, 3, tiebreak) OVER w AS last_values_tie
FROM timed WINDOW w AS (PARTITION BY "group" ORDER BY pos ROWS 9 PRECEDING);
CREATE TEMP TABLE plain AS
SELECT g."group", g.pos, mlops.moving_min(key), mlops.moving_max(key), mlops.min_by(value, key), mlops.max_by(value, key),
	mlops.max_by(value, key, tiebreak) AS max_by_tie, mlops.first_values(value, ts, 3), mlops.last_values(value, ts, 3),
	mlops.last_values(value, ts, 3, tiebreak) AS last_values_tie
FROM golden AS g JOIN timed AS t ON t."group" = g."group" AND t.pos BETWEEN g.first AND g.pos GROUP BY g."group", g.pos;
CREATE FUNCTION pg_temp.count_same(relation text) RETURNS TABLE (frames bigint, moving_min bigint, moving_max bigint, min_by bigint, max_by bigint,
	max_by_tie bigint, first_values bigint, last_values bigint, last_values_tie bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(*), %s FROM golden AS g JOIN %I AS f USING ("group", pos)',
		(SELECT string_agg(format('count(*) FILTER (WHERE g.%1$I IS NOT DISTINCT FROM f.%1$I)', name), ', ' ORDER BY i)
		FROM unnest('{moving_min,moving_max,min_by,max_by,max_by_tie,first_values,last_values,last_values_tie}'::text[]) WITH ORDINALITY AS c (name, i)), relation);
END
$$;
SELECT * FROM pg_temp.count_same('found');
SELECT * FROM pg_temp.count_same('plain');
