-- setup_roles makes the roles and grants each what its name says, and nothing else; it may be
-- repeated, takes back what was added, and drop_roles undoes it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_mlops_owner CREATEROLE;
SELECT mlops.setup_roles();
-- functions by role
SELECT p.proname AS function, string_agg(DISTINCT CASE WHEN has_function_privilege('mlops_' || r.role, p.oid, 'EXECUTE') THEN r.role END, ' ' ORDER BY CASE WHEN has_function_privilege('mlops_' || r.role, p.oid, 'EXECUTE') THEN r.role END) AS may_call
FROM pg_proc AS p, unnest('{anon,reader,predictor,trainer,approver,admin,worker,authenticator}'::text[]) AS r (role)
WHERE p.pronamespace = 'mlops'::regnamespace GROUP BY p.proname
HAVING bool_or(has_function_privilege('mlops_' || r.role, p.oid, 'EXECUTE')) OR p.proname !~ '^_' ORDER BY p.proname COLLATE "C";
-- tables by role: what can be done beside reading, by anybody; who reads
SELECT count(*) FROM pg_class AS c, aclexplode(c.relacl) AS a
WHERE c.relnamespace = 'mlops'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT';
SELECT c.relname AS relation, string_agg(r.role, ' ' ORDER BY r.role) FILTER (WHERE has_table_privilege('mlops_' || r.role, c.oid, 'SELECT')) AS may_read
FROM pg_class AS c, unnest('{anon,reader,predictor,trainer,approver,admin,worker,authenticator}'::text[]) AS r (role)
WHERE c.relnamespace = 'mlops'::regnamespace AND c.relkind IN ('r', 'v') GROUP BY c.relname ORDER BY c.relname COLLATE "C";
-- attributes, and whom the HTTP server may become
SELECT rolname, rolcanlogin AS login, rolinherit AS inherit, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication AS above,
	pg_has_role('mlops_authenticator', oid, 'MEMBER') AND rolname <> 'mlops_authenticator' AS http FROM pg_roles WHERE rolname LIKE 'mlops\_%' ORDER BY rolname COLLATE "C";

-- a predictor needs no right on the registry's bytes or on what was trained from
CREATE TABLE t AS SELECT i AS x, i > 20 AS y FROM generate_series(1, 40) AS i;
CREATE ROLE regress_mlops_trainer LOGIN IN ROLE mlops_trainer;
CREATE ROLE regress_mlops_approver LOGIN IN ROLE mlops_approver;
CREATE ROLE regress_mlops_app LOGIN IN ROLE mlops_predictor;
GRANT SELECT ON t TO mlops_trainer;
SET SESSION AUTHORIZATION regress_mlops_trainer;
SELECT status FROM mlops.train_model('m', 't', 'y', hyperparams => '{"n_estimators": 2, "random_state": 1}');
-- who trains makes features, and loans to try them on
CREATE TEMP TABLE loan AS SELECT * FROM mlops.generate_loans(20);
SELECT count(*) > 100 AS payments FROM mlops.generate_payments(20);
SELECT mlops.create_loan_features('loan', 'pg_temp.loan_features');
DROP TABLE loan CASCADE;
SELECT mlops.approve_model('m', 1);
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1);
\echo :SQLSTATE
SELECT mlops.predict('m@v1', '{1}'::float8[]);
\echo :SQLSTATE
SELECT count(*) FROM mlops.model_blob;
\echo :SQLSTATE
INSERT INTO mlops.model_event (actor, kind) VALUES ('me', 'x');
\echo :SQLSTATE
UPDATE mlops.model_version SET status = 'approved';
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_approver;
SELECT mlops.approve_model('m', 1), mlops.deploy_model('m');
SELECT mlops.train_model('m', 't', 'y');
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT mlops.predict('m', '{1}'::float8[]) IS NOT NULL AS predicts, mlops.classes('m');
SELECT count(*) FROM t;
\echo :SQLSTATE
SELECT mlops.evaluate('m', 'TABLE t');
\echo :SQLSTATE
SELECT champion_version FROM mlops.models;
RESET SESSION AUTHORIZATION;

-- what was added by hand is taken back
GRANT EXECUTE ON FUNCTION mlops.drop_model(text, int) TO mlops_predictor;
SELECT has_function_privilege('mlops_predictor', 'mlops.drop_model(text, int)', 'EXECUTE') AS may_drop;
SELECT cardinality(mlops.setup_roles());
SELECT has_function_privilege('mlops_predictor', 'mlops.drop_model(text, int)', 'EXECUTE') AS may_drop;

-- who may not: without CREATEROLE, or without owning the extension
SET SESSION AUTHORIZATION regress_mlops_app;
SELECT mlops.setup_roles();
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA mlops TO regress_mlops_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO regress_mlops_owner;
SET SESSION AUTHORIZATION regress_mlops_owner;
SELECT mlops.setup_roles();
\echo :SQLSTATE
SELECT mlops.drop_roles();
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
-- a name that is a superuser's is not adopted
ALTER ROLE mlops_worker SUPERUSER;
SELECT mlops.setup_roles();
\echo :SQLSTATE
ALTER ROLE mlops_worker NOSUPERUSER;

SELECT mlops.reject_model('m', 1, 'end'), mlops.drop_model('m');
DROP TABLE t;
DROP ROLE regress_mlops_trainer, regress_mlops_approver, regress_mlops_app;
DROP OWNED BY regress_mlops_owner;
DROP ROLE regress_mlops_owner;
-- roles that another database of the server uses are kept, without a privilege here
SELECT mlops.drop_roles() <@ (SELECT array_agg(role) FROM mlops._roles()) AS dropped;
SELECT count(*) FROM pg_roles AS r, pg_namespace AS n WHERE r.rolname LIKE 'mlops\_%' AND n.nspname LIKE 'mlops%'
	AND has_schema_privilege(r.oid, n.oid, 'USAGE');
