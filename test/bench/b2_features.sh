#!/usr/bin/env bash
# B2: features over histories: moving, plain and prior aggregates beside those of the server, in interleaved rounds.
#
#   make bench-features, or bash test/bench/b2_features.sh
#
#   TASKS    a list of moving, extremes, quantiles, stats, sum, recent, prior, sorted, five, windows; default all
#   ROUNDS, BENCH_SCALE (scales users and rows), LOANS (a file of real loans, .csv.gz), CC
#   PYTHON (a python3 that has pandas, the peer of windows; default python3)
#
# Cards: 200 cards of 2,000 transactions in 250 days, a frame of the last 180 days, which are about 1,440 rows.
# Loans: the 777,715 real ones where MLOPS_DATA_DIR has them, else generated ones; an index covers what is read, so that
# rows come in the order of the window.
#
# A floor is the same query with functions of the same shapes that compute nothing (noop.c).
#
# Where the lead is least: short frames, where the server adds up a handful of numbers again as fast as anyone takes one away
# (recent); rows that have to be sorted first, which costs everybody the same (sorted).
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"

TASKS=${TASKS:-moving extremes quantiles stats sum recent prior sorted five windows}
ROUNDS=${ROUNDS:-5}
PYTHON=${PYTHON:-python3}
LOANS=${LOANS:-${MLOPS_DATA_DIR:-$TOP/../shared/data}/loans/loans.csv.gz}
SCRATCH=$(mktemp -d)
trap 'drop_tables; rm -rf "$SCRATCH"' EXIT

SETTINGS="SET jit = off; SET max_parallel_workers_per_gather = 0; SET work_mem = '64MB'; SET client_min_messages = error;"

drop_tables() {
    psql -X -q -c 'SET client_min_messages = error' -c 'DROP TABLE IF EXISTS bench_card, bench_sample, bench_history, bench_unsorted CASCADE' \
        -c 'DROP SCHEMA IF EXISTS bench_noop CASCADE' >/dev/null || true
}

# Where the headers of this server are: a private tree of programs has none.
header_folder() {
    local folder
    for folder in "$(ask "SELECT setting FROM pg_config WHERE name = 'INCLUDEDIR-SERVER'")" "$("${PG_CONFIG:-pg_config}" --includedir-server 2>/dev/null || true)" \
        "/usr/include/postgresql/$(ask "SELECT current_setting('server_version_num')::int / 10000")/server"; do
        if [ -r "$folder/postgres.h" ]; then
            echo "$folder"
            return 0
        fi
    done
    echo "no headers of this server: name its pg_config by PG_CONFIG" >&2
    return 1
}

# The module of functions that compute nothing, where the server can read it.
make_noop() {
    chmod 755 "$SCRATCH"
    ${CC:-cc} -O2 -fPIC -shared -isystem "$(header_folder)" -o "$SCRATCH/noop.so" "$BENCH/noop.c"
    chmod 755 "$SCRATCH/noop.so"
    psql -X -q -v ON_ERROR_STOP=1 -v module="$SCRATCH/noop.so" -f "$BENCH/noop.sql" >/dev/null
}

make_cards() {
    psql -X -q -v ON_ERROR_STOP=1 -v n_cards="$(scaled 200 2)" <<'SQL'
SET client_min_messages = error;
DROP TABLE IF EXISTS bench_card;
CREATE TABLE bench_card AS SELECT card, timestamptz '2024-01-01 UTC' + mlops._uniform(i, 1, 4) * interval '250 days' AS ts,
	round((5 - 60 * ln(1 - mlops._uniform(i, 2, 4)))::numeric, 2)::float8 AS amount
FROM (SELECT card, card * 2000::bigint + k AS i FROM generate_series(1, :n_cards) AS card, generate_series(1, 2000) AS k) AS t;
ALTER TABLE bench_card ADD cents int, ADD exact numeric;
UPDATE bench_card SET cents = (amount * 100)::int, exact = amount::numeric;
CREATE INDEX ON bench_card (card, ts) INCLUDE (amount, cents, exact);
SQL
    ask 'VACUUM (FULL, ANALYZE) bench_card'
    ask 'VACUUM bench_card'
}

