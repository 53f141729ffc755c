-- Quantiles: a sorted multiset that values may enter and leave in any order.

CREATE TYPE mlops.quantile_state;

CREATE FUNCTION mlops._quantile_state_in(cstring) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_in';
COMMENT ON FUNCTION mlops._quantile_state_in(cstring) IS
	'Reads the text form of a mlops.quantile_state. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._quantile_state_out(mlops.quantile_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_out';
COMMENT ON FUNCTION mlops._quantile_state_out(mlops.quantile_state) IS
	'Writes a mlops.quantile_state as text. NULL for NULL';

CREATE FUNCTION mlops._quantile_state_recv(internal) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_recv';
COMMENT ON FUNCTION mlops._quantile_state_recv(internal) IS
	'Reads the byte form of a mlops.quantile_state. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._quantile_state_send(mlops.quantile_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_send';
COMMENT ON FUNCTION mlops._quantile_state_send(mlops.quantile_state) IS
	'Writes the byte form of a mlops.quantile_state: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.quantile_state (
	INPUT = mlops._quantile_state_in, OUTPUT = mlops._quantile_state_out, RECEIVE = mlops._quantile_state_recv, SEND = mlops._quantile_state_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.quantile_state IS
	'What mlops.quantile_agg(x) knows of values: each distinct one and how often it is there';

CREATE FUNCTION mlops._quantile_state_combine(mlops.quantile_state, mlops.quantile_state) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_combine';
COMMENT ON FUNCTION mlops._quantile_state_combine(mlops.quantile_state, mlops.quantile_state) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 53400 beyond mlops.max_aggregate_memory, 0A000 outside an aggregate';

CREATE FUNCTION mlops._quantile_state_final(mlops.quantile_state) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_final';
COMMENT ON FUNCTION mlops._quantile_state_final(mlops.quantile_state) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.quantile_state) (
	SFUNC = mlops._quantile_state_combine, STYPE = mlops.quantile_state, SSPACE = 16384, FINALFUNC = mlops._quantile_state_final,
	COMBINEFUNC = mlops._quantile_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.quantile_state) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit. NULL is left out; the empty state for no rows. 22023 for states of different on_nonfinite; 53400 beyond mlops.max_aggregate_memory';

CREATE TYPE mlops._order_state;

CREATE FUNCTION mlops._order_state_in(cstring) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_state_in';
COMMENT ON FUNCTION mlops._order_state_in(cstring) IS
	'Reads the text form of a mlops._order_state. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._order_state_out(mlops._order_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_state_out';
COMMENT ON FUNCTION mlops._order_state_out(mlops._order_state) IS
	'Writes a mlops._order_state as text. NULL for NULL';

CREATE FUNCTION mlops._order_state_recv(internal) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_state_recv';
COMMENT ON FUNCTION mlops._order_state_recv(internal) IS
	'Reads the byte form of a mlops._order_state. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._order_state_send(mlops._order_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_state_send';
COMMENT ON FUNCTION mlops._order_state_send(mlops._order_state) IS
	'Writes the byte form of a mlops._order_state: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops._order_state (
	INPUT = mlops._order_state_in, OUTPUT = mlops._order_state_out, RECEIVE = mlops._order_state_recv, SEND = mlops._order_state_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops._order_state IS
	'State of the aggregates that answer with a quantile or a spread: the distinct values with their counts, and p';

CREATE FUNCTION mlops._order_state_combine(mlops._order_state, mlops._order_state) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_state_combine';
COMMENT ON FUNCTION mlops._order_state_combine(mlops._order_state, mlops._order_state) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 53400 beyond mlops.max_aggregate_memory, 0A000 outside an aggregate';

-- The state, and what it is asked.

CREATE FUNCTION mlops._quantile_step(state mlops.quantile_state, x float8) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_step';
COMMENT ON FUNCTION mlops._quantile_step(mlops.quantile_state, float8) IS
	'Adds a row to a state of mlops.quantile_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._quantile_inverse(state mlops.quantile_state, x float8) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_inverse';
