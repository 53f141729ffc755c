-- split_hash gives a key its number for ever, the one that train_model chooses rows by; dataset_hash
-- depends on the rows alone, whatever their order and plan.
\set SHOW_CONTEXT never
\pset null NULL
-- answers of an independent program
CREATE TEMP TABLE golden (call text, answer text);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/hashes.csv"' WITH (FORMAT csv, HEADER)
CREATE FUNCTION pg_temp.answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format(CASE WHEN call LIKE 'mlops.split%' THEN 'SELECT encode(float8send(%s), ''hex'')' ELSE 'SELECT %s::text' END, call) INTO answer;
	RETURN answer;
END
$$;
SELECT count(*), count(*) FILTER (WHERE pg_temp.answer(call) IS DISTINCT FROM answer) AS different FROM golden;
SELECT call, answer, pg_temp.answer(call) FROM golden WHERE pg_temp.answer(call) IS DISTINCT FROM answer LIMIT 5;

-- widths and types of equal keys play no part, nor has a domain; labels of an enum are texts
CREATE TYPE grade AS ENUM ('b', 'a');
CREATE DOMAIN known_id AS bigint CHECK (VALUE > 0);
SELECT mlops.split_hash(7::int2, 1) = mlops.split_hash(7::int8, 1) AS widths, mlops.split_hash(7::known_id, 1) = mlops.split_hash(7, 1) AS domain,
	mlops.split_hash('a'::grade, 1) = mlops.split_hash('a'::text, 1) AS label, mlops.split_hash('a'::grade, 1) <> mlops.split_hash('b'::grade, 1) AS labels,
	mlops.split_hash(7, 1) <> mlops.split_hash('7'::text, 1) AS text, mlops.split_hash(1.50, 1) = mlops.split_hash(1.5, 1) AS zeros,
	mlops.split_hash(NULL::int, 1) IS NULL AND mlops.split_hash(1, NULL) IS NULL AS nulls;
-- settings have no say
BEGIN;
SET LOCAL DateStyle = 'German';
SET LOCAL TimeZone = 'Asia/Tokyo';
SET LOCAL bytea_output = 'escape';
SET LOCAL client_encoding = 'LATIN1';
SELECT count(*) FILTER (WHERE pg_temp.answer(call) IS DISTINCT FROM answer) AS different FROM golden WHERE call NOT LIKE '%U&%';
COMMIT;
-- types whose bytes differ between databases
SELECT mlops.split_hash('{1}'::int[], 1);
\echo :SQLSTATE
SELECT mlops.split_hash('{"a": 1}'::jsonb, 1);
\echo :SQLSTATE
SELECT mlops.split_hash(interval '1 day', 1);
\echo :SQLSTATE
SELECT mlops.split_hash((1, 2), 1);
\echo :SQLSTATE
SELECT mlops.split_hash('mlops'::regnamespace, 1);
\echo :SQLSTATE

-- even parts: of 100,000 keys a tenth in each, with a standard deviation of 95; another seed, another order
SELECT min(n) > 9600 AND max(n) < 10400 AS even FROM (SELECT count(*) AS n FROM generate_series(1, 100000) AS i GROUP BY floor(mlops.split_hash(i, 42) * 10)) AS t;
SELECT abs(corr(mlops.split_hash(i, 1), mlops.split_hash(i, 2))) < 0.02 AS independent, min(mlops.split_hash(i, 1)) >= 0 AND max(mlops.split_hash(i, 1)) < 1 AS within
FROM generate_series(1, 100000) AS i;

-- train_model with sampling random holds out the rows with the smallest split_hash(id, random_state)
CREATE TABLE split_row AS SELECT i AS id, 'k' || i AS name, i * 7 % 100 AS x, i % 3 = 0 AS y FROM generate_series(1, 1000) AS i;
CREATE FUNCTION pg_temp.compare_split(id_column text) RETURNS TABLE (n_rows bigint, test bigint, different bigint) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops.train_model('hashed_' || id_column, 'split_row', 'y', id_column => id_column, features => '{x}', test_sampling => 'random',
		test_size => 0.2, hyperparams => '{"n_estimators": 1, "random_state": 42}', keep_training_data => true);
	RETURN QUERY EXECUTE format($sql$ SELECT count(*), count(*) FILTER (WHERE is_test), count(*) FILTER (WHERE is_test <> (place <= 200))
		FROM (SELECT d.is_test, row_number() OVER (ORDER BY mlops.split_hash(r.%I, 42)) AS place
			FROM mlops.training_data('hashed_%s@v1') AS d, jsonb_populate_record(NULL::split_row, d.data) AS r) AS placed $sql$, id_column, id_column);
