-- train_model checks each argument before it reads a row, and says which one, why and what to do.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE flat (id int, entity int, day date, part bool, w float8, x float8, c text, y text, z float8);
INSERT INTO flat SELECT i, i / 4, date '2020-01-01' + i, i % 5 = 0, 1, i % 7, 'c' || i % 3,
	CASE WHEN i % 7 > 3 THEN 'yes' ELSE 'no' END, i FROM generate_series(1, 60) AS i;

-- a plain call: the version waits for approval, nothing is deployed
SELECT model, version, status, task, gates, run_id, metrics ? 'roc_auc' AS measured
FROM mlops.train_model('a', 'flat', 'y', hyperparams => '{"n_estimators": 3, "random_state": 1}');
SELECT count(*) FROM mlops.deployments WHERE model = 'a';
-- a second call makes a second version
SELECT version FROM mlops.train_model('a', 'flat', 'y', hyperparams => '{"n_estimators": 3, "random_state": 1}');

-- names
SELECT mlops.train_model(NULL, 'flat', 'y');
\echo :SQLSTATE
SELECT mlops.train_model('', 'flat', 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a@b', 'flat', 'y');
\echo :SQLSTATE
SELECT mlops.train_model(repeat('n', 64), 'flat', 'y');
\echo :SQLSTATE
SELECT mlops.train_model(E'a\nb', 'flat', 'y');
\echo :SQLSTATE

-- what to read
SELECT mlops.train_model('a');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', query => 'TABLE flat');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'no_such_table', 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'SELECT * FROM flat', 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', 0::oid::regclass, 'y');
\echo :SQLSTATE
CREATE SEQUENCE counter;
SELECT mlops.train_model('a', 'counter', 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'SELECT 1; SELECT 2', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => '', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'DELETE FROM flat RETURNING *', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'WITH d AS (DELETE FROM flat RETURNING *) TABLE d', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'SELECT * FROM flat FOR UPDATE', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'SELECT nextval(''counter''), * FROM flat', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'SELECT * FROM flat WHERE x / 0 > 1', target => 'y');
\echo :SQLSTATE
SELECT count(*) FROM flat;

-- columns
SELECT mlops.train_model('a', 'flat', 'yy');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'nothing_like_it');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', features => '{x,xx}');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', features => '{}');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', features => '{x,NULL}');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', features => '{x,y}');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', features => '{x,x}');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', exclude => '{no_column}');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', exclude => '{id,entity,day,part,w,x,c,z}');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'SELECT x, x, y FROM flat', target => 'y');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', id_column => 'iid');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', entity_column => 'iid');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', time_column => 'iid');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', split_column => 'iid');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', weight_column => 'iid');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', time_column => 'c');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', split_column => 'x');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', weight_column => 'c');
\echo :SQLSTATE

-- choices
SELECT mlops.train_model('a', 'flat', 'y', task => 'clasification');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', task => 'regression');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'z', task => 'classification');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'day');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', algorithm => 'xgboost');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', metric => 'auc_roc');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_size => 0);
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_size => 1);
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_size => 'NaN');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_sampling => 'stratifed');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_sampling => 'last');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_sampling => 'entity');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', test_sampling => 'custom');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'z', test_sampling => 'stratified');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'y', positive_class => 'maybe');
\echo :SQLSTATE
SELECT mlops.train_model('a', 'flat', 'z', positive_class => '1');
\echo :SQLSTATE

-- what no version does answers so, and does nothing
SELECT mlops.train_model('a', 'flat', 'y', preprocess => '{"x": {"scale": "standard"}}');
\echo :SQLSTATE

-- weights that are none, targets that cannot be learned
SELECT mlops.train_model('a', query => 'SELECT x, y, CASE id WHEN 5 THEN -1 ELSE 1 END AS w FROM flat', target => 'y', weight_column => 'w');
\echo :SQLSTATE
SELECT mlops.train_model('a', query => 'SELECT x, y, nullif(id, 5) AS w FROM flat', target => 'y', weight_column => 'w');
\echo :SQLSTATE
SELECT mlops.train_model('z', query => 'SELECT x, ''NaN''::float8 AS z FROM flat', target => 'z');
\echo :SQLSTATE
SELECT mlops.train_model('z', query => 'SELECT x, ''-Infinity''::float8 AS z FROM flat', target => 'z');
\echo :SQLSTATE
SELECT mlops.train_model('z', query => 'SELECT x, 1.1e300::float8 AS z FROM flat', target => 'z');
\echo :SQLSTATE
SELECT mlops.train_model('z', query => 'SELECT x, 1e999::numeric AS z FROM flat', target => 'z');
\echo :SQLSTATE
-- an error leaves no version behind
SELECT max(version) FROM mlops.model_versions WHERE model = 'a';
BEGIN READ ONLY;
SELECT mlops.train_model('a', 'flat', 'y');
\echo :SQLSTATE
ROLLBACK;

SELECT mlops.drop_model('a');
DROP TABLE flat;
DROP SEQUENCE counter;
