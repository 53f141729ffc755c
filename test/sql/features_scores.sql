-- Metrics of scores equal what was worked out by hand; ties are one point; weights are repeated rows; what rows do
-- not define is NULL; they are the bits of evaluate; hostile states are refused.
\set SHOW_CONTEXT never

-- five bad, six good: 49 of 60 pairs; the published digits of brier_score, log_loss and the interval are within rounding
CREATE TABLE eleven AS SELECT score, n <= 5 AS bad FROM unnest(ARRAY[.9, .8, .4, .4, .3, .7, .4, .3, .2, .1, .1]::float8[]) WITH ORDINALITY AS u (score, n);
\x
SELECT mlops.roc_auc(s), mlops.roc_auc(s) = 49 / 60::float8 AS exact, mlops.auc_interval(s), mlops.gini(s), mlops.ks_score(s), mlops.brier_score(s),
	mlops.log_loss(s), mlops.average_precision(s), mlops.value_count(s), mlops.positive_count(s), mlops.null_count(s)
FROM (SELECT mlops.score_agg(score, bad) AS s FROM eleven) AS q;
SELECT abs((i).ci_low - (49 / 60::float8 - 1.959963984540054 * sqrt(629 / 36000::float8))) < 1e-15 AS delong, (i).ci_high = 1 AS clipped
FROM (SELECT mlops.auc_interval(mlops.score_agg(score, bad)) AS i FROM eleven) AS q;
\x
SELECT level, mlops.auc_interval(s, level) FROM (SELECT mlops.score_agg(score, bad) AS s FROM eleven) AS q, unnest(ARRAY[0.5, 0.9, 0.99]) AS level;
-- apart, both ways round; ten equal scores in two orders; a thousand
SELECT mlops.ks_score(mlops.score_agg(s, y)), mlops.roc_auc(mlops.score_agg(s, y)), mlops.roc_auc(mlops.score_agg(s, NOT y)) AS reversed
FROM (VALUES (.1, false), (.2, false), (.8, true), (.9, true)) AS t (s, y);
SELECT mlops.ks_score(a), mlops.roc_auc(a), mlops.average_precision(a), mlops.roc_auc(b) AS other_order, a::text = b::text AS same_state
FROM (SELECT mlops.score_agg(0.3, i <= 5 ORDER BY i) AS a, mlops.score_agg(0.3, i <= 5 ORDER BY i DESC) AS b FROM generate_series(1, 10) AS i) AS q;
SELECT mlops.positive_count(s), mlops.roc_auc(s), mlops.brier_score(s)
FROM (SELECT mlops.score_agg((i - 0.5) / 1000, (i * 7919 % 1000) * 5 < 4 * i) AS s FROM generate_series(1, 1000) AS i) AS q;

-- one class: no order, but means; none: nothing; NULL: nothing
SELECT n, mlops.roc_auc(s), mlops.gini(s), mlops.ks_score(s), mlops.average_precision(s), mlops.auc_interval(s), mlops.brier_score(s), round(mlops.log_loss(s)::numeric, 12) AS log_loss
FROM (SELECT 'only ' || y AS n, mlops.score_agg(0.25, y) AS s FROM unnest(ARRAY[false, true]) AS y GROUP BY y) AS t ORDER BY n;
SELECT mlops.score_agg(0.5, true) FILTER (WHERE false) AS s \gset
SELECT :'s' AS empty, mlops.value_count(s), mlops.roc_auc(s), mlops.ks_score(s), mlops.brier_score(s), mlops.log_loss(s), mlops.auc_interval(s) FROM (VALUES (:'s'::mlops.score_stats)) AS t (s);
SELECT mlops.roc_auc(NULL), mlops.value_count(NULL::mlops.score_stats), mlops.auc_interval(mlops.score_agg(score, bad), NULL) FROM eleven;
-- two of a class are needed for an interval
SELECT mlops.auc_interval(mlops.score_agg(s, y)) AS one_true, mlops.roc_auc(mlops.score_agg(s, y)) FROM (VALUES (.1, false), (.2, true), (.3, false)) AS t (s, y);

