#!/usr/bin/env bash
# B10: the whole job, from rows in a table to a forest and to a prediction for each row in another table, by
# predict_table, against the fastest Python path: COPY binary, scikit-learn, COPY binary back.  The read path alone and
# predictions row by row are printed beside it.
#
#   PYTHON=venv/bin/python bash test/bench/b10_whole_job.sh     (N_ROWS or BENCH_SCALE; N_TREES, MAX_DEPTH, MAX_BINS,
#                                                                N_JOBS, ROUNDS, PEERS)
#
# Where the lead is least: tiny tables, where Python's start-up, which is not counted, would be all of it; and
# predicting row by row from a forest larger than the caches.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"

N_TREES=${N_TREES:-100}
MAX_DEPTH=${MAX_DEPTH:-20}
MAX_BINS=${MAX_BINS:-4095}
N_JOBS=${N_JOBS:-$(nproc)}
ROUNDS=${ROUNDS:-5}
PEERS=${PEERS:-scikit-learn}
PYTHON=${PYTHON:-python3}
N_ROWS=${N_ROWS:-$(awk -v scale="${BENCH_SCALE:-1}" 'BEGIN { printf "%d", 1000000 * scale }')}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

# Wall seconds of training, of scoring all rows into a table, of the same row by row, and of reading alone (one tree
# of one split, so it is bounded from above); then the sum of the scores, and the number of rows whose score differs.
run_ours() {
    psql -X -A -t -q -F ' ' -v ON_ERROR_STOP=1 -v seed="$1" -v bins="$MAX_BINS" -v trees="$N_TREES" -v depth="$MAX_DEPTH" \
        -v workers=$((N_JOBS - 1)) <<'SQL'
SET max_parallel_maintenance_workers = :workers;
SET max_parallel_workers_per_gather = :workers;
SET client_min_messages = error;
DROP TABLE IF EXISTS bench_scored, bench_scored_rows;
SELECT clock_timestamp() AS started \gset
SELECT version FROM mlops.train_model('bench_b10', 'bench_flight_train', 'late', test_sampling => 'none',
	hyperparams => jsonb_build_object('n_estimators', :trees, 'max_depth', :depth, 'random_state', :seed, 'max_bins', :bins)) \gset
SELECT clock_timestamp() AS trained \gset
CREATE TABLE bench_scored AS SELECT * FROM mlops.predict_table(format('bench_b10@v%s', :version), 'TABLE bench_flight', '{i}') AS t(id int, score float8);
SELECT clock_timestamp() AS scored \gset
CREATE TABLE bench_scored_rows AS SELECT f.i AS id, mlops.predict(format('bench_b10@v%s', :version), f) AS score FROM bench_flight AS f;
SELECT clock_timestamp() AS scored_rows \gset
SELECT FROM mlops.train_model('bench_b10', 'bench_flight_train', 'late', test_sampling => 'none',
	hyperparams => jsonb_build_object('n_estimators', 1, 'max_depth', 1, 'max_bins', :bins));
SELECT clock_timestamp() AS read \gset
SELECT extract(epoch FROM timestamptz :'trained' - timestamptz :'started'), extract(epoch FROM timestamptz :'scored' - timestamptz :'trained'),
	extract(epoch FROM timestamptz :'scored_rows' - timestamptz :'scored'), extract(epoch FROM timestamptz :'read' - timestamptz :'scored_rows'),
	sum(t.score), count(*) FILTER (WHERE t.score IS DISTINCT FROM r.score) FROM bench_scored AS t FULL JOIN bench_scored_rows AS r USING (id);
DROP TABLE bench_scored, bench_scored_rows;
SELECT FROM mlops.drop_model('bench_b10');
SQL
}

# Median of a sum of fields of a file.
median() { awk -v fields="$2" '{ n = split(fields, f, ","); sum = 0; for (i = 1; i <= n; i++) sum += $f[i]; print sum }' "$1" | least_and_median | cut -d' ' -f2; }

print_rows() {
    local ours=$SCRATCH/ours theirs=$SCRATCH/theirs
    printf '| %s | mlops | %.2f | %.2f | %.2f | %.0f |\n' "train_model, predict_table" "$(median "$ours" 1)" "$(median "$ours" 2)" "$(median "$ours" 1,2)" \
        "$(mean_score "$ours" 5)"
    printf '| the same row by row, %.0f scores differ | mlops | | %.2f | | |\n' "$(median "$ours" 6)" "$(median "$ours" 3)"
    printf '| read path alone, %.0f ns/row | mlops | | | %.3f | |\n' \
        "$(awk -v seconds="$(median "$ours" 4)" -v n="$N_ROWS" 'BEGIN { print seconds * 1e9 / n }')" "$(median "$ours" 4)"
    [ -s "$theirs" ] || return 0
    printf '| fetch %.2f, fit %.2f, fetch %.2f, predict %.2f, write back %.2f | scikit-learn %s | %.2f | %.2f | %.2f | %.0f |\n' \
        "$(median "$theirs" 1)" "$(median "$theirs" 2)" "$(median "$theirs" 3)" "$(median "$theirs" 4)" "$(median "$theirs" 5)" "$VERSION" \
        "$(median "$theirs" 1,2)" "$(median "$theirs" 3,4,5)" "$(median "$theirs" 1,2,3,4,5)" "$(mean_score "$theirs" 7)"
    printf '| **scikit-learn / mlops** | | %s | %s | %s | |\n' "$(times 1,2 1)" "$(times 3,4,5 2)" "$(times 1,2,3,4,5 1,2)"
}

times() { awk -v theirs="$(median "$SCRATCH/theirs" "$1")" -v ours="$(median "$SCRATCH/ours" "$2")" 'BEGIN { printf "%.1fx", theirs / ours }'; }

mean_score() { awk -v field="$2" '{ sum += $field } END { print sum / NR }' "$1"; }

VERSION=$({ "$PYTHON" "$BENCH/b10_whole_job.py" peers 2>/dev/null || true; } | sed -n 's/^scikit-learn //p')
case " $PEERS " in *" scikit-learn "*) ;; *) VERSION= ;; esac
[ -n "$VERSION" ] || echo "skipped: scikit-learn (not installed; PYTHON=a python3 that has it, numpy and psycopg)"
# the rows to score are a fourth more than those that are learned from, as in B5
psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=$((N_ROWS / 4)) -f "$BENCH/gen_flights.sql"
for round in $(seq "$ROUNDS"); do
    run_ours "$round" >>"$SCRATCH/ours"
    [ -z "$VERSION" ] || "$PYTHON" "$BENCH/b10_whole_job.py" bench_flight late i "$N_TREES" "$MAX_DEPTH" "$round" "$N_JOBS" >>"$SCRATCH/theirs"
done
echo "B10: $N_ROWS rows to learn from, $((N_ROWS * 5 / 4)) to score, $N_TREES trees, depth $MAX_DEPTH, max_bins $MAX_BINS, $N_JOBS processes each, $ROUNDS interleaved rounds"
print_header "1..$ROUNDS"
echo "Medians of wall seconds."
echo
echo "| job | by | learn s | score into a table s | all s | sum of the scores |"
echo "|---|---|--:|--:|--:|--:|"
print_rows
