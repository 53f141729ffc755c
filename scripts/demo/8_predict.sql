-- Three users: the probability that a loan defaults, from the row of the latest one.
SELECT id AS user_id, round(mlops.predict(id, 'loan_default')::numeric, 4) AS p_default
FROM (SELECT DISTINCT id FROM loans ORDER BY id LIMIT 3) AS users;