END
$$;
SELECT * FROM pg_temp.compare_split('id');
SELECT * FROM pg_temp.compare_split('name');

-- dataset_hash: order plays no part, each change does
CREATE TABLE loan AS SELECT i AS id, 'user ' || i % 7 AS who, CASE WHEN i % 10 > 0 THEN i / 7.0::float8 END AS amount, date '2019-01-01' + i % 60 AS day FROM generate_series(1, 2000) AS i;
CREATE TEMP TABLE fingerprint AS SELECT mlops.dataset_hash(l) AS h FROM loan AS l;
SELECT h = (SELECT mlops.dataset_hash(l ORDER BY amount, id DESC) FROM loan AS l) AS any_order,
	h = (SELECT mlops.dataset_hash(t) FROM (SELECT id AS a, who AS b, amount AS c, day AS d FROM loan) AS t) AS other_names,
	h = (SELECT mlops.dataset_hash((id, who, amount, day)) FROM loan) AS record,
	h <> (SELECT mlops.dataset_hash(l) FROM loan AS l WHERE id <> 1000) AS a_row_less,
	h <> (SELECT mlops.dataset_hash(l) FROM (SELECT * FROM loan UNION ALL SELECT * FROM loan WHERE id = 1000) AS l) AS a_row_twice,
	h <> (SELECT mlops.dataset_hash((id, who, CASE WHEN id = 1000 THEN 0 ELSE amount END, day)) FROM loan) AS a_null_is_0,
	h <> (SELECT mlops.dataset_hash((id, who, day, amount)) FROM loan) AS columns_swapped,
	h <> (SELECT mlops.dataset_hash((id, who, amount)) FROM loan) AS a_column_less FROM fingerprint;
-- rows that are there an even number of times are not lost in the xor
SELECT count(DISTINCT h) FROM (SELECT mlops.dataset_hash((7, 'a')) AS h FROM generate_series(1, 20) AS n, generate_series(1, n) GROUP BY n) AS t;
-- no row, a NULL instead of a row, a row of NULLs
SELECT mlops.dataset_hash(l) AS none, mlops.dataset_hash(NULL::loan) AS no_row FROM loan AS l WHERE false;
SELECT mlops.dataset_hash(NULL::loan) IS NULL AS no_rows, mlops.dataset_hash(NULL::loan) FILTER (WHERE id = 1) IS NULL AS no_row,
	mlops.dataset_hash(CASE WHEN id > 5 THEN l END) = (SELECT mlops.dataset_hash(l) FROM loan AS l WHERE id > 5) AS left_out FROM loan AS l;
SELECT mlops.dataset_hash((NULL::int, NULL::text)) = mlops.dataset_hash((NULL::text, NULL::date)) AS nulls FROM generate_series(1, 2);
-- numeric keeps its trailing zeros, float8 its sign of zero; a NaN is a NaN
SELECT mlops.dataset_hash(ROW(1.0)) <> mlops.dataset_hash(ROW(1.00)) AS scale, mlops.dataset_hash(ROW('-0'::float8)) <> mlops.dataset_hash(ROW(0::float8)) AS zeros,
	mlops.dataset_hash(ROW(1::int4)) <> mlops.dataset_hash(ROW(1::int8)) AS widths, mlops.dataset_hash(ROW(7::known_id)) = mlops.dataset_hash(ROW(7::int8)) AS domain,
	mlops.dataset_hash(ROW('a'::grade)) = mlops.dataset_hash(ROW('a'::text)) AS label FROM generate_series(1, 3);
-- dropped columns, added ones, columns that were toasted or are compressed
CREATE TABLE wide (id int, gone text, doc jsonb, long text);
INSERT INTO wide SELECT i, 'gone', jsonb_build_object('a', i), repeat('text ' || i, i * 2000) FROM generate_series(1, 20) AS i;
ALTER TABLE wide DROP COLUMN gone;
ALTER TABLE wide ADD COLUMN later numeric DEFAULT 1.5;
SELECT mlops.dataset_hash(w) = mlops.dataset_hash((id, doc, long, 1.5)) AS same FROM wide AS w;
-- the encoding of the client and other settings have no say, in nested texts neither
CREATE TYPE place AS (name text, since interval);
CREATE TEMP TABLE nested AS SELECT U&'Z\00FCrich' AS city, ARRAY[U&'Z\00FCrich', NULL, ''] AS cities, jsonb_build_object(U&'\00FC', 1) AS doc,
	ROW(U&'\00FC', interval '1 mon 2 days')::place AS pair, now() - now() AS span, '[1,5)'::int4range AS range;
