#!/usr/bin/env bash
# B0: the kernels of src/core without a server: naive beside fast, whole trees, and what each trick brings:
# tricks/NAME.patch takes one out of a copy of the sources, which must grow the same trees.
#
#   bash test/bench/b0_kernels.sh     (KERNELS, TRICKS, lists, "none" for none; CC, PG_CONFIG; ROUNDS; N_TREES;
#                                      BENCH_SCALE scales the 1,000,000 rows)
#
# Where the lead is least: the last column of the first table; a ratio near 1 has no fast path of its own.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"

KERNELS=${KERNELS:-binning histogram split partition walk codec grow}
TRICKS=${TRICKS:-$(cd "$BENCH/tricks" && printf '%s\n' *.patch | sed 's/\.patch$//' | tr '\n' ' ')}
CC=${CC:-gcc}
ROUNDS=${ROUNDS:-5}
BENCH_ROWS=$(awk -v scale="${BENCH_SCALE:-1}" 'BEGIN { printf "%d", 1000000 * scale }')
export BENCH_ROWS BENCH_ROUNDS=$ROUNDS BENCH_TREES=${N_TREES:-10}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
# Flags of the product: the server's, without its warnings, and those of the Makefile.
FLAGS="$({ "${PG_CONFIG:-pg_config}" --cflags 2>/dev/null || echo -O2; } | sed -E 's/ ?-W[^ ]*//g') -fPIC -ffp-contract=off"
FLAGS_VECTORIZE=-ftree-vectorize

# Compile sources of a folder, "file.c" or none for all of src/core, into FOLDER/*.o.
compile_core() {
    local folder=$1 file
    shift
    [ $# -gt 0 ] || set -- "$folder"/src/core/*.c
    for file in "$@"; do printf '%s\0' "$(basename "$file" .c)"; done |
        xargs -0 -P "$(nproc)" -I{} sh -c "$CC $FLAGS \$([ {} = histogram ] && echo $FLAGS_VECTORIZE) -I$folder/src -c -o $folder/{}.o $folder/src/core/{}.c"
}

# Link a program of a folder's core.
link_bench() {
    local folder=$1 kernel=$2
    # shellcheck disable=SC2086  # flags are words
    $CC $FLAGS -I"$folder/src" -I"$TOP/test/unit" -I"$BENCH" -o "$folder/bench_$kernel" "$BENCH/bench_$kernel.c" "$SCRATCH"/shared/*.o \
        "$folder"/*.o -lm
}

# What all programs share.
compile_shared() {
    local file
    mkdir "$SCRATCH/shared"
    for file in "$BENCH/timing.c" "$BENCH/rows.c" "$TOP"/test/unit/random_{dataset,forest}.c "$TOP"/test/unit/{plain_alloc,unit}.c; do
        # shellcheck disable=SC2086  # flags are words
        $CC $FLAGS -I"$TOP/src" -I"$TOP/test/unit" -I"$BENCH" -c -o "$SCRATCH/shared/$(basename "$file" .c).o" "$file"
    done
}

# A copy of the core without one trick: only what its patch touches is compiled again, headers touch all.
build_without() {
    local trick=$1 folder=$SCRATCH/$1
    mkdir "$folder"
    cp -R "$SCRATCH/all/src" "$folder/src"
    cp "$SCRATCH"/all/*.o "$folder"
    if ! (cd "$folder" && patch -s -p1 <"$BENCH/tricks/$trick.patch"); then
        printf 'tricks/%s.patch does not apply: mend it\n' "$trick" >&2
        return 1
    fi
    if grep -q '^+++ .*\.h$' "$BENCH/tricks/$trick.patch"; then compile_core "$folder"; else
        # shellcheck disable=SC2046  # names of ours
        compile_core "$folder" $(sed -n 's,^+++ b/,,p' "$BENCH/tricks/$trick.patch")
    fi
    link_bench "$folder" grow
}

# Interleaved rounds of all; the least of each variant is kept, the trees must be the same.
measure_tricks() {
    local trick
    for trick in all $TRICKS all $TRICKS; do
        "$SCRATCH/$trick/bench_grow" tricks >>"$SCRATCH/times-$trick"
    done
    for trick in $TRICKS; do
        if ! diff <(cut -d'|' -f1,3 "$SCRATCH/times-all" | sort -u) <(cut -d'|' -f1,3 "$SCRATCH/times-$trick" | sort -u) >&2; then
            printf 'without %s other trees are grown\n' "$trick" >&2
            return 1
        fi
    done
}

least_of() { awk -F'|' '!($1 in least) || $2 < least[$1] { if (!($1 in least)) order[++n] = $1; least[$1] = $2 } END { for (i = 1; i <= n; i++) print order[i] "|" least[order[i]] }' "$1"; }

print_tricks() {
    local trick
    least_of "$SCRATCH/times-all" >"$SCRATCH/least-all"
    echo
    echo "CPU ms a tree (binning: of all columns), in brackets how many times all of them together take."
    echo
    printf '| without |'
    sed -E 's/^([^|]*).*/ \1 |/' "$SCRATCH/least-all" | tr -d '\n'
    printf '\n|---|'
    sed 's/.*/--:|/' "$SCRATCH/least-all" | tr -d '\n'
    printf '\n| (none) |'
    awk -F'|' '{ printf " %.1f |", $2 }' "$SCRATCH/least-all"
    echo
    for trick in $TRICKS; do
        printf '| %s |' "$trick"
        least_of "$SCRATCH/times-$trick" | paste -d'|' - "$SCRATCH/least-all" | awk -F'|' '{ printf " %.1f (%.2fx) |", $2, $2 / $4 }'
        echo
    done
}

[ "$KERNELS" != none ] || KERNELS=
[ "$TRICKS" != none ] || TRICKS=
mkdir "$SCRATCH/all"
cp -R "$TOP/src" "$SCRATCH/all/src"
rm -f "$SCRATCH"/all/src/*/*.o
compile_shared
compile_core "$SCRATCH/all"
for kernel in $KERNELS grow; do link_bench "$SCRATCH/all" "$kernel"; done
for trick in $TRICKS; do build_without "$trick"; done
echo "B0: $BENCH_ROWS rows, one process, $("$CC" --version | head -n 1), $FLAGS"
print_header 1
echo "Nanoseconds of CPU time a unit, least of $ROUNDS rounds."
echo
echo "| kernel | variant | unit | naive | fast | naive / fast |"
echo "|---|---|---|--:|--:|--:|"
for kernel in $KERNELS; do "$SCRATCH/all/bench_$kernel"; done
if [ -n "$TRICKS" ]; then
    measure_tricks
    print_tricks
fi