# Real loans for a whole run, generated ones for a part.
make_loans() {
    local n_loans
    n_loans=$(scaled 777715 1000)
    ask "SET client_min_messages = error; DROP TABLE IF EXISTS bench_history, bench_unsorted CASCADE"
    if [ "$n_loans" = 777715 ] && [ -r "$LOANS" ]; then
        ask 'CREATE TABLE bench_history AS SELECT * FROM mlops.generate_loans(1) LIMIT 0'
        gzip -dc "$LOANS" | psql -X -q -v ON_ERROR_STOP=1 -c '\copy bench_history FROM STDIN CSV HEADER'
        SOURCE="real loans"
    else
        ask "CREATE TABLE bench_history AS SELECT * FROM mlops.generate_loans($n_loans)"
        SOURCE="generated loans"
    fi
    psql -X -q -v ON_ERROR_STOP=1 >/dev/null <<'SQL'
SET client_min_messages = error;
CREATE TABLE bench_unsorted AS SELECT id, loan_date, loan_amount FROM bench_history;
CREATE INDEX ON bench_history (id, loan_date) INCLUDE (loan_amount, loan_id, status, birthday, job_start_date, flag_own_car);
SELECT mlops.create_loan_features('bench_history', 'bench_five');
SQL
    ask 'VACUUM (ANALYZE) bench_history'
    ask 'VACUUM (ANALYZE) bench_unsorted'
}

# statement TASK NAME "SQL": one of those that a task compares.
statement() {
    mkdir -p "$SCRATCH/$1"
    echo "$2" >>"$SCRATCH/$1/names"
    echo "$3;" >"$SCRATCH/$1/$2.sql"
}

# One run, on a connection that has used the library before: milliseconds of its executor, by the clock and of CPU; of
# parallel workers the clock's alone.
time_statement() {
    psql -X -A -t -q -v ON_ERROR_STOP=1 -c "$SETTINGS" -c "SELECT mlops.full_years('2000-01-01', '2001-01-01')" \
        -c 'SET log_executor_stats = on; SET client_min_messages = log' -f "$1" 2>&1 |
        awk '/ s elapsed$/ { print $8 * 1000, ($2 + $5) * 1000; found = 1 } /ERROR/ { print >"/dev/stderr" } END { exit !found }'
}

# One run of pandas over the same rows, without the time to get them.
time_pandas() { "$PYTHON" "$BENCH/b2_windows.py" <"$SCRATCH/$1"; }

# Rounds of a task's statements, in turn; each other round the other way.
measure() {
    local task=$1 round name
    for round in $(seq "$ROUNDS"); do
        for name in $(if [ $((round % 2)) = 0 ]; then tac "$SCRATCH/$task/names"; else cat "$SCRATCH/$task/names"; fi); do
            case $name in
                pandas) time_pandas history.csv ;;
                *) time_statement "$SCRATCH/$task/$name.sql" ;;
            esac >>"$SCRATCH/$task/$name.ms"
        done
    done
}

# Least and median of a statement's column, 1 by the clock, 2 of CPU.
figures() { awk -v column="$3" '{ print $column }' "$SCRATCH/$1/$2.ms" | least_and_median; }

# Median of A / median of B in CPU time, which neighbours disturb least; - where this run has none.
ratio() {
    if [ ! -f "$SCRATCH/$1/$2.ms" ]; then
        echo -
        return 0
    fi
    echo "$(figures "$1" "$2" 2) $(figures "$1" "$3" 2)" | awk '{ printf "%.2f\n", $2 / ($4 > 0 ? $4 : 0.001) }'
}

# Median seconds of a statement, - where this run has none.
seconds_of() {
    if [ -f "$SCRATCH/$1/$2.ms" ]; then
        figures "$1" "$2" 2 | awk '{ printf "%.2f\n", $2 / 1000 }'
    else
        echo -
    fi
}

