-- Whether an aggregate gives the same bits however its rows are divided: a hundred thousand random
-- frames, each answered by the plain aggregate, by a sliding frame, by 2 workers or 4, by partial
-- aggregation of partitions, and from tiles.
--
--	SELECT * FROM same_bits.check(ARRAY[ARRAY['count', 'count(x)', 'int8send(%s)']]);
--	SELECT * FROM same_bits.check_tiles(ARRAY[ARRAY['stats_agg', 'mlops.stats_agg(x)', 'mlops._stats1d_send(%s)']]);
--
-- A call is any aggregate call over the columns of same_bits.payment, with FILTER if it has one; its
-- result is compared as the bytes that the second text makes of it.  Frames are rows of pos
-- first_pos .. last_pos as the server's first_value and last_value say, without those that EXCLUDE
-- takes out: nothing of an aggregate is used to find them.
CREATE SCHEMA same_bits;

-- Payments of 12 users: days with ties and gaps, a tenth of each column NULL.
--	 x  zeros of both signs, subnormals, magnitudes 1e-15 .. 1e15, integers, and 8.9e307 whose
--	    sign alternates, so that two runs of neighbours sum up to something float8 can hold
--	 y  as x without the last, z as x with NaN and infinities, w from 0, n integers
CREATE TABLE same_bits.payment AS
WITH drawn AS (
	SELECT i AS id, (12 * mlops._uniform(i, 1, 5) ^ 2)::int AS who,
		(mlops._uniform(i, 2, 5) * 250)::int + 2000 * (mlops._uniform(i, 3, 5) * 5)::int AS day,
		mlops._uniform(i, 4, 5) AS kind, CASE WHEN mlops._uniform(i, 5, 5) < 0.5 THEN -1.0 ELSE 1.0 END::float8 AS sign,
		mlops._uniform(i, 6, 5) AS size, mlops._uniform(i, 7, 5) AS u, mlops._uniform(i, 8, 5) AS v
	FROM generate_series(1, 4300) AS i
), placed AS (
	SELECT row_number() OVER (ORDER BY who, day, id)::int AS pos, d.*,
		CASE WHEN row_number() OVER (PARTITION BY kind BETWEEN 0.1 AND 0.13 ORDER BY who, day, id) % 2 = 0
			THEN float8 '8.9e307' ELSE float8 '-8.9e307' END AS huge,
		CASE WHEN kind < 0.2 THEN sign * 0.0
			WHEN kind < 0.25 THEN sign * (size * 1e6)::int * float8 '4.94065645841247e-324'
			WHEN kind < 0.4 THEN (size * 40)::int - 20
			ELSE sign * (1 + u) * 10.0::float8 ^ (size * 30 - 15)::int END AS number
	FROM drawn AS d
)
SELECT pos, who, day, id, min(pos) OVER same AS peer_first, max(pos) OVER same AS peer_last,
	CASE WHEN kind < 0.1 THEN NULL WHEN kind < 0.13 THEN huge ELSE number END AS x,
	CASE WHEN v >= 0.1 THEN number END AS y,
	CASE WHEN kind < 0.1 THEN NULL WHEN u < 0.9 THEN CASE WHEN kind < 0.13 THEN huge ELSE number END WHEN u < 0.93 THEN 'NaN' WHEN u < 0.97 THEN 'Infinity' ELSE '-Infinity' END::float8 AS z,
	CASE WHEN u >= 0.1 THEN CASE WHEN v < 0.2 THEN 0 ELSE round((v * 8)::numeric, 3) END END::float8 AS w,
	CASE WHEN u >= 0.1 THEN (size * 1000)::int8 END AS n,
	CASE WHEN v < 0.9 THEN sign > 0 END AS flag,
	CASE WHEN size >= 0.1 THEN (ARRAY['rent', 'food', 'car', 'books', ''])[1 + (u * u * 5)::int % 5] END AS shop,
	CASE WHEN u < 0.9 THEN timestamptz '2025-01-01 00:00+00' + day * interval '1 hour' + id * interval '1 microsecond' END AS ts
FROM placed WINDOW same AS (PARTITION BY who, day);
ALTER TABLE same_bits.payment ADD PRIMARY KEY (pos);
ANALYZE same_bits.payment;

