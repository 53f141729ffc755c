"""Counts of histogram_agg and category_histogram_agg on random values, by numpy.histogram and collections.Counter.

    python3 histograms.py ANSWERS.csv

ANSWERS.csv: kind (numbers or categories), values, cells (edges or categories) and counts, as arrays of PostgreSQL.
Numbers: below the first edge, the cells, at or above the last edge, NULL, NaN.  Categories: each, others, NULL.
"""

import csv
import math
import random
import sys
from collections import Counter

import numpy

SPECIAL = [0.0, -0.0, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan, None]


def number_text(x):
    if x is None:
        return "NULL"
    return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(x, "NaN" if x != x else repr(x))


def array_text(texts):
    return "{" + ",".join(texts) + "}"


def count_numbers(values, edges):
    """numpy's last cell holds its upper edge: so cells are asked for one by one, half open, but for an infinite end."""
    numbers = numpy.array([v for v in values if v is not None and v == v], dtype=float)
    outer = numpy.array([-numpy.inf, *[e for e in edges if math.isfinite(e)], numpy.inf])
    inner = numpy.histogram(numbers, outer)[0].tolist() if len(numbers) else [0] * (len(outer) - 1)
    # the outermost cells of numpy are the server's cells where the edge is infinite, and what lies outside where not
    below = 0 if edges[0] == -math.inf else inner.pop(0)
    above = 0 if edges[-1] == math.inf else inner.pop()
    nulls = sum(v is None for v in values)
    nans = sum(v is not None and v != v for v in values)
    return [below, *inner, above, nulls, nans]


def make_numbers(rng):
    edges = sorted({round(rng.uniform(-5, 5), 1) for _ in range(rng.randint(2, 9))} | {6.0, 7.5})
    if rng.random() < 0.3:
        edges.insert(0, -math.inf)
    if rng.random() < 0.3:
        edges.append(math.inf)
    drawn = [round(rng.uniform(-8, 9), 1) for _ in range(rng.randint(1, 60))]
    values = drawn + rng.sample(SPECIAL, rng.randint(0, len(SPECIAL))) + rng.choices(edges, k=3)
    return values, edges


def make_categories(rng):
    names = [f"c{i}" for i in range(12)] + ["", "Ä", "two words"]
    categories = rng.sample(names, rng.randint(0, 8))
    return [rng.choice([*names, None]) for _ in range(rng.randint(1, 60))], categories


def quoted(name):
    return "NULL" if name is None else '"' + name + '"'


def main():
    rng = random.Random(11)
    with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["kind", "values", "cells", "counts"])
        for _ in range(150):
            values, edges = make_numbers(rng)
            counts = count_numbers(values, edges)
            assert sum(counts) == len(values)
            out.writerow(
                ["numbers", array_text(map(number_text, values)), array_text(map(number_text, edges)), array_text(map(str, counts))]
            )
            values, categories = make_categories(rng)
            counter = Counter(values)
            counts = [counter[c] for c in categories]
            counts += [len(values) - sum(counts) - counter[None], counter[None]]
            out.writerow(
                ["categories", array_text(map(quoted, values)), array_text(map(quoted, categories)), array_text(map(str, counts))]
            )


main()
