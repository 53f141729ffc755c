# The suites of make test: each is run, counted, and its output shown only if it failed.
# shellcheck shell=bash

N_PASSED=0
N_FAILED=0
N_SKIPPED=0

# Add the figures of one suite and say them.
add_counts() {
    local suite=$1 passed=$2 failed=$3 skipped=$4
    N_PASSED=$((N_PASSED + passed))
    N_FAILED=$((N_FAILED + failed))
    N_SKIPPED=$((N_SKIPPED + skipped))
    say "$suite: $(print_counts "$passed" "$failed" "$skipped")"
}

# Run a script that ends in a line of counts (check-core, the replay of the fuzz corpus).
run_counting_script() {
    local suite=$1 log code=0 counts
    shift
    log=$PLACE/out/$suite.log
    "$@" >"$log" 2>&1 9>&- </dev/null || code=$?
    [ $code -eq 0 ] || cat "$log"
    grep '^skipped: ' "$log" | sed 's/^/== /' || true
    counts=$(tail -n 1 "$log" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p')
    [ -n "$counts" ] || counts="0 1"
    # shellcheck disable=SC2086  # three numbers, the last of which may be missing
    set -- $counts
    add_counts "$suite" "$1" "$2" "${3:-0}"
}

# Regress files or isolation specs.  Up to 15 pg_regress prints "test NAME ... ok", from 16 "ok N - NAME".
run_regress_suite() {
    local suite=$1 other=$2 log code=0 passed failed
    log=$PLACE/out/$suite.log
    rm -f "$PLACE/out/regression.diffs"
    pgxs_make installcheck "$other=" TAP_TESTS= REGRESS_OUT="$PLACE/out" >"$log" 2>&1 9>&- </dev/null || code=$?
    passed=$(count_lines '^(test .* \.\.\. ok\b|ok +[0-9]+ )' "$log")
    failed=$(count_lines '^(test .* \.\.\. FAILED|not ok +[0-9]+ )' "$log")
    if [ $code -ne 0 ]; then
        cat "$log"
        [ ! -f "$PLACE/out/regression.diffs" ] || head -n 400 "$PLACE/out/regression.diffs"
        [ "$failed" -gt 0 ] || failed=1
    fi
    add_counts "$suite" "$passed" "$failed" 0
}

# What TAP tests read, where the server's user can read it: their own files, the files of the
# checkout that they compare, and the data if its folder is closed to him.
copy_for_tap() {
    local owner
    owner=$(server_user)
    rm -rf "$PLACE/t" "$PLACE/top"
    mkdir "$PLACE/top"
    cp -R "$ROOT/test/t" "$PLACE/t"
    cp -R "$ROOT"/{Makefile,mlops.control,META.json,README.md,CHANGELOG.md,LICENSE,sql,src,scripts,test} "$PLACE/top"
    if [ -n "$MLOPS_DATA_DIR" ] && ! as_server test -r "$MLOPS_DATA_DIR"; then
        rm -rf "$PLACE/data-sets"
        cp -RL "$MLOPS_DATA_DIR" "$PLACE/data-sets"
        chmod -R u+rwX,go+rX "$PLACE/data-sets"
        MLOPS_DATA_DIR=$PLACE/data-sets
    fi
    [ "$(id -u)" -ne 0 ] || chown -R "$owner" "$PLACE/t" "$PLACE/top"
}

# PGXS's own rule would put the system's programs first, so prove is called here.
run_tap_suite() {
    local log code=0 pgxs_dir passed failed skipped
    log=$PLACE/out/tap.log
    pgxs_dir=$(dirname "$("$PG_CONFIG" --pgxs)")/../..
    copy_for_tap
    (
        cd "$PLACE/t"
        as_server env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE HOME="$PLACE" PATH="$PATH" TESTDIR="$PLACE/t" \
            PG_REGRESS="$pgxs_dir/src/test/regress/pg_regress" MLOPS_TOP="$PLACE/top" \
            MLOPS_DATA_DIR="$MLOPS_DATA_DIR" MLOPS_REQUIRE="${MLOPS_REQUIRE:-}" \
            prove -v -I "$pgxs_dir/src/test/perl" -I "$PLACE/t" ./*.pl
    ) >"$log" 2>&1 9>&- </dev/null || code=$?
    # "1..0 # SKIP" is a file that skips itself, "ok 3 # skip" one assertion.
    skipped=$(count_lines '^(1\.\.0|ok [0-9]+).*# (skip|SKIP)' "$log")
    passed=$(($(count_lines '^ok [0-9]+' "$log") - $(count_lines '^ok [0-9]+.*# skip' "$log")))
    failed=$(count_lines '^not ok [0-9]+' "$log")
    grep -oE 'skipped: .*' "$log" | sort -u | sed 's/^/== /' || true
    if [ $code -ne 0 ]; then
        # A file that dies between two assertions fails without a line of its own.
        failed=$((failed + $(count_lines '\(Wstat: [1-9][0-9]* .*Failed: 0\)' "$log")))
        [ "$failed" -gt 0 ] || failed=1
        cat "$log"
    fi
    add_counts tap "$passed" "$failed" "$skipped"
}

# True if a pattern has a match.
any_file() { compgen -G "$1" >/dev/null; }

# All suites; the last line is the sum.  Nothing executed is a failure.
run_suites() {
    rm -rf "$PLACE/out"
    mkdir "$PLACE/out"
    ln -s "$ROOT/expected" "$PLACE/out/expected"
    find_data
    if any_file "$ROOT/test/unit/test_*.c"; then run_counting_script check-core bash "$ROOT/scripts/check-core.sh"; fi
    if any_file "$ROOT/test/fuzz/fuzz_*.c"; then
        run_counting_script fuzz-replay bash "$ROOT/scripts/check-fuzz.sh" --replay
    fi
    if any_file "$ROOT/test/sql/*.sql"; then run_regress_suite regress ISOLATION; fi
    if any_file "$ROOT/test/specs/*.spec"; then run_regress_suite isolation REGRESS; fi
    if any_file "$ROOT/test/t/*.pl"; then run_tap_suite; fi
    [ $((N_PASSED + N_FAILED)) -gt 0 ] || N_FAILED=1
    print_counts "$N_PASSED" "$N_FAILED" "$N_SKIPPED"
    [ "$N_FAILED" -eq 0 ]
}

# The folder of real data sets, absolute, or empty when there is none.
find_data() {
    local dir=${MLOPS_DATA_DIR:-$ROOT/../shared/data}
    case $dir in /*) ;; *) dir=$CALLER_DIR/$dir ;; esac
    MLOPS_DATA_DIR=$(cd "$dir" 2>/dev/null && pwd) || MLOPS_DATA_DIR=
    export MLOPS_DATA_DIR
}