print_task() {
    local task=$1 name first
    first=$(head -n 1 "$SCRATCH/$task/names")
    while read -r name; do
        printf '| %s | %s | %s | %s | %s |\n' "$2" "$name" "$(figures "$task" "$name" 1 | awk '{ printf "%.0f | %.0f", $1, $2 }')" \
            "$(figures "$task" "$name" 2 | awk '{ printf "%.0f", $2 }')" "$(ratio "$task" "$name" "$first")"
    done <"$SCRATCH/$task/names"
}

# --- what each task compares; the first statement is ours ---

# over FRAME "EXPRESSION": an expression over the frame of each card's transaction.
over_cards() {
    echo "SELECT count(v) FROM (SELECT $1 AS v FROM bench_card WINDOW w AS (PARTITION BY card ORDER BY ts
        RANGE BETWEEN interval '180 days' PRECEDING AND CURRENT ROW) OFFSET 0) AS t"
}

define_moving() {
    statement moving exact_avg "$(over_cards 'mlops.exact_avg(amount) OVER w')"
    statement moving floor "$(over_cards 'bench_noop.moved(amount) OVER w')"
    statement moving avg_float8 "$(over_cards 'avg(amount) OVER w')"
    statement moving avg_numeric "$(over_cards 'avg(exact) OVER w')"
    statement moving sum_int "$(over_cards 'sum(cents) OVER w')"
}

# The server has no max_by; of its own max alone makes the same of each frame.
define_extremes() {
    statement extremes moving_max "$(over_cards 'mlops.moving_max(amount) OVER w')"
    statement extremes max_by "$(over_cards 'mlops.max_by(cents, amount) OVER w')"
    statement extremes last_values "$(over_cards 'mlops.last_values(amount, ts, 3) OVER w')"
    statement extremes floor "$(over_cards 'bench_noop.moved(amount) OVER w')"
    statement extremes max_float8 "$(over_cards 'max(amount) OVER w')"
}

# The server has no moving quantiles: each frame of a sample of rows is asked anew, and the time scaled to all rows.
SAMPLE=5000
define_quantiles() {
    ask "CREATE TABLE bench_sample AS SELECT card, ts FROM bench_card ORDER BY split_part(ts::text, '.', 2), card LIMIT $SAMPLE"
    statement quantiles median "$(over_cards 'mlops.median(amount) OVER w')"
    statement quantiles interquartile_range "$(over_cards 'mlops.interquartile_range(amount) OVER w')"
    statement quantiles median_abs_deviation "$(over_cards 'mlops.median_abs_deviation(amount) OVER w')"
    statement quantiles floor "$(over_cards 'bench_noop.moved(amount) OVER w')"
    statement quantiles "sub_queries_of_$SAMPLE" "SELECT count(v) FROM (SELECT (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c.amount) FROM bench_card AS c
        WHERE c.card = s.card AND c.ts BETWEEN s.ts - interval '180 days' AND s.ts) AS v FROM bench_sample AS s OFFSET 0) AS t"
}

# The sub-queries of all rows, of our median.
scaled_ratio() {
    local sampled
    sampled=$(ratio quantiles "sub_queries_of_$SAMPLE" median)
    if [ "$sampled" = - ]; then
        echo -
    else
        echo "$sampled $(ask 'SELECT count(*) FROM bench_card') $SAMPLE" | awk '{ printf "%.0f\n", $1 * $2 / $3 }'
    fi
}

# Five accessors of one state; the server's own for all of them would take five times as long.
define_stats() {
    local columns="mlops.value_count(s), mlops.mean(s), mlops.stddev(s), mlops.minimum(s), mlops.maximum(s)"
    statement stats stats_agg "SELECT count(v) FROM (SELECT ($columns) AS v FROM (SELECT mlops.stats_agg(amount) OVER w AS s FROM bench_card
        WINDOW w AS (PARTITION BY card ORDER BY ts RANGE BETWEEN interval '180 days' PRECEDING AND CURRENT ROW) OFFSET 0) AS t OFFSET 0) AS t"
    statement stats stddev_of_it "$(over_cards 'mlops.stddev(mlops.stats_agg(amount) OVER w)')"
    statement stats floor "$(over_cards 'bench_noop.number(bench_noop.state(amount) OVER w)')"
    statement stats stddev_samp "$(over_cards 'stddev_samp(amount) OVER w')"
}

