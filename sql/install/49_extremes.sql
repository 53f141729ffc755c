-- Extremes and ends: the smallest and largest values, values at the smallest and largest keys, the first and last values.
-- Rows may come in any order and from several workers; over a frame a row that comes or goes costs O(1).

-- One state for all that is told from the best rows of an order, with the functions that every state type has. A moving
-- state is a queue of rows, which is never merged.
CREATE TYPE mlops._ordered_state;
CREATE FUNCTION mlops._ordered_state_in(cstring) RETURNS mlops._ordered_state
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_state_in';
COMMENT ON FUNCTION mlops._ordered_state_in(cstring) IS 'Input of mlops._ordered_state. 22P02 for text that no state has';
CREATE FUNCTION mlops._ordered_state_out(mlops._ordered_state) RETURNS cstring
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_state_out';
COMMENT ON FUNCTION mlops._ordered_state_out(mlops._ordered_state) IS 'Output of mlops._ordered_state';
CREATE FUNCTION mlops._ordered_state_recv(internal) RETURNS mlops._ordered_state
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_state_recv';
COMMENT ON FUNCTION mlops._ordered_state_recv(internal) IS
	'Binary input of mlops._ordered_state; keys and values go through the receive function of their type. 22P03 for bytes that no state has';
CREATE FUNCTION mlops._ordered_state_send(mlops._ordered_state) RETURNS bytea
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_state_send';
COMMENT ON FUNCTION mlops._ordered_state_send(mlops._ordered_state) IS 'Binary output of mlops._ordered_state';
CREATE TYPE mlops._ordered_state (
	INPUT = mlops._ordered_state_in, OUTPUT = mlops._ordered_state_out,
	RECEIVE = mlops._ordered_state_recv, SEND = mlops._ordered_state_send, STORAGE = extended);
COMMENT ON TYPE mlops._ordered_state IS 'The best rows of an order: the state of moving_min, moving_max, min_by, max_by, first_values and last_values';

CREATE FUNCTION mlops._ordered_state_combine(mlops._ordered_state, mlops._ordered_state) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_state_combine';
COMMENT ON FUNCTION mlops._ordered_state_combine(mlops._ordered_state, mlops._ordered_state) IS
	'The best rows of both states; NULL is the empty one. 22023 for states of other types or arguments, 0A000 outside of an aggregate';

-- ---- smallest and largest values ----

CREATE FUNCTION mlops._moving_min_step(state mlops._ordered_state, x anyelement) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_moving_min_step';
COMMENT ON FUNCTION mlops._moving_min_step(mlops._ordered_state, anyelement) IS
	'State of moving_min with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._moving_min_moving_step(state internal, x anyelement) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_moving_min_moving_step';
COMMENT ON FUNCTION mlops._moving_min_moving_step(internal, anyelement) IS
	'Moving state of moving_min with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._moving_max_step(state mlops._ordered_state, x anyelement) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_moving_max_step';
COMMENT ON FUNCTION mlops._moving_max_step(mlops._ordered_state, anyelement) IS
	'State of moving_max with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._moving_max_moving_step(state internal, x anyelement) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_moving_max_moving_step';
COMMENT ON FUNCTION mlops._moving_max_moving_step(internal, anyelement) IS
	'Moving state of moving_max with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._moving_extreme_inverse(state internal, x anyelement) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_moving_extreme_inverse';
COMMENT ON FUNCTION mlops._moving_extreme_inverse(internal, anyelement) IS
	'Moving state of moving_min or moving_max without its oldest row. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._ordered_value_final(state mlops._ordered_state, x anyelement) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_value_final';
COMMENT ON FUNCTION mlops._ordered_value_final(mlops._ordered_state, anyelement) IS
	'Result of moving_min and moving_max. 42804 for the state of another aggregate or of other values';

CREATE FUNCTION mlops._ordered_value_moving_final(state internal, x anyelement) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_value_final';
COMMENT ON FUNCTION mlops._ordered_value_moving_final(internal, anyelement) IS
	'Result of moving_min and moving_max over a frame';

