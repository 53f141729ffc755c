# Where the private files of a checkout live, and who owns them.
#
# PLACE_HOME is MLOPS_HOME, default .mlops; PLACE is its folder of one major, mode 0700, owned by
# the user that runs the server: postgres when the caller is root, else the caller.
# shellcheck shell=bash

# Longest socket folder: a socket's path has at most 107 bytes with its file name.
SOCKET_DIR_MAX=85

path_sum() { printf '%s' "$1" | cksum | cut -d' ' -f1; }

# Run a program as the user that runs the server: never as root.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

server_user() { if [ "$(id -u)" -eq 0 ]; then echo postgres; else id -un; fi; }

owner_of() { stat -c %U "$1"; }

# A folder of ours outside the checkout: made private; refused if somebody else made it.
make_private_dir() {
    local dir=$1 owner=$2
    if [ ! -e "$dir" ] && [ ! -L "$dir" ]; then
        mkdir -m 700 "$dir"
        printf '%s\n' "$ROOT" >"$dir/.mlops-stamp"
        [ "$(id -u)" -ne 0 ] || chown "$owner" "$dir" "$dir/.mlops-stamp"
    fi
    if [ -L "$dir" ] || [ ! -d "$dir" ] || [ "$(stat -c '%U %a' "$dir")" != "$owner 700" ]; then
        die "$dir is not a folder of $owner with mode 0700" \
            "remove it, or set MLOPS_HOME to a folder with a short path"
    fi
}

# Name the folders without making any: PLACE_HOME, PLACE, SOCKET_DIR, TREE.  Root in a checkout
# that postgres cannot enter falls back to a folder in /var/tmp.
name_place() {
    choose_server
    PLACE_HOME=${MLOPS_HOME:-$ROOT/.mlops}
    case $PLACE_HOME in /*) ;; *) PLACE_HOME=$CALLER_DIR/$PLACE_HOME ;; esac
    HOME_IS_FALLBACK=no
    if [ -z "${MLOPS_HOME:-}" ] && [ "$(id -u)" -eq 0 ] && ! server_can_enter "$ROOT"; then
        PLACE_HOME=/var/tmp/mlops-$(path_sum "$ROOT")
        HOME_IS_FALLBACK=yes
    fi
    PLACE=$PLACE_HOME/pg$PG_MAJOR
    SOCKET_DIR=$PLACE
    [ ${#SOCKET_DIR} -le $SOCKET_DIR_MAX ] || SOCKET_DIR=/tmp/mlops-$(path_sum "$PLACE")
    TREE=$PLACE/tree
}

# Without a user postgres (packages are not in yet) only root's own rights can be asked.
server_can_enter() {
    ! id postgres >/dev/null 2>&1 || as_server test -x "$1"
}

refuse_strange_owner() {
    local path=$1 owner=$2
    [ ! -e "$path" ] || [ "$(owner_of "$path")" = "$owner" ] ||
        die "$path belongs to $(owner_of "$path"), not to $owner" \
            "remove it as that user, or set MLOPS_HOME to a folder of your own"
}

# Make the folders, mode and owner checked, and the environment that reaches the server.
make_place() {
    local owner
    name_place
    owner=$(server_user)
    refuse_strange_owner "$ROOT/build" "$(id -un)"
    if [ "$HOME_IS_FALLBACK" = yes ]; then
        make_private_dir "$PLACE_HOME" "$owner"
    else
        refuse_strange_owner "$PLACE_HOME" "$(id -un)"
        mkdir -p "$PLACE_HOME" 2>/dev/null || die "cannot make $PLACE_HOME" \
            "set MLOPS_HOME to a folder that $(id -un) may write"
    fi
    refuse_strange_owner "$PLACE" "$owner"
    if [ ! -e "$PLACE" ]; then
        mkdir -m 700 "$PLACE"
        [ "$(id -u)" -ne 0 ] || chown "$owner" "$PLACE"
    fi
    [ "$SOCKET_DIR" = "$PLACE" ] || make_private_dir "$SOCKET_DIR" "$owner"
    as_server test -w "$PLACE" || die "$owner cannot use $PLACE" "set MLOPS_HOME to a folder that it can reach"
}

# One run at a time.  What outlives the script is started with this descriptor closed.
take_lock() {
    exec 9>"$PLACE_HOME/pg$PG_MAJOR.lock"
    flock -n 9 && return 0
    say "waiting for another run in $PLACE_HOME"
    flock 9
}

use_server_env() {
    BINDIR=$("$PG_CONFIG" --bindir)
    export PG_CONFIG
    export PGHOST=$SOCKET_DIR PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    unset PGHOSTADDR PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS
    export PATH="$TREE$BINDIR:$BINDIR:$PATH"
}