define_sum() {
    local n
    statement sum exact_sum "SELECT mlops.exact_sum(loan_amount) FROM bench_unsorted"
    statement sum sum_float8 "SELECT sum(loan_amount) FROM bench_unsorted"
    statement sum sum_numeric "SELECT sum(loan_amount::numeric) FROM bench_unsorted"
    statement sum floor "SELECT bench_noop.moved(loan_amount) FROM bench_unsorted"
    for n in 1 2; do
        statement sum "exact_sum_${n}_workers" "$(with_workers "$n") SELECT mlops.exact_sum(loan_amount) FROM bench_unsorted"
        statement sum "sum_float8_${n}_workers" "$(with_workers "$n") SELECT sum(loan_amount) FROM bench_unsorted"
    done
}

with_workers() { echo "SET max_parallel_workers_per_gather = $1; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;"; }

# The sums of all plans, as bytes; more than one is an error.
check_bits() {
    local n
    for n in 0 1 2 4; do
        ask "$(with_workers "$n") SELECT float8send(mlops.exact_sum(loan_amount)) FROM bench_unsorted"
    done | sort -u | wc -l
}

define_recent() {
    local name call
    for name in exact_avg:mlops.exact_avg floor:bench_noop.moved avg_float8:avg; do
        call=${name#*:}
        statement recent "${name%%:*}" "SELECT count(v) FROM (SELECT $call(loan_amount) OVER w AS v FROM bench_history
            WINDOW w AS (PARTITION BY id ORDER BY loan_date RANGE BETWEEN interval '90 days' PRECEDING AND CURRENT ROW) OFFSET 0) AS t"
    done
}

before_of() {
    echo "SELECT count(a), count(b) FROM (SELECT $2 OVER w AS a, $3 OVER w AS b FROM $1
        WINDOW w AS (PARTITION BY id ORDER BY loan_date $4) OFFSET 0) AS t"
}

# define_before TASK RELATION
define_before() {
    statement "$1" prior "$(before_of "$2" 'mlops.prior_count()' 'mlops.prior_avg(loan_amount)' '')"
    statement "$1" floor "$(before_of "$2" 'bench_noop.prior_count()' 'bench_noop.prior_avg(loan_amount)' '')"
    statement "$1" rank_and_lag "$(before_of "$2" 'rank()' 'lag(loan_amount)' '')"
    statement "$1" tie_blind_rows "$(before_of "$2" 'count(*)' 'avg(loan_amount)' 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING')"
    statement "$1" exclude_group "$(before_of "$2" 'count(*)' 'avg(loan_amount)' 'RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP')"
}

# The same features in plain SQL, by a view of the same columns.
define_five() {
    local columns="loan_id, id, loan_date, status" read_all
    read_all="SELECT count(nb_previous_loans), sum(avg_amount_loans_previous), sum(age), sum(years_on_the_job), sum(flag_own_car)"
    statement five view "$read_all FROM bench_five"
    statement five floor "$read_all FROM (SELECT $columns, bench_noop.prior_count() OVER w AS nb_previous_loans,
            bench_noop.prior_avg(loan_amount) OVER w AS avg_amount_loans_previous, loan_date - birthday AS age, loan_date - job_start_date AS years_on_the_job,
            CASE flag_own_car WHEN 'Y' THEN 1 WHEN 'N' THEN 0 END AS flag_own_car FROM bench_history WINDOW w AS (PARTITION BY id ORDER BY loan_date)) AS t"
    statement five plain_sql "$read_all FROM (SELECT $columns, count(*) OVER w AS nb_previous_loans, avg(loan_amount) OVER w AS avg_amount_loans_previous,
            extract(year FROM age(loan_date, birthday))::int AS age,
            CASE WHEN job_start_date <= loan_date THEN extract(year FROM age(loan_date, job_start_date))::int END AS years_on_the_job,
            CASE flag_own_car WHEN 'Y' THEN 1 WHEN 'N' THEN 0 END AS flag_own_car
        FROM bench_history WINDOW w AS (PARTITION BY id ORDER BY loan_date RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP)) AS t"
}

