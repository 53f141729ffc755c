"""Answers of moving_min, moving_max, min_by, max_by, first_values and last_values over sliding frames of random rows, from
max, min and sorted of Python.

    python3 extremes.py ROWS.csv ANSWERS.csv

ROWS.csv: group, pos, value, key, minute, tiebreak; an empty field is NULL.  ANSWERS.csv: for each row what the frame says
that ends with it and begins at first, arrays as the server writes them.  Rows of a group come by pos, which follows minute in
one group of three, runs against it in another, and has nothing to do with it in the third.
"""

import csv
import random
import sys

COLUMNS = "group pos first moving_min moving_max min_by max_by max_by_tie first_values last_values last_values_tie".split()
K = 3


def make_group(rng, number):
    minutes = [rng.randrange(40) for _ in range(rng.choice([1, 4, 30, 60]))]
    if number % 3 < 2:
        minutes.sort(reverse=number % 3 == 1)
    for pos, minute in enumerate(minutes):
        yield {
            "pos": pos,
            "value": None if rng.random() < 0.15 else rng.choice("abcdefgh") * rng.randrange(1, 4),
            "key": None if rng.random() < 0.1 else rng.choice([-1.5, 0.0, 0.25, 7.0, 1e300, rng.random()]),
            "minute": None if rng.random() < 0.1 else minute,
            "tiebreak": None if rng.random() < 0.1 else rng.randrange(3),
        }


def missing_last(value):
    return (value is None, value or "")


def at_extreme(rows, sign, with_tiebreak):
    """The value of the row with the smallest sign * key, then the smallest tiebreak, then the smallest value."""
    counted = [r for r in rows if r["key"] is not None and not (with_tiebreak and r["tiebreak"] is None)]
    order = lambda r: (sign * r["key"], r["tiebreak"] if with_tiebreak else 0, missing_last(r["value"]))
    return min(counted, key=order)["value"] if counted else None


def ends(rows, is_last, with_tiebreak):
    counted = [r for r in rows if r["minute"] is not None and not (with_tiebreak and r["tiebreak"] is None)]
    order = lambda r: (r["minute"], r["tiebreak"] if with_tiebreak else 0, missing_last(r["value"]))
    found = sorted(counted, key=order, reverse=is_last)[:K]
    return "{%s}" % ",".join("NULL" if r["value"] is None else r["value"] for r in found) if found else None


def answer(rows):
    keys = [r["key"] for r in rows if r["key"] is not None]
    return [
        min(keys, default=None),
        max(keys, default=None),
        at_extreme(rows, 1, False),
        at_extreme(rows, -1, False),
        at_extreme(rows, -1, True),
        ends(rows, False, False),
        ends(rows, True, False),
        ends(rows, True, True),
    ]


def main(rows_path, answers_path):
    rng = random.Random(17)
    with open(rows_path, "w", newline="") as rows_file, open(answers_path, "w", newline="") as answers_file:
        rows_csv = csv.writer(rows_file, lineterminator="\n")
        answers_csv = csv.writer(answers_file, lineterminator="\n")
        rows_csv.writerow("group pos value key minute tiebreak".split())
        answers_csv.writerow(COLUMNS)
        for group in range(60):
            rows = list(make_group(rng, group))
            for r in rows:
                rows_csv.writerow([group] + list(r.values()))
            for last in range(len(rows)):
                first = max(0, last - 9)
                answers_csv.writerow([group, last, first] + answer(rows[first : last + 1]))


main(sys.argv[1], sys.argv[2])
