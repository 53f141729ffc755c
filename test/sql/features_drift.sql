-- Drift functions give the published figures, are NULL where counts define nothing, and refuse what are
-- no counts with the value, the rule and a way out.
\set SHOW_CONTEXT never
\pset null NULL
CREATE FUNCTION pg_temp.near(x float8, expected float8) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
	SELECT abs(x - expected) <= 1e-12 * abs(expected) $$;

-- a new category: reference without it, current with 40 %
SELECT pg_temp.near(mlops.psi(c, r), 2.874097170982875) AS psi, pg_temp.near(mlops.psi(c, r, 0.5), 2.874097170982875) AS psi_half, pg_temp.near(mlops.js_distance(c, r), 0.48626412335275976) AS js,
	pg_temp.near(mlops.js_distance(c, r) * sqrt(ln(2::float8)), 0.40484143813789554) AS js_natural, pg_temp.near(mlops.hellinger_distance(c, r), 0.4747666066168898) AS hellinger,
	mlops.total_variation_distance(c, r), pg_temp.near((mlops.chi2_test(c, r)).statistic, 500) AS chi2, (mlops.chi2_test(c, r)).df, pg_temp.near((mlops.chi2_test(c, r)).effect, 0.5) AS effect
FROM (VALUES ('{300, 300, 400}'::bigint[], '{500, 500, 0}'::bigint[])) AS t (c, r);
SELECT pg_temp.near(mlops.psi(c, r), 0.008035789844248813) AS psi, pg_temp.near(mlops.psi(c, r) * 1000 * 10000 / 11000, 7.305263494771648) AS statistic,
	pg_temp.near(mlops.psi_p_value(c, r), 0.6053699177207721) AS p_value
FROM (VALUES ('{120, 95, 102, 88, 110, 97, 105, 90, 98, 95}'::bigint[], array_fill(1000::bigint, '{10}'))) AS t (c, r);
-- a cell that is empty on both sides changes nothing
SELECT pg_temp.near(mlops.psi(c, r), 0.01439289418847808) AS psi, mlops.psi(c || 0::bigint, r || 0::bigint) = mlops.psi(c, r) AS same, mlops.psi_p_value(c || 0::bigint, r || 0::bigint) = mlops.psi_p_value(c, r) AS same_p,
	mlops.chi2_test(0::bigint || c, 0::bigint || r) = mlops.chi2_test(c, r) AS same_test, mlops.js_distance(0::bigint || c, 0::bigint || r) = mlops.js_distance(c, r) AS same_js
FROM (VALUES ('{12, 9, 10, 8, 11, 10, 9, 12, 9, 10}'::bigint[], array_fill(1000::bigint, '{10}'))) AS t (c, r);
SELECT mlops.psi('{5, 5}', '{5, 5}'), mlops.psi('{5, 5}', '{50, 50}'), mlops.psi('{5, 5}', '{50, 50}', 0), mlops.psi_p_value('{5, 5}', '{50, 50}', 0), mlops.js_distance('{1, 3}', '{5, 15}'), mlops.hellinger_distance('{1, 3}', '{5, 15}'), mlops.chi2_test('{20, 20}', '{50, 50}');
SELECT pg_temp.near(statistic, 6.763392857142858) AS statistic, df, pg_temp.near(p_value, 0.033989744623983575) AS p_value, pg_temp.near(effect, 0.21234237851706786) AS effect
FROM mlops.chi2_test('{30, 14, 6}', '{40, 50, 10}');
-- the information value of bad against good
SELECT pg_temp.near(mlops.psi('{10, 30, 0}', '{90, 70, 100}', 0.5), 1.7848410915434094) AS information_value;

-- Amounts with a training of 20,000 rows and a week of 5,000: cells of the reference's own quantiles, and an
-- outlier of 1e7 that moves nothing.
CREATE TEMP TABLE amount AS
	SELECT true AS is_reference, exp(3.5 + 0.6 * ln(u / (1 - u))) AS x FROM (SELECT (i - 0.5::float8) / 20000 AS u FROM generate_series(1, 20000) AS i) AS t
	UNION ALL SELECT false, exp(3.9 + 0.6 * ln(u / (1 - u))) FROM (SELECT (i - 0.5::float8) / 5000 AS u FROM generate_series(1, 5000) AS i) AS t;
