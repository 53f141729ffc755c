# What the benchmarks share: the header that each result carries, figures from rounds, a table of goals.
# shellcheck shell=bash

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
TOP=$(cd "$BENCH/../.." && pwd -P)

ask() { psql -X -A -t -q -v ON_ERROR_STOP=1 -c "$1"; }

# Commit, versions, machine, settings, load: without it a figure is not quoted.
print_header() {
    local seed=$1 commit
    commit=$(git -C "$TOP" describe --always --dirty 2>/dev/null || echo unknown)
    printf 'commit %s, mlops %s, PostgreSQL %s\n' "$commit" \
        "$(ask "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'mlops'")" "$(ask 'SHOW server_version')"
    printf '%s, %s cores, %s, load %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" "$(cut -d' ' -f1-3 /proc/loadavg)"
    printf 'shared_buffers %s, jit %s, fsync %s, max_parallel_maintenance_workers %s, seed %s, %s\n\n' \
        "$(ask 'SHOW shared_buffers')" "$(ask 'SHOW jit')" "$(ask 'SHOW fsync')" \
        "$(ask 'SHOW max_parallel_maintenance_workers')" "$seed" "$(date -u +%Y-%m-%d)"
}

# Least and middle of the numbers on standard input, one a line.
least_and_median() { sort -g | awk '{ x[NR] = $1 } END { printf "%.3f %.3f", x[1], (x[int((NR + 1) / 2)] + x[int((NR + 2) / 2)]) / 2 }'; }

# A number times BENCH_SCALE, but no less than another one.
scaled() { awk -v scale="${BENCH_SCALE:-1}" -v n="$1" -v least="$2" 'BEGIN { n = int(n * scale); print n < least ? least : n }'; }

# The last table of a benchmark: goals, and whether they were held.
print_goal_head() {
    echo
    echo "| goal | limit | measured | held |"
    echo "|---|--:|--:|---|"
}

# print_goal WHAT "<=|>=" LIMIT UNIT MEASURED: a row of it; a measured value of - is one that this run has not.
print_goal() {
    if [ "$5" = - ]; then
        printf '| %s | %s %s%s | | not measured |\n' "$1" "$2" "$3" "$4"
        return 0
    fi
    awk -v what="$1" -v sign="$2" -v limit="$3" -v unit="$4" -v measured="$5" 'BEGIN {
        held = sign == "<=" ? measured + 0 <= limit + 0 : measured + 0 >= limit + 0
        printf "| %s | %s %s%s | %s%s | %s |\n", what, sign, limit, unit, measured, unit, held ? "yes" : "NO" }'
}
