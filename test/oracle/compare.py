"""DeLong for two models on the same rows, by numpy and scikit-learn: prints the figures that
test/t/080_compare.pl expects, one line for each number of rows.

    python3 compare.py > test/data/compare.csv

Scores and labels follow from the number of the row, so that the test makes the same ones in SQL.
"""

import numpy as np
from sklearn.metrics import roc_auc_score


def make_rows(n):
    i = np.arange(1, n + 1, dtype=np.int64)
    a = 1 + (i * i * 7 + i * 3) % 9
    b = 1 + (i * i * 5 + i) % 9
    label = (i * 7919) % 20 < a + b
    return a / 10, b / 10, label


def placements(score, label):
    """Share of the rows of the other class that each row is ranked rightly with; ties count half."""
    gap = score[label][:, None] - score[~label][None, :]
    psi = (gap > 0) + 0.5 * (gap == 0)
    return psi.mean(axis=1), psi.mean(axis=0)


def main():
    print("n,auc_a,auc_b,variance_a,variance_b,covariance")
    for n in (40, 100, 1000, 5000):
        a, b, label = make_rows(n)
        of_a, of_b = placements(a, label), placements(b, label)
        covariance = sum(np.cov(of_a[k], of_b[k]) / len(of_a[k]) for k in (0, 1))
        aucs = roc_auc_score(label, a), roc_auc_score(label, b)
        print(n, *(repr(float(x)) for x in (*aucs, covariance[0, 0], covariance[1, 1], covariance[0, 1])), sep=",")


main()
