"""Distances, tests and intervals of counts to 50 digits, and the special functions below them:
CSV to standard output, one kind of line each.

    pair,CURRENT,REFERENCE,ALPHA,psi,psi_p_value,js,hellinger,total_variation,chi2,df,p_value,effect
    survival,X,DF,P(chi-squared >= X)
    quantile,P,normal quantile
    wilson,K,N,LEVEL,low,high

The formulas are worked out by mpmath on the exact counts; scipy, which has 12 digits in the tails, must
agree on every line. The merging of small cells is done by its rule, one cell after the other, without queues.

    python3 drift.py SEED > drift.csv
"""

import random
import sys

import mpmath as mp
import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

mp.mp.dps = 50

PUBLISHED = [
    ((300, 300, 400), (500, 500, 0), 0.5),
    ((120, 95, 102, 88, 110, 97, 105, 90, 98, 95), (1000,) * 10, 0.5),
    ((12, 9, 10, 8, 11, 10, 9, 12, 9, 10), (1000,) * 10, 0.5),
    ((12, 9, 10, 8, 11, 10, 9, 12, 9, 10, 0), (1000,) * 10 + (0,), 0.5),
    ((5, 5), (5, 5), 0.5),
    ((30, 14, 6), (40, 50, 10), 0.5),
    ((10, 30, 0), (90, 70, 100), 0.5),
]


def agree(ours, theirs, tolerance=1e-9):
    """scipy's number beside the exact one."""
    assert abs(ours - theirs) <= tolerance * abs(ours) + 1e-300, (ours, theirs)


def survival(x, df):
    if df == 0:
        return mp.mpf(x <= 0)
    value = mp.gammainc(mp.mpf(df) / 2, mp.mpf(x) / 2, mp.inf, regularized=True)
    if value > 1e-280:
        agree(value, stats.chi2.sf(float(x), df), 1e-10)
    return value


def psi(current, reference, alpha):
    if alpha == 0 and 0 in current + reference:
        return mp.nan
    n, m, k = sum(current), sum(reference), len(current)
    total = mp.mpf(0)
    for a, e in zip(current, reference):
        a = (a + mp.mpf(alpha)) / (n + mp.mpf(alpha) * k)
        e = (e + mp.mpf(alpha)) / (m + mp.mpf(alpha) * k)
        total += (a - e) * mp.log(a / e)
    return total


def js(a, e):
    def part(p, q):
        return p * mp.log(2 * p / (p + q), 2) if p else 0

    value = mp.sqrt(sum(part(p, q) + part(q, p) for p, q in zip(a, e)) / 2)
    if value > 1e-5:
        agree(value, jensenshannon([float(p) for p in a], [float(q) for q in e], 2))
    return value


def chi2(current, reference):
    """Cells as [total, position, current, reference]; the smallest goes into the next smallest."""
    cells = [[a + e, i, a, e] for i, (a, e) in enumerate(zip(current, reference))]
    n, m = sum(current), sum(reference)
    while len(cells) > 2:
        cells.sort()
        if min(n, m) * cells[0][0] >= 5 * (n + m):
            break
        total, _, a, e = cells.pop(0)
        cells[0] = [cells[0][0] + total, cells[0][1], cells[0][2] + a, cells[0][3] + e]
    if len(cells) == 1:
        return mp.mpf(0), 0, mp.mpf(1), mp.mpf(0)
    statistic = mp.mpf(0)
    for total, _, a, e in cells:
        for observed, side in ((a, n), (e, m)):
            expected = mp.mpf(total) * side / (n + m)
            statistic += (observed - expected) ** 2 / expected
    if n + m < 1e9 and statistic > 1e-3:
        peer = stats.chi2_contingency([[c[2] for c in cells], [c[3] for c in cells]], correction=False)
        agree(statistic, peer.statistic)
    df = len(cells) - 1
    return statistic, df, survival(statistic, df), mp.sqrt(statistic / (n + m))


