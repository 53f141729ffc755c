#!/usr/bin/env bash
# B5, the first form: CPU of training in one process, from a table to a stored model, against
# scikit-learn's fit alone, from arrays in memory.  Interleaved, on the same rows.
#
#   PYTHON=venv/bin/python make bench-training        (BENCH_SCALE or N_ROWS, N_TREES, MAX_DEPTH, ROUNDS)
#
# Where the lead is least: few rows, where reading the catalog and storing the model cost as much as
# growing.  Set SMALL_ROWS to see that case.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"

N_TREES=${N_TREES:-100}
MAX_DEPTH=${MAX_DEPTH:-20}
# our default, and enough for the 1,440 and 2,800 values of two predictors
MAX_BINS=${MAX_BINS:-255 1023}
ROUNDS=${ROUNDS:-5}
PYTHON=${PYTHON:-python3}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

make_data() {
    local n_rows=$1
    # a fifth more, for the test rows
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows=$((n_rows * 5 / 4)) -f "$BENCH/gen_flights.sql"
    psql -X -q -v ON_ERROR_STOP=1 -c "\\copy (TABLE bench_flight_train) TO '$SCRATCH/train.csv' CSV HEADER" \
        -c "\\copy (TABLE bench_flight_test) TO '$SCRATCH/test.csv' CSV HEADER"
}

# One training of ours: CPU and wall seconds of the server process, AUC on the test rows.
train_ours() {
    local seed=$1 bins=$2
    psql -X -A -t -q -v ON_ERROR_STOP=1 -v seed="$seed" -v bins="$bins" -v trees="$N_TREES" -v depth="$MAX_DEPTH" <<'SQL'
SET max_parallel_maintenance_workers = 0;
SET client_min_messages = warning;
SELECT pg_backend_pid() AS pid \gset
\set before `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
SELECT clock_timestamp() AS started \gset
SELECT version FROM mlops.train_model('bench_b5', 'bench_flight_train', 'late', test_sampling => 'none',
	hyperparams => jsonb_build_object('n_estimators', :trees, 'max_depth', :depth, 'random_state', :seed,
		'max_bins', :bins)) \gset
SELECT clock_timestamp() AS ended \gset
\set after `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set ticks `getconf CLK_TCK`
SELECT ((:after) - (:before)) / :ticks.0, extract(epoch FROM timestamptz :'ended' - timestamptz :'started'),
	(SELECT roc_auc FROM mlops.evaluate('bench_b5@v' || :version, 'TABLE bench_flight_test'));
SELECT FROM mlops.drop_model('bench_b5');
SQL
}

train_peer() { OMP_NUM_THREADS=1 "$PYTHON" "$BENCH/b5_training.py" "$SCRATCH/train.csv" "$SCRATCH/test.csv" "$N_TREES" "$MAX_DEPTH" "$1"; }

# Rounds of both, interleaved, then a row for each.
compare() {
    local n_rows=$1 round bins
    make_data "$n_rows"
    rm -f "$SCRATCH"/ours-* "$SCRATCH/peer"
    for round in $(seq "$ROUNDS"); do
        for bins in $MAX_BINS; do
            train_ours "$round" "$bins" | tr '|' ' ' >>"$SCRATCH/ours-$bins"
        done
        [ "$HAS_PEER" = no ] || train_peer "$round" >>"$SCRATCH/peer"
    done
    [ "$HAS_PEER" = no ] || print_row "scikit-learn $PEER_VERSION, fit alone" "$n_rows" "$SCRATCH/peer"
    for bins in $MAX_BINS; do
        print_row "mlops, table to stored model, max_bins $bins" "$n_rows" "$SCRATCH/ours-$bins"
        [ "$HAS_PEER" = no ] || print_ratio "$SCRATCH/ours-$bins"
    done
}

print_row() {
    local name=$1 n_rows=$2 file=$3
    printf '| %s | %s | %s | %s | %s |\n' "$name" "$n_rows" \
        "$(cut -d' ' -f1 "$file" | least_and_median | tr ' ' '/' | sed 's,/, / ,')" \
        "$(cut -d' ' -f2 "$file" | least_and_median | tr ' ' '/' | sed 's,/, / ,')" \
        "$(awk '{ sum += $3 } END { printf "%.4f", sum / NR }' "$file")"
}

print_ratio() {
    local file=$1 ours peer
    ours=$(cut -d' ' -f1 "$file" | least_and_median)
    peer=$(cut -d' ' -f1 "$SCRATCH/peer" | least_and_median)
    awk -v a="$ours" -v b="$peer" 'BEGIN { split(a, x, " "); split(b, y, " ");
        if (x[1] < 0.05) print "| **scikit-learn / mlops** | | too short to tell: a tick is 0.01 s | | |";
        else printf "| **scikit-learn / mlops** | | %.1fx / %.1fx | | |\n", y[1] / x[1], y[2] / x[2] }'
}

if PEER_VERSION=$("$PYTHON" -c 'import sklearn; print(sklearn.__version__)' 2>/dev/null); then
    HAS_PEER=yes
else
    HAS_PEER=no
    echo "skipped: scikit-learn (not installed; PYTHON=a python3 that has it)"
fi
psql -X -q -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mlops'
echo "B5: $N_TREES trees, depth $MAX_DEPTH, 8 features, one process, $ROUNDS interleaved rounds"
print_header "1..$ROUNDS"
echo "| what | rows | CPU s, least / median | wall s, least / median | AUC, mean |"
echo "|---|--:|--:|--:|--:|"
compare "${N_ROWS:-$(awk -v scale="${BENCH_SCALE:-1}" 'BEGIN { printf "%d", 100000 * scale }')}"
[ -z "${SMALL_ROWS:-}" ] || compare "$SMALL_ROWS"
