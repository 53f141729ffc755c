#!/usr/bin/env bash
# Target encoding by scikit-learn's TargetEncoder on folds of ours, to test/data/target_encoding.csv, which
# test/unit/test_target_encoding.c compares with src/core.  By hand, with PYTHON a python3 with
# scikit-learn and pandas:
#
#   PYTHON=venv/bin/python bash test/oracle/target_encoding.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

SMOOTH=$(sed -nE 's/^#define MLOPS_ENCODING_SMOOTH ([0-9]+)$/\1/p' src/core/target_encoding.h)

PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" test/oracle/target_encoding.py "$SMOOTH" 1 >test/data/target_encoding.csv
