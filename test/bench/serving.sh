# What the benchmarks of prediction share: models that are deployed, runs of pgbench.
# shellcheck shell=bash

# Train a forest as another role, approve and deploy it: predict finds it by its name alone.
#
#   deploy_forest MODEL RELATION TARGET TREES DEPTH SEED [ENTITY]
#
# DEPTH is a number or "none"; ENTITY (default i, "" for none) is a key of RELATION, no feature, by which
# predict(user_id) finds a row.
deploy_forest() {
    local depth=$5
    [ "$depth" != none ] || depth=null
    psql -X -q -v ON_ERROR_STOP=1 -v model="$1" -v relation="$2" -v target="$3" -v trees="$4" -v depth="$depth" -v seed="$6" \
        -v entity="${7-i}" >/dev/null <<'SQL'
SET client_min_messages = error;
SELECT 'CREATE ROLE bench_trainer' WHERE to_regrole('bench_trainer') IS NULL \gexec
GRANT USAGE ON SCHEMA mlops TO bench_trainer;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mlops TO bench_trainer;
GRANT SELECT ON :relation TO bench_trainer;
SET SESSION AUTHORIZATION bench_trainer;
SELECT version FROM mlops.train_model(:'model', :'relation', :'target', entity_column => nullif(:'entity', ''), test_sampling => 'none',
	hyperparams => jsonb_build_object('n_estimators', :trees, 'max_depth', :depth, 'random_state', :seed)) \gset
RESET SESSION AUTHORIZATION;
SELECT mlops.approve_model(:'model', :version), mlops.deploy_model(:'model', :version);
SQL
}

# Take away what deploy_forest made, all of it.
drop_forests() {
    psql -X -q -v ON_ERROR_STOP=1 >/dev/null <<'SQL'
SET client_min_messages = error;
-- those that are deployed last: an alias falls back to a version that is approved
SELECT count(mlops.reject_model(model, version, 'end of the benchmark')) FROM (SELECT model, version FROM mlops.model_versions
	WHERE model LIKE 'bench\_%' AND status = 'approved' ORDER BY cardinality(aliases)) AS v;
SELECT count(mlops.drop_model(model)) FROM mlops.models WHERE model LIKE 'bench\_%';
SELECT 'DROP OWNED BY bench_trainer' WHERE to_regrole('bench_trainer') IS NOT NULL \gexec
-- another database may still need it
SELECT 'DROP ROLE bench_trainer' WHERE to_regrole('bench_trainer') IS NOT NULL
	AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = to_regrole('bench_trainer')) \gexec
SQL
}

# Nodes of the trees of a model that is deployed: one more than twice the splits, for each tree.
count_nodes() {
    ask "SELECT 2 * sum(s.splits)::bigint + min(v.n_chunks) - 1
        FROM mlops.deployments AS d JOIN mlops.model AS m ON m.name = d.model JOIN mlops.model_version AS v USING (model_id, version),
            unnest(v.importance_weight) AS s (splits) WHERE d.model = '$1' AND d.alias = 'champion' AND d.is_current"
}

# Ticks of CPU of the backends of pgbench, "pid pid ..", that are alive.
backend_ticks() {
    local pid
    for pid in $1; do cat "/proc/$pid/stat"; done 2>/dev/null | awk '{ sub(/.*\) /, ""); sum += $12 + $13 } END { print sum + 0 }'
}

# One run of pgbench on a file of SQL, on warm connections.
#
#   run_pgbench FILE CLIENTS WARM SECONDS
#
# WARM whole seconds go by before anything counts: a connection's first call may decode a model.  Prints statements a
# second, microseconds of CPU of the backends a statement, and median and 99th percentile of the latency in
# microseconds.
run_pgbench() {
    local file=$1 clients=$2 warm=$3 seconds=$4 folder threads pid pids before after from
    folder=$(mktemp -d)
    threads=$(nproc)
    [ "$threads" -le "$clients" ] || threads=$clients
    from=$(($(date +%s) + warm))
    PGAPPNAME=bench_serving pgbench -n -M prepared -c "$clients" -j "$threads" -T $((warm + seconds + 1)) -f "$file" -P 1 \
        -l --sampling-rate=0.05 --log-prefix="$folder/log" >"$folder/out" 2>"$folder/progress" &
    pid=$!
    sleep "$warm"
    pids=$(ask "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE application_name = 'bench_serving'")
    before="$(backend_ticks "$pids") $(date +%s.%N)"
    sleep "$seconds"
    after="$(backend_ticks "$pids") $(date +%s.%N)"
    if ! wait $pid || ! grep -q '^number of failed transactions: 0 ' "$folder/out"; then
        cat "$folder/progress" "$folder/out" >&2
        return 1
    fi
    awk -v from="$from" '$5 >= from { print $3 }' "$folder"/log.* | sort -n >"$folder/latencies"
    # "progress: 2.0 s, 38952.1 tps, lat 0.051 ms .."; the second in which the connections were made is not counted
    awk -v warm="$warm" -v hertz="$(getconf CLK_TCK)" -v before="$before" -v after="$after" '
        FNR == NR { latency[FNR] = $1; n = FNR; next }
        $1 == "progress:" && $2 > warm + 0.5 { sum += $4; lines++ }
        END {
            split(before, b, " "); split(after, a, " ")
            tps = sum / lines
            printf "%.1f %.2f %d %d\n", tps, (a[1] - b[1]) / hertz * 1e6 / ((a[2] - b[2]) * tps),
                latency[int((n + 1) / 2)], latency[int((n * 99 + 99) / 100)] }' "$folder/latencies" "$folder/progress"
    rm -rf "$folder"
}

# Whole seconds in which so many new connections have each predicted once, with room to spare: "SQL" is that call.
seconds_to_warm() {
    local sql=$1 clients=$2
    psql -X -A -t -q -v ON_ERROR_STOP=1 -c '\timing on' -c "$sql" | awk -v clients="$clients" -v cores="$(nproc)" '
        /^Time: / { ms = $2 }
        END { print int(1.5 + 1.5 * ms / 1000 * (clients > cores ? clients / cores : 1)) }'
}

# Wait until a query says true, a minute at most.
wait_until() {
    local tenths
    for tenths in $(seq 600); do
        [ "$(ask "$1")" != t ] || return 0
        sleep 0.1
    done
    echo "not within $((tenths / 10)) seconds: $1" >&2
    return 1
}
