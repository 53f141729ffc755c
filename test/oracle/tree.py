"""A forest rebuilt from the rows of mlops.tree: walked in numpy and, if it has thresholds alone, by
scikit-learn's own tree; the sum over the trees in their order, divided by their number, is compared with
what mlops.predict answered.  Prints model,trees,nodes,rows,answers that differ in numpy,in scikit-learn.

    python3 tree.py MODEL FOLDER    (rows.csv, trees.csv, answers.csv in FOLDER)
"""

import csv
import json
import sys

import numpy as np
from sklearn.tree._tree import Tree

NAMES = ["a", "b", "c", "d", "e", "f"]
NUMBERS = 4  # the first of them


class Node:
    def __init__(self, row):
        (_, _, left, right, self.feature, threshold, left_levels, right_levels, missing, unseen, value) = row
        self.left = int(left) if left else -1
        self.right = int(right) if right else -1
        self.threshold = float(threshold) if threshold else None
        self.left_levels = json.loads(left_levels) if left_levels else None
        self.right_levels = json.loads(right_levels) if right_levels else None
        self.missing_left = missing == "1"
        self.unseen_left = unseen == "1"
        self.value = np.array(json.loads(value)) if value else None


def goes_left(node, columns, rows):
    """The rule of the manual, for some rows."""
    values = columns[node.feature][rows]
    if node.threshold is not None:
        return np.where(np.isnan(values), node.missing_left, values <= node.threshold)
    is_left = np.isin(values, node.left_levels)
    is_right = np.isin(values, node.right_levels)
    known = np.where(is_left, True, np.where(is_right, False, node.unseen_left))
    return np.where(values == MISSING, node.missing_left, known)


MISSING = "\0"


def walk(nodes, columns, n_rows, n_values):
    answers = np.empty((n_rows, n_values))
    pending = [(0, np.arange(n_rows))]
    while pending:
        number, rows = pending.pop()
        node = nodes[number]
        if node.value is not None:
            answers[rows] = node.value
            continue
        is_left = goes_left(node, columns, rows)
        pending.append((node.left, rows[is_left]))
        pending.append((node.right, rows[~is_left]))
    return answers


def as_scikit_learn(nodes, n_values):
    """The same nodes as a tree of scikit-learn: of n_values classes, or a regression of one value."""
    n_classes = np.array([n_values], dtype=np.intp)
    tree = Tree(NUMBERS, n_classes, 1)
    state = tree.__getstate__()
    records = np.zeros(len(nodes), dtype=state["nodes"].dtype)
    values = np.zeros((len(nodes), 1, n_values))
    for i, node in enumerate(nodes):
        is_leaf = node.value is not None
        records[i]["left_child"] = node.left
        records[i]["right_child"] = node.right
        records[i]["feature"] = -2 if is_leaf else NAMES.index(node.feature)
        records[i]["threshold"] = -2 if is_leaf else node.threshold
        records[i]["n_node_samples"] = 1
        records[i]["weighted_n_node_samples"] = 1
        if "missing_go_to_left" in records.dtype.names:
            records[i]["missing_go_to_left"] = node.missing_left
        if is_leaf:
            values[i, 0] = node.value
    state.update(nodes=records, values=values, node_count=len(nodes), max_depth=100)
    tree.__setstate__(state)
    return tree


def read_columns(path):
    with open(path, newline="", encoding="utf-8") as file:
        cells = list(zip(*csv.reader(file)))[1:]
    columns = {}
    for i, name in enumerate(NAMES):
        if i < NUMBERS:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in cells[i]])
        else:
            columns[name] = np.array([cell if cell else MISSING for cell in cells[i]])
    return columns


def count_differences(answers, sums, n_trees):
    """Rows whose mean differs in a bit; of two classes the first is 1 minus the second."""
    means = sums / n_trees
    if means.shape[1] == 2:
        means[:, 0] = 1 - means[:, 1]
    return int(np.any(means.view(np.uint64) != answers.view(np.uint64), axis=1).sum())


def main():
    name, folder = sys.argv[1], sys.argv[2]
    columns = read_columns(f"{folder}/rows.csv")
    with open(f"{folder}/answers.csv", newline="", encoding="utf-8") as file:
        answers = np.array([json.loads(row[0]) for row in csv.reader(file)], dtype=float)
    trees = {}
    with open(f"{folder}/trees.csv", newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            trees.setdefault(int(row[0]), []).append(Node(row))
    n_rows, n_values = answers.shape
    numbers = np.column_stack([columns[n] for n in NAMES[:NUMBERS]])
    assert np.array_equal(numbers.astype(np.float32).astype(float), numbers, equal_nan=True)
    has_levels = any(node.left_levels is not None for nodes in trees.values() for node in nodes)
    by_numpy, by_scikit = np.zeros(answers.shape), np.zeros(answers.shape)
    for n in sorted(trees):
        by_numpy += walk(trees[n], columns, n_rows, n_values)
        if not has_levels:
            by_scikit += as_scikit_learn(trees[n], n_values).predict(numbers.astype(np.float32)).reshape(answers.shape)
    theirs = "" if has_levels else count_differences(answers, by_scikit, len(trees))
    n_nodes = sum(len(nodes) for nodes in trees.values())
    print(f"{name},{len(trees)},{n_nodes},{n_rows},{count_differences(answers, by_numpy, len(trees))},{theirs}")


main()