# The five features, and count, sum, mean and sd of the amounts of the 7, 30, 90 and 365 days before the day.
#
#   with_windows PRIOR_COUNT PRIOR_AVG AGE YEARS "COUNT % SUM % MEAN % SD %" [STATE]
#
# Each % becomes a name.  In the expressions @ is a frame; with a STATE of a frame, which an inner query makes, they are
# of that state.
with_windows() {
    local days four name columns="" states="" frames="" totals="" state=${6:-} five from
    for days in 7 30 90 365; do
        frames+=", d$days AS (prior RANGE BETWEEN interval '$days days' PRECEDING AND interval '1 day' PRECEDING)"
        four=${5//@/$([ -n "$state" ] && echo s || echo d)$days}
        for name in count sum mean sd; do
            four=${four/\%/AS w${days}_$name}
            totals+=", count(w${days}_$name)"
        done
        columns+=", $four"
        [ -z "$state" ] || states+=", ${state//@/d$days} AS s$days"
    done
    five="$1 OVER prior AS n, $2 OVER prior AS mean, $3 AS age, $4 AS years, CASE flag_own_car WHEN 'Y' THEN 1 WHEN 'N' THEN 0 END AS car"
    from="FROM bench_history WINDOW prior AS (PARTITION BY id ORDER BY loan_date)$frames"
    if [ -n "$state" ]; then
        from="FROM (SELECT $five$states $from OFFSET 0) AS s"
        five="n, mean, age, years, car"
    fi
    echo "SELECT count(n), sum(mean), sum(age), sum(years), sum(car)$totals FROM (SELECT $five$columns $from OFFSET 0) AS t"
}

define_windows() {
    local ours=("mlops.prior_count()" "mlops.prior_avg(loan_amount)" "mlops.full_years(birthday, loan_date)" "mlops.full_years(job_start_date, loan_date)")
    local none=("bench_noop.prior_count()" "bench_noop.prior_avg(loan_amount)" "loan_date - birthday" "loan_date - job_start_date")
    local x=loan_amount
    statement windows stats_agg "$(with_windows "${ours[@]}" \
        "mlops.value_count(@) %, mlops.total(@) %, mlops.mean(@) %, mlops.stddev(@) %" "mlops.stats_agg($x) OVER @")"
    statement windows floor_of_states "$(with_windows "${none[@]}" \
        "bench_noop.whole(@) %, bench_noop.number(@) %, bench_noop.number(@) %, bench_noop.number(@) %" "bench_noop.state($x) OVER @")"
    statement windows one_step "$(with_windows "${ours[@]}" \
        "count($x) OVER @ %, mlops.exact_sum($x) OVER @ %, mlops.exact_avg($x) OVER @ %, mlops.exact_stddev($x) OVER @ %")"
    statement windows floor_of_steps "$(with_windows "${none[@]}" \
        "bench_noop.state($x) OVER @ %, bench_noop.moved($x) OVER @ %, bench_noop.moved_avg($x) OVER @ %, bench_noop.moved_stddev($x) OVER @ %")"
    statement windows plain_float8 "$(with_windows "${ours[@]}" \
        "count($x) OVER @ %, sum($x) OVER @ %, avg($x) OVER @ %, stddev_samp($x) OVER @ %")"
    if PANDAS=$("$PYTHON" -c 'import pandas; print("pandas", pandas.__version__)' 2>/dev/null); then
        psql -X -q -c "\copy (SELECT id, loan_date, $x FROM bench_history ORDER BY id, loan_date) TO STDOUT CSV HEADER" >"$SCRATCH/history.csv"
        statement windows pandas "-- $PANDAS: the four windows alone"
    else
        PANDAS="pandas (skipped: PYTHON names no python3 that has it)"
    fi
}

describe() {
    case $1 in
        moving) echo "moving average, cards" ;;
        extremes) echo "moving extremes, cards" ;;
        quantiles) echo "moving quantiles, cards" ;;
        stats) echo "moving statistics, cards" ;;
        sum) echo "plain sum, loans" ;;
        recent) echo "average of 90 days, loans" ;;
        prior) echo "count and average before, loans" ;;
        sorted) echo "the same without an index" ;;
        five) echo "five features of loans" ;;
        windows) echo "five features and four windows" ;;
    esac
}

