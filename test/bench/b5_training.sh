#!/usr/bin/env bash
# B5: training, from a table to a stored model, against peers: their fit alone, from arrays in memory, and
# the whole path of a Python user: fetch, fit, write back.  Interleaved, on the same rows, with the same
# number of processes.
#
#   PYTHON=venv/bin/python make bench-training
#
#   DATA        flights loans           and wide, which is not in the default
#   N_ROWS      a list                  default: flights 10,000 100,000 1,000,000, loans 1,000,000, wide 500,000,
#                                       all times BENCH_SCALE
#   MAX_DEPTH   a list of DEPTH[/LEAF]  default: 20 none; loans 10/20 20 none
#   MAX_BINS    a list                  default: 4095 255: the default of train_model, and the fastest that is common
#   PEERS       a list                  default: scikit-learn ranger XGBoost LightGBM
#   PYTHON, RSCRIPT                     a python3 that has the peers, R's Rscript
#   N_TREES, N_JOBS (processes each), ROUNDS (default 5; 3 from 500,000 rows)
#   PEER_SECONDS                        a peer that takes longer is told so and not run again on these rows
#
# Where the lead is least: few rows, where reading the catalog and storing the model cost as much as
# growing.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/train_session.sh
. "$BENCH/train_session.sh"

DATA=${DATA:-flights loans}
N_TREES=${N_TREES:-100}
MAX_BINS=${MAX_BINS:-4095 255}
N_JOBS=${N_JOBS:-$(nproc)}
PEERS=${PEERS:-scikit-learn ranger XGBoost LightGBM}
PEER_SECONDS=${PEER_SECONDS:-900}
PYTHON=${PYTHON:-python3}
RSCRIPT=${RSCRIPT:-Rscript}
# A gap in AUC from which two forests are not the same model.
AUC_GAP=0.002
# So many, however few are learned from, that their choice makes no gap of that size.
N_TEST_ROWS=250000
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

scaled() { awk -v scale="${BENCH_SCALE:-1}" -v n="$1" 'BEGIN { printf "%d", n * scale }'; }

rows_of() {
    local n
    case $1 in flights) set -- 10000 100000 1000000 ;; wide) set -- 500000 ;; *) set -- 1000000 ;; esac
    for n in "$@"; do scaled "$n" && echo; done
}

policies_of() { if [ "$1" = loans ]; then echo 10/20 20 none; else echo 20 none; fi; }

rounds_of() { if [ "$1" -lt 500000 ]; then echo 5; else echo 3; fi; }

relation_of() { case $1 in flights) echo bench_flight ;; loans) echo bench_loan ;; *) echo "bench_$1" ;; esac; }

target_of() { if [ "$1" = loans ]; then echo bad; else echo late; fi; }

make_data() {
    local data=$1 n_rows=$2 relation
    relation=$(relation_of "$data")
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$n_rows" -v n_test_rows="$N_TEST_ROWS" -f "$BENCH/gen_$data.sql"
    CODES=$(count_codes "${relation}_train" "$(target_of "$data")")
    if grep -q '^ranger ' "$SCRATCH/peers"; then
        psql -X -q -v ON_ERROR_STOP=1 -c "\\copy (TABLE ${relation}_train) TO '$SCRATCH/train.csv' CSV HEADER" \
            -c "\\copy (TABLE ${relation}_test) TO '$SCRATCH/test.csv' CSV HEADER"
    fi
}

