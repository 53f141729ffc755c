-- The prior functions see the rows strictly before the current one, whatever the order of arrival and
-- the frame; what they tell is exact and rounded once.
\pset null NULL

CREATE TEMP TABLE payment (who int, day int, x float8);
INSERT INTO payment VALUES (1, 1, 10), (1, 2, 20), (1, 2, 40), (1, 3, NULL), (1, 4, 5),
	(2, 1, NULL), (2, 2, 7), (2, 3, 8), (3, NULL, 1), (3, 1, 2), (3, NULL, 3);

-- peers share one answer; a NULL is left out of the average, not of the count
SELECT who, day, x, mlops.prior_count() OVER w, mlops.prior_avg(x) OVER w
FROM payment WINDOW w AS (PARTITION BY who ORDER BY day) ORDER BY who, day, x;

-- the other way round, and with NULLs first
SELECT who, day, x, mlops.prior_count() OVER w, mlops.prior_avg(x) OVER w
FROM payment WHERE who <> 2 WINDOW w AS (PARTITION BY who ORDER BY day DESC NULLS FIRST)
ORDER BY who, day DESC NULLS FIRST, x;

-- without ORDER BY nothing is before anything
SELECT DISTINCT mlops.prior_count() OVER (), mlops.prior_avg(x) OVER (PARTITION BY who) FROM payment;

