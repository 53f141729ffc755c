-- Values and categories: how many different values, how evenly they are spread, which are the most frequent, and how
-- good and bad rows are spread over bins.

-- ---- how often each value comes ----

-- One state for all that is told from counts of values of one type, with the functions that every state type has.
CREATE TYPE mlops._counted_state;
CREATE FUNCTION mlops._counted_state_in(cstring) RETURNS mlops._counted_state
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_state_in';
COMMENT ON FUNCTION mlops._counted_state_in(cstring) IS 'Input of mlops._counted_state. 22P02 for text that no state has';
CREATE FUNCTION mlops._counted_state_out(mlops._counted_state) RETURNS cstring
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_state_out';
COMMENT ON FUNCTION mlops._counted_state_out(mlops._counted_state) IS 'Output of mlops._counted_state';
CREATE FUNCTION mlops._counted_state_recv(internal) RETURNS mlops._counted_state
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_state_recv';
COMMENT ON FUNCTION mlops._counted_state_recv(internal) IS
	'Binary input of mlops._counted_state; values go through the receive function of their type. 22P03 for bytes that no state has';
CREATE FUNCTION mlops._counted_state_send(mlops._counted_state) RETURNS bytea
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_state_send';
COMMENT ON FUNCTION mlops._counted_state_send(mlops._counted_state) IS 'Binary output of mlops._counted_state';
CREATE TYPE mlops._counted_state (
	INPUT = mlops._counted_state_in, OUTPUT = mlops._counted_state_out,
	RECEIVE = mlops._counted_state_recv, SEND = mlops._counted_state_send, STORAGE = extended);
COMMENT ON TYPE mlops._counted_state IS 'How often each value of one type comes: the state of entropy, concentration_index, distinct_count, most_common and top_values';

CREATE FUNCTION mlops._counted_state_combine(mlops._counted_state, mlops._counted_state) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_state_combine';
COMMENT ON FUNCTION mlops._counted_state_combine(mlops._counted_state, mlops._counted_state) IS
	'Counts of both states; NULL is the empty one. 22023 for states of other types or arguments, 0A000 outside of an aggregate';

CREATE FUNCTION mlops._counted_step(mlops._counted_state, anyelement) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_step';
COMMENT ON FUNCTION mlops._counted_step(mlops._counted_state, anyelement) IS
	'State of counted values with a row added. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._counted_inverse(mlops._counted_state, anyelement) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_counted_inverse';
COMMENT ON FUNCTION mlops._counted_inverse(mlops._counted_state, anyelement) IS
	'State of counted values with a row taken away. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._entropy_step(mlops._counted_state, anyelement, float8) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_entropy_step';
COMMENT ON FUNCTION mlops._entropy_step(mlops._counted_state, anyelement, float8) IS
	'State of entropy(x, base) with a row added. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._entropy_inverse(mlops._counted_state, anyelement, float8) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_entropy_inverse';
COMMENT ON FUNCTION mlops._entropy_inverse(mlops._counted_state, anyelement, float8) IS
	'State of entropy(x, base) with a row taken away. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._concentration_index_step(mlops._counted_state, anyelement, float8) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_concentration_index_step';
COMMENT ON FUNCTION mlops._concentration_index_step(mlops._counted_state, anyelement, float8) IS
	'State of concentration_index(x, w) with a row added. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._concentration_index_inverse(mlops._counted_state, anyelement, float8) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_concentration_index_inverse';
COMMENT ON FUNCTION mlops._concentration_index_inverse(mlops._counted_state, anyelement, float8) IS
	'State of concentration_index(x, w) with a row taken away. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._top_values_step(mlops._counted_state, anyelement, int) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_top_values_step';
COMMENT ON FUNCTION mlops._top_values_step(mlops._counted_state, anyelement, int) IS
	'State of top_values with a row added. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._top_values_inverse(mlops._counted_state, anyelement, int) RETURNS mlops._counted_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_top_values_inverse';
COMMENT ON FUNCTION mlops._top_values_inverse(mlops._counted_state, anyelement, int) IS
	'State of top_values with a row taken away. 0A000 outside of an aggregate';

