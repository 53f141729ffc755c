-- Exact aggregates: published values, NULL and empty input, what is not finite, arguments that must
-- not change, frames, grouping, and states as text.
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';

-- nothing is lost to cancellation, and no order overflows unless the result does
SELECT mlops.exact_sum(x), mlops.exact_avg(x) FROM unnest('{1e16,1,-1e16,0.1}'::float8[]) AS x;
SELECT mlops.exact_sum(x) FROM unnest('{1e308,-1e308,1e308}'::float8[]) AS x;
SELECT mlops.exact_sum(x) FROM unnest('{1e308,1e308,-1e308}'::float8[]) AS x;
SELECT mlops.exact_avg(x) FROM unnest('{1e308,1e308,1e308}'::float8[]) AS x;
SELECT mlops.exact_sum(x) FROM unnest('{1e308,1e308}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.exact_sum(x) AS zero, mlops.exact_avg(x) AS average FROM unnest('{-0,-0}'::float8[]) AS x;
SELECT mlops.exact_sum(x) AS subnormal FROM unnest('{5e-324,5e-324,1e-310,-1e-310}'::float8[]) AS x;
-- an average is the exact ratio rounded once
SELECT mlops.exact_avg(x) FROM unnest('{107.07612254863264,102.58733003715705,154.74866156248083}'::float8[]) AS x;

-- statistics, the same far from zero
CREATE TEMP TABLE sample (x float8);
INSERT INTO sample VALUES (2), (4), (4), (4), (5), (5), (7), (9), (NULL);
SELECT mlops.value_count(s), mlops.null_count(s), mlops.total(s), mlops.mean(s), mlops.minimum(s), mlops.maximum(s),
	mlops.variance(s), mlops.variance(s, 'population') AS variance_p, mlops.stddev(s), mlops.stddev(s, method => 'population') AS stddev_p
FROM (SELECT mlops.stats_agg(x + d) AS s FROM sample, unnest('{0,1e9}'::float8[]) AS d GROUP BY d ORDER BY d) AS q;
SELECT mlops.skewness(s), mlops.skewness(s, 'population') AS skewness_p, mlops.kurtosis(s), mlops.kurtosis(s, 'population') AS kurtosis_p,
	mlops.root_mean_square(s), mlops.coefficient_of_variation(s)
FROM (SELECT mlops.stats_agg(x + d) AS s FROM sample, unnest('{0,1e9}'::float8[]) AS d GROUP BY d ORDER BY d) AS q;
SELECT mlops.variance(mlops.stats_agg(x)) FROM unnest('{1000000004,1000000007,1000000013,1000000016}'::float8[]) AS x;
-- the same in one step, with every answer of a frame
SELECT mlops.exact_variance(x), mlops.exact_stddev(x), mlops.exact_stddev(x, 'skip') AS skip, mlops.exact_variance(x) FILTER (WHERE x = 2) AS of_one FROM sample;
SELECT mlops.exact_stddev(x) FROM unnest('{1,Infinity}'::float8[]) AS x;
\echo :SQLSTATE
SELECT count(*) AS frames, count(*) FILTER (WHERE float8send(d) IS DISTINCT FROM float8send(mlops.stddev(s)) OR float8send(v) IS DISTINCT FROM float8send(mlops.variance(s))) AS different
FROM (SELECT mlops.exact_stddev(x) OVER w AS d, mlops.exact_variance(x) OVER w AS v, mlops.stats_agg(x) OVER w AS s
	FROM (SELECT i, CASE WHEN i % 11 > 0 THEN (i * 7919 % 1000) / 7.0::float8 END AS x FROM generate_series(1, 2000) AS i) AS r WINDOW w AS (ORDER BY i ROWS 6 PRECEDING)) AS q;
-- too few values, and equal ones
SELECT n, mlops.variance(s) AS var, mlops.variance(s, 'population') AS var_p, mlops.skewness(s) AS skew, mlops.skewness(s, 'population') AS skew_p,
	mlops.kurtosis(s) AS kurt, mlops.kurtosis(s, 'population') AS kurt_p, mlops.coefficient_of_variation(s) AS cv
FROM (SELECT n, mlops.stats_agg(i * i) AS s FROM generate_series(0, 4) AS n, generate_series(1, n) AS i GROUP BY n) AS q ORDER BY n;
SELECT mlops.variance(s), mlops.stddev(s), mlops.skewness(s), mlops.kurtosis(s), mlops.coefficient_of_variation(s)
FROM (SELECT mlops.stats_agg(0.1) AS s FROM generate_series(1, 10)) AS q;
SELECT mlops.coefficient_of_variation(mlops.stats_agg(x)) AS mean_is_zero FROM unnest('{-1,1}'::float8[]) AS x;
SELECT mlops.variance(mlops.stats_agg(x)) FROM sample GROUP BY ();
SELECT mlops.variance(mlops.stats_agg(x), 'of all') FROM sample;
\echo :SQLSTATE
SELECT mlops.variance(mlops.stats_agg(x)) FROM unnest('{1e200,-1e200}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.stddev(mlops.stats_agg(x)) FROM unnest('{1e200,-1e200}'::float8[]) AS x;

-- pairs: y first, as the server's regr functions
CREATE TEMP TABLE pair (y float8, x float8);
INSERT INTO pair VALUES (1, 1), (3, 2), (2, 3), (5, 4), (NULL, 5), (6, NULL);
SELECT mlops.value_count(s), mlops.null_count(s), mlops.slope(s), mlops.intercept(s), mlops.correlation(s), mlops.covariance(s),
	mlops.covariance(s, 'population') AS covariance_p, mlops.r_squared(s), mlops.slope_t(s)
FROM (SELECT mlops.stats_agg(y, x) AS s FROM pair) AS q;
SELECT regr_count(y, x), regr_slope(y, x), regr_intercept(y, x), corr(y, x), covar_samp(y, x), covar_pop(y, x), regr_r2(y, x) FROM pair;
SELECT name, mlops.slope(s), mlops.intercept(s), mlops.correlation(s) AS corr, mlops.r_squared(s) AS r2, mlops.slope_t(s) AS t
FROM (SELECT name, mlops.stats_agg(y, x) AS s FROM (VALUES ('constant x', 1, 2), ('constant x', 2, 2), ('constant y', 3, 1), ('constant y', 3, 2),
	('line', 3, 1), ('line', 5, 2), ('line', 7, 3), ('one', 1, 1)) AS v (name, y, x) GROUP BY name) AS q ORDER BY name;

-- no rows, and NULL alone
SELECT mlops.exact_sum(x), mlops.exact_avg(x), mlops.weighted_avg(x, x), mlops.trend(x, now()), mlops.rate(x > 0), mlops.count_if(x > 0),
	mlops.velocity(now(), now(), '1 day', '2 days'), mlops.lookback_agg(x, now(), now(), '{1 day}'),
	mlops.value_count(mlops.stats_agg(x)), mlops.mean(mlops.stats_agg(x)), mlops.value_count(mlops.stats_agg(x, x)) FROM sample WHERE false;
SELECT mlops.exact_sum(x), mlops.exact_avg(x), mlops.weighted_avg(x, 1), mlops.trend(x, '2026-01-01'), mlops.rate(x > 0), mlops.count_if(x > 0),
	mlops.null_count(mlops.stats_agg(x)), mlops.mean(mlops.stats_agg(x)), mlops.null_count(mlops.stats_agg(x, 1)) FROM sample WHERE x IS NULL;
SELECT mlops.stats_agg(x) FROM sample WHERE false;
SELECT mlops.mean(NULL), mlops.value_count(NULL::mlops.stats1d), mlops.slope(NULL);

-- weights
SELECT mlops.weighted_avg(x, w) FROM (VALUES (1, 1), (2, 3), (NULL, 5), (7, NULL), (9, 0)) AS v (x, w);
SELECT mlops.weighted_avg(x, 0) FROM sample;
SELECT mlops.weighted_avg(1e308, w) FROM unnest('{1e308,1e308,5e-324}'::float8[]) AS w;
SELECT mlops.weighted_avg(x, -0.5) FROM sample;
\echo :SQLSTATE

-- what is not finite: an error, skipped or propagated
SELECT mlops.exact_sum(x) FROM unnest('{1,NaN}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.stats_agg(x) FROM unnest('{1,Infinity}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.exact_avg(x, 'error') FROM unnest('{1,-Infinity}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.exact_sum(x, 'ignore') FROM unnest('{1}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.exact_sum(x, NULL) FROM unnest('{1}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.exact_sum(x, CASE WHEN x = 1 THEN 'skip' ELSE 'propagate' END) FROM unnest('{1,2}'::float8[]) AS x;
\echo :SQLSTATE
SELECT v, mlops.exact_sum(x, 'skip') AS skip, mlops.exact_sum(x, 'propagate'), mlops.exact_avg(x, 'propagate')
FROM unnest('{"{1,NaN}","{1,Infinity}","{1,-Infinity,Infinity}","{NaN,Infinity}","{Infinity}"}'::text[]) AS v, unnest(v::float8[]) AS x GROUP BY v ORDER BY v COLLATE "C";
SELECT v, mlops.value_count(s) AS n, mlops.total(s), mlops.minimum(s), mlops.maximum(s), mlops.variance(s), mlops.root_mean_square(s) AS rms, mlops.kurtosis(s)
FROM (SELECT v, mlops.stats_agg(x, 'propagate') AS s FROM unnest('{"{1,NaN}","{1,Infinity}","{2,1,-Infinity}","{-Infinity,Infinity}","{Infinity}"}'::text[]) AS v,
	unnest(v::float8[]) AS x GROUP BY v) AS q ORDER BY v COLLATE "C";
SELECT mlops.value_count(s), mlops.null_count(s), mlops.mean(s) FROM (SELECT mlops.stats_agg(x, 'skip') AS s FROM unnest('{1,NaN,3,NULL}'::float8[]) AS x) AS q;
SELECT mlops.slope(s), mlops.correlation(s), mlops.value_count(s) FROM (SELECT mlops.stats_agg(y, x, 'propagate') AS s FROM (VALUES (1::float8, 1), (2, 2), ('Infinity', 3)) AS v (y, x)) AS q;
SELECT mlops.slope(s), mlops.null_count(s) FROM (SELECT mlops.stats_agg(y, x, 'skip') AS s FROM (VALUES (1::float8, 1), (2, 2), ('Infinity', 3)) AS v (y, x)) AS q;
SELECT mlops.weighted_avg(x, w, 'propagate') FROM (VALUES (1::float8, 1::float8), ('Infinity', 2)) AS v (x, w);
SELECT mlops.weighted_avg(x, w, 'propagate') FROM (VALUES (1::float8, 1::float8), ('Infinity', 0)) AS v (x, w);
SELECT mlops.trend(v, t, '1 day', 'propagate') FROM (VALUES (1::float8, timestamptz '2026-01-01'), ('NaN', '2026-01-02')) AS q (v, t);

-- over time
CREATE TEMP TABLE payment (v float8, ts timestamptz);
INSERT INTO payment VALUES (10, '2026-01-01'), (20, '2026-01-06'), (40, '2026-01-11'), (NULL, '2026-01-02'), (5, NULL);
SELECT mlops.trend(v, ts), mlops.trend(v, ts, '1 hour') AS per_hour, mlops.trend(v, ts, '7 days') AS per_week FROM payment;
SELECT mlops.trend(v, '2026-01-01') AS one_time, mlops.trend(v, ts) FILTER (WHERE v = 10) AS one_row FROM payment WHERE v > 0;
SELECT mlops.trend(v, ts, '1 month') FROM payment;
\echo :SQLSTATE
SELECT mlops.trend(v, ts, '-1 day') FROM payment;
\echo :SQLSTATE
SELECT mlops.trend(v, ts, v * interval '1 day') FROM payment WHERE v > 0;
\echo :SQLSTATE
SELECT mlops.trend(v, 'infinity') FROM payment;
\echo :SQLSTATE
-- a window holds its beginning, not as_of; of a 23-hour day too, a day has 24 hours
SELECT array(SELECT mlops.value_count(u) FROM unnest(l) WITH ORDINALITY AS u (u, i) ORDER BY i) AS n, array(SELECT mlops.mean(u) FROM unnest(l) AS u) AS means
FROM (SELECT mlops.lookback_agg(v, ts, '2026-01-11', '{10 days,5 days,1 microsecond,10 days,20 days}') AS l FROM payment) AS q;
SET TIME ZONE 'Europe/Berlin';
SELECT mlops.value_count(l[1]) AS day_of_23_hours FROM (SELECT mlops.lookback_agg(1, ts, '2026-03-30 00:00', '{1 day}') AS l
	FROM unnest('{2026-03-28 23:00,2026-03-28 22:59:59,2026-03-29 00:00}'::timestamptz[]) AS ts) AS q;
SET TIME ZONE 'UTC';
SELECT mlops.lookback_agg(v, ts, 'infinity', '{1 day}') FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, NULL, '{1 day}') FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, '2026-01-11', NULL) FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, '2026-01-11', '{}') FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, '2026-01-11', '{1 day,NULL}') FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, '2026-01-11', '{1 year}') FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, '2026-01-11', '{{1 day},{2 days}}') FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, '2026-01-11', array_fill(interval '1 day', '{65}')) FROM payment;
\echo :SQLSTATE
SELECT mlops.lookback_agg(v, ts, ts, '{1 day}') FROM payment WHERE ts IS NOT NULL;
\echo :SQLSTATE
SELECT mlops.velocity(ts, '2026-01-11', '5 days', '10 days'), mlops.velocity(ts, '2026-01-01', '5 days', '10 days') AS none_before FROM payment;
SELECT mlops.velocity(ts, '2026-01-11', '0 days', '10 days') FROM payment;
\echo :SQLSTATE
SELECT mlops.velocity(ts, '2026-01-11', v * interval '1 day', '10 days') FROM payment WHERE v > 0;
\echo :SQLSTATE

