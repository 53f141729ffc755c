-- Two versions on the same rows: differences and DeLong's interval equal what was worked out by hand;
-- the bootstrap's intervals hold the difference, are the same each time and in any order of the rows;
-- equal models differ by nothing; models of different questions are refused.
\set SHOW_CONTEXT never
SET extra_float_digits = -6;
-- one tree without bootstrap on one feature says a's or b's score of eleven rows, as shares of a hundred
CREATE TABLE told (row_no int, score_a int, score_b int, y bool);
INSERT INTO told VALUES (1, 90, 50, true), (2, 80, 90, true), (3, 40, 60, true), (4, 40, 30, true), (5, 30, 80, true),
	(6, 70, 20, false), (7, 40, 40, false), (8, 30, 70, false), (9, 20, 30, false), (10, 10, 10, false), (11, 10, 20, false);
CREATE TABLE shares AS SELECT s * 10 AS score, i <= s AS y FROM generate_series(1, 9) AS s, generate_series(1, 10) AS i;
SELECT status FROM mlops.train_model('a', query => 'SELECT score AS score_a, y FROM shares', target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT status FROM mlops.train_model('b', query => 'SELECT score AS score_b, y FROM shares', target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
-- a: 24.5 of 30 pairs in order, b 25.5; at 0.5 a finds 2 of 5 and says 1 wrongly, b 4 and 1
SELECT metric, a, b, diff, ci_low IS NULL AS no_interval FROM mlops.compare_models('a@v1', 'b@v1', 'TABLE told');
-- the interval of roc_auc from the placements of both models, pair by pair
WITH placed AS (
	SELECT i.y, avg(CASE WHEN i.score_a = j.score_a THEN 0.5 WHEN (i.score_a > j.score_a) = i.y THEN 1 ELSE 0 END)
		- avg(CASE WHEN i.score_b = j.score_b THEN 0.5 WHEN (i.score_b > j.score_b) = i.y THEN 1 ELSE 0 END) AS gap
	FROM told AS i JOIN told AS j ON i.y <> j.y GROUP BY i.row_no, i.y
), spread AS (SELECT sqrt(sum(v / n)) AS se FROM (SELECT var_samp(gap) AS v, count(*) AS n FROM placed GROUP BY y) AS of_class)
SELECT c.metric, abs(c.ci_high - f.times * (c.diff / f.times + 1.959963984540054 * s.se)) < 1e-12 AS high, abs(c.ci_low - f.times * (c.diff / f.times - 1.959963984540054 * s.se)) < 1e-12 AS low
FROM mlops.compare_models('a@v1', 'b@v1', 'TABLE told') AS c JOIN (VALUES ('roc_auc', 1), ('gini', 2)) AS f (metric, times) USING (metric), spread AS s;
-- a against itself: nothing, exactly
SELECT metric, diff, ci_low, ci_high FROM mlops.compare_models('a@v1', 'a@v1', 'TABLE told') WHERE metric IN ('roc_auc', 'log_loss', 'accuracy');

-- more rows: each interval holds its difference, b is the better one beyond chance
CREATE TABLE many AS SELECT i AS id, (hashint4(i) % 9 + 9) % 9 * 10 + 10 AS score_b, (hashint4(i * 3) % 9 + 9) % 9 * 10 + 10 AS score_a,
	((hashint4(i) % 9 + 9) % 9 + (hashint4(i * 7) % 5 + 5) % 5) > 6 AS y FROM generate_series(1, 1000) AS i;
CREATE TABLE compared AS SELECT * FROM mlops.compare_models('a@v1', 'b@v1', 'TABLE many');
SELECT metric, diff BETWEEN ci_low AND ci_high AS inside, ci_high < 0 AS a_is_less, ci_low > 0 AS a_is_more, ci_high - ci_low < 0.3 AS narrow FROM compared;
SELECT count(*) AS other_in_another_order FROM (SELECT metric, a, b, diff, ci_low, ci_high FROM compared
	EXCEPT SELECT * FROM mlops.compare_models('a@v1', 'b@v1', 'SELECT * FROM many ORDER BY id DESC')) AS d;
-- a minus b is the reverse of b minus a
SELECT count(*) AS not_reversed FROM compared AS c JOIN mlops.compare_models('b@v1', 'a@v1', 'TABLE many') AS r USING (metric)
WHERE abs(c.diff + r.diff) > 1e-12 OR (metric IN ('roc_auc', 'gini') AND abs(c.ci_low + r.ci_high) > 1e-12);
-- with weights all intervals are the bootstrap's; weights of one alone do not count
SELECT t.version FROM unnest('{a,b}'::text[]) AS m, mlops.train_model('w', query => format('SELECT score AS score_%s, y, 1 AS w FROM shares', m), target => 'y',
	weight_column => 'w', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}') AS t;
SELECT w.metric, abs(w.diff - c.diff) < 1e-12 AS same_diff, abs(w.ci_low - c.ci_low) < 1e-12 AS same_low, abs(w.ci_low - c.ci_low) < 0.02 AS near_low
FROM mlops.compare_models('w@v1', 'w@v2', 'SELECT *, 7 AS w FROM many') AS w JOIN compared AS c USING (metric) WHERE w.metric IN ('roc_auc', 'ks_score', 'recall');
SELECT diff FROM mlops.compare_models('w@v1', 'a@v1', 'TABLE told') WHERE metric = 'roc_auc';

-- three classes, and a regression
CREATE TABLE rgb AS SELECT i AS id, i % 7 AS x, i % 5 AS z, (ARRAY['b', 'g', 'r'])[1 + (i % 7 + i % 2) % 3] AS c, (i % 7)::float8 + i % 2 AS v FROM generate_series(1, 210) AS i;
SELECT t.version FROM unnest('{x,z}'::text[]) AS f, mlops.train_model('three', 'rgb', 'c', features => ARRAY[f], test_sampling => 'none', hyperparams => '{"n_estimators": 5, "random_state": 1}') AS t;
SELECT metric, abs(diff - (a - b)) < 1e-15 AS difference, diff BETWEEN ci_low AND ci_high AS inside, ci_low > 0 OR ci_high < 0 AS beyond_chance FROM mlops.compare_models('three@v1', 'three@v2', 'TABLE rgb');
SELECT t.version FROM unnest('{x,z}'::text[]) AS f, mlops.train_model('value', 'rgb', 'v', features => ARRAY[f], test_sampling => 'none', hyperparams => '{"n_estimators": 5, "random_state": 1}') AS t;
SELECT metric, diff BETWEEN ci_low AND ci_high AS inside, ci_low > 0 OR ci_high < 0 AS beyond_chance FROM mlops.compare_models('value@v1', 'value@v2', 'TABLE rgb');

-- what rows do not define; a few rows define a metric, but hardly a resample of them does
SELECT metric, a, b, ci_low FROM mlops.compare_models('a@v1', 'b@v1', 'SELECT * FROM told WHERE y') WHERE metric IN ('accuracy', 'roc_auc');
SELECT count(*) FILTER (WHERE diff IS NULL) AS undefined FROM mlops.compare_models('a@v1', 'b@v1', 'SELECT * FROM told WHERE false');
SELECT metric, diff, ci_low FROM mlops.compare_models('a@v1', 'b@v1', 'SELECT * FROM told WHERE row_no IN (1, 6)') WHERE metric IN ('accuracy', 'recall');
SELECT count(*) FROM mlops.compare_models('a@v1', 'b@v1', 'TABLE told UNION ALL SELECT 12, 10, 10, NULL');

-- what cannot be
SELECT mlops.compare_models('a@v1', 'b@v1', NULL);
\echo :SQLSTATE
SELECT mlops.compare_models('a@v1', 'value@v1', 'TABLE told');
\echo :SQLSTATE
SELECT mlops.compare_models('a@v1', 'three@v1', 'TABLE told');
\echo :SQLSTATE
SELECT status FROM mlops.train_model('c', query => 'SELECT score AS score_a, y::int::text AS y FROM shares', target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT mlops.compare_models('a@v1', 'c@v1', 'TABLE told');
\echo :SQLSTATE
SELECT status FROM mlops.train_model('d', query => 'SELECT score AS score_a, y FROM shares', target => 'y', positive_class => 'false', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "random_state": 1}');
SELECT mlops.compare_models('a@v1', 'd@v1', 'TABLE told');
\echo :SQLSTATE
-- seen from the other class the areas and their interval are the same
SELECT status FROM mlops.train_model('e', query => 'SELECT score AS score_b, y FROM shares', target => 'y', positive_class => 'false', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT status FROM mlops.train_model('d', query => 'SELECT score AS score_a, y FROM shares', target => 'y', positive_class => 'false', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT count(*) AS same FROM mlops.compare_models('d@v2', 'e@v1', 'TABLE told') AS d JOIN mlops.compare_models('a@v1', 'b@v1', 'TABLE told') AS a USING (metric)
WHERE metric IN ('roc_auc', 'gini', 'brier_score', 'ks_score') AND abs(d.diff - a.diff) < 1e-12 AND abs(d.ci_low - a.ci_low) < CASE WHEN metric IN ('roc_auc', 'gini') THEN 1e-12 ELSE 0.05 END;
SELECT mlops.compare_models('a@v1', 'b@v1', 'SELECT score_a, y FROM told');
\echo :SQLSTATE
SELECT mlops.compare_models('a@v1', 'b@v1', 'SELECT score_a, score_b::text, y FROM told');
\echo :SQLSTATE
SELECT mlops.compare_models('a@v1', 'b@v1', 'DELETE FROM told RETURNING *');
\echo :SQLSTATE
SELECT mlops.compare_models('a@v1', 'nobody', 'TABLE told');
\echo :SQLSTATE
SELECT mlops.compare_models('a', 'b@v1', 'TABLE told');
\echo :SQLSTATE
SELECT count(*) FROM told;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE told, shares, many, compared, rgb;
