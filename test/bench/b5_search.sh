#!/usr/bin/env bash
# B5, search: a grid search of 24 combinations x 5 folds beside those 120 forests grown alone.
#
#   MLOPS_DATA_DIR=../shared/data bash test/bench/b5_search.sh
#                                    (N_TREES, MAX_BINS, N_JOBS; BENCH_SCALE scales the 30,000 rows)
#
# The rows are UCI credit default, or generated where that is missing.  Growing alone is what trainings of
# the 24 combinations on four fifths of the rows take, less what they take with a single stump, five times.
#
# Where the lead is least: shallow trees, where making and scoring folds cost as much as growing.
set -euo pipefail

# shellcheck source=test/bench/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/header.sh"

N_TREES=${N_TREES:-100}
MAX_BINS=${MAX_BINS:-4095}
N_JOBS=${N_JOBS:-$(nproc)}
N_ROWS=$(awk -v scale="${BENCH_SCALE:-1}" 'BEGIN { printf "%d", 30000 * scale }')
DATA=${MLOPS_DATA_DIR:-$TOP/../shared/data}

if [ -e "$DATA/uci_default_credit_card" ]; then
    psql -X -q -v ON_ERROR_STOP=1 -v data="$(cd "$DATA" && pwd)" -f "$TOP/test/oracle/quality.sql" >/dev/null
    ROWS="quality.uci" ID=row_no TARGET=target
else
    psql -X -q -v ON_ERROR_STOP=1 -v n_rows="$N_ROWS" -v n_test_rows=0 -f "$BENCH/gen_wide.sql" >/dev/null
    ROWS="bench_wide" ID=i TARGET=late
fi

# Prints seconds of the search, of the trainings, and of the trainings of one stump.
measure() {
    psql -X -A -t -q -F ' ' -v ON_ERROR_STOP=1 -v rows="$ROWS" -v id="$ID" -v target="$TARGET" -v n="$N_ROWS" -v trees="$N_TREES" \
        -v bins="$MAX_BINS" -v workers=$((N_JOBS - 1)) <<'SQL'
SET client_min_messages = error;
SET max_parallel_maintenance_workers = :workers;
CREATE TEMP TABLE took (job text, seconds float8);
CREATE FUNCTION pg_temp.train(job text, query text, target text, id text, params jsonb, search_params jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE started timestamptz := clock_timestamp();
BEGIN
	PERFORM mlops.train_model('bench_search', query => query, target => target, id_column => id, test_sampling => 'none',
		hyperparams => params, search => CASE WHEN search_params IS NOT NULL THEN 'grid' END, search_params => search_params);
	INSERT INTO took VALUES (job, extract(epoch FROM clock_timestamp() - started));
	PERFORM mlops.drop_model('bench_search');
END $$;
SELECT format('SELECT * FROM %s WHERE %I <= %s', :'rows', :'id', :n) AS whole,
	format('SELECT * FROM %s WHERE %I <= %s AND %2$I %% 5 <> 0', :'rows', :'id', :n) AS fold,
	jsonb_build_object('random_state', 1, 'n_estimators', :trees, 'max_bins', :bins) AS params \gset
\o /dev/null
SELECT pg_temp.train('search', :'whole', :'target', :'id', :'params',
	'{"max_depth": [4, 8, 12, null], "min_samples_leaf": [1, 5, 20], "max_features": ["sqrt", 0.5]}');
SELECT pg_temp.train(job, :'fold', :'target', :'id', :'params'::jsonb || jsonb_build_object('max_depth', max_depth,
	'min_samples_leaf', min_samples_leaf, 'max_features', max_features) || stump, NULL)
FROM unnest('{4, 8, 12, null}'::jsonb[]) AS max_depth, unnest('{1, 5, 20}'::int[]) AS min_samples_leaf,
	unnest('{"\"sqrt\"", 0.5}'::jsonb[]) AS max_features,
	(VALUES ('trainings', '{}'::jsonb), ('stumps', '{"n_estimators": 1, "max_depth": 1}')) AS jobs (job, stump);
\o
SELECT sum(seconds) FILTER (WHERE job = 'search'), 5 * sum(seconds) FILTER (WHERE job = 'trainings'),
	5 * sum(seconds) FILTER (WHERE job = 'stumps') FROM took;
SQL
}

figures=$(measure)
read -r search trainings stumps <<<"$figures"
echo "B5, search: 24 combinations x 5 folds, $N_TREES trees, max_bins $MAX_BINS, $N_ROWS rows of $ROWS, $N_JOBS processes"
print_header 1
echo "| rows | grid search, s | 120 trainings, s | 120 trainings of a stump, s | growing alone, s | search / growing |"
echo "|---|--:|--:|--:|--:|--:|"
awk -v rows="$ROWS" -v search="$search" -v trainings="$trainings" -v stumps="$stumps" 'BEGIN {
    growing = trainings - stumps
    times = (growing > 0) ? sprintf("%.2fx", search / growing) : "too short to tell"
    printf "| %s | %.2f | %.2f | %.2f | %.2f | %s |\n", rows, search, trainings, stumps, growing, times }'
