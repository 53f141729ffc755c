-- Feature store: the five features of a loan table, as a view, and a table of loans to try them on.

-- Refuses (42703) a relation that lacks a column of a loan, all missing ones at once.
CREATE FUNCTION mlops._check_loan_columns(loans regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	missing text;
BEGIN
	SELECT string_agg('"' || wanted.name || '"', ', ' ORDER BY wanted.ordinality) INTO missing
	FROM unnest('{loan_id,id,loan_date,status,loan_amount,birthday,job_start_date,flag_own_car}'::text[])
		WITH ORDINALITY AS wanted (name, ordinality)
	WHERE NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = loans AND a.attname = wanted.name AND a.attnum > 0 AND NOT a.attisdropped);
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'relation "%" has no column %', loans, missing
			USING ERRCODE = '42703',
				HINT = 'A loan table has loan_id, id, loan_date, status, loan_amount, birthday, job_start_date, flag_own_car; give others these names in a view.';
	END IF;
END
$$;
COMMENT ON FUNCTION mlops._check_loan_columns(regclass) IS
	'Refuses (42703) a relation without the columns that the loan features need';

-- A word of a closed list.
CREATE FUNCTION mlops._check_choice(argument text, word text, choices text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF word IS NULL OR word <> ALL (choices) THEN
		RAISE EXCEPTION '% must be %, not %', argument, array_to_string(choices, ' or '),
			coalesce(quote_literal(word), 'NULL')
			USING ERRCODE = '22023';
	END IF;
END
$$;
COMMENT ON FUNCTION mlops._check_choice(text, text, text[]) IS 'Refuses (22023) a word that is not in a list; NULL is none';

-- Whole years between two dates, in the words of the view: as the calendar counts, or by the
-- published formula, days divided by 365, which knows no date after 2262-04-11.
CREATE FUNCTION mlops._years_expression(year_mode text, from_date text, to_date text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE year_mode
		WHEN 'calendar' THEN format('mlops.full_years(%s, %s)', from_date, to_date)
		ELSE format('CASE WHEN %1$s <= date ''2262-04-11'' THEN floor((%2$s - %1$s) / 365.0)::int END',
			from_date, to_date)
		END
$$;
COMMENT ON FUNCTION mlops._years_expression(text, text, text) IS
	'SQL text of the whole years between two date expressions, by year_mode';

CREATE FUNCTION mlops.create_loan_features(loans regclass, view_name text DEFAULT 'loan_features',
	tie_mode text DEFAULT 'strict', as_of date DEFAULT NULL, year_mode text DEFAULT 'calendar',
	latest bool DEFAULT false) RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema_name constant text := (SELECT n.nspname FROM pg_class AS c
		JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = loans);
	source constant text := (SELECT format('%I.%I', schema_name, c.relname) FROM pg_class AS c WHERE c.oid = loans);
	parts constant text[] := parse_ident(view_name);
	view_path text;
	moment constant text := CASE WHEN as_of IS NULL THEN 'l.loan_date' ELSE format('%L::date', as_of) END;
	prior_window constant text := 'PARTITION BY l.id ORDER BY l.loan_date'
		|| CASE tie_mode WHEN 'row' THEN ', l.loan_id' ELSE '' END;
BEGIN
	IF loans IS NULL OR view_name IS NULL OR latest IS NULL THEN
		RAISE EXCEPTION 'loans, view_name and latest must not be NULL' USING ERRCODE = '22023';
	END IF;
	PERFORM mlops._check_choice('tie_mode', tie_mode, '{strict,row}');
	PERFORM mlops._check_choice('year_mode', year_mode, '{calendar,days365}');
	PERFORM mlops._check_loan_columns(loans);
	IF cardinality(parts) > 2 THEN
		RAISE EXCEPTION 'view_name must be a name or schema.name, not %', quote_literal(view_name)
			USING ERRCODE = '22023';
	END IF;
	view_path := CASE cardinality(parts) WHEN 1 THEN format('%I.%I', schema_name, parts[1])
		ELSE format('%I.%I', parts[1], parts[2]) END;
	EXECUTE format($view$
CREATE VIEW %1$s WITH (security_invoker) AS
SELECT %2$s l.loan_id, l.id, l.loan_date, l.status,
	mlops.prior_count() OVER prior AS nb_previous_loans,
	mlops.prior_avg(l.loan_amount) OVER prior AS avg_amount_loans_previous,
	%3$s AS age,
	%4$s AS years_on_the_job,
	%5$s AS flag_own_car
FROM %6$s AS l
WINDOW prior AS (%7$s)%8$s$view$,
		view_path,
		CASE WHEN latest THEN 'DISTINCT ON (l.id)' ELSE '' END,
		mlops._years_expression(year_mode, 'l.birthday', moment),
		mlops._years_expression(year_mode, 'l.job_start_date', moment),
		CASE year_mode WHEN 'calendar' THEN $car$CASE l.flag_own_car WHEN 'Y' THEN 1 WHEN 'N' THEN 0 END$car$
			ELSE $car$(l.flag_own_car IS DISTINCT FROM 'N')::int$car$ END,
		source, prior_window,
		CASE WHEN latest THEN E'\nORDER BY l.id, l.loan_date DESC, l.loan_id DESC' ELSE '' END);
	EXECUTE format('COMMENT ON VIEW %s IS %L', view_path,
		format('Loan features of %s: tie_mode %s, as_of %s, year_mode %s; %s', source, tie_mode,
			coalesce(as_of::text, 'the loan'), year_mode,
			CASE WHEN latest THEN 'the last loan of each user' ELSE 'one row per loan' END));
	RETURN view_path::regclass;
END
$$;
COMMENT ON FUNCTION mlops.create_loan_features(regclass, text, text, date, text, bool) IS
	'Creates a view with the five features of each loan (latest: of the last loan of each user) as they were known before it, and returns it; an unqualified name is made in the schema of the loans. Read with the rights of who reads the view. tie_mode strict: loans of the same day do not count for one another, row: they do in the order of loan_id. as_of NULL: age and years on the job at the loan, else at that date. year_mode calendar: NULL for a job that starts later and for a car flag other than Y or N; days365: the published formulas. 42703 for missing columns, 22023 for another mode, NULL or more than schema and name, 42P07 if the view exists';

-- The same number for the same key, on every machine: 0 <= u < 1.
CREATE FUNCTION mlops._uniform(key bigint, salt int, seed bigint) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT (pg_catalog.hashint8extended($1, pg_catalog.hashint8extended($3, $2)) & 9007199254740991)::pg_catalog.float8
		/ 9007199254740992.0::pg_catalog.float8
$$;
COMMENT ON FUNCTION mlops._uniform(bigint, int, bigint) IS
	'A number from 0 to below 1 that depends on the arguments alone; NULL for a NULL';

CREATE FUNCTION mlops._generated_users(n_users int, seed bigint)
RETURNS TABLE (id bigint, code_gender text, flag_own_car text, flag_own_realty text, cnt_children int,
	amt_income_total float8, name_income_type text, name_education_type text, name_family_status text,
	name_housing_type text, is_employed bool, birthday date, job_start_date date, flag_work_phone int,
	flag_phone int, flag_email int, occupation_type text, cnt_fam_members float8, risk float8)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH drawn AS (
		SELECT 5000000 + k AS id, k, mlops._uniform(k, 1, seed) AS u_age, mlops._uniform(k, 2, seed) AS u_job,
			mlops._uniform(k, 3, seed) AS u_income, mlops._uniform(k, 4, seed) AS u_car,
			mlops._uniform(k, 5, seed) AS u_family, mlops._uniform(k, 6, seed) AS u_education,
			mlops._uniform(k, 7, seed) AS u_other
		FROM generate_series(1, n_users) AS k
	), dated AS (
		SELECT d.*, date '2000-03-01' - (d.u_age * 16800)::int AS birthday, d.u_job < 0.84 AS is_employed
		FROM drawn AS d
	)
	SELECT d.id, CASE WHEN d.u_other < 0.67 THEN 'F' ELSE 'M' END,
		CASE WHEN d.u_car < 0.4 THEN 'Y' ELSE 'N' END,
		CASE WHEN mlops._uniform(d.k, 8, seed) < 0.66 THEN 'Y' ELSE 'N' END,
		(3.2 * d.u_family * d.u_family)::int,
		round((27000 + 400000 * d.u_income * d.u_income)::numeric, -2)::float8,
		CASE WHEN NOT d.is_employed THEN 'Pensioner' WHEN d.u_income > 0.75 THEN 'Commercial associate' ELSE 'Working' END,
		CASE WHEN d.u_education < 0.68 THEN 'Secondary / secondary special' WHEN d.u_education < 0.95 THEN 'Higher education'
			ELSE 'Incomplete higher' END,
		CASE WHEN d.u_family > 0.3 THEN 'Married' ELSE 'Single / not married' END,
		CASE WHEN d.u_age < 0.12 THEN 'With parents' ELSE 'House / apartment' END,
		d.is_employed, d.birthday,
		CASE WHEN d.is_employed THEN d.birthday + 6600 + ((date '2020-12-01' - d.birthday - 6600) * d.u_job / 0.84)::int
			ELSE date '3021-09-18' END,
		(mlops._uniform(d.k, 9, seed) < 0.22)::int, (mlops._uniform(d.k, 10, seed) < 0.3)::int,
		(mlops._uniform(d.k, 11, seed) < 0.09)::int,
		CASE WHEN d.is_employed AND d.u_other > 0.2
			THEN ('{Laborers,Core staff,Sales staff,Managers,Drivers,Accountants}'::text[])[1 + (d.u_other * 5.99)::int % 6] END,
		1 + (d.u_family > 0.3)::int + (3.2 * d.u_family * d.u_family)::int,
		-- what a lender does not see; the amounts that a user asks for tell of it
		mlops._uniform(d.k, 12, seed)
	FROM dated AS d
$$;
COMMENT ON FUNCTION mlops._generated_users(int, bigint) IS
	'The users of mlops.generate_loans, with the risk that their loans show; 1 .. n_users above 5000000';

CREATE FUNCTION mlops.generate_loans(n_loans int DEFAULT 50000, seed bigint DEFAULT 1)
RETURNS TABLE (loan_id bigint, id bigint, code_gender text, flag_own_car text, flag_own_realty text,
	cnt_children int, amt_income_total float8, name_income_type text, name_education_type text,
	name_family_status text, name_housing_type text, days_birth int, days_employed int, flag_mobil int,
	flag_work_phone int, flag_phone int, flag_email int, occupation_type text, cnt_fam_members float8,
	status int, birthday date, job_start_date date, loan_date date, loan_amount float8)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF n_loans IS NULL OR n_loans NOT BETWEEN 1 AND 100000000 THEN
		RAISE EXCEPTION 'n_loans must be between 1 and 100000000, not %', coalesce(n_loans::text, 'NULL')
			USING ERRCODE = '22023';
	END IF;
	IF seed IS NULL THEN
		RAISE EXCEPTION 'seed must not be NULL' USING ERRCODE = '22023', HINT = 'Leave it out for the default.';
	END IF;
	RETURN QUERY
	WITH loan AS (
		-- some users borrow far more often than others
		SELECT 1000 + k AS loan_id,
			5000001 + (mlops._uniform(k, 20, seed) * sqrt(mlops._uniform(k, 20, seed)) * greatest(n_loans / 21, 1))::int
				% greatest(n_loans / 21, 1) AS id,
			date '2019-01-01' + (mlops._uniform(k, 21, seed) * 730)::int % 730 AS loan_date,
			mlops._uniform(k, 22, seed) AS u_amount, mlops._uniform(k, 23, seed) AS u_status
		FROM generate_series(0, n_loans - 1) AS k
	)
	SELECT l.loan_id::bigint, u.id, u.code_gender, u.flag_own_car, u.flag_own_realty, u.cnt_children,
		u.amt_income_total, u.name_income_type, u.name_education_type, u.name_family_status, u.name_housing_type,
		u.birthday - date '2021-09-18',
		CASE WHEN u.is_employed THEN u.job_start_date - date '2021-09-18' ELSE 365243 END,
		1, u.flag_work_phone, u.flag_phone, u.flag_email, u.occupation_type, u.cnt_fam_members,
		-- risky users, the young, those without a job and those without a car default more often
		(l.u_status < 1 / (1 + exp(3.6 - 4.2 * u.risk * u.risk - 1.2 * (NOT u.is_employed)::int
			+ 0.5 * (u.flag_own_car = 'Y')::int - 1.3 * exp((u.birthday - date '1995-01-01') / 2500.0))))::int,
		u.birthday, u.job_start_date, l.loan_date,
		-- whole cents: no trace of the last bit of a logarithm, which differs between systems
		round((100 + 25 * u.risk - 24 * (0.3 + u.risk) * ln(1 - l.u_amount))::numeric, 2)::float8
	FROM loan AS l JOIN mlops._generated_users(greatest(n_loans / 21, 1), seed) AS u USING (id)
	ORDER BY l.loan_date, l.loan_id;
END
$$;
COMMENT ON FUNCTION mlops.generate_loans(int, bigint) IS
	'Loans of invented users with 24 columns, in the order of loan_date; the same rows for the same n_loans and seed. About 21 loans per user; status 1, a default, depends on age, job, car, and on a risk that shows in the amounts. 22023 for n_loans outside 1 to 100000000 or a NULL';

-- What becomes of generated loans: monthly instalments, of which those of a loan that defaults are paid late
-- and then, from some instalment on, mostly not at all.  Whole numbers and cents, without a function of libm.
CREATE FUNCTION mlops.generate_payments(n_loans int DEFAULT 50000, seed bigint DEFAULT 1)
RETURNS TABLE (payment_id bigint, loan_id bigint, id bigint, instalment int, due_date date, paid_date date,
	amount float8, days_past_due int)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH loan AS (
		SELECT l.loan_id, l.id, l.loan_date, l.loan_amount, l.status = 1 AS is_bad,
			6 + (mlops._uniform(l.loan_id, 30, seed) * 19)::int % 19 AS n_instalments,
			-- of a loan that defaults: the instalment from which on it does
			2 + (mlops._uniform(l.loan_id, 31, seed) * 8)::int AS first_bad
		FROM mlops.generate_loans(n_loans, seed) AS l
	), due AS (
		SELECT l.*, i AS instalment, (l.loan_date + make_interval(months => i))::date AS due_date,
			l.is_bad AND i >= l.first_bad AS is_worse,
			mlops._uniform(l.loan_id * 100 + i, 32, seed) AS u_kind, mlops._uniform(l.loan_id * 100 + i, 33, seed) AS u_days
		FROM loan AS l, generate_series(1, l.n_instalments) AS i
	), paid AS (
		-- on time or some days before, a little late, late, never
		SELECT d.*, d.due_date + CASE
			WHEN d.is_worse AND d.u_kind < 0.5 THEN NULL
			WHEN d.is_worse THEN 5 + (d.u_days * 115)::int
			WHEN d.u_kind < CASE WHEN d.is_bad THEN 0.70 ELSE 0.88 END THEN -(d.u_days * 4)::int
			WHEN d.u_kind < CASE WHEN d.is_bad THEN 0.92 ELSE 0.98 END THEN 1 + (d.u_days * d.u_days * 24)::int
			ELSE 20 + (d.u_days * 45)::int END AS paid_date
		FROM due AS d WHERE d.due_date <= date '2021-09-18'
	), seen AS (
		SELECT p.*, CASE WHEN p.paid_date <= date '2021-09-18' THEN p.paid_date END AS seen_date FROM paid AS p
	)
	SELECT s.loan_id * 100 + s.instalment, s.loan_id, s.id, s.instalment, s.due_date, s.seen_date,
		round((s.loan_amount * 1.08 / s.n_instalments)::numeric, 2)::float8,
		greatest(coalesce(s.seen_date, date '2021-09-18') - s.due_date, 0)
	FROM seen AS s
	ORDER BY s.due_date, s.loan_id, s.instalment
$$;
COMMENT ON FUNCTION mlops.generate_payments(int, bigint) IS
	'Instalments of the loans that mlops.generate_loans makes of the same n_loans and seed, in the order of due_date, as of 2021-09-18: the 6 to 24 monthly ones of each loan that are due by then. paid_date is NULL if it is not paid by then; days_past_due are the days from due_date to paid_date, or else to 2021-09-18, 0 for what was paid before. Loans of status 1 are paid later, and from some instalment on half of theirs are not paid at all. 22023 for n_loans outside 1 to 100000000 or a NULL';
