"""Target encoding by scikit-learn's TargetEncoder on folds of ours: CSV to standard output.

Rows of three tasks (two classes, a regression, class 1 of three), each with its fold by the
published hash of (id, seed), the encoding of its level learned from the other folds, and that from
all rows.  The smooth is that of src/core/target_encoding.h.

    python3 target_encoding.py SMOOTH SEED > target_encoding.csv
"""

import sys

import numpy as np
from sklearn.preprocessing import TargetEncoder

from search import hash_int, make_folds

N_ROWS = 120
N_LEVELS = 12


def encode(task, levels, targets, folds, smooth):
    types = {"two": "binary", "value": "continuous", "many": "multiclass"}
    column = 1 if task == "many" else 0

    def fit(rows):
        encoder = TargetEncoder(smooth=smooth, target_type=types[task])
        return encoder.fit(levels[rows].reshape(-1, 1), targets[rows])

    out_of_fold = np.empty(len(levels))
    for fold in np.unique(folds):
        inside = folds == fold
        out_of_fold[inside] = fit(~inside).transform(levels[inside].reshape(-1, 1))[:, column]
    of_all = fit(np.ones(len(levels), bool)).transform(levels.reshape(-1, 1))[:, column]
    return out_of_fold, of_all


def main():
    smooth, seed = float(sys.argv[1]), int(sys.argv[2])
    ids = np.arange(1, N_ROWS + 1)
    # rare levels and frequent ones
    levels = np.array([hash_int(int(i), 7) % (1 + hash_int(int(i), 8) % N_LEVELS) for i in ids])
    noise = np.array([hash_int(int(i), 9) % 1000 for i in ids])
    targets = {
        "two": (noise + 50 * levels > 700).astype(int),
        "value": noise / 7 + 30 * (levels % 4),
        "many": (noise // 300 + levels) % 3,
    }
    print("task,id,level,target,fold,out_of_fold,of_all")
    for task, target in targets.items():
        folds = make_folds(ids, np.zeros(N_ROWS, int) if task == "value" else target, seed, 5)
        out_of_fold, of_all = encode(task, levels, target, folds, smooth)
        for row in range(N_ROWS):
            print(
                f"{task},{ids[row]},{levels[row]},{target[row]:.17g},{folds[row]},"
                f"{out_of_fold[row]:.17g},{of_all[row]:.17g}"
            )


main()
