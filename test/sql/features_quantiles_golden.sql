-- Quantiles and two samples against other programs: each call on made-up frames equals the answer that
-- test/oracle/quantiles.py has from numpy, scipy, mpmath and rational numbers.
\pset null NULL
CREATE TEMP TABLE golden_row (frame int, x float8, is_reference bool);
\copy golden_row FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/quantiles_rows.csv"' WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE golden (call text, tolerance float8, answers text[]);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/quantiles_answers.csv"' WITH (FORMAT csv, HEADER)
SELECT count(*) AS calls, min(cardinality(answers)) AS frames, max(cardinality(answers)) AS frames FROM golden;

CREATE FUNCTION pg_temp.answer(call text, frame int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	answer float8;
BEGIN
	EXECUTE format('SELECT %s FROM golden_row WHERE frame = $1', call) INTO answer USING frame;
	RETURN answer;
END
$$;
CREATE TEMP TABLE compared AS
SELECT g.call, g.tolerance, a.frame - 1 AS frame, nullif(a.wanted, 'N')::float8 AS wanted, pg_temp.answer(g.call, a.frame::int - 1) AS found
FROM golden AS g, unnest(g.answers) WITH ORDINALITY AS a (wanted, frame);
-- a tolerance of 0 asks for the same bits
SELECT call, tolerance, count(*) AS frames, count(wanted) AS defined,
	count(*) FILTER (WHERE float8send(found) IS DISTINCT FROM float8send(wanted) AND NOT coalesce(abs(found - wanted) <= tolerance * abs(wanted), false)) AS different
FROM compared GROUP BY call, tolerance ORDER BY call COLLATE "C";
-- the first of those that differ, if any does
SELECT call, frame, found, wanted FROM compared
WHERE float8send(found) IS DISTINCT FROM float8send(wanted) AND NOT coalesce(abs(found - wanted) <= tolerance * abs(wanted), false) ORDER BY call, frame LIMIT 10;