-- rates
SELECT mlops.count_if(f), mlops.rate(f), mlops.rate(f, 1, 1) AS smoothed, mlops.rate(f, 0.1, 0.2) FROM unnest('{t,f,t,NULL}'::bool[]) AS f;
SELECT mlops.rate(f, 0, 0), mlops.rate(f, 1, 3) AS prior FROM unnest('{NULL}'::bool[]) AS f;
SELECT mlops.rate(f, -1, 1) FROM unnest('{t}'::bool[]) AS f;
\echo :SQLSTATE
SELECT mlops.rate(f, 'NaN', 1) FROM unnest('{t}'::bool[]) AS f;
\echo :SQLSTATE
SELECT mlops.rate(i > 1, i, 1) FROM generate_series(1, 2) AS i;
\echo :SQLSTATE

-- the forms that aggregates have in the server
SELECT mlops.exact_sum(DISTINCT x) AS of_distinct, mlops.exact_sum(x ORDER BY x DESC) AS ordered, mlops.exact_sum(x) FILTER (WHERE x > 4) AS filtered FROM sample;
SELECT x > 4 AS large, mlops.exact_sum(x), mlops.count_if(x > 4), mlops.value_count(mlops.stats_agg(x)) FROM sample GROUP BY ROLLUP (x > 4) ORDER BY 1, 2;
SELECT x, mlops.exact_sum(x) OVER w, mlops.exact_avg(x) OVER w, mlops.maximum(mlops.stats_agg(x) OVER w), mlops.stddev(mlops.stats_agg(x) OVER w), mlops.count_if(x > 4) OVER w,
	mlops.rate(x > 4) OVER w FROM sample WINDOW w AS (ORDER BY x ROWS 2 PRECEDING) ORDER BY x;
