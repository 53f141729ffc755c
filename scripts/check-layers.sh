#!/usr/bin/env bash
# The walls of the code stand: the core names nothing of the server, does no I/O and keeps no
# state; includes point one way; every external name has our prefix.
#
#   check-layers.sh [FOLDER]      default: this checkout
#   check-layers.sh --self-test   plant one fault of each kind in a copy: each must be found
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/tools.sh
. "$ROOT/scripts/lib/tools.sh"
# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"

# What the core may take from libc, libm and the compiler's own library.
ALLOWED='^(mlops_[a-z0-9_]+|mem(cpy|set|cmp|move|chr)|str(len|cmp)|qsort|frexp|ldexp|sqrt|floor|ceil|fmin|fmax|fabs|fma|vsnprintf|snprintf|strtod|strtoll|__[a-z]+_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__[a-z]*ti[a-z0-9]*|Pg_magic_func)$'
EXPORTED='^(mlops_[a-z0-9_]+|pg_finfo_mlops_[a-z0-9_]+|_PG_init|Pg_magic_func)$'

# Lines of code, without comments, as FILE:LINE:TEXT.
code_lines() { grep -nE "$@" 2>/dev/null | grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)' || true; }

check_words() {
    code_lines 'postgres\.h|\b(palloc|pfree|repalloc|ereport|elog|malloc|calloc|realloc|printf|fprintf|puts|fopen|time|clock|rand|random|getenv|setjmp|longjmp|abort|exit) *\(|\bDatum\b' \
        src/core/*.[ch] | find_fault 'src/core is pure C: take the allocator and the cancel hook that are handed in, return a MlopsStatus'
    code_lines 'PG_VERSION_NUM' src/core/*.[ch] src/pg/*.[ch] | { grep -v '^src/pg/compat\.h:' || true; } |
        find_fault 'move the branch to src/pg/compat.h'
    code_lines 'cJSON' src/core/*.[ch] src/pg/*.[ch] | { grep -v '^src/pg/exchange\.c:' || true; } |
        find_fault 'only src/pg/exchange.c uses cJSON'
    code_lines '#include "(pg/|\.\./)' src/core/*.[ch] | find_fault 'src/core includes only "core/..." and the C library'
}

# The files of the core in the order of their layers: a file includes what stands before it.
check_order() {
    grep -oE '^#include "core/[a-z0-9_]+\.h"' src/core/*.h | sed -E 's,^src/core/([a-z0-9_]+)\.h:#include "core/([a-z0-9_]+)\.h",\2 \1,' |
        tsort 2>&1 >/dev/null | find_fault 'headers of src/core include one another in a circle: move what both need to a third'
}

check_symbols() {
    { nm -u src/core/*.o | awk '/^ +U /{print $2}' | sort -u | grep -vE "$ALLOWED" || true; } |
        find_fault 'src/core calls a function outside of its allow-list (scripts/check-layers.sh)'
    { nm src/core/*.o | grep -E ' [bBdD] ' || true; } | find_fault 'src/core keeps no variables: pass the state in'
    { nm -D --defined-only mlops.so | awk '{print $3}' | grep -vE "$EXPORTED" || true; } |
        find_fault 'make the function static, or begin its name with mlops_'
}

check_folder() {
    cd "$1"
    quietly make -s PG_CONFIG="$PG_CONFIG" with_llvm=no -j"$(nproc)" all || die "the build failed"
    check_words
    check_order
    check_symbols
    end_check check-layers
}

# Copy the checkout, break a rule in one file, and expect the check to fail.
expect_finding() {
    local what=$1 file=$2 text=$3 folder
    folder=$(mktemp -d)
    cp -R "$ROOT"/{Makefile,mlops.control,sql,src,mlops.so} "$folder"
    printf '\n%s\n' "$text" >>"$folder/$file"
    if (check_folder "$folder") >"$folder/log" 2>&1; then
        rm -rf "$folder"
        die "check-layers does not see $what"
    fi
    grep -q 'fix:' "$folder/log" || { cat "$folder/log" >&2; die "the copy with $what does not build"; }
    rm -rf "$folder"
    say "sees $what"
}

self_test() {
    expect_finding 'palloc in the core' src/core/hash.c 'extern void *palloc(unsigned long); void *mlops_hash_plant(void); void *mlops_hash_plant(void) { return palloc(1); }'
    expect_finding 'a state in the core' src/core/hash.c 'int mlops_hash_plant; '
    expect_finding 'an external name without prefix' src/pg/value.c 'extern int plant(void); int plant(void) { return 1; }'
    expect_finding 'a version branch outside compat.h' src/pg/value.c '#if PG_VERSION_NUM >= 160000
#endif'
    expect_finding 'a circle of headers' src/core/status.h '#include "core/column.h"'
}

choose_server
case ${1:-} in
    --self-test)
        (check_folder "$ROOT")
        self_test
        ;;
    *) check_folder "${1:-$ROOT}" ;;
esac