-- Windows; of the long ones, over which carries pile up, only some rows are compared.
CREATE TABLE same_bits.clause (clause int GENERATED ALWAYS AS IDENTITY, sorting text, frame text, exclusion text, every int);
INSERT INTO same_bits.clause (sorting, frame, exclusion, every)
SELECT 'PARTITION BY who ORDER BY day, id', 'ROWS BETWEEN ' || frame, 'NO OTHERS', 1 FROM unnest(ARRAY[
	'6 PRECEDING AND CURRENT ROW', 'CURRENT ROW AND 4 FOLLOWING', '3 PRECEDING AND 3 FOLLOWING', '9 PRECEDING AND 2 PRECEDING',
	'2 FOLLOWING AND 8 FOLLOWING', '0 PRECEDING AND 0 FOLLOWING', '17 PRECEDING AND 1 FOLLOWING', '40 PRECEDING AND 37 PRECEDING']) AS frame
UNION ALL SELECT 'PARTITION BY who ORDER BY day', 'RANGE BETWEEN ' || frame, 'NO OTHERS', 1 FROM unnest(ARRAY[
	'20 PRECEDING AND CURRENT ROW', '15 PRECEDING AND 1 PRECEDING', 'CURRENT ROW AND 10 FOLLOWING', '40 PRECEDING AND 25 PRECEDING',
	'1 FOLLOWING AND 12 FOLLOWING', '1995 PRECEDING AND 1985 PRECEDING']) AS frame
UNION ALL SELECT 'PARTITION BY who ORDER BY day', 'GROUPS BETWEEN ' || frame, 'NO OTHERS', 1 FROM unnest(ARRAY[
	'4 PRECEDING AND CURRENT ROW', '5 PRECEDING AND 2 PRECEDING', '1 PRECEDING AND 2 FOLLOWING', '2 FOLLOWING AND 6 FOLLOWING',
	'3 PRECEDING AND 3 PRECEDING']) AS frame