CREATE FUNCTION mlops._entropy_final(mlops._counted_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_entropy_final';
COMMENT ON FUNCTION mlops._entropy_final(mlops._counted_state) IS 'Result of entropy';

CREATE FUNCTION mlops._concentration_index_final(mlops._counted_state) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_concentration_index_final';
COMMENT ON FUNCTION mlops._concentration_index_final(mlops._counted_state) IS 'Result of concentration_index';

CREATE FUNCTION mlops._distinct_count_final(mlops._counted_state) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_distinct_count_final';
COMMENT ON FUNCTION mlops._distinct_count_final(mlops._counted_state) IS 'Result of distinct_count';

CREATE FUNCTION mlops._most_common_final(mlops._counted_state, anyelement) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_most_common_final';
COMMENT ON FUNCTION mlops._most_common_final(mlops._counted_state, anyelement) IS 'Result of most_common';

CREATE FUNCTION mlops._top_values_final(mlops._counted_state, anyelement, int) RETURNS anyarray
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_top_values_final';
COMMENT ON FUNCTION mlops._top_values_final(mlops._counted_state, anyelement, int) IS 'Result of top_values';

CREATE AGGREGATE mlops.entropy(x anyelement) (
	SFUNC = mlops._counted_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._entropy_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._counted_step, MINVFUNC = mlops._counted_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._entropy_final);
COMMENT ON AGGREGATE mlops.entropy(anyelement) IS
	'Entropy of the values in nats: sum of share * ln(1 / share), the same for any plan and order of rows; 0 if all are equal. NULL x is left out; NULL without values. 53400 if the different values need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.entropy(x anyelement, base float8) (
	SFUNC = mlops._entropy_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._entropy_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._entropy_step, MINVFUNC = mlops._entropy_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._entropy_final);
COMMENT ON AGGREGATE mlops.entropy(anyelement, float8) IS
	'Entropy of the values with logarithms to a base, 2 for bits. NULL x is left out; NULL without values. 22023 for a base that is not finite, above 0 and other than 1, is NULL, or changes within a group. 53400 if the different values need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.concentration_index(x anyelement) (
	SFUNC = mlops._counted_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._concentration_index_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._counted_step, MINVFUNC = mlops._counted_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._concentration_index_final);
COMMENT ON AGGREGATE mlops.concentration_index(anyelement) IS
	'Sum of the squared shares of the values in the rows, the Herfindahl index, rounded once: 1 if all are equal, 1 / n if each of n comes once. NULL x is left out; NULL without values. 53400 if the different values need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.concentration_index(x anyelement, w float8) (
	SFUNC = mlops._concentration_index_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._concentration_index_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._concentration_index_step, MINVFUNC = mlops._concentration_index_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._concentration_index_final);
COMMENT ON AGGREGATE mlops.concentration_index(anyelement, float8) IS
	'Sum of the squared shares of the values in the total of w, from exact sums. Rows with NULL x or w are left out; NULL without values or if all w are 0. 22023 for a negative w, 22003 for NaN or an infinity. 53400 if the different values need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.distinct_count(x anyelement) (
	SFUNC = mlops._counted_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._distinct_count_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._counted_step, MINVFUNC = mlops._counted_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._distinct_count_final);
COMMENT ON AGGREGATE mlops.distinct_count(anyelement) IS
	'Number of different values, by the equality of the type. NULL x is left out; 0 without values. 53400 if the different values need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.most_common(x anyelement) (
	SFUNC = mlops._counted_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._most_common_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._counted_step, MINVFUNC = mlops._counted_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._most_common_final,
	FINALFUNC_EXTRA, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.most_common(anyelement) IS
	'The value that comes most often, of several the first in the order of the type. NULL x is left out; NULL without values. 53400 if the different values need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.top_values(x anyelement, k int) (
	SFUNC = mlops._top_values_step, STYPE = mlops._counted_state, SSPACE = 1024, FINALFUNC = mlops._top_values_final,
	COMBINEFUNC = mlops._counted_state_combine, PARALLEL = SAFE,
	MSFUNC = mlops._top_values_step, MINVFUNC = mlops._top_values_inverse, MSTYPE = mlops._counted_state, MSSPACE = 1024,
	MFINALFUNC = mlops._top_values_final,
	FINALFUNC_EXTRA, MFINALFUNC_EXTRA);
COMMENT ON AGGREGATE mlops.top_values(anyelement, int) IS
	'The k values that come most often, or all if there are fewer: the most frequent first, equally frequent ones in the order of the type. NULL x is left out; NULL without values. 22023 for a k below 1, NULL, or that changes within a group. 53400 if the different values need more than mlops.max_aggregate_memory';

-- ---- weight of evidence ----

