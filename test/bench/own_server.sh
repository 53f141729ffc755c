# Servers of a benchmark's own, in a folder that goes away with it: for settings that need a start, and for a standby.
# They run the programs of the server that the environment names, and from then on psql and pgbench go to them.
# shellcheck shell=bash

OWN_FOLDER=

# Run a program as the user of a server, never as root, from a folder that he can enter.
as_own_user() { (cd / && if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi); }

# Make the folder; end_servers is for the caller's trap.
begin_servers() {
    OWN_BIN=$(ask "SELECT setting FROM pg_config WHERE name = 'BINDIR'")
    PGUSER=$(ask 'SELECT session_user')
    OWN_FOLDER=$(as_own_user mktemp -d)
    export PGUSER PGHOST=$OWN_FOLDER PGDATABASE=postgres
}

# Make a server that is reached by "use_server PORT": a port is no more than the name of a socket here.
make_server() {
    as_own_user "$OWN_BIN/initdb" -D "$OWN_FOLDER/$1" -A trust -U "$PGUSER" -E UTF8 --no-locale -N >/dev/null
}

# A standby of a server that runs.
make_standby() {
    as_own_user pg_basebackup -D "$OWN_FOLDER/$1" -h "$OWN_FOLDER" -p "$2" -U "$PGUSER" -R -X stream -c fast >/dev/null
}

# start_server PORT [SETTING=VALUE ...]: start it, or start it again with these settings.
start_server() {
    local port=$1 setting options
    shift
    options="-k $OWN_FOLDER -p $port -c listen_addresses='' -c fsync=off -c max_connections=250"
    for setting in "$@"; do options="$options -c $setting"; done
    stop_server "$port"
    if ! as_own_user "$OWN_BIN/pg_ctl" -D "$OWN_FOLDER/$port" -w -t 60 -l "$OWN_FOLDER/$port.log" -o "$options" start >/dev/null 2>&1; then
        as_own_user tail -n 20 "$OWN_FOLDER/$port.log" >&2
        return 1
    fi
}

stop_server() {
    ! as_own_user test -e "$OWN_FOLDER/$1/postmaster.pid" || as_own_user "$OWN_BIN/pg_ctl" -D "$OWN_FOLDER/$1" -m fast -w stop >/dev/null
}

use_server() { export PGPORT=$1; }

end_servers() {
    local data
    [ -n "$OWN_FOLDER" ] || return 0
    for data in $(as_own_user find "$OWN_FOLDER" -mindepth 2 -maxdepth 2 -name postmaster.pid); do
        as_own_user "$OWN_BIN/pg_ctl" -D "$(dirname "$data")" -m immediate -w stop >/dev/null 2>&1 || true
    done
    as_own_user rm -rf "$OWN_FOLDER"
}