-- states go through a sort, a table and an array
CREATE TEMP TABLE tile AS SELECT i % 3 AS k, mlops.stats_agg(i::float8) AS s, mlops.stats_agg(i::float8, (i * i)::float8) AS p FROM generate_series(1, 100) AS i GROUP BY i % 3;
SELECT mlops._stats1d_send(mlops.rollup(s)) = (SELECT mlops._stats1d_send(mlops.stats_agg(i::float8)) FROM generate_series(1, 100) AS i) AS of_one,
	mlops._stats2d_send(mlops.rollup(p)) = (SELECT mlops._stats2d_send(mlops.stats_agg(i::float8, (i * i)::float8)) FROM generate_series(1, 100) AS i) AS of_two,
	mlops.mean((array_agg(s ORDER BY k))[1]) FROM tile;
SELECT mlops.value_count(mlops.rollup(s)) AS nothing FROM tile WHERE false;
SELECT mlops.value_count(mlops.rollup(s)) AS with_null FROM (SELECT s FROM tile UNION ALL SELECT NULL UNION ALL SELECT mlops.stats_agg(x) FROM sample WHERE false) AS q;
SELECT mlops.rollup(s) FROM (SELECT mlops.stats_agg(x) AS s FROM sample UNION ALL SELECT mlops.stats_agg(x, 'skip') FROM sample) AS q;
\echo :SQLSTATE

