"""One fit of a peer's random forest from arrays in memory.

    python b5_training.py PEER TRAIN.csv TEST.csv N_TREES MAX_DEPTH SEED N_JOBS

Prints CPU seconds of fit, wall seconds of fit, AUC on the test rows and the peak of the process in MB.
With no arguments but "peers" it prints each peer that is installed, with its version.
"""
import importlib
import math
import resource
import sys
import time

# importable module of each peer
MODULES = {"scikit-learn": "sklearn", "LightGBM": "lightgbm", "XGBoost": "xgboost"}


def make_forest(peer, n_rows, n_columns, n_trees, max_depth, seed, n_jobs):
    """The peer's forest with our defaults: a bootstrap, sqrt(columns) at each node, leaves of one row."""
    share = math.floor(math.sqrt(n_columns)) / n_columns
    if peer == "scikit-learn":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(n_estimators=n_trees, max_depth=max_depth, random_state=seed, n_jobs=n_jobs)
    if peer == "LightGBM":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(
            boosting_type="rf", n_estimators=n_trees, max_depth=max_depth, num_leaves=min(131072, n_rows), subsample=0.632,
            subsample_freq=1, feature_fraction_bynode=share, min_child_samples=1, min_sum_hessian_in_leaf=0,
            random_state=seed, n_jobs=n_jobs, verbose=-1,
        )
    from xgboost import XGBRFClassifier

    return XGBRFClassifier(
        n_estimators=n_trees, max_depth=max_depth, subsample=0.632, colsample_bynode=share, tree_method="hist",
        min_child_weight=0, reg_lambda=0, random_state=seed, n_jobs=n_jobs,
    )


def print_peers():
    for peer, module in MODULES.items():
        try:
            print(peer, importlib.import_module(module).__version__)
        except ImportError:
            pass


def main():
    import numpy as np
    from sklearn.metrics import roc_auc_score

    train = np.loadtxt(sys.argv[2], delimiter=",", skiprows=1)
    test = np.loadtxt(sys.argv[3], delimiter=",", skiprows=1)
    n_trees, max_depth, seed, n_jobs = (int(argument) for argument in sys.argv[4:])
    forest = make_forest(sys.argv[1], train.shape[0], train.shape[1] - 1, n_trees, max_depth, seed, n_jobs)
    cpu, wall = time.process_time(), time.perf_counter()
    forest.fit(train[:, :-1], train[:, -1])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    auc = roc_auc_score(test[:, -1], forest.predict_proba(test[:, :-1])[:, 1])
    print(f"{cpu:.3f} {wall:.3f} {auc:.4f} {peak:.0f}")


if sys.argv[1:] == ["peers"]:
    print_peers()
else:
    main()
