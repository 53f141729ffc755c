-- Fingerprints and splits: which part a key belongs to, and whether two data sets are the same.

CREATE FUNCTION mlops.split_hash(key anyelement, seed int8) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_split_hash';
COMMENT ON FUNCTION mlops.split_hash(anyelement, int8) IS
	'A number from 0 to below 1 that belongs to the key and the seed for ever, on every platform: rows with less than 0.2 are a fifth of the keys that stays the same when others come. Integers of all widths are alike, so are texts of all types and labels of enums (as UTF-8, char(n) without trailing blanks), real and double precision, and numerics that differ in trailing zeros. train_model orders rows by split_hash(id, random_state). NULL if an argument is NULL; 0A000 for a type whose bytes differ between databases, as of arrays, records, json and intervals';

-- The state of dataset_hash: number of rows, sum and xor of their digests.
CREATE TYPE mlops._hash_state;

CREATE FUNCTION mlops._hash_state_in(cstring) RETURNS mlops._hash_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hash_state_in';
COMMENT ON FUNCTION mlops._hash_state_in(cstring) IS 'Input function of mlops._hash_state; 22P02 for what is none';
CREATE FUNCTION mlops._hash_state_out(mlops._hash_state) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hash_state_out';
COMMENT ON FUNCTION mlops._hash_state_out(mlops._hash_state) IS 'Output function of mlops._hash_state; 22P03 for corrupted bytes';
CREATE FUNCTION mlops._hash_state_recv(internal) RETURNS mlops._hash_state
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hash_state_recv';
COMMENT ON FUNCTION mlops._hash_state_recv(internal) IS 'Receive function of mlops._hash_state; 22P03 for corrupted bytes';
CREATE FUNCTION mlops._hash_state_send(mlops._hash_state) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hash_state_send';
COMMENT ON FUNCTION mlops._hash_state_send(mlops._hash_state) IS 'Send function of mlops._hash_state; 22P03 for corrupted bytes';

CREATE TYPE mlops._hash_state (INPUT = mlops._hash_state_in, OUTPUT = mlops._hash_state_out,
	RECEIVE = mlops._hash_state_recv, SEND = mlops._hash_state_send, STORAGE = extended);
COMMENT ON TYPE mlops._hash_state IS 'Rows seen by mlops.dataset_hash: their number, the sum and the xor of their digests';

CREATE FUNCTION mlops._dataset_hash_step(state mlops._hash_state, r record) RETURNS mlops._hash_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_dataset_hash_step';
COMMENT ON FUNCTION mlops._dataset_hash_step(mlops._hash_state, record) IS 'Adds a row; a NULL is none. 0A000 outside an aggregate';
CREATE FUNCTION mlops._dataset_hash_inverse(state mlops._hash_state, r record) RETURNS mlops._hash_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_dataset_hash_inverse';
COMMENT ON FUNCTION mlops._dataset_hash_inverse(mlops._hash_state, record) IS 'Takes a row away; a NULL is none. 0A000 outside an aggregate';
CREATE FUNCTION mlops._dataset_hash_combine(mlops._hash_state, mlops._hash_state) RETURNS mlops._hash_state
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_hash_state_combine';
COMMENT ON FUNCTION mlops._dataset_hash_combine(mlops._hash_state, mlops._hash_state) IS 'Adds the rows of the second state; a NULL has none. 0A000 outside an aggregate';
CREATE FUNCTION mlops._dataset_hash_final(mlops._hash_state) RETURNS uuid
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_dataset_hash_final';
COMMENT ON FUNCTION mlops._dataset_hash_final(mlops._hash_state) IS 'The fingerprint of the rows; NULL if there are none';

CREATE AGGREGATE mlops.dataset_hash(r record) (
	SFUNC = mlops._dataset_hash_step, STYPE = mlops._hash_state, FINALFUNC = mlops._dataset_hash_final,
	COMBINEFUNC = mlops._dataset_hash_combine, PARALLEL = SAFE,
	MSFUNC = mlops._dataset_hash_step, MINVFUNC = mlops._dataset_hash_inverse, MSTYPE = mlops._hash_state,
	MFINALFUNC = mlops._dataset_hash_final);
COMMENT ON AGGREGATE mlops.dataset_hash(record) IS
	'A fingerprint of rows, the same in any order and on every platform, in which each row counts as often as it is there: from the binary send forms of the columns in their order, text in UTF-8. Names and types of columns have no part in it, NULL and empty text differ, so do numeric 1.0 and 1.00. A NULL instead of a row is left out; NULL for no rows; 42883 for a column whose type has no send function. No protection against rows made up to collide';
