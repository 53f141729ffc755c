-- Averages that weigh by age and by time. Rows may come in any order and from several workers.

-- Weights that halve with age.

CREATE TYPE mlops._decay_state;

CREATE FUNCTION mlops._decay_state_in(cstring) RETURNS mlops._decay_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_state_in';
COMMENT ON FUNCTION mlops._decay_state_in(cstring) IS
	'Reads the text form of a mlops._decay_state. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._decay_state_out(mlops._decay_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_state_out';
COMMENT ON FUNCTION mlops._decay_state_out(mlops._decay_state) IS
	'Writes a mlops._decay_state as text. NULL for NULL';

CREATE FUNCTION mlops._decay_state_recv(internal) RETURNS mlops._decay_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_state_recv';
COMMENT ON FUNCTION mlops._decay_state_recv(internal) IS
	'Reads the byte form of a mlops._decay_state. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._decay_state_send(mlops._decay_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_state_send';
COMMENT ON FUNCTION mlops._decay_state_send(mlops._decay_state) IS
	'Writes the byte form of a mlops._decay_state: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops._decay_state (
	INPUT = mlops._decay_state_in, OUTPUT = mlops._decay_state_out, RECEIVE = mlops._decay_state_recv, SEND = mlops._decay_state_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops._decay_state IS
	'State of mlops.ewma, mlops.decayed_sum and mlops.decayed_variance: half-life, as_of, times and values';

