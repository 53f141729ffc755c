-- Whatever bytes import_model is given, it refuses them with a reason or stores a model that can be used:
-- cut, prolonged, flipped, spliced, and sealed again with a document that says something else.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE h (x float8, l text, y text, z float8);
INSERT INTO h SELECT i % 13, CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END, CASE i % 5 WHEN 0 THEN 'p' WHEN 1 THEN 'q' ELSE 'r' END, i % 7 FROM generate_series(1, 120) AS i;
CREATE TABLE export (name text PRIMARY KEY, data bytea);
SELECT t.name, m.version FROM (VALUES ('two', 'SELECT x, l, y = ''r'' AS y FROM h', 'classification', 'grid', '{"max_features": [1, 2]}'::jsonb, '{"cv": 2}'::jsonb),
	('three', 'SELECT x, l, y FROM h', 'classification', NULL, '{}', '{}'), ('number', 'SELECT x, l, z AS y FROM h', 'regression', NULL, '{}', '{}')) AS t (name, query, task, search, params, args),
	LATERAL mlops.train_model(t.name, query => t.query, target => 'y', task => t.task, hyperparams => '{"n_estimators": 2, "max_depth": 3, "random_state": 1}', search => t.search, search_params => t.params,
	search_args => t.args) AS m;
INSERT INTO export SELECT model, mlops.export_model(model || '@v1') FROM mlops.models;

-- what import_model says: NULL if it takes the bytes
CREATE FUNCTION answer(bytes bytea, name text DEFAULT 'taken') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	reason text;
BEGIN
	PERFORM mlops.import_model(name, bytes);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || CASE reason WHEN '' THEN SQLERRM ELSE reason END;
END
$$;
CREATE FUNCTION little(n bigint, width int) RETURNS bytea LANGUAGE sql AS $$
	SELECT string_agg(set_byte('\x00', 0, ((n >> (8 * i)) & 255)::int), '' ORDER BY i) FROM generate_series(0, width - 1) AS i
