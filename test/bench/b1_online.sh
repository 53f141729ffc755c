#!/usr/bin/env bash
# B1: one prediction beside the lookup of its row: pgbench, prepared statements, the unix socket, interleaved with
# the same query without predict.
#
#   make bench-serving, or bash test/bench/b1_online.sh
#
#   CASES        a list of MODEL:FORM:KEYS:CLIENTS
#                  MODEL    d6x25, d6x100, full (100 trees without a limit of depth) on generated rows of 10 features; flights (full too)
#                  FORM     row: predict('m', t); array: predict('m', ARRAY[..]); entity: predict(user_id)
#                  KEYS     uniform; hot: one of 100 rows; written: uniform, while somebody else commits 500 times a second
#   N_ROWS or BENCH_SCALE, N_TREES (in place of 100), ROUNDS, RUN_SECONDS of each run
#
# The query without predict reads the same columns by the same plan and returns one number, their sum, as predict
# does: what sending ten numbers costs is not held against the lookup.
#
# Where the lead is least: uniform keys and a forest larger than the last-level cache; commits of others, each of which
# changes what a snapshot sees; one client, whose figures are printed and not judged, since waking an idle core costs more than predict.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/serving.sh
. "$BENCH/serving.sh"

CASES=${CASES:-d6x25:row:uniform:2 d6x25:row:uniform:8
    d6x100:row:uniform:1 d6x100:row:uniform:2 d6x100:row:uniform:8 d6x100:row:hot:2 d6x100:row:written:2
    d6x100:array:uniform:2 d6x100:array:uniform:8 d6x100:entity:uniform:2 d6x100:entity:uniform:8
    full:row:uniform:1 full:row:uniform:2 full:row:uniform:8
    flights:row:uniform:1 flights:row:uniform:2 flights:row:uniform:8 flights:row:hot:2 flights:array:uniform:2}
N_ROWS=${N_ROWS:-$(scaled 1000000 1000)}
N_TREES=${N_TREES:-100}
ROUNDS=${ROUNDS:-5}
RUN_SECONDS=${RUN_SECONDS:-3}
SCRATCH=$(mktemp -d)
WRITER=
trap 'stop_writer; rm -rf "$SCRATCH"' EXIT

POINT_COLUMNS="x1 x2 x3 x4 x5 x6 x7 x8 x9 x10"
FLIGHT_COLUMNS="month day weekday deptime carrier origin dest distance"

has_model() { case " $CASES" in *[[:space:]]"$1":*) return 0 ;; esac; return 1; }

make_models() {
    local model
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -f "$BENCH/gen_points.sql"
    if has_model d6x25; then deploy_forest bench_d6x25 bench_point late $(((N_TREES + 3) / 4)) 6 1; fi
    if has_model d6x100; then deploy_forest bench_d6x100 bench_point late "$N_TREES" 6 1; fi
    if has_model full; then deploy_forest bench_full bench_point late "$N_TREES" none 1; fi
    if has_model flights; then
        psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -f "$BENCH/gen_flights.sql"
        psql -X -q -v ON_ERROR_STOP=1 -c 'ALTER TABLE bench_flight ADD PRIMARY KEY (i)' -c 'VACUUM (ANALYZE) bench_flight'
        deploy_forest bench_flights bench_flight late "$N_TREES" none 1
    fi
    psql -X -q -v ON_ERROR_STOP=1 -c 'SET client_min_messages = error; DROP TABLE IF EXISTS bench_written' -c 'CREATE TABLE bench_written AS SELECT 0 AS n' -c CHECKPOINT
    for model in d6x25 d6x100 full flights; do
        if has_model "$model"; then
            printf '%s: %s nodes, predicts from %.0f MB or more. ' "$model" "$(count_nodes "bench_$model")" \
                "$(awk -v n="$(count_nodes "bench_$model")" 'BEGIN { print n * 8 / 1e6 }')" >>"$SCRATCH/models"
        fi
    done
}

# The two statements of a case, in files.
write_statements() {
    local model=$1 form=$2 keys=$3 relation=bench_point columns=$POINT_COLUMNS last=$N_ROWS
    if [ "$model" = flights ]; then
        relation=bench_flight
        columns=$FLIGHT_COLUMNS
    fi
    [ "$keys" != hot ] || last=100
    printf '\\set id random(1, %s)\n' "$last" | tee "$SCRATCH/plain.sql" >"$SCRATCH/predict.sql"
    echo "SELECT ${columns// / + } FROM $relation WHERE i = :id;" >>"$SCRATCH/plain.sql"
    case $form in
        row) echo "SELECT mlops.predict('bench_$model', t) FROM $relation AS t WHERE i = :id;" ;;
        array) echo "SELECT mlops.predict('bench_$model', ARRAY[${columns// /, }]) FROM $relation WHERE i = :id;" ;;
        entity) echo "SELECT mlops.predict(:id::bigint, 'bench_$model');" ;;
        *)
            echo "unknown form $form" >&2
            return 1
            ;;
    esac >>"$SCRATCH/predict.sql"
}

start_writer() {
    echo 'UPDATE bench_written SET n = n + 1;' >"$SCRATCH/write.sql"
    pgbench -n -c 1 -T 3600 -R 500 -f "$SCRATCH/write.sql" >/dev/null 2>&1 &
    WRITER=$!
}

