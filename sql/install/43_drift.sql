-- Drift and tests: functions of counts, and what tests and intervals return.

CREATE TYPE mlops.test_result AS (statistic float8, df float8, p_value float8, effect float8);
COMMENT ON TYPE mlops.test_result IS
	'Answer of a statistical test: statistic, degrees of freedom, p-value and size of the effect; NULL where the test has none';

CREATE TYPE mlops.confidence_interval AS (ci_low float8, ci_high float8);
COMMENT ON TYPE mlops.confidence_interval IS
	'Both ends of a confidence interval';

-- Distances of two histograms over the same cells, such as histogram_agg makes with the same edges.
CREATE FUNCTION mlops.psi(current bigint[], reference bigint[], alpha float8 DEFAULT 0.5) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_psi';
COMMENT ON FUNCTION mlops.psi(bigint[], bigint[], float8) IS
	'Population stability index of two histograms, the sum of (a - e) ln(a / e) over cells with the shares a of current and e of reference; alpha is added to each count, and cells that are empty on both sides are left out before. Below 0.1 is stable, from 0.25 on a shift. NULL for NULL, if a side has no rows, and with alpha 0 if a cell is empty on one side. 22023 for different numbers of cells, NULL or a negative count, or alpha outside 0 to 1000000000; 22003 if the counts of a side add up to more than bigint holds';

CREATE FUNCTION mlops.psi_p_value(current bigint[], reference bigint[], alpha float8 DEFAULT 0.5) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_psi_p_value';
COMMENT ON FUNCTION mlops.psi_p_value(bigint[], bigint[], float8) IS
	'Probability that psi is so large without a shift: of chi-squared with one degree of freedom less than cells in use to be at least psi n N / (n + N), for n rows against N; 1 for a single cell. NULL and errors as psi';

CREATE FUNCTION mlops.js_distance(current bigint[], reference bigint[]) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_js_distance';
COMMENT ON FUNCTION mlops.js_distance(bigint[], bigint[]) IS
	'Jensen-Shannon distance of two histograms, base 2, from 0 for equal shares to 1 for no cell in common. NULL for NULL or if a side has no rows. 22023 for different numbers of cells, NULL or a negative count; 22003 if the counts of a side add up to more than bigint holds';

CREATE FUNCTION mlops.hellinger_distance(current bigint[], reference bigint[]) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hellinger_distance';
COMMENT ON FUNCTION mlops.hellinger_distance(bigint[], bigint[]) IS
	'Hellinger distance of two histograms, the root of 1 minus the sum of sqrt(a e) over cells with the shares a and e, from 0 to 1. NULL and errors as js_distance';

CREATE FUNCTION mlops.total_variation_distance(current bigint[], reference bigint[]) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_total_variation_distance';
COMMENT ON FUNCTION mlops.total_variation_distance(bigint[], bigint[]) IS
	'Half the sum of the differences of the shares of two histograms, from 0 to 1: the share of rows that would have to move. NULL and errors as js_distance';

CREATE FUNCTION mlops.chi2_test(current bigint[], reference bigint[]) RETURNS mlops.test_result
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_chi2_test';
COMMENT ON FUNCTION mlops.chi2_test(bigint[], bigint[]) IS
	'Chi-squared test of whether two histograms come from one distribution, with expectations from both together; effect is Cramer''s V. Cells that are empty on both sides are left out; while an expectation is below 5 and more than two cells are left, the one with the smallest total is merged into the next smallest. A single cell has statistic 0, df 0, p_value 1. NULL and errors as js_distance';

CREATE FUNCTION mlops.wilson_interval(k bigint, n bigint, level float8) RETURNS mlops.confidence_interval
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_wilson_interval';
COMMENT ON FUNCTION mlops.wilson_interval(bigint, bigint, float8) IS
	'Wilson interval of a rate that was seen k times in n rows, at a level such as 0.95. NULL for NULL or n = 0. 22023 for k outside 0 to n, n below 0 or a level that is not between 0 and 1';
