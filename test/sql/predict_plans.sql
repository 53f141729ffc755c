-- predict and its kin answer the same in every plan: read-only, parallel, prepared, in views and in
-- the queries that BI tools generate; never frozen in an index or a column.
\set SHOW_CONTEXT never
CREATE TABLE clients (id bigint PRIMARY KEY, a int, b float8, region text, y bool) WITH (parallel_workers = 2);
INSERT INTO clients SELECT i, i % 17, i * 7 % 31, 'r' || i % 4, i % 17 > 8 FROM generate_series(1, 3000) AS i;
ANALYZE clients;
CREATE ROLE regress_mlops_alice;
CREATE ROLE regress_mlops_app;
GRANT SELECT ON clients TO regress_mlops_alice;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_alice;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_alice;
SET SESSION AUTHORIZATION regress_mlops_alice;
SELECT status FROM mlops.train_model('m', 'clients', 'y', features => '{a,b}', id_column => 'id', entity_column => 'id', test_sampling => 'none', hyperparams => '{"n_estimators": 5, "max_depth": 3, "random_state": 1}');
SELECT status FROM mlops.train_model('m', query => 'SELECT id, a, b, NOT y AS y FROM clients', target => 'y', features => '{a,b}', id_column => 'id', entity_column => 'id', test_sampling => 'none',
	hyperparams => '{"n_estimators": 5, "max_depth": 3, "random_state": 1}');
RESET SESSION AUTHORIZATION;
SELECT mlops.approve_model('m', 1), mlops.approve_model('m', 2), mlops.deploy_model('m', 1);
-- exact sums of all forms, whatever the order of the rows
CREATE VIEW sums AS SELECT sum(mlops.predict('m', c)::numeric) AS rows, sum(mlops.predict('m', ARRAY[a, b])::numeric) AS arrays, sum(mlops.predict('m', to_jsonb(c))::numeric) AS jsonb,
	sum((mlops.predict_proba('m', c))[2]::numeric) AS proba, count(*) FILTER (WHERE mlops.predict_label('m', c) = 'true') AS labels FROM clients AS c;
CREATE VIEW decisions AS SELECT count(*) AS n, sum(d.score::numeric) AS score, count(*) FILTER (WHERE d.label = 'true') AS positive, min(d.cutoff) AS cutoff, min(d.version) AS version
	FROM clients AS c, mlops.decide('m', c) AS d;
CREATE TABLE serial AS SELECT * FROM sums, decisions;
SELECT rows = arrays AND rows = jsonb AND rows = proba AND rows = score AND labels = positive AND n = 3000 AS same, rows > 0 AND rows < 3000 AS between FROM serial;

-- in parallel: on given features below the Gather, by entity above it
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF, VERBOSE) SELECT sum(mlops.predict('m', ROW(a, b))) FROM clients;
EXPLAIN (COSTS OFF, VERBOSE) SELECT d.label, count(*) FROM clients AS c, mlops.decide('m', ARRAY[c.a, c.b], 0.4) AS d GROUP BY d.label;
EXPLAIN (COSTS OFF, VERBOSE) SELECT mlops.predict(id), mlops.predict_entity('m', id::text) FROM clients WHERE b > 3;
SELECT p = s AS equal_sums FROM (SELECT * FROM sums, decisions) AS p, serial AS s;
SELECT sum(mlops.predict(id)::numeric) = (SELECT rows FROM serial) AS by_entity FROM clients;
-- a worker sees what its leader's transaction did and nobody else sees
BEGIN;
SELECT mlops.set_cutoff('m', 'champion', 0.9);
SELECT cutoff, version, n FROM decisions;
SELECT mlops.deploy_model('m', 2);
SELECT cutoff, version, score <> (SELECT score FROM serial) AS other FROM decisions;
ROLLBACK;
SELECT d = s AS as_before FROM decisions AS d, (SELECT n, score, positive, cutoff, version FROM serial) AS s;
RESET parallel_leader_participation;
SET force_parallel_mode = on;
SELECT mlops.predict('m', ARRAY[3, 4]) = mlops.predict('m@v1', ARRAY[3, 4]) AS in_a_worker, d.version FROM mlops.decide('m', ARRAY[3, 4]) AS d;
RESET ALL;
\set SHOW_CONTEXT never

-- read-only, also where nothing may be written by anybody
BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT p = s AS equal_sums FROM (SELECT * FROM sums, decisions) AS p, serial AS s;
SELECT mlops.predict(7) = mlops.predict_entity('m', '7') AS entity, d.score = mlops.predict(7) AS decided, mlops.predict_label(7) = d.label AS label FROM mlops.decide(7) AS d;
COMMIT;

