#!/usr/bin/env bash
# Answers of the aggregates of extremes, first and last values over sliding frames, from max, min and sorted of Python, to
# test/data/extremes_rows.csv and extremes_answers.csv.  By hand, with any python3:
#
#   bash test/oracle/extremes.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/extremes.py test/data/extremes_rows.csv test/data/extremes_answers.csv
