-- Drift and tests: functions of counts, and what tests and intervals return.

CREATE TYPE mlops.test_result AS (statistic float8, df float8, p_value float8, effect float8);
COMMENT ON TYPE mlops.test_result IS
	'Answer of a statistical test: statistic, degrees of freedom, p-value and size of the effect; NULL where the test has none';

CREATE TYPE mlops.confidence_interval AS (ci_low float8, ci_high float8);
COMMENT ON TYPE mlops.confidence_interval IS
	'Both ends of a confidence interval';
