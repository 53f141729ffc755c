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

CREATE TYPE mlops.stats1d;

CREATE FUNCTION mlops._stats1d_in(cstring) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_in';
COMMENT ON FUNCTION mlops._stats1d_in(cstring) IS
	'Reads the text form of a mlops.stats1d. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._stats1d_out(mlops.stats1d) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_out';
COMMENT ON FUNCTION mlops._stats1d_out(mlops.stats1d) IS
	'Writes a mlops.stats1d as text. NULL for NULL';

CREATE FUNCTION mlops._stats1d_recv(internal) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_recv';
COMMENT ON FUNCTION mlops._stats1d_recv(internal) IS
	'Reads the byte form of a mlops.stats1d. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._stats1d_send(mlops.stats1d) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_send';
COMMENT ON FUNCTION mlops._stats1d_send(mlops.stats1d) IS
	'Writes the byte form of a mlops.stats1d: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.stats1d (
	INPUT = mlops._stats1d_in, OUTPUT = mlops._stats1d_out, RECEIVE = mlops._stats1d_recv, SEND = mlops._stats1d_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.stats1d IS
	'What mlops.stats_agg(x) knows of values: their number, extremes and the exact sums of their first four powers';

CREATE FUNCTION mlops._stats1d_combine(mlops.stats1d, mlops.stats1d) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_combine';
COMMENT ON FUNCTION mlops._stats1d_combine(mlops.stats1d, mlops.stats1d) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_final(mlops.stats1d) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_final';
COMMENT ON FUNCTION mlops._stats1d_final(mlops.stats1d) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.stats1d) (
	SFUNC = mlops._stats1d_combine, STYPE = mlops.stats1d, SSPACE = 2048, FINALFUNC = mlops._stats1d_final,
	COMBINEFUNC = mlops._stats1d_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.stats1d) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit. NULL is left out; the empty state for no rows. 22023 for states of different on_nonfinite';

CREATE TYPE mlops.stats2d;

CREATE FUNCTION mlops._stats2d_in(cstring) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_in';
COMMENT ON FUNCTION mlops._stats2d_in(cstring) IS
	'Reads the text form of a mlops.stats2d. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._stats2d_out(mlops.stats2d) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_out';
COMMENT ON FUNCTION mlops._stats2d_out(mlops.stats2d) IS
	'Writes a mlops.stats2d as text. NULL for NULL';

CREATE FUNCTION mlops._stats2d_recv(internal) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_recv';
COMMENT ON FUNCTION mlops._stats2d_recv(internal) IS
	'Reads the byte form of a mlops.stats2d. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._stats2d_send(mlops.stats2d) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_send';
COMMENT ON FUNCTION mlops._stats2d_send(mlops.stats2d) IS
	'Writes the byte form of a mlops.stats2d: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.stats2d (
	INPUT = mlops._stats2d_in, OUTPUT = mlops._stats2d_out, RECEIVE = mlops._stats2d_recv, SEND = mlops._stats2d_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.stats2d IS
	'What mlops.stats_agg(y, x) knows of pairs: their number and the exact sums of x, y, x^2, x y and y^2';

CREATE FUNCTION mlops._stats2d_combine(mlops.stats2d, mlops.stats2d) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_combine';
COMMENT ON FUNCTION mlops._stats2d_combine(mlops.stats2d, mlops.stats2d) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats2d_final(mlops.stats2d) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_final';
COMMENT ON FUNCTION mlops._stats2d_final(mlops.stats2d) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.stats2d) (
	SFUNC = mlops._stats2d_combine, STYPE = mlops.stats2d, SSPACE = 2048, FINALFUNC = mlops._stats2d_final,
	COMBINEFUNC = mlops._stats2d_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.stats2d) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit. NULL is left out; the empty state for no rows. 22023 for states of different on_nonfinite';

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

-- Statistics of one and of two columns.

CREATE FUNCTION mlops._stats1d_step(state mlops.stats1d, x float8) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_step';
COMMENT ON FUNCTION mlops._stats1d_step(mlops.stats1d, float8) IS
	'Adds a row to a state of mlops.stats_agg(x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_step(state mlops.stats1d, x float8, on_nonfinite text) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_step';
COMMENT ON FUNCTION mlops._stats1d_step(mlops.stats1d, float8, text) IS
	'Adds a row to a state of mlops.stats_agg(x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_moving_inverse(state internal, x float8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_inverse';
