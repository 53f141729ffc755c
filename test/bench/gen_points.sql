-- Rows of numbers and a label that ten of them decide, four in ten positive.  Read by the benchmarks of
-- prediction; n_rows to learn from and n_test_rows are psql variables, n_features (default 10) and seed
-- (default 1) may be.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS mlops;
DROP TABLE IF EXISTS bench_point CASCADE;
\if :{?n_features}
\else
\set n_features 10
\endif
\if :{?seed}
\else
\set seed 1
\endif
SELECT string_agg(format('2 * mlops._uniform(i, %1$s, %2$s) - 1 AS x%1$s', k, :seed), ', ') AS drawn,
	string_agg('x' || k, ', ') AS names
FROM generate_series(1, :n_features) AS k \gset
CREATE TABLE bench_point AS
SELECT f.*, (mlops._uniform(i, 99, :seed) < 1 / (1 + exp(-(3 * x1 * x2 + x3 - x4 + 1.5 * sin(4 * x5) + abs(x6) - x7 * x8 + x9 * x10 - 1))))::int AS late
FROM (SELECT i, :drawn FROM generate_series(1, :n_rows + :n_test_rows) AS i) AS f;
ALTER TABLE bench_point ADD PRIMARY KEY (i);
CREATE VIEW bench_point_train AS SELECT :names, late FROM bench_point WHERE i <= :n_rows;
CREATE VIEW bench_point_test AS SELECT :names, late FROM bench_point WHERE i > :n_rows;
VACUUM (ANALYZE) bench_point;
