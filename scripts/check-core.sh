#!/usr/bin/env bash
# Unit tests of src/core under the address and undefined-behaviour sanitizers, with gcc and with
# clang, without a server.  The last line is "N passed, N failed".
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$ROOT"

# A program that runs so long hangs.
GUARD_SECONDS=180

N_PASSED=0
N_FAILED=0
N_SKIPPED=0

# Run one program; one that ends in error without a "not ok" line has crashed.
run_program() {
    local program=$1 log=$1.log code=0 failed
    timeout "$GUARD_SECONDS" "$program" >"$log" 2>&1 </dev/null || code=$?
    failed=$(count_lines '^not ok ' "$log")
    if [ $code -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
        printf 'not ok %s: exit status %s\n' "$(basename "$program")" $code
    fi
    [ $code -eq 0 ] || cat "$log"
    N_PASSED=$((N_PASSED + $(count_lines '^ok ' "$log")))
    N_FAILED=$((N_FAILED + failed))
}

check_with() {
    local compiler=$1 out=build/unit-$1 source
    if ! make -s -j"$(nproc)" -f scripts/check-core.mk CC="$compiler" OUT="$out" all; then
        printf 'not ok build of src/core and test/unit with %s\n' "$compiler"
        N_FAILED=$((N_FAILED + 1))
        return
    fi
    for source in test/unit/test_*.c; do
        run_program "$out/$(basename "$source" .c)"
    done
}

check_with gcc
if command -v clang-14 >/dev/null; then
    check_with clang-14
else
    skip_part check "core under clang: clang-14 is not installed"
fi

print_counts "$N_PASSED" "$N_FAILED" "$N_SKIPPED"
[ "$N_FAILED" -eq 0 ] && [ "$N_PASSED" -gt 0 ]
