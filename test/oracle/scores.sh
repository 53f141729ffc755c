#!/usr/bin/env bash
# Metrics of scores and calibration by rational numbers, scikit-learn and scipy, to test/data/scores_rows.csv and
# scores_answers.csv, which test/sql/features_scores_golden.sql compares with the aggregates.  By hand, with PYTHON a
# python3 with scikit-learn and scipy:
#
#   PYTHON=venv/bin/python bash test/oracle/scores.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" test/oracle/scores.py 1 test/data/scores_rows.csv test/data/scores_answers.csv