-- NULLs are left out and counted; FILTER; -0 is 0
SELECT mlops.value_count(s), mlops.positive_count(s), mlops.null_count(s), mlops.roc_auc(s)
FROM (SELECT mlops.score_agg(score, bad) AS s FROM (TABLE eleven UNION ALL VALUES (NULL, true), (0.5, NULL), (NULL, NULL)) AS t (score, bad)) AS q;
SELECT mlops.value_count(s), mlops.null_count(s) FROM (SELECT mlops.score_agg(score, bad, w) AS s FROM (VALUES (0.5, true, 1), (0.5, false, NULL), (NULL, true, 0)) AS t (score, bad, w)) AS q;
SELECT mlops.roc_auc(mlops.score_agg(score, bad) FILTER (WHERE score > 0.3)) AS above, mlops.roc_auc(mlops.score_agg(DISTINCT score, bad)) AS different FROM eleven;
SELECT mlops.score_agg(score, y), mlops.roc_auc(mlops.score_agg(score, y)) FROM (VALUES ('-0'::float8, true), (0, false)) AS t (score, y);

-- a row of weight 2 is two rows, of 0 none; other weights come near it; scores beyond 0 to 1 have an order
CREATE TABLE many AS SELECT i, (hashint4(i) % 50 + 50) / 99.0::float8 AS score, hashint4(i) % 50 + hashint4(i * 7) % 90 > 0 AS bad, abs(hashint4(i * 3)) % 4 AS w FROM generate_series(1, 2000) AS i;
SELECT metric, float8send(m.a) = float8send(m.b) AS same, abs(m.a - m.c) < 1e-13 AS near
FROM (SELECT mlops.score_agg(score, bad, w) AS a, mlops.score_agg(score, bad, w * 0.3) AS c FROM many) AS q,
	(SELECT mlops.score_agg(score, bad) AS b FROM many, generate_series(1, w)) AS r,
	LATERAL (VALUES ('roc_auc', mlops.roc_auc(q.a), mlops.roc_auc(r.b), mlops.roc_auc(q.c)), ('gini', mlops.gini(q.a), mlops.gini(r.b), mlops.gini(q.c)),
		('ks_score', mlops.ks_score(q.a), mlops.ks_score(r.b), mlops.ks_score(q.c)), ('brier_score', mlops.brier_score(q.a), mlops.brier_score(r.b), mlops.brier_score(q.c)),
		('log_loss', mlops.log_loss(q.a), mlops.log_loss(r.b), mlops.log_loss(q.c)), ('average_precision', mlops.average_precision(q.a), mlops.average_precision(r.b), mlops.average_precision(q.c)),
		('ci_low', (mlops.auc_interval(q.a)).ci_low, (mlops.auc_interval(r.b)).ci_low, (mlops.auc_interval(r.b)).ci_low)) AS m (metric, a, b, c);
SELECT mlops.roc_auc(mlops.score_agg(score, bad)) = mlops.roc_auc(mlops.score_agg(score * 1000 - 7, bad)) AS order_alone FROM many;
SELECT mlops.brier_score(mlops.score_agg(score * 1000 - 7, bad)) FROM many;
\echo :SQLSTATE
SELECT mlops.log_loss(mlops.score_agg(score + 0.25, bad)) FROM many;
\echo :SQLSTATE

-- what is no number: refused, left out, or said
SELECT mlops.score_agg(score, bad) FROM (TABLE eleven UNION ALL VALUES ('NaN'::float8, true)) AS t (score, bad);
\echo :SQLSTATE
SELECT mlops.score_agg(score, bad, 1) FROM (TABLE eleven UNION ALL VALUES ('-Infinity'::float8, true)) AS t (score, bad);
\echo :SQLSTATE
SELECT policy, mlops.value_count(s), mlops.roc_auc(s), mlops.brier_score(s), mlops.auc_interval(s), mlops.null_count(s) FROM unnest(ARRAY['skip', 'propagate']) AS policy,
	LATERAL (SELECT mlops.score_agg(score, bad, 1, policy) AS s FROM (TABLE eleven UNION ALL VALUES ('Infinity'::float8, true), ('NaN', false)) AS t (score, bad)) AS q;
