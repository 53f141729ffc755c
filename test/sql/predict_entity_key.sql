-- predict_entity reads its key as the type of the entity column and compares it with that type's
-- equality, through an index, whatever the search_path; a text that is no such key is told.
\set SHOW_CONTEXT never
CREATE SCHEMA keys;
-- a type like citext: its equality, in a schema of its own, knows no case
CREATE TYPE keys.word;
CREATE FUNCTION keys.word_in(cstring) RETURNS keys.word LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION keys.word_out(keys.word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE keys.word (INPUT = keys.word_in, OUTPUT = keys.word_out, LIKE = text, COLLATABLE = true);
CREATE CAST (keys.word AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE FUNCTION keys.is_same(keys.word, keys.word) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT lower($1::text) = lower($2::text)';
CREATE FUNCTION keys.compare(keys.word, keys.word) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT bttextcmp(lower($1::text), lower($2::text))';
CREATE OPERATOR keys.= (LEFTARG = keys.word, RIGHTARG = keys.word, FUNCTION = keys.is_same);
CREATE OPERATOR CLASS keys.word_ops DEFAULT FOR TYPE keys.word USING btree AS OPERATOR 3 keys.=, FUNCTION 1 keys.compare(keys.word, keys.word);
CREATE TYPE keys.colour AS ENUM ('red', 'green');
CREATE DOMAIN keys.code AS int CHECK (VALUE > 0);
CREATE TABLE people (n int, id uuid, t text, v varchar(20), c char(8), nm name, s smallint, i int, b bigint, f float8, d numeric(12, 2), day date, at timestamptz,
	e keys.colour, w keys.word, dom keys.code, arr int[], j json, x int, y bool);
INSERT INTO people SELECT i, ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'k' || i, 'k' || i, 'k' || i, 'k' || i, i, i, 9007199254740992 + i, i / 4.0, i + 0.25,
	date '2020-01-01' + i, timestamptz '2020-01-01 00:00+00' + i * interval '1 hour', CASE i WHEN 1 THEN 'red' WHEN 30 THEN 'green' END::keys.colour, ('Key' || i)::keys.word, i, ARRAY[i, NULL], '{}',
	i, i > 20 FROM generate_series(1, 40) AS i;
CREATE INDEX people_id ON people (id);
-- one model per type of key; which person it finds shows in the value of a regression on n by x
CREATE FUNCTION train(key text) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM mlops.train_model('by_' || key, 'people', 'n', task => 'regression', features => '{x}', entity_column => key, test_sampling => 'none',
		hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}')
$$;
SELECT count(train(key)) FROM unnest('{id,t,v,c,nm,s,i,b,f,d,day,at,e,w,dom,arr,j}'::text[]) AS key;
SET TimeZone = 'UTC';
CREATE TABLE asked (key text, text text);
INSERT INTO asked VALUES ('id', '00000000-0000-0000-0000-000000000030'), ('id', '{00000000-0000-0000-0000000000000030}'), ('t', 'k30'), ('v', 'k30'), ('c', 'k30'), ('c', 'k30     '), ('nm', 'k30'),
	('s', '30'), ('i', ' 30 '), ('b', '9007199254741022'), ('f', '7.5'), ('f', '75e-1'), ('d', '30.250'), ('day', '2020-01-31'), ('day', 'Jan 31, 2020'), ('at', '2020-01-02 06:00Z'),
	('at', '2020-01-02 08:00+02'), ('e', 'green'), ('w', 'KEY30'), ('dom', '30'), ('arr', '{30,NULL}');
SELECT key, text, mlops.predict_entity('by_' || key || '@v1', text) AS person FROM asked;
-- the same in a new session under another search_path
\c -
\set SHOW_CONTEXT never
SET search_path = keys, public;
SET TimeZone = 'UTC';
SELECT bool_and(mlops.predict_entity('by_' || key || '@v1', text) = 30) FROM public.asked;
RESET search_path;
-- the same entity as by predict, where the key is a number
SELECT bool_and(mlops.predict_entity('by_i@v1', i::text) = mlops.predict(i, 'by_i@v1')) FROM people;

-- texts that are no keys, in the words of the type
CREATE FUNCTION try(model text, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	RETURN mlops.predict_entity(model || '@v1', key);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END
$$;
SELECT try('by_' || key, text) FROM (VALUES ('id', 'no uuid'), ('id', ''), ('s', '40000'), ('i', '3000000000'), ('i', '1.5'), ('i', ''), ('b', '9223372036854775808'), ('f', 'x'),
	('d', '1,5'), ('day', '2020-02-30'), ('day', 'soon'), ('e', 'blue'), ('arr', '30')) AS t (key, text);
-- keys that nobody has: nothing is cut to a typmod's length, rounded to its digits or refused by a domain
SELECT try('by_' || key, text) FROM (VALUES ('id', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), ('t', ''), ('t', 'K30'), ('t', 'k30 '), ('t', 'O''Hara \ "x"'), ('v', 'k30k30k30k30k30k30k30k30'),
	('c', 'k30k30k30'), ('s', '-1'), ('d', '30.2501'), ('dom', '-5'), ('w', 'key'), ('f', 'NaN')) AS t (key, text);
-- a type without equality; no entity column; no model; more than one row
SELECT try('by_j', '{}');
SELECT status FROM mlops.train_model('none', 'people', 'n', task => 'regression', features => '{x}');
SELECT try('none', '1');
SELECT try('nobody', '1');
INSERT INTO people (t, x) VALUES ('k30', 1);
SELECT try('by_t', 'k30');
SELECT mlops.predict_entity('by_t@v1', NULL) IS NULL AS null_key, mlops.predict_entity('nobody', NULL) IS NULL AS null_key_of_nobody;
-- the column changes: told, not guessed
ALTER TABLE people RENAME COLUMN i TO ii;
SELECT try('by_i', '30');

-- the index is used: one probe however many rows
INSERT INTO people (id, x) SELECT gen_random_uuid(), 1 FROM generate_series(1, 5000);
ANALYZE people;
SELECT pg_stat_force_next_flush();
SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'people' \gset before_
SELECT count(mlops.predict_entity('by_id@v1', ('00000000-0000-0000-0000-' || lpad((1 + i % 40)::text, 12, '0')))) FROM generate_series(1, 100) AS i;
SELECT pg_stat_force_next_flush();
SELECT seq_scan - :before_seq_scan AS seq_scans, idx_scan - :before_idx_scan AS index_scans FROM pg_stat_user_tables WHERE relname = 'people';

SELECT count(mlops.drop_model(model)) FROM mlops.models;
SET client_min_messages = warning;
DROP FUNCTION train, try;
DROP TABLE people, asked;
DROP SCHEMA keys CASCADE;
