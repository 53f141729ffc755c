#!/usr/bin/env bash
# Everything that the two commands of the README need: packages, a private install tree, a private
# cluster, the demo, the tests.  Outside the checkout nothing changes but packages.
# Each word may be repeated and interrupted, as root or as an ordinary user.
set -euo pipefail
umask 022

CALLER_DIR=$PWD
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd /
# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/place.sh
. "$ROOT/scripts/lib/place.sh"
# shellcheck source=scripts/lib/build.sh
. "$ROOT/scripts/lib/build.sh"
# shellcheck source=scripts/lib/cluster.sh
. "$ROOT/scripts/lib/cluster.sh"
# shellcheck source=scripts/lib/suites.sh
. "$ROOT/scripts/lib/suites.sh"

usage() {
    cat <<'TXT'
usage: bash scripts/dev.sh WORD        (or: make WORD)

  deps [GROUP ...]  install packages: base (default), check, perf, mail, bi, all
  demo              a working database, a trained model, a prediction; LOANS=FILE for loans of your own
  test              all tests; the last line is "N passed, N failed"
  psql              psql on the private server
  stop              stop the private server
  clean-cluster     stop it and remove its files
  bench             all benchmarks; bench-training, bench-serving, bench-features: one topic

PG_CONFIG or PGVER choose the server, MLOPS_HOME the folder of private files (default .mlops),
MLOPS_DATA_DIR the real data for tests (default ../shared/data); MLOPS_REQUIRE (groups, or all)
makes optional parts mandatory.
TXT
}

# Packages, folders, build, server: what demo, test, psql and bench stand on.
up() {
    install_packages base "$@"
    make_place
    take_lock
    use_server_env
    make_tree
    build_extension
    install_extension
    start_server
}

# Run a word on an existing place; without one there is nothing to do.
with_place() {
    name_place
    [ -d "$PLACE" ] || { say "there is no private server here"; return 0; }
    refuse_strange_owner "$PLACE" "$(server_user)"
    take_lock
    use_server_env
    "$@"
}

run_demo() {
    local loans=${LOANS:-}
    case $loans in '' | /*) ;; *) loans=$CALLER_DIR/$loans ;; esac
    LOANS=$loans bash "$ROOT/scripts/demo.sh" 9>&-
    say "look around: make psql    stop: make stop    remove: make clean-cluster"
}

# What the names of a topic's scripts begin with.
names_of_topic() {
    case ${1:-} in
        serving) echo online batch memory first_call deploy ;;
        *) echo "${1:-}" ;;
    esac
}

# Benchmarks of a topic (training, serving, features), or all of them.
run_benchmarks() {
    local name names script found=no
    names=$(names_of_topic "$@")
    # all of them have the empty name in common
    for name in ${names:-""}; do
        for script in "$ROOT"/test/bench/b[0-9]*_"$name"*.sh; do
            [ -f "$script" ] || continue
            found=yes
            bash "$script" 9>&-
        done
    done
    [ $found = yes ] || say "skipped: bench${1:+-$1} (no script of that name in test/bench)"
}

main() {
    local word=${1:-help}
    [ $# -eq 0 ] || shift
    # One command a line: in "a && b" the shell would not stop at a failure inside a.
    case $word in
        deps) install_packages "${@:-base}" ;;
        demo)
            up
            run_demo
            ;;
        test)
            up
            run_suites
            ;;
        psql)
            up
            exec psql "$@" 9>&-
            ;;
        stop) with_place stop_server ;;
        clean-cluster) with_place clean_cluster ;;
        bench)
            up perf
            run_benchmarks
            ;;
        bench-training | bench-serving | bench-features)
            up perf
            run_benchmarks "${word#bench-}"
            ;;
        help | -h | --help) usage ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

main "$@"
