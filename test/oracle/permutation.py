"""Permutation importance of scikit-learn on UCI credit default: a forest of 100 trees learns from three
rows of four and is measured on every fourth; prints feature,ours,its error,theirs,its error.

Reads ours from standard input (feature, importance, error as CSV); seconds go to standard error.

    python3 permutation.py UCI_Credit_Card.csv SEED < ours.csv
"""

import csv
import sys
import time

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance


def main():
    data = pd.read_csv(sys.argv[1])
    seed = int(sys.argv[2])
    ours = {name: (importance, error) for name, importance, error in csv.reader(sys.stdin)}
    is_test = data["ID"] % 4 == 0
    features = data.iloc[:, 1:-1].to_numpy(dtype=float)
    labels = data.iloc[:, -1].to_numpy()
    model = RandomForestClassifier(100, random_state=seed, n_jobs=2).fit(features[~is_test], labels[~is_test])
    model.set_params(n_jobs=1)
    began = time.process_time()
    theirs = permutation_importance(model, features[is_test], labels[is_test], scoring="roc_auc", n_repeats=5, random_state=seed)
    print(f"scikit-learn: {time.process_time() - began:.2f} CPU seconds for {is_test.sum()} rows", file=sys.stderr)
    print("feature,mlops,mlops_se,scikit_learn,scikit_learn_se")
    for i, name in enumerate(data.columns[1:-1]):
        importance, error = ours[name.lower()]
        their_error = theirs.importances[i].std(ddof=1) / 5**0.5
        print(f"{name.lower()},{float(importance):.6f},{float(error):.6f},{theirs.importances_mean[i]:.6f},{their_error:.6f}")


main()
