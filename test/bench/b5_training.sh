#!/usr/bin/env bash
# B5: training, from a table to a stored model, against peers' fit alone, from arrays in memory.
# Interleaved, on the same rows, with the same number of processes.
#
#   PYTHON=venv/bin/python make bench-training
#       (N_ROWS, a list, or BENCH_SCALE; N_TREES, MAX_DEPTH, MAX_BINS, a list; PEERS, a list; N_JOBS, ROUNDS)
#
# Where the lead is least: few rows, where reading the catalog and storing the model cost as much as
# growing.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"

N_TREES=${N_TREES:-100}
MAX_DEPTH=${MAX_DEPTH:-20}
# our default, and enough for the 1,440 and 2,800 values of two predictors
MAX_BINS=${MAX_BINS:-255 1023}
N_JOBS=${N_JOBS:-1}
ROUNDS=${ROUNDS:-5}
PEERS=${PEERS:-scikit-learn LightGBM XGBoost}
PYTHON=${PYTHON:-python3}
N_ROWS=${N_ROWS:-$(awk -v scale="${BENCH_SCALE:-1}" 'BEGIN { printf "%d %d %d", 10000 * scale, 100000 * scale, 1000000 * scale }')}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

make_data() {
    local n_rows=$1
    # a fifth more, for the test rows
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows=$((n_rows * 5 / 4)) -f "$BENCH/gen_flights.sql"
    psql -X -q -v ON_ERROR_STOP=1 -c "\\copy (TABLE bench_flight_train) TO '$SCRATCH/train.csv' CSV HEADER" \
        -c "\\copy (TABLE bench_flight_test) TO '$SCRATCH/test.csv' CSV HEADER"
}

# One training of ours in a session of its own: CPU seconds of it and its workers, wall seconds, AUC on
# the test rows, peak of the session in MB (with what it touched of shared memory).
train_ours() {
    local seed=$1 bins=$2
    psql -X -A -t -q -F ' ' -v ON_ERROR_STOP=1 -v seed="$seed" -v bins="$bins" -v trees="$N_TREES" -v depth="$MAX_DEPTH" \
        -v workers=$((N_JOBS - 1)) <<'SQL'
SET max_parallel_maintenance_workers = :workers;
SET client_min_messages = warning;
SELECT pg_backend_pid() AS pid \gset
SELECT setting AS postmaster FROM pg_read_file('postmaster.pid') AS f, split_part(f, E'\n', 1) AS setting \gset
-- own time, and that of the postmaster's ended children, which the workers are
\set before `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set children_before `cut -d' ' -f16,17 /proc/:postmaster/stat | tr ' ' '+'`
SELECT clock_timestamp() AS started \gset
SELECT version FROM mlops.train_model('bench_b5', 'bench_flight_train', 'late', test_sampling => 'none',
	hyperparams => jsonb_build_object('n_estimators', :trees, 'max_depth', :depth, 'random_state', :seed,
		'max_bins', :bins)) \gset
SELECT clock_timestamp() AS ended \gset
\set after `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set children_after `cut -d' ' -f16,17 /proc/:postmaster/stat | tr ' ' '+'`
\set peak `sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/:pid/status`
\set ticks `getconf CLK_TCK`
SELECT ((:after) - (:before) + (:children_after) - (:children_before)) / :ticks.0,
	extract(epoch FROM timestamptz :'ended' - timestamptz :'started'),
	(SELECT roc_auc FROM mlops.evaluate('bench_b5@v' || :version, 'TABLE bench_flight_test')), :peak / 1024;
SELECT FROM mlops.drop_model('bench_b5');
SQL
}

train_peer() {
    OMP_NUM_THREADS=$N_JOBS "$PYTHON" "$BENCH/b5_training.py" "$1" "$SCRATCH/train.csv" "$SCRATCH/test.csv" \
        "$N_TREES" "$MAX_DEPTH" "$2" "$N_JOBS"
}