SELECT mlops.score_agg(score, bad, 1, 'keep') FROM eleven;
\echo :SQLSTATE
SELECT mlops.score_agg(score, bad, 1, NULL) FROM eleven;
\echo :SQLSTATE
SELECT mlops.score_agg(score, bad, 1, CASE WHEN bad THEN 'skip' ELSE 'error' END ORDER BY bad DESC) FROM eleven;
\echo :SQLSTATE
SELECT mlops.rollup(s) FROM (SELECT mlops.score_agg(score, bad, 1, 'skip') AS s FROM eleven UNION ALL SELECT mlops.score_agg(score, bad) FROM eleven) AS q;
\echo :SQLSTATE
SELECT mlops.score_agg(score, bad, 'NaN') FROM eleven;
\echo :SQLSTATE
SELECT mlops.score_agg(score, bad, -1) FROM eleven;
\echo :SQLSTATE
SELECT mlops.score_agg(score, bad, 1e101) FROM eleven;
\echo :SQLSTATE
SELECT mlops.auc_interval(mlops.score_agg(score, bad), 1) FROM eleven;
\echo :SQLSTATE
SELECT mlops.auc_interval(mlops.score_agg(score, bad), 'NaN') FROM eleven;
\echo :SQLSTATE

-- tiles make the whole, of any kind; the empty state and NULL add nothing
SELECT mlops._score_stats_send(mlops.rollup(s)) = mlops._score_stats_send((SELECT mlops.score_agg(score, bad, w) FROM many)) AS same
FROM (SELECT mlops.score_agg(score, bad, w) AS s FROM many GROUP BY i % 7 UNION ALL SELECT mlops.score_agg(0.5, true) FILTER (WHERE false) UNION ALL SELECT NULL) AS tile;
SELECT mlops.rollup(s) FROM (SELECT NULL::mlops.score_stats AS s WHERE false) AS none;
SELECT mlops.rollup(s::text::mlops.score_stats)::text = mlops.rollup(s)::text AS by_text FROM (SELECT mlops.score_agg(score, bad, w) AS s FROM many GROUP BY i % 7) AS tile;