CREATE FUNCTION mlops._decay_state_combine(mlops._decay_state, mlops._decay_state) RETURNS mlops._decay_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_state_combine';
COMMENT ON FUNCTION mlops._decay_state_combine(mlops._decay_state, mlops._decay_state) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._ewma_final(mlops._decay_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ewma_final';
COMMENT ON FUNCTION mlops._ewma_final(mlops._decay_state) IS
	'The result of mlops.ewma; NULL for no rows';

CREATE FUNCTION mlops._decayed_sum_final(mlops._decay_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decayed_sum_final';
COMMENT ON FUNCTION mlops._decayed_sum_final(mlops._decay_state) IS
	'The result of mlops.decayed_sum; NULL for no rows';

CREATE FUNCTION mlops._decayed_variance_final(mlops._decay_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decayed_variance_final';
COMMENT ON FUNCTION mlops._decayed_variance_final(mlops._decay_state) IS
	'The result of mlops.decayed_variance; NULL for no rows';

CREATE FUNCTION mlops._decay_step(state mlops._decay_state, v float8, ts timestamptz, half_life interval, as_of timestamptz) RETURNS mlops._decay_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_step';
COMMENT ON FUNCTION mlops._decay_step(mlops._decay_state, float8, timestamptz, interval, timestamptz) IS
	'Adds a row to a state of mlops.ewma, mlops.decayed_sum and mlops.decayed_variance. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.ewma(v float8, ts timestamptz, half_life interval, as_of timestamptz) (
	SFUNC = mlops._decay_step, STYPE = mlops._decay_state, SSPACE = 4096, FINALFUNC = mlops._ewma_final, COMBINEFUNC = mlops._decay_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.ewma(float8, timestamptz, interval, timestamptz) IS
	'Average of v with weights 2^-((as_of - ts) / half_life), rounded once, in whatever order the rows come. A row with NULL v or ts is left out; NULL for no rows. A day is 24 hours. 22023 for a ts after as_of ("future event"), for a half_life of months or not above 0, and if half_life or as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.decayed_sum(v float8, ts timestamptz, half_life interval, as_of timestamptz) (
	SFUNC = mlops._decay_step, STYPE = mlops._decay_state, SSPACE = 4096, FINALFUNC = mlops._decayed_sum_final, COMBINEFUNC = mlops._decay_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.decayed_sum(float8, timestamptz, interval, timestamptz) IS
	'Sum of v with weights 2^-((as_of - ts) / half_life), rounded once, in whatever order the rows come. 22003 if it is outside of float8. A row with NULL v or ts is left out; NULL for no rows. A day is 24 hours. 22023 for a ts after as_of ("future event"), for a half_life of months or not above 0, and if half_life or as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. 22003 for NaN or an infinity';

CREATE AGGREGATE mlops.decayed_variance(v float8, ts timestamptz, half_life interval, as_of timestamptz) (
	SFUNC = mlops._decay_step, STYPE = mlops._decay_state, SSPACE = 4096, FINALFUNC = mlops._decayed_variance_final, COMBINEFUNC = mlops._decay_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.decayed_variance(float8, timestamptz, interval, timestamptz) IS
	'Variance of v with weights w = 2^-((as_of - ts) / half_life): the sum of w (v - ewma)^2 divided by the sum of w, as of a population; 0 for one row. A row with NULL v or ts is left out; NULL for no rows. A day is 24 hours. 22023 for a ts after as_of ("future event"), for a half_life of months or not above 0, and if half_life or as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. 22003 for NaN or an infinity';

CREATE FUNCTION mlops._decay_step(state mlops._decay_state, v float8, ts timestamptz, half_life interval, as_of timestamptz, on_nonfinite text) RETURNS mlops._decay_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_decay_step';
COMMENT ON FUNCTION mlops._decay_step(mlops._decay_state, float8, timestamptz, interval, timestamptz, text) IS
	'Adds a row to a state of mlops.ewma, mlops.decayed_sum and mlops.decayed_variance. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.ewma(v float8, ts timestamptz, half_life interval, as_of timestamptz, on_nonfinite text) (
	SFUNC = mlops._decay_step, STYPE = mlops._decay_state, SSPACE = 4096, FINALFUNC = mlops._ewma_final, COMBINEFUNC = mlops._decay_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.ewma(float8, timestamptz, interval, timestamptz, text) IS
	'Average of v with weights 2^-((as_of - ts) / half_life), rounded once, in whatever order the rows come. A row with NULL v or ts is left out; NULL for no rows. A day is 24 hours. 22023 for a ts after as_of ("future event"), for a half_life of months or not above 0, and if half_life or as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.decayed_sum(v float8, ts timestamptz, half_life interval, as_of timestamptz, on_nonfinite text) (
	SFUNC = mlops._decay_step, STYPE = mlops._decay_state, SSPACE = 4096, FINALFUNC = mlops._decayed_sum_final, COMBINEFUNC = mlops._decay_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.decayed_sum(float8, timestamptz, interval, timestamptz, text) IS
	'Sum of v with weights 2^-((as_of - ts) / half_life), rounded once, in whatever order the rows come. 22003 if it is outside of float8. A row with NULL v or ts is left out; NULL for no rows. A day is 24 hours. 22023 for a ts after as_of ("future event"), for a half_life of months or not above 0, and if half_life or as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.decayed_variance(v float8, ts timestamptz, half_life interval, as_of timestamptz, on_nonfinite text) (
	SFUNC = mlops._decay_step, STYPE = mlops._decay_state, SSPACE = 4096, FINALFUNC = mlops._decayed_variance_final, COMBINEFUNC = mlops._decay_state_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.decayed_variance(float8, timestamptz, interval, timestamptz, text) IS
	'Variance of v with weights w = 2^-((as_of - ts) / half_life): the sum of w (v - ewma)^2 divided by the sum of w, as of a population; 0 for one row. A row with NULL v or ts is left out; NULL for no rows. A day is 24 hours. 22023 for a ts after as_of ("future event"), for a half_life of months or not above 0, and if half_life or as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

-- Averages over time.

CREATE TYPE mlops.time_weighted;

CREATE FUNCTION mlops._time_weighted_in(cstring) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_in';
COMMENT ON FUNCTION mlops._time_weighted_in(cstring) IS
	'Reads the text form of a mlops.time_weighted. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._time_weighted_out(mlops.time_weighted) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_out';
COMMENT ON FUNCTION mlops._time_weighted_out(mlops.time_weighted) IS
	'Writes a mlops.time_weighted as text. NULL for NULL';

CREATE FUNCTION mlops._time_weighted_recv(internal) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_recv';
COMMENT ON FUNCTION mlops._time_weighted_recv(internal) IS
	'Reads the byte form of a mlops.time_weighted. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._time_weighted_send(mlops.time_weighted) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_send';
COMMENT ON FUNCTION mlops._time_weighted_send(mlops.time_weighted) IS
	'Writes the byte form of a mlops.time_weighted: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.time_weighted (
	INPUT = mlops._time_weighted_in, OUTPUT = mlops._time_weighted_out, RECEIVE = mlops._time_weighted_recv, SEND = mlops._time_weighted_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.time_weighted IS
	'What mlops.time_weight_agg knows of a value that changes: method, range, times and values';

CREATE FUNCTION mlops._time_weighted_combine(mlops.time_weighted, mlops.time_weighted) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_combine';
COMMENT ON FUNCTION mlops._time_weighted_combine(mlops.time_weighted, mlops.time_weighted) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._time_weighted_final(mlops.time_weighted) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_final';
COMMENT ON FUNCTION mlops._time_weighted_final(mlops.time_weighted) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.time_weighted) (
	SFUNC = mlops._time_weighted_combine, STYPE = mlops.time_weighted, SSPACE = 4096, FINALFUNC = mlops._time_weighted_final,
	COMBINEFUNC = mlops._time_weighted_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.time_weighted) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit, also where their times overlap. NULL is left out; the empty state for no rows. 22023 for states of another method, range or on_nonfinite';

CREATE FUNCTION mlops._time_weight_step(state mlops.time_weighted, v float8, ts timestamptz, method text, range_start timestamptz, range_end timestamptz) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weight_step';
COMMENT ON FUNCTION mlops._time_weight_step(mlops.time_weighted, float8, timestamptz, text, timestamptz, timestamptz) IS
	'Adds a row to a state of mlops.time_weight_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._time_weight_inverse(state mlops.time_weighted, v float8, ts timestamptz, method text, range_start timestamptz, range_end timestamptz) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weight_inverse';
COMMENT ON FUNCTION mlops._time_weight_inverse(mlops.time_weighted, float8, timestamptz, text, timestamptz, timestamptz) IS
	'Takes a row away from a state of mlops.time_weight_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.time_weight_agg(v float8, ts timestamptz, method text, range_start timestamptz, range_end timestamptz) (
	SFUNC = mlops._time_weight_step, STYPE = mlops.time_weighted, SSPACE = 4096, FINALFUNC = mlops._time_weighted_final, COMBINEFUNC = mlops._time_weighted_combine,
	MSFUNC = mlops._time_weight_step, MINVFUNC = mlops._time_weight_inverse, MSTYPE = mlops.time_weighted, MSSPACE = 4096, MFINALFUNC = mlops._time_weighted_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.time_weight_agg(float8, timestamptz, text, timestamptz, timestamptz) IS
	'Collects values of something that is between rows too, for time_weighted_avg, integral, time_above and is_partial over range_start .. range_end. method ''locf'': a value holds until the next one; ''linear'': it goes straight to the next one, and the last one holds. The value at range_start is that of the rows before, else the span begins at the first row; rows after range_end count nowhere. Rows of one ts are in the order of v. A row with NULL v or ts is left out and counted; the empty state for no rows. 22023 for another method, for range_start not before range_end, and if one of them is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. 22003 for NaN or an infinity';

CREATE FUNCTION mlops._time_weight_step(state mlops.time_weighted, v float8, ts timestamptz, method text, range_start timestamptz, range_end timestamptz, on_nonfinite text) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weight_step';
COMMENT ON FUNCTION mlops._time_weight_step(mlops.time_weighted, float8, timestamptz, text, timestamptz, timestamptz, text) IS
	'Adds a row to a state of mlops.time_weight_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._time_weight_inverse(state mlops.time_weighted, v float8, ts timestamptz, method text, range_start timestamptz, range_end timestamptz, on_nonfinite text) RETURNS mlops.time_weighted
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weight_inverse';
COMMENT ON FUNCTION mlops._time_weight_inverse(mlops.time_weighted, float8, timestamptz, text, timestamptz, timestamptz, text) IS
	'Takes a row away from a state of mlops.time_weight_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.time_weight_agg(v float8, ts timestamptz, method text, range_start timestamptz, range_end timestamptz, on_nonfinite text) (
	SFUNC = mlops._time_weight_step, STYPE = mlops.time_weighted, SSPACE = 4096, FINALFUNC = mlops._time_weighted_final, COMBINEFUNC = mlops._time_weighted_combine,
	MSFUNC = mlops._time_weight_step, MINVFUNC = mlops._time_weight_inverse, MSTYPE = mlops.time_weighted, MSSPACE = 4096, MFINALFUNC = mlops._time_weighted_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.time_weight_agg(float8, timestamptz, text, timestamptz, timestamptz, text) IS
	'Collects values of something that is between rows too, for time_weighted_avg, integral, time_above and is_partial over range_start .. range_end. method ''locf'': a value holds until the next one; ''linear'': it goes straight to the next one, and the last one holds. The value at range_start is that of the rows before, else the span begins at the first row; rows after range_end count nowhere. Rows of one ts are in the order of v. A row with NULL v or ts is left out and counted; the empty state for no rows. 22023 for another method, for range_start not before range_end, and if one of them is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory. on_nonfinite says what becomes of NaN and infinities: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate''; 22023 for another word, NULL or a change within a group';

CREATE FUNCTION mlops.time_weighted_avg(state mlops.time_weighted) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_avg';
COMMENT ON FUNCTION mlops.time_weighted_avg(mlops.time_weighted) IS
	'Integral of the value over the span divided by its length, rounded once; the last value for a span of length 0. NULL without a row up to range_end';

CREATE FUNCTION mlops.integral(state mlops.time_weighted) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_integral';
COMMENT ON FUNCTION mlops.integral(mlops.time_weighted) IS
	'Integral of the value over the span, in its unit times seconds, rounded once. NULL without a row up to range_end. 22003 if it is outside of float8';

CREATE FUNCTION mlops.time_above(state mlops.time_weighted, threshold float8) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_above';
COMMENT ON FUNCTION mlops.time_above(mlops.time_weighted, float8) IS
	'Seconds of the span in which the value is above the threshold; a line that crosses it is measured to one rounding. NULL without a row up to range_end, and for a NULL threshold. 22023 unless the threshold is finite';

CREATE FUNCTION mlops.is_partial(state mlops.time_weighted) RETURNS bool
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_is_partial';
COMMENT ON FUNCTION mlops.is_partial(mlops.time_weighted) IS
	'True if the span begins after range_start, for want of an earlier row, or if there is a single row up to range_end; NULL without one';

CREATE FUNCTION mlops.value_count(state mlops.time_weighted) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.time_weighted) IS
	'Number of rows, those after range_end among them';

CREATE FUNCTION mlops.null_count(state mlops.time_weighted) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_time_weighted_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.time_weighted) IS
	'Number of rows that were left out because the value or the time is NULL, or because a value that is not finite is skipped';
