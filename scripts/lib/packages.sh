# Packages: which are needed, which are missing, how they are installed.
# shellcheck shell=bash

# The server's folder of programs for a major version.
major_bindir() { printf '/usr/lib/postgresql/%s/bin' "$1"; }

# Choose the server: PG_CONFIG, else PGVER, else the newest major that is complete,
# else the one that this distribution has.
choose_server() {
    local major dir
    if [ -n "${PG_CONFIG:-}" ]; then
        "$PG_CONFIG" --version >/dev/null 2>&1 ||
            die "PG_CONFIG=$PG_CONFIG is not a pg_config" "unset it or name the right program"
        PG_MAJOR=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        return
    fi
    if [ -n "${PGVER:-}" ]; then
        PG_MAJOR=$PGVER
    else
        PG_MAJOR=
        for dir in $(ls -d /usr/lib/postgresql/*/ 2>/dev/null | sort -t/ -k5 -n); do
            major=$(basename "$dir")
            [ -x "$dir/bin/initdb" ] && [ -f "$dir/lib/pgxs/src/makefiles/pgxs.mk" ] && PG_MAJOR=$major
        done
        [ -n "$PG_MAJOR" ] || PG_MAJOR=$(distribution_major)
    fi
    PG_CONFIG=$(major_bindir "$PG_MAJOR")/pg_config
}

# The PostgreSQL major of this distribution.
distribution_major() {
    # shellcheck disable=SC1091
    case $(. /etc/os-release 2>/dev/null && printf '%s-%s' "$ID" "${VERSION_ID:-}") in
        debian-13*) echo 17 ;;
        ubuntu-22.04) echo 14 ;;
        ubuntu-24.04) echo 16 ;;
        debian-1[4-9]* | debian-) echo 18 ;;
        *) echo 15 ;;
    esac
}

packages_of() {
    case $1 in
        base)
            printf '%s\n' make gcc libc6-dev "postgresql-$PG_MAJOR" "postgresql-server-dev-$PG_MAJOR" \
                "postgresql-$PG_MAJOR-pgtap" libipc-run-perl
            ;;
        check)
            printf '%s\n' clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 clang-tools-14 \
                cppcheck shellcheck
            ;;
        all)
            packages_of base
            packages_of check
            ;;
        *) die "unknown package group \"$1\"" "groups: base, check, all" ;;
    esac
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Keep the server package from making a cluster of the system.
forbid_system_cluster() {
    local dir=/etc/postgresql-common/createcluster.d
    [ ! -e /etc/postgresql-common/createcluster.conf ] || return 0
    as_root mkdir -p "$dir"
    printf 'create_main_cluster = false\n' | as_root tee "$dir/50-mlops.conf" >/dev/null
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_packages() {
    local group missing=() package
    choose_server
    if ! command -v dpkg-query >/dev/null; then
        [ -x "$PG_CONFIG" ] || die "no apt here and no server found" \
            "install make, gcc, PostgreSQL with its headers and pgTAP, then set PG_CONFIG"
        return
    fi
    for group in "$@"; do
        for package in $(packages_of "$group"); do
            is_installed "$package" || missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        die "packages are missing and this user cannot install them" \
            "run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    fi
    say "packages: installing ${missing[*]}"
    forbid_system_cluster
    apt_get update
    apt_get install -y --no-install-recommends "${missing[@]}"
}

apt_get() {
    local log
    log=$(mktemp)
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" \
        >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "apt-get $1 failed"
    fi
    rm -f "$log"
}
