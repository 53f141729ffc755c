-- Scores: how well they order rows of two classes, and whether they mean what they say.

CREATE TYPE mlops.score_stats;
CREATE FUNCTION mlops._score_stats_in(cstring) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_stats_in';
CREATE FUNCTION mlops._score_stats_out(mlops.score_stats) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_stats_out';
CREATE FUNCTION mlops._score_stats_recv(internal) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_stats_recv';
CREATE FUNCTION mlops._score_stats_send(mlops.score_stats) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_stats_send';
CREATE TYPE mlops.score_stats (
	INPUT = mlops._score_stats_in, OUTPUT = mlops._score_stats_out,
	RECEIVE = mlops._score_stats_recv, SEND = mlops._score_stats_send,
	STORAGE = extended
);
COMMENT ON TYPE mlops.score_stats IS 'How often each score was seen in rows of both classes; made by score_agg';
COMMENT ON FUNCTION mlops._score_stats_in(cstring) IS
	'Reads the text form of a state; 22P02 for text that no aggregate makes';
COMMENT ON FUNCTION mlops._score_stats_out(mlops.score_stats) IS 'Text form of a state';
COMMENT ON FUNCTION mlops._score_stats_recv(internal) IS
	'Reads the byte form of a state; 22P03 for bytes that no aggregate makes';
COMMENT ON FUNCTION mlops._score_stats_send(mlops.score_stats) IS 'Byte form of a state';

CREATE FUNCTION mlops._score_stats_combine(mlops.score_stats, mlops.score_stats) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_stats_combine';
COMMENT ON FUNCTION mlops._score_stats_combine(mlops.score_stats, mlops.score_stats) IS
	'Adds two states; a NULL is nothing. 22023 if on_nonfinite differs, 54000 for more rows than bigint counts';

CREATE FUNCTION mlops._score_stats_final(mlops.score_stats) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_stats_final';
COMMENT ON FUNCTION mlops._score_stats_final(mlops.score_stats) IS 'The state; the empty one for NULL';

CREATE FUNCTION mlops._score_step(state mlops.score_stats, score float8, label bool) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_step';
COMMENT ON FUNCTION mlops._score_step(mlops.score_stats, float8, bool) IS
	'Counts a row of score_agg; the errors of score_agg, 0A000 outside an aggregate';

CREATE FUNCTION mlops._score_step(state mlops.score_stats, score float8, label bool, w float8) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_step';
COMMENT ON FUNCTION mlops._score_step(mlops.score_stats, float8, bool, float8) IS
	'Counts a row of score_agg; the errors of score_agg, 0A000 outside an aggregate';

CREATE FUNCTION mlops._score_step(state mlops.score_stats, score float8, label bool, w float8, on_nonfinite text) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_step';
COMMENT ON FUNCTION mlops._score_step(mlops.score_stats, float8, bool, float8, text) IS
	'Counts a row of score_agg; the errors of score_agg, 0A000 outside an aggregate';

CREATE FUNCTION mlops._score_inverse(state mlops.score_stats, score float8, label bool) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_inverse';
COMMENT ON FUNCTION mlops._score_inverse(mlops.score_stats, float8, bool) IS
	'Takes a row of score_agg out again, which left the frame; 0A000 outside an aggregate';

CREATE FUNCTION mlops._score_inverse(state mlops.score_stats, score float8, label bool, w float8) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_inverse';
COMMENT ON FUNCTION mlops._score_inverse(mlops.score_stats, float8, bool, float8) IS
	'Takes a row of score_agg out again, which left the frame; 0A000 outside an aggregate';

CREATE FUNCTION mlops._score_inverse(state mlops.score_stats, score float8, label bool, w float8, on_nonfinite text) RETURNS mlops.score_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_inverse';
COMMENT ON FUNCTION mlops._score_inverse(mlops.score_stats, float8, bool, float8, text) IS
	'Takes a row of score_agg out again, which left the frame; 0A000 outside an aggregate';

