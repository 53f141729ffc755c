"""Answers of the aggregates of a history, from other programs and from numbers without rounding.

    python3 history.py ROWS ANSWERS      made-up rows and the answers of each frame, as CSV

Gaps come from numpy.diff, streaks from itertools.groupby, averages over time from rational numbers, weights that halve with
age from mpmath with 50 digits; means with such weights are compared with pandas, gaps in seconds with datetime. Days past
due are counted by a regular expression and pairs of neighbours, months by local times of zoneinfo.
"""
import collections
import csv
import datetime
import itertools
import random
import re
import sys
import zoneinfo
from fractions import Fraction

import mpmath
import numpy
import pandas

mpmath.mp.dps = 50
SECOND = 10**6
HOUR = 3600 * SECOND
DAY = 24 * HOUR
YEAR = 365 * DAY
# as_of of all calls, and the range of averages over time, from the time of the first row of all on
AS_OF = YEAR
RANGE = (150 * DAY, 330 * DAY)
# as_of of days past due: the first of a month in Greenwich, the last of one in New York
MONTH_END = AS_OF + 59 * DAY + 3 * HOUR
SQL_MONTH_END = "'2026-03-01 03:00+00'"
SQL_BASE = "'2025-01-01 00:00+00'::timestamptz"
SQL_AS_OF = "'2026-01-01 00:00+00'"
SQL_RANGE = "'2025-05-31 00:00+00', '2025-11-27 00:00+00'"


def make_rows():
    """Frames of rows (v, ts, flag, tiebreak), each of which may be None; in no order."""
    rng = random.Random(6)
    for frame in range(150):
        unit = rng.choice([1, SECOND, HOUR, DAY])
        rows = []
        for i in range(rng.choice([0, 1, 2, 3, 5, 8, 20, 60])):
            ts = AS_OF - rng.randrange(400) * unit - rng.choice([0, 0, 1, 999999]) * (frame % 3)
            rows.append(
                (
                    None if rng.random() < 0.1 else rng.choice([rng.uniform(-5, 50), rng.lognormvariate(0, 9), float(rng.randrange(40))]),
                    None if rng.random() < 0.05 else max(ts, 0),
                    rng.choice([True, True, True, False, None]),
                    None if rng.random() < 0.05 else rng.randrange(-3, 4) if frame % 2 else i,
                )
            )
        yield rows


def root(ratio):
    return mpmath.sqrt(mpmath.mpf(ratio.numerator) / ratio.denominator)


def rounded(number):
    """The float nearest to a rational or a number of mpmath."""
    if number is None or isinstance(number, (int, bool)):
        return number
    if isinstance(number, Fraction):
        return float(number)
    return float(mpmath.mpf(number))


def gaps(rows):
    times = sorted(row[1] for row in rows if row[1] is not None)
    found = [int(gap) for gap in numpy.diff(numpy.array(times, dtype=numpy.int64))]
    names = ["mean_gap", "min_gap", "max_gap", "last_gap", "stddev_gap", "gap_variation", "burstiness", "gap_trend"]
    answers = dict.fromkeys(names)
    m = len(found)
    if m == 0:
        return answers
    mean = Fraction(sum(found), m)
    squares = sum((gap - mean) ** 2 for gap in found)
    answers.update(mean_gap=mean / SECOND, min_gap=Fraction(min(found), SECOND), max_gap=Fraction(max(found), SECOND), last_gap=Fraction(found[-1], SECOND))
    start = datetime.datetime(2025, 1, 1)
    last = (start + datetime.timedelta(microseconds=times[-1])) - (start + datetime.timedelta(microseconds=times[-2]))
    assert last.total_seconds() == float(answers["last_gap"])
    if mean > 0:
        sigma = root(squares / m)
        exact_mean = mpmath.mpf(mean.numerator) / mean.denominator
        answers["burstiness"] = (sigma - exact_mean) / (sigma + exact_mean)
    if m > 1:
        sd = root(squares / (m - 1))
        assert abs(float(sd) - numpy.std(numpy.array(found, dtype=float), ddof=1)) <= 1e-9 * float(mean) + 1e-9
        answers["stddev_gap"] = sd / SECOND
        if mean > 0:
            answers["gap_variation"] = root(squares / (m - 1) / mean**2)
        middle = Fraction(m + 1, 2)
        answers["gap_trend"] = sum((i + 1 - middle) * gap for i, gap in enumerate(found)) / sum((i + 1 - middle) ** 2 for i in range(m)) / SECOND
        assert abs(numpy.polyfit(range(m), found, 1)[0] / SECOND - float(answers["gap_trend"])) <= 1e-9 * float(max(found)) / SECOND + 1e-12
    return answers


