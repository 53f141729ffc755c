# What the checks of the source share: the tools they need, and how a finding is told.
# shellcheck shell=bash

N_FINDINGS=0
# find_fault stands at the end of a pipe and counts in this shell.
shopt -s lastpipe

# A rule that is broken: where and what on standard input, how to mend it as the argument.
find_fault() {
    local fix=$1 lines
    lines=$(cat)
    [ -n "$lines" ] || return 0
    printf '%s\n' "$lines" >&2
    printf '  fix: %s\n' "$fix" >&2
    N_FINDINGS=$((N_FINDINGS + 1))
}

# End a check: its name, and whether anything was found.
end_check() {
    local name=$1
    [ "$N_FINDINGS" -eq 0 ] || die "$name: $N_FINDINGS rules are broken (above)"
    say "$name: clean"
}

# The check's programs, or how to get them.
need_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || die "$tool is not installed" "run: bash scripts/dev.sh deps check"
    done
}

# Sources that the formatter and the linters read.
c_files() { find src test/unit test/fuzz test/bench -name '*.[ch]' 2>/dev/null | sort; }