-- text of states comes back as the same bytes; what is none is refused
SELECT bool_and(mlops._stats1d_send(s::text::mlops.stats1d) = mlops._stats1d_send(s)) AS one, bool_and(mlops._stats2d_send(p::text::mlops.stats2d) = mlops._stats2d_send(p)) AS two FROM tile;
SELECT mlops.stats_agg(x) FROM unnest('{0.5,-2,456}'::float8[]) AS x;
SELECT mlops.mean('{"stats1d": 1, "on_nonfinite": 0, "n": 1, "null_count": 0, "nan_count": 0, "plus_infinity_count": 0, "minus_infinity_count": 0, "min": 3, "max": 3,
	"sums": ["0x3p-1075", "0x0p0", "0x0p0", "0x0p0"]}');
\echo :SQLSTATE
SELECT mlops.mean('{"stats1d": 1, "on_nonfinite": 0, "n": 1, "null_count": 0, "nan_count": 0, "plus_infinity_count": 0, "minus_infinity_count": 0, "min": 3, "max": 3,
	"sums": ["0x180p-7", "0x0p0", "0x0p0", "0x0p0"]}');
SELECT mlops.mean('{"stats1d": 2}');
\echo :SQLSTATE
SELECT mlops.mean('');
\echo :SQLSTATE
SELECT mlops.mean('{"stats1d": 1, "on_nonfinite": 0, "n": -1}');
\echo :SQLSTATE
SELECT mlops.mean('{"stats1d": 1, "on_nonfinite": 0, "n": 1, "null_count": 0, "nan_count": 0, "plus_infinity_count": 0, "minus_infinity_count": 0, "min": 4, "max": 3}');
\echo :SQLSTATE
-- a state that no values have: sum of squares 1 of two values whose sum is 2^10
SELECT mlops.variance('{"stats1d": 1, "on_nonfinite": 0, "n": 2, "null_count": 0, "nan_count": 0, "plus_infinity_count": 0, "minus_infinity_count": 0, "min": 0, "max": 0,
	"sums": ["0x10000000p-18", "0x10p-4", "0x0p0", "0x0p0"]}');
