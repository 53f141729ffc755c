"""A peer's batch prediction, on demand: fit once, then predict all rows each time a number of processes is read.

    python b3_batch.py RELATION TARGET N_TREES MAX_DEPTH SEED N_JOBS

RELATION_train is fitted with N_JOBS processes, RELATION_test is predicted from float32 in row order, the form that
scikit-learn walks without a copy.  Prints "AUC <number>" when it is ready, then for each line "N" of standard input
wall and CPU seconds of predict_proba with n_jobs = N, and the sum of its scores.
"""
import sys

import b5_training as b5


def main():
    import numpy as np
    import psycopg

    relation, target = sys.argv[1:3]
    n_trees, max_depth, seed, n_jobs = (int(argument) for argument in sys.argv[3:])
    with psycopg.connect() as connection:
        rows, labels = b5.fetch(connection, relation + "_train", target)
        test_rows, test_labels = b5.fetch(connection, relation + "_test", target)
    forest = b5.make_forest("scikit-learn", *rows.shape, (n_trees, max_depth, 1, seed, n_jobs, 0))
    forest.fit(rows, labels)
    test_rows = np.ascontiguousarray(test_rows, dtype=np.float32)
    print("AUC", b5.area_under_curve(test_labels, forest.predict_proba(test_rows)[:, 1]), flush=True)
    for line in sys.stdin:
        forest.set_params(n_jobs=int(line))
        watch = b5.Watch()
        scores = forest.predict_proba(test_rows)[:, 1]
        cpu, wall = watch.read()
        print(f"{wall:.4f} {cpu:.4f} {scores.sum():.6f}", flush=True)


if __name__ == "__main__":
    main()
