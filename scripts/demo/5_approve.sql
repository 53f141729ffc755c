-- Who trained a version cannot approve it.
SELECT mlops.approve_model('loan_default', max(version), 'metrics read') AS status
FROM mlops.model_versions WHERE model = 'loan_default';