def streaks(rows, on_null):
    order = {False: 0, True: 1, None: 2}
    placed = sorted((ts, tiebreak, order[flag]) for _, ts, flag, tiebreak in rows if ts is not None and tiebreak is not None)
    if on_null == "skip":
        placed = [row for row in placed if row[2] != 2]
    runs = [(flag, len(list(run))) for flag, run in itertools.groupby(row[2] == 1 for row in placed)]
    lengths = [length for flag, length in runs if flag]
    breaks = [row[0] for row in placed if row[2] != 1]
    return {
        "current_streak": runs[-1][1] if runs and runs[-1][0] else 0,
        "longest_streak": max(lengths, default=0),
        "streak_count": len(lengths),
        "last_break": max(breaks, default=None),
    }


def decay(rows, half_life):
    known = [(mpmath.mpf(v), ts) for v, ts, _, _ in rows if v is not None and ts is not None]
    if not known:
        return None, None, None
    weights = [mpmath.mpf(2) ** (-mpmath.mpf(AS_OF - ts) / half_life) for _, ts in known]
    total = mpmath.fsum(weights)
    weighted = mpmath.fsum(w * v for w, (v, _) in zip(weights, known))
    mean = weighted / total
    check_pandas(known, half_life, mean)
    variance = mpmath.fsum(w * (v - mean) ** 2 for w, (v, _) in zip(weights, known)) / total
    # equal values have none, which 50 digits do not tell
    return mean, weighted, variance if len({v for v, _ in known}) > 1 else 0


def check_pandas(known, half_life, mean):
    """The mean as exponentially weighted by pandas, which takes nanoseconds."""
    ordered = sorted(known, key=lambda row: row[1])
    values = pandas.Series([float(v) for v, _ in ordered])
    times = pandas.to_datetime([ts * 1000 for _, ts in ordered], unit="ns")
    found = values.ewm(halflife=pandas.Timedelta(half_life, unit="us"), times=pandas.Series(times)).mean().iloc[-1]
    size = max(abs(float(v)) for v, _ in ordered)
    assert abs(found - float(mean)) <= 1e-10 * size + 1e-300, (found, mean)


def lines(rows, method):
    """Pieces (begin, end, value at begin, value at end) within the range."""
    known = sorted((ts, v) for v, ts, _, _ in rows if v is not None and ts is not None and ts <= RANGE[1])
    for i, (ts, v) in enumerate(known):
        is_last = i + 1 == len(known)
        end = RANGE[1] if is_last else known[i + 1][0]
        begin = max(ts, RANGE[0])
        if end <= begin:
            continue
        first = last = Fraction(v)
        if method == "linear" and not is_last:
            last = Fraction(known[i + 1][1])
            first += (last - first) * Fraction(begin - ts, end - ts)
        yield begin, end, first, last


def time_above(pieces, threshold):
    above = Fraction(0)
    for begin, end, first, last in pieces:
        if min(first, last) > threshold:
            above += end - begin
        elif max(first, last) > threshold:
            above += (end - begin) * (max(first, last) - threshold) / abs(last - first)
    return above


def time_weight(rows, method):
    known = sorted((ts, v) for v, ts, _, _ in rows if v is not None and ts is not None and ts <= RANGE[1])
    if not known:
        return dict.fromkeys(["time_weighted_avg", "integral", "time_above", "is_partial"])
    pieces = list(lines(rows, method))
    integral = sum(((end - begin) * (first + last) / 2 for begin, end, first, last in pieces), Fraction(0))
    span = sum(end - begin for begin, end, _, _ in pieces)
    return {
        "time_weighted_avg": integral / span if span else Fraction(known[-1][1]),
        "integral": integral / SECOND,
        "time_above": time_above(pieces, 7) / SECOND,
        "is_partial": len(known) == 1 or known[0][0] > RANGE[0],
    }


def local(us, zone):
    """Month, and place within the month, of a time on a wall clock."""
    time = (datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=us)).astimezone(zone)
    return 12 * time.year + time.month, (time.day, time.time())


def months(us, zone):
    """The most months that can be added to a time, its place within the month unchanged, and be at or before MONTH_END."""
    (month, place), last, n = local(us, zone), local(MONTH_END, zone), 0
    while (month + n + 1, place) <= last:
        n += 1
    return n


