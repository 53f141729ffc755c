-- The same bits from every plan: plain, parallel, partition-wise, moving, and from tiles.
\getenv dir PG_ABS_SRCDIR
\set file :dir '/sql/include/same_bits.sql'
\set ECHO none
\i :file
\set ECHO all

-- what the frames are
SELECT count(*) > 100000 AS enough, count(*) FILTER (WHERE first_pos IS NULL) > 3000 AS empty, max(last_pos - first_pos) > 2100 AS long FROM same_bits.frame;

-- wrong on purpose: an inverse, and a combine function
CREATE AGGREGATE same_bits.wrong_inverse(int8) (SFUNC = int8pl, STYPE = int8, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE,
	MSFUNC = int8pl, MINVFUNC = int8larger, MSTYPE = int8, MINITCOND = '0');
CREATE AGGREGATE same_bits.wrong_combine(int8) (SFUNC = int8pl, STYPE = int8, INITCOND = '0', COMBINEFUNC = int8larger, PARALLEL = SAFE,
	MSFUNC = int8pl, MINVFUNC = int8mi, MSTYPE = int8, MINITCOND = '0');
SELECT same_bits.launched(2) AS two, same_bits.launched(4) AS four;
CREATE TEMP TABLE checked AS SELECT * FROM same_bits.check(ARRAY[
	ARRAY['server: sum(float8)', 'sum(y)', 'float8send(%s)'],
	ARRAY['server: sum(int8)', 'sum(n)', 'numeric_send(%s)'],
	ARRAY['wrong inverse', 'same_bits.wrong_inverse(n)', 'int8send(%s)'],
	ARRAY['wrong combine', 'same_bits.wrong_combine(n)', 'int8send(%s)'],
	ARRAY['exact_sum', 'mlops.exact_sum(x)', 'float8send(%s)'],
	ARRAY['exact_avg', 'mlops.exact_avg(x)', 'float8send(%s)'],
	ARRAY['exact_variance', 'mlops.exact_variance(n)', 'float8send(%s)'],
	ARRAY['exact_stddev', 'mlops.exact_stddev(y)', 'float8send(%s)'],
	ARRAY['exact_sum, propagate', 'mlops.exact_sum(z, ''propagate'')', 'float8send(%s)'],
	ARRAY['stats_agg of some, skip', 'mlops.stats_agg(z, ''skip'') FILTER (WHERE flag)', 'mlops._stats1d_send(%s)'],
	ARRAY['weighted_avg', 'mlops.weighted_avg(x, w)', 'float8send(%s)'],
	ARRAY['weighted_avg, propagate', 'mlops.weighted_avg(z, w, ''propagate'')', 'float8send(%s)'],
	ARRAY['stats_agg', 'mlops.stats_agg(n)', 'mlops._stats1d_send(%s)'],
	ARRAY['stats_agg: stddev', 'mlops.stats_agg(n)', 'float8send(mlops.stddev(%s))'],
	ARRAY['stats_agg: kurtosis', 'mlops.stats_agg(n)', 'float8send(mlops.kurtosis(%s))'],
	ARRAY['stats_agg, propagate', 'mlops.stats_agg(z, ''propagate'')', 'mlops._stats1d_send(%s)'],
	ARRAY['stats_agg of two, propagate', 'mlops.stats_agg(z, x, ''propagate'')', 'mlops._stats2d_send(%s)'],
	ARRAY['trend', 'mlops.trend(y, ts)', 'float8send(%s)'],
	ARRAY['lookback_agg', 'mlops.lookback_agg(x, ts, ''2025-06-01'', ''{200 days,30 days}'')', 'array_send(%s)'],
	ARRAY['velocity', 'mlops.velocity(ts, ''2025-06-01'', ''7 days'', ''90 days'')', 'float8send(%s)'],
	ARRAY['count_if', 'mlops.count_if(flag)', 'int8send(%s)'],
	ARRAY['rate', 'mlops.rate(flag, 0.5, 1)', 'float8send(%s)'],
	ARRAY['histogram_agg', 'mlops.histogram_agg(z, ''{-Infinity,-1e10,-1,0,1e-10,1,8.9e307}'')', 'array_send(%s)'],
	ARRAY['category_histogram_agg', 'mlops.category_histogram_agg(shop, ''{rent,"",food}'')', 'array_send(%s)'],
	ARRAY['entropy', 'mlops.entropy(shop)', 'float8send(%s)'],
	ARRAY['concentration_index', 'mlops.concentration_index(shop, w)', 'float8send(%s)'],
	ARRAY['distinct_count', 'mlops.distinct_count(x)', 'int8send(%s)'],
	ARRAY['most_common', 'mlops.most_common(shop)', 'textsend(%s)'],
	ARRAY['top_values', 'mlops.top_values(n % 5, 3)', 'array_send(%s)'],
	ARRAY['woe_agg', 'mlops.woe_agg(shop, flag)', 'mlops._woe_stats_send(%s)'],
	ARRAY['score_agg', 'mlops.score_agg(n % 8, flag, w)', 'mlops._score_stats_send(%s)'],
	ARRAY['roc_auc', 'mlops.score_agg(x, flag)', 'float8send(mlops.roc_auc(%s))'],
	ARRAY['calibration_agg', 'mlops.calibration_agg(n / 1000.0, flag)', 'mlops._calibration_stats_send(%s)'],
	ARRAY['gap_agg', 'mlops.gap_agg(ts)', 'mlops._gap_stats_send(%s)'],
	ARRAY['gap_agg, frames in no order of time', 'mlops.gap_agg(ts - n * interval ''1 hour'')', 'mlops._gap_stats_send(%s)'],
	ARRAY['gap_agg: burstiness', 'mlops.gap_agg(ts) FILTER (WHERE flag)', 'float8send(mlops.burstiness(%s))'],
	ARRAY['streak_agg', 'mlops.streak_agg(flag, ts, id)', 'mlops._streak_stats_send(%s)'],
	ARRAY['streak_agg, ties, skip', 'mlops.streak_agg(flag, date_trunc(''day'', ts), n, ''skip'')', 'mlops._streak_stats_send(%s)'],
	ARRAY['ewma', 'mlops.ewma(x, ts, ''30 days'', ''2027-01-01'')', 'float8send(%s)'],
	ARRAY['decayed_sum', 'mlops.decayed_sum(y, ts, ''30 days'', ''2027-01-01'')', 'float8send(%s)'],
	ARRAY['decayed_variance', 'mlops.decayed_variance(y, ts, ''30 days'', ''2027-01-01'')', 'float8send(%s)'],
	ARRAY['time_weight_agg', 'mlops.time_weight_agg(y, ts, ''locf'', ''2025-01-03'', ''2025-06-01'')', 'mlops._time_weighted_send(%s)'],
	ARRAY['time_weight_agg: average', 'mlops.time_weight_agg(z, ts, ''linear'', ''2025-01-03'', ''2025-06-01'', ''propagate'')', 'float8send(mlops.time_weighted_avg(%s))'],
	ARRAY['delinquency_agg', 'mlops.delinquency_agg((n % 120)::int, ts, ''2027-01-01'', ''Europe/Berlin'')', 'mlops._delinquency_send(%s)'],
	ARRAY['delinquency_agg: worst_in_months', 'mlops.delinquency_agg((n % 120)::int, ts - n * interval ''1 hour'', ''2027-01-01'')', 'int4send(mlops.worst_in_months(%s, 18))'],
	ARRAY['recency', 'mlops.recency(ts - n * interval ''1 hour'', ''2027-01-01'')', 'float8send(%s)'],
	ARRAY['tenure', 'mlops.tenure(ts - n * interval ''1 hour'', ''2027-01-01'')', 'float8send(%s)'],
	ARRAY['moving_min', 'mlops.moving_min(z)', 'float8send(%s)'],
	ARRAY['moving_max', 'mlops.moving_max(shop)', 'textsend(%s)'],
	ARRAY['min_by', 'mlops.min_by(shop, z)', 'textsend(%s)'],
	ARRAY['min_by, tiebreak', 'mlops.min_by(x, shop, n % 8)', 'float8send(%s)'],
	ARRAY['max_by', 'mlops.max_by(z, n % 8)', 'float8send(%s)'],
	ARRAY['max_by, tiebreak', 'mlops.max_by(w::numeric, x, n % 2)', 'numeric_send(%s)'],
	ARRAY['first_values', 'mlops.first_values(z, date_trunc(''day'', ts), 3)', 'array_send(%s)'],
	ARRAY['first_values, no order of time', 'mlops.first_values(shop, ts - n * interval ''1 hour'', 2, id)', 'array_send(%s)'],
	ARRAY['last_values', 'mlops.last_values(z, date_trunc(''day'', ts), 3)', 'array_send(%s)'],
	ARRAY['last_values, tiebreak', 'mlops.last_values(shop, date_trunc(''day'', ts), 4, n % 5)', 'array_send(%s)'],
	ARRAY['quantile_agg', 'mlops.quantile_agg(x)', 'mlops._quantile_state_send(%s)'],
	ARRAY['quantile_agg, propagate', 'mlops.quantile_agg(z, ''propagate'')', 'mlops._quantile_state_send(%s)'],
	ARRAY['median', 'mlops.median(y)', 'float8send(%s)'],
	ARRAY['interquartile_range', 'mlops.interquartile_range(y)', 'float8send(%s)'],
	ARRAY['median_abs_deviation', 'mlops.median_abs_deviation(z, ''skip'')', 'float8send(%s)'],
	ARRAY['exact_quantile', 'mlops.exact_quantile(x, 0.3)', 'float8send(%s)'],
	ARRAY['ks_test', 'mlops.ks_test(n % 8, flag)', 'record_send(%s)'],
	ARRAY['wasserstein_distance', 'mlops.wasserstein_distance(y, flag)', 'float8send(%s)'],
	ARRAY['normalized_wasserstein_distance', 'mlops.normalized_wasserstein_distance(y, flag)', 'float8send(%s)'],
	ARRAY['dataset_hash', 'mlops.dataset_hash((x, shop, ts)) FILTER (WHERE n > 100)', 'uuid_send(%s)']]);
