-- predict_entity with as_of scores the row that predict would have scored at that time: the latest
-- whose time_column is not after it, ties to the larger id, in the time zone of the session.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
CREATE DOMAIN day AS date;
-- who = a: versions 1 to 4 of a client, each an hour after the other around midnight, 3 and 4 at one time; 9 has no time
CREATE TABLE states (id int, who text, at timestamptz, local timestamp, day day, year int, x int, y int);
INSERT INTO states SELECT i, 'a', t, t, t::date, extract(year FROM t), i, i
	FROM (VALUES (1, timestamptz '2020-12-31 22:00Z'), (2, '2020-12-31 23:00Z'), (3, '2021-01-01 01:00Z'), (4, '2021-01-01 01:00Z')) AS v (i, t);
INSERT INTO states (id, who, x, y) VALUES (9, 'a', 9, 9), (8, 'b', 8, 8);
-- a row of the far future, and other clients from which to tell x from y
INSERT INTO states VALUES (7, 'c', '2999-01-01', '2999-01-01', '2999-01-01', 2999, 7, 7), (6, 'c', '-infinity', '-infinity', '-infinity', 1, 6, 6);
CREATE FUNCTION train(name text, clock text, id text DEFAULT 'id') RETURNS text LANGUAGE sql AS $$
	SELECT status FROM mlops.train_model(name, 'states', 'y', task => 'regression', features => '{x}', entity_column => 'who', time_column => clock, id_column => id, test_sampling => 'none',
		hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}')
$$;
SELECT train('tz', 'at'), train('local', 'local'), train('day', 'day'), train('year', 'year'), train('timeless', NULL);
-- which row, by the time that is asked for
SELECT at, mlops.predict_entity('tz@v1', 'a', at) AS tz, mlops.predict_entity('local@v1', 'a', at) AS local, mlops.predict_entity('day@v1', 'a', at) AS day
FROM (VALUES (timestamptz '2020-12-31 22:00Z'), ('2020-12-31 22:59:59.999999Z'), ('2020-12-31 23:00Z'), ('2021-01-01 00:00Z'), ('2021-01-01 00:59:59Z'), ('2021-01-01 01:00Z'), ('2021-06-01'), ('infinity')) AS v (at);
-- no limit is the latest row, also of the future; now is now
SELECT mlops.predict_entity('tz@v1', 'a') AS none, mlops.predict_entity('tz@v1', 'a', NULL) AS nothing, mlops.predict_entity('tz@v1', 'a', as_of => now()) AS now,
	mlops.predict_entity('tz@v1', 'c') AS future, mlops.predict_entity('tz@v1', 'c', now()) AS past, mlops.predict_entity('tz@v1', 'c', '-infinity') AS dawn;
-- the order of the rows in the table does not matter, nor does an index
CREATE INDEX ON states (who, at, id);
UPDATE states SET x = x WHERE id = 3;
SET enable_seqscan = off;
SELECT mlops.predict_entity('tz@v1', 'a', '2021-01-01 01:00Z'), mlops.predict_entity('tz@v1', 'a', '2020-12-31 23:30Z');
RESET enable_seqscan;

-- the session's time zone moves what has none: 01:00 in Tokyo is 16:00Z of the day before
SET TimeZone = 'Asia/Tokyo';
SELECT mlops.predict_entity('tz@v1', 'a', '2020-12-31 22:30Z') AS tz, mlops.predict_entity('local@v1', 'a', '2020-12-31 16:00Z') AS local, mlops.predict_entity('day@v1', 'a', '2020-12-31 15:00Z') AS day,
	mlops.predict_entity('day@v1', 'a', '2020-12-31 14:59Z') AS day_before;
-- an untyped literal is of that time zone, too
SELECT mlops.predict_entity('tz@v1', 'a', '2021-01-01 07:00') AS tz;
SET TimeZone = 'America/St_Johns';
SELECT mlops.predict_entity('local@v1', 'a', '2021-01-01 04:29Z') AS local_before, mlops.predict_entity('local@v1', 'a', '2021-01-01 04:30Z') AS local;
SET TimeZone = 'UTC';

-- nothing yet; only rows without a time; nobody
SELECT mlops.predict_entity('tz@v1', 'a', '2020-12-31 21:59:59Z');
\echo :SQLSTATE
SELECT mlops.predict_entity('day@v1', 'a', '1999-01-01');
\echo :SQLSTATE
SELECT mlops.predict_entity('tz@v1', 'b', 'infinity');
\echo :SQLSTATE
SELECT mlops.predict_entity('tz@v1', 'b') AS without_a_time;
SELECT mlops.predict_entity('tz@v1', 'nobody', '2021-01-01');
\echo :SQLSTATE
-- a model that cannot tell
SELECT mlops.predict_entity('timeless@v1', 'b', now());
\echo :SQLSTATE
SELECT mlops.predict_entity('timeless@v1', 'b');
SELECT mlops.predict_entity('year@v1', 'a', now());
\echo :SQLSTATE
SELECT mlops.predict_entity('year@v1', 'a');
SELECT mlops.predict_entity('tz@v1', NULL, now()) IS NULL AS null_key;
SELECT mlops.predict_entity('tz@v1', 'a', 'some day');
\echo :SQLSTATE

-- in sets: what each client's score was at the end of each month; by name; prepared
SELECT m::date, mlops.predict_entity('tz@v1', 'a', m) FROM generate_series(timestamptz '2021-01-01', '2021-03-01', '1 month') AS m;
SELECT mlops.predict_entity(as_of => '2020-12-31 22:30Z', entity_key => 'a', model => 'tz@v1');
PREPARE scored AS SELECT mlops.predict_entity($1, $2, $3);
SELECT name, parameter_types FROM pg_prepared_statements WHERE name = 'scored';
EXECUTE scored('tz@v1', 'a', '2020-12-31 22:30Z');
EXECUTE scored('tz@v1', 'a', NULL);
-- in a read-only transaction; with the rights of who asks
BEGIN READ ONLY;
SELECT mlops.predict_entity('tz@v1', 'a', '2020-12-31 22:30Z');
COMMIT;
CREATE ROLE regress_mlops_app;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_app;
GRANT EXECUTE ON FUNCTION mlops.predict_entity TO regress_mlops_app;
SET ROLE regress_mlops_app;
SELECT mlops.predict_entity('tz@v1', 'a', '2020-12-31 22:30Z');
\echo :SQLSTATE
RESET ROLE;
GRANT SELECT ON states TO regress_mlops_app;
SET ROLE regress_mlops_app;
SELECT mlops.predict_entity('tz@v1', 'a', '2020-12-31 22:30Z');
RESET ROLE;
-- row security of the caller holds
ALTER TABLE states ENABLE ROW LEVEL SECURITY;
CREATE POLICY early ON states TO regress_mlops_app USING (id < 2);
SET ROLE regress_mlops_app;
SELECT mlops.predict_entity('tz@v1', 'a');
RESET ROLE;
SELECT mlops.predict_entity('tz@v1', 'a');
SELECT count(mlops.drop_model(model)) FROM mlops.models;
DROP FUNCTION train;
DROP TABLE states;
DROP DOMAIN day;
DROP OWNED BY regress_mlops_app;
DROP ROLE regress_mlops_app;
