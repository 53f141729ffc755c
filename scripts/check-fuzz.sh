#!/usr/bin/env bash
# Fuzzing of what reads foreign bytes (test/fuzz/fuzz_*.c).
#
#   check-fuzz.sh                run each target with libFuzzer, from its corpus
#   check-fuzz.sh --replay       the stored corpus alone, with gcc: part of make test
#   check-fuzz.sh --plant        plant the faults of test/plant/*.patch: each must be found
#   check-fuzz.sh --make-corpus  write the seeds anew, after a change of format
#
# FUZZ_RUNS (default 1,000,000) is the number of runs of a target.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/tools.sh
. "$ROOT/scripts/lib/tools.sh"
cd "$ROOT"

FUZZ_RUNS=${FUZZ_RUNS:-1000000}
OUT=$ROOT/build/fuzz
# The define switches the checksum of stored bytes off.
FLAGS=(-g -O1 -std=c11 -fno-sanitize-recover=all -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -ffp-contract=off -Isrc -Itest/unit)

# What a target is built from beside its own file and the core.
HELPERS=(test/unit/plain_alloc.c test/unit/walk_check.c)

targets() { for file in test/fuzz/fuzz_*.c; do basename "$file" .c; done; }

build_fuzzer() {
    local target=$1 top=$2 program=$3
    (cd "$top" && clang-14 "${FLAGS[@]}" -fsanitize=fuzzer,address,undefined "test/fuzz/$target.c" "${HELPERS[@]}" src/core/*.c -lm -o "$program")
}

# Seeds of a target: a folder of its own, or that of stored forests.
corpus_of() {
    local folder=test/fuzz/corpus_${1#fuzz_}
    [ -d "$folder" ] || folder=test/fuzz/corpus
    printf '%s' "$folder"
}

replay() {
    local target log passed failed n_passed=0 n_failed=0
    for target in $(targets); do
        gcc "${FLAGS[@]}" -fsanitize=address,undefined "test/fuzz/$target.c" test/fuzz/replay.c "${HELPERS[@]}" src/core/*.c -lm \
            -o "$OUT/$target-replay"
        log=$OUT/$target-replay.log
        failed=0
        "$OUT/$target-replay" "$(corpus_of "$target")"/* >"$log" 2>&1 || failed=1
        passed=$(count_lines '^ok ' "$log")
        [ $failed -eq 0 ] || { cat "$log"; printf 'not ok %s: the file after the last line above\n' "$target"; }
        n_passed=$((n_passed + passed))
        n_failed=$((n_failed + failed))
    done
    print_counts $n_passed $n_failed 0
    [ $n_failed -eq 0 ] && [ $n_passed -gt 0 ]
}

# New inputs go to build/fuzz; what is worth keeping is moved to the corpus by hand.
fuzz() {
    local target=$1 program=$2 runs=$3
    mkdir -p "$OUT/$target-new"
    "$program" -runs="$runs" -timeout=5 -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1 -artifact_prefix="$OUT/" \
        "$OUT/$target-new" "$(corpus_of "$target")"
}

run_all() {
    local target
    for target in $(targets); do
        build_fuzzer "$target" "$ROOT" "$OUT/$target"
        fuzz "$target" "$OUT/$target" "$FUZZ_RUNS" 2>&1 | grep -E 'ERROR|SUMMARY|stat::number_of_executed_units|stat::average_exec|Done' || true
        [ "${PIPESTATUS[0]}" -eq 0 ] || die "$target: a fault was found, see $OUT"
    done
}

# A fault that the fuzzer does not find would show that it looks nowhere.
plant_all() {
    local patch target folder
    for patch in test/plant/fuzz_*.patch; do
        target=$(basename "$patch" | sed -E 's/-.*//')
        folder=$(mktemp -d)
        cp -R src test "$folder"
        (cd "$folder" && patch -s -p1 <"$ROOT/$patch") || die "$patch does not apply: mend it"
        build_fuzzer "$target" "$folder" "$folder/fuzzer"
        rm -rf "$OUT/$target-new"
        if fuzz "$target" "$folder/fuzzer" "$FUZZ_RUNS" >"$folder/log" 2>&1; then
            die "$patch: the planted fault was not found in $FUZZ_RUNS runs"
        fi
        say "$(basename "$patch"): found, $(grep -m 1 -oE 'SUMMARY: .*' "$folder/log" | sed "s,$folder/,,"), in run $(grep -oE '^#[0-9]+' "$folder/log" | tail -n 1)"
        rm -rf "$folder"
    done
}

make_corpus() {
    gcc -std=c11 -O1 -Isrc -Itest/unit test/fuzz/make_corpus.c test/unit/random_*.c test/unit/plain_alloc.c src/core/*.c -lm -o "$OUT/make_corpus"
    mkdir -p test/fuzz/corpus_container
    "$OUT/make_corpus" test/fuzz/corpus test/fuzz/corpus_container
}

mkdir -p "$OUT"
case ${1:-} in
    '')
        need_tools clang-14
        run_all
        ;;
    --replay) replay ;;
    --plant)
        need_tools clang-14
        plant_all
        ;;
    --make-corpus) make_corpus ;;
    *) die "unknown option $1" "see the head of $0" ;;
esac
