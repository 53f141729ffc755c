#!/usr/bin/env bash
# B5, large: how training time grows with the rows, and that it stays within a memory limit that is set.
#
#   bash test/bench/b5_large.sh       (N_ROWS, a list; N_TREES, MAX_DEPTH, MAX_BINS, N_JOBS, ROUNDS,
#                                      MEMORY_LIMIT of all of them; BENCH_SCALE scales the rows)
#
# Where the lead is least: rows that do not fit into shared_buffers are read from files, and their values pass through a temporary file.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/train_session.sh
. "$BENCH/train_session.sh"

N_TREES=${N_TREES:-100}
MAX_DEPTH=${MAX_DEPTH:-12}
MAX_BINS=${MAX_BINS:-4095}
N_JOBS=${N_JOBS:-$(nproc)}
ROUNDS=${ROUNDS:-3}
N_ROWS=${N_ROWS:-$(awk -v scale="${BENCH_SCALE:-1}" 'BEGIN { printf "%d %d %d", 1000000 * scale, 3000000 * scale, 10000000 * scale }')}
MEMORY_LIMIT=${MEMORY_LIMIT:-1GB}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
# libpq passes it to every session of this script
export PGOPTIONS="${PGOPTIONS:-} -c mlops.max_train_memory=$MEMORY_LIMIT"

measure() {
    local n_rows=$1 round codes
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$n_rows" -v n_test_rows=0 -f "$BENCH/gen_flights.sql"
    codes=$(count_codes bench_flight_train late)
    for round in $(seq "$ROUNDS"); do
        train_session bench_flight_train late - "$codes" "$MAX_BINS" "$MAX_DEPTH" 1 "$round" >>"$SCRATCH/$n_rows"
    done
}

# Nanoseconds a row, tree and level of a full tree of so many rows: constant if time grows as rows x log(rows).
print_row() {
    local n_rows=$1 file=$SCRATCH/$1 wall
    wall=$(cut -d' ' -f2 "$file" | least_and_median)
    printf '| %s | %s | %s | ' "$n_rows" "$(cut -d' ' -f1 "$file" | least_and_median | sed 's, , / ,')" "${wall/ / / }"
    awk -v n="$n_rows" -v wall="${wall#* }" -v trees="$N_TREES" -v first="$FIRST" -v limit="$MEMORY_LIMIT" '
        $4 > peak { peak = $4; formula = $5 }
        END {
            split(first, f, " ")
            grown = wall / f[2] / (n * log(n) / (f[1] * log(f[1])))
            printf "%.3f | %.2f | %.0f (formula %.0f, %.2fx) | %s |\n", wall * 1e9 / (n * log(n) / log(2) * trees), grown,
                peak / 1e6, formula / 1e6, peak / formula, limit }' "$file"
}

psql -X -q -c 'SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS mlops'
for n_rows in $N_ROWS; do
    measure "$n_rows"
done
echo "B5, large: $N_TREES trees, depth $MAX_DEPTH, 8 features, max_bins $MAX_BINS, $N_JOBS processes, $ROUNDS rounds"
print_header "1..$ROUNDS"
echo "| rows | CPU s, least / median | wall s, least / median | ns / (rows x log2 rows x trees) | times the first row's | memory MB | mlops.max_train_memory, held |"
echo "|---|--:|--:|--:|--:|--:|---|"
FIRST=
for n_rows in $N_ROWS; do
    [ -n "$FIRST" ] || FIRST="$n_rows $(cut -d' ' -f2 "$SCRATCH/$n_rows" | least_and_median | cut -d' ' -f2)"
    print_row "$n_rows"
done
