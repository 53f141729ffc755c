"""Answers of entropy, concentration_index, distinct_count, most_common, top_values, woe_table and information_value
on random groups, from collections.Counter, fractions and scipy.

    python3 values.py ROWS.csv ANSWERS.csv

ROWS.csv: group, value, weight, label; an empty field is NULL.  ANSWERS.csv: one line per group, numbers as shortest
decimals; the concentration of rows, a rational number rounded once, is to be met to the last bit, that of weights and what has
logarithms within 1e-14.  The entropy of scipy and of 50 digits must agree here within 1e-12.
"""

import csv
import random
import sys
from collections import Counter
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy
from scipy.stats import entropy as scipy_entropy

getcontext().prec = 50


def log(x):
    return (Decimal(x.numerator) / Decimal(x.denominator)).ln()


def make_group(rng, number):
    """Values of a skewed choice, some NULL; every tenth group has nearly one value alone."""
    n_rows = rng.choice([1, 2, 3, 5, 20, 100, 400])
    n_values = rng.choice([1, 2, 3, 10, 100])
    skew = rng.choice([1, 2, 5])
    for _ in range(n_rows):
        value = int(n_values * rng.random() ** skew) if number % 10 else int(rng.random() < 0.005)
        weight = rng.choice([0.0, 1.0, 0.1, 2.0**-40, 1e17, rng.random() * 100])
        yield (
            None if rng.random() < 0.05 else value,
            None if rng.random() < 0.05 else weight,
            None if rng.random() < 0.05 else rng.random() < 0.1 + 0.8 * (value % 7) / 7,
        )


def entropy(counts):
    n = sum(counts)
    ours = sum(Decimal(c) / n * log(Fraction(n, c)) for c in counts)
    theirs = scipy_entropy(counts)
    assert abs(float(ours) - theirs) <= 1e-12 * max(1, theirs), (counts, ours, theirs)
    return ours


def concentration(parts):
    total = sum(parts)
    return None if total == 0 else float(sum(Fraction(p, 1) ** 2 for p in parts) / total**2)


def evidence(rows):
    """Bins in the order of their text: WOE of each and the information value; None for one class."""
    bins = sorted({str(v) for v, _, label in rows if v is not None and label is not None})
    bad = [sum(str(v) == b and label is True for v, _, label in rows) for b in bins]
    good = [sum(str(v) == b and label is False for v, _, label in rows) for b in bins]
    if sum(bad) == 0 or sum(good) == 0:
        return [None] * len(bins), None
    half = Fraction(1, 2)
    shares = [
        ((x + half) / (sum(bad) + half * len(bins)), (y + half) / (sum(good) + half * len(bins)))
        for x, y in zip(bad, good)
    ]
    weights = [log(b / g) for b, g in shares]
    information = sum(
        (Decimal((b - g).numerator) / Decimal((b - g).denominator)) * w for (b, g), w in zip(shares, weights)
    )
    floats = numpy.array([[float(b), float(g)] for b, g in shares])
    psi = numpy.sum((floats[:, 0] - floats[:, 1]) * numpy.log(floats[:, 0] / floats[:, 1]))
    assert abs(float(information) - psi) <= 1e-12 * max(1, psi)
    return [float(w) for w in weights], float(information)


def answer(rows):
    counts = Counter(v for v, _, _ in rows if v is not None)
    weights = {}
    for value, weight, _ in rows:
        if value is not None and weight is not None:
            weights[value] = weights.get(value, 0) + Fraction(weight)
    ranked = sorted(counts, key=lambda v: (-counts[v], v))
    nats = entropy(list(counts.values())) if counts else None
    woe, information = evidence(rows)
    return [
        None if nats is None else float(nats),
        None if nats is None else float(nats / Decimal(2).ln()),
        concentration(list(counts.values())) if counts else None,
        concentration(list(weights.values())) if weights else None,
        len(counts),
        ranked[0] if ranked else None,
        "{" + ",".join(map(str, ranked[:3])) + "}" if ranked else None,
        "{" + ",".join("NULL" if w is None else repr(w) for w in woe) + "}",
        information,
    ]


def main():
    rng = random.Random(44)
    with open(sys.argv[1], "w", newline="") as rows_file, open(sys.argv[2], "w", newline="") as answers_file:
        rows_csv = csv.writer(rows_file, lineterminator="\n")
        answers_csv = csv.writer(answers_file, lineterminator="\n")
        rows_csv.writerow(["group", "value", "weight", "label"])
        answers_csv.writerow(
            "group nats bits concentration weighted_concentration distinct_count most_common top_values woe information".split()
        )
        for group in range(150):
            rows = list(make_group(rng, group))
            rows_csv.writerows([group, v, w, label] for v, w, label in rows)
            answers_csv.writerow([group] + answer(rows))


main()
