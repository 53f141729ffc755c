#!/usr/bin/env bash
# Static analysis of C, shell and SQL, and the limits on the size of things.  Each finding says how
# to mend it.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/tools.sh
. "$ROOT/scripts/lib/tools.sh"
# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"
cd "$ROOT"
need_tools clang-tidy-14 scan-build-14 cppcheck shellcheck perl
choose_server

FUNCTION_LINES_MAX=100
FILE_LINES_MAX=1000

# Run clang-tidy on files, several at once; the flags are those of their build.
tidy() {
    local flags=$1 file
    while read -r file; do
        printf '%s\0' "$file"
    done | xargs -0 -P "$(nproc)" -I{} sh -c "clang-tidy-14 --quiet {} -- $flags 2>/dev/null || true"
}

check_c() {
    local server
    server=$("$PG_CONFIG" --includedir-server)
    find src/core -name '*.c' | tidy '-std=c11 -Isrc' | find_fault 'clang-tidy: see the name in brackets'
    find src/pg -name '*.c' | tidy "-std=gnu99 -Isrc -isystem $server -D_GNU_SOURCE" |
        find_fault 'clang-tidy: see the name in brackets'
    find test/unit test/oracle -name '*.c' | tidy '-std=c11 -Isrc -Itest/unit' | find_fault 'clang-tidy: see the name in brackets'
    cppcheck -q --enable=warning,performance,portability --inline-suppr --std=c11 -Isrc src/core 2>&1 |
        find_fault 'cppcheck: mend it, or suppress it in the line with a reason'
}

# The analyzer follows paths through the whole build of the extension.
check_paths() {
    local folder
    folder=$(mktemp -d)
    cp -R Makefile mlops.control sql src "$folder"
    rm -f "$folder"/src/*/*.o
    { scan-build-14 --status-bugs -o "$folder/report" make -s -C "$folder" PG_CONFIG="$PG_CONFIG" with_llvm=no \
        -j"$(nproc)" CC=gcc 2>&1 || true; } | { grep -E 'warning:' || true; } |
        find_fault 'scan-build: a path to this line ends in a fault'
    rm -rf "$folder"
}

check_sizes() {
    find src test/unit -name '*.[ch]' | sort | while read -r file; do
        awk -v file="$file" -v max=$FUNCTION_LINES_MAX '
            /^\{/ { start = NR }
            /^\}/ { if (start && NR - start + 1 > max) print file ":" start ": a function of " NR - start + 1 " lines"; start = 0 }
        ' "$file"
    done | find_fault "at most $FUNCTION_LINES_MAX lines a function: name its steps"
    find src sql/install scripts -type f -name '*.[chs][qh]*' -o -path 'src/*' -name '*.[ch]' | sort -u | xargs wc -l |
        awk -v max=$FILE_LINES_MAX '$2 != "total" && $1 > max { print $2 ": " $1 " lines" }' |
        find_fault "at most $FILE_LINES_MAX lines a file: split it by topic"
}

check_sql() {
    perl scripts/lint-sql.pl sql/install/*.sql | find_fault 'see ARCHITECTURE of SQL fragments in sql/README.md'
}

# Each test has its expected output, and no test is hidden by a script of sql/.
check_tests() {
    local file name
    for file in test/sql/*.sql test/specs/*.spec; do
        [ -f "$file" ] || continue
        name=$(basename "${file%.*}")
        [ -f "expected/$name.out" ] || printf '%s: no expected/%s.out\n' "$file" "$name"
        [ ! -f "sql/$name.sql" ] || printf '%s: sql/%s.sql would run in its place\n' "$file" "$name"
    done | find_fault 'run the test, check its output, copy it to expected/'
    for file in expected/*.out; do
        name=$(basename "${file%.out}")
        [ -f "test/sql/$name.sql" ] || [ -f "test/specs/$name.spec" ] || printf '%s: no test of this name\n' "$file"
    done | find_fault 'remove it, or bring its test back'
}

# The first byte of a stored state says what it is.
check_marks() {
    grep -rhoE '\.magic = [^,]+' src/pg | sort | uniq -d | find_fault 'two states have this mark: give one of them another'
}

check_c
check_marks
check_paths
check_sizes
check_sql
check_tests
shellcheck -x scripts/*.sh scripts/lib/*.sh .ci/run 2>&1 | find_fault 'shellcheck: see the number'
end_check lint