\echo :SQLSTATE
-- support functions belong to aggregates
SELECT mlops._exact_sum_step(NULL, 1);
\echo :SQLSTATE
SELECT mlops._stats1d_step(s, 1) FROM tile;
\echo :SQLSTATE
SELECT mlops._stats1d_combine(s, s) FROM tile;
\echo :SQLSTATE
SELECT mlops._count_if_step(1, true);
\echo :SQLSTATE

-- a function that is not as constant as it says: the rows of a frame leave it with values that came in as NULL
CREATE TEMP SEQUENCE call;
CREATE FUNCTION pg_temp.fickle(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN nextval('call') > 3 THEN x END $$;
SELECT mlops.minimum(mlops.stats_agg(pg_temp.fickle(i)) OVER (ORDER BY i ROWS 2 PRECEDING)) FROM generate_series(1, 9) AS i;
\echo :SQLSTATE
ALTER SEQUENCE call RESTART;
SELECT mlops.exact_sum(pg_temp.fickle(i)) OVER (ORDER BY i ROWS 2 PRECEDING) FROM generate_series(1, 9) AS i;
\echo :SQLSTATE
ALTER SEQUENCE call RESTART;
SELECT mlops.trend(pg_temp.fickle(i), '2026-01-01'::timestamptz + i * interval '1 day') OVER (ORDER BY i ROWS 2 PRECEDING) FROM generate_series(1, 9) AS i;
\echo :SQLSTATE
