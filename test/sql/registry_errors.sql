-- Each refusal of the registry names what is wrong and what to do.
\set SHOW_CONTEXT never
CREATE TABLE t AS SELECT i AS x, i > 20 AS y FROM generate_series(1, 40) AS i;
SELECT mlops.deploy_model('m');
\echo :SQLSTATE
SELECT status FROM mlops.train_model('m', 't', 'y', hyperparams => '{"n_estimators": 1}');
SELECT status FROM mlops.train_model('other', 't', 'y', hyperparams => '{"n_estimators": 1}');
SELECT mlops.approve_model('mm', 1);
\echo :SQLSTATE
SELECT mlops.approve_model(NULL, 1);
\echo :SQLSTATE
SELECT mlops.approve_model('m', 2);
\echo :SQLSTATE
SELECT mlops.approve_model('m', NULL);
\echo :SQLSTATE
SELECT mlops.approve_model('m', 1);
\echo :SQLSTATE
SELECT mlops.reject_model('m', 1, NULL);
\echo :SQLSTATE
SELECT mlops.reject_model('m', 1, '  ');
\echo :SQLSTATE
SELECT mlops.reject_model('m', 1, repeat('x', 2001));
\echo :SQLSTATE
SELECT mlops.reject_model('m', 7, 'x');
\echo :SQLSTATE
SELECT mlops.reject_model('nobody', 1, 'x');
\echo :SQLSTATE
SELECT mlops.deploy_model('m');
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1);
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 9);
\echo :SQLSTATE
SELECT mlops.deploy_model('nobody');
\echo :SQLSTATE
SELECT mlops.deploy_model(NULL);
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1, 'v7');
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1, '');
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1, 'a@b');
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1, NULL);
\echo :SQLSTATE
SELECT mlops.rollback_model('m');
\echo :SQLSTATE
SELECT mlops.rollback_model('nobody');
\echo :SQLSTATE
SELECT mlops.rollback_model('m', 1);
\echo :SQLSTATE
SELECT mlops.archive_model('m', 9);
\echo :SQLSTATE
SELECT mlops.archive_model('nobody', 1);
\echo :SQLSTATE
SELECT mlops.reject_model('m', 1, 'no good');
SELECT mlops.reject_model('m', 1, 'again');
\echo :SQLSTATE
SELECT mlops.deploy_model('m', 1);
\echo :SQLSTATE
SELECT mlops.drop_model('nobody');
\echo :SQLSTATE
SELECT mlops.drop_model('m', 9);
\echo :SQLSTATE
BEGIN READ ONLY;
SELECT mlops.reject_model('other', 1, 'no good');
\echo :SQLSTATE
ROLLBACK;
SELECT mlops.drop_model('m'), mlops.drop_model('other', 1), mlops.drop_model('other');
DROP TABLE t;
