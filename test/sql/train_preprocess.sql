-- Each word of preprocess does what it says, by means that are computed by hand; the version keeps what was
-- said with its defaults, and predict replays it; what cannot be is refused before a row is read where that is possible.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = -9;
-- one tree on all rows; deep enough, it knows y of each x
CREATE FUNCTION tree(query text, preprocess jsonb, depth int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT 'tree@v' || version FROM mlops.train_model('tree', query => query, target => 'y', task => 'regression', test_sampling => 'none',
		preprocess => preprocess, hyperparams => jsonb_build_object('n_estimators', 1, 'bootstrap', false, 'max_depth', depth, 'max_features', NULL, 'random_state', 1)));
END
$$;

-- what such a tree answers
CREATE FUNCTION answers(query text, preprocess jsonb, inputs jsonb, depth int DEFAULT NULL) RETURNS numeric[] LANGUAGE plpgsql AS $$
DECLARE
	model constant text := tree(query, preprocess, depth);
BEGIN
	RETURN (SELECT array_agg(round(mlops.predict(model, input)::numeric, 4) ORDER BY n) FROM jsonb_array_elements(inputs) WITH ORDINALITY AS i (input, n));
END
$$;
CREATE FUNCTION impute(word text) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object('x', jsonb_build_object('impute', word)) $$;

-- numbers: mean 36 / 9 = 4, median 2, mode 1
CREATE TABLE nums AS SELECT x, 10 * x AS y FROM unnest('{-5,0,1,1,2,3,4,8,22}'::float8[]) AS x;
SELECT word, answers('TABLE nums', impute(word), '[{"x": null}]') FROM unnest('{mean,median,mode,min,max,zero}'::text[]) AS word;
-- NaN is missing, too
SELECT tree('TABLE nums', '{"x": {"impute": "max"}}') AS model \gset
SELECT mlops.predict(:'model', '{NaN}'::float8[]);
-- a missing value of a training row is imputed, too: it shares the leaf of 4, (40 + 100) / 2; without, it has a side of its own
CREATE TABLE gaps AS SELECT x, y FROM nums UNION ALL SELECT NULL, 100;
SELECT word, answers('TABLE gaps', impute(word), '[{"x": null}, {"x": 4}]') FROM unnest('{mean,none}'::text[]) AS word;
-- ties go to the least; infinite values are values, but have no part in a mean
SELECT answers('SELECT x, x AS y FROM unnest(''{9,7,3,3,7}''::float8[]) AS x', impute('mode'), '[{"x": null}]');
CREATE TABLE ends AS SELECT x, y FROM (VALUES ('-Infinity'::float8, 1), (2, 2), (3, 3), (7, 4), ('Infinity', 5)) AS v (x, y);
SELECT word, answers('TABLE ends', impute(word), '[{"x": null}]') FROM unnest('{mean,median,min,max}'::text[]) AS word;
-- an element of an array has its own name
SELECT tree('SELECT ARRAY[0, x] AS a, y FROM nums', '{"a[2]": {"impute": "max"}}') AS model \gset
SELECT mlops.predict(:'model', '{0,NULL}'::float8[]);
-- no value at all: the feature is a constant
SELECT answers('SELECT NULL::float8 AS x, NULL::text AS l, y FROM nums', '{"x": {"impute": "mean"}, "l": {"encode": "one_hot", "impute": "mode"}}', '[{"x": 1, "l": "a"}]');

-- levels: the same rows and one split; a choice is seen by where it can cut
CREATE TABLE lev AS SELECT l, y FROM (VALUES ('a', 0), ('a', 0), ('b', 9), ('c', 0), ('d', 10), ('e', 0)) AS v (l, y);
-- native: any set, {b,d} against the rest; ordinal: {a} against {b..e}, 19 / 4; one_hot: {d} against the rest, 9 / 5
SELECT word, answers('TABLE lev', jsonb_build_object('l', jsonb_build_object('encode', word)), '[{"l": "a"}, {"l": "b"}, {"l": "c"}, {"l": "d"}, {"l": "e"}]', 1) AS a_b_c_d_e
FROM unnest('{native,ordinal,one_hot}'::text[]) AS word;
-- one_hot has a column for each level, which are one feature in all that is told of the model
SELECT tree('TABLE lev', '{"l": {"encode": "one_hot"}}') AS model \gset
SELECT feature, importance_weight FROM mlops.feature_importance(:'model');
-- by one_hot a row without a level is in none of the columns, nor is one with a level that was never seen; with "mode" NULL is a
SELECT word, impute, answers('SELECT l, y FROM lev UNION ALL SELECT NULL, 100', jsonb_build_object('l', jsonb_build_object('encode', word, 'impute', impute)),
	'[{"l": null}, {"l": "new"}, {"l": "a"}]') AS null_new_a
FROM unnest('{one_hot,ordinal,native}'::text[]) AS word, unnest('{none,mode}'::text[]) AS impute ORDER BY 1, 2;

