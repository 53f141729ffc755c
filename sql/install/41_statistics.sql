-- Statistics: states of one and of two columns, from exact sums, and what they know.

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

-- Many windows at once.

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