CREATE TYPE mlops.woe_stats;
CREATE FUNCTION mlops._woe_stats_in(cstring) RETURNS mlops.woe_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_stats_in';
COMMENT ON FUNCTION mlops._woe_stats_in(cstring) IS 'Input of mlops.woe_stats. 22P02 for text that no state has';
CREATE FUNCTION mlops._woe_stats_out(mlops.woe_stats) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_stats_out';
COMMENT ON FUNCTION mlops._woe_stats_out(mlops.woe_stats) IS 'Output of mlops.woe_stats';
CREATE FUNCTION mlops._woe_stats_recv(internal) RETURNS mlops.woe_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_stats_recv';
COMMENT ON FUNCTION mlops._woe_stats_recv(internal) IS 'Binary input of mlops.woe_stats. 22P03 for bytes that no state has';
CREATE FUNCTION mlops._woe_stats_send(mlops.woe_stats) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_stats_send';
COMMENT ON FUNCTION mlops._woe_stats_send(mlops.woe_stats) IS 'Binary output of mlops.woe_stats';
CREATE TYPE mlops.woe_stats (
	INPUT = mlops._woe_stats_in, OUTPUT = mlops._woe_stats_out,
	RECEIVE = mlops._woe_stats_recv, SEND = mlops._woe_stats_send, STORAGE = extended);
COMMENT ON TYPE mlops.woe_stats IS 'Bad and good rows of each bin: the result of woe_agg';

CREATE FUNCTION mlops._woe_step(mlops.woe_stats, text, bool) RETURNS mlops.woe_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_step';
COMMENT ON FUNCTION mlops._woe_step(mlops.woe_stats, text, bool) IS
	'State of woe_agg with a row added. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._woe_inverse(mlops.woe_stats, text, bool) RETURNS mlops.woe_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_inverse';
COMMENT ON FUNCTION mlops._woe_inverse(mlops.woe_stats, text, bool) IS
	'State of woe_agg with a row taken away. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._woe_stats_combine(mlops.woe_stats, mlops.woe_stats) RETURNS mlops.woe_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_stats_combine';
COMMENT ON FUNCTION mlops._woe_stats_combine(mlops.woe_stats, mlops.woe_stats) IS
	'Rows of both states; NULL is the empty one. 0A000 outside of an aggregate';
CREATE FUNCTION mlops._woe_stats_final(mlops.woe_stats) RETURNS mlops.woe_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_stats_final';
COMMENT ON FUNCTION mlops._woe_stats_final(mlops.woe_stats) IS 'Result of woe_agg: the state, for NULL the empty one';

CREATE AGGREGATE mlops.woe_agg(bin text, label bool) (
	SFUNC = mlops._woe_step, STYPE = mlops.woe_stats, SSPACE = 1024, FINALFUNC = mlops._woe_stats_final,
	COMBINEFUNC = mlops._woe_stats_combine, PARALLEL = SAFE,
	MSFUNC = mlops._woe_step, MINVFUNC = mlops._woe_inverse, MSTYPE = mlops.woe_stats, MSSPACE = 1024,
	MFINALFUNC = mlops._woe_stats_final);
COMMENT ON AGGREGATE mlops.woe_agg(text, bool) IS
	'Bad (label true) and good rows of each bin, for woe_table and information_value. Bins are told apart by their bytes. Rows with a NULL bin or label are left out and counted, so give missing values a bin: coalesce(bin, ''missing''). Without rows the empty state. 53400 if the bins need more than mlops.max_aggregate_memory';

CREATE AGGREGATE mlops.rollup(state mlops.woe_stats) (
	SFUNC = mlops._woe_stats_combine, STYPE = mlops.woe_stats, SSPACE = 1024, FINALFUNC = mlops._woe_stats_final,
	COMBINEFUNC = mlops._woe_stats_combine, PARALLEL = SAFE);
COMMENT ON AGGREGATE mlops.rollup(mlops.woe_stats) IS
	'The state over the rows of all states, the same bytes as of one pass. NULL is left out; without states the empty one';

CREATE FUNCTION mlops.woe_table(state mlops.woe_stats)
RETURNS TABLE (bin text, n_bad bigint, n_good bigint, bad_share float8, good_share float8, woe float8, information float8)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mlops_woe_table';
COMMENT ON FUNCTION mlops.woe_table(mlops.woe_stats) IS
	'Each bin in the order of its bytes: bad and good rows, their shares in all bad and all good ones with half a row added to each bin, woe = ln(bad_share / good_share), above 0 where the bin is worse than the whole, and information = (bad_share - good_share) * woe. All four are NULL if no row is bad or none is good; no rows for NULL';

CREATE FUNCTION mlops.information_value(state mlops.woe_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_information_value';
COMMENT ON FUNCTION mlops.information_value(mlops.woe_stats) IS
	'Sum of information over the bins of woe_table, the psi of bad against good counts: about 0.02 weak, 0.1 medium, 0.3 strong, 0.5 too good to be true. NULL if no row is bad or none is good, and for NULL';

CREATE FUNCTION mlops.null_count(state mlops.woe_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_woe_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.woe_stats) IS
	'Rows that woe_agg left out because bin or label is NULL. NULL for NULL';
