-- Days past due of a history of payments: buckets, cures, and whole calendar months of a time zone.

CREATE TYPE mlops.delinquency;

CREATE FUNCTION mlops._delinquency_in(cstring) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_in';
COMMENT ON FUNCTION mlops._delinquency_in(cstring) IS
	'Reads the text form of a mlops.delinquency. NULL for NULL; 22P02 for a text that is not one';

CREATE FUNCTION mlops._delinquency_out(mlops.delinquency) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_out';
COMMENT ON FUNCTION mlops._delinquency_out(mlops.delinquency) IS
	'Writes a mlops.delinquency as text. NULL for NULL';

CREATE FUNCTION mlops._delinquency_recv(internal) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_recv';
COMMENT ON FUNCTION mlops._delinquency_recv(internal) IS
	'Reads the byte form of a mlops.delinquency. 22P03 for bytes that are not one, or of a newer version';

CREATE FUNCTION mlops._delinquency_send(mlops.delinquency) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_send';
COMMENT ON FUNCTION mlops._delinquency_send(mlops.delinquency) IS
	'Writes the byte form of a mlops.delinquency: equal states are equal bytes. NULL for NULL';

CREATE TYPE mlops.delinquency (
	INPUT = mlops._delinquency_in, OUTPUT = mlops._delinquency_out, RECEIVE = mlops._delinquency_recv, SEND = mlops._delinquency_send,
	INTERNALLENGTH = VARIABLE, STORAGE = extended
);
COMMENT ON TYPE mlops.delinquency IS
	'What mlops.delinquency_agg knows of payments: their times and days past due, as_of and time zone';

CREATE FUNCTION mlops._delinquency_combine(mlops.delinquency, mlops.delinquency) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_combine';
COMMENT ON FUNCTION mlops._delinquency_combine(mlops.delinquency, mlops.delinquency) IS
	'Adds two states of one group; NULL on either side is the empty state. 22023 for states of different parameters, 0A000 outside an aggregate';

CREATE FUNCTION mlops._delinquency_final(mlops.delinquency) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_final';
COMMENT ON FUNCTION mlops._delinquency_final(mlops.delinquency) IS
	'The state itself; the empty state for NULL';