-- views and what BI tools put around them
CREATE VIEW scored AS SELECT c.id, c.region, mlops.predict('m', c) AS p, mlops.predict_label('m', c) AS label FROM clients AS c;
CREATE VIEW decided AS SELECT c.id, c.region, d.* FROM clients AS c CROSS JOIN LATERAL mlops.decide('m', c, costs => '{"false_positive": 1, "false_negative": 4}') AS d;
SELECT * FROM (SELECT * FROM scored) "custom_sql" LIMIT 0;
SELECT * FROM "public"."decided" WHERE 1 = 0;
SELECT "t0"."region" AS "c0", COUNT(1) AS "c1", bool_and("t0"."p" BETWEEN 0 AND 1) AS "c2" FROM (SELECT "_"."id", "_"."region", "_"."p" FROM "public"."scored" "_" WHERE "_"."p" >= 0.5) AS "t0" GROUP BY "t0"."region" ORDER BY "t0"."region" LIMIT 1001;
SELECT "d"."label", COUNT(*) > 0 AS "some", MIN("d"."cutoff") AS "cutoff" FROM "public"."decided" AS "d" GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 1;
SELECT count(*) = (SELECT labels FROM serial) AS same FROM (SELECT DISTINCT id, label FROM scored WHERE label = 'true' UNION ALL SELECT id, label FROM scored WHERE false) AS u;
SELECT count(*), count(DISTINCT s.p) = count(DISTINCT d.score) AS same FROM scored AS s JOIN decided AS d USING (id) WHERE s.p = d.score;
SELECT id, rank() OVER (ORDER BY p DESC, id) AS place, p = max(p) OVER () AS is_greatest FROM scored ORDER BY p DESC, id OFFSET 0 ROWS FETCH FIRST 2 ROWS ONLY;
SELECT region, count(*) AS n FROM scored GROUP BY GROUPING SETS ((region), ()) HAVING avg(p) IS NOT NULL ORDER BY region NULLS LAST;
SELECT CASE WHEN p > 0.5 THEN 'high' ELSE 'low' END = CASE WHEN label = 'true' THEN 'high' ELSE 'low' END AS same, count(*) FROM scored GROUP BY 1;
SELECT count(*) FROM clients AS c WHERE EXISTS (SELECT FROM mlops.decide('m', c, 0.3) AS d WHERE d.label = 'true') <> (mlops.predict('m', c) >= 0.3);
SELECT count(*) FROM clients AS c LEFT JOIN LATERAL mlops.decide(CASE WHEN id > 10 THEN id END) AS d ON d.label IS NOT NULL WHERE d.label IS NULL;
BEGIN;
DECLARE fetched CURSOR FOR SELECT id, label FROM decided ORDER BY id;
FETCH 2 FROM fetched;
MOVE 2990 FROM fetched;
FETCH 1 FROM fetched;
COMMIT;
SELECT id, (mlops.decide('m', c)).* FROM clients AS c ORDER BY id LIMIT 1;
SELECT id, mlops.decide('m', c) = mlops.decide(id) AS same FROM clients AS c ORDER BY id LIMIT 2;

-- not where an answer would be frozen
CREATE INDEX ON clients (mlops.predict('m', ARRAY[a, b]));
\echo :SQLSTATE
ALTER TABLE clients ADD COLUMN p float8 GENERATED ALWAYS AS (mlops.predict('m', ARRAY[a, b])) STORED;
\echo :SQLSTATE
-- prepared, custom and generic, over deployments
PREPARE score (float8) AS SELECT mlops.predict('m', ARRAY[$1, 1]) = mlops.predict('m@v1', ARRAY[$1, 1]) AS is_first, (mlops.decide('m', ARRAY[$1, 1])).version;
SET plan_cache_mode = force_generic_plan;
EXECUTE score(3);
SELECT mlops.deploy_model('m', 2);
EXECUTE score(3);
SELECT count(*) AS v2, min(version) AS version FROM decided;
RESET plan_cache_mode;
SELECT mlops.rollback_model('m');
EXECUTE score(3);

-- a role that may read neither the clients nor the registry predicts on features that it has
GRANT USAGE ON SCHEMA mlops TO regress_mlops_app;
GRANT EXECUTE ON FUNCTION mlops.predict(text, float8[]), mlops.predict(text, jsonb), mlops.predict_label(text, float8[]), mlops.predict_proba(text, record), mlops.decide(text, float8[], float8, jsonb), mlops.predict(bigint, text) TO regress_mlops_app;
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT mlops.predict('m', ARRAY[3, 1]) = mlops.predict('m', '{"a": 3, "b": 1}'::jsonb) AS same, mlops.predict_label('m', ARRAY[3, 1]), cardinality(mlops.predict_proba('m', ROW(3, 1))), d.label, d.cutoff, d.version FROM mlops.decide('m', ARRAY[3, 1]) AS d;
SELECT count(*) FROM mlops.model_blob;
\echo :SQLSTATE
SELECT count(*) FROM mlops.deployment;
\echo :SQLSTATE
SELECT mlops.predict(7);
\echo :SQLSTATE
SELECT mlops.predict_entity('m', '7');
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
-- a view lends its owner's rights on the clients; the functions are called by who asks
GRANT SELECT ON scored TO regress_mlops_app;
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT count(*) FROM scored WHERE p > 0.5;
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION mlops.predict(text, record), mlops.predict_label(text, record) TO regress_mlops_app;
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT count(*) FROM scored WHERE p > 0.5 AND label = 'true';
SELECT count(*) FROM clients;
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
SELECT mlops.reject_model('m', 1, 'end'), mlops.reject_model('m', 2, 'end'), mlops.drop_model('m');
DROP TABLE clients, serial CASCADE;
DROP OWNED BY regress_mlops_alice, regress_mlops_app;
DROP ROLE regress_mlops_alice, regress_mlops_app;