# One fit of a peer; its figures go to a file, or the peer is marked as late.
train_peer() {
    local peer=$1 data=$2 depth=$3 leaf=$4 seed=$5 code=0
    [ ! -e "$SCRATCH/late-$peer" ] || return 0
    if [ "$peer" = ranger ]; then
        timeout "$PEER_SECONDS" "$RSCRIPT" "$BENCH/b5_training.R" "$SCRATCH/train.csv" "$SCRATCH/test.csv" "$N_TREES" \
            "$depth" "$leaf" "$seed" "$N_JOBS" >"$SCRATCH/fit" 2>"$SCRATCH/errors" || code=$?
    else
        OMP_NUM_THREADS=$N_JOBS timeout "$PEER_SECONDS" "$PYTHON" "$BENCH/b5_training.py" "$peer" "$(relation_of "$data")" \
            "$(target_of "$data")" "$N_TREES" "$depth" "$leaf" "$seed" "$N_JOBS" "$(spare_leaves)" \
            >"$SCRATCH/fit" 2>"$SCRATCH/errors" || code=$?
    fi
    case $code in
        0) cat "$SCRATCH/fit" >>"$SCRATCH/peer-$peer" ;;
        124) touch "$SCRATCH/late-$peer" ;;
        *)
            cat "$SCRATCH/errors" >&2
            return $code
            ;;
    esac
}

# Half as many leaves again as a tree of ours has.
spare_leaves() { awk '{ nodes = $6 } END { printf "%d", nodes * 0.75 + 2 }' "$SCRATCH"/ours-*; }

# Rounds of all, interleaved, then a row for each.
compare() {
    local data=$1 n_rows=$2 policy=$3 depth leaf rounds round bins peer version relation
    depth=${policy%/*}
    leaf=1
    case $policy in */*) leaf=${policy#*/} ;; esac
    relation=$(relation_of "$data")
    rounds=${ROUNDS:-$(rounds_of "$n_rows")}
    rm -f "$SCRATCH"/ours-* "$SCRATCH"/peer-* "$SCRATCH"/late-*
    for round in $(seq "$rounds"); do
        for bins in $MAX_BINS; do
            train_session "${relation}_train" "$(target_of "$data")" "${relation}_test" "$CODES" "$bins" "$depth" "$leaf" \
                "$round" >>"$SCRATCH/ours-$bins"
        done
        while read -r peer version; do
            train_peer "$peer" "$data" "$depth" "$leaf" "$round" </dev/null
        done <"$SCRATCH/peers"
    done
    for bins in $MAX_BINS; do
        print_ours "$data $policy" "$n_rows" "$bins"
    done
    while read -r peer version; do
        print_peer "$data $policy" "$n_rows" "$peer" "$version"
    done <"$SCRATCH/peers"
}

# Least and median of one or more columns added up: "CPU" or "wall" of a file.
figures() { awk -v fields="$2" '{ n = split(fields, f, ","); sum = 0; for (i = 1; i <= n; i++) sum += $f[i]; print sum }' "$1" | least_and_median; }

mean_of() { awk -v field="$2" '{ sum += $field } END { printf "%.5f", sum / NR }' "$1"; }

in_cell() { sed -E 's,([0-9.]+) ([0-9.]+),\1 / \2,'; }

print_ours() {
    local what=$1 n_rows=$2 bins=$3 file=$SCRATCH/ours-$3
    printf '| %s | %s | mlops, max_bins %s, table to stored model | %s | %s | %.4f | %s | |\n' "$what" "$n_rows" "$bins" \
        "$(figures "$file" 1 | in_cell)" "$(figures "$file" 2 | in_cell)" "$(mean_of "$file" 3)" \
        "$(awk '$4 > peak { peak = $4; formula = $5 } END { printf "%.1f (formula %.1f, %.2fx)", peak / 1e6, formula / 1e6, peak / formula }' "$file")"
}

print_peer() {
    local what=$1 n_rows=$2 peer=$3 version=$4 file=$SCRATCH/peer-$3
    if [ ! -s "$file" ]; then
        printf '| %s | %s | %s %s, fit alone | | more than %s | | | void: not finished |\n' "$what" "$n_rows" "$peer" "$version" "$PEER_SECONDS"
        return 0
    fi
    printf '| %s | %s | %s %s, fit alone | %s | %s | %.4f | %.1f | %s |\n' "$what" "$n_rows" "$peer" "$version" \
        "$(figures "$file" 3 | in_cell)" "$(figures "$file" 4 | in_cell)" "$(mean_of "$file" 8)" \
        "$(awk '$9 > peak { peak = $9 } END { print peak / 1e6 }' "$file")" "$(times_ours "$file" 3 4)"
    # R has no whole path
    [ "$peer" != ranger ] || return 0
    printf '| %s | %s | %s, fetch %.2f s + fit + write back %.2f s (%.0f MB) | %s | %s | | | %s |\n' "$what" "$n_rows" "$peer" \
        "$(figures "$file" 2 | cut -d' ' -f2)" "$(figures "$file" 6 | cut -d' ' -f2)" "$(mean_of "$file" 7)" \
        "$(figures "$file" 1,3,5 | in_cell)" "$(figures "$file" 2,4,6 | in_cell)" "$(times_ours "$file" 1,3,5 2,4,6)"
}

# How many times our median CPU and wall seconds a peer takes, for each max_bins; void if the forests differ.
times_ours() {
    local file=$1 cpu_fields=$2 wall_fields=$3 bins ours text=
    for bins in $MAX_BINS; do
        ours=$SCRATCH/ours-$bins
        text="$text${text:+; }$bins: $(awk -v cpu="$(figures "$file" "$cpu_fields")" -v wall="$(figures "$file" "$wall_fields")" \
            -v our_cpu="$(figures "$ours" 1)" -v our_wall="$(figures "$ours" 2)" \
            -v gap="$(mean_of "$ours" 3) $(mean_of "$file" 8)" -v limit=$AUC_GAP 'BEGIN {
                split(cpu, c, " "); split(wall, w, " "); split(our_cpu, oc, " "); split(our_wall, ow, " "); split(gap, a, " ")
                # a tick is 0.01 s
                if (oc[2] < 0.05) printf "CPU too short to tell"; else printf "%.1fx", c[2] / oc[2]
                printf " / %.1fx", w[2] / ow[2]
                gap = a[1] - a[2]
                if (gap > limit || gap < -limit) printf ", void: AUC %+.4f", gap }')"
    done
    printf '%s' "$text"
}

