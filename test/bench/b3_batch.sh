#!/usr/bin/env bash
# B3: batch prediction: a million rows in one statement, row by row (SELECT sum(predict('m', t)) FROM t) and set by set
# (predict_table), beside scikit-learn's predict_proba on rows that it has in memory already.
#
#   PYTHON=venv/bin/python bash test/bench/b3_batch.sh
#
#   N_ROWS or BENCH_SCALE; N_TREES (in place of 100 on flights and 50 on generated rows); ROUNDS (default 5)
#   WORKERS     a list                  parallel workers beside the session; default 0 1 .. as many as there are cores
#   PEERS, PYTHON                       default: scikit-learn; a python3 that has it, numpy and psycopg
#
# The rows: 1,000,000 generated ones of 33 features, 50 trees of depth 6; 1,000,000 flights that were not learned
# from, 100 trees of depth 20.  All ways must give the same scores: sums are compared, and hashes of all scores.
#
# Where the lead is least: row by row from a forest larger than the caches, each row visits all of it; wide rows, where reading the
# row costs more than the forest; without preload each parallel worker decodes the forest again.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/serving.sh
. "$BENCH/serving.sh"

N_ROWS=${N_ROWS:-$(scaled 1000000 1000)}
ROUNDS=${ROUNDS:-5}
WORKERS=${WORKERS:-$(seq -s ' ' 0 "$(nproc)")}
PEERS=${PEERS:-scikit-learn}
PYTHON=${PYTHON:-python3}
# The gap in AUC from which two forests are not the same model.
AUC_GAP=0.002
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

has_predict_table() { [ "$(ask "SELECT count(*) FROM pg_proc WHERE proname = 'predict_table' AND pronamespace = 'mlops'::regnamespace")" -gt 0 ]; }

# What gives the scores of a relation, as "score": one of rows, table.
scores_by() {
    if [ "$1" = rows ]; then echo "SELECT mlops.predict('$2', t) AS score FROM $3 AS t"; else
        echo "SELECT prediction AS score FROM mlops.predict_table('$2', 'TABLE $3', keep => '{}') AS t (prediction float8)"
    fi
}

# The settings that let a statement have so many workers, however few its rows are.
settings_of() {
    printf 'SET max_parallel_workers_per_gather = %s; SET max_parallel_workers = %s; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;' "$1" "$1"
}

# Wall seconds, CPU seconds of the session and its workers, and the sum of the scores, on a warm session.
measure_scores() {
    local way=$1 model=$2 relation=$3 workers=$4
    psql -X -A -t -q -F ' ' -v ON_ERROR_STOP=1 -v model="$model" -v relation="$relation" -v scores="$(scores_by "$way" "$model" "$relation")" \
        -v settings="$(settings_of "$workers")" <<'SQL'
:settings
SELECT pg_backend_pid() AS pid, split_part(pg_read_file('postmaster.pid'), E'\n', 1) AS postmaster \gset
SELECT mlops.predict(:'model', t) FROM :relation AS t LIMIT 1 \gset warm_
-- own time, and that of the postmaster's ended children, which the workers are
\set before `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set children_before `cut -d' ' -f16,17 /proc/:postmaster/stat | tr ' ' '+'`
SELECT clock_timestamp() AS started \gset
SELECT sum(score) FROM (:scores) AS s \gset
SELECT clock_timestamp() AS ended \gset
-- a worker ends a little after its statement
\! sleep 0.1
\set after `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set children_after `cut -d' ' -f16,17 /proc/:postmaster/stat | tr ' ' '+'`
\set ticks `getconf CLK_TCK`
SELECT extract(epoch FROM timestamptz :'ended' - timestamptz :'started'),
	((:after) - (:before) + (:children_after) - (:children_before)) / :ticks.0, :sum::float8;
SQL
}

# All scores in one number, whatever their order; and how many there are.
hash_scores() {
    psql -X -A -t -q -v ON_ERROR_STOP=1 -c "$(settings_of "$4")" -c "SELECT count(*), sum(hashfloat8(score)::bigint) FROM ($(scores_by "$1" "$2" "$3")) AS s"
}

# Equal scores of all ways and numbers of workers, or the benchmark ends.
check_scores() {
    local model=$1 relation=$2 way workers expected found
    expected=$(hash_scores rows "$model" "$relation" 0)
    for way in $WAYS; do
        for workers in $WORKERS; do
            found=$(hash_scores "$way" "$model" "$relation" "$workers")
            [ "$found" = "$expected" ] || {
                echo "other scores by $way with $workers workers: $found, not $expected" >&2
                return 1
            }
        done
    done
}

# Sums of a file's third field differ by rounding alone.
check_sums() {
    awk '{ if (!low || $3 < low) low = $3; if ($3 > high) high = $3 } END { if (high - low > 1e-9 * high) { print "sums from " low " to " high; exit 1 } }' "$@" >&2
}

# Rounds of all ways, interleaved, into files of the scratch folder.
measure_case() {
    local model=$1 relation=$2 round way workers
    rm -f "$SCRATCH"/ours-*
    for round in $(seq "$ROUNDS"); do
        for way in $WAYS; do
            for workers in $WORKERS; do
                measure_scores "$way" "$model" "$relation" "$workers" >>"$SCRATCH/ours-$way-$workers"
            done
        done
        [ -z "${PEER_PID:-}" ] || for workers in $WORKERS; do ask_peer $((workers + 1)); done
    done
    : "$round"
    check_sums "$SCRATCH"/ours-*
}

ask_peer() {
    [ "$1" -le "$(nproc)" ] || return 0
    echo "$1" >&"${PEER[1]}"
    head -n 1 <&"${PEER[0]}" >>"$SCRATCH/peer-$1"
}