UNION ALL VALUES ('PARTITION BY who ORDER BY day, id', 'ROWS BETWEEN 6 PRECEDING AND 2 FOLLOWING', 'CURRENT ROW', 1),
	('PARTITION BY who ORDER BY day', 'RANGE BETWEEN 15 PRECEDING AND 5 FOLLOWING', 'GROUP', 1),
	('PARTITION BY who ORDER BY day', 'GROUPS BETWEEN 2 PRECEDING AND 2 FOLLOWING', 'TIES', 1),
	('PARTITION BY who ORDER BY day DESC', 'RANGE BETWEEN 18 PRECEDING AND CURRENT ROW', 'NO OTHERS', 1),
	('PARTITION BY who ORDER BY day DESC, id DESC', 'ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING', 'NO OTHERS', 1),
	('ORDER BY who, day, id', 'ROWS BETWEEN 3000 PRECEDING AND 200 PRECEDING', 'NO OTHERS', 200),
	('PARTITION BY who > 0 ORDER BY who, day, id', 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', 'NO OTHERS', 200),
	('PARTITION BY who > 0 ORDER BY who, day, id', 'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'NO OTHERS', 200);

-- The rows of each frame.  A peer group of RANGE and GROUPS is in a frame as a whole, so its ends are
-- those of the groups at the frame's ends, in whatever order peers were read.
CREATE TABLE same_bits.frame (frame int PRIMARY KEY, clause int, pos int, first_pos int, last_pos int);
CREATE FUNCTION same_bits.find_frames(c same_bits.clause) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($sql$
		INSERT INTO same_bits.frame SELECT f.* FROM (
			SELECT %s * 10000 + pos, %1$s, pos, least(first_value(%2$s) OVER w, last_value(%2$s) OVER w),
				greatest(first_value(%3$s) OVER w, last_value(%3$s) OVER w)
			FROM same_bits.payment WINDOW w AS (%4$s %5$s)) AS f (frame, clause, pos) WHERE f.pos %% %6$s = 0 $sql$,
		c.clause, CASE WHEN c.frame LIKE 'ROWS%' THEN 'pos' ELSE 'peer_first' END,
		CASE WHEN c.frame LIKE 'ROWS%' THEN 'pos' ELSE 'peer_last' END, c.sorting, c.frame, c.every);
END
$$;
SELECT count(same_bits.find_frames(c)) AS clauses FROM same_bits.clause AS c;

CREATE UNLOGGED TABLE same_bits.pair (frame int, tile int, is_even bool, LIKE same_bits.payment) PARTITION BY LIST (tile);
SELECT format('CREATE UNLOGGED TABLE same_bits.pair_%s PARTITION OF same_bits.pair FOR VALUES IN (%1$s)', tile)
FROM generate_series(0, 1) AS tile \gexec
ANALYZE same_bits.frame;
INSERT INTO same_bits.pair
SELECT f.frame, (p.id + f.pos) % 2, f.frame % 2 = 0, p.* FROM same_bits.frame AS f
	JOIN same_bits.clause AS c USING (clause)
	JOIN same_bits.payment AS cur ON cur.pos = f.pos
	JOIN same_bits.payment AS p ON p.pos BETWEEN f.first_pos AND f.last_pos AND CASE c.exclusion
		WHEN 'NO OTHERS' THEN true WHEN 'CURRENT ROW' THEN p.pos <> cur.pos WHEN 'GROUP' THEN p.day <> cur.day
		WHEN 'TIES' THEN p.day <> cur.day OR p.pos = cur.pos END
ORDER BY f.frame;
-- few groups make partial aggregation look cheap, so that the planner takes it
ALTER TABLE same_bits.pair ALTER frame SET (n_distinct_inherited = 1000);
SELECT format('ALTER TABLE same_bits.pair_%s ALTER frame SET (n_distinct = 1000)', tile) FROM generate_series(0, 1) AS tile \gexec
VACUUM ANALYZE same_bits.pair, same_bits.frame, same_bits.payment;

-- Result columns of calls {name, call, send}: r1, r2 ..
CREATE FUNCTION same_bits.columns(calls text[], over_clause text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format(calls[i][3], calls[i][2] || over_clause) || ' AS r' || i, ', ' ORDER BY i)
	FROM generate_subscripts(calls, 1) AS i
$$;

CREATE FUNCTION same_bits.answer_moving(calls text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c same_bits.clause;
BEGIN
	PERFORM set_config('jit', 'off', true);
	FOR c IN SELECT * FROM same_bits.clause ORDER BY clause LOOP
		EXECUTE format($sql$ %s SELECT * FROM (SELECT %s * 10000 + pos AS frame, %s FROM same_bits.payment WINDOW w AS (%s %s %s)) AS t
			WHERE frame %% %s = 0 $sql$,
			CASE WHEN c.clause = 1 THEN 'CREATE TEMP TABLE moving AS' ELSE 'INSERT INTO moving' END,
			c.clause, same_bits.columns(calls, ' OVER w'), c.sorting, c.frame,
			CASE c.exclusion WHEN 'NO OTHERS' THEN '' ELSE 'EXCLUDE ' || c.exclusion END, c.every);
	END LOOP;
END
$$;

-- Answers of GROUP BY frame, under a plan that must be the one that is meant.
CREATE FUNCTION same_bits.answer_grouped(calls text[], name text, workers int, by_partition bool, chosen text DEFAULT 'true') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	query text := format('SELECT frame, %s FROM same_bits.pair WHERE %s GROUP BY frame', same_bits.columns(calls, ''), chosen);
	plan text := '';
	line text;
BEGIN
	PERFORM set_config(s.setting, s.value, true) FROM (VALUES
		('max_parallel_workers_per_gather', workers::text), ('enable_partitionwise_aggregate', by_partition::text),
		('parallel_setup_cost', '0'), ('parallel_tuple_cost', '0'), ('min_parallel_table_scan_size', '0'),
		-- the states of a hash table would all be in memory at once
		('enable_hashagg', 'off'), ('work_mem', '128MB'), ('jit', 'off')) AS s (setting, value);
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	IF (workers > 0 OR by_partition) <> (plan LIKE '%Partial GroupAggregate%')
		OR workers > 0 AND plan NOT LIKE format('%%Workers Planned: %s%%', workers) OR workers = 0 AND plan LIKE '%Gather%' THEN
		RAISE EXCEPTION E'not the plan of "%":\n%', name, plan;
	END IF;
	EXECUTE format('CREATE TEMP TABLE %I AS %s', name, query);
END
$$;

-- Workers that a parallel plan really got.
CREATE FUNCTION same_bits.launched(workers int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	line text;
	launched int := 0;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true), set_config('parallel_setup_cost', '0', true),
		set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '0', true);
	FOR line IN EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT count(x) FROM same_bits.pair LOOP
		launched := coalesce(substring(line FROM 'Workers Launched: (\d+)')::int, launched);
	END LOOP;
	RETURN launched;
END
$$;

-- Names of the aggregates that were checked.
CREATE TABLE same_bits.checked (aggregate text);

-- Frames, and in how many the answers differ from those of the plain aggregate.
CREATE FUNCTION same_bits.check(calls text[])
RETURNS TABLE (aggregate text, frames bigint, empty bigint, moving bigint, workers_2 bigint, workers_4 bigint, partition_wise bigint)
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO same_bits.checked SELECT substring(calls[i][2] FROM 'mlops\.(\w+)\(') FROM generate_subscripts(calls, 1) AS i;
	PERFORM same_bits.answer_moving(calls);
	PERFORM same_bits.answer_grouped(calls, 'plain', 0, false);
	PERFORM same_bits.answer_grouped(calls, 'workers_2', 2, false, 'is_even');
	PERFORM same_bits.answer_grouped(calls, 'workers_4', 4, false, 'NOT is_even');
	PERFORM same_bits.answer_grouped(calls, 'by_partition', 0, true);
	EXECUTE format('CREATE TEMP TABLE nothing AS SELECT %s FROM same_bits.payment WHERE false', same_bits.columns(calls, ''));
	FOR i IN 1 .. array_length(calls, 1) LOOP
		RETURN QUERY EXECUTE format($sql$
			SELECT %L, count(m.frame), count(*) FILTER (WHERE p.frame IS NULL),
				count(*) FILTER (WHERE m.frame IS NULL OR m.r%2$s IS DISTINCT FROM CASE WHEN p.frame IS NULL THEN e.r%2$s ELSE p.r%2$s END),
				count(*) FILTER (WHERE p.frame %% 2 = 0 AND p.r%2$s IS DISTINCT FROM p2.r%2$s),
				count(*) FILTER (WHERE p.frame %% 2 = 1 AND p.r%2$s IS DISTINCT FROM p4.r%2$s),
				count(*) FILTER (WHERE p.r%2$s IS DISTINCT FROM pw.r%2$s)
			FROM nothing AS e, moving AS m FULL JOIN plain AS p USING (frame) FULL JOIN workers_2 AS p2 USING (frame)
				FULL JOIN workers_4 AS p4 USING (frame) FULL JOIN by_partition AS pw USING (frame) $sql$, calls[i][1], i);
	END LOOP;
	DROP TABLE moving, plain, workers_2, workers_4, by_partition, nothing;
END
$$;

-- The same for tiles that were stored, as bytes and, of one frame in 16, as text, and rolled up.
CREATE FUNCTION same_bits.check_tiles(calls text[])
RETURNS TABLE (aggregate text, frames bigint, from_bytes bigint, from_text bigint) LANGUAGE plpgsql AS $$
DECLARE
	states text := (SELECT string_agg(format('%s AS s%s', calls[i][2], i), ', ') FROM generate_subscripts(calls, 1) AS i);
	rolled text[];
	read text[];
	type regtype;
BEGIN
	PERFORM set_config('enable_hashagg', 'off', true), set_config('work_mem', '128MB', true);
	EXECUTE format('CREATE TEMP TABLE stored AS SELECT frame, %s FROM same_bits.pair GROUP BY frame, tile', states);
	FOR i IN 1 .. array_length(calls, 1) LOOP
		SELECT atttypid INTO type FROM pg_attribute WHERE attrelid = 'stored'::regclass AND attname = 's' || i;
		rolled := rolled || ARRAY[ARRAY['', format('mlops.rollup(s%s)', i), calls[i][3]]];
		read := read || ARRAY[ARRAY['', format('mlops.rollup(s%s::text::%s)', i, type), calls[i][3]]];
	END LOOP;
	EXECUTE format('CREATE TEMP TABLE plain AS SELECT frame, %s FROM same_bits.pair GROUP BY frame', same_bits.columns(calls, ''));
	EXECUTE format('CREATE TEMP TABLE of_bytes AS SELECT frame, %s FROM stored GROUP BY frame', same_bits.columns(rolled, ''));
	EXECUTE format('CREATE TEMP TABLE of_text AS SELECT frame, %s FROM stored WHERE frame %% 16 = 0 GROUP BY frame', same_bits.columns(read, ''));
	FOR i IN 1 .. array_length(calls, 1) LOOP
		RETURN QUERY EXECUTE format($sql$
			SELECT %L, count(p.frame), count(*) FILTER (WHERE p.r%2$s IS DISTINCT FROM b.r%2$s), count(*) FILTER (WHERE p.frame %% 16 = 0 AND p.r%2$s IS DISTINCT FROM t.r%2$s)
			FROM plain AS p FULL JOIN of_bytes AS b USING (frame) FULL JOIN of_text AS t USING (frame) $sql$, calls[i][1], i);
	END LOOP;
	DROP TABLE stored, plain, of_bytes, of_text;
END
$$;