COMMENT ON FUNCTION mlops._quantile_inverse(mlops.quantile_state, float8) IS
	'Takes a row away from a state of mlops.quantile_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._quantile_step(state mlops.quantile_state, x float8, on_nonfinite text) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_step';
COMMENT ON FUNCTION mlops._quantile_step(mlops.quantile_state, float8, text) IS
	'Adds a row to a state of mlops.quantile_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._quantile_inverse(state mlops.quantile_state, x float8, on_nonfinite text) RETURNS mlops.quantile_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_inverse';
COMMENT ON FUNCTION mlops._quantile_inverse(mlops.quantile_state, float8, text) IS
	'Takes a row away from a state of mlops.quantile_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.quantile_agg(x float8) (
	SFUNC = mlops._quantile_step, STYPE = mlops.quantile_state, SSPACE = 16384, FINALFUNC = mlops._quantile_state_final, COMBINEFUNC = mlops._quantile_state_combine,
	MSFUNC = mlops._quantile_step, MINVFUNC = mlops._quantile_inverse, MSTYPE = mlops.quantile_state, MSSPACE = 16384, MFINALFUNC = mlops._quantile_state_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.quantile_agg(float8) IS
	'State of values for mlops.quantile, mlops.median and other accessors, exact in any order of rows. NULL is counted by null_count alone; the empty state for no rows. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.quantile_agg(x float8, on_nonfinite text) (
	SFUNC = mlops._quantile_step, STYPE = mlops.quantile_state, SSPACE = 16384, FINALFUNC = mlops._quantile_state_final, COMBINEFUNC = mlops._quantile_state_combine,
	MSFUNC = mlops._quantile_step, MINVFUNC = mlops._quantile_inverse, MSTYPE = mlops.quantile_state, MSSPACE = 16384, MFINALFUNC = mlops._quantile_state_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.quantile_agg(float8, text) IS
	'State of values for mlops.quantile, mlops.median and other accessors, exact in any order of rows. NULL is counted by null_count alone; the empty state for no rows. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

CREATE FUNCTION mlops.quantile(state mlops.quantile_state, p float8, type int DEFAULT 7) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile';
COMMENT ON FUNCTION mlops.quantile(mlops.quantile_state, float8, int) IS
	'The value below which a share p of the values is, interpolated and rounded once. type is a rule of Hyndman and Fan, 1 to 9; 7, the default, is that of percentile_cont and numpy. NULL without values and for NULL; 22023 for p outside 0 to 1 and for another type';

