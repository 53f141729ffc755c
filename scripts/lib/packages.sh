# Packages: which server is used, what is missing, how it is installed.
# shellcheck shell=bash

# Choose the server: sets PG_CONFIG and PG_MAJOR.  PG_CONFIG, else PGVER, else the newest
# major that has both initdb and PGXS, else the one that this distribution would install.
choose_server() {
    [ -z "${PG_MAJOR:-}" ] || return 0
    PG_CONFIG_GIVEN=${PG_CONFIG:-}
    if [ -n "$PG_CONFIG_GIVEN" ]; then
        "$PG_CONFIG" --version >/dev/null 2>&1 ||
            die "PG_CONFIG=$PG_CONFIG is not a pg_config" "unset it or name the right program"
        PG_MAJOR=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    else
        PG_MAJOR=${PGVER:-$(newest_major)}
        PG_MAJOR=${PG_MAJOR:-$(distribution_major)}
        PG_CONFIG=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
    fi
}

newest_major() {
    local major newest=
    for major in /usr/lib/postgresql/*/; do
        if [ ! -x "${major}bin/initdb" ] || [ ! -f "${major}lib/pgxs/src/makefiles/pgxs.mk" ]; then continue; fi
        major=$(basename "$major")
        [ "$major" -le "${newest:-0}" ] || newest=$major
    done
    printf '%s' "$newest"
}

distribution_major() {
    local system
    # shellcheck disable=SC1091  # the file is the system's, not ours
    system=$(. /etc/os-release 2>/dev/null && printf '%s-%s' "${ID:-}" "${VERSION_ID:-}")
    case $system in
        debian-13*) echo 17 ;;
        debian-) echo 18 ;;
        ubuntu-22.04) echo 14 ;;
        ubuntu-24.04) echo 16 ;;
        *) echo 15 ;;
    esac
}

# The packages of a group, one a line.  A server that the user named brings its own files.
packages_of() {
    case $1 in
        base)
            printf '%s\n' make gcc libc6-dev libcjson-dev libcurl4-openssl-dev libipc-run-perl curl ca-certificates
            [ -n "$PG_CONFIG_GIVEN" ] || printf "postgresql%s\n" \
                "-$PG_MAJOR" "-server-dev-$PG_MAJOR" "-$PG_MAJOR-cron" "-$PG_MAJOR-pgtap"
            ;;
        # The sanitizer and fuzzer runtime is only recommended by clang, so it is named.
        check)
            printf '%s\n' clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 clang-tools-14 \
                cppcheck shellcheck
            ;;
        perf) printf '%s\n' valgrind hyperfine wrk ;;
        mail) printf '%s\n' python3-aiosmtpd ;;
        bi) printf '%s\n' unixodbc odbc-postgresql ;;
        all)
            local group
            for group in base check $(groups_of_tests); do packages_of "$group"; done
            ;;
        *) die "unknown package group \"$1\"" "groups: base, check, perf, mail, bi, all" ;;
    esac
}

# Groups that a test of this checkout asks for by need('group'); data is no package.
groups_of_tests() {
    cat "$ROOT"/test/t/*.pl 2>/dev/null | sed -n "s/.*\bneed('\([a-z]*\)').*/\1/p" | sort -u | grep -vx data || true
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Keep the server's package from making a cluster of the system.
forbid_system_cluster() {
    [ ! -e /etc/postgresql-common/createcluster.conf ] || return 0
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    printf 'create_main_cluster = false\n' |
        as_root tee /etc/postgresql-common/createcluster.d/50-mlops.conf >/dev/null
}

apt_get() {
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" ||
        die "apt-get $1 failed"
}

# Install what is missing of the groups given; never prompts.
install_packages() {
    local group package wanted missing=()
    choose_server
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        [ -n "$PG_CONFIG_GIVEN" ] || die "there is no apt here" \
            "install make, gcc, libcjson, libcurl, PostgreSQL with its headers, pgTAP and perl's IPC::Run," \
            "then set PG_CONFIG to the server's pg_config"
        return 0
    fi
    for group in "$@"; do
        wanted=$(packages_of "$group")
        for package in $wanted; do
            is_installed "$package" || missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        die "packages are missing and this user cannot install them; run as root:" \
            "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    fi
    say "packages: installing ${missing[*]}"
    forbid_system_cluster
    apt_get update
    apt_get install -y --no-install-recommends "${missing[@]}"
}
