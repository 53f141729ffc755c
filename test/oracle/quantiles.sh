#!/usr/bin/env bash
# Answers of the aggregates of quantiles and of two samples on made-up rows, to test/data/quantiles_*.csv.  By hand, with
# PYTHON a python3 with numpy, scipy and mpmath:
#
#   PYTHON=venv/bin/python bash test/oracle/quantiles.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/quantiles.py test/data/quantiles_rows.csv test/data/quantiles_answers.csv
