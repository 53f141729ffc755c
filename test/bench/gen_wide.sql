-- Rows of 28 numbers and a label that eight of them decide, half of all positive.  Read by the
-- benchmarks; n_rows to learn from and n_test_rows are psql variables.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS mlops;
DROP TABLE IF EXISTS bench_wide, bench_wide_train, bench_wide_test;
SELECT string_agg(format('mlops._uniform(i, %1$s, 3) + mlops._uniform(i, %2$s, 3) - 1 AS x%1$s', k, k + 100), ', ') AS drawn,
	string_agg('x' || k, ', ') AS names
FROM generate_series(1, 28) AS k \gset
CREATE TABLE bench_wide AS
SELECT f.*, (mlops._uniform(i, 99, 3) < 1 / (1 + exp(-(2 * x1 * x2 + x3 - x4 + 1.5 * sin(4 * x5) + abs(x6) - x7 * x8 - 0.3))))::int AS late
FROM (SELECT i, :drawn FROM generate_series(1, :n_rows + :n_test_rows) AS i) AS f;
CREATE TABLE bench_wide_train AS SELECT :names, late FROM bench_wide WHERE i <= :n_rows;
CREATE TABLE bench_wide_test AS SELECT :names, late FROM bench_wide WHERE i > :n_rows;
ANALYZE bench_wide, bench_wide_train, bench_wide_test;