CREATE AGGREGATE mlops.score_agg(score float8, label bool) (
	SFUNC = mlops._score_step, STYPE = mlops.score_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._score_stats_combine, FINALFUNC = mlops._score_stats_final,
	MSFUNC = mlops._score_step, MSTYPE = mlops.score_stats, MSSPACE = 65536,
	MINVFUNC = mlops._score_inverse, MFINALFUNC = mlops._score_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.score_agg(float8, bool) IS
	'State of scores and labels, for roc_auc, ks_score and the others: how often each score was seen in rows where label is true and where it is false. The score is the probability that label is true, or anything that orders rows like it; -0 and 0 are one score. A row with a NULL is counted by null_count alone; the empty state for no rows; slides over a frame. 22003 for a score that is NaN or infinite, 53400 for more distinct scores than mlops.max_aggregate_memory holds';

CREATE AGGREGATE mlops.score_agg(score float8, label bool, w float8) (
	SFUNC = mlops._score_step, STYPE = mlops.score_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._score_stats_combine, FINALFUNC = mlops._score_stats_final,
	MSFUNC = mlops._score_step, MSTYPE = mlops.score_stats, MSSPACE = 65536,
	MINVFUNC = mlops._score_inverse, MFINALFUNC = mlops._score_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.score_agg(float8, bool, float8) IS
	'As score_agg(score, label), each row with a weight: one of weight 2 is two rows, one of weight 0 is left out. 22003 for a weight other than 0 outside 1e-100 to 1e100';

CREATE AGGREGATE mlops.score_agg(score float8, label bool, w float8, on_nonfinite text) (
	SFUNC = mlops._score_step, STYPE = mlops.score_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._score_stats_combine, FINALFUNC = mlops._score_stats_final,
	MSFUNC = mlops._score_step, MSTYPE = mlops.score_stats, MSSPACE = 65536,
	MINVFUNC = mlops._score_inverse, MFINALFUNC = mlops._score_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.score_agg(float8, bool, float8, text) IS
	'As score_agg(score, label, w); on_nonfinite says what becomes of a score that is NaN or infinite: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'', which makes all metrics NaN; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.rollup(state mlops.score_stats) (
	SFUNC = mlops._score_stats_combine, STYPE = mlops.score_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._score_stats_combine, FINALFUNC = mlops._score_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.score_stats) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit. NULL is left out; the empty state for no rows. 22023 for states of different on_nonfinite';

-- What a state of scores says.  The same code measures models, so the numbers are those of mlops.evaluate.

CREATE FUNCTION mlops.value_count(state mlops.score_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.score_stats) IS
	'Number of rows that are counted, 0 for the empty state. NULL for NULL';

CREATE FUNCTION mlops.positive_count(state mlops.score_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_positive_count';
COMMENT ON FUNCTION mlops.positive_count(mlops.score_stats) IS
	'Number of rows whose label is true, 0 for the empty state. NULL for NULL';

CREATE FUNCTION mlops.null_count(state mlops.score_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.score_stats) IS
	'Number of rows with a NULL, 0 for the empty state; with on_nonfinite ''skip'' also of scores that were skipped. NULL for NULL';

CREATE FUNCTION mlops.roc_auc(state mlops.score_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_roc_auc';
COMMENT ON FUNCTION mlops.roc_auc(mlops.score_stats) IS
	'Share of the pairs of a true and a false row in which the true one has the greater score; equal scores count half. From integer counts, rounded once, as long as weights are whole. NULL for NULL or with one class only';

CREATE FUNCTION mlops.auc_interval(state mlops.score_stats, level float8 DEFAULT 0.95) RETURNS mlops.confidence_interval
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_auc_interval';
COMMENT ON FUNCTION mlops.auc_interval(mlops.score_stats, float8) IS
	'Confidence interval of roc_auc by DeLong, within 0 to 1; weights count as numbers of rows. NULL for NULL or with fewer than two rows of a class. 22023 for a level that is not above 0 and below 1';

CREATE FUNCTION mlops.gini(state mlops.score_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_gini';
COMMENT ON FUNCTION mlops.gini(mlops.score_stats) IS
	'2 roc_auc - 1. NULL for NULL or with one class only';

CREATE FUNCTION mlops.ks_score(state mlops.score_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_ks_score';
COMMENT ON FUNCTION mlops.ks_score(mlops.score_stats) IS
	'Greatest distance between the shares of true and of false rows up to a score, over all distinct scores. NULL for NULL or with one class only';

CREATE FUNCTION mlops.average_precision(state mlops.score_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_average_precision';
COMMENT ON FUNCTION mlops.average_precision(mlops.score_stats) IS
	'Mean of the precision at each distinct score, the greatest first, weighted by how much recall grows there. NULL for NULL or with one class only';

CREATE FUNCTION mlops.brier_score(state mlops.score_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_brier_score';
COMMENT ON FUNCTION mlops.brier_score(mlops.score_stats) IS
	'Mean squared distance of score and label, from exact sums. NULL for NULL or without rows. 22003 for a score outside 0 to 1';

CREATE FUNCTION mlops.log_loss(state mlops.score_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_score_log_loss';
COMMENT ON FUNCTION mlops.log_loss(mlops.score_stats) IS
	'Mean of -ln of the probability that the score gave to what happened, which is taken as 1e-15 to 1 - 1e-15. NULL for NULL or without rows. 22003 for a score outside 0 to 1';

-- Calibration.

CREATE TYPE mlops.calibration_stats;
CREATE FUNCTION mlops._calibration_stats_in(cstring) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_stats_in';
CREATE FUNCTION mlops._calibration_stats_out(mlops.calibration_stats) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_stats_out';
CREATE FUNCTION mlops._calibration_stats_recv(internal) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_stats_recv';
CREATE FUNCTION mlops._calibration_stats_send(mlops.calibration_stats) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_stats_send';
CREATE TYPE mlops.calibration_stats (
	INPUT = mlops._calibration_stats_in, OUTPUT = mlops._calibration_stats_out,
	RECEIVE = mlops._calibration_stats_recv, SEND = mlops._calibration_stats_send,
	STORAGE = extended
);
COMMENT ON TYPE mlops.calibration_stats IS 'How often each probability was seen in rows of both classes; made by calibration_agg';
COMMENT ON FUNCTION mlops._calibration_stats_in(cstring) IS
	'Reads the text form of a state; 22P02 for text that no aggregate makes';
COMMENT ON FUNCTION mlops._calibration_stats_out(mlops.calibration_stats) IS 'Text form of a state';
COMMENT ON FUNCTION mlops._calibration_stats_recv(internal) IS
	'Reads the byte form of a state; 22P03 for bytes that no aggregate makes';
COMMENT ON FUNCTION mlops._calibration_stats_send(mlops.calibration_stats) IS 'Byte form of a state';

CREATE FUNCTION mlops._calibration_stats_combine(mlops.calibration_stats, mlops.calibration_stats) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_stats_combine';
COMMENT ON FUNCTION mlops._calibration_stats_combine(mlops.calibration_stats, mlops.calibration_stats) IS
	'Adds two states; a NULL is nothing. 22023 if on_nonfinite differs, 54000 for more rows than bigint counts';

CREATE FUNCTION mlops._calibration_stats_final(mlops.calibration_stats) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_stats_final';
COMMENT ON FUNCTION mlops._calibration_stats_final(mlops.calibration_stats) IS 'The state; the empty one for NULL';

CREATE FUNCTION mlops._calibration_step(state mlops.calibration_stats, score float8, label bool) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_step';
COMMENT ON FUNCTION mlops._calibration_step(mlops.calibration_stats, float8, bool) IS
	'Counts a row of calibration_agg; the errors of calibration_agg, 0A000 outside an aggregate';

CREATE FUNCTION mlops._calibration_step(state mlops.calibration_stats, score float8, label bool, w float8) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_step';
COMMENT ON FUNCTION mlops._calibration_step(mlops.calibration_stats, float8, bool, float8) IS
	'Counts a row of calibration_agg; the errors of calibration_agg, 0A000 outside an aggregate';

CREATE FUNCTION mlops._calibration_step(state mlops.calibration_stats, score float8, label bool, w float8, on_nonfinite text) RETURNS mlops.calibration_stats
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_step';
COMMENT ON FUNCTION mlops._calibration_step(mlops.calibration_stats, float8, bool, float8, text) IS
	'Counts a row of calibration_agg; the errors of calibration_agg, 0A000 outside an aggregate';

CREATE AGGREGATE mlops.calibration_agg(score float8, label bool) (
	SFUNC = mlops._calibration_step, STYPE = mlops.calibration_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._calibration_stats_combine, FINALFUNC = mlops._calibration_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.calibration_agg(float8, bool) IS
	'State of probabilities and labels, for expected_calibration_error and the others: score is the probability that label is true. A row with a NULL is counted by null_count alone; the empty state for no rows. 22003 for a score outside 0 to 1, NaN among them, 53400 for more distinct scores than mlops.max_aggregate_memory holds';

CREATE AGGREGATE mlops.calibration_agg(score float8, label bool, w float8) (
	SFUNC = mlops._calibration_step, STYPE = mlops.calibration_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._calibration_stats_combine, FINALFUNC = mlops._calibration_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.calibration_agg(float8, bool, float8) IS
	'As calibration_agg(score, label), each row with a weight: one of weight 2 is two rows, one of weight 0 is left out. 22003 for a weight other than 0 outside 1e-100 to 1e100';

CREATE AGGREGATE mlops.calibration_agg(score float8, label bool, w float8, on_nonfinite text) (
	SFUNC = mlops._calibration_step, STYPE = mlops.calibration_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._calibration_stats_combine, FINALFUNC = mlops._calibration_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.calibration_agg(float8, bool, float8, text) IS
	'As calibration_agg(score, label, w); on_nonfinite says what becomes of a score that is NaN or infinite: ''error'' (22003, also without the argument), ''skip'' (as NULL) or ''propagate'', which makes all metrics NaN; 22023 for another word, NULL or a change within a group';

CREATE AGGREGATE mlops.rollup(state mlops.calibration_stats) (
	SFUNC = mlops._calibration_stats_combine, STYPE = mlops.calibration_stats, SSPACE = 65536,
	COMBINEFUNC = mlops._calibration_stats_combine, FINALFUNC = mlops._calibration_stats_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.calibration_stats) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit. NULL is left out; the empty state for no rows. 22023 for states of different on_nonfinite';

CREATE FUNCTION mlops.value_count(state mlops.calibration_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.calibration_stats) IS
	'Number of rows that are counted, 0 for the empty state. NULL for NULL';

CREATE FUNCTION mlops.positive_count(state mlops.calibration_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_positive_count';
COMMENT ON FUNCTION mlops.positive_count(mlops.calibration_stats) IS
	'Number of rows whose label is true, 0 for the empty state. NULL for NULL';

CREATE FUNCTION mlops.null_count(state mlops.calibration_stats) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.calibration_stats) IS
	'Number of rows with a NULL, 0 for the empty state; with on_nonfinite ''skip'' also of scores that were skipped. NULL for NULL';

CREATE FUNCTION mlops.expected_calibration_error(state mlops.calibration_stats, bins int DEFAULT 10) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_expected_calibration_error';
COMMENT ON FUNCTION mlops.expected_calibration_error(mlops.calibration_stats, int) IS
	'Mean over the rows of the distance between mean score and rate of true labels in their bin. Bins have equal numbers of rows, the least scores first; equal scores stay together, so there may be fewer. NULL for NULL or without rows. 22023 for bins outside 1 to 1000';

CREATE FUNCTION mlops.max_calibration_error(state mlops.calibration_stats, bins int DEFAULT 10) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_maximum_calibration_error';
COMMENT ON FUNCTION mlops.max_calibration_error(mlops.calibration_stats, int) IS
	'Greatest distance between mean score and rate of true labels in a bin; bins as in expected_calibration_error. NULL for NULL or without rows. 22023 for bins outside 1 to 1000';

CREATE FUNCTION mlops.hosmer_lemeshow(state mlops.calibration_stats, bins int DEFAULT 10) RETURNS mlops.test_result
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hosmer_lemeshow';
COMMENT ON FUNCTION mlops.hosmer_lemeshow(mlops.calibration_stats, int) IS
	'Test of Hosmer and Lemeshow: whether the labels may come from the probabilities, by the squared distances in bins, as in expected_calibration_error, that chi-squared with two degrees of freedom less than bins formed would have; effect is NULL. Infinity if a bin whose scores are all 0, or all 1, is wrong. NULL for NULL or if fewer than three bins are formed. 22023 for bins outside 1 to 1000';

CREATE FUNCTION mlops.calibration_slope(state mlops.calibration_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_slope';
COMMENT ON FUNCTION mlops.calibration_slope(mlops.calibration_stats) IS
	'Slope of the logit of the label on the logit of the score, by maximum likelihood: 1 if scores mean what they say, less than 1 if they are too sure. Scores are taken as 1e-15 to 1 - 1e-15. NULL for NULL, with one class only, or if a score divides the classes, ties there included';

CREATE FUNCTION mlops.calibration_intercept(state mlops.calibration_stats) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_calibration_intercept';
COMMENT ON FUNCTION mlops.calibration_intercept(mlops.calibration_stats) IS
	'Intercept beside calibration_slope: 0 if scores mean what they say. NULL for NULL, with one class only, or if a score divides the classes, ties there included';