COMMENT ON FUNCTION mlops._stats1d_moving_inverse(internal, float8) IS
	'Takes a row away from a state of mlops.stats_agg(x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_moving_inverse(state internal, x float8, on_nonfinite text) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_inverse';
COMMENT ON FUNCTION mlops._stats1d_moving_inverse(internal, float8, text) IS
	'Takes a row away from a state of mlops.stats_agg(x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_moving_step(state internal, x float8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_moving_step';
COMMENT ON FUNCTION mlops._stats1d_moving_step(internal, float8) IS
	'Adds a row to a state of mlops.stats_agg(x) that rows will be removed from. 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_moving_step(state internal, x float8, on_nonfinite text) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_moving_step';
COMMENT ON FUNCTION mlops._stats1d_moving_step(internal, float8, text) IS
	'Adds a row to a state of mlops.stats_agg(x) that rows will be removed from. 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats2d_step(state mlops.stats2d, y float8, x float8) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_step';
COMMENT ON FUNCTION mlops._stats2d_step(mlops.stats2d, float8, float8) IS
	'Adds a row to a state of mlops.stats_agg(y, x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats2d_step(state mlops.stats2d, y float8, x float8, on_nonfinite text) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_step';
COMMENT ON FUNCTION mlops._stats2d_step(mlops.stats2d, float8, float8, text) IS
	'Adds a row to a state of mlops.stats_agg(y, x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats2d_inverse(state mlops.stats2d, y float8, x float8) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_inverse';
COMMENT ON FUNCTION mlops._stats2d_inverse(mlops.stats2d, float8, float8) IS
	'Takes a row away from a state of mlops.stats_agg(y, x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats2d_inverse(state mlops.stats2d, y float8, x float8, on_nonfinite text) RETURNS mlops.stats2d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_inverse';
COMMENT ON FUNCTION mlops._stats2d_inverse(mlops.stats2d, float8, float8, text) IS
	'Takes a row away from a state of mlops.stats_agg(y, x). 0A000 outside an aggregate';

CREATE FUNCTION mlops._stats1d_moving_final(internal) RETURNS mlops.stats1d
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_final';
COMMENT ON FUNCTION mlops._stats1d_moving_final(internal) IS
	'The moving state as it is, for an accessor around the aggregate; the empty state for NULL';

CREATE AGGREGATE mlops.stats_agg(x float8) (
	SFUNC = mlops._stats1d_step, STYPE = mlops.stats1d, SSPACE = 2048, FINALFUNC = mlops._stats1d_final, COMBINEFUNC = mlops._stats1d_combine,
	MSFUNC = mlops._stats1d_moving_step, MINVFUNC = mlops._stats1d_moving_inverse, MSTYPE = internal, MSSPACE = 2048, MFINALFUNC = mlops._stats1d_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.stats_agg(float8) IS
	'State of the values of x, for mean, stddev, skewness and the other functions of mlops.stats1d; mlops.rollup adds such states. NULL is counted by null_count; the empty state for no rows. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.stats_agg(x float8, on_nonfinite text) (
	SFUNC = mlops._stats1d_step, STYPE = mlops.stats1d, SSPACE = 2048, FINALFUNC = mlops._stats1d_final, COMBINEFUNC = mlops._stats1d_combine,
	MSFUNC = mlops._stats1d_moving_step, MINVFUNC = mlops._stats1d_moving_inverse, MSTYPE = internal, MSSPACE = 2048, MFINALFUNC = mlops._stats1d_moving_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.stats_agg(float8, text) IS
	'State of the values of x, for mean, stddev, skewness and the other functions of mlops.stats1d; mlops.rollup adds such states. NULL is counted by null_count; the empty state for no rows. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.stats_agg(y float8, x float8) (
	SFUNC = mlops._stats2d_step, STYPE = mlops.stats2d, SSPACE = 2048, FINALFUNC = mlops._stats2d_final, COMBINEFUNC = mlops._stats2d_combine,
	MSFUNC = mlops._stats2d_step, MINVFUNC = mlops._stats2d_inverse, MSTYPE = mlops.stats2d, MSSPACE = 2048, MFINALFUNC = mlops._stats2d_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.stats_agg(float8, float8) IS
	'State of pairs, for slope, correlation and the other functions of mlops.stats2d; the dependent column comes first, as in regr_slope. A pair with a NULL is counted by null_count; the empty state for no rows. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.stats_agg(y float8, x float8, on_nonfinite text) (
	SFUNC = mlops._stats2d_step, STYPE = mlops.stats2d, SSPACE = 2048, FINALFUNC = mlops._stats2d_final, COMBINEFUNC = mlops._stats2d_combine,
	MSFUNC = mlops._stats2d_step, MINVFUNC = mlops._stats2d_inverse, MSTYPE = mlops.stats2d, MSSPACE = 2048, MFINALFUNC = mlops._stats2d_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.stats_agg(float8, float8, text) IS
	'State of pairs, for slope, correlation and the other functions of mlops.stats2d; the dependent column comes first, as in regr_slope. A pair with a NULL is counted by null_count; the empty state for no rows. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

-- What a state knows.

CREATE FUNCTION mlops.value_count(state mlops.stats1d) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.stats1d) IS
	'Number of rows with a value, 0 for the empty state. NULL for NULL';

