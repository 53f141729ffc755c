-- Features: functions over the history of an entity.

CREATE FUNCTION mlops.prior_count() RETURNS bigint
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_count';
COMMENT ON FUNCTION mlops.prior_count() IS
	'Number of rows of the partition whose ORDER BY value is strictly before that of the current row: rows with equal values do not count for one another. 0 for the first ones, and without ORDER BY for all. The frame clause plays no part';

CREATE FUNCTION mlops.prior_avg(x float8) RETURNS float8
LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_prior_avg';
COMMENT ON FUNCTION mlops.prior_avg(float8) IS
	'Average of x over the rows of the partition whose ORDER BY value is strictly before that of the current row, from the exact sum, rounded once. NULL x is left out; NULL if no value is before, and without ORDER BY always. The frame clause plays no part. 22003 for NaN or an infinity';

CREATE FUNCTION mlops.full_years(from_date date, to_date date) RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_full_years';
COMMENT ON FUNCTION mlops.full_years(date, date) IS
	'Whole calendar years from one date to another; the anniversary of 29 February in other years is 1 March. NULL if a date is NULL or infinite, or if the first is after the second';
