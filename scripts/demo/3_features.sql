-- Five features of each loan, as they were known before it.
CREATE INDEX ON loans (id, loan_date, loan_id);
ANALYZE loans;
SELECT mlops.create_loan_features('loans', 'loan_features');
GRANT SELECT ON loans, loan_features TO demo_trainer, demo_service;

SELECT count(*) AS loans, count(DISTINCT id) AS users, round(avg(status), 4) AS default_rate FROM loans;
SELECT * FROM loan_features ORDER BY id, loan_date, loan_id LIMIT 5;
