"""What was before each row of histories that are hard to add up: rational numbers, one loop per row.

Prints part,ord,x and, for both directions of ord, count, sum, average, minimum, maximum and z-score of the
rows strictly before; empty for NULL.  Each is the exact value, rounded once.

    python3 prior.py > ../data/prior.csv
"""

import math
import random
from fractions import Fraction

N_PARTS = 24
ROOT_BITS = 200


def random_value(rng, kind):
    """A value of a history of some kind."""
    if kind == 0:
        return round(rng.lognormvariate(4, 1), 2)
    if kind == 1:
        return rng.choice([-1, 1]) * math.ldexp(rng.random(), rng.randrange(-500, 500))
    if kind == 2:
        return 1e9 + rng.randrange(10)
    if kind == 3:
        return rng.choice([5e-324, -5e-324, 2.2250738585072014e-308, 0.0, -0.0])
    if kind == 4:
        return rng.choice([1e16, 1.0, -1e16, 0.1])
    return 0.3


def rounded_root(square):
    """The square root of a fraction, rounded once."""
    if square == 0:
        return 0.0
    shift = ROOT_BITS - (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    scaled = square * Fraction(4) ** shift
    root = math.isqrt(scaled.numerator // scaled.denominator)
    # what was cut off decides ties alone
    doubled = 2 * root + (Fraction(root) ** 2 != scaled)
    return float(Fraction(doubled, 2) / Fraction(2) ** shift)


def zscore(x, before):
    n = len(before)
    if x is None or n < 2:
        return None
    values = [Fraction(v) for v in before]
    total = sum(values)
    spread = n * sum(v * v for v in values) - total * total
    if spread == 0:
        return None
    deviation = n * Fraction(x) - total
    distance = rounded_root(deviation * deviation * (n - 1) / (n * spread))
    return (-distance if deviation < 0 else distance) + 0.0


def answers(x, n_rows, before):
    """Count, sum, average, minimum, maximum, z-score; before has the values that are not NULL."""
    if not before:
        return [n_rows, None, None, None, None, None]
    total = sum(Fraction(v) for v in before)
    # a zero has no sign: + 0.0
    return [n_rows, float(total) + 0.0, float(total / len(before)) + 0.0, min(before) + 0.0, max(before) + 0.0, zscore(x, before)]


def is_before(a, b, is_descending):
    """Whether a key is before another one; NULL counts as the largest."""
    a = math.inf if a is None else a
    b = math.inf if b is None else b
    return a > b if is_descending else a < b


def text(value):
    return "" if value is None else repr(value)


def main():
    rng = random.Random(5)
    print("part,ord,x," + ",".join(f"{name}_{way}" for way in ("up", "down") for name in ("n", "sum", "avg", "min", "max", "zscore")))
    for part in range(N_PARTS):
        n_rows = 1 if part == 0 else rng.randrange(2, 40)
        rows = []
        for _ in range(n_rows):
            key = None if rng.random() < 0.08 else rng.randrange(12 if part % 2 else 200)
            rows.append((key, None if rng.random() < 0.1 else random_value(rng, part % 6)))
        for key, x in rows:
            line = [part, key, x]
            for is_descending in (False, True):
                before = [v for k, v in rows if is_before(k, key, is_descending)]
                line += answers(x, len(before), [v for v in before if v is not None])
            print(",".join(text(value) for value in line))


main()
