"""Grid search of scikit-learn on the folds of ours: 24 combinations, 5 folds, UCI credit default.

Reads trial_info as CSV from standard input (params, fold_scores as JSON), rebuilds the folds from
(id, seed) by the published hash, and prints both mean scores of each combination and the best ones.

    python3 search.py UCI_Credit_Card.csv SEED < trials.csv
"""

import csv
import json
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from hashes import hash_int


def make_folds(ids, labels, seed, n_folds):
    """In the order of (class, hash of key and seed) rows go to fold 0, 1, .. in turn; the key of an
    integer id is its hash with seed 0."""
    order = sorted(range(len(ids)), key=lambda i: (labels[i], hash_int(hash_int(int(ids[i]), 0), seed)))
    folds = np.empty(len(ids), dtype=int)
    for place, row in enumerate(order):
        folds[row] = place % n_folds
    return folds


def main():
    data = pd.read_csv(sys.argv[1])
    seed = int(sys.argv[2])
    labels = data.iloc[:, -1].to_numpy()
    folds = make_folds(data.iloc[:, 0].to_numpy(), labels, seed, 5)
    ours = {}
    for params, scores in csv.reader(sys.stdin):
        ours[json.dumps(json.loads(params), sort_keys=True)] = np.mean(json.loads(scores))
    grid = {}
    for params in ours:
        for key, value in json.loads(params).items():
            grid.setdefault(key, [])
            if value not in grid[key]:
                grid[key].append(value)
    search = GridSearchCV(
        RandomForestClassifier(100, random_state=seed), grid, scoring="roc_auc",
        cv=PredefinedSplit(folds), n_jobs=2, refit=False,
    ).fit(data.iloc[:, 1:-1].to_numpy(), labels)
    print("params,mlops,scikit_learn")
    for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"]):
        key = json.dumps(params, sort_keys=True)
        print(f'"{key}",{ours[key]:.5f},{score:.5f}'.replace('""', '"'))
    print(f"best,{max(ours.values()):.5f},{search.best_score_:.5f}")


if __name__ == "__main__":
    main()
