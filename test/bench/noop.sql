-- Functions that compute nothing: the floor of a query.  module is the file that noop.c was built into.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS bench_noop CASCADE;
CREATE SCHEMA bench_noop;
CREATE FUNCTION bench_noop.step(int8, float8) RETURNS int8 LANGUAGE c IMMUTABLE PARALLEL SAFE AS :'module', 'noop_state';
CREATE FUNCTION bench_noop.number(int8) RETURNS float8 LANGUAGE c IMMUTABLE PARALLEL SAFE AS :'module', 'noop_number';
CREATE FUNCTION bench_noop.whole(int8) RETURNS int8 LANGUAGE c IMMUTABLE PARALLEL SAFE AS :'module', 'noop_state';
CREATE AGGREGATE bench_noop.state(float8) (SFUNC = bench_noop.step, STYPE = int8, INITCOND = '0',
	MSFUNC = bench_noop.step, MINVFUNC = bench_noop.step, MSTYPE = int8, MINITCOND = '0', PARALLEL = SAFE);
-- three of them: the server computes equal calls over one frame once
CREATE AGGREGATE bench_noop.moved(float8) (SFUNC = bench_noop.step, STYPE = int8, FINALFUNC = bench_noop.number, INITCOND = '0',
	MSFUNC = bench_noop.step, MINVFUNC = bench_noop.step, MSTYPE = int8, MFINALFUNC = bench_noop.number, MINITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE bench_noop.moved_avg(float8) (SFUNC = bench_noop.step, STYPE = int8, FINALFUNC = bench_noop.number, INITCOND = '0',
	MSFUNC = bench_noop.step, MINVFUNC = bench_noop.step, MSTYPE = int8, MFINALFUNC = bench_noop.number, MINITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE bench_noop.moved_stddev(float8) (SFUNC = bench_noop.step, STYPE = int8, FINALFUNC = bench_noop.number, INITCOND = '0',
	MSFUNC = bench_noop.step, MINVFUNC = bench_noop.step, MSTYPE = int8, MFINALFUNC = bench_noop.number, MINITCOND = '0', PARALLEL = SAFE);
CREATE FUNCTION bench_noop.prior_count() RETURNS int8 LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS :'module', 'noop_prior';
CREATE FUNCTION bench_noop.prior_avg(float8) RETURNS float8 LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE AS :'module', 'noop_prior';