-- the same by record, by jsonb, by an evaluation; the version says what was done, defaults written in
SELECT tree('SELECT l, x, x + length(l) AS y FROM lev, nums', '{"x": {"impute": "median"}, "l": {"encode": "ordinal", "impute": "mode", "scale": null}}') AS model \gset
SELECT mlops.predict(:'model', r) = mlops.predict(:'model', to_jsonb(r)) AS same, count(*)
FROM (SELECT l, x FROM (VALUES ('a'), ('e'), (NULL)) AS v (l), unnest('{-9,2,NULL}'::float8[]) AS x) AS r GROUP BY 1;
SELECT rmse FROM mlops.evaluate(:'model', 'SELECT nullif(l, ''a'') AS l, nullif(x, 2) AS x, x + length(l) AS y FROM lev, nums');
SELECT arguments->'preprocess' AS preprocess, features FROM mlops.model_versions WHERE model || '@v' || version = :'model';
-- so it can be trained again from its row; and words that change nothing change no byte, format version 1
SELECT tree('SELECT l, x, x + length(l) AS y FROM lev, nums', (SELECT arguments->'preprocess' FROM mlops.model_versions WHERE model || '@v' || version = :'model')) AS again \gset
SELECT count(DISTINCT digest) AS forests FROM mlops.model_versions WHERE model || '@v' || version IN (:'model', :'again');
SELECT tree('TABLE nums', '{}') AS bare, tree('TABLE nums', '{"x": {"impute": "none", "encode": "native", "scale": "preserve"}}') AS said \gset
SELECT count(DISTINCT digest) AS forests FROM mlops.model_versions WHERE model || '@v' || version IN (:'bare', :'said');
SELECT model || '@v' || v.version = :'model' AS is_preprocessed, get_byte(data, 4) AS format FROM mlops.model_versions AS v JOIN mlops.model AS m ON m.name = v.model
	JOIN mlops.model_blob AS b ON b.model_id = m.model_id AND b.version = v.version AND b.chunk = 0 WHERE model || '@v' || v.version IN (:'model', :'bare') ORDER BY 1;
-- the words for test rows come from the training rows alone: the mean of x is 4, not 204
CREATE TABLE halves AS SELECT x, y, false AS held FROM nums UNION ALL SELECT 404, 0, true FROM nums;
SELECT status FROM mlops.train_model('halves', 'halves', 'y', task => 'regression', split_column => 'held', test_sampling => 'custom',
	preprocess => '{"x": {"impute": "mean"}}', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
SELECT mlops.predict('halves@v1', '{NULL}'::float8[]);

-- impute "error": training rows, then rows to predict
SELECT tree('TABLE gaps', '{"x": {"impute": "error"}}');
\echo :SQLSTATE
SELECT tree('SELECT nullif(l, ''a'') AS l, y FROM lev', '{"l": {"encode": "one_hot", "impute": "error"}}');
\echo :SQLSTATE
SELECT tree('TABLE nums', '{"x": {"impute": "error"}}') AS model \gset
SELECT mlops.predict(:'model', '{8}'::float8[]);
SELECT mlops.predict(:'model', '{NULL}'::float8[]);
\echo :SQLSTATE
-- what cannot be
SELECT tree('TABLE nums', '{"z": {"impute": "mean"}}');
\echo :SQLSTATE
SELECT tree('TABLE nums', '{"x": {"encode": "one_hot"}}');
\echo :SQLSTATE
SELECT tree('TABLE lev', '{"l": {"impute": "median"}}');
\echo :SQLSTATE
-- the query does not run for these
SELECT tree('SELECT 1 / 0 AS x, 1 AS y', '{"x": {"impute": "meen"}}');
\echo :SQLSTATE
SELECT tree('SELECT 1 / 0 AS x, 1 AS y', '{"x": {"imputer": "mean"}}');
\echo :SQLSTATE
SELECT tree('SELECT 1 / 0 AS x, 1 AS y', '{"x": {"scale": "standard"}}');
\echo :SQLSTATE
SELECT tree('SELECT 1 / 0 AS x, 1 AS y', '{"x": "mean"}');
\echo :SQLSTATE
SELECT tree('SELECT 1 / 0 AS x, 1 AS y', '["x"]');
\echo :SQLSTATE
-- too many columns: of a feature, of all
SELECT tree('SELECT i::text AS l, i AS y FROM generate_series(1, 256) AS i', '{"l": {"encode": "one_hot"}}');
\echo :SQLSTATE
SELECT tree((SELECT 'SELECT i AS y, ' || string_agg('i::text AS c' || c, ', ') || ' FROM generate_series(1, 250) AS i' FROM generate_series(1, 66) AS c),
	(SELECT jsonb_object_agg('c' || c, '{"encode": "one_hot"}'::jsonb) FROM generate_series(1, 66) AS c));
\echo :SQLSTATE
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model IN ('tree', 'halves');
DROP TABLE nums, gaps, ends, lev, halves;
DROP FUNCTION answers(text, jsonb, jsonb, int), tree, impute;