# Rounds of all, interleaved, then a row for each.
compare() {
    local n_rows=$1 round bins peer version
    make_data "$n_rows"
    rm -f "$SCRATCH"/ours-* "$SCRATCH"/peer-*
    for round in $(seq "$ROUNDS"); do
        for bins in $MAX_BINS; do
            train_ours "$round" "$bins" >>"$SCRATCH/ours-$bins"
        done
        while read -r peer version; do
            train_peer "$peer" "$round" >>"$SCRATCH/peer-$peer"
        done <"$SCRATCH/peers"
    done
    for bins in $MAX_BINS; do
        print_row "mlops, table to stored model, max_bins $bins" "$n_rows" "$SCRATCH/ours-$bins"
    done
    while read -r peer version; do
        print_row "$peer $version, fit alone" "$n_rows" "$SCRATCH/peer-$peer"
        for bins in $MAX_BINS; do
            print_ratio "$peer" "$bins"
        done
    done <"$SCRATCH/peers"
}

print_row() {
    local name=$1 n_rows=$2 file=$3
    printf '| %s | %s | %s | %s | %s | %s |\n' "$name" "$n_rows" \
        "$(cut -d' ' -f1 "$file" | least_and_median | tr ' ' '/' | sed 's,/, / ,')" \
        "$(cut -d' ' -f2 "$file" | least_and_median | tr ' ' '/' | sed 's,/, / ,')" \
        "$(mean_auc "$file")" "$(cut -d' ' -f4 "$file" | sort -g | tail -n 1)"
}

mean_auc() { awk '{ sum += $3 } END { printf "%.4f", sum / NR }' "$1"; }

# How many times the peer takes; void if a forest is that much worse than the other.
print_ratio() {
    local peer=$1 bins=$2 ours theirs
    ours=$SCRATCH/ours-$bins theirs=$SCRATCH/peer-$peer
    awk -v name="$peer / mlops, max_bins $bins" \
        -v cpu="$(cut -d' ' -f1 "$ours" | least_and_median) $(cut -d' ' -f1 "$theirs" | least_and_median)" \
        -v wall="$(cut -d' ' -f2 "$ours" | least_and_median) $(cut -d' ' -f2 "$theirs" | least_and_median)" \
        -v auc="$(mean_auc "$ours") $(mean_auc "$theirs")" 'BEGIN {
            split(cpu, c, " "); split(wall, w, " "); split(auc, a, " ")
            gap = a[1] - a[2]
            note = gap > 0.002 || gap < -0.002 ? "void: AUC differs" : ""
            ratio = c[1] < 0.05 ? "too short to tell: a tick is 0.01 s" : sprintf("%.1fx / %.1fx", c[3] / c[1], c[4] / c[2])
            printf "| **%s** | | %s | %.1fx / %.1fx | %+.4f | %s |\n", name, ratio, w[3] / w[1], w[4] / w[2], gap, note }'
}

# The peers that are there; the others are skipped with a line.
find_peers() {
    local peer
    : >"$SCRATCH/peers"
    "$PYTHON" "$BENCH/b5_training.py" peers >"$SCRATCH/installed" 2>/dev/null || true
    for peer in $PEERS; do
        grep "^$peer " "$SCRATCH/installed" >>"$SCRATCH/peers" || echo "skipped: $peer (not installed; PYTHON=a python3 that has it)"
    done
}

find_peers
psql -X -q -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mlops'
echo "B5: $N_TREES trees, depth $MAX_DEPTH, 8 features, $N_JOBS processes each, $ROUNDS interleaved rounds"
print_header "1..$ROUNDS"
echo "| what | rows | CPU s, least / median | wall s, least / median | AUC, mean | peak MB |"
echo "|---|--:|--:|--:|--:|--:|"
for n_rows in $N_ROWS; do
    compare "$n_rows"
done
