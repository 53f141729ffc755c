"""One fit of scikit-learn's forest from arrays in memory, in one process.

    python b5_training.py TRAIN.csv TEST.csv N_TREES MAX_DEPTH SEED

Prints CPU seconds of fit, wall seconds of fit, and AUC on the test rows.
"""
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

train = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
test = np.loadtxt(sys.argv[2], delimiter=",", skiprows=1)
forest = RandomForestClassifier(n_estimators=int(sys.argv[3]), max_depth=int(sys.argv[4]),
                                random_state=int(sys.argv[5]), n_jobs=1)
cpu, wall = time.process_time(), time.perf_counter()
forest.fit(train[:, :-1], train[:, -1])
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
auc = roc_auc_score(test[:, -1], forest.predict_proba(test[:, :-1])[:, 1])
print(f"{cpu:.3f} {wall:.3f} {auc:.4f}")
