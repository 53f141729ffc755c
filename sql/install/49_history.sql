-- History: what the times and the order of events say. Rows may come in any order and from several workers;
-- they are sorted by time, tiebreak and value where an answer needs it.

-- Gaps between events.

CREATE TYPE mlops.gap_stats;

CREATE FUNCTION mlops._gap_stats_in(cstring) RETURNS mlops.gap_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_in';
COMMENT ON FUNCTION mlops._gap_stats_in(cstring) IS
	'Reads the text form of a mlops.gap_stats. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._gap_stats_out(mlops.gap_stats) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_out';
COMMENT ON FUNCTION mlops._gap_stats_out(mlops.gap_stats) IS
	'Writes a mlops.gap_stats as text. NULL for NULL';

CREATE FUNCTION mlops._gap_stats_recv(internal) RETURNS mlops.gap_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_recv';
COMMENT ON FUNCTION mlops._gap_stats_recv(internal) IS
	'Reads the byte form of a mlops.gap_stats. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._gap_stats_send(mlops.gap_stats) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_send';
COMMENT ON FUNCTION mlops._gap_stats_send(mlops.gap_stats) IS
	'Writes the byte form of a mlops.gap_stats: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.gap_stats (
	INPUT = mlops._gap_stats_in, OUTPUT = mlops._gap_stats_out, RECEIVE = mlops._gap_stats_recv, SEND = mlops._gap_stats_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.gap_stats IS
	'What mlops.gap_agg knows of events: their times';

CREATE FUNCTION mlops._gap_stats_combine(mlops.gap_stats, mlops.gap_stats) RETURNS mlops.gap_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_combine';
COMMENT ON FUNCTION mlops._gap_stats_combine(mlops.gap_stats, mlops.gap_stats) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._gap_stats_final(mlops.gap_stats) RETURNS mlops.gap_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_final';
COMMENT ON FUNCTION mlops._gap_stats_final(mlops.gap_stats) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.gap_stats) (
	SFUNC = mlops._gap_stats_combine, STYPE = mlops.gap_stats, SSPACE = 4096, FINALFUNC = mlops._gap_stats_final,
	COMBINEFUNC = mlops._gap_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.gap_stats) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit, also where their times overlap. NULL is left out; the empty state for no rows';

CREATE FUNCTION mlops._gap_step(state mlops.gap_stats, ts timestamptz) RETURNS mlops.gap_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_step';
COMMENT ON FUNCTION mlops._gap_step(mlops.gap_stats, timestamptz) IS
	'Adds a row to a state of mlops.gap_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._gap_inverse(state mlops.gap_stats, ts timestamptz) RETURNS mlops.gap_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_inverse';
COMMENT ON FUNCTION mlops._gap_inverse(mlops.gap_stats, timestamptz) IS
	'Takes a row away from a state of mlops.gap_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.gap_agg(ts timestamptz) (
	SFUNC = mlops._gap_step, STYPE = mlops.gap_stats, SSPACE = 4096, FINALFUNC = mlops._gap_stats_final, COMBINEFUNC = mlops._gap_stats_combine,
	MSFUNC = mlops._gap_step, MINVFUNC = mlops._gap_inverse, MSTYPE = mlops.gap_stats, MSSPACE = 4096, MFINALFUNC = mlops._gap_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.gap_agg(timestamptz) IS
	'Collects the times of events, in any order, for mean_gap, stddev_gap, gap_variation, min_gap, max_gap, last_gap, burstiness and gap_trend. NULL is left out and counted; the empty state for no rows. 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory';

