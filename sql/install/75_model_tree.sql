-- What a forest looks like from inside.

CREATE FUNCTION mlops.tree(model text, n int)
RETURNS TABLE (node int, left_child int, right_child int, depth int, feature text, threshold float8,
	left_categories text[], right_categories text[], missing_goes_left bool, unseen_goes_left bool, value float8[])
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mlops_tree';
COMMENT ON FUNCTION mlops.tree(text, int) IS
	'One row per node of tree n, from 1, numbered from 0 as scikit-learn does. A row goes left if its number is at most threshold (Infinity: only missing values go right), or its level is in left_categories; a level in neither list, and a missing value, go as the flags say, which do not apply to numbers, or where impute is error (NULL). A leaf has the probabilities of all classes in the order of mlops.classes, or the value of a regression. Predictions are the sum over the trees in their order, divided by their number; of two classes that of the second, and the first is 1 minus it. NULL model: the default one. 22023 for n outside of the trees or NULL, 42501 for who is neither a member of the owner''s role nor of mlops_admin, because splits show values of the training rows, 42704 for an unknown model, 55000 if nothing is deployed, XX001 if the stored forest is corrupted';
