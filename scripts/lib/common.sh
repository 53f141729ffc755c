# Words that every script uses: what it says, where it stands, what it reads from a log.
# shellcheck shell=bash

# shellcheck disable=SC2034  # used by those who read this file
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf '== %s\n' "$*"; }

# What went wrong, then one line for each thing to do about it.
die() {
    printf 'mlops: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# Run a command and show its output only if it fails.
quietly() {
    local log code=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 9>&- </dev/null || code=$?
    [ $code -eq 0 ] || cat "$log" >&2
    rm -f "$log"
    return $code
}

# True if MLOPS_REQUIRE (groups, or all) makes this optional part mandatory.
is_required() {
    case ",${MLOPS_REQUIRE:-}," in
        *",$1,"* | *,all,*) return 0 ;;
    esac
    return 1
}

# An optional part that is missing: counted as skipped, or as failed where it is required.
skip_part() {
    local group=$1 reason=$2
    if is_required "$group"; then
        printf 'not ok %s\n' "$reason; fix: bash scripts/dev.sh deps $group"
        N_FAILED=$((N_FAILED + 1))
    else
        printf 'skipped: %s\n' "$group ($reason; bash scripts/dev.sh deps $group)"
        N_SKIPPED=$((N_SKIPPED + 1))
    fi
}

# The figures of a suite, the last line of everything that counts: passed, failed, skipped.
print_counts() {
    printf '%d passed, %d failed' "$1" "$2"
    [ "$3" -eq 0 ] || printf ', %d skipped' "$3"
    printf '\n'
}

# Number of lines of a file that match an extended expression.
count_lines() { grep -cE "$1" "$2" || true; }
