-- Quantiles and what is made of them: golden answers, the server's percentile_cont, types 1 to 9, and every error.
\pset null NULL
\set SHOW_CONTEXT never
CREATE TEMP TABLE eight (x float8);
INSERT INTO eight VALUES (9), (4), (2), (5), (NULL), (4), (7), (5), (4);

SELECT mlops.median(x), mlops.interquartile_range(x), mlops.median_abs_deviation(x), mlops.exact_quantile(x, 0.1) AS q10,
	mlops.exact_quantile(x, 0.25) AS q25, mlops.exact_quantile(x, 0.9) AS q90 FROM eight;
CREATE TEMP TABLE state AS SELECT mlops.quantile_agg(x) AS s FROM eight;
SELECT mlops.median(s), mlops.interquartile_range(s), mlops.median_abs_deviation(s), mlops.median_abs_deviation(s, 1.4826) AS scaled,
	mlops.quantile(s, 0.1) AS q10, mlops.quantile(s, '{0.25, 0.9, NULL}'::float8[]) AS q, mlops.quantile(s, '{{0, 1}, {0.5, 0.1}}'::float8[]) AS shaped,
	mlops.quantile(s, '{}'::float8[]) AS nothing FROM state;
SELECT mlops.trimmed_mean(s, 0.125), mlops.winsorized_mean(s, 0.125), mlops.trimmed_mean(s, 0) AS mean, mlops.trimmed_mean(s, 0.49) AS middle,
	mlops.rank_of(s, 4), mlops.rank_of(s, 3.9) AS below, mlops.rank_of(s, 'Infinity') AS most, mlops.minimum(s), mlops.maximum(s), mlops.value_count(s), mlops.null_count(s) FROM state;
SELECT type, mlops.quantile(s, '{0, 0.1, 0.25, 0.3125, 0.5, 0.9, 1}'::float8[], type) FROM state, generate_series(1, 9) AS type ORDER BY type;
SELECT s FROM state;
SELECT mlops._quantile_state_send(s) = mlops._quantile_state_send(s::text::mlops.quantile_state) AS same FROM state;

-- a literal without a type may be one p or several, so the server asks for a cast
SELECT mlops.quantile(s, '{.1,.9}') FROM state;
\echo :SQLSTATE
SELECT mlops.quantile(s, ARRAY[.1, .9]), mlops.quantile(s, '{.1,.9}'::float8[]) FROM state;

-- no rows, NULL alone, one row, zeros of both signs
SELECT mlops.median(x), mlops.interquartile_range(x), mlops.median_abs_deviation(x), mlops.exact_quantile(x, 0.1), mlops.quantile_agg(x) FROM eight WHERE false;
SELECT mlops.median(x), mlops.interquartile_range(x), mlops.median_abs_deviation(x), mlops.exact_quantile(x, 0.1), mlops.quantile_agg(x) FROM eight WHERE x IS NULL;
SELECT mlops.quantile(s, 0.5), mlops.quantile(s, ARRAY[0.5::float8]), mlops.trimmed_mean(s, 0.1), mlops.winsorized_mean(s, 0.1), mlops.rank_of(s, 1),
	mlops.median_abs_deviation(s), mlops.minimum(s), mlops.value_count(s), mlops.null_count(s) FROM (SELECT mlops.quantile_agg(x) AS s FROM eight WHERE x IS NULL) AS t;
SELECT mlops.median(x), mlops.interquartile_range(x), mlops.median_abs_deviation(x), mlops.exact_quantile(x, 0.1), mlops.quantile_agg(x) FROM eight WHERE x = 9;
SELECT float8send(mlops.median(x)), mlops.quantile_agg(x) FROM unnest('{-0, 0, -0}'::float8[]) AS x;
SELECT mlops.quantile(NULL::mlops.quantile_state, 0.5), mlops.quantile(s, NULL::float8), mlops.rank_of(s, NULL) FROM state;

