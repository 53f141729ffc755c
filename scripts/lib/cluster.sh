# The private cluster: reached by its socket alone, in a folder of mode 0700.
# shellcheck shell=bash

run_pg_ctl() { as_server "$TREE$BINDIR/pg_ctl" -D "$PLACE/data" "$@"; }

server_runs() {
    [ -d "$PLACE/data" ] && [ -x "$TREE$BINDIR/pg_ctl" ] && run_pg_ctl status >/dev/null 2>&1
}

# trust is right only because nobody else can enter the socket's folder and TCP is off.
print_settings() {
    local libraries=mlops
    [ ! -f "$TREE$("$PG_CONFIG" --pkglibdir)/pg_cron.so" ] || libraries=mlops,pg_cron
    cat <<TXT
listen_addresses = ''
max_worker_processes = 20
max_connections = 150
fsync = off
shared_preload_libraries = '$libraries'
TXT
    [ $libraries = mlops ] || cat <<TXT
cron.database_name = 'postgres'
cron.use_background_workers = on
TXT
}

# Make the cluster in data.tmp and rename it, so that an interrupted initdb leaves no half one.
make_cluster() {
    [ ! -d "$PLACE/data" ] || return 0
    as_server rm -rf "$PLACE/data.tmp"
    quietly as_server "$TREE$BINDIR/initdb" -D "$PLACE/data.tmp" -A trust -U postgres -E UTF8 \
        --locale=C.UTF-8 -N || die "initdb failed"
    printf "include = 'mlops.conf'\n" | as_server tee -a "$PLACE/data.tmp/postgresql.conf" >/dev/null
    as_server mv "$PLACE/data.tmp" "$PLACE/data"
}

# Settings may change with what is installed; then the server starts again.
write_settings() {
    local settings
    settings=$(print_settings)
    [ "$(as_server cat "$PLACE/data/mlops.conf" 2>/dev/null)" != "$settings" ] || return 0
    stop_server
    printf '%s\n' "$settings" | as_server tee "$PLACE/data/mlops.conf" >/dev/null
}

start_server() {
    make_cluster
    write_settings
    if ! server_runs; then
        run_pg_ctl -w -t 30 -l "$PLACE/log" -o "-k '$SOCKET_DIR' -p 5432" start \
            >/dev/null 2>&1 9>&- </dev/null || server_did_not_start
    fi
    # It may run and still be starting, when the run that started it was interrupted.
    "$BINDIR/pg_isready" -q -t 30 || server_did_not_start
    say "$("$PG_CONFIG" --version), socket folder $SOCKET_DIR"
}

server_did_not_start() {
    as_server tail -n 20 "$PLACE/log" >&2 || true
    die "the private server did not start; above are the last lines of $PLACE/log"
}

stop_server() {
    server_runs || return 0
    quietly run_pg_ctl -m fast -w stop || die "the private server did not stop" "see $PLACE/log"
    say "server stopped"
}

clean_cluster() {
    stop_server
    rm -rf "$PLACE" "$PLACE_HOME/pg$PG_MAJOR.lock"
    if [ "$SOCKET_DIR" != "$PLACE" ] && [ -f "$SOCKET_DIR/.mlops-stamp" ]; then rm -rf "$SOCKET_DIR"; fi
    if [ "$HOME_IS_FALLBACK" = yes ] && [ -f "$PLACE_HOME/.mlops-stamp" ]; then rm -rf "$PLACE_HOME"; fi
    rmdir "$PLACE_HOME" 2>/dev/null || true
    say "private cluster removed"
}