CREATE TEMP TABLE nested_fingerprint AS SELECT mlops.dataset_hash(n) AS h FROM nested AS n;
BEGIN;
SET LOCAL client_encoding = 'LATIN1';
SET LOCAL DateStyle = 'German';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL extra_float_digits = -5;
SELECT h = (SELECT mlops.dataset_hash(n) FROM nested AS n) AS nested, current_setting('client_encoding') AS client FROM nested_fingerprint;
SELECT h = (SELECT mlops.dataset_hash(l) FROM loan AS l) AS loans FROM fingerprint;
-- also after an error within it
SAVEPOINT here;
SELECT mlops.dataset_hash((city, '=r/postgres'::aclitem)) FROM nested;
\echo :SQLSTATE
ROLLBACK TO here;
SELECT current_setting('client_encoding') AS client, octet_length(convert_to(city, 'LATIN1')) AS bytes FROM nested;
COMMIT;
-- sliding over rows, with rows of other types in one record column
SELECT count(*) AS frames, count(*) FILTER (WHERE moving IS DISTINCT FROM again) AS different FROM (
	SELECT mlops.dataset_hash(l) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) AS moving,
		(SELECT mlops.dataset_hash(p) FROM loan AS p WHERE p.id BETWEEN l.id - 3 AND l.id - 1) AS again FROM loan AS l WHERE id <= 300) AS t;
CREATE FUNCTION pg_temp.other_rows(i int) RETURNS record LANGUAGE plpgsql AS $$
BEGIN
	IF i % 2 = 0 THEN
		RETURN ROW(i, 'even'::text);
	END IF;
	RETURN ROW('odd'::text, i::float8, i);
END
$$;
SELECT mlops.dataset_hash(pg_temp.other_rows(i)) = mlops.dataset_hash(pg_temp.other_rows(11 - i)) AS any_order FROM generate_series(1, 10) AS i;

-- states are no playground
SELECT mlops._dataset_hash_step(NULL, ROW(1));
\echo :SQLSTATE
SELECT mlops._dataset_hash_combine('{"_hash_state": 1, "n": 0, "sum_high": 0, "sum_low": 0, "xor_high": 0, "xor_low": 0}', NULL);
\echo :SQLSTATE
SELECT '{"_hash_state": 1, "n": 1, "sum_high": 3, "sum_low": -5, "xor_high": 3, "xor_low": -5}'::mlops._hash_state;
SELECT '{"_hash_state": 1, "n": 0, "sum_high": 0, "sum_low": 2, "xor_high": 0, "xor_low": 2}'::mlops._hash_state;
\echo :SQLSTATE
SELECT '{"_hash_state": 1, "n": -1, "sum_high": 0, "sum_low": 0, "xor_high": 0, "xor_low": 0}'::mlops._hash_state;
\echo :SQLSTATE
SELECT '{"_hash_state": 2, "n": 0, "sum_high": 0, "sum_low": 0, "xor_high": 0, "xor_low": 0}'::mlops._hash_state;
\echo :SQLSTATE

-- a cancel ends it
SET statement_timeout = '100ms';
SELECT mlops.dataset_hash(ROW(i)) OVER (ROWS BETWEEN 1000000 PRECEDING AND CURRENT ROW) FROM generate_series(1, 100000000) AS i;
\echo :SQLSTATE
SELECT count(*) FROM (SELECT mlops.dataset_hash(ROW(a)) FROM generate_series(1, 10000) AS a, generate_series(1, 10000) AS b) AS t;
\echo :SQLSTATE
RESET statement_timeout;

-- a database of another encoding: text counts as UTF-8 all the same
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model LIKE 'hashed%';
DROP TABLE split_row, loan, wide;
DROP TYPE grade;
DROP DOMAIN known_id;
CREATE DATABASE regress_mlops_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
SELECT current_database() AS database \gset
\c regress_mlops_latin1
SET client_min_messages = warning;
CREATE EXTENSION mlops;
CREATE TEMP TABLE golden (call text, answer text);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/hashes.csv"' WITH (FORMAT csv, HEADER)
SELECT format('SELECT %L AS encoding, count(*) AS compared, count(*) FILTER (WHERE found IS DISTINCT FROM wanted) AS different FROM (VALUES %s) AS t (found, wanted)',
	getdatabaseencoding(), string_agg(format(CASE WHEN call LIKE 'mlops.split%' THEN '(encode(float8send(%s), ''hex''), %L)' ELSE '(%s::text, %L)' END, call, answer), ', '))
FROM golden WHERE call LIKE '%U&%' \gexec
\c :database
DROP DATABASE regress_mlops_latin1;
