#!/usr/bin/env bash
# Counts of the histogram aggregates on random values, from numpy and Counter, to test/data/histograms.csv.  By hand, with
# PYTHON a python3 with numpy:
#
#   PYTHON=venv/bin/python bash test/oracle/histograms.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/histograms.py test/data/histograms.csv
