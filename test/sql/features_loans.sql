-- The five features of a loan are what was known before it; each mode is exact, bad calls name what
-- is wrong, and the generated loans are the same for the same seed.
\pset null NULL
\set SHOW_CONTEXT never
SET datestyle = ISO;

CREATE TABLE loan (loan_id int, id int, loan_date date, status int, loan_amount float8, birthday date,
	job_start_date date, flag_own_car text);
INSERT INTO loan VALUES
	-- one user: two loans on one day, a birthday between, a job that starts on the day of a loan
	(3, 1, '2019-05-20', 0, 100, '1960-02-29', '2019-06-01', 'Y'),
	(1, 1, '2020-02-28', 0, 300, '1960-02-29', '2019-06-01', 'Y'),
	(2, 1, '2020-02-28', 1, 200, '1960-02-29', '2019-06-01', 'Y'),
	(4, 1, '2020-06-01', 0, 900, '1960-02-29', '2019-06-01', 'Y'),
	-- no job, no car, and a flag that nobody knows
	(5, 2, '2020-01-01', 0, 100, '1990-01-01', '3021-09-18', 'N'),
	(6, 3, '2020-01-01', 0, 100, NULL, NULL, NULL),
	(7, 4, '2020-01-01', 0, NULL, '1990-01-01', '2020-01-01', '?'),
	(8, 4, '2020-01-02', 0, NULL, '1990-01-01', '2020-01-03', '?');

SELECT mlops.create_loan_features('loan');
SELECT * FROM loan_features ORDER BY id, loan_date, loan_id;
SELECT mlops.create_loan_features('loan', 'last_loan', latest => true);
SELECT loan_id, id, nb_previous_loans, avg_amount_loans_previous FROM last_loan ORDER BY id;
-- as published: by row, at a fixed date, days divided by 365
SELECT mlops.create_loan_features('loan', 'published', tie_mode => 'row', as_of => '2022-02-15', year_mode => 'days365');
SELECT loan_id, nb_previous_loans, avg_amount_loans_previous, age, years_on_the_job, flag_own_car
FROM published ORDER BY id, loan_date, loan_id;
-- at a date before a job, days are floored as in the reference, years are unknown
SELECT mlops.create_loan_features('loan', 'early365', as_of => '2019-05-31', year_mode => 'days365'),
	mlops.create_loan_features('loan', 'early', as_of => '2019-05-31');
SELECT a.loan_id, a.years_on_the_job AS days365, b.years_on_the_job AS calendar
FROM early365 AS a JOIN early AS b USING (loan_id) WHERE loan_id IN (3, 5) ORDER BY loan_id;
SELECT obj_description('published'::regclass), obj_description('last_loan'::regclass);

-- one user's features come from an index on (id, loan_date, loan_id)
CREATE INDEX ON loan (id, loan_date, loan_id);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM loan_features WHERE id = 1 ORDER BY loan_date DESC, loan_id DESC LIMIT 1;
RESET enable_seqscan;

-- names are quoted, a schema may be given, the caller's rights count
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."the loans" AS TABLE loan;
SELECT mlops.create_loan_features('"Odd"."the loans"', '"its features"');
SELECT mlops.create_loan_features('"Odd"."the loans"', 'public.elsewhere');
SELECT count(*) FROM "Odd"."its features";
CREATE ROLE regress_mlops_nobody;
GRANT SELECT ON loan_features TO regress_mlops_nobody;
SET ROLE regress_mlops_nobody;
SELECT count(*) FROM loan_features;
RESET ROLE;

SELECT mlops.create_loan_features('loan', 'x', tie_mode => 'rank');
\echo :SQLSTATE
SELECT mlops.create_loan_features('loan', 'x', year_mode => NULL);
\echo :SQLSTATE
SELECT mlops.create_loan_features('loan', NULL);
\echo :SQLSTATE
SELECT mlops.create_loan_features(NULL);
\echo :SQLSTATE
SELECT mlops.create_loan_features('pg_class', 'x');
\echo :SQLSTATE
SELECT mlops.generate_loans(0);
\echo :SQLSTATE
SELECT mlops.generate_loans(NULL);
\echo :SQLSTATE
SELECT mlops.generate_loans(10, NULL);
\echo :SQLSTATE
SELECT mlops.create_loan_features('loan');
\echo :SQLSTATE
SELECT mlops.create_loan_features('no_such_loans');
\echo :SQLSTATE
SELECT mlops.create_loan_features('loan', 'a.b.c');
\echo :SQLSTATE