print_goals() {
    print_goal_head
    print_goal "moving average: avg(float8) takes so many times ours" ">=" 17 "" "$(ratio moving avg_float8 exact_avg)"
    print_goal "moving maximum: max(float8) takes so many times ours" ">=" 10 "" "$(ratio extremes max_float8 moving_max)"
    print_goal "the same: seconds" "<=" 0.6 "" "$(seconds_of extremes moving_max)"
    print_goal "moving max_by: max(float8) takes so many times ours" ">=" 10 "" "$(ratio extremes max_float8 max_by)"
    print_goal "moving median: a sub-query for each row, by $SAMPLE of them, takes so many times ours" ">=" 50 "" "$(scaled_ratio)"
    print_goal "the same: seconds" "<=" 1.5 "" "$(seconds_of quantiles median)"
    print_goal "moving interquartile_range: seconds" "<=" 1.5 "" "$(seconds_of quantiles interquartile_range)"
    print_goal "moving median_abs_deviation: seconds" "<=" 1.5 "" "$(seconds_of quantiles median_abs_deviation)"
    print_goal "moving stats_agg with stddev: stddev_samp takes so many times ours" ">=" 7.8 "" "$(ratio stats stddev_samp stddev_of_it)"
    print_goal "plain exact_sum, of sum(float8)" "<=" 1.3 "" "$(ratio sum exact_sum sum_float8)"
    print_goal "different sums with 0, 1, 2, 4 workers" "<=" 1 "" "$N_SUMS"
    print_goal "average of 90 days, of avg(float8)" "<=" 1.15 "" "$(ratio recent exact_avg avg_float8)"
    print_goal "prior_count and prior_avg, of EXCLUDE GROUP" "<=" 0.5 "" "$(ratio prior prior exclude_group)"
    print_goal "the same where rows are sorted first" "<=" 0.5 "" "$(ratio sorted prior exclude_group)"
    print_goal "five features, of plain SQL" "<=" 0.7 "" "$(ratio five view plain_sql)"
    print_goal "five features and windows in one step each, of the floor" "<=" 1.45 "" "$(ratio windows one_step floor_of_steps)"
    print_goal "the same: seconds" "<=" 5 "" "$(seconds_of windows one_step)"
    print_goal "the same: $PANDAS takes so many times ours for the windows alone" ">=" 1 "" "$(ratio windows pandas one_step)"
}

psql -X -q -c 'SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS mlops'
make_noop
make_cards
make_loans
echo "B2: $(ask 'SELECT count(*) FROM bench_card') transactions, $(ask 'SELECT count(*) FROM bench_history') $SOURCE, $ROUNDS interleaved rounds; $SETTINGS"
print_header 4
cat <<'TXT'
Milliseconds, by the clock and of CPU; "of ours" is the median CPU time beside that of the first statement of the task. Goals are
judged by CPU time.

| task | statement | least ms | median ms | median CPU ms | of ours |
|---|---|--:|--:|--:|--:|
TXT
N_SUMS=-
PANDAS=pandas
for task in $TASKS; do
    case $task in
        prior) define_before prior bench_history ;;
        sorted) define_before sorted bench_unsorted ;;
        *) "define_$task" ;;
    esac
    [ "$task" != sum ] || N_SUMS=$(check_bits)
    measure "$task"
    print_task "$task" "$(describe "$task")"
done
print_goals
