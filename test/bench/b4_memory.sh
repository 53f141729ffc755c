#!/usr/bin/env bash
# B4: memory of 100 idle connections that have each predicted once, with and without shared_preload_libraries = 'mlops'.
#
#   bash test/bench/b4_memory.sh     (N_CONNECTIONS; N_ALONE, of them without preload; FORESTS, a list of full, d20; N_TREES;
#                                     N_ROWS; BENCH_SCALE scales rows and connections)
#
# full: 100 trees without a limit of depth on 1,000,000 generated rows of 10 features, as in B1; d20: 100 trees of depth 20 on
# 1,000,000 flights.
#
# Private memory are pages of private mappings that no other process has (Private_Clean and Private_Dirty of
# /proc/PID/smaps): memory of the process itself, and not what it has touched of shared memory.  The proportional share
# (Pss), which all processes of one page divide among them, is summed over the connections, so shared memory counts once.
#
# Where it is worst: without preload each connection has a copy of its own.  Connections are then few, and where memory would
# not last for all of them they are fewer; the table says how many.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/serving.sh
. "$BENCH/serving.sh"
# shellcheck source=test/bench/own_server.sh
. "$BENCH/own_server.sh"

N_CONNECTIONS=${N_CONNECTIONS:-$(scaled 100 2)}
N_ALONE=${N_ALONE:-4}
FORESTS=${FORESTS:-full d20}
N_TREES=${N_TREES:-100}
N_ROWS=${N_ROWS:-$(scaled 1000000 1000)}
PORT=5432
SCRATCH=$(mktemp -d)
CLIENTS=
trap 'close_connections; end_servers; rm -rf "$SCRATCH"' EXIT

relation_of() { if [ "$1" = full ]; then echo bench_point; else echo bench_flight; fi; }

make_models() {
    local forest
    begin_servers
    make_server $PORT
    start_server $PORT
    use_server $PORT
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -f "$BENCH/gen_points.sql"
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -f "$BENCH/gen_flights.sql"
    for forest in $FORESTS; do
        deploy_forest "bench_$forest" "$(relation_of "$forest")" late "$N_TREES" "$([ "$forest" = full ] && echo none || echo 20)" 1
    done
}

# Let so many connections run SQL once, and stay for half an hour.
open_connections() {
    local n=$1 sql=$2
    printf '%s\n\\sleep 2000 s\n' "$sql" >"$SCRATCH/idle.sql"
    PGAPPNAME=bench_serving pgbench -n -M prepared -c "$n" -j 1 -t 1 -f "$SCRATCH/idle.sql" >/dev/null 2>"$SCRATCH/errors" &
    CLIENTS=$!
    # the last command of each is done when it is idle with that text
    wait_until "SELECT count(*) = $n FROM pg_stat_activity WHERE application_name = 'bench_serving' AND state = 'idle' AND query LIKE 'SELECT%'"
}

close_connections() {
    [ -n "$CLIENTS" ] || return 0
    kill "$CLIENTS" 2>/dev/null || true
    wait "$CLIENTS" 2>/dev/null || true
    CLIENTS=
    ask "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'bench_serving'" >/dev/null 2>&1 || true
}

# Kilobytes of so many connections that have run SQL: median and most of the private memory, sum of the shares.
measure() {
    local pid
    open_connections "$1" "$2" || return 1
    for pid in $(ask "SELECT pid FROM pg_stat_activity WHERE application_name = 'bench_serving'"); do
        awk '/^[0-9a-f]+-[0-9a-f]+ / { is_private = $2 ~ /p$/ } /^Private_(Clean|Dirty):/ && is_private { kb += $2 } /^Pss:/ { pss += $2 }
            END { print kb, pss }' "/proc/$pid/smaps"
    done | sort -n | awk '{ kb[NR] = $1; pss += $2 } END { print kb[int((NR + 1) / 2)], kb[NR], pss }'
    close_connections
}

# How many connections there is memory for, of those that are wanted, if each takes as much as the first two.
affordable() {
    local wanted=$1 sql=$2 each
    each=$(measure 2 "$sql" | cut -d' ' -f2)
    awk -v wanted="$wanted" -v each="$each" '/^MemAvailable:/ { n = int($2 / 2 / each); print n < wanted ? n : wanted }' /proc/meminfo
}

megabytes() { awk -v kb="$1" 'BEGIN { printf "%.2f", kb / 1024 }'; }

measure_row() {
    local forest=$1 preload=$2 relation plain predict n loaded looked predicted median most shares added
    relation=$(relation_of "$forest")
    plain="SELECT count(*) FROM $relation WHERE i = 1;"
    predict="SELECT mlops.predict('bench_$forest', t) FROM $relation AS t WHERE i = 1;"
    n=$([ -n "$preload" ] && echo "$N_CONNECTIONS" || echo "$N_ALONE")
    n=$(affordable "$n" "$predict")
    loaded=$(measure "$n" "LOAD 'mlops'; SELECT 1;")
    looked=$(measure "$n" "LOAD 'mlops'; $plain")
    predicted=$(measure "$n" "$predict")
    read -r median most shares <<<"$predicted"
    loaded=$(cut -d' ' -f2 <<<"$loaded")
    added=$(megabytes $((most - loaded)))
    printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "${preload:-no}" "$forest" "$n" "$(megabytes "$loaded")" \
        "$(megabytes "$(cut -d' ' -f2 <<<"$looked")")" "$(megabytes "$median")" "$(megabytes "$most")" "$added" "$(megabytes "$shares")"
    [ -z "$preload" ] || echo "$forest $added $n" >>"$SCRATCH/judged"
}

make_models
echo "B4: $N_CONNECTIONS idle connections that have each predicted once; $N_ROWS rows, forests of $N_TREES trees"
print_header 1
for forest in $FORESTS; do
    printf '%s: %s nodes. ' "$forest" "$(count_nodes "bench_$forest")"
done
cat <<'TXT'

Private MB of one connection: the most that any of them has, after LOAD 'mlops', after that and a lookup by key, and (median and
most) after a lookup with predict in its place. Added: most after predict less most after LOAD.

| preloaded | forest | connections | loaded, MB | looked up, MB | predicted, median MB | most MB | added, MB | share of all connections (Pss), MB |
|---|---|--:|--:|--:|--:|--:|--:|--:|
TXT
for preload in "" mlops; do
    start_server $PORT shared_preload_libraries="$preload"
    for forest in $FORESTS; do measure_row "$forest" "$preload"; done
done
print_goal_head
while read -r forest added n; do
    print_goal "private memory added by predict, $forest, $n connections, preloaded" "<=" 1 " MB" "$added"
done <"$SCRATCH/judged"
