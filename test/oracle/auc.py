"""AUC of our forests beside scikit-learn's, and scikit-learn's trees grown again by our kernels.

    python auc.py measure REPEATS DATA N_ROWS MAX_DEPTH OUR_BINS PEER_BINS     (lists with commas)
    python auc.py replay PROGRAM N_TREES DATA N_ROWS MAX_DEPTH

MAX_DEPTH 0 is no limit.  Each repeat has new rows and a new seed for all forests, which have 100 trees,
sqrt(columns) at each node and leaves of one row.  Prints lines of

    data,rows,max_depth,forest,bins,auc,difference to scikit-learn,standard error of it

where "scikit-learn" with bins is scikit-learn itself on columns cut at quantiles.
"""
import subprocess
import sys
from fractions import Fraction
from math import isqrt

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

N_TREES = 100
# test rows of each class: AUC does not depend on the share of the classes, and its noise is least so
N_TEST = 10000


def make_airline(n, random):
    """Flights as gen_flights.sql makes them: 8 integer columns, the last one noise, 2,800 values at most."""
    month, day, weekday = random.integers(1, 13, n), random.integers(1, 32, n), random.integers(1, 8, n)
    deptime, carrier = random.integers(0, 1440, n), random.integers(0, 22, n)
    origin, dest = random.integers(0, 290, n), random.integers(0, 290, n)
    distance = random.integers(100, 2900, n)
    logit = (0.0012 * (deptime - 900) + 0.9 * np.sin(carrier * 1.7) + 0.8 * np.sin(origin * 0.37)
             + 0.6 * np.cos(dest * 0.23) + 0.3 * np.sin(month * 0.52) + 0.4 * np.isin(weekday, (4, 5)) - 2.3)
    columns = (month, day, weekday, deptime, carrier, origin, dest, distance)
    return np.column_stack(columns).astype(float), random.random(n) < 1 / (1 + np.exp(-logit))


def make_loan(n, random):
    """Loans: age, years on the job, car, loans before and their mean amount, which is nearly continuous; 2 to 3 %
    positive."""
    age = random.integers(20, 67, n)
    job = np.floor(random.random(n) ** 2 * np.minimum(age - 18, 40))
    car = random.random(n) < 0.4
    risk = random.random(n)
    loans = random.poisson(random.gamma(2, 5, n))
    mean_size = random.gamma(np.maximum(loans, 1), 1.0) / np.maximum(loans, 1)
    amount = np.where(loans > 0, np.round(100 + 25 * risk + 24 * (0.3 + risk) * mean_size, 2), 0.0)
    logit = 2.2 * risk * risk + 0.9 * (job == 0) - 0.5 * car + 1.3 * np.exp(-(age - 20) / 7.0) - 5.0
    columns = (age, job, car, loans, amount)
    return np.column_stack(columns).astype(float), random.random(n) < 1 / (1 + np.exp(-logit))


MAKERS = {"airline": make_airline, "loan": make_loan}


def make_rows(name, n, seed):
    """Training rows and labels, test rows and labels: N_TEST of each class."""
    random = np.random.default_rng(seed)
    train, labels = MAKERS[name](n, random)
    kept = {False: [], True: []}
    while sum(map(len, kept[True])) < N_TEST:
        rows, classes = MAKERS[name](200000, random)
        for label in kept:
            kept[label].append(rows[classes == label])
    test = np.concatenate([np.concatenate(kept[label])[:N_TEST] for label in (False, True)])
    return train, labels, test, np.repeat([False, True], N_TEST)


def cut(train, test, bins):
    """Both with their values replaced by the number of their bin."""
    result = np.empty_like(train), np.empty_like(test)
    for c in range(train.shape[1]):
        edges = np.unique(train[:, c])
        if len(edges) > bins:
            edges = np.unique(np.quantile(train[:, c], np.arange(1, bins) / bins, method="inverted_cdf"))
        for rows, cut_rows in zip((train, test), result):
            cut_rows[:, c] = np.searchsorted(edges, rows[:, c])
    return result


def fit_peer(train, labels, max_depth, seed, n_trees=N_TREES):
    forest = RandomForestClassifier(n_trees, max_depth=max_depth or None, random_state=seed, n_jobs=1)
    return forest.fit(train, labels)


def peer_auc(train, labels, test, test_labels, max_depth, seed):
    forest = fit_peer(train, labels, max_depth, seed)
    return roc_auc_score(test_labels, forest.predict_proba(test)[:, 1])