CREATE AGGREGATE mlops.moving_min(x anyelement) (
	SFUNC = mlops._moving_min_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_value_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._moving_min_moving_step, MINVFUNC = mlops._moving_extreme_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_value_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.moving_min(anyelement) IS
	'The smallest value by the order of its type, of equal ones the first by its bytes; as min(x), but over a sliding frame a row costs O(1). NULL x is left out; NULL without values. NaN is above all numbers. 42883 for a type without an order. 53400 if a frame needs more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.moving_max(x anyelement) (
	SFUNC = mlops._moving_max_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_value_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._moving_max_moving_step, MINVFUNC = mlops._moving_extreme_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_value_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.moving_max(anyelement) IS
	'The largest value by the order of its type, of equal ones the first by its bytes; as max(x), but over a sliding frame a row costs O(1). NULL x is left out; NULL without values. NaN is above all numbers. 42883 for a type without an order. 53400 if a frame needs more than mlops.max_aggregate_memory';

-- ---- values at the smallest and largest keys ----

CREATE FUNCTION mlops._min_by_step(state mlops._ordered_state, v anyelement, sort_by anycompatible) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_min_by_step';
COMMENT ON FUNCTION mlops._min_by_step(mlops._ordered_state, anyelement, anycompatible) IS
	'State of min_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._min_by_moving_step(state internal, v anyelement, sort_by anycompatible) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_min_by_moving_step';
COMMENT ON FUNCTION mlops._min_by_moving_step(internal, anyelement, anycompatible) IS
	'Moving state of min_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._min_by_step(state mlops._ordered_state, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_min_by_step';
COMMENT ON FUNCTION mlops._min_by_step(mlops._ordered_state, anyelement, anycompatible, int8) IS
	'State of min_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._min_by_moving_step(state internal, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_min_by_moving_step';
COMMENT ON FUNCTION mlops._min_by_moving_step(internal, anyelement, anycompatible, int8) IS
	'Moving state of min_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._max_by_step(state mlops._ordered_state, v anyelement, sort_by anycompatible) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_max_by_step';
COMMENT ON FUNCTION mlops._max_by_step(mlops._ordered_state, anyelement, anycompatible) IS
	'State of max_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._max_by_moving_step(state internal, v anyelement, sort_by anycompatible) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_max_by_moving_step';
COMMENT ON FUNCTION mlops._max_by_moving_step(internal, anyelement, anycompatible) IS
	'Moving state of max_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._max_by_step(state mlops._ordered_state, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_max_by_step';
COMMENT ON FUNCTION mlops._max_by_step(mlops._ordered_state, anyelement, anycompatible, int8) IS
	'State of max_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._max_by_moving_step(state internal, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_max_by_moving_step';
COMMENT ON FUNCTION mlops._max_by_moving_step(internal, anyelement, anycompatible, int8) IS
	'Moving state of max_by with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._extreme_by_inverse(state internal, v anyelement, sort_by anycompatible) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_extreme_by_inverse';
COMMENT ON FUNCTION mlops._extreme_by_inverse(internal, anyelement, anycompatible) IS
	'Moving state of min_by or max_by without its oldest row. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._ordered_value_final(state mlops._ordered_state, v anyelement, sort_by anycompatible) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_value_final';
COMMENT ON FUNCTION mlops._ordered_value_final(mlops._ordered_state, anyelement, anycompatible) IS
	'Result of min_by and max_by. 42804 for the state of another aggregate or of other values';

CREATE FUNCTION mlops._ordered_value_moving_final(state internal, v anyelement, sort_by anycompatible) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_value_final';
COMMENT ON FUNCTION mlops._ordered_value_moving_final(internal, anyelement, anycompatible) IS
	'Result of min_by and max_by over a frame';

CREATE FUNCTION mlops._extreme_by_inverse(state internal, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_extreme_by_inverse';
COMMENT ON FUNCTION mlops._extreme_by_inverse(internal, anyelement, anycompatible, int8) IS
	'Moving state of min_by or max_by without its oldest row. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._ordered_value_final(state mlops._ordered_state, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_value_final';
COMMENT ON FUNCTION mlops._ordered_value_final(mlops._ordered_state, anyelement, anycompatible, int8) IS
	'Result of min_by and max_by. 42804 for the state of another aggregate or of other values';

CREATE FUNCTION mlops._ordered_value_moving_final(state internal, v anyelement, sort_by anycompatible, tiebreak int8) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_value_final';
COMMENT ON FUNCTION mlops._ordered_value_moving_final(internal, anyelement, anycompatible, int8) IS
	'Result of min_by and max_by over a frame';

CREATE AGGREGATE mlops.min_by(v anyelement, sort_by anycompatible) (
	SFUNC = mlops._min_by_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_value_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._min_by_moving_step, MINVFUNC = mlops._extreme_by_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_value_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.min_by(anyelement, anycompatible) IS
	'v of the row with the smallest sort_by, of several the smallest v. Rows with NULL sort_by are left out; a NULL v counts and is the largest; NULL without rows. 42883 if sort_by has no order. 53400 if a frame needs more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.min_by(v anyelement, sort_by anycompatible, tiebreak int8) (
	SFUNC = mlops._min_by_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_value_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._min_by_moving_step, MINVFUNC = mlops._extreme_by_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_value_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.min_by(anyelement, anycompatible, int8) IS
	'v of the row with the smallest sort_by, of several that with the smallest tiebreak, then the smallest v. Rows with NULL sort_by or tiebreak are left out; a NULL v counts and is the largest; NULL without rows. 42883 if sort_by has no order. 53400 if a frame needs more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.max_by(v anyelement, sort_by anycompatible) (
	SFUNC = mlops._max_by_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_value_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._max_by_moving_step, MINVFUNC = mlops._extreme_by_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_value_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.max_by(anyelement, anycompatible) IS
	'v of the row with the largest sort_by, of several the smallest v. Rows with NULL sort_by are left out; a NULL v counts and is the largest; NULL without rows. 42883 if sort_by has no order. 53400 if a frame needs more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.max_by(v anyelement, sort_by anycompatible, tiebreak int8) (
	SFUNC = mlops._max_by_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_value_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._max_by_moving_step, MINVFUNC = mlops._extreme_by_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_value_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.max_by(anyelement, anycompatible, int8) IS
	'v of the row with the largest sort_by, of several that with the smallest tiebreak, then the smallest v. Rows with NULL sort_by or tiebreak are left out; a NULL v counts and is the largest; NULL without rows. 42883 if sort_by has no order. 53400 if a frame needs more than mlops.max_aggregate_memory';

-- ---- first and last values ----

CREATE FUNCTION mlops._first_values_step(state mlops._ordered_state, v anyelement, ts timestamptz, k int) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_first_values_step';
COMMENT ON FUNCTION mlops._first_values_step(mlops._ordered_state, anyelement, timestamptz, int) IS
	'State of first_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._first_values_moving_step(state internal, v anyelement, ts timestamptz, k int) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_first_values_moving_step';
COMMENT ON FUNCTION mlops._first_values_moving_step(internal, anyelement, timestamptz, int) IS
	'Moving state of first_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._first_values_step(state mlops._ordered_state, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_first_values_step';
COMMENT ON FUNCTION mlops._first_values_step(mlops._ordered_state, anyelement, timestamptz, int, int8) IS
	'State of first_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._first_values_moving_step(state internal, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_first_values_moving_step';
COMMENT ON FUNCTION mlops._first_values_moving_step(internal, anyelement, timestamptz, int, int8) IS
	'Moving state of first_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._last_values_step(state mlops._ordered_state, v anyelement, ts timestamptz, k int) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_last_values_step';
COMMENT ON FUNCTION mlops._last_values_step(mlops._ordered_state, anyelement, timestamptz, int) IS
	'State of last_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._last_values_moving_step(state internal, v anyelement, ts timestamptz, k int) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_last_values_moving_step';
COMMENT ON FUNCTION mlops._last_values_moving_step(internal, anyelement, timestamptz, int) IS
	'Moving state of last_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._last_values_step(state mlops._ordered_state, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS mlops._ordered_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_last_values_step';
COMMENT ON FUNCTION mlops._last_values_step(mlops._ordered_state, anyelement, timestamptz, int, int8) IS
	'State of last_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._last_values_moving_step(state internal, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_last_values_moving_step';
COMMENT ON FUNCTION mlops._last_values_moving_step(internal, anyelement, timestamptz, int, int8) IS
	'Moving state of last_values with a row added. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._end_values_inverse(state internal, v anyelement, ts timestamptz, k int) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_end_values_inverse';
COMMENT ON FUNCTION mlops._end_values_inverse(internal, anyelement, timestamptz, int) IS
	'Moving state of first_values or last_values without its oldest row. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._ordered_values_final(state mlops._ordered_state, v anyelement, ts timestamptz, k int) RETURNS anyarray
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_values_final';
COMMENT ON FUNCTION mlops._ordered_values_final(mlops._ordered_state, anyelement, timestamptz, int) IS
	'Result of first_values and last_values. 42804 for the state of another aggregate or of other values';

CREATE FUNCTION mlops._ordered_values_moving_final(state internal, v anyelement, ts timestamptz, k int) RETURNS anyarray
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_values_final';
COMMENT ON FUNCTION mlops._ordered_values_moving_final(internal, anyelement, timestamptz, int) IS
	'Result of first_values and last_values over a frame';

CREATE FUNCTION mlops._end_values_inverse(state internal, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_end_values_inverse';
COMMENT ON FUNCTION mlops._end_values_inverse(internal, anyelement, timestamptz, int, int8) IS
	'Moving state of first_values or last_values without its oldest row. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._ordered_values_final(state mlops._ordered_state, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS anyarray
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_values_final';
COMMENT ON FUNCTION mlops._ordered_values_final(mlops._ordered_state, anyelement, timestamptz, int, int8) IS
	'Result of first_values and last_values. 42804 for the state of another aggregate or of other values';

CREATE FUNCTION mlops._ordered_values_moving_final(state internal, v anyelement, ts timestamptz, k int, tiebreak int8) RETURNS anyarray
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ordered_values_final';
COMMENT ON FUNCTION mlops._ordered_values_moving_final(internal, anyelement, timestamptz, int, int8) IS
	'Result of first_values and last_values over a frame';

CREATE AGGREGATE mlops.first_values(v anyelement, ts timestamptz, k int) (
	SFUNC = mlops._first_values_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_values_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._first_values_moving_step, MINVFUNC = mlops._end_values_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_values_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.first_values(anyelement, timestamptz, int) IS
	'v of the k earliest rows, or of all if there are fewer, the earliest first: in the order of ts, then v. Rows with NULL ts are left out; a NULL v counts and is the largest; NULL without rows. 22023 for a k that is not 1 .. 10000, NULL, or changes within a group, 22008 for an infinite ts. 53400 if the rows need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.first_values(v anyelement, ts timestamptz, k int, tiebreak int8) (
	SFUNC = mlops._first_values_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_values_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._first_values_moving_step, MINVFUNC = mlops._end_values_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_values_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.first_values(anyelement, timestamptz, int, int8) IS
	'v of the k earliest rows, or of all if there are fewer, the earliest first: in the order of ts, tiebreak, v. Rows with NULL ts or tiebreak are left out; a NULL v counts and is the largest; NULL without rows. 22023 for a k that is not 1 .. 10000, NULL, or changes within a group, 22008 for an infinite ts. 53400 if the rows need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.last_values(v anyelement, ts timestamptz, k int) (
	SFUNC = mlops._last_values_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_values_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._last_values_moving_step, MINVFUNC = mlops._end_values_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_values_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.last_values(anyelement, timestamptz, int) IS
	'v of the k latest rows, or of all if there are fewer, the latest first: in the order of ts, then v, both falling. Rows with NULL ts are left out; a NULL v counts and is the largest; NULL without rows. 22023 for a k that is not 1 .. 10000, NULL, or changes within a group, 22008 for an infinite ts. 53400 if the rows need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.last_values(v anyelement, ts timestamptz, k int, tiebreak int8) (
	SFUNC = mlops._last_values_step, STYPE = mlops._ordered_state, SSPACE = 2048, FINALFUNC = mlops._ordered_values_final, FINALFUNC_EXTRA,
	COMBINEFUNC = mlops._ordered_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._last_values_moving_step, MINVFUNC = mlops._end_values_inverse, MSTYPE = internal, MSSPACE = 4096,
	MFINALFUNC = mlops._ordered_values_moving_final, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.last_values(anyelement, timestamptz, int, int8) IS
	'v of the k latest rows, or of all if there are fewer, the latest first: in the order of ts, tiebreak, v, all falling. Rows with NULL ts or tiebreak are left out; a NULL v counts and is the largest; NULL without rows. 22023 for a k that is not 1 .. 10000, NULL, or changes within a group, 22008 for an infinite ts. 53400 if the rows need more than mlops.max_aggregate_memory';
