-- Five data sets, five folds of them that depend on a seed alone, and what a forest of 100 trees
-- reaches on each fold when it learns from the other four.  Read by quality.sh and by a TAP test:
--   psql -v data=FOLDER -f quality.sql, then SELECT * FROM quality.measure('airline', 1)
-- The server reads the files itself.  quality.py makes the same folds for scikit-learn.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS mlops;
DROP SCHEMA IF EXISTS quality CASCADE;
CREATE SCHEMA quality;
SET search_path = quality;

\set file :data '/airline/train-0.01m.csv'
CREATE TABLE airline (row_no int GENERATED ALWAYS AS IDENTITY, month text, dayofmonth text, dayofweek text,
	deptime float8, uniquecarrier text, origin text, dest text, distance float8, target text);
COPY airline (month, dayofmonth, dayofweek, deptime, uniquecarrier, origin, dest, distance, target)
	FROM :'file' (FORMAT csv, HEADER);

\set file :data '/german_credit/german.csv'
CREATE TABLE german (row_no int GENERATED ALWAYS AS IDENTITY, a1 text, a2 float8, a3 text, a4 text, a5 float8, a6 text,
	a7 text, a8 float8, a9 text, a10 text, a11 float8, a12 text, a13 float8, a14 text, a15 text, a16 float8, a17 text,
	a18 float8, a19 text, a20 text, target text);
COPY german (a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, target)
	FROM :'file' (FORMAT csv);

\set file :data '/uci_default_credit_card/UCI_Credit_Card.csv'
CREATE TABLE uci (row_no int PRIMARY KEY, limit_bal float8, sex float8, education float8, marriage float8, age float8,
	pay_0 float8, pay_2 float8, pay_3 float8, pay_4 float8, pay_5 float8, pay_6 float8,
	bill_amt1 float8, bill_amt2 float8, bill_amt3 float8, bill_amt4 float8, bill_amt5 float8, bill_amt6 float8,
	pay_amt1 float8, pay_amt2 float8, pay_amt3 float8, pay_amt4 float8, pay_amt5 float8, pay_amt6 float8, target text);
COPY uci FROM :'file' (FORMAT csv, HEADER);

\set file :data '/california_housing/housing.csv'
CREATE TABLE housing (row_no int GENERATED ALWAYS AS IDENTITY, longitude float8, latitude float8, housing_median_age float8,
	total_rooms float8, total_bedrooms float8, population float8, households float8, median_income float8, target float8,
	ocean_proximity text);
COPY housing (longitude, latitude, housing_median_age, total_rooms, total_bedrooms, population, households, median_income,
	target, ocean_proximity) FROM :'file' (FORMAT csv, HEADER);

\set file :data '/iris/iris.csv'
CREATE TABLE iris (row_no int GENERATED ALWAYS AS IDENTITY, sepal_length float8, sepal_width float8, petal_length float8,
	petal_width float8, target text);
COPY iris (sepal_length, sepal_width, petal_length, petal_width, target) FROM :'file' (FORMAT csv, HEADER);

CREATE TABLE dataset (name text PRIMARY KEY, metric text NOT NULL);
INSERT INTO dataset VALUES ('airline', 'roc_auc'), ('german', 'roc_auc'), ('uci', 'roc_auc'), ('housing', 'r2_score'),
	('iris', 'accuracy');

-- Folds 0 .. 4: rows of each class (housing: all rows) in the order of an md5, dealt out in turn.
CREATE FUNCTION make_folds(dataset text, seed int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS quality.folds;
	EXECUTE format('CREATE TABLE quality.folds AS SELECT d.*, (row_number() OVER (PARTITION BY %s
			ORDER BY md5(row_no || '':'' || %s)) - 1) %% 5 AS fold FROM quality.%I AS d',
		CASE dataset WHEN 'housing' THEN 'NULL' ELSE 'target' END, seed, dataset);
END
$$;

-- Mean of the metric over the folds.
CREATE FUNCTION measure(dataset text, seed int) RETURNS float8 LANGUAGE plpgsql
SET client_min_messages = warning AS $$
DECLARE
	metric text := (SELECT d.metric FROM quality.dataset AS d WHERE d.name = dataset);
	total float8 := 0;
	one float8;
BEGIN
	PERFORM quality.make_folds(dataset, seed);
	FOR k IN 0..4 LOOP
		PERFORM mlops.train_model('quality', query => format('SELECT * FROM quality.folds WHERE fold <> %s', k),
			target => 'target', exclude => '{row_no,fold}', id_column => 'row_no', test_sampling => 'none',
			task => CASE dataset WHEN 'housing' THEN 'regression' ELSE 'classification' END,
			hyperparams => jsonb_build_object('n_estimators', 100, 'random_state', seed));
		EXECUTE format('SELECT %I FROM mlops.evaluate(%L, %L)', metric,
			'quality@v' || (SELECT max(version) FROM mlops.model_versions WHERE model = 'quality'),
			format('SELECT * FROM quality.folds WHERE fold = %s', k)) INTO one;
		total := total + one;
		PERFORM mlops.drop_model('quality');
	END LOOP;
	RETURN total / 5;
END
$$;
