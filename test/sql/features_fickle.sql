-- A row that leaves a frame is the one that came in, unless a function among the arguments is labelled IMMUTABLE and gives
-- two values: every aggregate with an inverse says so, and answers nothing.
CREATE TEMP SEQUENCE call;
CREATE TYPE pg_temp.pair AS (i int, ts timestamptz);
-- the first three rows come in with a value and go with NULL, or the other way round
CREATE FUNCTION pg_temp.fickle(x anyelement, is_null_first bool) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN (nextval('call') > 3) = is_null_first THEN x END
$$;
CREATE FUNCTION pg_temp.state_of(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setval('call', 1, false);
	EXECUTE format('SELECT %s OVER (ORDER BY i ROWS 2 PRECEDING) FROM generate_series(1, 6) AS i, LATERAL (SELECT timestamptz ''2026-01-01'' + i * interval ''1 day'') AS t (ts)', call);
	RETURN 'answered';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TEMP TABLE answer AS
SELECT c.call, b.is_null_first, pg_temp.state_of(format(c.call, b.is_null_first)) AS state
FROM unnest(ARRAY[
	'mlops.exact_sum(pg_temp.fickle(i, %L))', 'mlops.exact_avg(pg_temp.fickle(i, %L))', 'mlops.exact_variance(pg_temp.fickle(i, %L))',
	'mlops.exact_stddev(pg_temp.fickle(i, %L))', 'mlops.weighted_avg(pg_temp.fickle(i, %L), 2)', 'mlops.stats_agg(pg_temp.fickle(i, %L))',
	'mlops.stats_agg(i, pg_temp.fickle(i, %L))', 'mlops.trend(i, pg_temp.fickle(ts, %L))', 'mlops.rate(pg_temp.fickle(i > 0, %L))',
	'mlops.entropy(pg_temp.fickle(i, %L))', 'mlops.entropy(pg_temp.fickle(i, %L), 2)', 'mlops.concentration_index(pg_temp.fickle(i::text, %L), 1)',
	'mlops.distinct_count(pg_temp.fickle(i, %L))', 'mlops.most_common(pg_temp.fickle(i, %L))', 'mlops.top_values(pg_temp.fickle(i, %L), 2)',
	'mlops.histogram_agg(pg_temp.fickle(i, %L), ''{0,9}'')', 'mlops.category_histogram_agg(pg_temp.fickle(i::text, %L), ''{1,2}'')',
	'mlops.woe_agg(pg_temp.fickle(i::text, %L), i > 2)', 'mlops.score_agg(pg_temp.fickle(i, %L), i > 2)',
	'mlops.gap_agg(pg_temp.fickle(ts, %L))', 'mlops.streak_agg(i > 2, pg_temp.fickle(ts, %L), i)',
	'mlops.time_weight_agg(pg_temp.fickle(i, %L), ts, ''locf'', ''2026-01-01'', ''2027-01-01'')', 'mlops.delinquency_agg(pg_temp.fickle(i, %L), ts, ''2027-01-01'')',
	'mlops.recency(pg_temp.fickle(ts, %L), ''2027-01-01'')', 'mlops.tenure(pg_temp.fickle(ts, %L), ''2027-01-01'')',
	'mlops.quantile_agg(pg_temp.fickle(i, %L))', 'mlops.median(pg_temp.fickle(i, %L))', 'mlops.interquartile_range(pg_temp.fickle(i, %L))',
	'mlops.median_abs_deviation(pg_temp.fickle(i, %L))', 'mlops.exact_quantile(pg_temp.fickle(i, %L), 0.3)',
	'mlops.moving_min(pg_temp.fickle(i, %L))', 'mlops.moving_max(pg_temp.fickle(i::text, %L))', 'mlops.min_by(i, pg_temp.fickle(i, %L))',
	'mlops.max_by(i, i, pg_temp.fickle(i, %L))', 'mlops.first_values(i, pg_temp.fickle(ts, %L), 2)', 'mlops.last_values(i::text, ts, 2, pg_temp.fickle(i, %L))',
	'mlops.velocity(pg_temp.fickle(ts, %L), ''2026-01-09'', ''3 days'', ''9 days'')', 'mlops.count_if(pg_temp.fickle(i > 0, %L))', 'mlops.dataset_hash(pg_temp.fickle(ROW(i, ts)::pg_temp.pair, %L))']) AS c (call), (VALUES (true), (false)) AS b (is_null_first);
SELECT state, count(*) FROM answer GROUP BY state ORDER BY state;
-- what is told by a number alone cannot know that a row which left as NULL came in as another
SELECT call, is_null_first, state FROM answer WHERE state <> '42P13' ORDER BY call COLLATE "C";
-- those with an inverse that are not here
SELECT DISTINCT p.proname FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
WHERE p.pronamespace = 'mlops'::regnamespace AND a.aggminvtransfn <> 0 AND NOT EXISTS (SELECT FROM answer WHERE call ~ ('mlops\.' || p.proname || '\('))
ORDER BY p.proname;
