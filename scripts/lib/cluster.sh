# The private install tree and the private cluster.
# shellcheck shell=bash

# Longest socket folder: the limit of a socket's path is 107 bytes with its file name.
SOCKET_DIR_MAX=85

path_sum() { printf '%s' "$1" | cksum | cut -d' ' -f1; }

# Run a program of the server: never as root.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

server_user() { if [ "$(id -u)" -eq 0 ]; then echo postgres; else id -un; fi; }

# A folder of ours outside the checkout: made private, and refused if somebody else made it.
private_dir() {
    local dir=$1 owner=$2
    if [ ! -e "$dir" ] && [ ! -L "$dir" ]; then
        mkdir -m 700 "$dir"
        printf '%s\n' "$ROOT" >"$dir/.mlops-stamp"
        [ "$(id -u)" -ne 0 ] || chown -R "$owner" "$dir"
    fi
    if [ -L "$dir" ] || [ ! -d "$dir" ] || [ "$(stat -c '%U %a' "$dir")" != "$owner 700" ]; then
        die "$dir is not a folder of $owner with mode 0700" "remove it or set MLOPS_HOME to another folder"
    fi
}

# Home of everything: MLOPS_HOME, else .mlops in the checkout, else under /var/tmp.
find_place() {
    local owner
    [ -n "${PG_MAJOR:-}" ] || choose_server
    owner=$(server_user)
    PLACE_HOME=${MLOPS_HOME:-$ROOT/.mlops}
    if [ -z "${MLOPS_HOME:-}" ] && [ "$(id -u)" -eq 0 ] && ! as_server test -x "$ROOT" 2>/dev/null; then
        PLACE_HOME=/var/tmp/mlops-$(path_sum "$ROOT")
        private_dir "$PLACE_HOME" "$owner"
    fi
    mkdir -p "$PLACE_HOME" 2>/dev/null || die "cannot make $PLACE_HOME" \
        "set MLOPS_HOME to a folder that $(id -un) may write"
    PLACE=$PLACE_HOME/pg$PG_MAJOR
    if [ -e "$PLACE" ] && [ "$(stat -c %U "$PLACE")" != "$owner" ]; then
        die "$PLACE belongs to $(stat -c %U "$PLACE"), not to $owner" \
            "remove it as that user (make clean-cluster) or set MLOPS_HOME to another folder"
    fi
    if [ ! -e "$PLACE" ]; then
        mkdir -m 700 "$PLACE"
        [ "$(id -u)" -ne 0 ] || chown "$owner" "$PLACE"
    fi
    SOCKET_DIR=$PLACE
    if [ ${#SOCKET_DIR} -gt $SOCKET_DIR_MAX ]; then
        SOCKET_DIR=/tmp/mlops-$(path_sum "$PLACE")
        private_dir "$SOCKET_DIR" "$owner"
    fi
    TREE=$PLACE/tree
    BINDIR=$("$PG_CONFIG" --bindir)
    export PGHOST=$SOCKET_DIR PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    unset PGHOSTADDR PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS
    export PATH="$TREE$BINDIR:$BINDIR:$PATH"
}

# One run at a time; what outlives the script is started without this descriptor.
take_lock() {
    exec 9>"$PLACE_HOME/pg$PG_MAJOR.lock"
    flock -w 600 9 || die "another run holds $PLACE_HOME/pg$PG_MAJOR.lock" "wait for it or end it"
}

tree_stamp() {
    "$PG_CONFIG" --version
    "$PG_CONFIG" --configure | cksum
    { ls "$("$PG_CONFIG" --pkglibdir)"; ls -R "$("$PG_CONFIG" --sharedir)"; } | cksum
}

# A copy of the server by links: it finds its folders relative to its binary, so an
# extension can be installed there and nothing of ours goes to /usr.
make_tree() {
    local dir stamp
    stamp=$(tree_stamp)
    [ "$(cat "$PLACE/tree.stamp" 2>/dev/null)" != "$stamp" ] || return 0
    stop_server
    rm -rf "$TREE"
    for dir in "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)"; do
        mkdir -p "$TREE$dir"
        cp -as "$dir/." "$TREE$dir/"
    done
    mkdir -p "$TREE$BINDIR"
    cp -L "$BINDIR/postgres" "$BINDIR/initdb" "$BINDIR/pg_ctl" "$TREE$BINDIR/"
    rm -f "$TREE$("$PG_CONFIG" --sharedir)"/extension/mlops* "$TREE$("$PG_CONFIG" --pkglibdir)"/mlops*
    printf '%s\n' "$stamp" >"$PLACE/tree.stamp"
}

quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 9>&-; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

build_stamp() { printf '%s|%s|%s|%s' "$("$PG_CONFIG" --version)" "$(gcc -dumpfullversion)" "${COPT:-}" "$ROOT"; }

build_and_install() {
    local stamp before after
    stamp=$(build_stamp)
    if [ "$(cat "$ROOT/build/stamp" 2>/dev/null)" != "$stamp" ]; then
        quietly make -C "$ROOT" PG_CONFIG="$PG_CONFIG" with_llvm=no clean
        mkdir -p "$ROOT/build"
        printf '%s' "$stamp" >"$ROOT/build/stamp"
    fi
    quietly make -C "$ROOT" -j"$(nproc)" PG_CONFIG="$PG_CONFIG" with_llvm=no COPT="${COPT:-}" ||
        die "the build failed"
    quietly make -C "$ROOT" PG_CONFIG="$PG_CONFIG" with_llvm=no COPT="${COPT:-}" DESTDIR="$TREE" install ||
        die "the installation into $TREE failed"
}

server_runs() { as_server "$TREE$BINDIR/pg_ctl" -D "$PLACE/data" status >/dev/null 2>&1; }

write_settings() {
    cat <<TXT

# of mlops' private cluster: reached through its socket alone, in a folder of mode 0700
listen_addresses = ''
max_worker_processes = 20
max_connections = 150
fsync = off
TXT
}

start_server() {
    if [ ! -d "$PLACE/data" ]; then
        as_server rm -rf "$PLACE/data.tmp"
        quietly as_server "$TREE$BINDIR/initdb" -D "$PLACE/data.tmp" -A trust -U postgres -E UTF8 \
            --locale=C.UTF-8 -N || die "initdb failed"
        write_settings | as_server tee -a "$PLACE/data.tmp/postgresql.conf" >/dev/null
        as_server mv "$PLACE/data.tmp" "$PLACE/data"
    fi
    if ! server_runs; then
        if ! as_server "$TREE$BINDIR/pg_ctl" -w -t 60 -D "$PLACE/data" -l "$PLACE/log" \
            -o "-k '$SOCKET_DIR' -p 5432" start >/dev/null 2>&1 9>&- </dev/null; then
            as_server tail -n 20 "$PLACE/log" >&2
            die "the private server did not start"
        fi
    fi
    say "PostgreSQL $("$PG_CONFIG" --version | cut -d' ' -f2) on socket folder $SOCKET_DIR"
}

stop_server() {
    [ -d "$PLACE/data" ] && [ -x "$TREE$BINDIR/pg_ctl" ] && server_runs || return 0
    quietly as_server "$TREE$BINDIR/pg_ctl" -D "$PLACE/data" -m fast -w stop
    say "server stopped"
}

clean_cluster() {
    stop_server
    rm -rf "$PLACE" "$PLACE_HOME/pg$PG_MAJOR.lock"
    if [ "$SOCKET_DIR" != "$PLACE" ] && [ -f "$SOCKET_DIR/.mlops-stamp" ]; then rm -rf "$SOCKET_DIR"; fi
    if [ -f "$PLACE_HOME/.mlops-stamp" ]; then rm -rf "$PLACE_HOME"; fi
    rmdir "$PLACE_HOME" 2>/dev/null || true
    say "private cluster removed"
}
