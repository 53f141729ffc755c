#!/usr/bin/env bash
# AUC of our forests and of scikit-learn's on the same rows, new ones for each repeat, to test/data/auc.csv, and how far
# scikit-learn's own trees are grown again by our kernels, node by node.  By hand, with the private server up (make psql)
# and PYTHON a python3 with scikit-learn and psycopg:
#
#   PYTHON=venv/bin/python bash test/oracle/auc.sh
#       (CASES, a list of data:rows:depth:repeats:our bins:bins of scikit-learn; depth 0 is no limit)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

PYTHON=${PYTHON:-python3}
# airline has 2,800 values at most, so that 4,095 bins lose nothing
CASES=${CASES:-airline:10000:20:40:255,1023,4095:255,1023 airline:10000:0:40:255,1023,4095:255
    loan:10000:10:40:255,1023,4095,65535:255,1023 loan:10000:20:40:255,1023,4095,65535:255 loan:10000:0:40:255,1023,4095,65535:255
    airline:100000:20:6:255,1023,4095: loan:100000:20:6:255,1023,4095,65535: loan:100000:0:6:255,1023,4095,65535:}
OUT=${OUT:-test/data/auc.csv}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

cc -std=c11 -O2 -ffp-contract=off -Isrc -o "$SCRATCH/replay" test/oracle/replay.c src/core/*.c -lm
for data in airline loan; do
    for depth in 20 0; do
        "$PYTHON" test/oracle/auc.py replay "$SCRATCH/replay" 30 $data 10000 $depth
    done
done
{
    echo "data,rows,max_depth,forest,bins,auc,difference,error"
    for case in $CASES; do
        IFS=: read -r data rows depth repeats ours peers <<<"$case"
        "$PYTHON" test/oracle/auc.py measure "$repeats" "$data" "$rows" "$depth" "$ours" "$peers"
    done
} | tee "$OUT"
