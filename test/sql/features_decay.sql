-- Weights that halve with age: published values, ages at which a weight of its own would be 0, any order of
-- rows, what is not finite, and arguments that must not change.
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
\pset null NULL
CREATE TEMP TABLE reading AS SELECT v::float8, '2026-01-01'::timestamptz + day * interval '1 day' AS ts, day FROM (VALUES (10, 0), (20, 5), (40, 10)) AS r (v, day);

SELECT mlops.ewma(v, ts, '5 days', '2026-01-11'), mlops.decayed_sum(v, ts, '5 days', '2026-01-11'), mlops.decayed_variance(v, ts, '5 days', '2026-01-11') AS variance,
	1000.0 / 7 AS by_hand FROM reading;
-- a half-life later the sum is half, the others are the same
SELECT mlops.ewma(v, ts, '120 hours', '2026-01-16'), mlops.decayed_sum(v, ts, '120 hours', '2026-01-16'), mlops.decayed_variance(v, ts, '120 hours', '2026-01-16') AS variance FROM reading;
-- 10,000 half-lives later each weight is below the smallest number, and their ratios are not
SELECT mlops.ewma(v, ts, '5 days', '2162-11-23'), mlops.decayed_sum(v, ts, '5 days', '2162-11-23'), mlops.decayed_variance(v, ts, '5 days', '2162-11-23') AS variance FROM reading;
SELECT mlops.ewma(v, ts, '1 microsecond', '2026-01-11'), mlops.decayed_variance(v, ts, '1 microsecond', '2026-01-11') AS variance FROM reading;
-- values of one size are their own average, whatever the weights
SELECT mlops.ewma(0.1, ts, '7 hours', '2026-03-01') AS average, mlops.decayed_variance(0.1, ts, '7 hours', '2026-03-01') AS variance FROM reading;
-- large and small
SELECT mlops.ewma(v * 4e306, ts, '5 days', '2026-01-11'), mlops.ewma(v * 5e-324, ts, '5 days', '2026-01-11') AS subnormal, mlops.decayed_sum(1e308, ts, '5 days', '2026-01-11') AS sum FROM reading;
SELECT mlops.decayed_sum(1e308, ts, '50 days', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.decayed_variance(v * 1e300, ts, '5 days', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(CASE day WHEN 0 THEN 1e300 ELSE 0 END, ts, '15 minutes', '2026-01-11') AS down_960_halvings FROM reading;

-- nothing depends on the order of arrival, nor on ties
CREATE TEMP TABLE tied AS SELECT i, CASE WHEN i % 17 > 0 THEN (i * 7919 % 1000) / 7.0::float8 - 60 END AS v, '2026-01-01'::timestamptz + (i / 5) * interval '37 minutes' AS ts FROM generate_series(1, 500) AS i;
SELECT count(DISTINCT float8send(mlops.ewma)) AS ewma, count(DISTINCT float8send(mlops.sum)) AS sum, count(DISTINCT float8send(mlops.variance)) AS variance
FROM (SELECT mlops.ewma(v, ts, '1 day', '2026-01-11' ORDER BY (i * k) % 503), mlops.decayed_sum(v, ts, '1 day', '2026-01-11' ORDER BY (i * k) % 503) AS sum,
	mlops.decayed_variance(v, ts, '1 day', '2026-01-11' ORDER BY (i * k) % 503) AS variance FROM tied, generate_series(1, 20) AS k GROUP BY k) AS mlops;

-- NULL and no rows
SELECT mlops.ewma(v, CASE WHEN day > 0 THEN ts END, '5 days', '2026-01-11') AS without_first, mlops.ewma(nullif(v, 10), ts, '5 days', '2026-01-11') AS the_same,
	mlops.ewma(NULL, ts, '5 days', '2026-01-11') AS of_null, mlops.decayed_sum(v, ts, '5 days', '2026-01-11') FILTER (WHERE v < 0) AS of_none,
	mlops.decayed_variance(v, ts, '5 days', '2026-01-11') FILTER (WHERE day = 5) AS of_one FROM reading;
-- what is not finite
SELECT mlops.ewma(v, ts, '5 days', '2026-01-11') FROM (SELECT 'NaN'::float8 AS v, ts FROM reading) AS r;
\echo :SQLSTATE
SELECT what, policy, mlops.ewma(v, ts, '5 days', '2026-01-11', policy), mlops.decayed_sum(v, ts, '5 days', '2026-01-11', policy), mlops.decayed_variance(v, ts, '5 days', '2026-01-11', policy) AS variance
FROM (SELECT what, policy, ts, CASE WHEN day < cardinality(what) * 5 THEN what[1 + day / 5] ELSE v END AS v
	FROM reading, (VALUES ('{NaN}'::float8[]), ('{Infinity}'), ('{-Infinity}'), ('{Infinity,-Infinity}')) AS w (what), unnest('{skip,propagate}'::text[]) AS policy) AS q
GROUP BY what, policy ORDER BY what, policy;

-- wrong arguments
SELECT mlops.ewma(v, ts, '5 days', '2026-01-10 23:59:59.999999') FROM reading;
\echo :SQLSTATE
SELECT mlops.decayed_sum(NULL, ts, '5 days', '2026-01-10') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '1 month', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '0', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '200000000 days', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, NULL, '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '5 days', NULL) FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '5 days', 'infinity') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, '-infinity', '5 days', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, day * interval '1 day' + '1 day', '2026-01-11') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '5 days', '2026-01-11'::timestamptz + day * interval '1 day') FROM reading;
\echo :SQLSTATE
SELECT mlops.ewma(v, ts, '5 days', '2026-01-11', 'drop') FROM reading;
\echo :SQLSTATE
SELECT mlops._decay_step(NULL, 1, now(), '1 day', now());
\echo :SQLSTATE
-- a state is no other's
SELECT '{"_decay_state": 1, "half_life": 5, "as_of": 7, "on_nonfinite": 0, "null_count": 0, "nan_count": 0, "plus_infinity_count": 0, "minus_infinity_count": 0, "events": [[8, 1]]}'::mlops._decay_state;
\echo :SQLSTATE
-- a sliding frame is answered as well, by counting anew
SELECT mlops.ewma(v, ts, '5 days', '2026-01-11') OVER (ORDER BY ts ROWS 1 PRECEDING) FROM reading;
