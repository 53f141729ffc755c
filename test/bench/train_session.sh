# One training of ours, measured: what b5_*.sh and b10_*.sh share.
# shellcheck shell=bash

# Codes of each column that a training can have, "12 31 7 ...", in the order of the relation.
count_codes() {
    local relation=$1 target=$2 query
    query=$(ask "SELECT 'SELECT concat_ws('' '', ' || string_agg(format('count(DISTINCT %I)', attname), ', ' ORDER BY attnum) || ') FROM $relation'
        FROM pg_attribute WHERE attrelid = '$relation'::regclass AND attnum > 0 AND attname <> '$target'")
    ask "$query"
}

# Words of a packed row of a model of two classes: fields are placed as src/core/dataset.c does.
words_per_row() {
    local codes=$1 bins=$2
    awk -v codes="$codes" -v bins="$bins" 'BEGIN {
        used = 1 + 4; words = 1
        n = split(codes, of, " ")
        for (i = 1; i <= n; i++) {
            width = 0
            while (2 ^ width < (of[i] < bins ? of[i] : bins) + 1) width++
            if (used + width > 64) { words++; used = 0 }
            used += width
        }
        print words }'
}

# Bytes by the formula of the README here: rows, words a row, processes, bins, nodes of all trees, trees.
formula_bytes() {
    awk -v n="$1" -v w="$2" -v p="$3" -v bins="$4" -v nodes="$5" -v trees="$6" 'BEGIN {
        printf "%.0f", 8 * w * n + p * (16 * w * 0.632 * n + n + 2 * 8 * bins + 8 * nodes / trees) + 2.5 * nodes }'
}

# One training in a session of its own.
#
#   train_session RELATION TARGET TEST_RELATION CODES BINS DEPTH LEAF SEED
#
# N_TREES and N_JOBS are the caller's; CODES comes from count_codes, DEPTH is a number or "none", a
# TEST_RELATION of "-" leaves the AUC out.  Prints CPU seconds of the session and its workers, wall
# seconds, AUC, peak bytes of memory beyond the idle session (sample_memory.pl), bytes by the formula,
# nodes a tree.
train_session() {
    local relation=$1 target=$2 test_relation=$3 codes=$4 bins=$5 depth=$6 leaf=$7 seed=$8 line
    local folder cpu wall auc peak samples workers n nodes
    folder=$(mktemp -d)
    line=$(train_in_psql "$folder" "$relation" "$target" "$test_relation" "$bins" "$depth" "$leaf" "$seed")
    rm -rf "$folder"
    read -r cpu wall auc peak samples workers n nodes <<<"$line"
    [ -n "${nodes:-}" ] || return 1
    : "$samples"
    printf '%s %s %s %s %s %s\n' "$cpu" "$wall" "$auc" "$peak" \
        "$(formula_bytes "$n" "$(words_per_row "$codes" "$bins")" $((workers + 1)) "$bins" "$nodes" "$N_TREES")" \
        "$(awk -v nodes="$nodes" -v trees="$N_TREES" 'BEGIN { printf "%.0f", nodes / trees }')"
}

train_in_psql() {
    local folder=$1 depth=$6
    [ "$depth" != none ] || depth=null
    psql -X -A -t -q -F ' ' -v ON_ERROR_STOP=1 -v relation="$2" -v target="$3" -v test_relation="$4" -v bins="$5" \
        -v depth="$depth" -v leaf="$7" -v seed="$8" -v trees="$N_TREES" -v workers=$((N_JOBS - 1)) -v out="$folder/peak" \
        -v sampler="$BENCH/sample_memory.pl" -v has_test="$([ "$4" = - ] && echo false || echo true)" <<'SQL'
SET max_parallel_maintenance_workers = :workers;
SET client_min_messages = error;
SELECT pg_backend_pid() AS pid \gset
SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1) AS postmaster \gset
-- what a session loads at its first training is not counted: the library, catalogs, plans
SELECT version FROM mlops.train_model('bench_session', query => 'SELECT * FROM ' || :'relation' || ' ORDER BY 1 DESC LIMIT 500',
	target => :'target', test_sampling => 'none', hyperparams => '{"n_estimators": 1}') \gset
SELECT FROM mlops.drop_model('bench_session');
\set sampler_pid `perl :sampler :pid :postmaster :out </dev/null >/dev/null 2>&1 & echo $!`
\set ready `for i in $(seq 500); do [ -e :out.ready ] && break; sleep 0.01; done`
-- own time, and that of the postmaster's ended children, which the workers are
\set before `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set children_before `cut -d' ' -f16,17 /proc/:postmaster/stat | tr ' ' '+'`
SELECT clock_timestamp() AS started \gset
SELECT version FROM mlops.train_model('bench_session', :'relation', :'target', test_sampling => 'none',
	hyperparams => jsonb_build_object('n_estimators', :trees, 'max_depth', :depth, 'min_samples_leaf', :leaf,
		'random_state', :seed, 'max_bins', :bins)) \gset
SELECT clock_timestamp() AS ended \gset
\set after `cut -d' ' -f14,15 /proc/:pid/stat | tr ' ' '+'`
\set children_after `cut -d' ' -f16,17 /proc/:postmaster/stat | tr ' ' '+'`
\set peak `kill :sampler_pid; for i in $(seq 500); do [ -e :out ] && break; sleep 0.01; done; cat :out`
\set ticks `getconf CLK_TCK`
\set auc -
\if :has_test
SELECT roc_auc AS auc FROM mlops.evaluate('bench_session@v' || :version, 'TABLE ' || :'test_relation') \gset
\endif
SELECT ((:after) - (:before) + (:children_after) - (:children_before)) / :ticks.0,
	extract(epoch FROM timestamptz :'ended' - timestamptz :'started'), :'auc', :'peak', n_train_rows,
	-- a tree has one node more than twice its splits
	(SELECT 2 * sum(splits) FROM unnest(importance_weight) AS splits) + :trees
FROM mlops.model_version JOIN mlops.model USING (model_id) WHERE name = 'bench_session' AND version = :version;
SELECT FROM mlops.drop_model('bench_session');
SQL
}
