-- What the model is worth on users it has not seen, beside a constant that says the default rate
-- to everybody.
SELECT metric, round((metrics->>metric)::numeric, 5) AS model, round((metrics->>('constant_' || metric))::numeric, 5) AS constant
FROM mlops.model_versions, unnest('{log_loss,brier_score,accuracy}'::text[]) AS metric
WHERE model = 'loan_default' AND 'champion' = ANY (aliases);
SELECT n_rows, round(roc_auc::numeric, 4) AS roc_auc, round(average_precision::numeric, 4) AS average_precision,
	round(ks_score::numeric, 4) AS ks_score
FROM mlops.evaluate('loan_default');
SELECT feature, importance_weight AS splits, round(importance_gain::numeric, 4) AS share_of_gain
FROM mlops.feature_importance('loan_default');
