#!/usr/bin/env bash
# Answers of the aggregates of a history from other programs: to test/data/history_rows.csv and history_answers.csv.
# By hand, with PYTHON a python3 that has numpy, pandas and mpmath:
#
#   PYTHON=venv/bin/python bash test/oracle/history.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/history.py test/data/history_rows.csv test/data/history_answers.csv