def delinquency(rows, zone):
    """Days past due are the whole part of v, from 0 to 400."""
    known = sorted((ts, min(max(int(v // 1), 0), 400)) for v, ts, _, _ in rows if v is not None and ts is not None)
    days = [d for _, d in known]
    late = [ts for ts, d in known if d >= 30]
    letters = "".join("0" if d == 0 else "l" if d < 30 else "L" for d in days)
    rolls = collections.Counter(itertools.pairwise(max(b for b in (0, 1, 30, 60, 90) if b <= d) for d in days))
    worst = {n: max((d for ts, d in known if months(ts, zone) < n), default=None) for n in (2, 3, 12)}
    return {
        "ever_past_due(%s, 30)::int": any(d >= 30 for d in days) if days else None,
        "max_days_past_due(%s)": max(days, default=None),
        "months_since_past_due(%s, 30)": months(late[-1], zone) if late else None,
        **{f"worst_in_months(%s, {n})": worst[n] for n in worst},
        "cure_count(%s)": len(re.findall("L[lL]*0", letters)),
        **{f"roll_count(%s, {a}, {b})": rolls[a, b] for a, b in ((0, 1), (1, 1), (1, 30), (30, 0), (90, 90))},
    }


def calls():
    """(call, accessor, tolerance, answer of rows) of SQL; a tolerance of 0 asks for all bits."""
    for name in gaps([]):
        yield "mlops.gap_agg(ts)", f"mlops.{name}(%s)", 0, lambda rows, name=name: gaps(rows)[name]
    for on_null in ("break", "skip"):
        for name in ("current_streak", "longest_streak", "streak_count", "last_break"):
            accessor = f"mlops.{name}(%s)" if name != "last_break" else f"extract(epoch FROM mlops.last_break(%s) - {SQL_BASE}) * 1000000"
            yield f"mlops.streak_agg(flag, ts, tiebreak, '{on_null}')", accessor, 0, lambda rows, name=name, on_null=on_null: streaks(rows, on_null)[name]
    for half_life, text in ((HOUR, "1 hour"), (3 * DAY, "3 days"), (100 * DAY + 1, "100 days 0.000001 seconds")):
        for i, name in enumerate(("ewma", "decayed_sum", "decayed_variance")):
            yield f"mlops.{name}(v, ts, '{text}', {SQL_AS_OF})", "%s", 1e-15, lambda rows, i=i, half_life=half_life: decay(rows, half_life)[i]
    for method in ("locf", "linear"):
        for name in ("time_weighted_avg", "integral", "time_above", "is_partial"):
            accessor = {"time_above": "mlops.time_above(%s, 7)", "is_partial": "mlops.is_partial(%s)::int"}.get(name, f"mlops.{name}(%s)")
            # crossings are rounded one by one
            tolerance = 1e-15 if (name, method) == ("time_above", "linear") else 0
            yield f"mlops.time_weight_agg(v, ts, '{method}', {SQL_RANGE})", accessor, tolerance, lambda rows, name=name, method=method: time_weight(rows, method)[name]
    for zone in ("UTC", "America/New_York", "Pacific/Auckland"):
        argument = "" if zone == "UTC" else f", '{zone}'"
        for name in delinquency([], zoneinfo.ZoneInfo(zone)):
            if zone == "UTC" or "months" in name:
                yield (
                    f"mlops.delinquency_agg(days, ts, {SQL_MONTH_END}{argument})",
                    f"mlops.{name}",
                    0,
                    lambda rows, name=name, zone=zone: delinquency(rows, zoneinfo.ZoneInfo(zone))[name],
                )
    for name, choose in (("recency", max), ("tenure", min)):
        yield (
            f"mlops.{name}(ts, {SQL_AS_OF})",
            "%s",
            0,
            lambda rows, choose=choose: None if not any(row[1] is not None for row in rows) else Fraction(AS_OF - choose(row[1] for row in rows if row[1] is not None), SECOND),
        )


def text(answer):
    answer = rounded(answer)
    return "N" if answer is None else str(int(answer)) if isinstance(answer, (int, bool)) else repr(answer)


def main(rows_path, answers_path):
    frames = list(make_rows())
    with open(rows_path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["frame", "v", "ts_us", "flag", "tiebreak"])
        for frame, rows in enumerate(frames):
            # a frame without rows has one that no call counts
            for v, ts, flag, tiebreak in rows or [(None, None, None, None)]:
                writer.writerow([frame, "" if v is None else repr(v), "" if ts is None else ts, "" if flag is None else flag, "" if tiebreak is None else tiebreak])
    with open(answers_path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["call", "accessor", "tolerance", "answers"])
        for call, accessor, tolerance, answer in calls():
            writer.writerow([call, accessor, tolerance, "{" + ",".join(text(answer(rows)) for rows in frames) + "}"])


if __name__ == "__main__":
    main(*sys.argv[1:])