CREATE TEMP TABLE edge AS SELECT '-Infinity'::float8 || percentile_cont(ARRAY[.1, .2, .3, .4, .5, .6, .7, .8, .9]::float8[]) WITHIN GROUP (ORDER BY x) || 'Infinity'::float8 AS edges FROM amount WHERE is_reference;
CREATE TEMP TABLE cells AS SELECT mlops.histogram_agg(x, (SELECT edges FROM edge)) FILTER (WHERE is_reference) AS r, mlops.histogram_agg(x, (SELECT edges FROM edge)) FILTER (WHERE NOT is_reference) AS c FROM amount;
SELECT r, c, pg_temp.near(mlops.psi(c, r), 0.14512108145053806) AS psi FROM cells;
SELECT pg_temp.near(mlops.psi(mlops.rollup(h), max(r)), 0.1453093325285116) AS psi_with_outlier
FROM (SELECT c AS h, r FROM cells UNION ALL SELECT mlops.histogram_agg(1e7, (SELECT edges FROM edge)), NULL) AS t;

-- Zero-inflated: edges that would be equal are one, so cells are disjoint and each row is in one.
CREATE TEMP TABLE fee AS SELECT i, CASE WHEN i % 10 < 7 THEN 0 ELSE i % 97 END::float8 AS x FROM generate_series(1, 2000) AS i;
WITH q AS (SELECT percentile_cont(ARRAY[.1, .2, .3, .4, .5, .6, .7, .8, .9]::float8[]) WITHIN GROUP (ORDER BY x) AS inner_edges FROM fee),
	e AS (SELECT '-Infinity'::float8 || array_agg(DISTINCT n ORDER BY n) || 'Infinity'::float8 AS edges FROM q, unnest(inner_edges) AS n)
SELECT (SELECT edges FROM e), mlops.histogram_agg(x, (SELECT edges FROM e)), (SELECT sum(n) FROM unnest(mlops.histogram_agg(x, (SELECT edges FROM e))) AS n) AS n FROM fee;
-- constant, all NULL, one category, NaN: a single cell is no drift
SELECT mlops.psi(h, h), mlops.psi_p_value(h, h), mlops.js_distance(h, h), mlops.chi2_test(h, h), mlops.total_variation_distance(h, h)
FROM (VALUES ('{0, 70, 0, 0}'::bigint[]), ('{0, 0, 70, 0}'), ('{0, 0, 0, 70}'), ('{70}')) AS t (h);
-- the sides may be exchanged, to the last bit
SELECT mlops.psi(c, r) = mlops.psi(r, c) AS psi, mlops.js_distance(c, r) = mlops.js_distance(r, c) AS js, mlops.hellinger_distance(c, r) = mlops.hellinger_distance(r, c) AS hellinger,
	mlops.total_variation_distance(c, r) = mlops.total_variation_distance(r, c) AS tvd, mlops.chi2_test(c, r) = mlops.chi2_test(r, c) AS chi2 FROM (VALUES ('{31, 15, 6}'::bigint[], '{40, 52, 10}'::bigint[])) AS t (c, r);

-- small cells: 1 + 1 goes into 2 + 1, that into 5; then each expectation is 5 or more
SELECT mlops.chi2_test('{10, 1, 12, 2, 0}', '{10, 1, 8, 1, 5}') = mlops.chi2_test('{10, 12, 3}', '{10, 8, 7}') AS merged;
-- of equal totals the first goes into the second; two cells stay, however small
SELECT mlops.chi2_test('{2, 0, 2, 0, 2, 2, 0, 0}', '{0, 2, 0, 2, 0, 0, 2, 2}'), mlops.chi2_test('{1, 0}', '{0, 1}');
-- far tails; two sides with nothing in common
SELECT mlops.psi_p_value('{30, 900}', '{900, 30}'), mlops.psi_p_value('{100000, 900000}', '{900000, 100000}'), (mlops.chi2_test('{300, 0}', '{0, 300}')).p_value,
	mlops.js_distance('{3, 0}', '{0, 5}'), mlops.hellinger_distance('{3, 0}', '{0, 5}'), mlops.total_variation_distance('{3, 0}', '{0, 5}');