class Ours:
    """Our forests, on the server that the environment names."""

    def __init__(self):
        import psycopg

        self.connection = psycopg.connect(autocommit=True)
        self.ask("SET client_min_messages = warning")
        self.ask("CREATE EXTENSION IF NOT EXISTS mlops")

    def ask(self, query, arguments=None):
        cursor = self.connection.execute(query, arguments)
        return cursor.fetchone() if cursor.description else None

    def load(self, table, rows, labels):
        columns = [f"c{c}" for c in range(rows.shape[1])]
        self.ask(f"DROP TABLE IF EXISTS {table} CASCADE")
        self.ask(f"CREATE TABLE {table} ({', '.join(c + ' float8' for c in columns)}, label bool)")
        with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for row, label in zip(rows.tolist(), labels.tolist()):
                copy.write_row(row + [label])

    def auc(self, max_depth, bins, seed):
        """Train on auc_train, measure on auc_test."""
        model = "oracle_auc"
        version, = self.ask(
            "SELECT version FROM mlops.train_model(%s, 'auc_train', 'label', test_sampling => 'none', hyperparams => "
            "jsonb_build_object('n_estimators', %s::int, 'max_depth', %s::int, 'max_bins', %s::int, 'random_state', %s::int))",
            (model, N_TREES, max_depth or None, bins, seed))
        auc, = self.ask("SELECT roc_auc FROM mlops.evaluate(%s, 'TABLE auc_test')", (f"{model}@v{version}",))
        self.ask("SELECT FROM mlops.drop_model(%s)", (model,))
        return auc


def measure(n_repeats, name, n_rows, max_depth, our_bins, peer_bins):
    found = {("scikit-learn", ""): []}
    ours = Ours()
    for seed in range(1, n_repeats + 1):
        train, labels, test, test_labels = make_rows(name, n_rows, seed)
        ours.load("auc_train", train, labels)
        ours.load("auc_test", test, test_labels)
        found["scikit-learn", ""].append(peer_auc(train, labels, test, test_labels, max_depth, seed))
        for bins in our_bins:
            found.setdefault(("mlops", bins), []).append(ours.auc(max_depth, bins, seed))
        for bins in peer_bins:
            cut_train, cut_test = cut(train, test, bins)
            found.setdefault(("scikit-learn", bins), []).append(
                peer_auc(cut_train, labels, cut_test, test_labels, max_depth, seed))
    for (forest, bins), scores in found.items():
        gaps = np.subtract(scores, found["scikit-learn", ""])
        error = np.std(gaps, ddof=1) / np.sqrt(n_repeats)
        print(f"{name},{n_rows},{max_depth},{forest},{bins},{np.mean(scores):.5f},{np.mean(gaps):.5f},{error:.5f}", flush=True)


def grow_again(program, train, labels, tree, max_depth):
    """Nodes of our tree: (column or -1, weight of class 0, of class 1), in preorder as scikit-learn's are."""
    n_rows, n_columns = train.shape
    bag = np.random.RandomState(tree.random_state).randint(0, n_rows, n_rows)
    counts = np.bincount(bag, minlength=n_rows)
    state = np.random.RandomState(tree.random_state).randint(0, 2**31 - 1)
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in train.T])
    lines = [f"{n_rows} {n_columns} {isqrt(n_columns)} {max_depth} {state}"]
    lines += [" ".join(map(str, row)) for row in np.column_stack([labels.astype(int), counts, codes]).tolist()]
    answer = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True, check=True).stdout
    return [tuple(map(int, line.split())) for line in answer.splitlines()]


def score(left, total):
    """What a cut gains, without rounding: the sum of squares over the weight of each side."""
    right = (total[0] - left[0], total[1] - left[1])
    return sum(Fraction(side[0] ** 2 + side[1] ** 2, sum(side)) for side in (left, right))


def first_difference(theirs, ours):
    """None if the trees are equal; else what scikit-learn's cut gains above ours where they part.  Both are in preorder
    with equal nodes up to there, so the left child of the node is the next one in both."""
    for i, (a, b) in enumerate(zip(theirs, ours)):
        if a[1:] != b[1:]:  # children of the cut before
            return score(a[1:], theirs[i - 1][1:]) - score(b[1:], ours[i - 1][1:])
        if a[0] != b[0]:
            if -1 in (a[0], b[0]):
                return Fraction(1)
            return score(theirs[i + 1][1:], a[1:]) - score(ours[i + 1][1:], b[1:])
    return None if len(theirs) == len(ours) else Fraction(1)


def replay(program, n_trees, name, n_rows, max_depth):
    train, labels, _, _ = make_rows(name, n_rows, 1)
    equal = ties = 0
    for tree in fit_peer(train, labels, max_depth, 1, n_trees).estimators_:
        grown = tree.tree_
        weights = np.rint(grown.value[:, 0, :] * grown.weighted_n_node_samples[:, None]).astype(int).tolist()
        theirs = [(max(column, -1), *weight) for column, weight in zip(grown.feature.tolist(), weights)]
        gain = first_difference(theirs, grow_again(program, train, labels, tree, max_depth))
        equal += gain is None
        ties += gain == 0
    print(f"{name},{n_rows},{max_depth}: of {n_trees} trees {equal} equal to the last node, {ties} part at a tie, "
          f"{n_trees - equal - ties} elsewhere", flush=True)


if sys.argv[1] == "measure":
    n_repeats, data, n_rows, max_depth, *bins_lists = sys.argv[2:]
    measure(int(n_repeats), data, int(n_rows), int(max_depth), *[[int(b) for b in bins.split(",") if b] for bins in bins_lists])
else:
    replay(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
