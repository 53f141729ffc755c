-- A loan table of your own: these 24 columns.
CREATE TABLE loans AS SELECT * FROM mlops.generate_loans(1) LIMIT 0;
