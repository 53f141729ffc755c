#!/usr/bin/env bash
# Lay out all C files as .clang-format says; other majors of clang-format may do it differently.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/tools.sh
. "$ROOT/scripts/lib/tools.sh"
cd "$ROOT"
need_tools clang-format-14

c_files | xargs clang-format-14 -i
