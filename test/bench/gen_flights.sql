-- Rows of flights that are late or not: 8 predictors, about one in five positive, half of the
-- variance noise.  Read by the benchmarks; n_rows to learn from and n_test_rows are psql variables.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS mlops;
DROP TABLE IF EXISTS bench_flight, bench_flight_train, bench_flight_test;
CREATE TABLE bench_flight AS
SELECT f.*, (mlops._uniform(i, 9, 1) < 1 / (1 + exp(2.3 - 0.0012 * (deptime - 900) - 0.9 * sin(carrier * 1.7)
	- 0.8 * sin(origin * 0.37) - 0.6 * cos(dest * 0.23) - 0.3 * sin(month * 0.52) - 0.4 * (weekday IN (4, 5))::int)))::int AS late
FROM (SELECT i, floor(mlops._uniform(i, 1, 1) * 12) + 1 AS month, floor(mlops._uniform(i, 2, 1) * 31) + 1 AS day,
		floor(mlops._uniform(i, 3, 1) * 7) + 1 AS weekday, floor(mlops._uniform(i, 4, 1) * 1440) AS deptime,
		floor(mlops._uniform(i, 5, 1) * 22) AS carrier, floor(mlops._uniform(i, 6, 1) * 290) AS origin,
		floor(mlops._uniform(i, 7, 1) * 290) AS dest, floor(mlops._uniform(i, 8, 1) * 2800) + 100 AS distance
	FROM generate_series(1, :n_rows + :n_test_rows) AS i) AS f;
CREATE TABLE bench_flight_train AS SELECT month, day, weekday, deptime, carrier, origin, dest, distance, late
	FROM bench_flight WHERE i <= :n_rows;
CREATE TABLE bench_flight_test AS SELECT month, day, weekday, deptime, carrier, origin, dest, distance, late
	FROM bench_flight WHERE i > :n_rows;
ANALYZE bench_flight, bench_flight_train, bench_flight_test;