stop_writer() {
    [ -n "$WRITER" ] || return 0
    kill "$WRITER" 2>/dev/null || true
    wait "$WRITER" 2>/dev/null || true
    WRITER=
}

# Rounds of both, whose order changes; each round's figures in one line of a file.
measure_case() {
    local model=$1 form=$2 keys=$3 clients=$4 out=$SCRATCH/case round plain with warm
    write_statements "$model" "$form" "$keys"
    warm=$(seconds_to_warm "$(sed -n 's/:id/1/; 2p' "$SCRATCH/predict.sql")" "$clients")
    : >"$out"
    [ "$keys" != written ] || start_writer
    for round in $(seq "$ROUNDS"); do
        [ $((round % 2)) = 0 ] || with=$(run_pgbench "$SCRATCH/predict.sql" "$clients" "$warm" "$RUN_SECONDS")
        plain=$(run_pgbench "$SCRATCH/plain.sql" "$clients" 1 "$RUN_SECONDS")
        [ $((round % 2)) = 1 ] || with=$(run_pgbench "$SCRATCH/predict.sql" "$clients" "$warm" "$RUN_SECONDS")
        echo "$plain $with" >>"$out"
    done
    stop_writer
}

# Least and median of an expression over the rounds: p, w are statements a second without and with predict, pc, wc
# CPU, clients and cores numbers.
over_rounds() {
    awk -v clients="$1" -v cores="$(nproc)" '
        BEGIN { busy = clients < cores ? clients : cores }
        { p = $1; pc = $2; w = $5; wc = $6; print '"$2"' }' "$SCRATCH/case" | least_and_median
}

median_field() { awk -v field="$1" '{ print $field }' "$SCRATCH/case" | least_and_median | cut -d' ' -f2; }

measure_row() {
    local model=$1 form=$2 keys=$3 clients=$4 plain with added latency cpu ratio
    measure_case "$@"
    plain=$(over_rounds "$clients" p)
    with=$(over_rounds "$clients" w)
    ratio=$(over_rounds "$clients" 'w / p')
    added=$(over_rounds "$clients" 'busy * 1e6 * (1 / w - 1 / p)')
    latency=$(over_rounds "$clients" 'clients * 1e6 * (1 / w - 1 / p)')
    cpu=$(over_rounds "$clients" 'wc - pc')
    printf '| %s | %s | %s | %s | %.0f / %.0f | %.0f / %.0f | %.3f / %.3f | %.1f / %.1f | %.1f | %.1f | %.0f, %.0f | %.0f, %.0f |\n' \
        "$model" "$form" "$keys" "$clients" "${plain% *}" "${plain#* }" "${with% *}" "${with#* }" "${ratio% *}" "${ratio#* }" \
        "${added% *}" "${added#* }" "${latency#* }" "${cpu#* }" "$(median_field 3)" "$(median_field 4)" "$(median_field 7)" "$(median_field 8)"
    echo "$model:$form:$keys:$clients ${added#* } ${ratio#* } $(awk -v w="${with#* }" -v c="$clients" -v n="$(nproc)" 'BEGIN { print w / (c < n ? c : n) }')" \
        >>"$SCRATCH/judged"
}

# Median of a judged case: field 2 added, 3 ratio, 4 statements a second and core.
judged() { awk -v name="$1" -v field="$2" '$1 == name { found = 1; print $field } END { if (!found) print "-" }' "$SCRATCH/judged"; }

print_goals() {
    local clients model
    print_goal_head
    for clients in 2 8; do
        print_goal "added by 100 trees of depth 6, $clients clients" "<=" 10 " us" "$(judged "d6x100:row:uniform:$clients" 2)"
        print_goal "added by 100 trees of unlimited depth, flights, $clients clients" "<=" 30 " us" "$(judged "flights:row:uniform:$clients" 2)"
        for model in d6x25 d6x100; do
            print_goal "$model, statements a second beside the lookup's, $clients clients" ">=" 0.9 "" "$(judged "$model:row:uniform:$clients" 3)"
        done
        print_goal "d6x100, statements a second and core, $clients clients" ">=" 6200 "" "$(judged "d6x100:row:uniform:$clients" 4)"
    done
}

psql -X -q -c 'SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS mlops'
make_models
echo "B1: $N_ROWS rows, forests of $N_TREES trees (d6x25: a quarter), $ROUNDS interleaved rounds of $RUN_SECONDS s; shared_preload_libraries: $(ask 'SHOW shared_preload_libraries')"
print_header 1
cat "$SCRATCH/models"
cat <<'TXT'

Least / median of the rounds. Added: what one core works longer on a statement, min(clients, cores) x (1 / tps with - 1 / tps
without), pgbench's share of the cores included; latency: clients x the same difference, what a client waits longer;
server CPU: of the backends alone. Percentiles are those of a client.

| forest | form | keys | clients | lookup, tps | with predict, tps | with / without | added us | added latency us | added server CPU us | lookup p50, p99 us | with predict p50, p99 us |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
TXT
for case in $CASES; do
    # shellcheck disable=SC2046  # four words
    measure_row $(echo "$case" | tr ':' ' ')
done
print_goals
drop_forests
