-- Calibration equals what was worked out by hand and by another solver; bins keep ties together; weights are repeated
-- rows; what rows do not define is NULL; scores that are no probabilities are refused.
\set SHOW_CONTEXT never

-- a thousand scores that say too much
CREATE TABLE thousand AS SELECT (i - 0.5) / 1000 AS score, (i * 7919 % 1000) * 5 < 4 * i AS bad FROM generate_series(1, 1000) AS i;
SELECT mlops.value_count(s), mlops.positive_count(s), mlops.expected_calibration_error(s), mlops.max_calibration_error(s),
	round(mlops.calibration_slope(s)::numeric, 8) AS slope, round(mlops.calibration_intercept(s)::numeric, 8) AS intercept
FROM (SELECT mlops.calibration_agg(score, bad) AS s FROM thousand) AS q;
SELECT abs((t).statistic - 128.39101499807373) < 1e-12 AS statistic, (t).df, (t).p_value < 1e-20 AS p_value, (t).effect FROM (SELECT mlops.hosmer_lemeshow(mlops.calibration_agg(score, bad)) AS t FROM thousand) AS q;
-- other numbers of bins; one is the distance of the means
SELECT bins, mlops.expected_calibration_error(s, bins), mlops.max_calibration_error(s, bins), (mlops.hosmer_lemeshow(s, bins)).df, mlops.hosmer_lemeshow(s, bins) IS NULL AS no_test
FROM (SELECT mlops.calibration_agg(score, bad) AS s FROM thousand) AS q, unnest(ARRAY[1, 2, 3, 4, 1000]) AS bins;
-- by hand: ties fill a bin beyond its share; 5 bins of 10 rows are reached at 2, 4, 6, 8, 10, so by 5 rows at 0.2 (two of
-- them), 7 with those at 0.4, 10
CREATE TABLE ten AS SELECT score, i > good AS bad FROM (VALUES (0.2, 3, 2), (0.4, 2, 0), (0.9, 1, 2)) AS v (score, good, bads), LATERAL generate_series(1, good + bads) AS i;
SELECT mlops.expected_calibration_error(s, 5), mlops.max_calibration_error(s, 5), (mlops.hosmer_lemeshow(s, 5)).df,
	abs((mlops.hosmer_lemeshow(s, 5)).statistic - (1 / (1.0 * 0.8) + 0.64 / (0.8 * 0.6) + 0.49 / (2.7 * 0.1))) < 1e-14 AS statistic, round((mlops.hosmer_lemeshow(s, 5)).p_value::numeric, 6) AS p_value