CREATE FUNCTION mlops.null_count(state mlops.stats1d) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats1d_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.stats1d) IS
	'Number of NULLs, 0 for the empty state; with on_nonfinite ''skip'' also of values that were skipped. NULL for NULL';

CREATE FUNCTION mlops.value_count(state mlops.stats2d) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.stats2d) IS
	'Number of pairs without a NULL, 0 for the empty state. NULL for NULL';

CREATE FUNCTION mlops.null_count(state mlops.stats2d) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stats2d_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.stats2d) IS
	'Number of pairs with a NULL, 0 for the empty state; with on_nonfinite ''skip'' also of values that were skipped. NULL for NULL';

CREATE FUNCTION mlops.total(state mlops.stats1d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_total';
COMMENT ON FUNCTION mlops.total(mlops.stats1d) IS
	'Sum of the values, rounded once. NULL for no values and for NULL. 22003 outside of float8';

CREATE FUNCTION mlops.mean(state mlops.stats1d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_mean';
COMMENT ON FUNCTION mlops.mean(mlops.stats1d) IS
	'Average of the values, rounded once. NULL for no values and for NULL';

CREATE FUNCTION mlops.minimum(state mlops.stats1d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_minimum';
COMMENT ON FUNCTION mlops.minimum(mlops.stats1d) IS
	'Smallest value. NULL for no values and for NULL';

CREATE FUNCTION mlops.maximum(state mlops.stats1d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_maximum';
COMMENT ON FUNCTION mlops.maximum(mlops.stats1d) IS
	'Largest value. NULL for no values and for NULL';

CREATE FUNCTION mlops.root_mean_square(state mlops.stats1d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_root_mean_square';
COMMENT ON FUNCTION mlops.root_mean_square(mlops.stats1d) IS
	'Square root of the average of the squares, rounded once. NULL for no values and for NULL';

CREATE FUNCTION mlops.variance(state mlops.stats1d, method text DEFAULT 'sample') RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_variance';
COMMENT ON FUNCTION mlops.variance(mlops.stats1d, text) IS
	'Variance, divided by n - 1 (''sample'') or n (''population''), rounded once: never negative, 0 only if all values are equal. NULL below two values (population: one) and for NULL; 22003 outside of float8; method is ''sample'' or ''population'', 22023 for another';

CREATE FUNCTION mlops.stddev(state mlops.stats1d, method text DEFAULT 'sample') RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stddev';
COMMENT ON FUNCTION mlops.stddev(mlops.stats1d, text) IS
	'Square root of the variance, rounded once. NULL below two values (population: one) and for NULL; method is ''sample'' or ''population'', 22023 for another';

CREATE FUNCTION mlops.coefficient_of_variation(state mlops.stats1d, method text DEFAULT 'sample') RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_coefficient_of_variation';
COMMENT ON FUNCTION mlops.coefficient_of_variation(mlops.stats1d, text) IS
	'Standard deviation divided by the mean, rounded once. NULL at a mean of 0, below two values (population: one) and for NULL; method is ''sample'' or ''population'', 22023 for another';

CREATE FUNCTION mlops.skewness(state mlops.stats1d, method text DEFAULT 'sample') RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_skewness';
COMMENT ON FUNCTION mlops.skewness(mlops.stats1d, text) IS
	'Skewness G1 (''sample'') or g1 (''population''), rounded once. NULL without variance, below three values (sample) and for NULL; method is ''sample'' or ''population'', 22023 for another';

CREATE FUNCTION mlops.kurtosis(state mlops.stats1d, method text DEFAULT 'sample') RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_kurtosis';
COMMENT ON FUNCTION mlops.kurtosis(mlops.stats1d, text) IS
	'Excess kurtosis G2 (''sample'') or g2 (''population''), rounded once. NULL without variance, below four values (sample) and for NULL; method is ''sample'' or ''population'', 22023 for another';

CREATE FUNCTION mlops.slope(state mlops.stats2d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_slope';
COMMENT ON FUNCTION mlops.slope(mlops.stats2d) IS
	'Slope of the line of least squares, y over x, rounded once. NULL unless x has two different values, and for NULL';

CREATE FUNCTION mlops.intercept(state mlops.stats2d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_intercept';
COMMENT ON FUNCTION mlops.intercept(mlops.stats2d) IS
	'Where the line of least squares meets x = 0, rounded once. NULL unless x has two different values, and for NULL';

CREATE FUNCTION mlops.correlation(state mlops.stats2d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_correlation';
COMMENT ON FUNCTION mlops.correlation(mlops.stats2d) IS
	'Pearson correlation, rounded once. NULL unless x and y have two different values each, and for NULL';

CREATE FUNCTION mlops.covariance(state mlops.stats2d, method text DEFAULT 'sample') RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_covariance';
COMMENT ON FUNCTION mlops.covariance(mlops.stats2d, text) IS
	'Covariance, divided by n - 1 (''sample'') or n (''population''), rounded once. NULL below two pairs (population: one) and for NULL; method is ''sample'' or ''population'', 22023 for another';

CREATE FUNCTION mlops.r_squared(state mlops.stats2d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_r_squared';
COMMENT ON FUNCTION mlops.r_squared(mlops.stats2d) IS
	'Square of the correlation, rounded once; 1 if only y is constant. NULL unless x has two different values, and for NULL';

CREATE FUNCTION mlops.slope_t(state mlops.stats2d) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_slope_t';
COMMENT ON FUNCTION mlops.slope_t(mlops.stats2d) IS
	'Slope divided by its standard error, rounded once. NULL below three pairs, unless x has two different values, for a perfect line, and for NULL';

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

CREATE FUNCTION mlops._lookback_step(state mlops._exact_state, v float8, ts timestamptz, as_of timestamptz, windows interval[]) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_lookback_step';
COMMENT ON FUNCTION mlops._lookback_step(mlops._exact_state, float8, timestamptz, timestamptz, interval[]) IS
	'Adds a row to a state of mlops.lookback_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._lookback_step(state mlops._exact_state, v float8, ts timestamptz, as_of timestamptz, windows interval[], on_nonfinite text) RETURNS mlops._exact_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_lookback_step';
COMMENT ON FUNCTION mlops._lookback_step(mlops._exact_state, float8, timestamptz, timestamptz, interval[], text) IS
	'Adds a row to a state of mlops.lookback_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._lookback_final(mlops._exact_state) RETURNS mlops.stats1d[]
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_lookback_final';
COMMENT ON FUNCTION mlops._lookback_final(mlops._exact_state) IS
	'A stats1d for each window, in the order of the array; NULL for no rows';

CREATE AGGREGATE mlops.lookback_agg(v float8, ts timestamptz, as_of timestamptz, windows interval[]) (
	SFUNC = mlops._lookback_step, STYPE = mlops._exact_state, SSPACE = 4096, FINALFUNC = mlops._lookback_final, COMBINEFUNC = mlops._exact_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.lookback_agg(float8, timestamptz, timestamptz, interval[]) IS
	'For each window w the state of the v with ts in [as_of - w, as_of), in one pass and in the order of the array; rows at or after as_of count nowhere. A NULL v is counted by null_count, a row without ts is left out; NULL for no rows. 22008 for an infinite time; 22023 for an as_of or windows that are NULL or change within a group, and unless windows are 1 to 64 intervals above 0 without months. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.lookback_agg(v float8, ts timestamptz, as_of timestamptz, windows interval[], on_nonfinite text) (
	SFUNC = mlops._lookback_step, STYPE = mlops._exact_state, SSPACE = 4096, FINALFUNC = mlops._lookback_final, COMBINEFUNC = mlops._exact_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.lookback_agg(float8, timestamptz, timestamptz, interval[], text) IS
	'For each window w the state of the v with ts in [as_of - w, as_of), in one pass and in the order of the array; rows at or after as_of count nowhere. A NULL v is counted by null_count, a row without ts is left out; NULL for no rows. 22008 for an infinite time; 22023 for an as_of or windows that are NULL or change within a group, and unless windows are 1 to 64 intervals above 0 without months. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

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