CREATE FUNCTION mlops.quantile(state mlops.quantile_state, p float8[], type int DEFAULT 7) RETURNS float8[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantiles';
COMMENT ON FUNCTION mlops.quantile(mlops.quantile_state, float8[], int) IS
	'A quantile for each p, in an array of the same shape. NULL in the array gives NULL there, as a state without values does; NULL for NULL; 22023 for p outside 0 to 1 and for another type; a literal without a type is ambiguous (42725): write ''{0.1, 0.9}''::float8[] or ARRAY[0.1, 0.9]';

CREATE FUNCTION mlops.median(state mlops.quantile_state) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_median';
COMMENT ON FUNCTION mlops.median(mlops.quantile_state) IS
	'The middle value, or the mean of both, rounded once. NULL without values and for NULL';

CREATE FUNCTION mlops.interquartile_range(state mlops.quantile_state) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_interquartile_range';
COMMENT ON FUNCTION mlops.interquartile_range(mlops.quantile_state) IS
	'Third quartile minus first, of type 7, rounded once. NULL without values and for NULL; 22003 for a result out of range of float8';

CREATE FUNCTION mlops.median_abs_deviation(state mlops.quantile_state, scale float8 DEFAULT 1) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_median_abs_deviation';
COMMENT ON FUNCTION mlops.median_abs_deviation(mlops.quantile_state, float8) IS
	'Median of the distances to the median, times scale, rounded once; 1.4826 makes it comparable with a standard deviation. NULL without values and for NULL; 22023 unless scale is finite and above 0; 22003 for a result out of range of float8';

CREATE FUNCTION mlops.trimmed_mean(state mlops.quantile_state, p float8) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_trimmed_mean';
COMMENT ON FUNCTION mlops.trimmed_mean(mlops.quantile_state, float8) IS
	'Mean of the values without the floor(p n) smallest and as many largest, from an exact sum, rounded once. NULL without values and for NULL; 22023 unless p is at least 0 and below 0.5';

CREATE FUNCTION mlops.winsorized_mean(state mlops.quantile_state, p float8) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_winsorized_mean';
COMMENT ON FUNCTION mlops.winsorized_mean(mlops.quantile_state, float8) IS
	'Mean of the values with each of the floor(p n) smallest and as many largest replaced by the nearest that is left, from an exact sum, rounded once. NULL without values and for NULL; 22023 unless p is at least 0 and below 0.5';

CREATE FUNCTION mlops.rank_of(state mlops.quantile_state, x float8) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_rank_of';
COMMENT ON FUNCTION mlops.rank_of(mlops.quantile_state, float8) IS
	'Share of the values that are at most x, 0 to 1: the empirical distribution function. NULL without values and for NULL; 22023 for NaN';

CREATE FUNCTION mlops.minimum(state mlops.quantile_state) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_minimum';
COMMENT ON FUNCTION mlops.minimum(mlops.quantile_state) IS
	'Smallest value. NULL without values and for NULL';

CREATE FUNCTION mlops.maximum(state mlops.quantile_state) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_maximum';
COMMENT ON FUNCTION mlops.maximum(mlops.quantile_state) IS
	'Largest value. NULL without values and for NULL';

CREATE FUNCTION mlops.value_count(state mlops.quantile_state) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.quantile_state) IS
	'Number of rows with a value. 0 for the empty state; NULL for NULL';

CREATE FUNCTION mlops.null_count(state mlops.quantile_state) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_quantile_state_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.quantile_state) IS
	'Number of rows without a value, or with one that on_nonfinite skips. 0 for the empty state; NULL for NULL';

-- In one step: nothing but a number is written for each row of a frame.

CREATE FUNCTION mlops._order_step(state mlops._order_state, x float8) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_step';
COMMENT ON FUNCTION mlops._order_step(mlops._order_state, float8) IS
	'Adds a row to a state of mlops.median, mlops.interquartile_range and mlops.median_abs_deviation. 0A000 outside an aggregate';

CREATE FUNCTION mlops._order_inverse(state mlops._order_state, x float8) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_inverse';
COMMENT ON FUNCTION mlops._order_inverse(mlops._order_state, float8) IS
	'Takes a row away from a state of mlops.median, mlops.interquartile_range and mlops.median_abs_deviation. 0A000 outside an aggregate';

CREATE FUNCTION mlops._order_step(state mlops._order_state, x float8, on_nonfinite text) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_step';
COMMENT ON FUNCTION mlops._order_step(mlops._order_state, float8, text) IS
	'Adds a row to a state of mlops.median, mlops.interquartile_range and mlops.median_abs_deviation. 0A000 outside an aggregate';

CREATE FUNCTION mlops._order_inverse(state mlops._order_state, x float8, on_nonfinite text) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_order_inverse';
COMMENT ON FUNCTION mlops._order_inverse(mlops._order_state, float8, text) IS
	'Takes a row away from a state of mlops.median, mlops.interquartile_range and mlops.median_abs_deviation. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_quantile_step(state mlops._order_state, x float8, p float8) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_quantile_step';
COMMENT ON FUNCTION mlops._exact_quantile_step(mlops._order_state, float8, float8) IS
	'Adds a row to a state of mlops.exact_quantile. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_quantile_inverse(state mlops._order_state, x float8, p float8) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_quantile_inverse';
