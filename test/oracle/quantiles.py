"""Answers of the aggregates of quantiles and of two samples, from other programs and from numbers without rounding.

    python3 quantiles.py ROWS ANSWERS      made-up rows and the answers of each frame, as CSV

Positions of quantiles follow from p and n in double by the rules of Hyndman and Fan; what follows from them, means without
the ends, distances and their medians are rational numbers, rounded once, and must be near what numpy and scipy say. The
p-values of small samples are scipy's exact ones, of large ones Kolmogorov's distribution by mpmath.
"""
import csv
import math
import random
import sys
from fractions import Fraction

import mpmath
import numpy
from scipy import stats

mpmath.mp.dps = 50
METHODS = (
    "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull linear median_unbiased normal_unbiased"
).split()


def make_rows():
    """Frames of rows (x, is_reference), either of which may be None."""
    rng = random.Random(9)
    for frame in range(80):
        size = rng.choice([1, 1e-300, 1e-9, 1000, 1e290])
        digits = rng.choice([0, 1, 9])
        rows = []
        for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 20, 50]) if frame < 78 else 250):
            x = rng.choice([round(rng.gauss(0, 9), digits), float(rng.randrange(-2, 3))]) * size + 0.0
            rows.append((None if rng.random() < 0.1 else x, None if rng.random() < 0.05 else rng.random() < 0.4))
        yield rows


def rounded(number):
    """The float nearest to a rational or a number of mpmath; +0 for 0."""
    return float(number) + 0.0


def near(found, wanted, values):
    """Whether another program's answer is one to its rounding, by the size of the values."""
    return abs(Fraction(found) - Fraction(wanted)) <= Fraction(1, 10**11) * max([abs(Fraction(v)) for v in values] + [abs(Fraction(wanted))])


def at(x, place):
    return Fraction(x[min(max(place, 1), len(x)) - 1])


def position(n, p, kind):
    """j and g of a rule, from 1."""
    if kind == 3:
        place = n * p - 0.5
        j = math.floor(place)
        return j, 0 if place == j and j % 2 == 0 else 1
    if kind == 7:
        place = (n - 1) * p
        return math.floor(place) + 1, place - math.floor(place)
    place = {5: n * p + 0.5, 6: (n + 1) * p, 8: ((3 * n + 1) * p + 1) / 3, 9: ((8 * n + 2) * p + 3) / 8}.get(kind, n * p)
    j = math.floor(place)
    if kind < 3:
        return j, 1 if place > j else (0, 0.5)[kind - 1]
    return j, place - j


def quantile(x, p, kind=7):
    j, g = position(len(x), p, kind)
    return at(x, j) + Fraction(g) * (at(x, j + 1) - at(x, j))


def quantile_answer(p, kind):
    def answer(x):
        exact = quantile(x, p, kind)
        assert near(numpy.quantile(x, p, method=METHODS[kind - 1]), exact, x), (x, p, kind)
        return rounded(exact)

    return answer


def range_answer(x):
    exact = quantile(x, 0.75) - quantile(x, 0.25)
    assert near(stats.iqr(x), exact, x)
    return rounded(exact)


