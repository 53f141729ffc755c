#!/usr/bin/env bash
# The demo: loans become features, a forest, an approved and deployed model, and predictions.
# Called by dev.sh with the server up and its environment set.  LOANS is a CSV file, plain or .gz,
# with the columns of the loan table; without it loans are generated.  Each statement is printed.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
DEMO=$ROOT/scripts/demo

# Run a file of statements as a role, in a session of its own, printing what it runs.
run_sql() {
    local role=$1 file=$2
    say "as $role"
    psql -X -q -a -v ON_ERROR_STOP=1 -U "$role" -f "$DEMO/$file" 2>&1
}

# A statement that must fail with an SQLSTATE; what the server says is shown.
run_refused() {
    local role=$1 state=$2 file=$3 output
    say "as $role"
    if output=$(psql -X -q -a -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -U "$role" -f "$DEMO/$file" 2>&1); then
        printf '%s\n' "$output"
        die "this statement should have been refused with SQLSTATE $state"
    fi
    printf '%s\n' "$output" | grep -v '^LOCATION'
    grep -q "ERROR:  $state:" <<<"$output" || die "it was refused for another reason than SQLSTATE $state"
}

load_loans() {
    local path=${LOANS:-}
    if [ -z "$path" ]; then
        run_sql postgres 2a_generate.sql
        return
    fi
    if [ ! -f "$path" ] || [ ! -r "$path" ]; then die "LOANS=$path is not a file that can be read"; fi
    run_sql postgres 2b_table.sql
    # \copy knows no variables: quotes are doubled, for the shell of PROGRAM too
    case $path in
        *.gz) print_copy "PROGRAM '$(printf 'gzip -dc %q' "$path" | sed "s/'/''/g")'" ;;
        *) print_copy "'${path//\'/\'\'}'" ;;
    esac | psql -X -q -a -v ON_ERROR_STOP=1 -U postgres 2>&1
}

print_copy() { printf '\\copy loans FROM %s (FORMAT csv, HEADER match)\n' "$1"; }

# A changed install script of the same version is an extension in the making: start it afresh.
forget_other_build() {
    local stamp
    stamp=$(cksum <"$ROOT"/sql/mlops--*.sql)
    if [ "$(psql -X -A -t -U postgres -c "SELECT obj_description(oid) FROM pg_extension WHERE extname = 'mlops'")" != "$stamp" ]; then
        psql -X -q -U postgres -c 'SET client_min_messages = warning; DROP EXTENSION IF EXISTS mlops CASCADE' >/dev/null
    fi
    psql -X -q -v ON_ERROR_STOP=1 -U postgres -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mlops' \
        -c "COMMENT ON EXTENSION mlops IS '$stamp'"
}

forget_other_build
run_sql postgres 1_roles.sql
load_loans
run_sql postgres 3_features.sql
run_sql demo_trainer 4_train.sql
run_refused demo_trainer 42501 5_approve.sql
run_sql demo_approver 5_approve.sql
run_sql demo_approver 6_deploy.sql
run_sql demo_trainer 7_measure.sql
run_sql demo_service 8_predict.sql