COMMENT ON FUNCTION mlops._exact_quantile_inverse(mlops._order_state, float8, float8) IS
	'Takes a row away from a state of mlops.exact_quantile. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_quantile_step(state mlops._order_state, x float8, p float8, on_nonfinite text) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_quantile_step';
COMMENT ON FUNCTION mlops._exact_quantile_step(mlops._order_state, float8, float8, text) IS
	'Adds a row to a state of mlops.exact_quantile. 0A000 outside an aggregate';

CREATE FUNCTION mlops._exact_quantile_inverse(state mlops._order_state, x float8, p float8, on_nonfinite text) RETURNS mlops._order_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_quantile_inverse';
COMMENT ON FUNCTION mlops._exact_quantile_inverse(mlops._order_state, float8, float8, text) IS
	'Takes a row away from a state of mlops.exact_quantile. 0A000 outside an aggregate';

CREATE FUNCTION mlops._median_final(mlops._order_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_median_final';
COMMENT ON FUNCTION mlops._median_final(mlops._order_state) IS
	'The middle value, or the mean of both, rounded once; NULL without values';

CREATE FUNCTION mlops._interquartile_range_final(mlops._order_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_interquartile_range_final';
COMMENT ON FUNCTION mlops._interquartile_range_final(mlops._order_state) IS
	'Third quartile minus first, rounded once; NULL without values';

CREATE FUNCTION mlops._median_abs_deviation_final(mlops._order_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_median_abs_deviation_final';
COMMENT ON FUNCTION mlops._median_abs_deviation_final(mlops._order_state) IS
	'Median of the distances to the median, rounded once; NULL without values';

CREATE FUNCTION mlops._exact_quantile_final(mlops._order_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_exact_quantile_final';
COMMENT ON FUNCTION mlops._exact_quantile_final(mlops._order_state) IS
	'The quantile of the state''s p, rounded once; NULL without values';

CREATE AGGREGATE mlops.median(x float8) (
	SFUNC = mlops._order_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._median_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._order_step, MINVFUNC = mlops._order_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._median_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.median(float8) IS
	'The middle value, or the mean of both, rounded once; fast in frames that slide. NULL is left out; NULL without values. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.median(x float8, on_nonfinite text) (
	SFUNC = mlops._order_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._median_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._order_step, MINVFUNC = mlops._order_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._median_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.median(float8, text) IS
	'The middle value, or the mean of both, rounded once; fast in frames that slide. NULL is left out; NULL without values. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.interquartile_range(x float8) (
	SFUNC = mlops._order_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._interquartile_range_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._order_step, MINVFUNC = mlops._order_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._interquartile_range_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.interquartile_range(float8) IS
	'Third quartile minus first, of type 7, rounded once; fast in frames that slide. NULL is left out; NULL without values. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.interquartile_range(x float8, on_nonfinite text) (
	SFUNC = mlops._order_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._interquartile_range_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._order_step, MINVFUNC = mlops._order_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._interquartile_range_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.interquartile_range(float8, text) IS
	'Third quartile minus first, of type 7, rounded once; fast in frames that slide. NULL is left out; NULL without values. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.median_abs_deviation(x float8) (
	SFUNC = mlops._order_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._median_abs_deviation_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._order_step, MINVFUNC = mlops._order_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._median_abs_deviation_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.median_abs_deviation(float8) IS
	'Median of the distances to the median, rounded once; fast in frames that slide. NULL is left out; NULL without values. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.median_abs_deviation(x float8, on_nonfinite text) (
	SFUNC = mlops._order_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._median_abs_deviation_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._order_step, MINVFUNC = mlops._order_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._median_abs_deviation_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.median_abs_deviation(float8, text) IS
	'Median of the distances to the median, rounded once; fast in frames that slide. NULL is left out; NULL without values. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.exact_quantile(x float8, p float8) (
	SFUNC = mlops._exact_quantile_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._exact_quantile_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._exact_quantile_step, MINVFUNC = mlops._exact_quantile_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._exact_quantile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_quantile(float8, float8) IS
	'The value below which a share p of the values is, interpolated as percentile_cont does and rounded once; fast in frames that slide. A NULL x is left out; NULL without values. 22023 for a p that is NULL, outside 0 to 1 or changes within a group. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.exact_quantile(x float8, p float8, on_nonfinite text) (
	SFUNC = mlops._exact_quantile_step, STYPE = mlops._order_state, SSPACE = 16384, FINALFUNC = mlops._exact_quantile_final, COMBINEFUNC = mlops._order_state_combine,
	MSFUNC = mlops._exact_quantile_step, MINVFUNC = mlops._exact_quantile_inverse, MSTYPE = mlops._order_state, MSSPACE = 16384, MFINALFUNC = mlops._exact_quantile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.exact_quantile(float8, float8, text) IS
	'The value below which a share p of the values is, interpolated as percentile_cont does and rounded once; fast in frames that slide. A NULL x is left out; NULL without values. 22023 for a p that is NULL, outside 0 to 1 or changes within a group. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

-- Two samples.

CREATE TYPE mlops._two_samples_state;

CREATE FUNCTION mlops._two_samples_state_in(cstring) RETURNS mlops._two_samples_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_state_in';
COMMENT ON FUNCTION mlops._two_samples_state_in(cstring) IS
	'Reads the text form of a mlops._two_samples_state. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._two_samples_state_out(mlops._two_samples_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_state_out';
COMMENT ON FUNCTION mlops._two_samples_state_out(mlops._two_samples_state) IS
	'Writes a mlops._two_samples_state as text. NULL for NULL';

CREATE FUNCTION mlops._two_samples_state_recv(internal) RETURNS mlops._two_samples_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_state_recv';
COMMENT ON FUNCTION mlops._two_samples_state_recv(internal) IS
	'Reads the byte form of a mlops._two_samples_state. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._two_samples_state_send(mlops._two_samples_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_state_send';
COMMENT ON FUNCTION mlops._two_samples_state_send(mlops._two_samples_state) IS
	'Writes the byte form of a mlops._two_samples_state: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops._two_samples_state (
	INPUT = mlops._two_samples_state_in, OUTPUT = mlops._two_samples_state_out, RECEIVE = mlops._two_samples_state_recv, SEND = mlops._two_samples_state_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops._two_samples_state IS
	'State of the aggregates of two samples: the distinct values of both with their counts';

CREATE FUNCTION mlops._two_samples_state_combine(mlops._two_samples_state, mlops._two_samples_state) RETURNS mlops._two_samples_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_state_combine';
COMMENT ON FUNCTION mlops._two_samples_state_combine(mlops._two_samples_state, mlops._two_samples_state) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 53400 beyond mlops.max_aggregate_memory, 0A000 outside an aggregate';

CREATE FUNCTION mlops._two_samples_step(state mlops._two_samples_state, x float8, is_reference bool) RETURNS mlops._two_samples_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_step';
COMMENT ON FUNCTION mlops._two_samples_step(mlops._two_samples_state, float8, bool) IS
	'Adds a row to a state of mlops.ks_test and mlops.wasserstein_distance. 0A000 outside an aggregate';

CREATE FUNCTION mlops._two_samples_step(state mlops._two_samples_state, x float8, is_reference bool, on_nonfinite text) RETURNS mlops._two_samples_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_two_samples_step';
COMMENT ON FUNCTION mlops._two_samples_step(mlops._two_samples_state, float8, bool, text) IS
	'Adds a row to a state of mlops.ks_test and mlops.wasserstein_distance. 0A000 outside an aggregate';

CREATE FUNCTION mlops._ks_test_final(mlops._two_samples_state) RETURNS mlops.test_result
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ks_test_final';
COMMENT ON FUNCTION mlops._ks_test_final(mlops._two_samples_state) IS
	'Statistic and p-value of the test; NULL if a side is empty';

CREATE FUNCTION mlops._wasserstein_distance_final(mlops._two_samples_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_wasserstein_distance_final';
COMMENT ON FUNCTION mlops._wasserstein_distance_final(mlops._two_samples_state) IS
	'The distance, rounded once; NULL if a side is empty';

CREATE FUNCTION mlops._normalized_wasserstein_distance_final(mlops._two_samples_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_normalized_wasserstein_distance_final';
COMMENT ON FUNCTION mlops._normalized_wasserstein_distance_final(mlops._two_samples_state) IS
	'The normalized distance, rounded once; NULL if a side is empty or the reference has one value';

CREATE AGGREGATE mlops.ks_test(x float8, is_reference bool) (
	SFUNC = mlops._two_samples_step, STYPE = mlops._two_samples_state, SSPACE = 16384, FINALFUNC = mlops._ks_test_final, COMBINEFUNC = mlops._two_samples_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.ks_test(float8, bool) IS
	'Test of Kolmogorov and Smirnov whether two samples have one distribution: statistic the largest distance of their distribution functions, p_value exact while the product of both numbers of rows is at most 10000, else of the asymptotic distribution; df and effect are NULL. A row with a NULL is left out; NULL if a side is empty. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.wasserstein_distance(x float8, is_reference bool) (
	SFUNC = mlops._two_samples_step, STYPE = mlops._two_samples_state, SSPACE = 16384, FINALFUNC = mlops._wasserstein_distance_final, COMBINEFUNC = mlops._two_samples_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.wasserstein_distance(float8, bool) IS
	'Area between the distribution functions of two samples, in units of x, rounded once. A row with a NULL is left out; NULL if a side is empty. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.normalized_wasserstein_distance(x float8, is_reference bool) (
	SFUNC = mlops._two_samples_step, STYPE = mlops._two_samples_state, SSPACE = 16384, FINALFUNC = mlops._normalized_wasserstein_distance_final, COMBINEFUNC = mlops._two_samples_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.normalized_wasserstein_distance(float8, bool) IS
	'mlops.wasserstein_distance divided by the sample standard deviation of the reference, but at least by 0.001, rounded once. A row with a NULL is left out; NULL if a side is empty or the reference has one value. 22003 for NaN or an infinity; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.ks_test(x float8, is_reference bool, on_nonfinite text) (
	SFUNC = mlops._two_samples_step, STYPE = mlops._two_samples_state, SSPACE = 16384, FINALFUNC = mlops._ks_test_final, COMBINEFUNC = mlops._two_samples_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.ks_test(float8, bool, text) IS
	'Test of Kolmogorov and Smirnov whether two samples have one distribution: statistic the largest distance of their distribution functions, p_value exact while the product of both numbers of rows is at most 10000, else of the asymptotic distribution; df and effect are NULL. A row with a NULL is left out; NULL if a side is empty. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and a NaN makes the numbers of the result NULL); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.wasserstein_distance(x float8, is_reference bool, on_nonfinite text) (
	SFUNC = mlops._two_samples_step, STYPE = mlops._two_samples_state, SSPACE = 16384, FINALFUNC = mlops._wasserstein_distance_final, COMBINEFUNC = mlops._two_samples_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.wasserstein_distance(float8, bool, text) IS
	'Area between the distribution functions of two samples, in units of x, rounded once. A row with a NULL is left out; NULL if a side is empty. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.normalized_wasserstein_distance(x float8, is_reference bool, on_nonfinite text) (
	SFUNC = mlops._two_samples_step, STYPE = mlops._two_samples_state, SSPACE = 16384, FINALFUNC = mlops._normalized_wasserstein_distance_final, COMBINEFUNC = mlops._two_samples_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.normalized_wasserstein_distance(float8, bool, text) IS
	'mlops.wasserstein_distance divided by the sample standard deviation of the reference, but at least by 0.001, rounded once. A row with a NULL is left out; NULL if a side is empty or the reference has one value. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'' (infinities are the ends of the order, and with a NaN the result is NaN); 22023 for another word, NULL or a change within a group; 53400 beyond mlops.max_aggregate_memory';