$$;
CREATE FUNCTION big(bytes bytea, at int, width int) RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(get_byte(bytes, at + i)::bigint << (8 * i))::bigint FROM generate_series(0, width - 1) AS i
$$;
CREATE FUNCTION body(bytes bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT substr(bytes, 1, octet_length(bytes) - 32) $$;
CREATE FUNCTION seal(body bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT body || sha256(body) $$;
CREATE FUNCTION document(bytes bytea) RETURNS jsonb LANGUAGE sql AS $$ SELECT convert_from(substr(bytes, 17, big(bytes, 12, 4)::int), 'UTF8')::jsonb $$;
CREATE FUNCTION chunks(bytes bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT substr(body(bytes), 17 + big(bytes, 12, 4)::int) $$;
-- an export with another document, with other bytes at a place of the body
CREATE FUNCTION replaced(bytes bytea, document bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT seal(substr(bytes, 1, 12) || little(octet_length(document), 4) || document || chunks(bytes))
$$;
CREATE FUNCTION placed(bytes bytea, at int, new bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT seal(overlay(body(bytes) PLACING new FROM at + 1)) $$;

SELECT name, answer(data, 'copy of ' || name) AS as_it_is, answer(replaced(data, convert_to(document(data)::text, 'UTF8')), 'copy of ' || name) AS made_anew FROM export ORDER BY name;
SELECT answer('') AS nothing, answer('\x00') AS one, answer(convert_to(repeat('MLOX', 20), 'UTF8')) AS other;
-- every length, one byte more
SELECT left(a, 5) AS code, count(*) - (SELECT octet_length(data) FROM export WHERE name = 'three') AS beyond_length
FROM export, generate_series(0, octet_length(data) - 1) AS n, answer(substr(data, 1, n)) AS a WHERE name = 'three' GROUP BY 1;
SELECT answer(data || '\x00') AS byte_more, answer(seal(body(data) || '\x00')) AS sealed FROM export WHERE name = 'two';
-- every bit, as it is; every byte of head and chunks, and every seventh of the document, sealed again
SELECT left(a, 5) AS code, count(*) > 10 AS several FROM export, generate_series(0, 8 * octet_length(data) - 1, 5) AS bit,
	answer(set_bit(data, bit, 1 - get_bit(data, bit))) AS a WHERE name = 'two' GROUP BY 1 ORDER BY 1;
SELECT left(a, 5) AS code, count(*) > 10 AS several FROM export, big(data, 12, 4) AS n, generate_series(0, octet_length(data) - 33) AS at,
	answer(placed(data, at, set_byte('\x00', 0, get_byte(data, at) # 1)), 'taken number') AS a WHERE name = 'number' AND (at < 16 OR at > 16 + n OR at % 7 = 0) GROUP BY 1 ORDER BY 1;
-- versions, counts and lengths that wrap
SELECT what, answer(placed(data, at, bytes)) FROM export, (VALUES ('newer', 4, '\x0200'::bytea), ('none', 4, '\x0000'), ('reserved', 6, '\x0001'), ('other order', 0, '\x584f4c4d'),
	('chunks 2^31', 8, '\x00000080'), ('chunks 2^32 - 1', 8, '\xffffffff'), ('no chunks', 8, '\x00000000'), ('document 2^31', 12, '\x00000080'), ('document 2^32 - 1', 12, '\xffffffff'), ('no document', 12, '\x00000000'))
	AS t (what, at, bytes) WHERE name = 'two';
SELECT what, answer(placed(data, 16 + big(data, 12, 4)::int, bytes)) FROM export, (VALUES ('chunk 2^31', '\x00000080'::bytea), ('chunk 2^32 - 1', '\xffffffff'), ('empty header', '\x00000000')) AS t (what, bytes) WHERE name = 'two';
-- the chunks of another model; those of its own in another order
SELECT answer(seal(substr(a.data, 1, 16 + big(a.data, 12, 4)::int) || chunks(b.data))) FROM export AS a, export AS b WHERE a.name = 'two' AND b.name = 'three';
SELECT answer(replaced(b.data, convert_to((document(a.data) || jsonb_build_object('digest', document(b.data)->'digest'))::text, 'UTF8'))) FROM export AS a, export AS b WHERE a.name = 'two' AND b.name <> 'two' ORDER BY b.name;

-- documents that are none
SELECT what, answer(replaced(data, text)) FROM export, (VALUES ('text', 'x'::bytea), ('array', '[]'), ('number', '1e999'), ('open', '{"a": 1'), ('empty', '{}'), ('depth', convert_to(repeat('[', 100000), 'UTF8')),
	('depth in it', convert_to('{"tags": ' || repeat('{"a":', 100000) || '1' || repeat('}', 100001), 'UTF8')), ('zero byte', '\x7b7d00'), ('no UTF-8', '\x7b22ff223a317d'), ('escaped zero', '{"a": "\\u0000"}'),
	('lone surrogate', '{"a": "\\ud800"}')) AS t (what, text) WHERE name = 'two';
-- each field absent, null, of each wrong type
SELECT key, answer(replaced(data, convert_to((document(data) - key)::text, 'UTF8'))) AS absent,
	answer(replaced(data, convert_to((document(data) || jsonb_build_object(key, NULL))::text, 'UTF8'))) AS is_null,
	(SELECT string_agg(DISTINCT coalesce(left(answer(replaced(data, convert_to((document(data) || jsonb_build_object(key, v))::text, 'UTF8'))), 5), 'taken: ' || v::text), ' | ')
	FROM (VALUES ('"text"'::jsonb), ('true'), ('-1.5'), ('[[]]'), ('{"a": {"b": {}}}')) AS w (v)) AS wrong
FROM export, jsonb_object_keys(document(data)) AS key WHERE name = 'two' ORDER BY key;
-- values that do not fit together
CREATE FUNCTION changed(name text, path text[], value jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT answer(replaced(data, convert_to(jsonb_set(document(data), path, value)::text, 'UTF8')), CASE name WHEN 'number' THEN 'taken number' ELSE 'taken' END) FROM export AS e WHERE e.name = changed.name
$$;
SELECT name, path, left(value::text, 60) AS value, changed(name, path::text[], value) FROM (VALUES
	('two', '{surplus}', '1'::jsonb), ('two', '{arguments,origin}', '{}'), ('two', '{origin,surplus}', 'null'), ('two', '{origin,relation}', '1'), ('two', '{algorithm}', '"gradient_boosting"'), ('two', '{task}', '"clustering"'),
	('two', '{task}', '"regression"'), ('number', '{task}', '"classification"'), ('two', '{target}', '""'), ('two', '{target}', to_jsonb(repeat('x', 64))),
	('two', '{features}', '[]'), ('two', '{features,1,name}', '"x"'), ('two', '{features,1,name}', '""'), ('two', '{features,0,kind}', '"ordinal"'), ('two', '{features,0,kind}', '"categorical"'),
	('two', '{features,0,type}', '"no_such_type"'), ('two', '{features,0,type}', '"text"'), ('two', '{features,0,type}', '"int4; drop table h"'), ('two', '{features,0,type}', '"point"'), ('two', '{features,0,size}', '1'),
	('two', '{features,2}', '{"name": "n", "type": "text", "kind": "categorical"}'), ('two', '{classes}', '["false"]'), ('two', '{classes}', '["true", "true"]'), ('two', '{classes}', '["false", "true", "maybe"]'),
	('three', '{classes}', '["p", "q", "r", "s"]'), ('two', '{positive_class}', '"maybe"'), ('three', '{positive_class}', '"p"'), ('number', '{classes}', '["a", "b"]'),
	('two', '{hyperparams,n_estimators}', '0'), ('two', '{hyperparams,leaves}', '1'), ('two', '{arguments,truncated}', '"yes"'), ('two', '{n_train_rows}', '-1'), ('two', '{n_test_rows}', '9223372036854775807'),
	('two', '{n_rows}', '9223372036854775808'), ('two', '{n_rows}', '1e400'), ('two', '{seed}', '-9223372036854775808'), ('two', '{data_hash}', '"00"'), ('two', '{digest}', '"00"'), ('two', '{digest}', '"0"'), ('two', '{digest}', '"xx"'),
	('two', '{digest}', to_jsonb(repeat('00', 32))), ('two', '{metrics,roc_auc}', '1e999'), ('two', '{metrics,roc_auc}', '"high"'), ('two', '{metrics,n_rows}', '0'), ('three', '{metrics,n_rows}', '0'), ('two', '{metrics,oob}', '{"roc_auc": "x"}'),
	('two', '{trials,0,params}', '1'), ('two', '{trials,0,is_best}', '1'), ('two', '{trials,0,mean}', '"x"'), ('two', '{trials,0,mean}', '1e999'), ('two', '{trials,0,fold_scores}', '{}'), ('two', '{trials,0,fold_scores,0}', '"x"'), ('two', '{trials,0}', '1'),
	('two', '{holdout_scores}', '[0.1, 0.2]'), ('two', '{holdout_scores,0}', '-0.1'), ('two', '{holdout_scores,0}', '1'), ('two', '{holdout_positives,0}', '-1'), ('two', '{holdout_negatives,0}', 'null'), ('two', '{holdout_negatives}', '[1]'),
	('two', '{confusion}', '[1, 2, 3, 4]'), ('three', '{confusion}', '[1]'), ('three', '{confusion}', '[[1]]'), ('three', '{holdout_scores}', '[1]'), ('two', '{importance_gain}', '[1, 2, 3]'), ('two', '{importance_weight,0}', '-1'), ('two', '{importance_cover,0}', '1e308'),
	('two', '{permutation_se}', 'null'), ('two', '{importance_permutation,0}', 'null'), ('two', '{encoding}', '"LATIN1"'), ('two', '{encoding}', '"no such encoding"')) AS t (name, path, value);
-- of a key that is there twice the last one counts, as jsonb reads it
SELECT answer(replaced(data, convert_to(regexp_replace(document(data)::text, '^\{', '{"task": "nonsense", '), 'UTF8'))) AS first, answer(replaced(data, convert_to(regexp_replace(document(data)::text, '\}$', ', "task": "nonsense"}'), 'UTF8'))) AS last
FROM export WHERE name = 'two';
-- levels that are not ASCII mean something in their own encoding alone
SELECT m.version FROM mlops.train_model('accent', query => 'SELECT replace(l, ''a'', U&''\00e4'') AS l, y FROM h', target => 'y', hyperparams => '{"n_estimators": 1, "random_state": 1}') AS m;
INSERT INTO export SELECT 'accent', mlops.export_model('accent@v1');
SELECT changed('accent', '{encoding}', '"LATIN1"') AS other_encoding, changed('accent', '{encoding}', to_jsonb(getdatabaseencoding())) AS own;
-- of all that was taken: it predicts, is measured, is exported; the views can be read
SELECT count(*) > 10 AS taken, bool_and(mlops.predict_proba('taken@v' || version, to_jsonb(h)) IS NOT NULL) AS predict
FROM mlops.model_versions, (SELECT * FROM h LIMIT 1) AS h WHERE model = 'taken' AND task = 'classification';
SELECT count(mlops.export_model('taken@v' || version)) > 10 AS exported, count(is_truncated) > 10 AS seen FROM mlops.model_versions WHERE model = 'taken';
SELECT count(*) > 10 AS evaluated FROM mlops.model_versions AS v, LATERAL mlops.evaluate('taken@v' || v.version) AS e WHERE v.model = 'taken' AND (v.metrics->>'n_rows')::float8 > 0;
SELECT bool_and(t.mean IS NOT NULL) AS trials FROM mlops.model_versions AS v, LATERAL mlops.trial_info('taken@v' || v.version) AS t WHERE v.model = 'taken';

SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP TABLE h, export;
DROP FUNCTION answer, little, big, body, seal, document, chunks, replaced, placed, changed;