def deviation_answer(scale):
    def answer(x):
        middle = quantile(x, 0.5)
        distances = sorted(abs(Fraction(v) - middle) for v in x)
        n = len(distances)
        exact = (distances[(n - 1) // 2] + distances[n // 2]) / 2
        assert near(stats.median_abs_deviation(x), exact, x)
        return rounded(exact * Fraction(scale))

    return answer


def trimmed_answer(x):
    cut = math.floor(0.1 * len(x))
    kept = x[cut : len(x) - cut]
    exact = sum(map(Fraction, kept)) / len(kept)
    assert near(stats.trim_mean(x, 0.1), exact, x)
    return rounded(exact)


def winsorized_answer(x):
    cut = math.floor(0.1 * len(x))
    kept = x[cut : len(x) - cut]
    exact = (sum(map(Fraction, kept)) + cut * (Fraction(kept[0]) + Fraction(kept[-1]))) / len(x)
    assert near(float(stats.mstats.winsorize(numpy.array(x), (0.1, 0.1)).mean()), exact, x)
    return rounded(exact)


def rank_answer(x):
    return sum(v <= 1 for v in x) / len(x)


def shares(sides):
    """Neighbours of all values, and how far both distribution functions are apart between them."""
    current, reference = sides
    values = sorted(set(current) | set(reference))
    for i, x in enumerate(values):
        distance = Fraction(sum(v <= x for v in current), len(current)) - Fraction(sum(v <= x for v in reference), len(reference))
        yield abs(distance), Fraction(values[min(i + 1, len(values) - 1)]) - Fraction(x)


def statistic(sides):
    exact = max(distance for distance, _ in shares(sides))
    assert near(stats.ks_2samp(*sides).statistic, exact, [1])
    return rounded(exact)


def p_value(sides):
    n, m = map(len, sides)
    if n * m <= 10000:
        return float(stats.ks_2samp(*sides, method="exact").pvalue)
    z = mpmath.sqrt(mpmath.mpf(n) * m / (n + m)) * max(distance for distance, _ in shares(sides))
    terms = [(-1) ** (k - 1) * mpmath.exp(-2 * k * k * z * z) for k in range(1, 200)]
    return rounded(min(1, 2 * mpmath.fsum(terms)))


def area(sides):
    return sum(distance * width for distance, width in shares(sides))


def wasserstein(sides):
    exact = area(sides)
    assert near(stats.wasserstein_distance(*sides), exact, sides[0] + sides[1])
    return rounded(exact)


def normalized(sides):
    reference = [Fraction(v) for v in sides[1]]
    if len(reference) < 2:
        return None
    mean = sum(reference) / len(reference)
    variance = sum((v - mean) ** 2 for v in reference) / (len(reference) - 1)
    deviation = mpmath.sqrt(mpmath.mpf(variance.numerator) / variance.denominator)
    exact = area(sides)
    return rounded(mpmath.mpf(exact.numerator) / exact.denominator / max(deviation, mpmath.mpf(1) / 1000))


SAMPLE = [(f"mlops.quantile(mlops.quantile_agg(x), {p}, {kind})", 0, quantile_answer(p, kind)) for kind in range(1, 10) for p in (0, 0.1, 0.5, 0.77)] + [
    ("mlops.exact_quantile(x, 0.3)", 0, quantile_answer(0.3, 7)),
    ("mlops.median(x)", 0, quantile_answer(0.5, 7)),
    ("mlops.interquartile_range(x)", 0, range_answer),
    ("mlops.median_abs_deviation(x)", 0, deviation_answer(1)),
    ("mlops.median_abs_deviation(mlops.quantile_agg(x), 1.4826)", 0, deviation_answer(1.4826)),
    ("mlops.trimmed_mean(mlops.quantile_agg(x), 0.1)", 0, trimmed_answer),
    ("mlops.winsorized_mean(mlops.quantile_agg(x), 0.1)", 0, winsorized_answer),
    ("mlops.rank_of(mlops.quantile_agg(x), 1)", 0, rank_answer),
]
TWO = [
    ("(mlops.ks_test(x, is_reference)).statistic", 0, statistic),
    ("(mlops.ks_test(x, is_reference)).p_value", 1e-12, p_value),
    ("mlops.wasserstein_distance(x, is_reference)", 0, wasserstein),
    ("mlops.normalized_wasserstein_distance(x, is_reference)", 0, normalized),
]


def sample_of(rows):
    return sorted(x for x, _ in rows if x is not None)


def sides_of(rows):
    return [sorted(x for x, side in rows if x is not None and side is which) for which in (False, True)]


def answers(frames):
    for call, tolerance, answer in SAMPLE:
        yield call, tolerance, [answer(sample_of(rows)) if sample_of(rows) else None for rows in frames]
    for call, tolerance, answer in TWO:
        yield call, tolerance, [answer(sides_of(rows)) if all(sides_of(rows)) else None for rows in frames]


def main(rows_file, answers_file):
    frames = list(make_rows())
    with open(rows_file, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["frame", "x", "is_reference"])
        for frame, rows in enumerate(frames):
            for x, side in rows:
                writer.writerow([frame, "" if x is None else repr(x), "" if side is None else "ft"[side]])
    with open(answers_file, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["call", "tolerance", "answers"])
        for call, tolerance, found in answers(frames):
            writer.writerow([call, tolerance, "{" + ",".join("N" if a is None else repr(a) for a in found) + "}"])


main(*sys.argv[1:])
