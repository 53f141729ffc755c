"""Quality of scikit-learn's forests on the folds of quality.sql: prints dataset,mean of the metric.

Categories are one-hot encoded, missing values left to the forest, parameters the defaults.

    python quality.py DATA_FOLDER N_SEEDS
"""
import hashlib
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

N_FOLDS = 5


def read(folder):
    """Return {dataset: (features, target, metric)}; row numbers count from 1."""
    airline = pd.read_csv(folder + "/airline/train-0.01m.csv")
    german = pd.read_csv(folder + "/german_credit/german.csv", header=None)
    uci = pd.read_csv(folder + "/uci_default_credit_card/UCI_Credit_Card.csv", lineterminator="\r")
    housing = pd.read_csv(folder + "/california_housing/housing.csv")
    iris = pd.read_csv(folder + "/iris/iris.csv")
    return {
        "airline": (airline.drop(columns="dep_delayed_15min"), airline["dep_delayed_15min"], "roc_auc"),
        "german": (german.drop(columns=20), german[20].astype(str), "roc_auc"),
        "housing": (housing.drop(columns="median_house_value"), housing["median_house_value"], "r2"),
        "iris": (iris.drop(columns="species"), iris["species"], "accuracy"),
        "uci": (uci.drop(columns=["ID", "default.payment.next.month"]),
                uci["default.payment.next.month"].astype(str), "roc_auc"),
    }


def folds_of(target, metric, seed):
    """Return the fold of each row: by md5 of row number and seed, within each class."""
    keys = [hashlib.md5(f"{i}:{seed}".encode()).hexdigest() for i in range(1, len(target) + 1)]
    order = np.argsort(keys)
    groups = np.zeros(len(target)) if metric == "r2" else target.to_numpy()
    folds = np.empty(len(target), dtype=int)
    for group in np.unique(groups):
        members = [i for i in order if groups[i] == group]
        folds[members] = np.arange(len(members)) % N_FOLDS
    return folds


def score(metric, model, features, target):
    if metric == "roc_auc":
        return roc_auc_score(target == model.classes_[1], model.predict_proba(features)[:, 1])
    if metric == "accuracy":
        return accuracy_score(target, model.predict(features))
    return r2_score(target, model.predict(features))


def measure(features, target, metric, seed):
    folds = folds_of(target, metric, seed)
    forest = RandomForestRegressor if metric == "r2" else RandomForestClassifier
    scores = []
    for fold in range(N_FOLDS):
        train = folds != fold
        model = forest(n_estimators=100, random_state=seed, n_jobs=-1)
        model.fit(features[train], target[train])
        scores.append(score(metric, model, features[~train], target[~train]))
    return np.mean(scores)


def main():
    folder, n_seeds = sys.argv[1], int(sys.argv[2])
    for name, (features, target, metric) in sorted(read(folder).items()):
        features = pd.get_dummies(features, dtype=float).to_numpy(dtype=float)
        scores = [measure(features, target, metric, seed) for seed in range(1, n_seeds + 1)]
        print(f"{name},{np.mean(scores):.5f}", flush=True)


if __name__ == "__main__":
    main()
