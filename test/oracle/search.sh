#!/usr/bin/env bash
# Grid search of ours and of scikit-learn on the same folds: 24 combinations x 5 folds on UCI credit
# default, to test/data/search.csv.  By hand, with the private server up (make psql) and PYTHON a
# python3 with scikit-learn and pandas:
#
#   PYTHON=venv/bin/python MLOPS_DATA_DIR=../shared/data bash test/oracle/search.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

DATA=$(cd "${MLOPS_DATA_DIR:-../shared/data}" && pwd)
SEED=${SEED:-1}
OUT=test/data/search.csv

psql -X -q -v ON_ERROR_STOP=1 -v data="$DATA" -f test/oracle/quality.sql
psql -X -q -A -t -v ON_ERROR_STOP=1 <<SQL |
SET client_min_messages = warning;
\o /dev/null
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model = 'oracle_search';
SELECT status FROM mlops.train_model('oracle_search', 'quality.uci', 'target', id_column => 'row_no', test_sampling => 'none',
    hyperparams => '{"random_state": $SEED}', search => 'grid',
    search_params => '{"max_depth": [4, 8, 12, null], "min_samples_leaf": [1, 5, 20], "max_features": ["sqrt", 0.5]}');
\o
COPY (SELECT params, to_jsonb(fold_scores) FROM mlops.trial_info('oracle_search@v1')) TO STDOUT (FORMAT csv);
SQL
    "${PYTHON:-python3}" test/oracle/search.py "$DATA/uci_default_credit_card/UCI_Credit_Card.csv" "$SEED" | tee $OUT
