-- Every way to call predict, predict_label, predict_proba and decide, and what the server makes of it:
-- the table of overloads.  A new overload must leave each line as it is.
\set SHOW_CONTEXT never
CREATE TABLE o (id bigint, a int, b float8, c int, y bool);
INSERT INTO o SELECT i, i, i * 2, i % 3, i > 10 FROM generate_series(1, 20) AS i;
SELECT status FROM mlops.train_model('m', 'o', 'y', features => '{a,b,c}', id_column => 'id', entity_column => 'id',
	test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SET mlops.default_model = 'm@v1';

-- FN stands for the function; one line per call, one column per function, an error by its SQLSTATE
CREATE FUNCTION answer(function text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'SELECT (' || replace(call, 'FN', 'mlops.' || function) || ')::text FROM o WHERE id = 15' INTO answer;
	RETURN coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TABLE form (number int GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO form (call) VALUES
	-- by entity
	($$FN(15)$$), ($$FN('15')$$), ($$FN(user_id => 15)$$), ($$FN(15, 'm@v1')$$), ($$FN(id)$$), ($$FN(15::int2)$$), ($$FN(NULL)$$), ($$FN(NULL::bigint, 'm@v1')$$), ($$FN(15, model => 'm@v1')$$),
	($$FN(model => 'm@v1', user_id => 15)$$), ($$FN('15'::bigint, 'm@v1')$$), ($$FN(15, NULL)$$),
	-- arrays
	($$FN('m@v1', ARRAY[15, 30, 0])$$), ($$FN('m@v1', ARRAY[15, 30.5, 0])$$), ($$FN('m@v1', ARRAY[15, NULL, 0])$$), ($$FN('m@v1', ARRAY[15, 30, 0]::real[])$$), ($$FN('m@v1', ARRAY[15, 30, 0]::int2[])$$),
	($$FN('m@v1', ARRAY[15, 30, 0]::int8[])$$), ($$FN('m@v1', ARRAY[15, 30, 0]::numeric[])$$), ($$FN('m@v1', '{15,30,0}'::float8[])$$), ($$FN('m@v1', features => ARRAY[15, 30, 0])$$),
	($$FN('m@v1', ARRAY[a, b, c])$$), ($$FN(NULL, ARRAY[15, 30, 0])$$), ($$FN('m@v1', (SELECT array_agg(v) FROM unnest(ARRAY[15, 30, 0]) AS v))$$), ($$FN('m@v1', NULL::float8[])$$),
	($$FN('m@v1', ARRAY[true, false])$$), ($$FN('m@v1', ARRAY[true, false, NULL])$$), ($$FN('m@v1', ARRAY[a > 10, true, c = 0])$$),
	-- rows
	($$FN('m@v1', o)$$), ($$FN('m@v1', o.*)$$), ($$FN('m@v1', ROW(15, 30, 0))$$), ($$FN('m@v1', ROW(15, 'x', 0))$$), ($$FN('m@v1', ROW(a, b, c))$$), ($$FN('m@v1', ROW(o.*))$$), ($$FN('m@v1', (a, b, c))$$),
	($$(SELECT FN('m@v1', s) FROM (SELECT c, b, a FROM o AS i WHERE i.id = o.id) AS s)$$), ($$(SELECT FN('m@v1', s.*) FROM (SELECT 'x' AS other, o.*) AS s)$$), ($$FN('m@v1', (SELECT i FROM o AS i WHERE i.id = o.id))$$),
	($$(WITH s AS (SELECT a, b, c FROM o AS i WHERE i.id = o.id) SELECT FN('m@v1', s) FROM s)$$), ($$(SELECT FN('m@v1', v) FROM (VALUES (15, 30, 0)) AS v (a, b, c))$$),
	($$(SELECT FN('m@v1', v) FROM (VALUES (15, 30, 0)) AS v)$$), ($$FN('m@v1', NULL::o)$$), ($$FN('m@v1', ROW(NULL, NULL, NULL))$$), ($$FN('m@v1', jsonb_populate_record(NULL::o, '{"a": 15, "b": 30, "c": 0}'))$$),
	-- JSON
	($$FN('m@v1', jsonb_build_object('a', 15, 'b', 30, 'c', 0))$$), ($$FN('m@v1', json_build_object('c', 0, 'b', 30, 'a', 15))$$), ($$FN('m@v1', to_jsonb(o))$$), ($$FN('m@v1', to_json(o))$$), ($$FN('m@v1', row_to_json(o))$$),
	($$FN('m@v1', '{"a":15,"b":30,"c":0}'::jsonb)$$), ($$FN('m@v1', '{"a":15,"b":30,"c":0}'::json)$$), ($$FN('m@v1', features => '{"a":15,"b":30,"c":0}'::json)$$), ($$FN('m@v1', NULL::jsonb)$$),
	-- a literal without a type could be any of them
	($$FN('m@v1', '{"a":1}')$$), ($$FN('m@v1', '{1,2}')$$), ($$FN('m@v1', NULL)$$), ($$FN('m@v1', features => '{1,2,3}')$$), ($$FN('15', 'm@v1')$$), ($$FN(NULL, NULL)$$),
	-- there is no such form
	($$FN('m@v1', ARRAY['a', 'b'])$$), ($$FN('m@v1', ARRAY[NULL, NULL])$$), ($$FN('m@v1', 42)$$), ($$FN(42.0, 'm@v1')$$), ($$FN(42.0)$$), ($$FN('00000000-0000-0000-0000-000000000000'::uuid)$$), ($$FN('m'::text)$$),
	($$FN()$$), ($$FN('m@v1', ARRAY[15, 30, 0], 'more', 'and', 'more')$$), ($$FN(features => ARRAY[15, 30, 0])$$), ($$FN('m@v1', 'x'::text)$$), ($$FN('m@v1', '{}'::text[])$$), ($$FN(15, 'm@v1'::varchar)$$),
	-- features in the place of the model
	($$FN(42, '{1,2,3}')$$), ($$FN(42, '[1,2,3]')$$), ($$FN(15, '{"a": 1}')$$);
SELECT f.call, answer('predict', call) AS predict, answer('predict_label', call) AS label, answer('predict_proba', call) AS proba, answer('decide', call) AS decide
FROM form AS f ORDER BY number;
-- decide's further arguments, with and without names
CREATE TABLE further (number int GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO further (call) VALUES ($$FN(15, 'm@v1', 0.4)$$), ($$FN(15, cutoff => 0.4)$$), ($$FN('15', cutoff => 0.4)$$), ($$FN(15, 'm@v1', '0.4')$$), ($$FN(15, 'm@v1', NULL, '{"false_positive": 1, "false_negative": 3}')$$),
	($$FN(15, costs => '{"false_positive": 1, "false_negative": 3}')$$), ($$FN('m@v1', ARRAY[15, 30, 0], 0.4)$$), ($$FN('m@v1', ARRAY[15, 30, 0], cutoff => 1)$$), ($$FN('m@v1', o, 0.4::real)$$), ($$FN('m@v1', o.*, NULL, NULL)$$),
	($$FN('m@v1', to_json(o), costs => '{"false_positive": 1, "false_negative": 3}')$$), ($$FN('m@v1', to_jsonb(o), NULL, jsonb_build_object('false_positive', 1, 'false_negative', 3))$$), ($$FN('m@v1', ARRAY[a > 10, true, c = 0], 0)$$),
	($$FN('m@v1', '{1,2}', 0.4)$$), ($$FN('15', 'm@v1', 0.4)$$), ($$FN(15, 0.4)$$), ($$FN('m@v1', ARRAY[15, 30, 0], '{"false_positive": 1, "false_negative": 3}'::jsonb)$$), ($$FN('m@v1', o, costs => '{"false_positive": 1}'::json)$$),
	($$FN('m@v1', o, 'high')$$), ($$FN('m@v1', o, costs => 'high')$$);
SELECT f.call, answer('decide', call) AS decide FROM further AS f ORDER BY number;
-- predict_entity: an untyped key is a text, a number is not
SELECT call, answer('predict_entity', call) FROM unnest(ARRAY[$$FN('m@v1', '15')$$, $$FN('m@v1', id::text)$$, $$FN(NULL, '15')$$, $$FN('m@v1', NULL)$$, $$FN('m@v1', entity_key => '15', as_of => NULL)$$, $$FN('m@v1', 15)$$,
	$$FN('m@v1', '15', '2020-01-01')$$, $$FN('m@v1', '{15,30,0}')$$, $$FN('15')$$, $$FN('m@v1', '15', '2020-01-01'::date)$$, $$FN('m@v1', '15', '2020-01-01'::text)$$]) AS call;

-- parameters without a type are as ambiguous; the answers say what to do
PREPARE p AS SELECT mlops.predict($1, $2);
PREPARE p AS SELECT mlops.predict_label($1, $2);
PREPARE p AS SELECT mlops.predict_proba($1, $2);
PREPARE p AS SELECT * FROM mlops.decide($1, $2);
PREPARE p AS SELECT * FROM mlops.decide($1, $2, $3, $4);
PREPARE p AS SELECT mlops.predict($1, 'm@v1');
PREPARE one AS SELECT mlops.predict($1), mlops.predict_label($1), mlops.predict_proba($1), mlops.decide($1);
EXECUTE one(15);
PREPARE cast_ones AS SELECT mlops.predict($1, $2::float8[]), mlops.predict_label($1, $3::jsonb), mlops.predict_entity($1, $4), mlops.decide($1, $2::float8[], $5, $6);
SELECT name, parameter_types FROM pg_prepared_statements ORDER BY name;
EXECUTE cast_ones('m@v1', '{15,30,0}', '{"a":15,"b":30,"c":0}', '15', '0.4', NULL);
-- a text for features leaves only the form by entity, for which the model's name is no number
SELECT mlops.predict('m@v1', '{15,30,0}'::text);
-- features in the place of the model, in words
SELECT mlops.predict(42, '{1,2,3}');
SELECT * FROM mlops.decide(42, '[1,2,3]');
SELECT mlops.predict_label(42, '{"a": 1, "b": "it''s"}');
SELECT mlops.predict_proba(42, '[');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP FUNCTION answer;
DROP TABLE o, form, further;
