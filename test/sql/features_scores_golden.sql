-- Metrics of scores and calibration equal those of rational numbers, to the last bit where weights are whole, and those
-- of scikit-learn and scipy, as test/oracle/scores.py wrote both down.
CREATE TEMP TABLE golden_row (frame int, score float8, label bool, weight float8);
\copy golden_row FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/scores_rows.csv"' WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE golden (frame int, metric text, by text, value float8, tolerance float8);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/scores_answers.csv"' WITH (FORMAT csv, HEADER)
SELECT count(*) AS answers, count(*) FILTER (WHERE tolerance = 0) AS exact, count(DISTINCT frame) AS frames FROM golden;
CREATE TEMP TABLE found AS
SELECT s.frame, m.metric, m.value
FROM (SELECT frame, mlops.score_agg(score, label, weight) AS s, mlops.calibration_agg(score, label, weight) AS c FROM golden_row GROUP BY frame) AS s, LATERAL (
	VALUES ('roc_auc', mlops.roc_auc(s.s)), ('ks_score', mlops.ks_score(s.s)), ('brier_score', mlops.brier_score(s.s)), ('log_loss', mlops.log_loss(s.s)),
		('average_precision', mlops.average_precision(s.s)), ('ci_low', (mlops.auc_interval(s.s)).ci_low), ('ci_high', (mlops.auc_interval(s.s)).ci_high),
		('slope', mlops.calibration_slope(s.c)), ('intercept', mlops.calibration_intercept(s.c))
	UNION ALL SELECT v.metric || '_' || bins, v.value FROM unnest(ARRAY[3, 10, 40]) AS bins, LATERAL (
		VALUES ('expected', mlops.expected_calibration_error(s.c, bins)), ('max', mlops.max_calibration_error(s.c, bins)),
			('statistic', (mlops.hosmer_lemeshow(s.c, bins)).statistic), ('p_value', (mlops.hosmer_lemeshow(s.c, bins)).p_value)) AS v (metric, value)) AS m (metric, value);
CREATE TEMP TABLE compared AS
SELECT g.*, f.value AS found, CASE WHEN tolerance = 0 THEN float8send(f.value) IS DISTINCT FROM float8send(g.value) ELSE (abs(f.value - g.value) <= tolerance) IS NOT TRUE END AS is_different
FROM golden AS g LEFT JOIN found AS f USING (frame, metric);
SELECT c.by, k.metric, tolerance = 0 AS exact, count(*) AS frames, count(*) FILTER (WHERE is_different) AS different
FROM compared AS c, LATERAL (SELECT regexp_replace(metric, '\d+', 'N') AS metric) AS k GROUP BY 1, 2, 3 ORDER BY c.by COLLATE "C", k.metric COLLATE "C", 3;
-- the first of those that differ, if any does
SELECT frame, metric, c.by, found, value AS wanted FROM compared AS c WHERE is_different ORDER BY frame, metric, c.by LIMIT 10;
