-- Rows that pass in many blocks keep their values: a tree that is grown out knows every row, in whatever
-- block, width or order it came.
SET client_min_messages = warning;
-- from block to block numbers become wider, an array shows up late, levels are new, values are missing
CREATE TABLE blocks AS SELECT i AS id,
	CASE WHEN i <= 9000 THEN i - 4500 WHEN i <= 18000 THEN i * 100000 WHEN i <= 27000 THEN i / 8.0 ELSE 'Infinity' END::float8 AS wider,
	CASE WHEN i % 3 > 0 THEN i % 1000 END AS missing, 'level ' || i / 500 AS level, i % 2 = 0 AS flag,
	CASE WHEN i > 20000 THEN ARRAY[i % 50, NULL, i]::float8[] END AS late, -i::bigint * 1000000000 AS large, hashint4(i) % 100 AS y
	FROM generate_series(1, 30000) AS i;
CREATE FUNCTION digest_of(model text, query text, id_column text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mlops.train_model(model, query => query, target => 'y', task => 'regression', id_column => id_column, test_sampling => 'none',
		exclude => CASE WHEN id_column IS NULL THEN '{id}' END::text[],
		hyperparams => '{"n_estimators": 1, "bootstrap": false, "max_features": null, "max_bins": 65535, "random_state": 1}');
	RETURN (SELECT digest FROM mlops.model_versions AS v WHERE v.model = digest_of.model ORDER BY version DESC LIMIT 1);
END
$$;
SELECT digest_of('b', 'SELECT * FROM blocks', NULL) = digest_of('b', 'SELECT * FROM blocks ORDER BY id DESC', NULL) AS same_in_another_order,
	digest_of('c', 'SELECT * FROM blocks', 'id') = digest_of('c', 'SELECT * FROM blocks ORDER BY hashint4(id)', 'id') AS same_by_id;
SELECT n_rows, mean_squared_error < 1e-9 AS each_row_is_known FROM mlops.evaluate('b@v1', 'SELECT * FROM blocks');
SELECT n_rows, mean_squared_error < 1e-9 AS each_row_is_known FROM mlops.evaluate('c@v2', 'SELECT * FROM blocks');
SELECT count(*) AS n, max(abs(mlops.predict('b@v1', b) - y)) < 1e-9 AS also_one_by_one FROM blocks AS b;
-- an array that shows up late and is wide: blocks get fewer rows, not more room
CREATE FUNCTION check_room(i int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	n_bytes bigint;
BEGIN
	IF i = 5100 THEN
		SELECT sum(total_bytes) INTO n_bytes FROM pg_backend_memory_contexts WHERE name = 'mlops training';
		IF n_bytes > 16e6 THEN
			RAISE EXCEPTION 'blocks take % bytes', n_bytes;
		END IF;
	END IF;
	RETURN i % 2;
END
$$;
CREATE FUNCTION wide_query(direction text) RETURNS text LANGUAGE sql AS $$
	SELECT 'SELECT i AS x, check_room(i) AS z, i % 7 AS y, CASE WHEN i > 5000 THEN array_fill(i::float8, ARRAY[600]) END AS late
		FROM generate_series(1, 5200) AS i ORDER BY i ' || direction
$$;
SELECT digest_of('w', wide_query('ASC'), 'x') = digest_of('w', wide_query('DESC'), 'x') AS same_in_another_order;
-- nothing of it stays on disk
SELECT count(*) AS files FROM pg_ls_tmpdir();
-- a file may take no more than the limit for such files
SET temp_file_limit = '64kB';
\set VERBOSITY terse
SELECT digest_of('b', 'SELECT * FROM blocks', NULL);
\echo :SQLSTATE
RESET temp_file_limit;
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP FUNCTION digest_of, check_room, wide_query;
DROP TABLE blocks;
