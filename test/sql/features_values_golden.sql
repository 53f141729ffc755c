-- Values and categories give what Counter, rational numbers and scipy give (test/oracle/values.py): shares to the last
-- bit, logarithms within 1e-14.
\pset null NULL
CREATE TEMP TABLE golden_row ("group" int, value int, weight float8, label bool);
\copy golden_row FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/values_rows.csv"' WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE golden ("group" int, nats float8, bits float8, concentration float8, weighted float8, n_distinct int8,
	most_common int, top_values int[], woe float8[], information float8);
\copy golden FROM PROGRAM 'cat "$PG_ABS_SRCDIR/data/values_answers.csv"' WITH (FORMAT csv, HEADER)

CREATE FUNCTION pg_temp.is_near(a float8, b float8) RETURNS bool LANGUAGE sql AS
	$$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-14 * abs(b), false) $$;
CREATE TEMP TABLE found AS
SELECT "group", mlops.entropy(value) AS nats, mlops.entropy(value, 2) AS bits, mlops.concentration_index(value) AS concentration,
	mlops.concentration_index(value, weight) AS weighted, mlops.distinct_count(value) AS n_distinct, mlops.most_common(value),
	mlops.top_values(value, 3), mlops.woe_agg(value::text, label) AS s
FROM golden_row GROUP BY "group";
SELECT count(*) AS groups, count(*) FILTER (WHERE pg_temp.is_near(f.nats, g.nats)) AS nats, count(*) FILTER (WHERE pg_temp.is_near(f.bits, g.bits)) AS bits,
	count(*) FILTER (WHERE f.concentration IS NOT DISTINCT FROM g.concentration) AS concentration,
	count(*) FILTER (WHERE pg_temp.is_near(f.weighted, g.weighted)) AS weighted,
	count(*) FILTER (WHERE f.n_distinct = g.n_distinct) AS n_distinct,
	count(*) FILTER (WHERE f.most_common IS NOT DISTINCT FROM g.most_common) AS most_common,
	count(*) FILTER (WHERE f.top_values IS NOT DISTINCT FROM g.top_values) AS top_values
FROM golden AS g JOIN found AS f USING ("group");
SELECT count(*) AS groups, count(mlops.information_value(s)) AS two_classes,
	count(*) FILTER (WHERE pg_temp.is_near(mlops.information_value(s), g.information)) AS information,
	sum(t.n) AS bins, sum(t.n_same) AS same
FROM golden AS g JOIN found AS f USING ("group"), LATERAL (
	SELECT count(*) AS n, count(*) FILTER (WHERE t.woe IS NOT DISTINCT FROM g.woe[t.ordinality] OR abs(t.woe - g.woe[t.ordinality]) <= 1e-14 * greatest(1, abs(t.woe))) AS n_same
	FROM mlops.woe_table(f.s) WITH ORDINALITY AS t) AS t;
