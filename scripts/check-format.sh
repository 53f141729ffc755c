#!/usr/bin/env bash
# C files are laid out as .clang-format says, and all text files as .editorconfig says.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/tools.sh
. "$ROOT/scripts/lib/tools.sh"
cd "$ROOT"
need_tools clang-format-14

# Text files under version control; expected output and data are kept byte for byte.
text_files() { git ls-files -co --exclude-standard -- ':!expected' ':!test/data' ':!test/fuzz/corpus*' ':!test/plant'; }

without_last_newline() {
    local file
    while read -r file; do
        [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || printf '%s\n' "$file"
    done
}

{ c_files | xargs clang-format-14 --dry-run --Werror 2>&1 || true; } | head -n 40 | find_fault 'make format'
{ text_files | xargs grep -nE '[[:blank:]]+$' -- || true; } | grep -v '\.md:' | find_fault 'remove the blanks at the end of the line' || true
{ text_files | xargs grep -lP '\r$' -- || true; } | find_fault 'end lines with LF'
text_files | without_last_newline | find_fault 'end the file with a newline'
{ text_files | grep -E '\.(c|h|sql|pl|pm)$' | xargs grep -nE '^ {4,}[^ *]' -- || true; } | find_fault 'indent with tabs'
end_check check-format
