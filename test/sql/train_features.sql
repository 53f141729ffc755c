-- What can be a feature and where rows can come from: six kinds of relations, all types, arrays,
-- missing values, categories; what cannot is refused by name.
\set SHOW_CONTEXT never
CREATE FUNCTION describe(model text) RETURNS TABLE (name text, kind text, type text) LANGUAGE sql AS $$
	SELECT f->>'name', f->>'kind', f->>'type' FROM mlops.model_versions AS v, jsonb_array_elements(v.features) AS f
	WHERE v.model = $1 AND v.version = (SELECT max(version) FROM mlops.model_versions WHERE model = $1)
$$;
CREATE TABLE rel (x int, y bool, gone int);
ALTER TABLE rel DROP COLUMN gone;
INSERT INTO rel SELECT i, i > 20 FROM generate_series(1, 40) AS i;

-- table, view, materialized view, partitioned, foreign, temporary: the same bytes from each
CREATE VIEW rel_view AS TABLE rel;
CREATE MATERIALIZED VIEW rel_matview AS TABLE rel;
CREATE TABLE rel_parts (x int, y bool) PARTITION BY RANGE (x);
CREATE TABLE rel_part1 PARTITION OF rel_parts FOR VALUES FROM (MINVALUE) TO (15);
CREATE TABLE rel_part2 PARTITION OF rel_parts FOR VALUES FROM (15) TO (MAXVALUE);
INSERT INTO rel_parts TABLE rel;
CREATE TEMP TABLE rel_temp AS TABLE rel;
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE rel_foreign (x int, y bool) SERVER files OPTIONS (program 'seq 1 40 | awk ''{ print $1 "," ($1 > 20 ? "t" : "f") }''', format 'csv');
SELECT r.relation, t.status FROM unnest('{rel,rel_view,rel_matview,rel_parts,rel_temp,rel_foreign}'::regclass[]) AS r (relation),
	LATERAL mlops.train_model('kinds', r.relation, 'y', id_column => 'x', features => '{x}', hyperparams => '{"n_estimators": 3, "random_state": 1}') AS t;
SELECT count(*), count(DISTINCT digest) FROM mlops.model_versions WHERE model = 'kinds';

-- every type that can be a feature
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE types AS SELECT i > 20 AS y, i % 2 = 0 AS bool, i::int2 AS int2, i AS int4, i::int8 AS int8, i::float4 AS float4, i::float8 AS float8,
	i::numeric AS numeric, i::percent AS domain, date '2020-01-01' + i AS date, timestamp '2020-01-01' + i * interval '1 day' AS timestamp,
	timestamptz '2020-01-01' + i * interval '1 day' AS timestamptz, i * interval '1 day' AS interval, 't' || i % 3 AS text,
	('v' || i % 3)::varchar(5) AS varchar, ('c' || i % 3)::char(5) AS char, ('n' || i % 3)::name AS name,
	CASE WHEN i % 2 = 0 THEN 'red' ELSE 'green' END::colour AS enum, ARRAY[i, -i]::float8[] AS array_column FROM generate_series(1, 40) AS i;
SELECT status FROM mlops.train_model('types', 'types', 'y', hyperparams => '{"n_estimators": 2, "random_state": 1}');
SELECT * FROM describe('types');
SELECT mlops.predict('types@v1', types) BETWEEN 0 AND 1 AS predicted FROM types LIMIT 1;

-- what cannot: named, with its type
SELECT mlops.train_model('no', query => 'SELECT y, ''{}''::jsonb AS j FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, ''{1}''::int[] AS ints FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, ''\x00''::bytea AS bytes FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, ''1.2.3.4''::inet AS address FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, rel AS whole FROM rel', target => 'y');
\echo :SQLSTATE

-- arrays: one feature per element, of one length, one dimension
SELECT status FROM mlops.train_model('arrays', query => 'SELECT y, CASE WHEN x <> 3 THEN ARRAY[x, NULL, -x]::float8[] END AS a FROM rel', target => 'y',
	hyperparams => '{"n_estimators": 2, "random_state": 1}');
SELECT * FROM describe('arrays');
SELECT mlops.train_model('no', query => 'SELECT y, array_fill(1, ARRAY[1 + x / 40])::float8[] AS a FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, ''{{1,2},{3,4}}''::float8[] AS a FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, ''{}''::float8[] AS a FROM rel', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('no', query => 'SELECT y, NULL::float8[] AS a FROM rel', target => 'y');
\echo :SQLSTATE

-- digits beyond 2^53 are lost, and that is said once; a numeric that float8 cannot hold is refused
SELECT status FROM mlops.train_model('digits', query => 'SELECT y, x + 9007199254740993 AS big, x + 1e20::numeric AS bigger FROM rel', target => 'y',
	hyperparams => '{"n_estimators": 1}');
SELECT mlops.train_model('no', query => 'SELECT y, 1e400::numeric AS huge FROM rel', target => 'y');
\echo :SQLSTATE
-- no float4 on the way: 16777216 and 16777217 are told apart
SELECT status FROM mlops.train_model('exact', query => 'SELECT i > 20 AS y, 16777216 + (i > 20)::int AS x FROM generate_series(1, 40) AS i', target => 'y',
	test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT mlops.predict('exact@v1', '{16777216}'::float8[]), mlops.predict('exact@v1', '{16777217}'::float8[]);

-- a feature that is always missing, or always the same, is kept and never chosen
SELECT status FROM mlops.train_model('dull', query => 'SELECT y, x, NULL::float8 AS missing, ''NaN''::float8 AS nan, 7 AS same, NULL::text AS word FROM rel',
	target => 'y', hyperparams => '{"n_estimators": 5, "random_state": 1}');
SELECT feature, importance_weight > 0 AS chosen FROM mlops.feature_importance('dull@v1') ORDER BY feature;
-- infinities are values, the greatest and the least
SELECT status FROM mlops.train_model('ends', query => 'SELECT i > 20 AS y, CASE WHEN i > 20 THEN ''Infinity'' ELSE ''-Infinity'' END::float8 AS x
	FROM generate_series(1, 40) AS i', target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT mlops.predict('ends@v1', '{Infinity}'::float8[]) AS greatest, mlops.predict('ends@v1', '{-Infinity}'::float8[]) AS least;
-- a level more than there may be
SELECT mlops.train_model('no', query => 'SELECT i % 2 = 0 AS y, ''level '' || i AS word FROM generate_series(1, 65535) AS i', target => 'y');
\echo :SQLSTATE

-- the caller's rights are enough or not, column by column
CREATE ROLE regress_mlops_reader;
GRANT SELECT (x, y) ON rel TO regress_mlops_reader;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_reader;
ALTER TABLE rel ADD COLUMN secret int;
SET ROLE regress_mlops_reader;
SELECT status FROM mlops.train_model('rights', 'rel', 'y', features => '{x}', hyperparams => '{"n_estimators": 1}');
SELECT mlops.train_model('rights', 'rel', 'y', hyperparams => '{"n_estimators": 1}');
\echo :SQLSTATE
SELECT mlops.train_model('rights', 'types', 'y');
\echo :SQLSTATE
SELECT mlops.train_model('kinds', 'rel', 'y', features => '{x}');
\echo :SQLSTATE
RESET ROLE;

SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP OWNED BY regress_mlops_reader;
DROP ROLE regress_mlops_reader;
SET client_min_messages = warning;
DROP SERVER files CASCADE;
DROP EXTENSION file_fdw;
DROP FUNCTION describe;
DROP TABLE rel, rel_parts, types CASCADE;
DROP TYPE colour;
DROP DOMAIN percent;