-- the frame plays no part
SELECT bool_and(a = b), bool_and(c IS NOT DISTINCT FROM d) FROM (
	SELECT mlops.prior_count() OVER w AS a, mlops.prior_avg(x) OVER w AS c,
		mlops.prior_count() OVER (PARTITION BY who ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS b,
		mlops.prior_avg(x) OVER (PARTITION BY who ORDER BY day ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS d
	FROM payment WINDOW w AS (PARTITION BY who ORDER BY day)) AS t;

-- no rows
SELECT mlops.prior_count() OVER (ORDER BY day), mlops.prior_avg(x) OVER (ORDER BY day) FROM payment WHERE false;

-- the server's own answer for the same question, on integers, which its sums hold exactly
CREATE TEMP TABLE history AS
	SELECT mlops._uniform(i, 1, 5) * 300 AS who_u, (mlops._uniform(i, 2, 5) * 40)::int AS day,
		CASE WHEN mlops._uniform(i, 3, 5) > 0.1 THEN floor(mlops._uniform(i, 4, 5) * 2000 - 1000) END AS x
	FROM generate_series(1, 20000) AS i;
SELECT count(*), bool_and(a = b), bool_and(c IS NOT DISTINCT FROM d) FROM (
	SELECT mlops.prior_count() OVER w AS a, mlops.prior_avg(x) OVER w AS c,
		count(*) OVER before AS b, avg(x) OVER before AS d
	FROM history
	WINDOW w AS (PARTITION BY who_u::int ORDER BY day),
		before AS (PARTITION BY who_u::int ORDER BY day
			RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP)) AS t;

-- exact: what plain addition loses, and what dividing a rounded sum loses
SELECT i, mlops.prior_avg(x) OVER (ORDER BY i)
FROM (VALUES (1, 1e308), (2, 1e308), (3, -1e308), (4, -1e308), (5, 4), (6, 0)) AS t (i, x);
SELECT i, mlops.prior_avg(x) OVER (ORDER BY i)
FROM (VALUES (1, 107.07612254863264), (2, 102.58733003715705), (3, 154.74866156248083), (4, 0)) AS t (i, x);
SELECT i, mlops.prior_avg(x) OVER (ORDER BY i)
FROM (VALUES (1, float8 '-0'), (2, '4.94065645841247e-324'), (3, 0), (4, 0)) AS t (i, x);

-- all of them on the same rows, and the other way round
SELECT who, day, x, mlops.prior_count() OVER w AS n, mlops.prior_sum(x) OVER w AS sum, mlops.prior_avg(x) OVER w AS avg,
	mlops.prior_min(x) OVER w AS min, mlops.prior_max(x) OVER w AS max, mlops.prior_zscore(x) OVER w AS zscore
FROM payment WINDOW w AS (PARTITION BY who ORDER BY day) ORDER BY who, day, x;
SELECT who, day, x, mlops.prior_count() OVER w AS n, mlops.prior_sum(x) OVER w AS sum, mlops.prior_avg(x) OVER w AS avg,
	mlops.prior_min(x) OVER w AS min, mlops.prior_max(x) OVER w AS max, mlops.prior_zscore(x) OVER w AS zscore
FROM payment WINDOW w AS (PARTITION BY who ORDER BY day DESC) ORDER BY who, day DESC, x;

-- one row; no order; several columns of order
SELECT mlops.prior_count() OVER w, mlops.prior_sum(1) OVER w, mlops.prior_avg(1) OVER w, mlops.prior_min(1) OVER w,
	mlops.prior_max(1) OVER w, mlops.prior_zscore(1) OVER w FROM (VALUES (1)) AS t (day) WINDOW w AS (ORDER BY day);
SELECT DISTINCT mlops.prior_count() OVER w, mlops.prior_sum(x) OVER w, mlops.prior_avg(x) OVER w, mlops.prior_min(x) OVER w,
	mlops.prior_max(x) OVER w, mlops.prior_zscore(x) OVER w FROM payment WINDOW w AS (PARTITION BY who);
SELECT a, b, mlops.prior_count() OVER w, mlops.prior_sum(x) OVER w
FROM (VALUES (1, 'a', 1), (1, 'a', 2), (1, 'b', 4), (2, 'a', 8), (2, NULL, 16), (2, NULL, 32)) AS t (a, b, x)
WINDOW w AS (ORDER BY a DESC, b) ORDER BY a DESC, b, x;

-- golden: rational numbers, rounded once, by test/oracle/prior.py
CREATE TEMP TABLE golden (part int, ord int, x float8, n_up int8, sum_up float8, avg_up float8, min_up float8, max_up float8, zscore_up float8,
	n_down int8, sum_down float8, avg_down float8, min_down float8, max_down float8, zscore_down float8);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/prior.csv"' WITH (FORMAT csv, HEADER)
-- the bytes of six answers; NULL has none
CREATE FUNCTION pg_temp.bytes(int8, VARIADIC answers float8[]) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$SELECT concat_ws(' ', $1, (SELECT string_agg(coalesce(encode(float8send(a), 'hex'), 'NULL'), ' ') FROM unnest($2) AS a))$$;
SELECT count(*), count(zscore_up) AS zscores,
	count(*) FILTER (WHERE up = pg_temp.bytes(n_up, sum_up, avg_up, min_up, max_up, zscore_up)) AS up,
	count(*) FILTER (WHERE down = pg_temp.bytes(n_down, sum_down, avg_down, min_down, max_down, zscore_down)) AS down
FROM (SELECT *,
		pg_temp.bytes(mlops.prior_count() OVER w, mlops.prior_sum(x) OVER w, mlops.prior_avg(x) OVER w, mlops.prior_min(x) OVER w,
			mlops.prior_max(x) OVER w, mlops.prior_zscore(x) OVER w) AS up,
		pg_temp.bytes(mlops.prior_count() OVER v, mlops.prior_sum(x) OVER v, mlops.prior_avg(x) OVER v, mlops.prior_min(x) OVER v,
			mlops.prior_max(x) OVER v, mlops.prior_zscore(x) OVER v) AS down
	FROM golden WINDOW w AS (PARTITION BY part ORDER BY ord), v AS (PARTITION BY part ORDER BY ord DESC)) AS t;

-- 100,000 random rows against the server's own frame without ties: in thousand and twenty-fourths, k of them, whose sums
-- are whole numbers; a root of 40 digits, rounded once
CREATE TEMP TABLE random_row AS SELECT *, k / float8 '1024' AS x FROM (
	SELECT (mlops._uniform(i, 1, 6) * 2500)::int AS who, CASE WHEN mlops._uniform(i, 2, 6) > 0.05 THEN (mlops._uniform(i, 3, 6) * 30)::int END AS day,
		CASE WHEN mlops._uniform(i, 4, 6) > 0.1
			THEN floor((mlops._uniform(i, 5, 6) - 0.3) * 1024 * 10 ^ floor(mlops._uniform(i, 6, 6) * 4))::int8 END AS k
	FROM generate_series(1, 100000) AS i) AS t;
CREATE FUNCTION pg_temp.root(numerator numeric, denominator numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT sign(numerator)::float8 * (sqrt(trunc(numerator * numerator * 10::numeric ^ 80 / denominator))::text || 'e-40')::float8$$;
SELECT count(*), count(zscore), count(*) FILTER (WHERE ours <> pg_temp.bytes(n_rows, total, average, least, most,
	CASE WHEN n > 1 AND n * squares > s * s THEN pg_temp.root((n * k - s) * (n - 1), n * (n - 1) * (n * squares - s * s)) END)) AS different
FROM (SELECT who, day, k, n_rows, n, s, squares, ours, zscore, s::float8 / 1024 AS total, s::float8 / n / 1024 AS average,
		min / float8 '1024' AS least, max / float8 '1024' AS most
	FROM (SELECT *, mlops.prior_zscore(x) OVER w AS zscore,
			pg_temp.bytes(mlops.prior_count() OVER w, mlops.prior_sum(x) OVER w, mlops.prior_avg(x) OVER w, mlops.prior_min(x) OVER w,
				mlops.prior_max(x) OVER w, mlops.prior_zscore(x) OVER w) AS ours,
			count(*) OVER before AS n_rows, count(k) OVER before AS n, sum(k) OVER before AS s, sum((k * k)::numeric) OVER before AS squares,
			min(k) OVER before AS min, max(k) OVER before AS max
		FROM random_row WINDOW w AS (PARTITION BY who ORDER BY day),
			before AS (PARTITION BY who ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP)) AS t) AS t;

-- one partition of 100,000 rows, in and out of memory, against sums over the groups of peers
CREATE TEMP TABLE by_group AS SELECT place, sum(n) OVER before AS n, sum(s) OVER before AS s, sum(values) OVER before AS values
FROM (SELECT i / 7 AS place, count(*) AS n, sum(k) AS s, count(k) AS values
	FROM (SELECT row_number() OVER () AS i, k FROM random_row) AS t GROUP BY 1) AS t
WINDOW before AS (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
CREATE FUNCTION pg_temp.count_different() RETURNS TABLE (n_rows int8, n_different int8) LANGUAGE sql AS $$
	SELECT count(*), count(*) FILTER (WHERE t.n <> coalesce(g.n, 0) OR t.sum IS DISTINCT FROM g.s::float8 / 1024
		OR t.average IS DISTINCT FROM g.s::float8 / g.values / 1024)
	FROM (SELECT place, mlops.prior_count() OVER w AS n, mlops.prior_sum(x) OVER w AS sum, mlops.prior_avg(x) OVER w AS average
		FROM (SELECT row_number() OVER () / 7 AS place, x FROM random_row) AS t WINDOW w AS (ORDER BY place)) AS t
	JOIN by_group AS g USING (place)
$$;
SELECT * FROM pg_temp.count_different();
SET work_mem = '64kB';
SELECT * FROM pg_temp.count_different();
RESET work_mem;

-- rescans begin anew
SELECT p.who, (SELECT string_agg(n || ':' || coalesce(avg::text, 'NULL'), ' ' ORDER BY day, n)
	FROM (SELECT day, mlops.prior_count() OVER w AS n, mlops.prior_avg(x) OVER w AS avg
		FROM payment AS i WHERE i.who = p.who WINDOW w AS (ORDER BY day) OFFSET 0) AS t) AS answers
FROM (VALUES (1), (3), (1), (4), (2)) AS p (who);

-- windows that run in turns, and one in the order of another's answers, keep their peers apart
SELECT day, a, b, c, mlops.prior_count() OVER (ORDER BY a, c) AS d
FROM (SELECT day, mlops.prior_count() OVER (ORDER BY day) AS a, mlops.prior_count() OVER (ORDER BY day DESC) AS b,
	mlops.prior_count() OVER (ORDER BY day NULLS FIRST) AS c FROM payment) AS t ORDER BY day, c;

-- what is no number: an error, left out, or as in arithmetic
\set SHOW_CONTEXT never
CREATE TEMP TABLE odd (part int, day int, x float8);
INSERT INTO odd VALUES (1, 1, 1), (1, 2, 'NaN'), (1, 3, 2), (1, 3, 4), (1, 4, NULL), (2, 1, 'Infinity'), (2, 2, 3), (2, 3, '-Infinity'), (2, 4, 0);
SELECT part, day, x, mlops.prior_count() OVER w AS n, mlops.prior_sum(x, 'skip') OVER w AS sum, mlops.prior_avg(x, on_nonfinite => 'skip') OVER w AS avg,
	mlops.prior_min(x, 'skip') OVER w AS min, mlops.prior_max(x, 'skip') OVER w AS max, mlops.prior_zscore(x, 'skip') OVER w AS zscore
FROM odd WINDOW w AS (PARTITION BY part ORDER BY day) ORDER BY part, day, x;
SELECT part, day, x, mlops.prior_sum(x, 'propagate') OVER w AS sum, mlops.prior_avg(x, 'propagate') OVER w AS avg,
	mlops.prior_min(x, 'propagate') OVER w AS min, mlops.prior_max(x, 'propagate') OVER w AS max, mlops.prior_zscore(x, 'propagate') OVER w AS zscore
FROM odd WINDOW w AS (PARTITION BY part ORDER BY day) ORDER BY part, day, x;
SELECT x, mlops.prior_zscore(x, 'propagate') OVER (ORDER BY i)
FROM (VALUES (1, 1), (2, float8 '3'), (3, 'Infinity'), (4, 2), (5, NULL)) AS t (i, x);
SELECT mlops.prior_avg(x) OVER (ORDER BY i) FROM (VALUES (1, 1), (2, float8 'NaN')) AS t (i, x);
\echo :SQLSTATE
SELECT mlops.prior_sum(x) OVER (ORDER BY i) FROM (VALUES (1, 1), (2, float8 'Infinity')) AS t (i, x);
\echo :SQLSTATE
SELECT mlops.prior_max(x, 'error') OVER (ORDER BY i) FROM (VALUES (1, 1), (2, float8 '-Infinity')) AS t (i, x);
\echo :SQLSTATE

-- the policy is a word, and one for a partition
PREPARE with_policy (text) AS SELECT string_agg(s::text, ' ' ORDER BY part, day)
	FROM (SELECT part, day, mlops.prior_max(x, $1) OVER (PARTITION BY part ORDER BY day) AS s FROM odd) AS t;
EXECUTE with_policy('skip');
EXECUTE with_policy('propagate');
EXECUTE with_policy(NULL);
\echo :SQLSTATE
EXECUTE with_policy('skips');
\echo :SQLSTATE
SELECT part, day, mlops.prior_sum(x, CASE part WHEN 1 THEN 'skip' ELSE 'propagate' END) OVER (PARTITION BY part ORDER BY day) AS sum
FROM odd ORDER BY part, day, x;
SELECT mlops.prior_sum(x, CASE day WHEN 1 THEN 'skip' ELSE 'propagate' END) OVER (PARTITION BY part ORDER BY day) FROM odd;
\echo :SQLSTATE
SELECT mlops.prior_zscore(x, CASE day WHEN 1 THEN 'skip' END) OVER (PARTITION BY part ORDER BY day) FROM odd;
\echo :SQLSTATE

-- an exact answer that no float8 can hold
SELECT i, mlops.prior_sum(x) OVER (ORDER BY i) FROM (VALUES (1, 1e308), (1, 1e308), (1, -1e308), (2, 0)) AS t (i, x);
SELECT mlops.prior_sum(x) OVER (ORDER BY i) FROM (VALUES (1, 1e308), (2, 1e308), (3, 0)) AS t (i, x);
\echo :SQLSTATE
SELECT mlops.prior_zscore(x) OVER (ORDER BY i) FROM (VALUES (1, float8 '0'), (2, 5e-324), (3, 1)) AS t (i, x);
\echo :SQLSTATE
SELECT mlops.prior_count();
\echo :SQLSTATE

-- whole calendar years
SELECT mlops.full_years('1988-11-04', '2020-11-03') AS day_before, mlops.full_years('1988-11-04', '2020-11-04') AS on_it,
	mlops.full_years('1988-11-04', '2021-10-31') AS month_before, mlops.full_years('2020-01-01', '2020-01-01') AS same_day,
	mlops.full_years('2020-01-02', '2020-01-01') AS after_it, mlops.full_years(NULL, '2020-01-01') AS no_date;
SELECT mlops.full_years('1960-02-29', '2019-02-28') AS feb_28, mlops.full_years('1960-02-29', '2019-03-01') AS mar_1,
	mlops.full_years('1960-02-29', '2020-02-28') AS leap_feb_28, mlops.full_years('1960-02-29', '2020-02-29') AS leap_feb_29;
SELECT mlops.full_years('infinity', '2020-01-01') AS infinite, mlops.full_years('2020-01-01', 'infinity') AS to_infinity,
	mlops.full_years('0002-06-01 BC', '0002-06-01') AS over_year_0, mlops.full_years('4713-01-01 BC', '5874897-12-31') AS widest;
-- the server's own count on every day of four years
SELECT count(*), count(*) FILTER (WHERE mlops.full_years(a, b) <> date_part('year', age(b, a)))
FROM generate_series(0, 1460, 9) AS i, generate_series(0, 1460, 5) AS j,
	LATERAL (SELECT date '1999-01-01' + i AS a, date '2003-01-01' + j AS b) AS dates;

-- the function as version 0.1.0 declared it, which a server has until its extension is updated
CREATE FUNCTION old_prior_avg(float8) RETURNS float8 LANGUAGE c WINDOW IMMUTABLE AS '$libdir/mlops', 'mlops_prior_avg';
SELECT i, old_prior_avg(i) OVER (ORDER BY i) FROM generate_series(1, 3) AS i;
DROP FUNCTION old_prior_avg;
