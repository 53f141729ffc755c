-- From the commit on, the newest approved version answers.
SELECT mlops.deploy_model('loan_default') AS serves_version;