-- the same code measures models: with query and weights, and on the hold-out
SELECT status FROM mlops.train_model('scored', query => 'SELECT i AS id, score, i % 11 AS other, bad, w * 0.7 AS w FROM many', target => 'bad', id_column => 'id', weight_column => 'w',
	hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT status FROM mlops.train_model('plain', query => 'SELECT i AS id, score, i % 11 AS other, bad FROM many', target => 'bad', id_column => 'id', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT kind, count(*) FILTER (WHERE float8send(e.value) = float8send(s.value)) AS same, count(*) AS metrics FROM (
	SELECT 'weighted' AS kind, to_jsonb(e) AS row, (SELECT mlops.score_agg(mlops.predict('scored@v1', m), bad, w) FROM (SELECT score, i % 11 AS other, bad, w * 0.7 AS w FROM many) AS m) AS s
	FROM mlops.evaluate('scored@v1', 'SELECT score, i % 11 AS other, bad, w * 0.7 AS w FROM many') AS e
	UNION ALL
	SELECT 'plain', to_jsonb(e), (SELECT mlops.score_agg(mlops.predict('plain@v1', m), bad) FROM (SELECT score, i % 11 AS other, bad FROM many) AS m)
	FROM mlops.evaluate('plain@v1', 'SELECT score, i % 11 AS other, bad FROM many') AS e) AS k,
	LATERAL (VALUES ('roc_auc', mlops.roc_auc(k.s)), ('gini', mlops.gini(k.s)), ('ks_score', mlops.ks_score(k.s)), ('brier_score', mlops.brier_score(k.s)),
		('log_loss', mlops.log_loss(k.s)), ('average_precision', mlops.average_precision(k.s))) AS s (metric, value),
	LATERAL (SELECT (k.row ->> s.metric)::float8) AS e (value)
GROUP BY kind ORDER BY kind;
-- the interval of the hold-out, from its curve
SELECT (metrics ->> 'roc_auc_ci_low')::float8 = (i.i).ci_low AS low, (metrics ->> 'roc_auc_ci_high')::float8 = (i.i).ci_high AS high
FROM mlops.model_versions AS v, LATERAL (SELECT mlops.auc_interval(mlops.score_agg(r.threshold, k.bad, k.w)) AS i
	FROM (SELECT c.threshold, c.true_positives - lead(c.true_positives, 1, 0) OVER (ORDER BY c.threshold) AS tp, c.false_positives - lead(c.false_positives, 1, 0) OVER (ORDER BY c.threshold) AS fp
		FROM mlops.roc_curve('plain@v1') AS c) AS r, LATERAL (VALUES (true, r.tp), (false, r.fp)) AS k (bad, w)) AS i WHERE v.model = 'plain';

-- hostile states
CREATE CAST (bytea AS mlops.score_stats) WITHOUT FUNCTION;
CREATE FUNCTION outcome(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN mlops.roc_auc(bytes::mlops.score_stats) BETWEEN 0 AND 1 THEN 'answer' ELSE 'null' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TABLE state AS SELECT mlops._score_stats_send(mlops.score_agg(score, bad, 2)) AS bytes FROM eleven;
SELECT outcome(bytes), outcome(bytes || '\x00') AS extended, outcome(set_byte(bytes, 0, ascii('S'))) AS of_another_type, outcome(set_byte(bytes, 1, 2)) AS of_another_version, outcome('') AS without FROM state;
SELECT outcome(substr(bytes, 1, n)), count(*) = max(length(bytes)) AS all_lengths FROM state, generate_series(0, length(bytes) - 1) AS n GROUP BY 1;
SELECT outcome(set_bit(bytes, n, 1 - get_bit(bytes, n))), count(*) > 100 AS many FROM state, generate_series(0, 8 * length(bytes) - 1) AS n GROUP BY 1 ORDER BY 1;
SELECT mlops.roc_auc(substr(bytes, 1, 20)::mlops.score_stats) FROM state;
\echo :SQLSTATE
DROP CAST (bytea AS mlops.score_stats);
SELECT '{"score_stats":1,"on_nonfinite":1,"nulls":0,"nonfinite":0,"scores":[[0.5,1,1,0],[0.5,1,1,0]]}'::mlops.score_stats;
\echo :SQLSTATE
SELECT '{"score_stats":1,"on_nonfinite":1,"nulls":0,"nonfinite":0,"scores":[[0.5,1,-1,2]]}'::mlops.score_stats;
\echo :SQLSTATE
SELECT '{"score_stats":2,"on_nonfinite":1,"nulls":0,"nonfinite":0,"scores":[]}'::mlops.score_stats;
\echo :SQLSTATE
SELECT '{"calibration_stats":1,"on_nonfinite":1,"nulls":0,"nonfinite":0,"scores":[]}'::mlops.score_stats;
\echo :SQLSTATE
SELECT mlops.rollup('{"score_stats":1,"on_nonfinite":1,"nulls":9223372036854775807,"nonfinite":0,"scores":[]}'::mlops.score_stats) FROM generate_series(1, 2);
\echo :SQLSTATE
-- outside an aggregate, and another type
SELECT mlops._score_step(NULL, 0.5, true);
\echo :SQLSTATE
SELECT mlops._score_inverse('{"score_stats":1,"on_nonfinite":1,"nulls":0,"nonfinite":0,"scores":[]}', 0.5, true);
\echo :SQLSTATE
SELECT mlops.roc_auc(mlops.calibration_agg(score, bad)) FROM eleven;
\echo :SQLSTATE
SELECT mlops.score_agg('high', bad) FROM eleven;
\echo :SQLSTATE
SELECT mlops.score_agg(score, score) FROM eleven;
\echo :SQLSTATE

-- a state stops at its limit
SET mlops.max_aggregate_memory = '64kB';
SELECT mlops.score_agg(i, true) FROM generate_series(1, 100000) AS i;
\echo :SQLSTATE
RESET mlops.max_aggregate_memory;
DROP FUNCTION outcome;
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model IN ('scored', 'plain');
DROP TABLE eleven, many, state;
