"""The peer of b2_features.sh: four windows over the rows of standard input, by pandas.

Prints milliseconds, by the clock and of CPU, of count, sum, mean and standard deviation of the amounts of the 7, 30,
90 and 365 days before each loan's day.
"""

import sys
import time

import pandas

loans = pandas.read_csv(sys.stdin, parse_dates=["loan_date"]).set_index("loan_date")
clock, cpu = time.perf_counter(), time.process_time()
for days in (7, 30, 90, 365):
    window = loans.groupby("id")["loan_amount"].rolling(f"{days}D", closed="left")
    features = pandas.DataFrame({"count": window.count(), "sum": window.sum(), "mean": window.mean(), "sd": window.std()})
    assert len(features) == len(loans)
print(1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - cpu))
