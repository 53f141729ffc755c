#!/usr/bin/env bash
# Answers of the exact aggregates from rational numbers: to test/data/exact_rows.csv and exact_answers.csv, and with FRAMES
# a comparison of that many sliding frames with the private server (make psql).  By hand, with PYTHON a python3; with
# psycopg for FRAMES, with scipy for the check of the formulas:
#
#   bash test/oracle/exact.sh
#   FRAMES=1000000 PYTHON=venv/bin/python bash test/oracle/exact.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/exact.py golden test/data/exact_rows.csv test/data/exact_answers.csv
[ -z "${FRAMES:-}" ] || "${PYTHON:-python3}" test/oracle/exact.py frames "$FRAMES"
