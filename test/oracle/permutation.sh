#!/usr/bin/env bash
# Permutation importance of ours and of scikit-learn's forest on the same rows of UCI credit default,
# all 7,500 of the test part, to test/data/permutation.csv.  By hand, with the private server up (make
# psql) and PYTHON a python3 with scikit-learn and pandas:
#
#   PYTHON=venv/bin/python MLOPS_DATA_DIR=../shared/data bash test/oracle/permutation.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

DATA=$(cd "${MLOPS_DATA_DIR:-../shared/data}" && pwd)
SEED=${SEED:-1}
OUT=test/data/permutation.csv

psql -X -q -v ON_ERROR_STOP=1 -v data="$DATA" -f test/oracle/quality.sql
psql -X -q -A -t -v ON_ERROR_STOP=1 <<SQL |
SET client_min_messages = warning;
SET mlops.permutation_rows = 7500;
\o /dev/null
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model = 'oracle_permutation';
SELECT status FROM mlops.train_model('oracle_permutation', query => 'SELECT *, row_no % 4 = 0 AS held FROM quality.uci', target => 'target',
    id_column => 'row_no', split_column => 'held', test_sampling => 'custom', hyperparams => '{"random_state": $SEED}');
\o
COPY (SELECT feature, importance_permutation, permutation_se FROM mlops.feature_importance('oracle_permutation@v1')) TO STDOUT (FORMAT csv);
SQL
    "${PYTHON:-python3}" test/oracle/permutation.py "$DATA/uci_default_credit_card/UCI_Credit_Card.csv" "$SEED" | tee $OUT
