"""What a user does without us: fetch the rows, fit a peer's forest, write the model back.

    python b5_training.py PEER RELATION TARGET N_TREES MAX_DEPTH MIN_LEAF SEED N_JOBS N_LEAVES

RELATION has views RELATION_train and RELATION_test; MAX_DEPTH is a number or "none"; N_LEAVES is about
what a tree has, for LightGBM, which is three times slower with room for many more.  The server is found
by libpq's environment.  Prints nine numbers: CPU and wall seconds of the fetch, of the fit and of writing
back, megabytes written back, AUC on the test rows, peak bytes of memory that the fit added to the rows.
With no arguments but "peers" it prints each peer that is installed, with its version.
"""
import importlib
import math
import pickle
import sys
import time

# importable module of each peer
MODULES = {"scikit-learn": "sklearn", "LightGBM": "lightgbm", "XGBoost": "xgboost"}
CHUNK_BYTES = 1 << 26


class Watch:
    """CPU and wall seconds since it was made."""

    def __init__(self):
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def read(self):
        return time.process_time() - self.cpu, time.perf_counter() - self.wall


def columns_of(connection, source):
    """Names of the columns of a relation, or of a query in parentheses with an alias."""
    return [column.name for column in connection.execute(f"SELECT * FROM {source} LIMIT 0").description]


def fetch(connection, source, target):
    """Rows and target by COPY binary, the fastest way into numpy: rows of float8 have a fixed width."""
    import numpy as np

    names = [name for name in columns_of(connection, source) if name != target] + [target]
    with connection.cursor() as cursor:
        columns = ", ".join(f'"{name}"::float8' for name in names)
        with cursor.copy(f"COPY (SELECT {columns} FROM {source}) TO STDOUT (FORMAT binary)") as copy:
            received = b"".join(copy)
    # 19 bytes of header, then a row: int16, and int32 and float8 for each column; int16 at the end
    row = np.dtype([("n", ">i2"), ("values", [("n_bytes", ">i4"), ("value", ">f8")], len(names))])
    values = np.frombuffer(received, row, offset=19, count=(len(received) - 21) // row.itemsize)["values"]["value"]
    rows = values[:, :-1].astype(np.float64, order="C")
    return rows, values[:, -1].astype(np.float64)


def as_bytes(peer, forest):
    """The fitted model in the fastest form that its library has."""
    if peer == "XGBoost":
        return bytes(forest.get_booster().save_raw("ubj"))
    if peer == "LightGBM":
        return forest.booster_.model_to_string().encode()
    return pickle.dumps(forest, protocol=5)


def write_back(connection, peer, forest):
    """Store the model in a table, in chunks because a value ends at 1 GB; returns megabytes."""
    stored = as_bytes(peer, forest)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_stored")
        cursor.execute("CREATE TABLE bench_stored (chunk int, data bytea)")
        # without the server's compression it is several times faster
        cursor.execute("ALTER TABLE bench_stored ALTER data SET STORAGE EXTERNAL")
        with cursor.copy("COPY bench_stored FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "bytea"])
            for chunk, start in enumerate(range(0, len(stored), CHUNK_BYTES)):
                copy.write_row((chunk, memoryview(stored)[start : start + CHUNK_BYTES]))
    connection.commit()
    return len(stored) / 1e6


def make_forest(peer, n_rows, n_columns, options):
    """The peer's forest with our defaults: a bootstrap, sqrt(columns) at each node."""
    n_trees, max_depth, min_leaf, seed, n_jobs, n_leaves = options
    share = math.floor(math.sqrt(n_columns)) / n_columns
    if peer == "scikit-learn":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            n_estimators=n_trees, max_depth=max_depth, min_samples_leaf=min_leaf, random_state=seed, n_jobs=n_jobs
        )
    if peer == "LightGBM":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(
            boosting_type="rf", n_estimators=n_trees, max_depth=max_depth or -1, num_leaves=max(2, min(n_leaves, 131072, n_rows)),
            subsample=0.632, subsample_freq=1, feature_fraction_bynode=share, min_child_samples=min_leaf,
            min_child_weight=0, random_state=seed, n_jobs=n_jobs, verbose=-1,
        )
    from xgboost import XGBRFClassifier

    # the hessian of a row is 0.25 while base_score is one half
    return XGBRFClassifier(
        n_estimators=n_trees, max_depth=max_depth or 0, subsample=0.632, colsample_bynode=share, tree_method="hist",
        base_score=0.5, min_child_weight=0 if min_leaf == 1 else min_leaf * 0.25, reg_lambda=0, random_state=seed, n_jobs=n_jobs,
    )


def in_order(peer, rows, seed):
    """LightGBM draws a node's columns unevenly, by their place (its issue 4371), so they take turns."""
    if peer != "LightGBM":
        return rows
    n_columns = rows.shape[1]
    return rows[:, [(column + 3 * seed) % n_columns for column in range(n_columns)]]


def memory_bytes(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return 0


def forget_peak():
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")


def area_under_curve(labels, scores):
    """From mean ranks, ties shared."""
    import numpy as np

    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n_positive = labels.sum()
    n_negative = len(labels) - n_positive
    return (ranks[labels == 1].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def print_peers():
    try:
        importlib.import_module("numpy")
        importlib.import_module("psycopg")
    except ImportError:
        return
    for peer, module in MODULES.items():
        try:
            print(peer, importlib.import_module(module).__version__)
        except ImportError:
            pass


def main():
    import psycopg

    peer, relation, target = sys.argv[1:4]
    n_trees, min_leaf, seed, n_jobs, n_leaves = (int(sys.argv[i]) for i in (4, 6, 7, 8, 9))
    max_depth = None if sys.argv[5] == "none" else int(sys.argv[5])
    importlib.import_module(MODULES[peer])
    with psycopg.connect() as connection:
        watch = Watch()
        rows, labels = fetch(connection, relation + "_train", target)
        fetched = watch.read()
        rows = in_order(peer, rows, seed)
        options = (n_trees, max_depth, min_leaf, seed, n_jobs, n_leaves)
        forest = make_forest(peer, *rows.shape, options)
        forget_peak()
        before = memory_bytes("VmRSS")
        watch = Watch()
        forest.fit(rows, labels)
        fitted = watch.read()
        added_bytes = memory_bytes("VmHWM") - before
        test_rows, test_labels = fetch(connection, relation + "_test", target)
        auc = area_under_curve(test_labels, forest.predict_proba(in_order(peer, test_rows, seed))[:, 1])
        watch = Watch()
        written_mb = write_back(connection, peer, forest)
        written = watch.read()
        connection.execute("DROP TABLE bench_stored")
    print(*(f"{x:.3f}" for x in fetched + fitted + written), f"{written_mb:.1f} {auc:.5f} {added_bytes}")


if __name__ == "__main__":
    if sys.argv[1:] == ["peers"]:
        print_peers()
    else:
        main()
