#!/usr/bin/env bash
# Answers of the aggregates of values and of weight of evidence on random groups, from rational numbers, Counter and scipy,
# to test/data/values_rows.csv and values_answers.csv.  By hand, with PYTHON a python3 with scipy:
#
#   PYTHON=venv/bin/python bash test/oracle/values.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/values.py test/data/values_rows.csv test/data/values_answers.csv
