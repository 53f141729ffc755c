-- prior_count and prior_avg see the rows strictly before the current one, whatever the order of
-- arrival and the frame; averages are exact and rounded once.
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

-- what is no number is refused, and refused only where it stands
\set SHOW_CONTEXT never
SELECT mlops.prior_avg(x) OVER (ORDER BY i) FROM (VALUES (1, 1), (2, float8 'NaN')) AS t (i, x);
\echo :SQLSTATE
SELECT mlops.prior_avg(x) OVER (ORDER BY i) FROM (VALUES (1, 1), (2, float8 'Infinity')) AS t (i, x);
\echo :SQLSTATE
SELECT mlops.prior_avg(x) OVER (ORDER BY i) FROM (VALUES (1, 1), (2, float8 '-Infinity')) AS t (i, x);
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