def pair(current, reference, alpha):
    used = [(a, e) for a, e in zip(current, reference) if a + e > 0]
    kept, base = [a for a, _ in used], [e for _, e in used]
    n, m = sum(kept), sum(base)
    a, e = [mp.mpf(x) / n for x in kept], [mp.mpf(x) / m for x in base]
    index = psi(kept, base, alpha)
    p_value = mp.nan if mp.isnan(index) else survival(index * n * m / (n + m), len(used) - 1)
    hellinger = mp.sqrt(sum((mp.sqrt(x) - mp.sqrt(y)) ** 2 for x, y in zip(a, e)) / 2)
    variation = sum(abs(x - y) for x, y in zip(a, e)) / 2
    return index, p_value, js(a, e), hellinger, variation, *chi2(kept, base)


def draw_pair(rng):
    k = rng.choice((1, 2, 3, 5, 8, 12, 20, 40))
    size = rng.choice((1, 4, 10, 100, 10**4, 10**9, 10**15))
    shares = [rng.random() ** rng.choice((1, 4)) for _ in range(k)]
    drift = rng.choice((0, 1e-6, 0.1, 1))
    current = [int(size * s * (1 + drift * (rng.random() - 0.5))) for s in shares]
    reference = [int(size * rng.choice((1, 1, 7)) * s) if rng.random() < 0.95 else 0 for s in shares]
    if sum(current) == 0 or sum(reference) == 0:
        return draw_pair(rng)
    return tuple(current), tuple(reference), rng.choice((0, 0.5, 0.5, 1, 0.001))


def wilson(k, n, level):
    z = mp.sqrt(2) * mp.erfinv(mp.mpf(level))
    agree(z, stats.norm.isf((1 - level) / 2), 1e-12)
    p = mp.mpf(k) / n
    half = z * mp.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((p + z * z / (2 * n) + side * half) / (1 + z * z / n) for side in (-1, 1))
    return low if k > 0 else mp.mpf(0), high


def quantile(p):
    """Newton's method on the tail, from scipy's value: erfinv loses what is small."""
    z = mp.mpf(float(stats.norm.ppf(p)))
    for _ in range(4):
        z -= (mp.erfc(-z / mp.sqrt(2)) / 2 - mp.mpf(p)) / mp.npdf(z)
    return z


def write(kind, *fields):
    def show(field):
        if isinstance(field, tuple):
            return " ".join(map(str, field))
        return str(field) if isinstance(field, int) else repr(float(field))

    print(kind, *map(show, fields), sep=",")


def survival_points(rng):
    for df in (1, 2, 3, 4, 7, 9, 19, 39, 40, 41, 42, 80, 99, 500, 999, 5000, 33000):
        for exponent in (-300, -250, -200, -100, -50, -20, -10, -5, -2, -1, -0.3, -0.01):
            yield float(stats.chi2.isf(10.0**exponent, df)) * (1 + 1e-3 * rng.random()), df
        for x in (0, 1e-300, 1e-9, 0.5, df, df + 2, df * 1.1):
            yield float(x), df


def main():
    rng = random.Random(int(sys.argv[1]))
    for current, reference, alpha in PUBLISHED + [draw_pair(rng) for _ in range(150)]:
        write("pair", current, reference, alpha, *pair(current, reference, alpha))
    for x, df in survival_points(rng):
        # below, doubles are no longer normal numbers
        if np.isfinite(x) and (value := survival(x, df)) > 1e-305:
            write("survival", x, df, value)
    for p in [1e-300, 1e-50, 1e-12, 1e-5, 0.005, 0.025, 0.05, 0.5, 0.99] + [rng.random() for _ in range(60)]:
        write("quantile", p, quantile(p))
    for _ in range(60):
        n = rng.choice((1, 7, 100, 10**6, 10**12))
        k = rng.randrange(n + 1)
        level = rng.choice((0.5, 0.9, 0.95, 0.99, 1 - 1e-9))
        write("wilson", k, n, level, *wilson(k, n, level))


main()
