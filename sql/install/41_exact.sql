-- Exact numbers: aggregates whose sums are kept without rounding, so that plain, parallel, moving and
-- merged runs give the same bits.

CREATE TYPE mlops._exact_state;

CREATE FUNCTION mlops._exact_state_in(cstring) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_state_in';
COMMENT ON FUNCTION mlops._exact_state_in(cstring) IS
	'Reads the text form of a mlops._exact_state. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._exact_state_out(mlops._exact_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_state_out';
COMMENT ON FUNCTION mlops._exact_state_out(mlops._exact_state) IS
	'Writes a mlops._exact_state as text. NULL for NULL';

CREATE FUNCTION mlops._exact_state_recv(internal) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_state_recv';
COMMENT ON FUNCTION mlops._exact_state_recv(internal) IS
	'Reads the byte form of a mlops._exact_state. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._exact_state_send(mlops._exact_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_state_send';
COMMENT ON FUNCTION mlops._exact_state_send(mlops._exact_state) IS
	'Writes the byte form of a mlops._exact_state: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops._exact_state (
	INPUT = mlops._exact_state_in, OUTPUT = mlops._exact_state_out, RECEIVE = mlops._exact_state_recv, SEND = mlops._exact_state_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops._exact_state IS
	'State of the exact aggregates that have no type of their own: counts, parameters and exact sums';

CREATE FUNCTION mlops._exact_state_combine(mlops._exact_state, mlops._exact_state) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_state_combine';
COMMENT ON FUNCTION mlops._exact_state_combine(mlops._exact_state, mlops._exact_state) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

-- Sums and averages.

CREATE FUNCTION mlops._exact_sum_step(state mlops._exact_state, x float8) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_step';
COMMENT ON FUNCTION mlops._exact_sum_step(mlops._exact_state, float8) IS
	'Adds a row to a state of mlops.exact_sum and mlops.exact_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_sum_step(state mlops._exact_state, x float8, on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_step';
COMMENT ON FUNCTION mlops._exact_sum_step(mlops._exact_state, float8, text) IS
	'Adds a row to a state of mlops.exact_sum and mlops.exact_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_sum_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_final';
COMMENT ON FUNCTION mlops._exact_sum_final(mlops._exact_state) IS
	'The sum, rounded once; NULL for no values. 22003 outside of float8';

CREATE FUNCTION mlops._exact_avg_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_avg_final';
COMMENT ON FUNCTION mlops._exact_avg_final(mlops._exact_state) IS
	'The average, rounded once; NULL for no values';