# The peers that are there; the others are skipped with a line.
find_peers() {
    local peer
    : >"$SCRATCH/peers"
    { "$PYTHON" "$BENCH/b5_training.py" peers || true; } >"$SCRATCH/installed" 2>/dev/null
    { "$RSCRIPT" "$BENCH/b5_training.R" peers || true; } >>"$SCRATCH/installed" 2>/dev/null
    for peer in $PEERS; do
        grep "^$peer " "$SCRATCH/installed" >>"$SCRATCH/peers" || echo "skipped: $peer ($(how_to_get "$peer"))"
    done
}

how_to_get() {
    if [ "$1" = ranger ]; then echo "not installed; RSCRIPT=an Rscript that has it"; else
        echo "not installed; PYTHON=a python3 that has it, numpy and psycopg"
    fi
}

find_peers
psql -X -q -c 'SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS mlops'
echo "B5: $N_TREES trees, $N_JOBS processes each, ${ROUNDS:-5, from 500000 rows 3} interleaved rounds"
print_header "1..rounds"
echo "The last column: how many times our CPU and wall seconds (medians), for each max_bins. Memory: ours is the"
echo "peak of session and workers beyond the idle session, a peer's what fit adds to the rows that it was given."
echo
echo "| data, depth[/leaf] | rows | what | CPU s, least / median | wall s, least / median | AUC, mean | memory MB | times ours |"
echo "|---|--:|---|--:|--:|--:|--:|---|"
for data in $DATA; do
    for n_rows in ${N_ROWS:-$(rows_of "$data")}; do
        make_data "$data" "$n_rows"
        for policy in ${MAX_DEPTH:-$(policies_of "$data")}; do
            compare "$data" "$n_rows" "$policy"
        done
    done
done
