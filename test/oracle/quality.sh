#!/usr/bin/env bash
# Quality of our forests and of scikit-learn's on the same folds: 100 trees, default parameters,
# 5 folds x 5 seeds, to test/data/quality.csv.  By hand, with the private server up (make psql) and
# PYTHON a python3 with scikit-learn and pandas:
#
#   PYTHON=venv/bin/python MLOPS_DATA_DIR=../shared/data bash test/oracle/quality.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

DATA=$(cd "${MLOPS_DATA_DIR:-../shared/data}" && pwd)
SEEDS=${SEEDS:-5}
OUT=test/data/quality.csv

psql -X -q -v ON_ERROR_STOP=1 -v data="$DATA" -f test/oracle/quality.sql
ours=$(psql -X -A -t -F , -c "SELECT name, metric, round(avg(quality.measure(name, seed))::numeric, 5)
    FROM quality.dataset, generate_series(1, $SEEDS) AS seed GROUP BY name, metric ORDER BY name")
theirs=$("${PYTHON:-python3}" test/oracle/quality.py "$DATA" "$SEEDS")
{
    echo "dataset,metric,mlops,scikit_learn"
    join -t , <(printf '%s\n' "$ours") <(printf '%s\n' "$theirs")
} | tee $OUT
