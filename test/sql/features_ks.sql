-- The test of Kolmogorov and Smirnov and the Wasserstein distance of two samples.
\pset null NULL
\set SHOW_CONTEXT never
CREATE TEMP TABLE sample (x float8, is_reference bool);
INSERT INTO sample VALUES (1, true), (2, true), (3, true), (4, true), (3, false), (4, false), (5, false), (NULL, true), (7, NULL);
SELECT mlops.ks_test(x, is_reference), mlops.wasserstein_distance(x, is_reference), mlops.normalized_wasserstein_distance(x, is_reference) FROM sample;
SELECT (t).statistic, (t).df, (t).p_value, (t).effect FROM (SELECT mlops.ks_test(x, is_reference) AS t FROM sample) AS q;

-- one side alone, no rows, equal samples, one value each, ties
SELECT mlops.ks_test(x, is_reference), mlops.wasserstein_distance(x, is_reference), mlops.normalized_wasserstein_distance(x, is_reference) FROM sample WHERE is_reference;
SELECT mlops.ks_test(x, is_reference), mlops.wasserstein_distance(x, is_reference), mlops.normalized_wasserstein_distance(x, is_reference) FROM sample WHERE NOT is_reference;
SELECT mlops.ks_test(x, is_reference), mlops.wasserstein_distance(x, is_reference), mlops.normalized_wasserstein_distance(x, is_reference) FROM sample WHERE false;
SELECT mlops.ks_test(x, r), mlops.wasserstein_distance(x, r), mlops.normalized_wasserstein_distance(x, r) FROM (VALUES (1, true), (2, true), (1, false), (2, false)) AS t (x, r);
SELECT mlops.ks_test(x, r), mlops.wasserstein_distance(x, r), mlops.normalized_wasserstein_distance(x, r) FROM (VALUES (1, true), (3, false)) AS t (x, r);
SELECT mlops.ks_test(x, r), mlops.wasserstein_distance(x, r) FROM (VALUES (1, true), (1, true), (1, true), (2, true), (1, false), (2, false), (2, false)) AS t (x, r);
SELECT mlops.wasserstein_distance(x, r), mlops.normalized_wasserstein_distance(x, r) FROM (VALUES (1, true), (1, true), (1.5, false)) AS t (x, r);
SELECT mlops.ks_test(x, r), mlops.wasserstein_distance(x, r) FROM (VALUES (float8 '-0', true), (0, false)) AS t (x, r);
SELECT mlops.wasserstein_distance(x, r) FROM (VALUES (float8 '-1.7e308', true), (1.7e308, false)) AS t (x, r);
\echo :SQLSTATE

-- exact by paths up to n N = 10000, then the series
SELECT n, (t).statistic, round((t).p_value::numeric, 12) AS p FROM (
	SELECT n, mlops.ks_test(i * i % 1009 + CASE WHEN i % 2 = 0 THEN 60 ELSE 0 END, i % 2 = 0) AS t FROM (VALUES (20), (200), (202), (2000)) AS v (n), generate_series(1, n) AS i GROUP BY n) AS q ORDER BY n;

-- NaN and infinities
SELECT mlops.ks_test(x, r) FROM (VALUES (float8 'NaN', true)) AS t (x, r);
\echo :SQLSTATE
SELECT mlops.wasserstein_distance(x, r) FROM (VALUES (float8 'Infinity', true)) AS t (x, r);
\echo :SQLSTATE
SELECT mlops.ks_test(x, r, 'skip'), mlops.wasserstein_distance(x, r, 'skip') FROM (VALUES (float8 'NaN', true), (1, true), (2, false)) AS t (x, r);
SELECT mlops.ks_test(x, r, 'propagate'), mlops.wasserstein_distance(x, r, 'propagate'), mlops.normalized_wasserstein_distance(x, r, 'propagate') FROM (VALUES (float8 'NaN', true), (1, true), (2, false)) AS t (x, r);
SELECT mlops.ks_test(x, r, 'propagate'), mlops.wasserstein_distance(x, r, 'propagate'), mlops.normalized_wasserstein_distance(x, r, 'propagate') FROM (VALUES (float8 'Infinity', true), (1, true), (2, false)) AS t (x, r);
SELECT mlops.ks_test(x, r, 'no') FROM (VALUES (1, true)) AS t (x, r);
\echo :SQLSTATE
SELECT mlops.ks_test(x, r, NULL) FROM (VALUES (1, true)) AS t (x, r);
SELECT mlops.ks_test(x, r, CASE WHEN r THEN 'error' ELSE 'skip' END) FROM (VALUES (1, true), (2, false)) AS t (x, r);
\echo :SQLSTATE

-- out of an aggregate; memory
SELECT mlops._two_samples_step(NULL, 1, true);
\echo :SQLSTATE
SET mlops.max_aggregate_memory = '1MB';
SELECT mlops.wasserstein_distance(i % 1000, i % 2 = 0) FROM generate_series(1, 200000) AS i;
SELECT mlops.ks_test(i, i % 2 = 0) FROM generate_series(1, 400000) AS i;
\echo :SQLSTATE
RESET mlops.max_aggregate_memory;