-- the comparison sees what is wrong, and what depends on the order of additions
SELECT aggregate, moving > 1000 AS moving, workers_2 > 1000 AS workers_2, workers_4 > 1000 AS workers_4, partition_wise > 1000 AS partition_wise
FROM checked WHERE aggregate ~ '^(wrong|server)' ORDER BY aggregate;
-- frames, how many of them are empty, and answers that differ from those of the plain aggregate
SELECT * FROM checked WHERE aggregate !~ '^(wrong|server)';

-- tiles of each frame, stored, then rolled up
SELECT * FROM same_bits.check_tiles(ARRAY[
	ARRAY['stats_agg, propagate', 'mlops.stats_agg(z, ''propagate'')', 'mlops._stats1d_send(%s)'],
	ARRAY['stats_agg of two, propagate', 'mlops.stats_agg(z, x, ''propagate'')', 'mlops._stats2d_send(%s)'],
	ARRAY['woe_agg', 'mlops.woe_agg(shop, flag)', 'mlops._woe_stats_send(%s)'],
	ARRAY['score_agg', 'mlops.score_agg(n % 8, flag, w)', 'mlops._score_stats_send(%s)'],
	ARRAY['calibration_agg', 'mlops.calibration_agg(n / 1000.0, flag)', 'mlops._calibration_stats_send(%s)'],
	ARRAY['quantile_agg, propagate', 'mlops.quantile_agg(z, ''propagate'')', 'mlops._quantile_state_send(%s)'],
	ARRAY['gap_agg', 'mlops.gap_agg(ts)', 'mlops._gap_stats_send(%s)'],
	ARRAY['streak_agg', 'mlops.streak_agg(flag, ts, id)', 'mlops._streak_stats_send(%s)'],
	ARRAY['delinquency_agg', 'mlops.delinquency_agg((n % 120)::int, ts, ''2027-01-01'', ''Europe/Berlin'')', 'mlops._delinquency_send(%s)'],
	ARRAY['time_weight_agg, propagate', 'mlops.time_weight_agg(z, ts, ''linear'', ''2025-01-03'', ''2025-06-01'', ''propagate'')', 'mlops._time_weighted_send(%s)']]);

-- what merges or slides and is not here
SELECT DISTINCT p.proname FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
WHERE p.pronamespace = 'mlops'::regnamespace AND (a.aggcombinefn <> 0 OR a.aggminvtransfn <> 0)
	AND p.proname NOT IN (SELECT aggregate FROM same_bits.checked WHERE aggregate IS NOT NULL) AND p.proname <> 'rollup'
ORDER BY p.proname;

-- nothing depends on how rows are divided: so whatever is parallel has a state that can be shipped, but for the listed
SELECT p.oid::regprocedure AS aggregate FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
WHERE p.pronamespace = 'mlops'::regnamespace AND (a.aggtranstype = 'internal'::regtype OR a.aggcombinefn = 0 OR p.proparallel <> 's')
ORDER BY p.oid::regprocedure::text COLLATE "C";
SET client_min_messages = warning;
DROP SCHEMA same_bits CASCADE;
