#!/usr/bin/env bash
# Drift functions of counts, and what they are made of, to test/data/drift.csv, which
# test/unit/test_drift_oracle.c compares with src/core.  By hand, with PYTHON a python3 with
# mpmath, numpy and scipy:
#
#   PYTHON=venv/bin/python bash test/oracle/drift.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" test/oracle/drift.py 1 >test/data/drift.csv
