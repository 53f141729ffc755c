-- Features: functions over the history of an entity.

CREATE FUNCTION mlops.prior_count() RETURNS bigint
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_count';
COMMENT ON FUNCTION mlops.prior_count() IS
	'Number of rows of the partition whose ORDER BY value is strictly before that of the current row: rows with equal values do not count for one another. 0 for the first ones, and without ORDER BY for all. The frame clause plays no part';

CREATE FUNCTION mlops.prior_sum(x float8, on_nonfinite text DEFAULT 'error') RETURNS float8
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_sum';
COMMENT ON FUNCTION mlops.prior_sum(float8, text) IS
	'Sum of x over the rows of the partition whose ORDER BY value is strictly before that of the current row, exact and rounded once; 22003 if it is outside of float8. NULL x is left out; NULL if no value is before, and without ORDER BY always. The frame clause plays no part. NaN or an infinity: on_nonfinite error refuses it (22003), skip leaves it out, propagate adds it as arithmetic does; 22023 for another word, NULL, or a change within the partition';

CREATE FUNCTION mlops.prior_avg(x float8, on_nonfinite text DEFAULT 'error') RETURNS float8
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_avg';
COMMENT ON FUNCTION mlops.prior_avg(float8, text) IS
	'Average of x over the rows of the partition whose ORDER BY value is strictly before that of the current row, from the exact sum, rounded once. NULL x is left out; NULL if no value is before, and without ORDER BY always. The frame clause plays no part. NaN or an infinity: on_nonfinite error refuses it (22003), skip leaves it out, propagate averages it as arithmetic does; 22023 for another word, NULL, or a change within the partition';

CREATE FUNCTION mlops.prior_min(x float8, on_nonfinite text DEFAULT 'error') RETURNS float8
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_min';
COMMENT ON FUNCTION mlops.prior_min(float8, text) IS
	'Least x of the rows of the partition whose ORDER BY value is strictly before that of the current row; -0 counts as 0. NULL x is left out; NULL if no value is before, and without ORDER BY always. The frame clause plays no part. NaN or an infinity: on_nonfinite error refuses it (22003), skip leaves it out, propagate compares it, NaN as the greatest; 22023 for another word, NULL, or a change within the partition';

CREATE FUNCTION mlops.prior_max(x float8, on_nonfinite text DEFAULT 'error') RETURNS float8
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_max';
COMMENT ON FUNCTION mlops.prior_max(float8, text) IS
	'Greatest x of the rows of the partition whose ORDER BY value is strictly before that of the current row; -0 counts as 0. NULL x is left out; NULL if no value is before, and without ORDER BY always. The frame clause plays no part. NaN or an infinity: on_nonfinite error refuses it (22003), skip leaves it out, propagate compares it, NaN as the greatest; 22023 for another word, NULL, or a change within the partition';

CREATE FUNCTION mlops.prior_zscore(x float8, on_nonfinite text DEFAULT 'error') RETURNS float8
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_zscore';
COMMENT ON FUNCTION mlops.prior_zscore(float8, text) IS
	'Distance of x from the average of x over the rows of the partition whose ORDER BY value is strictly before that of the current row, in their sample standard deviations, from exact sums, rounded once. NULL x is left out, and its own row has NULL; so have rows with fewer than two values before them, or with equal ones. The frame clause plays no part. NaN or an infinity: on_nonfinite error refuses it (22003), skip takes it as NULL, propagate makes NaN of it where it is before; 22003 for a distance outside of float8, 22023 for another word, NULL, or a change within the partition';

CREATE FUNCTION mlops.full_years(from_date date, to_date date) RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_full_years';
COMMENT ON FUNCTION mlops.full_years(date, date) IS
	'Whole calendar years from one date to another; the anniversary of 29 February in other years is 1 March. NULL if a date is NULL or infinite, or if the first is after the second';
