-- A training that would take too much memory is refused: while the rows are read, before the first
-- tree, or when the first tree tells how large the forest will be.
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE wide AS SELECT i % 2 = 0 AS y, hashint4(i) AS a, hashint4(-i) AS b FROM generate_series(1, 30000) AS i;
SET mlops.max_train_memory = '1MB';
SELECT mlops.train_model('m', query => 'SELECT w.* FROM wide AS w, generate_series(1, 4)', target => 'y');
\echo :SQLSTATE
SET mlops.max_train_memory = '2MB';
DO $$
BEGIN
	PERFORM mlops.train_model('m', 'wide', 'y');
EXCEPTION WHEN configuration_limit_exceeded THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, 'about \d+ MB', 'about n MB');
END
$$;
SET mlops.max_train_memory = '5MB';
DO $$
BEGIN
	PERFORM mlops.train_model('m', 'wide', 'y', hyperparams => '{"n_estimators": 400}');
EXCEPTION WHEN configuration_limit_exceeded THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, 'about \d+ MB', 'about n MB');
END
$$;
-- dividing the rows takes more than reading them
SET mlops.max_train_memory = '2MB';
SELECT mlops.train_model('m', query => 'SELECT w.* FROM wide AS w, generate_series(1, 2)', target => 'y');
-- a search copies the packed rows into folds: refused before they are packed
SET mlops.max_train_memory = '2MB';
DO $$
DECLARE
	columns text := (SELECT string_agg('hashint4(i * ' || c || ') AS c' || c, ', ') FROM generate_series(1, 40) AS c);
	detail text;
BEGIN
	PERFORM mlops.train_model('m', query => 'SELECT i % 2 = 0 AS y, ' || columns || ' FROM generate_series(1, 30000) AS i', target => 'y',
		hyperparams => '{"n_estimators": 2}', search => 'grid', search_params => '{"max_depth": [2, 3]}');
EXCEPTION WHEN configuration_limit_exceeded THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RAISE NOTICE '%: %', regexp_replace(SQLERRM, 'about \d+ MB', 'about n MB'), regexp_replace(detail, 'into \d+ MB', 'into n MB');
END
$$;
-- texts of levels and of classes stay in memory, too
SET mlops.max_train_memory = '2MB';
SELECT mlops.train_model('m', query => 'SELECT i % 2 = 0 AS y, repeat(i::text, 20000) AS t FROM generate_series(1, 100) AS i', target => 'y');
SELECT mlops.train_model('m', query => 'SELECT repeat((i % 50)::text, 20000) AS y, i AS x FROM generate_series(1, 300) AS i', target => 'y');
-- the codes that each fold gives to the levels of a target-encoded column
SET mlops.max_train_memory = '4MB';
DO $$
DECLARE
	columns text := (SELECT string_agg('i || ''_'' AS c' || c, ', ') FROM generate_series(1, 10) AS c);
	preprocess jsonb := (SELECT jsonb_object_agg('c' || c, '{"encode": "target"}'::jsonb) FROM generate_series(1, 10) AS c);
BEGIN
	PERFORM mlops.train_model('m', query => 'SELECT i % 20 AS y, ' || columns || ' FROM generate_series(1, 2000) AS i', target => 'y', task => 'classification',
		hyperparams => '{"n_estimators": 2, "max_depth": 2}', preprocess => preprocess);
	RAISE NOTICE 'trained';
EXCEPTION WHEN configuration_limit_exceeded THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, 'about \d+ MB', 'about n MB');
END
$$;
-- a large test part takes memory when it is measured
SET mlops.max_train_memory = '5MB';
DO $$
BEGIN
	PERFORM mlops.train_model('m', query => 'SELECT i % 100 AS y, i AS x FROM generate_series(1, 10000) AS i', target => 'y', task => 'classification',
		test_size => 0.9, hyperparams => '{"n_estimators": 2, "max_depth": 2}');
	RAISE NOTICE 'trained';
EXCEPTION WHEN configuration_limit_exceeded THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, 'about \d+ MB', 'about n MB');
END
$$;
-- columns that a field cannot hold are refused before the first tree
RESET mlops.max_train_memory;
SELECT mlops.train_model('m', query => 'SELECT i % 110 AS y, CASE WHEN i < 9 THEN repeat(i::text, 1100000) END AS t FROM generate_series(0, 989) AS i', target => 'y',
	task => 'classification', preprocess => '{"t": {"encode": "target"}}', hyperparams => '{"n_estimators": 1}', test_sampling => 'none');
\echo :SQLSTATE
SET mlops.max_train_memory = '5MB';
-- what fits is trained: fewer rows, smaller trees
SELECT status FROM mlops.train_model('m', query => 'SELECT * FROM wide LIMIT 2000', target => 'y', hyperparams => '{"n_estimators": 5}');
SELECT status FROM mlops.train_model('m', 'wide', 'y', hyperparams => '{"n_estimators": 400, "max_depth": 3}');
-- an administrator's setting
CREATE ROLE regress_mlops_nobody;
SET ROLE regress_mlops_nobody;
SET mlops.max_train_memory = '1GB';
\echo :SQLSTATE

RESET ROLE;
SET mlops.max_train_memory = '1kB';
\echo :SQLSTATE
-- nobody trains now
SELECT count(*) FROM mlops.training_progress;
SELECT mlops.drop_model('m');
DROP TABLE wide;
DROP ROLE regress_mlops_nobody;