CREATE FUNCTION mlops.mean_gap(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_mean_gap';
COMMENT ON FUNCTION mlops.mean_gap(mlops.gap_stats) IS
	'Average time between one event and the next, in seconds: (last - first) / (n - 1), rounded once. NULL below two events';

CREATE FUNCTION mlops.stddev_gap(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_stddev_gap';
COMMENT ON FUNCTION mlops.stddev_gap(mlops.gap_stats) IS
	'Standard deviation of the gaps between events (of a sample), in seconds. NULL below three events';

CREATE FUNCTION mlops.gap_variation(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_variation';
COMMENT ON FUNCTION mlops.gap_variation(mlops.gap_stats) IS
	'stddev_gap / mean_gap: 0 for events as regular as a clock. NULL below three events, and if all are at one time';

CREATE FUNCTION mlops.min_gap(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_min_gap';
COMMENT ON FUNCTION mlops.min_gap(mlops.gap_stats) IS
	'Shortest gap between two events that follow one another, in seconds. NULL below two events';

CREATE FUNCTION mlops.max_gap(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_max_gap';
COMMENT ON FUNCTION mlops.max_gap(mlops.gap_stats) IS
	'Longest gap between two events that follow one another, in seconds. NULL below two events';

CREATE FUNCTION mlops.last_gap(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_last_gap';
COMMENT ON FUNCTION mlops.last_gap(mlops.gap_stats) IS
	'Gap between the last two events, in seconds. NULL below two events';

CREATE FUNCTION mlops.burstiness(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_burstiness';
COMMENT ON FUNCTION mlops.burstiness(mlops.gap_stats) IS
	'(sd - mean) / (sd + mean) of the gaps, with the standard deviation of a population: -1 for a clock, 0 for events at random, towards 1 for bursts. NULL below two events, and if all are at one time';

CREATE FUNCTION mlops.gap_trend(state mlops.gap_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_trend';
COMMENT ON FUNCTION mlops.gap_trend(mlops.gap_stats) IS
	'By how many seconds a gap is longer than the one before: the slope of least squares of the gaps over their number 1, 2 .. NULL below three events';

CREATE FUNCTION mlops.value_count(state mlops.gap_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.gap_stats) IS
	'Number of events';

CREATE FUNCTION mlops.null_count(state mlops.gap_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_gap_stats_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.gap_stats) IS
	'Number of rows that were left out because the time is NULL';

-- Runs of true flags.

CREATE TYPE mlops.streak_stats;

CREATE FUNCTION mlops._streak_stats_in(cstring) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_in';
COMMENT ON FUNCTION mlops._streak_stats_in(cstring) IS
	'Reads the text form of a mlops.streak_stats. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._streak_stats_out(mlops.streak_stats) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_out';
COMMENT ON FUNCTION mlops._streak_stats_out(mlops.streak_stats) IS
	'Writes a mlops.streak_stats as text. NULL for NULL';

CREATE FUNCTION mlops._streak_stats_recv(internal) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_recv';
COMMENT ON FUNCTION mlops._streak_stats_recv(internal) IS
	'Reads the byte form of a mlops.streak_stats. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._streak_stats_send(mlops.streak_stats) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_send';
COMMENT ON FUNCTION mlops._streak_stats_send(mlops.streak_stats) IS
	'Writes the byte form of a mlops.streak_stats: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.streak_stats (
	INPUT = mlops._streak_stats_in, OUTPUT = mlops._streak_stats_out, RECEIVE = mlops._streak_stats_recv, SEND = mlops._streak_stats_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.streak_stats IS
	'What mlops.streak_agg knows of flags: their times, tiebreaks and values';

CREATE FUNCTION mlops._streak_stats_combine(mlops.streak_stats, mlops.streak_stats) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_combine';
COMMENT ON FUNCTION mlops._streak_stats_combine(mlops.streak_stats, mlops.streak_stats) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._streak_stats_final(mlops.streak_stats) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_final';
COMMENT ON FUNCTION mlops._streak_stats_final(mlops.streak_stats) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.streak_stats) (
	SFUNC = mlops._streak_stats_combine, STYPE = mlops.streak_stats, SSPACE = 4096, FINALFUNC = mlops._streak_stats_final,
	COMBINEFUNC = mlops._streak_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.streak_stats) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit, also where their times overlap. NULL is left out; the empty state for no rows. 22023 for states of different on_null';

CREATE FUNCTION mlops._streak_step(state mlops.streak_stats, b bool, ts timestamptz, tiebreak int8) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_step';
COMMENT ON FUNCTION mlops._streak_step(mlops.streak_stats, bool, timestamptz, int8) IS
	'Adds a row to a state of mlops.streak_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._streak_inverse(state mlops.streak_stats, b bool, ts timestamptz, tiebreak int8) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_inverse';
COMMENT ON FUNCTION mlops._streak_inverse(mlops.streak_stats, bool, timestamptz, int8) IS
	'Takes a row away from a state of mlops.streak_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.streak_agg(b bool, ts timestamptz, tiebreak int8) (
	SFUNC = mlops._streak_step, STYPE = mlops.streak_stats, SSPACE = 4096, FINALFUNC = mlops._streak_stats_final, COMBINEFUNC = mlops._streak_stats_combine,
	MSFUNC = mlops._streak_step, MINVFUNC = mlops._streak_inverse, MSTYPE = mlops.streak_stats, MSSPACE = 4096, MFINALFUNC = mlops._streak_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.streak_agg(bool, timestamptz, int8) IS
	'Collects flags in the order of ts, then tiebreak, then the flag (false, true, NULL), for current_streak, longest_streak, streak_count and last_break. A NULL flag ends a run as false does. A row without ts or tiebreak is left out and counted; the empty state for no rows. 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory';

CREATE FUNCTION mlops._streak_step(state mlops.streak_stats, b bool, ts timestamptz, tiebreak int8, on_null text) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_step';
COMMENT ON FUNCTION mlops._streak_step(mlops.streak_stats, bool, timestamptz, int8, text) IS
	'Adds a row to a state of mlops.streak_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._streak_inverse(state mlops.streak_stats, b bool, ts timestamptz, tiebreak int8, on_null text) RETURNS mlops.streak_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_inverse';
COMMENT ON FUNCTION mlops._streak_inverse(mlops.streak_stats, bool, timestamptz, int8, text) IS
	'Takes a row away from a state of mlops.streak_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.streak_agg(b bool, ts timestamptz, tiebreak int8, on_null text) (
	SFUNC = mlops._streak_step, STYPE = mlops.streak_stats, SSPACE = 4096, FINALFUNC = mlops._streak_stats_final, COMBINEFUNC = mlops._streak_stats_combine,
	MSFUNC = mlops._streak_step, MINVFUNC = mlops._streak_inverse, MSTYPE = mlops.streak_stats, MSSPACE = 4096, MFINALFUNC = mlops._streak_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.streak_agg(bool, timestamptz, int8, text) IS
	'Collects flags in the order of ts, then tiebreak, then the flag (false, true, NULL), for current_streak, longest_streak, streak_count and last_break. on_null says what a NULL flag does: ''break'' (it ends a run as false does, also without the argument) or ''skip'' (it is left out); 22023 for another word, NULL or a change within a group. A row without ts or tiebreak is left out and counted; the empty state for no rows. 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory';

CREATE FUNCTION mlops.current_streak(state mlops.streak_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_current_streak';
COMMENT ON FUNCTION mlops.current_streak(mlops.streak_stats) IS
	'Length of the run of true flags that the last row is in; 0 if the last flag is not true, and for no rows';

CREATE FUNCTION mlops.longest_streak(state mlops.streak_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_longest_streak';
COMMENT ON FUNCTION mlops.longest_streak(mlops.streak_stats) IS
	'Length of the longest run of true flags; 0 for none';

CREATE FUNCTION mlops.streak_count(state mlops.streak_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_count';
COMMENT ON FUNCTION mlops.streak_count(mlops.streak_stats) IS
	'Number of runs of true flags; 0 for none';

CREATE FUNCTION mlops.last_break(state mlops.streak_stats) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_last_break';
COMMENT ON FUNCTION mlops.last_break(mlops.streak_stats) IS
	'Time of the last row whose flag is not true; NULL if there is none';

CREATE FUNCTION mlops.value_count(state mlops.streak_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.streak_stats) IS
	'Number of rows that have a place in the order, those whose NULL breaks a run among them';

CREATE FUNCTION mlops.null_count(state mlops.streak_stats) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_streak_stats_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.streak_stats) IS
	'Number of rows that were left out: without ts or tiebreak, or with a NULL flag that is skipped';

-- Time since the last and the first event.

CREATE TYPE mlops._elapsed_state;

CREATE FUNCTION mlops._elapsed_state_in(cstring) RETURNS mlops._elapsed_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_state_in';
COMMENT ON FUNCTION mlops._elapsed_state_in(cstring) IS
	'Reads the text form of a mlops._elapsed_state. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._elapsed_state_out(mlops._elapsed_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_state_out';
COMMENT ON FUNCTION mlops._elapsed_state_out(mlops._elapsed_state) IS
	'Writes a mlops._elapsed_state as text. NULL for NULL';

CREATE FUNCTION mlops._elapsed_state_recv(internal) RETURNS mlops._elapsed_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_state_recv';
COMMENT ON FUNCTION mlops._elapsed_state_recv(internal) IS
	'Reads the byte form of a mlops._elapsed_state. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._elapsed_state_send(mlops._elapsed_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_state_send';
COMMENT ON FUNCTION mlops._elapsed_state_send(mlops._elapsed_state) IS
	'Writes the byte form of a mlops._elapsed_state: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops._elapsed_state (
	INPUT = mlops._elapsed_state_in, OUTPUT = mlops._elapsed_state_out, RECEIVE = mlops._elapsed_state_recv, SEND = mlops._elapsed_state_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops._elapsed_state IS
	'State of mlops.recency and mlops.tenure: as_of, and the first and the last time';

CREATE FUNCTION mlops._elapsed_state_combine(mlops._elapsed_state, mlops._elapsed_state) RETURNS mlops._elapsed_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_state_combine';
COMMENT ON FUNCTION mlops._elapsed_state_combine(mlops._elapsed_state, mlops._elapsed_state) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._elapsed_step(state mlops._elapsed_state, ts timestamptz, as_of timestamptz) RETURNS mlops._elapsed_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_step';
COMMENT ON FUNCTION mlops._elapsed_step(mlops._elapsed_state, timestamptz, timestamptz) IS
	'Adds a row to a state of mlops.recency and mlops.tenure. 0A000 outside an aggregate';

CREATE FUNCTION mlops._elapsed_moving_step(state mlops._elapsed_state, ts timestamptz, as_of timestamptz) RETURNS mlops._elapsed_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_moving_step';
COMMENT ON FUNCTION mlops._elapsed_moving_step(mlops._elapsed_state, timestamptz, timestamptz) IS
	'Adds a row to a state that rows will be taken away from. 0A000 outside an aggregate';

CREATE FUNCTION mlops._elapsed_inverse(state mlops._elapsed_state, ts timestamptz, as_of timestamptz) RETURNS mlops._elapsed_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_elapsed_inverse';
COMMENT ON FUNCTION mlops._elapsed_inverse(mlops._elapsed_state, timestamptz, timestamptz) IS
	'Takes the oldest row away from a state of mlops.recency and mlops.tenure. 0A000 outside an aggregate';

CREATE FUNCTION mlops._recency_final(mlops._elapsed_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_recency_final';
COMMENT ON FUNCTION mlops._recency_final(mlops._elapsed_state) IS
	'Seconds from the last event to as_of; NULL for no events';

CREATE FUNCTION mlops._tenure_final(mlops._elapsed_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_tenure_final';
COMMENT ON FUNCTION mlops._tenure_final(mlops._elapsed_state) IS
	'Seconds from the first event to as_of; NULL for no events';

CREATE AGGREGATE mlops.recency(ts timestamptz, as_of timestamptz) (
	SFUNC = mlops._elapsed_step, STYPE = mlops._elapsed_state, SSPACE = 512, FINALFUNC = mlops._recency_final, COMBINEFUNC = mlops._elapsed_state_combine,
	MSFUNC = mlops._elapsed_moving_step, MINVFUNC = mlops._elapsed_inverse, MSTYPE = mlops._elapsed_state, MSSPACE = 512, MFINALFUNC = mlops._recency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.recency(timestamptz, timestamptz) IS
	'Seconds from the last event to as_of. NULL ts is left out; NULL for no events. 22023 for a ts after as_of ("future event"), and if as_of is NULL or changes within a group; 22008 for an infinite time';

CREATE AGGREGATE mlops.tenure(ts timestamptz, as_of timestamptz) (
	SFUNC = mlops._elapsed_step, STYPE = mlops._elapsed_state, SSPACE = 512, FINALFUNC = mlops._tenure_final, COMBINEFUNC = mlops._elapsed_state_combine,
	MSFUNC = mlops._elapsed_moving_step, MINVFUNC = mlops._elapsed_inverse, MSTYPE = mlops._elapsed_state, MSSPACE = 512, MFINALFUNC = mlops._tenure_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.tenure(timestamptz, timestamptz) IS
	'Seconds from the first event to as_of. NULL ts is left out; NULL for no events. 22023 for a ts after as_of ("future event"), and if as_of is NULL or changes within a group; 22008 for an infinite time';