median() { awk -v field="$2" '{ print $field }' "$1" | least_and_median | cut -d' ' -f2; }

in_cell() { sed -E 's,([0-9.]+) ([0-9.]+),\1 / \2,'; }

# Rows a second of CPU of a file.
per_core() { awk -v n="$N_ROWS" -v cpu="$(median "$1" 2)" 'BEGIN { printf "%.0f", n / (cpu > 0.01 ? cpu : 0.01) }'; }

# The best of several files in rows a second and core, nothing if there is none.
best_per_core() {
    local file
    for file in "$@"; do
        if [ -e "$file" ]; then
            per_core "$file"
            echo
        fi
    done | sort -g | tail -n 1
}

print_row() {
    local what=$1 way=$2 processes=$3 file=$4 note=$5
    printf '| %s | %s | %s | %s | %s | %.0f | %s | %s |\n' "$what" "$way" "$processes" "$(awk '{ print $1 }' "$file" | least_and_median | in_cell)" \
        "$(awk '{ print $2 }' "$file" | least_and_median | in_cell)" "$(awk -v n="$N_ROWS" -v wall="$(median "$file" 1)" 'BEGIN { print n / wall }')" \
        "$(per_core "$file")" "$note"
}

print_ours() {
    local what=$1 best=${2:-} way workers file
    for way in $WAYS; do
        for workers in $WORKERS; do
            file=$SCRATCH/ours-$way-$workers
            print_row "$what" "$(if [ "$way" = rows ]; then echo "predict, row by row"; else echo predict_table; fi)" $((workers + 1)) "$file" \
                "$([ -z "$best" ] || awk -v ours="$(per_core "$file")" -v theirs="$best" 'BEGIN { printf "%.1fx", ours / theirs }')"
        done
    done
}

# Fit the peer, which then waits for numbers of processes.
start_peer() {
    local version ours
    version=$({ "$PYTHON" "$BENCH/b5_training.py" peers 2>/dev/null || true; } | sed -n 's/^scikit-learn //p')
    case " $PEERS " in *" scikit-learn "*) ;; *) version= ;; esac
    if [ -z "$version" ]; then
        SKIPPED="skipped: scikit-learn (not installed; PYTHON=a python3 that has it, numpy and psycopg)"
        return 0
    fi
    PEER_NAME="scikit-learn $version"
    coproc PEER { exec "$PYTHON" "$BENCH/b3_batch.py" bench_flight late "${N_TREES:-100}" 20 1 "$(nproc)"; }
    read -r _ PEER_AUC <&"${PEER[0]}"
    ours=$(ask "SELECT roc_auc FROM mlops.evaluate('bench_d20', 'TABLE bench_flight_test')")
    AUC_TEXT=$(awk -v ours="$ours" -v theirs="$PEER_AUC" -v gap=$AUC_GAP 'BEGIN {
        is_void = ours - theirs > gap || theirs - ours > gap
        printf "AUC %.4f, scikit-learn %.4f%s.", ours, theirs, is_void ? ": VOID, not the same model" : "" }')
}

SKIPPED=
AUC_TEXT=
PEER_NAME=
WAYS=rows
psql -X -q -c 'SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS mlops'
if has_predict_table; then WAYS="rows table"; else echo "skipped: predict_table (the extension has no such function)"; fi

psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -v n_features=33 -v seed=2 -f "$BENCH/gen_points.sql"
deploy_forest bench_d6 bench_point late "${N_TREES:-50}" 6 2
check_scores bench_d6 bench_point
measure_case bench_d6 bench_point
print_ours "33 columns, d6" >"$SCRATCH/table"
best_of_two=$(for way in $WAYS; do [ ! -e "$SCRATCH/ours-$way-1" ] || median "$SCRATCH/ours-$way-1" 1; echo; done | sort -g | awk -v n="$N_ROWS" '$1 { printf "%.0f", n / $1; exit }')

psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows="$N_ROWS" -f "$BENCH/gen_flights.sql"
deploy_forest bench_d20 bench_flight_train late "${N_TREES:-100}" 20 1 ""
start_peer
[ -z "$SKIPPED" ] || echo "$SKIPPED"
check_scores bench_d20 bench_flight_test
measure_case bench_d20 bench_flight_test
best_peer=$(best_per_core "$SCRATCH"/peer-[0-9]*)
print_ours "flights, d20" "$best_peer" >>"$SCRATCH/table"
for file in "$SCRATCH"/peer-[0-9]*; do
    [ ! -e "$file" ] || print_row "flights, d20" "$PEER_NAME, predict_proba" "${file##*-}" "$file" "" >>"$SCRATCH/table"
done
ratio=$(best_per_core "$SCRATCH"/ours-table-* | awk -v theirs="$best_peer" 'theirs { printf "%.2f", $1 / theirs }')

echo "B3: $N_ROWS rows, $ROUNDS interleaved rounds; shared_preload_libraries: $(ask 'SHOW shared_preload_libraries')"
print_header "2,1"
cat <<TXT
33 columns: ${N_TREES:-50} trees of depth 6; flights: ${N_TREES:-100} trees of depth 20, rows not learned from. $AUC_TEXT
Least / median. Rows a second: by the median wall. Rows a second and core: by the median CPU seconds of all processes. The last column: how
many times the best of scikit-learn's rows a second and core.

| rows | what | processes | wall s | CPU s | rows/s | rows/s and core | times scikit-learn |
|---|---|--:|--:|--:|--:|--:|--:|
TXT
cat "$SCRATCH/table"
print_goal_head
print_goal "33 columns, rows a second with two processes" ">=" 1000000 "" "${best_of_two:--}"
print_goal "flights, predict_table, times scikit-learn's rows a second and core" ">=" 7 "x" "${ratio:--}"
drop_forests