-- counts near the last bigint
SELECT mlops.total_variation_distance(c, r), mlops.psi(c, r), mlops.js_distance(c, r), mlops.chi2_test(c, r) FROM (VALUES ('{9223372036854775806, 1}'::bigint[], '{1, 9223372036854775806}'::bigint[])) AS t (c, r);

-- NULL: an argument, a side without rows, no smoothing of a cell that is empty on one side
SELECT mlops.psi(NULL, '{1}'), mlops.psi('{1}', NULL), mlops.psi('{1}', '{1}', NULL), mlops.chi2_test(NULL, '{1}') IS NULL AS chi2, mlops.js_distance(NULL, NULL);
SELECT mlops.psi(c, r), mlops.psi_p_value(c, r), mlops.js_distance(c, r), mlops.hellinger_distance(c, r), mlops.total_variation_distance(c, r), mlops.chi2_test(c, r) IS NULL AS chi2, (mlops.chi2_test(c, r)).statistic
FROM (VALUES ('{0, 0}'::bigint[], '{1, 2}'::bigint[]), ('{1, 2}', '{0, 0}'), ('{0, 0}', '{0, 0}'), ('{}', '{}')) AS t (c, r);
SELECT mlops.psi('{1, 0}', '{1, 1}', 0), mlops.psi_p_value('{1, 1}', '{1, 0}', 0), mlops.psi('{1, 0}', '{2, 0}', 0);

-- what is refused
SELECT mlops.psi('{1, 2}', '{1}');
\echo :SQLSTATE
SELECT mlops.psi('{1, -2}', '{1, 2}');
\echo :SQLSTATE
SELECT mlops.js_distance('{1, 2}', '{1, -9223372036854775808}');
SELECT mlops.hellinger_distance('{1, NULL}', '{1, 2}');
\echo :SQLSTATE
SELECT mlops.chi2_test('{1, 2}', '{{1, 2}}');
\echo :SQLSTATE
SELECT mlops.total_variation_distance('{1, 1}', '{9223372036854775807, 1}');
\echo :SQLSTATE
SELECT mlops.psi('{1, 2}', '{1, 2}', -0.5);
\echo :SQLSTATE
SELECT mlops.psi('{1, 2}', '{1, 2}', 'NaN');
SELECT mlops.psi_p_value('{1, 2}', '{1, 2}', 'Infinity');

-- Wilson: the published intervals, the ends, what is refused
SELECT k, n, level, pg_temp.near(ci_low, low) AS low, pg_temp.near(ci_high, high) AS high
FROM (VALUES (3, 10, 0.95, 0.10779126740630099, 0.6032218525388546), (0, 10, 0.95, 0, 0.2775327998628892)) AS t (k, n, level, low, high), mlops.wilson_interval(k, n, level);
SELECT mlops.wilson_interval(0, 10, 0.95), mlops.wilson_interval(10, 10, 0.95), mlops.wilson_interval(9223372036854775807, 9223372036854775807, 0.5);
SELECT mlops.wilson_interval(0, 0, 0.95) IS NULL AS none, mlops.wilson_interval(NULL, 3, 0.95) IS NULL AS k, mlops.wilson_interval(1, NULL, 0.95) IS NULL AS n, mlops.wilson_interval(1, 3, NULL) IS NULL AS level;
SELECT mlops.wilson_interval(4, 3, 0.95);
\echo :SQLSTATE
SELECT mlops.wilson_interval(-1, 3, 0.95);
SELECT mlops.wilson_interval(0, -3, 0.95);
SELECT mlops.wilson_interval(1, 3, 1);
\echo :SQLSTATE
SELECT mlops.wilson_interval(1, 3, 0);
SELECT mlops.wilson_interval(1, 3, 'NaN');
