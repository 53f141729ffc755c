-- Histograms: counts of cells, which drift and baselines are made of.

-- The state of the three aggregates while they run; nobody stores it.
CREATE TYPE mlops._histogram_state;
CREATE FUNCTION mlops._histogram_state_in(cstring) RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_state_in';
CREATE FUNCTION mlops._histogram_state_out(mlops._histogram_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_state_out';
CREATE FUNCTION mlops._histogram_state_recv(internal) RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_state_recv';
CREATE FUNCTION mlops._histogram_state_send(mlops._histogram_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_state_send';
CREATE TYPE mlops._histogram_state (
	INPUT = mlops._histogram_state_in, OUTPUT = mlops._histogram_state_out,
	RECEIVE = mlops._histogram_state_recv, SEND = mlops._histogram_state_send,
	STORAGE = extended
);
COMMENT ON TYPE mlops._histogram_state IS 'State of histogram_agg, category_histogram_agg and rollup(bigint[])';
COMMENT ON FUNCTION mlops._histogram_state_in(cstring) IS
	'Reads the text form of a state; 22P02 for text that no aggregate makes';
COMMENT ON FUNCTION mlops._histogram_state_out(mlops._histogram_state) IS 'Text form of a state';
COMMENT ON FUNCTION mlops._histogram_state_recv(internal) IS
	'Reads the byte form of a state; 22P03 for bytes that no aggregate makes';
COMMENT ON FUNCTION mlops._histogram_state_send(mlops._histogram_state) IS 'Byte form of a state';

CREATE FUNCTION mlops._histogram_state_combine(mlops._histogram_state, mlops._histogram_state)
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_state_combine';
COMMENT ON FUNCTION mlops._histogram_state_combine(mlops._histogram_state, mlops._histogram_state) IS
	'Adds two states; a NULL is nothing. 22023 if edges, categories or numbers of cells differ, 22003 if a count leaves bigint';

CREATE FUNCTION mlops._histogram_final(mlops._histogram_state) RETURNS bigint[]
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_final';
COMMENT ON FUNCTION mlops._histogram_final(mlops._histogram_state) IS 'Counts of a state; NULL without a row';

CREATE FUNCTION mlops._histogram_step(mlops._histogram_state, x float8, edges float8[])
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_step';
COMMENT ON FUNCTION mlops._histogram_step(mlops._histogram_state, float8, float8[]) IS
	'Counts a row of histogram_agg; 22023 for edges that change or are no edges';

CREATE FUNCTION mlops._histogram_inverse(mlops._histogram_state, x float8, edges float8[])
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_inverse';
COMMENT ON FUNCTION mlops._histogram_inverse(mlops._histogram_state, float8, float8[]) IS
	'Takes a row of histogram_agg out again, which left the frame';

CREATE AGGREGATE mlops.histogram_agg(x float8, edges float8[]) (
	SFUNC = mlops._histogram_step, STYPE = mlops._histogram_state, SSPACE = 1024,
	COMBINEFUNC = mlops._histogram_state_combine, FINALFUNC = mlops._histogram_final,
	MSFUNC = mlops._histogram_step, MSTYPE = mlops._histogram_state, MSSPACE = 1024,
	MINVFUNC = mlops._histogram_inverse, MFINALFUNC = mlops._histogram_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.histogram_agg(float8, float8[]) IS
	'Counts of x in the cells between edges: K + 1 edges, strictly increasing, give K + 4 counts, of x below the first edge, in cells 1 to K (each with its lower edge, without its upper one), at or above the last edge, NULL, NaN. The outer edges may be infinite; Infinity is in the last cell then. NULL without rows, as the cells are not known. 22023 for edges that are NULL, contain NULL or NaN, do not increase, or are not the same in all rows of a group';

CREATE FUNCTION mlops._category_histogram_step(mlops._histogram_state, v text, categories text[])
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_category_histogram_step';
COMMENT ON FUNCTION mlops._category_histogram_step(mlops._histogram_state, text, text[]) IS
	'Counts a row of category_histogram_agg; 22023 for categories that change or are none';

CREATE FUNCTION mlops._category_histogram_inverse(mlops._histogram_state, v text, categories text[])
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_category_histogram_inverse';
COMMENT ON FUNCTION mlops._category_histogram_inverse(mlops._histogram_state, text, text[]) IS
	'Takes a row of category_histogram_agg out again, which left the frame';

CREATE AGGREGATE mlops.category_histogram_agg(v text, categories text[]) (
	SFUNC = mlops._category_histogram_step, STYPE = mlops._histogram_state, SSPACE = 2048,
	COMBINEFUNC = mlops._histogram_state_combine, FINALFUNC = mlops._histogram_final,
	MSFUNC = mlops._category_histogram_step, MSTYPE = mlops._histogram_state, MSSPACE = 2048,
	MINVFUNC = mlops._category_histogram_inverse, MFINALFUNC = mlops._histogram_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.category_histogram_agg(text, text[]) IS
	'Counts of v by category: one count per category in the order given, then of other values, then of NULL. Values are compared by their bytes, whatever the collation. NULL without rows. 22023 for categories that are NULL, contain NULL, occur twice, or are not the same in all rows of a group';

CREATE FUNCTION mlops._histogram_rollup_step(mlops._histogram_state, counts bigint[])
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_rollup_step';
COMMENT ON FUNCTION mlops._histogram_rollup_step(mlops._histogram_state, bigint[]) IS
	'Adds a histogram; a NULL is none. 22023 for another number of cells, 22003 if a count leaves bigint';

CREATE FUNCTION mlops._histogram_rollup_inverse(mlops._histogram_state, counts bigint[])
RETURNS mlops._histogram_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_histogram_rollup_inverse';
COMMENT ON FUNCTION mlops._histogram_rollup_inverse(mlops._histogram_state, bigint[]) IS
	'Takes a histogram away again, which left the frame; a NULL is none';

CREATE AGGREGATE mlops.rollup(counts bigint[]) (
	SFUNC = mlops._histogram_rollup_step, STYPE = mlops._histogram_state, SSPACE = 1024,
	COMBINEFUNC = mlops._histogram_state_combine, FINALFUNC = mlops._histogram_final,
	MSFUNC = mlops._histogram_rollup_step, MSTYPE = mlops._histogram_state, MSSPACE = 1024,
	MINVFUNC = mlops._histogram_rollup_inverse, MFINALFUNC = mlops._histogram_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(bigint[]) IS
	'Sum of histograms, cell by cell: histograms of parts give that of the whole. NULL is left out; NULL if there is none. 22023 for different numbers of cells, NULL or a negative count in a histogram, 22003 if a count leaves bigint';
