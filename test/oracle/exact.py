"""Exact numbers once more: each answer from rational numbers, rounded once.

    python3 exact.py golden ROWS ANSWERS      make the files that the suite reads
    python3 exact.py frames N                 compare N sliding frames with the server of PGHOST
                                              (psycopg; scipy, if it is there, checks the formulas)

A float8 is a fraction, so sums, variances and slopes are fractions; a root is taken in integers with a
bit that says whether something is left over.  So an answer is the float8 nearest to the exact one, half
to even, and is written as the hexadecimal digits of its bytes; N for NULL, E for out of range (22003).
"""

import csv
import datetime
import math
import random
import struct
import sys
from fractions import Fraction
from functools import cached_property
from math import isqrt

DAY = 86400 * 10**6


# ---- rounding ----


class OutOfRange(Exception):
    pass


def rounded(number):
    """A fraction as float8, half to even; a zero is +0."""
    try:
        return number.numerator / number.denominator + 0.0
    except OverflowError:
        raise OutOfRange from None


def root(square, sign=1):
    """sign * sqrt(square), rounded once."""
    if square == 0:
        return 0.0
    # 2^(2 shift) square has at least 140 bits, so its root 70; the last bit says that something is left
    shift = max(0, (140 - square.numerator.bit_length() + square.denominator.bit_length()) // 2 + 1)
    scaled, rest = divmod(square.numerator << 2 * shift, square.denominator)
    whole = isqrt(scaled)
    is_left = rest != 0 or whole * whole != scaled
    return rounded(Fraction(sign * (2 * whole + is_left), 1 << shift + 1))


# ---- statistics: None is NULL ----


def integers(values):
    """Integers, and the power of two that they are to be divided by: fractions without their gcd."""
    ratios = [v.as_integer_ratio() for v in values]
    unit = max((d for _, d in ratios), default=1)
    return [n * (unit // d) for n, d in ratios], unit


class One:
    """Moments of the values that are not NULL."""

    def __init__(self, values):
        self.values = [v for v in values if v is not None]
        self.nulls = len(values) - len(self.values)
        self.n = n = len(self.values)
        exact, unit = integers(self.values)
        self.sum = Fraction(sum(exact), unit)
        self.squares = Fraction(sum(v * v for v in exact), unit**2)
        if n:
            # n times the distance from the mean
            apart = [n * v - sum(exact) for v in exact]
            self.m2, self.m3, self.m4 = (Fraction(sum(v**k for v in apart), (n * unit) ** k) for k in (2, 3, 4))

    def variance(self, is_sample):
        if self.n < (2 if is_sample else 1):
            return None
        return self.m2 / (self.n - is_sample)


def count(one):
    return one.n


def nulls(one):
    return one.nulls


def total(one):
    return rounded(one.sum) if one.n else None


def mean(one):
    return rounded(one.sum / one.n) if one.n else None


def minimum(one):
    """A zero is +0 here, too: which of equal ones came first plays no part."""
    return min(one.values) + 0.0 if one.n else None


def maximum(one):
    return max(one.values) + 0.0 if one.n else None


def root_mean_square(one):
    return root(one.squares / one.n) if one.n else None


def variance(is_sample):
    def answer(one):
        exact = one.variance(is_sample)
        return None if exact is None else rounded(exact)

    return answer


def stddev(is_sample):
    def answer(one):
        exact = one.variance(is_sample)
        return None if exact is None else root(exact)

    return answer


def variation(is_sample):
    def answer(one):
        exact = one.variance(is_sample)
        if exact is None or one.sum == 0:
            return None
        return root(exact / (one.sum / one.n) ** 2, 1 if one.sum > 0 else -1)

    return answer


def skewness(is_sample):
    def answer(one):
        n = one.n
        if n < (3 if is_sample else 1) or one.m2 == 0:
            return None
        square = one.m3**2 * n / one.m2**3
        if is_sample:
            square = square * n * (n - 1) / (n - 2) ** 2
        return root(square, 1 if one.m3 > 0 else -1)

    return answer


def kurtosis(is_sample):
    def answer(one):
        n = one.n
        if n < (4 if is_sample else 1) or one.m2 == 0:
            return None
        excess = n * one.m4 / one.m2**2 - 3
        if is_sample:
            excess = Fraction(n - 1, (n - 2) * (n - 3)) * ((n + 1) * excess + 6)
        return rounded(excess)

    return answer


class Two:
    """Moments of the pairs (y, x) in which nothing is NULL."""

    def __init__(self, pairs):
        pairs = [pair for pair in pairs if pair[0] is not None and pair[1] is not None]
        self.n = n = len(pairs)
        if n:
            ys, y_unit = integers([y for y, _ in pairs])
            xs, x_unit = integers([x for _, x in pairs])
            self.y, self.x = Fraction(sum(ys), n * y_unit), Fraction(sum(xs), n * x_unit)
            ys, xs = [n * y - sum(ys) for y in ys], [n * x - sum(xs) for x in xs]
            self.xx = Fraction(sum(x * x for x in xs), (n * x_unit) ** 2)
            self.yy = Fraction(sum(y * y for y in ys), (n * y_unit) ** 2)
            self.xy = Fraction(sum(x * y for y, x in zip(ys, xs)), n * n * x_unit * y_unit)

    def slope(self):
        return self.xy / self.xx if self.n and self.xx != 0 else None

    def r_squared(self):
        return self.xy**2 / (self.xx * self.yy) if self.n and self.xx != 0 and self.yy != 0 else None

    def sign(self):
        return 1 if self.xy > 0 else -1


def slope(two):
    exact = two.slope()
    return None if exact is None else rounded(exact)


def intercept(two):
    exact = two.slope()
    return None if exact is None else rounded(two.y - exact * two.x)


def correlation(two):
    exact = two.r_squared()
    return None if exact is None else root(exact, two.sign())


def r_squared(two):
    """1 if y alone has no variance, as regr_r2 has it."""
    if two.n and two.xx != 0 and two.yy == 0:
        return 1.0
    exact = two.r_squared()
    return None if exact is None else rounded(exact)


def covariance(is_sample):
    def answer(two):
        if two.n < (2 if is_sample else 1):
            return None
        return rounded(two.xy / (two.n - is_sample))

    return answer


def slope_t(two):
    exact = two.r_squared()
    if exact is None or two.n < 3 or exact == 1:
        return None
    return root(exact * (two.n - 2) / (1 - exact), two.sign())


# ---- what one frame is ----


class Frame:
    """rows: (x, y, w, ts, flag), each of which may be None."""

    def __init__(self, rows):
        self.rows = rows

    def column(self, i):
        return [row[i] for row in self.rows]

    @cached_property
    def one(self):
        return One(self.column(0))

    @cached_property
    def two(self):
        return Two([(row[1], row[0]) for row in self.rows])

    @cached_property
    def of_time(self):
        return Two([(row[0], row[3]) for row in self.rows])


def weighted_avg(frame):
    pairs = [(Fraction(x), Fraction(w)) for x, _, w, _, _ in frame.rows if x is not None and w is not None]
    weight = sum(w for _, w in pairs)
    return rounded(sum(x * w for x, w in pairs) / weight) if pairs and weight != 0 else None


def trend(unit):
    def answer(frame):
        exact = frame.of_time.slope()
        return None if exact is None else rounded(exact * unit)

    return answer


def in_window(ts, as_of, window):
    return ts is not None and as_of - window <= ts < as_of


def velocity(as_of, short, long):
    def answer(frame):
        n_short, n_long = (sum(in_window(ts, as_of, w) for ts in frame.column(3)) for w in (short, long))
        return rounded(Fraction(n_short * long, short * n_long)) if n_long else None

    return answer


def count_if(frame):
    return sum(flag is True for flag in frame.column(4))


def rate(a, b):
    def answer(frame):
        # without any row the server has not seen a and b
        if not frame.rows:
            return None
        n = sum(flag is not None for flag in frame.column(4))
        weight = n + Fraction(a) + Fraction(b)
        return rounded((count_if(frame) + Fraction(a)) / weight) if weight != 0 else None

    return answer


def lookback(as_of, window, function):
    def answer(frame):
        return function(One([row[0] for row in frame.rows if in_window(row[3], as_of, window)]))

    return answer


def of_one(function):
    return lambda frame: function(frame.one)


def of_two(function):
    return lambda frame: function(frame.two)


def list_calls():
    """(SQL of an aggregate call, accessor around it, type, function of a frame)."""
    as_of = "timestamptz '2025-01-11 00:00+00'"
    windows = "'{1 day,3 days,10 days}'::interval[]"
    calls = [
        ("mlops.exact_sum(x)", "%s", "float8", of_one(total)),
        ("mlops.exact_avg(x)", "%s", "float8", of_one(mean)),
        ("mlops.weighted_avg(x, w)", "%s", "float8", weighted_avg),
        ("mlops.trend(x, ts)", "%s", "float8", trend(DAY)),
        ("mlops.trend(x, ts, '90 minutes'::interval)", "%s", "float8", trend(90 * 60 * 10**6)),
        (f"mlops.velocity(ts, {as_of}, '1 day', '7 days')", "%s", "float8", velocity(10 * DAY, DAY, 7 * DAY)),
        ("mlops.count_if(flag)", "%s", "int8", count_if),
        ("mlops.rate(flag)", "%s", "float8", rate(0, 0)),
        ("mlops.rate(flag, 0.1, 2.5)", "%s", "float8", rate(0.1, 2.5)),
    ]
    plain = [
        ("value_count", "int8", count), ("null_count", "int8", nulls), ("total", "float8", total), ("mean", "float8", mean),
        ("minimum", "float8", minimum), ("maximum", "float8", maximum), ("root_mean_square", "float8", root_mean_square),
    ]
    calls += [("mlops.stats_agg(x)", f"mlops.{name}(%s)", kind, of_one(f)) for name, kind, f in plain]
    methods = [
        ("variance", variance), ("stddev", stddev), ("coefficient_of_variation", variation),
        ("skewness", skewness), ("kurtosis", kurtosis),
    ]
    for method, is_sample in ("sample", True), ("population", False):
        calls += [("mlops.stats_agg(x)", f"mlops.{name}(%s, '{method}')", "float8", of_one(f(is_sample))) for name, f in methods]
        calls.append(("mlops.stats_agg(y, x)", f"mlops.covariance(%s, '{method}')", "float8", of_two(covariance(is_sample))))
    calls += [("mlops.stats_agg(y, x)", f"mlops.{f.__name__}(%s)", "float8", of_two(f)) for f in (slope, intercept, correlation, r_squared, slope_t)]
    for i, days in enumerate((1, 3, 10), 1):
        for name, kind, f in plain[:4]:
            calls.append((f"mlops.lookback_agg(x, ts, {as_of}, {windows})", f"mlops.{name}((%s)[{i}])", kind, lookback(10 * DAY, days * DAY, f)))
    return calls


def answer(function, frame, kind):
    try:
        value = function(frame)
    except OutOfRange:
        return "E"
    if value is None:
        return "N"
    return struct.pack(">q" if kind == "int8" else ">d", value).hex()


# ---- frames ----

TINY = 2.0**-1074
SHAPES = {
    "golden": [
        [1e16, 1.0, -1e16, 0.1], [1e308, -1e308, 1e308], [1e308, 1e308, -1e308], [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16],
        [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], [10.0, 20.0, 40.0], [1.0], [None], [None, None, 3.0], [0.0, -0.0], [-0.0], [5.0] * 6,
        [0.1] * 10, [1e308] * 3, [TINY], [TINY, -TINY], [TINY] * 3, [1.0, 2.0**-53], [1.0, 2.0**-53, TINY], [1.0, 3 * 2.0**-53],
        [-1.0, -(2.0**-53), -TINY], [1.7976931348623157e308, 2.0**969], [1.7976931348623157e308, 2.0**970],
        [1.7976931348623157e308, 2.0**970, -TINY], [2.0**-537, -(2.0**-537)], [1e-160, 3e-160, 1e-170], [1e160, -1e160, 3e160],
        [1e-320, 1.0, 1e300], [2.5e-324, 2.2250738585072014e-308],
    ],
}


def draw_value(random_, shape):
    u = random_.random()
    if shape == "plain":
        return random_.uniform(-100, 100)
    if shape == "integers":
        return float(random_.randint(-20, 20))
    if shape == "cents":
        return random_.randint(0, 10**6) / 100
    if shape == "offset":
        return 1e9 + random_.random()
    if shape == "mixed":
        return random_.choice((-1, 1)) * (1 + u) * 10.0 ** random_.randint(-15, 15)
    if shape == "tiny":
        return random_.choice((-1, 1)) * random_.randint(0, 2**53) * TINY
    if shape == "huge":
        return random_.choice((-1, 1)) * (0.5 + u / 2) * 1e308
    return struct.unpack(">d", struct.pack(">Q", random_.getrandbits(64) & ~(0x7FF << 52) | random_.randint(1, 2046) << 52))[0]


def draw_rows(random_, xs, shape):
    """Rows around given x: y follows x with noise or is of its own, w from 0, times within ten days and after."""
    rows = []
    for i, x in enumerate(xs):
        y = None if x is None or random_.random() < 0.05 else draw_value(random_, shape) if i % 3 == 0 else x / 2
        w = None if random_.random() < 0.05 else random_.choice((0.0, 0.25, 1.0, random_.random() * 3))
        ts = None if random_.random() < 0.05 else random_.choice((i * DAY // 2, random_.randint(0, 12 * DAY), 10 * DAY, 9 * DAY))
        rows.append((x, y, w, ts, random_.choice((True, False, None))))
    return rows


def draw_frames(random_):
    frames = [draw_rows(random_, xs, "plain") for xs in SHAPES["golden"]]
    for shape in ("plain", "integers", "cents", "offset", "mixed", "tiny", "huge", "any"):
        for n in (1, 2, 2, 3, 3, 4, 5, 8, 13):
            xs = [None if random_.random() < 0.1 else draw_value(random_, shape) for _ in range(n)]
            frames.append(draw_rows(random_, xs, shape))
    return frames


def write_golden(rows_path, answers_path):
    frames = draw_frames(random.Random(5))
    with open(rows_path, "w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["frame", "x", "y", "w", "ts_us", "flag"])
        for i, rows in enumerate(frames):
            for x, y, w, ts, flag in rows:
                table.writerow([i] + ["" if v is None else v for v in (x, y, w, ts, flag)])
    with open(answers_path, "w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["call", "accessor", "type", "answers"])
        for call, accessor, kind, function in list_calls():
            answers = [answer(function, Frame(rows), kind) for rows in frames]
            table.writerow([call, accessor, kind, "{" + ",".join(answers) + "}"])


# ---- by hand: the formulas against scipy, sliding frames against the server ----


def check_formulas():
    """The same definitions as scipy and math have, as far as their rounding lets one see."""
    try:
        from scipy import stats
    except ImportError:
        print("scipy is not installed: formulas are not compared")
        return
    random_ = random.Random(7)
    for _ in range(500):
        n = random_.randint(4, 40)
        xs = [random_.gauss(3, 2) for _ in range(n)]
        ys = [0.5 * x + random_.gauss(0, 1) for x in xs]
        one, two, line = One(xs), Two(list(zip(ys, xs))), stats.linregress(xs, ys)
        assert total(one) == math.fsum(xs)
        pairs = [
            (skewness(False)(one), stats.skew(xs)), (skewness(True)(one), stats.skew(xs, bias=False)),
            (kurtosis(False)(one), stats.kurtosis(xs)), (kurtosis(True)(one), stats.kurtosis(xs, bias=False)),
            (variation(True)(one), stats.variation(xs, ddof=1)), (slope(two), line.slope), (intercept(two), line.intercept),
            (correlation(two), line.rvalue), (slope_t(two), line.slope / line.stderr),
        ]
        for ours, theirs in pairs:
            assert math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12), (ours, theirs)
    print("formulas agree with scipy and math.fsum on 500 samples")


def timestamp(microseconds):
    if microseconds is None:
        return None
    return datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=microseconds)


def slide(cursor, calls, rows, start, end):
    """Answers of the server to frames of the rows from i - start to i - end."""
    cursor.execute("TRUNCATE r")
    with cursor.copy("COPY r FROM STDIN") as copy:
        for i, (x, y, w, ts, flag) in enumerate(rows):
            copy.write_row((i, x, y, w, timestamp(ts), flag))
    columns = [f"encode({kind}send({accessor % (call + ' OVER w')}), 'hex')" for call, accessor, kind, _ in calls]
    last = f"{end} PRECEDING" if end >= 0 else f"{-end} FOLLOWING"
    cursor.execute(
        f"SELECT {', '.join(columns)} FROM r WINDOW w AS (ORDER BY i ROWS BETWEEN {start} PRECEDING AND {last}) ORDER BY i"
    )
    return cursor.fetchall()


def compare_frames(n_frames):
    """Windows over drawn rows; each frame is answered anew in fractions."""
    import psycopg

    # lookback_agg does not slide
    calls = [c for c in list_calls() if "lookback" not in c[0]]
    n_different = n_compared = 0
    random_ = random.Random(11)
    with psycopg.connect("") as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE r (i int, x float8, y float8, w float8, ts timestamptz, flag bool)")
        while n_compared < n_frames:
            # shapes whose answers are all within range
            shape = random_.choice(("plain", "integers", "cents", "offset", "mixed"))
            xs = [None if random_.random() < 0.1 else draw_value(random_, shape) for _ in range(2000)]
            rows = draw_rows(random_, xs, shape)
            start, end = random_.choice(((7, 0), (0, -5), (12, 4), (3, -3), (30, 25)))
            for i, answers in enumerate(slide(cursor, calls, rows, start, end)):
                frame = Frame(rows[max(i - start, 0) : max(i - end + 1, 0)])
                for (call, accessor, kind, function), found in zip(calls, answers):
                    wanted = answer(function, frame, kind)
                    if (found or "N") != wanted:
                        n_different += 1
                        if n_different <= 20:
                            print("different:", accessor % call, "found", found, "wanted", wanted, frame.rows)
                n_compared += 1
    print(f"{n_compared} frames, {len(calls)} answers each, {n_different} different")
    return n_different


def main():
    if sys.argv[1] == "golden":
        write_golden(*sys.argv[2:])
        return 0
    check_formulas()
    return 1 if compare_frames(int(sys.argv[2])) else 0


if __name__ == "__main__":
    sys.exit(main())
