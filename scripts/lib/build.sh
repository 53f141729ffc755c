# The private install tree, and building the extension into it.
# shellcheck shell=bash

# Changes when the server does, or when its folders gain or lose a file (pgTAP installed later).
tree_stamp() {
    "$PG_CONFIG" --version
    "$PG_CONFIG" --configure | cksum
    (cd "$("$PG_CONFIG" --pkglibdir)" && find . | sort | cksum)
    (cd "$("$PG_CONFIG" --sharedir)" && find . | sort | cksum)
}

# A copy of the server by links.  A server finds its folders relative to its binary, so that
# an extension is installed there and nothing of ours goes to /usr.  The programs that look for
# their folders are real copies: links would lead back to /usr.
make_tree() {
    local dir program stamp
    stamp=$(tree_stamp)
    [ "$(cat "$PLACE/tree.stamp" 2>/dev/null)" != "$stamp" ] || return 0
    stop_server
    rm -rf "$TREE" "$PLACE/tree.stamp"
    for dir in "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)"; do
        mkdir -p "$TREE$dir"
        cp -as "$dir/." "$TREE$dir/"
    done
    mkdir -p "$TREE$BINDIR"
    for program in postgres initdb pg_ctl; do
        rm -f "$TREE$BINDIR/$program"
        cp -L "$BINDIR/$program" "$TREE$BINDIR/$program"
    done
    printf '%s\n' "$stamp" >"$PLACE/tree.stamp"
}

# make by PGXS for the chosen server; no bitcode, which only slows the build down.
pgxs_make() { make -s -C "$ROOT" PG_CONFIG="$PG_CONFIG" with_llvm=no "$@"; }

build_stamp() {
    printf '%s|%s|%s' "$("$PG_CONFIG" --version)" "$(gcc -dumpfullversion)" "${COPT:-}"
}

# Build; objects of another server, compiler or set of flags are thrown away first.
build_extension() {
    local stamp
    stamp=$(build_stamp)
    if [ "$(cat "$ROOT/build/stamp" 2>/dev/null)" != "$stamp" ]; then
        quietly pgxs_make clean
        mkdir -p "$ROOT/build"
        printf '%s' "$stamp" >"$ROOT/build/stamp"
    fi
    quietly pgxs_make -j"$(nproc)" all || die "the build failed"
}

# The server has the library loaded, so another one needs a restart.
install_extension() {
    local library before
    library=$TREE$("$PG_CONFIG" --pkglibdir)/mlops.so
    before=$([ ! -f "$library" ] || cksum <"$library")
    rm -f "$TREE$("$PG_CONFIG" --pkglibdir)"/mlops* "$TREE$("$PG_CONFIG" --sharedir)"/extension/mlops*
    quietly pgxs_make DESTDIR="$TREE" install || die "the installation into $TREE failed"
    [ "$before" = "$(cksum <"$library")" ] || stop_server
}