-- generated loans
SELECT count(*), count(DISTINCT g.loan_id), count(DISTINCT g.id), avg(g.status) BETWEEN 0.15 AND 0.3 AS some_default,
	bool_and(g.loan_date BETWEEN '2019-01-01' AND '2020-12-30') AS dates, bool_and(g.loan_amount >= 100) AS amounts,
	bool_and(mlops.full_years(g.birthday, g.loan_date) BETWEEN 18 AND 68) AS ages,
	bool_and((g.job_start_date = '3021-09-18') = (g.days_employed = 365243)) AS jobs
FROM mlops.generate_loans(5000) AS g;
SELECT hashtext(string_agg(g::text, ';')) = hashtext(string_agg(h::text, ';')) AS same_seed,
	count(*) FILTER (WHERE g = i) AS same_rows_of_another_seed
FROM mlops.generate_loans(500, 3) WITH ORDINALITY AS g
	JOIN mlops.generate_loans(500, 3) WITH ORDINALITY AS h USING (ordinality)
	JOIN mlops.generate_loans(500, 4) WITH ORDINALITY AS i USING (ordinality);
SELECT count(*) FROM mlops.generate_loans(1);
-- a file of real loans has these columns in this order
SELECT string_agg(a.name, ',' ORDER BY a.ordinality) FROM pg_proc AS p,
	unnest(p.proargnames[3:]) WITH ORDINALITY AS a (name, ordinality)
WHERE p.oid = 'mlops.generate_loans'::regproc;

-- generated payments: instalments of these very loans in months that follow one another, as of one day; the worse loans are the later ones
CREATE TEMP TABLE payment AS SELECT p.*, g.status, g.loan_date, g.id AS owner FROM mlops.generate_payments(2000, 3) WITH ORDINALITY AS p LEFT JOIN mlops.generate_loans(2000, 3) AS g USING (loan_id);
SELECT count(*) > 20000 AS many, count(DISTINCT loan_id) AS loans, bool_and(id = owner) AS owners, count(*) - count(DISTINCT payment_id) AS doubles, bool_and(due_date = (loan_date + make_interval(months => instalment))::date AND due_date <= '2021-09-18') AS months,
	bool_and(days_past_due = greatest(coalesce(paid_date, date '2021-09-18') - due_date, 0) AND coalesce(paid_date, '2021-09-18') <= '2021-09-18') AS days FROM payment;
SELECT count(*) AS loans, bool_and(n = last AND n BETWEEN 6 AND 24) AS complete, bool_and(amounts = 1) AS one_amount FROM (SELECT count(*) AS n, max(instalment) AS last, count(DISTINCT amount) AS amounts FROM payment GROUP BY loan_id) AS q;
SELECT status, round(avg((days_past_due = 0)::int), 1) AS on_time, round(avg((days_past_due >= 30)::int), 2) AS late, round(avg((paid_date IS NULL)::int), 2) AS unpaid FROM payment GROUP BY status ORDER BY status;
SELECT count(*) = count(*) FILTER (WHERE ordinality = place) AS in_order FROM (SELECT ordinality, row_number() OVER (ORDER BY due_date, loan_id, instalment) AS place FROM payment) AS q;
-- the same everywhere
SELECT md5(string_agg(concat_ws(',', payment_id, id, due_date, paid_date, amount, days_past_due), ';' ORDER BY payment_id)) FROM mlops.generate_payments(200, 3);
SELECT mlops.generate_payments(0);
\echo :SQLSTATE
SELECT mlops.generate_payments(10, NULL);
\echo :SQLSTATE

DROP SCHEMA "Odd" CASCADE;
DROP TABLE loan CASCADE;
DROP ROLE regress_mlops_nobody;