-- A moving state is never merged, so it may be internal: in short frames it is made for every other row.
CREATE FUNCTION mlops._exact_sum_moving_step(state internal, x float8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_step';
COMMENT ON FUNCTION mlops._exact_sum_moving_step(internal, float8) IS
	'Adds a row to a moving state of mlops.exact_sum and mlops.exact_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_sum_moving_step(state internal, x float8, on_nonfinite text) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_step';
COMMENT ON FUNCTION mlops._exact_sum_moving_step(internal, float8, text) IS
	'Adds a row to a moving state of mlops.exact_sum and mlops.exact_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_sum_moving_inverse(state internal, x float8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_inverse';
COMMENT ON FUNCTION mlops._exact_sum_moving_inverse(internal, float8) IS
	'Takes a row away from a moving state of mlops.exact_sum and mlops.exact_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_sum_moving_inverse(state internal, x float8, on_nonfinite text) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_inverse';
COMMENT ON FUNCTION mlops._exact_sum_moving_inverse(internal, float8, text) IS
	'Takes a row away from a moving state of mlops.exact_sum and mlops.exact_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_sum_moving_final(internal) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_sum_final';
COMMENT ON FUNCTION mlops._exact_sum_moving_final(internal) IS
	'The sum of a moving state, rounded once; NULL for no values. 22003 outside of float8';

CREATE FUNCTION mlops._exact_avg_moving_final(internal) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_avg_final';
COMMENT ON FUNCTION mlops._exact_avg_moving_final(internal) IS
	'The average of a moving state, rounded once; NULL for no values';

CREATE AGGREGATE mlops.exact_sum(x float8) (
	SFUNC = mlops._exact_sum_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_sum_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_sum_moving_step, MINVFUNC = mlops._exact_sum_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_sum_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_sum(float8) IS
	'Sum of x without rounding, rounded once at the end: no order, worker or frame changes it. NULL is left out; NULL for no values. 22003 if the sum itself is outside of float8. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.exact_avg(x float8) (
	SFUNC = mlops._exact_sum_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_avg_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_sum_moving_step, MINVFUNC = mlops._exact_sum_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_avg_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_avg(float8) IS
	'Average of x: the exact sum divided by the number of values, rounded once. NULL is left out; NULL for no values. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.exact_sum(x float8, on_nonfinite text) (
	SFUNC = mlops._exact_sum_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_sum_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_sum_moving_step, MINVFUNC = mlops._exact_sum_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_sum_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_sum(float8, text) IS
	'Sum of x without rounding, rounded once at the end: no order, worker or frame changes it. NULL is left out; NULL for no values. 22003 if the sum itself is outside of float8. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.exact_avg(x float8, on_nonfinite text) (
	SFUNC = mlops._exact_sum_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_avg_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_sum_moving_step, MINVFUNC = mlops._exact_sum_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_avg_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_avg(float8, text) IS
	'Average of x: the exact sum divided by the number of values, rounded once. NULL is left out; NULL for no values. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE FUNCTION mlops._weighted_avg_step(state mlops._exact_state, x float8, w float8) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_weighted_avg_step';
COMMENT ON FUNCTION mlops._weighted_avg_step(mlops._exact_state, float8, float8) IS
	'Adds a row to a state of mlops.weighted_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._weighted_avg_step(state mlops._exact_state, x float8, w float8, on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_weighted_avg_step';
COMMENT ON FUNCTION mlops._weighted_avg_step(mlops._exact_state, float8, float8, text) IS
	'Adds a row to a state of mlops.weighted_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._weighted_avg_inverse(state mlops._exact_state, x float8, w float8) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_weighted_avg_inverse';
COMMENT ON FUNCTION mlops._weighted_avg_inverse(mlops._exact_state, float8, float8) IS
	'Takes a row away from a state of mlops.weighted_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._weighted_avg_inverse(state mlops._exact_state, x float8, w float8, on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_weighted_avg_inverse';
COMMENT ON FUNCTION mlops._weighted_avg_inverse(mlops._exact_state, float8, float8, text) IS
	'Takes a row away from a state of mlops.weighted_avg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._weighted_avg_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_weighted_avg_final';
COMMENT ON FUNCTION mlops._weighted_avg_final(mlops._exact_state) IS
	'The weighted average, rounded once; NULL if the weights add up to 0';

CREATE AGGREGATE mlops.weighted_avg(x float8, w float8) (
	SFUNC = mlops._weighted_avg_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._weighted_avg_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._weighted_avg_step, MINVFUNC = mlops._weighted_avg_inverse, MSTYPE = mlops._exact_state, MSSPACE = 1024, MFINALFUNC = mlops._weighted_avg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.weighted_avg(float8, float8) IS
	'Sum of w x divided by the sum of w, both exact, rounded once. A row with a NULL is left out; NULL if the weights add up to 0, and for no rows. 22023 for w < 0. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.weighted_avg(x float8, w float8, on_nonfinite text) (
	SFUNC = mlops._weighted_avg_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._weighted_avg_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._weighted_avg_step, MINVFUNC = mlops._weighted_avg_inverse, MSTYPE = mlops._exact_state, MSSPACE = 1024, MFINALFUNC = mlops._weighted_avg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.weighted_avg(float8, float8, text) IS
	'Sum of w x divided by the sum of w, both exact, rounded once. A row with a NULL is left out; NULL if the weights add up to 0, and for no rows. 22023 for w < 0. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

-- Variance in one step: a state that is returned from a frame is written out for each row, a number is not.
CREATE FUNCTION mlops._exact_variance_step(state mlops._exact_state, x float8) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_step';
COMMENT ON FUNCTION mlops._exact_variance_step(mlops._exact_state, float8) IS
	'Adds a row to a state of mlops.exact_variance and mlops.exact_stddev. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_variance_step(state mlops._exact_state, x float8, on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_step';
COMMENT ON FUNCTION mlops._exact_variance_step(mlops._exact_state, float8, text) IS
	'Adds a row to a state of mlops.exact_variance and mlops.exact_stddev. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_variance_moving_step(state internal, x float8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_step';
COMMENT ON FUNCTION mlops._exact_variance_moving_step(internal, float8) IS
	'Adds a row to a moving state of mlops.exact_variance and mlops.exact_stddev. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_variance_moving_step(state internal, x float8, on_nonfinite text) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_step';
COMMENT ON FUNCTION mlops._exact_variance_moving_step(internal, float8, text) IS
	'Adds a row to a moving state of mlops.exact_variance and mlops.exact_stddev. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_variance_moving_inverse(state internal, x float8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_inverse';
COMMENT ON FUNCTION mlops._exact_variance_moving_inverse(internal, float8) IS
	'Takes a row away from a moving state of mlops.exact_variance and mlops.exact_stddev. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_variance_moving_inverse(state internal, x float8, on_nonfinite text) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_inverse';
COMMENT ON FUNCTION mlops._exact_variance_moving_inverse(internal, float8, text) IS
	'Takes a row away from a moving state of mlops.exact_variance and mlops.exact_stddev. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_variance_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_final';
COMMENT ON FUNCTION mlops._exact_variance_final(mlops._exact_state) IS
	'The variance, rounded once; NULL below two values';

CREATE FUNCTION mlops._exact_variance_moving_final(internal) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_variance_final';
COMMENT ON FUNCTION mlops._exact_variance_moving_final(internal) IS
	'The variance of a moving state, rounded once; NULL below two values';

CREATE FUNCTION mlops._exact_stddev_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_stddev_final';
COMMENT ON FUNCTION mlops._exact_stddev_final(mlops._exact_state) IS
	'The standard deviation, rounded once; NULL below two values';

CREATE FUNCTION mlops._exact_stddev_moving_final(internal) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_stddev_final';
COMMENT ON FUNCTION mlops._exact_stddev_moving_final(internal) IS
	'The standard deviation of a moving state, rounded once; NULL below two values';

CREATE AGGREGATE mlops.exact_variance(x float8) (
	SFUNC = mlops._exact_variance_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_variance_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_variance_moving_step, MINVFUNC = mlops._exact_variance_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_variance_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_variance(float8) IS
	'Sample variance of x, divided by n - 1, from exact sums, rounded once: as mlops.variance(mlops.stats_agg(x)), in one step and faster in frames. NULL is left out; NULL below two values. 22003 if the result is outside of float8. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.exact_variance(x float8, on_nonfinite text) (
	SFUNC = mlops._exact_variance_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_variance_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_variance_moving_step, MINVFUNC = mlops._exact_variance_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_variance_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_variance(float8, text) IS
	'Sample variance of x, divided by n - 1, from exact sums, rounded once: as mlops.variance(mlops.stats_agg(x)), in one step and faster in frames. NULL is left out; NULL below two values. 22003 if the result is outside of float8. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.exact_stddev(x float8) (
	SFUNC = mlops._exact_variance_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_stddev_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_variance_moving_step, MINVFUNC = mlops._exact_variance_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_stddev_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_stddev(float8) IS
	'Sample standard deviation of x, the square root of the variance divided by n - 1, from exact sums, rounded once: as mlops.stddev(mlops.stats_agg(x)), in one step and faster in frames. NULL is left out; NULL below two values. 22003 if the result is outside of float8. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.exact_stddev(x float8, on_nonfinite text) (
	SFUNC = mlops._exact_variance_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._exact_stddev_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._exact_variance_moving_step, MINVFUNC = mlops._exact_variance_moving_inverse, MSTYPE = internal, MSSPACE = 1024, MFINALFUNC = mlops._exact_stddev_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_stddev(float8, text) IS
	'Sample standard deviation of x, the square root of the variance divided by n - 1, from exact sums, rounded once: as mlops.stddev(mlops.stats_agg(x)), in one step and faster in frames. NULL is left out; NULL below two values. 22003 if the result is outside of float8. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

-- Over time.

CREATE FUNCTION mlops._trend_step(state mlops._exact_state, v float8, ts timestamptz) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_step';
COMMENT ON FUNCTION mlops._trend_step(mlops._exact_state, float8, timestamptz) IS
	'Adds a row to a state of mlops.trend. 0A000 outside an aggregate';

CREATE FUNCTION mlops._trend_step(state mlops._exact_state, v float8, ts timestamptz, unit interval) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_step';
COMMENT ON FUNCTION mlops._trend_step(mlops._exact_state, float8, timestamptz, interval) IS
	'Adds a row to a state of mlops.trend. 0A000 outside an aggregate';

CREATE FUNCTION mlops._trend_step(state mlops._exact_state, v float8, ts timestamptz, unit interval, on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_step';
COMMENT ON FUNCTION mlops._trend_step(mlops._exact_state, float8, timestamptz, interval, text) IS
	'Adds a row to a state of mlops.trend. 0A000 outside an aggregate';

CREATE FUNCTION mlops._trend_inverse(state mlops._exact_state, v float8, ts timestamptz) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_inverse';
COMMENT ON FUNCTION mlops._trend_inverse(mlops._exact_state, float8, timestamptz) IS
	'Takes a row away from a state of mlops.trend. 0A000 outside an aggregate';

CREATE FUNCTION mlops._trend_inverse(state mlops._exact_state, v float8, ts timestamptz, unit interval) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_inverse';
COMMENT ON FUNCTION mlops._trend_inverse(mlops._exact_state, float8, timestamptz, interval) IS
	'Takes a row away from a state of mlops.trend. 0A000 outside an aggregate';

CREATE FUNCTION mlops._trend_inverse(state mlops._exact_state, v float8, ts timestamptz, unit interval, on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_inverse';
COMMENT ON FUNCTION mlops._trend_inverse(mlops._exact_state, float8, timestamptz, interval, text) IS
	'Takes a row away from a state of mlops.trend. 0A000 outside an aggregate';

CREATE FUNCTION mlops._trend_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trend_final';
COMMENT ON FUNCTION mlops._trend_final(mlops._exact_state) IS
	'The slope, rounded once; NULL unless there are two different times';

CREATE AGGREGATE mlops.trend(v float8, ts timestamptz) (
	SFUNC = mlops._trend_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._trend_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._trend_step, MINVFUNC = mlops._trend_inverse, MSTYPE = mlops._exact_state, MSSPACE = 1024, MFINALFUNC = mlops._trend_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.trend(float8, timestamptz) IS
	'Slope of the line of least squares of v over time, per unit (1 day without the argument), from exact sums, rounded once. A row with a NULL is left out; NULL unless there are two different times. 22008 for an infinite time; 22023 for a unit that is NULL, changes within a group, has months or is not above 0. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.trend(v float8, ts timestamptz, unit interval) (
	SFUNC = mlops._trend_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._trend_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._trend_step, MINVFUNC = mlops._trend_inverse, MSTYPE = mlops._exact_state, MSSPACE = 1024, MFINALFUNC = mlops._trend_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.trend(float8, timestamptz, interval) IS
	'Slope of the line of least squares of v over time, per unit (1 day without the argument), from exact sums, rounded once. A row with a NULL is left out; NULL unless there are two different times. 22008 for an infinite time; 22023 for a unit that is NULL, changes within a group, has months or is not above 0. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.trend(v float8, ts timestamptz, unit interval, on_nonfinite text) (
	SFUNC = mlops._trend_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._trend_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._trend_step, MINVFUNC = mlops._trend_inverse, MSTYPE = mlops._exact_state, MSSPACE = 1024, MFINALFUNC = mlops._trend_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.trend(float8, timestamptz, interval, text) IS
	'Slope of the line of least squares of v over time, per unit (1 day without the argument), from exact sums, rounded once. A row with a NULL is left out; NULL unless there are two different times. 22008 for an infinite time; 22023 for a unit that is NULL, changes within a group, has months or is not above 0. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE FUNCTION mlops._velocity_step(state mlops._exact_state, ts timestamptz, as_of timestamptz, short interval, long interval) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_velocity_step';
COMMENT ON FUNCTION mlops._velocity_step(mlops._exact_state, timestamptz, timestamptz, interval, interval) IS
	'Adds a row to a state of mlops.velocity. 0A000 outside an aggregate';

CREATE FUNCTION mlops._velocity_inverse(state mlops._exact_state, ts timestamptz, as_of timestamptz, short interval, long interval) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_velocity_inverse';
COMMENT ON FUNCTION mlops._velocity_inverse(mlops._exact_state, timestamptz, timestamptz, interval, interval) IS
	'Takes a row away from a state of mlops.velocity. 0A000 outside an aggregate';

CREATE FUNCTION mlops._velocity_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_velocity_final';
COMMENT ON FUNCTION mlops._velocity_final(mlops._exact_state) IS
	'The ratio, rounded once; NULL if no row is in the long window';

CREATE AGGREGATE mlops.velocity(ts timestamptz, as_of timestamptz, short interval, long interval) (
	SFUNC = mlops._velocity_step, STYPE = mlops._exact_state, SSPACE = 1024, FINALFUNC = mlops._velocity_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._velocity_step, MINVFUNC = mlops._velocity_inverse, MSTYPE = mlops._exact_state, MSSPACE = 1024, MFINALFUNC = mlops._velocity_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.velocity(timestamptz, timestamptz, interval, interval) IS
	'Rows per time in the short window before as_of, divided by those in the long one: (n_short / short) / (n_long / long), where a window w holds ts in [as_of - w, as_of). NULL ts is left out; NULL if no row is in the long window. 22008 for an infinite time; 22023 for parameters that are NULL or change within a group, and for windows with months or not above 0';

-- Shares.

CREATE FUNCTION mlops._count_if_step(state bigint, flag bool) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_count_if_step';
COMMENT ON FUNCTION mlops._count_if_step(bigint, bool) IS
	'Adds a row to a state of mlops.count_if. 0A000 outside an aggregate';

CREATE FUNCTION mlops._count_if_inverse(state bigint, flag bool) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_count_if_inverse';
COMMENT ON FUNCTION mlops._count_if_inverse(bigint, bool) IS
	'Takes a row away from a state of mlops.count_if. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.count_if(flag bool) (
	SFUNC = mlops._count_if_step, STYPE = bigint, COMBINEFUNC = pg_catalog.int8pl, INITCOND = '0',
	MSFUNC = mlops._count_if_step, MINVFUNC = mlops._count_if_inverse, MSTYPE = bigint, MINITCOND = '0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.count_if(bool) IS
	'Number of rows where flag is true; NULL is not. 0 for no rows';

CREATE FUNCTION mlops._rate_step(state mlops._exact_state, flag bool) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_rate_step';
COMMENT ON FUNCTION mlops._rate_step(mlops._exact_state, bool) IS
	'Adds a row to a state of mlops.rate. 0A000 outside an aggregate';

CREATE FUNCTION mlops._rate_step(state mlops._exact_state, flag bool, a float8, b float8) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_rate_step';
COMMENT ON FUNCTION mlops._rate_step(mlops._exact_state, bool, float8, float8) IS
	'Adds a row to a state of mlops.rate. 0A000 outside an aggregate';

CREATE FUNCTION mlops._rate_inverse(state mlops._exact_state, flag bool) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_rate_inverse';
COMMENT ON FUNCTION mlops._rate_inverse(mlops._exact_state, bool) IS
	'Takes a row away from a state of mlops.rate. 0A000 outside an aggregate';

CREATE FUNCTION mlops._rate_inverse(state mlops._exact_state, flag bool, a float8, b float8) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_rate_inverse';
COMMENT ON FUNCTION mlops._rate_inverse(mlops._exact_state, bool, float8, float8) IS
	'Takes a row away from a state of mlops.rate. 0A000 outside an aggregate';

CREATE FUNCTION mlops._rate_final(mlops._exact_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_rate_final';
COMMENT ON FUNCTION mlops._rate_final(mlops._exact_state) IS
	'The rate, rounded once; NULL at a denominator of 0';

CREATE AGGREGATE mlops.rate(flag bool) (
	SFUNC = mlops._rate_step, STYPE = mlops._exact_state, SSPACE = 2048, FINALFUNC = mlops._rate_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._rate_step, MINVFUNC = mlops._rate_inverse, MSTYPE = mlops._exact_state, MSSPACE = 2048, MFINALFUNC = mlops._rate_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rate(bool) IS
	'Share of rows where flag is true among those where it is not NULL, rounded once. NULL for no such rows';

CREATE AGGREGATE mlops.rate(flag bool, a float8, b float8) (
	SFUNC = mlops._rate_step, STYPE = mlops._exact_state, SSPACE = 2048, FINALFUNC = mlops._rate_final, COMBINEFUNC = mlops._exact_state_combine,
	MSFUNC = mlops._rate_step, MINVFUNC = mlops._rate_inverse, MSTYPE = mlops._exact_state, MSSPACE = 2048, MFINALFUNC = mlops._rate_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rate(bool, float8, float8) IS
	'Share of rows where flag is true, drawn towards a / (a + b) as by a true and b false rows more: (k + a) / (n + a + b), rounded once. NULL flags are left out; NULL at a denominator of 0, and for no rows. 22023 for a or b that are NULL, negative, not finite or change within a group';
