-- decide gives the score of predict and the label that a cutoff makes of it: the cutoff given, else that
-- of the costs, else the deployment's, else 0.5; from the cutoff on it is the positive class.
\set SHOW_CONTEXT never
-- of the ten rows with x = g, g are positive: a tree without a limit says g / 10
CREATE TABLE d AS SELECT g * 10 + i AS id, g AS x, i <= g AS y, CASE WHEN i <= g THEN 'bad' ELSE 'good' END AS word, (g + i) % 3 AS three, g * 2.0 AS line
	FROM generate_series(0, 10) AS g, generate_series(1, 10) AS i;
CREATE FUNCTION train(model text, target text, task text DEFAULT NULL, positive text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM mlops.train_model(model, 'd', target, task => task, features => '{x}', id_column => 'id', entity_column => 'id', positive_class => positive,
		test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}')
$$;
CREATE ROLE regress_mlops_alice;
GRANT SELECT ON d TO regress_mlops_alice;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_alice;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_alice;
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT train('m', 'y'), train('words', 'word', positive => 'bad'), train('three', 'three', 'classification'), train('line', 'line', 'regression');
RESET SESSION AUTHORIZATION;
SELECT mlops.approve_model('m', 1), mlops.deploy_model('m');

-- nothing is said: 0.5, and a score of 0.5 is positive
SELECT * FROM mlops.decide('m', ARRAY[5]);
SELECT x, r.label, r.score FROM generate_series(0, 10) AS x, mlops.decide('m', ARRAY[x]) AS r ORDER BY x;
-- the score is predict's to the last bit, the label differs from predict_label's only where the cutoff does
SELECT bool_and(r.score = mlops.predict('m', d)) AS score, bool_and(r.label = mlops.predict_label('m', d)) AS label,
	bool_and(r.cutoff = 0.5 AND r.model = 'm' AND r.version = 1 AND r.reasons IS NULL) AS rest FROM d, mlops.decide('m', d) AS r;
-- the cutoff that is given, both ends included: equal is positive, the next number above is not
SELECT c AS cutoff, r.label, r.cutoff = c AS told FROM unnest('{0,0.3,0.30000000000000004,1}'::float8[]) AS c, mlops.decide('m', ARRAY[3], c) AS r;
SELECT (mlops.decide('m', ARRAY[0], 0)).label AS from_zero, (mlops.decide('m', ARRAY[10], 1)).label AS from_one;
-- costs: c_fp / (c_fp + c_fn), whatever their scale; a cost of nothing decides alone
SELECT (c->>'false_positive')::float8 AS fp, (c->>'false_negative')::float8 AS fn, r.label, r.cutoff FROM unnest('{"{\"false_positive\": 1, \"false_negative\": 5}", "{\"false_negative\": 2.5, \"false_positive\": 0.5}", "{\"false_positive\": 3, \"false_negative\": 1}",
	"{\"false_positive\": 0, \"false_negative\": 1}", "{\"false_positive\": 7, \"false_negative\": 0}", "{\"false_positive\": 1e308, \"false_negative\": 1e308}",
	"{\"false_positive\": 1e-320, \"false_negative\": 1e-320}"}'::jsonb[]) AS c, mlops.decide('m', ARRAY[2], costs => c) AS r;
-- the expected cost of the label is never above that of the other one
WITH c AS (SELECT fp, fn FROM generate_series(1, 9) AS fp, generate_series(1, 9) AS fn)
SELECT count(*), count(*) FILTER (WHERE CASE r.label WHEN 'true' THEN (10 - x) * fp > x * fn ELSE x * fn > (10 - x) * fp END) AS dearer
FROM c, generate_series(0, 10) AS x, mlops.decide('m', ARRAY[x], costs => jsonb_build_object('false_positive', fp, 'false_negative', fn)) AS r;

-- the positive class may be the lesser label
SELECT x, r.label, r.score, r.cutoff FROM unnest('{2,3,7}'::int[]) AS x, mlops.decide('words@v1', ARRAY[x], 0.3) AS r;
-- all inputs say the same
SELECT id, (SELECT count(DISTINCT r) FROM (SELECT r FROM mlops.decide(d.id, 'm', 0.4) AS r UNION ALL SELECT r FROM mlops.decide('m', d, 0.4) AS r UNION ALL SELECT r FROM mlops.decide('m', to_json(d), 0.4) AS r
	UNION ALL SELECT r FROM mlops.decide('m', to_jsonb(d), 0.4) AS r UNION ALL SELECT r FROM mlops.decide('m', ARRAY[d.x], 0.4) AS r) AS all_forms (r)) AS answers FROM d WHERE id IN (11, 45, 99);
SELECT r.label FROM mlops.decide('m', ARRAY[true], 0.1) AS r;
-- NULL: the subject gives a row without label and score, an element is a missing value, an argument is not given
SELECT 'user' AS form, r.* FROM mlops.decide(NULL::bigint) AS r UNION ALL SELECT 'array', r.* FROM mlops.decide('m', NULL::float8[], 0.3) AS r
UNION ALL SELECT 'row', r.* FROM mlops.decide('m', NULL::d, costs => '{"false_positive": 1, "false_negative": 3}') AS r
UNION ALL SELECT 'jsonb', r.* FROM mlops.decide(NULL, NULL::jsonb, NULL, NULL) AS r UNION ALL SELECT 'json', r.* FROM mlops.decide('m', NULL::json) AS r;
SELECT label IS NOT NULL AS answers FROM mlops.decide('m', ARRAY[NULL::float8]);
-- each row of a set has one row of an answer, also for nobody
SELECT count(*), count(r.label) FROM (SELECT id FROM d UNION ALL SELECT NULL) AS clients (id), mlops.decide(id) AS r;

-- refused
\set VERBOSITY terse
SELECT * FROM mlops.decide('m', ARRAY[1], -0.1);
\echo :SQLSTATE
SELECT * FROM mlops.decide('m', ARRAY[1], 1.0000001);
\echo :SQLSTATE
SELECT * FROM mlops.decide('m', ARRAY[1], 'NaN');
\echo :SQLSTATE
SELECT * FROM mlops.decide(NULL::bigint, 'm', 2);
\echo :SQLSTATE
\set VERBOSITY default
SELECT * FROM mlops.decide('m', ARRAY[1], 0.5, '{"false_positive": 1, "false_negative": 5}');
\echo :SQLSTATE
CREATE FUNCTION try(costs jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	RETURN mlops.decide('m', ARRAY[1], costs => costs);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(hint, ''));
END
$$;
SELECT try(c) FROM unnest(ARRAY['{}', '[1, 5]', '5', 'null', '{"false_positive": 1}', '{"false_negative": 1, "false_positive": null}', '{"false_positives": 1}', '{"fp": 1, "fn": 5}',
	'{"false_positive": 1, "false_negative": 5, "true_positive": 1}', '{"false_positive": -1, "false_negative": 5}', '{"false_positive": "1", "false_negative": 5}', '{"false_positive": [1], "false_negative": 5}',
	'{"false_positive": 0, "false_negative": 0}', '{"false_positive": 1e-400, "false_negative": 0}', '{"false_positive": 1, "false_negative": 1e400}', '{"false_positive": true, "false_negative": 1}']::jsonb[]) AS c;
SELECT * FROM mlops.decide('three@v1', ARRAY[1]);
\echo :SQLSTATE
SELECT * FROM mlops.decide('line@v1', ARRAY[1], 0.5);
\echo :SQLSTATE
SELECT * FROM mlops.decide(12345);
\echo :SQLSTATE
SELECT * FROM mlops.decide('m', ARRAY[1, 2]);
\echo :SQLSTATE
SELECT * FROM mlops.decide('m', ROW(NULL, 1));
\echo :SQLSTATE
SELECT * FROM mlops.decide('mm', ARRAY[1]);
\echo :SQLSTATE
SELECT * FROM mlops.decide('words', ARRAY[1]);
\echo :SQLSTATE
-- an error leaves the call site as it was
CREATE FUNCTION labels(c float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answers text := '';
BEGIN
	FOR i IN 1 .. 4 LOOP
		BEGIN
			answers := answers || ' ' || (mlops.decide('m', CASE WHEN i % 2 = 0 THEN ARRAY[i, i] ELSE ARRAY[i * 3] END, c)).label;
		EXCEPTION WHEN invalid_parameter_value THEN
			answers := answers || ' refused';
		END;
	END LOOP;
	RETURN answers;
END
$$;
SELECT labels(0.5);

SELECT mlops.reject_model('m', 1, 'end');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP FUNCTION train, try, labels;
DROP TABLE d;
DROP OWNED BY regress_mlops_alice;
DROP ROLE regress_mlops_alice;
