-- Rows of loans that went bad or not: the five predictors of create_loan_features, about one in fifty
-- positive.  No NULL, so that every peer can read them.  Read by the benchmarks; n_rows to learn from
-- and n_test_rows are psql variables.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS mlops;
DROP TABLE IF EXISTS bench_loan, bench_loan_train, bench_loan_test;
CREATE TABLE bench_loan AS
SELECT f.*, (mlops._uniform(i, 9, 2) < 1 / (1 + exp(4.0 + 0.05 * (age - 40) + 0.3 * flag_own_car
	+ 0.08 * least(years_on_the_job, 15) - 0.5 * sin(avg_amount_loans_previous / 70000)
	- 0.35 * least(nb_previous_loans, 4) * (age < 35)::int)))::int AS bad
FROM (SELECT i, nb_previous_loans,
		-- the mean of so many amounts in steps of a hundred
		CASE WHEN nb_previous_loans = 0 THEN 0
			ELSE round((200 + 4800 * mlops._uniform(i, 2, 2) ^ 2) * nb_previous_loans) * 100 / nb_previous_loans
			END AS avg_amount_loans_previous,
		age, least(floor(-7 * ln(1 - mlops._uniform(i, 4, 2))), age - 18) AS years_on_the_job,
		floor(mlops._uniform(i, 5, 2) + 0.4) AS flag_own_car
	FROM (SELECT i, floor(-3 * ln(1 - mlops._uniform(i, 1, 2))) AS nb_previous_loans,
			floor(21 + 47 * mlops._uniform(i, 3, 2)) AS age
		FROM generate_series(1, :n_rows + :n_test_rows) AS i) AS d) AS f;
CREATE TABLE bench_loan_train AS SELECT nb_previous_loans, avg_amount_loans_previous, age, years_on_the_job,
	flag_own_car, bad FROM bench_loan WHERE i <= :n_rows;
CREATE TABLE bench_loan_test AS SELECT nb_previous_loans, avg_amount_loans_previous, age, years_on_the_job,
	flag_own_car, bad FROM bench_loan WHERE i > :n_rows;
ANALYZE bench_loan, bench_loan_train, bench_loan_test;
