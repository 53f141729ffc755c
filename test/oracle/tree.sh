#!/usr/bin/env bash
# The rows of mlops.tree against mlops.predict, on 100,000 rows: a walk over them in numpy, and, where a
# tree can be one of scikit-learn's (numbers alone), scikit-learn's own walk.  Counts the answers that differ
# in any bit, to test/data/tree.csv.  By hand, with the private server up (make psql) and PYTHON a python3
# with scikit-learn 1.3 or later:
#
#   PYTHON=venv/bin/python bash test/oracle/tree.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
OUT=test/data/tree.csv

# Numbers are those that float4 holds, because scikit-learn reads no others.
psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
SET client_min_messages = error;
DROP SCHEMA IF EXISTS oracle_tree CASCADE;
CREATE SCHEMA oracle_tree;
SET search_path = oracle_tree, public;
CREATE TABLE rows AS
	SELECT i AS id, CASE WHEN i % 9 > 0 THEN (sin(i) * 100)::float4::float8 END AS a, (hashint8(i) % 50000 / 64.0)::float8 AS b, (i % 17)::float8 AS c,
		CASE WHEN i % 4 > 0 THEN (cos(i * 7) * 1000)::float4::float8 END AS d, 'l' || hashint8(i * 3) % 30 AS e, CASE i % 5 WHEN 0 THEN 'x' WHEN 1 THEN 'y' WHEN 2 THEN 'z' END AS f
	FROM generate_series(1, 100000) AS i;
ALTER TABLE rows ADD two bool, ADD three text, ADD number float8;
UPDATE rows SET two = coalesce(a, 20) + c * 5 + hashint8(id * 11) % 60 > 40, number = coalesce(d, 300) / 7 + b + c + hashint8(id * 13) % 100,
	three = CASE WHEN coalesce(a, 0) + hashint8(id * 17) % 90 > 50 THEN 'p' WHEN e < 'l2' THEN 'q' ELSE 'r' END;
CREATE TABLE cases (name text, target text, task text, features text[], preprocess jsonb);
INSERT INTO cases VALUES
	('two', 'two', 'classification', '{a,b,c,d}', '{}'), ('three', 'three', 'classification', '{a,b,c,d}', '{}'), ('number', 'number', 'regression', '{a,b,c,d}', '{}'),
	('levels', 'two', 'classification', '{a,c,e,f}', '{}'), ('encoded', 'three', 'classification', '{a,b,e,f}', '{"e": {"encode": "target"}, "f": {"encode": "one_hot", "impute": "mode"}, "a": {"impute": "median"}}');
\o /dev/null
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model LIKE 'oracle\_tree %';
SELECT count(m.version) FROM cases AS c, LATERAL mlops.train_model('oracle_tree ' || c.name, 'oracle_tree.rows', c.target, task => c.task, features => c.features, preprocess => c.preprocess,
	hyperparams => '{"n_estimators": 50, "random_state": 1, "max_depth": 14}') AS m;
SQL

ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"; }
ask "COPY (SELECT id, a, b, c, d, e, f FROM oracle_tree.rows ORDER BY id) TO STDOUT (FORMAT csv)" >"$FOLDER/rows.csv"
printf 'model,trees,nodes,rows,numpy_differs,scikit_learn_differs\n' >"$OUT"
for case in two three number levels encoded; do
    model="oracle_tree $case@v1"
    ask "COPY (SELECT n, t.node, t.left_child, t.right_child, t.feature, t.threshold, to_json(t.left_categories), to_json(t.right_categories), t.missing_goes_left::int,
        t.unseen_goes_left::int, array_to_json(t.value) FROM generate_series(1, 50) AS n, mlops.tree('$model', n) AS t ORDER BY n, t.node) TO STDOUT (FORMAT csv)" >"$FOLDER/trees.csv"
    if [ "$case" = number ]; then answer="ARRAY[mlops.predict('$model', r)]"; else answer="mlops.predict_proba('$model', r)"; fi
    ask "COPY (SELECT array_to_json($answer) FROM oracle_tree.rows AS r ORDER BY id) TO STDOUT (FORMAT csv)" >"$FOLDER/answers.csv"
    "${PYTHON:-python3}" test/oracle/tree.py "$case" "$FOLDER" | tee -a "$OUT"
done
ask "SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model LIKE 'oracle\_tree %'; DROP SCHEMA oracle_tree CASCADE" >/dev/null 2>&1
