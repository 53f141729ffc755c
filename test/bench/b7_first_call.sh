#!/usr/bin/env bash
# B7: the first prediction of a new connection, and after a restart of the server, with and without
# shared_preload_libraries = 'mlops'.
#
#   bash test/bench/b7_first_call.sh     (N_CONNECTIONS; N_ALONE, of them without preload; N_RESTARTS; FORESTS, a list of d6, d20,
#                                         full; N_TREES; N_ROWS; BENCH_SCALE scales rows, connections and restarts)
#
# Forests of 100 trees on 1,000,000 flights: of depth 6, of depth 20, without a limit.  A connection is made, looks up a row by its key
# and predicts, and ends; another one looks up the row alone.  Times are a client's, by pgbench, on the unix
# socket: connecting, which is not part of the call, and the first statement of the connection, with its planning.
#
# Where it is worst: without preload each new connection decodes the forest, in proportion to its nodes.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/serving.sh
. "$BENCH/serving.sh"
# shellcheck source=test/bench/own_server.sh
. "$BENCH/own_server.sh"

N_CONNECTIONS=${N_CONNECTIONS:-$(scaled 200 5)}
N_ALONE=${N_ALONE:-$(scaled 50 5)}
N_RESTARTS=${N_RESTARTS:-$(scaled 20 2)}
FORESTS=${FORESTS:-d6 d20 full}
N_TREES=${N_TREES:-100}
N_ROWS=${N_ROWS:-$(scaled 1000000 1000)}
PORT=5432
SCRATCH=$(mktemp -d)
trap 'end_servers; rm -rf "$SCRATCH"' EXIT

make_models() {
    local forest
    begin_servers
    make_server $PORT
    start_server $PORT
    use_server $PORT
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -f "$BENCH/gen_flights.sql"
    psql -X -q -v ON_ERROR_STOP=1 -c 'ALTER TABLE bench_flight ADD PRIMARY KEY (i)' -c 'VACUUM (ANALYZE) bench_flight'
    for forest in $FORESTS; do
        deploy_forest "bench_$forest" bench_flight late "$N_TREES" "$(case $forest in d6) echo 6 ;; d20) echo 20 ;; *) echo none ;; esac)" 1
        write_call "$forest" "mlops.predict('bench_$forest', t)"
    done
    write_call plain "month + day + weekday + deptime + carrier + origin + dest + distance"
}

write_call() { printf '\\set id random(1, %s)\nSELECT %s FROM bench_flight AS t WHERE i = :id;\n' "$N_ROWS" "$2" >"$SCRATCH/$1.sql"; }

# One new connection: milliseconds of connecting, and of its statement.
call_once() {
    pgbench -n -M simple -c 1 -t 1 -f "$SCRATCH/$1.sql" 2>"$SCRATCH/errors" >"$SCRATCH/out" || {
        cat "$SCRATCH/errors" >&2
        return 1
    }
    awk '/^latency average = / { call = $4 } /^initial connection time = / { connect = $5 } END { print connect, call }' "$SCRATCH/out"
}

# A part of the numbers of a field of a file: 0.5 the median, 1 the largest.
quantile() { awk -v field="$2" '{ print $field }' "$1" | sort -g | awk -v part="$3" '{ x[NR] = $1 } END { k = int(NR * part + 0.999999); printf "%.3f", x[k < 1 ? 1 : k] }'; }

print_row() {
    printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$(wc -l <"$SCRATCH/predict")" \
        "$(quantile "$SCRATCH/predict" 1 0.5)" "$(quantile "$SCRATCH/predict" 1 0.99)" "$(quantile "$SCRATCH/lookup" 2 0.5)" "$(quantile "$SCRATCH/lookup" 2 0.99)" \
        "$(quantile "$SCRATCH/predict" 2 0.5)" "$(quantile "$SCRATCH/predict" 2 0.99)" "$(quantile "$SCRATCH/predict" 2 1)"
}

# New connections to a server that has predicted before.
measure_connections() {
    local preload=$1 forest=$2 n
    start_server $PORT shared_preload_libraries="$preload"
    call_once "$forest" >/dev/null
    rm -f "$SCRATCH/lookup" "$SCRATCH/predict"
    for n in $(seq "$([ -n "$preload" ] && echo "$N_CONNECTIONS" || echo "$N_ALONE")"); do
        call_once plain >>"$SCRATCH/lookup"
        call_once "$forest" >>"$SCRATCH/predict"
    done
    print_row "${preload:-no}" "$forest" "new connection"
    [ -z "$preload" ] || echo "$forest $n $(quantile "$SCRATCH/predict" 2 0.99)" >>"$SCRATCH/judged"
}

# The first call of all after a start of the server.
measure_restarts() {
    local preload=$1 forest=$2 n
    rm -f "$SCRATCH/lookup" "$SCRATCH/predict"
    for n in $(seq "$N_RESTARTS"); do
        start_server $PORT shared_preload_libraries="$preload"
        call_once plain >>"$SCRATCH/lookup"
        call_once "$forest" >>"$SCRATCH/predict"
    done
    : "$n"
    print_row "${preload:-no}" "$forest" "first after a restart"
}

make_models
echo "B7: the first prediction of a connection; $N_ROWS flights, forests of $N_TREES trees"
print_header 1
for forest in $FORESTS; do
    printf '%s: %s nodes. ' "$forest" "$(count_nodes "bench_$forest")"
done
cat <<'TXT'

Milliseconds, medians and 99th percentiles (of n, the largest up to 100). The lookup is another new connection's first statement; after a
restart it comes before the prediction.

| preloaded | forest | what | n | connect p50 | p99 | lookup p50 | p99 | lookup and predict p50 | p99 | most |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
TXT
for preload in "" mlops; do
    for forest in $FORESTS; do measure_connections "$preload" "$forest"; done
    for forest in $FORESTS; do measure_restarts "$preload" "$forest"; done
done
print_goal_head
while read -r forest n p99; do
    if [ "$forest" = d20 ]; then
        print_goal "first prediction of a new connection, depth 20, preloaded, p99 of $n" "<=" 5 " ms" "$p99"
    else
        print_goal "the same, $forest, p99 of $n" "<=" 5 " ms" "$p99"
    fi
done <"$SCRATCH/judged"
