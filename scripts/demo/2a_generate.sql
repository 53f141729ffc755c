-- A loan table: 50,000 loans of invented users, the same ones each time.
CREATE TABLE loans AS SELECT * FROM mlops.generate_loans(50000);
