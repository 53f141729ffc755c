#!/usr/bin/env bash
# B9: deploys under load: 100 clients predict, on a primary as on its standby, in two databases that have a model of the
# same name, while a writer in each deploys, rolls back and archives 1,000 times, and as often begins a deploy that
# it takes back.  Counts, no times: any count above 0 loses.  deploy_load.pl says what is counted.
#
#   bash test/bench/b9_deploy.sh     (N_CLIENTS of each server, N_CYCLES of each writer; BENCH_SCALE scales both)
#
# It runs on servers of its own, whose commits wait until the standby has replayed them: so what was acknowledged must
# be seen there, too.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"
# shellcheck source=test/bench/serving.sh
. "$BENCH/serving.sh"
# shellcheck source=test/bench/own_server.sh
. "$BENCH/own_server.sh"

N_CLIENTS=${N_CLIENTS:-$(scaled 100 2)}
N_CYCLES=${N_CYCLES:-$(scaled 1000 10)}
PRIMARY=5432
STANDBY=5433
SCRATCH=$(mktemp -d)
trap 'end_servers; rm -rf "$SCRATCH"' EXIT

# Databases of the primary, each with versions for both rounds, and a standby of it.
make_servers() {
    local shift name
    begin_servers
    make_server $PRIMARY
    start_server $PRIMARY
    use_server $PRIMARY
    for shift in 0 1; do
        name=$(name_of $shift)
        psql -X -q -v ON_ERROR_STOP=1 -c "CREATE DATABASE $name"
        psql -X -q -v ON_ERROR_STOP=1 -d "$name" -v n_versions=$((2 + 2 * N_CYCLES)) -v shift=$shift -f "$BENCH/deploy_versions.sql"
    done
    make_standby $STANDBY $PRIMARY
}

name_of() { if [ "$1" = 0 ]; then echo bench_one; else echo bench_two; fi; }

# One load; its lines go to a file, with what was preloaded before them.
run_load() {
    local preload=$1
    start_server $PRIMARY shared_preload_libraries="$preload" synchronous_standby_names="'*'" synchronous_commit=local
    start_server $STANDBY shared_preload_libraries="$preload" hot_standby_feedback=on
    wait_until "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
    perl "$BENCH/deploy_load.pl" primary="host=$OWN_FOLDER port=$PRIMARY user=$PGUSER" standby="host=$OWN_FOLDER port=$STANDBY user=$PGUSER" \
        databases="$(name_of 0),$(name_of 1)" clients=$((2 * N_CLIENTS)) cycles="$N_CYCLES" | sed "s/^/${preload:-no} /" >>"$SCRATCH/counts"
}

sum_of() { awk -v field="$1" '$2 != "writes" { sum += $field } END { print sum }' "$SCRATCH/counts"; }

make_servers
run_load ""
run_load mlops
echo "B9: $N_CLIENTS clients of each server, $N_CYCLES cycles of each writer"
print_header 1
cat <<'TXT'
A writer's cycle: deploy and take it back, deploy, roll back, archive. Strict: statements between whose start and end no change was
under way, so that one version alone was right; during: those that ran while a deploy was open that was then taken back.

| preloaded | server | database | deploys, rollbacks, archives, taken back | statements | strict | during | errors | stale | other than its snapshot | mixed | sightings of a deploy taken back |
|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
TXT
awk 'FNR == NR { if ($2 == "writes") writes[$1, $3] = $4 ", " $5 ", " $6 ", " $7; next }
    $2 != "writes" { printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, writes[$1, $3], $4, $5, $6, $7, $8, $9, $10, $11 }' \
    "$SCRATCH/counts" "$SCRATCH/counts"
print_goal_head
print_goal "errors in $(sum_of 4) statements" "<=" 0 "" "$(sum_of 7)"
print_goal "stale scores in $(sum_of 5) strict statements" "<=" 0 "" "$(sum_of 8)"
print_goal "scores of another version than the statement's snapshot shows" "<=" 0 "" "$(sum_of 9)"
print_goal "mixed scores" "<=" 0 "" "$(sum_of 10)"
print_goal "sightings of a deploy that was taken back, in $(sum_of 6) statements during one" "<=" 0 "" "$(sum_of 11)"
