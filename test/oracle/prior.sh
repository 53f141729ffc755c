#!/usr/bin/env bash
# What was before each row, by rational numbers, to test/data/prior.csv.  By hand; nothing but python3 is needed:
#
#   bash test/oracle/prior.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

"${PYTHON:-python3}" test/oracle/prior.py >test/data/prior.csv