FROM (SELECT mlops.calibration_agg(score, bad) AS s FROM ten) AS q;
-- the bins of calibration_table
CREATE TABLE shares AS SELECT x, i <= n AS y FROM (VALUES (1, 1), (2, 2), (3, 3), (4, 5), (5, 7)) AS s (x, n), generate_series(1, 8) AS i;
SELECT status FROM mlops.train_model('two', 'shares', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
CREATE TABLE later AS SELECT 1 + (i * i) % 5 AS x, i % 3 = 0 AS y FROM generate_series(1, 200) AS i;
SELECT bins, abs(mlops.expected_calibration_error(s, bins) - t.expected) < 1e-15 AS expected, abs(mlops.max_calibration_error(s, bins) - t.greatest) < 1e-15 AS greatest, (mlops.hosmer_lemeshow(s, bins)).df = t.n - 2 AS df
FROM (SELECT mlops.calibration_agg(mlops.predict('two@v1', l), y) AS s FROM later AS l) AS q, unnest(ARRAY[5, 7, 10]) AS bins,
	LATERAL (SELECT sum(n * abs(mean_score - positive_rate)) / sum(n) AS expected, max(abs(mean_score - positive_rate)) AS greatest, count(*) AS n FROM mlops.calibration_table('two@v1', 'TABLE later', bins)) AS t;

-- no line: one class, or a score that divides the classes, ties there included; equal scores
SELECT n, mlops.calibration_slope(s), mlops.calibration_intercept(s), mlops.expected_calibration_error(s) IS NULL AS no_error FROM (
	SELECT n, mlops.calibration_agg(u.score, u.bad) AS s FROM (VALUES ('one class', ARRAY[.1, .5]::float8[], ARRAY[true, true]), ('apart', ARRAY[.1, .2, .8, .9], ARRAY[false, false, true, true]),
		('reversed', ARRAY[.1, .2, .8, .9], ARRAY[true, true, false, false]), ('a tie', ARRAY[.1, .5, .5, .9], ARRAY[false, false, true, true]), ('equal', ARRAY[.5, .5], ARRAY[false, true])) AS v (n, scores, bads),
		LATERAL unnest(v.scores, v.bads) AS u (score, bad) GROUP BY n) AS q ORDER BY n;
-- two scores have as many parameters as the line, which meets both rates: logit 2/3 = ln 2 at ln 9, -ln 2 at -ln 9
SELECT round(mlops.calibration_slope(s)::numeric, 12) AS slope, round((ln(2::float8) / ln(9::float8))::numeric, 12) AS expected, abs(mlops.calibration_intercept(s)) < 1e-14 AS through_zero
FROM (SELECT mlops.calibration_agg(score, bad, w) AS s FROM (VALUES (0.1, true, 1), (0.1, false, 2), (0.9, true, 2), (0.9, false, 1)) AS v (score, bad, w)) AS q;
-- certain scores: right ones add nothing, wrong ones are infinitely unlikely
SELECT mlops.hosmer_lemeshow(mlops.calibration_agg(s, y), 3) FROM (VALUES (0, false), (0, false), (0.5, false), (0.5, true), (1, true), (1, true)) AS t (s, y);
SELECT mlops.hosmer_lemeshow(mlops.calibration_agg(s, y), 3) FROM (VALUES (0, true), (0, false), (0.5, false), (0.5, true), (1, true), (1, true)) AS t (s, y);

-- empty, NULL, NULLs
SELECT mlops.calibration_agg(0.5, true) FILTER (WHERE false) AS s \gset
SELECT :'s' AS empty, mlops.value_count(s), mlops.null_count(s), mlops.expected_calibration_error(s), mlops.max_calibration_error(s), mlops.hosmer_lemeshow(s), mlops.calibration_slope(s), mlops.calibration_intercept(s)
FROM (VALUES (:'s'::mlops.calibration_stats)) AS t (s);
SELECT mlops.expected_calibration_error(NULL), mlops.hosmer_lemeshow(NULL), mlops.calibration_slope(NULL);
SELECT mlops.value_count(s), mlops.positive_count(s), mlops.null_count(s) FROM (SELECT mlops.calibration_agg(score, bad) AS s FROM (VALUES (NULL, true), (0.5, NULL), (0.5, true)) AS t (score, bad)) AS q;
-- a row of weight 3 is three rows
SELECT mlops.hosmer_lemeshow(a)::text = mlops.hosmer_lemeshow(b)::text AS test, float8send(mlops.expected_calibration_error(a)) = float8send(mlops.expected_calibration_error(b)) AS expected,
	float8send(mlops.calibration_slope(a)) = float8send(mlops.calibration_slope(b)) AS slope, float8send(mlops.calibration_intercept(a)) = float8send(mlops.calibration_intercept(b)) AS intercept
FROM (SELECT mlops.calibration_agg(score, bad, 1 + i % 3) AS a FROM (SELECT *, (score * 1000)::int AS i FROM thousand) AS t) AS q,
	(SELECT mlops.calibration_agg(score, bad) AS b FROM (SELECT *, (score * 1000)::int AS i FROM thousand) AS t, generate_series(0, i % 3)) AS r;
SELECT mlops._calibration_stats_send(mlops.rollup(s)) = mlops._calibration_stats_send((SELECT mlops.calibration_agg(score, bad) FROM thousand)) AS rolled_up
FROM (SELECT mlops.calibration_agg(score, bad) AS s FROM thousand GROUP BY (score * 1000)::int % 7) AS tile;

-- what is no probability
SELECT mlops.calibration_agg(score, bad) FROM (VALUES (0.5, true), (1.5, true)) AS t (score, bad);
\echo :SQLSTATE
SELECT mlops.calibration_agg(-1e-300, true);
\echo :SQLSTATE
SELECT mlops.calibration_agg('NaN', true);
\echo :SQLSTATE
SELECT policy, mlops.value_count(s), mlops.expected_calibration_error(s), mlops.hosmer_lemeshow(s), mlops.calibration_slope(s)
FROM unnest(ARRAY['skip', 'propagate']) AS policy, LATERAL (SELECT mlops.calibration_agg(score, bad, 1, policy) AS s FROM (VALUES ('NaN'::float8, true), (0.5, false)) AS t (score, bad)) AS q;
SELECT mlops.expected_calibration_error(mlops.calibration_agg(0.5, true), 0);
\echo :SQLSTATE
SELECT mlops.hosmer_lemeshow(mlops.calibration_agg(0.5, true), 1001);
\echo :SQLSTATE
SELECT '{"calibration_stats":1,"on_nonfinite":1,"nulls":0,"nonfinite":0,"scores":[[1.5,1,1,0]]}'::mlops.calibration_stats;
\echo :SQLSTATE
SELECT mlops._calibration_step(NULL, 0.5, true);
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE thousand, ten, shares, later;