-- rounded once: neighbours, and sums that do not fit
SELECT mlops.median(x) FROM unnest('{1.7976931348623157e308, 1.7976931348623157e308, 1.6e308, 1.7e308}'::float8[]) AS x;
SELECT mlops.median(x), mlops.exact_quantile(x, 0.3) FROM unnest('{-1.7976931348623157e308, 1.7976931348623157e308}'::float8[]) AS x;
SELECT mlops.interquartile_range(x) FROM unnest('{-1.7e308, -1.7e308, 1.7e308, 1.7e308}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.median(x) FROM unnest('{4.94065645841247e-324, 1.4821969375237396e-323}'::float8[]) AS x;
SELECT mlops.trimmed_mean(mlops.quantile_agg(x), 0) FROM unnest('{1e16, 1, -1e16, 0.1}'::float8[]) AS x;

-- NaN and infinities
SELECT mlops.median(x) FROM unnest('{1, NaN}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.quantile_agg(x) FROM unnest('{1, Infinity}'::float8[]) AS x;
\echo :SQLSTATE
SELECT mlops.median(x, 'skip'), mlops.exact_quantile(x, 0.5, 'skip'), mlops.null_count(mlops.quantile_agg(x, 'skip')) AS skipped FROM unnest('{1, NaN, 3, -Infinity}'::float8[]) AS x;
SELECT mlops.median(x, 'propagate'), mlops.interquartile_range(x, 'propagate'), mlops.median_abs_deviation(x, 'propagate'), mlops.exact_quantile(x, 0, 'propagate') FROM unnest('{1, 2, 3, Infinity}'::float8[]) AS x;
SELECT mlops.median(x, 'propagate'), mlops.rank_of(mlops.quantile_agg(x, 'propagate'), 3) AS rank, mlops.value_count(mlops.quantile_agg(x, 'propagate')) FROM unnest('{1, 2, NaN}'::float8[]) AS x;
SELECT mlops.median(x, 'propagate') FROM unnest('{-Infinity, Infinity}'::float8[]) AS x;
SELECT mlops.median(x, 'ignore') FROM eight;
\echo :SQLSTATE
SELECT mlops.median(x, NULL) FROM eight;
\echo :SQLSTATE

-- parameters
SELECT mlops.exact_quantile(x, 1.5) FROM eight;
\echo :SQLSTATE
SELECT mlops.exact_quantile(x, 'NaN') FROM eight;
SELECT mlops.exact_quantile(x, NULL) FROM eight;
\echo :SQLSTATE
SELECT mlops.exact_quantile(x, coalesce(x, 1) / 10) FROM eight;
\echo :SQLSTATE
SELECT mlops.median(x, CASE WHEN x = 9 THEN 'error' ELSE 'skip' END) FROM eight;
\echo :SQLSTATE
SELECT mlops.quantile(s, -0.1) FROM state;
\echo :SQLSTATE
SELECT mlops.quantile(s, '{0.5, 2}'::float8[]) FROM state;
SELECT mlops.quantile(s, 0.5, 10) FROM state;
\echo :SQLSTATE
SELECT mlops.quantile(s, 0.5, 0) FROM state;
SELECT mlops.median_abs_deviation(s, 0) FROM state;
\echo :SQLSTATE
SELECT mlops.median_abs_deviation(s, 'Infinity') FROM state;
SELECT mlops.trimmed_mean(s, 0.5) FROM state;
\echo :SQLSTATE
SELECT mlops.winsorized_mean(s, -0.1) FROM state;
SELECT mlops.rank_of(s, 'NaN') FROM state;
\echo :SQLSTATE
SELECT mlops.rollup(s) FROM (SELECT mlops.quantile_agg(1) AS s UNION ALL SELECT mlops.quantile_agg(1, 'skip')) AS t;
\echo :SQLSTATE
SELECT mlops.rollup(s) FROM (SELECT mlops.quantile_agg(1) AS s UNION ALL SELECT mlops.quantile_agg(2) UNION ALL SELECT NULL) AS t;

-- out of an aggregate; foreign text
SELECT mlops._quantile_step(NULL, 1);
\echo :SQLSTATE
SELECT mlops._order_inverse(NULL, 1);
\echo :SQLSTATE
SELECT mlops._quantile_state_combine(NULL, NULL);
\echo :SQLSTATE
SELECT '{"quantile_state": 1, "on_nonfinite": 0, "null_count": 0, "nan_count": 0, "values": [[2, 1], [1, 1]]}'::mlops.quantile_state;
\echo :SQLSTATE
SELECT '{"quantile_state": 2}'::mlops.quantile_state;
\echo :SQLSTATE

-- memory
SET mlops.max_aggregate_memory = '1MB';
SELECT mlops.median(i % 1000) FROM generate_series(1, 100000) AS i;
SELECT mlops.median(i) FROM generate_series(1, 200000) AS i;
\echo :SQLSTATE
RESET mlops.max_aggregate_memory;

-- percentile_cont rounds three times, we once: they differ by no more than that, and not at all at values themselves
CREATE TEMP TABLE drawn AS SELECT i, i / 40 AS who, exp(20 * mlops._uniform(i, 1, 48) - 10) - 1 AS x FROM generate_series(1, 20000) AS i WHERE mlops._uniform(i, 2, 48) > 0.1;
SELECT count(*), max(abs(a - b) / abs(b)) < 1e-14 AS near, count(*) FILTER (WHERE n % 2 = 1 AND m = pm) = count(*) FILTER (WHERE n % 2 = 1) AS medians
FROM (SELECT mlops.exact_quantile(x, 0.37) AS a, percentile_cont(0.37) WITHIN GROUP (ORDER BY x) AS b,
	mlops.median(x) AS m, percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS pm, count(x) AS n FROM drawn GROUP BY who) AS t;
-- integers over a power of two: no rounding, so equal
SELECT count(*), bool_and(q = p) AS same FROM (SELECT mlops.quantile(mlops.quantile_agg(n), '{0.25, 0.5, 0.75}'::float8[]) AS q,
	percentile_cont('{0.25, 0.5, 0.75}'::float8[]) WITHIN GROUP (ORDER BY n) AS p FROM (SELECT who, round(x) AS n FROM drawn) AS d GROUP BY who) AS t;
-- a sliding frame against a sub-query
SELECT count(*), count(*) FILTER (WHERE moving = again) AS same FROM (
	SELECT mlops.exact_quantile(round(x), 0.5) OVER (ORDER BY i ROWS 60 PRECEDING) AS moving,
		(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY round(x)) FROM (SELECT x FROM drawn AS b WHERE b.i <= a.i ORDER BY b.i DESC LIMIT 61) AS f) AS again
	FROM drawn AS a WHERE i < 600) AS t;
-- a frame start that jumps past all of the state, and frames without rows
SELECT i, mlops.median(x) OVER w, mlops.interquartile_range(x) OVER w, mlops.median_abs_deviation(x) OVER w, mlops.value_count(mlops.quantile_agg(x) OVER w) AS n
FROM (VALUES (1, 5), (2, 7), (3, NULL), (90, 1), (91, 2), (200, 3)) AS t (i, x) WINDOW w AS (ORDER BY i RANGE BETWEEN 5 PRECEDING AND 1 PRECEDING);
-- FILTER, DISTINCT, ORDER BY, GROUPING SETS
SELECT x > 4 AS big, mlops.median(x) FILTER (WHERE x < 9), mlops.median(DISTINCT x), mlops.median(x ORDER BY x DESC) FROM eight WHERE x IS NOT NULL GROUP BY GROUPING SETS ((), (x > 4)) ORDER BY 1;

-- a function that is not as constant as it says: a value that leaves a frame and never came in
CREATE TEMP SEQUENCE call;
CREATE FUNCTION pg_temp.fickle(x int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN nextval('call') > 3 THEN x END $$;
SELECT mlops.median(pg_temp.fickle(x)) OVER (ORDER BY x ROWS 2 PRECEDING) FROM generate_series(1, 9) AS x;
\echo :SQLSTATE
-- the same of a row without a value, and of NaN that is counted and of NaN that is left out
CREATE FUNCTION pg_temp.fading(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN nextval('call') > 3 THEN y ELSE x END $$;
SELECT setval('call', 1, false);
SELECT mlops.median(pg_temp.fading(x, NULL)) OVER (ORDER BY x ROWS 2 PRECEDING) FROM generate_series(1, 4) AS x;
\echo :SQLSTATE
SELECT setval('call', 1, false);
SELECT mlops.null_count(mlops.quantile_agg(pg_temp.fading(x, 'NaN'), 'skip') OVER (ORDER BY x ROWS 2 PRECEDING)) FROM generate_series(1, 4) AS x;
\echo :SQLSTATE
CREATE AGGREGATE pg_temp.without(float8, text) (SFUNC = mlops._quantile_inverse, STYPE = mlops.quantile_state);
SELECT pg_temp.without(NULL, 'error');
\echo :SQLSTATE
SELECT pg_temp.without('NaN', 'skip');
\echo :SQLSTATE
SELECT pg_temp.without('-Infinity', 'skip');
\echo :SQLSTATE
SELECT pg_temp.without('NaN', 'propagate');
\echo :SQLSTATE
