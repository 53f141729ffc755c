-- A forest that says how likely a loan is to default.  Users are kept apart: no user has loans
-- both among the rows it learns from and among those it is measured on.
SELECT model, version, status, round((metrics->>'roc_auc')::numeric, 4) AS roc_auc
FROM mlops.train_model('loan_default', 'loan_features', 'status',
	id_column => 'loan_id', entity_column => 'id', time_column => 'loan_date', test_sampling => 'entity',
	hyperparams => '{"n_estimators": 100, "max_depth": 8, "min_samples_leaf": 100, "random_state": 1}');
