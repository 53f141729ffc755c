#!/usr/bin/env bash
# Everything that the README's commands need: packages, a private install tree,
# a private cluster, the demo and the tests.  Nothing outside the checkout
# changes but apt packages.  See the usage below for the words it takes.
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CALLER_DIR=$PWD
cd /

say() { printf '== %s\n' "$*"; }
die() {
    printf 'mlops: %s\n' "$1" >&2
    shift
    local hint
    for hint in "$@"; do printf '       %s\n' "$hint" >&2; done
    exit 1
}

# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/cluster.sh
. "$ROOT/scripts/lib/cluster.sh"
# shellcheck source=scripts/lib/suites.sh
. "$ROOT/scripts/lib/suites.sh"

usage() {
    cat <<'TXT'
usage: bash scripts/dev.sh WORD

  deps [GROUP ...]  install packages: base (default), check, all
  demo              build, start a private server, run the demo; LOANS=file.csv[.gz] for own data
  test              build, start a private server, run all tests
  psql              open psql on the private server
  stop              stop the private server
  clean-cluster     stop it and remove what it stored
  bench-training    compare training with scikit-learn (needs python3 with it)

Settings: PG_CONFIG or PGVER choose the server, MLOPS_HOME the folder (default .mlops),
MLOPS_DATA_DIR the folder of real data for tests, MLOPS_REQUIRE=all makes optional parts mandatory.
TXT
}

main() {
    local word=${1:-help}
    [ $# -eq 0 ] || shift
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
            exec psql -X "$@"
            ;;
        stop) find_place && stop_server ;;
        clean-cluster) find_place && clean_cluster ;;
        bench | bench-training)
            up
            bash "$ROOT/test/bench/b5_training.sh"
            ;;
        help | -h | --help) usage ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

# Packages, server, place, build, cluster: what demo, test and psql stand on.
up() {
    install_packages base
    find_place
    take_lock
    make_tree
    build_and_install
    start_server
}

run_demo() {
    LOANS=${LOANS:-} CALLER_DIR=$CALLER_DIR bash "$ROOT/scripts/demo.sh"
    say "look around: make psql, then \\c demo     stop: make stop     remove: make clean-cluster"
}

main "$@"