CREATE AGGREGATE mlops.rollup(state mlops.delinquency) (
	SFUNC = mlops._delinquency_combine, STYPE = mlops.delinquency, SSPACE = 4096, FINALFUNC = mlops._delinquency_final,
	COMBINEFUNC = mlops._delinquency_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.rollup(mlops.delinquency) IS
	'Adds states: the result is that of one pass over all their rows, bit for bit, also where their times overlap. NULL is left out; the empty state for no rows. 22023 for states of different as_of or zone';

CREATE FUNCTION mlops._delinquency_step(state mlops.delinquency, days_past_due int, ts timestamptz, as_of timestamptz) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_step';
COMMENT ON FUNCTION mlops._delinquency_step(mlops.delinquency, int, timestamptz, timestamptz) IS
	'Adds a row to a state of mlops.delinquency_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._delinquency_inverse(state mlops.delinquency, days_past_due int, ts timestamptz, as_of timestamptz) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_inverse';
COMMENT ON FUNCTION mlops._delinquency_inverse(mlops.delinquency, int, timestamptz, timestamptz) IS
	'Takes a row away from a state of mlops.delinquency_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.delinquency_agg(days_past_due int, ts timestamptz, as_of timestamptz) (
	SFUNC = mlops._delinquency_step, STYPE = mlops.delinquency, SSPACE = 4096, FINALFUNC = mlops._delinquency_final, COMBINEFUNC = mlops._delinquency_combine,
	MSFUNC = mlops._delinquency_step, MINVFUNC = mlops._delinquency_inverse, MSTYPE = mlops.delinquency, MSSPACE = 4096, MFINALFUNC = mlops._delinquency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.delinquency_agg(int, timestamptz, timestamptz) IS
	'Collects days past due in the order of ts, then of the days, for ever_past_due, max_days_past_due, months_since_past_due, worst_in_months, cure_count and roll_count. Months are those of the calendar in UTC. A row with NULL days_past_due or ts is left out and counted; the empty state for no rows. 22023 for negative days, for a ts after as_of ("future event"), if as_of is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory';

CREATE FUNCTION mlops._delinquency_step(state mlops.delinquency, days_past_due int, ts timestamptz, as_of timestamptz, zone text) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_step';
COMMENT ON FUNCTION mlops._delinquency_step(mlops.delinquency, int, timestamptz, timestamptz, text) IS
	'Adds a row to a state of mlops.delinquency_agg. 0A000 outside an aggregate';

CREATE FUNCTION mlops._delinquency_inverse(state mlops.delinquency, days_past_due int, ts timestamptz, as_of timestamptz, zone text) RETURNS mlops.delinquency
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_inverse';
COMMENT ON FUNCTION mlops._delinquency_inverse(mlops.delinquency, int, timestamptz, timestamptz, text) IS
	'Takes a row away from a state of mlops.delinquency_agg. 0A000 outside an aggregate';

CREATE AGGREGATE mlops.delinquency_agg(days_past_due int, ts timestamptz, as_of timestamptz, zone text) (
	SFUNC = mlops._delinquency_step, STYPE = mlops.delinquency, SSPACE = 4096, FINALFUNC = mlops._delinquency_final, COMBINEFUNC = mlops._delinquency_combine,
	MSFUNC = mlops._delinquency_step, MINVFUNC = mlops._delinquency_inverse, MSTYPE = mlops.delinquency, MSSPACE = 4096, MFINALFUNC = mlops._delinquency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mlops.delinquency_agg(int, timestamptz, timestamptz, text) IS
	'Collects days past due in the order of ts, then of the days, for ever_past_due, max_days_past_due, months_since_past_due, worst_in_months, cure_count and roll_count. Months are those of the calendar in zone, a name of pg_timezone_names; the same instant may be in two months of two zones. A row with NULL days_past_due or ts is left out and counted; the empty state for no rows. 22023 for negative days, for a ts after as_of ("future event"), for a zone that the server does not know, and if as_of or zone is NULL or changes within a group; 22008 for an infinite time, 53400 beyond mlops.max_aggregate_memory';

CREATE FUNCTION mlops.ever_past_due(state mlops.delinquency, days int) RETURNS bool
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_ever_past_due';
COMMENT ON FUNCTION mlops.ever_past_due(mlops.delinquency, int) IS
	'True if a row was that many days past due or more. NULL for no rows and for a NULL; 22023 for days below 1';

CREATE FUNCTION mlops.max_days_past_due(state mlops.delinquency) RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_max_days_past_due';
COMMENT ON FUNCTION mlops.max_days_past_due(mlops.delinquency) IS
	'The most days past due. NULL for no rows';

CREATE FUNCTION mlops.months_since_past_due(state mlops.delinquency, days int) RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_months_since_past_due';
COMMENT ON FUNCTION mlops.months_since_past_due(mlops.delinquency, int) IS
	'Whole calendar months from the last row of that many days past due or more to as_of, as age() counts them: from the 31st of January to the 28th of February none, to the 1st of March one. NULL if there is no such row, and for a NULL; 22023 for days below 1';

CREATE FUNCTION mlops.worst_in_months(state mlops.delinquency, months int) RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_worst_in_months';
COMMENT ON FUNCTION mlops.worst_in_months(mlops.delinquency, int) IS
	'The most days past due of the rows that are less than that many whole calendar months before as_of. NULL if there is no such row, and for a NULL; 22023 for months below 1';

CREATE FUNCTION mlops.cure_count(state mlops.delinquency) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_cure_count';
COMMENT ON FUNCTION mlops.cure_count(mlops.delinquency) IS
	'How often a row of 0 days past due came, as the first such one, after one of 30 or more; rows of 1 to 29 days may stand between. 0 for no rows';

CREATE FUNCTION mlops.roll_count(state mlops.delinquency, from_bucket int, to_bucket int) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_roll_count';
COMMENT ON FUNCTION mlops.roll_count(mlops.delinquency, int, int) IS
	'How many rows in one bucket are followed, as the next row, by one in the other. The smallest number of days names a bucket: 0, 1 (to 29), 30 (to 59), 60 (to 89), 90 (and more); the two may be the same. 0 for no rows, NULL for a NULL; 22023 for another number';

CREATE FUNCTION mlops.value_count(state mlops.delinquency) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_value_count';
COMMENT ON FUNCTION mlops.value_count(mlops.delinquency) IS
	'Number of rows that count';

CREATE FUNCTION mlops.null_count(state mlops.delinquency) RETURNS int8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_delinquency_null_count';
COMMENT ON FUNCTION mlops.null_count(mlops.delinquency) IS
	'Number of rows that were left out because days_past_due or ts is NULL';
